#include "ledger/born.h"
#include "ledger/bridge.h"
#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/sqlite_care.h"
#include "base/text.h"
#include "base/when.h"
#include "ledger/amend.h"
#include "ledger/contradict.h"
#include "ledger/endpoints.h"
#include "ledger/holders.h"
#include "ledger/identity.h"
#include "ledger/ledger_state.h"
#include "ledger/link_list.h"
#include "ledger/observe.h"
#include "ledger/store.h"
#include "ledger/units.h"
#include "ledger/witness.h"

enum {
	WRITE_AGAIN_S = 10,
	USED_S = 60,
	ASSETS_DEFAULT = 200000,
	LINKS_DEFAULT = 500000,
	FLOWS_CAP = 262144,
	MACS_PER_ASSET = 2,
	IPS_PER_ASSET = 4,
	/* addresses of as many who are not in memory; beyond that the database is asked (holders.c) */
	AWAY_PER_ASSET = 1,
	KEYS_PER_ASSET = 2,
	ASSETS_PER_FOREIGN = 4,
	UNITS_CAP = 16384,
	GATES_CAP = 4096,
	NAMES_CAP = 4096,
	VERDICTS_CAP = 65536,
	/* for the ceiling: the lists of an asset with a name, a VLAN, some addresses */
	ASSET_LISTS_BYTES = 560,
};

#ifndef SEKISHO_OUI_DIR
#define SEKISHO_OUI_DIR "/usr/share/ieee-data"
#endif

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

/* ---- the way of an event */

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
		identity_addresses(ev, i == 1, &e->mac, &e->ip);
		look_up(l, e);
		if (e->asset || !has_sent(ev, i == 1))
			continue;
		const struct sighting seen = identity_sighting(l, ev, i == 1);
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
	identity_tell_arrivals(l);
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

/* ---- opening, closing, changing */

static void all_stale(struct ledger *l)
{
	for (struct asset *a = table_oldest(&l->assets); a; a = table_newer(&l->assets, a)) {
		a->stale = true;
		a->row = NULL;
		a->zone = NULL;
		a->zone_is_pinned = false;
	}
	memset(l->peers, 0, sizeof(l->peers));
	l->papers_age++;
}

void ledger_keep_number(struct ledger *l, const char *key, int64_t value)
{
	if (store_meta(l->db, key) == value)
		return;
	bool ok = ledger_db_begin(l) && store_set_meta(l->db, key, value) == SQLITE_OK;

	l->count.write_errors += !ok;
}

bool ledger_take_policy(struct ledger *l, uint64_t former, int64_t since_ns)
{
	l->policy = site_fingerprint(l->site);
	bool changed = former != 0 && former != l->policy;
	l->judged_since_ns = changed ? l->last_ns : since_ns;
	return changed;
}

static void keep_policy(struct ledger *l)
{
	ledger_keep_number(l, "policy", (int64_t)l->policy);
	ledger_keep_number(l, "policy_since_ns", l->judged_since_ns);
}

/* Nothing may still point into the former site. */
void ledger_set_site(struct ledger *l, const struct site *site)
{
	merged_without_places(l);
	l->site = site;
	l->policy_age++;
	if (ledger_take_policy(l, l->policy, l->judged_since_ns)) {
		link_forget_verdicts(l);
		keep_policy(l);
	}
	for (struct asset *a = table_oldest(&l->assets); a; a = table_newer(&l->assets, a)) {
		for (unsigned i = 0; i < a->n_ips; i++) {
			struct held_ip *h = &a->ips[i];
			h->zone = site_zone(site, a->n_macs > 0 ? &a->macs[0].mac : NULL, &h->ip, &h->vlan,
					    h->vlan && a->n_macs > 0 ? 1 : 0);
		}
		ledger_mark(l, a, MARK_NEWS);
	}
	all_stale(l);
	ledger_db_put_zones(l);
}

