#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/identity.h"
#include "ledger/ledger_state.h"
#include "ledger/store.h"

enum { FUNCTIONS_TEXT_MAX = LINK_FUNCTIONS_MAX * LINK_FUNCTION_TEXT_MAX };

#define ASSET_COLUMNS "no, first_ns, last_ns, events, vendor, router, by_ip, merged_into"
#define ATTR_COLUMNS  "attr, value, source, confidence, first_ns, last_ns, current"
#define LINK_COLUMNS                                                                                                             \
	"id, src_no, src_ip, dest_no, dest_ip, protocol, ip_proto, port, first_ns, last_ns, packets, bytes, events, functions, verdict, line"

static const char *const statements[ST_COUNT] = {
	[ST_PUT_ASSET] = "INSERT OR REPLACE INTO asset(no, first_ns, last_ns, events, vendor, zone, router, by_ip, merged_into, version)"
			 " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ST_PUT_ATTR] = "INSERT OR REPLACE INTO attribute(asset_no, attr, value, source, confidence, first_ns, last_ns, current)"
			" VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
	[ST_DROP_ATTR] = "DELETE FROM attribute WHERE asset_no = ? AND attr = ? AND value = ?",
	[ST_PUT_LINK] = "INSERT OR REPLACE INTO link(" LINK_COLUMNS ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ST_DROP_LINK] = "DELETE FROM link WHERE id = ?",
	[ST_FIND_ADDRESS] = "SELECT asset_no FROM attribute WHERE value = ? AND attr = ? AND attr IN ('mac', 'ip') AND current"
			    " ORDER BY last_ns DESC, asset_no LIMIT 1",
	[ST_GET_ASSET] = "SELECT " ASSET_COLUMNS " FROM asset WHERE no = ?",
	[ST_GET_ATTRS] = "SELECT " ATTR_COLUMNS " FROM attribute WHERE asset_no = ? ORDER BY first_ns, attr, value",
	[ST_FIND_LINK] = "SELECT " LINK_COLUMNS " FROM link WHERE src_no = ? AND dest_no = ? AND port = ? AND protocol = ? AND ip_proto = ?"
			 " AND (src_no <> 0 OR src_ip = ?) AND (dest_no <> 0 OR dest_ip = ?) ORDER BY id LIMIT 1",
	[ST_MOVE_SRC] = "UPDATE link SET src_no = ? WHERE src_no = ? AND (? = '' OR src_ip = ?)",
	[ST_MOVE_DEST] = "UPDATE link SET dest_no = ? WHERE dest_no = ? AND (? = '' OR dest_ip = ?)",
};

int ledger_db_prepare(struct ledger *l)
{
	int rc = SQLITE_OK;

	for (int i = 0; i < ST_COUNT && rc == SQLITE_OK; i++)
		rc = store_prepare(l->db, statements[i], &l->st[i]);
	return rc;
}

void ledger_db_finalize(struct ledger *l)
{
	for (int i = 0; i < ST_COUNT; i++)
		sqlite3_finalize(l->st[i]);
}

/* ---- small steps */

static bool begin(struct ledger *l)
{
	if (!l->in_transaction && store_exec(l->db, "BEGIN IMMEDIATE") == SQLITE_OK) {
		l->in_transaction = true;
		l->version = (uint64_t)store_meta(l->db, "version");   /* an import counts on as well */
	}
	if (!l->in_transaction)
		l->count.write_errors++;
	return l->in_transaction;
}

static bool run(struct ledger *l, enum ledger_statement which)
{
	int rc = sqlite3_step(l->st[which]);

	sqlite3_reset(l->st[which]);
	if (rc == SQLITE_DONE || rc == SQLITE_ROW)
		return true;
	l->count.write_errors++;
	return false;
}

static void bind_text(sqlite3_stmt *st, int i, const char *text)
{
	sqlite3_bind_text(st, i, text, -1, SQLITE_STATIC);
}

static void bind_no(sqlite3_stmt *st, int i, uint64_t n)
{
	sqlite3_bind_int64(st, i, (sqlite3_int64)n);
}

static void bind_ip(sqlite3_stmt *st, int i, const struct ip_addr *ip, char text[static IP_TEXT_MAX])
{
	if (ip_is_none(ip))
		text[0] = '\0';
	else
		ip_format(ip, text);
	bind_text(st, i, text);
}

