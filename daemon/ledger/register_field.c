#include "ledger/register_field.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/phrase.h"
#include "base/text.h"
#include "event/endpoint.h"
#include "ledger/register.h"
#include "ledger/width.h"

const struct reg_field_info reg_fields[REG_FIELD_COUNT] = {
#define FIELD(id, token, ja, also, kind, list) [REG_##id] = {token, ja, also, REG_KIND_##kind, (enum kinds_of)(list)},
#include "ledger/register_fields.def"
#undef FIELD
};

/* ---- names of columns */

static bool same_name(const char *a, size_t a_len, const char *folded)
{
	char one[WIDTH_TEXT_MAX], own[WIDTH_TEXT_MAX];

	snprintf(one, sizeof(one), "%.*s", (int)a_len, a);
	return strcasecmp(width_fold(one, own, sizeof(own)), folded) == 0;
}

int reg_field_find(const char *name)
{
	char folded[WIDTH_TEXT_MAX];

	width_fold(name, folded, sizeof(folded));
	for (int i = 0; i < REG_FIELD_COUNT; i++) {
		const struct reg_field_info *f = &reg_fields[i];
		if (same_name(f->token, strlen(f->token), folded) || same_name(f->ja, strlen(f->ja), folded))
			return i;
		for (const char *at = f->also; *at;) {
			size_t len = strcspn(at, "|");
			if (same_name(at, len, folded))
				return i;
			at += len + (at[len] == '|');
		}
	}
	return -1;
}

int reg_field_by_token(const char *token)
{
	for (int i = 0; i < REG_FIELD_COUNT; i++) {
		if (strcmp(reg_fields[i].token, token) == 0)
			return i;
	}
	return -1;
}

const char *reg_field_nearest(const char *name)
{
	const char *best = NULL;
	unsigned least = (unsigned)strlen(name) / 3 + 2;

	for (int i = 0; i < REG_FIELD_COUNT; i++) {
		const char *const words[] = {reg_fields[i].token, reg_fields[i].ja};
		for (int j = 0; j < 2; j++) {
			unsigned distance = text_distance(words[j], name);
			if (distance < least) {
				least = distance;
				best = words[j];
			}
		}
	}
	return best;
}

/* ---- dates */

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_date(int year, int month, int day)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && is_leap(year));
}

/* The number here, and what separates it from the next one is skipped: -, /, ., 年, 月, 日, blanks. */
static bool date_part(const char **at, int *out)
{
	static const char *const separators[] = {"-", "/", ".", " ", "年", "月", "日", "−", "‐", "ー", "元"};
	const char *s = *at;

	if (!isdigit((unsigned char)*s))
		return false;
	*out = 0;
	for (int i = 0; isdigit((unsigned char)*s) && i < 5; i++, s++)
		*out = *out * 10 + (*s - '0');
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++) {
			size_t n = strlen(separators[i]);
			if (strncmp(s, separators[i], n) == 0) {
				s += n;
				more = true;
			}
		}
	}
	*at = s;
	return true;
}

/* Years of the Japanese eras: their first year is 元年. */
static int era_base(const char **at)
{
	static const struct {
		const char *name;
		int base;
	} eras[] = {{"令和", 2018}, {"R", 2018}, {"r", 2018}, {"平成", 1988}, {"H", 1988}, {"h", 1988}};

	for (size_t i = 0; i < sizeof(eras) / sizeof(eras[0]); i++) {
		size_t n = strlen(eras[i].name);
		if (strncmp(*at, eras[i].name, n) != 0)
			continue;
		*at += n;
		return eras[i].base;
	}
	return 0;
}

