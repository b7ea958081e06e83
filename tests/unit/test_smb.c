/* smb, dcerpc: messages, pairing, framing, gaps, limits. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "dissect_harness.h"
#include "smb/ntlmssp.h"
#include "smb/smb.h"
#include "smb/smb_file.h"
#include "smb/smb_noise.h"
#include "smb/smb_state.h"
#include "smb/smb_text.h"
#include "smb/smb_unpack.h"
#include "smb_vectors.h"

enum { VECTORS = sizeof(smb_vectors) / sizeof(smb_vectors[0]), HEADER_BYTES = 64 };

static struct harness h;

static void setup(void)
{
	harness_init(&h, &smb_dissector);
}

static void teardown(void)
{
	harness_deinit(&h);
}

static void read_by(const struct dissector *d)
{
	harness_deinit(&h);
	harness_init(&h, d);
}

static void play(const char *text)
{
	harness_play_text(&h, text);
}

static unsigned count_of(const char *needle)
{
	return harness_count(&h, needle);
}

/* What only messages before tell, and what depends on time. */
static const char *const from_before[] = {
    "id",      "rtt_us",     "waited_us", "dialect",       "version",   "async",
    "share",   "named_pipe", "filename",  "new_extension", "scrambled", "uuid",
    "service", "file",       "from",      "procedure",     "endpoint",  "response_multiplex_id",
    NULL};

static const struct vector_table table = {
    .rows = smb_vectors,
    .n = VECTORS,
    .golden = "tests/golden/smb",
    .from_before = from_before,
};

/* An SMB 2 message of a client with @body_bytes of zeros behind its header, @length as NetBIOS tells it. */
static size_t message(uint8_t *out, uint16_t command, uint64_t id, uint32_t next, size_t body_bytes, uint32_t length)
{
	static const uint8_t start[] = {0xfe, 'S', 'M', 'B', 64, 0, 1, 0};

	memset(out, 0, 4 + HEADER_BYTES + body_bytes);
	out[1] = (uint8_t)(length >> 16);
	out[2] = (uint8_t)(length >> 8);
	out[3] = (uint8_t)length;
	memcpy(out + 4, start, sizeof(start));
	out[4 + 12] = (uint8_t)command;
	memcpy(out + 4 + 20, &next, sizeof(next));
	memcpy(out + 4 + 24, &id, sizeof(id));
	return 4 + HEADER_BYTES + body_bytes;
}

static size_t write_request(uint8_t *out, uint64_t id, uint32_t data_bytes)
{
	size_t n = message(out, SMB2_WRITE, id, 0, 48, HEADER_BYTES + 48 + data_bytes);
	uint8_t *body = out + 4 + HEADER_BYTES;

	body[0] = 49;
	body[2] = HEADER_BYTES + 48;
	memcpy(body + 4, &data_bytes, sizeof(data_bytes));
	body[16] = 7;
	return n;
}

START_TEST(large_write_passes_by)
{
	enum { MEGABYTES = 8 << 20, SEGMENT = 1400, HEAD_MAX = 1200 };
	static uint8_t bytes[SEGMENT];
	size_t n = write_request(bytes, 1, MEGABYTES);
	size_t sent = SEGMENT, kept = 0;

	memcpy(bytes + n, "MZ", 2);
	harness_stream(&h, DIR_REQUEST, bytes, SEGMENT);
	ck_assert_uint_eq(h.counters[SMB_COUNT_SMB2], 1);
	memset(bytes, 0, SEGMENT);
	while (sent < n + MEGABYTES) {
		size_t more = n + MEGABYTES - sent < SEGMENT ? n + MEGABYTES - sent : SEGMENT;
		harness_stream(&h, DIR_REQUEST, bytes, more);
		kept = h.half[DIR_REQUEST].len > kept ? h.half[DIR_REQUEST].len : kept;
		sent += more;
	}
	ck_assert_uint_le(kept, HEAD_MAX);
	ck_assert_uint_eq(h.not_mine, 0);
	n = message(bytes, SMB2_ECHO, 2, 0, 4, HEADER_BYTES + 4);
	harness_stream(&h, DIR_REQUEST, bytes, n);
	ck_assert_uint_eq(h.counters[SMB_COUNT_SMB2], 2);
	harness_finish(&h);
	ck_assert_uint_eq(count_of("\"length\":8388608"), 1);
	ck_assert_uint_eq(count_of("application/x-dosexec"), 1);
}
END_TEST

