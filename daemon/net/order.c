#include "net/order.h"

#include <netinet/in.h>
#include <string.h>

#include "net/stream.h"

void order_deliver(struct feed *fd, struct flow *f, unsigned side, struct span bytes)
{
	struct conn *c;

	if (bytes.len == 0 || (f->flags & FLOW_DEAF))
		return;
	c = conn_get(fd, f);
	if (c)
		stream_bytes(fd, c, side, bytes);
}

void order_cut(struct feed *fd, struct flow *f, unsigned side, uint32_t missing)
{
	fd->tcp.cut_bytes += missing;
	if (f->conn && !(f->flags & FLOW_DEAF))
		stream_gap(fd, f->conn, side, missing, GAP_SNAPLEN);
}

void order_lose(struct feed *fd, struct flow *f, unsigned side, uint32_t bytes, enum gap_cause cause)
{
	fd->tcp.gaps++;
	fd->tcp.gap_bytes += bytes;
	if (f->conn && !(f->flags & FLOW_DEAF))
		stream_gap(fd, f->conn, side, bytes, cause);
}

static void free_segment(struct feed *fd, struct wait_half *h, struct segment *s)
{
	h->queue = s->next;
	if (h->queue_last == s)
		h->queue_last = NULL;
	h->queued--;
	h->queued_bytes -= s->wire_len;
	pool_free(&fd->pool, s, sizeof(*s) + s->len);
}

void order_forget(struct feed *fd, struct wait_half *h)
{
	while (h->queue)
		free_segment(fd, h, h->queue);
}

/* The sender of these bytes had already seen bytes of the other side that are missing here: they wait, if these may
 * still come. */
bool order_is_held(const struct flow *f, unsigned side, uint32_t ack)
{
	const struct flow_side *peer = &f->side[!side];

	if (f->flags & FLOW_DEAF)
		return false;
	return f->conn->wait->half[side].opening || (order_is_ahead(peer) && order_beyond(ack, peer->next_seq) > 0);
}

/* Delivers what is in order now. @force: the first segment even if it is held. @return whether anything moved. */
static bool drain(struct feed *fd, struct flow *f, unsigned side, bool force)
{
	struct flow_side *me = &f->side[side];
	struct wait_half *h = &f->conn->wait->half[side];
	bool moved = false;

	while (h->queue && order_beyond(h->queue->seq, me->next_seq) <= 0) {
		struct segment *s = h->queue;
		uint32_t known = me->next_seq - s->seq;
		if (!force && order_is_held(f, side, s->ack))
			break;
		force = false;
		h->opening = false;
		moved = true;
		if (known < s->wire_len) {
			me->next_seq += s->wire_len - known;
			order_deliver(fd, f, side, span_skip(span_of(s->bytes, s->len), known));
			uint32_t cut_from = known > s->len ? known : s->len;
			if (cut_from < s->wire_len && !(f->flags & FLOW_DEAF))
				order_cut(fd, f, side, s->wire_len - cut_from);
		}
		free_segment(fd, h, s);
	}
	if (h->fin && order_beyond(me->next_seq, h->fin_seq) >= 0) {
		if (me->next_seq == h->fin_seq)
			me->next_seq++;
		h->fin = false;
		moved = true;
	}
	return moved;
}

/* Keeps one piece of a segment. @return false when memory is short: the piece is missing then. */
static bool keep_piece(struct feed *fd, const struct flow *f, struct wait_half *h, struct segment **at,
		       const struct segment *like)
{
	uint32_t len = f->flags & FLOW_DEAF ? 0 : like->len;
	struct segment *s = pool_alloc(&fd->pool, sizeof(*s) + len);

	if (!s)
		return false;
	*s = *like;
	s->len = len;
	s->next = *at;
	*at = s;
	if (!s->next)
		h->queue_last = s;
	h->queued++;
	h->queued_bytes += s->wire_len;
	return true;
}

