#include "opcua/opcua_call.h"
#include "opcua/opcua_introduce.h"

#include "base/when.h"

#define F(id) (&opcua_field[OPCUA_##id])

#define ANSWER_WAIT_NS (60 * NS_PER_S) /* events.md: a request without an answer is told after this */

#define STATUS_BAD 0x80000000u /* P4 7.38: severity in the two highest bits */

enum { STRINGS_MAX = 256 }; /* of a string table that are looked at */

static void malformed(struct emitter *out, const char *reason, size_t at)
{
	emit_anomaly(out, opcua_dissector.name, ANOMALY_MALFORMED, reason, at, 0);
}

static struct opcua_body body_of(struct span bytes, bool cut)
{
	return (struct opcua_body){.c = cur_of(bytes), .start = bytes.ptr, .seen = true, .cut = cut};
}

/* RequestHeader, P4 7.33. The authentication token is what a session's cookie is elsewhere: only its hash is used. */
static void request_header(struct opcua_call *call)
{
	struct cursor *c = &call->req.c;

	(void)ua_node_id(c);
	struct ua_node_id token = ua_node_id(c);
	cur_skip(c, 8 + 4 + 4); /* timestamp, handle, diagnostics asked for */
	(void)ua_bytes(c);      /* audit entry */
	cur_skip(c, 4);         /* timeout */
	(void)ua_extension(c);
	if (cur_ok(c))
		call->session = opcua_state_session(call->state, opcua_tell_id_text(call->out, &token));
}

/* ResponseHeader, P4 7.34 */
static void response_header(struct opcua_call *call)
{
	struct cursor *c = &call->rsp.c;

	(void)ua_node_id(c);
	cur_skip(c, 8 + 4); /* timestamp, handle */
	uint32_t status = cur_u32le(c);
	struct ua_diagnostic diagnostic = ua_diagnostic(c);
	uint32_t n_strings = ua_count(c);
	struct cursor strings = *c;
	for (uint32_t i = 0; i < n_strings && i < UA_ARRAY_MAX && cur_ok(c); i++)
		(void)ua_bytes(c);
	(void)ua_extension(c);
	if (!cur_ok(c))
		return;
	/* A fault is a header, and some servers send no more than that for a failure in the ordinary response either.
	 */
	call->rsp.ended = call->fault || (status >= STATUS_BAD && cur_left(c) == 0);
	call->has_status = true;
	call->status = status;
	call->diagnostic = diagnostic;
	call->strings = strings;
	call->n_strings = n_strings;
}

/* An aborted message says no more than why. P6 6.7.3 */
static void abort_body(struct opcua_call *call, struct span body, struct span *reason)
{
	struct cursor c = cur_of(body);
	uint32_t error = cur_u32le(&c);

	*reason = ua_bytes(&c);
	if (!cur_ok(&c))
		return;
	call->has_status = true;
	call->status = error;
}

static struct span string_at(const struct opcua_call *call, int32_t place)
{
	struct cursor c = call->strings;
	struct span s = {NULL, 0};

	if (place < 0 || (uint32_t)place >= call->n_strings || place >= STRINGS_MAX)
		return s;
	for (int32_t i = 0; i <= place && i < STRINGS_MAX; i++)
		s = ua_bytes(&c);
	return s;
}

static uint64_t us_since(int64_t then_ns, int64_t now_ns)
{
	return now_ns > then_ns ? (uint64_t)(now_ns - then_ns) / 1000 : 0;
}

static void channel_told(struct opcua_call *call)
{
	struct event *ev = call->ev;
	const struct opcua_state *s = call->state;

	if (s->policy_len > 0)
		ev_span(ev, F(POLICY), span_of(s->policy, s->policy_len));
	if (s->mode != OPCUA_MODE_UNKNOWN)
		ev_uint(ev, F(MODE), s->mode);
	ev_bool(ev, F(ENCRYPTED), call->message && call->message->encrypted);
}

