#include "sinks/cef.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

static const char truncated_mark[] = " sekishoTruncated=1";

enum { CUT_LEAST = 24 }; /* a text cut to less than this says nothing */

struct out {
	char *buf;
	size_t len, max;
	size_t extension; /* where it begins; its first item has no blank before it */
	bool cut;         /* something did not fit */
};

enum place { IN_HEADER, IN_VALUE };

/* One character as it stands in CEF: what would end the field is escaped, what would steer a terminal is replaced. */
static size_t encode(uint32_t code, const uint8_t *utf8, size_t n, enum place place, char out[static 4])
{
	bool special = code == '\\' || (place == IN_HEADER ? code == '|' : code == '=');

	if (place == IN_VALUE && (code == '\n' || code == '\r')) {
		memcpy(out, code == '\n' ? "\\n" : "\\r", 2);
		return 2;
	}
	if (special) {
		out[0] = '\\';
		out[1] = (char)code;
		return 2;
	}
	if (text_is_control(code)) {
		out[0] = code == '\n' || code == '\t' ? ' ' : '?';
		return 1;
	}
	memcpy(out, utf8, n);
	return n;
}

/* Appends whole characters while they fit into @room bytes. @return whether all did. */
static bool put_text(struct out *o, const char *text, enum place place, size_t room)
{
	struct span s = span_str(text);
	size_t end = o->max - o->len < room ? o->max : o->len + room;

	while (s.len > 0) {
		char seq[4];
		uint32_t code = '?';
		size_t n = text_utf8(s, &code), len;
		len = encode(code, s.ptr, n ? n : 1, place, seq);
		if (n == 0)
			seq[0] = '?';
		if (len > end - o->len)
			return false;
		memcpy(o->buf + o->len, seq, len);
		o->len += len;
		s = span_skip(s, n ? n : 1);
	}
	return true;
}

static bool put_raw(struct out *o, const char *text)
{
	size_t len = strlen(text);

	if (len > o->max - o->len)
		return false;
	memcpy(o->buf + o->len, text, len);
	o->len += len;
	return true;
}

/* " key=value": whole, or not at all; a @cuttable one may lose its end. Empty values are not written. */
static void put(struct out *o, const char *key, const char *value, bool cuttable)
{
	size_t before = o->len;

	if (!*value)
		return;
	bool fits = (o->len == o->extension || put_raw(o, " ")) && put_raw(o, key) && put_raw(o, "=");
	size_t value_at = o->len;
	if (fits && put_text(o, value, IN_VALUE, SIZE_MAX))
		return;
	o->cut = true;
	if (!fits || !cuttable || o->len - value_at < CUT_LEAST)
		o->len = before;
}

static void put_number(struct out *o, const char *key, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.0f", value);
	put(o, key, text, false);
}

/* " cs1Label=Zone pair cs1=...": one without the other is of no use. */
static void put_labelled(struct out *o, const char *key, const char *label, const char *value)
{
	struct out before = *o;
	char label_key[32];

	if (!*value)
		return;
	snprintf(label_key, sizeof(label_key), "%sLabel", key);
	put(o, label_key, label, false);
	size_t labelled = o->len;
	if (labelled > before.len)
		put(o, key, value, false);
	if (o->len == labelled) {
		o->len = before.len;
		o->cut = true;
	}
}

/* "2026-11-22T00:14:00.000001+0000" to milliseconds since the epoch, as CEF's rt, start and end want it. */
static void put_time(struct out *o, const char *key, const char *iso)
{
	struct tm tm = {0};
	char text[32];
	unsigned micros = 0;
	const char *rest = strptime(iso, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!rest)
		return;
	if (*rest == '.')
		micros = (unsigned)strtoul(rest + 1, NULL, 10);
	snprintf(text, sizeof(text), "%lld%03u", (long long)timegm(&tm), micros / 1000 % 1000);
	put(o, key, text, false);
}

/* CEF 0 has src and dst for IPv4 only. */
static void put_address(struct out *o, const char *v4_key, const char *v6_key, const char *v6_label,
			const char *address)
{
	if (strchr(address, ':'))
		put_labelled(o, v6_key, v6_label, address);
	else
		put(o, v4_key, address, false);
}

static void put_lower(struct out *o, const char *key, const char *text)
{
	char lower[32];
	size_t i = 0;

	for (; text[i] && i + 1 < sizeof(lower); i++)
		lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
	lower[i] = '\0';
	put(o, key, lower, false);
}

static void put_conversation(struct out *o, const struct alert_view *v)
{
	char port[16];
	const json_t *ether = json_object_get(v->root, "ether");

	put_address(o, "src", "c6a2", "Source IPv6 Address", view_text(v->root, "src_ip"));
	put_address(o, "dst", "c6a3", "Destination IPv6 Address", view_text(v->root, "dest_ip"));
	put(o, "spt", view_scalar(v->root, "src_port", port, sizeof(port)), false);
	put(o, "dpt", view_scalar(v->root, "dest_port", port, sizeof(port)), false);
	put_lower(o, "proto", view_text(v->root, "proto"));
	put(o, "app", view_text(v->root, "app_proto"), false);
	put(o, "smac", view_text(ether, "src_mac"), false);
	put(o, "dmac", view_text(ether, "dest_mac"), false);
}

