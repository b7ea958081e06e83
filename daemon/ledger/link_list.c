#include "ledger/link_list.h"

#include <errno.h>
#include <stdlib.h>

#include "ledger/ledger_state.h"

enum { LINK_LISTS = 1 << 16, NONE = 0 };

struct link_list {
	uint32_t oldest, newest;
};

int link_lists_init(struct ledger *l)
{
	l->link_lists = calloc(LINK_LISTS, sizeof(*l->link_lists));
	return l->link_lists ? 0 : -ENOMEM;
}

void link_lists_deinit(struct ledger *l)
{
	free(l->link_lists);
	l->link_lists = NULL;
}

uint64_t link_lists_bytes(void)
{
	return LINK_LISTS * sizeof(struct link_list);
}

static struct link_list *list_of(const struct ledger *l, uint64_t no)
{
	return &l->link_lists[hash_u64(hash_seed, no) % LINK_LISTS];
}

/* An end of a conversation has a name: the number of its table's entry, and which end. */
static uint32_t name_of(const struct ledger *l, const struct link *k, unsigned end)
{
	return (table_number(&l->links, k) << 1 | end) + 1;
}

static struct link *named(const struct ledger *l, uint32_t name)
{
	return table_at(&l->links, (name - 1) >> 1);
}

static struct link_place *place(const struct ledger *l, uint32_t name)
{
	return &named(l, name)->of[(name - 1) & 1];
}

static uint64_t end_no(const struct link *k, unsigned end)
{
	return link_asset_no(end ? k->key.dest : k->key.src);
}

void link_list_add(struct ledger *l, struct link *k)
{
	for (unsigned end = 0; end < 2; end++) {
		if (end_no(k, end) == 0)
			continue;
		struct link_list *list = list_of(l, end_no(k, end));
		uint32_t name = name_of(l, k, end);
		k->of[end] = (struct link_place){.older = list->newest, .newer = NONE};
		*(list->newest != NONE ? &place(l, list->newest)->newer : &list->oldest) = name;
		list->newest = name;
	}
}

void link_list_drop(struct ledger *l, struct link *k)
{
	for (unsigned end = 0; end < 2; end++) {
		if (end_no(k, end) == 0)
			continue;
		struct link_list *list = list_of(l, end_no(k, end));
		struct link_place at = k->of[end];
		*(at.older != NONE ? &place(l, at.older)->newer : &list->oldest) = at.newer;
		*(at.newer != NONE ? &place(l, at.newer)->older : &list->newest) = at.older;
	}
}

void link_list_fetch(const struct ledger *l, uint64_t no, bool newest)
{
	const struct link_list *list = list_of(l, no);

	__builtin_prefetch(newest && list->newest != NONE ? (const void *)place(l, list->newest) : list);
}

void link_list_touch(struct ledger *l, struct link *k)
{
	link_list_drop(l, k);
	link_list_add(l, k);
}

struct link *link_list_next(const struct ledger *l, uint64_t no, struct link_walk *w)
{
	if (!w->begun)
		w->next = list_of(l, no)->oldest;
	w->begun = true;
	if (w->next == NONE)
		return NULL;
	struct link *k = named(l, w->next);
	/* its other end goes with it where it is removed */
	do
		w->next = place(l, w->next)->newer;
	while (w->next != NONE && named(l, w->next) == k);
	return k;
}
