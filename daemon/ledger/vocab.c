#include "ledger/vocab.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int vocab_init(struct vocab *v, uint16_t cap)
{
	*v = (struct vocab){.n = 1, .cap = cap};
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
	if (v->n < v->cap && (v->text[v->n] = strdup(word)))
		return v->n++;
	v->refused++;
	return VOCAB_OTHER;
}

static size_t recent_slot(const char *text)
{
	return ((uintptr_t)text >> 4 ^ (uintptr_t)text) % VOCAB_RECENT;
}

uint16_t vocab_recent(const struct vocab *v, const char *text)
{
	size_t slot = recent_slot(text);

	return text && v->recent[slot].ptr == text ? v->recent[slot].no : VOCAB_OTHER;
}

uint16_t vocab_no_static(struct vocab *v, const char *text)
{
	size_t slot = recent_slot(text);

	if (v->recent[slot].ptr != text) {
		v->recent[slot].no = vocab_no(v, text, strlen(text));
		v->recent[slot].ptr = text;
	}
	return v->recent[slot].no;
}

void vocab_set_deinit(struct vocab_set *s)
{
	free(s->more);
	*s = (struct vocab_set){0};
}

bool vocab_set_add(struct vocab_set *s, uint16_t no)
{
	if (vocab_set_has(s, no))
		return false;
	if (no >= 64 && !s->more)
		s->more = calloc(VOCAB_SET_MORE, sizeof(*s->more));
	if (no >= 64 && !s->more)
		return false;
	*(no < 64 ? &s->bits : &s->more[no / 64 - 1]) |= UINT64_C(1) << (no % 64);
	return true;
}

void vocab_set_join(struct vocab_set *s, const struct vocab_set *from)
{
	for (uint16_t no = 0; (no = vocab_set_next(from, no)) != 0;)
		(void)vocab_set_add(s, no);
}

uint16_t vocab_set_next(const struct vocab_set *s, uint16_t no)
{
	unsigned from = no + 1u, words = s->more ? VOCAB_MAX / 64 : 1;

	for (unsigned i = from / 64; i < words; i++, from = i * 64) {
		uint64_t bits = vocab_set_word(s, i) >> (from % 64);
		if (bits)
			return (uint16_t)(from + (unsigned)__builtin_ctzll(bits));
	}
	return 0;
}

bool vocab_set_has_text(const struct vocab_set *s, const struct vocab *v, const char *text)
{
	for (uint16_t no = 0; (no = vocab_set_next(s, no)) != 0;) {
		if (strcmp(v->text[no], text) == 0)
			return true;
	}
	return false;
}
