/*
 * Planned work held against findings, at packet time: which entries go on and concern what was found, and whether one
 * of them keeps it from being told (work_rules.def). What is kept back stays in the list as muted, with the entry for a
 * reason; an alert that was there before stays as it was. Lifetime: until the calendar is another one.
 */
#ifndef SEKISHO_ALERT_PLAN_H
#define SEKISHO_ALERT_PLAN_H

#include <sqlite3.h>

#include "alert/mutes.h"
#include "event/work.h"

/** Does an entry of this kind keep the rule's findings from being told? @japanese: why it does. NULL: it does not. */
const char *work_rule_why(enum work_kind kind, const char *rule, bool japanese);

/** The rows of work_rules.def. @return false: there are not so many. */
struct work_rule {
	enum work_kind kind;
	const char *rule, *en, *ja;
};
bool work_rule_at(size_t i, struct work_rule *out);

enum {
	PLANNED_MAX = 8, /* entries that concern one finding; more are left out, but for the one that keeps it back */
	PLAN_REASON_MAX = WORK_TITLE_MAX + 40,
	PLAN_NOTES_MAX = 512, /* alerts whose reason waits for the next commit */
};

#define PLAN_REASON "planned work #"

/** An entry that goes on and concerns a finding. */
struct planned {
	const struct work *work;
	struct work_time time;
	bool mutes;
};

/** What an alert's row says of the entry that keeps it back. */
struct plan_note {
	int64_t alert_no, until_ns;
	char reason[PLAN_REASON_MAX], by[128];
};

struct plan {
	struct calendar calendar;
	struct mute *scopes;    /* of each entry, two: source and destination at a named device */
	int64_t from_ns, to_ns; /* what follows holds from here up to here, packet time */
	struct active {
		size_t work;
		struct work_time time;
	} * active;
	size_t n_active;
	struct plan_note notes[PLAN_NOTES_MAX];
	size_t n_notes;
};

/** Takes @c over, whose place is empty then. @return 0; -ENOMEM: the former calendar holds. */
int plan_set(struct plan *p, struct calendar *c);
void plan_deinit(struct plan *p);

/** The entries that concern @f at its packet time. *@mutes becomes the first that keeps it back, NULL: none. @return
 * how many. */
size_t plan_find(struct plan *p, const struct finding *f, struct planned out[static PLANNED_MAX],
		 const struct planned **mutes);

/** The row of this alert is to say which entry keeps it back. @return false: no room, plan_write() first. */
bool plan_note(struct plan *p, int64_t alert_no, const struct planned *by);
/** Inside a transaction; plan_written() once it is committed. @return an SQLite code. */
int plan_write(const struct plan *p, sqlite3 *db);
void plan_written(struct plan *p);

/** Memory that a full calendar takes. */
uint64_t plan_ceiling_bytes(void);

#endif
