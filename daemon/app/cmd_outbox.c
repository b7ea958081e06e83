/* sekisho outbox: what waits for whom, and telling it again. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "alert/group.h"
#include "alert/outbox.h"
#include "app/command.h"
#include "app/person.h"
#include "app/until.h"
#include "base/json.h"
#include "base/when.h"
#include "ledger/audit.h"

enum { SINKS_MAX = 64, JSON_BYTES = 1 << 16 };

struct outbox_options {
	const char *state, *config, *by, *reason, *from;
	bool json;
};

static int parse_options(int argc, char **argv, struct outbox_options *o)
{
	static const struct option options[] = {{"state", required_argument, NULL, 's'},
						{"config", required_argument, NULL, 'c'},
						{"from", required_argument, NULL, 'f'},
						{"by", required_argument, NULL, 'b'},
						{"reason", required_argument, NULL, 'r'},
						{"json", no_argument, NULL, 'j'},
						{0}};

	*o = (struct outbox_options){0};
	for (int c; (c = command_option(argc, argv, "s:c:", options, NULL)) != -1;) {
		const char **at = c == 's'   ? &o->state
				  : c == 'c' ? &o->config
				  : c == 'f' ? &o->from
				  : c == 'b' ? &o->by
				  : c == 'r' ? &o->reason
					     : NULL;
		if (at)
			*at = optarg;
		else if (c == 'j')
			o->json = true;
		else
			return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* ---- what waits */

static const char *ms_text(int64_t ms, char buf[static WHEN_TEXT_MAX])
{
	return when_format(ms * NS_PER_MS, buf);
}

static void print_json(const struct outbox_extent *e, const struct outbox_sink *sinks, int n)
{
	char when[WHEN_TEXT_MAX];
	struct json j;

	json_init(&j, JSON_BYTES);
	json_object_begin(&j);
	json_kv_u64(&j, "rows", e->rows);
	json_kv_u64(&j, "bytes", e->bytes);
	json_kv_u64(&j, "first_seq", e->first_seq);
	json_kv_u64(&j, "last_seq", e->last_seq);
	if (e->rows) {
		json_kv_str(&j, "first_at", ms_text(e->first_ms, when));
		json_kv_str(&j, "last_at", ms_text(e->last_ms, when));
	}
	json_key(&j, "sinks");
	json_array_begin(&j);
	for (int i = 0; i < n; i++) {
		json_object_begin(&j);
		json_kv_str(&j, "name", sinks[i].name);
		json_kv_bool(&j, "active", sinks[i].active);
		json_kv_u64(&j, "after_seq", sinks[i].after_seq);
		json_kv_u64(&j, "waiting", sinks[i].waiting);
		if (sinks[i].waiting)
			json_kv_str(&j, "waits_since", ms_text(sinks[i].waits_since_ms, when));
		json_object_end(&j);
	}
	json_array_end(&j);
	json_object_end(&j);
	puts(json_cstr(&j));
	json_deinit(&j);
}

static void print_text(const struct outbox_extent *e, const struct outbox_sink *sinks, int n)
{
	char when[WHEN_TEXT_MAX], local[40];
	struct text_table t = {0};

	if (e->rows)
		command_tell(stdout, say(W_OUTBOX_HOLDS), (unsigned long long)e->rows, (double)e->bytes / (1 << 20),
			     local_time(ms_text(e->first_ms, when), local, sizeof(local)));
	else
		fputs(say(W_OUTBOX_EMPTY), stdout);
	if (n == 0) {
		fputs(say(W_OUTBOX_NO_SINKS), stdout);
		return;
	}
	text_table_column(&t, say(W_COL_SINK), 0);
	text_table_column(&t, say(W_COL_WAITING), 0);
	text_table_column(&t, say(W_COL_WAITS_SINCE), 0);
	text_table_column(&t, say(W_COL_STATE), 0);
	for (int i = 0; i < n; i++) {
		text_table_cell(&t, sinks[i].name);
		text_table_number(&t, sinks[i].waiting);
		text_table_cell(&t, sinks[i].waiting
					? local_time(ms_text(sinks[i].waits_since_ms, when), local, sizeof(local))
					: "");
		text_table_cell(&t, say(sinks[i].active ? W_SINK_ACTIVE : W_SINK_FORMER));
	}
	text_table_print(&t, stdout, "");
	text_table_free(&t);
}

