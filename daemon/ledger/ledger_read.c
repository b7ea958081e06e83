/*
 * Assets as JSON lines.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "ledger/papers.h"
#include "ledger/reader.h"
#include "ledger/sighting.h"
#include "ledger/suggest.h"
#include "ledger/width.h"

static void put_time(struct json *j, const char *key, int64_t ns)
{
	char text[WHEN_TEXT_MAX];

	json_kv_str(j, key, when_format(ns, text));
}

/* Addresses of the link alone come last: each device has one, and nobody knows it by that. */
static void put_ips(struct json *j, const struct asset *a, bool current)
{
	char text[IP_TEXT_MAX];

	json_array_begin(j);
	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < a->n_ips; i++) {
			const struct held_ip *h = &a->ips[i];
			if (h->current == current && (h->scope == IP_SCOPE_LINK) == (pass == 1))
				json_str(j, ip_format(&h->ip, text));
		}
	}
	json_array_end(j);
}

static void put_addresses(struct json *j, const struct asset *a)
{
	char text[IP_TEXT_MAX];
	bool former = false;

	json_key(j, "mac");
	json_array_begin(j);
	for (unsigned i = 0; i < a->n_macs; i++)
		json_str(j, mac_format(&a->macs[i].mac, text));
	json_array_end(j);
	json_key(j, "ip");
	put_ips(j, a, true);
	for (unsigned i = 0; i < a->n_ips; i++)
		former |= !a->ips[i].current;
	if (!former)
		return;
	json_key(j, "ip_former");
	put_ips(j, a, false);
}

static void put_texts(struct json *j, const char *key, const struct asset *a, enum attr attr, bool as_number)
{
	json_key(j, key);
	json_array_begin(j);
	for (unsigned i = 0; i < a->n_attrs; i++) {
		if (a->attrs[i].attr != attr)
			continue;
		if (as_number)
			json_u64(j, strtoull(a->attrs[i].text, NULL, 10));
		else
			json_str(j, a->attrs[i].text);
	}
	json_array_end(j);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What it speaks, in the order of the alphabet. */
static size_t protocols_of(const struct asset *a, const struct vocab *protocols, const char *words[static VOCAB_MAX])
{
	size_t n = 0;

	for (uint16_t no = 0; (no = vocab_set_next(&a->serves, no)) != 0;)
		words[n++] = protocols->text[no];
	for (uint16_t no = 0; (no = vocab_set_next(&a->uses, no)) != 0;) {
		if (!vocab_set_has(&a->serves, no))
			words[n++] = protocols->text[no];
	}
	if (n > 1)
		qsort(words, n, sizeof(words[0]), by_text);
	return n;
}

static void put_protocols(struct json *j, const struct asset *a, const struct vocab *protocols)
{
	enum { ROLES_MAX = 32 };
	const char *words[VOCAB_MAX];
	char roles[ROLES_MAX][32];

	json_key(j, "roles");
	json_array_begin(j);
	int n_roles = asset_roles(a, protocols, roles, ROLES_MAX);
	for (int i = 0; i < n_roles; i++)
		json_str(j, roles[i]);
	json_array_end(j);
	size_t n = protocols_of(a, protocols, words);
	json_key(j, "protocols");
	json_array_begin(j);
	for (size_t i = 0; i < n; i++)
		json_str(j, words[i]);
	json_array_end(j);
}

static void put_observed_texts(struct json *j, const struct asset *a)
{
	static const struct {
		const char *key;
		enum attr attr;
	} shown[] = {{"maker", ATTR_VENDOR},
		     {"model", ATTR_MODEL},
		     {"serial", ATTR_SERIAL},
		     {"firmware", ATTR_FIRMWARE},
		     {"os", ATTR_OS}};

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		const char *text = asset_text(a, shown[i].attr);
		if (text)
			json_kv_str(j, shown[i].key, text);
	}
}

