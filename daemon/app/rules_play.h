/*
 * Captures judged by rules as the daemon would judge them, for `sekisho rules test`: the whole way of the data, into a
 * directory of its own that is removed afterwards.
 */
#ifndef SEKISHO_APP_RULES_PLAY_H
#define SEKISHO_APP_RULES_PLAY_H

#include "app/pipeline.h"
#include "engine/rule_test.h"

/**
 * Plays @n captures with the settings and rules of @set; then calls @look with the state directory they left, which
 * ends with the call. @return 0; -errno with @c filled.
 */
int rules_play(struct policy_set *set, const char *const *captures, size_t n, void (*look)(void *ctx, const char *dir),
	       void *ctx, struct complaint *c);

/** What was played before, so that many tests of one capture play it once. */
struct rules_plays;

/** @packs: the files or folders whose rules judge, NULL-terminated, borrowed. @return NULL where memory is short. */
struct rules_plays *rules_plays_new(const char *const *packs);
void rules_plays_free(struct rules_plays *p);

/** rule_test_options.play; ctx is the rules_plays. Paths are seen from the folder of @file, else from the working
 * directory. */
int rules_plays_get(struct rules_plays *p, const char *file, const char *capture, const char *config,
		    const char *rule_id, struct rule_test_alerts *out, struct complaint *c);

#endif
