/* Which rows are one device: by strong keys, by unit id behind a gateway, by time to live, by virtual MACs. Each rule
 * both ways: what must become one row, and what must not. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include "ledger_scene.h"
#include "opcua/opcua.h"
#include "smb/smb.h"

#define A1 "00:80:f4:10:01:01"
#define A2 "00:80:f4:10:01:02"
#define A3 "00:80:f4:10:01:03"
#define R1 "00:1b:1b:00:00:01"
#define R2 "00:1b:1b:00:00:02"

enum step_kind {
	END,
	HOST,  /* mac ip (ttl in n) */
	PACED, /* the same over TCP */
	ARP,
	DHCP,   /* mac ip, text: client identifier in hex, name */
	DHCP6,  /* mac ip, text: DUID */
	NAMED,  /* mac ip, text: host name */
	CERT,   /* ip, text: certificate's SHA-256 as a byte */
	URI,    /* ip, text */
	GUID,   /* ip, text */
	SERIAL, /* ip, n: protocol, text */
	TALK,   /* ip ip2 */
	HELLO,  /* mac ip: VRRP */
	UNIT,   /* ip of the server, n: unit, m: exception, -1: no answer */
	DEVID,  /* ip of the server, n: unit, text: model */
	AGENT,  /* ip, text: User-Agent */
	WAIT,   /* n seconds */
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
		st->kind == DEVID ? DISCOVERY_BY_MODBUS_DEVICE_ID : (unsigned)st->n);
	ev_span(&ev, &discovery_field[DISCOVERY_IP], span_of(addr.b, sizeof(addr.b)));
	ev_text(&ev, &discovery_field[st->kind == DEVID ? DISCOVERY_MODEL : DISCOVERY_SERIAL], st->text);
	if (st->kind == DEVID)
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
	ev_uint(&ev, &modbus_field[MODBUS_FUNCTION_RAW], 3);
	ev_uint(&ev, &modbus_field[MODBUS_REQ_ADDRESS], 100);
	ev_uint(&ev, &modbus_field[MODBUS_REQ_QUANTITY], 10);
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
	ev.at.ip_proto = st->kind == HELLO ? 112 : st->kind == PACED ? IPPROTO_TCP : 0;
	ev_uint(&ev, &asset_field[ASSET_CHANGE], ASSET_SEEN);
	ev_mac(&ev, &asset_field[ASSET_MAC], &ev.at.src_mac);
	ev_span(&ev, &asset_field[ASSET_IP], span_of(addr.b, sizeof(addr.b)));
	if (st->n)
		ev_uint(&ev, &asset_field[ASSET_TTL], (unsigned)st->n);
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
			host(st);
			break;
		case ARP:
			scene_arp(&s, st->mac, st->ip, 0);
			break;
		case NAMED:
			scene_lease(&s, st->mac, st->ip, st->text, 0);
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
			discovery(st);
			break;
		case TALK:
			talk(st);
			break;
		case UNIT:
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

int main(void)
{
	Suite *suite = suite_create("identity");
	TCase *t = tcase_create("identity");

	tcase_add_loop_test(t, one_device_or_two, 0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, t);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
