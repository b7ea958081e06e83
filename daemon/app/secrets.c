#include "app/secrets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/words.h"

static void tell(const char *path, enum word what, FILE *out)
{
	struct stat st;

	if (path && stat(path, &st) == 0 && (st.st_mode & S_IROTH))
		fprintf(out, say(W_SECRET_READABLE), path, say(what));
}

static void tell_key(const struct config *cfg, const char *key, FILE *out)
{
	char *path = key && key[0] ? config_path(cfg, key) : NULL;

	tell(path, W_SECRET_KEY, out);
	free(path);
}

void secrets_tell_readable(const struct config *cfg, FILE *out)
{
	/* "redis://user:password@host" */
	bool in_url = strchr(cfg->redis.url, '@') != NULL;

	if (cfg->file && (in_url || cfg->redis.password[0] || cfg->redis.sentinel.password[0]))
		tell(cfg->file, W_SECRET_PASSWORD, out);
	tell_key(cfg, cfg->redis.tls.key[0] ? cfg->redis.tls.key : cfg->redis.tls.cert, out);
	for (size_t i = 0; i < cfg->n_syslog; i++)
		tell_key(cfg, cfg->syslog[i].tls.key ? cfg->syslog[i].tls.key : cfg->syslog[i].tls.cert, out);
}