static bool read_date(const char *typed, char out[static 12])
{
	char folded[WIDTH_TEXT_MAX];
	const char *at = width_fold(typed, folded, sizeof(folded));
	int base = era_base(&at), year = 1, month, day;

	if (base && strncmp(at, "元年", strlen("元年")) == 0)
		at += strlen("元年");
	else if (!date_part(&at, &year))
		return false;
	if (!date_part(&at, &month) || !date_part(&at, &day) || *at)
		return false;
	year += base;
	if (!is_date(year, month, day))
		return false;
	snprintf(out, 12, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
	return true;
}

int reg_date_days(const char *iso)
{
	struct tm tm = {0};

	if (sscanf(iso, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return INT32_MIN;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int)(timegm(&tm) / 86400);
}

/* ---- conditions */

static bool means_met(const char *word, bool *met)
{
	static const char *const yes[] = {"met", "yes", "済", "完了", "はい", "done"};
	static const char *const no[] = {"open", "no", "未", "未完了", "いいえ", ""};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcasecmp(word, yes[i]) == 0)
			return *met = true;
	}
	*met = false;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		if (strcasecmp(word, no[i]) == 0)
			return true;
	}
	return false;
}

/* Up to three parts of a line, divided by | or ｜. */
static int divide(char *line, char *part[3])
{
	int n = 1;

	part[0] = line;
	for (char *s = line; *s;) {
		size_t bar = *s == '|' ? 1 : strncmp(s, "｜", strlen("｜")) == 0 ? strlen("｜") : 0;
		if (bar == 0) {
			s++;
			continue;
		}
		*s = '\0';
		s += bar;
		if (n == 3)
			return -1;
		part[n++] = s;
	}
	return n;
}

static bool read_condition(char *line, char *out, size_t size, char why[static REG_WHY_MAX])
{
	char *part[3], folded[WIDTH_TEXT_MAX], due[12] = "";
	int n = divide(line, part);
	bool met = false;
	size_t blanks = strspn(part[0], " \t\r");
	char *text = part[0] + blanks;

	for (size_t len = strlen(text); len > 0 && strchr(" \t\r", text[len - 1]); len--)
		text[len - 1] = '\0';
	if (n < 0 || !text[0]) {
		snprintf(why, REG_WHY_MAX,
			 phrase("conditions: a line has up to three parts. Write \"what | until when | met\", such as "
				"\"change the password | 2027-03-31 | open\""));
		return false;
	}
	if (n > 1 && width_fold(part[1], folded, sizeof(folded))[0] && !read_date(folded, due)) {
		snprintf(why, REG_WHY_MAX, phrase("conditions: \"%.60s\" is no date. Write it as 2027-03-31"), folded);
		return false;
	}
	if (n > 2 && !means_met(width_fold(part[2], folded, sizeof(folded)), &met)) {
		snprintf(why, REG_WHY_MAX, phrase("conditions: \"%.60s\" is unknown. Write open or met"), folded);
		return false;
	}
	snprintf(out, size, "%s|%s|%s", text, due, met ? "met" : "open");
	return true;
}

static bool read_conditions(const char *typed, char out[static REG_CELL_MAX], char why[static REG_WHY_MAX])
{
	char copy[REG_CELL_MAX], *rest = copy;
	size_t len = 0;

	snprintf(copy, sizeof(copy), "%s", typed);
	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		char one[REG_CELL_MAX];
		if (line[strspn(line, " \t\r")] == '\0')
			continue;
		if (!read_condition(line, one, sizeof(one), why))
			return false;
		size_t n = strlen(one);
		if (len + n + 2 > REG_CELL_MAX) {
			snprintf(why, REG_WHY_MAX, phrase("conditions: too long"));
			return false;
		}
		if (len > 0)
			out[len++] = '\n';
		memcpy(out + len, one, n + 1);
		len += n;
	}
	return true;
}

bool reg_condition_next(const char **at, struct reg_condition *out)
{
	const char *line = *at, *end = line + strcspn(line, "\n");
	const char *due = memchr(line, '|', (size_t)(end - line));

	*out = (struct reg_condition){.text = line};
	if (!due)
		return false;
	out->text_len = (size_t)(due - line);
	due++;
	const char *met = memchr(due, '|', (size_t)(end - due));
	if (!met || met - due >= (ptrdiff_t)sizeof(out->due))
		return false;
	memcpy(out->due, due, (size_t)(met - due));
	out->met = strncmp(met + 1, "met", 3) == 0;
	*at = end + (*end == '\n');
	return true;
}

