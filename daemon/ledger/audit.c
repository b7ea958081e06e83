#include "ledger/audit.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "base/json.h"
#include "base/when.h"
#include "ledger/store.h"

_Static_assert(AUDIT_HASH_CHARS == 2 * SHA256_DIGEST_LENGTH, "two digits a byte");

/* The columns in the order in which they are hashed and stored. */
#define AUDIT_COLUMNS "no, at_ns, who, login, verb, object, reason, details"
enum { COL_NO, COL_AT, COL_WHO, COL_LOGIN, COL_VERB, COL_OBJECT, COL_REASON, COL_DETAILS, COL_COUNT };
enum { JSON_LIMIT = 1 << 20 };

/* ---- the hash of a row */

static void add_netstring(EVP_MD_CTX *md, const char *text, size_t len)
{
	char length[24];
	int n = snprintf(length, sizeof(length), "%zu:", len);

	EVP_DigestUpdate(md, length, (size_t)n);
	EVP_DigestUpdate(md, text, len);
	EVP_DigestUpdate(md, ",", 1);
}

static int hash_row(const char *before, const struct span columns[COL_COUNT], char out[static AUDIT_HASH_CHARS + 1])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;

	if (ok) {
		EVP_DigestUpdate(md, before, AUDIT_HASH_CHARS);
		for (int i = 0; i < COL_COUNT; i++)
			add_netstring(md, (const char *)columns[i].ptr, columns[i].len);
		ok = EVP_DigestFinal_ex(md, digest, NULL) == 1;
	}
	EVP_MD_CTX_free(md);
	if (ok)
		*digits_put_hex(out, digest, SHA256_DIGEST_LENGTH) = '\0';
	return ok ? SQLITE_OK : SQLITE_NOMEM;
}

/* ---- adding */

struct head {
	int64_t no;
	char hash[AUDIT_HASH_CHARS + 1];
};

static int read_head(sqlite3 *db, struct head *h)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, "SELECT no, hash FROM audit_head", -1, &st, NULL);

	h->no = 0;
	memset(h->hash, '0', AUDIT_HASH_CHARS);
	h->hash[AUDIT_HASH_CHARS] = '\0';
	if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		h->no = sqlite3_column_int64(st, 0);
		snprintf(h->hash, sizeof(h->hash), "%s", store_text(st, 1));
	}
	sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int put_row(sqlite3 *db, const struct span columns[COL_COUNT], const char *hash)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, "INSERT INTO audit(" AUDIT_COLUMNS ", hash) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
				    -1, &st, NULL);

	if (rc == SQLITE_OK) {
		for (int i = 0; i < COL_COUNT; i++)
			sqlite3_bind_text(st, i + 1, (const char *)columns[i].ptr, (int)columns[i].len, SQLITE_STATIC);
		sqlite3_bind_text(st, COL_COUNT + 1, hash, -1, SQLITE_STATIC);
		rc = sqlite3_step(st);
		rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
	}
	sqlite3_finalize(st);
	return rc;
}

static int put_head(sqlite3 *db, const char *no, const char *hash)
{
	sqlite3_stmt *st = NULL;
	int rc =
	    sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO audit_head(one, no, hash) VALUES(1, ?, ?)", -1, &st, NULL);

	if (rc == SQLITE_OK) {
		sqlite3_bind_text(st, 1, no, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 2, hash, -1, SQLITE_STATIC);
		rc = sqlite3_step(st);
		rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
	}
	sqlite3_finalize(st);
	return rc;
}

static struct span text_or_empty(const char *text)
{
	return span_str(text ? text : "");
}

static int append(sqlite3 *db, const struct audit_entry *e)
{
	char no[24], at[24], hash[AUDIT_HASH_CHARS + 1];
	struct head before;
	int rc = read_head(db, &before);

	if (rc != SQLITE_OK)
		return rc;
	snprintf(no, sizeof(no), "%lld", (long long)before.no + 1);
	snprintf(at, sizeof(at), "%lld", (long long)(e->at_ns ? e->at_ns : when_now_ns()));
	const struct span columns[COL_COUNT] = {
	    [COL_NO] = span_str(no),
	    [COL_AT] = span_str(at),
	    [COL_WHO] = text_or_empty(e->who),
	    [COL_LOGIN] = text_or_empty(e->login),
	    [COL_VERB] = text_or_empty(e->verb),
	    [COL_OBJECT] = text_or_empty(e->object),
	    [COL_REASON] = text_or_empty(e->reason),
	    [COL_DETAILS] = span_str(e->details && e->details[0] ? e->details : "{}"),
	};
	rc = hash_row(before.hash, columns, hash);
	if (rc == SQLITE_OK)
		rc = put_row(db, columns, hash);
	return rc == SQLITE_OK ? put_head(db, no, hash) : rc;
}

