/*
 * Modbus/TCP and Modbus RTU inside TCP: requests paired with their responses.
 *
 *   | transaction u16 | protocol u16 = 0 | length u16 | unit u8 | function u8 | ... |      MBAP, TCP 3.1.3
 *   | unit u8 | function u8 | ... | CRC u16 |                                              RTU, SL 2.5.1
 */
#include "modbus/modbus.h"

#include <string.h>

#include "base/when.h"
#include "discovery/discovery.h"
#include "modbus/modbus_alias.h"
#include "modbus/modbus_frame.h"
#include "modbus/modbus_introduce.h"
#include "modbus/modbus_log.h"
#include "modbus/modbus_pdu.h"
#include "modbus/modbus_shape.h"

#define F(id) (&modbus_field[MODBUS_##id])

/* events.md: a request without an answer is told after this. Where the standard gives no answer, waiting would only
 * delay the alert. */
#define ANSWER_WAIT_NS  (60 * NS_PER_S)
#define SILENCE_WAIT_NS (1 * NS_PER_S)

enum { DIAGNOSTIC_FORCE_LISTEN_ONLY = 4 };

enum modbus_counter {
	COUNT_REQUESTS,
	COUNT_RESPONSES,
	COUNT_EXCEPTIONS,
	COUNT_RTU_REQUESTS,
	COUNT_RTU_RESPONSES,
	COUNT_RTU_EXCEPTIONS,
	COUNTERS,
};

static void junk_told(struct modbus_state *s, struct span bytes, struct emitter *out)
{
	struct cursor c = cur_of(bytes);
	cur_skip(&c, 2);
	uint16_t protocol = cur_u16be(&c);
	bool has_protocol = cur_ok(&c);
	uint16_t length = cur_u16be(&c);

	if (s->framing == MODBUS_RTU)
		emit_anomaly(out, modbus_dissector.name, ANOMALY_MALFORMED, "crc_mismatch", 0, 0);
	else if (has_protocol && protocol != 0)
		emit_anomaly(out, modbus_dissector.name, ANOMALY_MALFORMED, "protocol_id_not_zero", 2, 0);
	else if (cur_ok(&c) && (length < MBAP_LENGTH_MIN || length > MBAP_LENGTH_MAX))
		emit_anomaly(out, modbus_dissector.name, ANOMALY_MALFORMED, "length_out_of_range", 4, 0);
	else
		emit_anomaly(out, modbus_dissector.name, ANOMALY_NOT_PROTOCOL, "not_modbus", 0, 0);
}

/* One transaction: a request, a response or both, as they came. */
struct transaction {
	uint8_t framing;
	uint16_t transaction_id;
	uint8_t unit, function; /* without exception bit */
	struct span request, response;
	int64_t asked_ns; /* packet time of the request */
	uint64_t asked_frame;
	uint16_t unanswered; /* so many in a row; 0: not known */
	bool answered_before;
	uint64_t alias; /* modbus_alias(); 0: none */
};

static size_t pdu_offset(uint8_t framing)
{
	return framing == MODBUS_RTU ? 1 : MBAP_HEADER_BYTES;
}

static uint64_t us_since(int64_t then_ns, int64_t now_ns)
{
	return now_ns > then_ns ? (uint64_t)(now_ns - then_ns) / 1000 : 0;
}

/* The PDU that says what is done: the request, else a response that repeats its sub-function. */
static struct span telling_pdu(const struct transaction *t)
{
	struct cursor c = cur_of(t->response);
	bool repeats = t->function != MODBUS_UMAS && cur_u8(&c) == t->function;

	return t->request.len > 0 || !repeats ? t->request : t->response;
}

