#include "sinks/redis_trouble.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/phrase.h"
#include "base/when.h"
#include "sinks/barred.h"

enum { FIRST_MS = 500, FIRST_SLOW_MS = 5000, MOST_MS = 30000, UNSTEADY_TIMES = 3 };

#define STEADY_NS (60 * NS_PER_S)

enum concern { OF_ALL, OF_ONE };       /* the whole server; a key or a command */
enum patience { IT_PASSES, IT_STAYS }; /* by itself; until a person does something */

static const struct kind {
	const char *word;
	enum concern concern;
	enum patience patience;
	const char *remedy;
} kinds[] = {
    {"LOADING", OF_ALL, IT_PASSES, PHRASE_LATER("it is reading its data; waiting")},
    {"READONLY", OF_ALL, IT_PASSES, PHRASE_LATER("it is a replica; waiting for a failover, or name the master")},
    {"OOM", OF_ALL, IT_PASSES,
     PHRASE_LATER("its maxmemory is reached; free memory or lower the stream's length. Alerts wait in the outbox")},
    {"MISCONF", OF_ALL, IT_PASSES, PHRASE_LATER("it cannot save its data; see its log. Alerts wait in the outbox")},
    {"NOREPLICAS", OF_ALL, IT_PASSES, PHRASE_LATER("too few replicas are there; waiting")},
    {"MASTERDOWN", OF_ALL, IT_PASSES, PHRASE_LATER("waiting for its master")},
    {"CLUSTERDOWN", OF_ALL, IT_PASSES, PHRASE_LATER("waiting for the cluster")},
    {"BUSY", OF_ALL, IT_PASSES, PHRASE_LATER("a script occupies it; waiting")},
    {"TRYAGAIN", OF_ALL, IT_PASSES, PHRASE_LATER("the keys are on their way to another node; waiting")},
    {"ASK", OF_ALL, IT_PASSES, PHRASE_LATER("the keys are on their way to another node; waiting")},
    {"MOVED", OF_ALL, IT_PASSES,
     PHRASE_LATER("this is a node of a cluster and the keys live on another; set redis.cluster: yes")},
    {"Sentinel", OF_ALL, IT_PASSES, PHRASE_LATER("check redis.sentinel.master and the Sentinels")},
    {"NOAUTH", OF_ALL, IT_PASSES, PHRASE_LATER("give a password")},
    {"WRONGPASS", OF_ALL, IT_STAYS, PHRASE_LATER("correct the user or the password")},
    {"DENIED", OF_ALL, IT_STAYS, PHRASE_LATER("it is in protected mode; set a password or bind its address")},
    {"TLS", OF_ALL, IT_STAYS,
     PHRASE_LATER("check redis.tls.ca, and that the certificate names this host (redis.tls.server_name)")},
    {"NOPERM", OF_ONE, IT_STAYS,
     PHRASE_LATER("its user may not do this; docs/delivery-redis.md has the ACL line. Alerts wait in the outbox")},
    {"WRONGTYPE", OF_ONE, IT_STAYS, PHRASE_LATER("another program uses this key; rename it or remove it")},
};

static const struct kind *kind_of(const char *why)
{
	size_t len = strcspn(why, " ");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].word) == len && memcmp(kinds[i].word, why, len) == 0)
			return &kinds[i];
	}
	return NULL;
}

bool redis_trouble_is(const char *why, const char *kind)
{
	size_t len = strlen(kind);

	return strncmp(why, kind, len) == 0 && (why[len] == ' ' || why[len] == '\0');
}

const char *redis_trouble_remedy(const char *why)
{
	if (redis_trouble_is(why, "NOPERM"))
		return phrase(PHRASE_LATER("its user may not do this; docs/delivery-redis.md has the ACL line"));
	const struct kind *k = kind_of(why);
	return phrase(k ? k->remedy : PHRASE_LATER("see what it says"));
}

bool redis_trouble_is_general(const char *why)
{
	const struct kind *k = kind_of(why);

	return k && k->concern == OF_ALL;
}

void redis_trouble_init(struct redis_trouble *t)
{
	*t = (struct redis_trouble){.dice = (uint32_t)when_monotonic_ns() ^ (uint32_t)getpid()};
}

/* @return whether this loss needs no line of its own. */
static bool lost_again(struct redis_trouble *t, const struct redis_conn *r, const char *label, bool again)
{
	t->came_back = again ? t->came_back + 1 : 0;
	if (!t->unsteady && t->came_back >= UNSTEADY_TIMES) {
		t->unsteady = true;
		log_warning(
		    "redis: %s is lost again and again (%s); alerts go there in between, and the others wait in "
		    "the outbox. The next word is when it has stayed for a minute",
		    label, r->why);
		return true;
	}
	return t->unsteady;
}

void redis_trouble_tell(struct redis_trouble *t, const struct redis_conn *r, const char *label)
{
	char kind[sizeof(t->kind)] = "network";

	if (r->refused)
		snprintf(kind, sizeof(kind), "%.*s", (int)strcspn(r->why, " "), r->why);
	if (strcmp(kind, t->kind) == 0)
		return;
	bool again = !t->kind[0] && t->over_ns && when_monotonic_ns() - t->over_ns < STEADY_NS;
	memcpy(t->kind, kind, sizeof(kind));
	t->backoff_ms = 0;
	if (!r->refused && lost_again(t, r, label, again))
		return;
	const struct kind *k = r->refused ? kind_of(r->why) : NULL;
	if (r->refused)
		log_warning("redis: %s refuses (%s): %s", label, r->why,
			    phrase(k ? k->remedy : PHRASE_LATER("alerts wait in the outbox")));
	else
		log_warning("redis: lost %s (%s), alerts wait in the outbox", label, r->why);
	const char *hint = r->refused ? NULL : barred_hint(r->err);
	if (hint)
		log_warning("redis: %s: %s", label, hint);
}

int redis_trouble_wait_ms(struct redis_trouble *t)
{
	const struct kind *k = kind_of(t->kind);
	int first = k && k->patience == IT_STAYS ? FIRST_SLOW_MS : FIRST_MS;
	int ms = t->backoff_ms ? t->backoff_ms : first;

	t->backoff_ms = ms * 2 < MOST_MS ? ms * 2 : MOST_MS;
	t->dice = t->dice * 1664525 + 1013904223;
	return ms - ms / 4 + (int)(t->dice >> 8) % (ms / 2);
}

void redis_trouble_over(struct redis_trouble *t, const char *label)
{
	t->backoff_ms = 0;
	if (t->kind[0]) {
		t->kind[0] = '\0';
		t->over_ns = when_monotonic_ns();
		if (!t->unsteady)
			log_notice("redis: back, %s takes alerts again", label);
	} else if (t->unsteady && when_monotonic_ns() - t->over_ns >= STEADY_NS) {
		t->unsteady = false;
		log_notice("redis: back, %s has taken alerts for a minute", label);
	}
}
