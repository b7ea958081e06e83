/* Planned work: when it takes place, what it keeps from being told, what people do about it, and its limits. */
#include <check.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>

#include "alert/alerts_db.h"
#include "alert/outbox.h"
#include "alert/plan.h"
#include "findings.h"
#include "ledger/audit.h"
#include "ledger/store.h"
#include "ledger/work.h"
#include "run_suite.h"

#define HOUR_NS (3600 * NS_PER_S)
#define DAY_NS  (24 * HOUR_NS)
#define BERLIN  "CET-1CEST,M3.5.0,M10.5.0/3"

/* ---- times */

static int64_t at(const char *local)
{
	struct tm tm = {.tm_isdst = -1};

	ck_assert_ptr_nonnull(strptime(local, "%Y-%m-%d %H:%M", &tm));
	return mktime(&tm) * NS_PER_S;
}

static void zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

static struct work entry(enum work_every every, const char *from, const char *to)
{
	return (struct work){.no = 1, .every = every, .first = {at(from), at(to)}, .title = "x"};
}

static const char *words(bool there, const struct work_time *t)
{
	static char text[64];
	time_t from = t->from_ns / NS_PER_S, to = t->to_ns / NS_PER_S;
	struct tm a, b;

	if (!there)
		return "none";
	localtime_r(&from, &a);
	localtime_r(&to, &b);
	size_t n = strftime(text, sizeof(text), "%m-%d %H:%M", &a);
	strftime(text + n, sizeof(text) - n, " to %m-%d %H:%M", &b);
	return text;
}

static const char *when(const struct work *w, const char *local)
{
	struct work_time t;

	return words(work_at(w, at(local), &t), &t);
}

static const char *next(const struct work *w, const char *local)
{
	struct work_time t;

	return words(work_next(w, at(local), &t), &t);
}

START_TEST(once)
{
	zone("JST-9");
	struct work w = entry(WORK_ONCE, "2026-04-01 09:00", "2026-04-01 12:00");
	struct work_time t;

	ck_assert_str_eq(when(&w, "2026-04-01 08:59"), "none");
	ck_assert_str_eq(when(&w, "2026-04-01 09:00"), "04-01 09:00 to 04-01 12:00");
	ck_assert_str_eq(when(&w, "2026-04-01 11:59"), "04-01 09:00 to 04-01 12:00");
	ck_assert_str_eq(when(&w, "2026-04-01 12:00"), "none"); /* the end is none of it */
	ck_assert(work_from(&w, at("2026-04-01 10:00"), &t) && !work_from(&w, at("2026-04-01 12:00"), &t));
	ck_assert_str_eq(next(&w, "2026-03-01 00:00"), "04-01 09:00 to 04-01 12:00");
	ck_assert_str_eq(next(&w, "2026-04-01 09:01"), "none");
}
END_TEST

/* A Sunday's visit is at the same hours of the clock on both sides of a change to summer time. */
START_TEST(every_sunday)
{
	zone(BERLIN);
	struct work w = entry(WORK_WEEKLY, "2026-03-22 08:00", "2026-03-22 17:00");

	ck_assert_str_eq(when(&w, "2026-03-15 10:00"), "none"); /* before the first */
	ck_assert_str_eq(when(&w, "2026-03-22 08:00"), "03-22 08:00 to 03-22 17:00");
	ck_assert_str_eq(when(&w, "2026-03-29 08:00"),
			 "03-29 08:00 to 03-29 17:00"); /* the night before they changed */
	ck_assert_str_eq(when(&w, "2026-03-29 07:59"), "none");
	ck_assert_str_eq(when(&w, "2026-03-29 16:59"), "03-29 08:00 to 03-29 17:00");
	ck_assert_str_eq(when(&w, "2026-10-25 16:59"), "10-25 08:00 to 10-25 17:00"); /* and back */
	ck_assert_str_eq(when(&w, "2026-10-25 17:00"), "none");
	ck_assert_str_eq(when(&w, "2026-10-31 12:00"), "none"); /* a Saturday */
	ck_assert_str_eq(next(&w, "2026-10-31 12:00"), "11-01 08:00 to 11-01 17:00");
	ck_assert_str_eq(when(&w, "2046-03-25 12:00"), "03-25 08:00 to 03-25 17:00");
	zone("JST-9");
	w = entry(WORK_WEEKLY, "2026-11-29 20:00", "2026-11-30 06:00"); /* over midnight */
	ck_assert_str_eq(when(&w, "2026-12-07 05:59"), "12-06 20:00 to 12-07 06:00");
	ck_assert_str_eq(when(&w, "2026-12-07 06:00"), "none");
}
END_TEST

