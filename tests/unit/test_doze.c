/* A silent flow: what its dissector knows comes back as it was, and nothing is put away that is still needed. */
#include "net/doze.h"
#include "run_suite.h"
#include "toy.h"

enum { STATE_MAX = 70000 };

static uint32_t seed = 3;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static const struct dissector *const none[] = {&toy_dissector, NULL};

static struct feed feed;
static struct flow flow;

static void setup(void)
{
	ck_assert_int_eq(feed_init(&feed, none, (struct event_sink){toy_take, NULL}, 1 << 20), 0);
	flow = (struct flow){.key.proto = IPPROTO_TCP};
}

static void teardown(void)
{
	doze_drop(&feed, &flow);
	conn_close(&feed, &flow);
	feed_deinit(&feed);
}

/* A connection with a state of @bytes, mostly zeros. */
static struct conn *any_conn(uint32_t bytes)
{
	struct conn *c = conn_get(&feed, &flow);

	ck_assert_ptr_nonnull(c);
	c->dis = &toy_dissector;
	c->valid = true;
	c->state = bytes ? pool_zalloc(&feed.pool, bytes) : NULL;
	c->state_bytes = bytes;
	for (uint32_t at = any(40); at < bytes; at += any(4) ? any(3) + 1 : any(bytes)) {
		((uint8_t *)c->state)[at] = (uint8_t)(any(3) ? 1 + any(255) : 0);
		if (any(30) == 0)
			break;
	}
	return c;
}

START_TEST(a_state_comes_back_as_it_was)
{
	static uint8_t before[STATE_MAX];
	unsigned asleep = 0, awake = 0;

	for (unsigned i = 0; i < 20000; i++) {
		uint32_t bytes = any(10) ? any(400) : any(STATE_MAX);
		struct conn *c = any_conn(bytes);
		if (bytes)
			memcpy(before, c->state, bytes);
		doze_begin(&feed, &flow);
		*(flow.flags & FLOW_ASLEEP ? &asleep : &awake) += 1;
		ck_assert(!(flow.flags & FLOW_ASLEEP) || bytes <= UINT16_MAX);
		doze_end(&feed, &flow);
		ck_assert(!(flow.flags & FLOW_ASLEEP));
		c = flow.conn;
		ck_assert_ptr_nonnull(c);
		ck_assert(c->flow == &flow && c->dis == &toy_dissector && c->valid && c->state_bytes == bytes);
		if (bytes)
			ck_assert_mem_eq(c->state, before, bytes);
		conn_close(&feed, &flow);
	}
	ck_assert_uint_gt(asleep, 1000);
	ck_assert_uint_gt(awake, 50);
}
END_TEST

/* Each of these is a reason to stay awake. */
START_TEST(what_is_needed_stays)
{
	for (unsigned i = 0; i <= 9; i++) {
		struct conn *c = any_conn(16);
		c->dis = i == 1 ? NULL : c->dis;
		c->valid = i != 2;
		c->over = i == 3;
		c->wake = i == 4;
		c->refused = i == 5;
		c->half[1].skip = i == 6;
		c->half[0].astray = i == 7 ? ASTRAY_GAP : ASTRAY_NOT;
		if (i == 8)
			ck_assert_ptr_nonnull(conn_wait(&feed, &flow));
		if (i == 9)
			ck_assert(conn_buf_append(&feed, &c->half[0], span_str("Q"), 0));
		doze_begin(&feed, &flow);
		ck_assert_msg(!(flow.flags & FLOW_ASLEEP) == (i > 0), "row %u", i);
		doze_drop(&feed, &flow);
		conn_close(&feed, &flow);
	}
}
END_TEST

