/*
 * The ledger out of its database: all of it at the start, single rows when they were pushed out of memory and are seen
 * again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "ledger/holders.h"
#include "ledger/keys.h"
#include "ledger/ledger_state.h"
#include "ledger/link_list.h"
#include "ledger/store.h"
#include "ledger/units.h"

/* ---- assets */

static void read_asset(struct asset *a, sqlite3_stmt *st)
{
	int router = sqlite3_column_int(st, 5), by_ip = sqlite3_column_int(st, 6);

	a->first_ns = sqlite3_column_int64(st, 1);
	a->last_ns = sqlite3_column_int64(st, 2);
	a->written_s = a->used_s = (uint32_t)(a->last_ns / NS_PER_S);
	a->events = (uint64_t)sqlite3_column_int64(st, 3);
	a->router = router > 0;
	a->router_maybe = router > 1;
	a->by_ip = by_ip > 0;
	a->behind_router = by_ip > 1;
	a->stored = true;
	a->stale = true;
	a->vendor = a->name = a->role = "";
	a->gateway_no = (uint64_t)sqlite3_column_int64(st, 8) & ASSET_NO_MAX;
	a->has_unit = a->gateway_no != 0;
	a->may_have_units = true; /* on disk, perhaps */
	a->unit = (uint8_t)sqlite3_column_int(st, 9);
	a->n_changes = (uint16_t)sqlite3_column_int(st, 10);
}

static struct seen_at seen_at(struct ledger *l, sqlite3_stmt *st)
{
	return (struct seen_at){capture_names_no(&l->captures, store_text(st, 8)),
				(uint32_t)sqlite3_column_int64(st, 9)};
}

static void read_address(struct ledger *l, struct asset *a, bool is_mac, sqlite3_stmt *st, uint16_t source)
{
	uint8_t confidence = (uint8_t)sqlite3_column_int(st, 3);
	int64_t first_ns = sqlite3_column_int64(st, 4), last_ns = sqlite3_column_int64(st, 5);
	struct ip_addr ip;
	struct mac mac;

	if (is_mac && mac_parse(store_text(st, 1), &mac)) {
		struct held_mac *m = asset_add_mac(a, &mac, first_ns);
		if (!m)
			return;
		held_mac_show(m, source, confidence, seen_at(l, st));
		m->last_ns = last_ns;
		m->dirty = false;
		if (!a->vendor[0])
			a->vendor = oui_vendor(l->oui, &mac);
	} else if (!is_mac && ip_parse(store_text(st, 1), &ip)) {
		struct held_ip *h = asset_add_ip(a, &ip, first_ns);
		if (!h)
			return;
		h->source = source;
		h->confidence = confidence;
		h->claimed = source != l->source_traffic;
		h->current = sqlite3_column_int(st, 6) != 0;
		h->at = seen_at(l, st);
		h->last_ns = last_ns;
		h->dirty = false;
	}
}

static void read_attr(struct ledger *l, struct asset *a, sqlite3_stmt *st)
{
	const char *name = store_text(st, 0), *value = store_text(st, 1), *source = store_text(st, 2);
	uint16_t source_no = vocab_no(&l->sources, source, strlen(source));
	enum attr attr;

	if (strcmp(name, "mac") == 0 || strcmp(name, "ip") == 0) {
		read_address(l, a, name[0] == 'm', st, source_no);
		return;
	}
	if (!attr_by_name(name, &attr))
		return;
	const char *prev = store_text(st, 7);
	struct note n = {source_no, (uint8_t)sqlite3_column_int(st, 3), sqlite3_column_int64(st, 4), seen_at(l, st),
			 false};
	bool is_protocol = attr == ATTR_SERVES || attr == ATTR_USES;
	uint16_t proto = is_protocol ? vocab_no(&l->protocols, value, strlen(value)) : VOCAB_OTHER;
	n.lasting = is_protocol && strcmp(l->protocols.text[proto], value) == 0;
	struct span text = span_str(n.lasting ? l->protocols.text[proto] : value);
	if (asset_note_seen(a, attr, text, &n) >= NOTED_NEW) {
		struct attribute *t = &a->attrs[a->n_attrs - 1];
		t->last_ns = sqlite3_column_int64(st, 5);
		t->dirty = false;
		asset_set_prev(a, t, prev);
	}
	if (attr == ATTR_SERVES)
		vocab_set_add(&a->serves, proto);
	else if (attr == ATTR_USES)
		vocab_set_add(&a->uses, proto);
	else if (attr == ATTR_DOES)
		a->does |= asset_does_bit(value);
}

