/* discovery: ARP, DHCP, LLDP. */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "discovery/bindings.h"
#include "discovery/discovery.h"
#include "vectors.h"

#define DHCP_CLIENT "[op]01 [htype]01 [hlen]06 [hops]00 [xid]3903F326 [secs]0000 [flags]8000 "
#define DHCP_SERVER "[op]02 [htype]01 [hlen]06 [hops]00 [xid]3903F326 [secs]0000 [flags]8000 "
#define CHADDR      "[chaddr]000C29AABBCC 00*10 [sname, file]00*192 [magic]63825363 "
#define NO_IP       "00000000 "

/* The frame comes from 00:80:f4:00:00:01, and for DHCP from 192.168.0.1 to 192.168.0.50. */
static const struct vector frames[] = {
    {
	.name = "ARP request (RFC 826)",
	.dissector = &arp_dissector,
	.script = "[hw]0001 [proto]0800 [hlen]06 [plen]04 [op]0001 [sender]0080F4000001 C0A80001 [target]000000000000 "
		  "C0A80002 [padding]00*18",
	.expect = "{'discovery':{'protocol':'arp','mac':'00:80:f4:00:00:01','ip':['192.168.0.1'],'detail':{'operation':"
		  "'request',"
		  "'target_ip':'192.168.0.2'}}}\n",
    },
    {
	.name = "ARP reply for somebody else's address",
	.dissector = &arp_dissector,
	.script = "0001 0800 06 04 [op]0002 [sender]000C29AABBCC C0A80001 [target]0080F4000002 C0A80002",
	.expect = "{'discovery':{'protocol':'arp','mac':'00:0c:29:aa:bb:cc','ip':['192.168.0.1'],'detail':{'operation':"
		  "'reply',"
		  "'target_ip':'192.168.0.2','target_mac':'00:80:f4:00:00:02','frame_mac':'00:80:f4:00:00:01','unasked'"
		  ":true}}}\n",
    },
    {
	.name = "ARP announcement (RFC 5227, 2.3)",
	.dissector = &arp_dissector,
	.script = "0001 0800 06 04 [op]0001 [sender]0080F4000001 C0A80001 [target]000000000000 C0A80001",
	.expect = "{'discovery':{'protocol':'arp','mac':'00:80:f4:00:00:01','ip':['192.168.0.1'],'detail':{'operation':"
		  "'gratuitous'}}}\n",
    },
    {
	.name = "ARP probe (RFC 5227, 2.1)",
	.dissector = &arp_dissector,
	.script = "0001 0800 06 04 [op]0001 [sender]0080F4000001 00000000 [target]000000000000 C0A80009",
	.expect = "{'discovery':{'protocol':'arp','mac':'00:80:f4:00:00:01','detail':{'operation':'probe','target_ip':'"
		  "192.168.0.9'}}}\n",
    },
    {
	.name = "ARP cut short",
	.dissector = &arp_dissector,
	.script = "0001 0800 06 04 0001 0080F4000001 C0A80001 0000",
	.expect = "{'anomaly':{'type':'malformed','reason':'truncated_pdu','offset':0,'app_proto':'arp'}}\n",
    },
    {
	.name = "ARP with addresses of other lengths",
	.dissector = &arp_dissector,
	.script = "0001 0800 [hlen]08 [plen]04 0001 0080F40000010000 C0A80001 00*8 C0A80002",
	.expect = "{'anomaly':{'type':'malformed','reason':'address_length_invalid','offset':4,'app_proto':'arp'}}\n",
    },
    {.name = "reverse ARP is not ours",
     .dissector = &arp_dissector,
     .script = "0001 0800 06 04 [op]0003 00*20",
     .expect = ""},
    {.name = "ARP of another network",
     .dissector = &arp_dissector,
     .script = "[hw]0018 0800 08 04 0001 00*24",
     .expect = ""},
    {
	.name = "DHCP discover (RFC 2131)",
	.dissector = &dhcp_dissector,
	.script = DHCP_CLIENT "[ciaddr]" NO_IP "[yiaddr]" NO_IP "[siaddr]" NO_IP "[giaddr]" NO_IP CHADDR
			      "[type]350101 [client id]3D0701000C29AABBCC "
			      "[requested]3204C0A80032 [host name]0C04 504C4331 [vendor class]3C08 4D53465420352E30 "
			      "[parameters]3704 01 03 06 0F [end]FF 00*8",
	.expect = "{'discovery':{'protocol':'dhcp','mac':'00:0c:29:aa:bb:cc','name':'PLC1','detail':{'message_type':'"
		  "discover',"
		  "'client_id':'01000c29aabbcc','requested_ip':'192.168.0.50','vendor_class':'MSFT "
		  "5.0','parameters':[1,3,6,15]}}}\n",
    },
    {
	.name = "DHCP request through a relay (RFC 3046)",
	.dissector = &dhcp_dissector,
	.script = DHCP_CLIENT NO_IP NO_IP NO_IP "[giaddr]0A000001 " CHADDR
						"350103 [server]3604C0A80001 [host name, counted with its NUL]0C05 "
						"504C433100 [relay]520C 0104 00040001 0204 AABBCCDD FF",
	.expect = "{'discovery':{'protocol':'dhcp','mac':'00:0c:29:aa:bb:cc','name':'PLC1','detail':{'message_type':'"
		  "request',"
		  "'server_ip':'192.168.0.1','relay_ip':'10.0.0.1','circuit_id':'00040001','remote_id':'aabbccdd'}}}\n",
    },
    {
	.name = "DHCP renewal: the client has its address",
	.dissector = &dhcp_dissector,
	.script = DHCP_CLIENT "[ciaddr]C0A80032 " NO_IP NO_IP NO_IP CHADDR "350103 [FQDN]5108 00 00 00 504C432D31 FF",
	.expect = "{'discovery':{'protocol':'dhcp','mac':'00:0c:29:aa:bb:cc','ip':['192.168.0.50'],'name':'PLC-1','"
		  "detail':{'message_type':"
		  "'request'}}}\n",
    },
    {
	.name = "DHCP offer: the server alone is a fact",
	.dissector = &dhcp_dissector,
	.script = DHCP_SERVER NO_IP "[yiaddr]C0A80032 " NO_IP NO_IP CHADDR
				    "350102 [server]3604C0A80001 [lease]330400000E10 [router]0304C0A800FE FF",
	.expect = "{'discovery':{'protocol':'dhcp','mac':'00:80:f4:00:00:01','ip':['192.168.0.1'],'role':'dhcp_server',"
		  "'detail':{'router_ip':"
		  "'192.168.0.254'}}}\n",
    },
    {
	.name = "DHCP acknowledgement: server and client",
	.dissector = &dhcp_dissector,
	.script = DHCP_SERVER NO_IP "[yiaddr]C0A80032 " NO_IP NO_IP CHADDR
				    "350105 [server]3604C0A80001 [lease]330400000E10 FF",
	.expect =
	    "{'discovery':{'protocol':'dhcp','mac':'00:80:f4:00:00:01','ip':['192.168.0.1'],'role':'dhcp_server'}}\n"
	    "{'discovery':{'protocol':'dhcp','mac':'00:0c:29:aa:bb:cc','ip':['192.168.0.50'],'detail':{'message_type':'"
	    "ack',"
	    "'server_ip':'192.168.0.1','lease_s':3600}}}\n",
    },
    {
	.name = "DHCP offer in another server's name: it is who sends",
	.dissector = &dhcp_dissector,
	.script = DHCP_SERVER NO_IP "[yiaddr]C0A80032 " NO_IP NO_IP CHADDR "350102 [server]3604C0A80009 FF",
	.expect = "{'discovery':{'protocol':'dhcp','mac':'00:80:f4:00:00:01','ip':['192.168.0.1'],'role':'dhcp_server',"
		  "'detail':{'server_ip':'192.168.0.9'}}}\n",
    },
    {
	.name = "DHCP acknowledgement of a relayed request: the frame is the relay's",
	.dissector = &dhcp_dissector,
	.script =
	    DHCP_SERVER NO_IP "[yiaddr]C0A80032 " NO_IP "[giaddr]0A000001 " CHADDR "350105 [server]3604C0A80001 FF",
	.expect = "{'discovery':{'protocol':'dhcp','ip':['192.168.0.1'],'role':'dhcp_server'}}\n"
		  "{'discovery':{'protocol':'dhcp','mac':'00:0c:29:aa:bb:cc','ip':['192.168.0.50'],'detail':{'message_"
		  "type':'ack',"
		  "'server_ip':'192.168.0.1','relay_ip':'10.0.0.1'}}}\n",
    },
    {
	.name = "DHCP refusal says nothing of anybody",
	.dissector = &dhcp_dissector,
	.script = DHCP_SERVER NO_IP NO_IP NO_IP NO_IP CHADDR "350106 [server]3604C0A80001 FF",
	.expect = "",
    },
    {
	.name = "DHCP option beyond the end",
	.dissector = &dhcp_dissector,
	.script = DHCP_CLIENT NO_IP NO_IP NO_IP NO_IP CHADDR "350101 [host name]0C20 504C43",
	.expect = "{'anomaly':{'type':'malformed','reason':'option_truncated','offset':243,'app_proto':'dhcp'}}\n",
    },
    {.name = "plain BOOTP",
     .dissector = &dhcp_dissector,
     .script = DHCP_CLIENT NO_IP NO_IP NO_IP NO_IP "00*16 00*192 00000000",
     .expect = ""},
    {
	.name = "LLDP of a switch (802.1AB)",
	.dissector = &lldp_dissector,
	.script =
	    "[chassis mac]0207 04 0080F4000010 [port]0406 05 67652D3031 [ttl]0602 0078 [port description]0805 "
	    "55706C6B31 [name]0A04 53573031 "
	    "[description]0C03 4F5331 [capabilities]0E04 0014 0004 [management]100C 05 01 C0A800FA 02 00000001 00 "
	    "[PVID]FE06 0080C2 01 000A [VLAN name]FE0A 0080C2 03 0014 03 504C43 [end]0000",
	.expect = "{'discovery':{'protocol':'lldp','mac':'00:80:f4:00:00:01','ip':['192.168.0.250'],'name':'SW01','"
		  "role':'switch','detail':{"
		  "'chassis_mac':'00:80:f4:00:00:10','port_id':'ge-01','port_description':'Uplk1','description':'OS1','"
		  "capabilities':['bridge'],"
		  "'ttl_s':120,'port_vlan':10,'vlans':[20]}}}\n",
    },
    {
	.name = "LLDP-MED of a telephone (TIA-1057)",
	.dissector = &lldp_dissector,
	.script =
	    "[chassis address]0206 05 01 C0A80011 [port mac]0407 03 0080F4000001 [ttl]0602 003C [capabilities]0E04 "
	    "0024 0024 "
	    "[hardware]FE05 0012BB 05 41 [firmware]FE06 0012BB 06 4231 [software]FE06 0012BB 07 4332 [serial]FE06 "
	    "0012BB 08 5331 "
	    "[maker]FE07 0012BB 09 41434D [model]FE06 0012BB 0A 5438 [asset]FE06 0012BB 0B 3432 0000",
	.expect = "{'discovery':{'protocol':'lldp','mac':'00:80:f4:00:00:01','vendor':'ACM','model':'T8','serial':'S1',"
		  "'firmware':'C2','role':'phone',"
		  "'detail':{'chassis_id':'192.168.0.17','port_mac':'00:80:f4:00:00:01','capabilities':['bridge','"
		  "telephone'],'ttl_s':60,"
		  "'hardware_revision':'A','boot_firmware':'B1','asset_tag':'42'}}}\n",
    },
    {
	.name = "LLDP of a PROFINET device's port: the MAC of the device (IEC 61158-6-10)",
	.dissector = &lldp_dissector,
	.script = "0204 07 504C43 0402 07 31 [ttl]0602 0014 [chassis MAC]FE0A 000ECF 05 0080F4000010 0000",
	.expect = "{'discovery':{'protocol':'lldp','mac':'00:80:f4:00:00:01','detail':{'chassis_id':'PLC',"
		  "'chassis_mac':'00:80:f4:00:00:10','port_id':'1','ttl_s':20}}}\n",
    },
    {
	.name = "LLDP goodbye",
	.dissector = &lldp_dissector,
	.script = "0204 07 504C43 0402 07 31 [ttl]0602 0000 0000",
	.expect = "{'discovery':{'protocol':'lldp','mac':'00:80:f4:00:00:01','detail':{'chassis_id':'PLC','port_id':'1'"
		  ",'ttl_s':0}}}\n",
    },
    {
	.name = "LLDP without its end is told all the same",
	.dissector = &lldp_dissector,
	.script = "0204 07 504C43 0402 07 31 0602 0078",
	.expect = "{'discovery':{'protocol':'lldp','mac':'00:80:f4:00:00:01','detail':{'chassis_id':'PLC','port_id':'1'"
		  ",'ttl_s':120}}}\n",
    },
    {
	.name = "LLDP out of order",
	.dissector = &lldp_dissector,
	.script = "0402 07 31 0204 07 504C43 0602 0078 0000",
	.expect = "{'anomaly':{'type':'malformed','reason':'tlv_order_invalid','offset':0,'app_proto':'lldp'}}\n",
    },
    {
	.name = "LLDP with a value beyond its end",
	.dissector = &lldp_dissector,
	.script = "0204 07 504C43 0402 07 31 0602 0078 [name]0A20 5357",
	.expect = "{'anomaly':{'type':'malformed','reason':'tlv_truncated','offset':14,'app_proto':'lldp'}}\n",
    },
    {
	.name = "LLDP without port and TTL",
	.dissector = &lldp_dissector,
	.script = "0204 07 504C43",
	.expect = "{'anomaly':{'type':'malformed','reason':'truncated_pdu','offset':0,'app_proto':'lldp'}}\n",
    },
};