/* Who sends the last segment again is asked for until a flow has been silent for a minute. */
START_TEST(the_last_segments_are_kept_for_a_minute)
{
	for (int quiet = 0; quiet < 2; quiet++) {
		struct conn *c = any_conn(40);
		struct sent sent = {.seq = 7, .len = 12, .hash = 99, .ttl = 64};
		c->half[1].sent = sent;
		flow.flags = quiet ? FLOW_QUIET_TOLD : 0;
		doze_begin(&feed, &flow);
		ck_assert(flow.flags & FLOW_ASLEEP);
		doze_end(&feed, &flow);
		ck_assert_uint_eq(flow.conn->half[0].sent.len, 0);
		ck_assert_uint_eq(flow.conn->half[1].sent.len, quiet ? 0 : sent.len);
		ck_assert_uint_eq(flow.conn->half[1].sent.hash, quiet ? 0 : sent.hash);
		conn_close(&feed, &flow);
	}
}
END_TEST

/* Through the worker: what is closed, or silent for a while, takes next to nothing until it goes. What is open is told
 * after a minute. */
START_TEST(closed_and_silent_ones_sleep)
{
	bool closed = _i == 0;
	struct toy t = toy_new();
	uint8_t pdu[16];
	uint32_t n = (uint32_t)toy_put(pdu, 'Q', '!', "a");

	for (unsigned i = 0; i < 2000; i++) {
		t.port[0] = (uint16_t)(1024 + i);
		toy_handshake(&t);
		toy_data(&t, 0, 0, 0, pdu, n);
		if (!closed)
			continue;
		toy_segment(&t, 0, TCP_FIN | TCP_ACK, n, 0, NULL, 0);
		toy_segment(&t, 1, TCP_FIN | TCP_ACK, 0, n + 1, NULL, 0);
		toy_ack(&t, 0, n + 1, 1);
	}
	if (!closed) {
		ck_assert_uint_gt(toy_stat(&t, "memory_bytes"), 4 * 64 * 1024);
		toy_wait_ms(&t, FLOW_DOZE_MS + 1000);
		toy_wait_ms(&t, 1000);
	}
	ck_assert_uint_le(toy_stat(&t, "memory_bytes"), 4 * 64 * 1024);
	ck_assert_ptr_null(strstr(toy_log, "finish"));
	for (unsigned i = 0; i < 10 && !closed; i++)
		toy_wait_ms(&t, FLOW_QUIET_MS / 10);
	ck_assert(closed || strstr(toy_log, "finish"));
	ck_assert_uint_le(toy_stat(&t, "memory_bytes"), 4 * 64 * 1024);
	ck_assert_ptr_nonnull(strstr(toy_end(&t), "Q:a "));
}
END_TEST

/* Through the worker: silent for an hour less a little, then it goes on in the midst of things. */
START_TEST(a_flow_goes_on_where_it_was)
{
	struct toy t = toy_new();
	uint8_t pdu[16];
	size_t n = toy_put(pdu, 'Q', '!', "a");

	toy_handshake(&t);
	toy_data(&t, 0, 0, 0, pdu, n);
	for (unsigned i = 0; i < 50; i++)
		toy_wait_ms(&t, 60 * 1000);
	toy_data(&t, 0, (uint32_t)n, 0, pdu, n);
	ck_assert_str_eq(toy_end(&t), "Q:a finish Q:a finish ");
}
END_TEST

int main(void)
{
	const TTest *const alone[] = {a_state_comes_back_as_it_was, what_is_needed_stays,
				      the_last_segments_are_kept_for_a_minute};
	const TTest *const whole[] = {a_flow_goes_on_where_it_was};
	Suite *s = toy_suite("doze", whole, sizeof(whole) / sizeof(whole[0]));
	TCase *c = tcase_create("alone");

	tcase_add_checked_fixture(c, setup, teardown);
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		tcase_add_test(c, alone[i]);
	suite_add_tcase(s, c);
	TCase *many = tcase_create("many");
	tcase_add_loop_test(many, closed_and_silent_ones_sleep, 0, 2);
	suite_add_tcase(s, many);
	return run_suite(s);
}
