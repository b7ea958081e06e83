/*
 * One connection to a Redis: commands are appended, flushed together, and answered within one time limit (hiredis 0.14
 * and 1.x).
 *
 * hiredis connects and speaks the protocol; waiting is ours, since its own time-outs count from the last byte and a
 * server that answers one byte a second would hold us for ever. Any failure closes the connection and leaves the reason
 * in `why`.
 */
#ifndef SEKISHO_SINKS_REDIS_CONN_H
#define SEKISHO_SINKS_REDIS_CONN_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sinks/redis_tls.h"
#include "sinks/redis_url.h"

enum { REDIS_ARGS_MAX = 160 };

/* A command being put together. Arguments are borrowed until redis_send(). */
struct redis_cmd {
	int n;
	const char *argv[REDIS_ARGS_MAX];
	size_t lens[REDIS_ARGS_MAX];
};

static inline void redis_arg_n(struct redis_cmd *cmd, const char *arg, size_t len)
{
	if (cmd->n < REDIS_ARGS_MAX) {
		cmd->argv[cmd->n] = arg;
		cmd->lens[cmd->n++] = len;
	}
}

static inline void redis_arg(struct redis_cmd *cmd, const char *arg)
{
	redis_arg_n(cmd, arg, __builtin_strlen(arg));
}

struct redis_conn {
	redisContext *ctx;      /* NULL: not connected */
	struct tls_client *tls; /* borrowed; for addresses that want it */
	int command_ms;
	int64_t deadline_ns; /* for all replies of this flush */
	char why[512];       /* what went wrong last: a Redis error ("LOADING ...") or the system's words */
	int err;             /* of the last attempt to connect: errno, BARRED_NAME; 0 where that went well */
	bool refused;        /* why begins with the word of a Redis error ("TLS" where that is not accepted) */
	bool over_tls;
};

/** Connects, authenticates, selects the database. @return 0; -1 with why and refused set. */
int redis_conn_open(struct redis_conn *r, const struct redis_address *a, int connect_ms, int command_ms);
void redis_conn_close(struct redis_conn *r);

/** Appends a command. @return 0; -1 where memory is short (closed). */
int redis_send(struct redis_conn *r, const struct redis_cmd *cmd);

/** Appends a command without arguments of its own: "MULTI". */
int redis_send_word(struct redis_conn *r, const char *word);

/** Starts the time limit for the replies of everything appended. Call before the first redis_reply(). */
void redis_flush(struct redis_conn *r);

/** The next reply, the caller's to free with freeReplyObject(); NULL where the connection failed (closed). */
redisReply *redis_reply(struct redis_conn *r);

/** Takes @n replies and throws them away; an error among them goes to why. @return 0; 1 an error reply; -1 closed. */
int redis_skip(struct redis_conn *r, int n);

/** Notes an error reply in why. */
void redis_note(struct redis_conn *r, const redisReply *error);

/** One command and its reply: redis_send(), redis_flush(), redis_reply(). */
redisReply *redis_call(struct redis_conn *r, const char *const *words, int n);

/** The same behind @before commands that were sent already, whose replies are thrown away. */
redisReply *redis_call_after(struct redis_conn *r, int before, const char *const *words, int n);

/** Whether an idle connection has been closed by the other side. */
bool redis_conn_is_dead(struct redis_conn *r);

#endif
