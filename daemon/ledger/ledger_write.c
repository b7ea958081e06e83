/*
 * What has changed, and when it is written: a list of rows for each enum mark, a batch that empties them. The lists
 * begin with what was marked first: so new rows come in the order of their numbers, which is that of the database.
 *
 * The alerts wait for ledger_write_new(), several times a second. It writes what must be there with the next commit and
 * no more: the numbers of new assets, and whatever belongs together with a statement that has already been run
 * (a change of an asset's history, an address that was taken from it). What else is news waits for ledger_write_news(),
 * what was merely seen again for ledger_write().
 *
 * In a database that is new and nobody's but ours all that waits for the batch. What alerts need of it is that no
 * number is given twice, and of these a million are put down as given when it is made, until it is closed.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/when.h"
#include "ledger/born.h"
#include "ledger/ledger_bulk.h"
#include "ledger/ledger_state.h"
#include "ledger/retain.h"
#include "ledger/store.h"

enum {
	DUE_MAX = 8192,
	BORN_LEAST = 32,      /* with fewer new assets at once each gets its rows: readers see them at once */
	RESERVED = 1 << 20,   /* numbers that count as given in a new database; who comes behind them goes to `born` */
	WAITING_ROWS = 16384, /* of the order of what SQLite's cache holds (STORE_CACHE_KIB) */
};

/* ---- marks */

void ledger_unmark(struct ledger *l, struct asset *a)
{
	marks_change(&l->asset_marks, table_number(&l->assets, a), (enum mark)a->mark, MARK_NONE);
	a->mark = MARK_NONE;
}

void ledger_mark(struct ledger *l, struct asset *a, enum mark mark)
{
	if (a->mark >= mark)
		return;
	marks_change(&l->asset_marks, table_number(&l->assets, a), (enum mark)a->mark, mark);
	a->mark = mark & 3;
}

void ledger_mark_asset(struct ledger *l, struct asset *a)
{
	ledger_mark(l, a, MARK_PRESSING);
}

/* ---- assets */

static bool put_attr(struct ledger *l, uint64_t no, const struct attr_row *r)
{
	sqlite3_stmt *st = l->st[ST_PUT_ATTR];

	store_bind_no(st, 1, no);
	store_bind_text(st, 2, r->attr);
	store_bind_text(st, 3, r->value);
	store_bind_text(st, 4, r->source);
	sqlite3_bind_int(st, 5, r->confidence);
	sqlite3_bind_int64(st, 6, r->first_ns);
	sqlite3_bind_int64(st, 7, r->last_ns);
	sqlite3_bind_int(st, 8, r->current);
	store_bind_text(st, 9, r->prev ? r->prev : "");
	store_bind_text(st, 10, ledger_db_capture(l, r->at));
	sqlite3_bind_int64(st, 11, r->at.frame);
	l->count.written_rows++;
	return ledger_db_run(l, ST_PUT_ATTR);
}

static struct attr_row row_of_mac(const struct ledger *l, const struct held_mac *m, char text[static MAC_TEXT_MAX])
{
	return (struct attr_row){.attr = "mac",
				 .value = mac_format(&m->mac, text),
				 .source = l->sources.text[m->source],
				 .confidence = (uint8_t)m->confidence,
				 .current = true,
				 .first_ns = m->first_ns,
				 .last_ns = m->last_ns,
				 .at = held_mac_at(m)};
}

static struct attr_row row_of_ip(const struct ledger *l, const struct held_ip *h, char text[static IP_TEXT_MAX])
{
	return (struct attr_row){.attr = "ip",
				 .value = ip_format(&h->ip, text),
				 .source = l->sources.text[h->source],
				 .confidence = h->confidence,
				 .current = h->current,
				 .first_ns = h->first_ns,
				 .last_ns = h->last_ns,
				 .at = h->at};
}

static struct attr_row row_of(const struct ledger *l, const struct attribute *t)
{
	return (struct attr_row){.attr = attr_name(t->attr),
				 .value = t->text,
				 .source = l->sources.text[t->source],
				 .confidence = (uint8_t)t->confidence,
				 .current = true,
				 .first_ns = t->first_ns,
				 .last_ns = t->last_ns,
				 .prev = attribute_prev(t),
				 .at = attribute_at(t)};
}

