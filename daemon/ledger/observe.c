#include "ledger/observe.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/digits.h"
#include "ledger/bridge.h"
#include "ledger/holders.h"
#include "ledger/identity.h"
#include "ledger/keys.h"
#include "ledger/units.h"
#include "ledger/witness.h"

/* How sure each source is of an address or a name; what is not listed is an answer to a question, thus deliberate: 70.
 */
static const struct {
	const char *protocol;
	uint8_t confidence;
	bool claims; /* its sender owns the address it names */
} sources[] = {
    {"arp", 80, true},
    {"ndp", 80, true},
    {"dhcp", 90, true},
    {"dhcpv6", 90, true},
    {"lldp", 95, true},
    {"cdp", 95, true},
    {"profinet_dcp", 90, true},
    {"mdns", 60, false},
    {"llmnr", 60, false},
    {"netbios", 60, false},
    {"ssdp", 60, false},
    {"tls_sni", 40, false},
    /* the name of an application is seldom that of its computer; names that clients give are their own word */
    {"opcua_application", 50, false},
    {"ntlm", 65, false},
    {"http_server", 40, false},
    /* whatever the maker chose to put there; device identification (modbus_device_id) has objects with meanings */
    {"modbus_server_id", 60, false},
};

enum { CONFIDENCE_OTHER = 70 };

bool observe_is_discovery(struct ledger *l, const struct field_table *table)
{
	struct discovery_fields *d = &l->discovery;

	if (d->table == table)
		return true;
	if (d->table || strcmp(table->object, "discovery") != 0)
		return false;
	*d = (struct discovery_fields){
	    .table = table,
	    .protocol = ledger_field(table, "protocol"),
	    .mac = ledger_field(table, "mac"),
	    .ip = ledger_field(table, "ip[]"),
	    .name = ledger_field(table, "name"),
	    .vendor = ledger_field(table, "vendor"),
	    .model = ledger_field(table, "model"),
	    .serial = ledger_field(table, "serial"),
	    .firmware = ledger_field(table, "firmware"),
	    .os = ledger_field(table, "os"),
	    .role = ledger_field(table, "role"),
	    .message = ledger_field(table, "detail.message_type"),
	    .chassis_mac = ledger_field(table, "detail.chassis_mac"),
	    .client_id = ledger_field(table, "detail.client_id"),
	    .vendor_class = ledger_field(table, "detail.vendor_class"),
	    .vendor_id = ledger_field(table, "detail.vendor_id"),
	    .dhcpv6 = ledger_field(table, "detail.dhcpv6_message"),
	    .unit_id = ledger_field(table, "detail.unit_id"),
	    .parameters = ledger_field(table, "detail.parameters[]"),
	};
	return true;
}

static struct span text_of(const struct event *ev, const struct field_def *f)
{
	const struct event_value *v = f ? event_get(ev, f) : NULL;

	if (!v)
		return span_of(NULL, 0);
	if (f->type == FIELD_TYPE_ENUM) {
		const char *token = enum_token(f->names, v->u);
		return token ? span_str(token) : span_of(NULL, 0);
	}
	return f->type == FIELD_TYPE_TEXT ? span_of(v->ptr, v->count) : span_of(NULL, 0);
}

static bool says(struct span s, const char *word)
{
	return span_eq(s, span_str(word));
}

/* Half of a plant's devices stand in one VLAN: its number is written down once. */
static const char *vlan_text(uint16_t vlan)
{
	enum { VLANS = 4096 };
	static char texts[VLANS][5];
	char *text = texts[vlan % VLANS];

	if (!text[0])
		snprintf(text, sizeof(texts[0]), "%u", vlan % VLANS);
	return text;
}

static void note_vlan(struct ledger *l, struct asset *a, const struct event *ev)
{
	if (ev->at.n_vlans == 0)
		return;
	const char *text = vlan_text(ev->at.vlans[ev->at.n_vlans - 1]);
	struct note n = ledger_note_now(l, l->source_traffic, 50);
	n.lasting = true;
	ledger_note(l, a, ATTR_VLAN, span_str(text), &n);
}

/* VRRP and CARP; HSRP over IPv4 (version 1 and 2) and IPv6; GLBP. */
static bool is_router_hello(const struct event *ev)
{
	enum { PROTO_VRRP = 112, PORT_HSRP = 1985, PORT_HSRP6 = 2029, PORT_GLBP = 3222 };

	if (ev->at.ip_proto != IPPROTO_UDP)
		return ev->at.ip_proto == PROTO_VRRP;
	return ev->at.dest_port == PORT_HSRP || ev->at.dest_port == PORT_HSRP6 || ev->at.dest_port == PORT_GLBP;
}

