/* Which of the records of several sensors are one device: fleet_assets.h says by what. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "app/fleet_assets.h"
#include "base/net_addr.h"

enum { BLOCK_BYTES = 1 << 20 };

/* Something that a device is known by. */
struct mark {
	enum { KEY, MAC, IP, UNIT } kind;
	uint32_t scope;  /* a site's number; 0: everywhere. Of a unit: its gateway's device */
	const char *key; /* of a strong key: which one */
	const char *text;
	uint32_t asset;
};

struct marks {
	struct arena texts;
	struct mark *item;
	size_t n, room;
	bool short_of_memory;
};

static void put_mark(struct marks *m, struct mark mark)
{
	if (!mark.key || !mark.text) {
		m->short_of_memory = true;
		return;
	}
	if (m->n == m->room) {
		size_t room = m->room ? m->room * 2 : 1024;
		struct mark *item = realloc(m->item, room * sizeof(*item));
		if (!item) {
			m->short_of_memory = true;
			return;
		}
		m->item = item;
		m->room = room;
	}
	m->item[m->n++] = mark;
}

static uint32_t root_of(struct fleet_assets *a, uint32_t i)
{
	while (a->item[i].root != i) {
		a->item[i].root = a->item[a->item[i].root].root;
		i = a->item[i].root;
	}
	return i;
}

static void join(struct fleet_assets *a, uint32_t i, uint32_t k, unsigned by)
{
	uint32_t x = root_of(a, i), y = root_of(a, k);
	uint32_t low = x < y ? x : y, high = x < y ? y : x;

	if (x == y)
		return;
	a->item[high].root = low;
	a->item[low].by |= a->item[high].by | by;
}

static int by_mark(const void *x, const void *y)
{
	const struct mark *a = x, *b = y;

	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	int d = strcmp(a->key, b->key);
	if (d == 0)
		d = strcmp(a->text, b->text);
	return d ? d : a->asset < b->asset ? -1 : a->asset > b->asset;
}

static bool alike(const struct mark *a, const struct mark *b)
{
	return a->scope == b->scope && strcmp(a->key, b->key) == 0 && strcmp(a->text, b->text) == 0;
}

/* Assets are in the order of their sensors. */
static bool one_sensor_has_two(const struct fleet_assets *a, const struct mark *m, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (m[i].asset != m[i - 1].asset && a->item[m[i].asset].sensor == a->item[m[i - 1].asset].sensor)
			return true;
	}
	return false;
}

/* Whoever has the same strong key, MAC address or unit is one device. */
static void join_all(struct fleet_assets *a, const struct mark *m, size_t n, unsigned by)
{
	for (size_t i = 1; i < n; i++)
		join(a, m[0].asset, m[i].asset, by);
}

static bool has_mac(const struct fleet_asset *a)
{
	return a->field[FLEET_MAC][0] && strcmp(a->field[FLEET_MAC], "[]") != 0;
}

/* Those without a MAC address are one device, and the same as the one that has a MAC address, where only one does. */
static void join_by_ip(struct fleet_assets *a, const struct mark *m, size_t n, unsigned by)
{
	uint32_t with = UINT32_MAX, first = UINT32_MAX;
	bool several = false;

	for (size_t i = 0; i < n; i++) {
		uint32_t root = root_of(a, m[i].asset);
		if (!has_mac(&a->item[m[i].asset]))
			continue;
		several |= with != UINT32_MAX && with != root;
		with = root;
	}
	for (size_t i = 0; i < n; i++) {
		if (has_mac(&a->item[m[i].asset]))
			continue;
		if (first == UINT32_MAX)
			first = with != UINT32_MAX && !several ? with : m[i].asset;
		join(a, first, m[i].asset, by);
	}
}

static void join_marks(struct fleet_assets *a, struct marks *m, unsigned by,
		       void (*same)(struct fleet_assets *a, const struct mark *m, size_t n, unsigned by))
{
	if (m->n > 1)
		qsort(m->item, m->n, sizeof(*m->item), by_mark);
	for (size_t i = 0, n; i < m->n; i += n) {
		for (n = 1; i + n < m->n && alike(&m->item[i], &m->item[i + n]); n++)
			;
		if (one_sensor_has_two(a, &m->item[i], n))
			a->shared++;
		else
			same(a, &m->item[i], n, by);
	}
	m->n = 0;
}

/* ---- reading the marks */

/* Keys that are one device's wherever it is; the others are within a site. */
static bool is_unique(const char *key)
{
	static const char *const unique[] = {"opcua_cert_sha256", "smb_guid", "enip_serial"};

	for (size_t i = 0; i < sizeof(unique) / sizeof(unique[0]); i++) {
		if (strcmp(unique[i], key) == 0)
			return true;
	}
	return false;
}

