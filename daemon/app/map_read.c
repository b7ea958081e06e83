#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/map.h"
#include "base/net_addr.h"
#include "ledger/ledger.h"

/* Bands from the top of the sheet to its bottom. */
static const struct band_of {
	const char *token;
	enum word name;
} pa_bands[] = {{"internet", W_MAP_INTERNET},
		{"L5", W_L5},
		{"L4", W_L4},
		{"L3.5", W_L35},
		{"L3", W_L3},
		{"L2", W_L2},
		{"L1", W_L1},
		{"L0", W_L0},
		{"", W_LEVEL_UNKNOWN}},
  fa_bands[] = {{"internet", W_MAP_INTERNET},
		{"fa.oa", W_FA_OA},
		{"fa.remote", W_FA_REMOTE},
		{"dmz", W_FA_DMZ},
		{"fa.prodmgmt", W_FA_PRODMGMT},
		{"fa.monitor", W_FA_MONITOR},
		{"fa.warehouse", W_FA_WAREHOUSE},
		{"fa.agv", W_FA_AGV},
		{"fa.control", W_FA_CONTROL},
		{"poc", W_FA_POC},
		{"", W_ZONE_UNKNOWN}};

struct reading {
	struct map *m;
	const char *model;
	char site_model[8];
	json_t *names, *zones;   /* of levels by token; of zones by id */
	json_t *by_id, *by_pair; /* places in the lists */
};

/* ---- bands and zones */

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void take_place(void *ctx, const char *json)
{
	struct reading *r = ctx;
	json_t *o = json_loads(json, 0, NULL);

	if (text_of(o, "model")[0])
		snprintf(r->site_model, sizeof(r->site_model), "%s", text_of(o, "model"));
	if (text_of(o, "token")[0])
		json_object_set(r->names, text_of(o, "token"), o);
	if (text_of(o, "zone")[0])
		json_object_set(r->zones, text_of(o, "zone"), o);
	json_decref(o);
}

static const char *own_name(const struct reading *r, const json_t *o)
{
	const char *first = text_of(o, r->m->japanese ? "ja" : "en"),
		   *second = text_of(o, r->m->japanese ? "en" : "ja");

	return first[0] ? first : second;
}

static void make_bands(struct reading *r)
{
	struct map *m = r->m;
	const struct band_of *b = m->model == MAP_PA ? pa_bands : fa_bands;
	size_t n = m->model == MAP_PA ? sizeof(pa_bands) / sizeof(pa_bands[0]) : sizeof(fa_bands) / sizeof(fa_bands[0]);

	for (size_t i = 0; i < n; i++) {
		struct map_band *band = &m->bands[m->n_bands++];
		const char *own = own_name(r, json_object_get(r->names, b[i].token));
		snprintf(band->token, sizeof(band->token), "%s", b[i].token);
		snprintf(band->name, sizeof(band->name), "%s", own[0] ? own : say(b[i].name));
	}
}

static unsigned band_of(const struct map *m, const char *token)
{
	for (unsigned i = 0; i < m->n_bands; i++) {
		if (strcmp(m->bands[i].token, token) == 0)
			return i;
	}
	return m->n_bands - 1;
}

/* The zone called @id, made where it is new. */
static unsigned zone_no(struct reading *r, const char *id)
{
	struct map *m = r->m;
	bool outside = strcmp(id, "internet") == 0;

	for (unsigned i = 0; i < m->n_zones; i++) {
		if (strcmp(m->zones[i].id, id) == 0)
			return i;
	}
	if (m->n_zones == MAP_ZONES_MAX)
		return m->n_zones - 1;
	struct map_zone *z = &m->zones[m->n_zones];
	const json_t *o = json_object_get(r->zones, id);
	const char *token = text_of(o, m->model == MAP_PA ? "purdue" : "fa_zone"), *name = own_name(r, o);
	snprintf(z->id, sizeof(z->id), "%s", id);
	if (outside || !id[0] || strcmp(id, "unknown") == 0)
		name = outside ? "" : say(W_ZONE_UNKNOWN);
	snprintf(z->name, sizeof(z->name), "%s", name[0] || outside ? name : id);
	z->band = outside ? 0 : band_of(m, token);
	return m->n_zones++;
}

/* ---- devices */

static struct map_device *add_device(struct reading *r, const char *id, const char *zone)
{
	struct map *m = r->m;

	if (m->n_devices == MAP_DEVICES_MAX) {
		m->devices_left_out++;
		return NULL;
	}
	struct map_device *d = &m->devices[m->n_devices];
	snprintf(d->id, sizeof(d->id), "%s", id);
	d->zone = zone_no(r, zone);
	m->zones[d->zone].n_devices++;
	m->bands[m->zones[d->zone].band].n_devices++;
	json_object_set_new(r->by_id, id, json_integer(m->n_devices));
	m->n_devices++;
	return d;
}

