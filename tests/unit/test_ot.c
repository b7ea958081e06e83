/* The light dissectors of OT protocols: PDUs, pairing, framing, gaps. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "dissect_harness.h"
#include "ot/ot_exchange.h"
#include "ot/signatures.h"
#include "ot_vectors.h"

enum { VECTORS = sizeof(ot_vectors) / sizeof(ot_vectors[0]) };

static struct harness h;

static void say(enum dir dir, const uint8_t *bytes, size_t len)
{
	if (h.d->frame)
		harness_stream(&h, dir, bytes, len);
	else
		harness_datagram(&h, dir, bytes, len);
}

static void play(const char *text)
{
	struct harness_script s;

	harness_script_read(&s, text);
	for (unsigned i = 0; i < s.n; i++) {
		harness_wait(&h, NS_PER_MS);
		say(s.runs[i].dir, s.runs[i].bytes, s.runs[i].len);
	}
	harness_script_free(&s);
}

static unsigned count_of(const char *needle)
{
	return harness_count(&h, needle);
}

/* A connection is told of when it is made; without its request, a response is paired with an older one. */
static const char *const from_before[] = {"connection", "rack", "slot", "rtt_us", NULL};
static const char *const named_only[] = {"focas", "hart_ip", NULL};

static const struct vector_table table = {
    .rows = ot_vectors,
    .n = VECTORS,
    .golden = "tests/golden/ot",
    .golden_without = named_only,
    .from_before = from_before,
};

/* The first message of either side is recognised whole, and never mistaken before it is. */
START_TEST(recognised)
{
	const struct vector *v = &ot_vectors[_i];
	struct harness_script s;

	harness_script_read(&s, v->script);
	for (unsigned i = 0; i < s.n && !v->not_first; i++) {
		struct harness_run *r = &s.runs[i];
		if (i > 0 && r->dir == s.runs[i - 1].dir)
			continue;
		for (size_t at = 1; at <= r->len; at++) {
			enum probe p = v->dissector->probe(span_of(r->bytes, at), r->dir == DIR_RESPONSE);
			ck_assert_msg(p != (r->dir == DIR_RESPONSE ? PROBE_REQUEST : PROBE_RESPONSE),
				      "%s: run %u at %zu takes the wrong side", v->name, i, at);
			bool whole = v->dissector->frame || at == r->len;
			ck_assert_msg(p != PROBE_NO || !whole, "%s: run %u refused at %zu", v->name, i, at);
		}
		break;
	}
	harness_script_free(&s);
}
END_TEST

/* A datagram may end anywhere: pdu() gets what is there. */
START_TEST(shortened_pdus)
{
	const struct vector *v = &ot_vectors[_i];
	struct harness_script s;

	harness_init(&h, v->dissector);
	harness_script_read(&s, v->script);
	for (unsigned run = 0; run < s.n; run++) {
		for (size_t at = 0; at <= s.runs[run].len; at++) {
			harness_reset(&h);
			harness_datagram(&h, s.runs[run].dir, s.runs[run].bytes, at);
			harness_finish(&h);
		}
	}
	harness_script_free(&s);
	harness_deinit(&h);
}
END_TEST

#define SLMP_READ "> 5000 00 FF FF03 00 0C00 1000 0104 0000 640000 A8 0100 "
#define SLMP_DONE "< D000 00 FF FF03 00 0400 0000 0100 "

START_TEST(gap_in_answers_ends_open_requests)
{
	harness_init(&h, &slmp_dissector);
	play(SLMP_READ);
	harness_gap(&h, DIR_REQUEST, 100);
	ck_assert_str_eq(harness_lines(&h), "");
	harness_gap(&h, DIR_RESPONSE, 100);
	ck_assert_uint_eq(count_of("\"complete\":false"), 1);
	ck_assert_uint_eq(count_of("\"address\":100"), 1);
	play(SLMP_DONE);
	ck_assert_uint_eq(count_of("\"complete\":false"), 2);
	harness_finish(&h);
	ck_assert_uint_eq(h.events, 2);
	harness_deinit(&h);
}
END_TEST

START_TEST(resynchronises_behind_half_a_pdu)
{
	harness_init(&h, &slmp_dissector);
	play(SLMP_READ "< [rest of an answer]00 0012 3456 " SLMP_DONE);
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	ck_assert_uint_eq(h.not_mine, 5);
	harness_deinit(&h);
}
END_TEST

START_TEST(unanswered_after_a_minute)
{
	harness_init(&h, &slmp_dissector);
	play(SLMP_READ);
	harness_wait(&h, 61 * NS_PER_S);
	play(SLMP_READ);
	ck_assert_uint_eq(h.events, 1);
	ck_assert_uint_eq(count_of("\"waited_us\":61001000"), 1);
	harness_deinit(&h);
}
END_TEST

