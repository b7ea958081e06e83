/* modbus: PDUs, pairing, framing, gaps. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "dissect_harness.h"
#include "event/gate.h"
#include "modbus/modbus.h"
#include "modbus/modbus_log.h"
#include "modbus/modbus_shape.h"
#include "modbus_vectors.h"

enum { VECTORS = sizeof(modbus_vectors) / sizeof(modbus_vectors[0]) };

static struct harness h;

static void setup(void)
{
	harness_init(&h, &modbus_dissector);
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

static const struct vector_table table = {
    .rows = modbus_vectors,
    .n = VECTORS,
    .dissector = &modbus_dissector,
    .golden = "tests/golden/modbus",
};

START_TEST(gap_in_answers_ends_open_requests)
{
	play("> 0001 0000 0006 11 03 0000 0001");
	harness_gap(&h, DIR_REQUEST, 100);
	ck_assert_str_eq(harness_lines(&h), "");
	harness_gap(&h, DIR_RESPONSE, 100);
	ck_assert_uint_eq(count_of("\"complete\":false"), 1);
	ck_assert_uint_eq(count_of("\"address\":0"), 1);
	play("< 0001 0000 0005 11 03 02 000A");
	ck_assert_uint_eq(count_of("\"complete\":false"), 2);
	harness_finish(&h);
	ck_assert_uint_eq(h.events, 2);
}
END_TEST

/* A device that says a byte too many each time: where the segment ends, its message does. */
START_TEST(finds_messages_of_odd_length_behind_a_gap)
{
	play("> 0001 0000 0006 11 03 0000 0002 < 0001 0000 0004 11 83 02 00");
	harness_gap(&h, DIR_RESPONSE, 10);
	for (int i = 0; i < 3; i++)
		play("> 0003 0000 0006 11 03 0000 0002 < 0003 0000 0004 11 83 02 00");
	ck_assert_uint_eq(count_of("\"complete\":true"), 4);
	ck_assert_uint_eq(h.not_mine, 0);
}
END_TEST

/* A header that promises more than is sent would hide what follows: the next frame shows where this one ended. */
static const struct {
	const char *script, *reason;
	unsigned complete;
} shorter[] = {
    {"> 0001 0000 0014 11 06 0001 0002 > 0002 0000 0006 11 06 0003 0004 < 0001 0000 0006 11 06 0001 0002 "
     "< 0002 0000 0006 11 06 0003 0004",
     "length_mismatch", 2},
    {"> 0001 0000 00FE 11 10 0001 0001 02 0007 > 0002 0000 0006 11 03 0003 0001 < 0001 0000 0006 11 10 0001 0001 "
     "< 0002 0000 0005 11 03 02 0001",
     "length_mismatch", 2},
    /* in one segment */
    {"> 0001 0000 0014 11 03 0001 0001 0002 0000 0006 11 03 0003 0001 < 0001 0000 0005 11 03 02 0001 "
     "0002 0000 0005 11 03 02 0001",
     "length_mismatch", 2},
    /* what the server says */
    {"> 0001 0000 0006 11 03 0001 0001 < 0001 0000 0014 11 03 02 0001 > 0002 0000 0006 11 03 0003 0001 "
     "< 0002 0000 0005 11 03 02 0001",
     "length_mismatch", 2},
    {"> 0001 0000 0006 11 03 0001 0001 < 0001 0000 0014 11 83 02 > 0002 0000 0006 11 03 0003 0001 "
     "< 0002 0000 0005 11 03 02 0001",
     "length_mismatch", 2},
    /* no frame is so long: nothing needs to follow, and it does not wait for it */
    {"> 0001 0000 012C 11 06 0001 0002 < 0001 0000 0006 11 06 0001 0002", "length_out_of_range", 1},
    {"> 0001 0000 0006 11 03 0001 0001 < 0001 0000 012C 11 03 02 0001", "length_out_of_range", 1},
};

