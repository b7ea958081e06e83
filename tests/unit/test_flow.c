/* Flows: one for both directions, bounded, expiring by packet time, told when they begin, go on and end. */
#include "net/flow.h"
#include "base/pool.h"
#include "net/hosts.h"
#include "toy.h"

static struct toy daemon_toy(struct worker_options o)
{
	toy_tells_flows = true;
	toy_tells_anomalies = false;
	o.flow_records = false;
	return toy_start(o);
}

static void datagram(struct toy *t, unsigned side, size_t n)
{
	static const uint8_t zeros[1500];
	struct packet p = toy_packet(t, side, IPPROTO_UDP);

	p.payload = span_of(zeros, n);
	p.payload_wire_len = (uint32_t)n;
	p.wire_len = (uint32_t)n + 42;
	toy_send(t, &p);
}

START_TEST(both_directions_are_one_flow)
{
	struct toy t = toy_new();

	t.port[1] = 9999;
	toy_handshake(&t);
	datagram(&t, 0, 10);
	datagram(&t, 1, 10);
	struct packet p = toy_packet(&t, 0, IPPROTO_ICMP);
	p.src_port = 8, p.dest_port = 0;
	toy_send(&t, &p);
	p = toy_packet(&t, 1, IPPROTO_ICMP);
	p.src_port = 0, p.dest_port = 8;
	toy_send(&t, &p);
	p = toy_packet(&t, 0, IPPROTO_ICMP);
	p.kind = PACKET_IP;
	p.ip_proto = 89;
	p.src_port = p.dest_port = 0;
	toy_send(&t, &p);
	ck_assert_uint_eq(toy_stat(&t, "created"), 4);
	toy_tells_flows = true;
	ck_assert_str_eq(
	    toy_end(&t),
	    "flow(1,established,end_of_capture) flow(2,established,end_of_capture) flow(3,established,end_of_capture) "
	    "flow(4,new,end_of_capture) ");
}
END_TEST

/* As many as there can be, and the Ethernet header within each number of them. */
START_TEST(a_flow_knows_the_layers_of_its_first_packet)
{
	for (unsigned n = 0; n <= EVENT_TUNNELS_MAX; n++) {
		for (unsigned depth = 0; depth <= n; depth++) {
			struct packet p = {
			    .has_ether = true, .n_tunnels = (uint8_t)n, .ether_depth = (uint8_t)depth, .n_vlans = 2};
			struct flow f = {0};
			struct origin at = {0};
			for (unsigned i = 0; i < n; i++)
				p.tunnels[i] = (uint8_t)((i + depth) % TUNNEL_COUNT);
			p.vlans[0] = 4095;
			p.vlans[1] = 7;
			flow_layers_keep(&f, &p);
			flow_layers_tell(&f, &at);
			ck_assert_uint_eq(at.n_tunnels, n);
			ck_assert_uint_eq(at.ether_depth, depth);
			ck_assert_mem_eq(at.tunnels, p.tunnels, n);
			ck_assert(at.n_vlans == 2 && at.vlans[0] == 4095 && at.vlans[1] == 7);
		}
	}
}
END_TEST

START_TEST(broken_transport_headers_make_no_flow)
{
	struct toy t = toy_new();
	struct packet p = toy_packet(&t, 0, IPPROTO_TCP);

	p.kind = PACKET_IP;
	p.decode_error = "tcp_offset";
	toy_send(&t, &p);
	ck_assert_uint_eq(toy_stat(&t, "created"), 0);
	ck_assert_uint_eq(toy_stat(&t, "mac"), 1);
	toy_end(&t);
}
END_TEST

START_TEST(vlans_part_flows_only_where_configured)
{
	for (int in_key = 0; in_key < 2; in_key++) {
		struct toy t = toy_start((struct worker_options){.flow_records = true, .vlan_in_key = in_key});
		for (unsigned i = 0; i < 2; i++) {
			struct packet p = toy_packet(&t, i, IPPROTO_UDP);
			p.n_vlans = 1;
			p.vlans[0] = (uint16_t)(10 + i);
			toy_send(&t, &p);
		}
		ck_assert_uint_eq(toy_stat(&t, "created"), in_key ? 2 : 1);
		toy_end(&t);
		/* a record written without a packet at hand remembers the VLAN */
		ck_assert_uint_eq(toy_last_origin.n_vlans, 1);
		ck_assert_uint_eq(toy_last_origin.vlans[0], in_key ? 11 : 10);
	}
}
END_TEST

