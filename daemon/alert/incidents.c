#include "alert/incidents.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alerts_db.h"
#include "base/hash.h"
#include "base/when.h"

#define WINDOW_DEFAULT_NS (60 * 60 * NS_PER_S)
#define LOOK_BACK_NS      (7 * 24 * 60 * 60 * NS_PER_S) /* the longest window that can be set */

static void free_steps(void *ctx, void *source)
{
	struct incident_source *s = source;

	(void)ctx;
	free(s->steps);
}

int incidents_init(struct incidents *n, uint32_t cap)
{
	*n = (struct incidents){.window_ns = WINDOW_DEFAULT_NS,
				.waiting = calloc(INCIDENT_WAITING, sizeof(struct incident_change))};
	if (!n->waiting)
		return -ENOMEM;
	return table_init(&n->sources, cap ? cap : INCIDENT_SOURCES_DEFAULT, INCIDENT_SOURCE_CHARS,
			  sizeof(struct incident_source), table_hash_bytes, free_steps, NULL);
}

void incidents_deinit(struct incidents *n)
{
	while (n->sources.used > 0) {
		struct incident_source *s = table_oldest(&n->sources);
		free(s->steps);
		table_remove(&n->sources, s);
	}
	table_deinit(&n->sources);
	free(n->waiting);
	*n = (struct incidents){0};
}

uint64_t incidents_ceiling_bytes(uint32_t cap)
{
	enum { OF_MALLOC = 16 };
	uint64_t steps = INCIDENT_STEPS * sizeof(struct incident_step) + OF_MALLOC;

	cap = cap ? cap : INCIDENT_SOURCES_DEFAULT;
	return table_ceiling_bytes(cap, sizeof(struct incident_source)) + cap * steps +
	       INCIDENT_WAITING * sizeof(struct incident_change);
}

bool incidents_room(const struct incidents *n)
{
	return n->n_waiting + INCIDENT_STEPS + 1 <= INCIDENT_WAITING;
}

/* ---- sources */

static struct incident_source *find(const struct incidents *n, const char key[static INCIDENT_SOURCE_CHARS])
{
	return table_find(&n->sources, key, hash_bytes(key, INCIDENT_SOURCE_CHARS));
}

static struct incident_source *find_or_add(struct incidents *n, const char key[static INCIDENT_SOURCE_CHARS])
{
	struct incident_source *s = find(n, key);

	if (s)
		table_touch(&n->sources, s);
	return s ? s : table_insert(&n->sources, key, hash_bytes(key, INCIDENT_SOURCE_CHARS));
}

static void put_key(char key[static INCIDENT_SOURCE_CHARS], const char *text)
{
	memset(key, 0, INCIDENT_SOURCE_CHARS);
	memccpy(key, text, '\0', INCIDENT_SOURCE_CHARS - 1);
}

/* Whose doing it was: the device, else the address. @return false where it was nobody's. */
static bool source_of(const struct event *ev, char key[static INCIDENT_SOURCE_CHARS])
{
	char text[INCIDENT_SOURCE_CHARS] = "";

	if (ev->src && ev->src->known) {
		put_key(key, ev->src->asset_id);
		return ev->src->asset_id[0] != '\0';
	}
	enum ip_scope scope = ip_is_none(&ev->at.src_ip) ? IP_SCOPE_UNSPECIFIED : ip_scope(&ev->at.src_ip);
	if (scope != IP_SCOPE_UNSPECIFIED && scope != IP_SCOPE_MULTICAST && scope != IP_SCOPE_BROADCAST)
		ip_format(&ev->at.src_ip, text);
	else if (ev->at.has_ether && !mac_is_none(&ev->at.src_mac) && !mac_is_group(&ev->at.src_mac))
		mac_format(&ev->at.src_mac, text);
	put_key(key, text);
	return text[0] != '\0';
}

/* ---- steps */

/* What is older than the window is no part of what happens now. */
static void forget_old(struct incident_source *s, int64_t before_ns)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < s->n_steps; i++) {
		if (s->steps[i].last_ns >= before_ns)
			s->steps[kept++] = s->steps[i];
	}
	s->n_steps = (uint8_t)kept;
}

/* Of the stage that is there most often the one seen longest ago makes room: a noisy stage must not push the only step
 * of another one out. */
