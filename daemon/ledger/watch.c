#include "ledger/watch.h"

#include <stddef.h>

#include "base/when.h"

#define HOUR_NS   (3600 * NS_PER_S)
#define MINUTE_NS (60 * NS_PER_S)

/* Is the row that was begun over? */
static bool is_over(const struct watch *w, const struct watched *now, bool *broken)
{
	*broken = now->at_ns < w->now.at_ns || now->at_ns - w->now.at_ns > MINUTE_NS;
	return now->live && (*broken || now->at_ns / HOUR_NS != w->hour);
}

void watch_note(struct watch *w, sqlite3 *db, const struct watched *now)
{
	bool broken;

	if (now->at_ns <= 0)
		return;
	if (w->now.at_ns == 0) {
		bool first = now->first_ns > 0 && now->first_ns < now->at_ns;
		*w = (struct watch){
		    .from_ns = first ? now->first_ns : now->at_ns, .hour = now->at_ns / HOUR_NS, .removed = w->removed};
	} else if (is_over(w, now, &broken)) {
		int64_t end_ns = w->now.at_ns;
		if (end_ns > w->from_ns)
			(void)watch_write(w, db);
		*w = (struct watch){.from_ns = broken ? now->at_ns : end_ns,
				    .hour = now->at_ns / HOUR_NS,
				    .frames = w->now.frames,
				    .lost = w->now.lost,
				    .removed = w->removed};
	}
	w->now = *now;
}

bool watch_is_due(const struct watch *w)
{
	int64_t grown_ns = w->now.at_ns - (w->written_ns ? w->written_ns : w->from_ns);

	return w->now.at_ns > w->from_ns && (w->now.last ? grown_ns > 0 : grown_ns > MINUTE_NS);
}

static int run(sqlite3 *db, const char *sql, const int64_t *values, int n)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	for (int i = 0; rc == SQLITE_OK && i < n; i++)
		rc = sqlite3_bind_int64(st, i + 1, values[i]);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st) == SQLITE_DONE ? SQLITE_OK : sqlite3_errcode(db);
	sqlite3_finalize(st);
	return rc;
}

int watch_write(struct watch *w, sqlite3 *db)
{
	const int64_t row[] = {w->from_ns, w->now.at_ns, (int64_t)(w->now.frames - w->frames),
			       (int64_t)(w->now.lost - w->lost), w->no};
	const int64_t most = WATCH_ROWS_MAX;
	int rc = SQLITE_OK;

	if (w->no != 0)
		rc = run(db, "UPDATE watch SET from_ns = ?1, to_ns = ?2, frames = ?3, lost = ?4 WHERE no = ?5", row, 5);
	if (rc == SQLITE_OK && (w->no == 0 || sqlite3_changes(db) == 0)) { /* or a transaction was taken back */
		rc = run(db, "INSERT INTO watch(from_ns, to_ns, frames, lost) VALUES(?1, ?2, ?3, ?4)", row, 4);
		w->no = sqlite3_last_insert_rowid(db);
		if (rc == SQLITE_OK)
			rc = run(db, "DELETE FROM watch WHERE no <= (SELECT max(no) FROM watch) - ?1", &most, 1);
		if (rc == SQLITE_OK)
			w->removed += (uint64_t)sqlite3_changes(db);
	}
	if (rc == SQLITE_OK)
		w->written_ns = w->now.at_ns;
	return rc;
}
