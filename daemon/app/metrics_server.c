#include "app/metrics_server.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/late/mhd.h"
#include "app/metrics.h"
#include "app/metrics_listen.h"
#include "app/verdict.h"
#include "app/words.h"
#include "base/sandbox.h"
#include "base/when.h"

enum {
	CONNECTIONS = 16,
	CONNECTION_BYTES = 16 << 10,
	CONNECTION_S = 10, /* without a byte of progress */
	TURN_MS = 1000,
	STALE_S = 30, /* the main thread publishes every 5 */
	HEALTHZ_BYTES = 128 << 10,
};

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define TEXT_TYPE    "text/plain; charset=utf-8"

struct page {
	char *text;
	size_t len;
};

struct metrics_server {
	int fd, wake;
	char *path; /* of the Unix socket, or NULL */
	unsigned gid;
	struct MHD_Daemon *http;
	pthread_t thread;
	bool runs;
	_Atomic bool stop;
	pthread_mutex_t lock; /* of what follows: what is told */
	struct page metrics, healthz;
	bool well;
	int64_t at_ns; /* monotonic; 0: nothing yet */
};

/* ---- answers, on the server's thread */

static enum MHD_Result tell(struct MHD_Connection *to, unsigned status, const char *type, const char *text, size_t len)
{
	struct MHD_Response *r = mhd->create_response_from_buffer(len, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);

	if (!r)
		return MHD_NO;
	mhd->add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	mhd->add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	mhd->add_response_header(r, "X-Content-Type-Options", "nosniff");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		mhd->add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	enum MHD_Result done = mhd->queue_response(to, status, r);
	mhd->destroy_response(r);
	return done;
}

static enum MHD_Result tell_text(struct MHD_Connection *to, unsigned status, const char *text)
{
	return tell(to, status, TEXT_TYPE, text, strlen(text));
}

static enum MHD_Result tell_page(struct metrics_server *s, struct MHD_Connection *to, bool metrics)
{
	enum MHD_Result done;

	pthread_mutex_lock(&s->lock);
	int64_t age_s = (when_monotonic_ns() - s->at_ns) / NS_PER_S;
	if (s->at_ns == 0)
		done = tell_text(to, MHD_HTTP_SERVICE_UNAVAILABLE, "fault starting: nothing to tell yet\n");
	else if (metrics)
		done = tell(to, MHD_HTTP_OK, METRICS_TYPE, s->metrics.text, s->metrics.len);
	else if (age_s > STALE_S)
		done = tell_text(to, MHD_HTTP_SERVICE_UNAVAILABLE,
				 "fault stuck: the daemon has stopped telling of itself\n");
	else
		done = tell(to, s->well ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_TYPE, s->healthz.text,
			    s->healthz.len);
	pthread_mutex_unlock(&s->lock);
	return done;
}

