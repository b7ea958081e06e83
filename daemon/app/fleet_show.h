/*
 * What `sekisho fleet` prints: a table for a person, JSON lines or a sheet. Whoever may write into the Redis may have
 * written any text, so all of it is made fit for a terminal.
 */
#ifndef SEKISHO_APP_FLEET_SHOW_H
#define SEKISHO_APP_FLEET_SHOW_H

#include <stdio.h>

#include "app/command.h"
#include "app/fleet_alerts.h"
#include "app/fleet_assets.h"
#include "app/fleet_sensors.h"

enum fleet_form { FLEET_TABLE, FLEET_JSON, FLEET_CSV };

/** @encoding of a sheet; NULL: UTF-8 with a BOM. @return 0 or -ENOMEM, of each. */
int fleet_show_sensors(const struct fleet_sensors *s, enum fleet_form form, const char *encoding);

/** @zone: devices that some sensor sees there; NULL: all. @differing: only where the sensors say different things. */
int fleet_show_assets(const struct fleet_assets *a, const struct fleet_sensors *s, enum fleet_form form,
		      const char *encoding, const char *zone, bool differing);

/** @rows: fleet_alerts_sorted() */
int fleet_show_alerts(const struct fleet_alert *const *rows, size_t n, const struct fleet_sensors *s,
		      enum fleet_form form, const char *encoding);

/* ---- what the three share */

/** A sheet that is put together in memory. */
struct fleet_sheet {
	FILE *out;
	char *text;
	size_t len;
	bool at_start; /* of a line */
};

int fleet_sheet_begin(struct fleet_sheet *sheet, const char *const *titles, size_t n);
void fleet_sheet_cell(struct fleet_sheet *sheet, const char *text);
void fleet_sheet_number(struct fleet_sheet *sheet, uint64_t n);
void fleet_sheet_line(struct fleet_sheet *sheet);
int fleet_sheet_end(struct fleet_sheet *sheet, const char *encoding);

/** A cell of a table; "-" where it is not known. */
void fleet_table_number(struct text_table *t, bool known, uint64_t n);

/** Adds @text, and @separator before it where something stands there; what does not fit is left out whole. */
void fleet_append(char *buf, size_t size, const char *separator, const char *text);

#endif
