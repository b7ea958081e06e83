#include "app/person.h"
#include "app/pipeline.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "app/alert_hooks.h"
#include "app/evidence.h"
#include "app/lookout.h"
#include "app/words.h"
#include "base/ring.h"
#include "base/when.h"

enum {
	LANES_MAX = 64,
	ROAD_BYTES = 4 << 20,
	RECORDS_PER_ROUND = 256, /* taken from one road before the next one is looked at */
	WAIT_FOR_ROOM_NS = 50 * 1000,
	IDLE_LEAST_NS = 200 * 1000, /* the analyst sleeps this long when all roads are empty, then longer, up to ... */
	IDLE_MOST_NS = 10 * 1000 * 1000,
};

#define LEDGER_WRITE_NS (2 * NS_PER_S)
#define LEDGER_LOOK_NS  (250 * NS_PER_MS) /* how often it is looked whether people have written to the ledger */
#define SERVE_NS        (200 * NS_PER_MS) /* how often it is looked whether somebody asks something of the alerts */
#define STATS_EVERY_NS  (10 * NS_PER_S)
#define LOSS_SPAN_NS    (300 * NS_PER_S)
#define LANE_LOSS_NS    (10 * NS_PER_S)

enum {
	STATS_BYTES = 16384,
	LOSS_SAMPLES = 160, /* one each LEDGER_WRITE_NS, for LOSS_SPAN_NS and a little more */
	LANE_LOSS_SAMPLES = 32,
};

/* Frames seen and lost so far, all lanes together. */
struct loss_sample {
	int64_t at_ns;
	uint64_t seen, lost;
};
#define FRAMES_PER_TICK 64

enum { REPORTS_MAX = 32, REPORT_SUBJECT_MAX = 96 };

struct report {
	enum health_what what;
	double value;
	int64_t at_ns;
	char subject[REPORT_SUBJECT_MAX];
};

/* Of the conversations of LOSS_SPAN_NS of packet time: how many showed one direction only. */
struct sides {
	int64_t since_ns;
	uint64_t flows, one_sided;
};

struct lane {
	struct pipeline *pipeline;
	struct worker *worker;
	struct gate *gate;
	struct lookout lookout;
	struct keep keep;           /* recent frames, where evidence is wanted */
	_Atomic uint64_t judged_to; /* position in it up to which the analyst has seen everything */
	uint64_t next_wait;         /* position at which a lane that reads files waits for that */
	struct ring road;
	bool lossless;
	unsigned frames_since_tick;
	struct loss_sample losses[LANE_LOSS_SAMPLES]; /* by packet time, a ring */
	unsigned n_losses;
	float loss_pct;
	const struct policy_set *set; /* the one this lane works by */
	_Atomic(const struct policy_set *) taken_over;
	_Atomic bool finished;
	int64_t stats_ns; /* packet time of the last statistics */
	pthread_mutex_t stats_lock;
	struct json stats; /* members of the stats record */
	/* counters for other threads, published by lane_tick() */
	_Atomic uint64_t frames, bytes, kernel_dropped, road_dropped, records, passed, held, facts_evicted;
	uint64_t frames_now, bytes_now, road_dropped_now;
};

struct pipeline {
	struct policy_set *set;
	char *state_dir, *sensor_name, *sensor_site; /* outlive a reload, as alerts need them to */
	_Atomic(struct policy_set *) offered;        /* by pipeline_reload() */
	_Atomic(const struct policy_set *) analyst_set;
	struct ledger *ledger;
	struct alerts *alerts;
	struct evidence *evidence; /* NULL: none is wanted */
	struct lane *judging;      /* whose record is being judged; NULL: of no lane */
	struct lane *lanes;
	unsigned n_lanes;
	pthread_t analyst;
	bool analyst_runs, live;
	_Atomic bool stop;
	struct loss_sample losses[LOSS_SAMPLES]; /* the analyst's, a ring */
	unsigned n_losses;
	double loss_pct;
	struct sides sides;
	int64_t newest_ns;                  /* packet time */
	struct report reports[REPORTS_MAX]; /* under count_lock */
	unsigned n_reports;
	uint64_t assets_evicted, evidence_failed; /* as told last */
	/* of the analyst, published once a round */
	pthread_mutex_t count_lock;
	struct ledger_counters ledger_count;
	struct alerts_counters alerts_count;
	struct rules_counters rules_count;
	struct evidence_counters evidence_count;
};

