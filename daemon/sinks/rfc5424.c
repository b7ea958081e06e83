#include "sinks/rfc5424.h"

#include <stdio.h>
#include <string.h>

#include "sinks/alert_view.h"
#include "sinks/cef.h"
#include "sinks/eve_fit.h"

enum {
	FACILITY_LOCAL0 = 16,
	HEADER_MAX = 256,
	SD_MAX = 512,
	SD_LEAST_BUDGET = 400,
};

static const char bom[] = "\xef\xbb\xbf";

void rfc5424_set_hostname(struct rfc5424 *f, const char *name)
{
	size_t n = 0;

	for (; name[n] && n + 1 < sizeof(f->hostname); n++)
		f->hostname[n] = name[n] > 0x20 && name[n] < 0x7f ? name[n] : '-';
	if (n == 0)
		f->hostname[n++] = '-';
	f->hostname[n] = '\0';
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

/* EVE's "+0000" becomes RFC 3339's "Z" or "+00:00". */
static void format_time(const char *eve, char out[static 40])
{
	size_t len = strlen(eve), zone = len > 5 ? len - 5 : 0;

	if (len < 24 || len > 34 || (eve[zone] != '+' && eve[zone] != '-'))
		snprintf(out, 40, "-");
	else if (strcmp(eve + zone, "+0000") == 0)
		snprintf(out, 40, "%.*sZ", (int)zone, eve);
	else
		snprintf(out, 40, "%.*s%.3s:%s", (int)zone, eve, eve + zone, eve + zone + 3);
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

size_t rfc5424_format(const struct rfc5424 *f, const struct delivery *row, char *buf, bool *truncated)
{
	char header[HEADER_MAX], time[40], msgid[33];
	struct sd sd = {.text = "-", .len = 1};
	struct alert_view v;

	(void)alert_view_open(&v, row->json, row->len);
	format_time(view_text(v.root, "timestamp"), time);
	format_msgid(view_text(v.sekisho, "rule_id"), msgid);
	if (f->max_bytes >= SD_LEAST_BUDGET)
		format_sd(&sd, &v, row);
	int priority = FACILITY_LOCAL0 * 8 + severity_of(view_text(v.sekisho, "level"));
	size_t len = (size_t)snprintf(header, sizeof(header), "<%d>1 %s %s sekisho %ld %s ", priority, time,
				      f->hostname, f->pid, msgid);

	if (len + sd.len + 4 > f->max_bytes)
		sd = (struct sd){.text = "-", .len = 1};
	memcpy(buf, header, len);
	memcpy(buf + len, sd.text, sd.len);
	len += sd.len;
	buf[len++] = ' ';
	memcpy(buf + len, bom, 3);
	len += 3;
	len += f->payload == SYSLOG_EVE ? eve_fit(&v, row, buf + len, f->max_bytes - len, truncated)
					: cef_format(&v, buf + len, f->max_bytes - len, truncated);
	alert_view_close(&v);
	return len;
}
