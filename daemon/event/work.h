/*
 * Planned work: what people know beforehand - a maintenance visit, a line that stands still, holidays - once or again
 * and again, and what of the plant it concerns. The ledger keeps the entries (ledger/work.h), the alerts hold findings
 * against them (alert/plan.h), both at packet time.
 *
 * An entry that comes back does so at the same time of the clock on the wall: a Sunday's visit from 8 to 17 is from 8
 * to 17 on both sides of a change to summer time. Which zone that is says TZ, as for every command.
 */
#ifndef SEKISHO_EVENT_WORK_H
#define SEKISHO_EVENT_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum work_kind { WORK_MAINTENANCE, WORK_SHUTDOWN, WORK_HOLIDAY, WORK_KINDS };

/** "maintenance", "shutdown", "holiday". */
const char *work_kind_name(enum work_kind kind);
/** Takes the Japanese words as well. @return the kind, or -1. */
int work_kind_parse(const char *text);

enum work_every { WORK_ONCE, WORK_DAILY, WORK_WEEKLY, WORK_YEARLY, WORK_EVERYS };

/** "once", "day", "week", "year". */
const char *work_every_name(enum work_every every);
/** Takes the Japanese words as well. @return it, or -1. */
int work_every_parse(const char *text);

/** One time that an entry takes place. */
struct work_time {
	int64_t from_ns, to_ns;
};

/** One that was over before its time. */
struct work_cut {
	int64_t from_ns, ended_ns;
};

enum {
	WORK_TITLE_MAX = 120,
	WORK_TEXT_MAX = 64,
	WORKS_MAX = 1000,   /* entries; then those that have been over for longest go */
	WORK_CUTS_MAX = 64, /* of one entry; then the oldest go */
};

struct work {
	int64_t no;
	enum work_kind kind;
	enum work_every every;
	struct work_time first;
	int64_t until_ns; /* no time begins then or later; 0: it goes on */
	char title[WORK_TITLE_MAX];
	/* what it concerns, as mutes say it; what is empty fits everything. zone: or two of them, "maint>cell-a", for
	 * what passes between them in either direction; device: at either end */
	char rule[WORK_TEXT_MAX], zone[WORK_TEXT_MAX], src[WORK_TEXT_MAX], dest[WORK_TEXT_MAX], device[WORK_TEXT_MAX];
	struct work_cut *cuts; /* by from_ns */
	size_t n_cuts;
	char *who, *note, *by; /* who comes, what else there is to know, who entered it; NULL where nobody reads them */
	int64_t at_ns;         /* when it was entered */
	int64_t cancelled_ns;  /* 0: it stands */
};

struct calendar {
	struct work *works; /* by no */
	size_t n;
};

void calendar_free(struct calendar *c);

/** The time that holds at @at_ns. @return false: none does. */
bool work_at(const struct work *w, int64_t at_ns, struct work_time *out);

/** The first time that begins at @from_ns or later. @return false: there is none. */
bool work_next(const struct work *w, int64_t from_ns, struct work_time *out);

/** The first time that is not over at @from_ns: the one that holds, else the next one. */
bool work_from(const struct work *w, int64_t from_ns, struct work_time *out);

/** The two zones where @zone is of what passes between two. @return false: it is one zone, or none. */
bool work_conduit(const char *zone, char a[static WORK_TEXT_MAX], char b[static WORK_TEXT_MAX]);

/** Does it concern the whole plant? */
bool work_is_everywhere(const struct work *w);

#endif
