/*
 * SLMP: commands paired with their answers.
 *
 *   3E  | 50 00 | network u8 | station u8 | module u16 | multidrop u8 | length u16 | timer u16 | command u16 | sub u16
 * | ... 4E  | 54 00 | serial u16 | 00 00 | network ... as above answers begin D0 00 or D4 00; their length is followed
 * by | end code u16 | ...
 *
 * Binary frames are little-endian but for the subheader; ASCII frames write every number as hexadecimal digits, most
 * significant first. The length counts what follows it, in bytes of the coding.
 */
#include "ot/slmp.h"

#include <stdio.h>

#include "discovery/say.h"
#include "ot/ot_exchange.h"

#define F(id) (&slmp_field[SLMP_##id])
#define D(id) (&discovery_field[DISCOVERY_##id])

enum {
	SLMP_DELIVER_MAX = 512,
	SLMP_LENGTH_MAX = 16384, /* the longest answers are 960 words in ASCII, the longest files' pieces 1920 bytes */
	SLMP_MULTIDROP_MAX = 31, /* SLMP 4.1 */
	SLMP_MODEL_BYTES = 16,
	SLMP_MODE_FORCED = 3, /* mode of remote run, stop and pause */
	SLMP_SUB_BITS = 0x0001,
	SLMP_SUB_LONG = 0x0002,
};

enum slmp_counter { COUNT_REQUESTS, COUNT_RESPONSES, COUNT_ERRORS, COUNTERS };

/* Reads numbers in either coding. */
struct reader {
	struct cursor c;
	bool ascii;
};

static uint32_t digits(struct cursor *c, unsigned n, unsigned base)
{
	const uint8_t *at = cur_take(c, n);
	uint32_t v = 0;

	for (unsigned i = 0; at && i < n; i++) {
		unsigned d = 16;
		if (at[i] >= '0' && at[i] <= '9')
			d = at[i] - '0';
		else if (at[i] >= 'A' && at[i] <= 'F')
			d = at[i] - 'A' + 10;
		else if (at[i] == ' ' && v == 0) /* leading blanks stand for zeros in device numbers */
			d = 0;
		if (d >= base) {
			c->failed = true;
			return 0;
		}
		v = v * base + d;
	}
	return v;
}

static uint8_t rd_u8(struct reader *r)
{
	return r->ascii ? (uint8_t)digits(&r->c, 2, 16) : cur_u8(&r->c);
}

static uint16_t rd_u16(struct reader *r)
{
	return r->ascii ? (uint16_t)digits(&r->c, 4, 16) : cur_u16le(&r->c);
}

struct header {
	enum slmp_framing framing;
	bool is_request;
	uint16_t serial;
	uint8_t network, station, multidrop;
	uint16_t module_io;
	uint16_t length; /* of what follows, on the wire */
	uint32_t header_bytes;
};

static bool header_is_plausible(const struct header *h)
{
	uint16_t io = h->module_io;
	unsigned unit = h->framing == SLMP_3E_ASCII || h->framing == SLMP_4E_ASCII ? 2 : 1;
	/* own CPU, control and standby CPUs, CPU 1 to 4, remote heads, or a slot */
	bool module = io == 0x03ff || (io >= 0x03d0 && io <= 0x03d3) || (io >= 0x03e0 && io <= 0x03e3) || io <= 0x01ff;

	return module && h->multidrop <= SLMP_MULTIDROP_MAX && h->length <= SLMP_LENGTH_MAX &&
	       h->length >= (h->is_request ? 6 : 2) * unit && h->length % unit == 0;
}

enum subheader { SUBHEADER_NONE, SUBHEADER_SHORT, SUBHEADER_FOUND };