bool ledger_attr(const struct ledger *l, const struct asset *a, unsigned i, struct attr_row *r,
		 char text[static IP_TEXT_MAX])
{
	if (i < a->n_macs)
		*r = row_of_mac(l, &a->macs[i], text);
	else if ((i -= a->n_macs) < a->n_ips)
		*r = row_of_ip(l, &a->ips[i], text);
	else if ((i -= a->n_ips) < a->n_attrs)
		*r = row_of(l, &a->attrs[i]);
	else
		return false;
	return true;
}

bool ledger_each_attr(struct ledger *l, const struct asset *a, bool (*fn)(void *ctx, const struct attr_row *r),
		      void *ctx)
{
	char text[IP_TEXT_MAX];
	struct attr_row r;
	bool ok = true;

	for (unsigned i = 0; ledger_attr(l, a, i, &r, text); i++)
		ok &= fn(ctx, &r);
	return ok;
}

/* @all: also what only was seen again. */
static bool put_lists(struct ledger *l, struct asset *a, bool all)
{
	char mac[MAC_TEXT_MAX], ip[IP_TEXT_MAX];
	struct attr_row r;
	bool ok = true;

	for (unsigned i = 0; i < a->n_macs; i++) {
		struct held_mac *m = &a->macs[i];
		if (!m->dirty && (!all || !m->seen))
			continue;
		r = row_of_mac(l, m, mac);
		ok &= put_attr(l, a->no, &r);
		m->seen = false;
		m->dirty = false;
	}
	for (unsigned i = 0; i < a->n_ips; i++) {
		struct held_ip *h = &a->ips[i];
		if (!h->dirty && (!all || !h->seen))
			continue;
		r = row_of_ip(l, h, ip);
		ok &= put_attr(l, a->no, &r);
		h->seen = false;
		h->dirty = false;
	}
	for (unsigned i = 0; i < a->n_attrs; i++) {
		struct attribute *t = &a->attrs[i];
		if (!t->dirty)
			continue;
		r = row_of(l, t);
		ok &= put_attr(l, a->no, &r);
		t->dirty = false;
	}
	return ok;
}

void ledger_forget_written(struct asset *a)
{
	for (unsigned i = 0; i < a->n_macs; i++)
		a->macs[i].dirty = true;
	for (unsigned i = 0; i < a->n_ips; i++)
		a->ips[i].dirty = true;
	for (unsigned i = 0; i < a->n_attrs; i++)
		a->attrs[i].dirty = true;
	a->stored = a->fresh = false; /* nothing is sure: row by row */
	a->written_s = 0;
	a->seen = true;
}

const char *ledger_observed_zone(const struct ledger *l, const struct asset *a)
{
	/* only where it is at hand: nothing may be pushed out while a row is put together */
	uint64_t no = a->has_unit ? a->gateway_no : 0;
	const struct asset *gateway = no ? table_find(&l->assets, &no, hash_u64(hash_seed, no)) : NULL;
	if (gateway)
		a = gateway; /* it hangs on its serial line */
	const struct held_ip *h = asset_main_ip(a);
	const struct zone *z = h ? h->zone : NULL;
	const char *vlan = asset_text(a, ATTR_VLAN);
	uint16_t vlan_no = vlan ? (uint16_t)strtoul(vlan, NULL, 10) : 0;

	if (a->zone_is_pinned)
		z = a->zone;
	else if (!h && a->n_macs > 0)
		z = site_zone(l->site, &a->macs[0].mac, NULL, &vlan_no, vlan_no ? 1 : 0);
	return z ? z->id : "";
}

unsigned ledger_router_word(const struct asset *a)
{
	return a->router ? 1u + a->router_maybe : 0;
}

unsigned ledger_by_ip_word(const struct asset *a)
{
	return a->by_ip ? 1u + a->behind_router : 0;
}

