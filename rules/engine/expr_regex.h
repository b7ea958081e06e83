/*
 * Patterns of `matches`: POSIX extended regular expressions of the C library, "(?i)" in front to ignore case.
 *
 * A pattern comes from the site's own people, yet must not be able to stop the sensor: back-references, whose matching
 * is exponential, and repetitions that unfold to more than EXPR_REGEX_PARTS_MAX parts are refused.
 */
#ifndef SEKISHO_RULES_EXPR_REGEX_H
#define SEKISHO_RULES_EXPR_REGEX_H

#include "engine/expr.h"

enum { EXPR_REGEX_PARTS_MAX = 4000, EXPR_REGEX_DEPTH_MAX = 32 };

/** @return 0; -EINVAL with @err filled; -ENOMEM. The compiled pattern belongs to @m. */
int expr_regex_compile(struct expr_memory *m, const char *pattern, size_t at_off, struct expr_error *err,
		       regex_t **out);

/** Does @text, at most its first EXPR_REGEX_TEXT_MAX bytes, match? NUL bytes count as \x01. */
bool expr_regex_matches(const regex_t *regex, struct span text);

#endif
