#include "ledger/contradict.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "ledger/endpoints.h"
#include "ledger/impact.h"
#include "ledger/papers.h"
#include "ledger/phase.h"
#include "ledger/register_write.h"
#include "ledger/store.h"
#include "ledger/width.h"

#define NS_PER_DAY (INT64_C(86400) * 1000000000)
#define AGAIN_NS   (INT64_C(3600) * 1000000000)
enum { VALUES_MAX = 28, MATCHED_MAX = 8 };

/* ---- what was disposed of */

static int by_key(const void *a, const void *b)
{
	const struct tombstone *p = a, *q = b;
	int order = strcmp(p->key, q->key);

	return order ? order : strcmp(p->value, q->value);
}

int tombstones_load(struct tombstones *t, sqlite3 *db)
{
	sqlite3_stmt *st = NULL;
	size_t cap = 0;
	int rc =
	    sqlite3_prepare_v2(db, "SELECT key, value, name, data_class, uid, verified FROM tombstone", -1, &st, NULL);

	*t = (struct tombstones){0};
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (t->n == cap) {
			cap = cap ? cap * 2 : 64;
			struct tombstone *bigger = realloc(t->stones, cap * sizeof(*bigger));
			if (!bigger) {
				rc = SQLITE_NOMEM;
				break;
			}
			t->stones = bigger;
		}
		struct tombstone *s = &t->stones[t->n++];
		*s = (struct tombstone){.key = strdup(store_text(st, 0)),
					.value = strdup(store_text(st, 1)),
					.name = strdup(store_text(st, 2)),
					.data_class = strdup(store_text(st, 3)),
					.uid = (uint64_t)sqlite3_column_int64(st, 4),
					.verified = sqlite3_column_int(st, 5) != 0};
		rc = s->key && s->value && s->name && s->data_class ? SQLITE_OK : SQLITE_NOMEM;
	}
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE) {
		tombstones_free(t);
		return rc;
	}
	if (t->n > 1)
		qsort(t->stones, t->n, sizeof(*t->stones), by_key);
	return SQLITE_OK;
}

void tombstones_free(struct tombstones *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->stones[i].key);
		free(t->stones[i].value);
		free(t->stones[i].name);
		free(t->stones[i].data_class);
	}
	free(t->stones);
	*t = (struct tombstones){0};
}

static const struct tombstone *find_stone(const struct tombstones *t, const char *key, const char *value)
{
	struct tombstone wanted = {.key = (char *)(uintptr_t)key, .value = (char *)(uintptr_t)value};

	return t->n ? bsearch(&wanted, t->stones, t->n, sizeof(*t->stones), by_key) : NULL;
}

/* ---- telling */

struct fact {
	enum asset_change change;
	const char *what, *declared, *observed, *due;
	int days; /* since due; below 0: not of this fact */
	unsigned keys;
	enum asset_what matched[MATCHED_MAX];
	unsigned n_matched;
	const char *data_class;
	int verified, hardware, contradicted; /* below 0: not of this fact */
};

#define FACT(c, w)                                                                                                     \
	((struct fact){.change = (c), .what = (w), .days = -1, .verified = -1, .hardware = -1, .contradicted = -1})

static void put_text(struct event *ev, enum asset_field f, const char *text)
{
	if (text && text[0])
		ev_text(ev, &asset_field[f], text);
}

static void put_flag(struct event *ev, enum asset_field f, int flag)
{
	if (flag >= 0)
		ev_uint(ev, &asset_field[f], (uint64_t)flag);
}

static int what_of(const char *name)
{
	for (int i = 0; i < WHAT_COUNT; i++) {
		const char *token = enum_token(asset_field[ASSET_WHAT].names, (uint64_t)i);
		if (token && strcmp(token, name) == 0)
			return i;
	}
	return -1;
}

