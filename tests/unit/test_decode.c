/* decode: every encapsulation by hand, and each of them cut at every byte. */
#include <check.h>
#include <pcap/dlt.h>
#include <stdlib.h>

#include "net/decode.h"
#include "packet_text.h"
#include "run_suite.h"

/* Layers in hexadecimal, lengths given where they stand on the wire. */
#define MACS                  "020000000002 020000000001 "
#define MACS_INNER            "020000000004 020000000003 "
#define IP4(len, proto)       "45 00 " len " 1234 0000 40 " proto " 0000 0a000001 0a000002 "
#define IP4_INNER(len, proto) "45 00 " len " 0001 4000 40 " proto " 0000 c0a80001 c0a80002 "
#define IP6_SRC               "fd000000000000000000000000000001 "
#define IP6_DST               "fd000000000000000000000000000002 "
#define IP6(len, next)        "60000000 " len " " next " 40 " IP6_SRC IP6_DST
#define TCP                   "c001 01f6 00000001 00000002 5018 0400 0000 0000 "
#define UDP(len)              "c001 00a1 " len " 0000 "
#define DATA                  "cafebabe "
#define TCP_LINE              "seq 1 ack 2 win 1024 flags 18 \"cafebabe\""
/* 44 bytes of IP and 58 of Ethernet */
#define INNER_IP   IP4_INNER("002c", "06") TCP DATA
#define INNER_ETH  MACS_INNER "0800 " INNER_IP
#define INNER_LINE "192.168.0.1:49153 > 192.168.0.2:502 proto 6 " TCP_LINE

struct vector {
	const char *name;
	int linktype;
	const char *hex;
	const char *line;
	uint32_t cut; /* bytes that were on the wire and not captured */
};

