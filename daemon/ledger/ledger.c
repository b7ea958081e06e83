#include "ledger/ledger.h"

#include <string.h>

#include "base/text.h"
#include "base/when.h"
#include "ledger/bridge.h"
#include "ledger/contradict.h"
#include "ledger/devices.h"
#include "ledger/endpoints.h"
#include "ledger/holders.h"
#include "ledger/identity.h"
#include "ledger/ledger_state.h"
#include "ledger/observe.h"
#include "ledger/store.h"
#include "ledger/units.h"
#include "ledger/witness.h"

enum { WRITE_AGAIN_S = 10, USED_S = 60 };

const struct field_def *ledger_field(const struct field_table *t, const char *name)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		if (strcmp(t->fields[i].name, name) == 0)
			return &t->fields[i];
	}
	return NULL;
}

struct note ledger_note_now(struct ledger *l, uint16_t source, uint8_t confidence)
{
	const struct origin *at = &l->cause->at;
	struct note n = {.source = source, .confidence = confidence, .now_ns = at->ts_ns};

	if (at->capture)
		n.at = (struct seen_at){capture_names_no(&l->captures, at->capture), (uint32_t)at->frame};
	return n;
}

bool ledger_note(struct ledger *l, struct asset *a, enum attr attr, struct span text, const struct note *n)
{
	enum noted noted = asset_note_seen(a, attr, text, n);

	if (noted == NOTED_KNOWN && !a->stale)
		return false;
	ledger_mark(l, a, noted == NOTED_CHANGED ? MARK_PRESSING : MARK_NEWS);
	if (noted != NOTED_CHANGED)
		return noted != NOTED_KNOWN;
	char clean[ASSET_TEXT_MAX];
	text_printable(text, clean, sizeof(clean), 0);
	const struct attribute *t = asset_attr(a, attr, clean);
	if (t)
		changes_note(l, a,
			     &(struct change){attr_name(attr), t->text, t->has_prev ? attribute_prev(t) : "", *n});
	return true;
}

static void use(struct ledger *l, struct asset *a, struct held_ip *h, const struct mac *mac, const struct event *ev)
{
	int64_t now_ns = ev->at.ts_ns;

	a->events += ev->count;
	a->seen = true;
	if (now_ns > a->last_ns)
		a->last_ns = now_ns;
	if (h && now_ns > h->last_ns) {
		h->last_ns = now_ns;
		h->seen = true;
	}
	struct held_mac *m = asset_mac(a, mac);
	if (m && now_ns > m->last_ns) {
		m->last_ns = now_ns;
		m->seen = true;
	}
	if (a->last_ns / NS_PER_S - a->written_s >= WRITE_AGAIN_S)
		ledger_mark(l, a, MARK_SEEN);
	if (now_ns / NS_PER_S - a->used_s >= USED_S) {
		a->used_s = (uint32_t)(now_ns / NS_PER_S);
		table_touch(&l->assets, a);
	}
}

/* Did this end send, so that the addresses beside it are its own or its router's? What is of no flow is told of a
 * frame. */
static bool has_sent(const struct event *ev, bool dest)
{
	if (ev->at.ip_proto == 0 || ev->table == &asset_table || (ev->table == &anomaly_table && ev->at.flow_id == 0))
		return !dest;
	if (ev->table == &flow_table_fields) {
		const struct event_value *v = event_get(ev, &flow_field[dest ? FLOW_PKTS_TC : FLOW_PKTS_TS]);
		return v ? v->u > 0 : !ev->at.one_sided;
	}
	return !ev->at.one_sided;
}

struct end {
	struct asset *asset;
	struct held_ip *held;
	const struct peer *peer;
	struct mac mac; /* as a sighting has them */
	struct ip_addr ip;
};

static void look_up(struct ledger *l, struct end *e)
{
	e->asset = holders_find(l, &e->mac, &e->ip, &e->held);
}