START_TEST(every_day_and_year)
{
	zone(BERLIN);
	struct work w = entry(WORK_DAILY, "2026-03-27 02:30", "2026-03-27 04:00");

	ck_assert_str_eq(when(&w, "2026-03-28 03:00"), "03-28 02:30 to 03-28 04:00");
	ck_assert_str_eq(when(&w, "2026-03-29 03:45"), "03-29 03:30 to 03-29 04:00"); /* 02:30 is left out that night */
	ck_assert_str_eq(when(&w, "2026-03-30 02:30"), "03-30 02:30 to 03-30 04:00");
	w = entry(WORK_DAILY, "2026-03-27 00:00", "2026-03-28 00:00"); /* all the time */
	for (int h = 0; h < 24 * 400; h++) {
		struct work_time t;
		ck_assert_msg(work_at(&w, at("2026-03-27 00:00") + h * HOUR_NS, &t), "hour %d", h);
	}
	w = entry(WORK_DAILY, "2026-03-27 02:30", "2026-03-27 03:00"); /* the night that has no such half hour is none of it */
	ck_assert_str_eq(next(&w, "2026-03-28 02:31"), "03-30 02:30 to 03-30 03:00");
	zone("JST-9");
	w = entry(WORK_YEARLY, "2024-01-01 00:00", "2024-01-04 00:00");
	ck_assert_str_eq(when(&w, "2027-01-03 23:59"), "01-01 00:00 to 01-04 00:00");
	ck_assert_str_eq(when(&w, "2027-01-04 00:00"), "none");
	ck_assert_str_eq(next(&w, "2027-01-04 00:00"), "01-01 00:00 to 01-04 00:00");
	ck_assert_str_eq(when(&w, "2099-01-01 00:00"), "01-01 00:00 to 01-04 00:00");
	w = entry(WORK_YEARLY, "2024-02-29 00:00", "2024-03-01 00:00");
	ck_assert_str_eq(when(&w, "2025-03-01 12:00"), "none");
	ck_assert_str_eq(when(&w, "2028-02-29 12:00"), "02-29 00:00 to 03-01 00:00");
	ck_assert_str_eq(next(&w, "2096-03-01 00:00"), "02-29 00:00 to 03-01 00:00"); /* 2104: eight years on */
	w = entry(WORK_YEARLY, "2026-02-27 00:00", "2026-03-02 00:00"); /* to the end of 1 March, also where there is a 29th */
	ck_assert_str_eq(when(&w, "2028-03-01 23:59"), "02-27 00:00 to 03-02 00:00");
	w = entry(WORK_YEARLY, "2026-02-28 00:00", "2026-03-01 00:00"); /* the 28th alone */
	ck_assert_str_eq(when(&w, "2028-02-28 23:59"), "02-28 00:00 to 02-29 00:00");
	w = entry(WORK_YEARLY, "2024-02-28 00:00", "2024-03-01 00:00"); /* to the end of the 29th */
	ck_assert_str_eq(when(&w, "2025-02-28 23:59"), "02-28 00:00 to 03-01 00:00");
}
END_TEST

