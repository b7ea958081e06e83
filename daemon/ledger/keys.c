#include "ledger/keys.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "ledger/devices.h"
#include "ledger/holders.h"
#include "ledger/identity.h"

/* Both were heard this close together: two devices side by side, or two cards of one. */
#define TOGETHER_NS (INT64_C(600) * 1000000000)
/* Who goes on showing another's key is weighed against him again after so long. */
#define TRY_AGAIN_NS (INT64_C(60) * 1000000000)

/* ---- which key is whose */

static struct key_hash hash_of(enum attr key, const char *text)
{
	size_t n = strlen(text);

	return (struct key_hash){hash_bytes(text, n) + (uint64_t)key,
				 hash_u64(hash_seed ^ (uint64_t)key, hash_bytes(text, n))};
}

static struct key_entry *find(const struct ledger *l, const struct key_hash *h)
{
	return table_find(&l->keys, h, h->a);
}

static void point(struct ledger *l, enum attr key, const char *text, struct asset *a)
{
	struct key_hash h = hash_of(key, text);
	struct key_entry *e = find(l, &h);

	if (!e)
		e = table_insert(&l->keys, &h, h.a);
	if (e) {
		e->asset_no = a->no;
		e->asset = a;
	}
}

void keys_point(struct ledger *l, struct asset *a)
{
	for (unsigned i = 0; i < a->n_attrs; i++) {
		if (a->attrs[i].attr >= ATTR_KEY_FIRST)
			point(l, a->attrs[i].attr, a->attrs[i].text, a);
	}
}

void keys_return(struct ledger *l, struct asset *a)
{
	for (unsigned i = 0; i < a->n_attrs; i++) {
		const struct attribute *t = &a->attrs[i];
		if (t->attr < ATTR_KEY_FIRST)
			continue;
		struct key_hash h = hash_of(t->attr, t->text);
		struct key_entry *e = find(l, &h);
		if (!e)
			point(l, t->attr, t->text, a);
		else if (e->asset_no == a->no)
			e->asset = a;
	}
}

/* ---- what no maker gives */

static bool all_of(const char *text, const char *set)
{
	return text[strspn(text, set)] == '\0';
}

enum { SERIAL_LEAST = 4 };

bool keys_is_serial(struct span text)
{
	static const char *const fillers[] = {"none",    "unknown",    "n/a",          "default string", "to be filled",
					      "serial",  "not set",    "undefined",    "null",           "123456",
					      "0123456", "1234567890", "system serial"};
	char s[64];
	size_t n = 0;
	bool varied = false;

	if (text.len < SERIAL_LEAST) /* most records name none */
		return false;
	for (size_t i = 0; i < text.len && n < sizeof(s) - 1; i++) {
		if (isalnum(text.ptr[i]) || text.ptr[i] == ' ' || text.ptr[i] == '/')
			s[n++] = (char)tolower(text.ptr[i]);
	}
	s[n] = '\0';
	for (size_t i = 1; i < n; i++)
		varied |= s[i] != s[0];
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		if (strncmp(s, fillers[i], strlen(fillers[i])) == 0 && n < strlen(fillers[i]) + 16 &&
		    !isdigit(s[strlen(fillers[i])]))
			return false;
	}
	return n >= SERIAL_LEAST && varied && !all_of(s, "0x ") && !all_of(s, "f");
}

/* A key that many devices have from their firmware, or that says no more than an address. */
static bool tells_nothing(enum attr key, const char *text)
{
	switch (key) {
	case ATTR_KEY_SMB_GUID:
		return all_of(text, "0-") || all_of(text, "fF-");
	case ATTR_KEY_OPCUA_URI: {
		const char *host = strstr(text, "localhost");
		return !text[0] || !strchr(text, ':') || (host && !isalnum((unsigned char)host[9]));
	}
	case ATTR_KEY_DHCP_ID:
		return strlen(text) < 10 || all_of(text, "0");
	default:
		return !text[0];
	}
}

/* ---- weighing */

