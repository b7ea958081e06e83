/*
 * idle: what an established flow takes once it has been silent for two minutes: what 180,000 of Modbus and of HTTP take
 * beyond as many others, whose memory while they spoke is used again. Fails where it is more than 256 bytes, the share
 * of the table's index included.
 */
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "net/worker.h"

enum { FLOWS = 180000, A_SECOND = 200, SILENT_S = 120, MOST_BYTES = 256 };

static int64_t now_ns = NS_PER_S;

static void nowhere(void *ctx, struct event *ev)
{
	(void)ctx;
	(void)ev;
}

static void send_segment(struct worker *w, unsigned no, unsigned side, uint16_t port, uint8_t flags, uint32_t seq,
			 uint32_t ack, struct span bytes)
{
	uint8_t ip[2][4] = {{10, (uint8_t)(no >> 16), (uint8_t)(no >> 8), (uint8_t)no}, {192, 168, 1, 1}};
	uint16_t ports[2] = {40000, port};
	struct packet p = {.kind = PACKET_TCP,
			   .ts_ns = now_ns,
			   .has_ether = true,
			   .src_mac = {{2, 0, 0, 0, 0, (uint8_t)side}},
			   .dest_mac = {{2, 0, 0, 0, 0, (uint8_t)!side}},
			   .ethertype = 0x0800,
			   .src_ip = ip_from_v4(ip[side]),
			   .dest_ip = ip_from_v4(ip[!side]),
			   .ip_proto = IPPROTO_TCP,
			   .ttl = 64,
			   .src_port = ports[side],
			   .dest_port = ports[!side],
			   .tcp_flags = flags,
			   .seq = seq,
			   .ack = ack,
			   .payload = bytes,
			   .payload_wire_len = (uint32_t)bytes.len,
			   .wire_len = (uint32_t)bytes.len + 54};

	worker_packet(w, &p);
	now_ns += 1000;
}

static void talk(struct worker *w, unsigned no, uint16_t port, struct span ask, struct span answer)
{
	const struct span none = {NULL, 0};

	send_segment(w, no, 0, port, TCP_SYN, 99, 0, none);
	send_segment(w, no, 1, port, TCP_SYN | TCP_ACK, 199, 100, none);
	send_segment(w, no, 0, port, TCP_ACK, 100, 200, none);
	send_segment(w, no, 0, port, TCP_ACK | TCP_PSH, 100, 200, ask);
	send_segment(w, no, 1, port, TCP_ACK | TCP_PSH, 200, 100 + (uint32_t)ask.len, answer);
}

static size_t heap_bytes(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static bool measure(const char *name, uint16_t port, struct span ask, struct span answer)
{
	struct worker *w = worker_new(&(struct worker_options){
	    .flows_max = 2 * FLOWS + 1, .hosts_max = 1, .dissectors = dissectors, .next = {nowhere, NULL}});
	unsigned no = 0;
	size_t before = 0;

	if (!w)
		return false;
	for (unsigned round = 0; round < 2; round++) {
		before = heap_bytes();
		for (unsigned i = 0; i < FLOWS; i++) {
			talk(w, no++, port, ask, answer);
			if (i % A_SECOND == 0)
				now_ns += NS_PER_S;
		}
		for (int s = 0; s < SILENT_S; s++, now_ns += NS_PER_S) {
			for (unsigned i = 0; i < A_SECOND; i++)
				send_segment(w, 2 * FLOWS, 0, 9, TCP_SYN, 1, 0, (struct span){NULL, 0});
		}
	}
	double each = (double)(heap_bytes() - before) / FLOWS;
	printf("%s: %.0f bytes a flow\n", name, each);
	worker_free(w);
	return each <= MOST_BYTES;
}

int main(void)
{
	static const uint8_t read[] = {0, 1, 0, 0, 0, 6, 1, 3, 0, 100, 0, 2},
			     values[] = {0, 1, 0, 0, 0, 7, 1, 3, 4, 0, 1, 0, 2};
	static const char get[] = "GET /index.html HTTP/1.1\r\nHost: plc\r\n\r\n",
			  ok[] = "HTTP/1.1 200 OK\r\nServer: plc\r\nContent-Length: 2\r\n\r\nok";
	bool modbus = measure("modbus", 502, span_of(read, sizeof(read)), span_of(values, sizeof(values)));
	bool http = measure("http", 80, span_of((const uint8_t *)get, sizeof(get) - 1),
			    span_of((const uint8_t *)ok, sizeof(ok) - 1));

	return modbus && http ? 0 : 1;
}
