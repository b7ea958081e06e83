#include "ledger/identity.h"

#include <stdio.h>
#include <string.h>

#include "ledger/holders.h"

/* An address whose holder was heard this recently is not taken from it by a mere packet. */
#define HELD_FIRMLY_NS (INT64_C(300) * 1000000000)

static bool is_device_mac(const struct mac *mac)
{
	return !mac_is_none(mac) && !mac_is_group(mac);
}

/* VRRP and CARP (RFC 5798, 7.3) and HSRP: an address that wanders between routers. */
static bool is_virtual_router(const struct mac *mac)
{
	static const uint8_t vrrp[5] = {0x00, 0x00, 0x5e, 0x00, 0x01}, vrrp6[5] = {0x00, 0x00, 0x5e, 0x00, 0x02},
			     hsrp[5] = {0x00, 0x00, 0x0c, 0x07, 0xac};

	return memcmp(mac->b, vrrp, 5) == 0 || memcmp(mac->b, vrrp6, 5) == 0 || memcmp(mac->b, hsrp, 5) == 0;
}

/* ---- making and changing assets */

static uint16_t own_vlan(const struct sighting *s)
{
	return s->n_vlans > 0 ? s->vlans[s->n_vlans - 1] : 0;
}

static struct asset *make_asset(struct ledger *l, int64_t first_ns)
{
	uint64_t no = l->last_no + 1;
	struct asset *a = table_insert(&l->assets, &no, hash_u64(hash_seed, no));

	if (!a)
		return NULL;
	l->last_no = no;
	snprintf(a->id, sizeof(a->id), "A%06llu", (unsigned long long)no);
	a->vendor = a->name = "";
	a->first_ns = first_ns;
	a->last_ns = a->used_ns = l->cause->at.ts_ns;
	a->stale = true;
	a->born_serial = l->serial;
	ledger_mark_asset(l, a);
	return a;
}

static const struct mac *main_mac(const struct asset *a)
{
	return a->n_macs > 0 ? &a->macs[0].mac : NULL;
}

/* A VLAN places only who is on it: not what stands behind a router. */
static const struct zone *place_of(const struct ledger *l, const struct asset *a, const struct ip_addr *ip,
				   uint16_t vlan)
{
	return site_zone(l->site, main_mac(a), ip, &vlan, vlan && a->n_macs > 0 ? 1 : 0);
}

static void give_mac(struct ledger *l, struct asset *a, const struct mac *mac, const struct sighting *s)
{
	if (!asset_mac(a, mac)) {
		struct held_mac *m = asset_add_mac(a, mac, s->now_ns);
		if (m) {
			m->source = s->source;
			m->confidence = s->confidence;
		}
	}
	if (is_virtual_router(mac))
		a->router = true;
	if (!a->vendor[0])
		a->vendor = oui_vendor(l->oui, mac);
	holders_point_mac(l, mac, a);
	for (unsigned i = 0; i < a->n_ips; i++)
		a->ips[i].zone = place_of(l, a, &a->ips[i].ip, a->ips[i].vlan);
	ledger_mark_asset(l, a);
}

static struct held_ip *give_ip(struct ledger *l, struct asset *a, const struct sighting *s)
{
	struct held_ip *h = asset_ip(a, &s->ip);

	if (!h) {
		h = asset_add_ip(a, &s->ip, s->now_ns);
		if (!h)
			return NULL;
		h->source = s->source;
		h->confidence = s->confidence;
		h->vlan = own_vlan(s);
		h->zone = place_of(l, a, &h->ip, h->vlan);
	}
	if (s->confidence > h->confidence) {
		h->source = s->source;
		h->confidence = s->confidence;
		h->dirty = true;
	}
	if (!h->current || h->claimed != (h->claimed || s->claimed))
		a->stale = h->dirty = true;
	h->current = true;
	h->claimed |= s->claimed;
	h->last_ns = s->now_ns > h->last_ns ? s->now_ns : h->last_ns;
	holders_point_ip(l, &s->ip, a);
	ledger_mark_asset(l, a);
	return h;
}

static struct asset *new_by_mac(struct ledger *l, const struct sighting *s, bool with_ip)
{
	struct asset *a = make_asset(l, s->now_ns);

	if (!a)
		return NULL;
	give_mac(l, a, &s->mac, s);
	if (with_ip)
		give_ip(l, a, s);
	ledger_announce(l, a);
	return a;
}

static struct asset *new_by_ip(struct ledger *l, const struct sighting *s, int64_t first_ns)
{
	struct sighting bare = *s;
	struct asset *a = make_asset(l, first_ns);

	if (!a)
		return NULL;
	a->by_ip = true;
	a->behind_router = !mac_is_none(&s->mac);
	bare.n_vlans = 0;
	give_ip(l, a, &bare);
	ledger_announce(l, a);
	return a;
}

