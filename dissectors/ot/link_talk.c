#include "ot/link_talk.h"

#include "base/when.h"

#define F(id)    (&flow_field[FLOW_##id])
#define GO_ON_NS (INT64_C(60) * NS_PER_S)

enum { TALKS_MAX = 256 };

struct talk {
	struct mac src, dest;
	uint16_t vlan;
	uint8_t n_vlans;
	int64_t first_ns, last_ns, told_ns;
	uint64_t frames;
};

/* Few, so they are looked through; the one silent longest gives its place where there are too many. */
struct talks {
	uint32_t used;
	uint32_t newest; /* whose frame came last, which is most often whose comes next */
	struct talk talk[TALKS_MAX];
};

enum talk_counter { COUNT_FRAMES, COUNT_EVICTED, COUNTERS };

static void talk_told(struct emitter *out, const struct talk *t, enum flow_state state, enum flow_reason reason)
{
	struct origin *at = &out->at;

	at->has_ether = true;
	at->src_mac = t->src;
	at->dest_mac = t->dest;
	at->n_vlans = t->n_vlans;
	at->vlans[0] = t->vlan;
	struct event *ev = emit_begin(out, &flow_table_fields);
	ev_uint(ev, F(STATE), state);
	ev_uint(ev, F(REASON), reason);
	ev_int(ev, F(START), t->first_ns);
	ev_int(ev, F(END), t->last_ns);
	ev_uint(ev, F(PKTS_TS), t->frames);
	ev_bool(ev, F(PAYLOAD_TS), true);
	emit_end(out, ev);
}

static bool is_of(const struct talk *t, const struct origin *at)
{
	return mac_eq(&t->src, &at->src_mac) && mac_eq(&t->dest, &at->dest_mac) &&
	       t->vlan == (at->n_vlans > 0 ? at->vlans[0] : 0);
}

static struct talk *talk_find(struct talks *all, const struct origin *at)
{
	if (all->newest < all->used && is_of(&all->talk[all->newest], at))
		return &all->talk[all->newest];
	for (uint32_t i = 0; i < all->used; i++) {
		if (is_of(&all->talk[i], at)) {
			all->newest = i;
			return &all->talk[i];
		}
	}
	return NULL;
}

static struct talk *silent_longest(struct talks *all)
{
	struct talk *t = &all->talk[0];

	for (uint32_t i = 1; i < all->used; i++) {
		if (all->talk[i].last_ns < t->last_ns)
			t = &all->talk[i];
	}
	return t;
}

static void talk_begin(struct talks *all, struct emitter *out)
{
	struct origin at = out->at;
	struct talk *t;

	if (all->used < TALKS_MAX) {
		t = &all->talk[all->used++];
	} else {
		t = silent_longest(all);
		talk_told(out, t, FLOW_STATE_CLOSED, FLOW_REASON_EVICTED);
		out->counters[COUNT_EVICTED]++;
		out->at = at;
	}
	all->newest = (uint32_t)(t - all->talk);
	*t = (struct talk){.src = at.src_mac,
			   .dest = at.dest_mac,
			   .vlan = at.n_vlans > 0 ? at.vlans[0] : 0,
			   .n_vlans = at.n_vlans > 0,
			   .first_ns = at.ts_ns,
			   .last_ns = at.ts_ns,
			   .told_ns = at.ts_ns,
			   .frames = 1};
	talk_told(out, t, FLOW_STATE_ESTABLISHED, FLOW_REASON_BEGIN);
}

static void talk_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	struct talks *all = state;

	(void)dir;
	if (cur_left(pdu) == 0 || !out->at.has_ether)
		return;
	out->counters[COUNT_FRAMES]++;
	struct talk *t = talk_find(all, &out->at);
	if (!t) {
		talk_begin(all, out);
		return;
	}
	t->frames++;
	t->last_ns = out->at.ts_ns > t->last_ns ? out->at.ts_ns : t->last_ns;
	if (t->last_ns - t->told_ns >= GO_ON_NS) {
		t->told_ns = t->last_ns;
		talk_told(out, t, FLOW_STATE_ESTABLISHED, FLOW_REASON_PROGRESS);
	}
}

/* Frame ids, IEC 61158-6-10, table of frame ids: FEFC to FEFF are DCP, which discovery reads. */
static void profinet_pdu(void *state, enum dir dir, struct cursor *pdu, struct emitter *out)
{
	enum { DCP_FIRST = 0xfefc, DCP_LAST = 0xfeff };
	struct cursor c = *pdu;
	uint16_t id = cur_u16be(&c);

	if (cur_ok(&c) && (id < DCP_FIRST || id > DCP_LAST))
		talk_pdu(state, dir, pdu, out);
}

static void finish(void *state, struct emitter *out, const struct dissector *d)
{
	struct talks *all = state;

	for (uint32_t i = 0; i < all->used; i++) {
		out->at.app_proto = d->name;
		out->at.app_by = APP_BY_DISSECTOR;
		talk_told(out, &all->talk[i], FLOW_STATE_ESTABLISHED, FLOW_REASON_END_OF_CAPTURE);
	}
	all->used = 0;
}

static void ethercat_finish(void *state, struct emitter *out)
{
	finish(state, out, &ethercat_dissector);
}

static void goose_finish(void *state, struct emitter *out)
{
	finish(state, out, &goose_dissector);
}

static void sampled_values_finish(void *state, struct emitter *out)
{
	finish(state, out, &sampled_values_dissector);
}

static void profinet_finish(void *state, struct emitter *out)
{
	finish(state, out, &profinet_rt_dissector);
}

const struct dissector ethercat_dissector = {
    .name = "ethercat",
    .table = &flow_table_fields,
    .ethertypes = {0x88a4},
    .state_size = sizeof(struct talks),
    .n_counters = COUNTERS,
    .pdu = talk_pdu,
    .finish = ethercat_finish,
};

const struct dissector goose_dissector = {
    .name = "goose",
    .table = &flow_table_fields,
    .ethertypes = {0x88b8},
    .state_size = sizeof(struct talks),
    .n_counters = COUNTERS,
    .pdu = talk_pdu,
    .finish = goose_finish,
};

const struct dissector sampled_values_dissector = {
    .name = "sampled_values",
    .table = &flow_table_fields,
    .ethertypes = {0x88ba},
    .state_size = sizeof(struct talks),
    .n_counters = COUNTERS,
    .pdu = talk_pdu,
    .finish = sampled_values_finish,
};

const struct dissector profinet_rt_dissector = {
    .name = "profinet_rt",
    .table = &flow_table_fields,
    .ethertypes = {0x8892},
    .state_size = sizeof(struct talks),
    .n_counters = COUNTERS,
    .pdu = profinet_pdu,
    .finish = profinet_finish,
};
