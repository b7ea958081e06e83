/* sekisho fleet assets: each device with who sees it, and where they say different things of it. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "app/fleet_show.h"
#include "app/role_words.h"
#include "base/json.h"

enum { LINE_BYTES = 1 << 20, CELL_BYTES = 4096 };

/* ---- values of a device */

static const struct fleet_asset *record(const struct fleet_assets *a, const struct fleet_device *d, size_t i)
{
	return &a->item[d->record[i]];
}

/* What counts of a field: the chief's word, else the first that there is. */
static const char *value_of(const struct fleet_assets *a, const struct fleet_device *d, enum fleet_field f)
{
	if (d->chief->field[f][0])
		return d->chief->field[f];
	for (size_t i = 0; i < d->n; i++) {
		if (record(a, d, i)->field[f][0])
			return record(a, d, i)->field[f];
	}
	return "";
}

static void text_of_item(const json_t *item, char *buf, size_t size)
{
	buf[0] = '\0';
	if (json_is_integer(item))
		snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(item));
	else if (json_is_string(item))
		snprintf(buf, size, "%s", json_string_value(item));
}

static bool is_listed(const json_t *list, const json_t *item)
{
	json_t *other;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, other)
	{
		if (json_equal(other, item))
			return true;
	}
	return false;
}

/* The lists of all sensors in one, each item once. Allocated; never NULL but for want of memory. */
static json_t *list_of(const struct fleet_assets *a, const struct fleet_device *d, enum fleet_field f)
{
	json_t *all = json_array(), *item;
	size_t k;

	for (size_t i = 0; all && i < d->n; i++) {
		json_t *list = json_loads(record(a, d, i)->field[f], 0, NULL);
		json_array_foreach(list, k, item)
		{
			if ((json_is_string(item) || json_is_integer(item)) && !is_listed(all, item))
				json_array_append(all, item);
		}
		json_decref(list);
	}
	return all;
}

static const char *joined(const struct fleet_assets *a, const struct fleet_device *d, enum fleet_field f,
			  const char *separator, char *buf, size_t size)
{
	json_t *list = list_of(a, d, f), *item;
	char one[512];
	size_t i;

	buf[0] = '\0';
	json_array_foreach(list, i, item)
	{
		text_of_item(item, one, sizeof(one));
		fleet_append(buf, size, separator, one);
	}
	json_decref(list);
	return buf;
}

static const char *extreme_of(const struct fleet_assets *a, const struct fleet_device *d, enum fleet_field f,
			      bool first)
{
	const char *best = "";

	for (size_t i = 0; i < d->n; i++) {
		const char *text = record(a, d, i)->field[f];
		if (text[0] && (!best[0] || (strcmp(text, best) < 0) == first))
			best = text;
	}
	return best;
}

/* Has a record before @i the same value? */
static bool said_before(const struct fleet_assets *a, const struct fleet_device *d, enum fleet_field f, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (strcmp(record(a, d, k)->field[f], record(a, d, i)->field[f]) == 0)
			return true;
	}
	return false;
}

/* "zone: cell-a / cell-b; owner_dept: A / B": the chief's word first. */
static const char *differences(const struct fleet_assets *a, const struct fleet_device *d, char *buf, size_t size)
{
	char one[1024];

	buf[0] = '\0';
	for (int f = 0; f < FLEET_TEXTS; f++) {
		enum fleet_field field = (enum fleet_field)f;
		if (!fleet_device_differs(a, d, field))
			continue;
		const char *main = value_of(a, d, field);
		snprintf(one, sizeof(one), "%s: %.256s", fleet_field_name(field), main);
		for (size_t i = 0; i < d->n; i++) {
			const char *other = record(a, d, i)->field[f];
			if (other[0] && strcmp(other, main) != 0 && !said_before(a, d, field, i))
				fleet_append(one, sizeof(one), " / ", other);
		}
		fleet_append(buf, size, "; ", one);
	}
	return buf;
}

static const char *seen_by(const struct fleet_assets *a, const struct fleet_device *d, const struct fleet_sensors *s,
			   const char *separator, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < d->n; i++) {
		uint32_t sensor = record(a, d, i)->sensor;
		if (i == 0 || record(a, d, i - 1)->sensor != sensor)
			fleet_append(buf, size, separator, s->item[sensor].name);
	}
	return buf;
}

/* ---- forms */

static const char *registered_by_token(const char *token)
{
	return registered_word(strcmp(token, "true") == 0    ? REGISTERED_YES
			       : strcmp(token, "false") == 0 ? REGISTERED_NO
							     : REGISTERED_UNKNOWN);
}

