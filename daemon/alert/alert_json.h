/*
 * The alert object of events.md: EVE's `alert` as Suricata's schema has it, everything of ours beside it in `sekisho`.
 *
 * It is written in two parts. The *body* is what was so when the alert was raised; the *life* (first_seen, last_seen,
 * count, state, incident, the capture kept for evidence) changes, stands last, and closes the object. So alerts.db
 * keeps bodies as text and lives as columns, and nothing is ever parsed to be brought up to date.
 *
 * All times are packet times and nothing else depends on the moment of writing: the same capture gives the same bytes.
 */
#ifndef SEKISHO_ALERT_ALERT_JSON_H
#define SEKISHO_ALERT_ALERT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "alert/outbox.h"
#include "alert/severity.h"
#include "base/json.h"
#include "event/finding.h"

enum {
	ALERT_JSON_MAX = 65536,
	ALERT_LIFE_MAX = 4096, /* most bytes of the life part: a reason of 512 bytes, each of them escaped */
};

/* What of an alert is not in the finding. */
struct alert_facts {
	const char *alert_id, *fingerprint;
	enum alert_level level;
	const struct severity *sev;
	const struct severity_weights *weights;
	double loss_pct_5m;
	const struct sensor_info *sensor;
	const char *drill; /* that raised it (drills.h); NULL: it is real */
};

/**
 * Writes the body into the empty @j: an object left open inside the `evidence` of its `sekisho` member. An event too
 * long for ALERT_JSON_MAX is left out
 * (`record_truncated`). @return false where memory is short.
 */
bool alert_json_body(struct json *j, const struct finding *f, const struct alert_facts *facts);

/** What changes in an alert. Texts may be NULL: there is none. */
struct alert_life {
	int64_t first_seen_ns, last_seen_ns;
	uint64_t count;
	const char *state;
	const char *change;   /* for a row of the outbox: "new", "update", "ack", "reopen" ...; NULL for a listing */
	const char *incident; /* that the alert belongs to */
	const char *pcap, *sha256; /* what was kept of its packets */
	const char *who, *reason;  /* of the last thing a person did */
	int64_t until_ns;          /* of a mute, else 0 */
	bool evidence_open;        /* the body ends inside its evidence */
};

/** Closes the body in @j: appends the life and the brackets that are open. */
void alert_json_life(struct json *j, const struct alert_life *life);

#endif
