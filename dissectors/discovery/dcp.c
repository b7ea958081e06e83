/*
 * PROFINET DCP (IEC 61158-6-10, 4.3): stations say what they are called and are given names and addresses.
 *
 *   | frame id u16 | service u8 | type u8 | transaction u32 | reserved u16 | length u16 | blocks ... |
 *   block:  | option u8 | suboption u8 | length u16 | info or qualifier u16 | value | padding to an even length |
 *
 * What a station answers is a record about the station. What is set is one about whoever sets it: the station may
 * refuse, and it answers for itself later.
 */
#include "discovery/say.h"

#define F(id) (&discovery_field[DISCOVERY_##id])

enum {
	ETHERTYPE_PROFINET = 0x8892,
	FRAME_HELLO = 0xfefc,
	FRAME_GET_SET = 0xfefd,
	FRAME_IDENTIFY_REQUEST = 0xfefe,
	FRAME_IDENTIFY_RESPONSE = 0xfeff,
	DCP_MAX = 1500,
	BLOCKS_MAX = 64,

	SERVICE_GET = 3,
	SERVICE_SET = 4,
	TYPE_REQUEST = 0,
	TYPE_SUCCESS = 1,

	BLOCK_IP = 0x0102,
	BLOCK_IP_SUITE = 0x0103,
	BLOCK_STATION_TYPE = 0x0201,
	BLOCK_NAME = 0x0202,
	BLOCK_DEVICE_ID = 0x0203,
	BLOCK_ROLE = 0x0204,
	BLOCK_ALIAS = 0x0206,
	BLOCK_INSTANCE = 0x0207,
	BLOCK_SIGNAL = 0x0503,
	BLOCK_FACTORY_RESET = 0x0505,
	BLOCK_RESET_TO_FACTORY = 0x0506,

	ROLE_DEVICE = 0x01,
	ROLE_CONTROLLER = 0x02,
	ROLE_SUPERVISOR = 0x08,
};

struct station {
	struct span type, name, alias;
	struct ip_addr ip, gateway;
	bool has_ip, has_id;
	uint16_t vendor, device, control;
	uint8_t role;
};

static void block_read(struct station *s, uint16_t which, struct cursor *c)
{
	switch (which) {
	case BLOCK_IP:
	case BLOCK_IP_SUITE: {
		const uint8_t *ip = cur_take(c, 4);
		cur_skip(c, 4);
		const uint8_t *gateway = cur_take(c, 4);
		if (!cur_ok(c))
			return;
		s->ip = ip_from_v4(ip);
		s->gateway = ip_from_v4(gateway);
		s->has_ip = true;
		break;
	}
	case BLOCK_STATION_TYPE:
		s->type = say_trim(cur_rest(c));
		break;
	case BLOCK_NAME:
		s->name = say_trim(cur_rest(c));
		break;
	case BLOCK_ALIAS:
		s->alias = say_trim(cur_rest(c));
		break;
	case BLOCK_DEVICE_ID: {
		uint16_t vendor = cur_u16be(c), device = cur_u16be(c);
		if (!cur_ok(c))
			return;
		s->vendor = vendor;
		s->device = device;
		s->has_id = true;
		break;
	}
	case BLOCK_ROLE:
		s->role = cur_u8(c);
		break;
	case BLOCK_SIGNAL:
	case BLOCK_FACTORY_RESET:
	case BLOCK_RESET_TO_FACTORY:
		s->control = which;
		break;
	default:
		break;
	}
}

/* @return NULL, or what is wrong and in @left how many bytes before the end. */
static const char *blocks_read(struct station *s, struct cursor *c, size_t *left)
{
	for (unsigned i = 0; i < BLOCKS_MAX && cur_left(c) > 0; i++) {
		*left = cur_left(c);
		uint16_t which = cur_u16be(c), length = cur_u16be(c);
		struct cursor value = cur_sub(c, length);
		if (!cur_ok(c))
			return "block_truncated";
		if (length & 1 && cur_left(c) > 0)
			cur_skip(c, 1);
		cur_skip(&value, 2);
		if (cur_ok(&value))
			block_read(s, which, &value);
	}
	return NULL;
}

