/* What does not change with each alert: the sensor and its places, its health in words. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/console/console.h"
#include "app/verdict.h"
#include "base/cursor.h"
#include "base/openable.h"
#include "base/when.h"
#include "ledger/ledger.h"

enum { ABOUT_BYTES = 1 << 20, HEALTH_FILE_BYTES = 4 << 20 };

/* ---- the sensor */

static void put_place(void *json, const char *row)
{
	json_raw(json, span_str(row));
}

enum MHD_Result console_about(const struct asked *a)
{
	const struct console *k = a->console;
	struct complaint c;
	struct json j;

	json_init(&j, ABOUT_BYTES);
	json_object_begin(&j);
	json_kv_str(&j, "version", SEKISHO_VERSION);
	json_kv_str(&j, "sensor", k->cfg->sensor.name);
	json_kv_str(&j, "site", k->cfg->sensor.site);
	json_kv_bool(&j, "write", k->token != NULL);
	json_kv_str(&j, "lang", a->console->japanese ? "ja" : "en");
	json_key(&j, "places");
	json_array_begin(&j);
	(void)ledger_each_place(k->state, put_place, &j, &c); /* none yet: none */
	json_array_end(&j);
	json_object_end(&j);
	return answer_json(a, &j);
}

/* ---- its health */

static void put_line(struct json *j, const struct verdict_line *l)
{
	static const char *const grades[] = {"well", "note", "fault"};

	json_object_begin(j);
	json_kv_str(j, "grade", grades[l->grade]);
	json_kv_str(j, "reason", l->reason);
	json_kv_str(j, "text", l->text);
	json_kv_str(j, "first", l->first ? l->first : "");
	json_object_end(j);
}

static enum MHD_Result answer_verdict(const struct asked *a, const json_t *health)
{
	struct verdict *v = malloc(sizeof(*v));
	struct json j;

	if (!v)
		return MHD_NO;
	verdict_make(v, health, when_now_ns());
	json_init(&j, ABOUT_BYTES);
	json_object_begin(&j);
	json_kv_u64(&j, "faults", v->faults);
	json_kv_str(&j, "written", json_at(health, "written"));
	json_key(&j, "lines");
	json_array_begin(&j);
	for (unsigned i = 0; i < v->n; i++)
		put_line(&j, &v->line[i]);
	json_array_end(&j);
	json_object_end(&j);
	free(v);
	return answer_json(a, &j);
}

enum MHD_Result console_health(const struct asked *a)
{
	struct complaint c = {""};
	char path[4096], text[4096];

	snprintf(path, sizeof(path), "%s/health.json", a->console->state);
	int err = openable(path, false, &c);
	if (err && err != -ENOENT)
		return answer_complaint(a, err, &c);
	json_t *health = json_load_file(path, 0, NULL);
	if (!health) {
		snprintf(text, sizeof(text), say(W_NO_HEALTH), a->console->state);
		text[strcspn(text, "\n")] = '\0';
		return answer_error(a, MHD_HTTP_NOT_FOUND, text);
	}
	enum MHD_Result done = answer_verdict(a, health);
	json_decref(health);
	return done;
}
