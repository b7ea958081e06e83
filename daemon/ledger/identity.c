#include "ledger/identity.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "ledger/holders.h"
#include "ledger/keys.h"
#include "ledger/units.h"

/* An address whose holder was heard this recently is not taken from it by a mere packet. */
#define HELD_FIRMLY_NS (INT64_C(300) * 1000000000)

static bool is_device_mac(const struct mac *mac)
{
	return !mac_is_none(mac) && !mac_is_group(mac);
}

/* Addresses that wander between routers, by their beginning: VRRP and CARP over IPv4 and IPv6 (RFC 9568 7.3), HSRP
 * version 1, version 2 and over IPv6, GLBP. @bits of @prefix count. */
bool identity_is_virtual(const struct mac *mac)
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

uint8_t identity_hops(uint8_t ttl)
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

static bool was_lowered(const struct sighting *s)
{
	uint8_t hops = identity_hops(s->ttl);

	return hops > 0 && hops <= IDENTITY_HOPS_MAX;
}

/* ---- making and changing assets */

static uint16_t own_vlan(const struct sighting *s)
{
	return s->n_vlans > 0 ? s->vlans[s->n_vlans - 1] : 0;
}

struct asset *identity_make(struct ledger *l, int64_t first_ns)
{
	uint64_t no = l->last_no + 1;
	struct asset *a = table_insert(&l->assets, &no, hash_u64(hash_seed, no));

	if (!a)
		return NULL;
	l->last_no = no;
	a->vendor = a->name = a->role = "";
	a->first_ns = first_ns;
	a->last_ns = l->cause->at.ts_ns;
	a->used_s = (uint32_t)(a->last_ns / NS_PER_S);
	a->seen = true;
	a->stale = a->fresh = true;
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

/* Such an address is made up by its owner, perhaps anew each time. */
enum { LOCAL_MAC_CONFIDENCE = 30 };

static void note_address(struct ledger *l, struct asset *a, const char *attr, const char *value, const char *prev,
			 const struct sighting *s)
{
	struct change ch = {attr, value, prev, {s->source, s->confidence, s->now_ns, s->at, false}};

	if (a->no <= l->no_before)
		changes_note(l, a, &ch);
}

void identity_give_mac(struct ledger *l, struct asset *a, const struct mac *mac, const struct sighting *s)
{
	char text[MAC_TEXT_MAX];

	if (!asset_mac(a, mac)) {
		struct held_mac *m = asset_add_mac(a, mac, s->now_ns);
		if (m) {
			bool made_up = mac_is_local(mac) && s->confidence > LOCAL_MAC_CONFIDENCE;
			held_mac_show(m, s->source, made_up ? LOCAL_MAC_CONFIDENCE : s->confidence, s->at);
			if (a->n_macs > 1)
				note_address(l, a, "mac", mac_format(mac, text), "", s);
		}
	}
	const struct register_row *row = l->reg.imported ? register_by_mac(&l->reg, mac) : NULL;
	if (row && row->n_macs > 1 && l->n_declared < LEDGER_DECLARED_MAX)
		l->declared[l->n_declared++] = a->no;
	if (identity_is_virtual(mac))
		a->router = true;
	if (!a->vendor[0])
		a->vendor = oui_vendor(l->oui, mac);
	holders_point_mac(l, mac, a);
	for (unsigned i = 0; i < a->n_ips; i++)
		a->ips[i].zone = place_of(l, a, &a->ips[i].ip, a->ips[i].vlan);
	ledger_mark_asset(l, a);
}

/* Does @h stand in a zone in which @a has no other address? */
static bool is_first_in_zone(const struct asset *a, const struct held_ip *h)
{
	for (unsigned i = 0; h->zone && i < a->n_ips; i++) {
		if (&a->ips[i] != h && a->ips[i].zone == h->zone)
			return false;
	}
	return h->zone;
}

static void note_arrival(struct ledger *l, const struct asset *a, const struct held_ip *h)
{
	/* without an address it was announced in the zone of its VLAN */
	bool told = a->n_ips == 1 && place_of(l, a, NULL, h->vlan) == h->zone;

	if (l->n_arrived < LEDGER_ARRIVED_MAX && !told && is_first_in_zone(a, h))
		l->arrived[l->n_arrived++] = (struct arrival){a->no, h->ip};
}

void identity_tell_arrivals(struct ledger *l)
{
	for (unsigned i = 0; i < l->n_arrived; i++) {
		struct asset *a = holders_by_no(l, l->arrived[i].no);
		const struct held_ip *h = a ? asset_ip(a, &l->arrived[i].ip) : NULL;
		if (h && is_first_in_zone(a, h))
			ledger_announce_arrival(l, a, h);
	}
	l->n_arrived = 0;
}

struct held_ip *identity_give_ip(struct ledger *l, struct asset *a, const struct sighting *s)
{
	struct held_ip *h = asset_ip(a, &s->ip);
	/* what is dirty since earlier is news already: it is not put down with each commit until it has its row */
	bool is_news = !h || !h->current || s->confidence > h->confidence || (s->claimed && !h->claimed);
	char text[IP_TEXT_MAX];

