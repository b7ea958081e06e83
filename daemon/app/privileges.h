/*
 * Giving up what opening the capture needed.
 */
#ifndef SEKISHO_APP_PRIVILEGES_H
#define SEKISHO_APP_PRIVILEGES_H

/** Drops every capability, also from the bounding set where allowed, and forbids gaining any again. @return 0 or
 * -EPERM. */
int privileges_drop(void);

#endif
