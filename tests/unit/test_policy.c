#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/policy.h"
#include "run_suite.h"

static const char *const yaml =
    "zones:\n"
    "  - { id: cell-a, purdue: L1, prefixes: [10.20.1.0/24] }\n"
    "  - { id: scada, purdue: L3, prefixes: [10.20.3.0/24] }\n"
    "  - { id: office, purdue: L4, prefixes: [10.20.4.0/24] }\n"
    "conduits:\n"
    "  - { from: scada, to: cell-a, protocol: modbus, class: [read, write], sources: [10.20.3.10] }\n" /* 1 */
    "  - { from: scada, to: cell-a, protocol: OPCUA, class: any, dests: [10.20.1.30] }\n"              /* 2 */
    "  - { from: cell-a, to: cell-a, protocol: modbus, class: write }\n"                               /* 3 */
    "  - { from: any, to: cell-a, protocol: icmp, class: any }\n"                                      /* 4 */
    "  - { from: office, to: internet, protocol: any, class: any }\n"                                  /* 5 */
    "  - { from: unknown, to: office, protocol: tcp, class: any }\n"                                   /* 6 */
    "  - { from: office, to: scada, protocol: smb, class: admin }\n"                                   /* 7 */
    "  - { from: internet, to: office, protocol: udp, class: any }\n"                                  /* 8 */
    "  - { from: office, to: cell-a, protocol: http, class: [read, write], times: [\"Mon-Fri 08:00-17:00\"], "
    "expires: 2026-12-31, max_hours: 4 }\n"                                                               /* 9 */
    "  - { from: cell-a, to: scada, protocol: ftp, class: any, direction: both, sources: [10.20.1.7] }\n" /* 10 */
    "  - { from: scada, to: scada, protocol: opcua, class: any, nodes: [\"ns=2;s=Recipe\", \"ns=2;i=7\", \"ns=3\"] "
    "}\n"; /* 11 */

static struct yamldoc doc;
static struct site site;

static void load(void)
{
	struct complaint c = {""};

	ck_assert_msg(yamldoc_parse(&doc, "site.yaml", yaml, strlen(yaml), &c) == 0, "%s", c.text);
	ck_assert_msg(site_load(&site, &doc, &c) == 0, "%s", c.text);
}

static void unload(void)
{
	site_free(&site);
	yamldoc_free(&doc);
}

#define NONE    CONDUIT_NONE
#define ALLOWED CONDUIT_ALLOWED
#define DENIED  CONDUIT_DENIED

