#include "engine/rule_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "engine/ruleset.h"
#include "engine/scene.h"
#include "event/gate.h"

enum { GROUPS_MAX = 4096, GATE_FACTS = 65536, ENDS_MAX = 4096 };

/* An alert as the way of the data would group it. */
struct group {
	uint64_t hash, count;
	int64_t first_ns, last_ns;
	enum alert_level level;
};

/* One way of judging the events of a test. */
struct run {
	const struct rules *rules;
	const char *rule_id;
	struct group groups[GROUPS_MAX];
	size_t n_groups;
	struct rule_test_alerts sum;
	struct gate *gate;
	/* the gate keeps no ends: those of an event are found again by the number that stands for its flow */
	struct endpoint *src, *dest;
	struct event *around;
	size_t n_ends;
};

static void copy_title(char *to, size_t size, struct span s)
{
	snprintf(to, size, "%.*s", (int)s.len, (const char *)s.ptr);
}

static void take_finding(void *ctx, const struct finding *f)
{
	struct run *run = ctx;
	uint64_t hash = hash_bytes(f->group_key.ptr, f->group_key.len);
	size_t i = 0;

	if (strcmp(f->rule->id, run->rule_id) != 0)
		return;
	while (i < run->n_groups && run->groups[i].hash != hash)
		i++;
	if (i == GROUPS_MAX)
		return;
	struct group *g = &run->groups[i];
	if (i == run->n_groups) {
		int64_t first_ns = f->event->first_ns < f->event->at.ts_ns ? f->event->first_ns : f->event->at.ts_ns;
		*g = (struct group){.hash = hash, .first_ns = first_ns, .level = f->level};
		run->n_groups++;
	}
	if (run->sum.alerts == 0 && run->sum.count == 0) {
		struct finding told = *f;
		finding_fill(&told);
		copy_title(run->sum.title_en, sizeof(run->sum.title_en), told.title_en);
		copy_title(run->sum.title_ja, sizeof(run->sum.title_ja), told.title_ja);
		copy_title(run->sum.action_en, sizeof(run->sum.action_en), told.action_en);
		copy_title(run->sum.action_ja, sizeof(run->sum.action_ja), told.action_ja);
	}
	g->count += f->event->count;
	g->last_ns = f->event->at.ts_ns > g->last_ns ? f->event->at.ts_ns : g->last_ns;
	g->level = f->level > g->level ? f->level : g->level;
	run->sum.alerts = run->n_groups;
	run->sum.count += f->event->count;
	run->sum.level = !run->sum.has_level || f->level > run->sum.level ? f->level : run->sum.level;
	run->sum.has_level = true;
}

static void judge(void *ctx, struct event *ev)
{
	struct run *run = ctx;

	rules_judge(run->rules, ev, (struct finding_sink){take_finding, run});
}

static void judge_with_ends(void *ctx, struct event *ev)
{
	struct run *run = ctx;
	size_t i = ev->at.flow_id - 1;

	ev->src = &run->src[i];
	ev->dest = run->around[i].dest ? &run->dest[i] : NULL;
	ev->conduit = run->around[i].conduit;
	ev->baseline = run->around[i].baseline;
	ev->loss_pct = run->around[i].loss_pct;
	ev->at.flow_id = 0;
	judge(ctx, ev);
}

/* Ends live in the event of the scene; the strings that they borrow, as long as the scene. */
static void into_gate(void *ctx, struct event *ev)
{
	struct run *run = ctx;

	if (run->n_ends == ENDS_MAX) { /* a flood: straight on */
		judge(ctx, ev);
		return;
	}
	size_t i = run->n_ends++;
	run->src[i] = *ev->src;
	if (ev->dest)
		run->dest[i] = *ev->dest;
	run->around[i] = *ev;
	ev->at.flow_id = i + 1;
	gate_take(run->gate, ev);
}

static bool picks(const void *rules, const struct event *ev)
{
	return rules_want(rules, ev);
}

static bool may_pick(const void *rules, const struct event *ev, bool same_fields)
{
	return rules_may_want(rules, ev, same_fields);
}

