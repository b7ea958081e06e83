/*
 * Every text that a person reads, in English and Japanese side by side: a missing one does not compile.
 */
#ifndef SEKISHO_APP_WORDS_H
#define SEKISHO_APP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORD(id, en, ja) id,
enum word {
#include "app/words.def"
	WORDS
};
#undef WORD

/** Chooses the language: "ja", "en", or NULL for what LC_ALL, LC_MESSAGES or LANG say. @return false where @lang is
 * none of these. */
bool words_choose(const char *lang);
bool words_japanese(void);

/** The text in the chosen language. */
const char *say(enum word w);
/** The text in a language that need not be the chosen one: of what keeps both. */
const char *say_in(enum word w, bool japanese);

/** A row of a table of tokens that people do not read. */
struct token_word {
	const char *token;
	enum word word;
};

/** What @token is called by the @n rows of @table; NULL where it stands in none. */
const char *say_token(const struct token_word *table, size_t n, const char *token);
#define SAY_TOKEN(table, token) say_token(table, sizeof(table) / sizeof((table)[0]), token)

#endif
