/*
 * Which alerts a syslog receiver is meant to have.
 */
#ifndef SEKISHO_SINKS_SYSLOG_FILTER_H
#define SEKISHO_SINKS_SYSLOG_FILTER_H

#include <stdbool.h>

#include "sinks/alert_view.h"
#include "sinks/sink.h"

struct syslog_filter {
	int least_level; /* of levels: 0 critical ... 4 info */
	char **zones;    /* one of them is at either end; up to a NULL; NULL: all */
	char **rules;    /* ids, '*' for any rest; as zones */
};

/** The rank of a level's name, 0 for critical; the lowest where it is none. */
int syslog_filter_rank(const char *level);

/** @return 0; -ENOMEM. */
int syslog_filter_init(struct syslog_filter *f, const struct syslog_options *o);
void syslog_filter_free(struct syslog_filter *f);

/** What is no alert's JSON passes: better seen than lost. */
bool syslog_filter_passes(const struct syslog_filter *f, const struct alert_view *v);

#endif
