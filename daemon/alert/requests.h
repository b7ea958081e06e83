/*
 * What people ask of alerts: one road, whoever asks.
 *
 * A request is a row of the table `requests` in alerts.db: put there by `sekisho alert` and by the command stream of
 * Redis, carried out by the one writer of the store (alerts_serve()) - the daemon where it runs, else the command
 * itself - and answered in the same row. Each is carried out once: what comes by Redis has the stream's id for a key.
 */
#ifndef SEKISHO_ALERT_REQUESTS_H
#define SEKISHO_ALERT_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"

enum request_verb {
	REQUEST_ACK,
	REQUEST_CLOSE,
	REQUEST_MUTE, /* an alert, or what a pattern fits */
	REQUEST_REOPEN,
	REQUEST_LEARN,  /* the state alone: the baseline is the ledger's */
	REQUEST_UNMUTE, /* ends a mute by its number */
	REQUEST_OF_ALERTS,
	/* of drills (drills.h): by `sekisho drill` alone */
	REQUEST_DRILL_START = REQUEST_OF_ALERTS,
	REQUEST_DRILL_END,
	REQUEST_DRILL_EXPIRE, /* nobody's request: its time is over */
	REQUEST_VERBS
};

/** "ack" ... "unmute"; "start", "end", "expire". */
const char *request_verb_name(enum request_verb verb);
/** @return the verb, one of alerts, or -1. */
int request_verb_parse(const char *name);

enum request_result {
	REQUEST_WAITS,       /* not carried out yet */
	REQUEST_DONE,        /* as asked */
	REQUEST_NO_ALERT,    /* no alert has this id */
	REQUEST_ALREADY,     /* the alert is in that state already */
	REQUEST_IS_OVER,     /* it is closed or learnt: reopen it first */
	REQUEST_NO_MUTE,     /* no mute of this number is in force */
	REQUEST_MUTES_MAX,   /* there are as many mutes as there may be */
	REQUEST_PAST,        /* the mute would end in the past */
	REQUEST_NO_AUDIT,    /* the audit trail could not be written, so nothing was done */
	REQUEST_FAILED,      /* alerts.db could not be written, also after some tries: nothing was done */
	REQUEST_NO_DAEMON,   /* a drill needs one that captures */
	REQUEST_DRILL_RUNS,  /* one is under way */
	REQUEST_NO_DRILL,    /* there is none of this number */
	REQUEST_DRILL_OVER,  /* it has ended */
	REQUEST_NO_SCENARIO, /* nothing of this name can be practised */
	REQUEST_IS_DRILL,    /* an alert of a drill is acknowledged and closed, nothing else */
	REQUEST_RESULTS
};

/** "done", "no_such_alert" ...: for machines. */
const char *request_result_name(enum request_result result);

enum { REQUEST_REASON_MAX = 512, REQUEST_TITLE_MAX = 128, REQUEST_DRILL_MAX = 24 };

struct request {
	int64_t no;
	enum request_verb verb;
	char target[32]; /* alert id, or the number of a mute; "" for a mute by pattern; of a drill: scenario, or number
			  */
	char rule[64], src[64], dest[64], zone[64]; /* pattern of a mute; "" fits everything */
	int64_t until_ns;                           /* of a mute, or of a drill */
	char reason[REQUEST_REASON_MAX], who[128], login[64];
	char via[12];  /* "command", "redis" */
	char title[REQUEST_TITLE_MAX]; /* of a drill; its note is the reason */
	bool incident; /* it was of an incident: known once it is carried out */
	char drill[REQUEST_DRILL_MAX]; /* "D3": it was of that drill or an alert of it; likewise */
	char key[48];  /* a request of the same key is there already: not taken again. "": none */
};

struct requests;

/** @return 0; -ENOENT where there are no alerts yet; -errno with @c filled. */
int requests_open(struct requests **out, const char *state_dir, struct complaint *c)
    __attribute__((warn_unused_result));
void requests_close(struct requests *q);

/** Puts a request down, durable when it returns. @return 0 with r->no; -EEXIST where its key is there; -EIO, -ENOSPC.
 */
int requests_add(struct requests *q, struct request *r);

/** What became of it; REQUEST_WAITS also where it cannot be read. */
enum request_result requests_result(struct requests *q, int64_t no);

/** Takes back what is not carried out yet. @return true where it was still waiting. */
bool requests_withdraw(struct requests *q, int64_t no);

/** The next request with a key that has been answered and not reported. @return true with @r's no, verb, target and key
 * filled. requests_reported() ends it: until that is written the same one comes again. */
bool requests_next_answer(struct requests *q, struct request *r, enum request_result *result);
/** @return 0, or -errno. */
int requests_reported(struct requests *q, int64_t no) __attribute__((warn_unused_result));

#endif
