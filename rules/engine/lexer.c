#include "engine/lexer.h"

#include <ctype.h>

static bool is_word_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const struct {
	const char *word;
	enum token_kind kind;
} keywords[] = {
    {"and", TOKEN_AND},
    {"or", TOKEN_OR},
    {"not", TOKEN_NOT},
    {"in", TOKEN_IN},
    {"contains", TOKEN_CONTAINS},
    {"startswith", TOKEN_STARTS},
    {"endswith", TOKEN_ENDS},
    {"matches", TOKEN_MATCHES},
    {"eq", TOKEN_EQ},
    {"ne", TOKEN_NE},
    {"lt", TOKEN_LT},
    {"le", TOKEN_LE},
    {"gt", TOKEN_GT},
    {"ge", TOKEN_GE},
};

/* Longer ones first. */
static const struct {
	const char *mark;
	enum token_kind kind;
} marks[] = {
    {"==", TOKEN_EQ},  {"!=", TOKEN_NE},    {"<=", TOKEN_LE},      {">=", TOKEN_GE},       {"&&", TOKEN_AND},
    {"||", TOKEN_OR},  {"..", TOKEN_RANGE}, {"<", TOKEN_LT},       {">", TOKEN_GT},        {"!", TOKEN_NOT},
    {"(", TOKEN_OPEN}, {")", TOKEN_CLOSE},  {"{", TOKEN_SET_OPEN}, {"}", TOKEN_SET_CLOSE}, {",", TOKEN_COMMA},
};

static struct token cut(struct lexer *lx, enum token_kind kind, size_t len)
{
	struct token t = {kind, (size_t)(lx->pos - lx->start), span_of(lx->pos, len)};

	lx->pos += len;
	return t;
}

static struct token word(struct lexer *lx)
{
	const char *c = lx->pos;

	while (is_word(*c) || (*c == '.' && is_word(c[1])))
		c++;
	struct token t = cut(lx, TOKEN_WORD, (size_t)(c - lx->pos));
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (span_eq(t.text, span_str(keywords[i].word)))
			t.kind = keywords[i].kind;
	}
	return t;
}

/* Everything up to what cannot be in a number, so that "12ab" is complained about as a whole. */
static struct token number(struct lexer *lx)
{
	const char *c = lx->pos + (*lx->pos == '-');

	while (is_word(*c) || (*c == '.' && isdigit((unsigned char)c[1])))
		c++;
	return cut(lx, TOKEN_NUMBER, (size_t)(c - lx->pos));
}

static struct token quoted(struct lexer *lx)
{
	size_t at_off = (size_t)(lx->pos - lx->start);
	const char *c = ++lx->pos;

	while (*c && *c != '"')
		c += c[0] == '\\' && (c[1] == '"' || c[1] == '\\') ? 2 : 1;
	struct token t = cut(lx, *c ? TOKEN_TEXT : TOKEN_UNCLOSED, (size_t)(c - lx->pos));
	t.at_off = at_off;
	if (*c)
		lx->pos++;
	return t;
}

static void skip_space(struct lexer *lx)
{
	while (*lx->pos == ' ' || *lx->pos == '\t' || *lx->pos == '\n' || *lx->pos == '\r')
		lx->pos++;
}

struct token lexer_next(struct lexer *lx)
{
	skip_space(lx);
	const char *c = lx->pos;
	if (!*c)
		return cut(lx, TOKEN_END, 0);
	if (*c == '"')
		return quoted(lx);
	if (is_word_start(*c))
		return word(lx);
	if (isdigit((unsigned char)*c) || (*c == '-' && isdigit((unsigned char)c[1])))
		return number(lx);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t len = strlen(marks[i].mark);
		if (strncmp(c, marks[i].mark, len) == 0)
			return cut(lx, marks[i].kind, len);
	}
	/* a whole UTF-8 character, for the complaint */
	size_t len = 1;
	while ((c[len] & 0xc0) == 0x80)
		len++;
	return cut(lx, TOKEN_STRANGE, len);
}

struct token lexer_address(struct lexer *lx)
{
	skip_space(lx);
	const char *c = lx->pos;

	while (isalnum((unsigned char)*c) || *c == ':' || *c == '-' || *c == '/' || *c == '_' ||
	       (*c == '.' && c[1] != '.'))
		c++;
	return c > lx->pos ? cut(lx, TOKEN_ADDRESS, (size_t)(c - lx->pos)) : lexer_next(lx);
}
