#include "ledger/policy.h"

#include <netinet/in.h>
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

static const char *ip_proto_name(uint8_t proto)
{
	switch (proto) {
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
	const char *by_ip = ip_proto_name(q->ip_proto);

	if (strcmp(l->protocol, "any") == 0)
		return MATCH_YES;
	if (q->app_proto && strcasecmp(l->protocol, q->app_proto) == 0)
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

static enum match match_line(const struct conduit_line *l, const struct policy_question *q, int32_t from, int32_t to)
{
	if ((l->from_no != from && l->from_no != ZONE_ANY) || (l->to_no != to && l->to_no != ZONE_ANY))
		return MATCH_NO;
	if (q->func_class != CLASS_NONE && !(l->classes & (1u << q->func_class)))
		return MATCH_NO;
	if (!within(l->sources, l->n_sources, q->src.ip) || !within(l->dests, l->n_dests, q->dest.ip))
		return MATCH_NO;
	return match_protocol(l, q);
}

struct conduit policy_judge(const struct site *s, const struct policy_question *q)
{
	const struct conduit none = {CONDUIT_NONE, 0};
	bool later = false;

	if (s->n_zones == 0 || !policy_has_place(&q->src) || !policy_has_place(&q->dest))
		return none;
	if (!q->src.zone && !q->dest.zone)
		return none;
	if (q->src.zone == q->dest.zone && q->func_class <= CLASS_READ)
		return (struct conduit){CONDUIT_ALLOWED, 0};
	int32_t from = place_no(s, &q->src), to = place_no(s, &q->dest);
	for (size_t i = 0; i < s->n_conduits; i++) {
		enum match m = match_line(&s->conduits[i], q, from, to);
		if (m == MATCH_YES)
			return (struct conduit){CONDUIT_ALLOWED, s->conduits[i].line};
		later |= m == MATCH_LATER;
	}
	return later && q->still_open ? none : (struct conduit){CONDUIT_DENIED, 0};
}
