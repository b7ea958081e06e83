#include "app/listen_at.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"

enum { WAITING = 16, REACHED_MS = 500, PORT_MAX = 65535 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

const char *listen_at_path(const char *text)
{
	size_t n = strlen(UNIX_PREFIX);

	return strncmp(text, UNIX_PREFIX, n) == 0 ? text + n : NULL;
}

/* "127.0.0.1:9469", "[::1]:9469", "localhost:9469". @return 0; -EINVAL: no address; -EACCES: of no loopback. */
static int parse_inet(const char *text, union address *a, socklen_t *len)
{
	const char *colon = strrchr(text, ':');
	char host[64], *end;
	unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
	size_t n = colon ? (size_t)(colon - text) : 0;

	if (!colon || colon[1] < '0' || colon[1] > '9' || *end || port == 0 || port > PORT_MAX || n == 0 ||
	    n >= sizeof(host))
		return -EINVAL;
	bool v6 = text[0] == '[' && text[n - 1] == ']';
	memcpy(host, text + v6, n - 2 * v6);
	host[n - 2 * v6] = '\0';
	memset(a, 0, sizeof(*a));
	if (v6) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons((uint16_t)port);
		*len = sizeof(a->v6);
		if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) != 1)
			return -EINVAL;
		return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr) ? 0 : -EACCES;
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_port = htons((uint16_t)port);
	*len = sizeof(a->v4);
	if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &a->v4.sin_addr) != 1)
		return -EINVAL;
	return ntohl(a->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET ? 0 : -EACCES;
}

static int parse_path(const char *path, union address *a, socklen_t *len)
{
	memset(a, 0, sizeof(*a));
	if (path[0] != '/' || strlen(path) >= sizeof(a->local.sun_path))
		return -EINVAL;
	a->local.sun_family = AF_UNIX;
	strcpy(a->local.sun_path, path);
	*len = sizeof(a->local);
	return 0;
}

static int parse(const char *text, union address *a, socklen_t *len)
{
	const char *path = listen_at_path(text);

	return path ? parse_path(path, a, len) : parse_inet(text, a, len);
}

int listen_at_check(const char *text)
{
	union address a;
	socklen_t len;

	return parse(text, &a, &len);
}

/* A socket at which nobody listens any more makes room; anything else at its place stays. */
static void make_room(const union address *a, socklen_t len)
{
	struct stat st;

	if (lstat(a->local.sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, &a->any, len) < 0 && errno == ECONNREFUSED)
		(void)unlink(a->local.sun_path);
	if (fd >= 0)
		close(fd);
}

int listen_at_open(const char *text, bool elsewhere)
{
	union address a;
	socklen_t len;
	const int yes = 1;
	int err = parse(text, &a, &len);

	if (err && !(err == -EACCES && elsewhere))
		return err;
	int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool local = a.any.sa_family == AF_UNIX;
	if (local)
		make_room(&a, len);
	mode_t mask = umask(0117); /* 0660: no moment in which others could connect */
	bool good = fd >= 0 && (local || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0) &&
		    bind(fd, &a.any, len) == 0;
	err = good ? 0 : errno;
	umask(mask);
	if (!err && listen(fd, WAITING) < 0)
		err = errno;
	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return -err;
}

bool listen_at_is_reached(const char *text)
{
	union address a;
	socklen_t len;

	if (parse(text, &a, &len) == -EINVAL)
		return false;
	int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	bool barred = fd >= 0 && connect(fd, &a.any, len) < 0 && (errno != EINPROGRESS || poll(&p, 1, REACHED_MS) != 1);

	if (fd >= 0)
		close(fd);
	return !barred;
}
