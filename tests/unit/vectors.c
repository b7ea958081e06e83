#include "vectors.h"

#include <glob.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "run_suite.h"

enum {
	NEIGHBOURS = 2,           /* segments of a golden capture before and behind the one that is cut */
	NEIGHBOURS_BYTES = 12288, /* in captures of more payload than this it is one */
	NEAR_ENDS = 96, STRIDE = 5, /* next_place() */
	ROUNDS_MAX = 64,          /* a header that is none may ask for some bytes in vain */
};

/* How bytes of a run go missing, and whether the dissector is told of the gap. */
enum loss { LOSS_UNTOLD, LOSS_END, LOSS_HALF, LOSSES };

static struct harness h;
static const struct vector_table *table;
static glob_t captures;

static void begin(const struct dissector *d)
{
	harness_init(&h, d);
	if (table->begin)
		table->begin(&h, d);
}

static void finish(void)
{
	if (table->finish)
		table->finish(&h);
	else
		harness_finish(&h);
	ck_assert_msg(!table->hidden || !strstr(harness_lines(&h), table->hidden), "a secret is told\n%.3500s",
		      harness_lines(&h));
}

/* A datagram is whole or not there: what is read of it does not wait for the next one. */
static void say(const struct harness_run *r, size_t from, size_t len, bool datagrams)
{
	if (datagrams && h.d->frame)
		harness_framed(&h, r->dir, r->bytes + from, len);
	else if (datagrams)
		harness_datagram(&h, r->dir, r->bytes + from, len);
	else
		harness_stream(&h, r->dir, r->bytes + from, len);
}

static const char whole_transaction[] = "{\"complete\":true";

/* ---- one script, in all ways */

/* A transaction told as complete is two messages, one whose other half is missing one. */
struct tally {
	unsigned messages, other_records;
};

struct piece {
	const char *name;
	const struct harness_script *s;
	const char *expect; /* lines told of the whole */
	char *known;        /* the same, without what messages before tell */
	bool datagrams, loose, from_capture;
	bool broken;           /* anomalies are told of the whole */
	bool for_good;         /* what is lost of it changes what the rest of the flow is */
	unsigned transactions; /* told of the whole as complete */
	struct tally of_whole;
};

/* The end of a JSON value. */
static char *behind(char *at)
{
	unsigned depth = 0;

	if (*at == '"') {
		for (at++; *at != '"'; at++)
			at += *at == '\\';
		return at + 1;
	}
	for (; *at && (depth > 0 || !strchr(",}]", *at)); at++) {
		if (*at == '"')
			at = behind(at) - 1;
		else
			depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
	}
	return at;
}

static void take_out(char *line, const char *name)
{
	char key[64];

	snprintf(key, sizeof(key), "\"%s\":", name);
	for (char *at; (at = strstr(line, key));) {
		char *end = behind(at + strlen(key));
		if (*end == ',')
			end++;
		else if (at[-1] == ',')
			at--;
		memmove(at, end, strlen(end) + 1);
	}
}

/* The records of @lines without what is known from messages before only; memory of malloc(). */
static char *bare(const char *lines)
{
	char *copy = strdup(lines), *out = calloc(1, strlen(lines) + 2), *rest = copy, *line, *end = out;

	while ((line = strsep(&rest, "\n"))) {
		for (const char *const *key = table->from_before; key && *key; key++)
			take_out(line, *key);
		end = stpcpy(stpcpy(end, line), "\n");
	}
	free(copy);
	return out;
}

static struct tally count(void)
{
	unsigned whole = harness_count(&h, whole_transaction), half = harness_count(&h, "{\"complete\":false");

	return (struct tally){whole * 2 + half, h.events - h.anomalies - whole - half};
}

/* Bytes may be missing, but nothing is made up of those that are there. */
static void nothing_made_up(const struct piece *p, const char *how, unsigned run, size_t at)
{
	char *lines = bare(harness_lines(&h)), *rest = lines, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "{\"complete\":true", 16) == 0)
			ck_assert_msg(strstr(p->known, line) != NULL,
				      "%s, run %u %s at %zu: made up\n%.1000s\nof\n%.2500s", p->name, run, how, at,
				      line, p->known);
	}
	free(lines);
	ck_assert_msg(!table->anomaly_alone || h.anomalies == 0 || h.events == 1,
		      "%s, run %u %s at %zu: told what does not hold together\n%.3500s", p->name, run, how, at,
		      harness_lines(&h));
	struct tally n = count();
	ck_assert_msg(p->broken || (n.messages <= p->of_whole.messages && n.other_records <= p->of_whole.other_records),
		      "%s, run %u %s at %zu: more than of the whole\n%.1700s\nof\n%.1700s", p->name, run, how, at,
		      harness_lines(&h), p->expect);
}

