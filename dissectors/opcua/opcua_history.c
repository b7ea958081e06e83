/* HistoryRead and HistoryUpdate. P4 5.10.3, 5.10.5; OPC 10000-11 6.5, 6.6, 6.9 */
#include "opcua/opcua_readers.h"

enum {
	ID_READ_EVENTS = 646,
	ID_READ_RAW = 649,
	ID_READ_PROCESSED = 652,
	ID_READ_AT_TIME = 655,
	ID_HISTORY_DATA = 658,
	ID_HISTORY_EVENTS = 661,
	ID_UPDATE_DATA = 682,
	ID_UPDATE_EVENTS = 685,
	ID_DELETE_RAW = 688,
	ID_DELETE_AT_TIME = 691,
	ID_DELETE_EVENTS = 694,
	ID_HISTORY_MODIFIED = 11227,
	ID_UPDATE_STRUCTURE = 11300,
};

struct wanted {
	bool known;
	enum opcua_history type;
	int64_t start, end;
	uint32_t most;
};

/*
 * events     | most u32 | start i64 | end i64 | ...
 * raw        | modified u8 | start i64 | end i64 | most u32 | ...
 * processed  | start i64 | end i64 | ...
 */
static struct wanted wanted_of(const struct ua_extension *x)
{
	struct cursor c = cur_of(x->body);
	struct wanted w = {.known = x->binary};

	if (ua_is(&x->type, ID_READ_EVENTS)) {
		w.type = OPCUA_HISTORY_READ_EVENTS;
		w.most = cur_u32le(&c);
		w.start = (int64_t)cur_u64le(&c);
		w.end = (int64_t)cur_u64le(&c);
	} else if (ua_is(&x->type, ID_READ_RAW)) {
		w.type = cur_u8(&c) ? OPCUA_HISTORY_READ_MODIFIED : OPCUA_HISTORY_READ_RAW;
		w.start = (int64_t)cur_u64le(&c);
		w.end = (int64_t)cur_u64le(&c);
		w.most = cur_u32le(&c);
	} else if (ua_is(&x->type, ID_READ_PROCESSED)) {
		w.type = OPCUA_HISTORY_READ_PROCESSED;
		w.start = (int64_t)cur_u64le(&c);
		w.end = (int64_t)cur_u64le(&c);
	} else if (ua_is(&x->type, ID_READ_AT_TIME)) {
		w.type = OPCUA_HISTORY_READ_AT_TIME;
	} else {
		w.known = false;
	}
	w.known &= cur_ok(&c);
	return w;
}

static void wanted_told(struct opcua_call *call, const struct wanted *w)
{
	opcua_tell_uint(call, OPCUA_HISTORY_TYPE, w->type);
	opcua_tell_time(call, OPCUA_HISTORY_START, w->start);
	opcua_tell_time(call, OPCUA_HISTORY_END, w->end);
	if (w->type <= OPCUA_HISTORY_READ_MODIFIED)
		opcua_tell_uint(call, OPCUA_HISTORY_MAX, w->most);
}

struct result {
	bool known;
	uint32_t status, values;
	bool counted;
};

/*
 * HistoryReadResult: | status u32 | continuation point | values or events, which begin with their number |.
 * Where these go on behind what was kept (@cut), how the reading went is known all the same, and how many they are.
 */
static struct result result_of(struct cursor *c, bool cut)
{
	struct result r = {.status = cur_u32le(c)};

	(void)ua_bytes(c);
	bool begun = cur_ok(c);
	struct ua_extension x = ua_extension_begun(c);
	r.known = cur_ok(c) || (begun && cut);
	struct cursor data = cur_of(x.body);
	if (ua_is(&x.type, ID_HISTORY_DATA) || ua_is(&x.type, ID_HISTORY_EVENTS) ||
	    ua_is(&x.type, ID_HISTORY_MODIFIED)) {
		int32_t n = ua_i32(&data);
		r.counted = cur_ok(&data) && (!cur_ok(c) || n <= 0 || (uint32_t)n <= cur_left(&data));
		r.values = n > 0 ? (uint32_t)n : 0;
	}
	return r;
}

/* Request: | details | timestamps u32 | give up | nodes: node, index range, encoding, continuation point |.
 * Response: | results | diagnostics | */
void opcua_history_read(struct opcua_call *call)
{
	struct cursor *c = &call->req.c;
	uint32_t n_asked = 0, n_results = opcua_call_more(&call->rsp) ? ua_count(&call->rsp.c) : 0;

	if (opcua_call_more(&call->req)) {
		struct ua_extension details = ua_extension_begun(c);
		cur_skip(c, 4 + 1);
		n_asked = ua_count(c);
		struct wanted w = wanted_of(&details);
		if ((cur_ok(c) || call->req.cut) && w.known)
			wanted_told(call, &w);
		if (cur_ok(c))
			opcua_tell_uint(call, OPCUA_NODE_COUNT, n_asked);
	}
	for (uint32_t i = 0; i < OPCUA_SHOWN_MAX && opcua_call_room(call); i++) {
		bool asked = opcua_call_item(&call->req, i, n_asked),
		     answered = opcua_call_item(&call->rsp, i, n_results);
		struct ua_node_id node = {.numeric = 0};
		struct span range = {NULL, 0};
		struct result r = {.known = false};
		if (asked) {
			node = ua_node_id(c);
			range = ua_bytes(c);
			(void)ua_qualified_name(c, NULL);
			(void)ua_bytes(c);
			asked = cur_ok(c);
		}
		if (answered) {
			r = result_of(&call->rsp.c, call->rsp.cut);
			answered = r.known;
		}
		if (!asked && !answered)
			break;
		opcua_tell_item(call, OPCUA_NODES);
		if (asked) {
			opcua_tell_id(call, OPCUA_NODE_ID, &node);
			(void)opcua_tell_text(call, OPCUA_NODE_RANGE, range);
		}
		if (answered) {
			opcua_tell_status(call, OPCUA_NODE_STATUS, r.status);
			if (r.counted)
				opcua_tell_uint(call, OPCUA_NODE_COUNT_VALUES, r.values);
		}
	}
}

