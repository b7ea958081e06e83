/*
 * OPC UA binary over TCP: frames, and what becomes of each.
 *
 * In step, the header is believed; at the start and after a gap only one that could stand before a chunk. What is none
 * in the middle of a stream is passed over to where one begins, and told.
 */
#include "opcua/opcua.h"

#include "discovery/discovery.h"
#include "opcua/opcua_call.h"
#include "opcua/opcua_channel.h"
#include "opcua/opcua_chunk.h"
#include "opcua/opcua_shape.h"
#include "opcua/opcua_state.h"

/* Shorter than any header: pdu() knows junk by its length. */
enum { JUNK_BYTES = OPCUA_HEADER_BYTES - 1 };

static struct frame more(size_t total)
{
	return (struct frame){FRAME_MORE, 0, total};
}

static struct frame not_mine(void)
{
	return (struct frame){FRAME_NOT_MINE, 0, 0};
}

/* Bytes to leave out of a stream that was in step until here: up to what begins like a chunk, else all of them. */
static struct frame junk(struct span avail)
{
	size_t n = 1;

	while (n < avail.len && !opcua_shape_begins(span_skip(avail, n)))
		n++;
	return (struct frame){FRAME_WHOLE, (uint32_t)(n < JUNK_BYTES ? n : JUNK_BYTES), n};
}

static struct frame opcua_frame(const void *state, enum dir dir, struct span avail)
{
	const struct opcua_state *s = state;
	struct opcua_header h;

	if (avail.len < OPCUA_HEADER_BYTES) {
		if (opcua_shape_begins(avail))
			return more(OPCUA_HEADER_BYTES);
		return s->in_step[dir] ? junk(avail) : not_mine();
	}
	bool known = opcua_shape_header(avail, &h);
	/* A header whose flag or size is wrong by itself still says where the next one is, if it can be believed at
	 * all. */
	bool believed = known && s->in_step[dir] && h.size >= OPCUA_HEADER_BYTES && h.size <= OPCUA_CHUNK_MAX;
	if (!believed && (!known || !opcua_shape_plausible(&h)))
		return s->in_step[dir] ? junk(avail) : not_mine();
	uint32_t deliver = h.size < OPCUA_DELIVER_MAX ? h.size : OPCUA_DELIVER_MAX;
	return avail.len < deliver ? more(deliver) : (struct frame){FRAME_WHOLE, deliver, h.size};
}

static void malformed(struct emitter *out, const char *reason, size_t at)
{
	emit_anomaly(out, opcua_dissector.name, ANOMALY_MALFORMED, reason, at, 0);
}

/* Bytes that are passed over: what is wrong with them is either their beginning or the size behind it. */
static void junk_told(struct span bytes, struct emitter *out)
{
	bool type = bytes.len >= 3 && opcua_shape_begins(span_head(bytes, 3));

	malformed(out, type ? "chunk_size" : "message_type", type ? 4 : 0);
}

static void opcua_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	struct opcua_state *s = state;
	struct span bytes = {pdu->pos, cur_left(pdu)};
	struct opcua_header h;

	opcua_state_begin(s);
	if (!opcua_shape_header(bytes, &h)) {
		s->in_step[dir] = false;
		s->sequence_known[dir] = false;
		junk_told(bytes, out);
		return;
	}
	s->in_step[dir] = true;
	out->counters[h.type]++;
	if (!opcua_shape_plausible(&h)) {
		bool flag = h.flag == 'F' || h.flag == 'C' || h.flag == 'A';
		malformed(out, flag ? "chunk_size" : "chunk_type", flag ? 4 : 3);
		s->sequence_known[dir] = false;
		return;
	}
	if (h.type >= OPCUA_OPN)
		(void)opcua_chunk_taken(s, dir, &h, bytes, out);
	else
		opcua_channel_hello_taken(s, dir, &h, bytes, out);
}

/* Requests stay open: by their ids they find their answers across a gap, and those whose answer was in it go when their
 * time is over. */
static void opcua_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	struct opcua_state *s = state;

	(void)lost_bytes;
	opcua_state_begin(s);
	s->in_step[dir] = false;
	(void)opcua_chunk_lost(s, dir, out);
}

static void opcua_finish(void *state, struct emitter *out)
{
	opcua_call_give_up(state, out);
}

static void opcua_stats(const uint64_t *counters, struct json *out)
{
	static const char *const types[OPCUA_TYPES] = {
	    [OPCUA_HEL] = "HEL", [OPCUA_ACK] = "ACK", [OPCUA_ERR] = "ERR", [OPCUA_RHE] = "RHE",
	    [OPCUA_OPN] = "OPN", [OPCUA_CLO] = "CLO", [OPCUA_MSG] = "MSG",
	};
	static const char *const names[] = {
#define SERVICE(id, name, request, response, class, reader) name "Request", name "Response",
#include "opcua/opcua_services.def"
#undef SERVICE
	};

	uint64_t chunks = 0;
	for (unsigned i = 0; i < OPCUA_TYPES; i++)
		chunks += counters[i];
	if (chunks == 0)
		return; /* captures without OPC UA say nothing of it */
	json_key(out, "opcua");
	json_object_begin(out);
	json_key(out, "messages");
	json_object_begin(out);
	for (unsigned i = 0; i < OPCUA_TYPES; i++)
		json_kv_u64(out, types[i], counters[i]);
	json_object_end(out);
	json_key(out, "services");
	json_object_begin(out);
	if (counters[OPCUA_COUNT_FAULTS] > 0)
		json_kv_u64(out, "ServiceFault", counters[OPCUA_COUNT_FAULTS]);
	for (unsigned i = 0; i < 2 * OPCUA_SERVICES; i++) {
		if (counters[OPCUA_COUNT_SERVICES + i] > 0)
			json_kv_u64(out, names[i], counters[OPCUA_COUNT_SERVICES + i]);
	}
	json_object_end(out);
	json_object_end(out);
}

static const struct field_table *const more_tables[] = {&discovery_table, NULL};

const struct dissector opcua_dissector = {
    .name = "opcua",
    .table = &opcua_table,
    .more_tables = more_tables,
    .tcp_ports = {4840, 26543, 48010, 48020, 49320},
    .max_frame = OPCUA_DELIVER_MAX,
    .state_size = sizeof(struct opcua_state) + OPCUA_LOG_START,
    .n_counters = OPCUA_COUNTERS,
    .probe = opcua_shape_probe,
    .frame = opcua_frame,
    .pdu = opcua_pdu,
    .gap = opcua_gap,
    .finish = opcua_finish,
    .stats = opcua_stats,
};
