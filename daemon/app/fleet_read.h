/*
 * Reads what the sensors of a fleet wrote about devices and alerts, in pages, so that neither Redis nor this command
 * holds more than a page of it at once; what is kept is bounded by the caps of fleet_assets.h and fleet_alerts.h.
 */
#ifndef SEKISHO_APP_FLEET_READ_H
#define SEKISHO_APP_FLEET_READ_H

#include "app/fleet_alerts.h"
#include "app/fleet_assets.h"
#include "app/fleet_sensors.h"

/** Reads all devices of all sensors, and finds what is the same. @return 0 or -ENOMEM. What a sensor's keys refused
 * stands in its why. */
int fleet_read_assets(struct fleet_assets *a, struct fleet_sensors *s, struct fleet_redis *f);

struct fleet_alerts_wanted {
	int64_t since_ms; /* put down by its sensor at that time or later; 0: whenever */
	size_t limit;     /* rows */
	enum alert_level least;
	const char *rule; /* an id or its beginning; NULL: all */
};

struct fleet_alerts_read {
	uint64_t entries;
	bool more;       /* there are older rows than the limit lets through */
	bool incomplete; /* sensors that told of these rows long before may be missing among their views */
};

/** Reads the newest alerts of all sensors, merged by the time at which they were put down. @return 0 or -ENOMEM. */
int fleet_read_alerts(struct fleet_alerts *a, struct fleet_sensors *s, struct fleet_redis *f,
		      const struct fleet_alerts_wanted *w, struct fleet_alerts_read *r);

#endif
