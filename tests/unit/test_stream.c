/* The stream: PDUs out of bytes, what is skipped, what is no PDU, and which dissector it is. */
#include "net/identify.h"
#include "toy.h"

static uint8_t bytes[200000];

static size_t put_text(uint8_t *at, char kind, char mark, const char *text)
{
	return toy_put(at, kind, mark, text);
}

/* A PDU of @n bytes of text. */
static size_t put_long(uint8_t *at, char kind, char mark, size_t n)
{
	at[0] = (uint8_t)kind;
	at[1] = (uint8_t)mark;
	at[2] = (uint8_t)(n >> 8);
	at[3] = (uint8_t)n;
	memset(at + TOY_HEAD, 'x', n);
	return TOY_HEAD + n;
}

/* Sends bytes[from, to) of the client in segments of @step. */
static void send_steps(struct toy *t, size_t from, size_t to, size_t step)
{
	for (size_t at = from; at < to; at += step) {
		size_t n = to - at < step ? to - at : step;
		toy_data(t, 0, (uint32_t)at, 0, bytes + at, n);
	}
}

START_TEST(what_is_not_wanted_of_a_pdu_is_skipped)
{
	size_t n = put_text(bytes, 'Q', '!', "a");
	n += put_long(bytes + n, 'Q', '-', 60000);
	n += put_text(bytes + n, 'Q', '!', "b");
	static const size_t steps[] = {1, 2, 3, 5, 1000, 1460, 65000};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct toy t = toy_new();
		toy_handshake(&t);
		send_steps(&t, 0, n, steps[i]);
		ck_assert_uint_le(toy_stat(&t, "memory_bytes"), 3 * 65536);
		ck_assert_str_eq(toy_end(&t), "Q:a Q: Q:b finish ");
	}
}
END_TEST

START_TEST(a_gap_within_what_is_skipped_does_no_harm)
{
	size_t n = put_long(bytes, 'Q', '-', 5000);
	size_t end = n + put_text(bytes + n, 'Q', '!', "b");

	/* the last is the whole rest of the PDU: the next one begins right behind the hole */
	static const size_t gaps[][2] = {{1000, 2000}, {500, 4900}, {1000, 5004}};
	for (size_t i = 0; i < 3; i++) {
		struct toy t = toy_new();
		toy_tells_anomalies = true;
		toy_handshake(&t);
		toy_data(&t, 0, 0, 0, bytes, gaps[i][0]);
		toy_data(&t, 0, (uint32_t)gaps[i][1], 0, bytes + gaps[i][1], end - gaps[i][1]);
		char expect[100];
		snprintf(expect, sizeof(expect), "Q: anomaly(gap/end_of_flow/%zu) Q:b finish ",
			 gaps[i][1] - gaps[i][0]);
		ck_assert_str_eq(toy_end(&t), expect);
	}
}
END_TEST

START_TEST(behind_a_hole_in_a_pdu_of_known_length_the_next_is_found)
{
	/* its text is full of what looks like PDUs */
	size_t n = put_text(bytes, 'Q', '!', "a"), first = n;
	bytes[n] = 'Q', bytes[n + 1] = '!', bytes[n + 2] = 0, bytes[n + 3] = 200;
	for (size_t i = 0; i < 200; i += 4)
		memcpy(bytes + n + TOY_HEAD + i, "Q!\0\0", 4);
	n += TOY_HEAD + 200;
	size_t end = n + put_text(bytes + n, 'Q', '!', "b");
	struct toy t = toy_new();

	toy_handshake(&t);
	toy_data(&t, 0, 0, 0, bytes, first + 50);
	toy_data(&t, 0, (uint32_t)first + 100, 0, bytes + first + 100, end - first - 100);
	ck_assert_str_eq(toy_end(&t), "Q:a gap(Q,50) Q:b finish ");
}
END_TEST

START_TEST(behind_a_hole_the_next_pdu_is_looked_for)
{
	/* the hole begins at a boundary and ends in the midst of a PDU */
	size_t n = put_text(bytes, 'Q', '!', "a"), hole = n;
	n += put_text(bytes + n, 'Q', '!', "lost");
	n += put_text(bytes + n, 'Q', '!', "half of this is lost");
	size_t behind = n - 9;
	n += put_text(bytes + n, 'Q', '!', "b");
	n += put_text(bytes + n, 'Q', '!', "c");
	for (size_t step = 1; step < 40; step++) {
		struct toy t = toy_new();
		toy_tells_anomalies = true;
		toy_handshake(&t);
		toy_data(&t, 0, 0, 0, bytes, hole);
		send_steps(&t, behind, n, step);
		char expect[100];
		snprintf(expect, sizeof(expect), "Q:a anomaly(gap/end_of_flow/%zu) gap(Q,%zu) Q:b Q:c finish ",
			 behind - hole, behind - hole);
		ck_assert_str_eq(toy_end(&t), expect);
	}
}
END_TEST

