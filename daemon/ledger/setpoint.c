#include "ledger/setpoint.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "base/net_addr.h"
#include "base/phrase.h"

enum column { TAG, SERVER, UNIT, TABLE, ADDRESS, TYPE, WORDS, SCALE, OFFSET, MIN, MAX, STEP, COLUMNS };
static const char *const column_names[COLUMNS] = {"tag",   "server", "unit",   "table", "address", "type",
						  "words", "scale",  "offset", "min",   "max",     "step"};

enum value_type { U16, I16, U32, I32, F32, VALUE_TYPES };
static const char *const type_names[VALUE_TYPES] = {"u16", "i16", "u32", "i32", "f32"};

enum { TAG_MAX = 64, FILE_BYTES_MAX = 16 << 20, UNITS = 256, ADDRESSES = 65536 };

struct setpoint {
	char tag[TAG_MAX], server[TAG_MAX];
	struct ip_addr ip; /* where server is an address */
	bool has_ip, any_unit, coil, little;
	uint8_t unit;
	uint16_t address;
	enum value_type type;
	double scale, offset, min, max, step; /* NAN: no limit */
	double before;                        /* NAN: not known */
};

/* Where the fields of a Modbus record stand, found by name since the ledger knows no dissector. */
struct rows {
	const struct field_def *unit, *data_type, *address, *write_address, *registers, *bits, *exception;
};

struct setpoints {
	struct setpoint *all; /* in the order of their addresses */
	size_t n;
	const struct field_table *table; /* of rows */
	struct rows rows;
};

/* ---- the file */

struct reading {
	struct setpoints *s;
	const char *file;
	struct csv csv;
	int place[COLUMNS]; /* which cell, or -1 */
	struct complaint *c;
};

static int wrong(const struct reading *r, enum column col, const char *text, const char *remedy)
{
	complain(r->c, r->file, r->csv.row_line, 0, "%s \"%s\": %s", column_names[col], text, phrase(remedy));
	return -EINVAL;
}

static const char *cell(const struct reading *r, enum column col)
{
	int at = r->place[col];

	return at >= 0 && (size_t)at < r->csv.n_cells ? r->csv.cell[at] : "";
}

static int number(const struct reading *r, enum column col, double fallback, double *out)
{
	const char *text = cell(r, col);
	char *end;

	*out = fallback;
	if (!*text)
		return 0;
	*out = strtod(text, &end);
	return *end || !isfinite(*out) ? wrong(r, col, text, PHRASE_LATER("expected a number")) : 0;
}

static int whole(const struct reading *r, enum column col, long most, long *out)
{
	const char *text = cell(r, col);
	char *end;

	/* 0x10 is a way to write an address; 010 is 10, as every table calculation has it */
	*out = strtol(text, &end, text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10);
	if (!*text || *end || *out < 0 || *out > most)
		return wrong(r, col, text,
			     PHRASE_LATER("expected a number of the device: address 0 to 65535, zero-based as on the "
					  "wire; unit 0 to 255"));
	return 0;
}

static int read_kind(const struct reading *r, struct setpoint *p)
{
	const char *type = cell(r, TYPE), *table = cell(r, TABLE), *words = cell(r, WORDS);
	int t = U16;

	while (*type && t < VALUE_TYPES && strcasecmp(type, type_names[t]) != 0)
		t++;
	if (t == VALUE_TYPES)
		return wrong(r, TYPE, type, PHRASE_LATER("expected u16, i16, u32, i32 or f32"));
	p->type = (enum value_type)t;
	p->coil = strcasecmp(table, "coil") == 0;
	if (*table && !p->coil && strcasecmp(table, "holding_register") != 0)
		return wrong(r, TABLE, table,
			     PHRASE_LATER("expected holding_register or coil: only these can be written"));
	p->little = strcasecmp(words, "little") == 0;
	if (*words && !p->little && strcasecmp(words, "big") != 0)
		return wrong(r, WORDS, words, PHRASE_LATER("expected big (high word first) or little"));
	return 0;
}