/* Who is the client, without SYN and without content. */
START_TEST(ports_tell_the_client_at_last)
{
	static const struct {
		uint8_t proto;
		uint16_t from, to;
		bool sender_is_client;
	} rows[] = {
	    {IPPROTO_TCP, 40000, TOY_PORT, true}, {IPPROTO_TCP, TOY_PORT, 40000, false},
	    {IPPROTO_TCP, 300, TOY_PORT, true},   {IPPROTO_TCP, 50000, 443, true},
	    {IPPROTO_TCP, 443, 50000, false},     {IPPROTO_TCP, 8080, 50000, false},
	    {IPPROTO_TCP, 50000, 8080, true},     {IPPROTO_UDP, 8080, 50000, true},
	    {IPPROTO_UDP, 53, 50000, false},      {IPPROTO_UDP, 5353, 5353, true},
	    {IPPROTO_ICMP, 8, 0, true},           {IPPROTO_ICMP, 0, 8, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct toy t = toy_new();
		toy_tells_flows = true;
		struct packet p = toy_packet(&t, 0, rows[i].proto);
		p.src_port = rows[i].from, p.dest_port = rows[i].to;
		p.tcp_flags = TCP_ACK;
		toy_send(&t, &p);
		toy_end(&t);
		ck_assert_msg((toy_last_origin.src_port == rows[i].from) == rows[i].sender_is_client, "row %zu", i);
		ck_assert_msg(toy_flow_packets[!rows[i].sender_is_client] == 1, "row %zu", i);
	}
}
END_TEST

/* Lets @s seconds go by, a packet of another flow each second. */
static void pass_s(struct toy *t, int s)
{
	for (int i = 0; i < s; i++)
		toy_wait_ms(t, 1000);
}

START_TEST(flows_expire_by_packet_time)
{
	static const struct {
		const char *what;
		int handshake, close, seconds;
		const char *expect;
	} rows[] = {
	    {"half open", 0, 0, 30, "flow(1,new,timeout) "},
	    {"refused", 0, 1, 10, "flow(1,new,rst) "},
	    {"closed", 1, 1, 10, "flow(1,closed,rst) "},
	    {"open", 1, 0, 3600, "flow(1,established,begin) flow(1,closed,timeout) "},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct toy t = daemon_toy((struct worker_options){0});
		/* the packets that let time pass are a flow of their own, which begins and is told as well */
		t.port[0] = 9, t.port[1] = 9999;
		if (rows[i].handshake)
			toy_handshake(&t);
		else
			toy_segment(&t, 0, TCP_SYN, 0, 0, NULL, 0);
		if (rows[i].close)
			toy_segment(&t, 1, TCP_RST | TCP_ACK, 0, 0, NULL, 0);
		/* what told already is the beginning: how it ends is the question */
		pass_s(&t, rows[i].seconds - 2);
		ck_assert_msg(!strstr(toy_log, "timeout") && !strstr(toy_log, "rst"), "%s: %s", rows[i].what, toy_log);
		pass_s(&t, 4);
		ck_assert_msg(strcmp(toy_log, rows[i].expect) == 0, "%s: %s", rows[i].what, toy_log);
		ck_assert_uint_eq(toy_stat(&t, "active"), 1);
		toy_end(&t);
	}
}
END_TEST

START_TEST(a_busy_flow_lives_on_and_says_so_each_minute)
{
	struct toy t = daemon_toy((struct worker_options){0});
	uint8_t pdu[16];
	size_t n = toy_put(pdu, 'Q', '!', "a");

	toy_handshake(&t);
	for (unsigned i = 0; i < 200; i++) {
		toy_data(&t, 0, (uint32_t)(i * n), 0, pdu, n);
		t.now_ns += NS_PER_S;
	}
	char *at = toy_log;
	unsigned begun = 0, going = 0;
	for (; (at = strstr(at, "flow(1,established,")); at++) {
		begun += strncmp(at + 19, "begin", 5) == 0;
		going += strncmp(at + 19, "progress", 8) == 0;
	}
	ck_assert_uint_eq(begun, 1);
	ck_assert_uint_eq(going, 3);
	toy_end(&t);
	ck_assert_uint_eq(toy_flow_packets[0], 202);
	ck_assert_uint_eq(toy_flow_packets[1], 1);
}
END_TEST

START_TEST(decode_hears_of_each_flow_once)
{
	struct toy t = toy_new();
	uint8_t pdu[16];
	size_t n = toy_put(pdu, 'Q', '!', "a");

	toy_tells_flows = true;
	toy_handshake(&t);
	toy_data(&t, 0, 0, 0, pdu, n);
	pass_s(&t, 200);
	ck_assert_str_eq(toy_end(&t),
			 "Q:a finish finish flow(1,established,end_of_capture) flow(2,new,end_of_capture) ");
}
END_TEST

START_TEST(time_may_go_back_and_jump)
{
	struct toy t = toy_new();

	toy_tells_flows = true;
	datagram(&t, 0, 10);
	t.now_ns -= NS_PER_S / 2; /* a packet a little late */
	datagram(&t, 0, 10);
	ck_assert_int_eq(worker_now(t.w), t.now_ns - NS_PER_MS / 100);
	/* another file, from a year before: flows go on, and time goes on from there */
	t.now_ns -= 365 * 24 * 3600 * NS_PER_S;
	worker_source(t.w, NULL, "older.pcap");
	datagram(&t, 0, 10);
	ck_assert_str_eq(toy_log, "");
	for (int i = 0; i < 70; i++)
		toy_wait_ms(&t, 1000);
	ck_assert_str_eq(toy_log, "flow(1,new,timeout) ");
	/* a century ahead: everything is over, and nothing takes long */
	toy_wait_ms(&t, INT64_C(100) * 365 * 24 * 3600 * 1000);
	for (int i = 0; i < 3; i++)
		toy_wait_ms(&t, 1);
	ck_assert_str_eq(toy_log, "flow(1,new,timeout) flow(2,new,timeout) ");
	toy_end(&t);
}
END_TEST

START_TEST(the_clock_may_wrap)
{
	/* a month and a half of milliseconds fill 32 bits: polls each ten minutes, over three months, are one flow */
	struct toy t = toy_new();
	uint8_t pdu[16];
	size_t n = toy_put(pdu, 'Q', '!', "a");

	toy_handshake(&t);
	for (unsigned i = 0; i < 3 * 30 * 24 * 6; i++) {
		toy_data(&t, 0, (uint32_t)(i * n), 0, pdu, n);
		t.now_ns += 600 * NS_PER_S;
		toy_log[0] = '\0';
	}
	ck_assert_uint_eq(toy_stat(&t, "created"), 1);
	/* the last poll was ten minutes ago; another flow is the time's */
	toy_wait_ms(&t, 2990 * 1000);
	ck_assert_uint_eq(toy_stat(&t, "active"), 2);
	toy_wait_ms(&t, 12 * 1000);
	ck_assert_uint_eq(toy_stat(&t, "active"), 1);
	toy_end(&t);
}
END_TEST

/* Live, and no frame comes: the wall clock alone says that time passes, also once it was set back by an hour. */
START_TEST(a_wall_clock_that_was_set_back)
{
	struct toy t = toy_new();

	t.now_ns = 10000 * NS_PER_S;
	toy_wait_ms(&t, 0);
	ck_assert_uint_eq(toy_stat(&t, "active"), 1);
	for (int64_t s = 0; s < 20; s++)
		worker_idle(t.w, t.now_ns - 3600 * NS_PER_S + s * NS_PER_S);
	ck_assert_uint_eq(toy_stat(&t, "active"), 1);
	for (int64_t s = 20; s < 3000; s++)
		worker_idle(t.w, t.now_ns - 3600 * NS_PER_S + s * NS_PER_S);
	ck_assert_uint_eq(toy_stat(&t, "active"), 0);
	toy_end(&t);
}
END_TEST

START_TEST(flows_that_end_at_once_end_in_the_order_of_their_ids)
{
	enum { EACH = 300 };
	struct toy t = toy_new();
	unsigned ended = 0;

	for (unsigned i = 0; i < 2 * EACH; i++) {
		t.port[0] = (uint16_t)(1000 + i);
		t.now_ns += i == EACH ? 50 * NS_PER_S : 0;
		datagram(&t, 0, 10);
	}
	/* the first are put back behind the others when their minute is over */
	for (unsigned i = EACH; i-- > 0;) {
		t.port[0] = (uint16_t)(1000 + i);
		datagram(&t, 0, 10);
	}
	toy_wait_ms(&t, 15000);
	toy_tells_flows = true;
	toy_log[0] = '\0';
	toy_wait_ms(&t, 50000);
	for (const char *at = toy_log; (at = strstr(at, "flow(")); at++)
		ck_assert_uint_eq(strtoul(at + 5, NULL, 10), ++ended);
	ck_assert_uint_eq(ended, 2 * EACH);
	toy_end(&t);
}
END_TEST

START_TEST(hosts_are_counted_and_told_once_a_minute)
{
	struct toy t = daemon_toy((struct worker_options){.host_records = true});

	toy_tells_flows = false;
	for (int i = 0; i < 50; i++) {
		datagram(&t, 0, 10);
		datagram(&t, 1, 10);
		t.now_ns += NS_PER_S;
	}
	ck_assert_str_eq(toy_log, "asset(10.0.0.1) asset(10.0.0.2) ");
	for (int i = 0; i < 50; i++) {
		datagram(&t, 0, 10);
		t.now_ns += NS_PER_S;
	}
	ck_assert_str_eq(toy_log, "asset(10.0.0.1) asset(10.0.0.2) asset(10.0.0.1) ");
	/* another card with the address of the first, in the same flow */
	toy_log[0] = '\0';
	struct packet p = toy_packet(&t, 0, IPPROTO_UDP);
	p.src_mac.b[5] = 77;
	p.senders[0].mac = p.src_mac;
	toy_send(&t, &p);
	toy_send(&t, &p);
	ck_assert_str_eq(toy_log, "asset(10.0.0.1) ");
	/* what is not IP; and addresses that no host has */
	p = toy_packet(&t, 0, 0);
	p.kind = PACKET_LINK;
	p.ethertype = 0x88cc;
	p.src_mac.b[5] = 78;
	p.n_senders = 1;
	p.senders[0].mac = p.src_mac;
	toy_send(&t, &p);
	p = toy_packet(&t, 0, IPPROTO_UDP);
	p.src_ip = ip_from_v4((const uint8_t[]){0, 0, 0, 0});
	p.senders[1].ip = p.src_ip;
	p.src_mac.b[5] = 79;
	p.senders[0].mac = p.src_mac;
	toy_send(&t, &p);
	p.src_mac = (struct mac){{1, 0, 0x5e, 0, 0, 1}};
	p.senders[0].mac = p.src_mac;
	toy_send(&t, &p);
	ck_assert_str_eq(toy_log, "asset(10.0.0.1) asset(none) asset(none) ");
	ck_assert_uint_eq(toy_stat(&t, "mac"), 6);
	ck_assert_uint_eq(toy_stat(&t, "ipv4"), 3);
	/* card and address are known together, but somebody else sends them */
	p = toy_packet(&t, 0, IPPROTO_UDP);
	p.src_port++;
	p.senders[1].ip = ip_from_v4((const uint8_t[]){10, 9, 9, 9});
	toy_send(&t, &p);
	ck_assert_uint_eq(toy_stat(&t, "ipv4"), 4);
	/* the same of a card that was seen by itself */
	p = toy_packet(&t, 0, 0);
	p.kind = PACKET_LINK;
	p.ethertype = 0x88cc;
	p.src_mac.b[5] = 78;
	p.senders[0].mac = p.src_mac;
	p.senders[1].ip = ip_from_v4((const uint8_t[]){10, 9, 9, 10});
	toy_send(&t, &p);
	ck_assert_uint_eq(toy_stat(&t, "ipv4"), 5);
	toy_end(&t);
}
END_TEST

static void count_sender(struct hosts *h, bool is_mac, const struct ip_addr *ip)
{
	static struct packet p;

	p.n_senders = 1;
	p.senders[0].is_mac = is_mac;
	if (is_mac)
		memcpy(p.senders[0].mac.b, ip->b, sizeof(p.senders[0].mac.b));
	else
		p.senders[0].ip = *ip;
	hosts_count(h, &p);
	hosts_count(h, &p);
}

/* Addresses that differ in one bit are two, and a card is no address. */
START_TEST(every_bit_of_an_address_counts)
{
	struct hosts h;

	ck_assert_int_eq(hosts_init(&h, 1000), 0);
	for (unsigned bit = 0; bit <= 128; bit++) {
		struct ip_addr v6 = {{0}}, v4 = ip_from_v4((const uint8_t[]){0, 0, 0, 0});
		if (bit < 128)
			v6.b[bit / 8] = (uint8_t)(1 << bit % 8);
		if (bit < 32)
			v4.b[12 + bit / 8] = (uint8_t)(1 << bit % 8);
		count_sender(&h, false, &v6);
		count_sender(&h, false, &v4);
		count_sender(&h, true, &v6);
	}
	ck_assert_uint_eq(h.macs, 48 + 1);
	ck_assert_uint_eq(h.ipv4, 32 + 1);
	ck_assert_uint_eq(h.ipv6, 128 + 1);
	hosts_deinit(&h);
}
END_TEST

/* One packet before and behind a router, as a capture on both sides has it, with and without repetitions suppressed. */
START_TEST(two_cards_of_a_router_by_the_same_packet_twice)
{
	static const struct {
		const char *name;
		uint8_t near_ttl, far_ttl;
		bool far_first, tcp, same_dest;
		bool told;
	} rows[] = {
	    {"a hop apart", 64, 63, .told = true},
	    {"a hop apart, over TCP", 128, 127, .tcp = true, .told = true},
	    {"the far side first", 64, 63, .far_first = true, .told = true},
	    {"a bridge lowers nothing", 64, 64, .told = false},
	    {"two hops: there is another router between", 64, 62, .told = false},
	    {"raised by one only means that the far side came first", 63, 64, .told = true},
	    {"to one and the same card: nothing was sent on", 64, 63, .same_dest = true},
	    {"a time to live of one is not sent on", 1, 0, .told = false},
	};
	const struct mac host = {{2, 0, 0, 0, 0, 1}}, server = {{2, 0, 0, 0, 0, 2}};
	const struct mac in = {{0, 0x1b, 0x1b, 0, 0, 1}}, out = {{0, 0x1b, 0x1b, 0, 0, 2}}, none = {{0}};

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		bool suppress = i % 2;
		struct toy t =
		    daemon_toy((struct worker_options){.host_records = true, .suppress_duplicates = suppress});
		toy_tells_flows = false;
		toy_router[0] = toy_router[1] = none;
		for (int step = 0; step < 2; step++) {
			bool far = step != rows[i / 2].far_first;
			struct packet p = toy_packet(&t, 0, rows[i / 2].tcp ? IPPROTO_TCP : IPPROTO_UDP);
			p.tcp_flags = TCP_SYN;
			p.payload = span_str("measured");
			p.payload_wire_len = 8;
			p.src_mac = p.senders[0].mac = far ? out : host;
			p.dest_mac = far && !rows[i / 2].same_dest ? server : in;
			p.ttl = far ? rows[i / 2].far_ttl : rows[i / 2].near_ttl;
			toy_send(&t, &p);
			if (step == 1 && p.ttl > 0)
				ck_assert_msg(toy_ttl == p.ttl, "%s: %llu", rows[i / 2].name,
					      (unsigned long long)toy_ttl);
		}
		bool raised = rows[i / 2].far_ttl > rows[i / 2].near_ttl;
		const struct mac *want_in = rows[i / 2].told ? (raised ? &server : &in) : &none;
		const struct mac *want_out = rows[i / 2].told ? (raised ? &host : &out) : &none;
		ck_assert_msg(mac_eq(&toy_router[0], want_in) && mac_eq(&toy_router[1], want_out), "%s%s: %s",
			      rows[i / 2].name, suppress ? ", suppressed" : "", toy_log);
		toy_end(&t);
	}
}
END_TEST

