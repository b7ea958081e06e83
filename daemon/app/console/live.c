/*
 * Alerts as they come, to those who follow them (server-sent events). The number of an event is its place in the
 * outbox; who comes back says which it has had last. One thread looks for new rows; who waits is suspended meanwhile.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alert/alerts_db.h"
#include "app/console/console.h"
#include "app/words.h"
#include "base/sandbox.h"
#include "base/when.h"

enum {
	LOOK_MS = 200,
	BEAT_MS = 10000,   /* a word to who follows, so that both see where the other is gone */
	BEHIND_MAX = 1000, /* who lacks more is told to read anew */
	EVENT_BYTES = 160 << 10,
};

struct follower {
	struct live *live;
	struct MHD_Connection *connection;
	struct follower *next;
	uint64_t seq; /* it has had */
	char *text;   /* what is being sent */
	size_t len, sent;
	bool waits; /* suspended */
	bool beat;  /* is due */
};

struct live {
	const char *state;
	pthread_t thread;
	bool runs, over;
	pthread_mutex_t lock; /* of all that follows, and of the followers */
	pthread_cond_t wake;
	sqlite3 *db; /* NULL: not there yet */
	sqlite3_stmt *last, *next;
	struct stat file; /* which of that name it is */
	bool written;     /* somebody has it open: a log stands beside it */
	uint64_t seq;
	struct follower *first;
	unsigned n;
};

/* ---- the outbox, to read */

static void close_outbox(struct live *l)
{
	sqlite3_finalize(l->last);
	sqlite3_finalize(l->next);
	sqlite3_close(l->db);
	l->last = l->next = NULL;
	l->db = NULL;
}

/* Another alerts.db may have taken its place: a damaged one was set aside. And one that nobody wrote to, with no log
 * beside it, may have been opened as it stood (sqlite_care_open_to_read()). */
static bool open_outbox(struct live *l)
{
	struct complaint c;
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/alerts.db", l->state);
	if (stat(path, &st) < 0)
		return l->db != NULL;
	snprintf(path, sizeof(path), "%s/alerts.db-wal", l->state);
	bool written = access(path, F_OK) == 0;
	if (l->db && st.st_ino == l->file.st_ino && st.st_dev == l->file.st_dev && written == l->written &&
	    (written || (st.st_mtim.tv_sec == l->file.st_mtim.tv_sec && st.st_mtim.tv_nsec == l->file.st_mtim.tv_nsec)))
		return true;
	close_outbox(l);
	if (alerts_db_open(&l->db, l->state, ALERTS_DB_READ, &c) < 0) {
		l->db = NULL;
		return false;
	}
	if (alerts_db_prepare(l->db, "SELECT max(seq) FROM outbox", &l->last) != SQLITE_OK ||
	    alerts_db_prepare(l->db, "SELECT seq, json FROM told WHERE seq > ?1 ORDER BY seq LIMIT 1", &l->next) !=
		SQLITE_OK) {
		close_outbox(l);
		return false;
	}
	l->file = st;
	l->written = written;
	return true;
}

static uint64_t last_seq(struct live *l)
{
	uint64_t seq = l->seq;

	if (open_outbox(l) && sqlite3_step(l->last) == SQLITE_ROW)
		seq = (uint64_t)sqlite3_column_int64(l->last, 0);
	if (l->last)
		sqlite3_reset(l->last);
	return seq;
}

/* ---- what one follower is sent; all with the lock held */

static bool set_text(struct follower *f, const char *event, uint64_t seq, const char *data, size_t len)
{
	size_t size = len + 96;
	char *text = len < EVENT_BYTES ? malloc(size) : NULL;

	if (!text)
		return false;
	int n = snprintf(text, size, "event: %s\nid: %llu\ndata: ", event, (unsigned long long)seq);
	memcpy(text + n, data, len);
	memcpy(text + n + len, "\n\n", 2);
	free(f->text);
	f->text = text;
	f->len = (size_t)n + len + 2;
	f->sent = 0;
	return true;
}

/* The next row of the outbox: one line of JSON. @return false where there is none. */
static bool take_next(struct follower *f)
{
	struct live *l = f->live;
	bool any = false;

	if (!open_outbox(l) || f->seq == l->seq)
		return false;
	if (f->seq > l->seq || l->seq - f->seq > BEHIND_MAX) { /* another outbox, or long ago */
		f->seq = l->seq;
		return set_text(f, "missed", f->seq, "{}", 2);
	}
	sqlite3_bind_int64(l->next, 1, (sqlite3_int64)f->seq);
	if (sqlite3_step(l->next) == SQLITE_ROW) {
		f->seq = (uint64_t)sqlite3_column_int64(l->next, 0);
		any =
		    set_text(f, "alert", f->seq, alerts_db_text(l->next, 1), (size_t)sqlite3_column_bytes(l->next, 1));
	}
	sqlite3_reset(l->next);
	return any;
}

