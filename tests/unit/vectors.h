/*
 * The one loop over a table of vectors that the tests of all dissectors share: each vector as it stands, split and cut
 * at every byte, byte by byte, begun in the middle; and the same with every PDU of the golden captures.
 *
 * What holds everywhere: a split changes nothing; where bytes are missing, each whole transaction that is told is one
 * of those told of the whole, and there are no more records than then, anomalies aside; of the rest of a PDU behind a
 * gap nothing is told, and the same conversation had again is read as a whole.
 */
#ifndef SEKISHO_TESTS_VECTORS_H
#define SEKISHO_TESTS_VECTORS_H

#include <check.h>

#include "dissect_harness.h"

struct vector {
	const char *name;
	const char *spec;
	const struct dissector *dissector; /* NULL: the table's */
	const char *script;
	const char *expect;
	bool not_first; /* no flow begins so: it is read in known flows only */
	bool for_good;  /* what is lost of it changes what the rest of the flow is: it is not found again */
	bool loose;     /* what is told depends on how the bytes come, or on none being lost */
};

struct vector_table {
	const struct vector *rows;
	size_t n;
	const struct dissector *dissector;
	const char *golden;                /* folder of captures: its every input.pcap; NULL: none */
	const char *const *golden_without; /* NULL-terminated: captures in it of what has no dissector; or NULL */
	bool anomaly_alone;                /* of what is cut, either an anomaly is told or something else, never both */
	bool tells_behind_gaps;            /* an anomaly may be told of what is left behind a gap */
	const char *hidden;                /* stands in no record: what is secret in the scripts; or NULL */

	const char *const
	    *from_before; /* NULL-terminated keys of what messages before tell, left out of what is compared; or NULL */

	/* each may be NULL */
	void (*read)(struct harness_script *s, const char *text);    /* a script not of hexadecimal digits */
	void (*begin)(struct harness *h, const struct dissector *d); /* a new flow: its addresses */
	void (*finish)(struct harness *h);
};

/** The tests of @table, of which there is one in a program. */
TCase *vectors_tcase(const struct vector_table *table);

/** Runs @s and frees it. @return the exit status of main() */
int vectors_run(Suite *s);

/** The PDUs of a golden capture, conversation by conversation; those that no dissector claims are left out. */
struct golden_run {
	struct harness_run run;
	uint32_t lost_bytes; /* of its direction, right before it */
};

struct golden_flow {
	const struct dissector *dissector;
	bool datagrams;
	struct golden_run *runs;
	size_t n;
};

struct golden_capture {
	struct golden_flow *flows;
	size_t n;
};

void golden_capture_read(struct golden_capture *g, const char *path);
void golden_capture_free(struct golden_capture *g);

#endif