/* Many addresses behind one card: each is told with the time to live it came with, and again when that changes. */
START_TEST(a_host_is_told_again_when_its_time_to_live_changes)
{
	struct toy t = daemon_toy((struct worker_options){.host_records = true});

	toy_tells_flows = false;
	for (unsigned i = 1; i <= 3; i++) {
		struct packet p = toy_packet(&t, 0, IPPROTO_UDP);
		p.src_ip = p.senders[1].ip = ip_from_v4((const uint8_t[]){10, 5, 0, (uint8_t)i});
		p.ttl = (uint8_t)(64 - i);
		toy_send(&t, &p);
		ck_assert_uint_eq(toy_ttl, 64 - i);
		toy_send(&t, &p);
	}
	ck_assert_str_eq(toy_log, "asset(10.5.0.1) asset(10.5.0.2) asset(10.5.0.3) ");
	/* the same address, another path: in another flow it is news at once */
	struct packet p = toy_packet(&t, 0, IPPROTO_UDP);
	p.src_ip = p.senders[1].ip = ip_from_v4((const uint8_t[]){10, 5, 0, 1});
	p.src_port = 40001;
	toy_send(&t, &p);
	ck_assert_uint_eq(toy_ttl, 64);
	/* what goes to a group has a time to live of its own: it tells nothing */
	p.src_port = 40002;
	p.dest_ip = ip_from_v4((const uint8_t[]){224, 0, 0, 251});
	p.dest_mac = (struct mac){{1, 0, 0x5e, 0, 0, 251}};
	p.ttl = 1;
	toy_send(&t, &p);
	ck_assert_uint_eq(toy_ttl, 0);
	toy_end(&t);
}
END_TEST