enum { VECTORS = sizeof(frames) / sizeof(frames[0]) };

/* One frame or datagram each, without a direction. */
static void read_frame(struct harness_script *s, const char *hex)
{
	s->n = 1;
	s->runs[0].dir = DIR_REQUEST;
	s->runs[0].bytes = harness_hex(hex, &s->runs[0].len);
}

static void begin_flow(struct harness *h, const struct dissector *d)
{
	h->out.at.has_ether = true;
	h->out.at.src_mac = (struct mac){{0x00, 0x80, 0xf4, 0x00, 0x00, 0x01}};
	h->out.at.dest_mac = (struct mac){{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	if (d == &dhcp_dissector) {
		h->out.at.ip_proto = IPPROTO_UDP;
		h->out.at.src_ip = ip_from_v4((const uint8_t[]){192, 168, 0, 1});
		h->out.at.dest_ip = ip_from_v4((const uint8_t[]){192, 168, 0, 50});
	}
}

/* Of a cut frame only an anomaly is told, or a record of what came before; never both. */
static const struct vector_table table = {
    .rows = frames,
    .n = VECTORS,
    .anomaly_alone = true,
    .read = read_frame,
    .begin = begin_flow,
};

START_TEST(dhcp_is_told_by_content)
{
	size_t n;
	uint8_t *bytes = harness_hex(DHCP_SERVER NO_IP NO_IP NO_IP NO_IP CHADDR "350102 FF", &n);

	ck_assert_int_eq(dhcp_dissector.probe(span_of(bytes, n), true), PROBE_RESPONSE);
	bytes[0] = 1;
	ck_assert_int_eq(dhcp_dissector.probe(span_of(bytes, n), false), PROBE_REQUEST);
	bytes[236] = 0;
	ck_assert_int_eq(dhcp_dissector.probe(span_of(bytes, n), false), PROBE_NO);
	free(bytes);
}
END_TEST

/* What a claim of @last means, a second after the one before; 0: nobody's. */
static bool changes_hands(struct bindings *b, uint8_t last, int64_t *now_ns)
{
	static const uint8_t ip[4] = {10, 20, 1, 11};
	struct mac mac = {{0x00, 0x80, 0xf4, 0x10, 0x01, last}};

	*now_ns += INT64_C(1000000000);
	return bindings_claimed(b, ip, 0, &mac, true, *now_ns).changed;
}

/* To the other card and back: a cable that was pulled. Back and forth: two devices, whatever they call themselves. */
START_TEST(neighbouring_cards_are_excused_for_once)
{
	struct bindings *b = calloc(1, sizeof(*b));
	int64_t now_ns = INT64_C(1000000000000);

	ck_assert(!changes_hands(b, 0x11, &now_ns));
	ck_assert(!changes_hands(b, 0x13, &now_ns));
	ck_assert(!changes_hands(b, 0x13, &now_ns));
	ck_assert(!changes_hands(b, 0x11, &now_ns));
	for (int i = 0; i < 400; i++)
		ck_assert_msg(changes_hands(b, i % 2 ? 0x11 : 0x13, &now_ns), "flip %d", i);
	/* a device that goes on with its other card, once in a while */
	now_ns += 2 * BINDING_CONTESTED_NS;
	for (int i = 0; i < 10; i++) {
		ck_assert(!changes_hands(b, i % 2 ? 0x11 : 0x13, &now_ns));
		now_ns += 2 * BINDING_CONTESTED_NS;
	}
	free(b);
}
END_TEST

START_TEST(tables_are_sound)
{
	for (unsigned i = 0; i < DISCOVERY_FIELDS; i++) {
		const struct enum_names *names = discovery_field[i].names;
		ck_assert_msg(discovery_field[i].name && discovery_field[i].spec && discovery_field[i].doc, "row %u",
			      i);
		for (size_t n = 1; names && n < names->n; n++)
			ck_assert_msg(names->names[n - 1].value < names->names[n].value, "%s: %s",
				      discovery_field[i].name, names->names[n].token);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("discovery");
	TCase *t = tcase_create("records");

	tcase_add_test(t, dhcp_is_told_by_content);
	tcase_add_test(t, neighbouring_cards_are_excused_for_once);
	tcase_add_test(t, tables_are_sound);
	suite_add_tcase(suite, t);
	suite_add_tcase(suite, vectors_tcase(&table));
	return vectors_run(suite);
}
