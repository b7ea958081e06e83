/* Node management, and the views that need no browsing. P4 5.7, 5.8.4 to 5.8.6 */
#include "opcua/opcua_readers.h"

enum { PATH_TEXT_MAX = 512 };

/* How many items each side has; the request's number is told as @count. */
struct lists {
	uint32_t asked, answered;
};

static struct lists lists_begun(struct opcua_call *call, enum opcua_field_id count)
{
	struct lists n = {0, 0};

	if (opcua_call_more(&call->req)) {
		n.asked = ua_count(&call->req.c);
		if (cur_ok(&call->req.c))
			opcua_tell_uint(call, count, n.asked);
	}
	if (opcua_call_more(&call->rsp))
		n.answered = ua_count(&call->rsp.c);
	return n;
}

/* The next result that is a status alone. @return whether there is one. */
static bool status_next(struct opcua_call *call, uint32_t i, uint32_t n, uint32_t *status)
{
	if (!opcua_call_item(&call->rsp, i, n))
		return false;
	*status = cur_u32le(&call->rsp.c);
	return cur_ok(&call->rsp.c);
}

struct added_node {
	struct ua_node_id parent, reference, wanted, type;
	struct span name;
	uint16_t namespace;
	uint32_t node_class;
};

/* AddNodesItem: | parent | reference type | id wanted | browse name | class u32 | attributes | type | */
static struct added_node added_node_of(struct cursor *c)
{
	struct added_node a = {.parent = ua_expanded_id(c)};

	a.reference = ua_node_id(c);
	a.wanted = ua_expanded_id(c);
	a.name = ua_qualified_name(c, &a.namespace);
	a.node_class = cur_u32le(c);
	(void)ua_extension(c);
	a.type = ua_expanded_id(c);
	return a;
}

/* AddNodesResult: | status u32 | id given | */
void opcua_view_add_nodes(struct opcua_call *call)
{
	struct lists n = lists_begun(call, OPCUA_NODE_COUNT);

	for (uint32_t i = 0; i < OPCUA_SHOWN_MAX; i++) {
		bool asked = opcua_call_item(&call->req, i, n.asked);
		struct added_node a = {.node_class = 0};
		struct ua_node_id given = {.numeric = 0};
		uint32_t status = 0;
		if (asked) {
			a = added_node_of(&call->req.c);
			asked = cur_ok(&call->req.c);
		}
		bool answered = status_next(call, i, n.answered, &status);
		if (answered) {
			given = ua_node_id(&call->rsp.c);
			answered = cur_ok(&call->rsp.c);
		}
		if (!asked && !answered)
			break;
		opcua_tell_item(call, OPCUA_NODES);
		if (asked) {
			if (!ua_is(&a.wanted, 0))
				opcua_tell_id(call, OPCUA_NODE_ID, &a.wanted);
			opcua_tell_id(call, OPCUA_NODE_PARENT, &a.parent);
			opcua_tell_id(call, OPCUA_NODE_REFERENCE, &a.reference);
			opcua_tell_name(call, OPCUA_NODE_BROWSE_NAME, a.namespace, a.name);
			opcua_tell_uint(call, OPCUA_NODE_CLASS, a.node_class);
		}
		if (answered) {
			if (!ua_is(&given, 0))
				opcua_tell_id(call, OPCUA_NODE_RESULT, &given);
			opcua_tell_status(call, OPCUA_NODE_STATUS, status);
		}
	}
}

/* DeleteNodesItem: | node | delete references | */
void opcua_view_delete_nodes(struct opcua_call *call)
{
	struct lists n = lists_begun(call, OPCUA_NODE_COUNT);

	for (uint32_t i = 0; i < OPCUA_SHOWN_MAX; i++) {
		bool asked = opcua_call_item(&call->req, i, n.asked), targets = false;
		struct ua_node_id node = {.numeric = 0};
		uint32_t status = 0;
		if (asked) {
			node = ua_node_id(&call->req.c);
			targets = cur_u8(&call->req.c);
			asked = cur_ok(&call->req.c);
		}
		bool answered = status_next(call, i, n.answered, &status);
		if (!asked && !answered)
			break;
		opcua_tell_item(call, OPCUA_NODES);
		if (asked) {
			opcua_tell_id(call, OPCUA_NODE_ID, &node);
			opcua_tell_uint(call, OPCUA_NODE_TARGETS, targets);
		}
		if (answered)
			opcua_tell_status(call, OPCUA_NODE_STATUS, status);
	}
}

struct reference {
	struct ua_node_id source, type, target;
	bool forward;
};

/* AddReferencesItem: | source | type | forward | server URI | target | class of the target u32 | */
static struct reference added_reference_of(struct cursor *c)
{
	struct reference r = {.source = ua_node_id(c)};

	r.type = ua_node_id(c);
	r.forward = cur_u8(c);
	(void)ua_bytes(c);
	r.target = ua_expanded_id(c);
	cur_skip(c, 4);
	return r;
}

/* DeleteReferencesItem: | source | type | forward | target | both ways | */
static struct reference deleted_reference_of(struct cursor *c)
{
	struct reference r = {.source = ua_node_id(c)};

	r.type = ua_node_id(c);
	r.forward = cur_u8(c);
	r.target = ua_expanded_id(c);
	cur_skip(c, 1);
	return r;
}

