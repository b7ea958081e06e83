#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fnv.h"
#include "base/sandbox.h"
#include "base/when.h"
#include "sinks/sink.h"

enum {
	BATCH = 64,
	IDLE_MS = 50,      /* how long a committed row may wait for a look */
	BEAT_MS = 1000,    /* deliver() with no rows */
	POSITION_MS = 200, /* positions are written no more often */
};

/* One sink and its thread. */
struct carrier {
	struct courier *courier;
	struct sink *sink;
	pthread_t thread;
	bool running, reopen;
	struct delivery rows[BATCH];
	char *text; /* of the rows */
	size_t size;
	int n_rows;
	uint64_t kept_seq; /* position as the outbox has it */
	int64_t kept_ns, beat_ns, heeded_ns;
};

struct courier {
	struct carrier *carriers;
	size_t n;
	struct delivery_source src;
	pthread_mutex_t src_lock;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	bool stopping;
	uint64_t wakes;
	int64_t drain_until_ns;
};

/* ---- the source, one thread at a time: what the outbox offers, with the lock held. ctx is the carrier. */

static int src_seek_id(void *carrier, uint64_t ms, uint64_t seq, uint64_t *after_seq)
{
	struct courier *k = ((struct carrier *)carrier)->courier;

	pthread_mutex_lock(&k->src_lock);
	int err = k->src.seek_id(k->src.ctx, ms, seq, after_seq);
	pthread_mutex_unlock(&k->src_lock);
	return err;
}

static uint64_t src_position(void *carrier, const char *sink)
{
	struct courier *k = ((struct carrier *)carrier)->courier;

	pthread_mutex_lock(&k->src_lock);
	uint64_t seq = k->src.position(k->src.ctx, sink);
	pthread_mutex_unlock(&k->src_lock);
	return seq;
}

static int src_set_position(void *carrier, const char *sink, uint64_t seq)
{
	struct courier *k = ((struct carrier *)carrier)->courier;

	pthread_mutex_lock(&k->src_lock);
	int err = k->src.set_position(k->src.ctx, sink, seq);
	pthread_mutex_unlock(&k->src_lock);
	return err;
}

static void src_number_behind(void *carrier, int64_t ms)
{
	struct courier *k = ((struct carrier *)carrier)->courier;

	if (k->src.number_behind)
		k->src.number_behind(k->src.ctx, ms);
}

static bool src_wanted(void *carrier, const char *sink, uint64_t *after_seq)
{
	struct courier *k = ((struct carrier *)carrier)->courier;

	pthread_mutex_lock(&k->src_lock);
	bool wanted = k->src.wanted(k->src.ctx, sink, after_seq);
	pthread_mutex_unlock(&k->src_lock);
	return wanted;
}

/* Moves the texts of @rows into the carrier's own memory: the source's are good until its next call, which may be
 * another thread's. */
static int keep_texts(struct carrier *c, struct delivery *rows, int n)
{
	size_t total = 0;

	for (int i = 0; i < n; i++)
		total += rows[i].len + 1;
	if (total > c->size) {
		char *text = realloc(c->text, total);
		if (!text)
			return -ENOMEM;
		c->text = text;
		c->size = total;
	}
	char *at = c->text;
	for (int i = 0; i < n; i++) {
		memcpy(at, rows[i].json, rows[i].len);
		at[rows[i].len] = '\0';
		rows[i].json = at;
		at += rows[i].len + 1;
	}
	return n;
}

static int src_read(void *carrier, uint64_t after_seq, struct delivery *rows, int max)
{
	struct carrier *c = carrier;
	struct courier *k = c->courier;

	pthread_mutex_lock(&k->src_lock);
	int n = k->src.read(k->src.ctx, after_seq, rows, max);
	if (n > 0)
		n = keep_texts(c, rows, n);
	pthread_mutex_unlock(&k->src_lock);
	return n;
}

/* ---- one sink */

