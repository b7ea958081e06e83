/*
 * TLS (RFC 5246, RFC 8446; RFC 6066, 3; RFC 7301; RFC 5280): the name that a client calls a server by and what it
 * offers, the version that the server chooses, and the certificate that it shows where that is not encrypted yet.
 *
 *   record:     | type u8 | version u16 | length u16 | ...
 *   handshake:  | type u8 | length u24 | ...                several in a record, or one over several records
 *
 * Once a direction is encrypted, or bytes of it are missing, all of it is skipped uncopied.
 */
#include "base/message_digest.h"
#include "discovery/ja3.h"
#include "discovery/ja4.h"
#include "discovery/x509.h"
#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	RECORD_HEAD_BYTES = 5,
	RECORD_MAX = 16384 + 2048,
	HANDSHAKES_MAX = 16,
	EXTENSIONS_MAX = 64,
	PROTOCOLS_MAX = 16,

	TYPE_CHANGE_CIPHER = 20,
	TYPE_HANDSHAKE = 22,
	TYPE_DATA = 23,
	TYPE_HEARTBEAT = 24,

	HELLO_CLIENT = 1,
	HELLO_SERVER = 2,
	CERTIFICATE = 11,

	EXTENSION_SERVER_NAME = 0,
	EXTENSION_GROUPS = 10,
	EXTENSION_POINT_FORMATS = 11,
	EXTENSION_ALPN = 16,
	EXTENSION_SUPPORTED_VERSIONS = 43,
	HOST_NAME = 0,
};

struct tls_state {
	bool blind[2];    /* encrypted or torn: nothing more to read */
	uint32_t rest[2]; /* bytes of a handshake message that go on in the next record */
};

struct record {
	uint8_t type;
	uint16_t version, length;
};

static struct record record_head(struct cursor *c)
{
	struct record r = {0};

	r.type = cur_u8(c);
	r.version = cur_u16be(c);
	r.length = cur_u16be(c);
	return r;
}

static bool record_is_sane(const struct record *r)
{
	return r->type >= TYPE_CHANGE_CIPHER && r->type <= TYPE_HEARTBEAT && r->version >= 0x0300 &&
	       r->version <= 0x0304 && r->length > 0 && r->length <= RECORD_MAX;
}

static struct frame tls_frame(const void *state, enum dir dir, struct span avail)
{
	const struct tls_state *s = state;
	struct cursor c = cur_of(avail);
	struct record r = record_head(&c);

	if (s->blind[dir])
		return (struct frame){FRAME_WHOLE, 0, avail.len};
	if (!cur_ok(&c))
		return (struct frame){.kind = FRAME_MORE, .total = RECORD_HEAD_BYTES};
	if (!record_is_sane(&r)) /* pdu() sees that it is none, and that there is nothing more to read */
		return (struct frame){FRAME_WHOLE, RECORD_HEAD_BYTES, avail.len};
	uint32_t total = RECORD_HEAD_BYTES + (uint32_t)r.length;
	if (r.type != TYPE_HANDSHAKE)
		return (struct frame){FRAME_WHOLE, RECORD_HEAD_BYTES, total};
	if (total > avail.len)
		return (struct frame){.kind = FRAME_MORE, .total = total};
	return (struct frame){FRAME_WHOLE, total, total};
}

struct hello {
	struct span name;
	struct span protocols[PROTOCOLS_MAX];
	unsigned n_protocols;
	struct span groups, formats; /* numbers, without the length in front of them */
	char ja3[JA3_CHARS], ja4[JA4_CHARS];
	bool has_ja3, has_ja4;
};

/* | length u16 | kind u8 | length u16 | name | ... */
static struct span server_name_read(struct cursor *c)
{
	struct cursor list = cur_sub(c, cur_u16be(c));
	uint8_t kind = cur_u8(&list);
	struct span name = cur_span(&list, cur_u16be(&list));

	return cur_ok(&list) && kind == HOST_NAME ? name : span_of(NULL, 0);
}

/* | length u16 | length u8 | protocol | ... */
static void protocols_read(struct hello *h, struct cursor *c)
{
	struct cursor list = cur_sub(c, cur_u16be(c));

	while (h->n_protocols < PROTOCOLS_MAX && cur_left(&list) > 0) {
		struct span p = cur_span(&list, cur_u8(&list));
		if (!cur_ok(&list))
			return;
		h->protocols[h->n_protocols++] = p;
	}
}

static void extension_read(struct hello *h, uint16_t kind, struct cursor value)
{
	if (kind == EXTENSION_SERVER_NAME)
		h->name = server_name_read(&value);
	else if (kind == EXTENSION_ALPN)
		protocols_read(h, &value);
	else if (kind == EXTENSION_GROUPS)
		h->groups = cur_span(&value, cur_u16be(&value));
	else if (kind == EXTENSION_POINT_FORMATS)
		h->formats = cur_span(&value, cur_u8(&value));
}