static int play_with_gate(struct run *run, const struct scene *s, const struct field_registry *fields,
			  const struct yaml_node *events, struct complaint *c)
{
	const struct field_table *whole[64] = {NULL}, *brief[64] = {NULL};
	struct gate_wants wants = {whole, brief, NULL, NULL, picks, run->rules, may_pick};
	size_t n = 0, m = 0;

	for (const struct field_table *const *t = fields->tables; *t; t++) {
		if (n < 63 && (*t == &flow_table_fields || rules_need_all_of(run->rules, *t)))
			whole[n++] = *t;
		if (m < 63 && gate_must_be_brief(rules_values_window_ns(run->rules, *t)))
			brief[m++] = *t;
	}
	run->gate = gate_new(GATE_FACTS, (struct event_sink){judge_with_ends, run});
	run->src = calloc(ENDS_MAX, sizeof(*run->src));
	run->dest = calloc(ENDS_MAX, sizeof(*run->dest));
	run->around = calloc(ENDS_MAX, sizeof(*run->around));
	int err = run->gate && run->src && run->dest && run->around ? 0 : -ENOMEM;
	if (!err) {
		gate_want(run->gate, &wants);
		struct scene through = *s;
		through.out = (struct event_sink){into_gate, run};
		err = scene_play(&through, events, c);
		gate_flush(run->gate);
	}
	gate_free(run->gate);
	free(run->src);
	free(run->dest);
	free(run->around);
	return err;
}

static bool same(const struct run *a, const struct run *b)
{
	if (a->n_groups != b->n_groups)
		return false;
	for (size_t i = 0; i < a->n_groups; i++) {
		const struct group *x = &a->groups[i], *y = NULL;
		for (size_t k = 0; k < b->n_groups; k++) {
			if (b->groups[k].hash == x->hash)
				y = &b->groups[k];
		}
		if (!y || x->count != y->count || x->level != y->level || x->first_ns != y->first_ns ||
		    x->last_ns != y->last_ns)
			return false;
	}
	return true;
}

/* A test while it is run. */
struct trial {
	const struct rule_test_options *o;
	const struct rule_file *file;
	const struct rules *rules; /* that judge: those of the options, or with the test's own lists */
	const struct rule *rule;
	const struct yaml_node *node;
	struct complaint *c;
	char why[2048];
};

static int run_events(struct trial *t, const struct yaml_node *events, struct rule_test_alerts *out)
{
	struct run *plain = calloc(1, sizeof(*plain)), *gated = calloc(1, sizeof(*gated));
	struct scene s = {.file = t->file,
			  .fields = t->o->fields,
			  .on = t->rule->on,
			  .given = yaml_get(t->node, "given"),
			  .out = {judge, plain}};
	int err = plain && gated ? 0 : -ENOMEM;

	if (!err) {
		plain->rules = gated->rules = t->rules;
		plain->rule_id = gated->rule_id = t->rule->info.id;
		rules_forget(t->rules);
		err = scene_play(&s, events, t->c);
	}
	if (!err) {
		rules_forget(t->rules);
		err = play_with_gate(gated, &s, t->o->fields, events, t->c);
	}
	if (!err && !same(plain, gated))
		snprintf(t->why, sizeof(t->why),
			 "with the gate it raises %llu alerts of %llu occurrences, without it %llu of %llu, or at "
			 "other times",
			 (unsigned long long)gated->sum.alerts, (unsigned long long)gated->sum.count,
			 (unsigned long long)plain->sum.alerts, (unsigned long long)plain->sum.count);
	if (!err)
		*out = plain->sum;
	free(plain);
	free(gated);
	return err;
}

/* What is written about a test, beside what it plays. */
struct expected {
	bool none, any;
	enum alert_level level;
	int64_t alerts, count; /* -1: not said */
	const char *title, *action;
};