static void table_columns(struct text_table *t)
{
	text_table_column(t, say(W_COL_NAME), 28);
	text_table_column(t, say(W_COL_IP), 40);
	text_table_column(t, say(W_COL_MAC), 36);
	text_table_column(t, say(W_COL_VENDOR), 24);
	text_table_column(t, say(W_COL_ROLE), 32);
	text_table_column(t, say(W_COL_ZONE), 20);
	text_table_column(t, say(W_COL_REGISTERED), 0);
	text_table_column(t, say(W_COL_SENSORS), 40);
	text_table_column(t, say(W_COL_DIFFERS), 80);
}

static void table_asset(struct text_table *t, const struct fleet_assets *a, const struct fleet_device *d,
			const struct fleet_sensors *s)
{
	char text[CELL_BYTES], words[256];

	text_table_cell(t, value_of(a, d, FLEET_NAME));
	text_table_cell(t, joined(a, d, FLEET_IP, " ", text, sizeof(text)));
	text_table_cell(t, joined(a, d, FLEET_MAC, " ", text, sizeof(text)));
	text_table_cell(t, value_of(a, d, FLEET_VENDOR));
	text_table_cell(t, role_words(joined(a, d, FLEET_ROLES, " ", text, sizeof(text)), words, sizeof(words)));
	text_table_cell(t, value_of(a, d, FLEET_ZONE));
	text_table_cell(t, registered_by_token(value_of(a, d, FLEET_REGISTERED)));
	text_table_cell(t, seen_by(a, d, s, ", ", text, sizeof(text)));
	text_table_cell(t, differences(a, d, text, sizeof(text)));
}

static void kv_item(struct json *j, const json_t *item)
{
	if (json_is_integer(item))
		json_i64(j, json_integer_value(item));
	else
		json_text(j, span_of(json_string_value(item), json_string_length(item)));
}

