/* GET /api/alerts: the one raised last first. Each is the alert object of events.md as it is in alerts.db. */
#include <errno.h>

#include "alert/alerts_page.h"
#include "app/console/console.h"
#include "app/words.h"
#include "base/cursor.h"

enum { PAGE_BYTES = 16 << 20 };

static void put(void *json, const char *alert)
{
	json_raw(json, span_str(alert));
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

enum MHD_Result console_alerts(const struct asked *a)
{
	struct alerts_page p = {.state = or_null(asked_value(a, "state")),
				.zone = or_null(asked_value(a, "zone")),
				.rule = or_null(asked_value(a, "rule")),
				.alert_id = or_null(asked_value(a, "id")),
				.asset_id = or_null(asked_value(a, "asset")),
				.limit = (unsigned)asked_number(a, "limit", CONSOLE_ROWS, CONSOLE_ROWS_MAX),
				.offset = asked_number(a, "offset", 0, UINT32_MAX)};
	const char *level = asked_value(a, "level");
	struct complaint c = {""};
	struct alerts_paged paged;
	struct json j;

	if (level[0] && !alert_level_parse(level, &p.least_level))
		return answer_error(a, MHD_HTTP_BAD_REQUEST, say(W_CONSOLE_NOTHING));
	json_init(&j, PAGE_BYTES);
	json_object_begin(&j);
	json_key(&j, "rows");
	json_array_begin(&j);
	int err = alerts_page(a->console->state, &p, &paged, put, &j, &c);
	if (err && err != -ENOENT) { /* none yet is no fault: none are shown */
		json_deinit(&j);
		return answer_complaint(a, err, &c);
	}
	json_array_end(&j);
	json_kv_u64(&j, "total", paged.total);
	json_kv_u64(&j, "offset", p.offset);
	json_kv_u64(&j, "limit", p.limit);
	json_kv_u64(&j, "seq", paged.last_seq);
	json_kv_u64(&j, "looked_at", paged.older ? ALERTS_PAGE_LOOKS_AT : 0);
	json_object_end(&j);
	return answer_json(a, &j);
}
