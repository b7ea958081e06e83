/* Connections that nobody goes on with: a short row says all that a flow would, and costs no flow its place. */
#include "net/flow.h"
#include "toy.h"

static uint32_t seed = 7;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Now and then what fits, now and then what does not quite. */
static struct flow any_flow(void)
{
	struct flow f = {.key.proto = any(20) ? IPPROTO_TCP : IPPROTO_UDP, .client = (uint8_t)any(2)};
	uint32_t created_ms = any(2) ? UINT32_MAX - any(1000) : any(1000);

	f.id = any(1000) + ((uint64_t)any(3) << 40);
	f.state = any(20) ? FLOW_STATE_NEW : FLOW_STATE_ESTABLISHED;
	f.flags = any(20) ? (any(2) ? FLOW_BY_SYN : 0) : FLOW_SETTLED;
	f.first_ns = (int64_t)any(1000) * NS_PER_S;
	f.last_ns = f.first_ns + (int64_t)any(1200) * NS_PER_S - (any(20) ? 0 : 100 * NS_PER_S) + any(1000);
	f.told_ms = created_ms;
	f.seen_ms = created_ms + any(any(10) ? 60000 : 70000);
	flow_layers_set_plain(&f, any(3));
	if (!any(20))
		f.layers |= 1u << 24;
	for (unsigned s = 0; s < 2; s++) {
		struct flow_side *side = &f.side[s];
		f.key.ip[s] = ip_from_v4((const uint8_t[]){10, 0, 0, (uint8_t)(s + 1)});
		f.key.port[s] = (uint16_t)any(65536);
		side->packets = s == 0 ? 1 + any(any(10) ? 255 : 300) : any(3);
		if (side->packets == 0)
			continue;
		side->bytes = any(any(10) ? 65536 : 70000);
		side->host_ms = created_ms + (s == 0 ? 0 : any(60000));
		side->mac.b[5] = (uint8_t)any(256);
		side->flags =
		    SIDE_COUNTED | (any(5) ? 0 : SIDE_RST) | (any(5) ? 0 : SIDE_FIN) | (any(50) ? 0 : SIDE_PAYLOAD);
		if (any(2)) {
			side->flags |= SIDE_SYN | SIDE_SEQ;
			side->isn = any(2) ? UINT32_MAX : any(100000);
			side->next_seq = side->acked = side->isn + 1;
			side->acked += any(20) ? 0 : 5;
		} else {
			side->next_seq = any(2) ? any(100000) : 0;
		}
	}
	return f;
}

START_TEST(what_is_packed_comes_out_the_same)
{
	unsigned packed = 0, refused = 0;

	for (unsigned i = 0; i < 100000; i++) {
		struct flow f = any_flow(), back;
		struct half_open h = {.link = {1, 2}};
		if (!half_open_pack(&h, &f)) {
			refused++;
			continue;
		}
		packed++;
		ck_assert_uint_eq(h.link.next, 1);
		half_open_unpack(&h, &back);
		memcpy(&back.key, &f.key, sizeof(f.key));
		ck_assert_mem_eq(&back, &f, sizeof(f));
	}
	ck_assert_uint_gt(packed, 10000);
	ck_assert_uint_gt(refused, 10000);
}
END_TEST

