/*
 * A Modbus/TCP client for the lab factory, on libmodbus.
 *
 *   mbtool HOST[:PORT] STEP...
 *
 * The steps, in one connection, numbers decimal or 0x..:
 *   unit:N            the unit id from here on
 *   r1:ADDR:N r2 r3 r4         read coils, inputs, holding and input registers
 *   w5:ADDR:0|1 w6:ADDR:VALUE  write one coil, one register
 *   w15:ADDR:BITS              write coils, BITS such as 1011
 *   w16:ADDR:V,V,...           write registers
 *   w22:ADDR:AND:OR            mask write
 *   w23:RADDR:N:WADDR:V        write one register and read N
 *   pdu:HEX           any function under an MBAP of ours; waits for the answer
 *   say:HEX           the same, waits for no answer
 *   adu:HEX           the bytes as they are, MBAP and all; waits for no answer
 *   wait:MS           pause
 * An exception or a missing answer is printed and is not an error.
 */
#include <modbus/modbus.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ADU_MAX = 260, ITEMS_MAX = 128 };

static unsigned long number(char **at)
{
	unsigned long n = strtoul(*at, at, 0);

	if (**at == ':' || **at == ',')
		(*at)++;
	return n;
}

static int bytes(const char *hex, uint8_t *to)
{
	int n = 0;
	unsigned byte;

	for (; n < ADU_MAX && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		to[n++] = (uint8_t)byte;
	return n;
}

/* Read and drop one answer, or give up after half a second. */
static int swallow(modbus_t *ctx)
{
	uint8_t answer[ADU_MAX];
	struct pollfd fd = { .fd = modbus_get_socket(ctx), .events = POLLIN };

	if (poll(&fd, 1, 500) <= 0)
		return -1;
	return (int)recv(fd.fd, answer, sizeof answer, 0);
}

/* libmodbus 3.1 sends raw requests all with transaction id 0; ours count. */
static int raw(modbus_t *ctx, uint8_t unit, const char *hex, int wants_answer)
{
	static uint8_t transaction = 0x80;
	uint8_t adu[7 + ADU_MAX] = { 0, ++transaction };
	int n = bytes(hex, adu + 7);

	adu[4] = (uint8_t)((n + 1) >> 8);
	adu[5] = (uint8_t)(n + 1);
	adu[6] = unit;
	if (send(modbus_get_socket(ctx), adu, (size_t)(7 + n), MSG_NOSIGNAL) < 0)
		return -1;
	return wants_answer ? swallow(ctx) : 0;
}

static int step(modbus_t *ctx, uint8_t *unit, char *text)
{
	uint8_t bits[ITEMS_MAX];
	uint16_t regs[ITEMS_MAX];
	char *at = strchr(text, ':') + 1;
	size_t name = (size_t)(at - text - 1);
	int n = 0, addr;

#define IS(word) (name == strlen(word) && strncmp(text, word, name) == 0)
	if (IS("pdu"))
		return raw(ctx, *unit, at, 1);
	if (IS("say"))
		return raw(ctx, *unit, at, 0);
	if (IS("adu")) {
		n = bytes(at, bits);
		return (int)send(modbus_get_socket(ctx), bits, (size_t)n, MSG_NOSIGNAL);
	}
	addr = (int)number(&at);
	if (IS("wait"))
		return usleep((useconds_t)addr * 1000);
	if (IS("unit"))
		return modbus_set_slave(ctx, *unit = (uint8_t)addr);
	if (IS("r1"))
		return modbus_read_bits(ctx, addr, (int)number(&at), bits);
	if (IS("r2"))
		return modbus_read_input_bits(ctx, addr, (int)number(&at), bits);
	if (IS("r3"))
		return modbus_read_registers(ctx, addr, (int)number(&at), regs);
	if (IS("r4"))
		return modbus_read_input_registers(ctx, addr, (int)number(&at), regs);
	if (IS("w5"))
		return modbus_write_bit(ctx, addr, (int)number(&at));
	if (IS("w6"))
		return modbus_write_register(ctx, addr, (uint16_t)number(&at));
	if (IS("w15")) {
		for (; n < ITEMS_MAX && at[n] != '\0'; n++)
			bits[n] = at[n] == '1';
		return modbus_write_bits(ctx, addr, n, bits);
	}
	if (IS("w16")) {
		while (n < ITEMS_MAX && *at != '\0')
			regs[n++] = (uint16_t)number(&at);
		return modbus_write_registers(ctx, addr, n, regs);
	}
	if (IS("w22")) {
		uint16_t and = (uint16_t)number(&at);
		return modbus_mask_write_register(ctx, addr, and, (uint16_t)number(&at));
	}
	if (IS("w23")) {
		int count = (int)number(&at), to = (int)number(&at);
		uint16_t value = (uint16_t)number(&at);
		return modbus_write_and_read_registers(ctx, to, 1, &value, addr, count, regs);
	}
#undef IS
	fprintf(stderr, "mbtool: what is %s?\n", text);
	exit(2);
}

int main(int argc, char **argv)
{
	uint8_t unit = 1;
	modbus_t *ctx;

	if (argc < 3) {
		fprintf(stderr, "usage: mbtool HOST STEP...\n");
		return 2;
	}
	char *port = strchr(argv[1], ':');
	if (port != NULL)
		*port++ = '\0';
	ctx = modbus_new_tcp(argv[1], port != NULL ? (int)strtoul(port, NULL, 10) : 502);
	modbus_set_slave(ctx, unit);
	modbus_set_response_timeout(ctx, 0, 500000);
	if (modbus_connect(ctx) < 0) {
		fprintf(stderr, "mbtool: %s: %s\n", argv[1], modbus_strerror(errno));
		return 1;
	}
	for (int i = 2; i < argc; i++) {
		if (strchr(argv[i], ':') == NULL)
			return 2;
		if (step(ctx, &unit, argv[i]) < 0)
			printf("mbtool: %s %s: no ordinary answer\n", argv[1], argv[i]);
	}
	modbus_close(ctx);
	modbus_free(ctx);
	return 0;
}