START_TEST(frames_that_end_early)
{
	for (int in_step = 0; in_step < 2; in_step++) {
		harness_reset(&h);
		if (in_step)
			play("> 0009 0000 0006 11 03 0000 0001 < 0009 0000 0005 11 03 02 0001");
		play(shorter[_i].script);
		harness_finish(&h);
		ck_assert_msg(count_of("\"complete\":true") == shorter[_i].complete + (unsigned)in_step, "%s",
			      shorter[_i].script);
		ck_assert_uint_eq(count_of("\"complete\":false"), 0);
		ck_assert_uint_eq(h.anomalies, 1);
		ck_assert_uint_eq(count_of(shorter[_i].reason), 1);
		ck_assert_uint_eq(h.not_mine, 0);
	}
}
END_TEST

START_TEST(resynchronises_behind_half_a_pdu)
{
	play("> 0001 0000 0006 11 03 0000 0002 < 0001 0000 0007 11 03 04 0001 0002");
	harness_gap(&h, DIR_RESPONSE, 9);
	play("> 0002 0000 0006 11 03 0000 0002");
	play("< [rest of a PDU]0000 0000 0002 1107 [next]0002 0000 0007 11 03 04 0003 0004");
	ck_assert_uint_eq(count_of("\"complete\":true"), 2);
	ck_assert_uint_eq(count_of("[3,4]"), 1);
	ck_assert_uint_eq(h.not_mine, 8);
}
END_TEST

START_TEST(one_side_alone)
{
	play("> 0001 0000 0006 11 06 0001 0003 > 0002 0000 0006 11 06 0001 0004");
	harness_finish(&h);
	ck_assert_uint_eq(count_of("\"complete\":false"), 2);
	ck_assert_uint_eq(count_of("\"request\""), 2);
	harness_reset(&h);
	play("< 0001 0000 0006 11 06 0001 0003 < 0002 0000 0006 11 06 0001 0004");
	ck_assert_uint_eq(count_of("\"response\":{\"address\":1"), 2);
	ck_assert_uint_eq(h.anomalies, 0);
}
END_TEST

static void send_read(unsigned id)
{
	uint8_t pdu[] = {(uint8_t)(id >> 8), (uint8_t)id, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1};

	harness_stream(&h, DIR_REQUEST, pdu, sizeof(pdu));
}

static void answer_read(unsigned id)
{
	uint8_t pdu[] = {(uint8_t)(id >> 8), (uint8_t)id, 0, 0, 0, 5, 1, 3, 2, 0, 1};

	harness_stream(&h, DIR_RESPONSE, pdu, sizeof(pdu));
}

START_TEST(log_grows_with_requests_in_flight)
{
	enum { IN_FLIGHT = 250 };

	ck_assert_uint_le(h.state_bytes, 200);
	for (unsigned id = 0; id < IN_FLIGHT; id++)
		send_read(id);
	ck_assert_uint_eq(h.events, 0);
	ck_assert_uint_gt(h.state_bytes, 4096);
	ck_assert_uint_le(h.state_bytes, MODBUS_STATE_MAX);
	for (unsigned id = 0; id < IN_FLIGHT; id++)
		answer_read(id ^ 1);
	ck_assert_uint_eq(count_of("\"complete\":true"), IN_FLIGHT);
	harness_finish(&h);
	ck_assert_uint_eq(h.events, IN_FLIGHT);
}
END_TEST

START_TEST(log_forgets_the_oldest_and_says_so)
{
	enum { SENT = 2000 };

	for (unsigned id = 0; id < SENT; id++)
		send_read(id);
	ck_assert_uint_le(h.state_bytes, MODBUS_STATE_MAX);
	ck_assert_uint_gt(h.events, 0);
	ck_assert_uint_eq(count_of("\"complete\":false"), h.events);
	ck_assert_uint_eq(count_of("\"transaction_id\":0,"), 1);
	ck_assert_uint_eq(count_of("\"transaction_id\":1999,"), 0);
	answer_read(1999);
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	harness_finish(&h);
	ck_assert_uint_eq(h.events, SENT);
}
END_TEST

/* The flow layer refuses to grow: only as many requests as fit at first are kept, and one too long for that is told at
 * once. */
