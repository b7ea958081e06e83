/*
 * What never had a row, many at once (bulk.h). What has one already goes row by row (ledger_write.c).
 *
 * OR FAIL, since nothing but a failed batch can leave such a row: the batch is rolled back, and what it wrote counts as
 * written from then on. And since a statement that may fail for ABORT's sake keeps a copy of all pages that it changes.
 */
#include "ledger/ledger_bulk.h"

#include <string.h>

#include "ledger/born.h"
#include "ledger/store.h"

enum { SORTED_MAX = 32 };

/* The way through the rows of a batch. */
struct walk {
	struct ledger *l;
	const struct due *due;
	size_t i, n;
	struct attr_row rows[SORTED_MAX]; /* of due[i], in the order of the table */
	char texts[SORTED_MAX][IP_TEXT_MAX];
	unsigned n_rows, attr, n_taken; /* attr: of the rows; n_taken: of those of the asset */
	char text[2][IP_TEXT_MAX];
	char functions[LINK_FUNCTIONS_TEXT_MAX];
};

static bool run(struct walk *w, enum ledger_statement which, bool (*next)(struct bulk *b))
{
	w->i = 0;
	w->attr = w->n_rows = w->n_taken = 0;
	w->l->bulk.next = next;
	w->l->bulk.ctx = w;
	return ledger_db_run(w->l, which);
}

static const char *address(const struct ip_addr *ip, char text[static IP_TEXT_MAX])
{
	return ip_is_none(ip) ? "" : ip_format(ip, text);
}

/* ---- assets */

static const struct asset *next_fresh_asset(struct walk *w)
{
	while (w->i < w->n && !((struct asset *)w->due[w->i].row)->fresh)
		w->i++;
	return w->i < w->n ? w->due[w->i].row : NULL;
}

static bool next_asset(struct bulk *b)
{
	struct walk *w = b->ctx;
	const struct asset *a = next_fresh_asset(w);

	if (!a)
		return false;
	uint64_t into = w->due[w->i++].into;
	bulk_number(b, 0, (int64_t)a->no);
	bulk_number(b, 1, a->first_ns);
	bulk_number(b, 2, a->last_ns);
	bulk_number(b, 3, (int64_t)a->events);
	bulk_text(b, 4, a->vendor);
	bulk_text(b, 5, w->l->keep_places ? "" : ledger_observed_zone(w->l, a));
	bulk_number(b, 6, ledger_router_word(a));
	bulk_number(b, 7, ledger_by_ip_word(a));
	if (into)
		bulk_number(b, 8, (int64_t)into);
	else
		bulk_null(b, 8);
	bulk_number(b, 9, (int64_t)w->l->version + 1);
	bulk_number(b, 10, (int64_t)a->gateway_no);
	bulk_number(b, 11, a->has_unit ? a->unit : 0);
	bulk_number(b, 12, a->n_changes);
	w->l->count.written_rows++;
	return true;
}

static bool is_before(const struct attr_row *a, const struct attr_row *b)
{
	int order = strcmp(a->attr, b->attr);

	return order < 0 || (order == 0 && strcmp(a->value, b->value) < 0);
}

/* The next rows of @a, sorted: what comes behind all others finds its place at once. @return false: no more. */
static bool take_rows(struct walk *w, const struct asset *a)
{
	struct attr_row r;

	w->attr = 0;
	for (w->n_rows = 0; w->n_rows < SORTED_MAX; w->n_rows++, w->n_taken++) {
		if (!ledger_attr(w->l, a, w->n_taken, &r, w->texts[w->n_rows]))
			break;
		unsigned at = w->n_rows;
		for (; at > 0 && is_before(&r, &w->rows[at - 1]); at--)
			w->rows[at] = w->rows[at - 1];
		w->rows[at] = r;
	}
	return w->n_rows > 0;
}

static bool next_attr(struct bulk *b)
{
	struct walk *w = b->ctx;
	const struct asset *a;

	while ((a = next_fresh_asset(w)) && w->attr == w->n_rows && !take_rows(w, a)) {
		w->i++;
		w->n_taken = 0;
	}
	if (!a)
		return false;
	const struct attr_row r = w->rows[w->attr++];
	bulk_number(b, 0, (int64_t)a->no);
	bulk_text(b, 1, r.attr);
	bulk_text(b, 2, r.value);
	bulk_text(b, 3, r.source);
	bulk_number(b, 4, r.confidence);
	bulk_number(b, 5, r.first_ns);
	bulk_number(b, 6, r.last_ns);
	bulk_number(b, 7, r.current);
	bulk_text(b, 8, r.prev ? r.prev : "");
	bulk_text(b, 9, ledger_db_capture(w->l, r.at));
	bulk_number(b, 10, r.at.frame);
	w->l->count.written_rows++;
	return true;
}

bool ledger_bulk_assets(struct ledger *l, struct due *due, size_t *n, bool all)
{
	struct walk w = {.l = l, .due = due, .n = *n};
	size_t left = 0;

	if (!next_fresh_asset(&w))
		return true;
	if (!run(&w, ST_BULK_ASSETS, next_asset) || !run(&w, ST_BULK_ATTRS, next_attr))
		return false;
	for (size_t i = 0; i < *n; i++) {
		struct asset *a = due[i].row;
		if (a->fresh)
			ledger_has_rows(a, all);
		else
			due[left++] = due[i];
	}
	*n = left;
	return true;
}

/* ---- conversations */

static bool next_link(struct bulk *b)
{
	struct walk *w = b->ctx;

	while (w->i < w->n && !((struct link *)w->due[w->i].row)->fresh)
		w->i++;
	if (w->i == w->n)
		return false;
	const struct link *k = w->due[w->i++].row;
	const struct ip_addr src_ip = link_ip(w->l, k, 0), dest_ip = link_ip(w->l, k, 1);
	const struct link_totals total = link_total(w->l, k);
	link_functions_format(w->l, k, w->functions);
	bulk_number(b, 0, (int64_t)k->id);
	bulk_number(b, 1, (int64_t)link_asset_no(k->key.src));
	bulk_text(b, 2, address(&src_ip, w->text[0]));
	bulk_number(b, 3, (int64_t)link_asset_no(k->key.dest));
	bulk_text(b, 4, address(&dest_ip, w->text[1]));
	bulk_text(b, 5, k->key.proto == VOCAB_OTHER ? "" : w->l->protocols.text[k->key.proto]);
	bulk_number(b, 6, (int64_t)k->key.ip_proto);
	bulk_number(b, 7, (int64_t)k->key.port);
	bulk_number(b, 8, k->first_ns);
	bulk_number(b, 9, k->last_ns);
	bulk_number(b, 10, (int64_t)total.packets);
	bulk_number(b, 11, (int64_t)total.bytes);
	bulk_number(b, 12, (int64_t)total.events);
	bulk_text(b, 13, w->functions);
	bulk_number(b, 14, (int64_t)k->verdict);
	bulk_number(b, 15, (int64_t)k->line);
	w->l->count.written_rows++;
	return true;
}

bool ledger_bulk_links(struct ledger *l, struct due *due, size_t *n)
{
	struct walk w = {.l = l, .due = due, .n = *n};
	size_t left = 0;

	if (!run(&w, ST_BULK_LINKS, next_link))
		return false;
	for (size_t i = 0; i < *n; i++) {
		struct link *k = due[i].row;
		if (k->fresh)
			ledger_link_has_row(k);
		else
			due[left++] = due[i];
	}
	*n = left;
	return true;
}