	if (!h) {
		if (a->n_ips == ASSET_IPS_MAX)
			holders_leave_ip(l, a, &asset_unused_ip(a)->ip);
		h = asset_add_ip(a, &s->ip, s->now_ns);
		if (!h)
			return NULL;
		h->source = s->source;
		h->confidence = s->confidence;
		h->vlan = own_vlan(s);
		h->zone = place_of(l, a, &h->ip, h->vlan);
		h->at = s->at;
		note_arrival(l, a, h);
		if (a->n_ips > 1)
			note_address(l, a, "ip", ip_format(&h->ip, text), "", s);
	} else if (!h->current) {
		note_address(l, a, "ip", ip_format(&h->ip, text), "", s);
	}
	uint8_t hops = identity_hops(s->ttl);
	if (hops < h->hops)
		h->hops = hops;
	if (s->confidence > h->confidence) {
		h->source = s->source;
		h->confidence = s->confidence;
		h->dirty = true;
	}
	if (!h->current || h->claimed != (h->claimed || s->claimed))
		a->stale = h->dirty = true;
	h->current = true;
	h->claimed |= s->claimed;
	if (s->now_ns > h->last_ns) {
		h->last_ns = s->now_ns;
		h->seen = true;
	}
	holders_point_ip(l, &s->ip, a);
	ledger_mark(l, a, is_news ? MARK_PRESSING : MARK_SEEN);
	return h;
}

void identity_take_mac(struct ledger *l, struct asset *a, const struct mac *mac)
{
	struct held_mac *m = asset_mac(a, mac);
	struct mac copy = *mac; /* it may stand in the list */
	char text[MAC_TEXT_MAX];

	if (!m)
		return;
	ledger_db_drop_mac(l, a->no, mac_format(&copy, text));
	holders_forget_mac(l, &copy);
	asset_drop_mac(a, m);
	a->vendor = a->n_macs > 0 ? oui_vendor(l->oui, &a->macs[0].mac) : "";
	ledger_mark_asset(l, a);
}

void identity_take_ip(struct ledger *l, struct asset *a, const struct ip_addr *ip)
{
	struct held_ip *h = asset_ip(a, ip);
	struct ip_addr copy = *ip; /* it may stand in the list */

	if (!h)
		return;
	holders_drop_ip(l, a, h);
	ledger_db_drop_ip(l, a->no, &copy);
	ledger_mark_asset(l, a);
}

bool identity_is_taken_in(struct ledger *l, const struct register_row *row)
{
	if (l->disk_devices == 0 || l->last_no - l->skipped_no < l->disk_devices || row)
		return true;
	if (l->count.refused_sightings++ == 0)
		log_warning(
		    "ledger: %s/ledger.db has as many devices as ledger.devices allows; new ones are not taken in",
		    l->state_dir);
	return false;
}

static struct asset *new_by_mac(struct ledger *l, const struct sighting *s, bool with_ip)
{
	struct asset *a =
	    identity_is_taken_in(l, register_by_mac(&l->reg, &s->mac)) ? identity_make(l, s->now_ns) : NULL;