static void references_told(struct opcua_call *call, struct reference (*read)(struct cursor *c))
{
	struct lists n = lists_begun(call, OPCUA_NODE_COUNT);

	for (uint32_t i = 0; i < OPCUA_SHOWN_MAX; i++) {
		bool asked = opcua_call_item(&call->req, i, n.asked);
		struct reference r = {.forward = false};
		uint32_t status = 0;
		if (asked) {
			r = read(&call->req.c);
			asked = cur_ok(&call->req.c);
		}
		bool answered = status_next(call, i, n.answered, &status);
		if (!asked && !answered)
			break;
		opcua_tell_item(call, OPCUA_REFERENCES);
		if (asked) {
			opcua_tell_id(call, OPCUA_REFERENCE_SOURCE, &r.source);
			opcua_tell_id(call, OPCUA_REFERENCE_TARGET, &r.target);
			opcua_tell_id(call, OPCUA_REFERENCE_TYPE, &r.type);
			opcua_tell_uint(call, OPCUA_REFERENCE_FORWARD, r.forward);
		}
		if (answered)
			opcua_tell_status(call, OPCUA_REFERENCE_STATUS, status);
	}
}

void opcua_view_add_references(struct opcua_call *call)
{
	references_told(call, added_reference_of);
}

void opcua_view_delete_references(struct opcua_call *call)
{
	references_told(call, deleted_reference_of);
}

/* RelativePath: elements | reference type | inverse | subtypes | name |, written with slashes between the names, as
 * many as fit. */
static struct span path_of(struct opcua_call *call, struct cursor *c)
{
	char buf[PATH_TEXT_MAX];
	size_t len = 0;
	bool full = false;
	uint32_t n = ua_count(c);

	for (uint32_t i = 0; i < n && i < UA_ARRAY_MAX; i++) {
		uint16_t namespace;
		(void)ua_node_id(c);
		cur_skip(c, 2);
		struct span name = ua_qualified_name(c, &namespace);
		if (!cur_ok(c))
			break;
		if (full)
			continue;
		struct span text = opcua_tell_name_text(call->out, namespace, name);
		full = len + 1 + text.len > sizeof(buf);
		if (full)
			continue;
		buf[len++] = '/';
		if (text.len > 0)
			memcpy(buf + len, text.ptr, text.len);
		len += text.len;
	}
	return arena_copy(call->out->arena, span_of(buf, len));
}

/* BrowsePath: | start | path |. BrowsePathResult: | status u32 | targets: node, elements left u32 | */
void opcua_view_translate_paths(struct opcua_call *call)
{
	struct lists n = lists_begun(call, OPCUA_NODE_COUNT);

	for (uint32_t i = 0; i < OPCUA_SHOWN_MAX; i++) {
		bool asked = opcua_call_item(&call->req, i, n.asked);
		struct ua_node_id start = {.numeric = 0}, first = {.numeric = 0};
		struct span path = {NULL, 0};
		uint32_t status = 0, targets = 0;
		if (asked) {
			start = ua_node_id(&call->req.c);
			path = path_of(call, &call->req.c);
			asked = cur_ok(&call->req.c);
		}
		bool answered = status_next(call, i, n.answered, &status);
		if (answered) {
			targets = ua_count(&call->rsp.c);
			for (uint32_t k = 0; k < targets && k < UA_ARRAY_MAX && cur_ok(&call->rsp.c); k++) {
				struct ua_node_id target = ua_expanded_id(&call->rsp.c);
				cur_skip(&call->rsp.c, 4);
				first = k == 0 ? target : first;
			}
			answered = cur_ok(&call->rsp.c);
		}
		if (!asked && !answered)
			break;
		opcua_tell_item(call, OPCUA_NODES);
		if (asked) {
			opcua_tell_id(call, OPCUA_NODE_ID, &start);
			(void)opcua_tell_text(call, OPCUA_NODE_BROWSE_NAME, path);
		}
		if (answered && targets > 0)
			opcua_tell_id(call, OPCUA_NODE_RESULT, &first);
		if (answered)
			opcua_tell_status(call, OPCUA_NODE_STATUS, status);
	}
}

/* Request: | nodes |. Response of RegisterNodes: | nodes |, of UnregisterNodes nothing. */
void opcua_view_register_nodes(struct opcua_call *call)
{
	bool registers = call->service == OPCUA_SERVICE_REGISTER_NODES;
	uint32_t n_asked = opcua_call_more(&call->req) ? ua_count(&call->req.c) : 0;
	uint32_t n_given = registers && opcua_call_more(&call->rsp) ? ua_count(&call->rsp.c) : 0;

	if (opcua_call_more(&call->req))
		opcua_tell_uint(call, OPCUA_NODE_COUNT, n_asked);
	for (uint32_t i = 0; i < OPCUA_SHOWN_MAX; i++) {
		bool asked = opcua_call_item(&call->req, i, n_asked), given = opcua_call_item(&call->rsp, i, n_given);
		struct ua_node_id node = {.numeric = 0}, alias = {.numeric = 0};
		if (asked) {
			node = ua_node_id(&call->req.c);
			asked = cur_ok(&call->req.c);
		}
		if (given) {
			alias = ua_node_id(&call->rsp.c);
			given = cur_ok(&call->rsp.c);
		}
		if (!asked && !given)
			break;
		opcua_tell_item(call, OPCUA_NODES);
		if (asked)
			opcua_tell_id(call, OPCUA_NODE_ID, &node);
		if (given)
			opcua_tell_id(call, OPCUA_NODE_RESULT, &alias);
	}
}
