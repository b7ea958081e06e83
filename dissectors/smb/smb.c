/*
 * SMB over TCP: messages as smb_frame.c finds them, given to the version they are of.
 */
#include "smb/smb.h"

#include <stdio.h>

#include "discovery/discovery.h"
#include "smb/netbios.h"
#include "smb/smb1.h"
#include "smb/smb2.h"
#include "smb/smb_frame.h"
#include "smb/smb_message.h"
#include "smb/smb_state.h"
#include "smb/smb_tell.h"

static void unanswered(struct smb_flow *f, const struct smb_request *r)
{
	if (r->version == 1)
		smb1_unanswered(f, r);
	else
		smb2_unanswered(f, r);
}

struct smb_flow smb_flow_of(struct smb_state *s, struct emitter *out)
{
	return (struct smb_flow){.s = s, .out = out, .unanswered = unanswered};
}

void smb_message_take(struct smb_flow *f, struct span message, size_t wire)
{
	smb_requests_expire(f);
	switch (smb_frame_magic(message)) {
	case SMB_MAGIC_1:
		smb1_message(f, message, wire);
		break;
	case SMB_MAGIC_2:
		smb2_messages(f, message, wire);
		break;
	case SMB_MAGIC_ENCRYPTED:
		smb2_encrypted(f, message);
		break;
	case SMB_MAGIC_COMPRESSED:
		smb2_compressed(f, message, wire);
		break;
	default:
		emit_anomaly(f->out, smb_dissector.name, ANOMALY_NOT_PROTOCOL, "no_smb", 0, wire);
		break;
	}
}

static void session_told(struct smb_flow *f, uint8_t type, struct cursor *c)
{
	struct event *ev;
	bool odd = false;

	if (type != NBSS_REQUEST && type != NBSS_NEGATIVE)
		return;
	ev = emit_begin(f->out, &smb_table);
	if (type == NBSS_REQUEST) {
		struct span called = netbios_name(f->out->arena, c, &odd),
			    calling = netbios_name(f->out->arena, c, &odd);
		ev_span(ev, F(NB_CALLED), called);
		ev_span(ev, F(NB_CALLING), calling);
	} else {
		ev_uint(ev, F(NB_ERROR), cur_u8(c));
	}
	if (odd || !cur_ok(c))
		emit_anomaly(f->out, smb_dissector.name, ANOMALY_MALFORMED, "netbios_name", NBSS_HEADER_BYTES, 0);
	if (cur_ok(c))
		emit_end(f->out, ev);
}

/* A message of a compound that is read piece by piece. */
static void piece(struct smb_flow *f, enum dir dir, struct span message)
{
	struct smb2_header h;
	uint32_t left = f->s->inner[dir];
	bool sound = smb2_header(message, &h);
	uint32_t own = sound && h.next >= SMB2_HEADER_BYTES && h.next % 8 == 0 && h.next < left ? h.next : left;

	f->s->inner[dir] = left - own;
	if (sound)
		smb2_piece(f, &h, message, own);
	else
		emit_anomaly(f->out, smb_dissector.name, ANOMALY_MALFORMED, "no_smb2_header", 0, 0);
}

static void smb_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct smb_flow f = smb_flow_of(state, out);

	uint32_t left = f.s->inner[dir];
	if (left > 0) {
		struct span rest = cur_rest(c);
		if (rest.len < left) {
			piece(&f, dir, rest);
			return;
		}
		f.s->inner[dir] = 0; /* all that is left of it, one message or several */
		smb2_messages(&f, rest, left);
		return;
	}
	uint8_t type = cur_u8(c);
	uint32_t length = cur_u24be(c);
	f.s->in_step[dir] = true;
	f.s->lost[dir] = f.s->compound[dir] = false;
	if (type != NBSS_MESSAGE) {
		session_told(&f, type, c);
		return;
	}
	struct span message = cur_rest(c);
	struct smb2_header h;
	if (length > SMB_DELIVER_MAX - NBSS_HEADER_BYTES && smb2_header(message, &h) && h.next >= SMB2_HEADER_BYTES &&
	    h.next % 8 == 0 && h.next < length) {
		f.s->inner[dir] = length;
		piece(&f, dir, message);
		return;
	}
	bool raw_maybe = f.s->raw_maybe[dir] && f.s->version < 2;
	f.s->raw_maybe[dir] = false;
	if (smb_frame_magic(message) == 0 && (smb1_raw_data(&f, dir, length) || raw_maybe))
		return;
	smb_message_take(&f, message, length);
}

