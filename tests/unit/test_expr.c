/* rules: conditions, on one event with a value of every type. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/expr.h"
#include "engine/groupkey.h"
#include "engine/template.h"
#include "run_suite.h"

/* clang-format off */
enum {
	T_NUM, T_NEG, T_REAL, T_FLAG, T_OFF, T_TEXT, T_BYTES, T_KIND, T_MAC, T_IP, T_TIME, T_REGS, T_BITS, T_TAGS, T_ITEM, T_ITEM_N, T_PLAIN, T_MISSING,
	T_GONE, T_LONG, T_NUL, T_BIG, T_NAN,
};
static const struct enum_name kinds[] = {{0, "none"}, {1, "red"}, {2, "green"}, {7, "dark-blue"}};
static const struct enum_names kind_names = ENUM_NAMES(kinds);
static const struct field_table table, other;
#define ROW(name, type, flags, names, alias) {&table, name, FIELD_TYPE_##type, flags, names, "", "", alias}
static const struct field_def field[] = {
	[T_NUM] = ROW("num", UINT, FIELD_KEY, NULL, "wire.number"),
	[T_NEG] = ROW("neg", INT, FIELD_KEY, NULL, NULL),
	[T_REAL] = ROW("real", FLOAT, FIELD_KEY, NULL, NULL),
	[T_FLAG] = ROW("flag", BOOL, FIELD_KEY, NULL, NULL),
	[T_OFF] = ROW("off", BOOL, FIELD_KEY, NULL, NULL),
	[T_TEXT] = ROW("text", TEXT, FIELD_KEY, NULL, NULL),
	[T_BYTES] = ROW("bytes", BYTES, FIELD_KEY, NULL, NULL),
	[T_KIND] = ROW("kind", ENUM, FIELD_KEY, &kind_names, NULL),
	[T_MAC] = ROW("mac", MAC, FIELD_KEY, NULL, NULL),
	[T_IP] = ROW("ip", IP, FIELD_KEY, NULL, NULL),
	[T_TIME] = ROW("time", TIME, FIELD_KEY, NULL, NULL),
	[T_REGS] = ROW("values[]", U16S, FIELD_KEY, NULL, NULL),
	[T_BITS] = ROW("values[]", BITS, FIELD_KEY, NULL, NULL),
	[T_TAGS] = ROW("tags[]", TEXT, FIELD_KEY, NULL, NULL),
	[T_ITEM] = ROW("items[]", ITEM, FIELD_KEY, NULL, NULL),
	[T_ITEM_N] = ROW("items[].n", UINT, FIELD_KEY, NULL, NULL),
	[T_PLAIN] = ROW("plain", UINT, FIELD_PLAIN, NULL, NULL),
	[T_MISSING] = ROW("missing", UINT, FIELD_KEY, NULL, NULL),
	[T_GONE] = ROW("gone", TEXT, FIELD_KEY, NULL, NULL),
	[T_LONG] = ROW("long", TEXT, FIELD_KEY, NULL, NULL),
	[T_NUL] = ROW("nul", TEXT, FIELD_KEY, NULL, NULL),
	[T_BIG] = ROW("big", UINT, FIELD_KEY, NULL, NULL),
	[T_NAN] = ROW("nan", FLOAT, FIELD_KEY, NULL, NULL),
};
/* clang-format on */
static const struct field_table table = {"lab", field, sizeof(field) / sizeof(field[0])};
static const struct field_def other_field[] = {{&other, "speed", FIELD_TYPE_UINT, FIELD_KEY, NULL, "", "", NULL}};
static const struct field_table other = {"other", other_field, 1};
static const struct field_table *const tables[] = {&table, &other, NULL};
static const struct field_registry registry = {tables};

static struct arena arena;
static struct expr_memory memory;
static struct event_value values[64];
static struct event event;
static struct endpoint plc, laptop;
static char long_text[5000];

static void add_values(struct event *ev)
{
	static const uint8_t registers[] = {0x00, 0x05, 0xff, 0x00}, bits[] = {0x05};
	static const struct mac mac = {{0x00, 0x80, 0xf4, 0x10, 0x01, 0x11}};
	static struct ip_addr ip;

	ck_assert(ip_parse("fd00::12", &ip));
	memset(long_text, 'a', sizeof(long_text));
	memcpy(long_text + 4094, "bb", 2); /* the last two bytes a pattern may see are "bb", then "c" */
	long_text[4096] = 'c';
	ev_uint(ev, &field[T_NUM], 17);
	ev_int(ev, &field[T_NEG], -5);
	ev_float(ev, &field[T_REAL], 2.5);
	ev_bool(ev, &field[T_FLAG], true);
	ev_bool(ev, &field[T_OFF], false);
	ev_text(ev, &field[T_TEXT], "Setup\x1b[31m.EXE");
	ev_span(ev, &field[T_BYTES], span_of("\x00\x1a\xff", 3));
	ev_uint(ev, &field[T_KIND], 7);
	ev_mac(ev, &field[T_MAC], &mac);
	struct event_value *v = ev_value(ev, &field[T_IP]);
	v->ptr = ip.b;
	ev_uint(ev, &field[T_TIME], 1795306440000000000u);
	ev_items(ev, &field[T_REGS], span_of(registers, 4), 2);
	ev_items(ev, &field[T_BITS], span_of(bits, 1), 3);
	ev_text(ev, &field[T_TAGS], "alpha");
	ev_text(ev, &field[T_TAGS], "beta");
	ev_item(ev, &field[T_ITEM]);
	ev_uint(ev, &field[T_ITEM_N], 1);
	ev_item(ev, &field[T_ITEM]);
	ev_uint(ev, &field[T_ITEM_N], 2);
	ev_uint(ev, &field[T_PLAIN], 3);
	ev_span(ev, &field[T_LONG], span_of(long_text, sizeof(long_text)));
	ev_span(ev, &field[T_NUL], span_of("a\0z", 3));
	ev_uint(ev, &field[T_BIG], UINT64_MAX);
	ev_float(ev, &field[T_NAN], 0.0 / 0.0);
}

