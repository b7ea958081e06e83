/*
 * Drills: practice alerts that go the way of real ones to every output, and the record of who reacted when.
 *
 * `sekisho drill start` asks for one (requests.h); the daemon raises its alerts (drill_serve.h) by the scenario
 * (drill_scenarios.def). They are marked in their title and by sekisho.drill, and stand in tables of their own, so that
 * nothing that counts alerts counts them: no report, no incident, no mute, no device. This is the reading side.
 */
#ifndef SEKISHO_ALERT_DRILLS_H
#define SEKISHO_ALERT_DRILLS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/log.h"

/** In front of every title. */
#define DRILL_MARK_EN "[DRILL] "
#define DRILL_MARK_JA "【訓練】"

/** The number of a drill as people write it, "D3" or "3"; 0 where it is none. */
int64_t drill_no_parse(const char *text);

/** What of a row of drill_alerts stands for the columns of ALERT_ROW_COLUMNS (alert_row.h). */
#define DRILL_ROW_COLUMNS "body, first_seen, last_seen, 1, state, incident, '', '', who, reason, 0, 1"

struct drills_filter {
	int64_t no;     /* 0: any */
	bool under_way; /* those alone */
};

/**
 * Calls @row with one JSON object a drill, the newest first: drill, scenario, version, title, note, by, started, until,
 * state ("under_way", "ended"), ended, ended_by, remark, alerts [{n, alert_id, rule_id, level, state, title_ja,
 * title_en, at, acked, acked_by, acked_seconds, closed, closed_by, closed_seconds, ack_minutes, close_minutes (the
 * targets), outputs [{name, delivered, at, seconds}]}]. What did not happen, or is not asked for, is null.
 * @return 0; -errno with @c filled.
 */
int drills_each(const char *state_dir, const struct drills_filter *f, void (*row)(void *ctx, const char *json),
		void *ctx, struct complaint *c);

#endif
