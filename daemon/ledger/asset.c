#include "ledger/asset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "base/hash.h"
#include "base/text.h"
#include "ledger/kinds.h"

_Static_assert(sizeof(struct attribute) == 32 && sizeof(struct held_mac) == 32 && sizeof(struct asset) == 192,
	       "there are many of them");

static const char *const attr_names[ATTR_COUNT] = {
    [ATTR_VLAN] = "vlan",
    [ATTR_HOSTNAME] = "hostname",
    [ATTR_VENDOR] = "maker",
    [ATTR_MODEL] = "model",
    [ATTR_SERIAL] = "serial",
    [ATTR_FIRMWARE] = "firmware",
    [ATTR_OS] = "os",
    [ATTR_ROLE] = "role",
    [ATTR_SERVES] = "serves",
    [ATTR_USES] = "uses",
    [ATTR_NAT] = "nat",
    [ATTR_KEY_OPCUA_CERT] = "opcua_cert_sha256",
    [ATTR_KEY_OPCUA_URI] = "opcua_app_uri",
    [ATTR_KEY_SMB_GUID] = "smb_guid",
    [ATTR_KEY_DHCP_ID] = "dhcp_client_id",
    [ATTR_KEY_ENIP_SERIAL] = "enip_serial",
    [ATTR_KEY_SERIAL] = "serial_key",
    [ATTR_DOES] = "does",
};

static const char *const does_words[] = {"writes", "programs", "written", "programmed"};

const char *asset_does_word(enum asset_does does)
{
	unsigned i = 0;

	while (does >> (i + 1))
		i++;
	return does_words[i];
}

uint8_t asset_does_bit(const char *word)
{
	for (unsigned i = 0; i < sizeof(does_words) / sizeof(does_words[0]); i++) {
		if (strcmp(does_words[i], word) == 0)
			return (uint8_t)(1 << i);
	}
	return 0;
}

const char *attr_name(enum attr attr)
{
	return attr_names[attr];
}

bool attr_by_name(const char *name, enum attr *attr)
{
	for (int i = 0; i < ATTR_COUNT; i++) {
		if (strcmp(attr_names[i], name) == 0) {
			*attr = (enum attr)i;
			return true;
		}
	}
	return false;
}

uint16_t capture_names_no(struct capture_names *c, const char *name)
{
	if (!name || !name[0])
		return 0;
	if (c->last && strcmp(c->name[c->last], name) == 0)
		return c->last;
	for (uint16_t i = 1; i <= c->n; i++) {
		if (strcmp(c->name[i], name) == 0)
			return c->last = i;
	}
	if (c->n + 1 == CAPTURE_NAMES_MAX || !(c->name[c->n + 1] = strdup(name)))
		return 0;
	return c->last = ++c->n;
}

void capture_names_deinit(struct capture_names *c)
{
	for (uint16_t i = 1; i <= c->n; i++)
		free(c->name[i]);
	c->n = c->last = 0;
}

static void free_text(const struct attribute *t)
{
	if (!t->lasting)
		free((char *)t->text);
}

static uint32_t sure(unsigned confidence)
{
	return (confidence < CONFIDENCE_MAX ? confidence : CONFIDENCE_MAX);
}

void held_mac_show(struct held_mac *m, uint16_t source, uint8_t confidence, struct seen_at at)
{
	m->source = source & (SOURCES_MAX - 1u);
	m->confidence = sure(confidence) & 127u;
	m->capture = at.capture & (CAPTURE_NAMES_MAX - 1u);
	m->frame = at.frame;
}

/* At least six digits. */
struct asset_id asset_id(const struct asset *a)
{
	enum { LEAST = 6, MOST = ASSET_ID_MAX - 2, SEVEN = 1000000 };
	struct asset_id id = {"A"};
	char digits[DIGITS_MAX];

