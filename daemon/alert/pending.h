/*
 * Outbox rows that wait for the next commit: their text in one piece of memory, bounded.
 *
 * A full disk must not lose alerts, so rows stay here until a commit has succeeded. When even this is full,
 * pending_add() refuses, and the caller leaves the finding untold: the next occurrence tells it.
 */
#ifndef SEKISHO_ALERT_PENDING_H
#define SEKISHO_ALERT_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct group;

enum { PENDING_KEPT_BYTES = (1 << 20) + (64 << 10) /* from one commit to the next; of a longer burst nothing is */ };

struct pending_row {
	struct group *group;
	size_t at; /* of its text: JSON, rule id, source zone, destination zone, each with a NUL */
	uint32_t json_len;
	uint32_t
	    body_len; /* the part of the JSON that the alerts table is to keep from now on; 0: it keeps what it has */
	uint32_t rule_len, src_len, dest_len; /* pending_add() sees to them */
	bool raises;                          /* the first row of its alert */
	bool silent;                          /* for the alerts table alone: a mute fits */
};

/* The strings of a row, borrowed until the next pending_add() or pending_clear(). */
struct pending_text {
	const char *json, *rule_id, *src_zone, *dest_zone;
};

struct pending {
	char *bytes; /* room for as many as there may be, of which pages are there once they are touched */
	size_t used, size;
	size_t limit; /* most bytes; one that is raised while there are some holds once these were given back */
	struct pending_row *rows;
	size_t n, room;
	uint64_t refused;
};

/** Sees to room for a row of @n bytes of text: the next pending_add() of no more cannot fail. @return false where the
 * limit is reached or memory is short; counted. */
bool pending_reserve(struct pending *p, size_t n);

/** Copies the strings. @return false where the limit is reached or memory is short; counted. */
bool pending_add(struct pending *p, const struct pending_row *row, const struct pending_text *text);

struct pending_text pending_text(const struct pending *p, const struct pending_row *row);

void pending_clear(struct pending *p);
void pending_deinit(struct pending *p);

#endif
