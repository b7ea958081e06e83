#include "base/net_addr.h"

#include <endian.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

const char *mac_format(const struct mac *m, char buf[static MAC_TEXT_MAX])
{
	static const char hex[] = "0123456789abcdef";
	char *at = buf;

	for (int i = 0; i < 6; i++) {
		*at++ = hex[m->b[i] >> 4];
		*at++ = hex[m->b[i] & 15];
		*at++ = i < 5 ? ':' : '\0';
	}
	return buf;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool mac_parse(const char *text, struct mac *out)
{
	int digits = 0;
	struct mac m = {{0}};

	for (const char *c = text; *c; c++) {
		int d = hex_digit(*c);
		if (d < 0) {
			/* a separator stands between whole bytes, never first or last */
			if ((*c != ':' && *c != '-' && *c != '.') || digits == 0 || digits % 2 || !c[1])
				return false;
			continue;
		}
		if (digits == 12)
			return false;
		m.b[digits / 2] = (uint8_t)(m.b[digits / 2] << 4 | d);
		digits++;
	}
	if (digits != 12)
		return false;
	*out = m;
	return true;
}

static char *put_octet(char *at, uint8_t v)
{
	if (v >= 100)
		*at++ = (char)('0' + v / 100);
	if (v >= 10)
		*at++ = (char)('0' + v / 10 % 10);
	*at++ = (char)('0' + v % 10);
	return at;
}

const char *ip_format(const struct ip_addr *a, char buf[static IP_TEXT_MAX])
{
	char *at = buf;

	if (!ip_is_v4(a)) {
		inet_ntop(AF_INET6, a->b, buf, IP_TEXT_MAX);
		return buf;
	}
	for (int i = 12; i < 16; i++) {
		at = put_octet(at, a->b[i]);
		*at++ = i < 15 ? '.' : '\0';
	}
	return buf;
}

bool ip_parse(const char *text, struct ip_addr *out)
{
	uint8_t raw[16];

	if (inet_pton(AF_INET, text, raw) == 1)
		*out = ip_from_v4(raw);
	else if (inet_pton(AF_INET6, text, raw) == 1)
		*out = ip_from_v6(raw);
	else
		return false;
	return true;
}

bool ip_prefix_parse(const char *text, struct ip_prefix *out)
{
	char addr[IP_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	struct ip_prefix p;

	if (len >= sizeof(addr))
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (!ip_parse(addr, &p.addr))
		return false;
	int family_bits = ip_is_v4(&p.addr) && !strchr(addr, ':') ? 32 : 128;
	long bits = family_bits;
	if (slash) {
		char *end;
		bits = strtol(slash + 1, &end, 10);
		if (end == slash + 1 || *end || bits < 0 || bits > family_bits)
			return false;
	}
	p.bits = (uint8_t)(bits + 128 - family_bits);
	for (int i = p.bits; i < 128; i++) {
		if (p.addr.b[i / 8] & (0x80 >> (i % 8)))
			return false;
	}
	*out = p;
	return true;
}

static uint64_t half_of(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return be64toh(v);
}

static bool same_bits(const uint8_t a[16], const uint8_t b[16], unsigned bits)
{
	uint64_t high = half_of(a) ^ half_of(b), low = half_of(a + 8) ^ half_of(b + 8);

	if (bits <= 64)
		return bits == 0 || high >> (64 - bits) == 0;
	return high == 0 && low >> (128 - bits) == 0;
}

bool ip_prefix_contains(const struct ip_prefix *p, const struct ip_addr *a)
{
	return same_bits(p->addr.b, a->b, p->bits);
}

bool ip_prefix_overlaps(const struct ip_prefix *p, const struct ip_prefix *q)
{
	return same_bits(p->addr.b, q->addr.b, p->bits < q->bits ? p->bits : q->bits);
}

struct special {
	uint8_t addr[16];
	uint8_t bits;
	enum ip_scope scope;
};

#define V4(a, b, c, d, n, scope)                                                                                       \
	{                                                                                                              \
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}, 96 + (n), scope                                \
	}

/* IANA IPv4 and IPv6 Special-Purpose Address Registries; more specific entries first, those of IPv4 before the others.
 */
enum { SPECIAL_V6 = 16 };
static const struct special special_ranges[] = {
    V4(255, 255, 255, 255, 32, IP_SCOPE_BROADCAST),
    V4(0, 0, 0, 0, 8, IP_SCOPE_UNSPECIFIED),
    V4(10, 0, 0, 0, 8, IP_SCOPE_PRIVATE),
    V4(100, 64, 0, 0, 10, IP_SCOPE_PRIVATE),
    V4(127, 0, 0, 0, 8, IP_SCOPE_LOOPBACK),
    V4(169, 254, 0, 0, 16, IP_SCOPE_LINK),
    V4(172, 16, 0, 0, 12, IP_SCOPE_PRIVATE),
    V4(192, 0, 0, 0, 24, IP_SCOPE_RESERVED),
    V4(192, 0, 2, 0, 24, IP_SCOPE_RESERVED),
    V4(192, 168, 0, 0, 16, IP_SCOPE_PRIVATE),
    V4(198, 18, 0, 0, 15, IP_SCOPE_RESERVED),
    V4(198, 51, 100, 0, 24, IP_SCOPE_RESERVED),
    V4(203, 0, 113, 0, 24, IP_SCOPE_RESERVED),
    V4(224, 0, 0, 0, 4, IP_SCOPE_MULTICAST),
    V4(240, 0, 0, 0, 4, IP_SCOPE_RESERVED),
    V4(0, 0, 0, 0, 0, IP_SCOPE_GLOBAL),
    {{[15] = 1}, 128, IP_SCOPE_LOOPBACK},
    {{0}, 128, IP_SCOPE_UNSPECIFIED},
    {{0xff}, 8, IP_SCOPE_MULTICAST},
    {{0xfe, 0x80}, 10, IP_SCOPE_LINK},
    {{0xfc}, 7, IP_SCOPE_PRIVATE},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, IP_SCOPE_RESERVED},
    {{0x3f, 0xff}, 20, IP_SCOPE_RESERVED},
    {{0x20}, 3, IP_SCOPE_GLOBAL},
};

enum ip_scope ip_scope(const struct ip_addr *a)
{
	for (size_t i = ip_is_v4(a) ? 0 : SPECIAL_V6; i < sizeof(special_ranges) / sizeof(special_ranges[0]); i++) {
		if (same_bits(special_ranges[i].addr, a->b, special_ranges[i].bits))
			return special_ranges[i].scope;
	}
	return IP_SCOPE_RESERVED;
}
