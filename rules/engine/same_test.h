/*
 * Which tests of conditions ask the same.
 *
 * Rules of one kind of record ask much the same: `proto == tcp`, `not flow.midway`, `dest.scope in {private, link}`.
 * Tests that ask the same of the same get one number when they are compiled, so that the answer is found once a record.
 * What takes long to compare (patterns) or may be answered otherwise the next time (indicators) has none.
 *
 * Lifetime: while rules are loaded.
 */
#ifndef SEKISHO_RULES_SAME_TEST_H
#define SEKISHO_RULES_SAME_TEST_H

#include "engine/expr.h"

struct same_tests;

enum { SAME_TESTS_MAX = 4095 }; /* numbers; tests beyond have none */

/** @return NULL when memory is short. */
struct same_tests *same_tests_new(void);
void same_tests_free(struct same_tests *s);

/** The number of what @t asks, from 1 on; 0: none. What @t points to must live as long as @s. */
uint16_t same_tests_number(struct same_tests *s, const struct test *t);

#endif
