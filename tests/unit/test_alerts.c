#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <sys/resource.h>
#include <signal.h>

#include "alert/alert_json.h"
#include "alert/alerts_db.h"
#include "alert/group.h"
#include "alert/outbox.h"
#include "alert/pending.h"
#include "event/rule_json.h"
#include "findings.h"
#include "run_suite.h"

static char dir[64];
static const struct sensor_info sensor = {"kansai-1", "kobe", "0.1.0"};

static void setup(void)
{
	test_dir(dir);
}

static void teardown(void)
{
	test_dir_remove(dir);
}

static struct alerts *open_alerts(void)
{
	struct alerts *a;
	struct complaint c = {""};

	ck_assert_msg(alerts_open(&a, dir, &sensor, &c) == 0, "%s", c.text);
	return a;
}

static void take(struct alerts *a, unsigned unit, int64_t at_ns)
{
	struct test_finding t;

	alerts_take(a, test_finding(&t, unit, at_ns));
}

/* Of alerts.db what is in use. */
static uint64_t used_bytes(void)
{
	sqlite3 *db;
	struct complaint c;

	ck_assert_int_eq(alerts_db_open(&db, dir, ALERTS_DB_READ, &c), 0);
	int64_t n = alerts_db_number(db,
				     "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count,"
				     " pragma_freelist_count, pragma_page_size",
				     0);
	sqlite3_close(db);
	return (uint64_t)n;
}

/* Rows of the outbox, parsed. */
static json_t *outbox_rows(void)
{
	struct outbox *o;
	struct outbox_row rows[16];
	struct complaint c;
	json_t *all = json_array();
	uint64_t after = 0;
	int n;

	ck_assert_int_eq(outbox_open(&o, dir, &c), 0);
	while ((n = outbox_read(o, after, rows, 16)) > 0) {
		for (int i = 0; i < n; i++) {
			json_t *row = json_loads(rows[i].json, 0, NULL);
			ck_assert_msg(row != NULL, "row %d is no JSON: %s", i, rows[i].json);
			ck_assert_uint_eq(rows[i].seq, after + 1);
			after = rows[i].seq;
			json_array_append_new(all, row);
		}
	}
	outbox_close(o);
	return all;
}

static json_int_t count_of(json_t *rows, size_t i)
{
	return json_integer_value(json_object_get(json_object_get(json_array_get(rows, i), "sekisho"), "count"));
}

static void collect(void *ctx, const char *json)
{
	json_t *row = json_loads(json, 0, NULL);

	ck_assert_msg(row != NULL, "not JSON: %s", json);
	json_array_append_new(ctx, row);
}

static json_t *listed(const struct alerts_filter *f)
{
	struct complaint c = {""};
	json_t *all = json_array();

	ck_assert_msg(alerts_each(dir, f, collect, all, &c) == 0, "%s", c.text);
	return all;
}

/* ---- ids */

static const struct {
	const char *name, *sensor;
	uint8_t fill;
	int64_t first_seen_ns;
	const char *begins; /* 48 bits of milliseconds: the first ten digits */
} ids[] = {
    {"the epoch", "s", 0, 0, "0000000000"},
    {"one millisecond", "s", 0, NS_PER_MS, "0000000001"},
    {"thirty-two milliseconds", "s", 0, 32 * NS_PER_MS, "0000000010"},
    {"2026-11-22", "s", 7, T0_NS, "01M808TX00"},
    {"before the epoch", "s", 7, -5, "0000000000"},
};

START_TEST(test_what_a_burst_took_is_given_back)
{
	enum { LONG = 150000, SHORT = 100, ROWS = 10 };
	static char json[LONG + 1];
	struct pending p = {.limit = 4 << 20};
	const struct pending_text text = {json, "SKS-TEST", "cell-1", "office"};

	memset(json, '{', LONG);
	for (int round = 0; round < 4; round++) {
		const struct pending_row row = {.json_len = round % 2 ? SHORT : LONG};
		for (int i = 0; i < ROWS; i++)
			ck_assert(pending_add(&p, &row, &text));
		for (int i = 0; i < ROWS; i++) {
			struct pending_text there = pending_text(&p, &p.rows[i]);
			ck_assert_uint_eq(strlen(there.json), row.json_len);
			ck_assert_str_eq(there.dest_zone, "office");
		}
		pending_clear(&p);
		ck_assert(!p.bytes == (row.json_len == LONG)); /* small batches keep their room */
	}
	p.limit = ROWS * SHORT; /* what is there already holds from the next burst on */
	const struct pending_row row = {.json_len = SHORT};
	unsigned n = 0;
	while (n < 2 * ROWS && pending_add(&p, &row, &text))
		n++;
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, ROWS);
	ck_assert_uint_eq(p.refused, 1);
	p.limit = 8 << 20; /* and no more is put into it than fits */
	for (n = 0; n < 100 && pending_reserve(&p, LONG); n++)
		p.used += LONG;
	ck_assert_uint_eq(n, (4 << 20) / LONG);
	p.used = 0;
	pending_deinit(&p);
}
END_TEST

