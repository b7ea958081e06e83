/*
 * The analyst's side of a source whose frames several workers share: takes their records in the order in which one
 * worker would have made them.
 *
 * Each lane's road is in order by itself. The oldest of what stands first on the roads is next, once every lane whose
 * road is empty has said that it has come further. What is said of the source as a whole - loss, the numbers of
 * conversations - is made here from what the lanes count.
 */
#include <string.h>

#include "app/pipeline_own.h"
#include "base/hash.h"

/* A number that no other can have: of a conversation whose name was forgotten. */
#define UNNAMED (UINT64_C(1) << 62)

static uint64_t name_hash(const struct flow_name_key *key)
{
	return hash_bytes(key, sizeof(*key));
}

/* Conversations are numbered as they begin. */
static void name_flows(struct lane *l, uint64_t begun)
{
	struct pipeline *p = l->pipeline;

	for (uint64_t id = l->told.flows_created + 1; id <= begun; id++) {
		struct flow_name_key key = {(uint64_t)(l - p->lanes), id};
		struct flow_name *n = table_insert(&p->flow_names, &key, name_hash(&key));
		p->flows_named++;
		if (n)
			n->name = p->flows_named;
	}
	if (begun > l->told.flows_created)
		l->told.flows_created = begun;
}

static uint64_t name_of(struct lane *l, uint64_t id)
{
	struct table *names = &l->pipeline->flow_names;
	struct flow_name_key key = {(uint64_t)(l - l->pipeline->lanes), id};
	struct flow_name *n = id ? table_find(names, &key, name_hash(&key)) : NULL;

	if (!n)
		return id ? UNNAMED | key.lane << 48 | id : 0;
	if (names->used > names->cap / 2) /* who was named last matters only where somebody may have to go */
		table_touch(names, n);
	return n->name;
}

void merge_look_ahead(struct lane *l, struct coming_record *r)
{
	const struct table *names = &l->pipeline->flow_names;
	struct flow_name_key key = {(uint64_t)(l - l->pipeline->lanes), r->ledger.ev->at.flow_id};
	const struct flow_name *n;

	r->name_step++;
	if (!key.id)
		return;
	uint64_t hash = name_hash(&key);
	switch (r->name_step) {
	case 1:
		table_prefetch(names, hash);
		break;
	case 2:
		n = table_guess(names, hash);
		if (n)
			__builtin_prefetch(n);
		break;
	default:
		n = table_find(names, &key, hash);
		r->ledger.flow_id = n ? n->name : 0;
		break;
	}
}

/* What stands first on a road: how it compares with what other lanes said at the same step. */
static void look_at_head(struct lane *l)
{
	l->order = 0;
	if (l->head->what != ROAD_EVENT)
		return;
	struct event *ev = event_unpack(l->head + 1);
	uint64_t own = ev->at.flow_id, name = ev->at.flow_id = name_of(l, own);
	/* what gates held back comes by the time since when they did */
	uint64_t at = l->head->at;
	bool of_gate = at == AT_END_GATE || (at < AT_END_FLOWS && at % AT_PARTS == AT_BEHIND);
	l->order = of_gate ? (uint64_t)ev->first_ns : l->head->cause == own ? name : name_of(l, l->head->cause);
}

/* @return false where there is nothing on its road. */
static bool look(struct lane *l)
{
	size_t bytes;

	if (l->head)
		return true;
	l->bound = atomic_load_explicit(&l->water, memory_order_acquire);
	l->head = ring_peek(&l->road, &bytes);
	if (l->head)
		look_at_head(l);
	return l->head != NULL;
}

static bool is_before(const struct lane *a, const struct lane *b)
{
	if (a->head->at != b->head->at)
		return a->head->at < b->head->at;
	return a->order < b->order; /* else the lane that is asked first: the reader's */
}

/* @return the lane whose record is next; NULL where it is not known yet. */
static struct lane *next_of(struct source *s)
{
	struct lane *next = NULL;

