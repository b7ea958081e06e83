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
#include "base/text.h"

enum {
	ROUTES_MAX = 4096,
	SLOT = 7,         /* between lines that pass a band */
	APART = 5,        /* between upright parts in a channel */
	TAKEN_MAX = 4096, /* upright parts in all channels */
	LABEL_COLUMNS = 44,
	CHANNEL_PAD = 10,
};

/* ---- which lines there are */

static unsigned band_row(const struct map *m, unsigned zone)
{
	return m->bands[m->zones[zone].band].row;
}

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
	char text[512], shown[512];

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
	snprintf(r->label, sizeof(r->label), "%s", shown);
	r->label_w = r->kind == MAP_INSIDE ? 0 : columns * 5.2 + 8;
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
			unsigned from = band_row(m, a), to = band_row(m, b);
			r->up = from > to;
			r->channel = from < to ? from : to;
			r->n_legs = from == to ? 1 : from < to ? to - from : from - to;
		}
		r->n++;
		add_protocols(r, k->protocols);
	}
	for (unsigned i = 0; i < m->n_routes; i++)
		name_route(m, &m->routes[i]);
	return 0;
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
		if (z->n_devices == 0 || band_row(m, i) != row)
			continue;
		if (z->x - at > 8)
			gaps[n++] = (struct gap){at + 4, z->x - 4};
		if (z->x + z->w > at)
			at = z->x + z->w;
	}
	gaps[n++] = (struct gap){at + 6, m->width - MAP_MARGIN - 5};
	return n;
}

/* Upright parts in each channel: nobody else's may lie on them. */
struct taken {
	double x[TAKEN_MAX];
	unsigned channel[TAKEN_MAX], route[TAKEN_MAX], n;
};

static bool is_free(const struct taken *t, unsigned channel, unsigned route, double x)
{
	for (unsigned i = 0; i < t->n; i++) {
		if (t->channel[i] == channel && t->route[i] != route && fabs(t->x[i] - x) < APART)
			return false;
	}
	return true;
}

static void take(struct taken *t, unsigned channel, unsigned route, double x)
{
	if (t->n == TAKEN_MAX)
		return;
	t->x[t->n] = x;
	t->channel[t->n] = channel;
	t->route[t->n++] = route;
}

/* The place in a gap of @row that is free on both sides of the band and makes the way from @x to @goal shortest;
 * straight on, where that costs little. */
static double pass(const struct map *m, struct taken *t, unsigned row, unsigned route, double x, double goal)
{
	enum { BEND = 30 };
	struct gap gaps[MAP_ZONES_MAX + 1];
	unsigned n = gaps_of(m, row, gaps);
	double best = gaps[n - 1].from, least = INFINITY;

	for (unsigned i = 0; i < n; i++) {
		bool straight = x >= gaps[i].from && x <= gaps[i].to;
		for (double at = straight ? x : gaps[i].from; at <= gaps[i].to; straight = false) {
			double cost = fabs(at - x) + fabs(at - goal) * 0.9 + (fabs(at - x) > 0.1 ? BEND : 0);
			if (cost < least && is_free(t, row - 1, route, at) && is_free(t, row, route, at)) {
				least = cost;
				best = at;
			}
			at = straight ? gaps[i].from : at + SLOT;
		}
	}
	take(t, row - 1, route, best);
	take(t, row, route, best);
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

/* The free place nearest to @x between @from and @to; @x where there is none. */
static double near(const struct taken *t, unsigned channel, unsigned route, double x, double from, double to)
{
	for (double off = 0; off < to - from; off += 2) {
		if (x + off <= to && is_free(t, channel, route, x + off))
			return x + off;
		if (x - off >= from && is_free(t, channel, route, x - off))
			return x - off;
	}
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
			unsigned row = band_row(m, zone_of(m, ports[k].end)), channel = ports[k].below ? row : row - 1;
			double at =
			    near(t, channel, ports[k].route, x + w * (k - i + 1) / (j - i + 1), x + 5, x + w - 5);
			take(t, channel, ports[k].route, at);
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
			    r->inner || !is_free(t, channel, i, *from))
				continue;
			for (unsigned k = 0; k < t->n; k++) {
				if (t->route[k] == i && t->channel[k] == channel && t->x[k] == *end)
					t->x[k] = *from;
			}
			*end = *from;
		}
	}
}

