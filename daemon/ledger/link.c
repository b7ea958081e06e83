#include "ledger/link.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "ledger/ledger_state.h"
#include "ledger/link_list.h"
#include "ledger/maintenance.h"

enum { WRITE_AGAIN_S = 10, USED_S = 60 };
_Static_assert(USED_S + WRITE_AGAIN_S < LINK_SECONDS, "two records further on it is still told apart");

uint64_t link_hash(const struct link_key *key)
{
	return hash_bytes(key, sizeof(*key));
}

uint64_t link_peer(const struct ip_addr *ip)
{
	uint32_t v4;

	if (!ip_is_v4(ip))
		return (hash_bytes(ip->b, sizeof(ip->b)) & (LINK_PEER_V4 - 1)) | LINK_PEER;
	memcpy(&v4, &ip->b[12], sizeof(v4));
	return v4 | LINK_PEER_V4 | LINK_PEER;
}

/* ---- finding */

static struct link_key key_of(const struct event *ev, uint64_t src, uint64_t dest, uint16_t proto)
{
	return (struct link_key){.src = src & LINK_END_MAX,
				 .dest = dest & LINK_END_MAX,
				 .proto = proto & (VOCAB_MAX - 1u),
				 .port = origin_port(&ev->at),
				 .ip_proto = ev->at.ip_proto};
}

uint64_t link_hash_between(const struct ledger *l, const struct event *ev, uint64_t src_no, uint64_t dest_no)
{
	struct link_key key = key_of(ev, src_no, dest_no, vocab_recent(&l->protocols, ev->at.app_proto));

	return link_hash(&key);
}

static uint64_t key_end(const struct link_end *e)
{
	return e->asset ? e->asset->no : link_peer(e->ip);
}

/* Makes the entry of @key, which memory has not. *known: the database has it, and this is what it says. */
static struct link *enter(struct ledger *l, const struct link_key *key, const struct ip_addr *src,
			  const struct ip_addr *dest, bool *known)
{
	struct link *k = table_insert(&l->links, key, link_hash(key));

	*known = false;
	if (!k)
		return NULL;
	link_list_add(l, k);
	link_set_ip(l, k, 0, src);
	link_set_ip(l, k, 1, dest);
	*known = l->links_on_disk && ledger_load_link(l, k);
	return k;
}

static void leave(struct ledger *l, struct link *k)
{
	link_unmark(l, k);
	k->id = 0;
	link_list_drop(l, k);
	link_forget_more(l, k);
	table_remove(&l->links, k);
}

static struct link *insert(struct ledger *l, const struct link_key *key, const struct event *ev,
			   const struct link_end *src, const struct link_end *dest)
{
	static const struct ip_addr none;
	bool known;
	struct link *k = enter(l, key, src->ip ? src->ip : &none, dest->ip ? dest->ip : &none, &known);

	if (!k)
		return NULL;
	if (!known) {
		k->id = ++l->last_link_id & LINK_ID_MAX;
		k->fresh = true;
		k->first_ns = k->last_ns = ev->first_ns;
	}
	k->used_s = link_second(ev->at.ts_ns);
	link_mark(l, k, MARK_NEWS);
	return k;
}

static void add_up(struct link *to, const struct link *from)
{
	if (from->first_ns < to->first_ns)
		to->first_ns = from->first_ns;
	if (from->last_ns > to->last_ns)
		to->last_ns = from->last_ns;
	if (from->verdict > to->verdict) {
		to->verdict = from->verdict;
		to->line = from->line;
	}
}

/* @to is what @from was, but for its key, its ends and its counts. */
static void carry_over(struct link *to, const struct link *from)
{
	to->id = from->id;
	to->first_ns = from->first_ns;
	to->last_ns = from->last_ns;
	to->written_s = from->written_s;
	to->used_s = from->used_s;
	to->verdict = from->verdict;
	to->line = from->line;
	to->counted = from->counted;
	to->fresh = from->fresh;
}

static void forget_verdicts(struct ledger *l, uint64_t id)
{
	struct link_verdicts *v = table_find(&l->verdicts, &id, hash_u64(hash_seed, id));

	if (v)
		table_remove(&l->verdicts, v);
}