/* ---- assets */

struct attr_row {
	const char *attr, *value, *source;
	uint8_t confidence;
	bool current;
	int64_t first_ns, last_ns;
};

static bool put_attr(struct ledger *l, uint64_t no, const struct attr_row *r)
{
	sqlite3_stmt *st = l->st[ST_PUT_ATTR];

	bind_no(st, 1, no);
	bind_text(st, 2, r->attr);
	bind_text(st, 3, r->value);
	bind_text(st, 4, r->source);
	sqlite3_bind_int(st, 5, r->confidence);
	sqlite3_bind_int64(st, 6, r->first_ns);
	sqlite3_bind_int64(st, 7, r->last_ns);
	sqlite3_bind_int(st, 8, r->current);
	l->count.written_rows++;
	return run(l, ST_PUT_ATTR);
}

static bool put_lists(struct ledger *l, struct asset *a)
{
	char text[IP_TEXT_MAX];
	bool ok = true;

	for (unsigned i = 0; i < a->n_macs; i++) {
		struct held_mac *m = &a->macs[i];
		if (!m->dirty && m->last_ns == m->written_ns)
			continue;
		struct attr_row r = {"mac", mac_format(&m->mac, text), l->sources.text[m->source], m->confidence, true, m->first_ns, m->last_ns};
		ok &= put_attr(l, a->no, &r);
		m->written_ns = m->last_ns;
		m->dirty = false;
	}
	for (unsigned i = 0; i < a->n_ips; i++) {
		struct held_ip *h = &a->ips[i];
		if (!h->dirty && h->last_ns == h->written_ns)
			continue;
		struct attr_row r = {"ip", ip_format(&h->ip, text), l->sources.text[h->source], h->confidence, h->current, h->first_ns, h->last_ns};
		ok &= put_attr(l, a->no, &r);
		h->written_ns = h->last_ns;
		h->dirty = false;
	}
	for (unsigned i = 0; i < a->n_attrs; i++) {
		struct attribute *t = &a->attrs[i];
		if (!t->dirty)
			continue;
		struct attr_row r = {attr_name(t->attr), t->text, l->sources.text[t->source], t->confidence, true, t->first_ns, t->last_ns};
		ok &= put_attr(l, a->no, &r);
		t->dirty = false;
	}
	return ok;
}

/* Everything is to be written again: what was marked as written was rolled back. */
static void forget_written(struct asset *a)
{
	for (unsigned i = 0; i < a->n_macs; i++)
		a->macs[i].dirty = true;
	for (unsigned i = 0; i < a->n_ips; i++)
		a->ips[i].dirty = true;
	for (unsigned i = 0; i < a->n_attrs; i++)
		a->attrs[i].dirty = true;
	a->written_last_ns = 0;
}

static const char *observed_zone(const struct ledger *l, const struct asset *a)
{
	const struct held_ip *h = asset_main_ip(a);
	const struct zone *z = h ? h->zone : NULL;
	const char *vlan = asset_text(a, ATTR_VLAN);
	uint16_t no = vlan ? (uint16_t)strtoul(vlan, NULL, 10) : 0;

	if (!h && a->n_macs > 0)
		z = site_zone(l->site, &a->macs[0].mac, NULL, &no, no ? 1 : 0);
	return z ? z->id : "";
}

static void unmark_asset(struct ledger *l, struct asset *a)
{
	if (!a->dirty)
		return;
	*(a->dirty_prev ? &a->dirty_prev->dirty_next : &l->dirty_assets) = a->dirty_next;
	if (a->dirty_next)
		a->dirty_next->dirty_prev = a->dirty_prev;
	a->dirty = false;
}