static void nap(int64_t ns)
{
	struct timespec ts = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};

	nanosleep(&ts, NULL);
}

/* ---- the lane's side */

static void road_take(void *ctx, struct event *ev)
{
	struct lane *lane = ctx;

	ev->loss_pct = lane->loss_pct;
	size_t n = event_packed_bytes(ev);
	void *room = ring_reserve(&lane->road, n);

	while (!room && lane->lossless && n <= ring_record_max(&lane->road)) {
		nap(WAIT_FOR_ROOM_NS);
		room = ring_reserve(&lane->road, n);
	}
	if (!room) {
		lane->road_dropped_now++;
		return;
	}
	event_pack(ev, room);
	ring_commit(&lane->road);
}

static int lane_init(struct lane *lane, struct pipeline *p, bool lossless)
{
	const struct config *cfg = &p->set->cfg;

	lane->pipeline = p;
	lane->lossless = lossless;
	pthread_mutex_init(&lane->stats_lock, NULL);
	json_init(&lane->stats, STATS_BYTES);
	lane->set = p->set;
	atomic_store(&lane->taken_over, p->set);
	if (ring_init(&lane->road, ROAD_BYTES) < 0)
		return -ENOMEM;
	if (p->evidence && keep_init(&lane->keep, 2 * (uint64_t)cfg->evidence.ring_mb << 20) < 0)
		return -ENOMEM;
	lane->lookout.next = (struct event_sink){road_take, lane};
	lane->gate = gate_new((uint32_t)cfg->gate.facts, (struct event_sink){road_take, lane});
	if (!lane->gate)
		return -ENOMEM;
	gate_enable(lane->gate, cfg->gate.enabled);
	gate_want(lane->gate, &p->set->wants);
	struct worker_options o = {
	    .flows_max = (uint32_t)cfg->flows.max,
	    .vlan_in_key = cfg->capture.vlan_in_flow_key,
	    .suppress_duplicates = cfg->capture.suppress_duplicates,
	    .host_records = true,
	    .dissectors = dissectors,
	    .next = {gate_take, lane->gate},
	};
	lane->worker = worker_new(&o);
	return lane->worker ? 0 : -ENOMEM;
}

static void lane_deinit(struct lane *lane)
{
	worker_free(lane->worker);
	gate_free(lane->gate);
	keep_deinit(&lane->keep);
	ring_deinit(&lane->road);
	json_deinit(&lane->stats);
	pthread_mutex_destroy(&lane->stats_lock);
}

struct lane *pipeline_lane(struct pipeline *p, unsigned i)
{
	return &p->lanes[i];
}

void lane_source(struct lane *lane, const char *iface, const char *capture)
{
	worker_source(lane->worker, iface, capture);
	lookout_source(&lane->lookout, iface, capture);
}

/* Where nothing may depend on which thread is faster, the lane waits each time that it has filled half of what is
 * looked through. */
static void keep(struct lane *lane, const struct frame_in *f)
{
	uint64_t head = keep_head(&lane->keep);

	while (lane->lossless && head >= lane->next_wait &&
	       atomic_load_explicit(&lane->judged_to, memory_order_acquire) < head)
		nap(WAIT_FOR_ROOM_NS);
	if (head >= lane->next_wait)
		lane->next_wait = head + lane->keep.size / 8;
	keep_frame(&lane->keep, f);
}

/* The share of the frames of the last LOSS_SPAN_NS of packet time that did not come: the kernel or the road lost them,
 * or both ends speak of bytes that were never seen. One gap is at least one frame. */