/* "true" and "false" are what the hash has for a truth value. */
static void put_value(struct json *j, enum fleet_field f, const char *text)
{
	if (f == FLEET_REGISTERED && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
		json_bool(j, text[0] == 't');
	else if (text[0])
		json_str(j, text);
	else
		json_null_value(j);
}

static void json_records(struct json *j, const struct fleet_assets *a, const struct fleet_device *d,
			 const struct fleet_sensors *s)
{
	json_key(j, "sensors");
	json_array_begin(j);
	for (size_t i = 0; i < d->n; i++) {
		const struct fleet_asset *r = record(a, d, i);
		json_object_begin(j);
		json_kv_str(j, "sensor", s->item[r->sensor].name);
		json_kv_str(j, "site", s->item[r->sensor].site);
		json_kv_str(j, "asset_id", r->id);
		json_kv_str(j, "first_seen", r->field[FLEET_FIRST_SEEN]);
		json_kv_str(j, "last_seen", r->field[FLEET_LAST_SEEN]);
		json_object_end(j);
	}
	json_array_end(j);
}

/* {"zone": [{"value": "cell-a", "sensors": ["line-1"]}, ...], ...} */
static void json_differences(struct json *j, const struct fleet_assets *a, const struct fleet_device *d,
			     const struct fleet_sensors *s)
{
	json_key(j, "differs");
	json_object_begin(j);
	for (int f = 0; f < FLEET_TEXTS; f++) {
		enum fleet_field field = (enum fleet_field)f;
		if (!fleet_device_differs(a, d, field))
			continue;
		json_key(j, fleet_field_name(field));
		json_array_begin(j);
		for (size_t i = 0; i < d->n; i++) {
			const char *value = record(a, d, i)->field[f];
			if (!value[0] || said_before(a, d, field, i))
				continue;
			json_object_begin(j);
			json_key(j, "value");
			put_value(j, field, value);
			json_key(j, "sensors");
			json_array_begin(j);
			for (size_t k = i; k < d->n; k++) {
				if (strcmp(record(a, d, k)->field[f], value) == 0)
					json_str(j, s->item[record(a, d, k)->sensor].name);
			}
			json_array_end(j);
			json_object_end(j);
		}
		json_array_end(j);
	}
	json_object_end(j);
}

static void json_same_by(struct json *j, const struct fleet_assets *a, const struct fleet_device *d)
{
	static const char *const words[] = {"strong_key", "mac", "ip", "unit"};

	json_key(j, "same_by");
	json_array_begin(j);
	for (unsigned bit = 0; bit < sizeof(words) / sizeof(words[0]); bit++) {
		if (record(a, d, 0)->by & (1u << bit))
			json_str(j, words[bit]);
	}
	json_array_end(j);
}

static void json_asset(struct json *j, const struct fleet_assets *a, const struct fleet_device *d,
		       const struct fleet_sensors *s)
{
	json_reset(j);
	json_object_begin(j);
	for (int f = 0; f < FLEET_TEXTS; f++) {
		json_key(j, fleet_field_name((enum fleet_field)f));
		put_value(j, (enum fleet_field)f, value_of(a, d, (enum fleet_field)f));
	}
	for (int f = FLEET_TEXTS; f < FLEET_LISTS_END; f++) {
		json_t *list = list_of(a, d, (enum fleet_field)f), *item;
		size_t i;
		json_key(j, fleet_field_name((enum fleet_field)f));
		json_array_begin(j);
		json_array_foreach(list, i, item) kv_item(j, item);
		json_array_end(j);
		json_decref(list);
	}
	json_kv_str(j, "first_seen", extreme_of(a, d, FLEET_FIRST_SEEN, true));
	json_kv_str(j, "last_seen", extreme_of(a, d, FLEET_LAST_SEEN, false));
	json_same_by(j, a, d);
	json_records(j, a, d, s);
	json_differences(j, a, d, s);
	json_object_end(j);
	puts(j->overflow ? "{\"truncated\":true}" : json_cstr(j));
}

static void csv_asset(struct fleet_sheet *sheet, const struct fleet_assets *a, const struct fleet_device *d,
		      const struct fleet_sensors *s)
{
	char text[CELL_BYTES];

	for (int f = 0; f < FLEET_TEXTS; f++)
		fleet_sheet_cell(sheet, value_of(a, d, (enum fleet_field)f));
	for (int f = FLEET_TEXTS; f < FLEET_LISTS_END; f++)
		fleet_sheet_cell(sheet, joined(a, d, (enum fleet_field)f, " ", text, sizeof(text)));
	fleet_sheet_cell(sheet, extreme_of(a, d, FLEET_FIRST_SEEN, true));
	fleet_sheet_cell(sheet, extreme_of(a, d, FLEET_LAST_SEEN, false));
	fleet_sheet_cell(sheet, seen_by(a, d, s, " ", text, sizeof(text)));
	fleet_sheet_cell(sheet, differences(a, d, text, sizeof(text)));
	fleet_sheet_line(sheet);
}

static int begin_sheet(struct fleet_sheet *sheet)
{
	const char *titles[FLEET_LISTS_END + 4];
	size_t n = 0;

	for (int f = 0; f < FLEET_LISTS_END; f++)
		titles[n++] = fleet_field_name((enum fleet_field)f);
	titles[n++] = "first_seen";
	titles[n++] = "last_seen";
	titles[n++] = "sensors";
	titles[n++] = "differs";
	return fleet_sheet_begin(sheet, titles, n);
}

/* ---- which are shown */

struct choice {
	const char *zone;
	bool differing;
};

static bool wanted(const struct choice *c, const struct fleet_assets *a, const struct fleet_device *d)
{
	bool there = !c->zone, differs = !c->differing;

	for (size_t i = 0; !there && i < d->n; i++)
		there = strcmp(record(a, d, i)->field[FLEET_ZONE], c->zone) == 0;
	for (int f = 0; !differs && f < FLEET_TEXTS; f++)
		differs = fleet_device_differs(a, d, (enum fleet_field)f);
	return there && differs;
}

static int table_assets(const struct fleet_assets *a, const struct fleet_sensors *s, const struct choice *c)
{
	struct text_table t = {0};
	struct fleet_device d;
	size_t shown = 0;

	table_columns(&t);
	for (size_t at = 0; fleet_assets_next(a, &at, &d);) {
		if (!wanted(c, a, &d))
			continue;
		table_asset(&t, a, &d, s);
		shown++;
	}
	if (shown > 0)
		text_table_print(&t, stdout, "");
	else
		fputs(say(W_NONE), stdout);
	text_table_free(&t);
	return 0;
}

static int json_assets(const struct fleet_assets *a, const struct fleet_sensors *s, const struct choice *c)
{
	struct fleet_device d;
	struct json j;

	json_init(&j, LINE_BYTES);
	for (size_t at = 0; fleet_assets_next(a, &at, &d);) {
		if (wanted(c, a, &d))
			json_asset(&j, a, &d, s);
	}
	json_deinit(&j);
	return 0;
}

static int csv_assets(const struct fleet_assets *a, const struct fleet_sensors *s, const struct choice *c,
		      const char *encoding)
{
	struct fleet_sheet sheet;
	struct fleet_device d;
	int err = begin_sheet(&sheet);

	for (size_t at = 0; !err && fleet_assets_next(a, &at, &d);) {
		if (wanted(c, a, &d))
			csv_asset(&sheet, a, &d, s);
	}
	return err ? err : fleet_sheet_end(&sheet, encoding);
}

int fleet_show_assets(const struct fleet_assets *a, const struct fleet_sensors *s, enum fleet_form form,
		      const char *encoding, const char *zone, bool differing)
{
	const struct choice c = {zone, differing};

	return form == FLEET_JSON  ? json_assets(a, s, &c)
	       : form == FLEET_CSV ? csv_assets(a, s, &c, encoding)
				   : table_assets(a, s, &c);
}