/* @from turned out to be the same device as @to: one row stays, the other points to it for good. */
static void merge(struct ledger *l, struct asset *from, struct asset *to, const struct sighting *s)
{
	struct sighting moved = *s;

	for (unsigned i = 0; i < from->n_ips; i++) {
		moved.ip = from->ips[i].ip;
		moved.claimed = from->ips[i].claimed;
		moved.source = from->ips[i].source;
		moved.confidence = from->ips[i].confidence;
		moved.now_ns = from->ips[i].last_ns;
		struct held_ip *h = give_ip(l, to, &moved);
		if (h && from->ips[i].first_ns < h->first_ns)
			h->first_ns = from->ips[i].first_ns;
	}
	for (unsigned i = 0; i < from->n_macs; i++)
		give_mac(l, to, &from->macs[i].mac, s);
	for (unsigned i = 0; i < from->n_attrs; i++) {
		const struct attribute *t = &from->attrs[i];
		asset_note(to, t->attr, span_str(t->text), t->source, t->confidence, t->last_ns);
	}
	for (size_t i = 0; i < sizeof(to->serves.bits) / sizeof(to->serves.bits[0]); i++) {
		to->serves.bits[i] |= from->serves.bits[i];
		to->uses.bits[i] |= from->uses.bits[i];
	}
	to->events += from->events;
	if (from->first_ns < to->first_ns)
		to->first_ns = from->first_ns;
	to->stale = true;
	link_move(l, from->no, to->no, NULL);
	from->merged_into = to->no;
	ledger_mark_asset(l, from);
	ledger_mark_asset(l, to);
	ledger_db_put_asset(l, from);
	asset_free_lists(from);
	from->no = 0;
	table_remove(&l->assets, from);
}

/* An address that never was @a's becomes a device of its own, with what was said in its name. */
static void part_with(struct ledger *l, struct asset *a, unsigned i, const struct sighting *s)
{
	struct held_ip old = a->ips[i];
	struct sighting own = {.ip = old.ip, .now_ns = s->now_ns, .source = old.source, .confidence = old.confidence};

	asset_drop_ip(a, &a->ips[i]);
	ledger_db_drop_ip(l, a->no, &old.ip);
	struct asset *b = new_by_ip(l, &own, old.first_ns);
	if (!b)
		return;
	b->behind_router = true;
	link_move(l, a->no, b->no, &old.ip);
}

/* The device that began as an address and was given a router's MAC keeps the address; the MAC goes to a device of its
 * own. */
static struct asset *part_with_mac(struct ledger *l, struct asset *a, const struct sighting *s)
{
	struct sighting own = *s;
	struct asset *b = make_asset(l, s->now_ns);
	char text[MAC_TEXT_MAX];

	if (!b)
		return a;
	for (unsigned i = 0; i < a->n_macs; i++) {
		give_mac(l, b, &a->macs[i].mac, s);
		ledger_db_drop_mac(l, a->no, mac_format(&a->macs[i].mac, text));
	}
	a->n_macs = 0;
	a->vendor = "";
	for (unsigned i = a->n_ips; i > 0; i--) {
		struct held_ip h = a->ips[i - 1];
		if (!h.claimed)
			continue;
		asset_drop_ip(a, &a->ips[i - 1]);
		ledger_db_drop_ip(l, a->no, &h.ip);
		own.ip = h.ip;
		own.claimed = true;
		give_ip(l, b, &own);
	}
	ledger_mark_asset(l, a);
	b->router = true;
	ledger_announce(l, b);
	return b;
}

/* @a forwards for others. What it did not claim goes its own way; the first address stays where the asset began as an
 * address. */
static void become_router(struct ledger *l, struct asset *a, const struct sighting *s)
{
	bool keep_first = a->by_ip && a->n_ips > 0 && !a->ips[0].claimed;

	if (a->router)
		return;
	a->router = true;
	a->stale = true;
	ledger_mark_asset(l, a);
	if (keep_first) {
		a->router = false;
		a->behind_router = true;
		part_with_mac(l, a, s);
	}
	for (unsigned i = a->n_ips; i > (keep_first ? 1u : 0u); i--) {
		const struct held_ip *h = &a->ips[i - 1];
		if (!h->claimed && h->scope != IP_SCOPE_LINK)
			part_with(l, a, i - 1, s);
	}
}

/* ---- judging */

static bool same_subnet(const struct ip_addr *a, const struct ip_addr *b)
{
	return memcmp(a->b, b->b, ip_is_v4(a) ? 15 : 8) == 0;
}

static const struct zone *zone_by_prefix(const struct ledger *l, const struct ip_addr *ip)
{
	return site_zone(l->site, NULL, ip, NULL, 0);
}

