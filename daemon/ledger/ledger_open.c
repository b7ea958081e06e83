/* The ledger opened and closed, its limits, another site, register or calendar while it runs. */
#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/sqlite_care.h"
#include "base/when.h"
#include "ledger/amend.h"
#include "ledger/born.h"
#include "ledger/contradict.h"
#include "ledger/holders.h"
#include "ledger/identity.h"
#include "ledger/ledger_state.h"
#include "ledger/link_list.h"
#include "ledger/store.h"

enum {
	ASSETS_DEFAULT = 200000,
	LINKS_DEFAULT = 500000,
	FLOWS_CAP = 262144,
	MACS_PER_ASSET = 2,
	IPS_PER_ASSET = 4,
	/* addresses of as many who are not in memory; beyond that the database is asked (holders.c) */
	AWAY_PER_ASSET = 1,
	KEYS_PER_ASSET = 2,
	ASSETS_PER_FOREIGN = 4,
	UNITS_CAP = 16384,
	GATES_CAP = 4096,
	NAMES_CAP = 4096,
	VERDICTS_CAP = 65536,
	/* for the ceiling: the lists of an asset with a name, a VLAN, some addresses */
	ASSET_LISTS_BYTES = 560,
};

#ifndef SEKISHO_OUI_DIR
#define SEKISHO_OUI_DIR "/usr/share/ieee-data"
#endif

static void all_stale(struct ledger *l)
{
	for (struct asset *a = table_oldest(&l->assets); a; a = table_newer(&l->assets, a)) {
		a->stale = true;
		a->row = NULL;
		a->zone = NULL;
		a->zone_is_pinned = false;
	}
	memset(l->peers, 0, sizeof(l->peers));
	l->papers_age++;
}

void ledger_keep_number(struct ledger *l, const char *key, int64_t value)
{
	if (store_meta(l->db, key) == value)
		return;
	bool ok = ledger_db_begin(l) && store_set_meta(l->db, key, value) == SQLITE_OK;

	l->count.write_errors += !ok;
}

bool ledger_take_policy(struct ledger *l, uint64_t former, int64_t since_ns)
{
	l->policy = site_fingerprint(l->site);
	bool changed = former != 0 && former != l->policy;
	l->judged_since_ns = changed ? l->last_ns : since_ns;
	return changed;
}

static void keep_policy(struct ledger *l)
{
	ledger_keep_number(l, "policy", (int64_t)l->policy);
	ledger_keep_number(l, "policy_since_ns", l->judged_since_ns);
}

/* Nothing may still point into the former site. */
void ledger_set_site(struct ledger *l, const struct site *site)
{
	merged_without_places(l);
	l->site = site;
	l->policy_age++;
	if (ledger_take_policy(l, l->policy, l->judged_since_ns)) {
		link_forget_verdicts(l);
		keep_policy(l);
	}
	for (struct asset *a = table_oldest(&l->assets); a; a = table_newer(&l->assets, a)) {
		for (unsigned i = 0; i < a->n_ips; i++) {
			struct held_ip *h = &a->ips[i];
			h->zone = site_zone(site, a->n_macs > 0 ? &a->macs[0].mac : NULL, &h->ip, &h->vlan,
					    h->vlan && a->n_macs > 0 ? 1 : 0);
		}
		ledger_mark(l, a, MARK_NEWS);
	}
	all_stale(l);
	ledger_db_put_zones(l);
}

