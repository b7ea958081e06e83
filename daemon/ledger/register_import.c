/*
 * The register as a spreadsheet: CSV in UTF-8 (with or without BOM) or CP932, header in English or Japanese. Everything
 * is read and checked before the database is touched, then the former register is replaced in one transaction.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/phrase.h"
#include "ledger/csv.h"
#include "ledger/kinds.h"
#include "ledger/ledger.h"
#include "ledger/register.h"
#include "ledger/register_text.h"
#include "ledger/store.h"

enum { CELL_BYTES_MAX = 4096 };

enum column { COL_NAME, COL_MAC, COL_IP, COL_KIND, COL_ZONE, COL_OWNER, COL_USAGE, COL_USE_CASE, COL_PHASE, COL_COUNT };

static const struct {
	const char *en, *ja, *also;
} headers[COL_COUNT] = {
    [COL_NAME] = {"name", "名称", "機器名"},       [COL_MAC] = {"mac", "MACアドレス", "mac address"},
    [COL_IP] = {"ip", "IPアドレス", "ip address"}, [COL_KIND] = {"kind", "種別", "機器種別"},
    [COL_ZONE] = {"zone", "ゾーン", "区画"},       [COL_OWNER] = {"owner_dept", "申請部門", "部門"},
    [COL_USAGE] = {"usage", "用途", "usage"},      [COL_USE_CASE] = {"use_case", "利用ケース", "use case"},
    [COL_PHASE] = {"phase", "フェーズ", "phase"},
};

/* A checked row: cells as they go into the database. Texts belong to the file's text or are tokens. */
struct row {
	const char *text[COL_COUNT];
	struct mac *macs;
	struct ip_addr *ips;
	int n_macs, n_ips;
	unsigned line;
};

struct import {
	const char *file;
	const struct site *site;
	struct complaint *c;
	struct csv csv;
	int column_of[CSV_CELLS_MAX];
	int n_columns;
	struct row *rows;
	size_t n_rows, cap;
};

/* ---- the header */

/* ASCII letters out of full-width ones, for names of columns. */
static void narrow(const char *text, char out[static 64])
{
	struct span s = span_str(text);
	uint32_t code;
	size_t n, len = 0;

	while ((n = text_utf8(s, &code)) > 0 && len + n < 64) {
		if (code >= 0xff01 && code <= 0xff5e) {
			out[len++] = (char)(code - 0xfee0);
		} else {
			memcpy(out + len, s.ptr, n);
			len += n;
		}
		s = span_skip(s, n);
	}
	out[len] = '\0';
}

static int find_column(const char *name)
{
	for (int i = 0; i < COL_COUNT; i++) {
		if (strcasecmp(headers[i].en, name) == 0 || strcasecmp(headers[i].ja, name) == 0 ||
		    strcasecmp(headers[i].also, name) == 0)
			return i;
	}
	return -1;
}

static const char *nearest_column(const char *name)
{
	const char *best = NULL;
	unsigned least = (unsigned)strlen(name) / 3 + 2;

	for (int i = 0; i < COL_COUNT; i++) {
		const char *const words[] = {headers[i].en, headers[i].ja};
		for (int j = 0; j < 2; j++) {
			unsigned distance = text_distance(words[j], name);
			if (distance < least) {
				least = distance;
				best = words[j];
			}
		}
	}
	return best;
}

static int read_header(struct import *in)
{
	bool seen[COL_COUNT] = {false};

	for (size_t i = 0; i < in->csv.n_cells; i++) {
		char name[64];
		narrow(in->csv.cell[i], name);
		int column = find_column(name);
		const char *near = column < 0 ? nearest_column(name) : NULL;
		if (column < 0 && near) {
			complain(in->c, in->file, in->csv.row_line, 0, "unknown column \"%s\". Did you mean \"%s\"?",
				 name, near);
			return -EINVAL;
		}
		if (column < 0) {
			complain(in->c, in->file, in->csv.row_line, 0,
				 "unknown column \"%s\". Known are name, mac, ip, kind, zone, owner_dept, usage, "
				 "use_case, phase",
				 name);
			return -EINVAL;
		}
		if (seen[column]) {
			complain(in->c, in->file, in->csv.row_line, 0, "column \"%s\" stands there twice. Remove one",
				 name);
			return -EINVAL;
		}
		seen[column] = true;
		in->column_of[i] = column;
	}
	in->n_columns = (int)in->csv.n_cells;
	if (!seen[COL_MAC] && !seen[COL_IP]) {
		complain(in->c, in->file, in->csv.row_line, 0,
			 "no column mac or ip: the first row has to name the columns. Start "
			 "from configs/register-template.csv");
		return -EINVAL;
	}
	return 0;
}

