/* The judging side: one thread takes what comes down the roads through ledger, rules and limits to the alerts. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "alert/plan.h"
#include "app/alert_hooks.h"
#include "app/pipeline_own.h"
#include "app/targets.h"
#include "base/sandbox.h"
#include "ledger/watch.h"
#include "ledger/work.h"

enum {
	RECORDS_PER_ROUND = 256,    /* taken from one road before the next one is looked at */
	IDLE_LEAST_NS = 200 * 1000, /* sleeps this long where less than a round has come, then longer, up to ... */
	STEADY_MOST_NS = 2 * 1000 * 1000, /* ... this while something comes: waking costs as much as some records */
	IDLE_MOST_NS = 10 * 1000 * 1000,  /* ... and this while nothing does */
};

#define LEDGER_WRITE_NS  (2 * NS_PER_S)
#define LEDGER_SEEN_NS   (10 * NS_PER_S) /* how often what was merely seen again is written as well */
#define LEDGER_REPLAY_NS (60 * NS_PER_S) /* where nobody waits for it, most is written once, at the end */
#define LEDGER_SHARE     20              /* up to that a batch takes no more than one part of so many of the time */
#define COUNT_NS         (2 * NS_PER_S)
#define LET_WRITE_NS                                                                                                   \
	(20 * NS_PER_MS) /* at most so long others wait for what was begun between two batches, while records come     \
			    without end */
#define LEDGER_LOOK_NS (250 * NS_PER_MS) /* how often it is looked whether people have written to the ledger */
#define SERVE_NS       (200 * NS_PER_MS) /* how often it is looked whether somebody asks something of the alerts */

static void found_take(void *ctx, const struct finding *f)
{
	struct pipeline *p = ctx;

	alerts_set_loss(p->alerts, (double)f->event->loss_pct);
	/* before the alert is weighed: it is the first that counts so */
	if (f->rule->raise[0] && f->event->src)
		ledger_raise_usage(p->ledger, f->event->src->asset_no, f->rule->raise, f->event->at.ts_ns);
	alerts_take(p->alerts, f);
	if (f->level >= LEVEL_HIGH && f->event->table != &health_table && !alerts_muted(p->alerts))
		ledger_disturbed(p->ledger, f->event);
	enum alert_level level;
	const char *raised = p->evidence && p->judging ? alerts_raised(p->alerts, &level) : NULL;
	if (raised && f->event->table != &health_table)
		evidence_begin(p->evidence, &p->judging->lanes[0].keep, raised, level, f->event);
}

static void setpoint_take(void *ctx, struct event *ev)
{
	struct pipeline *p = ctx;

	rules_judge(p->set->rules, ev, (struct finding_sink){found_take, p});
}

