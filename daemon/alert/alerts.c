#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alert_json.h"
#include "alert/alerts_db.h"
#include "alert/alerts_own.h"
#include "alert/alerts_store.h"
#include "alert/group.h"
#include "alert/outbox.h"
#include "alert/pending.h"
#include "base/digits.h"
#include "base/sqlite_care.h"
#include "base/table.h"
#include "base/when.h"

enum {
	GROUPS_DEFAULT = 100000,
	ROWS_DEFAULT = 1000000,
	PENDING_BYTES_DEFAULT = 64 << 20,
	COMMIT_ROWS = 2048,     /* a commit is due at once when so many rows wait: transactions stay short */
	COMMIT_BYTES = 1 << 20, /* or so much text: the pages that it fills stay for the next, PENDING_KEPT_BYTES */
	ASSET_NO_UNKNOWN =
	    1 << 20,      /* behind all that a sensor gives: where alerts are there, and nobody knows of whom */
	LIFE_ROOM = 1024, /* bytes that the life of an alert takes of which no person has said anything yet */
};

#define COMMIT_NS            (100 * NS_PER_MS) /* what waits 200 ms at most must begin to be written before */
#define COMMIT_ALONE_NS      NS_PER_S          /* nobody waits for them in a replay without sinks */
#define COUNTS_ALONE_NS      (60 * NS_PER_S)   /* nor for what the counts of alerts have grown to */
#define RETRY_NS             NS_PER_S
#define OUTBOX_BYTES_DEFAULT (UINT64_C(1) << 30)
#define LIST_BYTES_DEFAULT   (UINT64_C(2) << 30)

/* A group is pushed out of memory. */
static void evict_group(void *ctx, void *entry)
{
	struct alerts *a = ctx;
	const struct group *g = entry;

	if (g->no > 0)
		away_note(&a->away, group_hash(g->digest), (uint64_t)g->no);
}

/* The newest alert of @g's digest, which memory has not. @return whether there is one. */
static bool find_stored(struct alerts *a, struct group *g)
{
	bool found = false;
	uint32_t at = 0;

	if (a->away.lost) {
		if (!a->indexed)
			alerts_store_index(&a->store);
		a->indexed = true;
		return alerts_store_find(&a->store, g) > 0;
	}
	for (uint64_t no; (no = away_next(&a->away, group_hash(g->digest), &at));) {
		if (!found || no > (uint64_t)g->no)
			found |= alerts_store_find_row(&a->store, (int64_t)no, g) > 0;
	}
	return found;
}

int alerts_open_in(struct alerts **out, const char *state_dir, const struct sensor_info *sensor,
		   enum sqlite_company company, struct complaint *c)
{
	struct alerts *a = calloc(1, sizeof(*a));

	*out = NULL;
	if (!a)
		return -ENOMEM;
	int err = alerts_store_open(&a->store, state_dir, company, c);
	if (err) {
		free(a);
		return err;
	}
	a->sensor = *sensor;
	json_init(&a->json, 2 * ALERT_JSON_MAX);
	if (incidents_init(&a->incidents, 0) < 0 || mutes_load(&a->mutes, a->store.db) != SQLITE_OK ||
	    incidents_load(&a->incidents, a->store.db) != SQLITE_OK || drill_load(a) != SQLITE_OK) {
		complain(c, state_dir, 0, 0, "alerts.db cannot be read: %s", sqlite3_errmsg(a->store.db));
		alerts_close(a);
		return -EIO;
	}
	err = alerts_set_limits(a, &(struct alerts_limits){0});
	if (err) {
		complain(c, state_dir, 0, 0, "no memory for alerts");
		alerts_close(a);
		return err;
	}
	*out = a;
	return 0;
}

int alerts_open(struct alerts **out, const char *state_dir, const struct sensor_info *sensor, struct complaint *c)
{
	return alerts_open_in(out, state_dir, sensor, SQLITE_SHARED, c);
}

int alerts_set_limits(struct alerts *a, const struct alerts_limits *limits)
{
	a->limits = (struct alerts_limits){
	    .groups = limits->groups ? limits->groups : GROUPS_DEFAULT,
	    .pending_bytes = limits->pending_bytes ? limits->pending_bytes : PENDING_BYTES_DEFAULT,
	};
	alerts_set_list(a, &limits->list);
	alerts_set_outbox(a, &limits->outbox);
	a->pending.limit = a->limits.pending_bytes;
	table_deinit(&a->groups);
	away_deinit(&a->away);
	int err = away_init(&a->away, a->limits.groups);
	if (err)
		return err;
	a->away.lost = a->store.last_no > 0;
	return table_init(&a->groups, a->limits.groups, GROUP_DIGEST_BYTES, sizeof(struct group), table_hash_own,
			  evict_group, a);
}