START_TEST(flow_keys_read_the_same_both_ways)
{
	struct toy t = toy_new();

	for (unsigned proto = 6; proto < 18; proto += 11) {
		struct flow_key key[2];
		unsigned from[2];
		for (unsigned side = 0; side < 2; side++) {
			struct packet p = toy_packet(&t, side, (uint8_t)proto);
			if (proto == IPPROTO_UDP)
				p.src_ip = p.dest_ip = ip_from_v4((const uint8_t[]){127, 0, 0, 1});
			flow_key_of(&p, false, &key[side], &from[side]);
		}
		ck_assert_mem_eq(&key[0], &key[1], sizeof(key[0]));
		ck_assert_uint_ne(from[0], from[1]);
	}
	toy_end(&t);
}
END_TEST

START_TEST(flow_hashes_spread)
{
	static uint8_t seen[1 << 16];
	unsigned collisions = 0;

	for (unsigned i = 0; i < 10000; i++) {
		struct flow_key k = {.port = {(uint16_t)(40000 + i % 100), 502}, .proto = IPPROTO_TCP};
		k.ip[0] = ip_from_v4((const uint8_t[]){10, 0, (uint8_t)(i / 100), (uint8_t)(i % 7)});
		k.ip[1] = ip_from_v4((const uint8_t[]){10, 1, 0, 1});
		uint64_t hash = flow_key_hash(&k);
		collisions += seen[hash & 0xffff]++ > 0;
	}
	/* 10,000 balls in 65,536 bins: 730 by chance */
	ck_assert_uint_lt(collisions, 900);
}
END_TEST

