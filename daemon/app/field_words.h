/*
 * What fields mean, in Japanese. Tables of fields (event/field.h) describe each in English; rules/text/fields.ja.tsv has a
 * line for each description, English and Japanese with a tab between, found by the English text as complaints are
 * (base/phrase.h). tests/fields.sh holds the two against each other. Read for a reference that somebody asks for, no
 * more: nothing of it is on a sensor's way.
 */
#ifndef SEKISHO_APP_FIELD_WORDS_H
#define SEKISHO_APP_FIELD_WORDS_H

struct field_words;

/** Where Japanese is chosen, its words; NULL where English is, or where the file is missing: then English is said. */
struct field_words *field_words_new(void);
void field_words_free(struct field_words *w);

/** @en in the language of @w (NULL: English); @en itself where it has no line. Lives as long as @w. */
const char *field_word(const struct field_words *w, const char *en);

#endif
