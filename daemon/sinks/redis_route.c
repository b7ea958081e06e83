#include "sinks/redis_route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/phrase.h"
#include "sinks/redis_trouble.h"

enum { LIMIT_MS = 2000, HOPS_MAX = 8, SENTINEL_PORT = 26379, REDIS_PORT = 6379, SLOTS = 16384 };

/* ---- what is configured */

static int refuse(struct complaint *c, const char *text)
{
	complain(c, "redis", 0, 0, "%s", phrase(text));
	return -EINVAL;
}

static int put_credentials(struct redis_address *at, const char *user, const char *password, struct complaint *c)
{
	if ((user && strlen(user) >= sizeof(at->user)) || (password && strlen(password) >= sizeof(at->password))) {
		complain(c, "redis", 0, 0,
			 "the user or the password is too long (127 and 511 bytes at most). Shorten it");
		return -EINVAL;
	}
	if (user)
		snprintf(at->user, sizeof(at->user), "%s", user);
	if (password)
		snprintf(at->password, sizeof(at->password), "%s", password);
	return 0;
}

/* @return whether there is room, or the place is known. */
static bool add_node(struct redis_route *w, const char *host, uint16_t port)
{
	for (unsigned i = 0; i < w->n_nodes; i++) {
		if (w->nodes[i].port == port && strcmp(w->nodes[i].host, host) == 0)
			return true;
	}
	if (w->n_nodes == REDIS_NODES_MAX || strlen(host) >= sizeof(w->nodes[0].host))
		return false;
	struct redis_place *p = &w->nodes[w->n_nodes++];
	snprintf(p->host, sizeof(p->host), "%s", host);
	p->port = port;
	return true;
}

static int add_nodes(struct redis_route *w, const char *const *texts, uint16_t port, struct complaint *c)
{
	struct redis_address at;
	int err = 0;

	for (size_t i = 0; texts && texts[i] && !err; i++) {
		err = redis_url_parse_place(texts[i], port, &at, c);
		if (!err)
			(void)add_node(w, at.host, at.port);
	}
	return err;
}

static int init_sentinel(struct redis_route *w, const struct redis_options *o, struct complaint *c)
{
	w->way = REDIS_SENTINEL;
	if (o->cluster)
		return refuse(
		    c,
		    PHRASE_LATER("redis.cluster and redis.sentinel exclude each other: a Cluster fails over by itself. "
				 "Keep one"));
	if (strlen(o->sentinel_master) >= sizeof(w->master))
		return refuse(c, PHRASE_LATER("redis.sentinel.master is longer than 127 bytes"));
	snprintf(w->master, sizeof(w->master), "%s", o->sentinel_master);
	int err = redis_url_parse_hostless(o->url, &w->base, c);
	if (!err)
		err = add_nodes(w, o->sentinels, SENTINEL_PORT, c);
	if (!err && w->n_nodes == 0)
		return refuse(
		    c,
		    PHRASE_LATER("redis.sentinel.addresses is empty. Name the Sentinels: [\"192.0.2.1:26379\", ...]"));
	w->watch.tls = w->base.tls;
	return err ? err : put_credentials(&w->watch, o->sentinel_user, o->sentinel_password, c);
}

static int init_cluster(struct redis_route *w, const struct redis_options *o, struct complaint *c)
{
	w->way = REDIS_CLUSTER;
	if (!w->base.host[0])
		return refuse(
		    c, PHRASE_LATER("the nodes of a Cluster are reached by host and port. Write redis://host:port"));
	if (w->base.db > 0)
		return refuse(c, PHRASE_LATER("a Cluster has the database 0 alone. Leave the number out of redis.url"));
	(void)add_node(w, w->base.host, w->base.port);
	return add_nodes(w, o->nodes, REDIS_PORT, c);
}

static int init_way(struct redis_route *w, const struct redis_options *o, struct complaint *c)
{
	if (o->sentinel_master)
		return init_sentinel(w, o, c);
	int err = redis_url_parse(o->url, &w->base, c);
	if (!err && o->cluster)
		err = init_cluster(w, o, c);
	return err;
}

int redis_route_init(struct redis_route *w, const struct redis_options *o, struct complaint *c)
{
	*w = (struct redis_route){.connect_ms = o->connect_ms > 0 ? o->connect_ms : LIMIT_MS,
				  .command_ms = o->command_ms > 0 ? o->command_ms : LIMIT_MS};
	int err = init_way(w, o, c);

	if (!err)
		err = put_credentials(&w->base, o->user, o->password, c);
	w->n_seeds = w->n_nodes;
	w->at = w->base;
	if (!err && w->base.tls)
		err = redis_tls_new(&w->tls, &o->tls, c);
	if (err)
		redis_route_deinit(w);
	return err;
}

void redis_route_deinit(struct redis_route *w)
{
	tls_client_free(w->tls);
	w->tls = NULL;
	explicit_bzero(w->base.password, sizeof(w->base.password));
	explicit_bzero(w->watch.password, sizeof(w->watch.password));
	explicit_bzero(w->at.password, sizeof(w->at.password));
}