static void put_place(const struct reader *r, struct json *j, const struct reader_asset *ra)
{
	const struct zone *z = ra->zone;
	const char *declared = ra->asset->row ? ra->asset->row->zone : "";

	json_kv_str(j, "zone", z ? z->id : reader_no_zone(r, IP_SCOPE_PRIVATE));
	if (declared[0] && strcmp(declared, ra->observed) != 0) {
		json_kv_str(j, "zone_observed", ra->observed);
		json_kv_str(j, "zone_declared", declared);
	}
	json_kv_str(j, "fa_zone", z && z->fa ? z->fa : "");
	json_key(j, "purdue");
	int purdue = register_purdue(ra->asset->row, ra->zone);
	if (purdue != PURDUE_UNKNOWN)
		json_str(j, purdue_name(purdue));
	else
		json_null_value(j);
}

/* Shown until a person has said it in the register or by a zone. */
static void put_suggestion(const struct reader *r, struct json *j, const struct reader_asset *ra)
{
	const struct register_row *row = ra->asset->row;
	struct suggestion s;

	if (!suggest_place(ra->asset, &r->protocols, &s))
		return;
	bool kind = s.kind[0] && !(row && row->kind[0]);
	bool level =
	    s.purdue != PURDUE_UNKNOWN && !(row && register_purdue(ra->asset->row, ra->zone) != PURDUE_UNKNOWN);
	if (!kind && !level)
		return;
	if (level)
		json_kv_str(j, "purdue_suggested", purdue_name(s.purdue));
	if (kind)
		json_kv_str(j, "role_suggested", s.kind);
	json_kv_str(j, "suggested_because", s.because_en);
	json_kv_str(j, "suggested_because_ja", s.because_ja);
}

static const char *phase_of(const struct asset_register *reg, const struct register_row *row)
{
	return row ? row->phase : reg->imported ? "unregistered" : "";
}

static void put_papers(struct json *j, const struct asset_register *reg, const struct register_row *row)
{
	json_key(j, "registered");
	if (reg->imported)
		json_bool(j, row != NULL);
	else
		json_null_value(j);
	json_kv_str(j, "phase", phase_of(reg, row));
	json_kv_str(j, "usage", row ? row->usage : "");
	if (row && row->raised)
		json_kv_str(j, "usage_raised", row->raised);
	json_kv_str(j, "use_case", row ? row->use_case : "");
	json_kv_str(j, "kind", row ? row->kind : "");
	json_kv_str(j, "owner_dept", row ? row->owner_dept : "");
}

static void put_keys(struct json *j, const struct asset *a)
{
	bool any = false;

	for (unsigned i = 0; i < a->n_attrs; i++)
		any |= a->attrs[i].attr >= ATTR_KEY_FIRST;
	if (!any)
		return;
	json_key(j, "strong_keys");
	json_object_begin(j);
	for (int key = ATTR_KEY_FIRST; key < ATTR_COUNT; key++) {
		const char *text = asset_text(a, (enum attr)key);
		if (text)
			json_kv_str(j, attr_name((enum attr)key), text);
	}
	json_object_end(j);
}

static void put_macs_of_kind(struct json *j, const char *key, const struct asset *a, bool (*is)(const struct mac *mac))
{
	char text[MAC_TEXT_MAX];
	bool open = false;

	for (unsigned i = 0; i < a->n_macs; i++) {
		if (!is(&a->macs[i].mac))
			continue;
		if (!open) {
			json_key(j, key);
			json_array_begin(j);
		}
		open = true;
		json_str(j, mac_format(&a->macs[i].mac, text));
	}
	if (open)
		json_array_end(j);
}

static bool is_local(const struct mac *mac)
{
	return mac_is_local(mac);
}

static void put_identity(struct json *j, const struct asset *a)
{
	char id[24];

	put_macs_of_kind(j, "mac_virtual", a, sighting_is_virtual);
	put_macs_of_kind(j, "mac_local", a, is_local);
	if (a->has_unit) {
		snprintf(id, sizeof(id), "A%06" PRIu64, (uint64_t)a->gateway_no);
		json_kv_str(j, "gateway", id);
		json_key(j, "unit_ids");
		json_array_begin(j);
		json_u64(j, a->unit);
		json_array_end(j);
	}
	if (asset_text(a, ATTR_NAT))
		put_texts(j, "nat_suspected", a, ATTR_NAT, false);
	put_keys(j, a);
}

