/*
 * S7comm: jobs and userdata paired with their answers.
 *
 *   | 3 0 | total u16 | COTP length | DT | end | 32 | type | 0 0 | reference u16 | bytes u16 | bytes u16 | ... |
 */
#include "ot/s7comm.h"

#include "ot/ot_exchange.h"
#include "ot/s7comm_frame.h"
#include "ot/s7comm_szl.h"

#define F(id) (&s7comm_field[S7_##id])

enum {
	S7_ITEMS_TOLD_MAX = 20,
	S7_ITEM_SPEC = 0x12,
	S7_ITEM_ANY_BYTES = 10,
	S7_ITEM_ANY = 0x10,
	S7_ITEM_DONE = 0xff,
	S7_FILE_NAME_BYTES = 9,    /* "_0A00001P" */
	S7_USERDATA_ERROR_AT = 10, /* in the parameters of an answer */
	S7_SIZE_OCTETS = 6,        /* from this transport size on, lengths are bytes */
};

#define KEY_BY_SERVER (UINT64_C(1) << 63) /* of an exchange: the server asked */

enum s7comm_counter { COUNT_REQUESTS, COUNT_RESPONSES, COUNT_ERRORS, COUNT_PLUS, COUNTERS };

/* One message, opened up. */
struct message {
	struct s7comm_header h;
	struct cursor parameters, data;
};

static bool message_read(struct span bytes, struct message *m)
{
	struct tpdu t;
	struct cursor c;

	if (s7comm_tpdu_read(bytes, &t) != FRAME_WHOLE || !s7comm_header_read(&t, &c, &m->h))
		return false;
	size_t parameters = m->h.parameter_bytes < cur_left(&c) ? m->h.parameter_bytes : cur_left(&c);
	m->parameters = cur_sub(&c, parameters);
	m->data = cur_of(cur_rest(&c));
	return true;
}

static bool asks(const struct message *m)
{
	return m->h.type == S7_JOB || (m->h.type == S7_USERDATA && s7comm_userdata_asks(m->parameters));
}

/* @return false where the message names none, as an acknowledgement without parameters does. */
static bool function_read(const struct message *m, uint32_t *function)
{
	struct cursor c = m->parameters;

	if (m->h.type != S7_USERDATA) {
		*function = cur_u8(&c);
		return cur_ok(&c);
	}
	cur_skip(&c, 5);
	uint8_t group = cur_u8(&c) & 0x0f, sub = cur_u8(&c);
	*function = S7_IS_USERDATA + (uint32_t)group * 256 + sub;
	return cur_ok(&c);
}

/* | 12 | 0a | 10 | type | count u16 | db u16 | area | address u24, in bits | */
static void item_value(struct event *ev, struct cursor c)
{
	uint8_t syntax = cur_u8(&c);
	cur_skip(&c, 1);
	uint16_t count = cur_u16be(&c), db = cur_u16be(&c);
	uint8_t area = cur_u8(&c);
	uint32_t address = cur_u24be(&c);

	if (!cur_ok(&c) || syntax != S7_ITEM_ANY)
		return;
	bool numbered = area == S7_AREA_COUNTER || area == S7_AREA_TIMER;
	ev_item(ev, F(ITEMS));
	ev_uint(ev, F(ITEM_AREA), area);
	if (area == S7_AREA_DB || area == S7_AREA_INSTANCE_DB)
		ev_uint(ev, F(ITEM_DB), db);
	ev_uint(ev, F(ITEM_ADDRESS), numbered ? address : address >> 3);
	if (!numbered)
		ev_uint(ev, F(ITEM_BIT), address & 7);
	ev_uint(ev, F(ITEM_COUNT), count);
}

static void item_values(struct event *ev, struct cursor c)
{
	cur_skip(&c, 1);
	uint8_t n = cur_u8(&c);

	for (unsigned i = 0; i < n && i < S7_ITEMS_TOLD_MAX && cur_ok(&c); i++) {
		uint8_t kind = cur_u8(&c), bytes = cur_u8(&c);
		struct cursor item = cur_sub(&c, bytes);
		if (kind == S7_ITEM_SPEC && bytes == S7_ITEM_ANY_BYTES && cur_ok(&item))
			item_value(ev, item);
		if (bytes % 2 && cur_left(&c) > 0) /* items begin at even offsets */
			cur_skip(&c, 1);
	}
}

static int hex_digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "_0A00001P": two digits of type, five of number, where to. @c at the name. */
static void block_values(struct event *ev, struct cursor c)
{
	const uint8_t *name = cur_take(&c, S7_FILE_NAME_BYTES);
	unsigned number = 0;

	if (!name || name[0] != '_' || hex_digit(name[1]) < 0 || hex_digit(name[2]) < 0)
		return;
	for (unsigned i = 3; i < 8; i++) {
		if (name[i] < '0' || name[i] > '9')
			return;
		number = number * 10 + name[i] - '0';
	}
	ev_uint(ev, F(BLOCK_TYPE), (unsigned)hex_digit(name[1]) * 16 + (unsigned)hex_digit(name[2]));
	ev_uint(ev, F(BLOCK_NUMBER), number);
}

