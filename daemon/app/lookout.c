#include "app/lookout.h"

#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "base/when.h"

#define BLIND_NS  (60 * NS_PER_S)
#define GONE_NS   (600 * NS_PER_S) /* a VLAN that is silent for so long, and for longer than it ever was */
#define MINUTE_NS (60 * NS_PER_S)
#define LOOK_NS   (300 * NS_PER_S)
/* how often it is said again: planned work may have kept it back, and be over */
#define AGAIN_NS  (4 * 3600 * NS_PER_S)
#define TABLES_NS (60 * NS_PER_S)

enum {
	BUSY_FRAMES = 60,    /* in a minute: whoever sent less may simply have nothing to say */
	BUSY_MINUTES = 5,    /* one after the other */
	VLAN_FRAMES = 1000,  /* a VLAN that is learnt ... */
	VLAN_MINUTES = 10,   /* and was seen in each of so many minutes before it fell silent */
	WIRE_FRAMES = 10000, /* shares of less say nothing */
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_SERVICE_VLAN = 0x88a8,
	VLAN_ID = 0x0fff,
	DLT_ETHERNET = 1,
};

static const double unseen_pct = 1, duplicates_pct = 5;

void health_emit(struct event_sink next, const struct origin *at, enum health_what what, const char *subject,
		 double value)
{
	struct event_value values[HEALTH_FIELDS];
	struct event ev = {.table = &health_table, .at = *at, .count = 1, .first_ns = at->ts_ns, .values = values};

	ev_uint(&ev, &health_field[HEALTH_WHAT], what);
	ev_text(&ev, &health_field[HEALTH_SUBJECT], subject);
	ev_float(&ev, &health_field[HEALTH_VALUE], value);
	next.take(next.ctx, &ev);
}

static void say_so(const struct lookout *l, int64_t at_ns, enum health_what what, const char *subject, double value)
{
	struct origin at = {.ts_ns = at_ns, .iface = l->iface, .capture = l->capture};

	health_emit(l->next, &at, what, subject, value);
}

void lookout_source(struct lookout *l, const char *iface, const char *capture)
{
	uint64_t given_up[WORKER_TABLES];

	memcpy(given_up, l->given_up, sizeof(given_up));
	*l = (struct lookout){.next = l->next, .iface = iface, .capture = capture, .before = l->before};
	memcpy(l->given_up, given_up, sizeof(given_up));
}

static const char *name_of(const struct lookout *l)
{
	return l->iface ? l->iface : l->capture ? l->capture : "";
}

/* Silence is blindness only where there was traffic all the time. */
static void look_for_silence(struct lookout *l, int64_t now_ns)
{
	if (l->last_ns == 0 || now_ns - l->last_ns < BLIND_NS || l->busy_minutes < BUSY_MINUTES ||
	    (l->blind && now_ns - l->said_ns < AGAIN_NS))
		return;
	l->said_ns = l->blind ? now_ns : l->last_ns + BLIND_NS;
	l->blind = true;
	say_so(l, l->said_ns, HEALTH_BLIND, name_of(l), (double)((l->said_ns - l->last_ns) / NS_PER_S));
}

static void watch_vlan(struct lookout *l, uint16_t id, int64_t ts_ns)
{
	unsigned i = 0;

	while (i < l->n_vlans && l->vlans[i].id != id)
		i++;
	if (i == LOOKOUT_VLANS_MAX) {
		l->vlans_unwatched++;
		return;
	}
	int64_t minute_no = ts_ns / MINUTE_NS;
	if (i == l->n_vlans) {
		l->vlans[i].id = id;
		l->vlans[i].last_ns = ts_ns;
		l->vlans[i].minute_no = minute_no;
		l->n_vlans++;
	}
	if (ts_ns - l->vlans[i].last_ns > l->vlans[i].longest_ns)
		l->vlans[i].longest_ns = ts_ns - l->vlans[i].last_ns;
	if (minute_no != l->vlans[i].minute_no)
		l->vlans[i].minutes = minute_no == l->vlans[i].minute_no + 1 ? l->vlans[i].minutes + 1 : 0;
	l->vlans[i].minute_no = minute_no;
	l->vlans[i].frames++;
	l->vlans[i].last_ns = ts_ns;
	l->vlans[i].gone = false;
}

static void look_at_tag(struct lookout *l, const struct frame_in *f)
{
	struct cursor c = cur_of(f->bytes);

	(void)cur_take(&c, 12);
	uint16_t type = cur_u16be(&c), tag = cur_u16be(&c);
	if (cur_ok(&c) && (type == ETHERTYPE_VLAN || type == ETHERTYPE_SERVICE_VLAN))
		watch_vlan(l, tag & VLAN_ID, f->ts_ns);
}

static void begin_minute(struct lookout *l, int64_t ts_ns)
{
	int64_t begins_ns = ts_ns / MINUTE_NS * MINUTE_NS;
	bool went_on = begins_ns == l->minute_ns + MINUTE_NS && l->minute >= BUSY_FRAMES;

	if (begins_ns == l->minute_ns)
		return;
	l->busy_minutes = went_on ? l->busy_minutes + 1 : 0;
	l->minute = 0;
	l->minute_ns = begins_ns;
}

