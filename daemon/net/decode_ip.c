#include <netinet/in.h>

#include "net/decode_walk.h"

/**
 * @return true where *s is now what the datagram carries: all of it, or as much as the first fragment has where the
 * capture holds too little of that to wait for the others.
 */
static bool reassemble(struct walk *w, struct fragment *f, struct span *s, uint8_t *proto)
{
	struct packet *p = w->p;
	enum decode_error e;

	if (w->quoted || w->missing > 0) {
		walk_broken(w, DECODE_ERROR_fragment_cut);
		bool go_on = f->offset == 0 && !f->is_v6; /* in IPv6 it may end amid its extension headers */
		w->part |= go_on;
		p->kind = go_on ? PACKET_IP : PACKET_FRAGMENT;
		p->fragment_at = f->offset;
		return go_on;
	}
	if (!w->d->defrag) {
		p->kind = PACKET_FRAGMENT;
		p->fragment_at = f->offset;
		return false;
	}
	f->src = p->src_ip;
	f->dest = p->dest_ip;
	f->ts_ns = p->ts_ns;
	f->bytes = *s;
	if (!p->reassembled)
		p->piece = *s;
	switch (defrag_add(w->d->defrag, f, s, proto)) {
	case DEFRAG_WHOLE:
		p->reassembled = true;
		p->l4 = p->payload = *s;
		p->payload_wire_len = (uint32_t)s->len;
		return true;
	case DEFRAG_KEPT:
		e = DECODE_ERROR_COUNT;
		break;
	case DEFRAG_OVERLAP:
		e = DECODE_ERROR_fragment_overlap;
		break;
	case DEFRAG_LENGTH:
		e = DECODE_ERROR_fragment_length;
		break;
	case DEFRAG_TOO_LONG:
		e = DECODE_ERROR_fragment_too_long;
		break;
	default:
		e = DECODE_ERROR_fragment_limit;
	}
	p->kind = PACKET_FRAGMENT;
	p->fragment_at = f->offset;
	if (e != DECODE_ERROR_COUNT)
		walk_broken(w, e);
	return false;
}

static unsigned first_nibble(struct span s)
{
	struct cursor c = cur_of(s);

	return cur_u8(&c) >> 4;
}

/* A header cut short by the snap length may still hold its sender, @at bytes from its start. */
static void sender_of_short(struct walk *w, struct span s, size_t at, size_t len)
{
	struct cursor c = cur_of(s);

	cur_skip(&c, at);
	struct span address = cur_span(&c, len);
	if (!cur_ok(&c))
		return;
	struct ip_addr lone;
	if (len == 4)
		walk_sender_v4(w->p, &lone, address.ptr);
	else
		walk_sender_v6(w->p, &lone, address.ptr);
}

static void beyond_frame(struct walk *w)
{
	walk_broken(w, w->cut ? DECODE_ERROR_erspan_truncated : DECODE_ERROR_ip_beyond_frame);
}

/*
 * RFC 791, 3.1:
 *  | version, header length u8 | service u8 | total length u16 | identification u16 | flags, fragment offset u16 |
 *  | time to live u8 | protocol u8 | header checksum u16 | source u32 | destination u32 | options ...
 */
void decode_ipv4(struct walk *w, struct span s)
{
	struct packet *p = w->p;
	struct cursor c = cur_of(s), ahead = c, head = cur_sub(&ahead, 20);

	if (!cur_ok(&head)) {
		uint8_t start = cur_u8(&c), length = start & 0x0f;
		cur_skip(&c, 1);
		uint16_t claims = cur_u16be(&c);
		if (start >> 4 == 4 && length >= 5 && (claims == 0 || claims >= length * 4))
			sender_of_short(w, s, 12, 4);
		walk_broken(w, DECODE_ERROR_ipv4_short);
		return;
	}
	uint8_t first = cur_u8(&head);
	size_t header = (size_t)(first & 0x0f) * 4;

	cur_skip(&head, 1);
	uint16_t total = cur_u16be(&head), id = cur_u16be(&head), fragment = cur_u16be(&head);
	uint8_t ttl = cur_u8(&head), proto = cur_u8(&head);

	if (first >> 4 == 6) { /* some writers give both the same EtherType */
		decode_ipv6(w, s);
		return;
	}
	if (first >> 4 != 4) {
		walk_broken(w, DECODE_ERROR_ipv4_version);
		return;
	}
	if (header < 20) {
		walk_broken(w, DECODE_ERROR_ipv4_header_length);
		return;
	}
	if (total == 0) {
		/* captured before the network card cut it into segments: everything there is belongs to it */
	} else if (total < header) {
		walk_broken(w, DECODE_ERROR_ipv4_total_length);
		return;
	} else if (!walk_clip(w, &c, total)) {
		beyond_frame(w);
	}
	cur_skip(&head, 2);
	walk_sender_v4(p, &p->src_ip, cur_take(&head, 4));
	p->dest_ip = ip_from_v4(cur_take(&head, 4));
	p->kind = PACKET_IP;
	p->ttl = ttl;
	p->ip_proto = proto;
	p->ip_id = id;
	cur_skip(&c, header);
	if (!cur_ok(&c)) { /* options that were not captured */
		p->payload = p->l4 = (struct span){NULL, 0};
		p->payload_wire_len = 0;
		walk_broken(w, DECODE_ERROR_ipv4_short);
		return;
	}
	walk_carried(w, &c);
	struct span carried = cur_rest(&c);
	if (fragment & 0x3fff) {
		struct fragment f = {
		    .id = id, .offset = (uint16_t)((fragment & 0x1fff) * 8), .proto = proto, .more = fragment & 0x2000};
		if (!reassemble(w, &f, &carried, &proto))
			return;
	}
	decode_transport(w, proto, carried);
}

