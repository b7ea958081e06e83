#include "ledger/changes.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_state.h"
#include "ledger/store.h"

enum { HISTORY_MAX = 500, HISTORY_SLACK = 100 };

uint64_t changes_ceiling_bytes(void)
{
	return CHANGES_WAIT_MAX * sizeof(struct waiting_change) + CHANGES_TEXT_BYTES;
}

void changes_deinit(struct ledger *l)
{
	free(l->changes.of);
	free(l->changes.texts);
	l->changes = (struct change_list){0};
}

static bool has_memory(struct change_list *c)
{
	if (!c->of)
		c->of = malloc(CHANGES_WAIT_MAX * sizeof(*c->of));
	if (!c->texts)
		c->texts = malloc(CHANGES_TEXT_BYTES);
	return c->of && c->texts;
}

static uint32_t keep_text(struct change_list *c, const char *text)
{
	uint32_t at = c->text_bytes, bytes = (uint32_t)strlen(text) + 1;

	memcpy(c->texts + at, text, bytes);
	c->text_bytes += bytes;
	return at;
}

static void trim(struct ledger *l, struct asset *a)
{
	sqlite3_stmt *st = l->st[ST_TRIM_CHANGES];

	if (!ledger_db_begin(l) || !changes_write(l))
		return;
	store_bind_no(st, 1, a->no);
	store_bind_no(st, 2, a->no);
	sqlite3_bind_int(st, 3, HISTORY_MAX);
	if (ledger_db_run(l, ST_TRIM_CHANGES))
		a->n_changes = HISTORY_MAX;
}

void changes_note(struct ledger *l, struct asset *a, const struct change *ch)
{
	struct change_list *c = &l->changes;
	size_t bytes = strlen(ch->value) + strlen(ch->prev) + 2;

	if (!has_memory(c)) {
		l->count.write_errors++;
		return;
	}
	if (c->n == CHANGES_WAIT_MAX || c->text_bytes + bytes > CHANGES_TEXT_BYTES) {
		if (ledger_db_begin(l))
			(void)changes_write(l); /* counted where it fails: then these are lost */
		changes_forget(l);
	}
	c->of[c->n++] = (struct waiting_change){.asset_no = a->no,
						.at_ns = ch->note.now_ns,
						.attr = ch->attr,
						.value = keep_text(c, ch->value),
						.prev = keep_text(c, ch->prev),
						.seen = ch->note.at,
						.source = ch->note.source,
						.confidence = ch->note.confidence};
	if (++a->n_changes >= HISTORY_MAX + HISTORY_SLACK)
		trim(l, a);
}

static bool next_change(struct bulk *b)
{
	struct ledger *l = b->ctx;
	struct change_list *c = &l->changes;

	if (c->put == c->n)
		return false;
	const struct waiting_change *w = &c->of[c->put++];
	bulk_number(b, 0, (int64_t)w->asset_no);
	bulk_number(b, 1, w->at_ns);
	bulk_text(b, 2, w->attr);
	bulk_text(b, 3, c->texts + w->value);
	bulk_text(b, 4, c->texts + w->prev);
	bulk_text(b, 5, l->sources.text[w->source]);
	bulk_number(b, 6, w->confidence);
	bulk_text(b, 7, ledger_db_capture(l, w->seen));
	bulk_number(b, 8, w->seen.frame);
	return true;
}

bool changes_write(struct ledger *l)
{
	if (l->changes.put == l->changes.n)
		return true;
	l->bulk.next = next_change;
	l->bulk.ctx = l;
	return ledger_db_run(l, ST_BULK_CHANGES);
}

void changes_forget(struct ledger *l)
{
	l->changes.n = l->changes.put = l->changes.text_bytes = 0;
}

void changes_again(struct ledger *l)
{
	l->changes.put = 0;
}
