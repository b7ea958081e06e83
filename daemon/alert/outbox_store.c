#include "alert/outbox_store.h"

#include "alert/alerts_db.h"

/* Rows that one transaction deletes at most: it must stay short. */
enum {
	TRIM_CHUNK = 2000,
	INDEX_ROWS = 4096, /* with so many the index by level is made where it is needed: it takes no time yet */
};

/* A drill asks who is reached, so its alerts wait for a sink that is away however many others come: there are few, and
 * one that was dropped would count as delivered (drills.h). ?3: what every sink has. */
#define STAYS " AND (seq <= ?3 OR seq NOT IN (SELECT seq FROM drill_alerts))"

int outbox_store_open(struct outbox_store *o, sqlite3 *db)
{
	const struct {
		sqlite3_stmt **at;
		const char *sql;
	} all[] = {
	    {&o->tell, "INSERT INTO outbox(seq, ms, level, json, body, bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"},
	    {&o->tell_many, "INSERT OR FAIL INTO outbox(seq, ms, level, json, body, bytes)"
			    " SELECT c0, c1, c2, c3, c4, c5 FROM bulk"},
	    {&o->keep_bytes, "UPDATE meta SET value = ?1 WHERE key = 'outbox_bytes'"},
	    {&o->delivered, "SELECT min(seq) FROM sinks WHERE active"},
	    {&o->oldest, "SELECT seq, ms, " OUTBOX_ROW_BYTES " FROM outbox WHERE seq <= ?1" STAYS " ORDER BY seq LIMIT ?2"},
	    {&o->least,
	     "SELECT seq, ms, " OUTBOX_ROW_BYTES " FROM outbox WHERE seq <= ?1" STAYS " ORDER BY level, seq LIMIT ?2"},
	    {&o->drop, "DELETE FROM outbox WHERE seq = ?1"},
	};
	int code = SQLITE_OK;

	*o = (struct outbox_store){.db = db};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && code == SQLITE_OK; i++)
		code = alerts_db_prepare(db, all[i].sql, all[i].at);
	if (code != SQLITE_OK)
		return code;
	/* the numbers of a row that retention took are not given again */
	int64_t gone = alerts_db_number(db, "SELECT max(seq) FROM sinks", 0);
	int64_t last = alerts_db_number(db, "SELECT max(seq) FROM outbox", 0);
	o->n.last_seq = (uint64_t)(last > gone ? last : gone);
	o->n.last_ms = alerts_db_number(db, "SELECT ms FROM outbox ORDER BY seq DESC LIMIT 1", 0);
	o->n.rows = (uint64_t)alerts_db_number(db, "SELECT count(*) FROM outbox", 0);
	o->n.bytes = (uint64_t)alerts_db_number(db, "SELECT value FROM meta WHERE key = 'outbox_bytes'", 0);
	o->n.bytes_kept = o->n.bytes;
	return SQLITE_OK;
}

void outbox_store_close(struct outbox_store *o)
{
	sqlite3_stmt *all[] = {o->tell, o->tell_many, o->keep_bytes, o->delivered, o->oldest, o->least, o->drop};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sqlite3_finalize(all[i]);
	*o = (struct outbox_store){0};
}

void outbox_store_now(struct outbox_store *o, int64_t now_ms)
{
	if (now_ms > o->n.last_ms)
		o->n.last_ms = now_ms;
}

int outbox_store_tell(struct outbox_store *o, enum alert_level level, const char *json, size_t len)
{
	return outbox_store_tell_body(o, level, 0, 0, json, len);
}

int outbox_store_tell_body(struct outbox_store *o, enum alert_level level, int64_t no, size_t body_len,
			   const char *json, size_t len)
{
	sqlite3_bind_int64(o->tell, 1, (sqlite3_int64)(o->n.last_seq + 1));
	sqlite3_bind_int64(o->tell, 2, o->n.last_ms);
	sqlite3_bind_int(o->tell, 3, (int)level);
	sqlite3_bind_text(o->tell, 4, json + body_len, (int)(len - body_len), SQLITE_STATIC);
	sqlite3_bind_int64(o->tell, 5, no);
	sqlite3_bind_int64(o->tell, 6, (sqlite3_int64)len);
	int code = alerts_db_run(o->tell);
	if (code == SQLITE_OK) {
		o->n.last_seq++;
		o->n.rows++;
		o->n.bytes += len;
	}
	return code;
}

