/*
 * NTLMSSP messages (MS-NLMP 2.2.1): who logs on from where, and how strong the proof is. The proof itself is
 * measured, never kept.
 */
#ifndef SEKISHO_SMB_NTLMSSP_H
#define SEKISHO_SMB_NTLMSSP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cursor.h"

enum ntlm_type { NTLM_NONE, NTLM_NEGOTIATE = 1, NTLM_CHALLENGE = 2, NTLM_AUTHENTICATE = 3 };
enum ntlm_version { NTLM_ANONYMOUS, NTLM_LM, NTLM_V1, NTLM_V1_ESS, NTLM_V2 };

struct ntlmssp {
	enum ntlm_type type;
	struct span version;            /* "6.1.7600" of the sender; empty where it does not say */
	struct span user, domain, host; /* AUTHENTICATE; NEGOTIATE may give domain and host, which are left out */
	enum ntlm_version strength;     /* AUTHENTICATE */
	struct span target, server_name, server_domain, server_dns; /* CHALLENGE */
};

/** @return false where @token is no NTLMSSP message, or not whole enough to be read. Text lies in @a or in the token.
 */
bool ntlmssp_read(struct arena *a, struct span token, struct ntlmssp *out);

#endif
