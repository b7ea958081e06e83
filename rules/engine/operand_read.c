#include <netinet/in.h>

#include "engine/operand.h"

static bool has_ports(const struct origin *at)
{
	return at->ip_proto == IPPROTO_TCP || at->ip_proto == IPPROTO_UDP || at->ip_proto == IPPROTO_SCTP;
}

/* The place of the first value of @f + 1; 0: there is none. */
static uint16_t first_place(const struct event *ev, const struct field_def *f)
{
	return f->table == ev->table ? ev->places[f - ev->table->fields] : 0;
}

/* The next value of a record's field, or NULL. Array values are visited once per item by the caller. */
static const struct event_value *next_value(const struct operand *op, const struct event *ev, struct operand_walk *w)
{
	if (w->value == 0 && ev->places) {
		uint16_t first = first_place(ev, op->field);
		uint16_t twin = op->twin == op->field ? 0 : first_place(ev, op->twin);
		first = first == 0 || (twin > 0 && twin < first) ? twin : first;
		w->value = first > 0 ? first - 1u : ev->n_values;
	} else if (w->item == 0 && w->value > 0 && w->value <= ev->n_values && ev->places && op->twin == op->field) {
		/* behind a value of this field */
		uint16_t next = ev->nexts[w->value - 1];
		w->value = next > 0 ? next - 1u : ev->n_values;
	}
	for (; w->value < ev->n_values; w->value++) {
		const struct event_value *v = &ev->values[w->value];
		if (v->field == op->field || v->field == op->twin)
			return v;
	}
	return NULL;
}

/* The next item of an array value. @return false after the last one. */
static bool next_item(const struct event_value *v, struct operand_walk *w, uint64_t *key)
{
	uint32_t i = w->item;

	if (i >= v->count) {
		w->item = 0;
		return false;
	}
	w->item++;
	if (v->field->type == FIELD_TYPE_U16S)
		*key = (uint64_t)v->ptr[2 * (size_t)i] << 8 | v->ptr[2 * (size_t)i + 1];
	else
		*key = v->ptr[i / 8] >> (i % 8) & 1;
	return true;
}

static bool field_key(const struct operand *op, const struct event *ev, struct operand_walk *w, uint64_t *key)
{
	for (const struct event_value *v; (v = next_value(op, ev, w)); w->value++) {
		switch (v->field->type) {
		case FIELD_TYPE_U16S:
		case FIELD_TYPE_BITS:
			if (next_item(v, w, key))
				return true;
			continue;
		case FIELD_TYPE_INT:
			*key = key_of_signed(v->i);
			break;
		case FIELD_TYPE_FLOAT:
			*key = key_of_float(v->f);
			break;
		case FIELD_TYPE_MAC:
			*key = key_of_mac(&v->mac);
			break;
		default:
			*key = v->u;
			break;
		}
		w->value++;
		return true;
	}
	return false;
}

/* One word of the register's: "modbus/502", "502" or "modbus". @return 1, 0; -1 where the record does not say enough.
 */
static int fits_service(struct span word, const struct origin *at)
{
	size_t name = 0;
	uint64_t port = 0;

	while (name < word.len && word.ptr[name] != '/')
		name++;
	bool number = word.len > 0 && word.ptr[0] >= '0' && word.ptr[0] <= '9' && name == word.len;
	for (size_t i = number ? 0 : name + 1; i < word.len && port <= UINT16_MAX; i++)
		port = port * 10 + (word.ptr[i] - '0');
	if (number || name < word.len)
		return port == at->dest_port;
	if (!at->app_proto)
		return -1;
	return span_eq(word, span_str(at->app_proto));
}

