/*
 * Is this port a mirror port, and a good one? What is seen in a short while, judged, in words that tell whoever stands
 * at the switch what to change there.
 */
#ifndef SEKISHO_APP_MIRROR_H
#define SEKISHO_APP_MIRROR_H

#include <stdio.h>

#include "base/log.h"
#include "base/net_addr.h"

enum { MIRROR_PROTOCOLS_MAX = 32, MIRROR_VLANS = 4096 };

/** What was seen. */
struct mirror_seen {
	uint64_t frames;
	uint64_t group;          /* to a broadcast or multicast address */
	uint64_t own;            /* of or to this machine's own card */
	uint64_t merged;         /* longer than Ethernet carries: the card joined several */
	uint64_t untagged;       /* without a VLAN tag */
	uint64_t duplicates;     /* seen a second time */
	uint64_t kernel_dropped; /* lost by this machine */
	uint64_t segments;       /* of TCP that were seen, about */
	uint64_t gaps;           /* that were acknowledged and never seen */
	uint64_t flows;          /* of TCP in which something was said */
	uint64_t one_sided;      /* of these, in which only one side was heard */
	uint64_t vlans[MIRROR_VLANS / 64];
	const char *protocols[MIRROR_PROTOCOLS_MAX]; /* of plants: program strings, by first sight */
	size_t n_protocols;
	int seconds;
};

enum mirror_verdict { MIRROR_WELL, MIRROR_NOTE, MIRROR_TROUBLE };

/** In the order in which they are looked for. */
enum mirror_what {
	MIRROR_SILENT,      /* trouble: not one frame */
	MIRROR_NO_MIRROR,   /* trouble: only broadcasts and this machine's own */
	MIRROR_LITTLE,      /* note: too few conversations to judge by */
	MIRROR_ONE_WAY,     /* trouble: conversations show one side only */
	MIRROR_PARTLY,      /* note: some of them do */
	MIRROR_BOTH_WAYS,   /* well */
	MIRROR_KERNEL_LOSS, /* trouble */
	MIRROR_LOSS,        /* trouble: lost before it came here */
	MIRROR_NO_LOSS,     /* well */
	MIRROR_DOUBLED,     /* note */
	MIRROR_MERGED,      /* note */
	MIRROR_TAGGED,      /* well: which VLANs */
	MIRROR_UNTAGGED,    /* note: none */
	MIRROR_PLANT,       /* well: which protocols of plants */
	MIRROR_NO_PLANT,    /* note: none of them */
	MIRROR_FINDINGS
};

struct mirror_finding {
	enum mirror_what what;
	double value; /* percent, where there is one */
};

/** Judges @s. @return how many findings were put down, in order of enum mirror_what. */
size_t mirror_judge(const struct mirror_seen *s, struct mirror_finding out[static MIRROR_FINDINGS]);

enum mirror_verdict mirror_verdict(enum mirror_what what);

/**
 * Looks at an interface for @seconds, or at a capture file to its end.
 * @return 0; -EINVAL or -errno with @c filled.
 */
int mirror_look(struct mirror_seen *s, const char *source, int seconds, struct complaint *c);

/** Writes the findings to @out, a sentence or two each, and what follows from them. @return is there no trouble? */
bool mirror_tell(const struct mirror_seen *s, const char *source, FILE *out);

#endif
