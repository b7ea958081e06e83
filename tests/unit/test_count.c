/* counting: every construct of the rule language by written events, each judged with the gate and without; floods. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"
#include "engine/rule_test.h"
#include "engine/rules.h"
#include "engine/scene.h"
#include "event/dissector.h"
#include "run_suite.h"

extern const struct dissector modbus_dissector;

static const struct field_table *tables[5];
static const struct field_registry registry = {tables};

static struct rules *parsed(const char *yaml)
{
	struct complaint c;
	struct rules *r;

	if (rules_parse(&r, "t.yaml", yaml, strlen(yaml), &registry, &c) != 0)
		ck_abort_msg("%s", c.text);
	return r;
}

static void setup(void)
{
	size_t n = 0;

	tables[n++] = &anomaly_table;
	tables[n++] = &flow_table_fields;
	tables[n++] = &asset_table;
	tables[n++] = modbus_dissector.table;
}

struct outcome {
	unsigned passed, failed, positive;
	char why[4096];
};

static void take_result(void *ctx, const struct rule_test_result *r)
{
	struct outcome *o = ctx;

	o->positive += r->positive;
	if (r->passed) {
		o->passed++;
		return;
	}
	o->failed++;
	size_t len = strlen(o->why);
	snprintf(o->why + len, sizeof(o->why) - len, "%s:%u: %s: %s\n", r->file, r->line, r->name, r->why);
}

/* The rules of the test that runs, once more with its lists. */
static const char *tried_yaml;
static struct rules *listed;

static const struct rules *with_lists(void *ctx, const struct yamldoc *doc, const struct yaml_node *lists, int *err,
				      struct complaint *c)
{
	char file[] = "/tmp/sekisho-rules-XXXXXX.yaml";
	const char *packs[] = {file, NULL};
	struct rules_options o = {.packs = packs, .fields = &registry, .trial = doc, .trial_lists = lists};
	int fd = mkstemps(file, 5);

	(void)ctx;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, tried_yaml, strlen(tried_yaml)), strlen(tried_yaml));
	close(fd);
	rules_free(listed);
	listed = NULL;
	*err = rules_load(&listed, &o, c);
	unlink(file);
	return listed;
}

static int try_text(const char *yaml, struct outcome *o, struct complaint *c)
{
	struct rules *r = parsed(yaml);
	struct rule_test_options options = {
	    .rules = r, .fields = &registry, .with_lists = with_lists, .result = take_result, .ctx = o};

	tried_yaml = yaml;
	int err = rule_test_text(&options, "t.yaml", yaml, strlen(yaml), c);
	rules_free(r);
	rules_free(listed);
	listed = NULL;
	return err;
}

static struct outcome tried(const char *yaml)
{
	struct outcome o = {0};
	struct complaint c;

	if (try_text(yaml, &o, &c) != 0)
		ck_abort_msg("%s", c.text);
	return o;
}

/* Files of rules whose tests must pass, all of them. */
static const char *const files[] = {"tests/unit/rules/counting.yaml", "tests/unit/rules/conditions.yaml"};

static char *text_of(const char *file)
{
	FILE *f = fopen(file, "re");

	ck_assert_msg(f != NULL, "%s", file);
	char *text = calloc(1, 1 << 20);
	ck_assert_uint_gt(fread(text, 1, (1 << 20) - 1, f), 0);
	fclose(f);
	return text;
}

START_TEST(every_construct_does_what_its_tests_say)
{
	char *yaml = text_of(files[_i]);
	struct outcome o = tried(yaml);

	ck_assert_msg(o.failed == 0, "%s: %u failed:\n%s", files[_i], o.failed, o.why);
	ck_assert_uint_gt(o.positive, 5);
	ck_assert_uint_gt(o.passed - o.positive, 5);
	free(yaml);
}
END_TEST

#define RULE "id: T-1\non: modbus\nlevel: low\ntitle: { en: a, ja: b }\n"