/* ---- times of maintenance */

static const char *const week[7][3] = {{"mon", "月"}, {"tue", "火"}, {"wed", "水"}, {"thu", "木"},
				       {"fri", "金"}, {"sat", "土"}, {"sun", "日"}};

static int read_day(const char **at)
{
	for (int i = 0; i < 7; i++) {
		for (int j = 0; j < 2; j++) {
			size_t n = strlen(week[i][j]);
			if (strncasecmp(*at, week[i][j], n) == 0) {
				*at += n;
				return i;
			}
		}
	}
	return -1;
}

static bool read_days(const char *word, char *out, size_t size)
{
	int from, to;

	if (strcasecmp(word, "daily") == 0 || strcmp(word, "毎日") == 0)
		return snprintf(out, size, "mon-sun") > 0;
	from = to = read_day(&word);
	if (from >= 0 && (*word == '-' || *word == '~')) {
		word++;
		to = read_day(&word);
	}
	if (from < 0 || to < 0 || *word)
		return false;
	return snprintf(out, size, from == to ? "%s" : "%s-%s", week[from][0], week[to][0]) > 0;
}

static bool read_hours(const char *word, char *out, size_t size)
{
	int h1, m1, h2, m2, n = 0;

	if (sscanf(word, "%2d:%2d%*1[-~]%2d:%2d%n", &h1, &m1, &h2, &m2, &n) != 4 || word[n])
		return false;
	if (h1 < 0 || h1 > 23 || h2 < 0 || h2 > 24 || m1 < 0 || m1 > 59 || m2 < 0 || m2 > 59 || (h2 == 24 && m2 > 0))
		return false;
	snprintf(out, size, "%02d:%02d-%02d:%02d", h1, m1, h2, m2);
	return true;
}

/* One entry: days or a date, and hours; either may be missing. */
static bool read_window(char *entry, char *out, size_t size)
{
	char *rest = entry, date[12], when[24] = "", hours[24] = "";

	for (char *word; (word = strsep(&rest, " \t\r")) != NULL;) {
		if (!word[0])
			continue;
		if (!hours[0] && read_hours(word, hours, sizeof(hours)))
			continue;
		if (when[0] || hours[0])
			return false;
		if (read_date(word, date))
			snprintf(when, sizeof(when), "%s", date);
		else if (!read_days(word, when, sizeof(when)))
			return false;
	}
	snprintf(out, size, "%s%s%s", when, when[0] && hours[0] ? " " : "", hours);
	return when[0] || hours[0];
}

static bool read_windows(const char *folded, char out[static REG_CELL_MAX])
{
	char copy[REG_CELL_MAX], *rest = copy;
	size_t len = 0;

	snprintf(copy, sizeof(copy), "%s", folded);
	for (char *entry; (entry = strsep(&rest, ";\n")) != NULL;) {
		char one[64];
		if (entry[strspn(entry, " \t\r")] == '\0')
			continue;
		if (!read_window(entry, one, sizeof(one)) || len + strlen(one) + 3 > REG_CELL_MAX)
			return false;
		len += (size_t)snprintf(out + len, REG_CELL_MAX - len, "%s%s", len ? "; " : "", one);
	}
	return true;
}

/* ---- the other kinds */

static bool read_word(enum reg_field f, const char *typed, char *out, char why[static REG_WHY_MAX])
{
	const struct reg_field_info *info = &reg_fields[f];
	const char *token = kinds_find(info->list, typed);

	if (token || info->kind == REG_KIND_KIND) {
		/* kinds are a starter list: others are kept as they are */
		snprintf(out, REG_CELL_MAX, "%s", token ? token : typed);
		return true;
	}
	const char *near = kinds_nearest(info->list, typed);
	if (near) {
		snprintf(why, REG_WHY_MAX, phrase("%s \"%.80s\" is unknown. Did you mean \"%s\"?"), info->token, typed,
			 near);
		return false;
	}
	char known[256] = "";
	for (const struct kind_word *w = kinds_list(info->list); w->token; w++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
			 w == kinds_list(info->list) ? "" : ", ", w->token);
	snprintf(why, REG_WHY_MAX, phrase("%s \"%.80s\" is unknown. Write one of %s"), info->token, typed, known);
	return false;
}

