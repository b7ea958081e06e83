/*
 * What the files of the map share: where upright parts of lines stand (map_taken.c), tracks for their level parts
 * (map_tracks.c), and names that are made to fit (map_names.c).
 */
#ifndef SEKISHO_APP_MAP_OWN_H
#define SEKISHO_APP_MAP_OWN_H

#include <stdbool.h>
#include <stddef.h>

#include "app/map.h"

/* ---- upright parts in each channel, by where they stand: nobody else's may lie on them */

struct part;

struct taken {
	struct part *parts;
	unsigned *first, n, n_columns; /* of each channel's columns: a place in parts */
};

/** Room for all parts of the routes of @m. @return 0; -ENOMEM. To be ended in both cases. */
int taken_init(struct taken *t, const struct map *m);
void taken_deinit(struct taken *t);
bool taken_is_free(const struct taken *t, unsigned channel, unsigned route, double x);
void taken_add(struct taken *t, unsigned channel, unsigned route, double x);
void taken_move(struct taken *t, unsigned channel, unsigned route, double x, double to);

/* ---- tracks */

/** Tracks and labels of all lines, once the ends of their legs are known, and so the height of each channel.
 * @return 0; -ENOMEM */
int map_tracks_find(struct map *m);

/* ---- names */

/** The name of @d in so many columns: what it shares with those around it goes first, then what is too much of the
 * rest, out of its middle. */
void map_short_name(const struct map *m, const struct map_device *d, unsigned columns, char *buf, size_t size);

/** What it is and where: of the two the address is never cut. */
void map_kind_line(const struct map_device *d, bool japanese, const char *ip, unsigned room, char *line, size_t size);

static inline unsigned map_row_of(const struct map *m, unsigned zone)
{
	return m->bands[m->zones[zone].band].row;
}

#endif