/* ---- going there */

static void aim(struct redis_route *w, const struct redis_address *like, const char *host, uint16_t port)
{
	struct redis_address at = *like;

	snprintf(at.host, sizeof(at.host), "%s", host);
	at.port = port;
	w->at = at;
}

static void aim_at_next(struct redis_route *w, const struct redis_address *like)
{
	const struct redis_place *p = &w->nodes[w->next % w->n_nodes];

	w->next = (w->next + 1) % w->n_nodes;
	aim(w, like, p->host, p->port);
}

static int open_at(struct redis_route *w, struct redis_conn *r)
{
	r->tls = w->tls;
	return redis_conn_open(r, &w->at, w->connect_ms, w->command_ms);
}

static bool text_of(const redisReply *r, char *out, size_t size)
{
	if (r->type != REDIS_REPLY_STRING || r->len >= size)
		return false;
	snprintf(out, size, "%s", r->str);
	return true;
}

/* Ends the connection for a reason of our own, which begins with a word that redis_trouble knows. */
static int turn_away(struct redis_conn *r, const char *why)
{
	redis_conn_close(r);
	snprintf(r->why, sizeof(r->why), "%s", why);
	r->refused = true;
	return -1;
}

/* The reply to SENTINEL GET-MASTER-ADDR-BY-NAME: [address, port], or nil. */
static int take_master(struct redis_route *w, struct redis_conn *r, const redisReply *reply)
{
	char host[sizeof(w->at.host)], port[8];

	if (reply->type == REDIS_REPLY_ERROR) {
		redis_note(r, reply);
		redis_conn_close(r);
		return -1;
	}
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
	    !text_of(reply->element[0], host, sizeof(host)) || !text_of(reply->element[1], port, sizeof(port))) {
		char why[sizeof(r->why)];
		snprintf(why, sizeof(why), "Sentinel knows no master named %s", w->master);
		return turn_away(r, why);
	}
	redis_conn_close(r);
	aim(w, &w->base, host, (uint16_t)strtoul(port, NULL, 10));
	return 0;
}

/* A Sentinel may not know yet that its master is none any more (Guidelines for Redis clients with Sentinel, step 3). */
static int check_role(struct redis_conn *r)
{
	static const char *const words[] = {"ROLE"};
	redisReply *reply = redis_call(r, words, 1);

	if (!reply)
		return -1;
	bool replica = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 &&
		       reply->element[0]->type == REDIS_REPLY_STRING && strcmp(reply->element[0]->str, "master") != 0;
	bool not_now = reply->type == REDIS_REPLY_ERROR && redis_trouble_is_general(reply->str);
	if (not_now)
		redis_note(r, reply);
	freeReplyObject(reply);
	if (replica)
		return turn_away(r, "READONLY the Redis that Sentinel names says that it is a replica");
	if (not_now)
		redis_conn_close(r);
	return not_now ? -1 : 0; /* a user without +role goes on: READONLY would say it as well */
}

static int open_by_sentinel(struct redis_route *w, struct redis_conn *r)
{
	const char *const words[] = {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", w->master};

	aim_at_next(w, &w->watch);
	if (open_at(w, r))
		return -1;
	redisReply *reply = redis_call(r, words, 3);
	int err = reply ? take_master(w, r, reply) : -1;
	if (reply)
		freeReplyObject(reply);
	if (!err)
		err = open_at(w, r);
	if (!err)
		err = check_role(r);
	if (!err)
		w->next = (w->next + w->n_nodes - 1) % w->n_nodes; /* this one knows: it is asked first the next time */
	return err;
}

/* A node of a range: [address, port, ...]. Without an address (cluster-preferred-endpoint-type unknown-endpoint) it is
 * the one that we are connected to. */
static bool node_place(const struct redis_route *w, const redisReply *node, struct redis_place *out)
{
	if (node->type != REDIS_REPLY_ARRAY || node->elements < 2 || node->element[1]->type != REDIS_REPLY_INTEGER)
		return false;
	if (!text_of(node->element[0], out->host, sizeof(out->host)) || !out->host[0] || strcmp(out->host, "?") == 0)
		memcpy(out->host, w->at.host, sizeof(out->host));
	out->port = (uint16_t)node->element[1]->integer;
	return true;
}

/* The nodes of one range of slots: [first, last, node...]. */
static void learn_range(struct redis_route *w, const redisReply *range)
{
	struct redis_place p;

	for (size_t i = 2; range->type == REDIS_REPLY_ARRAY && i < range->elements; i++) {
		if (node_place(w, range->element[i], &p))
			(void)add_node(w, p.host, p.port);
	}
}

/* Who else could be asked. Without +cluster|slots those that are configured have to do. */
static int learn_nodes(struct redis_route *w, struct redis_conn *r)
{
	static const char *const words[] = {"CLUSTER", "SLOTS"};
	redisReply *reply = redis_call(r, words, 2);

	if (!reply)
		return -1;
	if (reply->type == REDIS_REPLY_ARRAY) {
		w->n_nodes = w->n_seeds;
		for (size_t i = 0; i < reply->elements; i++)
			learn_range(w, reply->element[i]);
	}
	freeReplyObject(reply);
	return 0;
}

/* The first node of a range is its master (CLUSTER SLOTS). @return whether there is room, or it is known. */
static bool put_master(const struct redis_route *w, const redisReply *range, struct redis_place *out, unsigned max,
		       unsigned *n)
{
	struct redis_place p;

	if (!node_place(w, range->element[2], &p))
		return true;
	for (unsigned i = 0; i < *n; i++) {
		if (out[i].port == p.port && strcmp(out[i].host, p.host) == 0)
			return true;
	}
	if (*n == max)
		return false;
	out[(*n)++] = p;
	return true;
}

int redis_route_masters(const struct redis_route *w, struct redis_conn *r, struct redis_place *out, unsigned max,
			unsigned *uncovered)
{
	static const char *const words[] = {"CLUSTER", "SLOTS"};
	redisReply *reply = redis_call(r, words, 2);
	long long covered = 0;
	unsigned n = 0;

	if (!reply)
		return -1;
	if (reply->type == REDIS_REPLY_ERROR)
		redis_note(r, reply);
	for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
		const redisReply *range = reply->element[i];
		if (range->type != REDIS_REPLY_ARRAY || range->elements < 3 ||
		    range->element[0]->type != REDIS_REPLY_INTEGER || range->element[1]->type != REDIS_REPLY_INTEGER)
			continue;
		if (put_master(w, range, out, max, &n))
			covered += range->element[1]->integer - range->element[0]->integer + 1;
	}
	freeReplyObject(reply);
	*uncovered = n > 0 && covered < SLOTS ? SLOTS - (unsigned)covered : 0;
	return (int)n;
}

