/*
 * Who a client says it is, without what proves it: passwords, tokens and answers to challenges are looked at where that
 * is needed and kept nowhere.
 */
#ifndef SEKISHO_HTTP_HTTP_AUTH_H
#define SEKISHO_HTTP_HTTP_AUTH_H

#include "http/http_head.h"

/** Reads Authorization into scheme, user, domain, workstation and whether the pair is one that devices ship with. */
void http_read_authorization(struct http_head *h, struct span value);

#define HTTP_FORM_SCHEME "form" /* auth.scheme of a logon among parameters */

/** Reads a logon in the query of the target, where there is no other. */
void http_read_query(struct http_head *h);

/**
 * A logon by NTLM or Kerberos (RFC 4559) as the record that all such logons have, whatever carries them: see
 * smb_tell_logon(). Nothing where @h holds none.
 */
void http_tell_logon(struct emitter *out, const struct http_head *h);

enum { HTTP_LOGON_MAX = 8192 }; /* bytes of such a token that are looked at */

/** Decodes the token of @h. @return its bytes, 0 where there is none. */
size_t http_decode_logon(const struct http_head *h, uint8_t to[static HTTP_LOGON_MAX]);

/**
 * Copies a URL with the values of parameters that are named like secrets, and the password before an @, replaced by
 * "***". @return bytes written, at most @size.
 */
size_t http_copy_url(struct span url, uint8_t *to, size_t size);

#endif
