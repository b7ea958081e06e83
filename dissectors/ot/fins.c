/*
 * FINS: commands paired with their answers.
 *
 *   TCP  | "FINS" | length u32 | command u32 | error u32 | FINS frame, or node numbers |        length from command on
 *   both | ICF | RSV 0 | GCT | DNA DA1 DA2 | SNA SA1 SA2 | SID | MRC SRC | text |               answers: | MRES SRES |
 * ...
 *
 * ICF: bit 7 set, bit 6 an answer, bit 0 no answer wanted (W342 3-3).
 */
#include "ot/fins.h"

#include <stdio.h>

#include "discovery/say.h"
#include "ot/ot_exchange.h"

#define F(id) (&fins_field[FINS_##id])
#define D(id) (&discovery_field[DISCOVERY_##id])

enum {
	FINS_DELIVER_MAX = 512,
	FINS_TCP_HEADER_BYTES = 16,
	FINS_TCP_BEFORE_COMMAND = 8,
	FINS_TCP_LENGTH_MAX = 8192,
	FINS_ICF_FIXED = 0xbe, /* bits that say what it is */
	FINS_ICF_COMMAND = 0x80,
	FINS_ICF_ANSWER = 0x40,
	FINS_ICF_NO_ANSWER = 0x01,
	FINS_NETWORK_MAX = 127,
	FINS_GATEWAYS_MAX = 7,
	FINS_END_CODE_BITS = 0x7f3f, /* the others tell of relays and CPU errors, W342 5-1-3 */
	FINS_MODEL_BYTES = 20,
	FINS_MEMORY_TEXT_BYTES = 6, /* area, address, bit, count */
	FINS_READ_BYTES = 18,       /* of a memory read: header and these */
};

enum fins_counter { COUNT_REQUESTS, COUNT_RESPONSES, COUNT_ERRORS, COUNTERS };

struct message {
	bool tcp, is_frame; /* is_frame: a FINS frame follows */
	uint32_t tcp_command, tcp_error;
	uint8_t icf, dest[3], source[3], sid; /* network, node, unit */
	uint16_t command, end_code;
};

static bool starts_tcp(struct span bytes)
{
	struct span head = span_head(bytes, 4);

	return head.len > 0 && memcmp(head.ptr, "FINS", head.len) == 0;
}

static bool is_answer(const struct message *m)
{
	return m->is_frame ? m->icf & FINS_ICF_ANSWER : m->tcp_command == FINS_TCP_SERVER_NODE;
}

static bool frame_read(struct cursor *c, struct message *m)
{
	m->icf = cur_u8(c);
	uint8_t reserved = cur_u8(c), gateways = cur_u8(c);
	for (unsigned i = 0; i < 3; i++)
		m->dest[i] = cur_u8(c);
	for (unsigned i = 0; i < 3; i++)
		m->source[i] = cur_u8(c);
	m->sid = cur_u8(c);
	m->command = cur_u16be(c);
	m->end_code = m->icf & FINS_ICF_ANSWER ? cur_u16be(c) & FINS_END_CODE_BITS : 0;
	return cur_ok(c) && (m->icf & FINS_ICF_FIXED) == FINS_ICF_COMMAND && reserved == 0 &&
	       gateways <= FINS_GATEWAYS_MAX && m->dest[0] <= FINS_NETWORK_MAX && m->source[0] <= FINS_NETWORK_MAX;
}

/* Reads header and frame; @c then stands at the text. @return false where they do not hold together. */
static bool message_read(struct span bytes, struct cursor *c, struct message *m)
{
	*m = (struct message){.tcp = starts_tcp(bytes)};
	*c = cur_of(bytes);
	if (m->tcp) {
		cur_skip(c, FINS_TCP_BEFORE_COMMAND);
		m->tcp_command = cur_u32be(c);
		m->tcp_error = cur_u32be(c);
		if (m->tcp_command != FINS_TCP_FRAME)
			return cur_ok(c);
	}
	m->is_frame = true;
	return frame_read(c, m);
}

static struct frame fins_frame(const void *state, enum dir dir, struct span avail)
{
	struct cursor c = cur_of(avail);