/* Is what the record is about among the services that the register lists? */
static bool offers(const struct endpoint *e, const struct origin *at, uint64_t *key)
{
	struct span rest = span_str(e->services ? e->services : "");
	bool unknown = rest.len == 0 || !has_ports(at) || origin_of_session(at);

	*key = 0;
	while (rest.len > 0) {
		size_t len = 0;
		while (len < rest.len && rest.ptr[len] != ' ')
			len++;
		int fits = fits_service(span_head(rest, len), at);
		unknown |= fits < 0;
		*key |= fits > 0;
		rest = span_skip(rest, len < rest.len ? len + 1 : len);
	}
	return *key || !unknown;
}

static bool end_key(const struct operand *op, const struct event *ev, uint64_t *key)
{
	const struct endpoint *e = operand_end(op, ev);

	if (!e)
		return false;
	switch (op->source) {
	case SOURCE_END_LEVEL:
		*key = (uint64_t)e->purdue;
		return e->purdue >= 0;
	case SOURCE_END_REGISTERED:
		*key = e->registered == REGISTERED_YES;
		return e->registered != REGISTERED_UNKNOWN;
	case SOURCE_END_SCOPE:
		*key = e->scope;
		return true;
	case SOURCE_END_KNOWN:
		*key = e->known;
		return true;
	case SOURCE_END_OFFERS:
		return offers(e, &ev->at, key);
	case SOURCE_END_WINDOW:
		*key = e->in_window;
		return e->has_window;
	case SOURCE_END_FIRST_SEEN:
		*key = ev->at.ts_ns > e->first_seen_ns ? (uint64_t)(ev->at.ts_ns - e->first_seen_ns) / 1000000000 : 0;
		return e->first_seen_ns > 0;
	default:
		*key = e->is_new;
		return true;
	}
}

bool operand_first_key(const struct operand *op, const struct event *ev, uint64_t *key)
{
	const struct origin *at = &ev->at;

	switch (op->source) {
	case SOURCE_PROTO:
		*key = at->ip_proto;
		return at->ip_proto != 0;
	case SOURCE_SRC_PORT:
		*key = at->src_port;
		return has_ports(at);
	case SOURCE_DEST_PORT:
		*key = at->dest_port;
		return has_ports(at);
	case SOURCE_SRC_MAC:
		*key = key_of_mac(&at->src_mac);
		return at->has_ether;
	case SOURCE_DEST_MAC:
		*key = key_of_mac(&at->dest_mac);
		return at->has_ether;
	case SOURCE_ONE_SIDED:
		*key = at->one_sided;
		return true;
	case SOURCE_COMPLETE:
		*key = ev->complete == COMPLETE_YES;
		return ev->complete != COMPLETE_NA;
	case SOURCE_FUNC_CLASS:
		*key = ev->func_class;
		return true;
	case SOURCE_COUNT:
		*key = ev->count;
		return true;
	case SOURCE_CONDUIT:
		*key = ev->conduit.verdict;
		return true;
	case SOURCE_CONDUIT_LINE:
		*key = ev->conduit.line;
		return ev->conduit.line != 0;
	case SOURCE_LOSS:
		*key = key_of_float((double)ev->loss_pct);
		return true;
	case SOURCE_COUNTED:
		*key = ev->counted ? ev->counted->value : 0;
		return ev->counted != NULL;
	case SOURCE_CONDUIT_WHY:
		*key = ev->conduit.why;
		return ev->conduit.why != CONDUIT_WHY_NONE;
	case SOURCE_BASELINE:
		*key = baseline_worst(&ev->baseline);
		return true;
	case SOURCE_BASELINE_PAIR:
		*key = ev->baseline.pair;
		return true;
	case SOURCE_BASELINE_FUNCTION:
		*key = ev->baseline.function;
		return true;
	case SOURCE_BASELINE_RANGE:
		*key = ev->baseline.range;
		return true;
	case SOURCE_BASELINE_WRITER:
		*key = ev->baseline.writer;
		return true;
	case SOURCE_BASELINE_SERVICE:
		*key = ev->baseline.service;
		return true;
	default:
		return end_key(op, ev, key);
	}
}