/*
 * RFC 8200, 4: | next header u8 | length u8 | ...   the length in units of 8 bytes, the first not counted;
 *         4.5: | next header u8 | zero u8 | offset, M u16 | identification u32 |
 *    RFC 4302: | next header u8 | length u8 | ...   the length in units of 4 bytes, the first two not counted
 */
void decode_ipv6_extensions(struct walk *w, uint8_t next, struct span s)
{
	struct cursor c = cur_of(s);

	for (unsigned n = 0;; n++) {
		struct packet *p = w->p;
		uint8_t type = next;

		p->ip_proto = type;
		walk_carried(w, &c);
		if (!decode_is_extension(type))
			break;
		next = cur_u8(&c);
		uint8_t length = cur_u8(&c);
		if (type != IPPROTO_FRAGMENT) {
			cur_skip(&c, (size_t)length * 8 + 6);
		} else {
			uint16_t offset = cur_u16be(&c);
			uint32_t id = cur_u32be(&c);
			if (cur_ok(&c) &&
			    (offset & 0xfff9)) { /* both zero: a whole datagram in one fragment, RFC 6946 */
				struct fragment f = {.id = id,
						     .offset = offset & 0xfff8,
						     .proto = next,
						     .is_v6 = true,
						     .more = offset & 1};
				p->ip_id = (uint16_t)id;
				p->ip_proto = next;
				walk_carried(w, &c);
				struct span carried = cur_rest(&c);
				if (!reassemble(w, &f, &carried, &next))
					return;
				c = cur_of(carried);
			}
		}
		if (!cur_ok(&c) || n == DECODE_EXTENSIONS_MAX) {
			walk_broken(w, DECODE_ERROR_ipv6_extension);
			return;
		}
	}
	decode_transport(w, next, cur_rest(&c));
}

/*
 * RFC 8200, 3:
 *  | version, class, flow label u32 | payload length u16 | next header u8 | hop limit u8 | source 16 | destination 16 |
 */
void decode_ipv6(struct walk *w, struct span s)
{
	struct packet *p = w->p;
	struct cursor c = cur_of(s), head = cur_sub(&c, 40);

	if (!cur_ok(&head)) {
		if (first_nibble(s) == 6)
			sender_of_short(w, s, 8, 16);
		walk_broken(w, DECODE_ERROR_ipv6_short);
		return;
	}
	uint32_t first = cur_u32be(&head);
	uint16_t length = cur_u16be(&head);
	uint8_t next = cur_u8(&head), hops = cur_u8(&head);

	if (first >> 28 != 6) {
		walk_broken(w, DECODE_ERROR_ipv6_version);
		return;
	}
	walk_sender_v6(p, &p->src_ip, cur_take(&head, 16));
	p->dest_ip = ip_from_v6(cur_take(&head, 16));
	p->kind = PACKET_IP;
	p->ttl = hops;
	p->ip_id = 0;
	/* 0: a jumbogram (RFC 2675), captured before segmentation, or really nothing; what is there decides, except
	 * behind "no next header" */
	if ((length > 0 || next == IPPROTO_NONE) && !walk_clip(w, &c, length))
		beyond_frame(w);
	decode_ipv6_extensions(w, next, cur_rest(&c));
}

void decode_ip(struct walk *w, struct span s)
{
	if (first_nibble(s) == 6)
		decode_ipv6(w, s);
	else
		decode_ipv4(w, s);
}
