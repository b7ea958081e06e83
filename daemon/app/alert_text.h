/* An alert as a person reads it in a terminal. */
#ifndef SEKISHO_APP_ALERT_TEXT_H
#define SEKISHO_APP_ALERT_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "alert/group.h"
#include "event/finding.h"

/** The word of a level, and of a state, in the chosen language. */
const char *alert_level_word(enum alert_level level);
const char *alert_state_word(enum alert_state state);

/**
 * Prints time, level, rule and title, both ends, count and id, and what to check first; made fit for a terminal.
 * @alert: an alert of events.md, borrowed.
 */
void alert_print(const json_t *alert, enum alert_level level, bool coloured);

/**
 * What a person has done to the alert (acknowledged, closed, muted, opened again, learnt), with the reason, or which
 * packets were kept of it: two lines. @return false where the record tells of neither.
 */
bool alert_print_change(const json_t *alert);

/** Why an alert is as it is, in the language in use where the program said it and no person. @return @buf. */
const char *alert_reason(const char *reason, char *buf, size_t size);

/** Prints what alert_print() leaves out: state, times, how the level came about, what belongs to the alert. */
void alert_print_rest(const json_t *alert);

#endif