static bool read_zone(const char *typed, const struct site *site, char *out, char why[static REG_WHY_MAX])
{
	char folded[WIDTH_TEXT_MAX], name[WIDTH_TEXT_MAX];

	snprintf(out, REG_CELL_MAX, "%s", typed);
	if (!site || site->n_zones == 0 || site_zone_by_id(site, typed))
		return true;
	width_fold(typed, folded, sizeof(folded));
	for (size_t i = 0; i < site->n_zones; i++) {
		const struct zone *z = &site->zones[i];
		const char *const names[] = {z->id, z->name_ja, z->name_en};
		for (int j = 0; j < 3; j++) {
			if (!names[j] || strcasecmp(width_fold(names[j], name, sizeof(name)), folded) != 0)
				continue;
			snprintf(out, REG_CELL_MAX, "%s", z->id);
			return true;
		}
	}
	const char *near = site_nearest_zone(site, typed);
	if (near)
		snprintf(why, REG_WHY_MAX, phrase("zone \"%.80s\" is not in the configuration. Did you mean \"%s\"?"),
			 typed, near);
	else
		snprintf(
		    why, REG_WHY_MAX,
		    phrase("zone \"%.80s\" is not in the configuration. Write a zone's id or name, or leave it empty"),
		    typed);
	return false;
}

static bool read_macs(const char *typed, char *out, char why[static REG_WHY_MAX])
{
	struct mac macs[REGISTER_ADDRESSES_MAX];
	char bad[64], text[MAC_TEXT_MAX];
	int n = register_parse_macs(typed, macs, REGISTER_ADDRESSES_MAX, bad);
	size_t len = 0;

	if (n < 0)
		snprintf(why, REG_WHY_MAX, phrase("mac \"%s\": not a MAC address. Write it as 00:80:f4:12:34:56"), bad);
	for (int i = 0; i < n; i++)
		len +=
		    (size_t)snprintf(out + len, REG_CELL_MAX - len, "%s%s", i ? " " : "", mac_format(&macs[i], text));
	return n >= 0;
}

static bool read_ips(const char *typed, char *out, char why[static REG_WHY_MAX])
{
	struct ip_addr ips[REGISTER_ADDRESSES_MAX];
	char bad[64], text[IP_TEXT_MAX];
	int n = register_parse_ips(typed, ips, REGISTER_ADDRESSES_MAX, bad);
	size_t len = 0;

	if (n < 0)
		snprintf(
		    why, REG_WHY_MAX,
		    phrase("ip \"%s\": not a device's IP address. Write it as 10.20.1.11, without a prefix length"),
		    bad);
	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, REG_CELL_MAX - len, "%s%s", i ? " " : "", ip_format(&ips[i], text));
	return n >= 0;
}

static bool read_level(const char *folded, char *out)
{
	int purdue;

	if (!purdue_parse(folded, &purdue))
		return false;
	snprintf(out, REG_CELL_MAX, "%s", purdue_name(purdue));
	return true;
}

/* "☆1", "★１", "1", "☆". */
static bool read_stars(const char *folded, char *out)
{
	size_t n = strncmp(folded, "☆", strlen("☆")) == 0 || strncmp(folded, "★", strlen("★")) == 0 ? strlen("☆") : 0;

	if (folded[n] < '1' || folded[n] > '4' || folded[n + 1])
		return false;
	snprintf(out, REG_CELL_MAX, "%c", folded[n]);
	return true;
}

static bool read_sha256(const char *folded, char *out)
{
	size_t n = 0;

	for (; *folded; folded++) {
		if (*folded == ':' || *folded == ' ')
			continue;
		if (!isxdigit((unsigned char)*folded) || n == 64)
			return false;
		out[n++] = (char)tolower((unsigned char)*folded);
	}
	out[n] = '\0';
	return n == 64;
}

