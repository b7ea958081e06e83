/* TCP: every byte once and in order, whatever order it comes in; holes are given up, never waited for without end. */
#include "net/tcp.h"
#include "toy.h"

/* Four PDUs a side, their ends, and what the dissector says of them. */
static uint8_t request[256], response[256];
static uint32_t request_end[5], response_end[5];
static const char *const words[4] = {"one", "second", "3", "number four"};

static void make_streams(void)
{
	request_end[0] = response_end[0] = 0;
	for (unsigned i = 0; i < 4; i++) {
		request_end[i + 1] = request_end[i] + (uint32_t)toy_put(request + request_end[i], 'Q', '!', words[i]);
		response_end[i + 1] =
		    response_end[i] + (uint32_t)toy_put(response + response_end[i], 'R', '!', words[i]);
	}
}

static void send_request(struct toy *t, unsigned i, uint32_t ack)
{
	toy_data(t, 0, request_end[i], ack, request + request_end[i], request_end[i + 1] - request_end[i]);
}

static void send_response(struct toy *t, unsigned i, uint32_t ack)
{
	toy_data(t, 1, response_end[i], ack, response + response_end[i], response_end[i + 1] - response_end[i]);
}

static const char all_requests[] = "Q:one Q:second Q:3 Q:number four finish ";

START_TEST(in_order_both_ways)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	for (unsigned i = 0; i < 4; i++) {
		send_request(&t, i, response_end[i]);
		send_response(&t, i, request_end[i + 1]);
	}
	ck_assert_str_eq(toy_end(&t), "Q:one R:one Q:second R:second Q:3 R:3 Q:number four R:number four finish ");
}
END_TEST

/* Sends four segments in the order that @n stands for, of 24. */
static void send_permutation(struct toy *t, unsigned n)
{
	unsigned left[4] = {0, 1, 2, 3};

	for (unsigned count = 4, fact = 6; count > 0; count--) {
		unsigned pick = n / fact % count;
		send_request(t, left[pick], 0);
		memmove(left + pick, left + pick + 1, (count - pick - 1) * sizeof(left[0]));
		n %= fact;
		fact = count > 2 ? fact / (count - 1) : 1;
	}
}

START_TEST(every_order_of_four_segments)
{
	/* also across the end of sequence space, at every alignment */
	static const uint32_t isns[] = {
	    1000, UINT32_MAX, UINT32_MAX - 1, UINT32_MAX - 7, UINT32_MAX - 12, UINT32_MAX - 30, 0x7ffffff8};

	for (unsigned i = 0; i < sizeof(isns) / sizeof(isns[0]); i++) {
		for (unsigned n = 0; n < 24; n++) {
			struct toy t = toy_new();
			t.isn[0] = isns[i];
			toy_handshake(&t);
			send_permutation(&t, n);
			toy_ack(&t, 1, 0, request_end[4]);
			ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
			ck_assert_uint_eq(toy_stat(&t, "retransmissions"), 0);
			ck_assert_msg(strcmp(toy_end(&t), all_requests) == 0, "isn %u, order %u: %s", isns[i], n,
				      toy_log);
		}
	}
}
END_TEST

START_TEST(every_split_of_the_stream)
{
	for (uint32_t a = 1; a < request_end[4]; a++) {
		for (uint32_t b = a; b < request_end[4]; b++) {
			struct toy t = toy_new();
			toy_handshake(&t);
			toy_data(&t, 0, 0, 0, request, a);
			if (b > a)
				toy_data(&t, 0, a, 0, request + a, b - a);
			toy_data(&t, 0, b, 0, request + b, request_end[4] - b);
			ck_assert_msg(strcmp(toy_end(&t), all_requests) == 0, "split at %u, %u: %s", a, b, toy_log);
		}
	}
}
END_TEST

START_TEST(byte_by_byte_backwards_and_forwards)
{
	for (int backwards = 0; backwards < 2; backwards++) {
		struct toy t = toy_new();
		toy_handshake(&t);
		for (uint32_t i = 0; i < request_end[4]; i++) {
			uint32_t at = backwards ? request_end[4] - 1 - i : i;
			toy_data(&t, 0, at, 0, request + at, 1);
		}
		ck_assert_str_eq(toy_end(&t), all_requests);
	}
}
END_TEST

/* How a hole behind a lost segment comes to be given up. */
enum way { BY_ACK_AND_PACKETS, BY_ACK_AND_TIME, BY_END, BY_SILENCE, BY_AMOUNT, WAYS };

