#include "ledger/baseline.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_state.h"

#define WRITE_AGAIN_NS (INT64_C(10) * 1000000000)

enum { ACCESS_READ = 1, ACCESS_WRITTEN = 2, ADDRESSES = 65536, PER_FACT = 64 };

/* ---- the table */

static uint64_t hash_key(const struct learnt_key *key)
{
	return hash_bytes(key, sizeof(*key));
}

static void quieten(int64_t *until_ns, int64_t at_least_ns)
{
	if (*until_ns < at_least_ns)
		*until_ns = at_least_ns;
}

/* Whose trouble is forgotten may be anybody. */
static void evict_troubled(void *ctx, void *entry)
{
	quieten(&((struct baseline_book *)ctx)->quiet_until_ns, ((struct troubled *)entry)->until_ns);
}

int baseline_init(struct ledger *l)
{
	struct baseline_book *b = &l->base;
	int err = table_init(&b->facts, BASELINE_FACTS_MAX, sizeof(struct learnt_key), sizeof(struct learnt),
			     table_hash_bytes, NULL, NULL);

	return err ? err
		   : table_init(&b->troubled, BASELINE_TROUBLED_MAX, sizeof(uint64_t), sizeof(struct troubled),
				table_hash_u64, evict_troubled, b);
}

void baseline_deinit(struct ledger *l)
{
	table_deinit(&l->base.facts);
	table_deinit(&l->base.troubled);
}

uint64_t baseline_ceiling_bytes(void)
{
	return table_ceiling_bytes(BASELINE_FACTS_MAX, sizeof(struct learnt)) +
	       table_ceiling_bytes(BASELINE_TROUBLED_MAX, sizeof(struct troubled));
}

struct learnt *baseline_find(const struct ledger *l, const struct learnt_key *key)
{
	return table_find(&l->base.facts, key, hash_key(key));
}

struct learnt *baseline_add(struct ledger *l, const struct learnt_key *key)
{
	struct baseline_book *b = &l->base;
	struct learnt *f = baseline_find(l, key);

	if (f)
		return f;
	if (b->facts.used == b->facts.cap) {
		b->refused++;
		if (!b->full_said)
			log_warning("baseline: full at %u facts; what is not in it is no longer called new",
				    b->facts.cap);
		b->full_said = true;
		return NULL;
	}
	return table_insert(&b->facts, key, hash_key(key));
}

/* Is there one to judge by, be it empty? */
static bool has_learnt(const struct baseline_book *b)
{
	return b->facts.used > 0 || b->begun_ns != 0;
}

struct baseline_counters baseline_count(const struct ledger *l)
{
	const struct site_baseline *how = &l->site->baseline;
	const struct baseline_book *b = &l->base;
	struct baseline_counters c = {.facts = b->facts.used, .refused = b->refused, .thrown_away = b->thrown_away};

	if (how->learn_until_ns == 0)
		return c;
	bool over = l->last_ns >= how->learn_until_ns;
	int64_t to_ns = over ? how->learn_until_ns : l->last_ns;
	c.state = !over ? BASELINE_STATE_LEARNS : has_learnt(b) ? BASELINE_STATE_OVER : BASELINE_STATE_MISSING;
	if (b->begun_ns && b->begun_ns < to_ns)
		c.learning_s = (uint64_t)((to_ns - b->begun_ns) / NS_PER_S);
	/* up to now, and not up to when the last alert is long enough ago */
	int64_t ahead_ns =
		    (b->trouble_until_ns < how->learn_until_ns ? b->trouble_until_ns : how->learn_until_ns) - to_ns,
		interrupted_ns = b->interrupted_ns - (ahead_ns > 0 ? ahead_ns : 0);
	c.interrupted_s = interrupted_ns > 0 ? (uint64_t)(interrupted_ns / NS_PER_S) : 0;
	return c;
}

static void forget(struct ledger *l, struct learnt *f)
{
	baseline_unmark(l, f);
	baseline_drop_row(l, &f->key);
	table_remove(&l->base.facts, f);
	l->base.thrown_away++;
}

/* ---- writers of a unit */

static struct learnt_key writers_key(uint64_t dest_no, uint16_t unit)
{
	return (struct learnt_key){.link_id = dest_no, .unit = unit, .kind = LEARNT_WRITERS};
}

