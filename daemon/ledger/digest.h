/*
 * SHA-256 of the files that the audit trail names: check sheets, confirmed configurations.
 */
#ifndef SEKISHO_LEDGER_DIGEST_H
#define SEKISHO_LEDGER_DIGEST_H

enum { DIGEST_CHARS = 64 };

/** Writes the digest of @file as hexadecimal digits. @return 0; -errno, where nothing is written. */
int digest_file(const char *file, char sha256[static DIGEST_CHARS + 1]);

#endif
