#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>

#include "alert/alerts_db.h"
#include "alert/outbox.h"
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

static struct outbox *open_outbox(void)
{
	struct outbox *o;
	struct complaint c = {""};

	ck_assert_msg(outbox_open(&o, dir, &c) == 0, "%s", c.text);
	return o;
}

static void raise_many(struct alerts *a, unsigned from, unsigned n)
{
	struct test_finding t;

	for (unsigned i = from; i < from + n; i++)
		alerts_take(a, test_finding(&t, i, i * NS_PER_MS));
}

START_TEST(test_nothing_there_yet)
{
	struct outbox *o;
	struct complaint c = {""};

	ck_assert_int_eq(outbox_open(&o, dir, &c), -ENOENT);
	ck_assert_ptr_null(o);
	ck_assert_ptr_nonnull(strstr(c.text, dir));
}
END_TEST

START_TEST(test_rows_come_in_order_and_only_when_committed)
{
	struct alerts *a = open_alerts();
	struct outbox *o = open_outbox();
	struct outbox_row rows[8];

	ck_assert_uint_eq(outbox_last_seq(o), 0);
	raise_many(a, 0, 20);
	ck_assert_int_eq(outbox_read(o, 0, rows, 8), 0);
	ck_assert_int_gt(alerts_commit(a, 1, true), 0);
	ck_assert_int_eq(outbox_read(o, 0, rows, 8), 8);
	int64_t ms = 0;
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_uint_eq(rows[i].seq, i + 1);
		ck_assert_int_ge(rows[i].ms, ms);
		ms = rows[i].ms;
		ck_assert_uint_eq(strlen(rows[i].json), rows[i].len);
		ck_assert_ptr_null(strchr(rows[i].json, '\n'));
	}
	ck_assert_int_eq(outbox_read(o, 18, rows, 8), 2);
	ck_assert_int_eq(outbox_read(o, 20, rows, 8), 0);
	ck_assert_uint_eq(outbox_last_seq(o), 20);
	outbox_close(o);
	alerts_close(a);
}
END_TEST

START_TEST(test_numbers_go_on_after_reopening)
{
	struct outbox_row rows[4];

	for (unsigned round = 0; round < 4; round++) {
		struct alerts *a = open_alerts();
		raise_many(a, round, 1);
		alerts_close(a);
	}
	struct outbox *o = open_outbox();
	ck_assert_int_eq(outbox_read(o, 0, rows, 4), 4);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(rows[i].seq, i + 1);
	outbox_close(o);
}
END_TEST

START_TEST(test_positions)
{
	alerts_close(open_alerts());
	struct outbox *o = open_outbox();

	ck_assert_uint_eq(outbox_position(o, "redis"), 0);
	ck_assert_int_eq(outbox_set_position(o, "redis", 7), 0);
	ck_assert_int_eq(outbox_set_position(o, "syslog:[fd00::1]:514", 3), 0);
	ck_assert_int_eq(outbox_set_position(o, "redis", 9), 0);
	outbox_close(o);
	o = open_outbox();
	ck_assert_uint_eq(outbox_position(o, "redis"), 9);
	ck_assert_uint_eq(outbox_position(o, "syslog:[fd00::1]:514"), 3);
	ck_assert_uint_eq(outbox_position(o, "eve"), 0);
	outbox_close(o);
}
END_TEST

START_TEST(test_seek_id)
{
	struct alerts *a = open_alerts();
	struct outbox_row rows[40];
	uint64_t after;

	struct outbox *o = open_outbox();
	ck_assert_int_eq(outbox_seek_id(o, 5, 5, &after), 0);
	ck_assert_uint_eq(after, 0);
	for (unsigned i = 0; i < 10; i++) {
		raise_many(a, i * 4, 4);
		ck_assert_int_gt(alerts_commit(a, i + 1, true), 0);
		usleep(2000);
	}
	int n = outbox_read(o, 0, rows, 40);
	ck_assert_int_eq(n, 40);
	for (int i = 0; i < n; i++) {
		uint64_t ms = (uint64_t)rows[i].ms, seq = rows[i].seq;
		ck_assert_int_eq(outbox_seek_id(o, ms, seq, &after), 0);
		ck_assert_msg(after == seq, "the id of row %d resumes at %d", i + 1, (int)after);
		/* ids between rows, as another writer's would be */
		ck_assert_int_eq(outbox_seek_id(o, ms, 0, &after), 0);
		uint64_t first = seq;
		while (first > 1 && rows[first - 2].ms == rows[i].ms)
			first--;
		ck_assert_uint_eq(after, first - 1);
	}
	ck_assert_int_eq(outbox_seek_id(o, 0, 0, &after), 0);
	ck_assert_uint_eq(after, 0);
	ck_assert_int_eq(outbox_seek_id(o, UINT64_MAX, 1, &after), 0);
	ck_assert_uint_eq(after, 40);
	outbox_close(o);
	alerts_close(a);
}
END_TEST

