/*
 * Files with secrets that every user of the machine may read.
 */
#ifndef SEKISHO_APP_SECRETS_H
#define SEKISHO_APP_SECRETS_H

#include <stdbool.h>
#include <stdio.h>

#include "app/config.h"

/** Writes a line to @out for each: the configuration where it holds a password, and private keys. @return are there
 * none? */
bool secrets_are_kept(const struct config *cfg, FILE *out);

#endif