START_TEST(the_pool_gives_every_class_its_turn)
{
	enum { CAP = 1 << 20 };
	static void *piece[1 << 14];
	struct pool p;

	pool_init(&p, CAP);
	for (size_t bytes = 1; bytes < 40000; bytes = bytes * 3 / 2 + 1) {
		size_t n = 0;
		while (n < sizeof(piece) / sizeof(piece[0]) && (piece[n] = pool_alloc(&p, bytes))) {
			memset(piece[n], (int)n, bytes);
			ck_assert_uint_eq((uintptr_t)piece[n] % 16, 0);
			n++;
		}
		ck_assert_uint_ge(pool_room(bytes), bytes);
		ck_assert_uint_le(p.used_bytes, CAP);
		ck_assert_msg(n >= sizeof(piece) / sizeof(piece[0]) || n * pool_room(bytes) > CAP / 4 * 3,
			      "%zu bytes: %zu pieces", bytes, n);
		for (size_t i = 0; i < n; i++) {
			const uint8_t *at = piece[i];
			ck_assert_uint_eq(at[0], (uint8_t)i);
			ck_assert_uint_eq(at[bytes - 1], (uint8_t)i);
			pool_free(&p, piece[i], bytes);
		}
		/* at most one open slab a class stays */
		ck_assert_uint_le(p.used_bytes, (uint64_t)POOL_CLASSES * POOL_SLAB_BYTES);
	}
	pool_deinit(&p);
}
END_TEST

