/* sekisho work list, and which rules it is about. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/plan.h"
#include "app/until.h"
#include "app/work_command.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/when.h"
#include "ledger/store.h"
#include "ledger/work.h"

enum { ROW_JSON_MAX = 32768 };

#define HOUR_NS (3600.0 * (double)NS_PER_S)

/* What a list is made from. */
struct listing {
	const struct work_options *o;
	struct work_filter f;
	struct calendar all;
	struct work_rows rows;
	sqlite3 *db; /* NULL: there is no ledger yet */
};

static int read_filter(struct listing *l)
{
	const struct work_options *o = l->o;
	int64_t now_ns = when_now_ns();

	l->f = (struct work_filter){.kind = o->kind ? work_kind_parse(o->kind) : -1,
				    .state = o->in ? work_state_parse(o->in) : -1,
				    .now_ns = now_ns};
	if (!o->since && !o->until)
		return EXIT_DONE;
	l->f.to_ns = INT64_MAX;
	const char *bad = o->since && !since_parse(o->since, now_ns, &l->f.from_ns) ? "--since"
			  : o->until && !until_parse(o->until, now_ns, &l->f.to_ns) ? "--until"
										    : NULL;
	if (!bad && !o->until) { /* what comes again and again has no end */
		int64_t from_ns = l->f.from_ns > now_ns ? l->f.from_ns : now_ns;
		l->f.to_ns = from_ns + 366 * 86400 * NS_PER_S;
	}
	return !bad            ? EXIT_DONE
	       : bad[2] == 's' ? command_bad_value(o->since, bad, COMMAND_SINCE)
			       : command_bad_value(o->until, bad, COMMAND_UNTIL);
}

/* Of a row: of its time where the list is of times, else of the whole entry. */
static struct work_alerts alerts_of(const struct listing *l, const struct work_row *row)
{
	return work_alerts_of(l->db, row, &l->f);
}

/* ---- forms */

static void put_time(struct json *j, const char *key, int64_t ns)
{
	char at[WHEN_TEXT_MAX];

	json_key(j, key);
	if (ns)
		json_str(j, when_format(ns, at));
	else
		json_null_value(j);
}

static void put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text && text[0])
		json_text(j, span_str(text));
	else
		json_null_value(j);
}

void work_put_json(struct json *j, const struct work_row *row, const struct work_alerts *n)
{
	const struct work *w = row->work;

	json_kv_u64(j, "no", (uint64_t)w->no);
	json_kv_str(j, "kind", work_kind_name(w->kind));
	put_text(j, "title", w->title);
	json_kv_str(j, "state", work_state_name(row->state));
	put_time(j, "from", row->time.from_ns);
	put_time(j, "to", row->time.to_ns);
	json_kv_str(j, "every", work_every_name(w->every));
	put_time(j, "until", w->until_ns);
	put_text(j, "zone", w->zone);
	put_text(j, "device", w->device);
	put_text(j, "src", w->src);
	put_text(j, "dest", w->dest);
	put_text(j, "rule", w->rule);
	put_text(j, "who", w->who);
	put_text(j, "note", w->note);
	put_text(j, "by", w->by);
	put_time(j, "at", w->at_ns);
	put_time(j, "cancelled", w->cancelled_ns);
	json_kv_u64(j, "alerts", (uint64_t)n->all);
	json_kv_u64(j, "alerts_muted", (uint64_t)n->muted);
}

static void print_json(const struct listing *l)
{
	struct json j;

	json_init(&j, ROW_JSON_MAX);
	for (size_t i = 0; i < l->rows.n; i++) {
		struct work_alerts n = alerts_of(l, &l->rows.rows[i]);
		json_reset(&j);
		json_object_begin(&j);
		work_put_json(&j, &l->rows.rows[i], &n);
		json_object_end(&j);
		puts(json_cstr(&j));
	}
	json_deinit(&j);
}

static int print_csv(const struct listing *l)
{
	static const char *const header[] = {"no",  "kind", "title", "state", "from", "to", "every",  "zone", "device",
					     "src", "dest", "rule",  "who",   "note", "by", "alerts", "muted"};
	char from[WORK_WHEN_MAX], to[WORK_WHEN_MAX], no[24], all[24], muted[24], *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return EXIT_ENVIRONMENT;
	for (size_t i = 0; i < sizeof(header) / sizeof(header[0]); i++)
		csv_put_text(out, header[i], i == 0);
	fputs("\r\n", out);
	for (size_t i = 0; i < l->rows.n; i++) {
		const struct work_row *row = &l->rows.rows[i];
		const struct work *w = row->work;
		struct work_alerts n = alerts_of(l, row);
		snprintf(no, sizeof(no), "%lld", (long long)w->no);
		snprintf(all, sizeof(all), "%lld", (long long)n.all);
		snprintf(muted, sizeof(muted), "%lld", (long long)n.muted);
		const char *const cells[] = {no,
					     work_kind_word(w->kind),
					     w->title,
					     work_state_word(row->state),
					     work_when(row->time.from_ns, from),
					     work_when(row->time.to_ns, to),
					     work_every_name(w->every),
					     w->zone,
					     w->device,
					     w->src,
					     w->dest,
					     w->rule,
					     w->who,
					     w->note,
					     w->by,
					     all,
					     muted};
		for (size_t k = 0; k < sizeof(cells) / sizeof(cells[0]); k++)
			csv_put_text(out, cells[k], k == 0);
		fputs("\r\n", out);
	}
	if (fclose(out) != 0) {
		free(text);
		return EXIT_ENVIRONMENT;
	}
	command_csv_write(text, len, l->o->encoding);
	free(text);
	return EXIT_DONE;
}

