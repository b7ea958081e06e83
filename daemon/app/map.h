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
	bool denied;  /* takes part in what no conduit allows */
	double x, y;  /* of its card's upper left corner, once laid out */
};

struct map_zone {
	char id[128], name[256];
	unsigned band, n_devices;
	unsigned columns, rows;
	unsigned inside, inside_denied; /* conversations between two of its devices */
	unsigned tracks;                /* of lines below its cards */
	unsigned ends;                  /* of lines, at the edge that has most */
	double x, y, w, h;
};

struct map_band {
	char token[16], name[256];
	unsigned n_devices;
	unsigned row; /* from above, among the bands that are drawn */
	double y, h;
};

struct map_link {
	unsigned src, dest; /* places in map.devices */
	char protocols[96];
	uint64_t count;
	bool crosses, denied;
};

enum map_kind { MAP_INSIDE, MAP_CROSSES, MAP_DENIED };

/* A line's way through one channel: down to its track, along it, and on. */
struct map_leg {
	double x0, x1, label_x, y;
	double down; /* from the upper end of the channel, or of the zone's */
	unsigned track;
};

/* A line of the sheet: one conversation, or all of a kind from one zone to another. Between the bands, and below the
 * lowest, are channels; a line runs in these and through the gaps beside the zones, never over a zone that it does not
 * end at. */
struct map_route {
	unsigned src, dest; /* places in map.devices, or in map.zones where m->bundled */
	unsigned n, link;   /* conversations; one of them */
	enum map_kind kind;
	bool up;          /* who asks stands below */
	bool inner;       /* both in one zone: in the channel below its cards */
	unsigned channel; /* the uppermost that it runs in */
	unsigned n_legs;  /* how many it runs in */
	double y0, y1;    /* where it begins above and ends below */
	char label[128];
	double label_w;
	unsigned label_leg;
	struct map_leg legs[MAP_BANDS_MAX];
};

/** What stands around cards: the name of a zone above them, and so on. */
struct map_room {
	double zone_head, zone_foot, band_pad, channel_pad;
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
	struct map_room room;
	double width;    /* of the sheet: MAP_WIDTH, or more where all must be drawn smaller */
	unsigned n_rows; /* bands that are drawn */
	bool bundled;    /* lines lead from zone to zone */
	struct map_route *routes;
	unsigned n_routes;
	bool crowded;  /* lines lie on each other: there is no room for all that pass a band */
	bool squeezed; /* zones lie on each other */
	double channel_y[MAP_BANDS_MAX], channel_h[MAP_BANDS_MAX],
	    pitch; /* of the channels below the rows; between tracks */
};

/** @model  0: as the site has it (Purdue where it has both), else "pa" or "fa". @return 0; -errno with @c filled. */
int map_read(struct map *m, const char *state_dir, const char *model, bool japanese, struct complaint *c);
void map_free(struct map *m);

/** Chooses the largest cards that fit on the sheet and places everything. @return 0; -ENOMEM: nothing is placed */
int map_lay_out(struct map *m);

/** The lines, one for each conversation or, @bundled, for each pair of zones and kind. @return 0; -ENOMEM */
int map_routes_make(struct map *m, bool bundled);

/** Finds the ways of the lines, after the zones have their x, widths and rows: gaps, ends and tracks, and so how high
 * each channel must be. @return 0; -ENOMEM: the lines have no ways */
int map_routes_find(struct map *m);

/** Fills in where lines stand from above, after everything else has its y. */
void map_routes_place(struct map *m);

/** Size of the sheet and of what stands at its top, in units of 1/96 inch. */
enum { MAP_WIDTH = 1587, MAP_HEIGHT = 1123, MAP_HEAD = 84, MAP_MARGIN = 24, MAP_LABEL = 132 };
enum { MAP_TRACK_INSIDE = 12 /* between lines below the cards of a zone */, MAP_SLOT = 7 /* that pass a band */ };

/** @linked: a device's card leads to "#A000001" of the page that the drawing stands in. */
void map_write_svg(const struct map *m, bool linked, FILE *out);

/** The lines as map_write_dot() shows them. @return 0; -ENOMEM */
int map_prepare_dot(struct map *m);
void map_write_dot(const struct map *m, FILE *out);

/** Writes @text for XML or, @quotes, between the quotes of DOT; controls become '?', cut to @columns (0: whole). */
void map_put_text(FILE *out, const char *text, unsigned columns, bool dot);

#endif
