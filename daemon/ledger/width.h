/*
 * The widths of Japanese typing: letters and digits twice as wide, katakana half as wide, digits in circles. Folded for
 * comparing and for reading numbers; what was typed is kept beside.
 */
#ifndef SEKISHO_LEDGER_WIDTH_H
#define SEKISHO_LEDGER_WIDTH_H

#include <stdbool.h>
#include <stddef.h>

enum { WIDTH_TEXT_MAX = 256 };

/**
 * Writes @text with full-width ASCII, the ideographic space and digits in circles as ASCII, half-width katakana as full
 * width (its voicing marks joined) - of Unicode's NFKC what spreadsheets hold - and without blanks at both ends. Cut
 * between characters where @out is short.
 * @return @out
 */
char *width_fold(const char *text, char *out, size_t size);

/** Do both say the same, whatever their widths, case, blanks and hyphens? One may be longer ("FX5U" and
 * "FX5U-32MR/ES"), or empty. */
bool width_same(const char *declared, const char *observed);

#endif
