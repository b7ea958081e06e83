#include "modbus/modbus_log.h"

#include <stddef.h>
#include <string.h>

#include "base/when.h"

#define BURST_NS (100 * NS_PER_MS) /* requests of one id this close together were sent without waiting for answers */

struct open_request *modbus_log_oldest(struct modbus_state *s)
{
	return s->open ? (struct open_request *)(void *)s->log : NULL;
}

struct open_request *modbus_log_newer(struct modbus_state *s, struct open_request *r)
{
	uint8_t *next = (uint8_t *)r + r->bytes;

	return next < s->log + s->used ? (struct open_request *)(void *)next : NULL;
}

struct modbus_state *modbus_log_add(struct modbus_state *s, struct emitter *out, const struct open_request *key,
				    struct span pdu)
{
	pdu = span_head(pdu, MODBUS_PDU_KEPT_MAX);
	size_t need = (offsetof(struct open_request, pdu) + pdu.len + 7) & ~(size_t)7;
	size_t bytes = s->bytes ? s->bytes : MODBUS_STATE_BYTES;

	if (sizeof(*s) + s->used + need > bytes) {
		bool ok = true;
		while (sizeof(*s) + s->used + need > bytes && bytes < MODBUS_STATE_MAX)
			bytes = bytes * 2 < MODBUS_STATE_MAX ? bytes * 2 : MODBUS_STATE_MAX;
		if (sizeof(*s) + s->used + need > bytes)
			return NULL;
		s = out->resize_state(out, bytes, &ok);
		if (!ok)
			return NULL;
		s->bytes = (uint16_t)bytes;
	}
	struct open_request *r = (struct open_request *)(void *)(s->log + s->used);
	*r = *key;
	r->bytes = (uint16_t)need;
	r->broken = s->broken;
	s->broken = false;
	if (pdu.len > 0)
		memcpy(r->pdu, pdu.ptr, pdu.len);
	s->used = (uint16_t)(s->used + need);
	s->open++;
	return s;
}

struct open_request *modbus_log_match(struct modbus_state *s, uint8_t unit, uint16_t transaction_id, uint8_t function)
{
	struct open_request *best = NULL, *last = NULL;

	for (struct open_request *r = modbus_log_oldest(s); r; r = modbus_log_newer(s, r)) {
		if (r->transaction_id != transaction_id || r->unit != unit || r->function != function)
			continue;
		if (!last || r->ts_ns - last->ts_ns > BURST_NS)
			best = r;
		last = r;
	}
	return best;
}

void modbus_log_drop(struct modbus_state *s, struct open_request *r)
{
	uint8_t *at = (uint8_t *)r, *next = at + r->bytes, *end = s->log + s->used;

	s->used = (uint16_t)(s->used - r->bytes);
	s->open--;
	if (next < end)
		memmove(at, next, (size_t)(end - next));
}

void modbus_log_answered(struct modbus_state *s, struct open_request *r)
{
	struct open_request *next = r ? modbus_log_newer(s, r) : NULL;

	if (next)
		next->broken = true;
	else
		s->broken = true;
	s->answered |= r != NULL;
}

uint16_t modbus_log_unanswered(struct modbus_state *s, const struct open_request *r)
{
	if (r->broken)
		s->row = 0;
	if (s->row < UINT16_MAX)
		s->row++;
	return s->row;
}

void modbus_log_break(struct modbus_state *s)
{
	s->row = 0;
	s->broken = true;
}