static void let_go(struct toy *t, enum way way, uint32_t end)
{
	static uint8_t fill[1400];

	if (way == BY_ACK_AND_PACKETS || way == BY_ACK_AND_TIME)
		toy_ack(t, 1, 0, end);
	if (way == BY_ACK_AND_PACKETS) {
		for (int i = 0; i < 9; i++)
			toy_ack(t, 0, end, 0);
	} else if (way == BY_ACK_AND_TIME) {
		toy_wait_ms(t, TCP_HOLE_MS + 10);
		toy_wait_ms(t, TCP_HOLE_MS + 10);
	} else if (way == BY_SILENCE) {
		for (int i = 0; i < 25; i++)
			toy_wait_ms(t, 50);
	} else if (way == BY_AMOUNT) {
		for (unsigned i = 0; i <= TCP_QUEUE_SEGMENTS; i++)
			toy_data(t, 0, end + 100 + i * 1401, 0, fill, sizeof(fill));
	}
}

START_TEST(a_lost_segment_is_given_up)
{
	for (enum way way = 0; way < WAYS; way++) {
		for (unsigned lost = 0; lost < 4; lost++) {
			char expect[256] = "";
			size_t n = 0;
			struct toy t = toy_new();
			toy_handshake(&t);
			/* known as the toy's before anything is lost */
			for (unsigned i = 0; i < 4; i++) {
				if (i != lost) {
					send_request(&t, i, 0);
					n += (size_t)snprintf(expect + n, sizeof(expect) - n, "Q:%s ", words[i]);
				} else if (i > 0) {
					n += (size_t)snprintf(expect + n, sizeof(expect) - n, "gap(Q,%u) ",
							      request_end[i + 1] - request_end[i]);
				}
			}
			bool shows =
			    lost < 3 || way == BY_ACK_AND_PACKETS || way == BY_ACK_AND_TIME || way == BY_AMOUNT;
			let_go(&t, way, request_end[4]);
			if (way != BY_END && shows)
				ck_assert_msg(toy_stat(&t, "gaps") >= 1, "way %d, lost %u: %s", way, lost, toy_log);
			toy_end(&t);
			if (!shows)
				continue;
			/* what BY_AMOUNT has behind it is junk: only the beginning counts */
			if (way == BY_AMOUNT)
				ck_assert_msg(lost == 3 || strncmp(toy_log, expect, strlen(expect)) == 0, "lost %u: %s",
					      lost, toy_log);
			else
				ck_assert_msg(strncmp(toy_log, expect, strlen(expect)) == 0 &&
						  strstr(toy_log, "finish"),
					      "way %d, lost %u: %s, not %s", way, lost, toy_log, expect);
		}
	}
}
END_TEST

START_TEST(a_late_segment_fills_the_hole_although_acknowledged)
{
	/* the mirror brought the acknowledgement, even the response, before the segment */
	struct toy t = toy_new();

	toy_handshake(&t);
	send_request(&t, 0, 0);
	send_response(&t, 0, request_end[1]);
	send_response(&t, 1, request_end[2]);
	send_request(&t, 2, response_end[2]);
	ck_assert_str_eq(toy_log, "Q:one R:one ");
	send_request(&t, 1, response_end[1]);
	ck_assert_str_eq(toy_log, "Q:one R:one Q:second R:second Q:3 ");
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	ck_assert_str_eq(toy_end(&t), "Q:one R:one Q:second R:second Q:3 finish ");
}
END_TEST

START_TEST(a_segment_that_comes_late_may_be_the_very_next_packet)
{
	/* quiet plants: the next packet of any kind comes long after a hole has had its time, and it is the missing one
	 */
	struct toy t = toy_new();

	toy_handshake(&t);
	send_request(&t, 0, 0);
	send_response(&t, 0, request_end[1]);
	send_response(&t, 1, request_end[2]);
	t.now_ns += 2 * NS_PER_S;
	send_request(&t, 1, response_end[1]);
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	ck_assert_str_eq(toy_end(&t), "Q:one R:one Q:second R:second finish ");
}
END_TEST

/* A slow conversation, some of whose packets the mirror brings a few too late. */
START_TEST(a_segment_may_come_some_packets_late)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	send_response(&t, 0, request_end[1]);
	toy_ack(&t, 0, request_end[1], response_end[1]);
	t.now_ns += NS_PER_S / 2;
	send_request(&t, 1, response_end[1]);
	toy_wait_ms(&t, 10);
	send_request(&t, 0, 0);
	send_response(&t, 1, request_end[2]);
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	ck_assert_str_eq(toy_end(&t), "Q:one R:one Q:second R:second finish ");
}
END_TEST

/* The sender repeats what was lost; the mirror brings the acknowledgement of the repetition before it. */
START_TEST(a_repetition_may_come_after_its_acknowledgement)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	send_request(&t, 0, 0);
	send_request(&t, 2, 0);
	for (unsigned i = 0; i <= TCP_HOLE_PACKETS; i++)
		toy_ack(&t, 1, 0, request_end[1]);
	t.now_ns += 2 * NS_PER_S;
	toy_ack(&t, 1, 0, request_end[3]);
	ck_assert_str_eq(toy_log, "Q:one ");
	send_request(&t, 1, 0);
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	ck_assert_str_eq(toy_end(&t), "Q:one Q:second Q:3 finish ");
}
END_TEST

