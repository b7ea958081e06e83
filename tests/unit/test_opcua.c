/* opcua: messages, pairing, chunks, limits, gaps; and every cut of every vector and of the golden captures. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "dissect_harness.h"
#include "opcua/opcua.h"
#include "opcua/opcua_shape.h"
#include "opcua/opcua_state.h"
#include "opcua/opcua_value.h"
#include "opcua_vectors.h"

enum { VECTORS = sizeof(opcua_vectors) / sizeof(opcua_vectors[0]), STATE_CAP = 1 << 20 };

static struct harness h;

static void setup(void)
{
	harness_init(&h, &opcua_dissector);
	h.state_cap = STATE_CAP;
}

static void teardown(void)
{
	harness_deinit(&h);
}

static void play(const char *text)
{
	harness_play_text(&h, text);
}

static unsigned count_of(const char *needle)
{
	return harness_count(&h, needle);
}

/* A chunk may grow a flow's state beyond what the harness gives. */
static void begin_flow(struct harness *flow, const struct dissector *d)
{
	(void)d;
	flow->state_cap = STATE_CAP;
}

/* What only messages before tell: the session that a token belongs to, and how the channel is secured. */
static const char *const from_before[] = {"session_id", "rtt_us", "security_policy", "security_mode", NULL};

static const struct vector_table table = {
    .rows = opcua_vectors,
    .n = VECTORS,
    .dissector = &opcua_dissector,
    .golden = "tests/golden/opcua",
    .hidden = "hidden",
    .from_before = from_before,
    .begin = begin_flow,
};

/* The size in the header says that the body ends at each byte: what is told is part of what is told of the whole. */
START_TEST(body_ends_anywhere)
{
	const struct vector *v = &opcua_vectors[_i];
	struct harness_script s;

	harness_script_read(&s, v->script);
	for (unsigned run = 0; run < s.n; run++) {
		for (size_t at = OPCUA_HEADER_BYTES; at < s.runs[run].len; at++) {
			harness_reset(&h);
			for (unsigned i = 0; i < s.n; i++) {
				uint8_t *copy = malloc(s.runs[i].len);
				size_t len = i == run ? at : s.runs[i].len;
				memcpy(copy, s.runs[i].bytes, s.runs[i].len);
				copy[4] = (uint8_t)len;
				copy[5] = (uint8_t)(len >> 8);
				harness_wait(&h, NS_PER_MS);
				harness_stream(&h, s.runs[i].dir, copy, len);
				free(copy);
			}
			harness_finish(&h);
			ck_assert_ptr_null(strstr(harness_lines(&h), "hidden"));
		}
	}
	harness_script_free(&s);
}
END_TEST

/* Chunks made by hand, for tests of what has no place in a vector. */

struct chunk {
	uint8_t bytes[OPCUA_DELIVER_MAX * 2];
	size_t len;
};

static struct chunk made;

static void put(uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		made.bytes[made.len++] = (uint8_t)(i < sizeof(v) ? v >> (8 * i) : 0);
}

static void begin(const char *tag, uint32_t sequence, uint32_t request)
{
	made.len = 0;
	for (unsigned i = 0; i < 4; i++)
		put((uint8_t)tag[i], 1);
	put(0, 4);
	put(7, 4);
	put(1, 4);
	put(sequence, 4);
	put(request, 4);
}

static void send_made(enum dir dir)
{
	for (unsigned i = 0; i < 4; i++)
		made.bytes[4 + i] = (uint8_t)(made.len >> (8 * i));
	harness_stream(&h, dir, made.bytes, made.len);
}

static void service(uint16_t id)
{
	put(1, 2);
	put(id, 2);
}

/* CloseSession and Publish are both the shortest of their kind. */
static void ask(uint16_t id, uint32_t sequence, uint32_t request)
{
	begin("MSGF", sequence, request);
	service(id);
	put(0, 2);
	put(0, 8);
	put(0, 4);
	put(0, 4);
	put(UINT32_MAX, 4);
	put(0, 4);
	put(0, 3);
	put(0, id == 826 ? 4 : 1);
	send_made(DIR_REQUEST);
}

static void answer(uint16_t id, uint32_t sequence, uint32_t request)
{
	begin("MSGF", sequence, request);
	service(id);
	put(0, 8);
	put(0, 4);
	put(0, 4);
	put(0, 1);
	put(0, 4);
	put(0, 3);
	send_made(DIR_RESPONSE);
}

