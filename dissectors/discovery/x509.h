/*
 * X.509 certificates (RFC 5280, section 4.1) as a ledger and an auditor want them, read from their DER (X.690). Every
 * dissector that meets one reads it here. Nothing is verified: it is what is shown on the wire.
 *
 * Spans borrow from the certificate, or from the arena that is given.
 */
#ifndef SEKISHO_DISCOVERY_X509_H
#define SEKISHO_DISCOVERY_X509_H

#include <stdint.h>

#include "base/arena.h"
#include "base/cursor.h"

enum {
	X509_DNS_NAMES_MAX = 16,
	X509_SERIAL_BYTES_MAX = 20, /* RFC 5280 4.1.2.2 */
};

struct x509 {
	struct span serial;
	struct span issuer, subject; /* Name, the content: for x509_name_text() and x509_name_short() */
	int64_t not_before_ns, not_after_ns;
	struct span signature, key; /* object identifiers: for x509_signature_text() and x509_key_text() */
	uint32_t key_bits;          /* 0: of an algorithm that we do not know */
	struct span uri;            /* the first of subjectAltName (4.2.1.6) */
	struct span dns_names[X509_DNS_NAMES_MAX];
	unsigned n_dns_names;
};

/** How far a certificate holds together. */
enum x509_extent {
	X509_NONE,
	X509_NAMED, /* serial number, issuer and subject are read; validity, key or signature are not all readable */
	X509_WHOLE, /* everything up to the extensions; of those what is readable */
};

/** Reads @der, of which @out is filled as far as the answer says. */
enum x509_extent x509_read(struct span der, struct x509 *out);

/** The first of certificates that stand one after the other; all of @chain where it does not begin with a whole one. */
struct span x509_first(struct span chain);

/** "CN=a, O=b": the parts of @name in the order in which they are encoded, with the marks of RFC 4514 escaped. */
struct span x509_name_text(struct arena *arena, struct span name);

/** The common name of @name, else its organisation; empty where there is neither. */
struct span x509_name_short(struct span name);

/** What an algorithm is called ("rsa", "sha256WithRSAEncryption"), else its identifier in digits and dots. */
struct span x509_key_text(struct arena *arena, struct span oid);
struct span x509_signature_text(struct arena *arena, struct span oid);

#endif
