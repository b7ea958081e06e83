/* Rules from anyone: the input is a condition, a template and a YAML file of rules; what compiles judges an event with
 * values of every kind. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/expr.h"
#include "engine/indicators.h"
#include "engine/rules.h"
#include "engine/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct field_table *const tables[] = {&flow_table_fields, &anomaly_table, &asset_table, NULL};
static const struct field_registry registry = {tables};

static struct event_value values[16];

static struct event make_event(const struct field_table *table)
{
	static const struct endpoint end = {.known = true,
					    .asset_no = 3,
					    .asset_id = "A000003",
					    .name = "PLC \x1b[1m",
					    .zone = "cell",
					    .fa_zone = "fa.control",
					    .purdue = 10,
					    .role = "plc",
					    .usage = "control",
					    .use_case = "poc",
					    .phase = "operate"};
	static const struct mac mac = {{0, 1, 2, 3, 4, 5}};
	static struct ip_addr ip;
	struct event ev = {.table = table,
			   .count = 1,
			   .values = values,
			   .src = &end,
			   .dest = &end,
			   .conduit = {CONDUIT_ALLOWED, .line = 2}};

	ip_parse("10.1.2.3", &ip);
	ev.at = (struct origin){.app_proto = "modbus",
				.ip_proto = IPPROTO_TCP,
				.has_ether = true,
				.n_vlans = 1,
				.src_ip = ip,
				.dest_ip = ip};
	for (size_t i = 0; i < table->n_fields && i < sizeof(values) / sizeof(values[0]); i++) {
		const struct field_def *f = &table->fields[i];
		switch (f->type) {
		case FIELD_TYPE_TEXT:
			ev_text(&ev, f, "quantity_out_of_range");
			break;
		case FIELD_TYPE_MAC:
			ev_mac(&ev, f, &mac);
			break;
		case FIELD_TYPE_IP:
			ev_span(&ev, f, span_of(ip.b, sizeof(ip.b)));
			break;
		default:
			ev_uint(&ev, f, i);
			break;
		}
	}
	return ev;
}

static void take(void *ctx, const struct finding *f)
{
	(void)ctx;
	struct finding told = *f;
	finding_fill(&told);
	if (!text_is_utf8(told.title_en) || !text_is_utf8(told.title_ja) || !text_is_utf8(told.action_en) ||
	    !text_is_utf8(told.action_ja))
		abort();
}

static void try_text(const char *text)
{
	struct event ev = make_event(&flow_table_fields);
	struct expr_error err;
	struct template t;
	struct expr *x;
	struct arena arena;
	char filled[512];

	if (arena_init(&arena, 4096, 16 << 20) != 0)
		abort();
	struct expr_memory memory = {.arena = &arena};
	if (expr_compile(&x, text, "flow", &registry, &memory, &err) == 0)
		(void)expr_holds(x, &ev);
	else if (err.at_off > strlen(text))
		abort();
	if (template_compile(&t, text, "flow", &registry, &arena, &err) == 0) {
		if (template_fill(&t, &ev, (struct zone_names){0}, filled, sizeof(filled)) > sizeof(filled))
			abort();
	} else if (err.at_off > strlen(text)) {
		abort();
	}
	expr_memory_deinit(&memory);
	arena_deinit(&arena);
}

static void try_rules(const char *text, size_t size)
{
	struct complaint c;
	struct rules *r;

	if (rules_parse(&r, "fuzz.yaml", text, size, &registry, &c) != 0)
		return;
	for (const struct field_table *const *t = tables; *t; t++) {
		struct event ev = make_event(*t);
		(void)rules_want(r, &ev);
		/* often enough for small thresholds, from few sources */
		for (int i = 0; i < 8; i++) {
			ev.at.ts_ns += i * INT64_C(700000000);
			ev.at.dest_port = (uint16_t)(i % 3);
			rules_judge(r, &ev, (struct finding_sink){take, NULL});
		}
	}
	rules_free(r);
}

static void try_indicators(const char *text, size_t size)
{
	struct complaint c;
	struct arena arena;
	struct ip_addr ip;
	uint64_t expired = 0;
	char *copy = malloc(size + 1);

	if (!copy || arena_init(&arena, 4096, 16 << 20) != 0)
		abort();
	memcpy(copy, text, size + 1);
	struct indicators *s = indicators_new(&arena);
	if (s && indicators_parse(s, "fuzz.csv", copy, size, &c) == 0) {
		ip_parse("10.1.2.3", &ip);
		(void)indicators_ip(s, &ip, 0, &expired);
		for (int type = 0; type < INDICATOR_TYPES; type++)
			(void)indicators_text(s, (enum indicator_type)type, span_of(text, size < 512 ? size : 512), 0,
					      &expired);
	}
	indicators_free(s);
	arena_deinit(&arena);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	try_text(text);
	try_rules(text, size);
	try_indicators(text, size);
	free(text);
	return 0;
}
