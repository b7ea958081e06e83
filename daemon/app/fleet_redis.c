#include "app/fleet_redis.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sinks/redis_trouble.h"

#define SCAN_COUNT "1000"

/* ---- who there is */

/* @return 0 with conn connected; -EIO. */
static int connect_first(struct fleet_redis *f)
{
	redis_conn_close(&f->conn);
	while (redis_route_open(&f->route, &f->conn)) {
		if (!redis_route_turn(&f->route, &f->conn, true))
			return -EIO;
	}
	redis_route_settled(&f->route);
	return 0;
}

static void drop_nodes(struct fleet_redis *f)
{
	for (unsigned i = 0; i < f->n_nodes; i++)
		redis_conn_close(&f->nodes[i].conn);
	free(f->nodes);
	f->nodes = NULL;
	f->n_nodes = 0;
}

/* One node where @places is NULL: the one that the route leads to. */
static int make_nodes(struct fleet_redis *f, const struct redis_place *places, unsigned n)
{
	drop_nodes(f);
	f->nodes = calloc(n, sizeof(*f->nodes));
	if (!f->nodes)
		return -ENOMEM;
	f->n_nodes = n;
	for (unsigned i = 0; i < n; i++) {
		struct fleet_node *node = &f->nodes[i];
		node->route = f->route;
		if (places)
			redis_route_aim(&node->route, &places[i]);
		redis_route_label(&node->route, node->label, sizeof(node->label));
	}
	return 0;
}

/* What was configured as one server may be a node of a Cluster. */
static int become_cluster(struct fleet_redis *f, struct complaint *c)
{
	redis_conn_close(&f->conn);
	redis_route_deinit(&f->route);
	f->options.cluster = true;
	int err = redis_route_init(&f->route, &f->options, c);
	return err ? err : connect_first(f);
}

/* @return masters, 0 for no Cluster, or -EIO. */
static int find_masters(struct fleet_redis *f, struct redis_place *places)
{
	int n = redis_route_masters(&f->route, &f->conn, places, REDIS_NODES_MAX, &f->uncovered);

	f->unsure = n == 0 && f->route.way == REDIS_ONE && redis_trouble_is(f->conn.why, "NOPERM");
	return n < 0 ? -EIO : n;
}

static int look_around(struct fleet_redis *f, struct complaint *c)
{
	struct redis_place *places = calloc(REDIS_NODES_MAX, sizeof(*places));
	int n = 0, err = places ? 0 : -ENOMEM;

	f->conn.why[0] = '\0';
	if (!err && f->route.way != REDIS_SENTINEL) {
		n = find_masters(f, places);
		if (n > 0 && f->route.way == REDIS_ONE)
			err = become_cluster(f, c);
	}
	if (!err && n < 0)
		err = n;
	if (!err && n == 0 && f->route.way == REDIS_CLUSTER)
		err = -EIO; /* why says what is against it */
	if (!err)
		err = make_nodes(f, n > 0 ? places : NULL, n > 0 ? (unsigned)n : 1);
	redis_conn_close(&f->conn);
	free(places);
	return err;
}

int fleet_redis_open(struct fleet_redis *f, const struct redis_options *o, struct complaint *c)
{
	*f = (struct fleet_redis){.options = *o};
	int err = redis_route_init(&f->route, o, c);

	if (!err)
		err = connect_first(f);
	return err ? err : look_around(f, c);
}

void fleet_redis_close(struct fleet_redis *f)
{
	drop_nodes(f);
	redis_conn_close(&f->conn);
	redis_route_deinit(&f->route);
}

int fleet_redis_renew(struct fleet_redis *f)
{
	struct complaint c;
	int err = connect_first(f);

	return err ? err : look_around(f, &c);
}

/* ---- finding keys */

static int fail(struct fleet_node *node)
{
	snprintf(node->why, sizeof(node->why), "%s", node->conn.why);
	redis_conn_close(&node->conn);
	return -1;
}

/* One round of SCAN. @return 0 with the next @cursor ("0": the end); -1. */
static int scan_on(struct fleet_redis *f, unsigned i, const char *pattern, char *cursor, size_t size,
		   void (*found)(void *ctx, const char *key, size_t len, unsigned node), void *ctx)
{
	struct fleet_node *node = &f->nodes[i];
	const char *const words[] = {"SCAN", cursor, "MATCH", pattern, "COUNT", SCAN_COUNT};
	redisReply *r = redis_call(&node->conn, words, 6);

	if (!r)
		return -1;
	bool good = r->type == REDIS_REPLY_ARRAY && r->elements == 2 && r->element[0]->type == REDIS_REPLY_STRING &&
		    r->element[1]->type == REDIS_REPLY_ARRAY;
	if (good)
		snprintf(cursor, size, "%s", r->element[0]->str);
	else if (r->type == REDIS_REPLY_ERROR)
		redis_note(&node->conn, r);
	const redisReply *keys = good ? r->element[1] : NULL;
	for (size_t k = 0; keys && k < keys->elements; k++, f->scanned++) {
		if (keys->element[k]->type == REDIS_REPLY_STRING)
			found(ctx, keys->element[k]->str, keys->element[k]->len, i);
	}
	freeReplyObject(r);
	return good ? 0 : -1;
}