void alerts_number_behind(struct alerts *a, int64_t ms)
{
	if (ms > __atomic_load_n(&a->store.behind_ms, __ATOMIC_RELAXED))
		__atomic_store_n(&a->store.behind_ms, ms, __ATOMIC_RELAXED);
}

void alerts_set_outbox(struct alerts *a, const struct outbox_limits *limits)
{
	a->limits.outbox = *limits;
	if (!limits->rows)
		a->limits.outbox.rows = ROWS_DEFAULT;
	if (!limits->bytes)
		a->limits.outbox.bytes = OUTBOX_BYTES_DEFAULT;
}

void alerts_set_list(struct alerts *a, const struct alerts_kept *kept)
{
	a->limits.list.rows = kept->rows ? kept->rows : ROWS_DEFAULT;
	a->limits.list.bytes = kept->bytes ? kept->bytes : LIST_BYTES_DEFAULT;
}

void alerts_set_update(struct alerts *a, uint32_t minutes)
{
	a->update_ns = minutes * 60 * NS_PER_S;
}

void alerts_set_incidents(struct alerts *a, uint32_t window_minutes, bool tell)
{
	a->incidents.tell = tell;
	a->incidents.window_ns = window_minutes * 60 * NS_PER_S;
}

void alerts_set_reaction(struct alerts *a, const struct reaction_minutes *m)
{
	a->reaction = *m;
}

void alerts_set_loss(struct alerts *a, double pct_5m)
{
	a->loss_pct_5m = pct_5m;
}

static bool something_waits(const struct alerts *a, bool counts)
{
	return behind_waits(&a->behind, counts) || a->pending.n > 0 || a->incidents.n_waiting > 0;
}

/* One commit. */
struct batch {
	bool counts; /* those that have only grown are written, too */
	struct outbox_trimmed outbox;
	uint64_t alerts; /* that retention took */
	bool forgot;     /* groups of these */
};

/* How many rows from @first on go together: new alerts, which count as stored from now on, and what is told of any.
 * @return up to one that gives an alert another text. */
static size_t take_run(struct alerts *a, size_t first)
{
	size_t i = first;

	for (; i < a->pending.n; i++) {
		const struct pending_row *row = &a->pending.rows[i];
		if (row->body_len == 0)
			continue;
		if (row->group->stored)
			break;
		row->group->stored = true;
		row->group->inserted = true;
	}
	return i - first;
}

/* An alert's other text, and that it is told. */
static int write_changed(struct alerts *a, const struct pending_row *row)
{
	struct pending_text text = pending_text(&a->pending, row);
	int code = alerts_store_set_body(&a->store, row->group, &text, row->body_len, !row->silent);

	if (code == SQLITE_OK && !row->silent)
		code = alerts_store_tell(&a->store, row->group, &text, row->body_len, row->json_len);
	return code;
}

static int write_pending(struct alerts *a)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < a->pending.n && code == SQLITE_OK;) {
		size_t n = take_run(a, i);
		code = n > 0 ? alerts_store_put(&a->store, &a->pending, i, n) : write_changed(a, &a->pending.rows[i]);
		i += n > 0 ? n : 1;
	}
	return code;
}

static bool is_pending(const struct alerts *a, const struct group *g)
{
	for (size_t i = 0; i < a->pending.n; i++) {
		if (a->pending.rows[i].group == g)
			return true;
	}
	return false;
}

struct letting_go {
	struct alerts *alerts;
	struct batch *batch;
};

/* The list lets go of alert @no: what memory knows of its group goes as well, or the next finding would be a repetition
 * of what nobody can see. */
static void forget_group(void *ctx, int64_t no, const uint8_t *digest)
{
	const struct letting_go *go = ctx;
	struct alerts *a = go->alerts;
	struct group *g = table_find(&a->groups, digest, group_hash(digest));

	if (!g || g->no != no || behind_holds(g) || is_pending(a, g))
		return;
	table_remove(&a->groups, g);
	go->batch->forgot = true;
}