static void add_writer(struct ledger *l, const struct learnt *writer)
{
	uint64_t dest_no = writer->ends[1];
	struct learnt_key key = writers_key(dest_no, writer->key.unit);
	struct learnt *all = dest_no && dest_no != BASELINE_SOMEBODY ? baseline_add(l, &key) : NULL;

	if (all)
		all->count++;
}

void baseline_count_writers(struct ledger *l)
{
	struct learnt *next;

	for (struct learnt *f = table_oldest(&l->base.facts); f; f = next) {
		next = table_newer(&l->base.facts, f);
		if (f->key.kind == LEARNT_WRITERS)
			table_remove(&l->base.facts, f);
	}
	/* what add_writer() makes stands behind the newest of now, and is no writer itself */
	for (struct learnt *f = table_oldest(&l->base.facts); f; f = table_newer(&l->base.facts, f)) {
		if (f->key.kind == LEARNT_WRITER)
			add_writer(l, f);
	}
}

/* ---- what a record does */

static const struct field_def *field_named(const struct field_table *t, const char *name)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		if (strcmp(t->fields[i].name, name) == 0)
			return &t->fields[i];
	}
	return NULL;
}

static const struct baseline_fields *fields_of(struct ledger *l, const struct field_table *t)
{
	static const char *const functions[] = {"function_code", "service", "command", "http_method", "function"};
	static const struct baseline_fields none;
	struct baseline_book *b = &l->base;

	for (unsigned i = 0; i < b->n_fields; i++) {
		if (b->fields[i].table == t)
			return &b->fields[i];
	}
	if (b->n_fields == BASELINE_TABLES_MAX)
		return &none;
	struct baseline_fields *d = &b->fields[b->n_fields++];
	*d = (struct baseline_fields){
	    .table = t,
	    .protocol = field_named(t, "protocol"),
	    .role = field_named(t, "role"),
	    .root_mac = field_named(t, "detail.root_mac"),
	    .sub = field_named(t, "umas.function"),
	    .unit = field_named(t, "unit_id"),
	    .data_type = field_named(t, "data_type"),
	    .address = field_named(t, "request.address"),
	    .quantity = field_named(t, "request.quantity"),
	    .read_address = field_named(t, "request.read_address"),
	    .read_quantity = field_named(t, "request.read_quantity"),
	    .write_address = field_named(t, "request.write_address"),
	    .write_quantity = field_named(t, "request.write_quantity"),
	};
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]) && !d->function; i++)
		d->function = field_named(t, functions[i]);
	return d;
}

uint32_t baseline_word(const char *text, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a: the same in every run, as it is stored */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)text[i]) * 16777619u;
	return h;
}

static struct span word_of(const struct event *ev, const struct field_def *f)
{
	const struct event_value *v = f ? event_get(ev, f) : NULL;

	if (!v)
		return span_of(NULL, 0);
	if (f->type == FIELD_TYPE_TEXT)
		return span_of(v->ptr, v->count < BASELINE_TEXT_MAX ? v->count : BASELINE_TEXT_MAX - 1);
	const char *token = f->type == FIELD_TYPE_ENUM ? enum_token(f->names, v->u) : NULL;
	return token ? span_str(token) : span_of(NULL, 0);
}

static bool number_of(const struct event *ev, const struct field_def *f, uint64_t *out)
{
	const struct event_value *v = f ? event_get(ev, f) : NULL;

	if (v)
		*out = v->u;
	return v != NULL;
}

static void keep_word(struct learnt *f, struct span word)
{
	size_t n = word.len < sizeof(f->text) ? word.len : sizeof(f->text) - 1;

	for (size_t i = 0; i < n; i++)
		f->text[i] = isgraph(word.ptr[i]) ? (char)word.ptr[i] : '_';
	f->text[n] = '\0';
}

/* ---- learning and judging one aspect */

struct lesson {
	struct ledger *l;
	const struct event *ev;
	int64_t quarantine_ns;
	uint64_t ends[2];      /* as a fact has them */
	bool period, learning; /* the period runs; and this may be learnt */
};

static void touch(struct lesson *s, struct learnt *f)
{
	f->count += s->ev->count;
	memcpy(f->ends, s->ends, sizeof(f->ends)); /* better known perhaps */
	if (s->ev->at.ts_ns > f->last_ns) {
		if (s->ev->at.ts_ns - f->last_ns >= WRITE_AGAIN_NS)
			baseline_mark(s->l, f);
		f->last_ns = s->ev->at.ts_ns;
	}
}

