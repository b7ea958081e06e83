/* http: messages, bodies, pairing, evasions, gaps. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "dissect_harness.h"
#include "http/http.h"
#include "http/http_auth.h"
#include "http/http_frame.h"
#include "http/http_magic.h"
#include "http/http_title.h"
#include "http_vectors.h"

enum { VECTORS = sizeof(http_vectors) / sizeof(http_vectors[0]) };

static struct harness h;

static void setup(void)
{
	harness_init(&h, &http_dissector);
}

static void teardown(void)
{
	harness_deinit(&h);
}

/* Runs of text into those of the harness. */
static void read_script(struct harness_script *s, const char *text)
{
	struct harness_run *r = NULL;

	s->n = 0;
	for (; *text; text++) {
		if (*text == Q[0] || *text == A[0]) {
			if (s->n == HARNESS_RUNS_MAX)
				abort();
			r = &s->runs[s->n++];
			*r = (struct harness_run){*text == Q[0] ? DIR_REQUEST : DIR_RESPONSE, malloc(strlen(text)), 0};
			continue;
		}
		r->bytes[r->len++] = *text == Z[0] ? 0 : (uint8_t)*text;
	}
}

static void play(const char *text)
{
	struct harness_script s;

	read_script(&s, text);
	harness_play(&h, &s);
	harness_script_free(&s);
}

static void finish(void)
{
	h.out.closed = true;
	harness_finish(&h);
	h.out.closed = false;
}

static unsigned count_of(const char *needle)
{
	unsigned n = 0;

	for (const char *at = harness_lines(&h); (at = strstr(at, needle)); at++)
		n++;
	return n;
}

START_TEST(vectors)
{
	const struct http_vector *v = &http_vectors[_i];
	char *expect = harness_quotes(v->expect);

	play(v->script);
	finish();
	ck_assert_msg(strcmp(harness_lines(&h), expect) == 0, "%s (%s)\nexpected\n%sgot\n%s", v->name, v->spec, expect,
		      harness_lines(&h));
	ck_assert_msg(count_of("secret") == 0, "%s: a secret is told", v->name);
	free(expect);
}
END_TEST

/* Requests that were not seen are not counted. */
static char *without_depth(const char *text)
{
	char *copy = strdup(text);

	for (char *at = copy; (at = strstr(at, "\"trans_depth\":")); at++)
		at[strlen("\"trans_depth\":")] = '0';
	return copy;
}

/* Every whole transaction that is told must be one of those expected: bytes may be missing, but nothing is made up. */
static void nothing_made_up(const struct http_vector *v, const char *expect, const char *how, size_t at)
{
	char *lines = without_depth(harness_lines(&h)), *rest = lines, *line, *known = without_depth(expect);

	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "{\"complete\":true", 16) == 0)
			ck_assert_msg(strstr(known, line) != NULL, "%s, %s at %zu: made up\n%s", v->name, how, at,
				      line);
	}
	free(lines);
	free(known);
}

START_TEST(split_anywhere)
{
	const struct http_vector *v = &http_vectors[_i];
	char *expect = harness_quotes(v->expect);
	struct harness_script s;

	read_script(&s, v->script);
	for (unsigned run = 0; run < s.n; run++) {
		for (size_t at = 1; at < s.runs[run].len; at++) {
			harness_reset(&h);
			for (unsigned i = 0; i < s.n; i++) {
				size_t first = i == run ? at : s.runs[i].len;
				harness_wait(&h, NS_PER_MS);
				harness_stream(&h, s.runs[i].dir, s.runs[i].bytes, first);
				harness_stream(&h, s.runs[i].dir, s.runs[i].bytes + first, s.runs[i].len - first);
			}
			finish();
			ck_assert_msg(v->loose || strcmp(harness_lines(&h), expect) == 0,
				      "%s, run %u split at %zu\nexpected\n%sgot\n%s", v->name, run, at, expect,
				      harness_lines(&h));
		}
	}
	harness_script_free(&s);
	free(expect);
}
END_TEST