static void setup(void)
{
	ck_assert_int_eq(arena_init(&arena, 4096, 64 << 20), 0);
	memory = (struct expr_memory){.arena = &arena};
	plc = (struct endpoint){.known = true,
				.asset_no = 17,
				.asset_id = "A000017",
				.name = "Press-1",
				.zone = "cell-a",
				.fa_zone = "fa.control",
				.purdue = 10,
				.role = "plc",
				.registered = REGISTERED_YES,
				.usage = "control",
				.use_case = "production",
				.phase = "operate",
				.scope = IP_SCOPE_PRIVATE};
	laptop = (struct endpoint){.name = "",
				   .zone = "",
				   .fa_zone = "",
				   .purdue = PURDUE_UNKNOWN,
				   .role = "",
				   .registered = REGISTERED_UNKNOWN,
				   .usage = "",
				   .use_case = "",
				   .phase = "",
				   .scope = IP_SCOPE_GLOBAL,
				   .is_new = true};
	event =
	    (struct event){.table = &table,
			   .func_class = CLASS_WRITE,
			   .complete = COMPLETE_NO,
			   .count = 1,
			   .values = values,
			   .src = &laptop,
			   .dest = &plc,
			   .conduit = {CONDUIT_DENIED, .why = CONDUIT_WHY_NO_LINE},
			   .baseline = {.pair = BASELINE_KNOWN, .function = BASELINE_NEW, .writer = BASELINE_LEARNING}};
	event.at = (struct origin){.ip_proto = IPPROTO_TCP,
				   .app_proto = "lab",
				   .src_port = 49152,
				   .dest_port = 502,
				   .n_vlans = 2,
				   .vlans = {7, 101},
				   .n_tunnels = 1,
				   .tunnels = {TUNNEL_VXLAN},
				   .has_ether = true,
				   .src_mac = {{4, 5, 6, 7, 8, 9}}};
	ck_assert(ip_parse("10.20.1.200", &event.at.src_ip));
	ck_assert(ip_parse("10.20.1.11", &event.at.dest_ip));
	add_values(&event);
}

static void teardown(void)
{
	expr_memory_deinit(&memory);
	arena_deinit(&arena);
}