/* ---- the rows */

static int check_token(struct import *in, struct row *r, enum column column, enum kinds_of list, const char *what)
{
	const char *text = r->text[column];

	if (!text[0])
		return 0;
	const char *token = kinds_find(list, text);
	if (token) {
		r->text[column] = token;
		return 0;
	}
	if (list == KINDS_OF_DEVICE)
		return 0; /* kinds are a starter list: others are kept as they are */
	const char *near = kinds_nearest(list, text);
	if (near) {
		complain(in->c, in->file, r->line, 0, "%s \"%s\" is unknown. Did you mean \"%s\"?", what, text, near);
		return -EINVAL;
	}
	char known[256] = "";
	for (const struct kind_word *w = kinds_list(list); w->token; w++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
			 w == kinds_list(list) ? "" : ", ", w->token);
	complain(in->c, in->file, r->line, 0, "%s \"%s\" is unknown. Write one of %s", what, text, known);
	return -EINVAL;
}

static int check_zone(struct import *in, struct row *r)
{
	const char *text = r->text[COL_ZONE];

	if (!text[0] || !in->site || in->site->n_zones == 0 || site_zone_by_id(in->site, text))
		return 0;
	for (size_t i = 0; i < in->site->n_zones; i++) {
		const struct zone *z = &in->site->zones[i];
		if ((z->name_ja && strcmp(z->name_ja, text) == 0) ||
		    (z->name_en && strcasecmp(z->name_en, text) == 0)) {
			r->text[COL_ZONE] = z->id;
			return 0;
		}
	}
	const char *near = site_nearest_zone(in->site, text);
	if (near)
		complain(in->c, in->file, r->line, 0, "zone \"%s\" is not in the configuration. Did you mean \"%s\"?",
			 text, near);
	else
		complain(in->c, in->file, r->line, 0,
			 "zone \"%s\" is not in the configuration. Write a zone's id or name, or leave it empty", text);
	return -EINVAL;
}

static int check_addresses(struct import *in, struct row *r)
{
	struct mac macs[REGISTER_ADDRESSES_MAX];
	struct ip_addr ips[REGISTER_ADDRESSES_MAX];
	char bad[64];

	r->n_macs = register_parse_macs(r->text[COL_MAC], macs, REGISTER_ADDRESSES_MAX, bad);
	if (r->n_macs < 0) {
		complain(in->c, in->file, r->line, 0, "mac \"%s\": not a MAC address. Write it as 00:80:f4:12:34:56",
			 bad);
		return -EINVAL;
	}
	r->n_ips = register_parse_ips(r->text[COL_IP], ips, REGISTER_ADDRESSES_MAX, bad);
	if (r->n_ips < 0) {
		complain(in->c, in->file, r->line, 0,
			 "ip \"%s\": not a device's IP address. Write it as 10.20.1.11, without a prefix length", bad);
		return -EINVAL;
	}
	r->macs = calloc((size_t)r->n_macs + 1, sizeof(*r->macs));
	r->ips = calloc((size_t)r->n_ips + 1, sizeof(*r->ips));
	if (!r->macs || !r->ips)
		return -ENOMEM;
	memcpy(r->macs, macs, (size_t)r->n_macs * sizeof(*macs));
	memcpy(r->ips, ips, (size_t)r->n_ips * sizeof(*ips));
	if (r->n_macs == 0 && r->n_ips == 0 && !r->text[COL_NAME][0]) {
		complain(in->c, in->file, r->line, 0,
			 "a device without name, mac and ip. Give it one of them, or remove the row");
		return -EINVAL;
	}
	return 0;
}

static int check_lengths(struct import *in, const struct row *r)
{
	for (int i = 0; i < COL_COUNT; i++) {
		if (strlen(r->text[i]) > CELL_BYTES_MAX) {
			complain(in->c, in->file, r->line, 0,
				 "the cell %s is longer than %d bytes. Is a quote missing?", headers[i].en,
				 CELL_BYTES_MAX);
			return -EINVAL;
		}
	}
	return 0;
}

static bool is_blank(const struct csv *v)
{
	for (size_t i = 0; i < v->n_cells; i++) {
		if (v->cell[i][0])
			return false;
	}
	return true;
}

