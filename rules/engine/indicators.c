#include "engine/indicators.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "base/csv.h"
#include "base/hash.h"
#include "base/phrase.h"
#include "base/when.h"

const char *const indicator_types[INDICATOR_TYPES + 1] = {"ip",   "domain", "sni", "ja3", "ja4",
							  "hash", "url",    "mac", NULL};

enum column { COLUMN_TYPE, COLUMN_VALUE, COLUMN_SOURCE, COLUMN_EXPIRES, COLUMN_COMMENT, COLUMNS };
static const char *const columns[] = {"type", "value", "source", "expires", "comment"};

enum { TEXT_MAX = 512 /* bytes of a value */ };

struct line {
	struct indicator i;
	uint8_t type;
	uint64_t hash;
	struct line *next; /* of the same slot */
};

struct indicators {
	struct arena *arena;
	struct line **slots;
	size_t n_slots, n;
	size_t of_type[INDICATOR_TYPES];
	bool asked[INDICATOR_TYPES];
	bool has_bits[129]; /* prefixes of this length are there */
};

struct indicators *indicators_new(struct arena *arena)
{
	struct indicators *s = calloc(1, sizeof(*s));

	if (s)
		s->arena = arena;
	return s;
}

void indicators_free(struct indicators *s)
{
	if (!s)
		return;
	free(s->slots);
	free(s);
}

size_t indicators_count(const struct indicators *s)
{
	return s->n;
}

bool indicators_have(const struct indicators *s, enum indicator_type type)
{
	return s->of_type[type] > 0 || (type == INDICATOR_SNI && s->of_type[INDICATOR_DOMAIN] > 0);
}

void indicators_ask(struct indicators *s, enum indicator_type type)
{
	s->asked[type] = true;
	if (type == INDICATOR_SNI)
		s->asked[INDICATOR_DOMAIN] = true;
}

size_t indicators_unasked(const struct indicators *s, enum indicator_type type)
{
	return s->asked[type] ? 0 : s->of_type[type];
}

size_t indicators_expired(const struct indicators *s, int64_t now_ns)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_slots; i++) {
		for (const struct line *l = s->slots[i]; l; l = l->next)
			n += l->i.expires_ns <= now_ns;
	}
	return n;
}

static uint64_t hash_of(enum indicator_type type, const void *bytes, size_t n, unsigned bits)
{
	return hash_u64(hash_bytes(bytes, n), (uint64_t)type << 8 | bits);
}

static struct ip_addr masked(const struct ip_addr *ip, unsigned bits)
{
	struct ip_addr m = *ip;

	for (unsigned i = (bits + 7) / 8; i < 16; i++)
		m.b[i] = 0;
	if (bits % 8)
		m.b[bits / 8] &= (uint8_t)(0xff00 >> bits % 8);
	return m;
}

/* ---- reading */