START_TEST(what_only_looks_like_a_pdu_behind_a_hole_is_passed_over)
{
	size_t n = put_text(bytes, 'Q', '!', "a"), hole = n;
	n += put_text(bytes + n, 'Q', '!', "lost, then xQ!\1\1 and so on");
	memcpy(bytes + n - 12, "Q!\0\3", 4); /* three bytes of text, then no PDU */
	size_t behind = n - 14;
	n += put_text(bytes + n, 'Q', '!', "b");
	struct toy t = toy_new();

	toy_handshake(&t);
	toy_data(&t, 0, 0, 0, bytes, hole);
	toy_data(&t, 0, (uint32_t)behind, 0, bytes + behind, n - behind);
	char expect[100];
	snprintf(expect, sizeof(expect), "Q:a gap(Q,%zu) Q:b finish ", behind - hole);
	ck_assert_str_eq(toy_end(&t), expect);
}
END_TEST

START_TEST(junk_between_pdus_is_told_once_and_passed_over)
{
	size_t n = put_text(bytes, 'Q', '!', "a");
	memcpy(bytes + n, "rubbish Q? Q!", 13); /* its end might be a PDU until the next byte comes */
	n += 13;
	n += put_text(bytes + n, 'Q', '!', "b");
	n += put_text(bytes + n, 'Q', '!', "c");
	for (size_t step = 1; step < 40; step++) {
		struct toy t = toy_new();
		toy_handshake(&t);
		send_steps(&t, 0, n, step);
		ck_assert_msg(strcmp(toy_end(&t), "Q:a Q:b Q:c finish ") == 0, "step %zu: %s", step, toy_log);
	}
	struct toy t = toy_new();
	toy_tells_anomalies = true;
	toy_handshake(&t);
	send_steps(&t, 0, n, 1000);
	ck_assert_str_eq(toy_end(&t), "Q:a anomaly(not_protocol/no_pdu_starts_here/13) Q:b Q:c finish ");
}
END_TEST

START_TEST(junk_for_good_is_told_twice_at_most)
{
	size_t n = put_text(bytes, 'Q', '!', "a");
	memset(bytes + n, 'j', 100000);
	struct toy t = toy_new();

	toy_tells_anomalies = true;
	toy_handshake(&t);
	send_steps(&t, 0, n + 100000, 1000);
	ck_assert_str_eq(
	    toy_end(&t),
	    "Q:a anomaly(not_protocol/no_pdu_starts_here/995) anomaly(not_protocol/no_pdu_starts_here/99005) finish ");
}
END_TEST

START_TEST(a_flow_that_never_held_a_pdu_is_let_go)
{
	/* the words were the toy's, but nothing that follows is; 'W' is believed on the port */
	memset(bytes, 'j', sizeof(bytes));
	memcpy(bytes, "W!\xff\xff", 4);
	struct toy t = toy_new();

	toy_tells_anomalies = true;
	toy_handshake(&t);
	send_steps(&t, 0, 180000, 1400);
	ck_assert_ptr_nonnull(strstr(toy_log, "anomaly(limit/pdu_too_long/"));
	ck_assert_ptr_null(toy_last_origin.app_proto ? NULL : "x");
	toy_tells_flows = true;
	toy_end(&t);
	ck_assert_ptr_null(toy_last_origin.app_proto);
	ck_assert_ptr_nonnull(strstr(toy_log, "flow(1,established,end_of_capture)"));
}
END_TEST

START_TEST(a_pdu_beyond_the_limit_is_passed_over)
{
	size_t n = put_text(bytes, 'Q', '!', "a");
	n += put_long(bytes + n, 'Q', '!', 20000);
	n += put_text(bytes + n, 'Q', '!', "b");
	static const size_t steps[] = {1, 700, 1460, 65000};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct toy t = toy_new();
		toy_tells_anomalies = true;
		toy_handshake(&t);
		send_steps(&t, 0, n, steps[i]);
		ck_assert_str_eq(toy_end(&t), "Q:a anomaly(limit/pdu_too_long/20004) Q:b finish ");
	}
}
END_TEST

