/* What a certificate holds, in words: names, algorithms. */
#include <stdio.h>

#include "discovery/ber.h"
#include "discovery/x509.h"
#include "discovery/x509_oid.h"

enum {
	NAME_PARTS_MAX = 32,
	NAME_TEXT_MAX = 512,
	OID_TEXT_MAX = 64,
	ARC_TEXT_MAX = 24, /* a dot and 64 bits */

	TAG_BMP_STRING = 0x1e,
};

#define COMMON_NAME  "550403"
#define ORGANISATION "55040a"

/* RFC 4514 3, and what certificates of devices hold besides */
static const struct oid_name name_parts[] = {
    {COMMON_NAME, "CN", 0},
    {"550405", "serialNumber", 0},
    {"550406", "C", 0},
    {"550407", "L", 0},
    {"550408", "ST", 0},
    {"550409", "STREET", 0},
    {ORGANISATION, "O", 0},
    {"55040b", "OU", 0},
    {"0992268993f22c640119", "DC", 0},
    {"2a864886f70d010901", "emailAddress", 0},
};

/* RFC 8017 A.1, RFC 5480 2.1.1, RFC 8410 3 */
static const struct oid_name key_algorithms[] = {
    {"2a864886f70d010101", "rsa", 0}, {"2a864886f70d01010a", "rsa", 0}, {"2a8648ce3d0201", "ec", 0},
    {"2b6570", "ed25519", 0},         {"2b6571", "ed448", 0},
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

static size_t oid_text(struct span oid, char *buf, size_t room)
{
	struct cursor c = cur_of(oid);
	uint64_t arc = 0;
	size_t n = 0;
	bool first = true;

	while (cur_left(&c) > 0 && n + ARC_TEXT_MAX < room) {
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
		uint32_t code = tag == TAG_BMP_STRING ? cur_u16be(&c) : cur_u8(&c);
		char utf8[3] = {(char)code};
		size_t n = 1;
		if (tag == TAG_BMP_STRING && code >= 0x800) {
			utf8[0] = (char)(0xe0 | code >> 12);
			utf8[1] = (char)(0x80 | (code >> 6 & 0x3f));
			utf8[2] = (char)(0x80 | (code & 0x3f));
			n = 3;
		} else if (tag == TAG_BMP_STRING && code >= 0x80) {
			utf8[0] = (char)(0xc0 | code >> 6);
			utf8[1] = (char)(0x80 | (code & 0x3f));
			n = 2;
		} else if (code && strchr(",+\"\\<>;", (int)code)) {
			put(t, "\\", 1);
		}
		put(t, utf8, n);
	}
}

/* RelativeDistinguishedName: SET OF SEQUENCE { type OBJECT IDENTIFIER, value }, of which the first is read. */
static bool part_read(struct cursor *name, struct span *type, uint8_t *tag, struct span *value)
{
	struct cursor set = ber_expect(name, BER_SET), part = ber_expect(&set, BER_SEQUENCE),
		      oid = ber_expect(&part, BER_OID);
	struct cursor content = ber_take(&part, tag);

	*type = cur_rest(&oid);
	*value = cur_rest(&content);
	return cur_ok(&part) && cur_ok(name);
}

struct span x509_name_text(struct arena *arena, struct span name)
{
	struct text t = {arena_alloc(arena, NAME_TEXT_MAX), 0, NAME_TEXT_MAX};
	struct cursor c = cur_of(name);

	if (!t.buf)
		return (struct span){NULL, 0};
	for (unsigned i = 0; i < NAME_PARTS_MAX && cur_left(&c) > 0; i++) {
		struct span type, value;
		char dotted[OID_TEXT_MAX];
		uint8_t tag;
		if (!part_read(&c, &type, &tag, &value))
			break;
		const struct oid_name *known = OID_FIND(name_parts, type);
		if (t.len > 0)
			put(&t, ", ", 2);
		if (known)
			put(&t, known->name, strlen(known->name));
		else
			put(&t, dotted, oid_text(type, dotted, sizeof(dotted)));
		put(&t, "=", 1);
		put_value(&t, tag, value);
	}
	return span_of(t.buf, t.len);
}

struct span x509_name_short(struct span name)
{
	struct span common = {NULL, 0}, organised = {NULL, 0};
	struct cursor c = cur_of(name);

	for (unsigned i = 0; i < NAME_PARTS_MAX && cur_left(&c) > 0; i++) {
		struct span type, value;
		uint8_t tag;
		if (!part_read(&c, &type, &tag, &value))
			continue; /* one part that is none; the next begins behind its length */
		if (oid_is(type, COMMON_NAME))
			common = value;
		else if (oid_is(type, ORGANISATION))
			organised = value;
	}
	return common.len > 0 ? common : organised;
}

static struct span algorithm_text(struct arena *arena, const struct oid_name *known, struct span oid)
{
	char dotted[OID_TEXT_MAX];

	return known ? span_str(known->name)
		     : arena_copy(arena, span_of(dotted, oid_text(oid, dotted, sizeof(dotted))));
}

struct span x509_key_text(struct arena *arena, struct span oid)
{
	return algorithm_text(arena, OID_FIND(key_algorithms, oid), oid);
}

struct span x509_signature_text(struct arena *arena, struct span oid)
{
	return algorithm_text(arena, OID_FIND(signature_algorithms, oid), oid);
}
