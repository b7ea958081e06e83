#include "app/fleet_show.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "app/alert_text.h"
#include "app/command.h"
#include "base/json.h"
#include "base/text.h"
#include "base/when.h"

enum { LINE_BYTES = 1 << 20, CELL_BYTES = 4096 };

/* ---- sheets */

int fleet_sheet_begin(struct fleet_sheet *sheet, const char *const *titles, size_t n)
{
	*sheet = (struct fleet_sheet){.at_start = true};
	sheet->out = open_memstream(&sheet->text, &sheet->len);
	if (!sheet->out)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		fleet_sheet_cell(sheet, titles[i]);
	fleet_sheet_line(sheet);
	return 0;
}

void fleet_sheet_cell(struct fleet_sheet *sheet, const char *text)
{
	char plain[CELL_BYTES];

	text_printable(span_str(text), plain, sizeof(plain), 0);
	command_csv_cell(sheet->out, plain, sheet->at_start);
	sheet->at_start = false;
}

void fleet_sheet_line(struct fleet_sheet *sheet)
{
	fputs("\r\n", sheet->out);
	sheet->at_start = true;
}

int fleet_sheet_end(struct fleet_sheet *sheet, const char *encoding)
{
	bool good = !ferror(sheet->out);

	good &= fclose(sheet->out) == 0;
	if (good)
		command_csv_write(sheet->text, sheet->len, encoding);
	free(sheet->text);
	return good ? 0 : -ENOMEM;
}

void fleet_append(char *buf, size_t size, const char *separator, const char *text)
{
	size_t len = strlen(buf);
	size_t more = strlen(text) + (len ? strlen(separator) : 0);

	if (len + more < size)
		snprintf(buf + len, size - len, "%s%s", len ? separator : "", text);
}

static void sheet_number(struct fleet_sheet *sheet, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	fleet_sheet_cell(sheet, text);
}

static void table_number(struct text_table *t, bool known, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	text_table_cell(t, known ? text : "-");
}

static void print_line(struct json *j)
{
	if (!j->overflow)
		puts(json_cstr(j));
}

/* ---- sensors */

static const char *beat_token(enum fleet_beat beat)
{
	static const char *const tokens[] = {
	    [FLEET_ALIVE] = "alive", [FLEET_SILENT] = "silent", [FLEET_UNSEEN] = "unseen"};

	return tokens[beat];
}

/* "12 s", "3 min", "5 h", "2 d" ago. */
static const char *age_text(int64_t ms, char *buf, size_t size)
{
	static const struct {
		long long below_s, unit_s;
		enum word word;
	} steps[] = {{120, 1, W_AGO_S}, {7200, 60, W_AGO_MIN}, {172800, 3600, W_AGO_H}, {0, 86400, W_AGO_D}};
	long long s = ms / 1000;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (s < steps[i].below_s || steps[i].below_s == 0) {
			snprintf(buf, size, say(steps[i].word), s / steps[i].unit_s);
			break;
		}
	}
	return buf;
}

static const char *beat_text(const struct fleet_sensor *s, char *buf, size_t size)
{
	char age[48] = "";

	if (s->age_ms >= 0)
		age_text(s->age_ms, age, sizeof(age));
	if (s->beat == FLEET_ALIVE)
		snprintf(buf, size, "%s", age);
	else if (s->beat == FLEET_SILENT)
		snprintf(buf, size, say(W_FLEET_BEAT_SILENT), age);
	else
		snprintf(buf, size, "%s", say(s->read ? W_FLEET_BEAT_UNSEEN : W_FLEET_BEAT_UNREAD));
	return buf;
}

/* Frames that the kernel or a queue lost, and their share in the last five minutes. */
static const char *loss_text(const struct fleet_sensor *s, char *buf, size_t size)
{
	snprintf(buf, size, "%" PRIu64 " (%.3g%%)", s->kernel_dropped + s->queue_dropped, s->loss_pct_5m);
	return s->counted ? buf : "-";
}

static int table_sensors(const struct fleet_sensors *s)
{
	struct text_table t = {0};
	char text[96];

	text_table_column(&t, say(W_COL_SENSOR), 32);
	text_table_column(&t, say(W_COL_SITE), 24);
	text_table_column(&t, say(W_COL_VERSION), 16);
	text_table_column(&t, say(W_COL_HEARTBEAT), 0);
	text_table_column(&t, say(W_COL_PACKETS), 0);
	text_table_column(&t, say(W_COL_LOST), 0);
	text_table_column(&t, say(W_COL_ALERTS), 0);
	text_table_column(&t, say(W_COL_ENTRIES), 0);
	text_table_column(&t, say(W_COL_ASSETS), 0);
	for (size_t i = 0; i < s->n; i++) {
		const struct fleet_sensor *one = &s->item[i];
		text_table_cell(&t, one->name);
		text_table_cell(&t, one->site);
		text_table_cell(&t, one->version);
		text_table_cell(&t, beat_text(one, text, sizeof(text)));
		table_number(&t, one->counted, one->frames);
		text_table_cell(&t, loss_text(one, text, sizeof(text)));
		table_number(&t, one->counted, one->alerts);
		table_number(&t, one->read, one->entries);
		table_number(&t, one->read, one->assets);
	}
	text_table_print(&t, stdout, "");
	text_table_free(&t);
	return 0;
}

