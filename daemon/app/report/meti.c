/*
 * METI's factory guideline, Appendix E, item by item: what was found, what speaks for it and how far that carries, and
 * where a person has to look. Findings come before scores, and a score is a proposal: at most 3, since 4 and 5 ask for
 * procedures that are written down and reviewed, which no traffic shows.
 */
#include "app/report/meti.h"

#include <string.h>

#include "base/when.h"

static const struct gatherer *const gatherers[] = {meti_alerts, meti_papers, meti_people, meti_traffic, meti_sensor};

static const struct gatherer *find_gatherer(const char *name)
{
	for (size_t i = 0; i < sizeof(gatherers) / sizeof(gatherers[0]); i++) {
		for (const struct gatherer *g = gatherers[i]; g->name; g++) {
			if (strcmp(g->name, name) == 0)
				return g;
		}
	}
	return NULL;
}

/* ---- gathering */

const char *meti_watched_sql(struct report *r)
{
	int64_t end_ns = r->period.to_ns < r->now_ns ? r->period.to_ns : r->now_ns;

	return doc_format(
	    &r->doc,
	    "SELECT ifnull(round(100.0 * sum(max(0, min(to_ns, %lld) - max(from_ns, ?1, before))) / (%lld - ?1), 2), "
	    "0) "
	    "FROM (SELECT from_ns, to_ns, ifnull(max(to_ns) OVER (ORDER BY from_ns, to_ns ROWS BETWEEN UNBOUNDED "
	    "PRECEDING AND 1 PRECEDING), 0) AS before FROM watch WHERE to_ns > ?1 AND from_ns < ?2)",
	    (long long)end_ns, (long long)end_ns);
}

/* One way through the alerts for all rules. */
static void count_rules(struct meti *m)
{
	sqlite3_stmt *s = report_query(m->r, IN_ALERTS,
				       "SELECT rule_id, count(*), sum(state = 'open') FROM alerts WHERE last_seen >= "
				       "?1 AND first_seen < ?2 GROUP BY rule_id");

	while (report_step(m->r, s)) {
		for (unsigned i = 0; i < m->list->n_rules; i++) {
			if (strcmp(report_text(s, 0), m->list->rules[i].id) != 0)
				continue;
			m->rules[i].seen = sqlite3_column_double(s, 1);
			m->rules[i].open = sqlite3_column_double(s, 2);
		}
	}
}

static void put_rules(struct evidence *e)
{
	struct report *r = e->m->r;

	for (unsigned i = 0; i < e->item->n_rules; i++) {
		const struct check_rule *rule = &e->m->list->rules[e->item->rules[i]];
		double seen = e->m->rules[e->item->rules[i]].seen, open = e->m->rules[e->item->rules[i]].open;
		const char *label = two_texts_say(&rule->label);
		meti_number(e, rule->id, doc_format(&r->doc, "%s (%s)", label, rule->id), seen, say(W_REPORT_ALERTS),
			    seen > 0 ? TONE_BAD : TONE_GOOD,
			    report_how(r, doc_format(&r->doc, "alerts --rule %s --active --count", rule->id), true));
		if (seen > 0)
			meti_finding(e, doc_format(&r->doc, say(W_METI_RULE_FINDING), label, open), seen,
				     say(W_REPORT_ALERTS));
	}
}

/* How far it carries, given for what part of the time it speaks. */
static void weigh(struct evidence *e)
{
	struct report *r = e->m->r;

	if (e->strength == STRENGTH_NONE || e->on_paper)
		return;
	if (e->m->watched < WATCHED_TOO_LITTLE)
		meti_weaken(e, STRENGTH_NONE, doc_format(&r->doc, say(W_METI_NOT_WATCHED), e->m->watched));
	else if (e->m->watched < WATCHED_ENOUGH)
		meti_weaken(e, e->strength > STRENGTH_WEAK ? e->strength - 1 : STRENGTH_WEAK,
			    doc_format(&r->doc, say(W_METI_WATCHED_ONLY), e->m->watched));
}

/* At most 3, and no more than what was seen says. */
static unsigned propose(const struct evidence *e)
{
	if (e->strength == STRENGTH_NONE)
		return 0;
	if (e->missing)
		return 1;
	if (!e->shown)
		return 0;
	return e->strength == STRENGTH_STRONG && e->n_findings == 0 ? 3 : 2;
}

