/*
 * Words that occur again and again - protocols, sources of knowledge, functions - as small numbers, so that a set of
 * them is a few bits.
 *
 * A vocabulary never forgets: numbers stay good as long as it lives. It is bounded; words beyond the cap become
 * VOCAB_OTHER.
 */
#ifndef SEKISHO_LEDGER_VOCAB_H
#define SEKISHO_LEDGER_VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VOCAB_MAX = 512, VOCAB_OTHER = 0, VOCAB_TEXT_MAX = 64, VOCAB_RECENT = 64 };

struct vocab {
	char *text[VOCAB_MAX]; /* text[0] is "other" */
	uint16_t n, cap;
	uint64_t refused; /* words beyond the cap */
	/* program strings are asked for by the same pointer each time */
	struct {
		const char *ptr;
		uint16_t no;
	} recent[VOCAB_RECENT];
};

/** @cap: most words, at most VOCAB_MAX. @return 0, or -ENOMEM. */
int vocab_init(struct vocab *v, uint16_t cap);
void vocab_deinit(struct vocab *v);

/** The number of @text of @len bytes, in lower case; longer words are cut. */
uint16_t vocab_no(struct vocab *v, const char *text, size_t len);

/** The same for a string that lives as long as the program. */
uint16_t vocab_no_static(struct vocab *v, const char *text);

/** The same where it was asked for lately, else VOCAB_OTHER. */
uint16_t vocab_recent(const struct vocab *v, const char *text);

/** A set of words. Few devices have a word beyond the first 64: room for those is made when one comes. */
struct vocab_set {
	uint64_t bits;
	uint64_t *more; /* VOCAB_SET_MORE words, or NULL */
};

enum { VOCAB_SET_MORE = VOCAB_MAX / 64 - 1 };

void vocab_set_deinit(struct vocab_set *s);

/** @return true where @no was not in it before; false too where memory is short. */
bool vocab_set_add(struct vocab_set *s, uint16_t no);

/** Adds all of @from. */
void vocab_set_join(struct vocab_set *s, const struct vocab_set *from);

static inline uint64_t vocab_set_word(const struct vocab_set *s, unsigned word)
{
	return word == 0 ? s->bits : s->more ? s->more[word - 1] : 0;
}

static inline bool vocab_set_has(const struct vocab_set *s, uint16_t no)
{
	return vocab_set_word(s, no / 64) >> (no % 64) & 1;
}

/** The word of the set that comes after @no, 0: none. Starts at 0, so VOCAB_OTHER is never told. */
uint16_t vocab_set_next(const struct vocab_set *s, uint16_t no);

/** Is @text, in lower case, in the set? For sets of few words. */
bool vocab_set_has_text(const struct vocab_set *s, const struct vocab *v, const char *text);

#endif
