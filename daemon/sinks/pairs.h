/*
 * A line of key=value pairs within a byte budget, as CEF and LEEF are: the most needed is put first, what does not fit
 * is left out, and `cut` then says so.
 */
#ifndef SEKISHO_SINKS_PAIRS_H
#define SEKISHO_SINKS_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sinks/alert_view.h"

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

/* A format of pairs: how an alert is written in it. */
struct pairs_form {
	const char *separator, *mark; /* mark: the pair that says that something is missing, with its separator */
	const char *id_key;           /* of the first pair, which never goes */
	pairs_encode *encode;
	/** Writes what stands before the pairs, with a name of at most @name_room bytes. @return whether it fits. */
	bool (*header)(struct pairs *p, const struct alert_view *v, size_t name_room);
	/** Puts the pairs behind the id, the most needed first. */
	void (*body)(struct pairs *p, const struct alert_view *v);
	size_t name_max;
};

/**
 * Writes an alert of at most @max bytes, without a NUL, into @buf of at least @max bytes.
 *
 * @truncated   set where something was left out or cut
 * @return      the length; 0 where not even header without name, id and mark fit (about 110 bytes)
 */
size_t pairs_format(const struct pairs_form *f, const struct alert_view *v, char *buf, size_t max, bool *truncated);

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
