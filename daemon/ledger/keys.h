/*
 * Strong keys: what a device cannot easily share with another - the certificate of its OPC UA application, the GUID of
 * its SMB server, its DHCP client identifier, its serial number. Two rows of the ledger that show the same one may be
 * one device with two network cards, or with a new one.
 *
 * May be: firmware ships with default certificates, virtual machines are cloned with all their keys, a relay shows its
 * server's. So the evidence is weighed, and only what is heavy enough joins rows:
 *
 *     the same serial number                                  +150
 *     the same EtherNet/IP serial number (vendor and number)  +100
 *     the same OPC UA certificate (else the same URI)          +60 (+40)
 *     the same SMB server GUID; one made of letters            +60; +30
 *     the same DHCP client identifier that is no MAC (a DUID)  +60
 *     the same host name                                       +30
 *     an address that both have held                           +30
 *     both have host names, none the same                      -40
 *     both were heard within ten minutes in one subnet         -30
 *     another serial number from the same protocol, a conversation between the two, or a person who parted them: never
 *
 * 60 points join. Where they would but for what speaks against it, several devices have the key: a clone, a default. It
 * joins nobody for ten minutes then, counted from when two of them were last found to be two. Where there is merely too
 * little to say that they are one, it joins nobody for a minute. Each device is weighed once a minute at most, so it
 * matters little how often one says who he is.
 *
 * The table of keys keeps who showed one last, with the database behind it.
 */
#ifndef SEKISHO_LEDGER_KEYS_H
#define SEKISHO_LEDGER_KEYS_H

#include "ledger/ledger_state.h"

/**
 * Notes a strong key of @a and joins it with the row that showed the same one, where the evidence is enough.
 *
 * @return the row that stands now, @a or the other; @a is dead if it is the other
 */
struct asset *keys_note(struct ledger *l, struct asset *a, enum attr key, const char *text, const struct note *n);

/** Points the keys of @a to it: at the start, or when it took over another's. */
void keys_point(struct ledger *l, struct asset *a);
/** The same where it is back in memory, which is no showing of them: who showed one since keeps it. */
void keys_return(struct ledger *l, struct asset *a);

/** Is this a serial number that a maker really gives? Zeros and fillers are not. */
bool keys_is_serial(struct span text);

#endif
