/* FTP and Telnet: logons as they are typed, split, cut and begun in the middle; that no password is told. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dissect_harness.h"
#include "login/login.h"
#include "login/shipped.h"
#include "vectors.h"

#define Q "\x01" /* the client says */
#define A "\x02" /* the server says */

/* What a gap leaves of a logon is another one: a user without a password, a password without a user. */
static const struct vector rows[] = {
    {
	.name = "FTP, let in",
	.spec = "RFC 959 4, 5.3",
	.dissector = &ftp_dissector,
	.script = A "220 plc ready\r\n" Q "USER op7\r\n" A "331 ?\r\n" Q "PASS not-to-be-seen\r\n" A "230 ok\r\n" Q
		    "QUIT\r\n",
	.expect =
	    "{'complete':true,'ftp':{'user':'op7','password_in_clear':true,'default_credential':false,'reply':230,'"
	    "banner':'plc ready '}}\n",
	.loose = true,
    },
    {
	.name = "FTP, a shipped pair, refused; lower case",
	.spec = "RFC 959 5.3",
	.dissector = &ftp_dissector,
	.script = A "220 x\r\n" Q "user admin\r\npass admin\r\n" A "331 ?\r\n530-no\r\n and\r\n530 no\r\n",
	.expect =
	    "{'complete':true,'ftp':{'user':'admin','password_in_clear':true,'default_credential':true,'reply':530,'"
	    "banner':'x '}}\n",
	.loose = true,
    },
    {
	.name = "FTP, an empty password, no answer",
	.spec = "RFC 959 5.3",
	.dissector = &ftp_dissector,
	.script = A "220 x\r\n" Q "USER op7\r\nPASS\r\n",
	.expect =
	    "{'complete':false,'ftp':{'user':'op7','password_in_clear':true,'default_credential':true,'banner':'x "
	    "'}}\n",
	.loose = true,
    },
    {
	.name = "Telnet, a user with a correction",
	.spec = "RFC 854",
	.dissector = &telnet_dissector,
	.script = A "\xff\xfd\x18\r\nswitch 7\r\nLast login: never\r\nlogin: " Q "\xff\xfb\x18o" A "o" Q "x\x7f"
		    "p7\r" A "p7\r\nPassword: " Q "not-to-be-seen\r" A "\r\n# " Q "reboot\r",
	.expect = "{'telnet':{'user':'op7','password_in_clear':true,'default_credential':false,'banner':'switch 7 Last "
		  "login: never '}}\n",
	.loose = true,
    },
    {
	.name = "Telnet, a shipped pair; a byte 255; a suboption",
	.spec = "RFC 854, 855",
	.dissector = &telnet_dissector,
	.script = A "\xff\xfa\x18login: \xff\xf0user name : " Q "adm\xff\xfc\x1fin\n" A "password>: " Q "admin\n" A
		    "login: " Q "a\xff\xff\n" A "Passwd:" Q "not-to-be-seen\n",
	.expect = "{'telnet':{'user':'a\\u00ff','password_in_clear':true,'default_credential':false}}\n",
	.loose = true,
    },
};

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
		r->bytes[r->len++] = (uint8_t)*text;
	}
}

/* With a line lost, what is left is told of. */
static const char *const from_before[] = {"user", "password_in_clear", "default_credential", "banner", NULL};

static const struct vector_table table = {
    .rows = rows,
    .n = sizeof(rows) / sizeof(rows[0]),
    .golden = "tests/golden/login",
    .hidden = "not-to",
    .from_before = from_before,
    .read = read_script,
};

START_TEST(shipped_pairs_are_known)
{
	ck_assert(shipped_pair(span_str("admin"), span_str("admin")));
	ck_assert(shipped_pair(span_str("whoever"), span_str("")));
	ck_assert(!shipped_pair(span_str("admin"), span_str("not-to-be-seen")));
	ck_assert(!shipped_pair(span_str("adminadmin"), span_str("x")));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("login");
	TCase *t = tcase_create("shipped");

	tcase_add_test(t, shipped_pairs_are_known);
	suite_add_tcase(s, t);
	suite_add_tcase(s, vectors_tcase(&table));
	return vectors_run(s);
}