static void tell(struct ledger *l, struct asset *a, const struct fact *f)
{
	struct event_value values[VALUES_MAX];
	struct event ev = {.values = values};

	ledger_asset_event(l, a, &ev, f->change);
	int what = what_of(f->what);
	if (what >= 0)
		ev_uint(&ev, &asset_field[ASSET_WHAT], (uint64_t)what);
	put_text(&ev, ASSET_DECLARED, f->declared);
	put_text(&ev, ASSET_OBSERVED, f->observed);
	put_text(&ev, ASSET_DUE, f->due);
	put_flag(&ev, ASSET_DAYS, f->days);
	if (f->keys)
		ev_uint(&ev, &asset_field[ASSET_KEYS], f->keys);
	for (unsigned i = 0; i < f->n_matched; i++)
		ev_uint(&ev, &asset_field[ASSET_MATCHED], f->matched[i]);
	put_text(&ev, ASSET_DATA_CLASS, f->data_class);
	put_flag(&ev, ASSET_VERIFIED, f->verified);
	put_flag(&ev, ASSET_HARDWARE, f->hardware);
	put_flag(&ev, ASSET_CONTRADICTED, f->contradicted);
	l->next.take(l->next.ctx, &ev);
}

/* Days since @iso was over at the site; below 1 where it is not over. */
static int days_since(const struct ledger *l, const char *iso, int64_t now_ns)
{
	return (int)((now_ns + l->site->offset_s * NS_PER_S) / NS_PER_DAY) - reg_date_days(iso);
}

static int days_over(const struct ledger *l, const struct register_row *row, enum reg_field f, int64_t now_ns)
{
	const char *iso = register_value(row, f);

	return iso[0] ? days_since(l, iso, now_ns) : -1;
}

/* ---- LC-01: keys of what was disposed of */

/* Strongest first. Keys of one family are one piece of evidence: an application's certificate holds its URI. */
static const struct {
	const char *key;
	enum asset_what what;
	unsigned family;
} stone_keys[] = {
    {"serial", WHAT_SERIAL, 1},
    {"serial_key", WHAT_SERIAL_KEY, 1},
    {"enip_serial", WHAT_ENIP_SERIAL, 1},
    {"opcua_cert_sha256", WHAT_OPCUA_CERT_SHA256, 2},
    {"opcua_app_uri", WHAT_OPCUA_APP_URI, 2},
    {"smb_guid", WHAT_SMB_GUID, 4},
    {"dhcp_client_id", WHAT_DHCP_CLIENT_ID, 8},
    {"mac", WHAT_MAC, 16},
};
enum { STONE_KEYS = sizeof(stone_keys) / sizeof(stone_keys[0]) };

/* Who was taken back into use by a person is not what is meant. */
static bool is_own_stone(const struct asset *a, const struct tombstone *s)
{
	return a->row && a->row->uid == s->uid && strcmp(a->row->phase, "gone") != 0;
}

/* The stone of a key that @a shows now: what it, or a row that was joined with it, showed long ago is no evidence of
 * today. */
static const struct tombstone *shown_now(const struct ledger *l, const struct asset *a, const char *key, int64_t now_ns)
{
	const struct tombstone *s = NULL;
	char text[MAC_TEXT_MAX];

	if (strcmp(key, "mac") == 0) {
		for (unsigned i = 0; i < a->n_macs && !s; i++) {
			const struct mac *mac = &a->macs[i].mac;
			bool sends = mac_eq(mac, &l->cause->at.src_mac) || mac_eq(mac, &l->cause->at.dest_mac);
			if (sends || now_ns - a->macs[i].last_ns <= ASSET_SHOWN_NS)
				s = find_stone(&l->stones, key, mac_format(mac, text));
		}
	}
	for (unsigned i = 0; i < a->n_attrs && !s; i++) {
		const struct attribute *t = &a->attrs[i];
		if (strcmp(attr_name(t->attr), key) == 0 && now_ns - t->last_ns <= ASSET_SHOWN_NS)
			s = find_stone(&l->stones, key, t->text);
	}
	return s && !is_own_stone(a, s) ? s : NULL;
}

