/* Incidents: which alerts of one source belong together, what is told of it, what outlives a restart. */
#include <check.h>
#include <errno.h>
#include <jansson.h>

#include "alert/incidents.h"
#include "alert/outbox.h"
#include "alert/requests.h"
#include "findings.h"
#include "run_suite.h"

#define MINUTE_NS (60 * NS_PER_S)

static char dir[64];
static struct alerts *a;
static const struct sensor_info sensor = {"kansai-1", "kobe", "0.1.0"};
static char audited[64];

static int audit(void *ctx, const struct request *r, const char *details)
{
	(void)ctx;
	snprintf(audited, sizeof(audited), "%s %s %s", r->incident ? "incident" : "alert", request_verb_name(r->verb),
		 strstr(details, "\"to\"") ? "to" : "");
	return 0;
}

static const struct alerts_hooks hooks = {.audit = audit};

static void open_store(void)
{
	struct complaint c = {""};

	ck_assert_msg(alerts_open(&a, dir, &sensor, &c) == 0, "%s", c.text);
	alerts_set_incidents(a, 60, true);
}

static void setup(void)
{
	test_dir(dir);
	open_store();
}

static void teardown(void)
{
	alerts_close(a);
	test_dir_remove(dir);
}

/* One finding of a rule made up for it. */
struct step {
	enum attack_stage stage;
	int64_t minute;
	const char *source; /* asset id */
	enum alert_level level;
	const char *role;
};

static void take(const struct step *s)
{
	static struct rule_info rules[ATTACK_STAGES];
	static const char *const ids[ATTACK_STAGES] = {"X-NONE", "X-ARRIVAL", "X-DISCOVERY", "X-ACCESS", "X-CONTROL"};
	struct test_finding t;
	struct finding *f = test_finding(&t, (unsigned)s->source[1], s->minute * MINUTE_NS);

	rules[s->stage] = test_rule;
	rules[s->stage].id = ids[s->stage];
	rules[s->stage].stage = s->stage;
	f->rule = &rules[s->stage];
	f->level = s->level;
	t.src = test_end(s->source, "laptop", "office", 40);
	t.src.role = s->role ? s->role : "";
	alerts_take(a, f);
}

static void collect(void *ctx, const char *json)
{
	json_t *row = json_loads(json, 0, NULL);

	ck_assert_msg(row != NULL, "no JSON: %s", json);
	json_array_append_new(ctx, row);
}

/* The caller's to free. */
static json_t *incidents_now(const char *state)
{
	struct complaint c;
	json_t *all = json_array();

	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
	ck_assert_int_eq(incidents_each(dir, &(struct incidents_filter){.state = state}, collect, all, &c), 0);
	return all;
}

static size_t count_now(const char *state)
{
	json_t *all = incidents_now(state);
	size_t n = json_array_size(all);

	json_decref(all);
	return n;
}

static const char *text_at(const json_t *incident, const char *key)
{
	const char *text = json_string_value(json_object_get(json_object_get(incident, "sekisho"), key));

	return text ? text : "";
}

/* "critical control 3" of the only incident. */
static const char *summary(void)
{
	static char text[128];
	json_t *all = incidents_now(NULL);

	ck_assert_uint_eq(json_array_size(all), 1);
	const json_t *one = json_array_get(all, 0);
	snprintf(text, sizeof(text), "%s %s %lld", text_at(one, "level"), text_at(one, "stage"),
		 (long long)json_integer_value(json_object_get(json_object_get(one, "sekisho"), "count")));
	json_decref(all);
	return text;
}

static const char *id_now(void)
{
	static char id[ALERT_ID_CHARS + 1];
	json_t *all = incidents_now(NULL);

	snprintf(id, sizeof(id), "%s", text_at(json_array_get(all, 0), "alert_id"));
	json_decref(all);
	return id;
}

/* What sinks heard of incidents: "new update close". */
static const char *told(void)
{
	static char text[256];
	struct outbox *o;
	static struct outbox_row rows[512];
	struct complaint c;
	size_t len = 0;

	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
	ck_assert_int_eq(outbox_open(&o, dir, &c), 0);
	int n = outbox_read(o, 0, rows, 512);
	text[0] = '\0';
	for (int i = 0; i < n; i++) {
		json_t *row = json_loads(rows[i].json, 0, NULL);
		ck_assert_msg(row != NULL, "row %d is no JSON: %s", i, rows[i].json);
		if (strcmp(json_string_value(json_object_get(row, "event_type")), "incident") == 0)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len ? " " : "",
						text_at(row, "change"));
		json_decref(row);
	}
	outbox_close(o);
	return text;
}

