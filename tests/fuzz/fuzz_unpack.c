/*
 * Compressed messages of SMB: | algorithm u8 | room u16 | what is packed |. What fits into less room is the beginning
 * of what fits into more.
 */
#include <stdlib.h>
#include <string.h>

#include "smb/smb_unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ck(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cur_of(span_of(data, size));
	unsigned packing = cur_u8(&c) % (SMB_PACKING_PATTERN_V1 + 2);
	size_t room = cur_u16le(&c) % 4096, less = room / 2;
	struct span in = cur_rest(&c);
	uint8_t *out = malloc(room + 1), *half = malloc(less + 1);

	ck(out && half);
	/* memory of exactly its size: the last byte is not theirs */
	uint8_t *out_at = out + 1, *half_at = half + 1;
	size_t n = smb_unpack(packing, in, out_at, room), m = smb_unpack(packing, in, half_at, less);
	ck(n <= room && m <= less);
	ck(m == (n < less ? n : less));
	ck(m == 0 || memcmp(out_at, half_at, m) == 0);
	free(out);
	free(half);
	return 0;
}