static bool write_asset(struct ledger *l, struct asset *a)
{
	sqlite3_stmt *st = l->st[ST_PUT_ASSET];

	bind_no(st, 1, a->no);
	sqlite3_bind_int64(st, 2, a->first_ns);
	sqlite3_bind_int64(st, 3, a->last_ns);
	bind_no(st, 4, a->events);
	bind_text(st, 5, a->vendor);
	bind_text(st, 6, observed_zone(l, a));
	sqlite3_bind_int(st, 7, a->router ? 1 + a->router_maybe : 0);
	sqlite3_bind_int(st, 8, a->by_ip ? 1 + a->behind_router : 0);
	if (a->merged_into)
		bind_no(st, 9, a->merged_into);
	else
		sqlite3_bind_null(st, 9);
	bind_no(st, 10, l->version + 1);
	l->count.written_rows++;
	bool ok = run(l, ST_PUT_ASSET);
	ok = put_lists(l, a) && ok;
	a->written_last_ns = a->last_ns;
	a->written_events = a->events;
	return ok;
}

void ledger_db_put_asset(struct ledger *l, struct asset *a)
{
	unmark_asset(l, a);
	if (begin(l))
		write_asset(l, a);
}

static void drop_attr(struct ledger *l, uint64_t no, const char *attr, const char *value)
{
	sqlite3_stmt *st = l->st[ST_DROP_ATTR];

	if (!begin(l))
		return;
	bind_no(st, 1, no);
	bind_text(st, 2, attr);
	bind_text(st, 3, value);
	run(l, ST_DROP_ATTR);
}

void ledger_db_drop_ip(struct ledger *l, uint64_t asset_no, const struct ip_addr *ip)
{
	char text[IP_TEXT_MAX];

	drop_attr(l, asset_no, "ip", ip_format(ip, text));
}

void ledger_db_drop_mac(struct ledger *l, uint64_t asset_no, const char *mac)
{
	drop_attr(l, asset_no, "mac", mac);
}

/* ---- conversations */

static bool write_link(struct ledger *l, struct link *k)
{
	sqlite3_stmt *st = l->st[ST_PUT_LINK];
	char src[IP_TEXT_MAX], dest[IP_TEXT_MAX], functions[FUNCTIONS_TEXT_MAX];

	link_functions_format(l, k, functions, sizeof(functions));
	bind_no(st, 1, k->id);
	bind_no(st, 2, k->key.src_no);
	bind_ip(st, 3, &k->src_ip, src);
	bind_no(st, 4, k->key.dest_no);
	bind_ip(st, 5, &k->dest_ip, dest);
	bind_text(st, 6, k->key.proto == VOCAB_OTHER ? "" : l->protocols.text[k->key.proto]);
	bind_no(st, 7, k->key.ip_proto);
	bind_no(st, 8, k->key.port);
	sqlite3_bind_int64(st, 9, k->first_ns);
	sqlite3_bind_int64(st, 10, k->last_ns);
	bind_no(st, 11, k->packets);
	bind_no(st, 12, k->bytes);
	bind_no(st, 13, k->events);
	bind_text(st, 14, functions);
	sqlite3_bind_int(st, 15, (int)k->conduit.verdict);
	sqlite3_bind_int(st, 16, k->conduit.line);
	k->written_ns = k->last_ns;
	l->count.written_rows++;
	return run(l, ST_PUT_LINK);
}

static void unmark_link(struct ledger *l, struct link *k)
{
	if (!k->dirty)
		return;
	*(k->dirty_prev ? &k->dirty_prev->dirty_next : &l->dirty_links) = k->dirty_next;
	if (k->dirty_next)
		k->dirty_next->dirty_prev = k->dirty_prev;
	k->dirty = false;
}

void ledger_db_put_link(struct ledger *l, struct link *k)
{
	unmark_link(l, k);
	if (begin(l))
		write_link(l, k);
}

void ledger_db_drop_link(struct ledger *l, uint64_t id)
{
	if (!begin(l))
		return;
	bind_no(l->st[ST_DROP_LINK], 1, id);
	run(l, ST_DROP_LINK);
}

static void read_link(struct ledger *l, struct link *k, sqlite3_stmt *st)
{
	k->id = (uint64_t)sqlite3_column_int64(st, 0);
	if (!ip_parse(store_text(st, 2), &k->src_ip))
		k->src_ip = (struct ip_addr){{0}};
	if (!ip_parse(store_text(st, 4), &k->dest_ip))
		k->dest_ip = (struct ip_addr){{0}};
	k->first_ns = sqlite3_column_int64(st, 8);
	k->last_ns = k->written_ns = k->used_ns = sqlite3_column_int64(st, 9);
	k->packets = (uint64_t)sqlite3_column_int64(st, 10);
	k->bytes = (uint64_t)sqlite3_column_int64(st, 11);
	k->events = (uint64_t)sqlite3_column_int64(st, 12);
	link_functions_parse(l, k, store_text(st, 13));
	k->conduit.verdict = (enum conduit_verdict)sqlite3_column_int(st, 14);
	k->conduit.line = (uint16_t)sqlite3_column_int(st, 15);
	k->cache.age = l->policy_age;
}