static unsigned weakest(const struct incident_source *s)
{
	unsigned of_stage[ATTACK_STAGES] = {0}, worst = 0;

	for (unsigned i = 0; i < s->n_steps; i++)
		of_stage[s->steps[i].stage]++;
	for (unsigned i = 1; i < s->n_steps; i++) {
		unsigned n = of_stage[s->steps[i].stage], m = of_stage[s->steps[worst].stage];
		if (n > m || (n == m && s->steps[i].last_ns < s->steps[worst].last_ns))
			worst = i;
	}
	return worst;
}

/* Is its alert among the steps? Then it goes on. */
static bool goes_on(struct incident_source *s, const struct incident_step *step)
{
	for (unsigned i = 0; i < s->n_steps; i++) {
		struct incident_step *old = &s->steps[i];
		if (strcmp(old->alert_id, step->alert_id) == 0) {
			old->last_ns = step->last_ns > old->last_ns ? step->last_ns : old->last_ns;
			old->level = step->level > old->level ? step->level : old->level;
			return true;
		}
	}
	return false;
}

/* Room for one step more. @return false where memory is short. */
static bool steps_grow(struct incident_source *s)
{
	unsigned room = s->steps_room ? 2u * s->steps_room : 1;
	struct incident_step *steps = realloc(s->steps, room * sizeof(*steps));

	if (!steps)
		return false;
	s->steps = steps;
	s->steps_room = (uint8_t)room;
	return true;
}

/* @return false where memory is short. */
static bool add_step(struct incident_source *s, const struct incident_step *step)
{
	_Static_assert((INCIDENT_STEPS & (INCIDENT_STEPS - 1)) == 0 && INCIDENT_STEPS <= 128, "room doubles up to it");

	if (goes_on(s, step))
		return true;
	if (s->n_steps == INCIDENT_STEPS) {
		unsigned gone = weakest(s);
		memmove(&s->steps[gone], &s->steps[gone + 1], (s->n_steps - gone - 1) * sizeof(s->steps[0]));
		s->n_steps--;
	}
	if (s->n_steps == s->steps_room && !steps_grow(s))
		return false;
	s->steps[s->n_steps++] = *step;
	return true;
}

/* Does @step climb: is there one of an earlier stage before it? */
static bool climbs(const struct incident_source *s, const struct incident_step *step)
{
	if (step->stage < STAGE_ACCESS || step->level < LEVEL_MEDIUM)
		return false;
	for (unsigned i = 0; i < s->n_steps; i++) {
		if (s->steps[i].stage < step->stage && s->steps[i].first_ns < step->last_ns)
			return true;
	}
	return false;
}

/* ---- incidents */

/* As its worst alert; one graver where it went all the way to the process. */
static enum alert_level level_of(const struct incident_source *s)
{
	bool acted = s->to == STAGE_CONTROL && s->from < STAGE_CONTROL;

	return acted && s->worst < LEVEL_CRITICAL ? s->worst + 1 : s->worst;
}

static void put_down(struct incidents *n, const struct incident_source *s, const struct incident_step *step,
		     const char *told)
{
	struct incident_change *c = &n->waiting[n->n_waiting++];

	*c = (struct incident_change){.first_ns = s->first_ns,
				      .last_ns = s->last_ns,
				      .level = s->level,
				      .to = s->to,
				      .alerts = s->alerts,
				      .step_no = s->alerts,
				      .told = told};
	memcpy(c->id, s->id, sizeof(c->id));
	memcpy(c->source, s->source, sizeof(c->source));
	if (step)
		c->step = *step;
}

static void join(struct incidents *n, struct incident_source *s, const struct incident_step *step)
{
	s->alerts++;
	s->worst = step->level > s->worst ? step->level : s->worst;
	s->to = step->stage > s->to ? step->stage : s->to;
	s->from = step->stage < s->from ? step->stage : s->from;
	s->first_ns = step->first_ns < s->first_ns ? step->first_ns : s->first_ns;
	s->last_ns = step->last_ns > s->last_ns ? step->last_ns : s->last_ns;
	s->level = level_of(s);
	put_down(n, s, step, NULL);
}

static void open_incident(struct incidents *n, const char *sensor, struct incident_source *s)
{
	uint8_t digest[GROUP_DIGEST_BYTES];

	s->first_ns = INT64_MAX;
	s->last_ns = INT64_MIN;
	for (unsigned i = 0; i < s->n_steps; i++)
		s->first_ns = s->steps[i].first_ns < s->first_ns ? s->steps[i].first_ns : s->first_ns;
	group_digest(INCIDENT_RULE, span_str(s->source), digest);
	group_alert_id(sensor, digest, s->first_ns, s->id);
	s->alerts = 0;
	s->worst = LEVEL_INFO;
	s->from = s->to = s->steps[0].stage;
	for (unsigned i = 0; i < s->n_steps; i++)
		join(n, s, &s->steps[i]);
	s->tell_at = s->alerts + 1;
	put_down(n, s, NULL, "new");
	n->opened++;
}

