#include "net/decode.h"

#include <assert.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stddef.h>
#include <stdlib.h>

#include "net/decode_walk.h"

enum {
	FRAGMENTS_MAX = 1024,
	FRAGMENT_BYTES_MAX = 4 << 20,
};

#define DECODE_ERROR_NAME(token) #token,
const char *const decode_error_names[DECODE_ERROR_COUNT] = {DECODE_ERRORS(DECODE_ERROR_NAME)};
#undef DECODE_ERROR_NAME

static uint32_t or_default(uint32_t given, uint32_t usual)
{
	return given ? given : usual;
}

struct decoder *decoder_new(const struct decoder_options *o)
{
	static const uint16_t usual_ports[4] = {PORT_VXLAN, PORT_VXLAN_LINUX};
	struct decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	memcpy(d->vxlan_ports, o->vxlan_ports[0] ? o->vxlan_ports : usual_ports, sizeof(d->vxlan_ports));
	if (o->no_reassembly)
		return d;
	d->defrag = defrag_new(or_default(o->fragments_max, FRAGMENTS_MAX),
			       or_default(o->fragment_bytes_max, FRAGMENT_BYTES_MAX));
	if (!d->defrag) {
		free(d);
		return NULL;
	}
	return d;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	if (d->defrag)
		defrag_free(d->defrag);
	free(d);
}

/*
 * All but the senders, whose number says how many there are. In three pieces, since one of this size becomes a string
 * instruction that takes as long as all of the decoding.
 */
static void packet_clear(struct packet *p)
{
	enum { HEAD = offsetof(struct packet, senders) };
	uint8_t *at = (uint8_t *)p;

	static_assert(HEAD > 128 && HEAD <= 192, "three pieces of at most 64 bytes");
	memset(at, 0, 64);
	memset(at + 64, 0, 64);
	memset(at + 128, 0, HEAD - 128);
}

/*
 * What nearly all frames of a plant are, in one piece: Ethernet II, IPv4 without options and in one fragment, TCP.
 *
 *  | destination 6 | source 6 | 0800 | IPv4 20 (decode_ip.c) | TCP 20 (decode_transport.c) | options | payload | ...
 *
 * @return false where it is anything else, is cut, or does not hold together: the way by layers decides then, and *p is
 * as it was.
 */
static bool decode_plain(const struct frame_in *f, struct packet *p)
{
	enum { TYPE_IPV4 = 0x0800, ETHER = 14, IPV4 = 20, TCP = 20, VERSION_4_WORDS_5 = 0x45, FRAGMENT = 0x3fff };
	struct cursor c = cur_of(f->bytes), ether = cur_sub(&c, ETHER), ip = cur_sub(&c, IPV4), carried = c,
		      tcp = cur_sub(&c, TCP);

	if (!cur_ok(&tcp))
		return false;
	struct mac dest_mac = walk_mac(&ether), src_mac = walk_mac(&ether);
	uint16_t type = cur_u16be(&ether);
	uint8_t first = cur_u8(&ip);
	cur_skip(&ip, 1);
	size_t total = cur_u16be(&ip);
	uint16_t id = cur_u16be(&ip), fragment = cur_u16be(&ip);
	uint8_t ttl = cur_u8(&ip), proto = cur_u8(&ip);
	cur_skip(&ip, 2);
	const uint8_t *src = cur_take(&ip, 4), *dest = cur_take(&ip, 4);
	struct tcp_header h = walk_tcp_header(&tcp);

	if (type != TYPE_IPV4 || first != VERSION_4_WORDS_5 || (fragment & FRAGMENT) || proto != IPPROTO_TCP ||
	    h.bytes < TCP || total < IPV4 + h.bytes)
		return false;
	struct span l4 = cur_span(&carried, total - IPV4);
	if (!cur_ok(&carried))
		return false;
	walk_tcp(p, &h);
	p->has_ether = true;
	p->src_mac = src_mac;
	p->dest_mac = dest_mac;
	p->ethertype = type;
	p->src_ip = ip_from_v4(src);
	p->dest_ip = ip_from_v4(dest);
	p->ip_proto = proto;
	p->ttl = ttl;
	p->ip_id = id;
	c = cur_of(l4);
	cur_skip(&c, h.bytes);
	p->l4.ptr = l4.ptr;
	p->l4.len = l4.len;
	p->payload.ptr = c.pos;
	p->payload.len = c.left;
	p->payload_wire_len = (uint32_t)c.left;
	p->n_senders = 2;
	p->senders[0].is_mac = true;
	p->senders[0].mac = src_mac;
	p->senders[1].is_mac = false;
	p->senders[1].ip = ip_from_v4(src);
	return true;
}

/* By itself, so that the short way has the registers for itself. */
__attribute__((noinline)) static void decode_by_layers(struct decoder *d, const struct frame_in *f, struct packet *p)
{
	struct walk w = {.d = d, .p = p, .missing = f->wire_len > f->bytes.len ? f->wire_len - f->bytes.len : 0};

	decode_link(&w, f->linktype, f->bytes);
}

void decode_frame(struct decoder *d, const struct frame_in *f, struct packet *p)
{
	packet_clear(p);
	p->ts_ns = f->ts_ns;
	p->frame = f->number;
	p->wire_len = f->wire_len;
	if (f->linktype != DLT_EN10MB || !decode_plain(f, p))
		decode_by_layers(d, f, p);
}

void decoder_stats(const struct decoder *d, struct json *out)
{
	json_key(out, "errors");
	json_object_begin(out);
	for (unsigned e = 0; e < DECODE_ERROR_COUNT; e++) {
		uint64_t n =
		    e == DECODE_ERROR_fragment_given_up && d->defrag ? defrag_given_up(d->defrag) : d->errors[e];
		if (n > 0)
			json_kv_u64(out, decode_error_names[e], n);
	}
	json_object_end(out);
}

uint64_t decoder_ceiling_bytes(const struct decoder_options *o)
{
	return sizeof(struct decoder) +
	       (o->no_reassembly ? 0
				 : defrag_ceiling_bytes(or_default(o->fragments_max, FRAGMENTS_MAX),
							or_default(o->fragment_bytes_max, FRAGMENT_BYTES_MAX)));
}
