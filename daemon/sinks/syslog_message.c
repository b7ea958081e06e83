#include "sinks/syslog_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sinks/cef.h"
#include "sinks/ecs.h"
#include "sinks/eve_fit.h"
#include "sinks/leef.h"

enum {
	FACILITY_LOCAL0 = 16,
	PREFIX_MAX = 256, /* up to the structured data */
	SD_MAX = 512,
	HEADER_MAX = PREFIX_MAX + SD_MAX + 8,
	PAYLOAD_LEAST = 200, /* structured data must leave so much; the payload says the same and more */
};

static const char bom[] = "\xef\xbb\xbf";

void syslog_message_set_hostname(struct syslog_message *m, const char *name)
{
	size_t n = 0;

	for (; name[n] && n + 1 < sizeof(m->hostname); n++)
		m->hostname[n] = name[n] > 0x20 && name[n] < 0x7f ? name[n] : '-';
	if (n == 0)
		m->hostname[n++] = '-';
	m->hostname[n] = '\0';
}

/* RFC 5424, 6.2.1: 2 critical, 3 error, 4 warning, 5 notice, 6 informational. */
static int severity_of(const char *level)
{
	static const char *const levels[] = {"critical", "high", "medium", "low"};

	for (int i = 0; i < 4; i++) {
		if (strcmp(level, levels[i]) == 0)
			return 2 + i;
	}
	return 6;
}

struct sd {
	char text[SD_MAX];
	size_t len;
};

/* Adds ` name="value"`, escaping what RFC 5424, 6.3.3 says; leaves out what does not fit. */
static void sd_add(struct sd *sd, const char *name, const char *value)
{
	char param[256];
	size_t n = (size_t)snprintf(param, sizeof(param), " %s=\"", name);

	for (const char *c = value; *c; c++) {
		if (n + 4 > sizeof(param))
			return;
		if (*c == '"' || *c == '\\' || *c == ']')
			param[n++] = '\\';
		param[n++] = *c;
	}
	param[n++] = '"';
	if (!*value || sd->len + n + 2 > sizeof(sd->text))
		return;
	memcpy(sd->text + sd->len, param, n);
	sd->len += n;
}

static void format_sd(struct sd *sd, const struct alert_view *v, const struct delivery *row)
{
	char number[32];

	sd->len = (size_t)snprintf(sd->text, sizeof(sd->text), "[sekisho@32473");
	sd_add(sd, "id", view_text(v->sekisho, "alert_id"));
	sd_add(sd, "rule", view_text(v->sekisho, "rule_id"));
	snprintf(number, sizeof(number), "%u", view_score(v));
	sd_add(sd, "sev", number);
	sd_add(sd, "level", view_text(v->sekisho, "level"));
	snprintf(number, sizeof(number), "%llu", (unsigned long long)row->seq);
	sd_add(sd, "seq", number);
	sd_add(sd, "count", view_scalar(v->sekisho, "count", number, sizeof(number)));
	sd_add(sd, "state", view_text(v->sekisho, "state"));
	sd_add(sd, "drill", view_text(v->sekisho, "drill"));
	sd->text[sd->len++] = ']';
}

/* MSGID: at most 32 printable characters. */
static void format_msgid(const char *rule, char out[static 33])
{
	size_t n = 0;

	for (; rule[n] && n < 32; n++)
		out[n] = rule[n] > 0x20 && rule[n] < 0x7f ? rule[n] : '-';
	if (n == 0)
		out[n++] = '-';
	out[n] = '\0';
}

static size_t header_5424(const struct syslog_message *m, const struct delivery *row, const struct alert_view *v,
			  char out[static HEADER_MAX])
{
	char time[VIEW_TIME_MAX], msgid[33];
	struct sd sd = {.text = "-", .len = 1};

	(void)view_rfc3339(view_text(v->root, "timestamp"), time);
	format_msgid(view_text(v->sekisho, "rule_id"), msgid);
	format_sd(&sd, v, row);
	size_t len = (size_t)snprintf(out, PREFIX_MAX, "<%d>1 %s %s sekisho %ld %s ",
				      FACILITY_LOCAL0 * 8 + severity_of(view_text(v->sekisho, "level")),
				      *time ? time : "-", m->hostname, m->pid, msgid);
	if (len + sd.len + sizeof(bom) + PAYLOAD_LEAST > m->max_bytes)
		sd = (struct sd){.text = "-", .len = 1};
	memcpy(out + len, sd.text, sd.len);
	len += sd.len;
	out[len++] = ' ';
	memcpy(out + len, bom, m->no_bom ? 0 : 3);
	return len + (m->no_bom ? 0 : 3);
}

/* Seconds east of UTC that "...+0900" says. */
static int zone_of(const char *eve)
{
	size_t len = strlen(eve);
	const char *zone = len > 5 ? eve + len - 5 : "";
	int digits = *zone == '+' || *zone == '-' ? atoi(zone + 1) : 0, s = (digits / 100 * 60 + digits % 100) * 60;

	return *zone == '-' ? -s : s;
}

/* "Nov 22 09:14:00", RFC 3164, 4.1.2; the receiver puts its own time where there is none. */
static void local_time(const char *eve, int offset_s, char *out, size_t size)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = {0};

	out[0] = '\0';
	if (!strptime(eve, "%Y-%m-%dT%H:%M:%S", &tm))
		return;
	time_t at = timegm(&tm) + offset_s - zone_of(eve);
	if (gmtime_r(&at, &tm))
		snprintf(out, size, "%.3s %2d %02d:%02d:%02d ", months + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour,
			 tm.tm_min, tm.tm_sec);
}

static size_t header_3164(const struct syslog_message *m, const struct alert_view *v, char out[static HEADER_MAX])
{
	char time[VIEW_TIME_MAX];

	local_time(view_text(v->root, "timestamp"), m->offset_s, time, sizeof(time));
	return (size_t)snprintf(out, PREFIX_MAX, "<%d>%s%s sekisho[%ld]: ",
				FACILITY_LOCAL0 * 8 + severity_of(view_text(v->sekisho, "level")), time, m->hostname,
				m->pid);
}

size_t syslog_message_format(const struct syslog_message *m, const struct delivery *row, struct alert_view *v,
			     char *buf, bool *truncated)
{
	char header[HEADER_MAX];
	size_t len = m->header == SYSLOG_RFC3164 ? header_3164(m, v, header) : header_5424(m, row, v, header);
	size_t room = m->max_bytes - len;

	memcpy(buf, header, len);
	switch (m->payload) {
	case SYSLOG_CEF:
		return len + cef_format(v, buf + len, room, truncated);
	case SYSLOG_LEEF:
		return len + leef_format(v, buf + len, room, truncated);
	case SYSLOG_EVE:
		return len + eve_fit(v, row, buf + len, room, truncated);
	case SYSLOG_ECS:
		return len + ecs_format(v, buf + len, room, truncated);
	}
	return len;
}
