/* sekisho work add, import, end, cancel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/mutes.h"
#include "alert/plan.h"
#include "app/person.h"
#include "app/scope_check.h"
#include "app/until.h"
#include "app/work_command.h"
#include "base/csv.h"
#include "base/phrase.h"
#include "base/text.h"
#include "base/when.h"
#include "ledger/register_text.h"
#include "ledger/work.h"

#define DAY_NS (86400 * NS_PER_S)

/* An entry as it is typed, by the command line or a line of a file. "" where nothing is. */
enum part {
	PART_KIND,
	PART_TITLE,
	PART_FROM,
	PART_TO,
	PART_EVERY,
	PART_UNTIL,
	PART_ZONE,
	PART_CONDUIT,
	PART_DEVICE,
	PART_SRC,
	PART_DEST,
	PART_RULE,
	PART_WHO,
	PART_NOTE,
	PARTS
};

/* Options, and headers of a file. */
static const char *const names[PARTS][2] = {
    {"kind", "種別"},    {"title", "件名"},  {"from", "開始"},   {"to", "終了"},    {"every", "繰り返し"},
    {"until", "最終日"}, {"zone", "ゾーン"}, {"conduit", "ゾーン間"}, {"device", "機器"}, {"src", "送信元"}, {"dest", "宛先"},
    {"rule", "ルール"},  {"who", "担当"},    {"note", "備考"}};

/* ---- reading one */

/* A point in time; a day alone is its beginning, or where @ends its end; a span counts from @base_ns. */
static bool read_time(const char *text, int64_t base_ns, bool ends, int64_t *out_ns)
{
	bool is_date = strspn(text, "0123456789") == 4 && (text[4] == '-' || text[4] == '/');

	if (strcmp(text, "now") == 0) {
		*out_ns = when_now_ns();
		return true;
	}
	return is_date && !ends ? since_parse(text, base_ns, out_ns) : until_parse(text, base_ns, out_ns);
}

static bool bad(struct complaint *c, const char *file, unsigned line, const char *text, enum part p)
{
	complain(c, file, line, 0, "\"%s\" is no value for \"%s\"", text, names[p][phrase_is_japanese()]);
	return false;
}

static bool read_times(struct work *w, const char *const v[PARTS], const char *file, unsigned line, struct complaint *c)
{
	static const int64_t most_days[WORK_EVERYS] = {3660, 1, 7, 365};
	int every = v[PART_EVERY][0] ? work_every_parse(v[PART_EVERY]) : WORK_ONCE;
	const char *from = v[PART_FROM][0] ? v[PART_FROM] : "now";

	if (every < 0)
		return bad(c, file, line, v[PART_EVERY], PART_EVERY);
	w->every = (enum work_every)every;
	if (!read_time(from, when_now_ns(), false, &w->first.from_ns))
		return bad(c, file, line, from, PART_FROM);
	if (!read_time(v[PART_TO], w->first.from_ns, true, &w->first.to_ns))
		return bad(c, file, line, v[PART_TO], PART_TO);
	if (v[PART_UNTIL][0] && !read_time(v[PART_UNTIL], w->first.from_ns, true, &w->until_ns))
		return bad(c, file, line, v[PART_UNTIL], PART_UNTIL);
	if (w->first.to_ns <= w->first.from_ns) {
		complain(c, file, line, 0, "it ends before it begins");
		return false;
	}
	if (w->first.to_ns - w->first.from_ns > most_days[every] * DAY_NS) {
		complain(c, file, line, 0, "one time of it takes at most %lld days, or the next one has begun",
			 (long long)most_days[every]);
		return false;
	}
	if (v[PART_UNTIL][0] && (every == WORK_ONCE || w->until_ns <= w->first.from_ns)) {
		complain(c, file, line, 0,
			 "the last day is for what comes again and again, and not before the first time");
		return false;
	}
	return true;
}

