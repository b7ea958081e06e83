#include "sinks/json_tree.h"

#include <stdlib.h>
#include <string.h>

/* Keys of our own are plain; others may be anything. */
static void write_key(struct json *j, const char *key)
{
	struct json name;
	size_t n = 0;

	while (key[n] >= ' ' && key[n] < 0x7f && key[n] != '"' && key[n] != '\\')
		n++;
	if (!key[n]) {
		json_key_n(j, key, n);
		return;
	}
	json_init(&name, JSON_TREE_KEY_MAX);
	json_str(&name, key);
	if (!name.overflow && name.len > 2)
		json_key_n(j, name.buf + 1, name.len - 2);
	else
		json_key(j, "");
	json_deinit(&name);
}

void json_write_tree(struct json *j, const json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		json_object_begin(j);
		json_object_foreach((json_t *)(uintptr_t)value, key, member)
		{
			write_key(j, key);
			json_write_tree(j, member);
		}
		json_object_end(j);
		break;
	case JSON_ARRAY:
		json_array_begin(j);
		json_array_foreach((json_t *)(uintptr_t)value, i, member) json_write_tree(j, member);
		json_array_end(j);
		break;
	case JSON_STRING:
		json_text(j, span_of(json_string_value(value), json_string_length(value)));
		break;
	case JSON_INTEGER:
		json_i64(j, json_integer_value(value));
		break;
	case JSON_REAL:
		json_f64(j, json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		json_bool(j, json_is_true(value));
		break;
	case JSON_NULL:
		json_null_value(j);
		break;
	}
}
