/*
 *   | 0xff S M B | command u8 | status u32 | flags u8 | flags2 u16 | process high u16 | signature 8 |
 *   | reserved u16 | tree u16 |
 *   | process u16 | user u16 | multiplex u16 | blocks ... |
 *   |                                                CIFS 2.2.3.1
 */
#include "smb/smb1.h"

#include "smb/smb_text.h"

enum {
	ANDX_BYTES = 4, /* | command u8 | reserved u8 | offset u16 | in front of the words of such a command */
};

bool smb1_header(struct span message, struct smb1_header *h)
{
	static const uint8_t magic[4] = {0xff, 'S', 'M', 'B'};
	struct cursor c = cur_of(message);
	struct span start = cur_span(&c, sizeof(magic));

	h->command = cur_u8(&c);
	h->status = cur_u32le(&c);
	h->flags = cur_u8(&c);
	h->flags2 = cur_u16le(&c);
	uint16_t process_high = cur_u16le(&c);
	cur_skip(&c, 10);
	h->tree_id = cur_u16le(&c);
	h->process_id = (uint32_t)process_high << 16 | cur_u16le(&c);
	h->user_id = cur_u16le(&c);
	h->multiplex_id = cur_u16le(&c);
	return cur_ok(&c) && span_eq(start, span_of(magic, sizeof(magic)));
}

static bool is_andx(uint8_t command)
{
	switch (command) {
	case SMB1_LOCKING_ANDX:
	case SMB1_OPEN_ANDX:
	case SMB1_READ_ANDX:
	case SMB1_WRITE_ANDX:
	case SMB1_SESSION_SETUP_ANDX:
	case SMB1_LOGOFF_ANDX:
	case SMB1_TREE_CONNECT_ANDX:
	case SMB1_NT_CREATE_ANDX:
		return true;
	default:
		return false;
	}
}

struct smb1_block smb1_block_at(struct span message, uint8_t command, size_t at)
{
	struct smb1_block b = {.command = command};
	struct cursor c = cur_of(span_skip(message, at));

	b.words = cur_span(&c, (size_t)cur_u8(&c) * 2);
	b.ok = cur_ok(&c);
	/* the byte count of large reads and writes is no use: their data is found by an offset */
	cur_skip(&c, 2);
	b.bytes_at = at + 1 + b.words.len + 2;
	b.bytes = cur_ok(&c) ? cur_rest(&c) : (struct span){NULL, 0};
	return b;
}

unsigned smb1_chain(struct span message, const struct smb1_header *h, struct smb1_block blocks[static SMB1_CHAIN_MAX],
		    uint8_t named[static SMB1_CHAIN_MAX], unsigned *n_named)
{
	uint8_t command = h->command;
	size_t at = SMB1_HEADER_BYTES;
	unsigned n = 0;

	*n_named = 0;
	while (n < SMB1_CHAIN_MAX) {
		named[(*n_named)++] = command;
		struct smb1_block *b = &blocks[n++];
		*b = smb1_block_at(message, command, at);
		if (!b->ok || !is_andx(command) || b->words.len < ANDX_BYTES)
			break;
		struct cursor c = cur_of(b->words);
		command = cur_u8(&c);
		cur_skip(&c, 1);
		uint16_t next = cur_u16le(&c);
		if (command == SMB1_NO_MORE)
			break;
		if (next <= at || next >= message.len) {
			if (*n_named < SMB1_CHAIN_MAX)
				named[(*n_named)++] = command;
			break;
		}
		at = next;
	}
	return n;
}

struct span smb1_text(struct smb_flow *f, const struct smb1_header *h, struct cursor *c, const struct smb1_block *b)
{
	size_t at = b->bytes_at + (b->bytes.len - cur_left(c));

	if (smb1_unicode(h) && at % 2 != 0 && cur_left(c) > 0)
		cur_skip(c, 1);
	return smb_string(f->out->arena, c, smb1_unicode(h));
}