/* The next of its alerts: told where it makes the incident graver, each of the first ten, then at 100, 1000 ... */
static void go_on(struct incidents *n, struct incident_source *s, const struct incident_step *step)
{
	enum alert_level level = s->level;
	enum attack_stage to = s->to;

	join(n, s, step);
	bool told = s->level > level || s->to > to || s->alerts >= s->tell_at;
	if (s->alerts >= s->tell_at)
		s->tell_at = s->alerts < 10 ? s->alerts + 1 : (uint32_t)group_next_tell(s->alerts);
	if (told)
		put_down(n, s, NULL, "update");
}

/* One of its alerts has become graver. */
static void got_worse(struct incidents *n, struct incident_source *s, const struct incident_step *step)
{
	enum alert_level level = s->level;

	s->worst = step->level > s->worst ? step->level : s->worst;
	s->level = level_of(s);
	put_down(n, s, step, s->level > level ? "update" : NULL);
	n->waiting[n->n_waiting - 1].worse = true;
}

static bool is_scanners_task(const struct finding *f)
{
	return f->rule->stage == STAGE_DISCOVERY && f->event->src && strcmp(f->event->src->role, "scanner") == 0;
}

void incidents_take(struct incidents *n, const char *sensor, struct group *g, const struct finding *f)
{
	char key[INCIDENT_SOURCE_CHARS];
	int64_t now_ns = f->event->at.ts_ns;

	if (n->window_ns == 0 || f->rule->stage == STAGE_NONE || is_scanners_task(f) || !source_of(f->event, key))
		return;
	if (!incidents_room(n)) {
		n->refused++;
		return;
	}
	struct incident_source *s = find_or_add(n, key);
	if (!s)
		return;
	if (s->id[0] && s->last_ns < now_ns - n->window_ns)
		s->id[0] = '\0';
	struct incident_step step = {.stage = f->rule->stage, .level = f->level, .first_ns = now_ns, .last_ns = now_ns};
	memcpy(step.alert_id, g->alert_id, sizeof(step.alert_id));
	if (s->id[0]) {
		/* the steps are those that it began with: they are in it, whether their alerts know it yet or not */
		s->last_ns = now_ns > s->last_ns ? now_ns : s->last_ns;
		bool known = goes_on(s, &step) || strcmp(g->incident, s->id) == 0;
		if (!known)
			go_on(n, s, &step);
		else if (step.level > g->level || step.level > s->worst)
			got_worse(n, s, &step);
	} else {
		forget_old(s, now_ns - n->window_ns);
		if (!add_step(s, &step))
			n->refused++;
		else if (climbs(s, &step))
			open_incident(n, sensor, s);
	}
	if (s->id[0])
		memcpy(g->incident, s->id, sizeof(g->incident));
}

void incidents_ended(struct incidents *n, const char *source, const char *id)
{
	char key[INCIDENT_SOURCE_CHARS];

	put_key(key, source);
	struct incident_source *s = find(n, key);
	if (s && strcmp(s->id, id) == 0) {
		s->id[0] = '\0';
		s->n_steps = 0;
	}
}

/* ---- after a restart */

static void resume(struct incident_source *s, sqlite3_stmt *q)
{
	snprintf(s->id, sizeof(s->id), "%s", alerts_db_text(q, 0));
	s->first_ns = sqlite3_column_int64(q, 2);
	s->last_ns = sqlite3_column_int64(q, 3);
	s->level = (enum alert_level)sqlite3_column_int(q, 4);
	s->to = (enum attack_stage)sqlite3_column_int(q, 5);
	s->alerts = (uint32_t)sqlite3_column_int64(q, 6);
	s->from = (enum attack_stage)sqlite3_column_int(q, 7);
	s->worst = (enum alert_level)sqlite3_column_int(q, 8);
	s->tell_at = s->alerts < 10 ? s->alerts + 1 : (uint32_t)group_next_tell(s->alerts);
}

#define OPEN_INCIDENT                                                                                                  \
	"SELECT i.incident_id, i.source, i.first_seen, max(i.last_seen, coalesce((SELECT max(a.last_seen) FROM alerts" \
	" a WHERE a.incident = i.incident_id), 0)) AS seen, i.level, i.stage, i.alerts, (SELECT min(stage) FROM"       \
	" incident_steps s WHERE s.incident_id = i.incident_id), (SELECT max(level) FROM incident_steps s WHERE"       \
	" s.incident_id = i.incident_id) FROM incidents i "

