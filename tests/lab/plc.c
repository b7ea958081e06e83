/*
 * A Modbus/TCP server for the lab factory: the PLCs and the serial gateway.
 *
 *   plc schneider|mitsubishi|gateway [PORT]
 *
 * libmodbus answers the ordinary functions (1-6, 15, 16, 22, 23). Framing is
 * ours, because modbus_receive() of libmodbus 3.1 knows neither 8 nor 43 nor 90:
 *   8    diagnostics: sub 0 echoes; sub 4 Force Listen Only is obeyed in silence
 *        and from then on nothing is answered (AP 1.1b3, 6.8)
 *   43   MEI 14, basic device identification (AP 1.1b3, 6.21)
 *   90   UMAS, schneider only: session byte, code, 0xFE = ok
 * A PDU with a protocol id other than 0, or with the exception bit set in a
 * request, is dropped. The gateway has units 1-3 behind it; for others it
 * answers exception 0x0B, as a gateway without a slave there does.
 */
#include <modbus/modbus.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MBAP_LEN = 7, ADU_MAX = 260, CLIENTS_MAX = 8, ITEMS = 256 };
enum { FC_DIAGNOSTIC = 8, FC_MEI = 43, FC_UMAS = 90 };

static const char *kind;
static bool listen_only;
static modbus_t *ctx;
static modbus_mapping_t *map;

static bool read_all(int fd, uint8_t *to, size_t want)
{
	for (size_t have = 0; have < want;) {
		ssize_t n = recv(fd, to + have, want - have, 0);
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	return true;
}

/* Answer with the PDU in pdu[0..len), under the MBAP of the request. */
static void answer(int fd, const uint8_t *request, const uint8_t *pdu, size_t len)
{
	uint8_t adu[ADU_MAX];

	memcpy(adu, request, 4);
	adu[4] = (uint8_t)((len + 1) >> 8);
	adu[5] = (uint8_t)(len + 1);
	adu[6] = request[6];
	memcpy(adu + MBAP_LEN, pdu, len);
	(void)!send(fd, adu, MBAP_LEN + len, MSG_NOSIGNAL);
}

static void diagnostics(int fd, const uint8_t *adu, size_t len)
{
	unsigned sub = len >= MBAP_LEN + 3 ? (unsigned)(adu[8] << 8 | adu[9]) : 0;

	if (sub == 4)
		listen_only = true;
	else
		answer(fd, adu, adu + MBAP_LEN, len - MBAP_LEN);
}

static void identification(int fd, const uint8_t *adu)
{
	bool schneider = strcmp(kind, "schneider") == 0;
	const char *text[3] = { schneider ? "Schneider Electric" : "Mitsubishi Electric",
		                schneider ? "BMX P34 2020" : "R08CPU", schneider ? "v2.70" : "05" };
	/* function, MEI, read basic, conformity, nothing follows, next 0, three objects */
	uint8_t pdu[128] = { FC_MEI, 14, 1, 1, 0, 0, 3 };
	size_t at = 7;

	for (uint8_t i = 0; i < 3; i++) {
		uint8_t n = (uint8_t)strlen(text[i]);
		pdu[at++] = i;
		pdu[at++] = n;
		memcpy(pdu + at, text[i], n);
		at += n;
	}
	answer(fd, adu, pdu, at);
}

/* UMAS as on a Modicon: 5A session code -> 5A session FE [data]. */
static void umas(int fd, const uint8_t *adu, size_t len)
{
	uint8_t code = len >= MBAP_LEN + 3 ? adu[9] : 0;
	uint8_t pdu[32] = { FC_UMAS, adu[8], 0xfe };
	size_t n = 3;

	if (code == 0x02) { /* read id: hardware id and a name */
		static const uint8_t id[] = { 0x06, 0x01, 0x01, 0x03, 0x03, 0x00, 0x0c };
		memcpy(pdu + n, id, sizeof id);
		n += sizeof id;
		memcpy(pdu + n, "BMX P34 2020", 12);
		n += 12;
	} else if (code == 0x10) { /* take reservation: the new session key */
		pdu[n++] = 0x01;
	}
	answer(fd, adu, pdu, n);
}

static bool serve(int fd)
{
	uint8_t adu[ADU_MAX];
	size_t length, len;

	if (!read_all(fd, adu, MBAP_LEN))
		return false;
	length = (size_t)(adu[4] << 8 | adu[5]);
	if (length < 2 || length > ADU_MAX - 6 || !read_all(fd, adu + MBAP_LEN, length - 1))
		return false;
	len = 6 + length;
	if (listen_only || adu[2] != 0 || adu[3] != 0 || (adu[7] & 0x80) != 0)
		return true;
	if (strcmp(kind, "gateway") == 0 && (adu[6] < 1 || adu[6] > 3)) {
		uint8_t no_target[2] = { adu[7] | 0x80, 0x0b };
		answer(fd, adu, no_target, sizeof no_target);
	} else if (adu[7] == FC_DIAGNOSTIC) {
		diagnostics(fd, adu, len);
	} else if (adu[7] == FC_MEI) {
		identification(fd, adu);
	} else if (adu[7] == FC_UMAS && strcmp(kind, "schneider") == 0) {
		umas(fd, adu, len);
	} else {
		modbus_set_socket(ctx, fd);
		modbus_reply(ctx, adu, (int)len, map);
	}
	return true;
}

static void values(void)
{
	for (int i = 0; i < ITEMS; i++) {
		map->tab_bits[i] = i % 3 == 0;
		map->tab_input_bits[i] = i % 5 == 0;
		map->tab_registers[i] = (uint16_t)(1000 + i);
		map->tab_input_registers[i] = (uint16_t)(250 + 7 * i);
	}
}

int main(int argc, char **argv)
{
	struct pollfd fds[1 + CLIENTS_MAX];
	nfds_t count = 1;
	int one = 1;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(502) };

	if (argc != 2 && argc != 3)
		return 2;
	kind = argv[1];
	if (argc == 3)
		at.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	ctx = modbus_new_tcp("0.0.0.0", 502);
	map = modbus_mapping_new(ITEMS, ITEMS, ITEMS, ITEMS);
	modbus_set_response_timeout(ctx, 0, 10000);
	values();
	fds[0] = (struct pollfd){ .fd = socket(AF_INET, SOCK_STREAM, 0), .events = POLLIN };
	setsockopt(fds[0].fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fds[0].fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fds[0].fd, 4) < 0) {
		perror("plc");
		return 1;
	}
	while (poll(fds, count, -1) >= 0 || errno == EINTR) {
		for (nfds_t i = count; i-- > 1;) {
			if (fds[i].revents != 0 && !serve(fds[i].fd)) {
				close(fds[i].fd);
				fds[i] = fds[--count];
			}
		}
		if ((fds[0].revents & POLLIN) != 0 && count <= CLIENTS_MAX)
			fds[count++] = (struct pollfd){ .fd = accept(fds[0].fd, NULL, NULL), .events = POLLIN };
	}
	return 1;
}
