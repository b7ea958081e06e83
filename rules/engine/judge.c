/* Judging: what is watched of a record's kind is asked in the order of the rules; what came true is told. */
#include "base/hash.h"
#include "engine/ruleset.h"
#include "engine/watch_index.h"

/* A condition that other rules have too is asked once a record. One that found an indicator is asked again by each. */
static bool ask(const struct rules *r, const struct expr *e, const struct event *ev, struct expr_found *found)
{
	struct expr_memo *m = e->no > 0 ? &r->scratch->memos[e->no] : NULL;

	if (m && m->record_no == r->scratch->record_no)
		return m->holds;
	bool holds = expr_holds_found(e, ev, found);
	if (m && !found->indicator && found->expired == 0)
		*m = (struct expr_memo){r->scratch->record_no, holds};
	return holds;
}

static bool holds(const struct rules *r, const struct condition *c, const struct event *ev, struct expr_found *found)
{
	struct expr_found against = {.memos = r->scratch->tests, .record_no = r->scratch->record_no};

	for (unsigned i = 0; i < c->n_when; i++) {
		if (!ask(r, c->when[i], ev, found))
			return false;
	}
	for (unsigned i = 0; i < c->n_unless; i++) {
		if (ask(r, c->unless[i], ev, &against))
			return false;
	}
	return true;
}

/* Is the rule switched off where the record goes to, or, going nowhere, where it comes from? */
static bool is_off(const struct rule *rule, const struct event *ev)
{
	const struct endpoint *e = ev->dest && *ev->dest->zone ? ev->dest : ev->src;

	for (const char *const *z = rule->off_zones; z && e && *z; z++) {
		if (strcmp(*z, e->zone) == 0)
			return true;
	}
	return false;
}

static bool may_hold(const struct watch *w, const struct event *ev)
{
	const struct condition *c = &w->condition;

	for (unsigned i = 0; i < c->n_when; i++) {
		if (!expr_holds(c->when[i]->wire, ev))
			return false;
	}
	return true;
}

bool rules_may_want(const struct rules *r, const struct event *ev, bool same_fields)
{
	const struct rules_of_table *of = rules_of(r, ev->table);
	uint64_t there[NEEDS_WORDS];

	if (!of || of->n_every == 0)
		return false;
	if (of->every_needs)
		presence_of(&of->presence, ev, there);
	for (size_t w = 0; of->every_needs && !same_fields && w < of->presence.words; w++)
		there[w] |= of->not_key[w];
	for (size_t i = 0; i < of->n_every; i++) {
		const struct condition *c = &of->every[i]->condition;
		unsigned k = 0;
		if (of->every_needs && !needs_met(&of->every_needs[i], &of->presence, there))
			continue;
		while (k < c->n_when && expr_may_hold(c->when[k]->wire, ev, same_fields))
			k++;
		if (k == c->n_when)
			return true;
	}
	return false;
}

enum {
	WANTED_SHAPES = 256, /* of which a thread knows which conditions its records may make true */
	WANTED_MAX = 64,     /* conditions of one kind */
	FEW = 4,             /* conditions that are asked without looking them up */
};

/* By the fields of a record alone: those of `every` that have what they need. */
struct wanted {
	uint64_t fields; /* a hash of the rule set and of the fields in their order */
	uint64_t met;
};

static uint64_t met_by_fields(const struct rules_of_table *of, const struct event *ev)
{
	uint64_t there[NEEDS_WORDS], met = 0;

	presence_of(&of->presence, ev, there);
	for (size_t i = 0; i < of->n_every; i++)
		met |= (uint64_t)needs_met(&of->every_needs[i], &of->presence, there) << i;
	return met;
}

/* The same, remembered for the shapes that this thread has seen: a cache, nothing else, where the newcomer takes the
 * place of the one that is there. */
static uint64_t met_of(const struct rules *r, const struct rules_of_table *of, const struct event *ev)
{
	static _Thread_local struct wanted known[WANTED_SHAPES];
	uint64_t h = r->no;

	for (uint16_t i = 0; i < ev->n_values; i++)
		h = (h ^ (uint64_t)(uintptr_t)ev->values[i].field) * HASH_K0;
	h = hash_u64(h, (uint64_t)(uintptr_t)of);
	struct wanted *w = &known[h % WANTED_SHAPES];
	if (w->fields != h)
		*w = (struct wanted){h, met_by_fields(of, ev)};
	return w->met;
}