/* | version u16 | random 32 | length u8, session | length u16, ciphers | length u8, compressions | length u16,
 * extensions | */
static bool hello_read(struct hello *h, struct cursor *c)
{
	uint16_t version = cur_u16be(c);
	struct ja3 ja3;
	struct ja4 ja4;

	ja3_begin(&ja3, version);
	ja4_begin(&ja4, version);
	cur_skip(c, 32);
	cur_skip(c, cur_u8(c));
	struct span ciphers = cur_span(c, cur_u16be(c));
	cur_skip(c, cur_u8(c));
	if (!cur_ok(c))
		return false;
	struct cursor extensions = cur_left(c) > 0 ? cur_sub(c, cur_u16be(c)) : cur_of(span_of(NULL, 0));
	ja3_list(&ja3);
	ja3_add_all(&ja3, ciphers, 2);
	ja4_ciphers(&ja4, ciphers);
	ja3_list(&ja3);
	for (unsigned i = 0; i < EXTENSIONS_MAX && cur_left(&extensions) > 0; i++) {
		uint16_t kind = cur_u16be(&extensions);
		struct cursor value = cur_sub(&extensions, cur_u16be(&extensions));
		if (!cur_ok(&extensions))
			return false;
		ja3_add(&ja3, kind);
		ja4_extension(&ja4, kind, value);
		extension_read(h, kind, value);
	}
	ja3_list(&ja3);
	ja3_add_all(&ja3, h->groups, 2);
	ja3_list(&ja3);
	ja3_add_all(&ja3, h->formats, 1);
	bool whole = cur_left(&extensions) == 0;
	h->has_ja3 = whole && ja3_digest(&ja3, h->ja3);
	h->has_ja4 = whole && ja4_text(&ja4, h->ja4);
	return cur_ok(&extensions);
}

static void hello_say(struct emitter *out, struct cursor *c)
{
	struct hello h = {0};

	if (!hello_read(&h, c)) {
		emit_anomaly(out, tls_dissector.name, ANOMALY_MALFORMED, "client_hello_invalid", 0, 0);
		return;
	}
	if (h.name.len == 0 && !h.has_ja3 && !h.has_ja4)
		return;
	struct event *ev = say_begin(out, DISCOVERY_BY_TLS_SNI);
	say_ip(out, ev, F(IP), &out->at.dest_ip);
	if (h.name.len > 0)
		say_span(ev, F(NAME), h.name);
	for (unsigned i = 0; i < h.n_protocols; i++)
		say_span(ev, F(DETAIL_ALPN), h.protocols[i]);
	if (h.has_ja3)
		say_span(ev, F(DETAIL_JA3), span_of((const uint8_t *)h.ja3, sizeof(h.ja3)));
	if (h.has_ja4)
		say_span(ev, F(DETAIL_JA4), span_of((const uint8_t *)h.ja4, sizeof(h.ja4)));
	emit_end(out, ev);
}

/* | version u16 | random 32 | length u8, session | cipher u16 | compression u8 | length u16, extensions | */
static void server_hello_say(struct emitter *out, struct cursor *c)
{
	uint16_t version = cur_u16be(c);

	cur_skip(c, 32);
	cur_skip(c, cur_u8(c));
	cur_skip(c, 2 + 1);
	if (!cur_ok(c))
		return;
	struct cursor extensions = cur_left(c) > 0 ? cur_sub(c, cur_u16be(c)) : cur_of(span_of(NULL, 0));
	bool whole = cur_ok(c) && cur_ok(&extensions);
	for (unsigned i = 0; whole && i < EXTENSIONS_MAX && cur_left(&extensions) > 0; i++) {
		uint16_t kind = cur_u16be(&extensions);
		struct cursor value = cur_sub(&extensions, cur_u16be(&extensions));
		if (kind == EXTENSION_SUPPORTED_VERSIONS)
			version = cur_u16be(&value);
		whole = cur_ok(&value) && cur_ok(&extensions);
	}
	/* what stands in front is TLS 1.2 for whoever does not read on to the version that was chosen */
	if (!whole || cur_left(&extensions) > 0) {
		emit_anomaly(out, tls_dissector.name, ANOMALY_MALFORMED, "server_hello_invalid", 0, 0);
		return;
	}
	struct event *ev = say_begin(out, DISCOVERY_BY_TLS_SNI);
	say_ip(out, ev, F(IP), &out->at.dest_ip);
	ev_uint(ev, F(DETAIL_TLS_VERSION), version);
	emit_end(out, ev);
}

