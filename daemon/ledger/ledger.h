/*
 * The ledger: every device, its place, and whether it may be there.
 *
 * Runs on the analyst thread. An event comes in, gets both its ends filled (asset, zone, level, registered) and its
 * conduit verdict, updates assets and conversations, and goes on to the next stage; a device never seen before becomes
 * an `asset` event (change: new) sent on ahead of it. State lives in memory and is written to SQLite in batches by
 * ledger_write(), off the packet path.
 *
 * Asset numbers are given in the order of first sight, so the same capture gives the same ledger.
 */
#ifndef SEKISHO_LEDGER_LEDGER_H
#define SEKISHO_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/json.h"
#include "base/log.h"
#include "base/sqlite_company.h"
#include "event/event.h"
#include "ledger/site.h"

struct ledger;

/**
 * Opens (or creates) STATE_DIR/ledger.db and reads it into memory.
 *
 * @site   borrowed; must outlive the ledger or be replaced by ledger_set_site()
 * @next   gets every event after its ends are filled
 * @return 0; -errno with @c filled (a database that is no database, or, -ENOTSUP, of a newer version, is an error and
 *         left alone)
 */
int ledger_open(struct ledger **out, const char *state_dir, const struct site *site, struct event_sink next,
		struct complaint *c);

/**
 * For who has to go on watching: a damaged database makes room for a fresh one. It stands under another name then
 * (sqlite_care_set_aside()), which the log says. @return 0, also where there is nothing to do; -errno with @c filled.
 */
int ledger_make_room(const char *state_dir, struct complaint *c);

/** How much is kept in memory; what is pushed out stays in the database and comes back when it is seen again. */
struct ledger_limits {
	uint32_t assets;        /* 0: 200,000 */
	uint32_t conversations; /* 0: 500,000 */
	uint32_t flows;         /* whose totals so far are known; 0: 262,144 */
	uint64_t disk_bytes;    /* that ledger.db takes, then what was not seen for longest goes (retain.h); 0: any */
	uint64_t disk_devices;  /* that ledger.db keeps; whoever comes then must be in the register; 0: any */
	bool keep_places;       /* @site is none: what places assets had stays in the database */
	const char *oui_dir;    /* IEEE registries (oui.csv ...), NULL: where the system has them */
	enum sqlite_company company;
};

/** The same with other limits; @limits may be NULL. */
int ledger_open_limited(struct ledger **out, const char *state_dir, const struct site *site, struct event_sink next,
			const struct ledger_limits *limits, struct complaint *c);

/** A number for those who only read, kept in the table meta with the next batch. */
void ledger_keep_number(struct ledger *l, const char *key, int64_t value);

/** Memory ceiling of a ledger with these limits. */
uint64_t ledger_ceiling_bytes(const struct ledger_limits *limits);

/** Writes what is not yet written and closes. NULL is allowed. */
void ledger_close(struct ledger *l);

/** Can any record of this kind tell the ledger that two assets are one? */
bool ledger_learns_from(const struct field_table *table);

/** The fields of another kind by which a record of it can: up to @max of them into @keys. @return how many. */
size_t ledger_keys_of(const struct field_table *table, const struct field_def **keys, size_t max);

/** An event_sink.take; ctx is the ledger. */
void ledger_take(void *ledger, struct event *ev);

/** Writes changed rows in one transaction. @return 0, or -EIO with a log line; tried again next time. */
int ledger_write(struct ledger *l);

/** The same without what was merely seen again. */
int ledger_write_news(struct ledger *l);

/**
 * Ends what is being written, so that another connection can write: one of the same thread would wait for this one
 * until its patience ends. @return 0; -EIO as ledger_write().
 */
int ledger_let_write(struct ledger *l);

