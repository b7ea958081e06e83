#ifndef SEKISHO_APP_LEARN_ALERT_H
#define SEKISHO_APP_LEARN_ALERT_H

/** Adds what the alert is about to the baseline and prints the conduit line that it lacks. @return an exit status. */
int learn_alert(const char *state_dir, const char *alert_id, const char *by, const char *reason);

#endif
