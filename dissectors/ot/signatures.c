#include "ot/signatures.h"

#include <string.h>

enum {
	KEYENCE_BYTES_MAX = 256,
	CHAIN_MAX = 64, /* messages in one segment */
};

static bool begins(struct span s, const void *bytes, size_t n)
{
	return s.len >= n && memcmp(s.ptr, bytes, n) == 0;
}

/* ASHRAE 135 annex J: | 81 | function | bytes u16 | ... | network layer version 1 | */
static bool is_bacnet(struct span s)
{
	struct cursor c = cur_of(s);
	uint8_t type = cur_u8(&c), function = cur_u8(&c);
	uint16_t bytes = cur_u16be(&c);

	if (!cur_ok(&c) || type != 0x81 || bytes != s.len)
		return false;
	switch (function) {
	case 0x00: /* result */
	case 0x05: /* register foreign device */
		return bytes == 6;
	case 0x02: /* read broadcast table */
	case 0x06: /* read foreign table */
		return bytes == 4;
	case 0x04: /* forwarded */
		cur_skip(&c, 6);
		return cur_u8(&c) == 1 && cur_left(&c) > 0;
	case 0x09:
	case 0x0a:
	case 0x0b:
		return cur_u8(&c) == 1 && cur_left(&c) > 0;
	default:
		return false;
	}
}

/* BAP-C2005ENG: a 3E frame whose command is 0E70, cyclic data */
static bool is_ccief_basic(struct span s)
{
	struct cursor c = cur_of(s);
	uint16_t subheader = cur_u16be(&c);
	cur_skip(&c, 5);
	uint16_t bytes = cur_u16le(&c);
	cur_skip(&c, 2);
	uint16_t command = cur_u16le(&c);

	return cur_ok(&c) && subheader == 0x5000 && bytes + 9u == s.len && command == 0x0e70 && cur_u16le(&c) == 0;
}

/* HCF_SPEC-085: | 1 | type | id | status | sequence u16 | bytes u16 |; id 3 carries a token-passing frame with its
 * check byte */
static bool is_hart_ip(struct span s)
{
	struct cursor c = cur_of(s);
	uint8_t version = cur_u8(&c), type = cur_u8(&c), id = cur_u8(&c);
	cur_skip(&c, 3);
	uint16_t bytes = cur_u16be(&c);

	if (!cur_ok(&c) || version != 1 || type > 2 || bytes != s.len)
		return false;
	if (id == 0)
		return bytes == 13 && cur_u8(&c) <= 1;
	if (id != 3 || cur_left(&c) < 5)
		return false;
	uint8_t delimiter = cur_peek_u8(&c, 0) & 0x87, check = 0;
	while (cur_left(&c) > 0)
		check ^= cur_u8(&c);
	return check == 0 && (delimiter == 0x02 || delimiter == 0x82 || delimiter == 0x06 || delimiter == 0x86 ||
			      delimiter == 0x01 || delimiter == 0x81);
}

/* CIP2 3-2: two items, a sequenced address and connected data */
static bool is_enip_io(struct span s)
{
	struct cursor c = cur_of(s);

	if (!begins(s, "\x02\x00\x02\x80\x08\x00", 6))
		return false;
	cur_skip(&c, 14);
	uint16_t type = cur_u16le(&c), bytes = cur_u16le(&c);
	return cur_ok(&c) && type == 0x00b1 && bytes == cur_left(&c);
}

/* JIS B 3521: "FACN" and the length of all */
static bool is_flnet(struct span s)
{
	struct cursor c = cur_of(s);

	cur_skip(&c, 4);
	uint32_t bytes = cur_u32be(&c);
	return begins(s, "FACN", 4) && cur_ok(&c) && bytes == s.len;
}

/* Beckhoff TF6100: | 0 0 | bytes u32 | two addresses of 8 | command u16 | flags u16 | bytes u32 | error u32 | id u32 |
 */
static bool is_ads(struct span s)
{
	struct cursor c = cur_of(s);
	uint16_t reserved = cur_u16le(&c);
	uint32_t bytes = cur_u32le(&c);
	cur_skip(&c, 16);
	uint16_t command = cur_u16le(&c), flags = cur_u16le(&c);
	uint32_t data = cur_u32le(&c);

	return cur_ok(&c) && reserved == 0 && bytes + 6u <= s.len && bytes == data + 32u && command >= 1 &&
	       command <= 9 && (flags & 0xffbe) == 0x0004;
}