static void weigh_loss(struct lane *lane, int64_t now_ns, const struct worker_counters *c)
{
	uint64_t dropped = atomic_load_explicit(&lane->kernel_dropped, memory_order_relaxed);
	struct loss_sample now = {.at_ns = now_ns,
				  .seen = c->packets + c->tcp_gaps + dropped,
				  .lost = c->tcp_gaps + dropped + lane->road_dropped_now},
			   then = {0};
	unsigned i = 0;

	for (; i < lane->n_losses && i < LANE_LOSS_SAMPLES; i++) {
		const struct loss_sample *s = &lane->losses[(lane->n_losses - 1 - i) % LANE_LOSS_SAMPLES];
		then = *s;
		if (now_ns - s->at_ns >= LOSS_SPAN_NS)
			break;
	}
	if (i == lane->n_losses) /* all of it is younger */
		then = (struct loss_sample){0};
	uint64_t seen = now.seen - then.seen;
	lane->loss_pct = seen > 0 ? (float)(100.0 * (double)(now.lost - then.lost) / (double)seen) : 0;
	if (lane->n_losses == 0 || now_ns < lane->losses[(lane->n_losses - 1) % LANE_LOSS_SAMPLES].at_ns ||
	    now_ns - lane->losses[(lane->n_losses - 1) % LANE_LOSS_SAMPLES].at_ns >= LANE_LOSS_NS)
		lane->losses[lane->n_losses++ % LANE_LOSS_SAMPLES] = now;
}

/* Says what the lane sees of its own state. */
static void look_out(struct lane *lane, int64_t now_ns)
{
	struct worker_counters now = worker_count(lane->worker);

	weigh_loss(lane, now_ns, &now);
	lookout_tick(&lane->lookout, now_ns, &now);
}

void lane_frame(void *ctx, const struct frame_in *f)
{
	struct lane *lane = ctx;

	lookout_frame(&lane->lookout, f);
	if (lane->keep.bytes)
		keep(lane, f);
	worker_frame(lane->worker, f);
	lane->frames_now++;
	lane->bytes_now += f->wire_len;
	if (++lane->frames_since_tick == FRAMES_PER_TICK) {
		lane->frames_since_tick = 0;
		gate_tick(lane->gate, f->ts_ns);
		look_out(lane, f->ts_ns);
	}
}

static void publish_stats(struct lane *lane)
{
	pthread_mutex_lock(&lane->stats_lock);
	json_reset(&lane->stats);
	json_object_begin(&lane->stats);
	worker_stats(lane->worker, &lane->stats);
	json_object_end(&lane->stats);
	pthread_mutex_unlock(&lane->stats_lock);
	lane->stats_ns = worker_now(lane->worker);
}

static void publish(struct lane *lane)
{
	struct gate_counters g = gate_count(lane->gate);

	atomic_store_explicit(&lane->frames, lane->frames_now, memory_order_relaxed);
	atomic_store_explicit(&lane->bytes, lane->bytes_now, memory_order_relaxed);
	atomic_store_explicit(&lane->road_dropped, lane->road_dropped_now, memory_order_relaxed);
	atomic_store_explicit(&lane->records, g.in, memory_order_relaxed);
	atomic_store_explicit(&lane->passed, g.passed, memory_order_relaxed);
	atomic_store_explicit(&lane->held, g.held, memory_order_relaxed);
	atomic_store_explicit(&lane->facts_evicted, g.evicted, memory_order_relaxed);
}

void lane_tick(struct lane *lane, uint64_t dropped)
{
	const struct policy_set *offered = atomic_load_explicit(&lane->pipeline->offered, memory_order_acquire);

	gate_tick(lane->gate, worker_now(lane->worker));
	if (offered && offered != lane->set) {
		lane->set = offered;
		gate_enable(lane->gate, offered->cfg.gate.enabled);
		gate_want(lane->gate, &offered->wants);
		atomic_store_explicit(&lane->taken_over, offered, memory_order_release);
	}
	atomic_store_explicit(&lane->kernel_dropped, dropped, memory_order_relaxed);
	worker_dropped(lane->worker, dropped);
	publish(lane);
	if (worker_now(lane->worker) - lane->stats_ns >= STATS_EVERY_NS)
		publish_stats(lane);
}

void lane_idle(struct lane *lane, int64_t now_ns)
{
	/* frames that the ring still holds may be a little older than the clock */
	worker_idle(lane->worker, now_ns - NS_PER_S);
	look_out(lane, now_ns - NS_PER_S);
}

