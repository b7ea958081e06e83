/*
 * A condition, compiled.
 *
 * The parser turns `a == 1 and (b > 2 or not c)` into a row of tests, each knowing which test comes next when it holds
 * and which when it does not; `and`, `or` and `not` are nothing but these two numbers. So evaluation is a loop that
 * stops as early as the logic allows, without recursion, allocation or errors.
 *
 * Lifetime: that of the expr_memory, which is that of the rule set.
 */
#ifndef SEKISHO_RULES_EXPR_H
#define SEKISHO_RULES_EXPR_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "engine/indicators.h"
#include "engine/operand.h"
#include "engine/parts.h"

enum {
	EXPR_TESTS_MAX = 512,       /* tests of one condition */
	EXPR_DEPTH_MAX = 64,        /* parentheses and nots inside one another */
	EXPR_SET_MAX = 4096,        /* values of one set */
	EXPR_REGEX_BYTES_MAX = 512, /* of a pattern */
	EXPR_REGEX_TEXT_MAX = 4096, /* bytes of a value that a pattern looks at */
	EXPR_FOLD_MAX = 1024,       /* bytes of a value that are compared without regard to case */
	EXPR_YES = 0xfffe,          /* in place of a next test: the answer */
	EXPR_NO = 0xffff,
};

enum test_kind {
	TEST_PRESENT,
	TEST_KEY,      /* an ordered value lies in one of the ranges */
	TEST_IP,       /* the same for addresses */
	TEST_TEXT,     /* a text equals one of the texts */
	TEST_CONTAINS, /* one of the texts is in it, it begins or ends with one of them */
	TEST_STARTS,
	TEST_ENDS,
	TEST_INDICATOR, /* a line of an indicator file fits */
	TEST_MATCHES,
	TEST_SAME, /* equals or is ordered as another operand */
};

struct key_range {
	uint64_t low, high; /* both included */
};

struct ip_range {
	struct ip_addr low, high;
};

enum { ORDER_LESS = 1, ORDER_EQUAL = 2, ORDER_GREATER = 4 };

struct test {
	uint8_t kind;
	bool fold;      /* texts: without regard to case (ASCII); those of the test are in lower case */
	uint8_t type;   /* TEST_INDICATOR: enum indicator_type */
	bool negate;    /* holds for a value that does not fit; still false where there is none */
	bool plain;     /* TEST_KEY: one range of operand_is_plain(); TEST_PRESENT: of a field without a twin */
	uint8_t orders; /* TEST_SAME: bits of the orders that hold */
	uint16_t same;  /* the number of what it asks, see same_test.h; 0: none */
	uint16_t feature; /* that it asks for, see features.h */
	uint16_t yes, no;
	uint32_t n; /* ranges or texts */
	struct operand op;
	const struct parts *parts; /* TEST_CONTAINS of many texts; or NULL */
	union {
		struct key_range range;         /* TEST_KEY, n == 1 */
		const struct key_range *ranges; /* ascending and apart */
		const struct ip_range *ips;
		const struct span *texts;
		regex_t *regex;
		const struct operand *other;
		const struct indicators *indicators;
	};
};

struct expr {
	uint16_t first;
	uint16_t n_tests;
	bool needs_all; /* reads a value that the gate does not keep apart */
	bool varies;    /* may come out differently for records of one fact between the same ends */
	uint32_t no;    /* of the rule set's conditions; equal ones are one. 0: not numbered */
	/* What the wire alone can say of it: holds for every record for which the condition may hold, whoever stands at
	   the ends. Without tests it says nothing. */
	const struct expr *wire;
	struct test tests[];
};

struct expr_regex {
	regex_t regex;
	struct expr_regex *next;
};

/** Values with a name, for `in NAME`. */
struct expr_list {
	const char *name;
	bool ignore_case;
	const char **values;
	size_t n;
	struct expr_list *next;
};

struct same_tests;
struct features;

/** What compiled conditions are made of. */
struct expr_memory {
	struct arena *arena;
	struct expr_regex *regexes;
	const struct expr_list *lists;
	struct indicators *indicators;
	struct same_tests *same; /* NULL: equal tests are not known to be */
	struct features *features; /* NULL: what tests ask for is not gathered */
};

/** Frees the patterns; the arena is the caller's. */
void expr_memory_deinit(struct expr_memory *m);

struct expr_error {
	size_t at_off; /* byte of the condition's text */
	char text[640];
};

/**
 * Compiles @text for records whose object is @object; several objects, "modbus|anomaly", where a text or a level speaks
 * of records of several kinds.
 * @return 0; -EINVAL with @err filled; -ENOMEM.
 */
__attribute__((warn_unused_result)) int expr_compile(struct expr **out, const char *text, const char *object,
						     const struct field_registry *fields, struct expr_memory *m,
						     struct expr_error *err);

/**
 * Resolves a name for records of @object, as in a condition; @at_off places the complaint.
 * @return 0; -EINVAL with @err filled.
 */
__attribute__((warn_unused_result)) int expr_operand(struct operand *out, struct span name, size_t at_off,
						     const char *object, const struct field_registry *fields,
						     struct expr_error *err);

/** Fills @err. @return -EINVAL. */
int expr_fail(struct expr_error *err, size_t at_off, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** What a test or a condition that others share said of a record. */
struct expr_memo {
	uint32_t record_no;
	bool holds;
};

/** What came to light while a condition was asked. */
struct expr_found {
	const struct indicator *indicator; /* that fits, or NULL */
	uint64_t expired;                  /* lines that would fit had they not expired */
	struct expr_memo *memos;           /* by number of what tests ask, SAME_TESTS_MAX and 1 of them; or NULL */
	uint32_t record_no;                /* of the record that is asked about */
};

/** Does the condition hold for @ev? @found may be NULL. */
bool expr_holds_found(const struct expr *x, const struct event *ev, struct expr_found *found);

/** Does the test alone hold? Of an indicator: does a line fit that has not expired? */
bool expr_test_holds(const struct test *t, const struct event *ev);

/** TEST_SAME: how the operand's value stands to the other's, as a bit of ORDER_*; 0 where one of them is missing. */
unsigned expr_order(const struct test *t, const struct event *ev);

/** May the condition hold for a record that says the same as @ev in all that the gate keeps apart, @same_fields: and
 * has the same fields? */
bool expr_may_hold(const struct expr *x, const struct event *ev, bool same_fields);

static inline bool expr_holds(const struct expr *x, const struct event *ev)
{
	return expr_holds_found(x, ev, NULL);
}

#endif
