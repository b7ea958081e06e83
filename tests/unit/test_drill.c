/* Drills: what the writer of the alerts makes of them, and that nothing which counts alerts counts them. */
#include <check.h>
#include <errno.h>
#include <jansson.h>

#include "alert/alerts_db.h"
#include "alert/alerts_page.h"
#include "alert/drill_scenarios.h"
#include "alert/drills.h"
#include "alert/outbox.h"
#include "alert/requests.h"
#include "findings.h"
#include "run_suite.h"

#define MINUTE_NS (60 * NS_PER_S)

static char dir[64];
static struct alerts *a;
static const struct sensor_info sensor = {"kansai-1", "kobe", "0.1.0"};
static char trail[1024]; /* "drill start D1; ..." as the hook hears it */

static int audit(void *ctx, const struct request *r, const char *details)
{
	size_t len = strlen(trail);
	json_t *o = json_loads(details, 0, NULL);

	(void)ctx;
	ck_assert_msg(o != NULL, "no JSON: %s", details);
	json_decref(o);
	snprintf(trail + len, sizeof(trail) - len, "%s%s %s %s", len ? "; " : "", request_verb_name(r->verb), r->drill,
		 r->who);
	return 0;
}

static struct alerts_hooks hooks = {.audit = audit};

static void open_store(void)
{
	struct complaint c = {""};

	ck_assert_msg(alerts_open(&a, dir, &sensor, &c) == 0, "%s", c.text);
}

static void setup(void)
{
	test_dir(dir);
	trail[0] = '\0';
	hooks.daemon = true;
	open_store();
}

static void teardown(void)
{
	alerts_close(a);
	test_dir_remove(dir);
}

static void raise_real(void)
{
	struct test_finding t;

	alerts_take(a, test_finding(&t, 1, 0));
	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
}

static enum request_result ask(enum request_verb verb, const char *target, const char *note)
{
	struct request r = {.verb = verb,
			    .who = "山田",
			    .login = "yamada",
			    .via = "command",
			    .until_ns = when_now_ns() + 120 * MINUTE_NS};
	struct requests *q;
	struct complaint c = {""};

	snprintf(r.target, sizeof(r.target), "%s", target);
	snprintf(r.reason, sizeof(r.reason), "%s", note);
	snprintf(r.title, sizeof(r.title), "%s", verb == REQUEST_DRILL_START ? "秋の訓練" : "");
	ck_assert_msg(requests_open(&q, dir, &c) == 0, "%s", c.text);
	ck_assert_int_eq(requests_add(q, &r), 0);
	ck_assert_int_ge(alerts_serve(a, &hooks, 0), 1);
	enum request_result result = requests_result(q, r.no);
	requests_close(q);
	return result;
}

static void collect(void *ctx, const char *json)
{
	json_t *row = json_loads(json, 0, NULL);

	ck_assert_msg(row != NULL, "no JSON: %s", json);
	json_array_append_new(ctx, row);
}

/* The newest drill; borrowed until the next. */
static const json_t *drill_now(void)
{
	static json_t *all;
	struct drills_filter f = {0};
	struct complaint c;

	json_decref(all);
	all = json_array();
	ck_assert_int_eq(drills_each(dir, &f, collect, all, &c), 0);
	return json_array_get(all, 0);
}

