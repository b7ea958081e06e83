/*
 * What makes two findings the same alert, and what the alert is called.
 *
 * A group is (rule id, group key). Both are of any length, so a group is known by its SHA-256 digest: it must not be
 * possible to craft traffic whose alert hides in the group of another one. The digest also makes the `fingerprint`, the
 * same in every run of one sensor; another sensor has other numbers for its devices, hence other fingerprints.
 */
#ifndef SEKISHO_ALERT_GROUP_H
#define SEKISHO_ALERT_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message_digest.h"
#include "event/finding.h"

enum {
	GROUP_DIGEST_BYTES = SHA256_BYTES,
	ALERT_ID_CHARS = 26,
	FINGERPRINT_CHARS = 32,
};

/** Where an alert stands in its life. */
enum alert_state { ALERT_OPEN, ALERT_ACKNOWLEDGED, ALERT_MUTED, ALERT_CLOSED, ALERT_LEARNT, ALERT_STATES };

/** "open" ... "learnt": the words of events.md. */
const char *alert_state_name(enum alert_state state);
/** ALERT_OPEN where it is none. */
enum alert_state alert_state_parse(const char *name);

/* An entry of the table of groups in memory; the digest is its key. There are as many as alerts, so small things stand
 * side by side. */
struct group {
	uint8_t digest[GROUP_DIGEST_BYTES];
	int64_t no; /* row in alerts.db */
	uint64_t count;
	int64_t first_seen_ns, last_seen_ns;
	int64_t counted_to_ns;     /* last_seen when the store was opened: up to here everything is counted already */
	int64_t told_ns;           /* packet time at which sinks heard of it last */
	struct group *next_counts; /* behind.h */
	char alert_id[ALERT_ID_CHARS + 1];
	char incident[ALERT_ID_CHARS + 1]; /* that it is part of, or "" */
	uint8_t told_digits;               /* of its count when sinks heard of it: with one more they hear again */
	enum alert_level level : 8;
	enum alert_state state : 8;
	enum attack_stage stage : 8; /* of its rule */
	bool told : 1;               /* somebody has heard of it */
	bool stored : 1;             /* has a row in alerts.db */
	bool behind : 1;             /* its row is: behind.h */
	bool pressing : 1;           /* by more than a count */
	bool counts : 1;             /* is among those of which it was a count */
	bool inserted : 1;           /* its row is made by the commit at hand, and says all of it */
};

void group_digest(const char *rule_id, struct span group_key, uint8_t digest[static GROUP_DIGEST_BYTES]);

/** The table's hash of a digest, which is uniform already. */
uint64_t group_hash(const uint8_t digest[static GROUP_DIGEST_BYTES]);

/** Lower-case hexadecimal digits of half the digest. */
void group_fingerprint(const uint8_t digest[static GROUP_DIGEST_BYTES], char text[static FINGERPRINT_CHARS + 1]);

/**
 * The id of an alert in the form of a ULID: 48 bits of packet time in milliseconds, then 80 bits of SHA-256 over
 * sensor, group and first_seen, as 26 digits of Crockford's base 32. It sorts by time, is unique over a fleet, and is
 * the same in every run over the same capture.
 */
void group_alert_id(const char *sensor, const uint8_t digest[static GROUP_DIGEST_BYTES], int64_t first_seen_ns,
		    char id[static ALERT_ID_CHARS + 1]);

/** The next count that sinks hear of after @count: 10, 100, 1000 ... */
uint64_t group_next_tell(uint64_t count);

#endif
