/*
 * DCE/RPC over TCP (MS-RPCE 2.1.1.1): the endpoint mapper on 135, and whatever port it sends clients to. One
 * record a call; of a call in
 * several fragments the first is told.
 */
#include "smb/dcerpc.h"
#include "smb/smb.h"
#include "smb/smb_state.h"
#include "smb/smb_tell.h"
#include "smb/smb_text.h"

#define R(id) (&dcerpc_field[DCERPC_##id])

enum {
	DELIVER_MAX = 8192,
	KEPT_MAX = 1024,
	VERSION_RPC = 5, /* in struct smb_request: tells calls from SMB's requests */
	REQUEST_BYTES_MIN = 24,
	BIND_BYTES_MIN = 28,
};

enum counter { COUNT_REQUESTS, COUNT_RESPONSES, COUNT_FAULTS, COUNT_BINDS, COUNT_EVICTED, COUNTERS };
_Static_assert((int)COUNT_EVICTED == (int)SMB_COUNT_EVICTED, "smb_state.c counts there");

/* What is bound on a connection is filed under no file. */
static const uint8_t nobody[SMB_GUID_BYTES];

static size_t least_bytes(uint8_t type)
{
	switch (type) {
	case DCERPC_REQUEST:
	case DCERPC_RESPONSE:
	case DCERPC_FAULT_PDU:
		return REQUEST_BYTES_MIN;
	case DCERPC_BIND:
	case DCERPC_ALTER_CONTEXT:
		return BIND_BYTES_MIN;
	default:
		return DCERPC_HEADER_BYTES;
	}
}

static bool of_connection(uint8_t type)
{
	return dcerpc_is_request(type) || type == DCERPC_RESPONSE || type == DCERPC_FAULT_PDU ||
	       type == DCERPC_BIND_ACK || type == DCERPC_BIND_NAK || type == DCERPC_ALTER_CONTEXT_RESP ||
	       type == DCERPC_SHUTDOWN;
}

static bool sound(struct span bytes, struct dcerpc_header *h)
{
	return dcerpc_header(bytes, h) && of_connection(h->type) && h->frag_bytes >= least_bytes(h->type);
}

static struct frame rpc_frame(const void *state, enum dir dir, struct span avail)
{
	struct dcerpc_header h;
	struct cursor c = cur_of(avail);

	(void)state;
	(void)dir;
	if (avail.len < DCERPC_HEADER_BYTES) {
		uint8_t version = cur_u8(&c), minor = cur_u8(&c);
		bool could_be = version == 5 && minor <= 1;
		return (struct frame){could_be ? FRAME_MORE : FRAME_NOT_MINE, 0, could_be ? DCERPC_HEADER_BYTES : 0};
	}
	if (!sound(avail, &h))
		return (struct frame){FRAME_NOT_MINE, 0, 0};
	uint32_t deliver = h.frag_bytes < DELIVER_MAX ? h.frag_bytes : DELIVER_MAX;
	if (avail.len < deliver)
		return (struct frame){FRAME_MORE, 0, deliver};
	return (struct frame){FRAME_WHOLE, deliver, h.frag_bytes};
}

static enum probe rpc_probe(struct span head, bool from_server_port)
{
	struct dcerpc_header h;
	struct cursor c = cur_of(head);
	uint8_t version = cur_u8(&c), minor = cur_u8(&c);

	(void)from_server_port;
	if (head.len < DCERPC_HEADER_BYTES)
		return version == 5 && minor <= 1 ? PROBE_MORE : PROBE_NO;
	if (!sound(head, &h))
		return PROBE_NO;
	if (!h.little) /* all zeros: others send that too */
		return PROBE_WEAK;
	return dcerpc_is_request(h.type) ? PROBE_REQUEST : PROBE_RESPONSE;
}

static enum function_class push_interface(struct smb_flow *f, struct event *ev, const uint8_t *uuid, unsigned major,
					  unsigned minor)
{
	const struct dcerpc_interface *i = dcerpc_interface_find(uuid);

	ev_span(ev, R(UUID), smb_guid(f->out->arena, "", uuid));
	if (i)
		ev_text(ev, R(SERVICE), i->name);
	ev_span(ev, R(VERSION), smb_version(f->out->arena, major, minor, -1));
	return i ? (enum function_class)i->class : CLASS_NONE;
}

