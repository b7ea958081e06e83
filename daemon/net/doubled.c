#include "net/doubled.h"

#include "base/hash.h"

static bool fits(struct span bytes, uint32_t wire_len)
{
	return wire_len > 1 && wire_len <= DOUBLED_MAX && bytes.len >= wire_len;
}

void doubled_note(struct flow *f, unsigned side, const struct packet *p, uint32_t seq, struct span bytes,
		  uint32_t wire_len)
{
	if (!f->conn || wire_len == 0)
		return;
	struct sent *s = &f->conn->half[side].sent;

	s->len = 0;
	if (!f->conn->dis || !fits(bytes, wire_len))
		return;
	*s = (struct sent){.seq = seq,
			   .len = wire_len,
			   .hash = (uint32_t)hash_bulk(bytes.ptr, wire_len),
			   .mac = p->src_mac,
			   .ttl = p->ttl,
			   .has_ether = p->has_ether};
}

void doubled_look(struct feed *fd, struct flow *f, unsigned side, const struct packet *p, uint32_t seq,
		  uint32_t wire_len)
{
	struct sent *s = &f->conn->half[side].sent;

	if (!f->conn->dis || s->len == 0 || s->seq != seq || !fits(p->payload, wire_len))
		return;
	bool card = s->has_ether && p->has_ether && !mac_eq(&s->mac, &p->src_mac);
	/* of another length it may be a repetition with what follows, or of a part: that says nothing */
	if (s->len != wire_len || s->hash == (uint32_t)hash_bulk(p->payload.ptr, wire_len) ||
	    (!card && s->ttl == p->ttl))
		return;
	feed_speak(fd, f);
	emit_anomaly(&fd->out, f->conn->dis->name, ANOMALY_OVERLAP, "second_sender", 0, wire_len);
	s->len = 0; /* once */
}
