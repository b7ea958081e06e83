/*
 * The mutes in force: what a person does not want to be told until a day they named, and why.
 *
 * A mute is of one alert, or a pattern (rule, source, destination, zone; what is empty fits everything). What it fits
 * is counted as ever and told to nobody. How often each applied is kept with it, so that one that does nothing is seen.
 */
#ifndef SEKISHO_ALERT_MUTES_H
#define SEKISHO_ALERT_MUTES_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "alert/group.h"
#include "base/net_addr.h"
#include "event/finding.h"

enum {
	MUTES_MAX = 1024,
	MUTES_ENDED_KEPT = 1000, /* rows of those that are over; then the ones that ended first go */
};

/** An end that a pattern names: an asset, an address, a prefix or a MAC; none of them fits every end. */
struct mute_end {
	char asset_id[24];
	struct ip_prefix prefix;
	struct mac mac;
	bool is_prefix, is_mac;
};

struct mute {
	int64_t no;
	char alert_id[ALERT_ID_CHARS + 1], rule[64], zone[64];
	struct mute_end src, dest;
	int64_t until_ns;
	uint64_t applied; /* findings it kept from being told */
	int64_t last_ns;  /* packet time of the last of them */
	bool dirty;
};

struct mutes {
	struct mute *all;
	size_t n;
};

/** Reads an end as a person writes it: "A000017", "10.0.0.5", "10.0.0.0/24", "00:80:f4:00:00:01"; "" fits all. @return
 * false where it is none of these. */
bool mute_end_parse(const char *text, struct mute_end *out);

/** Loads what is in force. @return an SQLite code; on an error the former ones stay. */
int mutes_load(struct mutes *m, sqlite3 *db);
void mutes_deinit(struct mutes *m);

/** The first mute that fits, at the packet time of the finding; counted as applied. NULL: none. @alert_id: of the alert
 * that the finding belongs to. */
struct mute *mutes_apply(struct mutes *m, const struct finding *f, const char *alert_id);

/** What a mute is held against: an alert as the store has it. Texts are borrowed. */
struct mute_subject {
	const char *alert_id, *rule, *src_zone, *dest_zone, *src_asset, *dest_asset;
	struct ip_addr src_ip, dest_ip;
	struct mac src_mac, dest_mac;
};

/** What a finding is to a mute; borrowed from it. */
struct mute_subject mute_subject_of(const struct finding *f, const char *alert_id);
/** Does @m fit, whatever the time? */
bool mute_fits(const struct mute *m, const struct mute_subject *of);

/** Does one fit that is in force at @at_ns? */
bool mutes_cover(const struct mutes *m, const struct mute_subject *of, int64_t at_ns);
/** How many are in force at @at_ns. */
size_t mutes_in_force(const struct mutes *m, int64_t at_ns);

/** Ends those whose time is over at @now_ns, and keeps the last MUTES_ENDED_KEPT of what has ended; inside a
 * transaction. mutes_load() once it is committed. @return an SQLite code. */
int mutes_end(sqlite3 *db, int64_t now_ns);

/** Writes the counts of those that applied; inside a transaction. @return an SQLite code. mutes_saved() once it is
 * committed. */
int mutes_save(const struct mutes *m, sqlite3_stmt *update);
void mutes_saved(struct mutes *m);

#endif