	if (a->no < SEVEN) {
		digits_put_eight(digits, (uint32_t)a->no);
		memcpy(id.text + 1, digits + 8 - LEAST, LEAST);
	} else {
		unsigned n = digits_of(a->no);
		digits_put(digits, a->no, n);
		memcpy(id.text + 1, digits, n < MOST ? n : MOST);
	}
	return id;
}

void asset_free_lists(struct asset *a)
{
	for (unsigned i = 0; i < a->n_attrs; i++)
		free_text(&a->attrs[i]);
	free(a->attrs);
	free(a->macs);
	free(a->texts);
	vocab_set_deinit(&a->serves);
	vocab_set_deinit(&a->uses);
	a->texts = NULL;
	a->attrs = NULL;
	a->ips = NULL;
	a->macs = NULL;
	a->n_attrs = a->n_ips = a->n_macs = 0;
}

struct held_ip *asset_ip(const struct asset *a, const struct ip_addr *ip)
{
	for (unsigned i = 0; i < a->n_ips; i++) {
		if (ip_eq(&a->ips[i].ip, ip))
			return &a->ips[i];
	}
	return NULL;
}

struct held_mac *asset_mac(const struct asset *a, const struct mac *mac)
{
	for (unsigned i = 0; i < a->n_macs; i++) {
		if (mac_eq(&a->macs[i].mac, mac))
			return &a->macs[i];
	}
	return NULL;
}

/* Room for one more in a list that has just as much as it needs up to four, as most devices have few of everything, and
 * grows by half or a third to 6, 8, 12, 16 ... beyond. */
static void *grow(void *list, unsigned n, size_t item)
{
	unsigned third = n / 3;

	if (n < 4)
		return realloc(list, (n + 1) * item);
	if ((n & (n - 1)) == 0)
		return realloc(list, n / 2 * 3 * item);
	return n % 3 == 0 && (third & (third - 1)) == 0 ? realloc(list, n / 3 * 4 * item) : list;
}

/* Most devices have one address of each kind: they stand in one piece, with room for just as many as there are. */
static bool make_room(struct asset *a, unsigned macs, unsigned ips)
{
	struct held_mac *m = malloc(macs * sizeof(*m) + ips * sizeof(*a->ips));

	if (!m)
		return false;
	struct held_ip *h = (struct held_ip *)(void *)(m + macs);
	if (a->n_macs > 0)
		memcpy(m, a->macs, a->n_macs * sizeof(*m));
	if (a->n_ips > 0)
		memcpy(h, a->ips, a->n_ips * sizeof(*h));
	free(a->macs);
	a->macs = m;
	a->ips = h;
	return true;
}

struct held_ip *asset_unused_ip(const struct asset *a)
{
	struct held_ip *h = &a->ips[0];

	for (unsigned i = 1; i < a->n_ips; i++) {
		if (a->ips[i].last_ns < h->last_ns)
			h = &a->ips[i];
	}
	return h;
}

struct held_ip *asset_add_ip(struct asset *a, const struct ip_addr *ip, int64_t now_ns)
{
	struct held_ip *h = NULL;

	if (a->n_ips == ASSET_IPS_MAX) {
		h = asset_unused_ip(a);
	} else if (make_room(a, a->n_macs, a->n_ips + 1u)) {
		h = &a->ips[a->n_ips++];
	} else {
		return NULL;
	}
	*h = (struct held_ip){
	    .ip = *ip, .first_ns = now_ns, .last_ns = now_ns, .current = true, .dirty = true, .hops = HOPS_UNKNOWN};
	h->scope = (uint8_t)ip_scope(ip);
	a->stale = true;
	return h;
}

struct held_mac *asset_add_mac(struct asset *a, const struct mac *mac, int64_t now_ns)
{
	if (a->n_macs == ASSET_MACS_MAX || !make_room(a, a->n_macs + 1u, a->n_ips))
		return NULL;
	struct held_mac *m = &a->macs[a->n_macs++];
	*m = (struct held_mac){.mac = *mac, .first_ns = now_ns, .last_ns = now_ns, .dirty = true};
	a->stale = true;
	return m;
}

