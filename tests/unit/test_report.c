/* Reports: the time that they are of, and the document that becomes HTML, text, CSV and JSON. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "app/report/doc.h"
#include "app/report/jnsa.h"
#include "app/report/period.h"
#include "app/words.h"
#include "base/when.h"
#include "ledger/store.h"
#include "ledger/watch.h"
#include "run_suite.h"

static const int64_t now_ns = 1775001600 * NS_PER_S; /* 2026-04-01 09:00 in Japan */

static struct period period(struct period_words w)
{
	struct period p = {0};
	struct complaint c = {""};

	ck_assert_msg(period_parse(&w, PERIOD_LAST_DAY, now_ns, &p, &c) == 0, "%s", c.text);
	return p;
}

static void check_options(struct period_words w, const char *options)
{
	struct period p = period(w);
	char text[PERIOD_OPTIONS_MAX];

	ck_assert_str_eq(period_options(&p, text, sizeof(text)), options);
}

START_TEST(test_periods)
{
	check_options((struct period_words){.day = "2026-04-01"}, "--since 2026-04-01 --until 2026-04-01");
	check_options((struct period_words){.month = "2026-12"}, "--since 2026-12-01 --until 2026-12-31");
	check_options((struct period_words){.month = "2028-02"}, "--since 2028-02-01 --until 2028-02-29");
	check_options((struct period_words){.fiscal_year = "2026"}, "--since 2026-04-01 --until 2027-03-31");
	check_options((struct period_words){.since = "2026-03-01", .until = "2026-03-02"},
		      "--since 2026-03-01 --until 2026-03-02");
	check_options((struct period_words){.since = "1d"}, "--since 2026-03-31T09:00:00 --until 2026-04-01T09:00:00");
	check_options((struct period_words){0}, "--since 2026-03-31T09:00:00 --until 2026-04-01T09:00:00");
}
END_TEST

