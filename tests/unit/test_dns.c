/* DNS: messages split, cut and begun in the middle; what is paired with what; names as they are told; what is no DNS.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "discovery/discovery.h"
#include "dissect_harness.h"
#include "dns/dns.h"
#include "ot/ot_exchange.h"
#include "vectors.h"

#define ASK    "[flags]0100 [one question]0001 0000 0000 0000 "
#define ANSWER "[flags]8180 [one question]0001 [one answer]0001 0000 0000 "
#define PLC    "[plc.example]03706C63 076578616D706C65 00 [A]0001 [IN]0001 "
#define PLC_A  "[the same]C00C [A]0001 [IN]0001 [ttl]0000003C [length]0004 C0000201 "
#define EDNS   "[option]00 0029 04D0 00000000 0000 "

#define ASKED    "'opcode':0,'rrname':'plc.example','rrtype':'A'"
#define ANSWERED "'rcode':'NOERROR','aa':false,'tc':false,'rd':true,'ra':true"
#define TOLD_A   "'answers':[{'rrname':'plc.example','rrtype':'A','ttl':60,'rdata':'192.0.2.1'}]"

static const struct vector rows[] = {
    {
	.name = "a query and its answer",
	.spec = "RFC 1035 4.1",
	.dissector = &dns_dissector,
	.script = "> 1234 " ASK PLC "< 1234 " ANSWER PLC PLC_A,
	.expect = "{'complete':true,'dns':{'id':4660," ASKED "," ANSWERED "," TOLD_A ",'rtt_us':1000}}\n",
    },
    {
	.name = "EDNS on both sides, code of twelve bits",
	.spec = "RFC 6891 6.1.3",
	.dissector = &dns_dissector,
	.script = "> 1234 0100 0001 0000 0000 0001 " PLC EDNS "< 1234 8180 0001 0000 0000 0001 " PLC
		  "00 0029 04D0 [high bits]01 00 0000 0000",
	.expect = "{'complete':true,'dns':{'id':4660," ASKED ",'rcode':'BADVERS','aa':false,'tc':false,'rd':true,'ra':"
		  "true,'rtt_us':1000}}\n",
    },
    {
	.name = "cut by the server",
	.spec = "RFC 2181 9",
	.dissector = &dns_dissector,
	.script = "> 1234 " ASK PLC "< 1234 8380 0001 0000 0000 0000 " PLC,
	.expect = "{'complete':true,'dns':{'id':4660," ASKED ",'rcode':'NOERROR','aa':false,'tc':true,'rd':true,'ra':"
		  "true,'rtt_us':1000}}\n",
    },
    {
	.name = "letters of another case",
	.spec = "RFC 4343 2",
	.dissector = &dns_dissector,
	.script = "> 1234 " ASK "03506C43 074578616D706C65 00 0001 0001 < 1234 " ANSWER PLC PLC_A,
	.expect = "{'complete':true,'dns':{'id':4660,'opcode':0,'rrname':'PlC.Example','rrtype':'A'," ANSWERED
		  "," TOLD_A ",'rtt_us':1000}}\n",
    },
    {
	.name = "no answer; the same number for another name",
	.spec = "RFC 1035 4.1.1",
	.dissector = &dns_dissector,
	.script = "> 1234 " ASK "036E6E6E 00 0001 0001 < 1234 " ANSWER PLC PLC_A,
	.expect =
	    "{'complete':false,'dns':{'id':4660," ASKED "," ANSWERED "," TOLD_A "}}\n"
	    "{'complete':false,'dns':{'id':4660,'opcode':0,'rrname':'nnn','rrtype':'A','rd':true,'waited_us':1000}}"
	    "\n",
    },
    {
	.name = "the root; a dot and a backslash within a label, bytes that are no text",
	.spec = "RFC 4343 2.1",
	.dissector = &dns_dissector,
	.script = "> 0001 " ASK "00 0002 0001 > 0002 " ASK "[a.b]03612E62 [c\\]02635C [no text]02FF07 00 001C 0001",
	.expect =
	    "{'complete':false,'dns':{'id':1,'opcode':0,'rrname':'.','rrtype':'NS','rd':true,'waited_us':1000}}\n"
	    "{'complete':false,'dns':{'id':2,'opcode':0,'rrname':'a\\\\.b.c\\\\\\\\.\\u00ff\\u0007','rrtype':'AAAA',"
	    "'rd':true,'waited_us':0}}\n",
    },
    {
	.name = "a name that goes on behind the question",
	.spec = "RFC 1035 4.1.4",
	.dissector = &dns_dissector,
	.script = "> 0001 0100 0001 0000 0000 0001 [plc.]03706C63 [goes on]C021 [A]0001 [IN]0001 "
		  "[option]00 0029 04D0 00000000 [length]0009 [example]076578616D706C65 00",
	.expect = "{'complete':false,'dns':{'id':1," ASKED ",'rd':true,'waited_us':0}}\n",
    },
    {
	.name = "two at once over TCP, answered in the other order",
	.spec = "RFC 7766 6.2.1.1",
	.dissector = &dns_tcp_dissector,
	.script = "> [length]001D 0001 " ASK PLC "[length]0015 0002 " ASK "036E6E6E 00 0001 0001 "
		  "< [length]0015 0002 [no such name]8183 0001 0000 0000 0000 036E6E6E 00 0001 0001 "
		  "[length]002D 0001 " ANSWER PLC PLC_A,
	.expect = "{'complete':true,'dns':{'id':2,'opcode':0,'rrname':'nnn','rrtype':'A','rcode':'NXDOMAIN','aa':false,"
		  "'tc':false,'rd':true,'ra':true,'rtt_us':1000}}\n"
		  "{'complete':true,'dns':{'id':1," ASKED "," ANSWERED "," TOLD_A ",'rtt_us':1000}}\n",
    },
};

/* Believed on another port only because of both sides. */
static const char *const without[] = {"other_port", NULL};

