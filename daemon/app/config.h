/*
 * The configuration file: one row a key (config_keys.def), read by one walker, printed as its own reference. Lifetime:
 * boot, until reload.
 */
#ifndef SEKISHO_APP_CONFIG_H
#define SEKISHO_APP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "base/yamldoc.h"
#include "event/finding.h"
#include "ledger/site.h"

enum { CONFIG_LIST_MAX = 64, CONFIG_KEYS_MAX = 128 };

struct text_list {
	const char *item[CONFIG_LIST_MAX + 1]; /* NULL-terminated */
	size_t n;
};

struct interface_config {
	const char *name;
	const char *filter;
};

struct syslog_config {
	const char *name; /* NULL: none */
	const char *transport, *address, *format, *payload, *framing, *level;
	int64_t max_bytes;
	bool bom;
	bool has_tls;
	struct {
		const char *ca, *cert, *key, *server_name; /* NULL: none */
		bool verify;
	} tls;
	struct text_list zones, rules;
	const struct yaml_node *node, *rules_node; /* where it stands, for complaints */
};

/* Strings are borrowed from the document, which the configuration owns. */
struct config {
	struct yamldoc doc;
	const char *file;
	char *dir;                   /* of the file: relative paths in it start here */
	bool given[CONFIG_KEYS_MAX]; /* keys that the file sets, in their order: config_given() */

	const char *state;
	struct {
		const char *name, *site;
	} sensor;
	struct {
		struct interface_config interfaces[CONFIG_LIST_MAX];
		size_t n_interfaces;
		struct text_list files;
		int64_t snaplen, ring_mb, workers;
		const char *filter;
		bool vlan_in_flow_key, suppress_duplicates;
	} capture;
	int64_t memory; /* bytes; 0: not set */
	struct {
		int64_t max, half_open;
	} flows;
	struct {
		bool enabled;
		int64_t facts;
	} gate;
	struct {
		struct text_list packs, disable, indicators;
		const struct yaml_node *lists, *thresholds;
		const char *texts;
	} rules;
	const char *register_file, *modbus_tags;
	struct {
		int64_t silent_days, disposal_grace_days;
	} lifecycle;
	struct {
		int64_t high, mid, low;
		struct text_list contacts;
	} impact;
	struct {
		int64_t update_minutes, rows, megabytes;
	} alerts;
	struct {
		int64_t acknowledge_minutes[LEVEL_COUNT], close_minutes[LEVEL_COUNT];
	} targets;
	struct {
		int64_t megabytes, devices;
	} ledger;
	struct {
		int64_t window_minutes;
		bool tell;
	} incidents;
	struct {
		int64_t end_after_minutes;
	} drill;
	struct {
		const char *level;
		int64_t before_s, after_s, ring_mb, file_mb, disk_mb, per_minute;
		bool redact;
	} evidence;
	struct {
		int64_t rows, megabytes, days;
		const char *drop_first;
	} outbox;
	struct {
		const char *url, *user, *password;
		bool list, channel, commands;
		int64_t maxlen, keep_hours, connect_ms, command_ms;
		struct {
			const char *ca, *cert, *key, *server_name;
			bool verify;
		} tls;
		struct {
			const char *master, *user, *password;
			struct text_list addresses;
		} sentinel;
		bool cluster;
		struct text_list nodes;
	} redis;
	struct syslog_config syslog[CONFIG_LIST_MAX];
	size_t n_syslog;
	struct {
		const char *path;
	} eve;
	struct {
		const char *listen;
	} metrics;
	struct {
		const char *level;
	} log;

	struct site site;
};

/** Reads and checks @file. @return 0; -EINVAL or -errno with @c filled and nothing kept. */
int config_load(struct config *cfg, const char *file, struct complaint *c);

/** What a program without a configuration file runs with. */
void config_default(struct config *cfg);
void config_free(struct config *cfg);

/** Does the file itself set the key @path ("flows.max")? */
bool config_given(const struct config *cfg, const char *path);

/** What may be told of a key's value to who helps from outside: itself, a mark for it, or nothing. */
enum config_telling { CONFIG_SHOWN, CONFIG_MARKED, CONFIG_SECRET, CONFIG_UNKNOWN };

/** @path: "redis.password", or of something within a key that has keys of its own. UNKNOWN: of no row. */
enum config_telling config_telling(const char *path);

/** @path seen from the configuration's folder. Allocated, the caller's to free. */
char *config_path(const struct config *cfg, const char *path);

/** Prints every key with type, range, default and meaning. */
void config_print_keys(FILE *out, bool japanese);

#endif