static enum baseline_verdict unknown_yet(const struct lesson *s)
{
	if (s->period)
		return BASELINE_LEARNING;
	return s->l->base.refused ? BASELINE_NONE : BASELINE_NEW;
}

/* @return the verdict; *out where the fact is there now. */
static enum baseline_verdict ask(struct lesson *s, const struct learnt_key *key, struct learnt **out)
{
	struct learnt *f = baseline_find(s->l, key);

	*out = f;
	if (f) {
		if (s->learning)
			touch(s, f);
		bool firm = f->by_person || !s->period || s->ev->at.ts_ns - f->first_ns >= s->quarantine_ns;
		return firm ? BASELINE_KNOWN : BASELINE_LEARNING;
	}
	if (s->learning && (f = baseline_add(s->l, key))) {
		f->first_ns = f->last_ns = s->ev->at.ts_ns;
		f->count = s->ev->count;
		memcpy(f->ends, s->ends, sizeof(f->ends));
		s->l->base.fresh_ns = s->ev->at.ts_ns;
		baseline_mark(s->l, f);
		*out = f;
	}
	return unknown_yet(s);
}

static enum baseline_verdict worse(enum baseline_verdict a, enum baseline_verdict b)
{
	return a > b ? a : b;
}

static enum baseline_verdict ask_block(struct lesson *s, const struct learnt_key *key, uint64_t bits, struct span table)
{
	struct learnt *f = baseline_find(s->l, key);
	int64_t now_ns = s->ev->at.ts_ns;

	if (f && f->fresh_bits && now_ns - f->fresh_ns >= s->quarantine_ns) {
		f->bits |= f->fresh_bits;
		f->fresh_bits = 0;
		baseline_mark(s->l, f);
	}
	if (f && (bits & ~f->bits) == 0) {
		if (s->learning)
			touch(s, f);
		return BASELINE_KNOWN;
	}
	bool seen = f && (bits & ~(f->bits | f->fresh_bits)) == 0;
	if (!seen && s->learning && (f = baseline_add(s->l, key))) {
		if (f->first_ns == 0) {
			f->first_ns = now_ns;
			keep_word(f, table);
		}
		f->fresh_bits |= bits & ~f->bits;
		f->fresh_ns = f->last_ns = now_ns;
		f->count += s->ev->count;
		memcpy(f->ends, s->ends, sizeof(f->ends));
		s->l->base.fresh_ns = s->ev->at.ts_ns;
		baseline_mark(s->l, f);
	}
	return seen ? (s->period ? BASELINE_LEARNING : BASELINE_KNOWN) : unknown_yet(s);
}

static enum baseline_verdict ask_range(struct lesson *s, struct learnt_key key, uint64_t address, uint64_t quantity,
				       uint64_t table, struct span table_name)
{
	enum baseline_verdict verdict = BASELINE_NONE;
	uint64_t end = address + (quantity ? quantity : 1);

	for (uint64_t at = address; at < end && at < ADDRESSES;) {
		uint64_t block = at / PER_FACT, stop = (block + 1) * PER_FACT < end ? (block + 1) * PER_FACT : end;
		uint64_t bits = stop - at == 64 ? ~UINT64_C(0) : ((UINT64_C(1) << (stop - at)) - 1) << (at % PER_FACT);
		key.what = (uint32_t)(table << 16 | block);
		verdict = worse(verdict, ask_block(s, &key, bits, table_name));
		at = stop;
	}
	return verdict;
}

static enum baseline_verdict ask_ranges(struct lesson *s, const struct baseline_fields *d, struct learnt_key key)
{
	enum baseline_verdict verdict = BASELINE_NONE;
	uint64_t address, quantity = 1, table = 0;
	struct span name = word_of(s->ev, d->data_type);

	key.kind = LEARNT_RANGE;
	if (!number_of(s->ev, d->data_type, &table))
		return BASELINE_NONE;
	if (number_of(s->ev, d->address, &address)) {
		number_of(s->ev, d->quantity, &quantity);
		key.access = s->ev->func_class == CLASS_READ ? ACCESS_READ : ACCESS_WRITTEN;
		verdict = ask_range(s, key, address, quantity, table, name);
	}
	if (number_of(s->ev, d->read_address, &address) && number_of(s->ev, d->read_quantity, &quantity)) {
		key.access = ACCESS_READ;
		verdict = worse(verdict, ask_range(s, key, address, quantity, table, name));
	}
	if (number_of(s->ev, d->write_address, &address) && number_of(s->ev, d->write_quantity, &quantity)) {
		key.access = ACCESS_WRITTEN;
		verdict = worse(verdict, ask_range(s, key, address, quantity, table, name));
	}
	return verdict;
}