static const struct vector_table table = {
    .rows = rows,
    .n = sizeof(rows) / sizeof(rows[0]),
    .golden = "tests/golden/dns",
    .golden_without = without,
};

static struct harness h;

static void say(enum dir dir, const char *hex)
{
	size_t len;
	uint8_t *bytes = harness_hex(hex, &len);

	harness_wait(&h, NS_PER_MS);
	harness_datagram(&h, dir, bytes, len);
	free(bytes);
}

static void ask_number(unsigned number)
{
	char hex[256];

	snprintf(hex, sizeof(hex), "%04x " ASK PLC, number);
	say(DIR_REQUEST, hex);
}

START_TEST(open_queries_are_bounded)
{
	harness_init(&h, &dns_dissector);
	for (unsigned i = 0; i < 1000; i++)
		ask_number(i);
	ck_assert_uint_gt(h.events, 800);
	ck_assert_uint_eq(h.counters[0], 1000);
	ck_assert_uint_eq(h.counters[3], h.events);
	ck_assert_uint_eq(harness_count(&h, "\"complete\":false"), h.events);
	harness_finish(&h);
	ck_assert_uint_eq(h.events, 1000);
	harness_deinit(&h);
}
END_TEST

START_TEST(an_old_query_is_told_after_a_minute)
{
	harness_init(&h, &dns_dissector);
	ask_number(1);
	harness_wait(&h, 61 * NS_PER_S);
	ask_number(2);
	ck_assert_uint_eq(h.events, 1);
	ck_assert_uint_eq(harness_count(&h, "\"id\":1,"), 1);
	harness_deinit(&h);
}
END_TEST

START_TEST(rest_leaves_nothing_but_open_queries)
{
	static const uint8_t zero[OT_STATE_BYTES];

	harness_init(&h, &dns_dissector);
	ask_number(1);
	dns_dissector.rest(h.state);
	say(DIR_RESPONSE, "0001 " ANSWER PLC PLC_A);
	ck_assert_uint_eq(harness_count(&h, "\"complete\":true"), 1);
	dns_dissector.rest(h.state);
	ck_assert_mem_eq(h.state, zero, sizeof(zero));
	harness_deinit(&h);
}
END_TEST

static const struct {
	const char *what, *hex;
	enum probe over_udp, over_tcp;
} probes[] = {
    {"a query", "[length]001D 1234 " ASK PLC, PROBE_WEAK, PROBE_WEAK},
    {"an answer", "002D 1234 " ANSWER PLC PLC_A, PROBE_WEAK, PROBE_WEAK},
    {"an answer without a question, refused", "000C 1234 8185 0000 0000 0000 0000", PROBE_WEAK, PROBE_WEAK},
    {"an unknown operation", "001D 1234 7900 0001 0000 0000 0000 " PLC, PROBE_NO, PROBE_NO},
    {"a reserved bit", "001D 1234 0140 0001 0000 0000 0000 " PLC, PROBE_NO, PROBE_NO},
    {"a query with a code", "001D 1234 0103 0001 0000 0000 0000 " PLC, PROBE_NO, PROBE_NO},
    {"more answers than there is room for", "002D 1234 8180 0001 0400 0000 0000 " PLC PLC_A, PROBE_NO, PROBE_NO},
    {"nothing asked and nothing answered", "000C 1234 0100 0000 0000 0000 0000", PROBE_NO, PROBE_NO},
    {"a name that breaks off", "0016 1234 " ASK "3F 61*9", PROBE_WEAK, PROBE_NO},
    {"a length and half a head", "001D 1234 0100 0001", PROBE_NO, PROBE_MORE},
    {"a short line", "3232 30207265616479", PROBE_NO, PROBE_NO},
    {"three bytes of Telnet", "FFFD 18", PROBE_NO, PROBE_NO},
    {"text", "4745 54202F20485454502F312E310D0A0D0A", PROBE_NO, PROBE_NO},
    {"zeros", "0000 00*40", PROBE_NO, PROBE_NO},
};