/* Gives @k another key; joined with the conversation that has it already, where there is one, in memory or not. @k is
 * dead afterwards.
 *
 * As long as some are on disk alone, each row there has the key that its conversation has in memory: by that it is
 * found.
 */
static struct link *rekey(struct ledger *l, struct link *k, const struct link_key *key, enum mark mark)
{
	struct link old = *k;
	const struct ip_addr ips[2] = {link_ip(l, k, 0), link_ip(l, k, 1)};
	struct link_totals total = link_total(l, k);
	struct link *to = table_find(&l->links, key, link_hash(key));
	bool known = to != NULL;

	forget_verdicts(l, k->id);
	leave(l, k);
	if (old.key.proto != key->proto)
		total.functions = 0;
	if (!known && !(to = enter(l, key, &ips[0], &ips[1], &known)))
		return NULL;
	link_count(l, to, &total);
	if (!known) {
		carry_over(to, &old);
		link_mark(l, to, mark);
		if (l->links_on_disk && !old.fresh)
			ledger_db_put_link(l, to);
		return to;
	}
	add_up(to, &old);
	/* its lists stay as they are: somebody may be going through them */
	to->used_s = link_second(to->last_ns);
	table_touch(&l->links, to);
	baseline_join(l, old.id, to->id);
	if (!old.fresh)
		ledger_db_drop_link(l, old.id);
	link_mark(l, to, MARK_PRESSING);
	return to;
}

/* May the conversation called @old be the one now called @now, better known? */
static bool is_same_better_known(const struct link_key *old, const struct link_key *now)
{
	if (old->port != now->port || old->ip_proto != now->ip_proto)
		return false;
	if (old->proto != now->proto && old->proto != VOCAB_OTHER)
		return false;
	if (link_asset_no(old->src) != link_asset_no(now->src) && link_asset_no(old->src) != 0)
		return false;
	return link_asset_no(old->dest) == link_asset_no(now->dest) || link_asset_no(old->dest) == 0;
}

static struct flow_entry *flow_of(struct ledger *l, uint64_t flow_id)
{
	uint64_t hash = hash_u64(hash_seed, flow_id);
	struct flow_entry *f = table_find(&l->flows, &flow_id, hash);

	return f ? f : table_insert(&l->flows, &flow_id, hash);
}

static struct link *find(struct ledger *l, struct flow_entry *f, struct link_key *key, const struct event *ev,
			 const struct link_end *src, const struct link_end *dest)
{
	struct link *k = f && f->link_id ? table_at(&l->links, f->link) : NULL;

	if (k && (uint32_t)k->id == f->link_id) {
		if (key->proto == VOCAB_OTHER)
			key->proto = k->key.proto; /* known once is known for the flow */
		if (memcmp(&k->key, key, sizeof(*key)) == 0)
			return k;
		if (is_same_better_known(&k->key, key))
			return rekey(l, k, key, MARK_NEWS);
	}
	k = table_find(&l->links, key, link_hash(key));
	return k ? k : insert(l, key, ev, src, dest);
}

/* ---- counting */

static uint64_t uint_of(const struct event *ev, enum flow_field id)
{
	const struct event_value *v = event_get(ev, &flow_field[id]);

	return v ? v->u : 0;
}

/* No other record of this flow follows: of one that nobody answered this is the only one. */
static bool is_last(const struct event *ev)
{
	const struct event_value *reason = event_get(ev, &flow_field[FLOW_REASON]);

	return uint_of(ev, FLOW_STATE) == FLOW_STATE_CLOSED ||
	       (reason && reason->u != FLOW_REASON_BEGIN && reason->u != FLOW_REASON_PROGRESS);
}

/* A flow's record tells its totals so far: what the one before did not tell is new. */
static void count_flow(struct ledger *l, struct flow_entry *f, const struct event *ev, struct link_totals *more)
{
	uint64_t packets = uint_of(ev, FLOW_PKTS_TS) + uint_of(ev, FLOW_PKTS_TC);
	uint64_t bytes = uint_of(ev, FLOW_BYTES_TS) + uint_of(ev, FLOW_BYTES_TC);
	bool known = f->packets > 0;

	if (packets > f->packets) {
		more->packets = packets - f->packets;
		f->packets = packets;
	}
	if (bytes > f->bytes) {
		more->bytes = bytes - f->bytes;
		f->bytes = bytes;
	}
	if (is_last(ev))
		table_remove(&l->flows, f);
	else if (known) /* who goes on for days is not to make room for what others left behind */
		table_touch(&l->flows, f);
}

