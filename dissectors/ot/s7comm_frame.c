#include "ot/s7comm_frame.h"

#include "ot/ot_exchange.h"

enum {
	TPKT_VERSION = 3,
	TPKT_HEADER_BYTES = 4,
	TPKT_TOTAL_MIN = 7,
	COTP_DT_BYTES = 2, /* its length field */
	COTP_CR_BYTES = 6, /* without parameters */
	COTP_LENGTH_MAX = 254,
	COTP_PARAMETERS_MAX = 16,
	COTP_CALLING_TSAP = 0xc1,
	COTP_CALLED_TSAP = 0xc2,
	COTP_END = 0x80,
	S7_HEADER_BYTES = 10,
	S7_ANSWER_HEADER_BYTES = 12,
	S7_PLUS_HEADER_BYTES = 4,
	S7_PLUS_TRAILER_BYTES = 4,
	PROBE_TPDUS_MAX = 8,
};

static void connect_parameters(struct cursor c, struct tpdu *t)
{
	bool calling = false, called = false;

	cur_skip(&c, 5); /* references and class */
	for (unsigned i = 0; i < COTP_PARAMETERS_MAX && cur_left(&c) > 0; i++) {
		uint8_t code = cur_u8(&c);
		struct span value = cur_span(&c, cur_u8(&c));
		calling |= code == COTP_CALLING_TSAP;
		called |= code == COTP_CALLED_TSAP;
		if (code == COTP_CALLED_TSAP && value.len == 2) {
			struct cursor tsap = cur_of(value);
			t->called[0] = cur_u8(&tsap);
			t->called[1] = cur_u8(&tsap);
			t->called_known = true;
		}
	}
	t->has_tsaps = calling && called && cur_ok(&c);
}

enum frame_kind s7comm_tpdu_read(struct span bytes, struct tpdu *t)
{
	struct cursor c = cur_of(bytes);
	uint8_t version = cur_u8(&c), reserved = cur_u8(&c);

	*t = (struct tpdu){0};
	if (bytes.len > 0 && (version != TPKT_VERSION || (cur_ok(&c) && reserved != 0)))
		return FRAME_NOT_MINE;
	t->total = cur_u16be(&c);
	uint8_t length = cur_u8(&c);
	t->type = cur_u8(&c);
	if (!cur_ok(&c))
		return FRAME_MORE;
	if (t->total < TPKT_TOTAL_MIN || length > COTP_LENGTH_MAX || TPKT_HEADER_BYTES + 1u + length > t->total)
		return FRAME_NOT_MINE;
	uint32_t here = TPKT_HEADER_BYTES + 1u + length;
	switch (t->type) {
	case COTP_DT:
		if (length != COTP_DT_BYTES)
			return FRAME_NOT_MINE;
		t->end = cur_u8(&c) & COTP_END;
		if (!cur_ok(&c))
			return FRAME_MORE;
		t->body_wire = t->total - here;
		t->body = span_head(cur_rest(&c), t->body_wire);
		return FRAME_WHOLE;
	case COTP_CR:
	case COTP_CC:
		if (length < COTP_CR_BYTES || here != t->total)
			return FRAME_NOT_MINE;
		if (bytes.len < t->total)
			return FRAME_MORE;
		connect_parameters(cur_sub(&c, length - 1u), t);
		return FRAME_WHOLE;
	case COTP_DR:
	case COTP_DC:
	case COTP_ER:
		return here == t->total ? FRAME_WHOLE : FRAME_NOT_MINE;
	default:
		return FRAME_NOT_MINE;
	}
}

bool s7comm_header_read(const struct tpdu *t, struct cursor *c, struct s7comm_header *h)
{
	*c = cur_of(t->body);
	uint8_t protocol = cur_u8(c);
	h->type = cur_u8(c);
	uint16_t redundancy = cur_u16be(c);
	h->reference = cur_u16be(c);
	h->parameter_bytes = cur_u16be(c);
	h->data_bytes = cur_u16be(c);
	bool answer = h->type == S7_ACK || h->type == S7_ACK_DATA;
	h->error = answer ? cur_u16be(c) : 0;
	if (!cur_ok(c) || protocol != S7_PROTOCOL || redundancy != 0 ||
	    (!answer && h->type != S7_JOB && h->type != S7_USERDATA))
		return false;
	uint32_t all =
	    (answer ? S7_ANSWER_HEADER_BYTES : S7_HEADER_BYTES) + (uint32_t)h->parameter_bytes + h->data_bytes;
	/* a message may go on in further TPDUs */
	return t->end ? all == t->body_wire : all > t->body_wire;
}