/* A burst of small segments behind a hole: what may wait is counted in bytes long before it is counted in segments. */
START_TEST(many_small_segments_may_wait)
{
	enum { COUNT = 900 };
	struct toy t = toy_new();
	uint8_t pdu[16];
	uint32_t len = (uint32_t)toy_put(pdu, 'Q', '!', "x");

	toy_handshake(&t);
	for (uint32_t i = 1; i < COUNT; i++)
		toy_data(&t, 0, i * len, 0, pdu, len);
	ck_assert_str_eq(toy_log, "");
	toy_data(&t, 0, 0, 0, pdu, len);
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	ck_assert_uint_eq(strlen(toy_end(&t)), strlen("Q:x ") * COUNT + strlen("finish "));
}
END_TEST

/* A mirror that swaps request and response, and nothing else on the wire before the request comes. */
START_TEST(what_waited_too_long_may_still_come_with_the_next_packet)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	send_response(&t, 0, request_end[1]);
	t.now_ns += NS_PER_S / 2;
	send_request(&t, 0, 0);
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	ck_assert_str_eq(toy_end(&t), "Q:one R:one finish ");
}
END_TEST

START_TEST(a_response_is_not_held_for_ever)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	send_request(&t, 0, 0);
	send_response(&t, 0, request_end[1]);
	send_response(&t, 1, request_end[2]);
	ck_assert_str_eq(toy_log, "Q:one R:one ");
	toy_wait_ms(&t, TCP_HOLE_MS + 10);
	ck_assert_str_eq(toy_log, "Q:one R:one gap(Q,10) R:second ");
	send_request(&t, 2, response_end[2]);
	ck_assert_str_eq(toy_end(&t), "Q:one R:one gap(Q,10) R:second Q:3 finish ");
}
END_TEST

START_TEST(sides_that_wait_for_each_other_are_let_go)
{
	/* each claims to have seen what the other has not sent: no real capture, but no reason to stop */
	struct toy t = toy_new();

	toy_handshake(&t);
	toy_data(&t, 0, 0, 500, request, request_end[1]);
	toy_data(&t, 1, 0, 500, response, response_end[1]);
	for (int i = 0; i < 10; i++)
		toy_ack(&t, 0, request_end[1], 500);
	ck_assert_ptr_nonnull(strstr(toy_log, "Q:one "));
	ck_assert_ptr_nonnull(strstr(toy_log, "R:one "));
	toy_end(&t);
}
END_TEST

START_TEST(retransmissions_are_not_read_again)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	for (unsigned i = 0; i < 4; i++) {
		send_request(&t, i, 0);
		send_request(&t, i, 0);
	}
	toy_data(&t, 0, 0, 0, request, request_end[4]);
	toy_data(&t, 0, request_end[4] - 1, 0, "x", 1); /* a keep-alive */
	toy_segment(&t, 0, TCP_ACK, request_end[4] - 1, 0, NULL, 0);
	ck_assert_uint_eq(toy_stat(&t, "retransmissions"), 5);
	ck_assert_str_eq(toy_end(&t), all_requests);
}
END_TEST

START_TEST(a_segment_that_waits_may_come_twice)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	send_request(&t, 2, 0);
	send_request(&t, 2, 0);
	send_request(&t, 1, 0);
	send_request(&t, 3, 0);
	send_request(&t, 0, 0);
	ck_assert_uint_eq(toy_stat(&t, "retransmissions"), 1);
	ck_assert_uint_eq(toy_stat(&t, "out_of_order"), 2);
	ck_assert_str_eq(toy_end(&t), all_requests);
}
END_TEST

/* A second answer in the place of the first: forged where its bytes are others and it comes from elsewhere. @more: so
 * many bytes behind it that are new. */
static const struct {
	const char *name;
	uint8_t card, hops;
	bool other;
	unsigned side, more;
	const char *told;
} seconds[] = {
    {"the sender repeats itself", 0, 0, false, 1, 0, NULL},
    {"the sender repeats itself and goes on", 0, 0, false, 1, 3, NULL},
    {"mirrored before and behind a router", 5, 1, false, 1, 0, NULL},
    {"other bytes from the same place", 0, 0, true, 1, 0, "anomaly(overlap/other_bytes/"},
    {"other bytes from the same place, and more", 0, 0, true, 1, 3, "anomaly(overlap/other_bytes/"},
    {"another question from the same place", 0, 0, true, 0, 0, "anomaly(overlap/other_bytes/"},
    {"other bytes from another card", 5, 0, true, 1, 0, "anomaly(overlap/second_sender/"},
    {"other bytes from another card, and more", 5, 0, true, 1, 3, "anomaly(overlap/second_sender/"},
    {"other bytes from another distance", 0, 3, true, 1, 0, "anomaly(overlap/second_sender/"},
    {"another question from another card", 5, 0, true, 0, 0, "anomaly(overlap/second_sender/"},
};