START_TEST(test_id_is_made_of_time_and_digest)
{
	uint8_t digest[GROUP_DIGEST_BYTES];
	char id[ALERT_ID_CHARS + 1], again[ALERT_ID_CHARS + 1];

	memset(digest, ids[_i].fill, sizeof(digest));
	group_alert_id(ids[_i].sensor, digest, ids[_i].first_seen_ns, id);
	group_alert_id(ids[_i].sensor, digest, ids[_i].first_seen_ns, again);
	ck_assert_msg(strncmp(id, ids[_i].begins, 10) == 0, "%s: %s does not begin with %s", ids[_i].name, id,
		      ids[_i].begins);
	ck_assert_uint_eq(strlen(id), ALERT_ID_CHARS);
	ck_assert_uint_eq(strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), ALERT_ID_CHARS);
	ck_assert_str_eq(id, again);
	group_alert_id("other", digest, ids[_i].first_seen_ns, again);
	ck_assert_str_ne(id, again);
}
END_TEST

START_TEST(test_ids_sort_by_time)
{
	uint8_t digest[GROUP_DIGEST_BYTES] = {1};
	char before[ALERT_ID_CHARS + 1], id[ALERT_ID_CHARS + 1];

	group_alert_id("s", digest, T0_NS, before);
	for (int64_t ms = 1; ms < 100000; ms = ms * 3 + 1) {
		digest[0]++;
		group_alert_id("s", digest, T0_NS + ms * NS_PER_MS, id);
		ck_assert_int_lt(strcmp(before, id), 0);
		memcpy(before, id, sizeof(id));
	}
}
END_TEST

START_TEST(test_groups_do_not_run_into_each_other)
{
	uint8_t a[GROUP_DIGEST_BYTES], b[GROUP_DIGEST_BYTES], c[GROUP_DIGEST_BYTES];
	char lengthy[4000];

	group_digest("SKS-A", span_str("1x"), a);
	group_digest("SKS-A1", span_str("x"), b);
	ck_assert_mem_ne(a, b, sizeof(a));
	memset(lengthy, 'k', sizeof(lengthy));
	group_digest("SKS-A", span_of(lengthy, sizeof(lengthy)), a);
	lengthy[sizeof(lengthy) - 1] = 'l';
	group_digest("SKS-A", span_of(lengthy, sizeof(lengthy)), b);
	group_digest("SKS-B", span_of(lengthy, sizeof(lengthy)), c);
	ck_assert_mem_ne(a, b, sizeof(a));
	ck_assert_mem_ne(b, c, sizeof(a));
}
END_TEST

static const struct {
	uint64_t count, next;
} tells[] = {{0, 10},   {1, 10},     {9, 10},     {10, 100},         {11, 100},
	     {99, 100}, {100, 1000}, {101, 1000}, {999999, 1000000}, {1000000, 10000000}};

START_TEST(test_next_tell)
{
	ck_assert_uint_eq(group_next_tell(tells[_i].count), tells[_i].next);
}
END_TEST

/* ---- grouping */

START_TEST(test_first_and_powers_of_ten_are_told)
{
	struct alerts *a = open_alerts();

	for (int i = 0; i < 1234; i++)
		take(a, 1, i * NS_PER_MS);
	ck_assert_int_gt(alerts_commit(a, 1, true), 0);
	struct alerts_counters n = alerts_count(a);
	ck_assert_uint_eq(n.raised, 1);
	ck_assert_uint_eq(n.updated, 1233);
	ck_assert_uint_eq(n.outbox_rows, 4);
	alerts_close(a);

	json_t *rows = outbox_rows();
	ck_assert_uint_eq(json_array_size(rows), 4);
	static const json_int_t counts[] = {1, 10, 100, 1000};
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(count_of(rows, i), counts[i]);
	json_decref(rows);
	rows = listed(NULL);
	ck_assert_uint_eq(json_array_size(rows), 1);
	ck_assert_int_eq(count_of(rows, 0), 1234);
	const json_t *s = json_object_get(json_array_get(rows, 0), "sekisho");
	ck_assert_str_eq(json_string_value(json_object_get(s, "first_seen")), "2026-11-22T00:00:00.000000+0000");
	ck_assert_str_eq(json_string_value(json_object_get(s, "last_seen")), "2026-11-22T00:00:01.233000+0000");
	json_decref(rows);
}
END_TEST

START_TEST(test_what_comes_behind_the_commit_that_made_the_row_counts)
{
	struct alerts *a = open_alerts();

	for (int i = 0; i < 3; i++) {
		take(a, 1, i * NS_PER_S);
		take(a, 1, i * NS_PER_S);
		ck_assert_int_gt(alerts_commit(a, 1, true), 0);
		json_t *rows = listed(NULL);
		ck_assert_int_eq(count_of(rows, 0), 2 * (i + 1));
		json_decref(rows);
	}
	alerts_close(a);
}
END_TEST

