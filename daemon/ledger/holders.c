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

struct mac_entry *holders_mac(const struct ledger *l, const struct mac *mac)
{
	struct mac_key k = mac_key(mac);

	return table_find(&l->macs, &k, mac_hash(&k));
}

static struct ip_entry *find_ip(const struct ledger *l, const struct ip_addr *ip)
{
	return table_find(&l->ips, ip, ip_hash(ip));
}

struct asset *holders_by_no(struct ledger *l, uint64_t no)
{
	struct asset *a = no ? table_find(&l->assets, &no, hash_u64(hash_seed, no)) : NULL;

	return a || !no || !l->assets_on_disk ? a : ledger_load_asset(l, no);
}

struct asset *holders_asset(struct ledger *l, struct asset **asset, uint64_t *no)
{
	if (!*asset || (*asset)->no != *no)
		*asset = holders_by_no(l, *no);
	if (!*asset)
		return NULL;
	*no = (*asset)->no; /* it may have been merged meanwhile */
	if (l->assets.used == l->assets.cap) /* what is loaded next must not push it out, whatever it was used for last */
		table_touch(&l->assets, *asset);
	return *asset;
}

/* Of a full table the entries that lead to whom is spoken of are not the ones to go either. */
static struct asset *asset_of_mac(struct ledger *l, struct mac_entry *e)
{
	if (l->macs.used == l->macs.cap)
		table_touch(&l->macs, e);
	return holders_asset(l, &e->asset, &e->asset_no);
}

static struct asset *asset_of_ip(struct ledger *l, struct ip_entry *e)
{
	if (l->ips.used == l->ips.cap)
		table_touch(&l->ips, e);
	return holders_asset(l, &e->asset, &e->asset_no);
}

void holders_point_mac(struct ledger *l, const struct mac *mac, struct asset *a)
{
	struct mac_key k = mac_key(mac);
	struct mac_entry *e = holders_mac(l, mac);

	if (!e)
		e = table_insert(&l->macs, &k, mac_hash(&k));
	if (e) {
		e->asset = a;
		e->asset_no = a->no;
	}
}

void holders_point_ip(struct ledger *l, const struct ip_addr *ip, struct asset *a)
{
	struct ip_entry *e = find_ip(l, ip);

	if (ip_scope(ip) == IP_SCOPE_LINK && a->n_macs > 0)
		return; /* every link has its own fe80::1 */
	if (!e)
		e = table_insert(&l->ips, ip, ip_hash(ip));
	if (e) {
		e->asset = a;
		e->asset_no = a->no;
	}
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

/* Whoever is looked at now is not the one to be pushed out by what is made next. */
static struct asset *keep(struct ledger *l, struct asset *a)
{
	if (a)
		table_touch(&l->assets, a);
	return a;
}

struct asset *holders_of_mac(struct ledger *l, const struct mac *mac)
{
	struct mac_entry *e = holders_mac(l, mac);
	char text[MAC_TEXT_MAX];

	struct asset *a = e && e->asset_no ? asset_of_mac(l, e) : NULL;
	if (!a && l->assets_on_disk) {
		a = holders_by_no(l, ledger_load_holder(l, "mac", mac_format(mac, text)));
		if (a)
			holders_point_mac(l, mac, a);
	}
	return keep(l, a);
}

struct asset *holders_of_ip(struct ledger *l, const struct ip_addr *ip)
{
	struct ip_entry *e = find_ip(l, ip);
	char text[IP_TEXT_MAX];

	struct asset *a = e ? asset_of_ip(l, e) : NULL;
	if (!a && l->assets_on_disk) {
		a = holders_by_no(l, ledger_load_holder(l, "ip", ip_format(ip, text)));
		if (a)
			holders_point_ip(l, ip, a);
	}
	return keep(l, a);
}

struct asset *holders_find(struct ledger *l, const struct mac *mac, const struct ip_addr *ip, struct held_ip **held)
{
	bool has_ip = !ip_is_none(ip);

	*held = NULL;
	if (!mac_is_none(mac)) {
		struct mac_entry *me = holders_mac(l, mac);
		struct asset *a = me && me->asset_no ? asset_of_mac(l, me) : NULL;
		if (a && !has_ip)
			return a;
		struct held_ip *h = a ? asset_ip(a, ip) : NULL;
		if (h && h->current) {
			*held = h;
			return a;
		}
	}
	struct ip_entry *ie = has_ip ? find_ip(l, ip) : NULL;
	struct asset *a = ie ? asset_of_ip(l, ie) : NULL;
	struct held_ip *h = a ? asset_ip(a, ip) : NULL;
	if (!h || !h->current)
		return NULL;
	*held = h;
	return a;
}