static void transaction_told(struct emitter *out, const struct transaction *t)
{
	struct event *ev = emit_begin(out, &modbus_table);
	struct modbus_asked asked = {.known = false};
	struct modbus_trouble wrong = {NULL, 0};
	bool answered = t->response.len > 0, asked_for = t->request.len > 0;
	struct modbus_function f = modbus_request_function(t->function, telling_pdu(t));

	ev->complete = answered && asked_for ? COMPLETE_YES : COMPLETE_NO;
	ev->func_class = (enum function_class)f.class;
	if (!answered) { /* no packet completes it: what was seen is the request, and then */
		ev->at.ts_ns = ev->first_ns = t->asked_ns;
		ev->at.frame = t->asked_frame;
	}
	ev_uint(ev, F(FRAMING), t->framing);
	if (t->framing == MODBUS_MBAP)
		ev_uint(ev, F(TRANSACTION_ID), t->transaction_id);
	ev_uint(ev, F(UNIT_ID), t->unit);
	ev_uint(ev, F(FUNCTION_RAW), t->function);
	ev_uint(ev, F(FUNCTION_CODE), t->function);
	ev_uint(ev, F(ACCESS_TYPE), f.access);
	if (f.data != MODBUS_DATA_NONE)
		ev_uint(ev, F(DATA_TYPE), f.data);
	ev_uint(ev, F(CATEGORY), f.category);
	if (asked_for) {
		ev_uint(ev, answered ? F(RTT_US) : F(WAITED_US), us_since(t->asked_ns, out->at.ts_ns));
		if (t->unanswered > 0)
			ev_uint(ev, F(UNANSWERED), t->unanswered);
		if (t->unanswered > 0 && t->answered_before)
			ev_bool(ev, F(ANSWERED_BEFORE), true);
		(void)modbus_request_values(ev, t->request, &asked);
	}
	if (answered)
		wrong = modbus_response_values(ev, t->response, &asked);
	if (t->function == MODBUS_UMAS)
		modbus_umas_values(ev, t->request, t->response);
	emit_end_as(out, ev, t->alias);
	if (wrong.reason)
		emit_anomaly(out, modbus_dissector.name, ANOMALY_MALFORMED, wrong.reason,
			     pdu_offset(t->framing) + wrong.at, 0);
	if (answered && !wrong.reason)
		modbus_introduce(out, ev, t->function, t->unit);
}

enum without { WITHOUT_ANSWER, WITHOUT_ROOM, WITHOUT_NEED, WITHOUT_KNOWING };

/* AP 6.8.1: a device that is forced to listen only does not say so. */
static bool answered_by_silence(struct span pdu)
{
	struct cursor c = cur_of(pdu);

	return cur_u8(&c) == MODBUS_DIAGNOSTIC && cur_u16be(&c) == DIAGNOSTIC_FORCE_LISTEN_ONLY && cur_ok(&c);
}

/* @why: no answer came, or there is no room to wait for more, or none is to be expected, or it may have been lost. Only
 * what has waited for a while, or is pushed out, counts as unanswered: a flow may end while an answer is on its way. */
static void unanswered_told(struct modbus_state *s, struct emitter *out, struct open_request *r, enum without why)
{
	bool due = why == WITHOUT_ANSWER && out->at.ts_ns - r->ts_ns >= SILENCE_WAIT_NS;

	struct transaction t = {
	    .framing = s->framing,
	    .transaction_id = r->transaction_id,
	    .unit = r->unit,
	    .function = r->function,
	    .request = open_request_pdu(r),
	    .asked_ns = r->ts_ns,
	    .asked_frame = r->frame,
	    .unanswered = due || why == WITHOUT_ROOM ? modbus_log_unanswered(s, r) : 0,
	    .answered_before = s->answered,
	};
	transaction_told(out, &t);
	modbus_log_drop(s, r);
}

static void all_unanswered_told(struct modbus_state *s, struct emitter *out, enum without why)
{
	struct open_request *r;

	while ((r = modbus_log_oldest(s)))
		unanswered_told(s, out, r, answered_by_silence(open_request_pdu(r)) ? WITHOUT_NEED : why);
}

static void silent_told(struct modbus_state *s, struct emitter *out)
{
	struct open_request *r = modbus_log_oldest(s);

	s->silent = false;
	while (r) {
		if (!answered_by_silence(open_request_pdu(r))) {
			r = modbus_log_newer(s, r);
		} else if (out->at.ts_ns - r->ts_ns > SILENCE_WAIT_NS) {
			unanswered_told(s, out, r, WITHOUT_NEED);
			r = modbus_log_oldest(s);
		} else {
			s->silent = true;
			r = modbus_log_newer(s, r);
		}
	}
}

static void expired_told(struct modbus_state *s, struct emitter *out)
{
	struct open_request *r;

	while ((r = modbus_log_oldest(s)) && out->at.ts_ns - r->ts_ns > ANSWER_WAIT_NS)
		unanswered_told(s, out, r, WITHOUT_ANSWER);
	if (s->silent)
		silent_told(s, out);
}