static void read_link_key(struct ledger *l, struct link_key *key, sqlite3_stmt *st)
{
	const char *proto = store_text(st, 5);

	*key = (struct link_key){.src_no = (uint64_t)sqlite3_column_int64(st, 1), .dest_no = (uint64_t)sqlite3_column_int64(st, 3)};
	if (!key->src_no)
		ip_parse(store_text(st, 2), &key->src_ip);
	if (!key->dest_no)
		ip_parse(store_text(st, 4), &key->dest_ip);
	key->proto = proto[0] ? vocab_no(&l->protocols, proto, strlen(proto)) : VOCAB_OTHER;
	key->ip_proto = (uint32_t)sqlite3_column_int(st, 6);
	key->port = (uint16_t)sqlite3_column_int(st, 7);
}

bool ledger_db_get_link(struct ledger *l, struct link *k)
{
	sqlite3_stmt *st = l->st[ST_FIND_LINK];
	char src[IP_TEXT_MAX], dest[IP_TEXT_MAX];

	bind_no(st, 1, k->key.src_no);
	bind_no(st, 2, k->key.dest_no);
	bind_no(st, 3, k->key.port);
	bind_text(st, 4, k->key.proto == VOCAB_OTHER ? "" : l->protocols.text[k->key.proto]);
	bind_no(st, 5, k->key.ip_proto);
	bind_ip(st, 6, &k->key.src_ip, src);
	bind_ip(st, 7, &k->key.dest_ip, dest);
	bool found = sqlite3_step(st) == SQLITE_ROW;
	if (found)
		read_link(l, k, st);
	sqlite3_reset(st);
	return found;
}

void ledger_db_move_links(struct ledger *l, uint64_t from, uint64_t to, const struct ip_addr *ip)
{
	static const struct ip_addr none;
	char text[IP_TEXT_MAX];

	if (!begin(l))
		return;
	for (enum ledger_statement which = ST_MOVE_SRC; which <= ST_MOVE_DEST; which++) {
		sqlite3_stmt *st = l->st[which];
		bind_no(st, 1, to);
		bind_no(st, 2, from);
		bind_ip(st, 3, ip ? ip : &none, text);
		bind_text(st, 4, text);
		run(l, which);
	}
}

/* ---- zones */

static char *prefix_words(const struct zone *z)
{
	size_t size = z->n_prefixes * (IP_TEXT_MAX + 5) + 1, len = 0;
	char *words = calloc(1, size), text[IP_TEXT_MAX];

	for (size_t i = 0; words && i < z->n_prefixes; i++) {
		const struct ip_prefix *p = &z->prefixes[i];
		unsigned bits = ip_is_v4(&p->addr) && p->bits >= 96 ? p->bits - 96u : p->bits;
		len += (size_t)snprintf(words + len, size - len, "%s%s/%u", i ? " " : "", ip_format(&p->addr, text), bits);
	}
	return words;
}

void ledger_db_put_zones(struct ledger *l)
{
	sqlite3_stmt *st = NULL;
	bool ok = begin(l) && store_exec(l->db, "DELETE FROM zone") == SQLITE_OK &&
		  sqlite3_prepare_v2(l->db, "INSERT INTO zone(id, fa, purdue, prefixes) VALUES(?, ?, ?, ?)", -1, &st, NULL) == SQLITE_OK;

	for (size_t i = 0; i < l->site->n_zones && ok; i++) {
		const struct zone *z = &l->site->zones[i];
		char *words = prefix_words(z);
		bind_text(st, 1, z->id);
		bind_text(st, 2, z->fa ? z->fa : "");
		sqlite3_bind_int(st, 3, z->purdue);
		bind_text(st, 4, words ? words : "");
		ok = sqlite3_step(st) == SQLITE_DONE;
		sqlite3_reset(st);
		free(words);
	}
	sqlite3_finalize(st);
	l->count.write_errors += !ok;
}

