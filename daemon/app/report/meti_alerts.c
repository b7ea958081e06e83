/* Evidence of the checklist that alerts give: how many of each rule, and in which month and zone. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/report/meti.h"
#include "app/report/months.h"
#include "base/when.h"

enum { GRID_ROWS = 40, SQL_BYTES = 4096 };

struct grid {
	const char *rows[GRID_ROWS], *labels[GRID_ROWS];
	bool of_zones;
	double cells[GRID_ROWS][MONTHS_MAX];
	unsigned n;
	size_t left_out;
};

static unsigned grid_row(struct grid *g, struct doc *d, const char *key, const char *label)
{
	unsigned i = 0;

	while (i < g->n && strcmp(g->rows[i], key) != 0)
		i++;
	if (i == g->n && g->n < GRID_ROWS) {
		g->rows[g->n] = doc_keep(d, key);
		g->labels[g->n++] = doc_keep(d, label);
	}
	return i;
}

/* "key, month, count" of the item's alerts; one that lasts over months counts in each. */
static void grid_sql(struct evidence *e, const struct months *m, const char *key, char *sql)
{
	FILE *out = fmemopen(sql, SQL_BYTES, "w");

	if (!out) {
		sql[0] = '\0';
		e->m->r->doc.short_of_memory = true;
		return;
	}
	fputs("WITH m(k, a, b) AS (VALUES", out);
	for (unsigned i = 0; i < m->n; i++)
		fprintf(out, "%s (%u, %lld, %lld)", i ? "," : "", i, (long long)m->at[i].from_ns,
			(long long)m->at[i].to_ns);
	fprintf(out,
		") SELECT %s, k, count(*) FROM alerts JOIN m ON last_seen >= a AND first_seen < b WHERE rule_id IN (",
		key);
	for (unsigned i = 0; i < e->item->n_rules; i++)
		fprintf(out, "%s'%s'", i ? ", " : "", e->m->list->rules[e->item->rules[i]].id);
	fputs(") GROUP BY 1, 2 ORDER BY 1, 2", out);
	fclose(out);
}

static void grid_fill(struct evidence *e, struct grid *g, const char *sql)
{
	struct report *r = e->m->r;
	sqlite3_stmt *s = sql[0] ? report_query(r, IN_ALERTS, sql) : NULL;

	while (report_step(r, s)) {
		const char *key = report_text(s, 0);
		unsigned row = grid_row(g, &r->doc, key, key[0] ? key : say(W_METI_NO_ZONE));
		unsigned month = (unsigned)sqlite3_column_int(s, 1);
		if (row < GRID_ROWS && month < MONTHS_MAX)
			g->cells[row][month] = sqlite3_column_double(s, 2);
		else
			g->left_out++;
	}
}

/* How much of each month was watched, beside which a 0 has to be read. */
static void put_watched_row(struct report *r, const struct months *m)
{
	doc_cell(&r->doc, say(W_METI_MONTH_WATCHED));
	for (unsigned i = 0; i < m->n; i++)
		doc_cell(&r->doc, doc_format(&r->doc, "%.1f%%", month_watched(r, &m->at[i])));
}

static void put_grid(struct evidence *e, struct grid *g, const struct months *m, const char *first, const char *sql)
{
	struct doc *d = &e->m->r->doc;

	meti_table(e, "months", say(W_METI_MONTHS_TABLE), report_how_sql(e->m->r, IN_ALERTS, sql));
	doc_column(d, "row", first, false, 24);
	for (unsigned i = 0; i < m->n; i++) {
		time_t at = (time_t)(m->at[i].from_ns / NS_PER_S);
		struct tm tm = {0};
		char id[16], title[16];
		localtime_r(&at, &tm);
		strftime(id, sizeof(id), "%Y-%m", &tm);
		strftime(title, sizeof(title), m->n > 6 ? "%y/%m" : "%Y/%m", &tm);
		doc_column(d, id, title, true, 0);
	}
	put_watched_row(e->m->r, m);
	for (unsigned row = 0; row < g->n; row++) {
		if (g->of_zones && g->rows[row][0])
			doc_cell_zone(d, g->rows[row]);
		else
			doc_cell(d, g->labels[row]);
		for (unsigned i = 0; i < m->n; i++)
			doc_cell_number(d, g->cells[row][i]);
	}
	doc_left_out(d, g->left_out);
}

/* Zones in which the plant's end stands: what comes in from outside counts where it arrives. */
static void put_by_zone(struct evidence *e)
{
	struct months m = report_months(e->m->r);
	struct grid g = {.of_zones = true};
	char sql[SQL_BYTES];
	struct report *r = e->m->r;
	sqlite3_stmt *s = report_query(r, IN_LEDGER, "SELECT id FROM zone ORDER BY id");

	while (report_step(r, s))
		grid_row(&g, &r->doc, report_text(s, 0), report_text(s, 0));
	grid_sql(e, &m, "CASE WHEN src_zone IN ('internet', '') THEN dest_zone ELSE src_zone END", sql);
	grid_fill(e, &g, sql);
	put_grid(e, &g, &m, say(W_COL_ZONE), sql);
}

static void put_by_rule(struct evidence *e)
{
	struct months m = report_months(e->m->r);
	struct grid g = {.n = 0};
	char sql[SQL_BYTES];

	for (unsigned i = 0; i < e->item->n_rules; i++) {
		const struct check_rule *rule = &e->m->list->rules[e->item->rules[i]];
		grid_row(&g, &e->m->r->doc, rule->id, two_texts_say(&rule->label));
	}
	grid_sql(e, &m, "rule_id", sql);
	grid_fill(e, &g, sql);
	put_grid(e, &g, &m, say(W_METI_RULE), sql);
}

/* What is forbidden and did not happen is what is asked for. */
static void gather_by_zone(struct evidence *e)
{
	e->shown = true;
}

static void gather_rules(struct evidence *e)
{
	(void)e;
}

/* Devices that came with a visit that somebody had entered beforehand. */
static void gather_brought(struct evidence *e)
{
	meti_sql(
	    e, IN_LEDGER, "explained", say(W_PLANNED_BROUGHT), say(W_REPORT_ALERTS),
	    "SELECT count(DISTINCT alert_id) FROM work_alert WHERE rule = 'SKS-LA-01' AND muted AND last_ns >= ?1 AND "
	    "first_ns < ?2");
}

const struct gatherer meti_alerts[] = {
    {"by_zone", gather_by_zone, put_by_zone},
    {"by_rule", gather_rules, put_by_rule},
    {"rules", gather_rules, NULL},
    {"brought", gather_brought, NULL},
    {NULL, NULL, NULL},
};
