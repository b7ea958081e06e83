/*
 * The devices that the sensors of a fleet know, each once.
 *
 * What two sensors wrote is the same device where it shares, in this order:
 *
 *   1. a strong key: the SHA-256 of an OPC UA certificate, an SMB server's GUID, a CIP serial number; within one site
 *      also an OPC UA application URI, a DHCP client id or a serial number, of which makers ship many alike;
 *   2. a MAC address; one that was set locally or is virtual (VRRP, HSRP) only within one site, or not at all;
 *   3. an IP address within one site, where at most one device with a MAC address claims it: a sensor behind a router
 *      sees no MAC address;
 *   4. the unit number behind the same gateway.
 *
 * What one sensor sees on two of its own devices tells nobody apart and is not used. Knows nothing of Redis.
 */
#ifndef SEKISHO_APP_FLEET_ASSETS_H
#define SEKISHO_APP_FLEET_ASSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* The members of an asset's hash that are read. Those of the first part are one text each, and may differ from sensor
 * to sensor; then the lists, which are joined; then what is needed for the rest. */
enum fleet_field {
	FLEET_NAME,
	FLEET_VENDOR,
	FLEET_ROLE,
	FLEET_ZONE,
	FLEET_FA_ZONE,
	FLEET_PURDUE,
	FLEET_REGISTERED,
	FLEET_PHASE,
	FLEET_USAGE,
	FLEET_USE_CASE,
	FLEET_KIND,
	FLEET_OWNER_DEPT,
	FLEET_MAKER,
	FLEET_MODEL,
	FLEET_SERIAL,
	FLEET_FIRMWARE,
	FLEET_OS,
	FLEET_TEXTS,
	FLEET_MAC = FLEET_TEXTS,
	FLEET_IP,
	FLEET_VLAN,
	FLEET_ROLES,
	FLEET_PROTOCOLS,
	FLEET_HOSTNAMES,
	FLEET_LISTS_END,
	FLEET_MAC_VIRTUAL = FLEET_LISTS_END,
	FLEET_STRONG_KEYS,
	FLEET_GATEWAY,
	FLEET_UNIT_IDS,
	FLEET_FIRST_SEEN,
	FLEET_LAST_SEEN,
	FLEET_FIELDS
};

/** The member's name in the hash. */
const char *fleet_field_name(enum fleet_field f);

/* By what devices were found to be the same, as bits. */
enum { FLEET_BY_KEY = 1, FLEET_BY_MAC = 2, FLEET_BY_IP = 4, FLEET_BY_UNIT = 8 };

/** What one sensor wrote of one device. Texts live in the arena, "" where there is none. */
struct fleet_asset {
	uint32_t sensor; /* as given */
	uint32_t root;   /* of its device: an index, the lowest of it, after merging */
	unsigned by;     /* at the root: FLEET_BY_... */
	const char *id;
	const char *field[FLEET_FIELDS];
};

struct fleet_assets {
	struct arena texts;
	struct fleet_asset *item; /* by sensor and id, after merging */
	size_t n, room, most;
	uint64_t left_out; /* records beyond the caps */
	uint64_t shared;   /* values that one sensor sees on several devices */
	uint32_t *order;   /* all indices, device by device */
};

/** One device: its records lie side by side in order, by sensor. */
struct fleet_device {
	const uint32_t *record;
	size_t n;
	const struct fleet_asset *chief; /* whose word counts first: registered, then seen last */
};

enum { FLEET_ASSETS_MAX = 200000 };
#define FLEET_ASSETS_BYTES ((size_t)384 << 20)

/** @return 0 or -ENOMEM; fleet_assets_deinit() in both cases. */
int fleet_assets_init(struct fleet_assets *a, size_t most, size_t bytes);
void fleet_assets_deinit(struct fleet_assets *a);

/** @values: of each field, NULL where there is none; copied. What does not fit any more is counted. */
void fleet_assets_add(struct fleet_assets *a, uint32_t sensor, const char *id, const char *const *values);

/** A copy of @text (NULL: "") in @a, cut where it is longer than any that a sensor writes; NULL where there is no room.
 */
const char *fleet_text(struct arena *a, const char *text);

/** Finds what is the same. @site: of each sensor; see fleet_sites(). @return 0 or -ENOMEM. */
int fleet_assets_merge(struct fleet_assets *a, const uint32_t *site);

/** The next device: begin with *at = 0. @return false at the end. */
bool fleet_assets_next(const struct fleet_assets *a, size_t *at, struct fleet_device *d);

/** Do the sensors say different things of this field? What is not said does not count. */
bool fleet_device_differs(const struct fleet_assets *a, const struct fleet_device *d, enum fleet_field f);

#endif