int ledger_reload_register(struct ledger *l, struct complaint *c)
{
	struct asset_register fresh = {0};
	struct tombstones stones = {0};
	struct impact_matrix impact;
	int rc = register_load(&fresh, l->db);

	if (rc == SQLITE_OK)
		rc = tombstones_load(&stones, l->db);
	if (rc == SQLITE_OK)
		rc = impact_load(&impact, l->db);
	if (rc != SQLITE_OK) {
		register_free(&fresh);
		tombstones_free(&stones);
		return store_complain(l->db, l->state_dir, rc, c);
	}
	register_free(&l->reg);
	tombstones_free(&l->stones);
	l->reg = fresh;
	l->stones = stones;
	l->impact = impact;
	all_stale(l);
	ledger_without_event(l);
	for (size_t i = 0; i < l->reg.n_rows; i++) {
		const struct register_row *row = &l->reg.rows[i];
		struct asset *a = NULL;
		for (size_t j = 0; j < row->n_macs && row->n_macs > 1 && !a; j++)
			a = holders_of_mac(l, &row->macs[j]);
		if (a)
			identity_join_declared(l, a);
	}
	return 0;
}

static int64_t last_audit(struct ledger *l)
{
	int rc = SQLITE_OK;

	return store_number(l->db, "SELECT ifnull(max(no), 0) FROM audit", &rc);
}

void ledger_tick(struct ledger *l)
{
	struct complaint c;
	int rc = SQLITE_OK;
	int64_t version = store_number(l->db, "PRAGMA data_version", &rc);

	if (version == l->data_version)
		return;
	l->data_version = version;
	int64_t audit_no = last_audit(l);
	if (audit_no != l->audit_no) {
		l->audit_no = audit_no;
		l->calendar_age++;
		if (ledger_reload_register(l, &c) < 0)
			log_error("ledger: the register was not reloaded: %s", c.text);
	}
	if (amend_take(l) > 0)
		l->audit_no = last_audit(l);
}

uint64_t ledger_calendar_age(const struct ledger *l)
{
	return l->calendar_age;
}

int ledger_calendar(struct ledger *l, struct calendar *out)
{
	int rc = work_load(l->db, true, out);

	if (rc != SQLITE_OK) {
		log_error("ledger: planned work cannot be read (%s): what was read before holds",
			  sqlite3_errmsg(l->db));
		return -EIO;
	}
	l->count.works = out->n;
	l->count.removed_works = (uint64_t)store_meta(l->db, "work_removed");
	return 0;
}

/* In the middle of an event: nothing else of the ledger is written. */
void ledger_met(struct ledger *l, const struct work_met *m)
{
	if (work_log_note(&l->work_log, m))
		return;
	bool alone = !l->in_transaction, ok = ledger_db_begin(l) && work_log_write(&l->work_log, l->db) == SQLITE_OK;
	if (alone && l->in_transaction) {
		ok = store_exec(l->db, ok ? "COMMIT" : "ROLLBACK") == SQLITE_OK && ok;
		l->in_transaction = false;
	}
	l->count.write_errors += !ok;
	l->work_log.n = 0;
	(void)work_log_note(&l->work_log, m);
}

static uint32_t or_default(uint32_t n, uint32_t fallback)
{
	return n ? n : fallback;
}

