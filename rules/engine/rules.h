/*
 * The rules: YAML in, findings out.
 *
 * Rules are read, checked and compiled when loading; evaluation neither allocates nor fails. A rule set is immutable
 * and has the lifetime of the boot, until a reload swaps it whole. Runs on the analyst thread, after the ledger.
 *
 * A rule (one YAML document, or one item of a list):
 *
 *     id: SKS-MB-05
 *     on: modbus                       # event_type
 *     when: modbus.function_code == "diagnostic" and modbus.request.subfunction.raw == 4
 *     level: critical
 *     levels: [{ when: src.purdue >= L4, level: critical }]   # first that holds replaces level
 *     group_by: [src.asset, dest.asset, modbus.unit_id]       # one alert per distinct value; without: both assets
 *     attack_ics: [T0814]              # tags: attack_ics meti jnsa iec62443 ipa
 *     rev: 1                           # of the rule, for EVE; category: likewise, without it that of `on`
 *     title:  { en: "...{src.name}...", ja: "..." }  # may also come from rules/text/{en,ja}.yaml by id; also what,
 * action, dont
 *
 * Expressions: == != < <= > >= in {..} a..b, CIDR, matches "regex", contains, and or not (also && || !), parentheses;
 * values: numbers, 0x.., "text", true/false, addresses, prefixes, levels (L0 .. L5, L3.5), names of enumerations, other
 * fields. A missing field makes a comparison false. A list matches when any item does. A field alone asks whether it is
 * there, a bool whether it is true. Names: fields of the registry (modbus.unit_id, aliases), event (app_proto, proto,
 * src_ip, dest_port, vlan, one_sided ...), both ends (src.zone, dest.purdue, src.registered, src.asset, src.name,
 * src.scope, src.fa_zone, src.role, src.usage, src.phase ...), conduit (allowed, denied, none). All of it with
 * examples: rules/README.md.
 */
#ifndef SEKISHO_RULES_RULES_H
#define SEKISHO_RULES_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "event/field.h"
#include "event/finding.h"

struct rules;

/** What people call a zone in each language, where an alert speaks of it; NULL: by its id. */
struct zone_words {
	const char *id, *en, *ja;
};

/** What rules are made of, and what a plant says of them. Borrowed for the call. */
struct rules_options {
	const char *const *packs;      /* folders, of which every *.yaml is read (sorted by name), and files */
	const char *untested;          /* one of @packs whose tests are left out unread; NULL: none */
	const char *text_dir;          /* en.yaml and ja.yaml; NULL: none */
	const char *const *disabled;   /* ids; one that no rule has is an error. NULL: none */
	const char *const *indicators; /* CSV files; NULL: none */
	const struct field_registry *fields;
	const struct yamldoc *config;        /* where the next two stand, for complaints */
	const struct yaml_node *lists;       /* { NAME: [values] }: added to the lists of the rules; NULL: none */
	const struct yaml_node *thresholds;  /* { ID: { NAME: number, zones: { ZONE: {..} or off } } }; NULL: none */
	const char *const *zones;            /* that exist, for complaints; NULL: not known */
	const struct zone_words *zone_words; /* of those with names of their own; NULL: none */
	size_t n_zone_words;
	/* lists that a test of a rule brings along, added likewise; NULL: none */
	const struct yamldoc *trial;
	const struct yaml_node *trial_lists;
};

/**
 * Loads rules. @return 0; -EINVAL with @c `file:line:column: ...` (nothing is kept); -errno.
 */
__attribute__((warn_unused_result)) int rules_load(struct rules **out, const struct rules_options *o,
						   struct complaint *c);

/** The files that @dir, a folder or a file, stands for: paths ending with NULL, for rules_files_free(). @return 0;
 * -errno with @c filled. */
__attribute__((warn_unused_result)) int rules_files(const char *dir, char ***out, struct complaint *c);
void rules_files_free(char **files);

