/*
 * What a security blob carries: SPNEGO (RFC 4178) around NTLMSSP or Kerberos (RFC 4121, RFC 4120), or one of
 * these bare.
 */
#ifndef SEKISHO_SMB_SPNEGO_H
#define SEKISHO_SMB_SPNEGO_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "smb/ntlmssp.h"

enum spnego_mechanism { SPNEGO_NONE, SPNEGO_NTLMSSP, SPNEGO_KERBEROS, SPNEGO_NEGOEX, SPNEGO_OTHER };
enum { SPNEGO_SNAMES_MAX = 4 };

struct spnego {
	enum spnego_mechanism mechanism;              /* of the token, else the first one offered or chosen */
	struct ntlmssp ntlm;                          /* type NTLM_NONE: there is none */
	struct span realm, snames[SPNEGO_SNAMES_MAX]; /* of a Kerberos AP-REQ */
	unsigned n_snames;
};

/** @return false where nothing is known of it. The blob may be cut at its end: what is there is read. */
bool spnego_read(struct arena *a, struct span blob, struct spnego *out);

#endif
