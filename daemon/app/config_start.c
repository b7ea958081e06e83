#include "app/config_start.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

static const char *const keys[] = {"state",    "sensor", "capture", "memory", "flows",  "gate.facts",
				   "evidence", "redis",  "syslog",  "eve",    "metrics"};

_Static_assert(sizeof(keys) / sizeof(keys[0]) == CONFIG_START_KEYS, "config_start.value has one for each");

/* How it was written, and in which order the keys of a map, is no matter. */
static uint64_t value_of(const struct yaml_node *n)
{
	uint64_t sum = 0, h = n ? 1 + (uint64_t)n->kind : 0;

	if (n && n->text)
		h = hash_u64(h, hash_bytes(n->text, strlen(n->text)));
	for (const struct yaml_node *v = n ? n->child : NULL; v; v = v->next) {
		if (n->kind == YAML_MAP)
			sum += hash_u64(value_of(v->key), value_of(v));
		else
			h = hash_u64(h, value_of(v));
	}
	return hash_u64(h, sum);
}

static uint64_t value_at(const struct config *cfg, const char *key)
{
	return value_of(cfg->doc.n_roots ? yaml_at(cfg->doc.roots[0], key) : NULL);
}

void config_start_note(struct config_start *s, const struct config *cfg)
{
	for (size_t i = 0; i < CONFIG_START_KEYS; i++)
		s->value[i] = value_at(cfg, keys[i]);
}

const char *config_start_differs(const struct config_start *s, const struct config *cfg, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < CONFIG_START_KEYS && len < size; i++) {
		if (value_at(cfg, keys[i]) != s->value[i])
			len += (size_t)snprintf(out + len, size - len, "%s%s", len ? ", " : "", keys[i]);
	}
	return out;
}