static const struct {
	const char *src, *dest, *app;
	uint8_t proto;
	enum function_class class;
	bool open;
	enum conduit_verdict verdict;
	unsigned line;
} table[] = {
    /* inside a zone reading is free, the rest needs a line to itself */
    {"10.20.1.1", "10.20.1.2", "modbus", IPPROTO_TCP, CLASS_READ, false, ALLOWED, 0},
    {"10.20.1.1", "10.20.1.2", NULL, IPPROTO_TCP, CLASS_NONE, true, ALLOWED, 0},
    {"10.20.1.1", "10.20.1.2", "modbus", IPPROTO_TCP, CLASS_WRITE, false, ALLOWED, 3},
    {"10.20.1.1", "10.20.1.2", "modbus", IPPROTO_TCP, CLASS_PROGRAM, false, DENIED, 0},
    {"10.20.3.1", "10.20.3.2", "modbus", IPPROTO_TCP, CLASS_WRITE, false, DENIED, 0},
    /* across zones: class, protocol, narrowing, direction */
    {"10.20.3.10", "10.20.1.2", "modbus", IPPROTO_TCP, CLASS_READ, false, ALLOWED, 1},
    {"10.20.3.10", "10.20.1.2", "modbus", IPPROTO_TCP, CLASS_WRITE, false, ALLOWED, 1},
    {"10.20.3.10", "10.20.1.2", "modbus", IPPROTO_TCP, CLASS_PROGRAM, false, DENIED, 0},
    {"10.20.3.10", "10.20.1.2", "modbus", IPPROTO_TCP, CLASS_ADMIN, false, DENIED, 0},
    {"10.20.3.11", "10.20.1.2", "modbus", IPPROTO_TCP, CLASS_READ, false, DENIED, 0},
    {"10.20.1.2", "10.20.3.10", "modbus", IPPROTO_TCP, CLASS_READ, false, DENIED, 0},
    {"10.20.3.11", "10.20.1.30", "opcua", IPPROTO_TCP, CLASS_ADMIN, false, ALLOWED, 2},
    {"10.20.3.11", "10.20.1.31", "opcua", IPPROTO_TCP, CLASS_READ, false, DENIED, 0},
    /* a flow does nothing yet: any class of the line will do, and it may not have spoken */
    {"10.20.3.10", "10.20.1.2", "modbus", IPPROTO_TCP, CLASS_NONE, true, ALLOWED, 1},
    {"10.20.4.1", "10.20.3.1", "smb", IPPROTO_TCP, CLASS_NONE, true, ALLOWED, 7},
    {"10.20.3.10", "10.20.1.2", NULL, IPPROTO_TCP, CLASS_NONE, true, NONE, 0},
    {"10.20.3.10", "10.20.1.2", NULL, IPPROTO_TCP, CLASS_NONE, false, DENIED, 0},
    {"10.20.3.11", "10.20.1.2", NULL, IPPROTO_TCP, CLASS_NONE, true, DENIED, 0},
    {"10.20.3.10", "10.20.1.2", "http", IPPROTO_TCP, CLASS_NONE, true, DENIED, 0},
    /* protocols of IP */
    {"10.20.4.1", "10.20.1.2", NULL, IPPROTO_ICMP, CLASS_NONE, false, ALLOWED, 4},
    {"10.20.4.1", "10.20.1.2", "icmp", IPPROTO_ICMP, CLASS_NONE, false, ALLOWED, 4},
    {"10.20.4.1", "10.20.3.2", NULL, IPPROTO_ICMP, CLASS_NONE, true, DENIED, 0},
    {"192.168.7.1", "10.20.4.1", NULL, IPPROTO_TCP, CLASS_NONE, true, ALLOWED, 6},
    {"192.168.7.1", "10.20.4.1", "http", IPPROTO_TCP, CLASS_NONE, true, DENIED, 0},
    {"192.168.7.1", "10.20.4.1", NULL, IPPROTO_UDP, CLASS_NONE, true, DENIED, 0},
    /* beyond the declared zones */
    {"10.20.4.1", "93.184.215.14", "http", IPPROTO_TCP, CLASS_WRITE, false, ALLOWED, 5},
    {"10.20.1.1", "93.184.215.14", "http", IPPROTO_TCP, CLASS_NONE, true, DENIED, 0},
    {"93.184.215.14", "10.20.1.1", "modbus", IPPROTO_TCP, CLASS_READ, true, DENIED, 0},
    {"93.184.215.14", "10.20.4.1", NULL, IPPROTO_UDP, CLASS_NONE, true, ALLOWED, 8},
    {"192.168.7.1", "10.20.1.1", "modbus", IPPROTO_TCP, CLASS_READ, false, DENIED, 0},
    {"192.168.7.1", "93.184.215.14", "http", IPPROTO_TCP, CLASS_NONE, true, NONE, 0},
    {"192.168.7.1", "192.168.8.1", "modbus", IPPROTO_TCP, CLASS_WRITE, false, NONE, 0},
    /* what has no place */
    {"10.20.1.1", "224.0.0.251", "mdns", IPPROTO_UDP, CLASS_NONE, true, NONE, 0},
    {"10.20.1.1", "255.255.255.255", "dhcp", IPPROTO_UDP, CLASS_NONE, true, NONE, 0},
    {"0.0.0.0", "10.20.1.1", "dhcp", IPPROTO_UDP, CLASS_NONE, true, NONE, 0},
    {"10.20.1.1", "169.254.3.4", "http", IPPROTO_TCP, CLASS_NONE, true, NONE, 0},
    {"10.20.1.1", "fe80::1", "http", IPPROTO_TCP, CLASS_NONE, true, NONE, 0},
    {NULL, "10.20.1.1", "arp", 0, CLASS_NONE, true, NONE, 0},
};

