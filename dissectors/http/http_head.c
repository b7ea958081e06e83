#include "http/http_head.h"

#include "http/http.h"
#include "http/http_auth.h"
#include "http/http_field.h"
#include "http/http_title.h"

static const struct {
	const char *method;
	enum function_class class;
} methods[] = {
    {"GET", CLASS_READ},
    {"HEAD", CLASS_READ},
    {"POST", CLASS_WRITE},
    {"PUT", CLASS_WRITE},
    {"DELETE", CLASS_WRITE},
    {"OPTIONS", CLASS_READ},
    {"TRACE", CLASS_READ},
    {"CONNECT", CLASS_ADMIN},
    {"PATCH", CLASS_WRITE},
    /* IANA's registry of HTTP methods: WebDAV (RFC 4918, 3253, 3648, 3744, 5323, 5842), links (RFC 2068) */
    {"ACL", CLASS_WRITE},
    {"BASELINE-CONTROL", CLASS_WRITE},
    {"BIND", CLASS_WRITE},
    {"CHECKIN", CLASS_WRITE},
    {"CHECKOUT", CLASS_WRITE},
    {"COPY", CLASS_WRITE},
    {"LABEL", CLASS_WRITE},
    {"LINK", CLASS_WRITE},
    {"LOCK", CLASS_WRITE},
    {"MERGE", CLASS_WRITE},
    {"MKACTIVITY", CLASS_WRITE},
    {"MKCALENDAR", CLASS_WRITE},
    {"MKCOL", CLASS_WRITE},
    {"MKREDIRECTREF", CLASS_WRITE},
    {"MKWORKSPACE", CLASS_WRITE},
    {"MOVE", CLASS_WRITE},
    {"ORDERPATCH", CLASS_WRITE},
    {"PROPFIND", CLASS_READ},
    {"PROPPATCH", CLASS_WRITE},
    {"QUERY", CLASS_READ},
    {"REBIND", CLASS_WRITE},
    {"REPORT", CLASS_READ},
    {"SEARCH", CLASS_READ},
    {"UNBIND", CLASS_WRITE},
    {"UNCHECKOUT", CLASS_WRITE},
    {"UNLINK", CLASS_WRITE},
    {"UNLOCK", CLASS_WRITE},
    {"UPDATE", CLASS_WRITE},
    {"UPDATEREDIRECTREF", CLASS_WRITE},
    {"VERSION-CONTROL", CLASS_WRITE},
    /* UPnP device architecture 1.1 */
    {"M-SEARCH", CLASS_READ},
    {"NOTIFY", CLASS_READ},
    {"SUBSCRIBE", CLASS_READ},
    {"UNSUBSCRIBE", CLASS_READ},
    /* Microsoft: RPC over HTTP, Exchange, Configuration Manager, IIS */
    {"RPC_CONNECT", CLASS_ADMIN},
    {"RPC_IN_DATA", CLASS_ADMIN},
    {"RPC_OUT_DATA", CLASS_ADMIN},
    {"CCM_POST", CLASS_ADMIN},
    {"BCOPY", CLASS_WRITE},
    {"BDELETE", CLASS_WRITE},
    {"BMOVE", CLASS_WRITE},
    {"BPROPFIND", CLASS_READ},
    {"BPROPPATCH", CLASS_WRITE},
    {"POLL", CLASS_READ},
    {"DEBUG", CLASS_ADMIN},
};

static long method_no(struct span token)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (span_eq(token, span_str(methods[i].method)))
			return (long)i;
	}
	return HTTP_NOT_FOUND;
}

bool http_is_method(struct span token)
{
	return method_no(token) != HTTP_NOT_FOUND;
}

enum function_class http_method_class(struct span method)
{
	long no = method_no(method);

	if (no != HTTP_NOT_FOUND)
		return methods[no].class;
	/* What nobody knows may do anything. */
	return method.len > 0 ? CLASS_WRITE : CLASS_NONE;
}

