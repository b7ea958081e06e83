#include "engine/rule_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/phrase.h"
#include "engine/place.h"

static int read_file(const char *file, char **text, size_t *len, struct complaint *c)
{
	FILE *f = fopen(file, "re");
	struct stat st;
	int err = 0;

	*text = NULL;
	if (!f || fstat(fileno(f), &st) < 0)
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (st.st_size > RULE_FILE_BYTES_MAX)
		err = -EFBIG;
	if (!err) {
		*text = malloc((size_t)st.st_size + 1);
		*len = *text ? fread(*text, 1, (size_t)st.st_size, f) : 0;
		err = !*text ? -ENOMEM : ferror(f) ? -EIO : 0;
	}
	if (f)
		fclose(f);
	if (err)
		complain(c, file, 0, 0, "cannot be read: %s", strerror(-err));
	return err;
}

/*
 * Takes the lines of all tests out. The ends of lines stay, so that what is behind them keeps its place.
 *
 *     - id: SKS-PLANT-01
 *       tests:
 *         - { expect: none, ... }       out, as all that is indented by more than the key, up to
 *       meti: [3-5]
 */
static size_t drop_tests(char *text, size_t len)
{
	static const char key[] = "  tests:\n", deeper[] = "   ";
	bool in_tests = false;
	size_t kept = 0;

	for (size_t at = 0, n; at < len; at += n) {
		char *line = text + at, *end = memchr(line, '\n', len - at);
		n = end ? (size_t)(end - line) + 1 : len - at;
		bool is_deeper = n > strlen(deeper) && memcmp(line, deeper, strlen(deeper)) == 0;
		if (in_tests && (is_deeper || line[0] == '\n')) {
			text[kept++] = '\n';
			continue;
		}
		in_tests = n == strlen(key) && memcmp(line, key, n) == 0;
		memmove(text + kept, line, n);
		kept += n;
	}
	return kept;
}

static int load(struct rule_file *s, const char *file, bool tests, struct complaint *c)
{
	size_t len = 0;
	char *text, *name = strdup(file);
	int err = read_file(file, &text, &len, c);

	if (!err && !name)
		err = -ENOMEM;
	if (!err && !tests)
		len = drop_tests(text, len);
	if (!err)
		err = rule_file_parse(s, name, text, len, c);
	if (err) {
		free(text);
		free(name);
		return err;
	}
	s->owned = text;
	s->name = name;
	return 0;
}

int rule_file_load(struct rule_file *s, const char *file, struct complaint *c)
{
	return load(s, file, true, c);
}

int rule_file_load_untested(struct rule_file *s, const char *file, struct complaint *c)
{
	return load(s, file, false, c);
}

int rule_file_parse(struct rule_file *s, const char *file, const char *yaml, size_t len, struct complaint *c)
{
	*s = (struct rule_file){.text = span_of(yaml, len)};
	return yamldoc_parse(&s->doc, file, yaml, len, c);
}

void rule_file_free(struct rule_file *s)
{
	yamldoc_free(&s->doc);
	free(s->owned);
	free(s->name);
	*s = (struct rule_file){.owned = NULL};
}

int rule_file_complain(const struct rule_file *s, const struct yaml_node *n, size_t at_off, struct complaint *c,
		       const char *what)
{
	struct place at = place_in_scalar(s->text, n, at_off);

	complain(c, s->doc.file, at.line, at.column, "%s", phrase(what));
	return -EINVAL;
}

const char *rule_file_nearest(const char *const *known, const char *text)
{
	unsigned least = (unsigned)strlen(text) / 3 + 2;
	const char *best = NULL;

	for (; *known; known++) {
		unsigned distance = text_distance(*known, text);
		if (distance < least) {
			least = distance;
			best = *known;
		}
	}
	return best;
}
