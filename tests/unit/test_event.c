/* event: building, packing, JSON, Community ID. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "event/event_lines.h"
#include "run_suite.h"

/* A table of its own, with every type and both kinds of lists. */
enum {
	T_NUM,
	T_NEG,
	T_REAL,
	T_FLAG,
	T_NAME,
	T_RAW,
	T_ENUM,
	T_MAC,
	T_IP,
	T_TIME,
	T_REGS,
	T_COILS,
	T_ITEM,
	T_ITEM_ID,
	T_ITEM_NAME,
	T_LIST,
	T_DEEP
};
static const struct enum_name colours[] = {{1, "red"}, {5, "green"}};
static const struct enum_names colour_names = ENUM_NAMES(colours);
static const struct field_table table;
static const struct field_def field[] = {
    [T_NUM] = {&table, "num", FIELD_TYPE_UINT, 0, NULL, "", "", NULL},
    [T_NEG] = {&table, "neg", FIELD_TYPE_INT, 0, NULL, "", "", NULL},
    [T_REAL] = {&table, "real", FIELD_TYPE_FLOAT, 0, NULL, "", "", NULL},
    [T_FLAG] = {&table, "flag", FIELD_TYPE_BOOL, 0, NULL, "", "", NULL},
    [T_NAME] = {&table, "name", FIELD_TYPE_TEXT, 0, NULL, "", "", "alias.name"},
    [T_RAW] = {&table, "raw", FIELD_TYPE_BYTES, 0, NULL, "", "", NULL},
    [T_ENUM] = {&table, "colour", FIELD_TYPE_ENUM, 0, &colour_names, "", "", NULL},
    [T_MAC] = {&table, "mac", FIELD_TYPE_MAC, 0, NULL, "", "", NULL},
    [T_IP] = {&table, "ip", FIELD_TYPE_IP, 0, NULL, "", "", NULL},
    [T_TIME] = {&table, "when", FIELD_TYPE_TIME, 0, NULL, "", "", NULL},
    [T_REGS] = {&table, "response.values[]", FIELD_TYPE_U16S, 0, NULL, "", "", NULL},
    [T_COILS] = {&table, "request.values[]", FIELD_TYPE_BITS, 0, NULL, "", "", NULL},
    [T_ITEM] = {&table, "response.objects[]", FIELD_TYPE_ITEM, 0, NULL, "", "", NULL},
    [T_ITEM_ID] = {&table, "response.objects[].id", FIELD_TYPE_UINT, 0, NULL, "", "", NULL},
    [T_ITEM_NAME] = {&table, "response.objects[].value", FIELD_TYPE_TEXT, 0, NULL, "", "", NULL},
    [T_LIST] = {&table, "list[]", FIELD_TYPE_UINT, 0, NULL, "", "", NULL},
    [T_DEEP] = {&table, "a.b.c", FIELD_TYPE_UINT, 0, NULL, "", "", NULL},
};
static const struct field_table table = {"toy", field, sizeof(field) / sizeof(field[0])};

static struct arena arena;
static struct event_value values[EVENT_VALUES_MAX];
static struct emitter out;
static struct event *taken;

static void take(void *ctx, struct event *ev)
{
	(void)ctx;
	taken = ev;
}

static void setup(void)
{
	ck_assert_int_eq(arena_init(&arena, 4096, 65536), 0);
	out = (struct emitter){.arena = &arena, .values = values, .next = {take, NULL}};
	taken = NULL;
}

static void teardown(void)
{
	arena_deinit(&arena);
}