	(void)state;
	(void)dir;
	if (!starts_tcp(avail))
		return (struct frame){FRAME_NOT_MINE, 0, 0};
	cur_skip(&c, 4);
	uint32_t length = cur_u32be(&c), command = cur_u32be(&c);
	if (!cur_ok(&c))
		return (struct frame){FRAME_MORE, 0, 0};
	if (length < FINS_TCP_HEADER_BYTES - FINS_TCP_BEFORE_COMMAND || length > FINS_TCP_LENGTH_MAX ||
	    command > FINS_TCP_CONFIRMATION)
		return (struct frame){FRAME_NOT_MINE, 0, 0};
	uint32_t total = FINS_TCP_BEFORE_COMMAND + length;
	uint32_t deliver = total < FINS_DELIVER_MAX ? total : FINS_DELIVER_MAX;
	if (avail.len < deliver)
		return (struct frame){FRAME_MORE, 0, deliver};
	return (struct frame){FRAME_WHOLE, deliver, total};
}

static enum probe fins_probe_tcp(struct span head, bool from_server_port)
{
	struct frame f = fins_frame(NULL, DIR_REQUEST, head);
	struct message m;
	struct cursor c;

	(void)from_server_port;
	if (f.kind == FRAME_NOT_MINE)
		return PROBE_NO;
	if (head.len < FINS_TCP_HEADER_BYTES)
		return PROBE_MORE;
	if (!message_read(head, &c, &m))
		return f.kind == FRAME_MORE ? PROBE_MORE : PROBE_NO;
	return is_answer(&m) ? PROBE_RESPONSE : PROBE_REQUEST;
}

/* A datagram has no mark of FINS: a memory read convinces by its length, all else needs the port or a fitting answer.
 */
static enum probe fins_probe_udp(struct span head, bool from_server_port)
{
	struct message m;
	struct cursor c;
	bool known;

	(void)from_server_port;
	if (starts_tcp(head) || !message_read(head, &c, &m))
		return PROBE_NO;
	(void)fins_command_access(m.command, &known);
	if (!known)
		return PROBE_NO;
	if (m.command == FINS_MEMORY_READ && !is_answer(&m) && head.len == FINS_READ_BYTES &&
	    fins_area_known(cur_u8(&c)))
		return PROBE_REQUEST;
	return PROBE_WEAK;
}

static void memory_values(struct event *ev, struct cursor *c)
{
	uint8_t area = cur_u8(c);
	uint16_t address = cur_u16be(c);
	uint8_t bit = cur_u8(c);
	uint16_t items = cur_u16be(c);

	if (!cur_ok(c))
		return;
	ev_uint(ev, F(AREA), area);
	ev_uint(ev, F(ADDRESS), address);
	ev_uint(ev, F(BIT), bit);
	ev_uint(ev, F(ITEMS), items);
}

static void request_values(struct event *ev, struct cursor *c, uint16_t command)
{
	uint8_t mode;

	switch (command) {
	case FINS_MEMORY_READ:
	case FINS_MEMORY_WRITE:
	case FINS_MEMORY_FILL:
		memory_values(ev, c);
		return;
	case FINS_RUN:
		cur_skip(c, 2); /* program number, always all */
		mode = cur_u8(c);
		if (cur_ok(c))
			ev_uint(ev, F(MODE), mode);
		return;
	default:
		return;
	}
}

static void response_values(struct event *ev, struct cursor *c, const struct message *m)
{
	ev_uint(ev, F(END_CODE), m->end_code);
	if (m->command != FINS_CONTROLLER_DATA || m->end_code != 0)
		return;
	struct span model = cur_span(c, FINS_MODEL_BYTES), firmware = cur_span(c, FINS_MODEL_BYTES);
	if (!cur_ok(c))
		return;
	ev_span(ev, F(MODEL), say_trim(model));
	ev_span(ev, F(FIRMWARE), say_trim(firmware));
}

