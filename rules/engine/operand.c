#include "engine/operand.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/phrase.h"

static const struct enum_name proto_list[] = {
    {IPPROTO_ICMP, "icmp"}, {IPPROTO_IGMP, "igmp"},     {IPPROTO_TCP, "tcp"},   {IPPROTO_UDP, "udp"},
    {IPPROTO_GRE, "gre"},   {IPPROTO_ICMPV6, "icmpv6"}, {IPPROTO_SCTP, "sctp"},
};
static const struct enum_names proto_names = ENUM_NAMES(proto_list);

static const struct enum_name tunnel_list[] = {
    {TUNNEL_GRE, "gre"},     {TUNNEL_ERSPAN, "erspan"}, {TUNNEL_VXLAN, "vxlan"},   {TUNNEL_MPLS, "mpls"},
    {TUNNEL_PPPOE, "pppoe"}, {TUNNEL_IPIP, "ipip"},     {TUNNEL_NFLOG, "nflog"},   {TUNNEL_GENEVE, "geneve"},
    {TUNNEL_L2TP, "l2tp"},   {TUNNEL_GTP, "gtp"},       {TUNNEL_TEREDO, "teredo"}, {TUNNEL_ETHERIP, "etherip"},
    {TUNNEL_PIM, "pim"},
};
static const struct enum_names tunnel_names = ENUM_NAMES(tunnel_list);

static const struct enum_name class_list[] = {
    {CLASS_NONE, "none"},       {CLASS_READ, "read"},   {CLASS_WRITE, "write"},
    {CLASS_PROGRAM, "program"}, {CLASS_ADMIN, "admin"},
};
static const struct enum_names class_names = ENUM_NAMES(class_list);

static const struct enum_name verdict_list[] = {
    {CONDUIT_NONE, "none"},
    {CONDUIT_ALLOWED, "allowed"},
    {CONDUIT_DENIED, "denied"},
};
static const struct enum_names verdict_names = ENUM_NAMES(verdict_list);

static const struct enum_name why_list[] = {
    {CONDUIT_WHY_NO_LINE, "no_line"}, {CONDUIT_WHY_CLASS, "class"},       {CONDUIT_WHY_WINDOW, "window"},
    {CONDUIT_WHY_EXPIRED, "expired"}, {CONDUIT_WHY_DURATION, "duration"}, {CONDUIT_WHY_MAINTENANCE, "maintenance"},
    {CONDUIT_WHY_NODE, "node"},
};
static const struct enum_names why_names = ENUM_NAMES(why_list);

static const struct enum_name baseline_list[] = {
    {BASELINE_NONE, "none"},
    {BASELINE_KNOWN, "known"},
    {BASELINE_LEARNING, "learning"},
    {BASELINE_NEW, "new"},
};
static const struct enum_names baseline_names = ENUM_NAMES(baseline_list);

static const struct enum_name scope_list[] = {
    {IP_SCOPE_UNSPECIFIED, "unspecified"}, {IP_SCOPE_LOOPBACK, "loopback"},   {IP_SCOPE_LINK, "link"},
    {IP_SCOPE_PRIVATE, "private"},         {IP_SCOPE_MULTICAST, "multicast"}, {IP_SCOPE_BROADCAST, "broadcast"},
    {IP_SCOPE_RESERVED, "reserved"},       {IP_SCOPE_GLOBAL, "global"},
};
static const struct enum_names scope_names = ENUM_NAMES(scope_list);

/* ledger.md 5.1 to 5.3: a misspelt token would never match, so it is refused when loading. */
static const char *const fa_zone_words[] = {"fa.control", "fa.agv",    "fa.warehouse", "fa.prodmgmt", "fa.monitor",
					    "fa.oa",      "fa.remote", "poc",          "dmz",         "internet",
					    "cloud",      "wlan",      "unknown",      NULL};
static const char *const usage_words[] = {"control", "analytics", "storage", NULL};
static const char *const use_case_words[] = {"production", "poc", NULL};
static const char *const enc_words[] = {"none", "tls", "opcua_sign", "opcua_signenc", NULL};
static const char *const phase_words[] = {"consult", "review.risk", "review.intro", "config", "operate",
					  "dispose", "gone",        "unregistered", NULL};

struct builtin {
	const char *name;
	struct operand op;
};

#define NAMED(what, table) .source = (what), .type = VALUE_NAME, .names = &(table)

#define OF_INDICATOR(member)                                                                                           \
	.source = SOURCE_INDICATOR, .type = VALUE_TEXT, .at_off = offsetof(struct indicator, member), .key = true