	if (!a)
		return NULL;
	identity_give_mac(l, a, &s->mac, s);
	if (with_ip)
		identity_give_ip(l, a, s);
	ledger_announce(l, a);
	return a;
}

static struct asset *new_by_ip(struct ledger *l, const struct sighting *s, int64_t first_ns)
{
	struct sighting bare = *s;
	struct asset *a =
	    identity_is_taken_in(l, register_by_ip(&l->reg, &s->ip, false)) ? identity_make(l, first_ns) : NULL;

	if (!a)
		return NULL;
	a->by_ip = true;
	a->behind_router = !mac_is_none(&s->mac);
	bare.n_vlans = 0;
	identity_give_ip(l, a, &bare);
	ledger_announce(l, a);
	return a;
}

/* @from turned out to be the same device as @to: one row stays, the other points to it for good.
 * @decision: its number, 0: none was written. */
static void merge(struct ledger *l, struct asset *from, struct asset *to, const struct sighting *s, int64_t decision)
{
	struct sighting moved = *s;
	unsigned arrived = l->n_arrived;

	for (unsigned i = 0; i < from->n_ips; i++) {
		moved.ip = from->ips[i].ip;
		moved.claimed = from->ips[i].claimed;
		moved.source = from->ips[i].source;
		moved.confidence = from->ips[i].confidence;
		moved.now_ns = from->ips[i].last_ns;
		moved.at = from->ips[i].at;
		bool had = asset_ip(to, &moved.ip) != NULL;
		struct held_ip *h = identity_give_ip(l, to, &moved);
		if (h && from->ips[i].first_ns < h->first_ns)
			h->first_ns = from->ips[i].first_ns;
		if (h && !had)
			h->current = from->ips[i].current;
	}
	/* where @from stood was told of it */
	l->n_arrived = arrived;
	for (unsigned i = 0; i < arrived; i++)
		l->arrived[i].no = l->arrived[i].no == from->no ? to->no : l->arrived[i].no;
	for (unsigned i = 0; i < from->n_macs; i++)
		identity_give_mac(l, to, &from->macs[i].mac, s);
	for (unsigned i = 0; i < from->n_attrs; i++) {
		const struct attribute *t = &from->attrs[i];
		struct note n = {(uint16_t)t->source, (uint8_t)t->confidence, t->last_ns, attribute_at(t), t->lasting};
		asset_note_seen(to, t->attr, span_str(t->text), &n);
	}
	keys_point(l, to);
	units_moved(l, from, to, decision);
	vocab_set_join(&to->serves, &from->serves);
	vocab_set_join(&to->uses, &from->uses);
	to->does |= from->does;
	to->events += from->events;
	to->seen = true;
	if (from->first_ns < to->first_ns)
		to->first_ns = from->first_ns;
	to->stale = true;
	link_move(l, from->no, to->no, NULL);
	ledger_mark_asset(l, to);
	holders_leave(l, from);
	if (merged_take(l, from, to->no)) {
		ledger_unmark(l, from);
	} else {
		l->merging_into = to->no;
		ledger_db_put_asset(l, from);
		l->merging_into = 0;
		asset_free_lists(from);
	}
	table_remove(&l->assets, from);
	from->no = 0; /* who points to it sees that it is gone */
}

/* An address that never was @a's becomes a device of its own, with what was said in its name. */
static void part_with(struct ledger *l, struct asset *a, unsigned i, const struct sighting *s)
{
	struct held_ip old = a->ips[i];
	struct sighting own = {.ip = old.ip, .now_ns = s->now_ns, .source = old.source, .confidence = old.confidence};

	holders_drop_ip(l, a, &a->ips[i]);
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
	struct asset *b = identity_make(l, s->now_ns);
	char text[MAC_TEXT_MAX];

	if (!b)
		return a;
	for (unsigned i = 0; i < a->n_macs; i++) {
		identity_give_mac(l, b, &a->macs[i].mac, s);
		ledger_db_drop_mac(l, a->no, mac_format(&a->macs[i].mac, text));
	}
	a->n_macs = 0;
	a->vendor = "";
	for (unsigned i = a->n_ips; i > 0; i--) {
		struct held_ip h = a->ips[i - 1];
		if (!h.claimed)
			continue;
		holders_drop_ip(l, a, &a->ips[i - 1]);
		ledger_db_drop_ip(l, a->no, &h.ip);
		own.ip = h.ip;
		own.claimed = true;
		identity_give_ip(l, b, &own);
	}
	ledger_mark_asset(l, a);
	b->router = true;
	ledger_announce(l, b);
	return b;
}

/* The one address of its family that stood beside the MAC with a full time to live is the router's own. */
static bool is_only_near(const struct asset *a, const struct held_ip *h)
{
	unsigned near = 0;

	for (unsigned i = 0; i < a->n_ips; i++)
		near += a->ips[i].hops == 0 && a->ips[i].scope != IP_SCOPE_LINK &&
			ip_is_v4(&a->ips[i].ip) == ip_is_v4(&h->ip);
	return h->hops == 0 && near == 1;
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
		if (!h->claimed && h->scope != IP_SCOPE_LINK && !is_only_near(a, h))
			part_with(l, a, i - 1, s);
	}
}

