#include "app/secrets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/words.h"

static bool is_kept(const char *path, enum word what, FILE *out)
{
	struct stat st;

	if (!path || stat(path, &st) < 0 || !(st.st_mode & S_IROTH))
		return true;
	fprintf(out, say(W_SECRET_READABLE), path, say(what));
	return false;
}

static bool key_is_kept(const struct config *cfg, const char *key, FILE *out)
{
	char *path = key && key[0] ? config_path(cfg, key) : NULL;
	bool kept = is_kept(path, W_SECRET_KEY, out);

	free(path);
	return kept;
}

bool secrets_are_kept(const struct config *cfg, FILE *out)
{
	bool kept = true;

	/* "redis://user:password@host" */
	bool in_url = strchr(cfg->redis.url, '@') != NULL;

	if (cfg->file && (in_url || cfg->redis.password[0] || cfg->redis.sentinel.password[0]))
		kept = is_kept(cfg->file, W_SECRET_PASSWORD, out);
	kept &= key_is_kept(cfg, cfg->redis.tls.key[0] ? cfg->redis.tls.key : cfg->redis.tls.cert, out);
	for (size_t i = 0; i < cfg->n_syslog; i++)
		kept &=
		    key_is_kept(cfg, cfg->syslog[i].tls.key ? cfg->syslog[i].tls.key : cfg->syslog[i].tls.cert, out);
	return kept;
}
