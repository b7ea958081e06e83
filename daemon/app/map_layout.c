/* Where zones and devices stand. The lines between them (map_route.c) say how much room the channels need. */
#include <errno.h>
#include <math.h>

#include "app/map.h"

enum { MAP_FOOT = 16, GAP = 10, ZONE_GAP = 16, ZONE_PAD = 8, CHANNEL_SPARE = 70 };

/* What stands around cards: less where these are small, so that they need not be smaller still. */
static const struct map_room roomy = {.zone_head = 20, .zone_foot = 8, .band_pad = 7, .channel_pad = 10};
static const struct map_room dense = {.zone_head = 15, .zone_foot = 5, .band_pad = 4, .channel_pad = 6};
enum { DENSE_HEIGHT = 18 }; /* of cards */

/* Card sizes from the comfortable to the barely readable; the last one is used whether it fits or not. Those with room
 * for a name alone are rather wide than high: whole names tell more than large ones. */
static const struct {
	double w, h;
} sizes[] = {{188, 50}, {168, 46}, {150, 42}, {132, 38}, {116, 34}, {100, 30}, {86, 28}, {76, 22},
	     {92, 17},  {84, 17},  {92, 15},  {84, 15},  {76, 15},  {68, 15},  {60, 15}};

enum {
	SINGLE_MAX = 90,  /* with more lines than that they are bundled by zones */
	SINGLE_SIZES = 6, /* the sizes at which conversations are drawn one by one */
	SIDE_MIN = 28,    /* free at the right, for lines that pass a band: so much at least */
};

static double gap_of(const struct map *m)
{
	return m->card_h < DENSE_HEIGHT ? 3.5 : m->card_w > 110 ? GAP : m->card_w > 80 ? 7 : 4;
}

static double zone_width(const struct map *m, unsigned columns)
{
	double gap = gap_of(m);

	return columns * (m->card_w + gap) - gap + 2 * ZONE_PAD;
}

/* As wide as its cards, or as the lines that end at one of its edges. */
static double width_of(const struct map *m, const struct map_zone *z)
{
	enum { BETWEEN = 6 };
	double lines = m->bundled ? z->ends * BETWEEN * m->width / MAP_WIDTH + 12 : 0;

	return fmax(zone_width(m, z->columns), lines);
}

static unsigned rows_for(unsigned devices, unsigned columns)
{
	return (devices + columns - 1) / columns;
}

/* The zone of this band that has most rows, and that more columns would help; -1: none. */
static int tallest(const struct map *m, unsigned band)
{
	int best = -1;

	for (unsigned i = 0; i < m->n_zones; i++) {
		const struct map_zone *z = &m->zones[i];
		if (z->band == band && z->n_devices > 0 && z->rows > 1 && (best < 0 || z->rows > m->zones[best].rows))
			best = (int)i;
	}
	return best;
}

/* Free at the right of a band, for the lines that pass it. */
static double side_of(const struct map *m, unsigned band)
{
	unsigned row = m->bands[band].row, passing = 0;

	for (unsigned i = 0; i < m->n_routes; i++) {
		const struct map_route *r = &m->routes[i];
		passing += !r->inner && row > r->channel && row < r->channel + r->n_legs;
	}
	double side = passing * MAP_SLOT + 12, most = m->width / 6;
	return side < SIDE_MIN ? SIDE_MIN : side > most ? most : side;
}

/* Gives the zones of a band their columns: one each at first, then always to the tallest while there is room. What is
 * left goes between the zones, where lines pass. Zones that do not fit side by side even so stay one column wide and
 * are pushed together. */
static void lay_band(struct map *m, unsigned band)
{
	double width = m->width - 2 * MAP_MARGIN - MAP_LABEL - side_of(m, band), used = 0;
	unsigned zones = 0;

	for (unsigned i = 0; i < m->n_zones; i++) {
		struct map_zone *z = &m->zones[i];
		if (z->band != band || z->n_devices == 0)
			continue;
		z->columns = 1;
		z->rows = z->n_devices;
		used += width_of(m, z) + ZONE_GAP;
		zones++;
	}
	for (int best; (best = tallest(m, band)) >= 0;) {
		struct map_zone *z = &m->zones[best];
		double before = width_of(m, z);
		z->columns++;
		double more = width_of(m, z) - before;
		if (used + more > width) {
			z->columns--;
			break;
		}
		z->rows = rows_for(z->n_devices, z->columns);
		used += more;
	}
	double x = MAP_MARGIN + MAP_LABEL, spare = used < width && zones > 0 ? (width - used) / zones : 0;
	double squeeze = used > width ? width / used : 1;
	m->squeezed |= used > width;
	spare = spare > 80 ? 80 : spare;
	for (unsigned i = 0; i < m->n_zones; i++) {
		struct map_zone *z = &m->zones[i];
		if (z->band != band || z->n_devices == 0)
			continue;
		z->x = x;
		z->w = width_of(m, z);
		x += (z->w + ZONE_GAP) * squeeze + spare;
	}
}