static void keep_position(struct carrier *c, bool at_once)
{
	struct sink *s = c->sink;
	int64_t now = when_monotonic_ns();

	if (s->counters.after_seq == c->kept_seq || (!at_once && now - c->kept_ns < POSITION_MS * NS_PER_MS))
		return;
	if (src_set_position(c, s->name, s->counters.after_seq) == 0)
		c->kept_seq = s->counters.after_seq;
	c->kept_ns = now;
}

static void retry_in(struct carrier *c, int ms)
{
	sink_add(&c->sink->counters.retries, 1);
	c->sink->retry_at_ns = when_monotonic_ns() + ms * NS_PER_MS;
}

/* Calls deliver() with no rows. @return whether the sink is ready for more. */
static bool beat(struct carrier *c)
{
	int retry_ms = 0;

	c->beat_ns = when_monotonic_ns();
	c->sink->ops->deliver(c->sink, NULL, 0, &retry_ms);
	if (retry_ms > 0)
		retry_in(c, retry_ms);
	return retry_ms <= 0;
}

static bool find_position(struct carrier *c)
{
	struct sink *s = c->sink;
	const struct delivery_source src = {.ctx = c,
					    .read = src_read,
					    .seek_id = src_seek_id,
					    .position = src_position,
					    .set_position = src_set_position,
					    .number_behind = src_number_behind};

	if (!beat(c))
		return false;
	c->n_rows = 0;
	uint64_t after_seq = s->ops->resume ? s->counters.after_seq : src_position(c, s->name);
	if (s->ops->resume && !s->ops->resume(s, &src, &after_seq)) {
		retry_in(c, IDLE_MS);
		return false;
	}
	sink_stand(s, after_seq);
	s->positioned = true;
	return true;
}

/* Somebody wants alerts told again, or passed over: a sink that stands somewhere goes there. */
static void heed_wish(struct carrier *c)
{
	uint64_t after_seq;

	if (!c->sink->positioned || !src_wanted(c, c->sink->name, &after_seq))
		return;
	log_notice("%s: goes on behind entry %llu of the outbox, as was asked", c->sink->name,
		   (unsigned long long)after_seq);
	if (c->sink->ops->rewound)
		c->sink->ops->rewound(c->sink);
	sink_stand(c->sink, after_seq);
	c->kept_seq = after_seq;
	c->n_rows = 0;
}

enum carried { CARRIED_SOME, CARRIED_ALL, CARRY_LATER };

/* Delivers what there is to deliver now. */
static enum carried carry(struct carrier *c)
{
	struct sink *s = c->sink;
	int retry_ms = 0;

	if (when_monotonic_ns() < s->retry_at_ns)
		return CARRY_LATER;
	if (!s->positioned && !find_position(c))
		return CARRY_LATER;
	if (when_monotonic_ns() - c->heeded_ns >= BEAT_MS * NS_PER_MS) {
		heed_wish(c);
		c->heeded_ns = when_monotonic_ns();
	}
	if (c->n_rows == 0)
		c->n_rows = src_read(c, s->counters.after_seq, c->rows, BATCH);
	if (c->n_rows < 0) {
		c->n_rows = 0;
		retry_in(c, BEAT_MS);
		return CARRY_LATER;
	}
	if (when_monotonic_ns() - c->beat_ns >= BEAT_MS * NS_PER_MS && (!beat(c) || !s->positioned)) {
		keep_position(c, true);
		return CARRY_LATER;
	}
	if (c->n_rows == 0) {
		keep_position(c, false);
		return CARRIED_ALL;
	}
	int done = s->ops->deliver(s, c->rows, c->n_rows, &retry_ms);
	if (done > 0) {
		sink_stand(s, c->rows[done - 1].seq);
		sink_add(&s->counters.delivered, (uint64_t)done);
		c->n_rows -= done;
		memmove(c->rows, c->rows + done, (size_t)c->n_rows * sizeof(c->rows[0]));
		keep_position(c, false);
	}
	if (!s->positioned)
		keep_position(c, true); /* it may have been set back, which must not be forgotten */
	if (retry_ms > 0 || done <= 0)
		retry_in(c, retry_ms > 0 ? retry_ms : IDLE_MS);
	return retry_ms > 0 || done <= 0 ? CARRY_LATER : CARRIED_SOME;
}

