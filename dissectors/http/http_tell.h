/*
 * From what was kept of a request and its response to the record of the transaction.
 */
#ifndef SEKISHO_HTTP_HTTP_TELL_H
#define SEKISHO_HTTP_HTTP_TELL_H

#include "http/http_log.h"

/** Either may be NULL. @title of the response, may be empty. @interim: a 1xx response, its request goes on waiting. */
void http_told(struct emitter *out, const struct http_kept *request, const struct http_kept *response,
	       struct span title, bool interim);

#endif
