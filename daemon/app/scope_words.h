/*
 * What a mute or an entry of planned work concerns, as people read it: "rule SKS-MB-10, zone Machining cell A".
 */
#ifndef SEKISHO_APP_SCOPE_WORDS_H
#define SEKISHO_APP_SCOPE_WORDS_H

#include <stddef.h>

#include "app/words.h"

/** Adds one part to what stands in @buf: nothing where @text is "", whole characters only where @buf is too small. */
void scope_words_add(char *buf, size_t size, enum word what, const char *text);

/** A zone, or two as "maint>cell-a" (event/work.h), by name. */
void scope_words_add_zone(char *buf, size_t size, const char *zone);

#endif