START_TEST(work_does_not_grow_with_the_square)
{
	/* a dissector that cannot say how much it needs, fed one byte at a time; and one that says so, which is asked
	 * twice */
	for (int says = 0; says < 2; says++) {
		size_t n = put_long(bytes, says ? 'Q' : 'W', '!', 16000);
		struct toy t = toy_new();
		toy_handshake(&t);
		send_steps(&t, 0, n, 1);
		ck_assert_uint_le(toy_frames, says ? 2 : 4096 + 40);
		toy_end(&t);
		ck_assert_int_eq(strncmp(toy_log, "Q:xxx", 5), 0);
	}
}
END_TEST

START_TEST(weak_words_need_the_port_or_the_other_side)
{
	for (int with_port = 0; with_port < 2; with_port++) {
		struct toy t = toy_new();
		size_t n = put_text(bytes, 'W', '!', "a"), m = put_text(bytes + 100, 'W', '!', "b");
		t.port[1] = with_port ? TOY_PORT : 8888;
		toy_handshake(&t);
		toy_data(&t, 0, 0, 0, bytes, n);
		ck_assert_str_eq(toy_log, with_port ? "Q:a " : "");
		toy_data(&t, 1, 0, (uint32_t)n, bytes + 100, m);
		ck_assert_str_eq(toy_end(&t), "Q:a R:b finish ");
	}
}
END_TEST

START_TEST(first_words_may_come_byte_by_byte_on_any_port)
{
	struct toy t = toy_new();
	size_t n = put_text(bytes, 'Q', '!', "a");

	t.port[1] = 8888;
	toy_handshake(&t);
	send_steps(&t, 0, n, 1);
	toy_tells_flows = true;
	ck_assert_str_eq(toy_end(&t), "Q:a finish flow(1,established,end_of_capture) ");
	ck_assert_str_eq(toy_last_origin.app_proto, "toy");
}
END_TEST

/* Picked up in the middle of something whose end might begin a PDU: the next segment does. */
START_TEST(a_segment_may_begin_what_those_before_it_do_not)
{
	struct toy t = toy_new();
	size_t n = put_text(bytes + 1, 'Q', '!', "a");

	bytes[0] = 'Q';
	toy_handshake(&t);
	toy_data(&t, 0, 0, 0, bytes, 1);
	toy_data(&t, 0, 1, 0, bytes + 1, n);
	ck_assert_str_eq(toy_end(&t), "Q:a finish ");
}
END_TEST

/* Met in the midst of something long, however long it is: what follows begins where the other side speaks or, where
 * only one side is seen, behind the end of it. */
START_TEST(a_flow_met_within_something_long_is_read_from_its_next_beginning)
{
	for (unsigned i = 0; i < 4; i++) {
		struct toy t = toy_new();
		uint32_t at = 1000;
		bool both = i / 2 == 0;
		static uint8_t words[64];
		size_t n = put_text(words, 'Q', '!', "a");

		t.port[1] = i % 2 ? TOY_PORT : 8888;
		memset(bytes, 'j', 1400);
		for (unsigned k = 0; k < 300; k++, at += 1400)
			toy_data(&t, 1, at, 50, bytes, 1400);
		toy_data(&t, 1, at, 50, bytes, 300);
		at += 300;
		toy_data(&t, both ? 0 : 1, both ? 50 : at, both ? at : 50, words, n);
		ck_assert_str_eq(toy_end(&t), "Q:a finish ");
	}
}
END_TEST

START_TEST(on_its_port_a_protocol_is_waited_for)
{
	/* something else comes first on the port; elsewhere nobody waits */
	for (int with_port = 0; with_port < 2; with_port++) {
		struct toy t = toy_new();
		size_t n = put_text(bytes + 40, 'Q', '!', "a");
		t.port[1] = with_port ? TOY_PORT : 8888;
		toy_handshake(&t);
		memset(bytes, 'j', 40);
		for (unsigned i = 0; i < 3; i++) {
			toy_data(&t, 0, i * 2, i * 2, bytes, 2);
			toy_data(&t, 1, i * 2, i * 2 + 2, bytes, 2);
		}
		toy_data(&t, 0, 6, 6, bytes + 40, n);
		ck_assert_str_eq(toy_end(&t), with_port ? "Q:a finish " : "");
	}
}
END_TEST

