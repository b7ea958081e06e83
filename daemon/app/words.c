#include "app/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/phrase.h"

static const char *const words[WORDS][2] = {
#define WORD(id, en, ja) [id] = {en, ja},
#include "app/words.def"
#undef WORD
};

bool words_choose(const char *lang)
{
	static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (int i = 0; !lang && i < 3; i++) {
		const char *v = getenv(variables[i]);
		if (v && v[0])
			lang = strncmp(v, "ja", 2) == 0 ? "ja" : "en";
	}
	if (!lang)
		lang = "en";
	bool japanese = strcmp(lang, "ja") == 0;
	phrase_in_japanese(japanese);
	return japanese || strcmp(lang, "en") == 0;
}

bool words_japanese(void)
{
	return phrase_is_japanese();
}

const char *say(enum word w)
{
	return words[w][phrase_is_japanese()];
}

const char *say_in(enum word w, bool japanese)
{
	return words[w][japanese];
}

const char *say_token(const struct token_word *table, size_t n, const char *token)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(table[i].token, token) == 0)
			return say(table[i].word);
	}
	return NULL;
}