START_TEST(ends_and_what_is_over_early)
{
	zone("JST-9");
	struct work w = entry(WORK_WEEKLY, "2026-11-01 08:00", "2026-11-01 17:00");
	struct work_cut cut = {at("2026-11-08 08:00"), at("2026-11-08 10:00")};

	w.until_ns = at("2026-11-16 00:00"); /* the end of the last day */
	ck_assert_str_eq(when(&w, "2026-11-15 12:00"), "11-15 08:00 to 11-15 17:00");
	ck_assert_str_eq(when(&w, "2026-11-22 12:00"), "none");
	ck_assert_str_eq(next(&w, "2026-11-15 08:01"), "none");
	w.cuts = &cut;
	w.n_cuts = 1;
	ck_assert_str_eq(when(&w, "2026-11-08 09:59"), "11-08 08:00 to 11-08 10:00");
	ck_assert_str_eq(when(&w, "2026-11-08 10:00"), "none");
	ck_assert_str_eq(when(&w, "2026-11-15 16:00"), "11-15 08:00 to 11-15 17:00"); /* that one alone */
}
END_TEST

/* ---- what it keeps from being told */

static char dir[64];
static struct alerts *a;
static unsigned met, met_muted;
static char met_id[32];

static void take_met(void *ctx, const struct planned *by, const char *alert_id, const struct finding *f)
{
	(void)ctx;
	(void)f;
	met++;
	met_muted += by->mutes;
	snprintf(met_id, sizeof(met_id), "%s", alert_id);
}

static void setup(void)
{
	static const struct sensor_info sensor = {"kansai-1", "kobe", "0.1.0"};
	struct complaint c = {""};

	zone("JST-9");
	test_dir(dir);
	met = met_muted = 0;
	ck_assert_msg(alerts_open(&a, dir, &sensor, &c) == 0, "%s", c.text);
}

static void teardown(void)
{
	alerts_close(a);
	test_dir_remove(dir);
}

/* Maintenance from one to two hours behind T0, in the whole plant where nothing more is said. */
static struct work visit(void)
{
	return (struct work){
	    .no = 7, .kind = WORK_MAINTENANCE, .first = {T0_NS + HOUR_NS, T0_NS + 2 * HOUR_NS}, .title = "定期点検"};
}

static void plan(const struct work *works, size_t n)
{
	struct calendar c = {calloc(n ? n : 1, sizeof(*works)), n};

	memcpy(c.works, works, n * sizeof(*works));
	for (size_t i = 0; i < n; i++)
		c.works[i].by = strdup("山田");
	ck_assert_int_eq(alerts_set_plan(a, &c, take_met, NULL), 0);
	ck_assert_ptr_null(c.works);
}

/* A device of unit @unit is overdue by @what. */
static void take_overdue(unsigned unit, int64_t at_ns, unsigned what)
{
	struct test_finding t;
	struct finding *f = test_finding(&t, unit, at_ns);
	struct rule_info other = *f->rule;

	other.id = "SKS-LC-08";
	f->rule = &other;
	t.values[0] = (struct event_value){.field = &asset_field[ASSET_CHANGE], .u = ASSET_OVERDUE};
	t.values[1] = (struct event_value){.field = &asset_field[ASSET_WHAT], .u = what};
	t.ev.table = &asset_table;
	t.ev.n_values = 2;
	alerts_take(a, f);
	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
}

static void take_rule(unsigned unit, int64_t at_ns, enum alert_level level, const char *rule)
{
	struct test_finding t;
	struct finding *f = test_finding(&t, unit, at_ns);
	struct rule_info other = *f->rule;

	other.id = rule;
	f->rule = &other;
	f->level = level;
	alerts_take(a, f);
	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
}

static void take(unsigned unit, int64_t at_ns, enum alert_level level)
{
	take_rule(unit, at_ns, level, "SKS-MB-01");
}