static void judge_health(struct pipeline *p, enum health_what what, const char *subject, double value, int64_t at_ns)
{
	struct origin at = {.ts_ns = at_ns};

	health_emit((struct event_sink){analyst_judge, p}, &at, what, subject, value);
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

void analyst_judge(void *ctx, struct event *ev)
{
	struct pipeline *p = ctx;

	if (ev->loss_pct == 0) /* of no lane */
		ev->loss_pct = (float)p->loss_pct;
	if (ev->table == &flow_table_fields && ev->at.ip_proto == IPPROTO_TCP)
		count_sides(p, ev);
	rules_judge(p->set->rules, ev, (struct finding_sink){found_take, p});
	setpoints_take(p->set->setpoints, ev, (struct event_sink){setpoint_take, p});
}

void analyst_take(struct source *s, struct event *ev)
{
	struct pipeline *p = s->pipeline;

	p->judging = s;
	p->newest_ns = ev->at.ts_ns > p->newest_ns ? ev->at.ts_ns : p->newest_ns;
	if (p->first_ns == 0)
		p->first_ns = ev->at.ts_ns;
	if (ev->table == &health_table) { /* of no device */
		analyst_judge(p, ev);
	} else {
		ledger_take(p->ledger, ev);
		p->taken++;
	}
	p->judging = NULL;
}

void analyst_may_commit(struct source *s, const struct event *ev, unsigned n)
{
	if (ev->at.ts_ns == s->last.ts_ns && ev->at.frame == s->last.frame)
		return;
	if (n % 64 == 0)
		alerts_commit(s->pipeline->alerts, when_monotonic_ns(), false);
	s->last = (struct place){ev->at.ts_ns, ev->at.frame};
}

void analyst_look_ahead(struct coming *c, struct lane *lane)
{
	unsigned steps = lane->shared ? AHEAD_STEPS : LEDGER_STEPS;
	size_t bytes;
	const struct road_head *head;

	for (; c->seen <= c->taken + steps && (head = ring_look(&lane->road, &c->place, &bytes)); c->seen++)
		c->record[c->seen % COMING] = (struct coming_record){
		    .ledger.ev = head->what == ROAD_EVENT ? (const struct event *)(head + 1) : NULL};
	for (unsigned i = ++c->taken; i < c->seen; i++) {
		struct coming_record *r = &c->record[i % COMING];
		if (!r->ledger.ev)
			continue;
		if (lane->shared && r->ledger.step == 1 && r->name_step < NAME_STEPS)
			merge_look_ahead(lane, r);
		else
			ledger_look_ahead(lane->pipeline->ledger, &r->ledger);
		if (r->ledger.step > 1) /* the record itself has come */
			rules_look_ahead(lane->pipeline->set->rules, r->ledger.ev, r->ledger.step - 2);
	}
}

/* Takes up to a round's worth of one source. Alerts are committed between packets only. */
static unsigned drain(struct source *s)
{
	struct lane *lane = &s->lanes[0];
	struct coming coming = {.place = ring_place(&lane->road)};
	unsigned n = 0;
	size_t bytes;
	struct road_head *head;

	if (s->n_workers > 1)
		return merge_drain(s, RECORDS_PER_ROUND);
	for (; n < RECORDS_PER_ROUND && (head = ring_peek(&lane->road, &bytes)); n++) {
		struct event *ev = event_unpack(head + 1);
		analyst_look_ahead(&coming, lane);
		analyst_may_commit(s, ev, n);
		analyst_take(s, ev);
		ring_release(&lane->road);
	}
	return n;
}

/* What the alerts take from the configuration; its numbers were checked when it was read. */
void analyst_set_alerts(struct pipeline *p)
{
	const struct config *cfg = &p->set->cfg;
	struct severity_weights w = {.high = (unsigned)cfg->impact.high,
				     .mid = (unsigned)cfg->impact.mid,
				     .low = (unsigned)cfg->impact.low,
				     .contacts = cfg->impact.contacts.item,
				     .n_contacts = cfg->impact.contacts.n};

	struct outbox_limits outbox = {.rows = (uint64_t)cfg->outbox.rows,
				       .bytes = (uint64_t)cfg->outbox.megabytes << 20,
				       .age_ms = cfg->outbox.days * 86400 * 1000,
				       .least_first = strcmp(cfg->outbox.drop_first, "least") == 0};
	struct alerts_kept list = {(uint64_t)cfg->alerts.rows, (uint64_t)cfg->alerts.megabytes << 20};
	alerts_set_weights(p->alerts, &w);
	alerts_set_list(p->alerts, &list);
	alerts_set_outbox(p->alerts, &outbox);
	alerts_set_update(p->alerts, (uint32_t)cfg->alerts.update_minutes);
	alerts_set_incidents(p->alerts, (uint32_t)cfg->incidents.window_minutes, cfg->incidents.tell);
	struct targets targets = targets_of(cfg);
	targets_keep(&targets, p->ledger);
	struct reaction_minutes reaction;
	memcpy(reaction.acknowledge, targets.minutes[TARGET_ACKNOWLEDGE], sizeof(reaction.acknowledge));
	memcpy(reaction.close, targets.minutes[TARGET_CLOSE], sizeof(reaction.close));
	alerts_set_reaction(p->alerts, &reaction);
}

void pipeline_number_behind(struct pipeline *p, int64_t ms)
{
	alerts_number_behind(p->alerts, ms);
}

static void work_met(void *ctx, const struct planned *by, const char *alert_id, const struct finding *f)
{
	struct pipeline *p = ctx;
	const struct event *ev = f->event;
	struct work_met m = {.work_no = by->work->no,
			     .from_ns = by->time.from_ns,
			     .level = (int)f->level,
			     .muted = by->mutes,
			     .count = ev->count,
			     .first_ns = ev->at.ts_ns,
			     .last_ns = ev->at.ts_ns};

	snprintf(m.alert_id, sizeof(m.alert_id), "%s", alert_id);
	snprintf(m.rule, sizeof(m.rule), "%s", f->rule->id);
	ledger_met(p->ledger, &m);
}

void analyst_set_plan(struct pipeline *p)
{
	struct calendar c = {0};

	p->calendar_age = ledger_calendar_age(p->ledger);
	if (ledger_calendar(p->ledger, &c) == 0 && alerts_set_plan(p->alerts, &c, work_met, p) < 0)
		log_error("alerts: no memory for planned work: what was read before holds");
	calendar_free(&c);
}

static void take_over(struct pipeline *p)
{
	struct policy_set *offered = atomic_load_explicit(&p->offered, memory_order_acquire);

	if (!offered || offered == p->set)
		return;
	rules_inherit(offered->rules, p->set->rules);
	setpoints_inherit(offered->setpoints, p->set->setpoints);
	p->set = offered;
	analyst_set_alerts(p);
	ledger_set_site(p->ledger, &offered->cfg.site);
	ledger_set_disk(p->ledger, (uint64_t)offered->cfg.ledger.megabytes << 20,
			(uint64_t)offered->cfg.ledger.devices);
	struct complaint c;
	if (ledger_reload_register(p->ledger, &c) < 0)
		log_error("ledger: the register was not reloaded: %s", c.text);
	atomic_store_explicit(&p->analyst_set, offered, memory_order_release);
}

static void publish_counts(struct pipeline *p)
{
	pthread_mutex_lock(&p->count_lock);
	p->taken_count = p->taken;
	p->ledger_count = ledger_count(p->ledger);
	p->alerts_count = alerts_count(p->alerts);
	p->rules_count = rules_counters(p->set->rules);
	if (p->evidence)
		p->evidence_count = evidence_count(p->evidence);
	p->loss_count = p->loss_pct;
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

/* What a report says of the time that it is of. */
static void note_watch(struct pipeline *p, bool last)
{
	struct watched now = {
	    .first_ns = p->first_ns, .at_ns = p->live ? when_now_ns() : p->newest_ns, .live = p->live, .last = last};

	for (unsigned i = 0; i < p->n_lanes; i++) {
		const struct lane *l = &p->lanes[i];
		uint64_t lost = atomic_load_explicit(&l->kernel_dropped, memory_order_relaxed);
		now.frames += atomic_load_explicit(&l->frames, memory_order_relaxed);
		now.lost += lost + atomic_load_explicit(&l->road_dropped, memory_order_relaxed);
	}
	ledger_watched(p->ledger, &now);
}

/* A file has reached its share of the disk. */
static void tell_removed(struct pipeline *p, uint64_t *told, uint64_t removed, const char *file)
{
	if (removed > *told)
		judge_health(p, HEALTH_EVICTION, file, (double)(removed - *told),
			     p->newest_ns ? p->newest_ns : when_now_ns());
	*told = removed;
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
	tell_removed(p, &p->alerts_removed, alerts_count(p->alerts).trimmed_alerts, "alerts.db");
	tell_removed(p, &p->conversations_removed, ledger_count(p->ledger).removed_conversations, "ledger.db");
	tell_removed(p, &p->sightings_refused, ledger_count(p->ledger).refused_sightings, "ledger.devices");
	uint64_t lost = alerts_count(p->alerts).trimmed_untold;
	if (lost > p->outbox_lost)
		judge_health(p, HEALTH_OUTBOX, "outbox", (double)(lost - p->outbox_lost),
			     p->newest_ns ? p->newest_ns : when_now_ns());
	p->outbox_lost = lost;
}

static void evidence_written(void *ctx, const char *alert_id, const char *pcap, const char *sha256)
{
	struct pipeline *p = ctx;

	if (alerts_set_evidence(p->alerts, alert_id, pcap, sha256) < 0)
		log_error("evidence: %s is written, but its alert cannot name it", pcap);
}

/* Has the analyst seen everything of the frames that were kept up to @step? */
static bool has_judged(struct source *s, uint64_t step)
{
	size_t bytes;

	return s->n_workers > 1 ? merge_is_behind(s, step) : !ring_peek(&s->lanes[0].road, &bytes);
}

/* Files grow; then lanes hear how far the analyst has come. */
static void gather_evidence(struct pipeline *p, bool force)
{
	/* frames that the kernel's ring still holds may be a little older than the clock */
	int64_t now_ns = p->live ? when_now_ns() - 2 * NS_PER_S : 0;
	uint64_t head[SOURCES_MAX], step[SOURCES_MAX];

	for (unsigned i = 0; i < p->n_sources; i++) {
		head[i] = keep_head(&p->sources[i].lanes[0].keep);
		step[i] = atomic_load_explicit(&p->sources[i].kept, memory_order_acquire);
	}
	evidence_advance(p->evidence, now_ns, force, evidence_written, p);
	for (unsigned i = 0; i < p->n_sources; i++) {
		struct source *s = &p->sources[i];
		if (has_judged(s, step[i]))
			atomic_store_explicit(&s->lanes[0].judged_to, head[i], memory_order_release);
	}
}

/* When the ledger is written: what is news, and with every fifth batch what was seen again. */
struct ledger_pace {
	int64_t due_ns, seen_due_ns;
};

/* Between two batches at least. */
static int64_t pace_of(const struct pipeline *p)
{
	return p->alone ? LEDGER_REPLAY_NS : LEDGER_WRITE_NS;
}

static void write_ledger(struct pipeline *p, struct ledger_pace *pace, int64_t now_ns)
{
	if (now_ns < pace->due_ns)
		return;
	bool all = p->live && now_ns >= pace->seen_due_ns; /* in a replay hours pass in a second */
	(void)(all ? ledger_write(p->ledger) : ledger_write_news(p->ledger));
	int64_t end_ns = when_monotonic_ns(), share_ns = (end_ns - now_ns) * LEDGER_SHARE;
	if (share_ns > LEDGER_SEEN_NS)
		share_ns = LEDGER_SEEN_NS;
	int64_t least_ns = pace_of(p);
	pace->due_ns = now_ns + (share_ns > least_ns ? share_ns : least_ns);
	if (all)
		pace->seen_due_ns = now_ns + LEDGER_SEEN_NS;
}

void *analyst_main(void *ctx)
{
	struct pipeline *p = ctx;
	const struct alert_trail trail = {p->state_dir, p->ledger};
	struct alerts_hooks hooks = alert_hooks(&trail);
	int64_t counted_ns = when_monotonic_ns(), served_ns = 0, looked_ns = 0, let_ns = 0, idle_ns = IDLE_LEAST_NS;
	struct ledger_pace pace = {counted_ns + pace_of(p), counted_ns + LEDGER_SEEN_NS};

	hooks.daemon = p->daemon;
	sandbox_enter(SANDBOX_ANALYST);
	for (;;) {
		bool stop = atomic_load_explicit(&p->stop, memory_order_acquire);
		unsigned n = 0;
		pulse_beat(&p->analyst_pulse);
		take_over(p);
		for (unsigned i = 0; i < p->n_sources; i++)
			n += drain(&p->sources[i]);
		if (p->evidence)
			gather_evidence(p, false);
		int64_t now = when_monotonic_ns();
		if (n == 0)
			alerts_commit(p->alerts, now, false);
		if (!p->alone && (n == 0 || now - let_ns >= LET_WRITE_NS)) {
			(void)ledger_let_write(p->ledger); /* commands write the same database */
			let_ns = now;
		}
		if (now - served_ns >= SERVE_NS) {
			(void)alerts_serve(p->alerts, &hooks, p->live ? when_now_ns() : 0);
			served_ns = now;
		}
		write_ledger(p, &pace, now);
		if (now - counted_ns >= COUNT_NS) {
			publish_counts(p);
			measure_loss(p, now);
			note_watch(p, false);
			judge_reports(p);
			counted_ns = now;
		}
		if (now - looked_ns >= LEDGER_LOOK_NS) {
			ledger_tick(p->ledger);
			if (ledger_calendar_age(p->ledger) != p->calendar_age)
				analyst_set_plan(p);
			looked_ns = now;
		}
		if (n >= RECORDS_PER_ROUND) {
			idle_ns = IDLE_LEAST_NS;
			continue;
		}
		if (stop && n == 0)
			break;
		int64_t most_ns = n > 0 ? STEADY_MOST_NS : IDLE_MOST_NS;
		idle_ns = pipeline_nap_longer(idle_ns < most_ns ? idle_ns : most_ns, most_ns);
	}
	if (p->evidence)
		gather_evidence(p, true);
	alerts_commit(p->alerts, when_monotonic_ns(), true); /* what has to go for it is told as well */
	judge_reports(p);
	alerts_commit(p->alerts, when_monotonic_ns(), true);
	hooks.daemon = false; /* no longer */
	(void)alerts_serve(p->alerts, &hooks, 0);
	note_watch(p, true);
	ledger_write(p->ledger);
	publish_counts(p);
	return NULL;
}
