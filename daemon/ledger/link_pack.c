#include "ledger/link_pack.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_state.h"

static_assert(sizeof(struct link) == 80, "there are many of them");

/* What does not fit into the conversation itself, by the number of its entry. */
struct link_more {
	uint32_t link; /* table_number() of the conversation */
	struct ip_addr ip[2];
	struct link_totals total; /* its own counts are to be added; functions: all of them */
};

static uint64_t hash_of(uint32_t number)
{
	return hash_u64(hash_seed, number);
}

static uint64_t hash_of_more(const struct table *t, const void *key)
{
	(void)t;
	return hash_of(((const struct link_more *)key)->link);
}

static struct link_more *more_of(const struct ledger *l, const struct link *k)
{
	uint32_t number = table_number(&l->links, k);

	return k->more ? table_find(&l->link_more, &number, hash_of(number)) : NULL;
}

/* @return NULL where memory is short. */
static struct link_more *make_more(struct ledger *l, struct link *k)
{
	uint32_t number = table_number(&l->links, k);
	struct link_more *m = k->more ? more_of(l, k) : table_insert(&l->link_more, &number, hash_of(number));

	k->more = m != NULL;
	return m;
}

void link_forget_more(struct ledger *l, struct link *k)
{
	struct link_more *m = more_of(l, k);

	if (m)
		table_remove(&l->link_more, m);
	k->more = k->wide = false;
	k->v4[0] = k->v4[1] = 0;
}

/* ---- addresses: the four bytes of an IPv4 address stand in the conversation, 0 for none; where either end needs more,
 * both stand beside it */

/* @return false where four bytes cannot say it; 0.0.0.0 is not none */
static bool narrow(const struct ip_addr *ip, uint32_t *v4)
{
	memcpy(v4, &ip->b[12], sizeof(*v4));
	return (ip_is_v4(ip) && *v4 != 0) || ip_is_none(ip);
}

static struct ip_addr widen(uint32_t v4)
{
	uint8_t b[4];

	memcpy(b, &v4, sizeof(b));
	return v4 ? ip_from_v4(b) : (struct ip_addr){{0}};
}

struct ip_addr link_ip(const struct ledger *l, const struct link *k, unsigned end)
{
	const struct link_more *m = k->wide ? more_of(l, k) : NULL;

	return m ? m->ip[end] : widen(k->v4[end]);
}

/* Where memory is short its addresses stay what they were. */
static struct link_more *begin_wide(struct ledger *l, struct link *k)
{
	struct link_more *m = make_more(l, k);

	for (unsigned i = 0; m && i < 2; i++)
		m->ip[i] = widen(k->v4[i]);
	k->wide = m != NULL;
	return m;
}

void link_set_ip(struct ledger *l, struct link *k, unsigned end, const struct ip_addr *ip)
{
	uint32_t v4[2];

	if (!k->wide && narrow(ip, &v4[0])) {
		k->v4[end] = v4[0];
		return;
	}
	struct link_more *m = k->wide ? more_of(l, k) : begin_wide(l, k);
	if (!m)
		return;
	m->ip[end] = *ip;
	if (!narrow(&m->ip[0], &v4[0]) || !narrow(&m->ip[1], &v4[1]))
		return;
	k->wide = false;
	memcpy(k->v4, v4, sizeof(v4));
}

/* ---- totals */

enum { OWN_FUNCTIONS = 16 };
#define OWN_PACKETS_MAX ((UINT64_C(1) << 28) - 1)
#define OWN_BYTES_MAX   ((UINT64_C(1) << 36) - 1)
#define OWN_EVENTS_MAX  ((UINT64_C(1) << 24) - 1)

static uint64_t sum(uint64_t a, uint64_t b)
{
	return b < (uint64_t)INT64_MAX - a ? a + b : (uint64_t)INT64_MAX; /* the most that the database can say */
}

struct link_totals link_total(const struct ledger *l, const struct link *k)
{
	const struct link_more *m = more_of(l, k);
	struct link_totals t = m ? m->total : (struct link_totals){0};

	t.packets = sum(t.packets, k->packets);
	t.bytes = sum(t.bytes, k->bytes);
	t.events = sum(t.events, k->events);
	t.functions |= k->functions;
	return t;
}

uint64_t link_functions(const struct ledger *l, const struct link *k)
{
	const struct link_more *m = more_of(l, k);

	return k->functions | (m ? m->total.functions : 0);
}

static bool fits(const struct link *k, const struct link_totals *more)
{
	return more->packets <= OWN_PACKETS_MAX - k->packets && more->bytes <= OWN_BYTES_MAX - k->bytes &&
	       more->events <= OWN_EVENTS_MAX - k->events && more->functions >> OWN_FUNCTIONS == 0;
}

static uint64_t at_most(uint64_t most, uint64_t n)
{
	return n < most ? n : most;
}

void link_count(struct ledger *l, struct link *k, const struct link_totals *more)
{
	struct link_more *m = fits(k, more) ? NULL : make_more(l, k);

	if (m) {
		m->total.packets = sum(m->total.packets, sum(k->packets, more->packets));
		m->total.bytes = sum(m->total.bytes, sum(k->bytes, more->bytes));
		m->total.events = sum(m->total.events, sum(k->events, more->events));
		m->total.functions |= more->functions;
		k->packets = 0;
		k->bytes = 0;
		k->events = 0;
		return;
	}
	/* where memory is short it stays at the most that it can say itself */
	k->packets = (k->packets + at_most(OWN_PACKETS_MAX - k->packets, more->packets)) & OWN_PACKETS_MAX;
	k->bytes = (k->bytes + at_most(OWN_BYTES_MAX - k->bytes, more->bytes)) & OWN_BYTES_MAX;
	k->events = (k->events + at_most(OWN_EVENTS_MAX - k->events, more->events)) & OWN_EVENTS_MAX;
	k->functions = (k->functions | more->functions) & ((1u << OWN_FUNCTIONS) - 1);
}

/* ---- */

int link_pack_init(struct ledger *l)
{
	int err = table_init(&l->link_more, l->links.cap, sizeof(uint32_t), sizeof(struct link_more), hash_of_more,
			     NULL, NULL);

	return err ? err : marks_init(&l->link_marks, l->links.cap);
}

void link_pack_deinit(struct ledger *l)
{
	table_deinit(&l->link_more);
	marks_deinit(&l->link_marks);
}

uint64_t link_pack_ceiling_bytes(uint32_t links)
{
	return table_ceiling_bytes(links, sizeof(struct link_more)) + marks_bytes(links);
}

void link_unmark(struct ledger *l, struct link *k)
{
	marks_change(&l->link_marks, table_number(&l->links, k), (enum mark)k->mark, MARK_NONE);
	k->mark = MARK_NONE;
}

void link_mark(struct ledger *l, struct link *k, enum mark mark)
{
	if (k->mark >= mark)
		return;
	marks_change(&l->link_marks, table_number(&l->links, k), (enum mark)k->mark, mark);
	k->mark = mark & 3;
}