START_TEST(a_device_may_serve_on_a_connection_it_opened)
{
	/* from its server port, towards any port: its words are responses; unless they say otherwise */
	struct toy t = toy_new();
	size_t n = put_text(bytes, 'R', '!', "a");

	t.port[0] = TOY_PORT;
	t.port[1] = 4446;
	toy_handshake(&t);
	toy_data(&t, 0, 0, 0, bytes, n);
	ck_assert_str_eq(toy_end(&t), "R:a finish ");
	t = toy_new();
	t.port[0] = TOY_PORT;
	t.port[1] = 4446;
	n = put_text(bytes, 'Q', '!', "a");
	toy_handshake(&t);
	toy_data(&t, 0, 0, 0, bytes, n);
	ck_assert_str_eq(toy_end(&t), "Q:a finish ");
}
END_TEST

START_TEST(an_unfinished_pdu_is_told_when_the_flow_was_closed)
{
	struct toy t = toy_new();
	size_t n = put_text(bytes, 'Q', '!', "a");

	toy_tells_anomalies = true;
	toy_handshake(&t);
	toy_data(&t, 0, 0, 0, bytes, n);
	toy_segment(&t, 0, TCP_FIN | TCP_ACK, (uint32_t)n, 0, bytes, 3);
	toy_segment(&t, 1, TCP_FIN | TCP_ACK, 0, (uint32_t)n + 4, NULL, 0);
	ck_assert_str_eq(toy_end(&t), "Q:a anomaly(truncated_frame/end_of_flow/0) finish ");
}
END_TEST

START_TEST(memory_is_bounded_and_the_silent_go_first)
{
	/* 4 MiB for flows, and 3000 flows of which each keeps half a PDU of 4 KiB */
	toy_tells_flows = toy_tells_anomalies = false;
	struct toy t = toy_start((struct worker_options){.flow_records = true, .reassembly_bytes_max = 4 << 20});
	size_t n = put_long(bytes, 'Q', '!', 4000);

	for (unsigned i = 0; i < 3000; i++) {
		t.port[0] = (uint16_t)(20000 + i);
		toy_handshake(&t);
		toy_data(&t, 0, 0, 0, bytes, 3000);
		t.now_ns += 10 * NS_PER_MS;
		ck_assert_uint_le(toy_stat(&t, "memory_bytes"), 4 << 20);
	}
	ck_assert_uint_gt(toy_stat(&t, "dropped_for_memory"), 100);
	ck_assert_uint_eq(toy_stat(&t, "memory_refused"), 0);
	toy_log[0] = '\0';
	toy_data(&t, 0, 3000, 0, bytes + 3000, n - 3000);
	ck_assert_ptr_nonnull(strstr(toy_log, "Q:xxx"));
	toy_end(&t);
}
END_TEST

START_TEST(datagrams_are_framed_one_by_one)
{
	struct toy t = toy_new();
	size_t n = put_text(bytes, 'Q', '!', "a");
	n += put_text(bytes + n, 'Q', '!', "b");
	struct packet p = toy_packet(&t, 0, IPPROTO_UDP);

	toy_tells_anomalies = true;
	p.payload = span_of(bytes, n);
	p.payload_wire_len = (uint32_t)n;
	toy_send(&t, &p);
	p.payload.len = n - 1;
	toy_send(&t, &p);
	bytes[5] = 'j';
	p.payload.len = n;
	toy_send(&t, &p);
	p = toy_packet(&t, 1, IPPROTO_UDP);
	n = put_text(bytes, 'R', '!', "c");
	p.payload = span_of(bytes, n);
	p.payload_wire_len = (uint32_t)n;
	toy_send(&t, &p);
	ck_assert_str_eq(toy_end(&t), "Q:a Q:b Q:a anomaly(truncated_frame/snap_length/0) Q:a "
				      "anomaly(not_protocol/no_pdu_starts_here/0) R:c finish ");
}
END_TEST

