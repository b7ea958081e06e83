#include "app/registry.h"

#include <string.h>

#include "app/field_words.h"
#include "app/words.h"
#include "base/json.h"
#include "event/dissector.h"
#include "event/event.h"

enum { TABLES_MAX = 64 };

static const struct field_table *tables[TABLES_MAX + 1];

static void add(const struct field_table *t)
{
	size_t n = 0;

	while (tables[n] && tables[n] != t)
		n++;
	if (n < TABLES_MAX)
		tables[n] = t;
}

const struct field_registry *registry(void)
{
	static const struct field_registry r = {tables};

	if (tables[0])
		return &r;
	for (const struct dissector *const *d = dissectors; *d; d++) {
		if ((*d)->table)
			add((*d)->table);
		for (const struct field_table *const *t = (*d)->more_tables; t && *t; t++)
			add(*t);
	}
	add(&flow_table_fields);
	add(&asset_table);
	add(&anomaly_table);
	add(&setpoint_table);
	add(&health_table);
	return &r;
}

static void print_values(FILE *out, const struct enum_names *names)
{
	fputs(say(W_FIELDS_ONE_OF), out);
	for (size_t i = 0; i < names->n; i++)
		fprintf(out, "%s%s", i ? say(W_FIELDS_AND) : "", names->names[i].token);
	fputs(say(W_FIELDS_STOP), out);
}

static void print_field(FILE *out, const struct field_words *words, const struct field_def *f, const char *path)
{
	enum { SHOWN_NAMES_MAX = 24 };

	fprintf(out, "| `%s`", path);
	if (f->alias)
		fprintf(out, " (`%s`)", f->alias);
	fprintf(out, " | %s%s | %s | %s |", field_word(words, field_type_name(f->type)),
		strstr(f->name, "[]") && f->type != FIELD_TYPE_U16S && f->type != FIELD_TYPE_BITS &&
			f->type != FIELD_TYPE_ITEM
		    ? say(W_FIELDS_SEVERAL)
		    : "",
		f->flags & FIELD_KEY ? say(W_FIELDS_KEY) : "", f->spec);
	fprintf(out, " %s", field_word(words, f->doc));
	if (f->type == FIELD_TYPE_ENUM && f->names && f->names->n <= SHOWN_NAMES_MAX)
		print_values(out, f->names);
	fputs(" |\n", out);
}

void registry_print(FILE *out, const char *prefix)
{
	char path[128];
	struct field_words *words = field_words_new();

	for (const struct field_table *const *t = registry()->tables; *t; t++) {
		bool headed = false;
		for (size_t i = 0; i < (*t)->n_fields; i++) {
			const struct field_def *f = &(*t)->fields[i];
			field_path(f, path, sizeof(path));
			if (prefix && strncmp(path, prefix, strlen(prefix)) != 0)
				continue;
			if (!headed)
				fprintf(out, "\n## %s\n\n%s|---|---|---|---|---|\n", (*t)->object, say(W_FIELDS_HEAD));
			headed = true;
			print_field(out, words, f, path);
		}
	}
	field_words_free(words);
}

static const char *json_type(enum field_type type)
{
	static const char *const types[] = {
	    [FIELD_TYPE_UINT] = "uint",  [FIELD_TYPE_INT] = "int",      [FIELD_TYPE_FLOAT] = "float",
	    [FIELD_TYPE_BOOL] = "bool",  [FIELD_TYPE_TEXT] = "text",    [FIELD_TYPE_BYTES] = "hex",
	    [FIELD_TYPE_ENUM] = "name",  [FIELD_TYPE_MAC] = "mac",      [FIELD_TYPE_IP] = "ip",
	    [FIELD_TYPE_TIME] = "time",  [FIELD_TYPE_U16S] = "numbers", [FIELD_TYPE_BITS] = "bits",
	    [FIELD_TYPE_ITEM] = "items",
	};

	return types[type];
}

static void put_field(struct json *j, const struct field_def *f)
{
	json_reset(j);
	json_object_begin(j);
	json_kv_str(j, "object", f->table->object);
	json_kv_str(j, "path", f->name);
	json_kv_str(j, "type", json_type(f->type));
	json_kv_bool(j, "key", f->flags & FIELD_KEY);
	if (f->type == FIELD_TYPE_ENUM && f->names) {
		json_key(j, "names");
		json_array_begin(j);
		for (size_t i = 0; i < f->names->n; i++)
			json_str(j, f->names->names[i].token);
		json_array_end(j);
	}
	if (f->alias)
		json_kv_str(j, "alias", f->alias);
	json_kv_str(j, "source", f->spec);
	json_kv_str(j, "meaning", f->doc);
	json_object_end(j);
}

void registry_print_json(FILE *out, const char *prefix)
{
	enum { LINE_MAX_BYTES = 256 << 10 };
	char path[128];
	struct json j;

	json_init(&j, LINE_MAX_BYTES);
	for (const struct field_table *const *t = registry()->tables; *t; t++) {
		for (size_t i = 0; i < (*t)->n_fields; i++) {
			const struct field_def *f = &(*t)->fields[i];
			if (prefix && strncmp(field_path(f, path, sizeof(path)), prefix, strlen(prefix)) != 0)
				continue;
			put_field(&j, f);
			fprintf(out, "%s\n", json_cstr(&j));
		}
	}
	json_deinit(&j);
}
