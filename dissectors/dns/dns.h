/*
 * DNS between hosts and resolvers (RFC 1035), over UDP and TCP: who asks whom for which name, and what the answer is.
 *
 * Names within the local link (mDNS, LLMNR, NetBIOS) are discovery's.
 */
#ifndef SEKISHO_DNS_DNS_H
#define SEKISHO_DNS_DNS_H

#include "event/dissector.h"
#include "event/field.h"

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum dns_field_id {
#include "dns/dns_fields.def"
	DNS_FIELDS
};
#undef FIELD

enum {
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_MX = 15,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_IXFR = 251,
	DNS_TYPE_AXFR = 252,
	DNS_CLASS_IN = 1,
};

extern const struct field_def dns_field[];
extern const struct field_table dns_table;
extern const struct dissector dns_dissector, dns_tcp_dissector;

#endif