/* The VLAN belongs to one zone, the address to another: somebody forwarded it. */
static bool is_off_link(const struct ledger *l, const struct sighting *s)
{
	const struct zone *by_vlan = site_zone(l->site, NULL, NULL, s->vlans, s->n_vlans);
	const struct zone *by_prefix = zone_by_prefix(l, &s->ip);

	return by_vlan && by_prefix && by_vlan != by_prefix;
}

/* Would one more unclaimed address be one too many for a single device? */
static bool would_be_router(const struct ledger *l, const struct asset *a, const struct ip_addr *ip)
{
	const struct zone *zone = zone_by_prefix(l, ip);
	bool v4 = ip_is_v4(ip), claims_elsewhere = false, at_home = false;
	unsigned subnets = 1, unclaimed_v4 = v4 ? 1 : 0;

	if (ip_scope(ip) == IP_SCOPE_LINK)
		return false;
	for (unsigned i = 0; i < a->n_ips; i++) {
		const struct held_ip *h = &a->ips[i];
		if (h->scope == IP_SCOPE_LINK || ip_is_v4(&h->ip) != v4 || !h->current)
			continue;
		const struct zone *other = zone_by_prefix(l, &h->ip);
		if (zone && other && zone != other)
			return true;
		bool near = same_subnet(&h->ip, ip);
		at_home |= near;
		claims_elsewhere |= h->claimed && !near;
		if (h->claimed)
			continue;
		unclaimed_v4 += v4;
		bool counted = near;
		for (unsigned j = 0; j < i && !counted; j++)
			counted = !a->ips[j].claimed && same_subnet(&a->ips[j].ip, &h->ip);
		subnets += !counted;
	}
	/* its claims are visible, this address is not among them and in none of their subnets */
	if (claims_elsewhere && !at_home)
		return true;
	return subnets > IDENTITY_SUBNETS_MAX || unclaimed_v4 > IDENTITY_IPS_MAX;
}

/* A public address beside a MAC: once it may be a host on the internet's own segment, with anything else beside it is a
 * router. */
static void note_foreign(struct ledger *l, const struct sighting *s)
{
	struct asset *a = holders_of_mac(l, &s->mac);

	if (!a)
		a = new_by_mac(l, s, false);
	struct mac_entry *me = holders_mac(l, &s->mac);
	if (!a || !me || a->router)
		return;
	bool second = me->has_foreign && !ip_eq(&me->foreign, &s->ip);
	unsigned own = 0;
	for (unsigned i = 0; i < a->n_ips; i++)
		own += a->ips[i].scope != IP_SCOPE_LINK;
	if (!me->has_foreign) {
		me->has_foreign = true;
		me->foreign = s->ip;
	}
	if (own > 1) {
		become_router(l, a, s);
	} else if (second || own == 1) {
		/* the one address that is not public is most likely the gateway's */
		a->router = a->stale = true;
		ledger_mark_asset(l, a);
	}
}

/* @m sent in the name of an address that @other holds without ever having claimed it: then @other forwarded it. */
static void take_back(struct ledger *l, struct asset *other, struct held_ip *h, const struct sighting *s)
{
	asset_drop_ip(other, h);
	ledger_db_drop_ip(l, other->no, &s->ip);
	become_router(l, other, s);
	ledger_mark_asset(l, other);
}

static void give_up(struct ledger *l, struct asset *other, struct held_ip *h)
{
	h->current = false;
	h->dirty = other->stale = true;
	ledger_mark_asset(l, other);
}

/* The MAC says that the address is its own. */
static struct asset *see_claim(struct ledger *l, const struct sighting *s)
{
	struct asset *mine = holders_of_mac(l, &s->mac), *other = holders_of_ip(l, &s->ip);
	struct held_ip *h = other && other != mine ? asset_ip(other, &s->ip) : NULL;
	bool recent = h && s->now_ns - h->last_ns < HELD_FIRMLY_NS;

	if (h && other->n_macs == 0 && !mine) {
		give_mac(l, other, &s->mac, s);
		give_ip(l, other, s);
		return other;
	}
	if (h && other->n_macs == 0)
		merge(l, other, mine, s);
	else if (h && mine && mine->router && !mine->router_maybe && h->claimed && recent)
		return mine; /* it answers for another, as proxy ARP does */
	else if (h && recent && !h->claimed)
		take_back(l, other, h, s);
	else if (h &&
		 !(h->claimed && recent && h->vlan != own_vlan(s))) /* else: the same cell built twice, in two VLANs */
		give_up(l, other, h);
	if (!mine)
		return new_by_mac(l, s, true);
	if (mine->router_maybe)
		mine->router = mine->router_maybe = false;
	give_ip(l, mine, s);
	return mine;
}