START_TEST(log_that_may_not_grow)
{
	h.state_cap = MODBUS_STATE_BYTES;
	for (unsigned id = 0; id < 20; id++)
		send_read(id);
	answer_read(19);
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	uint8_t write[6 + 1 + 6 + 246] = {0xff, 0, 0, 0, 0, 253, 1, 16, 0, 0, 0, 123, 246};
	harness_stream(&h, DIR_REQUEST, write, sizeof(write));
	ck_assert_uint_eq(count_of("write_multiple_registers"), 1);
	harness_finish(&h);
	ck_assert_uint_eq(h.events, 21);
	ck_assert_uint_eq(h.anomalies, 0);
}
END_TEST

START_TEST(unanswered_after_a_minute)
{
	send_read(1);
	harness_wait(&h, 59 * NS_PER_S);
	send_read(2);
	ck_assert_uint_eq(h.events, 0);
	harness_wait(&h, 2 * NS_PER_S);
	send_read(3);
	ck_assert_uint_eq(h.events, 1);
	ck_assert_uint_eq(count_of("\"transaction_id\":1,"), 1);
	ck_assert_uint_eq(count_of("\"waited_us\":61000000"), 1);
}
END_TEST

/* A row of requests without an answer ends where one was answered. What is given up because the flow ends, or because
 * answers were lost, has no place in it. */
START_TEST(unanswered_in_a_row)
{
	send_read(1);
	answer_read(1);
	for (unsigned id = 2; id <= 6; id++) {
		send_read(id);
		if (id == 4)
			answer_read(id);
	}
	harness_wait(&h, 61 * NS_PER_S);
	send_read(7);
	ck_assert_uint_eq(h.events, 6);
	ck_assert_uint_eq(count_of("\"transaction_id\":2,"), 1);
	ck_assert_uint_eq(count_of("\"unanswered\":1,\"answered_before\":true"), 2); /* 2 and 5 */
	ck_assert_uint_eq(count_of("\"unanswered\":2,\"answered_before\":true"), 2); /* 3 and 6 */
	harness_wait(&h, 61 * NS_PER_S);
	harness_gap(&h, DIR_RESPONSE, 10);
	send_read(8);
	harness_finish(&h);
	ck_assert_uint_eq(count_of("\"unanswered\""), 4);
	ck_assert_uint_eq(count_of("\"complete\":false"), 6);
}
END_TEST

START_TEST(never_answered)
{
	send_read(1);
	send_read(2);
	harness_wait(&h, 2 * NS_PER_S);
	harness_finish(&h);
	ck_assert_uint_eq(count_of("\"unanswered\":1,"), 1);
	ck_assert_uint_eq(count_of("\"unanswered\":2,"), 1);
	ck_assert_uint_eq(count_of("answered_before"), 0);
}
END_TEST

/* Nobody answers "force listen only"; its record does not wait for a minute, nor does it go before an exception can
 * come. */
START_TEST(silence_is_told_soon)
{
	send_read(1);
	play("> 0002 0000 0006 11 08 0004 0000");
	harness_wait(&h, NS_PER_S / 2);
	send_read(3);
	ck_assert_uint_eq(h.events, 0);
	harness_wait(&h, NS_PER_S);
	send_read(4);
	ck_assert_uint_eq(h.events, 1);
	ck_assert_uint_eq(count_of("force_listen_only_mode"), 1);
	harness_finish(&h);
	ck_assert_uint_eq(h.events, 4);
}
END_TEST

/* A client that always uses the same id asks again after its time-out: the answer is the second's. */
START_TEST(same_id_again_after_a_while)
{
	play("> 0000 0000 0006 11 03 0010 0001");
	harness_wait(&h, NS_PER_S);
	play("> 0000 0000 0006 11 03 0020 0001 < 0000 0000 0005 11 03 02 0001");
	ck_assert_uint_eq(count_of("\"complete\":true"), 1);
	ck_assert_uint_eq(count_of("\"rtt_us\":1000,\"request\":{\"address\":32"), 1);
	harness_finish(&h);
	ck_assert_uint_eq(count_of("\"complete\":false"), 1);
}
END_TEST

