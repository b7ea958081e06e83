#include "http/http_title.h"

#include <iconv.h>

#include "base/text.h"
#include "http/http_field.h"

enum phase { SEEKING, IN_TAG, IN_TEXT, DONE };

static const struct {
	const char *name;
	enum http_charset charset;
} charsets[] = {
    {"utf-8", HTTP_CHARSET_UTF8},
    {"utf8", HTTP_CHARSET_UTF8},
    {"us-ascii", HTTP_CHARSET_UTF8},
    {"shift_jis", HTTP_CHARSET_CP932},
    {"shift-jis", HTTP_CHARSET_CP932},
    {"sjis", HTTP_CHARSET_CP932},
    {"x-sjis", HTTP_CHARSET_CP932},
    {"windows-31j", HTTP_CHARSET_CP932},
    {"cp932", HTTP_CHARSET_CP932},
    {"ms932", HTTP_CHARSET_CP932},
    {"euc-jp", HTTP_CHARSET_EUC_JP},
    {"x-euc-jp", HTTP_CHARSET_EUC_JP},
    {"iso-2022-jp", HTTP_CHARSET_ISO_2022_JP},
    {"iso-8859-1", HTTP_CHARSET_LATIN1},
    {"windows-1252", HTTP_CHARSET_LATIN1},
};

/* What iconv calls them. */
static const char *const converted_from[] = {
    [HTTP_CHARSET_CP932] = "CP932",
    [HTTP_CHARSET_EUC_JP] = "EUC-JP",
    [HTTP_CHARSET_ISO_2022_JP] = "ISO-2022-JP",
    [HTTP_CHARSET_LATIN1] = "CP1252",
};

/*
 * Opening a conversion for the first time reads files, which the daemon may no longer do once it parses. So each is
 * opened when the program starts and left open, which keeps it in memory.
 */
static iconv_t pinned[sizeof(converted_from) / sizeof(converted_from[0])];

__attribute__((constructor)) static void pin_conversions(void)
{
	for (size_t i = 0; i < sizeof(pinned) / sizeof(pinned[0]); i++)
		pinned[i] = converted_from[i] ? iconv_open("UTF-8", converted_from[i]) : (iconv_t)-1;
}

enum http_charset http_charset_named(struct span name)
{
	for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++) {
		if (http_is(name, charsets[i].name))
			return charsets[i].charset;
	}
	return name.len > 0 ? HTTP_CHARSET_OTHER : HTTP_CHARSET_UNKNOWN;
}

/* One byte further in @word. @return true when it is complete. */
static bool match(const char *word, uint8_t *matched, uint8_t c)
{
	c = http_lower(c);
	if (c == (uint8_t)word[*matched])
		++*matched;
	else
		*matched = c == (uint8_t)word[0];
	if (word[*matched])
		return false;
	*matched = 0;
	return true;
}

/* <meta charset="x"> and <meta ... content="text/html; charset=x"> */
static void seek_charset(struct http_title *t, uint8_t c)
{
	enum { READING = 0xff };

	if (t->charset != HTTP_CHARSET_UNKNOWN)
		return;
	if (t->charset_matched != READING) {
		if (match("charset=", &t->charset_matched, c)) {
			t->charset_matched = READING;
			t->name_len = 0;
		}
		return;
	}
	if (http_is_tchar(c) && c != '\'' && t->name_len < sizeof(t->name)) {
		t->name[t->name_len++] = (char)c;
	} else if (t->name_len > 0) {
		t->charset = (uint8_t)http_charset_named(span_of(t->name, t->name_len));
		t->charset_matched = 0;
	} else if (c != '"' && c != '\'') {
		t->charset_matched = 0;
	}
}

/* Where neither word has begun: how many of the bytes begin none. Of the last one it is not known. */
static size_t plain_len(const struct http_title *t, struct span bytes)
{
	size_t n = 0;

	if (t->matched > 0 || (t->charset == HTTP_CHARSET_UNKNOWN && t->charset_matched > 0))
		return 0;
	for (; n + 1 < bytes.len; n++) {
		uint8_t c = bytes.ptr[n], next = bytes.ptr[n + 1] | 0x20;
		if ((c == '<' && next == 't') || ((c | 0x20) == 'c' && next == 'h'))
			break;
	}
	return n;
}

