/* Compressed messages of SMB 3.1.1: what their headers say, and as much of their content as has fields. */
#include "smb/smb.h"
#include "smb/smb2.h"
#include "smb/smb_frame.h"
#include "smb/smb_tell.h"
#include "smb/smb_unpack.h"

enum { CHAINED = 1, UNPACKED_MAX = 2048, PARTS_MAX = 16 };

/* | header 16 | as many bytes as they are as the header says | the rest packed |, SMB2 2.2.42.1 */
static struct span part_unpacked(struct smb_flow *f, struct span bytes, uint16_t algorithm, uint32_t offset)
{
	uint8_t *room = arena_alloc(f->out->arena, UNPACKED_MAX);
	struct cursor c = cur_of(bytes);

	if (!room)
		return (struct span){NULL, 0};
	cur_skip(&c, SMB2_COMPRESSION_BYTES);
	struct span plain = cur_span(&c, offset < cur_left(&c) ? offset : cur_left(&c));
	size_t n = smb_unpack(SMB_PACKING_NONE, plain, room, UNPACKED_MAX);
	if (plain.len == offset)
		n += smb_unpack(algorithm, cur_rest(&c), room + n, UNPACKED_MAX - n);
	return span_of(room, n);
}

/* | header 8 | algorithm u16 | flags u16 | length u32 | original size u32, where packed by LZ | data | ...,
 * SMB2 2.2.42.2 */
static struct span parts_unpacked(struct smb_flow *f, struct span bytes)
{
	uint8_t *room = arena_alloc(f->out->arena, UNPACKED_MAX);
	struct cursor c = cur_of(bytes);
	size_t n = 0;

	if (!room)
		return (struct span){NULL, 0};
	cur_skip(&c, 8);
	for (unsigned i = 0; i < PARTS_MAX && cur_left(&c) >= 8 && n < UNPACKED_MAX; i++) {
		uint16_t algorithm = cur_u16le(&c);
		cur_skip(&c, 2);
		uint32_t length = cur_u32le(&c);
		struct cursor part = cur_sub(&c, length < cur_left(&c) ? length : cur_left(&c));
		bool packed = algorithm >= SMB_PACKING_LZNT1 && algorithm <= SMB_PACKING_LZ77_HUFFMAN;
		size_t most = UNPACKED_MAX - n, own = packed ? cur_u32le(&part) : most;
		own = own < most ? own : most;
		size_t got = smb_unpack(algorithm, cur_rest(&part), room + n, own);
		n += got;
		if (packed && got < own)
			break;
	}
	return span_of(room, n);
}

/*
 *   | 0xfc S M B | original size u32 | algorithm u16 | flags u16 | offset u32 |, SMB2 2.2.42.1
 * Flag 1: chained; then the last field is the length of the first part, and each part carries its own size.
 */
void smb2_compressed(struct smb_flow *f, struct span bytes, size_t wire)
{
	struct cursor c = cur_of(bytes);

	cur_skip(&c, 4);
	uint32_t original = cur_u32le(&c);
	uint16_t algorithm = cur_u16le(&c), flags = cur_u16le(&c);
	uint32_t offset = cur_u32le(&c);
	if (!cur_ok(&c))
		return;
	f->out->counters[SMB_COUNT_COMPRESSED]++;
	f->s->version = 3;
	bool fits = offset <= wire - SMB2_COMPRESSION_BYTES && (uint64_t)original + offset <= UINT32_MAX;
	struct event *ev = emit_begin(f->out, &smb_table);
	ev_uint(ev, F(ID), ++f->s->next_id);
	ev_uint(ev, F(VERSION), 3);
	if (f->s->dialect_bytes > 0)
		ev_span(ev, F(DIALECT), span_of(f->s->dialect, f->s->dialect_bytes));
	ev_bool(ev, F(COMPRESSED), true);
	ev_uint(ev, F(COMP_ALGORITHM), algorithm);
	ev_bool(ev, F(COMP_CHAINED), flags & CHAINED);
	ev_uint(ev, F(COMP_ORIGINAL_SIZE), original);
	ev_uint(ev, F(COMP_OFFSET), offset);
	ev_bool(ev, F(COMP_CONSISTENT), fits);
	emit_end(f->out, ev);
	if (!fits) {
		emit_anomaly(f->out, smb_dissector.name, ANOMALY_MALFORMED, "compression_sizes", 4, 0);
		return;
	}
	struct span message = flags & CHAINED ? parts_unpacked(f, bytes) : part_unpacked(f, bytes, algorithm, offset);
	size_t whole = flags & CHAINED ? original : (size_t)offset + original;
	if (smb_frame_magic(message) == SMB_MAGIC_2)
		smb2_messages(f, span_head(message, whole), whole);
}
