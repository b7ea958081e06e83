/*
 * What a person reads for a zone: its name in the language in use, as alert titles have it. Filters, options, JSON and
 * CSV have its id. The names are those of the ledger, where the daemon leaves them, else of a configuration; they are
 * read once, and live as long as the program.
 */
#ifndef SEKISHO_APP_ZONE_WORD_H
#define SEKISHO_APP_ZONE_WORD_H

#include <stddef.h>

#include "ledger/site.h"

/** Names are those in the ledger of @state_dir, read when the first is asked for. One that cannot be read has none, and
 * whoever lists says so. */
void zone_words_of_state(const char *state_dir);

/** Adds the names of zones that are not there yet. Texts are copied. */
void zone_words_add(const struct site *site);

/** The name of the zone @id, in the other language where this one has none; words for "unknown" and "internet"; @id
 * where nobody named it. */
const char *zone_word(const char *id);

/** "Machining cell A (cell-a)": where somebody may want to type the id. The id alone where it has no name. @return
 * @buf. */
const char *zone_word_and_id(const char *id, char *buf, size_t size);

#endif