START_TEST(byte_by_byte)
{
	const struct http_vector *v = &http_vectors[_i];
	char *expect = harness_quotes(v->expect);
	struct harness_script s;

	read_script(&s, v->script);
	for (unsigned i = 0; i < s.n; i++) {
		harness_wait(&h, NS_PER_MS);
		for (size_t at = 0; at < s.runs[i].len; at++)
			harness_stream(&h, s.runs[i].dir, s.runs[i].bytes + at, 1);
	}
	finish();
	ck_assert_msg(v->loose || strcmp(harness_lines(&h), expect) == 0, "%s\nexpected\n%sgot\n%s", v->name, expect,
		      harness_lines(&h));
	harness_script_free(&s);
	free(expect);
}
END_TEST

/* Each run loses its end, or all from some byte on to some other, and the gap is told. */
START_TEST(cut_anywhere)
{
	const struct http_vector *v = &http_vectors[_i];
	char *expect = harness_quotes(v->expect);
	struct harness_script s;

	read_script(&s, v->script);
	for (unsigned run = 0; run < s.n; run++) {
		struct harness_run *r = &s.runs[run];
		for (size_t at = 0; at < r->len; at++) {
			for (unsigned how = 0; how < 3; how++) {
				size_t lost = how == 0 ? r->len - at : 1 + (r->len - at - 1) / (how + 1);
				harness_reset(&h);
				for (unsigned i = 0; i < s.n; i++) {
					harness_wait(&h, NS_PER_MS);
					harness_stream(&h, s.runs[i].dir, s.runs[i].bytes,
						       i == run ? at : s.runs[i].len);
					if (i != run)
						continue;
					harness_gap(&h, r->dir, lost);
					harness_stream(&h, r->dir, r->bytes + at + lost, r->len - at - lost);
				}
				finish();
				nothing_made_up(v, expect, "cut", at);
			}
		}
	}
	harness_script_free(&s);
	free(expect);
}
END_TEST

/* The capture begins in the middle of the first run. */
START_TEST(begins_anywhere)
{
	const struct http_vector *v = &http_vectors[_i];
	char *expect = harness_quotes(v->expect);
	struct harness_script s;

	read_script(&s, v->script);
	for (size_t at = 1; at < s.runs[0].len; at++) {
		harness_reset(&h);
		harness_gap(&h, s.runs[0].dir, 0);
		for (unsigned i = 0; i < s.n; i++) {
			size_t from = i == 0 ? at : 0;
			harness_wait(&h, NS_PER_MS);
			harness_stream(&h, s.runs[i].dir, s.runs[i].bytes + from, s.runs[i].len - from);
		}
		finish();
	}
	harness_script_free(&s);
	free(expect);
}
END_TEST

static void say_tests(TCase *t);

int main(int argc, char **argv)
{
	if (argc > 1) {
		FILE *f = fopen(argv[1], "rb");
		static char text[1 << 20];
		size_t n = fread(text, 1, sizeof(text) - 1, f);
		(void)n;
		fclose(f);
		setup();
		play(text);
		finish();
		fputs(harness_lines(&h), stdout);
		teardown();
		return 0;
	}
	Suite *suite = suite_create("http");
	TCase *t = tcase_create("messages");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, vectors, 0, VECTORS);
	tcase_add_loop_test(t, split_anywhere, 0, VECTORS);
	tcase_add_loop_test(t, byte_by_byte, 0, VECTORS);
	tcase_add_loop_test(t, cut_anywhere, 0, VECTORS);
	tcase_add_loop_test(t, begins_anywhere, 0, VECTORS);
	suite_add_tcase(suite, t);
	(void)say_tests;

	SRunner *r = srunner_create(suite);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
static void say_tests(TCase *t) { (void)t; }