static void resolve(struct ledger *l, const struct event *ev, struct end ends[2])
{
	for (int i = 0; i < 2; i++) {
		struct end *e = &ends[i];
		sighting_addresses(ev, i == 1, &e->mac, &e->ip);
		look_up(l, e);
		if (e->asset || !has_sent(ev, i == 1))
			continue;
		const struct sighting seen = sighting_of(l, ev, i == 1);
		if (identity_see(l, &seen)) {
			look_up(l, e);
			if (i == 1)
				look_up(l, &ends[0]); /* making one may have changed the other */
		}
	}
	for (int i = 0; i < 2; i++) {
		struct end *e = &ends[i];
		e->peer = e->asset || ip_is_none(&e->ip) ? NULL : endpoints_peer(l, &e->ip);
	}
}

static struct link_end link_end_of(struct end *e)
{
	struct link_end k = {.asset = e->asset, .scope = IP_SCOPE_UNSPECIFIED};

	if (e->held) {
		k.zone = e->held->zone;
		k.scope = (enum ip_scope)e->held->scope;
	} else if (e->peer) {
		k.zone = e->peer->zone;
		k.scope = e->peer->scope;
	}
	if (e->asset && (e->asset->zone_is_pinned || !k.zone))
		k.zone = e->asset->zone;
	if (!ip_is_none(&e->ip))
		k.ip = &e->ip;
	return k;
}

static const struct zone *place_without_ip(const struct ledger *l, const struct end *e, const struct event *ev)
{
	return site_zone(l->site, &e->mac, NULL, ev->at.vlans, ev->at.n_vlans);
}

static void fill_end(struct ledger *l, struct endpoint *out, struct end *e, const struct event *ev)
{
	if (!e->asset) {
		endpoints_fill_peer(l, out, e->peer);
		return;
	}
	use(l, e->asset, e->held, &e->mac, ev);
	endpoints_fill_asset(l, out, e->asset, e->held ? e->held->zone : place_without_ip(l, e, ev),
			     e->held ? (enum ip_scope)e->held->scope : IP_SCOPE_UNSPECIFIED);
	endpoints_fill_window(l, out, e->asset->row, ev->at.ts_ns);
}

static void join_declared(struct ledger *l)
{
	for (unsigned i = 0; i < l->n_declared; i++) {
		struct asset *a = holders_by_no(l, l->declared[i]);
		if (a)
			identity_join_declared(l, a);
	}
	l->n_declared = 0;
}

void ledger_without_event(struct ledger *l)
{
	l->nothing = (struct event){.at = {.ts_ns = l->last_ns}};
	l->cause = &l->nothing;
	l->no_before = l->last_no;
}

uint64_t ledger_last_no(const struct ledger *l)
{
	return l->last_no;
}

void ledger_number_behind(struct ledger *l, uint64_t no)
{
	if (no <= l->last_no)
		return;
	l->skipped_no += no - l->last_no;
	l->last_no = l->written_no = no;
}

void ledger_take(void *ledger, struct event *ev)
{
	struct ledger *l = ledger;
	struct end ends[2] = {{0}};
	bool sent[2];

	l->no_before = l->last_no;
	l->n_arrived = 0;
	l->cause = ev;
	if (ev->at.ts_ns > l->last_ns)
		l->last_ns = ev->at.ts_ns;
	if (ev->table == &asset_table)
		observe_host(l, ev);
	else if (observe_is_discovery(l, ev->table))
		observe_discovery(l, ev);
	else
		witness_take(l, ev);
	join_declared(l);
	resolve(l, ev, ends);
	if (units_is_modbus(l, ev->table) && ends[1].asset) {
		struct asset *unit = units_take(l, ev, ends[1].asset);
		if (unit) {
			use(l, ends[1].asset, ends[1].held, &ends[1].mac, ev);
			ends[1].asset = unit;
		}
	}
	devices_tell_arrivals(l);
	for (int i = 0; i < 2; i++)
		sent[i] = ends[i].asset && has_sent(ev, i == 1);
	contradict_take(l, ev, sent[0] ? ends[0].asset : NULL, sent[1] ? ends[1].asset : NULL);
	contradict_sweep(l, ev->at.ts_ns);
	fill_end(l, &l->ends[0], &ends[0], ev);
	fill_end(l, &l->ends[1], &ends[1], ev);
	ev->src = &l->ends[0];
	ev->dest = &l->ends[1];
	ev->conduit = (struct conduit){CONDUIT_NONE};
	ev->baseline = (struct baseline){BASELINE_NONE};
	if (ev->table != &asset_table && ev->at.ip_proto != 0) {
		struct link_end src = link_end_of(&ends[0]), dest = link_end_of(&ends[1]);
		struct link *k = link_take(l, ev, &src, &dest);
		ev->conduit = link_judge(l, k, ev, &src, &dest);
		policy_check_nodes(l->site, ev);
		ev->baseline = baseline_take(l, k, ev, ends[0].asset, ends[1].asset);
		/* a session is told by its own records */
		if (k && k->key.proto != VOCAB_OTHER && ev->at.app_by != APP_BY_PORT && !origin_of_session(&ev->at))
			observe_protocol(l, ends[0].asset, ends[1].asset, k->key.proto, has_sent(ev, true));
		if (k)
			observe_function(l, ends[0].asset, ends[1].asset, ev);
	} else if (ev->table != &asset_table) {
		ev->baseline = baseline_take(l, NULL, ev, ends[0].asset, ends[1].asset);
	}
	bridge_watch(l, ends[0].asset, ends[0].held, ev->at.ts_ns);
	bridge_watch(l, ends[1].asset, ends[1].held, ev->at.ts_ns);
	l->next.take(l->next.ctx, ev);
}

