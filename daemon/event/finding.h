/*
 * What a rule found: the way from the rules to the alerts. Borrowed for the call.
 */
#ifndef SEKISHO_EVENT_FINDING_H
#define SEKISHO_EVENT_FINDING_H

#include "base/cursor.h"
#include "event/event.h"

enum alert_level { LEVEL_INFO, LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH, LEVEL_CRITICAL, LEVEL_COUNT };

/** "info" ... "critical". */
const char *alert_level_name(enum alert_level level);
/** Japanese word of a level: "情報" "低" "中" "高" "緊急". */
const char *alert_level_name_ja(enum alert_level level);
bool alert_level_parse(const char *name, enum alert_level *level);

/** How far what a rule finds has come on the way to the process; NONE: no step of an attack by itself. */
enum attack_stage { STAGE_NONE, STAGE_ARRIVAL, STAGE_DISCOVERY, STAGE_ACCESS, STAGE_CONTROL, ATTACK_STAGES };

/** "none", "arrival", "discovery", "access", "control". */
bool attack_stage_parse(const char *name, enum attack_stage *stage);

struct tag_list {
	const char *const *tags;
	size_t n;
};

enum { COUNTED_SHOWN = 8, COUNTED_TEXT_MAX = 48 };

enum counted_kind { COUNTED_COUNT, COUNTED_SUM, COUNTED_DISTINCT, COUNTED_RANGES, COUNTED_RATE, COUNTED_SEQUENCE };

/** What a rule that counts had seen when it spoke: the evidence behind its threshold. Packet time. */
struct counted {
	enum counted_kind kind;
	const char *of;    /* what was counted: "modbus.unit_id"; "" where it was records */
	uint64_t value;    /* so many since first_ns */
	uint64_t at_least; /* the threshold, as configured for the zone */
	int64_t within_ns; /* the window; of a rate: what one bucket holds */
	int64_t first_ns;  /* when the oldest of them was seen */
	const char *window; /* within_ns for people: "60 s", "10 min" */
	unsigned n_shown;
	struct span shown[COUNTED_SHOWN]; /* some of the distinct values, UTF-8, no control characters */
};

/** "count", "distinct" ... */
const char *counted_kind_name(enum counted_kind kind);

/** A line of an indicator file. Lives as long as the rule set. */
struct indicator {
	const char *type, *value, *source, *comment, *file;
	int64_t expires_ns; /* INT64_MAX: never */
	unsigned line;
};

/** The unchanging part of a rule that an alert carries. Lives as long as the rule set. */
struct rule_info {
	const char *id;        /* "SKS-MB-05" */
	uint32_t signature_id; /* EVE: number made from the id, stable */
	uint32_t rev;
	const char *category;              /* "modbus", "policy", ... */
	const char *title_en, *title_ja;   /* templates: {src.name}, {dest.name}, {modbus.unit_id} ... */
	const char *what_en, *what_ja;     /* what happened */
	const char *action_en, *action_ja; /* what to check first on the floor */
	const char *dont_en, *dont_ja; /* what not to do; "" where there is nothing to warn of. Findings carry it at the
					  end of their action */
	const char *limits_en, *limits_ja; /* what it cannot see from a mirror port; "" where there is nothing to say */
	struct tag_list attack_ics, meti, jnsa, iec62443, references;
	const char *ipa_phase;
	enum alert_level level;  /* as shipped */
	int floor;               /* an enum alert_level that the impact may not lower the alert below; -1: none */
	enum attack_stage stage; /* for incidents */
	const char *raise;       /* usage that the source counts as having from now on ("control"), or "" */
	const struct rule_json *json; /* what its alerts say alike (rule_json.h); NULL: not rendered */
};

struct finding {
	const struct rule_info *rule;
	const struct event *event; /* with src, dest and conduit filled; its count and first_ns are the finding's: what
				      was counted and not told before */
	enum alert_level level;    /* after the rule's own level conditions */
	struct span group_key;     /* bytes that tell one alert of this rule from another */
	struct span title_en, title_ja, action_en,
	    action_ja; /* templates filled in; UTF-8, control characters removed. Good after finding_fill() */
	void (*fill)(struct finding *f); /* NULL: they are filled in */
	const void *filler;              /* whose @fill it is */
};

/** Fills in the templates, which only what is told needs: most findings repeat an alert. */
static inline void finding_fill(struct finding *f)
{
	if (f->fill)
		f->fill(f);
	f->fill = NULL;
}

struct finding_sink {
	void (*take)(void *ctx, const struct finding *f);
	void *ctx;
};

#endif
