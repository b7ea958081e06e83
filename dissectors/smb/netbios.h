/*
 * NetBIOS names (RFC 1001 14.1) and datagrams (RFC 1002 4.4).
 */
#ifndef SEKISHO_SMB_NETBIOS_H
#define SEKISHO_SMB_NETBIOS_H

#include "base/arena.h"
#include "base/cursor.h"

enum { NETBIOS_NAME_BYTES = 16 };

/**
 * A name in first-level encoding at the cursor, with its scope: "PLC1<20>". Fails the cursor where it has no length of
 * one; where only its letters are wrong it is empty and *odd becomes true.
 */
struct span netbios_name(struct arena *a, struct cursor *c, bool *odd);

/** The same of 16 bytes as NetBEUI has them. */
struct span netbios_plain_name(struct arena *a, struct span name);

#endif
