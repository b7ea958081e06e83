/* Conversations from zone to zone against the conduits that are declared. Those with routers themselves, which answer
 * in each of their zones, cross nothing and are left out; what no conduit allows is told all the same. */
#ifndef SEKISHO_APP_REPORT_MATRIX_H
#define SEKISHO_APP_REPORT_MATRIX_H

#include "app/report/report.h"

/* z1, z2: zones, '*' outside, '' of no zone; v: 1 allowed, 2 not, 0 not judged; p: protocol */
#define MATRIX_PLACED                                                                                                  \
	"FROM (SELECT CASE WHEN k.src_no = 0 THEN '*' ELSE ifnull(s.zone, '') END AS z1, CASE WHEN k.dest_no = 0 "     \
	"THEN "                                                                                                        \
	"'*' ELSE ifnull(d.zone, '') END AS z2, k.verdict AS v, k.protocol AS p FROM link k LEFT JOIN asset s ON "     \
	"s.no = k.src_no LEFT JOIN asset d ON d.no = k.dest_no WHERE k.last_ns >= ?1 AND k.first_ns < ?2 AND "         \
	"(k.verdict = 2 OR (ifnull(s.router, 0) = 0 AND ifnull(d.router, 0) = 0)))"
#define MATRIX_CROSSINGS "SELECT count(*) " MATRIX_PLACED " WHERE z1 <> z2"
#define MATRIX_DENIED    MATRIX_CROSSINGS " AND v = 2"

/** A table with a row for each two zones between which there is anything, the first @rows of them. */
void report_put_matrix(struct report *r, const char *id, unsigned rows);

#endif
