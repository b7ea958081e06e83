/*
 * Many events as the JSON of events.md, one a line: what records of one kind or one flow have in common (source,
 * Community ID, addresses, ports) is written once and copied from then on. The bytes are those of event_json_line().
 */
#ifndef SEKISHO_EVENT_EVENT_LINES_H
#define SEKISHO_EVENT_EVENT_LINES_H

#include "event/event_json.h"

struct event_lines;

/** For one source: names in origins are compared by address. @host may be NULL, and is borrowed. @return NULL where
 * memory is short. */
struct event_lines *event_lines_new(const char *host);
void event_lines_free(struct event_lines *l);

/** Appends a record and a newline to @j. */
void event_lines_put(struct event_lines *l, struct json *j, const struct event *ev);

#endif