/* A day without its year is one of the report's year, and of no other. */
START_TEST(test_short_times)
{
	static const struct {
		struct period_words of;
		const char *at, *ja, *en;
	} cases[] = {{{.day = "2026-04-01"}, "2026-03-31", "3月31日 00:00", "03-31 00:00"},
		     {{.day = "2026-12-31"}, "2026-12-31", "12月31日 00:00", "12-31 00:00"},
		     {{.day = "2026-04-01"}, "2025-08-26", "2025年8月26日 00:00", "2025-08-26 00:00"},
		     {{.since = "2000-01-01"}, "2026-03-31", "2026年3月31日 00:00", "2026-03-31 00:00"},
		     {{.fiscal_year = "2026"}, "2026-05-01", "2026年5月1日 00:00", "2026-05-01 00:00"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct period p = period(cases[i].of), at = period((struct period_words){.day = cases[i].at});
		char text[PERIOD_TEXT_MAX];
		ck_assert_str_eq(period_short_time(&p, at.from_ns, true, text, sizeof(text)), cases[i].ja);
		ck_assert_str_eq(period_short_time(&p, at.from_ns, false, text, sizeof(text)), cases[i].en);
	}
}
END_TEST

START_TEST(test_periods_refused)
{
	static const struct period_words bad[] = {{.day = "2026-02-30"},
						  {.day = "2026-4"},
						  {.month = "2026-13"},
						  {.month = "2026-04-01"},
						  {.fiscal_year = "R8"},
						  {.fiscal_year = ""},
						  {.since = "yesterday"},
						  {.until = "2026-04-01"},
						  {.since = "2026-04-02", .until = "2026-04-01"},
						  {.day = "2026-04-01", .month = "2026-04"}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct period p;
		struct complaint c = {""};
		ck_assert_msg(period_parse(&bad[i], PERIOD_LAST_DAY, now_ns, &p, &c) != 0, "%zu", i);
		ck_assert_str_ne(c.text, "");
	}
}
END_TEST

START_TEST(test_eras)
{
	static const struct {
		const char *day, *words;
	} cases[] = {{"2026-04-01", "令和8年4月1日"},
		     {"2019-05-01", "令和元年5月1日"},
		     {"2019-04-30", "平成31年4月30日"},
		     {"1989-01-08", "平成元年1月8日"}};
	char text[PERIOD_TEXT_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct period p = period((struct period_words){.day = cases[i].day});
		p.era = true;
		ck_assert_str_eq(period_range(&p, true, text, sizeof(text)), cases[i].words);
		ck_assert_str_eq(period_range(&p, false, text, sizeof(text)), cases[i].day);
	}
}
END_TEST

/* ---- the document */

#define EVIL "<script>alert(1)</script>\"'&\x1b[31m\xe2\x80\xae=1+1"

static void fill(struct doc *d)
{
	doc_init(d, "test", false);
	doc_title(d, EVIL, EVIL);
	doc_heading(d, 1, EVIL);
	doc_paragraph(d, EVIL);
	doc_number(d, "n", EVIL, 12, EVIL, TONE_BAD, EVIL);
	doc_number(d, "half", "half", 0.5, "", TONE_PLAIN, "");
	doc_words(d, "w", "words", EVIL, TONE_PLAIN, "");
	doc_table(d, "t", EVIL, EVIL);
	doc_column(d, "a", EVIL, false, 20);
	doc_column(d, "b", "b", true, 0);
	doc_cell(d, EVIL);
	doc_cell_number(d, 7);
	doc_cell(d, "=2+2");
	doc_cell_number(d, 8);
	doc_left_out(d, 3);
	doc_chart(d, "c", EVIL, "");
	doc_bar(d, EVIL, 5);
	doc_bar(d, "zero", 0);
}

static char *write_as(void (*write)(const struct doc *, FILE *))
{
	struct doc d;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fill(&d);
	ck_assert(!d.short_of_memory);
	write(&d, out);
	fclose(out);
	doc_deinit(&d);
	return text;
}

static void check_harmless(const char *text)
{
	ck_assert_ptr_null(strchr(text, '\x1b'));
	ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
}

START_TEST(test_html)
{
	char *text = write_as(doc_write_html);

	check_harmless(text);
	ck_assert_ptr_null(strstr(text, "<script"));
	ck_assert_ptr_nonnull(strstr(text, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
	ck_assert_ptr_nonnull(strstr(text, "default-src 'none'"));
	ck_assert_ptr_nonnull(strstr(text, "and 3 more"));
	ck_assert_ptr_null(strstr(text, "http://"));
	free(text);
}
END_TEST

START_TEST(test_text)
{
	char *text = write_as(doc_write_text);

	check_harmless(text);
	ck_assert_ptr_nonnull(strstr(text, "half: 0.50"));
	ck_assert_ptr_nonnull(strstr(text, "and 3 more"));
	free(text);
}
END_TEST

START_TEST(test_csv)
{
	char *text = write_as(doc_write_csv);

	ck_assert_ptr_nonnull(strstr(text, "'=2+2,8\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "half,half,0.50,"));
	free(text);
}
END_TEST

static void write_json(const struct doc *d, FILE *out)
{
	ck_assert(doc_write_json(d, out));
}

START_TEST(test_json)
{
	char *text = write_as(write_json);
	json_t *o = json_loads(text, 0, NULL);

	check_harmless(text);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json_object_get(json_object_get(o, "figures"), "n"), "value")), 12);
	json_t *table = json_object_get(json_object_get(o, "tables"), "t");
	ck_assert_uint_eq(json_array_size(json_object_get(table, "rows")), 2);
	ck_assert_int_eq(json_integer_value(json_array_get(json_array_get(json_object_get(table, "rows"), 1), 1)), 8);
	ck_assert_int_eq(json_integer_value(json_object_get(table, "left_out")), 3);
	json_decref(o);
	free(text);
}
END_TEST

static char *write_named(void (*write)(const struct doc *d, FILE *out))
{
	struct doc d;
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	doc_init(&d, "test", false);
	doc_table(&d, "t", "Table", "");
	doc_column(&d, "zone", "zone", false, 0);
	doc_cell_id(&d, "Machining cell A", "cell-a", TONE_PLAIN);
	doc_cell_zone(&d, "unknown");
	doc_cell_id(&d, "word", "", TONE_BAD);
	write(&d, out);
	fclose(out);
	doc_deinit(&d);
	return text;
}

/* A cell that has a name and an id: people read the one, machines the other, be it empty. */
START_TEST(test_names_and_ids)
{
	static void (*const for_people[])(const struct doc *d, FILE *out) = {doc_write_html, doc_write_text};

	for (int i = 0; i < 2; i++) {
		char *text = write_named(for_people[i]);
		ck_assert_ptr_nonnull(strstr(text, "Machining cell A"));
		ck_assert_ptr_nonnull(strstr(text, "outside all zones"));
		ck_assert_ptr_null(strstr(text, "cell-a"));
		free(text);
	}
	char *csv = write_named(doc_write_csv), *json = write_named(write_json);
	ck_assert_ptr_nonnull(strstr(csv, "\r\ncell-a\r\nunknown\r\n\r\n"));
	ck_assert_ptr_nonnull(strstr(json, "[[\"cell-a\"],[\"unknown\"],[\"\"]]"));
	free(csv);
	free(json);
}
END_TEST

/* A line of plain text fits an e-mail, whatever it is made of. */
START_TEST(test_wrapping)
{
	static const char *const texts[] = {
	    "設備側の機器がインターネットを利用しています設備側の機器がインターネットを利用しています設備側の機器が",
	    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
	    "nobreaknobreaknobreaknobreaknobreaknobreaknobreaknobreaknobreaknobreaknobreaknobreaknobreak x"};
	struct doc d;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *text = NULL;
		size_t len, most = 0;
		FILE *out = open_memstream(&text, &len);
		doc_init(&d, "test", true);
		doc_paragraph(&d, texts[i]);
		doc_write_text(&d, out);
		fclose(out);
		doc_deinit(&d);
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			most = strlen(line) > most ? strlen(line) : most;
		ck_assert_uint_gt(most, 0);
		if (i < 2)
			ck_assert_uint_le(most, i == 0 ? 78 / 2 * 3 : 76);
		free(text);
	}
}
END_TEST

START_TEST(test_no_line_begins_with_the_end_of_a_sentence)
{
	static const char *const bad[] = {"。", "、", "」", "）", "ー", "ッ"};
	struct doc d;

	for (int fill = 30; fill < 42; fill++) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			char *text = NULL;
			char sentence[512] = "";
			size_t len;
			FILE *out = open_memstream(&text, &len);
			for (int k = 0; k < fill; k++)
				strcat(sentence, "設");
			strcat(sentence, "「備");
			strcat(sentence, bad[i]);
			strcat(sentence, "工場");
			doc_init(&d, "test", true);
			doc_paragraph(&d, sentence);
			doc_write_text(&d, out);
			fclose(out);
			doc_deinit(&d);
			for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
				line += strspn(line, " ");
				ck_assert_msg(strncmp(line, bad[i], strlen(bad[i])) != 0, "begins with %s", line);
				ck_assert_msg(strlen(line) < 3 || strcmp(line + strlen(line) - 3, "「") != 0,
					      "ends: %s", line);
			}
			free(text);
		}
	}
}
END_TEST

