/*
 * A flow of SMB, of DCE/RPC, NetBIOS datagrams or frames without TCP/IP: the first byte chooses, the rest are
 * steps of one byte of what to do, two of
 * how many bytes (little-endian), and so many bytes.
 *
 *   0 bytes of the client   1 bytes of the server   2 a gap at the client's   3 a gap at the server's   4
 *   packet time goes on   5 the flow pauses
 */
#include <stdlib.h>

#include "base/when.h"
#include "dissect_harness.h"
#include "smb/smb.h"
#include "smb/smb_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 6, KINDS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dissector *const kinds[KINDS] = {&smb_dissector, &dcerpc_dissector, &nbdgm_dissector,
							     &smb_link_dissector};
	static struct harness h;
	struct cursor c = cur_of(span_of(data, size));
	const struct dissector *d = kinds[cur_u8(&c) % KINDS];

	harness_init(&h, d);
	h.out.at.src_mac = (struct mac){{0x02, 0, 0, 0, 0, 1}};
	h.out.at.dest_mac = (struct mac){{0x02, 0, 0, 0, 0, 2}};
	while (cur_left(&c) > 0) {
		uint8_t step = cur_u8(&c) % STEPS;
		size_t n = cur_u16le(&c);
		struct span bytes = cur_span(&c, n < cur_left(&c) ? n : cur_left(&c));
		if (step <= 1 && !d->frame) {
			harness_datagram(&h, (enum dir)step, bytes.ptr, bytes.len);
		} else if (step <= 1) {
			(void)d->probe(bytes, step == 1);
			harness_stream(&h, (enum dir)step, bytes.ptr, bytes.len);
		} else if (step <= 3) {
			harness_gap(&h, (enum dir)(step - 2), n);
		} else if (step == 4) {
			harness_wait(&h, (int64_t)n * NS_PER_S / 256);
		} else {
			harness_finish(&h);
		}
	}
	harness_finish(&h);
	if (d->frame && h.state_bytes > SMB_STATE_MAX)
		abort();
	harness_deinit(&h);
	return 0;
}