/* Chooses framing and side by the first bytes. SHORT: these fit, but are too few. */
static enum subheader subheader_read(struct span bytes, struct header *h)
{
	static const struct {
		uint8_t wire[4];
		uint8_t len, framing;
		bool is_request;
	} all[] = {
	    {{0x50, 0x00}, 2, SLMP_3E_BINARY, true},        {{0xd0, 0x00}, 2, SLMP_3E_BINARY, false},
	    {{0x54, 0x00}, 2, SLMP_4E_BINARY, true},        {{0xd4, 0x00}, 2, SLMP_4E_BINARY, false},
	    {{'5', '0', '0', '0'}, 4, SLMP_3E_ASCII, true}, {{'D', '0', '0', '0'}, 4, SLMP_3E_ASCII, false},
	    {{'5', '4', '0', '0'}, 4, SLMP_4E_ASCII, true}, {{'D', '4', '0', '0'}, 4, SLMP_4E_ASCII, false},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct span have = span_head(bytes, all[i].len);
		if (have.len == 0 || memcmp(have.ptr, all[i].wire, have.len) != 0)
			continue;
		if (have.len < all[i].len)
			return SUBHEADER_SHORT;
		h->framing = (enum slmp_framing)all[i].framing;
		h->is_request = all[i].is_request;
		return SUBHEADER_FOUND;
	}
	return SUBHEADER_NONE;
}

/* Reads the header; *r then stands behind the length. */
static enum frame_kind header_read(struct span bytes, struct header *h, struct reader *r)
{
	switch (subheader_read(bytes, h)) {
	case SUBHEADER_NONE:
		return FRAME_NOT_MINE;
	case SUBHEADER_SHORT:
		return FRAME_MORE;
	case SUBHEADER_FOUND:
		break;
	}
	bool four_e = h->framing == SLMP_4E_BINARY || h->framing == SLMP_4E_ASCII;
	r->ascii = h->framing == SLMP_3E_ASCII || h->framing == SLMP_4E_ASCII;
	h->header_bytes = (four_e ? 13u : 9u) * (r->ascii ? 2 : 1);
	r->c = cur_of(bytes);
	cur_skip(&r->c, r->ascii ? 4 : 2);
	h->serial = four_e ? rd_u16(r) : 0;
	uint16_t fixed = four_e ? rd_u16(r) : 0;
	if (cur_ok(&r->c) && fixed != 0)
		return FRAME_NOT_MINE;
	h->network = rd_u8(r);
	h->station = rd_u8(r);
	h->module_io = rd_u16(r);
	h->multidrop = rd_u8(r);
	h->length = rd_u16(r);
	if (!cur_ok(&r->c))
		return bytes.len < h->header_bytes ? FRAME_MORE : FRAME_NOT_MINE;
	return header_is_plausible(h) ? FRAME_WHOLE : FRAME_NOT_MINE;
}

static struct frame slmp_frame(const void *state, enum dir dir, struct span avail)
{
	struct header h;
	struct reader r;
	enum frame_kind kind = header_read(avail, &h, &r);

	(void)state;
	(void)dir;
	if (kind != FRAME_WHOLE)
		return (struct frame){kind, 0, 0};
	uint64_t total = (uint64_t)h.header_bytes + h.length;
	uint32_t deliver = total < SLMP_DELIVER_MAX ? (uint32_t)total : SLMP_DELIVER_MAX;
	if (avail.len < deliver)
		return (struct frame){FRAME_MORE, 0, deliver};
	return (struct frame){FRAME_WHOLE, deliver, total};
}

/* A whole frame and nothing behind it, with a command that has a name; answers carry an end code where the addressing
 * is that of most devices. */
static enum probe slmp_probe(struct span head, bool from_server_port)
{
	struct header h;
	struct reader r;
	enum frame_kind kind = header_read(head, &h, &r);
	bool known = false;

	(void)from_server_port;
	if (kind != FRAME_WHOLE)
		return kind == FRAME_MORE ? PROBE_MORE : PROBE_NO;
	size_t total = (size_t)h.header_bytes + h.length;
	uint16_t first = rd_u16(&r), command = rd_u16(&r), subcommand = rd_u16(&r);
	if (!h.is_request) {
		if (head.len < total && head.len < 64)
			return PROBE_MORE;
		bool usual = h.station == 0xff && h.module_io == 0x03ff;
		return head.len == total && (first == 0 ? usual : first >= 0x4000) ? PROBE_RESPONSE : PROBE_WEAK;
	}
	if (!cur_ok(&r.c))
		return head.len < total ? PROBE_MORE : PROBE_NO;
	(void)slmp_command_access(command, &known);
	if (!known || subcommand > 0x00ff)
		return PROBE_NO;
	return head.len <= total ? PROBE_REQUEST : PROBE_WEAK;
}