static void place_devices_across(struct map *m)
{
	unsigned placed[MAP_ZONES_MAX] = {0};

	for (unsigned i = 0; i < m->n_devices; i++) {
		struct map_device *d = &m->devices[i];
		const struct map_zone *z = &m->zones[d->zone];
		d->x = z->x + ZONE_PAD + placed[d->zone]++ % z->columns * (m->card_w + gap_of(m));
	}
}

static void place_devices_down(struct map *m)
{
	unsigned placed[MAP_ZONES_MAX] = {0};

	for (unsigned i = 0; i < m->n_devices; i++) {
		struct map_device *d = &m->devices[i];
		const struct map_zone *z = &m->zones[d->zone];
		d->y = z->y + m->room.zone_head + placed[d->zone]++ / z->columns * (m->card_h + gap_of(m));
	}
}

/* Bands from above to below, a channel after each. @return the height of the sheet that is used */
static double stack(struct map *m, double spare)
{
	double y = MAP_HEAD;

	for (unsigned b = 0; b < m->n_bands; b++) {
		struct map_band *band = &m->bands[b];
		double tall = 0;
		if (band->n_devices == 0)
			continue;
		for (unsigned i = 0; i < m->n_zones; i++) {
			struct map_zone *z = &m->zones[i];
			if (z->band != b || z->n_devices == 0)
				continue;
			z->h = z->rows * (m->card_h + gap_of(m)) - gap_of(m) + m->room.zone_head + m->room.zone_foot;
			z->h += z->tracks > 0 ? (z->tracks + 1) * MAP_TRACK_INSIDE : 0;
			z->y = y + m->room.band_pad;
			tall = z->h > tall ? z->h : tall;
		}
		band->y = y;
		band->h = tall + 2 * m->room.band_pad;
		m->channel_y[band->row] = y + band->h + spare / 2;
		y += band->h + m->channel_h[band->row] + (band->row + 1 < m->n_rows ? spare : 0);
	}
	return y + MAP_FOOT;
}

static bool is_one_row(const struct map *m)
{
	for (unsigned i = 0; i < m->n_zones; i++) {
		if (m->zones[i].n_devices > 0 && m->zones[i].rows > 1)
			return false;
	}
	return true;
}

/* @return 0 with *height, what is used of the sheet; -ENOMEM */
static int try_size(struct map *m, unsigned size, double pitch, double *height)
{
	m->card_w = sizes[size].w;
	m->card_h = sizes[size].h;
	m->room = m->card_h < DENSE_HEIGHT ? dense : roomy;
	m->pitch = pitch;
	m->squeezed = false;
	for (unsigned b = 0; b < m->n_bands; b++)
		lay_band(m, b);
	place_devices_across(m);
	int err = map_routes_find(m);
	if (!err)
		*height = stack(m, 0);
	return err;
}

/* Is everything on a sheet so many times as large, and nothing on anything else? */
static bool is_good(const struct map *m, double height, double scale)
{
	return height <= MAP_HEIGHT * scale && !m->crowded && !m->squeezed;
}

/* Conversations one by one need every device at the edge of its zone: one row of cards. */
static int try_single(struct map *m, double *height, bool *fits)
{
	int err = 0;

	*fits = false;
	for (unsigned i = 0; i < SINGLE_SIZES && !err && !*fits; i++) {
		err = try_size(m, i, 15, height);
		*fits = !err && is_one_row(m) && is_good(m, *height, 1);
	}
	return err;
}

static int try_bundled(struct map *m, double *height)
{
	static const double pitches[] = {15, 13, 11};
	enum { SCALE_MAX = 16 };
	enum { SIZES = sizeof(sizes) / sizeof(sizes[0]), PITCHES = sizeof(pitches) / sizeof(pitches[0]) };

	for (unsigned i = 0; i < SIZES * PITCHES; i++) {
		int err = try_size(m, i / PITCHES, pitches[i % PITCHES], height);
		if (err || is_good(m, *height, 1))
			return err;
	}
	/* nothing stands outside the sheet: all of it is drawn smaller, as little as may be */
	for (double scale = 1.02; scale < SCALE_MAX; scale *= scale < 1.2 ? 1.02 : 1.08) {
		m->width = MAP_WIDTH * scale;
		int err = try_size(m, SIZES - 1, pitches[PITCHES - 1], height);
		if (err || is_good(m, *height, scale))
			return err;
	}
	return 0;
}

int map_lay_out(struct map *m)
{
	double height = 0;
	int err = 0;

	m->n_rows = 0;
	m->width = MAP_WIDTH;
	for (unsigned b = 0; b < m->n_bands; b++) {
		if (m->bands[b].n_devices > 0)
			m->bands[b].row = m->n_rows++;
	}
	bool single = false;
	if (m->n_links <= SINGLE_MAX) {
		err = map_routes_make(m, false);
		if (!err)
			err = try_single(m, &height, &single);
	}
	if (!err && !single) {
		err = map_routes_make(m, true);
		if (!err)
			err = try_bundled(m, &height);
	}
	if (err)
		return err;
	double room = m->width * MAP_HEIGHT / MAP_WIDTH - height;
	double spare = m->n_rows > 1 && room > 0 ? room / (m->n_rows - 1) : 0;
	stack(m, spare > CHANNEL_SPARE ? CHANNEL_SPARE : spare);
	place_devices_down(m);
	map_routes_place(m);
	return 0;
}