static void sleep_until(struct courier *k, int64_t until_ns, uint64_t wakes)
{
	struct timespec at = {.tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S};

	while (k->wakes == wakes && when_monotonic_ns() < until_ns) {
		if (pthread_cond_timedwait(&k->wake, &k->lock, &at) == ETIMEDOUT)
			break;
	}
}

static void *carrier_run(void *carrier)
{
	struct carrier *c = carrier;
	struct courier *k = c->courier;
	struct sink *s = c->sink;
	bool last_beat = false;

	sandbox_enter(SANDBOX_SINK);
	pthread_mutex_lock(&k->lock);
	for (;;) {
		uint64_t wakes = k->wakes;
		bool reopen = c->reopen, draining = k->stopping;
		int64_t drain_until_ns = k->drain_until_ns;
		c->reopen = false;
		pthread_mutex_unlock(&k->lock);

		if (reopen && s->ops->reopen)
			s->ops->reopen(s);
		enum carried carried = carry(c);

		pthread_mutex_lock(&k->lock);
		int64_t now = when_monotonic_ns(), next = now + IDLE_MS * NS_PER_MS;
		if (draining && (carried == CARRIED_ALL || now >= drain_until_ns || s->retry_at_ns >= drain_until_ns)) {
			last_beat = carried == CARRIED_ALL;
			break;
		}
		if (carried == CARRIED_SOME)
			continue;
		if (s->retry_at_ns > now)
			next = s->retry_at_ns;
		if (k->stopping && next > k->drain_until_ns)
			next = k->drain_until_ns;
		/* a wake cannot shorten a back-off, only the polling: but stopping and reopening must be heard at once
		 */
		sleep_until(k, next, wakes);
	}
	pthread_mutex_unlock(&k->lock);
	/* a short run leaves its assets and its status behind as well: all of them, while there is time */
	while (last_beat && beat(c))
		last_beat = s->ops->has_more && s->ops->has_more(s) && when_monotonic_ns() < k->drain_until_ns;
	keep_position(c, true);
	return NULL;
}

/* ---- all of them */

struct sink_counters sink_count(const struct sink *s)
{
	const struct sink_counters *c = &s->counters;

	return (struct sink_counters){
	    .delivered = __atomic_load_n(&c->delivered, __ATOMIC_RELAXED),
	    .retries = __atomic_load_n(&c->retries, __ATOMIC_RELAXED),
	    .refused_duplicates = __atomic_load_n(&c->refused_duplicates, __ATOMIC_RELAXED),
	    .refused = __atomic_load_n(&c->refused, __ATOMIC_RELAXED),
	    .truncated = __atomic_load_n(&c->truncated, __ATOMIC_RELAXED),
	    .filtered = __atomic_load_n(&c->filtered, __ATOMIC_RELAXED),
	    .commands = __atomic_load_n(&c->commands, __ATOMIC_RELAXED),
	    .commands_malformed = __atomic_load_n(&c->commands_malformed, __ATOMIC_RELAXED),
	    .after_seq = __atomic_load_n(&c->after_seq, __ATOMIC_RELAXED),
	    .notes = __atomic_load_n(&c->notes, __ATOMIC_RELAXED),
	    .connected = __atomic_load_n(&c->connected, __ATOMIC_RELAXED),
	};
}

void sink_set_name(struct sink *s, const char *kind, const char *what)
{
	size_t room = sizeof(s->name) - strlen(kind) - 2, len = strlen(what);
	uint64_t h = fnv(FNV_BASIS, what, len);
	char hash[12];

	if (len <= room) {
		snprintf(s->name, sizeof(s->name), "%s:%s", kind, what);
		return;
	}
	snprintf(hash, sizeof(hash), "%08x..", (unsigned)(h ^ h >> 32));
	snprintf(s->name, sizeof(s->name), "%s:%s%s", kind, hash, what + len - (room - strlen(hash)));
}

