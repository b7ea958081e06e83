/*
 * What the readers of the configuration share: config.c walks the file, config_syslog.c reads the list of receivers.
 */
#ifndef SEKISHO_APP_CONFIG_PARTS_H
#define SEKISHO_APP_CONFIG_PARTS_H

#include "app/config.h"

/* Each complains about the place and returns -EINVAL where the value is something else. */

/** A list of texts, or one text alone. */
int config_read_texts(const struct config *cfg, const struct yaml_node *n, struct text_list *list, struct complaint *c);

/** One of @words, which stand apart by blanks. */
int config_read_choice(const struct config *cfg, const struct yaml_node *n, const char *words, const char **out,
		       struct complaint *c);

/** The list `syslog`. */
int config_read_syslog(struct config *cfg, const struct yaml_node *list, struct complaint *c);

/** What can be checked when the site is known: zones that are filtered by. */
int config_check_syslog(const struct config *cfg, struct complaint *c);

#endif