static void request_taken(struct modbus_state *s, struct emitter *out, const struct open_request *key, struct span pdu)
{
	/* The bulk of all requests is plain reads. Everything else is read in full to find what is wrong with it. */
	uint64_t coming = modbus_alias_of_read(s->framing, key->unit, pdu);

	if (coming) {
		emit_coming(out, coming);
	} else {
		struct event scratch = {.values = out->values};
		struct modbus_asked asked;
		struct modbus_trouble wrong = modbus_request_values(&scratch, pdu, &asked);
		if (wrong.reason)
			emit_anomaly(out, modbus_dissector.name, ANOMALY_MALFORMED, wrong.reason,
				     pdu_offset(s->framing) + wrong.at, 0);
		s->silent |= answered_by_silence(pdu);
		out->wake |= s->silent;
	}
	for (;;) {
		struct modbus_state *moved = modbus_log_add(s, out, key, pdu);
		if (moved)
			return;
		struct open_request *oldest = modbus_log_oldest(s);
		if (!oldest)
			break;
		unanswered_told(s, out, oldest, WITHOUT_ROOM);
	}
	/* not even an empty log has room: the flow may not grow */
	struct transaction t = {
	    .framing = s->framing,
	    .transaction_id = key->transaction_id,
	    .unit = key->unit,
	    .function = key->function,
	    .request = pdu,
	    .asked_ns = key->ts_ns,
	    .asked_frame = key->frame,
	};
	transaction_told(out, &t);
}

static void response_taken(struct modbus_state *s, struct emitter *out, const struct open_request *key, struct span pdu)
{
	struct open_request *r = modbus_log_match(s, key->unit, key->transaction_id, key->function);
	struct transaction t = {
	    .framing = s->framing,
	    .transaction_id = key->transaction_id,
	    .unit = key->unit,
	    .function = key->function,
	    .response = pdu,
	};
	if (r) {
		t.request = open_request_pdu(r);
		t.asked_ns = r->ts_ns;
		t.alias = modbus_alias(t.framing, t.unit, t.request, t.response);
	}
	if (!emit_again(out, &modbus_table, t.alias))
		transaction_told(out, &t);
	modbus_log_answered(s, r);
	if (r)
		modbus_log_drop(s, r);
}

static void modbus_pdu(void *state, enum dir dir, struct cursor *bytes, struct emitter *out)
{
	struct modbus_state *s = state;
	struct span all = {bytes->pos, cur_left(bytes)};
	struct open_request key = {.ts_ns = out->at.ts_ns, .frame = out->at.frame};
	size_t pdu_wire;
	bool too_long = false, ends_early = false;
	struct span pdu;

	if (modbus_frame_is_junk(s, all)) {
		junk_told(s, all, out);
		return;
	}
	if (s->framing == MODBUS_FRAMING_UNKNOWN)
		s->framing = (uint8_t)modbus_frame_framing(dir, all);
	s->in_step[dir] = true;
	s->lost[dir] = false;
	if (s->framing == MODBUS_MBAP) {
		key.transaction_id = cur_u16be(bytes);
		cur_skip(bytes, 2);
		pdu_wire = cur_u16be(bytes) - 1u;
		key.unit = cur_u8(bytes);
		pdu = cur_rest(bytes);
		too_long = pdu_wire >= MBAP_LENGTH_MAX;
		ends_early = pdu.len < pdu_wire && all.len < MODBUS_DELIVER_MAX;
		if (ends_early)
			pdu_wire = pdu.len;
	} else {
		key.unit = cur_u8(bytes);
		pdu = cur_span(bytes, all.len - 3);
		pdu_wire = pdu.len;
	}
	struct cursor c = cur_of(pdu);
	uint8_t function = cur_u8(&c);
	uint8_t code = cur_u8(&c);
	key.function = function & 0x7f;
	key.pdu_bytes = (uint16_t)pdu_wire;
	if (function & MODBUS_EXCEPTION_BIT && pdu.len < 2) {
		/* no code: neither a request nor an exception can be told from it */
		emit_anomaly(out, modbus_dissector.name, ANOMALY_MALFORMED, "truncated_pdu", pdu_offset(s->framing) + 1,
			     0);
		return;
	}
	unsigned base = s->framing == MODBUS_MBAP ? COUNT_REQUESTS : COUNT_RTU_REQUESTS;
	out->counters[base + (dir == DIR_RESPONSE ? COUNT_RESPONSES : COUNT_REQUESTS)]++;
	if (function & MODBUS_EXCEPTION_BIT && code != 0)
		out->counters[base + COUNT_EXCEPTIONS]++;
	if (too_long && key.function != MODBUS_UMAS)
		emit_anomaly(out, modbus_dissector.name, ANOMALY_MALFORMED, "length_out_of_range", 4, 0);
	else if (ends_early)
		emit_anomaly(out, modbus_dissector.name, ANOMALY_MALFORMED, "length_mismatch", 4, 0);
	expired_told(s, out);
	if (dir == DIR_REQUEST)
		request_taken(s, out, &key, pdu);
	else
		response_taken(s, out, &key, pdu);
}