/* The name of a program invocation; empty where it is none. */
static struct span pi_name(uint32_t function, struct cursor c)
{
	cur_skip(&c, function == S7_PLC_STOP ? 6 : 8);
	if (function == S7_PI_SERVICE_JOB)
		cur_skip(&c, cur_u16be(&c));
	struct span name = cur_span(&c, cur_u8(&c));
	return cur_ok(&c) ? name : (struct span){NULL, 0};
}

static void request_values(struct event *ev, const struct message *m, uint32_t function)
{
	struct cursor c = m->parameters, data = m->data;
	struct span name;

	switch (function) {
	case S7_READ_VAR:
	case S7_WRITE_VAR:
		item_values(ev, c);
		return;
	case S7_PI_SERVICE_JOB:
	case S7_PLC_STOP:
		name = pi_name(function, c);
		if (name.len > 0)
			ev_span(ev, F(PI_SERVICE), name);
		return;
	case S7_READ_SZL:
		cur_skip(&data, 4);
		uint16_t id = cur_u16be(&data), index = cur_u16be(&data);
		if (!cur_ok(&data))
			return;
		ev_uint(ev, F(SZL_ID), id);
		ev_uint(ev, F(SZL_INDEX), index);
		return;
	default:
		if (function >= S7_REQUEST_DOWNLOAD && function <= S7_START_UPLOAD) {
			cur_skip(&c, 8);
			if (cur_u8(&c) == S7_FILE_NAME_BYTES)
				block_values(ev, c);
		}
	}
}

/* The first item that was refused; S7_ITEM_DONE where none was. */
static uint8_t first_refusal(const struct message *m, uint32_t function)
{
	struct cursor c = m->data, p = m->parameters;

	cur_skip(&p, 1);
	uint8_t n = cur_u8(&p);
	for (unsigned i = 0; i < n && i < S7_ITEMS_TOLD_MAX; i++) {
		uint8_t code = cur_u8(&c);
		if (!cur_ok(&c))
			break;
		if (code != S7_ITEM_DONE)
			return code;
		if (function == S7_WRITE_VAR)
			continue;
		uint8_t size = cur_u8(&c);
		uint32_t length = cur_u16be(&c);
		length = size < S7_SIZE_OCTETS ? (length + 7) / 8 : length;
		cur_skip(&c, length + length % 2);
	}
	return S7_ITEM_DONE;
}

static void response_values(struct event *ev, const struct message *m, uint32_t function)
{
	uint16_t error = m->h.error;

	if (m->h.type == S7_USERDATA) {
		struct cursor c = m->parameters;
		cur_skip(&c, S7_USERDATA_ERROR_AT);
		error = cur_u16be(&c);
		if (!cur_ok(&c))
			return;
	}
	ev_uint(ev, F(ERROR_CODE), error);
	if (function == S7_READ_VAR || function == S7_WRITE_VAR) {
		uint8_t refused = first_refusal(m, function);
		if (refused != S7_ITEM_DONE)
			ev_uint(ev, F(RETURN_CODE), refused);
	}
}

static enum ot_access access_of(const struct message *m, uint32_t function)
{
	enum ot_access access = s7comm_function_access(s7comm_function_named(function));

	if (function == S7_PI_SERVICE_JOB && m->h.type == S7_JOB) {
		struct span name = pi_name(function, m->parameters);
		if (span_eq(name, span_str("_INSE")) || span_eq(name, span_str("_INS2")) ||
		    span_eq(name, span_str("_DELE")))
			return OT_ACCESS_PROGRAM;
	}
	return access;
}

static void place_values(struct event *ev, const uint8_t *own)
{
	if (!own[S7_OWN_TSAP_KNOWN])
		return;
	ev_uint(ev, F(CONNECTION), own[S7_OWN_CONNECTION]);
	ev_uint(ev, F(RACK), own[S7_OWN_RACK_SLOT] >> 5);
	ev_uint(ev, F(SLOT), own[S7_OWN_RACK_SLOT] & 0x1f);
}

static void s7comm_tell(struct emitter *out, const struct ot_exchange *x)
{
	struct message asked, answer;
	uint32_t function = 0;

	if ((x->asked && !message_read(x->request, &asked)) || (x->answered && !message_read(x->response, &answer)))
		return;
	const struct message *m = x->asked ? &asked : &answer;
	bool named = function_read(m, &function);
	enum ot_access access = named ? access_of(m, function) : OT_ACCESS_OTHER;
	struct event *ev = ot_begin(out, &s7comm_table, x, ot_access_class(access));
	ev_uint(ev, F(VARIANT), S7_PROTOCOL);
	place_values(ev, x->own);
	if (x->key & KEY_BY_SERVER)
		ev_bool(ev, F(BY_SERVER), true);
	ev_uint(ev, F(PDU_TYPE), m->h.type);
	ev_uint(ev, F(PDU_REFERENCE), m->h.reference);
	if (named) {
		ev_uint(ev, F(FUNCTION_RAW), function & 0xffff);
		ev_uint(ev, F(FUNCTION), s7comm_function_named(function));
		ev_uint(ev, F(ACCESS_TYPE), access);
	}
	if (x->asked)
		request_values(ev, m, function);
	if (x->answered)
		response_values(ev, &answer, function);
	ot_times(out, ev, x, F(RTT_US), F(WAITED_US));
	emit_end(out, ev);
	if (x->answered && named && function == S7_READ_SZL)
		s7comm_szl_say(out, x->key & KEY_BY_SERVER ? DIR_REQUEST : DIR_RESPONSE, answer.data);
}

