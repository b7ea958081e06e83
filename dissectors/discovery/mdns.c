/*
 * mDNS (RFC 6762) with DNS-SD (RFC 6763), and LLMNR (RFC 4795): devices answer to their names.
 *
 * Only answers are read. A question says nothing of who asks, and the probe before a name is taken may fail.
 */
#include "discovery/dnsname.h"
#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	PORT_MDNS = 5353,
	PORT_LLMNR = 5355,
	MDNS_MAX = 9000,
	ADDRESSES_MAX = 16,
	SERVICES_MAX = 32,
	STRINGS_MAX = 64, /* of one TXT record */
	COUNT_SANE = 512, /* a head that counts more is none */
};

struct answers {
	struct span host, pointed, target; /* by address record, by reverse lookup, by SRV */
	struct span model, vendor, serial, firmware, os;
	struct ip_addr addresses[ADDRESSES_MAX];
	unsigned n_addresses;
	struct span services[SERVICES_MAX];
	unsigned n_services;
};

static bool ends(struct span s, const char *tail)
{
	size_t n = strlen(tail);

	return s.len >= n && say_begins(span_skip(s, s.len - n), tail);
}

static struct span without_local(struct span s)
{
	return ends(s, ".local") ? span_head(s, s.len - strlen(".local")) : s;
}

/* "Press 3._http._tcp.local" and "_http._tcp.local" are both of "_http._tcp". */
static void service_add(struct answers *a, struct span name)
{
	struct span type = without_local(name);

	if (!say_begins(type, "_")) {
		struct span behind = say_after(type, "._");
		if (behind.len == 0)
			return;
		type = span_skip(type, type.len - behind.len - 1);
	}
	if (!ends(type, "._tcp") && !ends(type, "._udp"))
		return;
	for (unsigned i = 0; i < a->n_services; i++) {
		if (span_eq(a->services[i], type))
			return;
	}
	if (a->n_services < SERVICES_MAX)
		a->services[a->n_services++] = type;
}

/* What follows the first "=" of a string that begins with @key and it. */
static void string_read(struct span s, const char *key, struct span *into)
{
	struct span k = say_until(s, "=");

	if (into->len == 0 && k.len < s.len && span_eq(k, span_str(key)))
		*into = say_trim(span_skip(s, k.len + 1));
}

static void txt_read(struct answers *a, struct cursor *c)
{
	for (unsigned i = 0; i < STRINGS_MAX && cur_left(c) > 0; i++) {
		struct span s = cur_span(c, cur_u8(c));
		string_read(s, "model", &a->model); /* _device-info */
		string_read(s, "md", &a->model);
		string_read(s, "ty", &a->model); /* printers */
		string_read(s, "manufacturer", &a->vendor);
		string_read(s, "usb_MFG", &a->vendor);
		string_read(s, "serialNumber", &a->serial);
		string_read(s, "fw", &a->firmware);
		string_read(s, "fv", &a->firmware);
	}
}

static void address_read(struct answers *a, const struct dnsname_record *r, bool v4)
{
	struct cursor c = r->data;
	const uint8_t *at = cur_take(&c, v4 ? 4 : 16);

	if (a->host.len == 0)
		a->host = r->name;
	if (at && a->n_addresses < ADDRESSES_MAX && span_eq(a->host, r->name))
		a->addresses[a->n_addresses++] = v4 ? ip_from_v4(at) : ip_from_v6(at);
}

static void record_read(struct answers *a, struct dnsname_record *r, struct span message, struct arena *arena)
{
	struct cursor *c = &r->data;

	switch (r->type) {
	case DNSNAME_TYPE_A:
		address_read(a, r, true);
		break;
	case DNSNAME_TYPE_AAAA:
		address_read(a, r, false);
		break;
	case DNSNAME_TYPE_PTR: {
		struct span to = dnsname_read(c, message, arena);
		if (ends(r->name, ".arpa"))
			a->pointed = to;
		else
			service_add(a, say_begins(r->name, "_services._dns-sd.") ? to : r->name);
		break;
	}
	case DNSNAME_TYPE_SRV: /* | priority u16 | weight u16 | port u16 | target | */
		cur_skip(c, 6);
		a->target = dnsname_read(c, message, arena);
		service_add(a, r->name);
		break;
	case DNSNAME_TYPE_TXT:
		txt_read(a, c);
		break;
	case DNSNAME_TYPE_HINFO: /* | length u8 | hardware | length u8 | system | */
		cur_skip(c, cur_u8(c));
		a->os = say_trim(cur_span(c, cur_u8(c)));
		break;
	default:
		break;
	}
}