/* ---- retention */

/* Rows that are there, by number. */
static unsigned numbers(struct outbox *o, uint64_t *seqs, unsigned max)
{
	struct outbox_row rows[64];
	unsigned n = 0;
	int got;

	while ((got = outbox_read(o, n ? seqs[n - 1] : 0, rows, 64)) > 0) {
		for (int i = 0; i < got && n < max; i++)
			seqs[n++] = rows[i].seq;
	}
	return n;
}

static void commit_one_by_one(struct alerts *a, unsigned from, unsigned n)
{
	for (unsigned i = from; i < from + n; i++) {
		raise_many(a, i, 1);
		ck_assert_int_gt(alerts_commit(a, i + 1, true), 0);
	}
}

START_TEST(test_retention_by_size)
{
	struct alerts *a = open_alerts();
	struct outbox *o = open_outbox();
	struct outbox_extent e;
	uint64_t seqs[200];

	commit_one_by_one(a, 0, 10);
	outbox_extent(o, &e);
	ck_assert_uint_gt(e.bytes, 0);
	uint64_t each = e.bytes / 10;
	alerts_set_outbox(a, &(struct outbox_limits){.bytes = each * 20 + each / 2});
	ck_assert_int_eq(outbox_set_position(o, "slow", 5), 0);
	commit_one_by_one(a, 10, 60);
	/* of 70 rows the slow one has five; of the others twice what is kept stays, the newest */
	unsigned n = numbers(o, seqs, 200);
	ck_assert_uint_ge(n, 39);
	ck_assert_uint_le(n, 42);
	ck_assert_uint_eq(seqs[n - 1], 70);
	ck_assert_uint_eq(seqs[0], 70 - n + 1);
	struct alerts_counters c = alerts_count(a);
	ck_assert_uint_eq(c.trimmed_told, 5);
	ck_assert_uint_eq(c.trimmed_untold, 65 - n);
	ck_assert_uint_eq(c.kept_rows, n);
	ck_assert(c.outbox_full > 0.9 && c.outbox_full <= 1.0);
	uint64_t bytes = c.kept_bytes;
	alerts_close(a);
	a = open_alerts(); /* the size is known again without reading all of it */
	ck_assert_uint_eq(alerts_count(a).kept_bytes, bytes);
	ck_assert_int_eq(outbox_set_position(o, "slow", 70), 0);
	alerts_set_outbox(a, &(struct outbox_limits){.bytes = each * 20 + each / 2});
	commit_one_by_one(a, 70, 1);
	n = numbers(o, seqs, 200);
	ck_assert_uint_ge(n, 19);
	ck_assert_uint_le(n, 21);
	outbox_close(o);
	alerts_close(a);
}
END_TEST

START_TEST(test_retention_by_age)
{
	struct alerts *a = open_alerts();
	struct outbox *o = open_outbox();
	uint64_t seqs[100];

	alerts_set_outbox(a, &(struct outbox_limits){.age_ms = 60});
	ck_assert_int_eq(outbox_set_position(o, "slow", 0), 0);
	commit_one_by_one(a, 0, 10); /* however long that takes, the sink lacks them all */
	ck_assert_int_eq(outbox_set_position(o, "slow", 4), 0);
	usleep(80000);
	commit_one_by_one(a, 10, 1);
	/* what is old goes, but nothing that a sink lacks */
	ck_assert_uint_eq(numbers(o, seqs, 100), 7);
	ck_assert_uint_eq(seqs[0], 5);
	ck_assert_int_eq(outbox_set_position(o, "slow", 11), 0);
	commit_one_by_one(a, 11, 1);
	ck_assert_uint_le(numbers(o, seqs, 100), 2);
	ck_assert_uint_eq(alerts_count(a).trimmed_untold, 0);
	outbox_close(o);
	alerts_close(a);
}
END_TEST