bool operand_key(const struct operand *op, const struct event *ev, struct operand_walk *w, uint64_t *key)
{
	const struct origin *at = &ev->at;

	if (op->source == SOURCE_FIELD)
		return field_key(op, ev, w, key);
	uint32_t i = w->value++;
	if (op->source == SOURCE_VLAN) {
		*key = i < at->n_vlans ? at->vlans[i] : 0;
		return i < at->n_vlans;
	}
	if (op->source == SOURCE_TUNNEL) {
		*key = i < at->n_tunnels ? at->tunnels[i] : 0;
		return i < at->n_tunnels;
	}
	return i == 0 && operand_first_key(op, ev, key);
}

bool operand_ip(const struct operand *op, const struct event *ev, struct operand_walk *w, struct ip_addr *ip)
{
	if (op->source == SOURCE_FIELD) {
		const struct event_value *v = next_value(op, ev, w);
		if (!v)
			return false;
		w->value++;
		*ip = ip_from_v6(v->ptr);
		return true;
	}
	if (w->value++ > 0)
		return false;
	*ip = op->source == SOURCE_SRC_IP ? ev->at.src_ip : ev->at.dest_ip;
	if (op->source == SOURCE_DEST_NET && !ip_is_none(ip)) {
		size_t kept = ip_is_v4(ip) ? 14 : 8;
		memset(ip->b + kept, 0, sizeof(ip->b) - kept);
	}
	return !ip_is_none(ip);
}

bool operand_text(const struct operand *op, const struct event *ev, struct operand_walk *w, struct span *text)
{
	const char *s = NULL;

	if (op->source == SOURCE_FIELD) {
		const struct event_value *v = next_value(op, ev, w);
		if (!v)
			return false;
		w->value++;
		*text = span_of(v->ptr, v->count);
		return true;
	}
	if (op->source == SOURCE_COUNTED_VALUES) {
		if (!ev->counted || w->value >= ev->counted->n_shown)
			return false;
		*text = ev->counted->shown[w->value++];
		return true;
	}
	if (w->value++ > 0)
		return false;
	if (op->source == SOURCE_APP_PROTO) {
		s = ev->at.app_proto;
	} else if (op->source == SOURCE_COUNTED_WINDOW) {
		s = ev->counted ? ev->counted->window : NULL;
	} else if (op->source == SOURCE_INDICATOR) {
		if (ev->indicator)
			memcpy(&s, (const char *)ev->indicator + op->at_off, sizeof(s));
	} else if (op->source == SOURCE_IFACE) {
		s = ev->at.iface;
	} else {
		const struct endpoint *e = operand_end(op, ev);
		if (!e)
			return false;
		if (op->source == SOURCE_END_ASSET)
			s = e->asset_id;
		else
			memcpy(&s, (const char *)e + op->at_off, sizeof(s));
	}
	if (!s || !*s)
		return false;
	*text = span_str(s);
	return true;
}

bool operand_is_of_finding(const struct operand *op)
{
	return op->source >= SOURCE_COUNTED && op->source <= SOURCE_INDICATOR;
}

bool operand_varies(const struct operand *op)
{
	return !op->key || op->source == SOURCE_LOSS || op->source == SOURCE_END_FIRST_SEEN ||
	       operand_is_of_finding(op);
}

bool operand_is_on_wire(const struct operand *op)
{
	return op->source <= SOURCE_FUNC_CLASS;
}

bool operand_present(const struct operand *op, const struct event *ev)
{
	struct operand_walk w = {0, 0};
	struct ip_addr ip;
	struct span text;
	uint64_t key;

	if (op->source == SOURCE_FIELD)
		return next_value(op, ev, &w) != NULL;
	if (op->type == VALUE_IP)
		return operand_ip(op, ev, &w, &ip);
	if (op->type == VALUE_TEXT)
		return operand_text(op, ev, &w, &text);
	return operand_key(op, ev, &w, &key);
}
