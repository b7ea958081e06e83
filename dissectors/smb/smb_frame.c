/*
 *   | type u8 | length u24 | message |       RFC 1002 4.3.1, with all 24 bits as SMB2 2.1 has them
 *
 * A message is handed out whole, but for data read and written: of these the beginning is enough, the rest
 * passes by uncopied. A compound
 * that is longer than may be kept is handed out message by message.
 */
#include "smb/smb_frame.h"

#include "smb/smb1.h"
#include "smb/smb2.h"
#include "smb/smb_state.h"
#include "smb/smb_tell.h"

enum {
	LENGTH_IN_STEP_MAX = 0x1ffff, /* of a message that is no SMB: RFC 1002 knows 17 bits */
	CALLED_AND_CALLING = 68,      /* two names without scope */
	NAMES_MAX = 2 * 255,
	NAME_LETTERS = 32,         /* the first byte of each; RFC 1001, 14.1 */
	WRITE_DATA_OFFSET_AT = 55, /* in a WRITE_ANDX request; CIFS 2.2.4.43.1 */
	READ_DATA_OFFSET_AT = 45,  /* in a READ_ANDX response; CIFS 2.2.4.42.2 */
	SMB2_DATA_OFFSET_AT = SMB2_HEADER_BYTES + 2,
	RPC_HEADER_BYTES = 18, /* with the two bytes that may stand before it */
};

static struct frame more(size_t total)
{
	return (struct frame){FRAME_MORE, 0, total};
}

static struct frame not_mine(void)
{
	return (struct frame){FRAME_NOT_MINE, 0, 0};
}

static struct frame whole(size_t deliver, uint64_t total)
{
	return (struct frame){FRAME_WHOLE, (uint32_t)deliver, total};
}

/* Once @deliver bytes of @total are there. */
static struct frame framed(size_t deliver, uint64_t total, size_t have)
{
	if (deliver > total)
		deliver = (size_t)total;
	if (deliver > SMB_DELIVER_MAX)
		deliver = SMB_DELIVER_MAX;
	return have < deliver ? more(deliver) : whole(deliver, total);
}

uint8_t smb_frame_magic(struct span bytes)
{
	struct cursor c = cur_of(bytes);
	uint8_t first = cur_u8(&c);
	struct span rest = cur_span(&c, 3);

	return cur_ok(&c) && first >= SMB_MAGIC_COMPRESSED && span_eq(rest, span_str("SMB")) ? first : 0;
}

/* Could these first bytes become a magic? */
static bool magic_begins(struct span bytes)
{
	static const uint8_t rest[] = {'S', 'M', 'B'};

	if (bytes.len == 0)
		return true;
	struct span tail = span_head(span_skip(bytes, 1), 3);
	return bytes.ptr[0] >= SMB_MAGIC_COMPRESSED && span_eq(tail, span_of(rest, tail.len));
}

/*
 * The end of a message with data whose place stands at @field (a u16, or a u8 where @narrow): the message's
 * beginning and that of its data.
 * @before: bytes in front of the message.
 */
static struct frame with_data(struct span message, size_t before, size_t field, bool narrow, uint64_t total)
{
	struct cursor c = cur_of(span_skip(message, field));
	size_t have = before + message.len;
	size_t at = narrow ? cur_u8(&c) : cur_u16le(&c);

	if (!cur_ok(&c))
		return framed(before + field + 2, total, have);
	if (have < before + at + RPC_HEADER_BYTES && have < total)
		return framed(before + at + RPC_HEADER_BYTES, total, have);
	struct span data = span_skip(message, at);
	bool rpc = smb_is_rpc(data) || smb_is_rpc(span_skip(data, 2));
	return framed(before + at + (rpc ? SMB_RPC_BYTES : SMB_HEAD_BYTES), total, have);
}

static struct frame end_of_smb1(struct span message, size_t before, uint64_t total, size_t have)
{
	struct cursor c = cur_of(message);
	struct smb1_header h;