START_TEST(test_the_least_important_goes_first_where_asked)
{
	struct alerts *a = open_alerts();
	struct outbox *o = open_outbox();
	struct outbox_row rows[64];
	uint64_t seqs[100], after;

	alerts_set_outbox(a, &(struct outbox_limits){.rows = 10, .least_first = true});
	ck_assert_int_eq(outbox_set_position(o, "slow", 0), 0);
	for (unsigned i = 0; i < 40; i++) {
		struct test_finding t;
		test_finding(&t, i, i * NS_PER_MS);
		t.f.level = i % 4 == 0 ? LEVEL_CRITICAL : i % 4 == 1 ? LEVEL_HIGH : LEVEL_LOW;
		alerts_take(a, &t.f);
		ck_assert_int_gt(alerts_commit(a, i + 1, true), 0);
	}
	/* ten critical and ten high are all that there is room for */
	unsigned n = numbers(o, seqs, 100);
	ck_assert_uint_eq(n, 20);
	for (unsigned i = 0; i < n; i++)
		ck_assert_msg(seqs[i] % 4 == 1 || seqs[i] % 4 == 2, "entry %u is there", (unsigned)seqs[i]);
	ck_assert_uint_eq(alerts_count(a).trimmed_untold, 20);
	/* holes are no obstacle to an id */
	ck_assert_int_eq(outbox_read(o, 0, rows, 64), 20);
	for (unsigned i = 0; i < n; i++) {
		ck_assert_int_eq(outbox_seek_id(o, (uint64_t)rows[i].ms, rows[i].seq, &after), 0);
		ck_assert_uint_ge(after, rows[i].seq);
		ck_assert_uint_eq(outbox_waiting(o, after), n - i - 1);
	}
	outbox_close(o);
	alerts_close(a);
}
END_TEST

START_TEST(test_nothing_is_kept_for_a_sink_that_is_no_more)
{
	static const char *const now[] = {"redis"};
	struct alerts *a = open_alerts();
	struct outbox *o = open_outbox();
	struct outbox_sink sinks[4];
	uint64_t seqs[100];

	ck_assert_int_eq(outbox_set_position(o, "old", 3), 0);
	ck_assert_int_eq(outbox_set_sinks(o, now, 1), 0);
	alerts_set_outbox(a, &(struct outbox_limits){.rows = 10});
	commit_one_by_one(a, 0, 15);
	ck_assert_int_eq(outbox_sinks(o, sinks, 4), 2);
	ck_assert_str_eq(sinks[0].name, "redis");
	ck_assert(sinks[0].active && sinks[0].waiting == 15 && sinks[0].waits_since_ms > 0);
	ck_assert(!sinks[1].active);
	ck_assert_int_eq(outbox_set_position(o, "redis", 15), 0);
	commit_one_by_one(a, 15, 1);
	ck_assert_uint_eq(numbers(o, seqs, 100), 10);
	ck_assert_uint_eq(alerts_count(a).trimmed_untold, 0);
	ck_assert_int_eq(outbox_want(o, "old", 0), -ENOENT);
	outbox_close(o);
	alerts_close(a);
}
END_TEST

START_TEST(test_former_sinks_have_a_cap)
{
	struct alerts *a = open_alerts();
	struct outbox *o = open_outbox();
	struct outbox_sink sinks[200];
	char name[32];
	const char *const now[] = {name};

	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "syslog:tcp:%u", i);
		ck_assert_int_eq(outbox_set_sinks(o, now, 1), 0);
		ck_assert_int_eq(outbox_set_position(o, name, 1000 - i), 0);
	}
	ck_assert_int_eq(outbox_set_sinks(o, now, 1), 0);
	ck_assert_int_eq(outbox_sinks(o, sinks, 200), 65);
	ck_assert_uint_eq(outbox_position(o, "syslog:tcp:0"), 1000);
	ck_assert_uint_eq(outbox_position(o, "syslog:tcp:99"), 901);
	outbox_close(o);
	alerts_close(a);
}
END_TEST