/* What steers a terminal has no place in what lists and reports show. */
static bool is_plain(struct span s)
{
	uint32_t code;

	for (size_t n; s.len > 0; s = span_skip(s, n)) {
		n = text_utf8(s, &code);
		if (n == 0 || text_is_control(code))
			return false;
	}
	return true;
}

static bool read_texts(struct work *w, const char *const v[PARTS], const char *file, unsigned line, struct complaint *c)
{
	const struct {
		enum part part;
		char *at;
		size_t size;
	} texts[] = {{PART_TITLE, w->title, sizeof(w->title)},
		     {PART_ZONE, w->zone, sizeof(w->zone)},
		     {PART_DEVICE, w->device, sizeof(w->device)},
		     {PART_SRC, w->src, sizeof(w->src)},
		     {PART_DEST, w->dest, sizeof(w->dest)},
		     {PART_RULE, w->rule, sizeof(w->rule)},
		     {PART_WHO, NULL, WORK_WHO_MAX},
		     {PART_NOTE, NULL, WORK_NOTE_MAX}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *text = v[texts[i].part];
		if (strlen(text) >= texts[i].size) {
			complain(c, file, line, 0, "\"%s\" is too long, %zu bytes at most",
				 names[texts[i].part][phrase_is_japanese()], texts[i].size - 1);
			return false;
		}
		if (!is_plain(span_str(text))) {
			complain(c, file, line, 0, "\"%s\" holds a character that cannot be shown",
				 names[texts[i].part][phrase_is_japanese()]);
			return false;
		}
		if (texts[i].at)
			strcpy(texts[i].at, text);
	}
	if (!w->title[0]) {
		complain(c, file, line, 0, "it needs a title: what is done, or what the day is called");
		return false;
	}
	w->who = strdup(v[PART_WHO]);
	w->note = strdup(v[PART_NOTE]);
	return w->who && w->note;
}

/* "maint:cell-a", which is kept as "maint>cell-a". */
static bool read_conduit(struct work *w, const char *text, const char *file, unsigned line, struct complaint *c)
{
	const char *between = strchr(text, ':');

	if (!text[0])
		return true;
	if (w->zone[0]) {
		complain(c, file, line, 0, "a zone or a conduit is named, not both");
		return false;
	}
	if (!between || between == text || !between[1] || strchr(between + 1, ':') ||
	    strlen(text) >= sizeof(w->zone)) {
		complain(c, file, line, 0, "\"%s\" is no conduit: write its two zones, maint:cell-a", text);
		return false;
	}
	strcpy(w->zone, text);
	w->zone[between - text] = '>';
	return true;
}

static bool read_scope(const struct work *w, const char *file, unsigned line, struct complaint *c)
{
	const char *const ends[] = {w->device, w->src, w->dest};
	struct mute_end end;

	for (size_t i = 0; i < 3; i++) {
		if (!mute_end_parse(ends[i], &end)) {
			complain(c, file, line, 0, "\"%s\" is no asset, address, prefix or MAC address", ends[i]);
			return false;
		}
	}
	if (w->device[0] && (w->src[0] || w->dest[0])) {
		complain(c, file, line, 0, "a device is named at either end, or source and destination are: not both");
		return false;
	}
	if (w->rule[0] && !work_rule_why(w->kind, w->rule, false)) {
		complain(c, file, line, 0,
			 "%s does not keep alerts of %s from being told. sekisho work rules shows which it does; "
			 "sekisho alert mute is for the others",
			 work_kind_word(w->kind), w->rule);
		return false;
	}
	return true;
}

static bool read_entry(struct work *w, const char *const v[PARTS], const char *file, unsigned line, struct complaint *c)
{
	int kind = work_kind_parse(v[PART_KIND]);

	*w = (struct work){0};
	if (kind < 0)
		return bad(c, file, line, v[PART_KIND], PART_KIND);
	w->kind = (enum work_kind)kind;
	return read_times(w, v, file, line, c) && read_texts(w, v, file, line, c) &&
	       read_conduit(w, v[PART_CONDUIT], file, line, c) && read_scope(w, file, line, c);
}