static int init_tables(struct ledger *l, const struct ledger_limits *limits)
{
	uint32_t assets = or_default(limits->assets, ASSETS_DEFAULT),
		 links = or_default(limits->conversations, LINKS_DEFAULT);
	int err = table_init(&l->assets, assets, sizeof(uint64_t), sizeof(struct asset), table_hash_u64,
			     ledger_evict_asset, l);

	if (!err)
		err = marks_init(&l->asset_marks, assets);
	if (!err)
		err = whose_init(&l->by_mac);
	if (!err)
		err = whose_init(&l->by_ip);
	if (!err)
		err = table_init(&l->away_macs, assets * AWAY_PER_ASSET, sizeof(struct mac_key),
				 sizeof(struct away_mac), table_hash_bytes, NULL, NULL);
	if (!err)
		err = table_init(&l->away_ips, assets * AWAY_PER_ASSET, sizeof(struct ip_addr), sizeof(struct away_ip),
				 table_hash_bytes, NULL, NULL);
	if (!err)
		err = table_init(&l->foreign, assets / ASSETS_PER_FOREIGN, sizeof(struct mac_key),
				 sizeof(struct foreign_entry), table_hash_bytes, NULL, NULL);
	if (!err)
		err = table_init(&l->links, links, sizeof(struct link_key), sizeof(struct link), table_hash_bytes,
				 ledger_evict_link, l);
	if (!err)
		err = link_lists_init(l);
	if (!err)
		err = link_pack_init(l);
	if (!err)
		err = link_away_init(&l->away_links, links);
	if (!err)
		err = table_init(&l->flows, limits->flows ? limits->flows : FLOWS_CAP, sizeof(uint64_t),
				 sizeof(struct flow_entry), table_hash_u64, NULL, NULL);
	if (!err)
		err = table_init(&l->verdicts, VERDICTS_CAP, sizeof(uint64_t), sizeof(struct link_verdicts),
				 table_hash_u64, NULL, NULL);
	if (!err)
		err = table_init(&l->keys, assets * KEYS_PER_ASSET, sizeof(struct key_hash), sizeof(struct key_entry),
				 table_hash_own, NULL, NULL);
	if (!err)
		err = table_init(&l->units, UNITS_CAP, sizeof(struct unit_key), sizeof(struct unit_entry),
				 table_hash_bytes, NULL, NULL);
	if (!err)
		err =
		    table_init(&l->gates, GATES_CAP, sizeof(uint64_t), sizeof(struct gate), table_hash_u64, NULL, NULL);
	if (!err)
		err = table_init(&l->names, NAMES_CAP, sizeof(uint64_t), sizeof(struct name_seen), table_hash_own, NULL,
				 NULL);
	if (!err)
		err = baseline_init(l);
	if (!err)
		err = vocab_init(&l->protocols, VOCAB_MAX);
	if (!err)
		err = vocab_init(&l->sources, SOURCES_MAX);
	if (!err)
		l->source_traffic = vocab_no(&l->sources, "traffic", strlen("traffic"));
	return err;
}

uint64_t ledger_ceiling_bytes(const struct ledger_limits *limits)
{
	uint32_t assets = or_default(limits->assets, ASSETS_DEFAULT),
		 links = or_default(limits->conversations, LINKS_DEFAULT);

	return table_ceiling_bytes(assets, sizeof(struct asset)) + (uint64_t)assets * ASSET_LISTS_BYTES +
	       merged_ceiling_bytes() + changes_ceiling_bytes() + marks_bytes(assets) +
	       whose_bytes(assets * MACS_PER_ASSET) + whose_bytes(assets * IPS_PER_ASSET) +
	       table_ceiling_bytes(assets * AWAY_PER_ASSET, sizeof(struct away_mac)) +
	       table_ceiling_bytes(assets * AWAY_PER_ASSET, sizeof(struct away_ip)) +
	       table_ceiling_bytes(assets / ASSETS_PER_FOREIGN, sizeof(struct foreign_entry)) +
	       table_ceiling_bytes(assets * KEYS_PER_ASSET, sizeof(struct key_entry)) +
	       table_ceiling_bytes(UNITS_CAP, sizeof(struct unit_entry)) +
	       table_ceiling_bytes(GATES_CAP, sizeof(struct gate)) +
	       table_ceiling_bytes(NAMES_CAP, sizeof(struct name_seen)) +
	       table_ceiling_bytes(links, sizeof(struct link)) + link_lists_bytes() + link_pack_ceiling_bytes(links) +
	       link_away_bytes(links) +
	       table_ceiling_bytes(limits->flows ? limits->flows : FLOWS_CAP, sizeof(struct flow_entry)) +
	       table_ceiling_bytes(VERDICTS_CAP, sizeof(struct link_verdicts)) + baseline_ceiling_bytes() +
	       oui_ceiling_bytes() + (uint64_t)STORE_CACHE_KIB * 1024 + sizeof(struct ledger);
}

