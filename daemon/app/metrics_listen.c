#include "app/metrics_listen.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/listen_at.h"
#include "base/yamldoc.h"

enum { GROUPS_MAX = 256 };

const char *metrics_listen_path(const struct config *cfg)
{
	return listen_at_path(cfg->metrics.listen);
}

int metrics_listen_check(const struct config *cfg, struct complaint *c)
{
	int err = cfg->metrics.listen[0] ? listen_at_check(cfg->metrics.listen) : 0;

	if (!err)
		return 0;
	const struct yaml_node *n = yaml_get(yaml_get(cfg->doc.roots[0], "metrics"), "listen");
	if (err == -EACCES)
		return yaml_complain(
		    &cfg->doc, n, c,
		    "\"%s\" can be reached from elsewhere, and whoever asks for metrics is not asked who "
		    "he is. Listen on 127.0.0.1:9469, [::1]:9469 or unix:/run/sekisho/metrics.sock, and "
		    "let a proxy with TLS and a password stand before it",
		    cfg->metrics.listen);
	return yaml_complain(&cfg->doc, n, c,
			     "\"%s\" is no address to listen on. Write 127.0.0.1:9469, [::1]:9469 or "
			     "unix:/run/sekisho/metrics.sock",
			     cfg->metrics.listen);
}

int metrics_listen_open(const struct config *cfg, struct complaint *c)
{
	int fd = listen_at_open(cfg->metrics.listen, false); /* config_load() has looked at it */

	if (fd < 0)
		complain(c, cfg->file, 0, 0, "metrics: %s cannot be listened on: %s. Is another program there?",
			 cfg->metrics.listen, strerror(-fd));
	else if (!metrics_listen_path(cfg) && !listen_at_is_reached(cfg->metrics.listen))
		log_warning(
		    "metrics: nobody reaches %s: the packaged unit lets nobody in whom IPAddressAllow= does not "
		    "name. Run: systemctl edit sekishod, write [Service] and IPAddressAllow=localhost, and "
		    "restart it; or listen on unix:/run/sekisho/metrics.sock",
		    cfg->metrics.listen);
	return fd;
}

bool metrics_peer_may_ask(int fd, unsigned gid)
{
	struct ucred peer;
	socklen_t len = sizeof(peer), size;
	gid_t groups[GROUPS_MAX];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid() || peer.gid == gid)
		return true;
	size = sizeof(groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(groups[0]); i++) {
		if (groups[i] == gid)
			return true;
	}
	return false;
}
