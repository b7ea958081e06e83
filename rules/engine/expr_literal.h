/*
 * One value as it is written in a condition, read according to the type of the operand it is compared with.
 *
 * @name is the operand as it was written, for complaints. All return 0; -EINVAL with the parser's error filled;
 * -ENOMEM.
 */
#ifndef SEKISHO_RULES_EXPR_LITERAL_H
#define SEKISHO_RULES_EXPR_LITERAL_H

#include "engine/expr_value.h"

/** A value of an ordered type as its key. */
int expr_literal_key(struct expr_parser *p, const struct operand *op, const struct token *t, struct span name,
		     uint64_t *key);

/** An address, or a prefix as the range from its first to its last address. */
int expr_literal_ip(struct expr_parser *p, const struct operand *op, const struct token *t, struct span name,
		    struct ip_range *out);

/** A text without its escapes, or the bytes that hexadecimal digits stand for; in the arena, a NUL behind it. */
int expr_literal_text(struct expr_parser *p, const struct operand *op, const struct token *t, struct span name,
		      struct span *out);

/** Refuses a text that the operand can never have. */
int expr_literal_check_word(struct expr_parser *p, const struct operand *op, const struct token *t, struct span text,
			    struct span name);

/** A token as a C string. @return false where it is longer than any name, number or address. */
bool expr_c_text(const struct token *t, char *buf, size_t size);

/** How much of a token is shown in a complaint. */
int expr_shown_len(const struct token *t);

#endif
