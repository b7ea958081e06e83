#include "ledger/identity.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "ledger/devices.h"
#include "ledger/holders.h"

/* An address whose holder was heard this recently is not taken from it by a mere packet. */
#define HELD_FIRMLY_NS (INT64_C(300) * 1000000000)

static bool is_device_mac(const struct mac *mac)
{
	return !mac_is_none(mac) && !mac_is_group(mac);
}

bool identity_same_subnet(const struct ip_addr *a, const struct ip_addr *b)
{
	return memcmp(a->b, b->b, ip_is_v4(a) ? 15 : 8) == 0;
}

static bool was_lowered(const struct sighting *s)
{
	uint8_t hops = sighting_hops(s->ttl);

	return hops > 0 && hops <= IDENTITY_HOPS_MAX;
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
		bool near = identity_same_subnet(&h->ip, ip);
		at_home |= near;
		claims_elsewhere |= h->claimed && !near;
		if (h->claimed)
			continue;
		unclaimed_v4 += v4;
		bool counted = near;
		for (unsigned j = 0; j < i && !counted; j++)
			counted = !a->ips[j].claimed && identity_same_subnet(&a->ips[j].ip, &h->ip);
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
		a = device_new_by_mac(l, s, false);
	if (!a || a->router)
		return;
	uint64_t first = holders_foreign(l, &s->mac);
	bool second = first != 0 && first != link_peer(&s->ip);
	unsigned own = 0;
	for (unsigned i = 0; i < a->n_ips; i++)
		own += a->ips[i].scope != IP_SCOPE_LINK;
	if (first == 0)
		holders_note_foreign(l, &s->mac, link_peer(&s->ip));
	if (own > 1) {
		device_become_router(l, a, s);
	} else if (second || own == 1 || was_lowered(s)) {
		/* the one address that is not public is most likely the gateway's */
		a->router = a->stale = true;
		ledger_mark_asset(l, a);
	}
}

/* A person parted the holder of the MAC from that of the address. An address that was parted is not the MAC's, whatever
 * it says; a MAC that was parted has what stands beside it. @return NULL: no person said anything of the two. */
static struct asset *see_parted(struct ledger *l, const struct sighting *s, struct asset *mine, struct asset *other)
{
	if (!mine || !other || mine == other || !devices_kept_apart(l, mine, other))
		return NULL;
	if (other->n_macs == 0) {
		device_give_ip(l, other, s);
		return other;
	}
	if (s->claimed || mine->router || was_lowered(s))
		return NULL;
	struct held_ip *h = asset_ip(other, &s->ip);
	if (h && h->current)
		device_give_up(l, other, h, s);
	device_give_ip(l, mine, s);
	return mine;
}

/* The MAC says that the address is its own. */
static struct asset *see_claim(struct ledger *l, const struct sighting *s)
{
	struct asset *mine = holders_of_mac(l, &s->mac), *other = holders_of_ip(l, &s->ip);
	struct asset *decided = see_parted(l, s, mine, other);
	if (decided)
		return decided;
	struct held_ip *h = other && other != mine ? asset_ip(other, &s->ip) : NULL;
	bool recent = h && s->now_ns - h->last_ns < HELD_FIRMLY_NS;

	if (h && other->n_macs == 0 && !mine) {
		device_give_mac(l, other, &s->mac, s);
		device_give_ip(l, other, s);
		return other;
	}
	if (h && other->n_macs == 0)
		device_merge(l, other, mine, s, 0);
	else if (h && mine && mine->router && !mine->router_maybe && h->claimed && recent &&
		 !sighting_is_virtual(&s->mac))
		return mine; /* it answers for another, as proxy ARP does */
	else if (h && recent && !h->claimed)
		device_take_back(l, other, h, s);
	else if (h &&
		 !(h->claimed && recent && h->vlan != sighting_vlan(s))) /* else: the same cell built twice, in two VLANs */
		device_give_up(l, other, h, s);
	if (!mine)
		return device_new_by_mac(l, s, true);
	if (mine->router_maybe)
		mine->router = mine->router_maybe = false;
	device_give_ip(l, mine, s);
	return mine;
}

/* The MAC carries what is not its own: its asset, made where it is new, and the one that the address stands for. */
static struct asset *see_forwarded(struct ledger *l, const struct sighting *s, struct asset *mine, bool certain)
{
	if (!mine)
		mine = device_new_by_mac(l, s, false);
	if (mine && !mine->router) {
		device_become_router(l, mine, s);
		mine->router_maybe = !certain;
	} else if (mine && mine->router_maybe && certain) {
		mine->router_maybe = false;
		ledger_mark(l, mine, MARK_NEWS);
	}
	struct asset *behind = holders_of_ip(l, &s->ip); /* parting may just have made it */
	return behind ? behind : device_new_by_ip(l, s, s->now_ns);
}

