/*
 * synflood FLOWS [ANSWERED%] [ADDRESSES]: a capture on stdout: a master polls a PLC over Modbus/TCP every millisecond while
 * FLOWS connections are opened that nobody goes on with, 100,000 a second, from random addresses (of so many, 0: of 2^29) behind one router, to
 * the PLC's port 502 and to others'. ANSWERED percent of the SYNs to the PLC are answered. On stderr: how many polls.
 *
 * Written as it goes, never stored: five million flows are 400 MB.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NS_PER_FLOOD_PACKET = 10 * 1000,
	FLOOD_PACKETS_PER_POLL = 100,
	FRAME_MAX = 128,
	FIN = 0x01,
	SYN = 0x02,
	PSH = 0x08,
	ACK = 0x10,
	WINDOW = 64240,
	ETHER_BYTES = 14,
	HEADERS_BYTES = ETHER_BYTES + 20 + 20,
};

struct end {
	uint8_t mac[6];
	uint32_t ip;
	uint16_t port;
	uint32_t seq;
};

static uint64_t state = 88172645463325252ULL, now_ns = 1750000000ULL * 1000000000ULL;

static uint32_t any(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

static uint8_t *put16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
	return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t v)
{
	return put16(put16(at, v >> 16), v & 0xffff);
}

static uint32_t sum16(const uint8_t *at, size_t n, uint32_t sum)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	return n % 2 ? sum + ((uint32_t)at[n - 1] << 8) : sum;
}

static uint32_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static void send_segment(const struct end *from, const struct end *to, unsigned flags, const void *bytes, size_t n)
{
	uint8_t frame[FRAME_MAX] = {0}, *ip = frame + ETHER_BYTES, *tcp = ip + 20;
	size_t len = HEADERS_BYTES + n;

	memcpy(frame, to->mac, 6);
	memcpy(frame + 6, from->mac, 6);
	put16(frame + 12, 0x0800);
	put16(ip, 0x4500);
	put16(ip + 2, (uint32_t)(40 + n));
	put16(ip + 4, any());
	ip[8] = 64;
	ip[9] = 6;
	put32(put32(ip + 12, from->ip), to->ip);
	put16(ip + 10, folded(sum16(ip, 20, 0)));
	put32(put32(put16(put16(tcp, from->port), to->port), from->seq), flags & ACK ? to->seq : 0);
	put16(tcp + 12, 0x5000 | flags);
	put16(tcp + 14, WINDOW);
	if (n > 0)
		memcpy(tcp + 20, bytes, n);
	put16(tcp + 16, folded(sum16(tcp, 20 + n, sum16(ip + 12, 8, 6 + 20 + (uint32_t)n))));
	len = len < 60 ? 60 : len;
	uint32_t head[4] = {(uint32_t)(now_ns / 1000000000), (uint32_t)(now_ns % 1000000000), (uint32_t)len,
			    (uint32_t)len};
	fwrite(head, sizeof(head), 1, stdout);
	fwrite(frame, len, 1, stdout);
}

static void talk(struct end *from, const struct end *to, unsigned flags, const void *bytes, size_t n)
{
	send_segment(from, to, flags, bytes, n);
	from->seq += (uint32_t)n + (flags & (SYN | FIN) ? 1 : 0);
	now_ns += 1000;
}

static void poll_once(struct end *master, struct end *plc, unsigned no)
{
	uint8_t ask[12] = {0, 0, 0, 0, 0, 6, 1, 3, 0, 100, 0, 2}, answer[13] = {0, 0, 0, 0, 0, 7, 1, 3, 4};

	put16(ask, no);
	put16(answer, no);
	put32(answer + 9, no);
	talk(master, plc, PSH | ACK, ask, sizeof(ask));
	talk(plc, master, PSH | ACK, answer, sizeof(answer));
	talk(master, plc, ACK, NULL, 0);
}

int main(int argc, char **argv)
{
	const uint32_t header[6] = {0xa1b23c4d, 0x00040002, 0, 0, 65535, 1};
	unsigned long flows = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000, polls = 0;
	unsigned answered_pct = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	uint32_t addresses = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
	struct end master = {{2, 0, 0, 0, 1, 1}, 0x0a010105, 40001, 1000},
		   plc = {{2, 0, 0, 0, 1, 2}, 0x0a010114, 502, 5000};

	fwrite(header, sizeof(header), 1, stdout);
	talk(&master, &plc, SYN, NULL, 0);
	talk(&plc, &master, SYN | ACK, NULL, 0);
	talk(&master, &plc, ACK, NULL, 0);
	for (unsigned long i = 0; i < flows; i++) {
		struct end who = {{2, 0, 0, 0, 9, 9}, 0x80000000 + any() % (addresses ? addresses : 0x20000000),
				  (uint16_t)(1024 + any() % 60000), any()};
		struct end to = plc;
		if (i % FLOOD_PACKETS_PER_POLL == 0)
			poll_once(&master, &plc, (unsigned)polls++);
		if (i % 2) {
			to.mac[5] = (uint8_t)(3 + i % 13);
			to.ip += 1 + (uint32_t)(i % 13);
			to.port = (uint16_t)(i % 3 ? 80 : 445);
		}
		send_segment(&who, &to, SYN, NULL, 0);
		if (i % 2 == 0 && any() % 100 < answered_pct) {
			who.seq++;
			to.seq = any();
			send_segment(&to, &who, SYN | ACK, NULL, 0);
		}
		now_ns += NS_PER_FLOOD_PACKET;
	}
	poll_once(&master, &plc, (unsigned)polls++);
	talk(&master, &plc, FIN | ACK, NULL, 0);
	talk(&plc, &master, FIN | ACK, NULL, 0);
	talk(&master, &plc, ACK, NULL, 0);
	fprintf(stderr, "%lu\n", polls);
	return fflush(stdout) != 0 || ferror(stdout);
}
