/* Read and Write. P4 5.10.2, 5.10.4 */
#include "opcua/opcua_readers.h"
#include "opcua/opcua_value.h"

/* Variables of every server that say what it is, and the structures in two of them. OPC 10000-5 8.3.2, 12.4, 12.10 */
enum {
	NODE_PRODUCT_NAME = 2261,
	NODE_PRODUCT_URI = 2262,
	NODE_MANUFACTURER = 2263,
	NODE_VERSION = 2264,
	NODE_BUILD_NUMBER = 2265,
	NODE_BUILD_DATE = 2266,
	ID_BUILD_INFO = 340,
	ID_SERVER_STATUS = 864,
	ATTRIBUTE_VALUE = 13,
};

struct build_info {
	struct span product_uri, manufacturer, product, version, number;
	int64_t date;
};

/* BuildInfo: | product URI | manufacturer | product | version | build | date i64 |.
 * ServerStatusDataType: | start i64 | now i64 | state u32 | BuildInfo | ... */
static void build_structure(struct build_info *b, struct ua_variant v)
{
	struct ua_extension x = ua_extension(&v.items);
	struct cursor c = cur_of(x.body);
	struct build_info found;

	if (!x.binary || (!ua_is(&x.type, ID_BUILD_INFO) && !ua_is(&x.type, ID_SERVER_STATUS)))
		return;
	if (ua_is(&x.type, ID_SERVER_STATUS))
		cur_skip(&c, 8 + 8 + 4);
	found.product_uri = ua_bytes(&c);
	found.manufacturer = ua_bytes(&c);
	found.product = ua_bytes(&c);
	found.version = ua_bytes(&c);
	found.number = ua_bytes(&c);
	found.date = (int64_t)cur_u64le(&c);
	if (cur_ok(&c))
		*b = found;
}

/* What a value read says of the server. @node is NULL where the request was not seen. */
static void build_noticed(struct build_info *b, const struct ua_node_id *node, struct ua_variant v)
{
	if (v.array)
		return;
	if (v.type == UA_EXTENSION_OBJECT)
		build_structure(b, v);
	if (!node || node->kind != UA_ID_NUMERIC || node->namespace != 0)
		return;
	if (v.type == UA_DATE_TIME && node->numeric == NODE_BUILD_DATE)
		b->date = (int64_t)cur_u64le(&v.items);
	if (v.type != UA_STRING)
		return;
	switch (node->numeric) {
	case NODE_PRODUCT_NAME:
		b->product = ua_bytes(&v.items);
		break;
	case NODE_PRODUCT_URI:
		b->product_uri = ua_bytes(&v.items);
		break;
	case NODE_MANUFACTURER:
		b->manufacturer = ua_bytes(&v.items);
		break;
	case NODE_VERSION:
		b->version = ua_bytes(&v.items);
		break;
	case NODE_BUILD_NUMBER:
		b->number = ua_bytes(&v.items);
		break;
	default:
		break;
	}
}

static void build_told(struct opcua_call *call, const struct build_info *b)
{
	(void)opcua_tell_text(call, OPCUA_BUILD_PRODUCT_URI, b->product_uri);
	(void)opcua_tell_text(call, OPCUA_BUILD_MAKER, b->manufacturer);
	(void)opcua_tell_text(call, OPCUA_BUILD_PRODUCT, b->product);
	(void)opcua_tell_text(call, OPCUA_BUILD_VERSION, b->version);
	(void)opcua_tell_text(call, OPCUA_BUILD_NUMBER, b->number);
	opcua_tell_time(call, OPCUA_BUILD_DATE, b->date);
}

struct attribute {
	struct ua_node_id node;
	uint32_t id;
	struct span range;
};

/* The beginning of ReadValueId and of WriteValue: | node | attribute u32 | index range | */
static struct attribute attribute_of(struct cursor *c)
{
	struct attribute a = {.node = ua_node_id(c)};

	a.id = cur_u32le(c);
	a.range = ua_bytes(c);
	return a;
}