/* What a gate lets through, but for the fields that are no KEY. */
struct summary {
	char text[1 << 19];
	size_t len;
};

static void sum_up(void *ctx, struct event *ev)
{
	struct summary *s = ctx;
	size_t room = sizeof(s->text) - s->len;

	s->len += (size_t)snprintf(s->text + s->len, room, "%s %d %d x%lu %ld..%ld #%lu", ev->table->object,
				   (int)ev->complete, (int)ev->func_class, ev->count, ev->first_ns, ev->at.ts_ns,
				   ev->at.frame);
	for (unsigned i = 0; i < ev->n_values; i++) {
		const struct event_value *v = &ev->values[i];
		room = sizeof(s->text) - s->len;
		s->len += (size_t)snprintf(s->text + s->len, room, v->field->flags & FIELD_KEY ? " %s=%lu" : " %s",
					   v->field->name, event_value_bytes(v) > 0 ? 0 : v->u);
	}
	s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len, "\n");
}

/* Reads, writes, exceptions and what is wrong in all ways, over and over; @again: what was said before by its name. */
static void poll_through_gate(struct summary *s, event_again *again, event_coming *coming)
{
	static const char *const polls[] = {
	    "> 0001 0000 0006 11 03 0000 0002 < 0001 0000 0007 11 03 04 0001 0002",
	    "> 0001 0000 0006 11 03 0000 0001 < 0001 0000 0005 11 03 02 0001",
	    "> 0002 0000 0006 11 01 0010 0009 < 0002 0000 0005 11 01 02 0101",
	    "> 0003 0000 0006 11 04 0000 0002 < 0003 0000 0003 11 84 02",
	    "> 0003 0000 0006 11 04 0000 0002 < 0003 0000 0003 11 84 0C",
	    "> 0004 0000 0006 11 06 0001 0003 < 0004 0000 0006 11 06 0001 0003",
	    "> 0004 0000 0006 11 06 0001 0004 < 0004 0000 0006 11 06 0001 0004",
	    "> 0004 0000 0006 11 06 0001 0004 < 0004 0000 0006 11 06 0001 0005",
	    "> 0005 0000 0006 11 05 0001 FF00 < 0005 0000 0006 11 05 0001 FF00",
	    "> 0005 0000 0006 11 05 0001 FF01 < 0005 0000 0006 11 05 0001 FF01",
	    "> 0006 0000 0008 11 0F 0001 0004 01 05 < 0006 0000 0006 11 0F 0001 0004",
	    "> 0006 0000 0008 11 0F 0001 0004 01 06 < 0006 0000 0006 11 0F 0001 0004",
	    "> 0006 0000 0008 11 0F 0001 0005 01 06 < 0006 0000 0006 11 0F 0001 0005",
	    "> 0006 0000 0008 11 0F 0001 0004 01 06 < 0006 0000 0006 11 0F 0001 0005",
	    "> 0006 0000 0009 11 0F 0001 0004 02 0600 < 0006 0000 0006 11 0F 0001 0004",
	    "> 0006 0000 0009 11 10 0001 0001 02 0007 < 0006 0000 0006 11 10 0001 0001",
	    "> 0006 0000 000B 11 10 0001 0002 04 00070008 < 0006 0000 0006 11 10 0001 0002",
	    "> 0001 0000 0006 11 03 0000 0002 < 0001 0000 0005 11 03 02 0001",
	    "> 0001 0000 0006 11 03 0000 0002 < 0001 0000 0008 11 03 04 0001 0002 00",
	    "> 0001 0000 0006 12 03 0000 0002 < 0001 0000 0007 12 03 04 0001 0002",
	    "> 0001 0000 0006 11 03 FFFF 0002 < 0001 0000 0007 11 03 04 0001 0002",
	    "< 0007 0000 0007 11 03 04 0001 0002",
	    "> 0008 0000 0002 11 11 < 0008 0000 0005 11 11 02 33 FF",
	};
	struct gate *g = gate_new(1000, (struct event_sink){sum_up, s});

	harness_reset(&h);
	s->len = 0;
	h.out.at.flow_id = 3;
	h.out.next = (struct event_sink){gate_take, g};
	h.out.again = again;
	h.out.coming = coming;
	for (unsigned i = 0; i < 900; i++) {
		h.out.at.frame = i;
		play(polls[i * 5 % (sizeof(polls) / sizeof(polls[0]))]);
		harness_wait(&h, NS_PER_S / 10);
		gate_tick(g, h.out.at.ts_ns);
	}
	harness_finish(&h);
	gate_flush(g);
	struct gate_counters c = gate_count(g);
	ck_assert_uint_gt(c.held, 200);
	gate_free(g);
}

