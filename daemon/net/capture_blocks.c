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
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/heap.h"
#include "base/when.h"
#include "net/capture_bytes.h"
#include "net/capture_own.h"

#define MAGIC_MICROSECONDS UINT32_C(0xa1b2c3d4)
#define MAGIC_NANOSECONDS  UINT32_C(0xa1b23c4d)

enum {
	FILE_HEADER_BYTES = 24,
	FRAME_HEADER_BYTES = 16,
	DLT_ETHERNET = 1,
};

struct capture_blocks {
	uint32_t longest;   /* captured bytes of a frame */
	uint32_t fractions; /* of a second */
	uint32_t fraction_ns;
	bool big_endian;
	struct capture_bytes bytes;
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
	capture_bytes_begin(&b->bytes, fileno(f), FILE_HEADER_BYTES, span_of(NULL, 0));
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

/* Takes the next frame. @return false where it is none that can be told from its header to be whole and sound. */
static bool take(struct capture *cap)
{
	struct capture_blocks *b = cap->blocks;
	struct cursor c = cur_of(capture_bytes_look(&b->bytes, FRAME_HEADER_BYTES));
	uint32_t seconds, fraction, captured, wire;

	if (b->big_endian) {
		seconds = cur_u32be(&c), fraction = cur_u32be(&c), captured = cur_u32be(&c), wire = cur_u32be(&c);
	} else {
		seconds = cur_u32le(&c), fraction = cur_u32le(&c), captured = cur_u32le(&c), wire = cur_u32le(&c);
	}
	if (!cur_ok(&c) || captured > b->longest || fraction >= b->fractions || seconds > INT32_MAX)
		return false;
	c = cur_of(capture_bytes_look(&b->bytes, FRAME_HEADER_BYTES + (size_t)captured));
	cur_skip(&c, FRAME_HEADER_BYTES);
	struct span bytes = cur_span(&c, captured);
	if (!cur_ok(&c))
		return false;
	capture_bytes_take(&b->bytes, FRAME_HEADER_BYTES + (size_t)captured);
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
	off_t stopped = capture_bytes_off(&cap->blocks->bytes);
	capture_blocks_end(cap);
	if (fseeko(pcap_file(cap->pcap), stopped, SEEK_SET) < 0)
		cap->ended = true;
	return 0;
}