START_TEST(test_held_back_repeats_count)
{
	struct alerts *a = open_alerts();
	struct test_finding t;

	take(a, 1, 5 * NS_PER_S);
	struct finding *f = test_finding(&t, 1, 15 * NS_PER_S);
	t.ev.count = 98;
	t.ev.first_ns = T0_NS + 6 * NS_PER_S;
	alerts_take(a, f);
	t.ev.count = 1;
	alerts_take(a, f);
	f = test_finding(&t, 2, 15 * NS_PER_S);
	t.ev.count = 5;
	t.ev.first_ns = T0_NS + 3 * NS_PER_S;
	alerts_take(a, f);
	alerts_close(a);
	json_t *rows = listed(NULL);
	ck_assert_uint_eq(json_array_size(rows), 2);
	ck_assert_int_eq(count_of(rows, 0), 5); /* by first_seen: unit 2 was first seen at 3 s */
	ck_assert_int_eq(count_of(rows, 1), 100);
	json_decref(rows);
	rows = outbox_rows();
	ck_assert_uint_eq(json_array_size(rows), 4); /* 1, 99 (crossing 10), 100, and unit 2 */
	json_decref(rows);
}
END_TEST

START_TEST(test_worse_level_is_told)
{
	struct alerts *a = open_alerts();
	struct test_finding t;

	take(a, 1, 0);
	struct finding *f = test_finding(&t, 1, NS_PER_S);
	f->level = LEVEL_CRITICAL;
	alerts_take(a, f);
	take(a, 1, 2 * NS_PER_S); /* back to high: the alert stays critical */
	alerts_close(a);
	json_t *rows = outbox_rows();
	ck_assert_uint_eq(json_array_size(rows), 2);
	json_decref(rows);
	rows = listed(&(struct alerts_filter){.least_level = LEVEL_CRITICAL});
	ck_assert_uint_eq(json_array_size(rows), 1);
	ck_assert_int_eq(count_of(rows, 0), 3);
	const json_t *s = json_object_get(json_array_get(rows, 0), "sekisho");
	ck_assert_str_eq(json_string_value(json_object_get(s, "level")), "critical");
	json_decref(rows);
}
END_TEST

START_TEST(test_object_has_the_contract_keys)
{
	static const char *const paths[] = {
	    "timestamp",
	    "event_type",
	    "host",
	    "flow_id",
	    "community_id",
	    "src_ip",
	    "src_port",
	    "dest_ip",
	    "dest_port",
	    "proto",
	    "app_proto",
	    "alert.action",
	    "alert.gid",
	    "alert.signature_id",
	    "alert.rev",
	    "alert.signature",
	    "alert.category",
	    "alert.severity",
	    "alert.metadata.mitre_technique_id",
	    "sekisho.v",
	    "sekisho.alert_id",
	    "sekisho.rule_id",
	    "sekisho.title_ja",
	    "sekisho.title_en",
	    "sekisho.action_ja",
	    "sekisho.action_en",
	    "sekisho.level",
	    "sekisho.sev.base",
	    "sekisho.sev.impact",
	    "sekisho.sev.zone",
	    "sekisho.sev.final",
	    "sekisho.sev.word_ja",
	    "sekisho.sev.word_en",
	    "sekisho.src.zone",
	    "sekisho.src.registered",
	    "sekisho.dest.asset_id",
	    "sekisho.dest.purdue",
	    "sekisho.dest.usage",
	    "sekisho.dest.use_case",
	    "sekisho.dest.phase",
	    "sekisho.attack_ics",
	    "sekisho.meti",
	    "sekisho.jnsa",
	    "sekisho.ipa_phase",
	    "sekisho.iec62443",
	    "sekisho.first_seen",
	    "sekisho.last_seen",
	    "sekisho.count",
	    "sekisho.state",
	    "sekisho.object.proto",
	    "sekisho.object.unit",
	    "sekisho.object.address",
	    "sekisho.evidence.one_sided",
	    "sekisho.evidence.loss_pct_5m",
	    "sekisho.evidence.frames",
	    "sekisho.evidence.confidence",
	    "sekisho.sensor.id",
	    "sekisho.sensor.site",
	    "sekisho.sensor.version",
	    "modbus.unit_id",
	    "modbus.function_code",
	    "modbus.request.address",
	};
	struct alerts *a = open_alerts();

	alerts_set_loss(a, 0.25);
	take(a, 17, 0);
	alerts_close(a);
	json_t *rows = outbox_rows();
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const json_t *at = json_array_get(rows, 0);
		char path[64], *step, *save;
		snprintf(path, sizeof(path), "%s", paths[i]);
		for (step = strtok_r(path, ".", &save); step; step = strtok_r(NULL, ".", &save)) {
			at = json_object_get(at, step);
			ck_assert_msg(at != NULL, "%s is missing", paths[i]);
		}
	}
	const json_t *s = json_object_get(json_array_get(rows, 0), "sekisho");
	ck_assert_str_eq(json_string_value(json_object_get(s, "change")), "new");
	ck_assert_str_eq(json_string_value(json_object_get(s, "state")), "open");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(s, "evidence"), "confidence")), "medium");
	json_decref(rows);
}
END_TEST

