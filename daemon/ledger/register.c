#include "ledger/register.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ledger/impact.h"
#include "ledger/store.h"

struct register_key {
	uint8_t b[16];
	uint32_t row;
};

static int by_bytes(const void *a, const void *b)
{
	const struct register_key *p = a, *q = b;
	int order = memcmp(p->b, q->b, sizeof(p->b));

	return order ? order : (p->row > q->row) - (p->row < q->row);
}

/* ---- addresses as people type them */

/* Full-width forms, the ideographic space and the many dashes of word processors become the characters that were meant.
 */
static char plain(uint32_t code)
{
	if (code >= 0xff01 && code <= 0xff5e)
		return (char)(code - 0xfee0);
	if (code == 0x3000 || code == 0xa0 || code == '\n' || code == '\r' || code == '\t')
		return ' ';
	if ((code >= 0x2010 && code <= 0x2015) || code == 0x2212 || code == 0x30fc)
		return '-';
	if (code >= 0x2460 && code <= 0x2468)
		return (char)('1' + (code - 0x2460));
	if (code == 0x3001)
		return ';';
	if (code == 0x3002)
		return '.';
	return code < 0x80 ? (char)code : '?';
}

/* The next address of the cell, in ASCII. */
static bool next_word(struct span *s, char word[static 64])
{
	size_t len = 0, n;
	uint32_t code;

	while ((n = text_utf8(*s, &code)) > 0) {
		char ch = plain(code);
		*s = span_skip(*s, n);
		if (strchr(" ;,", ch)) {
			if (len > 0)
				break;
			continue;
		}
		if (len < 63)
			word[len++] = ch;
	}
	word[len] = '\0';
	return len > 0;
}

int register_parse_macs(const char *cell, struct mac *out, int max, char bad[static 64])
{
	struct span s = span_str(cell);
	int n = 0;

	for (; next_word(&s, bad); n++) {
		if (n == max || !mac_parse(bad, &out[n]) || mac_is_none(&out[n]) || mac_is_group(&out[n]))
			return -1;
	}
	return n;
}

int register_parse_ips(const char *cell, struct ip_addr *out, int max, char bad[static 64])
{
	struct span s = span_str(cell);
	int n = 0;

	for (; next_word(&s, bad); n++) {
		if (n == max || !ip_parse(bad, &out[n]))
			return -1;
		enum ip_scope scope = ip_scope(&out[n]);
		if (scope == IP_SCOPE_UNSPECIFIED || scope == IP_SCOPE_MULTICAST || scope == IP_SCOPE_BROADCAST)
			return -1;
	}
	return n;
}

/* ---- the table */

static int set_addresses(struct register_row *row)
{
	struct mac macs[REGISTER_ADDRESSES_MAX];
	struct ip_addr ips[REGISTER_ADDRESSES_MAX];
	char bad[64];
	int n_macs = register_parse_macs(register_value(row, REG_MAC), macs, REGISTER_ADDRESSES_MAX, bad);
	int n_ips = register_parse_ips(register_value(row, REG_IP), ips, REGISTER_ADDRESSES_MAX, bad);

	if (n_macs < 0 || n_ips < 0)
		return SQLITE_CORRUPT;
	row->macs = calloc((size_t)n_macs + 1, sizeof(*row->macs));
	row->ips = calloc((size_t)n_ips + 1, sizeof(*row->ips));
	if (!row->macs || !row->ips)
		return SQLITE_NOMEM;
	row->n_macs = (size_t)n_macs;
	row->n_ips = (size_t)n_ips;
	memcpy(row->macs, macs, row->n_macs * sizeof(*macs));
	memcpy(row->ips, ips, row->n_ips * sizeof(*ips));
	return SQLITE_OK;
}

static int set_value(struct register_row *row, size_t *len, enum reg_field f, const char *value)
{
	size_t n = strlen(value) + 1;
	char *bigger = realloc(row->text, *len + n);

	if (!bigger)
		return SQLITE_NOMEM;
	row->text = bigger;
	memcpy(row->text + *len, value, n);
	row->at[f] = (uint32_t)*len;
	*len += n;
	return SQLITE_OK;
}

static void set_names(struct register_row *row)
{
	row->name = register_value(row, REG_NAME);
	row->kind = register_value(row, REG_KIND);
	row->zone = register_value(row, REG_ZONE);
	row->owner_dept = register_value(row, REG_OWNER_DEPT);
	row->usage = register_value(row, REG_USAGE);
	row->use_case = register_value(row, REG_USE_CASE);
	row->phase = register_value(row, REG_PHASE);
}

/* The cells of one row stand together in @st; which is at the first of them, or beyond. */
static int read_row(struct register_row *row, sqlite3_stmt *st, int *state)
{
	size_t len = 1;
	int rc = SQLITE_OK;

	row->text = calloc(1, 1);
	if (!row->text)
		return SQLITE_NOMEM;
	while (*state == SQLITE_ROW && (uint64_t)sqlite3_column_int64(st, 0) == row->uid && rc == SQLITE_OK) {
		int f = reg_field_by_token(store_text(st, 1));
		if (f >= 0) /* a newer version may know more */
			rc = set_value(row, &len, (enum reg_field)f, store_text(st, 2));
		*state = sqlite3_step(st);
	}
	set_names(row);
	return rc == SQLITE_OK ? set_addresses(row) : rc;
}