static struct policy_end end_of(const char *text, struct ip_addr *ip)
{
	struct policy_end e = {0};

	if (!text)
		return e;
	ck_assert(ip_parse(text, ip));
	e.ip = ip;
	e.scope = ip_scope(ip);
	e.zone = site_zone(&site, NULL, ip, NULL, 0);
	return e;
}

START_TEST(verdicts)
{
	struct ip_addr src, dest;
	struct policy_question q = {
	    .src = end_of(table[_i].src, &src),
	    .dest = end_of(table[_i].dest, &dest),
	    .app_proto = table[_i].app,
	    .ip_proto = table[_i].proto,
	    .func_class = table[_i].class,
	    .still_open = table[_i].open,
	};
	struct conduit c = policy_judge(&site, &q, NULL);

	ck_assert_msg(c.verdict == table[_i].verdict && c.line == table[_i].line,
		      "row %d, %s > %s %s: expected %d line %u, got %d line %u", _i,
		      table[_i].src ? table[_i].src : "-", table[_i].dest, table[_i].app ? table[_i].app : "-",
		      (int)table[_i].verdict, table[_i].line, (int)c.verdict, c.line);
}
END_TEST

/* Why it is denied: line 9 holds Monday to Friday from eight to five (in Japan), four hours at a time, until the end of
 * 2026. */
static const struct {
	const char *app, *utc, *began;
	enum function_class class;
	enum conduit_verdict verdict;
	enum conduit_why why;
	unsigned line;
} timed[] = {
    {"http", "2026-11-27 00:00", NULL, CLASS_READ, ALLOWED, CONDUIT_WHY_NONE, 9},
    {"http", "2026-11-27 00:00", "2026-11-26 21:00", CLASS_NONE, ALLOWED, CONDUIT_WHY_NONE, 9},
    {"http", "2026-11-27 00:00", "2026-11-26 19:59", CLASS_NONE, DENIED, CONDUIT_WHY_DURATION, 9},
    {"http", "2026-11-27 09:00", NULL, CLASS_READ, DENIED, CONDUIT_WHY_WINDOW, 9},
    {"http", "2026-12-31 07:59", NULL, CLASS_READ, ALLOWED, CONDUIT_WHY_NONE, 9},
    {"http", "2027-01-01 00:00", NULL, CLASS_READ, DENIED, CONDUIT_WHY_EXPIRED, 9},
    {"http", "2026-11-27 00:00", NULL, CLASS_ADMIN, DENIED, CONDUIT_WHY_CLASS, 9},
    {"smb", "2026-11-27 00:00", NULL, CLASS_READ, DENIED, CONDUIT_WHY_NO_LINE, 0},
    /* not known yet: the line may come to allow it, unless its time is over */
    {NULL, "2026-11-27 00:00", NULL, CLASS_NONE, NONE, CONDUIT_WHY_NONE, 0},
    {NULL, "2027-01-01 00:00", NULL, CLASS_NONE, DENIED, CONDUIT_WHY_NO_LINE, 0},
};

START_TEST(times)
{
	struct ip_addr src, dest;
	struct policy_question q = {
	    .src = end_of("10.20.4.1", &src),
	    .dest = end_of("10.20.1.2", &dest),
	    .app_proto = timed[_i].app,
	    .ip_proto = IPPROTO_TCP,
	    .func_class = timed[_i].class,
	    .still_open = true,
	};
	bool depends;

	ck_assert(site_time_parse(timed[_i].utc, 0, false, &q.now_ns));
	ck_assert(!timed[_i].began || site_time_parse(timed[_i].began, 0, false, &q.began_ns));
	struct conduit c = policy_judge(&site, &q, &depends);
	unsigned line = c.verdict == ALLOWED ? c.line : c.near;
	ck_assert_msg(c.verdict == timed[_i].verdict && c.why == timed[_i].why && line == timed[_i].line,
		      "row %d: got %d why %d line %u", _i, (int)c.verdict, (int)c.why, line);
	ck_assert_int_eq(depends, !timed[_i].app || strcmp(timed[_i].app, "http") == 0);
}
END_TEST

