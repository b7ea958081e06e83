#include "event/event.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const tunnel_names[TUNNEL_COUNT] = {
    [TUNNEL_GRE] = "gre",     [TUNNEL_ERSPAN] = "erspan", [TUNNEL_VXLAN] = "vxlan",   [TUNNEL_MPLS] = "mpls",
    [TUNNEL_PPPOE] = "pppoe", [TUNNEL_IPIP] = "ipip",     [TUNNEL_NFLOG] = "nflog",   [TUNNEL_GENEVE] = "geneve",
    [TUNNEL_L2TP] = "l2tp",   [TUNNEL_GTP] = "gtp",       [TUNNEL_TEREDO] = "teredo", [TUNNEL_ETHERIP] = "etherip",
    [TUNNEL_PIM] = "pim",
};

const char *tunnel_name(enum tunnel t)
{
	return tunnel_names[t];
}

static const struct enum_name anomaly_types[] = {
    {ANOMALY_GAP, "gap"},         {ANOMALY_MALFORMED, "malformed"},       {ANOMALY_TRUNCATED_FRAME, "truncated_frame"},
    {ANOMALY_OVERLAP, "overlap"}, {ANOMALY_NOT_PROTOCOL, "not_protocol"}, {ANOMALY_LIMIT, "limit"},
    {ANOMALY_FLOOD, "flood"},
};
static const struct enum_names anomaly_type_names = ENUM_NAMES(anomaly_types);

static const struct enum_name anomaly_floods[] = {
    {FLOOD_BROADCAST_STORM, "broadcast_storm"},
    {FLOOD_BROADCAST_LOOP, "broadcast_loop"},
    {FLOOD_ICMP, "icmp_flood"},
    {FLOOD_FRAGMENTS, "fragment_abuse"},
};
static const struct enum_names anomaly_flood_names = ENUM_NAMES(anomaly_floods);

static const struct enum_name flow_states[] = {
    {FLOW_STATE_NEW, "new"},
    {FLOW_STATE_ESTABLISHED, "established"},
    {FLOW_STATE_CLOSED, "closed"},
};
static const struct enum_names flow_state_names = ENUM_NAMES(flow_states);

static const struct enum_name flow_reasons[] = {
    {FLOW_REASON_BEGIN, "begin"},     {FLOW_REASON_PROGRESS, "progress"},
    {FLOW_REASON_TIMEOUT, "timeout"}, {FLOW_REASON_FIN, "fin"},
    {FLOW_REASON_RST, "rst"},         {FLOW_REASON_END_OF_CAPTURE, "end_of_capture"},
    {FLOW_REASON_EVICTED, "evicted"}, {FLOW_REASON_REPLACED, "replaced"},
};
static const struct enum_names flow_reason_names = ENUM_NAMES(flow_reasons);

static const struct enum_name flow_modes[] = {
    {FLOW_MODE_PASSIVE, "passive"},
    {FLOW_MODE_ACTIVE, "active"},
};
static const struct enum_names flow_mode_names = ENUM_NAMES(flow_modes);

static const struct enum_name health_whats[] = {
    {HEALTH_BLIND, "blind"},   {HEALTH_ONE_SIDED, "one_sided"}, {HEALTH_VLAN_GONE, "vlan_gone"},
    {HEALTH_LOSS, "loss"},     {HEALTH_UNSEEN, "unseen"},       {HEALTH_DUPLICATES, "duplicates"},
    {HEALTH_SINK, "sink"},     {HEALTH_DISK, "disk"},           {HEALTH_EVICTION, "eviction"},
    {HEALTH_CLOCK, "clock"},   {HEALTH_RELOAD, "reload"},       {HEALTH_EVIDENCE, "evidence"},
    {HEALTH_OUTBOX, "outbox"}, {HEALTH_READER, "reader"},       {HEALTH_TIME_SERVER, "time_server"}};
