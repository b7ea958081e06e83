/*
 * The reader's side of a source: with one worker a way through to its lane; with several, the thread that hands each
 * frame to the worker it is for.
 *
 * Every frame is a step. A worker hears of the steps that are its own, and of each at which the clock ticks
 * (net/clock.h), so that what ends by time ends at the same step in all of them, and at the same as with one worker.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "app/pipeline_own.h"
#include "base/sandbox.h"

enum {
	FRAMES_PER_TICK = 64,
	WORKER_NICE = 10,
	STEPS_PER_TICK = 256,
	WAIT_LEAST_NS = 50 * 1000, /* where a worker has no room for more, then longer, up to ... */
	WAIT_MOST_NS = 1000 * 1000,
	IDLE_LEAST_NS = 50 * 1000, /* a worker sleeps this long when nothing is handed to it, then longer, up to ... */
	IDLE_MOST_NS = 1000 * 1000,
};

static struct lane *reader(struct source *s)
{
	return &s->lanes[0];
}

static bool is_shared(const struct source *s)
{
	return s->n_workers > 1;
}

int source_init(struct source *s, struct pipeline *p, struct lane *lanes, unsigned workers, bool lossless)
{
	int err = 0;

	s->pipeline = p;
	s->lanes = lanes;
	s->n_workers = workers;
	s->n_lanes = workers > 1 ? workers + 1 : 1;
	for (unsigned i = 0; i < s->n_lanes; i++)
		lanes[i].source = s;
	if (!is_shared(s))
		return lane_init(&lanes[0], p, 1, lossless);
	s->distributor = distributor_new(workers);
	err = s->distributor ? lane_init_reader(&lanes[0], p, lossless) : -ENOMEM;
	for (unsigned i = 0; i < workers && !err; i++) {
		struct hand *h = &s->hands[i];
		*h = (struct hand){.source = s, .lane = &lanes[i + 1]};
		err = lane_init(h->lane, p, workers, lossless);
		if (!err)
			err = ring_init(&h->ring, HANDED_BYTES);
	}
	return err;
}

void source_deinit(struct source *s)
{
	for (unsigned i = 0; i < s->n_lanes; i++)
		lane_deinit(&s->lanes[i]);
	for (unsigned i = 0; i < PIPELINE_WORKERS_MAX; i++) {
		if (s->hands[i].source)
			ring_deinit(&s->hands[i].ring);
	}
	distributor_free(s->distributor);
}

/* ---- a worker's thread */

static void *work(void *ctx)
{
	struct hand *h = ctx;
	unsigned steps = 0;
	int64_t idle_ns = IDLE_LEAST_NS;
	bool over = false;

	if (h->lane->lossless)
		(void)setpriority(PRIO_PROCESS, 0, WORKER_NICE);
	sandbox_enter(SANDBOX_WORKER);
	while (!over) {
		uint64_t handed = atomic_load_explicit(&h->source->handed, memory_order_acquire);
		size_t bytes;
		const struct handed *r = ring_peek(&h->ring, &bytes);
		if (!r) {
			lane_reached(h->lane, at_step(handed + 1, AT_TIMES));
			lane_tick(h->lane, 0);
			idle_ns = pipeline_nap_longer(idle_ns, IDLE_MOST_NS);
			continue;
		}
		idle_ns = IDLE_LEAST_NS;
		over = r->what == HANDED_END;
		lane_handed(h->lane, r);
		ring_release(&h->ring);
		if (++steps % STEPS_PER_TICK == 0)
			lane_tick(h->lane, 0);
	}
	lane_finish(h->lane);
	return NULL;
}

int source_start(struct source *s)
{
	int err = 0;

	for (unsigned i = 0; is_shared(s) && i < s->n_workers && !err; i++) {
		err = -pthread_create(&s->hands[i].thread, NULL, work, &s->hands[i]);
		s->hands[i].runs = err == 0;
	}
	return err;
}

/* ---- the reader's thread */

/* All steps so far are in the workers' rings: who finds his own empty has done them. */
static void publish_steps(struct source *s, uint64_t step)
{
	atomic_store_explicit(&s->handed, step, memory_order_release);
}

/* Waits where the worker is behind: what cannot be handed on stays in the kernel's ring, which is larger. */
static struct handed *room_for(struct source *s, struct hand *h, size_t bytes)
{
	struct handed *r = ring_reserve(&h->ring, sizeof(*r) + bytes);

	if (!r) { /* what the others wait for to go on */
		publish_steps(s, s->step - 1);
		lane_reached(reader(s), reader(s)->at);
	}
	for (int64_t nap_ns = WAIT_LEAST_NS; !r;) {
		nap_ns = pipeline_nap_longer(nap_ns, WAIT_MOST_NS);
		if (ring_is_roomy(&h->ring))
			r = ring_reserve(&h->ring, sizeof(*r) + bytes);
	}
	*r = (struct handed){.step = s->step, .clock_ns = s->clock.clock_ns, .ts_ns = s->ts_ns, .number = s->number};
	return r;
}

static void hand_word(struct source *s, struct hand *h, enum handed_what what, const void *bytes, size_t n)
{
	struct handed *r = room_for(s, h, n);

	r->what = (uint16_t)what;
	r->ticks = what == HANDED_TICK;
	r->len = (uint32_t)n;
	if (n > 0)
		memcpy(r + 1, bytes, n);
	ring_commit(&h->ring);
}

