/*
 * Inside of a rule set: what rules.c judges with and rule_read.c fills. Nothing outside of this folder includes it.
 */
#ifndef SEKISHO_RULES_RULESET_H
#define SEKISHO_RULES_RULESET_H

#include "engine/expr.h"
#include "engine/groupkey.h"
#include "engine/needs.h"
#include "engine/recall.h"
#include "engine/rules.h"
#include "engine/rule_file.h"
#include "engine/same_test.h"
#include "engine/shape.h"
#include "engine/tally.h"
#include "engine/template.h"

enum {
	RULES_MAX = 10000,
	RULES_LEVELS_MAX = 16,        /* conditions in one `levels` */
	RULES_TAGS_MAX = 32,          /* tags of one kind */
	RULES_SHARED_SLOTS = 1 << 15, /* conditions that are looked up by their text: half as many */
	RULES_BRANCHES_MAX = 16,
	RULES_PARTS_MAX = 8,       /* conditions that must hold together */
	RULES_THRESHOLDS_MAX = 16, /* of one rule */
	RULES_TITLE_MAX = 512,     /* bytes of a title with its gaps filled */
	RULES_ACTION_MAX = 2048,
	RULES_MEMORY_MAX = 256 << 20, /* bytes of a whole rule set */
};

enum language { LANGUAGE_EN, LANGUAGE_JA, LANGUAGE_COUNT };

/* What is said of a rule in each language. */
enum wording { WORDING_TITLE, WORDING_WHAT, WORDING_ACTION, WORDING_DONT, WORDING_LIMITS, WORDING_COUNT };

/** "en", "ja"; "title", "what", "action", "dont". */
extern const char *const language_keys[LANGUAGE_COUNT + 1], *const wording_keys[WORDING_COUNT + 1];

struct level_case {
	const struct expr *when;
	enum alert_level level;
};

/* What must hold of a record: each `when`, and no `unless`. */
struct condition {
	const struct field_table *table;
	const struct expr *when[RULES_PARTS_MAX], *unless[RULES_PARTS_MAX];
	unsigned n_when, n_unless;
	bool needs_all; /* reads a value that the gate does not keep apart */
};

/* One way in which a rule can come true. */
struct branch {
	struct rule *rule;
	enum alert_level level;
	const struct operand *group_by; /* the rule's, or its own */
	size_t n_group_by;
	struct tally *tally; /* NULL: every record that fits is a finding */
};

enum watch_kind {
	WATCH_HIT,   /* a record that is found, counted, or a step */
	WATCH_RESET, /* one that makes the branch forget what it counted */
};

/* What a branch wants of records of one kind. */
struct watch {
	struct condition condition;
	enum watch_kind kind;
	uint8_t step;
	bool every;  /* each single record that fits must be seen, not only each fact */
	bool varies; /* what its condition reads changes with time alone: of the same fact it must be asked again */
	struct tally_by by;
	struct branch *branch;
};

struct rule {
	struct rule_info info;
	bool enabled;
	bool words_need_all; /* levels or group_by read a value that the gate does not keep apart */
	const char *on;      /* the kind of record; of several the first */
	const char *kinds;   /* all that its findings can be of: "modbus|anomaly" */
	const char *when_text;
	const struct level_case *cases;
	size_t n_cases;
	const struct operand *group_by;
	size_t n_group_by;
	struct threshold *thresholds;
	size_t n_thresholds;
	const char *const *off_zones;    /* where it keeps quiet: NULL-terminated, or NULL */
	size_t n_counting;               /* branches that count */
	unsigned n_positive, n_negative; /* tests: that must raise it, that must not */
	struct watch **watches;
	size_t n_watches, cap_watches;
	struct template title[LANGUAGE_COUNT], action[LANGUAGE_COUNT], dont[LANGUAGE_COUNT];
	const char *file; /* where it stands, for complaints about a second one of its id */
	unsigned line;
};

/** What is watched of one kind of record, in the order of the rules. */
struct rules_of_table {
	const struct field_table *table;
	const struct watch **watches;
	size_t n;
	const struct watch **every; /* those that must see each single record that fits */
	size_t n_every;
	const struct watch_index *index, *every_index; /* NULL: ask them all */
	struct presence presence;
	struct needs *needs, *every_needs; /* of watches, of every; NULL: nothing is known beforehand */
	uint64_t not_key[NEEDS_WORDS];     /* fields that records of one fact may have or not */
	struct asked asked;                /* the watches, where their index and needs are there */
	bool needs_all;                    /* one of them fits every record, as far as the wire can say */
	uint64_t values_window_ns;         /* within this at least distinct values of facts are counted; 0: none are */
};

/** What is watched of @table, or NULL. */
const struct rules_of_table *rules_of(const struct rules *r, const struct field_table *table);

/* Written anew for each finding. */
struct rules_scratch {
	char title[LANGUAGE_COUNT][RULES_TITLE_MAX], action[LANGUAGE_COUNT][RULES_ACTION_MAX];
	uint8_t group[GROUPKEY_MAX];
	struct expr_memo *memos;                    /* one a condition */
	struct expr_memo tests[SAME_TESTS_MAX + 1]; /* one for what tests ask */
	struct shapes *shapes;
	uint32_t record_no; /* of the record being judged */
	uint64_t expired;   /* records that an indicator would have fitted that had expired */
};

struct rules {
	uint64_t no; /* another one for each rule set of the program */
	struct arena arena;
	struct expr_memory memory;
	const struct field_registry *fields;
	struct rule **items;
	size_t n, cap;
	struct rules_of_table *by_table;
	size_t n_tables;
	struct rules_scratch *scratch;
	struct recall *recall;
	struct pool *values; /* that are counted */
	struct tally **tallies;
	size_t n_tallies, cap_tallies;
	struct indicators *indicators;
	struct expr_shared *shared; /* conditions by text, so that equal ones are one */
	uint32_t n_conditions;
	struct zone_names zone_names[LANGUAGE_COUNT];
	const struct rules_options *options; /* while loading */
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

/** Appends to a growing array of pointers. @return 0, or -ENOMEM. */
int rules_append(void *array, size_t *n, size_t *cap, void *item);

/** A copy of @text in the rule set's memory, or NULL. */
char *rule_copy(struct rules *r, const char *text);

#endif