/* Asks @met; where these are many, only those that the index names. */
static bool one_may_hold(const struct rules_of_table *of, const struct event *ev, uint64_t met)
{
	uint64_t bits[WATCH_INDEX_WORDS];

	if (__builtin_popcountll(met) > FEW && watch_index_ask(of->every_index, ev, bits) > 0)
		met &= bits[0];
	for (; met; met &= met - 1) {
		if (may_hold(of->every[__builtin_ctzll(met)], ev))
			return true;
	}
	return false;
}

bool rules_want(const struct rules *r, const struct event *ev)
{
	const struct rules_of_table *of = rules_of(r, ev->table);

	if (!of || of->n_every == 0)
		return false;
	if (of->n_every <= WANTED_MAX && of->every_index && of->every_needs) {
		uint64_t met = met_of(r, of, ev);
		return met && one_may_hold(of, ev, met);
	}
	for (size_t i = 0; i < of->n_every; i++) {
		if (may_hold(of->every[i], ev))
			return true;
	}
	return false;
}

/* What to do, and behind it what not to do. */
static struct span fill_action(const struct rules *r, const struct rule *rule, enum language l, const struct event *ev,
			       char *buf)
{
	struct zone_names zones = r->zone_names[l];
	size_t len = template_fill(&rule->action[l], ev, zones, buf, RULES_ACTION_MAX);

	if (l == LANGUAGE_EN && len > 0 && len < RULES_ACTION_MAX && rule->dont[l].n_pieces > 0)
		buf[len++] = ' ';
	len += template_fill(&rule->dont[l], ev, zones, buf + len, RULES_ACTION_MAX - len);
	return span_of(buf, len);
}

static struct span fill_title(const struct rules *r, const struct rule *rule, enum language l, const struct event *ev,
			      char *buf)
{
	return span_of(buf, template_fill(&rule->title[l], ev, r->zone_names[l], buf, RULES_TITLE_MAX));
}

static void fill_words(struct finding *f)
{
	const struct rules *r = f->filler;
	const struct rule *rule = (const struct rule *)((const char *)f->rule - offsetof(struct rule, info));
	struct rules_scratch *s = r->scratch;

	f->title_en = fill_title(r, rule, LANGUAGE_EN, f->event, s->title[LANGUAGE_EN]);
	f->title_ja = fill_title(r, rule, LANGUAGE_JA, f->event, s->title[LANGUAGE_JA]);
	f->action_en = fill_action(r, rule, LANGUAGE_EN, f->event, s->action[LANGUAGE_EN]);
	f->action_ja = fill_action(r, rule, LANGUAGE_JA, f->event, s->action[LANGUAGE_JA]);
}

/* The branch of a rule that came true for a record. */
struct hit {
	const struct branch *branch;
	struct counted counted;
	uint64_t fresh;
	int64_t since_ns;
	const struct indicator *indicator;
};

static void tell(const struct rules *r, const struct hit *hit, const struct event *seen, struct finding_sink out)
{
	const struct rule *rule = hit->branch->rule;
	struct rules_scratch *s = r->scratch;
	struct event ev = *seen;
	struct finding f = {
	    .rule = &rule->info, .event = &ev, .level = hit->branch->level, .fill = fill_words, .filler = r};

	ev.indicator = hit->indicator;
	if (hit->branch->tally) {
		ev.counted = &hit->counted;
		ev.count = hit->fresh;
		ev.first_ns = hit->since_ns;
	}
	for (size_t i = 0; i < rule->n_cases; i++) {
		if (expr_holds(rule->cases[i].when, &ev)) {
			f.level = rule->cases[i].level;
			break;
		}
	}
	f.group_key = span_of(s->group, groupkey_of(hit->branch->group_by, hit->branch->n_group_by, &ev, s->group));
	out.take(out.ctx, &f);
}