static void send_second(unsigned row)
{
	struct toy t = toy_new();
	uint8_t bytes[256];
	unsigned side = seconds[row].side;
	uint32_t *ends = side ? response_end : request_end, len = ends[2] - ends[1];

	toy_tells_anomalies = true;
	toy_handshake(&t);
	for (unsigned i = 0; i < 2; i++) {
		send_request(&t, i, response_end[i]);
		send_response(&t, i, request_end[i + 1]);
	}
	unsigned more = seconds[row].more;
	memcpy(bytes, (side ? response : request) + ends[1], len + more);
	bytes[len - 1] ^= seconds[row].other;
	t.card = seconds[row].card;
	t.hops = seconds[row].hops;
	toy_data(&t, side, ends[1], side ? request_end[2] : response_end[1], bytes, len + more);
	unsigned overlaps = (unsigned)toy_stat(&t, "overlaps");
	toy_data(&t, side, ends[1], side ? request_end[2] : response_end[1], bytes, len);
	const char *said = toy_end(&t), *told = strstr(said, "anomaly(");
	ck_assert_msg(seconds[row].told ? told && strncmp(told, seconds[row].told, strlen(seconds[row].told)) == 0
					: !told,
		      "%s: %s", seconds[row].name, said);
	ck_assert_msg(overlaps == (seconds[row].told || more > 0), "%s: %u overlaps", seconds[row].name, overlaps);
	ck_assert_msg(!told || !strstr(told + 1, "anomaly("), "told twice: %s", said);
	ck_assert_msg(strstr(said, "Q:one R:one Q:second R:second ") == said, "the first copy counts: %s", said);
}

enum ended { GOES_ON, BY_FIN, BY_RST, ENDED };

/* A conversation of one question, whose answer comes as the rows say, may end it, and then comes once more from another
 * card. */
static const char *second_answer(bool overlap, bool ack_between, bool other, enum ended ended)
{
	struct toy t = toy_new();
	uint8_t bytes[256];
	uint32_t end = response_end[1], half = end / 2;

	toy_tells_anomalies = true;
	toy_handshake(&t);
	send_request(&t, 0, 0);
	if (overlap) { /* the first half, and then the whole of it: only the rest is new */
		toy_data(&t, 1, 0, request_end[1], response, half);
		toy_data(&t, 1, 0, request_end[1], response, end);
	} else {
		toy_data(&t, 1, 0, request_end[1], response, end);
	}
	if (ack_between)
		toy_data(&t, 1, end, request_end[1], response, 0);
	if (ended == BY_FIN) {
		toy_segment(&t, 1, TCP_FIN | TCP_ACK, end, request_end[1], NULL, 0);
		toy_segment(&t, 0, TCP_FIN | TCP_ACK, request_end[1], end + 1, NULL, 0);
		toy_ack(&t, 1, end + 1, request_end[1] + 1);
	} else if (ended == BY_RST) {
		toy_segment(&t, 0, TCP_RST, request_end[1], 0, NULL, 0);
	}
	t.card = 5;
	memcpy(bytes, response, end);
	bytes[end - 1] ^= other;
	if (overlap)
		toy_data(&t, 1, half, request_end[1], bytes + half, end - half);
	else
		toy_data(&t, 1, 0, request_end[1], bytes, end);
	return toy_end(&t);
}

START_TEST(a_second_sender_behind_an_overlap_or_an_acknowledgement)
{
	for (unsigned i = 0; i < 8 * ENDED; i++) {
		bool overlap = i & 1, ack = i & 2, other = i & 4;
		const char *said = second_answer(overlap, ack, other, i / 8);
		ck_assert_msg((strstr(said, "second_sender/") != NULL) == other,
			      "overlap %d, ack %d, other %d, ended %u: %s", overlap, ack, other, i / 8, said);
	}
}
END_TEST

START_TEST(a_second_sender_is_told)
{
	for (unsigned row = 0; row < sizeof(seconds) / sizeof(seconds[0]); row++)
		send_second(row);
}
END_TEST