/* Model and version of the controller, for the ledger; with its place where it stands behind the node that answers. */
static void introduce(struct emitter *out, const struct message *m, struct cursor c)
{
	struct span model = say_trim(cur_span(&c, FINS_MODEL_BYTES)),
		    firmware = say_trim(cur_span(&c, FINS_MODEL_BYTES));
	char place[16];

	if (!cur_ok(&c) || model.len == 0)
		return;
	struct event *ev = say_begin(out, DISCOVERY_BY_FINS);
	say_ip(out, ev, D(IP), say_speaker(out, DIR_RESPONSE));
	ev_text(ev, D(VENDOR), "OMRON");
	ev_span(ev, D(MODEL), model);
	say_span(ev, D(FIRMWARE), firmware);
	ev_uint(ev, D(ROLE), DISCOVERY_ROLE_PLC);
	snprintf(place, sizeof(place), "%u.%u.%u", m->source[0], m->source[1], m->source[2]);
	say_span(ev, D(DETAIL_STATION), arena_copy(out->arena, span_str(place)));
	emit_end(out, ev);
}

static void node_values(struct event *ev, const struct ot_exchange *x, struct cursor *ask, struct cursor *reply)
{
	struct cursor *c = x->answered ? reply : ask;
	uint32_t client = cur_u32be(c);

	if (cur_ok(c))
		ev_uint(ev, F(CLIENT_NODE), client);
	uint32_t server = cur_u32be(c);
	if (x->answered && cur_ok(c))
		ev_uint(ev, F(SERVER_NODE), server);
}

static void frame_values(struct event *ev, const struct ot_exchange *x, const struct message *m)
{
	/* an answer goes the other way: addresses are told as the command has them */
	const uint8_t *dest = x->asked ? m->dest : m->source, *source = x->asked ? m->source : m->dest;
	bool known;

	ev_uint(ev, F(DEST_NETWORK), dest[0]);
	ev_uint(ev, F(DEST_NODE), dest[1]);
	ev_uint(ev, F(DEST_UNIT), dest[2]);
	ev_uint(ev, F(SRC_NETWORK), source[0]);
	ev_uint(ev, F(SRC_NODE), source[1]);
	ev_uint(ev, F(SRC_UNIT), source[2]);
	ev_uint(ev, F(SID), m->sid);
	ev_uint(ev, F(COMMAND_RAW), m->command);
	ev_uint(ev, F(COMMAND), m->command);
	ev_uint(ev, F(ACCESS_TYPE), fins_command_access(m->command, &known));
}

static void fins_tell(struct emitter *out, const struct ot_exchange *x)
{
	struct message asked, answer;
	struct cursor ask = {NULL, 0, true}, reply = {NULL, 0, true};
	bool known;

	if (x->asked)
		(void)message_read(x->request, &ask, &asked);
	if (x->answered)
		(void)message_read(x->response, &reply, &answer);
	const struct message *m = x->asked ? &asked : &answer;
	struct cursor told = reply;
	enum ot_access access = m->is_frame ? fins_command_access(m->command, &known) : OT_ACCESS_OTHER;
	struct event *ev = ot_begin(out, &fins_table, x, ot_access_class(access));
	uint32_t error = x->answered ? answer.tcp_error : asked.tcp_error;
	ev_uint(ev, F(FRAMING), m->tcp ? FINS_TCP : FINS_UDP);
	if (m->tcp)
		ev_uint(ev, F(TCP_COMMAND), m->tcp_command);
	if (error != 0)
		ev_uint(ev, F(TCP_ERROR), error);
	if (m->is_frame) {
		frame_values(ev, x, m);
		if (x->asked)
			request_values(ev, &ask, m->command);
		if (x->answered)
			response_values(ev, &reply, &answer);
	} else if (m->tcp_command <= FINS_TCP_SERVER_NODE) {
		node_values(ev, x, &ask, &reply);
	}
	ot_times(out, ev, x, F(RTT_US), F(WAITED_US));
	emit_end(out, ev);
	if (x->answered && answer.is_frame && answer.command == FINS_CONTROLLER_DATA && answer.end_code == 0)
		introduce(out, &answer, told);
}

static const struct ot_teller teller = {fins_tell};

