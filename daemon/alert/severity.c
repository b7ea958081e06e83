#include "alert/severity.h"

#include <stdio.h>
#include <string.h>

enum { UNREGISTERED_ADDS = 5, SCORE_MAX = 100 };

static const unsigned bases[LEVEL_COUNT] = {
    [LEVEL_CRITICAL] = 92, [LEVEL_HIGH] = 70, [LEVEL_MEDIUM] = 50, [LEVEL_LOW] = 30, [LEVEL_INFO] = 10};

/* Where each level begins. */
static const unsigned thresholds[LEVEL_COUNT] = {
    [LEVEL_CRITICAL] = 85, [LEVEL_HIGH] = 64, [LEVEL_MEDIUM] = 45, [LEVEL_LOW] = 20, [LEVEL_INFO] = 0};

unsigned severity_base(enum alert_level level)
{
	return bases[level];
}

/* In hundredths, so that the same alert has the same score on every machine. */
static unsigned impact_percent(const struct severity_weights *w, enum impact impact)
{
	switch (impact) {
	case IMPACT_HIGH:
		return w->high ? w->high : 125;
	case IMPACT_LOW:
		return w->low ? w->low : 70;
	case IMPACT_MID:
		return w->mid ? w->mid : 100;
	case IMPACT_UNKNOWN:
		break;
	}
	return 100;
}

static unsigned zone_percent(uint8_t criticality)
{
	static const unsigned percents[] = {100, 95, 100, 100, 105, 110};

	return percents[criticality <= 5 ? criticality : 0];
}

static enum alert_level level_of(unsigned score)
{
	for (int level = LEVEL_CRITICAL; level > LEVEL_INFO; level--) {
		if (score >= thresholds[level])
			return (enum alert_level)level;
	}
	return LEVEL_INFO;
}

/* ---- in words */

struct word {
	const char *token, *ja, *en;
};

static const struct word words[] = {
    {"control", "制御", "control"}, {"analytics", "予測・分析", "prediction and analysis"},
    {"storage", "蓄積", "storage"}, {"production", "本番利用", "production"},
    {"poc", "検証利用", "trials"},  {"high", "高", "high"},
    {"mid", "中", "medium"},        {"low", "低", "low"},
};

static const char *word_of(const char *token, bool ja)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].token, token) == 0)
			return ja ? words[i].ja : words[i].en;
	}
	return token;
}

/* Appends to a reason; what does not fit is cut off. */
static void add(struct severity_reason *r, const char *ja, const char *en)
{
	struct {
		char *text;
		size_t *len;
		const char *more;
	} in[] = {{r->ja, &r->ja_len, ja}, {r->en, &r->en_len, en}};

	for (int i = 0; i < 2; i++) {
		size_t n = strlen(in[i].more), room = SEVERITY_REASON_MAX - *in[i].len;
		n = n < room ? n : room;
		memcpy(in[i].text + *in[i].len, in[i].more, n);
		*in[i].len += n;
	}
}

static void add_word(struct severity_reason *r, const char *token)
{
	add(r, word_of(token, true), word_of(token, false));
}

static void add_number(struct severity_reason *r, int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", n);
	add(r, text, text);
}

static void explain_impact(struct severity_reason *r, const struct severity *s)
{
	if (s->impact_level == IMPACT_UNKNOWN) {
		add(r, "事業影響度: 未定", "business impact: not decided");
		return;
	}
	add(r, "事業影響度: ", "business impact: ");
	add_word(r, impact_name(s->impact_level));
	if (s->of->impact_declared) {
		add(r, "（台帳で指定）", " (set in the register)");
		return;
	}
	add(r, "（", " (");
	add_word(r, s->of->usage);
	add(r, "×", " x ");
	add_word(r, s->of->use_case);
	if (s->of->usage_raised)
		add(r, "、検知により用途を引き上げ", ", raised from the registered usage since a rule found it so");
	add(r, "）", ")");
}

void severity_explain(const struct severity *s, struct severity_reason *out)
{
	out->ja_len = out->en_len = 0;
	explain_impact(out, s);
	if (s->criticality > 0) {
		add(out, "、ゾーンの重要度: ", ", criticality of the zone: ");
		add_number(out, s->criticality);
	}
	if (s->adjust > 0) {
		add(out, "、台帳にない機器: +", ", a device that is not registered: +");
		add_number(out, s->adjust);
	}
	if (s->floor)
		add(out, "、この検知は下げない", ", never lowered for this rule");
}

/* ---- the sum */

static const struct endpoint *more_important(const struct endpoint *a, const struct endpoint *b)
{
	if (!a || !b)
		return a ? a : b;
	return b->impact > a->impact ? b : a;
}

static bool is_stranger(const struct endpoint *e)
{
	return e && e->known && e->registered == REGISTERED_NO;
}

void severity_of(const struct severity_weights *w, const struct finding *f, struct severity *out)
{
	static const struct endpoint nobody = {.usage = "", .use_case = ""};
	const struct endpoint *src = f->event->src, *dest = f->event->dest, *e = more_important(src, dest);
	unsigned src_zone = src ? src->criticality : 0, dest_zone = dest ? dest->criticality : 0;

	e = e ? e : &nobody;
	*out = (struct severity){.base = bases[f->level],
				 .of = e,
				 .impact_level = e->impact,
				 .criticality = (uint8_t)(src_zone > dest_zone ? src_zone : dest_zone),
				 .adjust = is_stranger(src) || is_stranger(dest) ? UNREGISTERED_ADDS : 0,
				 .bcp = e->impact == IMPACT_HIGH};
	unsigned impact = impact_percent(w, e->impact), zone = zone_percent(out->criticality);
	if (f->rule->floor >= 0 && (int)f->level >= f->rule->floor) {
		out->floor = impact < 100 || zone < 100;
		impact = impact < 100 ? 100 : impact;
		zone = zone < 100 ? 100 : zone;
	}
	out->impact = impact / 100.0;
	out->zone = zone / 100.0;
	unsigned score = (out->base * impact * zone + 5000) / 10000 + (unsigned)out->adjust;
	out->final = score > SCORE_MAX ? SCORE_MAX : score;
	out->level = level_of(out->final);
}