static void check_tombstones(struct ledger *l, struct asset *a, int64_t now_ns)
{
	struct fact f = FACT(ASSET_TOMBSTONE_SEEN, "phase");
	const struct tombstone *strongest = NULL;
	unsigned families = 0;

	for (size_t i = 0; i < STONE_KEYS && l->stones.n > 0; i++) {
		const struct tombstone *s = shown_now(l, a, stone_keys[i].key, now_ns);
		if (!s || (strongest && s->uid != strongest->uid))
			continue; /* keys of two devices do not support each other */
		strongest = strongest ? strongest : s;
		f.matched[f.n_matched++] = stone_keys[i].what;
		families |= stone_keys[i].family;
	}
	if (!strongest && !(a->row && strcmp(a->row->phase, "gone") == 0))
		return;
	f.what = strongest ? strongest->key : "phase";
	f.observed = strongest ? strongest->value : NULL;
	f.declared = strongest ? strongest->name : a->row->name;
	f.keys = (unsigned)__builtin_popcount(families);
	f.data_class = strongest ? strongest->data_class : register_value(a->row, REG_DATA_CLASS);
	f.verified = strongest ? strongest->verified : phase_erasure_verified(register_papers(a->row));
	tell(l, a, &f);
}

/* ---- LC-02 to LC-05, LC-08: phases, decisions, dates */

static bool is(const struct register_row *row, enum reg_field f, const char *token)
{
	return strcmp(register_value(row, f), token) == 0;
}

static void check_phase(struct ledger *l, struct asset *a, int64_t now_ns)
{
	const struct register_row *row = a->row;
	int late = days_over(l, row, REG_DISPOSE_DUE, now_ns);

	if ((is(row, REG_PHASE, "dispose") || is(row, REG_STATE, "disposing")) && late > l->site->disposal_grace_days) {
		struct fact f = FACT(ASSET_AFTER_DISPOSAL, "dispose_due");
		f.due = register_value(row, REG_DISPOSE_DUE);
		f.days = late;
		tell(l, a, &f);
	}
	if (is(row, REG_USE_CASE, "poc"))
		tell(l, a, &FACT(ASSET_POC_SEEN, "use_case"));
	int place = phase_place(row->phase);
	bool early = place >= 0 && place <= phase_place("review.intro");
	if (early || is(row, REG_DECISION, "fail") || is(row, REG_DECISION, "none")) {
		struct fact f = FACT(ASSET_UNAPPROVED, early ? "phase" : "decision");
		f.declared = early ? row->phase : register_value(row, REG_DECISION);
		tell(l, a, &f);
	}
}

/* A condition that is open after its date, or after the day of installation where it has none. */
static void check_conditions(struct ledger *l, struct asset *a, int64_t now_ns)
{
	const char *at = register_value(a->row, REG_CONDITIONS);
	struct reg_condition c;
	char text[256];

	if (!is(a->row, REG_DECISION, "conditional"))
		return;
	while (reg_condition_next(&at, &c)) {
		const char *due = c.due[0] ? c.due : register_value(a->row, REG_INSTALLED);
		int late = due[0] ? days_since(l, due, now_ns) : 0;
		if (c.met || (late <= 0 && !a->contradicts_condition))
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)(c.text_len < 200 ? c.text_len : 200), c.text);
		struct fact f = FACT(ASSET_CONDITION_OPEN, "conditions");
		f.declared = text;
		f.due = due;
		f.days = late > 0 ? late : -1;
		f.contradicted = a->contradicts_condition;
		tell(l, a, &f);
		return; /* one record says that it is so; the register has them all */
	}
}

static void tell_overdue(struct ledger *l, struct asset *a, const char *what, const char *due, int days)
{
	struct fact f = FACT(ASSET_OVERDUE, what);

	f.due = due;
	f.days = days;
	tell(l, a, &f);
}