/* @return NULL, or what is wrong and in @left how many bytes before the end. */
static const char *answers_read(struct answers *a, const struct dnsname_head *head, struct cursor *c,
				struct span message, struct arena *arena, size_t *left)
{
	unsigned records = (unsigned)head->answers + head->authorities + head->additional;

	for (unsigned i = 0; i < head->questions && i < DNSNAME_QUESTIONS_MAX; i++) {
		*left = cur_left(c);
		dnsname_question_skip(c, message, arena);
		if (!cur_ok(c))
			return "question_invalid";
	}
	for (unsigned i = 0; i < records && i < DNSNAME_RECORDS_MAX; i++) {
		*left = cur_left(c);
		struct dnsname_record r = dnsname_record_read(c, message, arena);
		if (!cur_ok(c))
			return "record_invalid";
		if (r.ttl_s > 0) /* 0: it is true no more */
			record_read(a, &r, message, arena);
	}
	return NULL;
}

static void answers_say(struct emitter *out, enum dir dir, const struct answers *a, enum discovery_by by)
{
	const struct span *name = a->host.len > 0 ? &a->host : a->pointed.len > 0 ? &a->pointed : &a->target;
	const struct ip_addr *speaker = say_speaker(out, dir);
	bool own = false;

	if (name->len == 0 && a->n_services == 0)
		return;
	struct event *ev = say_begin(out, by);
	say_ip(out, ev, F(IP), speaker);
	for (unsigned i = 0; i < a->n_addresses; i++) {
		if (!ip_eq(&a->addresses[i], speaker))
			say_ip(out, ev, F(IP), &a->addresses[i]);
		else
			own = true;
	}
	say_span(ev, F(NAME), without_local(*name));
	say_span(ev, F(VENDOR), a->vendor);
	say_span(ev, F(MODEL), a->model);
	say_span(ev, F(SERIAL), a->serial);
	say_span(ev, F(FIRMWARE), a->firmware);
	say_span(ev, F(OS), a->os);
	for (unsigned i = 0; i < a->n_services; i++)
		ev_span(ev, F(DETAIL_SERVICES), a->services[i]);
	if (own)
		say_ip(out, ev, F(DETAIL_NAME_IP), speaker);
	emit_end(out, ev);
}

static void message_read(const struct dissector *d, enum discovery_by by, enum dir dir, struct cursor *c,
			 struct emitter *out)
{
	struct cursor whole = *c;
	struct span message = cur_rest(&whole);
	struct dnsname_head head = dnsname_head_read(c);
	struct answers a = {0};
	size_t left = 0;

	if (!cur_ok(c)) {
		emit_anomaly(out, d->name, ANOMALY_MALFORMED, "truncated_pdu", 0, 0);
		return;
	}
	if (!(head.flags & DNSNAME_RESPONSE) || dnsname_opcode(head.flags) != 0 || (head.flags & DNSNAME_RCODE))
		return;
	const char *wrong = answers_read(&a, &head, c, message, out->arena, &left);
	if (wrong)
		emit_anomaly(out, d->name, ANOMALY_MALFORMED, wrong, message.len - left, 0);
	else
		answers_say(out, dir, &a, by);
}

static enum probe message_probe(struct span head, bool from_server_port)
{
	struct cursor c = cur_of(head);
	struct dnsname_head h = dnsname_head_read(&c);

	(void)from_server_port;
	if (!cur_ok(&c) || dnsname_opcode(h.flags) != 0 || h.questions > COUNT_SANE || h.answers > COUNT_SANE ||
	    h.authorities > COUNT_SANE || h.additional > COUNT_SANE)
		return PROBE_NO;
	return PROBE_WEAK;
}

static void mdns_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	(void)state;
	message_read(&mdns_dissector, DISCOVERY_BY_MDNS, dir, c, out);
}

static void llmnr_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	(void)state;
	message_read(&llmnr_dissector, DISCOVERY_BY_LLMNR, dir, c, out);
}

const struct dissector mdns_dissector = {
    .name = "mdns",
    .table = &discovery_table,
    .udp_ports = {PORT_MDNS},
    .partial = true,
    .max_frame = MDNS_MAX,
    .probe = message_probe,
    .pdu = mdns_pdu,
};

const struct dissector llmnr_dissector = {
    .name = "llmnr",
    .table = &discovery_table,
    .udp_ports = {PORT_LLMNR},
    .partial = true,
    .max_frame = MDNS_MAX,
    .probe = message_probe,
    .pdu = llmnr_pdu,
};
