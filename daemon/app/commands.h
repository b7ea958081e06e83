/*
 * Commands by Redis become requests of the alerts (alert/requests.h).
 */
#ifndef SEKISHO_APP_COMMANDS_H
#define SEKISHO_APP_COMMANDS_H

#include "sinks/sink.h"

struct commands;

/** @return NULL where memory is short. The store is opened when the first command comes. */
struct commands *commands_new(const char *state_dir);
void commands_free(struct commands *k);

/** What a sink asks; good for as long as @k. */
struct command_source commands_source(struct commands *k);

#endif
