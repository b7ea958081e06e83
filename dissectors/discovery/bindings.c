#include "discovery/bindings.h"

#include <string.h>

#include "base/hash.h"

enum {
	CARDS_OF_ONE_DEVICE = 8,
	PASSES_EXCUSED = 2, /* of an address between them: to the other card, and back when the cable is in again */
};

/* Whose place is given up sooner: one that is free, then one that was only asked for, as many are by whoever looks for
 * devices, then the one that was silent longer. */
static bool goes_sooner(const struct binding *a, const struct binding *b)
{
	if (!a->used || !b->used)
		return !a->used && b->used;
	if (mac_is_none(&a->mac) != mac_is_none(&b->mac))
		return mac_is_none(&a->mac);
	return a->seen_ns < b->seen_ns;
}

static struct binding *find(struct bindings *b, const uint8_t ip[4], uint16_t vlan)
{
	struct binding *set = b->at[hash_u64(hash_bytes(ip, 4), vlan) % BINDINGS_SETS], *first = &set[0];

	for (unsigned i = 0; i < BINDINGS_WAYS; i++) {
		if (set[i].used && set[i].vlan == vlan && memcmp(set[i].ip, ip, 4) == 0)
			return &set[i];
		if (goes_sooner(&set[i], first))
			first = &set[i];
	}
	b->evicted += first->used;
	*first = (struct binding){.vlan = vlan, .used = true};
	memcpy(first->ip, ip, 4);
	return first;
}

/* A card that stands for several devices in turn. */
static bool is_shared(const struct mac *m)
{
	static const struct {
		uint8_t bytes, b[5];
	} prefixes[] = {
	    {5, {0x00, 0x00, 0x5e, 0x00, 0x01}}, /* VRRP, CARP */
	    {5, {0x00, 0x00, 0x5e, 0x00, 0x02}}, /* VRRP for IPv6 */
	    {5, {0x00, 0x00, 0x0c, 0x07, 0xac}}, /* HSRP 1 */
	    {4, {0x00, 0x00, 0x0c, 0x9f}},       /* HSRP 2 */
	    {4, {0x00, 0x07, 0xb4, 0x00}},       /* GLBP */
	    {2, {0x02, 0xbf}},                   /* Windows network load balancing */
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (memcmp(m->b, prefixes[i].b, prefixes[i].bytes) == 0)
			return true;
	}
	return false;
}

/* Cards of one device (teaming, two ports of a controller) have numbers next to each other. */
static bool are_neighbours(const struct mac *a, const struct mac *b)
{
	int between = (int)a->b[5] - (int)b->b[5];

	return memcmp(a->b, b->b, 5) == 0 && between > -CARDS_OF_ONE_DEVICE && between < CARDS_OF_ONE_DEVICE;
}

/* Is this no more than a device that uses another of its cards? */
static bool is_excused(struct binding *e, const struct mac *mac, int64_t now_ns)
{
	if (!are_neighbours(&e->mac, mac))
		return false;
	bool in_a_row = e->passes > 0 && now_ns - e->passed_ns <= BINDING_CONTESTED_NS;
	e->passed_ns = now_ns;
	if (!in_a_row)
		e->passes = 0;
	if (e->passes < UINT8_MAX)
		e->passes++;
	return e->passes <= PASSES_EXCUSED;
}

void bindings_asked(struct bindings *b, const uint8_t ip[4], uint16_t vlan, int64_t now_ns)
{
	struct binding *e = find(b, ip, vlan);

	e->asked_ns = e->seen_ns = now_ns;
}

struct binding_news bindings_claimed(struct bindings *b, const uint8_t ip[4], uint16_t vlan, const struct mac *mac,
				     bool answer, int64_t now_ns)
{
	struct binding_news news = {0};

	if (mac_is_none(mac) || mac_is_group(mac) || is_shared(mac))
		return news;
	struct binding *e = find(b, ip, vlan);
	news.unasked = answer && (e->asked_ns == 0 || now_ns - e->asked_ns > BINDING_ASKED_NS);
	if (!mac_is_none(&e->mac) && !mac_eq(&e->mac, mac) && !is_excused(e, mac, now_ns)) {
		news.changed = true;
		news.former = e->mac;
		news.silent_ns = now_ns - e->claimed_ns;
		e->former = e->mac;
		e->changed_ns = now_ns;
	} else if (news.unasked && !mac_is_none(&e->former) && now_ns - e->changed_ns <= BINDING_CONTESTED_NS) {
		news.pressed = true;
		news.former = e->former;
		news.silent_ns = now_ns - e->changed_ns;
	}
	e->mac = *mac;
	e->claimed_ns = e->seen_ns = now_ns;
	return news;
}
