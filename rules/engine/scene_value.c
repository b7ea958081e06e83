#include "engine/scene_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/digits.h"
#include "base/phrase.h"
#include "base/text.h"
#include "engine/expr.h"

int scene_complain(struct building *b, const struct yaml_node *n, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), phrase(fmt), ap);
	va_end(ap);
	return yaml_complain(&b->scene->file->doc, n, b->c, "%s", text);
}

static bool read_bool(const char *text, uint64_t *key)
{
	*key = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;
	return *key || strcmp(text, "false") == 0 || strcmp(text, "no") == 0;
}

/* The number of a name, also where the name has capitals. */
static bool read_name(const struct operand *op, const char *text, uint64_t *key)
{
	for (size_t i = 0; op->names && i < op->names->n; i++) {
		if (strcasecmp(op->names->names[i].token, text) == 0) {
			*key = op->names->names[i].value;
			return true;
		}
	}
	return false;
}

static bool read_unsigned(const char *text, uint64_t *key)
{
	char *end;

	errno = 0;
	*key = strtoull(text, &end, digits_base(text));
	return isdigit((unsigned char)*text) && !*end && !errno;
}

/* A value without order or sign: u of struct event_value. */
static bool read_key(const struct operand *op, const char *text, uint64_t *key)
{
	int purdue;

	switch (op->type) {
	case VALUE_BOOL:
		return read_bool(text, key);
	case VALUE_NAME:
		return read_name(op, text, key) || read_unsigned(text, key);
	case VALUE_LEVEL:
		if (!purdue_parse(text, &purdue))
			return false;
		*key = (uint64_t)purdue;
		return true;
	default:
		return read_unsigned(text, key);
	}
}

static int wrong(struct building *b, const struct operand *op, const char *name, const char *text,
		 const struct yaml_node *n)
{
	const char *near = NULL;
	unsigned least = (unsigned)strlen(text) / 3 + 2;

	for (size_t i = 0; op->names && i < op->names->n; i++) {
		unsigned d = text_distance(op->names->names[i].token, text);
		if (d < least) {
			least = d;
			near = op->names->names[i].token;
		}
	}
	if (near)
		return scene_complain(b, n, "\"%s\" has no value \"%s\". Did you mean \"%s\"?", name, text, near);
	return scene_complain(b, n, "\"%s\" is %s, and \"%s\" is not", name, value_type_name(op->type), text);
}

/* ---- values of the record */

static int set_bytes(struct building *b, const struct field_def *f, const char *text, bool *ok)
{
	uint8_t *at = arena_alloc(b->arena, strlen(text) / 2 + 1);
	size_t digits = 0;

	if (!at)
		return -ENOMEM;
	for (; *text && *ok; text++) {
		if (*text == ':' || *text == ' ')
			continue;
		*ok = isxdigit((unsigned char)*text);
		uint8_t d = (uint8_t)(isdigit((unsigned char)*text) ? *text - '0' : (*text | 0x20) - 'a' + 10);
		at[digits / 2] = (uint8_t)(digits % 2 ? at[digits / 2] << 4 | d : d);
		digits++;
	}
	*ok = *ok && digits % 2 == 0;
	ev_span(&b->ev, f, span_of(at, digits / 2));
	return 0;
}

/* One more item of a list that the wire packs. */
static int add_packed(struct building *b, const struct field_def *f, uint64_t item)
{
	enum { ITEMS_MAX = 256 };
	struct event_value *v = NULL;

	for (unsigned i = 0; i < b->ev.n_values; i++) {
		if (b->values[i].field == f)
			v = &b->values[i];
	}
	if (!v) {
		uint8_t *room = arena_alloc(b->arena, 2 * ITEMS_MAX);
		if (!room)
			return -ENOMEM;
		memset(room, 0, 2 * ITEMS_MAX);
		ev_items(&b->ev, f, span_of(room, 0), 0);
		v = &b->values[b->ev.n_values - 1];
		v->ptr = room;
	}
	if (v->count == ITEMS_MAX)
		return 0;
	uint8_t *room = (uint8_t *)(uintptr_t)v->ptr;
	if (f->type == FIELD_TYPE_U16S) {
		room[2 * v->count] = (uint8_t)(item >> 8);
		room[2 * v->count + 1] = (uint8_t)item;
	} else if (item) {
		room[v->count / 8] |= (uint8_t)(1 << v->count % 8);
	}
	v->count++;
	return 0;
}

