#include "app/asset_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/observed_words.h"
#include "app/role_words.h"
#include "app/zone_word.h"
#include "base/text.h"
#include "ledger/audit.h"
#include "ledger/kinds.h"
#include "ledger/ledger.h"

enum { LINES_MAX = 100000 };

static void keep(void *ctx, const char *json)
{
	json_t *object = json_loads(json, 0, NULL);

	if (object && json_array_size(ctx) < LINES_MAX)
		json_array_append_new(ctx, object);
	else
		json_decref(object);
}

static void line(enum word what, const char *text)
{
	char clean[1024];

	if (!text || !text[0])
		return;
	text_printable(span_str(text), clean, sizeof(clean), 0);
	printf("  %s: %s\n", say(what), clean);
}

static void list_line(enum word what, const json_t *asset, const char *key)
{
	char buf[1024];

	line(what, json_join(json_node(asset, key), " ", buf, sizeof(buf)));
}

static void print_head(const json_t *a)
{
	char title[300], when[64], roles[512], words[512];

	snprintf(title, sizeof(title), "%s %s", json_at(a, "asset_id"), json_at(a, "name"));
	char clean[512];
	text_printable(span_str(title), clean, sizeof(clean), 0);
	printf("%s\n", clean);
	list_line(W_COL_IP, a, "ip");
	list_line(W_SHOW_FORMER, a, "ip_former");
	list_line(W_COL_MAC, a, "mac");
	list_line(W_SHOW_VIRTUAL, a, "mac_virtual");
	list_line(W_SHOW_LOCAL, a, "mac_local");
	line(W_COL_VENDOR, json_at(a, "vendor"));
	line(W_COL_ZONE, zone_word_and_id(json_at(a, "zone"), words, sizeof(words)));
	line(W_COL_LEVEL, json_at(a, "purdue"));
	line(W_COL_ROLE, role_words(json_join(json_node(a, "roles"), " ", roles, sizeof(roles)), words, sizeof(words)));
	list_line(W_COL_PROTOCOLS, a, "protocols");
	line(W_SHOW_GATEWAY, json_at(a, "gateway"));
	list_line(W_SHOW_NAT, a, "nat_suspected");
	const json_t *r = json_node(a, "registered");
	line(W_COL_REGISTERED, json_is_true(r) ? say(W_YES) : json_is_false(r) ? say(W_NO) : say(W_UNSURE));
	line(W_SHOW_PHASE, kinds_word(KINDS_OF_PHASE, json_at(a, "phase"), words_japanese()));
	line(W_SHOW_CONTRADICTS, observed_attr_words(json_join(json_node(a, "contradicts"), " ", roles, sizeof(roles)), words,
						     sizeof(words)));
	line(W_SHOW_FIRST, local_time(json_at(a, "first_seen"), when, sizeof(when)));
	line(W_SHOW_LAST, local_time(json_at(a, "last_seen"), when, sizeof(when)));
}

static const char *decision_word(const char *verb)
{
	static const struct token_word words[] = {{"merge", W_DECISION_MERGE}, {"split", W_DECISION_SPLIT}};
	const char *word = SAY_TOKEN(words, verb);

	return word ? word : verb;
}

struct column {
	enum word title;
	const char *key;
	bool is_time;
};

static void print_rows(enum word title, const json_t *rows, const struct column *columns, size_t n)
{
	struct text_table t = {0};
	char buf[128];
	size_t i;
	json_t *row;

	if (json_array_size(rows) == 0)
		return;
	printf("\n%s (%zu)\n", say(title), json_array_size(rows));
	for (i = 0; i < n; i++)
		text_table_column(&t, say(columns[i].title), 48);
	json_array_foreach((json_t *)(uintptr_t)rows, i, row)
	{
		for (size_t k = 0; k < n; k++) {
			const json_t *v = json_node(row, columns[k].key);
			const char *text = json_at(row, columns[k].key);
			if (json_is_integer(v)) {
				snprintf(buf, sizeof(buf), "%" JSON_INTEGER_FORMAT, json_integer_value(v));
				text = buf;
			} else if (json_is_true(v)) {
				text = say(W_YES);
			} else if (columns[k].is_time) {
				text = local_time(text, buf, sizeof(buf));
			} else if (columns[k].title == W_SHOW_ATTR) {
				text = observed_attr_word(text);
			} else if (columns[k].title == W_SHOW_SOURCE) {
				text = observed_source_word(text, buf, sizeof(buf));
			} else if (columns[k].title == W_SHOW_VALUE || columns[k].title == W_SHOW_PREV) {
				text = observed_value_word(json_at(row, "attr"), text, buf, sizeof(buf));
			} else if (columns[k].title == W_SHOW_DECIDED) {
				text = decision_word(text);
			}
			text_table_cell(&t, text);
		}
	}
	text_table_print(&t, stdout, "  ");
	text_table_free(&t);
}

