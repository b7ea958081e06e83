#include "ledger/policy.h"

#include <netinet/in.h>
#include <string.h>
#include <strings.h>

bool policy_has_place(const struct policy_end *e)
{
	return e->ip && e->scope != IP_SCOPE_UNSPECIFIED && e->scope != IP_SCOPE_LOOPBACK &&
	       e->scope != IP_SCOPE_LINK && e->scope != IP_SCOPE_MULTICAST && e->scope != IP_SCOPE_BROADCAST;
}

static int32_t place_no(const struct site *s, const struct policy_end *e)
{
	if (e->zone)
		return (int32_t)(e->zone - s->zones);
	return e->scope == IP_SCOPE_GLOBAL ? ZONE_INTERNET : ZONE_UNKNOWN;
}

const char *policy_transport(uint8_t ip_proto)
{
	switch (ip_proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return "icmp";
	default:
		return "";
	}
}

static bool within(const struct ip_prefix *prefixes, size_t n, const struct ip_addr *ip)
{
	for (size_t i = 0; i < n; i++) {
		if (ip_prefix_contains(&prefixes[i], ip))
			return true;
	}
	return n == 0;
}

enum match { MATCH_NO, MATCH_YES, MATCH_LATER };

static enum match match_protocol(const struct conduit_line *l, const struct policy_question *q)
{
	const char *by_ip = policy_transport(q->ip_proto);

	if (strcmp(l->protocol, "any") == 0)
		return MATCH_YES;
	if (q->app_proto && strcasecmp(l->protocol, q->app_proto) == 0)
		return MATCH_YES;
	if (q->session && strcasecmp(l->protocol, q->session) == 0)
		return MATCH_YES;
	if (strcasecmp(l->protocol, "icmp") == 0)
		return strcmp(by_ip, "icmp") == 0 ? MATCH_YES : MATCH_NO;
	if (q->app_proto)
		return MATCH_NO;
	if (strcasecmp(l->protocol, by_ip) == 0)
		return MATCH_YES;
	bool other = strcasecmp(l->protocol, "tcp") == 0 || strcasecmp(l->protocol, "udp") == 0;
	return other || strcmp(by_ip, "icmp") == 0 ? MATCH_NO : MATCH_LATER;
}

static bool end_is(int32_t declared, int32_t place)
{
	return declared == place || declared == ZONE_ANY;
}

/* Does the line speak of these two, this way round or, where it says so, the other? */
static bool match_ends(const struct conduit_line *l, const struct policy_question *q, int32_t from, int32_t to)
{
	if (end_is(l->from_no, from) && end_is(l->to_no, to) && within(l->sources, l->n_sources, q->src.ip) &&
	    within(l->dests, l->n_dests, q->dest.ip))
		return true;
	return l->both && end_is(l->from_no, to) && end_is(l->to_no, from) &&
	       within(l->sources, l->n_sources, q->dest.ip) && within(l->dests, l->n_dests, q->src.ip);
}

static bool in_its_times(const struct site *s, const struct conduit_line *l, int64_t now_ns)
{
	for (size_t i = 0; i < l->n_times; i++) {
		if (time_window_holds(&l->times[i], now_ns, s->offset_s))
			return true;
	}
	return l->n_times == 0;
}

/* What of the line's limits in time is broken. */
static enum conduit_why check_times(const struct site *s, const struct conduit_line *l, const struct policy_question *q)
{
	if (l->expires_ns && q->now_ns >= l->expires_ns)
		return CONDUIT_WHY_EXPIRED;
	if (!in_its_times(s, l, q->now_ns))
		return CONDUIT_WHY_WINDOW;
	if (l->longest_ns && q->began_ns && q->now_ns - q->began_ns > l->longest_ns)
		return CONDUIT_WHY_DURATION;
	return CONDUIT_WHY_NONE;
}

struct conduit policy_judge(const struct site *s, const struct policy_question *q, bool *depends_on_time)
{
	struct conduit denied = {CONDUIT_DENIED, .why = CONDUIT_WHY_NO_LINE};
	const struct conduit none = {CONDUIT_NONE};
	bool later = false, timed = false;