struct proof {
	const char *attr, *value, *prev, *source;
	int64_t first_ns, last_ns;
	uint8_t confidence;
	struct seen_at at;
};

static void put_proof(struct reader *r, const struct proof *p)
{
	struct json *j = &r->json;

	json_object_begin(j);
	json_kv_str(j, "attr", p->attr);
	json_kv_str(j, "value", p->value);
	if (p->prev)
		json_kv_str(j, "prev", p->prev);
	json_kv_str(j, "proto", p->source);
	put_time(j, "pkt_time", p->first_ns);
	put_time(j, "last_seen", p->last_ns);
	json_kv_u64(j, "confidence", p->confidence);
	if (p->at.capture) {
		json_key(j, "pcap_ref");
		json_object_begin(j);
		json_kv_str(j, "file", r->captures.name[p->at.capture]);
		json_kv_u64(j, "frame", p->at.frame);
		json_object_end(j);
	}
	json_object_end(j);
}

static void put_evidence(struct reader *r, const struct asset *a)
{
	char text[IP_TEXT_MAX];

	json_key(&r->json, "evidence");
	json_array_begin(&r->json);
	for (unsigned i = 0; i < a->n_macs; i++) {
		const struct held_mac *m = &a->macs[i];
		put_proof(r, &(struct proof){"mac", mac_format(&m->mac, text), NULL, r->sources.text[m->source],
					     m->first_ns, m->last_ns, (uint8_t)m->confidence, held_mac_at(m)});
	}
	for (unsigned i = 0; i < a->n_ips; i++) {
		const struct held_ip *h = &a->ips[i];
		put_proof(r, &(struct proof){"ip", ip_format(&h->ip, text), NULL, r->sources.text[h->source],
					     h->first_ns, h->last_ns, h->confidence, h->at});
	}
	for (unsigned i = 0; i < a->n_attrs; i++) {
		const struct attribute *t = &a->attrs[i];
		put_proof(r, &(struct proof){attr_name(t->attr), t->text, attribute_prev(t), r->sources.text[t->source],
					     t->first_ns, t->last_ns, (uint8_t)t->confidence, attribute_at(t)});
	}
	json_array_end(&r->json);
}

/* ---- what the papers say otherwise */

static bool is_held(const struct asset *a, const struct ip_addr *ip)
{
	const struct held_ip *h = asset_ip(a, ip);

	return h && h->current;
}

/* Declared as what does not behave so: one that answers a control protocol is no printer, one that programs controllers
 * no camera. What is near (an HMI that polls, a gateway that serves) is no contradiction. */
static bool is_another_kind(const struct asset *a, const struct vocab *protocols, const char *declared)
{
	static const struct {
		const char *behaves, *declared[12];
	} never[] = {
	    {"plc", {"printer", "camera", "mobile", "handy", "wearable", "maintenance_pc", "ap", "switch", "vpn"}},
	    {"gateway", {"printer", "camera", "mobile", "handy", "wearable", "rfid"}},
	    {"maintenance_pc",
	     {"plc", "sensor", "rtu", "camera", "printer", "nas", "env_sensor", "rfid", "ap", "switch", "router"}},
	    {"hmi", {"camera", "printer", "nas", "env_sensor", "rfid", "ap", "switch", "router", "vpn"}},
	    {"scada", {"camera", "printer", "env_sensor", "rfid", "ap", "switch", "vpn"}},
	    {"router", {"plc", "camera", "printer", "nas", "mobile", "handy", "env_sensor", "rfid", "sensor"}},
	    {"switch", {"plc", "camera", "printer", "nas", "mobile", "handy", "env_sensor", "rfid", "server"}},
	};
	struct suggestion s;

	if (!declared[0] || !suggest_place(a, protocols, &s))
		return false;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		for (size_t k = 0; strcmp(never[i].behaves, s.kind) == 0 && k < 12 && never[i].declared[k]; k++) {
			if (strcmp(never[i].declared[k], declared) == 0)
				return true;
		}
	}
	return false;
}

