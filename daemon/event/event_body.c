#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "event/event_json.h"

/*
 * Values come flat, in order, each with its path; JSON nests. The writer keeps the path of the objects and lists that
 * are open and moves from one path to the next by closing what does not lead there and opening what does. Values below
 * one object must therefore be pushed together, which is how dissectors read them off the wire anyway.
 *
 * Paths are taken apart once per table and program: a step has a number, the same for the same way from the record's
 * object, so that two paths are compared by numbers.
 */

enum { STEPS_MAX = 8, TABLES_MAX = 64, KEY_MAX = 64 };

struct step {
	uint16_t id;
	uint16_t key_at, key_len; /* of "name": in the table's keys */
	bool list;
};

struct path {
	struct step steps[STEPS_MAX];
	uint8_t n;
	bool names_are_plain; /* those of its enumeration */
};

struct paths {
	const struct field_table *table;
	char *keys; /* `"name":` of each step, one behind the other */
	size_t keys_len;
	uint16_t n_ids;
	struct path of[]; /* in the order of the table's fields */
};

struct nest {
	uint16_t ids[STEPS_MAX]; /* of the steps of the open path */
	bool lists[STEPS_MAX];   /* this step is a list (and an object of it is open, unless it is the last and holds
				    scalars) */
	bool item_open[STEPS_MAX];
	unsigned depth;
};

static size_t step_length(const char *path)
{
	return strcspn(path, ".");
}

static bool names_are_plain(const struct enum_names *names)
{
	for (size_t i = 0; names && i < names->n; i++) {
		if (!json_is_plain(names->names[i].token))
			return false;
	}
	return true;
}

/* The step at @depth of a field before @i which begins with the same @len bytes; @like: as far as it is known. Names
 * are looked at where that fits. */
static const struct step *known_step(const struct paths *ps, size_t i, size_t len, unsigned depth,
				     const struct step *like)
{
	const struct field_def *fields = ps->table->fields;

	for (size_t k = 0; k < i; k++) {
		const struct step *s = &ps->of[k].steps[depth];
		if (depth < ps->of[k].n && s->key_len == like->key_len && s->list == like->list &&
		    strncmp(fields[k].name, fields[i].name, len) == 0)
			return s;
	}
	return NULL;
}

static void add_step(struct paths *ps, size_t i, const char *step, size_t len)
{
	struct path *p = &ps->of[i];
	const char *name = ps->table->fields[i].name;
	bool list = len > 2 && step[len - 1] == ']';
	size_t shown = list ? len - 2 : len;
	struct step fresh = {(uint16_t)(ps->n_ids + 1), (uint16_t)ps->keys_len, (uint16_t)(shown + 3), list};
	const struct step *known = known_step(ps, i, (size_t)(step - name) + len, p->n, &fresh);

	p->steps[p->n++] = known ? *known : fresh;
	if (known)
		return;
	ps->n_ids++;
	ps->keys_len += (size_t)sprintf(ps->keys + ps->keys_len, "\"%.*s\":", (int)shown, step);
}

static struct paths *take_apart(const struct field_table *table)
{
	struct paths *ps = calloc(1, sizeof(*ps) + table->n_fields * sizeof(ps->of[0]));
	size_t bytes = 1;

	for (size_t i = 0; i < table->n_fields; i++)
		bytes += 4 * strlen(table->fields[i].name) + 4;
	if (ps)
		ps->keys = malloc(bytes);
	if (!ps || !ps->keys) {
		free(ps);
		return NULL;
	}
	ps->table = table;
	for (size_t i = 0; i < table->n_fields; i++) {
		const char *step = table->fields[i].name;
		size_t len = step_length(step);
		for (; step[len] == '.' && ps->of[i].n + 1 < STEPS_MAX; len = step_length(step)) {
			add_step(ps, i, step, len);
			step += len + 1;
		}
		add_step(ps, i, step, len);
		ps->of[i].names_are_plain = names_are_plain(table->fields[i].names);
	}
	return ps;
}

/* The paths of @table, made when first asked for; NULL where memory is short. Tables and these live as long as the
 * program. */
static const struct paths *paths_of(const struct field_table *table)
{
	static struct paths *_Atomic all[TABLES_MAX];
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct paths *ps = NULL;
	size_t i = 0;

	for (; i < TABLES_MAX && (ps = atomic_load_explicit(&all[i], memory_order_acquire)); i++) {
		if (ps->table == table)
			return ps;
	}
	pthread_mutex_lock(&lock);
	for (; i < TABLES_MAX; i++) {
		ps = atomic_load_explicit(&all[i], memory_order_relaxed);
		if (ps && ps->table != table)
			continue;
		if (!ps)
			atomic_store_explicit(&all[i], ps = take_apart(table), memory_order_release);
		break;
	}
	assert(i < TABLES_MAX && "more kinds of records than TABLES_MAX");
	pthread_mutex_unlock(&lock);
	return ps;
}

static void close_to(struct json *j, struct nest *n, unsigned depth)
{
	while (n->depth > depth) {
		n->depth--;
		if (n->item_open[n->depth] || !n->lists[n->depth])
			json_object_end(j);
		if (n->lists[n->depth])
			json_array_end(j);
	}
}

