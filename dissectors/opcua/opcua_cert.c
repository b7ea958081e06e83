#include "opcua/opcua_cert.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"

/* Tags, X.690. */
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

enum {
	NAME_PARTS_MAX = 32,
	NAME_TEXT_MAX = 512,
	EXTENSIONS_MAX = 64,
	ALT_NAMES_MAX = 64,
	OID_TEXT_MAX = 64,
	SERIAL_MAX = 20, /* RFC 5280 4.1.2.2 */
};

struct oid_name {
	const char *oid; /* its bytes in hexadecimal digits */
	const char *name;
	uint16_t bits;
};

/* RFC 4514 3, and what certificates of devices hold besides */
static const struct oid_name name_parts[] = {
    {"550403", "CN", 0},
    {"550405", "serialNumber", 0},
    {"550406", "C", 0},
    {"550407", "L", 0},
    {"550408", "ST", 0},
    {"550409", "STREET", 0},
    {"55040a", "O", 0},
    {"55040b", "OU", 0},
    {"0992268993f22c640119", "DC", 0},
    {"2a864886f70d010901", "emailAddress", 0},
};

/* RFC 8017 A.2, RFC 5758 3.2, RFC 8410 3 */
static const struct oid_name signature_algorithms[] = {
    {"2b0e03021d", "sha1WithRSASignature", 0},
    {"2a864886f70d010102", "md2WithRSAEncryption", 0},
    {"2a864886f70d010104", "md5WithRSAEncryption", 0},
    {"2a864886f70d010105", "sha1WithRSAEncryption", 0},
    {"2a864886f70d01010a", "rsassaPss", 0},
    {"2a864886f70d01010b", "sha256WithRSAEncryption", 0},
    {"2a864886f70d01010c", "sha384WithRSAEncryption", 0},
    {"2a864886f70d01010d", "sha512WithRSAEncryption", 0},
    {"2a864886f70d01010e", "sha224WithRSAEncryption", 0},
    {"2a8648ce3d0401", "ecdsa-with-SHA1", 0},
    {"2a8648ce3d040302", "ecdsa-with-SHA256", 0},
    {"2a8648ce3d040303", "ecdsa-with-SHA384", 0},
    {"2a8648ce3d040304", "ecdsa-with-SHA512", 0},
    {"2b6570", "ed25519", 0},
    {"2b6571", "ed448", 0},
};

static const struct oid_name key_algorithms[] = {
    {"2a864886f70d010101", "rsa", 0}, {"2a864886f70d01010a", "rsa", 0}, {"2a8648ce3d0201", "ec", 0},
    {"2b6570", "ed25519", 256},       {"2b6571", "ed448", 456},
};

/* RFC 5480 2.1.1.1, RFC 5639 4.1 */
static const struct oid_name curves[] = {
    {"2a8648ce3d030107", "P-256", 256},
    {"2b81040022", "P-384", 384},
    {"2b81040023", "P-521", 521},
    {"2b2403030208010107", "brainpoolP256r1", 256},
    {"2b240303020801010b", "brainpoolP384r1", 384},
};

#define SUBJECT_ALT_NAME "551d11"

#define FIND(table, oid) find((table), sizeof(table) / sizeof((table)[0]), (oid))

struct cert {
	struct span serial, issuer, subject; /* DER of the names */
	int64_t not_before_ns, not_after_ns;
	struct span signature, key; /* object identifiers */
	uint32_t key_bits;
	struct span uri;
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

static const struct oid_name *find(const struct oid_name *table, size_t n, struct span oid)
{
	for (size_t i = 0; i < n; i++) {
		if (oid_is(oid, table[i].oid))
			return &table[i];
	}
	return NULL;
}

/* The next element: its tag, and a cursor over its content. */
static struct cursor element(struct cursor *c, uint8_t *tag)
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

/* The next element, which has to be a @tag. */
static struct cursor expect(struct cursor *c, uint8_t tag)
{
	uint8_t got;
	struct cursor content = element(c, &got);

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
	struct cursor t = element(c, &tag);
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
	struct cursor seq = expect(c, DER_SEQUENCE), oid = expect(&seq, DER_OID);
	struct span name = cur_rest(&oid);

