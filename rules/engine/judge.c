/* Judging: what is watched of a record's kind is asked in the order of the rules; what came true is told. */
#include "engine/ruleset.h"

static bool holds(const struct condition *c, const struct event *ev, struct expr_found *found)
{
	for (unsigned i = 0; i < c->n_when; i++) {
		if (!expr_holds_found(c->when[i], ev, found))
			return false;
	}
	for (unsigned i = 0; i < c->n_unless; i++) {
		if (expr_holds(c->unless[i], ev))
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

bool rules_want(const struct rules *r, const struct event *ev)
{
	const struct rules_of_table *of = rules_of(r, ev->table);

	for (size_t i = 0; of && i < of->n_every; i++) {
		const struct condition *c = &of->every[i]->condition;
		unsigned k = 0;
		while (k < c->n_when && expr_holds(c->when[k]->wire, ev))
			k++;
		if (k == c->n_when)
			return true;
	}
	return false;
}

/* What to do, and behind it what not to do. */
static struct span fill_action(const struct rule *rule, enum language l, const struct event *ev, char *buf)
{
	size_t len = template_fill(&rule->action[l], ev, buf, RULES_ACTION_MAX);

	if (l == LANGUAGE_EN && len > 0 && len < RULES_ACTION_MAX && rule->dont[l].n_pieces > 0)
		buf[len++] = ' ';
	len += template_fill(&rule->dont[l], ev, buf + len, RULES_ACTION_MAX - len);
	return span_of(buf, len);
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
	struct finding f = {.rule = &rule->info, .event = &ev, .level = hit->branch->level};

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
	f.group_key = span_of(s->group, groupkey_of(rule->group_by, rule->n_group_by, &ev, s->group));
	f.title_en = span_of(s->title[LANGUAGE_EN],
			     template_fill(&rule->title[LANGUAGE_EN], &ev, s->title[LANGUAGE_EN], RULES_TITLE_MAX));
	f.title_ja = span_of(s->title[LANGUAGE_JA],
			     template_fill(&rule->title[LANGUAGE_JA], &ev, s->title[LANGUAGE_JA], RULES_TITLE_MAX));
	f.action_en = fill_action(rule, LANGUAGE_EN, &ev, s->action[LANGUAGE_EN]);
	f.action_ja = fill_action(rule, LANGUAGE_JA, &ev, s->action[LANGUAGE_JA]);
	out.take(out.ctx, &f);
}

/* Does the record make @w's branch true? What it counts is counted in any case. */
static bool take(const struct watch *w, const struct event *ev, struct hit *hit)
{
	struct tally *t = w->branch->tally;

	if (w->kind == WATCH_RESET) {
		tally_reset(t, &w->by, ev);
		return false;
	}
	hit->branch = w->branch;
	return !t || tally_take(t, &w->by, w->step, ev, &hit->counted, &hit->fresh, &hit->since_ns);
}

void rules_judge(const struct rules *r, const struct event *ev, struct finding_sink out)
{
	const struct rules_of_table *of = rules_of(r, ev->table);
	struct hit hits[2];
	struct hit *best = NULL, *next = &hits[0];

	for (size_t i = 0; of && i < of->n; i++) {
		const struct watch *w = of->watches[i];
		if (best && best->branch->rule != w->branch->rule) {
			tell(r, best, ev, out);
			best = NULL;
		}
		struct expr_found found = {NULL, 0};
		bool held = holds(&w->condition, ev, &found) && !is_off(w->branch->rule, ev);
		r->scratch->expired += found.expired > 0;
		if (!held || !take(w, ev, next))
			continue;
		next->indicator = found.indicator;
		/* one finding for a rule and a record: of its branches, the gravest */
		if (!best || next->branch->level > best->branch->level) {
			best = next;
			next = best == &hits[0] ? &hits[1] : &hits[0];
		}
	}
	if (best)
		tell(r, best, ev, out);
}