void lane_finish(struct lane *lane)
{
	worker_finish(lane->worker);
	struct worker_counters c = worker_count(lane->worker);
	weigh_loss(lane, worker_now(lane->worker), &c);
	gate_flush(lane->gate);
	publish(lane);
	publish_stats(lane);
	atomic_store_explicit(&lane->finished, true, memory_order_release);
}

/* ---- the analyst's side */

static void found_take(void *ctx, const struct finding *f)
{
	struct pipeline *p = ctx;

	alerts_set_loss(p->alerts, (double)f->event->loss_pct);
	if (f->level >= LEVEL_HIGH && f->event->table != &health_table)
		ledger_disturbed(p->ledger, f->event->at.ts_ns);
	/* before the alert is weighed: it is the first that counts so */
	if (f->rule->raise[0] && f->event->src)
		ledger_raise_usage(p->ledger, f->event->src->asset_no, f->rule->raise, f->event->at.ts_ns);
	alerts_take(p->alerts, f);
	enum alert_level level;
	const char *raised = p->evidence && p->judging ? alerts_raised(p->alerts, &level) : NULL;
	if (raised && f->event->table != &health_table)
		evidence_begin(p->evidence, &p->judging->keep, raised, level, f->event);
}

static void setpoint_take(void *ctx, struct event *ev)
{
	struct pipeline *p = ctx;

	rules_judge(p->set->rules, ev, (struct finding_sink){found_take, p});
}

static void judge_take(void *ctx, struct event *ev);

static void judge_health(struct pipeline *p, enum health_what what, const char *subject, double value, int64_t at_ns)
{
	struct origin at = {.ts_ns = at_ns};

	health_emit((struct event_sink){judge_take, p}, &at, what, subject, value);
}

/* A mirror of one direction shows itself by conversations that all have one side only. */
static void count_sides(struct pipeline *p, const struct event *ev)
{
	enum { ENOUGH_FLOWS = 50, ONE_SIDED_PCT = 95 };
	const struct event_value *up = event_get(ev, &flow_field[FLOW_PAYLOAD_TS]),
				 *down = event_get(ev, &flow_field[FLOW_PAYLOAD_TC]);
	struct sides *s = &p->sides;

	if (!(up && up->u) && !(down && down->u))
		return;
	s->flows++;
	s->one_sided += ev->at.one_sided;
	if (s->since_ns == 0 || ev->at.ts_ns < s->since_ns)
		s->since_ns = ev->at.ts_ns;
	if (ev->at.ts_ns - s->since_ns < LOSS_SPAN_NS)
		return;
	double pct = 100.0 * (double)s->one_sided / (double)s->flows;
	bool tell = s->flows >= ENOUGH_FLOWS && pct >= ONE_SIDED_PCT;
	const char *where = ev->at.iface ? ev->at.iface : ev->at.capture ? ev->at.capture : "";
	int64_t now_ns = ev->at.ts_ns;
	*s = (struct sides){.since_ns = now_ns};
	if (tell)
		judge_health(p, HEALTH_ONE_SIDED, where, pct, now_ns);
}

static void judge_take(void *ctx, struct event *ev)
{
	struct pipeline *p = ctx;

	if (ev->loss_pct == 0) /* of no lane */
		ev->loss_pct = (float)p->loss_pct;
	if (ev->table == &flow_table_fields && ev->at.ip_proto == IPPROTO_TCP)
		count_sides(p, ev);
	rules_judge(p->set->rules, ev, (struct finding_sink){found_take, p});
	setpoints_take(p->set->setpoints, ev, (struct event_sink){setpoint_take, p});
}

struct place {
	int64_t ts_ns;
	uint64_t frame;
};

/* Takes up to a round's worth of one road. Alerts are committed between packets only. */
static unsigned drain(struct pipeline *p, struct lane *lane, struct place *last)
{
	unsigned n = 0;
	size_t bytes;
	void *record;

	for (; n < RECORDS_PER_ROUND && (record = ring_peek(&lane->road, &bytes)); n++) {
		struct event *ev = event_unpack(record);
		if (ev->at.ts_ns != last->ts_ns || ev->at.frame != last->frame) {
			if (n % 64 == 0)
				alerts_commit(p->alerts, when_monotonic_ns(), false);
			*last = (struct place){ev->at.ts_ns, ev->at.frame};
		}
		p->judging = lane;
		p->newest_ns = ev->at.ts_ns > p->newest_ns ? ev->at.ts_ns : p->newest_ns;
		if (ev->table == &health_table) /* of no device */
			judge_take(p, ev);
		else
			ledger_take(p->ledger, ev);
		p->judging = NULL;
		ring_release(&lane->road);
	}
	return n;
}

