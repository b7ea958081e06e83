/*
 * The plant on one page: levels or factory zones as bands, zones in them, devices in these, and who talks to whom. Read
 * from a ledger once, laid out on an A3 sheet, written as SVG or for Graphviz. The same ledger gives the same bytes.
 */
#ifndef SEKISHO_APP_MAP_H
#define SEKISHO_APP_MAP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"

enum { MAP_BANDS_MAX = 16, MAP_DEVICES_MAX = 2000, MAP_ZONES_MAX = 256, MAP_LINKS_MAX = 20000 };

enum map_model { MAP_PA, MAP_FA };

struct map_device {
	char id[64];    /* asset id, or the address of who is no asset */
	char name[256]; /* as it is: from the wire or the register */
	char ip[48], kind[32];
	unsigned zone; /* place in map.zones */
	bool unregistered, outside;
	bool guessed; /* its kind is suggested by its behaviour */
	double x, y;  /* of its card's upper left corner, once laid out */
};

struct map_zone {
	char id[128], name[256];
	unsigned band, n_devices;
	unsigned columns, rows;
	double x, y, w, h;
};

struct map_band {
	char token[16], name[256];
	unsigned n_devices;
	double y, h;
};

struct map_link {
	unsigned src, dest; /* places in map.devices */
	char protocols[96];
	uint64_t count;
	bool crosses, denied;
};

struct map {
	enum map_model model;
	bool japanese;
	struct map_band bands[MAP_BANDS_MAX];
	unsigned n_bands;
	struct map_zone *zones;
	unsigned n_zones;
	struct map_device *devices;
	unsigned n_devices;
	struct map_link *links;
	unsigned n_links, links_left_out, devices_left_out;
	char last_seen[40];
	double card_w, card_h; /* chosen by the layout */
};

/** @model  0: as the site has it (Purdue where it has both), else "pa" or "fa". @return 0; -errno with @c filled. */
int map_read(struct map *m, const char *state_dir, const char *model, bool japanese, struct complaint *c);
void map_free(struct map *m);

/** Chooses the largest cards that fit on the sheet and places everything. */
void map_lay_out(struct map *m);

/** Size of the sheet and of what stands at its top, in units of 1/96 inch. */
enum { MAP_WIDTH = 1587, MAP_HEIGHT = 1123, MAP_HEAD = 84, MAP_MARGIN = 24, MAP_LABEL = 132 };

void map_write_svg(const struct map *m, FILE *out);
void map_write_dot(const struct map *m, FILE *out);

/** Writes @text for XML or, @quotes, between the quotes of DOT; controls become '?', cut to @columns (0: whole). */
void map_put_text(FILE *out, const char *text, unsigned columns, bool dot);

#endif
