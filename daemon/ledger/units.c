#include "ledger/units.h"

#include <string.h>

#include "ledger/devices.h"
#include "ledger/holders.h"

enum {
	UNIT_FIRST = 1,
	UNIT_LAST = 247,
	THE_SERVER = 255, /* 0 means it as well */
	EXCEPTION_ILLEGAL_FUNCTION = 1,
	EXCEPTION_ILLEGAL_ADDRESS = 2,
	EXCEPTION_ILLEGAL_VALUE = 3,
	EXCEPTION_GATEWAY_PATH = 0x0a,
	EXCEPTION_GATEWAY_TARGET = 0x0b,
	OUTCOME_DATA = 0,
};

static const char role[] = "gateway";

/* By which units name themselves. UMAS is left out: it is spoken by the controller that answers, whatever unit id
 * stands there. */
static const char *const said_sources[GATE_SOURCES] = {"modbus_device_id", "modbus_server_id"};

/* ---- bits by unit id */

static bool has(const uint64_t set[UNIT_WORDS], unsigned unit)
{
	return set[unit / 64] >> (unit % 64) & 1;
}

static void put(uint64_t set[UNIT_WORDS], unsigned unit)
{
	set[unit / 64] |= UINT64_C(1) << (unit % 64);
}

/* The same of a set by which it may turn out to be a gateway. */
static void put_news(struct gate *g, uint64_t set[UNIT_WORDS], unsigned unit)
{
	g->shows_more |= !has(set, unit);
	put(set, unit);
}

static bool is_serial(unsigned unit)
{
	return unit >= UNIT_FIRST && unit <= UNIT_LAST;
}

/* ---- the units that are assets */

static struct unit_entry *find(const struct ledger *l, uint64_t gateway_no, unsigned unit)
{
	struct unit_key key = {gateway_no, unit};

	return table_find(&l->units, &key, hash_bytes(&key, sizeof(key)));
}

void units_point(struct ledger *l, struct asset *a)
{
	if (!a->has_unit)
		return;
	struct unit_key key = {a->gateway_no, a->unit};
	struct unit_entry *e = find(l, a->gateway_no, a->unit);
	/* one that is not in memory comes back as one that may have units */
	struct asset *gateway = table_find(&l->assets, &key.gateway_no, hash_u64(hash_seed, key.gateway_no));

	if (gateway)
		gateway->may_have_units = true;
	if (!e)
		e = table_insert(&l->units, &key, hash_bytes(&key, sizeof(key)));
	if (e) {
		e->asset_no = a->no;
		e->asset = a;
	}
}

/* The units of @gateway_no that are in memory stand on disk as well: what is done there holds for all. */
static void write_units(struct ledger *l, uint64_t gateway_no)
{
	for (struct unit_entry *e = table_oldest(&l->units); e; e = table_newer(&l->units, e)) {
		if (e->key.gateway_no == gateway_no && e->asset && e->asset->no == e->asset_no)
			ledger_db_put_asset(l, e->asset);
	}
}

/* Only those in memory; the others are found on disk when they speak. */
static void stand_behind(struct ledger *l, struct asset *a, uint64_t gateway_no)
{
	a->gateway_no = gateway_no & ASSET_NO_MAX;
	a->stale = true;
	a->n_changes++;
	ledger_mark_asset(l, a);
}

void units_moved(struct ledger *l, const struct asset *from, struct asset *to, int64_t decision)
{
	struct note n = ledger_note_now(l, l->source_traffic, 100);
	struct unit_entry *next;

	if (!from->may_have_units)
		return;
	to->may_have_units = true;
	write_units(l, from->no);
	ledger_db_note_units(l, decision, from->no);
	ledger_db_move_units(l, decision, from, to, &n);
	if (decision == 0)
		ledger_db_forget_units(l, 0);
	for (struct unit_entry *e = table_oldest(&l->units); e; e = next) {
		next = table_newer(&l->units, e);
		if (e->key.gateway_no != from->no)
			continue;
		struct asset *a = e->asset && e->asset->no == e->asset_no ? e->asset : NULL;
		table_remove(&l->units, e);
		if (!a)
			continue;
		stand_behind(l, a, to->no);
		units_point(l, a);
	}
}

void units_returned(struct ledger *l, const struct asset *to, const struct asset *from, int64_t decision)
{
	struct note n = ledger_note_now(l, l->source_traffic, 100);
	struct unit_entry *next;

	write_units(l, to->no);
	ledger_db_move_units(l, decision, to, from, &n);
	for (struct unit_entry *e = table_oldest(&l->units); e; e = next) {
		next = table_newer(&l->units, e);
		if (e->key.gateway_no == to->no || e->key.gateway_no == from->no)
			table_remove(&l->units, e);
	}
	/* each found by its gateway again, also where both had the same unit id */
	for (struct asset *a = table_oldest(&l->assets); a; a = table_newer(&l->assets, a)) {
		if (!a->has_unit || (a->gateway_no != to->no && a->gateway_no != from->no))
			continue;
		if (a->gateway_no == to->no && ledger_db_was_moved(l, decision, a->no))
			stand_behind(l, a, from->no);
		units_point(l, a);
	}
	ledger_db_forget_units(l, decision);
}