static int set_field(struct building *b, const struct operand *op, const char *name, const char *text,
		     const struct yaml_node *n)
{
	const struct field_def *f = op->field;
	bool ok = true;
	struct mac mac;
	uint64_t u;
	char *end = NULL;
	int err = 0;

	if (strcmp(f->table->object, b->ev.table->object) != 0)
		return scene_complain(b, n, "\"%s\" does not occur in %s records", name, b->ev.table->object);
	switch (f->type) {
	case FIELD_TYPE_TEXT:
		ev_text(&b->ev, f, text);
		break;
	case FIELD_TYPE_BYTES:
		err = set_bytes(b, f, text, &ok);
		break;
	case FIELD_TYPE_INT:
		ev_int(&b->ev, f, strtoll(text, &end, digits_base(text)));
		ok = *text && !*end;
		break;
	case FIELD_TYPE_FLOAT:
		ev_float(&b->ev, f, strtod(text, &end));
		ok = *text && !*end;
		break;
	case FIELD_TYPE_MAC:
		ok = mac_parse(text, &mac);
		if (ok)
			ev_mac(&b->ev, f, &mac);
		break;
	case FIELD_TYPE_IP: {
		struct ip_addr *ip = arena_alloc(b->arena, sizeof(*ip));
		if (!ip)
			return -ENOMEM;
		ok = ip_parse(text, ip);
		if (ok)
			ev_span(&b->ev, f, span_of(ip->b, sizeof(ip->b)));
		break;
	}
	case FIELD_TYPE_ITEM:
		ev_item(&b->ev, f);
		break;
	default:
		ok = read_key(op, text, &u);
		if (ok && (f->type == FIELD_TYPE_U16S || f->type == FIELD_TYPE_BITS))
			err = add_packed(b, f, u);
		else if (ok)
			ev_uint(&b->ev, f, u);
		break;
	}
	return err ? err : ok ? 0 : wrong(b, op, name, text, n);
}

/* ---- what stands around it */

/* Whoever keeps an event keeps pointers to such texts: those of the file live as long as it does. */
static const char *kept(struct building *b, const char *text)
{
	if (!b->passing)
		return text;
	struct span s = arena_copy(b->kept, span_of(text, strlen(text) + 1));

	return s.len ? (const char *)s.ptr : "";
}

static void set_asset(struct building *b, unsigned end, const char *text)
{
	struct endpoint *e = &b->ends[end];
	size_t len = strcspn(text, " ");

	b->said_asset[end] = true;
	e->known = strcmp(text, "none") != 0;
	e->asset_no = 0;
	snprintf(e->asset_id, sizeof(e->asset_id), "%.*s", e->known ? (int)len : 0, text);
	for (const char *c = text; e->known && *c; c++)
		e->asset_no = isdigit((unsigned char)*c) ? e->asset_no * 10 + (uint64_t)(*c - '0')
							 : e->asset_no * 131 + (uint8_t)*c;
}

static bool set_end(struct building *b, const struct operand *op, const char *text)
{
	struct endpoint *e = &b->ends[op->dest];
	const char *copy;
	uint64_t key = 0;

	if (op->dest)
		b->no_dest = false;
	switch (op->source) {
	case SOURCE_END_ASSET:
		set_asset(b, op->dest, text);
		return true;
	case SOURCE_END_TEXT:
		for (const char *const *w = op->words; w && *text; w++) {
			if (!*w)
				return false;
			if (strcmp(*w, text) == 0)
				break;
		}
		copy = kept(b, text);
		memcpy((char *)e + op->at_off, &copy, sizeof(copy));
		return true;
	case SOURCE_END_LEVEL:
		if (!read_key(op, text, &key))
			return false;
		e->purdue = (int)key;
		return true;
	case SOURCE_END_REGISTERED:
		e->registered = strcmp(text, "unknown") == 0 ? REGISTERED_UNKNOWN : REGISTERED_NO;
		if (e->registered == REGISTERED_UNKNOWN)
			return true;
		if (!read_bool(text, &key))
			return false;
		e->registered = key ? REGISTERED_YES : REGISTERED_NO;
		return true;
	default:
		if (!read_key(op, text, &key))
			return false;
		if (op->source == SOURCE_END_KNOWN)
			e->known = key;
		else if (op->source == SOURCE_END_WINDOW)
			e->has_window = true, e->in_window = key;
		else if (op->source == SOURCE_END_FIRST_SEEN)
			e->first_seen_ns = b->ev.at.ts_ns - (int64_t)key * 1000000000;
		else if (op->source == SOURCE_END_NEW)
			e->is_new = key;
		else
			return false; /* the scope follows from the address */
		return true;
	}
}