START_TEST(open_requests_are_told_after_a_minute_of_silence)
{
	struct toy t = toy_new();
	size_t n = put_text(bytes, 'Q', '!', "a");

	toy_handshake(&t);
	for (int i = 0; i < 100; i++)
		toy_wait_ms(&t, 1000);
	toy_data(&t, 0, 0, 0, bytes, n);
	for (int i = 0; i < 59; i++)
		toy_wait_ms(&t, 1000);
	ck_assert_str_eq(toy_log, "Q:a ");
	for (int i = 0; i < 4; i++)
		toy_wait_ms(&t, 1000);
	ck_assert_str_eq(toy_log, "Q:a finish ");
	/* once, and again after the next word */
	for (int i = 0; i < 100; i++)
		toy_wait_ms(&t, 1000);
	ck_assert_str_eq(toy_log, "Q:a finish ");
	toy_data(&t, 0, (uint32_t)n, 0, bytes, n);
	for (int i = 0; i < 63; i++)
		toy_wait_ms(&t, 1000);
	ck_assert_str_eq(toy_log, "Q:a finish Q:a finish ");
	toy_end(&t);
}
END_TEST

/*
 * A door: 'D' '!' length text, as a toy PDU. Whatever else the client says waits behind it; when the server answers,
 * the flow is handed over.
 */
static enum probe door_probe(struct span head, bool from_server_port)
{
	(void)from_server_port;
	return head.ptr[0] == 'D' ? PROBE_REQUEST : PROBE_NO;
}

static struct frame door_frame(const void *state, enum dir dir, struct span avail)
{
	struct cursor c = cur_of(avail);
	uint8_t kind = cur_u8(&c);

	(void)state, (void)dir;
	cur_skip(&c, 1);
	uint16_t n = cur_u16be(&c);
	if (kind != 'D' || !cur_ok(&c))
		return (struct frame){.kind = FRAME_MORE};
	return (struct frame){FRAME_WHOLE, TOY_HEAD + (uint32_t)n, TOY_HEAD + (uint64_t)n};
}

static enum hand_over handed_over = HAND_OVER_ANY;

static void door_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	toy_pdu(state, dir, pdu, out);
	out->hand_over = dir == DIR_RESPONSE ? handed_over : HAND_OVER_NOT;
}

static const struct dissector door_dissector = {
    .name = "door",
    .table = &toy_table,
    .tcp_ports = {TOY_PORT},
    .max_frame = TOY_MAX_FRAME,
    .state_size = sizeof(struct toy_state),
    .n_counters = 2,
    .probe = door_probe,
    .frame = door_frame,
    .pdu = door_pdu,
    .finish = toy_finish,
};
static const struct dissector *const door_and_toy[] = {&door_dissector, &toy_dissector, NULL};

/* What was kept of either side, in the segment of the last PDU or before, goes to who claims it, in order, once. */
START_TEST(a_flow_handed_over_is_identified_anew)
{
	for (size_t i = 0; i < 2 * 39; i++) {
		size_t step = i / 2 + 1;
		uint8_t answer[100];
		size_t n = put_text(bytes, 'D', '!', "open");
		handed_over = i % 2 ? HAND_OVER_NAMED : HAND_OVER_ANY;
		n += put_text(bytes + n, 'Q', '!', "early");
		size_t early = n;
		n += put_text(bytes + n, 'Q', '!', "late");
		size_t m = put_text(answer, 'D', '!', "ok"), opened = m;
		m += put_text(answer + m, 'R', '!', "a");
		m += put_text(answer + m, 'R', '!', "b");
		struct toy t = toy_start((struct worker_options){.flow_records = true, .dissectors = door_and_toy});
		toy_handshake(&t);
		send_steps(&t, 0, early, step);
		ck_assert_str_eq(toy_log, "Q:open ");
		for (size_t at = 0; at < m; at += step)
			toy_data(&t, 1, (uint32_t)at, (uint32_t)early, answer + at, m - at < step ? m - at : step);
		toy_data(&t, 0, (uint32_t)early, (uint32_t)m, bytes + early, n - early);
		ck_assert_uint_lt(opened, m);
		ck_assert_str_eq(toy_end(&t), "Q:open R:ok Q:early R:a R:b Q:late finish ");
	}
}
END_TEST

/* What is known already is shown to the other dissectors, but nobody else is asked what it is. */
START_TEST(a_flow_handed_over_with_its_name)
{
	static const struct dissector *const door[] = {&door_dissector, NULL};
	static struct feed feed;
	struct flow flow = {.key.proto = IPPROTO_TCP};

	for (int whose = HAND_OVER_ANY; whose <= HAND_OVER_NAMED; whose++) {
		ck_assert_int_eq(feed_init(&feed, door, (struct event_sink){toy_take, NULL}, 1 << 20), 0);
		struct conn *c = conn_get(&feed, &flow);
		ck_assert(c && conn_adopt(&feed, c, 0));
		flow.flags = FLOW_SETTLED;
		c->over = whose & 3U;
		identify_anew(&feed, c, 0, span_of(NULL, 0));
		ck_assert(!c->over && !c->dis);
		ck_assert_int_eq(flow.flags & FLOW_SETTLED, whose == HAND_OVER_NAMED ? FLOW_SETTLED : 0);
		conn_close(&feed, &flow);
		feed_deinit(&feed);
	}
}
END_TEST

