#!/usr/bin/env python3
"""Writes input.pcap of each golden capture of discovery anew: tests/golden/discovery/make.py

A frame is: who sends (MAC), to whom, EtherType, payload; 'udp' and 'tcp' stand for IPv4 between the addresses and ports that follow.
'snap' for 802.3 with LLC and SNAP (organisation and protocol id follow), 'llc' with LLC alone. [labels] are for people, XX*N repeats a byte. Only the standard library is needed.
"""
import os
import re
import struct

PLC, SERVER, PHONE, ALL, LLDP = '0080f4000020', '020000000001', '00085d000030', 'ffffffffffff', '0180c200000e'
CISCO, PROFINET, STP = '01000ccccccc', '010ecf000000', '0180c2000000'
CLIENT = '[op]01 01 06 00 3903F326 0000 8000 '
REPLY = '[op]02 01 06 00 3903F326 0000 8000 '
CHADDR = '[chaddr]0080F4000020 00*202 [magic]63825363 '

CAPTURES = {
    'arp': [
        (PLC, ALL, 0x0806, '0001 0800 06 04 [probe]0001 0080F4000020 00000000 000000000000 0A0A0114'),
        (PLC, ALL, 0x0806, '0001 0800 06 04 [announcement]0001 0080F4000020 0A0A0114 000000000000 0A0A0114'),
        (PLC, ALL, 0x0806, '0001 0800 06 04 [request]0001 0080F4000020 0A0A0114 000000000000 0A0A01FE'),
        (SERVER, PLC, 0x0806, '0001 0800 06 04 [reply]0002 020000000001 0A0A01FE 0080F4000020 0A0A0114'),
        (SERVER, PLC, 0x0806, '0001 0800 06 04 [reply for another]0002 020000000099 0A0A0163 0080F4000020 0A0A0114'),
        (PLC, ALL, 0x0806, '0001 0800 08 04 [odd length]0001 0080F4000020'),
    ],
    'arp_change': [
        (PLC, ALL, 0x0806, '0001 0800 06 04 [announcement]0001 0080F4000020 0A0A0114 000000000000 0A0A0114'),
        (SERVER, ALL, 0x0806, '0001 0800 06 04 [request]0001 020000000001 0A0A01FE 000000000000 0A0A0114'),
        (PLC, SERVER, 0x0806, '0001 0800 06 04 [reply]0002 0080F4000020 0A0A0114 020000000001 0A0A01FE'),
        (PHONE, SERVER, 0x0806, '0001 0800 06 04 [another]0002 00085D000030 0A0A0114 020000000001 0A0A01FE'),
        (PHONE, SERVER, 0x0806, '0001 0800 06 04 [again]0002 00085D000030 0A0A0114 020000000001 0A0A01FE'),
        (PLC, SERVER, 0x0806, '0001 0800 06 04 [back]0002 0080F4000020 0A0A0114 020000000001 0A0A01FE'),
        ('0080f4000021', SERVER, 0x0806, '0001 0800 06 04 [its second port]0002 0080F4000021 0A0A0114 020000000001 0A0A01FE'),
        ('00005e000105', ALL, 0x0806, '0001 0800 06 04 [VRRP]0001 00005E000105 0A0A0114 000000000000 0A0A0114'),
        (PHONE, SERVER, 0x0806, '0001 0800 06 04 [nobody asked]0002 00085D000030 0A0A0133 020000000001 0A0A01FE'),
    ],
    'dhcp': [
        (PLC, ALL, 'udp', '00000000', 68, 'FFFFFFFF', 67, CLIENT + '00*16 ' + CHADDR + '350101 [client id]3D07010080F4000020 [requested]32040A0A0114 '
         '[host name]0C04504C4331 [class]3C084D53465420352E30 [parameters]37040103060F FF'),
        (SERVER, ALL, 'udp', '0A0A0101', 67, 'FFFFFFFF', 68, REPLY + '00*4 0A0A0114 00*8 ' + CHADDR + '350102 36040A0A0101 330400000E10 03040A0A01FE FF'),
        (PLC, ALL, 'udp', '00000000', 68, 'FFFFFFFF', 67, CLIENT + '00*16 ' + CHADDR + '350103 36040A0A0101 32040A0A0114 FF'),
        (SERVER, ALL, 'udp', '0A0A0101', 67, 'FFFFFFFF', 68, REPLY + '00*4 0A0A0114 00*8 ' + CHADDR + '350105 36040A0A0101 330400000E10 FF'),
        (SERVER, ALL, 'udp', '0A0A02FE', 67, '0A0A0101', 67, CLIENT + '00*12 [relay]0A0A02FE ' + CHADDR + '350103 [relay]520C 0104 00040001 0204 AABBCCDD FF'),
    ],
    'lldp': [
        (SERVER, LLDP, 0x88cc, '[chassis]0207 04 020000000000 [port]0406 05 67652D3031 [ttl]0602 0078 [port]080555706C6B31 [name]0A0453573031 '
         '[description]0C034F5331 [capabilities]0E0400140004 [management]100C 05 01 0A0A01FA 02 00000001 00 [PVID]FE06 0080C2 01 000A '
         '[VLAN]FE0A 0080C2 03 0014 03504C43 0000'),
        (PHONE, LLDP, 0x88cc, '[chassis]0206 05 01 0A0A0111 [port]0407 03 00085D000030 [ttl]0602 003C [capabilities]0E0400240024 '
         '[hardware]FE050012BB0541 [firmware]FE060012BB064231 [software]FE060012BB074332 [serial]FE060012BB085331 [maker]FE070012BB0941434D '
         '[model]FE060012BB0A5438 [asset]FE060012BB0B3432 0000'),
        (SERVER, LLDP, 0x88cc, '[chassis]0207 04 020000000000 [no port]0602 0078 0000'),
    ],
    'cdp': [
        (SERVER, CISCO, 'snap', '00000c2000', '[version]02 [ttl]B4 [checksum]0000 [device id]0001 0006 5331 [version]0005 001F '
         '494F53202876292C2056657273696F6E203132 2E322834292C2052 [platform]0006 000B 57532D33353630 [addresses]0002 0011 00000001 01 01 CC 0004 0A0A01FA '
         '[port]0003 0008 47693031 [capabilities]0004 0008 00000029 [VTP]0009 0007 504C43 [native vlan]000A 0006 0064 [name]0014 0008 53573031 '
         '[location]0017 0006 00 41'),
        (SERVER, CISCO, 'snap', '00000c2000', '02 78 0000 [device id]0001 0006 5331 [port beyond the end]0003 0040 47'),
        (SERVER, CISCO, 'snap', '00000c2004', '[DTP is not CDP]01 0001 0005 00'),
    ],
    'stp': [
        (SERVER, STP, 'llc', '[SAPs, UI]424203 [protocol]0000 [version]02 [RST]02 [flags]3C [root]8065 000102030405 [cost]00000004 [bridge]8065 020000000000 '
         '[port]8001 [age]0000 1400 0200 0F00 00'),
        (SERVER, STP, 'llc', '424203 0000 00 [config]00 [topology change]01 [root]0001 020000000000 00000000 [bridge]0001 020000000000 8001 0000 1400 0200 0F00'),
        (SERVER, STP, 'llc', '424203 0000 00 [topology change]80'),
        (SERVER, STP, 'llc', '424203 0000 00 [cut]00 00 8001 0200'),
        (SERVER, STP, 'llc', '424203 [GARP]0001 01 02 01'),
    ],
    'ndp': [
        (SERVER, '333300000001', 0x86dd, '[IPv6]60000000 0038 3A FF FE80000000000000000000FFFE000001 FF020000000000000000000000000001 '
         '[advertisement]86 00 0000 40 00 [lifetime]0708 00000000 00000000 [source]01 01 020000000001 '
         '[prefix]03 04 40 C0 00278D00 00093A80 00000000 FD000001000000000000000000000000 [MTU]05 01 0000 000005DC'),
        (SERVER, '333300000001', 0x86dd, '[IPv6]60000000 0010 3A FF FE80000000000000000000FFFE000001 FF020000000000000000000000000001 '
         '[no router any more]86 00 0000 40 00 [lifetime]0000 00000000 00000000'),
        (SERVER, '333300000001', 0x86dd, '[IPv6]60000000 0018 3A FF FE80000000000000000000FFFE000001 FF020000000000000000000000000001 '
         '86 00 0000 40 00 0708 00000000 00000000 [option without length]01 00 020000000001'),
        (SERVER, '333300000001', 0x86dd, '[IPv6]60000000 0018 3A FF FE80000000000000000000FFFE000001 FF020000000000000000000000000001 '
         '86 00 0000 40 00 0708 00000000 00000000 [beyond the end]03 04 40 C0 00278D00'),
        (SERVER, '333300000001', 0x86dd, '[IPv6]60000000 0008 3A FF FE80000000000000000000FFFE000001 FF020000000000000000000000000001 [solicitation]85 00 0000 00000000'),
    ],
    'profinet_dcp': [
        (SERVER, PROFINET, 0x8892, 'FEFE 05 00 01000001 0001 0008 [who is plc-1?]0202 0005 706C632D31 00'),
        (PLC, SERVER, 0x8892, '[frame]FEFF [identify]05 [success]01 [xid]01000001 0000 [length]003E [type]0201 0009 0000 455432303053 50 00 '
         '[name]0202 0007 0000 706C632D31 00 [id]0203 0006 0000 002A 0301 [role]0204 0004 0000 01 00 [ip]0102 000E 0001 0A0A0114 FFFFFF00 0A0A01FE'),
        (PLC, PROFINET, 0x8892, 'FEFC 06 00 01000001 0000 0014 [name]0202 0006 0000 706C6331 [alias]0206 0005 0000 703031 00'),
        (SERVER, PLC, 0x8892, 'FEFD [set]04 00 01000002 0000 001C [name, for good]0202 0006 0001 706C6332 [ip]0102 000E 0001 0A0A010B FFFFFF00 00000000'),
        (PLC, SERVER, 0x8892, 'FEFD [set, done]04 01 01000002 0000 0008 [response]0504 0003 0202 00 00'),
        (SERVER, PLC, 0x8892, 'FEFD 04 00 01000003 0000 0006 [reset to factory]0506 0002 0002'),
        (PLC, SERVER, 0x8892, '[cyclic data]8001 80*40 0001 35 00'),
        (PLC, SERVER, 0x8892, 'FEFF 05 01 01000001 0000 0008 [beyond the end]0202 0040 0000 7063'),
    ],
    'mdns': [
        (PLC, SERVER, 'udp', 'C0A80001', 5353, 'E00000FB', 5353, '[id]0000 [answer]8400 0000 0003 0000 0001 [A]03706C63 056C6F63616C 00 0001 8001 00000078 0004 C0A80001 '
         '[AAAA]C00C 001C 8001 00000078 0010 FE80 00*13 0A [HINFO]C00C 000D 8001 00000078 000C 03504C43 07567857726B7336 '
         '[anothers A]016E 00 0001 8001 00000078 0004 C0A80063'),
        (PLC, SERVER, 'udp', 'C0A80001', 5353, 'E00000FB', 5353, '0000 8400 0000 0003 0000 0000 [PTR]055F68747470 045F746370 056C6F63616C 00 000C 0001 00001194 0006 034E3333 '
         'C00C [SRV]C028 0021 8001 00000078 000C 0000 0000 0050 03706C63 C017 [TXT]C028 0010 8001 00001194 003D '
         '[model]096D6F64656C3D583130 [maker]116D616E7566616374757265723D41434D45 '
         '[serial]0F73657269616C4E756D6265723D3939 [fw]0666773D312E32 [odd]0461626364 [path]05706174683D'),
        (PLC, SERVER, 'udp', 'C0A80001', 5353, 'E00000FB', 5353, '0000 0000 0001 0000 0000 0000 03706C63 056C6F63616C 00 0001 0001'),
        (PLC, SERVER, 'udp', 'C0A80001', 5353, 'E00000FB', 5353, '0000 8400 0000 0001 0000 0000 C00C 0001 8001 00000078 0004 C0A80001'),
    ],
    'llmnr': [
        (PLC, SERVER, 'udp', 'C0A80001', 50000, 'E00000FC', 5355, '1234 0000 0001 0000 0000 0000 024D31 00 0001 0001'),
        (SERVER, PLC, 'udp', 'C0A80032', 5355, 'C0A80001', 50000, '[id]1234 [answer]8000 0001 0001 0000 0000 024D31 00 0001 0001 024D31 00 0001 0001 0000001E 0004 C0A80032'),
    ],
    'netbios': [
        (PLC, SERVER, 'udp', 'C0A80001', 137, 'C0A80032', 137, '8001 [registration]2910 0001 0000 0000 0001 '
         '204641454D4544434143414341434143414341434143414341434143414341434100 0020 0001 C00C 0020 0001 000493E0 0006 '
         '[unique]6000 C0A80001'),
        (PLC, SERVER, 'udp', 'C0A80001', 137, 'C0A80032', 137, '8001 2910 0001 0000 0000 0001 20464845484341434143414341434143414341434143414341434143414341414100 0020 0001 '
         'C00C 0020 0001 000493E0 0006 [group]E000 C0A80001'),
        (PLC, SERVER, 'udp', 'C0A80001', 137, 'C0A80032', 137, '8002 0110 0001 0000 0000 0000 204641454D4544434143414341434143414341434143414341434143414341434100 0020 0001'),
        (SERVER, PLC, 'udp', 'C0A80032', 137, 'C0A80001', 137, '8002 [answer]8500 0000 0001 0000 0000 204641454D4544434143414341434143414341434143414341434143414341434100 '
         '0020 0001 000493E0 000C 6000 C0A80007 6000 C0A80008'),
        (SERVER, PLC, 'udp', 'C0A80032', 137, 'C0A80001', 137, '8003 8400 0000 0001 0000 0000 204641454D4544434143414341434143414341434143414341434143414341434100 0021 0001 '
         '00000000 0065 [count]03 [name]44432020202020202020202020202000 0400 [group]504C4E54202020202020202020202000 '
         '8400 [controllers]504C4E5420202020202020202020201C 8400 [unit]0080F4000050 00*40'),
    ],
    'ssdp': [
        (PLC, SERVER, 'udp', 'C0A80001', 1900, 'EFFFFFFA', 1900, '[NOTIFY * HTTP/1.1]4E4F54494659202A20485454502F312E310D0A [HOST: m]484F53543A206D0D0A[SERVER: L/5 UPnP/1.0 '
         'Cam/2]5345525645523A204C2F352055506E502F312E302043616D2F320D0A[Location: '
         'http://c/]4C6F636174696F6E3A20687474703A2F2F632F0D0A[NT: '
         'upnp:rootdevice]4E543A2075706E703A726F6F746465766963650D0A[USN: '
         'uuid:12-3::upnp:rootdevice]55534E3A20757569643A31322D333A3A75706E703A726F6F746465766963650D0A[NTS: '
         'ssdp:alive]4E54533A20737364703A616C6976650D0A0D0A'),
        (PLC, SERVER, 'udp', 'C0A80001', 1900, 'EFFFFFFA', 1900, '[M-SEARCH * HTTP/1.1]4D2D534541524348202A20485454502F312E310D0A [HOST: m]484F53543A206D0D0A [USER-AGENT: x]555345522D4147454E543A20780D0A '
         '[ST: a]53543A20610D0A0D0A'),
        (PLC, SERVER, 'udp', 'C0A80001', 1900, 'EFFFFFFA', 1900, '[NOTIFY * HTTP/1.1]4E4F54494659202A20485454502F312E310D0A [HOST: m]484F53543A206D0D0A [SERVER: x]5345525645523A20780D0A [NTS: '
         'ssdp:byebye]4E54533A20737364703A6279656279650D0A 0D0A'),
    ],
    'snmp': [
        (PLC, SERVER, 'udp', 'C0A80001', 40000, 'C0A80032', 161, '30 26 02 01 01 04 06 736563726574 A0 19 02 01 07 02 01 00 02 01 00 30 0E 30 0C 06 08 2B06010201010500 05 00'),
        (SERVER, PLC, 'udp', 'C0A80032', 161, 'C0A80001', 40000, '[message]30 81 7C [version]02 01 01 [community]04 06 736563726574 [response]A2 6F [id]02 01 07 [error]02 01 00 '
         '[index]02 01 00 [list]30 64 [sysDescr]30 10 06 08 2B06010201010100 04 04 504C4320 [sysObjectID]30 13 06 08 '
         '2B06010201010200 06 07 2B060104018F51 [sysContact]30 0E 06 08 2B06010201010400 04 02 4D65 [sysName]30 0E 06 08 '
         '2B06010201010500 04 02 4E31 [sysLocation]30 0D 06 08 2B06010201010600 04 01 48 [sysUpTime]30 0C 06 08 '
         '2B06010201010300 43 00'),
        (SERVER, PLC, 'udp', 'C0A80032', 161, 'C0A80001', 40000, '30 29 02 01 00 04 06 736563726574 A2 1C 02 01 07 [noSuchName]02 01 02 02 01 01 30 11 30 0F 06 08 '
         '2B06010201010500 04 03 4E3132'),
        (PLC, SERVER, 'udp', 'C0A80001', 40001, 'C0A80033', 161, '30 26 02 01 01 04 06 [public]7075626C6963 A0 19 02 01 08 02 01 00 02 01 00 30 0E 30 0C 06 08 2B06010201010500 05 00'),
        (PLC, SERVER, 'udp', 'C0A80001', 40001, 'C0A80033', 161, '30 26 02 01 01 04 06 [public]7075626C6963 A0 19 02 01 09 02 01 00 02 01 00 30 0E 30 0C 06 08 2B06010201010500 05 00'),
    ],
    'bacnet': [
        (PLC, SERVER, 'udp', 'C0A80001', 47808, 'C0A800FF', 47808, '[BVLL]81 0B 000C 01 20 FFFF 00 FF 10 08'),
        (PLC, SERVER, 'udp', 'C0A80001', 47808, 'C0A800FF', 47808, '[BVLL]81 0B 0018 [NPDU]01 20 FFFF 00 FF [I-Am]10 00 [device 1234]C4 020004D2 [bytes]22 05C4 [segmentation]91 '
         '03 [maker]21 2A'),
        (PLC, SERVER, 'udp', 'C0A80001', 47808, 'C0A800FF', 47808, '[BVLL]81 04 0022 [origin]C0A80009 BAC0 [NPDU]01 28 FFFF 00 [network]0007 01 05 FF [I-Am]10 00 [device 1234]C4 '
         '020004D2 [bytes]22 05C4 [segmentation]91 03 [maker]21 2A'),
        (SERVER, PLC, 'udp', 'C0A80032', 47808, 'C0A80001', 50001, '[BVLL]81 0A 0017 01 00 [ack]30 01 [ReadProperty]0C [object]0C 020004D2 [property]19 79 3E [text]74 0041434D 3F'),
        (SERVER, PLC, 'udp', 'C0A80032', 47808, 'C0A80001', 50001, '[BVLL]81 0A 001B 01 00 [ack]30 01 [ReadProperty]0C [object]0C 020004D2 [property]19 3A 3E [text]75 07 '
         '0048616C6C2032 3F'),
        (SERVER, PLC, 'udp', 'C0A80032', 47808, 'C0A80001', 50001, '[BVLL]81 0A 001E 01 08 0007 01 05 [ack]30 01 [ReadProperty]0C [object]0C 020004D2 [property]19 4D 3E [text]75 '
         '06 004148552D31 3F'),
    ],
    'enip_identity': [
        (PLC, SERVER, 'udp', 'C0A80001', 50002, 'C0A80032', 44818, '[command]6300 [length]0000 [session]00000000 [status]00000000 [context]00*8 [options]00000000'),
        (SERVER, PLC, 'udp', 'C0A80032', 44818, 'C0A80001', 50002, '[command]6300 [length]2F00 [session]00000000 [status]00000000 [context]00*8 [options]00000000 [items]0100 '
         '[identity]0C00 2900 [version]0100 [family]0002 AF12 C0A80032 00*8 [maker]0100 [type]0E00 [product]3600 '
         '[revision]14 0B [status]3060 [serial]78563412 [name]07 31373536 2D4C38 [state]03'),
        (SERVER, PLC, 'udp', 'C0A80032', 44818, 'C0A80001', 50002, '[command]6300 [length]0800 [session]00000000 [status]00000000 [context]00*8 [options]00000000 0100 0C00 FF00 '
         '0100'),
    ],
    'dhcpv6': [
        (PLC, SERVER, 'udp', 'C0A80001', 546, 'C0A80032', 547, '[solicit]01 123456 [client]0001 000A 0003 0001 0080F4000001 [name]0027 000D 00 04706C633105706C616E7400 '
         '[class]0010 000A 00000137 000441434D45 [asks for]0006 0004 0017 0018'),
        (SERVER, PLC, 'udp', 'C0A80032', 547, 'C0A80001', 546, '07 123456 0001 000A 0003 0001 0080F4000001 [IA]0003 0028 00000001 00000E10 00001518 0005 0018 FD00 00*13 20 '
         '00000E10 00001C20'),
        (PLC, SERVER, 'udp', 'C0A80001', 547, 'C0A80033', 547, '[relay]0C 00 [link]FD00 00*13 01 [peer]FE80 00*13 02 [mac]004F 0008 0001 0080F4000077 [message]0009 0012 01 '
         '123456 0001 000A 0003 0001 0080F4000001'),
    ],
    'ssh': [
        (SERVER, PLC, 'tcp', 'C0A80032', 22, 'C0A80001', 50003, '[SSH-2.0-OpenSSH_9.2p1 Debian-2]5353482D322E302D4F70656E5353485F392E3270312044656269616E2D320D0A'),
        (PLC, SERVER, 'tcp', 'C0A80001', 50003, 'C0A80032', 22, '[SSH-2.0-dropbear]5353482D322E302D64726F70626561720A [keys]0000 0014'),
        (SERVER, PLC, 'tcp', 'C0A80032', 22, 'C0A80001', 50003, '0000 0014 0A 0D'),
    ],
    'tls': [
        (PLC, SERVER, 'tcp', 'C0A80001', 50004, 'C0A80032', 4433, '[record]16 0301 0053 01 00004F 0303 00*32 00 0002 1301 01 00 [extensions]0024 [name]0000 000E 000C 00 0009 '
         '686D692E706C616E74 [ALPN]0010 000E 000C 02 6832 08 687474702F312E31'),
        (SERVER, PLC, 'tcp', 'C0A80032', 4433, 'C0A80001', 50004, '[record]16 0301 00FD 02 000026 0303 00*32 00 C02F 00[certificate]0B 0000CF 0000CC 0000C9 [certificate]30 82 '
         '00C5 30 82 00B1 A0 03 02 01 02 02 01 01 30 0A 06 08 2A8648CE3D040302 [issuer]30 13 31 11 30 0F 06 03 55040A 0C '
         '08 506C616E74204341 30 1E 17 0D 3235303130313030303030305A 17 0D 3335303130313030303030305A [subject]30 20 31 '
         '0E 30 0C 06 03 55040A 0C 05 506C616E74 31 0E 30 0C 06 03 550403 0C 05 484D492031 [key]30 11 30 0A 06 08 '
         '2A8648CE3D040302 03 03 00 04 01 [extensions]A3 31 30 2F 30 0C 06 03 551D13 01 01 FF 04 02 3000 30 1F 06 03 '
         '551D11 04 18 30 16 82 09 686D692E706C616E74 87 04 C0A80032 82 03 686D69 30 0A 06 08 2A8648CE3D040302 03 02 00 '
         '30 [record]14 0301 0001 01 [encrypted][record]16 0301 0016 0B 00 00*20'),
    ],
}