static bool write_asset(struct ledger *l, struct asset *a, bool all)
{
	sqlite3_stmt *st = l->st[ST_PUT_ASSET];

	store_bind_no(st, 1, a->no);
	sqlite3_bind_int64(st, 2, a->first_ns);
	sqlite3_bind_int64(st, 3, a->last_ns);
	store_bind_no(st, 4, a->events);
	store_bind_text(st, 5, a->vendor);
	store_bind_text(st, 6, ledger_observed_zone(l, a));
	sqlite3_bind_int(st, 7, (int)ledger_router_word(a));
	sqlite3_bind_int(st, 8, (int)ledger_by_ip_word(a));
	if (l->merging_into)
		store_bind_no(st, 9, l->merging_into);
	else
		sqlite3_bind_null(st, 9);
	store_bind_no(st, 10, l->version + 1);
	store_bind_no(st, 11, a->gateway_no);
	sqlite3_bind_int(st, 12, a->has_unit ? a->unit : 0);
	sqlite3_bind_int(st, 13, a->n_changes);
	sqlite3_bind_int(st, 14, l->keep_places);
	l->count.written_rows++;
	bool ok = ledger_db_run(l, ST_PUT_ASSET);
	ok = put_lists(l, a, all) && ok;
	a->stored = true;
	a->fresh = false;
	if (all) {
		a->written_s = (uint32_t)(a->last_ns / NS_PER_S);
		a->seen = false;
	}
	return ok;
}

void ledger_has_rows(struct asset *a, bool all)
{
	for (unsigned i = 0; i < a->n_macs; i++) {
		a->macs[i].seen = false;
		a->macs[i].dirty = false;
	}
	for (unsigned i = 0; i < a->n_ips; i++) {
		a->ips[i].seen = false;
		a->ips[i].dirty = false;
	}
	for (unsigned i = 0; i < a->n_attrs; i++)
		a->attrs[i].dirty = false;
	a->stored = true;
	a->fresh = false;
	if (all) {
		a->written_s = (uint32_t)(a->last_ns / NS_PER_S);
		a->seen = false;
	}
}

void ledger_db_put_asset(struct ledger *l, struct asset *a)
{
	ledger_unmark(l, a);
	if (ledger_db_begin(l))
		write_asset(l, a, true);
}

/* ---- conversations */

void ledger_link_has_row(struct link *k)
{
	k->written_s = link_second(k->last_ns);
	k->counted = k->fresh = false;
}

static bool write_link(struct ledger *l, struct link *k)
{
	sqlite3_stmt *st = l->st[ST_PUT_LINK];
	char src[IP_TEXT_MAX], dest[IP_TEXT_MAX], functions[LINK_FUNCTIONS_TEXT_MAX];
	const struct ip_addr src_ip = link_ip(l, k, 0), dest_ip = link_ip(l, k, 1);
	const struct link_totals total = link_total(l, k);

	link_functions_format(l, k, functions);
	store_bind_no(st, 1, k->id);
	store_bind_no(st, 2, link_asset_no(k->key.src));
	store_bind_ip(st, 3, &src_ip, src);
	store_bind_no(st, 4, link_asset_no(k->key.dest));
	store_bind_ip(st, 5, &dest_ip, dest);
	store_bind_text(st, 6, k->key.proto == VOCAB_OTHER ? "" : l->protocols.text[k->key.proto]);
	store_bind_no(st, 7, k->key.ip_proto);
	store_bind_no(st, 8, k->key.port);
	sqlite3_bind_int64(st, 9, k->first_ns);
	sqlite3_bind_int64(st, 10, k->last_ns);
	store_bind_no(st, 11, total.packets);
	store_bind_no(st, 12, total.bytes);
	store_bind_no(st, 13, total.events);
	store_bind_text(st, 14, functions);
	sqlite3_bind_int(st, 15, (int)k->verdict);
	sqlite3_bind_int(st, 16, k->line);
	ledger_link_has_row(k);
	l->count.written_rows++;
	return ledger_db_run(l, ST_PUT_LINK);
}

/* Its row may be there or not. */
static void write_again(struct ledger *l, struct link *k)
{
	k->fresh = false;
	link_mark(l, k, MARK_PRESSING);
}

void ledger_db_put_link(struct ledger *l, struct link *k)
{
	link_unmark(l, k);
	if (!ledger_db_begin(l) || !write_link(l, k))
		write_again(l, k);
}

/* ---- many at once */

static int by_no(const void *a, const void *b)
{
	uint64_t left = ((const struct due *)a)->no, right = ((const struct due *)b)->no;

	return (left > right) - (left < right);
}