void observe_host(struct ledger *l, const struct event *ev)
{
	const struct event_value *change = event_get(ev, &asset_field[ASSET_CHANGE]);
	const struct event_value *mac = event_get(ev, &asset_field[ASSET_MAC]),
				 *ip = event_get(ev, &asset_field[ASSET_IP]);
	struct sighting s = sighting_of(l, ev, false);

	if (!change || change->u != ASSET_SEEN)
		return;
	bool own_mac = !mac_is_none(&s.mac) || (ev->at.n_tunnels == 0 && !mac_eq(&ev->at.src_mac, &ev->at.dest_mac));
	s.mac = mac && own_mac ? mac->mac : (struct mac){{0}};
	s.ip = (struct ip_addr){{0}};
	if (ip)
		memcpy(s.ip.b, ip->ptr, sizeof(s.ip.b));
	const struct event_value *ttl = event_get(ev, &asset_field[ASSET_TTL]);
	s.ttl = ttl ? (uint8_t)ttl->u : 0;
	if (sighting_is_virtual(&s.mac) && ip && is_router_hello(ev)) {
		identity_hello(l, &s);
		return;
	}
	struct asset *sender = identity_see(l, &s);
	if (sender && s.ttl && ev->at.ip_proto == IPPROTO_TCP && ip_is_v4(&s.ip) && asset_mac(sender, &s.mac))
		witness_ttl(l, sender, s.ttl);
	const struct event_value *in = event_get(ev, &asset_field[ASSET_ROUTER_IN]),
				 *out = event_get(ev, &asset_field[ASSET_ROUTER_OUT]);
	struct asset *router = in && out ? identity_one_router(l, &in->mac, &out->mac, &s, &ev->at.dest_ip) : NULL;
	/* virtual addresses are a router's by their kind */
	if (router && !sighting_is_virtual(&out->mac))
		bridge_forwards(l, router, &s.ip, &ev->at.dest_ip);
	/* whose MAC it is stands in this VLAN; whose address it is may stand behind that one */
	struct held_ip *held;
	struct asset *a = mac_is_none(&s.mac) ? NULL : holders_find(l, &s.mac, &(struct ip_addr){{0}}, &held);
	if (a)
		note_vlan(l, a, ev);
}

/* ---- devices that introduce themselves */

/* Who gives a lease back, or is refused one, names an address that is not its own any more. */
static bool message_claims(struct span message)
{
	return !says(message, "release") && !says(message, "decline") && !says(message, "nak");
}

static struct sighting introduction(struct ledger *l, const struct event *ev, struct span protocol)
{
	const struct discovery_fields *d = &l->discovery;
	const struct event_value *mac = d->mac ? event_get(ev, d->mac) : NULL;
	struct sighting s = sighting_of(l, ev, false);
	bool claims = false;

	s.ip = (struct ip_addr){{0}};
	s.source = vocab_no(&l->sources, (const char *)protocol.ptr, protocol.len);
	s.confidence = CONFIDENCE_OTHER;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (says(protocol, sources[i].protocol)) {
			s.confidence = sources[i].confidence;
			claims = sources[i].claims;
		}
	}
	if (mac)
		s.mac = mac->mac;
	s.claimed = claims && mac && message_claims(text_of(ev, d->message));
	return s;
}

/* The other leases of a device end when it is given a new one of the same family. */
static void end_leases(struct ledger *l, struct asset *a, const struct sighting *lease)
{
	char text[IP_TEXT_MAX];

	for (unsigned i = 0; i < a->n_ips; i++) {
		struct held_ip *h = &a->ips[i];
		if (h->source != lease->source || !h->current || ip_is_v4(&h->ip) != ip_is_v4(&lease->ip) ||
		    ip_eq(&h->ip, &lease->ip))
			continue;
		struct note n = {lease->source, lease->confidence, lease->now_ns, lease->at, false};
		changes_note(l, a, &(struct change){"ip", "", ip_format(&h->ip, text), n});
		h->current = false;
		h->dirty = a->stale = true;
		ledger_mark_asset(l, a);
	}
}

/* Does the record name the address of the conversation's server? Then it is that one which answered. */
static bool speaks_of_dest(const struct ledger *l, const struct event *ev)
{
	for (unsigned i = 0; i < ev->n_values; i++) {
		const struct event_value *v = &ev->values[i];
		if (v->field == l->discovery.ip && memcmp(v->ptr, ev->at.dest_ip.b, sizeof(ev->at.dest_ip.b)) == 0)
			return true;
	}
	return false;
}

/*
 * The asset a discovery record speaks of: by the MAC it names, by the addresses it names, else whichever end spoke. Who
 * only answers for an address (the MAC of the frame is then perhaps a router's) is whoever holds it already.
 */
