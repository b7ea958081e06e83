#include "modbus/modbus_introduce.h"

#include "discovery/say.h"
#include "modbus/modbus.h"
#include "modbus/modbus_pdu.h"

#define D(id) (&discovery_field[DISCOVERY_##id])
#define F(id) (&modbus_field[MODBUS_##id])

enum {
	UMAS_READ_ID = 0x02,
	UMAS_READ_ID_HEAD_BYTES = 22,
	UMAS_OK = 0xfe,
	READ_ID_NAME_MAX = 64,
};

static struct event *begun(struct emitter *out, enum discovery_by by)
{
	struct event *ev = say_begin(out, by);

	say_ip(out, ev, D(IP), say_speaker(out, DIR_RESPONSE));
	return ev;
}

/* AP 6.21: objects 0 to 6 have a meaning. */
static void objects_told(struct emitter *out, const struct event *told, uint8_t unit)
{
	static const uint8_t field_of[] = {DISCOVERY_VENDOR,     DISCOVERY_MODEL,          DISCOVERY_FIRMWARE,
					   DISCOVERY_DETAIL_URL, DISCOVERY_DETAIL_PRODUCT, DISCOVERY_DETAIL_MODEL_NAME,
					   DISCOVERY_NAME};
	struct span found[sizeof(field_of)] = {{NULL, 0}};
	uint64_t id = sizeof(field_of);
	bool any = false;

	for (unsigned i = 0; i < told->n_values; i++) {
		const struct event_value *v = &told->values[i];
		if (v->field == F(RSP_OBJECT_ID))
			id = v->u;
		if (v->field == F(RSP_OBJECT_VALUE) && id < sizeof(field_of) && v->count > 0) {
			found[id] = span_of(v->ptr, v->count);
			any = true;
		}
	}
	if (!any)
		return;
	struct event *ev = begun(out, DISCOVERY_BY_MODBUS_DEVICE_ID);
	static const uint8_t order[] = {6, 0, 1, 2, 3, 4, 5}; /* values of detail{} stand together */
	for (unsigned i = 0; i < sizeof(order); i++)
		say_span(ev, &discovery_field[field_of[order[i]]], found[order[i]]);
	ev_uint(ev, D(DETAIL_UNIT_ID), unit);
	emit_end(out, ev);
}

static struct span value_of(const struct event *told, const struct field_def *f)
{
	const struct event_value *v = event_get(told, f);

	return v ? span_of(v->ptr, v->count) : span_of(NULL, 0);
}

/* AP 6.13: where the server's id or what follows it is text, it names the device. */
static void server_id_told(struct emitter *out, const struct event *told, uint8_t unit)
{
	struct span id = say_trim(value_of(told, F(RSP_SERVER_ID_TEXT)));
	struct span more = say_trim(value_of(told, F(RSP_ADDITIONAL_TEXT)));

	if (id.len < 2 && more.len < 2) /* one letter is a number that happens to look like one */
		return;
	struct event *ev = begun(out, DISCOVERY_BY_MODBUS_SERVER_ID);
	say_span(ev, D(MODEL), id.len >= 2 ? id : more);
	if (id.len >= 2)
		say_span(ev, D(DETAIL_DESCRIPTION), more);
	ev_uint(ev, D(DETAIL_UNIT_ID), unit);
	emit_end(out, ev);
}

/* Answer to READ_ID: | 22 bytes | length u8 | name of the controller | ... |, as controllers of the Quantum, M340 and
 * Premium families send it */
static void umas_told(struct emitter *out, const struct event *told, uint8_t unit)
{
	const struct event_value *code = event_get(told, F(UMAS_FUNCTION_RAW)),
				 *status = event_get(told, F(UMAS_STATUS));
	struct cursor c = cur_of(value_of(told, F(RSP_DATA)));

	if (!code || code->u != UMAS_READ_ID || !status || status->u != UMAS_OK)
		return;
	cur_skip(&c, UMAS_READ_ID_HEAD_BYTES);
	struct span name = say_trim(cur_span(&c, cur_u8(&c)));
	if (!cur_ok(&c) || name.len == 0 || name.len > READ_ID_NAME_MAX)
		return;
	for (struct cursor at = cur_of(name); cur_left(&at) > 0;) {
		uint8_t b = cur_u8(&at);
		if (b < 0x20 || b > 0x7e)
			return;
	}
	struct event *ev = begun(out, DISCOVERY_BY_UMAS);
	ev_text(ev, D(VENDOR), "Schneider Electric");
	ev_span(ev, D(MODEL), name);
	ev_uint(ev, D(ROLE), DISCOVERY_ROLE_PLC);
	ev_uint(ev, D(DETAIL_UNIT_ID), unit);
	emit_end(out, ev);
}

void modbus_introduce(struct emitter *out, const struct event *told, uint8_t function, uint8_t unit)
{
	if (function == MODBUS_ENCAPSULATED_INTERFACE)
		objects_told(out, told, unit);
	else if (function == MODBUS_REPORT_SERVER_ID)
		server_id_told(out, told, unit);
	else if (function == MODBUS_UMAS)
		umas_told(out, told, unit);
}
