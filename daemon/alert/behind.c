#include "alert/behind.h"

#include <stdlib.h>

#include "alert/alerts_store.h"

void behind_add(struct behind *b, struct group *g, bool pressing)
{
	g->pressing |= pressing;
	b->pressing |= pressing;
	if (g->behind)
		return;
	g->behind = true;
	g->next_behind = b->first;
	b->first = g;
	b->n++;
}

/* A row that the commit at hand makes says all of it. */
static bool is_to_be_written(const struct group *g, bool counts)
{
	return !g->inserted && (g->pressing || counts);
}

static int by_row(const void *a, const void *b)
{
	int64_t x = (*(const struct group *const *)a)->no, y = (*(const struct group *const *)b)->no;

	return (x > y) - (x < y);
}

static int write_in_order(const struct group **rows, const struct behind *b, struct alerts_store *s, bool counts)
{
	size_t n = 0;
	int code = SQLITE_OK;

	for (const struct group *g = b->first; g; g = g->next_behind) {
		if (is_to_be_written(g, counts))
			rows[n++] = g;
	}
	qsort(rows, n, sizeof(*rows), by_row);
	for (size_t i = 0; i < n && code == SQLITE_OK; i++)
		code = alerts_store_set_count(s, rows[i]);
	return code;
}

int behind_write(const struct behind *b, struct alerts_store *s, bool counts)
{
	const struct group **rows = calloc(b->n, sizeof(*rows));
	int code = SQLITE_OK;

	if (rows) {
		code = write_in_order(rows, b, s, counts);
		free(rows);
		return code;
	}
	for (const struct group *g = b->first; g && code == SQLITE_OK; g = g->next_behind)
		code = is_to_be_written(g, counts) ? alerts_store_set_count(s, g) : SQLITE_OK;
	return code;
}

size_t behind_written(struct behind *b, bool counts)
{
	struct behind left = {0};
	size_t n = 0;

	for (struct group *g = b->first, *next; g; g = next) {
		bool stays = !g->inserted && !is_to_be_written(g, counts);
		next = g->next_behind;
		g->behind = g->inserted = g->pressing = false;
		if (stays)
			behind_add(&left, g, false);
		else
			n++;
	}
	*b = left;
	return n;
}
