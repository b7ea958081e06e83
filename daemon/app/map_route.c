/*
 * The ways of the lines. Each runs upright or level: from the edge of where it begins into the channel beside that
 * band, along a track of its own there, through a gap of the next band where it must pass one, and so on. Tracks are
 * given from left to right, so that no two lines, and no label and a line, lie on each other.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/map.h"
#include "app/map_own.h"
#include "base/text.h"

enum {
	ROUTES_MAX = 4096,
	LABEL_COLUMNS = 44,
};

/* ---- which lines there are */

static unsigned zone_of(const struct map *m, unsigned end)
{
	return m->bundled ? end : m->devices[end].zone;
}

static struct map_route *same_route(struct map *m, unsigned src, unsigned dest, enum map_kind kind)
{
	for (unsigned i = 0; i < m->n_routes; i++) {
		struct map_route *r = &m->routes[i];
		if (r->src == src && r->dest == dest && r->kind == kind)
			return r;
	}
	return NULL;
}

static void add_word(char *label, size_t size, const char *word, size_t len)
{
	size_t at = strlen(label);
	const char *known = label;

	for (; (known = strstr(known, word)); known += len) {
		if ((known == label || known[-1] == ' ') && (known[len] == ' ' || known[len] == '\0'))
			return;
	}
	if (at + len + 2 < size)
		snprintf(label + at, size - at, "%s%.*s", at ? " " : "", (int)len, word);
}

static void add_protocols(struct map_route *r, const char *protocols)
{
	char word[96];

	for (const char *p = protocols; *p;) {
		size_t n = strcspn(p, " ");
		snprintf(word, sizeof(word), "%.*s", (int)n, p);
		add_word(r->label, sizeof(r->label), word, strlen(word));
		p += n + strspn(p + n, " ");
	}
}

/* What is written at a line: its protocols; with how many conversations, or between whom where it is one that must not
 * be. */
static void name_route(const struct map *m, struct map_route *r)
{
	char text[512], shown[sizeof(r->label)];

	if (m->bundled && r->kind == MAP_DENIED && r->n == 1)
		snprintf(text, sizeof(text), "%.120s → %.120s: %s", m->devices[m->links[r->link].src].name,
			 m->devices[m->links[r->link].dest].name, r->label);
	else if (r->n > 1)
		snprintf(text, sizeof(text), "%u× %s", r->n, r->label);
	else
		snprintf(text, sizeof(text), "%s", r->label);
	unsigned columns = text_printable(span_str(text), shown, sizeof(shown) - 4, LABEL_COLUMNS);
	if (text_printable(span_str(text), shown, sizeof(shown) - 4, 0) > LABEL_COLUMNS) {
		columns = text_printable(span_str(text), shown, sizeof(shown) - 4, LABEL_COLUMNS - 1);
		strcat(shown, "…");
	}
	memcpy(r->label, shown, sizeof(shown));
	r->label_w = r->kind == MAP_INSIDE ? 0 : columns * 5.2 + 8;
}

/* How many lines end at each zone, above or below. */
static int count_ends(struct map *m)
{
	unsigned(*ends)[2] = calloc(m->n_zones + 1, sizeof(*ends));

	if (!ends)
		return -ENOMEM;
	for (unsigned i = 0; i < m->n_routes; i++) {
		const struct map_route *r = &m->routes[i];
		unsigned upper = r->up ? r->dest : r->src, lower = r->up ? r->src : r->dest;
		bool level = map_row_of(m, upper) == map_row_of(m, lower);
		ends[upper][1]++;
		ends[lower][level]++;
	}
	for (unsigned z = 0; z < m->n_zones; z++)
		m->zones[z].ends = ends[z][0] > ends[z][1] ? ends[z][0] : ends[z][1];
	free(ends);
	return 0;
}

