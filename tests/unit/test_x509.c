/* discovery/x509.h: one reader of certificates for all that meet one. */
#include <check.h>
#include <stdlib.h>

#include "base/message_digest.h"
#include "base/when.h"
#include "discovery/x509.h"
#include "dissect_harness.h"
#include "run_suite.h"

enum { ARENA_BYTES = 4096 };

/* Made by OpenSSL: P-256, self-signed, O=Plant, CN="Press, 1", two DNS names, two URIs, an address. */
static const char plant[] =
    "308201c93082016ea00302010202021234300a06082a8648ce3d0403023023310e300c060355040a0c05506c616e74311130"
    "0f06035504030c0850726573732c2031301e170d3236313132373038323730325a170d3336313132343038323730325a3023"
    "310e300c060355040a0c05506c616e743111300f06035504030c0850726573732c20313059301306072a8648ce3d02010608"
    "2a8648ce3d03010703420004485592302b50c809422533206d7cefe783fecca323fcd1fac1c9ee995d5314ab4f8e39862926"
    "c8d279fa1ab4a180dbe09becdc62f5df0e936c9469354db9e34ca3819130818e301d0603551d0e041604142531156faa1e9b"
    "eca1fc854cb2b1f55d958b5146301f0603551d230418301680142531156faa1e9beca1fc854cb2b1f55d958b5146300f0603"
    "551d130101ff040530030101ff303b0603551d1104343032820b70726573732e706c616e74860b75726e3a70726573733a31"
    "820570726573738704c0a80005860975726e3a6f74686572300a06082a8648ce3d040302034900304602210092a2117ebe5d"
    "04e6eab154f69552a9ddb7fc27f0930bb001f6db487c7d436187022100f76f3d51203274d7ed150a3d7bafb43489143092ea"
    "91c4f8013948dd759f7c53";

#define NOT_BEFORE INT64_C(1795768022) /* 2026-11-27 08:27:02 */
#define NOT_AFTER  INT64_C(2111128022) /* 2036-11-24 08:27:02 */

static struct arena storage, *arena = &storage;
static uint8_t *der;
static size_t der_len;

static void begin(void)
{
	ck_assert_int_eq(arena_init(arena, ARENA_BYTES, ARENA_BYTES), 0);
	der = harness_hex(plant, &der_len);
}

static void end(void)
{
	free(der);
	arena_deinit(arena);
}

static void is(struct span got, const char *expect)
{
	ck_assert_msg(span_eq(got, span_str(expect)), "'%.*s' instead of '%s'", (int)got.len, (const char *)got.ptr,
		      expect);
}

static void is_hex(const uint8_t *got, size_t n, const char *expect)
{
	size_t len;
	uint8_t *bytes = harness_hex(expect, &len);

	ck_assert_uint_eq(len, n);
	ck_assert_mem_eq(got, bytes, n);
	free(bytes);
}

START_TEST(all_of_it)
{
	struct x509 cert;
	uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];

	ck_assert_int_eq(x509_read(span_of(der, der_len), &cert), X509_WHOLE);
	is(x509_name_text(arena, cert.subject), "O=Plant, CN=Press\\, 1");
	is(x509_name_text(arena, cert.issuer), "O=Plant, CN=Press\\, 1");
	is(x509_name_short(cert.subject), "Press, 1");
	is_hex(cert.serial.ptr, cert.serial.len, "1234");
	ck_assert_int_eq(cert.not_before_ns / NS_PER_S, NOT_BEFORE);
	ck_assert_int_eq(cert.not_after_ns / NS_PER_S, NOT_AFTER);
	is(x509_key_text(arena, cert.key), "ec");
	ck_assert_uint_eq(cert.key_bits, 256);
	is(x509_signature_text(arena, cert.signature), "ecdsa-with-SHA256");
	is(cert.uri, "urn:press:1");
	ck_assert_uint_eq(cert.n_dns_names, 2);
	is(cert.dns_names[0], "press.plant");
	is(cert.dns_names[1], "press");
	sha1_of(span_of(der, der_len), sha1);
	is_hex(sha1, sizeof(sha1), "825a09e3e817ca913fcc6a26351d17cb0c6dad5d");
	sha256_of(span_of(der, der_len), sha256);
	is_hex(sha256, sizeof(sha256), "263343531c7143a9a2e2d61ae7e54cf7244bc81afb56a54f30004e93db49fcee");
}
END_TEST

/* Cut in a buffer of its own, so that reading past the end is seen. */
START_TEST(cut_anywhere)
{
	for (size_t n = 0; n < der_len; n++) {
		uint8_t *copy = malloc(n ? n : 1);
		struct x509 cert;
		memcpy(copy, der, n);
		ck_assert_msg(x509_read(span_of(copy, n), &cert) == X509_NONE, "cut at %zu", n);
		ck_assert_uint_eq(x509_first(span_of(copy, n)).len, n);
		free(copy);
	}
}
END_TEST

/* One that has changed on its way: what is told of it lies inside of it. */
START_TEST(any_byte_changed)
{
	for (size_t at = 0; at < der_len; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct x509 cert;
			der[at] ^= (uint8_t)(1 << bit);
			if (x509_read(span_of(der, der_len), &cert) != X509_NONE) {
				ck_assert_uint_le(cert.uri.len + cert.subject.len + cert.issuer.len, der_len);
				(void)x509_name_text(arena, cert.subject);
				(void)x509_key_text(arena, cert.key);
				arena_reset(arena);
			}
			der[at] ^= (uint8_t)(1 << bit);
		}
	}
}
END_TEST

/* A device whose clock never ran writes validities that are none: its names are read all the same. */
START_TEST(named_though_not_valid)
{
	const uint8_t month[] = "261127";
	struct x509 cert;
	uint8_t *at = memmem(der, der_len, month, 6);

	ck_assert_ptr_nonnull(at);
	memcpy(at, "260027", 6);
	ck_assert_int_eq(x509_read(span_of(der, der_len), &cert), X509_NAMED);
	is(x509_name_short(cert.subject), "Press, 1");
	ck_assert_uint_eq(cert.n_dns_names, 2);
}
END_TEST

START_TEST(first_of_a_chain)
{
	uint8_t *chain = malloc(2 * der_len);

	memcpy(chain, der, der_len);
	memcpy(chain + der_len, der, der_len);
	ck_assert_uint_eq(x509_first(span_of(chain, 2 * der_len)).len, der_len);
	free(chain);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("x509");
	TCase *t = tcase_create("certificates");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, all_of_it);
	tcase_add_test(t, cut_anywhere);
	tcase_add_test(t, any_byte_changed);
	tcase_add_test(t, named_though_not_valid);
	tcase_add_test(t, first_of_a_chain);
	suite_add_tcase(suite, t);

	return run_suite(suite);
}