bool ledger_put_assets(struct ledger *l, struct due *due, size_t n, bool all)
{
	qsort(due, n, sizeof(due[0]), by_no);
	for (size_t i = 0; i < n; i++) {
		if (!due[i].into)
			ledger_unmark(l, due[i].row);
	}
	bool ok = ledger_bulk_assets(l, due, &n, all);
	size_t done = 0;
	for (; ok && done < n; done += ok)
		ok = write_asset(l, due[done].row, all);
	for (; done < n; done++) {
		if (due[done].into)
			continue;
		ledger_forget_written(due[done].row);
		ledger_mark_asset(l, due[done].row);
	}
	return ok;
}

bool ledger_put_links(struct ledger *l, struct due *due, size_t n)
{
	qsort(due, n, sizeof(due[0]), by_no);
	for (size_t i = 0; i < n; i++)
		link_unmark(l, due[i].row);
	bool ok = ledger_bulk_links(l, due, &n);
	size_t done = 0;
	for (; ok && done < n; done += ok)
		ok = write_link(l, due[done].row);
	for (; done < n; done++)
		write_again(l, due[done].row);
	return ok;
}

/* ---- a batch */

static void take_back(struct ledger *l)
{
	ledger_db_tell_why(l);
	store_exec(l->db, "ROLLBACK");
	l->in_transaction = false;
}

static bool commit(struct ledger *l)
{
	bool ok = store_set_meta(l->db, "version", (int64_t)l->version + 1) == SQLITE_OK &&
		  store_exec(l->db, "COMMIT") == SQLITE_OK;

	if (!ok) {
		take_back(l);
		return false;
	}
	l->version++;
	l->in_transaction = false;
	merged_forget(l);
	changes_forget(l);
	return true;
}

/* Everything in memory counts as unwritten, since part of it was taken back. */
static void mark_all(struct ledger *l)
{
	l->any_born = true; /* perhaps */
	l->links_indexed = false;
	for (struct asset *a = table_oldest(&l->assets); a; a = table_newer(&l->assets, a)) {
		ledger_forget_written(a);
		ledger_mark_asset(l, a);
	}
	for (struct link *k = table_oldest(&l->links); k; k = table_newer(&l->links, k))
		write_again(l, k);
	merged_again(l);
	changes_again(l);
	baseline_mark_all(l);
	l->taken_back = false;
}

/* What could not be kept stays marked. */
static int give_up(struct ledger *l)
{
	ledger_db_tell_why(l);
	l->count.write_errors++;
	mark_all(l);
	return -EIO;
}

/* A command of a person may have changed the register: what runs goes by it from now on. */
static void follow_register(struct ledger *l)
{
	struct complaint c;

	if (store_meta(l->db, "register_serial") == l->reg.serial)
		return;
	if (ledger_reload_register(l, &c) < 0)
		log_error("ledger: the register was not reloaded: %s", c.text);
}

/* @return as many as found room: the others come in another batch of these. */
static size_t due_assets(struct ledger *l, enum mark least, struct due due[static DUE_MAX])
{
	_Static_assert((int)MERGED_MAX < (int)DUE_MAX, "room for all that wait, and others");
	size_t n = merged_due(l, due);

	for (int mark = (int)least; mark < MARK_COUNT; mark++) {
		uint32_t next = 0, number;
		while (n < DUE_MAX && marks_next(&l->asset_marks, (enum mark)mark, &next, &number)) {
			struct asset *a = table_at(&l->assets, number);
			due[n++] = (struct due){a->no, a, 0};
		}
	}
	return n;
}

static size_t due_links(struct ledger *l, enum mark least, struct due due[static DUE_MAX])
{
	size_t n = 0;

	for (int mark = (int)least; mark < MARK_COUNT; mark++) {
		uint32_t next = 0, number;
		while (n < DUE_MAX && marks_next(&l->link_marks, (enum mark)mark, &next, &number)) {
			struct link *k = table_at(&l->links, number);
			due[n++] = (struct due){k->id, k, 0};
		}
	}
	return n;
}

static bool put_marked_links(struct ledger *l, enum mark least, struct due due[static DUE_MAX])
{
	bool ok = true;

	for (size_t n; ok && (n = due_links(l, least, due)) > 0;)
		ok = ledger_put_links(l, due, n);
	return ok;
}

