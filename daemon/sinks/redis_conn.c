#include "sinks/redis_conn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "base/when.h"
#include "sinks/barred.h"

static int give_up(struct redis_conn *r, const char *why)
{
	if (r->why != why)
		snprintf(r->why, sizeof(r->why), "%s", why);
	r->refused = false;
	redis_conn_close(r);
	return -1;
}

void redis_note(struct redis_conn *r, const redisReply *error)
{
	static const char discarded[] = "EXECABORT Transaction discarded because of: ";
	const char *text = error->str;

	/* what came between MULTI and EXEC; the reason behind it is what counts */
	if (strncmp(text, discarded, sizeof(discarded) - 1) == 0)
		text += sizeof(discarded) - 1;
	snprintf(r->why, sizeof(r->why), "%s", text);
	r->refused = true;
}

void redis_conn_close(struct redis_conn *r)
{
	if (r->ctx)
		redisFree(r->ctx);
	r->ctx = NULL;
}

/* Ours from here on: no blocking, no inheriting. */
static int make_ours(struct redis_conn *r)
{
	int fd = r->ctx->fd, flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return give_up(r, strerror(errno));
	r->ctx->flags &= ~REDIS_BLOCK;
	return 0;
}

static int begin_tls(struct redis_conn *r, const struct redis_address *a, int limit_ms)
{
	if (redis_tls_begin(r->tls, r->ctx, a->host, limit_ms, r->why, sizeof(r->why)) == 0) {
		r->over_tls = true;
		return 0;
	}
	redis_conn_close(r);
	r->refused = true;
	return -1;
}

static int introduce(struct redis_conn *r, const struct redis_address *a)
{
	struct redis_cmd cmd = {0};
	char db[16];
	int replies = 0, err = 0;

	if (a->password[0] || a->user[0]) { /* a user may need none (nopass): it is that user all the same */
		redis_arg(&cmd, "AUTH");
		if (a->user[0])
			redis_arg(&cmd, a->user);
		redis_arg(&cmd, a->password);
		err = redis_send(r, &cmd);
		replies++;
	}
	if (!err && a->db > 0) {
		cmd = (struct redis_cmd){0};
		snprintf(db, sizeof(db), "%u", a->db);
		redis_arg(&cmd, "SELECT");
		redis_arg(&cmd, db);
		err = redis_send(r, &cmd);
		replies++;
	}
	if (!err && replies > 0) {
		redis_flush(r);
		err = redis_skip(r, replies);
	}
	if (err > 0)
		redis_conn_close(r);
	return err ? -1 : 0;
}

int redis_conn_open(struct redis_conn *r, const struct redis_address *a, int connect_ms, int command_ms)
{
	struct timeval limit = {.tv_sec = connect_ms / 1000, .tv_usec = connect_ms % 1000 * 1000};

	redis_conn_close(r);
	r->command_ms = command_ms;
	errno = 0;
	r->ctx =
	    a->path[0] ? redisConnectUnixWithTimeout(a->path, limit) : redisConnectWithTimeout(a->host, a->port, limit);
	if (!r->ctx)
		return give_up(r, "out of memory");
	/* hiredis keeps no number: that of a name it could not find is its "other" */
	r->err = !r->ctx->err || !a->host[0] ? 0 : r->ctx->err == REDIS_ERR_OTHER ? BARRED_NAME : errno;
	if (r->ctx->err) {
		snprintf(r->why, sizeof(r->why), "%s", r->ctx->errstr);
		return give_up(r, r->why);
	}
	if (a->host[0])
		(void)redisEnableKeepAlive(r->ctx);
	r->over_tls = false;
	if (make_ours(r) || (a->tls && begin_tls(r, a, connect_ms)))
		return -1;
	return introduce(r, a);
}

int redis_send(struct redis_conn *r, const struct redis_cmd *cmd)
{
	/* hiredis declares the array of arguments writable; it does not write */
	const char **argv = (const char **)(uintptr_t)cmd->argv;

	if (!r->ctx || redisAppendCommandArgv(r->ctx, cmd->n, argv, cmd->lens) != REDIS_OK)
		return give_up(r, r->ctx ? "out of memory" : "not connected");
	return 0;
}

int redis_send_word(struct redis_conn *r, const char *word)
{
	struct redis_cmd cmd = {0};

	redis_arg(&cmd, word);
	return redis_send(r, &cmd);
}

void redis_flush(struct redis_conn *r)
{
	r->deadline_ns = when_monotonic_ns() + r->command_ms * NS_PER_MS;
}

static int context_failed(struct redis_conn *r)
{
	snprintf(r->why, sizeof(r->why), "%s", r->ctx->errstr);
	return give_up(r, r->why);
}

/* Waits until the socket can be read (or written, where there is something to write). */
static int wait_for(struct redis_conn *r, bool to_write)
{
	int64_t left_ns = r->deadline_ns - when_monotonic_ns();
	struct pollfd p = {.fd = r->ctx->fd, .events = (short)(POLLIN | (to_write ? POLLOUT : 0))};

	int n = left_ns > 0 ? poll(&p, 1, (int)(left_ns / NS_PER_MS) + 1) : 0;
	if (n == 0)
		return give_up(r, "no answer in time");
	if (n < 0 && errno != EINTR)
		return give_up(r, strerror(errno));
	return 0;
}

redisReply *redis_reply(struct redis_conn *r)
{
	void *reply = NULL;
	int written = 0;

	while (r->ctx) {
		if (redisGetReplyFromReader(r->ctx, &reply) != REDIS_OK) {
			(void)context_failed(r);
			return NULL;
		}
		if (reply)
			return reply;
		if (!written && redisBufferWrite(r->ctx, &written) != REDIS_OK) {
			(void)context_failed(r);
			return NULL;
		}
		if (wait_for(r, !written) == 0 && redisBufferRead(r->ctx) != REDIS_OK)
			(void)context_failed(r);
	}
	return NULL;
}

int redis_skip(struct redis_conn *r, int n)
{
	int result = 0;

	for (int i = 0; i < n; i++) {
		redisReply *reply = redis_reply(r);
		if (!reply)
			return -1;
		if (reply->type == REDIS_REPLY_ERROR && result == 0) {
			redis_note(r, reply);
			result = 1;
		}
		freeReplyObject(reply);
	}
	return result;
}

redisReply *redis_call_after(struct redis_conn *r, int before, const char *const *words, int n)
{
	struct redis_cmd cmd = {0};

	for (int i = 0; i < n; i++)
		redis_arg(&cmd, words[i]);
	if (redis_send(r, &cmd))
		return NULL;
	redis_flush(r);
	return redis_skip(r, before) < 0 ? NULL : redis_reply(r);
}

redisReply *redis_call(struct redis_conn *r, const char *const *words, int n)
{
	return redis_call_after(r, 0, words, n);
}

bool redis_conn_is_dead(struct redis_conn *r)
{
	struct pollfd p = {.fd = r->ctx ? r->ctx->fd : -1, .events = POLLIN};

	/* nothing is asked, so anything to read is the end of the connection; or a session ticket of TLS */
	if (r->ctx && poll(&p, 1, 0) == 0)
		return false;
	if (r->ctx && r->over_tls && redisBufferRead(r->ctx) == REDIS_OK)
		return false;
	(void)give_up(r, "the connection was closed");
	return true;
}