static bool is_ads_discovery(struct span s)
{
	return begins(s, "\x03\x66\x14\x71\x00\x00\x00\x00", 8) && s.len >= 16;
}

/* FANUC FOCAS: | A0 A0 A0 A0 | version u16 | type u16 | bytes u16 | */
static bool is_focas(struct span s)
{
	struct cursor c = cur_of(s);
	cur_skip(&c, 4);
	uint16_t version = cur_u16be(&c), type = cur_u16be(&c), bytes = cur_u16be(&c);
	uint8_t kind = (uint8_t)(type >> 8), side = (uint8_t)type;

	return begins(s, "\xa0\xa0\xa0\xa0", 4) && cur_ok(&c) && version <= 4 && bytes == cur_left(&c) &&
	       (kind == 0x01 || kind == 0x02 || kind == 0x21) && (side == 1 || side == 2);
}

/* TOYOPUC computer link: | 0 0 | bytes u16 | command | address u16 | count u16 |, reads of words and bytes; those of
 * the extended area have its number in front of the address */
static bool is_toyopuc(struct span s)
{
	enum { COUNT_MOST = 0x0400, AREAS = 0x40 };
	struct cursor c = cur_of(s);
	cur_skip(&c, 2);
	uint16_t bytes = cur_u16le(&c);
	uint8_t command = cur_u8(&c);
	bool extended = command >= 0x94;
	uint8_t area = extended ? cur_u8(&c) : 0;
	cur_skip(&c, 2);
	uint16_t count = cur_u16le(&c);
	unsigned fixed = extended ? 4 : 3; /* command, area, address */

	if (!begins(s, "\x00\x00", 2) || bytes + 4u != s.len || area >= AREAS)
		return false;
	switch (command) {
	case 0x1c: /* words read */
	case 0x1e: /* bytes read */
	case 0x94:
	case 0x96:
		return cur_ok(&c) && bytes == fixed + 2 && count >= 1 && count <= COUNT_MOST;
	default:
		return false;
	}
}

/* Yaskawa MP series, extended MEMOBUS: | 11 or 19 | serial | channels | 0 0 | bytes u16 | 0 * 4 | bytes u16 | 20 | */
static bool is_memobus(struct span s)
{
	struct cursor c = cur_of(s);
	uint8_t type = cur_u8(&c);
	cur_skip(&c, 3);
	uint16_t zero = cur_u16le(&c), bytes = cur_u16le(&c);
	uint32_t zeros = cur_u32le(&c);
	uint16_t inner = cur_u16le(&c);

	return cur_u8(&c) == 0x20 && (type == 0x11 || type == 0x19) && zero == 0 && zeros == 0 && bytes == s.len &&
	       inner + 14u == s.len;
}

/* KEYENCE KV host link: "RDS DM100 10" and the like, ended by CR */
static bool is_keyence(struct span s)
{
	static const char *const commands[] = {"RD ", "RDS ", "RDE ", "WR ", "WRS ", "WRE "};
	static const char *const devices[] = {"DM", "EM", "FM", "ZF", "MR", "LR", "CR", "CM", "TM", "VB", "VM", "R"};
	struct span rest = {NULL, 0};

	if (s.len < 6 || s.len > KEYENCE_BYTES_MAX)
		return false;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && rest.len == 0; i++) {
		if (begins(s, commands[i], strlen(commands[i])))
			rest = span_skip(s, strlen(commands[i]));
	}
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		size_t n = strlen(devices[i]);
		if (!begins(rest, devices[i], n))
			continue;
		struct cursor c = cur_of(span_skip(rest, n));
		unsigned digits = 0;
		uint8_t b = cur_u8(&c);
		for (; b >= '0' && b <= '9'; b = cur_u8(&c))
			digits++;
		while ((b >= '0' && b <= '9') || b == ' ' || (b >= 'A' && b <= 'Z') || b == '.')
			b = cur_u8(&c);
		return cur_ok(&c) && digits >= 1 && digits <= 6 && b == '\r' && cur_left(&c) <= 1;
	}
	return false;
}

