/* Alerts that were found while planned work went on: a row for each alert, entry and time of it. */
#include <string.h>

#include "ledger/store.h"
#include "ledger/work.h"

static bool is_same(const struct work_met *a, const struct work_met *b)
{
	return a->work_no == b->work_no && a->from_ns == b->from_ns && strcmp(a->alert_id, b->alert_id) == 0;
}

bool work_log_note(struct work_log *log, const struct work_met *m)
{
	for (size_t i = log->n; i-- > 0;) {
		struct work_met *one = &log->wait[i];
		if (!is_same(one, m))
			continue;
		one->count += m->count;
		one->muted = one->muted && m->muted;
		one->level = m->level > one->level ? m->level : one->level;
		one->first_ns = m->first_ns < one->first_ns ? m->first_ns : one->first_ns;
		one->last_ns = m->last_ns > one->last_ns ? m->last_ns : one->last_ns;
		return true;
	}
	if (log->n == WORK_MET_WAIT)
		return false;
	log->wait[log->n++] = *m;
	return true;
}

static int put(sqlite3_stmt *st, const struct work_met *m)
{
	sqlite3_bind_int64(st, 1, m->work_no);
	sqlite3_bind_int64(st, 2, m->from_ns);
	store_bind_text(st, 3, m->alert_id);
	store_bind_text(st, 4, m->rule);
	sqlite3_bind_int(st, 5, m->level);
	sqlite3_bind_int(st, 6, m->muted);
	sqlite3_bind_int64(st, 7, (sqlite3_int64)m->count);
	sqlite3_bind_int64(st, 8, m->first_ns);
	sqlite3_bind_int64(st, 9, m->last_ns);
	int rc = sqlite3_step(st);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* The oldest go; at most as many as one batch may bring. */
static int trim(struct work_log *log, sqlite3 *db)
{
	sqlite3_stmt *st = NULL;
	int rc = SQLITE_OK;

	if (log->rows < 0)
		log->rows = store_number(db, "SELECT count(*) FROM work_alert", &rc);
	else
		log->rows += (int64_t)log->n;
	if (rc != SQLITE_OK || log->rows <= WORK_MET_MAX)
		return rc;
	log->rows = store_number(db, "SELECT count(*) FROM work_alert", &rc);
	if (rc != SQLITE_OK || log->rows <= WORK_MET_MAX)
		return rc;
	rc = sqlite3_prepare_v2(
	    db, "DELETE FROM work_alert WHERE no IN (SELECT no FROM work_alert ORDER BY no LIMIT ?1)", -1, &st, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(st, 1, log->rows - WORK_MET_MAX);
		rc = sqlite3_step(st);
		rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
		log->removed += (uint64_t)sqlite3_changes(db);
		log->rows = WORK_MET_MAX;
	}
	sqlite3_finalize(st);
	return rc;
}

int work_log_write(struct work_log *log, sqlite3 *db)
{
	static const char sql[] =
	    "INSERT INTO work_alert(work_no, from_ns, alert_id, rule, level, muted, count, first_ns, last_ns)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(work_no, from_ns, alert_id) DO UPDATE SET"
	    " level = max(level, excluded.level), muted = min(muted, excluded.muted), count = count + excluded.count,"
	    " first_ns = min(first_ns, excluded.first_ns), last_ns = max(last_ns, excluded.last_ns)";
	sqlite3_stmt *st = NULL;
	int rc = log->n > 0 ? sqlite3_prepare_v2(db, sql, -1, &st, NULL) : SQLITE_OK;

	for (size_t i = 0; i < log->n && rc == SQLITE_OK; i++)
		rc = put(st, &log->wait[i]);
	sqlite3_finalize(st);
	return rc == SQLITE_OK && log->n > 0 ? trim(log, db) : rc;
}
