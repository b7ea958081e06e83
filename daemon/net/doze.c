#include "net/doze.h"

#include <assert.h>
#include <string.h>

enum {
	PACKED_MAX = 184, /* where more is left, it is no gain */
	LONG = 0x80,      /* this bit of a length: its low byte follows */
	ZEROS_MAX = 0x7fff,
	OTHERS_MAX = 0xff,
};

/* Pairs of lengths, of zeros (two bytes from LONG on) and of other bytes, which follow; zeros at the end are left out.
 * @return how long it is; PACKED_MAX + 1: too long. */
static size_t pack(uint8_t out[static PACKED_MAX], const uint8_t *state, size_t n)
{
	size_t at = 0, used = 0;

	while (n > 0 && state[n - 1] == 0)
		n--;
	while (at < n) {
		size_t zeros = 0, others = 0;
		while (state[at + zeros] == 0 && zeros < ZEROS_MAX) /* it does not end with one */
			zeros++;
		at += zeros;
		/* one zero between others costs less as it is */
		while (others < OTHERS_MAX && at + others < n &&
		       (state[at + others] != 0 || state[at + others + 1] != 0))
			others++;
		if (used + 3 + others > PACKED_MAX)
			return PACKED_MAX + 1;
		if (zeros >= LONG)
			out[used++] = (uint8_t)(LONG | zeros >> 8);
		out[used++] = (uint8_t)zeros;
		out[used++] = (uint8_t)others;
		memcpy(out + used, state + at, others);
		used += others;
		at += others;
	}
	return used;
}

static void unpack(uint8_t *state, size_t n, const struct doze *d)
{
	struct cursor c = cur_of(span_of(d->packed, d->bytes));
	size_t at = 0;

	memset(state, 0, n);
	while (cur_left(&c) > 0) {
		size_t zeros = cur_u8(&c);
		if (zeros & LONG)
			zeros = (zeros & ~(size_t)LONG) << 8 | cur_u8(&c);
		size_t others = cur_u8(&c);
		const uint8_t *bytes = cur_take(&c, others);
		at += zeros;
		assert(bytes && at <= n && others <= n - at);
		memcpy(state + at, bytes, others);
		at += others;
	}
}

static bool is_at_rest(const struct half *h)
{
	return !h->buf && h->total == 0 && h->skip == 0 && h->astray == ASTRAY_NOT && !h->dead && !h->torn;
}

static bool may_doze(const struct conn *c)
{
	return c->dis && c->valid && !c->over && !c->wake && !c->trial && !c->wait && c->refused == 0 &&
	       c->state_bytes <= UINT16_MAX && is_at_rest(&c->half[0]) && is_at_rest(&c->half[1]);
}

void doze_begin(struct feed *fd, struct flow *f)
{
	struct conn *c = f->conn;
	uint8_t packed[PACKED_MAX];

	if (!c || !may_doze(c))
		return;
	if (c->dis->rest)
		c->dis->rest(c->state);
	size_t n = pack(packed, c->state, c->state_bytes);
	struct doze *d = n <= PACKED_MAX ? pool_alloc(&fd->pool, sizeof(*d) + n) : NULL;
	if (!d)
		return;
	*d = (struct doze){.dis_no = c->dis_no, .bytes = (uint8_t)n, .state_bytes = (uint16_t)c->state_bytes};
	memcpy(d->packed, packed, n);
	conn_close(fd, f);
	f->doze = d;
	f->flags |= FLOW_ASLEEP;
}

void doze_drop(struct feed *fd, struct flow *f)
{
	if (!(f->flags & FLOW_ASLEEP))
		return;
	pool_free(&fd->pool, f->doze, sizeof(*f->doze) + f->doze->bytes);
	f->doze = NULL;
	f->flags &= (uint8_t)~FLOW_ASLEEP;
}

void doze_end(struct feed *fd, struct flow *f)
{
	struct doze *d = f->doze;

	if (!(f->flags & FLOW_ASLEEP))
		return;
	f->conn = NULL;
	f->flags &= (uint8_t)~FLOW_ASLEEP;
	struct conn *c = conn_get(fd, f);
	void *state = c && d->state_bytes > 0 ? pool_alloc(&fd->pool, d->state_bytes) : NULL;
	if (c && (state || d->state_bytes == 0)) {
		c->dis = fd->dissectors[d->dis_no];
		c->dis_no = d->dis_no;
		c->valid = true;
		c->state = state;
		c->state_bytes = d->state_bytes;
		if (state)
			unpack(state, d->state_bytes, d);
	} else if (c) {
		conn_close(fd, f);
		fd->conns_dropped++;
	}
	pool_free(&fd->pool, d, sizeof(*d) + d->bytes);
}
