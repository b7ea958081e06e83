/*
 * The audit trail: everything that a person does, in ledger.db, in rows that are only ever added.
 *
 * Each row holds the SHA-256 over the row before and its own contents, so a row that was changed, taken out or moved is
 * found by audit_verify(); triggers refuse UPDATE and DELETE outright. A row is written in the transaction of what it
 * tells of: both are there, or neither. Several processes may append - the daemon, and commands beside it: who appends
 * holds SQLite's write lock (BEGIN IMMEDIATE) while it reads the chain's end.
 *
 * Hash of a row, for those who want to check it by other means (docs/audit.md):
 *     SHA-256( hash of the row before, 64 hexadecimal digits; 64 times "0" before the first row,
 *              then for each of no, at_ns, who, login, verb, object, reason, details: LENGTH ":" TEXT "," )
 * numbers in decimal, LENGTH in bytes (netstrings), texts in UTF-8.
 */
#ifndef SEKISHO_LEDGER_AUDIT_H
#define SEKISHO_LEDGER_AUDIT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"

/** What somebody did. Texts may be NULL: empty. */
struct audit_entry {
	int64_t at_ns;       /* wall clock; 0: now */
	const char *who;     /* the person, as given with --by; else the account */
	const char *login;   /* the account that the process ran under */
	const char *verb;    /* what was done, in the program's words: "register.import", "asset.phase", "alert.ack" */
	const char *object;  /* to what: "asset:A000017", "alert:<id>", "register", "impact" */
	const char *reason;  /* in the person's own words */
	const char *details; /* one JSON object: values before and after */
};

enum { AUDIT_HASH_CHARS = 64 };

/**
 * Adds a row: in the caller's transaction, which has to be one that may write already (BEGIN IMMEDIATE), or in one of
 * its own.
 * @return SQLITE_OK, or what SQLite says; then the caller rolls back.
 */
__attribute__((warn_unused_result)) int audit_append(sqlite3 *db, const struct audit_entry *e);

/** The same for those who have no ledger open: alerts, configuration. @return 0; -errno with @c filled. */
__attribute__((warn_unused_result)) int audit_write(const char *state_dir, const struct audit_entry *e,
						    struct complaint *c);

/** Begins a transaction for a person's command: it is on the disk when the commit returns, whatever the ledger's own
 * habit. @return an SQLite result code. */
__attribute__((warn_unused_result)) int audit_begin(sqlite3 *db);

struct audit_filter {
	const char *object; /* exactly, or up to a ":" ("asset"); NULL: any */
	const char *who, *verb;
	int64_t since_ns; /* 0: from the beginning */
};

/** Calls @row with one JSON object a row (no, at, who, login, verb, object, reason, details{}, hash), oldest first. */
int audit_each(const char *state_dir, const struct audit_filter *f, void (*row)(void *ctx, const char *json), void *ctx,
	       struct complaint *c);

enum audit_trouble {
	AUDIT_CHANGED,   /* its contents, or those of the row before, are not what was hashed */
	AUDIT_MISSING,   /* no such row, though later ones or the head say that there was */
	AUDIT_HEAD,      /* the head is not the last row */
	AUDIT_UNGUARDED, /* the triggers that refuse changes are gone (no: 0) */
	AUDIT_FORKED,    /* the row noted earlier (audit_verify's @noted) has another hash */
};

struct audit_state {
	int64_t rows;                    /* number of the last row */
	char head[AUDIT_HASH_CHARS + 1]; /* its hash; write both down elsewhere to hold them against it later */
	unsigned troubles;
};

/**
 * Follows the chain from its first row.
 *
 * @noted    "NO:HASH" of an earlier time, or NULL
 * @trouble  called for each row in trouble, or each range of missing ones (@no to @to)
 * @return   0 where the trail could be read - then troubles tells; -EINVAL with @c where it cannot, or @noted is none
 */
int audit_verify(const char *state_dir, const char *noted,
		 void (*trouble)(void *ctx, int64_t no, int64_t to, enum audit_trouble what), void *ctx,
		 struct audit_state *out, struct complaint *c);

#endif
