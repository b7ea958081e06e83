#include "opcua/opcua_cert.h"

#include "base/message_digest.h"
#include "base/when.h"
#include "discovery/x509.h"

/* A chain may stand where one certificate does: the first is the sender's own. P6 6.7.2.3 */
void opcua_cert_thumbprint_told(struct opcua_call *call, enum opcua_field_id id, struct span der)
{
	uint8_t digest[SHA1_BYTES];

	if (der.len == 0)
		return;
	sha1_of(x509_first(der), digest);
	opcua_tell_bytes(call, id, span_of(digest, sizeof(digest)));
}

/* Whole days, rounded down. */
static int64_t days_until(int64_t then_ns, int64_t now_ns)
{
	const int64_t day_ns = 86400 * NS_PER_S;
	int64_t left_ns = then_ns > now_ns ? then_ns - now_ns : now_ns - then_ns;

	return then_ns > now_ns ? left_ns / day_ns : -((left_ns + day_ns - 1) / day_ns);
}

void opcua_cert_told(struct opcua_call *call, enum opcua_field_id first, struct span der)
{
	struct span own = x509_first(der);
	struct arena *arena = call->out->arena;
	struct x509 cert;
	uint8_t sha1[SHA1_BYTES], sha256[SHA256_BYTES];

	if (der.len == 0)
		return;
	bool readable = x509_read(own, &cert) == X509_WHOLE;
	if (readable) {
		(void)opcua_tell_text(call, first + OPCUA_CERT_SUBJECT, x509_name_text(arena, cert.subject));
		(void)opcua_tell_text(call, first + OPCUA_CERT_ISSUER, x509_name_text(arena, cert.issuer));
		opcua_tell_bytes(call, first + OPCUA_CERT_SERIAL, span_head(cert.serial, X509_SERIAL_BYTES_MAX + 1));
		ev_int(call->ev, &opcua_field[first + OPCUA_CERT_NOT_BEFORE], cert.not_before_ns);
		ev_int(call->ev, &opcua_field[first + OPCUA_CERT_NOT_AFTER], cert.not_after_ns);
		ev_int(call->ev, &opcua_field[first + OPCUA_CERT_DAYS_LEFT],
		       days_until(cert.not_after_ns, call->out->at.ts_ns));
		(void)opcua_tell_text(call, first + OPCUA_CERT_KEY_ALG, x509_key_text(arena, cert.key));
		if (cert.key_bits > 0)
			opcua_tell_uint(call, first + OPCUA_CERT_KEY_BITS, cert.key_bits);
		(void)opcua_tell_text(call, first + OPCUA_CERT_SIGNATURE, x509_signature_text(arena, cert.signature));
		(void)opcua_tell_text(call, first + OPCUA_CERT_URI, cert.uri);
		opcua_tell_uint(call, first + OPCUA_CERT_SELF_SIGNED, span_eq(cert.subject, cert.issuer));
	}
	sha1_of(own, sha1);
	opcua_tell_bytes(call, first + OPCUA_CERT_SHA1, span_of(sha1, sizeof(sha1)));
	sha256_of(own, sha256);
	opcua_tell_bytes(call, first + OPCUA_CERT_SHA256, span_of(sha256, sizeof(sha256)));
	if (!readable)
		opcua_tell_uint(call, first + OPCUA_CERT_UNREADABLE, true);
}
