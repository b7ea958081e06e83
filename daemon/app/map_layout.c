#include "app/map.h"

enum { MAP_FOOT = 44, GAP = 10, ZONE_HEAD = 20, ZONE_PAD = 8, BAND_PAD = 8, BAND_GAP = 12 };

/* Card sizes from the comfortable to the barely readable; the last one is used whether it fits or not. */
static const struct {
	double w, h;
} sizes[] = {{188, 50}, {168, 46}, {150, 42}, {132, 38}, {116, 34}, {100, 30}, {86, 28}, {74, 25}, {64, 22}, {54, 19}};

static double gap_of(const struct map *m)
{
	return m->card_w > 110 ? GAP : m->card_w > 80 ? 7 : 5;
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

/* Gives the zones of a band their columns: one each at first, then always to the tallest while there is room. Zones
 * that do not fit side by side even so stay one column wide and are drawn narrower by being pushed together. */
static double lay_band(struct map *m, unsigned band)
{
	double width = MAP_WIDTH - 2 * MAP_MARGIN - MAP_LABEL, used = 0, tall = 0;

	for (unsigned i = 0; i < m->n_zones; i++) {
		struct map_zone *z = &m->zones[i];
		if (z->band != band || z->n_devices == 0)
			continue;
		z->columns = 1;
		z->rows = z->n_devices;
		used += zone_width(m, 1) + GAP;
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
	double x = MAP_MARGIN + MAP_LABEL;
	double squeeze = used > width ? width / used : 1;
	for (unsigned i = 0; i < m->n_zones; i++) {
		struct map_zone *z = &m->zones[i];
		if (z->band != band || z->n_devices == 0)
			continue;
		z->x = x;
		z->w = zone_width(m, z->columns);
		z->h = z->rows * (m->card_h + gap_of(m)) - gap_of(m) + ZONE_HEAD + ZONE_PAD;
		x += (z->w + GAP) * squeeze;
		if (z->h > tall)
			tall = z->h;
	}
	return tall + 2 * BAND_PAD;
}

static double try_size(struct map *m)
{
	double y = MAP_HEAD;

	for (unsigned b = 0; b < m->n_bands; b++) {
		struct map_band *band = &m->bands[b];
		if (band->n_devices == 0)
			continue;
		band->y = y;
		band->h = lay_band(m, b);
		y += band->h + BAND_GAP;
	}
	return y - BAND_GAP + MAP_FOOT;
}

static void place_devices(struct map *m)
{
	unsigned placed[MAP_ZONES_MAX] = {0};

	for (unsigned i = 0; i < m->n_zones; i++)
		m->zones[i].y = m->bands[m->zones[i].band].y + BAND_PAD;
	for (unsigned i = 0; i < m->n_devices; i++) {
		struct map_device *d = &m->devices[i];
		const struct map_zone *z = &m->zones[d->zone];
		unsigned n = placed[d->zone]++;
		d->x = z->x + ZONE_PAD + n % z->columns * (m->card_w + gap_of(m));
		d->y = z->y + ZONE_HEAD + n / z->columns * (m->card_h + gap_of(m));
	}
}

void map_lay_out(struct map *m)
{
	double height = 0;

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		m->card_w = sizes[i].w;
		m->card_h = sizes[i].h;
		height = try_size(m);
		if (height <= MAP_HEIGHT)
			break;
	}
	/* what room is left goes between the bands, where the lines run */
	unsigned bands = 0, before = 0;
	for (unsigned b = 0; b < m->n_bands; b++)
		bands += m->bands[b].n_devices > 0;
	double spare = bands > 1 && height < MAP_HEIGHT ? (MAP_HEIGHT - height) / (bands - 1) : 0;
	if (spare > 110)
		spare = 110;
	for (unsigned b = 0; b < m->n_bands; b++) {
		if (m->bands[b].n_devices > 0)
			m->bands[b].y += spare * before++;
	}
	place_devices(m);
}