static struct asset *introduced(struct ledger *l, const struct event *ev, struct sighting *s, bool is_lease)
{
	const struct discovery_fields *d = &l->discovery;
	bool names_mac = d->mac && event_get(ev, d->mac);
	struct asset *a = NULL;

	for (unsigned i = 0; i < ev->n_values; i++) {
		const struct event_value *v = &ev->values[i];
		struct held_ip *held;
		if (!d->ip || v->field != d->ip)
			continue;
		memcpy(s->ip.b, v->ptr, sizeof(s->ip.b));
		if (s->claimed) {
			a = identity_see(l, s);
			if (a && is_lease)
				end_leases(l, a, s);
		} else if (!names_mac && !a) {
			a = holders_find(l, &(struct mac){{0}}, &s->ip, &held);
		}
	}
	s->ip = (struct ip_addr){{0}};
	if (!a && !mac_is_none(&s->mac) && names_mac)
		a = identity_see(l, s);
	if (!a) {
		struct sighting speaker = sighting_of(l, ev, speaks_of_dest(l, ev));
		struct held_ip *held;
		a = holders_find(l, &speaker.mac, &speaker.ip, &held);
		if (!a && (ev->at.ip_proto == 0 || !ev->at.one_sided))
			a = identity_see(l, &speaker);
	}
	return a;
}

/* "PROTOCOL:MAKER:NUMBER": numbers are unique to a maker, and each protocol may tell another number. */
static struct asset *note_serial(struct ledger *l, const struct event *ev, struct asset *a, struct span protocol,
				 const struct note *n)
{
	const struct discovery_fields *d = &l->discovery;
	struct span serial = text_of(ev, d->serial), vendor = text_of(ev, d->vendor);
	const struct event_value *id = d->vendor_id ? event_get(ev, d->vendor_id) : NULL;
	bool enip = says(protocol, "enip_identity");
	char text[ASSET_TEXT_MAX];

	if (!keys_is_serial(serial))
		return a;
	if (id)
		snprintf(text, sizeof(text), "%.*s:%llu:%.*s", (int)protocol.len, (const char *)protocol.ptr,
			 (unsigned long long)id->u, (int)serial.len, (const char *)serial.ptr);
	else
		snprintf(text, sizeof(text), "%.*s:%.*s:%.*s", (int)protocol.len, (const char *)protocol.ptr,
			 (int)vendor.len, (const char *)vendor.ptr, (int)serial.len, (const char *)serial.ptr);
	return keys_note(l, a, enip ? ATTR_KEY_ENIP_SERIAL : ATTR_KEY_SERIAL, text, n);
}

/*
 * The identifier that a DHCP client goes by. What is the MAC once more (type 1) says nothing new. RFC 4361: 255, four
 * bytes of the interface, then the DUID, by which the machine goes in DHCPv6 too.
 */
static struct asset *note_client_id(struct ledger *l, const struct event *ev, struct asset *a, const struct note *n)
{
	static const char *const asks[] = {"discover", "request", "decline", "release", "inform"};
	static const char *const asks6[] = {"solicit", "request", "confirm", "renew",
					    "rebind",  "release", "decline", "information_request"};
	enum { TYPE_ETHERNET = 1, TYPE_DUID = 255, DUID_AT = 5 };
	const struct discovery_fields *d = &l->discovery;
	const struct event_value *v = d->client_id ? event_get(ev, d->client_id) : NULL;
	char text[ASSET_TEXT_MAX];
	bool asked = false;
	uint32_t from = 0;

	if (!v || v->count < 2)
		return a;
	struct span message = text_of(ev, d->message), message6 = text_of(ev, d->dhcpv6);
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		asked |= says(message, asks[i]);
	for (size_t i = 0; i < sizeof(asks6) / sizeof(asks6[0]); i++)
		asked |= says(message6, asks6[i]);
	if (!asked)
		return a;
	if (message6.len == 0) {
		if (v->ptr[0] == TYPE_ETHERNET && v->count <= 1 + sizeof(struct mac))
			return a;
		from = v->ptr[0] == TYPE_DUID && v->count > DUID_AT ? DUID_AT : 0;
	}
	struct span id = span_head(span_skip(span_of(v->ptr, v->count), from), (sizeof(text) - 1) / 2);
	*digits_put_hex(text, id.ptr, id.len) = '\0';
	return keys_note(l, a, ATTR_KEY_DHCP_ID, text, n);
}

