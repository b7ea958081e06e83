/*
 * What a site says beside zones and conduits: its clocks, its own names of levels, when the ledger learns.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/site_read.h"

#define MINUTE_NS (INT64_C(60) * 1000000000)

enum { QUARANTINE_MIN = 15, JAPAN_S = 9 * 3600 };

static const char *const level_tokens[] = {"L0", "L1", "L2", "L3", "L3.5", "L4", "L5", NULL};

static bool is_place_token(const char *token)
{
	const char *const *t = level_tokens;

	while (*t && strcmp(*t, token) != 0)
		t++;
	return *t || site_is_fa_token(token);
}

static int read_name(const struct site_reader *r, const struct yaml_node *n, struct place_name *p)
{
	static const char *const known[] = {"ja", "en", NULL};
	int err = site_read_text(r, n->key, &p->token);

	if (!err && !is_place_token(p->token))
		return yaml_complain(r->doc, n, r->c,
				     "\"%s\" is neither a level (L0 to L5, L3.5) nor a factory zone (fa.control ...)",
				     p->token);
	if (err || n->kind == YAML_SCALAR) {
		err = err ? err : site_read_text(r, n, &p->ja);
		return err ? err : site_read_text(r, n, &p->en);
	}
	err = yaml_only_keys(r->doc, n, known, r->c);
	if (!err && yaml_get(n, "ja"))
		err = site_read_text(r, yaml_get(n, "ja"), &p->ja);
	if (!err && yaml_get(n, "en"))
		err = site_read_text(r, yaml_get(n, "en"), &p->en);
	return err;
}

static int read_names(const struct site_reader *r, const struct yaml_node *map)
{
	struct site *s = r->site;
	int err = 0;

	if (map->kind != YAML_MAP)
		return yaml_complain(r->doc, map, r->c,
				     "expected names of levels: { L2: { ja: ..., en: Control room } }");
	s->names = calloc(yaml_count(map) + 1, sizeof(*s->names));
	if (!s->names)
		return -ENOMEM;
	for (const struct yaml_node *n = map->child; n && !err; n = n->next)
		err = read_name(r, n, &s->names[s->n_names++]);
	return err;
}

static int read_moment(const struct site_reader *r, const struct yaml_node *n, bool end_of_day, int64_t *ns)
{
	if (n->kind == YAML_SCALAR && site_time_parse(n->text, r->site->offset_s, end_of_day, ns))
		return 0;
	return yaml_complain(r->doc, n, r->c, "expected a day, as 2026-12-31, or a moment, as \"2026-12-31 17:00\"");
}

static int read_baseline(const struct site_reader *r, const struct yaml_node *map)
{
	static const char *const known[] = {"learn_from", "learn_until", "quarantine_min", NULL};
	struct site_baseline *b = &r->site->baseline;
	const struct yaml_node *n;
	int64_t minutes = QUARANTINE_MIN;
	int err = yaml_only_keys(r->doc, map, known, r->c);

	if (!err && (n = yaml_get(map, "learn_from")))
		err = read_moment(r, n, false, &b->learn_from_ns);
	if (!err && (n = yaml_get(map, "learn_until")))
		err = read_moment(r, n, true, &b->learn_until_ns);
	if (!err && (n = yaml_get(map, "quarantine_min")))
		err = yaml_int(r->doc, n, 0, 10080, &minutes, r->c);
	b->quarantine_ns = minutes * MINUTE_NS;
	if (!err && b->learn_until_ns == 0)
		err = yaml_complain(r->doc, map, r->c,
				    "a baseline needs learn_until: the day on which learning ends, as 2026-12-31");
	if (!err && b->learn_from_ns >= b->learn_until_ns)
		err =
		    yaml_complain(r->doc, map, r->c, "learning ends before it begins: see learn_from and learn_until");
	return err;
}

void site_default(struct site *s)
{
	*s = (struct site){.model = SITE_MODEL_BOTH, .offset_s = JAPAN_S, .silent_days = 30, .disposal_grace_days = 7};
}

int site_read_extras(const struct site_reader *r, const struct yaml_node *root)
{
	const struct yaml_node *n;
	int err = 0;

	if ((n = yaml_get(root, "time_zone")) &&
	    (n->kind != YAML_SCALAR || !site_offset_parse(n->text, &r->site->offset_s)))
		err = yaml_complain(r->doc, n, r->c, "time_zone is the distance to UTC, as \"+09:00\"");
	if (!err && (n = yaml_get(root, "level_names")))
		err = read_names(r, n);
	if (!err && (n = yaml_get(root, "baseline")))
		err = read_baseline(r, n);
	return err;
}

void site_free_extras(struct site *s)
{
	for (size_t i = 0; i < s->n_names; i++) {
		free(s->names[i].token);
		free(s->names[i].ja);
		free(s->names[i].en);
	}
	free(s->names);
}

const char *site_place_name(const struct site *s, const char *token, bool japanese)
{
	for (size_t i = 0; i < s->n_names; i++) {
		if (strcmp(s->names[i].token, token) == 0)
			return japanese ? s->names[i].ja : s->names[i].en;
	}
	return NULL;
}