	if (total <= before + SMB1_HEADER_BYTES + 2)
		return framed((size_t)total, total, have);
	if (!smb1_header(message, &h))
		return framed(before + SMB1_HEADER_BYTES + 2, total, have);
	bool from_server = h.flags & SMB1_FLAG_RESPONSE;
	cur_skip(&c, SMB1_HEADER_BYTES + 1);
	uint8_t next = cur_u8(&c);
	if (!cur_ok(&c))
		return framed(before + SMB1_HEADER_BYTES + 2, total, have);
	if (next == SMB1_NO_MORE && h.command == SMB1_WRITE_ANDX && !from_server)
		return with_data(message, before, WRITE_DATA_OFFSET_AT, false, total);
	if (next == SMB1_NO_MORE && h.command == SMB1_READ_ANDX && from_server && h.status == 0)
		return with_data(message, before, READ_DATA_OFFSET_AT, false, total);
	return framed((size_t)total, total, have);
}

static struct frame end_of_smb2(struct span message, size_t before, uint64_t total, size_t have)
{
	struct smb2_header h;

	if (message.len < SMB2_HEADER_BYTES)
		return framed(before + SMB2_HEADER_BYTES, total, have);
	if (!smb2_header(message, &h))
		return framed((size_t)total, total, have);
	uint64_t own = total;
	if (h.next >= SMB2_HEADER_BYTES && h.next % 8 == 0 && before + h.next < total) {
		if (total <= SMB_DELIVER_MAX)
			return framed((size_t)total, total, have);
		own = before + h.next;
	}
	bool from_server = h.flags & SMB2_FLAG_RESPONSE;
	if (h.command == SMB2_WRITE && !from_server)
		return with_data(message, before, SMB2_DATA_OFFSET_AT, false, own);
	if (h.command == SMB2_READ && from_server && h.status == 0)
		return with_data(message, before, SMB2_DATA_OFFSET_AT, true, own);
	return framed((size_t)own, own, have);
}

static struct frame end_of_message(struct span message, size_t before, uint64_t total, size_t have)
{
	switch (smb_frame_magic(message)) {
	case SMB_MAGIC_1:
		return end_of_smb1(message, before, total, have);
	case SMB_MAGIC_2:
		return end_of_smb2(message, before, total, have);
	case SMB_MAGIC_ENCRYPTED:
		return framed(before + SMB2_TRANSFORM_BYTES, total, have);
	case SMB_MAGIC_COMPRESSED:
		return framed(before + SMB2_COMPRESSION_BYTES + SMB2_PACKED_BYTES, total, have);
	default:
		return framed(before, total, have);
	}
}

/* After a gap: is this a message beyond doubt? @return FRAME_NOT_MINE, FRAME_MORE or FRAME_WHOLE */
static enum frame_kind convincing(struct span message, size_t wire)
{
	struct smb1_header h1;
	struct smb2_header h2;
	struct cursor c;

	switch (smb_frame_magic(message)) {
	case SMB_MAGIC_1:
		if (wire < SMB1_HEADER_BYTES + 3)
			return FRAME_NOT_MINE;
		if (!smb1_header(message, &h1) || message.len <= SMB1_HEADER_BYTES)
			return FRAME_MORE;
		c = cur_of(span_skip(message, SMB1_HEADER_BYTES));
		return enum_token(&smb_command_names, SMB1_COMMAND_VALUE(h1.command)) &&
			       SMB1_HEADER_BYTES + 3 + (size_t)cur_u8(&c) * 2 <= wire
			   ? FRAME_WHOLE
			   : FRAME_NOT_MINE;
	case SMB_MAGIC_2:
		if (wire < SMB2_HEADER_BYTES)
			return FRAME_NOT_MINE; /* the padding of a compound, and the message behind it */
		if (message.len < SMB2_HEADER_BYTES)
			return FRAME_MORE;
		return smb2_header(message, &h2) && h2.next <= wire ? FRAME_WHOLE : FRAME_NOT_MINE;
	case SMB_MAGIC_ENCRYPTED:
		return wire > SMB2_TRANSFORM_BYTES ? FRAME_WHOLE : FRAME_NOT_MINE;
	case SMB_MAGIC_COMPRESSED:
		return wire > SMB2_COMPRESSION_BYTES ? FRAME_WHOLE : FRAME_NOT_MINE;
	default:
		return FRAME_NOT_MINE;
	}
}

/* @return whether @type can have a body of @length; session service, RFC 1002 4.3.2 to 4.3.6 */
static bool session_length_fits(uint8_t type, uint32_t length)
{
	switch (type) {
	case NBSS_REQUEST:
		return length >= CALLED_AND_CALLING && length <= NAMES_MAX;
	case NBSS_POSITIVE:
	case NBSS_KEEPALIVE:
		return length == 0;
	case NBSS_NEGATIVE:
		return length == 1;
	case NBSS_RETARGET:
		return length == 6;
	default:
		return false;
	}
}

