#include "alert/behind.h"

#include <stdlib.h>

#include "alert/alerts_store.h"

enum { FIRST_ROOM = 256 };

void behind_deinit(struct behind *b)
{
	free(b->pressing);
	*b = (struct behind){0};
}

/* A list that doubles while it is copied, and the rows of one commit. */
uint64_t behind_ceiling_bytes(uint32_t groups)
{
	return (uint64_t)groups * 4 * sizeof(struct group *);
}

static bool press(struct behind *b, struct group *g)
{
	if (b->n_pressing == b->room) {
		size_t room = b->room ? 2 * b->room : FIRST_ROOM;
		struct group **more = realloc(b->pressing, room * sizeof(struct group *));
		if (!more)
			return false;
		b->pressing = more;
		b->room = room;
	}
	b->pressing[b->n_pressing++] = g;
	return true;
}

void behind_add(struct behind *b, struct group *g, bool pressing)
{
	g->behind = true;
	if (pressing && !g->pressing) {
		g->pressing = press(b, g);
		b->all |= !g->pressing;
	}
	if (g->pressing || g->counts)
		return;
	g->counts = true;
	g->next_counts = b->counts;
	b->counts = g;
	b->n_counts++;
}

bool behind_waits(const struct behind *b, bool counts)
{
	return b->n_pressing > 0 || b->all || (counts && b->n_counts > 0);
}

bool behind_holds(const struct group *g)
{
	return g->behind || g->counts;
}

static int by_row(const void *a, const void *b)
{
	int64_t x = (*(const struct group *const *)a)->no, y = (*(const struct group *const *)b)->no;

	return (x > y) - (x < y);
}

/* A row that the commit at hand makes says all of it. */
static int write_rows(struct group **rows, size_t n, struct alerts_store *s)
{
	int code = SQLITE_OK;

	qsort(rows, n, sizeof(struct group *), by_row);
	for (size_t i = 0; i < n && code == SQLITE_OK; i++)
		code = rows[i]->inserted ? SQLITE_OK : alerts_store_set_count(s, rows[i]);
	return code;
}

static int write_counts(const struct behind *b, struct alerts_store *s)
{
	struct group **rows = calloc(b->n_counts, sizeof(struct group *));
	int code = SQLITE_OK;
	size_t n = 0;

	for (struct group *g = b->counts; g && code == SQLITE_OK; g = g->next_counts) {
		if (!g->behind || g->pressing)
			continue;
		if (rows)
			rows[n++] = g;
		else
			code = write_rows(&g, 1, s);
	}
	code = n > 0 ? write_rows(rows, n, s) : code;
	free(rows);
	return code;
}

int behind_write(const struct behind *b, struct alerts_store *s, bool counts)
{
	int code = b->n_pressing > 0 ? write_rows(b->pressing, b->n_pressing, s) : SQLITE_OK;

	return code == SQLITE_OK && (counts || b->all) && b->n_counts > 0 ? write_counts(b, s) : code;
}

/* @return whether it was behind until now. */
static bool is_written(struct group *g)
{
	bool was = g->behind;

	g->behind = g->pressing = g->inserted = false;
	return was;
}

size_t behind_written(struct behind *b, bool counts)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_pressing; i++)
		n += is_written(b->pressing[i]);
	b->n_pressing = 0;
	if (!counts && !b->all)
		return n;
	for (struct group *g = b->counts; g; g = g->next_counts) {
		n += is_written(g);
		g->counts = false;
	}
	b->counts = NULL;
	b->n_counts = 0;
	b->all = false;
	return n;
}
