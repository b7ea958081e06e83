#include "ledger/observe.h"

#include <stdio.h>
#include <string.h>

#include "ledger/holders.h"
#include "ledger/identity.h"

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
};

enum { CONFIDENCE_OTHER = 70 };

static const struct field_def *field_named(const struct field_table *t, const char *name)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		if (strcmp(t->fields[i].name, name) == 0)
			return &t->fields[i];
	}
	return NULL;
}

bool observe_is_discovery(struct ledger *l, const struct field_table *table)
{
	struct discovery_fields *d = &l->discovery;

	if (d->table == table)
		return true;
	if (d->table || strcmp(table->object, "discovery") != 0)
		return false;
	*d = (struct discovery_fields){
	    .table = table,
	    .protocol = field_named(table, "protocol"),
	    .mac = field_named(table, "mac"),
	    .ip = field_named(table, "ip[]"),
	    .name = field_named(table, "name"),
	    .vendor = field_named(table, "vendor"),
	    .model = field_named(table, "model"),
	    .serial = field_named(table, "serial"),
	    .firmware = field_named(table, "firmware"),
	    .os = field_named(table, "os"),
	    .role = field_named(table, "role"),
	    .message = field_named(table, "detail.message_type"),
	    .chassis_mac = field_named(table, "detail.chassis_mac"),
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

static void note_vlan(struct ledger *l, struct asset *a, const struct event *ev)
{
	char text[8];

	if (ev->at.n_vlans == 0)
		return;
	snprintf(text, sizeof(text), "%u", ev->at.vlans[ev->at.n_vlans - 1]);
	if (asset_note(a, ATTR_VLAN, span_str(text), l->source_traffic, 50, ev->at.ts_ns))
		ledger_mark_asset(l, a);
}

void observe_host(struct ledger *l, const struct event *ev)
{
	const struct event_value *change = event_get(ev, &asset_field[ASSET_CHANGE]);
	const struct event_value *mac = event_get(ev, &asset_field[ASSET_MAC]),
				 *ip = event_get(ev, &asset_field[ASSET_IP]);
	struct sighting s = identity_sighting(l, ev, false);

	if (!change || change->u != ASSET_SEEN)
		return;
	bool own_mac = ev->at.n_tunnels == 0 || !mac_is_none(&s.mac);
	s.mac = mac && own_mac ? mac->mac : (struct mac){{0}};
	s.ip = (struct ip_addr){{0}};
	if (ip)
		memcpy(s.ip.b, ip->ptr, sizeof(s.ip.b));
	identity_see(l, &s);
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
	struct sighting s = identity_sighting(l, ev, false);
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
	for (unsigned i = 0; i < a->n_ips; i++) {
		struct held_ip *h = &a->ips[i];
		if (h->source != lease->source || !h->current || ip_is_v4(&h->ip) != ip_is_v4(&lease->ip) ||
		    ip_eq(&h->ip, &lease->ip))
			continue;
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
		struct sighting speaker = identity_sighting(l, ev, speaks_of_dest(l, ev));
		struct held_ip *held;
		a = holders_find(l, &speaker.mac, &speaker.ip, &held);
		if (!a && (ev->at.ip_proto == 0 || !ev->at.one_sided))
			a = identity_see(l, &speaker);
	}
	return a;
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
	bool news = false;

	if (!a)
		return;
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		struct span text = text_of(ev, notes[i].field);
		if (text.len > 0)
			news |= asset_note(a, notes[i].attr, text, s.source, s.confidence, ev->at.ts_ns);
	}
	if (news)
		ledger_mark_asset(l, a);
	note_vlan(l, a, ev);
	/* a switch speaks LLDP from the MAC of the port and names itself by another, which all of its ports share */
	const struct event_value *chassis = d->chassis_mac ? event_get(ev, d->chassis_mac) : NULL;
	if (chassis)
		identity_add_mac(l, a, &chassis->mac, &s);
}

void observe_protocol(struct ledger *l, struct asset *client, struct asset *server, uint16_t proto, bool answered)
{
	if (client && vocab_set_add(&client->uses, proto)) {
		asset_note(client, ATTR_USES, span_str(l->protocols.text[proto]), l->source_traffic, 50,
			   l->cause->at.ts_ns);
		client->stale = true;
		ledger_mark_asset(l, client);
	}
	if (server && answered && vocab_set_add(&server->serves, proto)) {
		asset_note(server, ATTR_SERVES, span_str(l->protocols.text[proto]), l->source_traffic, 50,
			   l->cause->at.ts_ns);
		server->stale = true;
		ledger_mark_asset(l, server);
	}
}