/* Takes the next word off *@s. */
static struct span next_word(struct span *s)
{
	while (s->len > 0 && http_is_blank(s->ptr[0]))
		*s = span_skip(*s, 1);
	struct span word = span_head(*s, http_word_len(*s));
	*s = span_skip(*s, word.len);
	return word;
}

static struct span last_word(struct span line)
{
	size_t from;

	line = http_trim(line);
	for (from = line.len; from > 0 && !http_is_blank(line.ptr[from - 1]); from--)
		;
	return span_skip(line, from);
}

/* A request line of three words, the last one a version of HTTP. */
bool http_has_version(struct span line)
{
	struct span rest = line;

	(void)next_word(&rest);
	(void)next_word(&rest);
	return http_trim(rest).len > 0 && http_begins(last_word(rest), "http/");
}

/* SIP (RFC 3261), RTSP (RFC 2326) and ICAP (RFC 3507) took their lines from HTTP, and some of its methods. */
static bool is_cousin(struct span target, struct span line)
{
	static const char *const schemes[] = {"sip:", "sips:", "tel:", "rtsp:", "rtspu:", "rtsps:", "icap:"};
	static const char *const versions[] = {"sip/", "rtsp/", "icap/"};
	struct span version = last_word(line);

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (http_begins(target, schemes[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (http_begins(version, versions[i]))
			return true;
	}
	return false;
}

bool http_is_request_line(struct span line)
{
	struct span token = span_head(line, http_token_len(line)), rest = span_skip(line, token.len);
	bool ends = rest.len == 0 || http_is_blank(rest.ptr[0]);

	if (token.len == 0 || !ends || is_cousin(span_head(http_trim(rest), http_word_len(http_trim(rest))), line))
		return false;
	return http_is_method(token) || http_has_version(line);
}

bool http_is_status_line(struct span line)
{
	return line.len >= 6 && http_begins(line, "http/") && line.ptr[5] >= '0' && line.ptr[5] <= '9';
}

bool http_is_header_line(struct span line)
{
	size_t n = http_token_len(line);

	return n > 0 && n < line.len && line.ptr[n] == ':';
}

size_t http_head_len(struct span bytes)
{
	size_t at = 0;
	long lf;

	while ((lf = http_find(span_skip(bytes, at), '\n')) != HTTP_NOT_FOUND) {
		at += (size_t)lf + 1;
		if (at < bytes.len && bytes.ptr[at] == '\n')
			return at + 1;
		if (at + 1 < bytes.len && bytes.ptr[at] == '\r' && bytes.ptr[at + 1] == '\n')
			return at + 2;
	}
	return 0;
}

/* The next line off *@rest, its end left out; what of its end is odd becomes a flaw. */
static struct span take_line(struct span *rest, uint32_t *flaws)
{
	struct span line;
	size_t whole;

	if (!http_line(*rest, &line, &whole)) {
		line = *rest;
		whole = rest->len;
	} else if (line.len + 1 == whole) {
		*flaws |= HTTP_FLAW(BARE_LF);
	}
	*rest = span_skip(*rest, whole);
	if (http_find(line, '\r') != HTTP_NOT_FOUND)
		*flaws |= HTTP_FLAW(BARE_CR);
	if (http_find(line, 0) != HTTP_NOT_FOUND)
		*flaws |= HTTP_FLAW(NUL);
	return line;
}

/* A header may go on in lines that begin with a blank (RFC 9112, 5.2): the value then spans them all. */
static struct span take_header(struct span *rest, uint32_t *flaws)
{
	struct span all = *rest, line = take_line(rest, flaws);

	while (line.len > 0 && rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t')) {
		struct cursor c = cur_of(all);
		size_t before = all.len - rest->len;
		*flaws |= HTTP_FLAW(OBS_FOLD);
		line = cur_span(&c, before + take_line(rest, flaws).len);
	}
	return line;
}

static void read_length(struct http_head *h, struct span value)
{
	struct span item;
	uint64_t n;

	while (http_next_item(&value, &item)) {
		if (!http_number(item, &n)) {
			h->flaws |= HTTP_FLAW(BAD_CL);
			continue;
		}
		if (h->has_length)
			h->flaws |= HTTP_FLAW(DUPLICATE_CL);
		else
			h->length = n;
		h->has_length = true;
	}
}

static void read_transfer_encoding(struct http_head *h, struct span value)
{
	static const char *const codings[] = {"identity", "gzip", "x-gzip", "deflate", "compress", "x-compress"};
	struct span item;

	if (h->has_te)
		h->flaws |= HTTP_FLAW(DUPLICATE_TE);
	h->has_te = true;
	while (http_next_item(&value, &item)) {
		bool known = false;
		for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++)
			known |= http_is(item, codings[i]);
		if (h->chunked)
			h->flaws |= HTTP_FLAW(TE_NOT_LAST);
		if (http_is(item, "chunked"))
			h->chunked = true;
		else if (!known)
			h->flaws |= HTTP_FLAW(UNKNOWN_TE);
	}
}

/* host [ ":" port ], the host perhaps an IPv6 address in brackets */
static void read_host(struct http_head *h, struct span value)
{
	size_t colon = value.len;
	uint64_t port;

	if (h->has_host)
		h->flaws |= HTTP_FLAW(DUPLICATE_HOST);
	if (h->has_host && h->text[HTTP_TEXT_HOST].len > 0)
		return;
	h->has_host = true;
	while (colon > 0 && value.ptr[colon - 1] >= '0' && value.ptr[colon - 1] <= '9')
		colon--;
	if (colon > 0 && value.ptr[colon - 1] == ':' && http_number(span_skip(value, colon), &port) && port <= 65535 &&
	    port > 0 && value.ptr[colon] != '0') {
		h->port = (uint16_t)port;
		value.len = colon - 1;
	}
	h->text[HTTP_TEXT_HOST] = value;
}

static void read_type(struct http_head *h, struct span value)
{
	struct span charset;

	h->text[HTTP_TEXT_TYPE] = value;
	h->multipart = http_begins(value, "multipart/");
	h->form = h->text[HTTP_TEXT_METHOD].len > 0 &&
		  (http_begins(value, "application/x-www-form-urlencoded") || http_begins(value, "application/json"));
	if (http_param(value, ';', "charset", &charset))
		h->charset = (uint8_t)http_charset_named(charset);
}

static void read_disposition(struct http_head *h, struct span value)
{
	struct span name;

	if (http_param(value, ';', "filename", &name) || http_param(value, ';', "filename*", &name))
		h->text[HTTP_TEXT_FILE] = name;
}

static void read_challenge(struct http_head *h, struct span value)
{
	struct span scheme = span_head(value, http_token_len(value)), realm;

	if (h->text[HTTP_TEXT_CHALLENGE].len == 0)
		h->text[HTTP_TEXT_CHALLENGE] = scheme;
	if (h->logon.len == 0 && (http_is(scheme, "ntlm") || http_is(scheme, "negotiate")))
		h->logon = http_trim(span_skip(value, scheme.len));
	if (h->text[HTTP_TEXT_REALM].len == 0 && http_param(span_skip(value, scheme.len), ',', "realm", &realm))
		h->text[HTTP_TEXT_REALM] = realm;
}

/* Headers that are kept as they are. */
static const struct {
	const char *name;
	enum http_text text;
} plain[] = {
    {"user-agent", HTTP_TEXT_USER_AGENT}, {"referer", HTTP_TEXT_REFER},          {"x-forwarded-for", HTTP_TEXT_XFF},
    {"upgrade", HTTP_TEXT_UPGRADE},       {"soapaction", HTTP_TEXT_SOAP_ACTION}, {"server", HTTP_TEXT_SERVER},
    {"location", HTTP_TEXT_LOCATION},
};

static void read_header(struct http_head *h, struct span name, struct span value)
{
	if (http_is(name, "content-length"))
		read_length(h, value);
	else if (http_is(name, "transfer-encoding"))
		read_transfer_encoding(h, value);
	else if (http_is(name, "host"))
		read_host(h, value);
	else if (http_is(name, "content-type"))
		read_type(h, value);
	else if (http_is(name, "content-disposition"))
		read_disposition(h, value);
	else if (http_is(name, "content-encoding"))
		h->encoded = !http_is(value, "identity");
	else if (http_is(name, "expect"))
		h->expects_continue = http_is(value, "100-continue");
	else if (http_is(name, "authorization"))
		http_read_authorization(h, value);
	else if (http_is(name, "www-authenticate") || http_is(name, "proxy-authenticate"))
		read_challenge(h, value);
	else
		for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
			if (h->text[plain[i].text].len == 0 && http_is(name, plain[i].name))
				h->text[plain[i].text] = value;
		}
}