/* The network card by which @a takes part in @cause, else its first one; NULL where it has none. */
static const struct held_mac *card_of(const struct asset *a, const struct event *cause)
{
	const struct held_mac *m = a->n_macs > 1 ? asset_mac(a, &cause->at.src_mac) : NULL;

	if (!m && a->n_macs > 1)
		m = asset_mac(a, &cause->at.dest_mac);
	return m ? m : a->n_macs > 0 ? &a->macs[0] : NULL;
}

/* Its address beside that card, NULL where it is another's. */
static const struct held_ip *address_of(const struct asset *a, const struct held_mac *card, const struct event *cause)
{
	if (!card || a->n_ips < 2)
		return NULL;
	if (mac_eq(&card->mac, &cause->at.src_mac))
		return asset_ip(a, &cause->at.src_ip);
	return mac_eq(&card->mac, &cause->at.dest_mac) ? asset_ip(a, &cause->at.dest_ip) : NULL;
}

/* @h: the address at which it stands, NULL: its main one. */
static void make_record(struct ledger *l, struct asset *a, const struct held_ip *h, struct event *ev,
			enum asset_change change)
{
	const struct event *cause = l->cause;
	const struct asset *gateway = units_gateway(l, a);
	const struct held_mac *card = card_of(a, cause);
	const struct mac *mac = card ? &card->mac : NULL;
	struct event_value *values = ev->values;

	*ev = (struct event){
	    .table = &asset_table, .at = cause->at, .count = 1, .first_ns = cause->at.ts_ns, .values = values};

	if (!h && !gateway && !a->router)
		h = address_of(a, card, cause);
	if (!h)
		h = asset_main_ip(gateway ? gateway : a);
	/* the record stands at the device's own end of what showed it */
	bool is_src = (mac && mac_eq(mac, &cause->at.src_mac)) || (h && ip_eq(&h->ip, &cause->at.src_ip));
	if (!is_src) {
		ev->at.src_mac = mac ? *mac : (struct mac){{0}};
		ev->at.src_ip = h ? h->ip : (struct ip_addr){{0}};
		ev->at.dest_mac = (struct mac){{0}};
		ev->at.dest_ip = (struct ip_addr){{0}};
		ev->at.src_port = ev->at.dest_port = 0;
	} else if (h && ip_is_none(&ev->at.src_ip)) {
		ev->at.src_ip = h->ip; /* what shows it has no addresses of its own, as ARP */
	}
	endpoints_fill_asset(l, &l->announced, a,
			     h ? h->zone : site_zone(l->site, mac, NULL, cause->at.vlans, cause->at.n_vlans),
			     h ? (enum ip_scope)h->scope : IP_SCOPE_UNSPECIFIED);
	ev_uint(ev, &asset_field[ASSET_CHANGE], change);
	if (mac)
		ev_mac(ev, &asset_field[ASSET_MAC], mac);
	if (h)
		ev_span(ev, &asset_field[ASSET_IP], span_of(h->ip.b, sizeof(h->ip.b)));
	if (a->vendor[0])
		ev_text(ev, &asset_field[ASSET_VENDOR], a->vendor);
	ev_text(ev, &asset_field[ASSET_NAME], a->name);
	ev_text(ev, &asset_field[ASSET_ID], l->announced.asset_id);
	ev->src = &l->announced;
	ev->dest = &l->nobody;
}

