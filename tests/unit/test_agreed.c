/* Connections that two hosts have agreed on: whose they are, once each, in time, and of nobody else. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/when.h"
#include "net/agreed.h"
#include "run_suite.h"

#define AT (100 * NS_PER_S)

static struct ip_addr ip(const char *text)
{
	struct ip_addr a;

	ck_assert(ip_parse(text, &a));
	return a;
}

/* As a session of 10.0.0.1 at the server 10.0.0.2 says it. */
static void note(struct agreed_table *t, bool by_server, uint16_t port, int64_t now_ns)
{
	struct origin of = {.src_ip = ip("10.0.0.1"), .dest_ip = ip("10.0.0.2"), .src_port = 40000, .dest_port = 21};

	agreed_note(t, &of, &(struct agreed){by_server, port, "ftp-data"}, now_ns);
}

/* What becomes of a connection that @from opens: "client:port>server:port", or "" where it is nobody's. */
static const char *claim(struct agreed_table *t, const char *from, uint16_t from_port, const char *to, uint16_t to_port,
			 int64_t at_ns, bool open)
{
	static char said[80];
	char text[2][IP_TEXT_MAX];

	for (unsigned opener = 0; opener < 2; opener++) { /* whichever stands first in the key */
		struct flow f = {.client = (uint8_t)opener, .first_ns = at_ns, .flags = FLOW_BY_SYN};
		f.key = (struct flow_key){.proto = IPPROTO_TCP};
		f.key.ip[opener] = ip(from);
		f.key.port[opener] = from_port;
		f.key.ip[!opener] = ip(to);
		f.key.port[!opener] = to_port;
		said[0] = '\0';
		agreed_claim(t, &f, open);
		if (!f.app_proto) {
			ck_assert_uint_eq(f.app_by, APP_BY_NONE);
			ck_assert_uint_eq(f.client, opener);
			ck_assert_uint_eq(f.flags, FLOW_BY_SYN);
			continue;
		}
		ck_assert_str_eq(f.app_proto, "ftp-data");
		ck_assert_uint_eq(f.app_by, f.client == opener ? APP_BY_SESSION : APP_BY_SESSION_BACK);
		ck_assert(f.flags & FLOW_SETTLED);
		snprintf(said, sizeof(said), "%s:%u>%s:%u", ip_format(&f.key.ip[f.client], text[0]),
			 f.key.port[f.client], ip_format(&f.key.ip[!f.client], text[1]), f.key.port[!f.client]);
	}
	return said;
}

START_TEST(the_client_of_the_session_stays_the_client)
{
	struct agreed_table t;

	ck_assert_int_eq(agreed_init(&t), 0);
	ck_assert_str_eq(claim(&t, "10.0.0.1", 40001, "10.0.0.2", 50000, AT, true), "");
	note(&t, false, 50000, AT);
	ck_assert_str_eq(claim(&t, "10.0.0.1", 40001, "10.0.0.2", 50000, AT, true), "10.0.0.1:40001>10.0.0.2:50000");
	note(&t, true, 40002, AT);
	ck_assert_str_eq(claim(&t, "10.0.0.2", 20, "10.0.0.1", 40002, AT, true), "10.0.0.1:40002>10.0.0.2:20");
	agreed_deinit(&t);
}
END_TEST

START_TEST(nobody_else_has_agreed)
{
	struct agreed_table t;

	ck_assert_int_eq(agreed_init(&t), 0);
	note(&t, false, 50000, AT);
	note(&t, true, 40002, AT);
	ck_assert_str_eq(claim(&t, "10.0.0.3", 40001, "10.0.0.2", 50000, AT, true), "");
	ck_assert_str_eq(claim(&t, "10.0.0.2", 40001, "10.0.0.1", 50000, AT, true), "");
	ck_assert_str_eq(claim(&t, "10.0.0.1", 40001, "10.0.0.3", 50000, AT, true), "");
	ck_assert_str_eq(claim(&t, "10.0.0.1", 40001, "10.0.0.2", 50001, AT, true), "");
	ck_assert_str_eq(claim(&t, "10.0.0.3", 20, "10.0.0.1", 40002, AT, true), "");
	ck_assert_str_eq(claim(&t, "10.0.0.1", 20, "10.0.0.2", 40002, AT, true), "");
	agreed_deinit(&t);
}
END_TEST

START_TEST(one_connection_each_time)
{
	struct agreed_table t;

	ck_assert_int_eq(agreed_init(&t), 0);
	note(&t, false, 50000, AT);
	ck_assert_str_ne(claim(&t, "10.0.0.1", 40001, "10.0.0.2", 50000, AT, false), "");
	ck_assert_str_ne(claim(&t, "10.0.0.1", 40002, "10.0.0.2", 50000, AT, true), "");
	ck_assert_str_eq(claim(&t, "10.0.0.1", 40003, "10.0.0.2", 50000, AT, true), "");
	ck_assert_str_eq(claim(&t, "10.0.0.1", 40003, "10.0.0.2", 50000, AT, false), "");
	note(&t, false, 50000, AT);
	ck_assert_str_ne(claim(&t, "10.0.0.1", 40003, "10.0.0.2", 50000, AT, true), "");
	agreed_deinit(&t);
}
END_TEST

START_TEST(in_time)
{
	struct agreed_table t;

	ck_assert_int_eq(agreed_init(&t), 0);
	note(&t, false, 50000, AT);
	ck_assert_str_eq(claim(&t, "10.0.0.1", 40001, "10.0.0.2", 50000, AT - 2 * NS_PER_S, true), "");
	ck_assert_str_eq(claim(&t, "10.0.0.1", 40001, "10.0.0.2", 50000, AT + AGREED_NS + 1, true), "");
	ck_assert_str_ne(claim(&t, "10.0.0.1", 40001, "10.0.0.2", 50000, AT - NS_PER_S / 2, false), "");
	ck_assert_str_ne(claim(&t, "10.0.0.1", 40001, "10.0.0.2", 50000, AT + AGREED_NS, true), "");
	agreed_deinit(&t);
}
END_TEST

START_TEST(what_is_no_longer_awaited_makes_room)
{
	struct agreed_table t;

	ck_assert_int_eq(agreed_init(&t), 0);
	for (unsigned i = 0; i < AGREED_MAX + 10; i++)
		note(&t, false, (uint16_t)(2000 + i), AT);
	ck_assert_uint_eq(t.rows.used, AGREED_MAX);
	ck_assert_uint_eq(t.lost, 10);
	ck_assert_str_eq(claim(&t, "10.0.0.1", 40001, "10.0.0.2", 2009, AT, true), "");
	ck_assert_str_ne(claim(&t, "10.0.0.1", 40001, "10.0.0.2", 2010, AT, true), "");
	note(&t, false, 1999, AT);
	ck_assert_uint_eq(t.lost, 10); /* the oldest had come */
	note(&t, false, 1998, AT + AGREED_NS + 1);
	ck_assert_uint_eq(t.rows.used, 1);
	ck_assert_uint_eq(t.lost, 10);
	agreed_deinit(&t);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("agreed");
	TCase *t = tcase_create("agreed");

	tcase_add_test(t, the_client_of_the_session_stays_the_client);
	tcase_add_test(t, nobody_else_has_agreed);
	tcase_add_test(t, one_connection_each_time);
	tcase_add_test(t, in_time);
	tcase_add_test(t, what_is_no_longer_awaited_makes_room);
	suite_add_tcase(s, t);
	return run_suite(s);
}
