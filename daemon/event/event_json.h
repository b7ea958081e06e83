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

/** The part of it that is the same for all records of one kind and source: event_type ... pcap_filename. */
void event_json_source(struct json *j, const struct origin *at, const char *host, const char *event_type);

/** The part of it that is the same for all records of a flow: flow_id ... app_proto_by. */
void event_json_flow(struct json *j, const struct origin *at);

/** Writes `"modbus":{...}`: the record's own object, into the open object. */
void event_json_body(struct json *j, const struct event *ev);

/** A whole record and a newline. */
void event_json_line(struct json *j, const struct event *ev, const char *host);

/** Writes the common keys of a record into the open object. */
struct event_head {
	void (*put)(void *ctx, struct json *j, const struct event *ev);
	void *ctx;
};

/** The same, by another writer of the common keys. */
void event_json_line_with(struct json *j, const struct event *ev, const struct event_head *head);

/** Community ID v1, seed 0 ("1:..."); false where the protocol has none. */
bool community_id(const struct origin *at, char buf[static 40]);

#endif
