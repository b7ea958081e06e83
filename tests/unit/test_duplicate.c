/* duplicate: what a mirror repeats is found, what a device repeats is not. */
#include <check.h>
#include <pcap/dlt.h>
#include <stdlib.h>

#include "net/decode.h"
#include "net/duplicate.h"
#include "packet_text.h"
#include "run_suite.h"

#define MACS        "020000000002 020000000001 "
#define IP(id, ttl) "4500 0020 " id " 0000 " ttl " 11 0000 0a000001 0a000002 "
#define UDP         "c001 00a1 000c 0000 "

struct row {
	const char *name, *first, *second;
	int64_t apart_ns;
	bool same;
};

static const struct row rows[] = {
    {"the same twice", MACS "0800" IP("0007", "40") UDP "01020304", MACS "0800" IP("0007", "40") UDP "01020304", 1000,
     true},
    {"behind a router", MACS "0800" IP("0007", "40") UDP "01020304",
     "020000000009 020000000008 0800" IP("0007", "3f") UDP "01020304", 1000, true},
    {"with a VLAN", MACS "0800" IP("0007", "40") UDP "01020304", MACS "8100 0005 0800" IP("0007", "40") UDP "01020304",
     1000, true},
    {"the second first", MACS "0800" IP("0007", "40") UDP "01020304", MACS "0800" IP("0007", "40") UDP "01020304",
     -1000, true},
    {"too late", MACS "0800" IP("0007", "40") UDP "01020304", MACS "0800" IP("0007", "40") UDP "01020304", 50000001,
     false},
    {"another identification", MACS "0800" IP("0007", "40") UDP "01020304", MACS "0800" IP("0008", "40") UDP "01020304",
     1000, false},
    {"other data", MACS "0800" IP("0007", "40") UDP "01020304", MACS "0800" IP("0007", "40") UDP "01020305", 1000,
     false},
    {"other port", MACS "0800" IP("0007", "40") UDP "01020304",
     MACS "0800" IP("0007", "40") "c00200a1000c0000 01020304", 1000, false},
    {"in a tunnel and beside it", MACS "0800" IP("0007", "40") UDP "01020304",
     MACS "0800 4500 0038 0009 0000 40 2f 0000 0b000001 0b000002 0000 0800" IP("0007", "40") UDP "01020304", 1000,
     true},
    {"ARP twice", MACS "0806 aabb", MACS "0806 aabb", 1000, true},
    {"ARP of another sender", MACS "0806 aabb", "020000000002 020000000003 0806 aabb", 1000, false},
    {"broken twice", "0102", "0102", 1000, false},
};

static bool seen(struct decoder *dec, struct duplicate *d, const char *hex, int64_t ts_ns)
{
	struct span bytes = bytes_of_hex(hex);
	struct frame_in f = {.bytes = bytes, .wire_len = (uint32_t)bytes.len, .ts_ns = ts_ns, .linktype = DLT_EN10MB};
	struct packet p;

	decode_frame(dec, &f, &p);
	bool yes = duplicate_seen(d, &p);
	free((void *)bytes.ptr);
	return yes;
}

START_TEST(a_repetition_is_found)
{
	struct decoder_options o = {0};
	struct decoder *dec = decoder_new(&o);
	struct duplicate *d = duplicate_new();
	const struct row *row = &rows[_i];

	ck_assert(!seen(dec, d, row->first, 1000000000));
	ck_assert_msg(seen(dec, d, row->second, 1000000000 + row->apart_ns) == row->same, "%s", row->name);
	ck_assert_uint_eq(duplicate_count(d), row->same);
	duplicate_free(d);
	decoder_free(dec);
}
END_TEST

static struct packet numbered(uint16_t id, struct span l4)
{
	return (struct packet){.kind = PACKET_UDP, .ts_ns = 1, .ip_proto = 17, .ip_id = id, .l4 = l4};
}

START_TEST(the_window_is_bounded)
{
	struct duplicate *d = duplicate_new();
	struct packet first = numbered(0, span_str("x"));

	ck_assert(!duplicate_seen(d, &first));
	ck_assert(duplicate_seen(d, &first));
	for (unsigned i = 1; i < DUPLICATE_FRAMES + 2; i++) {
		struct packet p = numbered((uint16_t)i, span_str("x"));
		ck_assert(!duplicate_seen(d, &p));
	}
	ck_assert(!duplicate_seen(d, &first));
	duplicate_free(d);
}
END_TEST

/* of a window full of packets nearly all are remembered, whatever buckets they fall into */
START_TEST(few_are_forgotten_early)
{
	struct duplicate *d = duplicate_new();
	unsigned found = 0;

	for (unsigned i = 0; i < DUPLICATE_FRAMES / 2; i++) {
		struct packet p = numbered((uint16_t)i, span_str("y"));
		ck_assert(!duplicate_seen(d, &p));
	}
	for (unsigned i = 0; i < DUPLICATE_FRAMES / 2; i++) {
		struct packet p = numbered((uint16_t)i, span_str("y"));
		found += duplicate_seen(d, &p);
	}
	ck_assert_uint_gt(found, DUPLICATE_FRAMES / 2 - 8);
	duplicate_free(d);
}
END_TEST

START_TEST(long_packets_differ_at_both_ends)
{
	static uint8_t a[1400], b[1400];
	struct duplicate *d = duplicate_new();
	struct packet p = numbered(1, span_of(a, sizeof(a))), q = numbered(1, span_of(b, sizeof(b)));

	ck_assert(!duplicate_seen(d, &p));
	b[sizeof(b) - 1] = 1;
	ck_assert(!duplicate_seen(d, &q));
	b[sizeof(b) - 1] = 0;
	b[20] = 1;
	ck_assert(!duplicate_seen(d, &q));
	b[20] = 0;
	ck_assert(duplicate_seen(d, &q));
	duplicate_free(d);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("duplicate");
	TCase *t = tcase_create("duplicate");

	tcase_add_loop_test(t, a_repetition_is_found, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(t, the_window_is_bounded);
	tcase_add_test(t, few_are_forgotten_early);
	tcase_add_test(t, long_packets_differ_at_both_ends);
	suite_add_tcase(s, t);
	return run_suite(s);
}
