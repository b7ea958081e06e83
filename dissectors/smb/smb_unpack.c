#include "smb/smb_unpack.h"

enum { MATCH_MIN = 3, SYMBOLS = 512, CODE_BITS = 15 };

/* What has been written, and how much more there is room for. */
struct output {
	uint8_t *at;
	size_t n, room;
};

static bool is_full(const struct output *o)
{
	return o->n >= o->room;
}

static void put(struct output *o, uint8_t byte)
{
	if (!is_full(o))
		o->at[o->n++] = byte;
}

/* Repeats @length bytes from @distance before the end. @return false where there is nothing so far back. */
static bool repeat(struct output *o, size_t distance, size_t length)
{
	if (distance == 0 || distance > o->n)
		return false;
	while (length-- > 0 && !is_full(o))
		put(o, o->at[o->n - distance]);
	return true;
}

static void copy(struct output *o, struct cursor *c)
{
	while (cur_left(c) > 0 && !is_full(o))
		put(o, cur_u8(c));
}

/*
 * MS-XCA 2.5: chunks | compressed 1, signature 3, length - 1 12 | data. In a compressed one, bits of a byte tell
 * literals from pairs | distance - 1, length - 3 |, which share their 16 bits by how far the chunk has got.
 */
static void lznt1_chunk(struct output *o, struct cursor *c)
{
	size_t start = o->n;

	while (cur_left(c) > 0 && !is_full(o)) {
		uint8_t flags = cur_u8(c);
		for (unsigned bit = 0; bit < 8 && cur_left(c) > 0 && !is_full(o); bit++) {
			if (!(flags >> bit & 1)) {
				put(o, cur_u8(c));
				continue;
			}
			uint16_t pair = cur_u16le(c);
			unsigned length_bits = 12;
			if (o->n == start) {
				c->failed = true;
				return;
			}
			for (size_t far = o->n - start - 1; far >= 16 && length_bits > 4; far >>= 1)
				length_bits--;
			size_t distance = (size_t)(pair >> length_bits) + 1;
			if (!cur_ok(c) || distance > o->n - start ||
			    !repeat(o, distance, (pair & ((1U << length_bits) - 1)) + MATCH_MIN)) {
				c->failed = true;
				return;
			}
		}
	}
}

static void lznt1(struct output *o, struct cursor *c)
{
	while (cur_left(c) >= 2 && !is_full(o)) {
		uint16_t head = cur_u16le(c);
		size_t length = (head & 0x0fff) + 1U;
		if (head == 0)
			return;
		struct cursor chunk = cur_sub(c, length < cur_left(c) ? length : cur_left(c));
		if (head & 0x8000)
			lznt1_chunk(o, &chunk);
		else
			copy(o, &chunk);
		if (!cur_ok(&chunk))
			return;
	}
}

/* What stands behind a length that does not fit: | u8 | u16 if that is 255 | u32 if that is 0 |, MS-XCA 2.2.4, 2.4.4 */
static size_t long_length(struct cursor *c, size_t base)
{
	size_t length = cur_u8(c);

	if (length < 255)
		return length + base;
	length = cur_u16le(c);
	if (length == 0)
		length = cur_u32le(c);
	if (length < base)
		c->failed = true;
	return length;
}

/* MS-XCA 2.4.4: 32 bits tell literals from pairs | distance - 1 13, length - 3 3 |; longer lengths share half bytes. */
static void lz77(struct output *o, struct cursor *c)
{
	uint32_t flags = 0;
	unsigned left = 0;
	int half = -1;

	while (cur_left(c) > 0 && !is_full(o)) {
		if (left == 0) {
			flags = cur_u32le(c);
			left = 32;
		}
		bool pair = flags >> --left & 1;
		if (!pair) {
			if (cur_left(c) > 0)
				put(o, cur_u8(c));
			continue;
		}
		if (cur_left(c) == 0)
			return;
		uint16_t word = cur_u16le(c);
		size_t length = word & 7;
		if (length == 7) {
			uint8_t byte = half < 0 ? cur_u8(c) : (uint8_t)half;
			length += half < 0 ? byte & 15U : byte;
			half = half < 0 ? byte >> 4 : -1;
			if (length == 7 + 15)
				length = long_length(c, 7 + 15);
		}
		if (!cur_ok(c) || !repeat(o, (size_t)(word >> 3) + 1, length + MATCH_MIN))
			return;
	}
}