static int read_expected(struct trial *t, struct expected *e)
{
	const struct yamldoc *doc = &t->file->doc;
	const struct yaml_node *n = yaml_get(t->node, "expect"), *alerts = yaml_get(t->node, "alerts"),
			       *count = yaml_get(t->node, "count"), *title = yaml_get(t->node, "title"),
			       *action = yaml_get(t->node, "action");
	int err = 0;

	*e = (struct expected){.alerts = -1, .count = -1};
	if (!n || n->kind != YAML_SCALAR)
		return yaml_complain(doc, n ? n : t->node, t->c,
				     "say what this test expects: \"expect: none\", \"expect: alert\", or a level");
	e->none = strcmp(n->text, "none") == 0;
	e->any = strcmp(n->text, "alert") == 0;
	if (!e->none && !e->any && !alert_level_parse(n->text, &e->level))
		return yaml_complain(doc, n, t->c,
				     "expected none, alert, or one of info, low, medium, high, critical here");
	if (alerts)
		err = yaml_int(doc, alerts, 1, INT32_MAX, &e->alerts, t->c);
	if (!err && count)
		err = yaml_int(doc, count, 1, INT64_MAX, &e->count, t->c);
	if (!err && title)
		err = yaml_string(doc, title, &e->title, t->c);
	if (!err && action)
		err = yaml_string(doc, action, &e->action, t->c);
	if (!err && e->none && (alerts || count || title || action))
		err = yaml_complain(doc, n, t->c, "a test that expects nothing has no alerts, count, title or action");
	return err;
}

static void compare(struct trial *t, const struct expected *e, const struct rule_test_alerts *got)
{
	if (t->why[0])
		return;
	if (e->none && got->alerts > 0)
		snprintf(t->why, sizeof(t->why), "raises %llu alerts (%s, \"%s\"), and should raise none",
			 (unsigned long long)got->alerts, alert_level_name(got->level), got->title_en);
	else if (!e->none && got->alerts == 0)
		snprintf(t->why, sizeof(t->why), "raises nothing");
	else if (!e->none && !e->any && got->level != e->level)
		snprintf(t->why, sizeof(t->why), "raises level %s, expected %s", alert_level_name(got->level),
			 alert_level_name(e->level));
	else if (e->alerts >= 0 && got->alerts != (uint64_t)e->alerts)
		snprintf(t->why, sizeof(t->why), "raises %llu alerts, expected %lld", (unsigned long long)got->alerts,
			 (long long)e->alerts);
	else if (e->count >= 0 && got->count != (uint64_t)e->count)
		snprintf(t->why, sizeof(t->why), "counts %llu occurrences, expected %lld",
			 (unsigned long long)got->count, (long long)e->count);
	else if (e->title && !strstr(got->title_en, e->title) && !strstr(got->title_ja, e->title))
		snprintf(t->why, sizeof(t->why), "titles are \"%s\" and \"%s\", expected \"%s\" in one of them",
			 got->title_en, got->title_ja, e->title);
	else if (e->action && !strstr(got->action_en, e->action) && !strstr(got->action_ja, e->action))
		snprintf(t->why, sizeof(t->why),
			 "actions are \"%.700s\" and \"%.700s\", expected \"%.300s\" in one of them", got->action_en,
			 got->action_ja, e->action);
}

static int run_capture(struct trial *t, const struct yaml_node *capture, struct rule_test_alerts *out)
{
	const struct yaml_node *config = yaml_get(t->node, "config");
	const char *name, *with = NULL;
	int err = yaml_string(&t->file->doc, capture, &name, t->c);

	if (!err && config)
		err = yaml_string(&t->file->doc, config, &with, t->c);
	if (err)
		return err;
	if (!t->o->play) {
		snprintf(t->why, sizeof(t->why), "captures cannot be played here");
		return 0;
	}
	return t->o->play(t->o->ctx, t->file->doc.file, name, with, t->rule->info.id, out, t->c);
}

static const struct rule *rule_of(const struct rules *rules, const char *id)
{
	for (size_t i = 0; i < rules->n; i++) {
		if (strcmp(rules->items[i]->info.id, id) == 0)
			return rules->items[i];
	}
	return NULL;
}

/* A test that brings lists along is judged by rules which have them. */
static int run_listed(struct trial *t, const struct yaml_node *lists, const struct yaml_node *events,
		      struct rule_test_alerts *out)
{
	struct trial own = *t;
	int err = 0;

