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

static uint64_t flow_hash(const struct event *ev)
{
	return hash_u64(hash_seed, ev->at.flow_id);
}

static void fetch_slots(const struct ledger *l, const struct event *ev)
{
	for (unsigned end = 0; end < 2 && ev->at.has_ether; end++)
		table_prefetch(&l->macs, holders_mac_hash(mac_of(ev, end)));
	if (ev->at.flow_id)
		table_prefetch(&l->flows, flow_hash(ev));
}

static void fetch_entries(const struct ledger *l, struct ledger_ahead *a)
{
	for (unsigned end = 0; end < 2 && a->ev->at.has_ether; end++) {
		a->mac[end] = table_guess(&l->macs, holders_mac_hash(mac_of(a->ev, end)));
		fetch(a->mac[end], sizeof(struct mac_entry));
	}
	if (a->ev->at.flow_id) {
		a->flow = table_guess(&l->flows, flow_hash(a->ev));
		fetch(a->flow, sizeof(struct flow_entry));
	}
}

static void fetch_assets(const struct ledger *l, struct ledger_ahead *a)
{
	const struct mac_entry *const *mac = (const struct mac_entry *const *)a->mac;
	const struct flow_entry *flow = a->flow;

	for (unsigned end = 0; end < 2; end++) {
		if (mac[end])
			fetch(mac[end]->asset, sizeof(struct asset));
	}
	if (flow && flow->link_id) {
		fetch(table_at(&l->links, flow->link), sizeof(struct link));
	} else if (mac[0] && mac[1] && a->ev->at.ip_proto) {
		a->link_hash = link_hash_between(l, a->ev, mac[0]->asset_no, mac[1]->asset_no);
		table_prefetch(&l->links, a->link_hash);
		link_list_fetch(l, mac[0]->asset_no, false);
		link_list_fetch(l, mac[1]->asset_no, false);
	}
}

static void fetch_lists(const struct ledger *l, struct ledger_ahead *a)
{
	const struct mac_entry *const *mac = (const struct mac_entry *const *)a->mac;

	for (unsigned end = 0; end < 2; end++) {
		const struct asset *asset = mac[end] ? mac[end]->asset : NULL;
		if (!asset)
			continue;
		fetch(asset->ips, sizeof(struct held_ip));
		fetch(asset->macs, sizeof(struct held_mac));
	}
	if (!a->link_hash)
		return;
	const void *link = table_guess(&l->links, a->link_hash);
	fetch(link, sizeof(struct link));
	/* a new one is put behind those of its assets */
	for (unsigned end = 0; end < 2 && !link; end++)
		link_list_fetch(l, mac[end]->asset_no, true);
}

void ledger_look_ahead(const struct ledger *l, struct ledger_ahead *a)
{
	switch (a->step++) {
	case 0:
		fetch(a->ev, sizeof(*a->ev));
		break;
	case 1:
		fetch_slots(l, a->ev);
		break;
	case 2:
		fetch_entries(l, a);
		break;
	case 3:
		fetch_assets(l, a);
		break;
	case 4:
		fetch_lists(l, a);
		break;
	default:
		break;
	}
}
