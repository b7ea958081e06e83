#include "opcua/opcua_x509.h"

#include <string.h>

#include "base/when.h"
#include "opcua/opcua_types.h"

enum {
	EXTENSIONS_MAX = 64,
	ALT_NAMES_MAX = 64,
	KEY_BYTES_MAX = 65536,
};

#define SUBJECT_ALT_NAME "551d11"

/* RFC 8017 A.1, RFC 5480 2.1.1, RFC 8410 3 */
static const struct opcua_oid_name key_algorithms[] = {
    {"2a864886f70d010101", "rsa", 0}, {"2a864886f70d01010a", "rsa", 0}, {"2a8648ce3d0201", "ec", 0},
    {"2b6570", "ed25519", 256},       {"2b6571", "ed448", 456},
};

/* RFC 5480 2.1.1.1, RFC 5639 4.1 */
static const struct opcua_oid_name curves[] = {
    {"2a8648ce3d030107", "P-256", 256},
    {"2b81040022", "P-384", 384},
    {"2b81040023", "P-521", 521},
    {"2b2403030208010107", "brainpoolP256r1", 256},
    {"2b240303020801010b", "brainpoolP384r1", 384},
};

static bool oid_is(struct span oid, const char *digits)
{
	static const char hex[] = "0123456789abcdef";

	if (strlen(digits) != oid.len * 2)
		return false;
	for (size_t i = 0; i < oid.len; i++) {
		if (digits[2 * i] != hex[oid.ptr[i] >> 4] || digits[2 * i + 1] != hex[oid.ptr[i] & 15])
			return false;
	}
	return true;
}

const struct opcua_oid_name *opcua_x509_find(const struct opcua_oid_name *table, size_t n, struct span oid)
{
	for (size_t i = 0; i < n; i++) {
		if (oid_is(oid, table[i].oid))
			return &table[i];
	}
	return NULL;
}

const char *opcua_x509_key_name(struct span oid)
{
	const struct opcua_oid_name *known = OPCUA_OID_FIND(key_algorithms, oid);

	return known ? known->name : NULL;
}

struct cursor opcua_x509_element(struct cursor *c, uint8_t *tag)
{
	*tag = cur_u8(c);
	size_t len = cur_u8(c);

	if (len & DER_LONG) {
		unsigned bytes = len & 0x7f;
		if (bytes == 0 || bytes > 4)
			ua_fail(c);
		len = 0;
		for (unsigned i = 0; i < bytes && i < 4; i++)
			len = len << 8 | cur_u8(c);
	}
	return cur_sub(c, len);
}

struct cursor opcua_x509_expect(struct cursor *c, uint8_t tag)
{
	uint8_t got;
	struct cursor content = opcua_x509_element(c, &got);

	if (got != tag)
		ua_fail(c);
	content.failed |= !cur_ok(c);
	return content;
}

static unsigned two_digits(struct cursor *c)
{
	uint8_t a = cur_u8(c), b = cur_u8(c);

	if (a < '0' || a > '9' || b < '0' || b > '9')
		ua_fail(c);
	return (a - '0') * 10u + (b - '0');
}

/* Days from 1970 to the beginning of a month of the Gregorian calendar. */
static int64_t days_to(int64_t year, unsigned month)
{
	static const uint16_t before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	int64_t past = month > 2 ? year : year - 1; /* years whose leap day has passed */

	return (year - 1970) * 365 + before[month - 1] + (past / 4 - past / 100 + past / 400) -
	       (1969 / 4 - 1969 / 100 + 1969 / 400);
}

/* UTCTime YYMMDDhhmmssZ, GeneralizedTime YYYYMMDDhhmmssZ. RFC 5280 4.1.2.5 */
static int64_t time_ns(struct cursor *c)
{
	uint8_t tag;
	struct cursor t = opcua_x509_element(c, &tag);
	int64_t year = two_digits(&t);

	if (tag == DER_UTC_TIME)
		year += year < 50 ? 2000 : 1900;
	else if (tag == DER_GENERALIZED_TIME)
		year = year * 100 + two_digits(&t);
	else
		ua_fail(c);
	unsigned month = two_digits(&t), day = two_digits(&t);
	int64_t seconds = two_digits(&t) * 3600;
	seconds += two_digits(&t) * 60;
	seconds += two_digits(&t);
	if (!cur_ok(&t) || month < 1 || month > 12 || day < 1 || day > 31) {
		ua_fail(c);
		return 0;
	}
	seconds += (days_to(year, month) + day - 1) * 86400;
	const int64_t most = INT64_MAX / NS_PER_S - 1;
	return (seconds > most ? most : seconds < -most ? -most : seconds) * NS_PER_S;
}

/* AlgorithmIdentifier: | OID | parameters |. A curve may stand in the parameters. */
static struct span algorithm(struct cursor *c, struct span *curve)
{
	struct cursor seq = opcua_x509_expect(c, DER_SEQUENCE), oid = opcua_x509_expect(&seq, DER_OID);
	struct span name = cur_rest(&oid);

