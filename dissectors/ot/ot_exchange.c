#include "ot/ot_exchange.h"

#include <string.h>

#include "base/when.h"

#define ANSWER_WAIT_NS (60 * NS_PER_S)
#define BURST_NS       (100 * NS_PER_MS)

struct open_request {
	int64_t ts_ns;
	uint64_t frame;
	uint64_t key;
	uint16_t bytes; /* of this record, padding included */
	uint16_t kept;
	uint8_t head[];
};

static struct open_request *oldest(struct ot_state *s)
{
	return s->open ? (struct open_request *)(void *)s->log : NULL;
}

static struct open_request *newer(struct ot_state *s, struct open_request *r)
{
	uint8_t *next = (uint8_t *)r + r->bytes;

	return next < s->log + s->used ? (struct open_request *)(void *)next : NULL;
}

static void drop(struct ot_state *s, struct open_request *r)
{
	uint8_t *at = (uint8_t *)r, *next = at + r->bytes, *end = s->log + s->used;

	s->used = (uint16_t)(s->used - r->bytes);
	s->open--;
	if (next < end)
		memmove(at, next, (size_t)(end - next));
}

static struct ot_exchange exchange_of(const struct ot_state *s, const struct open_request *r)
{
	struct ot_exchange x = {.own = s->own};

	if (r) {
		x.key = r->key;
		x.asked = true;
		x.request = span_of(r->head, r->kept);
		x.asked_ns = r->ts_ns;
		x.asked_frame = r->frame;
	}
	return x;
}

static void unanswered(struct ot_state *s, struct emitter *out, const struct ot_teller *t, struct open_request *r)
{
	struct ot_exchange x = exchange_of(s, r);

	t->tell(out, &x);
	drop(s, r);
}

static void expire(struct ot_state *s, struct emitter *out, const struct ot_teller *t)
{
	struct open_request *r;

	while ((r = oldest(s)) && out->at.ts_ns - r->ts_ns > ANSWER_WAIT_NS)
		unanswered(s, out, t, r);
}

/* @return the state, which may have moved; NULL where @need more bytes do not fit. */
static struct ot_state *make_room(struct ot_state *s, struct emitter *out, size_t need)
{
	size_t bytes = s->bytes ? s->bytes : OT_STATE_BYTES, wanted = sizeof(*s) + s->used + need;
	bool ok = true;

	if (wanted <= bytes)
		return s;
	if (wanted > OT_STATE_MAX)
		return NULL;
	while (bytes < wanted)
		bytes *= 2;
	s = out->resize_state(out, bytes, &ok);
	if (!ok)
		return NULL;
	s->bytes = (uint16_t)bytes;
	return s;
}

unsigned ot_asked(struct ot_state *s, struct emitter *out, const struct ot_teller *t, uint64_t key, struct span request)
{
	struct span kept = span_head(request, OT_KEPT_MAX);
	size_t need = (sizeof(struct open_request) + kept.len + 7) & ~(size_t)7;
	struct ot_state *roomy;
	unsigned pushed_out = 0;

	expire(s, out, t);
	for (; !(roomy = make_room(s, out, need)) && s->open > 0; pushed_out++)
		unanswered(s, out, t, oldest(s));
	if (!roomy) { /* not even an empty log has room: the flow may not grow */
		ot_told_alone(s, out, t, key, true, request);
		return pushed_out + 1;
	}
	struct open_request *r = (struct open_request *)(void *)(roomy->log + roomy->used);
	*r = (struct open_request){
	    .ts_ns = out->at.ts_ns,
	    .frame = out->at.frame,
	    .key = key,
	    .bytes = (uint16_t)need,
	    .kept = (uint16_t)kept.len,
	};
	if (kept.len > 0)
		memcpy(r->head, kept.ptr, kept.len);
	roomy->used = (uint16_t)(roomy->used + need);
	roomy->open++;
	return pushed_out;
}

static struct open_request *match(struct ot_state *s, uint64_t key)
{
	struct open_request *best = NULL, *last = NULL;

	for (struct open_request *r = oldest(s); r; r = newer(s, r)) {
		if (r->key != key)
			continue;
		if (!last || r->ts_ns - last->ts_ns > BURST_NS)
			best = r;
		last = r;
	}
	return best;
}

void ot_answered(struct ot_state *s, struct emitter *out, const struct ot_teller *t, uint64_t key, struct span response)
{
	expire(s, out, t);
	struct open_request *r = match(s, key);
	struct ot_exchange x = exchange_of(s, r);
	x.key = key;
	x.answered = true;
	x.response = response;
	t->tell(out, &x);
	if (r)
		drop(s, r);
}

void ot_told_alone(const struct ot_state *s, struct emitter *out, const struct ot_teller *t, uint64_t key,
		   bool is_request, struct span message)
{
	struct ot_exchange x = {.own = s->own, .key = key, .asked = is_request, .answered = !is_request};

	if (is_request) {
		x.request = message;
		x.asked_ns = out->at.ts_ns;
		x.asked_frame = out->at.frame;
	} else {
		x.response = message;
	}
	t->tell(out, &x);
}

uint64_t ot_open_key(struct ot_state *s, uint64_t key, uint64_t mask)
{
	uint64_t found = 0;

	for (struct open_request *r = oldest(s); r; r = newer(s, r)) {
		if (((r->key ^ key) & mask) == 0)
			found = r->key;
	}
	return found;
}

void ot_rest(struct ot_state *s)
{
	size_t bytes = s->bytes ? s->bytes : OT_STATE_BYTES;

	memset(s->log + s->used, 0, bytes - sizeof(*s) - s->used);
}

void ot_give_up(struct ot_state *s, struct emitter *out, const struct ot_teller *t)
{
	struct open_request *r;

	while ((r = oldest(s)))
		unanswered(s, out, t, r);
}

struct event *ot_begin(struct emitter *out, const struct field_table *table, const struct ot_exchange *x,
		       enum function_class class)
{
	struct event *ev = emit_begin(out, table);

	ev->complete = x->asked && x->answered ? COMPLETE_YES : COMPLETE_NO;
	ev->func_class = class;
	if (!x->answered) { /* no packet completes it: what was seen is the request, and then */
		ev->at.ts_ns = ev->first_ns = x->asked_ns;
		ev->at.frame = x->asked_frame;
	}
	return ev;
}

void ot_times(struct emitter *out, struct event *ev, const struct ot_exchange *x, const struct field_def *rtt_us,
	      const struct field_def *waited_us)
{
	int64_t ns = out->at.ts_ns - x->asked_ns;

	if (x->asked)
		ev_uint(ev, x->answered ? rtt_us : waited_us, ns > 0 ? (uint64_t)ns / 1000 : 0);
}
