#include "net/doubled.h"
#include "net/tcp.h"

#include <netinet/in.h>
#include <string.h>

#include "net/conn.h"
#include "net/order.h"
#include "net/stream.h"

enum {
	LATE_SYN_BYTES = 1024 * 1024, /* a SYN may come so much later than the data behind it: the mirror's order */
	LATE_START_BYTES = 64 * 1024, /* so much of an answer may come before its beginning */
	OPENING_PACKETS = 3,          /* so many packets with answers may stand before the first request */
};

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
	int32_t late = order_beyond(me->next_seq, p->seq + 1);
	return late < 0 || late > LATE_SYN_BYTES;
}

void tcp_take_flags(struct flow *f, unsigned side, const struct packet *p)
{
	struct flow_side *me = &f->side[side], *peer = &f->side[!side];

	if (p->tcp_flags & TCP_SYN) {
		if ((me->flags & SIDE_SYN) && me->isn != p->seq)
			me->flags &= (uint8_t)~SIDE_SEQ;
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
		me->flags &= (uint8_t)~SIDE_RST;
		peer->flags &= (uint8_t)~SIDE_RST;
	}
	if (p->tcp_flags & TCP_FIN)
		me->flags |= SIDE_FIN;
	if (p->payload_wire_len > 0)
		me->flags |= SIDE_PAYLOAD;
}

/*
 * A side of which nothing was seen yet: who sends data to it tells how far it has got, so that what comes first of its
 * answer is not taken for the beginning when the beginning comes late. A mere acknowledgement may be of long ago.
 */
static void note_ack(struct flow_side *peer, uint32_t ack, bool with_data)
{
	if (!(peer->flags & SIDE_SEQ)) {
		if (with_data) {
			peer->acked = ack;
			peer->flags |= SIDE_ACKED;
		}
		return;
	}
	if (order_beyond(ack, peer->acked) > 0 && order_beyond(ack, peer->next_seq) <= TCP_FAR_BYTES)
		peer->acked = ack;
}

/* @return whether the side's bytes have a place in its stream now. */
static bool take_position(struct flow_side *me, const struct packet *p, uint32_t seq)
{
	if (me->flags & SIDE_SEQ)
		return true;
	bool syn = p->tcp_flags & TCP_SYN, awaited = me->flags & SIDE_ACKED;
	int32_t late = order_beyond(seq, me->acked);
	if (!syn && (p->payload_wire_len == 0 || (p->tcp_flags & TCP_RST))) {
		me->next_seq = seq; /* a hint only: SIDE_SEQ is not set */
		return false;
	}
	me->flags |= SIDE_SEQ;
	me->next_seq = me->acked = seq;
	if (awaited && !syn && late > 0 && late <= LATE_START_BYTES)
		me->next_seq = me->acked = seq - (uint32_t)late;
	if (syn || p->payload_wire_len > 1 || (awaited && late >= 0)) /* a filler stands before what is awaited */
		return true;
	/* One byte in the midst of a connection is most likely a keep-alive's filler, which stands before the next real
	 * byte and is answered before that comes. */
	me->next_seq = me->acked = seq + 1;
	if (p->payload.len == 1) {
		struct cursor c = cur_of(p->payload);
		me->filler = cur_u8(&c);
		me->flags |= SIDE_FILLER;
	}
	return false;
}

/* Has it said nothing but its SYN, as far as its stream goes? */
static bool only_opened(const struct flow_side *s)
{
	return (s->flags & (SIDE_SYN | SIDE_SEQ)) == (SIDE_SYN | SIDE_SEQ) && s->next_seq == s->isn + 1;
}

/*
 * A SYN amidst a connection is none of it: the other end answers with the number that it awaits, and both go on
 * (RFC 9293, 3.10.7.4). The SYN was taken for the beginning of another connection; bytes that stand before the first
 * one that it named show that it was not, as long as nobody has taken it up. One byte there is a keep-alive's filler.
 */
static bool opened_in_vain(const struct flow_side *me, const struct flow_side *peer, const struct packet *p,
			   uint32_t wire_len)
{
	return only_opened(me) && !(peer->flags & SIDE_SYN) && !(p->tcp_flags & TCP_SYN) && wire_len > 1 &&
	       order_beyond(p->seq, me->next_seq) < 0;
}