static enum baseline_verdict ask_writer(struct lesson *s, struct learnt_key key, uint64_t dest_no)
{
	struct learnt_key all = writers_key(dest_no, key.unit);
	struct learnt *f;

	key.kind = LEARNT_WRITER;
	bool had = baseline_find(s->l, &key) != NULL;
	enum baseline_verdict v = ask(s, &key, &f);
	if (f && !had)
		add_writer(s->l, f);
	return v == BASELINE_NEW && !baseline_find(s->l, &all) ? BASELINE_NONE : v;
}

/* ---- an event */

static bool is_open_question(const struct link *k, const struct event *ev)
{
	if (ev->table != &flow_table_fields || k->key.proto != VOCAB_OTHER)
		return false;
	const struct event_value *state = event_get(ev, &flow_field[FLOW_STATE]);
	return !state || state->u != FLOW_STATE_CLOSED;
}

/* ---- what everybody uses: the asset that serves it, and its name */

static bool says(struct span s, const char *word)
{
	return span_eq(s, span_str(word));
}

static bool is_established(const struct event *ev)
{
	const struct event_value *state = event_get(ev, &flow_field[FLOW_STATE]);

	return state && state->u == FLOW_STATE_ESTABLISHED;
}

static bool service_of(const struct event *ev, const struct baseline_fields *d, const struct asset *src,
		       const struct asset *dest, struct learnt_key *key, const char **name)
{
	const struct asset *server = NULL;
	struct span protocol = word_of(ev, d->protocol);
	const struct event_value *root = d->root_mac ? event_get(ev, d->root_mac) : NULL;

	*name = NULL;
	if (root) { /* the root of the spanning tree is known by its address, whoever tells of it */
		*key = (struct learnt_key){.kind = LEARNT_SERVICE,
					   .what = baseline_word((const char *)root->mac.b, sizeof(root->mac.b))};
		*name = "stp_root";
		return true;
	}
	if (says(word_of(ev, d->role), "dhcp_server")) {
		/* who has no address yet is told by an answer to everybody, which has no client's side */
		server = ip_scope(&ev->at.dest_ip) == IP_SCOPE_BROADCAST ? src : dest;
		*name = "dhcp_server";
	} else if (says(protocol, "ndp")) {
		server = src;
		*name = "ipv6_router";
	} else if (ev->table == &flow_table_fields && ev->at.app_proto && is_established(ev) &&
		   (strcmp(ev->at.app_proto, "dns") == 0 || strcmp(ev->at.app_proto, "ntp") == 0)) {
		server = dest;
		*name = ev->at.app_proto;
	}
	if (!*name || !server)
		return false;
	*key = (struct learnt_key){
	    .link_id = server->no, .kind = LEARNT_SERVICE, .what = baseline_word(*name, strlen(*name))};
	return true;
}

static enum baseline_verdict ask_service(struct lesson *s, const struct baseline_fields *d, const struct asset *src,
					 const struct asset *dest)
{
	struct learnt_key key;
	struct learnt *f;
	const char *name;

	if (!service_of(s->ev, d, src, dest, &key, &name))
		return BASELINE_NONE;
	enum baseline_verdict v = ask(s, &key, &f);
	if (f && !f->text[0])
		keep_word(f, span_str(name));
	if (f) /* not whoever asked it last */
		f->ends[0] = f->ends[1] = f->key.link_id;
	return v;
}

/* ---- the conversation, what is done in it, and where */

static void ask_conversation(struct lesson *s, const struct link *k, const struct baseline_fields *d,
			     struct baseline *b)
{
	const struct event *ev = s->ev;
	struct learnt_key key = {.link_id = k->id, .kind = LEARNT_PAIR};
	struct learnt *f;

	b->pair = ask(s, &key, &f);
	if (ev->table == &flow_table_fields)
		return;
	bool known_pair = f != NULL;
	uint64_t unit = 0;
	struct span word = word_of(ev, d->sub);
	number_of(ev, d->unit, &unit);
	key.unit = (uint16_t)unit;
	if (word.len == 0)
		word = word_of(ev, d->function);
	if (word.len == 0)
		return;
	/* who else writes there is asked of whoever writes, above all of who never came before */
	if (ev->func_class == CLASS_WRITE || ev->func_class == CLASS_PROGRAM)
		b->writer = ask_writer(s, key, link_asset_no(k->key.dest));
	if (!known_pair)
		return;
	key.kind = LEARNT_FUNCTION;
	key.what = baseline_word((const char *)word.ptr, word.len);
	b->function = ask(s, &key, &f);
	if (f && !f->text[0])
		keep_word(f, word);
	key.what = 0;
	if (f)
		b->range = ask_ranges(s, d, key);
}