static void fill(struct event *ev)
{
	static const uint8_t regs[] = {0, 1, 0xff, 0xff}, coils[] = {0x05};
	struct mac m = {{0, 0x80, 0xf4, 0, 0, 1}};
	struct ip_addr ip = ip_from_v4((const uint8_t[]){10, 0, 0, 1});

	ev_uint(ev, &field[T_NUM], 7);
	ev_int(ev, &field[T_NEG], -7);
	ev_float(ev, &field[T_REAL], 2.5);
	ev_bool(ev, &field[T_FLAG], true);
	ev_text(ev, &field[T_NAME], "関");
	ev_span(ev, &field[T_RAW], span_of("\x01\xab", 2));
	ev_uint(ev, &field[T_ENUM], 5);
	ev_mac(ev, &field[T_MAC], &m);
	ev_ip(&out, ev, &field[T_IP], &ip);
	ev_items(ev, &field[T_COILS], span_of(coils, 1), 3);
	ev_items(ev, &field[T_REGS], span_of(regs, 4), 2);
	ev_item(ev, &field[T_ITEM]);
	ev_uint(ev, &field[T_ITEM_ID], 0);
	ev_text(ev, &field[T_ITEM_NAME], "x");
	ev_item(ev, &field[T_ITEM]);
	ev_uint(ev, &field[T_ITEM_ID], 1);
	ev_uint(ev, &field[T_LIST], 4);
	ev_uint(ev, &field[T_LIST], 5);
	ev_uint(ev, &field[T_DEEP], 9);
	ev_uint(ev, &field[T_ENUM], 77);
}

static const char body[] = "\"toy\":{\"num\":7,\"neg\":-7,\"real\":2.5,\"flag\":true,\"name\":\"関\",\"raw\":\"01ab\","
			   "\"colour\":\"green\",\"mac\":\"00:80:f4:00:00:01\","
			   "\"ip\":\"10.0.0.1\",\"request\":{\"values\":[1,0,1]},\"response\":{\"values\":[1,65535],"
			   "\"objects\":[{\"id\":0,\"value\":\"x\"},{\"id\":1}]},"
			   "\"list\":[4,5],\"a\":{\"b\":{\"c\":9}},\"colour\":\"unknown_77\"}";

START_TEST(flat_values_become_nested_json)
{
	struct json j;
	struct event *ev = emit_begin(&out, &table);

	fill(ev);
	emit_end(&out, ev);
	ck_assert_ptr_eq(taken, ev);
	json_init(&j, 65536);
	json_object_begin(&j);
	event_json_body(&j, taken);
	json_object_end(&j);
	char expect[1024];
	snprintf(expect, sizeof(expect), "{%s}", body);
	ck_assert_str_eq(json_cstr(&j), expect);
	json_deinit(&j);
}
END_TEST

START_TEST(a_packed_copy_says_the_same)
{
	struct json j;
	struct event *ev = emit_begin(&out, &table);

	fill(ev);
	size_t n = event_packed_bytes(ev);
	void *room = aligned_alloc(16, (n + 15) / 16 * 16);
	event_pack(ev, room);
	memset(values, 0xee, sizeof(values));
	arena_reset(&arena);
	struct event *copy = event_unpack(room);
	json_init(&j, 65536);
	json_object_begin(&j);
	event_json_body(&j, copy);
	json_object_end(&j);
	ck_assert_ptr_nonnull(strstr(json_cstr(&j), body));
	ck_assert_ptr_eq(event_get(copy, &field[T_NUM])->field, &field[T_NUM]);
	ck_assert_ptr_null(event_get(copy, &field[T_TIME]));
	free(room);
	json_deinit(&j);
}
END_TEST

START_TEST(too_many_values_are_counted)
{
	struct event *ev = emit_begin(&out, &table);

	for (int i = 0; i < EVENT_VALUES_MAX + 10; i++)
		ev_uint(ev, &field[T_LIST], (uint64_t)i);
	ck_assert_uint_eq(ev->n_values, EVENT_VALUES_MAX);
	ck_assert_uint_eq(ev->values_dropped, 10);
	emit_end(&out, ev);
	ck_assert_uint_eq(out.values_dropped, 1);
}
END_TEST

START_TEST(long_texts_are_cut_and_say_so)
{
	static char text[EVENT_TEXT_MAX + 100];
	struct json j;
	struct event *ev = emit_begin(&out, &table);

	memset(text, 'a', sizeof(text));
	ev_span(ev, &field[T_NAME], span_of(text, sizeof(text)));
	emit_end(&out, ev);
	json_init(&j, 1 << 20);
	event_json_line(&j, taken, "sensor");
	ck_assert_ptr_nonnull(strstr(json_cstr(&j), "\"name_truncated\":true"));
	ck_assert_uint_lt(j.len, EVENT_TEXT_MAX + 300);
	json_deinit(&j);
}
END_TEST

