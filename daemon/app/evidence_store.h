/*
 * The folder of evidence: STATE_DIR/evidence, files of which the oldest go when all together are too large.
 *
 * The folder is read once at the start and again when the oldest that were noted are gone, so a file costs no look at
 * all the others. Names begin with the time: the first by name are the oldest.
 */
#ifndef SEKISHO_APP_EVIDENCE_STORE_H
#define SEKISHO_APP_EVIDENCE_STORE_H

#include <stdint.h>

#include "base/cursor.h"
#include "base/log.h"

struct evidence_store;

/**
 * Makes the folder where it is not there, and takes away what a daemon that was killed left half written.
 *
 * @cap_bytes  of all files together
 * @return 0; -ENOMEM; -errno where the folder cannot be used; @c filled
 */
int evidence_store_new(struct evidence_store **out, const char *state_dir, uint64_t cap_bytes, struct complaint *c);
void evidence_store_free(struct evidence_store *s);

/**
 * Writes ALERT_ID.pcapng whole or not at all, then lets the oldest go.
 *
 * @removed  counts those
 * @return 0; -errno, said in the log the first time
 */
int evidence_store_write(struct evidence_store *s, const char *alert_id, struct span bytes, uint64_t *removed);

uint64_t evidence_store_ceiling_bytes(void);

#endif
