/*
 * Text: UTF-8, what must not reach a terminal, and the encodings of Japanese spreadsheets.
 */
#ifndef SEKISHO_BASE_TEXT_H
#define SEKISHO_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

/** Length of the UTF-8 character at the start of @s and its code point, or 0 where there is none (RFC 3629, shortest
 * forms only). */
size_t text_utf8(struct span s, uint32_t *code);

bool text_is_utf8(struct span s);

/** C0, DEL, C1, line and paragraph separators, bidirectional controls: what steers a terminal or turns text around. */
bool text_is_control(uint32_t code);

/** Columns that a character takes on a terminal: 0, 1 or 2 (East Asian wide). */
unsigned text_columns(uint32_t code);

/**
 * Copies @s into @buf for a terminal: controls and bytes that are no UTF-8 become '?', cut to @columns columns where
 * that is not 0. Always NUL-terminated. @return columns written.
 */
unsigned text_printable(struct span s, char *buf, size_t size, unsigned columns);

enum text_encoding { TEXT_UTF8, TEXT_UTF8_BOM, TEXT_CP932 };

/**
 * CP932 (Microsoft's Shift_JIS) to UTF-8 and back, by iconv. @out is allocated, NUL-terminated, the caller's to free.
 * @return 0; -EILSEQ where a character does not fit (from: *bad_at is its offset; to: it was written as U+3013 GETA
 * MARK '〓' and *bad counts it, no error); -ENOMEM.
 */
int text_from_cp932(struct span s, char **out, size_t *out_len, size_t *bad_at);
int text_to_cp932(struct span s, char **out, size_t *out_len, size_t *bad);

/** How near two names are: Levenshtein distance, case folded; for "did you mean". */
unsigned text_distance(const char *a, const char *b);

#endif
