#include "net/agreed.h"

#include <netinet/in.h>

#include "base/hash.h"

/* Two directions of a mirror, or a segment that was waited for, may put it before what tells of it. */
#define EARLY_NS (INT64_C(1) * 1000000000)

/* All bytes count: unused ones are zero. */
struct row_key {
	struct ip_addr opener, listener;
	uint16_t port, unused[3];
};

struct row {
	struct row_key key;
	const char *app; /* program string */
	int64_t told_ns;
	uint16_t from_port; /* of the connection that it was */
	bool used, back;
};

static bool is_awaited(const struct row *r, int64_t now_ns)
{
	return !r->used && now_ns - r->told_ns <= AGREED_NS;
}

static void evict(void *ctx, void *entry)
{
	struct agreed_table *t = ctx;

	t->lost += is_awaited(entry, t->now_ns);
}

int agreed_init(struct agreed_table *t)
{
	*t = (struct agreed_table){0};
	return table_init(&t->rows, AGREED_MAX, sizeof(struct row_key), sizeof(struct row), table_hash_bytes, evict, t);
}

void agreed_deinit(struct agreed_table *t)
{
	if (t->rows.index)
		table_deinit(&t->rows);
}

uint64_t agreed_ceiling_bytes(void)
{
	return table_ceiling_bytes(AGREED_MAX, sizeof(struct row));
}

void agreed_note(struct agreed_table *t, const struct origin *of, const struct agreed *what, int64_t now_ns)
{
	bool back = what->by_server;
	struct row_key key = {
	    .opener = back ? of->dest_ip : of->src_ip, .listener = back ? of->src_ip : of->dest_ip, .port = what->port};
	uint64_t hash = hash_bytes(&key, sizeof(key));
	struct row *r;

	t->now_ns = now_ns;
	while ((r = table_oldest(&t->rows)) && now_ns - r->told_ns > AGREED_NS)
		table_remove(&t->rows, r);
	r = table_find(&t->rows, &key, hash);
	if (r)
		table_touch(&t->rows, r);
	else
		r = table_insert(&t->rows, &key, hash);
	if (r)
		*r = (struct row){.key = key, .app = what->app, .told_ns = now_ns, .back = back};
}

/* What was agreed on where side @listener of @f listens. */
static struct row *find(const struct agreed_table *t, const struct flow *f, unsigned listener)
{
	const struct flow_key *k = &f->key;
	struct row_key key = {.opener = k->ip[!listener], .listener = k->ip[listener], .port = k->port[listener]};
	struct row *r = table_find(&t->rows, &key, hash_bytes(&key, sizeof(key)));

	if (!r || (r->used && r->from_port != k->port[!listener]) || f->first_ns < r->told_ns - EARLY_NS ||
	    f->first_ns - r->told_ns > AGREED_NS)
		return NULL;
	return r;
}

void agreed_claim(struct agreed_table *t, struct flow *f, bool open)
{
	if (t->rows.used == 0 || f->key.proto != IPPROTO_TCP || f->app_proto || (f->flags & FLOW_DELIVERED))
		return;
	unsigned listener = !f->client;
	struct row *r = find(t, f, listener);
	if (!r && !(f->flags & FLOW_BY_SYN))
		r = find(t, f, listener = f->client);
	if (!r)
		return;
	if (open) {
		r->used = true;
		r->from_port = f->key.port[!listener];
	}
	f->app_proto = r->app;
	f->app_by = r->back ? APP_BY_SESSION_BACK : APP_BY_SESSION;
	f->client = (uint8_t)(r->back ? listener : !listener);
	f->flags |= FLOW_SETTLED | FLOW_BY_SYN;
}
