#include "sinks/cef.h"

#include <stdio.h>
#include <string.h>

#include "sinks/pairs.h"

/* What would end the field is escaped. */
static size_t encode(uint32_t code, const uint8_t *utf8, size_t n, enum pairs_place place,
		     char out[static PAIRS_SEQUENCE_MAX])
{
	bool newline = code == '\n' || code == '\r';
	bool special = code == '\\' || (place == IN_HEADER ? code == '|' : code == '=');

	if (newline && place == IN_HEADER) {
		out[0] = ' ';
		return 1;
	}
	if (newline || special) {
		out[0] = '\\';
		out[1] = code == '\n' ? 'n' : code == '\r' ? 'r' : (char)code;
		return 2;
	}
	memcpy(out, utf8, n);
	return n;
}

/* " cs1Label=Zone pair cs1=...": one without the other is of no use. */
static void put_labelled(struct pairs *p, const char *key, const char *label, const char *value)
{
	struct pairs before = *p;
	char label_key[32];

	if (!*value)
		return;
	snprintf(label_key, sizeof(label_key), "%sLabel", key);
	pairs_put(p, label_key, label, false);
	size_t labelled = p->len;
	if (labelled > before.len)
		pairs_put(p, key, value, false);
	if (p->len == labelled) {
		p->len = before.len;
		p->cut = true;
	}
}

/* CEF 0 has src and dst for IPv4 only. */
static void put_address(struct pairs *p, const char *v4_key, const char *v6_key, const char *v6_label,
			const char *address)
{
	if (strchr(address, ':'))
		put_labelled(p, v6_key, v6_label, address);
	else
		pairs_put(p, v4_key, address, false);
}

static void put_conversation(struct pairs *p, const struct alert_view *v)
{
	char port[16];
	const json_t *ether = json_object_get(v->root, "ether");

	put_address(p, "src", "c6a2", "Source IPv6 Address", view_text(v->root, "src_ip"));
	put_address(p, "dst", "c6a3", "Destination IPv6 Address", view_text(v->root, "dest_ip"));
	pairs_put(p, "spt", view_scalar(v->root, "src_port", port, sizeof(port)), false);
	pairs_put(p, "dpt", view_scalar(v->root, "dest_port", port, sizeof(port)), false);
	pairs_put_lower(p, "proto", view_text(v->root, "proto"));
	pairs_put(p, "app", view_text(v->root, "app_proto"), false);
	pairs_put(p, "smac", view_text(ether, "src_mac"), false);
	pairs_put(p, "dmac", view_text(ether, "dest_mac"), false);
}

/* The extension behind the id, the most needed first. */
static void put_extension(struct pairs *p, const struct alert_view *v)
{
	char text[512];

	pairs_put_time(p, "rt", view_text(v->root, "timestamp"));
	pairs_put(p, "sekishoDrill", view_text(v->sekisho, "drill"), false);
	put_conversation(p, v);
	pairs_put(p, "dvchost", view_text(v->root, "host"), false);
	pairs_put_number(p, "cnt", view_number(v->sekisho, "count"));
	pairs_put(p, "cat", view_text(v->alert, "category"), false);
	put_labelled(p, "cs1", "Zone pair", view_zones(v, text, sizeof(text)));
	pairs_put(p, "msg", view_text(v->sekisho, "title_ja"), true);
	put_labelled(p, "cn1", "Final score", view_scalar(v->sev, "final", text, sizeof(text)));
	pairs_put(p, "sekishoLevel", view_text(v->sekisho, "level"), false);
	pairs_put(p, "shost", view_text(v->src, "name"), false);
	pairs_put(p, "dhost", view_text(v->dest, "name"), false);
	pairs_put(p, "sekishoState", view_text(v->sekisho, "state"), false);
	pairs_put(p, "sekishoChange", view_text(v->sekisho, "change"), false);
	put_labelled(p, "flexString1", "ATT&CK for ICS",
		     view_joined(v->sekisho, "attack_ics", ",", text, sizeof(text)));
	pairs_put_time(p, "start", view_text(v->sekisho, "first_seen"));
	pairs_put_time(p, "end", view_text(v->sekisho, "last_seen"));
	pairs_put(p, "act", view_text(v->alert, "action"), false);
	put_labelled(p, "cn3", "Unit id", view_scalar(v->object, "unit", text, sizeof(text)));
	put_labelled(p, "cs5", "Impact", view_text(v->sev, "impact_level"));
	put_labelled(p, "cs2", "METI", view_joined(v->sekisho, "meti", ",", text, sizeof(text)));
	put_labelled(p, "cs3", "JNSA", view_joined(v->sekisho, "jnsa", ",", text, sizeof(text)));
	put_labelled(p, "cs4", "IPA phase", view_text(v->sekisho, "ipa_phase"));
	put_labelled(p, "flexString2", "Usage", view_usage(v, text, sizeof(text)));
	put_labelled(p, "cs6", "sekisho_schema", view_scalar(v->sekisho, "v", text, sizeof(text)));
	if (view_has(v->evidence, "loss_pct_5m")) {
		snprintf(text, sizeof(text), "%.0f", view_number(v->evidence, "loss_pct_5m") * 10000);
		put_labelled(p, "cn2", "Loss ppm", text);
	}
	pairs_put(p, "sekishoActionJa", view_text(v->sekisho, "action_ja"), true);
	pairs_put(p, "sekishoActionEn", view_text(v->sekisho, "action_en"), true);
}

/* "CEF:0|sekisho|sekisho|0.1.0|SKS-MB-05|Name|9|" with the name cut to @name_room bytes. @return false where it does
 * not fit. */
static bool put_header(struct pairs *p, const struct alert_view *v, size_t name_room)
{
	const char *version = view_text(json_object_get(v->sekisho, "sensor"), "version");
	const char *rule = view_text(v->sekisho, "rule_id"), *name = view_text(v->sekisho, "title_en");
	char severity[16];

	snprintf(severity, sizeof(severity), "|%u|", (view_score(v) + 5) / 10);
	bool fits = pairs_raw(p, "CEF:0|sekisho|sekisho|") && pairs_text(p, version, IN_HEADER, 32) &&
		    pairs_raw(p, "|") && pairs_text(p, *rule ? rule : "unknown", IN_HEADER, 64) && pairs_raw(p, "|");
	if (fits && !pairs_text(p, name, IN_HEADER, name_room))
		p->cut = true;
	return fits && pairs_raw(p, severity);
}

size_t cef_format(const struct alert_view *v, char *buf, size_t max, bool *truncated)
{
	static const struct pairs_form form = {.separator = " ",
					       .mark = " sekishoTruncated=1",
					       .id_key = "externalId",
					       .encode = encode,
					       .header = put_header,
					       .body = put_extension,
					       .name_max = 512 /* CEF's own limit */};

	return pairs_format(&form, v, buf, max, truncated);
}