/* Declared as protected by TLS, and serves in clear what TLS would carry. */
static bool serves_in_clear(const struct asset *a, const struct vocab *protocols, const char *declared)
{
	static const char *const clear[] = {"http", "ftp", "telnet", "mqtt", "opcua", "modbus"};

	for (size_t i = 0; strcmp(declared, "tls") == 0 && i < sizeof(clear) / sizeof(clear[0]); i++) {
		if (vocab_set_has_text(&a->serves, protocols, clear[i]))
			return true;
	}
	return false;
}

enum { CONTRADICTIONS_MAX = 16 };

/* Their tokens. @return how many. */
static unsigned contradictions(const struct reader *r, const struct reader_asset *ra,
			       const char *found[static CONTRADICTIONS_MAX])
{
	const struct asset *a = ra->asset;
	const struct register_row *row = a->row;
	unsigned n = 0;

	if (!row || a->has_unit)
		return 0;
	if (row->zone[0] && ra->observed[0] && strcmp(row->zone, ra->observed) != 0)
		found[n++] = "zone";
	bool any = row->n_ips == 0 || a->n_ips == 0;
	for (size_t i = 0; i < row->n_ips; i++)
		any |= is_held(a, &row->ips[i]);
	if (!any)
		found[n++] = "ip";
	if (strcmp(row->phase, "gone") == 0 || strcmp(row->phase, "consult") == 0 ||
	    strncmp(row->phase, "review.", 7) == 0)
		found[n++] = "phase";
	for (size_t i = 0; i < PAPERS; i++) {
		if (papers_otherwise(a, &papers[i]))
			found[n++] = reg_fields[papers[i].field].token;
	}
	if (is_another_kind(a, &r->protocols, row->kind))
		found[n++] = "kind";
	if (serves_in_clear(a, &r->protocols, register_value(row, REG_ENC)))
		found[n++] = "enc";
	return n;
}

/* ATTR_VENDOR is what the device says, vendor what its MAC says. */
static void put_asset(struct reader *r, const struct reader_asset *ra)
{
	const struct asset *a = ra->asset;
	struct json *j = &r->json;
	const char *found[CONTRADICTIONS_MAX];

	json_reset(j);
	json_object_begin(j);
	json_kv_str(j, "asset_id", asset_id(a).text);
	json_kv_str(j, "name", a->name);
	put_addresses(j, a);
	put_texts(j, "vlan", a, ATTR_VLAN, true);
	json_kv_str(j, "vendor", ra->vendor);
	put_place(r, j, ra);
	put_papers(j, &r->reg, a->row);
	json_kv_str(j, "role", a->role);
	put_suggestion(r, j, ra);
	put_protocols(j, a, &r->protocols);
	put_texts(j, "hostnames", a, ATTR_HOSTNAME, false);
	put_observed_texts(j, a);
	put_identity(j, a);
	unsigned n_found = contradictions(r, ra, found);
	if (n_found > 0) {
		json_key(j, "contradicts");
		json_array_begin(j);
		for (unsigned i = 0; i < n_found; i++)
			json_str(j, found[i]);
		json_array_end(j);
	}
	put_time(j, "first_seen", a->first_ns);
	put_time(j, "last_seen", a->last_ns);
	json_kv_u64(j, "events", a->events);
	if (r->filter && r->filter->evidence)
		put_evidence(r, a);
	json_object_end(j);
	r->row(r->ctx, json_cstr(j));
}

static bool fits(const struct reader *r, const struct reader_asset *ra)
{
	const struct ledger_filter *f = r->filter;
	int registered = r->reg.imported ? ra->asset->row != NULL : REGISTERED_UNKNOWN;
	const char *found[CONTRADICTIONS_MAX];

	if (!f)
		return true;
	if (f->asset_id && strcmp(f->asset_id, asset_id(ra->asset).text) != 0)
		return false;
	if (f->zone && strcmp(f->zone, ra->zone ? ra->zone->id : reader_no_zone(r, IP_SCOPE_PRIVATE)) != 0)
		return false;
	if (f->contradicting && contradictions(r, ra, found) == 0)
		return false;
	if ((f->from_ns && ra->asset->first_ns < f->from_ns) || (f->to_ns && ra->asset->first_ns >= f->to_ns))
		return false;
	if (f->silent_ns > 0 && r->latest_ns - ra->asset->last_ns < f->silent_ns)
		return false;
	if (f->purdue != PURDUE_UNKNOWN && register_purdue(ra->asset->row, ra->zone) != f->purdue)
		return false;
	return f->registered < 0 || f->registered == registered;
}