static void the_same(const struct piece *p, const char *how, unsigned run, size_t at)
{
	ck_assert_msg(strcmp(harness_lines(&h), p->expect) == 0, "%s, run %u %s at %zu\nexpected\n%.1700sgot\n%.1700s",
		      p->name, run, how, at, p->expect, harness_lines(&h));
}

static void say_all(const struct piece *p)
{
	for (unsigned i = 0; i < p->s->n; i++) {
		harness_wait(&h, NS_PER_MS);
		say(&p->s->runs[i], 0, p->s->runs[i].len, p->datagrams);
	}
}

static void split(const struct piece *p, unsigned run, size_t at)
{
	harness_reset(&h);
	for (unsigned i = 0; i < p->s->n; i++) {
		const struct harness_run *r = &p->s->runs[i];
		size_t first = i == run ? at : r->len;
		harness_wait(&h, NS_PER_MS);
		say(r, 0, first, false);
		say(r, first, r->len - first, false);
	}
	finish();
	if (p->broken && p->from_capture)
		nothing_made_up(p, "split", run, at);
	else if (!p->loose)
		the_same(p, "split", run, at);
}

/* What is left of a PDU behind a gap is no PDU: it is passed over, and nothing is told of it. */
static void nothing_wrong_behind_a_gap(const char *how, const struct piece *p, unsigned run, size_t at)
{
	ck_assert_msg(table->tells_behind_gaps || h.anomalies == 0,
		      "%s, run %u %s at %zu: the rest is taken for something\n%.3500s", p->name, run, how, at,
		      harness_lines(&h));
}

/* After a gap the same conversation is had again: sooner or later it is read as if nothing had been. */
static void found_again(const char *how, const struct piece *p, unsigned run, size_t at)
{
	unsigned before, after = harness_count(&h, whole_transaction);
	unsigned rounds = ROUNDS_MAX;

	if (p->for_good)
		return;
	do {
		before = after;
		say_all(p);
		after = harness_count(&h, whole_transaction);
	} while (after - before < p->transactions && --rounds > 0);
	ck_assert_msg(after - before >= p->transactions, "%s, run %u %s at %zu: never found again\n%.3500s", p->name,
		      run, how, at, harness_lines(&h));
}

/* How many transactions are read of a piece of a capture that was had before, twice: its neighbours are missing. */
static unsigned had_again(const struct piece *p)
{
	say_all(p);
	unsigned before = harness_count(&h, whole_transaction);
	say_all(p);
	return harness_count(&h, whole_transaction) - before;
}

static void cut(const struct piece *p, unsigned run, size_t at, enum loss loss)
{
	static const char *const names[] = {"cut, untold,", "cut", "cut to half its rest"};

	harness_reset(&h);
	for (unsigned i = 0; i < p->s->n; i++) {
		const struct harness_run *r = &p->s->runs[i];
		harness_wait(&h, NS_PER_MS);
		say(r, 0, i == run ? at : r->len, p->datagrams);
		if (i != run || p->datagrams || loss == LOSS_UNTOLD)
			continue;
		size_t lost = loss == LOSS_END ? r->len - at : 1 + (r->len - at - 1) / 2;
		harness_gap(&h, r->dir, lost);
		say(r, at + lost, r->len - at - lost, false);
	}
	finish();
	if (!p->loose && (loss != LOSS_UNTOLD || p->datagrams))
		nothing_made_up(p, names[loss], run, at);
	if (!p->loose && loss != LOSS_UNTOLD && !p->broken && !p->datagrams) {
		nothing_wrong_behind_a_gap(names[loss], p, run, at);
		found_again(names[loss], p, run, at);
	}
}

