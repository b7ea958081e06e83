#include "net/tcp.h"

#include <netinet/in.h>
#include <string.h>

#include "net/conn.h"
#include "net/stream.h"

enum {
	TICK_LOOKS = 4,
	LATE_SYN_BYTES = 1024 * 1024, /* a SYN may come so much later than the data behind it: the mirror's order */
};

/* How far @a is beyond @b in sequence space, which wraps. */
static int32_t beyond(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* The other side has bytes of this one that are missing here. */
static bool is_ahead(const struct flow_side *me)
{
	return (me->flags & SIDE_SEQ) && beyond(me->acked, me->next_seq) > 0;
}

bool tcp_starts_anew(const struct flow *f, unsigned side, const struct packet *p)
{
	const struct flow_side *me = &f->side[side], *peer = &f->side[!side];
	unsigned any = me->flags | peer->flags;

	if (!(p->tcp_flags & TCP_SYN))
		return false;
	if (me->flags & SIDE_SYN) {
		if (me->isn == p->seq)
			return false;
		/* A server that keeps no state (SYN cookies) answers a repeated SYN with another number. */
		return !(p->tcp_flags & TCP_ACK) || (any & SIDE_PAYLOAD);
	}
	/* The answer to this connection's own SYN, be it one repeated after a refusal. */
	if ((p->tcp_flags & TCP_ACK) && (peer->flags & SIDE_SYN) && p->ack == peer->isn + 1 && !(any & SIDE_PAYLOAD))
		return false;
	if (any & (SIDE_FIN | SIDE_RST))
		return me->packets > 0;
	if (!(me->flags & SIDE_SEQ))
		return !(p->tcp_flags & TCP_ACK) && (any & SIDE_PAYLOAD);
	int32_t late = beyond(me->next_seq, p->seq + 1);
	return late < 0 || late > LATE_SYN_BYTES;
}

void tcp_take_flags(struct flow *f, unsigned side, const struct packet *p)
{
	struct flow_side *me = &f->side[side], *peer = &f->side[!side];

	if (p->tcp_flags & TCP_SYN) {
		if ((me->flags & SIDE_SYN) && me->isn != p->seq)
			me->flags &= (uint16_t)~SIDE_SEQ;
		me->flags |= SIDE_SYN;
		me->isn = p->seq;
		if (!(f->flags & (FLOW_BY_SYN | FLOW_DELIVERED))) {
			f->client = (uint8_t)(p->tcp_flags & TCP_ACK ? !side : side);
			f->flags |= FLOW_BY_SYN;
		}
	}
	if (p->tcp_flags & TCP_RST) {
		me->flags |= SIDE_RST;
		return;
	}
	/* Whoever sent the RST talks on: it was another's, or the next attempt with the same number. */
	if ((me->flags & SIDE_RST) && (p->payload_wire_len > 0 || (p->tcp_flags & TCP_SYN))) {
		me->flags &= (uint16_t)~SIDE_RST;
		peer->flags &= (uint16_t)~SIDE_RST;
	}
	if (p->tcp_flags & TCP_FIN)
		me->flags |= SIDE_FIN;
	if (p->payload_wire_len > 0)
		me->flags |= SIDE_PAYLOAD;
}

static void note_ack(struct flow_side *peer, uint32_t ack)
{
	if ((peer->flags & SIDE_SEQ) && beyond(ack, peer->acked) > 0 && beyond(ack, peer->next_seq) <= TCP_FAR_BYTES)
		peer->acked = ack;
}

/* @return whether the side's bytes have a place in its stream now. */
static bool take_position(struct flow_side *me, const struct packet *p, uint32_t seq)
{
	if (me->flags & SIDE_SEQ)
		return true;
	bool syn = p->tcp_flags & TCP_SYN;
	if (!syn && (p->payload_wire_len == 0 || (p->tcp_flags & TCP_RST)))
		return false;
	me->flags |= SIDE_SEQ;
	me->next_seq = me->acked = seq;
	if (syn || p->payload_wire_len > 1)
		return true;
	/* One byte in the midst of a connection is a keep-alive's filler: it stands before the next real byte. */
	me->next_seq = me->acked = seq + 1;
	return false;
}

static void deliver(struct feed *fd, struct flow *f, unsigned side, struct span bytes)
{
	struct conn *c;

	if (bytes.len == 0 || (f->flags & FLOW_DEAF))
		return;
	c = conn_get(fd, f);
	if (c)
		stream_bytes(fd, c, side, bytes);
}

static void deliver_cut(struct feed *fd, struct flow *f, unsigned side, uint32_t missing)
{
	fd->tcp.cut_bytes += missing;
	if (f->conn && !(f->flags & FLOW_DEAF))
		stream_gap(fd, f->conn, side, missing, GAP_SNAPLEN);
}

static void lose(struct feed *fd, struct flow *f, unsigned side, uint32_t bytes, enum gap_cause cause)
{
	fd->tcp.gaps++;
	fd->tcp.gap_bytes += bytes;
	if (f->conn && !(f->flags & FLOW_DEAF))
		stream_gap(fd, f->conn, side, bytes, cause);
}

static void free_segment(struct feed *fd, struct half *h, struct segment *s)
{
	h->queue = s->next;
	h->queued--;
	h->queued_bytes -= s->wire_len;
	pool_free(&fd->pool, s, sizeof(*s) + s->len);
}

/* The sender of these bytes had already seen bytes of the other side that are missing here: they wait, if these may
 * still come. */
static bool is_held(const struct flow *f, unsigned side, uint32_t ack)
{
	const struct flow_side *peer = &f->side[!side];

	return !(f->flags & FLOW_DEAF) && is_ahead(peer) && beyond(ack, peer->next_seq) > 0;
}

/* Delivers what is in order now. @force: the first segment even if it is held. @return whether anything moved. */
static bool drain(struct feed *fd, struct flow *f, unsigned side, bool force)
{
	struct flow_side *me = &f->side[side];
	struct half *h = &f->conn->half[side];
	bool moved = false;

	while (h->queue && beyond(h->queue->seq, me->next_seq) <= 0) {
		struct segment *s = h->queue;
		uint32_t known = me->next_seq - s->seq;
		if (!force && is_held(f, side, s->ack))
			break;
		force = false;
		moved = true;
		if (known < s->wire_len) {
			me->next_seq += s->wire_len - known;
			deliver(fd, f, side, span_skip(span_of(s->bytes, s->len), known));
			uint32_t cut_from = known > s->len ? known : s->len;
			if (cut_from < s->wire_len && !(f->flags & FLOW_DEAF))
				deliver_cut(fd, f, side, s->wire_len - cut_from);
		}
		free_segment(fd, h, s);
	}
	if (h->fin && beyond(me->next_seq, h->fin_seq) >= 0) {
		if (me->next_seq == h->fin_seq)
			me->next_seq++;
		h->fin = false;
		moved = true;
	}
	return moved;
}

/* Keeps one piece of a segment. @return false when memory is short: the piece is missing then. */
static bool keep_piece(struct feed *fd, const struct flow *f, struct half *h, struct segment **at,
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
	h->queued++;
	h->queued_bytes += s->wire_len;
	return true;
}

/* Puts a segment among those that wait, without what is there already. */
static void enqueue(struct feed *fd, struct flow *f, unsigned side, uint32_t seq, struct span bytes, uint32_t wire_len,
		    uint32_t ack)
{
	struct half *h = &f->conn->half[side];
	struct segment **at = &h->queue;
	uint32_t kept = 0, whole = wire_len;

	while (wire_len > 0) {
		while (*at && beyond((*at)->seq + (*at)->wire_len, seq) <= 0)
			at = &(*at)->next;
		uint32_t n = wire_len, free_bytes = *at ? (*at)->seq - seq : wire_len;
		if (*at && beyond((*at)->seq, seq) <= 0) {
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
	struct half *h = &f->conn->half[side];

	if (!h->queue && !is_ahead(me) && !h->fin) {
		h->hole = false;
		return;
	}
	if (h->hole && h->hole_seq == me->next_seq)
		return;
	h->hole = true;
	h->hole_seq = me->next_seq;
	h->hole_ms = (uint32_t)fd->now_ms;
	h->hole_packets = 0;
	h->hole_peer_packets = (uint32_t)f->side[!side].packets;
}

/* Segments are here, in order, and only wait for the other side's hole. */
static bool only_held(const struct flow *f, unsigned side)
{
	const struct segment *first = f->conn->half[side].queue;

	return first && beyond(first->seq, f->side[side].next_seq) <= 0;
}

static bool is_hopeless(const struct feed *fd, const struct flow *f, unsigned side)
{
	const struct half *h = &f->conn->half[side];
	int32_t age_ms = flow_ms_between(h->hole_ms, (uint32_t)fd->now_ms);

	if (!h->hole)
		return false;
	if (h->queued_bytes > TCP_QUEUE_BYTES || h->queued > TCP_QUEUE_SEGMENTS)
		return true;
	if (is_ahead(&f->side[side]) || only_held(f, side))
		return h->hole_packets >= TCP_HOLE_PACKETS || age_ms >= TCP_HOLE_MS;
	return (uint32_t)f->side[!side].packets == h->hole_peer_packets && age_ms >= TCP_HOLE_ALONE_MS;
}

/* Goes on behind the hole: at what waits there, or where the other side has got to. */
static void give_up(struct feed *fd, struct flow *f, unsigned side, bool ended)
{
	struct flow_side *me = &f->side[side];
	struct half *h = &f->conn->half[side];
	bool acked = is_ahead(me);
	uint32_t to = h->queue ? h->queue->seq : h->fin ? h->fin_seq : me->acked;

	if (acked && beyond(me->acked, to) < 0)
		to = me->acked;
	if (beyond(to, me->next_seq) <= 0) {
		/* Nothing is missing here. The other side's hole stays open for what comes later. */
		drain(fd, f, side, true);
		return;
	}
	uint32_t lost = to - me->next_seq;
	me->next_seq = to;
	/* One byte that shows in nothing but an acknowledgement was no byte: it was the FIN. */
	if (lost == 1 && !h->queue && !h->fin)
		return;
	lose(fd, f, side, lost, acked ? GAP_ACKNOWLEDGED : ended ? GAP_END : GAP_WAITED_TOO_LONG);
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
			return is_ahead(&f->side[!side]) && !only_held(f, (unsigned)!side) ? !side : side;
	}
	return -1;
}

static void watch(struct feed *fd, struct conn *c)
{
	bool hole = c->half[0].hole || c->half[1].hole;

	if (hole && c->stall.next == &c->stall) {
		c->stall_ms = (uint32_t)fd->now_ms + TCP_HOLE_MS;
		conn_link_add(&fd->stalled, &c->stall);
	} else if (!hole && c->stall.next != &c->stall) {
		conn_link_take(&c->stall);
	}
}

/* Delivers all that can be, gives up what must be. */
static void settle(struct feed *fd, struct flow *f)
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

/* @return false where the segment is so far off that it is left out. */
static bool take_far(struct feed *fd, struct flow *f, unsigned side, uint32_t seq, uint32_t wire_len)
{
	struct flow_side *me = &f->side[side];
	struct half *h = &f->conn->half[side];
	int32_t ahead = beyond(seq, me->next_seq);

	if (!h->far || h->far_next != seq) {
		fd->tcp.far++;
		h->far = true;
		h->far_next = seq + wire_len;
		return false;
	}
	while (h->queue)
		free_segment(fd, h, h->queue);
	h->far = h->fin = false;
	me->next_seq = me->acked = seq;
	lose(fd, f, side, ahead > 0 ? (uint32_t)ahead : 0, GAP_FAR);
	return true;
}

/* No memory to wait with: what is missing is lost at once. */
static void without_memory(struct feed *fd, struct flow *f, unsigned side, uint32_t end)
{
	struct flow_side *me = &f->side[side];
	int32_t ahead = beyond(end, me->next_seq);

	if (ahead <= 0 || ahead > TCP_FAR_BYTES)
		return;
	lose(fd, f, side, (uint32_t)ahead, GAP_MEMORY);
	me->next_seq = end;
}

static void take_payload(struct feed *fd, struct flow *f, unsigned side, const struct packet *p, uint32_t seq)
{
	struct flow_side *me = &f->side[side];
	struct half *h = &f->conn->half[side];
	uint32_t wire_len = p->payload_wire_len;
	struct span bytes = span_head(p->payload, wire_len);
	uint32_t ack = p->tcp_flags & TCP_ACK ? p->ack : f->side[!side].next_seq;
	int32_t ahead = beyond(seq, me->next_seq);

	if (ahead > TCP_FAR_BYTES || ahead < -TCP_FAR_BYTES) {
		if (!take_far(fd, f, side, seq, wire_len))
			return;
		ahead = 0;
	}
	if (beyond(seq + wire_len, me->next_seq) <= 0) {
		/* A keep-alive repeats the last byte, or sends a filler in its place. */
		if (wire_len != 1 || ahead != -1)
			fd->tcp.retransmissions++;
		return;
	}
	if (ahead < 0) {
		fd->tcp.overlaps++;
		seq = me->next_seq;
		wire_len -= (uint32_t)-ahead;
		bytes = span_skip(bytes, (size_t)-ahead);
		ahead = 0;
	}
	const struct segment *first = h->queue;
	if (first && beyond(seq, first->seq) < 0)
		fd->tcp.out_of_order++;
	if (ahead == 0 && !is_held(f, side, ack) && (!first || beyond(seq + wire_len, first->seq) <= 0)) {
		me->next_seq += wire_len;
		deliver(fd, f, side, bytes);
		if (bytes.len < wire_len)
			deliver_cut(fd, f, side, wire_len - (uint32_t)bytes.len);
		return;
	}
	enqueue(fd, f, side, seq, bytes, wire_len, ack);
}

static void take_fin(struct flow *f, unsigned side, uint32_t fin_seq)
{
	struct half *h = &f->conn->half[side];

	if (beyond(fin_seq, f->side[side].next_seq) < 0 || h->fin)
		return;
	h->fin = true;
	h->fin_seq = fin_seq;
}

void tcp_segment(struct feed *fd, struct flow *f, unsigned side, const struct packet *p)
{
	struct flow_side *me = &f->side[side], *peer = &f->side[!side];
	uint32_t seq = p->seq + (p->tcp_flags & TCP_SYN ? 1 : 0);
	/* A RST may carry words for people (RFC 9293, 3.5.2), which are no part of the stream. */
	uint32_t wire_len = p->tcp_flags & TCP_RST ? 0 : p->payload_wire_len;
	bool fin = p->tcp_flags & TCP_FIN;

	if (p->tcp_flags & TCP_ACK)
		note_ack(peer, p->ack);
	if (!take_position(me, p, seq))
		return;
	struct conn *c = f->conn;
	bool waiting = is_ahead(peer) || (c && (c->half[0].hole || c->half[1].hole));
	if (!waiting && seq == me->next_seq && p->payload.len >= wire_len) {
		me->next_seq = seq + wire_len + fin;
		deliver(fd, f, side, span_head(p->payload, wire_len));
		return;
	}
	if (!waiting && wire_len == 0 && (!fin || beyond(seq, me->next_seq) < 0))
		return;
	c = conn_get(fd, f);
	if (!c) {
		without_memory(fd, f, !side, peer->acked);
		without_memory(fd, f, side, seq + wire_len);
		return;
	}
	c->half[0].hole_packets++;
	c->half[1].hole_packets++;
	if (wire_len > 0)
		take_payload(fd, f, side, p, seq);
	if (fin)
		take_fin(f, side, seq + wire_len);
	settle(fd, f);
}

void tcp_tick(struct feed *fd)
{
	for (unsigned n = 0; n < TICK_LOOKS && fd->stalled.next != &fd->stalled; n++) {
		struct conn_link *l = fd->stalled.next;
		struct conn *c = (struct conn *)(void *)((uint8_t *)l - offsetof(struct conn, stall));
		if (flow_ms_between(c->stall_ms, (uint32_t)fd->now_ms) < 0)
			return;
		conn_link_take(l);
		settle(fd, c->flow);
		conn_tidy(fd, c->flow);
	}
}

void tcp_flush(struct feed *fd, struct flow *f)
{
	if (!f->conn || f->key.proto != IPPROTO_TCP)
		return;
	for (;;) {
		bool first, second;
		do {
			first = drain(fd, f, 0, false);
			second = drain(fd, f, 1, false);
		} while (first || second);
		unsigned side = f->client;
		if (only_held(f, side) ||
		    (!f->conn->half[side].queue && !is_ahead(&f->side[side]) && !f->conn->half[side].fin))
			side = !side;
		if (!f->conn->half[side].queue && !is_ahead(&f->side[side]) && !f->conn->half[side].fin)
			break;
		give_up(fd, f, side, true);
	}
	update_hole(fd, f, 0);
	update_hole(fd, f, 1);
	watch(fd, f->conn);
}
