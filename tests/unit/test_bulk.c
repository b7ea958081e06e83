/* bulk: rows out of memory through one statement. */
#include <check.h>
#include <stdlib.h>

#include "base/bulk.h"
#include "ledger/store.h"
#include "run_suite.h"

static sqlite3 *db;
static struct bulk rows;

struct given {
	unsigned n, at;
};

/* Numbers from 0; where it is odd a text stands in place of the second, where it can be divided by three nothing. */
static bool next(struct bulk *b)
{
	struct given *g = b->ctx;

	if (g->at == g->n)
		return false;
	bulk_number(b, 0, g->at);
	if (g->at % 3 == 0)
		bulk_null(b, 1);
	else if (g->at % 2)
		bulk_text(b, 1, "odd");
	else
		bulk_number(b, 1, -(int64_t)g->at);
	g->at++;
	return true;
}

static int put(sqlite3_stmt *st, unsigned n)
{
	struct given g = {.n = n};

	rows.next = next;
	rows.ctx = &g;
	int rc = sqlite3_step(st);
	sqlite3_reset(st);
	return rc;
}

START_TEST(each_row_once_until_there_is_no_more)
{
	sqlite3_stmt *st;
	int rc = SQLITE_OK;

	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	ck_assert_int_eq(bulk_register(db, &rows), SQLITE_OK);
	ck_assert_int_eq(store_exec(db, "CREATE TABLE t(no INTEGER PRIMARY KEY, v)"), SQLITE_OK);
	ck_assert_int_eq(store_prepare(db, "INSERT OR FAIL INTO t SELECT c0, c1 FROM bulk", &st), SQLITE_OK);
	ck_assert_int_eq(put(st, 0), SQLITE_DONE);
	ck_assert_int_eq(put(st, 1000), SQLITE_DONE);
	ck_assert_int_eq(store_number(db, "SELECT count(*) FROM t", &rc), 1000);
	ck_assert_int_eq(store_number(db, "SELECT count(*) FROM t WHERE v IS NULL AND no % 3 = 0", &rc), 334);
	ck_assert_int_eq(store_number(db, "SELECT count(*) FROM t WHERE v = 'odd' AND no % 2", &rc), 333);
	ck_assert_int_eq(store_number(db, "SELECT count(*) FROM t WHERE v = -no AND no % 2 = 0", &rc), 333);
	ck_assert_int_eq(rc, SQLITE_OK);
	/* the first is there already */
	ck_assert_int_eq(put(st, 10), SQLITE_CONSTRAINT);
	ck_assert_int_eq(store_number(db, "SELECT count(*) FROM t", &rc), 1000);
	sqlite3_finalize(st);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}
END_TEST

/* A text up to its length, though more follows, and bytes among which may be NULs. */
static bool next_of_a_length(struct bulk *b)
{
	struct given *g = b->ctx;

	bulk_text_n(b, 0, "words and more", 5);
	bulk_bytes(b, 1, "a\0b", 3);
	bulk_text_n(b, 2, "", 0);
	return g->at++ < g->n;
}

START_TEST(texts_and_bytes_of_a_length)
{
	struct given g = {.n = 2};
	int rc = SQLITE_OK;
	sqlite3_stmt *st;

	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	ck_assert_int_eq(bulk_register(db, &rows), SQLITE_OK);
	ck_assert_int_eq(store_exec(db, "CREATE TABLE t(a, b, c)"), SQLITE_OK);
	ck_assert_int_eq(store_prepare(db, "INSERT INTO t SELECT c0, c1, c2 FROM bulk", &st), SQLITE_OK);
	rows.next = next_of_a_length;
	rows.ctx = &g;
	ck_assert_int_eq(sqlite3_step(st), SQLITE_DONE);
	sqlite3_finalize(st);
	ck_assert_int_eq(
	    store_number(db, "SELECT count(*) FROM t WHERE a = 'words' AND b = x'610062' AND c = '' AND c IS NOT NULL",
			 &rc),
	    2);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bulk");
	TCase *t = tcase_create("bulk");

	tcase_add_test(t, each_row_once_until_there_is_no_more);
	tcase_add_test(t, texts_and_bytes_of_a_length);
	suite_add_tcase(s, t);
	return run_suite(s);
}