void http_read_headers(struct span rest, struct http_head *h)
{
	for (unsigned n = 0; rest.len > 0; n++) {
		struct span line = take_header(&rest, &h->flaws);
		if (line.len == 0)
			break;
		if (n >= HTTP_HEADERS_MAX) {
			h->flaws |= HTTP_FLAW(TOO_MANY_HEADERS);
			break;
		}
		long colon = http_find(line, ':');
		struct span name = span_head(line, colon > 0 ? (size_t)colon : 0), bare = http_trim(name);
		if (bare.len < name.len)
			h->flaws |= HTTP_FLAW(SPACE_BEFORE_COLON);
		if (bare.len == 0 || http_token_len(bare) < bare.len)
			h->flaws |= HTTP_FLAW(BAD_HEADER);
		if (bare.len > 0)
			read_header(h, bare, http_trim(span_skip(line, (size_t)colon + 1)));
	}
	if (h->chunked && h->has_length)
		h->flaws |= HTTP_FLAW(TE_AND_CL);
	if (h->has_te && h->version == HTTP_VERSION_10)
		h->flaws |= HTTP_FLAW(TE_IN_HTTP10);
}

static uint8_t read_version(struct http_head *h, struct span word)
{
	h->text[HTTP_TEXT_PROTOCOL] = word;
	if (http_is(word, "http/1.1"))
		return HTTP_VERSION_11;
	if (http_is(word, "http/1.0"))
		return HTTP_VERSION_10;
	h->flaws |= HTTP_FLAW(BAD_VERSION);
	return HTTP_VERSION_OTHER;
}

