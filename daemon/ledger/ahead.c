#include "ledger/ahead.h"

#include "ledger/holders.h"
#include "ledger/ledger_state.h"
#include "ledger/link_list.h"

enum { LINE = 64 };

static void fetch(const void *at, size_t bytes)
{
	for (size_t i = 0; at && i < bytes; i += LINE)
		__builtin_prefetch((const uint8_t *)at + i);
}

static const struct mac *mac_of(const struct event *ev, unsigned end)
{
	return end ? &ev->at.dest_mac : &ev->at.src_mac;
}

static uint64_t flow_hash(const struct ledger_ahead *a)
{
	return hash_u64(hash_seed, a->flow_id);
}

static void fetch_slots(const struct ledger *l, struct ledger_ahead *a)
{
	for (unsigned end = 0; end < 2 && a->ev->at.has_ether; end++)
		whose_prefetch(&l->by_mac, holders_mac_hash(mac_of(a->ev, end)));
	if (!a->flow_id)
		a->flow_id = a->ev->at.flow_id;
	if (a->flow_id)
		table_prefetch(&l->flows, flow_hash(a));
}

static void fetch_entries(const struct ledger *l, struct ledger_ahead *a)
{
	for (unsigned end = 0; end < 2 && a->ev->at.has_ether; end++) {
		a->asset[end] = holders_guess(l, mac_of(a->ev, end));
		fetch(a->asset[end], sizeof(struct asset));
	}
	if (a->flow_id) {
		a->flow = table_guess(&l->flows, flow_hash(a));
		fetch(a->flow, sizeof(struct flow_entry));
	}
}

static void fetch_link(const struct ledger *l, struct ledger_ahead *a)
{
	const struct asset *const *asset = (const struct asset *const *)a->asset;
	const struct flow_entry *flow = a->flow;

	for (unsigned end = 0; end < 2; end++) {
		if (asset[end])
			fetch(asset[end]->macs, sizeof(struct held_mac) + sizeof(struct held_ip));
	}
	if (flow && flow->link_id) {
		fetch(table_at(&l->links, flow->link), sizeof(struct link));
	} else if (asset[0] && asset[1] && a->ev->at.ip_proto) {
		a->link_hash = link_hash_between(l, a->ev, asset[0]->no, asset[1]->no);
		table_prefetch(&l->links, a->link_hash);
		link_list_fetch(l, asset[0]->no, false);
		link_list_fetch(l, asset[1]->no, false);
	}
}

static void fetch_rest(const struct ledger *l, struct ledger_ahead *a)
{
	const struct asset *const *asset = (const struct asset *const *)a->asset;

	if (!a->link_hash)
		return;
	const void *link = table_guess(&l->links, a->link_hash);
	fetch(link, sizeof(struct link));
	/* a new one is put behind those of its assets */
	for (unsigned end = 0; end < 2 && !link; end++)
		link_list_fetch(l, asset[end]->no, true);
}

void ledger_look_ahead(const struct ledger *l, struct ledger_ahead *a)
{
	switch (a->step++) {
	case 0:
		fetch(a->ev, sizeof(*a->ev));
		break;
	case 1:
		fetch_slots(l, a);
		break;
	case 2:
		fetch_entries(l, a);
		break;
	case 3:
		fetch_link(l, a);
		break;
	case 4:
		fetch_rest(l, a);
		break;
	default:
		break;
	}
}