	if (depends_on_time)
		*depends_on_time = false;
	if (s->n_zones == 0 || !policy_has_place(&q->src) || !policy_has_place(&q->dest))
		return none;
	if (!q->src.zone && !q->dest.zone)
		return none;
	if (q->src.zone == q->dest.zone && q->func_class <= CLASS_READ)
		return (struct conduit){.verdict = CONDUIT_ALLOWED};
	int32_t from = place_no(s, &q->src), to = place_no(s, &q->dest);
	for (size_t i = 0; i < s->n_conduits; i++) {
		const struct conduit_line *l = &s->conduits[i];
		enum match m = match_ends(l, q, from, to) ? match_protocol(l, q) : MATCH_NO;
		if (m == MATCH_NO)
			continue;
		timed |= l->n_times > 0 || l->expires_ns || l->longest_ns;
		enum conduit_why why = check_times(s, l, q);
		if (q->func_class != CLASS_NONE && !(l->classes & (1u << q->func_class)))
			why = CONDUIT_WHY_CLASS;
		if (why == CONDUIT_WHY_NONE && m == MATCH_LATER) {
			later = true;
		} else if (why == CONDUIT_WHY_NONE) {
			if (depends_on_time)
				*depends_on_time = timed;
			return (struct conduit){CONDUIT_ALLOWED, .line = l->line};
		} else if (m == MATCH_YES && why > denied.why) { /* the enum runs from far to near */
			denied.why = why;
			denied.near = l->line;
		}
	}
	if (depends_on_time)
		*depends_on_time = timed;
	return later && q->still_open ? none : denied;
}

/* Ends the beginning with a number, of a namespace or a node? ns=2;i=7 is not the beginning of ns=2;i=70. */
static bool ends_in_number(const char *begin)
{
	const char *part = strrchr(begin, ';');

	part = part ? part + 1 : begin;
	return (strncmp(part, "i=", 2) == 0 && part[2]) || (strncmp(part, "ns=", 3) == 0 && part[3]);
}

static bool node_is_allowed(const struct conduit_line *l, struct span node)
{
	for (size_t i = 0; i < l->n_nodes; i++) {
		size_t len = strlen(l->nodes[i]);
		if (node.len < len || memcmp(node.ptr, l->nodes[i], len) != 0)
			continue;
		if (node.len == len || !ends_in_number(l->nodes[i]) || node.ptr[len] == ';')
			return true;
	}
	return false;
}

/* Methods of one call that are told, one record each: of longer calls nobody knows what the rest is. */
enum { METHODS_KNOWN_MAX = 32 };

/* Every id that a record names, and whether it names all of them: lists are shown in part. */
struct nodes_named {
	uint64_t n_asked, n_known;
	bool item_known, all_allowed, cut, encrypted;
};

static void node_named(const struct conduit_line *l, const struct event_value *v, struct nodes_named *n)
{
	/* fields by name, since the ledger knows no dissector */
	static const char *const ids[] = {"nodes[].node_id", "nodes[].parent_id", "references[].source_id",
					  "references[].target_id", "method.method_id"};
	const char *name = v->field->name;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (strcmp(name, ids[i]) != 0)
			continue;
		n->all_allowed &= node_is_allowed(l, span_of(v->ptr, v->count));
		n->n_known += !n->item_known;
		n->item_known = true;
	}
	if (strcmp(name, "nodes[]") == 0 || strcmp(name, "references[]") == 0)
		n->item_known = false;
	else if (strcmp(name, "node_count") == 0)
		n->n_asked = v->u;
	else if (strcmp(name, "method.count") == 0)
		n->cut |= v->u > METHODS_KNOWN_MAX;
	else if (strcmp(name, "request_truncated") == 0)
		n->cut |= v->u != 0;
	else if (strcmp(name, "encrypted") == 0)
		n->encrypted = v->u != 0;
}

void policy_check_nodes(const struct site *s, struct event *ev)
{
	if (ev->conduit.verdict != CONDUIT_ALLOWED || ev->conduit.line == 0 || ev->conduit.line > s->n_conduits ||
	    ev->func_class < CLASS_WRITE || strcmp(ev->table->object, "opcua") != 0)
		return;
	const struct conduit_line *l = &s->conduits[ev->conduit.line - 1];
	struct nodes_named n = {.all_allowed = true, .cut = ev->values_dropped > 0};
	if (l->n_nodes == 0)
		return;
	for (unsigned i = 0; i < ev->n_values; i++)
		node_named(l, &ev->values[i], &n);
	if (n.encrypted || (n.all_allowed && n.n_asked <= n.n_known && !n.cut))
		return;
	ev->conduit = (struct conduit){CONDUIT_DENIED, .near = l->line, .why = CONDUIT_WHY_NODE};
}