/* Of when it was written and used the last eight bits are kept: as a pause by itself is long enough for both, no more
 * than that can have gone by unseen. */
static void go_on(struct ledger *l, struct link *k, int64_t now_ns)
{
	int64_t before_ns = k->last_ns;

	if (now_ns > k->last_ns)
		k->last_ns = now_ns;
	int64_t pause_s = k->last_ns / NS_PER_S - before_ns / NS_PER_S;
	uint8_t now_s = link_second(k->last_ns);
	if (pause_s >= WRITE_AGAIN_S || link_seconds_since(now_s, k->written_s) >= WRITE_AGAIN_S)
		link_mark(l, k, MARK_SEEN);
	if (pause_s >= USED_S || link_seconds_since(now_s, k->used_s) >= USED_S) {
		k->used_s = now_s;
		table_touch(&l->links, k);
		link_list_touch(l, k);
	}
}

int64_t link_used_ns(const struct link *k)
{
	int64_t last_s = k->last_ns / NS_PER_S;

	return (last_s - link_seconds_since(link_second(k->last_ns), k->used_s)) * NS_PER_S;
}

/* What a record calls the thing that is done, whatever the protocol. */
static const struct field_def *function_field(const struct field_table *t)
{
	static const char *const names[] = {"function_code", "service", "command", "http_method"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t j = 0; j < t->n_fields; j++) {
			if (strcmp(t->fields[j].name, names[i]) == 0)
				return &t->fields[j];
		}
	}
	return NULL;
}

/* The bit of a function's name, or -1 when there are too many. */
static int function_bit(struct link_functions *fs, const char *text, size_t len)
{
	char word[LINK_FUNCTION_TEXT_MAX];

	if (len >= sizeof(word))
		len = sizeof(word) - 1;
	for (size_t i = 0; i < len; i++)
		word[i] = isgraph((unsigned char)text[i]) ? text[i] : '_';
	word[len] = '\0';
	for (unsigned i = 0; i < fs->n; i++) {
		if (strcmp(fs->text[i], word) == 0)
			return (int)i;
	}
	if (fs->n == LINK_FUNCTIONS_MAX || len == 0)
		return -1;
	memcpy(fs->text[fs->n], word, len + 1);
	return (int)fs->n++;
}

static struct link_functions *functions_of(struct ledger *l, uint16_t proto)
{
	if (!l->functions[proto])
		l->functions[proto] = calloc(1, sizeof(struct link_functions));
	return l->functions[proto];
}

static int value_bit(struct link_functions *fs, const struct event_value *v)
{
	if (v->field->type == FIELD_TYPE_TEXT)
		return function_bit(fs, (const char *)v->ptr, v->count);
	if (v->field->type != FIELD_TYPE_ENUM)
		return -1;
	uint8_t slot = (uint8_t)v->u;
	if (fs->of_value[slot].bit && fs->of_value[slot].value == v->u)
		return fs->of_value[slot].bit - 1;
	const char *token = enum_token(v->field->names, v->u);
	int bit = token ? function_bit(fs, token, strlen(token)) : -1;
	if (v->u <= UINT32_MAX && bit >= 0) {
		fs->of_value[slot].value = (uint32_t)v->u;
		fs->of_value[slot].bit = (uint8_t)(bit + 1);
	}
	return bit;
}

static void note_function(struct ledger *l, struct link *k, const struct event *ev, struct link_totals *more)
{
	struct link_functions *fs = functions_of(l, k->key.proto);

	if (!fs || ev->table == fs->without)
		return;
	if (fs->table != ev->table) {
		const struct field_def *field = function_field(ev->table);
		if (!field) {
			fs->without = ev->table;
			return;
		}
		fs->table = ev->table;
		fs->field = field;
		memset(fs->of_value, 0, sizeof(fs->of_value));
	}
	const struct event_value *v = event_get(ev, fs->field);
	int bit = v ? value_bit(fs, v) : -1;
	if (bit >= 0 && !(link_functions(l, k) >> bit & 1)) {
		more->functions = UINT64_C(1) << bit;
		link_mark(l, k, MARK_NEWS);
	}
}

