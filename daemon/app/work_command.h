/*
 * What the parts of `sekisho work` share: cmd_work.c (its options), work_enter.c (add, import, end, cancel),
 * work_list.c, work_show.c.
 */
#ifndef SEKISHO_APP_WORK_COMMAND_H
#define SEKISHO_APP_WORK_COMMAND_H

#include "app/command.h"
#include "app/work_times.h"

struct work_options {
	const char *state, *config, *by, *reason;
	const char *from, *to, *day, *every, *until, *since; /* as typed; NULL: not given */
	const char *zone, *conduit, *device, *src, *dest, *rule, *who, *note, *at;
	const char *in, *kind, *encoding;
	bool json, csv, count, hours, alerts, muted;
};

/* @state: the state directory. Each @return an exit status, with what is wrong said. */
int work_enter(const struct work_options *o, const char *state, const char *kind, const char *title);
int work_import(const struct work_options *o, const char *state, const char *file);
int work_finish(const struct work_options *o, const char *state, const char *no, bool cancels);
int work_list(const struct work_options *o, const char *state);
int work_show(const struct work_options *o, const char *state, const char *no);
int work_rules(const struct work_options *o);

/** "2026-12-31 18:00" in this machine's local time; "" for 0. @return @buf. */
enum { WORK_WHEN_MAX = 40 };
const char *work_when(int64_t ns, char buf[static WORK_WHEN_MAX]);
/** Members of an entry and of one time of it, within an object. */
struct json;
void work_put_json(struct json *j, const struct work_row *row, const struct work_alerts *n);

#endif
