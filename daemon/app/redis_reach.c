#include "app/redis_reach.h"

#include <errno.h>
#include <stdlib.h>

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

bool redis_reach_is_named(const struct config *cfg)
{
	return cfg->redis.url[0] || cfg->redis.sentinel.master[0];
}

/* A path as it counts from the configuration's folder; "" is none. @return false where memory is short. */
static bool put_path(const struct config *cfg, const char *path, char **out)
{
	*out = path[0] ? config_path(cfg, path) : NULL;
	return *out || !path[0];
}

int redis_reach_of(struct redis_reach *r, const struct config *cfg)
{
	*r = (struct redis_reach){0};
	bool good = put_path(cfg, cfg->redis.tls.ca, &r->ca) && put_path(cfg, cfg->redis.tls.cert, &r->cert) &&
		    put_path(cfg, cfg->redis.tls.key, &r->key);

	r->options = (struct redis_options){.url = cfg->redis.url,
					    .user = or_null(cfg->redis.user),
					    .password = or_null(cfg->redis.password),
					    .sensor = cfg->sensor.name,
					    .connect_ms = (int)cfg->redis.connect_ms,
					    .command_ms = (int)cfg->redis.command_ms,
					    .tls = {.ca = r->ca,
						    .cert = r->cert,
						    .key = r->key,
						    .server_name = or_null(cfg->redis.tls.server_name),
						    .no_verify = !cfg->redis.tls.verify},
					    .cluster = cfg->redis.cluster,
					    .nodes = cfg->redis.nodes.item,
					    .sentinel_master = or_null(cfg->redis.sentinel.master),
					    .sentinels = cfg->redis.sentinel.addresses.item,
					    .sentinel_user = or_null(cfg->redis.sentinel.user),
					    .sentinel_password = or_null(cfg->redis.sentinel.password)};
	return good ? 0 : -ENOMEM;
}

void redis_reach_free(struct redis_reach *r)
{
	free(r->ca);
	free(r->cert);
	free(r->key);
	*r = (struct redis_reach){0};
}