static void release(struct ledger *l)
{
	for (struct asset *a = l->assets.index ? table_oldest(&l->assets) : NULL; a; a = table_newer(&l->assets, a))
		asset_free_lists(a);
	table_deinit(&l->assets);
	merged_forget(l);
	free(l->merged.of);
	changes_deinit(l);
	marks_deinit(&l->asset_marks);
	whose_deinit(&l->by_mac);
	whose_deinit(&l->by_ip);
	table_deinit(&l->away_macs);
	table_deinit(&l->away_ips);
	table_deinit(&l->foreign);
	table_deinit(&l->keys);
	table_deinit(&l->units);
	table_deinit(&l->gates);
	table_deinit(&l->names);
	table_deinit(&l->links);
	link_lists_deinit(l);
	link_pack_deinit(l);
	link_away_deinit(&l->away_links);
	table_deinit(&l->flows);
	table_deinit(&l->verdicts);
	baseline_deinit(l);
	vocab_deinit(&l->protocols);
	vocab_deinit(&l->sources);
	capture_names_deinit(&l->captures);
	for (size_t i = 0; i < VOCAB_MAX; i++)
		free(l->functions[i]);
	register_free(&l->reg);
	tombstones_free(&l->stones);
	oui_free(l->oui);
	json_deinit(&l->born_text);
	ledger_db_finalize(l);
	if (l->alone && l->db)
		sqlite_care_share(l->db);
	sqlite3_close(l->db);
	if (l->dir_fd >= 0)
		close(l->dir_fd);
	free(l->state_dir);
	free(l);
}

/* Two who write would each overwrite what the other knows. */
static int lock_state(struct ledger *l, const char *state_dir, struct complaint *c)
{
	l->dir_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dir_fd < 0) {
		complain(c, state_dir, 0, 0, "the state directory cannot be opened: %s", strerror(errno));
		return -EACCES;
	}
	if (flock(l->dir_fd, LOCK_EX | LOCK_NB) < 0) {
		complain(c, state_dir, 0, 0,
			 "another process writes this ledger. Stop it, or name another state directory");
		return -EBUSY;
	}
	return 0;
}

/* The daemon has to go on watching: what is damaged is set aside for people to look at, loudly. */
int ledger_make_room(const char *state_dir, struct complaint *c)
{
	char aside[512];

	if (!sqlite_care_is_damaged(state_dir, "ledger.db", c))
		return 0;
	int err = sqlite_care_set_aside(state_dir, "ledger.db", "damaged", aside, sizeof(aside));
	if (err) {
		complain(c, state_dir, 0, 0, "the damaged ledger.db cannot be renamed: %s", strerror(-err));
		return err;
	}
	sqlite_care_trim_aside(state_dir, "ledger.db", "damaged", SQLITE_CARE_DAMAGED_KEPT);
	log_error("ledger: the database was damaged and stands in %s now; a fresh one has begun. Restore a backup, or "
		  "look what it "
		  "still holds",
		  aside);
	return 0;
}