void asset_drop_ip(struct asset *a, struct held_ip *h)
{
	size_t after = (size_t)(a->ips + a->n_ips - (h + 1));

	memmove(h, h + 1, after * sizeof(*h));
	a->n_ips--;
	a->stale = true;
}

void asset_drop_mac(struct asset *a, struct held_mac *m)
{
	memmove(m, m + 1, (size_t)(a->macs + a->n_macs - (m + 1)) * sizeof(*m));
	a->n_macs--;
	a->stale = true;
}

struct attribute *asset_attr(const struct asset *a, enum attr attr, const char *text)
{
	for (unsigned i = 0; i < a->n_attrs; i++) {
		if (a->attrs[i].attr == attr && strcmp(a->attrs[i].text, text) == 0)
			return &a->attrs[i];
	}
	return NULL;
}

/* What is written no more often than this is when something was seen again; a source that names two things in turn
 * within the longer one means both. */
#define SEEN_AGAIN_NS  (INT64_C(60) * 1000000000)
#define TAKES_TURNS_NS (INT64_C(600) * 1000000000)

/* A device can have several of these at once: the one before is not its former value. */
static bool is_set(enum attr attr)
{
	return attr == ATTR_VLAN || attr == ATTR_ROLE || attr == ATTR_SERVES || attr == ATTR_USES || attr == ATTR_NAT;
}

/* What @source said last of @attr besides @not_this. */
static const struct attribute *said_before(const struct asset *a, enum attr attr, uint16_t source,
					   const struct attribute *not_this)
{
	const struct attribute *last = NULL;

	for (unsigned i = 0; i < a->n_attrs && !is_set(attr); i++) {
		const struct attribute *t = &a->attrs[i];
		if (t->attr == attr && t->source == source && t != not_this && (!last || t->last_ns > last->last_ns))
			last = t;
	}
	return last;
}

/* The text moves: who points to it goes with it. */
void asset_set_prev(struct asset *a, struct attribute *t, const char *prev)
{
	size_t n = strlen(t->text) + 1, m = strlen(prev) + 1;
	const char *old = t->text;

	t->has_prev = false;
	char *text = m > 1 ? malloc(n + m) : NULL;
	if (!text)
		return;
	memcpy(text, old, n);
	memcpy(text + n, prev, m);
	if (a->name == old)
		a->name = text;
	if (a->role == old)
		a->role = text;
	free_text(t);
	t->text = text;
	t->lasting = false;
	t->has_prev = true;
}

static enum noted note_again(struct asset *a, struct attribute *t, const struct note *n)
{
	bool better = n->confidence > t->confidence;
	enum noted noted = better ? NOTED_BETTER : NOTED_KNOWN;

	if (better) {
		t->confidence = sure(n->confidence) & 127u;
		t->source = n->source & (SOURCES_MAX - 1u);
	}
	if (!better && n->now_ns - t->last_ns < SEEN_AGAIN_NS)
		return noted;
	const struct attribute *other = said_before(a, t->attr, n->source, t);
	if (other && other->last_ns > t->last_ns && n->now_ns - t->last_ns >= TAKES_TURNS_NS) {
		asset_set_prev(a, t, other->text);
		if (t->has_prev)
			noted = NOTED_CHANGED;
	}
	/* a key that is shown again after long is held against the papers at once */
	if (n->now_ns - t->last_ns > ASSET_SHOWN_NS && (t->attr >= ATTR_KEY_FIRST || t->attr == ATTR_SERIAL))
		a->checked_s = 0;
	t->last_ns = n->now_ns;
	t->dirty = true;
	a->stale = true;
	return noted;
}

