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

#include "base/when.h"
#include "net/capture_own.h"

#define MAGIC_MICROSECONDS UINT32_C(0xa1b2c3d4)
#define MAGIC_NANOSECONDS  UINT32_C(0xa1b23c4d)

enum { FILE_HEADER_BYTES = 24, FRAME_HEADER_BYTES = 16, BLOCK_BYTES = 256 << 10, DLT_ETHERNET = 1 };

struct capture_blocks {
	off_t next_off;     /* in the file, of what stands behind the bytes at hand */
	size_t at, len;     /* of bytes[] */
	uint32_t longest;   /* captured bytes of a frame */
	uint32_t fractions; /* of a second */
	bool swapped;
	uint8_t bytes[FRAME_HEADER_BYTES + CAPTURE_SNAPLEN + BLOCK_BYTES];
};

static uint32_t word_of(const struct capture_blocks *b, uint32_t as_it_is)
{
	return b->swapped ? __builtin_bswap32(as_it_is) : as_it_is;
}

/* What the header says of time and order of bytes. @return false where it is another format. */
static bool understand(struct capture_blocks *b, const uint32_t header[static FILE_HEADER_BYTES / 4])
{
	uint16_t version[2];

	b->swapped =
	    header[0] == __builtin_bswap32(MAGIC_MICROSECONDS) || header[0] == __builtin_bswap32(MAGIC_NANOSECONDS);
	uint32_t magic = word_of(b, header[0]);
	if (magic != MAGIC_MICROSECONDS && magic != MAGIC_NANOSECONDS)
		return false;
	b->fractions = magic == MAGIC_MICROSECONDS ? 1000000 : 1000000000;
	memcpy(version, &header[1], sizeof(version));
	return version[0] == (b->swapped ? 0x0200 : 2) && version[1] == (b->swapped ? 0x0400 : 4);
}

void capture_blocks_begin(struct capture *cap)
{
	FILE *f = pcap_file(cap->pcap);
	uint32_t header[FILE_HEADER_BYTES / 4];
	int snapshot = pcap_snapshot(cap->pcap);
	struct stat st;

	/* A file that others write to is read in the same way; a pipe has no place to go back to. */
	if (cap->filter || snapshot <= 0 || fstat(fileno(f), &st) < 0 || !S_ISREG(st.st_mode) ||
	    pread(fileno(f), header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return;
	struct capture_blocks *b = malloc(sizeof(*b));
	if (!b)
		return;
	b->next_off = FILE_HEADER_BYTES;
	b->at = b->len = 0;
	b->longest = snapshot < CAPTURE_SNAPLEN ? (uint32_t)snapshot : CAPTURE_SNAPLEN;
	/* libpcap turns headers of some link types around with the file's */
	if (!understand(b, header) || (b->swapped && cap->linktype != DLT_ETHERNET))
		free(b);
	else
		cap->blocks = b;
}

/* @n bytes from the next one on, or NULL where the file has fewer. */
static const uint8_t *look(struct capture *cap, size_t n)
{
	struct capture_blocks *b = cap->blocks;

	if (b->len - b->at >= n)
		return b->bytes + b->at;
	memmove(b->bytes, b->bytes + b->at, b->len - b->at);
	b->len -= b->at;
	b->at = 0;
	while (b->len < n) {
		ssize_t got = pread(fileno(pcap_file(cap->pcap)), b->bytes + b->len, BLOCK_BYTES, b->next_off);
		if (got <= 0)
			return NULL;
		b->len += (size_t)got;
		b->next_off += got;
	}
	return b->bytes;
}

/* Takes the next frame. @return false where it is none that can be told from its header to be whole and sound. */
static bool take(struct capture *cap)
{
	struct capture_blocks *b = cap->blocks;
	const uint8_t *at = look(cap, FRAME_HEADER_BYTES);
	uint32_t word[FRAME_HEADER_BYTES / 4];

	if (!at)
		return false;
	memcpy(word, at, sizeof(word));
	uint32_t seconds = word_of(b, word[0]), fraction = word_of(b, word[1]);
	uint32_t captured = word_of(b, word[2]), wire = word_of(b, word[3]);
	if (captured > b->longest || fraction >= b->fractions || seconds > INT32_MAX)
		return false;
	at = look(cap, FRAME_HEADER_BYTES + (size_t)captured);
	if (!at)
		return false;
	b->at += FRAME_HEADER_BYTES + (size_t)captured;
	capture_hand_out(cap, span_of(at + FRAME_HEADER_BYTES, captured), wire,
			 seconds * NS_PER_S + fraction * (NS_PER_S / b->fractions));
	return true;
}

int capture_blocks_read(struct capture *cap, int max)
{
	int n = 0;

	while (n < max && take(cap))
		n++;
	if (n > 0)
		return n;
	off_t stopped = cap->blocks->next_off - (off_t)(cap->blocks->len - cap->blocks->at);
	free(cap->blocks);
	cap->blocks = NULL;
	if (fseeko(pcap_file(cap->pcap), stopped, SEEK_SET) < 0)
		cap->ended = true;
	return 0;
}