int ledger_open_limited(struct ledger **out, const char *state_dir, const struct site *site, struct event_sink next,
			const struct ledger_limits *limits, struct complaint *c)
{
	static const struct ledger_limits defaults;
	struct ledger *l = calloc(1, sizeof(*l));

	limits = limits ? limits : &defaults;
	if (!l) {
		complain(c, state_dir, 0, 0, "not enough memory for the ledger");
		return -ENOMEM;
	}
	l->site = site;
	l->next = next;
	l->policy_age = 1;
	l->dir_fd = -1;
	l->data_version = -1;
	l->keep_places = limits->keep_places;
	l->alone = limits->company != SQLITE_SHARED;
	l->disk_bytes = limits->disk_bytes;
	l->disk_devices = limits->disk_devices;
	l->nobody = (struct endpoint){.name = "",
				      .zone = "",
				      .fa_zone = "",
				      .purdue = PURDUE_UNKNOWN,
				      .role = "",
				      .usage = "",
				      .registered = REGISTERED_UNKNOWN,
				      .use_case = "",
				      .phase = ""};
	l->state_dir = strdup(state_dir);
	l->oui = oui_load(limits->oui_dir ? limits->oui_dir : SEKISHO_OUI_DIR);
	int err = init_tables(l, limits);
	if (!l->state_dir || !l->oui)
		err = -ENOMEM;
	if (err)
		complain(c, state_dir, 0, 0, "not enough memory for the ledger's tables");
	if (!err)
		err = lock_state(l, state_dir, c);
	if (!err)
		err = store_open_in(&l->db, state_dir, limits->company, c);
	if (!err) {
		int rc = ledger_db_prepare(l);
		if (rc == SQLITE_OK)
			rc = register_load(&l->reg, l->db);
		if (rc == SQLITE_OK)
			rc = tombstones_load(&l->stones, l->db);
		if (rc == SQLITE_OK)
			rc = impact_load(&l->impact, l->db);
		if (rc == SQLITE_OK)
			rc = born_recover(l->db);
		if (rc == SQLITE_OK)
			rc = ledger_load_all(l);
		if (rc != SQLITE_OK)
			err = store_complain(l->db, state_dir, rc, c);
	}
	if (!err) {
		l->audit_no = last_audit(l);
		l->work_log.rows = -1;
		if (l->assets_on_disk)
			ledger_db_index_assets(l);
		if (l->away_links.rows.lost)
			ledger_db_index_links(l);
		if (!l->keep_places) {
			ledger_db_put_zones(l);
			keep_policy(l);
		}
		if (limits->company == SQLITE_FRESH)
			ledger_reserve_numbers(l);
		err = ledger_write(l);
		if (err)
			complain(c, state_dir, 0, 0, "ledger.db cannot be written. Is the disk full?");
	}
	if (err) {
		release(l);
		return err;
	}
	*out = l;
	return 0;
}

int ledger_open(struct ledger **out, const char *state_dir, const struct site *site, struct event_sink next,
		struct complaint *c)
{
	return ledger_open_limited(out, state_dir, site, next, NULL, c);
}

void ledger_set_disk(struct ledger *l, uint64_t bytes, uint64_t devices)
{
	l->disk_bytes = bytes;
	l->disk_devices = devices;
}

/* What is merely seen again is written seldom; at the end everything is, so that the same capture leaves the same rows.
 */
void ledger_close(struct ledger *l)
{
	if (!l)
		return;
	for (struct asset *a = table_oldest(&l->assets); a; a = table_newer(&l->assets, a)) {
		if (a->seen)
			ledger_mark(l, a, MARK_SEEN);
	}
	for (struct link *k = table_oldest(&l->links); k; k = table_newer(&l->links, k)) {
		if (k->counted)
			link_mark(l, k, MARK_SEEN);
	}
	if (ledger_write(l) == 0)
		ledger_free_numbers(l);
	release(l);
}

void ledger_disturbed(struct ledger *l, const struct event *ev)
{
	baseline_disturb(l, ev->at.ts_ns, ev->src ? ev->src->asset_no : 0, ev->dest ? ev->dest->asset_no : 0);
}

struct ledger_counters ledger_count(const struct ledger *l)
{
	struct ledger_counters c = l->count;

	c.removed_work_alerts = l->work_log.removed;
	c.removed_watch_rows = l->watch.removed;
	c.assets = l->assets.used;
	c.conversations = l->links.used;
	c.evicted_names = l->names.evicted;
	struct baseline_counters b = baseline_count(l);
	c.baseline_facts = b.facts;
	c.baseline_refused = b.refused;
	c.baseline_thrown_away = b.thrown_away;
	c.baseline_state = b.state;
	c.baseline_learning_s = b.learning_s;
	c.baseline_interrupted_s = b.interrupted_s;
	return c;
}