static const struct enum_names health_what_names = ENUM_NAMES(health_whats);

static const struct enum_name asset_changes[] = {{ASSET_SEEN, "seen"},
						 {ASSET_NEW, "new"},
						 {ASSET_ENTERED, "entered"},
						 {ASSET_BRIDGE, "bridge"},
						 {ASSET_TOMBSTONE_SEEN, "tombstone_seen"},
						 {ASSET_AFTER_DISPOSAL, "after_disposal"},
						 {ASSET_POC_SEEN, "poc_seen"},
						 {ASSET_UNAPPROVED, "unapproved"},
						 {ASSET_CONDITION_OPEN, "condition_open"},
						 {ASSET_USAGE_MISMATCH, "usage_mismatch"},
						 {ASSET_DRIFT, "drift"},
						 {ASSET_OVERDUE, "overdue"}};
static const struct enum_names asset_change_names = ENUM_NAMES(asset_changes);
static const struct enum_name asset_whats[] = {
    {WHAT_PHASE, "phase"},
    {WHAT_DECISION, "decision"},
    {WHAT_USE_CASE, "use_case"},
    {WHAT_DISPOSE_DUE, "dispose_due"},
    {WHAT_CONDITIONS, "conditions"},
    {WHAT_USAGE, "usage"},
    {WHAT_MAC, "mac"},
    {WHAT_SERIAL, "serial"},
    {WHAT_MODEL, "model"},
    {WHAT_MAKER, "maker"},
    {WHAT_FIRMWARE, "firmware"},
    {WHAT_CERT_SHA256, "cert_sha256"},
    {WHAT_OPCUA_CERT_SHA256, "opcua_cert_sha256"},
    {WHAT_OPCUA_APP_URI, "opcua_app_uri"},
    {WHAT_SMB_GUID, "smb_guid"},
    {WHAT_DHCP_CLIENT_ID, "dhcp_client_id"},
    {WHAT_ENIP_SERIAL, "enip_serial"},
    {WHAT_SERIAL_KEY, "serial_key"},
    {WHAT_REVIEW_DUE, "review_due"},
    {WHAT_SUPPORT_UNTIL, "support_until"},
    {WHAT_JCSTAR_EXPIRES, "jcstar_expires"},
    {WHAT_JCSTAR_REQUIRED, "jcstar_required"},
    {WHAT_JCSTAR_MODEL, "jcstar_model"},
    {WHAT_UNSEEN, "unseen"},
    {WHAT_NEVER_SEEN, "never_seen"},
    {WHAT_ADDRESS, "address"},
    {WHAT_HOSTNAME, "hostname"},
    {WHAT_FORWARDING, "forwarding"},
};
static const struct enum_names asset_what_names = ENUM_NAMES(asset_whats);

static const struct enum_name setpoint_problems[] = {
    {SETPOINT_BELOW_MIN, "below_min"}, {SETPOINT_ABOVE_MAX, "above_max"}, {SETPOINT_STEP, "step_too_large"}};
static const struct enum_names setpoint_problem_names = ENUM_NAMES(setpoint_problems);

