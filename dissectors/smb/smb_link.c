/*
 * SMB 1 without TCP/IP: over NetBEUI (NetBIOS frames on LLC, SAP 0xf0) and directly over IPX (socket 0x0550),
 * as MS-DOS, Windows 98 and the
 * controls built upon them speak it.
 *
 *   NetBIOS frame  | length u16 = 14 or 44 | delimiter 0xefff | command u8 | data1 u8 | data2 u16 |
 *   | transmit u16 | response u16 |
 *                  | remote session u8 | local session u8 |, or | destination name 16 | source name 16 |
 *                  |, then data
 *   IPX            | checksum u16 | length u16 | hops u8 | type u8 | destination: net 4, node 6, socket u16 |
 *   | source: the same | data
 *
 * These frames have no flow: conversations are told apart by their MAC addresses and session numbers, in a
 * table of fixed size.
 */
#include <string.h>

#include "smb/netbios.h"
#include "smb/smb.h"
#include "smb/smb1.h"
#include "smb/smb_frame.h"
#include "smb/smb_message.h"
#include "smb/smb_tell.h"

enum {
	ETHERTYPE_IPX = 0x8137,
	SAP_NETBIOS = 0xf0,
	SAP_IPX = 0xe0,
	IPX_HEADER_BYTES = 30,
	IPX_SOCKET_SMB_SERVER = 0x0550,
	IPX_SOCKET_SMB_REDIRECTOR = 0x0552,
	NBF_SESSION_BYTES = 14,
	NBF_NAMES_BYTES = 44,
	NBF_DELIMITER = 0xefff,
	NBF_DATAGRAM = 0x08,
	NBF_DATAGRAM_BROADCAST = 0x09,
	NBF_DATA_FIRST_MIDDLE = 0x15,
	NBF_DATA_ONLY_LAST = 0x16,
	CONVERSATIONS = 8,
	ROOM = 6 * 1024,     /* of one conversation's state */
	PART_MAX = 2 * 1024, /* bytes kept of a message that comes in parts; its rest is counted only */
};

struct part {
	uint32_t kept, wire;
	uint8_t bytes[PART_MAX];
};

struct conversation {
	struct mac low, high;                            /* the two ends, ordered */
	uint16_t sessions;                               /* NetBIOS session numbers, ordered; 0: IPX or datagrams */
	uint64_t used;                                   /* when last, as a count of frames; 0: free */
	struct part part[2];                             /* by sender: low, high */
	uint8_t state[ROOM] __attribute__((aligned(8))); /* a struct smb_state with its records */
};

static struct smb_state *state_of(struct conversation *c)
{
	return (struct smb_state *)(void *)c->state;
}

struct link_state {
	uint64_t frames;
	struct conversation conversation[CONVERSATIONS];
};

static struct conversation *conversation_of(struct link_state *s, const struct mac *a, const struct mac *b, uint8_t x,
					    uint8_t y)
{
	bool ordered = memcmp(a->b, b->b, sizeof(a->b)) <= 0;
	const struct mac *low = ordered ? a : b, *high = ordered ? b : a;
	uint8_t first = ordered ? x : y, second = ordered ? y : x;
	uint16_t sessions = (uint16_t)(first << 8 | second);
	struct conversation *oldest = &s->conversation[0];

	for (unsigned i = 0; i < CONVERSATIONS; i++) {
		struct conversation *c = &s->conversation[i];
		if (c->used && memcmp(&c->low, low, sizeof(*low)) == 0 && memcmp(&c->high, high, sizeof(*high)) == 0 &&
		    c->sessions == sessions) {
			c->used = ++s->frames;
			return c;
		}
		if (c->used < oldest->used)
			oldest = c;
	}
	memset(oldest, 0, sizeof(*oldest));
	oldest->low = *low;
	oldest->high = *high;
	oldest->sessions = sessions;
	oldest->used = ++s->frames;
	state_of(oldest)->fixed = true;
	state_of(oldest)->bytes = ROOM;
	return oldest;
}

/* Records of these frames are of the sender; a transaction is the client's, so responses are turned round. */
static void turn_round(struct emitter *out)
{
	struct mac m = out->at.src_mac;

	out->at.src_mac = out->at.dest_mac;
	out->at.dest_mac = m;
}

static void message_taken(struct conversation *c, struct emitter *out, struct span message, size_t wire)
{
	struct smb1_header h;

	if (smb_frame_magic(message) != SMB_MAGIC_1 || !smb1_header(message, &h))
		return;
	bool from_server = h.flags & SMB1_FLAG_RESPONSE;
	struct smb_flow f = smb_flow_of(state_of(c), out);
	if (from_server)
		turn_round(out);
	smb_message_take(&f, message, wire);
}