static bool is_troubled(struct ledger *l, uint64_t no, int64_t now_ns)
{
	const struct table *t = &l->base.troubled;
	const struct troubled *one = no ? table_find(t, &no, hash_u64(hash_seed, no)) : NULL;

	return one && now_ns < one->until_ns;
}

/* Who is no asset may be anybody who was near trouble. */
static bool near_trouble(struct ledger *l, const uint64_t ends[2], int64_t now_ns)
{
	const struct baseline_book *b = &l->base;

	if (now_ns >= b->trouble_until_ns)
		return false;
	if (now_ns < b->quiet_until_ns || ends[0] == BASELINE_SOMEBODY || ends[1] == BASELINE_SOMEBODY)
		return true;
	return is_troubled(l, ends[0], now_ns) || is_troubled(l, ends[1], now_ns);
}

struct baseline baseline_take(struct ledger *l, const struct link *k, const struct event *ev, const struct asset *src,
			      const struct asset *dest)
{
	const struct site_baseline *how = &l->site->baseline;
	struct baseline b = {BASELINE_NONE};
	int64_t now_ns = ev->at.ts_ns;
	struct lesson s = {
	    .l = l,
	    .ev = ev,
	    .quarantine_ns = how->quarantine_ns,
	    .period = now_ns >= how->learn_from_ns && now_ns < how->learn_until_ns,
	};

	/* without a period there is nothing to judge by, and nor is there before one */
	if (how->learn_until_ns == 0 || now_ns < how->learn_from_ns || ev->table == &anomaly_table)
		return b;
	if (s.period && l->base.begun_ns == 0)
		l->base.begun_ns = now_ns;
	if (!has_learnt(&l->base))
		return b;
	s.ends[0] = src ? src->no : k ? BASELINE_SOMEBODY : 0;
	s.ends[1] = dest ? dest->no : k ? BASELINE_SOMEBODY : 0;
	s.learning = s.period && ev->conduit.verdict != CONDUIT_DENIED && !near_trouble(l, s.ends, now_ns);
	const struct baseline_fields *d = fields_of(l, ev->table);
	b.service = ask_service(&s, d, src, dest);
	if (k && !is_open_question(k, ev))
		ask_conversation(&s, k, d, &b);
	return b;
}

/* ---- trouble, and conversations that turn out to be one */

static void add_trouble(struct baseline_book *b, uint64_t no, int64_t until_ns)
{
	uint64_t hash = hash_u64(hash_seed, no);
	struct troubled *one = table_find(&b->troubled, &no, hash);

	if (one)
		table_touch(&b->troubled, one);
	else
		one = table_insert(&b->troubled, &no, hash);
	quieten(one ? &one->until_ns : &b->quiet_until_ns, until_ns);
}

/* The quarantines on both sides of an alert, as far as they are of the period and not counted yet. */
static void count_interruption(struct baseline_book *b, const struct site_baseline *how, int64_t at_ns)
{
	int64_t from_ns = at_ns - how->quarantine_ns, to_ns = at_ns + how->quarantine_ns;

	quieten(&from_ns, b->trouble_until_ns);
	quieten(&from_ns, b->begun_ns ? b->begun_ns : at_ns);
	if (to_ns > how->learn_until_ns)
		to_ns = how->learn_until_ns;
	if (to_ns > from_ns)
		b->interrupted_ns += to_ns - from_ns;
}

static bool is_about(const struct learnt *f, uint64_t no)
{
	return f->ends[0] == no || f->ends[1] == no;
}

