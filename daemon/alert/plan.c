#include "alert/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/alerts_db.h"

static const struct work_rule rules[] = {
#define WORK_RULE(kind, rule, en, ja) {kind, rule, en, ja},
#include "alert/work_rules.def"
#undef WORK_RULE
};

enum { RULES = sizeof(rules) / sizeof(rules[0]), SCOPES = 2 };

bool work_rule_at(size_t i, struct work_rule *out)
{
	if (i >= RULES)
		return false;
	*out = rules[i];
	return true;
}

const char *work_rule_why(enum work_kind kind, const char *rule, bool japanese)
{
	for (size_t i = 0; i < RULES; i++) {
		if (rules[i].kind == kind && strcmp(rules[i].rule, rule) == 0)
			return japanese ? rules[i].ja : rules[i].en;
	}
	return NULL;
}

/* ---- the calendar */

/* An end that is none after all, of a later version or another hand, fits nothing. */
static void set_end(struct mute *m, struct mute_end *end, const char *text)
{
	if (!mute_end_parse(text, end))
		snprintf(m->zone, sizeof(m->zone), "\n");
}

/* A pattern as mutes have it, without the rule: that narrows what is kept back, not what the entry concerns. */
static void set_scope(struct mute *m, const struct work *w, bool device_is_dest)
{
	bool device = w->device[0] != '\0';

	*m = (struct mute){.no = w->no, .until_ns = INT64_MAX};
	if (!strchr(w->zone, '>')) /* else concerns() looks at both */
		snprintf(m->zone, sizeof(m->zone), "%s", w->zone);
	set_end(m, &m->src, device && !device_is_dest ? w->device : w->src);
	set_end(m, &m->dest, device && device_is_dest ? w->device : w->dest);
}

int plan_set(struct plan *p, struct calendar *c)
{
	struct mute *scopes = calloc(c->n ? c->n * SCOPES : 1, sizeof(*scopes));
	struct active *active = calloc(c->n ? c->n : 1, sizeof(*active));

	if (!scopes || !active) {
		free(scopes);
		free(active);
		return -ENOMEM;
	}
	for (size_t i = 0; i < c->n * SCOPES; i++)
		set_scope(&scopes[i], &c->works[i / SCOPES], i % SCOPES == 1);
	calendar_free(&p->calendar);
	free(p->scopes);
	free(p->active);
	p->calendar = *c;
	p->scopes = scopes;
	p->active = active;
	p->n_active = 0;
	p->from_ns = p->to_ns = 0;
	*c = (struct calendar){0};
	return 0;
}

void plan_deinit(struct plan *p)
{
	calendar_free(&p->calendar);
	free(p->scopes);
	free(p->active);
	*p = (struct plan){0};
}

uint64_t plan_ceiling_bytes(void)
{
	enum { TEXTS = 128 + 512 + 128 };

	return sizeof(struct plan) +
	       (uint64_t)WORKS_MAX * (sizeof(struct work) + WORK_CUTS_MAX * sizeof(struct work_cut) + TEXTS +
				      SCOPES * sizeof(struct mute) + sizeof(struct active));
}

/* Which entries go on at @at_ns, and until when that is so. */
static void look(struct plan *p, int64_t at_ns)
{
	p->n_active = 0;
	p->from_ns = at_ns;
	p->to_ns = INT64_MAX;
	for (size_t i = 0; i < p->calendar.n; i++) {
		struct work_time t;
		if (!work_from(&p->calendar.works[i], at_ns, &t))
			continue;
		bool holds = t.from_ns <= at_ns;
		int64_t next_ns = holds ? t.to_ns : t.from_ns;
		p->to_ns = next_ns < p->to_ns ? next_ns : p->to_ns;
		if (holds)
			p->active[p->n_active++] = (struct active){i, t};
	}
}

/* ---- findings */

static bool passes_between(const char *zones, const struct mute_subject *of)
{
	char a[WORK_TEXT_MAX], b[WORK_TEXT_MAX];

	if (!work_conduit(zones, a, b))
		return true;
	return (strcmp(a, of->src_zone) == 0 && strcmp(b, of->dest_zone) == 0) ||
	       (strcmp(b, of->src_zone) == 0 && strcmp(a, of->dest_zone) == 0);
}

static bool concerns(const struct plan *p, size_t work, const struct mute_subject *of)
{
	const struct mute *scope = &p->scopes[work * SCOPES];

	if (!passes_between(p->calendar.works[work].zone, of))
		return false;
	return mute_fits(&scope[0], of) || (p->calendar.works[work].device[0] && mute_fits(&scope[1], of));
}

