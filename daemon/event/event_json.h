/*
 * An event as the JSON of events.md.
 */
#ifndef SEKISHO_EVENT_EVENT_JSON_H
#define SEKISHO_EVENT_EVENT_JSON_H

#include "base/json.h"
#include "event/event.h"

enum { EVENT_JSON_MAX = 65536 };

/** Writes the common keys (timestamp ... app_proto_by) into the open object. @host may be NULL. */
void event_json_origin(struct json *j, const struct origin *at, const char *host, const char *event_type);

/** Writes `"modbus":{...}`: the record's own object, into the open object. */
void event_json_body(struct json *j, const struct event *ev);

/** A whole record and a newline. */
void event_json_line(struct json *j, const struct event *ev, const char *host);

/** Community ID v1, seed 0 ("1:..."); false where the protocol has none. */
bool community_id(const struct origin *at, char buf[static 40]);

#endif