/* What each packet of a story leaves: s a short row, f a flow. */
START_TEST(a_flow_is_made_when_there_is_more_to_say)
{
	static const struct {
		const char *name;
		const char *story;   /* side and flags; D: with a byte */
		const char *rows;    /* after each */
		const char *records; /* at the end */
	} rows[] = {
	    {"a SYN", "0S", "s", "flow(1,new,end_of_capture) "},
	    {"sent again", "0S 0S 0S", "sss", "flow(1,new,end_of_capture) "},
	    {"refused", "0S 1RA", "ss", "flow(1,new,rst) "},
	    {"answered", "0S 1SA 1SA", "sss", "flow(1,new,end_of_capture) "},
	    {"answered, and taken back", "0S 1SA 0R", "sss", "flow(1,new,rst) "},
	    {"a handshake", "0S 1SA 0A", "ssf", "flow(1,established,end_of_capture) "},
	    {"a SYN with payload", "0SD", "f", "flow(1,established,end_of_capture) "},
	    {"payload at once", "0S 0AD", "sf", "flow(1,established,end_of_capture) "},
	    {"both open", "0S 1S 0SA 1SA", "ssff", "flow(1,established,end_of_capture) "},
	    {"an acknowledgement of long ago", "0A 0A", "ss", "flow(1,new,end_of_capture) "},
	    {"of both", "0A 1A", "sf", "flow(1,established,end_of_capture) "},
	    {"a FIN of nothing", "0F", "s", "flow(1,new,end_of_capture) "},
	    {"a reset of nothing", "1R", "s", "flow(1,new,rst) "},
	};

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct toy t = toy_new();
		bool v6 = i % 2;
		const char *rows_left = rows[i / 2].rows;
		t.port[1] = 9999;
		toy_tells_flows = true;
		for (const char *at = rows[i / 2].story; *at; at += *at == ' ') {
			struct packet p = toy_packet(&t, *at == '1', IPPROTO_TCP);
			unsigned side = *at++ == '1';
			for (; *at && *at != ' '; at++) {
				p.tcp_flags |= *at == 'S'   ? TCP_SYN
					       : *at == 'A' ? TCP_ACK
					       : *at == 'R' ? TCP_RST
					       : *at == 'F' ? TCP_FIN
							    : 0;
				if (*at == 'D') {
					p.payload = span_str("x");
					p.payload_wire_len = 1;
				}
			}
			p.seq = t.isn[side] + !(p.tcp_flags & TCP_SYN);
			p.ack = p.tcp_flags & TCP_ACK ? t.isn[!side] + 1 : 0;
			if (v6) {
				p.src_ip.b[0] = p.dest_ip.b[0] = 0xfd;
				p.n_vlans = 1;
				p.vlans[0] = 77;
			}
			toy_send(&t, &p);
			bool is_short = toy_stat(&t, "half_open") == 1;
			ck_assert_msg(is_short == (*rows_left == 's'), "%s%s: after %s", rows[i / 2].name,
				      v6 ? ", IPv6" : "", at);
			ck_assert_uint_eq(toy_stat(&t, "active"), 1);
			rows_left++;
		}
		toy_log[0] = '\0';
		ck_assert_msg(strcmp(toy_end(&t), rows[i / 2].records) == 0, "%s: %s", rows[i / 2].name, toy_log);
	}
}
END_TEST

START_TEST(the_end_is_told_in_the_order_of_the_beginning)
{
	struct toy t = toy_new();

	for (unsigned i = 0; i < 6; i++) {
		t.port[0] = (uint16_t)(1000 + i);
		toy_segment(&t, 0, TCP_SYN, 0, 0, NULL, 0);
	}
	for (unsigned i = 5; i-- > 1; i--) { /* the fifth, then the third: flows in another order than they began */
		t.port[0] = (uint16_t)(1000 + i);
		toy_segment(&t, 1, TCP_SYN | TCP_ACK, 0, 0, NULL, 0);
		toy_ack(&t, 0, 0, 0);
	}
	toy_tells_flows = true;
	ck_assert_uint_eq(toy_stat(&t, "half_open"), 4);
	ck_assert_str_eq(toy_end(&t), "flow(1,new,end_of_capture) flow(2,new,end_of_capture) "
				      "flow(3,established,end_of_capture) flow(4,new,end_of_capture) "
				      "flow(5,established,end_of_capture) flow(6,new,end_of_capture) ");
}
END_TEST

