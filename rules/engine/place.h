/*
 * Where in a file a byte of a YAML scalar stands, so that a complaint about the middle of a condition points at its
 * column.
 *
 * A scalar's text differs from the file: quotes, escapes, indentation and folded lines are gone. The walk below goes
 * through the source again and says where the byte of the text came from (YAML 1.1, 5.7, 9.2-9.4).
 */
#ifndef SEKISHO_RULES_PLACE_H
#define SEKISHO_RULES_PLACE_H

#include "base/cursor.h"
#include "base/yamldoc.h"

struct place {
	unsigned line, column; /* 1-based; columns count characters */
};

/** @source: the whole file; @n: a scalar of it; @offset: a byte of its text. */
struct place place_in_scalar(struct span source, const struct yaml_node *n, size_t offset);

#endif