START_TEST(test_a_sink_is_sent_back)
{
	static const char *const now[] = {"redis", "eve"};
	struct alerts *a = open_alerts();
	struct outbox *o = open_outbox(), *command = open_outbox();
	struct outbox_row row;
	uint64_t after = 77;

	ck_assert_int_eq(outbox_set_sinks(o, now, 2), 0);
	commit_one_by_one(a, 0, 10);
	ck_assert_int_eq(outbox_set_position(o, "eve", 10), 0);
	ck_assert(!outbox_take_wanted(o, "eve", &after));
	ck_assert_int_eq(outbox_want(command, "eve", 4), 0);
	/* a position that is kept meanwhile does not undo it */
	ck_assert_int_eq(outbox_set_position(o, "eve", 10), 0);
	ck_assert(!outbox_take_wanted(o, "redis", &after));
	ck_assert(outbox_take_wanted(o, "eve", &after));
	ck_assert_uint_eq(after, 4);
	ck_assert_uint_eq(outbox_position(o, "eve"), 4);
	ck_assert(!outbox_take_wanted(o, "eve", &after));

	ck_assert_int_eq(outbox_read(o, 6, &row, 1), 1);
	char id[27];
	snprintf(id, sizeof(id), "%.26s", strstr(row.json, "\"alert_id\":\"") + 12);
	ck_assert_int_eq(outbox_seek_alert(command, id, &after), 0);
	ck_assert_uint_eq(after, 6);
	ck_assert_int_eq(outbox_seek_alert(command, "01ABCDEFGHJKMNPQRSTVWXYZ00", &after), -ENOENT);
	ck_assert_int_eq(outbox_seek_time(command, 0, &after), 0);
	ck_assert_uint_eq(after, 0);
	ck_assert_int_eq(outbox_seek_time(command, INT64_MAX / 2, &after), -ENOENT);
	outbox_close(command);
	outbox_close(o);
	alerts_close(a);
}
END_TEST

/* ---- what survives damage */

static void overwrite(long from, long bytes, int with)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/alerts.db", dir);
	FILE *f = fopen(path, "r+");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, from, SEEK_SET), 0);
	for (long i = 0; i < bytes; i++)
		fputc(with, f);
	fclose(f);
}

START_TEST(test_a_damaged_database_is_set_aside_and_read_as_far_as_it_can_be)
{
	struct complaint c = {""};
	struct outbox_extent e;
	uint64_t seqs[400];
	char path[128];

	ck_assert_int_eq(alerts_make_room(dir, &c), 0); /* nothing there */
	struct alerts *a = open_alerts();
	struct outbox *o = open_outbox();
	raise_many(a, 0, 300);
	ck_assert_int_gt(alerts_commit(a, 1, true), 0);
	ck_assert_int_eq(outbox_set_position(o, "redis", 250), 0);
	outbox_close(o);
	alerts_close(a);                                /* the last one out leaves no log */
	ck_assert_int_eq(alerts_make_room(dir, &c), 0); /* sound: left alone */

	snprintf(path, sizeof(path), "%s/alerts.db", dir);
	FILE *f = fopen(path, "r");
	fseek(f, 0, SEEK_END);
	long size = ftell(f);
	fclose(f);
	if (_i == 0)
		ck_assert_int_eq(truncate(path, size - size / 8), 0);
	else if (_i == 1)
		overwrite(size / 2, 8 * 4096, 0xa5);
	else
		overwrite(0, 4096, 0);
	ck_assert_int_eq(alerts_make_room(dir, &c), 0);
	ck_assert_int_ne(access(path, F_OK), -1);
	a = open_alerts();
	o = open_outbox();
	outbox_extent(o, &e);
	unsigned n = numbers(o, seqs, 400);
	ck_assert_uint_eq(e.rows, n);
	if (_i < 2)
		ck_assert_uint_gt(n, 100); /* what is before the damage, and where it can be what is behind */
	uint64_t last = n ? seqs[n - 1] : 0;
	raise_many(a, 1000, 1);
	ck_assert_int_gt(alerts_commit(a, 1, true), 0);
	ck_assert_uint_eq(outbox_waiting(o, last), 1);
	if (outbox_position(o, "redis") == 250)
		ck_assert_uint_eq(outbox_waiting(o, 250 > last ? 250 : last), 1); /* it gets the new one */
	outbox_close(o);
	alerts_close(a);
	ck_assert_int_eq(alerts_make_room(dir, &c), 0); /* the fresh one is sound */
}
END_TEST