static void check_dates(struct ledger *l, struct asset *a, int64_t now_ns)
{
	static const enum reg_field dates[] = {REG_REVIEW_DUE, REG_SUPPORT_UNTIL, REG_JCSTAR_EXPIRES};
	const struct register_row *row = a->row;
	const char *model = register_value(row, REG_MODEL), *label = register_value(row, REG_JCSTAR_MODEL);

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		int late = days_over(l, row, dates[i], now_ns);
		if (late > 0)
			tell_overdue(l, a, reg_fields[dates[i]].token, register_value(row, dates[i]), late);
	}
	if (is(row, REG_JCSTAR_REQUIRED, "yes") && !register_value(row, REG_JCSTAR)[0])
		tell_overdue(l, a, "jcstar_required", NULL, -1);
	if (label[0] && model[0] && !width_same(label, model))
		tell_overdue(l, a, "jcstar_model", NULL, -1);
}

/* ---- LC-07: not the device of the papers */

static void check_drift(struct ledger *l, struct asset *a)
{
	for (size_t i = 0; i < PAPERS; i++) {
		const char *observed = papers[i].drifts ? papers_otherwise(a, &papers[i]) : NULL;
		if (!observed)
			continue;
		struct fact f = FACT(ASSET_DRIFT, reg_fields[papers[i].field].token);
		f.declared = register_value(a->row, papers[i].field);
		f.observed = observed;
		f.hardware = papers[i].hardware;
		tell(l, a, &f);
	}
}

/* An address of the register under a network card that the register does not know there. */
static void check_stranger(struct ledger *l, struct asset *a)
{
	char mac[MAC_TEXT_MAX];

	for (unsigned i = 0; i < a->n_ips && a->n_macs > 0 && !a->router; i++) {
		const struct held_ip *h = &a->ips[i];
		const struct register_row *row =
		    h->current && h->claimed ? register_by_ip(&l->reg, &h->ip, false) : NULL;
		if (!row || row->n_macs == 0)
			continue;
		struct fact f = FACT(ASSET_DRIFT, "mac");
		f.declared = register_value(row, REG_MAC);
		f.observed = mac_format(&a->macs[0].mac, mac);
		f.hardware = 1;
		tell(l, a, &f);
		return;
	}
}

static void check(struct ledger *l, struct asset *a, int64_t now_ns)
{
	check_tombstones(l, a, now_ns);
	if (!a->row) {
		check_stranger(l, a);
		return;
	}
	if (strcmp(a->row->phase, "gone") == 0)
		return; /* that it is there says it all */
	check_phase(l, a, now_ns);
	check_conditions(l, a, now_ns);
	check_drift(l, a);
	check_dates(l, a, now_ns);
}

/* ---- what single events show */

/* Fields by name, since the ledger knows no dissector. */
static void learn_table(struct ledger *l, const struct field_table *t)
{
	struct paper_fields *p = &l->paper_fields;

	if (!p->opcua && strcmp(t->object, "opcua") == 0) {
		p->opcua = t;
		p->mode = ledger_field(t, "security_mode");
		p->session = ledger_field(t, "user_token.type");
	} else if (!p->http && strcmp(t->object, "http") == 0) {
		p->http = t;
		p->default_credential = ledger_field(t, "auth.default_credential");
		p->status = ledger_field(t, "status");
	}
}

static bool reads(const struct event *ev, const struct field_def *f, const char *token)
{
	const struct event_value *v = f ? event_get(ev, f) : NULL;
	const char *text = v && f->type == FIELD_TYPE_ENUM ? enum_token(f->names, v->u) : NULL;

	return text && strcmp(text, token) == 0;
}

/* A session without security, a default password that was accepted: no condition of that kind is met. */
static bool shows_weakness(struct ledger *l, const struct event *ev)
{
	const struct paper_fields *p = &l->paper_fields;

	learn_table(l, ev->table);
	if (ev->table == p->opcua)
		return reads(ev, p->mode, "None") && p->session && event_get(ev, p->session);
	if (ev->table != p->http || !p->default_credential || !p->status)
		return false;
	const struct event_value *bad = event_get(ev, p->default_credential), *status = event_get(ev, p->status);
	return bad && bad->u && status && status->u >= 200 && status->u < 400;
}

