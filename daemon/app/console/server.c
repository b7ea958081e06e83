/* HTTP: who may ask, what is asked, and what every answer has. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/console/console.h"
#include "app/words.h"
#include "base/phrase.h"
#include "base/sandbox.h"

enum { CONNECTION_S = 30, CONNECTION_BYTES = 24 << 10 };

#define JSON_TYPE "application/json; charset=utf-8"

/* Nothing from elsewhere, nothing inside a text: scripts and styles are files of ours. Trusted types: a script that
 * makes elements of a text fails. */
#define POLICY                                                                                                         \
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "                \
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "            \
	"trusted-types 'none'"

struct console_server {
	struct console *console;
	struct MHD_Daemon *http;
};

/* ---- answers */

void answer_secure(struct MHD_Response *r)
{
	static const char *const headers[][2] = {
	    {"Content-Security-Policy", POLICY},
	    {"X-Content-Type-Options", "nosniff"},
	    {"X-Frame-Options", "DENY"},
	    {"Referrer-Policy", "no-referrer"},
	    {"Cross-Origin-Opener-Policy", "same-origin"},
	    {"Cross-Origin-Resource-Policy", "same-origin"},
	    {"Permissions-Policy", "camera=(), microphone=(), geolocation=(), usb=(), serial=()"},
	    {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		(void)mhd->add_response_header(r, headers[i][0], headers[i][1]);
}

static enum MHD_Result send_off(const struct asked *a, unsigned status, const char *type, struct MHD_Response *r)
{
	if (!r)
		return MHD_NO;
	answer_secure(r);
	(void)mhd->add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)mhd->add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	enum MHD_Result done = mhd->queue_response(a->connection, status, r);
	mhd->destroy_response(r);
	return done;
}

enum MHD_Result answer_with(const struct asked *a, unsigned status, const char *type, const char *text, size_t len)
{
	return send_off(a, status, type,
			mhd->create_response_from_buffer(len, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY));
}

enum MHD_Result answer_json(const struct asked *a, struct json *j)
{
	bool whole = !j->overflow;
	enum MHD_Result done = whole ? send_off(a, MHD_HTTP_OK, JSON_TYPE,
						mhd->create_response_from_buffer(
						    j->len, (void *)(uintptr_t)json_cstr(j), MHD_RESPMEM_MUST_COPY))
				     : answer_error(a, MHD_HTTP_SERVICE_UNAVAILABLE, say(W_CONSOLE_TOO_MUCH));

	json_deinit(j);
	return done;
}

enum MHD_Result answer_error(const struct asked *a, unsigned status, const char *text)
{
	struct json j;

	json_init(&j, 16 << 10);
	json_object_begin(&j);
	json_kv_str(&j, "error", text);
	json_object_end(&j);
	enum MHD_Result done = answer_with(a, status, JSON_TYPE, json_cstr(&j), j.len);
	json_deinit(&j);
	return done;
}

enum MHD_Result answer_complaint(const struct asked *a, int err, const struct complaint *c)
{
	return answer_error(a, err == -ENOENT ? MHD_HTTP_NOT_FOUND : MHD_HTTP_SERVICE_UNAVAILABLE, c->text);
}

/* ---- questions */

const char *asked_value(const struct asked *a, const char *key)
{
	const char *text = mhd->lookup_connection_value(a->connection, MHD_GET_ARGUMENT_KIND, key);

	return text ? text : "";
}

uint64_t asked_number(const struct asked *a, const char *key, uint64_t otherwise, uint64_t most)
{
	const char *text = asked_value(a, key);
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return otherwise;
	uint64_t n = strtoull(text, &end, 10);
	return *end ? otherwise : n > most ? most : n;
}

static const char *header(const struct asked *a, const char *name)
{
	const char *text = mhd->lookup_connection_value(a->connection, MHD_HEADER_KIND, name);

	return text ? text : "";
}

/* "localhost:9480" without its port. */
static size_t host_len(const char *host)
{
	const char *end = host[0] == '[' ? strchr(host, ']') : strchr(host, ':');

	return !end ? strlen(host) : (size_t)(end - host) + (host[0] == '[');
}

/* A page from elsewhere whose name was turned to this machine (DNS rebinding) asks by that name. Any port: a tunnel has
 * its own. */
static bool is_our_name(const struct console *k, const char *host)
{
	const char *const names[] = {"localhost", "127.0.0.1", "[::1]", k->host};
	size_t n = host_len(host);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (n > 0 && strlen(names[i]) == n && strncasecmp(host, names[i], n) == 0)
			return true;
	}
	return false;
}

/* From no other page: browsers say with each POST where it comes from. */
static bool is_our_page(const struct asked *a)
{
	const char *origin = header(a, MHD_HTTP_HEADER_ORIGIN), *host = header(a, MHD_HTTP_HEADER_HOST);
	const char *name = strstr(origin, "://"), *site = header(a, "Sec-Fetch-Site");

	if (site[0] && strcmp(site, "same-origin") != 0)
		return false;
	return !origin[0] || (name && strcasecmp(name + 3, host) == 0);
}

static bool asks_japanese(const struct asked *a)
{
	const char *lang = asked_value(a, "lang");

	return strcmp(lang, "ja") == 0 || (strcmp(lang, "en") != 0 && a->console->japanese);
}