/* ---- what makes an incident, and what does not */

static const struct {
	const char *name;
	struct step steps[4];
	unsigned n;
	size_t incidents;
} cases[] = {
    {"a scan, then access",
     {{STAGE_DISCOVERY, 0, "A1", LEVEL_HIGH, NULL}, {STAGE_ACCESS, 5, "A1", LEVEL_HIGH, NULL}},
     2,
     1},
    {"it came and wrote",
     {{STAGE_ARRIVAL, 0, "A1", LEVEL_MEDIUM, NULL}, {STAGE_CONTROL, 59, "A1", LEVEL_MEDIUM, NULL}},
     2,
     1},
    {"it came and looked around: nothing has happened yet",
     {{STAGE_ARRIVAL, 0, "A1", LEVEL_HIGH, NULL}, {STAGE_DISCOVERY, 1, "A1", LEVEL_HIGH, NULL}},
     2,
     0},
    {"two devices", {{STAGE_DISCOVERY, 0, "A1", LEVEL_HIGH, NULL}, {STAGE_CONTROL, 1, "A2", LEVEL_HIGH, NULL}}, 2, 0},
    {"falling stages",
     {{STAGE_CONTROL, 0, "A1", LEVEL_HIGH, NULL}, {STAGE_DISCOVERY, 1, "A1", LEVEL_HIGH, NULL}},
     2,
     0},
    {"one record that says two things at once",
     {{STAGE_ARRIVAL, 0, "A1", LEVEL_HIGH, NULL}, {STAGE_CONTROL, 0, "A1", LEVEL_HIGH, NULL}},
     2,
     0},
    {"too long between",
     {{STAGE_DISCOVERY, 0, "A1", LEVEL_HIGH, NULL}, {STAGE_CONTROL, 61, "A1", LEVEL_HIGH, NULL}},
     2,
     0},
    {"findings about the design",
     {{STAGE_NONE, 0, "A1", LEVEL_HIGH, NULL}, {STAGE_CONTROL, 1, "A1", LEVEL_HIGH, NULL}},
     2,
     0},
    {"a scanner does its work, and one thing that it should not",
     {{STAGE_DISCOVERY, 0, "A1", LEVEL_HIGH, "scanner"},
      {STAGE_DISCOVERY, 1, "A1", LEVEL_HIGH, "scanner"},
      {STAGE_NONE, 2, "A1", LEVEL_MEDIUM, "scanner"},
      {STAGE_ACCESS, 3, "A1", LEVEL_HIGH, "scanner"}},
     4,
     0},
    {"a low finding is not where an incident begins",
     {{STAGE_DISCOVERY, 0, "A1", LEVEL_HIGH, NULL}, {STAGE_ACCESS, 1, "A1", LEVEL_LOW, NULL}},
     2,
     0},
    {"nor do many of one stage make one",
     {{STAGE_CONTROL, 0, "A1", LEVEL_HIGH, NULL},
      {STAGE_CONTROL, 1, "A1", LEVEL_HIGH, NULL},
      {STAGE_CONTROL, 2, "A1", LEVEL_HIGH, NULL}},
     3,
     0},
};
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

START_TEST(test_what_makes_an_incident)
{
	for (unsigned i = 0; i < cases[_i].n; i++)
		take(&cases[_i].steps[i]);
	size_t n = count_now("open");
	ck_assert_msg(n == cases[_i].incidents, "%s: %zu incidents", cases[_i].name, n);
}
END_TEST

