/*
 * Text that makes a badly written server run something: in a header, or in the parameters of a form. What it was is
 * told nowhere, only that it was there.
 */
#ifndef SEKISHO_HTTP_HTTP_COMMAND_H
#define SEKISHO_HTTP_HTTP_COMMAND_H

#include <stdbool.h>

#include "base/cursor.h"

/** A lookup of Log4j 2, as it stands or taken apart: ${jndi:..}, ${${lower:j}ndi:..}. */
bool http_has_lookup(struct span text);

/**
 * Reads "name=value&name=value", percent-encoded (WHATWG URL, 5.1): is there a lookup, or the command of a shell behind
 * ; | & ` $( or the end of a line? The first HTTP_MAGIC_BYTES are looked at.
 */
bool http_form_has_command(struct span parameters);

#endif