static const json_t *alert_at(size_t i)
{
	return json_array_get(json_object_get(drill_now(), "alerts"), i);
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static const char *id_at(size_t i)
{
	static char id[32];

	snprintf(id, sizeof(id), "%s", text(alert_at(i), "alert_id"));
	return id;
}

static json_t *alerts_by(const struct alerts_filter *f)
{
	struct complaint c;
	json_t *all = json_array();

	ck_assert_int_eq(alerts_each(dir, f, collect, all, &c), 0);
	return all;
}

static uint64_t number_of(enum alerts_drills drills)
{
	struct alerts_filter f = {.least_level = LEVEL_INFO, .drills = drills};
	struct complaint c;
	uint64_t n = 0;

	ck_assert_int_eq(alerts_number(dir, &f, &n, &c), 0);
	json_t *all = alerts_by(&f);
	ck_assert_uint_eq(n, json_array_size(all));
	json_decref(all);
	return n;
}

static int64_t in_db(const char *sql)
{
	struct complaint c;
	sqlite3 *db;

	ck_assert_int_eq(alerts_db_open(&db, dir, ALERTS_DB_READ, &c), 0);
	int64_t n = alerts_db_number(db, sql, -1);
	sqlite3_close(db);
	return n;
}

/* The last row of the outbox; the caller's. */
static json_t *last_told(void)
{
	struct outbox_row row;
	struct outbox *o;
	struct complaint c;

	ck_assert_int_eq(outbox_open(&o, dir, &c), 0);
	ck_assert_int_eq(outbox_read(o, outbox_last_seq(o) - 1, &row, 1), 1);
	json_t *json = json_loadb(row.json, row.len, 0, NULL);
	outbox_close(o);
	ck_assert(json != NULL);
	return json;
}

START_TEST(test_scenarios_are_whole)
{
	for (size_t i = 0; i < drill_scenarios_count(); i++) {
		struct drill_scenario s = drill_scenario_at(i), same;
		ck_assert_msg(s.n_steps > 0, "%s", s.id);
		ck_assert(drill_scenario_find(s.id, &same) && same.steps == s.steps);
		ck_assert(s.title_en[0] && s.title_ja[0] && s.about_en[0] && s.about_ja[0]);
		for (unsigned k = 0; k < s.n_steps; k++) {
			ck_assert_str_eq(s.steps[k].scenario, s.id);
			ck_assert_msg(k == 0 ? s.steps[k].after_s == 0 : s.steps[k].after_s >= s.steps[k - 1].after_s,
				      "%s", s.id);
			ck_assert(strncmp(s.steps[k].rule, "SKS-DR-", 7) == 0);
			ck_assert(s.steps[k].title_en[0] && s.steps[k].title_ja[0] && s.steps[k].action_en[0] &&
				  s.steps[k].action_ja[0]);
		}
	}
}
END_TEST

START_TEST(test_an_alert_is_marked)
{
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "plcwrite", "第2ライン"), REQUEST_DONE);
	json_t *o = last_told();
	const json_t *s = json_object_get(o, "sekisho"), *record = json_object_get(o, "drill");
	ck_assert_str_eq(text(s, "drill"), "D1");
	ck_assert_str_eq(text(s, "rule_id"), "SKS-DR-05");
	ck_assert_str_eq(text(s, "title_ja"), "【訓練】事務所のPCがPLCに値を書き込みました（秋の訓練）");
	ck_assert_str_eq(text(s, "title_en"), "[DRILL] An office PC wrote to a controller (秋の訓練)");
	ck_assert(strncmp(text(s, "action_ja"), "【訓練】", strlen("【訓練】")) == 0);
	ck_assert_str_eq(text(s, "level"), "high");
	ck_assert_str_eq(text(s, "state"), "open");
	ck_assert_str_eq(text(s, "change"), "new");
	ck_assert_str_eq(text(json_object_get(o, "alert"), "category"), "drill");
	ck_assert_str_eq(text(record, "scenario"), "plcwrite");
	ck_assert_str_eq(text(record, "note"), "第2ライン");
	ck_assert_str_eq(text(record, "by"), "山田");
	json_decref(o);
	ck_assert_str_eq(trail, "start D1 山田");
}
END_TEST

START_TEST(test_a_title_steers_no_terminal)
{
	struct request r = {.verb = REQUEST_DRILL_START,
			    .target = "ping",
			    .title = "\033[2Jx\ny",
			    .reason = "a\342\200\256b",
			    .who = "x",
			    .until_ns = when_now_ns() + MINUTE_NS};
	struct requests *q;
	struct complaint c;

	ck_assert_int_eq(requests_open(&q, dir, &c), 0);
	ck_assert_int_eq(requests_add(q, &r), 0);
	requests_close(q);
	ck_assert_int_eq(alerts_serve(a, &hooks, 0), 1);
	ck_assert_str_eq(text(drill_now(), "title"), "?[2Jx?y");
	ck_assert_str_eq(text(drill_now(), "note"), "a?b");
	json_t *o = last_told();
	ck_assert_ptr_nonnull(strstr(text(json_object_get(o, "sekisho"), "title_en"), "(?[2Jx?y)"));
	json_decref(o);
}
END_TEST

