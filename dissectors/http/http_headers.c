/*
 * The headers of a message (RFC 9112, 5): taken line by line, each looked at once. Which header it is, is found by the
 * length of its name: no length has more than two.
 */
#include "http/http.h"
#include "http/http_auth.h"
#include "http/http_command.h"
#include "http/http_field.h"
#include "http/http_head.h"
#include "http/http_title.h"

struct span http_take_line(struct span *rest, bool nul, uint32_t *flaws)
{
	long lf = http_find(*rest, '\n');
	struct span line = lf == HTTP_NOT_FOUND ? *rest : span_head(*rest, (size_t)lf);
	long cr = http_find(line, '\r');

	if (lf == HTTP_NOT_FOUND) {
		*rest = span_skip(*rest, rest->len);
	} else {
		*rest = span_skip(*rest, (size_t)lf + 1);
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		else
			*flaws |= HTTP_FLAW(BARE_LF);
	}
	if (cr != HTTP_NOT_FOUND && (size_t)cr < line.len)
		*flaws |= HTTP_FLAW(BARE_CR);
	if (nul && http_find(line, 0) != HTTP_NOT_FOUND)
		*flaws |= HTTP_FLAW(NUL);
	return line;
}

/* A header may go on in lines that begin with a blank (RFC 9112, 5.2): the value then spans them all. */
static struct span take_header(struct span *rest, bool nul, uint32_t *flaws)
{
	struct span all = *rest, line = http_take_line(rest, nul, flaws);

	while (line.len > 0 && rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t')) {
		struct cursor c = cur_of(all);
		size_t before = all.len - rest->len;
		*flaws |= HTTP_FLAW(OBS_FOLD);
		line = cur_span(&c, before + http_take_line(rest, nul, flaws).len);
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

/* What is done with a header: kept as it is, as that text, or read. */
enum header {
	HEADER_NONE = HTTP_TEXTS,
	HEADER_LENGTH,
	HEADER_TRANSFER_ENCODING,
	HEADER_HOST,
	HEADER_TYPE,
	HEADER_DISPOSITION,
	HEADER_ENCODING,
	HEADER_EXPECT,
	HEADER_AUTHORIZATION,
	HEADER_CHALLENGE,
};

struct known {
	const char *name;
	uint8_t header; /* enum header, or enum http_text of a plain one */
};

enum { NAME_LONGEST = 19 };

/* By the length of the name. */
static const struct known known[NAME_LONGEST + 1][2] = {
    [4] = {{"host", HEADER_HOST}},
    [6] = {{"server", HTTP_TEXT_SERVER}, {"expect", HEADER_EXPECT}},
    [7] = {{"referer", HTTP_TEXT_REFER}, {"upgrade", HTTP_TEXT_UPGRADE}},
    [8] = {{"location", HTTP_TEXT_LOCATION}},
    [10] = {{"user-agent", HTTP_TEXT_USER_AGENT}, {"soapaction", HTTP_TEXT_SOAP_ACTION}},
    [12] = {{"content-type", HEADER_TYPE}},
    [13] = {{"authorization", HEADER_AUTHORIZATION}},
    [14] = {{"content-length", HEADER_LENGTH}},
    [15] = {{"x-forwarded-for", HTTP_TEXT_XFF}},
    [16] = {{"content-encoding", HEADER_ENCODING}, {"www-authenticate", HEADER_CHALLENGE}},
    [17] = {{"transfer-encoding", HEADER_TRANSFER_ENCODING}},
    [18] = {{"proxy-authenticate", HEADER_CHALLENGE}},
    [19] = {{"content-disposition", HEADER_DISPOSITION}},
};

/* @return enum header, or enum http_text of a plain header */
static uint8_t header_named(struct span name)
{
	if (name.len == 0 || name.len > NAME_LONGEST)
		return HEADER_NONE;
	for (unsigned i = 0; i < 2 && known[name.len][i].name; i++) {
		const struct known *k = &known[name.len][i];
		if (http_lower(name.ptr[0]) == (uint8_t)k->name[0] && http_same(name.ptr, k->name, name.len))
			return k->header;
	}
	return HEADER_NONE;
}

static void read_header(struct http_head *h, struct span name, struct span value)
{
	uint8_t header = header_named(name);

	switch (header) {
	case HEADER_NONE:
		break;
	case HEADER_LENGTH:
		read_length(h, http_trim(value));
		break;
	case HEADER_TRANSFER_ENCODING:
		read_transfer_encoding(h, http_trim(value));
		break;
	case HEADER_HOST:
		read_host(h, http_trim(value));
		break;
	case HEADER_TYPE:
		read_type(h, http_trim(value));
		break;
	case HEADER_DISPOSITION:
		read_disposition(h, http_trim(value));
		break;
	case HEADER_ENCODING:
		h->encoded = !http_is(http_trim(value), "identity");
		break;
	case HEADER_EXPECT:
		h->expects_continue = http_is(http_trim(value), "100-continue");
		break;
	case HEADER_AUTHORIZATION:
		http_read_authorization(h, http_trim(value));
		break;
	case HEADER_CHALLENGE:
		read_challenge(h, http_trim(value));
		break;
	default:
		if (h->text[header].len == 0)
			h->text[header] = http_trim(value);
		break;
	}
}

/* A line that does not begin with a name and its colon. */
static void read_odd(struct http_head *h, struct span line)
{
	long colon = http_find(line, ':');
	struct span name = span_head(line, colon > 0 ? (size_t)colon : 0), bare = http_trim(name);

	if (bare.len < name.len)
		h->flaws |= HTTP_FLAW(SPACE_BEFORE_COLON);
	if (bare.len == 0 || http_token_len(bare) < bare.len)
		h->flaws |= HTTP_FLAW(BAD_HEADER);
	if (bare.len > 0)
		read_header(h, bare, span_skip(line, (size_t)colon + 1));
}

void http_read_headers(struct span rest, struct http_head *h)
{
	bool nul = http_has_nul(rest);

	h->command = http_has_lookup(rest);
	for (unsigned n = 0; rest.len > 0; n++) {
		struct span line = take_header(&rest, nul, &h->flaws);
		if (line.len == 0)
			break;
		if (n >= HTTP_HEADERS_MAX) {
			h->flaws |= HTTP_FLAW(TOO_MANY_HEADERS);
			break;
		}
		size_t name = http_token_len(line);
		if (name > 0 && name < line.len && line.ptr[name] == ':')
			read_header(h, span_head(line, name), span_skip(line, name + 1));
		else
			read_odd(h, line);
	}
	if (h->chunked && h->has_length)
		h->flaws |= HTTP_FLAW(TE_AND_CL);
	if (h->has_te && h->version == HTTP_VERSION_10)
		h->flaws |= HTTP_FLAW(TE_IN_HTTP10);
}