static void open_step(struct json *j, struct nest *n, const struct paths *ps, const struct step *s)
{
	json_key_raw(j, ps->keys + s->key_at, s->key_len);
	if (s->list)
		json_array_begin(j);
	n->ids[n->depth] = s->id;
	n->lists[n->depth] = s->list;
	n->item_open[n->depth] = false;
	n->depth++;
}

/* Opens the containers on the way to @p's last step. */
static void walk(struct json *j, struct nest *n, const struct paths *ps, const struct path *p)
{
	unsigned last = p->n - 1u, depth = 0;

	while (depth < last && depth < n->depth && n->ids[depth] == p->steps[depth].id)
		depth++;
	/* a list of scalars that goes on, or the list whose next object is to be opened, stays open */
	bool same_list = depth == last && depth < n->depth && n->ids[depth] == p->steps[depth].id && n->lists[depth];
	close_to(j, n, same_list ? depth + 1 : depth);
	while (n->depth < last) {
		const struct step *s = &p->steps[n->depth];
		open_step(j, n, ps, s);
		json_object_begin(j);
		n->item_open[n->depth - 1] = s->list;
	}
}

static void write_value(struct json *j, const struct event_value *v, bool names_are_plain)
{
	char text[WHEN_TEXT_MAX], addr[IP_TEXT_MAX];
	const char *token;
	struct ip_addr ip;

	switch (v->field->type) {
	case FIELD_TYPE_UINT:
		json_u64(j, v->u);
		break;
	case FIELD_TYPE_INT:
		json_i64(j, v->i);
		break;
	case FIELD_TYPE_FLOAT:
		json_f64(j, v->f);
		break;
	case FIELD_TYPE_BOOL:
		json_bool(j, v->u != 0);
		break;
	case FIELD_TYPE_TEXT:
		json_text(j, span_head(span_of(v->ptr, v->count), EVENT_TEXT_MAX));
		break;
	case FIELD_TYPE_BYTES:
		json_hex(j, span_head(span_of(v->ptr, v->count), EVENT_TEXT_MAX));
		break;
	case FIELD_TYPE_ENUM:
		token = enum_token(v->field->names, v->u);
		if (token && names_are_plain) {
			json_plain(j, token, strlen(token));
			break;
		}
		if (!token) {
			snprintf(text, sizeof(text), "unknown_%llu", (unsigned long long)v->u);
			token = text;
		}
		json_str(j, token);
		break;
	case FIELD_TYPE_MAC:
		json_str(j, mac_format(&v->mac, text));
		break;
	case FIELD_TYPE_IP:
		ip = ip_from_v6(v->ptr);
		json_str(j, ip_format(&ip, addr));
		break;
	case FIELD_TYPE_TIME:
		json_str(j, when_format(v->i, text));
		break;
	case FIELD_TYPE_U16S:
		json_u16s(j, v->ptr, v->count);
		break;
	case FIELD_TYPE_BITS:
		json_bits(j, v->ptr, v->count);
		break;
	case FIELD_TYPE_ITEM:
		break;
	}
}

static void write_list_member(struct json *j, struct nest *n, const struct paths *ps, const struct path *p,
			      const struct event_value *v)
{
	const struct step *s = &p->steps[p->n - 1];

	if (n->depth == p->n - 1u)
		open_step(j, n, ps, s);
	if (v->field->type != FIELD_TYPE_ITEM) {
		write_value(j, v, p->names_are_plain);
		return;
	}
	if (n->item_open[n->depth - 1])
		json_object_end(j);
	json_object_begin(j);
	n->item_open[n->depth - 1] = true;
}

static void write_member(struct json *j, struct nest *n, const struct paths *ps, const struct event_value *v)
{
	const struct path *p = &ps->of[v->field - ps->table->fields];
	const struct step *s = &p->steps[p->n - 1];

	/* mostly the object that holds the value before holds this one too */
	if (n->depth != p->n - 1u || (n->depth > 0 && n->ids[n->depth - 1] != p->steps[n->depth - 1].id))
		walk(j, n, ps, p);
	if (s->list) {
		write_list_member(j, n, ps, p, v);
		return;
	}
	json_key_raw(j, ps->keys + s->key_at, s->key_len);
	write_value(j, v, p->names_are_plain);
	if ((v->field->type == FIELD_TYPE_TEXT || v->field->type == FIELD_TYPE_BYTES) && v->count > EVENT_TEXT_MAX) {
		char key[KEY_MAX + 16];
		snprintf(key, sizeof(key), "%.*s_truncated", s->key_len - 3, ps->keys + s->key_at + 1);
		json_kv_bool(j, key, true);
	}
}

void event_json_body(struct json *j, const struct event *ev)
{
	const struct paths *ps = paths_of(ev->table);
	struct nest n = {.depth = 0};

	if (!ps) {
		j->overflow = true;
		return;
	}
	json_key(j, ev->table->object);
	json_object_begin(j);
	for (unsigned i = 0; i < ev->n_values; i++)
		write_member(j, &n, ps, &ev->values[i]);
	close_to(j, &n, 0);
	if (ev->values_dropped)
		json_kv_u64(j, "values_dropped", ev->values_dropped);
	json_object_end(j);
}
