/* Which rows are one device: by strong keys, by unit id behind a gateway, by time to live, by virtual MACs. Each rule
 * both ways: what must become one row, and what must not. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <errno.h>
#include <sys/wait.h>

#include "ledger/amend.h"
#include "ledger/ledger_state.h"
#include "ledger/store.h"
#include "ledger_scene.h"
#include "opcua/opcua.h"
#include "run_suite.h"
#include "smb/smb.h"

#define A1 "00:80:f4:10:01:01"
#define A2 "00:80:f4:10:01:02"
#define A3 "00:80:f4:10:01:03"
#define R1 "00:1b:1b:00:00:01"
#define R2 "00:1b:1b:00:00:02"

enum step_kind {
	END,
	HOST,     /* mac ip, n: ttl, m: VLAN */
	PACED,    /* the same over TCP */
	ARP,      /* mac ip, m: VLAN */
	DHCP,     /* mac ip, text: client identifier in hex, name */
	DHCP6,    /* mac ip, text: DUID */
	NAMED,    /* mac ip, text: host name, m: VLAN */
	CERT,     /* ip, text: certificate's SHA-256 as a byte */
	URI,      /* ip, text */
	GUID,     /* ip, text */
	SERIAL,   /* ip, n: protocol, text */
	TALK,     /* ip ip2 */
	HELLO,    /* mac ip: VRRP */
	TUNNELED, /* mac, ip: a host heard out of GRE, n: whose Ethernet header: 0 the carrier's, 1 its own */
	UNIT,     /* ip of the server, n: unit, m: exception, -1: no answer */
	ASKED,    /* the same, function 43/14, text: object asked for; only then another unit may be held against it */
	DEVID,    /* ip of the server, n: unit, text: model, name: maker */
	SRVID,    /* the same by function 17, text alone */
	AGENT,    /* ip, text: User-Agent */
	WAIT,     /* n seconds */
	REOPEN,
};

struct step {
	enum step_kind kind;
	const char *mac, *ip, *text, *name;
	int n, m;
};

struct scene_case {
	const char *name;
	struct step steps[24];
	const char *rows;
};

#define CLIENT "10.1.9.9"