static int make_keys(struct asset_register *r)
{
	size_t n_macs = 0, n_ips = 0;

	for (size_t i = 0; i < r->n_rows; i++) {
		n_macs += r->rows[i].n_macs;
		n_ips += r->rows[i].n_ips;
	}
	r->by_mac = calloc(n_macs + 1, sizeof(*r->by_mac));
	r->by_ip = calloc(n_ips + 1, sizeof(*r->by_ip));
	if (!r->by_mac || !r->by_ip)
		return SQLITE_NOMEM;
	for (uint32_t i = 0; i < r->n_rows; i++) {
		const struct register_row *row = &r->rows[i];
		for (size_t j = 0; j < row->n_macs; j++) {
			memcpy(r->by_mac[r->n_by_mac].b, row->macs[j].b, sizeof(row->macs[j].b));
			r->by_mac[r->n_by_mac++].row = i;
		}
		for (size_t j = 0; j < row->n_ips; j++) {
			memcpy(r->by_ip[r->n_by_ip].b, row->ips[j].b, sizeof(row->ips[j].b));
			r->by_ip[r->n_by_ip++].row = i;
		}
	}
	qsort(r->by_mac, r->n_by_mac, sizeof(*r->by_mac), by_bytes);
	qsort(r->by_ip, r->n_by_ip, sizeof(*r->by_ip), by_bytes);
	return SQLITE_OK;
}

static struct register_row *add_row(struct asset_register *r, size_t *cap)
{
	if (r->n_rows == *cap) {
		size_t more = *cap ? *cap * 2 : 64;
		struct register_row *bigger = realloc(r->rows, more * sizeof(*bigger));
		if (!bigger)
			return NULL;
		r->rows = bigger;
		*cap = more;
	}
	struct register_row *row = &r->rows[r->n_rows++];
	*row = (struct register_row){0};
	return row;
}

int register_load(struct asset_register *r, sqlite3 *db)
{
	sqlite3_stmt *rows = NULL, *cells = NULL;
	size_t cap = 0;
	int state = SQLITE_DONE;
	int rc = sqlite3_prepare_v2(db,
				    "SELECT p.uid, p.line, r.usage FROM paper p LEFT JOIN usage_raise r ON "
				    "r.uid = p.uid ORDER BY p.row, p.uid",
				    -1, &rows, NULL);

	*r = (struct asset_register){.imported = store_meta(db, "register_imported") != 0,
				     .serial = store_meta(db, "register_serial")};
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(db,
					"SELECT c.uid, c.field, c.value FROM paper p JOIN paper_cell c ON c.uid = p.uid"
					" ORDER BY p.row, p.uid",
					-1, &cells, NULL);
	if (rc == SQLITE_OK)
		state = sqlite3_step(cells);
	while (rc == SQLITE_OK && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		struct register_row *row = add_row(r, &cap);
		if (!row) {
			rc = SQLITE_NOMEM;
			break;
		}
		row->uid = (uint64_t)sqlite3_column_int64(rows, 0);
		row->line = (unsigned)sqlite3_column_int(rows, 1);
		rc = read_row(row, cells, &state);
		if (rc == SQLITE_OK)
			row->raised = impact_usage(store_text(rows, 2));
	}
	if (rc == SQLITE_DONE && state != SQLITE_ROW && state != SQLITE_DONE)
		rc = state;
	sqlite3_finalize(rows);
	sqlite3_finalize(cells);
	rc = rc == SQLITE_DONE ? make_keys(r) : rc;
	if (rc != SQLITE_OK)
		register_free(r);
	return rc;
}

void register_free(struct asset_register *r)
{
	for (size_t i = 0; i < r->n_rows; i++) {
		struct register_row *row = &r->rows[i];
		free(row->text);
		free(row->macs);
		free(row->ips);
	}
	free(r->rows);
	free(r->by_mac);
	free(r->by_ip);
	*r = (struct asset_register){0};
}

const struct register_row *register_by_uid(const struct asset_register *r, uint64_t uid)
{
	for (size_t i = 0; i < r->n_rows; i++) {
		if (r->rows[i].uid == uid)
			return &r->rows[i];
	}
	return NULL;
}

int register_purdue(const struct register_row *row, const struct zone *zone)
{
	int purdue = zone ? zone->purdue : PURDUE_UNKNOWN;

	if (purdue == PURDUE_UNKNOWN && row && !purdue_parse(register_value(row, REG_PURDUE), &purdue))
		purdue = PURDUE_UNKNOWN;
	return purdue;
}

/* The first key not less than (@bytes, row 0). */
static size_t lower_bound(const struct register_key *keys, size_t n, const struct register_key *key)
{
	size_t low = 0;

	while (low < n) {
		size_t mid = low + (n - low) / 2;
		if (by_bytes(&keys[mid], key) < 0)
			low = mid + 1;
		else
			n = mid;
	}
	return low;
}

const struct register_row *register_by_mac(const struct asset_register *r, const struct mac *mac)
{
	struct register_key key = {{0}, 0};

	memcpy(key.b, mac->b, sizeof(mac->b));
	size_t i = lower_bound(r->by_mac, r->n_by_mac, &key);
	return i < r->n_by_mac && memcmp(r->by_mac[i].b, key.b, sizeof(key.b)) == 0 ? &r->rows[r->by_mac[i].row] : NULL;
}

const struct register_row *register_by_ip(const struct asset_register *r, const struct ip_addr *ip, bool has_mac)
{
	struct register_key key = {{0}, 0};

	memcpy(key.b, ip->b, sizeof(ip->b));
	for (size_t i = lower_bound(r->by_ip, r->n_by_ip, &key);
	     i < r->n_by_ip && memcmp(r->by_ip[i].b, key.b, sizeof(key.b)) == 0; i++) {
		const struct register_row *row = &r->rows[r->by_ip[i].row];
		if (!has_mac || row->n_macs == 0)
			return row;
	}
	return NULL;
}