static int read_tag(const struct reading *r, struct setpoint *p)
{
	long address = 0, unit = 0;
	int err;

	*p = (struct setpoint){.before = NAN, .any_unit = !*cell(r, UNIT)};
	snprintf(p->tag, sizeof(p->tag), "%s", cell(r, TAG));
	snprintf(p->server, sizeof(p->server), "%s", cell(r, SERVER));
	p->has_ip = ip_parse(p->server, &p->ip);
	if (!p->tag[0] || !p->server[0])
		return wrong(r, p->tag[0] ? SERVER : TAG, "", PHRASE_LATER("each row needs a tag and a server"));
	if ((err = whole(r, ADDRESS, ADDRESSES - 1, &address)) ||
	    (!p->any_unit && (err = whole(r, UNIT, UNITS - 1, &unit))) || (err = read_kind(r, p)) ||
	    (err = number(r, SCALE, 1, &p->scale)) || (err = number(r, OFFSET, 0, &p->offset)) ||
	    (err = number(r, MIN, NAN, &p->min)) || (err = number(r, MAX, NAN, &p->max)) ||
	    (err = number(r, STEP, NAN, &p->step)))
		return err;
	p->address = (uint16_t)address;
	p->unit = (uint8_t)unit;
	if (isnan(p->min) && isnan(p->max) && isnan(p->step))
		return wrong(r, TAG, p->tag, PHRASE_LATER("a tag without min, max and step limits nothing"));
	if (p->min > p->max)
		return wrong(r, MIN, cell(r, MIN), PHRASE_LATER("is above max"));
	return 0;
}

static int read_header(struct reading *r)
{
	for (int col = 0; col < COLUMNS; col++)
		r->place[col] = -1;
	for (size_t i = 0; i < r->csv.n_cells; i++) {
		int col = 0;
		while (col < COLUMNS && strcasecmp(r->csv.cell[i], column_names[col]) != 0)
			col++;
		if (col == COLUMNS) {
			complain(r->c, r->file, r->csv.row_line, 0,
				 "unknown column \"%s\". Known are tag, server, unit, table, address, type, words, "
				 "scale, offset, min, max, step",
				 r->csv.cell[i]);
			return -EINVAL;
		}
		r->place[col] = (int)i;
	}
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct setpoint *p = a, *q = b;

	return p->address != q->address ? (p->address > q->address) - (p->address < q->address)
					: strcmp(p->tag, q->tag);
}

static int read_rows(struct reading *r)
{
	size_t cap = 0;
	bool header = true;
	int more, err = 0;

	while (!err && (more = csv_row(&r->csv)) != 0) {
		if (more < 0) {
			complain(r->c, r->file, r->csv.trouble_line, 0, "%s", r->csv.trouble);
			return -EINVAL;
		}
		if (header) {
			err = read_header(r);
			header = false;
			continue;
		}
		if (r->s->n == cap) {
			cap = cap ? cap * 2 : 64;
			struct setpoint *grown = cap <= SETPOINTS_MAX ? realloc(r->s->all, cap * sizeof(*grown)) : NULL;
			if (!grown) {
				complain(r->c, r->file, r->csv.row_line, 0, "more than %d tags", SETPOINTS_MAX);
				return -EINVAL;
			}
			r->s->all = grown;
		}
		err = read_tag(r, &r->s->all[r->s->n]);
		r->s->n += !err;
	}
	if (!err && r->s->n > 0)
		qsort(r->s->all, r->s->n, sizeof(r->s->all[0]), by_address);
	return err;
}