void http_read_request(struct span bytes, struct http_head *h)
{
	memset(h, 0, sizeof(*h));
	struct span rest = bytes, line = take_line(&rest, &h->flaws), words = line;
	h->text[HTTP_TEXT_METHOD] = next_word(&words);
	h->text[HTTP_TEXT_URL] = next_word(&words);
	if (http_has_version(line)) {
		struct span version = last_word(line);
		words = http_trim(words);
		h->version = read_version(h, version);
		if (words.len > version.len) {
			h->text[HTTP_TEXT_URL_TAIL] = http_trim(span_head(words, words.len - version.len));
			h->flaws |= HTTP_FLAW(SPACE_IN_TARGET);
		}
	} else {
		h->text[HTTP_TEXT_URL_TAIL] = http_trim(words);
	}
	http_read_headers(rest, h);
	http_read_query(h);
	if (h->version == HTTP_VERSION_11 && !h->has_host)
		h->flaws |= HTTP_FLAW(NO_HOST);
}

void http_read_response(struct span bytes, struct http_head *h)
{
	memset(h, 0, sizeof(*h));
	struct span rest = bytes, line = take_line(&rest, &h->flaws);
	uint64_t status;

	h->version = read_version(h, next_word(&line));
	struct span code = next_word(&line);
	if (code.len == 3 && http_number(code, &status) && status >= 100)
		h->status = (uint16_t)status;
	else
		h->flaws |= HTTP_FLAW(BAD_STATUS);
	http_read_headers(rest, h);
}