void ledger_put_news_of_links(struct ledger *l)
{
	struct due *due = malloc(DUE_MAX * sizeof(*due));

	if (due && ledger_db_begin(l))
		(void)put_marked_links(l, MARK_NEWS, due); /* counted where it fails */
	free(due);
}

/* Empties the lists of @least and above. */
static bool write_marked(struct ledger *l, enum mark least)
{
	struct due *due = malloc(DUE_MAX * sizeof(*due));
	bool ok = due != NULL;

	if (least < MARK_PRESSING)
		ok = ok && born_forget(l);
	else if (l->last_no - l->written_no >= BORN_LEAST)
		ok = ok && born_write(l);
	ok = ok && changes_write(l);
	for (size_t n; ok && (n = due_assets(l, least, due)) > 0;)
		ok = ledger_put_assets(l, due, n, least == MARK_SEEN);
	ok = ok && put_marked_links(l, least, due);
	free(due);
	if (least < MARK_PRESSING || l->base.pressing)
		ok = ok && baseline_write(l);
	if (watch_is_due(&l->watch))
		ok = ok && watch_write(&l->watch, l->db) == SQLITE_OK;
	return ok && work_log_write(&l->work_log, l->db) == SQLITE_OK;
}

static int write_batch(struct ledger *l, enum mark least)
{
	if (ledger_db_taken_back(l))
		mark_all(l);
	if (!ledger_db_begin(l))
		return give_up(l);
	bool ok = write_marked(l, least);
	if (!ok)
		take_back(l);
	if (!ok || !commit(l))
		return give_up(l);
	if (l->write_failed)
		log_notice("ledger: %s/ledger.db is written again", l->state_dir);
	l->write_failed = false;
	l->work_log.n = 0;
	l->written_no = l->last_no;
	if (least < MARK_PRESSING) /* alerts wait for those */
		retain(l);
	return 0;
}

static bool is_any_marked(const struct ledger *l, enum mark least)
{
	for (int mark = (int)least; mark < MARK_COUNT; mark++) {
		if (l->asset_marks.of[mark].n > 0 || l->link_marks.of[mark].n > 0)
			return true;
	}
	return l->base.dirty || l->merged.n > 0 || l->changes.n > 0 || l->in_transaction || l->taken_back ||
	       l->work_log.n > 0 || watch_is_due(&l->watch);
}

static int write_from(struct ledger *l, enum mark least)
{
	follow_register(l);
	baseline_take_over(l);
	return is_any_marked(l, least) ? write_batch(l, least) : 0;
}

void ledger_watched(struct ledger *l, const struct watched *now)
{
	watch_note(&l->watch, l->db, now);
}

int ledger_write(struct ledger *l)
{
	return write_from(l, MARK_SEEN);
}

int ledger_write_news(struct ledger *l)
{
	return write_from(l, MARK_NEWS);
}

void ledger_reserve_numbers(struct ledger *l)
{
	uint64_t no = l->last_no + RESERVED;

	if (ledger_db_begin(l) && store_set_meta(l->db, META_RESERVED, (int64_t)no) == SQLITE_OK)
		l->reserved_no = no;
}

void ledger_free_numbers(struct ledger *l)
{
	if (l->reserved_no)
		(void)store_exec(l->db, "DELETE FROM meta WHERE key = '" META_RESERVED "'"); /* else they stay unused */
	l->reserved_no = 0;
}

/* Do alerts find it enough that numbers are reserved? Not where much was written since the last batch: pages that find
 * no room in memory go to the file, which nobody can read then until they are committed. */
static bool may_wait(const struct ledger *l)
{
	unsigned changed = (unsigned)sqlite3_total_changes(l->db) - l->changed_before;

	return l->last_no <= l->reserved_no && (!l->in_transaction || changed < WAITING_ROWS);
}

int ledger_write_new(struct ledger *l)
{
	if (l->last_no == l->written_no || may_wait(l))
		return 0;
	return l->write_failed ? -EIO : write_batch(l, MARK_PRESSING);
}

int ledger_let_write(struct ledger *l)
{
	return l->in_transaction ? write_batch(l, MARK_PRESSING) : 0;
}
