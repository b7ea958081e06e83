/*
 * Object identifiers (X.690, 8.19) by their encoded bytes. Private to the reader of certificates.
 */
#ifndef SEKISHO_DISCOVERY_X509_OID_H
#define SEKISHO_DISCOVERY_X509_OID_H

#include "base/cursor.h"

/** An object identifier, its bytes in hexadecimal digits, and what it is called. */
struct oid_name {
	const char *oid;
	const char *name;
	uint16_t bits; /* of a key of this kind, where all have as many */
};

static inline bool oid_is(struct span oid, const char *digits)
{
	static const char hex[] = "0123456789abcdef";
	struct cursor c = cur_of(oid);

	if (strlen(digits) != oid.len * 2)
		return false;
	for (const char *at = digits; cur_left(&c) > 0; at += 2) {
		uint8_t byte = cur_u8(&c);
		if (at[0] != hex[byte >> 4] || at[1] != hex[byte & 15])
			return false;
	}
	return true;
}

/** @return the row of @oid among @n, or NULL. */
static inline const struct oid_name *oid_find(const struct oid_name *table, size_t n, struct span oid)
{
	for (size_t i = 0; i < n; i++) {
		if (oid_is(oid, table[i].oid))
			return &table[i];
	}
	return NULL;
}

#define OID_FIND(table, oid) oid_find((table), sizeof(table) / sizeof((table)[0]), (oid))

#endif