START_TEST(test_nothing_counts_it)
{
	raise_real();
	struct alerts_counters before = alerts_count(a);
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "ransom", ""), REQUEST_DONE);
	struct alerts_counters after = alerts_count(a);
	ck_assert_uint_eq(number_of(DRILLS_TOO), 2);
	ck_assert_uint_eq(number_of(DRILLS_NOT), 1);
	ck_assert_uint_eq(number_of(DRILLS_ALONE), 1);
	ck_assert_int_eq(in_db("SELECT count(*) FROM alerts"), 1);
	ck_assert_int_eq(in_db("SELECT count(*) FROM incidents"), 0);
	ck_assert_uint_eq(after.raised, before.raised);
	ck_assert_uint_eq(after.raised_by_level[LEVEL_HIGH], before.raised_by_level[LEVEL_HIGH]);
	ck_assert_uint_eq(after.outbox_rows, before.outbox_rows + 1);
	/* a real one afterwards has a number of its own */
	struct test_finding t;
	alerts_take(a, test_finding(&t, 2, 0));
	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
	ck_assert_int_eq(in_db("SELECT count(*) FROM alerts WHERE no IN (SELECT no FROM drill_alerts)"), 0);
	ck_assert_uint_eq(number_of(DRILLS_NOT), 2);
}
END_TEST

START_TEST(test_a_mute_does_not_hold_it_back)
{
	struct request r = {.verb = REQUEST_MUTE,
			    .rule = "SKS-DR-01",
			    .until_ns = when_now_ns() + MINUTE_NS,
			    .reason = "x",
			    .who = "x",
			    .login = "x"};
	struct requests *q;
	struct complaint c;

	raise_real();
	ck_assert_int_eq(requests_open(&q, dir, &c), 0);
	ck_assert_int_eq(requests_add(q, &r), 0);
	ck_assert_int_eq(alerts_serve(a, &hooks, 0), 1);
	ck_assert_int_eq(requests_result(q, r.no), REQUEST_DONE);
	requests_close(q);
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "ping", ""), REQUEST_DONE);
	json_t *o = last_told();
	ck_assert_str_eq(text(json_object_get(o, "sekisho"), "drill"), "D1");
	json_decref(o);
	/* nor is one of its own muted or learnt */
	ck_assert_int_eq(ask(REQUEST_MUTE, id_at(0), "x"), REQUEST_IS_DRILL);
	ck_assert_int_eq(ask(REQUEST_LEARN, id_at(0), "x"), REQUEST_IS_DRILL);
	ck_assert_int_eq(ask(REQUEST_REOPEN, id_at(0), "x"), REQUEST_IS_DRILL);
}
END_TEST

START_TEST(test_steps_come_in_time)
{
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "eicar", ""), REQUEST_DONE);
	int64_t begun = when_now_ns();
	ck_assert_uint_eq(json_array_size(json_object_get(drill_now(), "alerts")), 1);
	ck_assert_int_ge(alerts_serve(a, &hooks, begun + 10 * NS_PER_S), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(drill_now(), "alerts")), 1);
	/* a daemon that starts again goes on, and raises nothing twice */
	alerts_close(a);
	open_store();
	ck_assert_int_ge(alerts_serve(a, &hooks, begun + 21 * NS_PER_S), 0);
	ck_assert_int_ge(alerts_serve(a, &hooks, begun + 60 * NS_PER_S), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(drill_now(), "alerts")), 2);
	ck_assert_str_eq(text(alert_at(1), "rule_id"), "SKS-DR-03");
	ck_assert_str_eq(text(drill_now(), "state"), "under_way");
}
END_TEST