/* Does the record make @w's branch true? What it counts is counted in any case. */
static bool take(const struct watch *w, const struct event *ev, struct tally_hint *hint, struct hit *hit)
{
	struct tally *t = w->branch->tally;

	if (w->kind == WATCH_RESET) {
		tally_reset(t, &w->by, ev);
		return false;
	}
	hit->branch = w->branch;
	return !t || tally_take(t, &w->by, w->step, ev, hint, &hit->counted, &hit->fresh, &hit->since_ns);
}

/* The judging of one record. */
struct judging {
	const struct rules *rules;
	const struct event *ev;
	struct finding_sink out;
	struct hit hits[2];
	struct hit *best, *next;
	struct recalled noted; /* what comes of it */
	bool notes;            /* it is wanted */
	bool changed;          /* a rule changed what is known of its ends */
};

/* Forgets what conditions and tests have said. */
static void next_record(struct rules_scratch *s, uint32_t n_conditions)
{
	if (++s->record_no != 0)
		return;
	/* once in four billion records: no memo may be of the round before */
	memset(s->memos, 0, (n_conditions + 1) * sizeof(*s->memos));
	memset(s->tests, 0, sizeof(s->tests));
	s->record_no = 1;
}

static bool raises(const struct rule *rule)
{
	return rule->info.raise[0] != '\0';
}

static void finish_rule(struct judging *j)
{
	if (j->best) {
		tell(j->rules, j->best, j->ev, j->out);
		if (raises(j->best->branch->rule)) { /* something of its ends may be otherwise now */
			next_record(j->rules->scratch, j->rules->n_conditions);
			j->changed = true;
		}
	}
	j->best = NULL;
}

static void take_held(struct judging *j, const struct watch *w, struct tally_hint *hint, const struct indicator *found)
{
	if (!take(w, j->ev, hint, j->next))
		return;
	j->next->indicator = found;
	/* one finding for a rule and a record: of its branches, the gravest */
	if (!j->best || j->next->branch->level > j->best->branch->level) {
		j->best = j->next;
		j->next = j->best == &j->hits[0] ? &j->hits[1] : &j->hits[0];
	}
}

static struct recalled_watch *note_watch(struct judging *j, size_t no, bool held)
{
	if (j->noted.n >= RECALL_WATCHES) {
		j->notes = false;
		return NULL;
	}
	struct recalled_watch *rw = &j->noted.watches[j->noted.n++];
	*rw = (struct recalled_watch){.no = (uint16_t)no, .held = held};
	return rw;
}

static void ask_watch(struct judging *j, const struct rules_of_table *of, size_t no)
{
	const struct watch *w = of->watches[no];
	struct rules_scratch *s = j->rules->scratch;
	struct expr_found found = {.memos = s->tests, .record_no = s->record_no};
	struct recalled_watch *rw = NULL;

	if (j->best && j->best->branch->rule != w->branch->rule)
		finish_rule(j);
	bool held = holds(j->rules, &w->condition, j->ev, &found) && !is_off(w->branch->rule, j->ev);
	j->rules->scratch->expired += found.expired > 0;
	/* a condition that must see each record holds for none of those that the gate counts together */
	j->notes &= !(held && w->every);
	if (j->notes && (held || w->varies))
		rw = note_watch(j, no, !w->varies);
	if (held)
		take_held(j, w, rw ? &rw->hint : NULL, found.indicator);
}

static void take_again(struct judging *j, const struct rules_of_table *of, struct recalled *f)
{
	for (uint32_t i = 0; i < f->n; i++) {
		struct recalled_watch *rw = &f->watches[i];
		const struct watch *w = of->watches[rw->no];
		if (!rw->held) {
			ask_watch(j, of, rw->no);
			continue;
		}
		if (j->best && j->best->branch->rule != w->branch->rule)
			finish_rule(j);
		take_held(j, w, &rw->hint, NULL);
	}
}

static void ask_all(struct judging *j, const struct rules_of_table *of)
{
	for (size_t i = 0; i < of->n; i++)
		ask_watch(j, of, i);
}

/* A condition that holds in the record's situation. */
static void take_settled(struct judging *j, const struct rules_of_table *of, size_t no)
{
	const struct watch *w = of->watches[no];
	struct recalled_watch *rw = NULL;

	if (j->best && j->best->branch->rule != w->branch->rule)
		finish_rule(j);
	bool held = !is_off(w->branch->rule, j->ev);
	j->notes &= !(held && w->every);
	if (j->notes && (held || w->varies))
		rw = note_watch(j, no, !w->varies);
	if (held)
		take_held(j, w, rw ? &rw->hint : NULL, NULL);
}