/* Other than what has a key, this concerns the one node alone: nobody else can answer for it. */
static int scan_node(struct fleet_redis *f, unsigned i, const char *pattern,
		     void (*found)(void *ctx, const char *key, size_t len, unsigned node), void *ctx)
{
	struct fleet_node *node = &f->nodes[i];
	char cursor[32] = "0";

	node->why[0] = '\0';
	if (!node->conn.ctx && redis_route_open(&node->route, &node->conn))
		return fail(node);
	do {
		if (scan_on(f, i, pattern, cursor, sizeof(cursor), found, ctx))
			return fail(node);
	} while (strcmp(cursor, "0") != 0);
	return 0;
}

unsigned fleet_redis_scan(struct fleet_redis *f, const char *pattern,
			  void (*found)(void *ctx, const char *key, size_t len, unsigned node), void *ctx)
{
	unsigned failed = 0;

	for (unsigned i = 0; i < f->n_nodes; i++)
		failed += scan_node(f, i, pattern, found, ctx) != 0;
	return failed;
}

/* ---- asking of keys */

static void free_replies(redisReply **replies, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (replies[i])
			freeReplyObject(replies[i]);
		replies[i] = NULL;
	}
}

/* @asking: for the node to which a slot is on its way (cluster-spec, "ASK redirection"). */
static int send_one(struct redis_conn *conn, const struct redis_cmd *cmd, bool asking)
{
	int err = asking ? redis_send_word(conn, "ASKING") : 0;

	return err ? err : redis_send(conn, cmd);
}

static bool is_ask(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ERROR && redis_trouble_is(reply->str, "ASK");
}

enum { LOST = -1, TAKEN, REFUSED, ELSEWHERE };

/* REFUSED: Redis refused everything, or the slot has moved (noted). ELSEWHERE: some keys are at another node already.
 */
static int ask_here(struct fleet_node *node, const struct redis_cmd *cmds, size_t n, redisReply **replies)
{
	int result = TAKEN;

	for (size_t i = 0; i < n; i++) {
		if (send_one(&node->conn, &cmds[i], false))
			return LOST;
	}
	redis_flush(&node->conn);
	for (size_t i = 0; i < n; i++) {
		replies[i] = redis_reply(&node->conn);
		if (!replies[i])
			return LOST;
		bool ask = is_ask(replies[i]);
		if (result == REFUSED ||
		    (!ask && (replies[i]->type != REDIS_REPLY_ERROR || !redis_trouble_is_general(replies[i]->str))))
			continue;
		redis_note(&node->conn, replies[i]);
		result = ask ? ELSEWHERE : REFUSED;
	}
	return result;
}

/* Takes the replies to what was answered with ASK from the other node: those alone, since it does not know of the keys
 * that have not left yet. */
static int take_aside(struct fleet_node *node, const struct redis_cmd *cmds, size_t n, redisReply **replies)
{
	for (size_t i = 0; i < n; i++) {
		if (is_ask(replies[i]) && send_one(&node->aside_conn, &cmds[i], true))
			return LOST;
	}
	redis_flush(&node->aside_conn);
	for (size_t i = 0; i < n; i++) {
		if (!is_ask(replies[i]))
			continue;
		redisReply *reply = redis_skip(&node->aside_conn, 1) == 0 ? redis_reply(&node->aside_conn) : NULL;
		if (!reply)
			return LOST;
		freeReplyObject(replies[i]);
		replies[i] = reply;
		if (reply->type == REDIS_REPLY_ERROR && redis_trouble_is_general(reply->str)) {
			redis_note(&node->conn, reply);
			return REFUSED;
		}
	}
	return TAKEN;
}

static int ask_aside(struct fleet_node *node, const struct redis_cmd *cmds, size_t n, redisReply **replies)
{
	int result = LOST;

	node->aside = node->route;
	if (redis_route_turn(&node->aside, &node->conn, true) && redis_route_open(&node->aside, &node->aside_conn) == 0)
		result = take_aside(node, cmds, n, replies);
	redis_conn_close(&node->aside_conn);
	return result;
}

int fleet_redis_ask(struct fleet_redis *f, unsigned i, const struct redis_cmd *cmds, size_t n, redisReply **replies)
{
	struct fleet_node *node = &f->nodes[i];

	for (;;) {
		int result = LOST;
		memset(replies, 0, n * sizeof(*replies));
		if (node->conn.ctx || redis_route_open(&node->route, &node->conn) == 0)
			result = ask_here(node, cmds, n, replies);
		if (result == ELSEWHERE)
			result = ask_aside(node, cmds, n, replies);
		if (result == TAKEN) {
			redis_route_settled(&node->route);
			return 0;
		}
		free_replies(replies, n);
		redis_conn_close(&node->conn);
		if (!redis_route_turn(&node->route, &node->conn, true))
			return fail(node);
	}
}