START_TEST(no_record_exceeds_its_limit)
{
	static char text[EVENT_TEXT_MAX];
	struct json j;

	memset(text, 1, sizeof(text)); /* six bytes each when written */
	json_init(&j, 1 << 20);
	for (int round = 0; round < 2; round++) {
		struct event *ev = emit_begin(&out, &table);
		for (int i = 0; i < 20; i++)
			ev_span(ev, &field[T_NAME], span_of(text, sizeof(text)));
		emit_end(&out, ev);
		event_json_line(&j, taken, NULL);
	}
	ck_assert_ptr_nonnull(strstr(json_cstr(&j), "\"record_truncated\":true}\n{"));
	ck_assert(!j.overflow);
	json_deinit(&j);
}
END_TEST

/* Everything that a line has in common with the line before, changed one by one: nothing old may be copied. */
static void change(struct event *ev, int step)
{
	static const char other_capture[] = "b.pcap", other_app[] = "opcua";

	ev->at.ts_ns += step == 1 ? NS_PER_S : step == 2 ? 1000 : step == 3 ? -3 * NS_PER_S : 1;
	ev->at.frame += (uint64_t)step;
	ev->at.flow_id += step == 4;
	ev->at.src_ip.b[15] ^= step == 5;
	ev->at.dest_port ^= step == 6;
	ev->at.src_mac.b[5] ^= step == 7;
	ev->at.vlans[1] ^= step == 8;
	ev->at.n_vlans ^= step == 9;
	ev->at.tunnels[0] = step == 10 ? TUNNEL_VXLAN : ev->at.tunnels[0];
	ev->at.n_tunnels = step >= 10;
	ev->at.app_proto = step == 11 ? other_app : ev->at.app_proto;
	ev->at.app_by = step == 12 ? APP_BY_NDPI : ev->at.app_by;
	ev->at.capture = step == 13 ? other_capture : ev->at.capture;
	ev->at.iface = step == 14 ? "eth1" : ev->at.iface;
	ev->at.has_ether ^= step == 15 || step == 16;
	ev->at.ip_proto = step == 16 ? IPPROTO_UDP : step == 17 ? 0 : ev->at.ip_proto;
	ev->at.dest_ip.b[3] ^= step == 18;
	ev->at.dest_mac.b[0] ^= step == 19;
	ev->at.src_port ^= step == 20;
	ev->at.ts_ns = step == 21 ? -1500 : step == 22 ? -500 : ev->at.ts_ns;
	ev->complete = step % 3 == 0 ? COMPLETE_NA : COMPLETE_YES;
}

START_TEST(lines_of_many_are_the_lines_of_one)
{
	enum { STEPS = 24 };
	struct event_lines *lines = event_lines_new("sensor");
	struct json many, one;

	json_init(&many, 1 << 20);
	json_init(&one, 1 << 20);
	struct event *ev = emit_begin(&out, &table);
	fill(ev);
	ev->at = (struct origin){.ts_ns = 1763769240000001000,
				 .frame = 9,
				 .flow_id = 77,
				 .capture = "a \"quoted\".pcap",
				 .app_proto = "modbus",
				 .app_by = APP_BY_DISSECTOR,
				 .ip_proto = IPPROTO_TCP,
				 .n_vlans = 2,
				 .has_ether = true,
				 .vlans = {7, 8},
				 .src_mac = {{0, 0x80, 0xf4, 0, 0, 1}},
				 .dest_mac = {{0, 0x80, 0xf4, 0, 0, 2}},
				 .src_port = 1024,
				 .dest_port = 502};
	ck_assert(ip_parse("10.0.0.1", &ev->at.src_ip) && ip_parse("10.0.0.2", &ev->at.dest_ip));
	for (int step = 0; step < STEPS; step++) {
		change(ev, step);
		for (int again = 0; again < 2; again++) {
			event_lines_put(lines, &many, ev);
			event_json_line(&one, ev, "sensor");
		}
	}
	ck_assert_str_eq(json_cstr(&many), json_cstr(&one));
	event_lines_free(lines);
	json_deinit(&many);
	json_deinit(&one);
}
END_TEST

