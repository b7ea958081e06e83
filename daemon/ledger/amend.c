#include "ledger/amend.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/when.h"
#include "ledger/audit.h"
#include "ledger/devices.h"
#include "ledger/holders.h"
#include "ledger/keys.h"
#include "ledger/store.h"
#include "ledger/units.h"

enum { WAIT_MS = 100, WAITS_MAX = 100, ARGS_MAX = 1024, WORDS_MAX = 64 };

struct request {
	int64_t no;
	char verb[32], args[ARGS_MAX], reason[1024], who[128], login[128];
	char *word[WORDS_MAX];
	unsigned n_words;
	char answer[AMEND_ANSWER_MAX];
	char object[32];
};

__attribute__((format(printf, 2, 3))) static bool decline(struct request *q, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(q->answer, sizeof(q->answer), fmt, args);
	va_end(args);
	return false;
}

static struct asset *named(struct ledger *l, struct request *q, unsigned i)
{
	char *end = NULL;
	uint64_t no = i < q->n_words && q->word[i][0] == 'A' ? strtoull(q->word[i] + 1, &end, 10) : 0;
	struct asset *a = no && !*end ? holders_by_no(l, no) : NULL;

	if (!a && no && ledger_db_merged_into(l, no)) {
		decline(q, "merged_already %s A%06" PRIu64, q->word[i], ledger_db_merged_into(l, no));
		return NULL;
	}
	if (!a || a->no != no) {
		if (a)
			decline(q, "merged_already %s %s", q->word[i], asset_id(a).text);
		else
			decline(q, "unknown %.32s", i < q->n_words ? q->word[i] : "");
		return NULL;
	}
	snprintf(q->object, sizeof(q->object), "asset:%s", asset_id(a).text);
	table_touch(&l->assets, a);
	return a;
}

/* ---- merge */

static bool merge(struct ledger *l, struct request *q)
{
	struct asset *from = named(l, q, 1), *to = from ? named(l, q, 0) : NULL;

	if (!from || !to)
		return false;
	if (from == to)
		return decline(q, "same %s", asset_id(to).text);
	if (from->has_unit || to->has_unit)
		return decline(q, "is_unit %s", asset_id(from->has_unit ? from : to).text);
	const struct asset_id from_id = asset_id(from);
	ledger_db_undo_apart(l, from->no, to->no);
	int64_t no = device_join(l, from, to, q->who, q->reason);
	snprintf(q->answer, sizeof(q->answer), "merged %s %s %lld", from_id.text, asset_id(to).text, (long long)no);
	return true;
}

/* ---- split */

static void take_along(struct ledger *l, struct asset *a, struct asset *b, const struct held_ip *held)
{
	struct sighting s = {.ip = held->ip,
			     .now_ns = held->last_ns,
			     .claimed = held->claimed,
			     .source = held->source,
			     .confidence = held->confidence,
			     .at = held->at};
	struct ip_addr ip = held->ip;
	bool current = held->current;
	int64_t first_ns = held->first_ns;

	device_take_ip(l, a, &ip);
	struct held_ip *h = device_give_ip(l, b, &s);
	if (h) {
		h->first_ns = first_ns;
		h->current = current;
	}
	link_move(l, a->no, b->no, &ip);
}