/* The body of an alert of @rule, as allocated text. */
static char *body_of(const struct rule_info *rule)
{
	struct severity_weights weights = {0};
	struct test_finding t;
	struct severity sev;
	struct json j;

	struct finding *f = test_finding(&t, 1, 0);
	f->rule = rule;
	severity_of(&weights, f, &sev);
	struct alert_facts facts = {.alert_id = "A",
				    .fingerprint = "F",
				    .level = sev.level,
				    .sev = &sev,
				    .weights = &weights,
				    .sensor = &sensor};
	json_init(&j, 2 * ALERT_JSON_MAX);
	ck_assert(alert_json_body(&j, f, &facts));
	char *text = strdup(json_cstr(&j));
	json_deinit(&j);
	return text;
}

/* With limits, without techniques, and of few words. */
static const struct rule_info odd_rules[] = {
    {.id = "SKS-1", .signature_id = 1, .rev = 2, .category = "a\"b", .limits_en = "no more", .limits_ja = "以上\x1b"},
    {.id = "SKS-2", .limits_en = "", .attack_ics = {test_attack, 1}, .iec62443 = {test_meti, 2}, .ipa_phase = "P1"},
    {.id = "SKS-3", .category = "", .ipa_phase = ""},
};

START_TEST(test_what_is_rendered_once_is_what_was_written_each_time)
{
	struct rule_info rule = odd_rules[_i];
	struct arena arena;

	ck_assert_int_eq(arena_init(&arena, 4096, 65536), 0);
	char *each_time = body_of(&rule);
	ck_assert_int_eq(rule_json_render(&rule, &arena), 0);
	ck_assert_ptr_nonnull(rule.json);
	rule.id = "another"; /* in `sekisho.rule_id` alone */
	rule.category = "another";
	char *once = body_of(&rule);
	ck_assert_ptr_nonnull(strstr(once, "another"));
	rule.id = odd_rules[_i].id;
	free(once);
	once = body_of(&rule);
	ck_assert_str_eq(once, each_time);
	free(once);
	free(each_time);
	arena_deinit(&arena);
}
END_TEST

START_TEST(test_a_rule_without_room_is_written_each_time)
{
	struct rule_info rule = odd_rules[0];
	struct arena arena;

	ck_assert_int_eq(arena_init(&arena, 64, 64), 0);
	ck_assert_int_eq(rule_json_render(&rule, &arena), -ENOMEM);
	ck_assert_ptr_null(rule.json);
	arena_deinit(&arena);
}
END_TEST

START_TEST(test_an_alert_says_what_was_counted_and_whose_indicator_fits)
{
	static const struct indicator indicator = {"ip", "203.0.113.7", "CERT 12", "", "ioc.csv", INT64_MAX, 7};
	struct counted counted = {.kind = COUNTED_DISTINCT,
				  .of = "modbus.unit_id",
				  .value = 12,
				  .at_least = 10,
				  .within_ns = 60 * NS_PER_S,
				  .n_shown = 2,
				  .shown = {span_str("1"), span_str("2")}};
	struct alerts *a = open_alerts();
	struct test_finding t;
	struct finding *f = test_finding(&t, 1, NS_PER_S);
	struct event ev = *f->event;

	ev.counted = &counted;
	ev.indicator = &indicator;
	f->event = &ev;
	alerts_take(a, f);
	alerts_close(a);
	json_t *rows = outbox_rows();
	const json_t *evidence = json_object_get(json_object_get(json_array_get(rows, 0), "sekisho"), "evidence");
	const json_t *c = json_object_get(evidence, "counted"), *i = json_object_get(evidence, "indicator");
	ck_assert_str_eq(json_string_value(json_object_get(c, "kind")), "distinct");
	ck_assert_str_eq(json_string_value(json_object_get(c, "of")), "modbus.unit_id");
	ck_assert_int_eq(json_integer_value(json_object_get(c, "value")), 12);
	ck_assert_int_eq(json_integer_value(json_object_get(c, "at_least")), 10);
	ck_assert_int_eq(json_integer_value(json_object_get(c, "within_ms")), 60000);
	ck_assert_uint_eq(json_array_size(json_object_get(c, "values")), 2);
	ck_assert_str_eq(json_string_value(json_object_get(i, "source")), "CERT 12");
	ck_assert_int_eq(json_integer_value(json_object_get(i, "line")), 7);
	ck_assert_ptr_null(json_object_get(i, "expires"));
	json_decref(rows);
}
END_TEST

/* Values of 4096 control characters each, six bytes a character when escaped. */
static const struct {
	uint16_t values;
	bool fits;
} lengths[] = {{2, true}, {3, false}, {5, false}, {40, false}};

START_TEST(test_a_record_too_long_is_left_out)
{
	static uint8_t text[4096];
	struct alerts *a = open_alerts();
	struct test_finding t;
	struct event_value many[40];

	memset(text, 0x01, sizeof(text));
	struct finding *f = test_finding(&t, 1, 0);
	for (int i = 0; i < 40; i++)
		many[i] = (struct event_value){.field = &test_fields[3], .count = sizeof(text), .ptr = text};
	t.ev.values = many;
	t.ev.n_values = lengths[_i].values;
	alerts_take(a, f);
	alerts_close(a);
	json_t *rows = outbox_rows();
	ck_assert_uint_eq(json_array_size(rows), 1);
	const json_t *row = json_array_get(rows, 0);
	ck_assert_int_eq(json_is_true(json_object_get(row, "record_truncated")), !lengths[_i].fits);
	ck_assert_int_eq(json_object_get(row, "modbus") != NULL, lengths[_i].fits);
	json_decref(rows);
}
END_TEST