/* Of those two assets; of all where neither is one. */
static void throw_away(struct ledger *l, int64_t at_ns, uint64_t src_no, uint64_t dest_no)
{
	const struct site_baseline *how = &l->site->baseline;
	struct baseline_book *b = &l->base;
	bool all = !src_no && !dest_no, writers = false;
	struct learnt *next;

	for (struct learnt *f = table_oldest(&b->facts); f; f = next) {
		next = table_newer(&b->facts, f);
		if (f->by_person || f->key.kind == LEARNT_WRITERS)
			continue;
		bool nobodys = is_about(f, BASELINE_SOMEBODY) || !(f->ends[0] | f->ends[1]);
		if (!all && !nobodys && !(src_no && is_about(f, src_no)) && !(dest_no && is_about(f, dest_no)))
			continue;
		if (f->fresh_bits && at_ns - f->fresh_ns < how->quarantine_ns) {
			f->fresh_bits = 0;
			b->thrown_away++;
			baseline_mark(l, f);
		}
		bool empty_range = f->key.kind == LEARNT_RANGE && !(f->bits | f->fresh_bits);
		if (empty_range || (f->key.kind != LEARNT_RANGE && at_ns - f->first_ns < how->quarantine_ns)) {
			writers |= f->key.kind == LEARNT_WRITER;
			forget(l, f);
		}
	}
	if (writers)
		baseline_count_writers(l);
}

void baseline_disturb(struct ledger *l, int64_t at_ns, uint64_t src_no, uint64_t dest_no)
{
	const struct site_baseline *how = &l->site->baseline;
	struct baseline_book *b = &l->base;
	int64_t until_ns = at_ns + how->quarantine_ns;

	if (at_ns < how->learn_from_ns || at_ns >= how->learn_until_ns + how->quarantine_ns)
		return;
	/* of who was near trouble already nothing has been learnt since */
	bool told = at_ns < b->quiet_until_ns || ((src_no || dest_no) && (!src_no || is_troubled(l, src_no, at_ns)) &&
						  (!dest_no || is_troubled(l, dest_no, at_ns)));
	count_interruption(b, how, at_ns);
	quieten(&b->trouble_until_ns, until_ns);
	if (!src_no && !dest_no)
		quieten(&b->quiet_until_ns, until_ns);
	if (src_no)
		add_trouble(b, src_no, until_ns);
	if (dest_no)
		add_trouble(b, dest_no, until_ns);
	if (!told && at_ns - b->fresh_ns < how->quarantine_ns)
		throw_away(l, at_ns, src_no, dest_no);
}

/* Gives fact @f the key @key, joined with the one that has it already. @f is dead afterwards. */
static void rekey(struct ledger *l, struct learnt *f, const struct learnt_key *key)
{
	struct learnt old = *f;

	baseline_unmark(l, f);
	baseline_drop_row(l, &old.key);
	l->base.pressing = true;
	table_remove(&l->base.facts, f);
	bool had = baseline_find(l, key) != NULL;
	struct learnt *g = baseline_add(l, key);
	if (!g)
		return;
	if (!had) {
		old.key = *key;
		old.dirty = false;
		old.dirty_next = old.dirty_prev = NULL;
		*g = old;
	} else {
		g->bits |= old.bits;
		g->fresh_bits |= old.fresh_bits;
		g->count += old.count;
		g->by_person |= old.by_person;
		if (old.first_ns < g->first_ns)
			g->first_ns = old.first_ns;
	}
	baseline_mark(l, g);
}

void baseline_join(struct ledger *l, uint64_t from, uint64_t to)
{
	struct learnt_key pair = {.link_id = from, .kind = LEARNT_PAIR};
	struct learnt *next;

	if (!baseline_find(l, &pair)) /* without its conversation nothing else is learnt */
		return;
	for (struct learnt *f = table_oldest(&l->base.facts); f; f = next) {
		next = table_newer(&l->base.facts, f);
		if (f->key.link_id != from || f->key.kind >= LEARNT_SERVICE)
			continue;
		struct learnt_key key = f->key;
		key.link_id = to;
		rekey(l, f, &key);
	}
}

void baseline_move_asset(struct ledger *l, uint64_t from, uint64_t to)
{
	struct learnt *next;
	const struct troubled *one = table_find(&l->base.troubled, &from, hash_u64(hash_seed, from));
	bool moved = false;

	if (one)
		add_trouble(&l->base, to, one->until_ns);
	for (struct learnt *f = table_oldest(&l->base.facts); f; f = next) {
		next = table_newer(&l->base.facts, f);
		for (int i = 0; i < 2; i++) {
			if (f->ends[i] == from) {
				f->ends[i] = to;
				moved |= f->key.kind == LEARNT_WRITER;
			}
		}
		if (f->key.kind == LEARNT_SERVICE && f->key.link_id == from) {
			struct learnt_key key = f->key;
			key.link_id = to;
			rekey(l, f, &key);
		}
	}
	if (moved)
		baseline_count_writers(l);
}