static void go_on(struct feed *fd, struct flow *f, unsigned side)
{
	f->side[side].flags &= (uint8_t) ~(SIDE_SYN | SIDE_SEQ | SIDE_ACKED);
	if (!(f->flags & FLOW_DELIVERED))
		f->flags &= (uint8_t)~FLOW_BY_SYN;
	if (f->conn && f->conn->wait) {
		order_forget(fd, &f->conn->wait->half[side]);
		f->conn->wait->half[side].far = false;
	}
}

/*
 * Where both SYNs were another's, bytes before the first one prove nothing: a straggler of the former connection stands
 * there as well. That the other end acknowledges them afterwards does, for it would not know them any more. The first
 * of them is noted as what is far off is; nothing of it is kept.
 */
static bool both_opened_in_vain(const struct flow *f, unsigned side, const struct packet *p)
{
	if (!f->conn || !f->conn->wait || !f->conn->wait->half[!side].far)
		return false;
	return (p->tcp_flags & (TCP_ACK | TCP_SYN)) == TCP_ACK && only_opened(&f->side[!side]) &&
	       p->ack == f->conn->wait->half[!side].far_next;
}

/* What follows at once, before the other end has said anything, is its continuation. */
static void deliver_filler(struct feed *fd, struct flow *f, unsigned side, uint32_t seq, uint32_t wire_len)
{
	struct flow_side *me = &f->side[side];

	if (!(me->flags & SIDE_FILLER) || wire_len == 0)
		return;
	me->flags &= (uint8_t)~SIDE_FILLER;
	if (seq == me->next_seq)
		order_deliver(fd, f, side, span_of(&me->filler, 1));
}

/* @return false where the segment is so far off that it is left out. */
static bool take_far(struct feed *fd, struct flow *f, unsigned side, uint32_t seq, uint32_t wire_len)
{
	struct flow_side *me = &f->side[side];
	struct wait_half *h = &f->conn->wait->half[side];
	int32_t ahead = order_beyond(seq, me->next_seq);

	if (!h->far || h->far_next != seq) {
		fd->tcp.far++;
		h->far = true;
		h->far_next = seq + wire_len;
		return false;
	}
	order_forget(fd, h);
	h->far = h->fin = false;
	me->next_seq = me->acked = seq;
	order_lose(fd, f, side, ahead > 0 ? (uint32_t)ahead : 0, GAP_FAR);
	return true;
}

/* No memory to wait with: what is missing is lost at once. */
static void without_memory(struct feed *fd, struct flow *f, unsigned side, uint32_t end)
{
	struct flow_side *me = &f->side[side];
	int32_t ahead = order_beyond(end, me->next_seq);

	if (ahead <= 0 || ahead > TCP_FAR_BYTES)
		return;
	order_lose(fd, f, side, (uint32_t)ahead, GAP_MEMORY);
	me->next_seq = end;
}

static void take_payload(struct feed *fd, struct flow *f, unsigned side, const struct packet *p, uint32_t seq)
{
	struct flow_side *me = &f->side[side];
	struct wait_half *h = &f->conn->wait->half[side];
	uint32_t wire_len = p->payload_wire_len;
	struct span bytes = span_head(p->payload, wire_len);
	uint32_t ack = p->tcp_flags & TCP_ACK ? p->ack : f->side[!side].next_seq;
	int32_t ahead = order_beyond(seq, me->next_seq);

	if (ahead > TCP_FAR_BYTES || ahead < -TCP_FAR_BYTES) {
		if (!take_far(fd, f, side, seq, wire_len))
			return;
		ahead = 0;
	}
	if (order_beyond(seq + wire_len, me->next_seq) <= 0) {
		if (doubled_look(fd, f, side, p, seq, wire_len))
			fd->tcp.overlaps++;
		else if (wire_len != 1 || ahead != -1) /* a keep-alive repeats the last byte, or sends a filler */
			fd->tcp.retransmissions++;
		if (only_opened(me) && wire_len > 1) {
			h->far = true;
			h->far_next = seq + wire_len;
		}
		return;
	}
	if (ahead < 0) {
		fd->tcp.overlaps++;
		(void)doubled_look(fd, f, side, p, seq, wire_len);
		seq = me->next_seq;
		wire_len -= (uint32_t)-ahead;
		bytes = span_skip(bytes, (size_t)-ahead);
		ahead = 0;
	}
	const struct segment *first = h->queue;
	if (first && order_beyond(seq, first->seq) < 0)
		fd->tcp.out_of_order++;
	if (ahead == 0 && !order_is_held(f, side, ack) && (!first || order_beyond(seq + wire_len, first->seq) <= 0)) {
		me->next_seq += wire_len;
		order_deliver(fd, f, side, bytes);
		doubled_note(f, side, p, seq, bytes, wire_len);
		if (bytes.len < wire_len)
			order_cut(fd, f, side, wire_len - (uint32_t)bytes.len);
		return;
	}
	order_enqueue(fd, f, side, seq, bytes, wire_len, ack);
}

