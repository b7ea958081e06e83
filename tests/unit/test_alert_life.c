/* What people do about alerts: states, mutes, answers; what of it is told. */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <sys/resource.h>

#include "alert/alerts_db.h"
#include "alert/group.h"
#include "alert/mutes.h"
#include "alert/outbox.h"
#include "alert/requests.h"
#include "findings.h"
#include "run_suite.h"

#define HOUR_NS (3600 * NS_PER_S)

static char dir[64];
static struct alerts *a;
static const struct sensor_info sensor = {"kansai-1", "kobe", "0.1.0"};
static int audited, audit_error;
static char audit_details[512];

static int audit(void *ctx, const struct request *r, const char *details)
{
	(void)ctx;
	(void)r;
	audited++;
	snprintf(audit_details, sizeof(audit_details), "%s", details);
	return audit_error;
}

static const struct alerts_hooks hooks = {.audit = audit};

static void setup(void)
{
	struct complaint c = {""};

	test_dir(dir);
	audited = audit_error = 0;
	ck_assert_msg(alerts_open(&a, dir, &sensor, &c) == 0, "%s", c.text);
}

static void teardown(void)
{
	alerts_close(a);
	test_dir_remove(dir);
}

static void take(unsigned unit, int64_t at_ns, enum alert_level level)
{
	struct test_finding t;
	struct finding *f = test_finding(&t, unit, at_ns);

	f->level = level;
	alerts_take(a, f);
}

static void collect(void *ctx, const char *json)
{
	json_t *row = json_loads(json, 0, NULL);

	ck_assert_msg(row != NULL, "no JSON: %s", json);
	json_array_append_new(ctx, row);
}

/* Everything that sinks have been told, as changes and states: "new:open ack:acknowledged". */
static const char *told(void)
{
	static char text[1024];
	struct outbox *o;
	struct outbox_row rows[64];
	struct complaint c;
	size_t len = 0;

	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
	ck_assert_int_eq(outbox_open(&o, dir, &c), 0);
	int n = outbox_read(o, 0, rows, 64);
	text[0] = '\0';
	for (int i = 0; i < n; i++) {
		json_t *row = json_loads(rows[i].json, 0, NULL);
		ck_assert_msg(row != NULL, "row %d is no JSON: %s", i, rows[i].json);
		json_t *s = json_object_get(row, "sekisho");
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s:%s", i ? " " : "",
					json_string_value(json_object_get(s, "change")),
					json_string_value(json_object_get(s, "state")));
		json_decref(row);
	}
	outbox_close(o);
	return text;
}

/* The alerts of the store; the caller's to free. */
static json_t *alerts_now(void)
{
	struct complaint c;
	json_t *all = json_array();

	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
	ck_assert_int_eq(alerts_each(dir, NULL, collect, all, &c), 0);
	return all;
}

static const char *first_id(void)
{
	static char id[ALERT_ID_CHARS + 1];
	json_t *all = alerts_now();

	snprintf(id, sizeof(id), "%s",
		 json_string_value(json_object_get(json_object_get(json_array_get(all, 0), "sekisho"), "alert_id")));
	json_decref(all);
	return id;
}

static json_int_t count_now(size_t i)
{
	json_t *all = alerts_now();
	json_int_t n = json_integer_value(json_object_get(json_object_get(json_array_get(all, i), "sekisho"), "count"));

	json_decref(all);
	return n;
}

static enum request_result ask(struct request r)
{
	struct requests *q;
	struct complaint c = {""};

	snprintf(r.via, sizeof(r.via), "command");
	ck_assert_msg(requests_open(&q, dir, &c) == 0, "%s", c.text);
	int err = requests_add(q, &r);
	ck_assert_msg(err == 0, "%d", err);
	ck_assert_int_eq(requests_result(q, r.no), REQUEST_WAITS);
	ck_assert_int_ge(alerts_serve(a, &hooks, 0), 1);
	enum request_result result = requests_result(q, r.no);
	requests_close(q);
	return result;
}

static enum request_result ask_of(enum request_verb verb, const char *id, int64_t until_ns)
{
	struct request r = {
	    .verb = verb, .until_ns = until_ns, .reason = "because \"so\"", .who = "山田", .login = "op"};