static bool split(struct ledger *l, struct request *q)
{
	struct asset *a = named(l, q, 0);
	unsigned macs = 0, ips = 0;
	struct ip_addr ip;
	struct mac mac;

	if (!a)
		return false;
	for (unsigned i = 1; i < q->n_words; i++) {
		bool is_mac = mac_parse(q->word[i], &mac), is_ip = !is_mac && ip_parse(q->word[i], &ip);
		if (!is_mac && !is_ip)
			return decline(q, "no_address %.64s", q->word[i]);
		if (is_mac ? !asset_mac(a, &mac) : !asset_ip(a, &ip))
			return decline(q, "not_held %s %.64s", asset_id(a).text, q->word[i]);
		macs += is_mac;
		ips += is_ip;
	}
	if (macs + ips == 0)
		return decline(q, "no_address -");
	if (macs >= a->n_macs && ips >= a->n_ips)
		return decline(q, "keeps_nothing %s", asset_id(a).text);
	struct asset *b = device_make(l, l->last_ns);
	if (!b)
		return decline(q, "no_memory");
	b->by_ip = macs == 0;
	for (unsigned i = 1; i < q->n_words; i++) {
		if (mac_parse(q->word[i], &mac)) {
			const struct held_mac *m = asset_mac(a, &mac);
			struct sighting s = {
			    .now_ns = m ? m->last_ns : l->last_ns, .source = l->source_traffic, .confidence = 50};
			device_take_mac(l, a, &mac);
			device_give_mac(l, b, &mac, &s);
		} else if (ip_parse(q->word[i], &ip) && asset_ip(a, &ip)) {
			struct held_ip held = *asset_ip(a, &ip);
			take_along(l, a, b, &held);
		}
	}
	b->first_ns = a->first_ns;
	a->stale = b->stale = true;
	a->parted = b->parted = true;
	ledger_mark_asset(l, a);
	ledger_mark_asset(l, b);
	struct note n = {.source = l->source_traffic, .confidence = 100, .now_ns = l->last_ns};
	changes_note(l, a, &(struct change){"parted", asset_id(b).text, "", n});
	changes_note(l, b, &(struct change){"parted", asset_id(a).text, "", n});
	int64_t no =
	    ledger_db_put_decision(l, &(struct decision){when_now_ns(), "split", q->who, q->reason, a->no, b->no});
	ledger_db_put_asset(l, b);
	ledger_db_copy_zone(l, a->no, b->no);
	snprintf(q->answer, sizeof(q->answer), "split %s %s %lld", asset_id(a).text, asset_id(b).text, (long long)no);
	return true;
}

/* ---- undo */

/* What @to got from @from when they were joined goes back; what @to knew by itself stays with it. */
static void give_back(struct ledger *l, struct asset *to, struct asset *from)
{
	for (unsigned i = 0; i < from->n_macs; i++)
		device_take_mac(l, to, &from->macs[i].mac);
	for (unsigned i = 0; i < from->n_ips; i++) {
		struct held_ip *h = &from->ips[i];
		const struct held_ip *theirs = asset_ip(to, &h->ip);
		if (theirs && theirs->first_ns < h->first_ns) {
			h->current = false;
			h->dirty = true;
			continue;
		}
		if (theirs)
			h->current = theirs->current;
		device_take_ip(l, to, &h->ip);
		link_move(l, to->no, from->no, &h->ip);
	}
	for (unsigned i = 0; i < from->n_attrs; i++) {
		const struct attribute *t = &from->attrs[i];
		struct attribute *u = asset_attr(to, t->attr, t->text);
		if (!u || u->first_ns != t->last_ns)
			continue;
		ledger_db_drop_attr(l, to->no, t->attr, t->text);
		asset_drop_attr(to, u);
	}
	if (to->events >= from->events)
		to->events -= from->events;
	to->seen = true;
}

static bool undo_merge(struct ledger *l, struct request *q, const struct decision *d, int64_t no)
{
	struct asset *to = holders_by_no(l, d->to_no);

	if (!to)
		return decline(q, "unknown A%06" PRIu64, d->to_no);
	table_touch(&l->assets, to);
	struct asset *from = ledger_load_merged(l, d->from_no);
	if (!from)
		return decline(q, "unknown A%06" PRIu64, d->from_no);
	give_back(l, to, from);
	units_returned(l, to, from, no);
	from->stale = to->stale = true;
	from->parted = to->parted = true;
	holders_point(l, from);
	keys_point(l, from);
	keys_point(l, to);
	struct note n = {.source = l->source_traffic, .confidence = 100, .now_ns = l->last_ns};
	changes_note(l, to, &(struct change){"parted", asset_id(from).text, "", n});
	ledger_mark_asset(l, from);
	ledger_mark_asset(l, to);
	/* what joined them would do so again */
	ledger_db_put_decision(l, &(struct decision){when_now_ns(), "split", q->who, q->reason, to->no, from->no});
	snprintf(q->object, sizeof(q->object), "asset:%s", asset_id(from).text);
	snprintf(q->answer, sizeof(q->answer), "undone %lld %s %s", (long long)no, asset_id(from).text,
		 asset_id(to).text);
	return true;
}

