/*
 * Vectors of discovery: a script of runs ('>' from the client, '<' from the server), and the records that come of it.
 * Frames come from 00:80:f4:00:00:01 to 02:00:00:00:00:50, packets from 192.168.0.1 to 192.168.0.50.
 */
#ifndef SEKISHO_TESTS_ANNOUNCE_VECTORS_H
#define SEKISHO_TESTS_ANNOUNCE_VECTORS_H

#include "discovery/discovery.h"
#include "ot/link_talk.h"
#include "ssdp_alone.h"
#include "vectors.h"

/* Encoded names (RFC 1001, 14.1), each with the length in front and the end behind it. */
#define NB_PLC_20 "204641454D4544434143414341434143414341434143414341434143414341434100 "
#define NB_WG_00  "20464845484341434143414341434143414341434143414341434143414341414100 "

static const struct vector announce_vectors[] = {
	/* ---- CDP */
	{
		.name = "CDP of a switch",
		.dissector = &cdp_dissector,
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
		.dissector = &cdp_dissector,
		.script = "> 01 78 0000 [device id]0001 0007 534550 [addresses]0002 0011 00000001 01 01 CC 0004 00000000 [capabilities]0004 0008 00000090",
		.expect = "{'discovery':{'protocol':'cdp','mac':'00:80:f4:00:00:01','name':'SEP','role':'phone','detail':{'chassis_id':'SEP',"
			  "'capabilities':['telephone','station_only'],'ttl_s':120}}}\n",
	},
	{
		.name = "CDP: a count of addresses that lies",
		.dissector = &cdp_dissector,
		.script = "> 02 78 0000 [device id]0001 0006 5331 [addresses]0002 0011 FFFFFFFF 01 01 CC 0004 C0A800FA",
		.expect = "{'discovery':{'protocol':'cdp','mac':'00:80:f4:00:00:01','ip':['192.168.0.250'],'name':'S1','detail':{'chassis_id':'S1',"
			  "'ttl_s':120}}}\n",
	},
	{
		.name = "CDP: a value beyond the end",
		.dissector = &cdp_dissector,
		.script = "> 02 78 0000 [device id]0001 0006 5331 [port]0003 0040 47",
		.expect = "{'anomaly':{'type':'malformed','reason':'tlv_truncated','offset':10,'app_proto':'cdp'}}\n",
	},
	{
		.name = "CDP: a length less than its head",
		.dissector = &cdp_dissector,
		.script = "> 02 78 0000 0001 0003 5331",
		.expect = "{'anomaly':{'type':'malformed','reason':'tlv_length_invalid','offset':4,'app_proto':'cdp'}}\n",
	},
	{
		.name = "CDP of a version to come",
		.dissector = &cdp_dissector,
		.script = "> 09 78 0000",
		.expect = "{'anomaly':{'type':'malformed','reason':'version_unknown','offset':0,'app_proto':'cdp'}}\n",
	},

	/* ---- PROFINET DCP (IEC 61158-6-10, 4.3) */
	{
		.name = "DCP: a station answers who it is",
		.dissector = &profinet_dcp_dissector,
		.script = "> [frame]FEFF [identify]05 [success]01 [xid]01000001 0000 [length]003E [type]0201 0009 0000 455432303053 50 00 "
			  "[name]0202 0007 0000 706C632D31 00 [id]0203 0006 0000 002A 0301 [role]0204 0004 0000 01 00 "
			  "[ip]0102 000E 0001 C0A8000A FFFFFF00 C0A800FE [padding]00*20",
		.expect = "{'discovery':{'protocol':'profinet_dcp','mac':'00:80:f4:00:00:01','ip':['192.168.0.10'],'name':'plc-1','model':'ET200SP',"
			  "'role':'io_device','detail':{'dcp_operation':'identify','router_ip':'192.168.0.254','vendor_id':42,'device_id':769}}}\n",
	},
	{
		.name = "DCP: a controller says hello",
		.dissector = &profinet_dcp_dissector,
		.script = "> FEFC 06 00 01000001 0000 001B [name]0202 0006 0000 706C6331 [alias]0206 0005 0000 703031 00 [role]0204 0003 0000 02",
		.expect = "{'discovery':{'protocol':'profinet_dcp','mac':'00:80:f4:00:00:01','name':'plc1','role':'io_controller','detail':{"
			  "'dcp_operation':'hello','alias':'p01'}}}\n",
	},
	{
		.name = "DCP: what a station answers to get",
		.dissector = &profinet_dcp_dissector,
		.script = "> FEFD 03 01 01000001 0000 0010 [name]0202 0006 0000 706C6331 [role]0204 0002 0000",
		.expect = "{'discovery':{'protocol':'profinet_dcp','mac':'00:80:f4:00:00:01','name':'plc1','detail':{'dcp_operation':'get'}}}\n",
	},
	{
		.name = "DCP: a name and an address are set",
		.dissector = &profinet_dcp_dissector,
		.script = "> FEFD [set]04 00 01000001 0000 001C [name, for good]0202 0006 0001 706C6332 "
			  "[ip, for good]0102 000E 0001 C0A8000B FFFFFF00 00000000",
		.expect = "{'discovery':{'protocol':'profinet_dcp','mac':'00:80:f4:00:00:01','detail':{'dcp_operation':'set','set_target_mac':"
			  "'02:00:00:00:00:50','set_name':'plc2','set_ip':'192.168.0.11'}}}\n",
	},
	{
		.name = "DCP: a station is reset",
		.dissector = &profinet_dcp_dissector,
		.script = "> FEFD 04 00 01000001 0000 0006 [factory reset]0505 0002 0000",
		.expect = "{'discovery':{'protocol':'profinet_dcp','mac':'00:80:f4:00:00:01','detail':{'dcp_operation':'set','set_target_mac':"
			  "'02:00:00:00:00:50','set_control':'factory_reset'}}}\n",
	},
	{.name = "DCP: looking for a name", .dissector = &profinet_dcp_dissector, .script = "> FEFE 05 00 01000001 0001 0008 0202 0004 706C6331", .expect = ""},
	{.name = "DCP: get asks with bare options", .dissector = &profinet_dcp_dissector, .script = "> FEFD 03 00 01000001 0000 0002 0202", .expect = ""},
	{.name = "DCP: set is answered", .dissector = &profinet_dcp_dissector, .script = "> FEFD 04 01 01000001 0000 0008 0504 0003 0202 00 00", .expect = ""},
	{.name = "cyclic data of PROFINET", .dissector = &profinet_dcp_dissector, .script = "> 8001 80*40", .expect = ""},
	{
		.name = "DCP: a block beyond the end",
		.dissector = &profinet_dcp_dissector,
		.script = "> FEFF 05 01 01000001 0000 0008 0202 0040 0000 7063",
		.expect = "{'anomaly':{'type':'malformed','reason':'block_truncated','offset':12,'app_proto':'profinet_dcp'}}\n",
	},

	/* ---- mDNS (RFC 6762, 6763) */
	{
		.name = "mDNS: a host and its addresses",
		.dissector = &mdns_dissector,
		.script = "> [id]0000 [answer]8400 0000 0003 0000 0001 [A]03706C63 056C6F63616C 00 0001 8001 00000078 0004 C0A80001 "
			  "[AAAA]C00C 001C 8001 00000078 0010 FE80 00*13 0A [HINFO]C00C 000D 8001 00000078 000C 03504C43 07567857726B7336 "
			  "[another's A]016E 00 0001 8001 00000078 0004 C0A80063",
		.expect = "{'discovery':{'protocol':'mdns','ip':['192.168.0.1','fe80::a'],'name':'plc','os':'VxWrks6','detail':{'name_ip':'192.168.0.1'}}}\n",
	},
	{
		.name = "mDNS: a repeater says what another has",
		.dissector = &mdns_dissector,
		.script = "> 0000 8400 0000 0001 0000 0000 03706C63 056C6F63616C 00 0001 8001 00000078 0004 C0A80063",
		.expect = "{'discovery':{'protocol':'mdns','ip':['192.168.0.1','192.168.0.99'],'name':'plc'}}\n",
	},
	{
		.name = "mDNS: a service, what it is and where (RFC 6763)",
		.dissector = &mdns_dissector,
		.script = "> 0000 8400 0000 0003 0000 0000 [PTR]055F68747470 045F746370 056C6F63616C 00 000C 0001 00001194 0006 034E3333 C00C "
			  "[SRV]C028 0021 8001 00000078 000C 0000 0000 0050 03706C63 C017 "
			  "[TXT]C028 0010 8001 00001194 003D [model]096D6F64656C3D583130 [maker]116D616E7566616374757265723D41434D45 "
			  "[serial]0F73657269616C4E756D6265723D3939 [fw]0666773D312E32 [odd]0461626364 [path]05706174683D",
		.expect = "{'discovery':{'protocol':'mdns','ip':['192.168.0.1'],'name':'plc','vendor':'ACME','model':'X10','serial':'99','firmware':'1.2',"
			  "'detail':{'services':['_http._tcp']}}}\n",
	},
	{
		.name = "mDNS: kinds of service, and a reverse name",
		.dissector = &mdns_dissector,
		.script = "> 0000 8400 0000 0002 0000 0000 [_services]095F7365727669636573 075F646E732D7364 045F756470 056C6F63616C 00 000C 0001 00001194 000D "
			  "055F6F706375 045F746370 C023 [reverse]0131 0161 04 61727061 00 000C 8001 00000078 0006 03706C63 C023",
		.expect = "{'discovery':{'protocol':'mdns','ip':['192.168.0.1'],'name':'plc','detail':{'services':['_opcu._tcp']}}}\n",
	},
	{.name = "mDNS: a question", .dissector = &mdns_dissector, .script = "> 0000 0000 0001 0000 0000 0000 03706C63 056C6F63616C 00 0001 0001", .expect = ""},
	{
		.name = "mDNS: goodbye",
		.dissector = &mdns_dissector,
		.script = "> 0000 8400 0000 0001 0000 0000 03706C63 056C6F63616C 00 0001 8001 [ttl]00000000 0004 C0A80001",
		.expect = "",
	},
	{
		.name = "mDNS: a name that points at itself",
		.dissector = &mdns_dissector,
		.script = "> 0000 8400 0000 0001 0000 0000 C00C 0001 8001 00000078 0004 C0A80001",
		.expect = "{'anomaly':{'type':'malformed','reason':'record_invalid','offset':12,'app_proto':'mdns'}}\n",
	},
	{
		.name = "mDNS: a count that lies",
		.dissector = &mdns_dissector,
		.script = "> 0000 8400 0000 FFFF 0000 0000 03706C63 00 0001 8001 00000078 0004 C0A80001",
		.expect = "{'anomaly':{'type':'malformed','reason':'record_invalid','offset':31,'app_proto':'mdns'}}\n",
	},

	/* ---- LLMNR (RFC 4795) */
	{
		.name = "LLMNR: a host answers to its name",
		.dissector = &llmnr_dissector,
		.script = "< [id]1234 [answer]8000 0001 0001 0000 0000 024D31 00 0001 0001 024D31 00 0001 0001 0000001E 0004 C0A80032",
		.expect = "{'discovery':{'protocol':'llmnr','ip':['192.168.0.50'],'name':'M1','detail':{'name_ip':'192.168.0.50'}}}\n",
	},
	{.name = "LLMNR: a question", .dissector = &llmnr_dissector, .script = "> 1234 0000 0001 0000 0000 0000 024D31 00 0001 0001", .expect = ""},

	/* ---- NetBIOS name service (RFC 1002) */
	{
		.name = "NBNS: a host registers its name",
		.dissector = &netbios_dissector,
		.script = "> 8001 [registration]2910 0001 0000 0000 0001 " NB_PLC_20 "0020 0001 C00C 0020 0001 000493E0 0006 [unique]6000 C0A80001",
		.expect = "{'discovery':{'protocol':'netbios','ip':['192.168.0.1'],'name':'PLC','detail':{'netbios_suffix':['file_server']}}}\n",
	},
	{
		.name = "NBNS: a host registers with its workgroup",
		.dissector = &netbios_dissector,
		.script = "> 8001 2910 0001 0000 0000 0001 " NB_WG_00 "0020 0001 C00C 0020 0001 000493E0 0006 [group]E000 C0A80001",
		.expect = "{'discovery':{'protocol':'netbios','ip':['192.168.0.1'],'detail':{'domain':'WG','netbios_suffix':['workstation']}}}\n",
	},
	{
		.name = "NBNS: a server knows whose name it is",
		.dissector = &netbios_dissector,
		.script = "< 8002 [answer]8500 0000 0001 0000 0000 " NB_PLC_20 "0020 0001 000493E0 000C 6000 C0A80007 6000 C0A80008",
		.expect = "{'discovery':{'protocol':'netbios','ip':['192.168.0.7','192.168.0.8'],'name':'PLC','detail':{'netbios_suffix':['file_server']}}}\n",
	},
	{
		.name = "NBNS: a host answers to its name",
		.dissector = &netbios_dissector,
		.script = "< 8002 8500 0000 0001 0000 0000 " NB_PLC_20 "0020 0001 000493E0 0006 6000 C0A80032",
		.expect = "{'discovery':{'protocol':'netbios','ip':['192.168.0.50'],'name':'PLC','detail':{'netbios_suffix':['file_server'],'name_ip':'192.168.0.50'}}}\n",
	},
	{.name = "NBNS: who is in a group", .dissector = &netbios_dissector,
	 .script = "< 8002 8500 0000 0001 0000 0000 " NB_WG_00 "0020 0001 000493E0 0006 [group]E000 C0A80007", .expect = ""},
	{.name = "NBNS: a name that is not there", .dissector = &netbios_dissector,
	 .script = "< 8002 [name error]8583 0000 0001 0000 0000 " NB_PLC_20 "0020 0001 000493E0 0006 6000 C0A80007", .expect = ""},
	{.name = "NBNS: a question", .dissector = &netbios_dissector, .script = "> 8002 0110 0001 0000 0000 0000 " NB_PLC_20 "0020 0001", .expect = ""},
	{
		.name = "NBNS: status of a domain controller",
		.dissector = &netbios_dissector,
		.script = "< 8003 8400 0000 0001 0000 0000 " NB_PLC_20 "0021 0001 00000000 0065 [count]03 "
			  "[name]44432020202020202020202020202000 0400 [group]504C4E54202020202020202020202000 8400 [controllers]504C4E5420202020202020202020201C 8400 "
			  "[unit]0080F4000050 00*40",
		.expect = "{'discovery':{'protocol':'netbios','ip':['192.168.0.50'],'name':'DC','role':'domain_controller','detail':{'domain':'PLNT',"
			  "'netbios_suffix':['workstation','workstation','domain_controllers']}}}\n",
	},
	{
		.name = "NBNS: a status of more names than there are",
		.dissector = &netbios_dissector,
		.script = "< 8003 8400 0000 0001 0000 0000 " NB_PLC_20 "0021 0001 00000000 0013 [count]FF 44432020202020202020202020202000 0400",
		.expect = "{'anomaly':{'type':'malformed','reason':'status_truncated','offset':0,'app_proto':'netbios'}}\n",
	},

	/* ---- SSDP (UPnP Device Architecture) */
	{
		.name = "SSDP: a camera announces itself",
		.dissector = &ssdp_dissector,
		.script = "> [NOTIFY * HTTP/1.1]" "4E4F54494659202A20485454502F312E310D0A" "[SERVER: L/5 UPnP/1.0 Cam/2]" "5345525645523A204C2F352055506E502F312E302043616D2F320D0A"
			  "[Location: http://c/]" "4C6F636174696F6E3A20687474703A2F2F632F0D0A" "[NT: upnp:rootdevice]" "4E543A2075706E703A726F6F746465766963650D0A"
			  "[USN: uuid:12-3::upnp:rootdevice]" "55534E3A20757569643A31322D333A3A75706E703A726F6F746465766963650D0A" "[NTS: ssdp:alive]" "4E54533A20737364703A616C6976650D0A" "0D0A",
		.expect = "{'discovery':{'protocol':'ssdp','ip':['192.168.0.1'],'model':'Cam/2','os':'L/5','detail':{'software':'L/5 UPnP/1.0 Cam/2',"
			  "'location_url':'http://c/','services':['upnp:rootdevice'],'uuid':'12-3'}}}\n",
	},
	{
		.name = "SSDP: who searches with what",
		.dissector = &ssdp_dissector,
		.script = "> [M-SEARCH * HTTP/1.1]4D2D534541524348202A20485454502F312E310D0A [USER-AGENT: x]555345522D4147454E543A20780D0A [ST: a]53543A20610D0A0D0A",
		.expect = "{'discovery':{'protocol':'ssdp','ip':['192.168.0.1'],'detail':{'software':'x'}}}\n",
	},
	{.name = "SSDP: goodbye", .dissector = &ssdp_dissector,
	 .script = "> [NOTIFY * HTTP/1.1]4E4F54494659202A20485454502F312E310D0A [SERVER: x]5345525645523A20780D0A [NTS: ssdp:byebye]4E54533A20737364703A6279656279650D0A",
	 .expect = ""},

	/* ---- SNMP (RFC 1157, RFC 3416) */
	{
		.name = "SNMP v2c: the system group is answered",
		.dissector = &snmp_dissector,
		.script = "< [message]30 81 7C [version]02 01 01 [community]04 06 736563726574 [response]A2 6F [id]02 01 07 [error]02 01 00 [index]02 01 00 [list]30 64 "
			  "[sysDescr]30 10 06 08 2B06010201010100 04 04 504C4320 [sysObjectID]30 13 06 08 2B06010201010200 06 07 2B060104018F51 "
			  "[sysContact]30 0E 06 08 2B06010201010400 04 02 4D65 [sysName]30 0E 06 08 2B06010201010500 04 02 4E31 "
			  "[sysLocation]30 0D 06 08 2B06010201010600 04 01 48 [sysUpTime]30 0C 06 08 2B06010201010300 43 00",
		.expect = "{'discovery':{'protocol':'snmp','ip':['192.168.0.50'],'name':'N1','detail':{'description':'PLC','location':'H','object_id':"
			  "'1.3.6.1.4.1.2001','contact':'Me'}}}\n",
	},
	{.name = "SNMP: an error says nothing", .dissector = &snmp_dissector,
	 .script = "< 30 29 02 01 00 04 06 736563726574 A2 1C 02 01 07 [noSuchName]02 01 02 02 01 01 30 11 30 0F 06 08 2B06010201010500 04 03 4E3132", .expect = ""},
	{.name = "SNMP: a request", .dissector = &snmp_dissector,
	 .script = "> 30 26 02 01 01 04 06 736563726574 A0 19 02 01 07 02 01 00 02 01 00 30 0E 30 0C 06 08 2B06010201010500 05 00", .expect = ""},
	{.name = "SNMP v3", .dissector = &snmp_dissector, .script = "< 30 05 02 01 03 30 00", .expect = ""},
	{
		.name = "SNMP: a binding that is none",
		.dissector = &snmp_dissector,
		.script = "< 30 29 02 01 01 04 06 736563726574 A2 1C 02 01 07 02 01 00 02 01 00 30 11 30 0F 05 08 2B06010201010500 04 03 4E3132",
		.expect = "{'anomaly':{'type':'malformed','reason':'binding_invalid','offset':0,'app_proto':'snmp'}}\n",
	},
	{
		.name = "SNMP: a length of five bytes",
		.dissector = &snmp_dissector,
		.script = "< 30 85 0000000005 02 01 01 04 00",
		.expect = "{'anomaly':{'type':'malformed','reason':'truncated_pdu','offset':0,'app_proto':'snmp'}}\n",
	},

	/* ---- BACnet (ASHRAE 135) */
	{
		.name = "BACnet: I-Am to everybody",
		.dissector = &bacnet_dissector,
		.script = "> [BVLL]81 0B 0018 [NPDU]01 20 FFFF 00 FF [I-Am]10 00 [device 1234]C4 020004D2 [bytes]22 05C4 [segmentation]91 03 [maker]21 2A",
		.expect = "{'discovery':{'protocol':'bacnet','ip':['192.168.0.1'],'detail':{'vendor_id':42,'device_instance':1234}}}\n",
	},
	{
		.name = "BACnet: I-Am from behind a router, forwarded",
		.dissector = &bacnet_dissector,
		.script = "> [BVLL]81 04 0022 [origin]C0A80009 BAC0 [NPDU]01 28 FFFF 00 [network]0007 01 05 FF [I-Am]10 00 [device 1234]C4 020004D2 "
			  "[bytes]22 05C4 [segmentation]91 03 [maker]21 2A",
		.expect = "{'discovery':{'protocol':'bacnet','ip':['192.168.0.9'],'detail':{'vendor_id':42,'device_instance':1234,'bacnet_network':"
			  "7}}}\n",
	},
	{
		.name = "BACnet: a device tells its name",
		.dissector = &bacnet_dissector,
		.script = "< [BVLL]81 0A 001A 01 00 [ack]30 01 [ReadProperty]0C [object]0C 020004D2 [property]19 4D 3E [text]75 06 004148552D31 3F",
		.expect = "{'discovery':{'protocol':'bacnet','ip':['192.168.0.50'],'name':'AHU-1','detail':{'device_instance':1234}}}\n",
	},
	{
		.name = "BACnet: a device tells its maker",
		.dissector = &bacnet_dissector,
		.script = "< [BVLL]81 0A 0017 01 00 [ack]30 01 [ReadProperty]0C [object]0C 020004D2 [property]19 79 3E [text]74 0041434D 3F",
		.expect = "{'discovery':{'protocol':'bacnet','ip':['192.168.0.50'],'vendor':'ACM','detail':{'device_instance':1234}}}\n",
	},
	{
		.name = "BACnet: a device tells where it stands",
		.dissector = &bacnet_dissector,
		.script = "< [BVLL]81 0A 001B 01 00 [ack]30 01 [ReadProperty]0C [object]0C 020004D2 [property]19 3A 3E [text]75 07 0048616C6C2032 3F",
		.expect = "{'discovery':{'protocol':'bacnet','ip':['192.168.0.50'],'detail':{'device_instance':1234,'location':'Hall 2'}}}\n",
	},
	{
		.name = "BACnet: a name from behind a router is nobody that we know",
		.dissector = &bacnet_dissector,
		.script = "< [BVLL]81 0A 001E 01 08 0007 01 05 [ack]30 01 [ReadProperty]0C [object]0C 020004D2 [property]19 4D 3E [text]75 06 004148552D31 "
			  "3F",
		.expect = "",
	},
	{
		.name = "BACnet: the name of another object",
		.dissector = &bacnet_dissector,
		.script = "< [BVLL]81 0A 0017 01 00 [ack]30 01 [ReadProperty]0C [object]0C 00000001 [property]19 4D 3E [text]74 0046616E 3F",
		.expect = "",
	},
	{
		.name = "BACnet: Who-Is",
		.dissector = &bacnet_dissector,
		.script = "> [BVLL]81 0B 000C 01 20 FFFF 00 FF 10 08",
		.expect = "",
	},
	{
		.name = "BACnet: a network message",
		.dissector = &bacnet_dissector,
		.script = "> [BVLL]81 0B 0009 01 80 01 0007",
		.expect = "",
	},
	{
		.name = "BACnet: I-Am of something else",
		.dissector = &bacnet_dissector,
		.script = "> [BVLL]81 0B 0014 01 00 10 00 C4 00000001 22 05C4 91 03 21 2A",
		.expect = "{'anomaly':{'type':'malformed','reason':'i_am_invalid','offset':0,'app_proto':'bacnet'}}\n",
	},

	/* ---- real-time traffic without IP, named by its EtherType */
	{
		.name = "GOOSE: a conversation begins (IEC 61850-8-1)",
		.dissector = &goose_dissector,
		.script = "> [APPID]0001 [length]0010 00000000 6106 8000 8102 0001 > 0001 0010 00000000 6106 8000 8102 0002",
		.expect = "{'flow':{'state':'established','reason':'begin','start':'1970-01-01T00:00:01.001000+0000',"
			  "'end':'1970-01-01T00:00:01.001000+0000','pkts_toserver':1,'payload_toserver':true}}\n"
			  "{'flow':{'state':'established','reason':'end_of_capture','start':'1970-01-01T00:00:01.001000+0000',"
			  "'end':'1970-01-01T00:00:01.002000+0000','pkts_toserver':2,'payload_toserver':true}}\n",
	},
	{
		.name = "PROFINET: cyclic data, not DCP (IEC 61158-6-10)",
		.dissector = &profinet_rt_dissector,
		.script = "> [identify]FEFE 05 00 00000001 0001 0004 FFFF 0000 > [cyclic]8001 00*40 [counter]1234 3500",
		.expect = "{'flow':{'state':'established','reason':'begin','start':'1970-01-01T00:00:01.002000+0000',"
			  "'end':'1970-01-01T00:00:01.002000+0000','pkts_toserver':1,'payload_toserver':true}}\n"
			  "{'flow':{'state':'established','reason':'end_of_capture','start':'1970-01-01T00:00:01.002000+0000',"
			  "'end':'1970-01-01T00:00:01.002000+0000','pkts_toserver':1,'payload_toserver':true}}\n",
	},

	/* ---- DHCPv6 (RFC 8415) */
	{
		.name = "DHCPv6: a client asks (RFC 8415)",
		.dissector = &dhcpv6_dissector,
		.script = "> [solicit]01 123456 [client]0001 000A 0003 0001 0080F4000001 [name]0027 000D 00 04706C633105706C616E7400 [class]0010 000A "
			  "00000137 000441434D45 [asks for]0006 0004 0017 0018",
		.expect = "{'discovery':{'protocol':'dhcpv6','mac':'00:80:f4:00:00:01','ip':['192.168.0.1'],'name':'plc1.plant','detail':{'client_i"
			  "d':'000300010080f4000001','vendor_class':'ACME','parameters':[23,24],'dhcpv6_message':'solicit'}}}\n",
	},
	{
		.name = "DHCPv6: a name without its end (RFC 4704, 4.2)",
		.dissector = &dhcpv6_dissector,
		.script = "> [request]03 123456 0027 0006 00 04706C6331",
		.expect = "{'discovery':{'protocol':'dhcpv6','mac':'00:80:f4:00:00:01','ip':['192.168.0.1'],'name':'plc1','detail':{'dhcpv6_message"
			  "':'request'}}}\n",
	},
	{
		.name = "DHCPv6: a server gives an address",
		.dissector = &dhcpv6_dissector,
		.script = "< 07 123456 0001 000A 0003 0001 0080F4000001 [IA]0003 0028 00000001 00000E10 00001518 0005 0018 FD00 00*13 20 00000E10 00001C20",
		.expect = "{'discovery':{'protocol':'dhcpv6','mac':'02:00:00:00:00:50','ip':['192.168.0.50'],'role':'dhcp_server'}}\n{'discovery':{"
			  "'protocol':'dhcpv6','mac':'00:80:f4:00:00:01','ip':['fd00::20'],'detail':{'client_id':'000300010080f4000001','lease_s':7"
			  "200,'dhcpv6_message':'reply'}}}\n",
	},
	{
		.name = "DHCPv6: a server offers",
		.dissector = &dhcpv6_dissector,
		.script = "< 02 123456 0001 000A 0003 0001 0080F4000001",
		.expect = "{'discovery':{'protocol':'dhcpv6','mac':'02:00:00:00:00:50','ip':['192.168.0.50'],'role':'dhcp_server'}}\n",
	},
	{
		.name = "DHCPv6: through a relay, which tells the MAC (RFC 6939)",
		.dissector = &dhcpv6_dissector,
		.script = "> [relay]0C 00 [link]FD00 00*13 01 [peer]FE80 00*13 02 [mac]004F 0008 0001 0080F4000077 [message]0009 0012 01 123456 0001 000A "
			  "0003 0001 0080F4000001",
		.expect = "{'discovery':{'protocol':'dhcpv6','mac':'00:80:f4:00:00:77','detail':{'client_id':'000300010080f4000001','relay_ip':'fd0"
			  "0::1','dhcpv6_message':'solicit'}}}\n",
	},
	{
		.name = "DHCPv6: an option beyond the end",
		.dissector = &dhcpv6_dissector,
		.script = "> 01 123456 0001 0040 0003",
		.expect = "{'anomaly':{'type':'malformed','reason':'option_truncated','offset':0,'app_proto':'dhcpv6'}}\n",
	},
	{
		.name = "DHCPv6: relayed for ever",
		.dissector = &dhcpv6_dissector,
		.script = "> 0C 00 00*32 0009 0134 0C 00 00*32 0009 010E 0C 00 00*32 0009 00E8 0C 00 00*32 0009 00C2 0C 00 00*32 0009 009C 0C 00 00*32 0009 "
			  "0076 0C 00 00*32 0009 0050 0C 00 00*32 0009 002A 0C 00 00*32 0009 0004 01 123456",
		.expect = "{'anomaly':{'type':'malformed','reason':'relayed_too_often','offset':0,'app_proto':'dhcpv6'}}\n",
	},

	/* ---- SSH (RFC 4253) */
	{
		.name = "SSH: both sides name their software",
		.dissector = &ssh_dissector,
		.script = "< [SSH-2.0-OpenSSH_9.2p1 Debian-2]5353482D322E302D4F70656E5353485F392E3270312044656269616E2D320D0A > "
			  "[SSH-2.0-dropbear]5353482D322E302D64726F70626561720A [keys]0000 0014 < 0000 0014 0A 0D",
		.expect = "{'discovery':{'protocol':'ssh','ip':['192.168.0.50'],'os':'Debian','detail':{'software':'OpenSSH_9.2p1 Debian-2'}}}\n{'d"
			  "iscovery':{'protocol':'ssh','ip':['192.168.0.1'],'detail':{'software':'dropbear'}}}\n",
	},
	{
		.name = "SSH of Windows",
		.dissector = &ssh_dissector,
		.script = "< 5353482D322E302D4F70656E5353485F666F725F57696E646F77735F382E310D0A",
		.expect = "{'discovery':{'protocol':'ssh','ip':['192.168.0.50'],'os':'Windows','detail':{'software':'OpenSSH_for_Windows_8.1'}}}\n",
	},
	{
		.name = "SSH: a line that does not end",
		.dissector = &ssh_dissector,
		.script = "< 5353482D322E302D41*300",
		.expect = "",
	},

	/* ---- TLS (RFC 5246, RFC 8446) */
	{
		.name = "TLS: a client names the server (RFC 6066)",
		.dissector = &tls_dissector,
		.script = "> [record]16 0301 0053 01 00004F 0303 00*32 00 0002 1301 01 00 [extensions]0024 [name]0000 000E 000C 00 0009 686D692E706C616E74 "
			  "[ALPN]0010 000E 000C 02 6832 08 687474702F312E31",
		.expect = "{'discovery':{'protocol':'tls_sni','ip':['192.168.0.50'],'name':'hmi.plant','detail':{'alpn':['h2','http/1.1'],"
			  "'ja3':'33b746a27502e1c870d11cfc1893be87','ja4':'t12d0102h2_0f2cb44170f4_000000000000'}}}\n",
	},
	{
		.name = "TLS: a browser's hello, whose JA4 the description of JA4 has for an example",
		.dissector = &tls_dissector,
		.script = "> [record]16 0301 00E7 01 0000E3 0303 00*32 00 [ciphers]0020 0A0A 1301 1302 1303 C02B C02F C02C C030 CCA9 CCA8 C013 "
			  "C014 009C 009D 002F 0035 01 00 [extensions]009A 2A2A 0000 [name]0000 000E 000C000009686D692E706C616E74 0017 0000 FF01 "
			  "0001 00 000A 0008 00063A3A001D0017 000B 0002 0100 0023 0000 [ALPN]0010 000E 000C02683208687474702F312E31 0005 0005 "
			  "0100000000 [signatures]000D 0012 001004030804040105030805050108060601 0012 0000 0033 0002 0000 002D 0002 0101 "
			  "[versions]002B 0007 064A4A03040303 001B 0003 020002 4469 0005 0003026832 5A5A 0001 00 0015 0000",
		.expect = "{'discovery':{'protocol':'tls_sni','ip':['192.168.0.50'],'name':'hmi.plant','detail':{'alpn':['h2','http/1.1'],"
			  "'ja3':'56975f70bd0fc8222900179d28f2be23','ja4':'t13d1516h2_8daaf6152771_e5627efa2ab1'}}}\n",
	},
	{
		.name = "TLS: JA4 of who names no server and speaks something of his own",
		.dissector = &tls_dissector,
		.script = "> [record]16 0301 0043 01 00003F 0302 00*32 00 0004 002F 0005 01 00 [extensions]0012 [ALPN]0010 0005 0003 02 ABCD "
			  "[versions]002B 0005 04 0304 0303",
		.expect = "{'discovery':{'protocol':'tls_sni','ip':['192.168.0.50'],'detail':{'alpn':['\\u00ab\\u00cd'],'ja3':'1b36e01846c3c4af7d8f97936705e34d','ja4':'t13i0202ad_4e75145e4eac_b9a491fefe05'}}}\n",
	},
	{
		.name = "TLS: a hello of old, without extensions",
		.dissector = &tls_dissector,
		.script = "> [record]16 0301 002D 01 000029 0301 00*32 00 0002 002F 01 00",
		.expect = "{'discovery':{'protocol':'tls_sni','ip':['192.168.0.50'],'detail':{'ja3':'b02be259814e870a469a20ce9b2a7900','ja4':'t10i010000_ba72b8082249_000000000000'}}}\n",
	},
	{
		.name = "TLS: a hello whose extensions do not fit",
		.dissector = &tls_dissector,
		.script = "> [record]16 0301 0031 01 00002D 0303 00*32 00 0002 1301 01 00 0040 0000",
		.expect = "{'anomaly':{'type':'malformed','reason':'client_hello_invalid','offset':0,'app_proto':'tls'}}\n",
	},
	{
		.name = "TLS: a server chooses 1.3",
		.dissector = &tls_dissector,
		.script = "< [record]16 0303 0032 02 00002E 0303 00*32 00 1301 00 0006 002B 0002 0304",
		.expect = "{'discovery':{'protocol':'tls_sni','ip':['192.168.0.50'],'detail':{'tls_version':'TLS 1.3'}}}\n",
	},
	{
		.name = "TLS: a server's extensions do not fit, so the version in front says nothing",
		.dissector = &tls_dissector,
		.script = "< [record]16 0303 0032 02 00002E 0303 00*32 00 1301 00 0006 002B 0012 0304",
		.expect = "{'anomaly':{'type':'malformed','reason':'server_hello_invalid','offset':0,'app_proto':'tls'}}\n",
	},
	{
		.name = "TLS: a server shows its certificate, then all is encrypted",
		.dissector = &tls_dissector,
		.script = "< [record]16 0301 00FD 02 000026 0303 00*32 00 C02F 00[certificate]0B 0000CF 0000CC 0000C9 [certificate]30 82 00C5 30 82 00B1 A0 "
			  "03 02 01 02 02 01 01 30 0A 06 08 2A8648CE3D040302 [issuer]30 13 31 11 30 0F 06 03 55040A 0C 08 506C616E74204341 30 1E 17 0D "
			  "3235303130313030303030305A 17 0D 3335303130313030303030305A [subject]30 20 31 0E 30 0C 06 03 55040A 0C 05 506C616E74 31 0E 30 0C "
			  "06 03 550403 0C 05 484D492031 [key]30 11 30 0A 06 08 2A8648CE3D040302 03 03 00 04 01 [extensions]A3 31 30 2F 30 0C 06 03 551D13 "
			  "01 01 FF 04 02 3000 30 1F 06 03 551D11 04 18 30 16 82 09 686D692E706C616E74 87 04 C0A80032 82 03 686D69 30 0A 06 08 "
			  "2A8648CE3D040302 03 02 00 30 [record]14 0301 0001 01 [encrypted][record]16 0301 0016 0B 00 00*20",
		.expect = "{'discovery':{'protocol':'tls_sni','ip':['192.168.0.50'],'detail':{'tls_version':'TLS 1.2'}}}\n"
			  "{'discovery':{'protocol':'tls_sni','ip':['192.168.0.50'],'detail':{'certificate_subject':'HMI 1','certificate_issuer':'P"
			  "lant CA','certificate_names':['hmi.plant','hmi'],"
			  "'certificate_sha256':'959e92cf9518b42601450103b1487f5e33f061e3e57564d13a49a17f174d4694'}}}\n",
	},
	{
		.name = "TLS: a message over two records",
		.dissector = &tls_dissector,
		.script = "< [record]16 0301 0034 02 000026 0303 00*32 00 C02F 000C 000010 AA*6 [record]16 0301 00DD AA*10 0B 0000CF 0000CC 0000C9 "
			  "[certificate]30 82 00C5 30 82 00B1 A0 03 02 01 02 02 01 01 30 0A 06 08 2A8648CE3D040302 [issuer]30 13 31 11 30 0F 06 03 55040A "
			  "0C 08 506C616E74204341 30 1E 17 0D 3235303130313030303030305A 17 0D 3335303130313030303030305A [subject]30 20 31 0E 30 0C 06 03 "
			  "55040A 0C 05 506C616E74 31 0E 30 0C 06 03 550403 0C 05 484D492031 [key]30 11 30 0A 06 08 2A8648CE3D040302 03 03 00 04 01 "
			  "[extensions]A3 31 30 2F 30 0C 06 03 551D13 01 01 FF 04 02 3000 30 1F 06 03 551D11 04 18 30 16 82 09 686D692E706C616E74 87 04 "
			  "C0A80032 82 03 686D69 30 0A 06 08 2A8648CE3D040302 03 02 00 30",
		.expect = "{'discovery':{'protocol':'tls_sni','ip':['192.168.0.50'],'detail':{'tls_version':'TLS 1.2'}}}\n"
			  "{'discovery':{'protocol':'tls_sni','ip':['192.168.0.50'],'detail':{'certificate_subject':'HMI 1','certificate_issuer':'P"
			  "lant CA','certificate_names':['hmi.plant','hmi'],"
			  "'certificate_sha256':'959e92cf9518b42601450103b1487f5e33f061e3e57564d13a49a17f174d4694'}}}\n",
	},
	{
		.name = "TLS: a certificate that is none",
		.dissector = &tls_dissector,
		.script = "< [record]16 0301 000C 0B 000008 000005 000002 3000",
		.expect = "{'anomaly':{'type':'malformed','reason':'certificate_invalid','offset':0,'app_proto':'tls'}}\n",
	},
	{
		.name = "TLS: an alert, data, and what is no record",
		.dissector = &tls_dissector,
		.script = "> [record]15 0301 0002 0228 [record]17 0301 000A 00*10 FFFFFFFFFFFF",
		.expect = "",
	},
};

enum { ANNOUNCE_VECTORS = sizeof(announce_vectors) / sizeof(announce_vectors[0]) };

#endif