static int64_t number(const char *sql)
{
	struct complaint c;
	sqlite3 *db;

	ck_assert_int_eq(alerts_db_open(&db, dir, ALERTS_DB_READ, &c), 0);
	int64_t n = alerts_db_number(db, sql, -1);
	sqlite3_close(db);
	return n;
}

#define TOLD  number("SELECT count(*) FROM outbox")
#define MUTED number("SELECT count(*) FROM alerts WHERE state = 'muted'")

START_TEST(what_it_explains_is_kept_and_not_told)
{
	struct work w = visit();

	plan(&w, 1);
	take(1, HOUR_NS, LEVEL_HIGH);
	ck_assert_int_eq(TOLD, 0);
	ck_assert_int_eq(
	    number("SELECT count(*) FROM alerts WHERE state = 'muted' AND reason = 'planned work #7 定期点検' "
		   "AND who = '山田' AND told = 0"),
	    1);
	ck_assert_uint_eq(met_muted, 1);
	for (int64_t i = 1; i < 20; i++) /* again and again, worse too */
		take(1, HOUR_NS + i * NS_PER_S, i < 10 ? LEVEL_LOW : LEVEL_HIGH);
	ck_assert_int_eq(MUTED, 1);
	ck_assert_int_eq(TOLD, 0);
	ck_assert_uint_eq(alerts_count(a).planned, 20);
	take(2, 2 * HOUR_NS, LEVEL_HIGH); /* it is over */
	ck_assert_int_eq(TOLD, 1);
	take(1, 3 * HOUR_NS, LEVEL_HIGH); /* and what was kept back goes on behind it */
	ck_assert_int_eq(TOLD, 2);
	ck_assert_int_eq(MUTED, 0);
	ck_assert_uint_eq(met, 20);
}
END_TEST

START_TEST(what_it_does_not_explain_is_told)
{
	struct work w = visit();

	plan(&w, 1);
	take_rule(1, HOUR_NS, LEVEL_HIGH, "SKS-PO-05"); /* from the office */
	take_rule(2, HOUR_NS, LEVEL_HIGH, "SKS-SM-03"); /* malware */
	take(3, HOUR_NS, LEVEL_CRITICAL);               /* nobody said where */
	ck_assert_int_eq(TOLD, 3);
	ck_assert_uint_eq(met, 3);
	ck_assert_uint_eq(met_muted, 0);
	snprintf(w.zone, sizeof(w.zone), "line1");
	plan(&w, 1);
	take(4, HOUR_NS, LEVEL_CRITICAL);
	ck_assert_int_eq(MUTED, 1);
	take_rule(5, HOUR_NS, LEVEL_HIGH, "SKS-PO-05");
	ck_assert_int_eq(TOLD, 4);
}
END_TEST

/* Only what a person could not have seen before is kept from him. */
START_TEST(an_alert_that_was_there_stays_as_it_was)
{
	struct work w = visit();

	plan(&w, 1);
	take(1, 0, LEVEL_HIGH);
	ck_assert_int_eq(TOLD, 1);
	take(1, HOUR_NS, LEVEL_HIGH);
	ck_assert_int_eq(TOLD, 1);
	ck_assert_int_eq(number("SELECT count FROM alerts WHERE state = 'open' AND reason = ''"), 2);
	ck_assert_uint_eq(met_muted, 1);
}
END_TEST