/* Who asks again has given up the former request; of a burst the answers come in order. */
START_TEST(newest_counts_but_of_a_burst_the_oldest)
{
	harness_init(&h, &slmp_dissector);
	play(SLMP_READ);
	harness_wait(&h, NS_PER_S);
	play("> 5000 00 FF FF03 00 0C00 1000 0104 0000 650000 A8 0100 " SLMP_DONE);
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	ck_assert_uint_eq(count_of("\"address\":101"), 1);
	harness_finish(&h);
	harness_reset(&h);
	play(SLMP_READ "> 5000 00 FF FF03 00 0C00 1000 0104 0000 650000 A8 0100 " SLMP_DONE);
	ck_assert_uint_eq(count_of("\"address\":100"), 1);
	ck_assert_uint_eq(count_of("\"address\":101"), 0);
	harness_deinit(&h);
}
END_TEST

START_TEST(log_grows_and_forgets_the_oldest)
{
	enum { SENT = 1000 };

	harness_init(&h, &slmp_dissector);
	for (unsigned i = 0; i < SENT; i++)
		play(SLMP_READ);
	ck_assert_uint_le(h.state_bytes, OT_STATE_MAX);
	ck_assert_uint_gt(h.state_bytes, OT_STATE_MAX / 2);
	ck_assert_uint_gt(h.events, 0);
	ck_assert_uint_lt(h.events, SENT);
	harness_finish(&h);
	ck_assert_uint_eq(h.events, SENT);
	harness_deinit(&h);
}
END_TEST

START_TEST(log_that_may_not_grow)
{
	harness_init(&h, &slmp_dissector);
	h.state_cap = OT_STATE_BYTES;
	for (unsigned i = 0; i < 20; i++)
		play(SLMP_READ);
	play("> 5000 00 FF FF03 00 F000 1000 0114 0000 640000 A8 0064 00*228 ");
	play(SLMP_DONE);
	harness_finish(&h);
	ck_assert_uint_eq(count_of("\"command\":\"write\""), 1);
	ck_assert_uint_eq(h.events, 22);
	harness_deinit(&h);
}
END_TEST

/* What others say is not ours, on any port. */
START_TEST(strangers)
{
	static const char *const texts[] = {
	    "474554202F20485454502F312E310D0A486F73743A20610D0A0D0A",
	    "0001 0000 0006 11 03 006B 0003",
	    "1603010200010001FC0303 00*60",
	    "00000054 FF534D42 72000000 00*60",
	    "FE534D42 4000 00*60",
	    "48454C46 20000000 00*24",
	    "[RDP]0300 002C 27E0 0000 0000 00 436F6F6B69653A206D737473686173683D61646D696E 0D0A 0100 0800 0300 0000",
	    "00*64",
	    "FF*64",
	    "5353482D322E302D4F70656E5353480D0A",
	    "[an update]1234 2800 0001 0000 0000 0000 03777777 00 0006 0001",
	    "[a query with an answer]1234 0100 0001 0001 0000 0000 03777777 00 0001 0001 C00C 0001 0001 0000003C 0004 C0A80001",
	    "[no type]1234 0100 0001 0000 0000 0000 03777777 00 0000 0001",
	    "[no class]1234 0100 0001 0000 0000 0000 03777777 00 0001 0002",
	    "[a pointer for a name]1234 0100 0001 0000 0000 0000 C00C 0001 0001",
	    "[a long label]1234 0100 0001 0000 0000 0000 40 61*64 00 0001 0001",
	    "[something behind it]1234 0100 0001 0000 0000 0000 03777777 00 0001 0001 FF",
	    "[no letters]1234 0100 0001 0000 0000 0000 03770077 00 0001 0001",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len;
		uint8_t *bytes = harness_hex(texts[i], &len);
		ck_assert_ptr_null(signatures_name_of(span_of(bytes, len), true));
		ck_assert_ptr_null(signatures_name_of(span_of(bytes, len), false));
		for (size_t d = 0; d < sizeof(ot_all) / sizeof(ot_all[0]); d++) {
			enum probe p = ot_all[d]->probe(span_of(bytes, len), false);
			ck_assert_msg(p == PROBE_NO || p == PROBE_MORE, "%s takes stranger %zu", ot_all[d]->name, i);
		}
		free(bytes);
	}
}
END_TEST

