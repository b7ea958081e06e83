#include "alert/mutes.h"

#include <stdlib.h>
#include <string.h>

#include "alert/alerts_db.h"
#include "base/heap.h"

enum { ALL_BYTES = MUTES_MAX * sizeof(struct mute) };

bool mute_end_parse(const char *text, struct mute_end *out)
{
	*out = (struct mute_end){0};
	if (!*text)
		return true;
	out->is_mac = mac_parse(text, &out->mac);
	out->is_prefix = !out->is_mac && ip_prefix_parse(text, &out->prefix);
	if (out->is_mac || out->is_prefix)
		return true;
	if (text[0] != 'A' || strlen(text) >= sizeof(out->asset_id) ||
	    strspn(text + 1, "0123456789") != strlen(text + 1))
		return false;
	strcpy(out->asset_id, text);
	return true;
}

static void put_text(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	n = n < size ? n : size - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

static void read_row(sqlite3_stmt *s, struct mute *m)
{
	*m = (struct mute){.no = sqlite3_column_int64(s, 0),
			   .until_ns = sqlite3_column_int64(s, 6),
			   .applied = (uint64_t)sqlite3_column_int64(s, 7),
			   .last_ns = sqlite3_column_int64(s, 8)};
	put_text(m->alert_id, sizeof(m->alert_id), alerts_db_text(s, 1));
	put_text(m->rule, sizeof(m->rule), alerts_db_text(s, 2));
	(void)mute_end_parse(alerts_db_text(s, 3), &m->src);
	(void)mute_end_parse(alerts_db_text(s, 4), &m->dest);
	put_text(m->zone, sizeof(m->zone), alerts_db_text(s, 5));
}

int mutes_load(struct mutes *m, sqlite3 *db)
{
	struct mute *all = heap_pages(ALL_BYTES);
	sqlite3_stmt *s = NULL;
	size_t n = 0;
	int code =
	    all ? sqlite3_prepare_v2(db,
				     "SELECT no, alert_id, rule, src, dest, zone, until, applied, last_applied FROM "
				     "mutes WHERE ended = 0 ORDER BY no",
				     -1, &s, NULL)
		: SQLITE_NOMEM;

	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(s);
		if (code == SQLITE_ROW && n < MUTES_MAX)
			read_row(s, &all[n++]);
	}
	sqlite3_finalize(s);
	if (code != SQLITE_DONE) {
		heap_pages_free(all, ALL_BYTES);
		return code;
	}
	heap_pages_free(m->all, ALL_BYTES);
	*m = (struct mutes){all, n};
	return SQLITE_OK;
}

void mutes_deinit(struct mutes *m)
{
	heap_pages_free(m->all, ALL_BYTES);
	*m = (struct mutes){0};
}

static bool end_fits(const struct mute_end *m, const char *asset_id, const struct ip_addr *ip, const struct mac *mac)
{
	if (m->is_prefix)
		return ip_prefix_contains(&m->prefix, ip);
	if (m->is_mac)
		return mac_eq(&m->mac, mac);
	return !m->asset_id[0] || strcmp(m->asset_id, asset_id) == 0;
}

bool mute_fits(const struct mute *m, const struct mute_subject *of)
{
	if (m->alert_id[0])
		return strcmp(m->alert_id, of->alert_id) == 0;
	return (!m->rule[0] || strcmp(m->rule, of->rule) == 0) &&
	       (!m->zone[0] || strcmp(m->zone, of->src_zone) == 0 || strcmp(m->zone, of->dest_zone) == 0) &&
	       end_fits(&m->src, of->src_asset, &of->src_ip, &of->src_mac) &&
	       end_fits(&m->dest, of->dest_asset, &of->dest_ip, &of->dest_mac);
}

static bool fits(const struct mute *m, const struct mute_subject *of, int64_t at_ns)
{
	return at_ns < m->until_ns && mute_fits(m, of);
}

bool mutes_cover(const struct mutes *m, const struct mute_subject *of, int64_t at_ns)
{
	for (size_t i = 0; i < m->n; i++) {
		if (fits(&m->all[i], of, at_ns))
			return true;
	}
	return false;
}

size_t mutes_in_force(const struct mutes *m, int64_t at_ns)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += at_ns < m->all[i].until_ns;
	return n;
}

static const char *zone_of(const struct endpoint *e)
{
	return e && e->zone ? e->zone : "";
}

struct mute_subject mute_subject_of(const struct finding *f, const char *alert_id)
{
	const struct event *ev = f->event;

	return (struct mute_subject){.alert_id = alert_id,
				     .rule = f->rule->id,
				     .src_zone = zone_of(ev->src),
				     .dest_zone = zone_of(ev->dest),
				     .src_asset = ev->src ? ev->src->asset_id : "",
				     .dest_asset = ev->dest ? ev->dest->asset_id : "",
				     .src_ip = ev->at.src_ip,
				     .dest_ip = ev->at.dest_ip,
				     .src_mac = ev->at.src_mac,
				     .dest_mac = ev->at.dest_mac};
}

struct mute *mutes_apply(struct mutes *m, const struct finding *f, const char *alert_id)
{
	const struct mute_subject of = mute_subject_of(f, alert_id);

	for (size_t i = 0; i < m->n; i++) {
		struct mute *one = &m->all[i];
		if (!fits(one, &of, f->event->at.ts_ns))
			continue;
		one->applied += f->event->count;
		if (f->event->at.ts_ns > one->last_ns)
			one->last_ns = f->event->at.ts_ns;
		one->dirty = true;
		return one;
	}
	return NULL;
}

int mutes_end(sqlite3 *db, int64_t now_ns)
{
	static const char *const all[] = {
	    "UPDATE mutes SET ended = ?1 WHERE ended = 0 AND until <= ?1",
	    "DELETE FROM mutes WHERE ended > 0 AND no IN (SELECT no FROM mutes WHERE ended > 0 ORDER BY ended DESC, no "
	    "DESC LIMIT -1 OFFSET ?2)",
	};
	int code = SQLITE_OK;

	for (size_t i = 0; i < 2 && code == SQLITE_OK; i++) {
		sqlite3_stmt *s = NULL;
		code = sqlite3_prepare_v2(db, all[i], -1, &s, NULL);
		if (code == SQLITE_OK) {
			sqlite3_bind_int64(s, 1, now_ns);
			sqlite3_bind_int(s, 2, MUTES_ENDED_KEPT);
			code = alerts_db_run(s);
		}
		sqlite3_finalize(s);
	}
	return code;
}

int mutes_save(const struct mutes *m, sqlite3_stmt *update)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < m->n && code == SQLITE_OK; i++) {
		if (!m->all[i].dirty)
			continue;
		sqlite3_bind_int64(update, 1, m->all[i].no);
		sqlite3_bind_int64(update, 2, (sqlite3_int64)m->all[i].applied);
		sqlite3_bind_int64(update, 3, m->all[i].last_ns);
		code = alerts_db_run(update);
	}
	return code;
}

void mutes_saved(struct mutes *m)
{
	for (size_t i = 0; i < m->n; i++)
		m->all[i].dirty = false;
}
