#include "discovery/tls_certificate.h"

#include "discovery/ber.h"

enum {
	PARTS_MAX = 32, /* of a name */
	EXTENSIONS_MAX = 64,

	TAG_VERSION = 0xa0,
	TAG_EXTENSIONS = 0xa3,
	TAG_DNS_NAME = 0x82,
	TAG_BOOLEAN = 0x01,
};

static bool is_oid(const struct cursor *c, const uint8_t oid[static 3])
{
	struct cursor copy = *c;

	return span_eq(cur_rest(&copy), span_of(oid, 3));
}

/* SEQUENCE OF SET OF SEQUENCE { kind OBJECT IDENTIFIER, value } */
static struct span name_read(struct cursor *name)
{
	static const uint8_t common_name[] = {0x55, 0x04, 0x03}, organisation[] = {0x55, 0x04, 0x0a};
	struct span common = {0}, organised = {0};

	for (unsigned i = 0; i < PARTS_MAX && cur_left(name) > 0; i++) {
		struct cursor set = ber_expect(name, BER_SET), part = ber_expect(&set, BER_SEQUENCE);
		struct cursor kind = ber_expect(&part, BER_OID);
		uint8_t tag;
		struct cursor value = ber_take(&part, &tag);
		if (!cur_ok(&value) || !cur_ok(&kind))
			continue;
		if (is_oid(&kind, common_name))
			common = cur_rest(&value);
		else if (is_oid(&kind, organisation))
			organised = cur_rest(&value);
	}
	return common.len > 0 ? common : organised;
}

/* SEQUENCE OF SEQUENCE { kind OBJECT IDENTIFIER, critical BOOLEAN, value OCTET STRING } */
static void extensions_read(struct tls_certificate *cert, struct cursor *c)
{
	static const uint8_t alternative_names[] = {0x55, 0x1d, 0x11};
	struct cursor list = ber_expect(c, BER_SEQUENCE);

	for (unsigned i = 0; i < EXTENSIONS_MAX && cur_left(&list) > 0; i++) {
		struct cursor extension = ber_expect(&list, BER_SEQUENCE), kind = ber_expect(&extension, BER_OID);
		uint8_t tag;
		if (cur_peek_u8(&extension, 0) == TAG_BOOLEAN)
			(void)ber_take(&extension, &tag);
		struct cursor value = ber_expect(&extension, BER_OCTETS);
		if (!cur_ok(&value) || !is_oid(&kind, alternative_names))
			continue;
		struct cursor names = ber_expect(&value, BER_SEQUENCE);
		while (cert->n_names < TLS_CERTIFICATE_NAMES_MAX && cur_left(&names) > 0) {
			struct cursor name = ber_take(&names, &tag);
			if (cur_ok(&name) && tag == TAG_DNS_NAME)
				cert->names[cert->n_names++] = cur_rest(&name);
		}
	}
}

bool tls_certificate_read(struct tls_certificate *cert, struct span der)
{
	struct cursor c = cur_of(der), outer = ber_expect(&c, BER_SEQUENCE), body = ber_expect(&outer, BER_SEQUENCE);
	uint8_t tag;

	*cert = (struct tls_certificate){0};
	if (cur_peek_u8(&body, 0) == TAG_VERSION)
		(void)ber_take(&body, &tag);
	(void)ber_expect(&body, BER_INTEGER);  /* serial number */
	(void)ber_expect(&body, BER_SEQUENCE); /* algorithm */
	struct cursor issuer = ber_expect(&body, BER_SEQUENCE);
	(void)ber_expect(&body, BER_SEQUENCE); /* validity */
	struct cursor subject = ber_expect(&body, BER_SEQUENCE);
	if (!cur_ok(&body))
		return false;
	cert->issuer = name_read(&issuer);
	cert->subject = name_read(&subject);
	for (unsigned i = 0; i < 4 && cur_left(&body) > 0; i++) { /* key, unique identifiers, extensions */
		struct cursor part = ber_take(&body, &tag);
		if (tag == TAG_EXTENSIONS)
			extensions_read(cert, &part);
	}
	return true;
}
