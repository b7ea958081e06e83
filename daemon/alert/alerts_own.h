/*
 * What the files of the alerts share: alerts.c (findings become alerts), alerts_serve.c (what people ask).
 */
#ifndef SEKISHO_ALERT_ALERTS_OWN_H
#define SEKISHO_ALERT_ALERTS_OWN_H

#include "alert/alerts_store.h"
#include "alert/behind.h"
#include "alert/drill_serve.h"
#include "alert/incidents.h"
#include "alert/mutes.h"
#include "alert/outbox.h"
#include "alert/pending.h"
#include "alert/plan.h"
#include "alert/requests.h"
#include "alert/severity.h"
#include "base/away.h"
#include "base/table.h"

/* Is the state that is asked for one that the alert may go to? */
enum request_result request_may_go(enum alert_state from, enum request_verb verb, enum alert_state *to);

/* A request that cannot be carried out. */
struct serve_trouble {
	int64_t no;
	unsigned tries;
	int64_t retry_ns; /* monotonic; nothing is served before it */
	bool failing;     /* logged */
};

struct alerts {
	struct sensor_info sensor;
	struct alerts_store store;
	struct alerts_limits limits;
	struct table groups;
	struct behind behind; /* never evicted */
	struct pending pending;
	struct json json;
	struct mutes mutes;
	struct plan plan;
	planned_fn *met; /* NULL: nobody wants to know */
	void *met_ctx;
	struct incidents incidents;
	double loss_pct_5m;
	struct severity_weights weights;
	struct severity sev; /* of the finding being taken */
	int64_t update_ns;   /* an alert that goes on is told again after so long; 0: only by its count */
	char raised_id[ALERT_ID_CHARS + 1]; /* by the last finding; "" none */
	enum alert_level raised_level;
	bool by_mute;         /* nobody is told of the last finding, as a person wished */
	struct away away;     /* the groups that alerts.db alone has */
	bool indexed;         /* alerts_store_index() */
	int64_t last_call_ns; /* of alerts_commit() */
	int64_t since_ns;     /* the oldest finding not yet committed is not older */
	int64_t counts_ns;    /* all counts were written, or there were none; monotonic */
	int64_t retry_ns;
	bool failing;
	struct serve_trouble trouble;
	int64_t wake_from; /* muted alerts behind this row may be covered by no mute any more; -1: none */
	bool wake_asked;   /* a person ended a mute: look at once */
	struct drill_now drill;
	struct reaction_minutes reaction;
	struct alerts_counters counters;
	void (*before_commit)(void *ctx); /* NULL: none */
	void *before_commit_ctx;
};

#endif
