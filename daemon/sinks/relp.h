/*
 * The frames of RELP, the Reliable Event Logging Protocol (librelp's specification, version 0), as a client has them:
 *
 *   HEADER DATA LF, HEADER = TXNR SP COMMAND SP DATALEN [SP]
 *
 * Each frame has a number (1 to 999999999) that its answer carries; the answer to "syslog" says that the receiver has
 * taken the message over.
 */
#ifndef SEKISHO_SINKS_RELP_H
#define SEKISHO_SINKS_RELP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

enum { RELP_HEADER_MAX = 32, RELP_LAST_NUMBER = 999999999 };

/** The number after @n. */
uint32_t relp_next(uint32_t n);

/** Writes "TXNR COMMAND LEN[ ]" before @len bytes of data. @return its length. */
size_t relp_header(char out[static RELP_HEADER_MAX], uint32_t number, const char *command, size_t len);

struct relp_answer {
	uint32_t number;  /* 0: the server speaks by itself */
	bool closes;      /* "serverclose": no more answers will come */
	unsigned code;    /* 200: taken; 0 where there is none */
	struct span text; /* behind the code, up to the end of its line; borrowed */
};

enum relp_read { RELP_ANSWER, RELP_MORE, RELP_WRONG };

/** Takes one frame from the start of @in, *used bytes of it. @return RELP_MORE where it is not all there. */
enum relp_read relp_read(struct span in, struct relp_answer *a, size_t *used);

#endif
