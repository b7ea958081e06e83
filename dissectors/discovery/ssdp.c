/*
 * SSDP (UPnP Device Architecture 2.0, 1.2 and 1.3): devices announce themselves and answer searches, in heads of HTTP
 * over UDP.
 *
 *   NOTIFY * HTTP/1.1, M-SEARCH * HTTP/1.1 or HTTP/1.1 200 OK, then "Name: value" lines
 */
#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum { LINES_MAX = 64 };

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

void ssdp_say(struct emitter *out, enum dir dir, struct span text)
{
	struct span heads[HEAD_LINES] = {0};
	bool searches = say_begins(text, "M-SEARCH "), announces = say_begins(text, "NOTIFY ");

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
