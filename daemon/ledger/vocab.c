#include "ledger/vocab.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int vocab_init(struct vocab *v)
{
	*v = (struct vocab){.n = 1};
	v->text[VOCAB_OTHER] = strdup("other");
	return v->text[VOCAB_OTHER] ? 0 : -ENOMEM;
}

void vocab_deinit(struct vocab *v)
{
	for (uint16_t i = 0; i < v->n; i++)
		free(v->text[i]);
	*v = (struct vocab){.n = 0};
}

uint16_t vocab_no(struct vocab *v, const char *text, size_t len)
{
	char word[VOCAB_TEXT_MAX];

	if (len >= sizeof(word))
		len = sizeof(word) - 1;
	for (size_t i = 0; i < len; i++)
		word[i] = (char)tolower((unsigned char)text[i]);
	word[len] = '\0';
	for (uint16_t i = 0; i < v->n; i++) {
		if (strcmp(v->text[i], word) == 0)
			return i;
	}
	if (v->n < VOCAB_MAX && (v->text[v->n] = strdup(word)))
		return v->n++;
	v->refused++;
	return VOCAB_OTHER;
}

uint16_t vocab_no_static(struct vocab *v, const char *text)
{
	size_t slot = ((uintptr_t)text >> 4 ^ (uintptr_t)text) % VOCAB_RECENT;

	if (v->recent[slot].ptr != text) {
		v->recent[slot].no = vocab_no(v, text, strlen(text));
		v->recent[slot].ptr = text;
	}
	return v->recent[slot].no;
}