#define FIELD(id, name, type, names, flags, spec, doc)                                                                 \
	[id] = {FIELD_TABLE, name, FIELD_TYPE_##type, flags, names, spec, doc, NULL},

#define FIELD_TABLE &anomaly_table
const struct field_def anomaly_field[] = {
#include "event/anomaly_fields.def"
};
#undef FIELD_TABLE
const struct field_table anomaly_table = {"anomaly", anomaly_field, ANOMALY_FIELDS};

#define FIELD_TABLE &flow_table_fields
const struct field_def flow_field[] = {
#include "event/flow_fields.def"
};
#undef FIELD_TABLE
const struct field_table flow_table_fields = {"flow", flow_field, FLOW_FIELDS};

#define FIELD_TABLE &asset_table
const struct field_def asset_field[] = {
#include "event/asset_fields.def"
};
#undef FIELD_TABLE
const struct field_table asset_table = {"asset", asset_field, ASSET_FIELDS};

#define FIELD_TABLE &setpoint_table
const struct field_def setpoint_field[] = {
#include "event/setpoint_fields.def"
};
#undef FIELD_TABLE
const struct field_table setpoint_table = {"setpoint", setpoint_field, SETPOINT_FIELDS};

#define FIELD_TABLE &health_table
const struct field_def health_field[] = {
#include "event/health_fields.def"
};
#undef FIELD_TABLE
const struct field_table health_table = {"health", health_field, HEALTH_FIELDS};

#undef FIELD

struct event *emit_begin(struct emitter *out, const struct field_table *table)
{
	out->building = (struct event){
	    .table = table,
	    .at = out->at,
	    .count = 1,
	    .first_ns = out->at.ts_ns,
	    .values = out->values,
	};
	return &out->building;
}

void emit_end(struct emitter *out, struct event *ev)
{
	if (ev->values_dropped)
		out->values_dropped++;
	out->next.take(out->next.ctx, ev);
}

void ev_ip(struct emitter *out, struct event *ev, const struct field_def *f, const struct ip_addr *a)
{
	struct span copy = arena_copy(out->arena, span_of(a->b, sizeof(a->b)));

	if (copy.len == sizeof(a->b))
		ev_span(ev, f, copy);
}

void emit_anomaly(struct emitter *out, const char *app, enum anomaly_type type, const char *reason, uint64_t offset,
		  uint64_t bytes)
{
	struct event *ev = emit_begin(out, &anomaly_table);
	bool is_cut = out->cut && type == ANOMALY_MALFORMED;

	ev_uint(ev, &anomaly_field[ANOMALY_TYPE], is_cut ? ANOMALY_TRUNCATED_FRAME : type);
	ev_text(ev, &anomaly_field[ANOMALY_REASON], is_cut ? "snap_length" : reason);
	ev_uint(ev, &anomaly_field[ANOMALY_OFFSET], offset);
	if (bytes > 0)
		ev_uint(ev, &anomaly_field[ANOMALY_BYTES], bytes);
	if (app)
		ev_text(ev, &anomaly_field[ANOMALY_APP], app);
	emit_end(out, ev);
}

const struct event_value *event_get(const struct event *ev, const struct field_def *f)
{
	for (unsigned i = 0; i < ev->n_values; i++) {
		if (ev->values[i].field == f)
			return &ev->values[i];
	}
	return NULL;
}

/* Program strings (iface, capture, app_proto) live as long as the program or the source: their pointers cross as they
 * are. */
size_t event_packed_bytes(const struct event *ev)
{
	size_t n = sizeof(struct event) + ev->n_values * sizeof(struct event_value);

	for (unsigned i = 0; i < ev->n_values; i++)
		n += event_value_bytes(&ev->values[i]);
	return n;
}

void event_pack(const struct event *ev, void *room)
{
	struct event *copy = room;
	struct event_value *values = (struct event_value *)(void *)(copy + 1);
	uint8_t *bytes = (uint8_t *)(values + ev->n_values);

	*copy = *ev;
	copy->values = values;
	copy->src = copy->dest = NULL;
	copy->counted = NULL;
	copy->indicator = NULL;
	copy->places = NULL;
	copy->conduit = (struct conduit){CONDUIT_NONE};
	copy->baseline = (struct baseline){BASELINE_NONE};
	if (ev->n_values > 0)
		memcpy(values, ev->values, ev->n_values * sizeof(*values));
	for (unsigned i = 0; i < ev->n_values; i++) {
		size_t n = event_value_bytes(&ev->values[i]);
		if (n == 0)
			continue;
		memcpy(bytes, ev->values[i].ptr, n);
		values[i].ptr = bytes;
		bytes += n;
	}
}

struct event *event_unpack(void *room)
{
	return room;
}