	snprintf(r.target, sizeof(r.target), "%s", id);
	return ask(r);
}

#define LATER_NS (when_now_ns() + 30 * 24 * HOUR_NS)

/* ---- one commit for many */

/* All that alerts.db says of alerts and of what was told of them, but for the time of the clock, and the level of a row
 * of the outbox, which is that of its alert when it is committed; the caller's to free. */
static char *store_text(void)
{
	static const char *const sql[] = {
	    "SELECT a.no, alert_id, rule_id, hex(digest), level, state, count, first_seen, last_seen, src_zone,"
	    " dest_zone, told, stage, b.seq, b.text FROM alerts a JOIN bodies b ON b.no = a.no ORDER BY a.no",
	    "SELECT t.seq, o.body, o.bytes, t.json FROM told t JOIN outbox o ON o.seq = t.seq ORDER BY t.seq",
	    "SELECT value FROM meta WHERE key = 'outbox_bytes'"};
	struct complaint c;
	sqlite3_stmt *st;
	sqlite3 *db;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(alerts_db_open(&db, dir, ALERTS_DB_READ, &c), 0);
	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
		ck_assert_int_eq(alerts_db_prepare(db, sql[i], &st), SQLITE_OK);
		while (sqlite3_step(st) == SQLITE_ROW) {
			for (int column = 0; column < sqlite3_column_count(st); column++)
				fprintf(out, "%s|", alerts_db_text(st, column));
			fputc('\n', out);
		}
		sqlite3_finalize(st);
	}
	sqlite3_close(db);
	fclose(out);
	return text;
}

static const struct {
	unsigned unit;
	enum alert_level level;
	bool muted;
	uint64_t more; /* times more; the tenth is told */
} takes[] = {
    {1, LEVEL_HIGH, false, 0},     {2, LEVEL_LOW, false, 0},  {3, LEVEL_HIGH, true, 0},  {4, LEVEL_MEDIUM, false, 0},
    {1, LEVEL_CRITICAL, false, 0}, {5, LEVEL_LOW, true, 0},   {6, LEVEL_HIGH, false, 0}, {3, LEVEL_CRITICAL, true, 0},
    {6, LEVEL_HIGH, false, 0},     {7, LEVEL_HIGH, true, 0},  {2, LEVEL_LOW, false, 9},  {6, LEVEL_HIGH, false, 9},
    {8, LEVEL_HIGH, true, 0},      {4, LEVEL_LOW, false, 99}, {9, LEVEL_INFO, false, 0}, {10, LEVEL_HIGH, false, 0},
    {2, LEVEL_LOW, false, 99},
};

static char *store_after(bool one_by_one)
{
	struct rule_info muted = test_rule;
	struct test_finding t;

	muted.id = "SKS-MB-09";
	ck_assert_int_eq(ask((struct request){.verb = REQUEST_MUTE,
					      .rule = "SKS-MB-09",
					      .until_ns = LATER_NS,
					      .reason = "because",
					      .who = "山田",
					      .login = "op"}),
			 REQUEST_DONE);
	for (unsigned i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		struct finding *f = test_finding(&t, takes[i].unit, i * NS_PER_S);
		f->level = takes[i].level;
		f->rule = takes[i].muted ? &muted : f->rule;
		t.ev.count += takes[i].more;
		alerts_take(a, f);
		ck_assert_int_ge(one_by_one ? alerts_commit(a, 0, true) : 0, 0);
	}
	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
	return store_text();
}

START_TEST(test_many_in_one_commit_are_stored_like_one_by_one)
{
	char *wanted = store_after(true);

	ck_assert_ptr_nonnull(strstr(wanted, "|muted|"));
	ck_assert_ptr_nonnull(strstr(wanted, "\"change\":\"update\""));
	teardown();
	setup();
	char *got = store_after(false);
	size_t same = 0;
	while (got[same] && got[same] == wanted[same])
		same++;
	ck_assert_msg(got[same] == wanted[same], "%.80s instead of %.80s", got + same, wanted + same);
	free(got);
	free(wanted);
}
END_TEST

/* ---- transitions */

