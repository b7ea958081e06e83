#include "alert/mutes.h"

#include <stdlib.h>
#include <string.h>

#include "alert/alerts_db.h"

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

static const char *text_of(sqlite3_stmt *s, int column)
{
	const unsigned char *text = sqlite3_column_text(s, column);

	return text ? (const char *)text : "";
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
	put_text(m->alert_id, sizeof(m->alert_id), text_of(s, 1));
	put_text(m->rule, sizeof(m->rule), text_of(s, 2));
	(void)mute_end_parse(text_of(s, 3), &m->src);
	(void)mute_end_parse(text_of(s, 4), &m->dest);
	put_text(m->zone, sizeof(m->zone), text_of(s, 5));
}

int mutes_load(struct mutes *m, sqlite3 *db)
{
	struct mute *all = calloc(MUTES_MAX, sizeof(*all));
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
		free(all);
		return code;
	}
	free(m->all);
	*m = (struct mutes){all, n};
	return SQLITE_OK;
}

void mutes_deinit(struct mutes *m)
{
	free(m->all);
	*m = (struct mutes){0};
}

static bool end_fits(const struct mute_end *m, const struct endpoint *e, const struct ip_addr *ip,
		     const struct mac *mac)
{
	if (m->is_prefix)
		return ip_prefix_contains(&m->prefix, ip);
	if (m->is_mac)
		return mac_eq(&m->mac, mac);
	return !m->asset_id[0] || (e && strcmp(m->asset_id, e->asset_id) == 0);
}

static bool zone_fits(const char *zone, const struct event *ev)
{
	return !zone[0] || (ev->src && strcmp(ev->src->zone, zone) == 0) ||
	       (ev->dest && strcmp(ev->dest->zone, zone) == 0);
}

static bool fits(const struct mute *m, const struct finding *f, const char *alert_id)
{
	const struct event *ev = f->event;

	if (ev->at.ts_ns >= m->until_ns)
		return false;
	if (m->alert_id[0])
		return strcmp(m->alert_id, alert_id) == 0;
	return (!m->rule[0] || strcmp(m->rule, f->rule->id) == 0) && zone_fits(m->zone, ev) &&
	       end_fits(&m->src, ev->src, &ev->at.src_ip, &ev->at.src_mac) &&
	       end_fits(&m->dest, ev->dest, &ev->at.dest_ip, &ev->at.dest_mac);
}

struct mute *mutes_apply(struct mutes *m, const struct finding *f, const char *alert_id)
{
	for (size_t i = 0; i < m->n; i++) {
		struct mute *one = &m->all[i];
		if (!fits(one, f, alert_id))
			continue;
		one->applied += f->event->count;
		if (f->event->at.ts_ns > one->last_ns)
			one->last_ns = f->event->at.ts_ns;
		one->dirty = true;
		return one;
	}
	return NULL;
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
