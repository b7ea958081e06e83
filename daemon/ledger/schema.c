#include "ledger/schema.h"

#include "ledger/store.h"

const char ledger_schema[] =
    /* meta: numbers of the database as a whole; version rises with every batch that is written. */
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    /* asset: one row a device; what many can be of it is a row of attribute. version: of the batch that wrote it last,
     * so that readers ask for what is newer than they know. gateway_no, unit: a serial device behind a gateway.
     * changes: rows of its history. */
    "CREATE TABLE asset(no INTEGER PRIMARY KEY, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, events"
    " INTEGER NOT NULL, vendor TEXT NOT NULL, zone TEXT NOT NULL, router INTEGER NOT NULL, by_ip INTEGER NOT"
    " NULL, merged_into INTEGER, version INTEGER NOT NULL, gateway_no INTEGER NOT NULL DEFAULT 0, unit INTEGER"
    " NOT NULL DEFAULT 0, changes INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX asset_gateway ON asset(gateway_no) WHERE gateway_no <> 0;"
    /* attribute: what was observed (mac, ip, vlan, hostname, role, serves, uses, model ...), by whom (source: traffic,
     * arp, dhcp, lldp ...), where and when, how sure (confidence), and whether it still holds. */
    "CREATE TABLE attribute(asset_no INTEGER NOT NULL, attr TEXT NOT NULL, value TEXT NOT NULL, source TEXT NOT"
    " NULL, confidence INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, current INTEGER"
    " NOT NULL, prev TEXT NOT NULL DEFAULT '', pcap TEXT NOT NULL DEFAULT '', frame INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(asset_no, attr, value)) WITHOUT ROWID;"
    /* link: one row a conversation; asset number 0: a peer that is no asset, then the address tells it apart. */
    "CREATE TABLE link(id INTEGER PRIMARY KEY, src_no INTEGER NOT NULL, src_ip TEXT NOT NULL, dest_no INTEGER"
    " NOT NULL, dest_ip TEXT NOT NULL, protocol TEXT NOT NULL, ip_proto INTEGER NOT NULL, port INTEGER NOT NULL,"
    " first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, packets INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " events INTEGER NOT NULL, functions TEXT NOT NULL, verdict INTEGER NOT NULL, line INTEGER NOT NULL);"
    /* zone: the declared places as the daemon last knew them, with their names. */
    "CREATE TABLE zone(id TEXT PRIMARY KEY, fa TEXT NOT NULL, purdue INTEGER NOT NULL, prefixes TEXT NOT NULL,"
    " name_ja TEXT NOT NULL DEFAULT '', name_en TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
    /* audit: what people did, chained (audit.h); rows are only added, and audit_head names the last one. */
    "CREATE TABLE audit(no INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, who TEXT NOT NULL, login TEXT NOT NULL,"
    " verb TEXT NOT NULL, object TEXT NOT NULL, reason TEXT NOT NULL, details TEXT NOT NULL, hash TEXT NOT NULL);"
    "CREATE TABLE audit_head(one INTEGER PRIMARY KEY CHECK(one = 1), no INTEGER NOT NULL, hash TEXT NOT NULL);"
    "CREATE INDEX audit_object ON audit(object);"
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'rows of the audit trail"
    " are never changed'); END;"
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'rows of the audit trail"
    " are never deleted'); END;"
    /* REPLACE would delete without asking the trigger above */
    "CREATE TRIGGER audit_in_order BEFORE INSERT ON audit WHEN NEW.no <> (SELECT ifnull(max(no), 0) + 1 FROM"
    " audit) BEGIN SELECT RAISE(ABORT, 'rows of the audit trail are only added at its end'); END;"
    /* paper: the register, a row a device; uid stays with it over imports and is never given again. paper_cell: what it
     * declares, as understood and, where that differs, as typed. paper_column: the header of the last import.
     * tombstone: keys of what was disposed of, kept for ever. impact_cell: where the site changed the matrix. */
    "CREATE TABLE paper(uid INTEGER PRIMARY KEY AUTOINCREMENT, row INTEGER NOT NULL, line INTEGER NOT NULL);"
    "CREATE TABLE paper_cell(uid INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, typed TEXT, PRIMARY"
    " KEY(uid, field)) WITHOUT ROWID;"
    "CREATE TABLE paper_column(pos INTEGER PRIMARY KEY, field TEXT NOT NULL, header TEXT NOT NULL);"
    "CREATE TABLE tombstone(key TEXT NOT NULL, value TEXT NOT NULL, uid INTEGER NOT NULL, name TEXT NOT NULL,"
    " at_ns INTEGER NOT NULL, data_class TEXT NOT NULL, verified INTEGER NOT NULL, PRIMARY KEY(key, value, uid))"
    " WITHOUT ROWID;"
    "CREATE TABLE impact_cell(usage TEXT NOT NULL, use_case TEXT NOT NULL, impact TEXT NOT NULL, PRIMARY"
    " KEY(usage, use_case)) WITHOUT ROWID;"
    "CREATE TRIGGER tombstone_no_update BEFORE UPDATE ON tombstone BEGIN SELECT RAISE(ABORT, 'tombstones are"
    " never changed'); END;"
    "CREATE TRIGGER tombstone_no_delete BEFORE DELETE ON tombstone BEGIN SELECT RAISE(ABORT, 'tombstones are"
    " never deleted'); END;"
    /* change: what an asset was before and after. decision: rows joined or parted, by whom and on what evidence.
     * request: what commands ask of the one who writes. */
    "CREATE TABLE change(no INTEGER PRIMARY KEY, asset_no INTEGER NOT NULL, at_ns INTEGER NOT NULL, attr TEXT"
    " NOT NULL, value TEXT NOT NULL, prev TEXT NOT NULL, source TEXT NOT NULL, confidence INTEGER NOT NULL, pcap"
    " TEXT NOT NULL, frame INTEGER NOT NULL);"
    "CREATE INDEX change_asset ON change(asset_no);"
    "CREATE TABLE decision(no INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, verb TEXT NOT NULL, who TEXT NOT"
    " NULL, from_no INTEGER NOT NULL, to_no INTEGER NOT NULL, reason TEXT NOT NULL, undone INTEGER NOT NULL"
    " DEFAULT 0);"
    "CREATE INDEX decision_from ON decision(from_no);"
    "CREATE INDEX decision_to ON decision(to_no);"
    "CREATE TABLE request(no INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, who TEXT NOT NULL, login"
    " TEXT NOT NULL, verb TEXT NOT NULL, args TEXT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL DEFAULT"
    " 'waiting', answer TEXT NOT NULL DEFAULT '');"
    /* place_name: names of the site's levels, for those who draw; the baseline: one row a fact (baseline.h). */
    "CREATE TABLE place_name(token TEXT PRIMARY KEY, ja TEXT NOT NULL, en TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE baseline(link INTEGER NOT NULL, kind INTEGER NOT NULL, unit INTEGER NOT NULL, what INTEGER NOT"
    " NULL, access INTEGER NOT NULL, text TEXT NOT NULL, bits INTEGER NOT NULL, fresh_bits INTEGER NOT NULL,"
    " fresh_ns INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, count INTEGER NOT NULL,"
    " by_person INTEGER NOT NULL, PRIMARY KEY(link, kind, unit, what, access)) WITHOUT ROWID;"
    /* usage_raise: rows of the register that write though they are not for control, until a person says what they are
     * for; usage: what a rule found them in use for. paper_watch: since when a row of the register that nobody shows is
     * looked for. moved_unit: what stood behind the device that a merge ended, for the merge to be undone. */
    "CREATE TABLE usage_raise(uid INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, usage TEXT NOT NULL DEFAULT"
    " 'control');"
    "CREATE TABLE paper_watch(uid INTEGER PRIMARY KEY, since_ns INTEGER NOT NULL);"
    "CREATE TABLE moved_unit(decision INTEGER NOT NULL, unit_no INTEGER NOT NULL, PRIMARY KEY(decision,"
    " unit_no)) WITHOUT ROWID;"
    /* born: new assets, many to a row, until they have rows of their own (born.c). watch: when this sensor watched, a
     * row an hour (watch.h). */
    "CREATE TABLE born(no INTEGER PRIMARY KEY, assets TEXT NOT NULL);"
    "CREATE TABLE watch(no INTEGER PRIMARY KEY, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL, frames INTEGER"
    " NOT NULL, lost INTEGER NOT NULL);"
    /* work: planned work as people entered it, never changed but for its end (work.h); work_cut: times of it that were
     * over early; work_alert: alerts met meanwhile. */
    "CREATE TABLE work(no INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, title TEXT NOT NULL, from_ns"
    " INTEGER NOT NULL, to_ns INTEGER NOT NULL, every TEXT NOT NULL, until_ns INTEGER NOT NULL DEFAULT 0, rule"
    " TEXT NOT NULL, zone TEXT NOT NULL, src TEXT NOT NULL, dest TEXT NOT NULL, device TEXT NOT NULL, who TEXT"
    " NOT NULL, note TEXT NOT NULL, by TEXT NOT NULL, at_ns INTEGER NOT NULL, cancelled_ns INTEGER NOT NULL"
    " DEFAULT 0);"
    "CREATE TABLE work_cut(work_no INTEGER NOT NULL, from_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL,"
    " PRIMARY KEY(work_no, from_ns)) WITHOUT ROWID;"
    "CREATE TABLE work_alert(no INTEGER PRIMARY KEY, work_no INTEGER NOT NULL, from_ns INTEGER NOT NULL,"
    " alert_id TEXT NOT NULL, rule TEXT NOT NULL, level INTEGER NOT NULL, muted INTEGER NOT NULL, count INTEGER"
    " NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, UNIQUE(work_no, from_ns, alert_id));"
    "CREATE INDEX work_alert_by_last ON work_alert(last_ns);";