struct asset *units_gateway(struct ledger *l, const struct asset *a)
{
	return a->has_unit ? holders_by_no(l, a->gateway_no) : NULL;
}

static struct asset *unit_asset(struct ledger *l, const struct asset *server, unsigned unit)
{
	struct unit_entry *e = find(l, server->no, unit);
	struct asset *a = e ? holders_asset(l, &e->asset, &e->asset_no) : NULL;
	uint64_t gateway_no = server->no;

	if (!a && l->assets_on_disk)
		a = holders_by_no(l, ledger_load_unit(l, gateway_no, unit));
	if (a)
		return a;
	a = device_is_taken_in(l, NULL) ? device_make(l, l->cause->at.ts_ns) : NULL;
	if (!a)
		return NULL;
	a->has_unit = true;
	a->gateway_no = gateway_no & ASSET_NO_MAX;
	a->unit = (uint8_t)unit;
	units_point(l, a);
	ledger_announce(l, a);
	return a;
}

/* ---- what the server did with each unit id */

static struct gate *gate_of(struct ledger *l, const struct asset *server)
{
	uint64_t hash = hash_u64(hash_seed, server->no);
	struct gate *g = table_find(&l->gates, &server->no, hash);

	if (g)
		return g;
	g = table_insert(&l->gates, &server->no, hash);
	if (g)
		g->is_gateway = asset_attr(server, ATTR_ROLE, role) != NULL;
	return g;
}

static uint16_t source_no(struct ledger *l, unsigned k)
{
	return vocab_no(&l->sources, said_sources[k], strlen(said_sources[k]));
}

/* Whatever a unit said of itself went to the server as long as it was thought to be the only device there. */
static void hand_over_identity(struct ledger *l, struct asset *server, struct asset *unit, uint16_t source)
{
	for (unsigned i = server->n_attrs; i > 0; i--) {
		struct attribute *t = &server->attrs[i - 1];
		if (t->source != source)
			continue;
		struct note n = {(uint16_t)t->source, (uint8_t)t->confidence, t->last_ns, attribute_at(t), t->lasting};
		asset_note_seen(unit, t->attr, span_str(t->text), &n);
		ledger_db_drop_attr(l, server->no, t->attr, t->text);
		asset_drop_attr(server, t);
	}
	ledger_mark_asset(l, unit);
}

static void become_gateway(struct ledger *l, struct gate *g, struct asset *server)
{
	struct note n = ledger_note_now(l, vocab_no(&l->sources, "modbus", strlen("modbus")), 80);

	if (g->is_gateway)
		return;
	g->is_gateway = true;
	ledger_note(l, server, ATTR_ROLE, span_str(role), &n);
	server->stale = true;
	for (unsigned unit = UNIT_FIRST; unit <= UNIT_LAST; unit++) {
		table_touch(&l->assets, server); /* what is made here must not push it out */
		struct asset *a = has(g->answered, unit) ? unit_asset(l, server, unit) : NULL;
		for (unsigned k = 0; a && k < GATE_SOURCES; k++) {
			if (g->said_by[k] == unit)
				hand_over_identity(l, server, a, source_no(l, k));
		}
	}
}

static unsigned count_units(const uint64_t set[UNIT_WORDS], const uint64_t without[UNIT_WORDS])
{
	static const uint64_t serial[UNIT_WORDS] = {~UINT64_C(1), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0) >> 8};
	unsigned n = 0;

	_Static_assert(UNIT_FIRST == 1 && UNIT_LAST == 247, "the bits of all that is_serial()");
	for (unsigned i = 0; i < UNIT_WORDS; i++)
		n += (unsigned)__builtin_popcountll(set[i] & ~without[i] & serial[i]);
	return n;
}

/* Did another unit answer the same request in another way? */
static bool differs(struct gate *g, uint32_t request, unsigned unit, uint32_t outcome)
{
	struct gate_answer *free_one = &g->answers[g->next % GATE_ANSWERS];

	for (unsigned i = 0; i < GATE_ANSWERS; i++) {
		struct gate_answer *a = &g->answers[i];
		if (!a->used || a->request != request)
			continue;
		if (a->unit == unit)
			free_one = a;
		else if (a->outcome != outcome)
			return true;
	}
	if (free_one == &g->answers[g->next % GATE_ANSWERS])
		g->next++;
	*free_one = (struct gate_answer){request, outcome, (uint8_t)unit, true};
	return false;
}

/* Were two units spoken of: one that was refused on behalf of another device, and another one? A device that is alone
 * may say so of itself. */
