/* sekisho work show: one entry, and what happened meanwhile. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/alert_text.h"
#include "app/work_command.h"
#include "app/zone_word.h"
#include "base/json.h"
#include "base/text.h"
#include "base/when.h"
#include "ledger/ledger.h"
#include "ledger/store.h"
#include "ledger/work.h"

enum { SHOW_JSON_MAX = 4 << 20, TIMES_SHOWN = 12, ALERTS_SHOWN = 200, NAMES_MAX = 300 };

/* Devices first seen in a time of the entry's zone, any where it has none. */
#define CAME                                                                                                           \
	"SELECT printf('A%06d', no), printf('A%06d', no), zone, first_ns, last_ns FROM asset WHERE merged_into IS "    \
	"NULL AND first_ns >= ?1 AND first_ns < ?2 AND (?3 = '' OR zone IN (?3, ?4)) ORDER "                                  \
	"BY first_ns, no LIMIT 100"
/* Who asked from the zone of remote maintenance, in such a time. */
#define VISITED                                                                                                        \
	"SELECT printf('A%06d', k.src_no), printf('A%06d', k.dest_no), group_concat(DISTINCT k.protocol), "            \
	"min(k.first_ns), max(k.last_ns) FROM link k JOIN asset s ON s.no = k.src_no JOIN zone z ON z.id = s.zone "    \
	"LEFT JOIN asset d ON d.no = k.dest_no WHERE z.fa = 'fa.remote' AND k.protocol NOT IN ('dhcp', 'dns', 'ntp') " \
	"AND k.dest_no <> 0 AND k.last_ns >= ?1 AND k.first_ns < ?2 AND (?3 = '' OR d.zone IN (?3, ?4) OR s.zone IN (?3, ?4)) "      \
	"GROUP BY k.src_no, k.dest_no ORDER BY 4, 1, 2 LIMIT 100"
#define ALERTS                                                                                                         \
	"SELECT alert_id, rule, level, muted, count, first_ns, last_ns FROM work_alert WHERE work_no = ?1 ORDER BY "   \
	"last_ns DESC, no DESC LIMIT 200"

/* Each time by itself, whatever of it. */
static const struct work_filter all_times = {.to_ns = INT64_MAX};

struct shown {
	sqlite3 *db;
	const struct work *w;
	struct work_row row; /* the time that what follows is of: the one that goes on, else the last */
	struct work_rows past;
	struct {
		char asset_id[16], name[128];
	} names[NAMES_MAX];
	size_t n_names;
};

static sqlite3_stmt *ask(const struct shown *s, const char *sql)
{
	char a[WORK_TEXT_MAX], b[WORK_TEXT_MAX];
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
		return NULL;
	sqlite3_bind_int64(st, 1, s->row.time.from_ns);
	sqlite3_bind_int64(st, 2, s->row.time.to_ns);
	bool two = work_conduit(s->w->zone, a, b);
	sqlite3_bind_text(st, 3, two ? a : s->w->zone, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(st, 4, two ? b : s->w->zone, -1, SQLITE_TRANSIENT);
	return st;
}

static bool step(sqlite3_stmt *st)
{
	return st && sqlite3_step(st) == SQLITE_ROW;
}

static sqlite3_stmt *ask_alerts(const struct shown *s)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(s->db, ALERTS, -1, &st, NULL) == SQLITE_OK)
		sqlite3_bind_int64(st, 1, s->w->no);
	return st;
}

/* ---- for people */

static void line(enum word label, const char *text)
{
	enum { LABEL = 14 };
	char shown[2048], name[64];

	if (!text[0])
		return;
	unsigned wide = text_printable(span_str(say(label)), name, sizeof(name), 0);
	text_printable(span_str(text), shown, sizeof(shown), 0);
	printf("  %s%*s%s\n", name, wide < LABEL ? (int)(LABEL - wide) : 1, "", shown);
}