START_TEST(requests_stay_open_across_a_gap)
{
	ask(473, 1, 1);
	ask(473, 2, 2);
	harness_gap(&h, DIR_RESPONSE, 100);
	ck_assert_uint_eq(h.events, 0);
	answer(476, 9, 2);
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	ck_assert_uint_eq(h.anomalies, 0);
	harness_finish(&h);
	ck_assert_uint_eq(count_of("\"complete\":false"), 1);
}
END_TEST

START_TEST(unanswered_after_a_minute_but_for_publish)
{
	ask(826, 1, 1);
	ask(473, 2, 2);
	harness_wait(&h, 59 * NS_PER_S);
	ask(473, 3, 3);
	ck_assert_uint_eq(h.events, 0);
	harness_wait(&h, 2 * NS_PER_S);
	answer(476, 1, 3);
	ck_assert_uint_eq(count_of("\"complete\":false"), 1);
	ck_assert_uint_eq(count_of("\"waited_us\":61000000"), 1);
	ck_assert_uint_eq(count_of("\"Publish\""), 0);
	harness_finish(&h);
	ck_assert_uint_eq(count_of("\"Publish\""), 1);
}
END_TEST

START_TEST(log_forgets_the_oldest_and_says_so)
{
	enum { SENT = 2000 };

	for (uint32_t i = 1; i <= SENT; i++)
		ask(473, i, i);
	ck_assert_uint_le(h.state_bytes, sizeof(struct opcua_state) + OPCUA_LOG_MAX);
	ck_assert_uint_gt(h.events, 0);
	answer(476, 1, SENT);
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	harness_finish(&h);
	ck_assert_uint_eq(h.events, SENT);
}
END_TEST

START_TEST(log_that_may_not_grow)
{
	h.state_cap = opcua_dissector.state_size;
	for (uint32_t i = 1; i <= 40; i++)
		ask(473, i, i);
	answer(476, 1, 40);
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	begin("MSGF", 41, 41);
	service(473);
	made.len += 3000;
	send_made(DIR_REQUEST);
	harness_finish(&h);
	ck_assert_uint_eq(h.events - h.anomalies, 41);
}
END_TEST

START_TEST(same_id_again_gives_up_the_former)
{
	ask(473, 1, 5);
	ask(473, 2, 5);
	ck_assert_uint_eq(count_of("\"complete\":false"), 1);
	answer(476, 1, 5);
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
}
END_TEST

START_TEST(answer_of_another_service)
{
	ask(473, 1, 5);
	answer(634, 1, 5);
	ck_assert_uint_eq(count_of("response_of_other_service"), 1);
	ck_assert_uint_eq(count_of("\"complete\":true"), 0);
}
END_TEST

/* Of a message in chunks no more is kept than OPCUA_PART_MAX; it is named and counted all the same, and the memory
 * comes back. */
static void long_message(uint32_t chunks, uint32_t bytes, uint32_t sequence)
{
	for (uint32_t i = 0; i < chunks; i++) {
		begin(i + 1 < chunks ? "MSGC" : "MSGF", sequence + i, 3);
		if (i == 0) {
			service(634);
			put(0, 8 + 4 + 4 + 1 + 4 + 3);
			put(1, 4);
			put(0x0c01, 2);
			put(chunks * (bytes - 24) - 200, 4);
		}
		memset(made.bytes + made.len, 'x', bytes - made.len);
		made.len = bytes;
		send_made(DIR_RESPONSE);
		ck_assert_uint_le(h.state_bytes, sizeof(struct opcua_state) + OPCUA_LOG_MAX + OPCUA_PART_MAX);
	}
}

START_TEST(chunks_up_to_a_cap)
{
	long_message(4, 8000, 1);
	ck_assert_uint_eq(count_of("\"xxxx"), 1);
	ck_assert_uint_eq(count_of("response_truncated"), 0);
	long_message(40, 8000, 5);
	ck_assert_uint_eq(count_of("response_truncated"), 1);
	ck_assert_uint_eq(count_of("\"chunks\":40"), 1);
	ck_assert_uint_eq(h.anomalies, 0);
	ck_assert_uint_eq(h.counters[OPCUA_COUNT_SERVICES + 2 * OPCUA_SERVICE_READ + 1], 2);
	ck_assert_uint_eq(h.counters[OPCUA_MSG], 44);
	ck_assert_uint_eq(h.state_bytes, opcua_dissector.state_size);
}
END_TEST

/* What a history holds is longer than what is kept of a message: how reading it went, and how much it is, stands in
 * front. */