/* After a gap four bytes prove nothing: of the session service only the names of a request are beyond doubt. */
static bool names_follow(uint8_t type, struct span body)
{
	return type == NBSS_REQUEST && (body.len == 0 || body.ptr[0] == NAME_LETTERS);
}

struct frame smb_frame_end(const void *state, enum dir dir, struct span avail)
{
	const struct smb_state *s = state;
	struct cursor c = cur_of(avail);

	if (s->inner[dir] > 0) {
		if (avail.len < 4)
			return magic_begins(avail) ? more(4) : whole(1, s->inner[dir]);
		return end_of_message(avail, 0, s->inner[dir], avail.len);
	}
	uint8_t type = cur_u8(&c);
	uint32_t length = cur_u24be(&c);
	uint64_t total = (uint64_t)NBSS_HEADER_BYTES + length;
	if (type != NBSS_MESSAGE && (type < NBSS_REQUEST || type > NBSS_KEEPALIVE))
		return not_mine();
	if (!cur_ok(&c))
		return more(NBSS_HEADER_BYTES);
	struct span message = cur_rest(&c);
	if (type != NBSS_MESSAGE)
		return session_length_fits(type, length) && (!s->lost[dir] || names_follow(type, message))
			   ? framed((size_t)total, total, avail.len)
			   : not_mine();
	if (message.len < 4 && message.len < length)
		return magic_begins(message) || s->in_step[dir] ? more(NBSS_HEADER_BYTES + (length < 4 ? length : 4))
								: not_mine();
	if (smb_frame_magic(message) == 0) {
		/* the framing goes on whatever it carries: the raw data of READ_RAW, fillers */
		bool trusted = s->in_step[dir] && length <= LENGTH_IN_STEP_MAX;
		return trusted ? whole(length < 4 ? (size_t)total : NBSS_HEADER_BYTES + 4, total) : not_mine();
	}
	if (s->lost[dir]) {
		switch (convincing(message, length)) {
		case FRAME_NOT_MINE:
			return not_mine();
		case FRAME_MORE:
			return framed(NBSS_HEADER_BYTES + SMB2_HEADER_BYTES, total, avail.len);
		case FRAME_WHOLE:
			break;
		}
	}
	return end_of_message(message, NBSS_HEADER_BYTES, total, avail.len);
}

/* Which side speaks: flags at the 10th byte of SMB 1, the 17th to 20th of SMB 2. */
static enum probe by_flags(struct span message, uint8_t magic)
{
	struct cursor c = cur_of(message);
	bool from_server;

	if (magic == SMB_MAGIC_1) {
		cur_skip(&c, 9);
		from_server = cur_u8(&c) & SMB1_FLAG_RESPONSE;
	} else if (magic == SMB_MAGIC_2) {
		cur_skip(&c, 16);
		from_server = cur_u32le(&c) & SMB2_FLAG_RESPONSE;
	} else {
		return PROBE_EITHER;
	}
	if (!cur_ok(&c))
		return PROBE_MORE;
	return from_server ? PROBE_RESPONSE : PROBE_REQUEST;
}

enum probe smb_frame_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head);
	uint8_t type = cur_u8(&c);
	uint32_t length = cur_u24be(&c);

	if (head.len < NBSS_HEADER_BYTES)
		return head.len == 0 || type == NBSS_MESSAGE || (type >= NBSS_REQUEST && type <= NBSS_KEEPALIVE)
			   ? PROBE_MORE
			   : PROBE_NO;
	struct span message = cur_rest(&c);
	if (type == NBSS_REQUEST && session_length_fits(type, length)) {
		if (message.len == 0)
			return PROBE_MORE;
		return message.ptr[0] == NAME_LETTERS ? PROBE_REQUEST : PROBE_NO;
	}
	if (type != NBSS_MESSAGE)
		return session_length_fits(type, length) && from_server_port ? PROBE_WEAK : PROBE_NO;
	if (message.len < 4)
		return length >= SMB2_COMPRESSION_BYTES && magic_begins(message) ? PROBE_MORE : PROBE_NO;
	uint8_t magic = smb_frame_magic(message);
	return magic != 0 && length >= SMB2_COMPRESSION_BYTES ? by_flags(message, magic) : PROBE_NO;
}
