/* Where upright parts of lines stand in the channels between bands: looked up by column, as there may be thousands. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "app/map_own.h"

enum { APART = 5 /* between upright parts */ };
static const unsigned NONE = UINT32_MAX; /* no place in a list */

struct part {
	double x;
	unsigned route, next;
};

int taken_init(struct taken *t, const struct map *m)
{
	size_t most = 1;

	for (unsigned i = 0; i < m->n_routes; i++)
		most += 2 * (size_t)m->routes[i].n_legs; /* one at each end of a leg */
	*t = (struct taken){.n_columns = (unsigned)(m->width / APART) + 2};
	size_t columns = (size_t)MAP_BANDS_MAX * t->n_columns;
	t->parts = calloc(most, sizeof(*t->parts));
	t->first = calloc(columns, sizeof(*t->first));
	if (!t->parts || !t->first)
		return -ENOMEM;
	for (size_t i = 0; i < columns; i++)
		t->first[i] = NONE;
	return 0;
}

void taken_deinit(struct taken *t)
{
	free(t->parts);
	free(t->first);
}

static unsigned column_of(const struct taken *t, double x)
{
	return x < 0 ? 0 : x / APART < t->n_columns - 1 ? (unsigned)(x / APART) : t->n_columns - 1;
}

bool taken_is_free(const struct taken *t, unsigned channel, unsigned route, double x)
{
	unsigned middle = column_of(t, x), from = middle > 0 ? middle - 1 : 0;

	for (unsigned c = from; c <= middle + 1 && c < t->n_columns; c++) {
		for (unsigned i = t->first[channel * t->n_columns + c]; i != NONE; i = t->parts[i].next) {
			if (t->parts[i].route != route && fabs(t->parts[i].x - x) < APART)
				return false;
		}
	}
	return true;
}

static void put(struct taken *t, unsigned channel, unsigned i)
{
	unsigned *first = &t->first[channel * t->n_columns + column_of(t, t->parts[i].x)];

	t->parts[i].next = *first;
	*first = i;
}

void taken_add(struct taken *t, unsigned channel, unsigned route, double x)
{
	t->parts[t->n] = (struct part){.x = x, .route = route};
	put(t, channel, t->n++);
}

void taken_move(struct taken *t, unsigned channel, unsigned route, double x, double to)
{
	for (unsigned *at = &t->first[channel * t->n_columns + column_of(t, x)]; *at != NONE;
	     at = &t->parts[*at].next) {
		unsigned i = *at;
		if (t->parts[i].route != route || t->parts[i].x != x)
			continue;
		*at = t->parts[i].next;
		t->parts[i].x = to;
		put(t, channel, i);
		return;
	}
}