/* A write that is read by its beginning, then @_i messages, then another compound: nothing of it is lost. */
START_TEST(long_compound_piece_by_piece)
{
	enum { DATA = 100000, FIRST = HEADER_BYTES + 48 + DATA, EACH = HEADER_BYTES + 8 };
	const uint32_t behind = (uint32_t)_i, all = FIRST + behind * EACH;
	uint8_t *bytes = calloc(1, 4 + all + 64);

	for (uint32_t i = 0; i < behind; i++) {
		uint8_t one[4 + EACH] = {0};
		uint32_t next = i + 1 < behind ? EACH : 0;
		(void)message(one, SMB2_ECHO, 2 + i, 0, 4, EACH);
		memcpy(one + 4 + 20, &next, sizeof(next));
		memcpy(bytes + 4 + FIRST + i * EACH, one + 4, EACH);
	}
	(void)write_request(bytes, 1, DATA);
	bytes[1] = (uint8_t)(all >> 16);
	bytes[2] = (uint8_t)(all >> 8);
	bytes[3] = (uint8_t)all;
	uint32_t next = FIRST;
	memcpy(bytes + 4 + 20, &next, sizeof(next));
	for (unsigned again = 0; again < 2; again++)
		for (size_t at = 0; at < 4 + all; at += 1000)
			harness_stream(&h, DIR_REQUEST, bytes + at, 4 + all - at < 1000 ? 4 + all - at : 1000);
	ck_assert_uint_eq(h.counters[SMB_COUNT_SMB2], 2 * (1 + behind));
	ck_assert_uint_eq(h.counters[SMB_COUNT_SMB2_COMMANDS + 2 * SMB2_ECHO], 2 * behind);
	(void)message(bytes, SMB2_ECHO, 3, 0, 4, EACH);
	harness_stream(&h, DIR_REQUEST, bytes, 4 + EACH);
	ck_assert_uint_eq(h.counters[SMB_COUNT_SMB2], 2 * (1 + behind) + 1);
	ck_assert_uint_eq(h.anomalies, 0);
	free(bytes);
}
END_TEST

START_TEST(a_notification_of_the_server_is_a_message)
{
	uint8_t bytes[256] = {0};

	size_t n = message(bytes, 0x13, UINT64_MAX, 0, 8, HEADER_BYTES + 8);
	bytes[4 + 16] = 1; /* a server's */
	harness_stream(&h, DIR_RESPONSE, bytes, n);
	ck_assert_uint_eq(h.counters[SMB_COUNT_SMB2_COMMANDS + 2 * 0x13 + 1], 1);
	ck_assert_uint_eq(count_of("no_smb2_header"), 0);
	ck_assert_uint_eq(count_of("SMB2_COMMAND_SERVER_TO_CLIENT_NOTIFICATION"), 1);
}
END_TEST

START_TEST(state_is_bounded)
{
	enum { REQUESTS = 3000 };
	uint8_t bytes[256];

	for (unsigned i = 0; i < REQUESTS; i++)
		harness_stream(&h, DIR_REQUEST, bytes, message(bytes, SMB2_ECHO, i, 0, 4, HEADER_BYTES + 4));
	ck_assert_uint_le(h.state_bytes, SMB_STATE_MAX);
	ck_assert_uint_gt(h.counters[SMB_COUNT_EVICTED], 0);
	ck_assert_uint_eq(h.counters[SMB_COUNT_EVICTED], count_of("\"complete\":false"));
	harness_finish(&h);
	ck_assert_uint_eq(count_of("\"complete\":false"), REQUESTS);
}
END_TEST

START_TEST(unanswered_after_a_minute)
{
	uint8_t bytes[256];

	harness_stream(&h, DIR_REQUEST, bytes, message(bytes, SMB2_ECHO, 1, 0, 4, HEADER_BYTES + 4));
	harness_wait(&h, 59 * NS_PER_S);
	harness_stream(&h, DIR_REQUEST, bytes, message(bytes, SMB2_ECHO, 2, 0, 4, HEADER_BYTES + 4));
	ck_assert_uint_eq(h.events, 0);
	harness_wait(&h, 2 * NS_PER_S);
	harness_stream(&h, DIR_REQUEST, bytes, message(bytes, SMB2_ECHO, 3, 0, 4, HEADER_BYTES + 4));
	ck_assert_uint_eq(count_of("\"message_id\":1,"), 1);
	ck_assert_uint_eq(h.events, 1);
}
END_TEST