/* Answers may have gone with the bytes: what is open in that direction will not be answered any more. */
static void modbus_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	struct modbus_state *s = state;

	(void)lost_bytes;
	s->in_step[dir] = false;
	s->lost[dir] = true;
	if (dir == DIR_RESPONSE)
		all_unanswered_told(s, out, WITHOUT_KNOWING);
	modbus_log_break(s);
}

static void modbus_tick(void *state, struct emitter *out)
{
	silent_told(state, out);
}

static void modbus_finish(void *state, struct emitter *out)
{
	all_unanswered_told(state, out, WITHOUT_ANSWER);
}

/* Others speak on our port, or somebody tries headers that are none: the difference is what the sender meant, and a
 * length that fits its segment says Modbus. */
static void modbus_refused(enum dir dir, struct span segment, struct emitter *out)
{
	struct cursor c = cur_of(segment);
	cur_skip(&c, 2);
	uint16_t protocol = cur_u16be(&c), length = cur_u16be(&c);
	bool read = cur_ok(&c);

	(void)dir;
	if (read && protocol == 0 && (length < MBAP_LENGTH_MIN || length > MBAP_LENGTH_MAX))
		emit_anomaly(out, modbus_dissector.name, ANOMALY_MALFORMED, "length_out_of_range", 4, 0);
	else if (read && protocol != 0 && length >= MBAP_LENGTH_MIN && length == segment.len - MBAP_BEFORE_UNIT)
		emit_anomaly(out, modbus_dissector.name, ANOMALY_MALFORMED, "protocol_id_not_zero", 2, 0);
	else
		emit_anomaly(out, modbus_dissector.name, ANOMALY_NOT_PROTOCOL, "not_modbus", 0, 0);
}

static void modbus_rest(void *state)
{
	struct modbus_state *s = state;
	size_t room = (s->bytes ? s->bytes : MODBUS_STATE_BYTES) - sizeof(*s);

	memset(s->log + s->used, 0, room - s->used);
}

static void modbus_stats(const uint64_t *counters, struct json *out)
{
	json_key(out, "modbus");
	json_object_begin(out);
	json_kv_u64(out, "requests", counters[COUNT_REQUESTS]);
	json_kv_u64(out, "responses", counters[COUNT_RESPONSES]);
	json_kv_u64(out, "exceptions", counters[COUNT_EXCEPTIONS]);
	json_kv_u64(out, "rtu_requests", counters[COUNT_RTU_REQUESTS]);
	json_kv_u64(out, "rtu_responses", counters[COUNT_RTU_RESPONSES]);
	json_kv_u64(out, "rtu_exceptions", counters[COUNT_RTU_EXCEPTIONS]);
	json_object_end(out);
}

static const struct field_table *const more_tables[] = {&discovery_table, NULL};

const struct dissector modbus_dissector = {
    .name = "modbus",
    .table = &modbus_table,
    .more_tables = more_tables,
    .tcp_ports = {502},
    .udp_ports = {502},
    .max_frame = MODBUS_DELIVER_MAX,
    .state_size = MODBUS_STATE_BYTES,
    .n_counters = COUNTERS,
    .probe = modbus_shape_probe,
    .frame = modbus_frame_end,
    .pdu = modbus_pdu,
    .gap = modbus_gap,
    .tick = modbus_tick,
    .finish = modbus_finish,
    .rest = modbus_rest,
    .refused = modbus_refused,
    .stats = modbus_stats,
};
