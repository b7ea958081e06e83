/*
 * The parts of an X.509 certificate (RFC 5280), found in its DER (X.690).
 */
#ifndef SEKISHO_OPCUA_OPCUA_X509_H
#define SEKISHO_OPCUA_OPCUA_X509_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"

/** Tags, X.690. */
enum {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_VERSION = 0xa0,    /* [0] of TBSCertificate */
	DER_EXTENSIONS = 0xa3, /* [3] */
	DER_URI = 0x86,        /* [6] of GeneralName */
	DER_LONG = 0x80,
};

struct opcua_x509 {
	struct span serial, issuer, subject; /* the names: their content, for opcua_x509_expect() */
	int64_t not_before_ns, not_after_ns;
	struct span signature, key; /* object identifiers */
	uint32_t key_bits;          /* 0: of an algorithm that we do not know */
	struct span uri;            /* the first of subjectAltName */
};

/** An object identifier, its bytes in hexadecimal digits, and what it is called. */
struct opcua_oid_name {
	const char *oid;
	const char *name;
	uint16_t bits; /* of a key of this kind, where all have as many */
};

#define OPCUA_OID_FIND(table, oid) opcua_x509_find((table), sizeof(table) / sizeof((table)[0]), (oid))

/** @return the row of @oid, or NULL. */
const struct opcua_oid_name *opcua_x509_find(const struct opcua_oid_name *table, size_t n, struct span oid);

/** What a key algorithm is called: rsa, ec and so on; NULL where it is none of ours. */
const char *opcua_x509_key_name(struct span oid);

/** The next element: its tag, and a cursor over its content. */
struct cursor opcua_x509_element(struct cursor *c, uint8_t *tag);

/** The next element, which has to be a @tag. */
struct cursor opcua_x509_expect(struct cursor *c, uint8_t tag);

/** @return false where @der begins with no certificate. */
bool opcua_x509_read(struct span der, struct opcua_x509 *out);

#endif