/* In plain text nobody sees a column's heading above a value: each is named, those that are empty too; a drawing is
 * told by its command, and the commands have a heading in each form that ends with them. */
START_TEST(test_text_names_what_it_shows)
{
	char *text = NULL;
	size_t len;
	struct doc d;
	FILE *out = open_memstream(&text, &len);

	doc_init(&d, "test", false);
	d.compact = true;
	doc_number(&d, "n", "devices", 12, "", TONE_PLAIN, "sekisho assets --count");
	doc_table(&d, "t", "Table", "");
	for (unsigned i = 0; i < 12; i++)
		doc_column(&d, "c", i == 0 ? "No." : i == 1 ? "model" : i == 2 ? "count" : "zone", i == 2, 18);
	doc_column(&d, "w", "what", false, 60);
	doc_cell(&d, "7");
	doc_cell(&d, "");
	doc_cell_number(&d, 3);
	for (unsigned i = 3; i < 12; i++)
		doc_cell(&d, "cell-a");
	doc_cell(&d, "A sentence.");
	doc_drawing(&d, "map", "sekisho map", NULL);
	doc_write_text(&d, out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "  1.  No. 7  model: -  count: 3  zone: cell-a"));
	ck_assert_ptr_nonnull(strstr(text, "\n      zone: cell-a"));
	ck_assert_ptr_nonnull(strstr(text, "\n      what: A sentence.\n"));
	ck_assert_ptr_nonnull(strstr(text, "Drawn by: sekisho map\n"));
	const char *heading = strstr(text, "Where each figure comes from");
	ck_assert_ptr_nonnull(heading);
	ck_assert_ptr_nonnull(strstr(heading, "sekisho assets --count"));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_uint_le(strlen(line), 76);
	free(text);
	doc_deinit(&d);
}
END_TEST