static int read_row(struct import *in)
{
	const struct csv *v = &in->csv;

	if (is_blank(v))
		return 0;
	if ((int)v->n_cells > in->n_columns) {
		complain(in->c, in->file, v->row_line, 0,
			 "%zu cells under %d columns. Put a cell that holds a comma into quotes", v->n_cells,
			 in->n_columns);
		return -EINVAL;
	}
	if (in->n_rows == in->cap) {
		size_t cap = in->cap ? in->cap * 2 : 64;
		struct row *bigger = realloc(in->rows, cap * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		in->rows = bigger;
		in->cap = cap;
	}
	struct row *r = &in->rows[in->n_rows++];
	*r = (struct row){.line = v->row_line};
	for (int i = 0; i < COL_COUNT; i++)
		r->text[i] = "";
	for (size_t i = 0; i < v->n_cells; i++)
		r->text[in->column_of[i]] = v->cell[i];
	int err = check_lengths(in, r);
	if (!err)
		err = check_addresses(in, r);
	if (!err)
		err = check_zone(in, r);
	if (!err)
		err = check_token(in, r, COL_KIND, KINDS_OF_DEVICE, "kind");
	if (!err)
		err = check_token(in, r, COL_USAGE, KINDS_OF_USAGE, "usage");
	if (!err)
		err = check_token(in, r, COL_USE_CASE, KINDS_OF_USE_CASE, "use_case");
	return err ? err : check_token(in, r, COL_PHASE, KINDS_OF_PHASE, "phase");
}

/* ---- one device, one row */

struct owner {
	uint8_t b[16];
	uint32_t row;
};

static int by_address(const void *a, const void *b)
{
	const struct owner *p = a, *q = b;
	int order = memcmp(p->b, q->b, sizeof(p->b));

	return order ? order : (p->row > q->row) - (p->row < q->row);
}

static int complain_of_twin(const struct import *in, const char *what, const char *address, const struct owner *a,
			    const struct owner *b)
{
	const struct row *p = &in->rows[a->row], *q = &in->rows[b->row];

	if (p == q)
		complain(in->c, in->file, q->line, 0, "%s %s stands there twice. Remove one", what, address);
	else
		complain(in->c, in->file, q->line, 0,
			 "%s %s is already in line %u. A device has one row: join them, or correct one", what, address,
			 p->line);
	return -EINVAL;
}

static int check_twins(const struct import *in)
{
	struct owner *owners;
	size_t n = 0, most = 1;
	int err = 0;
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < in->n_rows; i++)
		most += (size_t)(in->rows[i].n_macs > in->rows[i].n_ips ? in->rows[i].n_macs : in->rows[i].n_ips);
	owners = calloc(most, sizeof(*owners));
	if (!owners)
		return -ENOMEM;
	for (uint32_t i = 0; i < in->n_rows; i++) {
		for (int j = 0; j < in->rows[i].n_macs; j++) {
			owners[n].row = i;
			memcpy(owners[n++].b, in->rows[i].macs[j].b, sizeof(struct mac));
		}
	}
	qsort(owners, n, sizeof(*owners), by_address);
	for (size_t i = 1; i < n && !err; i++) {
		struct mac mac;
		memcpy(mac.b, owners[i].b, sizeof(mac.b));
		if (memcmp(owners[i - 1].b, owners[i].b, sizeof(owners[i].b)) == 0)
			err = complain_of_twin(in, "mac", mac_format(&mac, text), &owners[i - 1], &owners[i]);
	}
	/* the same address in two rows is one device twice only where no MAC tells them apart */
	memset(owners, 0, most * sizeof(*owners));
	n = 0;
	for (uint32_t i = 0; i < in->n_rows; i++) {
		for (int j = 0; j < in->rows[i].n_ips && in->rows[i].n_macs == 0; j++) {
			owners[n].row = i;
			memcpy(owners[n++].b, in->rows[i].ips[j].b, sizeof(struct ip_addr));
		}
	}
	qsort(owners, n, sizeof(*owners), by_address);
	for (size_t i = 1; i < n && !err; i++) {
		struct ip_addr ip;
		memcpy(ip.b, owners[i].b, sizeof(ip.b));
		if (memcmp(owners[i - 1].b, owners[i].b, sizeof(owners[i].b)) == 0)
			err = complain_of_twin(in, "ip", ip_format(&ip, text), &owners[i - 1], &owners[i]);
	}
	free(owners);
	return err;
}

/* ---- the database */