/* How the business impact weighs, as configured; percents of the configuration fit an unsigned. */
static void weigh(struct pipeline *p)
{
	const struct config *cfg = &p->set->cfg;
	struct severity_weights w = {.high = (unsigned)cfg->impact.high,
				     .mid = (unsigned)cfg->impact.mid,
				     .low = (unsigned)cfg->impact.low,
				     .contacts = cfg->impact.contacts.item,
				     .n_contacts = cfg->impact.contacts.n};

	alerts_set_weights(p->alerts, &w);
}

static void take_over(struct pipeline *p)
{
	struct policy_set *offered = atomic_load_explicit(&p->offered, memory_order_acquire);

	if (!offered || offered == p->set)
		return;
	rules_inherit(offered->rules, p->set->rules);
	setpoints_inherit(offered->setpoints, p->set->setpoints);
	p->set = offered;
	weigh(p);
	ledger_set_site(p->ledger, &offered->cfg.site);
	alerts_set_update(p->alerts, (uint32_t)offered->cfg.alerts.update_minutes);
	alerts_set_incidents(p->alerts, (uint32_t)offered->cfg.incidents.window_minutes, offered->cfg.incidents.tell);
	struct complaint c;
	if (ledger_reload_register(p->ledger, &c) < 0)
		log_error("ledger: the register was not reloaded: %s", c.text);
	atomic_store_explicit(&p->analyst_set, offered, memory_order_release);
}

static void publish_counts(struct pipeline *p)
{
	pthread_mutex_lock(&p->count_lock);
	p->ledger_count = ledger_count(p->ledger);
	p->alerts_count = alerts_count(p->alerts);
	p->rules_count = rules_counters(p->set->rules);
	if (p->evidence)
		p->evidence_count = evidence_count(p->evidence);
	pthread_mutex_unlock(&p->count_lock);
}