/* Was it pushed out of a full table before it was open? Of these a flood is made, and the table has counted it. */
static bool is_pushed_out_unopened(const struct event *ev)
{
	const struct event_value *reason = event_get(ev, &flow_field[FLOW_REASON]);

	return reason && reason->u == FLOW_REASON_EVICTED && uint_of(ev, FLOW_STATE) == FLOW_STATE_NEW;
}

struct link *link_take(struct ledger *l, const struct event *ev, const struct link_end *src,
		       const struct link_end *dest)
{
	bool is_flow = ev->table == &flow_table_fields;
	bool groups =
	    (dest->ip && !dest->asset &&
	     !policy_has_place(&(struct policy_end){.ip = dest->ip, .scope = dest->scope})) ||
	    (src->ip && !src->asset && !policy_has_place(&(struct policy_end){.ip = src->ip, .scope = src->scope}));

	if (groups || ev->at.ip_proto == 0 || (!src->asset && !src->ip) || (!dest->asset && !dest->ip))
		return NULL;
	uint16_t proto = ev->at.app_proto ? vocab_no_static(&l->protocols, ev->at.app_proto) : VOCAB_OTHER;
	struct link_key key = key_of(ev, key_end(src), key_end(dest), proto);
	/* millions of rows for what never was said would push out the conversations that there are */
	if (is_flow && is_pushed_out_unopened(ev) && !table_find(&l->links, &key, link_hash(&key)))
		return NULL;
	struct flow_entry *f = ev->at.flow_id ? flow_of(l, ev->at.flow_id) : NULL;
	struct link *k = find(l, f, &key, ev, src, dest);
	if (!k)
		return NULL;
	if (f) {
		f->link = table_number(&l->links, k);
		f->link_id = (uint32_t)k->id;
	}
	if (src->ip)
		link_set_ip(l, k, 0, src->ip);
	if (dest->ip)
		link_set_ip(l, k, 1, dest->ip);
	struct link_totals more = {0};
	if (is_flow && f)
		count_flow(l, f, ev, &more);
	else
		more.events = ev->count;
	if (!is_flow && ev->table != &anomaly_table)
		note_function(l, k, ev, &more);
	link_count(l, k, &more);
	k->counted = true;
	go_on(l, k, ev->at.ts_ns);
	return k;
}

/* ---- judging */

static bool is_remote(const struct zone *z)
{
	return z && z->fa && strcmp(z->fa, "fa.remote") == 0;
}

/* Unreachable, quench, exceeded, a bad header (RFC 792, RFC 4443): what became of a packet of somebody else's. Not a
 * redirect, which changes the way of those to come. */
static bool is_icmp_error(const struct origin *at)
{
	uint16_t type = at->src_port;

	if (at->ip_proto == IPPROTO_ICMP)
		return type == 3 || type == 4 || type == 11 || type == 12;
	return at->ip_proto == IPPROTO_ICMPV6 && type >= 1 && type <= 4;
}

static struct conduit ask(const struct ledger *l, const struct event *ev, const struct link_end *src,
			  const struct link_end *dest, bool *depends_on_time)
{
	bool is_flow = ev->table == &flow_table_fields;

	if (l->site->n_zones == 0)
		return (struct conduit){CONDUIT_NONE};
	struct policy_question q = {
	    .src = {src->zone, src->ip, src->scope},
	    .dest = {dest->zone, dest->ip, dest->scope},
	    .app_proto = ev->at.app_proto,
	    .session = origin_of_session(&ev->at) ? "ftp" : NULL,
	    .ip_proto = ev->at.ip_proto,
	    .func_class = ev->func_class,
	    .still_open = is_flow && uint_of(ev, FLOW_STATE) != FLOW_STATE_CLOSED,
	    .now_ns = ev->at.ts_ns,
	    .began_ns = is_flow ? (int64_t)uint_of(ev, FLOW_START) : 0,
	};

	/* to everybody on the link, at an address that nobody has: what goes nowhere crosses no border */
	if (ev->at.has_ether && mac_is_group(&ev->at.dest_mac) && ev->at.ip_proto == IPPROTO_UDP && !dest->asset)
		return (struct conduit){CONDUIT_NONE};
	struct conduit c = policy_judge(l->site, &q, depends_on_time);
	/* the papers of the device that is maintained from afar have the last word */
	bool from_afar = is_remote(src->zone), to_afar = is_remote(dest->zone);
	const struct asset *a = from_afar ? dest->asset : src->asset;
	if (from_afar == to_afar || !a || !a->row || !maintenance_declared(a->row))
		return c;
	*depends_on_time = true;
	if (c.verdict == CONDUIT_ALLOWED && !maintenance_allowed(a->row, q.now_ns, l->site->offset_s))
		c = (struct conduit){CONDUIT_DENIED, .near = c.line, .why = CONDUIT_WHY_MAINTENANCE};
	return c;
}