/* The rows of one commit, inside its transaction. */
static int write_all(struct alerts *a, struct batch *b)
{
	uint64_t over = 0;
	struct letting_go go = {a, b};
	int code = write_pending(a);

	/* those not seen for longest are found by their rows */
	if (code == SQLITE_OK && !b->counts)
		code = alerts_store_over(&a->store, &a->limits.list, &over);
	b->counts |= over > 0;
	if (code == SQLITE_OK)
		code = behind_write(&a->behind, &a->store, b->counts);
	if (code == SQLITE_OK)
		code = incidents_write(a);
	if (code == SQLITE_OK)
		code = mutes_save(&a->mutes, a->store.set_mute);
	if (code == SQLITE_OK)
		code = plan_write(&a->plan, a->store.db);
	if (code == SQLITE_OK)
		code = outbox_store_trim(&a->store.outbox, &a->limits.outbox, &b->outbox);
	if (code == SQLITE_OK)
		code = alerts_store_trim(&a->store, &a->limits.list, &b->alerts, forget_group, &go);
	return code;
}

/* A failed transaction stored nothing: a group whose first row is still pending has no row in the table. */
static void take_back(struct alerts *a)
{
	for (size_t i = 0; i < a->pending.n; i++) {
		if (a->pending.rows[i].raises) /* what the next try makes again stays `inserted` */
			a->pending.rows[i].group->stored = false;
	}
}

static int commit_failed(struct alerts *a, int code)
{
	int err = alerts_db_errno(code) == -ENOSPC ? -ENOSPC : -EIO;

	take_back(a);
	a->counters.commit_errors++;
	if (!a->failing) {
		log_error("alerts: cannot write alerts.db (%s); alerts wait in memory, trying again every second",
			  err == -ENOSPC ? "the disk is full" : sqlite3_errmsg(a->store.db));
		a->failing = true;
	}
	return err;
}

static int committed(struct alerts *a, const struct batch *b)
{
	size_t rows = a->pending.n;

	mutes_saved(&a->mutes);
	plan_written(&a->plan);
	for (size_t i = 0; i < a->incidents.n_waiting; i++)
		a->counters.outbox_rows += a->incidents.tell && a->incidents.waiting[i].told;
	incidents_written(&a->incidents);
	for (size_t i = 0; i < a->pending.n; i++)
		a->counters.outbox_rows += !a->pending.rows[i].silent;
	rows += behind_written(&a->behind, b->counts);
	if (b->counts)
		a->counts_ns = a->last_call_ns;
	a->counters.commits++;
	a->counters.trimmed_told += b->outbox.told;
	if (b->alerts && a->counters.trimmed_alerts == 0)
		log_warning(
		    "alerts: the list has reached alerts.rows or alerts.megabytes; those not seen for longest go");
	a->counters.trimmed_alerts += b->alerts;
	if (b->outbox.untold && a->counters.trimmed_untold == 0)
		log_warning(
		    "alerts: the outbox is full of rows that a sink has not taken; some of them go. See `sekisho "
		    "outbox`");
	a->counters.trimmed_untold += b->outbox.untold;
	if (a->failing) {
		log_notice("alerts: alerts.db is written again, %zu alerts told", a->pending.n);
		a->failing = false;
	}
	pending_clear(&a->pending);
	return rows < INT32_MAX ? (int)rows : INT32_MAX;
}

static int commit_now(struct alerts *a, bool counts)
{
	struct batch b = {.counts = counts || !a->store.alone};

	if (a->before_commit)
		a->before_commit(a->before_commit_ctx);
	int code = alerts_store_begin(&a->store, when_now_ns() / NS_PER_MS);

	if (code == SQLITE_OK) {
		code = write_all(a, &b);
		int end = alerts_store_end(&a->store, code == SQLITE_OK);
		code = code == SQLITE_OK ? end : code;
	}
	/* the rows are there again: they are found by the index */
	a->away.lost |= code != SQLITE_OK && b.forgot;
	return code == SQLITE_OK ? committed(a, &b) : commit_failed(a, code);
}

void alerts_set_before_commit(struct alerts *a, void (*fn)(void *ctx), void *ctx)
{
	a->before_commit = fn;
	a->before_commit_ctx = ctx;
}

uint64_t alerts_asset_no(const struct alerts *a, uint64_t given)
{
	if (a->store.asset_no == 0 && a->store.last_no > 0 && given == 0)
		return ASSET_NO_UNKNOWN;
	return a->store.asset_no;
}

void alerts_note_asset_no(struct alerts *a, uint64_t no)
{
	if (no > a->store.asset_no)
		a->store.asset_no = no;
}

