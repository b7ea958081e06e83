/*
 * Alerts to a syslog receiver.
 *
 * UDP: delivered when sent; the one sign of trouble UDP may give (ICMP: nobody listens) is heeded.
 * Unix datagrams: delivered when the receiver's queue has them.
 * TCP: delivered when the peer's kernel has acknowledged every byte (SIOCOUTQ), so a receiver that dies with a full
 * window loses nothing that we then skip. After a lost connection everything unacknowledged is sent again: at least
 * once, with the same id and seq.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"
#include "sinks/rfc5424.h"
#include "sinks/sink.h"

enum {
	UDP_BYTES = 1024,
	STREAM_BYTES = 8192,
	LEAST_BYTES = 480, /* RFC 5424, 6.1: what every receiver takes */
	MOST_BYTES = 65000,
	LIMIT_MS = 2000, /* for connecting, and for one go at sending */
	ACK_MS = 500,    /* for one go at waiting for acknowledgements */
	ACK_RETRY_MS = 20,
	USER_TIMEOUT_MS = 60000, /* unacknowledged for so long: the connection is dead */
	BACKOFF_FIRST_MS = 500,
	BACKOFF_MOST_MS = 30000,
	FRAME_MAX = 16, /* "65000 " or a newline */
};

struct syslog_sink {
	struct sink sink;
	enum syslog_transport transport;
	char address[256];
	struct rfc5424 format;
	bool newline_framing;
	int fd;
	int backoff_ms;
	int64_t retry_ns;
	bool trouble; /* logged */
	char *out;    /* TCP: framed messages not yet taken by the kernel; else one message */
	size_t out_size, out_len, out_at;
	uint64_t sent_seq; /* TCP: framed up to here on this connection */
};

static struct syslog_sink *self_of(struct sink *s)
{
	return (struct syslog_sink *)s;
}

/* ---- trouble */

static void hang_up(struct syslog_sink *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->out_len = s->out_at = 0;
	s->sent_seq = 0;
	sink_connected(&s->sink, false);
}

/* Ends the connection. @return when to try again, ms. */
static int stumble(struct syslog_sink *s, const char *why)
{
	if (!s->trouble)
		log_warning("syslog: lost %s (%s), alerts wait in the outbox", s->address, why);
	s->trouble = true;
	hang_up(s);
	int ms = s->backoff_ms;
	s->backoff_ms = ms * 2 < BACKOFF_MOST_MS ? ms * 2 : BACKOFF_MOST_MS;
	s->retry_ns = when_monotonic_ns() + ms * NS_PER_MS;
	return ms;
}

static void all_is_well(struct syslog_sink *s)
{
	s->backoff_ms = BACKOFF_FIRST_MS;
	if (s->trouble)
		log_notice("syslog: back, %s takes alerts again", s->address);
	s->trouble = false;
}

/* ---- connecting */

static bool wait_for(int fd, short events, int ms)
{
	struct pollfd p = {.fd = fd, .events = events};

	return poll(&p, 1, ms) > 0;
}