START_TEST(test_its_level_timeline_and_what_is_told)
{
	take(&(struct step){STAGE_DISCOVERY, 0, "A1", LEVEL_MEDIUM, NULL});
	take(&(struct step){STAGE_ACCESS, 10, "A1", LEVEL_HIGH, NULL});
	ck_assert_str_eq(summary(), "high access 2");
	/* the same alerts again */
	take(&(struct step){STAGE_ACCESS, 11, "A1", LEVEL_HIGH, NULL});
	take(&(struct step){STAGE_DISCOVERY, 12, "A1", LEVEL_MEDIUM, NULL});
	ck_assert_str_eq(summary(), "high access 2");
	take(&(struct step){STAGE_CONTROL, 20, "A1", LEVEL_HIGH, NULL});
	ck_assert_str_eq(summary(), "critical control 3");
	ck_assert_str_eq(told(), "new update");

	json_t *all = incidents_now(NULL), *one = json_array_get(all, 0);
	const json_t *line = json_object_get(json_object_get(one, "sekisho"), "timeline");
	ck_assert_uint_eq(json_array_size(line), 3);
	static const char *const rules[] = {"X-DISCOVERY", "X-ACCESS", "X-CONTROL"};
	for (size_t i = 0; i < 3; i++) {
		const json_t *step = json_array_get(line, i);
		ck_assert_str_eq(json_string_value(json_object_get(step, "rule_id")), rules[i]);
		ck_assert_str_eq(json_string_value(json_object_get(step, "title_ja")),
				 "192.168.2.14 が press|1=\\a に書き込みました");
	}
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(line, 2), "at")),
			 "2026-11-22T00:20:00.000000+0000");
	ck_assert_str_eq(text_at(one, "title_en"),
			 "Incident: laptop looked around, got in, acted on the process (3 alerts)");
	ck_assert_str_eq(text_at(one, "title_ja"), "インシデント: laptop（探索→侵入→設備操作、警報3件）");
	json_decref(all);

	/* its alerts name it */
	struct complaint c;
	all = json_array();
	ck_assert_int_eq(alerts_each(dir, &(struct alerts_filter){.incident = id_now()}, collect, all, &c), 0);
	ck_assert_uint_eq(json_array_size(all), 3);
	json_decref(all);
}
END_TEST

START_TEST(test_a_restart_forgets_nothing)
{
	take(&(struct step){STAGE_DISCOVERY, 0, "A1", LEVEL_MEDIUM, NULL});
	alerts_close(a);
	open_store();
	take(&(struct step){STAGE_CONTROL, 10, "A1", LEVEL_MEDIUM, NULL});
	ck_assert_str_eq(summary(), "high control 2");
	alerts_close(a);
	open_store();
	take(&(struct step){STAGE_ACCESS, 20, "A1", LEVEL_MEDIUM, NULL});
	ck_assert_str_eq(summary(), "high control 3");
	ck_assert_str_eq(told(), "new update");
	/* quiet for longer than the window: another one needs to climb anew */
	take(&(struct step){STAGE_CONTROL, 100, "A1", LEVEL_MEDIUM, NULL});
	ck_assert_str_eq(summary(), "high control 3");
}
END_TEST

START_TEST(test_a_mute_keeps_an_alert_out)
{
	struct requests *q;
	struct complaint c = {""};
	struct request r = {.verb = REQUEST_MUTE,
			    .rule = "X-DISCOVERY",
			    .reason = "r",
			    .who = "w",
			    .login = "l",
			    .until_ns = when_now_ns() + 60 * MINUTE_NS};

	ck_assert_int_eq(requests_open(&q, dir, &c), 0);
	ck_assert_int_eq(requests_add(q, &r), 0);
	ck_assert_int_eq(alerts_serve(a, &hooks, 0), 1);
	ck_assert_int_eq(requests_result(q, r.no), REQUEST_DONE);
	requests_close(q);
	take(&(struct step){STAGE_DISCOVERY, 0, "A1", LEVEL_HIGH, NULL});
	take(&(struct step){STAGE_CONTROL, 1, "A1", LEVEL_HIGH, NULL});
	ck_assert_uint_eq(count_now(NULL), 0);
}
END_TEST

static enum request_result ask(enum request_verb verb, const char *id)
{
	struct requests *q;
	struct complaint c = {""};
	struct request r = {.verb = verb, .reason = "looked into", .who = "山田", .login = "op"};

	snprintf(r.target, sizeof(r.target), "%s", id);
	ck_assert_int_eq(requests_open(&q, dir, &c), 0);
	ck_assert_int_eq(requests_add(q, &r), 0);
	ck_assert_int_eq(alerts_serve(a, &hooks, 0), 1);
	enum request_result result = requests_result(q, r.no);
	requests_close(q);
	return result;
}