/* The clock was set back by @by_ns: what is behind by more than frames overtake one another. Silence goes on from there. */
static void set_back(struct lookout *l, int64_t by_ns)
{
	l->last_ns -= by_ns;
	l->said_ns -= by_ns;
	for (unsigned i = 0; i < l->n_vlans; i++) {
		l->vlans[i].last_ns -= by_ns;
		l->vlans[i].said_ns -= by_ns;
	}
}

void lookout_frame(struct lookout *l, const struct frame_in *f)
{
	if (l->last_ns - f->ts_ns >= BLIND_NS)
		set_back(l, l->last_ns - f->ts_ns);
	if (!l->blind && f->ts_ns - l->last_ns >= BLIND_NS) /* blind: this frame is its end */
		look_for_silence(l, f->ts_ns);
	if (f->linktype == DLT_ETHERNET)
		look_at_tag(l, f);
	if ((uint64_t)f->ts_ns - (uint64_t)l->minute_ns >= (uint64_t)MINUTE_NS)
		begin_minute(l, f->ts_ns);
	l->minute++;
	if (f->ts_ns > l->last_ns || l->blind)
		l->last_ns = f->ts_ns;
	l->blind = false;
}

/* Gone: learnt as one that speaks all the time, and silent for twice as long as ever before, while others go on. An
 * office that sleeps at night is missed in its first night only. */
static void look_for_vlans(struct lookout *l, int64_t now_ns)
{
	char name[32];

	for (unsigned i = 0; i < l->n_vlans; i++) {
		bool learnt = l->vlans[i].frames >= VLAN_FRAMES && l->vlans[i].minutes >= VLAN_MINUTES - 1;
		int64_t too_long_ns = 2 * l->vlans[i].longest_ns > GONE_NS ? 2 * l->vlans[i].longest_ns : GONE_NS;
		if (!learnt || now_ns - l->vlans[i].last_ns < too_long_ns || now_ns - l->last_ns >= BLIND_NS ||
		    (l->vlans[i].gone && now_ns - l->vlans[i].said_ns < AGAIN_NS))
			continue;
		int64_t said_ns = l->vlans[i].gone ? now_ns : l->vlans[i].last_ns + too_long_ns;
		l->vlans[i].gone = true;
		l->vlans[i].said_ns = said_ns;
		snprintf(name, sizeof(name), "VLAN %u", l->vlans[i].id);
		say_so(l, said_ns, HEALTH_VLAN_GONE, name, (double)((said_ns - l->vlans[i].last_ns) / NS_PER_S));
	}
}

/* What the conversations themselves show: bytes acknowledged that were never seen, frames seen twice. */
void lookout_wire(struct lookout *l, int64_t now_ns, const struct worker_counters *now)
{
	if (l->looked_ns && now_ns >= l->looked_ns && now_ns - l->looked_ns < LOOK_NS)
		return;
	uint64_t packets = now->packets - l->before.packets, gaps = now->tcp_gaps - l->before.tcp_gaps,
		 twice = now->duplicates - l->before.duplicates;
	if (l->looked_ns && packets >= WIRE_FRAMES) {
		double unseen = 100.0 * (double)gaps / (double)(packets + gaps);
		double double_pct = 100.0 * (double)twice / (double)packets;
		if (unseen > unseen_pct)
			say_so(l, now_ns, HEALTH_UNSEEN, name_of(l), unseen);
		if (double_pct > duplicates_pct)
			say_so(l, now_ns, HEALTH_DUPLICATES, name_of(l), double_pct);
	}
	l->before = *now;
	l->looked_ns = now_ns;
}

static const char *const tables[WORKER_TABLES] = {
    [WORKER_HALF_OPEN] = "half-open connections", [WORKER_FLOWS] = "flows",
    [WORKER_OT_FLOWS] = "flows of controllers",   [WORKER_FLOW_MEMORY] = "memory of flows",
    [WORKER_AGREED] = "connections agreed on",    [WORKER_FACTS] = "facts"};

void lookout_tables(struct lookout *l, int64_t now_ns, const uint64_t given_up[WORKER_TABLES], bool last)
{
	if (!last && l->tables_ns && now_ns >= l->tables_ns && now_ns - l->tables_ns < TABLES_NS)
		return;
	for (unsigned i = 0; (last || l->tables_ns) && i < WORKER_TABLES; i++) {
		if (given_up[i] > l->given_up[i])
			say_so(l, now_ns, HEALTH_EVICTION, tables[i], (double)(given_up[i] - l->given_up[i]));
		l->given_up[i] = given_up[i];
	}
	l->tables_ns = now_ns;
}

void lookout_tick(struct lookout *l, int64_t now_ns)
{
	look_for_silence(l, now_ns);
	look_for_vlans(l, now_ns);
}