/* Tests that must not pass, and why. */
static const struct {
	const char *yaml, *why;
} failing[] = {
    {RULE "when: modbus.unit_id == 1\ntests: [{ expect: low, events: [{ modbus.unit_id: 2 }] }]\n", "raises nothing"},
    {RULE "when: modbus.unit_id == 1\ntests: [{ expect: none, events: [{ modbus.unit_id: 1 }] }]\n",
     "raises 1 alerts (low, \"a\"), and should raise none"},
    {RULE "when: modbus.unit_id == 1\ntests: [{ expect: high, events: [{ modbus.unit_id: 1 }] }]\n",
     "raises level low, expected high"},
    {RULE "when: modbus.unit_id\ntests: [{ expect: alert, alerts: 2, events: [{ modbus.unit_id: 1, times: 2 }] }]\n",
     "raises 1 alerts, expected 2"},
    {RULE "when: modbus.unit_id\ntests: [{ expect: alert, count: 3, events: [{ modbus.unit_id: 1, times: 2 }] }]\n",
     "counts 2 occurrences, expected 3"},
    {RULE "when: modbus.unit_id\ntests: [{ expect: alert, title: c, events: [{ modbus.unit_id: 1 }] }]\n",
     "titles are \"a\" and \"b\", expected \"c\" in one of them"},
    {RULE "when: modbus.unit_id\ntests: [{ expect: alert, capture: x.pcap }]\n", "captures cannot be played here"},
};

START_TEST(a_test_that_should_fail_does)
{
	struct outcome o = tried(failing[_i].yaml);

	ck_assert_uint_eq(o.passed, 0);
	ck_assert_uint_eq(o.failed, 1);
	ck_assert_msg(strstr(o.why, failing[_i].why) != NULL, "%s", o.why);
}
END_TEST

/* A test's lists are its own: of the next one they hold no more. */
START_TEST(a_test_brings_its_lists)
{
	struct outcome o = tried("- list: odd\n"
				 "  values: []\n"
				 "- id: T\n"
				 "  on: modbus\n"
				 "  level: low\n"
				 "  title: { en: a, ja: b }\n"
				 "  when: modbus.unit_id in odd\n"
				 "  tests:\n"
				 "    - { expect: none, events: [{ modbus.unit_id: 1 }] }\n"
				 "    - { expect: low, lists: { odd: [1, 3] }, events: [{ modbus.unit_id: 1 }] }\n"
				 "    - { expect: none, lists: { odd: [5] }, events: [{ modbus.unit_id: 1 }] }\n"
				 "    - { expect: none, events: [{ modbus.unit_id: 1 }] }\n");

	ck_assert_msg(o.passed == 4, "%s", o.why);
}
END_TEST

/* Numbers are decimal unless they say 0x, in conditions, thresholds and tests alike. */
START_TEST(no_number_is_octal)
{
	struct outcome o = tried(RULE "when: modbus.unit_id == 010 and modbus.request.address == 0x10\n"
				      "thresholds: { tries: 010 }\n"
				      "count: { at_least: tries, within: 60s }\n"
				      "tests:\n"
				      "  - { expect: low, events: [{ modbus.unit_id: 10, modbus.request.address: 16, times: 10 }] }\n"
				      "  - { expect: low, events: [{ modbus.unit_id: 010, modbus.request.address: 0x10, times: 10 }] }\n"
				      "  - { expect: none, events: [{ modbus.unit_id: 010, modbus.request.address: 16, times: 9 }] }\n");

	ck_assert_msg(o.passed == 3 && o.failed == 0, "%s", o.why);
}
END_TEST

/* What is wrong with a test itself is said with its place. */
#define WHEN RULE "when: modbus.unit_id\n"
static const struct {
	const char *yaml, *complaint;
} broken[] = {
    {WHEN "tests: [{ events: [{ modbus.unit_id: 1 }] }]\n", "t.yaml:6:9: say what this test expects"},
    {WHEN "tests: [{ expect: maybe, events: [{ modbus.unit_id: 1 }] }]\n",
     "t.yaml:6:19: expected none, alert, or one of"},
    {WHEN "tests: [{ expect: none }]\n", "t.yaml:6:9: a test plays either \"events\" or a \"capture\""},
    {WHEN "tests: [{ expect: none, events: [] }]\n", "t.yaml:6:33: expected a list of events here"},
    {WHEN "tests: [{ expect: none, event: [] }]\n", "t.yaml:6:25: unknown key \"event\". Did you mean \"events\"?"},
    {WHEN "tests: [{ expect: none, events: [{ modbus.unitid: 1 }] }]\n",
     "t.yaml:6:36: unknown field \"modbus.unitid\". Did you mean \"modbus.unit_id\"?"},
    {WHEN "tests: [{ expect: none, events: [{ modbus.unit_id: x }] }]\n",
     "t.yaml:6:52: \"modbus.unit_id\" is a number, and \"x\" is not"},
    {WHEN "tests: [{ expect: none, events: [{ modbus.function_code: read_coil }] }]\n",
     "t.yaml:6:58: \"modbus.function_code\" has no value \"read_coil\". Did you mean \"read_coils\"?"},
    {WHEN "tests: [{ expect: none, events: [{ src: { zon: a } }] }]\n",
     "t.yaml:6:43: unknown field \"src.zon\". Did you mean \"src.zone\"?"},
    {WHEN "tests: [{ expect: none, events: [{ on: flow, modbus.unit_id: 1 }] }]\n",
     "t.yaml:6:62: \"modbus.unit_id\" does not occur in flow records"},
    {WHEN "tests: [{ expect: none, events: [{ at: 5, modbus.unit_id: 1 }] }]\n",
     "t.yaml:6:40: expected a time such as 60s, 10m or 500ms here"},
    {WHEN "tests: [{ expect: none, events: [{ each: { modbus.unit_id: 4 } }] }]\n",
     "t.yaml:6:60: expected a range such as 1..12, or a list of values, here"},
    {WHEN "tests: [{ expect: none, lists: { a: [1] }, capture: x.pcap }]\n",
     "t.yaml:6:32: \"lists\" go with \"events\". For a capture they stand in its \"config\""},
    {WHEN "tests: [{ expect: none, lists: { a: 1 }, events: [{ modbus.unit_id: 4 }] }]\n",
     "t.yaml:6:37: expected a list of values here"},
    {WHEN "tests: [{ expect: none, lists: [a], events: [{ modbus.unit_id: 4 }] }]\n",
     "t.yaml:6:32: expected lists by their names here"},
    {WHEN "tests: [{ expect: none, count: 1, events: [{ modbus.unit_id: 4 }] }]\n",
     "t.yaml:6:19: a test that expects nothing has no alerts, count, title or action"},
};