static void gather(struct meti *m, const struct check_item *item, struct evidence *e)
{
	const struct gatherer *g = find_gatherer(item->evidence);

	*e = (struct evidence){.m = m, .item = item, .strength = item->strength};
	if (item->strength == STRENGTH_NONE)
		return;
	put_rules(e);
	if (g)
		g->gather(e);
	weigh(e);
	e->level = propose(e);
}

/* ---- the document */

static const char *strength_word(enum strength s)
{
	static const enum word words[] = {W_METI_NONE, W_METI_WEAK, W_METI_PARTIAL, W_METI_STRONG};

	return say(words[s]);
}

static const char *level_words(struct report *r, unsigned level)
{
	static const enum word words[] = {W_METI_LEVEL_NONE, W_METI_LEVEL_1, W_METI_LEVEL_2, W_METI_LEVEL_3};

	return doc_keep(&r->doc, say(words[level <= 3 ? level : 0]));
}

static void put_beginning(struct meti *m)
{
	struct report *r = m->r;
	struct doc *d = &r->doc;
	struct coverage k = report_coverage(r);

	report_put_title(r, say(W_METI_TITLE));
	doc_paragraph(d, doc_format(d, say(W_METI_CHECKLIST), two_texts_say(&m->list->name), m->list->id,
				    m->list->version, m->list->n_items));
	doc_warning(d, say(W_METI_WARNING));
	doc_paragraph(d, say(W_METI_COVERAGE));
	report_put_watched(r, &k);
	if (k.frames <= 0)
		doc_warning(d, say(W_REPORT_NOTHING_SEEN));
}

/* "0.01 %", "11 alerts": what is found is counted in many units. */
static const char *found_text(struct doc *d, const struct meti_found *f)
{
	char number[40];

	return doc_format(d, "%s%s%s", doc_number_text(f->count, number, sizeof(number)), doc_unit_gap(f->unit),
			  f->unit);
}

static void put_findings(struct meti *m, const struct evidence *all)
{
	struct doc *d = &m->r->doc;

	doc_heading(d, 1, say(W_METI_FINDINGS));
	doc_table(d, "findings", say(W_METI_FINDINGS_TABLE), "");
	doc_column(d, "no", "No.", false, 0);
	doc_column(d, "finding", say(W_METI_FINDING), false, 60);
	doc_column(d, "count", say(W_METI_FIGURE), true, 0);
	for (unsigned i = 0; i < m->list->n_items; i++) {
		for (unsigned k = 0; k < all[i].n_findings; k++) {
			const struct meti_found *f = &all[i].findings[k];
			doc_cell(d, all[i].item->no);
			doc_cell(d, f->text);
			doc_cell(d, f->count > 0 ? found_text(d, f) : "-");
		}
	}
}

static void put_figures(struct evidence *e)
{
	struct doc *d = &e->m->r->doc;

	for (unsigned i = 0; i < e->n_figures; i++) {
		const struct doc_figure *f = &e->figures[i];
		if (f->value.is_number)
			doc_number(d, f->id, f->label, f->value.number, f->unit, f->value.tone, f->how);
		else
			doc_words(d, f->id, f->label, f->value.text, f->value.tone, f->how);
	}
}

static void put_fields(struct doc *d)
{
	const char *const labels[] = {say(W_METI_FIELD_LEVEL), say(W_METI_FIELD_NAME), say(W_METI_FIELD_DATE), NULL};

	doc_fields(d, labels);
}

static const char *findings_text(struct evidence *e)
{
	struct doc *d = &e->m->r->doc;
	const char *text = "";

	for (unsigned i = 0; i < e->n_findings; i++) {
		const struct meti_found *f = &e->findings[i];
		const char *between = i ? say(W_METI_BETWEEN) : "";
		if (f->count > 0)
			text = doc_format(d, "%s%s%s: %s", text, between, f->text, found_text(d, f));
		else
			text = doc_format(d, "%s%s%s", text, between, f->text);
	}
	return text;
}

