/*
 * Is one of many texts part of a text? It is gone through once, for all of them: where two bytes stand with which one
 * of them begins, those that begin so are compared.
 *
 * Lifetime: that of the rule set's arena.
 */
#ifndef SEKISHO_RULES_PARTS_H
#define SEKISHO_RULES_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cursor.h"

enum { PARTS_LEAST = 4 /* as many are looked for one by one */ };

struct parts;

/**
 * Of @texts, @n of them, which live as long as @arena.
 * @return NULL where it is not worth while (too few, or a single byte among them) or memory is short.
 */
const struct parts *parts_new(struct arena *arena, const struct span *texts, uint32_t n);

/** Is one of them in @text? */
bool parts_in(const struct parts *p, struct span text);

#endif