/* ---- judging */

bool identity_same_subnet(const struct ip_addr *a, const struct ip_addr *b)
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
		a = new_by_mac(l, s, false);
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
		become_router(l, a, s);
	} else if (second || own == 1 || was_lowered(s)) {
		/* the one address that is not public is most likely the gateway's */
		a->router = a->stale = true;
		ledger_mark_asset(l, a);
	}
}

/* @m sent in the name of an address that @other holds without ever having claimed it: then @other forwarded it. */
static void take_back(struct ledger *l, struct asset *other, struct held_ip *h, const struct sighting *s)
{
	holders_drop_ip(l, other, h);
	ledger_db_drop_ip(l, other->no, &s->ip);
	become_router(l, other, s);
	ledger_mark_asset(l, other);
}

static void give_up(struct ledger *l, struct asset *other, struct held_ip *h, const struct sighting *s)
{
	char text[IP_TEXT_MAX];

	note_address(l, other, "ip", "", ip_format(&h->ip, text), s);
	h->current = false;
	h->dirty = other->stale = true;
	ledger_mark_asset(l, other);
}

bool identity_kept_apart(struct ledger *l, const struct asset *a, const struct asset *b)
{
	return a->parted && b->parted && ledger_db_kept_apart(l, a->no, b->no);
}

/* A person parted the holder of the MAC from that of the address. An address that was parted is not the MAC's, whatever
 * it says; a MAC that was parted has what stands beside it. @return NULL: no person said anything of the two. */