/* A router's own address that it never claimed: it stands beside its MAC with the time to live that senders begin with,
 * and nothing else does. */
static bool is_own_of_router(const struct ledger *l, const struct asset *router, const struct sighting *s)
{
	if (sighting_hops(s->ttl) != 0 || is_off_link(l, s) || sighting_is_virtual(&s->mac))
		return false;
	for (unsigned i = 0; i < router->n_ips; i++) {
		if (router->ips[i].scope != IP_SCOPE_LINK && ip_is_v4(&router->ips[i].ip) == ip_is_v4(&s->ip))
			return false;
	}
	return true;
}

/* @other was known by its address alone, from behind a router, say; here it stands with the time to live that senders
 * begin with, so the MAC beside it is its own. */
static struct asset *see_near_side(struct ledger *l, const struct sighting *s, struct asset *mine, struct asset *other)
{
	if (mine) {
		device_merge(l, other, mine, s, 0);
		device_give_ip(l, mine, s);
		return mine;
	}
	other->behind_router = false;
	device_give_mac(l, other, &s->mac, s);
	device_give_ip(l, other, s);
	return other;
}

/* The address stood beside the MAC in a packet, no more. */
static struct asset *see_packet(struct ledger *l, const struct sighting *s)
{
	struct asset *mine = holders_of_mac(l, &s->mac), *other = holders_of_ip(l, &s->ip);
	struct held_ip *h = mine ? asset_ip(mine, &s->ip) : NULL;
	struct asset *decided = see_parted(l, s, mine, other);

	if (decided)
		return decided;
	bool lowered = was_lowered(s) && !(h && (h->claimed || h->hops == 0));
	if (h && h->current && (h->claimed || !mine->router) && !lowered) {
		device_give_ip(l, mine, s);
		return mine;
	}
	if (mine && mine->router && !other && is_own_of_router(l, mine, s)) {
		device_give_ip(l, mine, s);
		return mine;
	}
	bool certain = is_off_link(l, s) || sighting_is_virtual(&s->mac) || holders_foreign(l, &s->mac) != 0 ||
		       (mine && (mine->router ? !mine->router_maybe : would_be_router(l, mine, &s->ip)));
	if (certain || lowered || (mine && mine->router))
		return see_forwarded(l, s, mine, certain);
	if (other && other != mine && other->n_macs == 0 && sighting_hops(s->ttl) == 0)
		return see_near_side(l, s, mine, other);
	if (other && other != mine && h && h->claimed && !h->current) {
		device_give_up(l, other, asset_ip(other, &s->ip), s); /* two claim it: he has it who speaks */
		device_give_ip(l, mine, s);
		return mine;
	}
	if (other && other != mine) {
		h = asset_ip(other, &s->ip);
		bool firm = h && h->current && (h->claimed || s->now_ns - h->last_ns < HELD_FIRMLY_NS);
		bool routed = other->n_macs == 0 && (mine || other->behind_router);
		if (routed || (other->n_macs > 0 && firm))
			return see_forwarded(l, s, mine, false);
		if (other->n_macs == 0) {
			device_give_mac(l, other, &s->mac, s);
			device_give_ip(l, other, s);
			return other;
		}
		if (h)
			device_give_up(l, other, h, s);
	}
	if (!mine)
		return device_new_by_mac(l, s, true);
	device_give_ip(l, mine, s);
	return mine;
}

/* 240/4 is nobody's (RFC 1112 4): such an address was made up, or put in place of another. */
static bool is_nobodys(const struct ip_addr *ip)
{
	return ip_is_v4(ip) && ip->b[12] >= 240;
}

struct asset *identity_see(struct ledger *l, const struct sighting *s)
{
	enum ip_scope scope = ip_is_none(&s->ip) ? IP_SCOPE_UNSPECIFIED : ip_scope(&s->ip);
	bool has_mac = is_device_mac(&s->mac);
	bool has_ip = scope != IP_SCOPE_UNSPECIFIED && scope != IP_SCOPE_LOOPBACK && scope != IP_SCOPE_MULTICAST &&
		      scope != IP_SCOPE_BROADCAST;

