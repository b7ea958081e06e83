/*
 * What leaves the box for others to help: names and addresses are replaced by short marks. The same text has the same
 * mark on one box, so that lines can be compared; the salt stays there, so that a mark cannot be guessed at elsewhere.
 *
 * Lifetime: one command. HMAC-SHA-256 (RFC 2104) by OpenSSL; the salt is STATE_DIR/support.salt.
 */
#ifndef SEKISHO_APP_MASK_H
#define SEKISHO_APP_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

enum { MASK_MARK_MAX = 16 };

struct mask;

/** @state_dir: where the salt is, or is made. @kept: false where it could not be kept: the next bundle has other marks.
 * @return NULL when memory or randomness is short. */
struct mask *mask_new(const char *state_dir, bool *kept);
void mask_free(struct mask *m);

/** Writes "#" and ten hex digits; @return @mark. */
const char *mask_text(const struct mask *m, const char *text, char mark[static MASK_MARK_MAX]);

/** From now on mask_line() replaces this word, or each of the words that stand apart by blanks. Too short ones are not
 * worth it. */
void mask_add(struct mask *m, const char *word);
void mask_add_each(struct mask *m, const char *words);

/** Appends @line to @out, used as a plain buffer, with marks for known words and for all that looks like an address. */
void mask_line(const struct mask *m, const char *line, struct json *out);

#endif
