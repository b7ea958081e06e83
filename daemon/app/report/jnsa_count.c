#include <stdlib.h>
#include <string.h>

#include "app/alert_text.h"
#include "app/report/jnsa.h"

#define ENTRY(n, sight)                                                                                                \
	{                                                                                                              \
		W_JNSA_##n, W_JNSA_EVENT_##n, W_JNSA_RISK_##n, W_JNSA_UNSEEN_##n, sight                                \
	}

const struct jnsa_entry jnsa_entries[JNSA_ENTRIES] = {
    ENTRY(1, JNSA_INDIRECT), ENTRY(2, JNSA_SEEN),  ENTRY(3, JNSA_SEEN),  ENTRY(4, JNSA_SEEN),    ENTRY(5, JNSA_SEEN),
    ENTRY(6, JNSA_SEEN),     ENTRY(7, JNSA_SEEN),  ENTRY(8, JNSA_SEEN),  ENTRY(9, JNSA_IN_PART), ENTRY(10, JNSA_SEEN),
    ENTRY(11, JNSA_SEEN),    ENTRY(12, JNSA_SEEN), ENTRY(13, JNSA_SEEN),
};

/* Quotes within texts are escaped in JSON: no name of a device looks like this key. */
unsigned jnsa_of_body(const char *body, size_t size)
{
	static const char key[] = "\"jnsa\":[";
	const char *end = body + size, *p = memmem(body, size, key, strlen(key));
	unsigned set = 0;

	for (p = p ? p + strlen(key) : end; p < end && *p != ']'; p++) {
		unsigned n = 0;
		while (p < end && *p >= '0' && *p <= '9' && n < 100)
			n = 10 * n + (unsigned)(*p++ - '0');
		if (n >= 1 && n <= JNSA_ENTRIES)
			set |= 1U << (n - 1);
		if (p == end || *p == ']')
			break;
	}
	return set;
}

static void add_rule(struct report *r, struct jnsa_found *f, sqlite3_stmt *s)
{
	int worst = sqlite3_column_int(s, 3);

	f->alerts += sqlite3_column_double(s, 1);
	f->open += sqlite3_column_double(s, 2);
	f->worst = worst > f->worst ? worst : f->worst;
	f->rules = doc_format(&r->doc, "%s%s'%s'", f->rules, f->rules[0] ? ", " : "", report_text(s, 0));
}

void jnsa_count(struct report *r, struct jnsa_found found[static JNSA_ENTRIES])
{
	for (int i = 0; i < JNSA_ENTRIES; i++)
		found[i] = (struct jnsa_found){.worst = -1, .rules = ""};
	sqlite3_stmt *s = report_query(
	    r, IN_ALERTS,
	    "SELECT a.rule_id, a.n, a.open, a.worst, b.text FROM (SELECT rule_id, count(*) AS n, sum(state "
	    "= 'open') AS open, max(level) AS worst, max(no) AS last FROM alerts WHERE last_seen >= ?1 AND "
	    "first_seen < ?2 GROUP BY rule_id) a LEFT JOIN bodies b ON b.no = a.last ORDER BY 1");
	while (report_step(r, s)) {
		unsigned set = jnsa_of_body(report_text(s, 4), (size_t)sqlite3_column_bytes(s, 4));
		for (int i = 0; i < JNSA_ENTRIES; i++) {
			if (set & 1U << i)
				add_rule(r, &found[i], s);
		}
	}
	for (int i = 0; i < JNSA_ENTRIES; i++)
		found[i].rules = found[i].rules[0] ? found[i].rules : "''";
}

void report_put_jnsa(struct report *r, const struct jnsa_found found[static JNSA_ENTRIES])
{
	struct doc *d = &r->doc;

	doc_table(
	    d, "entries", say(W_JNSA_TABLE),
	    report_how_sql(r, IN_ALERTS,
			   "SELECT rule_id, count(*), max(level) FROM alerts WHERE last_seen >= ?1 AND first_seen < ?2 "
			   "GROUP BY rule_id"));
	doc_column(d, "no", "No.", true, 0);
	doc_column(d, "entry", say(W_JNSA_ENTRY), false, 30);
	doc_column(d, "alerts", say(W_COL_ALERTS), true, 0);
	doc_column(d, "open", say(W_JNSA_OPEN), true, 0);
	doc_column(d, "worst", say(W_JNSA_WORST), false, 0);
	doc_column(d, "unseen", say(W_JNSA_SIGHT), false, 44);
	for (int i = 0; i < JNSA_ENTRIES; i++) {
		const struct jnsa_entry *e = &jnsa_entries[i];
		doc_cell_number(d, i + 1);
		doc_cell(d, say(e->name));
		doc_cell_number(d, found[i].alerts);
		doc_cell_number(d, found[i].open);
		doc_cell_tone(d, found[i].worst < 0 ? "-" : alert_level_word((enum alert_level)found[i].worst),
			      found[i].worst >= LEVEL_HIGH ? TONE_BAD : TONE_PLAIN);
		doc_cell_tone(d,
			      say(e->sight == JNSA_INDIRECT  ? W_JNSA_NO_MEANS
				  : e->sight == JNSA_IN_PART ? W_JNSA_NO_RADIO
							     : W_JNSA_BY_MIRROR),
			      e->sight == JNSA_SEEN ? TONE_PLAIN : TONE_NOTICE);
	}
}
