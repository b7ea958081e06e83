#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_state.h"
#include "ledger/store.h"

/* Units of the gateway ?1 that the decision ?2 moved. */
#define MOVED "gateway_no = ?1 AND gateway_no <> 0 AND no IN (SELECT unit_no FROM moved_unit WHERE decision = ?2)"

/* Who is no asset is told apart by address; a flood from outside makes as many rows of one pair of numbers as it likes.
 */
#define OUTSIDE_SRC  "(CASE src_no WHEN 0 THEN src_ip ELSE '' END)"
#define OUTSIDE_DEST "(CASE dest_no WHEN 0 THEN dest_ip ELSE '' END)"

static const char *const statements[ST_COUNT] = {
    [ST_PUT_ASSET] =
	"INSERT INTO asset(no, first_ns, last_ns, events, vendor, zone, router, by_ip, merged_into, version, "
	"gateway_no,"
	" unit, changes) VALUES(?1, ?2, ?3, ?4, ?5, CASE WHEN ?14 THEN '' ELSE ?6 END, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
	" ON CONFLICT(no) DO UPDATE SET first_ns = ?2, last_ns = ?3, events = ?4, vendor = ?5,"
	" zone = CASE WHEN ?14 THEN zone ELSE ?6 END, router = ?7, by_ip = ?8, merged_into = ?9, version = ?10,"
	" gateway_no = ?11, unit = ?12, changes = ?13",
    [ST_PUT_ATTR] =
	"INSERT INTO attribute(asset_no, attr, value, source, confidence, first_ns, last_ns, current, prev, pcap, "
	"frame)"
	" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT(asset_no, attr, value) DO UPDATE SET"
	/* not replaced: the indexes by value stay as they are */
	" source = ?4, confidence = ?5, first_ns = ?6, last_ns = ?7, current = ?8, prev = ?9, pcap = ?10, frame = ?11",
    [ST_DROP_ATTR] = "DELETE FROM attribute WHERE asset_no = ? AND attr = ? AND value = ?",
    [ST_PUT_LINK] =
	"INSERT OR REPLACE INTO link(" LINK_COLUMNS ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [ST_DROP_LINK] = "DELETE FROM link WHERE id = ?",
    [ST_FIND_ADDRESS] =
	"SELECT asset_no FROM attribute WHERE value = ? AND attr = ? AND attr IN ('mac', 'ip') AND current"
	" ORDER BY last_ns DESC, asset_no LIMIT 1",
    [ST_FIND_KEY] = "SELECT asset_no FROM attribute WHERE value = ? AND attr = ? AND attr IN (" ATTRIBUTE_KEYS ")"
		    " ORDER BY last_ns DESC, asset_no LIMIT 1",
    [ST_BULK_CHANGES] =
	"INSERT OR FAIL INTO change(asset_no, at_ns, attr, value, prev, source, confidence, pcap, frame)"
	" SELECT c0, c1, c2, c3, c4, c5, c6, c7, c8 FROM bulk",
    [ST_TRIM_CHANGES] = "DELETE FROM change WHERE asset_no = ? AND no NOT IN"
			" (SELECT no FROM change WHERE asset_no = ? ORDER BY no DESC LIMIT ?)",
    [ST_PUT_DECISION] = "INSERT INTO decision(at_ns, verb, who, from_no, to_no, reason) VALUES(?, ?, ?, ?, ?, ?)",
    [ST_FIND_APART] = "SELECT 1 FROM decision WHERE verb = 'split' AND NOT undone AND"
		      " ((from_no = ? AND to_no = ?) OR (from_no = ? AND to_no = ?)) LIMIT 1",
    [ST_IS_PARTED] =
	"SELECT 1 FROM decision WHERE verb = 'split' AND NOT undone AND (from_no = ?1 OR to_no = ?1) LIMIT 1",
    [ST_UNDO_APART] = "UPDATE decision SET undone = 1 WHERE verb = 'split' AND"
		      " ((from_no = ? AND to_no = ?) OR (from_no = ? AND to_no = ?))",
    [ST_FIND_DECISION] = "SELECT no, verb, from_no, to_no FROM decision WHERE NOT undone AND"
			 " (no = ?1 OR (?1 = 0 AND (from_no = ?2 OR to_no = ?2))) ORDER BY no DESC LIMIT 1",
    [ST_UNDO_DECISION] = "UPDATE decision SET undone = 1 WHERE no = ?",
    [ST_MERGED_INTO] = "SELECT merged_into FROM asset WHERE no = ?",
    [ST_COPY_ZONE] = "UPDATE asset SET zone = (SELECT zone FROM asset WHERE no = ?) WHERE no = ?",
    [ST_LINK_BETWEEN] = "SELECT 1 FROM link WHERE (src_no = ? AND dest_no = ?) OR (src_no = ? AND dest_no = ?) LIMIT 1",
    [ST_NOTE_UNITS] = "INSERT OR IGNORE INTO moved_unit(decision, unit_no) SELECT ?2, no FROM asset"
		      " WHERE gateway_no = ?1 AND gateway_no <> 0",
    [ST_PUT_UNIT_CHANGES] = "INSERT INTO change(asset_no, at_ns, attr, value, prev, source, confidence, pcap, frame)"
			    " SELECT no, ?3, 'gateway', ?4, ?5, ?6, ?7, ?8, ?9 FROM asset WHERE " MOVED,
    [ST_MOVE_UNITS] = "UPDATE asset SET gateway_no = ?3, changes = changes + 1, version = ?4 WHERE " MOVED,
    [ST_WAS_MOVED] = "SELECT 1 FROM moved_unit WHERE decision = ? AND unit_no = ?",
    [ST_FORGET_UNITS] = "DELETE FROM moved_unit WHERE decision = ?",
    [ST_FIND_UNIT] =
	"SELECT no FROM asset WHERE gateway_no = ? AND gateway_no <> 0 AND unit = ? AND merged_into IS NULL LIMIT 1",
    [ST_GET_ASSET] = "SELECT " ASSET_COLUMNS " FROM asset WHERE no = ?",
    [ST_GET_ATTRS] = "SELECT " ATTR_COLUMNS " FROM attribute WHERE asset_no = ? ORDER BY first_ns, attr, value",
    [ST_FIND_LINK] = "SELECT " LINK_COLUMNS
		     " FROM link WHERE src_no = ? AND dest_no = ? AND port = ? AND protocol = ? AND ip_proto = ?"
		     " AND " OUTSIDE_SRC " = ? AND " OUTSIDE_DEST " = ? ORDER BY id LIMIT 1",
    [ST_GET_LINK] = "SELECT " LINK_COLUMNS " FROM link WHERE id = ?",
    /* the index has both ends, and is several times smaller than the table: who is the second is looked for there */
    [ST_LINKS_OF] =
	"SELECT " LINK_COLUMNS " FROM link WHERE id IN"
	" (SELECT id FROM link WHERE src_no = ?1 UNION ALL SELECT id FROM link WHERE dest_no = ?1) ORDER BY id",
    [ST_MOVE_LINK] = "UPDATE link SET src_no = ?, dest_no = ? WHERE id = ?",
    [ST_PUT_BORN] = "INSERT INTO born(assets) VALUES(?)",
    [ST_BULK_ASSETS] = "INSERT OR FAIL INTO asset(no, first_ns, last_ns, events, vendor, zone, router, by_ip, "
		       "merged_into, version, gateway_no, unit, changes)"
		       " SELECT c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12 FROM bulk",
    [ST_BULK_ATTRS] = "INSERT OR FAIL INTO attribute(asset_no, attr, value, source, confidence, first_ns, last_ns, "
		      "current, prev, pcap, frame) SELECT c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10 FROM bulk",
    [ST_BULK_LINKS] = "INSERT OR FAIL INTO link(" LINK_COLUMNS ") SELECT c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, "
		      "c11, c12, c13, c14, c15 FROM bulk",
    [ST_PUT_BASELINE] =
	"INSERT OR REPLACE INTO baseline(link, kind, unit, what, access, text, bits, fresh_bits, fresh_ns, first_ns, "
	"last_ns, count, by_person) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [ST_USED_BYTES] = "SELECT (page_count - freelist_count) * page_size"
		      " FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
    [ST_RETAIN_LINKS] = "DELETE FROM link WHERE id > ?1 AND id <= ?2 AND last_ns < ?3"
			" AND NOT EXISTS (SELECT 1 FROM baseline b WHERE b.link = link.id)",
    [ST_DROP_BASELINE] = "DELETE FROM baseline WHERE link = ? AND kind = ? AND unit = ? AND what = ? AND access = ?",
};