/* 2026-12-31, or 2026-12-31T18:00:00 with Z, +hhmm or +hh:mm behind it; a day lasts until its end, UTC. */
static bool read_expiry(const char *text, int64_t *ns)
{
	struct tm tm = {0};
	int sign = 1, hours = 0, minutes = 0, used = 0;
	char mark = 'Z';

	if (!*text) {
		*ns = INT64_MAX;
		return true;
	}
	if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) != 3 || tm.tm_mon < 1 ||
	    tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_year < 1970 || tm.tm_year > 2200)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	text += used;
	if (!*text) {
		*ns = ((int64_t)timegm(&tm) + 86400) * NS_PER_S;
		return true;
	}
	if ((*text != 'T' && *text != ' ') ||
	    sscanf(text + 1, "%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 3)
		return false;
	text += 1 + used;
	if (*text && strcmp(text, "Z") != 0) {
		mark = *text;
		if ((mark != '+' && mark != '-') || (sscanf(text + 1, "%2d:%2d", &hours, &minutes) != 2 &&
						     sscanf(text + 1, "%2d%2d", &hours, &minutes) != 2))
			return false;
		sign = mark == '-' ? -1 : 1;
	}
	*ns = ((int64_t)timegm(&tm) - sign * (hours * 3600 + minutes * 60)) * NS_PER_S;
	return true;
}

static const char *keep(struct indicators *s, const char *text)
{
	struct span copy = *text ? arena_copy(s->arena, span_of(text, strlen(text) + 1)) : span_of("", 1);

	return copy.len ? (const char *)copy.ptr : NULL;
}

static int add(struct indicators *s, struct line *l)
{
	if (s->n + 1 > s->n_slots) {
		size_t n = s->n_slots ? 4 * s->n_slots : 256;
		struct line **slots = calloc(n, sizeof(struct line *));
		if (!slots)
			return -ENOMEM;
		for (size_t i = 0; i < s->n_slots; i++) {
			for (struct line *one = s->slots[i], *next; one; one = next) {
				next = one->next;
				one->next = slots[one->hash % n];
				slots[one->hash % n] = one;
			}
		}
		free(s->slots);
		s->slots = slots;
		s->n_slots = n;
	}
	struct line **slot = &s->slots[l->hash % s->n_slots];
	l->next = *slot;
	*slot = l;
	s->of_type[l->type]++;
	s->n++;
	return 0;
}

/* The form in which values are compared: without regard to case, a name without the dots around it. */
static size_t fold(enum indicator_type type, struct span text, char out[static TEXT_MAX])
{
	size_t n = text.len < TEXT_MAX ? text.len : TEXT_MAX;
	bool is_name = type == INDICATOR_DOMAIN || type == INDICATOR_SNI;

	while (is_name && n > 0 && text.ptr[n - 1] == '.')
		n--;
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(type == INDICATOR_URL ? text.ptr[i] : (uint8_t)tolower(text.ptr[i]));
	return n;
}

static bool is_hash(const char *text)
{
	size_t n = strspn(text, "0123456789abcdefABCDEF");

	return !text[n] && (n == 32 || n == 40 || n == 56 || n == 64 || n == 96 || n == 128);
}

/* @return what is wrong with the value, or NULL. */
static const char *read_value(struct indicators *s, struct line *l, const char *value)
{
	char folded[TEXT_MAX];
	struct ip_prefix prefix;
	struct mac mac;

	if (l->type == INDICATOR_IP) {
		if (!ip_prefix_parse(value, &prefix))
			return PHRASE_LATER("is neither an address nor a prefix");
		struct ip_addr low = masked(&prefix.addr, prefix.bits);
		s->has_bits[prefix.bits] = true;
		l->hash = hash_of(INDICATOR_IP, low.b, sizeof(low.b), prefix.bits);
		return NULL;
	}
	if ((l->type == INDICATOR_HASH && !is_hash(value)) || (l->type == INDICATOR_JA3 && strlen(value) != 32))
		return PHRASE_LATER("is no hash: 32 to 128 hexadecimal digits");
	if (l->type == INDICATOR_MAC && !mac_parse(value, &mac))
		return PHRASE_LATER("is no MAC address");
	if (!*value || strlen(value) >= TEXT_MAX)
		return PHRASE_LATER("is empty or longer than 511 bytes");
	if ((l->type == INDICATOR_DOMAIN || l->type == INDICATOR_SNI) && value[0] == '*' && value[1] == '.')
		value += 2; /* subdomains fit anyway */
	size_t n = fold((enum indicator_type)l->type, span_str(value), folded);
	l->hash = hash_of((enum indicator_type)l->type, folded, n, 0);
	l->i.value = value;
	return NULL;
}

static int add_row(struct indicators *s, const struct csv *v, const int at[COLUMNS], const char *file,
		   struct complaint *c)
{
	const char *cell[COLUMNS];
	struct line *l = arena_alloc(s->arena, sizeof(*l));
	int type = 0;

	if (!l)
		return -ENOMEM;
	for (int i = 0; i < COLUMNS; i++)
		cell[i] = at[i] >= 0 && (size_t)at[i] < v->n_cells ? v->cell[at[i]] : "";
	*l = (struct line){.i = {.file = file, .line = v->row_line, .value = cell[COLUMN_VALUE]}};
	while (type < INDICATOR_TYPES && strcasecmp(indicator_types[type], cell[COLUMN_TYPE]) != 0)
		type++;
	if (strcasecmp(cell[COLUMN_TYPE], "prefix") == 0)
		type = INDICATOR_IP;
	if (type == INDICATOR_TYPES) {
		complain(c, file, v->row_line, 0,
			 "unknown type of indicator \"%s\". Write ip, domain, sni, ja3, ja4, hash, url or mac",
			 cell[COLUMN_TYPE]);
		return -EINVAL;
	}
	l->type = (uint8_t)type;
	if (!read_expiry(cell[COLUMN_EXPIRES], &l->i.expires_ns)) {
		complain(c, file, v->row_line, 0, "\"%s\" is no date. Write 2026-12-31, or 2026-12-31T18:00:00+09:00",
			 cell[COLUMN_EXPIRES]);
		return -EINVAL;
	}
	const char *wrong = read_value(s, l, cell[COLUMN_VALUE]);
	if (wrong) {
		complain(c, file, v->row_line, 0, "\"%s\" %s", cell[COLUMN_VALUE], phrase(wrong));
		return -EINVAL;
	}
	l->i.type = indicator_types[type];
	l->i.value = keep(s, l->i.value);
	l->i.source = keep(s, cell[COLUMN_SOURCE]);
	l->i.comment = keep(s, cell[COLUMN_COMMENT]);
	return l->i.value && l->i.source && l->i.comment ? add(s, l) : -ENOMEM;
}

static int read_header(struct csv *v, int at[COLUMNS], const char *file, struct complaint *c)
{
	for (int i = 0; i < COLUMNS; i++)
		at[i] = -1;
	for (size_t k = 0; k < v->n_cells; k++) {
		int i = 0;
		while (i < COLUMNS && strcasecmp(columns[i], v->cell[k]) != 0)
			i++;
		if (i == COLUMNS) {
			complain(c, file, v->row_line, 0,
				 "unknown column \"%s\". The first line reads type,value,source,expires,comment",
				 v->cell[k]);
			return -EINVAL;
		}
		at[i] = (int)k;
	}
	if (at[COLUMN_TYPE] >= 0 && at[COLUMN_VALUE] >= 0)
		return 0;
	complain(c, file, v->row_line, 0,
		 "the first line reads type,value,source,expires,comment; type and value must be there");
	return -EINVAL;
}

int indicators_parse(struct indicators *s, const char *file, char *text, size_t len, struct complaint *c)
{
	int at[COLUMNS], got, err = 0;
	const char *name = keep(s, file);
	bool first = true;
	struct csv v;

	if (!name)
		return -ENOMEM;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	csv_init(&v, text, len);
	while (!err && (got = csv_row(&v)) != 0) {
		if (got < 0) {
			complain(c, file, v.trouble_line, 0, "%s", v.trouble);
			return -EINVAL;
		}
		if (v.cell[0][0] == '#')
			continue;
		if (s->n >= INDICATORS_MAX) {
			complain(c, file, v.row_line, 0, "more than %d indicators", INDICATORS_MAX);
			return -EINVAL;
		}
		err = first ? read_header(&v, at, name, c) : add_row(s, &v, at, name, c);
		first = false;
	}
	return err;
}

int indicators_load(struct indicators *s, const char *file, struct complaint *c)
{
	FILE *f = fopen(file, "re");
	struct stat st;
	char *text = NULL;
	size_t len = 0;
	int err = 0;

	if (!f || fstat(fileno(f), &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_size > INDICATOR_FILE_BYTES_MAX)
		err = S_ISREG(st.st_mode) ? -EFBIG : -EISDIR;
	if (!err) {
		text = malloc((size_t)st.st_size + 1);
		len = text ? fread(text, 1, (size_t)st.st_size, f) : 0;
		err = !text ? -ENOMEM : ferror(f) ? -EIO : 0;
	}
	if (f)
		fclose(f);
	if (err)
		complain(c, file, 0, 0, "cannot be read: %s", strerror(-err));
	else
		err = indicators_parse(s, file, text, len, c);
	free(text);
	return err;
}

/* ---- asking */

static const struct indicator *look(const struct indicators *s, uint64_t hash, enum indicator_type type,
				    bool (*fits)(const struct line *l, const void *value, size_t n), const void *value,
				    size_t n, int64_t now_ns, uint64_t *expired)
{
	for (const struct line *l = s->n_slots ? s->slots[hash % s->n_slots] : NULL; l; l = l->next) {
		if (l->hash != hash || l->type != type || !fits(l, value, n))
			continue;
		if (l->i.expires_ns > now_ns)
			return &l->i;
		++*expired;
	}
	return NULL;
}

static bool ip_fits(const struct line *l, const void *value, size_t n)
{
	struct ip_prefix p;

	(void)n;
	return ip_prefix_parse(l->i.value, &p) && ip_prefix_contains(&p, value);
}

static bool text_fits(const struct line *l, const void *value, size_t n)
{
	char folded[TEXT_MAX];

	return fold((enum indicator_type)l->type, span_str(l->i.value), folded) == n && memcmp(folded, value, n) == 0;
}

const struct indicator *indicators_ip(const struct indicators *s, const struct ip_addr *ip, int64_t now_ns,
				      uint64_t *expired)
{
	for (int bits = 128; bits >= 0; bits--) {
		if (!s->has_bits[bits])
			continue;
		struct ip_addr low = masked(ip, (unsigned)bits);
		const struct indicator *i = look(s, hash_of(INDICATOR_IP, low.b, sizeof(low.b), (unsigned)bits),
						 INDICATOR_IP, ip_fits, ip, sizeof(*ip), now_ns, expired);
		if (i)
			return i;
	}
	return NULL;
}

/* The dot behind the first label of @name, or NULL. A dot within a label stands behind a backslash (RFC 4343, 2.1). */
static const char *end_of_label(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (name[i] == '.')
			return name + i;
		i += name[i] == '\\';
	}
	return NULL;
}

const struct indicator *indicators_text(const struct indicators *s, enum indicator_type type, struct span text,
					int64_t now_ns, uint64_t *expired)
{
	bool is_name = type == INDICATOR_DOMAIN || type == INDICATOR_SNI;
	char folded[TEXT_MAX];
	const char *at = folded;
	const struct indicator *i = NULL;
	size_t n;

	if (text.len == 0 || text.len > TEXT_MAX)
		return NULL;
	for (n = fold(type, text, folded); !i && n > 0;) {
		i = look(s, hash_of(type, at, n, 0), type, text_fits, at, n, now_ns, expired);
		if (!i && type == INDICATOR_SNI)
			i = look(s, hash_of(INDICATOR_DOMAIN, at, n, 0), INDICATOR_DOMAIN, text_fits, at, n, now_ns,
				 expired);
		const char *dot = is_name ? end_of_label(at, n) : NULL;
		if (!dot)
			break;
		n -= (size_t)(dot + 1 - at);
		at = dot + 1;
	}
	return i;
}
