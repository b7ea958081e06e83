/*
 * Values of a condition: what stands to the right of an operator, read according to the type of what stands to the
 * left.
 */
#ifndef SEKISHO_RULES_EXPR_VALUE_H
#define SEKISHO_RULES_EXPR_VALUE_H

#include "engine/expr.h"
#include "engine/lexer.h"

/** Where a parser stands; shared by expr_parse.c and expr_value.c. */
struct expr_parser {
	struct lexer lx;
	struct token next;
	bool has_next;
	const char *object;
	const struct field_registry *fields;
	struct expr_memory *memory;
	struct expr_error *err;
	struct node *nodes;
	size_t n_nodes, cap_nodes;
	struct test *tests;
	size_t n_tests, cap_tests;
	unsigned depth;
};

const struct token *expr_peek(struct expr_parser *p);
struct token expr_advance(struct expr_parser *p);

/**
 * Reads what follows the operator @sign (a comparison, in, contains or matches) and makes @t of it; t->op is set.
 * @name: how the operand was written.
 * @return 0; -EINVAL with the parser's error filled; -ENOMEM.
 */
int expr_value_read(struct expr_parser *p, struct token sign, struct span name, struct test *t);

#endif