static const struct {
	const char *name;
	enum request_verb first, then;
	enum request_result result;
	const char *told;
} transitions[] = {
    {"acknowledged, then closed", REQUEST_ACK, REQUEST_CLOSE, REQUEST_DONE, "new:open ack:acknowledged close:closed"},
    {"acknowledged twice", REQUEST_ACK, REQUEST_ACK, REQUEST_ALREADY, "new:open ack:acknowledged"},
    {"closed, then acknowledged", REQUEST_CLOSE, REQUEST_ACK, REQUEST_IS_OVER, "new:open close:closed"},
    {"closed, then muted", REQUEST_CLOSE, REQUEST_MUTE, REQUEST_IS_OVER, "new:open close:closed"},
    {"closed, then opened", REQUEST_CLOSE, REQUEST_REOPEN, REQUEST_DONE, "new:open close:closed reopen:open"},
    {"learnt, then opened", REQUEST_LEARN, REQUEST_REOPEN, REQUEST_DONE, "new:open learn:learnt reopen:open"},
    {"muted, then again", REQUEST_MUTE, REQUEST_MUTE, REQUEST_DONE, "new:open mute:muted mute:muted"},
    {"muted, then opened", REQUEST_MUTE, REQUEST_REOPEN, REQUEST_DONE, "new:open mute:muted reopen:open"},
    {"muted, then closed", REQUEST_MUTE, REQUEST_CLOSE, REQUEST_DONE, "new:open mute:muted close:closed"},
    {"opened where it is open", REQUEST_REOPEN, REQUEST_ACK, REQUEST_DONE, "new:open ack:acknowledged"},
};

START_TEST(test_transition)
{
	int64_t until = LATER_NS;

	take(1, 0, LEVEL_HIGH);
	const char *id = first_id();
	(void)ask_of(transitions[_i].first, id, until);
	enum request_result got = ask_of(transitions[_i].then, id, until);
	ck_assert_msg(got == transitions[_i].result, "%s: %s", transitions[_i].name, request_result_name(got));
	ck_assert_msg(strcmp(told(), transitions[_i].told) == 0, "%s: %s", transitions[_i].name, told());
}
END_TEST

static const struct {
	const char *name;
	enum request_verb verb;
	enum alert_level again; /* the level at which it comes again */
	const char *told;
} recurrences[] = {
    {"an acknowledged one stays so", REQUEST_ACK, LEVEL_HIGH, "new:open ack:acknowledged"},
    {"until it gets worse", REQUEST_ACK, LEVEL_CRITICAL, "new:open ack:acknowledged update:open"},
    {"a closed one is opened", REQUEST_CLOSE, LEVEL_HIGH, "new:open close:closed reopen:open"},
    {"a learnt one too: what was learnt is not enough", REQUEST_LEARN, LEVEL_HIGH, "new:open learn:learnt reopen:open"},
    {"a muted one stays silent", REQUEST_MUTE, LEVEL_HIGH, "new:open mute:muted"},
    {"a muted one that gets worse too", REQUEST_MUTE, LEVEL_CRITICAL, "new:open mute:muted"},
};

START_TEST(test_recurrence)
{
	take(1, 0, LEVEL_HIGH);
	ck_assert_int_eq(ask_of(recurrences[_i].verb, first_id(), LATER_NS), REQUEST_DONE);
	take(1, NS_PER_S, recurrences[_i].again);
	ck_assert_msg(strcmp(told(), recurrences[_i].told) == 0, "%s: %s", recurrences[_i].name, told());
	ck_assert_int_eq(count_now(0), 2);
}
END_TEST

START_TEST(test_a_state_outlives_the_process)
{
	struct complaint c;

	take(1, 0, LEVEL_HIGH);
	ck_assert_int_eq(ask_of(REQUEST_CLOSE, first_id(), 0), REQUEST_DONE);
	alerts_close(a);
	ck_assert_int_eq(alerts_open(&a, dir, &sensor, &c), 0);
	take(1, NS_PER_S, LEVEL_HIGH);
	ck_assert_str_eq(told(), "new:open close:closed reopen:open");
}
END_TEST

