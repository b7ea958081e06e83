/*
 * A conversation of DNS: the first byte says whether it is over TCP, then steps of one byte of what to do and two of
 * how many bytes, and so many bytes.
 *
 *   0 bytes of the client   1 bytes of the server   2 a gap at the client's   3 a gap at the server's   4 packet time
 * goes on   5 the flow pauses   6 the state packs
 */
#include "base/when.h"
#include "dissect_harness.h"
#include "dns/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct harness h;
	struct cursor c = cur_of(span_of(data, size));
	const struct dissector *d = cur_u8(&c) & 1 ? &dns_tcp_dissector : &dns_dissector;

	harness_init(&h, d);
	while (cur_left(&c) > 0) {
		uint8_t step = cur_u8(&c) % STEPS;
		uint16_t n = cur_u16le(&c);
		struct span bytes = cur_span(&c, n < cur_left(&c) ? n : cur_left(&c));
		enum dir dir = step % 2 ? DIR_RESPONSE : DIR_REQUEST;
		(void)d->probe(bytes, dir == DIR_RESPONSE);
		if (step <= 1 && d->frame && bytes.len > 0)
			harness_stream(&h, dir, bytes.ptr, bytes.len);
		else if (step <= 1)
			harness_datagram(&h, dir, bytes.ptr, bytes.len);
		else if (step <= 3)
			harness_gap(&h, dir, n);
		else if (step == 4)
			harness_wait(&h, (int64_t)n * NS_PER_S / 4);
		else if (step == 5)
			harness_finish(&h);
		else
			d->rest(h.state);
	}
	harness_finish(&h);
	harness_deinit(&h);
	return 0;
}
