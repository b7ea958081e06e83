#include "sinks/json_fit.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "sinks/json_tree.h"

/* The record that raised the alert stands under the protocol's name, which is not known here: every object of @object
 * but those of @known. */
static void drop_others(json_t *object, const char *const *known)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, key, value)
	{
		size_t i = 0;
		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (!known[i] && json_is_object(value))
			json_object_del(object, key);
	}
}

/* Takes what "a.b.c" names out of @object. */
static void drop(json_t *object, const char *path, const char *const *known)
{
	const char *dot = strchr(path, '.');
	char key[64];

	if (strcmp(path, "*") == 0) {
		drop_others(object, known);
	} else if (!dot) {
		json_object_del(object, path);
	} else if ((size_t)(dot - path) < sizeof(key)) {
		memcpy(key, path, (size_t)(dot - path));
		key[dot - path] = '\0';
		json_t *inner = json_object_get(object, key);
		if (inner)
			drop(inner, dot + 1, known);
	}
}

/* An object of those members of @root alone that @paths name. */
static json_t *least_of(const json_t *root, const char *const *paths)
{
	json_t *out = json_object();
	char key[64];

	for (; out && *paths; paths++) {
		const char *dot = strchr(*paths, '.');
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(*paths, "."), *paths);
		json_t *value = json_object_get(root, key);
		if (!dot) {
			json_object_set(out, key, value);
			continue;
		}
		if (!json_object_get(out, key))
			json_object_set_new(out, key, json_object());
		json_object_set(json_object_get(out, key), dot + 1, json_object_get(value, dot + 1));
	}
	return out;
}

/* @return the length where it fits, or 0. */
static size_t render(const json_t *root, struct json *j, char *buf, size_t max)
{
	json_reset(j);
	json_write_tree(j, root);
	if (j->overflow || j->len > max)
		return 0;
	memcpy(buf, j->buf, j->len);
	return j->len;
}

size_t json_fit(json_t *root, const struct json_order *order, char *buf, size_t max, bool *truncated)
{
	struct json j;

	json_init(&j, max + 1);
	size_t len = render(root, &j, buf, max);
	*truncated = len == 0;
	if (*truncated)
		json_object_set_new(json_object_get(root, "sekisho"), "truncated", json_true());
	for (const char *const *path = order->least_first; *path && len == 0; path++) {
		drop(root, *path, order->known);
		len = render(root, &j, buf, max);
	}
	if (len == 0) {
		json_t *least = least_of(root, order->least);
		len = least ? render(least, &j, buf, max) : 0;
		json_decref(least);
	}
	json_deinit(&j);
	return len;
}