struct update {
	bool known;
	enum opcua_history type;
	struct ua_node_id node;
	int64_t start, end;
	uint32_t values;
};

/*
 * All begin with the node; then
 *   update data, structure  | how u32 | values |
 *   update events           | how u32 | filter: clauses, conditions | events |, of which the filter is passed over
 *   delete raw              | modified u8 | start i64 | end i64 |
 *   delete at time, events  | times or event ids |
 * Where that goes on behind what was kept (@cut), which node it is of is known all the same.
 */
static struct update update_of(const struct ua_extension *x, bool cut)
{
	static const struct {
		uint16_t id;
		uint8_t type;
	} kinds[] = {
	    {ID_UPDATE_DATA, OPCUA_HISTORY_UPDATE_DATA},       {ID_UPDATE_STRUCTURE, OPCUA_HISTORY_UPDATE_STRUCTURE},
	    {ID_UPDATE_EVENTS, OPCUA_HISTORY_UPDATE_EVENT},    {ID_DELETE_RAW, OPCUA_HISTORY_DELETE_RAW},
	    {ID_DELETE_AT_TIME, OPCUA_HISTORY_DELETE_AT_TIME}, {ID_DELETE_EVENTS, OPCUA_HISTORY_DELETE_EVENT},
	};
	struct cursor c = cur_of(x->body);
	struct update u = {.node = ua_node_id(&c)};
	bool named = cur_ok(&c);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (x->binary && ua_is(&x->type, kinds[i].id)) {
			u.known = true;
			u.type = (enum opcua_history)kinds[i].type;
		}
	}
	if (u.type == OPCUA_HISTORY_DELETE_RAW) {
		cur_skip(&c, 1);
		u.start = (int64_t)cur_u64le(&c);
		u.end = (int64_t)cur_u64le(&c);
	} else if (u.type != OPCUA_HISTORY_UPDATE_EVENT) {
		if (u.type == OPCUA_HISTORY_UPDATE_DATA || u.type == OPCUA_HISTORY_UPDATE_STRUCTURE)
			cur_skip(&c, 4);
		u.values = ua_count(&c);
	}
	if (!cur_ok(&c)) {
		u.known &= named && cut;
		u.start = u.end = 0;
		u.values = 0;
	}
	return u;
}

/* Request: | details |. Response: | results: status u32, statuses, diagnostics | diagnostics | */
void opcua_history_update(struct opcua_call *call)
{
	uint32_t n_asked = opcua_call_more(&call->req) ? ua_count(&call->req.c) : 0;
	uint32_t n_results = opcua_call_more(&call->rsp) ? ua_count(&call->rsp.c) : 0;

	if (opcua_call_more(&call->req)) {
		struct cursor ahead = call->req.c;
		struct ua_extension x = ua_extension_begun(&ahead);
		struct update first = update_of(&x, call->req.cut);
		if (n_asked > 0 && (cur_ok(&ahead) || call->req.cut) && first.known) {
			opcua_tell_uint(call, OPCUA_HISTORY_TYPE, first.type);
			opcua_tell_time(call, OPCUA_HISTORY_START, first.start);
			opcua_tell_time(call, OPCUA_HISTORY_END, first.end);
		}
		opcua_tell_uint(call, OPCUA_NODE_COUNT, n_asked);
	}
	for (uint32_t i = 0; i < OPCUA_SHOWN_MAX && opcua_call_room(call); i++) {
		bool asked = opcua_call_item(&call->req, i, n_asked),
		     answered = opcua_call_item(&call->rsp, i, n_results);
		struct update u = {.known = false};
		uint32_t status = 0;
		if (asked) {
			struct ua_extension x = ua_extension_begun(&call->req.c);
			u = update_of(&x, call->req.cut);
			asked = cur_ok(&call->req.c) || (u.known && call->req.cut);
		}
		if (answered) {
			status = cur_u32le(&call->rsp.c);
			cur_skip(&call->rsp.c, (size_t)ua_count(&call->rsp.c) * 4);
			uint32_t n = ua_count(&call->rsp.c);
			for (uint32_t k = 0; k < n && k < UA_ARRAY_MAX && cur_ok(&call->rsp.c); k++)
				(void)ua_diagnostic(&call->rsp.c);
			answered = cur_ok(&call->rsp.c);
		}
		if (!asked && !answered)
			break;
		opcua_tell_item(call, OPCUA_NODES);
		if (asked && u.known) {
			opcua_tell_id(call, OPCUA_NODE_ID, &u.node);
			if (u.values > 0)
				opcua_tell_uint(call, OPCUA_NODE_COUNT_VALUES, u.values);
		}
		if (answered)
			opcua_tell_status(call, OPCUA_NODE_STATUS, status);
	}
}
