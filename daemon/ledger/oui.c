#include "ledger/oui.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/csv.h"

/* One assignment: its 24, 28 or 36 bits at the top of 48, and where the name starts in the pool. */
struct assignment {
	uint64_t prefix;
	uint32_t name;
};

enum { LENGTHS = 3, FILE_BYTES_MAX = 32 << 20, NAMES_BYTES_MAX = 4 << 20, ASSIGNMENTS_MAX = 1 << 16 };

static const struct {
	const char *file;
	unsigned bits;
} registries[LENGTHS] = {{"oui36.csv", 36}, {"mam.csv", 28}, {"oui.csv", 24}}; /* the longest match names the maker */

struct oui {
	struct assignment *of[LENGTHS];
	size_t n[LENGTHS];
	char *pool;
	size_t pool_len, pool_cap;
};

static uint64_t top_bits(uint64_t mac, unsigned bits)
{
	return mac >> (48 - bits);
}

static int by_prefix(const void *a, const void *b)
{
	const struct assignment *p = a, *q = b;

	return (p->prefix > q->prefix) - (p->prefix < q->prefix);
}

static char *read_whole(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;

	if (!f)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0) {
		long size = ftell(f);
		rewind(f);
		if (size > 0 && size <= FILE_BYTES_MAX)
			text = malloc((size_t)size + 1);
		if (text)
			*len = fread(text, 1, (size_t)size, f);
	}
	fclose(f);
	return text;
}

static bool keep_name(struct oui *o, const char *name, uint32_t *at)
{
	size_t len = strlen(name) + 1;

	if (o->pool_len + len > NAMES_BYTES_MAX)
		return false;
	if (o->pool_len + len > o->pool_cap) {
		size_t cap = o->pool_cap ? o->pool_cap * 2 : 1 << 16;
		char *bigger = realloc(o->pool, cap > len ? cap : len);
		if (!bigger)
			return false;
		o->pool = bigger;
		o->pool_cap = cap > len ? cap : len;
	}
	memcpy(o->pool + o->pool_len, name, len);
	*at = (uint32_t)o->pool_len;
	o->pool_len += len;
	return true;
}

/* Registry,Assignment,Organization Name,Organization Address */
static void read_registry(struct oui *o, int which, char *text, size_t len)
{
	struct csv v;
	size_t cap = 0;

	csv_init(&v, text, len);
	while (csv_row(&v) > 0) {
		if (v.n_cells < 3 || strlen(v.cell[1]) != registries[which].bits / 4)
			continue;
		char *end;
		struct assignment a = {.prefix = strtoull(v.cell[1], &end, 16)};
		if (*end || o->n[which] == ASSIGNMENTS_MAX || !keep_name(o, v.cell[2], &a.name))
			continue;
		if (o->n[which] == cap) {
			cap = cap ? cap * 2 : 4096;
			struct assignment *bigger = realloc(o->of[which], cap * sizeof(*bigger));
			if (!bigger)
				break;
			o->of[which] = bigger;
		}
		o->of[which][o->n[which]++] = a;
	}
	if (o->n[which] > 1)
		qsort(o->of[which], o->n[which], sizeof(*o->of[which]), by_prefix);
}

uint64_t oui_ceiling_bytes(void)
{
	return sizeof(struct oui) + NAMES_BYTES_MAX + (uint64_t)LENGTHS * ASSIGNMENTS_MAX * sizeof(struct assignment);
}

struct oui *oui_load(const char *dir)
{
	struct oui *o = calloc(1, sizeof(*o));
	char path[512];

	for (int i = 0; o && i < LENGTHS; i++) {
		size_t len = 0;
		snprintf(path, sizeof(path), "%s/%s", dir, registries[i].file);
		char *text = read_whole(path, &len);
		if (text)
			read_registry(o, i, text, len);
		else if (registries[i].bits == 24)
			log_notice(
			    "ledger: no vendors by MAC address: %s cannot be read. Install the package ieee-data",
			    path);
		free(text);
	}
	return o;
}

void oui_free(struct oui *o)
{
	if (!o)
		return;
	for (int i = 0; i < LENGTHS; i++)
		free(o->of[i]);
	free(o->pool);
	free(o);
}

const char *oui_vendor(const struct oui *o, const struct mac *mac)
{
	uint64_t number = 0;

	if (mac_is_local(mac) || mac_is_group(mac))
		return "";
	for (int i = 0; i < 6; i++)
		number = number << 8 | mac->b[i];
	for (int i = 0; i < LENGTHS; i++) {
		struct assignment key = {.prefix = top_bits(number, registries[i].bits)};
		const struct assignment *a = o->n[i] ? bsearch(&key, o->of[i], o->n[i], sizeof(key), by_prefix) : NULL;
		if (a)
			return o->pool + a->name;
	}
	return "";
}