/* Nobody claims what follows: the flow keeps its name, and its bytes are let go. */
START_TEST(a_flow_handed_over_to_nobody)
{
	uint8_t answer[100];
	struct toy t = toy_start((struct worker_options){.flow_records = true, .dissectors = door_and_toy});
	size_t n = put_text(bytes, 'D', '!', "open"), m = put_text(answer, 'D', '!', "ok");

	toy_handshake(&t);
	toy_data(&t, 0, 0, 0, bytes, n);
	toy_data(&t, 1, 0, (uint32_t)n, answer, m);
	for (uint32_t i = 0; i < 200; i++)
		toy_data(&t, 0, (uint32_t)n + 30 * i, (uint32_t)m, "something that is no door at all", 30);
	ck_assert_str_eq(toy_log, "Q:open R:ok ");
	toy_end(&t);
	ck_assert_str_eq(toy_last_origin.app_proto, "door");
}
END_TEST

static uint64_t counted_lost, counted_to_come;

static void count_lost(void *state, enum dir dir, uint64_t lost_bytes)
{
	(void)state, (void)dir;
	counted_lost += lost_bytes;
}

static void count_to_come(void *state, struct emitter *out)
{
	(void)state;
	counted_to_come = out->to_come[DIR_REQUEST];
	toy_say(out->closed ? "closed " : "open ");
}

/* For whoever counts: what a hole took of the bytes that are skipped, and how many of them the end of the flow. */
START_TEST(what_is_lost_of_skipped_bytes_is_told)
{
	struct dissector counting = toy_dissector;
	const struct dissector *const list[] = {&counting, NULL};
	size_t n = put_long(bytes, 'Q', '-', 5000);

	counting.skipped_lost = count_lost;
	counting.finish = count_to_come;
	for (unsigned closed = 0; closed < 2; closed++) {
		struct toy t = toy_start((struct worker_options){.flow_records = true, .dissectors = list});
		counted_lost = counted_to_come = 0;
		toy_handshake(&t);
		toy_data(&t, 0, 0, 0, bytes, 1000);
		toy_data(&t, 0, 2000, 0, bytes + 2000, 1000);
		if (closed)
			toy_segment(&t, 1, TCP_RST | TCP_ACK, 0, 3000, NULL, 0);
		ck_assert_str_eq(toy_end(&t), closed ? "Q: closed " : "Q: open ");
		ck_assert_uint_eq(counted_lost, 1000);
		ck_assert_uint_eq(counted_to_come, n - 3000);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    what_is_not_wanted_of_a_pdu_is_skipped,
	    a_gap_within_what_is_skipped_does_no_harm,
	    behind_a_hole_in_a_pdu_of_known_length_the_next_is_found,
	    behind_a_hole_the_next_pdu_is_looked_for,
	    what_only_looks_like_a_pdu_behind_a_hole_is_passed_over,
	    junk_between_pdus_is_told_once_and_passed_over,
	    junk_for_good_is_told_twice_at_most,
	    a_flow_that_never_held_a_pdu_is_let_go,
	    a_pdu_beyond_the_limit_is_passed_over,
	    work_does_not_grow_with_the_square,
	    weak_words_need_the_port_or_the_other_side,
	    first_words_may_come_byte_by_byte_on_any_port,
	    a_segment_may_begin_what_those_before_it_do_not,
	    a_flow_met_within_something_long_is_read_from_its_next_beginning,
	    on_its_port_a_protocol_is_waited_for,
	    a_device_may_serve_on_a_connection_it_opened,
	    an_unfinished_pdu_is_told_when_the_flow_was_closed,
	    memory_is_bounded_and_the_silent_go_first,
	    datagrams_are_framed_one_by_one,
	    open_requests_are_told_after_a_minute_of_silence,
	    a_flow_handed_over_is_identified_anew,
	    a_flow_handed_over_with_its_name,
	    a_flow_handed_over_to_nobody,
	    what_is_lost_of_skipped_bytes_is_told,
	};

	return toy_run("stream", tests, sizeof(tests) / sizeof(tests[0]));
}
