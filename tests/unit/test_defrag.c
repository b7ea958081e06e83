/* defrag: any order, repetition and overlap; what is bounded stays bounded. */
#include <check.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stdlib.h>

#include "net/decode.h"
#include "net/defrag.h"
#include "packet_text.h"
#include "run_suite.h"

static struct defrag *d;
static struct span whole;
static uint8_t proto;

static void setup(void)
{
	d = defrag_new(4, 1 << 20);
	ck_assert_ptr_nonnull(d);
}

static void teardown(void)
{
	defrag_free(d);
}

/** A fragment of @text at @offset; of the datagram @id, sent at @ms. */
static enum defrag_result give(bool v6, uint32_t id, uint16_t offset, const char *text, bool more, int64_t ms)
{
	struct fragment f = {.id = id,
			     .offset = offset,
			     .proto = IPPROTO_UDP,
			     .is_v6 = v6,
			     .more = more,
			     .ts_ns = ms * 1000000,
			     .bytes = span_str(text)};

	f.src.b[15] = 1;
	f.dest.b[15] = 2;
	return defrag_add(d, &f, &whole, &proto);
}

static enum defrag_result give_v4(uint32_t id, uint16_t offset, const char *text, bool more)
{
	return give(false, id, offset, text, more, 0);
}

static enum defrag_result give_v6(uint32_t id, uint16_t offset, const char *text, bool more)
{
	return give(true, id, offset, text, more, 0);
}

#define ck_whole(text)                                                                                                 \
	ck_assert_msg(span_eq(whole, span_str(text)), "got %.*s", (int)whole.len, (const char *)whole.ptr)

struct piece {
	uint16_t offset;
	const char *text;
	bool more;
};

static const struct piece pieces[4] = {
    {0, "AAAAAAAABBBBBBBB", true}, {16, "CCCCCCCC", true}, {24, "DDDDDDDDEEEEEEEE", true}, {40, "FFF", false}};

/* all 24 orders, both versions, each piece once or twice */
START_TEST(pieces_come_in_any_order)
{
	int order = _i % 24, taken[4] = {0};
	bool v6 = _i / 24 % 2, twice = _i / 48;

	for (int n = 4; n > 0; n--) {
		int k = order % n, at = 0;
		order /= n;
		for (;; at++) {
			if (!taken[at] && k-- == 0)
				break;
		}
		taken[at] = 1;
		const struct piece *p = &pieces[at];
		enum defrag_result r = give(v6, 7, p->offset, p->text, p->more, 0);
		ck_assert_int_eq(r, n == 1 ? DEFRAG_WHOLE : DEFRAG_KEPT);
		if (twice && n > 1)
			ck_assert_int_eq(give(v6, 7, p->offset, p->text, p->more, 0), DEFRAG_KEPT);
	}
	ck_whole("AAAAAAAABBBBBBBBCCCCCCCCDDDDDDDDEEEEEEEEFFF");
	ck_assert_uint_eq(proto, IPPROTO_UDP);
}
END_TEST

START_TEST(first_bytes_win_in_v4)
{
	ck_assert_int_eq(give_v4(1, 8, "BBBBBBBB", true), DEFRAG_KEPT);
	ck_assert_int_eq(give_v4(1, 16, "CCC", false), DEFRAG_KEPT);
	ck_assert_int_eq(give_v4(1, 0, "aaaaaaaabbbbbbbbcccccccc", true), DEFRAG_WHOLE);
	ck_whole("aaaaaaaaBBBBBBBBCCC");
}
END_TEST

START_TEST(an_overlap_is_told_in_v4)
{
	ck_assert_int_eq(give_v4(1, 8, "BBBBBBBB", true), DEFRAG_KEPT);
	ck_assert_int_eq(give_v4(1, 8, "XXXXXXXX", true), DEFRAG_OVERLAP);
	ck_assert_int_eq(give_v4(1, 8, "bbbbbbbbCCCCCCCC", true), DEFRAG_OVERLAP);
	ck_assert_int_eq(give_v4(1, 24, "D", false), DEFRAG_KEPT);
	ck_assert_int_eq(give_v4(1, 0, "AAAAAAAA", true), DEFRAG_WHOLE);
	ck_whole("AAAAAAAABBBBBBBBCCCCCCCCD");
}
END_TEST

