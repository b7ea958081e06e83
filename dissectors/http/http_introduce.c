#include "http/http_introduce.h"

#include "discovery/say.h"
#include "http/http_auth.h"
#include "smb/smb.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum { SAYS_SERVER = 1, SAYS_TITLE = 2, SAYS_REALM = 4 };

void http_introduce(struct http_state *s, struct emitter *out, const struct http_kept *response, struct span title)
{
	struct span server = http_kept_text(response, HTTP_TEXT_SERVER);
	struct span realm = http_kept_text(response, HTTP_TEXT_REALM);
	unsigned says =
	    (server.len > 0 ? SAYS_SERVER : 0u) | (title.len > 0 ? SAYS_TITLE : 0u) | (realm.len > 0 ? SAYS_REALM : 0u);

	/* 1xx and errors of a proxy in between are not told apart: whoever answers here has this address. */
	if ((says & ~(unsigned)s->introduced) == 0)
		return;
	s->introduced |= (uint8_t)says;
	struct event *ev = say_begin(out, DISCOVERY_BY_HTTP);
	say_ip(out, ev, F(IP), say_speaker(out, DIR_RESPONSE));
	say_span(ev, F(DETAIL_SOFTWARE), server);
	say_span(ev, F(DETAIL_TITLE), title);
	say_span(ev, F(DETAIL_REALM), realm);
	emit_end(out, ev);
}

void http_introduce_challenger(struct emitter *out, const struct http_head *h)
{
	uint8_t bytes[HTTP_LOGON_MAX];

	if (h->logon.len > 0)
		smb_tell_challenger(out, span_of(bytes, http_decode_logon(h, bytes)));
}
