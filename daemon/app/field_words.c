#include "app/field_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/datadir.h"
#include "app/words.h"

enum { LINES_MAX = 4096 };

struct field_words {
	size_t n;
	struct {
		char *en;       /* ends where the tab was */
		const char *ja; /* within the same text */
	} lines[LINES_MAX];
};

static void read_lines(struct field_words *w, FILE *f)
{
	char *line = NULL;
	size_t size = 0;

	while (w->n < LINES_MAX && getline(&line, &size, f) > 0) {
		char *tab = strchr(line, '\t');
		if (!tab)
			continue;
		line[strcspn(line, "\n")] = '\0';
		*tab = '\0';
		w->lines[w->n].en = line;
		w->lines[w->n++].ja = tab + 1;
		line = NULL;
		size = 0;
	}
	free(line);
}

struct field_words *field_words_new(void)
{
	char *path = words_japanese() ? datadir_find("rules/text/fields.ja.tsv") : NULL;
	FILE *f = path ? fopen(path, "re") : NULL;
	struct field_words *w = f ? calloc(1, sizeof(*w)) : NULL;

	if (w)
		read_lines(w, f);
	if (f)
		fclose(f);
	free(path);
	return w;
}

void field_words_free(struct field_words *w)
{
	for (size_t i = 0; w && i < w->n; i++)
		free(w->lines[i].en);
	free(w);
}

const char *field_word(const struct field_words *w, const char *en)
{
	for (size_t i = 0; w && i < w->n; i++) {
		if (strcmp(w->lines[i].en, en) == 0)
			return w->lines[i].ja;
	}
	return en;
}