/* RFC 5722: the whole datagram goes, and what comes of it later too */
START_TEST(an_overlap_condemns_in_v6)
{
	ck_assert_int_eq(give_v6(1, 8, "BBBBBBBB", true), DEFRAG_KEPT);
	ck_assert_int_eq(give_v6(1, 8, "BBBBBBBBCCCCCCCC", true), DEFRAG_OVERLAP);
	ck_assert_int_eq(give_v6(1, 0, "AAAAAAAA", true), DEFRAG_OVERLAP);
	ck_assert_int_eq(give_v6(1, 16, "C", false), DEFRAG_OVERLAP);
	ck_assert_int_eq(give_v6(2, 0, "AAAAAAAA", true), DEFRAG_KEPT);
}
END_TEST

START_TEST(ends_that_disagree)
{
	ck_assert_int_eq(give_v4(1, 16, "C", false), DEFRAG_KEPT);
	ck_assert_int_eq(give_v4(1, 16, "CCC", false), DEFRAG_OVERLAP);
	ck_assert_int_eq(give_v4(1, 40, "EEEEEEEE", true), DEFRAG_OVERLAP);
	ck_assert_int_eq(give_v4(1, 8, "B", false), DEFRAG_OVERLAP);
	ck_assert_int_eq(give_v4(1, 8, "BBBBBBBB", true), DEFRAG_OVERLAP);
	ck_assert_int_eq(give_v4(1, 0, "AAAAAAAA", true), DEFRAG_WHOLE);
	ck_whole("AAAAAAAABBBBBBBBC");
}
END_TEST

START_TEST(lengths_that_cannot_be)
{
	char big[1008];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ck_assert_int_eq(give_v4(1, 0, "1234567", true), DEFRAG_LENGTH);
	ck_assert_int_eq(give_v4(1, 8, "", false), DEFRAG_LENGTH);
	ck_assert_int_eq(give_v4(1, 65528, "12345678", false), DEFRAG_TOO_LONG);
	ck_assert_int_eq(give_v4(1, 65528, big, false), DEFRAG_TOO_LONG);
	ck_assert_int_eq(give_v4(1, 65528, "1234567", false), DEFRAG_KEPT);
}
END_TEST

START_TEST(waiting_ends_by_packet_time)
{
	ck_assert_int_eq(give(false, 1, 0, "AAAAAAAA", true, 0), DEFRAG_KEPT);
	ck_assert_int_eq(give(false, 2, 0, "AAAAAAAA", true, 60000), DEFRAG_KEPT);
	ck_assert_uint_eq(defrag_given_up(d), 0);
	ck_assert_int_eq(give(false, 1, 8, "B", false, 60001), DEFRAG_KEPT);
	ck_assert_uint_eq(defrag_given_up(d), 1);
	ck_assert_int_eq(give(false, 2, 8, "B", false, 60002), DEFRAG_WHOLE);
}
END_TEST

START_TEST(the_table_is_bounded)
{
	for (uint32_t id = 0; id < 100; id++)
		ck_assert_int_eq(give_v4(id, 0, "AAAAAAAA", true), DEFRAG_KEPT);
	ck_assert_uint_eq(defrag_given_up(d), 96);
	ck_assert_int_eq(give_v4(99, 8, "B", false), DEFRAG_WHOLE);
	ck_assert_int_eq(give_v4(95, 8, "B", false), DEFRAG_KEPT); /* forgotten */
}
END_TEST

START_TEST(the_pool_is_bounded)
{
	static uint8_t room[32768];
	struct fragment f = {.proto = IPPROTO_UDP, .more = true, .bytes = span_of(room, sizeof(room))};

	defrag_free(d);
	d = defrag_new(1000, 1 << 20);
	for (uint32_t id = 0; id < 100; id++) {
		f.id = id;
		ck_assert_int_eq(defrag_add(d, &f, &whole, &proto), DEFRAG_KEPT);
	}
	ck_assert_uint_eq(defrag_given_up(d), 100 - 32);
}
END_TEST

START_TEST(tiny_fragments_are_bounded)
{
	enum defrag_result r = DEFRAG_KEPT;
	unsigned n = 0;

	for (; n < 8000 && r == DEFRAG_KEPT; n++)
		r = give_v4(1, (uint16_t)(n * 8), "12345678", true);
	ck_assert_int_eq(r, DEFRAG_LIMIT);
	ck_assert_uint_eq(n, DEFRAG_BLOCKS_MAX + 1);
}
END_TEST

