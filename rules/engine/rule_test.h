/*
 * A rule's own tests: written events (engine/scene.h) judged twice, with the gate and without, and captures, which the
 * caller plays since the way of the data is not this folder's to wire.
 *
 *     tests:
 *       - name: three refusals in a minute
 *         expect: high          # none; alert (of any level); or the level
 *         events: [{ modbus.exception.code: illegal_function, times: 3, every: 20s }]
 *         alerts: 1             # how many alerts, after grouping;  count: occurrences in all of them
 *       - { name: ..., expect: none, capture: tests/golden/modbus/reads/input.pcap, config: plant.yaml }
 *       - { name: ..., expect: high, lists: { retired_users: [tanaka] }, events: [...] }
 *
 * Lifetime: testing.
 */
#ifndef SEKISHO_RULES_RULE_TEST_H
#define SEKISHO_RULES_RULE_TEST_H

#include "engine/rules.h"

/** What came of one test. */
struct rule_test_result {
	const char *rule_id, *name;
	const char *file;
	unsigned line;
	bool positive, passed;
	const char *why; /* where it has not passed */
};

/** What a rule raised. */
struct rule_test_alerts {
	uint64_t alerts; /* groups */
	uint64_t count;  /* occurrences */
	bool has_level;
	enum alert_level level; /* the gravest */
	/* of the first */
	char title_en[512], title_ja[512];
	char action_en[2048], action_ja[2048];
};

struct rule_test_options {
	const struct rules *rules; /* compiled from @files and whatever else; rules of other files are not tested */
	const struct field_registry *fields;
	/**
	 * Plays @capture with @config (NULL: none), both as written in the rule's @file, and fills @out with what the
	 * rule raised. @return 0; -errno with @c filled. NULL: tests with captures fail.
	 */
	int (*play)(void *ctx, const char *file, const char *capture, const char *config, const char *rule_id,
		    struct rule_test_alerts *out, struct complaint *c);
	/**
	 * The same rules with @lists of @doc ({ NAME: [values] }) added to their lists. Borrowed until the next call.
	 * @return NULL with *err and @c filled. NULL: tests with lists fail.
	 */
	const struct rules *(*with_lists)(void *ctx, const struct yamldoc *doc, const struct yaml_node *lists, int *err,
					  struct complaint *c);
	void (*result)(void *ctx, const struct rule_test_result *r);
	void *ctx;
};

/** Runs the tests of every rule in @file. @return 0, whether they pass or not; -EINVAL or -errno with @c filled. */
__attribute__((warn_unused_result)) int rule_test_file(const struct rule_test_options *o, const char *file,
						       struct complaint *c);

/** The same of text. */
__attribute__((warn_unused_result)) int rule_test_text(const struct rule_test_options *o, const char *file,
						       const char *yaml, size_t len, struct complaint *c);

#endif
