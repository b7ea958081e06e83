/* ARP, DHCP and LLDP: the first byte chooses, the rest is one PDU. */
#include "discovery/discovery.h"
#include "dissect_harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dissector *const kinds[] = {&arp_dissector, &dhcp_dissector, &lldp_dissector};
	static struct harness h;
	struct cursor c = cur_of(span_of(data, size));
	const struct dissector *d = kinds[cur_u8(&c) % 3];
	struct span bytes = cur_rest(&c);

	harness_init(&h, d);
	h.out.at.has_ether = true;
	h.out.at.src_mac = (struct mac){{0x00, 0x80, 0xf4, 0x00, 0x00, 0x01}};
	h.out.at.src_ip = ip_from_v4((const uint8_t[]){192, 168, 0, 1});
	if (d->probe)
		(void)d->probe(bytes, false);
	harness_datagram(&h, DIR_REQUEST, bytes.ptr, bytes.len);
	harness_deinit(&h);
	return 0;
}
