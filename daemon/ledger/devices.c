#include "ledger/devices.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "ledger/holders.h"
#include "ledger/keys.h"
#include "ledger/units.h"

struct asset *device_make(struct ledger *l, int64_t first_ns)
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

void device_give_mac(struct ledger *l, struct asset *a, const struct mac *mac, const struct sighting *s)
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
	if (sighting_is_virtual(mac))
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

void devices_tell_arrivals(struct ledger *l)
{
	for (unsigned i = 0; i < l->n_arrived; i++) {
		struct asset *a = holders_by_no(l, l->arrived[i].no);
		const struct held_ip *h = a ? asset_ip(a, &l->arrived[i].ip) : NULL;
		if (h && is_first_in_zone(a, h))
			ledger_announce_arrival(l, a, h);
	}
	l->n_arrived = 0;
}

struct held_ip *device_give_ip(struct ledger *l, struct asset *a, const struct sighting *s)
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
		h->vlan = sighting_vlan(s);
		h->zone = place_of(l, a, &h->ip, h->vlan);
		h->at = s->at;
		note_arrival(l, a, h);
		if (a->n_ips > 1)
			note_address(l, a, "ip", ip_format(&h->ip, text), "", s);
	} else if (!h->current) {
		note_address(l, a, "ip", ip_format(&h->ip, text), "", s);
	}
	uint8_t hops = sighting_hops(s->ttl);
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

void device_take_mac(struct ledger *l, struct asset *a, const struct mac *mac)
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

void device_take_ip(struct ledger *l, struct asset *a, const struct ip_addr *ip)
{
	struct held_ip *h = asset_ip(a, ip);
	struct ip_addr copy = *ip; /* it may stand in the list */

	if (!h)
		return;
	holders_drop_ip(l, a, h);
	ledger_db_drop_ip(l, a->no, &copy);
	ledger_mark_asset(l, a);
}

bool device_is_taken_in(struct ledger *l, const struct register_row *row)
{
	if (l->disk_devices == 0 || l->last_no - l->skipped_no < l->disk_devices || row)
		return true;
	if (l->count.refused_sightings++ == 0)
		log_warning(
		    "ledger: %s/ledger.db has as many devices as ledger.devices allows; new ones are not taken in",
		    l->state_dir);
	return false;
}

struct asset *device_new_by_mac(struct ledger *l, const struct sighting *s, bool with_ip)
{
	struct asset *a = device_is_taken_in(l, register_by_mac(&l->reg, &s->mac)) ? device_make(l, s->now_ns) : NULL;

	if (!a)
		return NULL;
	device_give_mac(l, a, &s->mac, s);
	if (with_ip)
		device_give_ip(l, a, s);
	ledger_announce(l, a);
	return a;
}

struct asset *device_new_by_ip(struct ledger *l, const struct sighting *s, int64_t first_ns)
{
	struct sighting bare = *s;
	struct asset *a =
	    device_is_taken_in(l, register_by_ip(&l->reg, &s->ip, false)) ? device_make(l, first_ns) : NULL;

	if (!a)
		return NULL;
	a->by_ip = true;
	a->behind_router = !mac_is_none(&s->mac);
	bare.n_vlans = 0;
	device_give_ip(l, a, &bare);
	ledger_announce(l, a);
	return a;
}

void device_merge(struct ledger *l, struct asset *from, struct asset *to, const struct sighting *s, int64_t decision)
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
		struct held_ip *h = device_give_ip(l, to, &moved);
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
		device_give_mac(l, to, &from->macs[i].mac, s);
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
	struct asset *b = device_new_by_ip(l, &own, old.first_ns);
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
	struct asset *b = device_make(l, s->now_ns);
	char text[MAC_TEXT_MAX];

	if (!b)
		return a;
	for (unsigned i = 0; i < a->n_macs; i++) {
		device_give_mac(l, b, &a->macs[i].mac, s);
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
		device_give_ip(l, b, &own);
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

void device_become_router(struct ledger *l, struct asset *a, const struct sighting *s)
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

void device_take_back(struct ledger *l, struct asset *other, struct held_ip *h, const struct sighting *s)
{
	holders_drop_ip(l, other, h);
	ledger_db_drop_ip(l, other->no, &s->ip);
	device_become_router(l, other, s);
	ledger_mark_asset(l, other);
}

void device_give_up(struct ledger *l, struct asset *other, struct held_ip *h, const struct sighting *s)
{
	char text[IP_TEXT_MAX];

	note_address(l, other, "ip", "", ip_format(&h->ip, text), s);
	h->current = false;
	h->dirty = other->stale = true;
	ledger_mark_asset(l, other);
}

bool devices_kept_apart(struct ledger *l, const struct asset *a, const struct asset *b)
{
	return a->parted && b->parted && ledger_db_kept_apart(l, a->no, b->no);
}

int64_t device_join(struct ledger *l, struct asset *from, struct asset *to, const char *who, const char *why)
{
	struct sighting s = {.now_ns = l->cause->at.ts_ns, .source = l->source_traffic, .confidence = 50};
	struct decision d = {s.now_ns, "merge", who, why, from->no, to->no};
	const struct asset_id id = asset_id(from);

	changes_note(l, to, &(struct change){"merged", id.text, "", {s.source, 100, s.now_ns, {0}, false}});
	int64_t no = ledger_db_put_decision(l, &d);
	device_merge(l, from, to, &s, no);
	return no;
}