START_TEST(test_a_person_closes_it_and_opens_it_again)
{
	char id[ALERT_ID_CHARS + 1];

	take(&(struct step){STAGE_DISCOVERY, 0, "A1", LEVEL_HIGH, NULL});
	take(&(struct step){STAGE_ACCESS, 1, "A1", LEVEL_HIGH, NULL});
	snprintf(id, sizeof(id), "%s", id_now());
	ck_assert_int_eq(ask(REQUEST_REOPEN, id), REQUEST_ALREADY);
	ck_assert_int_eq(ask(REQUEST_ACK, id), REQUEST_NO_ALERT);
	ck_assert_int_eq(ask(REQUEST_CLOSE, id), REQUEST_DONE);
	ck_assert_str_eq(audited, "incident close to");
	ck_assert_int_eq(ask(REQUEST_CLOSE, id), REQUEST_ALREADY);
	ck_assert_uint_eq(count_now("open"), 0);
	ck_assert_str_eq(told(), "new close");
	/* what comes now is no part of it */
	take(&(struct step){STAGE_CONTROL, 2, "A1", LEVEL_HIGH, NULL});
	ck_assert_str_eq(summary(), "high access 2");
	ck_assert_int_eq(ask(REQUEST_REOPEN, id), REQUEST_DONE);
	take(&(struct step){STAGE_CONTROL, 3, "A1", LEVEL_HIGH, NULL});
	ck_assert_str_eq(summary(), "critical control 3");
	ck_assert_str_eq(told(), "new close reopen update");
	json_t *all = incidents_now("open");
	ck_assert_str_eq(text_at(json_array_get(all, 0), "by"), "山田");
	json_decref(all);
}
END_TEST

START_TEST(test_it_can_be_switched_off_and_a_reload_loses_nothing)
{
	take(&(struct step){STAGE_DISCOVERY, 0, "A1", LEVEL_HIGH, NULL});
	alerts_set_incidents(a, 0, true);
	take(&(struct step){STAGE_ACCESS, 1, "A1", LEVEL_HIGH, NULL});
	ck_assert_uint_eq(count_now(NULL), 0);
	alerts_set_incidents(a, 10, true);
	take(&(struct step){STAGE_ACCESS, 5, "A1", LEVEL_HIGH, NULL});
	ck_assert_uint_eq(count_now(NULL), 1);
	take(&(struct step){STAGE_DISCOVERY, 0, "A2", LEVEL_HIGH, NULL});
	take(&(struct step){STAGE_ACCESS, 11, "A2", LEVEL_HIGH, NULL});
	ck_assert_uint_eq(count_now(NULL), 1);
}
END_TEST

START_TEST(test_a_flood_of_sources_stays_within_the_cap)
{
	enum { SOURCES = INCIDENT_SOURCES_DEFAULT + 500 };
	char name[24];

	for (unsigned i = 0; i < SOURCES; i++) {
		snprintf(name, sizeof(name), "A%06u", i);
		take(&(struct step){STAGE_DISCOVERY, 0, name, LEVEL_HIGH, NULL});
	}
	struct alerts_counters n = alerts_count(a);
	ck_assert_uint_eq(n.incident_sources, INCIDENT_SOURCES_DEFAULT);
	ck_assert_uint_eq(n.incident_sources_evicted, 500);
}
END_TEST

START_TEST(test_a_long_timeline_is_cut_and_says_so)
{
	static struct rule_info rules[100];
	static char ids[100][16];
	struct test_finding t;

	take(&(struct step){STAGE_DISCOVERY, 0, "A1", LEVEL_HIGH, NULL});
	for (unsigned i = 0; i < 100; i++) {
		struct finding *f = test_finding(&t, i, MINUTE_NS + i * NS_PER_S);
		snprintf(ids[i], sizeof(ids[i]), "X-%u", i);
		rules[i] = test_rule;
		rules[i].id = ids[i];
		rules[i].stage = STAGE_ACCESS;
		f->rule = &rules[i];
		t.src = test_end("A1", "laptop", "office", 40);
		alerts_take(a, f);
	}
	ck_assert_str_eq(summary(), "high access 101");
	json_t *all = incidents_now(NULL);
	const json_t *s = json_object_get(json_array_get(all, 0), "sekisho");
	ck_assert_uint_eq(json_array_size(json_object_get(s, "timeline")), INCIDENT_TIMELINE_MAX);
	ck_assert_int_eq(json_integer_value(json_object_get(s, "timeline_left_out")), 101 - INCIDENT_TIMELINE_MAX);
	json_decref(all);
	/* told when new, for each of the first ten alerts, and at 100 */
	ck_assert_str_eq(told(), "new update update update update update update update update update");
}
END_TEST

