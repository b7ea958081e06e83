/*
 * JA4: what a TLS client offers in its first message, as a text by which software is known (github.com/FoxIO-LLC/ja4,
 * technical_details/JA4.md):
 *
 *   t 13 d 15 16 h2 _ 8daaf6152771 _ e5627efa2ab1
 *
 * TCP, highest version, d: a server is named, else i; how many ciphers and extensions; first and last letter of the
 * first ALPN value; SHA-256 over the ciphers in order of their numbers; SHA-256 over the extensions in order of theirs,
 * without SNI and ALPN, and the signature algorithms as they come. Values of RFC 8701 (GREASE) are left out. Unlike JA3
 * it is the same for clients that shuffle their extensions.
 *
 * Plain memory of the caller's; made once a ClientHello.
 */
#ifndef SEKISHO_DISSECTORS_DISCOVERY_JA4_H
#define SEKISHO_DISSECTORS_DISCOVERY_JA4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

enum { JA4_NUMBERS_MAX = 256, JA4_CHARS = 36 };

struct ja4_list {
	uint16_t n;
	uint16_t numbers[JA4_NUMBERS_MAX];
	bool whole; /* nothing was too much */
};

struct ja4 {
	uint16_t version; /* the highest that is offered */
	bool named, versions;
	uint8_t alpn[2]; /* first and last byte of the first value */
	bool has_alpn;
	struct ja4_list ciphers, extensions, signatures;
};

/** @version: what the hello begins with, which holds where it has no list of versions. */
void ja4_begin(struct ja4 *j, uint16_t version);

/** @bytes: numbers of two bytes each. */
void ja4_ciphers(struct ja4 *j, struct span bytes);

/** An extension (RFC 8446, 4.2) and what is in it. */
void ja4_extension(struct ja4 *j, uint16_t kind, struct cursor value);

/** The fingerprint, without a NUL. @return false where there was too much of something. */
bool ja4_text(struct ja4 *j, char out[static JA4_CHARS]);

#endif