/* Share of the frames of the last LOSS_SPAN_NS that a kernel ring or a road lost, in percent. */
static void measure_loss(struct pipeline *p, int64_t now_ns)
{
	struct loss_sample now = {.at_ns = now_ns}, then = {0};

	for (unsigned i = 0; i < p->n_lanes; i++) {
		const struct lane *l = &p->lanes[i];
		uint64_t lost = atomic_load_explicit(&l->kernel_dropped, memory_order_relaxed);
		now.seen += atomic_load_explicit(&l->frames, memory_order_relaxed) + lost;
		now.lost += lost + atomic_load_explicit(&l->road_dropped, memory_order_relaxed);
	}
	for (unsigned i = 0; i < p->n_losses && i < LOSS_SAMPLES; i++) {
		const struct loss_sample *s = &p->losses[(p->n_losses - 1 - i) % LOSS_SAMPLES];
		then = *s;
		if (now_ns - s->at_ns >= LOSS_SPAN_NS)
			break;
	}
	p->losses[p->n_losses++ % LOSS_SAMPLES] = now;
	uint64_t seen = now.seen - then.seen, lost = now.lost - then.lost;
	p->loss_pct = seen > 0 ? 100.0 * (double)lost / (double)seen : 0;
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

/* What others reported, and what the analyst's own counters say, becomes records. */
static void judge_reports(struct pipeline *p)
{
	struct report reports[REPORTS_MAX];
	const double lossy_pct = 0.1;
	uint64_t evicted = ledger_count(p->ledger).evicted_assets;

	pthread_mutex_lock(&p->count_lock);
	unsigned n = p->n_reports;
	memcpy(reports, p->reports, n * sizeof(reports[0]));
	p->n_reports = 0;
	pthread_mutex_unlock(&p->count_lock);
	for (unsigned i = 0; i < n; i++)
		judge_health(p, reports[i].what, reports[i].subject, reports[i].value, reports[i].at_ns);
	if (p->newest_ns && p->loss_pct > lossy_pct)
		judge_health(p, HEALTH_LOSS, "capture", p->loss_pct, p->newest_ns);
	if (p->newest_ns && evicted > p->assets_evicted)
		judge_health(p, HEALTH_EVICTION, "assets", (double)(evicted - p->assets_evicted), p->newest_ns);
	p->assets_evicted = evicted;
	uint64_t failed = p->evidence ? evidence_count(p->evidence).failed : 0;
	if (p->newest_ns && failed > p->evidence_failed)
		judge_health(p, HEALTH_EVIDENCE, "evidence", (double)(failed - p->evidence_failed), p->newest_ns);
	p->evidence_failed = failed;
}

static void evidence_written(void *ctx, const char *alert_id, const char *pcap, const char *sha256)
{
	struct pipeline *p = ctx;

	if (alerts_set_evidence(p->alerts, alert_id, pcap, sha256) < 0)
		log_error("evidence: %s is written, but its alert cannot name it", pcap);
}

/* Files grow; then lanes hear how far the analyst has come. */
static void gather_evidence(struct pipeline *p, bool force)
{
	/* frames that the kernel's ring still holds may be a little older than the clock */
	int64_t now_ns = p->live ? when_now_ns() - 2 * NS_PER_S : 0;
	uint64_t head[LANES_MAX];

	for (unsigned i = 0; i < p->n_lanes; i++)
		head[i] = keep_head(&p->lanes[i].keep);
	evidence_advance(p->evidence, now_ns, force, evidence_written, p);
	for (unsigned i = 0; i < p->n_lanes; i++) {
		size_t bytes;
		if (!ring_peek(&p->lanes[i].road, &bytes))
			atomic_store_explicit(&p->lanes[i].judged_to, head[i], memory_order_release);
	}
}

static int want_evidence(struct pipeline *p, const char *state_dir, struct complaint *c)
{
	const struct config *cfg = &p->set->cfg;
	struct evidence_options o = {.before_ns = cfg->evidence.before_s * NS_PER_S,
				     .after_ns = cfg->evidence.after_s * NS_PER_S,
				     .ring_bytes = (uint64_t)cfg->evidence.ring_mb << 20,
				     .file_bytes = (uint64_t)cfg->evidence.file_mb << 20,
				     .disk_bytes = (uint64_t)cfg->evidence.disk_mb << 20,
				     .per_minute = (uint32_t)cfg->evidence.per_minute,
				     .redact = cfg->evidence.redact};

	if (!alert_level_parse(cfg->evidence.level, &o.least))
		return 0;
	return evidence_new(&p->evidence, state_dir, &o, c);
}

static void *analyst_main(void *ctx)
{
	struct pipeline *p = ctx;
	struct place last[LANES_MAX] = {{0, 0}};
	const struct alerts_hooks hooks = alert_hooks(p->state_dir);
	int64_t written_ns = when_monotonic_ns(), served_ns = 0, looked_ns = 0, idle_ns = IDLE_LEAST_NS;

	for (;;) {
		bool stop = atomic_load_explicit(&p->stop, memory_order_acquire);
		unsigned n = 0;
		take_over(p);
		for (unsigned i = 0; i < p->n_lanes; i++)
			n += drain(p, &p->lanes[i], &last[i]);
		if (p->evidence)
			gather_evidence(p, false);
		int64_t now = when_monotonic_ns();
		if (n == 0)
			alerts_commit(p->alerts, now, false);
		if (now - served_ns >= SERVE_NS) {
			(void)alerts_serve(p->alerts, &hooks, p->live ? when_now_ns() : 0);
			served_ns = now;
		}
		if (now - written_ns >= LEDGER_WRITE_NS) {
			ledger_write(p->ledger);
			publish_counts(p);
			measure_loss(p, now);
			judge_reports(p);
			written_ns = now;
		}
		if (now - looked_ns >= LEDGER_LOOK_NS) {
			ledger_tick(p->ledger);
			looked_ns = now;
		}
		if (n > 0) {
			idle_ns = IDLE_LEAST_NS;
			continue;
		}
		if (stop)
			break;
		nap(idle_ns);
		idle_ns = idle_ns * 2 < IDLE_MOST_NS ? idle_ns * 2 : IDLE_MOST_NS;
	}
	if (p->evidence)
		gather_evidence(p, true);
	judge_reports(p);
	alerts_commit(p->alerts, when_monotonic_ns(), true);
	(void)alerts_serve(p->alerts, &hooks, 0);
	ledger_write(p->ledger);
	publish_counts(p);
	return NULL;
}

/* ---- both */

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

int pipeline_new(struct pipeline **out, struct policy_set *set, const char *state_dir, unsigned n_lanes, bool lossless,
		 struct complaint *c)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	int err = p ? 0 : -ENOMEM;

	if (!p)
		return err;
	*out = p;
	p->set = set;
	atomic_store(&p->analyst_set, set);
	p->n_lanes = n_lanes < LANES_MAX ? n_lanes : LANES_MAX;
	pthread_mutex_init(&p->count_lock, NULL);
	if (mkdir(state_dir, 0750) < 0 && errno != EEXIST) {
		err = -errno;
		complain(c, state_dir, 0, 0, "the state directory cannot be made: %s", strerror(errno));
	}
	if (!err)
		err = import_register(p, state_dir, c);
	if (!err)
		err = ledger_open(&p->ledger, state_dir, &set->cfg.site, (struct event_sink){judge_take, p}, c);
	p->sensor_name = strdup(set->cfg.sensor.name);
	p->sensor_site = strdup(set->cfg.sensor.site);
	p->state_dir = strdup(state_dir);
	p->live = !lossless;
	if (!err && (!p->sensor_name || !p->sensor_site || !p->state_dir))
		err = -ENOMEM;
	struct sensor_info sensor = {p->sensor_name, p->sensor_site, SEKISHO_VERSION};
	if (!err)
		err = alerts_open(&p->alerts, state_dir, &sensor, c);
	if (!err)
		weigh(p);
	if (!err) {
		alerts_set_update(p->alerts, (uint32_t)set->cfg.alerts.update_minutes);
		alerts_set_incidents(p->alerts, (uint32_t)set->cfg.incidents.window_minutes, set->cfg.incidents.tell);
	}
	if (!err)
		err = want_evidence(p, state_dir, c);
	p->lanes = calloc(p->n_lanes, sizeof(*p->lanes));
	if (!err && !p->lanes)
		err = -ENOMEM;
	for (unsigned i = 0; i < p->n_lanes && !err; i++)
		err = lane_init(&p->lanes[i], p, lossless);
	if (err == -ENOMEM)
		complain(c, "memory", 0, 0, "not enough for these settings; lower flows.max and gate.facts");
	if (err) {
		pipeline_free(p);
		*out = NULL;
	}
	return err;
}