static bool tells_of_others(const struct gate *g)
{
	unsigned refused = 0, spoken_of = 0;

	for (unsigned i = 0; i < UNIT_WORDS; i++) {
		refused += (unsigned)__builtin_popcountll(g->refused[i]);
		spoken_of += (unsigned)__builtin_popcountll(g->refused[i] | g->answered[i]);
	}
	return refused > 0 && spoken_of > 1;
}

/* Did some units answer, and another one never? */
static bool some_are_silent(const struct gate *g)
{
	return count_units(g->silent_twice, g->answered) > 0 && count_units(g->answered, (uint64_t[UNIT_WORDS]){0}) > 1;
}

/* ---- records */

bool units_is_modbus(struct ledger *l, const struct field_table *table)
{
	struct modbus_fields *m = &l->modbus;

	if (m->table == table)
		return true;
	if (m->table || strcmp(table->object, "modbus") != 0)
		return false;
	*m = (struct modbus_fields){.table = table,
				    .unit_id = ledger_field(table, "unit_id"),
				    .function = ledger_field(table, "function_raw"),
				    .request = ledger_field(table, "request.address"),
				    .response = ledger_field(table, "response.address"),
				    .exception = ledger_field(table, "exception.raw")};
	return true;
}

static uint64_t number(const struct event *ev, const struct field_def *f, uint64_t fallback)
{
	const struct event_value *v = f ? event_get(ev, f) : NULL;

	return v ? v->u : fallback;
}

/* What was asked, as far as it is part of the fact, so that the gate makes no difference: a unit that refuses another
 * subfunction or object than the one before says nothing about being another device. */
static uint32_t request_of(const struct ledger *l, const struct event *ev)
{
	uint64_t h = hash_u64(hash_seed, number(ev, l->modbus.function, 0));

	for (unsigned i = 0; i < ev->n_values; i++) {
		const struct event_value *v = &ev->values[i];
		if (v->field < l->modbus.request || v->field >= l->modbus.response || v->field->flags != FIELD_KEY)
			continue;
		size_t bytes = event_value_bytes(v);
		h = hash_u64(h, (uint64_t)(v->field - l->modbus.request) << 32 | v->count);
		h = hash_u64(h, bytes ? hash_bytes(v->ptr, bytes) : v->u);
	}
	return (uint32_t)h;
}

struct asset *units_take(struct ledger *l, const struct event *ev, struct asset *server)
{
	unsigned unit = (unsigned)number(ev, l->modbus.unit_id, 0);
	uint64_t exception = number(ev, l->modbus.exception, 0);
	bool refused = exception == EXCEPTION_GATEWAY_PATH || exception == EXCEPTION_GATEWAY_TARGET;
	bool answered = !refused && (exception > 0 || ev->complete == COMPLETE_YES);

	if (server->has_unit || (!is_serial(unit) && !refused))
		return NULL;
	struct gate *g = gate_of(l, server);
	if (!g)
		return NULL;
	table_touch(&l->gates, g);
	if (answered && is_serial(unit)) {
		put_news(g, g->answered, unit);
		/* which value is refused depends on the value, and that is no part of the request here */
		uint64_t last = ev->func_class >= CLASS_WRITE ? EXCEPTION_ILLEGAL_ADDRESS : EXCEPTION_ILLEGAL_VALUE;
		bool telling = exception == 0 || (exception >= EXCEPTION_ILLEGAL_FUNCTION && exception <= last);
		if (!g->is_gateway && telling && differs(g, request_of(l, ev), unit, exception > 0 ? 1u : OUTCOME_DATA))
			become_gateway(l, g, server);
	} else if (!refused && !ev->at.one_sided && ev->complete == COMPLETE_NO) {
		if (has(g->silent, unit))
			put_news(g, g->silent_twice, unit);
		put(g->silent, unit);
	}
	if (refused)
		put_news(g, g->refused, unit);
	if (!g->is_gateway && g->shows_more) {
		g->shows_more = false;
		if (tells_of_others(g) || some_are_silent(g))
			become_gateway(l, g, server);
	}
	return g->is_gateway && is_serial(unit) && has(g->answered, unit) ? unit_asset(l, server, unit) : NULL;
}

struct asset *units_identify(struct ledger *l, struct asset *server, unsigned unit, uint16_t source, uint64_t said,
			     struct span words)
{
	struct gate *g = !server->has_unit && words.len > 0 ? gate_of(l, server) : NULL;

	if (!g)
		return server;
	for (unsigned k = 0; k < GATE_SOURCES && !g->is_gateway; k++) {
		if (source == source_no(l, k) && g->said_by[k] == 0)
			g->said_by[k] = is_serial(unit) ? (uint8_t)unit : THE_SERVER;
	}
	if (!is_serial(unit))
		return server;
	put_news(g, g->answered, unit);
	if (!g->is_gateway && differs(g, (uint32_t)hash_u64(hash_u64(hash_seed, source), said), unit,
				      (uint32_t)hash_bytes(words.ptr, words.len)))
		become_gateway(l, g, server);
	struct asset *a = g->is_gateway ? unit_asset(l, server, unit) : NULL;
	return a ? a : server;
}
