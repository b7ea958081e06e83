#include "app/fleet_assets.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 8192, BLOCK_BYTES = 1 << 20 };

const char *fleet_field_name(enum fleet_field f)
{
	static const char *const names[FLEET_FIELDS] = {
	    [FLEET_NAME] = "name",
	    [FLEET_VENDOR] = "vendor",
	    [FLEET_ROLE] = "role",
	    [FLEET_ZONE] = "zone",
	    [FLEET_FA_ZONE] = "fa_zone",
	    [FLEET_PURDUE] = "purdue",
	    [FLEET_REGISTERED] = "registered",
	    [FLEET_PHASE] = "phase",
	    [FLEET_USAGE] = "usage",
	    [FLEET_USE_CASE] = "use_case",
	    [FLEET_KIND] = "kind",
	    [FLEET_OWNER_DEPT] = "owner_dept",
	    [FLEET_MAKER] = "maker",
	    [FLEET_MODEL] = "model",
	    [FLEET_SERIAL] = "serial",
	    [FLEET_FIRMWARE] = "firmware",
	    [FLEET_OS] = "os",
	    [FLEET_MAC] = "mac",
	    [FLEET_IP] = "ip",
	    [FLEET_VLAN] = "vlan",
	    [FLEET_ROLES] = "roles",
	    [FLEET_PROTOCOLS] = "protocols",
	    [FLEET_HOSTNAMES] = "hostnames",
	    [FLEET_MAC_VIRTUAL] = "mac_virtual",
	    [FLEET_STRONG_KEYS] = "strong_keys",
	    [FLEET_GATEWAY] = "gateway",
	    [FLEET_UNIT_IDS] = "unit_ids",
	    [FLEET_FIRST_SEEN] = "first_seen",
	    [FLEET_LAST_SEEN] = "last_seen",
	};

	return names[f];
}

/* ---- taking them in */

int fleet_assets_init(struct fleet_assets *a, size_t most, size_t bytes)
{
	*a = (struct fleet_assets){.most = most};
	return arena_init(&a->texts, BLOCK_BYTES, bytes);
}

void fleet_assets_deinit(struct fleet_assets *a)
{
	arena_deinit(&a->texts);
	free(a->item);
	free(a->order);
	a->item = NULL;
	a->order = NULL;
}

const char *fleet_text(struct arena *a, const char *text)
{
	size_t len = text ? strnlen(text, TEXT_MAX) : 0;
	char *copy;

	if (len == 0)
		return "";
	copy = arena_alloc(a, len + 1);
	if (copy) {
		memcpy(copy, text, len);
		copy[len] = '\0';
	}
	return copy;
}

static bool make_room(struct fleet_assets *a)
{
	size_t room = a->room ? a->room * 2 : 1024;
	struct fleet_asset *item;

	if (a->n == a->most)
		return false;
	if (a->n < a->room)
		return true;
	item = realloc(a->item, room * sizeof(*item));
	if (!item)
		return false;
	a->item = item;
	a->room = room;
	return true;
}

void fleet_assets_add(struct fleet_assets *a, uint32_t sensor, const char *id, const char *const *values)
{
	struct fleet_asset fresh = {.sensor = sensor};
	bool good = make_room(a) && (fresh.id = fleet_text(&a->texts, id));

	for (int f = 0; f < FLEET_FIELDS && good; f++)
		good = (fresh.field[f] = fleet_text(&a->texts, values[f])) != NULL;
	if (good)
		a->item[a->n++] = fresh;
	else
		a->left_out++;
}

static bool speaks_before(const struct fleet_asset *a, const struct fleet_asset *b)
{
	bool x = strcmp(a->field[FLEET_REGISTERED], "true") == 0, y = strcmp(b->field[FLEET_REGISTERED], "true") == 0;

	return x != y ? x : strcmp(a->field[FLEET_LAST_SEEN], b->field[FLEET_LAST_SEEN]) > 0;
}

bool fleet_assets_next(const struct fleet_assets *a, size_t *at, struct fleet_device *d)
{
	if (*at >= a->n)
		return false;
	*d = (struct fleet_device){.record = &a->order[*at], .n = 1};
	d->chief = &a->item[d->record[0]];
	for (; *at + d->n < a->n && a->item[a->order[*at + d->n]].root == a->item[d->record[0]].root; d->n++)
		;
	for (size_t i = 1; i < d->n; i++) {
		const struct fleet_asset *other = &a->item[d->record[i]];
		if (speaks_before(other, d->chief))
			d->chief = other;
	}
	*at += d->n;
	return true;
}

bool fleet_device_differs(const struct fleet_assets *a, const struct fleet_device *d, enum fleet_field f)
{
	const char *said = "";

	for (size_t i = 0; i < d->n; i++) {
		const char *text = a->item[d->record[i]].field[f];
		if (text[0] && said[0] && strcmp(text, said) != 0)
			return true;
		if (text[0])
			said = text;
	}
	return false;
}
