#include "http/http_head.h"

#include "http/http.h"
#include "http/http_auth.h"
#include "http/http_field.h"

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
		/* mostly it is another, and begins so */
		if (token.len > 0 && token.ptr[0] == (uint8_t)methods[i].method[0] &&
		    span_eq(token, span_str(methods[i].method)))
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
	struct span last = last_word(line), before;

	if (!http_begins(last, "http/"))
		return false;
	before = span_head(line, (size_t)(last.ptr - line.ptr));
	return next_word(&before).len > 0 && http_trim(before).len > 0;
}

static bool begins_one_of(struct span s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (http_begins(s, words[i]))
			return true;
	}
	return false;
}

/* SIP (RFC 3261), RTSP (RFC 2326) and ICAP (RFC 3507) took their lines from HTTP, and some of its methods. */
static bool is_cousin(struct span target, struct span line)
{
	static const char *const schemes[] = {"sip:", "sips:", "tel:", "rtsp:", "rtspu:", "rtsps:", "icap:"};
	static const char *const versions[] = {"sip/", "rtsp/", "icap/"};
	struct span version = last_word(line);

	/* mostly it is a path, and the version one of HTTP */
	if (target.len > 0 && target.ptr[0] != '/' &&
	    begins_one_of(target, schemes, sizeof(schemes) / sizeof(schemes[0])))
		return true;
	return version.len > 0 && http_lower(version.ptr[0]) != 'h' &&
	       begins_one_of(version, versions, sizeof(versions) / sizeof(versions[0]));
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

bool http_ends_head(struct span bytes)
{
	struct span end = span_skip(bytes, bytes.len > 3 ? bytes.len - 3 : 0);

	return span_eq(end, span_of("\n\r\n", 3)) || span_eq(span_skip(end, 1), span_of("\n\n", 2));
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
	struct span rest = bytes, line = http_take_line(&rest, http_has_nul(bytes), &h->flaws), words = line;
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
	struct span rest = bytes, line = http_take_line(&rest, http_has_nul(bytes), &h->flaws);
	uint64_t status;

	h->version = read_version(h, next_word(&line));
	struct span code = next_word(&line);
	if (code.len == 3 && http_number(code, &status) && status >= 100)
		h->status = (uint16_t)status;
	else
		h->flaws |= HTTP_FLAW(BAD_STATUS);
	http_read_headers(rest, h);
}
