/*
 * What is kept of a TCP connection that nobody has gone on with: a SYN and perhaps its answer, a refusal, a lone
 * acknowledgement. A scan or a flood is made of these.
 *
 * A row of 80 bytes (IPv4) or 104 (IPv6) in place of a flow's. It holds all that a flow in that state can say: for each
 * packet the flow is unpacked from it, goes through the same code as any other, and is packed again. As soon as it says
 * more than fits here - payload, the third packet of the handshake, tunnels, a long story - it is a flow for good.
 */
#ifndef SEKISHO_NET_HALF_OPEN_H
#define SEKISHO_NET_HALF_OPEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/net_addr.h"

struct flow;
struct flow_key;

/** A row's place in the wheel: numbers of rows (flow.c). */
struct wheel_link {
	uint32_t next, prev;
};

struct half_open {
	struct wheel_link link;
	int64_t first_ns;
	uint32_t id_low;
	uint32_t created_ms;
	uint32_t seq[2];  /* of a side's SYN, where one was seen; else the hint where its stream stands */
	uint32_t last_ns; /* after the first packet, low bits */
	uint16_t id_high;
	uint16_t seen_ms;  /* the last packet, after the first */
	uint16_t other_ms; /* the first packet of the side that spoke second, after the first */
	uint16_t bytes[2];
	uint8_t packets[2];
	uint8_t flags[2]; /* enum side_flags */
	struct mac mac[2];
	uint8_t last_ns_high;
	uint8_t client : 1, first : 1, by_syn : 1, n_vlans : 2, is_v6 : 1;
};

struct half_open_v4 {
	uint8_t ip[2][4]; /* first: what the table hashes, vlan[] only where VLANs are part of the key */
	uint16_t port[2];
	uint16_t vlan[2];
	struct half_open half;
};

struct half_open_v6 {
	struct ip_addr ip[2];
	uint16_t port[2];
	uint16_t vlan[2];
	struct half_open half;
};

enum {
	HALF_OPEN_V4_KEY_BYTES = 12,
	HALF_OPEN_V6_KEY_BYTES = 36,
	HALF_OPEN_VLAN_BYTES = 4, /* more, where VLANs are part of it */
};

/** Puts the key's fields of @key into a row of IPv4 or IPv6; vlan[] as well, which is part of the key or not. */
void half_open_key_v4(const struct flow_key *key, struct half_open_v4 *row);
void half_open_key_v6(const struct flow_key *key, struct half_open_v6 *row);

/** Does @key have a short row? */
bool half_open_is_v4(const struct flow_key *key);

/** @return false where @f says more than fits: *h is untouched then. Its place in the wheel stays what it is. */
bool half_open_pack(struct half_open *h, const struct flow *f);

/** The flow that was packed, but for its key, its VLANs and its place in the wheel. */
void half_open_unpack(const struct half_open *h, struct flow *f);

#endif
