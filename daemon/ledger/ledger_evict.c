/*
 * Who is pushed out of memory leaves rows that say all that is known of him. Mostly they do so already: where the
 * oldest has news, the next few that are to go are written with it, in the order of the database and those that never
 * had rows in one statement (ledger_bulk.h). One by one a row costs several times as much.
 *
 * Where SQLite took back what was written, nobody's rows are sure to be there: whoever goes is written once more.
 *
 * Only the oldest, and few beside all that are in memory: whoever is being spoken of is among the newest, and what is
 * half said of him is not written.
 */
#include "ledger/holders.h"
#include "ledger/ledger_bulk.h"
#include "ledger/ledger_state.h"
#include "ledger/link_list.h"

enum { TOGETHER = 4096, OF_ALL = 8 };

static uint32_t together(const struct ledger *l, const struct table *t)
{
	uint32_t n = t->cap / OF_ALL;

	if (l->write_failed) /* the one alone shows whether the disk takes rows again */
		return 1;
	return n < 1 ? 1 : n < TOGETHER ? n : TOGETHER;
}

/* ---- devices */

static bool has_news(const struct asset *a)
{
	return a->mark != MARK_NONE || a->seen || !a->stored;
}

static void write_oldest_assets(struct ledger *l)
{
	struct due due[TOGETHER];
	uint32_t most = together(l, &l->assets);
	size_t n = 0;

	if (!ledger_db_begin(l))
		return;
	for (struct asset *a = table_oldest(&l->assets); a && most > 0; a = table_newer(&l->assets, a), most--) {
		if (has_news(a))
			due[n++] = (struct due){a->no, a, 0};
	}
	(void)ledger_put_assets(l, due, n, true); /* counted where it fails */
}

void ledger_evict_asset(void *ctx, void *entry)
{
	struct ledger *l = ctx;
	struct asset *a = entry;

	if (!l->assets_on_disk) {
		merged_write(l); /* their addresses may be asked for there from now on */
		ledger_db_index_assets(l);
	}
	l->assets_on_disk = true;
	l->count.evicted_assets++;
	if (ledger_db_taken_back(l))
		ledger_forget_written(a);
	if (has_news(a))
		write_oldest_assets(l);
	ledger_unmark(l, a); /* also where that failed */
	holders_leave(l, a);
	asset_free_lists(a);
	a->no = 0;
}

/* ---- conversations */

static bool went_on(const struct link *k)
{
	return k->mark != MARK_NONE || k->counted || k->fresh;
}

static void write_oldest_links(struct ledger *l)
{
	struct due due[TOGETHER];
	uint32_t most = together(l, &l->links);
	size_t n = 0;

	if (!ledger_db_begin(l))
		return;
	for (struct link *k = table_oldest(&l->links); k && most > 0; k = table_newer(&l->links, k), most--) {
		if (went_on(k))
			due[n++] = (struct due){k->id, k, 0};
	}
	(void)ledger_put_links(l, due, n);
}

void ledger_evict_link(void *ctx, void *entry)
{
	struct ledger *l = ctx;
	struct link *k = entry;

	if (!l->links_on_disk)
		ledger_put_news_of_links(l);
	l->links_on_disk = true;
	l->count.evicted_conversations++;
	if (ledger_db_taken_back(l))
		k->counted = true;
	if (went_on(k))
		write_oldest_links(l);
	link_away_note(&l->away_links, link_hash(&k->key), k->id, link_asset_no(k->key.src), link_asset_no(k->key.dest));
	link_unmark(l, k);
	link_list_drop(l, k);
	link_forget_more(l, k);
	k->id = 0;
}
