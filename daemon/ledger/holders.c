#include "ledger/holders.h"

static struct mac_key mac_key(const struct mac *mac)
{
	return (struct mac_key){*mac, 0};
}

static uint64_t mac_hash(const struct mac_key *k)
{
	return hash_bytes(k, sizeof(*k));
}

uint64_t holders_mac_hash(const struct mac *mac)
{
	struct mac_key k = mac_key(mac);

	return mac_hash(&k);
}

static uint64_t ip_hash(const struct ip_addr *ip)
{
	return hash_bytes(ip->b, sizeof(ip->b));
}

/* ---- who holds it in memory */

static struct asset *asset_of(const struct ledger *l, const struct whose_slot *s)
{
	return table_at(&l->assets, whose_number(s));
}

static struct whose_slot *mac_slot(const struct ledger *l, const struct mac *mac, uint64_t hash)
{
	uint32_t at = (uint32_t)hash;
	struct whose_slot *s;

	while ((s = whose_next(&l->by_mac, hash, &at)) && !asset_mac(asset_of(l, s), mac))
		;
	return s;
}

static struct whose_slot *ip_slot(const struct ledger *l, const struct ip_addr *ip, uint64_t hash)
{
	uint32_t at = (uint32_t)hash;
	struct whose_slot *s;

	while ((s = whose_next(&l->by_ip, hash, &at)) && !asset_ip(asset_of(l, s), ip))
		;
	return s;
}

const struct asset *holders_guess(const struct ledger *l, const struct mac *mac)
{
	uint64_t hash = holders_mac_hash(mac);
	uint32_t at = (uint32_t)hash;
	const struct whose_slot *s = whose_next(&l->by_mac, hash, &at);

	return s ? asset_of(l, s) : NULL;
}

/* ---- and who is not in memory, or has no room in his list for it: by number */

static uint64_t *away_no(const struct table *t, void *entry)
{
	return (uint64_t *)(void *)((uint8_t *)entry + t->key_bytes);
}

static void away_put(struct ledger *l, struct table *t, const void *key, uint64_t hash, uint64_t no)
{
	void *e = table_find(t, key, hash);

	if (e)
		table_touch(t, e);
	else
		e = table_insert(t, key, hash);
	if (e)
		*away_no(t, e) = no;
	l->away_lost |= !e || t->evicted > 0;
}

static void away_drop(struct table *t, const void *key, uint64_t hash)
{
	void *e = table_find(t, key, hash);

	if (e)
		table_remove(t, e);
}

/* Whoever is read from the database takes his addresses back from here. */
static struct asset *away_holder(struct ledger *l, struct table *t, const void *key, uint64_t hash)
{
	void *e = table_find(t, key, hash);
	uint64_t no = e ? *away_no(t, e) : 0;
	struct asset *a = holders_by_no(l, no);

	if (!a || a->no == no)
		return a;
	e = table_find(t, key, hash);
	if (e)
		*away_no(t, e) = a->no; /* it was merged meanwhile */
	return a;
}

struct asset *holders_by_no(struct ledger *l, uint64_t no)
{
	struct asset *a = no ? table_find(&l->assets, &no, hash_u64(hash_seed, no)) : NULL;

	return a || !no || !l->assets_on_disk ? a : ledger_load_asset(l, no);
}

/* What is loaded next must not push out whoever is spoken of, whatever it was used for last. */
static struct asset *spoken_of(struct ledger *l, struct asset *a)
{
	if (a && l->assets.used == l->assets.cap)
		table_touch(&l->assets, a);
	return a;
}

struct asset *holders_asset(struct ledger *l, struct asset **asset, uint64_t *no)
{
	if (!*asset || (*asset)->no != *no)
		*asset = holders_by_no(l, *no);
	if (!*asset)
		return NULL;
	*no = (*asset)->no; /* it may have been merged meanwhile */
	return spoken_of(l, *asset);
}

/* Is there anybody of whom only the database knows whose addresses these are? */
static bool disk_knows_more(const struct ledger *l)
{
	return l->assets_on_disk && l->away_lost;
}

