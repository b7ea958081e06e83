#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/audit.h"
#include "ledger/store.h"
#include "run_suite.h"

static char dir[64];
static char told[4096];

static void fresh(void)
{
	snprintf(dir, sizeof(dir), "/tmp/sekisho-audit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	told[0] = '\0';
}

static void gone(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void add(const char *who, const char *verb, const char *object, const char *reason, const char *details)
{
	struct complaint c = {""};
	struct audit_entry e = {.at_ns = 1700000000000000000,
				.who = who,
				.login = "tanaka",
				.verb = verb,
				.object = object,
				.reason = reason,
				.details = details};

	ck_assert_msg(audit_write(dir, &e, &c) == 0, "%s", c.text);
}

static void five_rows(void)
{
	add("田中", "register.import", "register", "年次の棚卸し", "{\"rows\":12}");
	add("suzuki", "asset.phase", "asset:A000001", "checked", "{\"from\":\"config\",\"to\":\"operate\"}");
	add("suzuki", "asset.merge", "asset:A000002", "same device", NULL);
	add(NULL, "alert.ack", "alert:x", NULL, "{}");
	add("sato", "impact.set", "impact", "board decision", "{}");
}

static sqlite3 *open_db(void)
{
	struct complaint c = {""};
	sqlite3 *db;

	ck_assert_msg(store_open(&db, dir, STORE_WRITE, &c) == 0, "%s", c.text);
	return db;
}

/* As somebody with the database's file in hands could. */
static void tamper(const char *sql)
{
	sqlite3 *db = open_db();
	int rc = store_exec(db, sql);

	ck_assert_msg(rc == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void note(void *ctx, int64_t no, int64_t to, enum audit_trouble what)
{
	static const char *const words[] = {[AUDIT_CHANGED] = "changed",
					    [AUDIT_MISSING] = "missing",
					    [AUDIT_HEAD] = "head",
					    [AUDIT_UNGUARDED] = "unguarded",
					    [AUDIT_FORKED] = "forked"};
	size_t len = strlen(told);

	(void)ctx;
	snprintf(told + len, sizeof(told) - len, "%lld-%lld %s\n", (long long)no, (long long)to, words[what]);
}

static struct audit_state verify(const char *noted)
{
	struct audit_state s;
	struct complaint c = {""};

	told[0] = '\0';
	ck_assert_msg(audit_verify(dir, noted, note, NULL, &s, &c) == 0, "%s", c.text);
	return s;
}

static void collect(void *ctx, const char *json)
{
	size_t len = strlen(told);

	(void)ctx;
	snprintf(told + len, sizeof(told) - len, "%s\n", json);
}

START_TEST(rows_are_listed_and_chained)
{
	struct complaint c = {""};
	struct audit_filter f = {.object = "asset"};

	five_rows();
	struct audit_state s = verify(NULL);
	ck_assert_str_eq(told, "");
	ck_assert_int_eq(s.rows, 5);
	ck_assert_uint_eq(s.troubles, 0);
	ck_assert_int_eq(audit_each(dir, &f, collect, NULL, &c), 0);
	ck_assert_ptr_nonnull(strstr(told,
				     "\"no\":2,\"at\":\"2023-11-14T22:13:20.000000+0000\",\"who\":\"suzuki\","
				     "\"login\":\"tanaka\",\"verb\":\"asset.phase\",\"object\":\"asset:A000001\","
				     "\"reason\":\"checked\",\"details\":{\"from\":\"config\",\"to\":\"operate\"}"));
	ck_assert_ptr_nonnull(strstr(told, "\"no\":3"));
	ck_assert_ptr_null(strstr(told, "\"no\":1,"));
	ck_assert_ptr_null(strstr(told, "\"no\":4,"));
}
END_TEST

/* The documented form, worked out with other tools: printf ... | sha256sum */
START_TEST(hash_is_the_documented_one)
{
	struct audit_state s;
	char command[512], line[80] = "";

	add("a", "b", "c", "d", "{}");
	s = verify(NULL);
	snprintf(command, sizeof(command),
		 "printf '%%064d1:1,19:1700000000000000000,1:a,6:tanaka,1:b,1:c,1:d,2:{},' 0 | sha256sum");
	FILE *p = popen(command, "r");
	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), p));
	pclose(p);
	line[AUDIT_HASH_CHARS] = '\0';
	ck_assert_str_eq(s.head, line);
}
END_TEST

START_TEST(database_refuses_changes)
{
	static const char *const refused[] = {
	    "UPDATE audit SET who = 'x' WHERE no = 2",
	    "DELETE FROM audit WHERE no = 5",
	    "DELETE FROM audit",
	    "INSERT OR REPLACE INTO audit SELECT no, at_ns, 'x', login, verb, object, reason, details, hash FROM audit "
	    "WHERE no = 2",
	    "INSERT INTO audit SELECT 99, at_ns, 'x', login, verb, object, reason, details, hash FROM audit WHERE no = "
	    "2",
	};

	five_rows();
	sqlite3 *db = open_db();
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ck_assert_msg(store_exec(db, refused[i]) == SQLITE_CONSTRAINT_TRIGGER ||
				  sqlite3_extended_errcode(db) == SQLITE_CONSTRAINT_TRIGGER,
			      "not refused: %s", refused[i]);
	sqlite3_close(db);
	ck_assert_uint_eq(verify(NULL).troubles, 0);
}
END_TEST

#define UNGUARD "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_in_order;"
#define GUARD                                                                                                          \
	"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT 1; END;"                                   \
	"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT 1; END;"                                   \
	"CREATE TRIGGER audit_in_order BEFORE INSERT ON audit BEGIN SELECT 1; END;"

static const struct {
	const char *name, *sql, *told;
} tampering[] = {
    {"a word", "UPDATE audit SET who = 'nobody' WHERE no = 2;", "2-2 changed\n"},
    {"a time", "UPDATE audit SET at_ns = at_ns + 1 WHERE no = 3;", "3-3 changed\n"},
    {"text moved between columns", "UPDATE audit SET who = 'sat', login = 'otanaka' WHERE no = 5;", "5-5 changed\n"},
    {"a row taken out", "DELETE FROM audit WHERE no = 3;", "3-3 missing\n"},
    {"the first row taken out", "DELETE FROM audit WHERE no = 1;", "1-1 missing\n"},
    {"the last rows taken out", "DELETE FROM audit WHERE no >= 4;", "4-5 missing\n"},
    {"two rows exchanged",
     "UPDATE audit SET no = 99 WHERE no = 2; UPDATE audit SET no = 2 WHERE no = 3; UPDATE audit SET no = 3 WHERE no = "
     "99;",
     "2-2 changed\n3-3 changed\n4-4 changed\n"},
    {"a row closed up",
     "DELETE FROM audit WHERE no = 3; UPDATE audit SET no = 3 WHERE no = 4; UPDATE audit SET no = 4 WHERE no = 5;",
     "3-3 changed\n4-4 changed\n5-5 missing\n"},
    {"the last row hashed anew", "UPDATE audit SET hash = replace(hash, 'a', 'b') WHERE no = 5;",
     "5-5 changed\n5-5 head\n"},
    {"the head taken back", "UPDATE audit_head SET no = 4, hash = (SELECT hash FROM audit WHERE no = 4);",
     "4-5 head\n"},
};

START_TEST(tampering_is_found)
{
	char sql[1024];

	five_rows();
	snprintf(sql, sizeof(sql), UNGUARD "%s" GUARD, tampering[_i].sql);
	tamper(sql);
	verify(NULL);
	ck_assert_msg(strcmp(told, tampering[_i].told) == 0, "%s:\n%s", tampering[_i].name, told);
}
END_TEST

START_TEST(missing_triggers_are_told)
{
	five_rows();
	tamper(UNGUARD);
	verify(NULL);
	ck_assert_str_eq(told, "0-0 unguarded\n");
}
END_TEST

/* Whoever rewrites the whole chain is still found by a head that was noted elsewhere. */
START_TEST(noted_head_finds_a_rewritten_chain)
{
	char noted[AUDIT_HASH_CHARS + 16];
	struct audit_state s;
	struct complaint c;

	five_rows();
	s = verify(NULL);
	snprintf(noted, sizeof(noted), "%lld:%s", (long long)s.rows, s.head);
	add("sato", "x", "y", NULL, NULL);
	ck_assert_uint_eq(verify(noted).troubles, 0);
	tamper(UNGUARD "DELETE FROM audit; DELETE FROM audit_head;" GUARD);
	for (int i = 0; i < 5; i++)
		add("innocent", "x", "y", NULL, NULL);
	ck_assert_uint_eq(verify(NULL).troubles, 0);
	verify(noted);
	ck_assert_str_eq(told, "5-5 forked\n");
	ck_assert_int_eq(audit_verify(dir, "5:abc", note, NULL, &s, &c), -EINVAL);
}
END_TEST

/* In the transaction of what it tells of: neither without the other. */
START_TEST(row_goes_with_its_transaction)
{
	sqlite3 *db = open_db();
	struct audit_entry e = {.who = "a", .verb = "v", .object = "o"};

	ck_assert_int_eq(audit_begin(db), SQLITE_OK);
	ck_assert_int_eq(audit_append(db, &e), SQLITE_OK);
	ck_assert_int_eq(store_exec(db, "ROLLBACK"), SQLITE_OK);
	ck_assert_int_eq(verify(NULL).rows, 0);
	ck_assert_int_eq(audit_begin(db), SQLITE_OK);
	ck_assert_int_eq(audit_append(db, &e), SQLITE_OK);
	ck_assert_int_eq(audit_append(db, &e), SQLITE_OK);
	ck_assert_int_eq(store_exec(db, "COMMIT"), SQLITE_OK);
	sqlite3_close(db);
	ck_assert_int_eq(verify(NULL).rows, 2);
	ck_assert_str_eq(told, "");
}
END_TEST

enum { WRITERS = 4, ROWS_EACH = 25 };

START_TEST(several_processes_append)
{
	pid_t pids[WRITERS];

	add("first", "v", "o", NULL, NULL);
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] == 0) {
			struct audit_entry e = {.who = "w", .verb = "v", .object = "o"};
			struct complaint c;
			for (int n = 0; n < ROWS_EACH; n++) {
				if (audit_write(dir, &e, &c) != 0)
					_exit(1);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		int status;
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(verify(NULL).rows, 1 + WRITERS * ROWS_EACH);
	ck_assert_str_eq(told, "");
}
END_TEST

enum { KILLS = 20, KILLS_MOST = 2000, LIFE_US = 5000, LIFE_SPREAD_US = 20000 };

/* A writer that is killed in the middle of its work leaves a whole chain. */
START_TEST(killed_writer_leaves_a_whole_chain)
{
	int64_t rows = 0;

	add("first", "v", "o", NULL, NULL);
	/* on a busy machine the first ones may be killed before they have written anything: later ones live longer */
	for (int i = 0; i < KILLS || (rows <= 1 && i < KILLS_MOST); i++) {
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			struct audit_entry e = {.who = "w", .verb = "v", .object = "o"};
			struct complaint c;
			for (;;) {
				if (audit_write(dir, &e, &c) != 0)
					_exit(1);
			}
		}
		usleep((useconds_t)(LIFE_US * (1 + i / KILLS) + (i * 1700) % LIFE_SPREAD_US));
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		struct audit_state s = verify(NULL);
		ck_assert_msg(s.troubles == 0, "after kill %d: %s", i, told);
		ck_assert_int_ge(s.rows, rows);
		rows = s.rows;
	}
	ck_assert_int_gt(rows, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("audit");
	TCase *t = tcase_create("audit");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, fresh, gone);
	tcase_add_test(t, rows_are_listed_and_chained);
	tcase_add_test(t, hash_is_the_documented_one);
	tcase_add_test(t, database_refuses_changes);
	tcase_add_loop_test(t, tampering_is_found, 0, sizeof(tampering) / sizeof(tampering[0]));
	tcase_add_test(t, missing_triggers_are_told);
	tcase_add_test(t, noted_head_finds_a_rewritten_chain);
	tcase_add_test(t, row_goes_with_its_transaction);
	tcase_add_test(t, several_processes_append);
	tcase_add_test(t, killed_writer_leaves_a_whole_chain);
	suite_add_tcase(suite, t);
	return run_suite_apart(suite);
}