static void print_entry(const struct shown *s)
{
	const struct work *w = s->w;
	char from[WORK_WHEN_MAX], to[WORK_WHEN_MAX], text[640];

	snprintf(text, sizeof(text), "#%lld %s: %s", (long long)w->no, work_kind_word(w->kind), w->title);
	char title[640];
	text_printable(span_str(text), title, sizeof(title), 0);
	puts(title);
	snprintf(text, sizeof(text), "%s - %s  %s (%s)", work_when(s->row.time.from_ns, from),
		 work_when(s->row.time.to_ns, to), work_every_word(w->every), work_state_word(s->row.state));
	line(W_COL_TIME, text);
	line(W_WORK_COL_SCOPE, work_scope_words(w, text, sizeof(text)));
	line(W_WORK_COL_WHO, w->who);
	line(W_WORK_COL_NOTE, w->note);
	snprintf(text, sizeof(text), "%s (%s)", w->by, work_when(w->at_ns, from));
	line(W_WORK_COL_BY, text);
	if (w->cancelled_ns)
		line(W_WORK_STATE_CANCELLED, work_when(w->cancelled_ns, from));
}

static void print_times(const struct shown *s)
{
	char from[WORK_WHEN_MAX], to[WORK_WHEN_MAX];
	struct text_table t = {0};
	size_t skip = s->past.n > TIMES_SHOWN ? s->past.n - TIMES_SHOWN : 0;

	printf("\n%s\n", say(W_WORK_TIMES));
	text_table_column(&t, say(W_WORK_COL_FROM), 0);
	text_table_column(&t, say(W_WORK_COL_TO), 0);
	text_table_column(&t, say(W_COL_ALERTS), 0);
	text_table_column(&t, say(W_WORK_COL_MUTED), 0);
	for (size_t i = skip; i < s->past.n; i++) {
		struct work_alerts n = work_alerts_of(s->db, &s->past.rows[i], &all_times);
		text_table_cell(&t, work_when(s->past.rows[i].time.from_ns, from));
		text_table_cell(&t, work_when(s->past.rows[i].time.to_ns, to));
		text_table_number(&t, (uint64_t)n.all);
		text_table_number(&t, (uint64_t)n.muted);
	}
	text_table_print(&t, stdout, "  ");
	text_table_free(&t);
}

static void print_alerts(const struct shown *s)
{
	char when[WORK_WHEN_MAX];
	struct text_table t = {0};
	sqlite3_stmt *st = ask_alerts(s);
	size_t n = 0;

	text_table_column(&t, say(W_COL_LAST_SEEN), 0);
	text_table_column(&t, say(W_COL_LEVEL), 0);
	text_table_column(&t, say(W_COL_RULE), 0);
	text_table_column(&t, "id", 0);
	text_table_column(&t, say(W_COL_COUNT), 0);
	text_table_column(&t, say(W_WORK_COL_DONE), 0);
	for (; step(st); n++) {
		text_table_cell(&t, work_when(sqlite3_column_int64(st, 6), when));
		text_table_cell(&t, alert_level_word((enum alert_level)sqlite3_column_int(st, 2)));
		text_table_cell(&t, store_text(st, 1));
		text_table_cell(&t, store_text(st, 0));
		text_table_number(&t, (uint64_t)sqlite3_column_int64(st, 4));
		text_table_cell(&t, say(sqlite3_column_int(st, 3) ? W_WORK_WAS_MUTED : W_WORK_WAS_TOLD));
	}
	sqlite3_finalize(st);
	printf("\n%s\n", say(n ? W_WORK_ALERTS : W_WORK_NO_ALERTS));
	if (n)
		text_table_print(&t, stdout, "  ");
	if (n == ALERTS_SHOWN)
		fputs(say(W_WORK_MORE_ALERTS), stdout);
	text_table_free(&t);
}

/* ---- names of the devices that are shown */

static void take_name(void *ctx, const struct ledger_asset_row *a)
{
	struct shown *s = ctx;

	for (size_t i = 0; i < s->n_names; i++) {
		if (strcmp(s->names[i].asset_id, a->asset_id) == 0)
			snprintf(s->names[i].name, sizeof(s->names[i].name), "%s",
				 a->name[0]  ? a->name
				 : a->ips[0] ? a->ips
					     : a->macs);
	}
}