static void push_call(struct smb_flow *f, struct event *ev, const struct dcerpc *d)
{
	const struct smb_bound *b = smb_bound_find(f->s, nobody, d->context);
	enum function_class class = CLASS_NONE;

	if (b)
		class = push_interface(f, ev, b->uuid, b->major, b->minor);
	if (d->h.type != DCERPC_REQUEST)
		return;
	ev->func_class = class;
	ev_uint(ev, R(OPNUM), d->opnum);
	const char *procedure = b ? dcerpc_procedure(dcerpc_interface_find(b->uuid), d->opnum) : NULL;
	if (procedure)
		ev_text(ev, R(PROCEDURE), procedure);
}

static void push_bind(struct smb_flow *f, struct event *ev, const struct dcerpc *d)
{
	if (d->n_bound > 0)
		(void)push_interface(f, ev, d->bound[0].uuid, d->bound[0].major, d->bound[0].minor);
	for (unsigned i = 0; d->n_bound > 1 && i < d->n_bound; i++) {
		const struct dcerpc_interface *known = dcerpc_interface_find(d->bound[i].uuid);
		ev_item(ev, R(INTERFACES));
		ev_span(ev, R(IF_UUID), smb_guid(f->out->arena, "", d->bound[i].uuid));
		if (known)
			ev_text(ev, R(IF_SERVICE), known->name);
	}
}

/* What the endpoint mapper was asked for, and where it sends the client. */
static void push_endpoint(struct smb_flow *f, struct event *ev, const struct dcerpc *asked, const struct dcerpc *said)
{
	const struct smb_bound *b = asked ? smb_bound_find(f->s, nobody, asked->context) : NULL;
	const struct dcerpc_interface *mapper = b ? dcerpc_interface_find(b->uuid) : NULL;
	struct dcerpc_endpoint wanted, found;

	if (!mapper || !span_eq(span_str(mapper->name), span_str("epmapper")) || asked->opnum != EPMAPPER_MAP ||
	    !dcerpc_endpoint(asked->stub, false, &wanted))
		return;
	const struct dcerpc_interface *known = dcerpc_interface_find(wanted.uuid);
	ev_span(ev, R(EP_UUID), smb_guid(f->out->arena, "", wanted.uuid));
	if (known)
		ev_text(ev, R(EP_SERVICE), known->name);
	if (said && said->h.type == DCERPC_RESPONSE && dcerpc_endpoint(said->stub, true, &found) && found.has_port)
		ev_uint(ev, R(EP_PORT), found.port);
}

static void tell(struct smb_flow *f, const struct smb_request *r, const struct dcerpc *asked, const struct dcerpc *said)
{
	const struct dcerpc *d = asked ? asked : said;
	struct event *ev = emit_begin(f->out, &dcerpc_table);

	ev->complete = asked && said ? COMPLETE_YES : COMPLETE_NO;
	if (!said)
		smb_stands_at_request(ev, r);
	ev_uint(ev, R(TYPE), d->h.type);
	ev_uint(ev, R(CALL_ID), d->h.call_id);
	if (asked && said)
		ev_uint(ev, R(RTT_US), smb_us_since(r->ts_ns, f->out->at.ts_ns));
	if (d->h.type == DCERPC_REQUEST || d->h.type == DCERPC_RESPONSE || d->h.type == DCERPC_FAULT_PDU)
		push_call(f, ev, d);
	else
		push_bind(f, ev, d);
	if (said && said->h.type == DCERPC_FAULT_PDU)
		ev_uint(ev, R(FAULT), said->fault);
	push_endpoint(f, ev, asked, said);
	emit_end(f->out, ev);
	if (asked)
		smb_tell_logon(f->out, asked->auth);
}

static void unanswered(struct smb_flow *f, const struct smb_request *r)
{
	struct dcerpc asked;

	if (dcerpc_read(smb_request_bytes(r), &asked) == 0)
		tell(f, r, &asked, NULL);
}

static void learn(struct smb_flow *f, const struct dcerpc *d)
{
	for (unsigned i = 0; i < d->n_bound; i++)
		smb_bound_add(f, nobody, d->bound[i].context, d->bound[i].major, d->bound[i].minor, d->bound[i].uuid);
}

