/*
 * `sekisho console`: what a sensor knows, shown in a browser on this machine.
 *
 * A fixed number of threads answers by HTTP (libmicrohttpd) from the state directory, read anew or from what was read a
 * moment ago; one more looks for new alerts and wakes those who follow them. The page itself (console/) is part of the
 * program. Nothing is changed, unless the console was started to write: then two things may be asked of an alert, with
 * a token, and they go the way of `sekisho alert`.
 */
#ifndef SEKISHO_APP_CONSOLE_CONSOLE_H
#define SEKISHO_APP_CONSOLE_CONSOLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config.h"
#include "app/late/mhd.h"
#include "base/json.h"
#include "base/log.h"

enum {
	CONSOLE_THREADS = 4,
	CONSOLE_CONNECTIONS = 64,
	CONSOLE_FOLLOWERS = 16,
	CONSOLE_ROWS = 50,        /* of a page, where nothing is said */
	CONSOLE_ROWS_MAX = 200,   /* of a page */
	CONSOLE_BODY_BYTES = 4096 /* of what is asked */
};

struct shelf;    /* the ledger as it was read last: assets.c */
struct drawings; /* maps as they were drawn last: drawing.c */
struct live;     /* those who follow: live.c */

/* How it was started. Good until it ends. */
struct console {
	const char *state;
	const struct config *cfg;
	const char *token; /* NULL: nothing may be changed */
	char host[80];     /* also answered to, beside the names of this machine; "" */
	bool japanese;     /* where the browser does not say */
	struct shelf *shelf;
	struct drawings *drawings;
	struct live *live;
};

/* One request, on the thread that answers it. */
struct asked {
	struct console *console;
	struct MHD_Connection *connection;
	const char *path;
	bool japanese;
	char body[CONSOLE_BODY_BYTES + 1]; /* of a POST */
	size_t body_len;
	bool too_long;
};

/* ---- server.c */

struct console_server;

/** @fd: listens; taken over. @return 0, -ENOMEM. */
int console_server_start(struct console_server **out, struct console *k, int fd);
void console_server_stop(struct console_server *s);

/** The value of ?key=, "" where there is none. Borrowed of the connection. */
const char *asked_value(const struct asked *a, const char *key);
/** The same as a number from 0 to @most; @otherwise where it is none. */
uint64_t asked_number(const struct asked *a, const char *key, uint64_t otherwise, uint64_t most);

/** Answers with @text, which is copied. */
enum MHD_Result answer_with(const struct asked *a, unsigned status, const char *type, const char *text, size_t len);
/** Answers with what is in @j, and frees it; where it is not whole, with an error. */
enum MHD_Result answer_json(const struct asked *a, struct json *j);
/** {"error": the text}. */
enum MHD_Result answer_error(const struct asked *a, unsigned status, const char *text);
/** What @err and @c say: -ENOENT is 404, else 503. */
enum MHD_Result answer_complaint(const struct asked *a, int err, const struct complaint *c);
/** Adds what every answer has. */
void answer_secure(struct MHD_Response *r);

/* ---- what is answered: each for one path */

enum MHD_Result console_about(const struct asked *a);  /* about.c: GET /api/about */
enum MHD_Result console_health(const struct asked *a); /* about.c: GET /api/health */
enum MHD_Result console_map(const struct asked *a);    /* drawing.c: GET /api/map */
enum MHD_Result console_alerts(const struct asked *a); /* alerts.c: GET /api/alerts */
enum MHD_Result console_assets(const struct asked *a); /* assets.c: GET /api/assets */
/** assets.c: GET /api/assets/A000017 */
enum MHD_Result console_asset(const struct asked *a, const char *id);
enum MHD_Result console_live(const struct asked *a); /* live.c: GET /api/live */
/** act.c: POST /api/alerts/ID/ack, .../mute; @rest: behind /api/alerts/. */
enum MHD_Result console_act(const struct asked *a, const char *rest);

/** @return 0, -ENOMEM. */
int shelf_new(struct shelf **out);
void shelf_free(struct shelf *s);

/** @return 0, -ENOMEM. */
int drawings_new(struct drawings **out);
void drawings_free(struct drawings *d);

int live_new(struct live **out, const char *state);
/** Lets everybody go who follows, and takes nobody any more. */
void live_stop(struct live *l);
void live_free(struct live *l);

/** Is @given the token? Takes as long where it is not. */
bool console_token_fits(const struct console *k, const char *given);

/* ---- the page, made of console/ by embed.py */

struct console_file {
	const char *path, *type;
	const unsigned char *bytes;
	size_t len;
};
extern const struct console_file console_files[];
extern const size_t console_n_files;

#endif
