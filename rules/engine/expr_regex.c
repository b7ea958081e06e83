#include "engine/expr_regex.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/* Groups of a pattern inside one another, and what has been counted in each. */
struct unfolding {
	unsigned long parts[EXPR_REGEX_DEPTH_MAX + 1];
	unsigned long last; /* parts of what a repetition would repeat */
	unsigned depth;
};

static void add_parts(struct unfolding *u, unsigned long n)
{
	if (u->parts[u->depth] <= EXPR_REGEX_PARTS_MAX)
		u->parts[u->depth] += n;
}

/* The last part stands @times times; @return false where that is too much. */
static bool repeat(struct unfolding *u, unsigned long times)
{
	if (times > EXPR_REGEX_PARTS_MAX || u->last > EXPR_REGEX_PARTS_MAX)
		return false;
	if (times > 1)
		add_parts(u, u->last * (times - 1));
	u->last *= times ? times : 1;
	return true;
}

static const char *skip_brackets(const char *c)
{
	c += c[1] == '^';
	c += c[1] == ']'; /* first in brackets it stands for itself */
	while (c[1] && c[1] != ']')
		c++;
	return c[1] ? c + 1 : c;
}

/* The largest number of {m,n}; @c is left on the closing brace. */
static unsigned long most_times(const char **c)
{
	unsigned long most = 1;

	while ((*c)[1] && **c != '}') {
		++*c;
		if (isdigit((unsigned char)**c)) {
			char *end;
			unsigned long n = strtoul(*c, &end, 10);
			most = n > most ? n : most;
			*c = end - 1;
		}
	}
	return most;
}

/* The C library writes a{3} out as aaa and a+ as aa*, so that nested repetitions multiply: is the result of a sane
 * size? */
static bool unfolds_sanely(const char *c)
{
	struct unfolding u = {.last = 0};
	bool sane = true;

	for (; *c && sane; c++) {
		switch (*c) {
		case '(':
			sane = u.depth < EXPR_REGEX_DEPTH_MAX;
			u.depth += sane;
			u.parts[u.depth] = 0;
			break;
		case ')':
			u.last = u.parts[u.depth] + 1;
			if (u.depth > 0)
				u.depth--;
			add_parts(&u, u.last);
			break;
		case '+':
			sane = repeat(&u, 2);
			break;
		case '{':
			sane = repeat(&u, most_times(&c));
			break;
		case '*':
		case '?':
		case '|':
			break;
		default:
			if (*c == '\\' && c[1])
				c++;
			else if (*c == '[')
				c = skip_brackets(c);
			u.last = 1;
			add_parts(&u, 1);
			break;
		}
		sane = sane && u.parts[u.depth] <= EXPR_REGEX_PARTS_MAX;
	}
	return sane;
}

static bool has_back_reference(const char *c)
{
	for (; *c; c++) {
		if (*c == '\\' && c[1] >= '1' && c[1] <= '9')
			return true;
		if (*c == '\\' && c[1])
			c++;
	}
	return false;
}

int expr_regex_compile(struct expr_memory *m, const char *pattern, size_t at_off, struct expr_error *err, regex_t **out)
{
	int flags = REG_EXTENDED | REG_NOSUB;

	if (strncmp(pattern, "(?i)", 4) == 0) {
		pattern += 4;
		flags |= REG_ICASE;
	}
	if (!*pattern)
		return expr_fail(err, at_off,
				 "every text matches \"\". Write the field's name alone to ask whether it is there");
	if (strlen(pattern) > EXPR_REGEX_BYTES_MAX)
		return expr_fail(err, at_off, "a pattern may be %d bytes long, this one has %zu", EXPR_REGEX_BYTES_MAX,
				 strlen(pattern));
	if (has_back_reference(pattern))
		return expr_fail(err, at_off,
				 "back-references (\\1 to \\9) are not allowed in a pattern: they can take forever");
	if (!unfolds_sanely(pattern))
		return expr_fail(
		    err, at_off,
		    "the repetitions of this pattern make more than %d parts. Use * in place of {..} and +",
		    EXPR_REGEX_PARTS_MAX);
	struct expr_regex *r = arena_alloc(m->arena, sizeof(*r));
	if (!r)
		return -ENOMEM;
	int e = regcomp(&r->regex, pattern, flags);
	if (e == REG_ESPACE)
		return -ENOMEM;
	if (e) {
		char why[128];
		regerror(e, &r->regex, why, sizeof(why));
		return expr_fail(err, at_off, "bad regular expression: %s", why);
	}
	r->next = m->regexes;
	m->regexes = r;
	*out = &r->regex;
	return 0;
}

bool expr_regex_matches(const regex_t *regex, struct span text)
{
	char copy[EXPR_REGEX_TEXT_MAX + 1];
	size_t len = span_head(text, EXPR_REGEX_TEXT_MAX).len;

	for (size_t i = 0; i < len; i++)
		copy[i] = (char)(text.ptr[i] ? text.ptr[i] : 1);
	copy[len] = '\0';
	return regexec(regex, copy, 0, NULL, 0) == 0;
}
