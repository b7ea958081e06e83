#include "http/http_auth.h"

#include "http/http_field.h"
#include "http/http_form.h"
#include "login/shipped.h"
#include "smb/smb.h"

enum { DECODED_MAX = 1024 };

static int base64_digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* RFC 4648, 4, up to the first character that is none. @return bytes written. */
static size_t base64_decode(struct span s, uint8_t *out, size_t size)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < size; i++) {
		int digit = base64_digit(s.ptr[i]);
		if (digit < 0)
			break;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (uint8_t)(bits >> have);
		}
	}
	return n;
}

static struct span keep_name(char room[static HTTP_NAME_MAX], struct span name)
{
	name = span_head(name, HTTP_NAME_MAX);
	if (name.len > 0)
		memcpy(room, name.ptr, name.len);
	return span_of(room, name.len);
}

/* RFC 7617, 2: user ":" password, the user without a colon. */
static void read_basic(struct http_head *h, struct span encoded)
{
	uint8_t pair[DECODED_MAX];
	size_t n = base64_decode(encoded, pair, sizeof(pair));
	long colon = http_find(span_of(pair, n), ':');

	if (colon == HTTP_NOT_FOUND)
		return;
	h->text[HTTP_TEXT_USER] = keep_name(h->user, span_of(pair, (size_t)colon));
	bool known = shipped_pair(span_of(pair, (size_t)colon), span_skip(span_of(pair, n), (size_t)colon + 1));
	h->credential = known ? HTTP_DEFAULT_YES : HTTP_DEFAULT_NO;
	explicit_bzero(pair, sizeof(pair));
}