void http_title_feed(struct http_title *t, struct span bytes)
{
	for (size_t i = 0; i < bytes.len && t->phase != DONE; i++) {
		if (t->phase == SEEKING)
			i += plain_len(t, span_skip(bytes, i));
		if (i == bytes.len)
			break;
		uint8_t c = bytes.ptr[i];
		switch (t->phase) {
		case SEEKING:
			seek_charset(t, c);
			if (match("<title", &t->matched, c))
				t->phase = IN_TAG;
			break;
		case IN_TAG:
			if (c == '>')
				t->phase = IN_TEXT;
			break;
		case IN_TEXT:
			/* no second byte of the encodings known here is a '<' */
			if (c == '<' || t->len == HTTP_TITLE_MAX)
				t->phase = DONE;
			else
				t->text[t->len++] = c;
			break;
		default:
			break;
		}
	}
}

bool http_title_done(const struct http_title *t)
{
	return t->phase == DONE;
}

/* @return how many bytes of @out were written; 0 where @s is not of that encoding. A character cut at the end is left.
 */
static size_t convert(enum http_charset from, struct span s, uint8_t *out, size_t size)
{
	iconv_t cd = iconv_open("UTF-8", converted_from[from]);
	if (cd == (iconv_t)-1)
		return 0;
	char *src = (char *)(uintptr_t)s.ptr, *dst = (char *)out;
	size_t left = s.len, room = size;
	bool good = iconv(cd, &src, &left, &dst, &room) != (size_t)-1 || left < 3;
	iconv_close(cd);
	return good ? size - room : 0;
}

/* Two bytes with the high bit each, from 0xa1 (JIS X 0208), half-width kana behind 0x8e: hardly any Shift_JIS is so. */
static bool looks_euc(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < 0x80)
			continue;
		uint8_t second = i + 1 < s.len ? s.ptr[i + 1] : 0xa1;
		if ((s.ptr[i] < 0xa1 && s.ptr[i] != 0x8e) || s.ptr[i] == 0xff || second < 0xa1 || second == 0xff)
			return false;
		i++;
	}
	return true;
}

static bool has_escape(struct span s)
{
	return http_find_text(s, "\x1b$") != HTTP_NOT_FOUND;
}

/* What is declared, unless the bytes contradict it. */
static enum http_charset choose(const struct http_title *t, struct span s)
{
	if (has_escape(s))
		return HTTP_CHARSET_ISO_2022_JP;
	if (text_is_utf8(s))
		return HTTP_CHARSET_UTF8;
	if (t->charset >= HTTP_CHARSET_CP932 && t->charset <= HTTP_CHARSET_LATIN1)
		return (enum http_charset)t->charset;
	return looks_euc(s) ? HTTP_CHARSET_EUC_JP : HTTP_CHARSET_CP932;
}

static size_t collapse(uint8_t *s, size_t n)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		if (!http_is_blank(s[i]))
			s[to++] = s[i];
		else if (to > 0 && s[to - 1] != ' ')
			s[to++] = ' ';
	}
	return to > 0 && s[to - 1] == ' ' ? to - 1 : to;
}

struct span http_title_text(const struct http_title *t, struct arena *a)
{
	enum { WIDEST = 4 }; /* no character takes more bytes as UTF-8 than four for each of its own */
	struct span wire = {t->text, t->len};
	size_t size = wire.len * WIDEST, n = 0;
	uint8_t *out = wire.len > 0 ? arena_alloc(a, size) : NULL;

	if (!out)
		return (struct span){NULL, 0};
	enum http_charset charset = choose(t, wire);
	if (charset != HTTP_CHARSET_UTF8)
		n = convert(charset, wire, out, size);
	if (n == 0) {
		memcpy(out, wire.ptr, wire.len);
		n = wire.len;
	}
	return span_of(out, collapse(out, n));
}