enum noted asset_note_seen(struct asset *a, enum attr attr, struct span text, const struct note *n)
{
	char copy_of[ASSET_TEXT_MAX];
	const char *clean = n->lasting ? (const char *)text.ptr : copy_of;

	if (!n->lasting)
		text_printable(text, copy_of, sizeof(copy_of), 0);
	if (!clean[0])
		return NOTED_KNOWN;
	struct attribute *t = asset_attr(a, attr, clean);
	if (t)
		return note_again(a, t, n);
	if (a->n_attrs == ASSET_ATTRS_MAX)
		return NOTED_KNOWN;
	struct attribute *list = grow(a->attrs, a->n_attrs, sizeof(*list));
	if (!list)
		return NOTED_KNOWN;
	a->attrs = list;
	const char *kept = n->lasting ? clean : strdup(clean);
	if (!kept)
		return NOTED_KNOWN;
	const struct attribute *before = said_before(a, attr, n->source, NULL);
	a->attrs[a->n_attrs++] = (struct attribute){.attr = attr,
						    .source = n->source & (SOURCES_MAX - 1u),
						    .confidence = sure(n->confidence) & 127u,
						    .dirty = true,
						    .lasting = n->lasting,
						    .capture = n->at.capture & (CAPTURE_NAMES_MAX - 1u),
						    .frame = n->at.frame,
						    .first_ns = n->now_ns,
						    .last_ns = n->now_ns,
						    .text = kept};
	if (before)
		asset_set_prev(a, &a->attrs[a->n_attrs - 1], before->text);
	a->stale = true;
	return before ? NOTED_CHANGED : NOTED_NEW;
}

bool asset_note(struct asset *a, enum attr attr, struct span text, uint16_t source, uint8_t confidence, int64_t now_ns)
{
	struct note n = {.source = source, .confidence = confidence, .now_ns = now_ns};

	return asset_note_seen(a, attr, text, &n) != NOTED_KNOWN;
}

void asset_drop_attr(struct asset *a, struct attribute *t)
{
	size_t after = (size_t)(a->attrs + a->n_attrs - (t + 1));

	free_text(t);
	memmove(t, t + 1, after * sizeof(*t));
	a->n_attrs--;
	a->stale = true;
}

const char *asset_text(const struct asset *a, enum attr attr)
{
	const struct attribute *best = NULL;

	for (unsigned i = 0; i < a->n_attrs; i++) {
		const struct attribute *t = &a->attrs[i];
		if (t->attr == attr && (!best || t->confidence > best->confidence ||
					(t->confidence == best->confidence && t->last_ns >= best->last_ns)))
			best = t;
	}
	return best ? best->text : NULL;
}

static int ip_rank(const struct held_ip *h)
{
	return (h->current ? 8 : 0) + (h->scope != IP_SCOPE_LINK ? 4 : 0) + (h->claimed ? 2 : 0) +
	       (ip_is_v4(&h->ip) ? 1 : 0);
}

const struct held_ip *asset_main_ip(const struct asset *a)
{
	const struct held_ip *best = NULL;

	for (unsigned i = 0; i < a->n_ips; i++) {
		const struct held_ip *h = &a->ips[i];
		int more = best ? ip_rank(h) - ip_rank(best) : 1;
		if (more > 0 ||
		    (more == 0 && (h->first_ns < best->first_ns ||
				   (h->first_ns == best->first_ns && memcmp(&h->ip, &best->ip, sizeof(h->ip)) < 0))))
			best = h;
	}
	return best;
}

const struct register_row *asset_declared(const struct asset *a, const struct asset_register *r)
{
	const struct register_row *row = NULL;

	for (unsigned i = 0; i < a->n_macs && !row; i++)
		row = register_by_mac(r, &a->macs[i].mac);
	for (unsigned i = 0; i < a->n_ips && !row; i++) {
		if (a->ips[i].current)
			row = register_by_ip(r, &a->ips[i].ip, a->n_macs > 0);
	}
	return row;
}

