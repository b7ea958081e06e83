#include "ledger/register_sheet.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digits.h"
#include "base/phrase.h"
#include "ledger/register_text.h"

enum { BLOCK_BYTES = 256 << 10, SHEET_BYTES_MAX = 1 << 30, ERRORS_TOLD_MAX = 1000 };

void sheet_error(struct sheet_errors *errors, const char *file, unsigned line, const char *fmt, ...)
{
	struct complaint c;
	char text[900];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), phrase(fmt), ap);
	va_end(ap);
	complain(&c, file, line, 0, "%s", text);
	if (errors->n++ == 0)
		*errors->first = c;
	if (errors->tell && errors->n <= ERRORS_TOLD_MAX)
		errors->tell(errors->ctx, c.text);
}

/* ---- cells that a spreadsheet would change */

/* 007, 1.10, 1E5, 12345678901234: numbers that would come back with other digits. */
static bool is_fragile_number(const char *cell)
{
	size_t whole = strspn(cell, "0123456789");
	const char *rest = cell + whole;

	if (*rest == '\0')
		return (whole > 1 && cell[0] == '0') || whole > 11;
	if (*rest == '%' && rest[1] == '\0')
		return whole > 0;
	if (*rest == '.') {
		size_t digits = strspn(rest + 1, "0123456789");
		const char *end = rest + 1 + digits;
		if (*end == '\0')
			return whole + digits > 11 || whole == 0 || digits == 0 || end[-1] == '0' ||
			       (whole > 1 && cell[0] == '0');
		rest = end;
	}
	if ((*rest == 'e' || *rest == 'E') && rest > cell) {
		rest += 1 + (rest[1] == '+' || rest[1] == '-');
		return *rest && rest[strspn(rest, "0123456789")] == '\0';
	}
	return false;
}

/* 1-2, 3/4/27, 2027-03-31, 10:30, true. Numbers of telephones are none: they have two long parts. */
static bool is_fragile_word(const char *cell)
{
	unsigned parts = 0, longs = 0;

	if (strcasecmp(cell, "true") == 0 || strcasecmp(cell, "false") == 0)
		return true;
	for (;; cell++) {
		size_t n = strspn(cell, "0123456789");
		if (n == 0 || n > 4)
			return false;
		parts++;
		longs += n > 2;
		cell += n;
		if (*cell == '\0')
			return parts > 1 && longs < 2;
		if (!strchr("-/: ", *cell))
			return false;
	}
}

bool sheet_needs_guard(enum reg_field f, const char *cell)
{
	enum reg_kind kind = reg_fields[f].kind;

	while (*cell == '\'')
		cell++;
	if (csv_is_formula(cell))
		return true;
	/* a date may become the spreadsheet's own; it is understood again */
	return kind == REG_KIND_TEXT && (is_fragile_number(cell) || is_fragile_word(cell));
}

/* ---- reading */

static const char *keep(struct sheet *s, const char *text)
{
	if (!text[0])
		return "";
	struct span copy = arena_copy(&s->arena, span_of(text, strlen(text) + 1));
	return copy.len > 0 ? (const char *)copy.ptr : NULL;
}

static int read_header(struct sheet *s, const struct csv *v, struct sheet_errors *errors)
{
	unsigned before = errors->n;

	for (size_t i = 0; i < v->n_cells; i++) {
		int f = reg_field_find(v->cell[i]);
		const char *near = f < 0 ? reg_field_nearest(v->cell[i]) : NULL;
		if (f < 0 && near)
			sheet_error(errors, s->file, v->row_line, "unknown column \"%.80s\". Did you mean \"%s\"?",
				    v->cell[i], near);
		else if (f < 0)
			sheet_error(errors, s->file, v->row_line,
				    "unknown column \"%.80s\". `sekisho register columns` lists the columns",
				    v->cell[i]);
		else if (s->has[f])
			sheet_error(errors, s->file, v->row_line, "column \"%.80s\" stands there twice. Remove one",
				    v->cell[i]);
		if (f < 0)
			continue;
		s->has[f] = true;
		s->field_of[i] = f;
		s->header_of[i] = keep(s, v->cell[i]);
		if (!s->header_of[i])
			return -ENOMEM;
	}
	s->n_columns = (unsigned)v->n_cells;
	if (errors->n == before && !s->has[REG_MAC] && !s->has[REG_IP])
		sheet_error(errors, s->file, v->row_line,
			    "no column mac or ip: the first row has to name the columns. Start "
			    "from configs/register-template.csv");
	return errors->n > before ? -EINVAL : 0;
}

static struct sheet_row *add_row(struct sheet *s)
{
	if (s->n_rows == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		struct sheet_row *rows = realloc(s->rows, cap * sizeof(*rows));
		if (!rows)
			return NULL;
		s->rows = rows;
		s->cap = cap;
	}
	struct sheet_row *r = &s->rows[s->n_rows++];
	*r = (struct sheet_row){0};
	for (int f = 0; f < REG_FIELD_COUNT; f++)
		r->typed[f] = r->value[f] = "";
	return r;
}

