#include "app/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/command.h"
#include "base/phrase.h"
#include "base/when.h"
#include "ledger/baseline.h"
#include "sinks/sink.h"

enum {
	STALE_S = 30,  /* health.json is written every 5 */
	BLIND_S = 120, /* a plant's network is never silent for so long */
	AWAY_S = 60,   /* a receiver may be restarted */
	BEHIND_ROWS = 1000,
	DISK_PCT = 10, /* as SKS-SH-03 has it */
};

/* Of 5 minutes: more than that is a fault; of the sensor's own loss, less is still worth a note (SKS-SH-02). */
static const double loss_fault_pct = 1, loss_note_pct = 0.1;

#define NOTHING_TO_DO ((enum word) - 1)

static void __attribute__((format(printf, 5, 0)))
add(struct verdict *v, enum verdict_grade grade, const char *reason, enum word first, const char *format, ...)
{
	va_list ap;

	v->faults += grade == VERDICT_FAULT;
	if (v->n == VERDICT_LINES_MAX) {
		v->worse = true;
		return;
	}
	struct verdict_line *l = &v->line[v->n++];
	l->grade = grade;
	l->reason = reason;
	l->first = first == NOTHING_TO_DO ? NULL : say(first);
	va_start(ap, format);
	vsnprintf(l->text, sizeof(l->text), format, ap);
	va_end(ap);
	for (unsigned char *c = (unsigned char *)l->text; *c; c++) {
		if (*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
}

static unsigned long long count_at(const json_t *object, const char *path)
{
	return (unsigned long long)json_number_value(json_node(object, path));
}

static double share_at(const json_t *object, const char *path)
{
	return json_number_value(json_node(object, path));
}

/* @return seconds since the state was written. */
static int64_t age_s(const char *written, int64_t now_ns)
{
	struct tm utc = {0};

	return strptime(written, "%Y-%m-%dT%H:%M:%S", &utc) ? now_ns / NS_PER_S - timegm(&utc) : INT64_MAX;
}

bool verdict_runs(const json_t *health, int64_t now_ns)
{
	return json_object_get(health, "captures") && !json_is_true(json_object_get(health, "stopped")) &&
	       age_s(json_at(health, "written"), now_ns) <= STALE_S;
}

/* @return whether a daemon is at work. */
static bool judge_life(struct verdict *v, const json_t *health, int64_t now_ns)
{
	const char *written = json_at(health, "written");
	char at[64];

	local_time(written, at, sizeof(at));
	if (!json_object_get(health, "captures")) {
		add(v, VERDICT_NOTE, "replay", NOTHING_TO_DO, say(W_HV_REPLAY), at);
	} else if (json_is_true(json_object_get(health, "stopped"))) {
		add(v, VERDICT_FAULT, "stopped", W_HV_STOPPED_DO, say(W_HV_STOPPED), at);
	} else if (age_s(written, now_ns) > STALE_S) {
		add(v, VERDICT_FAULT, "dead", W_HV_DEAD_DO, say(W_HV_DEAD), at);
	} else {
		add(v, VERDICT_WELL, "runs", NOTHING_TO_DO, say(W_HV_RUNS), json_at(health, "version"), at);
		return true;
	}
	return false;
}

static void judge_captures(struct verdict *v, const json_t *health)
{
	size_t i;
	json_t *capture;

	json_array_foreach(json_object_get(health, "captures"), i, capture)
	{
		const char *name = json_at(capture, "name");
		const char *link = json_at(capture, "link");
		unsigned long long silent_s = count_at(capture, "silent_s"), frames = count_at(capture, "frames");
		if (strcmp(link, "gone") == 0)
			add(v, VERDICT_FAULT, "gone", W_HV_LINK_GONE_DO, say(W_HV_LINK_GONE), name);
		else if (strcmp(link, "down") == 0)
			add(v, VERDICT_FAULT, "down", W_HV_BLIND_DO, say(W_HV_LINK_DOWN), name);
		else if (json_is_true(json_object_get(capture, "live")) && silent_s >= BLIND_S)
			add(v, VERDICT_FAULT, "blind", W_HV_BLIND_DO, say(W_HV_BLIND), name, silent_s);
		else if (frames == 0)
			add(v, VERDICT_WELL, "capture", NOTHING_TO_DO, say(W_HV_NOTHING_YET), name);
		else
			add(v, VERDICT_WELL, "capture", NOTHING_TO_DO, say(W_HV_SEES), name, frames);
	}
}

static void judge_loss(struct verdict *v, const json_t *health)
{
	double lost = share_at(health, "loss_pct_5m"), unseen = share_at(health, "unseen_pct_5m");

	if (lost <= loss_note_pct)
		add(v, VERDICT_WELL, "loss", NOTHING_TO_DO, "%s", say(W_HV_NO_LOSS));
	else
		add(v, lost > loss_fault_pct ? VERDICT_FAULT : VERDICT_NOTE, "loss", W_HV_LOSS_DO, say(W_HV_LOSS), lost,
		    count_at(health, "kernel_dropped"), count_at(health, "queue_dropped"));
	if (unseen > loss_fault_pct)
		add(v, VERDICT_FAULT, "unseen", W_HV_UNSEEN_DO, say(W_HV_UNSEEN), unseen);
}

/* What went to keep to a share of the disk; of captures that is so in every plant some day. */
static void judge_removed(struct verdict *v, const json_t *health)
{
	static const struct {
		const char *counter;
		enum verdict_grade grade;
		enum word text, first;
	} kinds[] = {{"alerts_removed", VERDICT_NOTE, W_HV_ALERTS_GO, W_HV_ALERTS_GO_DO},
		     {"conversations_removed", VERDICT_NOTE, W_HV_LINKS_GO, W_HV_LINKS_GO_DO},
		     {"sightings_refused", VERDICT_FAULT, W_HV_DEVICES_FULL, W_HV_DEVICES_FULL_DO},
		     {"evidence_removed", VERDICT_WELL, W_HV_CAPTURES_GO, NOTHING_TO_DO}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (count_at(health, kinds[i].counter) > 0)
			add(v, kinds[i].grade, "removed", kinds[i].first, say(kinds[i].text),
			    count_at(health, kinds[i].counter));
	}
}

static void judge_clock(struct verdict *v, const json_t *health)
{
	unsigned long long lost_s = count_at(health, "clock_lost_s");

	if (lost_s > 0)
		add(v, VERDICT_NOTE, "clock", W_HV_CLOCK_DO, say(W_HV_CLOCK), lost_s / 60);
}

static void judge_storage(struct verdict *v, const json_t *health)
{
	static const char *const damaged[] = {"ledger_damaged", "alerts_damaged"};
	double size = share_at(health, "state_size_bytes"), left = share_at(health, "state_free_bytes");

	if (json_object_get(health, "state_lost"))
		add(v, VERDICT_FAULT, "state", W_HV_STATE_LOST_DO, say(W_HV_STATE_LOST), json_at(health, "state_lost"));
	if (json_is_true(json_object_get(health, "database_failing")))
		add(v, VERDICT_FAULT, "database", W_HV_CANNOT_WRITE_DO, "%s", say(W_HV_CANNOT_WRITE));
	else
		add(v, VERDICT_WELL, "database", NOTHING_TO_DO, "%s", say(W_HV_WRITES));
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		if (json_object_get(health, damaged[i]))
			add(v, VERDICT_NOTE, "damaged", W_HV_DAMAGED_DO, say(W_HV_DAMAGED),
			    json_at(health, damaged[i]));
	}
	if (size > 0) {
		bool full = 100 * left < DISK_PCT * size;
		add(v, full ? VERDICT_FAULT : VERDICT_WELL, "disk", full ? W_HV_DISK_DO : NOTHING_TO_DO, say(W_HV_DISK),
		    100 * left / size);
	}
	judge_removed(v, health);
	if (count_at(health, "evidence_failed") > 0)
		add(v, VERDICT_NOTE, "evidence", W_HV_CANNOT_WRITE_DO, say(W_HV_EVIDENCE),
		    count_at(health, "evidence_failed"));
}

static void judge_sink(struct verdict *v, const json_t *sink)
{
	const char *name = json_at(sink, "name");
	unsigned long long waiting = count_at(sink, "waiting"), away_s = count_at(sink, "away_s");
	size_t i;
	json_t *note;

	if (!json_is_true(json_object_get(sink, "connected")))
		add(v, away_s >= AWAY_S ? VERDICT_FAULT : VERDICT_NOTE, "sink", W_HV_AWAY_DO, say(W_HV_AWAY), name,
		    away_s, waiting);
	else if (waiting >= BEHIND_ROWS)
		add(v, VERDICT_FAULT, "behind", W_HV_BEHIND_DO, say(W_HV_BEHIND), name, waiting);
	else
		add(v, VERDICT_WELL, "sink", NOTHING_TO_DO, say(W_HV_SINK), name, count_at(sink, "delivered"), waiting);
	json_array_foreach(json_object_get(sink, "notes"), i, note)
	{
		const char *text = json_string_value(note) ? sink_note_text(json_string_value(note)) : NULL;
		if (text)
			add(v, sink_note_is_fault(json_string_value(note)) ? VERDICT_FAULT : VERDICT_NOTE, "receiver",
			    NOTHING_TO_DO, "%s: %s", name, phrase(text));
	}
}

static void judge_sinks(struct verdict *v, const json_t *health, bool runs)
{
	const json_t *sinks = json_object_get(health, "sinks");
	size_t i;
	json_t *sink;

	json_array_foreach((json_t *)(uintptr_t)sinks, i, sink) judge_sink(v, sink);
	if (runs && json_array_size(sinks) == 0)
		add(v, VERDICT_NOTE, "sink", W_HV_NO_SINK_DO, "%s", say(W_HV_NO_SINK));
	if (count_at(health, "outbox_dropped") > 0)
		add(v, VERDICT_NOTE, "outbox", W_HV_DROPPED_DO, say(W_HV_DROPPED), count_at(health, "outbox_dropped"));
}

static void judge_tables(struct verdict *v, const json_t *health)
{
	size_t i;
	json_t *table;

	json_array_foreach(json_object_get(health, "tables"), i, table)
	{
		if (count_at(table, "evicted") > 0)
			add(v, VERDICT_NOTE, "table", W_HV_TABLE_DO, say(W_HV_TABLE), json_at(table, "name"),
			    count_at(table, "evicted"));
	}
}

/* Of the period, how much near alerts is worth a note. */
enum { INTERRUPTED_PCT = 10 };

static void judge_baseline(struct verdict *v, const json_t *health)
{
	unsigned long long state = count_at(health, "baseline_state"), facts = count_at(health, "baseline_facts"),
			   learning_s = count_at(health, "baseline_learning_s"),
			   interrupted_s = count_at(health, "baseline_interrupted_s");
	bool over = state == BASELINE_STATE_OVER;

	if (state == BASELINE_STATE_MISSING)
		add(v, VERDICT_NOTE, "baseline", W_HV_NO_BASELINE_DO, "%s", say(W_HV_NO_BASELINE));
	else if (over && facts == 0)
		add(v, VERDICT_FAULT, "baseline", W_HV_BASELINE_EMPTY_DO, say(W_HV_BASELINE_EMPTY), interrupted_s / 60,
		    learning_s / 60);
	else if (interrupted_s > 0 && 100 * interrupted_s >= INTERRUPTED_PCT * learning_s)
		add(v, VERDICT_NOTE, "baseline", over ? W_HV_BASELINE_THIN_DO : W_HV_LEARNING_CUT_DO,
		    say(over ? W_HV_BASELINE_THIN : W_HV_LEARNING_CUT), interrupted_s / 60, learning_s / 60, facts);
	else if (state != BASELINE_STATE_OFF)
		add(v, VERDICT_WELL, "baseline", NOTHING_TO_DO, say(over ? W_HV_BASELINE : W_HV_LEARNS), facts);
}

static void judge_sandbox(struct verdict *v, const json_t *health)
{
	const char *means;
	json_t *holds;

	json_object_foreach(json_object_get(health, "sandbox"), means, holds)
	{
		if (!json_is_true(holds))
			add(v, VERDICT_NOTE, "sandbox", W_HV_SANDBOX_DO, say(W_HV_SANDBOX), means);
	}
}

/* Faults first; what is of one grade stays in its order. */
static void put_in_order(struct verdict *v)
{
	for (unsigned i = 1; i < v->n; i++) {
		struct verdict_line line = v->line[i];
		unsigned at = i;
		for (; at > 0 && v->line[at - 1].grade < line.grade; at--)
			v->line[at] = v->line[at - 1];
		v->line[at] = line;
	}
}

void verdict_make(struct verdict *v, const json_t *health, int64_t now_ns)
{
	v->n = v->faults = 0;
	v->worse = false;
	bool runs = judge_life(v, health, now_ns);
	/* of a daemon that is gone, what it saw last tells nothing of now, but what it left behind does */
	if (runs) {
		judge_captures(v, health);
		judge_loss(v, health);
		judge_clock(v, health);
	}
	judge_storage(v, health);
	judge_sinks(v, health, runs);
	judge_tables(v, health);
	judge_baseline(v, health);
	if (runs)
		judge_sandbox(v, health);
	put_in_order(v);
}