def unhex(text):
    out = bytearray()
    for byte, times in re.findall(r'([0-9A-Fa-f]{2})(?:\*(\d+))?', re.sub(r'\[[^\]]*\]', ' ', text)):
        out += bytes.fromhex(byte) * int(times or 1)
    return bytes(out)


def checksum(data):
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(src, dest, proto, data):
    src, dest = bytes.fromhex(src), bytes.fromhex(dest)
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(data), 0, 0, 64, proto, 0) + src + dest
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + data


def udp(src, src_port, dest, dest_port, data):
    return ip(src, dest, 17, struct.pack('!HHHH', src_port, dest_port, 8 + len(data), 0) + data)


def tcp(sent, src, src_port, dest, dest_port, data):
    """a segment of a connection whose beginning was not captured; sent: how much each side has sent so far"""
    me, you = (src, src_port, dest, dest_port), (dest, dest_port, src, src_port)
    seq = sent.get(me, 1000)
    sent[me] = seq + len(data)
    return ip(src, dest, 6, struct.pack('!HHIIBBHHH', src_port, dest_port, seq, sent.get(you, 1000), 0x50, 0x18, 8192, 0, 0) + data)


def main():
    top = os.path.dirname(os.path.abspath(__file__))
    for name, frames in CAPTURES.items():
        sent = {}
        os.makedirs(os.path.join(top, name), exist_ok=True)
        with open(os.path.join(top, name, 'input.pcap'), 'wb') as f:
            f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
            for i, (src, dest, kind, *rest) in enumerate(frames):
                payload = unhex(rest[-1])
                if kind == 'udp':
                    kind, payload = 0x0800, udp(*rest[:4], payload)
                elif kind == 'tcp':
                    kind, payload = 0x0800, tcp(sent, *rest[:4], payload)
                elif kind == 'snap':
                    payload = b'\xaa\xaa\x03' + bytes.fromhex(rest[0]) + payload
                    kind = len(payload)
                elif kind == 'llc':
                    kind = len(payload)
                frame = bytes.fromhex(dest + src) + struct.pack('!H', kind) + payload
                if len(frame) < 60 and not (name == 'arp' and i == len(frames) - 1):
                    frame += b'\0' * (60 - len(frame))
                f.write(struct.pack('<IIII', 1763771640 + i, 0, len(frame), len(frame)) + frame)


if __name__ == '__main__':
    main()