/* Every pair of overlapping segments, the second with other content: the first copy of a byte counts. */
START_TEST(overlaps_first_copy_wins)
{
	uint8_t other[256];
	uint32_t end = request_end[4];

	memset(other, '?', sizeof(other));
	for (uint32_t from = 1; from < end; from++) {
		for (uint32_t to = from + 1; to <= end; to++) {
			/* the middle waits, then everything around it comes, with rubbish where it is known already */
			uint8_t around[256];
			memcpy(around, request, end);
			memcpy(around + from, other, to - from);
			struct toy t = toy_new();
			toy_handshake(&t);
			toy_data(&t, 0, from, 0, request + from, to - from);
			toy_data(&t, 0, 0, 0, around, end);
			ck_assert_msg(toy_stat(&t, "overlaps") == 1, "%u..%u", from, to);
			ck_assert_msg(strcmp(toy_end(&t), all_requests) == 0, "%u..%u: %s", from, to, toy_log);
			/* what is delivered stays, the rest of a later segment counts */
			memcpy(around, request, end);
			memcpy(around + from, other, to - from);
			t = toy_new();
			toy_handshake(&t);
			toy_data(&t, 0, 0, 0, request, to);
			toy_data(&t, 0, from, 0, around + from, end - from);
			ck_assert_msg(strcmp(toy_end(&t), all_requests) == 0, "%u..%u: %s", from, to, toy_log);
		}
	}
}
END_TEST

START_TEST(picked_up_midway)
{
	/* first a request, first a response: the words tell who is who, and ports that say otherwise do not matter */
	for (int response_first = 0; response_first < 2; response_first++) {
		struct toy t = toy_new();
		t.port[0] = 300;
		t.port[1] = 50000;
		if (response_first)
			send_response(&t, 0, request_end[1]);
		send_request(&t, 1, response_end[1]);
		send_response(&t, 1, request_end[2]);
		toy_tells_flows = true;
		ck_assert_str_eq(toy_end(&t), response_first
						  ? "R:one Q:second R:second finish flow(1,established,end_of_capture) "
						  : "Q:second R:second finish flow(1,established,end_of_capture) ");
		ck_assert_uint_eq(toy_last_origin.src_port, 300);
		ck_assert_uint_eq(toy_last_origin.dest_port, 50000);
	}
}
END_TEST

START_TEST(an_answer_picked_up_midway_may_come_in_disorder)
{
	struct toy t = toy_new();

	send_request(&t, 1, response_end[1]);
	send_response(&t, 2, request_end[2]);
	send_response(&t, 1, request_end[2]);
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	ck_assert_str_eq(toy_end(&t), "Q:second R:second R:3 finish ");
}
END_TEST

/* The mirror brings the first answer before its request; or there is no request, and it waits for nothing. */
START_TEST(an_answer_picked_up_midway_may_come_before_its_request)
{
	for (unsigned others = 0; others < 5; others++) {
		struct toy t = toy_new();
		if (others == 4)
			toy_ack(&t, 0, request_end[1], response_end[1]);
		send_response(&t, 1, request_end[2]);
		ck_assert_str_eq(toy_log, "");
		if (others == 1)
			send_response(&t, 2, request_end[2]);
		else if (others == 2)
			toy_ack(&t, 0, request_end[2], response_end[2]);
		bool late = others == 0 || others == 4;
		if (others != 3)
			send_request(&t, late ? 1 : 2, response_end[late ? 1 : 2]);
		ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
		const char *told = toy_end(&t);
		if (late)
			ck_assert_str_eq(told, "Q:second R:second finish ");
		else
			ck_assert_msg(strncmp(told, "R:second ", 9) == 0, "%u: %s", others, told);
	}
}
END_TEST

/* The first is an answer, and the second comes before its request, which is the first that is seen of the other side.
 */
START_TEST(the_second_answer_picked_up_midway_may_come_before_its_request)
{
	for (unsigned one_sided = 0; one_sided < 2; one_sided++) {
		struct toy t = toy_new();
		send_response(&t, 0, request_end[1]);
		send_response(&t, 1, request_end[2]);
		ck_assert_str_eq(toy_log, "R:one ");
		if (one_sided)
			send_response(&t, 2, request_end[2]);
		else
			send_request(&t, 1, response_end[1]);
		ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
		ck_assert_str_eq(toy_end(&t),
				 one_sided ? "R:one R:second R:3 finish " : "R:one Q:second R:second finish ");
	}
}
END_TEST

START_TEST(one_byte_that_was_asked_for_is_no_keep_alive)
{
	struct toy t = toy_new();

	send_request(&t, 1, response_end[1]);
	for (uint32_t at = response_end[1]; at < response_end[2]; at++)
		toy_data(&t, 1, at, request_end[2], response + at, 1);
	ck_assert_str_eq(toy_end(&t), "Q:second R:second finish ");
}
END_TEST

/* Without a request it cannot be known where a side begins. */
START_TEST(what_begins_behind_an_old_acknowledgement_is_no_gap)
{
	struct toy t = toy_new();

	toy_ack(&t, 0, request_end[1], response_end[1]);
	send_response(&t, 2, request_end[1]);
	ck_assert_str_eq(toy_log, "R:3 ");
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	toy_end(&t);
}
END_TEST

