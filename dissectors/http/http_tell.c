#include "http/http_tell.h"

#include "http/http.h"
#include "http/http_auth.h"

#define F(id) (&http_field[HTTP_##id])

static void text(struct event *ev, const struct field_def *f, const struct http_kept *k, enum http_text which)
{
	if (k->len[which] > 0)
		ev_span(ev, f, http_kept_text(k, which));
}

static void file_values(struct event *ev, const struct field_def *name, const struct field_def *executable,
			const struct http_kept *k, struct span file)
{
	bool runs = k->mime != HTTP_MIME_NONE && http_is_executable((enum http_mime)k->mime, file);

	if (file.len == 0 && !runs)
		return;
	if (file.len > 0)
		ev_span(ev, name, file);
	ev_bool(ev, executable, runs);
}

/* The name of what a request sends: said, or that of the resource it puts there. */
static struct span sent_file(const struct http_kept *k)
{
	struct span file = k->form ? (struct span){NULL, 0} : http_kept_text(k, HTTP_TEXT_FILE);

	if (file.len == 0 && span_eq(http_kept_text(k, HTTP_TEXT_METHOD), span_str("PUT")))
		file = http_url_file(http_kept_text(k, HTTP_TEXT_URL));
	return file;
}

/* The name of what a response brings: said, or that of the resource where it is more than part of a page. */
static struct span brought_file(const struct http_kept *request, const struct http_kept *k)
{
	struct span file = http_kept_text(k, HTTP_TEXT_FILE), resource;

	/* the first bytes of what was encoded on the way say nothing of it */
	if (file.len > 0 || !request || k->encoded || k->status < 200 || k->status > 299)
		return file;
	resource = http_url_file(http_kept_text(request, HTTP_TEXT_URL));
	if (http_is_file((enum http_mime)k->mime) || (k->mime && http_is_executable((enum http_mime)k->mime, resource)))
		return resource;
	return file;
}

static void auth_values(struct event *ev, const struct http_kept *k)
{
	if (k->form_login) {
		ev_text(ev, F(AUTH_SCHEME), HTTP_FORM_SCHEME);
		text(ev, F(AUTH_USER), k, HTTP_TEXT_FILE);
		ev_bool(ev, F(AUTH_DEFAULT), k->credential == HTTP_DEFAULT_YES);
		return;
	}
	if (k->len[HTTP_TEXT_SCHEME] == 0)
		return;
	text(ev, F(AUTH_SCHEME), k, HTTP_TEXT_SCHEME);
	text(ev, F(AUTH_USER), k, HTTP_TEXT_USER);
	text(ev, F(AUTH_DOMAIN), k, HTTP_TEXT_DOMAIN);
	text(ev, F(AUTH_WORKSTATION), k, HTTP_TEXT_WORKSTATION);
	if (k->credential != HTTP_DEFAULT_NA)
		ev_bool(ev, F(AUTH_DEFAULT), k->credential == HTTP_DEFAULT_YES);
}

static void request_line_values(struct event *ev, const struct http_kept *k)
{
	text(ev, F(HOSTNAME), k, HTTP_TEXT_HOST);
	if (k->port)
		ev_uint(ev, F(PORT), k->port);
	if (k->len[HTTP_TEXT_URL] > 0)
		text(ev, F(URL), k, HTTP_TEXT_URL);
	else
		ev_text(ev, F(URL), "?");
	text(ev, F(URL_TAIL), k, HTTP_TEXT_URL_TAIL);
	text(ev, F(METHOD), k, HTTP_TEXT_METHOD);
}

