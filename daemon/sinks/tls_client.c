#include "sinks/tls_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"

struct tls_client {
	SSL_CTX *ctx;       /* of the thread that connects */
	SSL_CTX *fresh;     /* what takes its place at the next connection; NULL: nothing does. Exchanged atomically */
	X509_STORE *system; /* where the system's certificates are trusted: read once */
	char *what, *ca, *cert, *key;
	char *server_name; /* NULL: the host's */
	bool verify;
};

static const char *openssl_says(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason ? reason : "unknown error";
}

static SSL_CTX *not_usable(SSL_CTX *ctx, const struct tls_client *t, const char *key, const char *file,
			   struct complaint *c)
{
	complain(c, t->what, 0, 0, "%s.tls.%s: %s cannot be used: %s. Give a PEM file that the daemon may read",
		 t->what, key, file, openssl_says());
	SSL_CTX_free(ctx);
	return NULL;
}

/* Reads the files. @return NULL with @c filled; where memory is short it is not. */
static SSL_CTX *read_files(struct tls_client *t, struct complaint *c)
{
	ERR_clear_error();
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx)
		return NULL;
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(ctx, t->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if (t->ca && SSL_CTX_load_verify_locations(ctx, t->ca, NULL) != 1)
		return not_usable(ctx, t, "ca", t->ca, c);
	if (!t->ca && t->system)
		SSL_CTX_set1_cert_store(ctx, t->system);
	else if (!t->ca)
		(void)SSL_CTX_set_default_verify_paths(ctx);
	if (t->cert && SSL_CTX_use_certificate_chain_file(ctx, t->cert) != 1)
		return not_usable(ctx, t, "cert", t->cert, c);
	const char *key = t->key ? t->key : t->cert;
	if (key &&
	    (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(ctx) != 1))
		return not_usable(ctx, t, "key", key, c);
	return ctx;
}

/* @return false where memory is short. */
static bool keep(char **out, const char *text)
{
	*out = text ? strdup(text) : NULL;
	return !text || *out;
}

int tls_client_new(struct tls_client **out, const struct tls_options *o, const char *what, struct complaint *c)
{
	struct tls_client *t = calloc(1, sizeof(*t));
	bool fits = t && keep(&t->what, what) && keep(&t->ca, o->ca) && keep(&t->cert, o->cert) &&
		    keep(&t->key, o->key) && keep(&t->server_name, o->server_name);

	*out = NULL;
	c->text[0] = '\0';
	if (fits) {
		t->verify = !o->no_verify;
		t->ctx = read_files(t, c);
	}
	if (!fits || !t->ctx) {
		int err = fits && c->text[0] ? -EINVAL : -ENOMEM;
		tls_client_free(t);
		return err;
	}
	if (!t->ca && X509_STORE_up_ref(SSL_CTX_get_cert_store(t->ctx)) == 1)
		t->system = SSL_CTX_get_cert_store(t->ctx);
	*out = t;
	return 0;
}

void tls_client_renew(struct tls_client *t)
{
	struct complaint c = {.text = ""};

	if (!t || (!t->ca && !t->cert))
		return;
	SSL_CTX *ctx = read_files(t, &c);
	if (!ctx) {
		log_error("tls: not read anew, the former certificates stay: %s",
			  c.text[0] ? c.text : strerror(ENOMEM));
		return;
	}
	SSL_CTX_free(__atomic_exchange_n(&t->fresh, ctx, __ATOMIC_ACQ_REL));
}

void tls_client_free(struct tls_client *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	SSL_CTX_free(t->fresh);
	X509_STORE_free(t->system);
	free(t->what);
	free(t->ca);
	free(t->cert);
	free(t->key);
	free(t->server_name);
	free(t);
}

/* Whom the certificate must name: an address as an address (RFC 6125, 1.7.2), a name as a name, also told by SNI. */
static bool expect_name(SSL *ssl, const char *name)
{
	unsigned char binary[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, name, binary) == 1 || inet_pton(AF_INET6, name, binary) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

int tls_client_failed(const SSL *ssl, char *why, size_t size)
{
	long verdict = SSL_get_verify_result(ssl);

	snprintf(why, size, "TLS %s", verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : openssl_says());
	return -1;
}

int tls_client_shake_hands(SSL *ssl, int fd, int limit_ms, char *why, size_t size)
{
	int64_t until_ns = when_monotonic_ns() + limit_ms * NS_PER_MS;

	for (;;) {
		ERR_clear_error();
		int n = SSL_do_handshake(ssl), want = SSL_get_error(ssl, n);
		if (n == 1)
			return 0;
		if (want == SSL_ERROR_SYSCALL || want == SSL_ERROR_ZERO_RETURN) {
			snprintf(why, size, "TLS the connection was closed during the handshake");
			return -1;
		}
		if (want != SSL_ERROR_WANT_READ && want != SSL_ERROR_WANT_WRITE)
			return tls_client_failed(ssl, why, size);
		int64_t left_ns = until_ns - when_monotonic_ns();
		struct pollfd p = {.fd = fd, .events = want == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT};
		if (left_ns <= 0 || (poll(&p, 1, (int)(left_ns / NS_PER_MS) + 1) < 0 && errno != EINTR)) {
			snprintf(why, size, "TLS no handshake in time");
			return -1;
		}
	}
}

SSL *tls_client_session(struct tls_client *t, const char *host, char *why, size_t size)
{
	SSL_CTX *fresh = __atomic_exchange_n(&t->fresh, NULL, __ATOMIC_ACQ_REL);

	if (fresh) {
		SSL_CTX_free(t->ctx); /* sessions that have it keep it */
		t->ctx = fresh;
	}
	SSL *ssl = SSL_new(t->ctx);

	if (ssl && (!t->verify || expect_name(ssl, t->server_name ? t->server_name : host)))
		return ssl;
	SSL_free(ssl);
	snprintf(why, size, "TLS %s", openssl_says());
	return NULL;
}