/* Zones and assets that are not there are mistakes. */
static bool is_there(const struct work *w, const char *state, const struct config *cfg)
{
	const char *const ends[] = {w->device, w->src, w->dest};

	for (size_t i = 0; i < 3; i++) {
		if (ends[i][0] && !scope_end_is_known(state, ends[i]))
			return false;
	}
	char a[WORK_TEXT_MAX], b[WORK_TEXT_MAX];
	if (work_conduit(w->zone, a, b))
		return scope_zone_is_known(state, cfg, a) && scope_zone_is_known(state, cfg, b);
	return !w->zone[0] || scope_zone_is_known(state, cfg, w->zone);
}

static void tell(const struct work *w)
{
	char from[WORK_WHEN_MAX], to[WORK_WHEN_MAX], title[512], scope[512];

	text_printable(span_str(w->title), title, sizeof(title), 0);
	command_tell(stdout, say(W_WORK_ADDED), (long long)w->no, work_kind_word(w->kind), title,
		     work_when(w->first.from_ns, from), work_when(w->first.to_ns, to), work_every_word(w->every),
		     w->every ? " " : "", work_scope_words(w, scope, sizeof(scope)));
	if (w->every == WORK_ONCE && w->first.to_ns < when_now_ns())
		fputs(say(W_WORK_IS_PAST), stdout);
}