START_TEST(test_who_and_why_are_told_and_listed)
{
	take(1, 0, LEVEL_HIGH);
	ck_assert_int_eq(ask_of(REQUEST_ACK, first_id(), 0), REQUEST_DONE);
	json_t *all = alerts_now(), *s = json_object_get(json_array_get(all, 0), "sekisho");
	ck_assert_str_eq(json_string_value(json_object_get(s, "by")), "山田");
	ck_assert_str_eq(json_string_value(json_object_get(s, "reason")), "because \"so\"");
	ck_assert_str_eq(json_string_value(json_object_get(s, "state")), "acknowledged");
	ck_assert_ptr_nonnull(json_object_get(json_object_get(s, "evidence"), "frames"));
	json_decref(all);
	ck_assert_int_eq(audited, 1);
	ck_assert_str_eq(audit_details,
			 "{\"from\":\"open\",\"to\":\"acknowledged\",\"rule\":\"SKS-MB-01\",\"via\":\"command\"}");
}
END_TEST

START_TEST(test_without_audit_nothing_is_done)
{
	take(1, 0, LEVEL_HIGH);
	const char *id = first_id();
	audit_error = -EIO;
	ck_assert_int_eq(ask_of(REQUEST_CLOSE, id, 0), REQUEST_NO_AUDIT);
	ck_assert_str_eq(told(), "new:open");
	audit_error = 0;
	ck_assert_int_eq(ask_of(REQUEST_CLOSE, id, 0), REQUEST_DONE);
	ck_assert_str_eq(told(), "new:open close:closed");
}
END_TEST

START_TEST(test_what_cannot_be_is_answered)
{
	take(1, 0, LEVEL_HIGH);
	ck_assert_int_eq(ask_of(REQUEST_ACK, "nothing", 0), REQUEST_NO_ALERT);
	ck_assert_int_eq(ask_of(REQUEST_UNMUTE, "7", 0), REQUEST_NO_MUTE);
	ck_assert_int_eq(ask_of(REQUEST_MUTE, first_id(), NS_PER_S), REQUEST_PAST);
	ck_assert_int_eq(audited, 0);
	ck_assert_str_eq(told(), "new:open");
}
END_TEST

/* ---- mutes */

static const struct {
	const char *name, *rule, *src, *dest, *zone;
	bool fits;
} patterns[] = {
    {"rule", "SKS-MB-01", "", "", "", true},
    {"another rule", "SKS-MB-02", "", "", "", false},
    {"source by address", "", "192.168.2.14", "", "", true},
    {"source by prefix", "", "192.168.2.0/24", "", "", true},
    {"another prefix", "", "192.168.3.0/24", "", "", false},
    {"source by MAC", "", "00:80:f4:00:00:01", "", "", true},
    {"destination by asset", "", "", "A000017", "", true},
    {"another asset", "", "", "A000018", "", false},
    {"zone of the destination", "", "", "", "line1", true},
    {"zone of the source", "", "", "", "office", true},
    {"no such zone", "", "", "", "line2", false},
    {"all of it", "SKS-MB-01", "192.168.2.14", "A000017", "line1", true},
    {"all but one of it", "SKS-MB-01", "192.168.2.14", "A000018", "line1", false},
};

/* A row of the mutes; the caller's to free. */
static json_t *mutes_listed(bool ended)
{
	struct complaint c;
	json_t *all = json_array();

	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
	ck_assert_int_eq(alerts_each_mute(dir, ended, collect, all, &c), 0);
	return all;
}

static struct request pattern_of(const char *rule, const char *src, const char *dest, const char *zone)
{
	struct request r = {.verb = REQUEST_MUTE, .until_ns = LATER_NS, .reason = "drill", .who = "x", .login = "x"};

	snprintf(r.rule, sizeof(r.rule), "%s", rule);
	snprintf(r.src, sizeof(r.src), "%s", src);
	snprintf(r.dest, sizeof(r.dest), "%s", dest);
	snprintf(r.zone, sizeof(r.zone), "%s", zone);
	return r;
}