static unsigned told_by_name, told_as_announced;
static uint64_t announced;

static bool again_counted(void *gate, const struct field_table *t, uint64_t alias, const struct origin *at)
{
	bool done = gate_again(gate, t, alias, at);

	told_by_name += done;
	told_as_announced += done && alias == announced;
	return done;
}

static void coming_noted(void *gate, uint64_t flow_id, uint64_t alias)
{
	announced = alias;
	gate_coming(gate, flow_id, alias);
}

START_TEST(what_repeats_itself_is_told_the_same_by_its_name)
{
	static struct summary built, named;

	poll_through_gate(&built, NULL, NULL);
	int64_t took_ns = h.out.at.ts_ns;
	poll_through_gate(&named, again_counted, coming_noted);
	ck_assert_int_eq(h.out.at.ts_ns, took_ns);
	ck_assert_uint_gt(told_by_name, 100);
	ck_assert_uint_gt(told_as_announced, 50); /* reads that are answered */
	ck_assert(built.len > 1000 && built.len < sizeof(built.text));
	ck_assert_str_eq(named.text, built.text);
}
END_TEST

START_TEST(umas_of_any_length)
{
	static const size_t lengths[] = {254, 255, 300, 301, 1000, 2042, 2043, 5000, 65535};

	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t n = lengths[i];
		uint8_t *adu = calloc(1, 6 + n);
		adu[4] = (uint8_t)(n >> 8);
		adu[5] = (uint8_t)n;
		adu[7] = MODBUS_UMAS;
		adu[9] = 0x31;
		harness_reset(&h);
		for (size_t at = 0; at < 6 + n; at += 1460)
			harness_stream(&h, DIR_REQUEST, adu + at, 6 + n - at < 1460 ? 6 + n - at : 1460);
		play("< 0000 0000 0004 00 5A 00 FE");
		ck_assert_uint_eq(h.events, 1);
		ck_assert_uint_eq(count_of("\"complete\":true"), 1);
		ck_assert_uint_eq(count_of("program_write_block"), 1);
		ck_assert_uint_eq(h.counters[0], 1);
		free(adu);
	}
}
END_TEST

static const struct {
	const char *script;
	enum function_class class;
} classes[] = {
    {"> 0001 0000 0006 11 03 0000 0001", CLASS_READ},
    {"> 0001 0000 0006 11 06 0000 0001", CLASS_WRITE},
    {"> 0001 0000 000D 11 17 0000 0001 0000 0001 02 0001", CLASS_WRITE},
    {"> 0001 0000 0006 11 08 0000 0001", CLASS_READ},
    {"> 0001 0000 0006 11 08 0001 0000", CLASS_ADMIN},
    {"> 0001 0000 0006 11 08 0004 0000", CLASS_ADMIN},
    {"> 0001 0000 0006 11 08 000A 0000", CLASS_ADMIN},
    {"> 0001 0000 0006 11 08 000B 0000", CLASS_READ},
    {"> 0001 0000 0006 11 08 0014 0000", CLASS_ADMIN},
    {"> 0001 0000 0006 11 08 0015 0003", CLASS_READ},
    {"> 0001 0000 0006 11 08 0015 0004", CLASS_ADMIN},
    {"< 0001 0000 0006 11 08 0001 0000", CLASS_ADMIN},
    {"> 0001 0000 0005 11 2B 0E 01 00", CLASS_READ},
    {"> 0001 0000 0003 11 7D 00", CLASS_PROGRAM},
    {"> 0001 0000 0004 00 5A 00 02", CLASS_READ},
    {"> 0001 0000 0004 00 5A 00 23", CLASS_WRITE},
    {"> 0001 0000 0004 00 5A 00 30", CLASS_PROGRAM},
    {"> 0001 0000 0004 00 5A 00 34", CLASS_PROGRAM},
    {"> 0001 0000 0004 00 5A 00 41", CLASS_ADMIN},
    {"> 0001 0000 0004 00 5A 00 EE", CLASS_ADMIN},
    {"< 0001 0000 0004 00 5A 00 FE", CLASS_NONE},
};