START_TEST(scopes)
{
	static const struct {
		const char *zone, *src, *dest, *device, *rule;
		bool fits;
	} cases[] = {
	    {"line1", "", "", "", "", true},
	    {"office", "", "", "", "", true},
	    {"office>line1", "", "", "", "", true},    {"line1>office", "", "", "", "", true},
	    {"office>scada", "", "", "", "", false},   {"line1>", "", "", "", "", false},
	    {"office>line1", "", "", "A000017", "", true}, {"office>line1", "", "", "A000099", "", false},
	    {"scada", "", "", "", "", false},
	    {"", "192.168.2.14", "", "", "", true},
	    {"", "A000017", "", "", "", false},
	    {"", "", "A000017", "", "", true},
	    {"", "", "", "A000017", "", true},
	    {"", "", "", "192.168.2.14", "", true},
	    {"", "", "", "A000099", "", false},
	    {"", "", "", "192.168.3.0/24", "", true},
	    {"", "", "", "00:80:f4:00:00:01", "", true},
	    {"", "", "", "", "SKS-MB-01", true},
	    {"", "", "", "", "SKS-MB-02", false},
	    {"line1", "", "", "A000017", "", true},
	    {"scada", "", "", "A000017", "", false},
	    {"", "no such end", "", "", "", false},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct work w = visit();
		snprintf(w.zone, sizeof(w.zone), "%s", cases[i].zone);
		snprintf(w.src, sizeof(w.src), "%s", cases[i].src);
		snprintf(w.dest, sizeof(w.dest), "%s", cases[i].dest);
		snprintf(w.device, sizeof(w.device), "%s", cases[i].device);
		snprintf(w.rule, sizeof(w.rule), "%s", cases[i].rule);
		plan(&w, 1);
		int64_t before = MUTED;
		take(i, HOUR_NS, LEVEL_HIGH);
		ck_assert_msg(MUTED - before == cases[i].fits, "case %u", i);
	}
}
END_TEST

/* Two at once: either explains it; a holiday explains nothing and is noted. Packets come out of order. */
START_TEST(several_at_once)
{
	struct work works[3] = {visit(), visit(), visit()};

	works[0].no = 1;
	works[0].kind = WORK_HOLIDAY;
	works[1].no = 2;
	works[1].kind = WORK_SHUTDOWN;
	works[2].no = 3;
	plan(works, 3);
	take(1, HOUR_NS, LEVEL_HIGH);
	ck_assert_int_eq(MUTED, 1);
	ck_assert_uint_eq(met, 3);
	ck_assert_uint_eq(met_muted, 1);
	take(2, HOUR_NS - 1, LEVEL_HIGH); /* before any of them */
	take(3, HOUR_NS + 1, LEVEL_HIGH);
	ck_assert_int_eq(MUTED, 2);
	take_rule(4, HOUR_NS, LEVEL_HIGH, "SKS-SH-01"); /* by the shutdown */
	ck_assert_int_eq(MUTED, 3);
	plan(works, 1); /* the holiday alone */
	take(5, HOUR_NS, LEVEL_HIGH);
	ck_assert_int_eq(MUTED, 3);
}
END_TEST

/* A line that stands still explains that its devices are not heard of, and not that their support has ended. */
START_TEST(what_is_overdue_without_it)
{
	struct work w = visit();

	w.kind = WORK_SHUTDOWN;
	plan(&w, 1);
	take_overdue(1, HOUR_NS, WHAT_UNSEEN);
	take_overdue(2, HOUR_NS, WHAT_NEVER_SEEN);
	ck_assert_int_eq(MUTED, 2);
	take_overdue(3, HOUR_NS, WHAT_SUPPORT_UNTIL);
	ck_assert_int_eq(MUTED, 2);
	ck_assert_int_eq(TOLD, 1);
}
END_TEST

/* A visitor writes where only one device ever did; that somebody answers in another's place is no work. */
START_TEST(two_answers_to_one_question)
{
	struct work w = visit();
	struct test_finding t;

	plan(&w, 1);
	take_rule(1, HOUR_NS, LEVEL_HIGH, "SKS-MB-19");
	ck_assert_int_eq(MUTED, 1);
	struct finding *f = test_finding(&t, 2, HOUR_NS);
	struct rule_info other = *f->rule;
	other.id = "SKS-MB-19";
	f->rule = &other;
	t.values[0] = (struct event_value){.field = &anomaly_field[ANOMALY_TYPE], .u = ANOMALY_OVERLAP};
	t.ev.table = &anomaly_table;
	t.ev.n_values = 1;
	alerts_take(a, f);
	ck_assert_int_ge(alerts_commit(a, 0, true), 0);
	ck_assert_int_eq(MUTED, 1);
	ck_assert_int_eq(TOLD, 1);
}
END_TEST

