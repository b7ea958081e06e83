#include "app/drill_show.h"

#include <stdio.h>
#include <string.h>

#include "alert/drill_scenarios.h"
#include "app/alert_text.h"
#include "base/text.h"

static double number_at(const json_t *o, const char *path)
{
	return json_number_value(json_node(o, path));
}

static bool has(const json_t *o, const char *path)
{
	const json_t *node = json_node(o, path);

	return node && !json_is_null(node);
}

const char *drill_title(const json_t *drill)
{
	struct drill_scenario of;
	const char *title = json_at(drill, "title");

	if (title[0])
		return title;
	if (!drill_scenario_find(json_at(drill, "scenario"), &of))
		return json_at(drill, "scenario");
	return words_japanese() ? of.title_ja : of.title_en;
}

/* ---- the list */

/* "2/3": so many of its alerts have @what. */
static const char *share(const json_t *drill, const char *what, char *buf, size_t size)
{
	const json_t *alerts = json_node(drill, "alerts"), *alert;
	size_t i, n = 0;

	json_array_foreach(alerts, i, alert)
	{
		n += has(alert, what);
	}
	snprintf(buf, size, "%zu/%zu", n, json_array_size(alerts));
	return buf;
}

void drill_columns(struct text_table *t)
{
	text_table_column(t, "id", 0);
	text_table_column(t, say(W_COL_SCENARIO), 0);
	text_table_column(t, say(W_DRILL_TITLE), 40);
	text_table_column(t, say(W_COL_STARTED), 0);
	text_table_column(t, say(W_COL_ENDED), 0);
	text_table_column(t, say(W_COL_STARTED_BY), 24);
	text_table_column(t, say(W_COL_ACKED), 0);
	text_table_column(t, say(W_COL_CLOSED), 0);
}

void drill_row(struct text_table *t, const json_t *drill)
{
	char when[40], text[32];
	bool ended = has(drill, "ended");

	text_table_cell(t, json_at(drill, "drill"));
	text_table_cell(t, json_at(drill, "scenario"));
	text_table_cell(t, drill_title(drill));
	text_table_cell(t, local_time(json_at(drill, "started"), when, sizeof(when)));
	text_table_cell(t, ended ? local_time(json_at(drill, "ended"), when, sizeof(when)) : say(W_DRILL_UNDER_WAY));
	text_table_cell(t, json_at(drill, "by"));
	text_table_cell(t, share(drill, "acked", text, sizeof(text)));
	text_table_cell(t, share(drill, "closed", text, sizeof(text)));
}

/* ---- one of them */

static void line(const char *label, const char *text)
{
	char plain[2048];

	if (!text[0])
		return;
	text_printable(span_str(text), plain, sizeof(plain), 0);
	printf("  %s: %s\n", label, plain);
}

static void print_head(const json_t *drill)
{
	char title[512], when[40], text[512];
	bool ended = has(drill, "ended"), alone = strcmp(json_at(drill, "ended_by"), "sekisho") == 0;

	text_printable(span_str(drill_title(drill)), title, sizeof(title), 0);
	printf("%s  %s  (%s)%s%s\n", json_at(drill, "drill"), title, json_at(drill, "scenario"), ended ? "" : "  ",
	       ended ? "" : say(W_DRILL_UNDER_WAY));
	snprintf(text, sizeof(text), "%s  %s", local_time(json_at(drill, "started"), when, sizeof(when)),
		 json_at(drill, "by"));
	line(say(W_COL_STARTED), text);
	snprintf(text, sizeof(text), "%s  %s", local_time(json_at(drill, "ended"), when, sizeof(when)),
		 alone ? say(W_DRILL_BY_ITSELF) : json_at(drill, "ended_by"));
	line(say(W_COL_ENDED), ended ? text : "");
	line(say(W_DRILL_NOTE), json_at(drill, "note"));
	line(say(W_DRILL_REMARK), json_at(drill, "remark"));
}

