#include "discovery/x509.h"

#include "base/when.h"
#include "discovery/ber.h"
#include "discovery/x509_oid.h"

enum {
	EXTENSIONS_MAX = 64,
	ALT_NAMES_MAX = 64,
	FIELDS_MAX = 8, /* behind the key: unique identifiers, extensions */
	KEY_BYTES_MAX = 65536,

	TAG_BIT_STRING = 0x03,
	TAG_UTC_TIME = 0x17,
	TAG_GENERALIZED_TIME = 0x18,
	TAG_DNS_NAME = 0x82,   /* [2] of GeneralName */
	TAG_URI = 0x86,        /* [6] of GeneralName */
	TAG_VERSION = 0xa0,    /* [0] of TBSCertificate */
	TAG_EXTENSIONS = 0xa3, /* [3] of TBSCertificate */
};

#define SUBJECT_ALT_NAME "551d11"
#define RSA              "2a864886f70d010101"
#define RSA_PSS          "2a864886f70d01010a"

/* RFC 5480 2.1.1.1, RFC 5639 4.1; RFC 8410 3, whose keys are of one size */
static const struct oid_name key_sizes[] = {
    {"2a8648ce3d030107", "P-256", 256},
    {"2b81040022", "P-384", 384},
    {"2b81040023", "P-521", 521},
    {"2b2403030208010107", "brainpoolP256r1", 256},
    {"2b240303020801010b", "brainpoolP384r1", 384},
    {"2b6570", "ed25519", 256},
    {"2b6571", "ed448", 456},
};

static unsigned two_digits(struct cursor *c)
{
	uint8_t a = cur_u8(c), b = cur_u8(c);

	if (a < '0' || a > '9' || b < '0' || b > '9')
		c->failed = true;
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
	struct cursor t = ber_take(c, &tag);
	int64_t year = two_digits(&t);

	if (tag == TAG_UTC_TIME)
		year += year < 50 ? 2000 : 1900;
	else if (tag == TAG_GENERALIZED_TIME)
		year = year * 100 + two_digits(&t);
	else
		c->failed = true;
	unsigned month = two_digits(&t), day = two_digits(&t);
	int64_t seconds = two_digits(&t) * 3600;
	seconds += two_digits(&t) * 60;
	seconds += two_digits(&t);
	if (!cur_ok(&t) || month < 1 || month > 12 || day < 1 || day > 31) {
		c->failed = true;
		return 0;
	}
	seconds += (days_to(year, month) + day - 1) * 86400;
	const int64_t most = INT64_MAX / NS_PER_S - 1;
	return (seconds > most ? most : seconds < -most ? -most : seconds) * NS_PER_S;
}

/* AlgorithmIdentifier: | OID | parameters |. A curve may stand in the parameters. */
static struct span algorithm(struct cursor *c, struct span *curve)
{
	struct cursor seq = ber_expect(c, BER_SEQUENCE), oid = ber_expect(&seq, BER_OID);
	struct span name = cur_rest(&oid);

	if (!cur_ok(&seq))
		c->failed = true;
	if (curve && cur_peek_u8(&seq, 0) == BER_OID) {
		struct cursor parameter = ber_expect(&seq, BER_OID);
		*curve = cur_rest(&parameter);
	}
	return name;
}

