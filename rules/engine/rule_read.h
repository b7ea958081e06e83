/*
 * A rule while it is read: shared by the readers of its parts (rule_read.c, rule_branch.c, rule_count.c,
 * rule_threshold.c). Lifetime: loading.
 */
#ifndef SEKISHO_RULES_RULE_READ_H
#define SEKISHO_RULES_RULE_READ_H

#include "engine/ruleset.h"

struct reading {
	struct rules *rules;
	struct rule *rule;
	const struct rule_file *file;
	const struct yaml_node *node;
	struct complaint *c;
};

/** The text of a key that must be there, copied. @return 0; -EINVAL with the complaint made; -ENOMEM. */
int rule_read_text(const struct reading *x, const char *key, const struct yaml_node **node, const char **out,
		   const char *example);

/** Compiles the condition in @n for records of @object. */
int rule_read_condition(const struct reading *x, const struct yaml_node *n, const char *object,
			const struct expr **out);

/** Resolves the names of @list (or the one name) for records of @object; at most @most, single values only unless
 * @lists. @names, where not NULL, gets them joined by "/". */
int rule_read_names(const struct reading *x, const struct yaml_node *list, const char *object, size_t most, bool lists,
		    const struct operand **out, size_t *n_out, const char **names);

int rule_read_level(const struct reading *x, const struct yaml_node *n, enum alert_level *out);

/** Checks that @n, or the rule's own, names a kind of record; copies it. */
int rule_read_kind(const struct reading *x, const struct yaml_node *n, const char **out);

/** `thresholds`: the rule's own numbers. */
int rule_read_thresholds(const struct reading *x);

/** A number of the rule: literal, or the name of one of its thresholds. @key is its name where it has none. */
int rule_read_threshold(const struct reading *x, const struct yaml_node *n, const char *key, bool is_time,
			uint64_t most, struct threshold *out);

/** The kinds of record that its findings can be of, "modbus|anomaly", and what it says to one of them. */
int rule_read_kinds(const struct reading *x);

/** `when`, `unless`, `requires`, counting, `any`: what the rule watches. */
int rule_read_branches(const struct reading *x);

/** Documents `list: NAME` of a file. */
int rule_read_lists(struct rules *r, const struct rule_file *s, struct complaint *c);

/** The lists of the configuration, and those of a test that is run, added to those. */
int rule_read_config_lists(struct rules *r, struct complaint *c);

/** Applies what the configuration says of @t of the rule @id. */
int rule_configure(const struct reading *x, struct threshold *t);

/** Reads where the rule is switched off, and refuses names of numbers that it does not have. */
int rule_configured(const struct reading *x);

/** Refuses thresholds for rules that do not exist. */
int rule_check_config_thresholds(struct rules *r, struct complaint *c);

/** The keys that count, of which a branch may have one. */
extern const char *const rule_count_keys[];

/** Which of them @node has, or NULL; complains about a second one. */
int rule_count_key(const struct reading *x, const struct yaml_node *node, const char **key);

/** Reads `count`, `distinct` and so on from @node of the branch @b, whose records are of @on, into b->tally. */
int rule_read_count(const struct reading *x, const struct yaml_node *node, const char *on, struct branch *b,
		    struct tally_by *by);

/** One more thing to watch. */
struct watch *rule_add_watch(const struct reading *x, struct branch *b, enum watch_kind kind, const char *on);

/** The table of a kind that is known. */
const struct field_table *rule_table_of(const struct rules *r, const char *on);

#endif