/* clang-format off */
/* A condition and whether it holds for the event above. */
static const struct {
	const char *when;
	bool holds;
} conditions[] = {
	/* numbers */
	{"lab.num == 17", true}, {"lab.num == 18", false}, {"lab.num == 0x11", true}, {"lab.num eq 17", true},
	{"lab.num != 17", false}, {"lab.num != 18", true}, {"lab.num ne 18", true},
	{"lab.num < 17", false}, {"lab.num < 18", true}, {"lab.num lt 18", true}, {"lab.num <= 17", true}, {"lab.num le 16", false},
	{"lab.num > 17", false}, {"lab.num > 16", true}, {"lab.num gt 17", false}, {"lab.num >= 17", true}, {"lab.num ge 18", false},
	{"lab.num < 0", false}, {"lab.num >= 0", true}, {"lab.num==17", true},
	{"lab.big > 18446744073709551614", true}, {"lab.big > 18446744073709551615", false}, {"lab.big == 0xffffffffffffffff", true},
	{"wire.number == 17", true},
	{"lab.neg == -5", true}, {"lab.neg < 0", true}, {"lab.neg > -6", true}, {"lab.neg >= 0", false}, {"lab.neg in {-9..-5}", true},
	{"lab.real == 2.5", true}, {"lab.real > 2", true}, {"lab.real < 2.5", false}, {"lab.real <= 2.5", true}, {"lab.real > -1.5", true},
	{"lab.real in {1..3}", true},
	{"lab.nan == 0", false}, {"lab.nan > 0", false}, {"lab.nan < 0", false}, {"lab.nan != 0", true},
	{"lab.time > 1795306439999999999", true},
	/* sets and ranges */
	{"lab.num in {17}", true}, {"lab.num in {1, 2, 3}", false}, {"lab.num in {1..5, 16..18}", true}, {"lab.num in {18..20}", false},
	{"lab.num in { 40 , 1 .. 16 , 18 }", false}, {"lab.num in {9..12, 10..17}", true}, {"lab.num not in {1, 2}", true},
	{"lab.num not in {17}", false}, {"lab.missing not in {17}", false}, {"not lab.missing in {17}", true},
	/* what is not there */
	{"lab.missing == 0", false}, {"lab.missing != 0", false}, {"not lab.missing == 0", true}, {"lab.missing", false}, {"lab.num", true},
	{"lab.gone == \"\"", false}, {"lab.gone", false}, {"lab.text", true}, {"lab.items", true},
	/* bools */
	{"lab.flag", true}, {"lab.off", false}, {"not lab.off", true}, {"lab.off == false", true}, {"lab.flag == true", true}, {"lab.flag != true", false},
	/* names */
	{"lab.kind == \"dark-blue\"", true}, {"lab.kind == 7", true}, {"lab.kind == red", false}, {"lab.kind in {red, green}", false},
	{"lab.kind in {red, \"dark-blue\"}", true}, {"lab.kind != red", true}, {"lab.kind > green", true}, {"lab.kind == \"Dark-Blue\"", true},
	/* texts */
	{"lab.text contains \".EXE\"", true}, {"lab.text contains \".exe\"", false}, {"lab.text == \"x\"", false}, {"lab.text != \"x\"", true},
	{"lab.text matches \"^Setup\"", true}, {"lab.text matches \"\\.EXE$\"", true}, {"lab.text matches \"\\.exe$\"", false},
	{"lab.text matches \"(?i)\\.exe$\"", true}, {"lab.text matches \"^[A-Z][a-z]+\"", true}, {"lab.gone matches \".*\"", false},
	{"lab.tags == \"beta\"", true}, {"lab.tags == \"gamma\"", false}, {"lab.tags in {\"x\", \"alpha\"}", true}, {"lab.tags != \"beta\"", true},
	{"lab.tags contains \"lph\"", true}, {"lab.tags matches \"^be\"", true},
	{"lab.long matches \"bb$\"", true}, {"lab.long matches \"c\"", false}, {"lab.long contains \"bbc\"", true},
	{"lab.nul matches \"z$\"", true}, {"lab.nul matches \"^a.z$\"", true}, {"lab.nul == \"a\"", false},
	{"lab.bytes == \"001aff\"", true}, {"lab.bytes == \"00:1A:FF\"", true}, {"lab.bytes contains \"1a\"", true}, {"lab.bytes contains \"a1\"", false},
	{"lab.bytes in {\"00\", \"00 1a ff\"}", true},
	/* addresses */
	{"src_ip == 10.20.1.200", true}, {"src_ip == \"10.20.1.200\"", true}, {"src_ip in {10.0.0.0/8}", true}, {"src_ip in {192.168.0.0/16, 10.20.1.0/24}", true},
	{"src_ip in {192.168.0.0/16}", false}, {"src_ip not in {10.20.0.0/16}", false}, {"src_ip == 10.0.0.0/8", true}, {"src_ip != 10.0.0.0/8", false},
	{"src_ip in {10.20.1.100..10.20.1.200}", true}, {"src_ip in {10.20.1.201..10.20.1.210}", false}, {"src_ip in {0.0.0.0/0}", true},
	{"lab.ip == fd00::12", true}, {"lab.ip in {fd00::/8}", true}, {"lab.ip in {0.0.0.0/0}", false}, {"lab.ip in {::1..fd00::11}", false},
	{"lab.ip in {fd00::1..fd00::12}", true}, {"src_ip == dest_ip", false}, {"src_ip != dest_ip", true},
	{"lab.mac == 00:80:f4:10:01:11", true}, {"lab.mac == 0080.f410.0111", true}, {"lab.mac in {00-80-f4-00-00-00..00-80-f4-ff-ff-ff}", true},
	{"src_mac == 04:05:06:07:08:09", true}, {"src_mac == \"04:05:06:07:08:0a\"", false},
	/* lists: any item */
	{"lab.values == 5", true}, {"lab.values == 0xff00", true}, {"lab.values == 1", true}, {"lab.values == 6", false}, {"lab.values > 65279", true},
	{"lab.values", true}, {"lab.items.n == 2", true}, {"lab.items.n == 3", false}, {"lab.items.n in {3, 1}", true},
	{"vlan == 101", true}, {"vlan == 7", true}, {"vlan == 8", false}, {"vlan", true}, {"tunnel == vxlan", true}, {"tunnel == gre", false},
	/* and, or, not */
	{"lab.num == 17 and lab.neg == -5", true}, {"lab.num == 17 and lab.neg == 5", false}, {"lab.num == 1 or lab.neg == -5", true},
	{"lab.num == 1 || lab.neg == 5", false}, {"lab.num == 17 && !lab.off", true}, {"not (lab.num == 17 or lab.off)", false},
	{"not not lab.flag", true}, {"lab.flag or lab.missing == 1 and lab.off", true}, {"(lab.flag or lab.off) and lab.off", false},
	{"lab.off and lab.flag or lab.flag", true}, {"not lab.off and not lab.missing", true}, {"!(lab.off || lab.missing) && lab.num > 1", true},
	{"lab.flag and (lab.off or (lab.num == 17 and not (lab.neg > 0)))", true},
	/* the event */
	{"app_proto == \"lab\"", true}, {"app_proto == \"modbus\"", false}, {"app_proto", true}, {"proto == tcp", true}, {"proto == \"TCP\"", true},
	{"proto == udp", false}, {"proto == 6", true}, {"src_port == 49152", true}, {"dest_port in {102, 502}", true}, {"one_sided", false},
	{"complete", false}, {"complete == false", true}, {"in_iface", false}, {"func_class == write", true}, {"func_class >= write", true},
	{"func_class in {program, admin}", false}, {"count == 1", true}, {"conduit == denied", true}, {"conduit != allowed", true},
	{"conduit.line == 0", false}, {"conduit.line", false}, {"conduit.why == no_line", true}, {"conduit.why == class", false},
	{"baseline == new", true}, {"baseline.pair == known", true}, {"baseline.function == new", true}, {"baseline.range == none", true},
	{"baseline.writer == learning", true}, {"baseline.pair in {new, learning}", false},
	/* the ends */
	{"dest.purdue <= L2", true}, {"dest.purdue == L1", true}, {"dest.purdue < L1", false}, {"dest.purdue in {L0..L2}", true}, {"dest.level == 1", true},
	{"dest.purdue >= L3.5", false}, {"dest.purdue in {L3.5, L4}", false}, {"dest.purdue < 3.5", true},
	{"src.purdue <= L5", false}, {"src.purdue >= L0", false}, {"src.purdue != L1", false}, {"src.purdue", false}, {"dest.purdue", true},
	{"dest.zone == \"cell-a\"", true}, {"src.zone == \"\"", false}, {"src.zone", false}, {"dest.zone not in {\"internet\"}", true},
	{"dest.fa_zone == \"fa.control\"", true}, {"dest.registered", true}, {"dest.registered == true", true}, {"src.registered == false", false},
	{"src.registered == true", false}, {"not src.registered", true}, {"dest.asset == \"A000017\"", true}, {"src.asset", false}, {"dest.name == \"Press-1\"", true},
	{"dest.role == \"plc\"", true}, {"dest.usage == \"control\" and dest.use_case == \"production\" and dest.phase == \"operate\"", true},
	{"src.scope == global", true}, {"dest.scope == private", true}, {"dest.known", true}, {"src.known", false}, {"src.is_new", true}, {"dest.is_new", false},
	/* one field with another */
	{"src.purdue == dest.purdue", false}, {"dest.purdue == dest.level", true}, {"dest.zone == dest.fa_zone", false}, {"dest.zone != dest.fa_zone", true},
	{"lab.num > dest_port", false}, {"lab.num < dest_port", true}, {"lab.num <= lab.num", true}, {"src.zone == dest.zone", false},
	{"src.zone != dest.zone", false}, {"src_mac == lab.mac", false}, {"src.scope == dest.scope", false},
};
/* clang-format on */

