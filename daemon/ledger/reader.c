#include "ledger/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_JSON_MAX = 256 << 10 };

#define READER_ATTRS "asset_no, attr, value, confidence, first_ns, last_ns, current, source, prev, pcap, frame"

static int read_prefixes(struct zone *z, const char *words)
{
	char word[IP_TEXT_MAX + 4];

	z->prefixes = calloc(strlen(words) / 4 + 1, sizeof(*z->prefixes)); /* "::/0" is the shortest there is */
	if (!z->prefixes)
		return SQLITE_NOMEM;
	for (size_t len; words[0]; words += len + (words[len] == ' ')) {
		len = strcspn(words, " ");
		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		z->n_prefixes += ip_prefix_parse(word, &z->prefixes[z->n_prefixes]);
	}
	return SQLITE_OK;
}

static int load_zones(struct reader *r)
{
	sqlite3_stmt *st = NULL;
	size_t cap = 0;
	int rc = sqlite3_prepare_v2(r->db, "SELECT id, fa, purdue, prefixes FROM zone ORDER BY id", -1, &st, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (r->site.n_zones == cap) {
			cap = cap ? cap * 2 : 16;
			struct zone *bigger = realloc(r->site.zones, cap * sizeof(*bigger));
			if (!bigger) {
				rc = SQLITE_NOMEM;
				break;
			}
			r->site.zones = bigger;
		}
		struct zone *z = &r->site.zones[r->site.n_zones++];
		*z = (struct zone){.id = strdup(store_text(st, 0)),
				   .fa = strdup(store_text(st, 1)),
				   .purdue = sqlite3_column_int(st, 2)};
		rc = z->id && z->fa ? read_prefixes(z, store_text(st, 3)) : SQLITE_NOMEM;
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int by_id(const void *id, const void *zone)
{
	return strcmp(id, ((const struct zone *)zone)->id);
}

/* They were read in the order of their ids. */
static const struct zone *zone_by_id(const struct reader *r, const char *id)
{
	return r->site.n_zones > 0 ? bsearch(id, r->site.zones, r->site.n_zones, sizeof(*r->site.zones), by_id) : NULL;
}

static int by_prefix(const void *a, const void *b)
{
	const struct reader_prefix *p = a, *q = b;

	return memcmp(&p->prefix.addr, &q->prefix.addr, sizeof(p->prefix.addr));
}

static int order_prefixes(struct reader *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->site.n_zones; i++)
		n += r->site.zones[i].n_prefixes;
	r->prefixes = calloc(n + 1, sizeof(*r->prefixes));
	if (!r->prefixes)
		return SQLITE_NOMEM;
	for (size_t i = 0; i < r->site.n_zones; i++) {
		const struct zone *z = &r->site.zones[i];
		for (size_t j = 0; j < z->n_prefixes; j++)
			r->prefixes[r->n_prefixes++] = (struct reader_prefix){z->prefixes[j], z};
	}
	if (r->n_prefixes > 1)
		qsort(r->prefixes, r->n_prefixes, sizeof(*r->prefixes), by_prefix);
	return SQLITE_OK;
}

static int load_latest(struct reader *r)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(r->db, "SELECT ifnull(max(last_ns), 0) FROM asset", -1, &st, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		r->latest_ns = sqlite3_column_int64(st, 0);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

void reader_close(struct reader *r)
{
	sqlite3_finalize(r->attrs);
	sqlite3_finalize(r->one);
	vocab_deinit(&r->sources);
	capture_names_deinit(&r->captures);
	register_free(&r->reg);
	free(r->prefixes);
	site_free(&r->site);
	vocab_deinit(&r->protocols);
	json_deinit(&r->json);
	sqlite3_close(r->db);
}

int reader_open(struct reader *r, const char *state_dir, struct complaint *c)
{
	*r = (struct reader){0};
	json_init(&r->json, ROW_JSON_MAX);
	int err = store_open(&r->db, state_dir, STORE_READ, c);
	if (err)
		return err;
	int rc = vocab_init(&r->protocols, VOCAB_MAX) < 0 || vocab_init(&r->sources, SOURCES_MAX) < 0
		     ? SQLITE_NOMEM
		     : store_exec(r->db, "BEGIN");
	if (rc == SQLITE_OK)
		rc = register_load(&r->reg, r->db);
	if (rc == SQLITE_OK)
		rc = load_zones(r);
	if (rc == SQLITE_OK)
		rc = order_prefixes(r);
	if (rc == SQLITE_OK)
		rc = load_latest(r);
	if (rc != SQLITE_OK) {
		err = store_complain(r->db, state_dir, rc, c);
		reader_close(r);
	}
	return err;
}

/* The last prefix that starts at or before the address is the only one that can hold it. */
const struct zone *reader_zone_of(const struct reader *r, const struct ip_addr *ip)
{
	size_t low = 0, high = r->n_prefixes;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (memcmp(&r->prefixes[mid].prefix.addr, ip, sizeof(*ip)) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 && ip_prefix_contains(&r->prefixes[low - 1].prefix, ip) ? r->prefixes[low - 1].zone : NULL;
}

const char *reader_no_zone(const struct reader *r, enum ip_scope scope)
{
	if (r->site.n_zones == 0)
		return "";
	return scope == IP_SCOPE_GLOBAL ? "internet" : "unknown";
}

static void add_attr(struct reader *r, struct asset *a, sqlite3_stmt *st)
{
	const char *name = store_text(st, 1), *value = store_text(st, 2), *source = store_text(st, 7);
	int64_t first_ns = sqlite3_column_int64(st, 4), last_ns = sqlite3_column_int64(st, 5);
	struct note n = {
	    .source = vocab_no(&r->sources, source, strlen(source)),
	    .confidence = (uint8_t)sqlite3_column_int(st, 3),
	    .now_ns = first_ns,
	    .at = {capture_names_no(&r->captures, store_text(st, 9)), (uint32_t)sqlite3_column_int64(st, 10)}};
	struct ip_addr ip;
	struct mac mac;
	enum attr attr;

	if (strcmp(name, "mac") == 0 && mac_parse(value, &mac)) {
		struct held_mac *m = asset_add_mac(a, &mac, first_ns);
		if (m) {
			m->last_ns = last_ns;
			held_mac_show(m, n.source, n.confidence, n.at);
		}
	} else if (strcmp(name, "ip") == 0 && ip_parse(value, &ip)) {
		struct held_ip *h = asset_add_ip(a, &ip, first_ns);
		if (h) {
			h->last_ns = last_ns;
			h->current = sqlite3_column_int(st, 6) != 0;
			h->claimed = strcmp(source, "traffic") != 0;
			h->source = n.source;
			h->confidence = n.confidence;
			h->at = n.at;
		}
	} else if (attr_by_name(name, &attr)) {
		const char *prev = store_text(st, 8);
		if (asset_note_seen(a, attr, span_str(value), &n) >= NOTED_NEW) {
			struct attribute *t = &a->attrs[a->n_attrs - 1];
			t->last_ns = last_ns;
			asset_set_prev(a, t, prev);
		}
		if (attr == ATTR_SERVES)
			vocab_set_add(&a->serves, vocab_no(&r->protocols, value, strlen(value)));
		else if (attr == ATTR_USES)
			vocab_set_add(&a->uses, vocab_no(&r->protocols, value, strlen(value)));
		else if (attr == ATTR_DOES)
			a->does |= asset_does_bit(value);
	}
}

/* Both run by asset number: the attributes of one asset stand together. */
static int read_attrs(struct reader *r, struct asset *a)
{
	for (;;) {
		if (!r->attr_waiting) {
			int rc = sqlite3_step(r->attrs);
			if (rc != SQLITE_ROW)
				return rc == SQLITE_DONE ? SQLITE_OK : rc;
		}
		uint64_t no = (uint64_t)sqlite3_column_int64(r->attrs, 0);
		r->attr_waiting = no > a->no;
		if (r->attr_waiting)
			return SQLITE_OK;
		if (no == a->no)
			add_attr(r, a, r->attrs);
	}
}

static int by_first_mac(const void *a, const void *b)
{
	const struct held_mac *p = a, *q = b;
	int order = (p->first_ns > q->first_ns) - (p->first_ns < q->first_ns);

	return order ? order : memcmp(&p->mac, &q->mac, sizeof(p->mac));
}

static int by_first_ip(const void *a, const void *b)
{
	const struct held_ip *p = a, *q = b;
	int order = (p->first_ns > q->first_ns) - (p->first_ns < q->first_ns);

	return order ? order : memcmp(&p->ip, &q->ip, sizeof(p->ip));
}

/* As the daemon has them: by first sight. */
static void sort_addresses(struct asset *a)
{
	if (a->n_macs > 1)
		qsort(a->macs, a->n_macs, sizeof(*a->macs), by_first_mac);
	if (a->n_ips > 1)
		qsort(a->ips, a->n_ips, sizeof(*a->ips), by_first_ip);
}

/* What stands before a unit: rows of its own, as it may have been visited long ago. */
static int read_gateway(struct reader *r, struct asset *g)
{
	int rc = SQLITE_OK;

	if (!r->one)
		rc = sqlite3_prepare_v2(r->db, "SELECT " READER_ATTRS " FROM attribute WHERE asset_no = ?", -1, &r->one,
					NULL);
	if (rc != SQLITE_OK)
		return rc;
	store_bind_no(r->one, 1, g->no);
	while ((rc = sqlite3_step(r->one)) == SQLITE_ROW)
		add_attr(r, g, r->one);
	sqlite3_reset(r->one);
	g->vendor = g->name = g->role = "";
	sort_addresses(g);
	asset_describe(g, &r->reg, &r->site, &r->protocols);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int take_asset(struct reader *r, sqlite3_stmt *st)
{
	struct asset gateway = {.no = (uint64_t)sqlite3_column_int64(st, 8)};
	struct asset a = {.no = (uint64_t)sqlite3_column_int64(st, 0)};

	a.vendor = a.name = a.role = "";
	a.first_ns = sqlite3_column_int64(st, 1);
	a.last_ns = sqlite3_column_int64(st, 2);
	a.events = (uint64_t)sqlite3_column_int64(st, 3);
	a.router = sqlite3_column_int(st, 6) != 0;
	int rc = read_attrs(r, &a);
	sort_addresses(&a);
	a.gateway_no = gateway.no & ASSET_NO_MAX;
	a.has_unit = gateway.no != 0;
	a.unit = (uint8_t)sqlite3_column_int(st, 9);
	if (a.has_unit && rc == SQLITE_OK)
		rc = read_gateway(r, &gateway);
	if (a.has_unit)
		asset_describe_unit(&a, &gateway, &r->reg, &r->site, &r->protocols);
	else
		asset_describe(&a, &r->reg, &r->site, &r->protocols);
	const char *observed = store_text(st, 5);
	const struct zone *z = zone_by_id(r, observed);
	if (!z)
		z = a.zone;
	r->visit(r, &(struct reader_asset){&a, store_text(st, 4), observed, z, 0});
	asset_free_lists(&a);
	asset_free_lists(&gateway);
	return rc;
}

int reader_each_asset(struct reader *r, uint64_t since, bool with_merged)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(
	    r->db,
	    "SELECT no, first_ns, last_ns, events, vendor, zone, router, merged_into, gateway_no, unit FROM asset"
	    " WHERE version > ? AND (merged_into IS NULL OR ?) ORDER BY no",
	    -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(
		    r->db,
		    since ? "SELECT t.asset_no, t.attr, t.value, t.confidence, t.first_ns, t.last_ns, t.current, "
			    "t.source, t.prev, t.pcap, t.frame FROM asset a"
			    " CROSS JOIN attribute t ON t.asset_no = a.no WHERE a.version > ?"
			    " ORDER BY t.asset_no"
			  : "SELECT " READER_ATTRS " FROM attribute"
			    " WHERE asset_no > ? ORDER BY asset_no",
		    -1, &r->attrs, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(st, 1, (sqlite3_int64)since);
		sqlite3_bind_int(st, 2, with_merged);
		sqlite3_bind_int64(r->attrs, 1, (sqlite3_int64)since);
	}
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (sqlite3_column_type(st, 7) != SQLITE_NULL) {
			struct asset a = {.no = (uint64_t)sqlite3_column_int64(st, 0)};
			r->visit(r, &(struct reader_asset){.asset = &a,
							   .merged_into = (uint64_t)sqlite3_column_int64(st, 7)});
			rc = SQLITE_OK;
		} else {
			rc = take_asset(r, st);
		}
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}