static bool undo_split(struct ledger *l, struct request *q, const struct decision *d, int64_t no)
{
	struct asset *to = holders_by_no(l, d->from_no), *from = holders_by_no(l, d->to_no);

	if (!to || !from || to == from)
		return decline(q, "unknown A%06" PRIu64, to ? d->to_no : d->from_no);
	const struct asset_id id = asset_id(from);
	device_join(l, from, to, q->who, q->reason);
	snprintf(q->object, sizeof(q->object), "asset:%s", asset_id(to).text);
	snprintf(q->answer, sizeof(q->answer), "undone %lld %s %s", (long long)no, id.text, asset_id(to).text);
	return true;
}

static bool undo(struct ledger *l, struct request *q)
{
	struct decision d;
	char verb[16], *end;
	const char *word = q->n_words > 0 ? q->word[0] : "";
	bool by_asset = word[0] == 'A';
	uint64_t no = strtoull(word + by_asset, &end, 10);

	if (!no || *end)
		return decline(q, "unknown %.32s", word);
	int64_t found = ledger_db_find_decision(l, by_asset ? 0 : no, by_asset ? no : 0, &d, verb, sizeof(verb));
	if (!found)
		return decline(q, "nothing_to_undo %.32s", word);
	if (!(strcmp(verb, "merge") == 0 ? undo_merge(l, q, &d, found) : undo_split(l, q, &d, found)))
		return false;
	ledger_db_mark_undone(l, found);
	return true;
}

/* ---- carrying out */

static void split_words(struct request *q)
{
	char *save = NULL;

	for (char *w = strtok_r(q->args, " ", &save); w && q->n_words < WORDS_MAX; w = strtok_r(NULL, " ", &save))
		q->word[q->n_words++] = w;
}

static bool carry_out(struct ledger *l, struct request *q)
{
	static const struct {
		const char *verb;
		bool (*run)(struct ledger *l, struct request *q);
	} verbs[] = {{"asset.merge", merge}, {"asset.split", split}, {"asset.undo", undo}};

	split_words(q);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].verb, q->verb) == 0)
			return verbs[i].run(l, q);
	}
	return decline(q, "unknown %s", q->verb);
}

static bool next_request(sqlite3 *db, struct request *q)
{
	sqlite3_stmt *st = NULL;
	bool found = sqlite3_prepare_v2(db,
					"SELECT no, verb, args, reason, who, login FROM request WHERE state = 'waiting'"
					" ORDER BY no LIMIT 1",
					-1, &st, NULL) == SQLITE_OK &&
		     sqlite3_step(st) == SQLITE_ROW;

	*q = (struct request){.object = "asset"};
	if (found) {
		q->no = sqlite3_column_int64(st, 0);
		snprintf(q->verb, sizeof(q->verb), "%s", store_text(st, 1));
		snprintf(q->args, sizeof(q->args), "%s", store_text(st, 2));
		snprintf(q->reason, sizeof(q->reason), "%s", store_text(st, 3));
		snprintf(q->who, sizeof(q->who), "%s", store_text(st, 4));
		snprintf(q->login, sizeof(q->login), "%s", store_text(st, 5));
	}
	sqlite3_finalize(st);
	return found;
}

static bool put_answer(sqlite3 *db, const struct request *q, bool done)
{
	sqlite3_stmt *st = NULL;
	bool ok =
	    sqlite3_prepare_v2(db, "UPDATE request SET state = ?, answer = ? WHERE no = ?", -1, &st, NULL) == SQLITE_OK;

	if (ok) {
		store_bind_text(st, 1, done ? "done" : "refused");
		store_bind_text(st, 2, q->answer);
		sqlite3_bind_int64(st, 3, q->no);
		ok = sqlite3_step(st) == SQLITE_DONE;
	}
	sqlite3_finalize(st);
	return ok;
}

