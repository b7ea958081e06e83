/* The capturing side: frames become records, and what the gate lets through goes onto the lane's road. */
#include <errno.h>
#include <string.h>

#include "app/pipeline_own.h"

#define STATS_EVERY_NS (10 * NS_PER_S)
#define CAUSE_MASK     (UINT64_MAX >> 8)
#define PATIENCE_NS    (200 * NS_PER_MS)

enum {
	WAIT_LEAST_NS = 50 * 1000,
	WAIT_MOST_NS = 1000 * 1000,
	FRAMES_PER_TICK = 64,
	STEPS_PER_WATER = 64,
	STATS_BYTES = 16384
};

/*
 * Waits for room. Where the lane reads an interface only for a moment: meanwhile the kernel's ring holds what comes,
 * which is larger than the road. @return NULL: the road stays full.
 */
static void *make_room(struct lane *lane, size_t n)
{
	void *room = ring_reserve(&lane->road, n);
	bool waits = lane->lossless || !lane->road_stays_full;

	if (!room && waits && n <= ring_record_max(&lane->road)) {
		int64_t until_ns = when_monotonic_ns() + PATIENCE_NS;
		int64_t nap_ns = WAIT_LEAST_NS;
		bool in_time = true;
		while (!room && in_time) {
			nap_ns = pipeline_nap_longer(nap_ns, WAIT_MOST_NS);
			in_time = lane->lossless || when_monotonic_ns() < until_ns;
			if (ring_is_roomy(&lane->road) || !in_time)
				room = ring_reserve(&lane->road, n);
		}
	}
	lane->road_stays_full = !room;
	return room;
}

void lane_note(struct lane *lane, enum road_what what, uint64_t a, uint64_t b, uint64_t c)
{
	struct road_note *n = make_room(lane, sizeof(*n));

	if (!n) /* what is counted is told whole the next time */
		return;
	*n = (struct road_note){{lane->at, (uint8_t)what, 0}, {a, b, c}};
	ring_commit(&lane->road);
}

static void note_flows(struct lane *lane, uint64_t begun)
{
	if (begun <= lane->noted.flows_created)
		return;
	lane->noted.flows_created = begun;
	lane_note(lane, ROAD_FLOWS, begun, 0, 0);
}

static struct worker_counters count_all(const struct lane *lane)
{
	struct worker_counters c = worker_count(lane->worker);

	c.given_up[WORKER_FACTS] = gate_count(lane->gate).evicted;
	return c;
}

static void note_counters(struct lane *lane)
{
	uint64_t sum = worker_count_sum(lane->worker);

	if (sum == lane->noted_sum)
		return;
	lane->noted_sum = sum;
	struct worker_counters now = worker_count(lane->worker);
	note_flows(lane, now.flows_created);
	if (now.tcp_gaps == lane->noted.tcp_gaps && now.duplicates == lane->noted.duplicates)
		return;
	lane->noted.tcp_gaps = now.tcp_gaps;
	lane->noted.duplicates = now.duplicates;
	lane_note(lane, ROAD_COUNTERS, now.tcp_gaps, now.duplicates, 0);
}

/* Now and then, and at the end: a flood makes a full table give something up with each frame. */
static void note_tables(struct lane *lane)
{
	struct worker_counters now = count_all(lane);

	for (unsigned i = 0; i < WORKER_TABLES; i++) {
		if (now.given_up[i] != lane->noted.given_up[i])
			lane_note(lane, ROAD_TABLE, i, now.given_up[i], 0);
		lane->noted.given_up[i] = now.given_up[i];
	}
}

static void road_take(void *ctx, struct event *ev)
{
	struct lane *lane = ctx;
	struct road_head *head;

	if (lane->shared) /* a conversation is named before the first that is said of it */
		note_flows(lane, ev->at.flow_id);
	ev->loss_pct = lane->loss_pct;
	head = make_room(lane, sizeof(*head) + event_packed_bytes(ev));
	if (!head) {
		lane->road_dropped_now++;
		return;
	}
	*head = (struct road_head){lane->at, ROAD_EVENT, lane->cause & CAUSE_MASK};
	event_pack(ev, head + 1);
	ring_commit(&lane->road);
}

