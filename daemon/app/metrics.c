#include "app/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum type { COUNTER, GAUGE };

struct row {
	const char *path, *metric;
	enum type type;
	const char *of_element, *of_member; /* labels, or NULL */
	double factor;
	const char *help;
};

static const struct row rows[] = {
#define COUNT(key, member, metric, type, help)        {key, metric, type, NULL, NULL, 1, help},
#define REAL(key, member, metric, type, factor, help) {key, metric, type, NULL, NULL, factor, help},
#define PART(path, metric, type, of_element, of_member, factor, help)                                                  \
	{path, metric, type, of_element, of_member, factor, help},
#include "app/counters.def"
#undef COUNT
#undef REAL
#undef PART
};

enum {
	N_ROWS = sizeof(rows) / sizeof(rows[0]),
	SAMPLES_MAX = 1024,
	LABEL_MOST = 120,
	LABEL_MAX = 256,
	LABELS_MAX = 768
};

/* What is found of one family. */
struct sample {
	char labels[LABELS_MAX]; /* `{interface="eth1"}`, or "" */
	double value;
};

struct samples {
	struct sample *list;
	size_t n;
};

/* The labels on the way to a number. */
struct way {
	const struct row *row;
	char element[LABEL_MAX], member[LABEL_MAX];
};

/* Copies as much of a text as a label takes, whole characters only: one that is no UTF-8 spoils all that is read. */
static void copy_label(char *to, const char *text)
{
	size_t n = strnlen(text, LABEL_MOST);

	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(to, text, n);
	to[n] = '\0';
}

static void put(struct json *out, const char *text)
{
	json_put(out, text, strlen(text));
}

/* Backslash, quote and line end are escaped in a label's value. */
static size_t put_label(char *at, size_t size, size_t len, const char *label, const char *value)
{
	int n = snprintf(at + len, size - len, "%s%s=\"", len == 0 ? "{" : ",", label);

	len += n > 0 ? (size_t)n : 0;
	for (; *value && len + 4 < size; value++) {
		if (*value == '\\' || *value == '"' || *value == '\n')
			at[len++] = '\\';
		at[len++] = *value == '\n' ? 'n' : *value;
	}
	at[len++] = '"';
	at[len] = '\0';
	return len;
}

static void take_number(const struct way *way, double value, struct samples *found)
{
	char labels[LABELS_MAX] = "";
	size_t len = 0;

	if (way->row->of_element)
		len = put_label(labels, sizeof(labels) - 2, len, way->row->of_element, way->element);
	if (way->row->of_member)
		len = put_label(labels, sizeof(labels) - 2, len, way->row->of_member, way->member);
	if (len > 0)
		strcpy(labels + len, "}");
	for (size_t i = 0; i < found->n; i++) {
		if (strcmp(found->list[i].labels, labels) == 0) { /* of lanes: together */
			found->list[i].value += value * way->row->factor;
			return;
		}
	}
	if (found->n == SAMPLES_MAX)
		return;
	strcpy(found->list[found->n].labels, labels);
	found->list[found->n++].value = value * way->row->factor;
}

/* Does a row of its own begin with this step behind "stats[]."? */
static bool has_row_of_its_own(const char *before, size_t len, const char *step)
{
	size_t n = strlen(step);

	for (int i = 0; i < N_ROWS; i++) {
		const char *path = rows[i].path;
		if (strncmp(path, before, len) == 0 && strncmp(path + len, step, n) == 0 && path[len + n] == '.')
			return true;
	}
	return false;
}

static void walk(struct way *way, const json_t *at, const char *path, struct samples *found);

/* Each number below, whatever its depth. */
static void walk_all(struct way *way, const json_t *at, struct samples *found)
{
	size_t len = strlen(way->member);
	const char *key;
	json_t *value;

	if (!json_is_object(at)) {
		walk(way, at, "", found);
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)at, key, value)
	{
		snprintf(way->member + len, sizeof(way->member) - len, "%s%s", len ? "." : "", key);
		walk_all(way, value, found);
		way->member[len] = '\0';
	}
}