START_TEST(finds_its_way_after_a_gap)
{
	uint8_t bytes[512];
	size_t n;

	harness_stream(&h, DIR_REQUEST, bytes, message(bytes, SMB2_ECHO, 1, 0, 4, HEADER_BYTES + 4));
	harness_gap(&h, DIR_REQUEST, 1000);
	/* the rest of something, with what looks like a message but is none */
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes + 40, "\0\0\0\x50\xfeSMB", 8);
	memcpy(bytes + 80, "\x85\0\0\0", 4);
	n = 160;
	n += message(bytes + n, SMB2_ECHO, 2, 0, 4, HEADER_BYTES + 4);
	harness_stream(&h, DIR_REQUEST, bytes, n);
	ck_assert_uint_eq(h.counters[SMB_COUNT_SMB2], 2);
	harness_finish(&h);
	ck_assert_uint_eq(count_of("\"message_id\":2,"), 1);
	ck_assert_uint_eq(h.anomalies, 0);
}
END_TEST

/* An answer is lost and its request's number given again: the next answer is of the second. */
START_TEST(number_again_after_a_lost_answer)
{
	static const char asked[] =
	    "> [nbss]00000025 [SMB1]ff534d42 [command]2b [status]00000000 [flags]18 [flags2]01c0 "
	    "[pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe [uid]0000 "
	    "[mid]0700 [words]01 [count]0100 [bytes]0000";
	static const char answered[] = "< [nbss]00000025 [SMB1]ff534d42 [command]2b [status]00000000 [flags]98 "
				       "[flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 "
				       "[pid]fffe [uid]0000 [mid]0700 [words]01 [number]0100 [bytes]0000";

	play(asked);
	harness_gap(&h, DIR_RESPONSE, 0x29);
	play(asked);
	ck_assert_uint_eq(count_of("\"complete\":false,\"smb\":{\"id\":1,"), 1);
	play(answered);
	ck_assert_msg(count_of("\"complete\":true,\"smb\":{\"id\":2,") == 1, "%s", harness_lines(&h));
	/* nothing is lost: two at once are answered in turn */
	play(asked);
	play(asked);
	play(answered);
	play(answered);
	ck_assert_msg(count_of("\"complete\":true,\"smb\":{\"id\":3,") == 1, "%s", harness_lines(&h));
	ck_assert_uint_eq(count_of("\"complete\":true,\"smb\":{\"id\":4,"), 1);
	ck_assert_uint_eq(h.events, 4);
}
END_TEST

START_TEST(probes)
{
	static const struct {
		const char *hex;
		enum probe from_client, from_server;
	} rows[] = {
	    {"00000054 FF534D42 72 00000000 18", PROBE_REQUEST, PROBE_REQUEST},
	    {"00000054 FF534D42 72 00000000 98", PROBE_RESPONSE, PROBE_RESPONSE},
	    {"00000068 FE534D42 4000 0000 00000000 0000 0100 00000000", PROBE_REQUEST, PROBE_REQUEST},
	    {"00000068 FE534D42 4000 0000 00000000 0000 0100 01000000", PROBE_RESPONSE, PROBE_RESPONSE},
	    {"00000068 FD534D42", PROBE_EITHER, PROBE_EITHER},
	    {"00", PROBE_MORE, PROBE_MORE},
	    {"00000054 FF53", PROBE_MORE, PROBE_MORE},
	    {"00000054 FF53 0000", PROBE_NO, PROBE_NO},
	    {"81000044 20 434B", PROBE_REQUEST, PROBE_REQUEST},
	    {"82000000", PROBE_NO, PROBE_WEAK},
	    {"474554202F20", PROBE_NO, PROBE_NO},
	    {"00010000 0006 01 03", PROBE_NO, PROBE_NO},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n;
		uint8_t *bytes = harness_hex(rows[i].hex, &n);
		ck_assert_msg(smb_dissector.probe(span_of(bytes, n), false) == rows[i].from_client, "%s", rows[i].hex);
		ck_assert_msg(smb_dissector.probe(span_of(bytes, n), true) == rows[i].from_server, "%s", rows[i].hex);
		free(bytes);
	}
}
END_TEST

