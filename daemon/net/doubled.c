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

bool doubled_look(struct feed *fd, struct flow *f, unsigned side, const struct packet *p, uint32_t seq,
		  uint32_t wire_len)
{
	struct sent *s = &f->conn->half[side].sent;

	/* a shorter one may be a repetition of a part, of which nothing is known */
	if (!f->conn->dis || s->len == 0 || s->seq != seq || wire_len < s->len || p->payload.len < s->len ||
	    s->hash == (uint32_t)hash_bulk(p->payload.ptr, s->len))
		return false;
	bool card = s->has_ether && p->has_ether && !mac_eq(&s->mac, &p->src_mac);
	feed_speak(fd, f);
	emit_anomaly(&fd->out, f->conn->dis->name, ANOMALY_OVERLAP,
		     card || s->ttl != p->ttl ? "second_sender" : "other_bytes", 0, s->len);
	s->len = 0; /* once */
	return true;
}