int alerts_commit(struct alerts *a, int64_t now_monotonic_ns, bool force)
{
	/* alerts_take() reads no clock: what it took came after the last call here */
	int64_t last_call_ns = a->last_call_ns ? a->last_call_ns : now_monotonic_ns;

	a->last_call_ns = now_monotonic_ns;
	if (a->counts_ns == 0 || a->behind.n_counts == 0)
		a->counts_ns = now_monotonic_ns;
	bool counts = force || !a->store.alone || now_monotonic_ns - a->counts_ns >= COUNTS_ALONE_NS;
	if (!something_waits(a, counts)) {
		a->since_ns = 0;
		return 0;
	}
	if (a->since_ns == 0)
		a->since_ns = last_call_ns;
	int64_t wait_ns = a->store.alone ? COMMIT_ALONE_NS : COMMIT_NS;
	bool due =
	    now_monotonic_ns - a->since_ns >= wait_ns || a->pending.n >= COMMIT_ROWS || a->pending.used >= COMMIT_BYTES;
	if (a->failing)
		due = now_monotonic_ns >= a->retry_ns;
	if (!due && !force)
		return 0;
	int rows = commit_now(a, counts);
	a->since_ns = rows < 0 ? a->since_ns : 0;
	a->retry_ns = now_monotonic_ns + RETRY_NS;
	return rows;
}

static const char *zone_of(const struct endpoint *e)
{
	return e && e->zone ? e->zone : "";
}

/* Renders the body of the alert as of now, for the tell() that follows. @return false where that would find no room. */
static bool prepare(struct alerts *a, const struct group *g, struct finding *f, enum alert_level level)
{
	char fingerprint[FINGERPRINT_CHARS + 1];

	finding_fill(f);
	group_fingerprint(g->digest, fingerprint);
	struct alert_facts facts = {.alert_id = g->alert_id,
				    .fingerprint = fingerprint,
				    .level = level,
				    .sev = &a->sev,
				    .weights = &a->weights,
				    .loss_pct_5m = a->loss_pct_5m,
				    .sensor = &a->sensor};
	return alert_json_body(&a->json, f, &facts) &&
	       pending_reserve(&a->pending, a->json.len + LIFE_ROOM + strlen(f->rule->id) +
						strlen(zone_of(f->event->src)) + strlen(zone_of(f->event->dest)));
}

/*
 * Puts what prepare() rendered down for the table where @keep_body, and for the sinks where @change says what is new.
 * @return false where there was no room.
 */
static bool tell(struct alerts *a, struct group *g, const struct finding *f, bool keep_body, const char *change)
{
	size_t body_len = a->json.len;
	alert_json_life(&a->json, &(struct alert_life){.first_seen_ns = g->first_seen_ns,
						       .last_seen_ns = g->last_seen_ns,
						       .count = g->count,
						       .state = alert_state_name(g->state),
						       .change = change,
						       .incident = g->incident,
						       .evidence_open = true});
	struct pending_row row = {.group = g,
				  .json_len = (uint32_t)a->json.len,
				  .body_len = keep_body ? (uint32_t)body_len : 0,
				  .raises = !g->stored && keep_body,
				  .silent = change == NULL};
	struct pending_text text = {.json = json_cstr(&a->json),
				    .rule_id = f->rule->id,
				    .src_zone = zone_of(f->event->src),
				    .dest_zone = zone_of(f->event->dest)};
	if (a->json.overflow || !pending_add(&a->pending, &row, &text))
		return false;
	if (change) {
		g->told = true;
		g->told_ns = f->event->at.ts_ns;
	}
	return true;
}

/* What there is to be told of an alert that was found again, and the state it has from now on; NULL: nothing. */
static const char *news_of(const struct alerts *a, struct group *g, const struct finding *f, const struct mute *mute)
{
	bool worse = f->level > g->level;

	if (mute) {
		if (g->state == ALERT_OPEN)
			g->state = ALERT_MUTED;
		return NULL;
	}
	enum alert_state was = g->state;
	if (was != ALERT_ACKNOWLEDGED || worse)
		g->state = ALERT_OPEN;
	if (!g->told)
		return "new";
	if (was == ALERT_CLOSED || was == ALERT_LEARNT)
		return "reopen";
	if (was == ALERT_MUTED)
		return "unmute";
	bool again = a->update_ns > 0 && f->event->at.ts_ns - g->told_ns >= a->update_ns;
	return worse || again || digits_of(g->count) > g->told_digits ? "update" : NULL;
}

/* What waits for a commit is bounded: called before anything of @f is put down, so that no commit parts what belongs
 * together. */