/* The MAC carries what is not its own: its asset, made where it is new, and the one that the address stands for. */
static struct asset *see_forwarded(struct ledger *l, const struct sighting *s, struct asset *mine, bool certain)
{
	if (!mine)
		mine = new_by_mac(l, s, false);
	if (mine && !mine->router) {
		become_router(l, mine, s);
		mine->router_maybe = !certain;
	} else if (mine && certain) {
		mine->router_maybe = false;
	}
	struct asset *behind = holders_of_ip(l, &s->ip); /* parting may just have made it */
	return behind ? behind : new_by_ip(l, s, s->now_ns);
}

/* The address stood beside the MAC in a packet, no more. */
static struct asset *see_packet(struct ledger *l, const struct sighting *s)
{
	struct asset *mine = holders_of_mac(l, &s->mac), *other = holders_of_ip(l, &s->ip);
	struct held_ip *h = mine ? asset_ip(mine, &s->ip) : NULL;
	struct mac_entry *me = holders_mac(l, &s->mac);

	if (h && h->current && (h->claimed || !mine->router)) {
		give_ip(l, mine, s);
		return mine;
	}
	bool certain = is_off_link(l, s) || is_virtual_router(&s->mac) || (me && me->has_foreign) ||
		       (mine && (mine->router ? !mine->router_maybe : would_be_router(l, mine, &s->ip)));
	if (certain || (mine && mine->router))
		return see_forwarded(l, s, mine, certain);
	if (other && other != mine) {
		h = asset_ip(other, &s->ip);
		bool firm = h && h->current && (h->claimed || s->now_ns - h->last_ns < HELD_FIRMLY_NS);
		bool routed = other->n_macs == 0 && (mine || other->behind_router);
		if (routed || (other->n_macs > 0 && firm))
			return see_forwarded(l, s, mine, false);
		if (other->n_macs == 0) {
			give_mac(l, other, &s->mac, s);
			give_ip(l, other, s);
			return other;
		}
		if (h)
			give_up(l, other, h);
	}
	if (!mine)
		return new_by_mac(l, s, true);
	give_ip(l, mine, s);
	return mine;
}

struct asset *identity_see(struct ledger *l, const struct sighting *s)
{
	enum ip_scope scope = ip_is_none(&s->ip) ? IP_SCOPE_UNSPECIFIED : ip_scope(&s->ip);
	bool has_mac = is_device_mac(&s->mac);
	bool has_ip = scope != IP_SCOPE_UNSPECIFIED && scope != IP_SCOPE_LOOPBACK && scope != IP_SCOPE_MULTICAST &&
		      scope != IP_SCOPE_BROADCAST;

	if (!has_ip) {
		struct asset *a = has_mac ? holders_of_mac(l, &s->mac) : NULL;
		return a || !has_mac ? a : new_by_mac(l, s, false);
	}
	bool foreign = scope == IP_SCOPE_GLOBAL && !zone_by_prefix(l, &s->ip);
	if (!has_mac) {
		struct asset *a = holders_of_ip(l, &s->ip);
		return a || foreign ? a : new_by_ip(l, s, s->now_ns);
	}
	if (s->claimed)
		return see_claim(l, s);
	if (foreign) {
		struct asset *a = holders_of_ip(l, &s->ip); /* somebody may have claimed it */
		if (!a)
			note_foreign(l, s);
		return a;
	}
	return see_packet(l, s);
}

void identity_add_mac(struct ledger *l, struct asset *a, const struct mac *mac, const struct sighting *s)
{
	if (!is_device_mac(mac) || asset_mac(a, mac))
		return;
	struct asset *other = holders_of_mac(l, mac);
	if (other && other != a)
		merge(l, other, a, s);
	else
		give_mac(l, a, mac, s);
}

struct sighting identity_sighting(const struct ledger *l, const struct event *ev, bool dest)
{
	const struct origin *at = &ev->at;
	struct sighting s = {.ip = dest ? at->dest_ip : at->src_ip,
			     .vlans = at->vlans,
			     .n_vlans = at->n_vlans,
			     .now_ns = at->ts_ns,
			     .source = l->source_traffic,
			     .confidence = 50};
	/* what came out of a tunnel of the network layer has the tunnel's MACs around it */
	bool tunneled = false;

	for (unsigned i = 0; i < at->n_tunnels; i++)
		tunneled |=
		    at->tunnels[i] == TUNNEL_GRE || at->tunnels[i] == TUNNEL_IPIP || at->tunnels[i] == TUNNEL_MPLS;
	if (at->has_ether && !tunneled)
		s.mac = dest ? at->dest_mac : at->src_mac;
	return s;
}
