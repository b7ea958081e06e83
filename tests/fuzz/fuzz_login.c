/*
 * FTP and Telnet: the input is cut into segments and gaps of both directions.
 *
 *   | what u8 | length u8 | bytes |      what: bit 0 the direction, bit 1 a gap of so many bytes; the first byte of
 * all: bit 0 Telnet
 */
#include <stdlib.h>

#include "dissect_harness.h"
#include "login/login.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { A_GAP = 2, BYTES_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct harness h;
	struct cursor c = cur_of(span_of(data, size < BYTES_MAX ? size : BYTES_MAX));
	const struct dissector *d = cur_u8(&c) & 1 ? &telnet_dissector : &ftp_dissector;

	harness_init(&h, d);
	while (cur_left(&c) > 0) {
		uint8_t what = cur_u8(&c);
		size_t len = cur_u8(&c);
		enum dir dir = what & 1 ? DIR_RESPONSE : DIR_REQUEST;
		if (what & A_GAP) {
			harness_gap(&h, dir, len);
			continue;
		}
		struct span bytes = cur_span(&c, len < cur_left(&c) ? len : cur_left(&c));
		(void)d->probe(bytes, dir == DIR_RESPONSE);
		if (bytes.len > 0)
			harness_stream(&h, dir, bytes.ptr, bytes.len);
	}
	harness_finish(&h);
	harness_deinit(&h);
	return 0;
}
