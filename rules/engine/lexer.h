/*
 * Words of the rule language. Used while rules load; positions are byte offsets into the expression.
 *
 *     word    modbus.unit_id  and  true  L3.5      letters, digits, _ and dots between them
 *     number  5  0x1f  -3  2.5
 *     text    "..."                                only \" and \\ are escapes: a regular expression keeps its
 * backslashes address 10.0.0.0/8  fe80::1  00:80:f4:00:00:01   read by lexer_address() where an address must stand
 */
#ifndef SEKISHO_RULES_LEXER_H
#define SEKISHO_RULES_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cursor.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_NUMBER,
	TOKEN_TEXT, /* @text holds what stands between the quotes, escapes still in it */
	TOKEN_ADDRESS,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_SET_OPEN,
	TOKEN_SET_CLOSE,
	TOKEN_COMMA,
	TOKEN_RANGE, /* .. */
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_LT,
	TOKEN_LE,
	TOKEN_GT,
	TOKEN_GE,
	TOKEN_IN,
	TOKEN_CONTAINS,
	TOKEN_STARTS,
	TOKEN_ENDS,
	TOKEN_MATCHES,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_UNCLOSED, /* a text without its closing quote */
	TOKEN_STRANGE,  /* a character that no token begins with */
};

struct token {
	enum token_kind kind;
	size_t at_off;
	struct span text;
};

struct lexer {
	const char *start, *pos;
};

struct token lexer_next(struct lexer *lx);

/** The next token where an address or prefix must stand: a TOKEN_ADDRESS, or whatever else stands there. */
struct token lexer_address(struct lexer *lx);

#endif