/* What the gate lets through because of a record has that one's place. */
static void shared_take(void *ctx, struct event *ev)
{
	struct lane *lane = ctx;

	lane->cause = ev->at.flow_id;
	gate_take(lane->gate, ev);
}

static bool shared_again(void *ctx, const struct field_table *table, uint64_t alias, const struct origin *at)
{
	struct lane *lane = ctx;

	lane->cause = at->flow_id;
	return gate_again(lane->gate, table, alias, at);
}

static void shared_coming(void *ctx, uint64_t flow_id, uint64_t alias)
{
	gate_coming(((struct lane *)ctx)->gate, flow_id, alias);
}

/* One of several has its share of what one would have. */
static uint32_t share(int64_t most, unsigned sharing)
{
	enum { LEAST = 1024 };
	int64_t n = (most + sharing - 1) / sharing;

	return (uint32_t)(n > LEAST || most < LEAST ? n : LEAST);
}

static struct worker_options options_of(const struct policy_set *set, const struct budget *b, unsigned sharing)
{
	const struct config *cfg = &set->cfg;

	return (struct worker_options){
	    .flows_max = share(b->flows, sharing),
	    .half_open_max = share(b->half_open, sharing),
	    .hosts_max = b->hosts,
	    .reassembly_bytes_max = b->reassembly_bytes / sharing,
	    .vlan_in_key = cfg->capture.vlan_in_flow_key,
	    .suppress_duplicates = cfg->capture.suppress_duplicates,
	    .host_records = true,
	    .dissectors = dissectors,
	};
}

static int init(struct lane *lane, struct pipeline *p, bool lossless, size_t road_bytes)
{
	lane->pipeline = p;
	lane->lossless = lossless;
	pthread_mutex_init(&lane->stats_lock, NULL);
	json_init(&lane->stats, STATS_BYTES);
	lane->set = p->set;
	atomic_store(&lane->taken_over, p->set);
	lane->lookout.next = (struct event_sink){road_take, lane};
	return ring_init(&lane->road, road_bytes);
}

static int init_keep(struct lane *lane)
{
	uint64_t bytes = 2 * lane->pipeline->budget.evidence_ring_bytes;

	return lane->pipeline->evidence ? keep_init(&lane->keep, bytes) : 0;
}

static size_t road_bytes(unsigned sharing, bool lossless)
{
	if (sharing > 1)
		return ROAD_SHARED_BYTES;
	return lossless ? ROAD_OF_FILES_BYTES : ROAD_BYTES;
}

int lane_init_reader(struct lane *lane, struct pipeline *p, bool lossless)
{
	int err = init(lane, p, lossless, road_bytes(1, lossless));

	return err ? err : init_keep(lane);
}

int lane_init(struct lane *lane, struct pipeline *p, unsigned sharing, bool lossless)
{
	const struct config *cfg = &p->set->cfg;
	int err = init(lane, p, lossless, road_bytes(sharing, lossless));

	lane->shared = sharing > 1;
	if (!err && !lane->shared)
		err = init_keep(lane);
	if (err)
		return err;
	lane->gate = gate_new(share(p->budget.facts, sharing), (struct event_sink){road_take, lane});
	if (!lane->gate)
		return -ENOMEM;
	gate_set_no(lane->gate, (uint32_t)(lane - p->lanes));
	gate_enable(lane->gate, cfg->gate.enabled);
	gate_want(lane->gate, &p->set->wants);
	struct worker_options o = options_of(p->set, &p->budget, sharing);
	o.next = lane->shared ? (struct event_sink){shared_take, lane} : (struct event_sink){gate_take, lane->gate};
	o.late_guess = lossless;
	o.again = lane->shared ? shared_again : gate_again;
	o.coming = lane->shared ? shared_coming : gate_coming;
	lane->worker = worker_new(&o);
	return lane->worker ? 0 : -ENOMEM;
}

uint64_t lane_ceiling_bytes(const struct policy_set *set, const struct budget *b, unsigned sharing)
{
	struct worker_options o = options_of(set, b, sharing);

	return worker_ceiling_bytes(&o) + gate_ceiling_bytes(share(b->facts, sharing)) + road_bytes(sharing, false);
}