static bool set_origin(struct building *b, const struct operand *op, const char *text)
{
	struct origin *at = &b->ev.at;
	uint64_t key = 0;
	char *end;

	switch (op->source) {
	case SOURCE_APP_PROTO:
		at->app_proto = *text ? kept(b, text) : NULL;
		return true;
	case SOURCE_IFACE:
		at->iface = kept(b, text);
		return true;
	case SOURCE_SRC_IP:
	case SOURCE_DEST_IP: {
		bool dest = op->source == SOURCE_DEST_IP;
		struct ip_addr *ip = dest ? &at->dest_ip : &at->src_ip;
		b->said_ip[dest] = true;
		if (dest)
			b->no_dest = false;
		*ip = (struct ip_addr){{0}};
		return strcmp(text, "none") == 0 || ip_parse(text, ip);
	}
	case SOURCE_SRC_MAC:
	case SOURCE_DEST_MAC:
		b->said_mac[op->source == SOURCE_DEST_MAC] = true;
		return mac_parse(text, op->source == SOURCE_SRC_MAC ? &at->src_mac : &at->dest_mac);
	case SOURCE_LOSS:
		b->ev.loss_pct = strtof(text, &end);
		return *text && !*end;
	default:
		break;
	}
	if (!read_key(op, text, &key))
		return false;
	switch (op->source) {
	case SOURCE_PROTO:
		at->ip_proto = (uint8_t)key;
		break;
	case SOURCE_SRC_PORT:
		at->src_port = (uint16_t)key;
		break;
	case SOURCE_DEST_PORT:
		at->dest_port = (uint16_t)key;
		break;
	case SOURCE_VLAN:
		if (at->n_vlans < EVENT_VLANS_MAX)
			at->vlans[at->n_vlans++] = (uint16_t)key;
		break;
	case SOURCE_TUNNEL:
		if (at->n_tunnels < EVENT_TUNNELS_MAX)
			at->tunnels[at->n_tunnels++] = (uint8_t)key;
		break;
	case SOURCE_ONE_SIDED:
		at->one_sided = key;
		break;
	case SOURCE_COMPLETE:
		b->ev.complete = key ? COMPLETE_YES : COMPLETE_NO;
		break;
	case SOURCE_FUNC_CLASS:
		b->ev.func_class = (enum function_class)key;
		break;
	case SOURCE_COUNT:
		b->ev.count = key;
		break;
	case SOURCE_CONDUIT:
		b->ev.conduit.verdict = (enum conduit_verdict)key;
		break;
	case SOURCE_CONDUIT_LINE:
		b->ev.conduit.line = (uint16_t)key;
		break;
	case SOURCE_CONDUIT_WHY:
		b->ev.conduit.why = (enum conduit_why)key;
		break;
	case SOURCE_BASELINE_PAIR:
		b->ev.baseline.pair = (enum baseline_verdict)key;
		break;
	case SOURCE_BASELINE_FUNCTION:
		b->ev.baseline.function = (enum baseline_verdict)key;
		break;
	case SOURCE_BASELINE_RANGE:
		b->ev.baseline.range = (enum baseline_verdict)key;
		break;
	case SOURCE_BASELINE_WRITER:
		b->ev.baseline.writer = (enum baseline_verdict)key;
		break;
	case SOURCE_BASELINE_SERVICE:
		b->ev.baseline.service = (enum baseline_verdict)key;
		break;
	default:
		return false;
	}
	return true;
}

static bool find_name(struct building *b, const char *name, struct operand *op)
{
	for (unsigned i = 0; i < b->n_known; i++) {
		if (strcmp(b->known[i].name, name) == 0) {
			*op = b->known[i].op;
			return true;
		}
	}
	if (!operand_find(b->scene->fields, name, op))
		return false;
	if (b->n_known < NAMES_KEPT && strlen(name) < sizeof(b->known[0].name)) {
		struct known_name *k = &b->known[b->n_known++];
		memcpy(k->name, name, strlen(name) + 1);
		k->op = *op;
	}
	return true;
}

int scene_set(struct building *b, const char *name, const char *text, const struct yaml_node *n)
{
	struct operand op;
	char near[128];

	if (!find_name(b, name, &op)) {
		const char *nearest = operand_nearest(b->scene->fields, name, near, sizeof(near));
		if (nearest)
			return scene_complain(b, n->key ? n->key : n, "unknown field \"%s\". Did you mean \"%s\"?",
					      name, nearest);
		return scene_complain(b, n->key ? n->key : n,
				      "unknown field \"%s\". `sekisho decode --fields %s` lists the fields", name,
				      b->ev.table->object);
	}
	if (op.source == SOURCE_FIELD)
		return set_field(b, &op, name, text, n);
	bool ok = op.source >= SOURCE_END_ASSET ? set_end(b, &op, text) : set_origin(b, &op, text);
	return ok ? 0 : wrong(b, &op, name, text, n);
}
