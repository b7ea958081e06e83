/*
 * Small readers of header text: blanks, tokens, numbers, parameters (RFC 9110, 5.6). All borrow.
 */
#ifndef SEKISHO_HTTP_HTTP_FIELD_H
#define SEKISHO_HTTP_HTTP_FIELD_H

#include <stdbool.h>

#include "base/cursor.h"

enum { HTTP_NOT_FOUND = -1 };

extern const bool http_tchars[256];

/** A character of a token: digits, letters and !#$%&'*+-.^_`|~ (RFC 9110, 5.6.2). */
static inline bool http_is_tchar(uint8_t c)
{
	return http_tchars[c];
}

/** Blank, tab, CR, LF, VT, FF: what separates, folded lines included. */
static inline bool http_is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline uint8_t http_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/** What a hexadecimal digit is worth, or -1. */
static inline int http_hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = http_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/** Without blanks at both ends. */
struct span http_trim(struct span s);

/** Do @n bytes of @text say @lower, without regard to case? */
bool http_same(const uint8_t *text, const char *lower, size_t n);

/** Equal but for case. @lower is in lower case. */
static inline bool http_is(struct span s, const char *lower)
{
	/* mostly it is another word, and begins so */
	if (s.len == 0 || http_lower(s.ptr[0]) != (uint8_t)lower[0])
		return s.len == 0 && lower[0] == '\0';
	return s.len == strlen(lower) && http_same(s.ptr, lower, s.len);
}

static inline bool http_begins(struct span s, const char *lower)
{
	size_t n = strlen(lower);

	return s.len >= n && http_same(s.ptr, lower, n);
}

/** Offset of the first @c, or HTTP_NOT_FOUND. */
static inline long http_find(struct span s, uint8_t c)
{
	const uint8_t *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;

	return at ? at - s.ptr : HTTP_NOT_FOUND;
}

/** Offset of the first occurrence of @lower, case folded, or HTTP_NOT_FOUND. */
long http_find_text(struct span s, const char *lower);

/** How many token characters @s begins with. */
static inline size_t http_token_len(struct span s)
{
	size_t n = 0;

	while (n < s.len && http_is_tchar(s.ptr[n]))
		n++;
	return n;
}

/** How many bytes @s has before its first blank. */
static inline size_t http_word_len(struct span s)
{
	size_t n = 0;

	while (n < s.len && !http_is_blank(s.ptr[n]))
		n++;
	return n;
}

/** Takes the next item of a comma-separated list off *@list, trimmed; quotes hide commas. @return false at the end. */
bool http_next_item(struct span *list, struct span *item);

/**
 * The value of parameter @name in "a=b; name=\"c\"" (@sep ';') or "a=b, name=c" (','), quotes removed, escapes left in.
 * @return false where there is none.
 */
bool http_param(struct span s, uint8_t sep, const char *name, struct span *value);

/** Digits only. @return false where there is something else, or nothing, or a number beyond 2^63 - 1. */
bool http_number(struct span s, uint64_t *value);

/** The first line of @s without its end; *whole: with it. @return false where no LF is in sight. */
bool http_line(struct span s, struct span *line, size_t *whole);

#endif
