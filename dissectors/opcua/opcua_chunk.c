#include "opcua/opcua_chunk.h"

#include <string.h>

#include "opcua/opcua_call.h"
#include "opcua/opcua_channel.h"
#include "opcua/opcua_types.h"

enum { SEQUENCE_HEADER_BYTES = 8 };

/* P6 6.7.2.4: numbers rise by one, and begin anew below 1024 before they run out. */
enum { SEQUENCE_WRAP_BELOW = 1024 };
#define SEQUENCE_WRAP_ABOVE (UINT32_MAX - 1024)

/* Bytes of the signature at the end of a chunk that is signed only. OPC 10000-7: the profiles of the policies. */
static const struct {
	const char *policy;
	uint8_t bytes;
} signatures[] = {
    {"Basic128Rsa15", 20},        {"Basic256", 20},       {"Basic256Sha256", 32}, {"Aes128_Sha256_RsaOaep", 32},
    {"Aes256_Sha256_RsaPss", 32}, {"ECC_nistP256", 32},   {"ECC_nistP384", 48},   {"ECC_brainpoolP256r1", 32},
    {"ECC_brainpoolP384r1", 48},  {"ECC_curve25519", 16}, {"ECC_curve448", 16},
};

struct span opcua_chunk_uri_tail(struct span uri)
{
	size_t at = uri.len;

	while (at > 0 && uri.ptr[at - 1] != '#' && uri.ptr[at - 1] != '/')
		at--;
	return at < uri.len ? span_skip(uri, at) : uri;
}

static void malformed(struct emitter *out, const char *reason, size_t at)
{
	emit_anomaly(out, opcua_dissector.name, ANOMALY_MALFORMED, reason, at, 0);
}

static void over(struct emitter *out, const char *reason, size_t at)
{
	emit_anomaly(out, opcua_dissector.name, ANOMALY_LIMIT, reason, at, 0);
}

static uint32_t least_of(uint32_t a, uint32_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* HEL and ACK say what each side takes and sends; what goes to the server is bound by the server's word. P6 7.1.2.3 */
static void chunk_judged(const struct opcua_state *s, enum dir dir, const struct opcua_header *h, struct emitter *out)
{
	enum opcua_direction to = opcua_chunk_direction(s, dir);
	const struct opcua_limits *taker = &s->limits[to == OPCUA_TO_SERVER ? OPCUA_TO_CLIENT : OPCUA_TO_SERVER];
	const struct opcua_limits *sender = &s->limits[to];
	uint32_t buffer = least_of(taker->receive_buffer, sender->send_buffer);

	if (buffer > 0 && h->size > buffer)
		over(out, "chunk_over_buffer", 4);
}

static void message_judged(const struct opcua_state *s, enum dir dir, struct opcua_part *p, struct emitter *out)
{
	enum opcua_direction to = opcua_chunk_direction(s, dir);
	const struct opcua_limits *taker = &s->limits[to == OPCUA_TO_SERVER ? OPCUA_TO_CLIENT : OPCUA_TO_SERVER];
	bool long_one = taker->max_message > 0 && p->body_bytes > taker->max_message;
	bool many = taker->max_chunks > 0 && p->chunks > taker->max_chunks;

	if (p->told || (!long_one && !many))
		return;
	p->told = true;
	over(out, long_one ? "message_over_limit" : "too_many_chunks", 0);
}

static void sequence_judged(struct opcua_state *s, enum dir dir, uint32_t sequence, struct emitter *out)
{
	uint32_t last = s->sequence[dir];
	bool wraps = last > SEQUENCE_WRAP_ABOVE && sequence < SEQUENCE_WRAP_BELOW;

	if (s->sequence_known[dir] && sequence != last + 1 && !wraps)
		malformed(out, "sequence_number", OPCUA_CHANNEL_HEADER_BYTES);
	s->sequence[dir] = sequence;
	s->sequence_known[dir] = true;
}

static void channel_set(struct opcua_state *s, uint32_t channel_id, struct span uri)
{
	struct span policy = span_head(opcua_chunk_uri_tail(uri), OPCUA_POLICY_MAX);

	if (channel_id != 0)
		s->channel_id = channel_id;
	if (policy.len == 0 || span_eq(policy, span_of(s->policy, s->policy_len)))
		return;
	memcpy(s->policy, policy.ptr, policy.len);
	s->policy_len = (uint8_t)policy.len;
	s->read_once = false;
	s->mode = span_eq(policy, span_str("None")) ? OPCUA_MODE_NONE : OPCUA_MODE_UNKNOWN;
	s->signature = 0;
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		if (span_eq(policy, span_str(signatures[i].policy)))
			s->signature = signatures[i].bytes;
	}
}