	for (unsigned i = 0; i < s->n_lanes; i++) {
		struct lane *l = &s->lanes[i];
		if (l->head && (!next || is_before(l, next)))
			next = l;
	}
	for (unsigned i = 0; i < s->n_lanes; i++) {
		struct lane *l = &s->lanes[i];
		if (l->head || (next && next->head->at < l->bound))
			continue;
		if (look(l)) {
			if (!next || is_before(l, next))
				next = l;
		} else if (next && next->head->at >= l->bound) {
			return NULL;
		}
	}
	/* one that was looked at before `next` was found may be behind it */
	for (unsigned i = 0; next && i < s->n_lanes; i++) {
		if (!s->lanes[i].head && next->head->at >= s->lanes[i].bound)
			return NULL;
	}
	return next;
}

static void tell_time(struct source *s, int64_t now_ns, uint64_t frames, bool last)
{
	struct worker_counters c = {.packets = frames};
	uint64_t dropped = 0, road_dropped = 0;

	for (unsigned i = 0; i < s->n_lanes; i++) {
		const struct lane *l = &s->lanes[i];
		c.tcp_gaps += l->told.tcp_gaps;
		c.duplicates += l->told.duplicates;
		for (unsigned t = 0; t < WORKER_TABLES; t++)
			c.given_up[t] += l->told.given_up[t];
		dropped += atomic_load_explicit(&l->kernel_dropped, memory_order_relaxed);
		road_dropped += atomic_load_explicit(&l->road_dropped, memory_order_relaxed);
	}
	struct loss_sample now = {
	    .at_ns = now_ns, .seen = c.packets + c.tcp_gaps + dropped, .lost = c.tcp_gaps + dropped + road_dropped};
	s->loss_pct = loss_weigh(&s->loss, &now);
	lookout_wire(&s->wire, now_ns, &c);
	lookout_tables(&s->wire, now_ns, c.given_up, last);
}

static void judge_wire(void *ctx, struct event *ev)
{
	struct source *s = ctx;

	ev->loss_pct = s->loss_pct;
	analyst_take(s, ev);
}

static void take_note(struct lane *l, const struct road_note *n)
{
	struct source *s = l->source;

	switch ((enum road_what)n->head.what) {
	case ROAD_FLOWS:
		name_flows(l, n->value[0]);
		break;
	case ROAD_COUNTERS:
		l->told.tcp_gaps = n->value[0];
		l->told.duplicates = n->value[1];
		break;
	case ROAD_TABLE:
		l->told.given_up[n->value[0] % WORKER_TABLES] = n->value[1];
		break;
	case ROAD_TIME:
		tell_time(s, (int64_t)n->value[0], n->value[1], n->head.at == AT_END_LOSS);
		break;
	default:
		s->wire.next = (struct event_sink){judge_wire, s};
		lookout_source(&s->wire, (const char *)(uintptr_t)n->value[0], (const char *)(uintptr_t)n->value[1]);
		break;
	}
}

unsigned merge_drain(struct source *s, unsigned max)
{
	struct coming coming[PIPELINE_WORKERS_MAX + 1];
	unsigned n = 0;

	for (unsigned i = 0; i < s->n_lanes; i++)
		coming[i] = (struct coming){.place = ring_place(&s->lanes[i].road)};
	for (struct lane *l; n < max && (l = next_of(s)); n++) {
		analyst_look_ahead(&coming[l - s->lanes], l);
		if (l->head->what == ROAD_EVENT) {
			struct event *ev = event_unpack(l->head + 1);
			ev->loss_pct = s->loss_pct;
			analyst_may_commit(s, ev, n);
			analyst_take(s, ev);
		} else {
			take_note(l, (const struct road_note *)l->head);
		}
		ring_release(&l->road);
		l->head = NULL;
		(void)look(l);
	}
	return n;
}

bool merge_is_behind(struct source *s, uint64_t step)
{
	for (unsigned i = 0; i < s->n_lanes; i++) {
		struct lane *l = &s->lanes[i];
		if (look(l) || l->bound <= at_step(step, AT_BEHIND))
			return false;
	}
	return true;
}
