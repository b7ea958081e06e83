#include "event/field.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *enum_token(const struct enum_names *names, uint64_t value)
{
	size_t low = 0, high = names ? names->n : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (names->names[mid].value == value)
			return names->names[mid].token;
		if (names->names[mid].value < value)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

bool enum_value(const struct enum_names *names, const char *token, uint64_t *value)
{
	for (size_t i = 0; names && i < names->n; i++) {
		if (strcmp(names->names[i].token, token) == 0) {
			*value = names->names[i].value;
			return true;
		}
	}
	return false;
}

const char *field_type_name(enum field_type type)
{
	static const char *const names[] = {
	    [FIELD_TYPE_UINT] = "number",      [FIELD_TYPE_INT] = "number",       [FIELD_TYPE_FLOAT] = "number",
	    [FIELD_TYPE_BOOL] = "bool",        [FIELD_TYPE_TEXT] = "text",        [FIELD_TYPE_BYTES] = "hex",
	    [FIELD_TYPE_ENUM] = "name",        [FIELD_TYPE_MAC] = "mac",          [FIELD_TYPE_IP] = "ip",
	    [FIELD_TYPE_TIME] = "time",        [FIELD_TYPE_U16S] = "number list", [FIELD_TYPE_BITS] = "bit list",
	    [FIELD_TYPE_ITEM] = "object list",
	};
	return names[type];
}

const char *field_path(const struct field_def *f, char *buf, size_t size)
{
	size_t len = 0;
	int n = snprintf(buf, size, "%s.", f->table->object);

	if (n < 0 || (size_t)n >= size)
		return "";
	len = (size_t)n;
	for (const char *c = f->name; *c && len + 1 < size; c++) {
		if (*c != '[' && *c != ']')
			buf[len++] = *c;
	}
	buf[len] = '\0';
	return buf;
}

/* Is @name, its brackets left out, @path? */
static bool is_named(const char *name, const char *path)
{
	for (; *name; name++) {
		if (*name == '[' || *name == ']')
			continue;
		if (*name != *path)
			return false;
		path++;
	}
	return *path == '\0';
}

/* What stands in @path after the object of @t and a dot, or NULL. */
static const char *path_below(const struct field_table *t, const char *path)
{
	size_t len = strlen(t->object);

	return strncmp(path, t->object, len) == 0 && path[len] == '.' ? path + len + 1 : NULL;
}

const struct field_def *field_find(const struct field_registry *r, const char *path)
{
	for (const struct field_table *const *t = r->tables; *t; t++) {
		const char *name = path_below(*t, path);
		for (size_t i = 0; name && i < (*t)->n_fields; i++) {
			if (is_named((*t)->fields[i].name, name))
				return &(*t)->fields[i];
		}
	}
	for (const struct field_table *const *t = r->tables; *t; t++) {
		for (size_t i = 0; i < (*t)->n_fields; i++) {
			const char *alias = (*t)->fields[i].alias;
			if (alias && strcmp(alias, path) == 0)
				return &(*t)->fields[i];
		}
	}
	return NULL;
}

const char *field_nearest(const struct field_registry *r, const char *path, char *buf, size_t size)
{
	const struct field_def *best = NULL;
	unsigned least = (unsigned)strlen(path) / 3 + 2;
	char name[128];

	for (const struct field_table *const *t = r->tables; *t; t++) {
		for (size_t i = 0; i < (*t)->n_fields; i++) {
			unsigned d = text_distance(path, field_path(&(*t)->fields[i], name, sizeof(name)));
			if (d < least) {
				least = d;
				best = &(*t)->fields[i];
			}
		}
	}
	return best ? field_path(best, buf, size) : NULL;
}
