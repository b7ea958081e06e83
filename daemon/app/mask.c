#include "app/mask.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digits.h"

enum { SALT_BYTES = 32, MARK_BYTES = 5, WORD_LEAST = 3, BUCKETS = 1 << 15, ADDRESS_MAX = 64 };

struct word {
	struct word *next;
	size_t len;
	char text[];
};

struct mask {
	unsigned char salt[SALT_BYTES];
	struct word *words[BUCKETS]; /* by their first bytes */
};

/* ---- the salt */

static bool read_salt(const char *path, unsigned char *salt)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool whole = fd >= 0 && read(fd, salt, SALT_BYTES) == SALT_BYTES;

	if (fd >= 0)
		close(fd);
	return whole;
}

/* Root makes it for whom the directory belongs to, as with the databases. */
static bool make_salt(const char *dir, const char *path, unsigned char *salt, bool *kept)
{
	struct stat st;

	if (getrandom(salt, SALT_BYTES, 0) != SALT_BYTES)
		return false;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool given = geteuid() != 0 || (stat(dir, &st) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0);
	*kept = fd >= 0 && given && write(fd, salt, SALT_BYTES) == SALT_BYTES;
	if (fd >= 0)
		close(fd);
	return true;
}

struct mask *mask_new(const char *state_dir, bool *kept)
{
	struct mask *m = calloc(1, sizeof(*m));
	char path[4096];

	*kept = true;
	snprintf(path, sizeof(path), "%s/support.salt", state_dir);
	if (m && !read_salt(path, m->salt) && !make_salt(state_dir, path, m->salt, kept)) {
		free(m);
		m = NULL;
	}
	return m;
}

void mask_free(struct mask *m)
{
	for (size_t i = 0; m && i < BUCKETS; i++) {
		for (struct word *w = m->words[i], *next; w; w = next) {
			next = w->next;
			free(w);
		}
	}
	if (m)
		explicit_bzero(m->salt, sizeof(m->salt));
	free(m);
}

static const char *mark_of(const struct mask *m, const char *text, size_t len, char mark[static MASK_MARK_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE] = {0};
	unsigned n = 0;

	HMAC(EVP_sha256(), m->salt, SALT_BYTES, (const unsigned char *)text, len, digest, &n);
	mark[0] = '#';
	*digits_put_hex(mark + 1, digest, MARK_BYTES) = '\0';
	return mark;
}

const char *mask_text(const struct mask *m, const char *text, char mark[static MASK_MARK_MAX])
{
	return mark_of(m, text, strlen(text), mark);
}

/* ---- words */

/* Of three bytes, whatever their case. */
static unsigned bucket_of(const char *at)
{
	unsigned h = 0;

	for (int i = 0; i < WORD_LEAST; i++)
		h = h * 37 + (unsigned)tolower((unsigned char)at[i]);
	return h % BUCKETS;
}

static void add(struct mask *m, const char *text, size_t len)
{
	struct word *w = len >= WORD_LEAST ? malloc(sizeof(*w) + len + 1) : NULL;

	if (!w)
		return;
	memcpy(w->text, text, len);
	w->text[len] = '\0';
	w->len = len;
	struct word **at = &m->words[bucket_of(text)];
	while (*at && (*at)->len > len) /* the longest first */
		at = &(*at)->next;
	w->next = *at;
	*at = w;
}

void mask_add(struct mask *m, const char *word)
{
	if (word)
		add(m, word, strlen(word));
}

void mask_add_each(struct mask *m, const char *words)
{
	while (words && *words) {
		size_t n = strcspn(words, " ,");
		add(m, words, n);
		words += n + (words[n] != '\0');
	}
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The known word that stands here by itself, its length; 0: none. */
static size_t word_at(const struct mask *m, const char *line, const char *at)
{
	if (strnlen(at, WORD_LEAST) < WORD_LEAST)
		return 0;
	for (const struct word *w = m->words[bucket_of(at)]; w; w = w->next) {
		bool begins = at == line || !is_letter(at[-1]) || !is_letter(at[0]);
		if (begins && strncasecmp(at, w->text, w->len) == 0 &&
		    (!is_letter(at[w->len]) || !is_letter(at[w->len - 1])))
			return w->len;
	}
	return 0;
}

/* ---- addresses */

static bool is_mac(const char *text)
{
	unsigned digits = 0, signs = 0;

	for (; *text; text++) {
		digits += isxdigit((unsigned char)*text) != 0;
		signs += *text == ':' || *text == '-' || *text == '.';
	}
	return digits == 12 && (signs == 5 || signs == 2);
}

static bool is_address(const char *text, size_t len)
{
	char copy[ADDRESS_MAX];
	unsigned char bytes[sizeof(struct in6_addr)];

	if (len < 4 || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return inet_pton(AF_INET, copy, bytes) == 1 || inet_pton(AF_INET6, copy, bytes) == 1 || is_mac(copy);
}

/* The address that begins here, its length; 0: none. Behind it may be a port or the end of a sentence. */
static size_t address_at(const char *line, const char *at)
{
	size_t len = 0;

	if (at != line && is_letter(at[-1]))
		return 0;
	while (len < ADDRESS_MAX && (isxdigit((unsigned char)at[len]) || (at[len] && strchr(".:-", at[len]))))
		len++;
	for (; len >= 4; len--) {
		if (!is_letter(at[len]) && is_address(at, len))
			return len;
	}
	return 0;
}

void mask_line(const struct mask *m, const char *line, struct json *out)
{
	char mark[MASK_MARK_MAX];

	for (const char *at = line; *at;) {
		size_t n = word_at(m, line, at);
		if (n == 0)
			n = address_at(line, at);
		if (n > 0)
			json_put(out, mark_of(m, at, n, mark), strlen(mark_of(m, at, n, mark)));
		else
			json_put(out, at, 1);
		at += n > 0 ? n : 1;
	}
}
