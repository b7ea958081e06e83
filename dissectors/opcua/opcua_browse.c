/* Browse and BrowseNext. P4 5.8.2, 5.8.3 */
#include "opcua/opcua_readers.h"

enum {
	BROWSES_SHOWN_MAX = 32,
	FOUND_SHOWN_MAX = 32, /* of all results of a record together */
};

struct description {
	struct ua_node_id node, reference;
	uint32_t direction;
};

/* BrowseDescription: | node | direction u32 | reference type | subtypes | classes u32 | fields wanted u32 | */
static struct description description_of(struct cursor *c)
{
	struct description d = {.node = ua_node_id(c)};

	d.direction = cur_u32le(c);
	d.reference = ua_node_id(c);
	cur_skip(c, 1 + 4 + 4);
	return d;
}

struct found {
	struct ua_node_id node;
	struct span name;
	uint16_t namespace;
	uint32_t node_class;
};

/* ReferenceDescription: | reference type | forward | node | browse name | display name | class u32 | type | */
static struct found found_of(struct cursor *c)
{
	struct found f = {.name = {NULL, 0}};

	(void)ua_node_id(c);
	cur_skip(c, 1);
	f.node = ua_expanded_id(c);
	f.name = ua_qualified_name(c, &f.namespace);
	(void)ua_localized_text(c);
	f.node_class = cur_u32le(c);
	(void)ua_expanded_id(c);
	return f;
}

struct result {
	uint32_t status, n;
	struct span continuation;
	struct cursor references;
};

/* BrowseResult: | status u32 | continuation point | references | */
static struct result result_of(struct cursor *c)
{
	struct result r = {.status = cur_u32le(c)};

	r.continuation = ua_bytes(c);
	r.n = ua_count(c);
	r.references = *c;
	for (uint32_t i = 0; i < r.n && i < UA_ARRAY_MAX && cur_ok(c); i++)
		(void)found_of(c);
	return r;
}

static void result_told(struct opcua_call *call, const struct result *r, uint32_t *shown)
{
	struct cursor c = r->references;

	opcua_tell_status(call, OPCUA_BROWSE_STATUS, r->status);
	opcua_tell_uint(call, OPCUA_BROWSE_COUNT, r->n);
	opcua_tell_uint(call, OPCUA_BROWSE_MORE, r->continuation.len > 0);
	for (uint32_t i = 0; i < r->n && *shown < FOUND_SHOWN_MAX; i++, (*shown)++) {
		struct found f = found_of(&c);
		opcua_tell_item(call, OPCUA_BROWSE_REFS);
		opcua_tell_id(call, OPCUA_BROWSE_REF_NODE, &f.node);
		opcua_tell_name(call, OPCUA_BROWSE_REF_NAME, f.namespace, f.name);
		opcua_tell_uint(call, OPCUA_BROWSE_REF_CLASS, f.node_class);
	}
}

/* Tells @n_asked descriptions (none of BrowseNext can be read) beside the results. */
static void browses_told(struct opcua_call *call, uint32_t n_asked)
{
	uint32_t n_results = opcua_call_more(&call->rsp) ? ua_count(&call->rsp.c) : 0, shown = 0;

	for (uint32_t i = 0; i < BROWSES_SHOWN_MAX; i++) {
		bool asked = opcua_call_item(&call->req, i, n_asked),
		     answered = opcua_call_item(&call->rsp, i, n_results);
		struct description d = {.direction = 0};
		struct result r = {.n = 0};
		if (asked) {
			d = description_of(&call->req.c);
			asked = cur_ok(&call->req.c);
		}
		if (answered) {
			r = result_of(&call->rsp.c);
			answered = cur_ok(&call->rsp.c);
		}
		if (!asked && !answered)
			break;
		opcua_tell_item(call, OPCUA_BROWSE);
		if (asked) {
			opcua_tell_id(call, OPCUA_BROWSE_NODE, &d.node);
			opcua_tell_uint(call, OPCUA_BROWSE_DIRECTION, d.direction);
			if (!ua_is(&d.reference, 0))
				opcua_tell_id(call, OPCUA_BROWSE_REFERENCE, &d.reference);
		}
		if (answered)
			result_told(call, &r, &shown);
	}
}

/* Request: | view: node, time i64, version u32 | most references u32 | descriptions |. Response: | results |
 * diagnostics | */
void opcua_browse_first(struct opcua_call *call)
{
	struct cursor *c = &call->req.c;
	uint32_t n = 0;

	if (opcua_call_more(&call->req)) {
		(void)ua_node_id(c);
		cur_skip(c, 8 + 4 + 4);
		n = ua_count(c);
		if (cur_ok(c))
			opcua_tell_uint(call, OPCUA_BROWSE_NODES, n);
	}
	browses_told(call, n);
}

/* Request: | give up | continuation points |. Response as above. */
void opcua_browse_next(struct opcua_call *call)
{
	struct cursor *c = &call->req.c;

	if (opcua_call_more(&call->req)) {
		cur_skip(c, 1);
		uint32_t n = ua_count(c);
		for (uint32_t i = 0; i < n && i < UA_ARRAY_MAX && cur_ok(c); i++)
			(void)ua_bytes(c);
		if (cur_ok(c))
			opcua_tell_uint(call, OPCUA_BROWSE_NODES, n);
	}
	browses_told(call, 0);
}