int ledger_reload_register(struct ledger *l, struct complaint *c)
{
	struct asset_register fresh = {0};
	struct tombstones stones = {0};
	struct impact_matrix impact;
	int rc = register_load(&fresh, l->db);

	if (rc == SQLITE_OK)
		rc = tombstones_load(&stones, l->db);
	if (rc == SQLITE_OK)
		rc = impact_load(&impact, l->db);
	if (rc != SQLITE_OK) {
		register_free(&fresh);
		tombstones_free(&stones);
		return store_complain(l->db, l->state_dir, rc, c);
	}
	register_free(&l->reg);
	tombstones_free(&l->stones);
	l->reg = fresh;
	l->stones = stones;
	l->impact = impact;
	all_stale(l);
	ledger_without_event(l);
	for (size_t i = 0; i < l->reg.n_rows; i++) {
		const struct register_row *row = &l->reg.rows[i];
		struct asset *a = NULL;
		for (size_t j = 0; j < row->n_macs && row->n_macs > 1 && !a; j++)
			a = holders_of_mac(l, &row->macs[j]);
		if (a)
			identity_join_declared(l, a);
	}
	return 0;
}

static int64_t last_audit(struct ledger *l)
{
	int rc = SQLITE_OK;

	return store_number(l->db, "SELECT ifnull(max(no), 0) FROM audit", &rc);
}

void ledger_tick(struct ledger *l)
{
	struct complaint c;
	int rc = SQLITE_OK;
	int64_t version = store_number(l->db, "PRAGMA data_version", &rc);

	if (version == l->data_version)
		return;
	l->data_version = version;
	int64_t audit_no = last_audit(l);
	if (audit_no != l->audit_no) {
		l->audit_no = audit_no;
		l->calendar_age++;
		if (ledger_reload_register(l, &c) < 0)
			log_error("ledger: the register was not reloaded: %s", c.text);
	}
	if (amend_take(l) > 0)
		l->audit_no = last_audit(l);
}

uint64_t ledger_calendar_age(const struct ledger *l)
{
	return l->calendar_age;
}

int ledger_calendar(struct ledger *l, struct calendar *out)
{
	int rc = work_load(l->db, true, out);

	if (rc != SQLITE_OK) {
		log_error("ledger: planned work cannot be read (%s): what was read before holds",
			  sqlite3_errmsg(l->db));
		return -EIO;
	}
	l->count.works = out->n;
	l->count.removed_works = (uint64_t)store_meta(l->db, "work_removed");
	return 0;
}

/* In the middle of an event: nothing else of the ledger is written. */
void ledger_met(struct ledger *l, const struct work_met *m)
{
	if (work_log_note(&l->work_log, m))
		return;
	bool alone = !l->in_transaction, ok = ledger_db_begin(l) && work_log_write(&l->work_log, l->db) == SQLITE_OK;
	if (alone && l->in_transaction) {
		ok = store_exec(l->db, ok ? "COMMIT" : "ROLLBACK") == SQLITE_OK && ok;
		l->in_transaction = false;
	}
	l->count.write_errors += !ok;
	l->work_log.n = 0;
	(void)work_log_note(&l->work_log, m);
}

static uint32_t or_default(uint32_t n, uint32_t fallback)
{
	return n ? n : fallback;
}

