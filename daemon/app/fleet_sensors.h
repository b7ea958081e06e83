/*
 * The sensors of a fleet, from the keys that they wrote (architecture.md, section 6; daemon/sinks/redis_keys.h).
 *
 * A sensor is whoever has a key: its heartbeat (:status, gone after 60 s), what it said last (:sensor, stays), its
 * alerts or its assets. The keys all end in a name of six letters, so Redis itself keeps the keys of single assets out
 * of what SCAN gives.
 */
#ifndef SEKISHO_APP_FLEET_SENSORS_H
#define SEKISHO_APP_FLEET_SENSORS_H

#include "app/fleet_redis.h"

enum { FLEET_SENSORS_MAX = 4096, FLEET_NAME_MAX = 129, FLEET_KEY_MAX = 192 };

enum fleet_beat {
	FLEET_ALIVE,  /* :status is there */
	FLEET_SILENT, /* it is not, and once was */
	FLEET_UNSEEN, /* nobody knows of one */
};

struct fleet_sensor {
	char name[FLEET_NAME_MAX];
	unsigned node; /* of the fleet's Redis */
	bool read;     /* the fields below have been */
	char site[128], version[32];
	enum fleet_beat beat;
	int64_t age_ms;    /* of the last heartbeat; -1 unknown */
	int64_t behind_ms; /* how far its clock is behind that of Redis, as far as a heartbeat tells; 0 unknown */
	bool counted;      /* the counters below are known */
	uint64_t frames, kernel_dropped, queue_dropped, alerts;
	double loss_pct_5m;
	uint64_t entries, assets; /* in its stream; in its set */
	char why[256];            /* what Redis refused; "": nothing */
};

struct fleet_sensors {
	struct fleet_sensor *item; /* by name */
	size_t n, room;
	uint64_t left_out; /* keys of sensors beyond the cap */
};

/** "sekisho:{NAME}:rest" into @name. @return false where @key is none of a sensor. */
bool fleet_sensor_of(const char *key, size_t len, char name[static FLEET_NAME_MAX]);

/** Finds them on all nodes, twice where a node did not answer. @return 0; -ENOMEM. What could not be read: the nodes'
 * why. @only: no others than the one of this name; NULL: all. */
int fleet_sensors_find(struct fleet_sensors *s, struct fleet_redis *f, const char *only);

/** Reads what each says of itself. @return how many could not be read (their why is set). */
size_t fleet_sensors_read(struct fleet_sensors *s, struct fleet_redis *f);

/** Notes what Redis refused of its keys, the first of it. */
void fleet_sensor_refused(struct fleet_sensor *s, const char *why);

void fleet_sensors_free(struct fleet_sensors *s);

/** A key of this sensor: "sekisho:{NAME}:" and @rest. @return @buf. */
const char *fleet_key(const struct fleet_sensor *s, const char *rest, char buf[static FLEET_KEY_MAX]);

/**
 * Who is at which site, as numbers for comparing: sensors of one site share theirs, one that names none has its own,
 * since two plants may use the same addresses. @return the numbers, one a sensor, from 1 on; the caller's to free; NULL
 * where memory is short. *unnamed: how many name none.
 */
uint32_t *fleet_sites(const struct fleet_sensors *s, size_t *unnamed);

#endif