START_TEST(test_reactions_are_kept)
{
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "ping", ""), REQUEST_DONE);
	ck_assert_int_eq(ask(REQUEST_ACK, id_at(0), "見た"), REQUEST_DONE);
	ck_assert_int_eq(ask(REQUEST_ACK, id_at(0), "見た"), REQUEST_ALREADY);
	json_t *o = last_told();
	ck_assert_str_eq(text(json_object_get(o, "sekisho"), "state"), "acknowledged");
	ck_assert_str_eq(text(json_object_get(o, "sekisho"), "by"), "山田");
	ck_assert_str_eq(text(json_object_get(o, "sekisho"), "drill"), "D1");
	json_decref(o);
	ck_assert_str_eq(text(alert_at(0), "acked_by"), "山田");
	ck_assert(json_is_null(json_object_get(alert_at(0), "closed")));
	ck_assert_int_eq(ask(REQUEST_CLOSE, id_at(0), "済み"), REQUEST_DONE);
	ck_assert_str_eq(text(alert_at(0), "closed_by"), "山田");
	double seconds = json_number_value(json_object_get(alert_at(0), "closed_seconds"));
	ck_assert_msg(seconds >= 0 && seconds < 60, "%f", seconds);
	ck_assert_int_eq(ask(REQUEST_DRILL_END, "D1", "良かった"), REQUEST_DONE);
	ck_assert_str_eq(text(drill_now(), "remark"), "良かった");
	ck_assert_str_eq(text(drill_now(), "ended_by"), "山田");
	ck_assert_str_eq(trail, "start D1 山田; ack D1 山田; close D1 山田; end D1 山田");
}
END_TEST

START_TEST(test_targets_stay_as_they_were)
{
	struct reaction_minutes m = {.acknowledge = {[LEVEL_LOW] = 7}, .close = {[LEVEL_HIGH] = 90}};

	alerts_set_reaction(a, &m);
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "ping", ""), REQUEST_DONE);
	m.acknowledge[LEVEL_LOW] = 1;
	alerts_set_reaction(a, &m);
	ck_assert_int_eq(json_integer_value(json_object_get(alert_at(0), "ack_minutes")), 7);
	ck_assert(json_is_null(json_object_get(alert_at(0), "close_minutes")));
}
END_TEST

START_TEST(test_an_end_is_no_reaction)
{
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "ping", ""), REQUEST_DONE);
	ck_assert_int_eq(ask(REQUEST_DRILL_END, "1", "誰も見なかった"), REQUEST_DONE);
	ck_assert_str_eq(text(alert_at(0), "state"), "closed");
	ck_assert(json_is_null(json_object_get(alert_at(0), "acked")));
	ck_assert(json_is_null(json_object_get(alert_at(0), "closed")));
	json_t *o = last_told();
	ck_assert_str_eq(text(json_object_get(o, "sekisho"), "change"), "close");
	json_decref(o);
	/* afterwards nobody reacts any more */
	ck_assert_int_eq(ask(REQUEST_ACK, id_at(0), "x"), REQUEST_DRILL_OVER);
	ck_assert_int_eq(ask(REQUEST_DRILL_END, "1", "x"), REQUEST_DRILL_OVER);
}
END_TEST

START_TEST(test_it_ends_by_itself)
{
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "ping", ""), REQUEST_DONE);
	int64_t begun = when_now_ns();
	ck_assert_int_ge(alerts_serve(a, &hooks, begun + 119 * MINUTE_NS), 0);
	ck_assert_str_eq(text(drill_now(), "state"), "under_way");
	ck_assert_int_ge(alerts_serve(a, &hooks, begun + 121 * MINUTE_NS), 0);
	ck_assert_str_eq(text(drill_now(), "state"), "ended");
	ck_assert_str_eq(text(drill_now(), "ended_by"), "sekisho");
	ck_assert_str_eq(trail, "start D1 山田; expire D1 sekisho");
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "ping", ""), REQUEST_DONE);
	ck_assert_str_eq(text(drill_now(), "drill"), "D2");
}
END_TEST