START_TEST(conditions_hold_as_written)
{
	struct expr_error err;
	struct expr *x;

	if (expr_compile(&x, conditions[_i].when, "lab", &registry, &memory, &err) != 0)
		ck_abort_msg("%s: %zu: %s", conditions[_i].when, err.at_off, err.text);
	ck_assert_msg(expr_holds(x, &event) == conditions[_i].holds, "%s must be %s", conditions[_i].when,
		      conditions[_i].holds ? "true" : "false");
}
END_TEST

/* clang-format off */
/* The offset of the complaint and its words. */
static const struct {
	const char *when;
	size_t at_off;
	const char *text;
} refused[] = {
	{"lab.nun == 1", 0, "unknown field \"lab.nun\". Did you mean \"lab.num\"?"},
	{"lab.num == 1 and src.zonee == \"a\"", 17, "unknown field \"src.zonee\". Did you mean \"src.zone\"?"},
	{"src.ip == 1.2.3.4", 0, "unknown field \"src.ip\". Did you mean \"src_ip\"?"},
	{"conduits == denied", 0, "unknown field \"conduits\". Did you mean \"conduit\"?"},
	{"quite_something_else == 1", 0, "unknown field \"quite_something_else\". `sekisho decode --fields lab` lists the fields"},
	{"lab.flag and other.speed == 1", 13, "\"other.speed\" does not occur in lab records. Use a field of lab, or write \"on: other\""},
	{"lab.num == \"x\"", 11, "\"lab.num\" is a number: expected a whole number such as 5 or 0x1f here, not the text \"x\""},
	{"lab.num == -1", 11, "\"lab.num\" is a number: expected a whole number such as 5 or 0x1f here, not \"-1\""},
	{"lab.num == 1.5", 11, "\"lab.num\" is a number: expected a whole number such as 5 or 0x1f here, not \"1.5\""},
	{"lab.num == 12ab", 11, "\"lab.num\" is a number: expected a whole number such as 5 or 0x1f here, not \"12ab\""},
	{"lab.num == 18446744073709551616", 11, "\"lab.num\" is a number: expected a whole number such as 5 or 0x1f here, not \"18446744073709551616\""},
	{"lab.num == true", 11, "\"lab.num\" is a number: expected a whole number such as 5 or 0x1f here, not \"true\""},
	{"lab.flag == 1", 12, "\"lab.flag\" is true or false: expected true or false here, not \"1\""},
	{"lab.text == 5", 12, "\"lab.text\" is a text: expected a text in quotes such as \"abc\" here, not \"5\""},
	{"lab.text == setup", 12, "unknown field \"setup\". A text stands in quotes: \"setup\""},
	{"lab.text < \"a\"", 9, "\"lab.text\" is a text, which has no order. Use ==, != or in {..}"},
	{"src_ip >= 10.0.0.1", 7, "\"src_ip\" is an address, which has no order. Use ==, != or in {..}"},
	{"src_ip == 10.0.0.300", 10, "\"src_ip\" is an address: expected an address or prefix such as 10.0.0.0/8 here, not \"10.0.0.300\""},
	{"src_ip in {10.0.0.1/8}", 11, "\"10.0.0.1/8\" is no prefix: its bits behind the mask must be zero"},
	{"lab.mac == 00:80:f4", 11, "\"lab.mac\" is a MAC address: expected a MAC address such as 00:80:f4:00:00:01 here, not \"00:80:f4\""},
	{"lab.kind == grean", 12, "unknown value \"grean\". Did you mean \"green\"?"},
	{"lab.kind == \"mauve-ish\"", 12, "unknown value \"mauve-ish\": expected one of none, red, green, dark-blue here"},
	{"conduit == deny", 11, "unknown value \"deny\": expected one of none, allowed, denied here"},
	{"dest.purdue <= L6", 15, "\"dest.purdue\" is a level: expected a level, L0 to L5 or L3.5, here, not \"L6\""},
	{"dest.purdue <= L2.5", 15, "\"dest.purdue\" is a level: expected a level, L0 to L5 or L3.5, here, not \"L2.5\""},
	{"dest.purdue <= \"L2\"", 15, "\"dest.purdue\" is a level: expected a level, L0 to L5 or L3.5, here, not the text \"L2\""},
	{"dest.fa_zone == \"fa.contrl\"", 16, "\"dest.fa_zone\" is never \"fa.contrl\". Did you mean \"fa.control\"?"},
	{"dest.usage in {\"control\", \"storag\"}", 26, "\"dest.usage\" is never \"storag\". Did you mean \"storage\"?"},
	{"lab.bytes == \"0g\"", 13, "\"lab.bytes\" is bytes: expected hexadecimal digits in quotes such as \"0a1b\" here, not the text \"0g\""},
	{"lab.bytes == \"0a1\"", 13, "an odd number of hexadecimal digits. Two digits make a byte"},
	{"lab.num contains \"1\"", 17, "\"contains\" looks into texts, and \"lab.num\" is a number"},
	{"lab.text contains \"\"", 18, "every text contains \"\". Write the field's name alone to ask whether it is there"},
	{"lab.num matches \"1\"", 16, "\"matches\" looks at texts, and \"lab.num\" is a number"},
	{"lab.text matches \"\"", 17, "every text matches \"\". Write the field's name alone to ask whether it is there"},
	{"lab.text matches \"a(b\"", 17, "bad regular expression: Unmatched ( or \\("},
	{"lab.text matches \"[a\"", 17, "bad regular expression: Unmatched [, [^, [:, [., or [="},
	{"lab.text matches \"(a)\\1\"", 17, "back-references (\\1 to \\9) are not allowed in a pattern: they can take forever"},
	{"lab.text matches \"((a{90}){90}){9}\"", 17, "the repetitions of this pattern make more than 4000 parts. Use * in place of {..} and +"},
	{"lab.text matches \"((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+\"", 17,
	 "the repetitions of this pattern make more than 4000 parts. Use * in place of {..} and +"},
	{"lab.text matches 5", 17, "\"lab.text\" is a text: expected a text in quotes such as \"abc\" here, not \"5\""},
	{"lab.num in 5", 11, "expected a set or the name of a list here, such as in {1, 2, 5..9}"},
	{"lab.num in {}", 12, "this set is empty. Put at least one value into it"},
	{"lab.num in {1, 2", 16, "the set is never closed: \"}\" is missing"},
	{"lab.num in {1 2}", 14, "expected \",\" or \"}\" here"},
	{"lab.num in {5..1}", 12, "this range is empty: its end is less than its beginning"},
	{"src_ip in {10.0.0.9..10.0.0.1}", 11, "this range is empty: its end is less than its beginning"},
	{"lab.text in {\"a\"..\"b\"}", 13, "texts have no ranges. List them one by one"},
	{"lab.items == 1", 10, "\"lab.items\" is a list of objects. Compare one of their members"},
	{"lab.num == src.zone", 11, "\"lab.num\" is a number and \"src.zone\" is a text: these do not compare"},
	{"lab.kind == conduit", 12, "\"lab.kind\" is a name and \"conduit\" is a name of another kind: these do not compare"},
	{"lab.num == vlan", 11, "a list does not compare with another field. Compare it with a value"},
	{"src.zone < dest.zone", 9, "\"src.zone\" is a text, which has no order. Use ==, != or in {..}"},
	{"lab.num = 1", 8, "\"=\" is no operator. Write \"==\" to compare"},
	{"lab.num ==", 10, "the condition ends where a whole number such as 5 or 0x1f should follow"},
	{"lab.num == 1 and", 16, "the condition ends where a field name, \"not\" or \"(\" should follow"},
	{"lab.num == 1 lab.flag", 13, "expected \"and\", \"or\" or the end here, not \"lab.flag\""},
	{"lab.num == 1 == 2", 13, "expected \"and\", \"or\" or the end here, not \"==\""},
	{"(lab.flag", 0, "this \"(\" is never closed"},
	{"(lab.flag lab.off)", 10, "expected \"and\", \"or\" or \")\" here, not \"lab.off\""},
	{"lab.flag)", 8, "expected \"and\", \"or\" or the end here, not \")\""},
	{"5 == lab.num", 0, "expected a field name, \"not\" or \"(\" here, not \"5\""},
	{"lab.text == \"abc", 12, "this text has no closing quote (\")"},
	{"lab.flag not lab.off", 13, "expected \"in\" here, not \"lab.off\""},
	{"lab.flag and \xe3\x81\x82", 13, "expected a field name, \"not\" or \"(\" here, not \"\xe3\x81\x82\""},
	{"", 0, "the condition ends where a field name, \"not\" or \"(\" should follow"},
};
/* clang-format on */

