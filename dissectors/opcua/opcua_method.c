/* Call. P4 5.11.2: one record a method, all with the head of the call. */
#include "opcua/opcua_readers.h"
#include "opcua/opcua_value.h"

enum {
	METHODS_TOLD_MAX = 32,
	ARGUMENTS_SHOWN_MAX = 16,
};

/* Methods of the standard whose arguments hold passwords and keys. OPC 10000-12, 10000-14, 10000-18 */
static const uint16_t secret_methods[] = {
    12616, 13737, 15215, 15907, 17296, 17364, 17522, 17528, 18006, 24269, 24271, 24275, 24304, 24306, 24310,
};

struct arguments {
	uint32_t n;
	struct cursor values;
};

static struct arguments arguments_of(struct cursor *c)
{
	struct arguments a = {.n = ua_count(c)};

	a.values = *c;
	for (uint32_t i = 0; i < a.n && i < UA_ARRAY_MAX && cur_ok(c); i++)
		(void)ua_variant(c);
	return a;
}

static void arguments_told(struct opcua_call *call, enum opcua_field_id list, enum opcua_field_id first,
			   struct arguments a, bool secret)
{
	for (uint32_t i = 0; i < a.n && i < ARGUMENTS_SHOWN_MAX && opcua_call_room(call); i++) {
		struct ua_variant v = ua_variant(&a.values);
		opcua_tell_item(call, list);
		opcua_value_told(call, first, &v, secret);
	}
}

static bool is_secret(const struct ua_node_id *method)
{
	if (opcua_value_is_secret(method))
		return true;
	for (size_t i = 0; i < sizeof(secret_methods) / sizeof(secret_methods[0]); i++) {
		if (ua_is(method, secret_methods[i]))
			return true;
	}
	return false;
}

struct request {
	struct ua_node_id object, method;
	bool named; /* object and method are there */
	struct arguments inputs;
};

/* CallMethodRequest: | object | method | inputs | */
static struct request request_of(struct cursor *c)
{
	struct request r = {.object = ua_node_id(c)};

	r.method = ua_node_id(c);
	r.named = cur_ok(c);
	r.inputs = arguments_of(c);
	if (!cur_ok(c))
		r.inputs.n = 0;
	return r;
}

struct result {
	uint32_t status;
	struct arguments outputs;
};

/* CallMethodResult: | status u32 | statuses of the inputs | their diagnostics | outputs | */
static struct result result_of(struct cursor *c)
{
	struct result r = {.status = cur_u32le(c)};

	cur_skip(c, (size_t)ua_count(c) * 4);
	uint32_t n = ua_count(c);
	for (uint32_t i = 0; i < n && i < UA_ARRAY_MAX && cur_ok(c); i++)
		(void)ua_diagnostic(c);
	r.outputs = arguments_of(c);
	return r;
}

void opcua_method_call(struct opcua_call *call)
{
	uint32_t n_asked = opcua_call_more(&call->req) ? ua_count(&call->req.c) : 0;
	uint32_t n_results = opcua_call_more(&call->rsp) ? ua_count(&call->rsp.c) : 0;
	uint32_t n = n_asked > n_results ? n_asked : n_results;

	for (uint32_t i = 0; i < n && i < METHODS_TOLD_MAX; i++) {
		bool asked = opcua_call_item(&call->req, i, n_asked),
		     answered = opcua_call_item(&call->rsp, i, n_results);
		struct request req = {.inputs = {.n = 0}};
		struct result rsp = {.status = 0};
		if (asked) {
			req = request_of(&call->req.c);
			/* where the inputs go on behind what was kept, what is called is known all the same */
			asked = cur_ok(&call->req.c) || (req.named && call->req.cut);
		}
		if (answered) {
			rsp = result_of(&call->rsp.c);
			answered = cur_ok(&call->rsp.c);
		}
		if (!asked && !answered)
			break;
		/* Without the request nobody knows whether what comes out is a secret. */
		bool secret = asked && is_secret(&req.method);
		if (i > 0)
			opcua_call_next(call);
		if (asked) {
			opcua_tell_id(call, OPCUA_METHOD_OBJECT, &req.object);
			opcua_tell_id(call, OPCUA_METHOD_ID, &req.method);
		}
		if (answered)
			opcua_tell_status(call, OPCUA_METHOD_STATUS, rsp.status);
		opcua_tell_uint(call, OPCUA_METHOD_INDEX, i);
		opcua_tell_uint(call, OPCUA_METHOD_COUNT, n);
		if (asked)
			arguments_told(call, OPCUA_INPUTS, OPCUA_INPUT_TYPE, req.inputs, secret);
		if (answered)
			arguments_told(call, OPCUA_OUTPUTS, OPCUA_OUTPUT_TYPE, rsp.outputs, secret);
	}
}
