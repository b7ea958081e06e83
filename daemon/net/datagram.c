#include "net/datagram.h"

#include "net/conn.h"
#include "net/identify.h"

static void hand_out(struct feed *fd, struct conn *c, enum dir dir, struct span pdu)
{
	struct cursor cur = cur_of(pdu);

	c->valid = true;
	c->flow->flags |= FLOW_DELIVERED;
	c->dis->pdu(c->state, dir, &cur, &fd->out);
	fd->out.cut = false;
}

/* The PDUs of one datagram, one behind the other. */
static void take_pdus(struct feed *fd, struct conn *c, enum dir dir, struct span payload, bool cut)
{
	const char *name = c->dis->name;
	uint64_t off = 0;

	while (off < payload.len) {
		struct span rest = span_skip(payload, (size_t)off);
		struct frame f = c->dis->frame(c->state, dir, rest);
		if (f.kind == FRAME_NOT_MINE || (f.kind == FRAME_WHOLE && (f.total == 0 || f.deliver > f.total))) {
			emit_anomaly(&fd->out, name, ANOMALY_NOT_PROTOCOL, "no_pdu_starts_here", off, 0);
			return;
		}
		if (f.kind == FRAME_MORE || f.deliver > rest.len) {
			emit_anomaly(&fd->out, name, ANOMALY_TRUNCATED_FRAME, cut ? "snap_length" : "end_of_datagram",
				     off, 0);
			return;
		}
		hand_out(fd, c, dir, span_head(rest, f.deliver));
		off += f.total;
	}
}

void datagram_take(struct feed *fd, struct flow *f, unsigned side, const struct packet *p)
{
	struct conn *c = identify_datagram(fd, f, side, p->payload);

	if (!c)
		return;
	feed_speak(fd, f);
	fd->out.counters = fd->counters[c->dis_no];
	fd->out.flow = c;
	bool cut = p->payload.len < p->payload_wire_len;
	if (c->dis->frame) {
		take_pdus(fd, c, conn_dir(c, side), p->payload, cut);
		return;
	}
	fd->out.cut = cut;
	hand_out(fd, c, conn_dir(c, side), p->payload);
}

void datagram_take_link(struct feed *fd, unsigned no, void *state, const struct packet *p)
{
	const struct dissector *d = fd->dissectors[no];
	struct cursor cur = cur_of(p->kind == PACKET_LINK ? p->payload : p->l4);

	feed_speak_packet(fd, p);
	fd->out.at.app_proto = d->name;
	fd->out.at.app_by = APP_BY_DISSECTOR;
	fd->out.counters = fd->counters[no];
	fd->out.flow = NULL;
	d->pdu(state, DIR_REQUEST, &cur, &fd->out);
}