START_TEST(mistakes_are_named_where_they_stand)
{
	struct expr_error err;
	struct expr *x;

	ck_assert_msg(expr_compile(&x, refused[_i].when, "lab", &registry, &memory, &err) == -22, "%s must be refused",
		      refused[_i].when);
	ck_assert_msg(strcmp(err.text, refused[_i].text) == 0, "%s\nsays   %s\nexpect %s", refused[_i].when, err.text,
		      refused[_i].text);
	ck_assert_msg(err.at_off == refused[_i].at_off, "%s: at %zu, expected %zu", refused[_i].when, err.at_off,
		      refused[_i].at_off);
}
END_TEST

START_TEST(endless_conditions_are_refused)
{
	static char text[100000];
	struct expr_error err;
	struct expr *x;
	size_t len = 0;

	memset(text, '(', 20000);
	ck_assert_int_eq(expr_compile(&x, text, "lab", &registry, &memory, &err), -22);
	ck_assert_str_eq(err.text, "more than 64 parentheses inside one another");
	for (int i = 0; i < 600; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%slab.num == %d", i ? " or " : "", i + 100);
	ck_assert_int_eq(expr_compile(&x, text, "lab", &registry, &memory, &err), -22);
	ck_assert_str_eq(err.text, "more than 512 comparisons in one condition. Put values into a set: in {..}");
	len = (size_t)snprintf(text, sizeof(text), "lab.num in {17");
	for (int i = 0; i < 5000; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ",%d", 2 * i + 100);
	snprintf(text + len, sizeof(text) - len, "}");
	ck_assert_int_eq(expr_compile(&x, text, "lab", &registry, &memory, &err), -22);
	ck_assert_str_eq(err.text, "more than 4096 values in one set");
}
END_TEST

START_TEST(large_sets_are_searched)
{
	static char text[60000];
	struct expr_error err;
	struct expr *x;
	size_t len = (size_t)snprintf(text, sizeof(text), "lab.num in {");

	for (int i = 3000; i > 0; i--) /* odd numbers, falling: 17 is among them */
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%d%s", 2 * i - 1, i > 1 ? ", " : "}");
	ck_assert_int_eq(expr_compile(&x, text, "lab", &registry, &memory, &err), 0);
	ck_assert(expr_holds(x, &event));
	values[0].u = 18;
	ck_assert(!expr_holds(x, &event));
	values[0].u = 5999;
	ck_assert(expr_holds(x, &event));
}
END_TEST

