/* discovery beyond ARP, DHCP and LLDP: what devices tell their neighbours, and what they answer. */
#include <check.h>
#include <netinet/in.h>

#include "announce_vectors.h"

static void begin_flow(struct harness *h, const struct dissector *d)
{
	h->out.at.has_ether = true;
	h->out.at.src_mac = (struct mac){{0x00, 0x80, 0xf4, 0x00, 0x00, 0x01}};
	h->out.at.dest_mac = (struct mac){{0x02, 0x00, 0x00, 0x00, 0x00, 0x50}};
	if (dissector_is_link(d))
		return;
	h->out.at.ip_proto = d->frame ? IPPROTO_TCP : IPPROTO_UDP;
	h->out.at.src_ip = ip_from_v4((const uint8_t[]){192, 168, 0, 1});
	h->out.at.dest_ip = ip_from_v4((const uint8_t[]){192, 168, 0, 50});
}

static const struct vector_table table = {
    .rows = announce_vectors,
    .n = ANNOUNCE_VECTORS,
    .golden = "tests/golden/discovery",
    .begin = begin_flow,
};

int main(void)
{
	Suite *s = suite_create("announce");

	suite_add_tcase(s, vectors_tcase(&table));
	return vectors_run(s);
}