/*
 * The place after @at where a run of @len bytes is to be split or cut: each byte of a vector; of a capture's segment
 * each near its ends, where the headers are, and every fifth between them, which comes by all alignments. With
 * SEKISHO_LONG each of them.
 */
static size_t next_place(const struct piece *p, size_t at, size_t len)
{
	bool each = !p->from_capture || getenv("SEKISHO_LONG");

	return each || at < NEAR_ENDS || at + NEAR_ENDS >= len ? at + 1 : at + STRIDE;
}

static void split_anywhere(const struct piece *p, unsigned run)
{
	size_t len = p->s->runs[run].len;

	for (size_t at = 1; !p->datagrams && at < len; at = next_place(p, at, len))
		split(p, run, at);
}

static void cut_anywhere(const struct piece *p, unsigned run)
{
	size_t len = p->s->runs[run].len;

	for (size_t at = 0; at < len; at = next_place(p, at, len)) {
		for (enum loss loss = LOSS_UNTOLD; loss < (p->datagrams ? LOSS_END : LOSSES); loss++)
			cut(p, run, at, loss);
	}
}

/* ---- the vectors */

struct reading {
	const struct vector *v;
	struct harness_script s;
	char *expect;
	struct piece p;
};

static const struct dissector *of_vector(const struct vector *v)
{
	return v->dissector ? v->dissector : table->dissector;
}

/* The script of a vector, played once as it stands. */
static void open_vector(struct reading *r, int i)
{
	const struct vector *v = &table->rows[i];
	const struct dissector *d = of_vector(v);

	*r = (struct reading){.v = v, .expect = harness_quotes(v->expect)};
	(table->read ? table->read : harness_script_read)(&r->s, v->script);
	begin(d);
	r->p = (struct piece){.name = v->name,
			      .s = &r->s,
			      .expect = r->expect,
			      .datagrams = !d->frame,
			      .loose = v->loose,
			      .for_good = v->for_good};
	say_all(&r->p);
	finish();
	r->p.known = bare(r->expect);
	r->p.broken = h.anomalies > 0;
	r->p.of_whole = count();
	r->p.transactions = harness_count(&h, whole_transaction);
}

static void close_vector(struct reading *r)
{
	harness_script_free(&r->s);
	free(r->p.known);
	free(r->expect);
	harness_deinit(&h);
}

START_TEST(vector_as_it_stands)
{
	struct reading r;

	open_vector(&r, _i);
	ck_assert_msg(strcmp(harness_lines(&h), r.expect) == 0, "%s (%s)\nexpected\n%.1700sgot\n%.1700s", r.v->name,
		      r.v->spec ? r.v->spec : "", r.expect, harness_lines(&h));
	close_vector(&r);
}
END_TEST

START_TEST(vector_split_anywhere)
{
	struct reading r;

	open_vector(&r, _i);
	for (unsigned run = 0; run < r.s.n; run++)
		split_anywhere(&r.p, run);
	close_vector(&r);
}
END_TEST

START_TEST(vector_byte_by_byte)
{
	struct reading r;

	open_vector(&r, _i);
	harness_reset(&h);
	for (unsigned i = 0; i < r.s.n && !r.p.datagrams; i++) {
		harness_wait(&h, NS_PER_MS);
		for (size_t at = 0; at < r.s.runs[i].len; at++)
			say(&r.s.runs[i], at, 1, false);
	}
	finish();
	if (!r.p.datagrams && !r.p.loose)
		the_same(&r.p, "byte by byte", 0, 0);
	close_vector(&r);
}
END_TEST

START_TEST(vector_cut_anywhere)
{
	struct reading r;

	open_vector(&r, _i);
	for (unsigned run = 0; run < r.s.n; run++)
		cut_anywhere(&r.p, run);
	close_vector(&r);
}
END_TEST

/* The capture starts in the middle of the first run: what is whole is found. */
START_TEST(vector_begins_anywhere)
{
	struct reading r;

	open_vector(&r, _i);
	for (size_t at = 1; at < r.s.runs[0].len && !r.p.datagrams; at++) {
		harness_reset(&h);
		harness_gap(&h, r.s.runs[0].dir, 0);
		for (unsigned i = 0; i < r.s.n; i++) {
			harness_wait(&h, NS_PER_MS);
			say(&r.s.runs[i], i == 0 ? at : 0, r.s.runs[i].len - (i == 0 ? at : 0), false);
		}
		finish();
		if (r.p.loose)
			continue;
		nothing_made_up(&r.p, "begun", 0, at);
		if (!r.p.broken)
			found_again("begun", &r.p, 0, at);
	}
	close_vector(&r);
}
END_TEST