static void want_name(struct shown *s, const char *asset_id)
{
	for (size_t i = 0; i < s->n_names; i++) {
		if (strcmp(s->names[i].asset_id, asset_id) == 0)
			return;
	}
	if (s->n_names < NAMES_MAX)
		snprintf(s->names[s->n_names++].asset_id, sizeof(s->names[0].asset_id), "%s", asset_id);
}

/* One way through the ledger for all of them. */
static void read_names(struct shown *s, const char *state)
{
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = -1};
	sqlite3_stmt *st = ask(s, CAME);
	struct complaint c;

	while (step(st))
		want_name(s, store_text(st, 0));
	sqlite3_finalize(st);
	st = ask(s, VISITED);
	while (step(st)) {
		want_name(s, store_text(st, 0));
		want_name(s, store_text(st, 1));
	}
	sqlite3_finalize(st);
	if (s->n_names > 0)
		(void)ledger_each_asset_row(state, &f, take_name, s, &c);
}

static const char *name_of(const struct shown *s, const char *asset_id)
{
	for (size_t i = 0; i < s->n_names; i++) {
		if (strcmp(s->names[i].asset_id, asset_id) == 0 && s->names[i].name[0])
			return s->names[i].name;
	}
	return asset_id;
}

/* ---- devices */

static const char *text_of(const struct shown *s, enum word column, const char *text)
{
	if (column == W_COL_ZONE)
		return zone_word(text);
	return column == W_COL_NAME || column == W_COL_FROM || column == W_COL_TO ? name_of(s, text) : text;
}

/* Three texts and two times, as CAME and VISITED have them. */
static void print_devices(const struct shown *s, const char *sql, enum word heading, const enum word columns[5])
{
	char when[WORK_WHEN_MAX];
	struct text_table t = {0};
	sqlite3_stmt *st = ask(s, sql);
	size_t n = 0;

	for (int i = 0; i < 5; i++)
		text_table_column(&t, say(columns[i]), 32);
	for (; step(st); n++) {
		for (int i = 0; i < 3; i++)
			text_table_cell(&t, text_of(s, columns[i], store_text(st, i)));
		for (int i = 3; i < 5; i++)
			text_table_cell(&t, work_when(sqlite3_column_int64(st, i), when));
	}
	sqlite3_finalize(st);
	if (n) {
		printf("\n%s\n", say(heading));
		text_table_print(&t, stdout, "  ");
	}
	text_table_free(&t);
}

static void print(const struct shown *s)
{
	static const enum word came[] = {W_WORK_COL_ID, W_COL_NAME, W_COL_ZONE, W_WORK_COL_FIRST, W_COL_LAST_SEEN};
	static const enum word visited[] = {W_COL_FROM, W_COL_TO, W_COL_PROTOCOL, W_WORK_COL_FIRST, W_COL_LAST_SEEN};

	print_entry(s);
	if (s->past.n == 0)
		return;
	print_times(s);
	print_alerts(s);
	print_devices(s, CAME, W_WORK_CAME, came);
	print_devices(s, VISITED, W_WORK_VISITED, visited);
}

/* ---- for machines */

static void put_time(struct json *j, const char *key, int64_t ns)
{
	char at[WHEN_TEXT_MAX];

	json_kv_str(j, key, when_format(ns, at));
}

