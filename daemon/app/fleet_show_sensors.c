/* sekisho fleet sensors */
#include <errno.h>
#include <inttypes.h>

#include "app/fleet_show.h"
#include "base/json.h"

enum { LINE_BYTES = 16 << 10 };

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
		fleet_table_number(&t, one->counted, one->frames);
		text_table_cell(&t, loss_text(one, text, sizeof(text)));
		fleet_table_number(&t, one->counted, one->alerts);
		fleet_table_number(&t, one->read, one->entries);
		fleet_table_number(&t, one->read, one->assets);
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
		puts(json_cstr(&j)); /* its texts are bounded */
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
		fleet_sheet_number(&sheet, one->frames);
		fleet_sheet_number(&sheet, one->kernel_dropped);
		fleet_sheet_number(&sheet, one->queue_dropped);
		snprintf(text, sizeof(text), "%.6g", one->loss_pct_5m);
		fleet_sheet_cell(&sheet, text);
		fleet_sheet_number(&sheet, one->alerts);
		fleet_sheet_number(&sheet, one->entries);
		fleet_sheet_number(&sheet, one->assets);
		fleet_sheet_line(&sheet);
	}
	return err ? err : fleet_sheet_end(&sheet, encoding);
}

int fleet_show_sensors(const struct fleet_sensors *s, enum fleet_form form, const char *encoding)
{
	return form == FLEET_JSON ? json_sensors(s) : form == FLEET_CSV ? csv_sensors(s, encoding) : table_sensors(s);
}
