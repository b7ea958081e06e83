#include "net/decode.h"

#include <assert.h>
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

void decode_frame(struct decoder *d, const struct frame_in *f, struct packet *p)
{
	struct walk w = {.d = d, .p = p, .missing = f->wire_len > f->bytes.len ? f->wire_len - f->bytes.len : 0};

	packet_clear(p);
	p->ts_ns = f->ts_ns;
	p->frame = f->number;
	p->wire_len = f->wire_len;
	decode_link(&w, f->linktype, f->bytes);
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