static const struct builtin of_event[] = {
    {"app_proto", {.source = SOURCE_APP_PROTO, .type = VALUE_TEXT, .key = true}},
    {"proto", {NAMED(SOURCE_PROTO, proto_names), .key = true}},
    {"src_ip", {.source = SOURCE_SRC_IP, .type = VALUE_IP, .key = true}},
    {"dest_ip", {.source = SOURCE_DEST_IP, .type = VALUE_IP, .key = true}},
    {"dest_net", {.source = SOURCE_DEST_NET, .type = VALUE_IP, .key = true}},
    {"src_port", {.source = SOURCE_SRC_PORT, .type = VALUE_NUMBER}},
    {"dest_port", {.source = SOURCE_DEST_PORT, .type = VALUE_NUMBER, .key = true}},
    {"src_mac", {.source = SOURCE_SRC_MAC, .type = VALUE_MAC, .key = true}},
    {"dest_mac", {.source = SOURCE_DEST_MAC, .type = VALUE_MAC, .key = true}},
    {"vlan", {.source = SOURCE_VLAN, .type = VALUE_NUMBER, .list = true}},
    {"tunnel", {NAMED(SOURCE_TUNNEL, tunnel_names), .list = true}},
    {"one_sided", {.source = SOURCE_ONE_SIDED, .type = VALUE_BOOL}},
    {"complete", {.source = SOURCE_COMPLETE, .type = VALUE_BOOL, .key = true}},
    {"in_iface", {.source = SOURCE_IFACE, .type = VALUE_TEXT}},
    {"func_class", {NAMED(SOURCE_FUNC_CLASS, class_names), .key = true}},
    {"count", {.source = SOURCE_COUNT, .type = VALUE_NUMBER}},
    {"conduit", {NAMED(SOURCE_CONDUIT, verdict_names), .key = true}},
    {"conduit.line", {.source = SOURCE_CONDUIT_LINE, .type = VALUE_NUMBER, .key = true}},
    {"loss", {.source = SOURCE_LOSS, .type = VALUE_FLOAT, .key = true}},
    {"counted", {.source = SOURCE_COUNTED, .type = VALUE_NUMBER, .key = true}},
    {"counted.window", {.source = SOURCE_COUNTED_WINDOW, .type = VALUE_TEXT, .key = true}},
    {"counted.values", {.source = SOURCE_COUNTED_VALUES, .type = VALUE_TEXT, .list = true, .key = true}},
    {"indicator.type", {OF_INDICATOR(type)}},
    {"indicator.value", {OF_INDICATOR(value)}},
    {"indicator.source", {OF_INDICATOR(source)}},
    {"indicator.comment", {OF_INDICATOR(comment)}},
    {"conduit.why", {NAMED(SOURCE_CONDUIT_WHY, why_names), .key = true}},
    {"baseline", {NAMED(SOURCE_BASELINE, baseline_names), .key = true}},
    {"baseline.pair", {NAMED(SOURCE_BASELINE_PAIR, baseline_names), .key = true}},
    {"baseline.function", {NAMED(SOURCE_BASELINE_FUNCTION, baseline_names), .key = true}},
    {"baseline.range", {NAMED(SOURCE_BASELINE_RANGE, baseline_names), .key = true}},
    {"baseline.writer", {NAMED(SOURCE_BASELINE_WRITER, baseline_names), .key = true}},
    {"baseline.service", {NAMED(SOURCE_BASELINE_SERVICE, baseline_names), .key = true}},
};

#define END_TEXT(member)                                                                                               \
	.source = SOURCE_END_TEXT, .type = VALUE_TEXT, .at_off = offsetof(struct endpoint, member), .key = true