static uint32_t bits_of(struct cursor *number)
{
	while (cur_left(number) > 0 && cur_peek_u8(number, 0) == 0)
		cur_skip(number, 1);
	size_t bytes = cur_left(number) < KEY_BYTES_MAX ? cur_left(number) : KEY_BYTES_MAX;
	uint32_t bits = (uint32_t)bytes * 8;
	for (uint8_t top = cur_u8(number); top && !(top & 0x80); top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

/* SubjectPublicKeyInfo: | algorithm | BIT STRING, for RSA of | modulus | exponent | | */
static void public_key(struct cursor *c, struct x509 *out)
{
	struct cursor seq = ber_expect(c, BER_SEQUENCE);
	struct span curve = {NULL, 0};
	out->key = algorithm(&seq, &curve);
	struct cursor bits = ber_expect(&seq, TAG_BIT_STRING);
	const struct oid_name *size = OID_FIND(key_sizes, curve.len > 0 ? curve : out->key);

	if (!cur_ok(&seq)) {
		c->failed = true;
		return;
	}
	out->key_bits = size ? size->bits : 0;
	if (oid_is(out->key, RSA) || oid_is(out->key, RSA_PSS)) {
		cur_skip(&bits, 1); /* unused bits */
		struct cursor rsa = ber_expect(&bits, BER_SEQUENCE), modulus = ber_expect(&rsa, BER_INTEGER);
		out->key_bits = bits_of(&modulus);
	}
}

static void alt_names(struct cursor *octets, struct x509 *out)
{
	struct cursor names = ber_expect(octets, BER_SEQUENCE);

	for (unsigned i = 0; i < ALT_NAMES_MAX && cur_left(&names) > 0; i++) {
		uint8_t tag;
		struct cursor name = ber_take(&names, &tag);
		if (!cur_ok(&name))
			return;
		if (tag == TAG_URI && out->uri.len == 0)
			out->uri = cur_rest(&name);
		else if (tag == TAG_DNS_NAME && out->n_dns_names < X509_DNS_NAMES_MAX)
			out->dns_names[out->n_dns_names++] = cur_rest(&name);
	}
}

/* | OID | critical BOOLEAN, where true | value OCTET STRING |, one after the other */
static void extensions(struct cursor *c, struct x509 *out)
{
	struct cursor list = ber_expect(c, BER_SEQUENCE);

	for (unsigned i = 0; i < EXTENSIONS_MAX && cur_left(&list) > 0; i++) {
		struct cursor extension = ber_expect(&list, BER_SEQUENCE), oid = ber_expect(&extension, BER_OID);
		uint8_t tag;
		if (!oid_is(cur_rest(&oid), SUBJECT_ALT_NAME))
			continue;
		if (cur_peek_u8(&extension, 0) != BER_OCTETS)
			(void)ber_take(&extension, &tag);
		struct cursor value = ber_expect(&extension, BER_OCTETS);
		alt_names(&value, out);
	}
}

/*
 * Certificate: | TBSCertificate | signature algorithm | signature |
 * TBSCertificate: | version | serial | algorithm | issuer | not before, not after | subject | key | ... | extensions |
 */
enum x509_extent x509_read(struct span der, struct x509 *out)
{
	struct cursor all = cur_of(der), whole = ber_expect(&all, BER_SEQUENCE),
		      body = ber_expect(&whole, BER_SEQUENCE);
	uint8_t tag;

	*out = (struct x509){.key_bits = 0};
	if (cur_peek_u8(&body, 0) == TAG_VERSION)
		(void)ber_take(&body, &tag);
	struct cursor serial = ber_expect(&body, BER_INTEGER);
	(void)ber_expect(&body, BER_SEQUENCE); /* algorithm, as behind the body */
	struct cursor issuer = ber_expect(&body, BER_SEQUENCE), validity = ber_expect(&body, BER_SEQUENCE);
	struct cursor subject = ber_expect(&body, BER_SEQUENCE);
	if (!cur_ok(&body))
		return X509_NONE;
	out->serial = cur_rest(&serial);
	out->issuer = cur_rest(&issuer);
	out->subject = cur_rest(&subject);
	out->not_before_ns = time_ns(&validity);
	out->not_after_ns = time_ns(&validity);
	struct cursor info = body;
	public_key(&info, out);
	bool readable = cur_ok(&validity) && cur_ok(&info);
	(void)ber_take(&body, &tag); /* the key, whatever it holds */
	for (unsigned i = 0; i < FIELDS_MAX && cur_left(&body) > 0; i++) {
		struct cursor field = ber_take(&body, &tag);
		if (tag == TAG_EXTENSIONS)
			extensions(&field, out);
	}
	out->signature = algorithm(&whole, NULL);
	return readable && cur_ok(&whole) ? X509_WHOLE : X509_NAMED;
}

struct span x509_first(struct span chain)
{
	struct cursor c = cur_of(chain);

	(void)ber_expect(&c, BER_SEQUENCE);
	return cur_ok(&c) ? span_head(chain, chain.len - cur_left(&c)) : chain;
}
