/*
 * Message digests of bytes that are at hand: of certificates, keys, conversations.
 *
 * As they stand in the library: through EVP a digest of a few bytes takes two to five times as long, asks for memory
 * each time, and the first reads in the tables of all algorithms.
 *
 * Source: FIPS 180-4 (SHA-1, SHA-256), RFC 1321 (MD5).
 */
#ifndef SEKISHO_BASE_MESSAGE_DIGEST_H
#define SEKISHO_BASE_MESSAGE_DIGEST_H

#include <stdint.h>

#include "base/cursor.h"

enum { MD5_BYTES = 16, SHA1_BYTES = 20, SHA256_BYTES = 32 };

/** Each over all of @bytes, which may be none. */
void md5_of(struct span bytes, uint8_t digest[static MD5_BYTES]);
void sha1_of(struct span bytes, uint8_t digest[static SHA1_BYTES]);
void sha256_of(struct span bytes, uint8_t digest[static SHA256_BYTES]);

#endif
