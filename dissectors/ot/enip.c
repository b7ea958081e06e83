/*
 * EtherNet/IP: encapsulated commands paired with their answers.
 *
 *   | command u16 | length u16 | session u32 | status u32 | context, 8 bytes | options u32 = 0 | data | little-endian
 *   data of 6F, 70: | interface u32 = 0 | timeout u16 | items u16 | n * (type u16, length u16, bytes) |     CIP2 2-6
 *   CIP request:  | service | path words u8 | path | data |   answer: | service + 80 | 0 | status | words u8 | ... |
 */
#include "ot/enip.h"

#include "discovery/discovery.h"
#include "ot/ot_exchange.h"

#define F(id) (&enip_field[ENIP_##id])

enum {
	ENIP_DELIVER_MAX = 512,
	ENIP_HEADER_BYTES = 24,
	ENIP_REGISTER_BYTES = 4,
	ENIP_ITEMS_MAX = 8,
	ENIP_ITEM_IDENTITY = 0x0c,
	ENIP_ITEM_CONNECTED = 0xb1,
	ENIP_ITEM_UNCONNECTED = 0xb2,
	CIP_RESPONSE = 0x80,
	CIP_SEGMENTS_MAX = 16,
	CIP_SERVICES_TOLD_MAX = 32,
	CIP_CLASS = 0x20, /* logical segments: type, then format in the low two bits */
	CIP_INSTANCE = 0x24,
	CIP_ATTRIBUTE = 0x30,
	CIP_SYMBOL = 0x91,
};

enum enip_counter { COUNT_REQUESTS, COUNT_RESPONSES, COUNT_ERRORS, COUNTERS };

struct header {
	uint16_t command, length;
	uint32_t session, status, options;
	uint64_t context;
};

struct path {
	bool has_class, has_instance, has_attribute;
	uint32_t class_id, instance, attribute;
	struct span symbol;
};

/* The CIP message of a command. */
struct message {
	struct header h;
	bool has_cip, connected, routed;
	uint16_t sequence; /* connected */
	uint8_t service;   /* with response bit */
	uint8_t status;    /* of an answer */
	struct path path;  /* of a request */
	struct cursor data;
};

static bool header_read(struct cursor *c, struct header *h)
{
	h->command = cur_u16le(c);
	h->length = cur_u16le(c);
	h->session = cur_u32le(c);
	h->status = cur_u32le(c);
	h->context = cur_u64le(c);
	h->options = cur_u32le(c);
	return cur_ok(c);
}

/* CIP2 2-4: what each command carries at least and at most. */
static bool header_fits(const struct header *h)
{
	if (!enip_command_known(h->command) || h->options != 0 || h->status > 0xffff)
		return false;
	switch (h->command) {
	case ENIP_REGISTER_SESSION:
		return h->length == ENIP_REGISTER_BYTES || (h->length == 0 && h->status != 0);
	case ENIP_UNREGISTER_SESSION:
		return h->length == 0;
	case ENIP_SEND_RR_DATA:
	case ENIP_SEND_UNIT_DATA:
		return h->session != 0 && (h->length >= 16 || (h->length == 0 && h->status != 0));
	case ENIP_NOP:
		/* without data it is all zeros, as is much else */
		return h->session == 0 && h->status == 0 && h->length > 0 && h->length <= ENIP_DELIVER_MAX;
	default:
		return h->length <= ENIP_DELIVER_MAX;
	}
}

static struct frame enip_frame(const void *state, enum dir dir, struct span avail)
{
	struct cursor c = cur_of(avail);
	struct header h;

	(void)state;
	(void)dir;
	if (!header_read(&c, &h)) {
		struct cursor first = cur_of(avail);
		uint16_t command = cur_u16le(&first);
		bool mine = !cur_ok(&first) || enip_command_known(command);
		return (struct frame){mine ? FRAME_MORE : FRAME_NOT_MINE, 0, mine ? ENIP_HEADER_BYTES : 0};
	}
	if (!header_fits(&h))
		return (struct frame){FRAME_NOT_MINE, 0, 0};
	uint32_t total = (uint32_t)ENIP_HEADER_BYTES + h.length;
	uint32_t deliver = total < ENIP_DELIVER_MAX ? total : ENIP_DELIVER_MAX;
	if (avail.len < deliver)
		return (struct frame){FRAME_MORE, 0, deliver};
	/* in the middle of something many zeros look like it: unless it is the last, another one follows */
	if (h.command == ENIP_NOP && avail.len > total && total + ENIP_HEADER_BYTES <= ENIP_DELIVER_MAX) {
		struct cursor behind = cur_of(span_skip(avail, total));
		if (!header_read(&behind, &h))
			return (struct frame){FRAME_MORE, 0, total + ENIP_HEADER_BYTES};
		if (!header_fits(&h))
			return (struct frame){FRAME_NOT_MINE, 0, 0};
	}
	return (struct frame){FRAME_WHOLE, deliver, total};
}