/* IEC 60870-5-104, 5: | 68 | bytes | control, 4 bytes | ... |, nothing else to the end */
static bool is_iec104(struct span s)
{
	struct cursor c = cur_of(s);

	for (unsigned i = 0; i < CHAIN_MAX && cur_left(&c) > 0; i++) {
		uint8_t start = cur_u8(&c), bytes = cur_u8(&c);
		struct cursor apdu = cur_sub(&c, bytes);
		uint8_t control = cur_u8(&apdu);
		cur_skip(&apdu, 1);
		uint16_t received = cur_u16le(&apdu);
		if (!cur_ok(&apdu) || start != 0x68 || bytes > 253)
			return false;
		uint8_t kind = control & 3;
		bool u_known = control == 0x07 || control == 0x0b || control == 0x13 || control == 0x23 ||
			       control == 0x43 || control == 0x83;
		if (kind == 3 && (bytes != 4 || !u_known || received != 0))
			return false;
		if (kind == 1 && (bytes != 4 || control != 1 || received & 1))
			return false;
		uint8_t type = cur_u8(&apdu);
		if ((kind & 1) == 0 && (bytes < 10 || received & 1 || type == 0 || type > 127))
			return false;
	}
	return cur_ok(&c) && s.len > 0 && cur_left(&c) == 0;
}

/* IEEE 1815, 9.2: | 05 64 | bytes | control | destination u16 | source u16 | CRC u16 | */
static bool is_dnp3(struct span s)
{
	uint16_t crc = 0;
	struct cursor c = cur_of(s);

	if (!begins(s, "\x05\x64", 2))
		return false;
	for (unsigned i = 0; i < 8; i++) {
		crc ^= cur_u8(&c);
		for (unsigned bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa6bc : crc >> 1);
	}
	return (cur_u16le(&c) ^ crc) == 0xffff && cur_ok(&c);
}

/* MQTT 3.1.1, 2.2.3 and 3.1: CONNECT, which may go on in the next segment */
static bool is_mqtt(struct span s)
{
	enum { MORE_BYTES = 0x80, LENGTH_BYTES = 4, SHORT_BYTES = 127 };
	struct cursor c = cur_of(s);
	uint8_t type = cur_u8(&c), last = MORE_BYTES;
	uint32_t bytes = 0;

	for (unsigned i = 0; i < LENGTH_BYTES && (last & MORE_BYTES); i++) {
		last = cur_u8(&c);
		bytes |= (uint32_t)(last & ~MORE_BYTES) << 7 * i;
	}
	struct span rest = cur_rest(&c);
	bool named = begins(rest, "\x00\x04MQTT", 6) || begins(rest, "\x00\x06MQIsdp", 8);
	/* what is longer than a segment may be cut, what is short may not */
	bool whole = bytes == rest.len || (bytes > rest.len && bytes > SHORT_BYTES);

	return cur_ok(&c) && type == 0x10 && !(last & MORE_BYTES) && whole && named;
}

/*
 * IEC 61158-6-10, 4.10: DCE/RPC without connection (C706, 12.6.3.1) to an interface DEA00001 to 4 of PROFINET.
 *   | 4 | type u8 | flags | byte order | ... | object 16 | interface 16 | ...
 */
static bool is_profinet_io(struct span s)
{
	static const uint8_t family[8] = {0x82, 0x71, 0x00, 0xa0, 0x24, 0x42, 0xdf, 0x7d};
	enum { HEADER_BYTES = 80, TYPE_MAX = 10, INTERFACE_AT = 24 };
	struct cursor c = cur_of(s);
	uint8_t version = cur_u8(&c), type = cur_u8(&c);

	cur_skip(&c, INTERFACE_AT - 2 + 8);
	struct span tail = cur_span(&c, sizeof(family));
	return s.len >= HEADER_BYTES && version == 4 && type <= TYPE_MAX &&
	       span_eq(tail, span_of(family, sizeof(family)));
}

/* RFC 6143, 7.1.1 */
static bool is_rfb(struct span s)
{
	struct cursor c = cur_of(span_skip(s, 4));

	if (s.len != 12 || !begins(s, "RFB ", 4))
		return false;
	for (unsigned i = 0; i < 8; i++) {
		uint8_t b = cur_u8(&c);
		if (i == 3 ? b != '.' : i == 7 ? b != '\n' : b < '0' || b > '9')
			return false;
	}
	return true;
}