static size_t put_utf8(char *to, uint32_t code)
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | code >> 12);
	to[1] = (char)(0x80 | (code >> 6 & 0x3f));
	to[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

/* MS-NLMP 2.2.1.3: | length u16 | room u16 | offset u32 | at @field of the message; UTF-16 where @wide. */
static struct span ntlm_name(struct span message, size_t field, bool wide, char room[static HTTP_NAME_MAX])
{
	struct cursor c = cur_of(span_skip(message, field));
	uint16_t len = cur_u16le(&c);
	cur_skip(&c, 2);
	uint32_t offset = cur_u32le(&c);
	struct cursor at = cur_of(span_skip(message, offset));
	struct span name = cur_span(&at, len);
	size_t n = 0;

	if (!cur_ok(&c) || !cur_ok(&at))
		return (struct span){NULL, 0};
	if (!wide)
		return keep_name(room, name);
	for (at = cur_of(name); cur_left(&at) >= 2 && n + 3 <= HTTP_NAME_MAX;)
		n += put_utf8(room + n, cur_u16le(&at));
	return span_of(room, n);
}

static void read_ntlm(struct http_head *h, struct span encoded)
{
	enum { TYPE_AT = 8, DOMAIN_AT = 28, USER_AT = 36, WORKSTATION_AT = 44, FLAGS_AT = 60, AUTHENTICATE = 3 };
	uint8_t bytes[DECODED_MAX];
	struct span message = span_of(bytes, base64_decode(encoded, bytes, sizeof(bytes)));
	struct cursor type = cur_of(span_skip(message, TYPE_AT)), flags = cur_of(span_skip(message, FLAGS_AT));

	if (!span_eq(span_head(message, 8), span_of("NTLMSSP", 8)) || cur_u32le(&type) != AUTHENTICATE)
		return;
	bool wide = cur_u32le(&flags) & 1;
	h->text[HTTP_TEXT_DOMAIN] = ntlm_name(message, DOMAIN_AT, wide, h->domain);
	h->text[HTTP_TEXT_USER] = ntlm_name(message, USER_AT, wide, h->user);
	h->text[HTTP_TEXT_WORKSTATION] = ntlm_name(message, WORKSTATION_AT, wide, h->workstation);
	explicit_bzero(bytes, sizeof(bytes));
}

void http_read_authorization(struct http_head *h, struct span value)
{
	struct span scheme = span_head(value, http_token_len(value)), rest = http_trim(span_skip(value, scheme.len));

	/* A value without a blank may be a bare token: nothing of it is told. */
	if (rest.len == 0)
		return;
	h->text[HTTP_TEXT_SCHEME] = scheme;
	if (http_is(scheme, "basic"))
		read_basic(h, rest);
	else if (http_is(scheme, "digest"))
		(void)http_param(rest, ',', "username", &h->text[HTTP_TEXT_USER]);
	else if (http_is(scheme, "ntlm") || http_is(scheme, "negotiate")) {
		h->logon = rest;
		read_ntlm(h, rest);
	}
}

void http_read_query(struct http_head *h)
{
	struct span url = h->text[HTTP_TEXT_URL];
	long query = http_find(url, '?');

	if (query == HTTP_NOT_FOUND || h->text[HTTP_TEXT_SCHEME].len > 0)
		return;
	struct http_form f = http_form_read(span_skip(url, (size_t)query + 1));
	if (!f.login)
		return;
	h->text[HTTP_TEXT_SCHEME] = span_str(HTTP_FORM_SCHEME);
	h->text[HTTP_TEXT_USER] = keep_name(h->user, span_of(f.user, f.user_len));
	h->credential = f.shipped ? HTTP_DEFAULT_YES : HTTP_DEFAULT_NO;
}

size_t http_decode_logon(const struct http_head *h, uint8_t to[static HTTP_LOGON_MAX])
{
	return base64_decode(h->logon, to, HTTP_LOGON_MAX);
}

void http_tell_logon(struct emitter *out, const struct http_head *h)
{
	uint8_t bytes[HTTP_LOGON_MAX];

	if (h->logon.len == 0)
		return;
	smb_tell_logon(out, span_of(bytes, http_decode_logon(h, bytes)));
	explicit_bzero(bytes, sizeof(bytes));
}

static bool is_secret(struct span name)
{
	static const char *const names[] = {
	    "password", "passwd",  "passphrase", "pass",       "pwd",    "token",         "access_token",
	    "id_token", "api_key", "apikey",     "api-key",    "secret", "client_secret", "refresh_token",
	    "session",  "sess_id", "sessionid",  "session_id", "sid",    "phpsessid",     "jsessionid",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (http_is(name, names[i]))
			return true;
	}
	return false;
}

struct writer {
	uint8_t *to;
	size_t room, n;
};

static void put(struct writer *w, struct span s)
{
	s = span_head(s, w->room - w->n);
	if (s.len > 0)
		memcpy(w->to + w->n, s.ptr, s.len);
	w->n += s.len;
}

/* scheme "://" user ":" password "@" host: copies up to the @ without the password. @return what follows. */
static struct span put_userinfo(struct writer *w, struct span url)
{
	long scheme = http_find_text(url, "://");
	if (scheme == HTTP_NOT_FOUND || scheme > 8)
		return url;
	struct span rest = span_skip(url, (size_t)scheme + 3), authority = rest;
	long slash = http_find(rest, '/');
	if (slash != HTTP_NOT_FOUND)
		authority = span_head(rest, (size_t)slash);
	long at = http_find(authority, '@'), colon = http_find(authority, ':');
	if (at == HTTP_NOT_FOUND || colon == HTTP_NOT_FOUND || colon > at)
		return url;
	put(w, span_head(url, (size_t)(scheme + 3 + colon + 1)));
	put(w, span_str("***"));
	return span_skip(rest, (size_t)at);
}

size_t http_copy_url(struct span url, uint8_t *to, size_t size)
{
	struct writer w = {to, size, 0};
	bool in_parameters = false;

	url = put_userinfo(&w, url);
	while (url.len > 0) {
		size_t n = 0;
		while (n < url.len && !strchr("?&;#", url.ptr[n]))
			n++;
		struct span part = span_head(url, n);
		long eq = http_find(part, '=');
		if (in_parameters && eq != HTTP_NOT_FOUND && is_secret(span_head(part, (size_t)eq))) {
			put(&w, span_head(part, (size_t)eq + 1));
			put(&w, span_str("***"));
		} else {
			put(&w, part);
		}
		put(&w, span_head(span_skip(url, n), 1));
		url = span_skip(url, n + 1);
		in_parameters = true;
	}
	return w.n;
}