/* ---- tracks */

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

/* @return how many tracks the @n stretches need */
static unsigned give_tracks(struct map *m, struct stretch *s, unsigned n)
{
	enum { TRACKS_MAX = 512 };
	double ends[TRACKS_MAX];
	unsigned tracks = 0;

	qsort(s, n, sizeof(*s), stretch_order);
	for (unsigned i = 0; i < n; i++) {
		unsigned at = 0;
		while (at < tracks && ends[at] + 6 > s[i].from)
			at++;
		if (at == tracks && tracks < TRACKS_MAX)
			tracks++;
		at = at < TRACKS_MAX ? at : TRACKS_MAX - 1;
		ends[at] = s[i].to;
		m->routes[s[i].route].legs[s[i].leg].track = at;
	}
	return tracks;
}

static void find_tracks(struct map *m, struct stretch *s)
{
	for (unsigned row = 0; row < m->n_rows; row++) {
		unsigned n = 0;
		for (unsigned i = 0; i < m->n_routes; i++) {
			const struct map_route *r = &m->routes[i];
			if (!r->inner && row >= r->channel && row < r->channel + r->n_legs)
				s[n++] = stretch_of(r, i, row - r->channel);
		}
		unsigned tracks = give_tracks(m, s, n);
		m->channel_h[row] = tracks > 0            ? tracks * m->pitch + CHANNEL_PAD
				    : row + 1 < m->n_rows ? CHANNEL_PAD
							  : 0;
	}
	for (unsigned z = 0; z < m->n_zones && !m->bundled; z++) {
		unsigned n = 0;
		for (unsigned i = 0; i < m->n_routes; i++) {
			if (m->routes[i].inner && m->devices[m->routes[i].src].zone == z)
				s[n++] = stretch_of(&m->routes[i], i, 0);
		}
		m->zones[z].tracks = give_tracks(m, s, n);
	}
}

int map_routes_find(struct map *m)
{
	struct taken *t = calloc(1, sizeof(*t));
	struct port *ports = calloc(2 * (size_t)m->n_routes + 1, sizeof(*ports));
	struct stretch *s = calloc(m->n_routes + 1, sizeof(*s));
	unsigned n = 0;
	int err = t && ports && s ? 0 : -ENOMEM;

	for (unsigned i = 0; !err && i < m->n_routes; i++) {
		struct map_route *r = &m->routes[i];
		unsigned upper = r->up ? r->dest : r->src, lower = r->up ? r->src : r->dest;
		bool level = band_row(m, zone_of(m, upper)) == band_row(m, zone_of(m, lower));
		double x = middle(m, upper), goal = middle(m, lower);
		for (unsigned leg = 0; leg + 1 < r->n_legs; leg++) {
			x = pass(m, t, r->channel + leg + 1, i, x, goal);
			r->legs[leg].x1 = r->legs[leg + 1].x0 = x;
		}
		ports[n++] = (struct port){upper, i, true, false, r->n_legs > 1 ? r->legs[0].x1 : goal};
		ports[n++] = (struct port){lower, i, level, true, r->n_legs > 1 ? x : middle(m, upper)};
	}
	if (!err) {
		place_ports(m, t, ports, n);
		straighten(m, t);
		for (unsigned i = 0; i < m->n_routes; i++)
			choose_label_leg(m, &m->routes[i]);
		find_tracks(m, s);
	}
	free(t);
	free(ports);
	free(s);
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
			g->y = r->inner ? r->y0 + (g->track + 1) * MAP_TRACK_INSIDE
					: m->channel_y[r->channel + leg] + CHANNEL_PAD + g->track * m->pitch;
		}
	}
}