START_TEST(what_is_wrong_with_a_test_is_said_with_its_place)
{
	struct outcome o = {0};
	struct complaint c = {""};

	ck_assert_int_eq(try_text(broken[_i].yaml, &o, &c), -22);
	ck_assert_msg(strncmp(c.text, broken[_i].complaint, strlen(broken[_i].complaint)) == 0,
		      "%s\nsays   %s\nexpect %s", broken[_i].yaml, c.text, broken[_i].complaint);
}
END_TEST

/* ---- bounds, reload */

static struct found {
	uint64_t n, count;
	struct counted last;
	char shown[COUNTED_SHOWN][COUNTED_TEXT_MAX + 1];
} found;

static void take_finding(void *ctx, const struct finding *f)
{
	(void)ctx;
	found.n++;
	found.count += f->event->count;
	if (!f->event->counted)
		return;
	found.last = *f->event->counted;
	for (unsigned i = 0; i < found.last.n_shown; i++)
		snprintf(found.shown[i], sizeof(found.shown[i]), "%.*s", (int)found.last.shown[i].len,
			 (const char *)found.last.shown[i].ptr);
}

static void judge(void *rules, struct event *ev)
{
	rules_judge(rules, ev, (struct finding_sink){take_finding, NULL});
}

/* Plays the events of @yaml, a list, to @r. */
static void play(struct rules *r, const char *yaml)
{
	struct complaint c;
	struct rule_file s;

	ck_assert_int_eq(rule_file_parse(&s, "play.yaml", yaml, strlen(yaml), &c), 0);
	struct scene scene = {.file = &s, .fields = &registry, .on = "modbus", .out = {judge, r}};
	if (scene_play(&scene, s.doc.roots[0], &c) != 0)
		ck_abort_msg("%s", c.text);
	rule_file_free(&s);
}

static const char *const counters[] = {
    "count: { at_least: 3, within: 60s, by: [src.asset] }\n",
    "count: { at_least: 3000, within: 60s, by: [src.asset] }\n",
    "sum: { of: modbus.unit_id, at_least: 100, within: 60s, by: [src.asset] }\n",
    "distinct: { of: modbus.request.address, at_least: 10, within: 60s, by: [src.asset] }\n",
    "ranges: { first: modbus.request.address, number: modbus.unit_id, at_least: 20, within: 60s, by: [src.asset] }\n",
    "rate: { at_least: 100, per: 1s, lasting: 10s, by: [src.asset] }\n",
};

START_TEST(a_million_offenders_stay_within_the_bounds)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml), RULE "when: modbus.unit_id\n%s", counters[_i]);
	struct rules *r = parsed(yaml);
	uint64_t ceiling = rules_counters(r).ceiling_bytes;
	play(r, _i == 0
		    ? "[{ modbus.unit_id: 1, modbus.request.address: 5, every: 1ms, each: { src.asset: 1..1000000 } }]"
		    : "[{ modbus.unit_id: 1, modbus.request.address: 5, every: 1ms, each: { src.asset: 1..50000 } }]");
	struct rules_counters c = rules_counters(r);
	ck_assert_uint_le(c.keys, 8192);
	ck_assert_uint_ge(c.keys, 64);
	ck_assert_uint_gt(c.keys_forgotten, _i == 0 ? 900000 : 20000);
	ck_assert_uint_le(ceiling, 8 << 20);
	ck_assert_uint_eq(c.ceiling_bytes, ceiling);
	rules_free(r);
}
END_TEST