static void role_say(struct event *ev, uint8_t role)
{
	if (role & ROLE_CONTROLLER)
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_IO_CONTROLLER);
	else if (role & ROLE_SUPERVISOR)
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_IO_SUPERVISOR);
	else if (role & ROLE_DEVICE)
		ev_uint(ev, F(ROLE), DISCOVERY_ROLE_IO_DEVICE);
}

static void station_say(struct emitter *out, const struct station *s, enum discovery_dcp operation)
{
	struct event *ev = say_begin(out, DISCOVERY_BY_PROFINET_DCP);

	say_frame_mac(ev);
	if (s->has_ip)
		say_ip(out, ev, F(IP), &s->ip);
	say_span(ev, F(NAME), s->name);
	say_span(ev, F(MODEL), s->type);
	role_say(ev, s->role);
	ev_uint(ev, F(DETAIL_DCP), operation);
	if (s->has_ip)
		say_ip(out, ev, F(DETAIL_ROUTER), &s->gateway);
	if (s->has_id) {
		ev_uint(ev, F(DETAIL_VENDOR_ID), s->vendor);
		ev_uint(ev, F(DETAIL_DEVICE_ID), s->device);
	}
	say_span(ev, F(DETAIL_ALIAS), s->alias);
	emit_end(out, ev);
}

static void set_say(struct emitter *out, const struct station *s)
{
	if (!s->has_ip && s->name.len == 0 && s->control == 0)
		return;
	struct event *ev = say_begin(out, DISCOVERY_BY_PROFINET_DCP);
	ev->func_class = s->control && s->control != BLOCK_SIGNAL ? CLASS_ADMIN : CLASS_WRITE;
	say_frame_mac(ev);
	ev_uint(ev, F(DETAIL_DCP), DISCOVERY_DCP_SET);
	if (ev->at.has_ether)
		ev_mac(ev, F(DETAIL_SET_TARGET), &ev->at.dest_mac);
	say_span(ev, F(DETAIL_SET_NAME), s->name);
	if (s->has_ip)
		ev_ip(out, ev, F(DETAIL_SET_IP), &s->ip);
	if (s->control)
		ev_uint(ev, F(DETAIL_SET_CONTROL), s->control);
	emit_end(out, ev);
}

static void dcp_pdu(void *state, enum dir dir, struct cursor *c, struct emitter *out)
{
	struct station s = {0};
	size_t bytes = cur_left(c), left = bytes;

	(void)state;
	(void)dir;
	uint16_t frame = cur_u16be(c);
	if (cur_ok(c) && frame < FRAME_HELLO)
		return; /* cyclic data and alarms */
	uint8_t service = cur_u8(c), type = cur_u8(c);
	cur_skip(c, 4 + 2);
	struct cursor blocks = cur_sub(c, cur_u16be(c));
	if (!cur_ok(c)) {
		emit_anomaly(out, profinet_dcp_dissector.name, ANOMALY_MALFORMED, "truncated_pdu", 0, 0);
		return;
	}
	/* The question names whom it looks for, or asks with blocks without values; neither is a fact. */
	bool asks = frame == FRAME_IDENTIFY_REQUEST ||
		    (frame == FRAME_GET_SET && service == SERVICE_GET && type == TYPE_REQUEST);
	bool answers_set = frame == FRAME_GET_SET && service == SERVICE_SET && type != TYPE_REQUEST;
	if (asks || answers_set || (frame == FRAME_GET_SET && service != SERVICE_GET && service != SERVICE_SET))
		return;
	size_t behind = cur_left(c);
	const char *wrong = blocks_read(&s, &blocks, &left);
	if (wrong) {
		emit_anomaly(out, profinet_dcp_dissector.name, ANOMALY_MALFORMED, wrong, bytes - behind - left, 0);
		return;
	}
	if (frame == FRAME_GET_SET && service == SERVICE_SET)
		set_say(out, &s);
	else if (frame == FRAME_HELLO || type == TYPE_SUCCESS)
		station_say(out, &s,
			    frame == FRAME_HELLO     ? DISCOVERY_DCP_HELLO
			    : frame == FRAME_GET_SET ? DISCOVERY_DCP_GET
						     : DISCOVERY_DCP_IDENTIFY);
}

const struct dissector profinet_dcp_dissector = {
    .name = "profinet_dcp",
    .table = &discovery_table,
    .ethertypes = {ETHERTYPE_PROFINET},
    .max_frame = DCP_MAX,
    .pdu = dcp_pdu,
};