unsigned amend_take(struct ledger *l)
{
	struct request q;
	unsigned n = 0;

	while (next_request(l->db, &q)) {
		char args[ARGS_MAX], details[ARGS_MAX * 2 + AMEND_ANSWER_MAX];
		memcpy(args, q.args, sizeof(args));
		/* statements of its own find rows only */
		if (ledger_write_news(l) < 0 || !ledger_db_begin(l))
			break;
		ledger_without_event(l);
		bool done = carry_out(l, &q);
		snprintf(details, sizeof(details), "{\"args\":\"%s\",\"answer\":\"%s\"}", args, q.answer);
		struct audit_entry e = {.who = q.who,
					.login = q.login,
					.verb = q.verb,
					.object = q.object,
					.reason = q.reason,
					.details = details};
		bool ok = put_answer(l->db, &q, done);
		if (ok && done)
			ok = audit_append(l->db, &e) == SQLITE_OK;
		if (!ok || ledger_write(l) < 0) {
			l->count.write_errors++;
			break;
		}
		n++;
	}
	return n;
}

/* ---- asking */

static int put_request(sqlite3 *db, const struct amendment *a, int64_t *no)
{
	sqlite3_stmt *st = NULL;
	int rc = audit_begin(db);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_prepare_v2(
	    db, "INSERT INTO request(at_ns, who, login, verb, args, reason) VALUES(?, ?, ?, ?, ?, ?)", -1, &st, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(st, 1, when_now_ns());
		store_bind_text(st, 2, a->person.who);
		store_bind_text(st, 3, a->person.login);
		store_bind_text(st, 4, a->verb);
		store_bind_text(st, 5, a->args);
		store_bind_text(st, 6, a->person.reason);
		rc = sqlite3_step(st);
		rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
	}
	sqlite3_finalize(st);
	*no = sqlite3_last_insert_rowid(db);
	return store_end(db, rc);
}

/* @return 1: done, 0: refused, -1: it still waits. */
static int look(sqlite3 *db, int64_t no, char answer[static AMEND_ANSWER_MAX])
{
	sqlite3_stmt *st = NULL;
	int state = -1;

	if (sqlite3_prepare_v2(db, "SELECT state, answer FROM request WHERE no = ?", -1, &st, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(st, 1, no);
		if (sqlite3_step(st) == SQLITE_ROW && strcmp(store_text(st, 0), "waiting") != 0) {
			state = strcmp(store_text(st, 0), "done") == 0;
			snprintf(answer, AMEND_ANSWER_MAX, "%s", store_text(st, 1));
		}
	}
	sqlite3_finalize(st);
	return state;
}

static void nowhere(void *ctx, struct event *ev)
{
	(void)ctx;
	(void)ev;
}

/* Nobody writes: then it is done here. Places are left as the daemon last knew them. @return -EBUSY: somebody does. */
static int do_it_here(const char *state_dir, struct complaint *c)
{
	static const struct site no_site;
	struct ledger_limits limits = {.keep_places = true};
	struct ledger *l;
	int err = ledger_open_limited(&l, state_dir, &no_site, (struct event_sink){nowhere, NULL}, &limits, c);

	if (err)
		return err;
	amend_take(l);
	ledger_close(l);
	return 0;
}

int amend_ask(const char *state_dir, const struct amendment *a, char answer[static AMEND_ANSWER_MAX],
	      struct complaint *c)
{
	sqlite3 *db;
	int64_t no = 0;
	int state = -1, err = 0;

	if (strlen(a->args) >= ARGS_MAX) {
		complain(c, "asset", 0, 0, "too many addresses at once");
		return -EINVAL;
	}
	err = store_open(&db, state_dir, STORE_READ, c); /* an amendment makes no ledger where there is none */
	if (err)
		return err;
	sqlite3_close(db);
	err = store_open(&db, state_dir, STORE_WRITE, c);
	if (err)
		return err;
	int rc = put_request(db, a, &no);
	if (rc != SQLITE_OK)
		err = store_complain(db, state_dir, rc, c);
	for (int i = 0; !err && state < 0 && i < WAITS_MAX; i++) {
		err = do_it_here(state_dir, c);
		if (err == -EBUSY)
			err = 0;
		state = look(db, no, answer);
		if (state < 0)
			nanosleep(&(struct timespec){.tv_nsec = WAIT_MS * NS_PER_MS}, NULL);
	}
	sqlite3_close(db);
	if (err)
		return err;
	if (state < 0) {
		complain(c, state_dir, 0, 0,
			 "it is written down, but the daemon has not come to it yet: it will, within seconds");
		return -ETIMEDOUT;
	}
	return state == 1 ? 0 : -EINVAL;
}
