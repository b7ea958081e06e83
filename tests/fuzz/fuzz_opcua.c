/*
 * An OPC UA flow: the input is steps of one byte of what to do, two of how many bytes, and so many bytes.
 *
 *   0 bytes of the client   1 bytes of the server   2 a gap at the client's   3 a gap at the server's   4 packet time
 * goes on   5 the flow pauses
 */
#include <stdlib.h>

#include "base/when.h"
#include "dissect_harness.h"
#include "opcua/opcua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct harness h;
	struct cursor c = cur_of(span_of(data, size));

	harness_init(&h, &opcua_dissector);
	while (cur_left(&c) > 0) {
		uint8_t step = cur_u8(&c) % STEPS;
		uint16_t n = cur_u16le(&c);
		struct span bytes = cur_span(&c, n < cur_left(&c) ? n : cur_left(&c));
		if (step <= 1) {
			(void)opcua_dissector.probe(bytes, step == 1);
			harness_stream(&h, (enum dir)step, bytes.ptr, bytes.len);
		} else if (step <= 3) {
			harness_gap(&h, (enum dir)(step - 2), n);
		} else if (step == 4) {
			harness_wait(&h, (int64_t)n * NS_PER_S / 4);
		} else {
			harness_finish(&h);
		}
	}
	harness_finish(&h);
	harness_deinit(&h);
	return 0;
}
