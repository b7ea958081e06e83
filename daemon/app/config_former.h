/*
 * Keys of the configuration that had other names in former versions. A sensor that was upgraded goes on with the file
 * it has: the former name is understood, and said with its line and the name to write.
 */
#ifndef SEKISHO_APP_CONFIG_FORMER_H
#define SEKISHO_APP_CONFIG_FORMER_H

#include "base/yamldoc.h"

/** A renamed key. Paths are of keys ("redis.tls.ca"), without lists in between. */
struct former_key {
	const char *was, *is;
	const char *since; /* the first version that has the new name */
};

/** Those of all versions so far, ended by a row of NULLs. */
extern const struct former_key config_former_keys[];

/**
 * Brings @doc to today's names.
 *
 * @keys    ended by a row of NULLs
 * @return  0; -EINVAL with @c filled where a key stands there under both names; -ENOMEM
 */
int config_former_bring_up(struct yamldoc *doc, const struct former_key *keys, struct complaint *c);

#endif