/* ---- a batch */

static bool commit(struct ledger *l)
{
	bool ok = store_set_meta(l->db, "version", (int64_t)l->version + 1) == SQLITE_OK && store_exec(l->db, "COMMIT") == SQLITE_OK;

	if (ok)
		l->version++;
	else
		store_exec(l->db, "ROLLBACK");
	l->in_transaction = false;
	return ok;
}

/* What could not be kept stays marked; everything in memory counts as unwritten, since part of it was rolled back. */
static int give_up(struct ledger *l)
{
	if (!l->write_failed)
		log_error("ledger: %s/ledger.db cannot be written (%s); kept in memory, tried again with the next batch", l->state_dir,
			  sqlite3_errmsg(l->db));
	l->write_failed = true;
	l->count.write_errors++;
	for (struct asset *a = table_oldest(&l->assets); a; a = table_newer(&l->assets, a)) {
		forget_written(a);
		ledger_mark_asset(l, a);
	}
	for (struct link *k = table_oldest(&l->links); k; k = table_newer(&l->links, k))
		link_mark(l, k);
	return -EIO;
}

int ledger_write(struct ledger *l)
{
	bool ok = true;

	if (!l->dirty_assets && !l->dirty_links && !l->in_transaction)
		return 0;
	if (!begin(l))
		return give_up(l);
	while (l->dirty_assets) {
		struct asset *a = l->dirty_assets;
		unmark_asset(l, a);
		ok &= write_asset(l, a);
	}
	while (l->dirty_links) {
		struct link *k = l->dirty_links;
		unmark_link(l, k);
		ok &= write_link(l, k);
	}
	if (!ok) {
		store_exec(l->db, "ROLLBACK");
		l->in_transaction = false;
	}
	if (!ok || !commit(l))
		return give_up(l);
	if (l->write_failed)
		log_notice("ledger: %s/ledger.db is written again", l->state_dir);
	l->write_failed = false;
	return 0;
}

/* ---- reading it back */

static void read_asset(struct ledger *l, struct asset *a, sqlite3_stmt *st)
{
	int router = sqlite3_column_int(st, 5), by_ip = sqlite3_column_int(st, 6);

	snprintf(a->id, sizeof(a->id), "A%06" PRIu64, a->no);
	a->first_ns = sqlite3_column_int64(st, 1);
	a->last_ns = a->written_last_ns = a->used_ns = sqlite3_column_int64(st, 2);
	a->events = a->written_events = (uint64_t)sqlite3_column_int64(st, 3);
	a->router = router > 0;
	a->router_maybe = router > 1;
	a->by_ip = by_ip > 0;
	a->behind_router = by_ip > 1;
	a->stale = true;
	a->vendor = a->name = "";
	(void)l;
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
		m->source = source;
		m->confidence = confidence;
		m->last_ns = m->written_ns = last_ns;
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
		h->last_ns = h->written_ns = last_ns;
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
	asset_note(a, attr, span_str(value), source_no, (uint8_t)sqlite3_column_int(st, 3), sqlite3_column_int64(st, 4));
	if (a->n_attrs > 0) {
		struct attribute *t = &a->attrs[a->n_attrs - 1];
		t->last_ns = sqlite3_column_int64(st, 5);
		t->dirty = false;
	}
	if (attr == ATTR_SERVES)
		vocab_set_add(&a->serves, vocab_no(&l->protocols, value, strlen(value)));
	else if (attr == ATTR_USES)
		vocab_set_add(&a->uses, vocab_no(&l->protocols, value, strlen(value)));
}

/* Places are the site's of today. The VLAN of an address is not kept; the last one of the device stands for it. */
static void place_addresses(struct ledger *l, struct asset *a)
{
	const char *vlan = asset_text(a, ATTR_VLAN);
	uint16_t no = vlan ? (uint16_t)strtoul(vlan, NULL, 10) : 0;

	for (unsigned i = 0; i < a->n_ips; i++) {
		struct held_ip *h = &a->ips[i];
		h->vlan = no;
		h->zone = site_zone(l->site, a->n_macs > 0 ? &a->macs[0].mac : NULL, &h->ip, &no, no && a->n_macs > 0 ? 1 : 0);
	}
}

