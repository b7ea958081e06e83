#include "event/rule_json.h"

#include <errno.h>

enum { PART_BYTES = 65536 };

static void put_tags(struct json *j, const char *key, const struct tag_list *list)
{
	json_key(j, key);
	json_array_begin(j);
	for (size_t i = 0; i < list->n; i++)
		json_str(j, list->tags[i]);
	json_array_end(j);
}

static void write_signature(struct json *j, const struct rule_info *r)
{
	json_kv_str(j, "action", "allowed");
	json_kv_u64(j, "gid", 1);
	json_kv_u64(j, "signature_id", r->signature_id);
	json_kv_u64(j, "rev", r->rev);
}

static void write_category(struct json *j, const struct rule_info *r)
{
	json_kv_str(j, "category", r->category ? r->category : "");
}

static void write_metadata(struct json *j, const struct rule_info *r)
{
	if (r->attack_ics.n > 0)
		put_tags(j, "mitre_technique_id", &r->attack_ics);
	json_key(j, "sekisho_rule");
	json_array_begin(j);
	json_str(j, r->id);
	json_array_end(j);
}

static void write_limits(struct json *j, const struct rule_info *r)
{
	if (!r->limits_en || !*r->limits_en)
		return;
	json_kv_str(j, "limits_ja", r->limits_ja);
	json_kv_str(j, "limits_en", r->limits_en);
}

static void write_tags(struct json *j, const struct rule_info *r)
{
	put_tags(j, "attack_ics", &r->attack_ics);
	put_tags(j, "meti", &r->meti);
	put_tags(j, "jnsa", &r->jnsa);
	json_key(j, "ipa_phase");
	if (r->ipa_phase && *r->ipa_phase)
		json_str(j, r->ipa_phase);
	else
		json_null_value(j);
	put_tags(j, "iec62443", &r->iec62443);
}

static void (*const writers[RULE_JSON_PARTS])(struct json *j, const struct rule_info *r) = {
    [RULE_JSON_SIGNATURE] = write_signature, [RULE_JSON_CATEGORY] = write_category,
    [RULE_JSON_METADATA] = write_metadata,   [RULE_JSON_LIMITS] = write_limits,
    [RULE_JSON_TAGS] = write_tags,
};

int rule_json_render(struct rule_info *r, struct arena *arena)
{
	struct rule_json *out = arena_alloc(arena, sizeof(*out));
	struct json j;
	int err = out ? 0 : -ENOMEM;

	json_init(&j, PART_BYTES);
	for (int part = 0; part < RULE_JSON_PARTS && !err; part++) {
		json_reset(&j);
		json_object_begin(&j);
		writers[part](&j, r);
		struct span members = span_skip(span_of(j.buf, j.len), 1); /* the bracket */
		out->part[part] = arena_copy(arena, members);
		if (j.overflow || (members.len > 0 && !out->part[part].ptr))
			err = -ENOMEM;
	}
	r->json = err ? NULL : out;
	json_deinit(&j);
	return err;
}

void rule_json_put(struct json *j, const struct rule_info *r, enum rule_json_part part)
{
	if (!r->json)
		writers[part](j, r);
	else if (r->json->part[part].len > 0)
		json_raw(j, r->json->part[part]);
}