static bool is_shared(const struct asset *a, const struct asset *b, enum attr attr, const char **text)
{
	for (unsigned i = 0; i < a->n_attrs; i++) {
		const struct attribute *t = &a->attrs[i];
		if (t->attr == attr && asset_attr(b, attr, t->text)) {
			*text = t->text;
			return true;
		}
	}
	return false;
}

static bool has_any(const struct asset *a, enum attr attr)
{
	return asset_text(a, attr) != NULL;
}

/* Names of hosts without their domain, in any case. */
static bool same_host(const char *a, const char *b)
{
	size_t n = strcspn(a, "."), m = strcspn(b, ".");

	return n == m && n > 0 && strncasecmp(a, b, n) == 0;
}

static bool shares_name(const struct asset *a, const struct asset *b)
{
	for (unsigned i = 0; i < a->n_attrs; i++) {
		for (unsigned j = 0; j < b->n_attrs && a->attrs[i].attr == ATTR_HOSTNAME; j++) {
			if (b->attrs[j].attr == ATTR_HOSTNAME && same_host(a->attrs[i].text, b->attrs[j].text))
				return true;
		}
	}
	return false;
}

static bool shares_address(const struct asset *a, const struct asset *b)
{
	for (unsigned i = 0; i < a->n_ips; i++) {
		if (a->ips[i].scope != IP_SCOPE_LINK && asset_ip(b, &a->ips[i].ip))
			return true;
	}
	return false;
}

static bool side_by_side(const struct asset *a, const struct asset *b)
{
	int64_t apart = a->last_ns - b->last_ns;

	if (apart > TOGETHER_NS || apart < -TOGETHER_NS)
		return false;
	for (unsigned i = 0; i < a->n_ips; i++) {
		const struct held_ip *p = &a->ips[i];
		for (unsigned j = 0; j < b->n_ips && p->current && p->scope != IP_SCOPE_LINK; j++) {
			const struct held_ip *q = &b->ips[j];
			if (q->current && !ip_eq(&p->ip, &q->ip) && identity_same_subnet(&p->ip, &q->ip))
				return true;
		}
	}
	return false;
}

/* The same protocol read another serial number from each. "PROTOCOL:MAKER:NUMBER" */
static bool serials_differ(const struct asset *a, const struct asset *b, enum attr attr)
{
	const char *common;

	if (is_shared(a, b, attr, &common))
		return false;
	for (unsigned i = 0; i < a->n_attrs; i++) {
		const struct attribute *t = &a->attrs[i];
		size_t n = strcspn(t->text, ":");
		for (unsigned j = 0; j < b->n_attrs && t->attr == attr; j++) {
			if (b->attrs[j].attr == attr && strncmp(b->attrs[j].text, t->text, n + 1) == 0)
				return true;
		}
	}
	return false;
}

/* What Samba sends as its GUID is its NetBIOS name. */
static bool is_name_as_guid(const char *guid)
{
	unsigned letters = 0;

	for (const char *at = guid; at[0] && at[1]; at += at[0] == '-' ? 1 : 2) {
		unsigned byte;
		if (at[0] == '-' || sscanf(at, "%2x", &byte) != 1)
			continue;
		if (byte != 0 && (byte < 0x20 || byte > 0x7e))
			return false;
		letters += byte != 0;
	}
	return letters > 0;
}

enum { ENOUGH = 60, WHY_MAX = 160 };

/* The evidence in words such as "opcua_cert_sha256 +60, same_subnet -30", and its points. */
struct weighing {
	char why[WHY_MAX];
	size_t len;
	int points, against; /* all together; those below zero, as a positive number */
	bool never;
};

static void weigh(struct weighing *w, const char *what, int points)
{
	if (w->len < WHY_MAX)
		w->len +=
		    (size_t)snprintf(w->why + w->len, WHY_MAX - w->len, "%s%s %+d", w->len ? ", " : "", what, points);
	w->points += points;
	w->against += points < 0 ? -points : 0;
}