/* | 00 01 12 | bytes | method | type and group | sub | ... |: type 4 asks, 8 answers, 0 tells by itself */
bool s7comm_userdata_asks(struct cursor c)
{
	cur_skip(&c, 5);
	return cur_u8(&c) >> 4 != 8;
}

/* | 72 | version | bytes u16 | opcode ... | trailer | */
static bool plus_header_fits(const struct tpdu *t)
{
	struct cursor c = cur_of(t->body);

	cur_skip(&c, 1);
	uint8_t version = cur_u8(&c);
	uint32_t length = cur_u16be(&c) + (uint32_t)S7_PLUS_HEADER_BYTES;
	bool known = (version >= 1 && version <= 3) || version == 0xfe || version == 0xff;

	return cur_ok(&c) && known &&
	       (length == t->body_wire || length + S7_PLUS_TRAILER_BYTES == t->body_wire || !t->end);
}

struct frame s7comm_frame(const void *state, enum dir dir, struct span avail)
{
	const struct ot_state *s = state;
	struct tpdu t;
	struct cursor c;
	struct s7comm_header h;
	enum frame_kind kind = s7comm_tpdu_read(avail, &t);

	if (kind != FRAME_WHOLE)
		return (struct frame){kind, 0, 0};
	uint32_t deliver = t.total < S7_DELIVER_MAX ? t.total : S7_DELIVER_MAX;
	if (avail.len < deliver)
		return (struct frame){FRAME_MORE, 0, deliver};
	struct cursor first = cur_of(t.body);
	uint8_t protocol = cur_u8(&first);
	bool carries = t.body_wire == 0 || s->own[S7_OWN_UNFINISHED + dir] ||
		       (protocol == S7_PROTOCOL && s7comm_header_read(&t, &c, &h)) ||
		       (protocol == S7_PLUS_PROTOCOL && plus_header_fits(&t));
	if (t.type == COTP_DT && !carries)
		return (struct frame){FRAME_NOT_MINE, 0, 0};
	return (struct frame){FRAME_WHOLE, deliver, t.total};
}

static enum probe probe_s7(const struct tpdu *t, bool from_server_port)
{
	struct cursor c;
	struct s7comm_header h;

	if (t->body.len < S7_ANSWER_HEADER_BYTES && t->body.len < t->body_wire)
		return PROBE_MORE;
	if (!s7comm_header_read(t, &c, &h))
		return PROBE_NO;
	bool asks = h.type == S7_JOB || (h.type == S7_USERDATA && s7comm_userdata_asks(c));
	/* either side may ask: where the port says otherwise it decides */
	if (asks == from_server_port)
		return PROBE_EITHER;
	return asks ? PROBE_REQUEST : PROBE_RESPONSE;
}

/* Connecting alone is what others do on TPKT too: what the connection carries decides. */
enum probe s7comm_probe(struct span head, bool from_server_port)
{
	enum probe side = PROBE_EITHER;

	for (unsigned i = 0; i < PROBE_TPDUS_MAX; i++) {
		struct tpdu t;
		enum frame_kind kind = s7comm_tpdu_read(head, &t);
		if (kind != FRAME_WHOLE)
			return kind == FRAME_MORE ? PROBE_MORE : PROBE_NO;
		if (t.type == COTP_CR || t.type == COTP_CC) {
			if (!t.has_tsaps)
				return PROBE_NO;
			side = t.type == COTP_CR ? PROBE_REQUEST : PROBE_RESPONSE;
		} else if (t.type != COTP_DT) {
			return PROBE_NO;
		} else if (t.body_wire > 0) {
			struct cursor c = cur_of(t.body);
			uint8_t protocol = cur_u8(&c);
			if (t.body.len == 0 || (protocol == S7_PLUS_PROTOCOL && t.body.len < S7_PLUS_HEADER_BYTES))
				return PROBE_MORE;
			enum probe said = protocol == S7_PLUS_PROTOCOL
					      ? (plus_header_fits(&t) ? PROBE_EITHER : PROBE_NO)
					      : probe_s7(&t, from_server_port);
			bool certain = said != PROBE_NO && said != PROBE_MORE;
			return certain && side != PROBE_EITHER ? side : said;
		}
		if (t.total >= head.len)
			return PROBE_MORE;
		head = span_skip(head, t.total);
	}
	return PROBE_NO;
}