static void kv_seconds(struct json *j, const char *key, bool known, int64_t ms)
{
	json_key(j, key);
	if (known)
		json_f64(j, (double)ms / 1000);
	else
		json_null_value(j);
}

static void kv_known(struct json *j, const char *key, bool known, uint64_t n)
{
	json_key(j, key);
	if (known)
		json_u64(j, n);
	else
		json_null_value(j);
}

static int json_sensors(const struct fleet_sensors *s)
{
	struct json j;

	json_init(&j, LINE_BYTES);
	for (size_t i = 0; i < s->n; i++) {
		const struct fleet_sensor *one = &s->item[i];
		json_reset(&j);
		json_object_begin(&j);
		json_kv_str(&j, "sensor", one->name);
		json_kv_str(&j, "site", one->site);
		json_kv_str(&j, "version", one->version);
		json_kv_str(&j, "heartbeat", one->read ? beat_token(one->beat) : "unread");
		json_kv_bool(&j, "silent", one->beat != FLEET_ALIVE);
		kv_seconds(&j, "heartbeat_age_s", one->age_ms >= 0, one->age_ms);
		kv_seconds(&j, "clock_behind_s", one->beat == FLEET_ALIVE, one->behind_ms);
		kv_known(&j, "frames", one->counted, one->frames);
		kv_known(&j, "kernel_dropped", one->counted, one->kernel_dropped);
		kv_known(&j, "queue_dropped", one->counted, one->queue_dropped);
		json_key(&j, "loss_pct_5m");
		if (one->counted)
			json_f64(&j, one->loss_pct_5m);
		else
			json_null_value(&j);
		kv_known(&j, "alerts", one->counted, one->alerts);
		kv_known(&j, "stream_entries", one->read, one->entries);
		kv_known(&j, "assets", one->read, one->assets);
		if (one->why[0])
			json_kv_str(&j, "refused", one->why);
		json_object_end(&j);
		print_line(&j);
	}
	json_deinit(&j);
	return 0;
}

static int csv_sensors(const struct fleet_sensors *s, const char *encoding)
{
	static const char *const titles[] = {"sensor",          "site",   "version",        "heartbeat",
					     "heartbeat_age_s", "frames", "kernel_dropped", "queue_dropped",
					     "loss_pct_5m",     "alerts", "stream_entries", "assets"};
	struct fleet_sheet sheet;
	char text[32];
	int err = fleet_sheet_begin(&sheet, titles, sizeof(titles) / sizeof(titles[0]));

	for (size_t i = 0; !err && i < s->n; i++) {
		const struct fleet_sensor *one = &s->item[i];
		fleet_sheet_cell(&sheet, one->name);
		fleet_sheet_cell(&sheet, one->site);
		fleet_sheet_cell(&sheet, one->version);
		fleet_sheet_cell(&sheet, one->read ? beat_token(one->beat) : "unread");
		snprintf(text, sizeof(text), "%.3f", (double)one->age_ms / 1000);
		fleet_sheet_cell(&sheet, one->age_ms >= 0 ? text : "");
		sheet_number(&sheet, one->frames);
		sheet_number(&sheet, one->kernel_dropped);
		sheet_number(&sheet, one->queue_dropped);
		snprintf(text, sizeof(text), "%.6g", one->loss_pct_5m);
		fleet_sheet_cell(&sheet, text);
		sheet_number(&sheet, one->alerts);
		sheet_number(&sheet, one->entries);
		sheet_number(&sheet, one->assets);
		fleet_sheet_line(&sheet);
	}
	return err ? err : fleet_sheet_end(&sheet, encoding);
}

int fleet_show_sensors(const struct fleet_sensors *s, enum fleet_form form, const char *encoding)
{
	return form == FLEET_JSON ? json_sensors(s) : form == FLEET_CSV ? csv_sensors(s, encoding) : table_sensors(s);
}

/* ---- alerts */

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
	table_number(t, true, a->count);
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

/* The record goes through jansson and our writer again, so that nothing in it can steer a terminal. */
static void json_again(struct json *j, const json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		json_object_begin(j);
		json_object_foreach((json_t *)(uintptr_t)value, key, member)
		{
			struct json name;
			json_init(&name, CELL_BYTES);
			json_str(&name, key);
			if (!name.overflow && name.len > 2)
				json_key_n(j, name.buf + 1, name.len - 2);
			else
				json_key(j, "");
			json_deinit(&name);
			json_again(j, member);
		}
		json_object_end(j);
		break;
	case JSON_ARRAY:
		json_array_begin(j);
		json_array_foreach((json_t *)(uintptr_t)value, i, member) json_again(j, member);
		json_array_end(j);
		break;
	case JSON_STRING:
		json_text(j, span_of(json_string_value(value), json_string_length(value)));
		break;
	case JSON_INTEGER:
		json_i64(j, json_integer_value(value));
		break;
	case JSON_REAL:
		json_f64(j, json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		json_bool(j, json_is_true(value));
		break;
	default:
		json_null_value(j);
	}
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
		json_again(j, record);
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
	sheet_number(sheet, a->count);
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