static int read_attrs_of(struct ledger *l, struct asset *a)
{
	sqlite3_stmt *st = l->st[ST_GET_ATTRS];
	int rc;

	bind_no(st, 1, a->no);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		read_attr(l, a, st);
	sqlite3_reset(st);
	place_addresses(l, a);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

struct asset *ledger_db_get_asset(struct ledger *l, uint64_t no)
{
	sqlite3_stmt *st = l->st[ST_GET_ASSET];
	struct asset *a = NULL;

	for (int hops = 0; hops < 16 && no; hops++) {
		bind_no(st, 1, no);
		bool found = sqlite3_step(st) == SQLITE_ROW;
		uint64_t merged_into = found ? (uint64_t)sqlite3_column_int64(st, 7) : 0;
		if (found && !merged_into) {
			uint64_t hash = hash_u64(hash_seed, no);
			a = table_find(&l->assets, &no, hash);
			if (!a && (a = table_insert(&l->assets, &no, hash)))
				read_asset(l, a, st);
			else
				found = false;
		}
		sqlite3_reset(st);
		if (!merged_into) {
			if (found && a && read_attrs_of(l, a) == SQLITE_OK)
				identity_index(l, a);
			break;
		}
		no = merged_into;
	}
	return a;
}

uint64_t ledger_db_find_address(struct ledger *l, const char *attr, const char *value)
{
	sqlite3_stmt *st = l->st[ST_FIND_ADDRESS];
	uint64_t no = 0;

	bind_text(st, 1, value);
	bind_text(st, 2, attr);
	if (sqlite3_step(st) == SQLITE_ROW)
		no = (uint64_t)sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return no;
}

static int load_assets(struct ledger *l)
{
	sqlite3_stmt *st = NULL;
	/* the most recent ones, oldest first: the order in which they will be pushed out again */
	int rc = sqlite3_prepare_v2(l->db,
				    "SELECT * FROM (SELECT " ASSET_COLUMNS " FROM asset WHERE merged_into IS NULL ORDER BY last_ns DESC, no DESC LIMIT ?)"
				    " ORDER BY last_ns, no", -1, &st, NULL);

	if (rc == SQLITE_OK)
		sqlite3_bind_int64(st, 1, l->assets.cap);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		uint64_t no = (uint64_t)sqlite3_column_int64(st, 0);
		struct asset *a = table_insert(&l->assets, &no, hash_u64(hash_seed, no));
		if (!a) {
			rc = SQLITE_NOMEM;
			break;
		}
		read_asset(l, a, st);
		rc = read_attrs_of(l, a);
		identity_index(l, a);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int load_links(struct ledger *l)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(l->db,
				    "SELECT * FROM (SELECT " LINK_COLUMNS " FROM link ORDER BY last_ns DESC, id DESC LIMIT ?) ORDER BY last_ns, id", -1,
				    &st, NULL);

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
		read_link(l, k, st);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int64_t one_number(struct ledger *l, const char *sql, int *rc)
{
	sqlite3_stmt *st = NULL;
	int64_t n = 0;

	if (*rc == SQLITE_OK)
		*rc = sqlite3_prepare_v2(l->db, sql, -1, &st, NULL);
	if (*rc == SQLITE_OK) {
		int step = sqlite3_step(st);
		if (step == SQLITE_ROW)
			n = sqlite3_column_int64(st, 0);
		else
			*rc = step;
	}
	sqlite3_finalize(st);
	return n;
}

int ledger_db_load(struct ledger *l)
{
	int rc = SQLITE_OK;

	l->version = (uint64_t)store_meta(l->db, "version");
	l->last_no = (uint64_t)one_number(l, "SELECT ifnull(max(no), 0) FROM asset", &rc);
	l->last_link_id = (uint64_t)one_number(l, "SELECT ifnull(max(id), 0) FROM link", &rc);
	l->assets_on_disk = one_number(l, "SELECT count(*) FROM asset WHERE merged_into IS NULL", &rc) > l->assets.cap;
	l->links_on_disk = one_number(l, "SELECT count(*) FROM link", &rc) > l->links.cap;
	if (rc == SQLITE_OK)
		rc = load_assets(l);
	return rc == SQLITE_OK ? load_links(l) : rc;
}