static void hand_all(struct source *s, enum handed_what what, const void *bytes, size_t n, const struct hand *but)
{
	for (unsigned i = 0; i < s->n_workers; i++) {
		if (&s->hands[i] != but)
			hand_word(s, &s->hands[i], what, bytes, n);
	}
}

static void hand_frame(struct source *s, struct hand *h, const struct frame_in *f, bool ticks)
{
	size_t most = ring_record_max(&h->ring) - sizeof(struct handed), n = f->bytes.len < most ? f->bytes.len : most;
	struct handed *r = room_for(s, h, n);

	r->what = HANDED_FRAME;
	r->ticks = ticks;
	r->wire_len = f->wire_len;
	r->len = (uint32_t)n;
	r->linktype = f->linktype;
	if (n > 0)
		memcpy(r + 1, f->bytes.ptr, n);
	ring_commit(&h->ring);
}

/* What only whoever sees all frames can say. */
static void look_out(struct source *s, int64_t now_ns)
{
	struct lane *r = reader(s);

	r->at = at_step(s->step, AT_BEHIND);
	lane_note(r, ROAD_TIME, (uint64_t)now_ns, s->frames, 0);
	lookout_tick(&r->lookout, now_ns);
}

/* Has the clock reached another tick? */
static bool is_next_tick(struct source *s)
{
	uint64_t ticks = clock_ticks(&s->clock);
	bool next = ticks != s->ticks;

	s->ticks = ticks;
	return next;
}

static void share_frame(struct source *s, const struct frame_in *f)
{
	struct lane *r = reader(s);
	struct hand *h = &s->hands[distribute(s->distributor, f)];

	s->step++;
	s->frames++;
	s->ts_ns = f->ts_ns;
	s->number = f->number;
	clock_move(&s->clock, f->ts_ns);
	r->at = at_step(s->step, AT_TIMES);
	lookout_frame(&r->lookout, f);
	if (r->keep.bytes) {
		publish_steps(s, s->step - 1);
		lane_reached(r, r->at);
		lane_wait_for_judge(r);
		atomic_store_explicit(&s->kept, s->step, memory_order_release);
		keep_frame(&r->keep, f);
	}
	bool ticks = is_next_tick(s);
	if (ticks)
		hand_all(s, HANDED_TICK, NULL, 0, h);
	hand_frame(s, h, f, ticks);
	if (s->frames % FRAMES_PER_TICK == 0) {
		look_out(s, f->ts_ns);
		lane_reached(r, at_step(s->step + 1, AT_TIMES));
		publish_steps(s, s->step);
	}
}

void source_begin(struct source *s, const char *iface, const char *capture)
{
	const char *names[2] = {iface, capture};

	if (!is_shared(s)) {
		lane_source(&s->lanes[0], iface, capture);
		return;
	}
	struct lane *r = reader(s);
	s->step++;
	clock_source(&s->clock);
	lookout_source(&r->lookout, iface, capture);
	lane_reached(r, r->at = at_step(s->step, AT_TIMES));
	lane_note(r, ROAD_SOURCE, (uint64_t)(uintptr_t)iface, (uint64_t)(uintptr_t)capture, 0);
	hand_all(s, HANDED_SOURCE, names, sizeof(names), NULL);
	publish_steps(s, s->step);
}

void source_frame(void *ctx, const struct frame_in *f)
{
	struct source *s = ctx;

	if (is_shared(s))
		share_frame(s, f);
	else
		lane_frame(&s->lanes[0], f);
}

void source_tick(struct source *s, uint64_t dropped)
{
	lane_tick(reader(s), dropped);
	if (!is_shared(s))
		return;
	publish_steps(s, s->step);
	lane_reached(reader(s), at_step(s->step + 1, AT_TIMES));
}

void source_idle(struct source *s, int64_t now_ns)
{
	int64_t sure_ns = now_ns - NS_PER_S; /* frames that the ring still holds may be a little older than the clock */

	if (!is_shared(s)) {
		lane_idle(&s->lanes[0], sure_ns);
		return;
	}
	s->step++;
	if (clock_idle(&s->clock, sure_ns)) {
		clock_move(&s->clock, sure_ns);
		s->ts_ns = sure_ns;
		if (is_next_tick(s))
			hand_all(s, HANDED_TICK, NULL, 0, NULL);
	}
	look_out(s, sure_ns);
}

void source_finish(struct source *s)
{
	struct lane *r = reader(s);

	if (!is_shared(s)) {
		lane_finish(r);
		return;
	}
	s->step++;
	for (unsigned i = 0; i < s->n_workers; i++) {
		if (!s->hands[i].runs)
			continue;
		hand_word(s, &s->hands[i], HANDED_END, NULL, 0);
	}
	lane_reached(r, r->at = AT_END_LOSS);
	if (s->hands[0].runs)
		lane_note(r, ROAD_TIME, (uint64_t)s->ts_ns, s->frames, 0);
	lane_finish(r);
	for (unsigned i = 0; i < s->n_workers; i++) {
		if (s->hands[i].runs)
			pthread_join(s->hands[i].thread, NULL);
		s->hands[i].runs = false;
	}
}

void source_stop(struct source *s)
{
	if (s->hands[0].runs)
		source_finish(s);
}
