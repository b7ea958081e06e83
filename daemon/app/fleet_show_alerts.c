/* sekisho fleet alerts: each with how every sensor sees it. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "app/alert_text.h"
#include "app/fleet_show.h"
#include "base/json.h"
#include "base/when.h"
#include "sinks/json_tree.h"

enum { LINE_BYTES = 1 << 20, CELL_BYTES = 4096 };

static void print_line(struct json *j)
{
	if (!j->overflow)
		puts(json_cstr(j));
}

static const char *end_name(const json_t *a, const char *end, const char *ip, const char *mac)
{
	const char *name = json_at(json_node(a, end), "name");

	if (!name[0])
		name = json_at(a, ip);
	return name[0] ? name : json_at(a, mac);
}

/* "line-1 x3, line-2" */
static void views_text(const struct fleet_alert *a, const struct fleet_sensors *s, char *buf, size_t size)
{
	char one[FLEET_NAME_MAX + 32];

	buf[0] = '\0';
	for (const struct fleet_view *v = a->views; v; v = v->next) {
		const char *name = s->item[v->sensor].name;
		snprintf(one, sizeof(one), v->count > 1 ? "%s x%" PRIu64 : "%s", name, v->count);
		fleet_append(buf, size, ", ", one);
	}
}

/* The states of its views, each once. */
static void states_text(const struct fleet_alert *a, bool words, const char *separator, char *buf, size_t size)
{
	bool told[ALERT_STATES] = {false};

	buf[0] = '\0';
	for (const struct fleet_view *v = a->views; v; v = v->next) {
		if (!told[v->state])
			fleet_append(buf, size, separator,
				     words ? alert_state_word(v->state) : alert_state_name(v->state));
		told[v->state] = true;
	}
}

static void table_alert(struct text_table *t, const struct fleet_alert *a, const struct fleet_sensors *s)
{
	json_t *alert = json_loadb(a->json, a->len, 0, NULL);
	char at[WHEN_TEXT_MAX], when[40], text[512];

	text_table_cell(t, local_time(when_format(a->last_ns, at), when, sizeof(when)));
	text_table_cell(t, alert_level_word(a->level));
	text_table_cell(t, json_at(alert, "sekisho.rule_id"));
	fleet_table_number(t, true, a->count);
	text_table_cell(t, end_name(alert, "sekisho.src", "src_ip", "ether.src_mac"));
	text_table_cell(t, end_name(alert, "sekisho.dest", "dest_ip", "ether.dest_mac"));
	views_text(a, s, text, sizeof(text));
	text_table_cell(t, text);
	states_text(a, true, "/", text, sizeof(text));
	text_table_cell(t, text);
	text_table_cell(t, json_at(alert, words_japanese() ? "sekisho.title_ja" : "sekisho.title_en"));
	json_decref(alert);
}

static int table_alerts(const struct fleet_alert *const *rows, size_t n, const struct fleet_sensors *s)
{
	struct text_table t = {0};

	text_table_column(&t, say(W_COL_LAST_SEEN), 0);
	text_table_column(&t, say(W_COL_LEVEL), 0);
	text_table_column(&t, say(W_COL_RULE), 16);
	text_table_column(&t, say(W_COL_COUNT), 0);
	text_table_column(&t, say(W_COL_FROM), 24);
	text_table_column(&t, say(W_COL_TO), 24);
	text_table_column(&t, say(W_COL_SENSORS), 40);
	text_table_column(&t, say(W_COL_STATE), 0);
	text_table_column(&t, say(W_COL_TITLE), 0);
	for (size_t i = 0; i < n; i++)
		table_alert(&t, rows[i], s);
	text_table_print(&t, stdout, "");
	text_table_free(&t);
	return 0;
}

static void json_view(struct json *j, const struct fleet_view *v, const struct fleet_sensors *s)
{
	char at[WHEN_TEXT_MAX];

	json_object_begin(j);
	json_kv_str(j, "sensor", s->item[v->sensor].name);
	json_kv_str(j, "alert_id", v->id);
	json_kv_u64(j, "count", v->count);
	json_kv_str(j, "level", alert_level_name(v->level));
	json_kv_str(j, "state", alert_state_name(v->state));
	json_kv_str(j, "first_seen", when_format(v->first_ns, at));
	json_kv_str(j, "last_seen", when_format(v->last_ns, at));
	json_object_end(j);
}