START_TEST(test_pattern)
{
	ck_assert_int_eq(ask(pattern_of(patterns[_i].rule, patterns[_i].src, patterns[_i].dest, patterns[_i].zone)),
			 REQUEST_DONE);
	take(1, 0, LEVEL_HIGH);
	take(1, NS_PER_S, LEVEL_HIGH);
	ck_assert_msg(strcmp(told(), patterns[_i].fits ? "" : "new:open") == 0, "%s: %s", patterns[_i].name, told());
	ck_assert_int_eq(count_now(0), 2);
	json_t *all = mutes_listed(false);
	ck_assert_msg(json_integer_value(json_object_get(json_array_get(all, 0), "applied")) ==
			  (patterns[_i].fits ? 2 : 0),
		      "%s", patterns[_i].name);
	json_decref(all);
}
END_TEST

START_TEST(test_what_a_pattern_kept_back_is_new_when_it_ends)
{
	ck_assert_int_eq(ask(pattern_of("SKS-MB-01", "", "", "")), REQUEST_DONE);
	take(1, 0, LEVEL_HIGH);
	ck_assert_str_eq(told(), "");
	ck_assert_int_eq(ask_of(REQUEST_UNMUTE, "1abc", 0), REQUEST_NO_MUTE);
	ck_assert_int_eq(ask_of(REQUEST_UNMUTE, "1", 0), REQUEST_DONE);
	take(1, NS_PER_S, LEVEL_HIGH);
	ck_assert_str_eq(told(), "new:open");
	ck_assert_int_eq(count_now(0), 2);
	json_t *all = mutes_listed(false);
	ck_assert_uint_eq(json_array_size(all), 0);
	json_decref(all);
	all = mutes_listed(true);
	ck_assert_uint_eq(json_array_size(all), 1);
	json_decref(all);
}
END_TEST

/* T0_NS is long before the end of the mutes here, so a finding after it stands for time that has passed. */
START_TEST(test_a_mute_ends_by_itself)
{
	int64_t until = LATER_NS;

	take(1, 0, LEVEL_HIGH);
	ck_assert(!alerts_muted(a));
	ck_assert_int_eq(ask_of(REQUEST_MUTE, first_id(), until), REQUEST_DONE);
	take(1, until - T0_NS - 1, LEVEL_HIGH);
	ck_assert(alerts_muted(a));
	ck_assert_str_eq(told(), "new:open mute:muted");
	take(1, until - T0_NS, LEVEL_HIGH);
	ck_assert(!alerts_muted(a));
	ck_assert_str_eq(told(), "new:open mute:muted unmute:open");
}
END_TEST

START_TEST(test_a_mute_that_ran_out_is_told_though_nothing_comes)
{
	int64_t until = LATER_NS;

	take(1, 0, LEVEL_HIGH);
	ck_assert_int_eq(ask_of(REQUEST_MUTE, first_id(), until), REQUEST_DONE);
	ck_assert_int_eq(alerts_serve(a, &hooks, until - 1), 0);
	ck_assert_str_eq(told(), "new:open mute:muted");
	ck_assert_int_eq(alerts_serve(a, &hooks, until), 0);
	ck_assert_str_eq(told(), "new:open mute:muted unmute:open");
	ck_assert_int_eq(alerts_serve(a, &hooks, until + 1), 0);
	ck_assert_str_eq(told(), "new:open mute:muted unmute:open");
}
END_TEST

/* The mutes that have not ended. */
static size_t mutes_now(bool ended)
{
	json_t *all = mutes_listed(ended);
	size_t n = json_array_size(all);

	json_decref(all);
	return n;
}

START_TEST(test_a_pattern_ends_and_what_it_kept_back_is_told)
{
	struct request first = pattern_of("SKS-MB-01", "", "", ""), other = pattern_of("", "", "A000017", "line1");

	other.until_ns = first.until_ns + HOUR_NS;
	take(2, 0, LEVEL_HIGH);
	ck_assert_int_eq(ask(first), REQUEST_DONE);
	take(1, NS_PER_S, LEVEL_HIGH);
	take(2, NS_PER_S, LEVEL_HIGH);
	ck_assert_int_eq(alerts_serve(a, &hooks, first.until_ns - 1), 0);
	ck_assert_str_eq(told(), "new:open");
	ck_assert_int_eq(ask(other), REQUEST_DONE);
	ck_assert_int_eq(alerts_serve(a, &hooks, first.until_ns), 0);
	ck_assert_msg(strcmp(told(), "new:open") == 0, "another mute covers them: %s", told());
	ck_assert_uint_eq(mutes_now(false), 1);
	ck_assert_int_eq(alerts_serve(a, &hooks, other.until_ns), 0);
	/* the one that nobody has heard of is new */
	ck_assert_str_eq(told(), "new:open unmute:open new:open");
	ck_assert_uint_eq(mutes_now(false), 0);
	ck_assert_uint_eq(mutes_now(true), 2);
	take(1, 2 * NS_PER_S, LEVEL_HIGH);
	ck_assert_str_eq(told(), "new:open unmute:open new:open");
}
END_TEST

