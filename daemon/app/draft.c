#include "app/draft.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "app/draft_devices.h"
#include "base/when.h"

enum { ADDRESSES_MAX = 12, LINES_MAX = 2000 };

/* ---- lines */

struct address_set {
	struct ip_addr ip[ADDRESSES_MAX];
	unsigned n;
	bool too_many;
};

static void add_address(struct address_set *s, const struct ip_addr *ip)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (ip_eq(&s->ip[i], ip))
			return;
	}
	if (s->n == ADDRESSES_MAX)
		s->too_many = true;
	else
		s->ip[s->n++] = *ip;
}

struct line {
	const char *from, *to, *protocol;
	unsigned classes; /* bit of each enum function_class; bit 0: any */
	struct address_set sources, dests;
	uint64_t count;
	int64_t first_ns, last_ns;
	const char *example_src, *example_dest;
	const struct survey_alert *near; /* first seen close to this, so a person must look twice */
};

static int by_address(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct ip_addr));
}

/* Appends to @buf of @size bytes; what does not fit is left out whole. */
static size_t put(char *buf, size_t size, size_t len, const char *text)
{
	size_t n = strlen(text);

	if (len + n >= size)
		return len;
	memcpy(buf + len, text, n + 1);
	return len + n;
}

static size_t put_addresses(char *buf, size_t size, size_t len, const char *key, struct address_set *s)
{
	char text[IP_TEXT_MAX];

	if (s->too_many || s->n == 0)
		return len;
	qsort(s->ip, s->n, sizeof(s->ip[0]), by_address);
	len = put(buf, size, len, ", ");
	len = put(buf, size, len, key);
	len = put(buf, size, len, ": [");
	for (unsigned i = 0; i < s->n; i++) {
		bool v6 = !ip_is_v4(&s->ip[i]);
		len = put(buf, size, len, i ? ", " : "");
		len = put(buf, size, len, v6 ? "\"" : "");
		len = put(buf, size, len, ip_format(&s->ip[i], text));
		len = put(buf, size, len, v6 ? "\"" : "");
	}
	return put(buf, size, len, "]");
}

static const char *line_text(struct line *l, char buf[static DRAFT_LINE_MAX])
{
	static const char *const names[] = {"any", "read", "write", "program", "admin"};
	size_t len = 0, n = 0;
	bool any = l->classes & 1u;

	len = put(buf, DRAFT_LINE_MAX, len, "- { from: ");
	len = put(buf, DRAFT_LINE_MAX, len, l->from);
	len = put(buf, DRAFT_LINE_MAX, len, ", to: ");
	len = put(buf, DRAFT_LINE_MAX, len, l->to);
	len = put(buf, DRAFT_LINE_MAX, len, ", protocol: ");
	len = put(buf, DRAFT_LINE_MAX, len, l->protocol);
	len = put(buf, DRAFT_LINE_MAX, len, any ? ", class: any" : ", class: [");
	for (unsigned i = CLASS_READ; i <= CLASS_ADMIN && !any; i++) {
		if (!(l->classes >> i & 1))
			continue;
		len = put(buf, DRAFT_LINE_MAX, len, n++ ? ", " : "");
		len = put(buf, DRAFT_LINE_MAX, len, names[i]);
	}
	len = put(buf, DRAFT_LINE_MAX, len, any ? "" : "]");
	len = put_addresses(buf, DRAFT_LINE_MAX - 40, len, "sources", &l->sources);
	len = put_addresses(buf, DRAFT_LINE_MAX - 40, len, "dests", &l->dests);
	put(buf, DRAFT_LINE_MAX, len, ", owner: \"?\", reason: \"?\" }");
	return buf;
}

static unsigned class_bit(const struct survey_row *r)
{
	return 1u << (r->key.func_class <= CLASS_ADMIN ? r->key.func_class : CLASS_NONE);
}

static void add_row(struct line *l, const struct survey_row *r)
{
	l->classes |= class_bit(r);
	add_address(&l->sources, &r->key.src_ip);
	add_address(&l->dests, &r->key.dest_ip);
	l->count += r->count;
	if (r->first_ns < l->first_ns)
		l->first_ns = r->first_ns;
	if (r->last_ns > l->last_ns)
		l->last_ns = r->last_ns;
}

