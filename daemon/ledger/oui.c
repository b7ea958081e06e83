#include "ledger/oui.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/heap.h"
#include "base/log.h"

/*
 * Most sensors meet a few dozen makers of the fifty thousand. So the files are only opened at the start; the first
 * question makes an index of where each assignment's row begins, and a row is read when its maker is first asked for.
 */
struct assignment {
	uint32_t high; /* of its prefix: what is above the bits that choose the slot */
	uint32_t at;   /* IN_POOL: its name's place there; else where its row begins in the file */
	uint32_t next; /* in the slot, 1-based */
};

enum {
	LENGTHS = 3,
	FILE_BYTES_MAX = 32 << 20,
	NAMES_BYTES_MAX = 4 << 20,
	ASSIGNMENTS_MAX = 1 << 16,
	SLOT_BITS = 12,
	SLOTS = 1 << SLOT_BITS,
	READ_BYTES = 32 << 10,
	ROW_BYTES = 1024, /* of a row are read; its name is the third of its cells */
};
#define IN_POOL (UINT32_C(1) << 31)

static const struct {
	const char *file;
	unsigned bits;
} registries[LENGTHS] = {{"oui36.csv", 36}, {"mam.csv", 28}, {"oui.csv", 24}}; /* the longest match names the maker */

struct registry {
	int fd;
	struct assignment *items;
	uint32_t n, cap;
	uint32_t slot[SLOTS]; /* the last assignment in it, 1-based */
};

struct oui {
	struct registry of[LENGTHS];
	bool indexed;
	char *pool; /* of names: never moved, they are borrowed */
	size_t pool_len;
};

static uint64_t top_bits(uint64_t mac, unsigned bits)
{
	return mac >> (48 - bits);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The prefix in the second cell of the row that begins at @row: MA-L,0080F4,Schneider Electric,... */
static bool read_prefix(const char *row, const char *end, unsigned digits, uint64_t *prefix)
{
	const char *c = memchr(row, ',', (size_t)(end - row));

	if (!c++)
		return false;
	bool quoted = c < end && *c == '"';
	c += quoted;
	*prefix = 0;
	for (unsigned i = 0; i < digits; i++, c++) {
		int digit = c < end ? hex_digit(*c) : -1;
		if (digit < 0)
			return false;
		*prefix = *prefix << 4 | (unsigned)digit;
	}
	if (quoted && (c == end || *c++ != '"'))
		return false;
	return c < end && *c == ',';
}

static bool add(struct registry *r, uint64_t prefix, uint32_t at)
{
	if (r->n == r->cap) {
		uint32_t cap = r->cap ? r->cap * 2 : 4096;
		struct assignment *bigger = r->n < ASSIGNMENTS_MAX ? realloc(r->items, cap * sizeof(*bigger)) : NULL;
		if (!bigger)
			return false;
		r->items = bigger;
		r->cap = cap;
	}
	uint32_t *slot = &r->slot[prefix % SLOTS];
	r->items[r->n] = (struct assignment){(uint32_t)(prefix >> SLOT_BITS), at, *slot};
	*slot = ++r->n;
	return true;
}

/*
 * Lines are taken for rows. An address of several lines has none that reads like an assignment, and the row is read
 * as CSV before its name is believed.
 */
static void index_registry(struct registry *r, unsigned bits, char *buf)
{
	uint64_t prefix;
	ssize_t got;
	bool at_start = true; /* of a line */

	for (uint32_t off = 0; off < FILE_BYTES_MAX && (got = pread(r->fd, buf, READ_BYTES, off)) > 0;) {
		const char *row = buf, *end = buf + got, *eol;
		for (; (eol = memchr(row, '\n', (size_t)(end - row))); row = eol + 1, at_start = true) {
			if (at_start && read_prefix(row, eol, bits / 4, &prefix) &&
			    !add(r, prefix, off + (uint32_t)(row - buf)))
				return;
		}
		if (row == buf) { /* no end of a line in sight: the file's last row, or no row */
			if (at_start && read_prefix(row, end, bits / 4, &prefix))
				(void)add(r, prefix, off);
			at_start = false;
			row = end;
		}
		off += (uint32_t)(row - buf);
	}
}

static void index_all(struct oui *o)
{
	char *buf = malloc(READ_BYTES);

	o->indexed = true;
	for (int i = 0; i < LENGTHS && buf; i++) {
		if (o->of[i].fd >= 0)
			index_registry(&o->of[i], registries[i].bits, buf);
	}
	free(buf);
}

static bool keep_name(struct oui *o, const char *name, uint32_t *at)
{
	size_t len = strlen(name) + 1;

	if (!o->pool)
		o->pool = heap_pages(NAMES_BYTES_MAX);
	if (!o->pool || o->pool_len + len > NAMES_BYTES_MAX)
		return false;
	memcpy(o->pool + o->pool_len, name, len);
	*at = IN_POOL | (uint32_t)o->pool_len;
	o->pool_len += len;
	return true;
}

/* Registry,Assignment,Organization Name,Organization Address; the address may be cut off. */
static const char *name_of(struct oui *o, const struct registry *r, struct assignment *a, unsigned bits)
{
	char row[ROW_BYTES + 1];
	struct csv v;

	if (!(a->at & IN_POOL)) {
		ssize_t got = pread(r->fd, row, ROW_BYTES, a->at);
		if (got <= 0)
			return "";
		csv_init(&v, row, (size_t)got);
		v.n_cells = 0;
		(void)csv_row(&v);
		if (v.n_cells < 3 || strlen(v.cell[1]) != bits / 4 || !keep_name(o, v.cell[2], &a->at))
			return "";
	}
	return o->pool + (a->at & ~IN_POOL);
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
		snprintf(path, sizeof(path), "%s/%s", dir, registries[i].file);
		o->of[i].fd = open(path, O_RDONLY | O_CLOEXEC);
		if (o->of[i].fd < 0 && registries[i].bits == 24)
			log_notice(
			    "ledger: no vendors by MAC address: %s cannot be read. Install the package ieee-data",
			    path);
	}
	return o;
}

void oui_free(struct oui *o)
{
	if (!o)
		return;
	for (int i = 0; i < LENGTHS; i++) {
		if (o->of[i].fd >= 0)
			close(o->of[i].fd);
		free(o->of[i].items);
	}
	heap_pages_free(o->pool, NAMES_BYTES_MAX);
	free(o);
}

/* The first row of the file with @prefix, as its chain ends with the oldest; or NULL. */
static struct assignment *find(const struct registry *r, uint64_t prefix)
{
	struct assignment *found = NULL;

	for (uint32_t i = r->slot[prefix % SLOTS]; i; i = r->items[i - 1].next) {
		if (r->items[i - 1].high == prefix >> SLOT_BITS)
			found = &r->items[i - 1];
	}
	return found;
}

const char *oui_vendor(struct oui *o, const struct mac *mac)
{
	uint64_t number = 0;

	if (mac_is_local(mac) || mac_is_group(mac))
		return "";
	if (!o->indexed)
		index_all(o);
	for (int i = 0; i < 6; i++)
		number = number << 8 | mac->b[i];
	for (int i = 0; i < LENGTHS; i++) {
		struct assignment *a = find(&o->of[i], top_bits(number, registries[i].bits));
		if (a)
			return name_of(o, &o->of[i], a, registries[i].bits);
	}
	return "";
}
