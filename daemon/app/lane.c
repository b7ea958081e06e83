/* The capturing side: frames become records, and what the gate lets through goes onto the lane's road. */
#include <errno.h>

#include "app/pipeline_own.h"

#define STATS_EVERY_NS (10 * NS_PER_S)
#define LANE_LOSS_NS   (10 * NS_PER_S)

enum { WAIT_FOR_ROOM_NS = 50 * 1000, FRAMES_PER_TICK = 64, STATS_BYTES = 16384 };

static void road_take(void *ctx, struct event *ev)
{
	struct lane *lane = ctx;

	ev->loss_pct = lane->loss_pct;
	size_t n = event_packed_bytes(ev);
	void *room = ring_reserve(&lane->road, n);

	while (!room && lane->lossless && n <= ring_record_max(&lane->road)) {
		pipeline_nap(WAIT_FOR_ROOM_NS);
		room = ring_reserve(&lane->road, n);
	}
	if (!room) {
		lane->road_dropped_now++;
		return;
	}
	event_pack(ev, room);
	ring_commit(&lane->road);
}

int lane_init(struct lane *lane, struct pipeline *p, bool lossless)
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

void lane_deinit(struct lane *lane)
{
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
static void keep(struct lane *lane, const struct frame_in *f)
{
	uint64_t head = keep_head(&lane->keep);

	while (lane->lossless && head >= lane->next_wait &&
	       atomic_load_explicit(&lane->judged_to, memory_order_acquire) < head)
		pipeline_nap(WAIT_FOR_ROOM_NS);
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
