/*
 * METI's checklist for factories answered from the ledger, the alerts and the audit trail. For each item of the
 * checklist (checklist.h) something is gathered (meti_*.c): figures with their commands, findings, and how far this
 * carries. Only then is the document written (meti.c): findings first, then the items in their order.
 */
#ifndef SEKISHO_APP_REPORT_METI_H
#define SEKISHO_APP_REPORT_METI_H

#include "app/report/checklist.h"
#include "app/report/report.h"
#include "app/words.h"

enum { FINDINGS_MAX = 12, FIGURES_MAX = 24, METI_ROWS = 20 };

/** Percent of the time that has to have been watched for "none seen" to mean much, and to mean anything. */
enum { WATCHED_ENOUGH = 80, WATCHED_TOO_LITTLE = 10 };

struct meti_found {
	const char *text, *unit; /* "%" */
	double count;
};

struct meti {
	struct report *r;
	const struct checklist *list;
	double watched; /* percent of the time */
	double papers;  /* rows of the register, those disposed of left out */
	struct {
		double seen, open;
	} rules[RULES_MAX]; /* alerts of each rule of the checklist */
};

/** What was found for one item. Texts live as long as the report. */
struct evidence {
	struct meti *m;
	const struct check_item *item;
	struct meti_found findings[FINDINGS_MAX];
	struct doc_figure figures[FIGURES_MAX];
	unsigned n_findings, n_figures;
	enum strength strength;
	const char *why;     /* why it is weaker than the checklist says, or NULL */
	bool shown, missing; /* something was done; what is asked for is not there at all */
	bool on_paper;       /* rests on what people wrote: how long was watched does not matter */
	unsigned level;      /* proposed; 0: none */
};

struct gatherer {
	const char *name;
	void (*gather)(struct evidence *e);
	void (*tables)(struct evidence *e); /* or NULL */
};

/* Each file's gatherers, ending with a NULL name. */
extern const struct gatherer meti_alerts[], meti_papers[], meti_people[], meti_traffic[], meti_sensor[];

/* Figures: @id is told apart by the number of the item before it. */
void meti_number(struct evidence *e, const char *id, const char *label, double value, const char *unit, enum tone tone,
		 const char *how);
void meti_words(struct evidence *e, const char *id, const char *label, const char *value, enum tone tone,
		const char *how);

/** A figure that @sql gives, with @sql as the way to it. @return it. */
double meti_sql(struct evidence *e, enum report_db db, const char *id, const char *label, const char *unit,
		const char *sql);

/** Percent of the time, up to now, in which the sensor watched. */
const char *meti_watched_sql(struct report *r);

/** A finding: @text without its number, which is @count of @unit. */
void meti_finding(struct evidence *e, const char *text, double count, const char *unit);
/** One without a number. */
void meti_lack(struct evidence *e, const char *text);

/** No more than @strength, and why. */
void meti_weaken(struct evidence *e, enum strength strength, const char *why);

/** A table of the item. */
void meti_table(struct evidence *e, const char *id, const char *title, const char *how);

/** The number of rows of a table that are shown; the rest is counted. */
void meti_left_out(struct evidence *e, double all);

/* Rows of the register that are not disposed of. */
#define LIVE_PAPERS                                                                                                    \
	"FROM paper p WHERE NOT EXISTS (SELECT 1 FROM paper_cell g WHERE g.uid = p.uid AND g.field = 'phase' AND "     \
	"g.value = 'gone')"

#endif