static struct asset *see_parted(struct ledger *l, const struct sighting *s, struct asset *mine, struct asset *other)
{
	if (!mine || !other || mine == other || !identity_kept_apart(l, mine, other))
		return NULL;
	if (other->n_macs == 0) {
		identity_give_ip(l, other, s);
		return other;
	}
	if (s->claimed || mine->router || was_lowered(s))
		return NULL;
	struct held_ip *h = asset_ip(other, &s->ip);
	if (h && h->current)
		give_up(l, other, h, s);
	identity_give_ip(l, mine, s);
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
		identity_give_mac(l, other, &s->mac, s);
		identity_give_ip(l, other, s);
		return other;
	}
	if (h && other->n_macs == 0)
		merge(l, other, mine, s, 0);
	else if (h && mine && mine->router && !mine->router_maybe && h->claimed && recent &&
		 !identity_is_virtual(&s->mac))
		return mine; /* it answers for another, as proxy ARP does */
	else if (h && recent && !h->claimed)
		take_back(l, other, h, s);
	else if (h &&
		 !(h->claimed && recent && h->vlan != own_vlan(s))) /* else: the same cell built twice, in two VLANs */
		give_up(l, other, h, s);
	if (!mine)
		return new_by_mac(l, s, true);
	if (mine->router_maybe)
		mine->router = mine->router_maybe = false;
	identity_give_ip(l, mine, s);
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
	} else if (mine && mine->router_maybe && certain) {
		mine->router_maybe = false;
		ledger_mark(l, mine, MARK_NEWS);
	}
	struct asset *behind = holders_of_ip(l, &s->ip); /* parting may just have made it */
	return behind ? behind : new_by_ip(l, s, s->now_ns);
}

/* A router's own address that it never claimed: it stands beside its MAC with the time to live that senders begin with,
 * and nothing else does. */
static bool is_own_of_router(const struct ledger *l, const struct asset *router, const struct sighting *s)
{
	if (identity_hops(s->ttl) != 0 || is_off_link(l, s) || identity_is_virtual(&s->mac))
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
		merge(l, other, mine, s, 0);
		identity_give_ip(l, mine, s);
		return mine;
	}
	other->behind_router = false;
	identity_give_mac(l, other, &s->mac, s);
	identity_give_ip(l, other, s);
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
		identity_give_ip(l, mine, s);
		return mine;
	}
	if (mine && mine->router && !other && is_own_of_router(l, mine, s)) {
		identity_give_ip(l, mine, s);
		return mine;
	}
	bool certain = is_off_link(l, s) || identity_is_virtual(&s->mac) || holders_foreign(l, &s->mac) != 0 ||
		       (mine && (mine->router ? !mine->router_maybe : would_be_router(l, mine, &s->ip)));
	if (certain || lowered || (mine && mine->router))
		return see_forwarded(l, s, mine, certain);
	if (other && other != mine && other->n_macs == 0 && identity_hops(s->ttl) == 0)
		return see_near_side(l, s, mine, other);
	if (other && other != mine && h && h->claimed && !h->current) {
		give_up(l, other, asset_ip(other, &s->ip), s); /* two claim it: he has it who speaks */
		identity_give_ip(l, mine, s);
		return mine;
	}
	if (other && other != mine) {
		h = asset_ip(other, &s->ip);
		bool firm = h && h->current && (h->claimed || s->now_ns - h->last_ns < HELD_FIRMLY_NS);
		bool routed = other->n_macs == 0 && (mine || other->behind_router);
		if (routed || (other->n_macs > 0 && firm))
			return see_forwarded(l, s, mine, false);
		if (other->n_macs == 0) {
			identity_give_mac(l, other, &s->mac, s);
			identity_give_ip(l, other, s);
			return other;
		}
		if (h)
			give_up(l, other, h, s);
	}
	if (!mine)
		return new_by_mac(l, s, true);
	identity_give_ip(l, mine, s);
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
		return a || !has_mac ? a : new_by_mac(l, s, false);
	}
	bool foreign = (scope == IP_SCOPE_GLOBAL || is_nobodys(&s->ip)) && !zone_by_prefix(l, &s->ip);
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

struct asset *identity_add_mac(struct ledger *l, struct asset *a, const struct mac *mac, const struct sighting *s)
{
	if (!is_device_mac(mac) || asset_mac(a, mac))
		return a;
	struct asset *other = holders_of_mac(l, mac);
	if (!other || other == a) {
		identity_give_mac(l, a, mac, s);
		return a;
	}
	if (identity_kept_apart(l, a, other))
		return a;
	struct asset *to = identity_elder(a, other), *from = to == a ? other : a;
	merge(l, from, to, s, 0);
	return to;
}