/* More entries than one finding names: the visit keeps it back, however many holidays stand before it. */
START_TEST(very_many_at_once)
{
	struct work works[PLANNED_MAX + 4];

	for (int i = 0; i < PLANNED_MAX + 4; i++) {
		works[i] = visit();
		works[i].no = i + 1;
		works[i].kind = i == PLANNED_MAX + 2 ? WORK_MAINTENANCE : WORK_HOLIDAY;
	}
	plan(works, PLANNED_MAX + 4);
	take(1, HOUR_NS, LEVEL_HIGH);
	ck_assert_int_eq(MUTED, 1);
	ck_assert_uint_eq(met, PLANNED_MAX);
	ck_assert_uint_eq(met_muted, 1);
	ck_assert_int_eq(number("SELECT count(*) FROM alerts WHERE reason = 'planned work #11 定期点検'"), 1);
}
END_TEST

/* Mutes that end wake alerts; what planned work kept back is expected and stays, unless it went on behind it. */
START_TEST(no_mute_that_ends_wakes_it)
{
	struct work w = visit();

	plan(&w, 1);
	take(1, HOUR_NS, LEVEL_HIGH);
	a = (alerts_close(a), NULL);
	struct complaint c;
	ck_assert_int_eq(alerts_open(&a, dir, &(struct sensor_info){"kansai-1", "kobe", "0.1.0"}, &c), 0);
	ck_assert_int_ge(alerts_serve(a, NULL, T0_NS + 100 * DAY_NS), 0);
	ck_assert_int_eq(MUTED, 1);
	ck_assert_int_eq(TOLD, 0);
}
END_TEST

START_TEST(rules_that_are_named_are_known)
{
	struct work_rule r;
	size_t n = 0;

	for (; work_rule_at(n, &r); n++) {
		ck_assert_msg(r.kind != WORK_HOLIDAY && r.en[0] && r.ja[0], "%s", r.rule);
		ck_assert_ptr_eq(work_rule_why(r.kind, r.rule, true), r.ja);
	}
	ck_assert_uint_gt(n, 20);
	ck_assert_ptr_null(work_rule_why(WORK_MAINTENANCE, "SKS-PO-05", false));
}
END_TEST

/* ---- the ledger */

static const struct person yamada = {"山田", "yamada", "確認"};

static struct work add(const char *title, int64_t from_ns, int64_t to_ns, enum work_every every)
{
	struct complaint c = {""};
	struct work w = {.kind = WORK_SHUTDOWN, .every = every, .first = {from_ns, to_ns}};

	snprintf(w.title, sizeof(w.title), "%s", title);
	ck_assert_msg(work_add(dir, &w, 1, NULL, &yamada, &c) == 0, "%s", c.text);
	return w;
}

static int64_t in_ledger(const char *sql)
{
	struct complaint c;
	int rc = SQLITE_OK;
	sqlite3 *db;

	ck_assert_int_eq(store_open(&db, dir, STORE_READ, &c), 0);
	int64_t n = store_number(db, sql, &rc);
	ck_assert_int_eq(rc, SQLITE_OK);
	sqlite3_close(db);
	return n;
}