static void walk_members(struct way *way, const json_t *at, const char *rest, struct samples *found)
{
	/* a * that others follow is a label of the object, and leaves out what has rows of its own */
	char *label = *rest ? way->element : way->member;
	size_t before = (size_t)(rest - way->row->path) - (*rest ? 2 : 1);
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)at, key, value)
	{
		if (*rest && has_row_of_its_own(way->row->path, before, key))
			continue;
		copy_label(label, key);
		walk(way, value, rest, found);
	}
}

static void walk_elements(struct way *way, const json_t *list, const char *rest, struct samples *found)
{
	size_t i;
	json_t *element;

	json_array_foreach((json_t *)(uintptr_t)list, i, element)
	{
		const char *name = json_string_value(json_object_get(element, "name"));
		copy_label(way->element, name ? name : "");
		walk(way, element, rest, found);
	}
}

/* Follows @path from @at and takes the numbers at its end. */
static void walk(struct way *way, const json_t *at, const char *path, struct samples *found)
{
	char step[64];
	size_t n = strcspn(path, ".[");

	if (!at)
		return;
	if (!*path) {
		if (json_is_number(at))
			take_number(way, json_number_value(at), found);
		else if (json_is_boolean(at))
			take_number(way, json_is_true(at), found);
		return;
	}
	if (strcmp(path, "**") == 0) {
		way->member[0] = '\0';
		walk_all(way, at, found);
	} else if (path[0] == '*') {
		walk_members(way, at, path + n + (path[n] == '.'), found);
	} else if (n < sizeof(step)) {
		memcpy(step, path, n);
		step[n] = '\0';
		const json_t *value = json_object_get(at, step);
		if (path[n] == '[' && json_is_array(value))
			walk_elements(way, value, path + n + strlen("[]."), found);
		else if (path[n] != '[')
			walk(way, value, path + n + (path[n] == '.'), found);
	}
}

static void put_family(const char *metric, enum type type, const char *help, const struct samples *found,
		       struct json *out)
{
	char number[32];

	if (found->n == 0)
		return;
	put(out, "# HELP ");
	put(out, metric);
	put(out, " ");
	put(out, help);
	put(out, "\n# TYPE ");
	put(out, metric);
	put(out, type == COUNTER ? " counter\n" : " gauge\n");
	for (size_t i = 0; i < found->n; i++) {
		put(out, metric);
		put(out, found->list[i].labels);
		snprintf(number, sizeof(number), " %.15g\n", found->list[i].value);
		put(out, number);
	}
}

static void put_build(const json_t *health, struct samples *found, struct json *out)
{
	static const char *const names[] = {"version", "sensor", "site"};
	char *labels = found->list[0].labels, value[LABEL_MAX];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = json_string_value(json_object_get(health, names[i]));
		copy_label(value, text ? text : "");
		len = put_label(labels, LABELS_MAX - 2, len, names[i], value);
	}
	strcpy(labels + len, "}");
	found->list[0].value = 1;
	found->n = 1;
	put_family("sekisho_build_info", GAUGE, "Version, sensor and site.", found, out);
}

bool metrics_write(const json_t *health, bool well, struct json *out)
{
	struct samples found = {.list = calloc(SAMPLES_MAX, sizeof(struct sample))};

	if (!found.list)
		return false;
	put_build(health, &found, out);
	found.list[0] = (struct sample){"", well};
	put_family("sekisho_healthy", GAUGE, "Is all well, as /healthz and `sekisho health` judge it?", &found, out);
	for (int i = 0; i < N_ROWS; i++) {
		struct way way = {.row = &rows[i]};
		if (!rows[i].metric[0])
			continue;
		found.n = 0;
		walk(&way, health, rows[i].path, &found);
		put_family(rows[i].metric, rows[i].type, rows[i].help, &found, out);
	}
	free(found.list);
	return !out->overflow;
}
