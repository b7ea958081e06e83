/*
 * Commands that people give by Redis: entries of the stream sekisho:{SENSOR}:commands, read with the consumer group
 * "sekisho".
 *
 *   XADD sekisho:{SENSOR}:commands * command ack id <alert_id> by NAME reason TEXT [until T]
 *
 * An entry is acknowledged once it is durable on our side (command_source.take), or says nothing that can be done: then
 * it is counted and answered, and never read again. What came of each stands in the stream
 * sekisho:{SENSOR}:commands:results (entry, command, id, result).
 *
 * When Redis refuses all this (an ACL user without +xgroup +xreadgroup +xack), alerts go on.
 */
#ifndef SEKISHO_SINKS_REDIS_COMMANDS_H
#define SEKISHO_SINKS_REDIS_COMMANDS_H

#include "sinks/redis_conn.h"
#include "sinks/sink.h"

struct redis_commands {
	struct command_source source; /* take NULL: none are read */
	char stream[192], results[192];
	bool grouped;   /* the group is there, as far as this connection knows */
	bool caught_up; /* what an earlier connection left unacknowledged has been read */
	bool refusing;  /* Redis would not; logged */
	struct sink *sink; /* whose notes say that */
	int64_t pause_ns;
	int64_t told_no; /* the answer that Redis has last: it is not told again where only the note of it failed */
};

void redis_commands_init(struct redis_commands *k, const char *sensor, const struct command_source *source);

/** After a connect: the group may be gone. */
void redis_commands_restart(struct redis_commands *k);

/** Reads what is there, reports what came of it; counts into @s. @return 0; -1 where the connection was lost. */
int redis_commands_beat(struct redis_commands *k, struct redis_conn *r, struct sink *s);

#endif
