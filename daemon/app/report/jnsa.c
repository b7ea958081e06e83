/* JNSA's thirteen entries, one by one: what may come that way, what was seen of it, what cannot be seen. */
#include <string.h>

#include "app/alert_text.h"
#include "app/report/jnsa.h"

enum { EXAMPLES = 20, DEVICES = 8 };

/* The most urgent alerts of an entry: who is in them, and what the first of them says. */
struct examples {
	const char *devices[DEVICES];
	unsigned n_devices, read;
	struct alert_texts first;
};

static void add_device(struct report *r, struct examples *x, const char *name)
{
	if (strcmp(name, "255.255.255.255") == 0)
		return;
	for (unsigned i = 0; i < x->n_devices; i++) {
		if (strcmp(x->devices[i], name) == 0)
			return;
	}
	if (name[0] && x->n_devices < DEVICES)
		x->devices[x->n_devices++] = doc_keep(&r->doc, name);
}

static const char *of_entry(struct report *r, const struct jnsa_found *f, const char *what)
{
	return doc_format(&r->doc,
			  "SELECT %s FROM alerts WHERE last_seen >= ?1 AND first_seen < ?2 AND rule_id IN (%s)", what,
			  f->rules);
}

static void read_examples(struct report *r, const struct jnsa_found *f, struct examples *x)
{
	const char *sql = doc_format(&r->doc, "%s ORDER BY level DESC, last_seen DESC, alert_id LIMIT %d",
				     of_entry(r, f, "alert_id"), EXAMPLES);
	sqlite3_stmt *s = report_query(r, IN_ALERTS, sql);

	*x = (struct examples){.n_devices = 0};
	while (report_step(r, s)) {
		struct alert_texts e;
		report_alert_texts(r, report_text(s, 0), &e);
		if (x->read++ == 0)
			x->first = e;
		add_device(r, x, e.from);
		add_device(r, x, e.to);
	}
}

static void put_examples(struct report *r, const struct jnsa_found *f)
{
	struct doc *d = &r->doc;
	struct examples x;
	const char *names = "";

	read_examples(r, f, &x);
	for (unsigned i = 0; i < x.n_devices; i++)
		names = doc_format(d, "%s%s%s", names, i ? say(W_JNSA_BETWEEN) : "", x.devices[i]);
	doc_paragraph(d, doc_format(d, say(W_JNSA_INVOLVED), names));
	doc_paragraph(d, doc_format(d, say(W_JNSA_EXAMPLE), x.first.title));
	if (x.first.action[0])
		doc_paragraph(d, doc_format(d, say(W_JNSA_ACTION), x.first.action));
}

static void put_entry(struct report *r, int i, const struct jnsa_found *f)
{
	const struct jnsa_entry *e = &jnsa_entries[i];
	struct doc *d = &r->doc;

	doc_heading(d, 2, doc_format(d, "%d. %s", i + 1, say(e->name)));
	doc_paragraph(d, doc_format(d, say(W_JNSA_RISKS), say(e->event), say(e->risk)));
	doc_number(d, doc_format(d, "%d.alerts", i + 1), say(W_JNSA_ALERTS), f->alerts, say(W_REPORT_ALERTS),
		   f->worst >= LEVEL_HIGH ? TONE_BAD
		   : f->alerts > 0        ? TONE_NOTICE
					  : TONE_PLAIN,
		   report_how_sql(r, IN_ALERTS, of_entry(r, f, "count(*)")));
	doc_number(d, doc_format(d, "%d.open", i + 1), say(W_JNSA_OPEN), f->open, say(W_REPORT_ALERTS),
		   f->open > 0 ? TONE_NOTICE : TONE_PLAIN,
		   report_how_sql(r, IN_ALERTS, doc_format(d, "%s AND state = 'open'", of_entry(r, f, "count(*)"))));
	doc_number(d, doc_format(d, "%d.critical", i + 1), say(W_JNSA_HIGH),
		   report_number(r, IN_ALERTS, doc_format(d, "%s AND level >= 3", of_entry(r, f, "count(*)"))),
		   say(W_REPORT_ALERTS), f->worst >= LEVEL_HIGH ? TONE_BAD : TONE_PLAIN,
		   report_how_sql(r, IN_ALERTS, doc_format(d, "%s AND level >= 3", of_entry(r, f, "count(*)"))));
	if (f->alerts > 0) {
		doc_words(d, doc_format(d, "%d.worst", i + 1), say(W_JNSA_WORST),
			  alert_level_word((enum alert_level)f->worst), f->worst >= LEVEL_HIGH ? TONE_BAD : TONE_PLAIN,
			  report_how_sql(r, IN_ALERTS, of_entry(r, f, "max(level)")));
		put_examples(r, f);
	} else {
		doc_paragraph(d, say(e->sight == JNSA_INDIRECT ? W_JNSA_NO_TRACE : W_JNSA_NONE));
	}
	doc_paragraph(d, doc_format(d, say(W_JNSA_CANNOT), say(e->unseen)));
}

void report_jnsa(struct report *r)
{
	struct doc *d = &r->doc;
	struct jnsa_found found[JNSA_ENTRIES];
	struct coverage k = report_coverage(r);

	d->commands_last = true;
	report_put_title(r, say(W_JNSA_TITLE));
	doc_paragraph(d, say(W_JNSA_ABOUT));
	doc_warning(d, say(W_JNSA_CONFIDENCE));
	report_put_watched(r, &k);
	if (k.frames <= 0)
		doc_warning(d, say(W_REPORT_NOTHING_SEEN));
	jnsa_count(r, found);
	report_put_jnsa(r, found);
	doc_break(d);
	for (int i = 0; i < JNSA_ENTRIES && !r->err; i++) {
		put_entry(r, i, &found[i]);
		if (r->progress)
			r->progress(10 + 75 * (unsigned)(i + 1) / JNSA_ENTRIES, say(W_REPORT_READING));
	}
	report_put_end(r);
}