START_TEST(a_flood_does_not_hide_who_is_about_to_be_told)
{
	struct rules *r = parsed(RULE "when: modbus.unit_id\ncount: { at_least: 3, within: 60s, by: [src.asset] }\n");

	found = (struct found){0};
	/* two of three, then others that would fill the table twice over, then the third */
	play(r, "[{ modbus.unit_id: 1, src.asset: attacker, times: 2 },\n"
		" { modbus.unit_id: 1, every: 1ms, each: { src.asset: 1..20000 } },\n"
		" { modbus.unit_id: 1, src.asset: attacker }]");
	ck_assert_uint_eq(found.n, 1);
	ck_assert_uint_eq(found.count, 3);
	rules_free(r);
}
END_TEST

START_TEST(a_reload_keeps_what_unchanged_rules_counted)
{
	static const char *const second[] = {
	    RULE "when: modbus.unit_id\ncount: { at_least: 3, within: 60s }\n",
	    "id: T-2\non: flow\nwhen: src.zone\nlevel: low\ntitle: { en: c, ja: d }\n---\n" RULE
	    "when: modbus.unit_id\ncount: { at_least: 3, within: 60s }\nmeti: [3-5]\n",
	    RULE "when: modbus.unit_id == 1\ncount: { at_least: 3, within: 60s }\n",
	    RULE "when: modbus.unit_id\ncount: { at_least: 2, within: 60s }\n",
	};
	struct rules *r = parsed(second[0]), *next = parsed(second[_i]);

	found = (struct found){0};
	play(r, "[{ modbus.unit_id: 1, times: 2 }]");
	rules_inherit(next, r);
	rules_free(r);
	play(next, "[{ at: 5s, modbus.unit_id: 1 }]");
	ck_assert_uint_eq(found.n, _i < 2);
	rules_free(next);
}
END_TEST

START_TEST(a_finding_carries_what_was_counted)
{
	struct rules *r = parsed(RULE "when: modbus.unit_id\n"
				      "distinct: { of: modbus.unit_id, at_least: 4, within: 2m, by: [src.asset] }\n");

	found = (struct found){0};
	play(r, "[{ every: 1s, each: { modbus.unit_id: 3..7 } }]");
	ck_assert_uint_eq(found.n, 2);
	ck_assert_uint_eq(found.count, 5);
	ck_assert_int_eq(found.last.kind, COUNTED_DISTINCT);
	ck_assert_str_eq(found.last.of, "modbus.unit_id");
	ck_assert_uint_eq(found.last.value, 5);
	ck_assert_uint_eq(found.last.at_least, 4);
	ck_assert_int_eq(found.last.within_ns, 120 * NS_PER_S);
	ck_assert_str_eq(found.last.window, "2 min");
	ck_assert_int_eq(found.last.first_ns, SCENE_BEGINS_NS);
	ck_assert_uint_eq(found.last.n_shown, 5);
	ck_assert_str_eq(found.shown[0], "3");
	ck_assert_str_eq(found.shown[4], "7");
	rules_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("count");
	TCase *t = tcase_create("count");

#define COUNT(rows) (int)(sizeof(rows) / sizeof((rows)[0]))
	suite_add_tcase(s, t);
	tcase_add_unchecked_fixture(t, setup, NULL);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, every_construct_does_what_its_tests_say, 0, COUNT(files));
	tcase_add_loop_test(t, a_test_that_should_fail_does, 0, COUNT(failing));
	tcase_add_test(t, a_test_brings_its_lists);
	tcase_add_test(t, no_number_is_octal);
	tcase_add_loop_test(t, what_is_wrong_with_a_test_is_said_with_its_place, 0, COUNT(broken));
	tcase_add_loop_test(t, a_million_offenders_stay_within_the_bounds, 0, COUNT(counters));
	tcase_add_test(t, a_flood_does_not_hide_who_is_about_to_be_told);
	tcase_add_loop_test(t, a_reload_keeps_what_unchanged_rules_counted, 0, 4);
	tcase_add_test(t, a_finding_carries_what_was_counted);
	return run_suite(s);
}
