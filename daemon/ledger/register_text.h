/*
 * A spreadsheet's file as UTF-8, whatever program saved it: UTF-8 with or without BOM, else CP932, strictly.
 */
#ifndef SEKISHO_LEDGER_REGISTER_TEXT_H
#define SEKISHO_LEDGER_REGISTER_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

/** @text: allocated, with room for a NUL, the caller's to free. @sha256: of the file as it is. @return 0; -EINVAL
 * (encoding), -errno, each with @c filled. */
int register_text_load(const char *file, char **text, size_t *len, uint8_t sha256[static 32], struct complaint *c);

#endif