/* Does the gate have to pass every record for it? */
static const struct {
	const char *when;
	bool needs_all;
} needs[] = {
    {"lab.num == 1 and src.zone == \"a\" and conduit == denied and app_proto == \"x\" and dest_port == 1 and src_ip == "
     "1.1.1.1",
     false},
    {"func_class == write and src_mac == 00:00:00:00:00:01 and proto == tcp and complete", false},
    {"lab.plain == 1", true},
    {"lab.num == 1 or lab.plain > 3", true},
    {"src_port == 1", true},
    {"vlan == 1", true},
    {"count > 5", true},
    {"one_sided", true},
    {"tunnel == gre", true},
    {"in_iface == \"eth0\"", true},
    {"lab.num == lab.plain", true},
};

START_TEST(conditions_know_what_the_gate_must_pass)
{
	struct expr_error err;
	struct expr *x;

	ck_assert_int_eq(expr_compile(&x, needs[_i].when, "lab", &registry, &memory, &err), 0);
	ck_assert_msg(x->needs_all == needs[_i].needs_all, "%s", needs[_i].when);
}
END_TEST

static const struct {
	const char *text, *filled;
} templates[] = {
    {"", ""},
    {"plain text", "plain text"},
    {"{lab.num} {lab.neg} {lab.real} {lab.flag}", "17 -5 2.5 true"},
    {"{lab.kind}, {lab.missing}, {src.zone}, {lab.gone}", "dark-blue, ?, ?, ?"},
    {"{lab.mac} {lab.ip} {lab.bytes}", "00:80:f4:10:01:11 fd00::12 001aff"},
    {"{lab.text}", "Setup[31m.EXE"},
    {"{lab.tags} and {lab.values}", "alpha, beta and 5, 65280, 1, 0, 1"},
    {"{dest.name} {dest.purdue} {dest.asset}", "Press-1 L1 A000017"},
    {"{src.name} {src.asset} {src_ip}", "10.20.1.200 ? 10.20.1.200"},
    {"{vlan} {tunnel} {conduit} {func_class} {proto}", "7, 101 vxlan denied write tcp"},
    {"{lab.time}", "2026-11-22T00:14:00.000000+0000"},
    {"{{braces}} }}{{", "{braces} }{"},
    {"{lab.kind|red=r|dark-blue=blue}!", "blue!"},
    {"{lab.kind|red=r|something else}!", "something else!"},
    {"{lab.kind|red=r}", "dark-blue"},
    {"{lab.kind|red=r|}!", "!"},
    {"{lab.gone|true=yes|}{lab.gone|true=yes}", "?"},
    {"{lab.gone|true=yes|none}", "none"},
    {"{dest.name|Press-1=the press|Press-2=the other one}, {dest.name|Press=p|any}, {dest.name|Press=p}",
     "the press, any, Press-1"},
    {"{lab.tags|alpha=first|beta=second}", "first, second"},
    {"{lab.num|*= ({lab.num} days)|}{lab.missing|*= ({lab.missing} days)|}!", " (17 days)!"},
    {"{lab.kind|red=r|dark-blue=blue of {dest.name}|none}, {lab.gone|*=x|={lab.num}}", "blue of Press-1, ?"},
    {"{lab.gone|*=x|not {lab.num}}", "not 17"},
    {"{lab.mac|*=a card|none} {src.zone|*=in {src.zone}|nowhere} {dest.name|*=named|unnamed}", "a card nowhere named"},
    {"{lab.flag|true=on|false=off} {src.registered|true=known|false=stranger|not asked}", "on not asked"},
    {"\xe9\x96\xa2\xe6\x89\x80 {lab.num} \xe7\x95\xaa", "\xe9\x96\xa2\xe6\x89\x80 17 \xe7\x95\xaa"},
};