static enum MHD_Result answer(void *server, struct MHD_Connection *to, const char *url, const char *method,
			      const char *version, const char *body, size_t *body_len, void **state)
{
	static char begun;

	(void)version;
	(void)body;
	if (!*state) { /* the head alone: what comes behind it is read first */
		*state = &begun;
		return MHD_YES;
	}
	if (*body_len > 0) {
		*body_len = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return tell_text(to, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (strcmp(url, "/metrics") == 0)
		return tell_page(server, to, true);
	if (strcmp(url, "/healthz") == 0)
		return tell_page(server, to, false);
	return tell_text(to, MHD_HTTP_NOT_FOUND, "sekishod: /metrics and /healthz\n");
}

/* Its complaints about what others send are no news. */
static void be_quiet(void *unused, const char *format, va_list ap)
{
	(void)unused;
	(void)format;
	(void)ap;
}

static void take_in(struct metrics_server *s)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	int fd = accept4(s->fd, (struct sockaddr *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (s->path && !metrics_peer_may_ask(fd, s->gid))
		close(fd);
	else /* closes it where there are too many */
		(void)mhd->add_connection(s->http, fd, (struct sockaddr *)&from, len);
}

static void *server_main(void *server)
{
	struct metrics_server *s = server;
	const union MHD_DaemonInfo *info = mhd->get_daemon_info(s->http, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[] = {{.fd = s->fd, .events = POLLIN},
			       {.fd = info->epoll_fd, .events = POLLIN},
			       {.fd = s->wake, .events = POLLIN}};
	MHD_UNSIGNED_LONG_LONG wait_ms;

	sandbox_enter(SANDBOX_SERVER);
	while (!atomic_load(&s->stop)) {
		bool soon = mhd->get_timeout(s->http, &wait_ms) == MHD_YES && wait_ms < TURN_MS;
		int n = poll(fds, sizeof(fds) / sizeof(fds[0]), soon ? (int)wait_ms : TURN_MS);
		if (n > 0 && fds[0].revents)
			take_in(s);
		(void)mhd->run(s->http);
	}
	return NULL;
}

/* ---- what is told, on the main thread */

static void put_line(struct json *out, const struct verdict_line *l)
{
	static const char *const grades[] = {"well", "note", "fault"};
	const char *parts[] = {grades[l->grade],
			       " ",
			       l->reason,
			       ": ",
			       l->text,
			       l->first ? " " : "",
			       l->first ? say(W_DO_FIRST) : "",
			       l->first ? l->first : "",
			       "\n"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		json_put(out, parts[i], strlen(parts[i]));
}

static void write_healthz(const struct verdict *v, struct json *out)
{
	const char *head = v->faults ? "fault\n" : "ok\n";

	json_put(out, head, strlen(head));
	for (unsigned i = 0; i < v->n; i++)
		put_line(out, &v->line[i]);
}

/* Takes the text over. */
static struct page page_of(struct json *j)
{
	struct page p = {j->buf, j->len};

	*j = (struct json){0};
	return p;
}

static void replace(struct metrics_server *s, struct json *metrics, struct json *healthz, bool well)
{
	struct page former[2];

	pthread_mutex_lock(&s->lock);
	former[0] = s->metrics;
	former[1] = s->healthz;
	s->metrics = page_of(metrics);
	s->healthz = page_of(healthz);
	s->well = well;
	s->at_ns = when_monotonic_ns();
	pthread_mutex_unlock(&s->lock);
	free(former[0].text);
	free(former[1].text);
}

void metrics_server_publish(struct metrics_server *s, const struct json *health)
{
	struct json metrics, healthz;
	json_t *read = s && !health->overflow ? json_loadb(health->buf, health->len, 0, NULL) : NULL;
	struct verdict *v = read ? malloc(sizeof(*v)) : NULL;

	json_init(&metrics, METRICS_BYTES);
	json_init(&healthz, HEALTHZ_BYTES);
	if (v) {
		verdict_make(v, read, when_now_ns());
		write_healthz(v, &healthz);
		if (metrics_write(read, v->faults == 0, &metrics) && !healthz.overflow)
			replace(s, &metrics, &healthz, v->faults == 0);
	}
	json_deinit(&metrics);
	json_deinit(&healthz);
	free(v);
	json_decref(read);
}

/* ---- begin and end */

static int open_http(struct metrics_server *s)
{
	s->http =
	    mhd->start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_SUPPRESS_DATE_NO_CLOCK, 0, NULL, NULL,
			      answer, s, MHD_OPTION_EXTERNAL_LOGGER, be_quiet, NULL, MHD_OPTION_CONNECTION_LIMIT,
			      (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_S,
			      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_END);
	return s->http ? 0 : -ENOMEM;
}

int metrics_server_new(struct metrics_server **out, const struct config *cfg, struct complaint *c)
{
	struct stat st;

	*out = NULL;
	if (!cfg->metrics.listen[0])
		return 0;
	int err = late_mhd(c);
	if (err)
		return err;
	int fd = metrics_listen_open(cfg, c);
	struct metrics_server *s = fd < 0 ? NULL : calloc(1, sizeof(*s));
	if (!s) {
		if (fd >= 0)
			close(fd);
		return fd < 0 ? fd : -ENOMEM;
	}
	s->fd = fd;
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&s->lock, NULL);
	const char *path = metrics_listen_path(cfg);
	s->path = path ? strdup(path) : NULL;
	s->gid = path && stat(path, &st) == 0 ? st.st_gid : (unsigned)-1;
	err = s->wake < 0 || (path && !s->path) ? -ENOMEM : open_http(s);
	if (err)
		metrics_server_free(s);
	else
		*out = s;
	return err;
}

int metrics_server_start(struct metrics_server *s)
{
	if (!s)
		return 0;
	int err = pthread_create(&s->thread, NULL, server_main, s);
	s->runs = err == 0;
	return -err;
}

void metrics_server_free(struct metrics_server *s)
{
	const uint64_t one = 1;

	if (!s)
		return;
	atomic_store(&s->stop, true);
	if (s->runs) { /* it looks at least once a second anyhow */
		(void)!write(s->wake, &one, sizeof(one));
		pthread_join(s->thread, NULL);
	}
	if (s->http)
		mhd->stop_daemon(s->http);
	close(s->fd);
	if (s->wake >= 0)
		close(s->wake);
	if (s->path)
		(void)unlink(s->path);
	pthread_mutex_destroy(&s->lock);
	free(s->metrics.text);
	free(s->healthz.text);
	free(s->path);
	free(s);
}