static void mark_keys(struct fleet_assets *a, struct marks *m, uint32_t i, uint32_t site)
{
	json_t *keys = json_loads(a->item[i].field[FLEET_STRONG_KEYS], 0, NULL), *value;
	const char *key;

	json_object_foreach(keys, key, value)
	{
		const char *text = json_string_value(value);
		if (text && text[0])
			put_mark(m, (struct mark){KEY, is_unique(key) ? 0 : site, fleet_text(&m->texts, key),
						  fleet_text(&m->texts, text), i});
	}
	json_decref(keys);
}

static bool holds(const json_t *list, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item)
	{
		if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
			return true;
	}
	return false;
}

static void mark_list(struct fleet_assets *a, struct marks *m, uint32_t i, uint32_t site, enum fleet_field field)
{
	json_t *list = json_loads(a->item[i].field[field], 0, NULL), *item;
	json_t *virtual = json_loads(a->item[i].field[FLEET_MAC_VIRTUAL], 0, NULL);
	size_t at;

	json_array_foreach(list, at, item)
	{
		const char *text = json_string_value(item);
		struct mac mac;
		bool everywhere = field == FLEET_MAC && text && mac_parse(text, &mac) && !mac_is_local(&mac);
		if (text && text[0] && !(field == FLEET_MAC && holds(virtual, text)))
			put_mark(m, (struct mark){field == FLEET_MAC ? MAC : IP, everywhere ? 0 : site, "",
						  fleet_text(&m->texts, text), i});
	}
	json_decref(list);
	json_decref(virtual);
}

static int by_sensor_and_id(const void *x, const void *y)
{
	const struct fleet_asset *a = x, *b = y;

	return a->sensor != b->sensor ? (a->sensor < b->sensor ? -1 : 1) : strcmp(a->id, b->id);
}

static bool is_unit(const struct fleet_asset *a)
{
	return a->field[FLEET_GATEWAY][0] != '\0';
}

static void mark_unit(struct fleet_assets *a, struct marks *m, uint32_t i)
{
	const struct fleet_asset wanted = {.sensor = a->item[i].sensor, .id = a->item[i].field[FLEET_GATEWAY]};
	const struct fleet_asset *gateway = bsearch(&wanted, a->item, a->n, sizeof(wanted), by_sensor_and_id);

	if (gateway)
		put_mark(m, (struct mark){UNIT, root_of(a, (uint32_t)(gateway - a->item)), "",
					  a->item[i].field[FLEET_UNIT_IDS], i});
}

/* ---- device by device */

static struct fleet_asset *sorted_by; /* qsort() has no context; one thread, one command */

static int by_root(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y, p = sorted_by[a].root, q = sorted_by[b].root;

	return p != q ? (p < q ? -1 : 1) : a < b ? -1 : a > b;
}

static int put_in_order(struct fleet_assets *a)
{
	a->order = calloc(a->n + 1, sizeof(*a->order));
	if (!a->order)
		return -ENOMEM;
	for (uint32_t i = 0; i < a->n; i++) {
		a->item[i].root = root_of(a, i);
		a->order[i] = i;
	}
	sorted_by = a->item;
	if (a->n > 1)
		qsort(a->order, a->n, sizeof(*a->order), by_root);
	return 0;
}

/* A set that grows while it is read gives an id twice. */
static void drop_twins(struct fleet_assets *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (n == 0 || by_sensor_and_id(&a->item[n - 1], &a->item[i]) != 0)
			a->item[n++] = a->item[i];
	}
	a->n = n;
}

int fleet_assets_merge(struct fleet_assets *a, const uint32_t *site)
{
	struct marks m = {0};
	int err = arena_init(&m.texts, BLOCK_BYTES, a->texts.cap_bytes);

	if (err)
		return err;
	if (a->n > 1)
		qsort(a->item, a->n, sizeof(*a->item), by_sensor_and_id);
	drop_twins(a);
	for (uint32_t i = 0; i < a->n; i++) {
		a->item[i].root = i;
		mark_keys(a, &m, i, site[a->item[i].sensor]);
	}
	join_marks(a, &m, FLEET_BY_KEY, join_all);
	for (uint32_t i = 0; i < a->n; i++) {
		if (!is_unit(&a->item[i]))
			mark_list(a, &m, i, site[a->item[i].sensor], FLEET_MAC);
	}
	join_marks(a, &m, FLEET_BY_MAC, join_all);
	for (uint32_t i = 0; i < a->n; i++) {
		if (!is_unit(&a->item[i]))
			mark_list(a, &m, i, site[a->item[i].sensor], FLEET_IP);
	}
	join_marks(a, &m, FLEET_BY_IP, join_by_ip);
	for (uint32_t i = 0; i < a->n; i++) {
		if (is_unit(&a->item[i]))
			mark_unit(a, &m, i);
	}
	join_marks(a, &m, FLEET_BY_UNIT, join_all);
	free(m.item);
	arena_deinit(&m.texts);
	return m.short_of_memory ? -ENOMEM : put_in_order(a);
}