static void put_merged(struct reader *r, const struct reader_asset *ra)
{
	char id[24];

	json_reset(&r->json);
	json_object_begin(&r->json);
	snprintf(id, sizeof(id), "A%06" PRIu64, ra->asset->no);
	json_kv_str(&r->json, "asset_id", id);
	snprintf(id, sizeof(id), "A%06" PRIu64, ra->merged_into);
	json_kv_str(&r->json, "merged_into", id);
	json_object_end(&r->json);
	r->row(r->ctx, json_cstr(&r->json));
}

enum { LIST_TEXT_MAX = 2048 };
enum { IPS, MACS, VLANS, ROLES, PROTOCOLS, HOSTNAMES, CONTRADICTS, NAT, LISTS };

struct list {
	size_t len;
	char text[LIST_TEXT_MAX];
};

/* Adds a word, or nothing where there is no room for it. */
static void add_word(struct list *l, const char *word)
{
	size_t n = strlen(word), blank = l->len > 0;

	if (l->len + blank + n >= LIST_TEXT_MAX)
		return;
	if (blank)
		l->text[l->len++] = ' ';
	memcpy(l->text + l->len, word, n + 1);
	l->len += n;
}

static void list_begin(struct list *l)
{
	l->len = 0;
	l->text[0] = '\0';
}

static void add_addresses(struct list *ips, struct list *macs, const struct asset *a)
{
	char text[IP_TEXT_MAX];

	for (unsigned i = 0; i < a->n_ips; i++) {
		if (a->ips[i].current)
			add_word(ips, ip_format(&a->ips[i].ip, text));
	}
	for (unsigned i = 0; i < a->n_macs; i++)
		add_word(macs, mac_format(&a->macs[i].mac, text));
}

static void add_protocols(struct list *roles, struct list *protocols, const struct reader *r, const struct asset *a)
{
	enum { ROLES_MAX = 32 };
	const char *words[VOCAB_MAX];
	char role[ROLES_MAX][32];

	int n_roles = asset_roles(a, &r->protocols, role, ROLES_MAX);
	for (int i = 0; i < n_roles; i++)
		add_word(roles, role[i]);
	size_t spoken = protocols_of(a, &r->protocols, words);
	for (size_t i = 0; i < spoken; i++)
		add_word(protocols, words[i]);
}

static const char *add_texts(struct list *l, const struct asset *a, enum attr attr)
{
	list_begin(l);
	for (unsigned i = 0; i < a->n_attrs; i++) {
		if (a->attrs[i].attr == attr)
			add_word(l, a->attrs[i].text);
	}
	return l->text;
}

static const char *text_or_none(const struct asset *a, enum attr attr)
{
	const char *text = asset_text(a, attr);

	return text ? text : "";
}

