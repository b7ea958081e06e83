/*
 * What `sekisho learn` and `sekisho policy test` propose: conduit lines, zones and a register, as text for a person to
 * read, change and confirm. The same survey gives the same bytes.
 */
#ifndef SEKISHO_APP_DRAFT_H
#define SEKISHO_APP_DRAFT_H

#include <stdio.h>

#include "app/survey.h"

enum { DRAFT_LINE_MAX = 1024 };

/** The conduit line that would allow this one row. @return @buf. */
const char *draft_line_for_row(const struct survey_row *r, char buf[static DRAFT_LINE_MAX]);

/** Lines that would allow everything denied among @rows, joined where only class or addresses differ. */
void draft_missing_lines(const struct survey *s, struct survey_row **rows, size_t n, FILE *out);

/** A whole configuration: zones as configured, or drafted from addresses; conduits; learning. @devices as of
 * draft_read_devices(). */
struct draft_devices;
void draft_config(struct survey *s, struct survey_row **rows, size_t n, const struct draft_devices *devices, FILE *out);

/** The register as CSV (UTF-8 with BOM, so that Excel reads it). */
void draft_register(const struct draft_devices *devices, FILE *out);

/** The devices of the survey's ledger. @return 0; -errno with @c filled. */
int draft_read_devices(struct draft_devices **out, const struct survey *s, struct complaint *c);
void draft_free_devices(struct draft_devices *d);

#endif