START_TEST(both_directions)
{
	static const struct {
		const char *src, *dest;
		enum conduit_verdict verdict;
	} rows[] = {{"10.20.1.7", "10.20.3.5", ALLOWED},
		    {"10.20.3.5", "10.20.1.7", ALLOWED},
		    {"10.20.3.5", "10.20.1.8", DENIED},
		    {"10.20.1.8", "10.20.3.5", DENIED}};
	struct ip_addr src, dest;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy_question q = {.src = end_of(rows[i].src, &src),
					    .dest = end_of(rows[i].dest, &dest),
					    .app_proto = "ftp",
					    .ip_proto = IPPROTO_TCP};
		ck_assert_int_eq(policy_judge(&site, &q, NULL).verdict, rows[i].verdict);
	}
}
END_TEST

/* A line may name the OPC UA nodes that may be written and called. Fields as the record has them, in its order:
 * "name=", then text, or a number. */
static const struct {
	const char *name, *values[7];
	enum function_class class;
	unsigned line;
	enum conduit_verdict verdict;
} node_rows[] = {
    {"all of them", {"nid ns=2;s=Recipe.Speed", "nid ns=2;i=7"}, CLASS_WRITE, 11, ALLOWED},
    {"one of two", {"nid ns=2;s=Recipe.Speed", "nid ns=2;s=Alarm"}, CLASS_WRITE, 11, DENIED},
    {"shorter than it may be", {"nid ns=2;s=Rec"}, CLASS_WRITE, 11, DENIED},
    {"read", {"nid ns=2;s=Alarm"}, CLASS_READ, 11, ALLOWED},
    {"encrypted: no nodes", {"enc 1"}, CLASS_WRITE, 11, ALLOWED},
    {"encrypted and cut", {"enc 1", "cut 1"}, CLASS_WRITE, 11, ALLOWED},
    {"a line that names none", {"nid ns=2;s=Alarm"}, CLASS_WRITE, 2, ALLOWED},
    {"a number that begins alike", {"nid ns=2;i=70"}, CLASS_WRITE, 11, DENIED},
    {"a namespace that is named", {"nid ns=3;i=70"}, CLASS_WRITE, 11, ALLOWED},
    {"a namespace that begins alike", {"nid ns=30;i=70"}, CLASS_WRITE, 11, DENIED},
    {"a method", {"mid ns=2;i=7", "mno 1"}, CLASS_WRITE, 11, ALLOWED},
    {"another method", {"mid ns=2;i=8", "mno 1"}, CLASS_WRITE, 11, DENIED},
    {"more methods than are told", {"mid ns=2;i=7", "mno 33"}, CLASS_WRITE, 11, DENIED},
    {"every node is told", {"nno 2", "n 0", "nid ns=2;i=7", "n 0", "nid ns=3;s=x"}, CLASS_WRITE, 11, ALLOWED},
    {"more nodes than are told", {"nno 3", "n 0", "nid ns=2;i=7", "n 0", "nid ns=3;s=x"}, CLASS_WRITE, 11, DENIED},
    {"one of them without its id", {"nno 2", "n 0", "nid ns=2;i=7", "n 0"}, CLASS_ADMIN, 11, DENIED},
    {"a request that was cut", {"mid ns=2;i=7", "mno 1", "cut 1"}, CLASS_WRITE, 11, DENIED},
    {"added below", {"nno 1", "n 0", "par ns=2;s=Recipe"}, CLASS_ADMIN, 11, ALLOWED},
    {"added below another", {"nno 1", "n 0", "par i=85"}, CLASS_ADMIN, 11, DENIED},
    {"its id is named, its parent not", {"nno 1", "n 0", "nid ns=2;i=7", "par i=85"}, CLASS_ADMIN, 11, DENIED},
    {"a reference", {"nno 1", "r 0", "src ns=2;i=7", "dst ns=3;i=1"}, CLASS_ADMIN, 11, ALLOWED},
    {"a reference from another", {"nno 1", "r 0", "src ns=2;i=8", "dst ns=3;i=1"}, CLASS_ADMIN, 11, DENIED},
    {"a reference to another", {"nno 1", "r 0", "src ns=2;i=7", "dst ns=4;i=1"}, CLASS_ADMIN, 11, DENIED},
    {"more references than are told", {"nno 2", "r 0", "src ns=2;i=7", "dst ns=3;i=1"}, CLASS_ADMIN, 11, DENIED},
};