START_TEST(history_longer_than_kept)
{
	enum { CHUNKS = 12, BYTES = 8000, VALUES = 90000 };

	begin("MSGF", 1, 3);
	service(664);
	put(0, 2 + 8 + 4 + 4 + 4 + 4 + 3);
	put(0x02890001, 4); /* raw */
	put(1, 1);
	put(22, 4);
	put(0, 22);
	put(2, 4);
	put(0, 1);
	put(2, 4);
	for (unsigned node = 5; node < 7; node++) {
		put(node << 16 | 1, 4);
		put(UINT32_MAX, 4);
		put(0, 2);
		put(0, 4);
		put(0, 4);
	}
	send_made(DIR_REQUEST);
	for (uint32_t i = 0; i < CHUNKS; i++) {
		begin(i + 1 < CHUNKS ? "MSGC" : "MSGF", 1 + i, 3);
		if (i == 0) {
			service(667);
			put(0, 8 + 4 + 4 + 1 + 4 + 3);
			put(2, 4);
			put(0x00a60000, 4);
			put(UINT32_MAX, 4);
			put(0x02920001, 4);
			put(1, 1);
			put(CHUNKS * (BYTES - 24) - 200, 4);
			put(VALUES, 4);
		}
		memset(made.bytes + made.len, 0, BYTES - made.len);
		made.len = BYTES;
		send_made(DIR_RESPONSE);
	}
	ck_assert_msg(count_of("\"status_code\":0,\"status\":\"Good\"") == 1, "%s", harness_lines(&h));
	ck_assert_uint_eq(count_of("{\"node_id\":\"i=5\",\"status\":\"GoodMoreData\",\"value_count\":90000}"), 1);
	ck_assert_uint_eq(count_of("{\"node_id\":\"i=6\"}"), 1);
	ck_assert_uint_eq(count_of("response_truncated"), 1);
	ck_assert_uint_eq(h.anomalies, 0);
}
END_TEST

START_TEST(chunks_where_memory_is_short)
{
	h.state_cap = opcua_dissector.state_size + OPCUA_PART_START;
	long_message(4, 8000, 1);
	ck_assert_uint_eq(count_of("response_truncated"), 1);
	ck_assert_uint_eq(count_of("\"Read\""), 1);
	ck_assert_uint_eq(h.anomalies, 0);
}
END_TEST

/* A long request is moved from its chunks into the log, which grows below them and below half a response: all stay what
 * they are. */
START_TEST(rooms_do_not_disturb_each_other)
{
	begin("MSGC", 1, 200);
	service(476);
	put(0, 8);
	send_made(DIR_RESPONSE);
	begin("MSGC", 1, 100);
	service(473);
	put(0, 2 + 8 + 4 + 4);
	put(UINT32_MAX, 4);
	put(0, 4 + 3);
	put(1, 1);
	made.len += 6000;
	send_made(DIR_REQUEST);
	begin("MSGF", 2, 100);
	made.len += 6000;
	send_made(DIR_REQUEST);
	ck_assert_uint_eq(h.events, 0);
	begin("MSGF", 2, 200);
	put(0, 4);
	put(0x80250000, 4);
	put(0, 1 + 4 + 3);
	send_made(DIR_RESPONSE);
	ck_assert_uint_eq(count_of("BadSessionIdInvalid"), 1);
	answer(476, 3, 100);
	ck_assert_uint_eq(count_of("\"delete_subscriptions\":true"), 1);
	ck_assert_uint_eq(h.anomalies, 0);
}
END_TEST

START_TEST(chunks_of_two_messages)
{
	begin("MSGC", 1, 1);
	service(473);
	send_made(DIR_REQUEST);
	ask(473, 2, 2);
	ck_assert_uint_eq(count_of("chunks_interleaved"), 1);
	answer(476, 1, 2);
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
}
END_TEST

/* Behind a gap the rest of a message is no message, nor a sign of encryption. */
START_TEST(rest_of_a_message_after_a_gap)
{
	harness_gap(&h, DIR_RESPONSE, 5000);
	begin("MSGC", 5, 1);
	put(0x1234567812345678, 8);
	send_made(DIR_RESPONSE);
	begin("MSGF", 6, 1);
	put(0x1234567812345678, 8);
	send_made(DIR_RESPONSE);
	ck_assert_uint_eq(h.events, 0);
	answer(476, 7, 2);
	ck_assert_uint_eq(count_of("\"CloseSession\""), 1);
	ck_assert_uint_eq(count_of("\"encrypted\":true"), 0);
	ck_assert_uint_eq(h.anomalies, 0);
	ck_assert_uint_eq(h.counters[OPCUA_MSG], 3);
}
END_TEST

