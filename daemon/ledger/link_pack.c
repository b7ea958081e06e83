#include "ledger/link_pack.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "ledger/ledger_state.h"

static_assert(sizeof(struct link) == 112, "two cache lines with what the table puts before it");

/* ---- addresses: the four bytes of an IPv4 address stand in the conversation itself, 0 for none; where either end
 * needs more, both stand in a row beside the table, by the number of its entry */

struct wide_ips {
	uint32_t link; /* table_number() of the conversation */
	struct ip_addr ip[2];
};

static uint64_t hash_of(uint32_t number)
{
	return hash_u64(hash_seed, number);
}

static struct wide_ips *wide_of(const struct ledger *l, const struct link *k)
{
	uint32_t number = table_number(k);

	return table_find(&l->wide_ips, &number, hash_of(number));
}

/* @return false where four bytes cannot say it; 0.0.0.0 is not none */
static bool narrow(const struct ip_addr *ip, uint32_t *v4)
{
	memcpy(v4, &ip->b[12], sizeof(*v4));
	return ip_is_none(ip) || (ip_is_v4(ip) && *v4 != 0);
}

static struct ip_addr widen(uint32_t v4)
{
	uint8_t b[4];

	memcpy(b, &v4, sizeof(b));
	return v4 ? ip_from_v4(b) : (struct ip_addr){{0}};
}

struct ip_addr link_ip(const struct ledger *l, const struct link *k, unsigned end)
{
	const struct wide_ips *w = k->wide ? wide_of(l, k) : NULL;

	return w ? w->ip[end] : k->wide ? (struct ip_addr){{0}} : widen(k->v4[end]);
}

void link_forget_ips(struct ledger *l, struct link *k)
{
	struct wide_ips *w = k->wide ? wide_of(l, k) : NULL;

	if (w)
		table_remove(&l->wide_ips, w);
	k->wide = false;
	k->v4[0] = k->v4[1] = 0;
}

/* Where memory is short it has no addresses. */
static struct wide_ips *begin_wide(struct ledger *l, struct link *k)
{
	uint32_t number = table_number(k);
	struct wide_ips *w = table_insert(&l->wide_ips, &number, hash_of(number));

	for (unsigned i = 0; w && i < 2; i++)
		w->ip[i] = widen(k->v4[i]);
	k->wide = true;
	return w;
}

void link_set_ip(struct ledger *l, struct link *k, unsigned end, const struct ip_addr *ip)
{
	uint32_t v4, other;

	if (!k->wide && narrow(ip, &v4)) {
		k->v4[end] = v4;
		return;
	}
	struct wide_ips *w = k->wide ? wide_of(l, k) : begin_wide(l, k);
	if (!w)
		return;
	w->ip[end] = *ip;
	if (narrow(ip, &v4) && narrow(&w->ip[!end], &other)) {
		link_forget_ips(l, k);
		k->v4[end] = v4;
		k->v4[!end] = other;
	}
}

/* ---- */

int link_pack_init(struct ledger *l)
{
	int err = table_init(&l->wide_ips, l->links.cap, sizeof(uint32_t), sizeof(struct wide_ips), NULL, NULL);

	return err ? err : marks_init(&l->link_marks, l->links.cap);
}

void link_pack_deinit(struct ledger *l)
{
	table_deinit(&l->wide_ips);
	marks_deinit(&l->link_marks);
}

uint64_t link_pack_ceiling_bytes(uint32_t links)
{
	return table_ceiling_bytes(links, sizeof(struct wide_ips)) + marks_bytes(links);
}

void link_unmark(struct ledger *l, struct link *k)
{
	marks_change(&l->link_marks, table_number(k), (enum mark)k->mark, MARK_NONE);
	k->mark = MARK_NONE;
}

void link_mark(struct ledger *l, struct link *k, enum mark mark)
{
	if (k->mark >= mark)
		return;
	marks_change(&l->link_marks, table_number(k), (enum mark)k->mark, mark);
	k->mark = mark & 3;
}