static void link_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	(void)dir, (void)pdu, (void)out;
	toy_say("%s ", ++*(unsigned *)state > 2 ? "many" : "link");
}

static const struct dissector by_type = {
    .name = "type", .table = &toy_table, .ethertypes = {0x2000}, .state_size = sizeof(unsigned), .pdu = link_pdu};
static const struct dissector by_snap = {.name = "snap",
					 .table = &toy_table,
					 .snaps = {DISSECTOR_SNAP(0x00000c, 0x2000)},
					 .state_size = sizeof(unsigned),
					 .pdu = link_pdu};

/* An organisation's protocol ids are its own; SNAP of the two organisations that stand for EtherTypes carries
 * EtherTypes. */
START_TEST(link_protocols_are_chosen_by_type_or_by_snap)
{
	static const struct {
		bool is_snap;
		uint32_t oui;
		uint16_t type;
		const struct dissector *d;
		const char *expect;
	} cases[] = {
	    {false, 0, 0x2000, &by_type, "link "},
	    {true, 0, 0x2000, &by_type, "link "},
	    {true, 0x0000f8, 0x2000, &by_type, "link "},
	    {true, 0x00000c, 0x2000, &by_type, ""},
	    {false, 0, 0x2001, &by_type, ""},
	    {true, 0x00000c, 0x2000, &by_snap, "link "},
	    {true, 0x00000c, 0x2004, &by_snap, ""},
	    {true, 0, 0x2000, &by_snap, ""},
	    {false, 0x00000c, 0x2000, &by_snap, ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct dissector *const list[] = {cases[i].d, NULL};
		struct toy t = toy_start((struct worker_options){.dissectors = list});
		struct packet p = toy_packet(&t, 0, IPPROTO_UDP);
		p.kind = PACKET_LINK;
		p.is_llc = p.is_snap = cases[i].is_snap;
		p.snap_oui = cases[i].oui;
		p.ethertype = cases[i].type;
		toy_send(&t, &p);
		ck_assert_msg(strcmp(toy_end(&t), cases[i].expect) == 0, "case %zu: %s", i, toy_log);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    both_directions_are_one_flow,
	    a_flow_knows_the_layers_of_its_first_packet,
	    broken_transport_headers_make_no_flow,
	    vlans_part_flows_only_where_configured,
	    ports_tell_the_client_at_last,
	    flows_expire_by_packet_time,
	    a_busy_flow_lives_on_and_says_so_each_minute,
	    decode_hears_of_each_flow_once,
	    time_may_go_back_and_jump,
	    the_clock_may_wrap,
	    a_wall_clock_that_was_set_back,
	    flows_that_end_at_once_end_in_the_order_of_their_ids,
	    hosts_are_counted_and_told_once_a_minute,
	    every_bit_of_an_address_counts,
	    two_cards_of_a_router_by_the_same_packet_twice,
	    a_host_is_told_again_when_its_time_to_live_changes,
	    flow_keys_read_the_same_both_ways,
	    flow_hashes_spread,
	    the_pool_gives_every_class_its_turn,
	    link_protocols_are_chosen_by_type_or_by_snap,
	};

	return toy_run("flow", tests, sizeof(tests) / sizeof(tests[0]));
}