int map_routes_make(struct map *m, bool bundled)
{
	if (!m->routes)
		m->routes = calloc(ROUTES_MAX, sizeof(*m->routes));
	if (!m->routes)
		return -ENOMEM;
	memset(m->routes, 0, ROUTES_MAX * sizeof(*m->routes));
	m->bundled = bundled;
	m->n_routes = 0;
	for (unsigned i = 0; i < m->n_zones; i++)
		m->zones[i].inside = m->zones[i].inside_denied = m->zones[i].tracks = 0;
	for (unsigned i = 0; i < m->n_links; i++) {
		const struct map_link *k = &m->links[i];
		enum map_kind kind = k->denied ? MAP_DENIED : k->crosses ? MAP_CROSSES : MAP_INSIDE;
		unsigned a = m->devices[k->src].zone, b = m->devices[k->dest].zone;
		if (k->denied)
			m->devices[k->src].denied = m->devices[k->dest].denied = true;
		if (a == b) {
			m->zones[a].inside++;
			m->zones[a].inside_denied += k->denied;
		}
		if (bundled && (a == b || kind == MAP_INSIDE))
			continue;
		struct map_route *r = same_route(m, bundled ? a : k->src, bundled ? b : k->dest, kind);
		if (!r && m->n_routes == ROUTES_MAX) {
			m->links_left_out++;
			continue;
		}
		if (!r) {
			r = &m->routes[m->n_routes++];
			r->src = bundled ? a : k->src;
			r->dest = bundled ? b : k->dest;
			r->kind = kind;
			r->link = i;
			r->inner = a == b;
			unsigned from = map_row_of(m, a), to = map_row_of(m, b);
			r->up = from > to;
			r->channel = from < to ? from : to;
			r->n_legs = from == to ? 1 : from < to ? to - from : from - to;
		}
		r->n++;
		add_protocols(r, k->protocols);
	}
	for (unsigned i = 0; i < m->n_routes; i++)
		name_route(m, &m->routes[i]);
	return bundled ? count_ends(m) : 0;
}

/* ---- gaps, where lines pass a band */

struct gap {
	double from, to;
};

static unsigned gaps_of(const struct map *m, unsigned row, struct gap gaps[static MAP_ZONES_MAX + 1])
{
	unsigned n = 0;
	double at = MAP_MARGIN + MAP_LABEL - 12;

	for (unsigned i = 0; i < m->n_zones; i++) {
		const struct map_zone *z = &m->zones[i];
		if (z->n_devices == 0 || map_row_of(m, i) != row)
			continue;
		if (z->x - at > 8)
			gaps[n++] = (struct gap){at + 4, z->x - 4};
		if (z->x + z->w > at)
			at = z->x + z->w;
	}
	gaps[n++] = (struct gap){at + 6, m->width - MAP_MARGIN - 5};
	return n;
}

/* The place in a gap of @row that is free on both sides of the band and makes the way from @x to @goal shortest;
 * straight on, where that costs little. */
static double pass(struct map *m, struct taken *t, unsigned row, unsigned route, double x, double goal)
{
	enum { BEND = 30 };
	struct gap gaps[MAP_ZONES_MAX + 1];
	unsigned n = gaps_of(m, row, gaps);
	double best = gaps[n - 1].from, least = INFINITY; /* where nothing is free, lines lie on each other */

	for (unsigned i = 0; i < n; i++) {
		bool straight = x >= gaps[i].from && x <= gaps[i].to;
		for (double at = straight ? x : gaps[i].from; at <= gaps[i].to; straight = false) {
			double cost = fabs(at - x) + fabs(at - goal) * 0.9 + (fabs(at - x) > 0.1 ? BEND : 0);
			if (cost < least && taken_is_free(t, row - 1, route, at) && taken_is_free(t, row, route, at)) {
				least = cost;
				best = at;
			}
			at = straight ? gaps[i].from : at + MAP_SLOT;
		}
	}
	m->crowded |= isinf(least);
	taken_add(t, row - 1, route, best);
	taken_add(t, row, route, best);
	return best;
}

/* ---- ends */

static void edges(const struct map *m, unsigned end, double *x, double *w)
{
	*x = m->bundled ? m->zones[end].x : m->devices[end].x;
	*w = m->bundled ? m->zones[end].w : m->card_w;
}

static double middle(const struct map *m, unsigned end)
{
	double x, w;

	edges(m, end, &x, &w);
	return x + w / 2;
}

/* One end of a line at an edge of a card or zone. */
struct port {
	unsigned end, route;
	bool below, last; /* at its lower edge; the last leg's */
	double towards;
};

static int port_order(const void *a, const void *b)
{
	const struct port *p = a, *q = b;

	if (p->end != q->end)
		return p->end < q->end ? -1 : 1;
	if (p->below != q->below)
		return p->below < q->below ? -1 : 1;
	if (p->towards != q->towards)
		return p->towards < q->towards ? -1 : 1;
	return p->route < q->route ? -1 : 1;
}

/* The free place nearest to @x between @from and @to; @x where there is none, and the map is crowded. */
static double near(struct map *m, const struct taken *t, unsigned channel, unsigned route, double x, double from,
		   double to)
{
	for (double off = 0; off < to - from; off += 2) {
		if (x + off <= to && taken_is_free(t, channel, route, x + off))
			return x + off;
		if (x - off >= from && taken_is_free(t, channel, route, x - off))
			return x - off;
	}
	m->crowded = true;
	return x;
}