static void attribute_told(struct opcua_call *call, const struct attribute *a)
{
	opcua_tell_id(call, OPCUA_NODE_ID, &a->node);
	opcua_tell_uint(call, OPCUA_NODE_ATTRIBUTE, a->id);
	(void)opcua_tell_text(call, OPCUA_NODE_RANGE, a->range);
}

static void value_told(struct opcua_call *call, const struct ua_data_value *d, bool secret)
{
	if (d->has_value)
		opcua_value_told(call, OPCUA_NODE_TYPE, &d->value, secret);
	if (d->has_source_time)
		opcua_tell_time(call, OPCUA_NODE_TIME, d->source_time);
}

/* Request: | largest age f64 | timestamps u32 | ReadValueIds, each with the name of an encoding |.
 * Response: | DataValues | diagnostics | */
void opcua_attribute_read(struct opcua_call *call)
{
	uint32_t n_asked = 0, n_values = opcua_call_more(&call->rsp) ? ua_count(&call->rsp.c) : 0;
	struct build_info build = {.date = 0};

	if (opcua_call_more(&call->req)) {
		cur_skip(&call->req.c, 8 + 4);
		n_asked = ua_count(&call->req.c);
		if (cur_ok(&call->req.c))
			opcua_tell_uint(call, OPCUA_NODE_COUNT, n_asked);
	}
	for (uint32_t i = 0; i < OPCUA_SHOWN_MAX && opcua_call_room(call); i++) {
		bool asked = opcua_call_item(&call->req, i, n_asked),
		     answered = opcua_call_item(&call->rsp, i, n_values);
		struct attribute a = {.id = 0};
		struct ua_data_value d = {.has_value = false};
		if (asked) {
			a = attribute_of(&call->req.c);
			(void)ua_qualified_name(&call->req.c, NULL);
			asked = cur_ok(&call->req.c);
		}
		if (answered) {
			d = ua_data_value(&call->rsp.c);
			answered = cur_ok(&call->rsp.c);
		}
		if (!asked && !answered)
			break;
		opcua_tell_item(call, OPCUA_NODES);
		if (asked)
			attribute_told(call, &a);
		if (answered) {
			value_told(call, &d, asked && opcua_value_is_secret(&a.node));
			opcua_tell_status(call, OPCUA_NODE_STATUS, d.status);
			if (d.has_value)
				build_noticed(&build, asked && a.id == ATTRIBUTE_VALUE ? &a.node : NULL, d.value);
		}
	}
	build_told(call, &build);
}

/* Request: | WriteValues, each with a DataValue |. Response: | statuses | diagnostics | */
void opcua_attribute_write(struct opcua_call *call)
{
	uint32_t n_asked = opcua_call_more(&call->req) ? ua_count(&call->req.c) : 0;
	uint32_t n_results = opcua_call_more(&call->rsp) ? ua_count(&call->rsp.c) : 0;

	if (opcua_call_more(&call->req))
		opcua_tell_uint(call, OPCUA_NODE_COUNT, n_asked);
	for (uint32_t i = 0; i < OPCUA_SHOWN_MAX && opcua_call_room(call); i++) {
		bool asked = opcua_call_item(&call->req, i, n_asked),
		     answered = opcua_call_item(&call->rsp, i, n_results);
		struct attribute a = {.id = 0};
		struct ua_data_value d = {.has_value = false};
		uint32_t status = 0;
		bool valued = false;
		if (asked) {
			a = attribute_of(&call->req.c);
			asked = cur_ok(&call->req.c);
			d = ua_data_value(&call->req.c);
			valued = cur_ok(&call->req.c);
			/* where the value goes on behind what was kept, which node is written is known all the same */
			asked = valued || (asked && call->req.cut);
		}
		if (answered) {
			status = cur_u32le(&call->rsp.c);
			answered = cur_ok(&call->rsp.c);
		}
		if (!asked && !answered)
			break;
		opcua_tell_item(call, OPCUA_NODES);
		if (asked) {
			attribute_told(call, &a);
			if (valued)
				value_told(call, &d, opcua_value_is_secret(&a.node));
		}
		if (answered)
			opcua_tell_status(call, OPCUA_NODE_STATUS, status);
	}
}