/* ---- runs that begin again */

START_TEST(test_replay_counts_nothing_twice)
{
	struct alerts *a = open_alerts();

	for (int i = 0; i < 60; i++)
		take(a, (unsigned)i % 3, i * NS_PER_MS);
	alerts_close(a);
	a = open_alerts();
	for (int i = 0; i < 90; i++) /* the same again, and a little more */
		take(a, (unsigned)i % 3, i * NS_PER_MS);
	struct alerts_counters n = alerts_count(a);
	ck_assert_uint_eq(n.suppressed, 60);
	ck_assert_uint_eq(n.updated, 30);
	ck_assert_uint_eq(n.raised, 0);
	alerts_close(a);
	json_t *rows = listed(NULL);
	ck_assert_uint_eq(json_array_size(rows), 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(count_of(rows, i), 30);
	json_decref(rows);
	rows = outbox_rows();
	ck_assert_uint_eq(json_array_size(rows), 6); /* new and 10, thrice */
	json_decref(rows);
}
END_TEST

/* With room for 4 groups 48 are known to be in the database alone (base/away.h); with more of them, and with those of
 * a former run, it needs its index. */
static const struct {
	unsigned units;
	bool former;
	bool index;
} forgotten[] = {{20, false, false}, {80, false, true}, {20, true, true}};

static void limit_groups(struct alerts *a)
{
	ck_assert_int_eq(alerts_set_limits(a, &(struct alerts_limits){.groups = 4}), 0);
}

static bool is_indexed(void)
{
	sqlite3 *db;
	struct complaint c;

	ck_assert_int_eq(alerts_db_open(&db, dir, ALERTS_DB_READ, &c), 0);
	bool is = alerts_db_number(db, "SELECT count(*) FROM sqlite_master WHERE name = 'alerts_by_digest'", 0) > 0;
	sqlite3_close(db);
	return is;
}

START_TEST(test_forgotten_groups_are_found_again)
{
	const unsigned units = forgotten[_i].units;
	struct alerts *a = open_alerts();

	limit_groups(a);
	if (forgotten[_i].former) {
		take(a, units, 5 * NS_PER_S);
		ck_assert_int_gt(alerts_commit(a, 1, true), 0);
		alerts_close(a);
		a = open_alerts();
		limit_groups(a);
	}
	for (int round = 0; round < 3; round++) {
		for (unsigned unit = 0; unit < units; unit++)
			take(a, unit, 5 * NS_PER_S); /* the same moment each time: must be counted all the same */
		ck_assert_int_gt(alerts_commit(a, round + 1, true), 0);
	}
	struct alerts_counters n = alerts_count(a);
	ck_assert_uint_eq(n.raised, units);
	ck_assert_uint_eq(n.updated, 2 * units);
	ck_assert_uint_eq(n.suppressed, 0);
	ck_assert_uint_le(n.groups, 4);
	alerts_close(a);
	ck_assert_int_eq(is_indexed(), forgotten[_i].index);
	json_t *rows = listed(NULL);
	ck_assert_uint_eq(json_array_size(rows), units + forgotten[_i].former);
	int counted = 0;
	for (size_t i = 0; i < json_array_size(rows); i++)
		counted += (int)count_of(rows, i);
	ck_assert_int_eq(counted, (int)(3 * units + forgotten[_i].former));
	json_decref(rows);
}
END_TEST

START_TEST(test_commit_waits_100_ms)
{
	static const struct {
		int64_t at_ms;
		bool take, commits, commits_alone; /* alone: where nobody waits for them */
	} steps[] = {
	    {1000, true, false, false},
	    {1050, false, false, false},
	    {1099, false, false, false},
	    {1100, false, true, false},
	    {1150, false, false, false},
	    {2000, true, true, true}, /* idle for long: what was taken since may be as old */
	    {2100, true, true, false},
	    {3099, false, false, true},
	};
	struct alerts *a;
	struct complaint c;

	ck_assert_int_eq(alerts_open_in(&a, dir, &sensor, _i == 1 ? SQLITE_ALONE : SQLITE_SHARED, &c), 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].take)
			take(a, (unsigned)i, 0);
		int n = alerts_commit(a, steps[i].at_ms * NS_PER_MS, false);
		ck_assert_msg((n > 0) == (_i ? steps[i].commits_alone : steps[i].commits), "step %zu at %d ms: %d", i,
			      (int)steps[i].at_ms, n);
	}
	alerts_close(a);
}
END_TEST