/*
 * What no work is the reason of, though its rule is listed. What is overdue is overdue whether a line stands still or
 * not, but for the device itself, which is not heard of. Nobody who is at work answers in another's place.
 */
static bool is_told_anyway(const struct event *ev)
{
	const struct event_value *change = event_get(ev, &asset_field[ASSET_CHANGE]),
				 *what = event_get(ev, &asset_field[ASSET_WHAT]),
				 *anomaly = event_get(ev, &anomaly_field[ANOMALY_TYPE]);

	if (anomaly && anomaly->u == ANOMALY_OVERLAP)
		return true;
	return change && change->u == ASSET_OVERDUE && (!what || (what->u != WHAT_UNSEEN && what->u != WHAT_NEVER_SEEN));
}

/* @explains: of each kind, whether it has the rule. */
static bool keeps_back(const struct work *w, const struct finding *f, const bool explains[static WORK_KINDS])
{
	if (!explains[w->kind] || (w->rule[0] && strcmp(w->rule, f->rule->id) != 0))
		return false;
	return f->level < LEVEL_CRITICAL || !work_is_everywhere(w);
}

size_t plan_find(struct plan *p, const struct finding *f, struct planned out[static PLANNED_MAX],
		 const struct planned **mutes)
{
	int64_t at_ns = f->event->at.ts_ns;
	size_t n = 0;

	*mutes = NULL;
	if (p->calendar.n == 0)
		return 0;
	if (at_ns < p->from_ns || at_ns >= p->to_ns)
		look(p, at_ns);
	if (p->n_active == 0)
		return 0;
	const struct mute_subject of = mute_subject_of(f, "");
	bool explains[WORK_KINDS];
	for (int kind = 0; kind < WORK_KINDS; kind++)
		explains[kind] = work_rule_why((enum work_kind)kind, f->rule->id, false) && !is_told_anyway(f->event);
	for (size_t i = 0; i < p->n_active && (n < PLANNED_MAX || !*mutes); i++) {
		const struct work *w = &p->calendar.works[p->active[i].work];
		if (!concerns(p, p->active[i].work, &of))
			continue;
		bool keeps = keeps_back(w, f, explains);
		if (n == PLANNED_MAX && !keeps)
			continue;
		struct planned *one = &out[n < PLANNED_MAX ? n++ : PLANNED_MAX - 1];
		*one = (struct planned){w, p->active[i].time, keeps};
		if (keeps && !*mutes)
			*mutes = one;
	}
	return n;
}

/* ---- what the rows of alerts say */

bool plan_note(struct plan *p, int64_t alert_no, const struct planned *by)
{
	struct plan_note *note = NULL;

	for (size_t i = p->n_notes; i-- > 0 && !note;)
		note = p->notes[i].alert_no == alert_no ? &p->notes[i] : NULL;
	if (!note && p->n_notes == PLAN_NOTES_MAX)
		return false;
	if (!note)
		note = &p->notes[p->n_notes++];
	*note = (struct plan_note){.alert_no = alert_no, .until_ns = by->time.to_ns};
	snprintf(note->reason, sizeof(note->reason), PLAN_REASON "%lld %s", (long long)by->work->no, by->work->title);
	snprintf(note->by, sizeof(note->by), "%s", by->work->by ? by->work->by : "");
	return true;
}

int plan_write(const struct plan *p, sqlite3 *db)
{
	/* what a person did about it says more */
	static const char sql[] = "UPDATE alerts SET reason = ?2, who = ?3, until = max(until, ?4) WHERE no = ?1 AND "
				  "state = 'muted' AND (reason = '' OR reason GLOB '" PLAN_REASON "*')";
	sqlite3_stmt *s = NULL;
	int code = p->n_notes > 0 ? sqlite3_prepare_v2(db, sql, -1, &s, NULL) : SQLITE_OK;

	for (size_t i = 0; i < p->n_notes && code == SQLITE_OK; i++) {
		sqlite3_bind_int64(s, 1, p->notes[i].alert_no);
		sqlite3_bind_text(s, 2, p->notes[i].reason, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 3, p->notes[i].by, -1, SQLITE_STATIC);
		sqlite3_bind_int64(s, 4, p->notes[i].until_ns);
		code = alerts_db_run(s);
	}
	sqlite3_finalize(s);
	return code;
}

void plan_written(struct plan *p)
{
	p->n_notes = 0;
}
