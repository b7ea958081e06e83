#include "sinks/eve_fit.h"

#include <string.h>

#include "sinks/json_fit.h"

/* What goes first when room is short (the budget's order of every payload): where the packets lie, remedy, English
 * title, details, Japanese title. Never the ids. */
static const char *const least_first[] = {
    "sekisho.evidence.pcap",
    "pcap_filename",
    "pcap_cnt",
    "sekisho.limits_en",
    "sekisho.limits_ja",
    "sekisho.action_en",
    "sekisho.action_ja",
    "sekisho.title_en",
    "sekisho.timeline",
    "sekisho.timeline_left_out",
    "sekisho.reason",
    "sekisho.evidence",
    "*",
    "sekisho.object",
    "sekisho.iec62443",
    "sekisho.jnsa",
    "sekisho.meti",
    "sekisho.ipa_phase",
    "alert.metadata",
    "sekisho.sensor",
    "sekisho.fingerprint",
    "community_id",
    "app_proto_by",
    "tunnel",
    "ether",
    "vlan",
    "flow_id",
    "sekisho.attack_ics",
    "sekisho.src",
    "sekisho.dest",
    "sekisho.sev",
    "sekisho.conduit_line",
    "sekisho.conduit_why",
    "sekisho.conduit",
    "sekisho.title_ja",
    "alert.category",
    "alert.rev",
    "alert.gid",
    "in_iface",
    "sekisho.first_seen",
    "sekisho.last_seen",
    "alert.signature",
    "app_proto",
    "complete",
    "record_truncated",
    "host",
    "alert",
    "proto",
    "src_port",
    "dest_port",
    "sekisho.stage",
    "sekisho.incident",
    "sekisho.muted_until",
    "sekisho.by",
    "sekisho.change",
    "sekisho.state",
    "sekisho.count",
    "sekisho.level",
    "sekisho.v",
    "src_ip",
    "dest_ip",
    "timestamp",
    NULL,
};

static const char *const known[] = {"alert", "sekisho", "ether", NULL};
/* A member without a place above must not be what keeps an alert away. */
static const char *const least[] = {"event_type", "sekisho.alert_id", "sekisho.rule_id", "sekisho.truncated", NULL};
static const struct json_order eve_order = {least_first, known, least};

size_t eve_fit(struct alert_view *v, const struct delivery *row, char *buf, size_t max, bool *truncated)
{
	*truncated = row->len > max;
	if (!*truncated) {
		memcpy(buf, row->json, row->len);
		return row->len;
	}
	size_t len = v->sekisho ? json_fit(v->root, &eve_order, buf, max, truncated) : 0;
	*truncated = true;
	return len;
}
