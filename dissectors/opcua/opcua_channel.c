#include "opcua/opcua_channel.h"

#include "opcua/opcua_call.h"
#include "opcua/opcua_cert.h"
#include "opcua/opcua_introduce.h"
#include "opcua/opcua_types.h"

#define F(id) (&opcua_field[OPCUA_##id])

struct hello {
	uint32_t version, receive, send, max_message, max_chunks;
	struct span server, url;
};

static struct opcua_call step_begun(struct opcua_state *s, enum opcua_type type, enum dir dir, struct emitter *out)
{
	struct opcua_call call = {.out = out, .state = s, .service = OPCUA_SERVICES, .cost_left = OPCUA_TEXTS_COST_MAX};

	call.ev = emit_begin(out, &opcua_table);
	ev_uint(call.ev, F(MESSAGE_TYPE), type);
	ev_uint(call.ev, F(DIRECTION), opcua_chunk_direction(s, dir));
	if (s->client_turned)
		ev_bool(call.ev, F(REVERSED), true);
	return call;
}

static void step_ended(struct opcua_call *call)
{
	if (call->text_cut)
		ev_bool(call->ev, F(TEXT_CUT), true);
	emit_end(call->out, call->ev);
	opcua_introduce(call);
}

/*
 * HEL  | version u32 | receive buffer u32 | send buffer u32 | max message u32 | max chunks u32 | endpoint URL |
 * ACK  the same without the URL
 * RHE  | server URI | endpoint URL |
 */
static struct hello hello_of(enum opcua_type type, struct cursor *c)
{
	struct hello h = {.version = 0};

	if (type != OPCUA_RHE) {
		h.version = cur_u32le(c);
		h.receive = cur_u32le(c);
		h.send = cur_u32le(c);
		h.max_message = cur_u32le(c);
		h.max_chunks = cur_u32le(c);
	}
	if (type == OPCUA_RHE)
		h.server = ua_bytes(c);
	if (type != OPCUA_ACK)
		h.url = ua_bytes(c);
	return h;
}

static void hello_told(struct opcua_state *s, enum opcua_type type, enum dir dir, const struct hello *h,
		       struct emitter *out)
{
	struct opcua_call call = step_begun(s, type, dir, out);

	if (type != OPCUA_RHE) {
		opcua_tell_uint(&call, OPCUA_HELLO_VERSION, h->version);
		opcua_tell_uint(&call, OPCUA_HELLO_RECEIVE, h->receive);
		opcua_tell_uint(&call, OPCUA_HELLO_SEND, h->send);
		opcua_tell_uint(&call, OPCUA_HELLO_MESSAGE, h->max_message);
		opcua_tell_uint(&call, OPCUA_HELLO_CHUNKS, h->max_chunks);
	}
	(void)opcua_tell_text(&call, OPCUA_HELLO_SERVER, h->server);
	(void)opcua_tell_text(&call, OPCUA_HELLO_URL, h->url);
	step_ended(&call);
}

/* | error u32 | reason | */
static bool error_told(struct opcua_state *s, enum dir dir, struct cursor *c, struct emitter *out)
{
	uint32_t error = cur_u32le(c);
	struct span reason = ua_bytes(c);

	if (!cur_ok(c))
		return false;
	struct opcua_call call = step_begun(s, OPCUA_ERR, dir, out);
	opcua_tell_uint(&call, OPCUA_STATUS_CODE, error);
	opcua_tell_status(&call, OPCUA_STATUS, error);
	(void)opcua_tell_text(&call, OPCUA_REASON, reason);
	step_ended(&call);
	return true;
}

/* A hello begins everything anew; which side says it tells who the client is. */
static void hello_remembered(struct opcua_state *s, enum opcua_type type, enum dir dir, const struct hello *h)
{
	bool by_client = type == OPCUA_HEL;

	s->mid[0] = s->mid[1] = false;
	if (type == OPCUA_RHE)
		s->client_turned = dir == DIR_REQUEST;
	else
		s->client_turned = by_client == (dir == DIR_RESPONSE);
	if (type != OPCUA_RHE)
		s->limits[by_client ? OPCUA_TO_SERVER : OPCUA_TO_CLIENT] =
		    (struct opcua_limits){h->receive, h->send, h->max_message, h->max_chunks};
}

void opcua_channel_hello_taken(struct opcua_state *s, enum dir dir, const struct opcua_header *h, struct span bytes,
			       struct emitter *out)
{
	struct cursor c = cur_of(span_skip(bytes, OPCUA_HEADER_BYTES));
	struct hello hello;
	bool sound;

	if (h->type == OPCUA_ERR) {
		sound = error_told(s, dir, &c, out);
		/* P6 7.1.5: the connection is at its end, and nothing will be answered any more. */
		if (sound)
			opcua_call_give_up(s, out);
	} else {
		hello = hello_of((enum opcua_type)h->type, &c);
		sound = cur_ok(&c);
		if (sound) {
			hello_remembered(s, (enum opcua_type)h->type, dir, &hello);
			hello_told(s, (enum opcua_type)h->type, dir, &hello, out);
		}
	}
	if (!sound)
		emit_anomaly(out, opcua_dissector.name, ANOMALY_MALFORMED, "transport_message", bytes.len - c.left, 0);
}

struct open {
	bool request, response;
	uint32_t type, mode, lifetime, token, status;
	int64_t created;
};

/* Request: | version u32 | type u32 | mode u32 | nonce | lifetime u32 |
 * Response: | version u32 | channel u32 | token u32 | created i64 | lifetime u32 | nonce |    both behind their headers
 */