START_TEST(entered_ended_cancelled)
{
	struct complaint c = {""};
	struct work one = add("日曜の休転", T0_NS, T0_NS + 9 * HOUR_NS, WORK_WEEKLY);
	struct calendar all;
	struct work_time t;

	ck_assert_int_eq(one.no, 1);
	ck_assert_int_eq(work_end(dir, 1, T0_NS + 10 * HOUR_NS, &yamada, &c), -EINVAL); /* it does not go on */
	ck_assert_int_eq(work_end(dir, 9, T0_NS, &yamada, &c), -EINVAL);
	ck_assert_int_eq(work_end(dir, 1, T0_NS + HOUR_NS, &yamada, &c), 0);
	ck_assert_int_eq(work_read(dir, &all, &c), 0);
	ck_assert(!work_at(&all.works[0], T0_NS + 2 * HOUR_NS, &t));
	ck_assert(work_at(&all.works[0], T0_NS + 7 * DAY_NS, &t)); /* the next one */
	ck_assert_str_eq(all.works[0].by, "山田");
	calendar_free(&all);
	ck_assert_int_eq(work_cancel(dir, 1, T0_NS + 7 * DAY_NS + HOUR_NS, &yamada, &c), 0);
	ck_assert_int_eq(work_cancel(dir, 1, T0_NS + 7 * DAY_NS + HOUR_NS, &yamada, &c), -EINVAL);
	ck_assert_int_eq(work_read(dir, &all, &c), 0);
	ck_assert(work_at(&all.works[0], T0_NS + 7 * DAY_NS, &t)); /* what was, was */
	ck_assert(!work_at(&all.works[0], T0_NS + 7 * DAY_NS + 2 * HOUR_NS, &t));
	ck_assert(!work_at(&all.works[0], T0_NS + 14 * DAY_NS, &t));
	calendar_free(&all);
	ck_assert_int_eq(in_ledger("SELECT count(*) FROM audit WHERE object = 'work:1' AND verb IN ('work.add', "
				   "'work.end', 'work.cancel') AND who = '山田'"),
			 3);
	ck_assert_int_eq(in_ledger("SELECT count(*) FROM audit"), 3); /* what is refused leaves none */
}
END_TEST

/* As many as there may be: those go that have been over for longest, and it is counted. */
START_TEST(room_for_so_many)
{
	struct complaint c = {""};
	struct work *works = calloc(WORKS_MAX, sizeof(*works));

	for (int64_t i = 0; i < WORKS_MAX; i++) {
		works[i] = (struct work){.first = {when_now_ns() - HOUR_NS, when_now_ns() + DAY_NS}, .title = "x"};
		if (i < 10) /* ten are over */
			works[i].first = (struct work_time){(i + 1) * DAY_NS, (i + 2) * DAY_NS};
	}
	ck_assert_msg(work_add(dir, works, WORKS_MAX, "cal.csv", &yamada, &c) == 0, "%s", c.text);
	add("noch eins", T0_NS, when_now_ns() + DAY_NS, WORK_ONCE);
	ck_assert_int_eq(in_ledger("SELECT count(*) FROM work"), WORKS_MAX);
	ck_assert_int_eq(in_ledger("SELECT min(no) FROM work"), 2);
	ck_assert_int_eq(in_ledger("SELECT value FROM meta WHERE key = 'work_removed'"), 1);
	ck_assert_int_eq(work_add(dir, works, 10, NULL, &yamada, &c), -EINVAL); /* nine are over */
	ck_assert_int_eq(in_ledger("SELECT count(*) FROM work"), WORKS_MAX);    /* and nothing was touched */
	ck_assert_int_eq(work_cancel(dir, 500, when_now_ns(), &yamada, &c), 0); /* so says the complaint */
	ck_assert_msg(work_add(dir, works, 10, NULL, &yamada, &c) == 0, "%s", c.text);
	ck_assert_int_eq(in_ledger("SELECT count(*) FROM work WHERE no <= 11 OR no = 500"), 1); /* 11 */
	free(works);
}
END_TEST