void lane_deinit(struct lane *lane)
{
	if (!lane->pipeline) /* never begun */
		return;
	worker_free(lane->worker);
	gate_free(lane->gate);
	keep_deinit(&lane->keep);
	ring_deinit(&lane->road);
	json_deinit(&lane->stats);
	pthread_mutex_destroy(&lane->stats_lock);
}

void lane_source(struct lane *lane, const char *iface, const char *capture)
{
	worker_source(lane->worker, iface, capture);
	lookout_source(&lane->lookout, iface, capture);
}

/* Where nothing may depend on which thread is faster, the lane waits each time that it has filled half of what is
 * looked through. */
void lane_wait_for_judge(struct lane *lane)
{
	uint64_t head = keep_head(&lane->keep);

	while (lane->lossless && head >= lane->next_wait &&
	       atomic_load_explicit(&lane->judged_to, memory_order_acquire) < head)
		pipeline_nap(WAIT_LEAST_NS);
	if (head >= lane->next_wait)
		lane->next_wait = head + lane->keep.size / 8;
}

static void weigh_loss(struct lane *lane, int64_t now_ns, const struct worker_counters *c)
{
	uint64_t dropped = atomic_load_explicit(&lane->kernel_dropped, memory_order_relaxed);
	struct loss_sample now = {.at_ns = now_ns,
				  .seen = c->packets + c->tcp_gaps + dropped,
				  .lost = c->tcp_gaps + dropped + lane->road_dropped_now};

	lane->loss_pct = loss_weigh(&lane->loss, &now);
}

/* Says what the lane sees of its own state. */
static void look_out(struct lane *lane, int64_t now_ns)
{
	struct worker_counters now = count_all(lane);

	weigh_loss(lane, now_ns, &now);
	lookout_tick(&lane->lookout, now_ns);
	lookout_wire(&lane->lookout, now_ns, &now);
	lookout_tables(&lane->lookout, now_ns, now.given_up, false);
}

/* As often as the worker looks at what ends by time. */
static void tick_gate(struct lane *lane, int64_t now_ns)
{
	uint64_t ticks = worker_ticks(lane->worker);

	if (ticks == lane->ticks)
		return;
	lane->ticks = ticks;
	gate_tick(lane->gate, now_ns);
}

void lane_frame(struct lane *lane, const struct frame_in *f)
{
	lookout_frame(&lane->lookout, f);
	if (lane->keep.bytes) {
		lane_wait_for_judge(lane);
		keep_frame(&lane->keep, f);
	}
	worker_frame(lane->worker, f);
	lane->frames_now++;
	lane->bytes_now += f->wire_len;
	tick_gate(lane, f->ts_ns);
	if (++lane->frames_since_tick == FRAMES_PER_TICK) {
		lane->frames_since_tick = 0;
		look_out(lane, f->ts_ns);
	}
}

static void take_frame(struct lane *lane, const struct handed *h)
{
	const struct frame_in f = {.bytes = span_of(h + 1, h->len),
				   .wire_len = h->wire_len,
				   .ts_ns = h->ts_ns,
				   .number = h->number,
				   .linktype = h->linktype};

	lane->at = at_step(h->step, AT_PACKET);
	worker_frame(lane->worker, &f);
	note_counters(lane);
	lane->frames_now++;
	lane->bytes_now += h->wire_len;
}

/* A step, in the order in which one worker goes through it. */
static void take_step(struct lane *lane, const struct handed *h)
{
	if (h->ticks)
		worker_tick(lane->worker, h->ts_ns, h->number);
	if (h->what == HANDED_FRAME)
		take_frame(lane, h);
	if (!h->ticks)
		return;
	lane->at = at_step(h->step, AT_HOLES);
	worker_tick_over(lane->worker);
	lane->at = at_step(h->step, AT_BEHIND);
	gate_tick(lane->gate, h->ts_ns);
	note_tables(lane);
}