int courier_new(struct courier **out, struct sink **sinks, size_t n, const struct delivery_source *src)
{
	struct courier *k = calloc(1, sizeof(*k));
	pthread_condattr_t attr;

	*out = NULL;
	if (k)
		k->carriers = calloc(n ? n : 1, sizeof(*k->carriers));
	if (!k || !k->carriers) {
		for (size_t i = 0; i < n; i++)
			sinks[i]->ops->close(sinks[i]);
		free(k);
		return -ENOMEM;
	}
	k->n = n;
	k->src = *src;
	pthread_mutex_init(&k->src_lock, NULL);
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &attr);
	pthread_condattr_destroy(&attr);
	for (size_t i = 0; i < n; i++)
		k->carriers[i] = (struct carrier){.courier = k, .sink = sinks[i]};
	*out = k;
	return 0;
}

static void wake_all(struct courier *k)
{
	k->wakes++;
	pthread_cond_broadcast(&k->wake);
}

static void join_all(struct courier *k)
{
	for (size_t i = 0; i < k->n; i++) {
		if (k->carriers[i].running)
			pthread_join(k->carriers[i].thread, NULL);
		k->carriers[i].running = false;
	}
}

/* Signals are for the main thread. */
static int start_thread(struct carrier *c)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int err = pthread_create(&c->thread, NULL, carrier_run, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	c->running = err == 0;
	return -err;
}

int courier_start(struct courier *k)
{
	k->stopping = false;
	for (size_t i = 0; i < k->n; i++) {
		struct carrier *c = &k->carriers[i];
		/* the row must be there from the start: it is what keeps retention from deleting what this sink lacks
		 */
		c->kept_seq = src_position(c, c->sink->name);
		sink_stand(c->sink, c->kept_seq);
		(void)src_set_position(c, c->sink->name, c->kept_seq);
		int err = start_thread(c);
		if (err) {
			(void)courier_stop(k, 0);
			return err;
		}
	}
	return 0;
}

void courier_reopen(struct courier *k)
{
	for (size_t i = 0; i < k->n; i++) {
		if (k->carriers[i].sink->ops->renew)
			k->carriers[i].sink->ops->renew(k->carriers[i].sink);
	}
	pthread_mutex_lock(&k->lock);
	for (size_t i = 0; i < k->n; i++)
		k->carriers[i].reopen = true;
	wake_all(k);
	pthread_mutex_unlock(&k->lock);
}

void courier_wake(struct courier *k)
{
	pthread_mutex_lock(&k->lock);
	wake_all(k);
	pthread_mutex_unlock(&k->lock);
}

uint64_t courier_stop(struct courier *k, int drain_ms)
{
	uint64_t most = 0;

	pthread_mutex_lock(&k->lock);
	k->stopping = true;
	k->drain_until_ns = when_monotonic_ns() + drain_ms * NS_PER_MS;
	wake_all(k);
	pthread_mutex_unlock(&k->lock);
	join_all(k);
	for (size_t i = 0; i < k->n; i++) {
		uint64_t left = k->src.waiting(k->src.ctx, k->carriers[i].sink->counters.after_seq);
		most = left > most ? left : most;
	}
	return most;
}

void courier_free(struct courier *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->n; i++) {
		k->carriers[i].sink->ops->close(k->carriers[i].sink);
		free(k->carriers[i].text);
	}
	pthread_mutex_destroy(&k->src_lock);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->wake);
	free(k->carriers);
	free(k);
}

size_t courier_sinks(const struct courier *k, const struct sink **sinks, size_t max)
{
	for (size_t i = 0; i < k->n && i < max; i++)
		sinks[i] = k->carriers[i].sink;
	return k->n;
}