static int init_tables(struct ledger *l, const struct ledger_limits *limits)
{
	uint32_t assets = or_default(limits->assets, ASSETS_DEFAULT),
		 links = or_default(limits->conversations, LINKS_DEFAULT);
	int err = table_init(&l->assets, assets, sizeof(uint64_t), sizeof(struct asset), table_hash_u64,
			     ledger_evict_asset, l);

	if (!err)
		err = marks_init(&l->asset_marks, assets);
	if (!err)
		err = whose_init(&l->by_mac);
	if (!err)
		err = whose_init(&l->by_ip);
	if (!err)
		err = table_init(&l->away_macs, assets * AWAY_PER_ASSET, sizeof(struct mac_key),
				 sizeof(struct away_mac), table_hash_bytes, NULL, NULL);
	if (!err)
		err = table_init(&l->away_ips, assets * AWAY_PER_ASSET, sizeof(struct ip_addr), sizeof(struct away_ip),
				 table_hash_bytes, NULL, NULL);
	if (!err)
		err = table_init(&l->foreign, assets / ASSETS_PER_FOREIGN, sizeof(struct mac_key),
				 sizeof(struct foreign_entry), table_hash_bytes, NULL, NULL);
	if (!err)
		err = table_init(&l->links, links, sizeof(struct link_key), sizeof(struct link), table_hash_bytes,
				 ledger_evict_link, l);
	if (!err)
		err = link_lists_init(l);
	if (!err)
		err = link_pack_init(l);
	if (!err)
		err = link_away_init(&l->away_links, links);
	if (!err)
		err = table_init(&l->flows, limits->flows ? limits->flows : FLOWS_CAP, sizeof(uint64_t),
				 sizeof(struct flow_entry), table_hash_u64, NULL, NULL);
	if (!err)
		err = table_init(&l->verdicts, VERDICTS_CAP, sizeof(uint64_t), sizeof(struct link_verdicts),
				 table_hash_u64, NULL, NULL);
	if (!err)
		err = table_init(&l->keys, assets * KEYS_PER_ASSET, sizeof(struct key_hash), sizeof(struct key_entry),
				 table_hash_own, NULL, NULL);
	if (!err)
		err = table_init(&l->units, UNITS_CAP, sizeof(struct unit_key), sizeof(struct unit_entry),
				 table_hash_bytes, NULL, NULL);
	if (!err)
		err =
		    table_init(&l->gates, GATES_CAP, sizeof(uint64_t), sizeof(struct gate), table_hash_u64, NULL, NULL);
	if (!err)
		err = table_init(&l->names, NAMES_CAP, sizeof(uint64_t), sizeof(struct name_seen), table_hash_own, NULL,
				 NULL);
	if (!err)
		err = baseline_init(l);
	if (!err)
		err = vocab_init(&l->protocols, VOCAB_MAX);
	if (!err)
		err = vocab_init(&l->sources, SOURCES_MAX);
	if (!err)
		l->source_traffic = vocab_no(&l->sources, "traffic", strlen("traffic"));
	return err;
}

uint64_t ledger_ceiling_bytes(const struct ledger_limits *limits)
{
	uint32_t assets = or_default(limits->assets, ASSETS_DEFAULT),
		 links = or_default(limits->conversations, LINKS_DEFAULT);

	return table_ceiling_bytes(assets, sizeof(struct asset)) + (uint64_t)assets * ASSET_LISTS_BYTES +
	       merged_ceiling_bytes() + changes_ceiling_bytes() + marks_bytes(assets) +
	       whose_bytes(assets * MACS_PER_ASSET) + whose_bytes(assets * IPS_PER_ASSET) +
	       table_ceiling_bytes(assets * AWAY_PER_ASSET, sizeof(struct away_mac)) +
	       table_ceiling_bytes(assets * AWAY_PER_ASSET, sizeof(struct away_ip)) +
	       table_ceiling_bytes(assets / ASSETS_PER_FOREIGN, sizeof(struct foreign_entry)) +
	       table_ceiling_bytes(assets * KEYS_PER_ASSET, sizeof(struct key_entry)) +
	       table_ceiling_bytes(UNITS_CAP, sizeof(struct unit_entry)) +
	       table_ceiling_bytes(GATES_CAP, sizeof(struct gate)) +
	       table_ceiling_bytes(NAMES_CAP, sizeof(struct name_seen)) +
	       table_ceiling_bytes(links, sizeof(struct link)) + link_lists_bytes() + link_pack_ceiling_bytes(links) +
	       link_away_bytes(links) +
	       table_ceiling_bytes(limits->flows ? limits->flows : FLOWS_CAP, sizeof(struct flow_entry)) +
	       table_ceiling_bytes(VERDICTS_CAP, sizeof(struct link_verdicts)) + baseline_ceiling_bytes() +
	       oui_ceiling_bytes() + (uint64_t)STORE_CACHE_KIB * 1024 + sizeof(struct ledger);
}