/* RFC 1035, 4.1.2: a name of printable labels, none of them a pointer */
static bool skip_dns_name(struct cursor *c)
{
	enum { LABEL_MAX = 63, NAME_MAX_BYTES = 255 };
	size_t before = cur_left(c);

	for (uint8_t n; (n = cur_u8(c)) > 0;) {
		struct span label = cur_span(c, n);
		if (n > LABEL_MAX)
			return false;
		for (size_t i = 0; i < label.len; i++) {
			if (label.ptr[i] <= ' ' || label.ptr[i] > '~')
				return false;
		}
	}
	return cur_ok(c) && before - cur_left(c) <= NAME_MAX_BYTES;
}

/* RFC 1035, 4.1.3 and 4.1.4: | name, or what leads to it | type u16 | class u16 | ttl u32 | bytes u16 | ... | */
static void skip_dns_record(struct cursor *c)
{
	enum { POINTER = 0xc0 };
	uint8_t n;

	while ((n = cur_u8(c)) > 0 && n < POINTER)
		cur_skip(c, n);
	cur_skip(c, (n >= POINTER ? 1 : 0) + 8);
	cur_skip(c, cur_u16be(c));
}

/*
 * RFC 1035, 4.1: a query or its answer with one question, and nothing but records behind it.
 *   | id u16 | flags u16 | questions u16 | answers u16 | authorities u16 | additional u16 | name | type u16 | class u16 |
 */
static bool is_dns(struct span s)
{
	enum { RESPONSE = 0x8000, OPERATION = 0x7800, ZERO = 0x0040, RCODE = 0x000f };
	enum { TYPE_MAX = 261, CLASS_IN = 1, CLASS_CHAOS = 3, ADDITIONAL_MAX = 2 };
	struct cursor c = cur_of(s);

	cur_skip(&c, 2);
	uint16_t flags = cur_u16be(&c), questions = cur_u16be(&c), answers = cur_u16be(&c);
	uint16_t authorities = cur_u16be(&c), additional = cur_u16be(&c);
	bool asks = !(flags & RESPONSE);
	if (flags & (OPERATION | ZERO) || questions != 1 || !skip_dns_name(&c))
		return false;
	if (asks && (flags & RCODE || answers > 0 || authorities > 0 || additional > ADDITIONAL_MAX))
		return false;
	uint16_t type = cur_u16be(&c), class = cur_u16be(&c);
	if (type == 0 || type > TYPE_MAX || (class != CLASS_IN && class != CLASS_CHAOS))
		return false;
	for (uint32_t left = (uint32_t)answers + authorities + additional; left > 0 && cur_ok(&c); left--)
		skip_dns_record(&c);
	return cur_ok(&c) && cur_left(&c) == 0;
}

/* Radmin 2 and 3: the client's first message, as observed */
static bool is_radmin(struct span s)
{
	return s.len == 10 && begins(s, "\x01\x00\x00\x00\x01\x00\x00\x00\x08\x08", 10);
}

const char *signatures_name_of(struct span payload, bool tcp)
{
	enum { UDP = 1, TCP = 2 };
	static const struct {
		const char *app;
		uint8_t over;
		bool (*fits)(struct span payload);
	} all[] = {
	    {"bacnet", UDP, is_bacnet},
	    {"ccief_basic", UDP, is_ccief_basic},
	    {"hart_ip", UDP | TCP, is_hart_ip},
	    {"enip_io", UDP, is_enip_io},
	    {"fl_net", UDP, is_flnet},
	    {"ads", TCP, is_ads},
	    {"ads", UDP, is_ads_discovery},
	    {"focas", TCP, is_focas},
	    {"toyopuc", UDP | TCP, is_toyopuc},
	    {"memobus", UDP | TCP, is_memobus},
	    {"keyence_host_link", UDP | TCP, is_keyence},
	    {"iec104", TCP, is_iec104},
	    {"dnp3", UDP | TCP, is_dnp3},
	    {"mqtt", TCP, is_mqtt},
	    {"profinet_io", UDP, is_profinet_io},
	    {"dns", UDP, is_dns},
	    {"vnc", TCP, is_rfb},
	    {"radmin", TCP, is_radmin},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].over & (tcp ? TCP : UDP) && all[i].fits(payload))
			return all[i].app;
	}
	return NULL;
}

const struct dissector signatures_dissector = {
    .name = "signatures",
    .name_of = signatures_name_of,
};