START_TEST(sequence_numbers_begin_anew)
{
	ask(473, UINT32_MAX - 1000, 1);
	ask(473, 5, 2);
	ck_assert_uint_eq(h.anomalies, 0);
	ask(473, 5, 3);
	ck_assert_uint_eq(count_of("sequence_number\",\"offset\":12"), 1);
}
END_TEST

START_TEST(junk_is_passed_over)
{
	ask(473, 1, 1);
	play("> [no type]50574e46 0c000000 00000000");
	ask(473, 2, 2);
	ck_assert_uint_eq(count_of("\"message_type\",\"offset\":0"), 1);
	play("> [no size]4d534746 07000000 00");
	ask(473, 3, 3);
	ck_assert_uint_eq(count_of("\"chunk_size\""), 1);
	play("> [no flag]4d53472a 18000000 07000000 01000000 01000000 01000000");
	ck_assert_uint_eq(count_of("\"chunk_type\""), 1);
	answer(476, 1, 3);
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
}
END_TEST

/* A chunk longer than what a dissector is handed: its beginning is read, its rest passed over. */
START_TEST(chunk_longer_than_delivered)
{
	begin("MSGF", 1, 1);
	service(634);
	put(0, 8 + 4 + 4 + 1 + 4 + 3);
	put(2, 4);
	put(0x0601, 2);
	put(42, 4);
	put(0x0f01, 2);
	put(100000, 4);
	made.len = 100100;
	send_made(DIR_RESPONSE);
	ck_assert_uint_eq(count_of("\"value\":42"), 1);
	ck_assert_uint_eq(count_of("response_truncated"), 1);
	answer(476, 2, 2);
	ck_assert_uint_eq(count_of("\"CloseSession\""), 1);
	ck_assert_uint_eq(h.anomalies, 0);
}
END_TEST

/* A response with as many arrays as it may hold: every node told is told whole, and the record is no longer than it may
 * be. */
START_TEST(many_arrays)
{
	enum { NODES = 100, ITEMS = 30 };

	begin("MSGF", 1, 1);
	service(634);
	put(0, 8 + 4 + 4 + 1 + 4 + 3);
	put(NODES, 4);
	for (unsigned i = 0; i < NODES; i++) {
		put(0x8c01, 2);
		put(ITEMS, 4);
		for (unsigned k = 0; k < ITEMS; k++) {
			put(9, 4);
			put(0x0807060504030201, 8);
			put(9, 1);
		}
	}
	put(0, 4);
	send_made(DIR_RESPONSE);
	ck_assert_uint_gt(count_of("\"array_length\":30"), 40);
	ck_assert_uint_eq(count_of("\"array_length\":30"), count_of("\"type\":\"String\""));
	ck_assert_uint_eq(count_of("\"array_length\":30"), count_of("\"status\":\"Good\"") - 1);
	ck_assert_uint_eq(count_of("values_dropped"), 0);
	ck_assert_uint_lt(strlen(harness_lines(&h)), 65000);
}
END_TEST

/* A response with more text than a record has room for, which quotation marks take twice: the rest is left out, and the
 * record says so. */
START_TEST(more_text_than_room)
{
	enum { NODES = 60, WORDS = 120 };

	begin("MSGF", 1, 1);
	service(634);
	put(0, 8 + 4 + 4 + 1 + 4 + 3);
	put(NODES, 4);
	for (unsigned i = 0; i < NODES; i++) {
		put(0x0c01, 2);
		put(WORDS * 8, 4);
		for (unsigned k = 0; k < WORDS; k++)
			put(_i ? 0x2222222222222222 : 0x6161616161616161, 8);
	}
	put(0, 4);
	send_made(DIR_RESPONSE);
	ck_assert_uint_eq(count_of("text_truncated"), 1);
	ck_assert_uint_gt(strlen(harness_lines(&h)), 40000);
	ck_assert_uint_lt(strlen(harness_lines(&h)), 65000);
}
END_TEST