/* Ten times as many as there is room for, and none of the flows that were there goes. */
START_TEST(a_flood_takes_nobodys_place)
{
	struct toy t = toy_start((struct worker_options){.flow_records = true, .flows_max = 64, .half_open_max = 32});
	uint8_t pdu[16];
	size_t n = toy_put(pdu, 'Q', '!', "a");

	for (unsigned i = 0; i < 64; i++) {
		t.port[0] = (uint16_t)(1000 + i);
		toy_handshake(&t);
		toy_data(&t, 0, 0, 0, pdu, n);
	}
	toy_tells_flows = true;
	toy_log[0] = '\0';
	for (unsigned i = 0; i < 1000; i++) {
		t.port[0] = (uint16_t)(2000 + i);
		toy_segment(&t, 0, TCP_SYN, 0, 0, NULL, 0);
		ck_assert_uint_le(toy_stat(&t, "active"), 64 + 32);
	}
	ck_assert_ptr_null(strstr(toy_log, "established"));
	ck_assert_ptr_nonnull(strstr(toy_log, "new,evicted"));
	ck_assert_uint_eq(toy_stat(&t, "evicted"), 1000 - 32);
	ck_assert_uint_eq(worker_count(t.w).given_up[WORKER_HALF_OPEN], 1000 - 32);
	ck_assert_uint_eq(worker_count_sum(t.w), worker_count(t.w).flows_created);
	toy_end(&t);
}
END_TEST

static void put_flow(struct flow_table *t, unsigned no, unsigned flags, unsigned state, unsigned side_flags)
{
	struct flow_key key = {.proto = IPPROTO_TCP, .port = {(uint16_t)no, 1}};
	struct flow f;

	flow_begin(t, &f, &key, no);
	f.flags = (uint8_t)flags;
	f.state = (uint8_t)state;
	f.side[0].flags = f.side[1].flags = (uint8_t)side_flags;
	struct flow *row = flow_add(t, &f, flow_key_hash(&key));
	ck_assert_ptr_nonnull(row);
	flow_schedule(t, row, no + flow_timeout_ms(row));
}

START_TEST(what_is_worth_least_goes_first)
{
	enum { ALL = 3000, OT = ALL - 60 };
	struct flow_table t;
	enum flow_worth last = FLOW_WORTH_HALF_OPEN;
	unsigned gone[FLOW_WORTHS] = {0};

	ck_assert_int_eq(flow_table_init(&t, &(struct flow_caps){.flows = ALL, .half_open = 16}, false), 0);
	for (unsigned i = 0; i < ALL; i++) {
		if (i < OT)
			put_flow(&t, i, FLOW_OT, FLOW_STATE_ESTABLISHED, 0);
		else if (i % 3 == 0)
			put_flow(&t, i, 0, FLOW_STATE_ESTABLISHED, SIDE_FIN);
		else
			put_flow(&t, i, 0, FLOW_STATE_ESTABLISHED, 0);
	}
	for (unsigned i = 0; i < 100; i++) {
		ck_assert(flow_table_full(&t));
		struct flow *victim = flow_table_victim(&t);
		enum flow_worth worth = flow_worth_of(victim);
		/* more than a thousand of OT in a row may hide one: nearly in order then */
		ck_assert_msg(worth >= last || worth == FLOW_WORTH_IT, "%u after %u", worth, last);
		last = worth;
		gone[worth]++;
		flow_remove(&t, victim);
		put_flow(&t, ALL + i, FLOW_OT, FLOW_STATE_ESTABLISHED, 0);
	}
	ck_assert_uint_eq(gone[FLOW_WORTH_IDLE], 20);
	ck_assert_uint_eq(gone[FLOW_WORTH_IT], 40);
	flow_table_deinit(&t);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    what_is_packed_comes_out_the_same,
	    a_flow_is_made_when_there_is_more_to_say,
	    the_end_is_told_in_the_order_of_the_beginning,
	    a_flood_takes_nobodys_place,
	    what_is_worth_least_goes_first,
	};

	return toy_run("half_open", tests, sizeof(tests) / sizeof(tests[0]));
}