/* A replay that has the database to itself lets what only counts wait for a minute; what is told of it goes at once. */
START_TEST(test_a_count_waits_where_nobody_reads)
{
	static const struct {
		unsigned unit, times; /* findings of it, before the look at the clock */
		int at_s;
		bool force;
		json_int_t counts[2]; /* in the database from then on; 0: no such row */
	} steps[] = {
	    {0, 1, 1, false, {0, 0}},   {1, 1, 2, false, {1, 1}},   {0, 3, 3, false, {1, 1}}, /* nothing is due */
	    {0, 1, 30, false, {1, 1}},  {1, 9, 31, false, {1, 10}},                           /* the tenth is told */
	    {1, 1, 61, false, {1, 10}}, {0, 0, 62, false, {5, 11}}, /* a minute after the last look at which there was
								       none */
	    {0, 2, 90, false, {5, 11}}, {0, 0, 91, true, {7, 11}},
	};
	struct alerts *a;
	struct complaint c;
	int64_t at_ns = 0;

	ck_assert_int_eq(alerts_open_in(&a, dir, &sensor, _i == 1 ? SQLITE_FRESH : SQLITE_ALONE, &c), 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		for (unsigned n = 0; n < steps[i].times; n++)
			take(a, steps[i].unit, at_ns += NS_PER_MS);
		ck_assert_int_ge(alerts_commit(a, steps[i].at_s * NS_PER_S, steps[i].force), 0);
		json_t *rows = listed(NULL);
		for (size_t k = 0; k < 2; k++) {
			json_int_t count = k < json_array_size(rows) ? count_of(rows, k) : 0;
			ck_assert_msg(count == steps[i].counts[k], "step %zu, alert %zu: %d", i, k, (int)count);
		}
		json_decref(rows);
	}
	take(a, 1, at_ns + NS_PER_MS);
	alerts_close(a); /* whatever waits */
	json_t *rows = listed(NULL);
	ck_assert_int_eq(count_of(rows, 1), 12);
	json_decref(rows);
}
END_TEST

/* Who goes is found by when it was seen last, so what waits is written before. */
START_TEST(test_what_was_counted_lately_is_kept)
{
	struct alerts *a;
	struct complaint c;

	ck_assert_int_eq(alerts_open_in(&a, dir, &sensor, SQLITE_FRESH, &c), 0);
	ck_assert_int_eq(alerts_set_limits(a, &(struct alerts_limits){.list = {.rows = 20}}), 0);
	for (unsigned i = 0; i < 20; i++)
		take(a, i, i * NS_PER_MS);
	ck_assert_int_eq(alerts_commit(a, NS_PER_S, false), 0);
	ck_assert_int_gt(alerts_commit(a, 2 * NS_PER_S, false), 0);
	take(a, 0, NS_PER_S); /* the eldest, once more */
	take(a, 20, 2 * NS_PER_S);
	ck_assert_int_gt(alerts_commit(a, 3 * NS_PER_S, false), 0);
	json_t *rows = listed(NULL);
	ck_assert_uint_eq(json_array_size(rows), 20);
	ck_assert_int_eq(count_of(rows, 0), 2);
	json_decref(rows);
	alerts_close(a);
}
END_TEST

/* A limit on file size stands in for a full disk: writes beyond it fail the same way. */
START_TEST(test_full_disk_loses_nothing)
{
	struct rlimit old, tight;
	struct alerts *a = open_alerts();

	signal(SIGXFSZ, SIG_IGN);
	take(a, 0, 0);
	ck_assert_int_gt(alerts_commit(a, 1, true), 0);
	getrlimit(RLIMIT_FSIZE, &old);
	tight = (struct rlimit){.rlim_cur = 65536, .rlim_max = old.rlim_max};
	setrlimit(RLIMIT_FSIZE, &tight);
	for (unsigned i = 1; i <= 300; i++)
		take(a, i, i * NS_PER_MS);
	ck_assert_int_lt(alerts_commit(a, 2, true), 0);
	ck_assert_int_lt(alerts_commit(a, 3, true), 0);
	ck_assert_uint_eq(alerts_count(a).pending_rows, 300);
	for (unsigned i = 1; i <= 300; i++)
		take(a, i, NS_PER_S + i * NS_PER_MS);
	setrlimit(RLIMIT_FSIZE, &old);
	ck_assert_int_gt(alerts_commit(a, 4, true), 0);
	ck_assert_uint_eq(alerts_count(a).commit_errors, 2);
	ck_assert_uint_eq(alerts_count(a).refused, 0);
	alerts_close(a);
	json_t *rows = outbox_rows(); /* checks that seq has no holes */
	ck_assert_uint_eq(json_array_size(rows), 301);
	json_decref(rows);
	rows = listed(NULL);
	ck_assert_uint_eq(json_array_size(rows), 301);
	ck_assert_int_eq(count_of(rows, 300), 2);
	json_decref(rows);
}
END_TEST

