/*
 * Complaints and log lines in the reader's language.
 *
 * The program speaks English; a row of phrases.def gives each sentence its Japanese, found by the English text itself.
 * So a library writes `complain(c, file, line, column, "more than %d zones", n)` and knows nothing of languages;
 * complain(), yaml_complain(), expr_fail() and log_line() look the sentence up before they fill it. tests/phrases.py
 * holds the sources against the rows. (Help, tables and reports are whole texts by id: app/words.h.)
 */
#ifndef SEKISHO_BASE_PHRASE_H
#define SEKISHO_BASE_PHRASE_H

#include <stdbool.h>

/** Chooses Japanese, or English again. Before other threads start. */
void phrase_in_japanese(bool yes);

/** The same for this thread alone, from now on: a server answers each in his own language. */
void phrase_here(bool japanese);

/** Of this thread, else of the program. */
bool phrase_is_japanese(void);

/** @en in the chosen language, a format for the same values; @en itself where it has no row. */
const char *phrase(const char *en) __attribute__((format_arg(1)));

/** Marks a text of a table that is handed to phrase() later, for tests/phrases.py. */
#define PHRASE_LATER(en) en

#endif
