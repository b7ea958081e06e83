#include "login/ftp_data.h"

#include "base/net_addr.h"

enum { WELL_KNOWN_PORTS = 1024 }; /* below it others serve: no data connection is awaited there */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* The number that begins here. One beyond @max fails the cursor, as none does. */
static unsigned take_number(struct cursor *c, unsigned max)
{
	unsigned n = 0;

	c->failed |= !is_digit(cur_peek_u8(c, 0));
	while (is_digit(cur_peek_u8(c, 0))) {
		n = n * 10 + (unsigned)(cur_u8(c) - '0');
		c->failed |= n > max;
	}
	return n;
}

static void take_byte(struct cursor *c, uint8_t byte)
{
	c->failed |= cur_u8(c) != byte;
}

/* h1,h2,h3,h4,p1,p2 */
static bool take_host_port(struct cursor *c, struct ip_addr *ip, uint16_t *port)
{
	uint8_t v4[4];

	for (size_t i = 0; i < sizeof(v4); i++) {
		v4[i] = (uint8_t)take_number(c, UINT8_MAX);
		take_byte(c, ',');
	}
	unsigned high = take_number(c, UINT8_MAX);
	take_byte(c, ',');
	*ip = ip_from_v4(v4);
	*port = (uint16_t)(high << 8 | take_number(c, UINT8_MAX));
	return cur_ok(c);
}

/* |family|address|port|, the delimiter being what stands first. *ip: none where it is left out. */
static bool take_extended(struct cursor *c, struct ip_addr *ip, uint16_t *port)
{
	char text[IP_TEXT_MAX];
	size_t len = 0;
	uint8_t delimiter = cur_u8(c);

	*ip = (struct ip_addr){{0}};
	while (is_digit(cur_peek_u8(c, 0)))
		cur_skip(c, 1);
	take_byte(c, delimiter);
	while (cur_left(c) > 0 && cur_peek_u8(c, 0) != delimiter && len < sizeof(text) - 1)
		text[len++] = (char)cur_u8(c);
	text[len] = '\0';
	take_byte(c, delimiter);
	*port = (uint16_t)take_number(c, UINT16_MAX);
	take_byte(c, delimiter);
	return cur_ok(c) && (len == 0 || ip_parse(text, ip));
}

static void agree(struct emitter *out, bool by_server, uint16_t port)
{
	if (port >= WELL_KNOWN_PORTS)
		emit_agreed(out, &(struct agreed){.by_server = by_server, .port = port, .app = "ftp-data"});
}

/* What names another host's address (a bounce: RFC 2577 3) is nothing that these two agree on. */
void ftp_data_port(struct span argument, bool extended, struct emitter *out)
{
	struct cursor c = cur_of(argument);
	struct ip_addr ip;
	uint16_t port;

	while (cur_peek_u8(&c, 0) == ' ')
		cur_skip(&c, 1);
	if ((extended ? take_extended : take_host_port)(&c, &ip, &port) && ip_eq(&ip, &out->at.src_ip))
		agree(out, true, port);
}

/* The server listens at its own address, whatever it says: behind address translation that is one which nobody can use,
 * and clients go by the port. */
void ftp_data_passive(struct span text, bool extended, struct emitter *out)
{
	struct cursor all = cur_of(text);
	struct ip_addr ip;
	uint16_t port;

	for (uint8_t before = ' '; cur_left(&all) > 0; before = cur_u8(&all)) {
		struct cursor c = all;
		if (extended ? before != '(' : is_digit(before) || !is_digit(cur_peek_u8(&c, 0)))
			continue;
		if ((extended ? take_extended : take_host_port)(&c, &ip, &port)) {
			agree(out, false, port);
			return;
		}
	}
}