int ledger_db_prepare(struct ledger *l)
{
	int rc = bulk_register(l->db, &l->bulk);

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

void ledger_db_tell_why(struct ledger *l)
{
	if (!l->write_failed)
		log_error(
		    "ledger: %s/ledger.db cannot be written (%s); kept in memory, tried again with the next batch",
		    l->state_dir, sqlite3_errmsg(l->db));
	l->write_failed = true;
}

bool ledger_db_taken_back(struct ledger *l)
{
	if (l->in_transaction && sqlite3_get_autocommit(l->db)) {
		ledger_db_tell_why(l);
		l->in_transaction = false;
		l->taken_back = true;
	}
	return l->taken_back;
}

bool ledger_db_begin(struct ledger *l)
{
	(void)ledger_db_taken_back(l); /* then another one is opened */
	if (!l->in_transaction && store_exec(l->db, "BEGIN IMMEDIATE") == SQLITE_OK) {
		l->in_transaction = true;
		l->changed_before = (unsigned)sqlite3_total_changes(l->db);
		l->version = (uint64_t)store_meta(l->db, "version"); /* an import counts on as well */
	}
	if (!l->in_transaction)
		l->count.write_errors++;
	return l->in_transaction;
}

static bool index_by(struct ledger *l, const char *sql)
{
	bool ok = ledger_db_begin(l) && store_exec(l->db, sql) == SQLITE_OK;

	l->count.write_errors += !ok;
	return ok;
}

void ledger_db_index_assets(struct ledger *l)
{
	(void)index_by(l, "CREATE INDEX IF NOT EXISTS attribute_value ON attribute(value) WHERE attr IN ('mac', 'ip');"
			  "CREATE INDEX IF NOT EXISTS attribute_key ON attribute(value) WHERE attr IN (" ATTRIBUTE_KEYS
			  ")");
}

void ledger_db_index_links(struct ledger *l)
{
	if (l->links_indexed)
		return;
	l->links_indexed =
	    index_by(l, "CREATE INDEX IF NOT EXISTS link_ends ON link(src_no, dest_no, port, " OUTSIDE_SRC
			", " OUTSIDE_DEST ")");
}

bool ledger_db_run(struct ledger *l, enum ledger_statement which)
{
	int rc = sqlite3_step(l->st[which]);

	sqlite3_reset(l->st[which]);
	if (rc == SQLITE_DONE || rc == SQLITE_ROW)
		return true;
	l->count.write_errors++;
	(void)ledger_db_taken_back(l); /* while it is known why */
	return false;
}

const char *ledger_db_capture(const struct ledger *l, struct seen_at at)
{
	return at.capture ? l->captures.name[at.capture] : "";
}

/* ---- assets */

static void drop_attr(struct ledger *l, uint64_t no, const char *attr, const char *value)
{
	sqlite3_stmt *st = l->st[ST_DROP_ATTR];

	if (!ledger_db_begin(l))
		return;
	store_bind_no(st, 1, no);
	store_bind_text(st, 2, attr);
	store_bind_text(st, 3, value);
	ledger_db_run(l, ST_DROP_ATTR);
}

void ledger_db_drop_ip(struct ledger *l, uint64_t asset_no, const struct ip_addr *ip)
{
	char text[IP_TEXT_MAX];

	drop_attr(l, asset_no, "ip", ip_format(ip, text));
}

void ledger_db_drop_attr(struct ledger *l, uint64_t asset_no, enum attr attr, const char *value)
{
	drop_attr(l, asset_no, attr_name(attr), value);
}

void ledger_db_drop_mac(struct ledger *l, uint64_t asset_no, const char *mac)
{
	drop_attr(l, asset_no, "mac", mac);
}

/* ---- conversations */

void ledger_db_drop_link(struct ledger *l, uint64_t id)
{
	if (!ledger_db_begin(l))
		return;
	store_bind_no(l->st[ST_DROP_LINK], 1, id);
	ledger_db_run(l, ST_DROP_LINK);
}

void ledger_db_move_link(struct ledger *l, uint64_t id, const struct link_key *key)
{
	sqlite3_stmt *st = l->st[ST_MOVE_LINK];

	if (!ledger_db_begin(l))
		return;
	store_bind_no(st, 1, link_asset_no(key->src));
	store_bind_no(st, 2, link_asset_no(key->dest));
	store_bind_no(st, 3, id);
	ledger_db_run(l, ST_MOVE_LINK);
}

/* ---- history */

int64_t ledger_db_put_decision(struct ledger *l, const struct decision *d)
{
	sqlite3_stmt *st = l->st[ST_PUT_DECISION];

	if (!ledger_db_begin(l))
		return 0;
	sqlite3_bind_int64(st, 1, d->at_ns);
	store_bind_text(st, 2, d->verb);
	store_bind_text(st, 3, d->who);
	store_bind_no(st, 4, d->from_no);
	store_bind_no(st, 5, d->to_no);
	store_bind_text(st, 6, d->reason);
	return ledger_db_run(l, ST_PUT_DECISION) ? sqlite3_last_insert_rowid(l->db) : 0;
}

static bool is_there(struct ledger *l, enum ledger_statement which, uint64_t a, uint64_t b)
{
	sqlite3_stmt *st = l->st[which];

	store_bind_no(st, 1, a);
	store_bind_no(st, 2, b);
	store_bind_no(st, 3, b);
	store_bind_no(st, 4, a);
	bool found = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_reset(st);
	return found;
}

bool ledger_db_kept_apart(struct ledger *l, uint64_t a, uint64_t b)
{
	return is_there(l, ST_FIND_APART, a, b);
}

bool ledger_db_is_parted(struct ledger *l, uint64_t no)
{
	sqlite3_stmt *st = l->st[ST_IS_PARTED];

	store_bind_no(st, 1, no);
	bool found = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_reset(st);
	return found;
}

void ledger_db_undo_apart(struct ledger *l, uint64_t a, uint64_t b)
{
	sqlite3_stmt *st = l->st[ST_UNDO_APART];

	if (!ledger_db_begin(l))
		return;
	store_bind_no(st, 1, a);
	store_bind_no(st, 2, b);
	store_bind_no(st, 3, b);
	store_bind_no(st, 4, a);
	ledger_db_run(l, ST_UNDO_APART);
}

int64_t ledger_db_find_decision(struct ledger *l, uint64_t no, uint64_t asset_no, struct decision *d, char *verb,
				size_t verb_size)
{
	sqlite3_stmt *st = l->st[ST_FIND_DECISION];
	int64_t found = 0;

	store_bind_no(st, 1, no);
	store_bind_no(st, 2, asset_no);
	if (sqlite3_step(st) == SQLITE_ROW) {
		found = sqlite3_column_int64(st, 0);
		snprintf(verb, verb_size, "%s", store_text(st, 1));
		*d = (struct decision){.verb = verb,
				       .from_no = (uint64_t)sqlite3_column_int64(st, 2),
				       .to_no = (uint64_t)sqlite3_column_int64(st, 3)};
	}
	sqlite3_reset(st);
	return found;
}

void ledger_db_mark_undone(struct ledger *l, int64_t no)
{
	if (!ledger_db_begin(l))
		return;
	sqlite3_bind_int64(l->st[ST_UNDO_DECISION], 1, no);
	ledger_db_run(l, ST_UNDO_DECISION);
}

uint64_t ledger_db_merged_into(struct ledger *l, uint64_t no)
{
	sqlite3_stmt *st = l->st[ST_MERGED_INTO];

	merged_write(l);
	store_bind_no(st, 1, no);
	uint64_t into = sqlite3_step(st) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return into;
}

void ledger_db_copy_zone(struct ledger *l, uint64_t from, uint64_t to)
{
	if (!ledger_db_begin(l))
		return;
	store_bind_no(l->st[ST_COPY_ZONE], 1, from);
	store_bind_no(l->st[ST_COPY_ZONE], 2, to);
	ledger_db_run(l, ST_COPY_ZONE);
}

bool ledger_db_link_between(struct ledger *l, uint64_t a, uint64_t b)
{
	return is_there(l, ST_LINK_BETWEEN, a, b);
}

void ledger_db_note_units(struct ledger *l, int64_t decision, uint64_t gateway_no)
{
	sqlite3_stmt *st = l->st[ST_NOTE_UNITS];

	if (!ledger_db_begin(l))
		return;
	store_bind_no(st, 1, gateway_no);
	sqlite3_bind_int64(st, 2, decision);
	ledger_db_run(l, ST_NOTE_UNITS);
}

void ledger_db_move_units(struct ledger *l, int64_t decision, const struct asset *from, const struct asset *to,
			  const struct note *n)
{
	sqlite3_stmt *st = l->st[ST_PUT_UNIT_CHANGES];
	const struct asset_id from_id = asset_id(from), to_id = asset_id(to);

	if (!ledger_db_begin(l) || !changes_write(l))
		return;
	store_bind_no(st, 1, from->no);
	sqlite3_bind_int64(st, 2, decision);
	sqlite3_bind_int64(st, 3, n->now_ns);
	store_bind_text(st, 4, to_id.text);
	store_bind_text(st, 5, from_id.text);
	store_bind_text(st, 6, l->sources.text[n->source]);
	sqlite3_bind_int(st, 7, n->confidence);
	store_bind_text(st, 8, ledger_db_capture(l, n->at));
	sqlite3_bind_int64(st, 9, n->at.frame);
	ledger_db_run(l, ST_PUT_UNIT_CHANGES);
	st = l->st[ST_MOVE_UNITS];
	store_bind_no(st, 1, from->no);
	sqlite3_bind_int64(st, 2, decision);
	store_bind_no(st, 3, to->no);
	store_bind_no(st, 4, l->version + 1);
	ledger_db_run(l, ST_MOVE_UNITS);
}

bool ledger_db_was_moved(struct ledger *l, int64_t decision, uint64_t unit_no)
{
	sqlite3_stmt *st = l->st[ST_WAS_MOVED];

	sqlite3_bind_int64(st, 1, decision);
	store_bind_no(st, 2, unit_no);
	bool found = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_reset(st);
	return found;
}

void ledger_db_forget_units(struct ledger *l, int64_t decision)
{
	if (!ledger_db_begin(l))
		return;
	sqlite3_bind_int64(l->st[ST_FORGET_UNITS], 1, decision);
	ledger_db_run(l, ST_FORGET_UNITS);
}

/* ---- zones */

static char *prefix_words(const struct zone *z)
{
	size_t size = z->n_prefixes * (IP_TEXT_MAX + 5) + 1, len = 0;
	char *words = calloc(1, size), text[IP_TEXT_MAX];

	for (size_t i = 0; words && i < z->n_prefixes; i++) {
		const struct ip_prefix *p = &z->prefixes[i];
		unsigned bits = ip_is_v4(&p->addr) && p->bits >= 96 ? p->bits - 96u : p->bits;
		len +=
		    (size_t)snprintf(words + len, size - len, "%s%s/%u", i ? " " : "", ip_format(&p->addr, text), bits);
	}
	return words;
}

static bool put_names(struct ledger *l)
{
	const struct site *s = l->site;
	sqlite3_stmt *st = NULL;
	bool ok = store_set_meta(l->db, "model", (int64_t)s->model) == SQLITE_OK &&
		  store_exec(l->db, "DELETE FROM place_name") == SQLITE_OK &&
		  sqlite3_prepare_v2(l->db, "INSERT INTO place_name(token, ja, en) VALUES(?, ?, ?)", -1, &st, NULL) ==
		      SQLITE_OK;

	for (size_t i = 0; i < s->n_names && ok; i++) {
		store_bind_text(st, 1, s->names[i].token);
		store_bind_text(st, 2, s->names[i].ja ? s->names[i].ja : "");
		store_bind_text(st, 3, s->names[i].en ? s->names[i].en : "");
		ok = sqlite3_step(st) == SQLITE_DONE;
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	return ok;
}

void ledger_db_put_zones(struct ledger *l)
{
	sqlite3_stmt *st = NULL;
	bool ok = ledger_db_begin(l) && store_exec(l->db, "DELETE FROM zone") == SQLITE_OK &&
		  sqlite3_prepare_v2(
		      l->db, "INSERT INTO zone(id, fa, purdue, prefixes, name_ja, name_en) VALUES(?, ?, ?, ?, ?, ?)",
		      -1, &st, NULL) == SQLITE_OK;

	for (size_t i = 0; i < l->site->n_zones && ok; i++) {
		const struct zone *z = &l->site->zones[i];
		char *words = prefix_words(z);
		store_bind_text(st, 1, z->id);
		store_bind_text(st, 2, z->fa ? z->fa : "");
		sqlite3_bind_int(st, 3, z->purdue);
		store_bind_text(st, 4, words ? words : "");
		store_bind_text(st, 5, z->name_ja ? z->name_ja : "");
		store_bind_text(st, 6, z->name_en ? z->name_en : "");
		ok = sqlite3_step(st) == SQLITE_DONE;
		sqlite3_reset(st);
		free(words);
	}
	sqlite3_finalize(st);
	ok = ok && put_names(l);
	l->count.write_errors += !ok;
}
