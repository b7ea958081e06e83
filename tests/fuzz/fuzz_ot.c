/*
 * A flow of a light OT protocol: the first byte chooses the dissector, then steps of one byte of what to do, one of how
 * many bytes, and so many bytes.
 *
 *   0 bytes of the client   1 bytes of the server   2 a gap at the client's   3 a gap at the server's   4 packet time
 * goes on   5 the flow pauses   6 a datagram of the client   7 one of the server
 */
#include "base/when.h"
#include "dissect_harness.h"
#include "ot/enip.h"
#include "ot/fins.h"
#include "ot/s7comm.h"
#include "ot/signatures.h"
#include "ot/slmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dissector *const kinds[] = {&slmp_dissector, &fins_dissector, &fins_udp_dissector,
							&s7comm_dissector, &enip_dissector};
	static struct harness h;
	struct cursor c = cur_of(span_of(data, size));
	const struct dissector *d = kinds[cur_u8(&c) % (sizeof(kinds) / sizeof(kinds[0]))];

	harness_init(&h, d);
	while (cur_left(&c) > 0) {
		uint8_t step = cur_u8(&c) % STEPS, n = cur_u8(&c);
		struct span bytes = cur_span(&c, n < cur_left(&c) ? n : cur_left(&c));
		enum dir dir = step % 2 ? DIR_RESPONSE : DIR_REQUEST;
		(void)d->probe(bytes, dir == DIR_RESPONSE);
		(void)signatures_name_of(bytes, dir == DIR_RESPONSE);
		if (step <= 1 && d->frame && bytes.len > 0) {
			harness_stream(&h, dir, bytes.ptr, bytes.len);
		} else if (step == 2 || step == 3) {
			harness_gap(&h, dir, n);
		} else if (step == 4) {
			harness_wait(&h, (int64_t)n * NS_PER_S / 4);
		} else if (step == 5) {
			harness_finish(&h);
		} else {
			harness_datagram(&h, dir, bytes.ptr, bytes.len);
		}
	}
	harness_finish(&h);
	harness_deinit(&h);
	return 0;
}