static void take_fin(struct flow *f, unsigned side, uint32_t fin_seq)
{
	struct wait_half *h = &f->conn->wait->half[side];

	if (order_beyond(fin_seq, f->side[side].next_seq) < 0 || h->fin)
		return;
	h->fin = true;
	h->fin_seq = fin_seq;
}

/*
 * Is this answer among the first that are seen of a connection, of its beginning and of the request nothing?
 * The second and later ones show it by acknowledging more than the one before.
 */
static bool opens_with_answer(const struct flow *f, unsigned side, const struct packet *p)
{
	const struct flow_side *me = &f->side[side], *peer = &f->side[!side];

	if (peer->flags & SIDE_SEQ || (peer->packets > 0 && order_beyond(p->ack, peer->next_seq) <= 0))
		return false;
	if ((me->flags & SIDE_SEQ) &&
	    (!(peer->flags & SIDE_ACKED) || me->packets > OPENING_PACKETS || order_beyond(p->ack, peer->acked) <= 0))
		return false;
	return (p->tcp_flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) == TCP_ACK && p->payload_wire_len > 1 &&
	       side != f->client && !(f->flags & FLOW_DEAF);
}

/* The segment behind such an answer: where it is not the request, the answer has waited in vain. */
static void end_opening(struct feed *fd, struct flow *f, unsigned side, uint32_t seq, uint32_t wire_len)
{
	struct wait_half *h = &f->conn->wait->half[!side];
	const struct segment *answer = h->queue;

	if (h->opening && answer && wire_len > 0 && order_beyond(seq + wire_len, answer->ack) <= 0 &&
	    order_beyond(answer->ack, seq) <= TCP_FAR_BYTES)
		return;
	f->conn->wait->half[0].opening = f->conn->wait->half[1].opening = false;
	order_settle(fd, f);
}

void tcp_segment(struct feed *fd, struct flow *f, unsigned side, const struct packet *p)
{
	struct flow_side *me = &f->side[side], *peer = &f->side[!side];
	uint32_t seq = p->seq + (p->tcp_flags & TCP_SYN ? 1 : 0);
	/* A RST may carry words for people (RFC 9293, 3.5.2), which are no part of the stream. */
	uint32_t wire_len = p->tcp_flags & TCP_RST ? 0 : p->payload_wire_len;
	bool fin = p->tcp_flags & TCP_FIN;

	if (opened_in_vain(me, peer, p, wire_len))
		go_on(fd, f, side);
	if (both_opened_in_vain(f, side, p)) {
		go_on(fd, f, !side);
		if (only_opened(me))
			go_on(fd, f, side);
	}
	bool opening = opens_with_answer(f, side, p);

	if (f->conn && f->conn->wait && (f->conn->wait->half[0].opening || f->conn->wait->half[1].opening))
		end_opening(fd, f, side, seq, wire_len);
	if (p->tcp_flags & TCP_ACK)
		note_ack(peer, p->ack, wire_len > 0);
	peer->flags &= (uint8_t)~SIDE_FILLER;
	if (!take_position(me, p, seq))
		return;
	deliver_filler(fd, f, side, seq, wire_len);
	bool waiting = order_is_ahead(peer) || (f->conn && conn_has_hole(f->conn));
	if (!waiting && !opening && seq == me->next_seq && p->payload.len >= wire_len) {
		me->next_seq = seq + wire_len + fin;
		order_deliver(fd, f, side, span_head(p->payload, wire_len));
		doubled_note(f, side, p, seq, p->payload, wire_len);
		return;
	}
	if (!waiting && wire_len == 0 && (!fin || order_beyond(seq, me->next_seq) < 0))
		return;
	struct wait *w = conn_wait(fd, f);
	if (!w) {
		without_memory(fd, f, !side, peer->acked);
		without_memory(fd, f, side, seq + wire_len);
		return;
	}
	w->half[0].hole_packets++;
	w->half[1].hole_packets++;
	w->half[side].opening |= opening;
	if (wire_len > 0)
		take_payload(fd, f, side, p, seq);
	w->half[!side].opening = false;
	if (fin)
		take_fin(f, side, seq + wire_len);
	order_settle(fd, f);
}