void ledger_asset_event(struct ledger *l, struct asset *a, struct event *ev, enum asset_change change)
{
	make_record(l, a, NULL, ev, change);
}

void ledger_asset_event_at(struct ledger *l, struct asset *a, const struct held_ip *h, struct event *ev,
			   enum asset_change change)
{
	make_record(l, a, h, ev, change);
}

/* Phones make their address up, and ask for what their system needs: an unknown device is told by that. */
static void put_traces(struct ledger *l, const struct asset *a, struct event *ev, char *fingerprint, size_t size)
{
	const struct field_def *parameters = l->discovery.parameters;
	size_t len = 0;

	if (a->n_macs > 0 && mac_is_local(&a->macs[0].mac))
		ev_uint(ev, &asset_field[ASSET_RANDOM_MAC], 1);
	if (!parameters || l->cause->table != l->discovery.table)
		return;
	for (unsigned i = 0; i < l->cause->n_values; i++) {
		const struct event_value *v = &l->cause->values[i];
		if (v->field == parameters && len + 8 < size)
			len += (size_t)snprintf(fingerprint + len, size - len, "%s%llu", len ? "," : "",
						(unsigned long long)v->u);
	}
	if (len > 0)
		ev_text(ev, &asset_field[ASSET_FINGERPRINT], fingerprint);
}

static void announce(struct ledger *l, struct asset *a, const struct held_ip *h, enum asset_change change)
{
	struct event_value values[8];
	struct event ev = {.values = values};
	char fingerprint[256];

	make_record(l, a, h, &ev, change);
	put_traces(l, a, &ev, fingerprint, sizeof(fingerprint));
	l->next.take(l->next.ctx, &ev);
}

void ledger_announce(struct ledger *l, struct asset *a)
{
	/* where it stands is told with it */
	while (l->n_arrived > 0 && l->arrived[l->n_arrived - 1].no == a->no)
		l->n_arrived--;
	announce(l, a, NULL, ASSET_NEW);
}

void ledger_announce_arrival(struct ledger *l, struct asset *a, const struct held_ip *h)
{
	announce(l, a, h, ASSET_ENTERED);
}

static const struct asset *in_memory(const struct ledger *l, uint64_t no)
{
	return no ? table_find(&l->assets, &no, hash_u64(hash_seed, no)) : NULL;
}

/* The ends that are being told count as raised at once, so that the alert which is the reason says so. */
static void raise_ends(struct ledger *l, const struct register_row *row)
{
	struct endpoint *const ends[] = {&l->ends[0], &l->ends[1], &l->announced};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const struct asset *a = ends[i]->known ? in_memory(l, ends[i]->asset_no) : NULL;
		if (!a || a->row != row)
			continue;
		endpoints_fill_usage(l, ends[i], row);
		ends[i]->said = hash_u64(ends[i]->said, l->papers_age);
	}
}

void ledger_raise_usage(struct ledger *l, uint64_t asset_no, const char *usage, int64_t at_ns)
{
	const struct asset *a = in_memory(l, asset_no);
	struct register_row *row = NULL;

	if (!a || !a->row || !impact_usage(usage))
		return;
	for (size_t i = 0; i < l->reg.n_rows && !row; i++)
		row = &l->reg.rows[i] == a->row ? &l->reg.rows[i] : NULL;
	if (!row || impact_usage_rank(register_usage(row)) >= impact_usage_rank(usage))
		return;
	row->raised = impact_usage(usage);
	l->papers_age++;
	raise_ends(l, row);
	char *sql = sqlite3_mprintf("INSERT OR REPLACE INTO usage_raise(uid, at_ns, usage) VALUES(%lld, %lld, %Q)",
				    (long long)row->uid, (long long)at_ns, row->raised);
	if (!sql || !ledger_db_begin(l) || store_exec(l->db, sql) != SQLITE_OK)
		l->count.write_errors++;
	sqlite3_free(sql);
}