START_TEST(templates_are_filled)
{
	struct expr_error err;
	struct template t;
	char buf[512];

	if (template_compile(&t, templates[_i].text, "lab", &registry, &arena, &err) != 0)
		ck_abort_msg("%s: %s", templates[_i].text, err.text);
	size_t len = template_fill(&t, &event, (struct zone_names){0}, buf, sizeof(buf));
	ck_assert_msg(span_eq(span_of(buf, len), span_str(templates[_i].filled)), "%s became %.*s", templates[_i].text,
		      (int)len, buf);
}
END_TEST

START_TEST(zones_are_called_by_their_names)
{
	static const struct zone_name all[] = {{"cell", "another"}, {"cell-a", "\xe5\x8a\xa0\xe5\xb7\xa5\x1b A"}};
	const struct zone_names named = {all, sizeof(all) / sizeof(all[0])};
	const char *text = "{dest.zone}, {dest.zone|cell-a=in {dest.zone}|elsewhere}, {src.zone}";
	struct expr_error err;
	struct template t;
	char buf[512];

	ck_assert_int_eq(template_compile(&t, text, "lab", &registry, &arena, &err), 0);
	size_t len = template_fill(&t, &event, named, buf, sizeof(buf));
	const char *ja = "\xe5\x8a\xa0\xe5\xb7\xa5 A, in \xe5\x8a\xa0\xe5\xb7\xa5 A, ?";
	ck_assert_msg(span_eq(span_of(buf, len), span_str(ja)), "%.*s", (int)len, buf);
	len = template_fill(&t, &event, (struct zone_names){all, 1}, buf, sizeof(buf));
	ck_assert_msg(span_eq(span_of(buf, len), span_str("cell-a, in cell-a, ?")), "%.*s", (int)len, buf);
}
END_TEST

static const struct {
	const char *text;
	size_t at_off;
	const char *complaint;
} bad_templates[] = {
    {"a {lab.nun} b", 3, "unknown field \"lab.nun\". Did you mean \"lab.num\"?"},
    {"a {lab.num b", 2, "this \"{\" is never closed. Write \"{{\" for a brace"},
    {"a } b", 2, "this \"}\" closes nothing. Write \"}}\" for a brace"},
    {"{lab.items}", 1, "a list of objects cannot be written into a text. Use one of its members"},
    {"{lab.kind|redd=x}", 10, "\"redd\" is no value of this field, so no word can be chosen by it"},
    {"{lab.kind|red=x|pink=y}", 16, "\"pink\" is no value of this field, so no word can be chosen by it"},
    {"{lab.num|1=x}", 9, "words can be chosen by a name, a text or by true and false, and this is a number"},
    {"{lab.num|*=x|2=x}", 13, "words can be chosen by a name, a text or by true and false, and this is a number"},
    {"{lab.ip|*=x}", 8, "words can be chosen by a name, a text or by true and false, and this is an address"},
    {"{lab.kind|red={lab.gone|true=x}}", 24, "a gap within a word cannot choose words itself"},
    {"{lab.kind|red={lab.num}", 0, "this \"{\" is never closed. Write \"{{\" for a brace"},
    {"{lab.kind|red={lab.nun}}", 15, "unknown field \"lab.nun\". Did you mean \"lab.num\"?"},
    {"{other.speed}", 1, "\"other.speed\" does not occur in lab records. Use a field of lab, or write \"on: other\""},
};

START_TEST(bad_templates_are_refused)
{
	struct expr_error err;
	struct template t;

	ck_assert_int_eq(template_compile(&t, bad_templates[_i].text, "lab", &registry, &arena, &err), -22);
	ck_assert_str_eq(err.text, bad_templates[_i].complaint);
	ck_assert_uint_eq(err.at_off, bad_templates[_i].at_off);
}
END_TEST

START_TEST(a_full_buffer_cuts_at_a_character)
{
	static const char text[] = "\xe9\x96\xa2\xe6\x89\x80\xe9\x96\xa2\xe6\x89\x80 {dest.name}{dest.name}";
	struct expr_error err;
	struct template t;
	char buf[64];

	ck_assert_int_eq(template_compile(&t, text, "lab", &registry, &arena, &err), 0);
	for (size_t size = 3; size < sizeof(buf); size++) {
		memset(buf, 'X', sizeof(buf));
		size_t len = template_fill(&t, &event, (struct zone_names){0}, buf, size);
		ck_assert_uint_le(len, size);
		ck_assert_msg(size == sizeof(buf) - 1 || buf[size] == 'X', "wrote beyond %zu", size);
		ck_assert_msg(text_is_utf8(span_of(buf, len)), "half a character at %zu", size);
		if (len < 13 + 7 + 7)
			ck_assert_msg(len >= 3 && memcmp(buf + len - 3, "...", 3) == 0, "%.*s", (int)len, buf);
	}
}
END_TEST

START_TEST(long_values_are_cut_in_templates)
{
	struct expr_error err;
	struct template t;
	char buf[512];

	ck_assert_int_eq(template_compile(&t, "{lab.long}", "lab", &registry, &arena, &err), 0);
	ck_assert_uint_eq(template_fill(&t, &event, (struct zone_names){0}, buf, sizeof(buf)), TEMPLATE_VALUE_MAX + 3);
}
END_TEST

/* Keys of one list of names before and after a change of the event. */
static size_t key_of(const char *const *names, uint8_t *buf)
{
	struct operand by[GROUPKEY_NAMES_MAX];
	size_t n = 0;

	for (; names[n]; n++)
		ck_assert(operand_find(&registry, names[n], &by[n]));
	return groupkey_of(by, n, &event, buf);
}

