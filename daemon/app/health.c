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
#define COUNT(key, member, ...) json_kv_u64(out, key, n.member);
#define REAL(key, member, ...)                                                                                         \
	json_key(out, key);                                                                                            \
	json_f64(out, n.member);
#define PART(...)
#include "app/counters.def"
#undef COUNT
#undef REAL
#undef PART
	json_key(out, "alerts_by_level");
	json_object_begin(out);
	for (int i = 0; i < LEVEL_COUNT; i++)
		json_kv_u64(out, alert_level_name((enum alert_level)i), n.alerts.raised_by_level[i]);
	json_object_end(out);
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

void health_make(struct pipeline *p, struct delivery_office *office, const struct vitals *v, const char *state_dir,
		 struct json *j)
{
	json_reset(j);
	json_object_begin(j);
	health_members(p, j);
	pipeline_tables(p, j);
	if (v)
		vitals_members(v, j);
	damaged_member(state_dir, "ledger.db", "ledger_damaged", j);
	damaged_member(state_dir, "alerts.db", "alerts_damaged", j);
	if (sandbox_state().on)
		sandbox_members(j);
	pipeline_stats(p, j);
	delivery_health(office, j);
	json_object_end(j);
	json_put(j, "\n", 1);
}

void health_put(const char *state_dir, const struct json *j)
{
	char path[4096], fresh[4096];

	if (j->overflow)
		return;
	snprintf(path, sizeof(path), "%s/health.json", state_dir);
	snprintf(fresh, sizeof(fresh), "%s/health.json.new", state_dir);
	FILE *f = fopen(fresh, "we");
	bool good = f && fwrite(j->buf, 1, j->len, f) == j->len;
	/* a full disk is told by the alerts' commit; the former file stays */
	if (f && (fclose(f) != 0 || !good || rename(fresh, path) < 0))
		(void)unlink(fresh);
}

void health_write(struct pipeline *p, struct delivery_office *office, const char *state_dir)
{
	struct json j;

	json_init(&j, HEALTH_BYTES);
	health_make(p, office, NULL, state_dir, &j);
	health_put(state_dir, &j);
	json_deinit(&j);
}
