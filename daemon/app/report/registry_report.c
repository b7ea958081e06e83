/*
 * The ledger as METI's checklist 2-6 wants it: every device and the diagram, unregistered devices first; what of the
 * papers is overdue, which papers no device fits, and how devices were disposed of.
 */
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/map.h"
#include "app/observed_words.h"
#include "app/report/report.h"
#include "app/role_words.h"
#include "base/when.h"
#include "ledger/kinds.h"
#include "ledger/ledger.h"

/* Dates of the register are kept as texts "2026-04-01": earlier days are smaller texts. */
#define TODAY "(SELECT date(?2 / 1000000000, 'unixepoch', 'localtime'))"
#define OVERDUE                                                                                                        \
	"FROM paper_cell c WHERE c.field IN ('support_until', 'jcstar_expires', 'review_due', 'dispose_due')"          \
	" AND ifnull(c.typed, c.value) < " TODAY                                                                       \
	" AND NOT EXISTS (SELECT 1 FROM paper_cell p WHERE p.uid = c.uid AND p.field = 'phase'"                        \
	" AND ifnull(p.typed, p.value) = 'gone')"

struct rows {
	struct report *r;
	enum registered wanted;
	uint64_t n[3], contradicting;
	bool count_only;
};

static void put_contradicts(struct doc *d, const char *tokens)
{
	char words[256];

	if (tokens[0])
		doc_cell_id(d, observed_attr_words(tokens, words, sizeof(words)), tokens, TONE_NOTICE);
	else
		doc_cell(d, "");
}

static void take_asset(void *ctx, const struct ledger_asset_row *a)
{
	struct rows *rows = ctx;
	struct doc *d = &rows->r->doc;

	if (rows->count_only) {
		rows->n[a->registered == REGISTERED_YES ? 0 : a->registered == REGISTERED_NO ? 1 : 2]++;
		rows->contradicting += a->contradicts[0] != '\0';
		return;
	}
	if ((a->registered == REGISTERED_YES) != (rows->wanted == REGISTERED_YES))
		return;
	doc_cell_tone(d, registered_word(a->registered), a->registered == REGISTERED_NO ? TONE_BAD : TONE_PLAIN);
	doc_cell(d, a->asset_id);
	doc_cell(d, a->name);
	doc_cell(d, kinds_word(KINDS_OF_DEVICE, a->kind, d->japanese));
	doc_cell(d, a->maker[0] ? a->maker : a->vendor);
	doc_cell(d, a->model);
	doc_cell(d, a->ips);
	doc_cell(d, a->macs);
	doc_cell_zone(d, a->zone);
	doc_cell(d, a->purdue);
	doc_cell(d, a->owner_dept);
	doc_cell(d, kinds_word(KINDS_OF_PHASE, a->phase, d->japanese));
	put_contradicts(d, a->contradicts);
	doc_cell(d, report_short_time(rows->r, a->last_ns));
}

static void each_asset(struct rows *rows)
{
	struct report *r = rows->r;
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = -1};

	if (!r->err)
		r->err = ledger_each_asset_row(r->state_dir, &f, take_asset, rows, r->c);
}

static void put_figures(struct report *r)
{
	struct doc *d = &r->doc;
	struct rows rows = {.r = r, .count_only = true};
	static const char papers[] = "SELECT count(*) FROM paper", overdue[] = "SELECT count(*) " OVERDUE,
			  gone[] = "SELECT count(DISTINCT uid) FROM tombstone";

	each_asset(&rows);
	doc_number(d, "devices", say(W_COL_ASSETS), (double)(rows.n[0] + rows.n[1] + rows.n[2]), say(W_REPORT_DEVICES),
		   TONE_PLAIN, report_how(r, "assets --count", false));
	doc_number(d, "unregistered", say(W_REGISTER_UNREGISTERED), (double)rows.n[1], say(W_REPORT_DEVICES),
		   rows.n[1] ? TONE_BAD : TONE_GOOD, report_how(r, "assets --unregistered --count", false));
	doc_number(d, "registered", say(W_REGISTER_REGISTERED), (double)rows.n[0], say(W_REPORT_DEVICES), TONE_PLAIN,
		   report_how(r, "assets --registered --count", false));
	doc_number(d, "contradicting", say(W_REGISTER_CONTRADICTING), (double)rows.contradicting, say(W_REPORT_DEVICES),
		   rows.contradicting ? TONE_NOTICE : TONE_GOOD,
		   report_how(r, "assets --contradicting --count", false));
	doc_number(d, "papers", say(W_REGISTER_PAPERS), report_number(r, IN_LEDGER, papers), say(W_REPORT_ROWS),
		   TONE_PLAIN, report_how_sql(r, IN_LEDGER, papers));
	double late = report_number(r, IN_LEDGER, overdue);
	doc_number(d, "overdue", say(W_REGISTER_OVERDUE), late, say(W_REPORT_ROWS), late > 0 ? TONE_BAD : TONE_GOOD,
		   report_how_sql(r, IN_LEDGER, overdue));
	doc_number(d, "disposed", say(W_REGISTER_DISPOSED), report_number(r, IN_LEDGER, gone), say(W_REPORT_DEVICES),
		   TONE_PLAIN, report_how_sql(r, IN_LEDGER, gone));
}