/**
 * Writes at once what cannot wait, if an asset has got its number since; says nothing to anybody. To be called before
 * what names assets is committed elsewhere: otherwise, after a crash in between, another device would get a number that
 * is told of already. Where numbers are reserved (SQLITE_FRESH) it waits for ledger_write() as long as little is
 * being written. @return 0; -EIO while the database cannot be written (only ledger_write() tries again).
 */
int ledger_write_new(struct ledger *l);

/** The highest number that an asset has got, or that counts as given. */
uint64_t ledger_last_no(const struct ledger *l);

/** Numbers up to @no are given, whatever the database says: it may be a fresh one, or one that was put back. */
void ledger_number_behind(struct ledger *l, uint64_t no);

/**
 * Looks whether others have written to the database since the last time - the register, a person's decisions on
 * identity - and takes it over. Cheap where nothing has changed.
 */
void ledger_tick(struct ledger *l);

void ledger_set_site(struct ledger *l, const struct site *site);

/** How far the sensor is (watch.h); written with the next batch. */
struct watched;
void ledger_watched(struct ledger *l, const struct watched *now);

/** ledger_limits.disk_bytes and .disk_devices from now on. */
void ledger_set_disk(struct ledger *l, uint64_t bytes, uint64_t devices);

/** An alert of level high or above was raised by @ev: near it nothing is learnt of its devices (baseline.h). */
void ledger_disturbed(struct ledger *l, const struct event *ev);

/**
 * A rule (its `raise:`) found the asset in use for more than it is registered for: from now on it counts as used for
 * @usage ("control", "analytics", "storage"), also in the event being taken, until a person says what it is for. Never
 * lowers; without a row of the register, or for asset number 0, nothing happens.
 */
void ledger_raise_usage(struct ledger *l, uint64_t asset_no, const char *usage, int64_t at_ns);

/** Another number each time that planned work may have changed: ledger_calendar() then. */
uint64_t ledger_calendar_age(const struct ledger *l);
struct calendar;
/** Planned work as it stands, for calendar_free(). @return 0; -errno, logged. */
int ledger_calendar(struct ledger *l, struct calendar *out);

struct work_met;
/** An alert was found while planned work went on: a row of work_alert with the next batch. */
void ledger_met(struct ledger *l, const struct work_met *m);

struct ledger_counters {
	uint64_t assets, conversations, evicted_assets, evicted_conversations, written_rows, write_errors;
	uint64_t works, removed_works; /* planned work; since there is a ledger */
	uint64_t removed_work_alerts, removed_watch_rows;
	uint64_t removed_conversations; /* from the database, to keep to its share of the disk */
	uint64_t refused_sightings;     /* of devices that got no number, as the database has all it may keep */
	uint64_t baseline_facts, baseline_refused, baseline_thrown_away, baseline_state, baseline_learning_s,
	    baseline_interrupted_s; /* as struct baseline_counters */
	uint64_t evicted_names; /* of who said which name last: a second device of that name is not told by it then */
};
struct ledger_counters ledger_count(const struct ledger *l);

/* ---- the register: what people declare (CSV). All of a file is applied, or nothing. */

/**
 * Imports a register. Columns by header name (English or Japanese): name, mac, ip, kind, zone, owner_dept, usage,
 * use_case, phase. UTF-8, UTF-8 with BOM and CP932. Rows replace the former register; @by (register_write.h) stands in
 * the audit trail. @return 0 with *rows set; -EINVAL with @c naming file, line and what to do; -errno.
 */
struct person;
int register_import(const char *state_dir, const char *csv_file, const struct site *site, const struct person *by,
		    unsigned *rows, struct complaint *c);

/** Reads the register of STATE_DIR into the running ledger: after import, or at SIGHUP. */
int ledger_reload_register(struct ledger *l, struct complaint *c);

/* ---- reading, also while a daemon runs (another process, read-only) */

