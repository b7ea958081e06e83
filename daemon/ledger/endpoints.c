#include "ledger/endpoints.h"

#include <stdio.h>
#include <string.h>

#include "ledger/maintenance.h"
#include "ledger/units.h"

void endpoints_describe(struct ledger *l, struct asset *a)
{
	if (!a->stale)
		return;
	struct asset *gateway = units_gateway(l, a);
	if (gateway)
		endpoints_describe(l, gateway);
	if (a->has_unit)
		asset_describe_unit(a, gateway, &l->reg, l->site, &l->protocols);
	else
		asset_describe(a, &l->reg, l->site, &l->protocols);
}

/* Of all that its texts follow from: what the device itself is called (@own), where it stands, what is declared of it.
 */
static uint64_t said_of(const struct ledger *l, uint32_t own, const struct zone *zone, const struct register_row *row)
{
	return hash_fold(((uint64_t)own << 32 | l->papers_age) ^ HASH_K0,
			 (uint64_t)(uintptr_t)zone ^ hash_u64(hash_seed, (uint64_t)(uintptr_t)row));
}

static void fill_place(const struct ledger *l, struct endpoint *e, const struct zone *z, const struct register_row *row)
{
	e->purdue = register_purdue(row, z);
	e->fa_zone = z && z->fa ? z->fa : "";
	e->criticality = z ? z->criticality : 0;
	if (z)
		e->zone = z->id;
	else if (l->site->n_zones == 0)
		e->zone = "";
	else
		e->zone = e->scope == IP_SCOPE_GLOBAL ? "internet" : "unknown";
}

void endpoints_fill_window(const struct ledger *l, struct endpoint *e, const struct register_row *row, int64_t now_ns)
{
	const char *text = row ? register_value(row, REG_REMOTE_WINDOW) : "";

	e->has_window = text[0] != '\0';
	e->in_window = e->has_window && maintenance_window_holds(text, now_ns, l->site->offset_s);
}

void endpoints_fill_usage(const struct ledger *l, struct endpoint *e, const struct register_row *row)
{
	e->usage_raised = row && row->raised;
	e->usage = row ? register_usage(row) : "";
	e->use_case = row ? row->use_case : "";
	e->enc = row ? register_value(row, REG_ENC) : "";
	e->services = row ? register_value(row, REG_SERVICES) : "";
	e->impact = row ? impact_parse(register_value(row, REG_IMPACT)) : IMPACT_UNKNOWN;
	e->impact_declared = e->impact != IMPACT_UNKNOWN;
	if (!e->impact_declared)
		e->impact = impact_of(&l->impact, e->usage, e->use_case);
}

void endpoints_fill_asset(struct ledger *l, struct endpoint *e, struct asset *a, const struct zone *zone,
			  enum ip_scope scope)
{
	endpoints_describe(l, a);
	e->known = true;
	if (e->asset_no != a->no) {
		const struct asset_id id = asset_id(a);
		memcpy(e->asset_id, id.text, sizeof(id.text));
	}
	e->asset_no = a->no;
	e->name = a->name;
	e->role = a->role;
	e->scope = scope;
	e->first_seen_ns = a->first_ns;
	e->is_new = a->no > l->no_before;
	const struct register_row *row = a->row;
	/* the place that the configuration gives it by name, else where it was observed, else the one of the register
	 */
	zone = a->zone_is_pinned || !zone ? a->zone : zone;
	fill_place(l, e, zone, row);
	e->said = said_of(l, a->said, zone, row);
	endpoints_fill_usage(l, e, row);
	if (!l->reg.imported) {
		e->registered = REGISTERED_UNKNOWN;
		e->phase = "";
	} else {
		e->registered = row ? REGISTERED_YES : REGISTERED_NO;
		e->phase = row ? row->phase : "unregistered";
	}
}

void endpoints_fill_row(struct ledger *l, struct endpoint *e, const struct register_row *row)
{
	const struct zone *zone = site_zone_by_id(l->site, row->zone);

	*e = l->nobody;
	if (!zone)
		zone = site_zone(l->site, row->n_macs > 0 ? &row->macs[0] : NULL,
				 row->n_ips > 0 ? &row->ips[0] : &(struct ip_addr){{0}}, NULL, 0);
	e->name = row->name[0] ? row->name : register_value(row, REG_ID);
	e->scope = row->n_ips > 0 ? ip_scope(&row->ips[0]) : IP_SCOPE_UNSPECIFIED;
	fill_place(l, e, zone, row);
	e->said = said_of(l, 0, zone, row);
	endpoints_fill_usage(l, e, row);
	e->registered = REGISTERED_YES;
	e->phase = row->phase;
}

const struct peer *endpoints_peer(struct ledger *l, const struct ip_addr *ip)
{
	struct peer *p = &l->peers[hash_bytes(ip->b, sizeof(ip->b)) % LEDGER_PEERS];

	if (p->filled && ip_eq(&p->ip, ip))
		return p;
	p->filled = true;
	p->ip = *ip;
	p->scope = ip_scope(ip);
	p->zone = site_zone(l->site, NULL, ip, NULL, 0);
	ip_format(ip, p->label);
	return p;
}

static bool is_group(enum ip_scope scope)
{
	return scope == IP_SCOPE_MULTICAST || scope == IP_SCOPE_BROADCAST || scope == IP_SCOPE_UNSPECIFIED;
}

void endpoints_fill_peer(struct ledger *l, struct endpoint *e, const struct peer *p)
{
	*e = l->nobody;
	if (!p)
		return;
	e->name = p->label;
	e->scope = p->scope;
	if (is_group(p->scope))
		return;
	const struct register_row *row = p->scope != IP_SCOPE_GLOBAL ? register_by_ip(&l->reg, &p->ip, false) : NULL;
	fill_place(l, e, p->zone, row);
	e->said = said_of(l, 0, p->zone, row);
	if (l->reg.imported && p->scope != IP_SCOPE_GLOBAL)
		e->registered = row ? REGISTERED_YES : REGISTERED_NO;
}
