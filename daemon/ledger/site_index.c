#include "ledger/site_index.h"

#include <errno.h>
#include <stdlib.h>

enum { VLANS = 4096, NO_ZONE = UINT16_MAX };

struct prefix_zone {
	struct ip_prefix prefix;
	uint32_t zone_no;
};

struct mac_zone {
	struct mac mac;
	uint32_t zone_no;
};

/* Prefixes do not overlap, so the last one that starts at or before an address is the only one that can hold it. */
struct site_index {
	struct prefix_zone *prefixes;
	struct mac_zone *macs;
	size_t n_prefixes, n_macs;
	uint16_t vlan_zone[VLANS];
};

static int by_prefix(const void *a, const void *b)
{
	const struct site_claim *p = a, *q = b;
	int order = memcmp(&p->prefix.addr, &q->prefix.addr, sizeof(p->prefix.addr));

	return order ? order : (p->prefix.bits > q->prefix.bits) - (p->prefix.bits < q->prefix.bits);
}

static int by_vlan(const void *a, const void *b)
{
	const struct site_claim *p = a, *q = b;

	return (p->vlan > q->vlan) - (p->vlan < q->vlan);
}

static int by_mac(const void *a, const void *b)
{
	const struct site_claim *p = a, *q = b;

	return memcmp(&p->mac, &q->mac, sizeof(p->mac));
}

static bool prefixes_clash(const struct site_claim *p, const struct site_claim *q)
{
	return ip_prefix_overlaps(&p->prefix, &q->prefix);
}

static bool vlans_clash(const struct site_claim *p, const struct site_claim *q)
{
	return p->vlan == q->vlan;
}

static bool macs_clash(const struct site_claim *p, const struct site_claim *q)
{
	return mac_eq(&p->mac, &q->mac);
}

/* The later of the two in the file is the one complained about: it is what was added last. */
static int complain_of_clash(const struct site *s, const struct site_claim *p, const struct site_claim *q,
			     const char *what, const struct yamldoc *doc, struct complaint *c)
{
	bool p_later =
	    p->node->line > q->node->line || (p->node->line == q->node->line && p->node->column > q->node->column);
	const struct site_claim *later = p_later ? p : q, *first = p_later ? q : p;

	if (p->zone_no == q->zone_no)
		return yaml_complain(
		    doc, later->node, c, "%s %s of zone \"%s\" is already there as %s in line %u. Remove one of them",
		    what, later->node->text, s->zones[later->zone_no].id, first->node->text, first->node->line);
	return yaml_complain(doc, later->node, c,
			     "%s %s of zone \"%s\" overlaps %s of zone \"%s\" in line %u. An address has one zone: "
			     "narrow or remove one of them",
			     what, later->node->text, s->zones[later->zone_no].id, first->node->text,
			     s->zones[first->zone_no].id, first->node->line);
}

/* In order, what clashes stands side by side: a prefix that contains others comes right before the first of them. */
static int sort_and_check(const struct site *s, struct site_claim *claims, size_t n,
			  int (*order)(const void *, const void *),
			  bool (*clash)(const struct site_claim *, const struct site_claim *), const char *what,
			  const struct yamldoc *doc, struct complaint *c)
{
	if (n > 1)
		qsort(claims, n, sizeof(*claims), order);
	for (size_t i = 1; i < n; i++) {
		if (clash(&claims[i - 1], &claims[i]))
			return complain_of_clash(s, &claims[i - 1], &claims[i], what, doc, c);
	}
	return 0;
}

int site_index_new(struct site_index **out, const struct site *s, struct site_claims *k, const struct yamldoc *doc,
		   struct complaint *c)
{
	int err = sort_and_check(s, k->prefixes, k->n_prefixes, by_prefix, prefixes_clash, "prefix", doc, c);

	if (!err)
		err = sort_and_check(s, k->vlans, k->n_vlans, by_vlan, vlans_clash, "VLAN", doc, c);
	if (!err)
		err = sort_and_check(s, k->macs, k->n_macs, by_mac, macs_clash, "MAC", doc, c);
	if (err)
		return err;

	struct site_index *x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->prefixes = calloc(k->n_prefixes + 1, sizeof(*x->prefixes));
	x->macs = calloc(k->n_macs + 1, sizeof(*x->macs));
	if (!x->prefixes || !x->macs) {
		site_index_free(x);
		return -ENOMEM;
	}
	for (size_t i = 0; i < k->n_prefixes; i++)
		x->prefixes[x->n_prefixes++] = (struct prefix_zone){k->prefixes[i].prefix, k->prefixes[i].zone_no};
	for (size_t i = 0; i < k->n_macs; i++)
		x->macs[x->n_macs++] = (struct mac_zone){k->macs[i].mac, k->macs[i].zone_no};
	for (size_t i = 0; i < VLANS; i++)
		x->vlan_zone[i] = NO_ZONE;
	for (size_t i = 0; i < k->n_vlans; i++)
		x->vlan_zone[k->vlans[i].vlan] = (uint16_t)k->vlans[i].zone_no;
	*out = x;
	return 0;
}

void site_index_free(struct site_index *x)
{
	if (!x)
		return;
	free(x->prefixes);
	free(x->macs);
	free(x);
}

static const struct zone *zone_of_mac(const struct site *s, const struct mac *mac)
{
	const struct site_index *x = s->index;
	size_t low = 0, high = x->n_macs;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = memcmp(mac, &x->macs[mid].mac, sizeof(*mac));
		if (order == 0)
			return &s->zones[x->macs[mid].zone_no];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static const struct zone *zone_of_ip(const struct site *s, const struct ip_addr *ip)
{
	const struct site_index *x = s->index;
	size_t low = 0, high = x->n_prefixes; /* the first prefix that starts after the address is in [low, high] */

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (memcmp(&x->prefixes[mid].prefix.addr, ip, sizeof(*ip)) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0 || !ip_prefix_contains(&x->prefixes[low - 1].prefix, ip))
		return NULL;
	return &s->zones[x->prefixes[low - 1].zone_no];
}

const struct zone *site_zone(const struct site *s, const struct mac *mac, const struct ip_addr *ip,
			     const uint16_t *vlans, size_t n_vlans)
{
	const struct zone *z = NULL;

	if (!s->index)
		return NULL;
	if (mac && s->index->n_macs > 0)
		z = zone_of_mac(s, mac);
	if (!z && ip && s->index->n_prefixes > 0)
		z = zone_of_ip(s, ip);
	/* of stacked tags the inner one is the customer's own */
	for (size_t i = n_vlans; !z && i > 0; i--) {
		if (vlans[i - 1] < VLANS && s->index->vlan_zone[vlans[i - 1]] != NO_ZONE)
			z = &s->zones[s->index->vlan_zone[vlans[i - 1]]];
	}
	return z;
}