static bool take_beat(struct follower *f)
{
	static const char beat[] = ": here\n\n";
	bool due = f->beat;

	f->beat = false;
	if (!due)
		return false;
	free(f->text);
	f->text = strdup(beat);
	f->len = f->text ? strlen(beat) : 0;
	f->sent = 0;
	return f->text != NULL;
}

static ssize_t go_on(void *follower, uint64_t pos, char *buf, size_t max)
{
	struct follower *f = follower;
	ssize_t n = 0;

	(void)pos;
	pthread_mutex_lock(&f->live->lock);
	if (f->live->over) {
		n = MHD_CONTENT_READER_END_OF_STREAM;
	} else if (f->sent < f->len || take_next(f) || take_beat(f)) {
		size_t part = f->len - f->sent < max ? f->len - f->sent : max;
		memcpy(buf, f->text + f->sent, part);
		f->sent += part;
		n = (ssize_t)part;
	} else {
		f->waits = true;
		mhd->suspend_connection(f->connection);
	}
	pthread_mutex_unlock(&f->live->lock);
	return n;
}

static void let_go(void *follower)
{
	struct follower *f = follower;
	struct live *l = f->live;

	pthread_mutex_lock(&l->lock);
	for (struct follower **at = &l->first; *at; at = &(*at)->next) {
		if (*at == f) {
			*at = f->next;
			l->n--;
			break;
		}
	}
	pthread_mutex_unlock(&l->lock);
	free(f->text);
	free(f);
}

/* ---- who comes */

static struct follower *join(struct live *l, struct MHD_Connection *connection, uint64_t after, bool says)
{
	struct follower *f = NULL;

	pthread_mutex_lock(&l->lock);
	if (!l->over && l->n < CONSOLE_FOLLOWERS && (f = calloc(1, sizeof(*f)))) {
		l->seq = last_seq(l);
		*f = (struct follower){.live = l,
				       .connection = connection,
				       .next = l->first,
				       .seq = says ? after : l->seq,
				       .beat = true}; /* so that it knows at once that it is heard */
		l->first = f;
		l->n++;
	}
	pthread_mutex_unlock(&l->lock);
	return f;
}

enum MHD_Result console_live(const struct asked *a)
{
	const char *id = mhd->lookup_connection_value(a->connection, MHD_HEADER_KIND, "Last-Event-ID");
	bool says = id && id[0] >= '0' && id[0] <= '9';
	uint64_t after = says ? strtoull(id, NULL, 10) : asked_number(a, "after", UINT64_MAX, INT64_MAX);
	struct follower *f = join(a->console->live, a->connection, after, says || after != UINT64_MAX);

	if (!f)
		return answer_error(a, MHD_HTTP_SERVICE_UNAVAILABLE, say(W_CONSOLE_TOO_MANY));
	struct MHD_Response *r = mhd->create_response_from_callback(MHD_SIZE_UNKNOWN, 16 << 10, go_on, f, let_go);
	if (!r) {
		let_go(f);
		return MHD_NO;
	}
	answer_secure(r);
	(void)mhd->add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream; charset=utf-8");
	enum MHD_Result done = mhd->queue_response(a->connection, MHD_HTTP_OK, r);
	mhd->destroy_response(r);
	return done;
}

/* ---- who looks */

static void resume_all(struct live *l, bool beat)
{
	for (struct follower *f = l->first; f; f = f->next) {
		f->beat |= beat;
		if (f->waits)
			mhd->resume_connection(f->connection);
		f->waits = false;
	}
}

static void *look(void *live)
{
	struct live *l = live;
	struct timespec until;
	int64_t beat_ns = when_monotonic_ns();

	sandbox_enter(SANDBOX_CONSOLE);
	pthread_mutex_lock(&l->lock);
	while (!l->over) {
		uint64_t seq = l->first ? last_seq(l) : l->seq; /* nobody follows: nobody looks */
		bool news = seq != l->seq, beat = when_monotonic_ns() - beat_ns > BEAT_MS * NS_PER_MS;
		l->seq = seq;
		if (beat)
			beat_ns = when_monotonic_ns();
		if (news || beat)
			resume_all(l, beat);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += LOOK_MS * NS_PER_MS;
		until.tv_sec += until.tv_nsec / NS_PER_S;
		until.tv_nsec %= NS_PER_S;
		(void)pthread_cond_timedwait(&l->wake, &l->lock, &until);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

int live_new(struct live **out, const char *state)
{
	struct live *l = calloc(1, sizeof(*l));
	pthread_condattr_t monotonic;

	*out = NULL;
	if (!l)
		return -ENOMEM;
	l->state = state;
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&l->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	l->runs = pthread_create(&l->thread, NULL, look, l) == 0;
	if (!l->runs) {
		live_free(l);
		return -EAGAIN;
	}
	*out = l;
	return 0;
}

void live_stop(struct live *l)
{
	pthread_mutex_lock(&l->lock);
	l->over = true;
	resume_all(l, false);
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
}

void live_free(struct live *l)
{
	if (!l)
		return;
	if (l->runs) {
		live_stop(l);
		pthread_join(l->thread, NULL);
	}
	close_outbox(l);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