/* @return 0 or an errno. */
static int connect_in_time(int fd, const struct sockaddr *to, socklen_t len)
{
	int err = 0;
	socklen_t err_len = sizeof(err);

	if (connect(fd, to, len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (!wait_for(fd, POLLOUT, LIMIT_MS))
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &err_len) < 0 ? errno : err;
}

static int open_socket(struct syslog_sink *s, int family, int type, const struct sockaddr *to, socklen_t len)
{
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err = fd < 0 ? errno : connect_in_time(fd, to, len);

	if (!err) {
		s->fd = fd;
	} else if (fd >= 0) {
		close(fd);
	}
	return err;
}

/* "host:port" and "[v6]:port" taken apart; "host" alone means the port of the transport. @return false where it is
 * neither. */
static bool split_address(const char *address, bool tcp, char host[static 256], char port[static 8])
{
	const char *end = address[0] == '[' ? strchr(address, ']') : strrchr(address, ':');
	const char *from = address[0] == '[' ? address + 1 : address;
	const char *rest = !end ? address + strlen(address) : *end == ']' ? end + 1 : end;
	size_t len = end ? (size_t)(end - from) : strlen(from);
	char *stop;

	if ((address[0] == '[' && !end) || len == 0 || len > 255 || (address[0] != '[' && memchr(from, ':', len)))
		return false;
	memcpy(host, from, len);
	host[len] = '\0';
	if (!*rest) {
		snprintf(port, 8, "%s", tcp ? "601" : "514"); /* RFC 6587 has no port of its own; 601 is syslog-conn */
		return true;
	}
	unsigned long number = *rest == ':' && rest[1] >= '0' && rest[1] <= '9' ? strtoul(rest + 1, &stop, 10) : 0;
	if (number < 1 || number > 65535 || *stop)
		return false;
	snprintf(port, 8, "%lu", number);
	return true;
}

static const char *connect_inet(struct syslog_sink *s)
{
	struct addrinfo hints = {.ai_socktype = s->transport == SYSLOG_TCP ? SOCK_STREAM : SOCK_DGRAM}, *all;
	char host[256], port[8];
	int one = 1, limit = USER_TIMEOUT_MS;

	if (!split_address(s->address, s->transport == SYSLOG_TCP, host, port))
		return "no address";
	int code = getaddrinfo(host, port, &hints, &all), err = ENOENT;
	if (code)
		return gai_strerror(code);
	for (const struct addrinfo *a = all; a && err; a = a->ai_next)
		err = open_socket(s, a->ai_family, a->ai_socktype, a->ai_addr, a->ai_addrlen);
	freeaddrinfo(all);
	if (err)
		return strerror(err);
	if (s->transport == SYSLOG_TCP) {
		(void)setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
		(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		(void)setsockopt(s->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof(limit));
	}
	return NULL;
}

static const char *connect_unix(struct syslog_sink *s)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	/* its length was checked when the sink was made */
	memcpy(to.sun_path, s->address, strnlen(s->address, sizeof(to.sun_path) - 1));
	int err = open_socket(s, AF_UNIX, SOCK_DGRAM, (const struct sockaddr *)&to, sizeof(to));
	return err ? strerror(err) : NULL;
}

/* @return 0, or when to try again, ms. */
static int connect_now(struct syslog_sink *s)
{
	int64_t left_ns = s->retry_ns - when_monotonic_ns();

	if (left_ns > 0)
		return (int)(left_ns / NS_PER_MS) + 1;
	const char *why = s->transport == SYSLOG_UNIX ? connect_unix(s) : connect_inet(s);
	if (why)
		return stumble(s, why);
	sink_connected(&s->sink, true);
	return 0;
}

/* ---- datagrams */

static void note_truncated(struct syslog_sink *s, bool truncated)
{
	if (truncated)
		sink_add(&s->sink.counters.truncated, 1);
}

/* @return 0 or an errno. */
static int send_datagram(struct syslog_sink *s, const struct delivery *row)
{
	bool truncated;
	size_t len = rfc5424_format(&s->format, row, s->out, &truncated);
	int64_t until = when_monotonic_ns() + LIMIT_MS * NS_PER_MS;

	for (;;) {
		if (send(s->fd, s->out, len, MSG_NOSIGNAL) >= 0) {
			note_truncated(s, truncated);
			return 0;
		}
		if (errno == EINTR)
			continue;
		int64_t left_ms = (until - when_monotonic_ns()) / NS_PER_MS;
		if (errno != EAGAIN || left_ms <= 0 || !wait_for(s->fd, POLLOUT, (int)left_ms))
			return errno;
	}
}

static int deliver_datagrams(struct syslog_sink *s, const struct delivery *rows, int n, int *retry_ms)
{
	for (int i = 0; i < n; i++) {
		int err = send_datagram(s, &rows[i]);
		if (err) {
			*retry_ms = stumble(s, strerror(err));
			return i;
		}
	}
	all_is_well(s);
	return n;
}

/* ---- TCP */

static int make_room(struct syslog_sink *s, size_t n)
{
	if (s->out_size - s->out_len >= n)
		return 0;
	size_t size = s->out_size ? s->out_size : 65536;
	while (size < s->out_len + n)
		size *= 2;
	char *out = realloc(s->out, size);
	if (!out)
		return ENOMEM;
	s->out = out;
	s->out_size = size;
	return 0;
}

/* Appends "LEN message" (RFC 6587, 3.4.1) or "message LF" (3.4.2). @return 0 or an errno. */
static int append_frame(struct syslog_sink *s, const struct delivery *row)
{
	char count[FRAME_MAX];
	bool truncated;
	int err = make_room(s, s->format.max_bytes + FRAME_MAX);

	if (err)
		return err;
	char *at = s->out + s->out_len;
	if (s->newline_framing) {
		size_t len = rfc5424_format(&s->format, row, at, &truncated);
		at[len] = '\n';
		s->out_len += len + 1;
	} else {
		size_t len = rfc5424_format(&s->format, row, at + FRAME_MAX, &truncated);
		size_t digits = (size_t)snprintf(count, sizeof(count), "%zu ", len);
		memcpy(at, count, digits);
		memmove(at + digits, at + FRAME_MAX, len);
		s->out_len += digits + len;
	}
	note_truncated(s, truncated);
	s->sent_seq = row->seq;
	return 0;
}

/* Gives the kernel what it takes within the limit. @return 0; EAGAIN where it takes no more now; an errno. */
static int push(struct syslog_sink *s)
{
	int64_t until = when_monotonic_ns() + LIMIT_MS * NS_PER_MS;

	while (s->out_at < s->out_len) {
		ssize_t n = send(s->fd, s->out + s->out_at, s->out_len - s->out_at, MSG_NOSIGNAL);
		if (n >= 0) {
			s->out_at += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		int64_t left_ms = (until - when_monotonic_ns()) / NS_PER_MS;
		if (errno != EAGAIN || left_ms <= 0 || !wait_for(s->fd, POLLOUT, (int)left_ms))
			return errno;
	}
	s->out_at = s->out_len = 0;
	return 0;
}

/* Whether the peer's kernel has everything. @return 0 yes; EAGAIN not within the limit; an errno. */
static int wait_acknowledged(struct syslog_sink *s)
{
	int64_t until = when_monotonic_ns() + ACK_MS * NS_PER_MS;
	struct timespec nap = {.tv_nsec = 200000};

	for (;;) {
		int unacknowledged, err = 0;
		socklen_t len = sizeof(err);
		if (ioctl(s->fd, SIOCOUTQ, &unacknowledged) < 0)
			return errno;
		if (unacknowledged == 0)
			return 0;
		if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0 && err)
			return err;
		if (when_monotonic_ns() >= until)
			return EAGAIN;
		nanosleep(&nap, NULL);
		if (nap.tv_nsec < 10 * NS_PER_MS)
			nap.tv_nsec *= 2;
	}
}

/* A receiver that has closed its side is gone; what it may have to say is of no interest. */
static bool peer_is_gone(struct syslog_sink *s)
{
	char rest[512];
	ssize_t n;

	while ((n = recv(s->fd, rest, sizeof(rest), MSG_DONTWAIT)) > 0)
		;
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

static int deliver_stream(struct syslog_sink *s, const struct delivery *rows, int n, int *retry_ms)
{
	int err = 0;

	if (peer_is_gone(s)) {
		*retry_ms = stumble(s, "the receiver closed the connection");
		return 0;
	}
	for (int i = 0; i < n && !err; i++) {
		if (rows[i].seq > s->sent_seq)
			err = append_frame(s, &rows[i]);
	}
	if (!err)
		err = push(s);
	if (!err)
		err = wait_acknowledged(s);
	if (err == EAGAIN) {
		*retry_ms = ACK_RETRY_MS; /* still on its way: the same connection, the same bytes */
		return 0;
	}
	if (err) {
		*retry_ms = stumble(s, strerror(err));
		return 0;
	}
	all_is_well(s);
	return n;
}

/* ---- the sink */

static int syslog_deliver(struct sink *sink, const struct delivery *rows, int n, int *retry_ms)
{
	struct syslog_sink *s = self_of(sink);

	if (s->fd >= 0 && n == 0 && s->transport == SYSLOG_TCP && s->out_len == 0 && peer_is_gone(s))
		hang_up(s);
	if (s->fd < 0) {
		*retry_ms = connect_now(s);
		if (*retry_ms > 0)
			return 0;
	}
	if (n == 0)
		return 0;
	return s->transport == SYSLOG_TCP ? deliver_stream(s, rows, n, retry_ms)
					  : deliver_datagrams(s, rows, n, retry_ms);
}

static void syslog_close(struct sink *sink)
{
	struct syslog_sink *s = self_of(sink);

	hang_up(s);
	free(s->out);
	free(s);
}

/* Nothing counts as sent on the next connection. */
static void syslog_rewound(struct sink *sink)
{
	hang_up(self_of(sink));
}

static const struct sink_ops syslog_ops = {
    .kind = "syslog",
    .deliver = syslog_deliver,
    .rewound = syslog_rewound,
    .close = syslog_close,
};

static int check_address(const struct syslog_options *o, struct complaint *c)
{
	char host[256], port[8];

	if (o->transport == SYSLOG_UNIX) {
		if (o->address[0] == '/' && strlen(o->address) < sizeof(((struct sockaddr_un *)0)->sun_path))
			return 0;
		complain(c, "syslog address", 0, 0,
			 "%s is no path of a socket. Write an absolute path such as /dev/log", o->address);
		return -EINVAL;
	}
	if (split_address(o->address, o->transport == SYSLOG_TCP, host, port))
		return 0;
	complain(c, "syslog address", 0, 0, "%s is no address. Write host:port, or [v6 address]:port", o->address);
	return -EINVAL;
}

int sink_syslog_new(struct sink **out, const struct syslog_options *o, struct complaint *c)
{
	static const char *const transports[] = {[SYSLOG_UDP] = "udp", [SYSLOG_TCP] = "tcp", [SYSLOG_UNIX] = "unix"};
	int max_bytes = o->max_bytes ? o->max_bytes : o->transport == SYSLOG_UDP ? UDP_BYTES : STREAM_BYTES;
	int err = check_address(o, c);

	*out = NULL;
	if (!err && (max_bytes < LEAST_BYTES || max_bytes > MOST_BYTES)) {
		complain(c, "syslog max_bytes", 0, 0, "%d must be from %d to %d", max_bytes, LEAST_BYTES, MOST_BYTES);
		err = -EINVAL;
	}
	if (err)
		return err;
	struct syslog_sink *s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	*s = (struct syslog_sink){
	    .sink = {.ops = &syslog_ops},
	    .transport = o->transport,
	    .format = {.payload = o->payload, .max_bytes = (size_t)max_bytes, .pid = (long)getpid()},
	    .newline_framing = o->newline_framing,
	    .fd = -1,
	    .backoff_ms = BACKOFF_FIRST_MS,
	};
	snprintf(s->address, sizeof(s->address), "%s", o->address);
	rfc5424_set_hostname(&s->format, o->hostname ? o->hostname : "");
	if (make_room(s, (size_t)max_bytes + FRAME_MAX)) {
		free(s);
		return -ENOMEM;
	}
	char what[300];
	snprintf(what, sizeof(what), "%s:%s", transports[o->transport], o->address);
	sink_set_name(&s->sink, "syslog", what);
	*out = &s->sink;
	return 0;
}
