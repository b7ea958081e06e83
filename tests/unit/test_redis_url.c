#include <check.h>
#include <errno.h>
#include <string.h>

#include "run_suite.h"
#include "sinks/redis_url.h"

static const struct {
	const char *url, *host;
	unsigned port;
	const char *path, *user, *password;
	unsigned db;
	const char *label;
} good[] = {
    {"redis://h", "h", 6379, "", "", "", 0, "h:6379"},
    {"redis://h/", "h", 6379, "", "", "", 0, "h:6379"},
    {"redis://192.0.2.1:7000/3", "192.0.2.1", 7000, "", "", "", 3, "192.0.2.1:7000"},
    {"redis://[fd00::1]:6380/15", "fd00::1", 6380, "", "", "", 15, "[fd00::1]:6380"},
    {"redis://[::1]", "::1", 6379, "", "", "", 0, "[::1]:6379"},
    {"redis://:secret@h", "h", 6379, "", "", "secret", 0, "h:6379"},
    {"redis://ann:se%40cr%3Aet%2f@h:1/2", "h", 1, "", "ann", "se@cr:et/", 2, "h:1"},
    {"redis://ann:a@b@h", "h", 6379, "", "ann", "a@b", 0, "h:6379"},
    {"rediss://ann:pw@h:6380/1", "h", 6380, "", "ann", "pw", 1, "h:6380"},
    {"redis://ann@h", "h", 6379, "", "ann", "", 0, "h:6379"},
    {"redis://ann:%E7%A7%98@h", "h", 6379, "", "ann", "\xe7\xa7\x98", 0, "h:6379"},
    {"unix:///run/redis.sock", "", 6379, "/run/redis.sock", "", "", 0, "/run/redis.sock"},
    {"unix:///run/re%20dis.sock?db=7", "", 6379, "/run/re dis.sock", "", "", 7, "/run/re dis.sock"},
    {"unix://ann:pw@/run/redis.sock", "", 6379, "/run/redis.sock", "ann", "pw", 0, "/run/redis.sock"},
};

static const struct {
	const char *url, *says;
} bad[] = {
    {"", "no address of a Redis"},
    {"http://h", "no address of a Redis"},
    {"rediss://", "host is missing"},
    {"rediss:h", "no address of a Redis"},
    {"redis://", "host is missing"},
    {"redis://:secret-word@", "host is missing"},
    {"redis://h:0", "port"},
    {"redis://h:65536", "port"},
    {"redis://h:x", "port"},
    {"redis://h:", "port"},
    {"redis://[fd00::1", "bracket"},
    {"redis://[fd00::1]x", "port"},
    {"redis://h/x", "number of the database"},
    {"redis://h/1/2", "number of the database"},
    {"redis://h?db=1", "no options"},
    {"redis://u:secret-word%zz@h", "not encoded"},
    {"redis://u:secret-word%4@h", "not encoded"},
    {"redis://u:secret-word%00@h", "not encoded"},
    {"unix://run/redis.sock", "absolute"},
    {"unix://", "absolute"},
    {"unix:///", "missing"},
    {"unix:///run/redis.sock?db=x", "?db=N"},
    {"unix:///run/redis.sock?database=1", "?db=N"},
    {"unix:///a/path/that/is/longer/than/what/fits/into/the/address/structure/of/a/unix/socket/which/is/just/108/bytes/"
     "in/all",
     "107 bytes"},
};

START_TEST(test_good)
{
	struct redis_address a;
	struct complaint c = {""};
	char label[320];

	ck_assert_msg(redis_url_parse(good[_i].url, &a, &c) == 0, "%s: %s", good[_i].url, c.text);
	ck_assert_str_eq(a.host, good[_i].host);
	ck_assert_uint_eq(a.port, good[_i].port);
	ck_assert_int_eq(a.tls, strncmp(good[_i].url, "rediss", 6) == 0);
	ck_assert_str_eq(a.path, good[_i].path);
	ck_assert_str_eq(a.user, good[_i].user);
	ck_assert_str_eq(a.password, good[_i].password);
	ck_assert_uint_eq(a.db, good[_i].db);
	ck_assert_str_eq(redis_url_label(&a, label, sizeof(label)), good[_i].label);
}
END_TEST

START_TEST(test_bad)
{
	struct redis_address a;
	struct complaint c = {""};

	ck_assert_msg(redis_url_parse(bad[_i].url, &a, &c) == -EINVAL, "%s was taken", bad[_i].url);
	ck_assert_msg(strstr(c.text, bad[_i].says) != NULL, "%s: \"%s\" does not say \"%s\"", bad[_i].url, c.text,
		      bad[_i].says);
	ck_assert_msg(!strstr(c.text, "secret-word"), "the password is told: %s", c.text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("redis_url");
	TCase *c = tcase_create("urls");

	tcase_add_loop_test(c, test_good, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(c, test_bad, 0, sizeof(bad) / sizeof(bad[0]));
	suite_add_tcase(s, c);
	return run_suite(s);
}