static void put_answer(struct evidence *e)
{
	struct doc *d = &e->m->r->doc;
	const struct gatherer *g = find_gatherer(e->item->evidence);

	if (e->n_findings > 0)
		doc_warning(d, doc_format(d, say(W_METI_FOUND), findings_text(e)));
	else
		doc_paragraph(d, say(e->strength == STRENGTH_NONE ? W_METI_NOT_KNOWN : W_METI_NOTHING_FOUND));
	put_figures(e);
	if (g && g->tables)
		g->tables(e);
	doc_paragraph(d, doc_format(d, say(W_METI_CANNOT), two_texts_say(&e->item->cannot)));
	doc_paragraph(d, doc_format(d, say(W_METI_CARRIES), strength_word(e->strength), e->why ? e->why : "",
				    level_words(e->m->r, e->level)));
}

static void put_item(struct evidence *e)
{
	struct doc *d = &e->m->r->doc;

	doc_heading(d, 2, doc_format(d, "%s  %s", e->item->no, two_texts_say(&e->item->text)));
	if (e->item->strength == STRENGTH_NONE)
		doc_paragraph(d, say(W_METI_OUT_OF_REACH));
	else
		put_answer(e);
	doc_paragraph(d, doc_format(d, say(W_METI_ASK), two_texts_say(&e->item->ask)));
	put_fields(d);
}

static void put_items(struct meti *m, struct evidence *all)
{
	struct doc *d = &m->r->doc;
	unsigned category = CATEGORIES_MAX;

	for (unsigned i = 0; i < m->list->n_items && !m->r->err; i++) {
		if (all[i].item->category != category) {
			category = all[i].item->category;
			doc_break(d);
			doc_heading(d, 1, two_texts_say(&m->list->categories[category].name));
		}
		put_item(&all[i]);
		if (m->r->progress)
			m->r->progress(50 + 40 * (i + 1) / m->list->n_items, say(W_REPORT_READING));
	}
}

/* All on one sheet, to be signed; the proposals come after everything that they rest on. */
static void put_sheet(struct meti *m, const struct evidence *all)
{
	struct doc *d = &m->r->doc;

	doc_break(d);
	doc_heading(d, 1, say(W_METI_SHEET));
	doc_table(d, "items", say(W_METI_SHEET_TABLE), "");
	doc_column(d, "no", "No.", false, 0);
	doc_column(d, "category", say(W_METI_CATEGORY), false, 20);
	doc_column(d, "findings", say(W_METI_FINDINGS), true, 0);
	doc_column(d, "strength", say(W_METI_STRENGTH), false, 0);
	doc_column(d, "proposed", say(W_METI_PROPOSED), false, 0);
	doc_column(d, "confirmed", say(W_METI_FIELD_LEVEL), false, 14);
	doc_column(d, "by", say(W_METI_FIELD_NAME), false, 20);
	doc_column(d, "date", say(W_METI_FIELD_DATE), false, 14);
	for (unsigned i = 0; i < m->list->n_items; i++) {
		const struct evidence *e = &all[i];
		bool none = e->item->strength == STRENGTH_NONE;
		doc_cell(d, e->item->no);
		doc_cell(d, two_texts_say(&m->list->categories[e->item->category].name));
		if (none)
			doc_cell(d, "-");
		else
			doc_cell_number(d, e->n_findings);
		doc_cell(d, none ? say(W_METI_UNREACHABLE) : strength_word(e->strength));
		doc_cell(d, e->level ? doc_format(d, "%u", e->level) : "-");
		for (int blank = 0; blank < 3; blank++)
			doc_cell(d, "");
	}
	doc_paragraph(d, say(W_METI_HOW_LEVELS));
}

static void answer(struct meti *m)
{
	struct evidence all[ITEMS_MAX];
	struct report *r = m->r;

	m->watched = report_number(r, IN_LEDGER, meti_watched_sql(r));
	m->papers = report_number(r, IN_LEDGER, "SELECT count(*) " LIVE_PAPERS);
	count_rules(m);
	for (unsigned i = 0; i < m->list->n_items && !r->err; i++) {
		gather(m, &m->list->items[i], &all[i]);
		if (r->progress)
			r->progress(10 + 40 * (i + 1) / m->list->n_items, say(W_REPORT_READING));
	}
	if (r->err)
		return;
	put_beginning(m);
	put_findings(m, all);
	put_items(m, all);
	put_sheet(m, all);
	report_put_end(r);
}

void report_meti(struct report *r)
{
	struct checklist list;
	struct meti m = {.r = r, .list = &list};
	int err = checklist_load(&list, NULL, r->c);

	if (err) {
		r->err = err;
		return;
	}
	r->doc.commands_last = true;
	answer(&m);
	checklist_free(&list);
}