static uint32_t logical_value(struct cursor *c, uint8_t format)
{
	if (format == 0)
		return cur_u8(c);
	cur_skip(c, 1); /* pad */
	return format == 1 ? cur_u16le(c) : cur_u32le(c);
}

/* CIP1 C-1: logical and symbolic segments; what comes behind another kind is not told. */
static bool path_read(struct cursor *c, struct path *p)
{
	*p = (struct path){0};
	size_t bytes = (size_t)cur_u8(c) * 2;
	struct cursor s = cur_sub(c, bytes);
	for (unsigned i = 0; i < CIP_SEGMENTS_MAX && cur_left(&s) > 0; i++) {
		uint8_t segment = cur_u8(&s);
		if (segment == CIP_SYMBOL) {
			uint8_t n = cur_u8(&s);
			struct span name = cur_span(&s, n);
			cur_skip(&s, n % 2);
			if (p->symbol.len == 0)
				p->symbol = name;
			continue;
		}
		uint8_t format = segment & 3;
		if (segment >> 5 != 1 || format == 3)
			break;
		uint32_t v = logical_value(&s, format);
		switch (segment & 0xfc) {
		case CIP_CLASS:
			p->class_id = v;
			p->has_class = true;
			break;
		case CIP_INSTANCE:
			p->instance = v;
			p->has_instance = true;
			break;
		case CIP_ATTRIBUTE:
			p->attribute = v;
			p->has_attribute = true;
			break;
		default:
			break;
		}
	}
	return cur_ok(c) && cur_ok(&s);
}

/* The item that holds the CIP message; an empty, failed cursor where there is none. */
static struct cursor cip_item(struct message *m, struct cursor *c)
{
	cur_skip(c, 6);
	uint16_t n = cur_u16le(c);

	for (unsigned i = 0; i < n && i < ENIP_ITEMS_MAX; i++) {
		uint16_t type = cur_u16le(c), bytes = cur_u16le(c);
		bool found = type == ENIP_ITEM_CONNECTED || type == ENIP_ITEM_UNCONNECTED;
		if (!found) {
			cur_skip(c, bytes);
			continue;
		}
		/* long messages are delivered in part */
		struct cursor item = cur_sub(c, bytes < cur_left(c) ? bytes : cur_left(c));
		m->connected = type == ENIP_ITEM_CONNECTED;
		if (m->connected)
			m->sequence = cur_u16le(&item);
		return item;
	}
	return (struct cursor){NULL, 0, true};
}

/* | tick | timeout | bytes u16 | the request | pad | route |, CIP1 3-5.5.4 */
static bool routed_read(struct message *m)
{
	cur_skip(&m->data, 2);
	uint16_t bytes = cur_u16le(&m->data);
	struct cursor inner = cur_sub(&m->data, bytes < cur_left(&m->data) ? bytes : cur_left(&m->data));

	m->routed = true;
	m->service = cur_u8(&inner);
	bool ok = path_read(&inner, &m->path);
	m->data = inner;
	return ok;
}

static bool message_read(struct span bytes, struct message *m)
{
	struct cursor c = cur_of(bytes);

	*m = (struct message){0};
	if (!header_read(&c, &m->h))
		return false;
	if ((m->h.command != ENIP_SEND_RR_DATA && m->h.command != ENIP_SEND_UNIT_DATA) || m->h.length == 0)
		return true;
	m->data = cip_item(m, &c);
	m->service = cur_u8(&m->data);
	if (m->service & CIP_RESPONSE) {
		cur_skip(&m->data, 1);
		m->status = cur_u8(&m->data);
		m->has_cip = cur_ok(&m->data);
		return m->has_cip;
	}
	m->has_cip = path_read(&m->data, &m->path);
	if (m->has_cip && m->service == CIP_UNCONNECTED_SEND && m->path.class_id == CIP_CONNECTION_MANAGER)
		m->has_cip = routed_read(m);
	return m->has_cip;
}

