#include "opcua/opcua_cert.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "opcua/opcua_x509.h"

enum {
	NAME_PARTS_MAX = 32,
	NAME_TEXT_MAX = 512,
	OID_TEXT_MAX = 64,
	SERIAL_MAX = 20, /* RFC 5280 4.1.2.2 */
};

/* RFC 4514 3, and what certificates of devices hold besides */
static const struct opcua_oid_name name_parts[] = {
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
static const struct opcua_oid_name signature_algorithms[] = {
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
		struct cursor set = opcua_x509_expect(&c, DER_SET), seq = opcua_x509_expect(&set, DER_SEQUENCE),
			      oid = opcua_x509_expect(&seq, DER_OID);
		struct span type = cur_rest(&oid);
		uint8_t tag;
		struct cursor value = opcua_x509_element(&seq, &tag);
		const struct opcua_oid_name *known = OPCUA_OID_FIND(name_parts, type);
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

static void oid_told(struct opcua_call *call, enum opcua_field_id id, const char *name, struct span oid)
{
	char dotted[OID_TEXT_MAX];

	if (name)
		(void)opcua_tell_text(call, id, span_str(name));
	else
		(void)opcua_tell_text(
		    call, id, arena_copy(call->out->arena, span_of(dotted, oid_text(oid, dotted, sizeof(dotted)))));
}

/* The first of a chain of certificates that stand one after the other. P6 6.7.2.3 */
static struct span first_of(struct span chain)
{
	struct cursor c = cur_of(chain);

	(void)opcua_x509_expect(&c, DER_SEQUENCE);
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
	struct opcua_x509 cert = {.key_bits = 0};
	uint8_t digest[SHA256_DIGEST_LENGTH];
	bool readable = opcua_x509_read(own, &cert);

	if (der.len == 0)
		return;
	if (readable) {
		(void)opcua_tell_text(call, first + OPCUA_CERT_SUBJECT, name_text(call->out, cert.subject));
		(void)opcua_tell_text(call, first + OPCUA_CERT_ISSUER, name_text(call->out, cert.issuer));
		opcua_tell_bytes(call, first + OPCUA_CERT_SERIAL, span_head(cert.serial, SERIAL_MAX + 1));
		ev_int(call->ev, &opcua_field[first + OPCUA_CERT_NOT_BEFORE], cert.not_before_ns);
		ev_int(call->ev, &opcua_field[first + OPCUA_CERT_NOT_AFTER], cert.not_after_ns);
		oid_told(call, first + OPCUA_CERT_KEY_ALG, opcua_x509_key_name(cert.key), cert.key);
		if (cert.key_bits > 0)
			opcua_tell_uint(call, first + OPCUA_CERT_KEY_BITS, cert.key_bits);
		const struct opcua_oid_name *signature = OPCUA_OID_FIND(signature_algorithms, cert.signature);
		oid_told(call, first + OPCUA_CERT_SIGNATURE, signature ? signature->name : NULL, cert.signature);
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
