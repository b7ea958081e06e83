/*
 * The table `born`: assets that have no rows yet, many to a row, as JSON.
 *
 *   [[captures], [[no, first_ns, last_ns, events, vendor, zone, router, by_ip, gateway_no, unit, changes,
 *     [[attr, value, source, confidence, first_ns, last_ns, current, prev, capture, frame] ...]] ...]]
 *
 * Their rows are written by the next batch that writes news, in the order of their numbers and with all that was learnt
 * by then, and `born` is emptied. Where that batch never came, what stands in `born` becomes rows at the next start.
 */
#include "ledger/born.h"

#include "base/json.h"
#include "ledger/store.h"

enum {
	ROW_BYTES = 48 * 1024,  /* a row is put down when it has grown so long */
	MOST_BYTES = 96 * 1024, /* and gets no longer: an asset of ATTRS_MOST attributes finds room */
	ATTRS_MOST = 32,
	CAPTURES_MOST = 64, /* with so many named a row is put down as well */
};

struct born_batch {
	struct ledger *l;
	struct json *j;                                /* the ledger's, whose room stays */
	uint16_t captures[CAPTURES_MOST + ATTRS_MOST]; /* as the row names them, by what the ledger calls them */
	unsigned n_captures;
	bool ok;
};

static bool put_attr(void *ctx, const struct attr_row *r)
{
	struct born_batch *b = ctx;
	struct json *j = b->j;
	unsigned capture = 0;

	while (capture < b->n_captures && b->captures[capture] != r->at.capture)
		capture++;
	if (capture == b->n_captures)
		b->captures[b->n_captures++] = r->at.capture;
	json_array_begin(j);
	json_str(j, r->attr);
	json_str(j, r->value);
	json_str(j, r->source);
	json_u64(j, r->confidence);
	json_i64(j, r->first_ns);
	json_i64(j, r->last_ns);
	json_u64(j, r->current);
	json_str(j, r->prev ? r->prev : "");
	json_u64(j, capture);
	json_u64(j, r->at.frame);
	json_array_end(j);
	return true;
}

static void begin_row(struct born_batch *b)
{
	json_reset(b->j);
	b->n_captures = 0;
	json_array_begin(b->j);
	json_array_begin(b->j);
}

static void end_row(struct born_batch *b)
{
	sqlite3_stmt *st = b->l->st[ST_PUT_BORN];

	json_array_end(b->j);
	json_array_begin(b->j);
	for (unsigned i = 0; i < b->n_captures; i++)
		json_str(b->j, ledger_db_capture(b->l, (struct seen_at){.capture = b->captures[i]}));
	json_array_end(b->j);
	json_array_end(b->j);
	sqlite3_bind_text(st, 1, json_cstr(b->j), (int)b->j->len, SQLITE_STATIC);
	b->ok = b->ok && !b->j->overflow && ledger_db_run(b->l, ST_PUT_BORN);
	b->l->count.written_rows++;
	b->l->any_born = true;
}

static void put_asset(struct born_batch *b, const struct asset *a)
{
	struct json *j = b->j;

	json_array_begin(j);
	json_u64(j, a->no);
	json_i64(j, a->first_ns);
	json_i64(j, a->last_ns);
	json_u64(j, a->events);
	json_str(j, a->vendor);
	json_str(j, ledger_observed_zone(b->l, a));
	json_u64(j, ledger_router_word(a));
	json_u64(j, ledger_by_ip_word(a));
	json_u64(j, a->gateway_no);
	json_u64(j, a->has_unit ? a->unit : 0);
	json_u64(j, a->n_changes);
	json_array_begin(j);
	ledger_each_attr(b->l, a, put_attr, b);
	json_array_end(j);
	json_array_end(j);
}

bool born_write(struct ledger *l)
{
	struct born_batch b = {.l = l, .j = &l->born_text, .ok = true};
	uint32_t next = 0, number;
	bool any = false;

	if (!b.j->limit)
		json_init(b.j, MOST_BYTES);
	while (marks_next(&l->asset_marks, MARK_PRESSING, &next, &number)) {
		struct asset *a = table_at(&l->assets, number);
		if (a->stored || a->n_attrs + a->n_ips + a->n_macs > ATTRS_MOST)
			continue;
		if (!any)
			begin_row(&b);
		put_asset(&b, a);
		ledger_unmark(l, a);
		ledger_mark(l, a, MARK_NEWS);
		any = b.j->len < ROW_BYTES && b.n_captures < CAPTURES_MOST;
		if (!any)
			end_row(&b);
	}
	if (any)
		end_row(&b);
	return b.ok;
}

bool born_forget(struct ledger *l)
{
	if (!l->any_born)
		return true;
	if (store_exec(l->db, "DELETE FROM born") != SQLITE_OK)
		return false;
	l->any_born = false;
	return true;
}

int born_recover(sqlite3 *db)
{
	/* the last that was said of each that has no row; what a bare column stands for beside max(), SQLite says */
	static const char sql[] =
	    "PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE;"
	    "CREATE TEMP TABLE newborn AS SELECT json_extract(a.value, '$[0]') AS no, max(b.no) AS last, a.value AS "
	    "doc,"
	    " json_extract(b.assets, '$[1]') AS captures FROM born b, json_each(b.assets, '$[0]') a GROUP BY 1;"
	    "DELETE FROM newborn WHERE no IN (SELECT no FROM asset);"
	    "INSERT INTO attribute(asset_no, attr, value, source, confidence, first_ns, last_ns, current, prev, pcap, "
	    "frame)"
	    " SELECT n.no, json_extract(t.value, '$[0]'), json_extract(t.value, '$[1]'), json_extract(t.value, '$[2]'),"
	    " json_extract(t.value, '$[3]'), json_extract(t.value, '$[4]'), json_extract(t.value, '$[5]'),"
	    " json_extract(t.value, '$[6]'), json_extract(t.value, '$[7]'),"
	    " json_extract(n.captures, '$[' || json_extract(t.value, '$[8]') || ']'), json_extract(t.value, '$[9]')"
	    " FROM newborn n, json_each(n.doc, '$[11]') t WHERE true"
	    " ON CONFLICT(asset_no, attr, value) DO NOTHING;"
	    "INSERT INTO asset(no, first_ns, last_ns, events, vendor, zone, router, by_ip, merged_into, version, "
	    "gateway_no,"
	    " unit, changes) SELECT no, json_extract(doc, '$[1]'), json_extract(doc, '$[2]'), json_extract(doc, "
	    "'$[3]'),"
	    " json_extract(doc, '$[4]'), json_extract(doc, '$[5]'), json_extract(doc, '$[6]'), json_extract(doc, "
	    "'$[7]'),"
	    " NULL, (SELECT ifnull(max(value), 0) + 1 FROM meta WHERE key = 'version'), json_extract(doc, '$[8]'),"
	    " json_extract(doc, '$[9]'), json_extract(doc, '$[10]') FROM newborn;"
	    "INSERT INTO meta(key, value) VALUES('version', 1) ON CONFLICT(key) DO UPDATE SET value = value + 1;"
	    "DROP TABLE newborn; DELETE FROM born";
	int rc = SQLITE_OK;

	if (store_number(db, "SELECT EXISTS (SELECT 1 FROM born)", &rc) == 0)
		return rc;
	return store_end(db, store_exec(db, sql));
}