START_TEST(files_by_content_and_name)
{
	static const struct {
		const char *head, *name;
		enum smb_file_class class;
		bool executable;
	} rows[] = {
	    {"MZ\x90", "report.txt", SMB_FILE_PE, true},
	    {"", "DIR\\Setup.EXE", SMB_FILE_PE, true},
	    {"PK\3\4", "line.gx3", SMB_FILE_PLC_PROJECT, false},
	    {"MZ", "line.gx3", SMB_FILE_PE, true},
	    {"PK\3\4", "a.bin", SMB_FILE_ARCHIVE, false},
	    {"#!/bin/sh", "a", SMB_FILE_SCRIPT, true},
	    {"hello", "readme", SMB_FILE_UNKNOWN, false},
	    {"", "a.verylongextension", SMB_FILE_UNKNOWN, false},
	    {"", ".exe", SMB_FILE_PE, true},
	    {"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", "a.com", SMB_FILE_EICAR, false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct smb_file_kind k = smb_file_kind(span_str(rows[i].head), span_str(rows[i].name));
		ck_assert_msg(k.class == rows[i].class && k.executable == rows[i].executable, "%s: %d", rows[i].name,
			      k.class);
	}
}
END_TEST

START_TEST(text_of_utf16)
{
	static const uint8_t utf16[] = {'A', 0, 0xdd, 0x4f, 0x3d, 0xd8, 0x00, 0xde, 0x3d, 0xd8, 'z', 0, 0, 0};
	struct span s = smb_utf8(&h.arena, span_of(utf16, sizeof(utf16)));

	ck_assert(span_eq(s, span_str("A\xe4\xbf\x9d\xf0\x9f\x98\x80\xef\xbf\xbdz")));
	ck_assert_uint_eq(smb_utf8(&h.arena, span_of(utf16, 1)).len, 0);
}
END_TEST

START_TEST(no_secret_is_told)
{
	for (unsigned i = 0; i < VECTORS; i++) {
		read_by(smb_vectors[i].dissector);
		play(smb_vectors[i].script);
		harness_finish(&h);
		ck_assert_msg(count_of("3333333333333333") == 0 && count_of("4444444444") == 0 &&
				  count_of("DDDDDDDD") == 0,
			      "%s", smb_vectors[i].name);
	}
}
END_TEST

START_TEST(datagrams)
{
	size_t n;
	uint8_t *bytes = harness_hex(
	    "[type]11 [flags]02 0001 [source]0A000001 008A [length]0048 [offset]0000 "
	    "[source name]20 4141414141414141 4141414141414141 4141414141414141 4141414141414141 00 "
	    "[destination]20 4141414141414141 4141414141414141 4141414141414141 4141414141414141 00 [no SMB]00112233",
	    &n);

	read_by(&nbdgm_dissector);
	harness_datagram(&h, DIR_REQUEST, bytes, n);
	ck_assert_uint_eq(h.events, 0);
	for (size_t cut = 0; cut < n; cut++)
		harness_datagram(&h, DIR_REQUEST, bytes, cut);
	ck_assert_uint_eq(h.counters[SMB_COUNT_SMB1], 0);
	free(bytes);
}
END_TEST

/* 256 bytes of code lengths: a, b, c and "3 bytes back, long" have two bits each; all others have none. */
static size_t huffman_abc(uint8_t *packed)
{
	static const uint8_t data[] = {0x80, 0x1b, 0, 0, 0xff, 0x7e, 0x03};

	memset(packed, 0, 256);
	packed['a' / 2] = 0x20;
	packed['b' / 2] = 0x22;
	packed[287 / 2] = 0x20;
	memcpy(packed + 256, data, sizeof(data));
	return 256 + sizeof(data);
}

/* All stand for "abcabc...": MS-XCA 2.5, 2.4.4, 2.2.4, MS-SMB2 2.2.42.2.2 */
static const struct {
	unsigned packing;
	const char *hex;
	size_t bytes;
} packed_abc[] = {
    {SMB_PACKING_NONE, "616263616263", 6},
    /* the share of the 16 bits changes behind 16 bytes */
    {SMB_PACKING_LZNT1, "09b0 38 616263 0a20 0b20 0010", 33},
    {SMB_PACKING_LZNT1, "0230 616263", 3},
    {SMB_PACKING_LZ77, "ffffff1f 616263 1700 0f ff 2601", 300},
    {SMB_PACKING_LZ77_HUFFMAN, NULL, 900},
};

START_TEST(unpacks)
{
	uint8_t in[512], out[2048];
	size_t n = packed_abc[_i].hex ? 0 : huffman_abc(in);

	for (const char *p = packed_abc[_i].hex; p && *p; p++) {
		unsigned byte;
		if (*p == ' ' || sscanf(p, "%2x", &byte) != 1)
			continue;
		in[n++] = (uint8_t)byte;
		p++;
	}
	for (size_t room = 0; room <= packed_abc[_i].bytes; room++) {
		memset(out, '!', sizeof(out));
		ck_assert_uint_eq(smb_unpack(packed_abc[_i].packing, span_of(in, n), out, room), room);
		for (size_t i = 0; i < sizeof(out); i++)
			ck_assert_int_eq(out[i], i < room ? "abc"[i % 3] : '!');
	}
	/* cut anywhere, and with any byte wrong: less, or something else, but nothing beyond the room */
	for (size_t i = 0; i < n; i++) {
		uint8_t *tight = malloc(i + 1);
		memcpy(tight, in, i);
		ck_assert_uint_le(smb_unpack(packed_abc[_i].packing, span_of(tight, i), out, 1000), 1000);
		free(tight);
		for (unsigned wrong = 0; wrong < 256; wrong++) {
			uint8_t was = in[i];
			in[i] = (uint8_t)wrong;
			ck_assert_uint_le(smb_unpack(packed_abc[_i].packing, span_of(in, n), out, 1000), 1000);
			in[i] = was;
		}
	}
}
END_TEST

START_TEST(new_endings_of_names)
{
	static const struct {
		const char *from, *to, *ending;
	} rows[] = {
	    {"a.docx", "a.docx.lockbit", "lockbit"},
	    {"d\\a.docx", "e\\A.DOCX.k3x9q", "k3x9q"},
	    {"a.xlsx", "8f3a2c.abcd", "abcd"},
	    {"line1.gx3", "line1.x7k2q", "x7k2q"},
	    {"a", "a.locked", "locked"},
	    {"a.of no known kind", "a.of no known kind.x7k2q", "x7k2q"},
	    {"order.csv", "order.done", "done"},
	    /* the same ending, none, or one that everybody knows */
	    {"a.csv", "b.CSV", ""},
	    {"a.csv", "a", ""},
	    {"img.jpg", "2026.png", ""},
	    {"line1.tmp", "line1.gx3", ""},
	    /* a copy gets its name */
	    {"log.csv.ffs_tmp", "log.csv", ""},
	    {"img\\.cam.jpg.q01234", "img\\cam.jpg", ""},
	    {"a.x7k2q.csv", "a.x7k2q", ""},
	    {"~8fa3", "a.x7k2q", ""},
	    {"8fa3.tmp", "a.x7k2q", ""},
	    {"", "a.x7k2q", ""},
	    {"a.csv", "", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span got = smb_new_extension(span_str(rows[i].from), span_str(rows[i].to));
		ck_assert_msg(span_eq(got, span_str(rows[i].ending)), "%s -> %s: %.*s", rows[i].from, rows[i].to,
			      (int)got.len, (const char *)got.ptr);
	}
}
END_TEST

START_TEST(unpacks_a_pattern_and_nothing_unknown)
{
	static const uint8_t in[] = {0xaa, 0, 0, 0, 3, 0, 0, 0};
	uint8_t out[8];

	ck_assert_uint_eq(smb_unpack(SMB_PACKING_PATTERN_V1, span_of(in, sizeof(in)), out, sizeof(out)), 3);
	ck_assert_mem_eq(out, "\xaa\xaa\xaa", 3);
	ck_assert_uint_eq(smb_unpack(5, span_of(in, sizeof(in)), out, sizeof(out)), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("smb");
	TCase *t = tcase_create("messages");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, large_write_passes_by);
	tcase_add_loop_test(t, long_compound_piece_by_piece, 1, 5);
	tcase_add_test(t, a_notification_of_the_server_is_a_message);
	tcase_add_test(t, state_is_bounded);
	tcase_add_test(t, unanswered_after_a_minute);
	tcase_add_test(t, finds_its_way_after_a_gap);
	tcase_add_test(t, number_again_after_a_lost_answer);
	tcase_add_test(t, probes);
	tcase_add_test(t, files_by_content_and_name);
	tcase_add_test(t, text_of_utf16);
	tcase_add_test(t, no_secret_is_told);
	tcase_add_test(t, datagrams);
	tcase_add_test(t, new_endings_of_names);
	tcase_add_loop_test(t, unpacks, 0, sizeof(packed_abc) / sizeof(packed_abc[0]));
	tcase_add_test(t, unpacks_a_pattern_and_nothing_unknown);
	suite_add_tcase(s, t);
	suite_add_tcase(s, vectors_tcase(&table));
	return vectors_run(s);
}