START_TEST(test_what_is_refused)
{
	hooks.daemon = false;
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "ping", ""), REQUEST_NO_DAEMON);
	hooks.daemon = true;
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "earthquake", ""), REQUEST_NO_SCENARIO);
	ck_assert_int_eq(ask(REQUEST_DRILL_END, "D1", "x"), REQUEST_NO_DRILL);
	ck_assert_int_eq(ask(REQUEST_DRILL_END, "", "x"), REQUEST_NO_DRILL);
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "ping", ""), REQUEST_DONE);
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "eicar", ""), REQUEST_DRILL_RUNS);
	ck_assert_int_eq(in_db("SELECT count(*) FROM drills"), 1);
	ck_assert_str_eq(trail, "start D1 山田");
	/* neither by Redis nor from the console */
	ck_assert_int_eq(request_verb_parse("start"), -1);
	ck_assert_int_eq(request_verb_parse("end"), -1);
}
END_TEST

START_TEST(test_outputs_that_have_it)
{
	static const char *const names[] = {"eve", "syslog"};
	struct outbox *o;
	struct complaint c;

	raise_real();
	ck_assert_int_eq(outbox_open(&o, dir, &c), 0);
	ck_assert_int_eq(outbox_set_sinks(o, names, 2), 0);
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "ping", ""), REQUEST_DONE);
	ck_assert_int_eq(outbox_set_position(o, "eve", outbox_last_seq(o)), 0);
	outbox_close(o);
	ck_assert_int_ge(alerts_serve(a, &hooks, when_now_ns() + 2 * NS_PER_S), 0);
	const json_t *outputs = json_object_get(alert_at(0), "outputs");
	ck_assert_uint_eq(json_array_size(outputs), 2);
	const json_t *eve = json_array_get(outputs, 0), *syslog = json_array_get(outputs, 1);
	ck_assert_str_eq(text(eve, "name"), "eve");
	ck_assert(json_is_true(json_object_get(eve, "delivered")) && text(eve, "at")[0]);
	ck_assert_str_eq(text(syslog, "name"), "syslog");
	ck_assert(json_is_false(json_object_get(syslog, "delivered")));
}
END_TEST

START_TEST(test_a_page_has_both)
{
	struct alerts_page p = {.least_level = LEVEL_INFO, .limit = 10};
	struct alerts_paged out;
	struct complaint c;
	json_t *rows = json_array();

	raise_real();
	ck_assert_int_eq(ask(REQUEST_DRILL_START, "ping", ""), REQUEST_DONE);
	ck_assert_int_eq(alerts_page(dir, &p, &out, collect, rows, &c), 0);
	ck_assert_uint_eq(out.total, 2);
	ck_assert_str_eq(text(json_object_get(json_array_get(rows, 0), "sekisho"), "drill"), "D1");
	json_array_clear(rows);
	p.limit = 1;
	p.offset = 1;
	ck_assert_int_eq(alerts_page(dir, &p, &out, collect, rows, &c), 0);
	ck_assert_uint_eq(json_array_size(rows), 1);
	ck_assert_str_eq(text(json_object_get(json_array_get(rows, 0), "sekisho"), "drill"), "");
	json_array_clear(rows);
	/* no device takes part in a drill */
	p = (struct alerts_page){.asset_id = "A000017", .limit = 10};
	ck_assert_int_eq(alerts_page(dir, &p, &out, collect, rows, &c), 0);
	ck_assert_uint_eq(out.total, 1);
	json_decref(rows);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("drills");
	TCase *t = tcase_create("drills");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_scenarios_are_whole);
	tcase_add_test(t, test_an_alert_is_marked);
	tcase_add_test(t, test_a_title_steers_no_terminal);
	tcase_add_test(t, test_nothing_counts_it);
	tcase_add_test(t, test_a_mute_does_not_hold_it_back);
	tcase_add_test(t, test_steps_come_in_time);
	tcase_add_test(t, test_reactions_are_kept);
	tcase_add_test(t, test_targets_stay_as_they_were);
	tcase_add_test(t, test_an_end_is_no_reaction);
	tcase_add_test(t, test_it_ends_by_itself);
	tcase_add_test(t, test_what_is_refused);
	tcase_add_test(t, test_outputs_that_have_it);
	tcase_add_test(t, test_a_page_has_both);
	suite_add_tcase(s, t);
	return run_suite(s);
}