/* ---- when the sensor watched */

static sqlite3 *watched_db(void)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	ck_assert_int_eq(
	    store_exec(db,
		       "CREATE TABLE watch(no INTEGER PRIMARY KEY, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL,"
		       " frames INTEGER NOT NULL, lost INTEGER NOT NULL)"),
	    SQLITE_OK);
	return db;
}

static void check_row(sqlite3 *db, int no, int64_t from_s, int64_t to_s, int64_t frames, int64_t lost)
{
	char sql[256];
	int rc = SQLITE_OK;

	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM watch WHERE no = %d AND from_ns = %lld AND to_ns = %lld AND frames = %lld AND "
		 "lost = %lld",
		 no, (long long)(from_s * NS_PER_S), (long long)(to_s * NS_PER_S), (long long)frames, (long long)lost);
	ck_assert_msg(store_number(db, sql, &rc) == 1, "row %d", no);
}

START_TEST(test_watch)
{
	sqlite3 *db = watched_db();
	struct watch w = {0};
	const int64_t t0 = 1775001600;

	for (int64_t s = 0; s <= 7200; s += 10)
		watch_note(
		    &w, db,
		    &(struct watched){
			.at_ns = (t0 + s) * NS_PER_S, .frames = (uint64_t)s, .lost = (uint64_t)s / 100, .live = true});
	check_row(db, 1, t0, t0 + 3590, 3590, 35);
	watch_note(&w, db,
		   &(struct watched){
		       .at_ns = (t0 + 9000) * NS_PER_S, .frames = 8000, .lost = 80, .live = true}); /* it slept */
	check_row(db, 2, t0 + 3590, t0 + 7190, 3600, 36);
	ck_assert(!watch_is_due(&w));
	watch_note(&w, db,
		   &(struct watched){.at_ns = (t0 + 9030) * NS_PER_S, .frames = 8100, .lost = 80, .live = true});
	ck_assert(!watch_is_due(&w)); /* grew by less than a minute */
	watch_note(
	    &w, db,
	    &(struct watched){.at_ns = (t0 + 9031) * NS_PER_S, .frames = 8101, .lost = 80, .live = true, .last = true});
	ck_assert(watch_is_due(&w));
	ck_assert_int_eq(watch_write(&w, db), SQLITE_OK);
	ck_assert(!watch_is_due(&w));
	check_row(db, 4, t0 + 9000, t0 + 9031, 901, 8);
	sqlite3_close(db);
}
END_TEST