static void request_values(struct event *ev, const struct http_kept *k)
{
	ev_uint(ev, F(REQUEST_LENGTH), k->length);
	if (k->unseen > 0)
		ev_uint(ev, F(REQUEST_ANNOUNCED), k->length + k->lost + k->unseen);
	text(ev, F(USER_AGENT), k, HTTP_TEXT_USER_AGENT);
	text(ev, F(REQUEST_TYPE), k, HTTP_TEXT_TYPE);
	text(ev, F(REFER), k, HTTP_TEXT_REFER);
	text(ev, F(XFF), k, HTTP_TEXT_XFF);
	text(ev, F(SOAP_ACTION), k, HTTP_TEXT_SOAP_ACTION);
	auth_values(ev, k);
	if (k->command)
		ev_bool(ev, F(COMMAND), true);
	if (k->mime)
		ev_uint(ev, F(REQUEST_MIME), k->mime);
	file_values(ev, F(REQ_FILE_NAME), F(REQ_FILE_EXEC), k, sent_file(k));
}

static void response_values(struct event *ev, const struct http_kept *request, const struct http_kept *k,
			    struct span title)
{
	ev_uint(ev, F(LENGTH), k->length);
	text(ev, F(CONTENT_TYPE), k, HTTP_TEXT_TYPE);
	text(ev, F(REDIRECT), k, HTTP_TEXT_LOCATION);
	text(ev, F(SERVER), k, HTTP_TEXT_SERVER);
	if (title.len > 0)
		ev_span(ev, F(TITLE), title);
	text(ev, F(CHALLENGE), k, HTTP_TEXT_CHALLENGE);
	text(ev, F(REALM), k, HTTP_TEXT_REALM);
	if (k->mime)
		ev_uint(ev, F(RESPONSE_MIME), k->mime);
	file_values(ev, F(RSP_FILE_NAME), F(RSP_FILE_EXEC), k, brought_file(request, k));
}

/* The version that the request names, else the response. */
static void protocol_value(struct event *ev, const struct http_kept *request, const struct http_kept *response)
{
	const struct http_kept *k = request ? request : response;
	bool simple = response && response->version == HTTP_VERSION_NONE;

	if (simple || k->len[HTTP_TEXT_PROTOCOL] == 0)
		ev_text(ev, F(PROTOCOL), "HTTP/0.9");
	else
		text(ev, F(PROTOCOL), k, HTTP_TEXT_PROTOCOL);
}

static void upgrade_value(struct event *ev, const struct http_kept *request, const struct http_kept *response)
{
	if (response && response->status == 101 && response->len[HTTP_TEXT_UPGRADE] > 0)
		text(ev, F(UPGRADE), response, HTTP_TEXT_UPGRADE);
	else if (request)
		text(ev, F(UPGRADE), request, HTTP_TEXT_UPGRADE);
}

void http_told(struct emitter *out, const struct http_kept *request, const struct http_kept *response,
	       struct span title, bool interim)
{
	struct event *ev = emit_begin(out, &http_table);
	uint64_t lost = (request ? request->lost : 0) + (response ? response->lost : 0);

	ev->complete =
	    request && response && request->whole && response->whole && !interim ? COMPLETE_YES : COMPLETE_NO;
	if (request) {
		ev->func_class = http_method_class(http_kept_text(request, HTTP_TEXT_METHOD));
		request_line_values(ev, request);
	}
	protocol_value(ev, request, response);
	if (response && response->status)
		ev_uint(ev, F(STATUS), response->status);
	if (interim)
		ev_bool(ev, F(INTERIM), true);
	if (request && !interim)
		request_values(ev, request);
	if (response && !interim)
		response_values(ev, request, response, title);
	if (lost > 0)
		ev_uint(ev, F(LOST_BYTES), lost);
	if (request && request->is_connect)
		ev_bool(ev, F(TUNNEL), response && response->status >= 200 && response->status < 300);
	upgrade_value(ev, request, response);
	if (request)
		ev_uint(ev, F(TRANS_DEPTH), request->depth);
	if (request && response && response->ts_ns >= request->ts_ns)
		ev_uint(ev, F(RTT_US), (uint64_t)(response->ts_ns - request->ts_ns) / 1000);
	emit_end(out, ev);
}
