/* SSDP without the HTTP dissector around it. */
#ifndef SEKISHO_TESTS_SSDP_ALONE_H
#define SEKISHO_TESTS_SSDP_ALONE_H

#include "discovery/discovery.h"

static void ssdp_alone_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	(void)state;
	ssdp_say(out, dir, cur_rest(c));
}

static const struct dissector ssdp_dissector = {
    .name = "ssdp", .table = &discovery_table, .udp_ports = {1900}, .pdu = ssdp_alone_pdu};

#endif
