/*
 * Vectors of discovery: a script of runs ('>' from the client, '<' from the server), and the records that come of it.
 * Frames come from 00:80:f4:00:00:01 to 02:00:00:00:00:50, packets from 192.168.0.1 to 192.168.0.50.
 */
#ifndef SEKISHO_TESTS_DISCO_VECTORS_H
#define SEKISHO_TESTS_DISCO_VECTORS_H

#include "discovery/discovery.h"

struct disco_vector {
	const char *name;
	const struct dissector *d;
	const char *script;
	const char *expect;
};

static const struct disco_vector disco_vectors[] = {
	/* ---- CDP */
	{
		.name = "CDP of a switch",
		.d = &cdp_dissector,
		.script = "> [version]02 [ttl]B4 [checksum]0000 [device id]0001 0006 5331 [version]0005 001F 494F53202876292C2056657273696F6E203132"
			  "2E322834292C2052 [platform]0006 000B 57532D33353630 [addresses]0002 002D 00000002 01 01 CC 0004 C0A800FA "
			  "02 08 AAAA0300000086DD 0010 FE800000000000000000000000000001 [port]0003 0008 47693031 [capabilities]0004 0008 00000029 "
			  "[VTP]0009 0007 504C43 [native vlan]000A 0006 0064 [name]0014 0008 53573031 [management]0016 0011 00000001 01 01 CC 0004 "
			  "C0A800FB [location]0017 0006 00 41 [unknown]7777 0006 0102",
		.expect = "{'discovery':{'protocol':'cdp','mac':'00:80:f4:00:00:01','ip':['192.168.0.250','fe80::1','192.168.0.251'],'name':'SW01',"
			  "'model':'WS-3560','firmware':'12.2(4)','role':'router','detail':{'chassis_id':'S1','port_id':'Gi01',"
			  "'description':'IOS (v), Version 12.2(4), R','capabilities':['bridge','router'],'ttl_s':180,'port_vlan':100,"
			  "'domain':'PLC','location':'A'}}}\n",
	},
	{
		.name = "CDP of a telephone, version 1, address 0.0.0.0",
		.d = &cdp_dissector,
		.script = "> 01 78 0000 [device id]0001 0007 534550 [addresses]0002 0011 00000001 01 01 CC 0004 00000000 [capabilities]0004 0008 00000090",
		.expect = "{'discovery':{'protocol':'cdp','mac':'00:80:f4:00:00:01','name':'SEP','role':'phone','detail':{'chassis_id':'SEP',"
			  "'capabilities':['telephone','station_only'],'ttl_s':120}}}\n",
	},
	{
		.name = "CDP: a count of addresses that lies",
		.d = &cdp_dissector,
		.script = "> 02 78 0000 [device id]0001 0006 5331 [addresses]0002 0011 FFFFFFFF 01 01 CC 0004 C0A800FA",
		.expect = "{'discovery':{'protocol':'cdp','mac':'00:80:f4:00:00:01','ip':['192.168.0.250'],'name':'S1','detail':{'chassis_id':'S1',"
			  "'ttl_s':120}}}\n",
	},
	{
		.name = "CDP: a value beyond the end",
		.d = &cdp_dissector,
		.script = "> 02 78 0000 [device id]0001 0006 5331 [port]0003 0040 47",
		.expect = "{'anomaly':{'type':'malformed','reason':'tlv_truncated','offset':10,'app_proto':'cdp'}}\n",
	},
	{
		.name = "CDP: a length less than its head",
		.d = &cdp_dissector,
		.script = "> 02 78 0000 0001 0003 5331",
		.expect = "{'anomaly':{'type':'malformed','reason':'tlv_length_invalid','offset':4,'app_proto':'cdp'}}\n",
	},
	{
		.name = "CDP of a version to come",
		.d = &cdp_dissector,
		.script = "> 09 78 0000",
		.expect = "{'anomaly':{'type':'malformed','reason':'version_unknown','offset':0,'app_proto':'cdp'}}\n",
	},

	/* ---- PROFINET DCP (IEC 61158-6-10, 4.3) */
	{
		.name = "DCP: a station answers who it is",
		.d = &profinet_dcp_dissector,
		.script = "> [frame]FEFF [identify]05 [success]01 [xid]01000001 0000 [length]003E [type]0201 0009 0000 455432303053 50 00 "
			  "[name]0202 0007 0000 706C632D31 00 [id]0203 0006 0000 002A 0301 [role]0204 0004 0000 01 00 "
			  "[ip]0102 000E 0001 C0A8000A FFFFFF00 C0A800FE [padding]00*20",
		.expect = "{'discovery':{'protocol':'profinet_dcp','mac':'00:80:f4:00:00:01','ip':['192.168.0.10'],'name':'plc-1','model':'ET200SP',"
			  "'role':'io_device','detail':{'dcp_operation':'identify','router_ip':'192.168.0.254','vendor_id':42,'device_id':769}}}\n",
	},
	{
		.name = "DCP: a controller says hello",
		.d = &profinet_dcp_dissector,
		.script = "> FEFC 06 00 01000001 0000 001B [name]0202 0006 0000 706C6331 [alias]0206 0005 0000 703031 00 [role]0204 0003 0000 02",
		.expect = "{'discovery':{'protocol':'profinet_dcp','mac':'00:80:f4:00:00:01','name':'plc1','role':'io_controller','detail':{"
			  "'dcp_operation':'hello','alias':'p01'}}}\n",
	},
	{
		.name = "DCP: what a station answers to get",
		.d = &profinet_dcp_dissector,
		.script = "> FEFD 03 01 01000001 0000 0010 [name]0202 0006 0000 706C6331 [role]0204 0002 0000",
		.expect = "{'discovery':{'protocol':'profinet_dcp','mac':'00:80:f4:00:00:01','name':'plc1','detail':{'dcp_operation':'get'}}}\n",
	},
	{
		.name = "DCP: a name and an address are set",
		.d = &profinet_dcp_dissector,
		.script = "> FEFD [set]04 00 01000001 0000 001C [name, for good]0202 0006 0001 706C6332 "
			  "[ip, for good]0102 000E 0001 C0A8000B FFFFFF00 00000000",
		.expect = "{'discovery':{'protocol':'profinet_dcp','mac':'00:80:f4:00:00:01','detail':{'dcp_operation':'set','set_target_mac':"
			  "'02:00:00:00:00:50','set_name':'plc2','set_ip':'192.168.0.11'}}}\n",
	},
	{
		.name = "DCP: a station is reset",
		.d = &profinet_dcp_dissector,
		.script = "> FEFD 04 00 01000001 0000 0006 [factory reset]0505 0002 0000",
		.expect = "{'discovery':{'protocol':'profinet_dcp','mac':'00:80:f4:00:00:01','detail':{'dcp_operation':'set','set_target_mac':"
			  "'02:00:00:00:00:50','set_control':'factory_reset'}}}\n",
	},
	{.name = "DCP: looking for a name", .d = &profinet_dcp_dissector, .script = "> FEFE 05 00 01000001 0001 0008 0202 0004 706C6331", .expect = ""},
	{.name = "DCP: get asks with bare options", .d = &profinet_dcp_dissector, .script = "> FEFD 03 00 01000001 0000 0002 0202", .expect = ""},
	{.name = "DCP: set is answered", .d = &profinet_dcp_dissector, .script = "> FEFD 04 01 01000001 0000 0008 0504 0003 0202 00 00", .expect = ""},
	{.name = "cyclic data of PROFINET", .d = &profinet_dcp_dissector, .script = "> 8001 80*40", .expect = ""},
	{
		.name = "DCP: a block beyond the end",
		.d = &profinet_dcp_dissector,
		.script = "> FEFF 05 01 01000001 0000 0008 0202 0040 0000 7063",
		.expect = "{'anomaly':{'type':'malformed','reason':'block_truncated','offset':12,'app_proto':'profinet_dcp'}}\n",
	},
};

enum { DISCO_VECTORS = sizeof(disco_vectors) / sizeof(disco_vectors[0]) };

#endif