struct ledger_filter {
	const char *zone;     /* or NULL */
	int purdue;           /* tenths, or PURDUE_UNKNOWN: any */
	int registered;       /* 0, 1, or -1: any */
	const char *asset_id; /* or NULL */
	bool evidence; /* assets: evidence[] too, each value with its former one, source, time, confidence, place */
	bool contradicting;     /* assets: only those that are not what their papers say */
	int64_t silent_ns;      /* assets: only those not seen within this time before the latest packet; 0: any */
	int64_t from_ns, to_ns; /* assets: first seen from, and before; 0: any */
	const char *protocol;   /* links only, or NULL */
};

/** Calls @row with one JSON object per asset (asset_id, name, mac[], ip[], vlan[], vendor, zone, fa_zone, purdue,
 * registered, phase, usage, use_case, kind, owner_dept, roles[], protocols[], hostnames[], first_seen, last_seen), by
 * asset_id. */
int ledger_each_asset(const char *state_dir, const struct ledger_filter *f, void (*row)(void *ctx, const char *json),
		      void *ctx, struct complaint *c);

/**
 * The same for the assets written since @since_version (0: all), for those who mirror the ledger elsewhere: opens,
 * reads, closes, on any thread. A register imported since makes every asset new. Also names assets merged into others:
 * {"asset_id":"A000003","merged_into":"A000001"}.
 * @return the version that these rows bring the reader to; @since_version itself when there is nothing new or the
 * database cannot be read.
 */
uint64_t ledger_assets_changed(const char *state_dir, uint64_t since_version, void (*row)(void *ctx, const char *json),
			       void *ctx);

/** What the asset and those merged into it gained and lost ({time, attr, value, prev, proto, confidence, pcap_ref{}}),
 * oldest first. */
int ledger_each_change(const char *state_dir, uint64_t no, void (*row)(void *ctx, const char *json), void *ctx,
		       struct complaint *c);

/** Which rows were joined with it or parted from it ({no, time, verb, who, from, to, reason, undone}), oldest first. */
int ledger_each_decision(const char *state_dir, uint64_t no, void (*row)(void *ctx, const char *json), void *ctx,
			 struct complaint *c);

/** The asset that @no was merged into, or @no. */
uint64_t ledger_merged_into(const char *state_dir, uint64_t no);

/** The same for conversations (src{}, dest{}, protocol, port, functions[], first_seen, last_seen, packets, bytes,
 * count, conduit). */
int ledger_each_link(const char *state_dir, const struct ledger_filter *f, void (*row)(void *ctx, const char *json),
		     void *ctx, struct complaint *c);

/** The same as rows of a table, without what JSON costs: for those who list hundreds of thousands. Borrowed; lists have
 * blanks between, and "" is what is not known. */
struct ledger_asset_row {
	const char *asset_id, *name, *ips, *macs, *vlans, *vendor, *roles, *protocols, *hostnames;
	const char *zone, *fa_zone, *purdue;
	const char *phase, *kind, *owner_dept, *contradicts;
	const char *maker, *model, *serial, *firmware, *os; /* as it says of itself */
	const char *gateway, *unit_id, *nat_suspected;
	int64_t first_ns, last_ns;
	enum registered registered;
};
int ledger_each_asset_row(const char *state_dir, const struct ledger_filter *f,
			  void (*row)(void *ctx, const struct ledger_asset_row *row), void *ctx, struct complaint *c);

struct ledger_link_row {
	const char *src, *src_zone, *dest, *dest_zone, *protocol;
	unsigned port;
	uint64_t packets;
	enum conduit_verdict verdict;
};
int ledger_each_link_row(const char *state_dir, const struct ledger_filter *f,
			 void (*row)(void *ctx, const struct ledger_link_row *row), void *ctx, struct complaint *c);

/** Calls @row with {"model"}, then one {"token","ja","en"} for each level or factory zone that has a name of the site's
 * own, then one {"zone","ja","en","fa_zone","purdue"} for each zone. */
int ledger_each_place(const char *state_dir, void (*row)(void *ctx, const char *json), void *ctx, struct complaint *c);

#endif