START_TEST(test_all_that_is_remembered_of_a_source_is_in_it)
{
	static struct rule_info rules[INCIDENT_STEPS];
	static char ids[INCIDENT_STEPS][16];
	struct test_finding t;

	for (unsigned i = 0; i < INCIDENT_STEPS; i++) {
		struct finding *f = test_finding(&t, i, i * NS_PER_S);
		snprintf(ids[i], sizeof(ids[i]), "X-%u", i);
		rules[i] = test_rule;
		rules[i].id = ids[i];
		rules[i].stage = i + 1 < INCIDENT_STEPS ? STAGE_DISCOVERY : STAGE_ACCESS;
		f->rule = &rules[i];
		t.src = test_end("A1", "laptop", "office", 40);
		alerts_take(a, f);
	}
	char all[32];
	snprintf(all, sizeof(all), "high access %d", INCIDENT_STEPS);
	ck_assert_str_eq(summary(), all);
}
END_TEST

START_TEST(test_an_alert_that_gets_worse_makes_it_worse)
{
	take(&(struct step){STAGE_DISCOVERY, 0, "A1", LEVEL_LOW, NULL});
	take(&(struct step){STAGE_ACCESS, 1, "A1", LEVEL_MEDIUM, NULL});
	ck_assert_str_eq(summary(), "medium access 2");
	take(&(struct step){STAGE_ACCESS, 2, "A1", LEVEL_HIGH, NULL});
	take(&(struct step){STAGE_DISCOVERY, 3, "A1", LEVEL_MEDIUM, NULL});
	ck_assert_str_eq(summary(), "high access 2");
	ck_assert_str_eq(told(), "new update");
	json_t *all = incidents_now(NULL);
	const json_t *line = json_object_get(json_object_get(json_array_get(all, 0), "sekisho"), "timeline");
	ck_assert_uint_eq(json_array_size(line), 2);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(line, 0), "level")), "medium");
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(line, 1), "level")), "high");
	json_decref(all);
	alerts_close(a);
	open_store();
	take(&(struct step){STAGE_ACCESS, 4, "A1", LEVEL_CRITICAL, NULL});
	ck_assert_str_eq(summary(), "critical access 2");
	ck_assert_str_eq(told(), "new update update");
}
END_TEST

/* A row of the outbox is there for the last thing that happened, however many changes of incidents waited before it. */
START_TEST(test_what_is_told_behind_a_full_house_is_written_too)
{
	enum { CHANGES = 3, SOURCES = (INCIDENT_WAITING - INCIDENT_STEPS - 1) / CHANGES + 1 };
	char name[24];
	struct outbox *o;
	struct outbox_row row;
	struct complaint c;

	for (unsigned i = 0; i < SOURCES; i++) {
		struct test_finding t;
		struct finding *f = test_finding(&t, i, 0);
		static struct rule_info rules[2];
		snprintf(name, sizeof(name), "A%06u", i);
		for (unsigned n = 0; n < 2; n++) {
			rules[n] = test_rule;
			rules[n].id = n ? "X-ACCESS" : "X-DISCOVERY";
			rules[n].stage = n ? STAGE_ACCESS : STAGE_DISCOVERY;
			f->rule = &rules[n];
			t.src = test_end(name, "laptop", "office", 40);
			t.ev.at.ts_ns = T0_NS + n * MINUTE_NS;
			alerts_take(a, f);
		}
		if (i + 1 == SOURCES) {
			f->level = LEVEL_CRITICAL;
			t.ev.at.ts_ns += MINUTE_NS;
			alerts_take(a, f);
		}
	}
	alerts_close(a);
	open_store();
	ck_assert_int_eq(outbox_open(&o, dir, &c), 0);
	uint64_t last = outbox_last_seq(o);
	bool found = false;
	for (uint64_t seq = last - 2; seq < last; seq++) {
		ck_assert_int_eq(outbox_read(o, seq, &row, 1), 1);
		found |= strstr(row.json, "\"event_type\":\"alert\"") && strstr(row.json, "\"change\":\"update\"");
	}
	ck_assert(found);
	outbox_close(o);
}
END_TEST