/* @works: checked; freed here. */
static int enter(const struct work_options *o, const char *state, struct work *works, size_t n, const char *file)
{
	struct calendar all = {works, n};
	struct complaint c = {""};
	struct config cfg;
	const struct person person = person_of(o->by, o->reason ? o->reason : "");
	int err = 0, status = EXIT_DONE;

	if (o->config)
		err = config_load(&cfg, o->config, &c);
	else
		config_default(&cfg);
	if (err) {
		calendar_free(&all);
		return command_failed(err, &c);
	}
	for (size_t i = 0; i < n && status == EXIT_DONE; i++)
		status = is_there(&works[i], state, &cfg) ? EXIT_DONE : EXIT_INPUT;
	if (status == EXIT_DONE) {
		err = work_add(state, works, n, file, &person, &c);
		status = err ? command_failed(err, &c) : EXIT_DONE;
	}
	for (size_t i = 0; i < n && status == EXIT_DONE; i++)
		tell(&works[i]);
	config_free(&cfg);
	calendar_free(&all);
	return status;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

int work_enter(const struct work_options *o, const char *state, const char *kind, const char *title)
{
	const char *v[PARTS] = {
	    [PART_KIND] = kind,
	    [PART_TITLE] = title,
	    [PART_FROM] = or_empty(o->day ? o->day : o->from),
	    [PART_TO] = or_empty(o->day ? o->day : o->to),
	    [PART_EVERY] = or_empty(o->every),
	    [PART_UNTIL] = or_empty(o->until),
	    [PART_ZONE] = or_empty(o->zone),
	    [PART_CONDUIT] = or_empty(o->conduit),
	    [PART_DEVICE] = or_empty(o->device),
	    [PART_SRC] = or_empty(o->src),
	    [PART_DEST] = or_empty(o->dest),
	    [PART_RULE] = or_empty(o->rule),
	    [PART_WHO] = or_empty(o->who),
	    [PART_NOTE] = or_empty(o->note),
	};
	struct work *w = calloc(1, sizeof(*w));
	struct complaint c = {""};

	if ((o->day && (o->from || o->to)) || (!o->day && !o->to)) {
		free(w);
		fputs(say(W_WORK_NEEDS_TIME), stderr);
		return EXIT_USAGE;
	}
	if (!w || !read_entry(w, v, "work", 0, &c)) {
		calendar_free(&(struct calendar){w, w != NULL});
		return w ? command_failed(-EINVAL, &c) : EXIT_ENVIRONMENT;
	}
	return enter(o, state, w, 1, NULL);
}

/* ---- a file */

/* Which part each column is, -1: another one's, which is left alone. @return false where one is missing. */
static bool read_header(const struct csv *v, int column[PARTS], const char *file, struct complaint *c)
{
	static const enum part needed[] = {PART_KIND, PART_TITLE, PART_FROM, PART_TO};

	for (int p = 0; p < PARTS; p++) {
		column[p] = -1;
		for (size_t i = 0; i < v->n_cells; i++) {
			if (strcmp(v->cell[i], names[p][0]) == 0 || strcmp(v->cell[i], names[p][1]) == 0)
				column[p] = (int)i;
		}
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (column[needed[i]] >= 0)
			continue;
		complain(c, file, v->row_line, 0, "the column \"%s\" is missing. Needed are kind, title, from and to",
			 names[needed[i]][phrase_is_japanese()]);
		return false;
	}
	return true;
}

/* A cell that a spreadsheet was kept from calculating has an apostrophe before it. */
static const char *cell_of(const struct csv *v, int column)
{
	const char *cell = column >= 0 && (size_t)column < v->n_cells ? v->cell[column] : "";

	return cell[0] == '\'' ? cell + 1 : cell;
}

static int read_rows(struct csv *v, const char *file, struct calendar *out, struct complaint *c)
{
	int column[PARTS], more = csv_row(v);

	if (more > 0 && !read_header(v, column, file, c))
		return -EINVAL;
	while (more > 0 && (more = csv_row(v)) > 0) {
		const char *parts[PARTS];
		for (int p = 0; p < PARTS; p++)
			parts[p] = cell_of(v, column[p]);
		if (out->n == WORKS_MAX) {
			complain(c, file, v->row_line, 0, "more than %d entries", WORKS_MAX);
			return -EINVAL;
		}
		if (!read_entry(&out->works[out->n++], parts, file, v->row_line, c))
			return -EINVAL;
	}
	if (more < 0)
		complain(c, file, v->trouble_line, 0, "%s", v->trouble);
	else if (out->n == 0)
		complain(c, file, 0, 0, "there is no entry in it");
	return more < 0 || out->n == 0 ? -EINVAL : 0;
}

int work_import(const struct work_options *o, const char *state, const char *file)
{
	struct calendar all = {calloc(WORKS_MAX, sizeof(struct work)), 0};
	struct complaint c = {""};
	char *text = NULL;
	uint8_t sha256[32];
	size_t len;
	struct csv v;
	int err = register_text_load(file, &text, &len, sha256, &c);

	if (!err && !all.works)
		err = -ENOMEM;
	if (!err) {
		csv_init(&v, text, len);
		err = read_rows(&v, file, &all, &c);
	}
	free(text);
	if (err) {
		calendar_free(&all);
		return command_failed(err, &c);
	}
	return enter(o, state, all.works, all.n, file);
}

/* ---- the end */

int work_finish(const struct work_options *o, const char *state, const char *text, bool cancels)
{
	const struct person person = person_of(o->by, o->reason ? o->reason : "");
	struct complaint c = {""};
	int64_t at_ns = when_now_ns();
	char *end, when[WORK_WHEN_MAX];
	long long no = strtoll(text, &end, 10);

	if (no <= 0 || *end || (cancels && o->at)) {
		fputs(say(W_WORK_HELP), stderr);
		return EXIT_USAGE;
	}
	if (cancels && !person.reason[0]) {
		fputs(say(W_NEEDS_REASON), stderr);
		return EXIT_USAGE;
	}
	if (o->at && !read_time(o->at, at_ns, false, &at_ns))
		return command_bad_value(o->at, "--at", "now, 2h, 2026-04-01, 2026-04-01T09:00");
	int err = cancels ? work_cancel(state, no, at_ns, &person, &c) : work_end(state, no, at_ns, &person, &c);
	if (err)
		return command_failed(err, &c);
	command_tell(stdout, say(cancels ? W_WORK_IS_CANCELLED : W_WORK_ENDED), no, work_when(at_ns, when), person.who);
	return EXIT_DONE;
}