/* "2.5 min  Sato (in time: 5 min)". */
static const char *reaction(const json_t *drill, const json_t *alert, const char *did, const char *target, char *buf,
			    size_t size)
{
	char seconds[32], by[32];

	if (!has(alert, did)) {
		snprintf(buf, size, "%s", say(has(drill, "ended") ? W_DRILL_NOBODY : W_NONE_YET));
		return buf;
	}
	snprintf(seconds, sizeof(seconds), "%s_seconds", did);
	snprintf(by, sizeof(by), "%s_by", did);
	double took = number_at(alert, seconds), minutes = took / 60;
	bool soon = minutes < 1;
	size_t len = (size_t)snprintf(buf, size, say(soon ? W_DRILL_REACTION_S : W_DRILL_REACTION),
				      soon ? took : minutes, json_at(alert, by));
	if (has(alert, target) && len < size)
		snprintf(buf + len, size - len, say(W_DRILL_AGAINST),
			 say(minutes <= number_at(alert, target) ? W_DRILL_IN_TIME : W_DRILL_LATE),
			 (long long)number_at(alert, target));
	return buf;
}

static void print_reactions(const json_t *drill)
{
	const json_t *alerts = json_node(drill, "alerts"), *alert;
	struct text_table t = {0};
	enum alert_level level;
	char when[40], text[512];
	size_t i;

	text_table_column(&t, say(W_COL_TIME), 0);
	text_table_column(&t, say(W_COL_LEVEL), 0);
	text_table_column(&t, say(W_COL_TITLE), 0);
	text_table_column(&t, say(W_COL_ACKED), 0);
	text_table_column(&t, say(W_COL_CLOSED), 0);
	text_table_column(&t, "alert_id", 0);
	json_array_foreach(alerts, i, alert)
	{
		level = LEVEL_INFO;
		(void)alert_level_parse(json_at(alert, "level"), &level);
		text_table_cell(&t, local_time(json_at(alert, "at"), when, sizeof(when)));
		text_table_cell(&t, alert_level_word(level));
		text_table_cell(&t, json_at(alert, words_japanese() ? "title_ja" : "title_en"));
		text_table_cell(&t, reaction(drill, alert, "acked", "ack_minutes", text, sizeof(text)));
		text_table_cell(&t, reaction(drill, alert, "closed", "close_minutes", text, sizeof(text)));
		text_table_cell(&t, json_at(alert, "alert_id"));
	}
	text_table_print(&t, stdout, "  ");
	text_table_free(&t);
}

static const char *delivery(const json_t *output, char *buf, size_t size)
{
	if (!json_is_true(json_node(output, "delivered")))
		snprintf(buf, size, "%s", say(W_DRILL_NOT_DELIVERED));
	else if (has(output, "seconds"))
		snprintf(buf, size, say(W_DRILL_DELIVERED_AFTER), number_at(output, "seconds"));
	else
		snprintf(buf, size, "%s", say(W_DRILL_DELIVERED));
	return buf;
}

/* @return receivers that there are. */
static size_t print_deliveries(const json_t *drill)
{
	const json_t *alerts = json_node(drill, "alerts"), *alert, *output;
	struct text_table t = {0};
	char when[40], text[128];
	size_t i, k, n = 0;

	text_table_column(&t, say(W_COL_TIME), 0);
	text_table_column(&t, say(W_COL_RECEIVER_HAS), 40);
	text_table_column(&t, "", 0);
	json_array_foreach(alerts, i, alert)
	{
		json_array_foreach(json_node(alert, "outputs"), k, output)
		{
			n++;
			text_table_cell(&t, local_time(json_at(alert, "at"), when, sizeof(when)));
			text_table_cell(&t, json_at(output, "name"));
			text_table_cell(&t, delivery(output, text, sizeof(text)));
		}
	}
	if (n > 0)
		text_table_print(&t, stdout, "  ");
	text_table_free(&t);
	return n;
}

void drill_print(const json_t *drill)
{
	print_head(drill);
	if (json_array_size(json_node(drill, "alerts")) == 0) {
		printf("  %s", say(W_DRILL_NOTHING_YET));
		return;
	}
	print_reactions(drill);
	if (print_deliveries(drill) == 0)
		printf("  %s", say(W_DRILL_NO_RECEIVER));
}
