/*
 * A line of key=value pairs within a byte budget, as CEF and LEEF are: the most needed is put first, what does not fit
 * is left out, and `cut` then says so.
 */
#ifndef SEKISHO_SINKS_PAIRS_H
#define SEKISHO_SINKS_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAIRS_SEQUENCE_MAX = 4 };

enum pairs_place { IN_HEADER, IN_VALUE };

/** One printable character (@n bytes of UTF-8), or a newline, as the format writes it. @return bytes in @out. */
typedef size_t pairs_encode(uint32_t code, const uint8_t *utf8, size_t n, enum pairs_place place,
			    char out[static PAIRS_SEQUENCE_MAX]);

struct pairs {
	char *buf;
	size_t len, max;
	const char *separator; /* between pairs */
	pairs_encode *encode;
	size_t first; /* where the pairs begin: nothing separates the first */
	bool cut;     /* something did not fit */
};

/** Appends @text as it is, whole or not at all. @return whether it fits. */
bool pairs_raw(struct pairs *p, const char *text);

/** Appends whole characters of @text while they fit into @room bytes. What would steer a terminal, and bytes that are
 * no UTF-8, become '?'. @return whether all did. */
bool pairs_text(struct pairs *p, const char *text, enum pairs_place place, size_t room);

/** "key=value": whole, or not at all; a @cuttable one may lose its end. Empty values are not written. */
void pairs_put(struct pairs *p, const char *key, const char *value, bool cuttable);
void pairs_put_number(struct pairs *p, const char *key, double value);
/** Letters of ASCII become small. */
void pairs_put_lower(struct pairs *p, const char *key, const char *value);
/** EVE's time as milliseconds since the epoch. */
void pairs_put_time(struct pairs *p, const char *key, const char *eve);

#endif
