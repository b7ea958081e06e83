/*
 * What a web server says of itself in passing, for the ledger: its software, the title of its page, the realm that it
 * asks a logon for, the machine behind an NTLM challenge.
 */
#ifndef SEKISHO_HTTP_HTTP_INTRODUCE_H
#define SEKISHO_HTTP_HTTP_INTRODUCE_H

#include "http/http_log.h"

/** A `discovery` record of the server, for each of the three the first time that a response of this flow has it. */
void http_introduce(struct http_state *s, struct emitter *out, const struct http_kept *response, struct span title);

/** The same of the computer that challenges a client by NTLM (MS-NTHT, 2.1): WWW-Authenticate holds the message. */
void http_introduce_challenger(struct emitter *out, const struct http_head *h);

#endif
