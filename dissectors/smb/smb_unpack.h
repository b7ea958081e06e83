/*
 * The beginnings of compressed SMB 3.1.1 messages (MS-SMB2 2.2.42): enough of them to read the header and the fields
 * behind it. Nothing is allocated; work and output are bounded by the room that the caller gives.
 */
#ifndef SEKISHO_SMB_SMB_UNPACK_H
#define SEKISHO_SMB_SMB_UNPACK_H

#include "base/cursor.h"

enum smb_packing {
	SMB_PACKING_NONE = 0,
	SMB_PACKING_LZNT1 = 1,
	SMB_PACKING_LZ77 = 2,
	SMB_PACKING_LZ77_HUFFMAN = 3,
	SMB_PACKING_PATTERN_V1 = 4,
};

/**
 * Unpacks the beginning of @in, compressed in one piece.
 *
 * @out, @room  where to, and how much at most
 * @return      bytes written: @room, or less where @in ends or does not hold together; 0 for an unknown @packing
 */
size_t smb_unpack(unsigned packing, struct span in, uint8_t *out, size_t room);

#endif