static enum MHD_Result give_file(const struct asked *a)
{
	const char *path = strcmp(a->path, "/") == 0 ? "/index.html" : a->path;

	for (size_t i = 0; i < console_n_files; i++) {
		const struct console_file *f = &console_files[i];
		if (strcmp(f->path, path) == 0)
			return answer_with(a, MHD_HTTP_OK, f->type, (const char *)f->bytes, f->len);
	}
	return answer_error(a, MHD_HTTP_NOT_FOUND, say(W_CONSOLE_NOTHING));
}

static enum MHD_Result get(const struct asked *a)
{
	static const struct {
		const char *path;
		enum MHD_Result (*answer)(const struct asked *a);
	} paths[] = {{"/api/about", console_about},   {"/api/health", console_health}, {"/api/map", console_map},
		     {"/api/alerts", console_alerts}, {"/api/assets", console_assets}, {"/api/live", console_live}};
	static const char asset[] = "/api/assets/";

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strcmp(a->path, paths[i].path) == 0)
			return paths[i].answer(a);
	}
	if (strncmp(a->path, asset, strlen(asset)) == 0)
		return console_asset(a, a->path + strlen(asset));
	return give_file(a);
}

static enum MHD_Result post(const struct asked *a)
{
	static const char alert[] = "/api/alerts/";

	if (!is_our_page(a))
		return answer_error(a, MHD_HTTP_FORBIDDEN, say(W_CONSOLE_OTHER_PAGE));
	if (a->too_long)
		return answer_error(a, MHD_HTTP_CONTENT_TOO_LARGE, say(W_CONSOLE_TOO_MUCH));
	if (strncmp(header(a, MHD_HTTP_HEADER_CONTENT_TYPE), "application/json", strlen("application/json")) != 0)
		return answer_error(a, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, say(W_CONSOLE_NO_JSON));
	if (strncmp(a->path, alert, strlen(alert)) == 0)
		return console_act(a, a->path + strlen(alert));
	return answer_error(a, MHD_HTTP_NOT_FOUND, say(W_CONSOLE_NOTHING));
}

static enum MHD_Result answer(struct asked *a, const char *method)
{
	a->japanese = asks_japanese(a);
	phrase_here(a->japanese);
	if (!is_our_name(a->console, header(a, MHD_HTTP_HEADER_HOST)))
		return answer_error(a, MHD_HTTP_MISDIRECTED_REQUEST, say(W_CONSOLE_OTHER_HOST));
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
		return get(a);
	if (strcmp(method, MHD_HTTP_METHOD_POST) == 0 && a->console->token)
		return post(a);
	return answer_error(a, MHD_HTTP_METHOD_NOT_ALLOWED, say(W_CONSOLE_READS_ONLY));
}

static enum MHD_Result take(void *console, struct MHD_Connection *from, const char *url, const char *method,
			    const char *version, const char *body, size_t *body_len, void **state)
{
	struct asked *a = *state;

	(void)version;
	if (!a) { /* the head alone: what comes behind it is read first */
		*state = a = calloc(1, sizeof(*a));
		if (a)
			*a = (struct asked){.console = console, .connection = from};
		return a ? MHD_YES : MHD_NO;
	}
	if (*body_len > 0) {
		a->too_long |= *body_len > CONSOLE_BODY_BYTES - a->body_len;
		if (!a->too_long) {
			memcpy(a->body + a->body_len, body, *body_len);
			a->body_len += *body_len;
		}
		*body_len = 0;
		return MHD_YES;
	}
	a->path = url;
	return answer(a, method);
}

static void forget(void *console, struct MHD_Connection *from, void **state, enum MHD_RequestTerminationCode why)
{
	(void)console;
	(void)from;
	(void)why;
	free(*state);
	*state = NULL;
}

/* Each thread shuts itself in before it has read a byte. */
static void shut_in(void *console, struct MHD_Connection *from, void **state, enum MHD_ConnectionNotificationCode what)
{
	static _Thread_local bool is_in;

	(void)console;
	(void)from;
	(void)state;
	(void)what;
	if (!is_in)
		sandbox_enter(SANDBOX_CONSOLE);
	is_in = true;
}

/* Its complaints about what others send are no news. */
static void be_quiet(void *unused, const char *format, va_list ap)
{
	(void)unused;
	(void)format;
	(void)ap;
}

int console_server_start(struct console_server **out, struct console *k, int fd)
{
	struct console_server *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return -ENOMEM;
	s->console = k;
	s->http =
	    mhd->start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, take, k,
			      MHD_OPTION_EXTERNAL_LOGGER, be_quiet, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
			      MHD_OPTION_THREAD_POOL_SIZE, (unsigned)CONSOLE_THREADS, MHD_OPTION_CONNECTION_LIMIT,
			      (unsigned)CONSOLE_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_S,
			      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_NOTIFY_COMPLETED,
			      forget, NULL, MHD_OPTION_NOTIFY_CONNECTION, shut_in, NULL, MHD_OPTION_END);
	if (!s->http) {
		free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

void console_server_stop(struct console_server *s)
{
	if (!s)
		return;
	live_stop(s->console->live);
	mhd->stop_daemon(s->http); /* closes what listens, too */
	free(s);
}
