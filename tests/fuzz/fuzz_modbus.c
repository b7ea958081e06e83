/*
 * A Modbus flow: the input is steps of one byte of what to do, one of how many bytes, and so many bytes.
 *
 *   0 bytes of the client   1 bytes of the server   2 a gap at the client's   3 a gap at the server's   4 packet time
 * goes on   5 the flow pauses
 */
#include <stdlib.h>

#include "base/when.h"
#include "dissect_harness.h"
#include "modbus/modbus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct harness h;
	struct cursor c = cur_of(span_of(data, size));

	harness_init(&h, &modbus_dissector);
	while (cur_left(&c) > 0) {
		uint8_t step = cur_u8(&c) % STEPS, n = cur_u8(&c);
		struct span bytes = cur_span(&c, n < cur_left(&c) ? n : cur_left(&c));
		if (step <= 1) {
			(void)modbus_dissector.probe(bytes, step == 1);
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
	/* every transaction is told once: as many records as requests and responses at most, each of the latter with at
	 * most one former */
	uint64_t pdus = h.counters[0] + h.counters[1] + h.counters[3] + h.counters[4];
	if (h.transactions > pdus || h.transactions * 2 < pdus)
		abort();
	harness_deinit(&h);
	return 0;
}