START_TEST(a_keep_alive_picked_up_midway_is_no_byte)
{
	struct toy t = toy_new();

	toy_data(&t, 0, request_end[1] - 1, 0, "x", 1);
	toy_ack(&t, 1, 0, request_end[1]);
	send_request(&t, 1, 0);
	ck_assert_str_eq(toy_log, "Q:second ");
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	toy_end(&t);
}
END_TEST

/* Nobody has answered it: what follows belongs to it, however small the pieces are. */
START_TEST(one_byte_picked_up_midway_goes_on)
{
	struct toy t = toy_new();

	toy_data(&t, 0, request_end[1], 0, request + request_end[1], 1);
	toy_data(&t, 0, request_end[1] + 1, 0, request + request_end[1] + 1, 1);
	toy_data(&t, 0, request_end[1] + 2, 0, request + request_end[1] + 2, request_end[2] - request_end[1] - 2);
	ck_assert_str_eq(toy_log, "Q:second ");
	toy_end(&t);
}
END_TEST

START_TEST(ports_used_again_are_another_flow)
{
	/* after FIN, after RST, and while the former connection seems to live; a repeated SYN is none */
	for (int how = 0; how < 3; how++) {
		struct toy t = toy_new();
		toy_tells_flows = true;
		toy_segment(&t, 0, TCP_SYN, 0, 0, NULL, 0);
		toy_handshake(&t);
		send_request(&t, 0, 0);
		if (how == 0) {
			toy_segment(&t, 0, TCP_FIN | TCP_ACK, request_end[1], 0, NULL, 0);
			toy_segment(&t, 1, TCP_FIN | TCP_ACK, 0, request_end[1] + 1, NULL, 0);
			toy_ack(&t, 0, request_end[1] + 1, 1);
		} else if (how == 1) {
			toy_segment(&t, 1, TCP_RST | TCP_ACK, 0, request_end[1], NULL, 0);
		}
		t.isn[0] += 77777;
		t.isn[1] += 88888;
		toy_handshake(&t);
		send_request(&t, 1, 0);
		ck_assert_uint_eq(toy_stat(&t, "created"), 2);
		ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
		toy_end(&t);
		static const char *const expect[] = {
		    "Q:one finish flow(1,closed,fin) Q:second finish flow(2,established,end_of_capture) ",
		    "Q:one finish flow(1,closed,rst) Q:second finish flow(2,established,end_of_capture) ",
		    "Q:one finish flow(1,closed,replaced) Q:second finish flow(2,established,end_of_capture) ",
		};
		ck_assert_str_eq(toy_log, expect[how]);
	}
}
END_TEST

/* A server answers a SYN amidst a connection with the number that it awaits, and goes on (RFC 9293, 3.10.7.4). */
START_TEST(a_stray_syn_hides_nothing)
{
	static const struct {
		uint8_t side, flags;
	} strays[] = {{0, TCP_SYN}, {1, TCP_SYN | TCP_ACK}, {1, TCP_SYN}, {0, TCP_SYN | TCP_ACK}};
	static const uint32_t ahead[] = {777777, 60, 8, 0x70000000, (uint32_t)-777777};

	for (unsigned n = 0; n < sizeof(strays) / sizeof(strays[0]) * (sizeof(ahead) / sizeof(ahead[0])); n++) {
		struct toy t = toy_new();
		unsigned side = strays[n / 5].side;
		toy_handshake(&t);
		send_request(&t, 0, 0);
		send_response(&t, 0, request_end[1]);
		t.isn[side] += ahead[n % 5];
		toy_segment(&t, side, strays[n / 5].flags, 0, 0, NULL, 0);
		t.isn[side] -= ahead[n % 5];
		toy_ack(&t, !side, response_end[1], request_end[1]);
		/* of the first segment behind one so far away nobody knows yet */
		unsigned sure = n % 5 == 3 ? 2 : 1;
		for (unsigned i = 1; i < 4; i++) {
			send_request(&t, i, response_end[i]);
			send_response(&t, i, request_end[i + 1]);
		}
		const char *told = toy_end(&t);
		for (unsigned i = sure; i < 4; i++) {
			char q[32], r[32];
			snprintf(q, sizeof(q), "Q:%.20s", words[i]);
			snprintf(r, sizeof(r), "R:%.20s", words[i]);
			ck_assert_msg(strstr(told, q) && strstr(told, r), "case %u: %s", n, told);
		}
	}
}
END_TEST

/* The same where both SYNs are forged: what the other end acknowledges is what goes on. Of the first exchange nothing
 * is known, and of two behind one so far away. */
