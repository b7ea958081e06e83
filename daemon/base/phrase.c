#include "base/phrase.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static const char *const rows[][2] = {
#define PHRASE(en, ja) {en, ja},
#include "base/phrases.def"
#undef PHRASE
};

static bool japanese;                                         /* of the program */
static _Thread_local enum { AS_ALL, ENGLISH, JAPANESE } here; /* of this thread */

void phrase_in_japanese(bool yes)
{
	japanese = yes;
}

void phrase_here(bool yes)
{
	here = yes ? JAPANESE : ENGLISH;
}

bool phrase_is_japanese(void)
{
	return here == AS_ALL ? japanese : here == JAPANESE;
}

/* Sentences are looked up when something is wrong, so a walk through the rows is quick enough. */
const char *phrase(const char *en)
{
	bool ja = phrase_is_japanese();

	for (size_t i = 0; ja && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i][0], en) == 0)
			return rows[i][1];
	}
	return en;
}