static struct opcua_state *opn_taken(struct opcua_state *s, const struct opcua_header *h, struct opcua_message *m,
				     struct cursor *c, struct emitter *out)
{
	size_t had = cur_left(c);
	m->policy_uri = ua_bytes(c);
	m->certificate = ua_bytes(c);
	m->thumbprint = ua_bytes(c);

	s->mid[m->dir] = false;
	if (!cur_ok(c)) {
		malformed(out, "channel_header", OPCUA_CHANNEL_HEADER_BYTES + had - c->left);
		return s;
	}
	channel_set(s, m->channel_id, m->policy_uri);
	struct span rest = cur_rest(c);
	m->encrypted = opcua_shape_service(rest) == OPCUA_KIND_NONE;
	s->sequence_known[m->dir] &= !m->encrypted;
	if (!m->encrypted) {
		struct cursor r = cur_of(rest);
		m->sequence = cur_u32le(&r);
		m->request_id = cur_u32le(&r);
		m->body = cur_rest(&r);
		sequence_judged(s, m->dir, m->sequence, out);
	} else if (s->mode == OPCUA_MODE_NONE) {
		malformed(out, "service_unknown", h->size - rest.len);
	}
	opcua_channel_open_told(s, m, out);
	return s;
}

/* A channel that has shown a readable body is not encrypted, whatever a later one looks like. */
static bool can_be_encrypted(const struct opcua_state *s)
{
	return s->mode == OPCUA_MODE_ENCRYPT || (s->mode == OPCUA_MODE_UNKNOWN && !s->read_once);
}

/* Hands on the message of @m, whose last chunk has come. */
static struct opcua_state *message_done(struct opcua_state *s, struct opcua_message *m, struct emitter *out)
{
	const struct opcua_part *p = &s->part[m->dir];

	m->request_id = p->request_id;
	m->sequence = p->sequence;
	m->chunks = p->chunks;
	m->wire_bytes = p->wire_bytes;
	m->encrypted = p->encrypted;
	m->cut = p->cut;
	s = opcua_call_message(s, m, out);
	return opcua_state_end_part(s, out, m->dir);
}

/* A chunk that says that its sender has given up the message. P6 6.7.3 */
static struct opcua_state *abort_taken(struct opcua_state *s, struct opcua_message *m, struct span rest,
				       struct emitter *out)
{
	struct opcua_part *p = &s->part[m->dir];
	bool sealed = p->active ? p->encrypted : can_be_encrypted(s);
	struct cursor c = cur_of(rest);

	p->chunks++;
	p->wire_bytes += m->wire_bytes;
	p->encrypted = sealed;
	m->aborted = true;
	s->mid[m->dir] = false;
	if (!sealed) {
		p->sequence = cur_u32le(&c);
		p->request_id = cur_u32le(&c);
		m->body = cur_rest(&c);
		sequence_judged(s, m->dir, p->sequence, out);
	}
	return message_done(s, m, out);
}

static void part_begun(struct opcua_part *p, bool encrypted, uint32_t sequence, uint32_t request_id)
{
	*p =
	    (struct opcua_part){.active = true, .encrypted = encrypted, .sequence = sequence, .request_id = request_id};
}