static const struct {
	const char *app;
	bool tcp;
	const char *payload;
} shapes[] = {
    {"bacnet", false, "81 0B 000C [npdu]01 20 FFFF 00 FF 10 08"},
    {"bacnet", false, "81 [forwarded]04 0012 C0A80001 BAC0 [npdu]01 20 FFFF 00 FF 10 08"},
    {"bacnet", false, "81 [register]05 0006 003C"},
    {"ccief_basic", false, "5000 00 FF FF03 00 [len]0A00 0000 [cyclic]700E 0000 0100 0000"},
    {"hart_ip", true, "01 00 [initiate]00 00 0001 [len]000D 01 00007530"},
    {"hart_ip", false, "01 00 [pass]03 00 0002 [len]000D [delimiter]02 80 00 00 [check]82"},
    {"enip_io", false, "0200 0280 0800 11223344 01000000 B100 [len]0400 0100 AABB"},
    {"fl_net", false, "4641434E [len]0000000C 00010001"},
    {"ads", true,
     "0000 [len]20000000 C0A8000101015303 C0A8000201018013 [read state]0400 0400 [len]00000000 00000000 01000000"},
    {"ads", false, "03661471 00000000 01000000 00000000"},
    {"focas", true, "A0A0A0A0 0001 [open]0101 [len]0002 0002"},
    {"toyopuc", true, "0000 [len]0500 [word read]1C 0010 0100"},
    {"toyopuc", false, "0000 [len]0600 [extended words read]94 01 0010 0200"},
    {"mqtt", true, "10 B201 0004 4D515454 04 02 003C 0002 6162"},
    {"memobus", true, "11 01 00 00 0000 [len]1600 00000000 [len]0800 20 09 10 00 0100 0100"},
    {"keyence_host_link", true, "5244 5320 444D 313030 20 3130 0D"},
    {"iec104", true, "68 04 07 000000"},
    {"iec104", true, "68 0E 0000 0000 64 01 0600 0100 000000 14 68 04 01 00 0200"},
    {"dnp3", true, "0564 05 C0 0100 0004 E921"},
    {"mqtt", true, "10 0E 0004 4D515454 04 02 003C 0002 6162"},
    {"profinet_io", false,
     "04 00 20 00 100000 00 DEA000006C9711D1827100010001002A 0100A0DE976CD111827100A02442DF7D "
     "11223344556677889900AABBCCDDEEFF "
     "00000000 01000000 00000000 0000 FFFF FFFF 0000 0000 0000"},
    {"dns", false, "1234 0100 [questions]0001 0000 0000 0000 03777777 076578616D706C65 00 0001 0001"},
    {"dns", false, "1234 0100 0001 0000 0000 [additional]0001 03777777 00 001C 0001 [option]00 0029 1000 00000000 0000"},
    {"dns", false,
     "1234 8180 0001 [answers]0002 0000 0000 03777777 00 0001 0001 C00C 0005 0001 0000003C 0004 0161 C00C "
     "C025 0001 0001 0000003C 0004 C0A80001"},
    {"dns", false, "1234 8183 0001 0000 0000 0000 [root]00 0002 0001"},
    {"vnc", true, "52464220 3030332E303038 0A"},
    {"radmin", true, "01000000 01000000 0808"},
};

/* Recognised whole, in vain when anything is missing or follows, and never over the other transport by accident. */
START_TEST(named_by_shape)
{
	size_t len;
	uint8_t *bytes = harness_hex(shapes[_i].payload, &len);
	bool open_ended = strcmp(shapes[_i].app, "dnp3") == 0 ||
			  (strcmp(shapes[_i].app, "ads") == 0 && !shapes[_i].tcp) ||
			  (strcmp(shapes[_i].app, "mqtt") == 0 && (bytes[1] & 0x80)); /* longer than what is here */
	bool in_parts = strcmp(shapes[_i].app, "iec104") == 0;
	const char *app = signatures_name_of(span_of(bytes, len), shapes[_i].tcp);

	ck_assert_msg(app && strcmp(app, shapes[_i].app) == 0, "%s is %s", shapes[_i].app, app ? app : "nobody");
	for (size_t at = 0; at < len && !open_ended && !in_parts; at++) {
		uint8_t *cut = malloc(at + 1);
		memcpy(cut, bytes, at);
		app = signatures_name_of(span_of(cut, at), shapes[_i].tcp);
		ck_assert_msg(!app, "%s cut at %zu is %s", shapes[_i].app, at, app);
		free(cut);
	}
	bytes[strcmp(shapes[_i].app, "dns") == 0 ? 5 : 0] ^= 0x55; /* which begins with any number */
	ck_assert_ptr_null(signatures_name_of(span_of(bytes, len), shapes[_i].tcp));
	free(bytes);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ot");
	TCase *pdus = tcase_create("pdus"), *flow = tcase_create("flow");

	tcase_set_timeout(pdus, 60);
	tcase_add_loop_test(pdus, recognised, 0, VECTORS);
	tcase_add_loop_test(pdus, shortened_pdus, 0, VECTORS);
	tcase_add_test(flow, gap_in_answers_ends_open_requests);
	tcase_add_test(flow, resynchronises_behind_half_a_pdu);
	tcase_add_test(flow, unanswered_after_a_minute);
	tcase_add_test(flow, newest_counts_but_of_a_burst_the_oldest);
	tcase_add_test(flow, log_grows_and_forgets_the_oldest);
	tcase_add_test(flow, log_that_may_not_grow);
	tcase_add_test(flow, strangers);
	tcase_add_loop_test(flow, named_by_shape, 0, sizeof(shapes) / sizeof(shapes[0]));
	suite_add_tcase(s, pdus);
	suite_add_tcase(s, flow);
	suite_add_tcase(s, vectors_tcase(&table));
	return vectors_run(s);
}