static void finish_shared(struct lane *lane, const struct handed *h)
{
	lane_reached(lane, lane->at = AT_END_FLOWS);
	worker_tick(lane->worker, h->ts_ns, h->number); /* all end at the last frame */
	worker_finish_flows(lane->worker);
	note_counters(lane);
	note_tables(lane);
	lane_reached(lane, lane->at = AT_END_LINKS);
	worker_finish_links(lane->worker);
	lane_reached(lane, lane->at = AT_END_GATE);
	gate_flush(lane->gate);
}

void lane_handed(struct lane *lane, const struct handed *h)
{
	const char *names[2];

	lane->at = at_step(h->step, AT_TIMES);
	if (h->step - lane->water_step >= STEPS_PER_WATER) {
		lane->water_step = h->step;
		lane_reached(lane, lane->at);
	}
	worker_clock(lane->worker, h->clock_ns);
	switch (h->what) {
	case HANDED_FRAME:
	case HANDED_TICK:
		take_step(lane, h);
		break;
	case HANDED_SOURCE:
		memcpy(names, h + 1, sizeof(names));
		worker_source(lane->worker, names[0], names[1]);
		break;
	default:
		finish_shared(lane, h);
		break;
	}
	if (h->what != HANDED_FRAME || h->ticks) /* of a frame they are noted already */
		note_counters(lane);
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
	struct gate_counters g = lane->gate ? gate_count(lane->gate) : (struct gate_counters){0};

	atomic_store_explicit(&lane->frames, lane->frames_now, memory_order_relaxed);
	atomic_store_explicit(&lane->bytes, lane->bytes_now, memory_order_relaxed);
	atomic_store_explicit(&lane->road_dropped, lane->road_dropped_now, memory_order_relaxed);
	atomic_store_explicit(&lane->records, g.in, memory_order_relaxed);
	atomic_store_explicit(&lane->passed, g.passed, memory_order_relaxed);
	atomic_store_explicit(&lane->held, g.held, memory_order_relaxed);
	atomic_store_explicit(&lane->reports, g.reports, memory_order_relaxed);
	atomic_store_explicit(&lane->facts_evicted, g.evicted, memory_order_relaxed);
	atomic_store_explicit(&lane->facts, g.facts, memory_order_relaxed);
	if (lane->worker)
		atomic_store_explicit(&lane->unseen, worker_count(lane->worker).tcp_gaps, memory_order_relaxed);
}

static void take_over(struct lane *lane)
{
	const struct policy_set *offered = atomic_load_explicit(&lane->pipeline->offered, memory_order_acquire);

	if (!offered || offered == lane->set)
		return;
	lane->set = offered;
	if (lane->gate) {
		gate_enable(lane->gate, offered->cfg.gate.enabled);
		gate_want(lane->gate, &offered->wants);
	}
	atomic_store_explicit(&lane->taken_over, offered, memory_order_release);
}

void lane_tick(struct lane *lane, uint64_t dropped)
{
	pulse_beat(&lane->pulse);
	take_over(lane);
	atomic_store_explicit(&lane->kernel_dropped, dropped, memory_order_relaxed);
	publish(lane);
	if (!lane->worker)
		return;
	worker_dropped(lane->worker, dropped);
	if (worker_now(lane->worker) - lane->stats_ns >= STATS_EVERY_NS)
		publish_stats(lane);
}

void lane_idle(struct lane *lane, int64_t now_ns)
{
	worker_idle(lane->worker, now_ns);
	tick_gate(lane, now_ns);
	look_out(lane, now_ns);
}

void lane_finish(struct lane *lane)
{
	if (lane->worker && !lane->shared) {
		worker_finish(lane->worker);
		struct worker_counters c = count_all(lane);
		weigh_loss(lane, worker_now(lane->worker), &c);
		lookout_tables(&lane->lookout, worker_now(lane->worker), c.given_up, true);
		gate_flush(lane->gate);
	}
	publish(lane);
	if (lane->worker)
		publish_stats(lane);
	lane_reached(lane, UINT64_MAX);
	atomic_store_explicit(&lane->finished, true, memory_order_release);
	/* while the analyst still has things to do */
	worker_free(lane->worker);
	gate_free(lane->gate);
	lane->worker = NULL;
	lane->gate = NULL;
}