static const struct vector vectors[] = {
    {"Ethernet II, IPv4, TCP", DLT_EN10MB, MACS "0800 " IP4("002c", "06") TCP DATA,
     "tcp 0800 10.0.0.1:49153 > 10.0.0.2:502 proto 6 " TCP_LINE " by 02:00:00:00:00:01,10.0.0.1", 0},
    {"padding behind IP is cut", DLT_EN10MB, MACS "0800 " IP4("0028", "06") TCP "000000000000",
     "tcp 0800 10.0.0.1:49153 > 10.0.0.2:502 proto 6 seq 1 ack 2 win 1024 flags 18 \"\" by 02:00:00:00:00:01,10.0.0.1",
     0},
    {"total length 0 before segmentation", DLT_EN10MB, MACS "0800 " IP4("0000", "06") TCP DATA,
     "tcp 0800 10.0.0.1:49153 > 10.0.0.2:502 proto 6 " TCP_LINE " by 02:00:00:00:00:01,10.0.0.1", 0},
    {"cut by the snap length", DLT_EN10MB, MACS "0800 " IP4("0040", "06") TCP DATA,
     "tcp 0800 10.0.0.1:49153 > 10.0.0.2:502 proto 6 seq 1 ack 2 win 1024 flags 18 \"cafebabe\"4/24 by "
     "02:00:00:00:00:01,10.0.0.1",
     20},
    {"cut amid TCP options", DLT_EN10MB,
     MACS "0800 " IP4("0034", "06") "c001 01f6 00000001 00000002 8018 0400 0000 0000 0101",
     "tcp 0800 10.0.0.1:49153 > 10.0.0.2:502 proto 6 seq 1 ack 2 win 1024 flags 18 \"\" by 02:00:00:00:00:01,10.0.0.1",
     10},
    {"total length beyond the frame", DLT_EN10MB, MACS "0800 " IP4("0040", "06") TCP DATA,
     "tcp!ip_beyond_frame 0800 10.0.0.1:49153 > 10.0.0.2:502 proto 6 seq 1 ack 2 win 1024 flags 18 \"cafebabe\"4/24"
     " by 02:00:00:00:00:01,10.0.0.1",
     0},
    {"IPv4 options", DLT_EN10MB,
     MACS "0800 46 00 0024 1234 0000 40 11 0000 0a000001 0a000002 94040000 " UDP("000c") DATA,
     "udp 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"UDP shorter than IP", DLT_EN10MB, MACS "0800 " IP4("0024", "11") UDP("000c") DATA "eeeeeeee",
     "udp 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"UDP longer than IP", DLT_EN10MB, MACS "0800 " IP4("0020", "11") UDP("0010") DATA,
     "udp!udp_length 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\"4/8 by 02:00:00:00:00:01,10.0.0.1", 0},
    {"UDP length 7", DLT_EN10MB, MACS "0800 " IP4("0020", "11") UDP("0007") DATA,
     "ip!udp_length 0800 10.0.0.1 > 10.0.0.2 proto 17 \"c00100a100070000cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"TCP data offset 4", DLT_EN10MB, MACS "0800 " IP4("0028", "06") "c001 01f6 00000001 00000002 4018 0400 0000 0000 ",
     "ip!tcp_data_offset 0800 10.0.0.1 > 10.0.0.2 proto 6 \"c00101f600000001000000024018040000000000\" by "
     "02:00:00:00:00:01,10.0.0.1",
     0},
    {"TCP data offset beyond the segment", DLT_EN10MB,
     MACS "0800 " IP4("0028", "06") "c001 01f6 00000001 00000002 6018 0400 0000 0000 ",
     "ip!tcp_data_offset 0800 10.0.0.1 > 10.0.0.2 proto 6 \"c00101f600000001000000026018040000000000\" by "
     "02:00:00:00:00:01,10.0.0.1",
     0},
    {"IPv4 header length 16", DLT_EN10MB, MACS "0800 44 00 0028 1234 0000 40 06 0000 0a000001 0a000002",
     "link!ipv4_header_length 0800 \"4400002812340000400600000a0000010a000002\" by 02:00:00:00:00:01", 0},
    {"IPv4 total length below its header", DLT_EN10MB, MACS "0800 " IP4("0013", "06"),
     "link!ipv4_total_length 0800 \"4500001312340000400600000a0000010a000002\" by 02:00:00:00:00:01", 0},
    {"IPv4 version 3", DLT_EN10MB, MACS "0800 35 00 0014 1234 0000 40 06 0000 0a000001 0a000002",
     "link!ipv4_version 0800 \"3500001412340000400600000a0000010a000002\" by 02:00:00:00:00:01", 0},
    {"Ethernet alone too short", DLT_EN10MB, "020000000002 0200000000", "broken!link_short \"\"", 0},
    {"IPv6 version 5", DLT_EN10MB, MACS "86dd 50000000 0000 3b 40 " IP6_SRC IP6_DST,
     "link!ipv6_version 86dd \"5000000000003b40fd000000000000000000000000000001fd00000000000000\"40/40 by "
     "02:00:00:00:00:01",
     0},

    {"ARP", DLT_EN10MB, MACS "0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
     "link 0806 \"00010800060400010200000000010a0000010000000000000a000002\" by 02:00:00:00:00:01", 0},
    {"one VLAN", DLT_EN10MB, MACS "8100 e00a 0800 " IP4("0020", "11") UDP("000c") DATA,
     "udp 0800 vlan 10 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"five tags, four kept", DLT_EN10MB, MACS "88a8 0001 9100 0002 8100 0003 8100 0004 8100 0005 0806 aabb",
     "link 0806 vlan 1,2,3,4 \"aabb\" by 02:00:00:00:00:01", 0},
    {"VLAN and LLC", DLT_EN10MB, MACS "8100 0007 0005 42 42 03 aabb 0000",
     "link llc 42:42 vlan 7 \"aabb\" by 02:00:00:00:00:01", 0},
    {"802.1BR tag", DLT_EN10MB, MACS "893f 0000 0001 0000 0806 aabb", "link 0806 \"aabb\" by 02:00:00:00:00:01", 0},
    {"HSR tag", DLT_EN10MB, MACS "892f 1030 0001 88b8 aabb", "link 88b8 \"aabb\" by 02:00:00:00:00:01", 0},
    {"a tap aggregator's time stamp of 64 bits", DLT_EN10MB,
     MACS "d28b 0001 0010 5ceeed57 384f59c8 0800 " IP4("0020", "11") UDP("000c") DATA,
     "udp 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"a tap aggregator's time stamp of 48 bits, VLAN", DLT_EN10MB,
     MACS "d28b 0001 0120 ed57 384f59c8 8100 000a 0800 " IP4("0020", "11") UDP("000c") DATA,
     "udp 0800 vlan 10 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"MACsec, integrity alone", DLT_EN10MB,
     MACS "88e5 20 22 00000001 0200000000010001 0800 " IP4("0020", "11") UDP("000c") DATA
     "00112233445566778899aabbccddeeff",
     "udp 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"MACsec, encrypted", DLT_EN10MB,
     MACS "88e5 2c 04 00000001 0200000000010001 aabb ccdd 00112233445566778899aabbccddeeff",
     "link 88e5 \"2c04000000010200000000010001aabbccdd00112233445566778899aabbccdd\"34/34 by 02:00:00:00:00:01", 0},
    {"802.1ah", DLT_EN10MB, MACS "88e7 00000064 020000000004 020000000003 0800 " IP4("0020", "11") UDP("000c") DATA,
     "udp 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,02:00:00:00:00:03,10.0.0.1", 0},
    {"a service function header", DLT_EN10MB,
     MACS "894f 0fc6 01 01 00000001 "
	  "00000000 00000000 00000000 00000000 " IP4("0020", "11") UDP("000c") DATA,
     "udp 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"LLC, its padding cut", DLT_EN10MB, MACS "0005 f0 f0 03 aabb 000000",
     "link llc f0:f0 \"aabb\" by 02:00:00:00:00:01", 0},
    {"LLC information frame", DLT_EN10MB, MACS "0006 f0 f0 00 04 aabb", "link llc f0:f0 \"aabb\" by 02:00:00:00:00:01",
     0},
    {"SNAP of Cisco", DLT_EN10MB, MACS "000a aa aa 03 00000c 2000 aabb",
     "link llc aa:aa snap 00000c 2000 \"aabb\" by 02:00:00:00:00:01", 0},
    {"SNAP with IPv4", DLT_EN10MB, MACS "0028 aa aa 03 000000 0800 " IP4("0020", "11") UDP("000c") DATA,
     "udp llc aa:aa snap 000000 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1",
     0},
    {"Novell raw 802.3", DLT_EN10MB, MACS "0004 ffff 0004", "link 8137 \"ffff0004\" by 02:00:00:00:00:01", 0},

    {"IPv6, UDP", DLT_EN10MB, MACS "86dd " IP6("000c", "11") UDP("000c") DATA,
     "udp 86dd fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,fd00::1", 0},
    {"IPv6 extension headers", DLT_EN10MB,
     MACS "86dd " IP6("002c", "00") "2b 00 010400000000"
				    "3c 00 000000000000"
				    "11 01 0000000000000000000000000000" UDP("000c") DATA,
     "udp 86dd fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,fd00::1", 0},
    {"IPv6 extension header beyond the packet", DLT_EN10MB, MACS "86dd " IP6("0008", "00") "11 01 010400000000",
     "ip!ipv6_extension 86dd fd00::1 > fd00::2 \"1101010400000000\" by 02:00:00:00:00:01,fd00::1", 0},
    {"IPv6 options and authentication", DLT_EN10MB,
     MACS "86dd " IP6("002c", "00") "33 00 010400000000"
				    "11 04 0000 00000001 00000002 000102030405060708090a0b" UDP("000c") DATA,
     "udp 86dd fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,fd00::1", 0},
    {"IPv6 options behind authentication", DLT_EN10MB,
     MACS "86dd " IP6("003c", "33") "3c 04 0000 00000001 00000002 000102030405060708090a0b"
				    "8c 00 010400000000"
				    "11 01 0000000000000000000000000000" UDP("000c") DATA,
     "udp 86dd fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,fd00::1", 0},
    {"IPv6 fragment that is whole", DLT_EN10MB, MACS "86dd " IP6("0014", "2c") "11 00 0000 00000009 " UDP("000c") DATA,
     "udp 86dd fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,fd00::1", 0},
    {"IPv6 of length 0", DLT_EN10MB, MACS "86dd " IP6("0000", "11") UDP("000c") DATA,
     "udp 86dd fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,fd00::1", 0},
    {"IPv6, nothing next, padding", DLT_EN10MB, MACS "86dd " IP6("0000", "3b") "0000",
     "ip 86dd fd00::1 > fd00::2 proto 59 \"\" by 02:00:00:00:00:01,fd00::1", 0},

    {"ICMP echo request", DLT_EN10MB, MACS "0800 " IP4("0020", "01") "08 00 0000 0001 0002 cafebabe",
     "icmp 0800 10.0.0.1:8 > 10.0.0.2:0 proto 1 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"ICMP echo reply", DLT_EN10MB, MACS "0800 " IP4("0020", "01") "00 00 0000 0001 0002 cafebabe",
     "icmp 0800 10.0.0.1:0 > 10.0.0.2:8 proto 1 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"ICMP error quotes a sender", DLT_EN10MB,
     MACS "0800 " IP4("0038", "01") "03 03 0000 00000000 " IP4_INNER("0100", "11") "0035 c001 00ec 0000",
     "icmp 0800 10.0.0.1:3 > 10.0.0.2:3 proto 1 \"45000100000140004011"
     "0000c0a80001c0a800020035c00100ec0000\" by 02:00:00:00:00:01,10.0.0.1,192.168.0.1",
     0},
    {"ICMPv6 neighbour solicitation", DLT_EN10MB, MACS "86dd " IP6("0018", "3a") "87 00 0000 00000000 " IP6_DST,
     "icmp 86dd fd00::1:135 > fd00::2:136 proto 58 \"fd000000000000000000000000000002\" by 02:00:00:00:00:01,fd00::1",
     0},
    {"ICMPv6 error quotes a sender", DLT_EN10MB,
     MACS "86dd " IP6("0030", "3a") "01 04 0000 00000000 60000000 0100 11 40 fd0000000000000000000000000000aa" IP6_DST,
     "icmp 86dd fd00::1:1 > fd00::2:4 proto 58 "
     "\"6000000001001140fd0000000000000000000000000000aafd00000000000000\"40/40"
     " by 02:00:00:00:00:01,fd00::1,fd00::aa",
     0},
    {"ICMPv6 redirect carries a header", DLT_EN10MB,
     MACS "86dd " IP6("0058", "3a") "89 00 0000 00000000 " IP6_SRC IP6_DST "04 06 000000000000 60000000 0000 3b 40 "
				    "fd0000000000000000000000000000bb" IP6_DST,
     "icmp 86dd fd00::1:137 > fd00::2:0 proto 58 "
     "\"fd000000000000000000000000000001fd000000000000000000000000000002\"80/80"
     " by 02:00:00:00:00:01,fd00::1,fd00::bb",
     0},
    {"IP protocol we do not know", DLT_EN10MB, MACS "0800 " IP4("0018", "59") DATA,
     "ip 0800 10.0.0.1 > 10.0.0.2 proto 89 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"SCTP has ports", DLT_EN10MB, MACS "0800 " IP4("0020", "84") "0b59 0b5a 00000000 00000000",
     "ip 0800 10.0.0.1:2905 > 10.0.0.2:2906 proto 132 \"0b590b5a0000000000000000\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"authentication header in IPv4", DLT_EN10MB,
     MACS "0800 " IP4("0038", "33") "11 04 0000 00000001 00000002 000102030405060708090a0b" UDP("000c") DATA,
     "udp 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},

    {"GRE", DLT_EN10MB, MACS "0800 " IP4("0044", "2f") "0000 0800 " INNER_IP,
     "tcp 0800 in gre " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,192.168.0.1", 0},
    {"GRE with checksum, key, sequence and routing", DLT_EN10MB,
     MACS "0800 " IP4("005c", "2f") "f000 0800 00000000 00000007 00000001 0002 00 04 0a000009 0000 00 00 " INNER_IP,
     "tcp 0800 in gre " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,192.168.0.1", 0},
    {"GRE version 2", DLT_EN10MB, MACS "0800 " IP4("0018", "2f") "0002 0800",
     "ip!gre_version 0800 10.0.0.1 > 10.0.0.2 proto 47 \"00020800\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"GRE bridging Ethernet", DLT_EN10MB, MACS "0800 " IP4("0056", "2f") "2000 6558 00000007 " INNER_ETH,
     "tcp 0800 in gre " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,02:00:00:00:00:03,192.168.0.1", 0},
    {"PPTP, an acknowledgment alone", DLT_EN10MB, MACS "0800 " IP4("0020", "2f") "2081 880b 0000 0007 00000002",
     "ip 0800 in gre 10.0.0.1 > 10.0.0.2 proto 47 \"2081880b0000000700000002\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"PPTP", DLT_EN10MB, MACS "0800 " IP4("0054", "2f") "3081 880b 0030 0007 00000001 00000002 ff03 0021 " INNER_IP,
     "tcp 0800 in gre " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,192.168.0.1", 0},
    {"PPTP, PPP header compressed", DLT_EN10MB,
     MACS "0800 " IP4("004d", "2f") "3001 880b 002d 0007 00000001 21 " INNER_IP,
     "tcp 0800 in gre " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,192.168.0.1", 0},
    {"ERSPAN I", DLT_EN10MB, MACS "0800 " IP4("0052", "2f") "0000 88be " INNER_ETH,
     "tcp 0800 in erspan " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,02:00:00:00:00:03,192.168.0.1", 0},
    {"ERSPAN II, its VLAN", DLT_EN10MB,
     MACS "0800 " IP4("005e", "2f") "1000 88be 00000001 1064 1005 00000003 " INNER_ETH,
     "tcp 0800 vlan 100 in erspan " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,02:00:00:00:00:03,192.168.0.1", 0},
    {"ERSPAN II, VLAN in the frame", DLT_EN10MB,
     MACS "0800 " IP4("0062", "2f") "1000 88be 00000001 1065 1805 00000003 " MACS_INNER "8100 0064 0800 " INNER_IP,
     "tcp 0800 vlan 100 in erspan " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,02:00:00:00:00:03,192.168.0.1", 0},
    {"ERSPAN II says it cut", DLT_EN10MB,
     MACS "0800 " IP4("0052", "2f") "1000 88be 00000001 1000 0405 00000003 " MACS_INNER "0800 " IP4_INNER("0400", "11")
	 UDP("03ec") DATA,
     "udp!erspan_truncated 0800 in erspan 192.168.0.1:49153 > 192.168.0.2:161 proto 17 \"cafebabe\"4/996"
     " by 02:00:00:00:00:01,10.0.0.1,02:00:00:00:00:03,192.168.0.1",
     0},
    {"ERSPAN III with platform bytes", DLT_EN10MB,
     MACS "0800 " IP4("006a", "2f") "1000 22eb 00000001 2065 0005 00000000 0000 0001 0c00000000000000 " INNER_ETH,
     "tcp 0800 vlan 101 in erspan " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,02:00:00:00:00:03,192.168.0.1", 0},
    {"ERSPAN version 5", DLT_EN10MB, MACS "0800 " IP4("0024", "2f") "1000 88be 00000001 5064 0005 00000003 ",
     "ip!erspan_version 0800 in erspan 10.0.0.1 > 10.0.0.2 proto 47 \"100088be000000015064000500000003\" by "
     "02:00:00:00:00:01,10.0.0.1",
     0},
    {"VXLAN", DLT_EN10MB,
     MACS "0800 " IP4("006c", "11") "c001 12b5 0058 0000 08000000 00002a00 " MACS_INNER "0800 " IP4_INNER("003a", "06")
	 TCP DATA "00000000000000000000000000000000 0000",
     "tcp 0800 in vxlan 192.168.0.1:49153 > 192.168.0.2:502 proto 6 seq 1 ack 2 win 1024 flags 18 "
     "\"cafebabe0000000000000000000000000000\""
     " by 02:00:00:00:00:01,10.0.0.1,02:00:00:00:00:03,192.168.0.1",
     0},
    {"VXLAN without its flag", DLT_EN10MB,
     MACS "0800 " IP4("0032", "11") "c001 12b5 001e 0000 00000000 00002a00 " MACS_INNER "0806 ",
     "udp!vxlan_flags 0800 10.0.0.1:49153 > 10.0.0.2:4789 proto 17 \"0000000000002a000200000000040200000000030806\""
     " by 02:00:00:00:00:01,10.0.0.1",
     0},
    {"Geneve with an option", DLT_EN10MB,
     MACS "0800 " IP4("0066", "11") "c001 17c1 0052 0000 0200 6558 00002a00 0102000100000000 " INNER_ETH,
     "tcp 0800 in geneve " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,02:00:00:00:00:03,192.168.0.1", 0},
    {"Geneve of another version", DLT_EN10MB, MACS "0800 " IP4("0024", "11") "c001 17c1 0010 0000 4000 6558 00002a00 ",
     "udp!geneve_header 0800 10.0.0.1:49153 > 10.0.0.2:6081 proto 17 \"4000655800002a00\" by "
     "02:00:00:00:00:01,10.0.0.1",
     0},
    {"L2TP with length, sequence and offset", DLT_EN10MB,
     MACS "0800 " IP4("005c", "11") "06a5 06a5 0048 0000 4a02 0040 0001 0002 0003 0004 0002 0000 ff03 0021 " INNER_IP,
     "tcp 0800 in l2tp " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,192.168.0.1", 0},
    {"L2TP control", DLT_EN10MB, MACS "0800 " IP4("0028", "11") "06a5 06a5 0014 0000 c802 000c 0001 0000 0001 0001 ",
     "udp 0800 10.0.0.1:1701 > 10.0.0.2:1701 proto 17 \"c802000c0001000000010001\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"GTP-U with a sequence number and an extension", DLT_EN10MB,
     MACS "0800 " IP4("0058", "11") "c001 0868 0044 0000 36ff0034 00000001 0001 00 85 01 1000 00 " INNER_IP,
     "tcp 0800 in gtp " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,192.168.0.1", 0},
    {"GTP-U, an echo request", DLT_EN10MB,
     MACS "0800 " IP4("0028", "11") "0868 0868 0014 0000 32010004 00000000 00010000 ",
     "udp 0800 10.0.0.1:2152 > 10.0.0.2:2152 proto 17 \"320100040000000000010000\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"Teredo with both headers", DLT_EN10MB,
     MACS "0800 " IP4("0071", "11") "c001 0dd8 005d 0000 0001 00 00 0102030405060708 00 0000 1234 f5fffffd " IP6(
	 "0018", "06") TCP DATA,
     "tcp 0800 in teredo fd00::1:49153 > fd00::2:502 proto 6 " TCP_LINE " by 02:00:00:00:00:01,10.0.0.1,fd00::1", 0},
    {"FabricPath around Ethernet", DLT_EN10MB, "020000000012 020000000011 8903 0440 " INNER_ETH,
     "tcp 0800 " INNER_LINE " by 02:00:00:00:00:03,192.168.0.1", 0},
    {"PPP", DLT_PPP, "ff03 0021 " INNER_IP, "tcp " INNER_LINE " by 192.168.0.1", 0},
    {"Cisco HDLC", DLT_C_HDLC, "0f00 0800 " INNER_IP, "tcp 0800 " INNER_LINE " by 192.168.0.1", 0},
    {"Cisco HDLC on a serial line", DLT_PPP_SERIAL, "8f00 0800 " INNER_IP, "tcp 0800 " INNER_LINE " by 192.168.0.1", 0},
    {"PPPoE without Ethernet", DLT_PPP_ETHER, "1100 0001 002e 0021 " INNER_IP,
     "tcp in pppoe " INNER_LINE " by 192.168.0.1", 0},
    {"MPLS, two labels, IPv4", DLT_EN10MB, MACS "8847 00010040 00011140 " INNER_IP,
     "tcp 8847 in mpls " INNER_LINE " by 02:00:00:00:00:01,192.168.0.1", 0},
    {"MPLS, pseudowire with control word", DLT_EN10MB, MACS "8847 00011140 00000000 " INNER_ETH,
     "tcp 0800 in mpls " INNER_LINE " by 02:00:00:00:00:01,02:00:00:00:00:03,192.168.0.1", 0},
    {"MPLS, pseudowire without, MAC address beginning with 4", DLT_EN10MB,
     MACS "8847 00011140 420000000004 020000000003 0800 " INNER_IP,
     "tcp 0800 in mpls " INNER_LINE " by 02:00:00:00:00:01,02:00:00:00:00:03,192.168.0.1", 0},
    {"MPLS without bottom", DLT_EN10MB, MACS "8847 00010040 00010040",
     "link!mpls_short 8847 \"0001004000010040\" by 02:00:00:00:00:01", 0},
    {"MPLS, too many labels", DLT_EN10MB,
     MACS "8847 00010040 00010040 00010040 00010040 00010040 00010040 00010040 00010040 00010040 00010040 00010040 "
	  "00010040 00010040 00010040 00010040 00010040 00011140",
     "link!mpls_labels 8847 \"0001004000010040000100400001004000010040000100400001004000010040\"68/68 by "
     "02:00:00:00:00:01",
     0},
    {"PPPoE in QinQ", DLT_EN10MB, MACS "88a8 0064 8100 00c8 8864 11 00 0001 002e 0021 " INNER_IP "0000",
     "tcp 8864 vlan 100,200 in pppoe " INNER_LINE " by 02:00:00:00:00:01,192.168.0.1", 0},
    {"PPPoE with LCP", DLT_EN10MB, MACS "8864 11 00 0001 0006 c021 0901 0004",
     "link 8864 in pppoe \"110000010006c02109010004\" by 02:00:00:00:00:01", 0},
    {"PPPoE code 9", DLT_EN10MB, MACS "8864 11 09 0001 0000",
     "link!pppoe_header 8864 \"110900010000\" by 02:00:00:00:00:01", 0},
    {"IP in IP", DLT_EN10MB, MACS "0800 " IP4("0040", "04") INNER_IP,
     "tcp 0800 in ipip " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,192.168.0.1", 0},
    {"IPv6 in IPv4", DLT_EN10MB, MACS "0800 " IP4("0048", "29") IP6("000c", "11") UDP("000c") DATA,
     "udp 0800 in ipip fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1,fd00::1", 0},
    {"Ethernet in IP", DLT_EN10MB, MACS "0800 " IP4("0050", "61") "3000 020000000004 020000000003 0800 " INNER_IP,
     "tcp 0800 in etherip " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,02:00:00:00:00:03,192.168.0.1", 0},
    {"Ethernet behind IPv6", DLT_EN10MB, MACS "86dd " IP6("003a", "8f") "020000000004 020000000003 0800 " INNER_IP,
     "tcp 0800 in etherip " INNER_LINE " by 02:00:00:00:00:01,fd00::1,02:00:00:00:00:03,192.168.0.1", 0},
    {"PIM register", DLT_EN10MB, MACS "0800 " IP4("0048", "67") "2100 0000 00000000 " INNER_IP,
     "tcp 0800 in pim " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,192.168.0.1", 0},
    {"MPLS in IP", DLT_EN10MB, MACS "0800 " IP4("0044", "89") "00011140 " INNER_IP,
     "tcp 0800 in mpls " INNER_LINE " by 02:00:00:00:00:01,10.0.0.1,192.168.0.1", 0},
    {"inner Ethernet too short leaves the outer packet", DLT_EN10MB,
     MACS "0800 " IP4("0020", "2f") "0000 6558 "
				    "0200000000040200",
     "ip!link_short 0800 in gre 10.0.0.1 > 10.0.0.2 proto 47 \"000065580200000000040200\" by "
     "02:00:00:00:00:01,10.0.0.1",
     0},
    {"inner IP broken leaves the inner link", DLT_EN10MB,
     MACS "0800 " IP4("002a", "2f") "0000 6558 " MACS_INNER "0800 45000014",
     "link!ipv4_short 0800 in gre \"45000014\" by 02:00:00:00:00:01,10.0.0.1,02:00:00:00:00:03", 0},

    {"Linux cooked", DLT_LINUX_SLL, "0000 0001 0006 020000000001 0000 0800 " IP4("0020", "11") UDP("000c") DATA,
     "udp 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"Linux cooked without address", DLT_LINUX_SLL,
     "0000 0200 0000 0000000000000000 0800 " IP4("0020", "11") UDP("000c") DATA,
     "udp 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 10.0.0.1", 0},
    {"Linux cooked, VLAN", DLT_LINUX_SLL, "0000 0001 0006 020000000001 0000 8100 000a 0806 aabb",
     "link 0806 vlan 10 \"aabb\" by 02:00:00:00:00:01", 0},
    {"Linux cooked, LLC", DLT_LINUX_SLL, "0000 0001 0006 020000000001 0000 0004 42 42 03 aabb",
     "link llc 42:42 \"aabb\" by 02:00:00:00:00:01", 0},
    {"Linux cooked 2", DLT_LINUX_SLL2,
     "86dd 0000 00000002 0001 00 06 020000000001 0000 " IP6("000c", "11") UDP("000c") DATA,
     "udp 86dd fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,fd00::1", 0},
    {"loopback, little-endian", DLT_NULL, "02000000 " IP4("0020", "11") UDP("000c") DATA,
     "udp 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 10.0.0.1", 0},
    {"loopback, big-endian, Darwin's IPv6", DLT_NULL, "0000001e " IP6("000c", "11") UDP("000c") DATA,
     "udp fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by fd00::1", 0},
    {"loopback of OpenBSD", DLT_LOOP, "00000018 " IP6("000c", "11") UDP("000c") DATA,
     "udp fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by fd00::1", 0},
    {"loopback with something else", DLT_NULL, "07000000 aabb", "link \"aabb\"", 0},
    {"raw IPv4", DLT_RAW, IP4("0020", "11") UDP("000c") DATA,
     "udp 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 10.0.0.1", 0},
    {"netANALYZER", DLT_NETANALYZER, "01002c00 " MACS "0800 " IP4("0020", "11") UDP("000c") DATA "aabbccdd",
     "udp 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"netANALYZER, transparent", DLT_NETANALYZER_TRANSPARENT,
     "01002c00 55555555555555d5 " MACS "0800 " IP4("0020", "11") UDP("000c") DATA "aabbccdd",
     "udp 0800 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 02:00:00:00:00:01,10.0.0.1", 0},
    {"netANALYZER, cut", DLT_NETANALYZER, "0100", "broken!link_short \"\"", 0},
    {"PPP with a direction", DLT_PPP_WITH_DIR, "01 ff03 0021 " IP4("0020", "11") UDP("000c") DATA,
     "udp 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 10.0.0.1", 0},
    {"raw IPv6", DLT_IPV6, IP6("000c", "11") UDP("000c") DATA,
     "udp fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by fd00::1", 0},
    {"NFLOG", DLT_NFLOG,
     "02 00 0005 0800 0100 08000100 0800 0a00 61626300 2400 0900 " IP4("0020", "11") UDP("000c") DATA,
     "udp in nflog 10.0.0.1:49153 > 10.0.0.2:161 proto 17 \"cafebabe\" by 10.0.0.1", 0},
    {"NFLOG, other byte order", DLT_NFLOG,
     "0a 00 0005 0008 0001 86dd0100 0038 0009 " IP6("000c", "11") UDP("000c") DATA,
     "udp in nflog fd00::1:49153 > fd00::2:161 proto 17 \"cafebabe\" by fd00::1", 0},
    {"a link type nobody knows", 9999, "aabb", "broken!link_type \"\"", 0},
};

static struct decoder *decoder;

static void setup(void)
{
	struct decoder_options o = {0};

	decoder = decoder_new(&o);
	ck_assert_ptr_nonnull(decoder);
}

static void teardown(void)
{
	decoder_free(decoder);
}

static void decode(const struct vector *v, struct span bytes, uint32_t wire_len, struct packet *p)
{
	struct frame_in f = {.bytes = bytes, .wire_len = wire_len, .ts_ns = 1, .number = 1, .linktype = v->linktype};

	memset(p, 0xa5, sizeof(*p)); /* decode_frame() takes it as it comes */
	decode_frame(decoder, &f, p);
}

START_TEST(vector_is_read)
{
	const struct vector *v = &vectors[_i];
	struct span bytes = bytes_of_hex(v->hex);
	struct packet p;
	struct line line;

	decode(v, bytes, (uint32_t)bytes.len + v->cut, &p);
	ck_assert_msg(strcmp(packet_text(&p, &line), v->line) == 0, "%s:\n got      %s\n expected %s", v->name,
		      line.text, v->line);
	free((void *)bytes.ptr);
}
END_TEST

static bool is_inside(struct span inner, struct span outer)
{
	return inner.len == 0 ||
	       (inner.ptr >= outer.ptr && inner.len <= outer.len && inner.ptr + inner.len <= outer.ptr + outer.len);
}

/* Cut by the snap length or really that short: nothing is read beyond, and what is said stays inside. */
START_TEST(vector_is_cut_at_every_byte)
{
	const struct vector *v = &vectors[_i];
	struct span whole = bytes_of_hex(v->hex);
	struct packet full, p;

	decode(v, whole, (uint32_t)whole.len, &full);
	for (size_t n = 0; n < whole.len; n++) {
		uint8_t *copy = malloc(n + (n == 0));
		struct span cut = span_of(copy, n);

		memcpy(copy, whole.ptr, n);
		for (int snapped = 0; snapped < 2; snapped++) {
			decode(v, cut, (uint32_t)(snapped ? whole.len : n), &p);
			ck_assert_msg(is_inside(p.payload, cut) && is_inside(p.l4, cut), "%s at %zu", v->name, n);
			ck_assert_msg(p.payload_wire_len >= p.payload.len, "%s at %zu", v->name, n);
			ck_assert_msg(p.n_senders <= full.n_senders, "%s at %zu", v->name, n);
			for (unsigned i = 0; i < p.n_senders; i++)
				ck_assert_msg(p.senders[i].is_mac == full.senders[i].is_mac, "%s at %zu", v->name, n);
			if (n == 0)
				ck_assert_int_eq(p.kind, PACKET_BROKEN);
		}
		free(copy);
	}
	free((void *)whole.ptr);
}
END_TEST

/** Wraps IPv4 in IPv4 @n times around a UDP datagram; the bytes are the caller's. */
static struct span nested(unsigned n)
{
	struct span head = bytes_of_hex(IP4("0000", "04")), inner = bytes_of_hex(IP4("0000", "11") UDP("000c") DATA);
	uint8_t *out = malloc(head.len * n + inner.len);

	for (unsigned i = 0; i < n; i++)
		memcpy(out + i * head.len, head.ptr, head.len);
	memcpy(out + n * head.len, inner.ptr, inner.len);
	struct span all = span_of(out, head.len * n + inner.len);
	free((void *)head.ptr);
	free((void *)inner.ptr);
	return all;
}

START_TEST(nesting_has_an_end)
{
	static const struct vector raw = {.linktype = DLT_RAW};
	struct packet p;

	struct span deep = nested(8);
	decode(&raw, deep, (uint32_t)deep.len, &p);
	ck_assert_int_eq(p.kind, PACKET_UDP);
	ck_assert_uint_eq(p.n_senders, 9);
	ck_assert_uint_eq(p.n_tunnels, EVENT_TUNNELS_MAX);
	free((void *)deep.ptr);
	struct span deeper = nested(9);
	decode(&raw, deeper, (uint32_t)deeper.len, &p);
	ck_assert_int_eq(p.kind, PACKET_IP);
	ck_assert_str_eq(p.decode_error, "nesting");
	free((void *)deeper.ptr);
}
END_TEST

/* what an ICMP error quotes is cut short by nature: no error of the wire */
START_TEST(errors_are_counted_by_token)
{
	static const struct vector raw = {.linktype = DLT_EN10MB};
	struct span quoting =
	    bytes_of_hex(MACS "0800 " IP4("0034", "01") "03 03 0000 00000000 " IP4_INNER("0100", "06") "c001 01f6");
	struct packet p;
	struct json j;

	for (int i = 0; i < 3; i++)
		decode(&raw, span_of("abc", 3), 3, &p);
	decode(&raw, quoting, (uint32_t)quoting.len, &p);
	ck_assert_uint_eq(p.n_senders, 3);
	free((void *)quoting.ptr);
	json_init(&j, 4096);
	json_object_begin(&j);
	decoder_stats(decoder, &j);
	json_object_end(&j);
	ck_assert_str_eq(json_cstr(&j), "{\"errors\":{\"link_short\":3}}");
	json_deinit(&j);
}
END_TEST

START_TEST(vxlan_ports_can_be_set)
{
	struct decoder_options o = {.vxlan_ports = {161}};
	static const struct vector v = {.linktype = DLT_EN10MB};
	struct span bytes =
	    bytes_of_hex(MACS "0800 " IP4("0032", "11") UDP("001e") "08000000 00002a00 " MACS_INNER "0806 ");
	struct packet p;

	decode(&v, bytes, (uint32_t)bytes.len, &p);
	ck_assert_int_eq(p.kind, PACKET_UDP);
	decoder_free(decoder);
	decoder = decoder_new(&o);
	decode(&v, bytes, (uint32_t)bytes.len, &p);
	ck_assert_int_eq(p.kind, PACKET_LINK);
	free((void *)bytes.ptr);
}
END_TEST

/* An ordinary frame is read in one piece; behind a tag of FabricPath the same frame is read layer by layer. Of whatever
 * becomes of its headers, and wherever it is cut, both say the same. */
START_TEST(the_short_way_reads_what_the_layers_read)
{
	enum { TAG = 16, ETHER = 14, HEADERS = 54, ROUNDS = 10000 };
	static const struct vector v = {.linktype = DLT_EN10MB};
	static const uint8_t likely[] = {0x00, 0x01, 0x06, 0x11, 0x20, 0x28, 0x2c, 0x40, 0x45, 0x46, 0x50, 0x60, 0xff};
	struct span frame = bytes_of_hex(MACS "0800 " IP4("002c", "06") TCP DATA "0000");
	struct decoder_options o = {.no_reassembly = true};
	uint64_t random = 1;
	unsigned plain = 0;

	decoder_free(decoder);
	decoder = decoder_new(&o);
	for (unsigned i = 0; i < ROUNDS; i++) {
		size_t len = frame.len;
		uint8_t *tagged = malloc(TAG + len);
		memcpy(tagged, (const uint8_t[TAG]){[12] = 0x89, [13] = 0x03}, TAG);
		memcpy(tagged + TAG, frame.ptr, len);
		for (unsigned n = i % 4; n > 0; n--) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			uint8_t byte = random >> 63 ? (uint8_t)(random >> 40) : likely[(random >> 50) % sizeof(likely)];
			tagged[TAG + (random >> 32) % HEADERS] = byte;
		}
		if (i % 8 == 7)
			len = ETHER + (random >> 20) % (len + 1 - ETHER);
		uint32_t more = i % 5 == 4 ? (uint32_t)(random >> 24) % 64 : 0; /* on the wire, not captured */
		uint8_t *bare = malloc(len);                                    /* of its own size, for a sanitizer */
		memcpy(bare, tagged + TAG, len);
		struct packet a, b;
		struct line of_a, of_b;
		decode(&v, span_of(bare, len), (uint32_t)len + more, &a);
		decode(&v, span_of(tagged, TAG + len), (uint32_t)(TAG + len) + more, &b);
		plain += a.kind == PACKET_TCP && !a.decode_error;
		ck_assert_str_eq(packet_text(&a, &of_a), packet_text(&b, &of_b));
		ck_assert(a.has_ether == b.has_ether && a.ether_depth == b.ether_depth && a.ttl == b.ttl);
		ck_assert(mac_eq(&a.src_mac, &b.src_mac) && mac_eq(&a.dest_mac, &b.dest_mac));
		ck_assert(a.ip_id == b.ip_id && a.fragment_at == b.fragment_at && a.l4.len == b.l4.len);
		ck_assert(a.l4.len == 0 || memcmp(a.l4.ptr, b.l4.ptr, a.l4.len) == 0);
		free(bare);
		free(tagged);
	}
	ck_assert_uint_gt(plain, ROUNDS / 4);
	ck_assert_uint_lt(plain, ROUNDS / 4 * 3);
	free((void *)frame.ptr);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("decode");
	TCase *t = tcase_create("decode");
	int n = (int)(sizeof(vectors) / sizeof(vectors[0]));

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, vector_is_read, 0, n);
	tcase_add_loop_test(t, vector_is_cut_at_every_byte, 0, n);
	tcase_add_test(t, nesting_has_an_end);
	tcase_add_test(t, errors_are_counted_by_token);
	tcase_add_test(t, vxlan_ports_can_be_set);
	tcase_add_test(t, the_short_way_reads_what_the_layers_read);
	suite_add_tcase(s, t);
	return run_suite(s);
}
