/*
 * Discovery: what devices say of themselves while they talk about something else.
 *
 * One kind of record, `discovery` (events.md), shared by all dissectors that meet a device's name, maker or address:
 * what stands in this folder, and device identification in modbus. The ledger merges them into assets.
 */
#ifndef SEKISHO_DISCOVERY_DISCOVERY_H
#define SEKISHO_DISCOVERY_DISCOVERY_H

#include "event/dissector.h"
#include "event/field.h"

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum discovery_field_id {
#include "discovery/discovery_fields.def"
	DISCOVERY_FIELDS
};
#undef FIELD

/** Tokens as events.md lists them; further protocols append. */
enum discovery_by {
	DISCOVERY_BY_ARP,
	DISCOVERY_BY_DHCP,
	DISCOVERY_BY_LLDP,
	DISCOVERY_BY_MODBUS_DEVICE_ID,
	DISCOVERY_BY_NTLM,
	DISCOVERY_BY_SMB,
	DISCOVERY_BY_CDP,
	DISCOVERY_BY_PROFINET_DCP,
	DISCOVERY_BY_MDNS,
	DISCOVERY_BY_LLMNR,
	DISCOVERY_BY_NETBIOS,
	DISCOVERY_BY_SSDP,
	DISCOVERY_BY_SNMP,
	DISCOVERY_BY_BACNET,
	DISCOVERY_BY_ENIP,
	DISCOVERY_BY_DHCPV6,
	DISCOVERY_BY_SSH,
	DISCOVERY_BY_TLS_SNI,
	DISCOVERY_BY_OPCUA,
	DISCOVERY_BY_HTTP,
	DISCOVERY_BY_S7,
	DISCOVERY_BY_SLMP,
	DISCOVERY_BY_FINS,
	DISCOVERY_BY_UMAS,
	DISCOVERY_BY_STP,
	DISCOVERY_BY_NDP,
	DISCOVERY_BY_MODBUS_SERVER_ID,
};

enum discovery_role {
	DISCOVERY_ROLE_SWITCH,
	DISCOVERY_ROLE_ROUTER,
	DISCOVERY_ROLE_ACCESS_POINT,
	DISCOVERY_ROLE_PHONE,
	DISCOVERY_ROLE_DHCP_SERVER,
	DISCOVERY_ROLE_IO_CONTROLLER,
	DISCOVERY_ROLE_IO_DEVICE,
	DISCOVERY_ROLE_IO_SUPERVISOR,
	DISCOVERY_ROLE_DOMAIN_CONTROLLER,
	DISCOVERY_ROLE_PLC,
	DISCOVERY_ROLE_HMI,
	DISCOVERY_ROLE_DRIVE,
};

/** OPC 10000-4, 7.4 */
enum discovery_application {
	DISCOVERY_APPLICATION_SERVER,
	DISCOVERY_APPLICATION_CLIENT,
	DISCOVERY_APPLICATION_BOTH,
	DISCOVERY_APPLICATION_DISCOVERY,
};

enum discovery_arp {
	DISCOVERY_ARP_REQUEST,
	DISCOVERY_ARP_REPLY,
	DISCOVERY_ARP_GRATUITOUS,
	DISCOVERY_ARP_PROBE,
};

enum discovery_dcp {
	DISCOVERY_DCP_IDENTIFY,
	DISCOVERY_DCP_HELLO,
	DISCOVERY_DCP_GET,
	DISCOVERY_DCP_SET,
};

extern const struct field_def discovery_field[];
extern const struct field_table discovery_table;

extern const struct dissector arp_dissector, dhcp_dissector, lldp_dissector, cdp_dissector, profinet_dcp_dissector;
extern const struct dissector mdns_dissector, llmnr_dissector, netbios_dissector, snmp_dissector;
extern const struct dissector bacnet_dissector, dhcpv6_dissector, ssh_dissector, tls_dissector;
extern const struct dissector stp_dissector, ndp_dissector;

/**
 * Tells the identity that a device answers to ListIdentity (CIP Volume 2, 2-4.2), whatever it was carried in. @items is
 * what follows the encapsulation header. @return false where it is not whole; what comes before the end is told.
 */
bool enip_identity_say(struct emitter *out, enum dir dir, struct cursor *items);

/** Tells what the datagram @text of SSDP (UPnP Device Architecture 1.2, 1.3) says of its sender, if anything. */
void ssdp_say(struct emitter *out, enum dir dir, struct span text);

#endif