/* The child tells how many alerts it knows to be committed, then raises more until it is killed. */
static void raise_until_killed(int tell, bool alone)
{
	struct alerts *a;
	struct complaint c;
	unsigned n = 0;

	if (alerts_open_in(&a, dir, &sensor, alone ? SQLITE_FRESH : SQLITE_SHARED, &c) < 0)
		_exit(3);
	for (;;) {
		struct test_finding t;
		for (unsigned i = 0; i < 5; i++, n++)
			alerts_take(a, test_finding(&t, n, n * NS_PER_MS));
		if (alerts_commit(a, n, true) < 0)
			_exit(4);
		if (write(tell, &n, sizeof(n)) != sizeof(n))
			_exit(5);
	}
}

/* With the log that others read beside it, and alone (SQLITE_FRESH), when a reader finds what is half done. */
START_TEST(test_killed_at_any_moment)
{
	unsigned seen = 0;
	uint64_t rows_before = 0;

	srandom(1);
	for (int round = 0; round < 50; round++) {
		int fds[2];
		ck_assert_int_eq(pipe(fds), 0);
		pid_t child = fork();
		if (child == 0) {
			close(fds[0]);
			raise_until_killed(fds[1], _i == 1);
		}
		close(fds[1]);
		unsigned n;
		/* every second one is let come to its first commit, however slow the machine */
		if (round % 2 && read(fds[0], &n, sizeof(n)) == sizeof(n))
			seen = n > seen ? n : seen;
		usleep((useconds_t)(5000 + random() % 15000));
		kill(child, SIGKILL);
		int status;
		waitpid(child, &status, 0);
		ck_assert_msg(WIFSIGNALED(status), "round %d: the writer ended by itself: %d", round, status);
		while (read(fds[0], &n, sizeof(n)) == sizeof(n))
			seen = n > seen ? n : seen;
		close(fds[0]);

		/* everything told is there, numbered without holes, each alert once */
		struct outbox *o;
		struct complaint c = {""};
		sqlite3 *reader;
		int err = alerts_db_open(&reader, dir, ALERTS_DB_READ, &c);
		if (!err) {
			ck_assert_int_ge(alerts_db_number(reader, "SELECT max(seq) FROM outbox", 0), seen);
			sqlite3_close(reader);
			err = outbox_open(&o, dir, &c);
		}
		if (err == -ENOENT && seen == 0 && rows_before == 0)
			continue; /* killed before there was a table */
		ck_assert_msg(err == 0, "round %d: %s", round, c.text);
		uint64_t last = outbox_last_seq(o);
		ck_assert_msg(last >= seen, "round %d: %u were committed, %u are there", round, seen, (unsigned)last);
		ck_assert_uint_ge(last, rows_before);
		rows_before = last;
		outbox_close(o);
	}
	ck_assert_uint_gt(seen, 0);
	struct outbox *o = open_outbox();
	struct outbox_row rows[64];
	uint64_t after = 0;
	int n;
	char former[27] = "";
	while ((n = outbox_read(o, after, rows, 64)) > 0) {
		for (int i = 0; i < n; i++) {
			ck_assert_uint_eq(rows[i].seq, after + 1);
			after = rows[i].seq;
			const char *id = strstr(rows[i].json, "\"alert_id\":\"") + 12;
			ck_assert_msg(strncmp(former, id, 26) < 0, "alert %.26s after %s", id, former);
			memcpy(former, id, 26);
		}
	}
	ck_assert_uint_eq(after, rows_before);
	outbox_close(o);
}
END_TEST