/* Runs @sql on the store from outside. */
static void meddle(const char *sql)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/alerts.db", dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

START_TEST(test_what_ran_out_takes_no_place)
{
	struct complaint c;

	meddle(
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) INSERT INTO mutes(at, "
	    "alert_id, rule, src, dest, zone, until, reason, who) SELECT 1, '', 'X', '', '', '', i, 'r', 'w' FROM n");
	alerts_close(a);
	ck_assert_int_eq(alerts_open(&a, dir, &sensor, &c), 0);
	ck_assert_int_eq(ask(pattern_of("SKS-MB-01", "", "", "")), REQUEST_DONE);
	take(1, 0, LEVEL_HIGH);
	ck_assert_str_eq(told(), "");
	ck_assert_uint_eq(mutes_now(false), 1);
	ck_assert_uint_eq(mutes_now(true), 1 + MUTES_ENDED_KEPT);
}
END_TEST

START_TEST(test_a_request_that_fails_holds_up_the_next_for_a_while)
{
	struct requests *q;
	struct complaint c;
	struct request r = {.verb = REQUEST_ACK, .reason = "x", .who = "x"}, other = r;

	take(1, 0, LEVEL_HIGH);
	snprintf(r.target, sizeof(r.target), "%s", first_id());
	other.verb = REQUEST_CLOSE;
	memcpy(other.target, r.target, sizeof(other.target));
	meddle("CREATE TRIGGER no BEFORE UPDATE OF state ON alerts WHEN new.state = 'acknowledged' BEGIN SELECT "
	       "RAISE(ABORT, 'no'); END");
	ck_assert_int_eq(requests_open(&q, dir, &c), 0);
	ck_assert_int_eq(requests_add(q, &r), 0);
	ck_assert_int_eq(requests_add(q, &other), 0);
	unsigned tries = 0, rounds = 0;
	while (requests_result(q, other.no) == REQUEST_WAITS && rounds++ < 400) {
		tries += alerts_serve(a, &hooks, 0) < 0;
		usleep(25000);
	}
	ck_assert_int_eq(requests_result(q, r.no), REQUEST_FAILED);
	ck_assert_int_eq(requests_result(q, other.no), REQUEST_DONE);
	ck_assert_msg(tries > 1 && tries < rounds, "%u tries in %u rounds", tries, rounds);
	ck_assert_str_eq(told(), "new:open close:closed");
	requests_close(q);
}
END_TEST

START_TEST(test_a_key_is_taken_once)
{
	struct requests *q;
	struct complaint c;
	struct request r = {.verb = REQUEST_ACK, .key = "1-0", .reason = "x", .who = "x"}, got;
	enum request_result result;

	take(1, 0, LEVEL_HIGH);
	snprintf(r.target, sizeof(r.target), "%s", first_id());
	ck_assert_int_eq(requests_open(&q, dir, &c), 0);
	ck_assert_int_eq(requests_add(q, &r), 0);
	ck_assert_int_eq(requests_add(q, &r), -EEXIST);
	ck_assert(!requests_next_answer(q, &got, &result));
	ck_assert_int_eq(alerts_serve(a, &hooks, 0), 1);
	ck_assert(requests_next_answer(q, &got, &result));
	ck_assert_str_eq(got.key, "1-0");
	ck_assert_int_eq(result, REQUEST_DONE);
	ck_assert_int_eq(requests_reported(q, got.no), 0);
	ck_assert(!requests_next_answer(q, &got, &result));
	ck_assert_int_eq(requests_add(q, &r), -EEXIST);
	requests_close(q);
}
END_TEST

