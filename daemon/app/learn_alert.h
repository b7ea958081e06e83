#ifndef SEKISHO_APP_LEARN_ALERT_H
#define SEKISHO_APP_LEARN_ALERT_H

/** Adds what the alert is about to the baseline and prints the conduit line that it lacks. @return an exit status. */
int learn_alert(const char *state_dir, const char *alert_id, const char *by, const char *reason);

/** The same, and then the alert's state is "learnt" (cmd_alert.c): what `sekisho alert learn` and `sekisho learn
 * --alert` do. @state and @config as given by options, each may be NULL. */
int alert_learn(const char *state, const char *config, const char *alert_id, const char *by, const char *reason);

#endif