/* | head u24 | code u8 |, long: | head u32 | code u16 |; ASCII: letters, then the number in the device's own base */
static bool device_read(struct reader *r, uint16_t subcommand, uint8_t *code, uint32_t *number)
{
	bool long_form = subcommand & SLMP_SUB_LONG;

	if (subcommand & ~(SLMP_SUB_BITS | SLMP_SUB_LONG))
		return false;
	if (!r->ascii) {
		*number = long_form ? cur_u32le(&r->c) : (uint32_t)cur_u16le(&r->c);
		if (!long_form)
			*number |= (uint32_t)cur_u8(&r->c) << 16;
		*code = (uint8_t)(long_form ? cur_u16le(&r->c) : cur_u8(&r->c));
		return cur_ok(&r->c);
	}
	const uint8_t *letters = cur_take(&r->c, long_form ? 4 : 2);
	const struct slmp_device *d = letters ? slmp_device_find(letters) : NULL;
	if (!d)
		return false;
	*code = d->code;
	*number = digits(&r->c, long_form ? 8 : 6, d->base);
	return cur_ok(&r->c);
}

static void request_values(struct event *ev, struct reader *r, uint16_t command, uint16_t subcommand)
{
	uint8_t code;
	uint32_t number;
	uint16_t count;

	switch (command) {
	case SLMP_READ:
	case SLMP_WRITE:
		if (!device_read(r, subcommand, &code, &number))
			return;
		count = rd_u16(r);
		if (!cur_ok(&r->c))
			return;
		ev_uint(ev, F(DEVICE), code);
		ev_uint(ev, F(ADDRESS), number);
		ev_uint(ev, F(POINTS), count);
		return;
	case SLMP_REMOTE_RUN:
	case SLMP_REMOTE_STOP:
	case SLMP_REMOTE_PAUSE:
		count = rd_u16(r);
		if (cur_ok(&r->c))
			ev_bool(ev, F(FORCED), count == SLMP_MODE_FORCED);
		return;
	default:
		return;
	}
}

/* Behind the end code of an answer to READ_TYPE_NAME: | model, 16 letters | code u16 |. SLMP 5.2.7 */
static struct span model_read(struct reader *r, uint16_t *code)
{
	struct span model = cur_span(&r->c, SLMP_MODEL_BYTES);

	*code = rd_u16(r);
	return cur_ok(&r->c) ? say_trim(model) : span_of(NULL, 0);
}

static void response_values(struct event *ev, struct reader *r, uint16_t command)
{
	uint16_t end_code = rd_u16(r), code;

	if (!cur_ok(&r->c))
		return;
	ev_uint(ev, F(END_CODE), end_code);
	if (end_code != 0 || command != SLMP_READ_TYPE_NAME)
		return;
	struct span model = model_read(r, &code);
	if (!cur_ok(&r->c))
		return;
	ev_span(ev, F(MODEL), model);
	ev_uint(ev, F(MODEL_CODE), code);
}

/* The controller's model, for the ledger; with its place where it stands behind the address that answers. */
static void introduce(struct emitter *out, const struct header *h, struct span response)
{
	struct header again;
	struct reader r;
	uint16_t code;
	char place[16];

	(void)header_read(response, &again, &r);
	uint16_t end_code = rd_u16(&r);
	struct span model = model_read(&r, &code);
	if (end_code != 0 || model.len == 0)
		return;
	bool own = h->network == 0 && h->station == 0xff && h->module_io == 0x03ff;
	struct event *ev = say_begin(out, DISCOVERY_BY_SLMP);
	say_ip(out, ev, D(IP), say_speaker(out, DIR_RESPONSE));
	ev_text(ev, D(VENDOR), "Mitsubishi Electric");
	ev_span(ev, D(MODEL), model);
	ev_uint(ev, D(ROLE), DISCOVERY_ROLE_PLC);
	if (!own) {
		snprintf(place, sizeof(place), "%u.%u", h->network, h->station);
		say_span(ev, D(DETAIL_STATION), arena_copy(out->arena, span_str(place)));
	}
	emit_end(out, ev);
}