START_TEST(test_what_was_taken_back_is_not_done)
{
	struct requests *q;
	struct complaint c;
	struct request r = {.verb = REQUEST_CLOSE, .reason = "x", .who = "x"};

	take(1, 0, LEVEL_HIGH);
	snprintf(r.target, sizeof(r.target), "%s", first_id());
	ck_assert_int_eq(requests_open(&q, dir, &c), 0);
	ck_assert_int_eq(requests_add(q, &r), 0);
	ck_assert(requests_withdraw(q, r.no));
	ck_assert_int_eq(alerts_serve(a, &hooks, 0), 0);
	ck_assert_str_eq(told(), "new:open");
	requests_close(q);
}
END_TEST

START_TEST(test_an_alert_that_goes_on_is_told_every_hour)
{
	alerts_set_update(a, 60);
	take(1, 0, LEVEL_HIGH);
	take(1, HOUR_NS - 1, LEVEL_HIGH);
	ck_assert_str_eq(told(), "new:open");
	take(1, HOUR_NS, LEVEL_HIGH);
	take(1, HOUR_NS + 1, LEVEL_HIGH);
	ck_assert_str_eq(told(), "new:open update:open");
	alerts_set_update(a, 0);
	take(1, 9 * HOUR_NS, LEVEL_HIGH);
	ck_assert_str_eq(told(), "new:open update:open");
}
END_TEST

START_TEST(test_a_capture_is_named_in_the_evidence)
{
	take(1, 0, LEVEL_HIGH);
	const char *id = first_id();
	ck_assert_int_eq(alerts_set_evidence(a, id, "evidence/x.pcapng", "00ff"), 0);
	ck_assert_int_eq(alerts_set_evidence(a, "none", "x", "y"), -ENOENT);
	ck_assert_str_eq(told(), "new:open evidence:open");
	json_t *all = alerts_now();
	json_t *e = json_object_get(json_object_get(json_array_get(all, 0), "sekisho"), "evidence");
	ck_assert_str_eq(json_string_value(json_object_get(e, "pcap")), "evidence/x.pcapng");
	ck_assert_str_eq(json_string_value(json_object_get(e, "sha256")), "00ff");
	ck_assert_ptr_nonnull(json_object_get(e, "confidence"));
	json_decref(all);
}
END_TEST

/* A store as the version before wrote it: bodies whose evidence is closed. */
START_TEST(test_a_store_of_version_1_is_brought_up)
{
	static const char old[] =
	    "PRAGMA user_version=1; PRAGMA application_id=1397445441;"
	    "CREATE TABLE alerts(no INTEGER PRIMARY KEY, alert_id TEXT NOT NULL, rule_id TEXT NOT NULL, digest BLOB "
	    "NOT "
	    "NULL, level INTEGER NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, first_seen INTEGER NOT NULL, "
	    "last_seen INTEGER NOT NULL, session INTEGER NOT NULL, counted_to INTEGER NOT NULL, src_zone TEXT NOT "
	    "NULL, "
	    "dest_zone TEXT NOT NULL, body TEXT NOT NULL);"
	    "CREATE TABLE outbox(seq INTEGER PRIMARY KEY, ms INTEGER NOT NULL, json TEXT NOT NULL);"
	    "CREATE TABLE sinks(name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;"
	    "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
	    "INSERT INTO meta VALUES('session', 1);"
	    "INSERT INTO alerts VALUES(1, 'OLD', 'SKS-MB-01', zeroblob(32), 3, 'open', 5, 1000, 2000, 1, 0, '', '', "
	    "'{\"host\":\"s\",\"sekisho\":{\"v\":1,\"alert_id\":\"OLD\",\"evidence\":{\"one_sided\":false}');";
	char path[128];
	struct complaint c = {""};
	sqlite3 *db;

	alerts_close(a);
	snprintf(path, sizeof(path), "%s/alerts.db", dir);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, old, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	ck_assert_msg(alerts_open(&a, dir, &sensor, &c) == 0, "%s", c.text);
	ck_assert_int_eq(ask_of(REQUEST_ACK, "OLD", 0), REQUEST_DONE);
	ck_assert_str_eq(told(), "ack:acknowledged");
	ck_assert_int_eq(count_now(0), 5);
}
END_TEST