static void make_room(struct alerts *a, const struct finding *f)
{
	if (f->rule->stage != STAGE_NONE && !incidents_room(&a->incidents) && !a->failing)
		(void)commit_now(a, false);
}

/* The incident that the alert is part of, if any. */
static void gather(struct alerts *a, struct group *g, const struct finding *f)
{
	if (f->rule->stage != STAGE_NONE)
		incidents_take(&a->incidents, a->sensor.name, g, f);
}

/* ---- planned work */

struct plans {
	struct planned all[PLANNED_MAX];
	size_t n;
	const struct planned *keeps; /* the one that keeps the finding back, or NULL */
};

/* What a person muted needs no plan. */
static void plans_of(struct alerts *a, const struct finding *f, const struct mute *mute, struct plans *out)
{
	out->n = plan_find(&a->plan, f, out->all, &out->keeps);
	if (mute)
		out->keeps = NULL;
	a->counters.planned += out->keeps ? f->event->count : 0;
}

static void tell_plans(struct alerts *a, const struct group *g, const struct finding *f, struct plans *plans)
{
	if (plans->keeps && g->state == ALERT_MUTED && !plan_note(&a->plan, g->no, plans->keeps) &&
	    commit_now(a, false) >= 0)
		(void)plan_note(&a->plan, g->no, plans->keeps);
	for (size_t i = 0; i < plans->n && a->met; i++) {
		plans->all[i].mutes = &plans->all[i] == plans->keeps;
		a->met(a->met_ctx, &plans->all[i], g->alert_id, f);
	}
}

int alerts_set_plan(struct alerts *a, struct calendar *c, planned_fn *met, void *ctx)
{
	a->met = met;
	a->met_ctx = ctx;
	return plan_set(&a->plan, c);
}

static void repeat(struct alerts *a, struct group *g, struct finding *f)
{
	const struct event *ev = f->event;
	enum alert_state was = g->state;

	if (ev->at.ts_ns <= g->counted_to_ns) {
		a->counters.suppressed++;
		return;
	}
	make_room(a, f);
	g->count += ev->count;
	if (ev->at.ts_ns > g->last_seen_ns)
		g->last_seen_ns = ev->at.ts_ns;
	table_touch(&a->groups, g);
	behind_add(&a->behind, g, false);
	a->counters.updated++;

	const struct mute *mute = mutes_apply(&a->mutes, f, g->alert_id);
	a->by_mute = mute != NULL;
	struct plans plans;
	a->counters.muted += mute ? ev->count : 0;
	plans_of(a, f, mute, &plans);
	tell_plans(a, g, f, &plans);
	bool worse = f->level > g->level;
	/* whatever an alert was before planned work, it is still */
	const char *change = plans.keeps ? NULL : news_of(a, g, f, mute);
	bool telling = change || worse;
	if (telling && !prepare(a, g, f, worse ? f->level : g->level)) {
		g->state = was;
		a->counters.refused++;
		return;
	}
	if (!mute && !plans.keeps)
		gather(a, g, f);
	if (!telling)
		return;
	/* a body that a capture was named in keeps it: the columns have it */
	if (!tell(a, g, f, worse, change)) {
		g->state = was;
		a->counters.refused++;
		return;
	}
	behind_add(&a->behind, g, true);
	a->counters.reopened += change && was != ALERT_OPEN && g->state == ALERT_OPEN;
	if (change)
		g->told_digits = (uint8_t)digits_of(g->count);
	if (worse)
		g->level = f->level;
}

/* An entry of the table for @known; one whose row is behind is written first rather than evicted. */
static struct group *remember(struct alerts *a, const struct group *known)
{
	if (a->groups.used >= a->groups.cap) {
		const struct group *oldest = table_oldest(&a->groups);
		if (behind_holds(oldest) && commit_now(a, true) < 0)
			return NULL;
	}
	struct group *g = table_insert(&a->groups, known->digest, group_hash(known->digest));
	if (g)
		*g = *known;
	return g;
}

