/* What is held back of facts, and when it is told. */
#include <stdlib.h>
#include <string.h>

#include "event/gate_own.h"

#define TENTH_NS (NS_PER_S / 10)

/* Since when it waits: for the first of it, or for when it was last found to go on. */
static int64_t queued_ns(const struct holding *h)
{
	return h->since_ns + h->waited_ds * TENTH_NS;
}

static void unlink_holding(struct gate *g, struct holding *h)
{
	const struct fact *f = gate_fact_held(g, h);

	*(h->prev ? &h->prev->next : &g->queue.first) = h->next;
	*(h->next ? &h->next->prev : &g->queue.last) = h->prev;
	h->next = h->prev = NULL;
	for (int i = 0; i < ENDS; i++) {
		*(h->of[i].prev ? &h->of[i].prev->of[i].next : &g->ends[i][f->end[i]]) = h->of[i].next;
		if (h->of[i].next)
			h->of[i].next->of[i].prev = h->of[i].prev;
		h->of[i].next = h->of[i].prev = NULL;
	}
}

static void link_holding(struct gate *g, struct holding *h)
{
	h->prev = g->queue.last;
	*(h->prev ? &h->prev->next : &g->queue.first) = h;
	g->queue.last = h;
	for (int i = 0; i < ENDS; i++) {
		struct holding **first = &g->ends[i][gate_fact_held(g, h)->end[i]];
		h->of[i].next = *first;
		if (*first)
			(*first)->of[i].prev = h;
		*first = h;
	}
}

void gate_report(struct gate *g, struct holding *h)
{
	struct event ev = h->sample; /* its values stay in the sample */

	gate_count_whole(g, h);
	unlink_holding(g, h);
	ev.at.ts_ns = h->last_ns;
	ev.at.frame = h->last_frame;
	ev.at.flow_id = h->last_flow_id;
	ev.at.src_port = h->last_src_port;
	ev.count = h->held;
	ev.first_ns = h->since_ns;
	ev.fact = gate_fact_held(g, h)->no;
	h->held = 0;
	gate_fact_held(g, h)->told_ns = ev.at.ts_ns;
	g->count.passed++;
	g->count.reports++;
	g->next.take(g->next.ctx, &ev);
}

/* Room for what is held back of @f, with @ev as its sample. @return NULL when memory is short. */
struct holding *gate_holding_new(const struct gate *g, const struct fact *f, const struct event *ev)
{
	size_t bytes = offsetof(struct holding, sample) + event_packed_bytes(ev);
	struct holding *h = aligned_alloc(CACHE_LINE, (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);

	if (!h)
		return NULL;
	memset(h, 0, offsetof(struct holding, sample));
	h->fact = table_number(&g->facts, f);
	event_pack(ev, &h->sample);
	return h;
}

/* How long after a record of it was told the next one is, at most, while it goes on being said. */
static int64_t span_ns(const struct gate *g, const struct holding *h)
{
	return h->steady && !gate_is_kind(g, h->sample.table, KIND_BRIEF) ? GATE_STEADY_NS : GATE_REPORT_NS;
}

static void settle_end(struct gate *g, const struct ip_addr *ip, int64_t now_ns)
{
	uint16_t list = gate_list_of(ip);

	if (ip_is_none(ip))
		return;
	for (int i = 0; i < ENDS; i++) {
		while (g->ends[i][list])
			gate_report(g, g->ends[i][list]);
	}
	g->learnt_ns[list] = now_ns;
}

/* He is an end of the record, or is named in it, as in an answer of ARP, which has no ends of its own. */
void gate_settle(struct gate *g, const struct event *ev)
{
	if (!gate_identifies(g, ev))
		return;
	settle_end(g, &ev->at.src_ip, ev->at.ts_ns);
	settle_end(g, &ev->at.dest_ip, ev->at.ts_ns);
	for (unsigned i = 0; i < ev->n_values; i++) {
		if (ev->values[i].field->type != FIELD_TYPE_IP)
			continue;
		struct ip_addr named = ip_from_v6(ev->values[i].ptr);
		settle_end(g, &named, ev->at.ts_ns);
	}
}

/* @count occurrences more, the latest at @at, the first at @first_ns. The fact has its sample. */
void gate_count_held(struct gate *g, struct holding *h, const struct origin *at, uint64_t count, int64_t first_ns)
{
	gate_count_whole(g, h);
	if (h->held == 0) {
		h->due_ns = gate_fact_held(g, h)->told_ns + span_ns(g, h);
		h->since_ns = first_ns;
		h->waited_ds = 0;
		h->sample.at.capture = at->capture;
		h->sample.at.iface = at->iface;
		link_holding(g, h);
		table_touch(&g->facts, gate_fact_held(g, h));
	}
	h->held += count;
	h->last_ns = at->ts_ns;
	h->last_frame = at->frame;
	h->last_flow_id = at->flow_id;
	h->last_src_port = at->src_port;
	g->count.held++;
	if (at->ts_ns >= h->due_ns) {
		gate_report(g, h);
		h->steady = true;
	}
}

/* What is said on and on has until it is due, and waits behind the others. */
static bool goes_on(const struct gate *g, const struct holding *h, int64_t now_ns)
{
	const struct alias *a = gate_counter_of(g, h);
	int64_t last_ns = a && a->held > 0 ? a->last_ns : h->last_ns;

	return span_ns(g, h) > GATE_REPORT_NS && now_ns - last_ns < GATE_REPORT_NS && now_ns < h->due_ns;
}

static void requeue(struct gate *g, struct holding *h, int64_t now_ns)
{
	unlink_holding(g, h);
	h->waited_ds = (uint16_t)((now_ns - h->since_ns) / TENTH_NS);
	link_holding(g, h);
}

void gate_tick(struct gate *g, int64_t now_ns)
{
	struct holding *h;

	while ((h = g->queue.first) && now_ns - queued_ns(h) >= GATE_REPORT_NS) {
		if (goes_on(g, h, now_ns))
			requeue(g, h, now_ns);
		else
			gate_report(g, h);
	}
	gate_forget_idle(g, now_ns);
}

void gate_flush(struct gate *g)
{
	while (g->queue.first)
		gate_report(g, g->queue.first);
}
