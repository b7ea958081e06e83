#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alert_json.h"
#include "alert/alerts_db.h"
#include "alert/outbox.h"

static const char query[] = "SELECT body, first_seen, last_seen, count, state FROM alerts"
			    " WHERE level >= ?1 AND (?2 IS NULL OR substr(rule_id, 1, length(?2)) = ?2)"
			    " AND (?3 IS NULL OR src_zone = ?3 OR dest_zone = ?3) AND (?4 IS NULL OR state = ?4)"
			    " ORDER BY first_seen, alert_id";

/* The whole object in @text: the kept body, closed by the life of today. @return false where memory is short. */
static bool compose(sqlite3_stmt *s, char **text, size_t *size)
{
	char life[ALERT_LIFE_MAX];
	const unsigned char *body = sqlite3_column_text(s, 0), *state = sqlite3_column_text(s, 4);
	size_t body_len = (size_t)sqlite3_column_bytes(s, 0);

	if (!body || !state)
		return false;
	int life_len = alert_json_life(&(struct alert_life){.first_seen_ns = sqlite3_column_int64(s, 1),
							    .last_seen_ns = sqlite3_column_int64(s, 2),
							    .count = (uint64_t)sqlite3_column_int64(s, 3),
							    .state = (const char *)state},
				       life);
	if (body_len + (size_t)life_len + 1 > *size) {
		char *bigger = realloc(*text, body_len + ALERT_LIFE_MAX);
		if (!bigger)
			return false;
		*text = bigger;
		*size = body_len + ALERT_LIFE_MAX;
	}
	memcpy(*text, body, body_len);
	memcpy(*text + body_len, life, (size_t)life_len + 1);
	return true;
}

static void bind_text_or_null(sqlite3_stmt *s, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, at);
}

int alerts_each(const char *state_dir, const struct alerts_filter *f, void (*row)(void *ctx, const char *json),
		void *ctx, struct complaint *c)
{
	static const struct alerts_filter all = {.least_level = LEVEL_INFO};
	sqlite3 *db;
	sqlite3_stmt *s = NULL;
	char *text = NULL;
	size_t size = 0;
	int err = alerts_db_open(&db, state_dir, ALERTS_DB_READ, c);

	if (err)
		return err;
	f = f ? f : &all;
	int code = sqlite3_prepare_v2(db, query, -1, &s, NULL);
	if (code == SQLITE_OK) {
		sqlite3_bind_int(s, 1, (int)f->least_level);
		bind_text_or_null(s, 2, f->rule);
		bind_text_or_null(s, 3, f->zone);
		bind_text_or_null(s, 4, f->state);
		while ((code = sqlite3_step(s)) == SQLITE_ROW) {
			if (!compose(s, &text, &size)) {
				code = SQLITE_NOMEM;
				break;
			}
			row(ctx, text);
		}
	}
	if (code != SQLITE_DONE) {
		complain(c, state_dir, 0, 0, "alerts.db cannot be read: %s", sqlite3_errmsg(db));
		err = alerts_db_errno(code);
	}
	sqlite3_finalize(s);
	sqlite3_close(db);
	free(text);
	return err;
}
