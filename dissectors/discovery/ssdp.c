/*
 * SSDP (UPnP Device Architecture 2.0, 1.2 and 1.3): devices announce themselves and answer searches, in heads of HTTP
 * over UDP.
 *
 *   NOTIFY * HTTP/1.1, M-SEARCH * HTTP/1.1 or HTTP/1.1 200 OK, then "Name: value" lines
 */
#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum { PORT_SSDP = 1900, SSDP_MAX = 4096, LINES_MAX = 64 };

enum head_line { SERVER, URL, SERVICE, USN, KIND, HEAD_LINES };

static void line_read(struct span heads[static HEAD_LINES], struct span line)
{
	static const struct {
		const char *name;
		enum head_line which;
	} known[] = {
	    {"SERVER:", SERVER}, {"USER-AGENT:", SERVER}, {"LOCATION:", URL}, {"NT:", SERVICE},
	    {"ST:", SERVICE},    {"USN:", USN},           {"NTS:", KIND},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (say_begins(line, known[i].name))
			heads[known[i].which] = say_trim(span_skip(line, strlen(known[i].name)));
	}
}

/* "Linux/5.4 UPnP/1.0 Camera/2.1": operating system, protocol, product. */
static void server_say(struct event *ev, struct span server, bool os)
{
	struct span product = say_trim(say_after(say_after(server, "UPnP/"), " "));

	if (product.len == 0)
		return;
	if (os)
		say_span(ev, F(OS), say_trim(say_until(server, " ,")));
	else
		say_span(ev, F(MODEL), product);
}

static void ssdp_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct span text = cur_rest(c);
	struct span heads[HEAD_LINES] = {0};
	bool searches = say_begins(text, "M-SEARCH "), announces = say_begins(text, "NOTIFY ");

	(void)state;
	if (!searches && !announces && !say_begins(text, "HTTP/1."))
		return;
	for (unsigned i = 0; i < LINES_MAX && text.len > 0; i++) {
		struct span line = say_until(text, "\n");
		line_read(heads, line);
		text = span_skip(text, line.len + 1);
	}
	/* A search names whom it looks for; who leaves says nothing of what it is. */
	if (announces && !say_begins(heads[KIND], "ssdp:alive") && !say_begins(heads[KIND], "ssdp:update"))
		return;
	if (heads[SERVER].len == 0)
		return;
	struct event *ev = say_begin(out, DISCOVERY_BY_SSDP);
	say_ip(out, ev, F(IP), say_speaker(out, dir));
	server_say(ev, heads[SERVER], false);
	server_say(ev, heads[SERVER], true);
	say_span(ev, F(DETAIL_SOFTWARE), heads[SERVER]);
	if (!searches) {
		say_span(ev, F(DETAIL_LOCATION_URL), heads[URL]);
		say_span(ev, F(DETAIL_SERVICES), heads[SERVICE]);
		if (say_begins(heads[USN], "uuid:"))
			say_span(ev, F(DETAIL_UUID), say_until(span_skip(heads[USN], strlen("uuid:")), ":"));
	}
	emit_end(out, ev);
}

static enum probe ssdp_probe(struct span head, bool from_server_port)
{
	(void)from_server_port;
	if (say_begins(head, "M-SEARCH * HTTP/1.1\r\n"))
		return PROBE_REQUEST;
	if (say_begins(head, "NOTIFY * HTTP/1.1\r\n") || say_begins(head, "HTTP/1.1 200 "))
		return PROBE_WEAK;
	return PROBE_NO;
}

const struct dissector ssdp_dissector = {
    .name = "ssdp",
    .table = &discovery_table,
    .udp_ports = {PORT_SSDP},
    .partial = true,
    .max_frame = SSDP_MAX,
    .probe = ssdp_probe,
    .pdu = ssdp_pdu,
};
