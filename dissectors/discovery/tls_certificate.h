/*
 * What a certificate (RFC 5280, 4.1) says of whom it belongs to. Nothing is verified: it is what is shown on the wire.
 */
#ifndef SEKISHO_DISCOVERY_TLS_CERTIFICATE_H
#define SEKISHO_DISCOVERY_TLS_CERTIFICATE_H

#include "base/cursor.h"

enum { TLS_CERTIFICATE_NAMES_MAX = 16 };

/** Spans borrow from the certificate. */
struct tls_certificate {
	struct span subject, issuer;                  /* common name, else organisation; empty where there is neither */
	struct span names[TLS_CERTIFICATE_NAMES_MAX]; /* DNS names it is good for (4.2.1.6) */
	unsigned n_names;
};

/** @return false where @der does not hold together as far as the subject. */
bool tls_certificate_read(struct tls_certificate *cert, struct span der);

#endif
