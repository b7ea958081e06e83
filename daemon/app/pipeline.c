#include "app/pipeline.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/person.h"
#include "app/pipeline_own.h"
#include "app/words.h"

void pipeline_nap(int64_t ns)
{
	struct timespec ts = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};

	nanosleep(&ts, NULL);
}

int64_t pipeline_nap_longer(int64_t ns, int64_t most_ns)
{
	pipeline_nap(ns);
	return ns * 2 < most_ns ? ns * 2 : most_ns;
}

/* Alerts are told apart by the numbers of their assets: those must outlive a crash that the alerts outlive. */
static void put_down_assets(void *ctx)
{
	struct pipeline *p = ctx;

	(void)ledger_write_new(p->ledger); /* a full disk is logged there; the alerts go on as long as they can */
	alerts_note_asset_no(p->alerts, ledger_last_no(p->ledger));
}

bool pipeline_evidence(const struct config *cfg, struct evidence_options *o)
{
	*o = (struct evidence_options){.before_ns = cfg->evidence.before_s * NS_PER_S,
				       .after_ns = cfg->evidence.after_s * NS_PER_S,
				       .ring_bytes = (uint64_t)cfg->evidence.ring_mb << 20,
				       .file_bytes = (uint64_t)cfg->evidence.file_mb << 20,
				       .disk_bytes = (uint64_t)cfg->evidence.disk_mb << 20,
				       .per_minute = (uint32_t)cfg->evidence.per_minute,
				       .redact = cfg->evidence.redact};
	return alert_level_parse(cfg->evidence.level, &o->least);
}

/* Neither database is there yet. */
static bool is_fresh(const char *state_dir)
{
	static const char *const names[] = {"ledger.db", "alerts.db"};
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", state_dir, names[i]);
		if (access(path, F_OK) == 0 || errno != ENOENT)
			return false;
	}
	return true;
}

static int import_register(struct pipeline *p, const char *state_dir, struct complaint *c)
{
	const struct config *cfg = &p->set->cfg;
	struct person by = person_of(NULL, say(W_REGISTER_NAMED));
	unsigned rows;

	if (!cfg->register_file[0])
		return 0;
	char *path = config_path(cfg, cfg->register_file);
	if (!path)
		return -ENOMEM;
	int err = register_import(state_dir, path, &cfg->site, &by, &rows, c);
	free(path);
	return err;
}

int pipeline_new(struct pipeline **out, struct policy_set *set, const char *state_dir, unsigned n_sources,
		 unsigned workers, enum pipeline_use use, struct complaint *c)
{
	unsigned lanes_each = workers > 1 ? workers + 1 : 1;
	struct pipeline *p = calloc(1, sizeof(*p));
	int err = p ? 0 : -ENOMEM;

	if (!p)
		return err;
	*out = p;
	tzset(); /* planned work comes again by local time; the threads that ask for it may read no files */
	p->set = set;
	atomic_store(&p->analyst_set, set);
	p->n_sources = n_sources;
	p->n_lanes = n_sources * lanes_each;
	pthread_mutex_init(&p->count_lock, NULL);
	err = budget_make(&p->budget, set, n_sources, workers, c);
	if (!err && mkdir(state_dir, 0750) < 0 && errno != EEXIST) {
		err = -errno;
		complain(c, state_dir, 0, 0, "the state directory cannot be made: %s", strerror(errno));
	}
	p->live = use == PIPELINE_LIVE;
	p->alone = use == PIPELINE_REPLAY_ALONE;
	enum sqlite_company company = !p->alone || err      ? SQLITE_SHARED
				      : is_fresh(state_dir) ? SQLITE_FRESH
							    : SQLITE_ALONE;
	if (!err)
		err = import_register(p, state_dir, c);
	struct ledger_limits ledger = {.assets = p->budget.assets,
				       .conversations = p->budget.conversations,
				       .disk_bytes = (uint64_t)set->cfg.ledger.megabytes << 20,
				       .disk_devices = (uint64_t)set->cfg.ledger.devices,
				       .company = company};
	if (!err)
		err = ledger_open_limited(&p->ledger, state_dir, &set->cfg.site, (struct event_sink){analyst_judge, p},
					  &ledger, c);
	p->sensor_name = strdup(set->cfg.sensor.name);
	p->sensor_site = strdup(set->cfg.sensor.site);
	p->state_dir = strdup(state_dir);
	if (!err && (!p->sensor_name || !p->sensor_site || !p->state_dir))
		err = -ENOMEM;
	struct sensor_info sensor = {p->sensor_name, p->sensor_site, SEKISHO_VERSION};
	if (!err)
		err = alerts_open_in(&p->alerts, state_dir, &sensor, company, c);
	if (!err)
		err = alerts_set_limits(p->alerts, &(struct alerts_limits){.groups = p->budget.alert_groups,
									   .pending_bytes = p->budget.pending_bytes});
	if (!err) {
		ledger_number_behind(p->ledger, alerts_asset_no(p->alerts, ledger_last_no(p->ledger)));
		alerts_set_before_commit(p->alerts, put_down_assets, p);
		analyst_set_alerts(p);
		analyst_set_plan(p);
	}
	struct evidence_options evidence;
	if (!err && pipeline_evidence(&set->cfg, &evidence)) {
		evidence.ring_bytes = p->budget.evidence_ring_bytes;
		err = evidence_new(&p->evidence, state_dir, &evidence, c);
	}
	if (!err && workers > 1)
		err = table_init(&p->flow_names, p->budget.flows, sizeof(struct flow_name_key),
				 sizeof(struct flow_name), table_hash_bytes, NULL, NULL);
	p->lanes = aligned_alloc(alignof(struct lane), p->n_lanes * sizeof(*p->lanes));
	p->sources = aligned_alloc(alignof(struct source), p->n_sources * sizeof(*p->sources));
	if (p->lanes)
		memset(p->lanes, 0, p->n_lanes * sizeof(*p->lanes));
	if (p->sources)
		memset(p->sources, 0, p->n_sources * sizeof(*p->sources));
	if (!err && (!p->lanes || !p->sources))
		err = -ENOMEM;
	for (unsigned i = 0; i < p->n_sources && !err; i++)
		err = source_init(&p->sources[i], p, &p->lanes[(size_t)i * lanes_each], workers, !p->live);
	if (err == -ENOMEM)
		complain(c, "memory", 0, 0, "not enough for these settings; lower flows.max and gate.facts");
	if (err) {
		pipeline_free(p);
		*out = NULL;
	}
	return err;
}