/* Numbers of VLANs, or services such as modbus, modbus/502, 102. */
static bool read_list(const char *folded, bool numbers, char *out)
{
	char copy[REG_CELL_MAX], *rest = copy;
	size_t len = 0;

	snprintf(copy, sizeof(copy), "%s", folded);
	for (char *word; (word = strsep(&rest, " ,;\t\r\n")) != NULL;) {
		if (!word[0])
			continue;
		for (char *s = word; *s; s++)
			*s = (char)tolower((unsigned char)*s);
		const char *slash = strchr(word, '/');
		const char *number = numbers || strspn(word, "0123456789") == strlen(word) ? word
				     : slash                                               ? slash + 1
											   : NULL;
		char *end;
		unsigned long value = number ? strtoul(number, &end, 10) : 1;
		if (number && (*end || !*number || value < 1 || value > (numbers ? 4094u : 65535u)))
			return false;
		if (strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_.-/") != strlen(word) ||
		    len + strlen(word) + 2 > REG_CELL_MAX)
			return false;
		len += (size_t)snprintf(out + len, REG_CELL_MAX - len, "%s%s", len ? " " : "", word);
	}
	return true;
}

static bool refuse(enum reg_field f, const char *typed, const char *what, char why[static REG_WHY_MAX])
{
	snprintf(why, REG_WHY_MAX, "%s \"%.80s\": %s", reg_fields[f].token, typed, phrase(what));
	return false;
}

bool reg_cell_read(enum reg_field f, const char *typed, const struct site *site, char out[static REG_CELL_MAX],
		   char why[static REG_WHY_MAX])
{
	char folded[REG_CELL_MAX];

	out[0] = '\0';
	if (strlen(typed) >= REG_CELL_MAX)
		return refuse(f, typed, "longer than 4,000 bytes. Shorten it", why);
	width_fold(typed, folded, sizeof(folded));
	if (!folded[0])
		return true;
	switch (reg_fields[f].kind) {
	case REG_KIND_TEXT:
		snprintf(out, REG_CELL_MAX, "%s", typed);
		return true;
	case REG_KIND_WORD:
	case REG_KIND_KIND:
		return read_word(f, typed, out, why);
	case REG_KIND_ZONE:
		return read_zone(typed, site, out, why);
	case REG_KIND_MACS:
		return read_macs(typed, out, why);
	case REG_KIND_IPS:
		return read_ips(typed, out, why);
	case REG_KIND_LEVEL:
		return read_level(folded, out) || refuse(f, typed, "no Purdue level. Write L0 to L5, or L3.5", why);
	case REG_KIND_DATE:
		return read_date(folded, out) || refuse(f, typed, "no date. Write it as 2027-03-31 or 2027/3/31", why);
	case REG_KIND_STARS:
		return read_stars(folded, out) || refuse(f, typed, "no JC-STAR level. Write 1 to 4", why);
	case REG_KIND_SHA256:
		return read_sha256(folded, out) || refuse(f, typed, "no SHA-256: 64 hexadecimal digits", why);
	case REG_KIND_VLANS:
		return read_list(folded, true, out) ||
		       refuse(f, typed, "no VLAN numbers. Write 1 to 4094, with blanks between", why);
	case REG_KIND_SERVICES:
		return read_list(folded, false, out) ||
		       refuse(f, typed, "no services. Write such as modbus/502 opcua http/80", why);
	case REG_KIND_CONDITIONS:
		return read_conditions(typed, out, why);
	case REG_KIND_WINDOWS:
		return read_windows(folded, out) || refuse(f, typed,
							   "no times. Write such as Mon-Fri 09:00-17:00, 2026-12-01 "
							   "22:00-24:00; divide several by ;",
							   why);
	}
	return true;
}

const char *reg_cell_show(enum reg_field f, const char *value, bool japanese)
{
	enum reg_kind kind = reg_fields[f].kind;

	if (!japanese || (kind != REG_KIND_WORD && kind != REG_KIND_KIND))
		return value;
	return kinds_word(reg_fields[f].list, value, true);
}