int audit_begin(sqlite3 *db)
{
	int rc = store_exec(db, "PRAGMA synchronous = FULL");

	return rc == SQLITE_OK ? store_exec(db, "BEGIN IMMEDIATE") : rc;
}

int audit_append(sqlite3 *db, const struct audit_entry *e)
{
	if (!sqlite3_get_autocommit(db))
		return append(db, e);
	int rc = audit_begin(db);
	if (rc != SQLITE_OK)
		return rc;
	rc = append(db, e);
	return store_end(db, rc);
}

int audit_write(const char *state_dir, const struct audit_entry *e, struct complaint *c)
{
	sqlite3 *db;
	int err = store_open(&db, state_dir, STORE_WRITE, c);

	if (err)
		return err;
	int rc = audit_append(db, e);
	if (rc != SQLITE_OK)
		err = store_complain(db, state_dir, rc, c);
	sqlite3_close(db);
	return err;
}

/* ---- reading */

static void write_json(struct json *j, sqlite3_stmt *st)
{
	static const char *const keys[COL_COUNT] = {
	    [COL_WHO] = "who",       [COL_LOGIN] = "login",   [COL_VERB] = "verb",
	    [COL_OBJECT] = "object", [COL_REASON] = "reason", [COL_DETAILS] = "details"};
	char at[WHEN_TEXT_MAX];

	json_reset(j);
	json_object_begin(j);
	json_kv_u64(j, "no", (uint64_t)sqlite3_column_int64(st, COL_NO));
	json_kv_str(j, "at", when_format(sqlite3_column_int64(st, COL_AT), at));
	for (int i = COL_WHO; i < COL_DETAILS; i++)
		json_kv_str(j, keys[i], store_text(st, i));
	json_key(j, keys[COL_DETAILS]);
	json_raw(j, span_str(store_text(st, COL_DETAILS)));
	json_kv_str(j, "hash", store_text(st, COL_COUNT));
	json_object_end(j);
}

int audit_each(const char *state_dir, const struct audit_filter *f, void (*row)(void *ctx, const char *json), void *ctx,
	       struct complaint *c)
{
	static const struct audit_filter all;
	sqlite3_stmt *st = NULL;
	struct json j;
	sqlite3 *db;
	int err = store_open(&db, state_dir, STORE_READ, c);

	if (err)
		return err;
	f = f ? f : &all;
	json_init(&j, JSON_LIMIT);
	int rc = sqlite3_prepare_v2(db,
				    "SELECT " AUDIT_COLUMNS ", hash FROM audit WHERE (?1 IS NULL OR object = ?1 OR"
				    " substr(object, 1, length(?1) + 1) = ?1 || ':') AND (?2 IS NULL OR who = ?2)"
				    " AND (?3 IS NULL OR verb = ?3) AND at_ns >= ?4 ORDER BY no",
				    -1, &st, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_text(st, 1, f->object, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 2, f->who, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 3, f->verb, -1, SQLITE_STATIC);
		sqlite3_bind_int64(st, 4, f->since_ns);
		while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
			write_json(&j, st);
			if (!j.overflow)
				row(ctx, json_cstr(&j));
		}
	}
	if (rc != SQLITE_DONE)
		err = store_complain(db, state_dir, rc, c);
	sqlite3_finalize(st);
	sqlite3_close(db);
	json_deinit(&j);
	return err;
}

/* ---- following the chain */

struct check {
	sqlite3 *db;
	void (*trouble)(void *ctx, int64_t no, int64_t to, enum audit_trouble what);
	void *ctx;
	struct audit_state *out;
	int64_t noted_no;
	const char *noted_hash;
	bool noted_found;
};

