/*
 * Addresses as values: MAC, IPv4 and IPv6 (one 16-byte form, IPv4 mapped as in RFC 4291, 2.5.5.2), prefixes.
 *
 * Knows how addresses are written and which ranges the registries have set aside, nothing of packets.
 */
#ifndef SEKISHO_BASE_NET_ADDR_H
#define SEKISHO_BASE_NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
	MAC_TEXT_MAX = 18, /* "00:80:f4:00:00:01" and NUL */
	IP_TEXT_MAX = 46,  /* INET6_ADDRSTRLEN */
};

struct mac {
	uint8_t b[6];
};

struct ip_addr {
	uint8_t b[16];
};

struct ip_prefix {
	struct ip_addr addr; /* host bits are zero */
	uint8_t bits;        /* 0-128, counted in the 16-byte form */
};

/** Where an address may be routed to, from the IANA special-purpose registries (RFC 6890, RFC 4291, RFC 5771). */
enum ip_scope {
	IP_SCOPE_UNSPECIFIED,
	IP_SCOPE_LOOPBACK,
	IP_SCOPE_LINK,
	IP_SCOPE_PRIVATE, /* RFC 1918, RFC 4193, RFC 6598 */
	IP_SCOPE_MULTICAST,
	IP_SCOPE_BROADCAST, /* 255.255.255.255 */
	IP_SCOPE_RESERVED,  /* documentation, benchmarking, 240/4 ... */
	IP_SCOPE_GLOBAL,
};

static inline struct ip_addr ip_from_v4(const uint8_t v4[4])
{
	struct ip_addr a = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};

	memcpy(a.b + 12, v4, 4);
	return a;
}

static inline struct ip_addr ip_from_v6(const uint8_t v6[16])
{
	struct ip_addr a;
	memcpy(a.b, v6, sizeof(a.b));
	return a;
}

static inline bool ip_is_v4(const struct ip_addr *a)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	return memcmp(a->b, mapped, sizeof(mapped)) == 0;
}

static inline bool ip_eq(const struct ip_addr *a, const struct ip_addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/** All bits zero: no address. ("0.0.0.0" on the wire is ::ffff:0.0.0.0, which is not this.) */
static inline bool ip_is_none(const struct ip_addr *a)
{
	static const struct ip_addr none;
	return ip_eq(a, &none);
}

static inline bool mac_eq(const struct mac *a, const struct mac *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static inline bool mac_is_none(const struct mac *m)
{
	return (m->b[0] | m->b[1] | m->b[2] | m->b[3] | m->b[4] | m->b[5]) == 0;
}

static inline bool mac_is_group(const struct mac *m)
{
	return m->b[0] & 0x01;
}

static inline bool mac_is_local(const struct mac *m)
{
	return m->b[0] & 0x02;
}

/** Writes "00:80:f4:00:00:01"; @return @buf. */
const char *mac_format(const struct mac *m, char buf[static MAC_TEXT_MAX]);

/** Reads colons, hyphens, Cisco dots or none at all. @return false where the text is no MAC address. */
bool mac_parse(const char *text, struct mac *out);

/** Writes dotted quad or RFC 5952 form; @return @buf. */
const char *ip_format(const struct ip_addr *a, char buf[static IP_TEXT_MAX]);
bool ip_parse(const char *text, struct ip_addr *out);

/** Reads "10.0.0.0/8", "fd00::/8" or a lone address. @return false where it is none, or where host bits are set. */
bool ip_prefix_parse(const char *text, struct ip_prefix *out);
bool ip_prefix_contains(const struct ip_prefix *p, const struct ip_addr *a);
bool ip_prefix_overlaps(const struct ip_prefix *p, const struct ip_prefix *q);

enum ip_scope ip_scope(const struct ip_addr *a);

#endif
