#include "ledger/register_text.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { FILE_BYTES_MAX = 64 << 20 };

static int read_file(const char *file, char **text, size_t *len, struct complaint *c)
{
	FILE *f = fopen(file, "re");

	if (!f) {
		int err = errno;
		complain(c, file, 0, 0, "cannot be read: %s", strerror(err));
		return -err;
	}
	size_t cap = 1 << 16, n = 0;
	char *buf = malloc(cap + 1);
	while (buf && (n = fread(buf + *len, 1, cap - *len, f)) > 0) {
		*len += n;
		if (*len < cap)
			continue;
		cap *= 2;
		char *bigger = cap <= FILE_BYTES_MAX ? realloc(buf, cap + 1) : NULL;
		if (!bigger)
			free(buf);
		buf = bigger;
	}
	int err = buf ? 0 : cap > FILE_BYTES_MAX ? -EFBIG : -ENOMEM;
	if (buf && ferror(f))
		err = -EIO;
	fclose(f);
	if (err) {
		if (err == -EFBIG)
			complain(c, file, 0, 0, "is larger than %d MiB: is this the register?", FILE_BYTES_MAX >> 20);
		else
			complain(c, file, 0, 0, "cannot be read whole");
		free(buf);
		return err;
	}
	*text = buf;
	return 0;
}

static unsigned line_of(const char *text, size_t at)
{
	unsigned line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* Brings *text to UTF-8. UTF-8 is strict enough that CP932 text of more than a few characters never passes for it. */
static int decode(const char *file, char **text, size_t *len, struct complaint *c)
{
	char *utf8;
	size_t utf8_len, bad_at;

	if (*len >= 2 && (memcmp(*text, "\xff\xfe", 2) == 0 || memcmp(*text, "\xfe\xff", 2) == 0)) {
		complain(c, file, 1, 0, "this is UTF-16. Save it as \"CSV UTF-8\" or as CSV");
		return -EINVAL;
	}
	if (text_is_utf8(span_of(*text, *len))) {
		size_t bom = *len >= 3 && memcmp(*text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
		memmove(*text, *text + bom, *len - bom);
		*len -= bom;
		return 0;
	}
	int err = text_from_cp932(span_of(*text, *len), &utf8, &utf8_len, &bad_at);
	if (err == -EILSEQ) {
		complain(c, file, line_of(*text, bad_at), 0,
			 "a character here is neither UTF-8 nor CP932 (Shift_JIS). Save it as \"CSV UTF-8\"");
		return -EINVAL;
	}
	if (err) {
		complain(c, file, 0, 0, "cannot be converted from CP932: %s", strerror(-err));
		return err;
	}
	free(*text);
	*text = utf8;
	*len = utf8_len;
	return 0;
}

int register_text_load(const char *file, char **text, size_t *len, uint8_t sha256[static 32], struct complaint *c)
{
	*text = NULL;
	*len = 0;
	int err = read_file(file, text, len, c);
	if (!err) {
		SHA256((const uint8_t *)*text, *len, sha256);
		err = decode(file, text, len, c);
	}
	if (err) {
		free(*text);
		*text = NULL;
	}
	return err;
}