/*
 * Numbers identify requests and handles for good, so what is known stays true: only the place in the stream is
 * lost.
 */
static void smb_gap(void *state, enum dir dir, uint64_t lost_bytes, struct emitter *out)
{
	struct smb_state *s = state;

	(void)lost_bytes;
	(void)out;
	s->in_step[dir] = false;
	s->lost[dir] = true;
	s->inner[dir] = 0;
	s->chained = s->compound[dir] = false;
	s->raw_maybe[dir == DIR_REQUEST ? DIR_RESPONSE : DIR_REQUEST] = true;
	if (dir == DIR_REQUEST)
		s->ids_known = s->unasked = false;
	else
		smb_requests_lost(s);
}

static void smb_finish(void *state, struct emitter *out)
{
	struct smb_flow f = smb_flow_of(state, out);

	smb_requests_end(&f);
	smb1_unasked_told(&f);
}

static void write_commands(struct json *out, const uint64_t *counters, unsigned n)
{
	char key[12];

	json_key(out, "commands");
	json_object_begin(out);
	for (unsigned i = 0; i < n; i++) {
		if (counters[2 * i] == 0 && counters[2 * i + 1] == 0)
			continue;
		snprintf(key, sizeof(key), "%u", i);
		json_key(out, key);
		json_array_begin(out);
		json_u64(out, counters[2 * i]);
		json_u64(out, counters[2 * i + 1]);
		json_array_end(out);
	}
	json_object_end(out);
}

/* A version of which nothing was counted is left out: what is not there is zero. */
static void smb_stats(const uint64_t *counters, struct json *out)
{
	if (counters[SMB_COUNT_SMB1] > 0) {
		json_key(out, "smb1");
		json_object_begin(out);
		json_kv_u64(out, "messages", counters[SMB_COUNT_SMB1]);
		write_commands(out, counters + SMB_COUNT_SMB1_COMMANDS, 256);
		json_object_end(out);
	}
	if (counters[SMB_COUNT_SMB2] + counters[SMB_COUNT_ENCRYPTED] + counters[SMB_COUNT_COMPRESSED] +
		counters[SMB_COUNT_EVICTED] ==
	    0)
		return;
	json_key(out, "smb2");
	json_object_begin(out);
	json_kv_u64(out, "messages", counters[SMB_COUNT_SMB2]);
	json_kv_u64(out, "encrypted", counters[SMB_COUNT_ENCRYPTED]);
	json_kv_u64(out, "compressed", counters[SMB_COUNT_COMPRESSED]);
	json_kv_u64(out, "evicted", counters[SMB_COUNT_EVICTED]);
	write_commands(out, counters + SMB_COUNT_SMB2_COMMANDS, SMB2_COMMANDS);
	json_object_end(out);
}

static const struct field_table *const more_tables[] = {&discovery_table, NULL};

const struct dissector smb_dissector = {
    .name = "smb",
    .table = &smb_table,
    .more_tables = more_tables,
    .tcp_ports = {445, 139},
    .max_frame = SMB_DELIVER_MAX,
    .state_size = SMB_STATE_BYTES,
    .n_counters = SMB_COUNTERS,
    .probe = smb_frame_probe,
    .frame = smb_frame_end,
    .pdu = smb_pdu,
    .gap = smb_gap,
    .finish = smb_finish,
    .stats = smb_stats,
};