void redis_route_aim(struct redis_route *w, const struct redis_place *place)
{
	aim(w, &w->base, place->host, place->port);
	w->stay = true;
}

static int open_in_cluster(struct redis_route *w, struct redis_conn *r)
{
	if (!w->stay)
		aim_at_next(w, &w->base);
	w->stay = false;
	return open_at(w, r) ? -1 : learn_nodes(w, r);
}

int redis_route_open(struct redis_route *w, struct redis_conn *r)
{
	if (w->way == REDIS_SENTINEL)
		return open_by_sentinel(w, r);
	if (w->way == REDIS_CLUSTER)
		return open_in_cluster(w, r);
	w->at = w->base;
	return open_at(w, r);
}

/* ---- turning */

/* "MOVED 3999 192.0.2.1:6381"; the address may be missing or "?", then it is the one that said so. */
static bool follow(struct redis_route *w, const char *why)
{
	char host[sizeof(w->at.host)];
	const char *slot = strchr(why, ' '), *place = slot ? strchr(slot + 1, ' ') : NULL;
	const char *colon = place ? strrchr(place, ':') : NULL;

	if (!colon || (size_t)(colon - place) > sizeof(host))
		return false;
	unsigned long port = strtoul(colon + 1, NULL, 10);
	snprintf(host, sizeof(host), "%.*s", (int)(colon - place - 1), place + 1);
	if (port == 0 || port > 65535)
		return false;
	if (!host[0] || strcmp(host, "?") == 0)
		snprintf(host, sizeof(host), "%s", w->at.host);
	aim(w, &w->base, host, (uint16_t)port);
	return true;
}

static bool turn_in_cluster(struct redis_route *w, const struct redis_conn *r, bool of_stream)
{
	bool ask = r->refused && redis_trouble_is(r->why, "ASK");

	w->asking = false;
	if (!r->refused) {
		w->stay = false;
		return w->tries <= w->n_nodes || w->tries <= HOPS_MAX;
	}
	/* a node that is cut off from the others says so for ever: the others know better */
	w->stay = !redis_trouble_is(r->why, "CLUSTERDOWN") && !redis_trouble_is(r->why, "LOADING") &&
		  !redis_trouble_is(r->why, "MASTERDOWN");
	if (redis_trouble_is(r->why, "MOVED"))
		return follow(w, r->why) && w->tries <= HOPS_MAX;
	/* an ASK for the list or an asset says nothing of the stream: that is asked where we are */
	if (ask && of_stream)
		w->asking = follow(w, r->why);
	return ask && w->tries <= HOPS_MAX;
}

bool redis_route_turn(struct redis_route *w, const struct redis_conn *r, bool of_stream)
{
	bool at_once = false;

	w->tries++;
	if (w->way == REDIS_CLUSTER)
		at_once = turn_in_cluster(w, r, of_stream);
	else if (w->way == REDIS_SENTINEL)
		at_once = w->tries <= w->n_nodes &&
			  (!r->refused || redis_trouble_is(r->why, "READONLY") || redis_trouble_is(r->why, "Sentinel"));
	if (!at_once)
		w->tries = 0;
	return at_once;
}

void redis_route_settled(struct redis_route *w)
{
	w->tries = 0;
	w->stay = true;
}

const char *redis_route_label(const struct redis_route *w, char *buf, size_t size)
{
	return redis_url_label(&w->at, buf, size);
}