START_TEST(test_what_does_not_fit_is_told_later)
{
	struct alerts *a = open_alerts();

	ck_assert_int_eq(alerts_set_limits(a, &(struct alerts_limits){.pending_bytes = 8000}), 0);
	for (unsigned i = 0; i < 20; i++)
		take(a, i, 0);
	struct alerts_counters n = alerts_count(a);
	ck_assert_uint_gt(n.refused, 0);
	ck_assert_uint_eq(n.raised + n.refused, 20);
	ck_assert_int_gt(alerts_commit(a, 1, true), 0);
	for (unsigned i = 0; i < 20; i++) {
		take(a, i, NS_PER_S);
		ck_assert_int_gt(alerts_commit(a, 2 + i, true), 0);
	}
	alerts_close(a);
	json_t *rows = listed(NULL);
	ck_assert_uint_eq(json_array_size(rows), 20);
	json_decref(rows);
}
END_TEST

START_TEST(test_filters)
{
	static const struct {
		struct alerts_filter f;
		size_t n;
	} cases[] = {
	    {{.rule = "SKS-MB"}, 2},
	    {{.rule = "SKS-PO"}, 0},
	    {{.rule = "SKS-MB-01"}, 2},
	    {{.zone = "office"}, 2},
	    {{.zone = "line1"}, 2},
	    {{.zone = "line2"}, 0},
	    {{.state = "open"}, 2},
	    {{.state = "closed"}, 0},
	    {{.least_level = LEVEL_HIGH}, 2},
	    {{.least_level = LEVEL_CRITICAL}, 0},
	    {{.rule = "SKS", .zone = "line1", .state = "open", .least_level = LEVEL_LOW}, 2},
	};
	struct alerts *a = open_alerts();

	take(a, 1, 0);
	take(a, 2, 0);
	alerts_close(a);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *rows = listed(&cases[i].f);
		ck_assert_msg(json_array_size(rows) == cases[i].n, "case %zu: %zu", i, json_array_size(rows));
		json_decref(rows);
	}
}
END_TEST

START_TEST(test_bad_stores_are_left_alone)
{
	struct alerts *a = open_alerts(), *b;
	struct complaint c = {""};
	char path[128];

	ck_assert_int_eq(alerts_open(&b, dir, &sensor, &c), -EBUSY);
	ck_assert_msg(strstr(c.text, "another sekisho") != NULL, "%s", c.text);
	alerts_close(a);
	snprintf(path, sizeof(path), "%s/alerts.db", dir);
	FILE *f = fopen(path, "w");
	fputs("this is a letter, not a database; it is long enough to be looked at as one, though: "
	      "........................",
	      f);
	fclose(f);
	ck_assert_int_eq(alerts_open(&b, dir, &sensor, &c), -EINVAL);
	ck_assert_ptr_nonnull(strstr(c.text, "alerts.db"));
	ck_assert_int_eq(alerts_open(&b, "/nonexistent", &sensor, &c), -ENOENT);
	ck_assert_int_eq(alerts_each("/nonexistent", NULL, collect, NULL, &c), -ENOENT);
}
END_TEST

START_TEST(test_retention)
{
	struct alerts *a = open_alerts();
	struct outbox *o;
	struct outbox_row row;
	struct complaint c;

	ck_assert_int_eq(outbox_open(&o, dir, &c), 0);
	ck_assert_int_eq(outbox_set_position(o, "slow", 30), 0);
	ck_assert_int_eq(outbox_set_position(o, "fast", 200), 0);
	ck_assert_int_eq(alerts_set_limits(a, &(struct alerts_limits){.outbox = {.rows = 100}, .list = {.rows = 50}}),
			 0);
	for (unsigned i = 0; i < 180; i++)
		take(a, i, i * NS_PER_MS);
	ck_assert_int_gt(alerts_commit(a, 1, true), 0);
	ck_assert_int_eq(outbox_read(o, 0, &row, 1), 1);
	ck_assert_uint_eq(row.seq, 31); /* what the slow sink lacks is kept beyond the limit */
	ck_assert_uint_eq(alerts_count(a).trimmed_told, 30);
	for (unsigned i = 180; i < 400; i++) {
		take(a, i, i * NS_PER_MS);
		ck_assert_int_gt(alerts_commit(a, i + 1, true), 0);
	}
	ck_assert_int_eq(outbox_read(o, 0, &row, 1), 1);
	ck_assert_uint_eq(row.seq, 201); /* up to twice the limit */
	ck_assert_uint_eq(alerts_count(a).trimmed_untold, 170);
	outbox_close(o);
	alerts_close(a);
	json_t *rows = listed(NULL);
	ck_assert_uint_eq(json_array_size(rows), 50);
	json_decref(rows);
}
END_TEST