START_TEST(function_classes)
{
	play(classes[_i].script);
	harness_finish(&h);
	ck_assert_msg(h.last_class == classes[_i].class, "%s: class %d", classes[_i].script, h.last_class);
}
END_TEST

static const struct {
	const char *hex;
	bool from_server_port;
	enum probe said;
} probes[] = {
    {"", false, PROBE_MORE},
    {"0001 00", false, PROBE_MORE},
    {"0001 0000 0006 11", false, PROBE_MORE},
    {"0001 0000 0006 11 03 0000", false, PROBE_MORE},
    {"0001 0000 0006 11 03 0000 0001", false, PROBE_REQUEST},
    {"0001 0000 0006 11 03 0000 0001", true, PROBE_EITHER},
    {"0001 0000 0005 11 03 02 0001", false, PROBE_RESPONSE},
    {"0001 0000 0006 11 05 0001 FF00", false, PROBE_EITHER},
    {"0001 0000 0003 11 83 02", true, PROBE_RESPONSE},
    {"0001 0000 0003 11 83 02", false, PROBE_EITHER},
    {"0001 0000 0005 11 2B 0E 01 00", false, PROBE_REQUEST},
    {"0001 0000 0004 00 5A 00 02", false, PROBE_REQUEST},
    {"0001 0000 0004 00 5A 00 FE", true, PROBE_RESPONSE},
    {"0001 0000 0002 11 11", false, PROBE_WEAK},           /* no body: others look so, too */
    {"0001 0000 0006 11 03 0000 0000", false, PROBE_WEAK}, /* quantity 0 */
    {"0001 0000 0004 11 64 0102", false, PROBE_WEAK},
    {"0001 0000 0001 11 03", false, PROBE_NO},
    {"0001 0010 0006 11 03 0000 0001", false, PROBE_NO},
    {"0001 0000 8804 05 07 0809 1000", false, PROBE_NO},
    /* lengths in little-endian and zeros are what others begin with; all of it ends where a frame would */
    {"6000 0000 0012 00 00 01002A000000000000000000 96049101 01010100 00000300 0000", false, PROBE_NO},
    {"6000 0000 0012 00 00 01002A00", false, PROBE_MORE},
    {"0001 0000 0003 11 00 01", false, PROBE_MORE}, /* a segment may have been cut there */
    {"0001 0000 0003 11 80 01", true, PROBE_WEAK},
    {"6000 0000 0012 00 00 01002A00000000000000009704910101", false, PROBE_MORE},
    {"0001 0000 0003 11 00 01 0002 0000 0003 11 00 01 0002 0100 0003 11 00 01", false, PROBE_NO},
    {"47455420 2F204854 54502F31", false, PROBE_NO},
    {"16030100 85010000 81030373 6FF81854", false, PROBE_NO},
    {"0001 0000 0014 11 03 0000 0001", false, PROBE_MORE},
    {"0001 0000 0014 11 03 0000 0001 0002 0000 0006 11 03 0000 0001", false, PROBE_WEAK}, /* a length that is none */
    {"0001 0000 0014 11 03 0000 0001 0002 0000 0014 11 03 0000 0001", false, PROBE_MORE},
    {"0001 0000 012C 11 03 0000 0001", false, PROBE_WEAK},
    {"0001 0000 012C 11 03 02 0001", true, PROBE_WEAK},
    {"0001 0000 012C 11 03 0000", false, PROBE_MORE},
    {"01 03 0000 000A C5CD", false, PROBE_REQUEST},
    {"01 03 0000 0002 C40B", false, PROBE_REQUEST},
    {"01 83 02 C0F1", true, PROBE_RESPONSE},
    {"01 03 0010 000A C5CD", false, PROBE_NO},
};

