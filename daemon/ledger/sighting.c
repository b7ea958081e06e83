#include "ledger/sighting.h"

#include "ledger/ledger_state.h"

/* @bits of @prefix count. */
bool sighting_is_virtual(const struct mac *mac)
{
	static const struct {
		uint64_t prefix;
		unsigned bits;
	} ranges[] = {{0x00005e0001, 40}, {0x00005e0002, 40}, {0x00000c07ac, 40},
		      {0x00000c9ff, 36},  {0x000573a00, 36},  {0x0007b400, 32}};
	uint64_t number = 0;

	for (int i = 0; i < 6; i++)
		number = number << 8 | mac->b[i];
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (number >> (48 - ranges[i].bits) == ranges[i].prefix)
			return true;
	}
	return false;
}

uint8_t sighting_hops(uint8_t ttl)
{
	enum { HOPS_MAX = 16 };
	uint8_t hops = ttl <= 32    ? (uint8_t)(32 - ttl)
		       : ttl <= 64  ? (uint8_t)(64 - ttl)
		       : ttl <= 128 ? (uint8_t)(128 - ttl)
				    : (uint8_t)(255 - ttl);

	/* 60 is where some begin; below 32, where traces begin */
	if (ttl == 0 || ttl == 60 || ttl < 32 || hops > HOPS_MAX)
		return HOPS_UNKNOWN;
	return hops;
}

void sighting_addresses(const struct event *ev, bool dest, struct mac *mac, struct ip_addr *ip)
{
	const struct origin *at = &ev->at;
	/* what came out of a tunnel of the network layer has the tunnel's MACs around it */
	bool tunneled = false;

	for (unsigned i = at->ether_depth; i < at->n_tunnels; i++)
		tunneled |= at->tunnels[i] == TUNNEL_GRE || at->tunnels[i] == TUNNEL_IPIP ||
			    at->tunnels[i] == TUNNEL_MPLS || at->tunnels[i] == TUNNEL_GTP ||
			    at->tunnels[i] == TUNNEL_TEREDO || at->tunnels[i] == TUNNEL_PIM;
	*mac = (struct mac){{0}};
	*ip = dest ? at->dest_ip : at->src_ip;
	/* no card has a group's address (802 8.2): the frame is damaged or made up, and says nothing of who sent it */
	if (!dest && at->has_ether && mac_is_group(&at->src_mac))
		*ip = (struct ip_addr){{0}};
	/* a frame from a card to itself was made by software between two programs: the card is nobody's */
	else if (at->has_ether && !tunneled && !mac_eq(&at->src_mac, &at->dest_mac))
		*mac = dest ? at->dest_mac : at->src_mac;
}

struct sighting sighting_of(struct ledger *l, const struct event *ev, bool dest)
{
	const struct origin *at = &ev->at;
	struct sighting s = {.vlans = at->vlans,
			     .n_vlans = at->n_vlans,
			     .now_ns = at->ts_ns,
			     .source = l->source_traffic,
			     .confidence = 50};

	if (at->capture)
		s.at = (struct seen_at){capture_names_no(&l->captures, at->capture), (uint32_t)at->frame};
	sighting_addresses(ev, dest, &s.mac, &s.ip);
	return s;
}