static void release(struct ledger *l)
{
	for (struct asset *a = l->assets.index ? table_oldest(&l->assets) : NULL; a; a = table_newer(&l->assets, a))
		asset_free_lists(a);
	table_deinit(&l->assets);
	merged_forget(l);
	free(l->merged.of);
	changes_deinit(l);
	marks_deinit(&l->asset_marks);
	whose_deinit(&l->by_mac);
	whose_deinit(&l->by_ip);
	table_deinit(&l->away_macs);
	table_deinit(&l->away_ips);
	table_deinit(&l->foreign);
	table_deinit(&l->keys);
	table_deinit(&l->units);
	table_deinit(&l->gates);
	table_deinit(&l->names);
	table_deinit(&l->links);
	link_lists_deinit(l);
	link_pack_deinit(l);
	link_away_deinit(&l->away_links);
	table_deinit(&l->flows);
	table_deinit(&l->verdicts);
	baseline_deinit(l);
	vocab_deinit(&l->protocols);
	vocab_deinit(&l->sources);
	capture_names_deinit(&l->captures);
	for (size_t i = 0; i < VOCAB_MAX; i++)
		free(l->functions[i]);
	register_free(&l->reg);
	tombstones_free(&l->stones);
	oui_free(l->oui);
	json_deinit(&l->born_text);
	ledger_db_finalize(l);
	if (l->alone && l->db)
		sqlite_care_share(l->db);
	sqlite3_close(l->db);
	if (l->dir_fd >= 0)
		close(l->dir_fd);
	free(l->state_dir);
	free(l);
}

/* Two who write would each overwrite what the other knows. */
static int lock_state(struct ledger *l, const char *state_dir, struct complaint *c)
{
	l->dir_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dir_fd < 0) {
		complain(c, state_dir, 0, 0, "the state directory cannot be opened: %s", strerror(errno));
		return -EACCES;
	}
	if (flock(l->dir_fd, LOCK_EX | LOCK_NB) < 0) {
		complain(c, state_dir, 0, 0,
			 "another process writes this ledger. Stop it, or name another state directory");
		return -EBUSY;
	}
	return 0;
}

/* The daemon has to go on watching: what is damaged is set aside for people to look at, loudly. */
int ledger_make_room(const char *state_dir, struct complaint *c)
{
	char aside[512];

	if (!sqlite_care_is_damaged(state_dir, "ledger.db", c))
		return 0;
	int err = sqlite_care_set_aside(state_dir, "ledger.db", "damaged", aside, sizeof(aside));
	if (err) {
		complain(c, state_dir, 0, 0, "the damaged ledger.db cannot be renamed: %s", strerror(-err));
		return err;
	}
	sqlite_care_trim_aside(state_dir, "ledger.db", "damaged", SQLITE_CARE_DAMAGED_KEPT);
	log_error("ledger: the database was damaged and stands in %s now; a fresh one has begun. Restore a backup, or "
		  "look what it "
		  "still holds",
		  aside);
	return 0;
}