/* Bits of 16 bit words, the highest first; bytes between them are read past the words in hand (MS-XCA 2.2.4). */
struct bits {
	struct cursor *c;
	uint32_t word;
	unsigned have;
};

static uint16_t next_word(struct cursor *c)
{
	return cur_left(c) >= 2 ? cur_u16le(c) : 0;
}

static uint32_t take_bits(struct bits *b, unsigned n)
{
	uint32_t taken = n > 0 ? b->word >> (32 - n) : 0;

	b->word <<= n;
	b->have -= n;
	if (b->have < 16) {
		b->word |= (uint32_t)next_word(b->c) << (16 - b->have);
		b->have += 16;
	}
	return taken;
}

/* A canonical Huffman code: symbols by length, then by number. */
struct code {
	uint16_t count[CODE_BITS + 1];
	uint16_t symbol[SYMBOLS];
};

static bool code_read(struct code *k, struct cursor *c)
{
	const uint8_t *lengths = cur_take(c, SYMBOLS / 2);
	uint16_t at[CODE_BITS + 2] = {0};

	if (!lengths)
		return false;
	memset(k->count, 0, sizeof(k->count));
	for (unsigned s = 0; s < SYMBOLS; s++)
		k->count[lengths[s / 2] >> s % 2 * 4 & 15]++;
	k->count[0] = 0;
	for (unsigned n = 1; n <= CODE_BITS; n++)
		at[n + 1] = (uint16_t)(at[n] + k->count[n]);
	for (unsigned s = 0; s < SYMBOLS; s++) {
		unsigned n = lengths[s / 2] >> s % 2 * 4 & 15;
		if (n > 0)
			k->symbol[at[n]++] = (uint16_t)s;
	}
	return true;
}

static int code_next(const struct code *k, struct bits *b)
{
	unsigned value = 0, first = 0, index = 0;

	for (unsigned n = 1; n <= CODE_BITS; n++) {
		value = value << 1 | take_bits(b, 1);
		if (value < first + k->count[n])
			return value >= first ? k->symbol[index + value - first] : -1;
		index += k->count[n];
		first = (first + k->count[n]) << 1;
	}
	return -1;
}

/* The first block of 64 KiB: more than anybody asks for. */
static void lz77_huffman(struct output *o, struct cursor *c)
{
	struct code k;
	struct bits b = {.c = c, .have = 32};

	if (!code_read(&k, c))
		return;
	b.word = (uint32_t)next_word(c) << 16;
	b.word |= next_word(c);
	while (!is_full(o)) {
		int symbol = code_next(&k, &b);
		if (symbol < 0)
			return;
		if (symbol < 256) {
			put(o, (uint8_t)symbol);
			continue;
		}
		/* the end is a pair, too, and stands where nothing more comes */
		if (symbol == 256 && cur_left(c) == 0)
			return;
		size_t length = symbol & 15;
		unsigned log = (unsigned)(symbol - 256) / 16;
		if (length == 15)
			length = long_length(c, 15);
		size_t distance = (size_t)1 << log | take_bits(&b, log);
		if (!cur_ok(c) || !repeat(o, distance, length + MATCH_MIN))
			return;
	}
}

/* MS-SMB2 2.2.42.2.2: | pattern u8 | reserved 3 | repetitions u32 | */
static void pattern(struct output *o, struct cursor *c)
{
	uint8_t byte = cur_u8(c);

	cur_skip(c, 3);
	for (uint32_t n = cur_u32le(c); n > 0 && !is_full(o); n--)
		put(o, byte);
}

size_t smb_unpack(unsigned packing, struct span in, uint8_t *out, size_t room)
{
	struct output o = {out, 0, room};
	struct cursor c = cur_of(in);

	switch (packing) {
	case SMB_PACKING_NONE:
		copy(&o, &c);
		break;
	case SMB_PACKING_LZNT1:
		lznt1(&o, &c);
		break;
	case SMB_PACKING_LZ77:
		lz77(&o, &c);
		break;
	case SMB_PACKING_LZ77_HUFFMAN:
		lz77_huffman(&o, &c);
		break;
	case SMB_PACKING_PATTERN_V1:
		pattern(&o, &c);
		break;
	default:
		break;
	}
	return o.n;
}