static void service_told(struct opcua_call *call)
{
	const struct opcua_service *service = call->service < OPCUA_SERVICES ? &opcua_services[call->service] : NULL;

	if (service) {
		bool by_request = call->req.seen;
		ev_uint(call->ev, F(SERVICE), service->request_id);
		ev_uint(call->ev, F(SERVICE_ID), by_request ? service->request_id : service->response_id);
	} else if (call->fault) {
		ev_uint(call->ev, F(SERVICE), OPCUA_SERVICE_FAULT_ID);
		ev_uint(call->ev, F(SERVICE_ID), OPCUA_SERVICE_FAULT_ID);
	}
}

/* What every record of a call begins with. */
static void head_told(struct opcua_call *call)
{
	const struct opcua_open *r = call->request;
	const struct opcua_message *m = call->message;
	struct event *ev = emit_begin(call->out, &opcua_table);
	bool alone = !r && m && (m->encrypted || !call->rsp.seen);

	call->ev = ev;
	call->cost_left = OPCUA_TEXTS_COST_MAX;
	call->items_left = OPCUA_ITEMS_MAX;
	call->text_cut = false;
	if (call->service < OPCUA_SERVICES)
		ev->func_class = (enum function_class)opcua_services[call->service].class;
	if (alone && m->type == OPCUA_MSG && !m->encrypted)
		ev->complete = COMPLETE_NO;
	else if (!alone)
		ev->complete = r && m && !m->aborted ? COMPLETE_YES : COMPLETE_NO;
	ev_uint(ev, F(MESSAGE_TYPE), m ? m->type : OPCUA_MSG);
	if (!r || !m)
		ev_uint(ev, F(DIRECTION), opcua_chunk_direction(call->state, r ? (enum dir)r->dir : m->dir));
	if (call->state->client_turned)
		ev_bool(ev, F(REVERSED), true);
	ev_uint(ev, F(CHANNEL_ID), r ? r->channel_id : m->channel_id);
	if (!m || !m->encrypted) {
		ev_uint(ev, F(REQUEST_ID), r ? r->request_id : m->request_id);
		ev_uint(ev, F(SEQUENCE), r ? r->sequence : m->sequence);
	}
	ev_uint(ev, F(CHUNKS), (r ? r->chunks : 0) + (m ? m->chunks : 0));
	ev_uint(ev, F(BYTES), (r ? r->wire_bytes : 0) + (m ? m->wire_bytes : 0));
	service_told(call);
	channel_told(call);
	if (call->has_status) {
		ev_uint(ev, F(STATUS_CODE), call->status);
		opcua_tell_status(call, OPCUA_STATUS, call->status);
	}
	if (call->fault)
		ev_bool(ev, F(FAULT), true);
	if (m && m->aborted)
		ev_bool(ev, F(ABORTED), true);
	(void)opcua_tell_text(call, OPCUA_SESSION_ID, call->session);
	if (r)
		ev_uint(ev, m ? F(RTT_US) : F(WAITED_US), us_since(r->ts_ns, call->out->at.ts_ns));
	if (call->req.cut)
		ev_bool(ev, F(REQUEST_CUT), true);
	if (call->rsp.cut)
		ev_bool(ev, F(RESPONSE_CUT), true);
}

static void tail_told(struct opcua_call *call)
{
	const struct ua_diagnostic *d = &call->diagnostic;

	if (d->any) {
		(void)opcua_tell_text(call, OPCUA_DIAG_SYMBOL, string_at(call, d->symbol));
		(void)opcua_tell_text(call, OPCUA_DIAG_TEXT, string_at(call, d->text));
		(void)opcua_tell_text(call, OPCUA_DIAG_INFO, d->info);
		if (d->has_inner_status)
			opcua_tell_status(call, OPCUA_DIAG_STATUS, d->inner_status);
	}
	if (call->text_cut)
		ev_bool(call->ev, F(TEXT_CUT), true);
	emit_end(call->out, call->ev);
	opcua_introduce(call);
}

