/*
 * Vectors of discovery: a script of runs ('>' from the client, '<' from the server), and the records that come of it.
 * Frames come from 00:80:f4:00:00:01 to 02:00:00:00:00:50, packets from 192.168.0.1 to 192.168.0.50.
 */
#ifndef SEKISHO_TESTS_DISCO_VECTORS_H
#define SEKISHO_TESTS_DISCO_VECTORS_H

#include "discovery/discovery.h"

/* Encoded names (RFC 1001, 14.1), each with the length in front and the end behind it. */
#define NB_PLC_20 "204641454D4544434143414341434143414341434143414341434143414341434100 "
#define NB_WG_00  "20464845484341434143414341434143414341434143414341434143414341414100 "

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

	/* ---- mDNS (RFC 6762, 6763) */
	{
		.name = "mDNS: a host and its addresses",
		.d = &mdns_dissector,
		.script = "> [id]0000 [answer]8400 0000 0003 0000 0001 [A]03706C63 056C6F63616C 00 0001 8001 00000078 0004 C0A80001 "
			  "[AAAA]C00C 001C 8001 00000078 0010 FE80 00*13 0A [HINFO]C00C 000D 8001 00000078 000C 03504C43 07567857726B7336 "
			  "[another's A]016E 00 0001 8001 00000078 0004 C0A80063",
		.expect = "{'discovery':{'protocol':'mdns','ip':['192.168.0.1','fe80::a'],'name':'plc','os':'VxWrks6'}}\n",
	},
	{
		.name = "mDNS: a service, what it is and where (RFC 6763)",
		.d = &mdns_dissector,
		.script = "> 0000 8400 0000 0003 0000 0000 [PTR]055F68747470 045F746370 056C6F63616C 00 000C 0001 00001194 0006 034E3333 C00C "
			  "[SRV]C028 0021 8001 00000078 000C 0000 0000 0050 03706C63 C017 "
			  "[TXT]C028 0010 8001 00001194 003D [model]096D6F64656C3D583130 [maker]116D616E7566616374757265723D41434D45 "
			  "[serial]0F73657269616C4E756D6265723D3939 [fw]0666773D312E32 [odd]0461626364 [path]05706174683D",
		.expect = "{'discovery':{'protocol':'mdns','ip':['192.168.0.1'],'name':'plc','vendor':'ACME','model':'X10','serial':'99','firmware':'1.2',"
			  "'detail':{'services':['_http._tcp']}}}\n",
	},
	{
		.name = "mDNS: kinds of service, and a reverse name",
		.d = &mdns_dissector,
		.script = "> 0000 8400 0000 0002 0000 0000 [_services]095F7365727669636573 075F646E732D7364 045F756470 056C6F63616C 00 000C 0001 00001194 000D "
			  "055F6F706375 045F746370 C023 [reverse]0131 0161 04 61727061 00 000C 8001 00000078 0006 03706C63 C023",
		.expect = "{'discovery':{'protocol':'mdns','ip':['192.168.0.1'],'name':'plc','detail':{'services':['_opcu._tcp']}}}\n",
	},
	{.name = "mDNS: a question", .d = &mdns_dissector, .script = "> 0000 0000 0001 0000 0000 0000 03706C63 056C6F63616C 00 0001 0001", .expect = ""},
	{
		.name = "mDNS: goodbye",
		.d = &mdns_dissector,
		.script = "> 0000 8400 0000 0001 0000 0000 03706C63 056C6F63616C 00 0001 8001 [ttl]00000000 0004 C0A80001",
		.expect = "",
	},
	{
		.name = "mDNS: a name that points at itself",
		.d = &mdns_dissector,
		.script = "> 0000 8400 0000 0001 0000 0000 C00C 0001 8001 00000078 0004 C0A80001",
		.expect = "{'anomaly':{'type':'malformed','reason':'record_invalid','offset':12,'app_proto':'mdns'}}\n",
	},
	{
		.name = "mDNS: a count that lies",
		.d = &mdns_dissector,
		.script = "> 0000 8400 0000 FFFF 0000 0000 03706C63 00 0001 8001 00000078 0004 C0A80001",
		.expect = "{'anomaly':{'type':'malformed','reason':'record_invalid','offset':31,'app_proto':'mdns'}}\n",
	},

	/* ---- LLMNR (RFC 4795) */
	{
		.name = "LLMNR: a host answers to its name",
		.d = &llmnr_dissector,
		.script = "< [id]1234 [answer]8000 0001 0001 0000 0000 024D31 00 0001 0001 024D31 00 0001 0001 0000001E 0004 C0A80032",
		.expect = "{'discovery':{'protocol':'llmnr','ip':['192.168.0.50'],'name':'M1'}}\n",
	},
	{.name = "LLMNR: a question", .d = &llmnr_dissector, .script = "> 1234 0000 0001 0000 0000 0000 024D31 00 0001 0001", .expect = ""},

	/* ---- NetBIOS name service (RFC 1002) */
	{
		.name = "NBNS: a host registers its name",
		.d = &netbios_dissector,
		.script = "> 8001 [registration]2910 0001 0000 0000 0001 " NB_PLC_20 "0020 0001 C00C 0020 0001 000493E0 0006 [unique]6000 C0A80001",
		.expect = "{'discovery':{'protocol':'netbios','ip':['192.168.0.1'],'name':'PLC','detail':{'netbios_suffix':['file_server']}}}\n",
	},
	{
		.name = "NBNS: a host registers with its workgroup",
		.d = &netbios_dissector,
		.script = "> 8001 2910 0001 0000 0000 0001 " NB_WG_00 "0020 0001 C00C 0020 0001 000493E0 0006 [group]E000 C0A80001",
		.expect = "{'discovery':{'protocol':'netbios','ip':['192.168.0.1'],'detail':{'domain':'WG','netbios_suffix':['workstation']}}}\n",
	},
	{
		.name = "NBNS: a server knows whose name it is",
		.d = &netbios_dissector,
		.script = "< 8002 [answer]8500 0000 0001 0000 0000 " NB_PLC_20 "0020 0001 000493E0 000C 6000 C0A80007 6000 C0A80008",
		.expect = "{'discovery':{'protocol':'netbios','ip':['192.168.0.7','192.168.0.8'],'name':'PLC','detail':{'netbios_suffix':['file_server']}}}\n",
	},
	{.name = "NBNS: who is in a group", .d = &netbios_dissector,
	 .script = "< 8002 8500 0000 0001 0000 0000 " NB_WG_00 "0020 0001 000493E0 0006 [group]E000 C0A80007", .expect = ""},
	{.name = "NBNS: a name that is not there", .d = &netbios_dissector,
	 .script = "< 8002 [name error]8583 0000 0001 0000 0000 " NB_PLC_20 "0020 0001 000493E0 0006 6000 C0A80007", .expect = ""},
	{.name = "NBNS: a question", .d = &netbios_dissector, .script = "> 8002 0110 0001 0000 0000 0000 " NB_PLC_20 "0020 0001", .expect = ""},
	{
		.name = "NBNS: status of a domain controller",
		.d = &netbios_dissector,
		.script = "< 8003 8400 0000 0001 0000 0000 " NB_PLC_20 "0021 0001 00000000 0065 [count]03 "
			  "[name]44432020202020202020202020202000 0400 [group]504C4E54202020202020202020202000 8400 [controllers]504C4E5420202020202020202020201C 8400 "
			  "[unit]0080F4000050 00*40",
		.expect = "{'discovery':{'protocol':'netbios','ip':['192.168.0.50'],'name':'DC','role':'domain_controller','detail':{'domain':'PLNT',"
			  "'netbios_suffix':['workstation','workstation','domain_controllers']}}}\n",
	},
	{
		.name = "NBNS: a status of more names than there are",
		.d = &netbios_dissector,
		.script = "< 8003 8400 0000 0001 0000 0000 " NB_PLC_20 "0021 0001 00000000 0013 [count]FF 44432020202020202020202020202000 0400",
		.expect = "{'anomaly':{'type':'malformed','reason':'status_truncated','offset':0,'app_proto':'netbios'}}\n",
	},

	/* ---- SSDP (UPnP Device Architecture) */
	{
		.name = "SSDP: a camera announces itself",
		.d = &ssdp_dissector,
		.script = "> [NOTIFY * HTTP/1.1]" "4E4F54494659202A20485454502F312E310D0A" "[SERVER: L/5 UPnP/1.0 Cam/2]" "5345525645523A204C2F352055506E502F312E302043616D2F320D0A"
			  "[Location: http://c/]" "4C6F636174696F6E3A20687474703A2F2F632F0D0A" "[NT: upnp:rootdevice]" "4E543A2075706E703A726F6F746465766963650D0A"
			  "[USN: uuid:12-3::upnp:rootdevice]" "55534E3A20757569643A31322D333A3A75706E703A726F6F746465766963650D0A" "[NTS: ssdp:alive]" "4E54533A20737364703A616C6976650D0A" "0D0A",
		.expect = "{'discovery':{'protocol':'ssdp','ip':['192.168.0.1'],'model':'Cam/2','os':'L/5','detail':{'software':'L/5 UPnP/1.0 Cam/2',"
			  "'location_url':'http://c/','services':['upnp:rootdevice'],'uuid':'12-3'}}}\n",
	},
	{
		.name = "SSDP: who searches with what",
		.d = &ssdp_dissector,
		.script = "> [M-SEARCH * HTTP/1.1]4D2D534541524348202A20485454502F312E310D0A [USER-AGENT: x]555345522D4147454E543A20780D0A [ST: a]53543A20610D0A0D0A",
		.expect = "{'discovery':{'protocol':'ssdp','ip':['192.168.0.1'],'detail':{'software':'x'}}}\n",
	},
	{.name = "SSDP: goodbye", .d = &ssdp_dissector,
	 .script = "> [NOTIFY * HTTP/1.1]4E4F54494659202A20485454502F312E310D0A [SERVER: x]5345525645523A20780D0A [NTS: ssdp:byebye]4E54533A20737364703A6279656279650D0A",
	 .expect = ""},

	/* ---- SNMP (RFC 1157, RFC 3416) */
	{
		.name = "SNMP v2c: the system group is answered",
		.d = &snmp_dissector,
		.script = "< [message]30 81 7C [version]02 01 01 [community]04 06 736563726574 [response]A2 6F [id]02 01 07 [error]02 01 00 [index]02 01 00 [list]30 64 "
			  "[sysDescr]30 10 06 08 2B06010201010100 04 04 504C4320 [sysObjectID]30 13 06 08 2B06010201010200 06 07 2B060104018F51 "
			  "[sysContact]30 0E 06 08 2B06010201010400 04 02 4D65 [sysName]30 0E 06 08 2B06010201010500 04 02 4E31 "
			  "[sysLocation]30 0D 06 08 2B06010201010600 04 01 48 [sysUpTime]30 0C 06 08 2B06010201010300 43 00",
		.expect = "{'discovery':{'protocol':'snmp','ip':['192.168.0.50'],'name':'N1','detail':{'description':'PLC','location':'H','object_id':"
			  "'1.3.6.1.4.1.2001','contact':'Me'}}}\n",
	},
	{.name = "SNMP: an error says nothing", .d = &snmp_dissector,
	 .script = "< 30 29 02 01 00 04 06 736563726574 A2 1C 02 01 07 [noSuchName]02 01 02 02 01 01 30 11 30 0F 06 08 2B06010201010500 04 03 4E3132", .expect = ""},
	{.name = "SNMP: a request", .d = &snmp_dissector,
	 .script = "> 30 26 02 01 01 04 06 736563726574 A0 19 02 01 07 02 01 00 02 01 00 30 0E 30 0C 06 08 2B06010201010500 05 00", .expect = ""},
	{.name = "SNMP v3", .d = &snmp_dissector, .script = "< 30 05 02 01 03 30 00", .expect = ""},
	{
		.name = "SNMP: a binding that is none",
		.d = &snmp_dissector,
		.script = "< 30 29 02 01 01 04 06 736563726574 A2 1C 02 01 07 02 01 00 02 01 00 30 11 30 0F 05 08 2B06010201010500 04 03 4E3132",
		.expect = "{'anomaly':{'type':'malformed','reason':'binding_invalid','offset':0,'app_proto':'snmp'}}\n",
	},
	{
		.name = "SNMP: a length of five bytes",
		.d = &snmp_dissector,
		.script = "< 30 85 0000000005 02 01 01 04 00",
		.expect = "{'anomaly':{'type':'malformed','reason':'truncated_pdu','offset':0,'app_proto':'snmp'}}\n",
	},
};

enum { DISCO_VECTORS = sizeof(disco_vectors) / sizeof(disco_vectors[0]) };

#endif
