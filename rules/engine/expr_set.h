/*
 * The values of a comparison while they are being read: every comparison of ordered values becomes a set of ranges, of
 * texts a sorted list, so that evaluation asks one kind of question.
 */
#ifndef SEKISHO_RULES_EXPR_SET_H
#define SEKISHO_RULES_EXPR_SET_H

#include "engine/expr.h"
#include "engine/lexer.h"

union expr_set_item {
	struct key_range key;
	struct ip_range ip;
	struct span text;
};

struct expr_set {
	enum test_kind kind;
	union expr_set_item *items;
	size_t n, cap;
};

struct expr_set expr_set_for(enum value_type type);
void expr_set_deinit(struct expr_set *s);

/** @return 0, or -ENOMEM. */
int expr_set_add(struct expr_set *s, const union expr_set_item *item);

/** Makes one range of the two newest items. @return false where it would be empty. */
bool expr_set_join_range(struct expr_set *s);

/** Widens the only item, one key, to what `< <= > >=` it means; nothing for == and !=. */
void expr_set_open_range(struct expr_set *s, enum value_type type, enum token_kind sign);

/** Sorts, joins what touches, and gives the result to @t. @return 0, or -ENOMEM. */
int expr_set_finish(struct expr_set *s, struct arena *arena, struct test *t);

/** Is @key in one of the @n ranges? */
bool expr_set_has_key(const struct key_range *ranges, uint32_t n, uint64_t key);
bool expr_set_has_ip(const struct ip_range *ranges, uint32_t n, const struct ip_addr *ip);
bool expr_set_has_text(const struct span *texts, uint32_t n, struct span text);

#endif