static void put_brief(struct reader *r, const struct reader_asset *ra)
{
	const struct asset *a = ra->asset;
	const struct register_row *row = a->row;
	const struct zone *z = ra->zone;
	const char *found[CONTRADICTIONS_MAX];
	struct list l[LISTS];
	char gateway[24] = "", unit[8] = "";

	for (int i = 0; i < LISTS; i++)
		list_begin(&l[i]);
	add_addresses(&l[IPS], &l[MACS], a);
	add_protocols(&l[ROLES], &l[PROTOCOLS], r, a);
	unsigned n_found = contradictions(r, ra, found);
	for (unsigned i = 0; i < n_found; i++)
		add_word(&l[CONTRADICTS], found[i]);
	if (a->has_unit) {
		snprintf(gateway, sizeof(gateway), "A%06" PRIu64, (uint64_t)a->gateway_no);
		snprintf(unit, sizeof(unit), "%u", a->unit);
	}
	r->brief(r->ctx, &(struct ledger_asset_row){
			     .asset_id = asset_id(a).text,
			     .name = a->name,
			     .ips = l[IPS].text,
			     .macs = l[MACS].text,
			     .vlans = add_texts(&l[VLANS], a, ATTR_VLAN),
			     .vendor = ra->vendor,
			     .roles = l[ROLES].text,
			     .protocols = l[PROTOCOLS].text,
			     .hostnames = add_texts(&l[HOSTNAMES], a, ATTR_HOSTNAME),
			     .zone = z ? z->id : reader_no_zone(r, IP_SCOPE_PRIVATE),
			     .fa_zone = z && z->fa ? z->fa : "",
			     .purdue = purdue_name(register_purdue(row, z)), /* "": nobody says it */
			     .phase = phase_of(&r->reg, row),
			     .kind = row ? row->kind : "",
			     .owner_dept = row ? row->owner_dept : "",
			     .contradicts = l[CONTRADICTS].text,
			     .maker = text_or_none(a, ATTR_VENDOR),
			     .model = text_or_none(a, ATTR_MODEL),
			     .serial = text_or_none(a, ATTR_SERIAL),
			     .firmware = text_or_none(a, ATTR_FIRMWARE),
			     .os = text_or_none(a, ATTR_OS),
			     .gateway = gateway,
			     .unit_id = unit,
			     .nat_suspected = add_texts(&l[NAT], a, ATTR_NAT),
			     .first_ns = a->first_ns,
			     .last_ns = a->last_ns,
			     .registered = !r->reg.imported ? REGISTERED_UNKNOWN
					   : row            ? REGISTERED_YES
							    : REGISTERED_NO,
			 });
}

static void visit(struct reader *r, const struct reader_asset *ra)
{
	if (ra->merged_into)
		put_merged(r, ra);
	else if (fits(r, ra) && r->brief)
		put_brief(r, ra);
	else if (fits(r, ra))
		put_asset(r, ra);
}

static int read_assets(const char *state_dir, struct reader *with, struct complaint *c)
{
	struct reader r;
	int err = reader_open(&r, state_dir, c);

	if (err)
		return err;
	r.visit = visit;
	r.row = with->row;
	r.brief = with->brief;
	r.ctx = with->ctx;
	r.filter = with->filter;
	int rc = reader_each_asset(&r, 0, false);
	if (rc != SQLITE_OK)
		err = store_complain(r.db, state_dir, rc, c);
	reader_close(&r);
	return err;
}

int ledger_each_asset(const char *state_dir, const struct ledger_filter *f, void (*row)(void *ctx, const char *json),
		      void *ctx, struct complaint *c)
{
	return read_assets(state_dir, &(struct reader){.row = row, .ctx = ctx, .filter = f}, c);
}

int ledger_each_asset_row(const char *state_dir, const struct ledger_filter *f,
			  void (*row)(void *ctx, const struct ledger_asset_row *row), void *ctx, struct complaint *c)
{
	return read_assets(state_dir, &(struct reader){.brief = row, .ctx = ctx, .filter = f}, c);
}

uint64_t ledger_assets_changed(const char *state_dir, uint64_t since_version, void (*row)(void *ctx, const char *json),
			       void *ctx)
{
	struct complaint c;
	struct reader r = {0};
	sqlite3 *db;

	if (store_open(&db, state_dir, STORE_READ, &c) < 0)
		return since_version;
	uint64_t version = (uint64_t)store_meta(db, "version");
	sqlite3_close(db);
	if (version == since_version || reader_open(&r, state_dir, &c) < 0)
		return since_version;
	r.visit = visit;
	r.row = row;
	r.ctx = ctx;
	version = (uint64_t)store_meta(r.db, "version");
	/* another ledger was put in its place: begin anew */
	int rc = reader_each_asset(&r, version < since_version ? 0 : since_version, true);
	reader_close(&r);
	return rc == SQLITE_OK ? version : since_version;
}