static void print_page(const json_t *page)
{
	static const struct column evidence[] = {{W_SHOW_ATTR, "attr", false},       {W_SHOW_VALUE, "value", false},
						 {W_SHOW_PREV, "prev", false},       {W_SHOW_SOURCE, "proto", false},
						 {W_SHOW_SURE, "confidence", false}, {W_SHOW_FIRST, "pkt_time", true},
						 {W_SHOW_LAST, "last_seen", true}};
	static const struct column changes[] = {{W_COL_TIME, "time", true},
						{W_SHOW_ATTR, "attr", false},
						{W_SHOW_VALUE, "value", false},
						{W_SHOW_PREV, "prev", false},
						{W_SHOW_SOURCE, "proto", false}};
	static const struct column decisions[] = {{W_SHOW_NO, "no", false},         {W_COL_TIME, "time", true},
						  {W_SHOW_DECIDED, "verb", false},  {W_SHOW_WHO, "who", false},
						  {W_COL_FROM, "from", false},      {W_COL_TO, "to", false},
						  {W_SHOW_REASON, "reason", false}, {W_SHOW_UNDONE, "undone", false}};
	static const struct column audit[] = {{W_COL_TIME, "at", true},
					      {W_SHOW_WHO, "who", false},
					      {W_SHOW_WHAT, "verb", false},
					      {W_SHOW_REASON, "reason", false}};
	static const struct column links[] = {{W_COL_FROM, "src.name", false},     {W_COL_TO, "dest.name", false},
					      {W_COL_PROTOCOL, "protocol", false}, {W_COL_PORT, "port", false},
					      {W_COL_PACKETS, "packets", false},   {W_SHOW_FIRST, "first_seen", true},
					      {W_SHOW_LAST, "last_seen", true}};

	print_head(page);
	print_rows(W_SHOW_EVIDENCE, json_node(page, "evidence"), evidence, sizeof(evidence) / sizeof(evidence[0]));
	print_rows(W_SHOW_CHANGES, json_node(page, "changes"), changes, sizeof(changes) / sizeof(changes[0]));
	print_rows(W_SHOW_DECISIONS, json_node(page, "decisions"), decisions, sizeof(decisions) / sizeof(decisions[0]));
	print_rows(W_SHOW_AUDIT, json_node(page, "audit"), audit, sizeof(audit) / sizeof(audit[0]));
	print_rows(W_SHOW_LINKS, json_node(page, "conversations"), links, sizeof(links) / sizeof(links[0]));
}

json_t *asset_page(const char *state, const char *id, int *err, struct complaint *c)
{
	char now[24], object[40], *end = NULL;
	uint64_t no = id[0] == 'A' ? strtoull(id + 1, &end, 10) : 0;

	*err = 0;
	if (!no || *end)
		return NULL;
	no = ledger_merged_into(state, no);
	snprintf(now, sizeof(now), "A%06" PRIu64, no);
	snprintf(object, sizeof(object), "asset:%s", now);
	struct ledger_filter f = {.asset_id = now, .purdue = PURDUE_UNKNOWN, .registered = -1, .evidence = true};
	json_t *assets = json_array(), *changes = json_array(), *decisions = json_array(), *audit = json_array(),
	       *links = json_array();
	*err = ledger_each_asset(state, &f, keep, assets, c);
	if (!*err)
		*err = ledger_each_change(state, no, keep, changes, c);
	if (!*err)
		*err = ledger_each_decision(state, no, keep, decisions, c);
	if (!*err)
		*err = audit_each(state, &(struct audit_filter){.object = object}, keep, audit, c);
	if (!*err)
		*err = ledger_each_link(state, &f, keep, links, c);
	json_t *page = *err ? NULL : json_incref(json_array_get(assets, 0));
	if (page) {
		json_object_set(page, "changes", changes);
		json_object_set(page, "decisions", decisions);
		json_object_set(page, "audit", audit);
		json_object_set(page, "conversations", links);
	}
	json_decref(assets);
	json_decref(changes);
	json_decref(decisions);
	json_decref(audit);
	json_decref(links);
	return page;
}

int asset_show(const char *state_option, const char *config, const char *id, bool as_json)
{
	struct complaint c = {""};
	int err = 0;
	char *state = command_state(state_option, config, &c, &err);

	if (!state)
		return command_failed(err, &c);
	json_t *page = asset_page(state, id, &err, &c);
	free(state);
	if (!page && err)
		return command_failed(err, &c);
	if (!page) {
		command_tell(stderr, say(W_AMEND_UNKNOWN), id);
		return EXIT_INPUT;
	}
	if (as_json) {
		json_dumpf(page, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		print_page(page);
	}
	json_decref(page);
	return EXIT_DONE;
}
