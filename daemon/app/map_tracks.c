/*
 * Level parts of lines: each has a track of its own in its channel. Tracks are given from left to right, so that no two
 * lines, and no label and a line, lie on each other.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "app/map_own.h"

static const unsigned NONE = UINT32_MAX; /* no place in a list */

struct stretch {
	unsigned route, leg;
	double from, to;
};

static int stretch_order(const void *a, const void *b)
{
	const struct stretch *p = a, *q = b;

	if (p->from != q->from)
		return p->from < q->from ? -1 : 1;
	return p->route < q->route ? -1 : p->route > q->route;
}

/* The longest level part carries the label; where that is too short, the label sticks out. */
static void choose_label_leg(const struct map *m, struct map_route *r)
{
	double best = -1;

	for (unsigned i = 0; i < r->n_legs; i++) {
		double len = fabs(r->legs[i].x1 - r->legs[i].x0);
		if (len > best) {
			best = len;
			r->label_leg = i;
		}
	}
	struct map_leg *leg = &r->legs[r->label_leg];
	double from = fmin(leg->x0, leg->x1);
	leg->label_x = best > r->label_w ? from + (best - r->label_w) / 2 : from + 3;
	if (leg->label_x + r->label_w > m->width - MAP_MARGIN - 4)
		leg->label_x = m->width - MAP_MARGIN - 4 - r->label_w;
}

static struct stretch stretch_of(const struct map_route *r, unsigned route, unsigned leg)
{
	const struct map_leg *g = &r->legs[leg];
	struct stretch s = {route, leg, fmin(g->x0, g->x1), fmax(g->x0, g->x1)};

	if (leg == r->label_leg && r->label_w > 0) {
		s.from = fmin(s.from, g->label_x);
		s.to = fmax(s.to, g->label_x + r->label_w);
	}
	return s;
}

/* Tracks side by side: those with labels need a line's height each, the others stand closer. */
struct tracks {
	unsigned *last,
	    *before; /* the stretch that was put on a track last, and for each stretch the one before; NONE */
	unsigned n_wide, n;
};

static bool has_label(const struct map *m, const struct stretch *s)
{
	const struct map_route *r = &m->routes[s->route];

	return s->leg == r->label_leg && r->label_w > 0;
}

static bool fits(const struct tracks *t, const struct stretch *all, unsigned track, const struct stretch *s)
{
	enum { BETWEEN = 6 };

	for (unsigned k = t->last[track]; k != NONE; k = t->before[k]) {
		if (s->from < all[k].to + BETWEEN && all[k].from < s->to + BETWEEN)
			return false;
	}
	return true;
}

/* From the left, each on the first track with room, those with labels first. @narrow: what fits on none of these gets a
 * narrow one */
static void give_tracks(struct map *m, struct stretch *s, unsigned n, struct tracks *t, bool narrow)
{
	t->n = t->n_wide = 0;
	qsort(s, n, sizeof(*s), stretch_order);
	for (int labels = 1; labels >= 0; labels--) {
		for (unsigned i = 0; i < n; i++) {
			unsigned at = 0;
			if (has_label(m, &s[i]) != (labels != 0))
				continue;
			while (at < t->n && !fits(t, s, at, &s[i]))
				at++;
			if (at == t->n)
				t->last[t->n++] = NONE;
			t->before[i] = t->last[at];
			t->last[at] = i;
			m->routes[s[i].route].legs[s[i].leg].track = at;
		}
		if (labels || !narrow)
			t->n_wide = t->n;
	}
}

/* How far below the band above a track runs: narrow ones first, so that the first label has room above it. */
static double track_down(const struct map *m, const struct tracks *t, unsigned track)
{
	enum { NARROW = 6, LABEL = 10 };
	unsigned narrow = t->n - t->n_wide;

	if (track >= t->n_wide)
		return m->room.channel_pad + (track - t->n_wide) * NARROW;
	return (narrow > 0 ? m->room.channel_pad + narrow * NARROW + m->pitch - NARROW : LABEL) + track * m->pitch;
}

static void find_channel(struct map *m, struct stretch *s, struct tracks *t, unsigned row)
{
	enum { BELOW = 9 };
	unsigned n = 0;
	double most = 0;

	for (unsigned i = 0; i < m->n_routes; i++) {
		const struct map_route *r = &m->routes[i];
		if (!r->inner && row >= r->channel && row < r->channel + r->n_legs)
			s[n++] = stretch_of(r, i, row - r->channel);
	}
	give_tracks(m, s, n, t, true);
	for (unsigned i = 0; i < n; i++) {
		struct map_leg *g = &m->routes[s[i].route].legs[s[i].leg];
		g->down = track_down(m, t, g->track);
		most = fmax(most, g->down);
	}
	m->channel_h[row] = n > 0 ? most + BELOW : row + 1 < m->n_rows ? m->room.channel_pad : 0;
}

static void find_all(struct map *m, struct stretch *s, struct tracks *t)
{
	for (unsigned row = 0; row < m->n_rows; row++)
		find_channel(m, s, t, row);
	for (unsigned z = 0; z < m->n_zones && !m->bundled; z++) {
		unsigned n = 0;
		for (unsigned i = 0; i < m->n_routes; i++) {
			if (m->routes[i].inner && m->devices[m->routes[i].src].zone == z)
				s[n++] = stretch_of(&m->routes[i], i, 0);
		}
		give_tracks(m, s, n, t, false);
		for (unsigned i = 0; i < n; i++) {
			struct map_leg *g = &m->routes[s[i].route].legs[0];
			g->down = (g->track + 1) * MAP_TRACK_INSIDE;
		}
		m->zones[z].tracks = t->n;
	}
}

int map_tracks_find(struct map *m)
{
	struct stretch *s = calloc(m->n_routes + 1, sizeof(*s));
	struct tracks t = {.last = calloc(m->n_routes + 1, sizeof(unsigned)),
			   .before = calloc(m->n_routes + 1, sizeof(unsigned))};
	int err = s && t.last && t.before ? 0 : -ENOMEM;

	for (unsigned i = 0; !err && i < m->n_routes; i++)
		choose_label_leg(m, &m->routes[i]);
	if (!err)
		find_all(m, s, &t);
	free(s);
	free(t.last);
	free(t.before);
	return err;
}
