/*
 * Puts down what a person asks of an alert and waits for the answer: `sekisho alert` and the console.
 */
#ifndef SEKISHO_APP_ALERT_ASK_H
#define SEKISHO_APP_ALERT_ASK_H

#include "alert/requests.h"
#include "app/config.h"

/**
 * The daemon carries it out where it runs, else this process. What is not carried out within ten seconds is taken back.
 * @return 0 with *result; -errno where alerts.db could not be written
 */
int alert_ask(struct requests *q, struct request *r, const char *state, const struct config *cfg,
	      enum request_result *result);

#endif
