#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "findings.h"
#include "run_suite.h"
#include "sinks/sink.h"

enum { ROWS = 300 };

static char dir[64], path[128];
static char texts[ROWS][64];
static uint64_t kept; /* the outbox's position */

static int source_read(void *ctx, uint64_t after_seq, struct delivery *rows, int max)
{
	int n = 0;

	(void)ctx;
	for (uint64_t seq = after_seq + 1; seq <= ROWS && n < max; seq++, n++)
		rows[n] = (struct delivery){.seq = seq, .ms = 1, .json = texts[seq - 1], .len = strlen(texts[seq - 1])};
	return n;
}

static uint64_t source_position(void *ctx, const char *sink)
{
	(void)ctx;
	(void)sink;
	return kept;
}

static const struct delivery_source source = {.read = source_read, .position = source_position};

static void setup(void)
{
	snprintf(path, sizeof(path), "%s/eve.json", test_dir(dir));
	for (int i = 0; i < ROWS; i++)
		snprintf(texts[i], sizeof(texts[i]), "{\"alert_id\":\"%08d\",\"count\":%d}", i * 7919, i % 10);
	kept = 0;
}

static void teardown(void)
{
	test_dir_remove(dir);
}

static struct sink *new_sink(void)
{
	struct sink *s;
	struct complaint c = {""};

	ck_assert_msg(sink_eve_new(&s, path, &c) == 0, "%s", c.text);
	return s;
}

/* Writes rows from where the sink believes to be up to @upto. */
static void write_upto(struct sink *s, uint64_t upto)
{
	struct delivery rows[64];
	uint64_t after;
	int retry_ms = 0;

	ck_assert(s->ops->resume(s, &source, &after));
	while (after < upto) {
		int n = source_read(NULL, after, rows, upto - after < 64 ? (int)(upto - after) : 64);
		ck_assert_int_eq(s->ops->deliver(s, rows, n, &retry_ms), n);
		after += (uint64_t)n;
	}
}

static void check_file(uint64_t rows)
{
	FILE *f = fopen(path, "r");
	char line[256];
	uint64_t n = 0;

	ck_assert_ptr_nonnull(f);
	for (; fgets(line, sizeof(line), f); n++) {
		line[strcspn(line, "\n")] = '\0';
		ck_assert_msg(n < ROWS && strcmp(line, texts[n]) == 0, "line %d is %s", (int)n + 1, line);
	}
	fclose(f);
	ck_assert_uint_eq(n, rows);
}

START_TEST(test_lines)
{
	struct sink *s = new_sink();

	write_upto(s, 200);
	check_file(200);
	s->ops->close(s);
}
END_TEST

/* The file may be ahead of the position by any number of rows, and end at any byte. */
START_TEST(test_goes_on_after_a_crash_at_every_byte)
{
	struct stat st;
	struct sink *s = new_sink();

	write_upto(s, 6);
	s->ops->close(s);
	ck_assert_int_eq(stat(path, &st), 0);
	for (off_t size = 0; size <= st.st_size; size++) {
		for (kept = 0; kept <= 3; kept++) {
			uint64_t whole = 0;
			off_t at = 0;
			while (whole < 6 && at + (off_t)strlen(texts[whole]) + 1 <= size)
				at += (off_t)strlen(texts[whole++]) + 1;
			if (whole < kept)
				continue; /* a position is kept only after the sync */
			ck_assert_int_eq(truncate(path, size), 0);
			s = new_sink();
			write_upto(s, 6);
			s->ops->close(s);
			check_file(6);
		}
	}
}
END_TEST

START_TEST(test_foreign_end_is_cut_off)
{
	struct sink *s = new_sink();

	write_upto(s, 3);
	s->ops->close(s);
	FILE *f = fopen(path, "a");
	fputs("{\"half a line of nobod", f);
	fclose(f);
	kept = 3;
	s = new_sink();
	write_upto(s, 5);
	s->ops->close(s);
	check_file(5);
}
END_TEST

START_TEST(test_ahead_by_more_than_a_batch)
{
	struct sink *s = new_sink();

	write_upto(s, 290);
	s->ops->close(s);
	kept = 10;
	s = new_sink();
	write_upto(s, 300);
	s->ops->close(s);
	check_file(300);
}
END_TEST

START_TEST(test_rotation)
{
	char aside[160];
	struct sink *s = new_sink();
	struct delivery rows[64];
	int retry_ms = 0;

	write_upto(s, 5);
	snprintf(aside, sizeof(aside), "%s.1", path);
	ck_assert_int_eq(rename(path, aside), 0);
	if (_i == 0)
		s->ops->reopen(s); /* told by SIGHUP */
	else
		s->ops->deliver(s, NULL, 0, &retry_ms); /* not told: seen at the next beat */
	int n = source_read(NULL, 5, rows, 3);
	ck_assert_int_eq(s->ops->deliver(s, rows, n, &retry_ms), 3);
	s->ops->close(s);
	memmove(texts, texts + 5, sizeof(texts[0]) * 3); /* the new file begins with the sixth row */
	check_file(3);
}
END_TEST

/* A limit on file size stands in for a full disk: the write that reaches it is cut short. */
START_TEST(test_full_disk)
{
	struct rlimit old, tight;
	struct sink *s = new_sink();
	struct delivery rows[64];
	int retry_ms = 0;
	uint64_t after;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert(s->ops->resume(s, &source, &after));
	s->positioned = true;
	getrlimit(RLIMIT_FSIZE, &old);
	tight = (struct rlimit){.rlim_cur = 1000, .rlim_max = old.rlim_max};
	setrlimit(RLIMIT_FSIZE, &tight);
	int n = source_read(NULL, 0, rows, 64), done = s->ops->deliver(s, rows, n, &retry_ms);
	ck_assert_int_lt(done, 64);
	ck_assert_int_gt(done, 0);
	ck_assert_int_gt(retry_ms, 0);
	ck_assert(!s->positioned);
	setrlimit(RLIMIT_FSIZE, &old);
	kept = (uint64_t)done;
	write_upto(s, 64);
	s->ops->close(s);
	check_file(64);
}
END_TEST

START_TEST(test_no_directory)
{
	struct sink *s;
	struct complaint c = {""};

	ck_assert_int_eq(sink_eve_new(&s, "/nonexistent/eve.json", &c), -ENOENT);
	ck_assert_ptr_nonnull(strstr(c.text, "/nonexistent/eve.json"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("eve");
	TCase *c = tcase_create("eve");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, test_lines);
	tcase_add_test(c, test_goes_on_after_a_crash_at_every_byte);
	tcase_add_test(c, test_foreign_end_is_cut_off);
	tcase_add_test(c, test_ahead_by_more_than_a_batch);
	tcase_add_loop_test(c, test_rotation, 0, 2);
	tcase_add_test(c, test_full_disk);
	tcase_add_test(c, test_no_directory);
	suite_add_tcase(s, c);
	return run_suite(s);
}
