#include "app/alert_text.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "alert/group.h"
#include "alert/plan.h"
#include "app/command.h"
#include "app/zone_word.h"
#include "base/net_addr.h"
#include "base/text.h"

enum { INDENT = 21 };

static const char *const colours[LEVEL_COUNT] = {
    [LEVEL_INFO] = "2", [LEVEL_LOW] = "36", [LEVEL_MEDIUM] = "33", [LEVEL_HIGH] = "31", [LEVEL_CRITICAL] = "1;37;41"};

/* An address that names somebody: not 0.0.0.0, which a device without one sends from, nor a group's. */
static bool names_somebody(const char *address)
{
	struct ip_addr ip;

	if (!ip_parse(address, &ip))
		return false;
	enum ip_scope scope = ip_scope(&ip);
	return scope != IP_SCOPE_UNSPECIFIED && scope != IP_SCOPE_BROADCAST && scope != IP_SCOPE_MULTICAST;
}

/* "加工PLC-1 (10.20.1.11)" */
static void end_text(const json_t *alert, const char *end, const char *address, char *buf, size_t size)
{
	char raw[256];
	const char *name = json_at(json_node(alert, end), "name"), *ip = json_at(alert, address);

	if (!names_somebody(ip))
		ip = "";
	if (strcmp(name, json_at(alert, address)) == 0)
		name = ip;
	if (name[0] && ip[0] && strcmp(name, ip) != 0)
		snprintf(raw, sizeof(raw), "%s (%s)", name, ip);
	else
		snprintf(raw, sizeof(raw), "%s", name[0] ? name : ip);
	text_printable(span_str(raw), buf, size, 0);
}

/* Japanese punctuation that never begins a line (JIS X 4051): three bytes of UTF-8 each. */
static bool hangs(struct span s)
{
	uint32_t code;

	return text_utf8(s, &code) == 3 &&
	       (code == 0x3001 || code == 0x3002 || code == 0x300d || code == 0xff09 || code == 0xff0c);
}

/* Prints @text in lines of at most @width columns, each behind @indent blanks. English breaks at blanks, Japanese
 * anywhere. */
static void print_wrapped(const char *text, unsigned indent, unsigned width)
{
	struct span rest = span_str(text);

	while (rest.len > 0) {
		size_t end = 0, blank = 0;
		unsigned columns = indent;
		while (end < rest.len) {
			uint32_t code;
			size_t n = text_utf8(span_skip(rest, end), &code);
			columns += n ? text_columns(code) : 1;
			if (columns > width)
				break;
			if (code == ' ')
				blank = end;
			end += n ? n : 1;
		}
		if (end < rest.len && rest.ptr[end] != ' ' && rest.ptr[end] < 0x80 && blank > 0)
			end = blank;
		while (end < rest.len && hangs(span_skip(rest, end)))
			end += 3;
		if (end == 0)
			end = rest.len;
		printf("%*s%.*s\n", (int)indent, "", (int)end, (const char *)rest.ptr);
		while (end < rest.len && rest.ptr[end] == ' ')
			end++;
		rest = span_skip(rest, end);
	}
}

static unsigned terminal_width(void)
{
	struct winsize w;
	const unsigned narrow = 60, usual = 110;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col == 0)
		return usual;
	return w.ws_col < narrow ? narrow : w.ws_col;
}

const char *alert_level_word(enum alert_level level)
{
	return words_japanese() ? alert_level_name_ja(level) : alert_level_name(level);
}

static void print_level(enum alert_level level, bool coloured)
{
	const char *word = alert_level_word(level);
	char plain[32];
	int pad = 8 - (int)text_printable(span_str(word), plain, sizeof(plain), 0);

	if (coloured)
		printf("\033[%sm%s\033[0m", colours[level], word);
	else
		fputs(word, stdout);
	printf("%*s", pad > 0 ? pad : 0, "");
}

struct name {
	char text[96];
};

/* An id or the name of a rule: a line of a stream that somebody else may write to has any text there. */
static struct name name_at(const json_t *alert, const char *path)
{
	struct name n;

	text_printable(span_str(json_at(alert, path)), n.text, sizeof(n.text), 0);
	return n;
}

void alert_print(const json_t *alert, enum alert_level level, bool coloured)
{
	char from[512], to[512], title[1024], action[2048], first[2304], when[40];
	bool ja = words_japanese();

	end_text(alert, "sekisho.src", "src_ip", from, sizeof(from));
	end_text(alert, "sekisho.dest", "dest_ip", to, sizeof(to));
	text_printable(span_str(json_at(alert, ja ? "sekisho.title_ja" : "sekisho.title_en")), title, sizeof(title), 0);
	text_printable(span_str(json_at(alert, ja ? "sekisho.action_ja" : "sekisho.action_en")), action, sizeof(action),
		       0);
	printf("%s  ", local_time(json_at(alert, "sekisho.last_seen"), when, sizeof(when)));
	print_level(level, coloured);
	printf("  %-10s  %s\n", name_at(alert, "sekisho.rule_id").text, title);
	printf("%*s%s%s%s", INDENT, "", from, to[0] ? " -> " : "", to);
	long long count = json_integer_value(json_node(alert, "sekisho.count"));
	if (count > 1)
		printf("  (x%lld)", count);
	printf("  %s\n", name_at(alert, "sekisho.alert_id").text);
	snprintf(first, sizeof(first), "%s: %s", say(W_FIRST_CHECK), action);
	print_wrapped(first, INDENT, terminal_width());
}