void opcua_call_next(struct opcua_call *call)
{
	tail_told(call);
	head_told(call);
}

static void body_judged(const struct opcua_call *call, const struct opcua_body *b, const char *reason)
{
	if (b->seen && !b->cut && !cur_ok(&b->c))
		malformed(call->out, reason, b->c.pos && b->start ? (size_t)(b->c.pos - b->start) : 0);
}

/* Tells one call: a request, a response or both, as they came. */
static void call_told(struct opcua_call *call)
{
	struct span reason = {NULL, 0};

	if (call->req.seen)
		request_header(call);
	if (call->rsp.seen)
		response_header(call);
	if (call->message && call->message->aborted && !call->message->encrypted)
		abort_body(call, call->message->body, &reason);
	head_told(call);
	(void)opcua_tell_text(call, OPCUA_REASON, reason);
	if (call->service < OPCUA_SERVICES && opcua_services[call->service].read)
		opcua_services[call->service].read(call);
	tail_told(call);
	body_judged(call, &call->req, "request_body");
	body_judged(call, &call->rsp, "response_body");
}

static struct opcua_call call_of(struct opcua_state *s, struct emitter *out, const struct opcua_open *r,
				 const struct opcua_message *m)
{
	struct opcua_call call = {.out = out, .state = s, .request = r, .message = m, .service = OPCUA_SERVICES};

	if (r) {
		call.service = r->service;
		call.req = body_of(span_of(r->body, r->kept), r->cut);
	}
	return call;
}

static void unanswered_told(struct opcua_state *s, struct emitter *out, struct opcua_open *r)
{
	struct opcua_call call = call_of(s, out, r, NULL);

	call_told(&call);
	opcua_state_drop(s, r);
}

void opcua_call_give_up(struct opcua_state *s, struct emitter *out)
{
	struct opcua_open *r;

	while ((r = opcua_state_oldest(s)))
		unanswered_told(s, out, r);
}

/* A Publish is answered when there is news, be it in an hour (P4 5.13.5); the others within their time or never. */
static void expired_told(struct opcua_state *s, struct emitter *out)
{
	struct opcua_open *r = opcua_state_oldest(s);

	while (r && out->at.ts_ns - r->ts_ns > ANSWER_WAIT_NS) {
		if (r->service == OPCUA_SERVICE_PUBLISH) {
			r = opcua_state_newer(s, r);
		} else {
			struct opcua_open *oldest = r;
			size_t at = (size_t)((uint8_t *)oldest - s->memory);
			unanswered_told(s, out, oldest);
			r = at < s->log_used ? oldest : NULL; /* the one after it stands there now */
		}
	}
}

/* @body may lie in the state, which moves while room is made: it is taken from @m afterwards. */
static struct opcua_state *request_taken(struct opcua_state *s, const struct opcua_message *m, size_t body_bytes,
					 enum opcua_service_no service, struct emitter *out)
{
	bool cut = m->cut || body_bytes > OPCUA_BODY_KEPT_MAX;
	struct opcua_open key = {
	    .ts_ns = out->at.ts_ns,
	    .wire_bytes = m->wire_bytes,
	    .request_id = m->request_id,
	    .sequence = m->sequence,
	    .channel_id = m->channel_id,
	    .chunks = m->chunks,
	    .dir = (uint8_t)m->dir,
	    .service = (uint8_t)service,
	    .cut = cut,
	};
	struct opcua_open *same = opcua_state_find(s, m->dir, m->request_id);
	struct opcua_state *moved;

