/* FTP and Telnet: logons as they are typed, split, cut and begun in the middle; that no password is told. */
#include <check.h>
#include <stdio.h>
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
	.name = "FTP, the answer was lost, a file follows",
	.spec = "RFC 959 5.4",
	.dissector = &ftp_dissector,
	.script = A "220 x\r\n" Q "USER op7\r\nPASS not-to-be-seen\r\nPASV\r\n" A
		    "227 Entering Passive Mode (10,10,1,20,195,81)\r\n226 done\r\n",
	.expect =
	    "{'complete':false,'ftp':{'user':'op7','password_in_clear':true,'default_credential':false,'banner':'x "
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

/* Between 10.10.1.10 (or fd00::10) and the server 10.10.1.20. */
static const struct {
	const char *name, *script, *agreed;
	bool v6;
} data_connections[] = {
    {"PORT", Q "PORT 10,10,1,10,195,80\r\n", "server opens 50000;", false},
    {"PORT, in lower case, more blanks", Q "port   10,10,1,10,4,0\r\n", "server opens 1024;", false},
    {"PORT of another host: a bounce", Q "PORT 10,10,1,20,195,80\r\nPORT 10,10,1,99,195,80\r\n", "", false},
    {"PORT of nobody", Q "PORT 0,0,0,0,195,80\r\n", "", false},
    {"PORT where others serve", Q "PORT 10,10,1,10,3,255\r\nPORT 10,10,1,10,0,25\r\n", "", false},
    {"PORT, malformed",
     Q "PORT 10,10,1,10,195\r\nPORT 10,10,1,10,195,\r\nPORT 10,10,1,10,256,1\r\nPORT 10,10,1,266,1,1\r\nPORT "
       "10.10.1.10.195.80\r\nPORT\r\nPORT \r\nPORT 10,10,1,10,4294967491,80\r\nPORT ,,,,,\r\n",
     "", false},
    {"PORT, said by the server", A "PORT 10,10,1,10,195,80\r\n", "", false},
    {"EPRT", Q "EPRT |1|10.10.1.10|50000|\r\n", "server opens 50000;", false},
    {"EPRT, IPv6", Q "EPRT |2|fd00::10|50000|\r\neprt !2!FD00:0::0010!50001!\r\n",
     "server opens 50000;server opens 50001;", true},
    {"EPRT of another host", Q "EPRT |2|fd00::99|50000|\r\nEPRT |1|10.10.1.10|50000|\r\nEPRT |2||50000|\r\n", "", true},
    {"EPRT, malformed",
     Q "EPRT |1|10.10.1.10|65536|\r\nEPRT |1|10.10.1.10|50000\r\nEPRT |1|10.10.1.10||\r\nEPRT "
       "|1|10.10.1|50000|\r\nEPRT |x|10.10.1.10|50000|\r\nEPRT "
       "1110.10.1.10150000111\r\nEPRT "
       "|1|10.10.1.10.10.10.10.10.10.10.10.10.10.10.10.10.10.10.10|50000|\r\nEPRT\r\nEPRT \r\nEPRT |\r\n",
     "", false},
    {"227", A "227 Entering Passive Mode (10,10,1,20,195,81)\r\n", "client opens 50001;", false},
    {"227 without parentheses", A "227 Entering Passive Mode. 10,10,1,20,195,81\r\n", "client opens 50001;", false},
    {"227 with an equals sign", A "227 Entering passive mode, =10,10,1,20,195,81\r\n", "client opens 50001;", false},
    {"227 with another number before it", A "227 mode 2, 100 of 200 (10,10,1,20,195,81).\r\n", "client opens 50001;",
     false},
    {"227 behind address translation", A "227 Entering Passive Mode (192,168,0,5,195,81)\r\n", "client opens 50001;",
     false},
    {"227 where others serve", A "227 Entering Passive Mode (10,10,1,20,1,246)\r\n", "", false},
    {"227, malformed",
     A "227 Entering Passive Mode (10,10,1,20,195)\r\n227 Entering Passive Mode (10,10,1,20,300,1)\r\n227\r\n227 "
       "\r\n227-10,10,1,20,195,81\r\n",
     "", false},
    {"227, said by the client", Q "227 Entering Passive Mode (10,10,1,20,195,81)\r\n", "", false},
    {"229", A "229 Entering Extended Passive Mode (|||50001|)\r\n", "client opens 50001;", true},
    {"229 with an address, another delimiter", A "229 x (a) (!1!10.10.1.20!50001!)\r\n", "client opens 50001;", false},
    {"229, malformed",
     A "229 Entering Extended Passive Mode (|||50001)\r\n229 (||50001|)\r\n229 (|||65536|)\r\n229 ((((\r\n229 "
       "|||50001|\r\n229 (|||1023|)\r\n229 (\r\n",
     "", false},
    {"within TLS", Q "AUTH TLS\r\n" A "234 ok\r\n" Q "PORT 10,10,1,10,195,80\r\n", "", false},
};

static char agreed_on[256];

static void note_agreed(struct emitter *out, const struct agreed *what)
{
	size_t len = strlen(agreed_on);

	(void)out;
	ck_assert_str_eq(what->app, "ftp-data");
	snprintf(agreed_on + len, sizeof(agreed_on) - len, "%s opens %u;", what->by_server ? "server" : "client",
		 what->port);
}

START_TEST(where_data_connections_are_awaited)
{
	static const char *const ips[][2] = {{"10.10.1.10", "10.10.1.20"}, {"fd00::10", "fd00::20"}};
	struct harness_script s;
	struct harness h;
	bool v6 = data_connections[_i].v6;

	read_script(&s, data_connections[_i].script);
	harness_init(&h, &ftp_dissector);
	h.out.agreed = note_agreed;
	ck_assert(ip_parse(ips[v6][0], &h.out.at.src_ip) && ip_parse(ips[v6][1], &h.out.at.dest_ip));
	agreed_on[0] = '\0';
	for (unsigned i = 0; i < s.n && h.out.hand_over == HAND_OVER_NOT; i++)
		harness_stream(&h, s.runs[i].dir, s.runs[i].bytes, s.runs[i].len);
	ck_assert_msg(strcmp(agreed_on, data_connections[_i].agreed) == 0, "%s: %s", data_connections[_i].name,
		      agreed_on);
	ck_assert_str_eq(harness_lines(&h), "");
	harness_deinit(&h);
	harness_script_free(&s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("login");
	TCase *t = tcase_create("shipped");

	tcase_add_test(t, shipped_pairs_are_known);
	tcase_add_loop_test(t, where_data_connections_are_awaited, 0,
			    (int)(sizeof(data_connections) / sizeof(data_connections[0])));
	suite_add_tcase(s, t);
	suite_add_tcase(s, vectors_tcase(&table));
	return vectors_run(s);
}