static int64_t number_of(const char *sql)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/alerts.db", dir);
	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	int64_t n = alerts_db_number(db, sql, -1);
	sqlite3_close(db);
	return n;
}

/* What an alert says stands in one place, and a sink reads what it was first told, whatever becomes of the alert. */
START_TEST(test_a_text_is_kept_once)
{
	struct alerts *a = open_alerts();
	struct outbox *o = open_outbox();
	struct outbox_row row[4];
	struct test_finding t;
	static char first[1 << 14], worse[1 << 14];

	raise_many(a, 1, 1);
	ck_assert_int_gt(alerts_commit(a, 1, true), 0);
	ck_assert_int_eq(outbox_read(o, 0, row, 4), 1);
	ck_assert_uint_lt(row[0].len, sizeof(first));
	memcpy(first, row[0].json, row[0].len + 1);
	ck_assert_ptr_nonnull(strstr(first, "\"level\":\"high\""));
	ck_assert_int_eq(number_of("SELECT body FROM outbox"), 1);
	ck_assert_int_lt(number_of("SELECT length(json) FROM outbox"), 256);
	ck_assert_int_eq(number_of("SELECT value FROM meta WHERE key = 'outbox_bytes'"), (int64_t)row[0].len);

	/* the alert says something else from now on; told twice before it is committed */
	for (int i = 0; i < 2; i++) {
		struct finding *f = test_finding(&t, 1, (i + 1) * NS_PER_S);
		f->level = LEVEL_CRITICAL;
		alerts_take(a, f);
	}
	ck_assert_int_gt(alerts_commit(a, 2, true), 0);
	ck_assert_int_eq(outbox_read(o, 0, row, 4), 2);
	ck_assert_str_eq(row[0].json, first);
	memcpy(worse, row[1].json, row[1].len + 1);
	ck_assert_ptr_nonnull(strstr(worse, "\"level\":\"critical\""));
	ck_assert_int_eq(number_of("SELECT group_concat(body, '') FROM outbox"), 1);
	ck_assert_int_eq(number_of("SELECT count(*) FROM bodies"), 1);

	/* the alert goes, before a sink has heard of it */
	ck_assert_int_eq(alerts_set_limits(a, &(struct alerts_limits){.list = {.rows = 1}}), 0);
	raise_many(a, 5000, 1);
	ck_assert_int_gt(alerts_commit(a, 3, true), 0);
	ck_assert_int_eq(number_of("SELECT count(*) FROM alerts"), 1);
	ck_assert_int_eq(number_of("SELECT count(*) FROM bodies"), 1);
	ck_assert_int_eq(outbox_read(o, 0, row, 4), 3);
	ck_assert_str_eq(row[0].json, first);
	ck_assert_str_eq(row[1].json, worse);
	outbox_close(o);
	alerts_close(a);
}
END_TEST

