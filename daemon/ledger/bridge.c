#include "ledger/bridge.h"

#include <ctype.h>
#include <string.h>

#include "ledger/holders.h"

#define BRIDGE_NS (INT64_C(600) * 1000000000)

/* Firewalls, routers and switches stand between zones because they are to. */
static bool is_declared_between(const struct asset *a)
{
	static const char *const kinds[] = {"router", "switch", "vpn", "gateway"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (a->row && strcmp(a->row->kind, kinds[i]) == 0)
			return true;
	}
	return false;
}

/* @other: the zone besides the one where the record stands; @instead, where that is the same one. */
static void announce(struct ledger *l, struct asset *a, const struct held_ip *h, const struct zone *other,
		     const struct zone *instead, enum asset_what what)
{
	struct event_value values[12];
	struct event ev = {.values = values};

	a->bridge_told = true;
	ledger_asset_event_at(l, a, h, &ev, ASSET_BRIDGE);
	if (ev.src->zone && strcmp(ev.src->zone, other->id) == 0)
		other = instead;
	ev_text(&ev, &asset_field[ASSET_OTHER_ZONE], other->id);
	ev_uint(&ev, &asset_field[ASSET_WHAT], what);
	l->next.take(l->next.ctx, &ev);
}

void bridge_watch(struct ledger *l, struct asset *a, const struct held_ip *held, int64_t now_ns)
{
	if (!a || a->n_ips < 2 || a->bridge_told || a->zone_is_pinned || !held || !held->zone || !held->claimed ||
	    a->router || is_declared_between(a))
		return;
	for (unsigned i = 0; i < a->n_ips; i++) {
		const struct held_ip *h = &a->ips[i];
		if (h == held || !h->current || !h->claimed || !h->zone || h->zone == held->zone ||
		    h->scope == IP_SCOPE_LINK || now_ns - h->last_ns > BRIDGE_NS)
			continue;
		announce(l, a, held, h->zone, held->zone, WHAT_ADDRESS);
		return;
	}
}

/* ---- the same name in two zones */

enum { NAME_LEAST = 3 };

static bool is_factory_name(const char *name)
{
	static const char *const begins[] = {"localhost", "raspberrypi", "android", "iphone",  "ipad",     "espressif",
					     "esp-",      "esp_",        "desktop", "laptop",  "unknown",  "default",
					     "workgroup", "switch",      "router",  "printer", "plc",      "hmi",
					     "wlan",      "ubuntu",      "debian",  "openwrt", "buildroot"};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		size_t n = strlen(begins[i]);
		/* the word alone, or with a number of its own: DESKTOP-4F7A2K1 is one computer's name */
		if (strncmp(name, begins[i], n) == 0 && strlen(name + n) <= 4)
			return true;
	}
	return strlen(name) < NAME_LEAST;
}

static const struct held_ip *place_in_zone(const struct asset *a, int64_t now_ns)
{
	const struct held_ip *best = NULL;

	for (unsigned i = 0; i < a->n_ips; i++) {
		const struct held_ip *h = &a->ips[i];
		if (h->current && h->zone && h->scope != IP_SCOPE_LINK && now_ns - h->last_ns <= BRIDGE_NS &&
		    (!best || h->last_ns > best->last_ns))
			best = h;
	}
	return best;
}

/* Notes that @a says this name. @return the other one that said it within the last minutes, or NULL. */
static struct asset *other_of_name(struct ledger *l, const struct asset *a, uint64_t hash, int64_t now_ns)
{
	struct name_seen *seen = table_find(&l->names, &hash, hash);
	struct asset *other = seen && seen->asset_no != a->no && now_ns - seen->last_ns <= BRIDGE_NS
				  ? holders_by_no(l, seen->asset_no)
				  : NULL;

	if (!seen)
		seen = table_insert(&l->names, &hash, hash);
	if (seen) {
		table_touch(&l->names, seen);
		seen->asset_no = a->no;
		seen->last_ns = now_ns;
	}
	return other;
}

void bridge_name(struct ledger *l, struct asset *a, struct span name, int64_t now_ns)
{
	char text[64];
	size_t n = name.len < sizeof(text) - 1 ? name.len : sizeof(text) - 1;

	if (n < NAME_LEAST) /* most records name nobody */
		return;
	for (size_t i = 0; i < n; i++)
		text[i] = (char)tolower(name.ptr[i]);
	text[n] = '\0';
	text[strcspn(text, ".")] = '\0'; /* with its domain or without */
	if (is_factory_name(text) || a->router || is_declared_between(a) || a->has_unit)
		return;
	struct asset *other = other_of_name(l, a, hash_bytes(text, strlen(text)), now_ns);
	if (!other || other == a || a->bridge_told || other->bridge_told || other->router ||
	    is_declared_between(other) || a->zone_is_pinned || other->zone_is_pinned)
		return;
	const struct held_ip *here = place_in_zone(a, now_ns), *there = place_in_zone(other, now_ns);
	if (here && there && here->zone != there->zone) {
		other->bridge_told = true;
		announce(l, a, here, there->zone, here->zone, WHAT_HOSTNAME);
	}
}

/* ---- forwarding */

void bridge_forwards(struct ledger *l, struct asset *a, const struct ip_addr *src, const struct ip_addr *dest)
{
	const struct zone *from = site_zone(l->site, NULL, src, NULL, 0), *to = site_zone(l->site, NULL, dest, NULL, 0);

	/* without a register nobody has said who is to forward */
	if (!l->reg.imported || a->bridge_told || !from || !to || from == to || is_declared_between(a))
		return;
	announce(l, a, NULL, to, from, WHAT_FORWARDING);
}