static int show(struct outbox *o, const char *state, bool as_json, struct complaint *c)
{
	struct outbox_sink sinks[SINKS_MAX];
	struct outbox_extent e;
	int n = outbox_sinks(o, sinks, SINKS_MAX), err = n < 0 ? n : outbox_extent(o, &e);

	if (err)
		return outbox_unread(state, err, c);
	(as_json ? print_json : print_text)(&e, sinks, n);
	return 0;
}

/* ---- telling again */

static bool is_number(const char *text, uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && !*end;
}

/* "2h" (ago), a time, the number of an entry, or the id of an alert. @return 0, -ENOENT, -EINVAL. */
static int seek(struct outbox *o, const char *from, uint64_t *after_seq)
{
	int64_t now_ns = when_now_ns(), at_ns;
	uint64_t seq;

	if (strlen(from) == ALERT_ID_CHARS)
		return outbox_seek_alert(o, from, after_seq);
	if (is_number(from, &seq)) {
		*after_seq = seq > 0 ? seq - 1 : 0;
		return seq <= outbox_last_seq(o) ? 0 : -ENOENT;
	}
	bool ago = since_parse(from, now_ns, &at_ns);
	return ago ? outbox_seek_time(o, at_ns / NS_PER_MS, after_seq) : -EINVAL;
}

static int put_down(const char *state, const char *sink, uint64_t after_seq, const struct outbox_options *o,
		    struct complaint *c)
{
	struct person person = person_of(o->by, o->reason);
	char object[80], details[64];

	snprintf(object, sizeof(object), "sink:%s", sink);
	snprintf(details, sizeof(details), "{\"after_seq\":%llu}", (unsigned long long)after_seq);
	return audit_write(state,
			   &(struct audit_entry){.who = person.who,
						 .login = person.login,
						 .verb = "outbox.replay",
						 .object = object,
						 .reason = person.reason,
						 .details = details},
			   c);
}

static int replay(struct outbox *box, const char *state, const char *sink, const struct outbox_options *o,
		  struct complaint *c)
{
	struct outbox_sink sinks[SINKS_MAX];
	uint64_t after_seq;
	int n = outbox_sinks(box, sinks, SINKS_MAX), i = 0;

	while (i < n && !(sinks[i].active && strcmp(sinks[i].name, sink) == 0))
		i++;
	if (i >= n) {
		command_tell(stderr, say(W_OUTBOX_NO_SINK), sink);
		return EXIT_INPUT;
	}
	int err = seek(box, o->from, &after_seq);
	if (err == -EINVAL)
		return command_bad_value(o->from, "--from", "ID, 1234, 8h, 2026-04-01, 2026-04-01T09:00");
	if (err == -ENOENT) {
		command_tell(stderr, say(W_OUTBOX_NOTHING_FROM), o->from);
		return EXIT_INPUT;
	}
	if (!err)
		err = put_down(state, sink, after_seq, o, c);
	if (!err && (err = outbox_want(box, sink, after_seq)) < 0)
		complain(c, state, 0, 0, "alerts.db cannot be written: %s", strerror(-err));
	if (err)
		return command_failed(err, c);
	command_tell(stdout, say(W_OUTBOX_WILL_REPLAY), (unsigned long long)outbox_waiting(box, after_seq), sink);
	return EXIT_DONE;
}

int cmd_outbox(int argc, char **argv)
{
	struct outbox_options o;
	struct complaint c = {""};
	struct outbox *box;
	int err = 0, status = parse_options(argc, argv, &o);

	if (status != EXIT_DONE)
		return status;
	bool again = argc - optind == 2 && strcmp(argv[optind], "replay") == 0 && o.from;
	if (!again && (argc != optind || o.from || o.reason || o.by)) {
		fputs(say(W_OUTBOX_HELP), stderr);
		return EXIT_USAGE;
	}
	if (again && !(o.reason && o.reason[0])) {
		fputs(say(W_NEEDS_REASON), stderr);
		return EXIT_USAGE;
	}
	char *state = command_state(o.state, o.config, &c, &err);
	if (!state)
		return command_failed(err, &c);
	err = (again ? outbox_open : outbox_open_to_read)(&box, state, &c);
	if (err) {
		status = command_failed(err, &c);
	} else {
		err = again ? 0 : show(box, state, o.json, &c);
		status = again ? replay(box, state, argv[optind + 1], &o, &c)
			 : err ? command_failed(err, &c)
			       : EXIT_DONE;
		outbox_close(box);
	}
	free(state);
	return status;
}