/* Puts a segment among those that wait, without what is there already. */
void order_enqueue(struct feed *fd, struct flow *f, unsigned side, uint32_t seq, struct span bytes, uint32_t wire_len,
		   uint32_t ack)
{
	struct wait_half *h = &f->conn->wait->half[side];
	struct segment **at = &h->queue;
	struct segment *last = h->queue_last;
	uint32_t kept = 0, whole = wire_len;

	if (last && order_beyond(last->seq + last->wire_len, seq) <= 0) /* as most do that wait */
		at = &last->next;
	while (wire_len > 0) {
		while (*at && order_beyond((*at)->seq + (*at)->wire_len, seq) <= 0)
			at = &(*at)->next;
		uint32_t n = wire_len, free_bytes = *at ? (*at)->seq - seq : wire_len;
		if (*at && order_beyond((*at)->seq, seq) <= 0) {
			uint32_t there = (*at)->seq + (*at)->wire_len - seq;
			n = there < n ? there : n;
		} else {
			n = free_bytes < n ? free_bytes : n;
			struct span part = span_head(bytes, n);
			struct segment like = {.seq = seq, .wire_len = n, .len = (uint32_t)part.len, .ack = ack};
			if (!keep_piece(fd, f, h, at, &like))
				return;
			if ((*at)->len > 0)
				memcpy((*at)->bytes, part.ptr, (*at)->len);
			kept += n;
		}
		seq += n;
		wire_len -= n;
		bytes = span_skip(bytes, n);
	}
	if (kept == 0)
		fd->tcp.retransmissions++;
	else if (kept < whole)
		fd->tcp.overlaps++;
}

/* Whether something waits for bytes that are missing, and since when. */
static void update_hole(struct feed *fd, struct flow *f, unsigned side)
{
	struct flow_side *me = &f->side[side];
	struct wait_half *h = &f->conn->wait->half[side];

	if (!h->queue && !order_is_ahead(me) && !h->fin) {
		h->hole = false;
		return;
	}
	/* A retransmission may fill the hole at any time; only when it is acknowledged has it passed. */
	bool acked = order_is_ahead(me);
	if (h->hole && h->hole_seq == me->next_seq && h->hole_acked == acked)
		return;
	h->hole = true;
	h->hole_acked = acked;
	h->hole_seq = me->next_seq;
	h->hole_ms = (uint32_t)fd->now_ms;
	h->hole_packets = 0;
	h->hole_peer_packets = (uint32_t)f->side[!side].packets;
}

/* Segments are here, in order, and only wait for the other side's hole. */
static bool only_held(const struct flow *f, unsigned side)
{
	const struct segment *first = f->conn->wait->half[side].queue;

	return first && order_beyond(first->seq, f->side[side].next_seq) <= 0;
}

static bool is_hopeless(const struct feed *fd, const struct flow *f, unsigned side)
{
	const struct wait_half *h = &f->conn->wait->half[side];
	int32_t age_ms = flow_ms_between(h->hole_ms, (uint32_t)fd->now_ms);

	if (!h->hole)
		return false;
	if (h->queued_bytes > TCP_QUEUE_BYTES || h->queued > TCP_QUEUE_SEGMENTS)
		return true;
	if (order_is_ahead(&f->side[side]) || only_held(f, side))
		return h->hole_packets >= TCP_HOLE_PACKETS || age_ms >= TCP_HOLE_MS;
	return (uint32_t)f->side[!side].packets == h->hole_peer_packets && age_ms >= TCP_HOLE_ALONE_MS;
}