void pipeline_daemon(struct pipeline *p)
{
	p->daemon = true;
}

struct source *pipeline_source(struct pipeline *p, unsigned i)
{
	return &p->sources[i];
}

void pipeline_report(struct pipeline *p, enum health_what what, const char *subject, double value, int64_t at_ns)
{
	pthread_mutex_lock(&p->count_lock);
	if (p->n_reports < REPORTS_MAX) {
		struct report *r = &p->reports[p->n_reports++];
		*r = (struct report){.what = what, .value = value, .at_ns = at_ns};
		snprintf(r->subject, sizeof(r->subject), "%s", subject);
	}
	pthread_mutex_unlock(&p->count_lock);
}

int pipeline_start(struct pipeline *p)
{
	int err = pthread_create(&p->analyst, NULL, analyst_main, p);

	p->analyst_runs = err == 0;
	err = -err;
	for (unsigned i = 0; i < p->n_sources && !err; i++)
		err = source_start(&p->sources[i]);
	return err;
}

int pipeline_stop(struct pipeline *p)
{
	if (!p->analyst_runs)
		return 0;
	atomic_store_explicit(&p->stop, true, memory_order_release);
	pthread_join(p->analyst, NULL);
	p->analyst_runs = false;
	return 0;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	for (unsigned i = 0; p->sources && p->lanes && i < p->n_sources; i++)
		source_stop(&p->sources[i]);
	pipeline_stop(p);
	for (unsigned i = 0; p->sources && p->lanes && i < p->n_sources; i++)
		source_deinit(&p->sources[i]);
	free(p->sources);
	free(p->lanes);
	table_deinit(&p->flow_names);
	evidence_free(p->evidence);
	alerts_close(p->alerts);
	ledger_close(p->ledger);
	pthread_mutex_destroy(&p->count_lock);
	free(p->state_dir);
	free(p->sensor_name);
	free(p->sensor_site);
	free(p);
}

static bool all_took_over(struct pipeline *p, const struct policy_set *set)
{
	if (atomic_load_explicit(&p->analyst_set, memory_order_acquire) != set)
		return false;
	for (unsigned i = 0; i < p->n_lanes; i++) {
		if (atomic_load_explicit(&p->lanes[i].taken_over, memory_order_acquire) != set &&
		    !atomic_load(&p->lanes[i].finished))
			return false;
	}
	return true;
}

void pipeline_reload(struct pipeline *p, struct policy_set *set)
{
	atomic_store_explicit(&p->offered, set, memory_order_release);
	while (!all_took_over(p, set))
		pipeline_nap(NS_PER_MS);
}

static bool stands_still(struct pulse *p, int64_t now_ns, int64_t most_ns)
{
	uint64_t beats = atomic_load_explicit(&p->beats, memory_order_relaxed);

	if (beats != p->heard || p->since_ns == 0) {
		p->heard = beats;
		p->since_ns = now_ns;
	}
	return now_ns - p->since_ns > most_ns;
}

const char *pipeline_stands_still(struct pipeline *p, int64_t now_ns, int64_t most_ns)
{
	const char *who = stands_still(&p->analyst_pulse, now_ns, most_ns) ? "analyst" : NULL;

	for (unsigned i = 0; i < p->n_lanes; i++) {
		if (stands_still(&p->lanes[i].pulse, now_ns, most_ns) && !atomic_load(&p->lanes[i].finished))
			who = "capture";
	}
	return who;
}