int setpoints_load(struct setpoints **out, const char *file, struct complaint *c)
{
	struct reading r = {.file = file, .c = c};
	FILE *f = fopen(file, "rb");
	int err = f ? 0 : -errno;
	char *text = err ? NULL : malloc(FILE_BYTES_MAX + 1);

	if (err) {
		complain(c, file, 0, 0, "cannot be read: %s", strerror(-err));
		return err;
	}
	r.s = calloc(1, sizeof(*r.s));
	size_t len = text ? fread(text, 1, FILE_BYTES_MAX + 1, f) : 0;
	if (!r.s || !text) {
		err = -ENOMEM;
	} else if (len > FILE_BYTES_MAX) {
		complain(c, file, 0, 0, "more than %d bytes", FILE_BYTES_MAX);
		err = -EINVAL;
	} else {
		size_t bom = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
		csv_init(&r.csv, text + bom, len - bom);
		err = read_rows(&r);
	}
	fclose(f);
	free(text);
	if (err) {
		setpoints_free(r.s);
		return err;
	}
	*out = r.s;
	return 0;
}

void setpoints_free(struct setpoints *s)
{
	if (s)
		free(s->all);
	free(s);
}

void setpoints_inherit(struct setpoints *s, const struct setpoints *from)
{
	for (size_t i = 0; s && from && i < s->n; i++) {
		const struct setpoint *old = bsearch(&s->all[i], from->all, from->n, sizeof(from->all[0]), by_address);
		if (old && strcmp(old->server, s->all[i].server) == 0)
			s->all[i].before = old->before;
	}
}

/* ---- writes */

bool setpoints_want(const struct setpoints *s, const struct event *ev)
{
	return s && ev->func_class == CLASS_WRITE && strcmp(ev->table->object, "modbus") == 0;
}

static const struct field_def *row(const struct field_table *t, const char *name, enum field_type type)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		if (strcmp(t->fields[i].name, name) == 0 && t->fields[i].type == type)
			return &t->fields[i];
	}
	return NULL;
}

static const struct rows *rows_of(struct setpoints *s, const struct field_table *t)
{
	if (s->table != t) {
		s->table = t;
		s->rows = (struct rows){
		    row(t, "unit_id", FIELD_TYPE_UINT),          row(t, "data_type", FIELD_TYPE_ENUM),
		    row(t, "request.address", FIELD_TYPE_UINT),  row(t, "request.write_address", FIELD_TYPE_UINT),
		    row(t, "request.values[]", FIELD_TYPE_U16S), row(t, "request.values[]", FIELD_TYPE_BITS),
		    row(t, "exception.raw", FIELD_TYPE_UINT)};
	}
	return &s->rows;
}

/* What a record writes: registers or coils from an address on. */
struct written {
	uint64_t unit, address;
	const struct event_value *registers, *bits;
	bool coil, refused;
};

static bool written_of(const struct rows *r, const struct event *ev, struct written *w)
{
	const struct event_value *unit = r->unit ? event_get(ev, r->unit) : NULL;
	const struct event_value *type = r->data_type ? event_get(ev, r->data_type) : NULL;
	const struct event_value *at = r->write_address ? event_get(ev, r->write_address) : NULL;

	if (!at && r->address)
		at = event_get(ev, r->address);
	w->registers = r->registers ? event_get(ev, r->registers) : NULL;
	w->bits = r->bits ? event_get(ev, r->bits) : NULL;
	if (!unit || !type || !at || (!w->registers && !w->bits))
		return false;
	const char *table = enum_token(r->data_type->names, type->u);
	w->coil = table && strcmp(table, "coil") == 0;
	w->refused = r->exception && event_get(ev, r->exception);
	w->unit = unit->u;
	w->address = at->u;
	return w->coil || (table && strcmp(table, "holding_register") == 0);
}

static uint16_t register_at(const struct event_value *v, size_t i)
{
	struct cursor c = cur_of(span_of(v->ptr, (size_t)v->count * 2));

	cur_skip(&c, i * 2);
	return cur_u16be(&c);
}

