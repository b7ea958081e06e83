#include "app/report/matrix.h"

#include <string.h>

#include "app/words.h"

#define MATRIX                                                                                                         \
	"SELECT z1, z2, sum(v = 1), sum(v = 2), sum(v = 0), group_concat(DISTINCT p) " MATRIX_PLACED                   \
	" WHERE z1 <> z2 GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2"

static void put_zone(struct doc *d, const char *zone)
{
	if (strcmp(zone, "*") != 0 && zone[0])
		doc_cell_zone(d, zone);
	else
		doc_cell(d, say(zone[0] ? W_METI_OUTSIDE : W_METI_NO_ZONE));
}

void report_put_matrix(struct report *r, const char *id, unsigned rows)
{
	struct doc *d = &r->doc;
	unsigned n = 0;

	doc_table(d, id, say(W_METI_MATRIX), report_how_sql(r, IN_LEDGER, MATRIX));
	doc_column(d, "from", say(W_COL_FROM), false, 0);
	doc_column(d, "to", say(W_COL_TO), false, 0);
	doc_column(d, "allowed", say(W_METI_COL_ALLOWED), true, 0);
	doc_column(d, "denied", say(W_METI_COL_DENIED), true, 0);
	doc_column(d, "unjudged", say(W_METI_COL_UNJUDGED), true, 0);
	doc_column(d, "protocols", say(W_COL_PROTOCOL), false, 40);
	sqlite3_stmt *s = report_query(r, IN_LEDGER, MATRIX);
	while (report_step(r, s)) {
		if (n++ >= rows)
			continue;
		put_zone(d, report_text(s, 0));
		put_zone(d, report_text(s, 1));
		for (int i = 2; i < 5; i++)
			doc_cell_number(d, sqlite3_column_double(s, i));
		doc_cell(d, report_text(s, 5));
	}
	if (n > rows)
		doc_left_out(d, n - rows);
}