/* More than twenty years: the oldest row goes, and is counted. */
START_TEST(test_watch_has_its_limit)
{
	sqlite3 *db = watched_db();
	struct watch w = {0};
	char rows[160];
	int rc = SQLITE_OK;

	snprintf(rows, sizeof(rows), "INSERT INTO watch VALUES(1, 0, 1, 1, 0), (2, 1, 2, 1, 0), (%d, 2, 3, 1, 0)",
		 WATCH_ROWS_MAX);
	ck_assert_int_eq(store_exec(db, rows), SQLITE_OK);
	for (int64_t hour = 1; hour <= 3; hour++) /* two rows of an hour each */
		watch_note(&w, db, &(struct watched){.at_ns = hour * 50 * NS_PER_S + hour * 3600 * NS_PER_S, .frames = 5});
	watch_note(&w, db, &(struct watched){.at_ns = 4 * 3600 * NS_PER_S, .frames = 9, .last = true});
	ck_assert_int_eq(watch_write(&w, db), SQLITE_OK);
	ck_assert_uint_eq(w.removed, 1);
	ck_assert_int_eq(store_number(db, "SELECT min(no) FROM watch", &rc), 2);
	w.no = 0; /* the next row */
	ck_assert_int_eq(watch_write(&w, db), SQLITE_OK);
	ck_assert_uint_eq(w.removed, 2);
	sqlite3_close(db);
}
END_TEST

/* A replay of files: hours pass in a second. */
START_TEST(test_watch_of_files)
{
	sqlite3 *db = watched_db();
	struct watch w = {0};

	watch_note(&w, db, &(struct watched){.first_ns = 100 * NS_PER_S, .at_ns = 90000 * NS_PER_S, .frames = 50});
	watch_note(
	    &w, db,
	    &(struct watched){.first_ns = 100 * NS_PER_S, .at_ns = 190000 * NS_PER_S, .frames = 70, .last = true});
	ck_assert(watch_is_due(&w));
	ck_assert_int_eq(watch_write(&w, db), SQLITE_OK);
	check_row(db, 1, 100, 190000, 70, 0);
	sqlite3_close(db);
}
END_TEST

/* The entries in an alert's text; what a device calls itself is none. */
START_TEST(test_entries)
{
	static const struct {
		const char *body;
		unsigned set;
	} rows[] = {
	    {"{\"meti\":[\"3-2\"],\"jnsa\":[\"2\",\"7\",\"13\"],\"x\":[\"9\"]}", 1U << 1 | 1U << 6 | 1U << 12},
	    {"{\"jnsa\":[1,10]}", 1U | 1U << 9},
	    {"{\"jnsa\":[]}", 0},
	    {"{\"jnsa\":[\"0\",\"14\",\"99999999999\"]}", 0},
	    {"{\"name\":\"\\\"jnsa\\\":[\\\"5\\\"]\",\"jnsa\":[\"4\"]}", 1U << 3},
	    {"{\"jnsa\":[\"8\",\"1", 1U << 7 | 1U},
	    {"{\"jnsa\":[", 0},
	    {"", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(jnsa_of_body(rows[i].body, strlen(rows[i].body)) == rows[i].set, "%s", rows[i].body);
}
END_TEST

int main(void)
{
	setenv("TZ", "Asia/Tokyo", 1);
	words_choose("en");
	Suite *s = suite_create("report");
	TCase *t = tcase_create("all");
	tcase_add_test(t, test_periods);
	tcase_add_test(t, test_short_times);
	tcase_add_test(t, test_periods_refused);
	tcase_add_test(t, test_eras);
	tcase_add_test(t, test_html);
	tcase_add_test(t, test_text);
	tcase_add_test(t, test_csv);
	tcase_add_test(t, test_json);
	tcase_add_test(t, test_names_and_ids);
	tcase_add_test(t, test_wrapping);
	tcase_add_test(t, test_text_names_what_it_shows);
	tcase_add_test(t, test_no_line_begins_with_the_end_of_a_sentence);
	tcase_add_test(t, test_watch);
	tcase_add_test(t, test_watch_has_its_limit);
	tcase_add_test(t, test_watch_of_files);
	tcase_add_test(t, test_entries);
	suite_add_tcase(s, t);
	return run_suite(s);
}
