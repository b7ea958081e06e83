/*
 * HTTP: the input is cut into segments and gaps of both directions, so that whatever stands in one meets every state.
 *
 *   | what u8 | length u8 | bytes |      what: bit 0 the direction, bit 1 a gap of so many bytes, bit 2 a length times
 * 16, bit 3 a pause of a minute; the first byte of all: bit 0 datagrams
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "base/when.h"
#include "dissect_harness.h"
#include "http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { A_GAP = 2, TIMES_16 = 4, A_PAUSE = 8, BYTES_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct harness h;
	struct cursor c = cur_of(span_of(data, size < BYTES_MAX ? size : BYTES_MAX));

	harness_init(&h, &http_dissector);
	bool datagrams = cur_u8(&c) & 1;
	h.out.at.ip_proto = datagrams ? IPPROTO_UDP : IPPROTO_TCP;
	while (cur_left(&c) > 0) {
		uint8_t what = cur_u8(&c);
		size_t len = (size_t)cur_u8(&c) * (what & TIMES_16 ? 16 : 1);
		enum dir dir = what & 1 ? DIR_RESPONSE : DIR_REQUEST;
		if (what & A_PAUSE) {
			harness_wait(&h, 61 * NS_PER_S);
			harness_finish(&h);
		}
		if (what & A_GAP) {
			harness_gap(&h, dir, len);
			continue;
		}
		struct span bytes = cur_span(&c, len < cur_left(&c) ? len : cur_left(&c));
		(void)http_dissector.probe(bytes, dir == DIR_RESPONSE);
		if (bytes.len > 0)
			harness_stream(&h, dir, bytes.ptr, bytes.len);
	}
	h.out.closed = true;
	harness_finish(&h);
	harness_deinit(&h);
	return 0;
}
