/*
 * Drills carried out by the store's one writer: started and ended as people ask, their alerts raised when they are due,
 * what people do about these, and which outputs have taken them.
 *
 * One drill is under way at a time. All that there is to know of it stands in alerts.db, so a daemon that starts again
 * goes on with it.
 */
#ifndef SEKISHO_ALERT_DRILL_SERVE_H
#define SEKISHO_ALERT_DRILL_SERVE_H

#include "alert/drills.h"
#include "alert/outbox.h"
#include "alert/requests.h"

struct alerts;

/* The drill that is under way; no 0: none. */
struct drill_now {
	int64_t no, started_ns, until_ns;
	unsigned raised;    /* of its steps */
	int64_t noticed_ns; /* when it was looked last which outputs have its alerts */
	char id[REQUEST_DRILL_MAX];
	char scenario[32], title[REQUEST_TITLE_MAX], note[REQUEST_REASON_MAX], who[128];
};

/* One request about a drill or an alert of one, within the transaction of its caller. */
struct drill_act {
	struct alerts *a;
	const struct request *r;
	struct json *details; /* for the audit trail: an open object */
	int64_t now_ns;
	bool daemon;                   /* carries it out */
	char drill[REQUEST_DRILL_MAX]; /* filled in: of which it is */
	uint64_t told;                 /* filled in: rows of the outbox */
};

/** Finds the drill that is under way. @return an SQLite code. */
int drill_load(struct alerts *a);

bool drill_has_alert(sqlite3 *db, const char *alert_id);

/** Carries @act->r out; drill_load() once that is committed. @return what stands against it; *code an SQLite code. */
enum request_result drill_serve(struct drill_act *act, int *code);

/** Raises what is due at @now_ns (wall clock), ends a drill whose time is over. Between packets. @return 0; -errno. */
int drill_tick(struct alerts *a, const struct alerts_hooks *hooks, int64_t now_ns);

/* ---- drill_alert.c */

/** Raises step @n (from 0) of the drill that is under way, inside a transaction. @return an SQLite code. */
int drill_raise(struct alerts *a, unsigned n, int64_t now_ns);

#endif
