/*
 * Ordinary pcap files, read in large blocks: libpcap's own way costs three calls and two copies a frame.
 *
 *   | magic u32 | major u16 = 2 | minor u16 = 4 | zone, accuracy | snap length u32 | link type u32 |
 *   | seconds u32 | micro- or nanoseconds u32 | captured bytes u32 | bytes on the wire u32 | bytes | ...
 *
 * libpcap has read and judged the header. Whatever is not as it should be - a length, a time, an end in the midst of a
 * frame - is left to it as well: it goes on where this one stopped, knows what to do with it and what to say about it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/heap.h"
#include "base/when.h"
#include "net/capture_own.h"

#define MAGIC_MICROSECONDS UINT32_C(0xa1b2c3d4)
#define MAGIC_NANOSECONDS  UINT32_C(0xa1b23c4d)

enum {
	FILE_HEADER_BYTES = 24,
	FRAME_HEADER_BYTES = 16,
	FRAME_MOST = FRAME_HEADER_BYTES + CAPTURE_SNAPLEN,
	PAGE_BYTES = 4096,
	BLOCK_BYTES = 64 << 10,
	BLOCKS_AT = (FRAME_MOST + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES,
	DLT_ETHERNET = 1,
};

/* Blocks begin with a page in the file and in memory, which is copied fastest. What the one before ends with, the
 * beginning of a frame, is put before the next. */
struct capture_blocks {
	off_t next_off;     /* in the file, of what stands behind the bytes at hand */
	size_t at, end;     /* of these in bytes[] */
	uint32_t longest;   /* captured bytes of a frame */
	uint32_t fractions; /* of a second */
	uint32_t fraction_ns;
	bool big_endian;
	uint8_t bytes[BLOCKS_AT + FRAME_MOST + BLOCK_BYTES] __attribute__((aligned(PAGE_BYTES)));
};

static bool is_magic(uint32_t magic)
{
	return magic == MAGIC_MICROSECONDS || magic == MAGIC_NANOSECONDS;
}

/* What the header says of time and order of bytes. @return false where it is another format. */
static bool understand(struct capture_blocks *b, struct span header)
{
	struct cursor c = cur_of(header), other = c;
	uint32_t magic = cur_u32le(&c);

	b->big_endian = !is_magic(magic);
	if (b->big_endian) {
		c = other;
		magic = cur_u32be(&c);
	}
	uint16_t major = b->big_endian ? cur_u16be(&c) : cur_u16le(&c);
	uint16_t minor = b->big_endian ? cur_u16be(&c) : cur_u16le(&c);
	b->fractions = magic == MAGIC_MICROSECONDS ? 1000000 : 1000000000;
	b->fraction_ns = (uint32_t)(NS_PER_S / b->fractions);
	return cur_ok(&c) && is_magic(magic) && major == 2 && minor == 4;
}

void capture_blocks_begin(struct capture *cap)
{
	FILE *f = pcap_file(cap->pcap);
	uint8_t header[FILE_HEADER_BYTES];
	int snapshot = pcap_snapshot(cap->pcap);
	struct stat st;

	/* A file that others write to is read in the same way; a pipe has no place to go back to. */
	if (cap->filter || snapshot <= 0 || fstat(fileno(f), &st) < 0 || !S_ISREG(st.st_mode) ||
	    pread(fileno(f), header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return;
	struct capture_blocks *b = heap_pages(sizeof(*b)); /* most of it is for frames that are rare */
	if (!b)
		return;
	b->next_off = FILE_HEADER_BYTES;
	b->at = b->end = BLOCKS_AT;
	b->longest = snapshot < CAPTURE_SNAPLEN ? (uint32_t)snapshot : CAPTURE_SNAPLEN;
	/* libpcap turns headers of some link types around with the file's */
	const bool machine_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	if (!understand(b, span_of(header, sizeof(header))) ||
	    (b->big_endian != machine_is_big && cap->linktype != DLT_ETHERNET))
		heap_pages_free(b, sizeof(*b));
	else
		cap->blocks = b;
}

void capture_blocks_end(struct capture *cap)
{
	heap_pages_free(cap->blocks, sizeof(*cap->blocks));
	cap->blocks = NULL;
}

/* @n bytes from the next one on that are not all at hand, none where the file has fewer. */
static struct span read_on(struct capture *cap, size_t n)
{
	struct capture_blocks *b = cap->blocks;

	size_t left = b->end - b->at; /* less than @n */
	memmove(b->bytes + BLOCKS_AT - left, b->bytes + b->at, left);
	b->at = BLOCKS_AT - left;
	b->end = BLOCKS_AT;
	while (b->end - b->at < n) {
		size_t room = BLOCK_BYTES - (size_t)(b->next_off % BLOCK_BYTES);
		ssize_t got = pread(fileno(pcap_file(cap->pcap)), b->bytes + b->end, room, b->next_off);
		if (got <= 0)
			return span_of(NULL, 0);
		b->end += (size_t)got;
		b->next_off += got;
	}
	return span_of(b->bytes + b->at, n);
}

/* @n bytes from the next one on, none where the file has fewer. */
static inline struct span look(struct capture *cap, size_t n)
{
	const struct capture_blocks *b = cap->blocks;

	return b->end - b->at >= n ? span_of(b->bytes + b->at, n) : read_on(cap, n);
}

/* Takes the next frame. @return false where it is none that can be told from its header to be whole and sound. */
static bool take(struct capture *cap)
{
	struct capture_blocks *b = cap->blocks;
	struct cursor c = cur_of(look(cap, FRAME_HEADER_BYTES));
	uint32_t seconds, fraction, captured, wire;

	if (b->big_endian) {
		seconds = cur_u32be(&c), fraction = cur_u32be(&c), captured = cur_u32be(&c), wire = cur_u32be(&c);
	} else {
		seconds = cur_u32le(&c), fraction = cur_u32le(&c), captured = cur_u32le(&c), wire = cur_u32le(&c);
	}
	if (!cur_ok(&c) || captured > b->longest || fraction >= b->fractions || seconds > INT32_MAX)
		return false;
	c = cur_of(look(cap, FRAME_HEADER_BYTES + (size_t)captured));
	cur_skip(&c, FRAME_HEADER_BYTES);
	struct span bytes = cur_span(&c, captured);
	if (!cur_ok(&c))
		return false;
	b->at += FRAME_HEADER_BYTES + (size_t)captured;
	capture_hand_out(cap, bytes, wire, seconds * NS_PER_S + (int64_t)fraction * b->fraction_ns);
	return true;
}

int capture_blocks_read(struct capture *cap, int max)
{
	int n = 0;

	while (n < max && take(cap))
		n++;
	if (n > 0)
		return n;
	off_t stopped = cap->blocks->next_off - (off_t)(cap->blocks->end - cap->blocks->at);
	capture_blocks_end(cap);
	if (fseeko(pcap_file(cap->pcap), stopped, SEEK_SET) < 0)
		cap->ended = true;
	return 0;
}