	if (!cur_ok(&seq))
		ua_fail(c);
	if (curve && cur_peek_u8(&seq, 0) == DER_OID) {
		struct cursor parameter = opcua_x509_expect(&seq, DER_OID);
		*curve = cur_rest(&parameter);
	}
	return name;
}

static uint32_t bits_of(struct span number)
{
	uint32_t bits;

	while (number.len > 0 && number.ptr[0] == 0)
		number = span_skip(number, 1);
	if (number.len == 0)
		return 0;
	bits = (uint32_t)(number.len < KEY_BYTES_MAX ? number.len : KEY_BYTES_MAX) * 8;
	for (uint8_t top = number.ptr[0]; !(top & 0x80); top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

/* SubjectPublicKeyInfo: | algorithm | BIT STRING, for RSA of | modulus | exponent | | */
static void public_key(struct cursor *c, struct opcua_x509 *out)
{
	struct cursor seq = opcua_x509_expect(c, DER_SEQUENCE);
	struct span curve = {NULL, 0};
	out->key = algorithm(&seq, &curve);
	struct cursor bits = opcua_x509_expect(&seq, DER_BIT_STRING);
	const struct opcua_oid_name *known = OPCUA_OID_FIND(key_algorithms, out->key),
				    *named = OPCUA_OID_FIND(curves, curve);

	if (!cur_ok(&seq)) {
		ua_fail(c);
		return;
	}
	out->key_bits = named ? named->bits : known ? known->bits : 0;
	if (known && strcmp(known->name, "rsa") == 0) {
		cur_skip(&bits, 1); /* unused bits */
		struct cursor rsa = opcua_x509_expect(&bits, DER_SEQUENCE),
			      modulus = opcua_x509_expect(&rsa, DER_INTEGER);
		out->key_bits = bits_of(cur_rest(&modulus));
	}
}

static void alt_names(struct cursor *c, struct opcua_x509 *out)
{
	struct cursor octets = opcua_x509_expect(c, DER_OCTET_STRING), names = opcua_x509_expect(&octets, DER_SEQUENCE);

	for (unsigned i = 0; i < ALT_NAMES_MAX && cur_left(&names) > 0 && out->uri.len == 0; i++) {
		uint8_t tag;
		struct cursor name = opcua_x509_element(&names, &tag);
		if (tag == DER_URI)
			out->uri = cur_rest(&name);
	}
}

/* | OID | critical BOOLEAN, where true | value OCTET STRING |, one after the other */
static void extensions(struct cursor *c, struct opcua_x509 *out)
{
	struct cursor list = opcua_x509_expect(c, DER_SEQUENCE);

	for (unsigned i = 0; i < EXTENSIONS_MAX && cur_left(&list) > 0; i++) {
		struct cursor x = opcua_x509_expect(&list, DER_SEQUENCE), oid = opcua_x509_expect(&x, DER_OID);
		uint8_t tag;
		if (!oid_is(cur_rest(&oid), SUBJECT_ALT_NAME))
			continue;
		if (cur_peek_u8(&x, 0) != DER_OCTET_STRING)
			(void)opcua_x509_element(&x, &tag);
		alt_names(&x, out);
	}
}

/*
 * Certificate: | TBSCertificate | signature algorithm | signature |
 * TBSCertificate: | version | serial | algorithm | issuer | not before, not after | subject | key | ... | extensions |
 */
bool opcua_x509_read(struct span der, struct opcua_x509 *out)
{
	struct cursor all = cur_of(der), whole = opcua_x509_expect(&all, DER_SEQUENCE),
		      tbs = opcua_x509_expect(&whole, DER_SEQUENCE);
	uint8_t tag;

	if (cur_peek_u8(&tbs, 0) == DER_VERSION)
		(void)opcua_x509_element(&tbs, &tag);
	struct cursor serial = opcua_x509_expect(&tbs, DER_INTEGER);
	out->serial = cur_rest(&serial);
	(void)algorithm(&tbs, NULL);
	struct cursor issuer = opcua_x509_expect(&tbs, DER_SEQUENCE);
	out->issuer = cur_rest(&issuer);
	struct cursor validity = opcua_x509_expect(&tbs, DER_SEQUENCE);
	out->not_before_ns = time_ns(&validity);
	out->not_after_ns = time_ns(&validity);
	struct cursor subject = opcua_x509_expect(&tbs, DER_SEQUENCE);
	out->subject = cur_rest(&subject);
	public_key(&tbs, out);
	out->signature = algorithm(&whole, NULL);
	if (!cur_ok(&tbs) || !cur_ok(&whole) || !cur_ok(&validity))
		return false;
	while (cur_left(&tbs) > 0) {
		struct cursor x = opcua_x509_element(&tbs, &tag);
		if (tag == DER_EXTENSIONS)
			extensions(&x, out);
	}
	return true;
}