static void put_times(struct json *j, const struct shown *s)
{
	json_key(j, "times");
	json_array_begin(j);
	for (size_t i = 0; i < s->past.n; i++) {
		struct work_alerts n = work_alerts_of(s->db, &s->past.rows[i], &all_times);
		json_object_begin(j);
		put_time(j, "from", s->past.rows[i].time.from_ns);
		put_time(j, "to", s->past.rows[i].time.to_ns);
		json_kv_u64(j, "alerts", (uint64_t)n.all);
		json_kv_u64(j, "alerts_muted", (uint64_t)n.muted);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_alerts(struct json *j, const struct shown *s)
{
	sqlite3_stmt *st = ask_alerts(s);

	json_key(j, "met");
	json_array_begin(j);
	while (step(st)) {
		json_object_begin(j);
		json_kv_str(j, "alert_id", store_text(st, 0));
		json_kv_str(j, "rule_id", store_text(st, 1));
		json_kv_str(j, "level", alert_level_name((enum alert_level)sqlite3_column_int(st, 2)));
		json_key(j, "muted");
		json_bool(j, sqlite3_column_int(st, 3) != 0);
		json_kv_u64(j, "count", (uint64_t)sqlite3_column_int64(st, 4));
		put_time(j, "first_seen", sqlite3_column_int64(st, 5));
		put_time(j, "last_seen", sqlite3_column_int64(st, 6));
		json_object_end(j);
	}
	sqlite3_finalize(st);
	json_array_end(j);
}

static void put_devices(struct json *j, const struct shown *s, const char *key, const char *sql,
			const char *const names[5])
{
	sqlite3_stmt *st = ask(s, sql);

	json_key(j, key);
	json_array_begin(j);
	while (s->past.n > 0 && step(st)) {
		json_object_begin(j);
		for (int i = 0; i < 5; i++) {
			if (sqlite3_column_type(st, i) == SQLITE_INTEGER)
				put_time(j, names[i], sqlite3_column_int64(st, i));
			else
				json_kv_text(j, names[i],
					     span_str(strcmp(names[i], "name") == 0 ? name_of(s, store_text(st, i))
										    : store_text(st, i)));
		}
		json_object_end(j);
	}
	sqlite3_finalize(st);
	json_array_end(j);
}

static void print_json(const struct shown *s)
{
	static const char *const came[] = {"asset_id", "name", "zone", "first_seen", "last_seen"};
	static const char *const visited[] = {"src", "dest", "protocols", "first_seen", "last_seen"};
	struct work_alerts n = work_alerts_of(s->db, &s->row, NULL);
	struct json j;

	json_init(&j, SHOW_JSON_MAX);
	json_object_begin(&j);
	work_put_json(&j, &s->row, &n);
	put_times(&j, s);
	put_alerts(&j, s);
	put_devices(&j, s, "new_devices", CAME, came);
	put_devices(&j, s, "visits", VISITED, visited);
	json_object_end(&j);
	puts(json_cstr(&j));
	json_deinit(&j);
}

/* ---- the command */

static const struct work *find(const struct calendar *all, const char *text)
{
	char *end;
	long long no = strtoll(text, &end, 10);

	for (size_t i = 0; i < all->n && !*end; i++) {
		if (all->works[i].no == no)
			return &all->works[i];
	}
	command_tell(stderr, say(W_WORK_UNKNOWN), text);
	return NULL;
}

/* All times that have begun. */
static bool read_times(struct shown *s, int64_t now_ns)
{
	const struct calendar one = {(struct work *)(uintptr_t)s->w, 1};
	const struct work_filter f = {
	    .kind = -1, .state = -1, .from_ns = s->w->first.from_ns, .to_ns = now_ns + 1, .now_ns = now_ns};

	s->row = work_row_now(s->w, now_ns);
	if (!work_rows_of(&one, &f, &s->past))
		return false;
	if (s->past.n > 0)
		s->row = s->past.rows[s->past.n - 1];
	return true;
}

int work_show(const struct work_options *o, const char *state, const char *no)
{
	struct shown s = {0};
	struct calendar all;
	struct complaint c = {""};
	int err = work_read(state, &all, &c);

	if (err)
		return command_failed(err, &c);
	s.w = find(&all, no);
	int status = s.w ? EXIT_DONE : EXIT_INPUT;
	if (s.w && (err = store_open(&s.db, state, STORE_READ, &c)) < 0)
		status = command_failed(err, &c);
	if (status == EXIT_DONE && !read_times(&s, when_now_ns()))
		status = EXIT_ENVIRONMENT;
	if (status == EXIT_DONE && s.past.n > 0)
		read_names(&s, state);
	if (status == EXIT_DONE && o->json)
		print_json(&s);
	else if (status == EXIT_DONE)
		print(&s);
	if (status == EXIT_DONE)
		free(s.past.rows);
	sqlite3_close(s.db);
	calendar_free(&all);
	return status;
}