void incidents_resumed(struct incidents *n, const char *source, const char *id, sqlite3 *db)
{
	char key[INCIDENT_SOURCE_CHARS];
	sqlite3_stmt *q = NULL;

	put_key(key, source);
	struct incident_source *s = find(n, key);
	if (!s || s->id[0])
		return;
	if (sqlite3_prepare_v2(db, OPEN_INCIDENT "WHERE i.incident_id = ?1", -1, &q, NULL) == SQLITE_OK) {
		sqlite3_bind_text(q, 1, id, -1, SQLITE_STATIC);
		if (sqlite3_step(q) == SQLITE_ROW) {
			resume(s, q);
			s->n_steps = 0; /* what came while it was closed is no part of it, until it comes again */
		}
	}
	sqlite3_finalize(q);
}

static int load_steps(struct incidents *n, sqlite3 *db, int64_t from_ns)
{
	/* the newest, the oldest of them first */
	static const char sql[] =
	    "SELECT * FROM (SELECT alert_id, stage, level, first_seen, last_seen,"
	    " coalesce(json_extract(" ALERT_BODY " || '}}}', '$.sekisho.src.asset_id'), json_extract(" ALERT_BODY
	    " || '}}}', '$.src_ip'), json_extract(" ALERT_BODY
	    " || '}}}', '$.ether.src_mac'), '') FROM " ALERTS_WITH_TEXT " WHERE stage > 0 AND last_seen >= ?1 AND"
	    " state != 'muted' AND evidence_open = 1 ORDER BY last_seen DESC LIMIT ?2) ORDER BY last_seen";
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &q, NULL);

	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_int64(q, 1, from_ns);
	sqlite3_bind_int64(q, 2, (int64_t)n->sources.cap);
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		struct incident_step step = {.stage = (enum attack_stage)sqlite3_column_int(q, 1),
					     .level = (enum alert_level)sqlite3_column_int(q, 2),
					     .first_ns = sqlite3_column_int64(q, 3),
					     .last_ns = sqlite3_column_int64(q, 4)};
		char key[INCIDENT_SOURCE_CHARS];
		put_key(key, alerts_db_text(q, 5));
		snprintf(step.alert_id, sizeof(step.alert_id), "%s", alerts_db_text(q, 0));
		if (step.first_ns < from_ns)
			step.first_ns = step.last_ns;
		struct incident_source *s = key[0] ? find_or_add(n, key) : NULL;
		if (s)
			(void)add_step(s, &step); /* where memory is short it is as if it had not been there */
	}
	sqlite3_finalize(q);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Closed incidents have used up the alerts before they were closed. */
static int load_incidents(struct incidents *n, sqlite3 *db, int64_t from_ns)
{
	static const char sql[] = OPEN_INCIDENT "WHERE i.last_seen >= ?1 OR i.incident_id IN (SELECT incident FROM"
						" alerts WHERE last_seen >= ?1) ORDER BY seen";
	sqlite3_stmt *q = NULL, *is_open = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &q, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(db, "SELECT 1 FROM incidents WHERE incident_id = ?1 AND state = 'open'", -1,
					  &is_open, NULL);
	if (code == SQLITE_OK)
		sqlite3_bind_int64(q, 1, from_ns);
	while (code == SQLITE_OK && (code = sqlite3_step(q)) == SQLITE_ROW) {
		char key[INCIDENT_SOURCE_CHARS];
		put_key(key, alerts_db_text(q, 1));
		struct incident_source *s = find_or_add(n, key);
		sqlite3_bind_text(is_open, 1, alerts_db_text(q, 0), -1, SQLITE_TRANSIENT);
		bool open = sqlite3_step(is_open) == SQLITE_ROW;
		sqlite3_reset(is_open);
		if (s && open)
			resume(s, q);
		else if (s)
			s->n_steps = 0;
		code = SQLITE_OK;
	}
	sqlite3_finalize(q);
	sqlite3_finalize(is_open);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

int incidents_load(struct incidents *n, sqlite3 *db)
{
	int64_t newest_ns = alerts_db_number(db, "SELECT max(last_seen) FROM alerts", 0);
	int code = load_steps(n, db, newest_ns - LOOK_BACK_NS);

	return code == SQLITE_OK ? load_incidents(n, db, newest_ns - LOOK_BACK_NS) : code;
}