/* What the first chunk of a message shows of the channel's mode. */
static void mode_learnt(struct opcua_state *s, bool encrypted)
{
	s->read_once |= !encrypted;
	if (encrypted)
		s->mode = OPCUA_MODE_ENCRYPT;
	else if (s->mode != OPCUA_MODE_NONE)
		s->mode = s->policy_len > 0 ? OPCUA_MODE_SIGN : OPCUA_MODE_UNKNOWN;
}

/* Adds a chunk's body to the part; the last one completes the message. */
static struct opcua_state *part_added(struct opcua_state *s, struct opcua_message *m, struct span body, bool last,
				      bool cut, struct emitter *out)
{
	struct opcua_part *p = &s->part[m->dir];

	p->chunks++;
	p->wire_bytes += m->wire_bytes;
	p->body_bytes += body.len;
	message_judged(s, m->dir, p, out);
	if (last && p->chunks == 1) {
		m->body = body;
		p->cut = cut;
		return message_done(s, m, out);
	}
	if (!p->encrypted) {
		s = opcua_state_append(s, out, m->dir, body);
		s->part[m->dir].cut |= cut;
		m->in_part = true;
	}
	return last ? message_done(s, m, out) : s;
}

static struct opcua_state *msg_taken(struct opcua_state *s, const struct opcua_header *h, struct opcua_message *m,
				     struct span rest, bool cut, struct emitter *out)
{
	struct opcua_part *p = &s->part[m->dir];
	bool last = h->flag == 'F', starts = opcua_shape_service(rest) != OPCUA_KIND_NONE;
	struct cursor c = cur_of(rest);
	uint32_t sequence = cur_u32le(&c), request_id = cur_u32le(&c);
	struct span body = cur_rest(&c);

	if (rest.len < SEQUENCE_HEADER_BYTES) {
		malformed(out, "channel_header", h->size);
		return s;
	}
	if (!cut && body.len >= s->signature)
		body.len -= s->signature;
	if (p->active && (h->type == OPCUA_CLO || (!p->encrypted && request_id != p->request_id))) {
		/* P6 6.7.2: a message is sent in one go. The one before has lost its end, or this one its beginning. */
		malformed(out, "chunks_interleaved", OPCUA_CHANNEL_HEADER_BYTES + 4);
		s = opcua_state_end_part(s, out, m->dir);
		p = &s->part[m->dir];
	}
	if (!p->active) {
		bool middle = !starts && s->mid[m->dir];
		s->mid[m->dir] = middle && !last;
		if (middle) {
			s->sequence_known[m->dir] = false;
			return s;
		}
		bool encrypted = !starts && can_be_encrypted(s);
		if (starts || encrypted)
			mode_learnt(s, encrypted);
		part_begun(p, encrypted, sequence, request_id);
	}
	if (p->encrypted)
		s->sequence_known[m->dir] = false;
	else
		sequence_judged(s, m->dir, sequence, out);
	return part_added(s, m, p->encrypted ? rest : body, last, cut, out);
}

struct opcua_state *opcua_chunk_taken(struct opcua_state *s, enum dir dir, const struct opcua_header *h,
				      struct span bytes, struct emitter *out)
{
	struct cursor c = cur_of(span_skip(bytes, OPCUA_HEADER_BYTES));
	struct opcua_message m = {.type = h->type, .dir = dir, .chunks = 1, .wire_bytes = h->size};
	bool cut = bytes.len < h->size;

	chunk_judged(s, dir, h, out);
	m.channel_id = cur_u32le(&c);
	if (h->type == OPCUA_OPN) {
		m.cut = cut;
		return opn_taken(s, h, &m, &c, out);
	}
	cur_skip(&c, 4); /* token */
	if (!cur_ok(&c)) {
		malformed(out, "channel_header", bytes.len);
		return s;
	}
	s->channel_id = m.channel_id;
	if (h->flag == 'A')
		return abort_taken(s, &m, cur_rest(&c), out);
	return msg_taken(s, h, &m, cur_rest(&c), cut, out);
}

struct opcua_state *opcua_chunk_lost(struct opcua_state *s, enum dir dir, struct emitter *out)
{
	s->sequence_known[dir] = false;
	s->mid[dir] = true;
	return opcua_state_end_part(s, out, dir);
}