/* What was said of @k between these places, empty where that was not asked yet. @return NULL when memory is short. */
static struct link_verdicts *verdicts_of(struct ledger *l, const struct link *k, const struct link_end *src,
					 const struct link_end *dest)
{
	uint64_t id = k->id, hash = hash_u64(hash_seed, id);
	struct link_verdicts *v = table_find(&l->verdicts, &id, hash);

	if (v)
		table_touch(&l->verdicts, v);
	else
		v = table_insert(&l->verdicts, &id, hash);
	if (v && (v->age != l->policy_age || v->src_zone != src->zone || v->dest_zone != dest->zone))
		*v = (struct link_verdicts){
		    .link_id = k->id, .src_zone = src->zone, .dest_zone = dest->zone, .age = l->policy_age};
	return v;
}

struct conduit link_judge(struct ledger *l, struct link *k, const struct event *ev, const struct link_end *src,
			  const struct link_end *dest)
{
	bool timed = false;

	/* the conversation that it is about has a verdict of its own, and so has what else these two say by ICMP */
	if (is_icmp_error(&ev->at))
		return (struct conduit){CONDUIT_NONE};
	if (!k)
		return ask(l, ev, src, dest, &timed);
	if (!k->judged)
		k->verdict = CONDUIT_NONE, k->line = 0;
	k->judged = true;
	/* without zones there is nothing to remember */
	struct link_verdicts *v = l->site->n_zones > 0 ? verdicts_of(l, k, src, dest) : NULL;
	unsigned class = ev->func_class <= CLASS_ADMIN ? ev->func_class : CLASS_NONE;
	struct conduit c;
	if (v && v->verdict[class]) {
		c = (struct conduit){(uint8_t)(v->verdict[class] - 1), v->line[class], v->near[class],
				     (enum conduit_why)v->why[class]};
	} else {
		c = ask(l, ev, src, dest, &timed);
		/* what nobody allowed is the session, of which there are records of its own */
		if (c.verdict == CONDUIT_DENIED && origin_of_session(&ev->at))
			c = (struct conduit){CONDUIT_NONE};
		/* one address may stand for another later, and an unknown protocol for a known one: keep what does not
		 * depend on them */
		bool lasting = !timed && ev->at.app_proto && src->asset && dest->asset && src->asset->n_ips <= 1 &&
			       dest->asset->n_ips <= 1;
		if (lasting && v) {
			v->verdict[class] = (uint8_t)(c.verdict + 1);
			v->line[class] = c.line;
			v->near[class] = c.near;
			v->why[class] = (uint8_t)c.why;
		}
	}
	if (c.verdict > k->verdict || (c.verdict == k->verdict && c.line != k->line)) {
		k->verdict = (unsigned)c.verdict & 3u;
		k->line = c.line;
		link_mark(l, k, MARK_NEWS);
	}
	return c;
}

void link_forget_verdicts(struct ledger *l)
{
	for (struct link *k = table_oldest(&l->links); k; k = table_newer(&l->links, k))
		k->judged = false;
}

/* ---- moving */

struct move {
	uint64_t from, to;
	const struct ip_addr *ip; /* only where it stood for @from; NULL: all */
};