static const struct scene_case cases[] = {
    /* ---- strong keys */
    {"one certificate on two cards in two subnets is one device",
     {{ARP, A1, "10.1.0.5"}, {ARP, A2, "10.2.0.5"}, {CERT, NULL, "10.1.0.5", "\x11"}, {CERT, NULL, "10.2.0.5", "\x11"}},
     "A000001  " A1 "+" A2 " 10.1.0.5+10.2.0.5 -\n"},
    {"another certificate is another device",
     {{ARP, A1, "10.1.0.5"}, {ARP, A2, "10.2.0.5"}, {CERT, NULL, "10.1.0.5", "\x11"}, {CERT, NULL, "10.2.0.5", "\x12"}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.2.0.5 -\n"},
    {"a default certificate side by side in one subnet joins nobody",
     {{ARP, A1, "10.1.0.5"}, {ARP, A2, "10.1.0.6"}, {CERT, NULL, "10.1.0.5", "\x11"}, {CERT, NULL, "10.1.0.6", "\x11"}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.1.0.6 -\n"},
    {"side by side, but by one name too: a laptop on cable and air",
     {{NAMED, A1, "10.1.0.5", "eng-pc"},
      {NAMED, A2, "10.1.0.6", "ENG-PC.plant.example"},
      {CERT, NULL, "10.1.0.5", "\x11"},
      {CERT, NULL, "10.1.0.6", "\x11"}},
     "A000001  " A1 "+" A2 " 10.1.0.5+10.1.0.6 -\n"},
    {"a cloned machine under another name stays apart",
     {{NAMED, A1, "10.1.0.5", "line1"},
      {NAMED, A2, "10.2.0.6", "line2"},
      {CERT, NULL, "10.1.0.5", "\x11"},
      {CERT, NULL, "10.2.0.6", "\x11"}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.2.0.6 -\n"},
    {"a new network card: certificate and address stay",
     {{ARP, A1, "10.1.0.5"},
      {CERT, NULL, "10.1.0.5", "\x11"},
      {WAIT, .n = 3600},
      {ARP, A2, "10.1.0.5"},
      {CERT, NULL, "10.1.0.5", "\x11"}},
     "A000001  " A1 "+" A2 " 10.1.0.5 -\n"},
    {"a new device at the old address has a certificate of its own",
     {{ARP, A1, "10.1.0.5"},
      {CERT, NULL, "10.1.0.5", "\x11"},
      {WAIT, .n = 3600},
      {ARP, A2, "10.1.0.5"},
      {CERT, NULL, "10.1.0.5", "\x12"}},
     "A000001  " A1 " - -\nA000002  " A2 " 10.1.0.5 -\n"},
    {"who talk to each other are two, though a relay shows its server's certificate",
     {{ARP, A1, "10.1.0.5"},
      {ARP, A2, "10.2.0.5"},
      {TALK, "10.2.0.5", "10.1.0.5"},
      {CERT, NULL, "10.1.0.5", "\x11"},
      {CERT, NULL, "10.2.0.5", "\x11"}},
     "A000001  " A1 " 10.1.0.5 opcua_server\nA000002  " A2 " 10.2.0.5 opcua_client\n"},
    {"a key that two devices have joins no third, as long as both are there",
     {{ARP, A1, "10.1.0.5"},
      {ARP, A2, "10.1.0.6"},
      {ARP, R1, "10.2.0.5"},
      {CERT, NULL, "10.1.0.5", "\x11"},
      {CERT, NULL, "10.1.0.6", "\x11"},
      {WAIT, .n = 500},
      {CERT, NULL, "10.1.0.6", "\x11"},
      {WAIT, .n = 200},
      {CERT, NULL, "10.2.0.5", "\x11"}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.1.0.6 -\nA000003  " R1 " 10.2.0.5 -\n"},
    {"until they were not seen beside each other for ten minutes: a card that was changed",
     {{ARP, A1, "10.1.0.5"},
      {CERT, NULL, "10.1.0.5", "\x11"},
      {ARP, A2, "10.1.0.6"},
      {CERT, NULL, "10.1.0.6", "\x11"},
      {WAIT, .n = 601},
      {ARP, A2, "10.1.0.6"},
      {CERT, NULL, "10.1.0.6", "\x11"}},
     "A000001  " A1 "+" A2 " 10.1.0.5+10.1.0.6 -\n"},
    {"too little to say that they are one, and more after a minute",
     {{ARP, A1, "10.1.0.5"},
      {ARP, A2, "10.2.0.5"},
      {URI, NULL, "10.1.0.5", "urn:plant:cell"},
      {URI, NULL, "10.2.0.5", "urn:plant:cell"},
      {NAMED, A1, "10.1.0.5", "cell"},
      {NAMED, A2, "10.2.0.5", "cell"},
      {WAIT, .n = 60},
      {URI, NULL, "10.2.0.5", "urn:plant:cell"}},
     "A000001  " A1 "+" A2 " 10.1.0.5+10.2.0.5 -\n"},
    {"an application URI alone is not enough",
     {{ARP, A1, "10.1.0.5"},
      {ARP, A2, "10.2.0.5"},
      {URI, NULL, "10.1.0.5", "urn:plant:cell"},
      {URI, NULL, "10.2.0.5", "urn:plant:cell"}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.2.0.5 -\n"},
    {"with the name it is",
     {{NAMED, A1, "10.1.0.5", "cell"},
      {NAMED, A2, "10.2.0.5", "cell"},
      {URI, NULL, "10.1.0.5", "urn:plant:cell"},
      {URI, NULL, "10.2.0.5", "urn:plant:cell"}},
     "A000001  " A1 "+" A2 " 10.1.0.5+10.2.0.5 -\n"},
    {"a URI with what cannot be shown is the same one as it is kept",
     {{NAMED, A1, "10.1.0.5", "cell"},
      {NAMED, A2, "10.2.0.5", "cell"},
      {URI, NULL, "10.1.0.5", "urn:plant:\x01 cell"},
      {URI, NULL, "10.2.0.5", "urn:plant:\x01 cell"}},
     "A000001  " A1 "+" A2 " 10.1.0.5+10.2.0.5 -\n"},
    {"a URI of localhost says nothing",
     {{NAMED, A1, "10.1.0.5", "cell"},
      {NAMED, A2, "10.2.0.5", "cell"},
      {URI, NULL, "10.1.0.5", "urn:localhost:server"},
      {URI, NULL, "10.2.0.5", "urn:localhost:server"}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.2.0.5 -\n"},
    {"one SMB server with two cards",
     {{ARP, A1, "10.1.0.5"},
      {ARP, A2, "10.2.0.5"},
      {GUID, NULL, "10.1.0.5", "6b29fc40-ca47-1067-b31d-00dd010662da"},
      {GUID, NULL, "10.2.0.5", "6b29fc40-ca47-1067-b31d-00dd010662da"}},
     "A000001  " A1 "+" A2 " 10.1.0.5+10.2.0.5 -\n"},
    {"a name sent as GUID is a name",
     {{ARP, A1, "10.1.0.5"},
      {ARP, A2, "10.2.0.5"},
      {GUID, NULL, "10.1.0.5", "6e61732d-3031-0000-0000-000000000000"},
      {GUID, NULL, "10.2.0.5", "6e61732d-3031-0000-0000-000000000000"}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.2.0.5 -\n"},
    {"a GUID of zeros is none",
     {{NAMED, A1, "10.1.0.5", "nas"},
      {NAMED, A2, "10.2.0.5", "nas"},
      {GUID, NULL, "10.1.0.5", "00000000-0000-0000-0000-000000000000"},
      {GUID, NULL, "10.2.0.5", "00000000-0000-0000-0000-000000000000"}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.2.0.5 -\n"},
    {"one DHCP client by its DUID, over both families and two cards",
     {{DHCP, A1, "10.1.0.5", "ff01020304000100012a2b2c2d0080f4100101"},
      {DHCP6, A2, "fd00:2::5", "000100012a2b2c2d0080f4100101"}},
     "A000001  " A1 "+" A2 " 10.1.0.5+fd00:2::5 -\n"},
    {"a client identifier that is the MAC joins nobody",
     {{DHCP, A1, "10.1.0.5", "010080f4999999"}, {DHCP, A2, "10.2.0.5", "010080f4999999"}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.2.0.5 -\n"},
    {"an answer's client identifier is not the server's",
     {{DHCP, A1, "10.1.0.5", "ff01020304000100012a2b2c2d0080f4100101"},
      {DHCP, A2, "10.2.0.5", "ff01020304000100012a2b2c2d0080f4100101", .n = DHCP_ACK}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.2.0.5 -\n"},
    {"one serial number, side by side and under two names",
     {{NAMED, A1, "10.1.0.5", "x1"},
      {NAMED, A2, "10.1.0.6", "x2"},
      {SERIAL, NULL, "10.1.0.5", "S C-X4U421302009", .n = DISCOVERY_BY_LLDP},
      {SERIAL, NULL, "10.1.0.6", "S C-X4U421302009", .n = DISCOVERY_BY_LLDP}},
     "A000001  " A1 "+" A2 " 10.1.0.5+10.1.0.6 -\n"},
    {"two serial numbers: two devices, whatever else they share",
     {{ARP, A1, "10.1.0.5"},
      {ARP, A2, "10.2.0.5"},
      {SERIAL, NULL, "10.1.0.5", "4711001", .n = DISCOVERY_BY_ENIP},
      {SERIAL, NULL, "10.2.0.5", "4711002", .n = DISCOVERY_BY_ENIP},
      {CERT, NULL, "10.1.0.5", "\x11"},
      {CERT, NULL, "10.2.0.5", "\x11"}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.2.0.5 -\n"},
    {"a serial number of zeros is none",
     {{ARP, A1, "10.1.0.5"},
      {ARP, A2, "10.2.0.5"},
      {SERIAL, NULL, "10.1.0.5", "0x00000000", .n = DISCOVERY_BY_ENIP},
      {SERIAL, NULL, "10.2.0.5", "0x00000000", .n = DISCOVERY_BY_ENIP}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.2.0.5 -\n"},
    {"a key learnt before a restart still joins",
     {{ARP, A1, "10.1.0.5"},
      {CERT, NULL, "10.1.0.5", "\x11"},
      {REOPEN},
      {ARP, A2, "10.2.0.5"},
      {CERT, NULL, "10.2.0.5", "\x11"}},
     "A000001  " A1 "+" A2 " 10.1.0.5+10.2.0.5 -\n"},
    /* ---- time to live */
    {"a lowered time to live: forwarded by the MAC beside it",
     {{PACED, R1, "10.5.0.7", .n = 63}},
     "A000001  " R1 " - router\nA000002  - 10.5.0.7 -\n"},
    {"a full one: its own", {{PACED, R1, "10.5.0.7", .n = 64}}, "A000001  " R1 " 10.5.0.7 -\n"},
    {"neighbours of one subnet beside one MAC, by their hops",
     {{PACED, R1, "10.5.0.1", .n = 64}, {PACED, R1, "10.5.1.7", .n = 127}, {PACED, R1, "10.5.1.8", .n = 127}},
     "A000001  " R1 " 10.5.0.1 router\nA000002  - 10.5.1.7 -\nA000003  - 10.5.1.8 -\n"},
    {"who claims the address has it, whatever its time to live",
     {{PACED, A1, "10.5.0.7", .n = 63}, {ARP, A1, "10.5.0.7"}},
     "A000001  " A1 " 10.5.0.7 -\n"},
    {"a scanner's made-up time to live makes no router",
     {{PACED, A1, "10.5.0.7", .n = 52}},
     "A000001  " A1 " 10.5.0.7 -\n"},
    {"a router's own address that it never claimed",
     {{PACED, R1, "10.5.1.7", .n = 63}, {PACED, R1, "10.5.0.1", .n = 255}, {PACED, R1, "10.5.1.8", .n = 63}},
     "A000001  " R1 " 10.5.0.1 router\nA000002  - 10.5.1.7 -\nA000003  - 10.5.1.8 -\n"},
    /* ---- virtual MACs */
    {"a virtual MAC is the port of the router that speaks for it",
     {{ARP, R1, "10.5.0.2"}, {HELLO, "00:00:5e:00:01:07", "10.5.0.2"}, {ARP, "00:00:5e:00:01:07", "10.5.0.1"}},
     "A000001  " R1 "+00:00:5e:00:01:07 10.5.0.2+10.5.0.1 router\n"},
    {"it wanders with the master",
     {{ARP, R1, "10.5.0.2"},
      {ARP, R2, "10.5.0.3"},
      {HELLO, "00:00:5e:00:01:07", "10.5.0.2"},
      {HELLO, "00:00:5e:00:01:07", "10.5.0.3"}},
     "A000001  " R1 " 10.5.0.2 router\nA000002  " R2 "+00:00:5e:00:01:07 10.5.0.3 router\n"},
    {"a virtual MAC whose router was not seen stands for it",
     {{HELLO, "00:00:5e:00:01:07", "10.5.0.2"}, {PACED, "00:00:5e:00:01:07", "10.5.9.9", .n = 64}},
     "A000001  00:00:5e:00:01:07 10.5.0.2 router\nA000002  - 10.5.9.9 -\n"},
    {"HSRP version 2 and GLBP are virtual too",
     {{PACED, "00:00:0c:9f:f0:01", "10.5.9.9", .n = 64}, {PACED, "00:07:b4:00:01:01", "10.5.9.8", .n = 64}},
     "A000001  00:00:0c:9f:f0:01 - router\nA000002  - 10.5.9.9 -\nA000003  00:07:b4:00:01:01 - router\nA000004  - "
     "10.5.9.8 -\n"},
    {"what came out of a tunnel of the network layer has no MAC of its own",
     {{TUNNELED, A1, "10.5.0.7"}, {TUNNELED, A1, "10.5.0.8"}},
     "A000001  - 10.5.0.7 -\nA000002  - 10.5.0.8 -\n"},
    {"an Ethernet frame out of a tunnel has: its addresses are one host's",
     {{TUNNELED, A1, "10.5.0.7", .n = 1}, {TUNNELED, A1, "fe80::7", .n = 1}},
     "A000001  " A1 " 10.5.0.7+fe80::7 -\n"},
    {"HSRP version 1, CARP and VRRP over IPv6 are virtual, too",
     {{PACED, "00:00:0c:07:ac:0a", "10.5.9.9", .n = 64},
      {PACED, "00:00:5e:00:01:20", "10.5.9.8", .n = 64},
      {PACED, "00:00:5e:00:02:07", "fd00:5::8", .n = 64}},
     "A000001  00:00:0c:07:ac:0a - router\nA000002  - 10.5.9.9 -\nA000003  00:00:5e:00:01:20 - router\nA000004  - "
     "10.5.9.8 -\nA000005  00:00:5e:00:02:07 - router\nA000006  - fd00:5::8 -\n"},
    {"their makers' other cards are not",
     {{PACED, "00:00:5e:00:53:01", "10.5.9.9", .n = 64}, {PACED, "00:00:0c:08:ac:0a", "10.5.9.8", .n = 64}},
     "A000001  00:00:5e:00:53:01 10.5.9.9 -\nA000002  00:00:0c:08:ac:0a 10.5.9.8 -\n"},
    /* ---- addresses beside one MAC */
    {"both families beside one MAC are one device",
     {{ARP, A1, "10.1.0.5"}, {PACED, A1, "fd00:1::5", .n = 64}, {PACED, A1, "fe80::1:5", .n = 255}},
     "A000001  " A1 " 10.1.0.5+fd00:1::5+fe80::1:5 -\n"},
    {"beside two MACs two",
     {{ARP, A1, "10.1.0.5"}, {PACED, A2, "fd00:1::5", .n = 64}, {PACED, A2, "fe80::1:5", .n = 255}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " fd00:1::5+fe80::1:5 -\n"},
    {"a hop limit lowered by one is forwarded like a time to live",
     {{ARP, R1, "10.1.0.1"}, {PACED, R1, "fd00:2::5", .n = 63}, {PACED, R1, "fd00:2::6", .n = 254}},
     "A000001  " R1 " 10.1.0.1 router\nA000002  - fd00:2::5 -\nA000003  - fd00:2::6 -\n"},
    {"a capture on both sides of a router: the near side first",
     {{PACED, A1, "10.1.0.5", .n = 64}, {PACED, R2, "10.1.0.5", .n = 63}, {PACED, R2, "10.1.0.6", .n = 127}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " R2 " - router\nA000003  - 10.1.0.6 -\n"},
    {"the far side first",
     {{PACED, R2, "10.1.0.5", .n = 63}, {PACED, A1, "10.1.0.5", .n = 64}, {PACED, R2, "10.1.0.5", .n = 63}},
     "A000001  " R2 " - router\nA000002  " A1 " 10.1.0.5 -\n"},
    {"two routers one after the other: neither is the device",
     {{PACED, R2, "10.1.0.5", .n = 62}, {PACED, R1, "10.1.0.5", .n = 63}},
     "A000001  " R2 " - router\nA000002  - 10.1.0.5 -\nA000003  " R1 " - router\n"},
    {"a firewall with one MAC on its sub-interfaces is one device",
     {{ARP, R1, "10.1.0.1", .m = 101}, {ARP, R1, "10.2.0.1", .m = 102}, {ARP, R1, "10.3.0.1", .m = 103}},
     "A000001  " R1 " 10.1.0.1+10.2.0.1+10.3.0.1 -\n"},
    {"what it forwards stays outside of it",
     {{ARP, R1, "10.1.0.1", .m = 101},
      {ARP, R1, "10.2.0.1", .m = 102},
      {ARP, A1, "10.1.0.5", .m = 101},
      {PACED, R1, "10.1.0.5", .n = 63, .m = 102},
      {PACED, R1, "10.9.0.5", .n = 63, .m = 102}},
     "A000001  " R1 " 10.1.0.1+10.2.0.1 router\nA000002  " A1 " 10.1.0.5 -\nA000003  - 10.9.0.5 -\n"},
    {"a cell built twice, in two VLANs: the same addresses, two devices",
     {{ARP, A1, "10.1.0.5", .m = 101}, {ARP, A2, "10.1.0.5", .m = 102}, {ARP, A1, "10.1.0.5", .m = 101}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.1.0.5 -\n"},
    {"a host that bridges its virtual machines: each has its own card",
     {{ARP, A1, "10.1.0.5"},
      {ARP, "52:54:00:00:00:01", "10.1.0.6"},
      {ARP, "52:54:00:00:00:02", "10.1.0.7"},
      {PACED, "52:54:00:00:00:01", "10.1.0.6", .n = 64},
      {PACED, A1, "10.1.0.5", .n = 64}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  52:54:00:00:00:01 10.1.0.6 -\nA000003  52:54:00:00:00:02 10.1.0.7 -\n"},
    {"a random MAC under the same name is another row: a name alone joins nobody",
     {{NAMED, "da:a1:19:00:00:01", "10.1.0.5", "phone"}, {NAMED, "ea:b2:29:00:00:02", "10.1.0.6", "phone"}},
     "A000001  da:a1:19:00:00:01 10.1.0.5 -\nA000002  ea:b2:29:00:00:02 10.1.0.6 -\n"},
    {"proxy ARP: a router answers for a host that speaks for itself",
     {{ARP, R1, "10.1.0.1"},
      {PACED, R1, "10.9.0.5", .n = 63},
      {ARP, A1, "10.1.0.5"},
      {ARP, R1, "10.1.0.5"},
      {PACED, A1, "10.1.0.5", .n = 64}},
     "A000001  " R1 " 10.1.0.1 router\nA000002  - 10.9.0.5 -\nA000003  " A1 " 10.1.0.5 -\n"},
    {"who is answered for, and goes on sending, is no router",
     {{ARP, A1, "10.1.0.5"}, {ARP, A2, "10.1.0.5"}, {PACED, A1, "10.1.0.5", .n = 64}, {PACED, A1, "10.1.0.5", .n = 64}},
     "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " - -\n"},
    {"a lease handed from one device to the next, at once",
     {{NAMED, A1, "10.1.0.5", "old"},
      {WAIT, .n = 10},
      {NAMED, A2, "10.1.0.5", "new"},
      {PACED, A2, "10.1.0.5", .n = 64}},
     "A000001  " A1 " - -\nA000002  " A2 " 10.1.0.5 -\n"},
    {"another lease for the same card: one device with the new address",
     {{NAMED, A1, "10.1.0.5", "pc"}, {WAIT, .n = 60}, {NAMED, A1, "10.1.0.9", "pc"}, {PACED, A1, "10.1.0.9", .n = 64}},
     "A000001  " A1 " 10.1.0.9 -\n"},
    {"carried into another VLAN: one device with the address that it has there",
     {{NAMED, A1, "10.1.0.5", "pc", .m = 101},
      {PACED, A1, "10.1.0.5", .n = 64, .m = 101},
      {WAIT, .n = 60},
      {NAMED, A1, "10.2.0.9", "pc", .m = 102},
      {PACED, A1, "10.2.0.9", .n = 64, .m = 102}},
     "A000001  " A1 " 10.2.0.9 -\n"},
    {"the address it left goes to the next, and comes with no past",
     {{NAMED, A1, "10.1.0.5", "pc", .m = 101},
      {NAMED, A1, "10.2.0.9", "pc", .m = 102},
      {NAMED, A2, "10.1.0.5", "other", .m = 101}},
     "A000001  " A1 " 10.2.0.9 -\nA000002  " A2 " 10.1.0.5 -\n"},
    {"a second address that is not leased stays beside the lease",
     {{ARP, A1, "10.1.0.200"}, {NAMED, A1, "10.1.0.5", "pc"}},
     "A000001  " A1 " 10.1.0.200+10.1.0.5 -\n"},
    /* ---- what is nobody's */
    {"who has no address yet is a device by its card, and a group's address is none",
     {{HOST, A1, "0.0.0.0"}, {HOST, A1, "224.0.0.251"}, {HOST, A1, "255.255.255.255"}},
     "A000001  " A1 " - -\n"},
    /* ---- units behind a gateway */
    {"a controller that answers to any unit id is one device",
     {{ARP, A1, "10.1.0.5"},
      {UNIT, NULL, "10.1.0.5", .n = 1},
      {UNIT, NULL, "10.1.0.5", .n = 2},
      {UNIT, NULL, "10.1.0.5", .n = 3},
      {UNIT, NULL, "10.1.0.5", .n = 255}},
     "A000001  " A1 " 10.1.0.5 modbus_server\nA000002  - " CLIENT " modbus_client\n"},
    {"a device asked under one id is itself",
     {{ARP, A1, "10.1.0.5"}, {UNIT, NULL, "10.1.0.5", .n = 17}},
     "A000001  " A1 " 10.1.0.5 modbus_server\nA000002  - " CLIENT " modbus_client\n"},
    {"exception 0x0B: a gateway; who answered behind it is a device each",
     {{ARP, A1, "10.1.0.5"},
      {UNIT, NULL, "10.1.0.5", .n = 1},
      {UNIT, NULL, "10.1.0.5", .n = 2, .m = 11},
      {UNIT, NULL, "10.1.0.5", .n = 3}},
     "A000001  " A1 " 10.1.0.5 gateway+modbus_server\nA000002  - " CLIENT
     " modbus_client\nA000003  - - -\nA000004  - - modbus_server\n"},
    {"a device that is alone says 0x0A of itself: no gateway",
     {{ARP, A1, "10.1.0.5"},
      {UNIT, NULL, "10.1.0.5", .n = 10},
      {UNIT, NULL, "10.1.0.5", .n = 10, .m = 10},
      {UNIT, NULL, "10.1.0.5", .n = 10}},
     "A000001  " A1 " 10.1.0.5 modbus_server\nA000002  - " CLIENT " modbus_client\n"},
    {"exception 2 from one unit, data from another",
     {{ARP, A1, "10.1.0.5"}, {UNIT, NULL, "10.1.0.5", .n = 1}, {UNIT, NULL, "10.1.0.5", .n = 2, .m = 2}},
     "A000001  " A1 " 10.1.0.5 gateway+modbus_server\nA000002  - " CLIENT
     " modbus_client\nA000003  - - -\nA000004  - - modbus_server\n"},
    {"two answer, a third never does",
     {{ARP, A1, "10.1.0.5"},
      {UNIT, NULL, "10.1.0.5", .n = 1},
      {UNIT, NULL, "10.1.0.5", .n = 2},
      {UNIT, NULL, "10.1.0.5", .n = 9, .m = -1},
      {UNIT, NULL, "10.1.0.5", .n = 9, .m = -1},
      {UNIT, NULL, "10.1.0.5", .n = 1},
      {UNIT, NULL, "10.1.0.5", .n = 2}},
     "A000001  " A1 " 10.1.0.5 gateway+modbus_server\nA000002  - " CLIENT
     " modbus_client\nA000003  - - modbus_server\nA000004  - - modbus_server\n"},
    {"the same, and the one that never answers was asked first",
     {{ARP, A1, "10.1.0.5"},
      {UNIT, NULL, "10.1.0.5", .n = 9, .m = -1},
      {UNIT, NULL, "10.1.0.5", .n = 9, .m = -1},
      {UNIT, NULL, "10.1.0.5", .n = 1},
      {UNIT, NULL, "10.1.0.5", .n = 2}},
     "A000001  " A1 " 10.1.0.5 gateway+modbus_server\nA000002  - " CLIENT
     " modbus_client\nA000003  - - -\nA000004  - - modbus_server\n"},
    {"one request lost is no proof",
     {{ARP, A1, "10.1.0.5"},
      {UNIT, NULL, "10.1.0.5", .n = 1},
      {UNIT, NULL, "10.1.0.5", .n = 2},
      {UNIT, NULL, "10.1.0.5", .n = 9, .m = -1},
      {UNIT, NULL, "10.1.0.5", .n = 1}},
     "A000001  " A1 " 10.1.0.5 modbus_server\nA000002  - " CLIENT " modbus_client\n"},
    {"two units that name themselves differently",
     {{ARP, A1, "10.1.0.5"}, {DEVID, NULL, "10.1.0.5", "PM5560", .n = 1}, {DEVID, NULL, "10.1.0.5", "iEM3255", .n = 2}},
     "A000001  " A1 " 10.1.0.5 gateway\nA000002  - - -\nA000003  - - -\n"},
    {"one device that names itself in two ways, whatever unit it is asked as",
     {{ARP, A1, "10.1.0.5"},
      {SRVID, NULL, "10.1.0.5", "Acme-PLC9-2.1", .n = 1},
      {DEVID, NULL, "10.1.0.5", "PLC9", "Acme", .n = 1},
      {SRVID, NULL, "10.1.0.5", "Acme-PLC9-2.1", .n = 2},
      {DEVID, NULL, "10.1.0.5", "PLC9", "Acme", .n = 2},
      {DEVID, NULL, "10.1.0.5", "PLC9", .n = 3}},
     "A000001  " A1 " 10.1.0.5 -\n"},
    {"two units that name themselves differently by function 17",
     {{ARP, A1, "10.1.0.5"}, {SRVID, NULL, "10.1.0.5", "PM5560", .n = 1}, {SRVID, NULL, "10.1.0.5", "iEM3255", .n = 2}},
     "A000001  " A1 " 10.1.0.5 gateway\nA000002  - - -\nA000003  - - -\n"},
    {"an object that the device lacks, asked of another unit, is no proof",
     {{ARP, A1, "10.1.0.5"},
      {ASKED, NULL, "10.1.0.5", "\x01", .n = 1},
      {ASKED, NULL, "10.1.0.5", "\x80", .n = 2, .m = 2}},
     "A000001  " A1 " 10.1.0.5 modbus_server\nA000002  - " CLIENT " modbus_client\n"},
    {"an object that one has and another lacks is",
     {{ARP, A1, "10.1.0.5"},
      {ASKED, NULL, "10.1.0.5", "\x80", .n = 1},
      {ASKED, NULL, "10.1.0.5", "\x80", .n = 2, .m = 2}},
     "A000001  " A1 " 10.1.0.5 gateway+modbus_server\nA000002  - " CLIENT
     " modbus_client\nA000003  - - -\nA000004  - - modbus_server\n"},
    {"a gateway is remembered",
     {{ARP, A1, "10.1.0.5"},
      {UNIT, NULL, "10.1.0.5", .n = 1},
      {UNIT, NULL, "10.1.0.5", .n = 2, .m = 11},
      {REOPEN},
      {UNIT, NULL, "10.1.0.5", .n = 1},
      {UNIT, NULL, "10.1.0.5", .n = 4}},
     "A000001  " A1 " 10.1.0.5 gateway+modbus_server\nA000002  - " CLIENT
     " modbus_client\nA000003  - - modbus_server\nA000004  - - modbus_server\n"},
};

static struct scene s;

static struct event_value values[8];

static struct event from(const struct field_table *table, const char *src, const char *dest)
{
	struct event ev =
	    scene_between(&s, table, values, (struct scene_end_of){NULL, src}, (struct scene_end_of){NULL, dest}, 0);

	ev.complete = COMPLETE_YES;
	return ev;
}

static void bytes_of(const char *hex, uint8_t *out, size_t *n)
{
	for (*n = 0; hex[0]; hex += 2, (*n)++) {
		unsigned byte;
		ck_assert_int_eq(sscanf(hex, "%2x", &byte), 1);
		out[*n] = (uint8_t)byte;
	}
}

static void dhcp(const struct step *st, bool six)
{
	struct event ev = scene_event(&s, &discovery_table, values);
	struct mac m = scene_mac(st->mac);
	struct ip_addr addr = scene_ip(st->ip);
	uint8_t id[64];
	size_t n;

	bytes_of(st->text, id, &n);
	ev.at.has_ether = true;
	ev.at.src_mac = m;
	ev_uint(&ev, &discovery_field[DISCOVERY_PROTOCOL], six ? DISCOVERY_BY_DHCPV6 : DISCOVERY_BY_DHCP);
	ev_mac(&ev, &discovery_field[DISCOVERY_MAC], &m);
	ev_span(&ev, &discovery_field[DISCOVERY_IP], span_of(addr.b, sizeof(addr.b)));
	ev_uint(&ev, &discovery_field[six ? DISCOVERY_DETAIL_DHCPV6 : DISCOVERY_DETAIL_MESSAGE], st->n ? st->n : 3);
	ev_span(&ev, &discovery_field[DISCOVERY_DETAIL_CLIENT_ID], span_of(id, n));
	ledger_take(s.ledger, &ev);
}

static void discovery(const struct step *st)
{
	struct event ev = scene_event(&s, &discovery_table, values);
	struct ip_addr addr = scene_ip(st->ip);

	ev.at.src_ip = addr;
	ev_uint(&ev, &discovery_field[DISCOVERY_PROTOCOL],
		st->kind == DEVID   ? DISCOVERY_BY_MODBUS_DEVICE_ID
		: st->kind == SRVID ? DISCOVERY_BY_MODBUS_SERVER_ID
				    : (unsigned)st->n);
	ev_span(&ev, &discovery_field[DISCOVERY_IP], span_of(addr.b, sizeof(addr.b)));
	if (st->name)
		ev_text(&ev, &discovery_field[DISCOVERY_VENDOR], st->name);
	ev_text(&ev, &discovery_field[st->kind == SERIAL ? DISCOVERY_SERIAL : DISCOVERY_MODEL], st->text);
	if (st->kind != SERIAL)
		ev_uint(&ev, &discovery_field[DISCOVERY_DETAIL_UNIT_ID], (unsigned)st->n);
	ledger_take(s.ledger, &ev);
}

static void modbus(const struct step *st)
{
	struct event ev = from(&modbus_table, CLIENT, st->ip);

	ev.at.app_proto = "modbus";
	ev.at.app_by = APP_BY_DISSECTOR;
	ev.complete = st->m < 0 ? COMPLETE_NO : COMPLETE_YES;
	ev_uint(&ev, &modbus_field[MODBUS_UNIT_ID], (unsigned)st->n);
	if (st->kind == ASKED) {
		ev_uint(&ev, &modbus_field[MODBUS_FUNCTION_RAW], 43);
		ev_uint(&ev, &modbus_field[MODBUS_REQ_MEI_TYPE], 14);
		ev_uint(&ev, &modbus_field[MODBUS_REQ_OBJECT_ID], (uint8_t)st->text[0]);
	} else {
		ev_uint(&ev, &modbus_field[MODBUS_FUNCTION_RAW], 3);
		ev_uint(&ev, &modbus_field[MODBUS_REQ_ADDRESS], 100);
		ev_uint(&ev, &modbus_field[MODBUS_REQ_QUANTITY], 10);
	}
	if (st->m > 0)
		ev_uint(&ev, &modbus_field[MODBUS_EXCEPTION_RAW], (unsigned)st->m);
	ledger_take(s.ledger, &ev);
}

static void host(const struct step *st)
{
	struct event ev = scene_event(&s, &asset_table, values);
	struct ip_addr addr = scene_ip(st->ip);

	ev.at.has_ether = true;
	ev.at.src_mac = scene_mac(st->mac);
	ev.at.src_ip = addr;
	scene_vlan(&ev, (unsigned)st->m);
	ev.at.ip_proto = st->kind == HELLO ? 112 : st->kind == PACED ? IPPROTO_TCP : 0;
	ev_uint(&ev, &asset_field[ASSET_CHANGE], ASSET_SEEN);
	ev_mac(&ev, &asset_field[ASSET_MAC], &ev.at.src_mac);
	ev_span(&ev, &asset_field[ASSET_IP], span_of(addr.b, sizeof(addr.b)));
	if (st->kind == TUNNELED) {
		ev.at.tunnels[ev.at.n_tunnels++] = TUNNEL_GRE;
		ev.at.ether_depth = (uint8_t)st->n;
	} else if (st->n) {
		ev_uint(&ev, &asset_field[ASSET_TTL], (unsigned)st->n);
	}
	ledger_take(s.ledger, &ev);
}

static void shows(const struct step *st)
{
	uint8_t sha256[32];
	const struct field_table *table = st->kind == GUID ? &smb_table : &opcua_table;
	struct event ev = from(table, CLIENT, st->ip);

	/* the client is nobody here: only the server's end matters */
	ev.at.src_ip = (struct ip_addr){{0}};
	memset(sha256, st->text[0], sizeof(sha256));
	if (st->kind == CERT) {
		ev_uint(&ev, &opcua_field[OPCUA_DIRECTION], OPCUA_TO_CLIENT);
		ev_span(&ev, &opcua_field[OPCUA_OPEN_CERT_SHA256], span_of(sha256, sizeof(sha256)));
	} else if (st->kind == URI) {
		ev_text(&ev, &opcua_field[OPCUA_APPLICATION_URI], st->text);
	} else {
		ev_text(&ev, &smb_field[SMB_NEG_SERVER_GUID], st->text);
	}
	ledger_take(s.ledger, &ev);
}

static void talk(const struct step *st)
{
	struct event ev = from(&opcua_table, st->mac, st->ip);

	ev.at.app_proto = "opcua";
	ev.at.app_by = APP_BY_DISSECTOR;
	ledger_take(s.ledger, &ev);
}

static void play(const struct step *st)
{
	for (; st->kind != END; st++) {
		switch (st->kind) {
		case HOST:
		case PACED:
		case HELLO:
		case TUNNELED:
			host(st);
			break;
		case ARP:
			scene_arp(&s, st->mac, st->ip, (unsigned)st->m);
			break;
		case NAMED:
			scene_lease(&s, st->mac, st->ip, st->text, (unsigned)st->m);
			break;
		case DHCP:
		case DHCP6:
			dhcp(st, st->kind == DHCP6);
			break;
		case CERT:
		case URI:
		case GUID:
			shows(st);
			break;
		case SERIAL:
		case DEVID:
		case SRVID:
			discovery(st);
			break;
		case TALK:
			talk(st);
			break;
		case UNIT:
		case ASKED:
			modbus(st);
			break;
		case WAIT:
			s.now_ns += st->n * NS_PER_S;
			break;
		case REOPEN:
			scene_reopen(&s);
			break;
		default:
			break;
		}
	}
}

START_TEST(one_device_or_two)
{
	const struct scene_case *c = &cases[_i];

	scene_begin(&s, NULL);
	play(c->steps);
	const char *rows = scene_brief(&s);
	ck_assert_msg(strcmp(rows, c->rows) == 0, "%s: expected\n%sgot\n%s", c->name, c->rows, rows);
	scene_reopen(&s);
	rows = scene_brief(&s);
	ck_assert_msg(strcmp(rows, c->rows) == 0, "%s, reopened: expected\n%sgot\n%s", c->name, c->rows, rows);
	scene_end(&s);
}
END_TEST

/* Who talk to each other are two also when memory has no room for that conversation any more. */
START_TEST(who_talked_are_two_though_memory_forgot)
{
	static const struct step steps[] = {{ARP, A1, "10.1.0.5"},
					    {ARP, A2, "10.2.0.5"},
					    {ARP, R1, "10.3.0.5"},
					    {TALK, "10.2.0.5", "10.1.0.5"},
					    {TALK, "10.3.0.5", "10.2.0.5"},
					    {CERT, NULL, "10.1.0.5", "\x11"},
					    {CERT, NULL, "10.2.0.5", "\x11"},
					    {END}};

	scene_begin(&s, NULL);
	s.limits.conversations = 1;
	scene_reopen(&s);
	play(steps);
	ck_assert_uint_gt(ledger_count(s.ledger).evicted_conversations, 0);
	const char *rows = scene_brief(&s);
	ck_assert_msg(strstr(rows, A1 " 10.1.0.5") && strstr(rows, A2 " 10.2.0.5"), "%s", rows);
	scene_end(&s);
}
END_TEST

/* ---- a person's word */

static struct person somebody = {.who = "Sato", .login = "sato", .reason = "seen on site"};

/* Asks from another process, as a command does, while this one holds the ledger like a daemon. */
static const char *asked(const char *verb, const char *args, int expect)
{
	static char answer[AMEND_ANSWER_MAX];
	int pipes[2], status = 0;

	ck_assert_int_eq(ledger_write(s.ledger), 0);
	ck_assert_int_eq(pipe(pipes), 0);
	pid_t child = fork();
	if (child == 0) {
		struct amendment a = {verb, args, somebody};
		struct complaint c = {""};
		int err = amend_ask(s.dir, &a, answer, &c);
		(void)!write(pipes[1], answer, sizeof(answer));
		_exit(-err);
	}
	while (waitpid(child, &status, WNOHANG) == 0) {
		ledger_tick(s.ledger);
		usleep(2000);
	}
	ck_assert_int_eq(read(pipes[0], answer, sizeof(answer)), sizeof(answer));
	close(pipes[0]);
	close(pipes[1]);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == expect, "%s %s: %d, %s", verb, args, status, answer);
	return answer;
}

START_TEST(merged_by_a_person_and_taken_back)
{
	static const struct step steps[] = {
	    {NAMED, A1, "10.1.0.5", "one"}, {NAMED, A2, "10.2.0.5", "two"}, {TALK, "10.2.0.5", "10.1.0.5"}, {END}};
	static const char whole[] = "A000001  " A1 " 10.1.0.5 opcua_server\nA000002  " A2 " 10.2.0.5 opcua_client\n";

	scene_begin(&s, NULL);
	play(steps);
	ck_assert_str_eq(scene_brief(&s), whole);
	ck_assert_str_eq(asked("asset.merge", "A000001 A000002", 0), "merged A000002 A000001 1");
	ck_assert_str_eq(scene_brief(&s), "A000001  " A1 "+" A2 " 10.1.0.5+10.2.0.5 opcua_server+opcua_client\n");
	ck_assert_str_eq(asked("asset.merge", "A000001 A000002", EINVAL), "merged_already A000002 A000001");
	ck_assert_str_eq(asked("asset.undo", "A000002", 0), "undone 1 A000002 A000001");
	const char *rows = scene_brief(&s);
	ck_assert_msg(strstr(rows, "A000001  " A1 " 10.1.0.5 ") && strstr(rows, "A000002  " A2 " 10.2.0.5 "), "%s",
		      rows);
	scene_reopen(&s);
	ck_assert_str_eq(scene_brief(&s), rows);
	scene_links(&s, NULL);
	json_t *row = scene_row(&s, 0);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(row, "src"), "asset_id")), "A000002");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(row, "dest"), "asset_id")), "A000001");
	json_decref(row);
	scene_end(&s);
}
END_TEST

/* Units count among the devices that the database keeps: who makes them up gets no number for each either. */
START_TEST(units_keep_to_the_share_of_devices)
{
	static const struct step steps[] = {{ARP, A1, "10.1.0.5"},
					    {UNIT, NULL, "10.1.0.5", .n = 1},
					    {UNIT, NULL, "10.1.0.5", .n = 2, .m = 11},
					    {UNIT, NULL, "10.1.0.5", .n = 3},
					    {UNIT, NULL, "10.1.0.5", .n = 4},
					    {END}};

	scene_begin(&s, NULL);
	ledger_set_disk(s.ledger, 0, 3);
	play(steps);
	ck_assert_str_eq(scene_brief(&s), "A000001  " A1 " 10.1.0.5 gateway+modbus_server\nA000002  - " CLIENT
					  " modbus_client\nA000003  - - -\n");
	ck_assert_uint_gt(ledger_count(s.ledger).refused_sightings, 0);
	scene_end(&s);
}
END_TEST

/* "unit<gateway " for each. */
static const char *gateways(void)
{
	static char text[256];
	size_t len = 0;

	text[0] = '\0';
	scene_assets(&s, NULL);
	int n = 0;
	for (const char *at = s.rows; *at; at = strchr(at, '\n') + 1, n++) {
		json_t *row = scene_row(&s, n);
		const char *gateway = json_string_value(json_object_get(row, "gateway"));
		if (gateway)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s<%s ",
						json_string_value(json_object_get(row, "asset_id")), gateway);
		json_decref(row);
	}
	return text;
}

/* What the server was thought to say of itself goes to the unit that said it, and nothing else does. */
START_TEST(a_unit_takes_its_own_words_along)
{
	static const struct {
		struct step steps[6];
		const char *models[4];
	} plants[] = {
	    {{{ARP, A1, "10.1.0.5"},
	      {DEVID, NULL, "10.1.0.5", "AC-100", "Acme", .n = 1},
	      {SRVID, NULL, "10.1.0.5", "BETA 2000", .n = 2},
	      {UNIT, NULL, "10.1.0.5", .n = 3, .m = 11}},
	     {NULL, "AC-100", "BETA 2000", NULL}},
	    {{{ARP, A1, "10.1.0.5"},
	      {SRVID, NULL, "10.1.0.5", "GW-9", .n = 255},
	      {DEVID, NULL, "10.1.0.5", "AC-100", "Acme", .n = 1},
	      {UNIT, NULL, "10.1.0.5", .n = 3, .m = 11}},
	     {"GW-9", "AC-100", NULL}},
	};

	scene_begin(&s, NULL);
	play(plants[_i].steps);
	scene_assets(&s, NULL);
	int n = 0, named = 0;
	for (const char *at = s.rows; *at; at = strchr(at, '\n') + 1, n++) {
		json_t *row = scene_row(&s, n);
		const char *model = json_string_value(json_object_get(row, "model"));
		if (model || json_object_get(row, "gateway") || n == 0)
			ck_assert_pstr_eq(model, plants[_i].models[named++]);
		json_decref(row);
	}
	ck_assert_int_ge(named, 2);
	scene_end(&s);
}
END_TEST

/* The values that were written are no part of a request: sixteen of them do not push the read out, nor do they prove
 * anything. */
START_TEST(written_values_are_no_requests)
{
	static const struct step one[] = {{ARP, A1, "10.1.0.5"}, {UNIT, NULL, "10.1.0.5", .n = 1}, {END}};
	static const struct step other[] = {{UNIT, NULL, "10.1.0.5", .n = 2, .m = 2}, {END}};

	scene_begin(&s, NULL);
	play(one);
	for (uint8_t i = 0; i < 40; i++) {
		struct event ev = from(&modbus_table, CLIENT, "10.1.0.5");
		const uint8_t value[2] = {0, i};
		ev.at.app_proto = "modbus";
		ev.at.app_by = APP_BY_DISSECTOR;
		ev.complete = COMPLETE_YES;
		ev.func_class = CLASS_WRITE;
		ev_uint(&ev, &modbus_field[MODBUS_UNIT_ID], i % 2 + 1);
		ev_uint(&ev, &modbus_field[MODBUS_FUNCTION_RAW], 6);
		ev_uint(&ev, &modbus_field[MODBUS_REQ_ADDRESS], 5);
		ev_items(&ev, &modbus_field[MODBUS_REQ_REGISTERS], span_of(value, sizeof(value)), 1);
		if (i % 2)
			ev_uint(&ev, &modbus_field[MODBUS_EXCEPTION_RAW], 3);
		ledger_take(s.ledger, &ev);
	}
	ck_assert_str_eq(gateways(), "");
	play(other);
	ck_assert_str_ne(gateways(), "");
	scene_end(&s);
}
END_TEST

START_TEST(units_of_a_merged_gateway_come_back)
{
	static const struct step steps[] = {{ARP, A1, "10.1.0.5"},
					    {UNIT, NULL, "10.1.0.5", .n = 1},
					    {UNIT, NULL, "10.1.0.5", .n = 2, .m = 11},
					    {ARP, A2, "10.1.0.6"},
					    {UNIT, NULL, "10.1.0.6", .n = 1},
					    {UNIT, NULL, "10.1.0.6", .n = 2, .m = 11},
					    {UNIT, NULL, "10.1.0.5", .n = 1},
					    {UNIT, NULL, "10.1.0.6", .n = 1},
					    {END}};
	char before[4096];

	scene_begin(&s, NULL);
	play(steps);
	snprintf(before, sizeof(before), "%s", scene_brief(&s));
	ck_assert_msg(strstr(before, "A000001") && strstr(before, "A000004") && strstr(before, "A000005"), "%s",
		      before);
	for (int round = 0; round < 2; round++) {
		ck_assert_str_eq(asked("asset.merge", "A000001 A000004", 0),
				 round ? "merged A000004 A000001 3" : "merged A000004 A000001 1");
		if (round) /* what came from the database does too */
			scene_reopen(&s);
		ck_assert_str_eq(asked("asset.undo", "A000004", 0),
				 round ? "undone 3 A000004 A000001" : "undone 1 A000004 A000001");
		ck_assert_str_eq(scene_brief(&s), before);
		scene_assets(&s, NULL);
		json_t *mine = scene_row(&s, 2), *theirs = scene_row(&s, 4);
		ck_assert_str_eq(json_string_value(json_object_get(mine, "gateway")), "A000001");
		ck_assert_str_eq(json_string_value(json_object_get(theirs, "gateway")), "A000004");
		json_decref(mine);
		json_decref(theirs);
		/* and each answers as itself: no third one is made */
		play(steps + 6);
		ck_assert_str_eq(scene_brief(&s), before);
	}
	scene_end(&s);
}
END_TEST

/* The database as it was without moved_unit, brought up again. */
static void list_made_anew(void)
{
	ck_assert_int_eq(ledger_write(s.ledger), 0);
	sqlite3 *db = s.ledger->db;
	ck_assert_int_eq(store_exec(db, "DROP TABLE moved_unit"), SQLITE_OK);
	ck_assert_int_eq(store_exec(db, "PRAGMA user_version = 8"), SQLITE_OK);
	scene_reopen(&s);
}

/* What an undone merge had moved is not what the next one moved; and units that are on disk only move as well. */
START_TEST(units_return_with_their_own_merge)
{
	static const struct step steps[] = {{ARP, A1, "10.1.0.5"},
					    {UNIT, NULL, "10.1.0.5", .n = 1},
					    {UNIT, NULL, "10.1.0.5", .n = 2, .m = 11},
					    {ARP, A2, "10.1.0.6"},
					    {UNIT, NULL, "10.1.0.6", .n = 1},
					    {UNIT, NULL, "10.1.0.6", .n = 2, .m = 11},
					    {END}};
	static const char apart[] = "A000003<A000001 A000005<A000004 ";
	char mac[MAC_TEXT_MAX], ip[IP_TEXT_MAX];

	for (int on_disk = 0; on_disk < 2; on_disk++) {
		scene_begin(&s, NULL);
		play(steps);
		ck_assert_str_eq(gateways(), apart);
		if (on_disk) {
			s.limits = (struct ledger_limits){.assets = 8, .conversations = 4};
			scene_reopen(&s);
			for (int i = 0; i < 20; i++) {
				snprintf(mac, sizeof(mac), "00:80:f4:20:00:%02x", i);
				snprintf(ip, sizeof(ip), "10.9.%d.1", i);
				scene_arp(&s, mac, ip, 0);
			}
		}
		for (int round = 0; round < 3; round++) {
			bool other_way = round % 2 == 1;
			const char *gone = other_way ? "A000001" : "A000004";
			(void)asked("asset.merge", other_way ? "A000004 A000001" : "A000001 A000004", 0);
			ck_assert_str_eq(gateways(), other_way ? "A000003<A000004 A000005<A000004 "
							       : "A000003<A000001 A000005<A000001 ");
			if (round == 2) /* a merge of before there was a list of what it moved */
				list_made_anew();
			(void)asked("asset.undo", gone, 0);
			ck_assert_msg(strcmp(gateways(), apart) == 0, "round %d, on disk %d: %s", round, on_disk,
				      gateways());
		}
		scene_end(&s);
	}
}
END_TEST

START_TEST(split_by_a_person_and_taken_back)
{
	static const struct step steps[] = {{ARP, A1, "10.1.0.5"},
					    {ARP, A2, "10.2.0.5"},
					    {CERT, NULL, "10.1.0.5", "\x11"},
					    {CERT, NULL, "10.2.0.5", "\x11"},
					    {END}};
	static const char whole[] = "A000001  " A1 "+" A2 " 10.1.0.5+10.2.0.5 -\n";
	static const char apart[] = "A000001  " A1 " 10.1.0.5 -\nA000003  " A2 " 10.2.0.5 -\n";

	scene_begin(&s, NULL);
	play(steps);
	ck_assert_str_eq(scene_brief(&s), whole);
	ck_assert_str_eq(asked("asset.split", "A000001 " A2 " 10.2.0.5", 0), "split A000001 A000003 2");
	ck_assert_str_eq(scene_brief(&s), apart);
	/* the key speaks for one device again, but a person has said that they are two */
	s.now_ns += 600 * NS_PER_S;
	play(steps + 2);
	scene_reopen(&s);
	play(steps + 2);
	ck_assert_str_eq(scene_brief(&s), apart);
	ck_assert_str_eq(asked("asset.split", "A000001 " A1 " 10.1.0.5", EINVAL), "keeps_nothing A000001");
	ck_assert_str_eq(asked("asset.split", "A000001 " A3, EINVAL), "not_held A000001 " A3);
	ck_assert_str_eq(asked("asset.split", "A000001 here", EINVAL), "no_address here");
	ck_assert_str_eq(asked("asset.undo", "2", 0), "undone 2 A000003 A000001");
	ck_assert_str_eq(scene_brief(&s), whole);
	scene_end(&s);
}
END_TEST

START_TEST(taken_back_what_the_keys_did)
{
	static const struct step steps[] = {{ARP, A1, "10.1.0.5"},
					    {ARP, A2, "10.2.0.5"},
					    {CERT, NULL, "10.1.0.5", "\x11"},
					    {CERT, NULL, "10.2.0.5", "\x11"},
					    {END}};

	scene_begin(&s, NULL);
	play(steps);
	ck_assert_str_eq(asked("asset.undo", "A000001", 0), "undone 1 A000002 A000001");
	s.now_ns += 600 * NS_PER_S;
	play(steps);
	ck_assert_str_eq(scene_brief(&s), "A000001  " A1 " 10.1.0.5 -\nA000002  " A2 " 10.2.0.5 -\n");
	ck_assert_str_eq(asked("asset.merge", "A000001 A000009", EINVAL), "unknown A000009");
	scene_end(&s);
}
END_TEST

START_TEST(nobody_else_writes)
{
	struct amendment a = {"asset.merge", "A000001 A000002", somebody};
	char answer[AMEND_ANSWER_MAX];
	struct complaint c = {""};

	scene_begin(&s, scene_site);
	scene_arp(&s, A1, "10.20.1.5", 101);
	scene_arp(&s, A2, "10.20.3.5", 103);
	ledger_close(s.ledger);
	s.ledger = NULL;
	ck_assert_int_eq(amend_ask(s.dir, &a, answer, &c), 0);
	scene_reopen(&s);
	ck_assert_str_eq(scene_brief(&s), "A000001 cell-a " A1 "+" A2 " 10.20.1.5+10.20.3.5 -\n");
	struct ledger *second;
	ck_assert_int_eq(ledger_open(&second, s.dir, &s.site, (struct event_sink){scene_take, &s}, &c), -EBUSY);
	scene_end(&s);
}
END_TEST

/* ---- what is kept of a value */

static json_t *proof(const json_t *asset, const char *attr, const char *value)
{
	size_t i;
	json_t *p;

	json_array_foreach(json_object_get(asset, "evidence"), i, p)
	{
		if (strcmp(json_string_value(json_object_get(p, "attr")), attr) == 0 &&
		    strcmp(json_string_value(json_object_get(p, "value")), value) == 0)
			return p;
	}
	return NULL;
}

START_TEST(every_value_keeps_its_source_and_the_one_before)
{
	struct step before = {SERIAL, NULL, "10.1.0.5", "SN-0001", .n = DISCOVERY_BY_LLDP}, after = before;
	struct ledger_filter f = {.purdue = PURDUE_UNKNOWN, .registered = -1, .evidence = true};

	scene_begin(&s, NULL);
	scene_arp(&s, A1, "10.1.0.5", 0);
	discovery(&before);
	s.now_ns += 3600 * NS_PER_S;
	after.text = "SN-0002";
	discovery(&after);
	for (int again = 0; again < 2; again++) {
		scene_assets(&s, &f);
		json_t *row = scene_row(&s, 0), *p = proof(row, "serial", "SN-0002");
		ck_assert_ptr_nonnull(p);
		ck_assert_str_eq(json_string_value(json_object_get(p, "prev")), "SN-0001");
		ck_assert_str_eq(json_string_value(json_object_get(p, "proto")), "lldp");
		ck_assert_int_eq(json_integer_value(json_object_get(p, "confidence")), 95);
		ck_assert_ptr_nonnull(proof(row, "serial", "SN-0001"));
		ck_assert_ptr_null(json_object_get(proof(row, "serial", "SN-0001"), "prev"));
		ck_assert_str_eq(json_string_value(json_object_get(proof(row, "mac", A1), "proto")), "arp");
		json_decref(row);
		scene_reopen(&s);
	}
	scene_end(&s);
}
END_TEST

START_TEST(several_behind_one_address)
{
	static const struct {
		const char *name;
		int ttls[6];
		const char *reason; /* NULL: nothing is suspected */
	} rows[] = {
	    {"one device", {64}, NULL},
	    {"two operating systems", {64, 128}, "ttl 64+128"},
	    {"a router that hides its clients", {64, 63, 127}, "ttl 63+64+127"},
	    {"a scanner", {64, 52, 41}, NULL},
	    {"values made up", {61, 62, 63, 64, 126, 0}, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scene_begin(&s, NULL);
		scene_arp(&s, A1, "10.1.0.5", 0);
		for (int k = 0; k < 6 && rows[i].ttls[k]; k++)
			host(&(struct step){PACED, A1, "10.1.0.5", .n = rows[i].ttls[k]});
		scene_assets(&s, NULL);
		json_t *row = scene_row(&s, 0), *nat = json_object_get(row, "nat_suspected");
		const char *got = json_string_value(json_array_get(nat, json_array_size(nat) - 1));
		ck_assert_msg((!got && !rows[i].reason) || (got && rows[i].reason && strcmp(got, rows[i].reason) == 0),
			      "%s: %s", rows[i].name, got ? got : "nothing");
		ck_assert_msg(json_array_size(nat) <= 1, "%s", rows[i].name);
		json_decref(row);
		scene_end(&s);
	}
}
END_TEST

/* Two cards of one router: the same conversation on either side of it. */
START_TEST(two_cards_of_one_router)
{
	for (int own = 0; own < 2; own++) {
		scene_begin(&s, NULL);
		scene_arp(&s, R1, "10.1.0.1", 0);
		scene_arp(&s, R2, own ? "10.2.0.7" : "10.2.0.1", 0);
		struct event ev = scene_event(&s, &asset_table, values);
		struct ip_addr src = scene_ip("10.1.0.5"), dest = scene_ip("10.2.0.7");
		struct mac in = scene_mac(R1), out = scene_mac(R2);
		ev.at.has_ether = true;
		ev.at.src_mac = out;
		ev.at.src_ip = src;
		ev.at.dest_ip = own ? scene_ip("10.1.0.1") : dest; /* to the device itself: it forwards nothing */
		ev_uint(&ev, &asset_field[ASSET_CHANGE], ASSET_SEEN);
		ev_mac(&ev, &asset_field[ASSET_MAC], &out);
		ev_span(&ev, &asset_field[ASSET_IP], span_of(src.b, sizeof(src.b)));
		ev_uint(&ev, &asset_field[ASSET_TTL], 63);
		ev_mac(&ev, &asset_field[ASSET_ROUTER_IN], &in);
		ev_mac(&ev, &asset_field[ASSET_ROUTER_OUT], &out);
		ledger_take(s.ledger, &ev);
		const char *rows = scene_brief(&s);
		bool joined = strstr(rows, R1 "+" R2) != NULL;
		ck_assert_msg(joined == !own, "%s", rows);
		scene_end(&s);
	}
}
END_TEST

/* Lists of an asset grow and shrink as they like, and a text that is not its own is left alone. */
START_TEST(lists_of_any_length)
{
	static const char word[] = "modbus";
	struct asset a = {0};
	char text[16];

	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < ASSET_ATTRS_MAX + 3; i++) {
			struct note n = {.source = 1, .confidence = 50, .now_ns = i + 1, .lasting = i % 4 == 0};
			int len = snprintf(text, sizeof(text), "v%u", i);
			asset_note_seen(&a, n.lasting ? ATTR_USES : ATTR_ROLE,
					n.lasting ? span_str(word) : span_of(text, (size_t)len), &n);
		}
		ck_assert_uint_eq(a.n_attrs, 1 + ASSET_ATTRS_MAX / 4 * 3 + 2);
		ck_assert_ptr_eq(asset_attr(&a, ATTR_USES, "modbus")->text, word);
		ck_assert_ptr_nonnull(asset_attr(&a, ATTR_ROLE, "v63"));
		while (a.n_attrs > (unsigned)round * 5)
			asset_drop_attr(&a, &a.attrs[(unsigned)round % a.n_attrs]);
	}
	for (uint32_t i = 0; i < 2 * ASSET_IPS_MAX; i++) {
		struct ip_addr ip = ip_from_v4((uint8_t[]){10, 0, 0, (uint8_t)i});
		ck_assert_ptr_nonnull(asset_add_ip(&a, &ip, i));
		ck_assert_ptr_nonnull(asset_ip(&a, &ip));
	}
	ck_assert_uint_eq(a.n_ips, ASSET_IPS_MAX);
	asset_free_lists(&a);
}
END_TEST

/* More cards than its list has room for lead to a device none the less, also once it was pushed out of memory. */
START_TEST(cards_beyond_the_list)
{
	enum { CARDS = ASSET_MACS_MAX + 3 };
	char mac[MAC_TEXT_MAX], ip[IP_TEXT_MAX], words[32];

	scene_begin(&s, NULL);
	s.limits = (struct ledger_limits){.assets = CARDS + 1};
	scene_reopen(&s);
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 1; i <= CARDS; i++) {
			snprintf(mac, sizeof(mac), "00:30:de:00:00:%02x", i);
			snprintf(ip, sizeof(ip), "10.0.0.%u", i);
			scene_host(&s, mac, ip, 0);
			snprintf(words, sizeof(words), "A000001 A%06u", i);
			if (round == 0 && i > 1)
				(void)asked("asset.merge", words, 0);
		}
		ck_assert_ptr_null(strstr(s.log, "new A000012"));
		for (unsigned i = 1; i <= CARDS + 1 && round == 1; i++) {
			snprintf(mac, sizeof(mac), "00:30:de:00:01:%02x", i);
			snprintf(ip, sizeof(ip), "10.0.1.%u", i);
			scene_host(&s, mac, ip, 0);
		}
		if (round == 1)
			ck_assert_uint_gt(ledger_count(s.ledger).evicted_assets, 0);
		s.log_len = 0;
		s.log[0] = '\0';
	}
	ck_assert_ptr_null(strstr(s.log, "new"));
	scene_end(&s);
}
END_TEST

/* @port speaks in the name of @chassis; NULL: in its own. */
static void port_speaks(const char *port, const char *chassis)
{
	struct event ev = scene_event(&s, &discovery_table, values);
	struct mac own = scene_mac(port), shared = scene_mac(chassis);

	ev.at.has_ether = true;
	ev.at.src_mac = own;
	ev_uint(&ev, &discovery_field[DISCOVERY_PROTOCOL], chassis ? DISCOVERY_BY_LLDP : DISCOVERY_BY_CDP);
	ev_mac(&ev, &discovery_field[DISCOVERY_MAC], &own);
	if (chassis)
		ev_mac(&ev, &discovery_field[DISCOVERY_DETAIL_CHASSIS_MAC], &shared);
	ledger_take(s.ledger, &ev);
}

/* A switch has one number however many ports it is heard on, and keeps it: also where a port was heard before it said
 * whose it is, and where there are more ports than its list holds. Each port is new once. */
START_TEST(a_switch_of_many_ports)
{
	enum { PORTS = ASSET_MACS_MAX + 4 };
	char port[MAC_TEXT_MAX];

	scene_begin(&s, NULL);
	port_speaks("00:30:de:00:00:01", "00:30:de:00:00:00");
	port_speaks("00:30:de:00:00:03", NULL);
	scene_arp(&s, A1, "10.1.0.5", 0);
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 1; i <= PORTS; i++) {
			snprintf(port, sizeof(port), "00:30:de:00:00:%02x", i);
			port_speaks(port, "00:30:de:00:00:00");
		}
		const char *rows = scene_brief(&s);
		ck_assert_msg(strncmp(rows, "A000001 ", 8) == 0, "%s", rows);
		ck_assert_msg(strstr(rows, "\nA000003  " A1 " 10.1.0.5 -\n"), "%s", rows);
		ck_assert_msg(!strstr(rows, "A000002") && !strstr(rows, "A000004"), "%s", rows);
		ck_assert_uint_eq(ledger_count(s.ledger).assets, 2);
		ck_assert_msg(!!strstr(s.log, "new A") == (round == 0), "%s", s.log);
		s.log_len = 0;
		s.log[0] = '\0';
	}
	scene_end(&s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("identity");
	TCase *t = tcase_create("identity");

	tcase_add_loop_test(t, one_device_or_two, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, who_talked_are_two_though_memory_forgot);
	tcase_add_test(t, cards_beyond_the_list);
	tcase_add_test(t, a_switch_of_many_ports);
	tcase_add_test(t, merged_by_a_person_and_taken_back);
	tcase_add_test(t, units_keep_to_the_share_of_devices);
	tcase_add_loop_test(t, a_unit_takes_its_own_words_along, 0, 2);
	tcase_add_test(t, written_values_are_no_requests);
	tcase_add_test(t, units_of_a_merged_gateway_come_back);
	tcase_add_test(t, units_return_with_their_own_merge);
	tcase_add_test(t, split_by_a_person_and_taken_back);
	tcase_add_test(t, taken_back_what_the_keys_did);
	tcase_add_test(t, nobody_else_writes);
	tcase_add_test(t, every_value_keeps_its_source_and_the_one_before);
	tcase_add_test(t, several_behind_one_address);
	tcase_add_test(t, two_cards_of_one_router);
	tcase_add_test(t, lists_of_any_length);
	tcase_set_timeout(t, 60);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