	if (!has_ip) {
		struct asset *a = has_mac ? holders_of_mac(l, &s->mac) : NULL;
		return a || !has_mac ? a : device_new_by_mac(l, s, false);
	}
	bool foreign = (scope == IP_SCOPE_GLOBAL || is_nobodys(&s->ip)) && !zone_by_prefix(l, &s->ip);
	if (!has_mac) {
		struct asset *a = holders_of_ip(l, &s->ip);
		return a || foreign ? a : device_new_by_ip(l, s, s->now_ns);
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

struct asset *identity_add_mac(struct ledger *l, struct asset *a, const struct mac *mac, const struct sighting *s)
{
	if (!is_device_mac(mac) || asset_mac(a, mac))
		return a;
	struct asset *other = holders_of_mac(l, mac);
	if (!other || other == a) {
		device_give_mac(l, a, mac, s);
		return a;
	}
	if (devices_kept_apart(l, a, other))
		return a;
	struct asset *to = device_elder(a, other), *from = to == a ? other : a;
	device_merge(l, from, to, s, 0);
	return to;
}

void identity_join_declared(struct ledger *l, struct asset *a)
{
	const struct register_row *row = l->reg.imported ? asset_declared(a, &l->reg) : NULL;
	char why[64];

	for (size_t i = 0; row && row->n_macs > 1 && i < row->n_macs; i++) {
		struct asset *other = holders_of_mac(l, &row->macs[i]);
		if (!other || other == a || devices_kept_apart(l, a, other))
			continue;
		snprintf(why, sizeof(why), "register line %u", row->line);
		struct asset *to = device_elder(a, other), *from = to == a ? other : a;
		device_join(l, from, to, "register", why);
		a = to;
	}
}

static bool is_only_virtual(const struct asset *a)
{
	for (unsigned i = 0; i < a->n_macs; i++) {
		if (!sighting_is_virtual(&a->macs[i].mac))
			return false;
	}
	return true;
}

/* The virtual MAC, held by @now or nobody, is @owner's at present. @return false: a person said that it is not. */
static bool move_virtual(struct ledger *l, const struct mac *mac, struct asset *now, struct asset *owner,
			 const struct sighting *s)
{
	if (now == owner)
		return true;
	if (now && devices_kept_apart(l, now, owner))
		return false;
	if (now && is_only_virtual(now)) {
		device_join(l, now, owner, "sekisho", "virtual_mac");
	} else {
		if (now)
			device_take_mac(l, now, mac);
		device_give_mac(l, owner, mac, s);
	}
	owner->router = owner->stale = true;
	owner->router_maybe = false;
	return true;
}

struct asset *identity_one_router(struct ledger *l, const struct mac *in, const struct mac *out,
				  const struct sighting *s, const struct ip_addr *dest)
{
	struct asset *a = holders_of_mac(l, in), *b = holders_of_mac(l, out);

	if (!is_device_mac(in) || !is_device_mac(out))
		return NULL;
	/* who forwards has neither end's address */
	const struct held_ip *own = a ? asset_ip(a, dest) : NULL, *theirs = b ? asset_ip(b, &s->ip) : NULL;
	if (own || (theirs && theirs->claimed) || (a && a->has_unit) || (b && b->has_unit))
		return NULL;
	if (a == b)
		return a;
	if (sighting_is_virtual(in) && b)
		return move_virtual(l, in, a, b, s) ? b : NULL;
	if (sighting_is_virtual(out) && a)
		return move_virtual(l, out, b, a, s) ? a : NULL;
	if (a && b) {
		if (devices_kept_apart(l, a, b))
			return NULL;
		struct asset *to = device_elder(a, b), *from = to == a ? b : a;
		if (from->by_ip && from->n_ips > 0)
			return NULL; /* an address that was given a MAC: let the claims sort it out first */
		device_join(l, from, to, "sekisho", "one_router");
		to->router = to->stale = true;
		to->router_maybe = false;
		return to;
	}
	struct asset *known = a ? a : b;
	device_give_mac(l, known, a ? out : in, s);
	device_become_router(l, known, s);
	known->router_maybe = false;
	return known;
}

void identity_hello(struct ledger *l, const struct sighting *s)
{
	struct asset *owner = holders_of_ip(l, &s->ip), *now = holders_of_mac(l, &s->mac);
	bool is_real = false;

	for (unsigned i = 0; owner && i < owner->n_macs; i++)
		is_real |= !sighting_is_virtual(&owner->macs[i].mac);
	if (is_real) {
		(void)move_virtual(l, &s->mac, now, owner, s);
		return;
	}
	/* the router itself was not seen: the MAC stands for it */
	struct sighting claim = *s;
	claim.claimed = true;
	see_claim(l, &claim);
}
