#include "app/health.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/sandbox.h"
#include "base/when.h"

enum { HEALTH_BYTES = 256 << 10 };

void health_members(struct pipeline *p, struct json *out)
{
	struct pipeline_counters n = pipeline_count(p);
	const char *name, *site;
	char now[WHEN_TEXT_MAX];

	pipeline_sensor(p, &name, &site);
	json_kv_str(out, "sensor", name);
	json_kv_str(out, "site", site);
	json_kv_str(out, "written", when_format(when_now_ns(), now));
	json_kv_str(out, "version", SEKISHO_VERSION);
	json_kv_u64(out, "frames", n.frames);
	json_kv_u64(out, "bytes", n.bytes);
	json_kv_u64(out, "kernel_dropped", n.kernel_dropped);
	json_kv_u64(out, "queue_dropped", n.road_dropped);
	json_key(out, "loss_pct_5m");
	json_f64(out, n.loss_pct_5m);
	json_kv_u64(out, "records", n.records);
	json_kv_u64(out, "judged", n.passed);
	json_kv_u64(out, "held_by_gate", n.held);
	json_kv_u64(out, "facts_evicted", n.facts_evicted);
	json_kv_u64(out, "assets", n.ledger.assets);
	json_kv_u64(out, "conversations", n.ledger.conversations);
	json_kv_u64(out, "assets_evicted", n.ledger.evicted_assets);
	json_kv_u64(out, "names_evicted", n.ledger.evicted_names);
	json_kv_u64(out, "ledger_write_errors", n.ledger.write_errors);
	json_kv_u64(out, "alerts", n.alerts.raised);
	json_kv_u64(out, "alerts_told", n.alerts.outbox_rows);
	json_kv_u64(out, "alerts_reopened", n.alerts.reopened);
	json_kv_u64(out, "mutes", n.alerts.mutes);
	json_kv_u64(out, "findings_muted", n.alerts.muted);
	json_kv_u64(out, "findings_refused", n.alerts.refused);
	json_kv_u64(out, "alert_groups", n.alerts.groups);
	json_kv_u64(out, "alert_groups_evicted", n.alerts.groups_evicted);
	json_kv_u64(out, "outbox_rows", n.alerts.kept_rows);
	json_kv_u64(out, "outbox_bytes", n.alerts.kept_bytes);
	json_kv_u64(out, "outbox_dropped", n.alerts.trimmed_untold);
	json_kv_u64(out, "incidents", n.alerts.incidents);
	json_kv_u64(out, "incident_sources", n.alerts.incident_sources);
	json_kv_u64(out, "incident_sources_evicted", n.alerts.incident_sources_evicted);
	json_kv_u64(out, "incident_findings_refused", n.alerts.incident_findings_refused);
	json_kv_u64(out, "commit_errors", n.alerts.commit_errors);
	json_kv_u64(out, "evidence_written", n.evidence.written);
	json_kv_u64(out, "evidence_skipped", n.evidence.skipped);
	json_kv_u64(out, "evidence_removed", n.evidence.removed);
	json_kv_u64(out, "evidence_failed", n.evidence.failed);
	json_kv_u64(out, "counted_keys", n.rules.keys);
	json_kv_u64(out, "counted_keys_forgotten", n.rules.keys_forgotten);
	json_kv_u64(out, "facts_recalled", n.rules.facts_recalled);
	json_kv_u64(out, "facts_recalled_replaced", n.rules.facts_replaced);
	json_kv_u64(out, "indicators", n.rules.indicators);
	json_kv_u64(out, "indicators_expired_hits", n.rules.expired);
}

/* A database that was damaged and set aside: as long as it lies there, somebody has to look at it. */
static void damaged_member(const char *state_dir, const char *name, const char *key, struct json *out)
{
	char pattern[4096];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/%s.damaged-*[0-9]", state_dir, name);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	json_kv_str(out, key, found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
}

/* How the process is shut in. */
static void sandbox_members(struct json *out)
{
	struct sandbox_state s = sandbox_state();

	json_key(out, "sandbox");
	json_object_begin(out);
	json_kv_bool(out, "seccomp", s.seccomp);
	json_kv_bool(out, "landlock", s.landlock);
	json_object_end(out);
}

void health_write(struct pipeline *p, const struct delivery_office *office, const char *state_dir)
{
	char path[4096], fresh[4096];
	struct json j;

	snprintf(path, sizeof(path), "%s/health.json", state_dir);
	snprintf(fresh, sizeof(fresh), "%s/health.json.new", state_dir);
	json_init(&j, HEALTH_BYTES);
	json_object_begin(&j);
	health_members(p, &j);
	damaged_member(state_dir, "ledger.db", "ledger_damaged", &j);
	damaged_member(state_dir, "alerts.db", "alerts_damaged", &j);
	if (sandbox_state().on)
		sandbox_members(&j);
	pipeline_stats(p, &j);
	delivery_health(office, &j);
	json_object_end(&j);
	json_put(&j, "\n", 1);
	FILE *f = fopen(fresh, "we");
	bool good = f && fwrite(j.buf, 1, j.len, f) == j.len;
	/* a full disk is told by the alerts' commit; the former file stays */
	if (f && (fclose(f) != 0 || !good || j.overflow || rename(fresh, path) < 0))
		(void)unlink(fresh);
	json_deinit(&j);
}