/* ---- the golden captures */

static size_t neighbours_in(const struct golden_capture *g)
{
	size_t bytes = 0;

	for (size_t i = 0; i < g->n; i++) {
		for (size_t k = 0; k < g->flows[i].n; k++)
			bytes += g->flows[i].runs[k].run.len;
	}
	return bytes <= NEIGHBOURS_BYTES ? NEIGHBOURS : 1;
}

/*
 * The segments around number @at, up to where bytes are missing in the capture. @return where @at is among them. Behind
 * a datagram that is cut nothing follows: without numbers, the answer to what was lost is that to another.
 */
static unsigned neighbours(const struct golden_flow *f, size_t at, size_t most, struct harness_script *s)
{
	size_t from = at, to = at + 1;

	while (from > 0 && at - from < most && f->runs[from].lost_bytes == 0)
		from--;
	while (!f->datagrams && to < f->n && to - at <= most && f->runs[to].lost_bytes == 0)
		to++;
	s->n = 0;
	for (size_t i = from; i < to; i++)
		s->runs[s->n++] = f->runs[i].run;
	return (unsigned)(at - from);
}

/* Each segment among its neighbours, with which it makes a transaction. */
static void cut_flow(const struct golden_flow *f, const char *path, size_t most)
{
	struct harness_script s;

	begin(f->dissector);
	h.out.at.ip_proto = f->datagrams ? IPPROTO_UDP : IPPROTO_TCP;
	for (size_t at = 0; at < f->n; at++) {
		unsigned run = neighbours(f, at, most, &s);
		struct piece p = {.name = path, .s = &s, .datagrams = f->datagrams, .from_capture = true};
		harness_reset(&h);
		say_all(&p);
		finish();
		char *expect = strdup(harness_lines(&h));
		p.expect = expect;
		p.known = bare(expect);
		p.broken = h.anomalies > 0;
		p.of_whole = count();
		p.transactions = had_again(&p);
		h.no_copies = true;
		split_anywhere(&p, run);
		cut_anywhere(&p, run);
		h.no_copies = false;
		free(p.known);
		free(expect);
	}
	harness_deinit(&h);
}

static bool has_no_dissector(const char *path)
{
	char part[64];

	for (const char *const *name = table->golden_without; name && *name; name++) {
		snprintf(part, sizeof(part), "/%s/", *name);
		if (strstr(path, part))
			return true;
	}
	return false;
}

START_TEST(golden_split_and_cut_anywhere)
{
	const char *path = captures.gl_pathv[_i];
	struct golden_capture g;

	golden_capture_read(&g, path);
	ck_assert_msg((g.n > 0) != has_no_dissector(path), "%s: %zu conversations of protocols that we read", path,
		      g.n);
	for (size_t i = 0; i < g.n; i++)
		cut_flow(&g.flows[i], path, neighbours_in(&g));
	golden_capture_free(&g);
}
END_TEST

TCase *vectors_tcase(const struct vector_table *rows)
{
	TCase *t = tcase_create("vectors");
	int n = (int)rows->n;
	char pattern[256];

	table = rows;
	tcase_add_loop_test(t, vector_as_it_stands, 0, n);
	tcase_add_loop_test(t, vector_split_anywhere, 0, n);
	tcase_add_loop_test(t, vector_byte_by_byte, 0, n);
	tcase_add_loop_test(t, vector_cut_anywhere, 0, n);
	tcase_add_loop_test(t, vector_begins_anywhere, 0, n);
	if (!rows->golden)
		return t;
	snprintf(pattern, sizeof(pattern), "%s/*/input.pcap", rows->golden);
	if (glob(pattern, 0, NULL, &captures) != 0)
		abort();
	tcase_add_loop_test(t, golden_split_and_cut_anywhere, 0, (int)captures.gl_pathc);
	return t;
}

int vectors_run(Suite *s)
{
	int status = run_suite(s);

	globfree(&captures);
	return status;
}
