/*
 * Conversations as JSON lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "ledger/policy.h"
#include "ledger/reader.h"

/* What an end of a conversation is called: worked out once for each asset, and for the address that it was last met
 * with. By number, as the assets are visited. */
struct named {
	uint64_t no;
	char id[24];
	char *name;
	const struct zone *zone;
	const struct register_row *row; /* of the reader's register, or NULL */
	int registered;
	char ip[IP_TEXT_MAX]; /* it was met with, "": with none yet */
	const struct zone *zone_there;
	const char *zone_id_there;
	char *json; /* of the end with that address, or NULL */
	size_t json_len;
};

enum { END_JSON_MAX = 4096 };

struct links {
	struct reader r; /* first: visit() finds the rest behind it */
	struct json end; /* one end, to be kept */
	struct named *named;
	size_t n, cap;
	bool short_of_memory;
	void (*brief)(void *ctx, const struct ledger_link_row *row); /* instead of JSON, or NULL */
};

static void remember(struct reader *r, const struct reader_asset *ra)
{
	struct links *ls = (struct links *)(void *)r;

	if (ls->n == ls->cap) {
		size_t cap = ls->cap ? ls->cap * 2 : 256;
		struct named *bigger = realloc(ls->named, cap * sizeof(*bigger));
		if (!bigger) {
			ls->short_of_memory = true;
			return;
		}
		ls->named = bigger;
		ls->cap = cap;
	}
	struct named *n = &ls->named[ls->n];
	*n = (struct named){.no = ra->asset->no};
	snprintf(n->id, sizeof(n->id), "%s", asset_id(ra->asset).text);
	n->name = strdup(ra->asset->name);
	n->zone = ra->zone;
	n->row = ra->asset->row;
	n->registered = r->reg.imported ? ra->asset->row != NULL : REGISTERED_UNKNOWN;
	ls->short_of_memory |= !n->name;
	ls->n += n->name != NULL;
}

static struct named *find_named(const struct links *ls, uint64_t no)
{
	size_t low = 0, high = ls->n;

