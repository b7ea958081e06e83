/*
 * JA3: what a TLS client offers in its first message, as one number by which software is known
 * (github.com/salesforce/ja3): MD5 over "version,ciphers,extensions,groups,point formats", each a list of decimal
 * numbers with "-" between them, values of RFC 8701 (GREASE) left out.
 *
 * Plain memory of the caller's; made once a ClientHello.
 */
#ifndef SEKISHO_DISSECTORS_DISCOVERY_JA3_H
#define SEKISHO_DISSECTORS_DISCOVERY_JA3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

enum { JA3_TEXT_MAX = 4096, JA3_CHARS = 32 };

struct ja3 {
	size_t len;
	bool whole; /* nothing was too long for the text */
	bool in_list;
	char text[JA3_TEXT_MAX];
};

/** Begins with the version. */
void ja3_begin(struct ja3 *j, uint16_t version);

/** Begins the next of the lists. */
void ja3_list(struct ja3 *j);

/** The next number of the list. */
void ja3_add(struct ja3 *j, uint16_t number);

/** All numbers of @bytes, each of @width (1 or 2) bytes. */
void ja3_add_all(struct ja3 *j, struct span bytes, unsigned width);

/** The digest in hexadecimal, without a NUL. @return false where the text did not fit or MD5 is not to be had. */
bool ja3_digest(const struct ja3 *j, char out[static JA3_CHARS]);

#endif