static void take_asset(void *ctx, const char *json)
{
	struct reading *r = ctx;
	json_t *o = json_loads(json, 0, NULL);
	const char *last = text_of(o, "last_seen"), *kind = text_of(o, "kind"), *role = text_of(o, "role_suggested");
	struct map_device *d = o ? add_device(r, text_of(o, "asset_id"), text_of(o, "zone")) : NULL;

	if (d) {
		const char *ip = json_string_value(json_array_get(json_object_get(o, "ip"), 0));
		snprintf(d->name, sizeof(d->name), "%s", text_of(o, "name"));
		snprintf(d->ip, sizeof(d->ip), "%s", ip ? ip : "");
		snprintf(d->kind, sizeof(d->kind), "%s", kind[0] ? kind : role);
		d->guessed = !kind[0] && role[0];
		d->unregistered = json_is_false(json_object_get(o, "registered"));
	}
	if (strcmp(last, r->m->last_seen) > 0)
		snprintf(r->m->last_seen, sizeof(r->m->last_seen), "%s", last);
	json_decref(o);
}

/* ---- conversations */

/* Nobody is drawn for groups and for addresses that never answered inside the plant. */
static int end_of(struct reading *r, const json_t *end)
{
	const char *id = text_of(end, "asset_id"), *ip = text_of(end, "ip");
	const json_t *known = json_object_get(r->by_id, id[0] ? id : ip);
	struct ip_addr addr;

	if (known)
		return (int)json_integer_value(known);
	if (id[0] || !ip_parse(ip, &addr) || ip_scope(&addr) != IP_SCOPE_GLOBAL)
		return -1;
	struct map_device *d = add_device(r, ip, text_of(end, "zone"));
	if (!d)
		return -1;
	snprintf(d->name, sizeof(d->name), "%s", ip);
	d->outside = true;
	return (int)(d - r->m->devices);
}

static void add_protocol(struct map_link *k, const char *protocol)
{
	size_t len = strlen(k->protocols), n = strlen(protocol);
	const char *at = k->protocols;

	for (; (at = strstr(at, protocol)); at += n) {
		bool begins = at == k->protocols || at[-1] == ' ', ends = at[n] == '\0' || at[n] == ' ';
		if (begins && ends)
			return;
	}
	if (len + n + 2 < sizeof(k->protocols))
		snprintf(k->protocols + len, sizeof(k->protocols) - len, "%s%s", len ? " " : "", protocol);
}

static void take_link(void *ctx, const char *json)
{
	struct reading *r = ctx;
	struct map *m = r->m;
	json_t *o = json_loads(json, 0, NULL);
	int src = end_of(r, json_object_get(o, "src")), dest = end_of(r, json_object_get(o, "dest"));
	char pair[32];

	if (src >= 0 && dest >= 0 && src != dest) {
		snprintf(pair, sizeof(pair), "%d-%d", src, dest);
		const json_t *known = json_object_get(r->by_pair, pair);
		struct map_link *k = NULL;
		if (known) {
			k = &m->links[json_integer_value(known)];
		} else if (m->n_links < MAP_LINKS_MAX) {
			json_object_set_new(r->by_pair, pair, json_integer(m->n_links));
			k = &m->links[m->n_links++];
			k->src = (unsigned)src;
			k->dest = (unsigned)dest;
		} else {
			m->links_left_out++;
		}
		if (k) {
			add_protocol(k, text_of(o, "protocol"));
			k->count += (uint64_t)json_integer_value(json_object_get(o, "count"));
			k->crosses |= strcmp(text_of(json_object_get(o, "src"), "zone"),
					     text_of(json_object_get(o, "dest"), "zone")) != 0;
			k->denied |= strcmp(text_of(o, "conduit"), "denied") == 0;
		}
	}
	json_decref(o);
}

/* ---- all of it */

/* Links know devices by number, so the order of devices in a zone is that of the ledger: by first sight. */
int map_read(struct map *m, const char *state_dir, const char *model, bool japanese, struct complaint *c)
{
	struct reading r = {.m = m, .site_model = "both"};
	int err = 0;

	*m = (struct map){.japanese = japanese};
	m->zones = calloc(MAP_ZONES_MAX, sizeof(*m->zones));
	m->devices = calloc(MAP_DEVICES_MAX, sizeof(*m->devices));
	m->links = calloc(MAP_LINKS_MAX, sizeof(*m->links));
	r.names = json_object();
	r.zones = json_object();
	r.by_id = json_object();
	r.by_pair = json_object();
	if (!m->zones || !m->devices || !m->links) {
		complain(c, "memory", 0, 0, "not enough for the map");
		err = -ENOMEM;
	}
	if (!err)
		err = ledger_each_place(state_dir, take_place, &r, c);
	if (!err) {
		m->model = strcmp(model ? model : r.site_model, "fa") == 0 ? MAP_FA : MAP_PA;
		make_bands(&r);
		const char *id;
		json_t *o;
		json_object_foreach(r.zones, id, o) zone_no(&r, id); /* in the order of their names */
		err = ledger_each_asset(state_dir, NULL, take_asset, &r, c);
	}
	if (!err)
		err = ledger_each_link(state_dir, NULL, take_link, &r, c);
	json_decref(r.names);
	json_decref(r.zones);
	json_decref(r.by_id);
	json_decref(r.by_pair);
	if (err)
		map_free(m);
	return err;
}

void map_free(struct map *m)
{
	free(m->zones);
	free(m->devices);
	free(m->links);
	free(m->routes);
	*m = (struct map){0};
}