struct pipeline_counters pipeline_count(struct pipeline *p)
{
	struct pipeline_counters c = {0};

	for (unsigned i = 0; i < p->n_lanes; i++) {
		struct lane *l = &p->lanes[i];
		c.frames += atomic_load_explicit(&l->frames, memory_order_relaxed);
		c.bytes += atomic_load_explicit(&l->bytes, memory_order_relaxed);
		c.kernel_dropped += atomic_load_explicit(&l->kernel_dropped, memory_order_relaxed);
		c.road_dropped += atomic_load_explicit(&l->road_dropped, memory_order_relaxed);
		c.records += atomic_load_explicit(&l->records, memory_order_relaxed);
		c.passed += atomic_load_explicit(&l->passed, memory_order_relaxed);
		c.held += atomic_load_explicit(&l->held, memory_order_relaxed);
		c.reports += atomic_load_explicit(&l->reports, memory_order_relaxed);
		c.facts_evicted += atomic_load_explicit(&l->facts_evicted, memory_order_relaxed);
		c.facts += atomic_load_explicit(&l->facts, memory_order_relaxed);
		c.unseen += atomic_load_explicit(&l->unseen, memory_order_relaxed);
	}
	pthread_mutex_lock(&p->count_lock);
	c.taken = p->taken_count;
	c.ledger = p->ledger_count;
	c.alerts = p->alerts_count;
	c.rules = p->rules_count;
	c.evidence = p->evidence_count;
	c.loss_pct_5m = p->loss_count;
	pthread_mutex_unlock(&p->count_lock);
	return c;
}

struct source_counters pipeline_count_source(const struct pipeline *p, unsigned i)
{
	const struct source *s = &p->sources[i];
	struct source_counters c = {0};

	for (unsigned k = 0; k < s->n_lanes; k++) {
		c.frames += atomic_load_explicit(&s->lanes[k].frames, memory_order_relaxed);
		c.bytes += atomic_load_explicit(&s->lanes[k].bytes, memory_order_relaxed);
		c.kernel_dropped += atomic_load_explicit(&s->lanes[k].kernel_dropped, memory_order_relaxed);
		c.road_dropped += atomic_load_explicit(&s->lanes[k].road_dropped, memory_order_relaxed);
	}
	return c;
}

uint64_t pipeline_ceiling_bytes(const struct pipeline *p)
{
	return p->budget.ceiling_bytes;
}

enum { UNKNOWN = -1 };

static void table_members(struct json *out, const char *name, int64_t entries, int64_t capacity, uint64_t evicted)
{
	json_object_begin(out);
	json_kv_str(out, "name", name);
	if (entries != UNKNOWN)
		json_kv_u64(out, "entries", (uint64_t)entries);
	if (capacity != UNKNOWN)
		json_kv_u64(out, "capacity", (uint64_t)capacity);
	json_kv_u64(out, "evicted", evicted);
	json_object_end(out);
}

void pipeline_tables(struct pipeline *p, struct json *out)
{
	struct pipeline_counters n = pipeline_count(p);
	const struct budget *b = &p->budget;

	json_key(out, "tables");
	json_array_begin(out);
	table_members(out, "assets", (int64_t)n.ledger.assets, b->assets, n.ledger.evicted_assets);
	table_members(out, "conversations", (int64_t)n.ledger.conversations, b->conversations,
		      n.ledger.evicted_conversations);
	table_members(out, "names", UNKNOWN, UNKNOWN, n.ledger.evicted_names);
	table_members(out, "facts", (int64_t)n.facts, (int64_t)b->facts * p->n_sources, n.facts_evicted);
	table_members(out, "alert_groups", (int64_t)n.alerts.groups, b->alert_groups, n.alerts.groups_evicted);
	table_members(out, "incident_sources", (int64_t)n.alerts.incident_sources, UNKNOWN,
		      n.alerts.incident_sources_evicted);
	table_members(out, "counted_keys", (int64_t)n.rules.keys, UNKNOWN, n.rules.keys_forgotten);
	json_array_end(out);
}

void pipeline_sensor(const struct pipeline *p, const char **name, const char **site)
{
	*name = p->sensor_name;
	*site = p->sensor_site;
}

void pipeline_stats(struct pipeline *p, struct json *out)
{
	json_key(out, "stats");
	json_array_begin(out);
	for (unsigned i = 0; i < p->n_lanes; i++) {
		struct lane *l = &p->lanes[i];
		pthread_mutex_lock(&l->stats_lock);
		if (l->stats.len > 0 && !l->stats.overflow)
			json_raw(out, span_of(l->stats.buf, l->stats.len));
		pthread_mutex_unlock(&l->stats_lock);
	}
	json_array_end(out);
}