START_TEST(alerts_met_have_their_limit)
{
	struct work_log log = {.rows = -1};
	struct work_met m = {.work_no = 1,
			     .from_ns = 5,
			     .alert_id = "A",
			     .rule = "R",
			     .level = 3,
			     .muted = true,
			     .count = 2,
			     .first_ns = 10,
			     .last_ns = 20};
	struct complaint c;
	sqlite3 *db;
	char fill[256];

	ck_assert_int_eq(store_open(&db, dir, STORE_WRITE, &c), 0);
	ck_assert(work_log_note(&log, &m));
	m.last_ns = 30;
	m.muted = false;
	ck_assert(work_log_note(&log, &m)); /* the same alert */
	ck_assert_uint_eq(log.n, 1);
	ck_assert_int_eq(work_log_write(&log, db), SQLITE_OK);
	log.n = 0;
	m.first_ns = 1;
	ck_assert(work_log_note(&log, &m));
	ck_assert_int_eq(work_log_write(&log, db), SQLITE_OK);
	log.n = 0;
	ck_assert_int_eq(in_ledger("SELECT count = 6 AND first_ns = 1 AND last_ns = 30 AND muted = 0 FROM work_alert"),
			 1);
	snprintf(fill, sizeof(fill),
		 "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO work_alert "
		 "SELECT "
		 "i, 2, i, 'B' || i, 'R', 3, 1, 1, i, i FROM n",
		 WORK_MET_MAX);
	ck_assert_int_eq(store_exec(db, fill), SQLITE_OK);
	log.rows = WORK_MET_MAX; /* about */
	for (int i = 0; i < 3; i++) {
		snprintf(m.alert_id, sizeof(m.alert_id), "C%d", i);
		ck_assert(work_log_note(&log, &m));
	}
	ck_assert_int_eq(work_log_write(&log, db), SQLITE_OK);
	ck_assert_uint_eq(log.removed, 3);
	ck_assert_int_eq(in_ledger("SELECT count(*) FROM work_alert"), WORK_MET_MAX);
	ck_assert_int_eq(in_ledger("SELECT min(no) FROM work_alert"), 4);
	for (log.n = 0; log.n < WORK_MET_WAIT;) {
		snprintf(m.alert_id, sizeof(m.alert_id), "D%zu", log.n);
		ck_assert(work_log_note(&log, &m));
	}
	snprintf(m.alert_id, sizeof(m.alert_id), "E");
	ck_assert(!work_log_note(&log, &m));
	sqlite3_close(db);
}
END_TEST

static void setup_ledger(void)
{
	zone("JST-9");
	test_dir(dir);
}

static void teardown_ledger(void)
{
	test_dir_remove(dir);
}

int main(void)
{
	Suite *s = suite_create("work");
	TCase *times = tcase_create("times"), *alerts = tcase_create("alerts"), *ledger = tcase_create("ledger");

	tcase_add_test(times, once);
	tcase_add_test(times, every_sunday);
	tcase_add_test(times, every_day_and_year);
	tcase_add_test(times, ends_and_what_is_over_early);
	suite_add_tcase(s, times);
	tcase_add_checked_fixture(alerts, setup, teardown);
	tcase_add_test(alerts, what_it_explains_is_kept_and_not_told);
	tcase_add_test(alerts, what_it_does_not_explain_is_told);
	tcase_add_test(alerts, an_alert_that_was_there_stays_as_it_was);
	tcase_add_test(alerts, scopes);
	tcase_add_test(alerts, several_at_once);
	tcase_add_test(alerts, very_many_at_once);
	tcase_add_test(alerts, what_is_overdue_without_it);
	tcase_add_test(alerts, two_answers_to_one_question);
	tcase_add_test(alerts, no_mute_that_ends_wakes_it);
	tcase_add_test(alerts, rules_that_are_named_are_known);
	suite_add_tcase(s, alerts);
	tcase_add_checked_fixture(ledger, setup_ledger, teardown_ledger);
	tcase_set_timeout(ledger, 60);
	tcase_add_test(ledger, entered_ended_cancelled);
	tcase_add_test(ledger, room_for_so_many);
	tcase_add_test(ledger, alerts_met_have_their_limit);
	suite_add_tcase(s, ledger);
	return run_suite(s);
}