/* The question is a bare header, which not only EtherNet/IP begins with; the answer holds an item of its own kind. */
static enum probe list_identity_probe(const struct header *h, struct cursor c, struct span head)
{
	if (h->session != 0 || h->status != 0)
		return PROBE_NO;
	if (h->length == 0)
		return PROBE_WEAK;
	uint16_t items = cur_u16le(&c), kind = cur_u16le(&c), bytes = cur_u16le(&c);
	if (!cur_ok(&c))
		return head.len < ENIP_HEADER_BYTES + (size_t)h->length ? PROBE_MORE : PROBE_NO;
	bool fits = items >= 1 && items <= ENIP_ITEMS_MAX && kind == ENIP_ITEM_IDENTITY && bytes + 6u <= h->length;
	return fits ? PROBE_RESPONSE : PROBE_NO;
}

static enum probe enip_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head);
	struct header h;
	struct frame f = enip_frame(NULL, DIR_REQUEST, head);
	struct message m;

	(void)from_server_port;
	if (f.kind == FRAME_NOT_MINE)
		return PROBE_NO;
	if (!header_read(&c, &h))
		return PROBE_MORE;
	switch (h.command) {
	case ENIP_REGISTER_SESSION:
		if (cur_left(&c) < h.length)
			return PROBE_MORE;
		if (h.length == ENIP_REGISTER_BYTES && (cur_u16le(&c) != 1 || cur_u16le(&c) != 0))
			return PROBE_NO; /* protocol version and options */
		return h.session == 0 && h.status == 0 ? PROBE_REQUEST : PROBE_RESPONSE;
	case ENIP_SEND_RR_DATA:
	case ENIP_SEND_UNIT_DATA:
		if (cur_u32le(&c) != 0 && cur_ok(&c))
			return PROBE_NO;
		if (f.kind == FRAME_MORE && head.len < 64)
			return PROBE_MORE;
		if (h.length == 0 || !message_read(head, &m))
			return h.status == 0 ? PROBE_NO : PROBE_WEAK;
		return m.service & CIP_RESPONSE ? PROBE_RESPONSE : PROBE_REQUEST;
	case ENIP_LIST_IDENTITY:
		return list_identity_probe(&h, c, head);
	case ENIP_NOP:
		return PROBE_NO;
	default:
		return f.kind == FRAME_MORE ? PROBE_MORE : PROBE_WEAK;
	}
}

/* | services u16 | n * offset u16 | services |: offsets from the count on. @return what the strongest of them does */
static enum ot_access services_read(struct event *ev, struct cursor c)
{
	enum ot_access strongest = OT_ACCESS_OTHER;
	struct cursor base = c, offsets = c;
	struct span all = cur_rest(&base);
	uint16_t n = cur_u16le(&offsets);

	for (unsigned i = 0; i < n && i < CIP_SERVICES_TOLD_MAX; i++) {
		struct cursor one = cur_of(span_skip(all, cur_u16le(&offsets)));
		struct path p;
		uint8_t service = cur_u8(&one);
		if (!cur_ok(&offsets) || !path_read(&one, &p))
			break;
		uint32_t named = enip_service_named(service, p.class_id);
		enum ot_access access = enip_service_access(named);
		strongest = access > strongest ? access : strongest;
		if (!ev)
			continue;
		ev_item(ev, F(SERVICES));
		ev_uint(ev, F(SUB_RAW), service);
		ev_uint(ev, F(SUB_SERVICE), named);
		if (p.has_class)
			ev_uint(ev, F(SUB_CLASS), p.class_id);
		if (p.has_instance)
			ev_uint(ev, F(SUB_INSTANCE), p.instance);
		if (p.symbol.len > 0)
			ev_span(ev, F(SUB_SYMBOL), p.symbol);
	}
	return strongest;
}

static void cip_values(struct event *ev, const struct message *m, const struct message *answer, uint32_t named)
{
	ev_uint(ev, F(SERVICE_RAW), m->service & ~CIP_RESPONSE);
	ev_uint(ev, F(SERVICE), named);
	if (m->path.has_class)
		ev_uint(ev, F(CLASS), m->path.class_id);
	if (m->path.has_instance)
		ev_uint(ev, F(INSTANCE), m->path.instance);
	if (m->path.has_attribute)
		ev_uint(ev, F(ATTRIBUTE), m->path.attribute);
	if (m->path.symbol.len > 0)
		ev_span(ev, F(SYMBOL), m->path.symbol);
	if (answer && answer->has_cip)
		ev_uint(ev, F(CIP_STATUS), answer->status);
}

