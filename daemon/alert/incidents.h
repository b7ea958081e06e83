/*
 * Incidents: alerts of one source that belong together, because within a short time they climb from stage to stage -
 * it came, it looked around, it got in, it acted on the process.
 *
 * Each rule may say which stage its alerts are (`stage` of rules/README.md). For each source the last few such alerts
 * are kept in a bounded table. An incident begins when an alert of the stage `access` or `control` comes after one of
 * an earlier stage, both within the window (packet time), and takes in every alert of a stage that this source raises
 * from then on, until it has been quiet for the window or a person closes the incident.
 *
 * Not counted: muted alerts; what a device with the role of a scanner does that is a scanner's task (discovery); alerts
 * of several stages that come in one moment from one record. alerts.db holds incidents and their timelines; what was
 * collected before a restart is read back from the alerts.
 */
#ifndef SEKISHO_ALERT_INCIDENTS_H
#define SEKISHO_ALERT_INCIDENTS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "alert/group.h"
#include "alert/outbox.h"
#include "base/table.h"
#include "event/finding.h"

struct alerts;

enum {
	INCIDENT_SOURCES_DEFAULT = 8192, /* sources whose alerts are remembered */
	INCIDENT_STEPS = 16,             /* alerts remembered of each, before they are an incident */
	INCIDENT_TIMELINE_MAX = 64,      /* steps kept of an incident; further ones are counted */
	INCIDENT_WAITING = 512,          /* changes that wait for a commit */
	INCIDENTS_KEPT = 10000,          /* rows of alerts.db; then those not seen for longest go */
	INCIDENT_SOURCE_CHARS = 48,
	INCIDENT_JSON_MAX = 65536,
};

/** The rule_id that a told incident has, so that everything made for alerts can tell it. */
#define INCIDENT_RULE "SKS-INCIDENT"

struct incident_step {
	int64_t first_ns, last_ns; /* of its findings within the window */
	char alert_id[ALERT_ID_CHARS + 1];
	enum attack_stage stage : 8;
	enum alert_level level : 8;
};

/* An entry of the table; the source's name, zero-padded, is the key. */
struct incident_source {
	char source[INCIDENT_SOURCE_CHARS]; /* asset id, else address */
	char id[ALERT_ID_CHARS + 1];        /* the incident that its alerts join; "" none */
	uint8_t n_steps, steps_room;        /* up to INCIDENT_STEPS */
	struct incident_step *steps;        /* its own; most sources have one or two */
	/* of the incident */
	int64_t first_ns, last_ns;
	enum alert_level worst : 8, level : 8; /* of its alerts; of itself */
	enum attack_stage from : 8, to : 8;    /* the lowest and the highest stage */
	uint32_t alerts, tell_at;
};

/* A change that waits for the commit. */
struct incident_change {
	char id[ALERT_ID_CHARS + 1], source[INCIDENT_SOURCE_CHARS];
	int64_t first_ns, last_ns;
	enum alert_level level;
	enum attack_stage to;
	uint32_t alerts;
	struct incident_step step; /* that joined; an empty alert_id: none, the rest is what changed */
	uint32_t step_no;
	bool worse;       /* the step is there already, of a lower level */
	const char *told; /* "new", "update"; NULL: the sinks do not hear of it */
};

struct incidents {
	struct table sources;
	int64_t window_ns; /* 0: no incidents */
	bool tell;         /* also the sinks */
	struct incident_change *waiting;
	size_t n_waiting;
	uint64_t opened, refused;
};

/** @return 0, or -ENOMEM. @cap 0: the default. */
int incidents_init(struct incidents *n, uint32_t cap) __attribute__((warn_unused_result));
void incidents_deinit(struct incidents *n);

/** What a full table and all waiting changes take. */
uint64_t incidents_ceiling_bytes(uint32_t cap);

/** Reads back what belongs to the last window from the store. @return an SQLite code. */
int incidents_load(struct incidents *n, sqlite3 *db);

/**
 * Takes a finding that is not muted, of the alert @g (its id, first and last time filled in). Writes the incident that
 * the alert is part of into g->incident; g->level is what it was before. The caller has seen to room: incidents_room().
 */
void incidents_take(struct incidents *n, const char *sensor, struct group *g, const struct finding *f);

/** Is there room for all that one finding can change? If not, commit first. */
bool incidents_room(const struct incidents *n);

/** The incident @id of @source was closed or opened by a person: its alerts are collected no more, or again. */
void incidents_ended(struct incidents *n, const char *source, const char *id);
void incidents_resumed(struct incidents *n, const char *source, const char *id, sqlite3 *db);

/** Writes what waits; inside a transaction. @return an SQLite code. */
int incidents_write(struct alerts *a);
static inline void incidents_written(struct incidents *n)
{
	n->n_waiting = 0;
}

/**
 * Renders an incident as a record for the sinks and for listings into the emptied @j.
 * @steps  so many of its timeline; UINT32_MAX: all. As many of them as fit into INCIDENT_JSON_MAX
 * @change as in struct alert_life; NULL: a listing, which tells the state of today
 * @return SQLITE_ROW; SQLITE_DONE where there is no such incident; SQLITE_TOOBIG where it does not fit into
 * INCIDENT_JSON_MAX, not even without a timeline; another SQLite code
 */
int incident_json(sqlite3 *db, const char *id, const struct sensor_info *sensor, uint32_t steps, const char *change,
		  struct json *j);

#endif