static void place_ports(struct map *m, struct taken *t, struct port *ports, unsigned n)
{
	qsort(ports, n, sizeof(*ports), port_order);
	for (unsigned i = 0, j; i < n; i = j) {
		for (j = i; j < n && ports[j].end == ports[i].end && ports[j].below == ports[i].below; j++)
			;
		double x, w;
		edges(m, ports[i].end, &x, &w);
		for (unsigned k = i; k < j; k++) {
			struct map_route *r = &m->routes[ports[k].route];
			unsigned row = map_row_of(m, zone_of(m, ports[k].end)),
				 channel = ports[k].below ? row : row - 1;
			double at =
			    near(m, t, channel, ports[k].route, x + w * (k - i + 1) / (j - i + 1), x + 5, x + w - 5);
			taken_add(t, channel, ports[k].route, at);
			*(ports[k].last ? &r->legs[r->n_legs - 1].x1 : &r->legs[0].x0) = at;
		}
	}
}

/* An end that is a little beside where its line comes from moves over, where nothing stands in the way. */
static void straighten(const struct map *m, struct taken *t)
{
	enum { LITTLE = 60 };

	for (unsigned i = 0; i < m->n_routes; i++) {
		struct map_route *r = &m->routes[i];
		for (int lower = 0; lower < 2; lower++) {
			struct map_leg *g = &r->legs[lower ? r->n_legs - 1 : 0];
			double *from = lower ? &g->x0 : &g->x1, *end = lower ? &g->x1 : &g->x0, x, w;
			unsigned channel = r->channel + (lower ? r->n_legs - 1 : 0);
			edges(m, (lower != 0) != r->up ? r->dest : r->src, &x, &w);
			if (*end == *from || fabs(*end - *from) > LITTLE || *from < x + 5 || *from > x + w - 5 ||
			    r->inner || !taken_is_free(t, channel, i, *from))
				continue;
			taken_move(t, channel, i, *end, *from);
			*end = *from;
		}
	}
}

/* ---- all together */

int map_routes_find(struct map *m)
{
	struct taken t;
	struct port *ports = calloc(2 * (size_t)m->n_routes + 1, sizeof(*ports));
	unsigned n = 0;
	int err = taken_init(&t, m) == 0 && ports ? 0 : -ENOMEM;

	m->crowded = false;
	for (unsigned i = 0; !err && i < m->n_routes; i++) {
		struct map_route *r = &m->routes[i];
		unsigned upper = r->up ? r->dest : r->src, lower = r->up ? r->src : r->dest;
		bool level = map_row_of(m, zone_of(m, upper)) == map_row_of(m, zone_of(m, lower));
		double x = middle(m, upper), goal = middle(m, lower);
		for (unsigned leg = 0; leg + 1 < r->n_legs; leg++) {
			x = pass(m, &t, r->channel + leg + 1, i, x, goal);
			r->legs[leg].x1 = r->legs[leg + 1].x0 = x;
		}
		ports[n++] = (struct port){upper, i, true, false, r->n_legs > 1 ? r->legs[0].x1 : goal};
		ports[n++] = (struct port){lower, i, level, true, r->n_legs > 1 ? x : middle(m, upper)};
	}
	if (!err) {
		place_ports(m, &t, ports, n);
		straighten(m, &t);
		err = map_tracks_find(m);
	}
	taken_deinit(&t);
	free(ports);
	return err;
}

/* ---- and where they are on the sheet */

void map_routes_place(struct map *m)
{
	for (unsigned i = 0; i < m->n_routes; i++) {
		struct map_route *r = &m->routes[i];
		unsigned upper = r->up ? r->dest : r->src, lower = r->up ? r->src : r->dest;
		const struct map_zone *a = &m->zones[zone_of(m, upper)], *b = &m->zones[zone_of(m, lower)];
		bool level = a->band == b->band;
		r->y0 = m->bundled ? a->y + a->h : m->devices[upper].y + m->card_h;
		r->y1 = m->bundled ? b->y : m->devices[lower].y;
		if (level)
			r->y1 = m->bundled ? b->y + b->h : m->devices[lower].y + m->card_h;
		for (unsigned leg = 0; leg < r->n_legs; leg++) {
			struct map_leg *g = &r->legs[leg];
			g->y = (r->inner ? r->y0 : m->channel_y[r->channel + leg]) + g->down;
		}
	}
}