START_TEST(group_keys_tell_values_apart)
{
	static const char *const names[] = {"src.asset",   "dest.asset", "lab.num", "lab.text", "lab.ip",
					    "lab.missing", "src.zone",   "lab.neg", NULL};
	static uint8_t first[GROUPKEY_MAX], next[GROUPKEY_MAX];
	size_t len = key_of(names, first);

	ck_assert_uint_eq(key_of(names, next), len);
	ck_assert_mem_eq(first, next, len);
	event.at.src_port++;
	event.at.ts_ns++;
	ck_assert_uint_eq(key_of(names, next), len);
	ck_assert_mem_eq(first, next, len);

	values[0].u++;
	ck_assert(key_of(names, next) != len || memcmp(first, next, len) != 0);
	values[0].u--;
	event.at.src_ip.b[15]++; /* no asset there: the address counts */
	ck_assert(key_of(names, next) != len || memcmp(first, next, len) != 0);
	event.at.src_ip.b[15]--;
	event.at.dest_ip.b[15]++; /* an asset there: it may move */
	ck_assert_uint_eq(key_of(names, next), len);
	ck_assert_mem_eq(first, next, len);
	plc.asset_no++;
	ck_assert(key_of(names, next) != len || memcmp(first, next, len) != 0);
	plc.asset_no--;
	laptop.zone = "x";
	ck_assert(key_of(names, next) != len || memcmp(first, next, len) != 0);
}
END_TEST

START_TEST(group_keys_are_the_same_for_ever)
{
	static const char *const names[] = {"dest.asset", "src.asset", "dest.zone", "lab.num", "lab.missing", NULL};
	static const uint8_t expected[] = {
	    5, 0, 0, 0,   0,   0,   0,   0,   17,                                    /* an asset and its number */
	    2, 0, 0, 0,   0,   0,   0,   0,   0,   0, 0, 0xff, 0xff, 10, 20, 1, 200, /* an address */
	    4, 0, 6, 'c', 'e', 'l', 'l', '-', 'a',                                   /* a text and its length */
	    1, 0, 0, 0,   0,   0,   0,   0,   17,                                    /* a number */
	    0,                                                                       /* nothing */
	};
	static uint8_t key[GROUPKEY_MAX];

	ck_assert_uint_eq(key_of(names, key), sizeof(expected));
	ck_assert_mem_eq(key, expected, sizeof(expected));
}
END_TEST

START_TEST(texts_beside_one_another_do_not_mix)
{
	static const char *const names[] = {"src.zone", "src.role", NULL};
	static uint8_t first[GROUPKEY_MAX], next[GROUPKEY_MAX];

	laptop.zone = "ab", laptop.role = "c";
	size_t len = key_of(names, first);
	laptop.zone = "a", laptop.role = "bc";
	ck_assert(key_of(names, next) != len || memcmp(first, next, len) != 0);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Of short texts of few letters, so that many begin alike and some stand at the end. */
START_TEST(many_texts_are_looked_for_at_once)
{
	char bytes[12][4], text[24];
	struct span looked_for[12];
	unsigned found = 0;

	srand(11);
	for (int i = 0; i < 20000; i++) {
		bool want = false;
		for (int k = 0; k < 12; k++) {
			looked_for[k] = span_of(bytes[k], (size_t)(2 + rand() % 3));
			for (int n = 0; n < 4; n++)
				bytes[k][n] = "ab./%"[rand() % 5];
		}
		struct span in = span_of(text, (size_t)(rand() % (int)sizeof(text)));
		for (size_t n = 0; n < sizeof(text); n++)
			text[n] = "ab./%xyz"[rand() % 8];
		for (int k = 0; k < 12; k++)
			want |= memmem(in.ptr, in.len, looked_for[k].ptr, looked_for[k].len) != NULL;
		arena_reset(&arena);
		const struct parts *p = parts_new(&arena, looked_for, 12);
		ck_assert_ptr_nonnull(p);
		ck_assert_int_eq(parts_in(p, in), want);
		found += want;
	}
	ck_assert(found > 2000 && found < 18000);
	looked_for[3].len = 1;
	ck_assert_ptr_null(parts_new(&arena, looked_for, 12));
	ck_assert_ptr_null(parts_new(&arena, looked_for, PARTS_LEAST));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("expr");
	TCase *t = tcase_create("expr");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, conditions_hold_as_written, 0, COUNT(conditions));
	tcase_add_loop_test(t, mistakes_are_named_where_they_stand, 0, COUNT(refused));
	tcase_add_test(t, endless_conditions_are_refused);
	tcase_add_test(t, large_sets_are_searched);
	tcase_add_test(t, many_texts_are_looked_for_at_once);
	tcase_add_loop_test(t, conditions_know_what_the_gate_must_pass, 0, COUNT(needs));
	tcase_add_loop_test(t, templates_are_filled, 0, COUNT(templates));
	tcase_add_test(t, zones_are_called_by_their_names);
	tcase_add_loop_test(t, bad_templates_are_refused, 0, COUNT(bad_templates));
	tcase_add_test(t, a_full_buffer_cuts_at_a_character);
	tcase_add_test(t, long_values_are_cut_in_templates);
	tcase_add_test(t, group_keys_tell_values_apart);
	tcase_add_test(t, group_keys_are_the_same_for_ever);
	tcase_add_test(t, texts_beside_one_another_do_not_mix);
	suite_add_tcase(s, t);
	return run_suite(s);
}