/* Has what is known of the ends changed, or is it about to, since the situation was found? Then all that may hold are
 * asked. */
static bool is_otherwise(const struct judging *j)
{
	return j->changed || (j->best && raises(j->best->branch->rule));
}

static void ask_situation(struct judging *j, const struct rules_of_table *of, const struct shape *shape)
{
	size_t words;
	const uint64_t *may = shape_may(shape, &words);
	struct situation s = shape_situation(j->rules->scratch->shapes, shape, j->ev);

	for (size_t i = 0; i < words; i++) {
		uint64_t behind = UINT64_MAX, some = s.holds[i] | s.ask[i] | (j->notes ? s.again[i] : 0), left;
		while ((left = (is_otherwise(j) ? may[i] : some) & behind)) {
			uint64_t bit = left & -left;
			size_t no = i * 64 + (size_t)__builtin_ctzll(left);
			behind = ~(bit | (bit - 1));
			if ((s.ask[i] & bit) || is_otherwise(j))
				ask_watch(j, of, no);
			else if (s.holds[i] & bit)
				take_settled(j, of, no);
			else if (j->notes)
				(void)note_watch(j, no, false);
		}
	}
}

/* Begins with @ev, of which nothing is known yet. */
static void begin(struct judging *j, const struct rules *r, const struct event *ev, struct finding_sink out)
{
	next_record(r->scratch, r->n_conditions);
	j->rules = r;
	j->ev = ev;
	j->out = out;
	j->best = NULL;
	j->next = &j->hits[0];
	j->noted.n = 0;
	j->changed = false;
}

/* From the beginning: those that may hold for records of its shape, or, where shapes are not known, all. */
static void judge(struct judging *j, const struct rules_of_table *of, struct event *ev)
{
	bool known = of->index && of->needs;
	const struct shape *shape = known ? shapes_place(j->rules->scratch->shapes, &of->asked, ev) : NULL;

	j->notes &= shape || !known; /* what none wants costs no more to find out again */
	if (shape)
		ask_situation(j, of, shape);
	else if (!known)
		ask_all(j, of);
}

/* The counters of what is known of a fact, and then the places of its values. */
static void fetch_counted(const struct rules *r, const struct event *ev, const struct recalled *f, bool values)
{
	const struct rules_of_table *of = rules_of(r, ev->table);

	for (uint32_t i = 0; of && i < f->n && i < RECALL_WATCHES; i++) {
		const struct recalled_watch *rw = &f->watches[i];
		const struct tally *t = rw->no < of->n ? of->watches[rw->no]->branch->tally : NULL;
		if (t && values)
			tally_fetch_value(t, &rw->hint);
		else if (t)
			tally_fetch(t, &rw->hint);
	}
}

void rules_look_ahead(const struct rules *r, const struct event *ev, unsigned step)
{
	enum { LINE = 64, LINES = 3 };

	if (ev->fact == 0 || step >= RULES_STEPS)
		return;
	if (step == 0) {
		recall_fetch(r->recall, ev->fact);
		return;
	}
	const struct recalled *f = recall_guess(r->recall, ev->fact);
	if (f && step > 1)
		fetch_counted(r, ev, f, step > 2);
	for (unsigned i = 0; f && step == 1 && i < LINES; i++)
		__builtin_prefetch((const uint8_t *)f + i * LINE);
}

void rules_judge(const struct rules *r, struct event *ev, struct finding_sink out)
{
	const struct rules_of_table *of = rules_of(r, ev->table);
	struct judging j;
	uint64_t state;

	if (!of || of->n == 0)
		return;
	struct recalled *f = recall_find(r->recall, ev, &state);
	begin(&j, r, ev, out);
	j.notes = !f && state != 0 && of->n <= UINT16_MAX;
	if (f)
		take_again(&j, of, f);
	else
		judge(&j, of, ev);
	finish_rule(&j);
	if (j.notes)
		recall_note(r->recall, ev, state, &j.noted);
	ev->places = ev->nexts = NULL;
}