/* A group's address is nobody's: the database is not asked for it again and again. */
static struct asset *mac_on_disk(struct ledger *l, const struct mac *mac)
{
	char text[MAC_TEXT_MAX];

	if (!disk_knows_more(l) || mac_is_group(mac))
		return NULL;
	struct asset *a = holders_by_no(l, ledger_load_holder(l, "mac", mac_format(mac, text)));
	if (a)
		holders_point_mac(l, mac, a);
	return a;
}

/* Nor of what every link has of its own. */
static bool is_of_one(const struct ip_addr *ip)
{
	enum ip_scope scope = ip_scope(ip);

	return scope != IP_SCOPE_MULTICAST && scope != IP_SCOPE_BROADCAST && scope != IP_SCOPE_UNSPECIFIED &&
	       scope != IP_SCOPE_LINK;
}

static struct asset *ip_on_disk(struct ledger *l, const struct ip_addr *ip)
{
	char text[IP_TEXT_MAX];

	if (!disk_knows_more(l) || !is_of_one(ip))
		return NULL;
	struct asset *a = holders_by_no(l, ledger_load_holder(l, "ip", ip_format(ip, text)));
	if (a)
		holders_point_ip(l, ip, a);
	return a;
}

static struct asset *asset_of_mac(struct ledger *l, const struct mac *mac)
{
	struct mac_key key = mac_key(mac);
	uint64_t hash = mac_hash(&key);
	const struct whose_slot *s = mac_slot(l, mac, hash);
	struct asset *a = s ? asset_of(l, s) : away_holder(l, &l->away_macs, &key, hash);

	return spoken_of(l, a ? a : mac_on_disk(l, mac));
}

static struct asset *asset_of_ip(struct ledger *l, const struct ip_addr *ip)
{
	uint64_t hash = ip_hash(ip);
	const struct whose_slot *s = ip_slot(l, ip, hash);
	struct asset *a = s ? asset_of(l, s) : away_holder(l, &l->away_ips, ip, hash);

	return spoken_of(l, a ? a : ip_on_disk(l, ip));
}

/* @s: the slot of the address at present, or NULL. @listed: @a's list has it, so that a slot may say so. */
static void point(struct ledger *l, struct whose *w, struct whose_slot *s, uint64_t hash, const struct asset *a,
		  bool listed)
{
	if (s && listed)
		s->asset = table_number(&l->assets, a) + 1;
	else if (s)
		whose_take(w, s);
	else if (listed && !whose_put(w, hash, table_number(&l->assets, a)))
		l->count.write_errors++;
}

void holders_point_mac(struct ledger *l, const struct mac *mac, struct asset *a)
{
	struct mac_key key = mac_key(mac);
	uint64_t hash = mac_hash(&key);
	bool listed = asset_mac(a, mac) != NULL;

	point(l, &l->by_mac, mac_slot(l, mac, hash), hash, a, listed);
	if (!listed)
		away_put(l, &l->away_macs, &key, hash, a->no);
	else
		away_drop(&l->away_macs, &key, hash);
}

void holders_point_ip(struct ledger *l, const struct ip_addr *ip, struct asset *a)
{
	uint64_t hash = ip_hash(ip);
	bool listed = asset_ip(a, ip) != NULL;

	if (ip_scope(ip) == IP_SCOPE_LINK && a->n_macs > 0)
		return; /* every link has its own fe80::1 */
	point(l, &l->by_ip, ip_slot(l, ip, hash), hash, a, listed);
	if (!listed)
		away_put(l, &l->away_ips, ip, hash, a->no);
	else
		away_drop(&l->away_ips, ip, hash);
}

void holders_forget_mac(struct ledger *l, const struct mac *mac)
{
	struct mac_key key = mac_key(mac);
	uint64_t hash = mac_hash(&key);
	struct whose_slot *s = mac_slot(l, mac, hash);

	if (s)
		whose_take(&l->by_mac, s);
	away_drop(&l->away_macs, &key, hash);
}