static int read_row(struct sheet *s, const struct csv *v, const struct site *site, struct sheet_errors *errors)
{
	char value[REG_CELL_MAX], why[REG_WHY_MAX];
	bool empty = true;

	if (v->n_cells > s->n_columns) {
		sheet_error(errors, s->file, v->row_line,
			    "%zu cells under %u columns. Put a cell that holds a comma into quotes", v->n_cells,
			    s->n_columns);
		return 0;
	}
	for (size_t i = 0; i < v->n_cells; i++)
		empty &= v->cell[i][0] == '\0';
	if (empty)
		return 0;
	struct sheet_row *r = add_row(s);
	if (!r)
		return -ENOMEM;
	r->line = v->row_line;
	for (size_t i = 0; i < v->n_cells; i++) {
		enum reg_field f = (enum reg_field)s->field_of[i];
		const char *cell = v->cell[i];
		if (cell[0] == '\'' && sheet_needs_guard(f, cell))
			cell++;
		if (!reg_cell_read(f, cell, site, value, why)) {
			sheet_error(errors, s->file, v->row_line, "%s", why);
			value[0] = '\0';
		}
		r->typed[f] = keep(s, cell);
		r->value[f] = strcmp(value, cell) == 0 ? r->typed[f] : keep(s, value);
		if (!r->typed[f] || !r->value[f])
			return -ENOMEM;
	}
	if (!r->typed[REG_NAME][0] && !r->typed[REG_MAC][0] && !r->typed[REG_IP][0] && !r->typed[REG_ID][0])
		sheet_error(errors, s->file, r->line,
			    "a device without name, mac and ip. Give it one of them, or remove the row");
	return 0;
}

/* ---- the same thing in two rows */

struct owner {
	char text[IP_TEXT_MAX];
	uint32_t row;
};

static int by_owner(const void *a, const void *b)
{
	const struct owner *p = a, *q = b;
	int order = strcmp(p->text, q->text);

	return order ? order : (p->row > q->row) - (p->row < q->row);
}

static int add_owners(struct owner **owners, size_t *n, size_t *cap, const char *words, uint32_t row)
{
	while (*words) {
		size_t len = strcspn(words, " ");
		if (*n == *cap) {
			size_t more = *cap ? *cap * 2 : 256;
			struct owner *bigger = realloc(*owners, more * sizeof(*bigger));
			if (!bigger)
				return -ENOMEM;
			*owners = bigger;
			*cap = more;
		}
		struct owner *o = &(*owners)[(*n)++];
		snprintf(o->text, sizeof(o->text), "%.*s", (int)len, words);
		o->row = row;
		words += len + (words[len] == ' ');
	}
	return 0;
}

static void complain_of_twins(const struct sheet *s, const char *what, struct owner *owners, size_t n,
			      struct sheet_errors *errors)
{
	if (n > 1)
		qsort(owners, n, sizeof(*owners), by_owner);
	for (size_t i = 1; i < n; i++) {
		const struct sheet_row *p = &s->rows[owners[i - 1].row], *q = &s->rows[owners[i].row];
		if (strcmp(owners[i - 1].text, owners[i].text) != 0)
			continue;
		if (p == q)
			sheet_error(errors, s->file, q->line, "%s %s stands there twice. Remove one", what,
				    owners[i].text);
		else
			sheet_error(errors, s->file, q->line,
				    "%s %s is already in line %u. A device has one row: join them, or correct one",
				    what, owners[i].text, p->line);
	}
}

/* The same address in two rows is one device twice only where no MAC tells them apart. */
static int check_twins(const struct sheet *s, struct sheet_errors *errors)
{
	static const enum reg_field unique[] = {REG_MAC, REG_IP, REG_ID};
	struct owner *owners = NULL;
	size_t cap = 0;
	int err = 0;

	for (size_t k = 0; k < 3 && !err; k++) {
		size_t n = 0;
		for (uint32_t i = 0; i < s->n_rows && !err; i++) {
			const struct sheet_row *r = &s->rows[i];
			if (unique[k] == REG_ID && r->value[REG_ID][0] && strlen(r->value[REG_ID]) < IP_TEXT_MAX &&
			    !strchr(r->value[REG_ID], ' '))
				err = add_owners(&owners, &n, &cap, r->value[REG_ID], i);
			else if (unique[k] == REG_MAC || (unique[k] == REG_IP && !r->value[REG_MAC][0]))
				err = add_owners(&owners, &n, &cap, r->value[unique[k]], i);
		}
		if (!err)
			complain_of_twins(s, reg_fields[unique[k]].token, owners, n, errors);
	}
	free(owners);
	return err;
}

static int read_all(struct sheet *s, struct csv *v, const struct site *site, struct sheet_errors *errors)
{
	int err = 0, more;

	while (!err && (more = csv_row(v)) != 0) {
		if (more < 0) {
			sheet_error(errors, s->file, v->trouble_line, "%s", phrase(v->trouble));
			return 0; /* where the next row begins is anybody's guess */
		}
		if (s->n_columns == 0)
			err = read_header(s, v, errors);
		else
			err = read_row(s, v, site, errors);
	}
	if (err == -EINVAL) /* without columns there are no rows */
		return 0;
	if (!err && s->n_columns == 0)
		sheet_error(errors, s->file, 1, "is empty. Start from configs/register-template.csv");
	return err ? err : check_twins(s, errors);
}

int sheet_load(struct sheet *s, const char *file, const struct site *site, struct sheet_errors *errors)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	struct csv v;
	char *text = NULL;
	size_t len = 0;

	*s = (struct sheet){.file = file};
	int err = register_text_load(file, &text, &len, digest, errors->first);
	if (err == -EINVAL) {
		errors->n++;
		if (errors->tell)
			errors->tell(errors->ctx, errors->first->text);
		return 0;
	}
	if (err)
		return err;
	*digits_put_hex(s->sha256, digest, SHA256_DIGEST_LENGTH) = '\0';
	err = arena_init(&s->arena, BLOCK_BYTES, SHEET_BYTES_MAX);
	if (!err) {
		csv_init(&v, text, len);
		err = read_all(s, &v, site, errors);
	}
	if (err == -ENOMEM)
		complain(errors->first, file, 0, 0, "not enough memory to read it");
	free(text);
	return err;
}

void sheet_free(struct sheet *s)
{
	if (s->arena.first)
		arena_deinit(&s->arena);
	free(s->rows);
	s->rows = NULL;
}