START_TEST(two_stray_syns_hide_nothing)
{
	static const uint32_t ahead[] = {777777, 60, 8, 0x70000000, (uint32_t)-777777};

	for (unsigned n = 0; n < 2 * 25; n++) {
		struct toy t = toy_new();
		uint32_t by[2] = {ahead[n / 5 % 5], ahead[n % 5]};
		toy_handshake(&t);
		send_request(&t, 0, 0);
		send_response(&t, 0, request_end[1]);
		t.isn[0] += by[0];
		t.isn[1] += by[1];
		toy_segment(&t, 0, TCP_SYN, 0, 0, NULL, 0);
		toy_segment(&t, 1, TCP_SYN | TCP_ACK, 0, 0, NULL, 0);
		if (n < 25)
			toy_ack(&t, 0, 0, 0);
		t.isn[0] -= by[0];
		t.isn[1] -= by[1];
		for (unsigned i = 1; i < 4; i++) {
			send_request(&t, i, response_end[i]);
			send_response(&t, i, request_end[i + 1]);
		}
		const char *told = toy_end(&t);
		ck_assert_msg(strstr(told, "Q:3 ") && strstr(told, "Q:number four ") && strstr(told, "R:3 ") &&
				  strstr(told, "R:number four "),
			      "case %u: %s", n, told);
	}
}
END_TEST

/* A segment of the former connection that comes after both SYNs of the next is none of that. */
START_TEST(a_straggler_of_the_former_connection_is_left_out)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	send_request(&t, 0, 0);
	t.isn[0] += 77777;
	t.isn[1] += 88888;
	toy_handshake(&t);
	t.isn[0] -= 77777;
	send_request(&t, 1, 0);
	t.isn[0] += 77777;
	send_request(&t, 2, 0);
	ck_assert_ptr_null(strstr(toy_end(&t), "Q:second"));
}
END_TEST

START_TEST(one_side_only)
{
	for (unsigned mute = 0; mute < 2; mute++) {
		struct toy t = toy_new();
		t.mute[mute] = true;
		toy_handshake(&t);
		for (unsigned i = 0; i < 4; i++) {
			if (i != 1)
				send_request(&t, i, response_end[i]);
			if (i != 2)
				send_response(&t, i, request_end[i + 1]);
		}
		toy_wait_ms(&t, 1100);
		ck_assert_str_eq(toy_log, mute == 0 ? "R:one R:second gap(R,5) R:number four "
						    : "Q:one gap(Q,10) Q:3 Q:number four ");
		toy_end(&t);
		ck_assert(toy_last_origin.one_sided);
	}
}
END_TEST

START_TEST(segments_cut_by_the_snap_length)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	send_request(&t, 0, 0);
	struct packet p = toy_packet(&t, 0, IPPROTO_TCP);
	p.tcp_flags = TCP_ACK;
	p.seq = t.isn[0] + 1 + request_end[1];
	p.ack = t.isn[1] + 1;
	p.payload = span_of(request + request_end[1], 7);
	p.payload_wire_len = request_end[2] - request_end[1];
	toy_tells_anomalies = true;
	toy_send(&t, &p);
	send_request(&t, 2, 0);
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	ck_assert_uint_eq(toy_stat(&t, "cut_bytes"), 3);
	ck_assert_str_eq(toy_end(&t), "Q:one anomaly(truncated_frame/snap_length/3) gap(Q,3) Q:3 finish ");
}
END_TEST

START_TEST(data_comes_with_syn_and_fin_but_not_with_rst)
{
	struct toy t = toy_new();

	toy_segment(&t, 0, TCP_SYN, 0, 0, request, request_end[1]);
	toy_segment(&t, 1, TCP_SYN | TCP_ACK, 0, request_end[1], NULL, 0);
	toy_segment(&t, 0, TCP_FIN | TCP_ACK, request_end[1], 0, request + request_end[1],
		    request_end[2] - request_end[1]);
	toy_segment(&t, 0, TCP_FIN | TCP_ACK, request_end[1], 0, request + request_end[1],
		    request_end[2] - request_end[1]);
	toy_segment(&t, 1, TCP_RST | TCP_ACK, 0, request_end[2] + 1, response, response_end[1]);
	toy_ack(&t, 0, request_end[2] + 1, 0);
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	toy_tells_flows = true;
	ck_assert_str_eq(toy_end(&t), "Q:one Q:second finish flow(1,closed,rst) ");
}
END_TEST

START_TEST(data_after_a_reset_is_read)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	send_request(&t, 0, 0);
	toy_segment(&t, 0, TCP_RST, request_end[1], 0, NULL, 0);
	send_request(&t, 1, 0);
	send_response(&t, 0, request_end[2]);
	toy_tells_flows = true;
	ck_assert_str_eq(toy_end(&t), "Q:one Q:second R:one finish flow(1,established,end_of_capture) ");
}
END_TEST

START_TEST(the_answer_to_a_fin_does_not_wait)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	toy_segment(&t, 0, TCP_FIN | TCP_ACK, 0, 0, request, request_end[1]);
	send_response(&t, 0, request_end[1] + 1);
	ck_assert_str_eq(toy_log, "Q:one R:one ");
	toy_end(&t);
}
END_TEST