/* Whose words these are: behind a gateway the unit's, not the server's. */
static struct asset *unit_or(struct ledger *l, const struct event *ev, uint16_t source, struct asset *a)
{
	const struct discovery_fields *d = &l->discovery;
	const struct event_value *unit = d->unit_id ? event_get(ev, d->unit_id) : NULL;
	uint8_t text[ASSET_TEXT_MAX];
	size_t len = 0;

	if (!unit)
		return a;
	const struct span words[] = {text_of(ev, d->vendor), text_of(ev, d->model), text_of(ev, d->serial),
				     text_of(ev, d->firmware)};
	uint64_t said = 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = words[i].len < sizeof(text) - len ? words[i].len : sizeof(text) - len;
		if (n > 0)
			memcpy(text + len, words[i].ptr, n);
		len += n;
		said = said << 1 | (words[i].len > 0);
	}
	return units_identify(l, a, (unsigned)unit->u, source, said, span_of(text, len));
}

void observe_discovery(struct ledger *l, const struct event *ev)
{
	const struct discovery_fields *d = &l->discovery;
	struct span protocol = text_of(ev, d->protocol);
	struct sighting s = introduction(l, ev, protocol);
	struct asset *a = introduced(l, ev, &s, says(text_of(ev, d->message), "ack") && text_of(ev, d->role).len == 0);
	const struct {
		const struct field_def *field;
		enum attr attr;
	} notes[] = {
	    {d->name, ATTR_HOSTNAME},     {d->vendor, ATTR_VENDOR}, {d->model, ATTR_MODEL}, {d->serial, ATTR_SERIAL},
	    {d->firmware, ATTR_FIRMWARE}, {d->os, ATTR_OS},         {d->role, ATTR_ROLE},
	};
	struct note n = ledger_note_now(l, s.source, s.confidence);

	if (!a)
		return;
	note_vlan(l, a, ev);
	a = unit_or(l, ev, s.source, a);
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		struct span text = text_of(ev, notes[i].field);
		if (text.len > 0 && ledger_note(l, a, notes[i].attr, text, &n) && notes[i].attr == ATTR_HOSTNAME)
			witness_names(l, a);
	}
	bridge_name(l, a, text_of(ev, d->name), ev->at.ts_ns);
	witness_os(l, a, text_of(ev, d->vendor_class));
	witness_os(l, a, text_of(ev, d->os));
	/* A switch speaks LLDP from the MAC of the port and names itself by another, which all of its ports share. A
	 * new port is announced as a device first: whoever claims to be another's is to be seen. */
	const struct event_value *chassis = d->chassis_mac ? event_get(ev, d->chassis_mac) : NULL;
	if (chassis)
		a = identity_add_mac(l, a, &chassis->mac, &s);
	a = note_client_id(l, ev, a, &n);
	note_serial(l, ev, a, protocol, &n);
}

void observe_protocol(struct ledger *l, struct asset *client, struct asset *server, uint16_t proto, bool answered)
{
	bool uses = client && vocab_set_add(&client->uses, proto);
	bool serves = server && answered && vocab_set_add(&server->serves, proto);

	if (!uses && !serves)
		return;
	struct note n = ledger_note_now(l, l->source_traffic, 50);
	n.lasting = true;
	if (uses) {
		client->stale = true;
		ledger_note(l, client, ATTR_USES, span_str(l->protocols.text[proto]), &n);
	}
	if (serves) {
		server->stale = true;
		ledger_note(l, server, ATTR_SERVES, span_str(l->protocols.text[proto]), &n);
	}
}

static void note_does(struct ledger *l, struct asset *a, enum asset_does does)
{
	if (!a || (a->does & does))
		return;
	a->does |= (uint8_t)does;
	struct note n = {l->source_traffic, 50, l->cause->at.ts_ns, {0}, true};
	asset_note_seen(a, ATTR_DOES, span_str(asset_does_word(does)), &n);
	ledger_mark(l, a, MARK_NEWS);
}

void observe_function(struct ledger *l, struct asset *client, struct asset *server, const struct event *ev)
{
	/* files and web pages are written as well: only what controllers are asked by says something of a device */
	static const char *const not_control[] = {"smb", "http", "dcerpc", "ftp", "snmp"};

	if (ev->func_class < CLASS_WRITE)
		return;
	for (size_t i = 0; i < sizeof(not_control) / sizeof(not_control[0]); i++) {
		if (ev->at.app_proto && strcmp(ev->at.app_proto, not_control[i]) == 0)
			return;
	}
	bool program = ev->func_class != CLASS_WRITE; /* stopping a controller is administration */
	note_does(l, client, program ? DOES_PROGRAM : DOES_WRITE);
	if (!ev->at.one_sided)
		note_does(l, server, program ? DOES_GET_PROGRAMMED : DOES_GET_WRITTEN);
}