const char *const ledger_schema_steps[] = {
    /* audit: what people did, chained (audit.h); rows are only added, and audit_head names the last one */
    "CREATE TABLE audit(no INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, who TEXT NOT NULL, login TEXT NOT NULL,"
    " verb TEXT NOT NULL, object TEXT NOT NULL, reason TEXT NOT NULL, details TEXT NOT NULL, hash TEXT NOT NULL);"
    "CREATE TABLE audit_head(one INTEGER PRIMARY KEY CHECK(one = 1), no INTEGER NOT NULL, hash TEXT NOT NULL);"
    "CREATE INDEX audit_object ON audit(object);"
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'rows of the audit trail are never changed'); END;"
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'rows of the audit trail are never deleted'); END;"
    /* REPLACE would delete without asking the trigger above */
    "CREATE TRIGGER audit_in_order BEFORE INSERT ON audit"
    " WHEN NEW.no <> (SELECT ifnull(max(no), 0) + 1 FROM audit)"
    " BEGIN SELECT RAISE(ABORT, 'rows of the audit trail are only added at its end'); END;",
    /* paper: the register, a row a device; uid stays with it over imports and is never given again. paper_cell: what it
     * declares, as understood and, where that differs, as typed. paper_column: the header of the last import.
     * tombstone: keys of what was disposed of, kept for ever. impact_cell: where the site changed the matrix. */
    "CREATE TABLE paper(uid INTEGER PRIMARY KEY AUTOINCREMENT, row INTEGER NOT NULL, line INTEGER NOT NULL);"
    "CREATE TABLE paper_cell(uid INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, typed TEXT,"
    " PRIMARY KEY(uid, field)) WITHOUT ROWID;"
    "CREATE TABLE paper_column(pos INTEGER PRIMARY KEY, field TEXT NOT NULL, header TEXT NOT NULL);"
    "CREATE TABLE tombstone(key TEXT NOT NULL, value TEXT NOT NULL, uid INTEGER NOT NULL, name TEXT NOT NULL,"
    " at_ns INTEGER NOT NULL, data_class TEXT NOT NULL, verified INTEGER NOT NULL,"
    " PRIMARY KEY(key, value, uid)) WITHOUT ROWID;"
    "CREATE TABLE impact_cell(usage TEXT NOT NULL, use_case TEXT NOT NULL, impact TEXT NOT NULL,"
    " PRIMARY KEY(usage, use_case)) WITHOUT ROWID;"
    "CREATE TRIGGER tombstone_no_update BEFORE UPDATE ON tombstone"
    " BEGIN SELECT RAISE(ABORT, 'tombstones are never changed'); END;"
    "CREATE TRIGGER tombstone_no_delete BEFORE DELETE ON tombstone"
    " BEGIN SELECT RAISE(ABORT, 'tombstones are never deleted'); END;"
    "INSERT INTO paper(uid, row, line) SELECT row, row, line FROM register;"
    "INSERT INTO paper_cell(uid, field, value) SELECT row, 'name', name FROM register WHERE name <> ''"
    " UNION ALL SELECT row, 'mac', mac FROM register WHERE mac <> '' UNION ALL SELECT row, 'ip', ip FROM register "
    "WHERE "
    "ip <> ''"
    " UNION ALL SELECT row, 'kind', kind FROM register WHERE kind <> '' UNION ALL SELECT row, 'zone', zone FROM "
    "register "
    "WHERE zone <> ''"
    " UNION ALL SELECT row, 'owner_dept', owner_dept FROM register WHERE owner_dept <> ''"
    " UNION ALL SELECT row, 'usage', usage FROM register WHERE usage <> ''"
    " UNION ALL SELECT row, 'use_case', use_case FROM register WHERE use_case <> ''"
    " UNION ALL SELECT row, 'phase', phase FROM register WHERE phase <> '';"
    "DROP TABLE register;",
    /* gateway_no, unit: a serial device behind a gateway. change: what an asset was before and after. decision: rows
     * joined or parted, by whom and on what evidence. request: what commands ask of the one who writes. */
    "ALTER TABLE asset ADD COLUMN gateway_no INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE asset ADD COLUMN unit INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE asset ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE attribute ADD COLUMN prev TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE attribute ADD COLUMN pcap TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE attribute ADD COLUMN frame INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX asset_gateway ON asset(gateway_no) WHERE gateway_no <> 0;"
    "CREATE INDEX attribute_key ON attribute(value) WHERE attr IN (" ATTRIBUTE_KEYS ");"
    "CREATE TABLE change(no INTEGER PRIMARY KEY, asset_no INTEGER NOT NULL, at_ns INTEGER NOT NULL, attr TEXT NOT NULL,"
    " value TEXT NOT NULL, prev TEXT NOT NULL, source TEXT NOT NULL, confidence INTEGER NOT NULL, pcap TEXT NOT NULL,"
    " frame INTEGER NOT NULL);"
    "CREATE INDEX change_asset ON change(asset_no);"
    "CREATE TABLE decision(no INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, verb TEXT NOT NULL, who TEXT NOT NULL,"
    " from_no INTEGER NOT NULL, to_no INTEGER NOT NULL, reason TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX decision_from ON decision(from_no);"
    "CREATE INDEX decision_to ON decision(to_no);"
    "CREATE TABLE request(no INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, who TEXT NOT NULL,"
    " login TEXT NOT NULL, verb TEXT NOT NULL, args TEXT NOT NULL, reason TEXT NOT NULL,"
    " state TEXT NOT NULL DEFAULT 'waiting', answer TEXT NOT NULL DEFAULT '');",
    /* names of zones and of the site's levels, for those who draw; the baseline: one row a fact (baseline.h) */
    "ALTER TABLE zone ADD COLUMN name_ja TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE zone ADD COLUMN name_en TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE place_name(token TEXT PRIMARY KEY, ja TEXT NOT NULL, en TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE baseline(link INTEGER NOT NULL, kind INTEGER NOT NULL, unit INTEGER NOT NULL, what INTEGER NOT NULL,"
    " access INTEGER NOT NULL, text TEXT NOT NULL, bits INTEGER NOT NULL, fresh_bits INTEGER NOT NULL, fresh_ns "
    "INTEGER "
    "NOT NULL,"
    " first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, count INTEGER NOT NULL, by_person INTEGER NOT NULL,"
    " PRIMARY KEY(link, kind, unit, what, access)) WITHOUT ROWID;",
    /* usage_raise: rows of the register that write though they are not for control, until a person says what they are
       for */
    "CREATE TABLE usage_raise(uid INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL);",
    /* usage: what a rule found the device in use for */
    "ALTER TABLE usage_raise ADD COLUMN usage TEXT NOT NULL DEFAULT 'control';",
    /* paper_watch: since when a row of the register that nobody shows is looked for */
    "CREATE TABLE paper_watch(uid INTEGER PRIMARY KEY, since_ns INTEGER NOT NULL);",
    /* moved_unit: what stood behind the device that a merge ended, for the merge to be undone */
    "CREATE TABLE moved_unit(decision INTEGER NOT NULL, unit_no INTEGER NOT NULL, PRIMARY KEY(decision, unit_no))"
    " WITHOUT ROWID;"
    "INSERT INTO moved_unit(decision, unit_no) SELECT DISTINCT d.no, c.asset_no FROM decision d JOIN change c"
    " ON c.attr = 'gateway' AND c.prev = printf('A%06d', d.from_no) AND c.value = printf('A%06d', d.to_no)"
    " WHERE d.verb = 'merge' AND NOT d.undone AND"
    " c.no = (SELECT max(no) FROM change WHERE asset_no = c.asset_no AND attr = 'gateway') AND"
    " c.no > (SELECT max(no) FROM change WHERE asset_no = d.to_no AND attr = 'merged' AND value = c.prev);",
    /* these are needed, and made again, where not everything is in memory (ledger_db_index_assets(), _links()) */
    "DROP INDEX IF EXISTS attribute_value;"
    "DROP INDEX IF EXISTS attribute_key;"
    "DROP INDEX IF EXISTS link_ends;"
    /* kept up with every row that is written, for a reader that looks through all of them in no time */
    "DROP INDEX IF EXISTS asset_version;",
    /* born: new assets, many to a row, until they have rows of their own (born.c) */
    "CREATE TABLE IF NOT EXISTS born(no INTEGER PRIMARY KEY, assets TEXT NOT NULL);",
    /* watch: when this sensor watched, a row an hour (watch.h) */
    "CREATE TABLE IF NOT EXISTS watch(no INTEGER PRIMARY KEY, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL,"
    " frames INTEGER NOT NULL, lost INTEGER NOT NULL);",
    /* work: planned work as people entered it, never changed but for its end (work.h); work_cut: times of it that were
     * over early; work_alert: alerts met meanwhile */
    "CREATE TABLE IF NOT EXISTS work(no INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, title TEXT NOT NULL, "
    "from_ns INTEGER"
    " NOT NULL, to_ns INTEGER NOT NULL, every TEXT NOT NULL, until_ns INTEGER NOT NULL DEFAULT 0, rule TEXT NOT NULL,"
    " zone TEXT NOT NULL, src TEXT NOT NULL, dest TEXT NOT NULL, device TEXT NOT NULL, who TEXT NOT NULL,"
    " note TEXT NOT NULL, by TEXT NOT NULL, at_ns INTEGER NOT NULL, cancelled_ns INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE IF NOT EXISTS work_cut(work_no INTEGER NOT NULL, from_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL,"
    " PRIMARY KEY(work_no, from_ns)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS work_alert(no INTEGER PRIMARY KEY, work_no INTEGER NOT NULL, from_ns INTEGER NOT NULL,"
    " alert_id TEXT NOT NULL, rule TEXT NOT NULL, level INTEGER NOT NULL, muted INTEGER NOT NULL, count INTEGER"
    " NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, UNIQUE(work_no, from_ns, alert_id));"
    "CREATE INDEX IF NOT EXISTS work_alert_by_last ON work_alert(last_ns);",
};