/* Protocols that say what a device is for, the telling ones first. Others make a role too, after these. */
#define TELLING(name)                                                                                                  \
	{                                                                                                              \
		name, name "_server", name "_client"                                                                   \
	}
static const struct {
	const char *name, *server, *client;
} telling[] = {
    TELLING("modbus"), TELLING("opcua"), TELLING("s7comm"), TELLING("slmp"),     TELLING("fins"), TELLING("enip"),
    TELLING("bacnet"), TELLING("dnp3"),  TELLING("iec104"), TELLING("profinet"), TELLING("umas"), TELLING("smb"),
    TELLING("http"),   TELLING("dns"),   TELLING("ntp"),    TELLING("dhcp"),
};
#undef TELLING

enum { TELLINGS = sizeof(telling) / sizeof(telling[0]), ROLE_CHARS = 20 };

static int add_role(char roles[][32], int n, int max, const char *name)
{
	char role[32];

	snprintf(role, sizeof(role), "%.*s", (int)sizeof(role) - 1, name);
	for (int i = 0; i < n; i++) {
		if (strcmp(roles[i], role) == 0)
			return n;
	}
	if (n < max)
		memcpy(roles[n++], role, sizeof(role));
	return n;
}

int asset_roles(const struct asset *a, const struct vocab *protocols, char roles[][32], int max)
{
	int n = 0;

	if (a->router)
		n = add_role(roles, n, max, "router");
	for (unsigned i = 0; i < a->n_attrs && n < max; i++) {
		char said[ROLE_CHARS + 1];
		if (a->attrs[i].attr != ATTR_ROLE)
			continue;
		snprintf(said, sizeof(said), "%.*s", ROLE_CHARS, a->attrs[i].text);
		n = add_role(roles, n, max, said);
	}
	for (int pass = 0; pass < 2 && n < max; pass++) {
		const struct vocab_set *set = pass == 0 ? &a->serves : &a->uses;
		for (size_t i = 0; i < TELLINGS && n < max; i++) {
			if (vocab_set_has_text(set, protocols, telling[i].name))
				n = add_role(roles, n, max, pass == 0 ? telling[i].server : telling[i].client);
		}
	}
	return n;
}

/* Its own text as long as it does not change, since those who were told of it go on reading: "NAME", NUL, "ROLE". */
static void keep_texts(struct asset *a, const char *name, const char *role)
{
	size_t n = strlen(name) + 1, m = strlen(role) + 1;

	if (a->texts && strcmp(a->texts, name) == 0 && strcmp(a->texts + n, role) == 0)
		return;
	free(a->texts);
	a->texts = name[0] || role[0] ? malloc(n + m) : NULL;
	if (!a->texts)
		return;
	memcpy(a->texts, name, n);
	memcpy(a->texts + n, role, m);
}

/* The place in telling[] of what tells most of @set; TELLINGS: nothing. */
static size_t most_telling(const struct vocab_set *set, const struct vocab *protocols)
{
	size_t most = TELLINGS;

	for (uint16_t no = 0; (no = vocab_set_next(set, no)) != 0;) {
		size_t i = 0;
		while (i < most && strcmp(protocols->text[no], telling[i].name) != 0)
			i++;
		most = i;
	}
	return most;
}

/* The first of asset_roles(): "" where there is none. @cut: room for one that is too long to be borrowed. */
static const char *first_role(const struct asset *a, const struct vocab *protocols, char cut[static ROLE_CHARS + 1])
{
	if (a->router)
		return "router";
	for (unsigned i = 0; i < a->n_attrs; i++) {
		if (a->attrs[i].attr != ATTR_ROLE)
			continue;
		if (strlen(a->attrs[i].text) <= ROLE_CHARS)
			return a->attrs[i].text;
		memcpy(cut, a->attrs[i].text, ROLE_CHARS);
		cut[ROLE_CHARS] = '\0';
		return cut;
	}
	size_t i = most_telling(&a->serves, protocols);
	if (i < TELLINGS)
		return telling[i].server;
	i = most_telling(&a->uses, protocols);
	if (i < TELLINGS)
		return telling[i].client;
	return "";
}

