/*
 * What a support bundle is made of: how the box and the daemon are, without what they saw. No payload, no secret; names
 * and addresses of devices, people and places are marks (mask.h).
 *
 * Each part writes text into a plain buffer. What cannot be found out is said in its place, never an error.
 */
#ifndef SEKISHO_APP_SUPPORT_H
#define SEKISHO_APP_SUPPORT_H

#include "app/mask.h"
#include "app/pipeline.h"

enum { SUPPORT_PART_BYTES = 4 << 20, SUPPORT_LOG_LINES = 500 };

struct support {
	struct mask *mask;
	bool salt_kept;
	const char *state_dir, *config_file; /* NULL: none was named */
	const char *log_file;                /* instead of the journal; NULL */
	const struct policy_set *set;        /* NULL where the configuration does not load */
	const char *complaint;               /* why, then */
};

struct support_part {
	const char *name; /* of the file */
	void (*write)(const struct support *s, struct json *out);
};

/** NULL-terminated by its name. */
extern const struct support_part support_parts[];

/** Appends formatted text. */
void support_print(struct json *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Teaches the mask what must not leave: texts of the configuration, names and addresses of the ledger. */
void support_learn(const struct support *s);

/* The parts, by what they look at. */
void support_config(const struct support *s, struct json *out);
void support_health(const struct support *s, struct json *out);
void support_tables(const struct support *s, struct json *out);
void support_files(const struct support *s, struct json *out);
void support_rules(const struct support *s, struct json *out);
void support_system(const struct support *s, struct json *out);
void support_interfaces(const struct support *s, struct json *out);
void support_log(const struct support *s, struct json *out);

#endif