static const struct ot_teller teller = {s7comm_tell};

static void plus_told(struct ot_state *s, enum dir dir, struct emitter *out)
{
	out->counters[COUNT_PLUS]++;
	if (s->own[S7_OWN_PLUS_TOLD + dir])
		return;
	s->own[S7_OWN_PLUS_TOLD + dir] = true;
	struct event *ev = emit_begin(out, &s7comm_table);
	ev_uint(ev, F(VARIANT), S7_PLUS_PROTOCOL);
	if (dir == DIR_RESPONSE)
		ev_bool(ev, F(BY_SERVER), true);
	emit_end(out, ev);
}

static void connected(struct ot_state *s, const struct tpdu *t)
{
	s->own[S7_OWN_UNFINISHED] = s->own[S7_OWN_UNFINISHED + 1] = false;
	s->own[S7_OWN_TSAP_KNOWN] = t->called_known;
	s->own[S7_OWN_CONNECTION] = t->called[0];
	s->own[S7_OWN_RACK_SLOT] = t->called[1];
}

static void message_taken(struct ot_state *s, enum dir dir, struct span all, struct emitter *out)
{
	struct message m;
	uint32_t function;

	if (!message_read(all, &m)) {
		emit_anomaly(out, s7comm_dissector.name, ANOMALY_MALFORMED, "s7_header_invalid", 7, 0);
		return;
	}
	bool request = asks(&m), by_server = request == (dir == DIR_RESPONSE);
	uint64_t key = (by_server ? KEY_BY_SERVER : 0) | (uint64_t)(m.h.type == S7_USERDATA) << 16 | m.h.reference;
	out->counters[request ? COUNT_REQUESTS : COUNT_RESPONSES]++;
	out->counters[COUNT_ERRORS] += m.h.error != 0;
	if (!function_read(&m, &function) && m.h.type != S7_ACK) {
		emit_anomaly(out, s7comm_dissector.name, ANOMALY_MALFORMED, "no_function", 17, 0);
		return;
	}
	if (!request)
		ot_answered(s, out, &teller, key, all);
	else if (by_server && m.h.type == S7_USERDATA) /* told by the controller itself, such as alarms */
		ot_told_alone(s, out, &teller, key, true, all);
	else
		ot_asked(s, out, &teller, key, all);
}

static void s7comm_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	struct ot_state *s = state;
	struct span all = cur_rest(pdu);
	struct tpdu t;

	if (s7comm_tpdu_read(all, &t) != FRAME_WHOLE)
		return;
	if (t.type == COTP_CR)
		connected(s, &t);
	if (t.type != COTP_DT || t.body_wire == 0)
		return;
	bool goes_on = s->own[S7_OWN_UNFINISHED + dir];
	s->own[S7_OWN_UNFINISHED + dir] = !t.end;
	if (goes_on)
		return;
	struct cursor c = cur_of(t.body);
	if (cur_u8(&c) == S7_PLUS_PROTOCOL)
		plus_told(s, dir, out);
	else
		message_taken(s, dir, all, out);
}

static void s7comm_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	struct ot_state *s = state;

	(void)lost_bytes;
	s->own[S7_OWN_UNFINISHED + dir] = false;
	if (dir == DIR_RESPONSE)
		ot_give_up(s, out, &teller);
}

static void s7comm_finish(void *state, struct emitter *out)
{
	ot_give_up(state, out, &teller);
}

static void s7comm_stats(const uint64_t *counters, struct json *out)
{
	if (counters[COUNT_REQUESTS] + counters[COUNT_RESPONSES] + counters[COUNT_PLUS] ==
	    0) /* most captures have none: no line then */
		return;
	json_key(out, "s7comm");
	json_object_begin(out);
	json_kv_u64(out, "requests", counters[COUNT_REQUESTS]);
	json_kv_u64(out, "responses", counters[COUNT_RESPONSES]);
	json_kv_u64(out, "errors", counters[COUNT_ERRORS]);
	json_kv_u64(out, "plus_messages", counters[COUNT_PLUS]);
	json_object_end(out);
}

const struct dissector s7comm_dissector = {
    .name = "s7comm",
    .table = &s7comm_table,
    .tcp_ports = {102},
    .max_frame = S7_DELIVER_MAX,
    .state_size = OT_STATE_BYTES,
    .n_counters = COUNTERS,
    .probe = s7comm_probe,
    .frame = s7comm_frame,
    .pdu = s7comm_pdu,
    .gap = s7comm_gap,
    .finish = s7comm_finish,
    .stats = s7comm_stats,
};