/* Alerts go by the size of the file too; what is left of it is theirs and the outbox's. */
START_TEST(test_the_list_keeps_to_its_share)
{
	enum { SHARE = 1 << 20, ALERTS = 3000 };
	struct alerts *a = open_alerts();

	ck_assert_int_eq(
	    alerts_set_limits(a, &(struct alerts_limits){.outbox = {.rows = 20}, .list = {.bytes = SHARE}}), 0);
	for (unsigned i = 0; i < ALERTS; i++) {
		take(a, i, i * NS_PER_MS);
		if (i % 20 == 19)
			ck_assert_int_gt(alerts_commit(a, i + 1, true), 0);
	}
	struct alerts_counters n = alerts_count(a);
	ck_assert_uint_gt(n.trimmed_alerts, 1000);
	alerts_close(a);
	json_t *rows = listed(NULL);
	ck_assert_uint_eq(json_array_size(rows) + n.trimmed_alerts, ALERTS);
	ck_assert_uint_gt(json_array_size(rows), 100);
	/* the newest are there */
	json_t *last = json_array_get(rows, json_array_size(rows) - 1);
	json_t *first = json_array_get(rows, 0);
	ck_assert_int_eq(count_of(rows, json_array_size(rows) - 1), 1);
	ck_assert_str_gt(json_string_value(json_object_get(last, "timestamp")),
			 json_string_value(json_object_get(first, "timestamp")));
	json_decref(rows);
	ck_assert_uint_le(used_bytes(), SHARE + n.kept_bytes + (256 << 10));
}
END_TEST

/* What nobody can look up any more is new when it comes again. */
START_TEST(test_what_the_list_let_go_is_told_again)
{
	enum { ROWS = 100, ALERTS = 400 };
	struct alerts *a = open_alerts();

	ck_assert_int_eq(
	    alerts_set_limits(a, &(struct alerts_limits){.outbox = {.rows = 1000}, .list = {.rows = ROWS}}), 0);
	for (unsigned i = 0; i < ALERTS; i++) {
		take(a, i, i * NS_PER_S);
		if (i % 20 == 19)
			ck_assert_int_gt(alerts_commit(a, i + 1, true), 0);
	}
	struct alerts_counters before = alerts_count(a);
	ck_assert_uint_eq(before.trimmed_alerts, ALERTS - ROWS);
	take(a, ALERTS - 1, ALERTS * NS_PER_S); /* is there: goes on */
	take(a, 0, (ALERTS + 1) * NS_PER_S);
	ck_assert_int_gt(alerts_commit(a, ALERTS + 2, true), 0);
	struct alerts_counters n = alerts_count(a);
	ck_assert_uint_eq(n.updated - before.updated, 1);
	ck_assert_uint_eq(n.outbox_rows - before.outbox_rows, 1);
	alerts_close(a);
	json_t *rows = listed(NULL);
	ck_assert_uint_eq(json_array_size(rows), ROWS);
	ck_assert_int_eq(count_of(rows, ROWS - 1), 1);
	ck_assert_int_eq(count_of(rows, ROWS - 2), 2);
	json_decref(rows);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("alerts");
	TCase *ids_case = tcase_create("ids"), *groups = tcase_create("groups");

	tcase_add_loop_test(ids_case, test_id_is_made_of_time_and_digest, 0, sizeof(ids) / sizeof(ids[0]));
	tcase_add_test(ids_case, test_ids_sort_by_time);
	tcase_add_test(ids_case, test_what_a_burst_took_is_given_back);
	tcase_add_test(ids_case, test_groups_do_not_run_into_each_other);
	tcase_add_loop_test(ids_case, test_next_tell, 0, sizeof(tells) / sizeof(tells[0]));
	suite_add_tcase(s, ids_case);

	tcase_add_checked_fixture(groups, setup, teardown);
	tcase_set_timeout(groups, 30);
	tcase_add_test(groups, test_first_and_powers_of_ten_are_told);
	tcase_add_test(groups, test_an_alert_says_what_was_counted_and_whose_indicator_fits);
	tcase_add_test(groups, test_what_comes_behind_the_commit_that_made_the_row_counts);
	tcase_add_test(groups, test_held_back_repeats_count);
	tcase_add_test(groups, test_worse_level_is_told);
	tcase_add_test(groups, test_object_has_the_contract_keys);
	tcase_add_loop_test(groups, test_what_is_rendered_once_is_what_was_written_each_time, 0,
			    sizeof(odd_rules) / sizeof(odd_rules[0]));
	tcase_add_test(groups, test_a_rule_without_room_is_written_each_time);
	tcase_add_test(groups, test_an_alert_says_what_was_counted_and_whose_indicator_fits);
	tcase_add_loop_test(groups, test_a_record_too_long_is_left_out, 0, sizeof(lengths) / sizeof(lengths[0]));
	tcase_add_test(groups, test_replay_counts_nothing_twice);
	tcase_add_loop_test(groups, test_forgotten_groups_are_found_again, 0, sizeof(forgotten) / sizeof(forgotten[0]));
	tcase_add_loop_test(groups, test_commit_waits_100_ms, 0, 2);
	tcase_add_loop_test(groups, test_a_count_waits_where_nobody_reads, 0, 2);
	tcase_add_test(groups, test_what_was_counted_lately_is_kept);
	tcase_add_test(groups, test_full_disk_loses_nothing);
	tcase_add_test(groups, test_what_does_not_fit_is_told_later);
	tcase_add_test(groups, test_filters);
	tcase_add_test(groups, test_bad_stores_are_left_alone);
	tcase_add_test(groups, test_retention);
	tcase_add_test(groups, test_what_the_list_let_go_is_told_again);
	tcase_add_test(groups, test_the_list_keeps_to_its_share);
	suite_add_tcase(s, groups);

	return run_suite(s);
}