	if (ls->n == 0 || no < ls->named[0].no)
		return NULL;
	/* numbers rise by one where none was merged: it stands there, or before */
	size_t guess = no - ls->named[0].no;
	if (guess < high) {
		if (ls->named[guess].no == no)
			return &ls->named[guess];
		high = guess;
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (ls->named[mid].no == no)
			return &ls->named[mid];
		if (ls->named[mid].no < no)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

struct link_end_row {
	struct named *asset;
	const char *ip;
	const struct zone *zone;
	const char *zone_id;
	const struct register_row *row;
};

static struct link_end_row end_row(const struct links *ls, uint64_t no, const char *ip)
{
	struct link_end_row e = {.asset = no ? find_named(ls, no) : NULL, .ip = ip};
	struct ip_addr addr;

	e.row = e.asset ? e.asset->row : NULL;
	if (e.asset && e.asset->ip[0] && strcmp(e.asset->ip, ip) == 0) {
		e.zone = e.asset->zone_there;
		e.zone_id = e.asset->zone_id_there;
		return e;
	}
	bool has_ip = ip_parse(ip, &addr);
	if (!e.asset && has_ip && ip_scope(&addr) != IP_SCOPE_GLOBAL)
		e.row = register_by_ip(&ls->r.reg, &addr, false);
	/* the place of the address spoken from, as a device may have several */
	e.zone = has_ip ? reader_zone_of(&ls->r, &addr) : NULL;
	if (!e.zone && e.asset)
		e.zone = e.asset->zone;
	e.zone_id = e.zone ? e.zone->id : reader_no_zone(&ls->r, has_ip ? ip_scope(&addr) : IP_SCOPE_PRIVATE);
	if (e.asset) {
		snprintf(e.asset->ip, sizeof(e.asset->ip), "%s", ip);
		e.asset->zone_there = e.zone;
		e.asset->zone_id_there = e.zone_id;
		free(e.asset->json);
		e.asset->json = NULL;
	}
	return e;
}

static void write_end(struct json *j, const struct link_end_row *e)
{
	json_object_begin(j);
	json_key(j, "asset_id");
	if (e->asset)
		json_str(j, e->asset->id);
	else
		json_null_value(j);
	json_kv_str(j, "name", e->asset ? e->asset->name : e->ip);
	json_kv_str(j, "ip", e->ip);
	json_kv_str(j, "zone", e->zone_id);
	json_key(j, "purdue");
	int purdue = register_purdue(e->row, e->zone);
	if (purdue != PURDUE_UNKNOWN)
		json_str(j, purdue_name(purdue));
	else
		json_null_value(j);
	json_object_end(j);
}

/* Most ends have been met before: their JSON is kept. (Who talks to itself has two addresses in one row.) */
static void put_end(struct links *ls, const char *key, const struct link_end_row *e)
{
	struct json *j = &ls->r.json;
	struct named *n = e->asset && strcmp(e->asset->ip, e->ip) == 0 ? e->asset : NULL;

	json_key(j, key);
	if (n && !n->json) {
		json_reset(&ls->end);
		write_end(&ls->end, e);
		n->json = ls->end.overflow ? NULL : strdup(json_cstr(&ls->end));
		n->json_len = ls->end.len;
	}
	if (n && n->json)
		json_raw(j, span_of(n->json, n->json_len));
	else
		write_end(j, e);
}

static const char *transport_name(int ip_proto, char buf[static 8])
{
	const char *name = policy_transport((uint8_t)ip_proto);

	if (name[0])
		return name;
	snprintf(buf, 8, "ip-%u", (unsigned)ip_proto & 0xff);
	return buf;
}

static void put_functions(struct json *j, const char *words)
{
	json_key(j, "functions");
	json_array_begin(j);
	for (size_t len; words[0]; words += len + (words[len] == ' ')) {
		len = strcspn(words, " ");
		json_text(j, span_of(words, len));
	}
	json_array_end(j);
}

static void put_time(struct json *j, const char *key, int64_t ns)
{
	char text[WHEN_TEXT_MAX];

	json_kv_str(j, key, when_format(ns, text));
}

static bool end_fits(const struct ledger_filter *f, const struct link_end_row *e)
{
	if (f->asset_id && strcmp(f->asset_id, e->asset ? e->asset->id : "") != 0)
		return false;
	if (f->zone && strcmp(f->zone, e->zone_id) != 0)
		return false;
	if (f->purdue != PURDUE_UNKNOWN && register_purdue(e->row, e->zone) != f->purdue)
		return false;
	return f->registered < 0 || (e->asset && e->asset->registered == f->registered);
}

/* One of the ends has to be what is asked for. */
static bool ends_fit(const struct ledger_filter *f, const struct link_end_row *src, const struct link_end_row *dest)
{
	return !f || end_fits(f, src) || end_fits(f, dest);
}

/* What a table shows of a row, and what only JSON has. */
#define BRIEF_COLUMNS "src_no, src_ip, dest_no, dest_ip, protocol, ip_proto, port, packets, verdict"
#define MORE_COLUMNS  "first_ns, last_ns, bytes, events, functions, line"
enum {
	SRC_NO,
	SRC_IP,
	DEST_NO,
	DEST_IP,
	PROTOCOL,
	IP_PROTO,
	PORT,
	PACKETS,
	VERDICT,
	FIRST_NS,
	LAST_NS,
	BYTES,
	EVENTS,
	FUNCTIONS,
	LINE
};

static void put_link(struct links *ls, sqlite3_stmt *st)
{
	static const char *const verdicts[] = {
	    [CONDUIT_NONE] = "none", [CONDUIT_ALLOWED] = "allowed", [CONDUIT_DENIED] = "denied"};
	const struct ledger_filter *f = ls->r.filter;
	struct json *j = &ls->r.json;
	char proto[8];
	const char *transport = transport_name(sqlite3_column_int(st, IP_PROTO), proto),
		   *app = store_text(st, PROTOCOL);

	if (f && f->protocol && strcmp(f->protocol, app[0] ? app : transport) != 0)
		return;
	struct link_end_row src = end_row(ls, (uint64_t)sqlite3_column_int64(st, SRC_NO), store_text(st, SRC_IP));
	struct link_end_row dest = end_row(ls, (uint64_t)sqlite3_column_int64(st, DEST_NO), store_text(st, DEST_IP));
	int verdict = sqlite3_column_int(st, VERDICT);
	if (!ends_fit(f, &src, &dest))
		return;
	if (ls->brief) {
		ls->brief(ls->r.ctx, &(struct ledger_link_row){
					 .src = src.asset ? src.asset->name : src.ip,
					 .src_zone = src.zone_id,
					 .dest = dest.asset ? dest.asset->name : dest.ip,
					 .dest_zone = dest.zone_id,
					 .protocol = app[0] ? app : transport,
					 .port = (unsigned)sqlite3_column_int(st, PORT),
					 .packets = (uint64_t)sqlite3_column_int64(st, PACKETS),
					 .verdict = (enum conduit_verdict)verdict,
				     });
		return;
	}
	json_reset(j);
	json_object_begin(j);
	put_end(ls, "src", &src);
	put_end(ls, "dest", &dest);
	json_kv_str(j, "protocol", app[0] ? app : transport);
	json_kv_str(j, "transport", transport);
	json_kv_u64(j, "port", (uint64_t)sqlite3_column_int64(st, PORT));
	put_functions(j, store_text(st, FUNCTIONS));
	put_time(j, "first_seen", sqlite3_column_int64(st, FIRST_NS));
	put_time(j, "last_seen", sqlite3_column_int64(st, LAST_NS));
	json_kv_u64(j, "packets", (uint64_t)sqlite3_column_int64(st, PACKETS));
	json_kv_u64(j, "bytes", (uint64_t)sqlite3_column_int64(st, BYTES));
	json_kv_u64(j, "count", (uint64_t)sqlite3_column_int64(st, EVENTS));
	json_kv_str(j, "conduit", verdict >= CONDUIT_NONE && verdict <= CONDUIT_DENIED ? verdicts[verdict] : "none");
	if (sqlite3_column_int(st, LINE) > 0)
		json_kv_u64(j, "conduit_line", (uint64_t)sqlite3_column_int(st, LINE));
	json_object_end(j);
	ls->r.row(ls->r.ctx, json_cstr(j));
}

static int each_link(struct links *ls)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(ls->r.db,
				    ls->brief ? "SELECT " BRIEF_COLUMNS " FROM link ORDER BY id"
					      : "SELECT " BRIEF_COLUMNS ", " MORE_COLUMNS " FROM link ORDER BY id",
				    -1, &st, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		put_link(ls, st);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int read_links(struct links *ls, const char *state_dir, const struct ledger_filter *f, void *ctx,
		      struct complaint *c)
{
	void (*row)(void *ctx, const char *json) = ls->r.row;
	int err = reader_open(&ls->r, state_dir, c);

	if (err)
		return err;
	ls->r.row = row;
	ls->r.visit = remember;
	ls->r.ctx = ctx;
	ls->r.filter = f;
	json_init(&ls->end, END_JSON_MAX);
	int rc = reader_each_asset(&ls->r, 0, false);
	if (rc == SQLITE_OK)
		rc = ls->short_of_memory ? SQLITE_NOMEM : each_link(ls);
	if (rc != SQLITE_OK)
		err = store_complain(ls->r.db, state_dir, rc, c);
	for (size_t i = 0; i < ls->n; i++) {
		free(ls->named[i].name);
		free(ls->named[i].json);
	}
	free(ls->named);
	json_deinit(&ls->end);
	reader_close(&ls->r);
	return err;
}

int ledger_each_link(const char *state_dir, const struct ledger_filter *f, void (*row)(void *ctx, const char *json),
		     void *ctx, struct complaint *c)
{
	struct links ls = {.r = {.row = row}};

	return read_links(&ls, state_dir, f, ctx, c);
}

int ledger_each_link_row(const char *state_dir, const struct ledger_filter *f,
			 void (*row)(void *ctx, const struct ledger_link_row *row), void *ctx, struct complaint *c)
{
	struct links ls = {.brief = row};

	return read_links(&ls, state_dir, f, ctx, c);
}
