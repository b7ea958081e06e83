/*
 * The writer's side of alerts.db: groups found again, and one transaction a commit.
 *
 * Only one writer may have a store open (a lock file says so): seq and ms are counted in memory between commits. What a
 * failed transaction counted is taken back, so the next try gives the same numbers again and seq has no holes.
 */
#ifndef SEKISHO_ALERT_ALERTS_STORE_H
#define SEKISHO_ALERT_ALERTS_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "alert/group.h"
#include "alert/outbox.h"
#include "alert/outbox_store.h"
#include "alert/pending.h"
#include "base/bulk.h"
#include "base/log.h"

/* What a transaction changes and a failed one gives back. */
struct alerts_store_counts {
	struct outbox_counts outbox;
	uint64_t alert_rows;
};

struct alerts_store {
	sqlite3 *db;
	int lock_fd;
	sqlite3_stmt *find, *find_row, *raise, *put_bodies, *put_body, *set_body, *whole, *set_count, *set_mute,
	    *oldest, *drop, *drop_body, *next_request, *begin, *commit, *rollback, *used, *put_asset_no;
	struct outbox_store outbox;
	int64_t behind_ms; /* rows are numbered behind it; set by any thread */
	struct bulk bulk;
	int64_t session; /* of this opening */
	int64_t last_no; /* newest row of alerts, those not yet committed included */
	uint64_t alert_rows;
	uint64_t asset_no, asset_no_stored; /* the highest that alerts may name: as it is, as the database has it */
	bool by_last;                      /* there is an index for those not seen for longest */
	bool alone;                        /* nobody else uses the database */
	struct alerts_store_counts before; /* as they were when the open transaction began */
};

/** @return 0; -EBUSY where another process writes here; else as alerts_db_open(). @c is filled on every error. */
int alerts_store_open(struct alerts_store *s, const char *state_dir, enum sqlite_company company, struct complaint *c)
    __attribute__((warn_unused_result));
void alerts_store_close(struct alerts_store *s);

/** To be called before the first alerts_store_find(): sees to its index, outside of any transaction. */
void alerts_store_index(struct alerts_store *s);

/** Looks for the newest alert of a group and fills all of @g but its digest. @return 1 found, 0 not, -errno. */
int alerts_store_find(struct alerts_store *s, struct group *g);
/** The same where it is row @no. Needs no index. */
int alerts_store_find_row(struct alerts_store *s, int64_t no, struct group *g);

/* One transaction: begin, any of the others, end. An error of any leaves the transaction to be ended with ok = false.
 * All @return SQLite codes. */
int alerts_store_begin(struct alerts_store *s, int64_t now_ms);
/** New alerts with their texts, those of @n rows of @p from @first on that have one, each of another group; and what
 * all of the rows tell. */
int alerts_store_put(struct alerts_store *s, const struct pending *p, size_t first, size_t n);
/** A text that is another from now on. @told: alerts_store_tell() follows with the same text. */
int alerts_store_set_body(struct alerts_store *s, const struct group *g, const struct pending_text *text,
			  uint32_t body_len, bool told);
/** A row of the outbox. @body_len: of the text just put down by alerts_store_set_body(); 0: none. */
int alerts_store_tell(struct alerts_store *s, const struct group *g, const struct pending_text *text, uint32_t body_len,
		      uint32_t json_len);
int alerts_store_set_count(struct alerts_store *s, const struct group *g);
int alerts_store_end(struct alerts_store *s, bool ok);

/** How many of the alerts have to go for @most, as far as one transaction goes; where they are too large, by what one
 * takes. @return an SQLite code. */
int alerts_store_over(struct alerts_store *s, const struct alerts_kept *most, uint64_t *over);

/** Deletes a few of the alerts beyond @most, those not seen for longest; inside a transaction. *@gone is added to, and
 * @goes told of each, with the digest of its group. */
int alerts_store_trim(struct alerts_store *s, const struct alerts_kept *most, uint64_t *gone,
		      void (*goes)(void *ctx, int64_t no, const uint8_t *digest), void *ctx);

#endif
