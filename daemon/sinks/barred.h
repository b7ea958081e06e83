/*
 * A receiver that cannot be reached, where it may be our own service that bars the way: what to look at, for the log.
 *
 * The packaged unit sets IPAddressDeny=any. What it forbids looks like three different things: a datagram is refused
 * with EPERM, a connection (whose first packet the kernel drops, and repeats) runs out of time, and a name is not
 * found, since its name server is no more reached than the receiver.
 */
#ifndef SEKISHO_SINKS_BARRED_H
#define SEKISHO_SINKS_BARRED_H

/** For @err: no address was found for the name, now or at all. */
enum { BARRED_NAME = -1 };

/**
 * @err     errno of the attempt, or BARRED_NAME
 * @return  a sentence in the language of the log; NULL where the way cannot be barred like that: it was started by no
 *          service manager (which sets INVOCATION_ID), and nothing was forbidden
 */
const char *barred_hint(int err);

#endif