static struct line line_of(const struct survey_row *r, const char *from, const char *to)
{
	return (struct line){.from = from,
			     .to = to,
			     .protocol = survey_protocol(r),
			     .first_ns = r->first_ns,
			     .last_ns = r->last_ns,
			     .example_src = r->src_name,
			     .example_dest = r->dest_name};
}

const char *draft_line_for_row(const struct survey_row *r, char buf[static DRAFT_LINE_MAX])
{
	struct line l = line_of(r, r->src_zone, r->dest_zone);

	add_row(&l, r);
	return line_text(&l, buf);
}

/* ---- many lines: joined where the ends' zones and the protocol are the same */

struct lines {
	struct line *line;
	size_t n;
	bool too_many;
};

static void join(struct lines *ls, const struct survey_row *r, const char *from, const char *to,
		 const struct survey_alert *near)
{
	struct line *l = NULL;

	for (size_t i = 0; i < ls->n && !l; i++) {
		struct line *o = &ls->line[i];
		if (strcmp(o->from, from) == 0 && strcmp(o->to, to) == 0 &&
		    strcmp(o->protocol, survey_protocol(r)) == 0 && (o->near != NULL) == (near != NULL))
			l = o;
	}
	if (!l && ls->n == LINES_MAX) {
		ls->too_many = true;
		return;
	}
	if (!l) {
		l = &ls->line[ls->n++];
		*l = line_of(r, from, to);
		l->near = near;
	}
	add_row(l, r);
}

static int by_ends(const void *a, const void *b)
{
	const struct line *p = a, *q = b;
	int order = strcmp(p->from, q->from);

	if (!order)
		order = strcmp(p->to, q->to);
	return order ? order : strcmp(p->protocol, q->protocol);
}

