/*
 * Inside of a rule set: what rules.c judges with and rule_read.c fills. Nothing outside of this folder includes it.
 */
#ifndef SEKISHO_RULES_RULESET_H
#define SEKISHO_RULES_RULESET_H

#include "engine/expr.h"
#include "engine/groupkey.h"
#include "engine/rules.h"
#include "engine/rule_file.h"
#include "engine/template.h"

enum {
	RULES_MAX = 10000,
	RULES_LEVELS_MAX = 16, /* conditions in one `levels` */
	RULES_TAGS_MAX = 32,   /* tags of one kind */
	RULES_TITLE_MAX = 512, /* bytes of a title with its gaps filled */
	RULES_ACTION_MAX = 2048,
	RULES_MEMORY_MAX = 256 << 20, /* bytes of a whole rule set */
};

enum language { LANGUAGE_EN, LANGUAGE_JA, LANGUAGE_COUNT };

/* What is said of a rule in each language. */
enum wording { WORDING_TITLE, WORDING_WHAT, WORDING_ACTION, WORDING_DONT, WORDING_COUNT };

/** "en", "ja"; "title", "what", "action", "dont". */
extern const char *const language_keys[LANGUAGE_COUNT + 1], *const wording_keys[WORDING_COUNT + 1];

struct level_case {
	const struct expr *when;
	enum alert_level level;
};

struct rule {
	struct rule_info info;
	bool enabled, needs_all;
	const char *on, *when_text;
	const struct expr *when;
	const struct level_case *cases;
	size_t n_cases;
	const struct operand *group_by;
	size_t n_group_by;
	struct template title[LANGUAGE_COUNT], action[LANGUAGE_COUNT], dont[LANGUAGE_COUNT];
	const char *file; /* where it stands, for complaints about a second one of its id */
	unsigned line;
};

/** The rules of one kind of record. */
struct rules_of_table {
	const struct field_table *table;
	const struct rule **rules;
	size_t n;
	bool needs_all;
};

/* Written anew for each finding. */
struct rules_scratch {
	char title[LANGUAGE_COUNT][RULES_TITLE_MAX], action[LANGUAGE_COUNT][RULES_ACTION_MAX];
	uint8_t group[GROUPKEY_MAX];
};

struct rules {
	struct arena arena;
	struct expr_memory memory;
	const struct field_registry *fields;
	struct rule **items;
	size_t n, cap;
	struct rules_of_table *by_table;
	size_t n_tables;
	struct rules_scratch *scratch;
};

/**
 * Reads all rules of @s into @r. @texts: the texts of the languages, each NULL where there are none.
 * @return 0; -EINVAL with @c filled; -ENOMEM.
 */
__attribute__((warn_unused_result)) int rule_read_all(struct rules *r, const struct rule_file *s,
						      struct rule_file *const texts[LANGUAGE_COUNT],
						      struct complaint *c);

/** Checks the shape of a file of texts. @return 0; -EINVAL with @c filled. */
__attribute__((warn_unused_result)) int rule_check_texts(const struct rule_file *s, struct complaint *c);

/** The number that EVE knows a rule by: the same for ever, see rules/README.md. */
uint32_t rule_signature_id(const char *id);

/** A copy of @text in the rule set's memory, or NULL. */
char *rule_copy(struct rules *r, const char *text);

#endif
