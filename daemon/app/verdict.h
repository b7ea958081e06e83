/*
 * Is the sensor well? One judgement for `sekisho health`, for /healthz and for the metric sekisho_healthy, made of
 * health.json: what is well, what is not, and what to do first.
 */
#ifndef SEKISHO_APP_VERDICT_H
#define SEKISHO_APP_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum verdict_grade {
	VERDICT_WELL,
	VERDICT_NOTE,  /* somebody should look at it one day */
	VERDICT_FAULT, /* the sensor does not do what it is there for */
};

enum { VERDICT_LINES_MAX = 96 };

struct verdict_line {
	enum verdict_grade grade;
	const char *reason; /* for programs: "blind", "loss", "sink" ... */
	char text[512];     /* in the chosen language, of one line */
	const char *first;  /* what to do first, likewise; NULL: nothing */
};

struct verdict {
	struct verdict_line line[VERDICT_LINES_MAX];
	unsigned n, faults;
	bool worse; /* more than there is room for */
};

/** Is the daemon at work that wrote this health.json? */
bool verdict_runs(const json_t *health, int64_t now_ns);

/**
 * @health: health.json, borrowed; @now_ns: wall clock. Texts of @v are its own or the program's.
 * Faults come first, then notes, then what is well.
 */
void verdict_make(struct verdict *v, const json_t *health, int64_t now_ns);

#endif