/* What speaks for the two being one device. */
static struct weighing weigh_all(struct ledger *l, const struct asset *a, const struct asset *b)
{
	struct weighing w = {.why = ""};
	const char *text;

	if (a->has_unit || b->has_unit)
		return w;
	if (is_shared(a, b, ATTR_KEY_SERIAL, &text))
		weigh(&w, "serial", 150);
	if (is_shared(a, b, ATTR_KEY_ENIP_SERIAL, &text))
		weigh(&w, "enip_serial", 100);
	if (is_shared(a, b, ATTR_KEY_OPCUA_CERT, &text))
		weigh(&w, "opcua_cert_sha256", 60);
	else if (is_shared(a, b, ATTR_KEY_OPCUA_URI, &text))
		weigh(&w, "opcua_app_uri", 40);
	if (is_shared(a, b, ATTR_KEY_SMB_GUID, &text))
		weigh(&w, "smb_guid", is_name_as_guid(text) ? 30 : 60);
	if (is_shared(a, b, ATTR_KEY_DHCP_ID, &text))
		weigh(&w, "dhcp_client_id", 60);
	if (w.points == 0)
		return w;
	if (shares_name(a, b))
		weigh(&w, "hostname", 30);
	else if (has_any(a, ATTR_HOSTNAME) && has_any(b, ATTR_HOSTNAME))
		weigh(&w, "other_hostname", -40);
	if (shares_address(a, b))
		weigh(&w, "address", 30);
	if (side_by_side(a, b))
		weigh(&w, "same_subnet", -30);
	w.never = serials_differ(a, b, ATTR_KEY_SERIAL) || serials_differ(a, b, ATTR_KEY_ENIP_SERIAL) ||
		  (w.points >= ENOUGH && (devices_kept_apart(l, a, b) || link_between(l, a->no, b->no)));
	return w;
}

static bool is_enough(const struct weighing *w)
{
	return !w->never && w->points >= ENOUGH;
}

/* For so long a key joins nobody when it was found not to. */
static int64_t rest_ns(const struct weighing *w)
{
	bool is_of_several = w->points + w->against >= ENOUGH;

	return is_of_several ? TOGETHER_NS : TRY_AGAIN_NS;
}

/* ---- noting */

static struct asset *holder(struct ledger *l, enum attr key, const char *text, struct key_entry **entry)
{
	struct key_hash h = hash_of(key, text);
	struct key_entry *e = find(l, &h);

	*entry = e;
	if (e)
		return holders_asset(l, &e->asset, &e->asset_no);
	return l->assets_on_disk ? holders_by_no(l, ledger_load_key(l, key, text)) : NULL;
}

struct asset *keys_note(struct ledger *l, struct asset *a, enum attr key, const char *text, const struct note *n)
{
	char kept[ASSET_TEXT_MAX]; /* as attributes keep it */
	struct key_entry *e;

	text_printable(span_str(text), kept, sizeof(kept), 0);
	if (tells_nothing(key, kept))
		return a;
	struct asset *other = holder(l, key, kept, &e);
	const struct attribute *shown = asset_attr(a, key, kept);
	bool again = shown && n->now_ns - shown->last_ns < TRY_AGAIN_NS;
	ledger_note(l, a, key, span_str(kept), n);
	if (!other || other == a) {
		point(l, key, kept, a);
		return a;
	}
	if (again || !asset_attr(a, key, kept)) /* no room for it: then nobody shares it with him */
		return a;
	table_touch(&l->assets, other);
	struct weighing w = weigh_all(l, a, other);
	bool rests = e && n->now_ns < e->rests_until_ns;
	if (e && !is_enough(&w) && e->rests_until_ns < n->now_ns + rest_ns(&w))
		e->rests_until_ns = n->now_ns + rest_ns(&w);
	if (rests || !is_enough(&w))
		return a;
	/* the older row stays: its number is the one that people know */
	struct asset *to = device_elder(a, other), *from = to == a ? other : a;
	device_join(l, from, to, "sekisho", w.why);
	return to;
}