static struct open open_of(struct cursor *c, enum opcua_kind kind)
{
	struct open o = {.request = kind == OPCUA_KIND_REQUEST,
			 .response = kind == OPCUA_KIND_RESPONSE || kind == OPCUA_KIND_FAULT};

	(void)ua_node_id(c);
	if (o.request) {
		(void)ua_node_id(c);
		cur_skip(c, 8 + 4 + 4);
		(void)ua_bytes(c);
		cur_skip(c, 4);
		(void)ua_extension(c);
		cur_skip(c, 4);
		o.type = cur_u32le(c);
		o.mode = cur_u32le(c);
		(void)ua_bytes(c);
		o.lifetime = cur_u32le(c);
	} else if (o.response) {
		cur_skip(c, 8 + 4);
		o.status = cur_u32le(c);
		(void)ua_diagnostic(c);
		ua_skip_strings(c);
		(void)ua_extension(c);
		if (kind == OPCUA_KIND_FAULT)
			return o;
		cur_skip(c, 4 + 4);
		o.token = cur_u32le(c);
		o.created = (int64_t)cur_u64le(c);
		o.lifetime = cur_u32le(c);
		(void)ua_bytes(c);
	}
	return o;
}

static void service_told(struct opcua_call *call, enum opcua_kind kind, const struct opcua_message *m)
{
	const struct opcua_service *open = &opcua_services[OPCUA_SERVICE_OPEN_CHANNEL];

	opcua_tell_uint(call, OPCUA_REQUEST_ID, m->request_id);
	opcua_tell_uint(call, OPCUA_SEQUENCE, m->sequence);
	if (kind == OPCUA_KIND_FAULT) {
		opcua_tell_uint(call, OPCUA_SERVICE, OPCUA_SERVICE_FAULT_ID);
		opcua_tell_uint(call, OPCUA_SERVICE_ID, OPCUA_SERVICE_FAULT_ID);
		return;
	}
	opcua_tell_uint(call, OPCUA_SERVICE, open->request_id);
	opcua_tell_uint(call, OPCUA_SERVICE_ID, kind == OPCUA_KIND_REQUEST ? open->request_id : open->response_id);
}

/* Counts it. @return what it is; OPCUA_KIND_NONE where it cannot be read or is something that OPN does not carry. */
static enum opcua_kind open_kind(const struct opcua_message *m, struct emitter *out)
{
	struct cursor c = cur_of(m->body);
	enum opcua_service_no no = OPCUA_SERVICES;
	struct ua_node_id id = ua_node_id(&c);

	if (m->encrypted || !cur_ok(&c))
		return OPCUA_KIND_NONE;
	enum opcua_kind kind = opcua_service_find(id.numeric, &no);
	if (kind == OPCUA_KIND_FAULT)
		out->counters[OPCUA_COUNT_FAULTS]++;
	else if (no < OPCUA_SERVICES)
		out->counters[OPCUA_COUNT_SERVICES + 2 * no + (kind == OPCUA_KIND_RESPONSE)]++;
	return kind == OPCUA_KIND_FAULT || no == OPCUA_SERVICE_OPEN_CHANNEL ? kind : OPCUA_KIND_NONE;
}

void opcua_channel_open_told(struct opcua_state *s, const struct opcua_message *m, struct emitter *out)
{
	enum opcua_kind kind = open_kind(m, out);
	struct cursor c = cur_of(m->body);
	struct open o = open_of(&c, kind);
	bool sound = kind != OPCUA_KIND_NONE && cur_ok(&c);

	if (sound && o.request && s->mode != OPCUA_MODE_NONE && o.mode >= OPCUA_MODE_SIGN &&
	    o.mode <= OPCUA_MODE_ENCRYPT)
		s->mode = (uint8_t)o.mode;
	struct opcua_call call = step_begun(s, OPCUA_OPN, m->dir, out);
	opcua_tell_uint(&call, OPCUA_CHANNEL_ID, m->channel_id);
	if (kind != OPCUA_KIND_NONE)
		service_told(&call, kind, m);
	opcua_tell_uint(&call, OPCUA_CHUNKS, 1);
	opcua_tell_uint(&call, OPCUA_BYTES, m->wire_bytes);
	(void)opcua_tell_text(&call, OPCUA_POLICY, opcua_chunk_uri_tail(m->policy_uri));
	(void)opcua_tell_text(&call, OPCUA_POLICY_URI, m->policy_uri);
	if (s->mode != OPCUA_MODE_UNKNOWN)
		opcua_tell_uint(&call, OPCUA_MODE, s->mode);
	opcua_tell_uint(&call, OPCUA_ENCRYPTED, m->encrypted);
	if (sound && o.response) {
		opcua_tell_uint(&call, OPCUA_STATUS_CODE, o.status);
		opcua_tell_status(&call, OPCUA_STATUS, o.status);
	}
	if (sound && kind != OPCUA_KIND_FAULT) {
		if (o.request)
			opcua_tell_uint(&call, OPCUA_OPEN_TYPE, o.type);
		opcua_tell_uint(&call, OPCUA_OPEN_LIFETIME, o.lifetime);
		if (o.response) {
			opcua_tell_uint(&call, OPCUA_OPEN_TOKEN, o.token);
			opcua_tell_time(&call, OPCUA_OPEN_CREATED, o.created);
		}
	}
	opcua_tell_bytes(&call, OPCUA_OPEN_THUMBPRINT, m->thumbprint);
	opcua_cert_told(&call, OPCUA_OPEN_CERT_SUBJECT, m->certificate);
	step_ended(&call);
	if (kind != OPCUA_KIND_NONE && !m->cut && !cur_ok(&c))
		emit_anomaly(out, opcua_dissector.name, ANOMALY_MALFORMED, "open_body", m->wire_bytes - c.left, 0);
}