static void slmp_tell(struct emitter *out, const struct ot_exchange *x)
{
	struct header h, answer;
	struct reader ask, reply;
	uint16_t command = 0, subcommand = 0;
	bool known;

	if (x->asked) {
		(void)header_read(x->request, &h, &ask);
		(void)rd_u16(&ask); /* monitoring timer */
		command = rd_u16(&ask);
		subcommand = rd_u16(&ask);
	}
	if (x->answered) {
		(void)header_read(x->response, &answer, &reply);
		if (!x->asked)
			h = answer;
	}
	enum ot_access access = slmp_command_access(command, &known);
	struct event *ev = ot_begin(out, &slmp_table, x, x->asked ? ot_access_class(access) : CLASS_NONE);
	ev_uint(ev, F(FRAMING), h.framing);
	if (h.framing == SLMP_4E_BINARY || h.framing == SLMP_4E_ASCII)
		ev_uint(ev, F(SERIAL), h.serial);
	ev_uint(ev, F(NETWORK), h.network);
	ev_uint(ev, F(STATION), h.station);
	ev_uint(ev, F(MODULE_IO), h.module_io);
	ev_uint(ev, F(MULTIDROP), h.multidrop);
	if (x->asked) {
		ev_uint(ev, F(COMMAND_RAW), command);
		ev_uint(ev, F(COMMAND), command);
		ev_uint(ev, F(SUBCOMMAND), subcommand);
		ev_uint(ev, F(ACCESS_TYPE), access);
		request_values(ev, &ask, command, subcommand);
	}
	if (x->answered)
		response_values(ev, &reply, command);
	ot_times(out, ev, x, F(RTT_US), F(WAITED_US));
	emit_end(out, ev);
	if (x->asked && x->answered && command == SLMP_READ_TYPE_NAME)
		introduce(out, &answer, x->response);
}

static const struct ot_teller teller = {slmp_tell};

static void slmp_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	struct span all = cur_rest(pdu);
	struct header h;
	struct reader r;

	(void)dir;
	if (header_read(all, &h, &r) != FRAME_WHOLE)
		return;
	uint16_t first = rd_u16(&r);
	if (h.is_request) {
		(void)rd_u16(&r);
		(void)rd_u16(&r);
	}
	if (!cur_ok(&r.c)) { /* an ASCII frame whose digits are none */
		emit_anomaly(out, slmp_dissector.name, ANOMALY_MALFORMED, "not_hexadecimal", h.header_bytes, 0);
		return;
	}
	/* An answer repeats the route; without a serial number, that is all it has in common with its request. */
	uint64_t key = (uint64_t)h.framing << 56 | (uint64_t)h.serial << 40 | (uint64_t)h.network << 32 |
		       (uint64_t)h.station << 24 | (uint64_t)h.module_io << 8 | h.multidrop;
	out->counters[h.is_request ? COUNT_REQUESTS : COUNT_RESPONSES]++;
	if (h.is_request) {
		ot_asked(state, out, &teller, key, all);
	} else {
		out->counters[COUNT_ERRORS] += first != 0;
		ot_answered(state, out, &teller, key, all);
	}
}

static void slmp_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	(void)lost_bytes;
	if (dir == DIR_RESPONSE)
		ot_give_up(state, out, &teller);
}

static void slmp_finish(void *state, struct emitter *out)
{
	ot_give_up(state, out, &teller);
}

static void slmp_stats(const uint64_t *counters, struct json *out)
{
	if (counters[COUNT_REQUESTS] + counters[COUNT_RESPONSES] == 0) /* most captures have none: no line then */
		return;
	json_key(out, "slmp");
	json_object_begin(out);
	json_kv_u64(out, "requests", counters[COUNT_REQUESTS]);
	json_kv_u64(out, "responses", counters[COUNT_RESPONSES]);
	json_kv_u64(out, "errors", counters[COUNT_ERRORS]);
	json_object_end(out);
}

const struct dissector slmp_dissector = {
    .name = "slmp",
    .table = &slmp_table,
    .tcp_ports = {5007},
    .udp_ports = {5006},
    .max_frame = SLMP_DELIVER_MAX,
    .state_size = OT_STATE_BYTES,
    .n_counters = COUNTERS,
    .probe = slmp_probe,
    .frame = slmp_frame,
    .pdu = slmp_pdu,
    .gap = slmp_gap,
    .finish = slmp_finish,
    .stats = slmp_stats,
};
