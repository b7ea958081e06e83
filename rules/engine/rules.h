/*
 * The rules: YAML in, findings out.
 *
 * Rules are read, checked and compiled when loading; evaluation neither allocates nor fails. A rule set is immutable
 * and has the lifetime of the boot, until a reload swaps it whole. Runs on the analyst thread, after the ledger.
 *
 * A rule (one YAML document, or one item of a list):
 *
 *     id: SKS-MB-05
 *     on: modbus                       # event_type
 *     when: modbus.function_code == "diagnostic" and modbus.request.subfunction.raw == 4
 *     level: critical
 *     levels: [{ when: src.purdue >= L4, level: critical }]   # first that holds replaces level
 *     group_by: [src.asset, dest.asset, modbus.unit_id]       # one alert per distinct value; without: both assets
 *     attack_ics: [T0814]              # tags: attack_ics meti jnsa iec62443 ipa
 *     rev: 1                           # of the rule, for EVE; category: likewise, without it that of `on`
 *     title:  { en: "...{src.name}...", ja: "..." }  # may also come from rules/text/{en,ja}.yaml by id; also what,
 * action, dont
 *
 * Expressions: == != < <= > >= in {..} a..b, CIDR, matches "regex", contains, and or not (also && || !), parentheses;
 * values: numbers, 0x.., "text", true/false, addresses, prefixes, levels (L0 .. L5, L3.5), names of enumerations, other
 * fields. A missing field makes a comparison false. A list matches when any item does. A field alone asks whether it is
 * there, a bool whether it is true. Names: fields of the registry (modbus.unit_id, aliases), event (app_proto, proto,
 * src_ip, dest_port, vlan, one_sided ...), both ends (src.zone, dest.purdue, src.registered, src.asset, src.name,
 * src.scope, src.fa_zone, src.role, src.usage, src.phase ...), conduit (allowed, denied, none). All of it with
 * examples: rules/README.md.
 */
#ifndef SEKISHO_RULES_RULES_H
#define SEKISHO_RULES_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "event/field.h"
#include "event/finding.h"

struct rules;

/**
 * Loads every *.yaml of @dirs (NULL-terminated; sorted by name) and the texts of @text_dir. @disabled: rule ids,
 * NULL-terminated, or NULL; an id that no rule has is an error.
 * @return 0; -EINVAL with @c `file:line:column: ...` (nothing is kept); -errno.
 */
__attribute__((warn_unused_result)) int rules_load(struct rules **out, const char *const *dirs, const char *text_dir,
						   const char *const *disabled, const struct field_registry *fields,
						   struct complaint *c);

/** The same for rules compiled into the program or given as text (tests): @file names it. */
__attribute__((warn_unused_result)) int rules_parse(struct rules **out, const char *file, const char *yaml, size_t len,
						    const struct field_registry *fields, struct complaint *c);
void rules_free(struct rules *r);

size_t rules_count(const struct rules *r);
const struct rule_info *rules_info(const struct rules *r, size_t i);
bool rules_enabled(const struct rules *r, size_t i);

/** Where rule @i's condition stands and what it reads, for `rules list`. */
const char *rules_on(const struct rules *r, size_t i);
const char *rules_when(const struct rules *r, size_t i);

/**
 * Does some enabled rule need every single record of @table (when, levels or group_by read a field that is not
 * FIELD_KEY, or what the gate does not keep apart)? For the gate. Texts do not count: an alert's words are those of the
 * first record that raised it.
 */
bool rules_need_all_of(const struct rules *r, const struct field_table *table);

/**
 * Judges @ev: calls @out for each rule that holds, in the order of the rules. Findings are written into memory of the
 * rule set that the next one reuses, so one thread at a time.
 */
void rules_judge(const struct rules *r, const struct event *ev, struct finding_sink out);

#endif
