/*
 * The baseline to and from SQLite. Rows that a person approved while the daemon ran are taken over when the number
 * "baseline_asked" of the table meta has risen.
 */
#include <stdio.h>
#include <string.h>

#include "ledger/ledger_state.h"
#include "ledger/store.h"

void baseline_mark(struct ledger *l, struct learnt *f)
{
	if (f->dirty || f->key.kind == LEARNT_WRITERS)
		return;
	f->dirty = true;
	f->dirty_prev = NULL;
	f->dirty_next = l->base.dirty;
	if (f->dirty_next)
		f->dirty_next->dirty_prev = f;
	l->base.dirty = f;
}

void baseline_unmark(struct ledger *l, struct learnt *f)
{
	if (!f->dirty)
		return;
	*(f->dirty_prev ? &f->dirty_prev->dirty_next : &l->base.dirty) = f->dirty_next;
	if (f->dirty_next)
		f->dirty_next->dirty_prev = f->dirty_prev;
	f->dirty = false;
}

void baseline_mark_all(struct ledger *l)
{
	for (struct learnt *f = table_oldest(&l->base.facts); f; f = table_newer(&l->base.facts, f))
		baseline_mark(l, f);
}

static void bind_key(sqlite3_stmt *st, const struct learnt_key *key)
{
	store_bind_no(st, 1, key->link_id);
	sqlite3_bind_int(st, 2, key->kind);
	sqlite3_bind_int(st, 3, key->unit);
	sqlite3_bind_int64(st, 4, key->what);
	sqlite3_bind_int(st, 5, key->access);
}

void baseline_drop_row(struct ledger *l, const struct learnt_key *key)
{
	if (key->kind == LEARNT_WRITERS || !ledger_db_begin(l))
		return;
	bind_key(l->st[ST_DROP_BASELINE], key);
	ledger_db_run(l, ST_DROP_BASELINE);
}

static bool write_one(struct ledger *l, const struct learnt *f)
{
	sqlite3_stmt *st = l->st[ST_PUT_BASELINE];

	bind_key(st, &f->key);
	store_bind_text(st, 6, f->text);
	store_bind_no(st, 7, f->bits);
	store_bind_no(st, 8, f->fresh_bits);
	sqlite3_bind_int64(st, 9, f->fresh_ns);
	sqlite3_bind_int64(st, 10, f->first_ns);
	sqlite3_bind_int64(st, 11, f->last_ns);
	store_bind_no(st, 12, f->count);
	sqlite3_bind_int(st, 13, f->by_person);
	l->count.written_rows++;
	return ledger_db_run(l, ST_PUT_BASELINE);
}

bool baseline_write(struct ledger *l)
{
	struct baseline_book *b = &l->base;
	bool ok = true;

	if (b->trouble_until_ns != b->trouble_written_ns) {
		ok = store_set_meta(l->db, "baseline_quiet_until", b->trouble_until_ns) == SQLITE_OK &&
		     store_set_meta(l->db, "baseline_interrupted", b->interrupted_ns) == SQLITE_OK;
		b->trouble_written_ns = b->trouble_until_ns;
	}
	if (b->begun_ns != b->begun_written_ns) {
		ok &= store_set_meta(l->db, "baseline_begun", b->begun_ns) == SQLITE_OK;
		b->begun_written_ns = b->begun_ns;
	}
	while (b->dirty) {
		struct learnt *f = b->dirty;
		baseline_unmark(l, f);
		ok &= write_one(l, f);
	}
	l->base.pressing = false;
	return ok;
}

static int read_rows(struct ledger *l, bool only_by_person)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(
	    l->db,
	    "SELECT b.link, b.kind, b.unit, b.what, b.access, b.text, b.bits, b.fresh_bits, b.fresh_ns, b.first_ns,"
	    " b.last_ns, b.count, b.by_person, l.src_no, l.dest_no FROM baseline b LEFT JOIN link l ON l.id = b.link"
	    " WHERE (l.id IS NOT NULL OR b.kind = 5) AND b.by_person >= ? ORDER BY b.first_ns, b.link, b.kind, b.unit, "
	    "b.what, b.access",
	    -1, &st, NULL);

	if (rc == SQLITE_OK)
		sqlite3_bind_int(st, 1, only_by_person);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct learnt_key key = {.link_id = (uint64_t)sqlite3_column_int64(st, 0),
					 .kind = (uint8_t)sqlite3_column_int(st, 1),
					 .unit = (uint16_t)sqlite3_column_int(st, 2),
					 .what = (uint32_t)sqlite3_column_int64(st, 3),
					 .access = (uint8_t)sqlite3_column_int(st, 4)};
		struct learnt *f = baseline_add(l, &key);
		rc = SQLITE_OK;
		if (!f)
			continue;
		snprintf(f->text, sizeof(f->text), "%s", store_text(st, 5));
		f->bits |= (uint64_t)sqlite3_column_int64(st, 6);
		f->by_person |= sqlite3_column_int(st, 12) != 0;
		for (int i = 0; i < 2; i++) {
			uint64_t no = (uint64_t)sqlite3_column_int64(st, 13 + i);
			f->ends[i] = key.kind == LEARNT_SERVICE ? key.link_id : no ? no : BASELINE_SOMEBODY;
		}
		if (only_by_person)
			continue;
		f->fresh_bits = (uint64_t)sqlite3_column_int64(st, 7);
		f->fresh_ns = sqlite3_column_int64(st, 8);
		f->first_ns = sqlite3_column_int64(st, 9);
		f->last_ns = sqlite3_column_int64(st, 10);
		f->count = (uint64_t)sqlite3_column_int64(st, 11);
		int64_t fresh_ns = f->fresh_ns > f->first_ns ? f->fresh_ns : f->first_ns;
		if (l->base.fresh_ns < fresh_ns)
			l->base.fresh_ns = fresh_ns;
	}
	sqlite3_finalize(st);
	baseline_count_writers(l);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int baseline_load(struct ledger *l)
{
	l->base.asked = (uint64_t)store_meta(l->db, "baseline_asked");
	/* of whom is not kept: of all */
	l->base.quiet_until_ns = l->base.trouble_until_ns = l->base.trouble_written_ns =
	    store_meta(l->db, "baseline_quiet_until");
	l->base.interrupted_ns = store_meta(l->db, "baseline_interrupted");
	l->base.begun_ns = l->base.begun_written_ns = store_meta(l->db, "baseline_begun");
	return read_rows(l, false);
}

void baseline_take_over(struct ledger *l)
{
	uint64_t asked = (uint64_t)store_meta(l->db, "baseline_asked");

	if (asked == l->base.asked)
		return;
	if (read_rows(l, true) == SQLITE_OK)
		l->base.asked = asked;
	else
		l->count.write_errors++;
}
