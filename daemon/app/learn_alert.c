/* sekisho learn --alert: what one alert is about becomes part of the baseline. */
#include "app/learn_alert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/group.h"
#include "alert/outbox.h"
#include "app/command.h"
#include "app/person.h"
#include "app/registry.h"
#include "ledger/approve.h"

static void look(void *ctx, const char *json)
{
	json_t **alert = ctx;

	if (!*alert)
		*alert = json_loads(json, 0, NULL);
}

static const char *end_of(const json_t *alert, const char *asset, const char *ip)
{
	const char *id = json_at(alert, asset);

	return id[0] == 'A' ? id : json_at(alert, ip);
}

static uint32_t number_at(const json_t *o, const char *path)
{
	return (uint32_t)json_integer_value(json_node(o, path));
}

static void add_range(struct approval *a, const json_t *record, const char *address, const char *quantity,
		      uint8_t access)
{
	const json_t *at = json_node(record, address);

	if (!json_is_integer(at) || a->n_ranges == APPROVE_RANGES_MAX)
		return;
	a->ranges[a->n_ranges].address = (uint32_t)json_integer_value(at);
	a->ranges[a->n_ranges].quantity = number_at(record, quantity);
	a->ranges[a->n_ranges++].access = access;
}

/* What the record calls the thing done: as baseline.c reads it from the event. */
static const char *function_of(const json_t *record)
{
	static const char *const names[] = {"umas.function", "function_code", "service",
					    "command",       "http_method",   "function"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = json_at(record, names[i]);
		if (text[0])
			return text;
	}
	return "";
}

static void read_record(struct approval *a, const json_t *record)
{
	const char *access = json_at(record, "access_type"), *table = json_at(record, "data_type");
	bool writes =
	    strcmp(access, "write") == 0 || strcmp(access, "read_write") == 0 || strcmp(access, "program") == 0;
	const struct field_def *f = field_find(registry(), "modbus.data_type");
	uint64_t no;

	a->function = function_of(record);
	a->unit = (uint16_t)number_at(record, "unit_id");
	a->writes = writes;
	a->table = table;
	if (!f || !table[0] || !enum_value(f->names, table, &no))
		return;
	a->table_no = (uint32_t)no;
	add_range(a, record, "request.address", "request.quantity", writes ? 2 : 1);
	add_range(a, record, "request.read_address", "request.read_quantity", 1);
	add_range(a, record, "request.write_address", "request.write_quantity", 2);
}

static const char *class_of(const json_t *record)
{
	const char *access = json_at(record, "access_type");

	if (strcmp(access, "read") == 0)
		return "read";
	if (strcmp(access, "write") == 0 || strcmp(access, "read_write") == 0)
		return "[read, write]";
	if (strcmp(access, "program") == 0)
		return "program";
	return strcmp(access, "diagnostic") == 0 ? "admin" : "any";
}

/* The baseline does not open conduits: these are for the configuration. */
static void print_conduit(const json_t *alert, const char *protocol, const json_t *record)
{
	if (strcmp(json_at(alert, "sekisho.conduit"), "denied") != 0)
		return;
	command_tell(stdout, say(W_LEARN_CONDUIT), json_at(alert, "sekisho.src.zone"),
		     json_at(alert, "sekisho.dest.zone"), protocol[0] ? protocol : "any", class_of(record),
		     json_at(alert, "src_ip"), json_at(alert, "dest_ip"));
}

int learn_alert(const char *state_dir, const char *alert_id, const char *by, const char *reason)
{
	struct alerts_filter f = {.alert_id = alert_id, .least_level = LEVEL_INFO};
	json_t *alert = NULL;
	struct complaint c = {""};
	char object[96];
	int err = alerts_each(state_dir, &f, look, &alert, &c);

	if (!err && !alert) {
		complain(&c, state_dir, 0, 0,
			 "there is no alert \"%s\" here. sekisho alerts --json shows their alert_id", alert_id);
		err = -ENOENT;
	}
	if (err)
		return command_failed(err, &c);
	if (strcmp(json_at(alert, "sekisho.state"), alert_state_name(ALERT_LEARNT)) == 0) {
		command_tell(stderr, say(W_ALERT_ALREADY), alert_id);
		json_decref(alert);
		return EXIT_INPUT;
	}
	if (json_at(alert, "sekisho.drill")[0]) {
		command_tell(stderr, say(W_ALERT_IS_DRILL), alert_id);
		json_decref(alert);
		return EXIT_INPUT;
	}
	const char *protocol = json_at(alert, "app_proto");
	const json_t *record = protocol[0] ? json_node(alert, protocol) : NULL;
	struct approval a = {.src = end_of(alert, "sekisho.src.asset_id", "src_ip"),
			     .dest = end_of(alert, "sekisho.dest.asset_id", "dest_ip"),
			     .src_ip = json_at(alert, "src_ip"),
			     .dest_ip = json_at(alert, "dest_ip"),
			     .protocol = protocol,
			     .port = (uint16_t)number_at(alert, "dest_port"),
			     .function = "",
			     .table = "",
			     .object = object};
	snprintf(object, sizeof(object), "alert:%.80s", alert_id);
	if (record)
		read_record(&a, record);
	struct person person = person_of(by, reason);
	err = approve(state_dir, &a, &person, &c);
	if (!err) {
		command_tell(stdout, say(W_LEARN_ALERT_OK), a.src, a.dest, protocol[0] ? protocol : "-", a.function,
			     person.who);
		print_conduit(alert, protocol, record);
	}
	json_decref(alert);
	return err ? command_failed(err, &c) : EXIT_DONE;
}