/* "control/production" of the device that is spoken to, or else of the speaker. */
static const char *usage_of(const struct alert_view *v, char *buf, size_t size)
{
	const json_t *end = *view_text(v->dest, "usage") ? v->dest : v->src;

	buf[0] = '\0';
	if (*view_text(end, "usage"))
		snprintf(buf, size, "%s/%s", view_text(end, "usage"), view_text(end, "use_case"));
	return buf;
}

/* All items of the extension, the most needed first. */
static void put_extension(struct out *o, const struct alert_view *v)
{
	char text[512];

	put(o, "externalId", view_text(v->sekisho, "alert_id"), false);
	put_time(o, "rt", view_text(v->root, "timestamp"));
	put_conversation(o, v);
	put(o, "dvchost", view_text(v->root, "host"), false);
	put_number(o, "cnt", view_number(v->sekisho, "count"));
	put(o, "cat", view_text(v->alert, "category"), false);
	put_labelled(o, "cs1", "Zone pair", view_zones(v, text, sizeof(text)));
	put(o, "msg", view_text(v->sekisho, "title_ja"), true);
	put_labelled(o, "cn1", "Final score", view_scalar(v->sev, "final", text, sizeof(text)));
	put(o, "shost", view_text(v->src, "name"), false);
	put(o, "dhost", view_text(v->dest, "name"), false);
	put(o, "sekishoState", view_text(v->sekisho, "state"), false);
	put(o, "sekishoChange", view_text(v->sekisho, "change"), false);
	put_labelled(o, "flexString1", "ATT&CK for ICS",
		     view_joined(v->sekisho, "attack_ics", ",", text, sizeof(text)));
	put_time(o, "start", view_text(v->sekisho, "first_seen"));
	put_time(o, "end", view_text(v->sekisho, "last_seen"));
	put(o, "act", view_text(v->alert, "action"), false);
	put_labelled(o, "cn3", "Unit id", view_scalar(v->object, "unit", text, sizeof(text)));
	put_labelled(o, "cs5", "Impact", view_text(v->sev, "word_en"));
	put_labelled(o, "cs2", "METI", view_joined(v->sekisho, "meti", ",", text, sizeof(text)));
	put_labelled(o, "cs3", "JNSA", view_joined(v->sekisho, "jnsa", ",", text, sizeof(text)));
	put_labelled(o, "cs4", "IPA phase", view_text(v->sekisho, "ipa_phase"));
	put_labelled(o, "flexString2", "Usage", usage_of(v, text, sizeof(text)));
	put_labelled(o, "cs6", "sekisho_schema", view_scalar(v->sekisho, "v", text, sizeof(text)));
	if (view_has(v->evidence, "loss_pct_5m")) {
		snprintf(text, sizeof(text), "%.0f", view_number(v->evidence, "loss_pct_5m") * 10000);
		put_labelled(o, "cn2", "Loss ppm", text);
	}
	put(o, "sekishoActionJa", view_text(v->sekisho, "action_ja"), true);
	put(o, "sekishoActionEn", view_text(v->sekisho, "action_en"), true);
}

/* "CEF:0|sekisho|sekisho|0.1.0|SKS-MB-05|Name|9|" with the name cut to @name_room bytes. @return false where it does
 * not fit. */
static bool put_header(struct out *o, const struct alert_view *v, size_t name_room)
{
	const char *version = view_text(json_object_get(v->sekisho, "sensor"), "version");
	const char *rule = view_text(v->sekisho, "rule_id"), *name = view_text(v->sekisho, "title_en");
	char severity[16];

	snprintf(severity, sizeof(severity), "|%u|", (view_score(v) + 5) / 10);
	bool fits = put_raw(o, "CEF:0|sekisho|sekisho|") && put_text(o, version, IN_HEADER, 32) && put_raw(o, "|") &&
		    put_text(o, *rule ? rule : "unknown", IN_HEADER, 64) && put_raw(o, "|");
	if (fits && !put_text(o, name, IN_HEADER, name_room))
		o->cut = true;
	fits = fits && put_raw(o, severity);
	o->extension = o->len;
	return fits;
}

/* What must be there: header without the name, the alert's id, the mark. */
static size_t least_bytes(const struct alert_view *v)
{
	char room[512];
	struct out o = {.buf = room, .max = sizeof(room)};

	if (!put_header(&o, v, 0))
		return SIZE_MAX;
	put(&o, "externalId", view_text(v->sekisho, "alert_id"), false);
	return o.len + strlen(truncated_mark);
}

size_t cef_format(const struct alert_view *v, char *buf, size_t max, bool *truncated)
{
	struct out o = {.buf = buf, .max = max};

	/* CEF's own limit for the name is 512 characters */
	*truncated = false;
	if (put_header(&o, v, 512)) {
		put_extension(&o, v);
		if (!o.cut)
			return o.len;
	}
	size_t least = least_bytes(v);
	*truncated = true;
	if (max < least)
		return 0;
	o = (struct out){.buf = buf, .max = max - strlen(truncated_mark)};
	(void)put_header(&o, v, (max - least) / 4);
	put_extension(&o, v);
	o.max = max;
	(void)put_raw(&o, truncated_mark);
	return o.len;
}