/* A fragment inside a datagram that was itself put together: its bytes lie where the next one is built. */
START_TEST(fragments_in_fragments)
{
	char outer[2][64];

	snprintf(outer[0], sizeof(outer[0]), "outer one has AAAAAAAABBBBBBBB");
	snprintf(outer[1], sizeof(outer[1]), "outer two has CCCC");
	for (unsigned i = 0; i < 2; i++) {
		struct span text = span_str(outer[i]);
		struct fragment f = {.id = 100 + i, .proto = 4, .more = true, .bytes = span_head(text, 8)};
		ck_assert_int_eq(defrag_add(d, &f, &whole, &proto), DEFRAG_KEPT);
		f.offset = 8, f.more = false, f.bytes = span_skip(text, 8);
		ck_assert_int_eq(defrag_add(d, &f, &whole, &proto), DEFRAG_WHOLE);
		struct fragment inner = {
		    .id = 1, .proto = 17, .offset = (uint16_t)(i * 16), .more = i == 0, .bytes = span_skip(whole, 14)};
		ck_assert_int_eq(defrag_add(d, &inner, &whole, &proto), i == 0 ? DEFRAG_KEPT : DEFRAG_WHOLE);
	}
	ck_whole("AAAAAAAABBBBBBBBCCCC");
}
END_TEST

static void decode(struct decoder *dec, const char *hex, uint32_t cut, struct packet *p, struct line *line)
{
	struct span bytes = bytes_of_hex(hex);
	struct frame_in f = {.bytes = bytes, .wire_len = (uint32_t)bytes.len + cut, .linktype = DLT_RAW};

	decode_frame(dec, &f, p);
	packet_text(p, line);
	free((void *)bytes.ptr);
}

#define V4(len, at) "4500 " len " 0055 " at " 40 11 0000 0a000001 0a000002 "

START_TEST(the_decoder_joins_them)
{
	struct decoder_options o = {0};
	struct decoder *dec = decoder_new(&o);
	struct packet p;
	struct line line;

	decode(dec, V4("0018", "0001") "cafebabe", 0, &p, &line);
	ck_assert_str_eq(line.text, "fragment 10.0.0.1 > 10.0.0.2 proto 17 \"cafebabe\" by 10.0.0.1");
	ck_assert_uint_eq(p.fragment_at, 8);
	ck_assert_uint_eq(p.ip_id, 0x55);
	decode(dec, V4("001c", "2000") "c001 00a1 000c 0000", 0, &p, &line);
	ck_assert_str_eq(line.text, "udp 10.0.0.1:49153 > 10.0.0.2:161 proto 17 reassembled \"cafebabe\" by 10.0.0.1");
	/* not all of it captured: the first fragment says what it can */
	decode(dec, V4("002c", "2000") "c001 00a1 0100 0000 beef", 14, &p, &line);
	ck_assert_str_eq(line.text,
			 "udp!fragment_cut 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"beef\"2/248 by 10.0.0.1");
	decoder_free(dec);
}
END_TEST

#define V6(len) "60000000 " len " 2c 40 fd000000000000000000000000000001 fd000000000000000000000000000002 "

START_TEST(the_decoder_joins_v6)
{
	struct decoder_options o = {0};
	struct decoder *dec = decoder_new(&o);
	struct packet p;
	struct line line;

	/* the fragmentable part may begin with another extension header */
	decode(dec, V6("0018") "3c 00 0001 00000099 11 00 010400000000 c001 00a1 000c 0000", 0, &p, &line);
	ck_assert_str_eq(line.text,
			 "fragment fd00::1 > fd00::2 proto 60 \"1100010400000000c00100a1000c0000\" by fd00::1");
	decode(dec, V6("000c") "3c 00 0010 00000099 cafebabe", 0, &p, &line);
	ck_assert_str_eq(line.text, "udp fd00::1:49153 > fd00::2:161 proto 17 reassembled \"cafebabe\" by fd00::1");
	decoder_free(dec);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("defrag");
	TCase *t = tcase_create("defrag");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, pieces_come_in_any_order, 0, 96);
	tcase_add_test(t, first_bytes_win_in_v4);
	tcase_add_test(t, an_overlap_is_told_in_v4);
	tcase_add_test(t, an_overlap_condemns_in_v6);
	tcase_add_test(t, ends_that_disagree);
	tcase_add_test(t, lengths_that_cannot_be);
	tcase_add_test(t, waiting_ends_by_packet_time);
	tcase_add_test(t, the_table_is_bounded);
	tcase_add_test(t, the_pool_is_bounded);
	tcase_add_test(t, tiny_fragments_are_bounded);
	tcase_add_test(t, fragments_in_fragments);
	tcase_add_test(t, the_decoder_joins_them);
	tcase_add_test(t, the_decoder_joins_v6);
	suite_add_tcase(s, t);
	return run_suite(s);
}