static void print_table(const struct listing *l)
{
	static const enum word columns[] = {W_COL_NO,        W_COL_STATE,      W_WORK_COL_KIND,  W_WORK_COL_TITLE,
					    W_WORK_COL_FROM, W_WORK_COL_TO,    W_WORK_COL_EVERY, W_WORK_COL_SCOPE,
					    W_WORK_COL_WHO,  W_WORK_COL_ALERTS};
	static const unsigned widest[] = {0, 0, 0, 36, 0, 0, 0, 64, 24, 0};
	char from[WORK_WHEN_MAX], to[WORK_WHEN_MAX], scope[512], alerts[48];
	struct text_table t = {0};

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		text_table_column(&t, say(columns[i]), widest[i]);
	for (size_t i = 0; i < l->rows.n; i++) {
		const struct work_row *row = &l->rows.rows[i];
		const struct work *w = row->work;
		struct work_alerts n = alerts_of(l, row);
		snprintf(alerts, sizeof(alerts), "%lld (%lld)", (long long)n.all, (long long)n.muted);
		text_table_number(&t, (uint64_t)w->no);
		text_table_cell(&t, work_state_word(row->state));
		text_table_cell(&t, work_kind_word(w->kind));
		text_table_cell(&t, w->title);
		text_table_cell(&t, work_when(row->time.from_ns, from));
		text_table_cell(&t, work_when(row->time.to_ns, to));
		text_table_cell(&t, work_every_word(w->every));
		text_table_cell(&t, work_scope_words(w, scope, sizeof(scope)));
		text_table_cell(&t, w->who);
		text_table_cell(&t, n.all ? alerts : "");
	}
	if (l->rows.n > 0)
		text_table_print(&t, stdout, "");
	else
		fputs(say(W_NONE), stdout);
	text_table_free(&t);
}

/* One number, for who counts. */
static void print_figure(const struct listing *l)
{
	struct work_alerts sum = {0};
	char text[32];

	for (size_t i = 0; i < l->rows.n && (l->o->alerts || l->o->muted); i++) {
		struct work_alerts n = alerts_of(l, &l->rows.rows[i]);
		sum.all += n.all;
		sum.muted += n.muted;
	}
	if (l->o->hours) {
		snprintf(text, sizeof(text), "%.1f", (double)work_rows_ns(&l->rows, &l->f) / HOUR_NS);
		puts(text);
	} else {
		printf("%lld\n", l->o->count    ? (long long)l->rows.n
				 : l->o->alerts ? (long long)sum.all
						: (long long)sum.muted);
	}
}

static int print(const struct listing *l)
{
	const struct work_options *o = l->o;

	if (o->count || o->hours || o->alerts || o->muted)
		print_figure(l);
	else if (o->csv)
		return print_csv(l);
	else if (o->json)
		print_json(l);
	else
		print_table(l);
	return EXIT_DONE;
}

int work_list(const struct work_options *o, const char *state)
{
	struct listing l = {.o = o};
	struct complaint c = {""};
	int status = read_filter(&l);

	if (status != EXIT_DONE)
		return status;
	int err = work_read(state, &l.all, &c);
	if (!err)
		err = store_open(&l.db, state, STORE_READ, &c);
	err = err == -ENOENT ? 0 : err;
	if (!err && !work_rows_of(&l.all, &l.f, &l.rows)) {
		complain(&c, "work", 0, 0, "not enough memory");
		err = -ENOMEM;
	}
	status = err ? command_failed(err, &c) : print(&l);
	if (!err)
		free(l.rows.rows);
	sqlite3_close(l.db);
	calendar_free(&l.all);
	return status;
}

/* ---- what is kept from being told */

int work_rules(const struct work_options *o)
{
	struct text_table t = {0};
	struct work_rule r;
	struct json j;

	json_init(&j, ROW_JSON_MAX);
	text_table_column(&t, say(W_WORK_COL_KIND), 0);
	text_table_column(&t, say(W_COL_RULE), 0);
	text_table_column(&t, say(W_COL_REASON), 0);
	for (size_t i = 0; work_rule_at(i, &r); i++) {
		json_reset(&j);
		json_object_begin(&j);
		json_kv_str(&j, "kind", work_kind_name(r.kind));
		json_kv_str(&j, "rule", r.rule);
		json_kv_str(&j, "why_en", r.en);
		json_kv_str(&j, "why_ja", r.ja);
		json_object_end(&j);
		if (o->json)
			puts(json_cstr(&j));
		text_table_cell(&t, work_kind_word(r.kind));
		text_table_cell(&t, r.rule);
		text_table_cell(&t, words_japanese() ? r.ja : r.en);
	}
	if (!o->json) {
		text_table_print(&t, stdout, "");
		fputs(say(W_WORK_RULES_NOTE), stdout);
	}
	text_table_free(&t);
	json_deinit(&j);
	return EXIT_DONE;
}
