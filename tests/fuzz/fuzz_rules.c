/* Rules from anyone: the input is a condition, a template and a YAML file of rules; what compiles judges an event with
 * values of every kind. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/expr.h"
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
	struct event ev = {
	    .table = table, .count = 1, .values = values, .src = &end, .dest = &end, .conduit = {CONDUIT_ALLOWED, .line = 2}};

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
	if (!text_is_utf8(f->title_en) || !text_is_utf8(f->title_ja) || !text_is_utf8(f->action_en) ||
	    !text_is_utf8(f->action_ja))
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
		if (template_fill(&t, &ev, filled, sizeof(filled)) > sizeof(filled))
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
		rules_judge(r, &ev, (struct finding_sink){take, NULL});
	}
	rules_free(r);
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
	free(text);
	return 0;
}