/* After "src." or "dest.". */
static const struct builtin of_end[] = {
    {"asset", {.source = SOURCE_END_ASSET, .type = VALUE_TEXT, .key = true}},
    {"name", {END_TEXT(name)}},
    {"zone", {END_TEXT(zone)}},
    {"fa_zone", {END_TEXT(fa_zone), .words = fa_zone_words}},
    {"purdue", {.source = SOURCE_END_LEVEL, .type = VALUE_LEVEL, .key = true}},
    {"level", {.source = SOURCE_END_LEVEL, .type = VALUE_LEVEL, .key = true}},
    {"role", {END_TEXT(role)}},
    {"registered", {.source = SOURCE_END_REGISTERED, .type = VALUE_BOOL, .key = true}},
    {"usage", {END_TEXT(usage), .words = usage_words}},
    {"use_case", {END_TEXT(use_case), .words = use_case_words}},
    {"phase", {END_TEXT(phase), .words = phase_words}},
    {"scope", {NAMED(SOURCE_END_SCOPE, scope_names), .key = true}},
    {"known", {.source = SOURCE_END_KNOWN, .type = VALUE_BOOL, .key = true}},
    {"enc", {END_TEXT(enc), .words = enc_words}},
    {"services", {END_TEXT(services)}},
    {"offers", {.source = SOURCE_END_OFFERS, .type = VALUE_BOOL, .key = true}},
    {"in_window", {.source = SOURCE_END_WINDOW, .type = VALUE_BOOL, .key = true}},
    {"first_seen", {.source = SOURCE_END_FIRST_SEEN, .type = VALUE_NUMBER, .key = true}},
    {"is_new", {.source = SOURCE_END_NEW, .type = VALUE_BOOL, .key = true}},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What stands after "src." or "dest." in @name, or NULL. */
static const char *end_part(const char *name, bool *dest)
{
	*dest = strncmp(name, "dest.", 5) == 0;
	if (*dest)
		return name + 5;
	return strncmp(name, "src.", 4) == 0 ? name + 4 : NULL;
}

static enum value_type type_of_field(enum field_type type)
{
	static const enum value_type types[] = {
	    [FIELD_TYPE_UINT] = VALUE_NUMBER, [FIELD_TYPE_INT] = VALUE_SIGNED,  [FIELD_TYPE_FLOAT] = VALUE_FLOAT,
	    [FIELD_TYPE_BOOL] = VALUE_BOOL,   [FIELD_TYPE_TEXT] = VALUE_TEXT,   [FIELD_TYPE_BYTES] = VALUE_BYTES,
	    [FIELD_TYPE_ENUM] = VALUE_NAME,   [FIELD_TYPE_MAC] = VALUE_MAC,     [FIELD_TYPE_IP] = VALUE_IP,
	    [FIELD_TYPE_TIME] = VALUE_NUMBER, [FIELD_TYPE_U16S] = VALUE_NUMBER, [FIELD_TYPE_BITS] = VALUE_NUMBER,
	    [FIELD_TYPE_ITEM] = VALUE_ITEM,
	};
	return types[type];
}

/* The other row of @f's table with its name: one list may be made of registers in one record and of bits in another. */
static const struct field_def *twin_of(const struct field_def *f)
{
	for (size_t i = 0; i < f->table->n_fields; i++) {
		const struct field_def *g = &f->table->fields[i];
		if (g != f && strcmp(g->name, f->name) == 0 && type_of_field(g->type) == type_of_field(f->type) &&
		    g->names == f->names)
			return g;
	}
	return f;
}

bool operand_find(const struct field_registry *fields, const char *name, struct operand *out)
{
	bool dest;
	const char *part = end_part(name, &dest);

	for (size_t i = 0; part && i < COUNT_OF(of_end); i++) {
		if (strcmp(of_end[i].name, part) == 0) {
			*out = of_end[i].op;
			out->dest = dest;
			return true;
		}
	}
	for (size_t i = 0; i < COUNT_OF(of_event); i++) {
		if (strcmp(of_event[i].name, name) == 0) {
			*out = of_event[i].op;
			return true;
		}
	}
	const struct field_def *f = field_find(fields, name);
	if (!f)
		return false;
	const struct field_def *twin = twin_of(f);
	*out = (struct operand){
	    .source = SOURCE_FIELD,
	    .type = type_of_field(f->type),
	    .list = f->type == FIELD_TYPE_U16S || f->type == FIELD_TYPE_BITS || strstr(f->name, "[]"),
	    .key = f->flags & twin->flags & FIELD_KEY,
	    .field_no = (uint16_t)(f - f->table->fields),
	    .field = f,
	    .twin = twin,
	    .names = f->names,
	};
	return true;
}

bool operand_same(const struct operand *a, const struct operand *b)
{
	return a->source == b->source && a->type == b->type && a->dest == b->dest && a->at_off == b->at_off &&
	       a->field == b->field && a->twin == b->twin;
}

bool operand_is_plain(const struct operand *op)
{
	bool as_it_is = op->type == VALUE_NUMBER || op->type == VALUE_NAME || op->type == VALUE_BOOL;

	return op->source == SOURCE_FIELD && as_it_is && !op->list && op->twin == op->field;
}

const char *operand_nearest(const struct field_registry *fields, const char *name, char *buf, size_t size)
{
	unsigned least = (unsigned)strlen(name) / 3 + 2;
	char candidate[32];
	const char *best = field_nearest(fields, name, buf, size);

	if (best)
		least = text_distance(name, best);
	for (size_t i = 0; i < COUNT_OF(of_event) + 2 * COUNT_OF(of_end); i++) {
		size_t k = i - COUNT_OF(of_event);
		if (i < COUNT_OF(of_event))
			snprintf(candidate, sizeof(candidate), "%s", of_event[i].name);
		else
			snprintf(candidate, sizeof(candidate), "%s.%s", k % 2 ? "dest" : "src", of_end[k / 2].name);
		unsigned distance = text_distance(name, candidate);
		if (distance < least) {
			least = distance;
			snprintf(buf, size, "%s", candidate);
			best = buf;
		}
	}
	return best;
}

const char *value_type_name(enum value_type type)
{
	static const char *const names[] = {
	    [VALUE_NUMBER] = PHRASE_LATER("a number"),
	    [VALUE_SIGNED] = PHRASE_LATER("a number"),
	    [VALUE_FLOAT] = PHRASE_LATER("a number"),
	    [VALUE_BOOL] = PHRASE_LATER("true or false"),
	    [VALUE_NAME] = PHRASE_LATER("a name"),
	    [VALUE_LEVEL] = PHRASE_LATER("a level"),
	    [VALUE_MAC] = PHRASE_LATER("a MAC address"),
	    [VALUE_IP] = PHRASE_LATER("an address"),
	    [VALUE_TEXT] = PHRASE_LATER("a text"),
	    [VALUE_BYTES] = PHRASE_LATER("bytes"),
	    [VALUE_ITEM] = PHRASE_LATER("a list of objects"),
	};
	return phrase(names[type]);
}

bool value_type_is_ordered(enum value_type type)
{
	return type <= VALUE_MAC;
}
