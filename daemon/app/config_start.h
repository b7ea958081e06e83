/*
 * What of a configuration a daemon takes over at its start alone: a reload that changes such a key is to say so, or who
 * has entered a receiver and sees "reloaded" believes that alerts go there.
 */
#ifndef SEKISHO_APP_CONFIG_START_H
#define SEKISHO_APP_CONFIG_START_H

#include <stddef.h>
#include <stdint.h>

#include "app/config.h"

enum { CONFIG_START_KEYS = 11 };

/** Of each such key, a number for its value. */
struct config_start {
	uint64_t value[CONFIG_START_KEYS];
};

void config_start_note(struct config_start *s, const struct config *cfg);

/** The keys that @cfg has otherwise than what runs ("redis, syslog"), in @out; "" where there are none. */
const char *config_start_differs(const struct config_start *s, const struct config *cfg, char *out, size_t size);

#endif