/* What an asset that nobody has named goes by: @label, or "" where it has a name. */
static void set_name(struct asset *a, const char *name, const char *label, const char *role, const char *cut)
{
	bool is_long = !name && strlen(label) >= sizeof(a->label);

	if (!name && !is_long && strcmp(a->label, label) != 0)
		memcpy(a->label, label, strlen(label) + 1);
	keep_texts(a, is_long ? label : "", role == cut ? cut : "");
	a->name = name ? name : is_long ? (a->texts ? a->texts : "") : a->label;
	a->role = role != cut ? role : a->texts ? a->texts + strlen(a->texts) + 1 : "";
}

static const char *label_of(const struct asset *a, char buf[static IP_TEXT_MAX])
{
	const struct held_ip *main_ip = asset_main_ip(a);

	_Static_assert((int)IP_TEXT_MAX >= (int)MAC_TEXT_MAX, "room for either");
	if (main_ip)
		return ip_format(&main_ip->ip, buf);
	return a->n_macs > 0 ? mac_format(&a->macs[0].mac, buf) : "";
}

static void describe(struct asset *a, const struct vocab *protocols, const char *name, const char *label)
{
	char cut[ROLE_CHARS + 1] = "";
	bool is_kind = a->row && a->row->kind[0] && kinds_is_token(a->row->kind);

	set_name(a, name, label, is_kind ? a->row->kind : first_role(a, protocols, cut), cut);
	a->said = (uint32_t)hash_u64(hash_bytes(a->name, strlen(a->name)), hash_bytes(a->role, strlen(a->role)));
	a->stale = false;
	a->checked_s = 0;
}

static const struct zone *zone_in_papers(const struct register_row *row, const struct site *site)
{
	return row && row->zone[0] ? site_zone_by_id(site, row->zone) : NULL;
}

static void find_papers(struct asset *a, const struct asset_register *r, const struct site *site)
{
	a->row = r->imported ? asset_declared(a, r) : NULL;
	const struct zone *pinned = site_zone_of_asset(site, asset_id(a).text, a->row ? a->row->name : "");
	a->zone_is_pinned = pinned != NULL;
	a->zone = pinned ? pinned : zone_in_papers(a->row, site);
}

static const char *name_in_papers(const struct asset *a)
{
	return a->row && a->row->name[0] ? a->row->name : NULL;
}

void asset_describe(struct asset *a, const struct asset_register *r, const struct site *site,
		    const struct vocab *protocols)
{
	char label[IP_TEXT_MAX];

	find_papers(a, r, site);
	const char *name = name_in_papers(a);
	describe(a, protocols, name ? name : asset_text(a, ATTR_HOSTNAME), label_of(a, label));
}

void asset_describe_unit(struct asset *a, const struct asset *gateway, const struct asset_register *r,
			 const struct site *site, const struct vocab *protocols)
{
	char address[IP_TEXT_MAX], label[ASSET_TEXT_MAX + 8];

	find_papers(a, r, site);
	const char *name = name_in_papers(a);
	bool is_gateways = !a->row && gateway && gateway->row;
	if (is_gateways)
		snprintf(label, sizeof(label), "%s/%u", gateway->name, a->unit);
	else if (gateway)
		snprintf(label, sizeof(label), "%s/%u", label_of(gateway, address), a->unit);
	else
		snprintf(label, sizeof(label), "A%06llu/%u", (unsigned long long)a->gateway_no, a->unit);
	describe(a, protocols, name, label);
	if (!is_gateways)
		return;
	a->row = gateway->row;
	if (!a->zone_is_pinned)
		a->zone = zone_in_papers(gateway->row, site);
}
