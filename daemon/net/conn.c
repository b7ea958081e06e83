#include "net/conn.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct conn) <= 256, "the pool has pieces of 256 bytes, and then of 384");

enum {
	BUSY_MS = 1000, /* a connection used so recently is spared, once round, and so is one of OT */
	VICTIMS_LOOKED_AT = 64,
};

void conn_link_init(struct conn_link *head)
{
	head->next = head->prev = head;
}

void conn_link_add(struct conn_link *head, struct conn_link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

void conn_link_take(struct conn_link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	conn_link_init(l);
}

struct conn *conn_get(struct feed *fd, struct flow *f)
{
	if (f->conn)
		return f->conn;
	struct conn *c = pool_zalloc(&fd->pool, sizeof(*c));
	if (!c)
		return NULL;
	c->flow = f;
	conn_link_add(&fd->conns, &c->all);
	f->conn = c;
	return c;
}

struct wait *conn_wait(struct feed *fd, struct flow *f)
{
	struct conn *c = conn_get(fd, f);

	if (!c || c->wait)
		return c ? c->wait : NULL;
	c->wait = pool_zalloc(&fd->pool, sizeof(*c->wait));
	if (c->wait) {
		c->wait->conn = c;
		conn_link_init(&c->wait->stall);
	}
	return c->wait;
}

static void wait_close(struct feed *fd, struct conn *c)
{
	struct segment *next;

	if (!c->wait)
		return;
	for (unsigned side = 0; side < 2; side++) {
		for (struct segment *s = c->wait->half[side].queue; s; s = next) {
			next = s->next;
			pool_free(&fd->pool, s, sizeof(*s) + s->len);
		}
	}
	conn_link_take(&c->wait->stall);
	pool_free(&fd->pool, c->wait, sizeof(*c->wait));
	c->wait = NULL;
}

static bool is_waiting(const struct wait_half *h)
{
	return h->queue || h->hole || h->fin || h->far || h->opening;
}

void conn_wait_tidy(struct feed *fd, struct conn *c)
{
	if (c->wait && !is_waiting(&c->wait->half[0]) && !is_waiting(&c->wait->half[1]))
		wait_close(fd, c);
}

void conn_close(struct feed *fd, struct flow *f)
{
	struct conn *c = f->conn;

	if (!c)
		return;
	wait_close(fd, c);
	conn_buf_drop(fd, &c->half[0]);
	conn_buf_drop(fd, &c->half[1]);
	pool_free(&fd->pool, c->state, c->state_bytes);
	if (c->trial)
		guess_end(fd->guess, c->trial);
	conn_link_take(&c->all);
	pool_free(&fd->pool, c, sizeof(*c));
	f->conn = NULL;
}

void conn_tidy(struct feed *fd, struct flow *f)
{
	const struct conn *c = f->conn;

	if ((f->flags & FLOW_DEAF) && !c->trial && !conn_has_hole(c))
		conn_close(fd, f);
}

struct conn *conn_victim(struct feed *fd)
{
	for (unsigned n = 0; fd->conns.next != &fd->conns; n++) {
		struct conn_link *l = fd->conns.next;
		struct conn *c = (struct conn *)(void *)l; /* `all` stands first */
		bool busy = flow_ms_between(c->flow->seen_ms, (uint32_t)fd->now_ms) < BUSY_MS;
		if (n >= VICTIMS_LOOKED_AT || (!busy && !(c->flow->flags & FLOW_OT)))
			return c;
		conn_link_take(l);
		conn_link_add(&fd->conns, l);
	}
	return NULL;
}

bool conn_adopt(struct feed *fd, struct conn *c, unsigned no)
{
	const struct dissector *d = fd->dissectors[no];
	void *state = d->state_size > 0 ? pool_zalloc(&fd->pool, d->state_size) : NULL;

	if (!state && d->state_size > 0)
		return false;
	c->state = state;
	c->state_bytes = (uint32_t)d->state_size;
	c->dis = d;
	c->dis_no = (uint8_t)no;
	c->valid = false;
	return true;
}

void conn_disown(struct feed *fd, struct conn *c)
{
	for (unsigned s = 0; s < 2; s++) {
		struct half *h = &c->half[s];
		conn_buf_drop(fd, h);
		h->total = h->skip = h->junk = h->junk_told = 0;
		h->astray = ASTRAY_NOT;
	}
	pool_free(&fd->pool, c->state, c->state_bytes);
	c->state = NULL;
	c->state_bytes = 0;
	c->dis = NULL;
}

void conn_buf_drop(struct feed *fd, struct half *h)
{
	pool_free(&fd->pool, h->buf, h->buf_room);
	h->buf = NULL;
	h->buf_room = h->buf_off = h->buf_len = h->want = 0;
	h->looked_bytes = 0;
}

bool conn_buf_append(struct feed *fd, struct half *h, struct span bytes, uint32_t ahead)
{
	size_t need = h->buf_len + bytes.len;

	if (h->buf_off + need > h->buf_room) {
		if (need <= h->buf_room && h->buf_off >= h->buf_len) {
			memcpy(h->buf, h->buf + h->buf_off, h->buf_len);
		} else {
			size_t room = need > ahead ? need : ahead;
			if (room < (size_t)h->buf_room * 2)
				room = (size_t)h->buf_room * 2;
			room = pool_room(room);
			uint8_t *bigger = pool_alloc(&fd->pool, room);
			if (!bigger)
				return false;
			if (h->buf_len > 0)
				memcpy(bigger, h->buf + h->buf_off, h->buf_len);
			pool_free(&fd->pool, h->buf, h->buf_room);
			h->buf = bigger;
			h->buf_room = (uint32_t)room;
		}
		h->buf_off = 0;
	}
	memcpy(h->buf + h->buf_off + h->buf_len, bytes.ptr, bytes.len);
	h->buf_len = (uint32_t)need;
	return true;
}

void *conn_resize_state(struct emitter *out, size_t bytes, bool *ok)
{
	struct feed *fd = (struct feed *)(void *)((uint8_t *)out - offsetof(struct feed, out));
	struct conn *c = out->flow;

	*ok = false;
	if (!c || bytes > UINT32_MAX)
		return c ? c->state : NULL;
	void *state = pool_zalloc(&fd->pool, bytes > 0 ? bytes : 1);
	if (!state)
		return c->state;
	if (c->state)
		memcpy(state, c->state, bytes < c->state_bytes ? bytes : c->state_bytes);
	pool_free(&fd->pool, c->state, c->state_bytes);
	c->state = state;
	c->state_bytes = bytes > 0 ? (uint32_t)bytes : 1;
	*ok = true;
	return state;
}