static void json_alert(struct json *j, const struct fleet_alert *a, const struct fleet_sensors *s, const json_t *record,
		       bool whole)
{
	char at[WHEN_TEXT_MAX];

	json_reset(j);
	json_object_begin(j);
	json_kv_str(j, "rule_id", json_at(record, "sekisho.rule_id"));
	json_kv_str(j, "level", alert_level_name(a->level));
	json_kv_u64(j, "count", a->count);
	json_kv_str(j, "first_seen", when_format(a->first_ns, at));
	json_kv_str(j, "last_seen", when_format(a->last_ns, at));
	json_key(j, "sensors");
	json_array_begin(j);
	for (const struct fleet_view *v = a->views; v; v = v->next)
		json_view(j, v, s);
	json_array_end(j);
	json_key(j, "alert");
	if (whole)
		json_write_tree(j, record); /* so that nothing in it can steer a terminal */
	else
		json_null_value(j);
	json_object_end(j);
}

static int json_alerts(const struct fleet_alert *const *rows, size_t n, const struct fleet_sensors *s)
{
	struct json j;

	json_init(&j, LINE_BYTES);
	for (size_t i = 0; i < n; i++) {
		json_t *record = json_loadb(rows[i]->json, rows[i]->len, 0, NULL);
		json_alert(&j, rows[i], s, record, true);
		if (j.overflow) /* none of ours is as deep or as long as that */
			json_alert(&j, rows[i], s, record, false);
		print_line(&j);
		json_decref(record);
	}
	json_deinit(&j);
	return 0;
}

static void csv_alert(struct fleet_sheet *sheet, const struct fleet_alert *a, const struct fleet_sensors *s)
{
	json_t *alert = json_loadb(a->json, a->len, 0, NULL);
	char text[CELL_BYTES] = "", at[WHEN_TEXT_MAX];
	static const char *const paths[] = {"src_ip",           "ether.src_mac",   "sekisho.src.name",
					    "dest_ip",          "ether.dest_mac",  "sekisho.dest.name",
					    "sekisho.title_ja", "sekisho.title_en"};

	fleet_sheet_cell(sheet, when_format(a->first_ns, at));
	fleet_sheet_cell(sheet, when_format(a->last_ns, at));
	fleet_sheet_cell(sheet, alert_level_name(a->level));
	fleet_sheet_cell(sheet, json_at(alert, "sekisho.rule_id"));
	fleet_sheet_number(sheet, a->count);
	states_text(a, false, " ", text, sizeof(text));
	fleet_sheet_cell(sheet, text);
	views_text(a, s, text, sizeof(text));
	fleet_sheet_cell(sheet, text);
	text[0] = '\0';
	for (const struct fleet_view *v = a->views; v; v = v->next)
		fleet_append(text, sizeof(text), " ", v->id);
	fleet_sheet_cell(sheet, text);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		fleet_sheet_cell(sheet, json_at(alert, paths[i]));
	fleet_sheet_line(sheet);
	json_decref(alert);
}

static int csv_alerts(const struct fleet_alert *const *rows, size_t n, const struct fleet_sensors *s,
		      const char *encoding)
{
	static const char *const titles[] = {"first_seen", "last_seen", "level",    "rule_id", "count",    "state",
					     "sensors",    "alert_ids", "src_ip",   "src_mac", "src_name", "dest_ip",
					     "dest_mac",   "dest_name", "title_ja", "title_en"};
	struct fleet_sheet sheet;
	int err = fleet_sheet_begin(&sheet, titles, sizeof(titles) / sizeof(titles[0]));

	for (size_t i = 0; !err && i < n; i++)
		csv_alert(&sheet, rows[i], s);
	return err ? err : fleet_sheet_end(&sheet, encoding);
}

int fleet_show_alerts(const struct fleet_alert *const *rows, size_t n, const struct fleet_sensors *s,
		      enum fleet_form form, const char *encoding)
{
	return form == FLEET_JSON  ? json_alerts(rows, n, s)
	       : form == FLEET_CSV ? csv_alerts(rows, n, s, encoding)
				   : table_alerts(rows, n, s);
}