/* Vectors of the Community ID specification's reference implementation. */
static const struct {
	const char *src, *dest;
	uint16_t src_port, dest_port;
	uint8_t proto;
	const char *id;
} communities[] = {
    {"128.232.110.120", "66.35.250.204", 34855, 80, IPPROTO_TCP, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {"66.35.250.204", "128.232.110.120", 80, 34855, IPPROTO_TCP, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {"192.168.1.52", "8.8.8.8", 54585, 53, IPPROTO_UDP, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    {"192.168.0.89", "192.168.0.1", 8, 0, IPPROTO_ICMP, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="}, /* echo, and its reply */
    {"192.168.0.1", "192.168.0.89", 0, 8, IPPROTO_ICMP, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    {"192.168.0.89", "192.168.0.1", 20, 0, IPPROTO_ICMP,
     "1:3o2RFccXzUgjl7zDpqmY7yJi8rI="}, /* nothing answers type 20 */
    {"192.168.0.1", "192.168.0.89", 20, 0, IPPROTO_ICMP, "1:xka8imJTHE0ZCHTDqMsnK5QKoh8="},
};

START_TEST(community_id_is_the_published_one)
{
	struct origin at = {.ip_proto = communities[_i].proto,
			    .src_port = communities[_i].src_port,
			    .dest_port = communities[_i].dest_port};
	char buf[40];

	ck_assert(ip_parse(communities[_i].src, &at.src_ip) && ip_parse(communities[_i].dest, &at.dest_ip));
	ck_assert(community_id(&at, buf));
	ck_assert_str_eq(buf, communities[_i].id);
}
END_TEST

START_TEST(fields_are_found_by_name_alias_and_nearness)
{
	static const struct field_table *const tables[] = {&table, NULL};
	struct field_registry r = {tables};
	char buf[128];

	ck_assert_ptr_eq(field_find(&r, "toy.response.objects.id"), &field[T_ITEM_ID]);
	ck_assert_ptr_eq(field_find(&r, "alias.name"), &field[T_NAME]);
	ck_assert_ptr_null(field_find(&r, "toy.nmu"));
	ck_assert_str_eq(field_nearest(&r, "toy.color", buf, sizeof(buf)), "toy.colour");
	ck_assert_ptr_null(field_nearest(&r, "something.else.entirely", buf, sizeof(buf)));
}
END_TEST

START_TEST(why_a_conduit_denies_has_a_name)
{
	for (int why = CONDUIT_WHY_NO_LINE; why <= CONDUIT_WHY_NODE; why++)
		ck_assert_str_ne(conduit_why_name((enum conduit_why)why), "");
	ck_assert_str_eq(conduit_why_name(CONDUIT_WHY_NONE), "");
	ck_assert_str_eq(conduit_why_name(CONDUIT_WHY_NODE), "node");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("event");
	TCase *t = tcase_create("event");

	tcase_add_checked_fixture(t, setup, teardown);
	suite_add_tcase(s, t);
	tcase_add_test(t, flat_values_become_nested_json);
	tcase_add_test(t, a_packed_copy_says_the_same);
	tcase_add_test(t, too_many_values_are_counted);
	tcase_add_test(t, long_texts_are_cut_and_say_so);
	tcase_add_test(t, no_record_exceeds_its_limit);
	tcase_add_test(t, lines_of_many_are_the_lines_of_one);
	tcase_add_loop_test(t, community_id_is_the_published_one, 0, sizeof(communities) / sizeof(communities[0]));
	tcase_add_test(t, fields_are_found_by_name_alias_and_nearness);
	tcase_add_test(t, why_a_conduit_denies_has_a_name);
	return run_suite(s);
}
