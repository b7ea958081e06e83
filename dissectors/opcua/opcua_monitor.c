/* Monitored items and subscriptions, but for what they publish. P4 5.12, 5.13 */
#include "opcua/opcua_readers.h"

enum { IDS_SHOWN_MAX = 64 };

struct parameters {
	uint32_t handle, queue;
	double sampling_ms;
};

/* MonitoringParameters: | client handle u32 | sampling f64 | filter | queue u32 | discard oldest u8 | */
static struct parameters parameters_of(struct cursor *c)
{
	struct parameters p = {.handle = cur_u32le(c)};

	p.sampling_ms = ua_double(c);
	(void)ua_extension(c);
	p.queue = cur_u32le(c);
	cur_skip(c, 1);
	return p;
}

struct item {
	struct ua_node_id node;
	uint32_t attribute, mode, id;
	struct parameters p;
};

/* MonitoredItemCreateRequest: | node | attribute u32 | index range | encoding | mode u32 | parameters | */
static struct item created_of(struct cursor *c)
{
	struct item i = {.node = ua_node_id(c)};

	i.attribute = cur_u32le(c);
	(void)ua_bytes(c);
	(void)ua_qualified_name(c, NULL);
	i.mode = cur_u32le(c);
	i.p = parameters_of(c);
	return i;
}

/* MonitoredItemModifyRequest: | item u32 | parameters | */
static struct item modified_of(struct cursor *c)
{
	struct item i = {.id = cur_u32le(c)};

	i.p = parameters_of(c);
	return i;
}

struct result {
	uint32_t status, id, queue;
	double sampling_ms;
};

/* Result: | status u32 | item u32, where it is new | sampling f64 | queue u32 | filter | */
static struct result result_of(struct cursor *c, bool created)
{
	struct result r = {.status = cur_u32le(c)};

	if (created)
		r.id = cur_u32le(c);
	r.sampling_ms = ua_double(c);
	r.queue = cur_u32le(c);
	(void)ua_extension(c);
	return r;
}

/* Both requests: | subscription u32 | timestamps u32 | items |. Both responses: | results | diagnostics | */
static void items_told(struct opcua_call *call, bool create)
{
	struct cursor *c = &call->req.c;
	uint32_t n_asked = 0, n_results = opcua_call_more(&call->rsp) ? ua_count(&call->rsp.c) : 0;

	if (opcua_call_more(&call->req)) {
		uint32_t subscription = cur_u32le(c);
		cur_skip(c, 4);
		n_asked = ua_count(c);
		if (cur_ok(c)) {
			opcua_tell_uint(call, OPCUA_SUB_ID, subscription);
			opcua_tell_uint(call, OPCUA_ITEM_COUNT, n_asked);
		}
	}
	for (uint32_t i = 0; i < OPCUA_SHOWN_MAX && opcua_call_room(call); i++) {
		bool asked = opcua_call_item(&call->req, i, n_asked),
		     answered = opcua_call_item(&call->rsp, i, n_results);
		struct item item = {.id = 0};
		struct result r = {.status = 0};
		if (asked) {
			item = create ? created_of(c) : modified_of(c);
			asked = cur_ok(c);
		}
		if (answered) {
			r = result_of(&call->rsp.c, create);
			answered = cur_ok(&call->rsp.c);
		}
		if (!asked && !answered)
			break;
		opcua_tell_item(call, OPCUA_ITEMS);
		if (asked && create) {
			opcua_tell_id(call, OPCUA_ITEM_NODE, &item.node);
			opcua_tell_uint(call, OPCUA_ITEM_ATTRIBUTE, item.attribute);
			opcua_tell_uint(call, OPCUA_ITEM_MODE, item.mode);
		}
		if (asked)
			opcua_tell_uint(call, OPCUA_ITEM_HANDLE, item.p.handle);
		if (create ? answered : asked)
			opcua_tell_uint(call, OPCUA_ITEM_ID, create ? r.id : item.id);
		opcua_tell_float(call, OPCUA_ITEM_SAMPLING, answered ? r.sampling_ms : item.p.sampling_ms);
		opcua_tell_uint(call, OPCUA_ITEM_QUEUE, answered ? r.queue : item.p.queue);
		if (answered)
			opcua_tell_status(call, OPCUA_ITEM_STATUS, r.status);
	}
}

void opcua_monitor_create_items(struct opcua_call *call)
{
	items_told(call, true);
}

void opcua_monitor_modify_items(struct opcua_call *call)
{
	items_told(call, false);
}

/* Request: ... | items u32 |, @mode where it is asked for all of them. Response: | statuses | diagnostics | */
static void item_ids_told(struct opcua_call *call, const uint32_t *mode)
{
	struct cursor *c = &call->req.c;
	uint32_t n_asked = opcua_call_more(&call->req) ? ua_count(c) : 0;
	uint32_t n_results = opcua_call_more(&call->rsp) ? ua_count(&call->rsp.c) : 0;

	if (opcua_call_more(&call->req))
		opcua_tell_uint(call, OPCUA_ITEM_COUNT, n_asked);
	for (uint32_t i = 0; i < OPCUA_SHOWN_MAX && opcua_call_room(call); i++) {
		bool asked = opcua_call_item(&call->req, i, n_asked),
		     answered = opcua_call_item(&call->rsp, i, n_results);
		uint32_t id = asked ? cur_u32le(c) : 0, status = answered ? cur_u32le(&call->rsp.c) : 0;
		asked &= cur_ok(c);
		answered &= cur_ok(&call->rsp.c);
		if (!asked && !answered)
			break;
		opcua_tell_item(call, OPCUA_ITEMS);
		if (asked && mode)
			opcua_tell_uint(call, OPCUA_ITEM_MODE, *mode);
		if (asked)
			opcua_tell_uint(call, OPCUA_ITEM_ID, id);
		if (answered)
			opcua_tell_status(call, OPCUA_ITEM_STATUS, status);
	}
}