int pipeline_start(struct pipeline *p)
{
	int err = pthread_create(&p->analyst, NULL, analyst_main, p);

	p->analyst_runs = err == 0;
	return -err;
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
	pipeline_stop(p);
	for (unsigned i = 0; p->lanes && i < p->n_lanes; i++)
		lane_deinit(&p->lanes[i]);
	free(p->lanes);
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
		nap(NS_PER_MS);
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
		c.facts_evicted += atomic_load_explicit(&l->facts_evicted, memory_order_relaxed);
	}
	pthread_mutex_lock(&p->count_lock);
	c.ledger = p->ledger_count;
	c.alerts = p->alerts_count;
	c.rules = p->rules_count;
	c.evidence = p->evidence_count;
	pthread_mutex_unlock(&p->count_lock);
	return c;
}

uint64_t pipeline_ceiling_bytes(const struct policy_set *set, unsigned n_lanes)
{
	const struct config *cfg = &set->cfg;
	struct worker_options o = {.flows_max = (uint32_t)cfg->flows.max};
	struct ledger_limits limits = {0};

	uint64_t kept = strcmp(cfg->evidence.level, "off") == 0 ? 0 : (uint64_t)cfg->evidence.ring_mb << 22;
	return n_lanes *
		   (kept + worker_ceiling_bytes(&o) + gate_ceiling_bytes((uint32_t)cfg->gate.facts) + ROAD_BYTES) +
	       ledger_ceiling_bytes(&limits) + alerts_ceiling_bytes() + rules_counters(set->rules).ceiling_bytes;
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
