#include "discovery/discovery.h"

static const struct enum_name protocols[] = {
    {DISCOVERY_BY_ARP, "arp"},
    {DISCOVERY_BY_DHCP, "dhcp"},
    {DISCOVERY_BY_LLDP, "lldp"},
    {DISCOVERY_BY_MODBUS_DEVICE_ID, "modbus_device_id"},
    {DISCOVERY_BY_NTLM, "ntlm"},
    {DISCOVERY_BY_SMB, "smb"},
    {DISCOVERY_BY_CDP, "cdp"},
    {DISCOVERY_BY_PROFINET_DCP, "profinet_dcp"},
    {DISCOVERY_BY_MDNS, "mdns"},
    {DISCOVERY_BY_LLMNR, "llmnr"},
    {DISCOVERY_BY_NETBIOS, "netbios"},
    {DISCOVERY_BY_SSDP, "ssdp"},
    {DISCOVERY_BY_SNMP, "snmp"},
    {DISCOVERY_BY_BACNET, "bacnet"},
    {DISCOVERY_BY_ENIP, "enip_identity"},
    {DISCOVERY_BY_DHCPV6, "dhcpv6"},
    {DISCOVERY_BY_SSH, "ssh"},
    {DISCOVERY_BY_TLS_SNI, "tls_sni"},
    {DISCOVERY_BY_OPCUA, "opcua_application"},
    {DISCOVERY_BY_HTTP, "http_server"},
    {DISCOVERY_BY_S7, "s7_identification"},
    {DISCOVERY_BY_SLMP, "slmp"},
    {DISCOVERY_BY_FINS, "fins"},
    {DISCOVERY_BY_UMAS, "umas"},
    {DISCOVERY_BY_STP, "stp"},
    {DISCOVERY_BY_NDP, "ndp"},
    {DISCOVERY_BY_MODBUS_SERVER_ID, "modbus_server_id"},
};
static const struct enum_names discovery_protocol_names = ENUM_NAMES(protocols);

static const struct enum_name roles[] = {
    {DISCOVERY_ROLE_SWITCH, "switch"},
    {DISCOVERY_ROLE_ROUTER, "router"},
    {DISCOVERY_ROLE_ACCESS_POINT, "access_point"},
    {DISCOVERY_ROLE_PHONE, "phone"},
    {DISCOVERY_ROLE_DHCP_SERVER, "dhcp_server"},
    {DISCOVERY_ROLE_IO_CONTROLLER, "io_controller"},
    {DISCOVERY_ROLE_IO_DEVICE, "io_device"},
    {DISCOVERY_ROLE_IO_SUPERVISOR, "io_supervisor"},
    {DISCOVERY_ROLE_DOMAIN_CONTROLLER, "domain_controller"},
    {DISCOVERY_ROLE_PLC, "plc"},
    {DISCOVERY_ROLE_HMI, "hmi"},
    {DISCOVERY_ROLE_DRIVE, "drive"},
};
static const struct enum_names discovery_role_names = ENUM_NAMES(roles);

static const struct enum_name applications[] = {
    {DISCOVERY_APPLICATION_SERVER, "server"},
    {DISCOVERY_APPLICATION_CLIENT, "client"},
    {DISCOVERY_APPLICATION_BOTH, "client_and_server"},
    {DISCOVERY_APPLICATION_DISCOVERY, "discovery_server"},
};
static const struct enum_names discovery_application_names = ENUM_NAMES(applications);

static const struct enum_name arps[] = {
    {DISCOVERY_ARP_REQUEST, "request"},
    {DISCOVERY_ARP_REPLY, "reply"},
    {DISCOVERY_ARP_GRATUITOUS, "gratuitous"},
    {DISCOVERY_ARP_PROBE, "probe"},
};
static const struct enum_names discovery_arp_names = ENUM_NAMES(arps);

static const struct enum_name tls_versions[] = {
    {0x0300, "SSL 3.0"}, {0x0301, "TLS 1.0"}, {0x0302, "TLS 1.1"}, {0x0303, "TLS 1.2"}, {0x0304, "TLS 1.3"},
};
static const struct enum_names discovery_tls_names = ENUM_NAMES(tls_versions);

static const struct enum_name dhcps[] = {
    {1, "discover"}, {2, "offer"}, {3, "request"}, {4, "decline"},
    {5, "ack"},      {6, "nak"},   {7, "release"}, {8, "inform"},
};
static const struct enum_names discovery_dhcp_names = ENUM_NAMES(dhcps);

/* IEEE 802.1AB table 8-4, by bit. */
static const struct enum_name capabilities[] = {
    {0, "other"},  {1, "repeater"},  {2, "bridge"},          {3, "wlan_access_point"},
    {4, "router"}, {5, "telephone"}, {6, "docsis"},          {7, "station_only"},
    {8, "c_vlan"}, {9, "s_vlan"},    {10, "two_port_relay"},
};
static const struct enum_names discovery_capability_names = ENUM_NAMES(capabilities);

static const struct enum_name dcps[] = {
    {DISCOVERY_DCP_IDENTIFY, "identify"},
    {DISCOVERY_DCP_HELLO, "hello"},
    {DISCOVERY_DCP_GET, "get"},
    {DISCOVERY_DCP_SET, "set"},
};
static const struct enum_names discovery_dcp_names = ENUM_NAMES(dcps);

/* By option and suboption. */
static const struct enum_name dcp_controls[] = {
    {0x0503, "signal"},
    {0x0505, "factory_reset"},
    {0x0506, "reset_to_factory"},
};
static const struct enum_names discovery_dcp_control_names = ENUM_NAMES(dcp_controls);

static const struct enum_name netbios[] = {
    {0x00, "workstation"},
    {0x01, "master_browser_of_all"},
    {0x03, "messenger"},
    {0x06, "ras_server"},
    {0x1b, "domain_master_browser"},
    {0x1c, "domain_controllers"},
    {0x1d, "master_browser"},
    {0x1e, "browser_elections"},
    {0x1f, "netdde"},
    {0x20, "file_server"},
    {0x21, "ras_client"},
};
static const struct enum_names discovery_netbios_names = ENUM_NAMES(netbios);

static const struct enum_name dhcpv6s[] = {
    {1, "solicit"}, {2, "advertise"}, {3, "request"}, {4, "confirm"}, {5, "renew"},
    {6, "rebind"},  {7, "reply"},     {8, "release"}, {9, "decline"}, {11, "information_request"},
};
static const struct enum_names discovery_dhcpv6_names = ENUM_NAMES(dhcpv6s);

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {&discovery_table, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},
const struct field_def discovery_field[] = {
#include "discovery/discovery_fields.def"
};
#undef FIELD

const struct field_table discovery_table = {"discovery", discovery_field, DISCOVERY_FIELDS};
