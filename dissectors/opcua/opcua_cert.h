/*
 * X.509 certificates as far as a ledger and an auditor want them (RFC 5280), read from their DER.
 */
#ifndef SEKISHO_OPCUA_OPCUA_CERT_H
#define SEKISHO_OPCUA_OPCUA_CERT_H

#include "opcua/opcua_call.h"

/** Rows of a certificate in opcua_fields.def, from its first on. */
enum opcua_cert_row {
	OPCUA_CERT_SUBJECT,
	OPCUA_CERT_ISSUER,
	OPCUA_CERT_SERIAL,
	OPCUA_CERT_NOT_BEFORE,
	OPCUA_CERT_NOT_AFTER,
	OPCUA_CERT_DAYS_LEFT,
	OPCUA_CERT_KEY_ALG,
	OPCUA_CERT_KEY_BITS,
	OPCUA_CERT_SIGNATURE,
	OPCUA_CERT_URI,
	OPCUA_CERT_SELF_SIGNED,
	OPCUA_CERT_SHA1,
	OPCUA_CERT_SHA256,
	OPCUA_CERT_UNREADABLE,
};

/** Tells the first certificate of the chain @der below the object whose first row is @first; nothing where it is empty.
 */
void opcua_cert_told(struct opcua_call *call, enum opcua_field_id first, struct span der);

/** Tells SHA-1 over the first certificate of the chain @der. */
void opcua_cert_thumbprint_told(struct opcua_call *call, enum opcua_field_id id, struct span der);

#endif