/* Orders to a device; what is stored on a share or posted to a web page is another matter. */
static bool commands(const struct event *ev)
{
	static const char *const storing[] = {"smb", "http", "discovery", "flow", "asset"};

	if (ev->func_class != CLASS_WRITE && ev->func_class != CLASS_PROGRAM)
		return false;
	for (size_t i = 0; i < sizeof(storing) / sizeof(storing[0]); i++) {
		if (strcmp(ev->table->object, storing[i]) == 0)
			return false;
	}
	return true;
}

static void check_usage(struct ledger *l, struct asset *a, const struct event *ev, int64_t now_ns)
{
	const struct register_row *row = a->row;

	if (!row || !commands(ev) || !(is(row, REG_USAGE, "analytics") || is(row, REG_USAGE, "storage")))
		return;
	if (a->mismatch_s != 0 && now_ns / NS_PER_S - a->mismatch_s < AGAIN_NS / NS_PER_S)
		return;
	a->mismatch_s = (uint32_t)(now_ns / NS_PER_S);
	struct fact f = FACT(ASSET_USAGE_MISMATCH, "usage");
	f.declared = row->usage;
	f.observed = ev->at.app_proto ? ev->at.app_proto : ev->table->object;
	tell(l, a, &f);
}

static void check_again(struct ledger *l, struct asset *a, int64_t now_ns)
{
	uint32_t now_s = (uint32_t)(now_ns / NS_PER_S);

	if (a->checked_s != 0 && now_s >= a->checked_s && now_s - a->checked_s < AGAIN_NS / NS_PER_S)
		return;
	endpoints_describe(l, a);
	a->checked_s = now_s;
	check(l, a, now_ns);
}

void contradict_take(struct ledger *l, const struct event *ev, struct asset *client, struct asset *server)
{
	int64_t now_ns = ev->at.ts_ns;

	if (!l->reg.imported)
		return;
	if (server && shows_weakness(l, ev) && !server->contradicts_condition) {
		server->contradicts_condition = true;
		server->checked_s = 0;
	}
	if (client) {
		check_again(l, client, now_ns);
		check_usage(l, client, ev, now_ns);
	}
	if (server)
		check_again(l, server, now_ns);
}

/* ---- who is silent */

static bool is_to_be_heard(const struct register_row *row)
{
	return is(row, REG_PHASE, "operate") && (is(row, REG_STATE, "active") || !register_value(row, REG_STATE)[0]);
}

/* Since when a row that nobody shows is looked for, which is from now on where it is new. */
static int64_t looked_for_since(struct ledger *l, uint64_t uid, int64_t now_ns)
{
	sqlite3_stmt *st = NULL;
	int64_t since_ns = now_ns;
	int rc = ledger_db_begin(l)
		     ? sqlite3_prepare_v2(l->db,
					  "INSERT INTO paper_watch(uid, since_ns) VALUES(?, ?)"
					  " ON CONFLICT(uid) DO UPDATE SET since_ns = since_ns RETURNING since_ns",
					  -1, &st, NULL)
		     : SQLITE_ERROR;

	if (rc == SQLITE_OK) {
		store_bind_no(st, 1, uid);
		sqlite3_bind_int64(st, 2, now_ns);
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW) {
		since_ns = sqlite3_column_int64(st, 0);
		rc = sqlite3_step(st);
	}
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		l->count.write_errors++;
	return since_ns;
}

/* There is no asset: the record stands at the addresses that the register gives. */
static void tell_never_seen(struct ledger *l, const struct register_row *row, int days)
{
	struct event_value values[4];
	struct event ev = {.table = &asset_table,
			   .at = {.ts_ns = l->cause->at.ts_ns,
				  .frame = l->cause->at.frame,
				  .iface = l->cause->at.iface,
				  .capture = l->cause->at.capture,
				  .has_ether = row->n_macs > 0},
			   .count = 1,
			   .first_ns = l->cause->at.ts_ns,
			   .values = values,
			   .src = &l->announced,
			   .dest = &l->nobody};

	if (row->n_macs > 0)
		ev.at.src_mac = row->macs[0];
	if (row->n_ips > 0)
		ev.at.src_ip = row->ips[0];
	endpoints_fill_row(l, &l->announced, row);
	ev_uint(&ev, &asset_field[ASSET_CHANGE], ASSET_OVERDUE);
	ev_text(&ev, &asset_field[ASSET_NAME], l->announced.name);
	ev_uint(&ev, &asset_field[ASSET_WHAT], WHAT_NEVER_SEEN);
	ev_uint(&ev, &asset_field[ASSET_DAYS], (uint64_t)days);
	l->next.take(l->next.ctx, &ev);
}

