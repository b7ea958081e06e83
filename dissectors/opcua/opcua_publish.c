/* Publish and Republish. P4 5.13.5, 5.13.6, 7.25, 7.26 */
#include "opcua/opcua_readers.h"
#include "opcua/opcua_value.h"

enum {
	ID_DATA_CHANGE = 811,
	ID_STATUS_CHANGE = 820,
	ID_EVENTS = 916,
	NOTES_SHOWN_MAX = 32,
	STRUCTURES_MAX = 64, /* of one message */
};

struct message {
	uint32_t sequence, n;
	int64_t time;
	struct cursor structures;
};

/* NotificationMessage: | sequence number u32 | time i64 | notifications | */
static struct message message_of(struct cursor *c)
{
	struct message m = {.sequence = cur_u32le(c)};

	m.time = (int64_t)cur_u64le(c);
	m.n = ua_count(c);
	m.structures = *c;
	for (uint32_t i = 0; i < m.n && i < UA_ARRAY_MAX && cur_ok(c); i++)
		(void)ua_extension(c);
	return m;
}

struct sums {
	uint32_t changes, events, status;
	bool has_status;
};

/* What the message's structures hold: how many values and events, and the subscription's own status. */
static struct sums sums_of(const struct message *m)
{
	struct cursor all = m->structures;
	struct sums s = {.changes = 0};

	for (uint32_t i = 0; i < m->n && i < STRUCTURES_MAX; i++) {
		struct ua_extension x = ua_extension(&all);
		struct cursor c = cur_of(x.body);
		if (ua_is(&x.type, ID_DATA_CHANGE)) {
			s.changes += ua_count(&c);
		} else if (ua_is(&x.type, ID_EVENTS)) {
			s.events += ua_count(&c);
		} else if (ua_is(&x.type, ID_STATUS_CHANGE)) {
			uint32_t status = cur_u32le(&c);
			s.status = cur_ok(&c) ? status : s.status;
			s.has_status |= cur_ok(&c);
		}
	}
	return s;
}

/* MonitoredItemNotification: | client handle u32 | DataValue | */
static bool note_told(struct opcua_call *call, struct cursor *c)
{
	uint32_t handle = cur_u32le(c);
	struct ua_data_value d = ua_data_value(c);

	if (!cur_ok(c))
		return false;
	opcua_tell_item(call, OPCUA_NOTES);
	opcua_tell_uint(call, OPCUA_NOTE_HANDLE, handle);
	if (d.has_value)
		opcua_value_told(call, OPCUA_NOTE_TYPE, &d.value, false);
	if (d.has_source_time)
		opcua_tell_time(call, OPCUA_NOTE_TIME, d.source_time);
	if (d.status != 0)
		opcua_tell_status(call, OPCUA_NOTE_STATUS, d.status);
	return true;
}

/* @return false where a structure does not hold together. */
static bool notes_told(struct opcua_call *call, const struct message *m)
{
	struct cursor all = m->structures;
	uint32_t shown = 0;

	for (uint32_t i = 0; i < m->n && i < STRUCTURES_MAX; i++) {
		struct ua_extension x = ua_extension(&all);
		struct cursor c = cur_of(x.body);
		if (!ua_is(&x.type, ID_DATA_CHANGE))
			continue;
		uint32_t n = ua_count(&c);
		for (uint32_t k = 0; k < n && shown < NOTES_SHOWN_MAX; k++, shown++) {
			if (!note_told(call, &c))
				return false;
		}
		if (!cur_ok(&c))
			return false;
	}
	return true;
}

static void message_told(struct opcua_call *call, const struct message *m)
{
	struct sums s = sums_of(m);

	opcua_tell_uint(call, OPCUA_SUB_SEQUENCE, m->sequence);
	opcua_tell_time(call, OPCUA_SUB_TIME, m->time);
	opcua_tell_uint(call, OPCUA_SUB_CHANGES, s.changes);
	opcua_tell_uint(call, OPCUA_SUB_EVENTS, s.events);
	if (s.has_status)
		opcua_tell_status(call, OPCUA_SUB_STATUS, s.status);
}

/* Request: | acknowledgements: subscription u32, sequence number u32 |.
 * Response: | subscription u32 | numbers kept u32 each | more u8 | message | results | diagnostics | */
void opcua_publish(struct opcua_call *call)
{
	struct cursor *c = &call->rsp.c;

	if (opcua_call_more(&call->req)) {
		uint32_t n = ua_count(&call->req.c);
		cur_skip(&call->req.c, (size_t)n * 8);
		if (cur_ok(&call->req.c))
			opcua_tell_uint(call, OPCUA_SUB_ACKS, n);
	}
	if (!opcua_call_more(&call->rsp))
		return;
	uint32_t id = cur_u32le(c);
	cur_skip(c, (size_t)ua_count(c) * 4);
	bool more = cur_u8(c);
	struct message m = message_of(c);
	if (!cur_ok(c))
		return;
	opcua_tell_uint(call, OPCUA_SUB_ID, id);
	opcua_tell_uint(call, OPCUA_SUB_MORE, more);
	message_told(call, &m);
	if (!notes_told(call, &m))
		ua_fail(c);
}

/* Request: | subscription u32 | sequence number u32 |. Response: | message | */
void opcua_republish(struct opcua_call *call)
{
	struct cursor *c = &call->rsp.c;

	if (opcua_call_more(&call->req)) {
		uint32_t id = cur_u32le(&call->req.c), sequence = cur_u32le(&call->req.c);
		if (cur_ok(&call->req.c)) {
			opcua_tell_uint(call, OPCUA_SUB_ID, id);
			if (!call->rsp.seen)
				opcua_tell_uint(call, OPCUA_SUB_SEQUENCE, sequence);
		}
	}
	if (!opcua_call_more(&call->rsp))
		return;
	struct message m = message_of(c);
	if (!cur_ok(c))
		return;
	message_told(call, &m);
	if (!notes_told(call, &m))
		ua_fail(c);
}