static void raise_alert(struct alerts *a, struct group *fresh, struct finding *f)
{
	const struct event *ev = f->event;

	make_room(a, f);
	fresh->no = a->store.last_no + 1;
	fresh->count = ev->count;
	fresh->told_digits = (uint8_t)digits_of(ev->count);
	fresh->first_seen_ns = ev->first_ns && ev->first_ns < ev->at.ts_ns ? ev->first_ns : ev->at.ts_ns;
	fresh->last_seen_ns = ev->at.ts_ns;
	fresh->counted_to_ns = INT64_MIN;
	fresh->level = f->level;
	group_alert_id(a->sensor.name, fresh->digest, fresh->first_seen_ns, fresh->alert_id);
	const struct mute *mute = mutes_apply(&a->mutes, f, fresh->alert_id);
	a->by_mute = mute != NULL;
	struct plans plans;
	plans_of(a, f, mute, &plans);
	bool quiet = mute || plans.keeps;
	fresh->state = quiet ? ALERT_MUTED : ALERT_OPEN;
	a->counters.muted += mute ? ev->count : 0;

	fresh->stage = f->rule->stage;
	struct group *g = remember(a, fresh);
	bool there = g && prepare(a, g, f, f->level);
	if (there && !quiet)
		gather(a, g, f);
	if (!there || !tell(a, g, f, true, quiet ? NULL : "new")) {
		if (g)
			table_remove(&a->groups, g);
		a->counters.refused++;
		return;
	}
	a->store.last_no++;
	behind_add(&a->behind, g, true);
	a->counters.raised++;
	a->counters.raised_by_level[f->level]++;
	tell_plans(a, g, f, &plans);
	if (!quiet) {
		memcpy(a->raised_id, g->alert_id, sizeof(a->raised_id));
		a->raised_level = f->level;
	}
}

void alerts_set_weights(struct alerts *a, const struct severity_weights *w)
{
	a->weights = *w;
}

void alerts_take(void *alerts, const struct finding *found)
{
	struct alerts *a = alerts;
	struct group fresh = {0};
	struct finding weighed = *found;
	struct finding *f = &weighed;

	severity_of(&a->weights, found, &a->sev);
	weighed.level = a->sev.level;
	a->raised_id[0] = '\0';
	a->by_mute = false;

	group_digest(f->rule->id, f->group_key, fresh.digest);
	struct group *g = table_find(&a->groups, fresh.digest, group_hash(fresh.digest));
	if (!g && find_stored(a, &fresh)) {
		g = remember(a, &fresh);
		if (!g) {
			a->counters.refused++;
			return;
		}
	}
	if (g)
		repeat(a, g, f);
	else
		raise_alert(a, &fresh, f);
}

bool alerts_muted(const struct alerts *a)
{
	return a->by_mute;
}

const char *alerts_raised(const struct alerts *a, enum alert_level *level)
{
	*level = a->raised_level;
	return a->raised_id[0] ? a->raised_id : NULL;
}

uint64_t alerts_ceiling_bytes(const struct alerts_limits *limits)
{
	uint32_t groups = limits->groups ? limits->groups : GROUPS_DEFAULT;

	return table_ceiling_bytes(groups, sizeof(struct group)) + behind_ceiling_bytes(groups) + away_bytes(groups) +
	       (limits->pending_bytes ? limits->pending_bytes : PENDING_BYTES_DEFAULT) + incidents_ceiling_bytes(0) +
	       plan_ceiling_bytes();
}

struct alerts_counters alerts_count(const struct alerts *a)
{
	struct alerts_counters c = a->counters;

	c.pending_rows = a->pending.n;
	const struct outbox_counts *o = &a->store.outbox.n;
	double rows = (double)o->rows / (2.0 * (double)a->limits.outbox.rows),
	       bytes = (double)o->bytes / (2.0 * (double)a->limits.outbox.bytes);
	c.last_seq = o->last_seq;
	c.kept_rows = o->rows;
	c.kept_bytes = o->bytes;
	c.outbox_full = rows > bytes ? rows : bytes;
	c.mutes = a->mutes.n;
	c.groups = a->groups.used;
	c.groups_evicted = a->groups.evicted;
	c.incidents = a->incidents.opened;
	c.incident_sources = a->incidents.sources.used;
	c.incident_sources_evicted = a->incidents.sources.evicted;
	c.incident_findings_refused = a->incidents.refused;
	return c;
}

void alerts_close(struct alerts *a)
{
	if (!a)
		return;
	if (something_waits(a, true) && commit_now(a, true) < 0)
		log_error("alerts: closing with %zu alerts that could not be written", a->pending.n);
	alerts_store_close(&a->store);
	table_deinit(&a->groups);
	away_deinit(&a->away);
	pending_deinit(&a->pending);
	behind_deinit(&a->behind);
	mutes_deinit(&a->mutes);
	plan_deinit(&a->plan);
	incidents_deinit(&a->incidents);
	json_deinit(&a->json);
	free(a);
}