static void sweep_assets(struct ledger *l, bool *seen, int64_t now_ns)
{
	for (struct asset *a = table_oldest(&l->assets); a; a = table_newer(&l->assets, a)) {
		endpoints_describe(l, a);
		if (!a->row)
			continue;
		seen[a->row - l->reg.rows] = true;
		if (is_to_be_heard(a->row) && now_ns - a->last_ns > l->site->silent_days * NS_PER_DAY)
			tell_overdue(l, a, "unseen", NULL, (int)((now_ns - a->last_ns) / NS_PER_DAY));
	}
}

/* When @no was heard last, by its row; @otherwise where it cannot be read. */
static int64_t last_heard(struct ledger *l, uint64_t no, int64_t otherwise)
{
	sqlite3_stmt *st = NULL;
	int64_t last_ns = otherwise;

	if (sqlite3_prepare_v2(l->db, "SELECT last_ns FROM asset WHERE no = ?", -1, &st, NULL) == SQLITE_OK) {
		store_bind_no(st, 1, no);
		if (sqlite3_step(st) == SQLITE_ROW)
			last_ns = sqlite3_column_int64(st, 0);
	}
	sqlite3_finalize(st);
	return last_ns;
}

/* Whom memory let go of was silent for longest. Only who is to be told of comes back. */
static void sweep_away(struct ledger *l, uint64_t no, int64_t now_ns)
{
	int64_t silent_ns = now_ns - last_heard(l, no, now_ns);

	if (!l->assets_on_disk || silent_ns <= l->site->silent_days * NS_PER_DAY)
		return;
	struct asset *a = ledger_load_asset(l, no);
	if (!a)
		return;
	endpoints_describe(l, a);
	if (a->row && now_ns - a->last_ns >= silent_ns)
		tell_overdue(l, a, "unseen", NULL, (int)(silent_ns / NS_PER_DAY));
}

/* A row without any address could not be recognised if its device were there. */
static void sweep_rows(struct ledger *l, const bool *seen, int64_t now_ns)
{
	for (size_t i = 0; i < l->reg.n_rows; i++) {
		const struct register_row *row = &l->reg.rows[i];
		if (seen[i] || row->n_macs + row->n_ips == 0 || !is_to_be_heard(row))
			continue;
		uint64_t no = register_asset_of(l->db, row);
		if (no) {
			sweep_away(l, no, now_ns);
			continue;
		}
		int days = (int)((now_ns - looked_for_since(l, row->uid, now_ns)) / NS_PER_DAY);
		int installed = days_over(l, row, REG_INSTALLED, now_ns);
		if (register_value(row, REG_INSTALLED)[0] && installed < days)
			days = installed;
		if (days > l->site->silent_days)
			tell_never_seen(l, row, days);
	}
}

void contradict_sweep(struct ledger *l, int64_t now_ns)
{
	/* whoever is there has an hour after the start to say so: the sensor may have been off for long */
	if (l->swept_ns == 0)
		l->swept_ns = now_ns - NS_PER_DAY + AGAIN_NS;
	if (now_ns - l->swept_ns < NS_PER_DAY)
		return;
	l->swept_ns = now_ns;
	bool *seen = l->reg.imported && l->reg.n_rows > 0 ? calloc(l->reg.n_rows, sizeof(*seen)) : NULL;
	if (!seen)
		return;
	sweep_assets(l, seen, now_ns);
	sweep_rows(l, seen, now_ns);
	free(seen);
}