int64_t identity_join(struct ledger *l, struct asset *from, struct asset *to, const char *who, const char *why)
{
	struct sighting s = {.now_ns = l->cause->at.ts_ns, .source = l->source_traffic, .confidence = 50};
	struct decision d = {s.now_ns, "merge", who, why, from->no, to->no};
	const struct asset_id id = asset_id(from);

	changes_note(l, to, &(struct change){"merged", id.text, "", {s.source, 100, s.now_ns, {0}, false}});
	int64_t no = ledger_db_put_decision(l, &d);
	merge(l, from, to, &s, no);
	return no;
}

void identity_join_declared(struct ledger *l, struct asset *a)
{
	const struct register_row *row = l->reg.imported ? asset_declared(a, &l->reg) : NULL;
	char why[64];

	for (size_t i = 0; row && row->n_macs > 1 && i < row->n_macs; i++) {
		struct asset *other = holders_of_mac(l, &row->macs[i]);
		if (!other || other == a || identity_kept_apart(l, a, other))
			continue;
		snprintf(why, sizeof(why), "register line %u", row->line);
		struct asset *to = identity_elder(a, other), *from = to == a ? other : a;
		identity_join(l, from, to, "register", why);
		a = to;
	}
}

static bool is_only_virtual(const struct asset *a)
{
	for (unsigned i = 0; i < a->n_macs; i++) {
		if (!identity_is_virtual(&a->macs[i].mac))
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
	if (now && identity_kept_apart(l, now, owner))
		return false;
	if (now && is_only_virtual(now)) {
		identity_join(l, now, owner, "sekisho", "virtual_mac");
	} else {
		if (now)
			identity_take_mac(l, now, mac);
		identity_give_mac(l, owner, mac, s);
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
	if (identity_is_virtual(in) && b)
		return move_virtual(l, in, a, b, s) ? b : NULL;
	if (identity_is_virtual(out) && a)
		return move_virtual(l, out, b, a, s) ? a : NULL;
	if (a && b) {
		if (identity_kept_apart(l, a, b))
			return NULL;
		struct asset *to = identity_elder(a, b), *from = to == a ? b : a;
		if (from->by_ip && from->n_ips > 0)
			return NULL; /* an address that was given a MAC: let the claims sort it out first */
		identity_join(l, from, to, "sekisho", "one_router");
		to->router = to->stale = true;
		to->router_maybe = false;
		return to;
	}
	struct asset *known = a ? a : b;
	identity_give_mac(l, known, a ? out : in, s);
	become_router(l, known, s);
	known->router_maybe = false;
	return known;
}

void identity_hello(struct ledger *l, const struct sighting *s)
{
	struct asset *owner = holders_of_ip(l, &s->ip), *now = holders_of_mac(l, &s->mac);
	bool is_real = false;

	for (unsigned i = 0; owner && i < owner->n_macs; i++)
		is_real |= !identity_is_virtual(&owner->macs[i].mac);
	if (is_real) {
		(void)move_virtual(l, &s->mac, now, owner, s);
		return;
	}
	/* the router itself was not seen: the MAC stands for it */
	struct sighting claim = *s;
	claim.claimed = true;
	see_claim(l, &claim);
}

void identity_addresses(const struct event *ev, bool dest, struct mac *mac, struct ip_addr *ip)
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

struct sighting identity_sighting(struct ledger *l, const struct event *ev, bool dest)
{
	const struct origin *at = &ev->at;
	struct sighting s = {.vlans = at->vlans,
			     .n_vlans = at->n_vlans,
			     .now_ns = at->ts_ns,
			     .source = l->source_traffic,
			     .confidence = 50};

	if (at->capture)
		s.at = (struct seen_at){capture_names_no(&l->captures, at->capture), (uint32_t)at->frame};
	identity_addresses(ev, dest, &s.mac, &s.ip);
	return s;
}