static void request(struct smb_flow *f, const struct dcerpc *d, struct span bytes)
{
	struct smb_request head = {
	    .version = VERSION_RPC,
	    .command = d->h.type,
	    .key = d->h.call_id,
	    .ts_ns = f->out->at.ts_ns,
	    .frame = f->out->at.frame,
	    .wire = d->h.frag_bytes,
	};

	f->out
	    ->counters[d->h.type == DCERPC_BIND || d->h.type == DCERPC_ALTER_CONTEXT ? COUNT_BINDS : COUNT_REQUESTS]++;
	learn(f, d);
	if (d->h.type == DCERPC_AUTH3 || d->h.type == DCERPC_CANCEL || d->h.type == DCERPC_ORPHANED) {
		tell(f, &head, d, NULL);
		return;
	}
	/* the end of a bind carries the logon; of a call the beginning is enough */
	size_t keep = d->h.type == DCERPC_REQUEST ? KEPT_MAX : SMB_KEPT_MAX;
	if (!smb_request_add(f, &head, span_head(bytes, keep)))
		tell(f, &head, d, NULL);
}

static void response(struct smb_flow *f, const struct dcerpc *d)
{
	struct smb_request *r = smb_request_find(f->s, VERSION_RPC, d->h.call_id, SMB_ANY_COMMAND);
	struct dcerpc asked;

	f->out->counters[d->h.type == DCERPC_FAULT_PDU ? COUNT_FAULTS : COUNT_RESPONSES]++;
	if (d->h.type == DCERPC_SHUTDOWN)
		return;
	if (!r) {
		tell(f, NULL, NULL, d);
		return;
	}
	struct span copy = arena_copy(f->out->arena, span_of(r, r->r.bytes));
	smb_state_drop(f->s, r);
	const struct smb_request *kept = (const struct smb_request *)(const void *)copy.ptr;
	if (copy.len > 0 && dcerpc_read(smb_request_bytes(kept), &asked) == 0)
		tell(f, kept, &asked, d);
}

static void rpc_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct smb_flow f = {.s = state, .out = out, .unanswered = unanswered};
	struct span bytes = cur_rest(c);
	struct dcerpc d;

	(void)dir;
	smb_requests_expire(&f);
	int wrong = dcerpc_read(bytes, &d);
	if (wrong != 0) {
		emit_anomaly(out, dcerpc_dissector.name, ANOMALY_MALFORMED, "truncated_body", DCERPC_HEADER_BYTES, 0);
		return;
	}
	if (!d.h.first)
		return;
	if (dcerpc_is_request(d.h.type))
		request(&f, &d, bytes);
	else
		response(&f, &d);
}

static void rpc_finish(void *state, struct emitter *out)
{
	struct smb_flow f = {.s = state, .out = out, .unanswered = unanswered};

	smb_requests_end(&f);
}

static void rpc_stats(const uint64_t *counters, struct json *out)
{
	if (counters[COUNT_REQUESTS] + counters[COUNT_RESPONSES] + counters[COUNT_FAULTS] + counters[COUNT_BINDS] == 0)
		return;
	json_key(out, "dcerpc");
	json_object_begin(out);
	json_kv_u64(out, "requests", counters[COUNT_REQUESTS]);
	json_kv_u64(out, "responses", counters[COUNT_RESPONSES]);
	json_kv_u64(out, "faults", counters[COUNT_FAULTS]);
	json_kv_u64(out, "binds", counters[COUNT_BINDS]);
	json_kv_u64(out, "evicted", counters[COUNT_EVICTED]);
	json_object_end(out);
}

static const struct field_table *const more_tables[] = {&smb_table, NULL};

const struct dissector dcerpc_dissector = {
    .name = "dcerpc",
    .table = &dcerpc_table,
    .more_tables = more_tables,
    .tcp_ports = {135},
    .max_frame = DELIVER_MAX,
    .state_size = SMB_STATE_BYTES,
    .n_counters = COUNTERS,
    .probe = rpc_probe,
    .frame = rpc_frame,
    .pdu = rpc_pdu,
    .finish = rpc_finish,
    .stats = rpc_stats,
};