static void part_kept(struct part *p, struct span bytes)
{
	struct span fits = span_head(bytes, PART_MAX - p->kept);

	if (fits.len > 0)
		memcpy(p->bytes + p->kept, fits.ptr, fits.len);
	p->kept += (uint32_t)fits.len;
	p->wire += (uint32_t)bytes.len;
}

static void netbios_frame(struct link_state *s, struct emitter *out, struct cursor *c)
{
	uint16_t length = cur_u16le(c), delimiter = cur_u16le(c);
	uint8_t command = cur_u8(c);

	if (!cur_ok(c) || delimiter != NBF_DELIMITER)
		return;
	cur_skip(c, 7);
	if (length == NBF_NAMES_BYTES && (command == NBF_DATAGRAM || command == NBF_DATAGRAM_BROADCAST)) {
		struct span to = netbios_plain_name(out->arena, cur_span(c, NETBIOS_NAME_BYTES));
		struct span from = netbios_plain_name(out->arena, cur_span(c, NETBIOS_NAME_BYTES));
		struct span message = cur_rest(c);
		if (!cur_ok(c) || smb_frame_magic(message) != SMB_MAGIC_1)
			return;
		struct conversation *talk = conversation_of(s, &out->at.src_mac, &out->at.dest_mac, 0, 0);
		struct smb_flow f = smb_flow_of(state_of(talk), out);
		f.called = to;
		f.calling = from;
		smb_message_take(&f, message, message.len);
		smb_requests_end(&f);
		return;
	}
	if (length != NBF_SESSION_BYTES || (command != NBF_DATA_FIRST_MIDDLE && command != NBF_DATA_ONLY_LAST))
		return;
	uint8_t remote = cur_u8(c), local = cur_u8(c);
	struct span data = cur_rest(c);
	if (!cur_ok(c))
		return;
	struct conversation *talk = conversation_of(s, &out->at.src_mac, &out->at.dest_mac, local, remote);
	struct part *p = &talk->part[memcmp(&talk->low, &out->at.src_mac, sizeof(talk->low)) != 0];
	/* where a part was lost, or came twice, a message begins anew with its magic */
	if (smb_frame_magic(data) == SMB_MAGIC_1)
		p->kept = p->wire = 0;
	else if (p->wire == 0)
		return;
	if (command == NBF_DATA_ONLY_LAST && p->wire == 0) {
		message_taken(talk, out, data, data.len);
		return;
	}
	part_kept(p, data);
	if (command == NBF_DATA_ONLY_LAST) {
		message_taken(talk, out, span_of(p->bytes, p->kept), p->wire);
		p->kept = p->wire = 0;
	}
}

static void ipx_packet(struct link_state *s, struct emitter *out, struct cursor *c)
{
	cur_skip(c, 2);
	uint16_t length = cur_u16be(c);
	cur_skip(c, 12);
	uint16_t to = cur_u16be(c);
	cur_skip(c, 10);
	uint16_t from = cur_u16be(c);

	if (!cur_ok(c) || length < IPX_HEADER_BYTES)
		return;
	bool smb = to == IPX_SOCKET_SMB_SERVER || from == IPX_SOCKET_SMB_SERVER || to == IPX_SOCKET_SMB_REDIRECTOR ||
		   from == IPX_SOCKET_SMB_REDIRECTOR;
	size_t bytes = (size_t)length - IPX_HEADER_BYTES;
	struct span message = cur_span(c, bytes < cur_left(c) ? bytes : cur_left(c));
	if (!smb || message.len != bytes)
		return;
	message_taken(conversation_of(s, &out->at.src_mac, &out->at.dest_mac, 0, 0), out, message, message.len);
}

static void link_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct cursor ahead = *c;

	(void)dir;
	cur_skip(&ahead, 2);
	if (cur_u16le(&ahead) == NBF_DELIMITER)
		netbios_frame(state, out, c);
	else
		ipx_packet(state, out, c);
}

static void link_finish(void *state, struct emitter *out)
{
	struct link_state *s = state;

	for (unsigned i = 0; i < CONVERSATIONS; i++) {
		struct conversation *talk = &s->conversation[i];
		struct smb_flow f = smb_flow_of(state_of(talk), out);
		out->at.has_ether = true;
		out->at.src_mac = talk->low;
		out->at.dest_mac = talk->high;
		if (talk->used)
			smb_requests_end(&f);
	}
}

const struct dissector smb_link_dissector = {
    .name = "smb",
    .table = &smb_table,
    .counts_with = &smb_dissector,
    .ethertypes = {ETHERTYPE_IPX},
    .llc_saps = {SAP_NETBIOS, SAP_IPX},
    .state_size = sizeof(struct link_state),
    .pdu = link_pdu,
    .finish = link_finish,
};
