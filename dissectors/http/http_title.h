/*
 * The title of a page: found in the bytes of its body as they pass, turned into UTF-8 when it is told.
 */
#ifndef SEKISHO_HTTP_HTTP_TITLE_H
#define SEKISHO_HTTP_HTTP_TITLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/cursor.h"

enum { HTTP_TITLE_MAX = 256 }; /* bytes, as on the wire */

enum http_charset {
	HTTP_CHARSET_UNKNOWN,
	HTTP_CHARSET_UTF8,
	HTTP_CHARSET_CP932, /* what the world calls Shift_JIS */
	HTTP_CHARSET_EUC_JP,
	HTTP_CHARSET_ISO_2022_JP,
	HTTP_CHARSET_LATIN1,
	HTTP_CHARSET_OTHER,
};

/** State of the search; zero at the beginning of a body. */
struct http_title {
	uint8_t phase;
	uint8_t matched;         /* of "<title" */
	uint8_t charset_matched; /* of "charset=" */
	uint8_t charset;         /* enum http_charset: declared by the header or in the page */
	uint8_t name_len;
	uint16_t len;
	char name[16]; /* of the charset being read */
	uint8_t text[HTTP_TITLE_MAX];
};

enum http_charset http_charset_named(struct span name);

/** Shows the next bytes of the body. */
void http_title_feed(struct http_title *t, struct span bytes);

/** Has the end of the title been seen? Nothing more is to be found then. */
bool http_title_done(const struct http_title *t);

/** The title as UTF-8, blanks collapsed, in @a; empty where none was found. */
struct span http_title_text(const struct http_title *t, struct arena *a);

#endif
