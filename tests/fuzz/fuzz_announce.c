/* Discovery beyond ARP, DHCP and LLDP: the first byte chooses the dissector; streams come in segments behind a length.
 */
#include <netinet/in.h>

#include "discovery/discovery.h"
#include "dissect_harness.h"
#include "ot/enip.h"
#include "ssdp_alone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void play(struct harness *h, struct cursor *c)
{
	while (cur_left(c) > 0) {
		uint16_t head = cur_u16be(c);
		size_t n = head & 0x3fff;
		struct span bytes = cur_span(c, n < cur_left(c) ? n : cur_left(c));
		if (head & 0x4000)
			harness_gap(h, head >> 15, 1 + n);
		if (bytes.len > 0)
			harness_stream(h, head >> 15, bytes.ptr, bytes.len);
	}
	harness_finish(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dissector *const kinds[] = {
	    &cdp_dissector,     &profinet_dcp_dissector, &mdns_dissector, &llmnr_dissector,
	    &netbios_dissector, &ssdp_dissector,         &snmp_dissector, &bacnet_dissector,
	    &enip_dissector,    &dhcpv6_dissector,       &ssh_dissector,  &tls_dissector,
	};
	static struct harness h;
	struct cursor c = cur_of(span_of(data, size));
	uint8_t choice = cur_u8(&c);
	const struct dissector *d = kinds[(choice & 0x7f) % (sizeof(kinds) / sizeof(kinds[0]))];

	harness_init(&h, d);
	h.out.at.has_ether = true;
	h.out.at.src_mac = (struct mac){{0x00, 0x80, 0xf4, 0x00, 0x00, 0x01}};
	h.out.at.ip_proto = d->frame ? IPPROTO_TCP : IPPROTO_UDP;
	h.out.at.src_ip = ip_from_v4((const uint8_t[]){192, 168, 0, 1});
	h.out.at.dest_ip = ip_from_v4((const uint8_t[]){192, 168, 0, 50});
	if (d->frame) {
		play(&h, &c);
	} else {
		struct span bytes = cur_rest(&c);
		if (d->probe)
			(void)d->probe(bytes, choice & 0x80);
		harness_datagram(&h, choice >> 7 ? DIR_RESPONSE : DIR_REQUEST, bytes.ptr, bytes.len);
	}
	harness_deinit(&h);
	return 0;
}