static void put_assets(struct report *r)
{
	static const struct {
		const char *id;
		enum word title;
		bool fit; /* in one line */
	} columns[] = {{"registered", W_COL_REGISTERED, true},
		       {"asset_id", W_COL_NO, true},
		       {"name", W_COL_NAME, false},
		       {"kind", W_REGISTER_KIND, false},
		       {"maker", W_COL_VENDOR, false},
		       {"model", W_REGISTER_MODEL, false},
		       {"ip", W_COL_IP, false},
		       {"mac", W_COL_MAC, false},
		       {"zone", W_COL_ZONE, false},
		       {"purdue", W_COL_LEVEL, true},
		       {"owner_dept", W_REGISTER_OWNER, false},
		       {"phase", W_REGISTER_PHASE, false},
		       {"contradicts", W_REGISTER_DIFFERS, false},
		       {"last_seen", W_COL_LAST_SEEN, true}};
	struct rows rows = {.r = r, .wanted = REGISTERED_NO};

	doc_table(&r->doc, "assets", say(W_REGISTER_TABLE), report_how(r, "assets --csv", false));
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		doc_column(&r->doc, columns[i].id, say(columns[i].title), false, columns[i].fit ? 0 : 18);
		if (strcmp(columns[i].id, "asset_id") == 0)
			doc_column_names_rows(&r->doc);
	}
	each_asset(&rows);
	rows.wanted = REGISTERED_YES;
	each_asset(&rows);
}

/* ---- what of the papers is overdue, and what was disposed of */

static void put_overdue(struct report *r)
{
	static const char query[] =
	    "SELECT (SELECT value FROM paper_cell n WHERE n.uid = c.uid AND n.field = 'name'), c.field,"
	    " c.value " OVERDUE " ORDER BY ifnull(c.typed, c.value), c.uid LIMIT 200";
	static const struct {
		const char *field;
		enum word word;
	} fields[] = {{"support_until", W_REGISTER_SUPPORT},
		      {"jcstar_expires", W_REGISTER_JCSTAR},
		      {"review_due", W_REGISTER_REVIEW},
		      {"dispose_due", W_REGISTER_DISPOSE}};
	sqlite3_stmt *s = report_query(r, IN_LEDGER, query);

	doc_table(&r->doc, "overdue", say(W_REGISTER_OVERDUE_TABLE), report_how_sql(r, IN_LEDGER, query));
	doc_column(&r->doc, "name", say(W_COL_NAME), false, 30);
	doc_column(&r->doc, "what", say(W_COL_TITLE), false, 30);
	doc_column(&r->doc, "until", say(W_COL_UNTIL), false, 0);
	while (report_step(r, s)) {
		const char *what = report_text(s, 1);
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			what = strcmp(fields[i].field, report_text(s, 1)) == 0 ? say(fields[i].word) : what;
		doc_cell(&r->doc, report_text(s, 0));
		doc_cell(&r->doc, what);
		doc_cell_tone(&r->doc, report_text(s, 2), TONE_BAD);
	}
}

#define CELL(field) "(SELECT value FROM paper_cell x WHERE x.uid = t.uid AND x.field = '" field "')"

static void put_disposed(struct report *r)
{
	static const char query[] = "SELECT t.name, min(t.at_ns), t.data_class, max(t.verified), " CELL(
	    "erase_method") ", " CELL("dispose_to") " FROM tombstone t GROUP BY t.uid ORDER BY 2 LIMIT 200";
	sqlite3_stmt *s = report_query(r, IN_LEDGER, query);

	doc_table(&r->doc, "disposed", say(W_REGISTER_DISPOSED_TABLE), report_how_sql(r, IN_LEDGER, query));
	doc_column(&r->doc, "name", say(W_COL_NAME), false, 30);
	doc_column(&r->doc, "on", say(W_COL_TIME), false, 0);
	doc_column(&r->doc, "data_class", say(W_REGISTER_CLASS), false, 0);
	doc_column(&r->doc, "verified", say(W_REGISTER_VERIFIED), false, 0);
	doc_column(&r->doc, "method", say(W_REGISTER_METHOD), false, 20);
	doc_column(&r->doc, "to", say(W_REGISTER_TO), false, 20);
	while (report_step(r, s)) {
		bool verified = sqlite3_column_int(s, 3) != 0;
		doc_cell(&r->doc, report_text(s, 0));
		doc_cell(&r->doc, report_time(r, sqlite3_column_int64(s, 1)));
		doc_cell(&r->doc, report_text(s, 2));
		doc_cell_tone(&r->doc, say(verified ? W_REGISTER_IS_VERIFIED : W_REGISTER_NOT_VERIFIED),
			      verified ? TONE_GOOD : TONE_BAD);
		doc_cell(&r->doc, report_text(s, 4));
		doc_cell(&r->doc, report_text(s, 5));
	}
}

/* The same drawing as sekisho map's, on a sheet of its own. */
static void put_map(struct report *r)
{
	struct map m;
	char *svg = NULL;
	size_t len = 0;

	if (r->err)
		return;
	r->err = map_read(&m, r->state_dir, NULL, r->japanese, r->c);
	if (r->err)
		return;
	FILE *out = map_lay_out(&m) == 0 ? open_memstream(&svg, &len) : NULL;
	if (out) {
		map_write_svg(&m, true, out);
		if (fclose(out) != 0) {
			free(svg);
			svg = NULL;
		}
	}
	map_free(&m);
	if (!svg) {
		r->doc.short_of_memory = true;
		return;
	}
	doc_heading(&r->doc, 1, say(W_REGISTER_MAP));
	doc_drawing(&r->doc, "map", report_how(r, "map", false), svg);
}

void report_register(struct report *r)
{
	r->doc.landscape = true;
	r->doc.commands_last = true;
	report_put_title(r, say(W_REGISTER_TITLE));
	put_figures(r);
	doc_heading(&r->doc, 1, say(W_REGISTER_HEADING));
	put_assets(r);
	if (r->progress)
		r->progress(60, say(W_REPORT_READING));
	doc_heading(&r->doc, 1, say(W_REGISTER_PAPERS_HEADING));
	put_overdue(r);
	put_disposed(r);
	put_map(r);
	report_put_end(r);
}