static void say_digest(struct emitter *out, struct event *ev, struct span der)
{
	uint8_t *digest = arena_alloc(out->arena, SHA256_BYTES);

	if (!digest)
		return;
	sha256_of(der, digest);
	ev_span(ev, F(DETAIL_CERT_SHA256), span_of(digest, SHA256_BYTES));
}

/* | length u24 | length u24, certificate | ... : the first is the server's own */
static void certificate_say(struct emitter *out, enum dir dir, struct cursor *c)
{
	struct x509 cert;

	cur_skip(c, 3);
	struct span der = cur_span(c, cur_u24be(c));
	if (!cur_ok(c) || der.len == 0 || dir != DIR_RESPONSE)
		return;
	if (x509_read(der, &cert) == X509_NONE) {
		emit_anomaly(out, tls_dissector.name, ANOMALY_MALFORMED, "certificate_invalid", 0, 0);
		return;
	}
	struct event *ev = say_begin(out, DISCOVERY_BY_TLS_SNI);
	say_ip(out, ev, F(IP), &out->at.dest_ip);
	say_span(ev, F(DETAIL_SUBJECT), x509_name_short(cert.subject));
	say_span(ev, F(DETAIL_ISSUER), x509_name_short(cert.issuer));
	for (unsigned i = 0; i < cert.n_dns_names; i++)
		say_span(ev, F(DETAIL_CERT_NAMES), cert.dns_names[i]);
	say_digest(out, ev, der);
	emit_end(out, ev);
}

static void handshakes_read(struct tls_state *s, enum dir dir, struct cursor *c, struct emitter *out)
{
	uint32_t skip = s->rest[dir] < cur_left(c) ? s->rest[dir] : (uint32_t)cur_left(c);

	cur_skip(c, skip);
	s->rest[dir] -= skip;
	for (unsigned i = 0; i < HANDSHAKES_MAX && cur_left(c) > 0; i++) {
		uint8_t type = cur_u8(c);
		uint32_t length = cur_u24be(c), here = length < cur_left(c) ? length : (uint32_t)cur_left(c);
		struct cursor body = cur_sub(c, here);
		if (!cur_ok(c)) {
			s->blind[dir] = true;
			return;
		}
		s->rest[dir] = length - here;
		if (type == HELLO_CLIENT && here == length)
			hello_say(out, &body);
		else if (type == HELLO_SERVER && here == length && dir == DIR_RESPONSE)
			server_hello_say(out, &body);
		else if (type == CERTIFICATE)
			certificate_say(out, dir, &body);
	}
}

static void tls_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct tls_state *s = state;

	if (cur_left(c) == 0)
		return;
	struct record r = record_head(c);
	if (r.type == TYPE_CHANGE_CIPHER || r.type == TYPE_DATA || !record_is_sane(&r))
		s->blind[dir] = true;
	else if (r.type == TYPE_HANDSHAKE)
		handshakes_read(s, dir, c, out);
}

static void tls_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	struct tls_state *s = state;

	(void)lost_bytes;
	(void)out;
	s->blind[dir] = true;
}

/* A hello is told by its content; other records by the port, or by both sides. */
static enum probe tls_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head);
	uint8_t type = cur_peek_u8(&c, 0), major = cur_peek_u8(&c, 1);
	struct record r = record_head(&c);

	(void)from_server_port;
	if (type < TYPE_CHANGE_CIPHER || type > TYPE_HEARTBEAT || (head.len > 1 && major != 3))
		return PROBE_NO;
	if (!cur_ok(&c))
		return PROBE_MORE;
	if (!record_is_sane(&r))
		return PROBE_NO;
	if (r.type != TYPE_HANDSHAKE)
		return PROBE_WEAK;
	uint8_t message = cur_u8(&c);
	uint32_t length = cur_u24be(&c);
	uint16_t version = cur_u16be(&c);
	if (!cur_ok(&c))
		return PROBE_MORE;
	if (message != HELLO_CLIENT && message != HELLO_SERVER)
		return PROBE_WEAK;
	if (version < 0x0300 || version > 0x0303 || length < 2 + 32 + 1)
		return PROBE_NO;
	return message == HELLO_CLIENT ? PROBE_REQUEST : PROBE_RESPONSE;
}

const struct dissector tls_dissector = {
    .name = "tls",
    .table = &discovery_table,
    .tcp_ports = {443, 8443, 465, 636, 853, 993, 995, 8883},
    .partial = true,
    .max_frame = RECORD_HEAD_BYTES + RECORD_MAX,
    .state_size = sizeof(struct tls_state),
    .probe = tls_probe,
    .frame = tls_frame,
    .pdu = tls_pdu,
    .gap = tls_gap,
};
