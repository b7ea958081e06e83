/*
 * The alerts of a fleet: what several sensors raised of the same matter is shown once.
 *
 * A record's `fingerprint` cannot tell: it is made of the numbers that each sensor gave its devices. So two alerts are
 * the same where all of this is:
 *
 *   - the rule (sekisho.rule_id);
 *   - both ends: src_ip and dest_ip within one site (sekisho.sensor.site); the MAC address (ether) of an end that has
 * no address of its own. Of a sensor that names no site: addresses and MAC addresses, since another plant may use the
 *     same addresses;
 *   - what was touched: sekisho.object, dest_port, and what else a rule tells alerts apart by (own_parts in the
 * source);
 *   - their time: [first_seen, last_seen] overlap, with a minute for clocks that differ.
 *
 * Two alerts of one sensor are two: it has told them apart itself. What has no end, like a sensor's health, is its own.
 * Entries come newest first, so the first one of an alert says how it stands now, and later ones of it are skipped.
 * Knows nothing of Redis.
 */
#ifndef SEKISHO_APP_FLEET_ALERTS_H
#define SEKISHO_APP_FLEET_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alert/group.h"
#include "base/arena.h"
#include "base/table.h"
#include "event/finding.h"

/** How one sensor sees it. */
struct fleet_view {
	struct fleet_view *next;
	uint32_t sensor;
	enum alert_level level;
	enum alert_state state;
	uint64_t count;
	int64_t first_ns, last_ns;
	char id[ALERT_ID_CHARS + 1];
};

struct fleet_alert {
	struct fleet_alert *alike, *next; /* of the same key at another time; in the order in which they came */
	struct fleet_view *views, *last_view;
	size_t n_views;
	enum alert_level level; /* the highest of the views */
	uint64_t count;         /* the highest: the same packets are not added up */
	int64_t first_ns, last_ns;
	const char *json; /* the record of the view that was told last */
	size_t len;
};

struct fleet_alerts {
	struct arena memory;
	struct table seen; /* alerts of sensors: {sensor, id} */
	struct table keys; /* digest of a key to a chain of alerts */
	struct fleet_alert *first, *last;
	size_t n, of_level[LEVEL_COUNT];
	uint64_t declined;     /* that could begin no row */
	uint64_t unreadable;   /* entries that are no alert */
	uint64_t drills;       /* entries of alerts that are practice: no rows */
	uint64_t left_out;     /* for want of room */
	uint64_t views_joined; /* that another sensor's alert took in */
};

enum { FLEET_ALERTS_MAX = 200000 };
#define FLEET_ALERTS_BYTES ((size_t)384 << 20)

/** @return 0 or -ENOMEM; fleet_alerts_deinit() in both cases. */
int fleet_alerts_init(struct fleet_alerts *a, uint32_t most, size_t bytes);
void fleet_alerts_deinit(struct fleet_alerts *a);

/**
 * Takes the next entry, newest first.
 *
 * @json      an alert of events.md, as the sensor's stream has it
 * @may_begin whether it may begin a new row, or only join one
 * @return    the row that it began or joined; NULL where it says nothing new
 */
const struct fleet_alert *fleet_alerts_add(struct fleet_alerts *a, uint32_t sensor, const char *json, size_t len,
					   bool may_begin);

/** How many rows are of @least and above. */
size_t fleet_alerts_count(const struct fleet_alerts *a, enum alert_level least);

/** All rows of @least and above, the one that was seen last first. @return an array, the caller's to free; NULL where
 * memory is short. */
const struct fleet_alert **fleet_alerts_sorted(const struct fleet_alerts *a, enum alert_level least, size_t *n);

#endif
