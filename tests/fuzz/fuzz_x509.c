/* Certificates: the input is one or several, DER, as a message carries them. */
#include <stdlib.h>

#include "base/message_digest.h"
#include "discovery/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ck(bool holds)
{
	if (!holds)
		abort();
}

static bool is_inside(struct span inner, struct span outer)
{
	return inner.len == 0 || (inner.ptr >= outer.ptr && inner.ptr + inner.len <= outer.ptr + outer.len);
}

static volatile unsigned seen; /* so that what is read for it is read */

static void texts(struct arena *arena, const struct x509 *cert)
{
	struct span all[] = {x509_name_text(arena, cert->subject), x509_name_text(arena, cert->issuer),
			     x509_name_short(cert->subject), x509_key_text(arena, cert->key),
			     x509_signature_text(arena, cert->signature)};
	unsigned sum = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (size_t k = 0; k < all[i].len; k++)
			sum += all[i].ptr[k];
	}
	seen = sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena arena;
	struct span chain = span_of(data, size), own = x509_first(chain);
	uint8_t digest[SHA256_BYTES];
	struct x509 cert;

	if (!arena.first && arena_init(&arena, 4096, 1 << 20) < 0)
		abort();
	ck(is_inside(own, chain));
	enum x509_extent read = x509_read(own, &cert);
	if (read != X509_NONE) {
		ck(is_inside(cert.serial, own) && is_inside(cert.issuer, own) && is_inside(cert.subject, own));
		texts(&arena, &cert);
	}
	if (read == X509_WHOLE) {
		ck(cert.n_dns_names <= X509_DNS_NAMES_MAX && is_inside(cert.uri, own) && is_inside(cert.key, own));
		for (unsigned i = 0; i < cert.n_dns_names; i++)
			ck(is_inside(cert.dns_names[i], own));
	}
	sha1_of(own, digest);
	sha256_of(own, digest);
	arena_reset(&arena);
	return 0;
}