const char *alert_state_word(enum alert_state state)
{
	static const enum word words[ALERT_STATES] = {[ALERT_OPEN] = W_STATE_OPEN,
						      [ALERT_ACKNOWLEDGED] = W_STATE_ACKNOWLEDGED,
						      [ALERT_MUTED] = W_STATE_MUTED,
						      [ALERT_CLOSED] = W_STATE_CLOSED,
						      [ALERT_LEARNT] = W_STATE_LEARNT};

	return say(words[state]);
}

static void line(enum word label, const char *text)
{
	char plain[2048], whole[2304];

	if (!text[0])
		return;
	text_printable(span_str(text), plain, sizeof(plain), 0);
	snprintf(whole, sizeof(whole), "%s: %s", say(label), plain);
	print_wrapped(whole, INDENT, terminal_width());
}

static size_t place(const json_t *end, char *buf, size_t size)
{
	const char *level = json_at(end, "purdue");

	snprintf(buf, size, "%s%s%s%s", zone_word(json_at(end, "zone")), level[0] ? " (" : "", level,
		 level[0] ? ")" : "");
	return strlen(buf);
}

/* "Machining cell A (L1) -> Office (L4)" */
static const char *places(const json_t *alert, char *buf, size_t size)
{
	const json_t *from = json_node(alert, "sekisho.src"), *to = json_node(alert, "sekisho.dest");
	size_t len = place(from, buf, size);

	if (len > 0 && json_at(to, "zone")[0]) {
		len += (size_t)snprintf(buf + len, size - len, " -> ");
		if (len < size)
			place(to, buf + len, size - len);
	}
	return buf;
}

static void references(const json_t *alert)
{
	static const struct {
		const char *path, *name;
	} lists[] = {{"sekisho.attack_ics", "ATT&CK for ICS"},
		     {"sekisho.meti", "METI"},
		     {"sekisho.jnsa", "JNSA"},
		     {"sekisho.iec62443", "IEC 62443-3-3"}};
	char text[512] = "", items[128];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (json_join(json_node(alert, lists[i].path), " ", items, sizeof(items))[0] && len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %s", len ? "; " : "",
						lists[i].name, items);
	}
	line(W_ALERT_REFERENCES, text);
}

bool alert_print_change(const json_t *alert)
{
	static const struct {
		const char *change;
		enum word word;
	} told[] = {{"ack", W_ALERT_ACKED},
		    {"close", W_ALERT_CLOSED},
		    {"mute", W_ALERT_MUTED},
		    {"reopen", W_ALERT_REOPENED},
		    {"learn", W_ALERT_LEARNT}};
	const char *change = json_at(alert, "sekisho.change"), *by = json_at(alert, "sekisho.by");
	char who[256], line[1024], raw[1024];

	text_printable(span_str(by), who, sizeof(who), 0);
	if (strcmp(change, "evidence") == 0) {
		text_printable(span_str(json_at(alert, "sekisho.evidence.pcap")), line, sizeof(line), 0);
		printf("%s: %s %s\n", name_at(alert, "sekisho.alert_id").text, say(W_ALERT_PCAP), line);
		return true;
	}
	for (size_t i = 0; by[0] && i < sizeof(told) / sizeof(told[0]); i++) {
		if (strcmp(told[i].change, change) != 0)
			continue;
		command_tell(stdout, say(told[i].word), name_at(alert, "sekisho.alert_id").text, who);
		const char *reason = json_at(alert, "sekisho.reason");
		snprintf(raw, sizeof(raw), "%s  %s%s%s", json_at(alert, "sekisho.rule_id"),
			 json_at(alert, words_japanese() ? "sekisho.title_ja" : "sekisho.title_en"),
			 reason[0] ? " - " : "", reason);
		text_printable(span_str(raw), line, sizeof(line), 0);
		printf("%*s%s\n", INDENT, "", line);
		return true;
	}
	return false;
}

const char *alert_reason(const char *reason, char *buf, size_t size)
{
	size_t n = strlen(PLAN_REASON);

	if (strncmp(reason, PLAN_REASON, n) != 0)
		snprintf(buf, size, "%s", reason);
	else
		snprintf(buf, size, "%s%s", say(W_WORK_REASON), reason + n);
	return buf;
}

void alert_print_rest(const json_t *alert)
{
	bool ja = words_japanese();
	char text[1024], when[40], reason[1024];

	snprintf(text, sizeof(text), "%s%s%s%s%s", alert_state_word(alert_state_parse(json_at(alert, "sekisho.state"))),
		 json_at(alert, "sekisho.by")[0] ? ", " : "", json_at(alert, "sekisho.by"),
		 json_at(alert, "sekisho.reason")[0] ? ": " : "",
		 alert_reason(json_at(alert, "sekisho.reason"), reason, sizeof(reason)));
	line(W_COL_STATE, text);
	line(W_ALERT_FIRST_SEEN, local_time(json_at(alert, "sekisho.first_seen"), when, sizeof(when)));
	line(W_ALERT_PLACES, places(alert, text, sizeof(text)));
	line(W_ALERT_WEIGHED, json_at(alert, ja ? "sekisho.sev.reason_ja" : "sekisho.sev.reason_en"));
	line(W_ALERT_BCP, json_at(alert, ja ? "sekisho.sev.bcp_ja" : "sekisho.sev.bcp_en"));
	references(alert);
	line(W_ALERT_PCAP, json_at(alert, "sekisho.evidence.pcap"));
	line(W_ALERT_SHA256, json_at(alert, "sekisho.evidence.sha256"));
}