	if (!t->o->with_lists) {
		snprintf(t->why, sizeof(t->why), "lists cannot be given here");
		return 0;
	}
	own.rules = t->o->with_lists(t->o->ctx, &t->file->doc, lists, &err, t->c);
	if (!own.rules)
		return err;
	own.rule = rule_of(own.rules, t->rule->info.id);
	err = run_events(&own, events, out);
	memcpy(t->why, own.why, sizeof(t->why));
	return err;
}

static int run_one(struct trial *t, unsigned no)
{
	static const char *const keys[] = {"name",   "note",    "expect", "alerts", "count", "title", "action",
					   "events", "capture", "config", "given",  "lists", NULL};
	const struct yaml_node *events = yaml_get(t->node, "events"), *capture = yaml_get(t->node, "capture"),
			       *lists = yaml_get(t->node, "lists");
	struct rule_test_alerts got = {0};
	struct expected e;
	char name[32];
	int err = yaml_only_keys(&t->file->doc, t->node, keys, t->c);

	t->why[0] = '\0';
	if (!err)
		err = read_expected(t, &e);
	if (!err && !events == !capture)
		err = yaml_complain(&t->file->doc, t->node, t->c,
				    "a test plays either \"events\" or a \"capture\": one of them is needed");
	if (!err && lists && !events)
		err = yaml_complain(&t->file->doc, lists, t->c,
				    "\"lists\" go with \"events\". For a capture they stand in its \"config\"");
	if (!err)
		err = !events ? run_capture(t, capture, &got)
		      : lists ? run_listed(t, lists, events, &got)
			      : run_events(t, events, &got);
	if (err)
		return err;
	compare(t, &e, &got);
	const struct yaml_node *named = yaml_get(t->node, "name");
	snprintf(name, sizeof(name), "test %u", no);
	t->o->result(t->o->ctx, &(struct rule_test_result){.rule_id = t->rule->info.id,
							   .name = named && named->text ? named->text : name,
							   .file = t->file->doc.file,
							   .line = t->node->line,
							   .positive = !e.none,
							   .passed = !t->why[0],
							   .why = t->why});
	return 0;
}

static int run_rule(const struct rule_test_options *o, const struct rule_file *file, const struct yaml_node *node,
		    struct complaint *c)
{
	const struct yaml_node *tests = yaml_get(node, "tests"), *id = yaml_get(node, "id");
	struct trial t = {.o = o, .file = file, .c = c, .rules = o->rules};
	unsigned no = 0;
	int err = 0;

	t.rule = id && id->text ? rule_of(o->rules, id->text) : NULL;
	if (!t.rule || !tests)
		return 0;
	if (tests->kind != YAML_LIST)
		return yaml_complain(&file->doc, tests, c,
				     "expected a list of tests here: [{ expect: none, events: [...] }]");
	for (const struct yaml_node *n = tests->child; n && !err; n = n->next) {
		t.node = n;
		err = run_one(&t, ++no);
	}
	rules_forget(o->rules);
	return err;
}

static int run_file(const struct rule_test_options *o, const struct rule_file *file, struct complaint *c)
{
	int err = 0;

	for (size_t i = 0; i < file->doc.n_roots && !err; i++) {
		const struct yaml_node *root = file->doc.roots[i];
		if (root->kind != YAML_LIST) {
			err = run_rule(o, file, root, c);
			continue;
		}
		for (const struct yaml_node *n = root->child; n && !err; n = n->next)
			err = run_rule(o, file, n, c);
	}
	return err;
}

int rule_test_file(const struct rule_test_options *o, const char *file, struct complaint *c)
{
	struct rule_file s;
	int err = rule_file_load(&s, file, c);

	if (err)
		return err;
	err = run_file(o, &s, c);
	rule_file_free(&s);
	return err;
}

int rule_test_text(const struct rule_test_options *o, const char *file, const char *yaml, size_t len,
		   struct complaint *c)
{
	struct rule_file s;
	int err = rule_file_parse(&s, file, yaml, len, c);

	if (err)
		return err;
	err = run_file(o, &s, c);
	rule_file_free(&s);
	return err;
}