START_TEST(a_lost_fin_is_no_lost_byte)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	send_request(&t, 0, 0);
	toy_ack(&t, 1, 0, request_end[1] + 1);
	toy_wait_ms(&t, TCP_HOLE_MS + 10);
	toy_wait_ms(&t, TCP_HOLE_MS + 10);
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	ck_assert_str_eq(toy_end(&t), "Q:one finish ");
}
END_TEST

START_TEST(a_fin_may_come_early)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	toy_segment(&t, 0, TCP_FIN | TCP_ACK, request_end[4], 0, NULL, 0);
	send_request(&t, 1, 0);
	send_request(&t, 3, 0);
	send_request(&t, 0, 0);
	send_request(&t, 2, 0);
	toy_ack(&t, 1, 0, request_end[4] + 1);
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 0);
	ck_assert_str_eq(toy_end(&t), all_requests);
}
END_TEST

START_TEST(a_stray_segment_far_away_is_left_out)
{
	struct toy t = toy_new();

	toy_handshake(&t);
	send_request(&t, 0, 0);
	toy_data(&t, 0, 900000000, 0, "rubbish", 7);
	send_request(&t, 1, 0);
	ck_assert_str_eq(toy_log, "Q:one Q:second ");
	/* two that follow each other are the stream: the capture was off for a long time */
	toy_data(&t, 0, 900000000, 0, request, 3);
	toy_data(&t, 0, 900000003, 0, request, request_end[4]);
	ck_assert_ptr_nonnull(strstr(toy_log, "gap(Q,"));
	ck_assert_ptr_nonnull(strstr(toy_log, "Q:number four "));
	toy_end(&t);
}
END_TEST

START_TEST(without_a_reader_gaps_are_counted_and_nothing_is_kept)
{
	struct toy t = toy_new();
	uint8_t junk[8000];

	memset(junk, 'j', sizeof(junk));
	t.port[1] = 9999;
	toy_handshake(&t);
	for (unsigned i = 0; i < 60; i++)
		toy_data(&t, i % 2, i / 2 * 8000, 0, junk, sizeof(junk));
	for (unsigned i = 31; i < 60; i++)
		toy_data(&t, 0, i * 8000, 0, junk, sizeof(junk));
	ck_assert_uint_le(toy_stat(&t, "memory_bytes"), 3 * 65536);
	toy_ack(&t, 1, 30 * 8000, 60 * 8000);
	toy_wait_ms(&t, TCP_HOLE_MS + 10);
	toy_wait_ms(&t, TCP_HOLE_MS + 10);
	ck_assert_uint_eq(toy_stat(&t, "gaps"), 1);
	ck_assert_uint_eq(toy_stat(&t, "gap_bytes"), 8000);
	ck_assert_str_eq(toy_end(&t), "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    in_order_both_ways,
	    every_order_of_four_segments,
	    every_split_of_the_stream,
	    byte_by_byte_backwards_and_forwards,
	    a_lost_segment_is_given_up,
	    a_late_segment_fills_the_hole_although_acknowledged,
	    a_segment_that_comes_late_may_be_the_very_next_packet,
	    a_segment_may_come_some_packets_late,
	    a_repetition_may_come_after_its_acknowledgement,
	    many_small_segments_may_wait,
	    what_waited_too_long_may_still_come_with_the_next_packet,
	    a_response_is_not_held_for_ever,
	    sides_that_wait_for_each_other_are_let_go,
	    retransmissions_are_not_read_again,
	    a_segment_that_waits_may_come_twice,
	    overlaps_first_copy_wins,
	    a_second_sender_is_told,
	    a_second_sender_behind_an_overlap_or_an_acknowledgement,
	    picked_up_midway,
	    an_answer_picked_up_midway_may_come_in_disorder,
	    an_answer_picked_up_midway_may_come_before_its_request,
	    the_second_answer_picked_up_midway_may_come_before_its_request,
	    one_byte_that_was_asked_for_is_no_keep_alive,
	    what_begins_behind_an_old_acknowledgement_is_no_gap,
	    a_keep_alive_picked_up_midway_is_no_byte,
	    one_byte_picked_up_midway_goes_on,
	    ports_used_again_are_another_flow,
	    a_stray_syn_hides_nothing,
	    two_stray_syns_hide_nothing,
	    a_straggler_of_the_former_connection_is_left_out,
	    one_side_only,
	    segments_cut_by_the_snap_length,
	    data_comes_with_syn_and_fin_but_not_with_rst,
	    data_after_a_reset_is_read,
	    the_answer_to_a_fin_does_not_wait,
	    a_lost_fin_is_no_lost_byte,
	    a_fin_may_come_early,
	    a_stray_segment_far_away_is_left_out,
	    without_a_reader_gaps_are_counted_and_nothing_is_kept,
	};

	make_streams();
	return toy_run("tcp", tests, sizeof(tests) / sizeof(tests[0]));
}