START_TEST(probing)
{
	size_t n;
	uint8_t *bytes = harness_hex(probes[_i].hex, &n);
	enum probe said = modbus_dissector.probe(span_of(bytes, n), probes[_i].from_server_port);

	ck_assert_msg(said == probes[_i].said, "%s: said %d, expected %d", probes[_i].hex, said, probes[_i].said);
	free(bytes);
}
END_TEST

START_TEST(crc_of_the_specification)
{
	ck_assert_uint_eq(rtu_crc(span_of("\x02\x07", 2)), 0x1241); /* SL 6.2.2 */
	ck_assert_uint_eq(rtu_crc(span_of("\x01\x03\x00\x00\x00\x0a\xc5\xcd", 8)), 0);
}
END_TEST

START_TEST(counters)
{
	struct json j;

	play("> 0001 0000 0006 11 03 0100 0001 0002 0000 0006 11 03 0100 0000 < 0001 0000 0003 11 83 02 > 0003 0000 "
	     "0003 11 83 01 < 0004 0000 0003 11 83 00");
	json_init(&j, 4096);
	json_object_begin(&j);
	modbus_dissector.stats(h.counters, &j);
	json_object_end(&j);
	ck_assert_str_eq(
	    json_cstr(&j),
	    "{\"modbus\":{\"requests\":3,\"responses\":2,\"exceptions\":2,\"rtu_requests\":0,\"rtu_responses\":0,"
	    "\"rtu_exceptions\":0}}");
	json_deinit(&j);
}
END_TEST

/* What stands in tables must be findable: names ascending, every function with a name also with properties. */
START_TEST(tables_are_sound)
{
	for (unsigned i = 0; i < MODBUS_FIELDS; i++) {
		const struct enum_names *names = modbus_field[i].names;
		ck_assert_msg(modbus_field[i].name && modbus_field[i].spec && modbus_field[i].doc, "row %u", i);
		ck_assert_msg((modbus_field[i].type == FIELD_TYPE_ENUM) == (names != NULL), "%s", modbus_field[i].name);
		for (size_t n = 1; names && n < names->n; n++)
			ck_assert_msg(names->names[n - 1].value < names->names[n].value, "%s: %s", modbus_field[i].name,
				      names->names[n].token);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("modbus");
	TCase *t = tcase_create("PDUs");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, function_classes, 0, sizeof(classes) / sizeof(classes[0]));
	tcase_add_loop_test(t, probing, 0, sizeof(probes) / sizeof(probes[0]));
	tcase_add_test(t, crc_of_the_specification);
	tcase_add_test(t, counters);
	tcase_add_test(t, tables_are_sound);
	suite_add_tcase(suite, t);

	t = tcase_create("flows");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, gap_in_answers_ends_open_requests);
	tcase_add_test(t, finds_messages_of_odd_length_behind_a_gap);
	tcase_add_loop_test(t, frames_that_end_early, 0, sizeof(shorter) / sizeof(shorter[0]));
	tcase_add_test(t, resynchronises_behind_half_a_pdu);
	tcase_add_test(t, one_side_alone);
	tcase_add_test(t, log_grows_with_requests_in_flight);
	tcase_add_test(t, log_forgets_the_oldest_and_says_so);
	tcase_add_test(t, log_that_may_not_grow);
	tcase_add_test(t, unanswered_after_a_minute);
	tcase_add_test(t, unanswered_in_a_row);
	tcase_add_test(t, never_answered);
	tcase_add_test(t, silence_is_told_soon);
	tcase_add_test(t, same_id_again_after_a_while);
	tcase_add_test(t, what_repeats_itself_is_told_the_same_by_its_name);
	tcase_add_test(t, umas_of_any_length);
	suite_add_tcase(suite, t);

	suite_add_tcase(suite, vectors_tcase(&table));
	return vectors_run(suite);
}