/* Rows of a table of alerts.db. */
static int64_t rows_of(const char *table)
{
	char path[128], sql[64];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/alerts.db", dir);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	int64_t n = alerts_db_number(db, sql, -1);
	sqlite3_close(db);
	return n;
}

/* The address sanitizer keeps what was freed: little enough that the peak says something. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4";
}

static long peak_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/*
 * Distinct offenders without end: memory and tables stay within their limits, and what was given up is counted.
 * SEKISHO_FLOOD says how many (tests/bench/flood.sh: a million).
 */
START_TEST(test_a_flood_of_offenders_stays_within_the_limits)
{
	enum { FEW = 20000, GROUPS = 1000, KEPT = 4000, SLACK = 2 * 2048, MEMORY_KIB = 65536 };
	const char *asked = getenv("SEKISHO_FLOOD");
	unsigned offenders = asked ? (unsigned)strtoul(asked, NULL, 10) : FEW;
	struct alerts_limits limits = {.groups = GROUPS, .list = {.rows = KEPT}, .outbox = {.rows = KEPT}};
	long before = 0;

	ck_assert_int_eq(alerts_set_limits(a, &limits), 0);
	for (unsigned i = 0; i < offenders; i++) {
		take(i, i * NS_PER_MS, LEVEL_HIGH);
		if (i % 500 == 0)
			ck_assert_int_ge(alerts_commit(a, i * NS_PER_MS, true), 0);
		if (i == FEW / 2)
			before = peak_kib();
	}
	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
	struct alerts_counters n = alerts_count(a);
	ck_assert_uint_eq(n.raised, offenders);
	ck_assert_uint_le(n.groups, GROUPS);
	ck_assert_uint_eq(n.groups + n.groups_evicted, offenders);
	ck_assert_int_le(rows_of("alerts"), KEPT + SLACK);
	ck_assert_int_le(rows_of("outbox"), KEPT + SLACK);
	ck_assert_uint_eq((uint64_t)rows_of("alerts") + n.trimmed_alerts, offenders);
	ck_assert_uint_eq((uint64_t)rows_of("outbox") + n.trimmed_told, offenders);
	ck_assert_msg(peak_kib() - before < MEMORY_KIB, "%ld KiB more", peak_kib() - before);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof((t)[0]))

int main(void)
{
	Suite *s = suite_create("alert life");
	TCase *tc = tcase_create("life");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_transition, 0, ROWS(transitions));
	tcase_add_loop_test(tc, test_recurrence, 0, ROWS(recurrences));
	tcase_add_loop_test(tc, test_pattern, 0, ROWS(patterns));
	tcase_add_test(tc, test_many_in_one_commit_are_stored_like_one_by_one);
	tcase_add_test(tc, test_a_state_outlives_the_process);
	tcase_add_test(tc, test_who_and_why_are_told_and_listed);
	tcase_add_test(tc, test_without_audit_nothing_is_done);
	tcase_add_test(tc, test_what_cannot_be_is_answered);
	tcase_add_test(tc, test_what_a_pattern_kept_back_is_new_when_it_ends);
	tcase_add_test(tc, test_a_mute_ends_by_itself);
	tcase_add_test(tc, test_a_mute_that_ran_out_is_told_though_nothing_comes);
	tcase_add_test(tc, test_a_pattern_ends_and_what_it_kept_back_is_told);
	tcase_add_test(tc, test_what_ran_out_takes_no_place);
	tcase_add_test(tc, test_a_request_that_fails_holds_up_the_next_for_a_while);
	tcase_add_test(tc, test_a_key_is_taken_once);
	tcase_add_test(tc, test_what_was_taken_back_is_not_done);
	tcase_add_test(tc, test_an_alert_that_goes_on_is_told_every_hour);
	tcase_add_test(tc, test_a_capture_is_named_in_the_evidence);
	tcase_add_test(tc, test_a_store_of_version_1_is_brought_up);
	suite_add_tcase(s, tc);
	TCase *flood = tcase_create("flood");
	tcase_set_timeout(flood, 3600);
	tcase_add_checked_fixture(flood, setup, teardown);
	tcase_add_test(flood, test_a_flood_of_offenders_stays_within_the_limits);
	suite_add_tcase(s, flood);
	return run_suite(s);
}