/* The key of a conversation with these addresses after the move. @return whether it is another one. */
static bool moved_key(const struct move *m, const struct ip_addr ips[2], struct link_key *key)
{
	bool src = key->src == m->from && (!m->ip || ip_eq(&ips[0], m->ip));
	bool dest = key->dest == m->from && (!m->ip || ip_eq(&ips[1], m->ip));

	if (src)
		key->src = m->to & LINK_END_MAX;
	if (dest)
		key->dest = m->to & LINK_END_MAX;
	return src || dest;
}

/* A row of the database. Only where two become one do they come into memory. */
static void move_row(struct ledger *l, const struct move *m, const struct link_row *row)
{
	struct link_key key = row->key;
	bool known = false;

	/* what is in memory has been seen to, and the database may not have its last addresses */
	if (table_find(&l->links, &row->key, link_hash(&row->key)) || !moved_key(m, row->ip, &key))
		return;
	if (table_find(&l->links, &key, link_hash(&key)) || ledger_has_link(l, &key, row->ip)) {
		struct link *k = enter(l, &row->key, &row->ip[0], &row->ip[1], &known);
		if (known)
			rekey(l, k, &key, MARK_PRESSING);
		else if (k)
			leave(l, k);
	}
	if (known)
		return;
	ledger_db_move_link(l, row->id, &key);
	link_away_note(&l->away_links, link_hash(&key), row->id, link_asset_no(key.src), link_asset_no(key.dest));
}

void link_move(struct ledger *l, uint64_t from, uint64_t to, const struct ip_addr *ip)
{
	const struct move m = {from, to, ip};
	struct link_walk w = {0};
	struct link_row row;

	for (struct link *k; (k = link_list_next(l, from, &w));) {
		const struct ip_addr ips[2] = {link_ip(l, k, 0), link_ip(l, k, 1)};
		struct link_key key = k->key;
		if (moved_key(&m, ips, &key))
			rekey(l, k, &key, MARK_PRESSING); /* its asset is gone with the next batch */
	}
	if (!ip)
		baseline_move_asset(l, from, to);
	if (l->links_on_disk && link_away_has(&l->away_links, from) && ledger_db_begin(l)) {
		ledger_db_index_links(l);
		while (ledger_next_link_of(l, from, &row))
			move_row(l, &m, &row);
	}
}

static bool joins(const struct link *k, uint64_t a, uint64_t b)
{
	return (k->key.src == a && k->key.dest == b) || (k->key.src == b && k->key.dest == a);
}

bool link_between(struct ledger *l, uint64_t a, uint64_t b)
{
	struct link_walk w = {0};

	for (const struct link *k; (k = link_list_next(l, a, &w));) {
		if (joins(k, a, b))
			return true;
	}
	if (!l->links_on_disk || !link_away_joins(&l->away_links, a, b))
		return false;
	ledger_db_index_links(l);
	return ledger_db_link_between(l, a, b);
}

/* ---- functions as text */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void link_functions_format(const struct ledger *l, const struct link *k, char buf[static LINK_FUNCTIONS_TEXT_MAX])
{
	const struct link_functions *fs = l->functions[k->key.proto];
	const uint64_t functions = link_functions(l, k);
	const char *words[LINK_FUNCTIONS_MAX];
	size_t n = 0, len = 0;

	for (unsigned i = 0; fs && i < fs->n; i++) {
		if (functions >> i & 1)
			words[n++] = fs->text[i];
	}
	if (n > 1)
		qsort(words, n, sizeof(words[0]), by_text);
	for (size_t i = 0; i < n; i++) {
		size_t bytes = strlen(words[i]);
		if (i > 0)
			buf[len++] = ' ';
		memcpy(buf + len, words[i], bytes);
		len += bytes;
	}
	buf[len] = '\0';
}

uint64_t link_functions_parse(struct ledger *l, uint16_t proto, const char *words)
{
	struct link_functions *fs = words[0] ? functions_of(l, proto) : NULL;
	uint64_t functions = 0;

	for (size_t len; fs && words[0]; words += len + (words[len] == ' ')) {
		len = strcspn(words, " ");
		int bit = function_bit(fs, words, len);
		if (bit >= 0)
			functions |= UINT64_C(1) << bit;
	}
	return functions;
}