/* @return whether the subscription at the front of the request could be told. */
static bool subscription_id_told(struct opcua_call *call)
{
	if (!opcua_call_more(&call->req))
		return false;
	uint32_t id = cur_u32le(&call->req.c);
	if (!cur_ok(&call->req.c))
		return false;
	opcua_tell_uint(call, OPCUA_SUB_ID, id);
	return true;
}

/* Request: | subscription u32 | mode u32 | items u32 each | */
void opcua_monitor_set_mode(struct opcua_call *call)
{
	uint32_t mode = 0;

	if (subscription_id_told(call))
		mode = cur_u32le(&call->req.c);
	item_ids_told(call, &mode);
}

/* Request: | subscription u32 | triggering item u32 | items to link u32 each | items to unlink u32 each | */
void opcua_monitor_set_triggering(struct opcua_call *call)
{
	(void)subscription_id_told(call);
}

/* Request: | subscription u32 | items u32 each | */
void opcua_monitor_delete_items(struct opcua_call *call)
{
	(void)subscription_id_told(call);
	item_ids_told(call, NULL);
}

struct subscription {
	double interval_ms;
	uint32_t lifetime, keep_alive, most;
	bool enabled;
	uint8_t priority;
};

/* The part that both requests share: | interval f64 | lifetime u32 | keep alive u32 | most u32 | and for a new one
 * enabled u8 | priority u8 | */
static void subscription_told(struct opcua_call *call, bool create)
{
	struct cursor *c = &call->req.c, *r = &call->rsp.c;
	struct subscription asked = {.priority = 0}, granted = {.priority = 0};
	bool has_asked = opcua_call_more(&call->req), has_granted = opcua_call_more(&call->rsp);

	if (has_asked) {
		asked.interval_ms = ua_double(c);
		asked.lifetime = cur_u32le(c);
		asked.keep_alive = cur_u32le(c);
		asked.most = cur_u32le(c);
		asked.enabled = create && cur_u8(c);
		asked.priority = cur_u8(c);
		has_asked = cur_ok(c);
	}
	if (has_granted) {
		granted.interval_ms = ua_double(r);
		granted.lifetime = cur_u32le(r);
		granted.keep_alive = cur_u32le(r);
		has_granted = cur_ok(r);
	}
	const struct subscription *last = has_granted ? &granted : &asked;
	if (has_granted || has_asked) {
		opcua_tell_float(call, OPCUA_SUB_INTERVAL, last->interval_ms);
		opcua_tell_uint(call, OPCUA_SUB_LIFETIME, last->lifetime);
		opcua_tell_uint(call, OPCUA_SUB_KEEP_ALIVE, last->keep_alive);
	}
	if (has_asked) {
		opcua_tell_uint(call, OPCUA_SUB_MAX, asked.most);
		if (create)
			opcua_tell_uint(call, OPCUA_SUB_ENABLED, asked.enabled);
		opcua_tell_uint(call, OPCUA_SUB_PRIORITY, asked.priority);
	}
}

/* Response: | subscription u32 | interval f64 | lifetime u32 | keep alive u32 | */
void opcua_monitor_create_subscription(struct opcua_call *call)
{
	if (opcua_call_more(&call->rsp)) {
		uint32_t id = cur_u32le(&call->rsp.c);
		if (cur_ok(&call->rsp.c))
			opcua_tell_uint(call, OPCUA_SUB_ID, id);
	}
	subscription_told(call, true);
}

/* Request: | subscription u32 | ...; response: | interval f64 | lifetime u32 | keep alive u32 | */
void opcua_monitor_modify_subscription(struct opcua_call *call)
{
	(void)subscription_id_told(call);
	subscription_told(call, false);
}

static void subscription_ids_told(struct opcua_call *call)
{
	struct cursor *c = &call->req.c;
	uint32_t n = opcua_call_more(&call->req) ? ua_count(c) : 0;

	for (uint32_t i = 0; i < n && i < IDS_SHOWN_MAX; i++) {
		uint32_t id = cur_u32le(c);
		if (!cur_ok(c))
			return;
		opcua_tell_uint(call, OPCUA_SUB_IDS, id);
	}
}

/* Request: | enabled u8 | subscriptions u32 each | */
void opcua_monitor_set_publishing(struct opcua_call *call)
{
	if (opcua_call_more(&call->req)) {
		bool enabled = cur_u8(&call->req.c);
		if (cur_ok(&call->req.c))
			opcua_tell_uint(call, OPCUA_SUB_ENABLED, enabled);
	}
	subscription_ids_told(call);
}

/* Request: | subscriptions u32 each | ... */
void opcua_monitor_subscription_ids(struct opcua_call *call)
{
	subscription_ids_told(call);
}