static void format_addresses(const struct row *r, char *macs, char *ips, size_t size)
{
	char text[IP_TEXT_MAX];
	size_t len = 0;

	macs[0] = ips[0] = '\0';
	for (int i = 0; i < r->n_macs; i++)
		len += (size_t)snprintf(macs + len, size - len, "%s%s", i ? " " : "", mac_format(&r->macs[i], text));
	len = 0;
	for (int i = 0; i < r->n_ips; i++)
		len += (size_t)snprintf(ips + len, size - len, "%s%s", i ? " " : "", ip_format(&r->ips[i], text));
}

static int put_rows(const struct import *in, sqlite3 *db)
{
	static const enum column order[] = {COL_NAME,  COL_KIND,     COL_ZONE, COL_OWNER,
					    COL_USAGE, COL_USE_CASE, COL_PHASE};
	char macs[REGISTER_ADDRESSES_MAX * (IP_TEXT_MAX + 1)], ips[sizeof(macs)];
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(
	    db,
	    "INSERT INTO register(row, line, mac, ip, name, kind, zone, owner_dept, usage, use_case, phase)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    -1, &st, NULL);

	for (size_t i = 0; i < in->n_rows && rc == SQLITE_OK; i++) {
		const struct row *r = &in->rows[i];
		format_addresses(r, macs, ips, sizeof(macs));
		sqlite3_bind_int64(st, 1, (sqlite3_int64)i + 1);
		sqlite3_bind_int64(st, 2, r->line);
		sqlite3_bind_text(st, 3, macs, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 4, ips, -1, SQLITE_STATIC);
		for (int j = 0; j < (int)(sizeof(order) / sizeof(order[0])); j++)
			sqlite3_bind_text(st, 5 + j, r->text[order[j]], -1, SQLITE_STATIC);
		rc = sqlite3_step(st) == SQLITE_DONE ? SQLITE_OK : sqlite3_errcode(db);
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	return rc;
}

/* The former register and every asset's version change with it, or nothing does. */
static int replace(const struct import *in, const char *state_dir)
{
	char sql[96];
	sqlite3 *db;
	int err = store_open(&db, state_dir, STORE_WRITE, in->c);

	if (err)
		return err;
	int rc = store_exec(db, "BEGIN IMMEDIATE");
	bool begun = rc == SQLITE_OK;
	int64_t version = begun ? store_meta(db, "version") + 1 : 0;
	snprintf(sql, sizeof(sql), "UPDATE asset SET version = %lld", (long long)version);
	if (rc == SQLITE_OK)
		rc = store_exec(db, "DELETE FROM register");
	if (rc == SQLITE_OK)
		rc = put_rows(in, db);
	if (rc == SQLITE_OK)
		rc = store_set_meta(db, "register_imported", 1);
	if (rc == SQLITE_OK)
		rc = store_exec(db, sql);
	if (rc == SQLITE_OK)
		rc = store_set_meta(db, "version", version);
	if (rc == SQLITE_OK)
		rc = store_exec(db, "COMMIT");
	if (rc != SQLITE_OK) {
		err = store_complain(db, state_dir, rc, in->c);
		if (begun)
			store_exec(db, "ROLLBACK");
	}
	sqlite3_close(db);
	return err;
}

static int read_rows(struct import *in)
{
	int err = 0, more;

	while (!err && (more = csv_row(&in->csv)) != 0) {
		if (more < 0) {
			complain(in->c, in->file, in->csv.trouble_line, 0, "%s", phrase(in->csv.trouble));
			err = -EINVAL;
		} else if (in->n_columns == 0) {
			err = read_header(in);
		} else {
			err = read_row(in);
		}
	}
	if (!err && in->n_columns == 0) {
		complain(in->c, in->file, 1, 0, "is empty. Start from configs/register-template.csv");
		err = -EINVAL;
	}
	return err ? err : check_twins(in);
}

int register_import(const char *state_dir, const char *csv_file, const struct site *site, unsigned *rows,
		    struct complaint *c)
{
	struct import in = {.file = csv_file, .site = site, .c = c};
	char *text = NULL;
	size_t len = 0;
	int err = register_text_load(csv_file, &text, &len, c);

	if (!err) {
		csv_init(&in.csv, text, len);
		err = read_rows(&in);
	}
	if (!err)
		err = replace(&in, state_dir);
	if (!err)
		*rows = (unsigned)in.n_rows;
	if (err == -ENOMEM)
		complain(c, csv_file, 0, 0, "not enough memory to read it");
	for (size_t i = 0; i < in.n_rows; i++) {
		free(in.rows[i].macs);
		free(in.rows[i].ips);
	}
	free(in.rows);
	free(text);
	return err;
}