static void enip_tell(struct emitter *out, const struct ot_exchange *x)
{
	struct message asked, answer;

	if (x->asked)
		(void)message_read(x->request, &asked);
	if (x->answered)
		(void)message_read(x->response, &answer);
	const struct message *m = x->asked ? &asked : &answer;
	uint8_t service = m->service & (uint8_t)~CIP_RESPONSE;
	uint32_t named = enip_service_named(service, m->path.class_id);
	bool several = m->has_cip && m->service == CIP_MULTIPLE_SERVICE;
	enum ot_access access = several ? services_read(NULL, m->data) : enip_service_access(named);
	if (!m->has_cip || !x->asked)
		access = OT_ACCESS_OTHER;
	struct event *ev = ot_begin(out, &enip_table, x, ot_access_class(access));
	ev_uint(ev, F(COMMAND_RAW), m->h.command);
	ev_uint(ev, F(COMMAND), m->h.command);
	ev_uint(ev, F(SESSION), x->answered ? answer.h.session : m->h.session);
	if (x->answered)
		ev_uint(ev, F(STATUS), answer.h.status);
	if (m->has_cip) {
		ev_uint(ev, F(ACCESS_TYPE), access);
		ev_bool(ev, F(CONNECTED), m->connected);
		if (m->routed)
			ev_bool(ev, F(ROUTED), true);
		cip_values(ev, m, x->answered ? &answer : NULL, named);
		if (several)
			(void)services_read(ev, m->data);
	}
	ot_times(out, ev, x, F(RTT_US), F(WAITED_US));
	emit_end(out, ev);
}

static const struct ot_teller teller = {enip_tell};

static void enip_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	struct span all = cur_rest(pdu);
	struct message m;

	if (!message_read(all, &m)) {
		emit_anomaly(out, enip_dissector.name, ANOMALY_MALFORMED, "cip_message_invalid", ENIP_HEADER_BYTES, 0);
		return;
	}
	bool request = m.has_cip ? !(m.service & CIP_RESPONSE) : dir == DIR_REQUEST;
	if (m.h.command == ENIP_LIST_IDENTITY) /* to a broadcast, each side is the first of its flow */
		request = m.h.length == 0;
	/* a connection's messages carry a count that answers repeat, and contexts that they do not; all others the
	 * context */
	uint64_t key =
	    m.connected ? (uint64_t)m.h.command << 48 | m.sequence : m.h.context ^ (uint64_t)m.h.command << 48;
	out->counters[request ? COUNT_REQUESTS : COUNT_RESPONSES]++;
	out->counters[COUNT_ERRORS] += m.h.status != 0 || m.status != 0;
	if (m.h.command == ENIP_LIST_IDENTITY && m.h.length > 0) {
		struct cursor items = cur_of(span_skip(all, ENIP_HEADER_BYTES));
		if (m.h.status == 0 && !enip_identity_say(out, dir, &items))
			emit_anomaly(out, enip_dissector.name, ANOMALY_MALFORMED, "identity_truncated",
				     ENIP_HEADER_BYTES, 0);
	}
	if (!request)
		ot_answered(state, out, &teller, key, all);
	else if (m.h.command == ENIP_NOP || m.h.command == ENIP_UNREGISTER_SESSION)
		ot_told_alone(state, out, &teller, key, true, all);
	else
		ot_asked(state, out, &teller, key, all);
}

static void enip_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	(void)lost_bytes;
	if (dir == DIR_RESPONSE)
		ot_give_up(state, out, &teller);
}

static void enip_finish(void *state, struct emitter *out)
{
	ot_give_up(state, out, &teller);
}

static void enip_stats(const uint64_t *counters, struct json *out)
{
	if (counters[COUNT_REQUESTS] + counters[COUNT_RESPONSES] == 0) /* most captures have none: no line then */
		return;
	json_key(out, "enip");
	json_object_begin(out);
	json_kv_u64(out, "requests", counters[COUNT_REQUESTS]);
	json_kv_u64(out, "responses", counters[COUNT_RESPONSES]);
	json_kv_u64(out, "errors", counters[COUNT_ERRORS]);
	json_object_end(out);
}

const struct dissector enip_dissector = {
    .name = "enip",
    .table = &enip_table,
    .tcp_ports = {44818},
    .udp_ports = {44818},
    .max_frame = ENIP_DELIVER_MAX,
    .state_size = OT_STATE_BYTES,
    .n_counters = COUNTERS,
    .probe = enip_probe,
    .frame = enip_frame,
    .pdu = enip_pdu,
    .gap = enip_gap,
    .finish = enip_finish,
    .stats = enip_stats,
};