/* Is the text shorter than what this command cannot do without? A datagram may have been cut on its way. */
static bool text_is_short(const struct message *m, const struct cursor *c)
{
	if (!m->is_frame)
		return false;
	switch (m->command) {
	case FINS_MEMORY_READ:
	case FINS_MEMORY_WRITE:
	case FINS_MEMORY_FILL:
		return !is_answer(m) && cur_left(c) < FINS_MEMORY_TEXT_BYTES;
	case FINS_CONTROLLER_DATA:
		return is_answer(m) && m->end_code == 0 && cur_left(c) < 2 * FINS_MODEL_BYTES;
	default:
		return false;
	}
}

static void fins_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	struct span all = cur_rest(pdu);
	struct message m;
	struct cursor c;

	(void)dir;
	if (!message_read(all, &c, &m)) {
		emit_anomaly(out, fins_dissector.name, ANOMALY_MALFORMED, "fins_header_invalid",
			     m.tcp ? FINS_TCP_HEADER_BYTES : 0, 0);
		return;
	}
	if (text_is_short(&m, &c)) {
		emit_anomaly(out, fins_dissector.name, ANOMALY_MALFORMED, "truncated_pdu", all.len, 0);
		return;
	}
	bool answer = is_answer(&m);
	out->counters[answer ? COUNT_RESPONSES : COUNT_REQUESTS]++;
	out->counters[COUNT_ERRORS] += m.end_code != 0 || m.tcp_error != 0;
	/* The answer repeats service ID and command, and swaps the nodes. */
	uint8_t there = answer ? m.source[1] : m.dest[1], here = answer ? m.dest[1] : m.source[1];
	uint64_t key = (uint64_t)m.is_frame << 40 | (uint64_t)m.sid << 32 | (uint64_t)m.command << 16 |
		       (uint64_t)there << 8 | here;
	if (answer)
		ot_answered(state, out, &teller, key, all);
	else if (m.is_frame ? m.icf & FINS_ICF_NO_ANSWER : m.tcp_command != FINS_TCP_CLIENT_NODE)
		ot_told_alone(state, out, &teller, key, true, all);
	else
		ot_asked(state, out, &teller, key, all);
}

static void fins_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	(void)lost_bytes;
	if (dir == DIR_RESPONSE)
		ot_give_up(state, out, &teller);
}

static void fins_finish(void *state, struct emitter *out)
{
	ot_give_up(state, out, &teller);
}

static void counters_told(const char *name, const uint64_t *counters, struct json *out)
{
	if (counters[COUNT_REQUESTS] + counters[COUNT_RESPONSES] == 0) /* most captures have none: no line then */
		return;
	json_key(out, name);
	json_object_begin(out);
	json_kv_u64(out, "requests", counters[COUNT_REQUESTS]);
	json_kv_u64(out, "responses", counters[COUNT_RESPONSES]);
	json_kv_u64(out, "errors", counters[COUNT_ERRORS]);
	json_object_end(out);
}

static void fins_stats(const uint64_t *counters, struct json *out)
{
	counters_told("fins", counters, out);
}

static void fins_udp_stats(const uint64_t *counters, struct json *out)
{
	counters_told("fins_udp", counters, out);
}

const struct dissector fins_dissector = {
    .name = "fins",
    .table = &fins_table,
    .tcp_ports = {9600},
    .max_frame = FINS_DELIVER_MAX,
    .state_size = OT_STATE_BYTES,
    .n_counters = COUNTERS,
    .probe = fins_probe_tcp,
    .frame = fins_frame,
    .pdu = fins_pdu,
    .gap = fins_gap,
    .finish = fins_finish,
    .stats = fins_stats,
};

/* A datagram is one frame, without a header of its own. */
const struct dissector fins_udp_dissector = {
    .name = "fins",
    .table = &fins_table,
    .udp_ports = {9600},
    .max_frame = FINS_DELIVER_MAX,
    .state_size = OT_STATE_BYTES,
    .n_counters = COUNTERS,
    .probe = fins_probe_udp,
    .pdu = fins_pdu,
    .finish = fins_finish,
    .stats = fins_udp_stats,
};