START_TEST(test_an_alert_that_found_no_room_does_not_count)
{
	ck_assert_int_eq(alerts_set_limits(a, &(struct alerts_limits){.pending_bytes = 4000}), 0);
	take(&(struct step){STAGE_DISCOVERY, 0, "A1", LEVEL_HIGH, NULL});
	take(&(struct step){STAGE_ACCESS, 1, "A1", LEVEL_HIGH, NULL});
	ck_assert_uint_eq(alerts_count(a).refused, 1);
	ck_assert_uint_eq(count_now(NULL), 0);
	take(&(struct step){STAGE_ACCESS, 2, "A1", LEVEL_HIGH, NULL});
	ck_assert_str_eq(summary(), "high access 2");
	ck_assert_str_eq(told(), "new");
}
END_TEST

/* Names that are too long for all steps: no record is longer than events.md allows, and it says what it leaves out. */
START_TEST(test_a_timeline_that_does_not_fit_is_cut)
{
	static struct rule_info rules[40];
	static char ids[40][16], name[4000];
	struct test_finding t;
	struct outbox *o;
	struct outbox_row rows[8];
	struct complaint c;

	memset(name, 'n', sizeof(name) - 1);
	for (unsigned i = 0; i < 40; i++) {
		struct finding *f = test_finding(&t, i, i * NS_PER_S);
		snprintf(ids[i], sizeof(ids[i]), "X-%u", i);
		rules[i] = test_rule;
		rules[i].id = ids[i];
		rules[i].stage = i ? STAGE_ACCESS : STAGE_DISCOVERY;
		f->rule = &rules[i];
		t.src = test_end("A1", "laptop", "office", 40);
		t.dest.name = name;
		alerts_take(a, f);
		ck_assert_int_ge(alerts_commit(a, 0, true), 0);
	}
	ck_assert_str_eq(summary(), "high access 40");
	json_t *all = incidents_now(NULL);
	const json_t *s = json_object_get(json_array_get(all, 0), "sekisho");
	size_t shown = json_array_size(json_object_get(s, "timeline"));
	ck_assert_uint_ge(shown, 8);
	ck_assert_uint_eq(shown + (size_t)json_integer_value(json_object_get(s, "timeline_left_out")), 40);
	json_decref(all);
	ck_assert_int_eq(outbox_open(&o, dir, &c), 0);
	for (uint64_t seq = 0, n; (n = (uint64_t)outbox_read(o, seq, rows, 8)) > 0; seq += n) {
		for (uint64_t i = 0; i < n; i++)
			ck_assert_uint_le(rows[i].len, INCIDENT_JSON_MAX);
	}
	outbox_close(o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("incidents");
	TCase *tc = tcase_create("incidents");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_what_makes_an_incident, 0, CASES);
	tcase_add_test(tc, test_its_level_timeline_and_what_is_told);
	tcase_add_test(tc, test_a_restart_forgets_nothing);
	tcase_add_test(tc, test_a_mute_keeps_an_alert_out);
	tcase_add_test(tc, test_a_person_closes_it_and_opens_it_again);
	tcase_add_test(tc, test_it_can_be_switched_off_and_a_reload_loses_nothing);
	tcase_add_test(tc, test_a_flood_of_sources_stays_within_the_cap);
	tcase_add_test(tc, test_a_long_timeline_is_cut_and_says_so);
	tcase_add_test(tc, test_all_that_is_remembered_of_a_source_is_in_it);
	tcase_add_test(tc, test_an_alert_that_gets_worse_makes_it_worse);
	tcase_add_test(tc, test_what_is_told_behind_a_full_house_is_written_too);
	tcase_add_test(tc, test_an_alert_that_found_no_room_does_not_count);
	tcase_add_test(tc, test_a_timeline_that_does_not_fit_is_cut);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