/* A name from the wire inside a comment: one line, nothing that ends it. */
static const char *comment_text(const char *text, char buf[static 64])
{
	size_t n = 0;

	for (; *text && n < 60; text++)
		buf[n++] = (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text;
	while (n > 0 && ((unsigned char)buf[n - 1] & 0xc0) == 0x80 && n >= 60) /* not half a character */
		n--;
	buf[n] = '\0';
	return buf;
}

static void print_lines(const struct survey *s, struct lines *ls, const char *indent, FILE *out)
{
	char yaml[DRAFT_LINE_MAX], first[WHEN_TEXT_MAX], last[WHEN_TEXT_MAX], src[64], dest[64];
	int offset_s = s->set->cfg.site.offset_s;

	qsort(ls->line, ls->n, sizeof(ls->line[0]), by_ends);
	for (size_t i = 0; i < ls->n; i++) {
		struct line *l = &ls->line[i];
		when_format_local(l->first_ns, offset_s, first);
		when_format_local(l->last_ns, offset_s, last);
		fprintf(out, "%s# %s -> %s%s: seen %llu time%s, %s to %s / %llu回\n", indent,
			comment_text(l->example_src, src), comment_text(l->example_dest, dest),
			l->sources.n > 1 || l->dests.n > 1 ? " ..." : "", (unsigned long long)l->count,
			l->count == 1 ? "" : "s", first, last, (unsigned long long)l->count);
		if (l->near)
			fprintf(out,
				"%s# first seen near the alert %s: look twice before you remove the # / "
				"警報 %s の前後に初めて見えた通信。よく確かめてから # を外す\n",
				indent, l->near->rule, l->near->rule);
		fprintf(out, "%s%s%s\n", indent, l->near ? "# " : "", line_text(l, yaml));
	}
	if (ls->too_many)
		fprintf(out, "%s# more than %d lines: the rest is left out / %d行を超えたため残りは省略\n", indent,
			LINES_MAX, LINES_MAX);
}

static bool lines_init(struct lines *ls)
{
	*ls = (struct lines){.line = calloc(LINES_MAX, sizeof(struct line))};
	return ls->line != NULL;
}

void draft_missing_lines(const struct survey *s, struct survey_row **rows, size_t n, FILE *out)
{
	struct lines ls;

	if (!lines_init(&ls))
		return;
	for (size_t i = 0; i < n; i++) {
		/* where the register forbids it, the register is what to change */
		if (rows[i]->conduit.verdict == CONDUIT_DENIED && rows[i]->conduit.why != CONDUIT_WHY_MAINTENANCE)
			join(&ls, rows[i], rows[i]->src_zone, rows[i]->dest_zone, NULL);
	}
	if (ls.n > 0) {
		fprintf(out,
			"\n# These lines under conduits: would allow what is denied; fill in owner and reason.\n"
			"# 次の行を conduits: に加えると許可される。owner（責任者）と reason（理由）を埋めること。\n");
		print_lines(s, &ls, "  ", out);
	}
	free(ls.line);
}

/* ---- a configuration */

static const struct survey_alert *alert_near(const struct survey *s, const struct survey_row *r)
{
	static const int64_t near_ns = 15 * 60 * NS_PER_S;

	for (unsigned i = 0; i < s->n_alerts; i++) {
		const struct survey_alert *a = &s->alerts[i];
		if (r->first_ns > a->first_ns - near_ns && r->first_ns < a->last_ns + near_ns)
			return a;
	}
	return NULL;
}

static void draft_conduits(struct survey *s, struct survey_row **rows, size_t n, const struct draft_devices *devices,
			   FILE *out)
{
	struct lines ls;
	size_t present = 0, silent = 0;

	if (!lines_init(&ls))
		return;
	for (size_t i = 0; i < n; i++) {
		const struct survey_row *r = rows[i];
		const char *from = draft_zone_of(devices, r->src_zone, &r->key.src_ip),
			   *to = draft_zone_of(devices, r->dest_zone, &r->key.dest_ip);
		if (r->conduit.verdict == CONDUIT_ALLOWED && r->conduit.line > 0)
			present++;
		else if (r->of_session)
			continue;
		else if (!r->answered)
			silent++;
		else if (strcmp(from, to) != 0 || r->key.func_class > CLASS_READ)
			join(&ls, r, from, to, alert_near(s, r));
	}
	fprintf(out,
		"\n# Between zones nothing is allowed but what stands here; inside a zone reading is. One line for "
		"each pair of zones and "
		"protocol.\n"
		"# ゾーン間は書いたものだけを許可する。ゾーン内は読み出しのみ可。ゾーンの組とプロトコルごとに1行。\n");
	if (present > 0)
		fprintf(out,
			"# %zu kinds of access are allowed by lines that you have already. / "
			"%zu種類の通信は既にある行が許可している。\n",
			present, present);
	if (silent > 0)
		fprintf(
		    out,
		    "# %zu were tried and never answered: left out. / 試みただけで応答のなかった%zu種類は含めない。\n",
		    silent, silent);
	if (ls.n == 0) {
		fprintf(out, "# conduits: nothing to add / 加えるものはない\n");
	} else {
		bool any = false;
		for (size_t i = 0; i < ls.n; i++)
			any |= !ls.line[i].near;
		fprintf(out, any ? "conduits:\n" : "conduits: []\n");
		print_lines(s, &ls, "  ", out);
	}
	free(ls.line);
}

void draft_config(struct survey *s, struct survey_row **rows, size_t n, const struct draft_devices *devices, FILE *out)
{
	char first[WHEN_TEXT_MAX], last[WHEN_TEXT_MAX];
	int offset_s = s->set->cfg.site.offset_s;

	when_format_local(s->first_ns, offset_s, first);
	when_format_local(s->last_ns, offset_s, last);
	fprintf(
	    out,
	    "# Drafted by sekisho learn from %llu frames, %s to %s. A proposal: a person has to confirm every line.\n"
	    "# sekisho learn が %llu フレーム（%s 〜 %s）から作った案。必ず人が1行ずつ確認すること。\n",
	    (unsigned long long)s->frames, first, last, (unsigned long long)s->frames, first, last);
	for (unsigned i = 0; i < s->n_alerts; i++) {
		when_format_local(s->alerts[i].first_ns, offset_s, first);
		fprintf(
		    out,
		    "# %s raised a high alert at %s: what was first seen within 15 minutes of it is commented out.\n"
		    "# %s に警報 %s が出たため、その前後15分に初めて見えた通信は # で外してある。\n",
		    s->alerts[i].rule, first, first, s->alerts[i].rule);
	}
	draft_zones(devices, out);
	draft_conduits(s, rows, n, devices, out);
}
