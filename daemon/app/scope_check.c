#include "app/scope_check.h"

#include <string.h>

#include "alert/mutes.h"
#include "app/command.h"
#include "app/zone_word.h"
#include "engine/rules.h"
#include "ledger/ledger.h"
#include "ledger/store.h"

struct wanted_asset {
	const char *id;
	bool found;
};

static void look_at_asset(void *ctx, const char *json)
{
	struct wanted_asset *w = ctx;
	json_t *o = w->found ? NULL : json_loads(json, 0, NULL);

	w->found |= o && strcmp(json_at(o, "asset_id"), w->id) == 0;
	json_decref(o);
}

bool scope_end_is_known(const char *state, const char *text)
{
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = -1};
	struct wanted_asset w = {.id = text};
	struct mute_end end;
	struct complaint c;

	if (!mute_end_parse(text, &end)) {
		command_tell(stderr, say(W_BAD_END), text);
		return false;
	}
	if (!end.asset_id[0] || (ledger_each_asset(state, &f, look_at_asset, &w, &c) == 0 && w.found))
		return true;
	command_tell(stderr, say(W_NO_ASSET), text);
	return false;
}

static bool ledger_has_zone(const char *state, const char *zone)
{
	sqlite3_stmt *st = NULL;
	struct complaint c;
	sqlite3 *db;

	if (store_open(&db, state, STORE_READ, &c) < 0)
		return false;
	bool has = sqlite3_prepare_v2(db, "SELECT 1 FROM zone WHERE id = ?1", -1, &st, NULL) == SQLITE_OK;
	if (has) {
		store_bind_text(st, 1, zone);
		has = sqlite3_step(st) == SQLITE_ROW;
	}
	sqlite3_finalize(st);
	sqlite3_close(db);
	return has;
}

bool scope_has_zone(const char *state, const struct config *cfg, const char *zone)
{
	bool known = strcmp(zone, "internet") == 0 || strcmp(zone, "unknown") == 0;

	for (size_t i = 0; i < cfg->site.n_zones; i++)
		known |= strcmp(cfg->site.zones[i].id, zone) == 0;
	return known || ledger_has_zone(state, zone);
}

bool scope_zone_is_known(const char *state, const struct config *cfg, const char *zone)
{
	bool known = scope_has_zone(state, cfg, zone);

	if (!known)
		command_tell(stderr, say(W_NO_ZONE), zone);
	return known;
}

struct zone_names {
	char *buf;
	size_t size, len;
};

static void name_zone(struct zone_names *z, const char *id)
{
	const char *word = zone_word(id);
	bool named = strcmp(word, id) != 0;
	int n = id[0] ? snprintf(z->buf + z->len, z->size - z->len, named ? "%s%s (%s)" : "%s%s", z->len ? ", " : "",
				 id, word)
		      : 0;

	if (n > 0 && (size_t)n < z->size - z->len)
		z->len += (size_t)n;
	else
		z->buf[z->len] = '\0'; /* only whole names */
}

static void name_place(void *ctx, const char *json)
{
	json_t *place = json_loads(json, 0, NULL);

	name_zone(ctx, json_at(place, "zone"));
	json_decref(place);
}

const char *scope_zones(const char *state, const struct config *cfg, char *buf, size_t size)
{
	struct zone_names z = {buf, size, 0};
	struct complaint c;

	buf[0] = '\0';
	zone_words_add(&cfg->site);
	(void)ledger_each_place(state, name_place, &z, &c);
	for (size_t i = 0; i < cfg->site.n_zones; i++) {
		if (!ledger_has_zone(state, cfg->site.zones[i].id))
			name_zone(&z, cfg->site.zones[i].id);
	}
	name_zone(&z, "internet");
	name_zone(&z, "unknown");
	return buf;
}

bool scope_rule_begins(const struct rules *rules, const char *beginning)
{
	for (size_t i = 0; i < rules_count(rules); i++) {
		if (strncmp(rules_info(rules, i)->id, beginning, strlen(beginning)) == 0)
			return true;
	}
	return false;
}
