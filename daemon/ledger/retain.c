#include "ledger/retain.h"

#include "base/when.h"
#include "ledger/ledger_state.h"
#include "ledger/store.h"

enum {
	IDS_A_STEP = 4096,
	STEPS_A_BATCH = 8, /* unless something is found before */
};

static uint64_t used_bytes(struct ledger *l)
{
	sqlite3_stmt *st = l->st[ST_USED_BYTES];
	uint64_t bytes = sqlite3_step(st) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;

	sqlite3_reset(st);
	return bytes;
}

/* What is in memory has gone on since. */
static int64_t oldest_in_memory_ns(const struct ledger *l)
{
	const struct link *k = table_oldest(&l->links);

	return k ? link_used_ns(k) : 0;
}

/* @return rows removed of the next IDS_A_STEP. */
static int step(struct ledger *l, int64_t before_ns)
{
	sqlite3_stmt *st = l->st[ST_RETAIN_LINKS];

	if (l->retained_id >= l->last_link_id)
		l->retained_id = 0;
	store_bind_no(st, 1, l->retained_id);
	store_bind_no(st, 2, l->retained_id + IDS_A_STEP);
	sqlite3_bind_int64(st, 3, before_ns);
	if (!ledger_db_run(l, ST_RETAIN_LINKS))
		return 0;
	l->retained_id += IDS_A_STEP;
	return sqlite3_changes(l->db);
}

void retain(struct ledger *l)
{
	/* as long as all conversations are in memory there is none to go */
	if (l->disk_bytes == 0 || !l->links_on_disk || used_bytes(l) <= l->disk_bytes)
		return;
	int64_t before_ns = oldest_in_memory_ns(l);
	int removed = 0;

	for (int i = 0; i < STEPS_A_BATCH && removed == 0; i++)
		removed = step(l, before_ns);
	if (removed > 0 && l->count.removed_conversations == 0)
		log_warning("ledger: %s/ledger.db has reached ledger.megabytes; conversations not seen for longest go",
			    l->state_dir);
	l->count.removed_conversations += (uint64_t)removed;
}