	if (same)
		unanswered_told(s, out, same);
	body_bytes = body_bytes < OPCUA_BODY_KEPT_MAX ? body_bytes : OPCUA_BODY_KEPT_MAX;
	while (!(moved = opcua_state_reserve(s, out, body_bytes)) && s->open > 0)
		unanswered_told(s, out, opcua_state_oldest(s));
	if (moved) {
		s = moved;
		opcua_state_add(s, &key, span_head(m->in_part ? opcua_state_part(s, m->dir) : m->body, body_bytes));
		return s;
	}
	/* not even an empty log has room: the flow may not grow */
	struct opcua_call call = call_of(s, out, &key, NULL);
	call.req = body_of(m->in_part ? opcua_state_part(s, m->dir) : m->body, m->cut);
	call_told(&call);
	return s;
}

static void response_taken(struct opcua_state *s, const struct opcua_message *m, struct span body, bool fault,
			   enum opcua_service_no service, struct emitter *out)
{
	enum dir other = m->dir == DIR_REQUEST ? DIR_RESPONSE : DIR_REQUEST;
	struct opcua_open *r = opcua_state_find(s, other, m->request_id);

	if (r && !fault && r->service != service) {
		malformed(out, "response_of_other_service", OPCUA_CHANNEL_HEADER_BYTES + 4 + 4);
		r = NULL;
	}
	struct opcua_call call = call_of(s, out, r, m);
	call.fault = fault;
	call.rsp = body_of(body, m->cut);
	if (!fault)
		call.service = (uint8_t)service;
	call_told(&call);
	if (r)
		opcua_state_drop(s, r);
}

static void aborted_told(struct opcua_state *s, const struct opcua_message *m, struct emitter *out)
{
	enum dir other = m->dir == DIR_REQUEST ? DIR_RESPONSE : DIR_REQUEST;
	struct opcua_open *r = m->encrypted ? NULL : opcua_state_find(s, other, m->request_id);
	struct opcua_call call = call_of(s, out, r, m);

	call_told(&call);
	if (r)
		opcua_state_drop(s, r);
}

/* A message that nothing answers: CloseSecureChannel, or one that cannot be read. */
static void lone_told(struct opcua_state *s, const struct opcua_message *m, struct span body, uint8_t service,
		      struct emitter *out)
{
	struct opcua_call call = call_of(s, out, NULL, m);

	call.service = service;
	if (service < OPCUA_SERVICES)
		call.req = body_of(body, m->cut);
	call_told(&call);
}

struct opcua_state *opcua_call_message(struct opcua_state *s, const struct opcua_message *m, struct emitter *out)
{
	struct span body = m->in_part ? opcua_state_part(s, m->dir) : m->body;
	enum opcua_service_no service = OPCUA_SERVICES;
	struct cursor c = cur_of(body);

	expired_told(s, out);
	if (m->aborted) {
		aborted_told(s, m, out);
		return s;
	}
	if (m->encrypted) {
		lone_told(s, m, body, OPCUA_SERVICES, out);
		return s;
	}
	struct ua_node_id id = ua_node_id(&c);
	enum opcua_kind kind =
	    cur_ok(&c) && ua_is(&id, id.numeric) ? opcua_service_find(id.numeric, &service) : OPCUA_KIND_NONE;
	switch (kind) {
	case OPCUA_KIND_REQUEST:
		out->counters[OPCUA_COUNT_SERVICES + 2 * service]++;
		if (service != OPCUA_SERVICE_CLOSE_CHANNEL)
			return request_taken(s, m, body.len, service, out);
		lone_told(s, m, body, (uint8_t)service, out);
		break;
	case OPCUA_KIND_RESPONSE:
		out->counters[OPCUA_COUNT_SERVICES + 2 * service + 1]++;
		response_taken(s, m, body, false, service, out);
		break;
	case OPCUA_KIND_FAULT:
		out->counters[OPCUA_COUNT_FAULTS]++;
		response_taken(s, m, body, true, service, out);
		break;
	case OPCUA_KIND_NONE:
		malformed(out, "service_unknown", OPCUA_CHANNEL_HEADER_BYTES + 4 + 8);
		lone_told(s, m, body, OPCUA_SERVICES, out);
		break;
	}
	return s;
}
