#include "app/health.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/when.h"

enum { HEALTH_BYTES = 4096 };

size_t health_json(struct pipeline *p, char *buf, size_t size)
{
	struct pipeline_counters n = pipeline_count(p);
	char now[WHEN_TEXT_MAX];
	struct json j;

	json_init(&j, size);
	json_object_begin(&j);
	json_kv_str(&j, "written", when_format(when_now_ns(), now));
	json_kv_str(&j, "version", SEKISHO_VERSION);
	json_kv_u64(&j, "frames", n.frames);
	json_kv_u64(&j, "bytes", n.bytes);
	json_kv_u64(&j, "kernel_dropped", n.kernel_dropped);
	json_kv_u64(&j, "queue_dropped", n.road_dropped);
	json_kv_u64(&j, "records", n.records);
	json_kv_u64(&j, "judged", n.passed);
	json_kv_u64(&j, "held_by_gate", n.held);
	json_kv_u64(&j, "facts_evicted", n.facts_evicted);
	json_kv_u64(&j, "assets", n.ledger.assets);
	json_kv_u64(&j, "conversations", n.ledger.conversations);
	json_kv_u64(&j, "assets_evicted", n.ledger.evicted_assets);
	json_kv_u64(&j, "ledger_write_errors", n.ledger.write_errors);
	json_kv_u64(&j, "alerts", n.alerts.raised);
	json_kv_u64(&j, "alerts_told", n.alerts.outbox_rows);
	json_kv_u64(&j, "commit_errors", n.alerts.commit_errors);
	json_object_end(&j);
	size_t len = j.overflow ? 0 : j.len;
	if (len > 0)
		memcpy(buf, json_cstr(&j), len + 1);
	json_deinit(&j);
	return len;
}

void health_write(struct pipeline *p, const char *state_dir)
{
	char text[HEALTH_BYTES], path[4096], fresh[4096];
	size_t len = health_json(p, text, sizeof(text));

	snprintf(path, sizeof(path), "%s/health.json", state_dir);
	snprintf(fresh, sizeof(fresh), "%s/health.json.new", state_dir);
	FILE *f = fopen(fresh, "we");
	if (!f)
		return;
	fwrite(text, 1, len, f);
	fputc('\n', f);
	if (fclose(f) == 0)
		(void)rename(fresh, path);
}