/* Places are the site's of today. The VLAN of an address is not kept; the last one of the device stands for it. */
static void place_addresses(struct ledger *l, struct asset *a)
{
	const char *vlan = asset_text(a, ATTR_VLAN);
	uint16_t no = vlan ? (uint16_t)strtoul(vlan, NULL, 10) : 0;

	for (unsigned i = 0; i < a->n_ips; i++) {
		struct held_ip *h = &a->ips[i];
		h->vlan = no;
		h->zone = site_zone(l->site, a->n_macs > 0 ? &a->macs[0].mac : NULL, &h->ip, &no,
				    no && a->n_macs > 0 ? 1 : 0);
	}
}

static int read_attrs_of(struct ledger *l, struct asset *a)
{
	sqlite3_stmt *st = l->st[ST_GET_ATTRS];
	int rc;

	store_bind_no(st, 1, a->no);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		read_attr(l, a, st);
	sqlite3_reset(st);
	place_addresses(l, a);
	a->parted = ledger_db_is_parted(l, a->no);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

struct asset *ledger_load_asset(struct ledger *l, uint64_t no)
{
	sqlite3_stmt *st = l->st[ST_GET_ASSET];
	struct asset *a = NULL;

	for (int hops = 0; hops < 16 && no; hops++) {
		store_bind_no(st, 1, no);
		bool found = sqlite3_step(st) == SQLITE_ROW;
		uint64_t merged_into = found ? (uint64_t)sqlite3_column_int64(st, 7) : 0;
		if (found && !merged_into) {
			uint64_t hash = hash_u64(hash_seed, no);
			a = table_find(&l->assets, &no, hash);
			if (!a && (a = table_insert(&l->assets, &no, hash)))
				read_asset(a, st);
			else
				found = false;
		}
		sqlite3_reset(st);
		if (!merged_into) {
			if (found && a && read_attrs_of(l, a) == SQLITE_OK) {
				holders_return(l, a);
				keys_return(l, a);
				units_point(l, a);
			}
			break;
		}
		no = merged_into;
	}
	return a;
}

uint64_t ledger_load_holder(struct ledger *l, const char *attr, const char *value)
{
	sqlite3_stmt *st = l->st[ST_FIND_ADDRESS];
	uint64_t no = 0;

	store_bind_text(st, 1, value);
	store_bind_text(st, 2, attr);
	if (sqlite3_step(st) == SQLITE_ROW)
		no = (uint64_t)sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return no;
}

uint64_t ledger_load_key(struct ledger *l, enum attr key, const char *value)
{
	sqlite3_stmt *st = l->st[ST_FIND_KEY];
	uint64_t no = 0;

	store_bind_text(st, 1, value);
	store_bind_text(st, 2, attr_name(key));
	if (sqlite3_step(st) == SQLITE_ROW)
		no = (uint64_t)sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return no;
}

uint64_t ledger_load_unit(struct ledger *l, uint64_t gateway_no, unsigned unit)
{
	sqlite3_stmt *st = l->st[ST_FIND_UNIT];
	uint64_t no = 0;

	store_bind_no(st, 1, gateway_no);
	sqlite3_bind_int(st, 2, (int)unit);
	if (sqlite3_step(st) == SQLITE_ROW)
		no = (uint64_t)sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return no;
}

struct asset *ledger_load_merged(struct ledger *l, uint64_t no)
{
	sqlite3_stmt *st = l->st[ST_GET_ASSET];
	struct asset *a = NULL;

	merged_write(l);
	store_bind_no(st, 1, no);
	if (sqlite3_step(st) == SQLITE_ROW && (a = table_insert(&l->assets, &no, hash_u64(hash_seed, no))))
		read_asset(a, st);
	sqlite3_reset(st);
	if (a)
		read_attrs_of(l, a);
	return a;
}

/* ---- conversations */

static struct ip_addr read_ip(sqlite3_stmt *st, int column)
{
	struct ip_addr ip;

	return ip_parse(store_text(st, column), &ip) ? ip : (struct ip_addr){{0}};
}

static void read_link(struct ledger *l, struct link *k, sqlite3_stmt *st)
{
	const struct ip_addr src = read_ip(st, 2), dest = read_ip(st, 4);

	link_set_ip(l, k, 0, &src);
	link_set_ip(l, k, 1, &dest);
	k->id = (uint64_t)sqlite3_column_int64(st, 0) & LINK_ID_MAX;
	k->first_ns = sqlite3_column_int64(st, 8);
	k->last_ns = sqlite3_column_int64(st, 9);
	k->used_s = link_second(k->last_ns);
	k->written_s = link_second(k->last_ns);
	link_count(l, k,
		   &(struct link_totals){.packets = (uint64_t)sqlite3_column_int64(st, 10),
					 .bytes = (uint64_t)sqlite3_column_int64(st, 11),
					 .events = (uint64_t)sqlite3_column_int64(st, 12),
					 .functions = link_functions_parse(l, k->key.proto, store_text(st, 13))});
	k->verdict = (uint64_t)sqlite3_column_int64(st, 14) & 3;
	k->line = (uint64_t)sqlite3_column_int64(st, 15) & UINT16_MAX;
	k->judged = k->last_ns > l->judged_since_ns;
}

static uint64_t read_end(sqlite3_stmt *st, int column)
{
	uint64_t no = (uint64_t)sqlite3_column_int64(st, column);
	const struct ip_addr ip = read_ip(st, column + 1);

	return no ? no : link_peer(&ip);
}

static void read_link_key(struct ledger *l, struct link_key *key, sqlite3_stmt *st)
{
	const char *proto = store_text(st, 5);

	*key = (struct link_key){.src = read_end(st, 1) & LINK_END_MAX, .dest = read_end(st, 3) & LINK_END_MAX};
	key->proto = (proto[0] ? vocab_no(&l->protocols, proto, strlen(proto)) : VOCAB_OTHER) & (VOCAB_MAX - 1u);
	key->ip_proto = (uint8_t)sqlite3_column_int(st, 6);
	key->port = (uint16_t)sqlite3_column_int(st, 7);
}

/* The address where it tells somebody apart who is no asset. */
static void bind_outside(sqlite3_stmt *st, int at, uint64_t no, const struct ip_addr *ip, char text[static IP_TEXT_MAX])
{
	if (no)
		store_bind_text(st, at, "");
	else
		store_bind_ip(st, at, ip, text);
}

/* Is it a row of @key? An address of IPv6 is a hash there. */
static bool is_row_of(struct ledger *l, sqlite3_stmt *st, const struct link_key *key, const struct ip_addr ip[2])
{
	const struct ip_addr src = read_ip(st, 2), dest = read_ip(st, 4);
	struct link_key has;

	read_link_key(l, &has, st);
	return memcmp(&has, key, sizeof(has)) == 0 && (link_asset_no(key->src) || ip_eq(&src, &ip[0])) &&
	       (link_asset_no(key->dest) || ip_eq(&dest, &ip[1]));
}

/* Among those that are in the database alone: all of them are known. */
static bool find_away(struct ledger *l, const struct link_key *key, const struct ip_addr ip[2], struct link *k)
{
	sqlite3_stmt *st = l->st[ST_GET_LINK];
	bool found = false;
	uint32_t at = 0;

	for (uint64_t id; !found && (id = away_next(&l->away_links.rows, link_hash(key), &at));) {
		store_bind_no(st, 1, id);
		found = sqlite3_step(st) == SQLITE_ROW && is_row_of(l, st, key, ip);
		if (found && k)
			read_link(l, k, st);
		sqlite3_reset(st);
	}
	return found;
}

/* Reads into @k the row of @key, or with NULL only looks for it. */
static bool find_link(struct ledger *l, const struct link_key *key, const struct ip_addr ip[2], struct link *k)
{
	if (!l->away_links.rows.lost)
		return find_away(l, key, ip, k);
	ledger_db_index_links(l);
	sqlite3_stmt *st = l->st[ST_FIND_LINK];
	char src[IP_TEXT_MAX], dest[IP_TEXT_MAX];
	uint64_t src_no = link_asset_no(key->src), dest_no = link_asset_no(key->dest);

	store_bind_no(st, 1, src_no);
	store_bind_no(st, 2, dest_no);
	store_bind_no(st, 3, key->port);
	store_bind_text(st, 4, key->proto == VOCAB_OTHER ? "" : l->protocols.text[key->proto]);
	store_bind_no(st, 5, key->ip_proto);
	bind_outside(st, 6, src_no, &ip[0], src);
	bind_outside(st, 7, dest_no, &ip[1], dest);
	bool found = sqlite3_step(st) == SQLITE_ROW;
	if (found && k)
		read_link(l, k, st);
	sqlite3_reset(st);
	return found;
}

bool ledger_load_link(struct ledger *l, struct link *k)
{
	return find_link(l, &k->key, (const struct ip_addr[]){link_ip(l, k, 0), link_ip(l, k, 1)}, k);
}

bool ledger_has_link(struct ledger *l, const struct link_key *key, const struct ip_addr ip[2])
{
	return find_link(l, key, ip, NULL);
}

bool ledger_next_link_of(struct ledger *l, uint64_t no, struct link_row *row)
{
	sqlite3_stmt *st = l->st[ST_LINKS_OF];

	if (!sqlite3_stmt_busy(st))
		store_bind_no(st, 1, no);
	if (sqlite3_step(st) != SQLITE_ROW) {
		sqlite3_reset(st);
		return false;
	}
	row->id = (uint64_t)sqlite3_column_int64(st, 0);
	read_link_key(l, &row->key, st);
	row->ip[0] = read_ip(st, 2);
	row->ip[1] = read_ip(st, 4);
	return true;
}

/* ---- all of it */

static int load_assets(struct ledger *l)
{
	sqlite3_stmt *st = NULL;
	/* the most recent ones, oldest first: the order in which they will be pushed out again */
	int rc = sqlite3_prepare_v2(l->db,
				    "SELECT * FROM (SELECT " ASSET_COLUMNS
				    " FROM asset WHERE merged_into IS NULL ORDER BY last_ns DESC, no DESC LIMIT ?)"
				    " ORDER BY last_ns, no",
				    -1, &st, NULL);

	if (rc == SQLITE_OK)
		sqlite3_bind_int64(st, 1, l->assets.cap);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		uint64_t no = (uint64_t)sqlite3_column_int64(st, 0);
		struct asset *a = table_insert(&l->assets, &no, hash_u64(hash_seed, no));
		if (!a) {
			rc = SQLITE_NOMEM;
			break;
		}
		read_asset(a, st);
		rc = read_attrs_of(l, a);
		holders_point(l, a);
		keys_point(l, a);
		units_point(l, a);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int load_links(struct ledger *l)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(l->db,
				    "SELECT * FROM (SELECT " LINK_COLUMNS
				    " FROM link ORDER BY last_ns DESC, id DESC LIMIT ?) ORDER BY last_ns, id",
				    -1, &st, NULL);

	if (rc == SQLITE_OK)
		sqlite3_bind_int64(st, 1, l->links.cap);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct link_key key;
		read_link_key(l, &key, st);
		uint64_t hash = link_hash(&key);
		if (table_find(&l->links, &key, hash)) {
			rc = SQLITE_OK;
			continue;
		}
		struct link *k = table_insert(&l->links, &key, hash);
		if (!k) {
			rc = SQLITE_NOMEM;
			break;
		}
		link_list_add(l, k);
		read_link(l, k, st);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Those that found no room. Where a former version left an index of them it is used and kept. */
static int load_away_links(struct ledger *l)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_OK;

	l->away_links.rows.lost =
	    store_number(l->db, "SELECT count(*) FROM sqlite_master WHERE name = 'link_ends'", &rc) > 0;
	if (rc == SQLITE_OK && !l->away_links.rows.lost)
		rc = sqlite3_prepare_v2(l->db, "SELECT " LINK_COLUMNS " FROM link", -1, &st, NULL);
	while (st && !l->away_links.rows.lost && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct link_key key;
		read_link_key(l, &key, st);
		uint64_t hash = link_hash(&key);
		if (!table_find(&l->links, &key, hash))
			link_away_note(&l->away_links, hash, (uint64_t)sqlite3_column_int64(st, 0),
				       link_asset_no(key.src), link_asset_no(key.dest));
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

int ledger_load_all(struct ledger *l)
{
	int rc = SQLITE_OK;

	l->version = (uint64_t)store_meta(l->db, "version");
	l->last_no =
	    (uint64_t)store_number(l->db,
				   "SELECT max((SELECT ifnull(max(no), 0) FROM asset),"
				   " (SELECT ifnull(max(value), 0) FROM meta WHERE key = '" META_RESERVED "'))",
				   &rc);
	l->written_no = l->last_no;
	l->skipped_no = l->last_no - (uint64_t)store_number(l->db, "SELECT count(*) FROM asset", &rc);
	l->last_ns = store_number(l->db, "SELECT ifnull(max(last_ns), 0) FROM asset", &rc);
	ledger_take_policy(l, (uint64_t)store_meta(l->db, "policy"), store_meta(l->db, "policy_since_ns"));
	l->last_link_id = (uint64_t)store_number(l->db, "SELECT ifnull(max(id), 0) FROM link", &rc);
	l->assets_on_disk =
	    store_number(l->db, "SELECT count(*) FROM asset WHERE merged_into IS NULL", &rc) > l->assets.cap;
	l->away_lost = l->assets_on_disk;
	l->links_on_disk = store_number(l->db, "SELECT count(*) FROM link", &rc) > l->links.cap;
	if (rc == SQLITE_OK)
		rc = load_assets(l);
	if (rc == SQLITE_OK)
		rc = load_links(l);
	if (rc == SQLITE_OK && l->links_on_disk)
		rc = load_away_links(l);
	return rc == SQLITE_OK ? baseline_load(l) : rc;
}