int ledger_open_limited(struct ledger **out, const char *state_dir, const struct site *site, struct event_sink next,
			const struct ledger_limits *limits, struct complaint *c)
{
	static const struct ledger_limits defaults;
	struct ledger *l = calloc(1, sizeof(*l));

	limits = limits ? limits : &defaults;
	if (!l) {
		complain(c, state_dir, 0, 0, "not enough memory for the ledger");
		return -ENOMEM;
	}
	l->site = site;
	l->next = next;
	l->policy_age = 1;
	l->dir_fd = -1;
	l->data_version = -1;
	l->keep_places = limits->keep_places;
	l->alone = limits->company != SQLITE_SHARED;
	l->disk_bytes = limits->disk_bytes;
	l->disk_devices = limits->disk_devices;
	l->nobody = (struct endpoint){.name = "",
				      .zone = "",
				      .fa_zone = "",
				      .purdue = PURDUE_UNKNOWN,
				      .role = "",
				      .usage = "",
				      .registered = REGISTERED_UNKNOWN,
				      .use_case = "",
				      .phase = ""};
	l->state_dir = strdup(state_dir);
	l->oui = oui_load(limits->oui_dir ? limits->oui_dir : SEKISHO_OUI_DIR);
	int err = init_tables(l, limits);
	if (!l->state_dir || !l->oui)
		err = -ENOMEM;
	if (err)
		complain(c, state_dir, 0, 0, "not enough memory for the ledger's tables");
	if (!err)
		err = lock_state(l, state_dir, c);
	if (!err)
		err = store_open_in(&l->db, state_dir, limits->company, c);
	if (!err) {
		int rc = ledger_db_prepare(l);
		if (rc == SQLITE_OK)
			rc = register_load(&l->reg, l->db);
		if (rc == SQLITE_OK)
			rc = tombstones_load(&l->stones, l->db);
		if (rc == SQLITE_OK)
			rc = impact_load(&l->impact, l->db);
		if (rc == SQLITE_OK)
			rc = born_recover(l->db);
		if (rc == SQLITE_OK)
			rc = ledger_load_all(l);
		if (rc != SQLITE_OK)
			err = store_complain(l->db, state_dir, rc, c);
	}
	if (!err) {
		l->audit_no = last_audit(l);
		l->work_log.rows = -1;
		if (l->assets_on_disk)
			ledger_db_index_assets(l);
		if (l->away_links.rows.lost)
			ledger_db_index_links(l);
		if (!l->keep_places) {
			ledger_db_put_zones(l);
			keep_policy(l);
		}
		if (limits->company == SQLITE_FRESH)
			ledger_reserve_numbers(l);
		err = ledger_write(l);
		if (err)
			complain(c, state_dir, 0, 0, "ledger.db cannot be written. Is the disk full?");
	}
	if (err) {
		release(l);
		return err;
	}
	*out = l;
	return 0;
}

int ledger_open(struct ledger **out, const char *state_dir, const struct site *site, struct event_sink next,
		struct complaint *c)
{
	return ledger_open_limited(out, state_dir, site, next, NULL, c);
}

void ledger_set_disk(struct ledger *l, uint64_t bytes, uint64_t devices)
{
	l->disk_bytes = bytes;
	l->disk_devices = devices;
}

/* What is merely seen again is written seldom; at the end everything is, so that the same capture leaves the same rows.
 */
void ledger_close(struct ledger *l)
{
	if (!l)
		return;
	for (struct asset *a = table_oldest(&l->assets); a; a = table_newer(&l->assets, a)) {
		if (a->seen)
			ledger_mark(l, a, MARK_SEEN);
	}
	for (struct link *k = table_oldest(&l->links); k; k = table_newer(&l->links, k)) {
		if (k->counted)
			link_mark(l, k, MARK_SEEN);
	}
	if (ledger_write(l) == 0)
		ledger_free_numbers(l);
	release(l);
}

void ledger_disturbed(struct ledger *l, const struct event *ev)
{
	baseline_disturb(l, ev->at.ts_ns, ev->src ? ev->src->asset_no : 0, ev->dest ? ev->dest->asset_no : 0);
}

struct ledger_counters ledger_count(const struct ledger *l)
{
	struct ledger_counters c = l->count;

	c.removed_work_alerts = l->work_log.removed;
	c.removed_watch_rows = l->watch.removed;
	c.assets = l->assets.used;
	c.conversations = l->links.used;
	c.evicted_names = l->names.evicted;
	struct baseline_counters b = baseline_count(l);
	c.baseline_facts = b.facts;
	c.baseline_refused = b.refused;
	c.baseline_thrown_away = b.thrown_away;
	c.baseline_state = b.state;
	c.baseline_learning_s = b.learning_s;
	c.baseline_interrupted_s = b.interrupted_s;
	return c;
}
