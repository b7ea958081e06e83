/*
 * The whole way from frames to events with all dissectors: the input is a pcap file (little-endian, microseconds);
 * every record is taken whatever its lengths claim. The first byte of the magic number's place chooses the options.
 * What comes out is written as JSON, so that every value is read.
 */
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>

#include "event/event_json.h"
#include "net/decode.h"
#include "net/worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FRAMES_MAX = 2000 };

static struct json line;

static void take(void *ctx, struct event *ev)
{
	(void)ctx;
	json_reset(&line);
	event_json_line(&line, ev, NULL);
	size_t n = event_packed_bytes(ev);
	void *room = aligned_alloc(16, (n + 15) / 16 * 16);
	event_pack(ev, room);
	free(room);
}

/* A frame in memory of its own size, so that a read beyond it shows. */
static void one_frame(struct worker *w, struct span bytes, uint32_t wire_len, int64_t ts_ns, uint64_t number,
		      int linktype)
{
	uint8_t *copy = malloc(bytes.len + (bytes.len == 0));

	if (bytes.len > 0)
		memcpy(copy, bytes.ptr, bytes.len);
	struct frame_in f = {.bytes = span_of(copy, bytes.len),
			     .wire_len = wire_len > bytes.len ? wire_len : (uint32_t)bytes.len,
			     .ts_ns = ts_ns,
			     .number = number,
			     .linktype = linktype};
	worker_frame(w, &f);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cur_of(span_of(data, size));
	uint8_t options = cur_u8(&c);
	struct worker_options o = {
	    .flows_max = options & 1 ? 4 : 1024,
	    .reassembly_bytes_max = options & 2 ? 256 * 1024 : 0,
	    .hosts_max = 64,
	    .vlan_in_key = options & 4,
	    .suppress_duplicates = options & 8,
	    .flow_records = options & 16,
	    .host_records = options & 32,
	    .no_guess = true,
	    .dissectors = dissectors,
	    .next = {take, NULL},
	};

	cur_skip(&c, 19);
	int linktype = (int)(cur_u32le(&c) & 0xffff);
	if (!cur_ok(&c) || !decode_knows_linktype(linktype))
		linktype = DLT_EN10MB;
	struct worker *w = worker_new(&o);
	json_init(&line, EVENT_JSON_MAX * 2);
	for (uint64_t number = 1; number <= FRAMES_MAX && cur_left(&c) > 0; number++) {
		int64_t ts_ns = (int64_t)cur_u32le(&c) * 1000000000;
		ts_ns += (int64_t)cur_u32le(&c) * 1000;
		uint32_t caplen = cur_u32le(&c), wire_len = cur_u32le(&c);
		if (!cur_ok(&c))
			break;
		one_frame(w, cur_span(&c, caplen < cur_left(&c) ? caplen : cur_left(&c)), wire_len % 65536, ts_ns,
			  number, linktype);
	}
	worker_finish(w);
	worker_free(w);
	json_deinit(&line);
	return 0;
}