static void report(struct check *k, int64_t no, int64_t to, enum audit_trouble what)
{
	k->out->troubles++;
	if (k->trouble)
		k->trouble(k->ctx, no, to, what);
}

static void check_guards(struct check *k)
{
	sqlite3_stmt *st = NULL;
	int n = 0;

	if (sqlite3_prepare_v2(k->db,
			       "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'", -1,
			       &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	if (n < 3)
		report(k, 0, 0, AUDIT_UNGUARDED);
}

static int check_row(struct check *k, sqlite3_stmt *st, struct head *last)
{
	struct span columns[COL_COUNT];
	char hash[AUDIT_HASH_CHARS + 1];
	int64_t no = sqlite3_column_int64(st, COL_NO);
	bool gap = no != last->no + 1;

	if (gap)
		report(k, last->no + 1, no - 1, AUDIT_MISSING);
	for (int i = 0; i < COL_COUNT; i++) {
		const void *text = sqlite3_column_text(st, i);
		columns[i] = span_of(text ? text : "", (size_t)sqlite3_column_bytes(st, i));
	}
	int rc = hash_row(last->hash, columns, hash);
	/* behind a gap the hash before is gone, and the row cannot be judged */
	if (rc == SQLITE_OK && !gap && strcmp(hash, store_text(st, COL_COUNT)) != 0)
		report(k, no, no, AUDIT_CHANGED);
	last->no = no;
	snprintf(last->hash, sizeof(last->hash), "%s", store_text(st, COL_COUNT));
	if (k->noted_hash && no == k->noted_no) {
		k->noted_found = true;
		if (strcmp(last->hash, k->noted_hash) != 0)
			report(k, no, no, AUDIT_FORKED);
	}
	return rc;
}

static int check_chain(struct check *k)
{
	struct head last = {.no = 0}, head;
	sqlite3_stmt *st = NULL;
	int rc = read_head(k->db, &head);

	memset(last.hash, '0', AUDIT_HASH_CHARS);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(k->db, "SELECT " AUDIT_COLUMNS ", hash FROM audit ORDER BY no", -1, &st, NULL);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW)
		rc = check_row(k, st, &last);
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		return rc;
	if (last.no < head.no)
		report(k, last.no + 1, head.no, AUDIT_MISSING);
	if (head.no < last.no || (head.no == last.no && strcmp(head.hash, last.hash) != 0))
		report(k, head.no, last.no, AUDIT_HEAD);
	if (k->noted_hash && !k->noted_found && k->noted_no > head.no && k->noted_no > last.no)
		report(k, k->noted_no, k->noted_no, AUDIT_MISSING);
	k->out->rows = last.no;
	memcpy(k->out->head, last.hash, sizeof(k->out->head));
	return SQLITE_OK;
}

static bool parse_noted(const char *noted, struct check *k)
{
	char *rest;

	errno = 0;
	k->noted_no = strtoll(noted, &rest, 10);
	if (errno || k->noted_no <= 0 || *rest != ':' || strlen(rest + 1) != AUDIT_HASH_CHARS)
		return false;
	k->noted_hash = rest + 1;
	return strspn(k->noted_hash, "0123456789abcdef") == AUDIT_HASH_CHARS;
}

int audit_verify(const char *state_dir, const char *noted,
		 void (*trouble)(void *ctx, int64_t no, int64_t to, enum audit_trouble what), void *ctx,
		 struct audit_state *out, struct complaint *c)
{
	struct check k = {.trouble = trouble, .ctx = ctx, .out = out};

	*out = (struct audit_state){0};
	if (noted && !parse_noted(noted, &k)) {
		complain(c, "--head", 0, 0, "\"%s\" is no NUMBER:HASH as audit verify prints it", noted);
		return -EINVAL;
	}
	int err = store_open(&k.db, state_dir, STORE_READ, c);
	if (err)
		return err;
	/* one snapshot: somebody may append meanwhile */
	int rc = store_exec(k.db, "BEGIN");
	if (rc == SQLITE_OK) {
		check_guards(&k);
		rc = check_chain(&k);
	}
	if (rc != SQLITE_OK)
		err = store_complain(k.db, state_dir, rc, c);
	sqlite3_close(k.db);
	return err;
}