void outbox_store_tell_cells(struct outbox_store *o, struct bulk *b, enum alert_level level, int64_t no,
			     size_t body_len, const char *json, size_t len)
{
	bulk_number(b, 0, (int64_t)++o->n.last_seq);
	bulk_number(b, 1, o->n.last_ms);
	bulk_number(b, 2, level);
	bulk_text_n(b, 3, json + body_len, (int)(len - body_len));
	bulk_number(b, 4, no);
	bulk_number(b, 5, (int64_t)len);
	o->n.rows++;
	o->n.bytes += len;
}

/* What may be kept. */
struct bounds {
	uint64_t rows, bytes;
	int64_t since_ms; /* older ones go; 0: none for their age */
};

static bool is_over(const struct bounds *b, uint64_t rows, uint64_t bytes, int64_t oldest_ms)
{
	return rows > b->rows || bytes > b->bytes || oldest_ms < b->since_ms;
}

/* Deletes rows up to @upto in the order that @walk gives, until what is left is within @b. */
static int drop(struct outbox_store *o, sqlite3_stmt *walk, uint64_t upto, const struct bounds *b, uint64_t delivered,
		struct outbox_trimmed *t)
{
	uint64_t seqs[TRIM_CHUNK], rows = o->n.rows, bytes = o->n.bytes;
	int n = 0, code;

	sqlite3_bind_int64(walk, 1, upto < INT64_MAX ? (sqlite3_int64)upto : INT64_MAX);
	sqlite3_bind_int(walk, 2, TRIM_CHUNK);
	sqlite3_bind_int64(walk, 3, delivered < INT64_MAX ? (sqlite3_int64)delivered : INT64_MAX);
	while ((code = sqlite3_step(walk)) == SQLITE_ROW && n < TRIM_CHUNK &&
	       is_over(b, rows, bytes, sqlite3_column_int64(walk, 1))) {
		uint64_t size = (uint64_t)sqlite3_column_int64(walk, 2);
		seqs[n++] = (uint64_t)sqlite3_column_int64(walk, 0);
		rows--;
		bytes -= size < bytes ? size : bytes;
	}
	sqlite3_reset(walk);
	code = code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
	for (int i = 0; i < n && code == SQLITE_OK; i++) {
		sqlite3_bind_int64(o->drop, 1, (sqlite3_int64)seqs[i]);
		code = alerts_db_run(o->drop);
		*(seqs[i] > delivered ? &t->untold : &t->told) += 1;
	}
	o->n.rows = rows;
	o->n.bytes = bytes;
	return code;
}

/* The row that every sink has, and all before it: where there is no sink, all. */
static int read_delivered(struct outbox_store *o, uint64_t *seq)
{
	int code = sqlite3_step(o->delivered);

	*seq = INT64_MAX;
	if (code == SQLITE_ROW && sqlite3_column_type(o->delivered, 0) != SQLITE_NULL)
		*seq = (uint64_t)sqlite3_column_int64(o->delivered, 0);
	sqlite3_reset(o->delivered);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

int outbox_store_trim(struct outbox_store *o, const struct outbox_limits *limits, struct outbox_trimmed *t)
{
	const struct bounds told = {limits->rows, limits->bytes, limits->age_ms ? o->n.last_ms - limits->age_ms : 0},
			    untold = {2 * limits->rows, 2 * limits->bytes, 0};
	uint64_t delivered;

	if (limits->least_first && !o->by_level && o->n.rows >= INDEX_ROWS) {
		int made = sqlite3_exec(o->db, "CREATE INDEX IF NOT EXISTS outbox_by_level ON outbox(level, seq)", NULL,
					NULL, NULL);
		if (made != SQLITE_OK)
			return made;
		o->by_level = true;
	}
	if (o->n.rows == 0 || (!told.since_ms && !is_over(&told, o->n.rows, o->n.bytes, 0)))
		return SQLITE_OK;
	int code = read_delivered(o, &delivered);
	if (code == SQLITE_OK)
		code = drop(o, o->oldest, delivered, &told, delivered, t);
	if (code == SQLITE_OK && is_over(&untold, o->n.rows, o->n.bytes, 0))
		code = drop(o, limits->least_first ? o->least : o->oldest, INT64_MAX, &untold, delivered, t);
	return code;
}

int outbox_store_settle(struct outbox_store *o)
{
	if (o->n.bytes == o->n.bytes_kept)
		return SQLITE_OK;
	sqlite3_bind_int64(o->keep_bytes, 1, (sqlite3_int64)o->n.bytes);
	int code = alerts_db_run(o->keep_bytes);
	if (code == SQLITE_OK)
		o->n.bytes_kept = o->n.bytes;
	return code;
}