START_TEST(test_a_store_of_version_4_is_brought_up)
{
	static const char back[] =
	    "UPDATE alerts SET body = (SELECT text FROM bodies WHERE no = alerts.no);"
	    "CREATE TABLE old(seq INTEGER PRIMARY KEY, ms INTEGER NOT NULL, json TEXT NOT NULL, level INTEGER NOT NULL "
	    "DEFAULT 4); INSERT INTO old SELECT seq, ms, json, level FROM told; DROP VIEW told; DROP TABLE outbox;"
	    "DROP TABLE bodies; ALTER TABLE old RENAME TO outbox; CREATE INDEX alerts_by_digest ON alerts(digest);"
	    "CREATE INDEX alerts_by_first ON alerts(first_seen, alert_id); CREATE INDEX alerts_by_last ON "
	    "alerts(last_seen); CREATE INDEX outbox_by_level ON outbox(level, seq); DROP TABLE drills; DROP TABLE "
	    "drill_alerts; DROP TABLE drill_sinks; ALTER TABLE requests DROP COLUMN title; "
	    "PRAGMA user_version = 4";
	char path[128], told[3][4096];
	struct alerts *a = open_alerts();
	struct outbox *o = open_outbox();
	struct outbox_row row[4];
	sqlite3 *db;

	raise_many(a, 1, 3);
	ck_assert_int_gt(alerts_commit(a, 1, true), 0);
	ck_assert_int_eq(outbox_read(o, 0, row, 4), 3);
	for (int i = 0; i < 3; i++)
		snprintf(told[i], sizeof(told[i]), "%s", row[i].json);
	int64_t bytes = number_of("SELECT value FROM meta WHERE key = 'outbox_bytes'");
	outbox_close(o);
	alerts_close(a);
	snprintf(path, sizeof(path), "%s/alerts.db", dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, back, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);

	a = open_alerts();
	o = open_outbox();
	ck_assert_int_eq(outbox_read(o, 0, row, 4), 3);
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(row[i].json, told[i]);
	/* found again, and counted; worse, it says something else */
	struct test_finding t;
	struct finding *f = test_finding(&t, 1, NS_PER_S);
	f->level = LEVEL_CRITICAL;
	alerts_take(a, f);
	ck_assert_int_gt(alerts_commit(a, 2, true), 0);
	ck_assert_int_eq(outbox_read(o, 0, row, 4), 4);
	ck_assert_str_eq(row[0].json, told[0]);
	ck_assert_ptr_nonnull(strstr(row[3].json, "\"change\":\"update\""));
	ck_assert_int_eq(number_of("SELECT count(*) FROM alerts"), 3);
	ck_assert_int_eq(number_of("SELECT count(*) FROM bodies"), 1);
	/* sizes of rows from before are known too */
	ck_assert_int_eq(number_of("SELECT value FROM meta WHERE key = 'outbox_bytes'"), bytes + (int64_t)row[3].len);
	alerts_set_outbox(a, &(struct outbox_limits){.rows = 1});
	raise_many(a, 9, 1);
	ck_assert_int_gt(alerts_commit(a, 3, true), 0);
	ck_assert_int_eq(outbox_read(o, 0, row, 4), 1);
	ck_assert_int_eq(number_of("SELECT value FROM meta WHERE key = 'outbox_bytes'"), (int64_t)row[0].len);
	outbox_close(o);
	alerts_close(a);
}
END_TEST

START_TEST(test_a_reader_does_not_hold_up_the_writer)
{
	struct alerts *a = open_alerts();
	struct outbox *o = open_outbox();
	struct outbox_row row;

	raise_many(a, 0, 3);
	ck_assert_int_gt(alerts_commit(a, 1, true), 0);
	ck_assert_int_eq(outbox_read(o, 0, &row, 1), 1); /* stops in the middle of the rows */
	raise_many(a, 3, 3);
	int64_t began = when_monotonic_ns();
	ck_assert_int_gt(alerts_commit(a, 2, true), 0);
	ck_assert_int_lt(when_monotonic_ns() - began, NS_PER_S);
	ck_assert_int_eq(outbox_set_position(o, "s", 1), 0);
	ck_assert_int_eq(outbox_read(o, 5, &row, 1), 1);
	outbox_close(o);
	alerts_close(a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("outbox");
	TCase *c = tcase_create("outbox");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, test_nothing_there_yet);
	tcase_add_test(c, test_rows_come_in_order_and_only_when_committed);
	tcase_add_test(c, test_numbers_go_on_after_reopening);
	tcase_add_test(c, test_positions);
	tcase_add_test(c, test_seek_id);
	tcase_add_test(c, test_retention_by_size);
	tcase_add_test(c, test_retention_by_age);
	tcase_add_test(c, test_the_least_important_goes_first_where_asked);
	tcase_add_test(c, test_nothing_is_kept_for_a_sink_that_is_no_more);
	tcase_add_test(c, test_former_sinks_have_a_cap);
	tcase_add_test(c, test_a_sink_is_sent_back);
	tcase_add_loop_test(c, test_a_damaged_database_is_set_aside_and_read_as_far_as_it_can_be, 0, 3);
	tcase_add_loop_test(c, test_killed_at_any_moment, 0, 2);
	tcase_add_test(c, test_a_text_is_kept_once);
	tcase_add_test(c, test_a_store_of_version_4_is_brought_up);
	tcase_add_test(c, test_a_reader_does_not_hold_up_the_writer);
	suite_add_tcase(s, c);
	return run_suite_apart(s);
}
