/*
 * Decoding: the first byte chooses the link type, the second how many frames the rest is cut into (fragments meet each
 * other then), the rest are frames. Every frame lies in memory of its own size, so that a read beyond it shows.
 */
#include <pcap/dlt.h>
#include <stdlib.h>

#include "net/decode.h"
#include "net/duplicate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ck(bool holds)
{
	if (!holds)
		abort();
}

static bool is_inside(struct span inner, const uint8_t *from, size_t len)
{
	return inner.len == 0 || (inner.ptr >= from && inner.ptr + inner.len <= from + len);
}

static void one_frame(struct decoder *dec, struct duplicate *dup, int linktype, struct span bytes, uint64_t number)
{
	uint8_t *copy = malloc(bytes.len + (bytes.len == 0));
	struct packet p;

	if (bytes.len > 0)
		memcpy(copy, bytes.ptr, bytes.len);
	/* every third is taken for one that the snap length cut */
	struct frame_in f = {.bytes = span_of(copy, bytes.len),
			     .wire_len = (uint32_t)bytes.len + (number % 3 == 2 ? 40 : 0),
			     .ts_ns = (int64_t)number * 1000000,
			     .number = number,
			     .linktype = linktype};
	decode_frame(dec, &f, &p);
	ck(p.reassembled || is_inside(p.payload, copy, bytes.len));
	ck(p.payload_wire_len >= p.payload.len || p.payload.len > UINT32_MAX);
	ck(p.n_senders <= PACKET_SENDERS_MAX && p.n_vlans <= EVENT_VLANS_MAX && p.n_tunnels <= EVENT_TUNNELS_MAX);
	uint64_t sum = 0;
	for (size_t i = 0; i < p.payload.len; i++)
		sum += p.payload.ptr[i];
	for (size_t i = 0; i < p.l4.len; i++)
		sum += p.l4.ptr[i];
	ck(sum <= UINT64_C(255) * (p.payload.len + p.l4.len));
	(void)duplicate_seen(dup, &p);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int linktypes[] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_NULL, DLT_RAW, DLT_NFLOG, 9999};
	struct decoder_options o = {.fragments_max = 4, .fragment_bytes_max = 1 << 20};
	struct cursor c = cur_of(span_of(data, size));
	int linktype = linktypes[cur_u8(&c) % (sizeof(linktypes) / sizeof(linktypes[0]))];
	unsigned frames = cur_u8(&c) % 4 + 1;
	size_t share = cur_left(&c) / frames;
	struct decoder *dec = decoder_new(&o);
	struct duplicate *dup = duplicate_new();

	ck(dec && dup);
	for (unsigned i = 0; i < frames; i++)
		one_frame(dec, dup, linktype, cur_span(&c, share), i + 1);
	struct json j;
	json_init(&j, 1 << 16);
	json_object_begin(&j);
	decoder_stats(dec, &j);
	json_object_end(&j);
	json_deinit(&j);
	duplicate_free(dup);
	decoder_free(dec);
	return 0;
}
