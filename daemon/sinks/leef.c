#include "sinks/leef.h"

#include <stdio.h>
#include <string.h>

#include "sinks/pairs.h"

static size_t encode(uint32_t code, const uint8_t *utf8, size_t n, enum pairs_place place,
		     char out[static PAIRS_SEQUENCE_MAX])
{
	if (code == '^' || code == '\n' || code == '\r' || (place == IN_HEADER && code == '|')) {
		out[0] = ' ';
		return 1;
	}
	memcpy(out, utf8, n);
	return n;
}

static void put_conversation(struct pairs *p, const struct alert_view *v)
{
	const json_t *ether = json_object_get(v->root, "ether");
	char port[16];

	pairs_put(p, "src", view_text(v->root, "src_ip"), false);
	pairs_put(p, "dst", view_text(v->root, "dest_ip"), false);
	pairs_put(p, "srcPort", view_scalar(v->root, "src_port", port, sizeof(port)), false);
	pairs_put(p, "dstPort", view_scalar(v->root, "dest_port", port, sizeof(port)), false);
	pairs_put_lower(p, "proto", view_text(v->root, "proto"));
	pairs_put(p, "srcMAC", view_text(ether, "src_mac"), false);
	pairs_put(p, "dstMAC", view_text(ether, "dest_mac"), false);
}

/* The pairs behind the id, the most needed first. */
static void put_attributes(struct pairs *p, const struct alert_view *v)
{
	char text[512];
	unsigned score = view_score(v);

	pairs_put_time(p, "devTime", view_text(v->root, "timestamp"));
	pairs_put(p, "sekishoDrill", view_text(v->sekisho, "drill"), false);
	pairs_put_number(p, "sev", score < 10 ? 1 : (score + 5) / 10); /* 1 to 10 */
	put_conversation(p, v);
	pairs_put(p, "cat", view_text(v->alert, "category"), false);
	pairs_put(p, "sekishoCount", view_scalar(v->sekisho, "count", text, sizeof(text)), false);
	pairs_put(p, "sekishoSensor", view_text(v->root, "host"), false);
	pairs_put(p, "sekishoZones", view_zones(v, text, sizeof(text)), false);
	pairs_put(p, "msg", view_text(v->sekisho, "title_ja"), true);
	pairs_put(p, "sekishoTitle", view_text(v->sekisho, "title_en"), true);
	pairs_put_number(p, "sekishoScore", score);
	pairs_put(p, "sekishoLevel", view_text(v->sekisho, "level"), false);
	pairs_put(p, "sekishoState", view_text(v->sekisho, "state"), false);
	pairs_put(p, "sekishoChange", view_text(v->sekisho, "change"), false);
	pairs_put(p, "sekishoProtocol", view_text(v->root, "app_proto"), false);
	pairs_put(p, "sekishoSourceName", view_text(v->src, "name"), false);
	pairs_put(p, "sekishoDestName", view_text(v->dest, "name"), false);
	pairs_put(p, "sekishoAttack", view_joined(v->sekisho, "attack_ics", ",", text, sizeof(text)), false);
	pairs_put_time(p, "sekishoFirstSeen", view_text(v->sekisho, "first_seen"));
	pairs_put_time(p, "sekishoLastSeen", view_text(v->sekisho, "last_seen"));
	pairs_put(p, "sekishoUnit", view_scalar(v->object, "unit", text, sizeof(text)), false);
	pairs_put(p, "sekishoMeti", view_joined(v->sekisho, "meti", ",", text, sizeof(text)), false);
	pairs_put(p, "sekishoJnsa", view_joined(v->sekisho, "jnsa", ",", text, sizeof(text)), false);
	pairs_put(p, "sekishoIpaPhase", view_text(v->sekisho, "ipa_phase"), false);
	pairs_put(p, "sekishoUsage", view_usage(v, text, sizeof(text)), false);
	pairs_put(p, "sekishoSchema", view_scalar(v->sekisho, "v", text, sizeof(text)), false);
	pairs_put(p, "sekishoActionJa", view_text(v->sekisho, "action_ja"), true);
	pairs_put(p, "sekishoActionEn", view_text(v->sekisho, "action_en"), true);
}

/* "LEEF:2.0|sekisho|sekisho|0.1.0|SKS-MB-05|^|" @return whether it fits. */
static bool put_header(struct pairs *p, const struct alert_view *v, size_t name_room)
{
	const char *version = view_text(json_object_get(v->sekisho, "sensor"), "version");
	const char *rule = view_text(v->sekisho, "rule_id");
	(void)name_room; /* LEEF has no name in its header */
	return pairs_raw(p, "LEEF:2.0|sekisho|sekisho|") && pairs_text(p, version, IN_HEADER, 32) &&
	       pairs_raw(p, "|") && pairs_text(p, *rule ? rule : "unknown", IN_HEADER, 64) && pairs_raw(p, "|^|");
}

size_t leef_format(const struct alert_view *v, char *buf, size_t max, bool *truncated)
{
	static const struct pairs_form form = {.separator = "^",
					       .mark = "^sekishoTruncated=1",
					       .id_key = "sekishoId",
					       .encode = encode,
					       .header = put_header,
					       .body = put_attributes};

	return pairs_format(&form, v, buf, max, truncated);
}