START_TEST(what_could_be_dns)
{
	size_t len;
	uint8_t *bytes = harness_hex(probes[_i].hex, &len);

	ck_assert_msg(dns_tcp_dissector.probe(span_of(bytes, len), false) == probes[_i].over_tcp, "%s, TCP",
		      probes[_i].what);
	ck_assert_msg(dns_dissector.probe(span_of(bytes + 2, len - 2), false) == probes[_i].over_udp, "%s, UDP",
		      probes[_i].what);
	free(bytes);
}
END_TEST

static const struct {
	const char *what, *hex, *reason;
} malformed[] = {
    {"half a head", "1234 0100 0001", "truncated_pdu"},
    {"a name that leads to itself", "1234 " ASK "C00C 0001 0001", "question_invalid"},
    {"two names that lead to one another", "1234 " ASK "C00E C00C 0001 0001", "question_invalid"},
    {"a name that leads out of the message", "1234 " ASK "CFFF 0001 0001", "question_invalid"},
    {"a label of neither kind", "1234 " ASK "40 00 0001 0001", "question_invalid"},
    {"a name of 256 bytes", "1234 " ASK "3F 61*63 3F 61*63 3F 61*63 3E 61*62 00 0001 0001", "question_invalid"},
    {"more questions than any message has", "1234 0100 0041 0000 0000 0000 " PLC, "question_invalid"},
    {"an answer that breaks off", "1234 " ANSWER PLC "C00C 0001 0001 0000003C 0004 C000", "record_invalid"},
    {"an answer whose name leads to itself", "1234 " ANSWER PLC "C00C 0005 0001 0000003C 0002 C029", "record_invalid"},
    {"fewer answers than it says", "1234 8180 0001 0002 0000 0000 " PLC PLC_A, "record_invalid"},
};

START_TEST(what_does_not_hold_together)
{
	char expect[128];

	harness_init(&h, &dns_dissector);
	say(DIR_RESPONSE, malformed[_i].hex);
	harness_finish(&h);
	snprintf(expect, sizeof(expect), "\"reason\":\"%s\"", malformed[_i].reason);
	ck_assert_msg(h.events == 1 && harness_count(&h, expect) == 1, "%s: %s", malformed[_i].what, harness_lines(&h));
	ck_assert_uint_eq(h.counters[0] + h.counters[1], 0);
	harness_deinit(&h);
}
END_TEST

/* Who asks for a thousand names is a few facts. */
START_TEST(names_are_no_part_of_a_fact)
{
	static const enum dns_field_id of_a_fact[] = {DNS_OPCODE, DNS_RRTYPE, DNS_RCODE};
	unsigned keys = 0;

	for (size_t i = 0; i < DNS_FIELDS; i++)
		keys += dns_field[i].flags & FIELD_KEY;
	for (size_t i = 0; i < sizeof(of_a_fact) / sizeof(of_a_fact[0]); i++)
		keys -= dns_field[of_a_fact[i]].flags & FIELD_KEY;
	ck_assert_uint_eq(keys, 0);
}
END_TEST

/* What is missing is no reproach, whichever dissector misses it. */
START_TEST(what_the_capture_cut)
{
	harness_init(&h, &dns_dissector);
	h.out.cut = true;
	say(DIR_RESPONSE, "1234 " ANSWER PLC "C00C 0001 0001 0000003C 0004 C000");
	ck_assert_uint_eq(h.events, 1);
	ck_assert_uint_eq(harness_count(&h, "\"type\":\"truncated_frame\",\"reason\":\"snap_length\""), 1);
	harness_deinit(&h);
	harness_init(&h, &mdns_dissector);
	say(DIR_RESPONSE, "0000 8400 0000 0001 0000 0000 03 706C63 05 6C6F");
	ck_assert_uint_eq(harness_count(&h, "\"type\":\"malformed\""), 1);
	h.out.cut = true;
	say(DIR_RESPONSE, "0000 8400 0000 0001 0000 0000 03 706C63 05 6C6F");
	ck_assert_uint_eq(harness_count(&h, "\"type\":\"truncated_frame\",\"reason\":\"snap_length\""), 1);
	harness_deinit(&h);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns");
	TCase *t = tcase_create("dns");

	tcase_add_test(t, open_queries_are_bounded);
	tcase_add_test(t, an_old_query_is_told_after_a_minute);
	tcase_add_test(t, rest_leaves_nothing_but_open_queries);
	tcase_add_test(t, names_are_no_part_of_a_fact);
	tcase_add_test(t, what_the_capture_cut);
	tcase_add_loop_test(t, what_could_be_dns, 0, sizeof(probes) / sizeof(probes[0]));
	tcase_add_loop_test(t, what_does_not_hold_together, 0, sizeof(malformed) / sizeof(malformed[0]));
	suite_add_tcase(s, t);
	suite_add_tcase(s, vectors_tcase(&table));
	return vectors_run(s);
}