static void leave_mac(struct ledger *l, const struct asset *a, const struct mac *mac)
{
	struct mac_key key = mac_key(mac);
	uint64_t hash = mac_hash(&key);
	struct whose_slot *s = mac_slot(l, mac, hash);

	if (!s || asset_of(l, s) != a)
		return;
	whose_take(&l->by_mac, s);
	away_put(l, &l->away_macs, &key, hash, a->no);
}

void holders_leave_ip(struct ledger *l, const struct asset *a, const struct ip_addr *ip)
{
	uint64_t hash = ip_hash(ip);
	struct whose_slot *s = ip_slot(l, ip, hash);

	if (!s || asset_of(l, s) != a)
		return;
	whose_take(&l->by_ip, s);
	away_put(l, &l->away_ips, ip, hash, a->no);
}

void holders_leave(struct ledger *l, const struct asset *a)
{
	for (unsigned i = 0; i < a->n_macs; i++)
		leave_mac(l, a, &a->macs[i].mac);
	for (unsigned i = 0; i < a->n_ips; i++)
		holders_leave_ip(l, a, &a->ips[i].ip);
}

void holders_drop_ip(struct ledger *l, struct asset *a, struct held_ip *h)
{
	holders_leave_ip(l, a, &h->ip);
	asset_drop_ip(a, h);
}

/* ---- public addresses beside a MAC */

uint64_t holders_foreign(const struct ledger *l, const struct mac *mac)
{
	struct mac_key key = mac_key(mac);
	const struct foreign_entry *e = table_find(&l->foreign, &key, mac_hash(&key));

	return e ? e->peer : 0;
}

void holders_note_foreign(struct ledger *l, const struct mac *mac, uint64_t peer)
{
	struct mac_key key = mac_key(mac);
	struct foreign_entry *e = table_insert(&l->foreign, &key, mac_hash(&key));

	if (e)
		e->peer = peer;
}

void holders_point(struct ledger *l, struct asset *a)
{
	for (unsigned i = 0; i < a->n_macs; i++)
		holders_point_mac(l, &a->macs[i].mac, a);
	for (unsigned i = 0; i < a->n_ips; i++) {
		if (a->ips[i].current)
			holders_point_ip(l, &a->ips[i].ip, a);
	}
}

static bool is_away(struct table *t, const void *key, uint64_t hash, uint64_t no)
{
	void *e = table_find(t, key, hash);

	return e && *away_no(t, e) == no;
}

void holders_return(struct ledger *l, struct asset *a)
{
	for (unsigned i = 0; i < a->n_macs; i++) {
		struct mac_key key = mac_key(&a->macs[i].mac);
		if (is_away(&l->away_macs, &key, mac_hash(&key), a->no))
			holders_point_mac(l, &key.mac, a);
	}
	for (unsigned i = 0; i < a->n_ips; i++) {
		const struct ip_addr *ip = &a->ips[i].ip;
		if (a->ips[i].current && is_away(&l->away_ips, ip, ip_hash(ip), a->no))
			holders_point_ip(l, ip, a);
	}
}

/* Whoever is looked at now is not the one to be pushed out by what is made next. */
static struct asset *keep(struct ledger *l, struct asset *a)
{
	if (a)
		table_touch(&l->assets, a);
	return a;
}

struct asset *holders_of_mac(struct ledger *l, const struct mac *mac)
{
	return keep(l, asset_of_mac(l, mac));
}

struct asset *holders_of_ip(struct ledger *l, const struct ip_addr *ip)
{
	return keep(l, asset_of_ip(l, ip));
}

struct asset *holders_find(struct ledger *l, const struct mac *mac, const struct ip_addr *ip, struct held_ip **held)
{
	bool has_ip = !ip_is_none(ip);

	*held = NULL;
	if (!mac_is_none(mac)) {
		struct asset *a = asset_of_mac(l, mac);
		if (a && !has_ip)
			return a;
		struct held_ip *h = a ? asset_ip(a, ip) : NULL;
		if (h && h->current) {
			*held = h;
			return a;
		}
	}
	struct asset *a = has_ip ? asset_of_ip(l, ip) : NULL;
	struct held_ip *h = a ? asset_ip(a, ip) : NULL;
	if (!h || !h->current)
		return NULL;
	*held = h;
	return a;
}
