#include "ledger/site.h"

#include <string.h>

#include "base/fnv.h"

/* In bytes of one order: a database may move to another machine. */
static uint64_t add_number(uint64_t h, int64_t v)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)((uint64_t)v >> 8 * i);
	return fnv(h, bytes, sizeof(bytes));
}

/* With its end, so that no two lists of texts look alike; NULL is no empty text. */
static uint64_t add_text(uint64_t h, const char *text)
{
	return text ? fnv(h, text, strlen(text) + 1) : add_number(h, -1);
}

static uint64_t add_prefixes(uint64_t h, const struct ip_prefix *p, size_t n)
{
	h = add_number(h, (int64_t)n);
	for (size_t i = 0; i < n; i++)
		h = add_number(fnv(h, p[i].addr.b, sizeof(p[i].addr.b)), p[i].bits);
	return h;
}

static uint64_t add_zone(uint64_t h, const struct zone *z)
{
	h = add_text(h, z->id);
	h = add_prefixes(h, z->prefixes, z->n_prefixes);
	h = add_number(h, (int64_t)z->n_vlans);
	for (size_t i = 0; i < z->n_vlans; i++)
		h = add_number(h, z->vlans[i]);
	h = add_number(h, (int64_t)z->n_macs);
	for (size_t i = 0; i < z->n_macs; i++)
		h = fnv(h, &z->macs[i], sizeof(z->macs[i]));
	for (char **asset = z->assets; asset && *asset; asset++)
		h = add_text(h, *asset);
	return h;
}

static uint64_t add_window(uint64_t h, const struct time_window *w)
{
	h = add_number(add_number(add_number(h, w->days), w->from_min), w->to_min);
	return add_number(add_number(h, w->from_ns), w->to_ns);
}

static uint64_t add_conduit(uint64_t h, const struct conduit_line *c)
{
	h = add_text(add_text(add_text(h, c->from), c->to), c->protocol);
	h = add_number(add_number(h, c->classes), c->both);
	h = add_prefixes(h, c->sources, c->n_sources);
	h = add_prefixes(h, c->dests, c->n_dests);
	h = add_number(h, (int64_t)c->n_nodes);
	for (size_t i = 0; i < c->n_nodes; i++)
		h = add_text(h, c->nodes[i]);
	h = add_number(h, (int64_t)c->n_times);
	for (size_t i = 0; i < c->n_times; i++)
		h = add_window(h, &c->times[i]);
	return add_number(add_number(h, c->expires_ns), c->longest_ns);
}

uint64_t site_fingerprint(const struct site *s)
{
	uint64_t h = FNV_BASIS;

	h = add_number(h, s->offset_s);
	for (size_t i = 0; i < s->n_zones; i++)
		h = add_zone(h, &s->zones[i]);
	h = add_number(h, (int64_t)s->n_zones);
	for (size_t i = 0; i < s->n_conduits; i++)
		h = add_conduit(h, &s->conduits[i]);
	return h >> 1 | 1; /* SQLite's numbers have a sign */
}