START_TEST(probes)
{
	static const struct {
		const char *bytes;
		enum probe says;
	} rows[] = {
	    {"48454c46 20000000", PROBE_REQUEST},
	    {"48454c46 1f000000 [shorter than any]", PROBE_NO},
	    {"48454c43 20000000 [a hello in chunks]", PROBE_NO},
	    {"41434b46 1c000000", PROBE_RESPONSE},
	    {"45525246 10000000", PROBE_RESPONSE},
	    {"52484546 30000000", PROBE_REQUEST},
	    {"4f504e46 84000000", PROBE_EITHER},
	    {"4d534746 40000000 07000000 01000000 01000000 01000000 0100 [ReadRequest]7702", PROBE_REQUEST},
	    {"4d534746 40000000 07000000 01000000 01000000 01000000 0100 [ReadResponse]7a02", PROBE_RESPONSE},
	    {"4d534743 40000000 07000000 01000000 8b2f6de0 11f0aa83 97c2 5d4e", PROBE_MORE},
	    {"4d534743 40000000 07000000 01000000 8b2f6de0 11f0aa83 97c2 5d4e 112233", PROBE_EITHER},
	    {"4d534746 40000000 07000000 01000000 01000000 01000000 0100 [half of an id]77", PROBE_MORE},
	    {"4d534746 20202020 [text]", PROBE_NO},
	    {"4d5347", PROBE_MORE},
	    {"47455420 2f204854", PROBE_NO},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len;
		uint8_t *bytes = harness_hex(rows[i].bytes, &len);
		ck_assert_msg(opcua_shape_probe(span_of(bytes, len), false) == rows[i].says, "%s", rows[i].bytes);
		free(bytes);
	}
}
END_TEST

/* Values of nodes with such names are never told (Users.admin.Password). */
START_TEST(names_of_secrets)
{
	static const char *const secret[] = {"password", "Users.admin.Password", "PASSWD",          "my.Passphrase",
					     "Secret",   "clientSecretText",     "userCredentials", "rsa.privateKey"},
				 *const plain[] = {"",       "Pass",    "Speed",    "Pressure.Setpoint",
						   "Sector", "Counter", "privateke"};

	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		ck_assert_msg(
		    opcua_value_is_secret(&(struct ua_node_id){.kind = UA_ID_STRING, .bytes = span_str(secret[i])}),
		    "%s", secret[i]);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		ck_assert_msg(
		    !opcua_value_is_secret(&(struct ua_node_id){.kind = UA_ID_STRING, .bytes = span_str(plain[i])}),
		    "%s", plain[i]);
}
END_TEST

START_TEST(every_service_has_its_ids)
{
	enum opcua_service_no no;

	for (unsigned i = 0; i < OPCUA_SERVICES; i++) {
		ck_assert_int_eq(opcua_service_find(opcua_services[i].request_id, &no), OPCUA_KIND_REQUEST);
		ck_assert_uint_eq(no, i);
		ck_assert_int_eq(opcua_service_find(opcua_services[i].response_id, &no), OPCUA_KIND_RESPONSE);
		ck_assert_uint_eq(no, i);
		ck_assert(i == 0 || opcua_services[i].request_id > opcua_services[i - 1].request_id);
	}
	ck_assert_int_eq(opcua_service_find(630, &no), OPCUA_KIND_NONE);
	ck_assert_int_eq(opcua_service_find(631 + 1024, &no), OPCUA_KIND_NONE);
	ck_assert_int_eq(opcua_service_find(397, &no), OPCUA_KIND_FAULT);
	ck_assert_str_eq(enum_token(&opcua_status_names, 0x80340000), "BadNodeIdUnknown");
	for (size_t i = 1; i < opcua_status_names.n; i++)
		ck_assert_uint_gt(opcua_status_names.names[i].value, opcua_status_names.names[i - 1].value);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("opcua");
	TCase *t = tcase_create("vectors");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, body_ends_anywhere, 0, VECTORS);
	suite_add_tcase(s, t);

	t = tcase_create("flows");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, requests_stay_open_across_a_gap);
	tcase_add_test(t, unanswered_after_a_minute_but_for_publish);
	tcase_add_test(t, log_forgets_the_oldest_and_says_so);
	tcase_add_test(t, log_that_may_not_grow);
	tcase_add_test(t, same_id_again_gives_up_the_former);
	tcase_add_test(t, answer_of_another_service);
	tcase_add_test(t, chunks_up_to_a_cap);
	tcase_add_test(t, history_longer_than_kept);
	tcase_add_test(t, chunks_where_memory_is_short);
	tcase_add_test(t, rooms_do_not_disturb_each_other);
	tcase_add_test(t, chunks_of_two_messages);
	tcase_add_test(t, rest_of_a_message_after_a_gap);
	tcase_add_test(t, sequence_numbers_begin_anew);
	tcase_add_test(t, junk_is_passed_over);
	tcase_add_test(t, chunk_longer_than_delivered);
	tcase_add_test(t, many_arrays);
	tcase_add_loop_test(t, more_text_than_room, 0, 2);
	suite_add_tcase(s, t);

	t = tcase_create("tables");
	tcase_add_test(t, probes);
	tcase_add_test(t, every_service_has_its_ids);
	tcase_add_test(t, names_of_secrets);
	suite_add_tcase(s, t);

	suite_add_tcase(s, vectors_tcase(&table));
	return vectors_run(s);
}
