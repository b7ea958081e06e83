#include "net/doze.h"

#include <assert.h>
#include <string.h>

enum {
	PACKED_MAX = 184, /* where more is left, it is no gain */
	LONG = 0x80,      /* this bit of a length: its low byte follows */
	ZEROS_MAX = 0x7fff,
	OTHERS_MAX = 0xff,
};

static bool is_zero_word(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word == 0;
}

/* @n without the zeros at the end. */
static size_t without_tail(const uint8_t *state, size_t n)
{
	while (n >= sizeof(uint64_t) && is_zero_word(state + n - sizeof(uint64_t)))
		n -= sizeof(uint64_t);
	while (n > 0 && state[n - 1] == 0)
		n--;
	return n;
}

/* How many zeros stand from @at on; something else stands before @n. */
static size_t zeros_at(const uint8_t *state, size_t at, size_t n)
{
	size_t first = at;

	while (n - at >= sizeof(uint64_t) && is_zero_word(state + at))
		at += sizeof(uint64_t);
	while (state[at] == 0)
		at++;
	return at - first;
}

/* Pairs of lengths, of zeros (two bytes from LONG on) and of other bytes, which follow; zeros at the end are left out.
 * @return how long it is; PACKED_MAX + 1: too long. */
static size_t pack(uint8_t out[static PACKED_MAX], const uint8_t *state, size_t n)
{
	size_t at = 0, used = 0;

	n = without_tail(state, n);
	while (at < n) {
		size_t zeros = zeros_at(state, at, n), others = 0;
		if (zeros > ZEROS_MAX)
			zeros = ZEROS_MAX;
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

static size_t piece_bytes(size_t packed, bool with_sent)
{
	return sizeof(struct doze) + packed + (with_sent ? 2 * sizeof(struct sent) : 0);
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
	bool with_sent = !(f->flags & FLOW_QUIET_TOLD) && (c->half[0].sent.len > 0 || c->half[1].sent.len > 0);
	struct doze *d = n <= PACKED_MAX ? pool_alloc(&fd->pool, piece_bytes(n, with_sent)) : NULL;
	if (!d)
		return;
	*d = (struct doze){.dis_no = c->dis_no & 0x7fU,
			   .with_sent = with_sent,
			   .bytes = (uint8_t)n,
			   .state_bytes = (uint16_t)c->state_bytes};
	memcpy(d->packed, packed, n);
	for (unsigned side = 0; side < 2 && with_sent; side++)
		memcpy(d->packed + n + side * sizeof(struct sent), &c->half[side].sent, sizeof(struct sent));
	conn_close(fd, f);
	f->doze = d;
	f->flags |= FLOW_ASLEEP;
}

void doze_drop(struct feed *fd, struct flow *f)
{
	if (!(f->flags & FLOW_ASLEEP))
		return;
	pool_free(&fd->pool, f->doze, piece_bytes(f->doze->bytes, f->doze->with_sent));
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
		for (unsigned side = 0; side < 2 && d->with_sent; side++)
			memcpy(&c->half[side].sent, d->packed + d->bytes + side * sizeof(struct sent),
			       sizeof(struct sent));
	} else if (c) {
		conn_close(fd, f);
		fd->conns_dropped++;
	}
	pool_free(&fd->pool, d, piece_bytes(d->bytes, d->with_sent));
}