/** The same for rules compiled into the program or given as text (tests): @file names it. */
__attribute__((warn_unused_result)) int rules_parse(struct rules **out, const char *file, const char *yaml, size_t len,
						    const struct field_registry *fields, struct complaint *c);
void rules_free(struct rules *r);

size_t rules_count(const struct rules *r);
const struct rule_info *rules_info(const struct rules *r, size_t i);
bool rules_enabled(const struct rules *r, size_t i);

/** Where rule @i's condition stands and what it reads, for `rules list`. */
const char *rules_on(const struct rules *r, size_t i);
const char *rules_when(const struct rules *r, size_t i);

/** How many tests rule @i has that must raise it, and that must not; none where they were left out. */
void rules_tests(const struct rules *r, size_t i, unsigned *positive, unsigned *negative);

/** What a rule costs: which records must pass the gate one by one for it. */
enum rule_cost {
	RULE_COST_FACTS, /* none: facts are enough */
	RULE_COST_SOME,  /* those that fit it, as far as the wire can say */
	RULE_COST_ALL,   /* all of a kind */
};
enum rule_cost rules_cost(const struct rules *r, size_t i);

/*
 * What the gate must know. A rule needs every single record that fits it where it counts occurrences or reads (in when,
 * levels or group_by) a value that the gate does not keep apart; texts do not count, as an alert's words are those of
 * the first record that raised it. Distinct values are counted from facts.
 */

/** Does some rule need every single record of @table, whatever is in it? */
bool rules_need_all_of(const struct rules *r, const struct field_table *table);

/** Does some rule need @ev, one by one? Looks at what the wire says alone; may be called by any thread. */
bool rules_want(const struct rules *r, const struct event *ev);

/** May rules_want() be true of a record that says the same as @ev in all that makes a fact, @same_fields: and has the
 * same fields? */
bool rules_may_want(const struct rules *r, const struct event *ev, bool same_fields);

/** The shortest window, in any zone, in which some rule counts distinct values of facts of @table; 0: none does. As
 * long as a value stands in it, the gate must tell it again. */
int64_t rules_values_window_ns(const struct rules *r, const struct field_table *table);

/**
 * Judges @ev (which is the same afterwards): calls @out for each rule that holds, in the order of the rules. Findings
 * are written into memory of the rule set that the next one reuses, so one thread at a time.
 */
void rules_judge(const struct rules *r, struct event *ev, struct finding_sink out);

enum { RULES_STEPS = 4 };

/**
 * Looking ahead: what judging @ev again will read is asked of memory while records before it are being judged. @step: 0
 * to RULES_STEPS - 1, one after the other. Nothing is changed, and nothing depends on it.
 */
void rules_look_ahead(const struct rules *r, const struct event *ev, unsigned step);

/** How many indicators have expired at @now_ns. */
size_t rules_indicators_expired(const struct rules *r, int64_t now_ns);

/** How many there are of the @i-th type that no rule asks for. *type: what it is called, NULL behind the last one. */
size_t rules_indicators_unasked(const struct rules *r, size_t i, const char **type);

/** Takes over what @from has counted for rules whose definition is the same; @from has lost it then. */
void rules_inherit(struct rules *r, struct rules *from);

/** Forgets all that was counted: for tests. */
void rules_forget(const struct rules *r);

struct rules_counters {
	size_t counting;         /* branches that count */
	uint64_t keys;           /* entries they hold */
	uint64_t keys_forgotten; /* entries given up for others while their window was open */
	uint64_t ceiling_bytes;  /* that all of them may take */
	size_t indicators;
	uint64_t expired;             /* records that an indicator would have fitted that had expired */
	uint64_t facts_recalled;      /* records of a fact of which it was still known what holds for it */
	uint64_t facts_replaced;      /* facts forgotten for others */
	uint64_t situations;          /* for which it was found out which conditions hold */
	uint64_t situations_replaced; /* of them, those that made room for others */
};
struct rules_counters rules_counters(const struct rules *r);

#endif
