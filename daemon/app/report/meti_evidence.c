/* What the gatherers of the checklist fill in. */
#include <string.h>

#include "app/report/meti.h"

static const char *id_of(struct evidence *e, const char *id)
{
	return doc_format(&e->m->r->doc, "%s.%s", e->item->no, id);
}

static void add(struct evidence *e, struct doc_figure f)
{
	struct doc *d = &e->m->r->doc;

	if (e->n_figures == FIGURES_MAX)
		return;
	f.id = id_of(e, f.id);
	f.label = doc_keep(d, f.label);
	f.unit = doc_keep(d, f.unit);
	f.how = doc_keep(d, f.how);
	f.value.text = doc_keep(d, f.value.text ? f.value.text : "");
	e->figures[e->n_figures++] = f;
}

void meti_number(struct evidence *e, const char *id, const char *label, double value, const char *unit, enum tone tone,
		 const char *how)
{
	struct doc_cell cell = {.number = value, .is_number = true, .tone = tone};

	add(e, (struct doc_figure){.id = id, .label = label, .unit = unit, .how = how, .value = cell});
}

void meti_words(struct evidence *e, const char *id, const char *label, const char *value, enum tone tone,
		const char *how)
{
	struct doc_cell cell = {.text = value, .tone = tone};

	add(e, (struct doc_figure){.id = id, .label = label, .unit = "", .how = how, .value = cell});
}

double meti_sql(struct evidence *e, enum report_db db, const char *id, const char *label, const char *unit,
		const char *sql)
{
	double n = report_number(e->m->r, db, sql);

	meti_number(e, id, label, n, unit, TONE_PLAIN, report_how_sql(e->m->r, db, sql));
	return n;
}

void meti_finding(struct evidence *e, const char *text, double count, const char *unit)
{
	struct doc *d = &e->m->r->doc;

	if (e->n_findings < FINDINGS_MAX)
		e->findings[e->n_findings++] =
		    (struct meti_found){.text = doc_keep(d, text), .unit = doc_keep(d, unit), .count = count};
}

void meti_lack(struct evidence *e, const char *text)
{
	meti_finding(e, text, 0, "");
}

void meti_weaken(struct evidence *e, enum strength strength, const char *why)
{
	if (e->strength <= strength)
		return;
	e->strength = strength;
	e->why = doc_keep(&e->m->r->doc, why);
}

void meti_table(struct evidence *e, const char *id, const char *title, const char *how)
{
	doc_table(&e->m->r->doc, id_of(e, id), title, how);
}

void meti_left_out(struct evidence *e, double all)
{
	if (all > METI_ROWS)
		doc_left_out(&e->m->r->doc, (size_t)all - METI_ROWS);
}
