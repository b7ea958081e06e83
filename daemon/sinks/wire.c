#include "sinks/wire.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/phrase.h"
#include "base/when.h"
#include "sinks/barred.h"

enum {
	DEAD_MS = 60000,  /* no answer from the peer's kernel for so long: the connection is dead */
	REFUSAL_MS = 300, /* how long a receiver may take to refuse our certificate */
};

static enum wire_state broken(struct wire *w, const char *why)
{
	if (why != w->why)
		snprintf(w->why, sizeof(w->why), "%s", why);
	return WIRE_BROKEN;
}

static bool wait_for(int fd, short events, int64_t ms)
{
	struct pollfd p = {.fd = fd, .events = events};

	return ms > 0 && poll(&p, 1, (int)ms) > 0;
}

static int64_t ms_until(int64_t until_ns)
{
	return (until_ns - when_monotonic_ns() + NS_PER_MS - 1) / NS_PER_MS;
}

/* ---- opening */

/* @return 0 or an errno. */
static int connect_in_time(int fd, const struct sockaddr *to, socklen_t len)
{
	int err = 0;
	socklen_t err_len = sizeof(err);

	if (connect(fd, to, len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (!wait_for(fd, POLLOUT, WIRE_LIMIT_MS))
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &err_len) < 0 ? errno : err;
}

/* @return 0 or an errno. */
static int open_socket(struct wire *w, int family, int type, const struct sockaddr *to, socklen_t len)
{
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err = fd < 0 ? errno : connect_in_time(fd, to, len);

	if (!err)
		w->fd = fd;
	else if (fd >= 0)
		close(fd);
	return err;
}

/* A TLS 1.3 server says only after the handshake that it does not take our certificate (RFC 8446, 4.4.2.4): what is
 * sent before that is lost. */
static bool is_refused(struct wire *w)
{
	char nothing;

	if (SSL_version(w->ssl) < TLS1_3_VERSION || !wait_for(w->fd, POLLIN, REFUSAL_MS))
		return false;
	ERR_clear_error();
	int n = SSL_peek(w->ssl, &nothing, 1), want = SSL_get_error(w->ssl, n);
	if (n > 0 || want == SSL_ERROR_WANT_READ)
		return false;
	if (want == SSL_ERROR_SSL)
		(void)tls_client_failed(w->ssl, w->why, sizeof(w->why));
	else
		(void)broken(w, phrase("the receiver closed the connection after the TLS handshake: does it want "
				       "another certificate of ours?"));
	return true;
}

static bool begin_tls(struct wire *w, struct tls_client *tls, const char *host)
{
	w->ssl = tls_client_session(tls, host, w->why, sizeof(w->why));
	if (!w->ssl)
		return false;
	SSL_set_mode(w->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (SSL_set_fd(w->ssl, w->fd) != 1) {
		(void)tls_client_failed(w->ssl, w->why, sizeof(w->why));
		return false;
	}
	SSL_set_connect_state(w->ssl);
	return tls_client_shake_hands(w->ssl, w->fd, WIRE_LIMIT_MS, w->why, sizeof(w->why)) == 0 && !is_refused(w);
}

bool wire_open_inet(struct wire *w, enum wire_kind kind, const char *host, const char *port, struct tls_client *tls)
{
	struct addrinfo hints = {.ai_socktype = kind == WIRE_STREAM ? SOCK_STREAM : SOCK_DGRAM}, *all;
	int one = 1, err = ENOENT;

	*w = (struct wire){.fd = -1};
	int code = getaddrinfo(host, port, &hints, &all);
	if (code) {
		w->err = code == EAI_SYSTEM ? errno : BARRED_NAME;
		(void)broken(w, gai_strerror(code));
		return false;
	}
	for (const struct addrinfo *a = all; a && err; a = a->ai_next)
		err = open_socket(w, a->ai_family, a->ai_socktype, a->ai_addr, a->ai_addrlen);
	freeaddrinfo(all);
	w->err = err;
	if (err) {
		(void)broken(w, strerror(err));
		return false;
	}
	if (kind == WIRE_STREAM) {
		(void)setsockopt(w->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
		(void)setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
	if (!tls || begin_tls(w, tls, host))
		return true;
	wire_close(w);
	return false;
}

bool wire_open_unix(struct wire *w, const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	*w = (struct wire){.fd = -1};
	memcpy(to.sun_path, path, strnlen(path, sizeof(to.sun_path) - 1));
	int err = open_socket(w, AF_UNIX, SOCK_DGRAM, (const struct sockaddr *)&to, sizeof(to));
	if (err)
		(void)broken(w, strerror(err));
	return err == 0;
}

void wire_close(struct wire *w)
{
	SSL_free(w->ssl);
	w->ssl = NULL;
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/* ---- sending and receiving */

/* What OpenSSL made of the last call on @w. @return what to wait for (POLLIN, POLLOUT); 0 with why set. */
static short tls_wants(struct wire *w, int n)
{
	int saved = errno, want = SSL_get_error(w->ssl, n);

	if (want == SSL_ERROR_WANT_READ)
		return POLLIN;
	if (want == SSL_ERROR_WANT_WRITE)
		return POLLOUT;
	if (want == SSL_ERROR_SSL)
		(void)tls_client_failed(w->ssl, w->why, sizeof(w->why));
	else
		(void)broken(w, want == SSL_ERROR_SYSCALL && saved ? strerror(saved)
								   : phrase("the receiver closed the connection"));
	return 0;
}

/* @return bytes taken by the kernel; 0 where it takes none now, with *events to wait for; -1 with why set. */
static ssize_t send_some(struct wire *w, const char *bytes, size_t len, short *events)
{
	*events = POLLOUT;
	if (!w->ssl) {
		ssize_t n = send(w->fd, bytes, len, MSG_NOSIGNAL);
		if (n >= 0)
			return n;
		if (errno == EAGAIN || errno == EINTR)
			return 0;
		(void)broken(w, strerror(errno));
		return -1;
	}
	ERR_clear_error();
	int n = SSL_write(w->ssl, bytes, (int)(len > 1 << 20 ? 1 << 20 : len));
	if (n > 0)
		return n;
	*events = tls_wants(w, n);
	return *events ? 0 : -1;
}

enum wire_state wire_send_datagram(struct wire *w, const char *bytes, size_t len)
{
	int64_t until = when_monotonic_ns() + WIRE_LIMIT_MS * NS_PER_MS;
	short events;

	for (;;) {
		ssize_t n = send_some(w, bytes, len, &events);
		if (n < 0)
			w->err = errno;
		if (n != 0)
			return n < 0 ? WIRE_BROKEN : WIRE_DONE;
		if (!wait_for(w->fd, events, ms_until(until)))
			return WIRE_LATER;
	}
}

/*
 * Whether the peer is gone without a word. Not so a peer that is frozen: its kernel goes on answering, and what it has
 * would only be sent once more on another connection. (TCP_USER_TIMEOUT does not tell the two apart.)
 */
static enum wire_state later_or_dead(struct wire *w)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(w->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_last_ack_recv > DEAD_MS &&
	    (info.tcpi_unacked > 0 || info.tcpi_probes > 1))
		return broken(w, strerror(ETIMEDOUT));
	return WIRE_LATER;
}

enum wire_state wire_send(struct wire *w, const char *bytes, size_t len, size_t *at)
{
	int64_t until = when_monotonic_ns() + WIRE_LIMIT_MS * NS_PER_MS;
	short events;

	while (*at < len) {
		ssize_t n = send_some(w, bytes + *at, len - *at, &events);
		if (n < 0)
			return WIRE_BROKEN;
		*at += (size_t)n;
		if (n == 0 && !wait_for(w->fd, events, ms_until(until)))
			return later_or_dead(w);
	}
	return WIRE_DONE;
}

size_t wire_underway(const struct wire *w)
{
	int n;

	return w->fd >= 0 && ioctl(w->fd, SIOCOUTQ, &n) == 0 && n >= 0 ? (size_t)n : SIZE_MAX;
}

enum wire_state wire_acknowledged(struct wire *w, int limit_ms)
{
	int64_t until = when_monotonic_ns() + limit_ms * NS_PER_MS;
	struct timespec nap = {.tv_nsec = 200000};

	for (;;) {
		int unacknowledged, err = 0;
		socklen_t len = sizeof(err);
		if (ioctl(w->fd, SIOCOUTQ, &unacknowledged) < 0)
			return broken(w, strerror(errno));
		if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0 && err)
			return broken(w, strerror(err));
		if (unacknowledged == 0)
			return WIRE_DONE;
		if (when_monotonic_ns() >= until)
			return later_or_dead(w);
		nanosleep(&nap, NULL);
		if (nap.tv_nsec < 10 * NS_PER_MS)
			nap.tv_nsec *= 2;
	}
}

/* As send_some(). */
static ssize_t receive_some(struct wire *w, char *buf, size_t size, short *events)
{
	*events = POLLIN;
	if (!w->ssl) {
		ssize_t n = recv(w->fd, buf, size, MSG_DONTWAIT);
		if (n > 0)
			return n;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		(void)broken(w, n < 0 ? strerror(errno) : phrase("the receiver closed the connection"));
		return -1;
	}
	ERR_clear_error();
	int n = SSL_read(w->ssl, buf, (int)(size > 1 << 20 ? 1 << 20 : size));
	if (n > 0)
		return n;
	*events = tls_wants(w, n);
	return *events ? 0 : -1;
}

enum wire_state wire_receive(struct wire *w, char *buf, size_t size, size_t *len, int limit_ms)
{
	int64_t until = when_monotonic_ns() + limit_ms * NS_PER_MS;
	short events;

	*len = 0;
	for (;;) {
		ssize_t n = receive_some(w, buf, size, &events);
		if (n < 0)
			return WIRE_BROKEN;
		*len = (size_t)n;
		if (n > 0)
			return WIRE_DONE;
		if (!wait_for(w->fd, events, ms_until(until)))
			return WIRE_LATER;
	}
}