/* Goes on behind the hole: at what waits there, or where the other side has got to. */
static void give_up(struct feed *fd, struct flow *f, unsigned side, bool ended)
{
	struct flow_side *me = &f->side[side];
	struct wait_half *h = &f->conn->wait->half[side];
	bool acked = order_is_ahead(me);
	uint32_t to = h->queue ? h->queue->seq : h->fin ? h->fin_seq : me->acked;

	if (acked && order_beyond(me->acked, to) < 0)
		to = me->acked;
	if (order_beyond(to, me->next_seq) <= 0) {
		/* Nothing is missing here. The other side's hole stays open for what comes later. */
		drain(fd, f, side, true);
		return;
	}
	uint32_t lost = to - me->next_seq;
	me->next_seq = to;
	/* One byte that shows in nothing but an acknowledgement was no byte: it was the FIN. */
	if (lost == 1 && !h->queue && !h->fin)
		return;
	order_lose(fd, f, side, lost, acked ? GAP_ACKNOWLEDGED : ended ? GAP_END : GAP_WAITED_TOO_LONG);
}

/* Which side to give up first: -1 for neither. One that only waits for the other is let go last. */
static int hopeless_side(const struct feed *fd, const struct flow *f)
{
	bool dead[2] = {is_hopeless(fd, f, 0), is_hopeless(fd, f, 1)};

	for (int side = 0; side < 2; side++) {
		if (dead[side] && !only_held(f, (unsigned)side))
			return side;
	}
	/* Too much is held: the other side's hole is what has to go, not the order. */
	for (int side = 0; side < 2; side++) {
		if (dead[side])
			return order_is_ahead(&f->side[!side]) && !only_held(f, (unsigned)!side) ? !side : side;
	}
	return -1;
}

static void watch(struct feed *fd, struct conn *c)
{
	bool hole = conn_has_hole(c);
	struct wait *w = c->wait;

	if (hole && w->stall.next == &w->stall) {
		w->stall_ms = (uint32_t)fd->now_ms + TCP_HOLE_MS;
		conn_link_add(&fd->stalled, &w->stall);
	} else if (!hole && w->stall.next != &w->stall) {
		conn_link_take(&w->stall);
	}
	conn_wait_tidy(fd, c);
}

void order_settle(struct feed *fd, struct flow *f)
{
	for (;;) {
		bool first, second;
		do {
			first = drain(fd, f, 0, false);
			second = drain(fd, f, 1, false);
		} while (first || second);
		update_hole(fd, f, 0);
		update_hole(fd, f, 1);
		int side = hopeless_side(fd, f);
		if (side < 0)
			break;
		give_up(fd, f, (unsigned)side, false);
	}
	watch(fd, f->conn);
}

void order_tick(struct feed *fd)
{
	while (fd->stalled.next != &fd->stalled) {
		struct conn_link *l = fd->stalled.next;
		struct wait *w = (struct wait *)(void *)l; /* `stall` stands first */
		struct flow *f = w->conn->flow;
		if (flow_ms_between(w->stall_ms, (uint32_t)fd->now_ms) < 0)
			return;
		conn_link_take(l);
		order_settle(fd, f);
		conn_tidy(fd, f);
	}
}

void order_flush(struct feed *fd, struct flow *f)
{
	if (!f->conn || f->key.proto != IPPROTO_TCP)
		return;
	if (!f->conn->wait && !order_is_ahead(&f->side[0]) && !order_is_ahead(&f->side[1]))
		return;
	if (!conn_wait(fd, f))
		return;
	for (;;) {
		bool first, second;
		do {
			first = drain(fd, f, 0, false);
			second = drain(fd, f, 1, false);
		} while (first || second);
		unsigned side = f->client;
		if (only_held(f, side) || (!f->conn->wait->half[side].queue && !order_is_ahead(&f->side[side]) &&
					   !f->conn->wait->half[side].fin))
			side = !side;
		if (!f->conn->wait->half[side].queue && !order_is_ahead(&f->side[side]) &&
		    !f->conn->wait->half[side].fin)
			break;
		give_up(fd, f, side, true);
	}
	update_hole(fd, f, 0);
	update_hole(fd, f, 1);
	watch(fd, f->conn);
}
