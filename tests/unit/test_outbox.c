#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>

#include "alert/outbox.h"
#include "findings.h"

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

/* The child tells how many alerts it knows to be committed, then raises more until it is killed. */
static void raise_until_killed(int tell)
{
	struct alerts *a;
	struct complaint c;
	unsigned n = 0;

	if (alerts_open(&a, dir, &sensor, &c) < 0)
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
			raise_until_killed(fds[1]);
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
		int err = outbox_open(&o, dir, &c);
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
	tcase_add_test(c, test_killed_at_any_moment);
	tcase_add_test(c, test_a_reader_does_not_hold_up_the_writer);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
