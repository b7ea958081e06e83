/*
 * ARP over Ethernet for IPv4 (RFC 826, RFC 5227): who has which address.
 *
 *   | hardware u16 | protocol u16 | hlen u8 | plen u8 | operation u16 | sender mac | sender ip | target mac | target ip
 * |
 *
 * The sender is the device spoken of. Whom it asks for is no fact of its own: a scan would be thousands of them.
 *
 * Where an address changes hands the record says whose it was, and its destination is that card: bindings.h.
 */
#include "discovery/bindings.h"
#include "discovery/discovery.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	HARDWARE_ETHERNET = 1,
	HARDWARE_IEEE802 = 6,
	PROTOCOL_IPV4 = 0x0800,
	OPERATION_REQUEST = 1,
	OPERATION_REPLY = 2,
	ETHERTYPE_ARP = 0x0806,
	ARP_BYTES = 28,
};

enum { ARP_EVICTED, ARP_COUNTERS };

static struct mac take_mac(struct cursor *c)
{
	struct mac m = {{0}};
	const uint8_t *at = cur_take(c, sizeof(m.b));

	if (at)
		memcpy(m.b, at, sizeof(m.b));
	return m;
}

static struct ip_addr take_ip(struct cursor *c)
{
	static const uint8_t none[4];
	const uint8_t *at = cur_take(c, 4);

	return ip_from_v4(at ? at : none);
}

static uint16_t vlan_of(const struct emitter *out)
{
	return out->at.n_vlans > 0 ? out->at.vlans[out->at.n_vlans - 1] : 0;
}

static struct binding_news news_of(struct bindings *b, const struct emitter *out, enum discovery_arp kind,
				   const struct mac *sender, const struct ip_addr *ip, const struct ip_addr *target)
{
	enum { V4_AT = sizeof(ip->b) - 4 };

	if (kind == DISCOVERY_ARP_REQUEST || kind == DISCOVERY_ARP_PROBE)
		bindings_asked(b, &target->b[V4_AT], vlan_of(out), out->at.ts_ns);
	if (kind == DISCOVERY_ARP_PROBE)
		return (struct binding_news){0};
	return bindings_claimed(b, &ip->b[V4_AT], vlan_of(out), sender, kind == DISCOVERY_ARP_REPLY, out->at.ts_ns);
}

static void arp_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	(void)dir;
	uint16_t hardware = cur_u16be(c), protocol = cur_u16be(c);
	uint8_t hlen = cur_u8(c), plen = cur_u8(c);
	uint16_t operation = cur_u16be(c);

	if (cur_ok(c) && ((hardware != HARDWARE_ETHERNET && hardware != HARDWARE_IEEE802) || protocol != PROTOCOL_IPV4))
		return; /* other networks' ARP has nothing for the ledger */
	if (cur_ok(c) && (hlen != 6 || plen != 4)) {
		emit_anomaly(out, arp_dissector.name, ANOMALY_MALFORMED, "address_length_invalid", 4, 0);
		return;
	}
	struct mac sender = take_mac(c);
	struct ip_addr ip = take_ip(c);
	struct mac target = take_mac(c);
	struct ip_addr target_ip = take_ip(c);
	if (!cur_ok(c)) {
		emit_anomaly(out, arp_dissector.name, ANOMALY_MALFORMED, "truncated_pdu", 0, 0);
		return;
	}
	if (operation != OPERATION_REQUEST && operation != OPERATION_REPLY)
		return; /* RARP, InARP */
	bool unspecified = ip_scope(&ip) == IP_SCOPE_UNSPECIFIED;
	enum discovery_arp kind = operation == OPERATION_REPLY ? DISCOVERY_ARP_REPLY : DISCOVERY_ARP_REQUEST;
	if (unspecified && operation == OPERATION_REQUEST)
		kind = DISCOVERY_ARP_PROBE;
	else if (ip_eq(&ip, &target_ip))
		kind = DISCOVERY_ARP_GRATUITOUS;

	struct binding_news news = unspecified && kind != DISCOVERY_ARP_PROBE
				       ? (struct binding_news){0}
				       : news_of(state, out, kind, &sender, &ip, &target_ip);
	if (news.changed || news.pressed)
		out->at.dest_mac = news.former;
	out->counters[ARP_EVICTED] = ((const struct bindings *)state)->evicted;
	struct event *ev = emit_begin(out, &discovery_table);
	ev_uint(ev, F(PROTOCOL), DISCOVERY_BY_ARP);
	ev_mac(ev, F(MAC), &sender);
	if (!unspecified)
		ev_ip(out, ev, F(IP), &ip);
	ev_uint(ev, F(DETAIL_OPERATION), kind);
	if (kind != DISCOVERY_ARP_GRATUITOUS)
		ev_ip(out, ev, F(DETAIL_TARGET_IP), &target_ip);
	if (kind == DISCOVERY_ARP_REPLY)
		ev_mac(ev, F(DETAIL_TARGET_MAC), &target);
	if (out->at.has_ether && !mac_is_none(&out->at.src_mac) && !mac_eq(&out->at.src_mac, &sender))
		ev_mac(ev, F(DETAIL_FRAME_MAC), &out->at.src_mac);
	if (news.unasked)
		ev_bool(ev, F(DETAIL_UNASKED), true);
	if (news.changed || news.pressed) {
		ev_mac(ev, F(DETAIL_FORMER_MAC), &news.former);
		ev_ip(out, ev, F(DETAIL_CLAIMED_IP), &ip);
		ev_uint(ev, F(DETAIL_FORMER_MS), (uint64_t)(news.silent_ns > 0 ? news.silent_ns : 0) / 1000000);
	}
	emit_end(out, ev);
}

static void arp_stats(const uint64_t *counters, struct json *out)
{
	json_key(out, "arp");
	json_object_begin(out);
	json_kv_u64(out, "evicted", counters[ARP_EVICTED]);
	json_object_end(out);
}

const struct dissector arp_dissector = {
    .name = "arp",
    .table = &discovery_table,
    .ethertypes = {ETHERTYPE_ARP},
    .max_frame = ARP_BYTES,
    .state_size = sizeof(struct bindings),
    .pdu = arp_pdu,
    .n_counters = ARP_COUNTERS,
    .stats = arp_stats,
};
