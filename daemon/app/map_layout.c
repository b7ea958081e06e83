/* Where zones and devices stand. The lines between them (map_route.c) say how much room the channels need. */
#include <errno.h>

#include "app/map.h"

enum { MAP_FOOT = 16, GAP = 10, ZONE_GAP = 16, ZONE_HEAD = 20, ZONE_PAD = 8, BAND_PAD = 7, CHANNEL_SPARE = 70 };

/* Card sizes from the comfortable to the barely readable; the last one is used whether it fits or not. */
static const struct {
	double w, h;
} sizes[] = {{188, 50}, {168, 46}, {150, 42}, {132, 38}, {116, 34}, {100, 30},
	     {86, 28},  {76, 22},  {68, 19},  {60, 17},  {54, 15}};

enum {
	SINGLE_MAX = 90,  /* with more lines than that they are bundled by zones */
	SINGLE_SIZES = 6, /* the sizes at which conversations are drawn one by one */
	SIDE_MIN = 28,    /* free at the right, for lines that pass bands */
};

static double gap_of(const struct map *m)
{
	return m->card_w > 110 ? GAP : m->card_w > 80 ? 7 : 4;
}

static double zone_width(const struct map *m, unsigned columns)
{
	double gap = gap_of(m);

	return columns * (m->card_w + gap) - gap + 2 * ZONE_PAD;
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

/* Gives the zones of a band their columns: one each at first, then always to the tallest while there is room. What is
 * left goes between the zones, where lines pass. Zones that do not fit side by side even so stay one column wide and
 * are pushed together. */
static void lay_band(struct map *m, unsigned band)
{
	double width = m->width - 2 * MAP_MARGIN - MAP_LABEL - SIDE_MIN, used = 0;
	unsigned zones = 0;

	for (unsigned i = 0; i < m->n_zones; i++) {
		struct map_zone *z = &m->zones[i];
		if (z->band != band || z->n_devices == 0)
			continue;
		z->columns = 1;
		z->rows = z->n_devices;
		used += zone_width(m, 1) + ZONE_GAP;
		zones++;
	}
	for (int best; (best = tallest(m, band)) >= 0;) {
		double more = m->card_w + gap_of(m);
		if (used + more > width)
			break;
		struct map_zone *z = &m->zones[best];
		z->columns++;
		z->rows = rows_for(z->n_devices, z->columns);
		used += more;
	}
	double x = MAP_MARGIN + MAP_LABEL, spare = used < width && zones > 0 ? (width - used) / zones : 0;
	double squeeze = used > width ? width / used : 1;
	spare = spare > 80 ? 80 : spare;
	for (unsigned i = 0; i < m->n_zones; i++) {
		struct map_zone *z = &m->zones[i];
		if (z->band != band || z->n_devices == 0)
			continue;
		z->x = x;
		z->w = zone_width(m, z->columns);
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
		d->y = z->y + ZONE_HEAD + placed[d->zone]++ / z->columns * (m->card_h + gap_of(m));
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
			z->h = z->rows * (m->card_h + gap_of(m)) - gap_of(m) + ZONE_HEAD + ZONE_PAD;
			z->h += z->tracks > 0 ? (z->tracks + 1) * MAP_TRACK_INSIDE : 0;
			z->y = y + BAND_PAD;
			tall = z->h > tall ? z->h : tall;
		}
		band->y = y;
		band->h = tall + 2 * BAND_PAD;
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
	m->pitch = pitch;
	for (unsigned b = 0; b < m->n_bands; b++)
		lay_band(m, b);
	place_devices_across(m);
	int err = map_routes_find(m);
	if (!err)
		*height = stack(m, 0);
	return err;
}

/* Conversations one by one need every device at the edge of its zone: one row of cards. */
static int try_single(struct map *m, double *height, bool *fits)
{
	int err = 0;

	*fits = false;
	for (unsigned i = 0; i < SINGLE_SIZES && !err && !*fits; i++) {
		err = try_size(m, i, 15, height);
		*fits = !err && is_one_row(m) && *height <= MAP_HEIGHT;
	}
	return err;
}

static int try_bundled(struct map *m, double *height)
{
	static const double pitches[] = {15, 13, 11};
	enum { SIZES = sizeof(sizes) / sizeof(sizes[0]), PITCHES = sizeof(pitches) / sizeof(pitches[0]) };

	for (unsigned i = 0; i < SIZES * PITCHES; i++) {
		int err = try_size(m, i / PITCHES, pitches[i % PITCHES], height);
		if (err || *height <= MAP_HEIGHT)
			return err;
	}
	/* nothing stands outside the sheet: all of it is drawn smaller */
	for (double scale = 1.08; scale < 8; scale *= 1.08) {
		m->width = MAP_WIDTH * scale;
		int err = try_size(m, SIZES - 1, pitches[PITCHES - 1], height);
		if (err || *height <= MAP_HEIGHT * scale)
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