static const struct field_table opcua;
#define OPCUA_ROW(name, type)                                                                                          \
	{                                                                                                              \
		&opcua, name, FIELD_TYPE_##type, FIELD_KEY, NULL, "", "", NULL                                         \
	}
static const struct field_def fields[] = {
    OPCUA_ROW("nodes[].node_id", TEXT),
    OPCUA_ROW("nodes[].parent_id", TEXT),
    OPCUA_ROW("references[].source_id", TEXT),
    OPCUA_ROW("references[].target_id", TEXT),
    OPCUA_ROW("method.method_id", TEXT),
    OPCUA_ROW("nodes[]", ITEM),
    OPCUA_ROW("references[]", ITEM),
    OPCUA_ROW("node_count", UINT),
    OPCUA_ROW("method.count", UINT),
    OPCUA_ROW("request_truncated", BOOL),
    OPCUA_ROW("encrypted", BOOL),
};
static const char *const field_words[] = {"nid ", "par ", "src ", "dst ", "mid ", "n ",
					  "r ",   "nno ", "mno ", "cut ", "enc "};
static const struct field_table opcua = {"opcua", fields, sizeof(fields) / sizeof(fields[0])};

static struct event_value node_value(const char *text)
{
	struct event_value v = {0};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size_t len = strlen(field_words[i]);
		if (strncmp(text, field_words[i], len) != 0)
			continue;
		v.field = &fields[i];
		if (fields[i].type == FIELD_TYPE_TEXT) {
			v.ptr = (const uint8_t *)text + len;
			v.count = (uint32_t)strlen(text + len);
		} else {
			v.u = (uint64_t)strtoull(text + len, NULL, 10);
		}
	}
	ck_assert_ptr_nonnull(v.field);
	return v;
}

START_TEST(nodes_of_a_line)
{
	struct event_value values[7];
	struct event ev = {.table = &opcua,
			   .func_class = node_rows[_i].class,
			   .conduit = {CONDUIT_ALLOWED, .line = (uint16_t)node_rows[_i].line},
			   .values = values};

	for (unsigned i = 0; i < 7 && node_rows[_i].values[i]; i++, ev.n_values++)
		values[i] = node_value(node_rows[_i].values[i]);
	policy_check_nodes(&site, &ev);
	ck_assert_msg(ev.conduit.verdict == node_rows[_i].verdict, "%s", node_rows[_i].name);
	ck_assert_int_eq(ev.conduit.why, node_rows[_i].verdict == DENIED ? CONDUIT_WHY_NODE : CONDUIT_WHY_NONE);
	ck_assert_uint_eq(ev.conduit.near, node_rows[_i].verdict == DENIED ? 11 : 0);
}
END_TEST

START_TEST(without_zones)
{
	static const struct site empty;
	struct ip_addr src, dest;
	struct policy_question q = {
	    .src = end_of("10.20.3.10", &src), .dest = end_of("10.20.1.2", &dest), .func_class = CLASS_PROGRAM};

	q.src.zone = q.dest.zone = NULL;
	ck_assert_int_eq(policy_judge(&empty, &q, NULL).verdict, CONDUIT_NONE);
}
END_TEST

static Suite *policy_suite(void)
{
	Suite *suite = suite_create("policy");
	TCase *tc = tcase_create("policy");

	tcase_add_checked_fixture(tc, load, unload);
	tcase_add_loop_test(tc, verdicts, 0, sizeof(table) / sizeof(table[0]));
	tcase_add_loop_test(tc, times, 0, sizeof(timed) / sizeof(timed[0]));
	tcase_add_test(tc, both_directions);
	tcase_add_loop_test(tc, nodes_of_a_line, 0, sizeof(node_rows) / sizeof(node_rows[0]));
	tcase_add_test(tc, without_zones);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return run_suite(policy_suite());
}