	if (!cur_ok(&seq))
		ua_fail(c);
	if (curve && cur_peek_u8(&seq, 0) == DER_OID) {
		struct cursor parameter = expect(&seq, DER_OID);
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
	bits = (uint32_t)(number.len < OPCUA_DELIVER_MAX ? number.len : OPCUA_DELIVER_MAX) * 8;
	for (uint8_t top = number.ptr[0]; !(top & 0x80); top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

/* SubjectPublicKeyInfo: | algorithm | BIT STRING, for RSA of | modulus | exponent | | */
static void public_key(struct cursor *c, struct cert *out)
{
	struct cursor seq = expect(c, DER_SEQUENCE);
	struct span curve = {NULL, 0};
	out->key = algorithm(&seq, &curve);
	struct cursor bits = expect(&seq, DER_BIT_STRING);
	const struct oid_name *known = FIND(key_algorithms, out->key), *named = FIND(curves, curve);

	if (!cur_ok(&seq)) {
		ua_fail(c);
		return;
	}
	out->key_bits = named ? named->bits : known ? known->bits : 0;
	if (known && strcmp(known->name, "rsa") == 0) {
		cur_skip(&bits, 1); /* unused bits */
		struct cursor rsa = expect(&bits, DER_SEQUENCE), modulus = expect(&rsa, DER_INTEGER);
		out->key_bits = bits_of(cur_rest(&modulus));
	}
}

static void alt_names(struct cursor *c, struct cert *out)
{
	struct cursor octets = expect(c, DER_OCTET_STRING), names = expect(&octets, DER_SEQUENCE);

	for (unsigned i = 0; i < ALT_NAMES_MAX && cur_left(&names) > 0 && out->uri.len == 0; i++) {
		uint8_t tag;
		struct cursor name = element(&names, &tag);
		if (tag == DER_URI)
			out->uri = cur_rest(&name);
	}
}

/* | OID | critical BOOLEAN, where true | value OCTET STRING |, one after the other */
static void extensions(struct cursor *c, struct cert *out)
{
	struct cursor list = expect(c, DER_SEQUENCE);

	for (unsigned i = 0; i < EXTENSIONS_MAX && cur_left(&list) > 0; i++) {
		struct cursor x = expect(&list, DER_SEQUENCE), oid = expect(&x, DER_OID);
		uint8_t tag;
		if (!oid_is(cur_rest(&oid), SUBJECT_ALT_NAME))
			continue;
		if (cur_peek_u8(&x, 0) != DER_OCTET_STRING)
			(void)element(&x, &tag);
		alt_names(&x, out);
	}
}

/*
 * Certificate: | TBSCertificate | signature algorithm | signature |
 * TBSCertificate: | version | serial | algorithm | issuer | not before, not after | subject | key | ... | extensions |
 */
static bool cert_read(struct span der, struct cert *out)
{
	struct cursor all = cur_of(der), whole = expect(&all, DER_SEQUENCE), tbs = expect(&whole, DER_SEQUENCE);
	uint8_t tag;

	if (cur_peek_u8(&tbs, 0) == DER_VERSION)
		(void)element(&tbs, &tag);
	struct cursor serial = expect(&tbs, DER_INTEGER);
	out->serial = cur_rest(&serial);
	(void)algorithm(&tbs, NULL);
	struct cursor issuer = expect(&tbs, DER_SEQUENCE);
	out->issuer = cur_rest(&issuer);
	struct cursor validity = expect(&tbs, DER_SEQUENCE);
	out->not_before_ns = time_ns(&validity);
	out->not_after_ns = time_ns(&validity);
	struct cursor subject = expect(&tbs, DER_SEQUENCE);
	out->subject = cur_rest(&subject);
	public_key(&tbs, out);
	out->signature = algorithm(&whole, NULL);
	if (!cur_ok(&tbs) || !cur_ok(&whole) || !cur_ok(&validity))
		return false;
	while (cur_left(&tbs) > 0) {
		struct cursor x = element(&tbs, &tag);
		if (tag == DER_EXTENSIONS)
			extensions(&x, out);
	}
	return true;
}

static size_t oid_text(struct span oid, char *buf, size_t room)
{
	struct cursor c = cur_of(oid);
	uint64_t arc = 0;
	size_t n = 0;
	bool first = true;

	while (cur_left(&c) > 0 && n + 24 < room) {
		uint8_t b = cur_u8(&c);
		arc = arc << 7 | (b & 0x7f);
		if (b & 0x80)
			continue;
		if (first) {
			unsigned top = arc < 80 ? (unsigned)arc / 40 : 2;
			n += (size_t)snprintf(buf, room, "%u.", top);
			arc -= top * 40;
		}
		n += (size_t)snprintf(buf + n, room - n, first ? "%llu" : ".%llu", (unsigned long long)arc);
		first = false;
		arc = 0;
	}
	return n;
}

/* Text that grows in a piece of the arena until that is full. */
struct text {
	char *buf;
	size_t len, room;
};

static void put(struct text *t, const void *bytes, size_t n)
{
	n = n < t->room - t->len ? n : t->room - t->len;
	if (n > 0)
		memcpy(t->buf + t->len, bytes, n);
	t->len += n;
}

static void put_value(struct text *t, uint8_t tag, struct span value)
{
	struct cursor c = cur_of(value);

	while (cur_left(&c) > 0) {
		uint32_t code = tag == DER_BMP_STRING ? cur_u16be(&c) : cur_u8(&c);
		char utf8[3] = {(char)code};
		size_t n = 1;
		if (tag == DER_BMP_STRING && code >= 0x800) {
			utf8[0] = (char)(0xe0 | code >> 12);
			utf8[1] = (char)(0x80 | (code >> 6 & 0x3f));
			utf8[2] = (char)(0x80 | (code & 0x3f));
			n = 3;
		} else if (tag == DER_BMP_STRING && code >= 0x80) {
			utf8[0] = (char)(0xc0 | code >> 6);
			utf8[1] = (char)(0x80 | (code & 0x3f));
			n = 2;
		} else if (code && strchr(",+\"\\<>;", (int)code)) {
			put(t, "\\", 1);
		}
		put(t, utf8, n);
	}
}

/* "CN=a, O=b", in the order in which it is encoded. */
static struct span name_text(struct emitter *out, struct span name)
{
	struct text t = {arena_alloc(out->arena, NAME_TEXT_MAX), 0, NAME_TEXT_MAX};
	struct cursor c = cur_of(name);

	if (!t.buf)
		return (struct span){NULL, 0};
	for (unsigned i = 0; i < NAME_PARTS_MAX && cur_left(&c) > 0; i++) {
		struct cursor set = expect(&c, DER_SET), seq = expect(&set, DER_SEQUENCE), oid = expect(&seq, DER_OID);
		struct span type = cur_rest(&oid);
		uint8_t tag;
		struct cursor value = element(&seq, &tag);
		const struct oid_name *known = FIND(name_parts, type);
		char dotted[OID_TEXT_MAX];
		if (!cur_ok(&seq) || !cur_ok(&c))
			break;
		if (t.len > 0)
			put(&t, ", ", 2);
		if (known)
			put(&t, known->name, strlen(known->name));
		else
			put(&t, dotted, oid_text(type, dotted, sizeof(dotted)));
		put(&t, "=", 1);
		put_value(&t, tag, cur_rest(&value));
	}
	return span_of(t.buf, t.len);
}

static void oid_told(struct opcua_call *call, enum opcua_field_id id, const struct oid_name *known, struct span oid)
{
	char dotted[OID_TEXT_MAX];

	if (known)
		(void)opcua_tell_text(call, id, span_str(known->name));
	else
		(void)opcua_tell_text(
		    call, id, arena_copy(call->out->arena, span_of(dotted, oid_text(oid, dotted, sizeof(dotted)))));
}

/* The first of a chain of certificates that stand one after the other. P6 6.7.2.3 */
static struct span first_of(struct span chain)
{
	struct cursor c = cur_of(chain);

	(void)expect(&c, DER_SEQUENCE);
	return cur_ok(&c) ? span_head(chain, chain.len - c.left) : chain;
}

void opcua_cert_thumbprint_told(struct opcua_call *call, enum opcua_field_id id, struct span der)
{
	uint8_t digest[SHA_DIGEST_LENGTH];
	struct span first = first_of(der);

	if (der.len == 0)
		return;
	SHA1(first.ptr, first.len, digest);
	opcua_tell_bytes(call, id, span_of(digest, sizeof(digest)));
}

void opcua_cert_told(struct opcua_call *call, enum opcua_field_id first, struct span der)
{
	struct span own = first_of(der);
	struct cert cert = {.key_bits = 0};
	uint8_t digest[SHA256_DIGEST_LENGTH];
	bool readable = cert_read(own, &cert);

	if (der.len == 0)
		return;
	if (readable) {
		(void)opcua_tell_text(call, first + OPCUA_CERT_SUBJECT, name_text(call->out, cert.subject));
		(void)opcua_tell_text(call, first + OPCUA_CERT_ISSUER, name_text(call->out, cert.issuer));
		opcua_tell_bytes(call, first + OPCUA_CERT_SERIAL, span_head(cert.serial, SERIAL_MAX + 1));
		ev_int(call->ev, &opcua_field[first + OPCUA_CERT_NOT_BEFORE], cert.not_before_ns);
		ev_int(call->ev, &opcua_field[first + OPCUA_CERT_NOT_AFTER], cert.not_after_ns);
		oid_told(call, first + OPCUA_CERT_KEY_ALG, FIND(key_algorithms, cert.key), cert.key);
		if (cert.key_bits > 0)
			opcua_tell_uint(call, first + OPCUA_CERT_KEY_BITS, cert.key_bits);
		oid_told(call, first + OPCUA_CERT_SIGNATURE, FIND(signature_algorithms, cert.signature),
			 cert.signature);
		(void)opcua_tell_text(call, first + OPCUA_CERT_URI, cert.uri);
		opcua_tell_uint(call, first + OPCUA_CERT_SELF_SIGNED, span_eq(cert.subject, cert.issuer));
	}
	SHA1(own.ptr, own.len, digest);
	opcua_tell_bytes(call, first + OPCUA_CERT_SHA1, span_of(digest, SHA_DIGEST_LENGTH));
	SHA256(own.ptr, own.len, digest);
	opcua_tell_bytes(call, first + OPCUA_CERT_SHA256, span_of(digest, SHA256_DIGEST_LENGTH));
	if (!readable)
		opcua_tell_uint(call, first + OPCUA_CERT_UNREADABLE, true);
}