/* @return false where not all of it was written. */
static bool value_of(const struct setpoint *p, const struct written *w, double *out)
{
	size_t i = (size_t)(p->address - w->address), words = p->type >= U32 ? 2 : 1;

	if (p->coil) {
		/* one coil is written as 0xff00 or 0, several as bits */
		if (w->bits ? i >= w->bits->count : i >= 1)
			return false;
		uint16_t single = w->bits ? 0 : register_at(w->registers, 0);
		*out = w->bits ? w->bits->ptr[i / 8] >> (i % 8) & 1 : single != 0;
		return single == 0 || single == 0xff00;
	}
	if (!w->registers || i + words > w->registers->count)
		return false;
	uint16_t first = register_at(w->registers, i), second = words == 2 ? register_at(w->registers, i + 1) : 0;
	uint32_t both = p->little ? (uint32_t)second << 16 | first : (uint32_t)first << 16 | second;
	float real;
	memcpy(&real, &both, sizeof(real));
	const double raw[VALUE_TYPES] = {first, (int16_t)first, both, (int32_t)both, (double)real};
	*out = raw[p->type] * p->scale + p->offset;
	return true;
}

static bool is_server(const struct setpoint *p, const struct event *ev)
{
	if (p->has_ip)
		return ip_eq(&p->ip, &ev->at.dest_ip);
	return ev->dest && (strcmp(p->server, ev->dest->name) == 0 || strcmp(p->server, ev->dest->asset_id) == 0);
}

static void tell(const struct setpoint *p, const struct event *cause, enum setpoint_problem problem, double value,
		 double limit, struct event_sink out)
{
	struct event_value values[SETPOINT_FIELDS];
	struct event ev = *cause;

	ev.table = &setpoint_table;
	ev.values = values;
	ev.n_values = 0;
	ev_text(&ev, &setpoint_field[SETPOINT_TAG], p->tag);
	ev_uint(&ev, &setpoint_field[SETPOINT_PROBLEM], problem);
	ev_float(&ev, &setpoint_field[SETPOINT_VALUE], value);
	if (!isnan(p->before))
		ev_float(&ev, &setpoint_field[SETPOINT_BEFORE], p->before);
	ev_float(&ev, &setpoint_field[SETPOINT_LIMIT], limit);
	if (!p->any_unit)
		ev_uint(&ev, &setpoint_field[SETPOINT_UNIT], p->unit);
	ev_uint(&ev, &setpoint_field[SETPOINT_ADDRESS], p->address);
	out.take(out.ctx, &ev);
}

static void judge(struct setpoint *p, const struct written *w, const struct event *ev, struct event_sink out)
{
	double value;

	if (!value_of(p, w, &value))
		return;
	if (isnan(value) || value < p->min)
		tell(p, ev, SETPOINT_BELOW_MIN, value, p->min, out);
	else if (value > p->max)
		tell(p, ev, SETPOINT_ABOVE_MAX, value, p->max, out);
	else if (fabs(value - p->before) > p->step)
		tell(p, ev, SETPOINT_STEP, value, p->step, out);
	if (!w->refused)
		p->before = value;
}

void setpoints_take(struct setpoints *s, const struct event *ev, struct event_sink out)
{
	struct written w = {0};
	size_t low = 0, high;

	if (!setpoints_want(s, ev) || !written_of(rows_of(s, ev->table), ev, &w))
		return;
	for (high = s->n; low < high;) {
		size_t middle = (low + high) / 2;
		if (s->all[middle].address < w.address)
			low = middle + 1;
		else
			high = middle;
	}
	uint64_t n = w.bits ? w.bits->count : w.registers->count;
	for (; low < s->n && s->all[low].address < w.address + n; low++) {
		struct setpoint *p = &s->all[low];
		if (p->coil == w.coil && (p->any_unit || p->unit == w.unit) && is_server(p, ev))
			judge(p, &w, ev, out);
	}
}
