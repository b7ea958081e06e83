/*
 * NetBIOS datagrams on UDP 138: SMB 1 requests to mailslots, mostly announcements of computers.
 *
 *   | type u8 | flags u8 | id u16 | source address 4, port u16 | length u16 | offset u16 | source name |
 *   | destination name | SMB |     RFC 1002 4.4.1
 */
#include "smb/netbios.h"
#include "smb/smb.h"
#include "smb/smb_frame.h"
#include "smb/smb_message.h"
#include "smb/smb_tell.h"

enum {
	DIRECT_UNIQUE = 0x10,
	DIRECT_GROUP = 0x11,
	BROADCAST = 0x12,
	QUERY_NEGATIVE = 0x16, /* last of the types */
	FLAG_MORE = 0x01,
};

static enum probe dgm_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head);
	uint8_t type = cur_u8(&c);

	(void)from_server_port;
	return type >= DIRECT_UNIQUE && type <= QUERY_NEGATIVE && head.len >= 14 ? PROBE_WEAK : PROBE_NO;
}

static void dgm_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	uint8_t type = cur_u8(c), flags = cur_u8(c);

	(void)dir;
	cur_skip(c, 10);
	uint16_t offset = cur_u16be(c);
	bool carries = type >= DIRECT_UNIQUE && type <= BROADCAST && offset == 0 && !(flags & FLAG_MORE);
	if (!cur_ok(c) || !carries)
		return;
	bool odd = false;
	struct span from = netbios_name(out->arena, c, &odd), to = netbios_name(out->arena, c, &odd);
	struct span message = cur_rest(c);
	if (odd || !cur_ok(c))
		emit_anomaly(out, nbdgm_dissector.name, ANOMALY_MALFORMED, "netbios_name", 14, 0);
	if (!cur_ok(c))
		return;
	if (smb_frame_magic(message) != SMB_MAGIC_1)
		return;
	struct smb_flow f = smb_flow_of(state, out);
	f.called = to;
	f.calling = from;
	smb_message_take(&f, message, message.len);
	/* nobody answers a datagram */
	smb_requests_end(&f);
}

static void dgm_finish(void *state, struct emitter *out)
{
	struct smb_flow f = smb_flow_of(state, out);

	smb_requests_end(&f);
}

const struct dissector nbdgm_dissector = {
    .name = "netbios",
    .table = &smb_table,
    .counts_with = &smb_dissector,
    .udp_ports = {138},
    .state_size = SMB_STATE_BYTES,
    .probe = dgm_probe,
    .pdu = dgm_pdu,
    .finish = dgm_finish,
};
