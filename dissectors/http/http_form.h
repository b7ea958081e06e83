/*
 * Logons by form: user and password among the parameters of a query or of a body (application/x-www-form-urlencoded, or
 * JSON).
 */
#ifndef SEKISHO_HTTP_HTTP_FORM_H
#define SEKISHO_HTTP_HTTP_FORM_H

#include <stdbool.h>

#include "base/cursor.h"

enum { HTTP_FORM_USER_MAX = 64 };

struct http_form {
	bool login;   /* a password is among the parameters, and a user */
	bool shipped; /* they are a pair that makers ship devices with, or there is no password in it */
	uint8_t user_len;
	char user[HTTP_FORM_USER_MAX];
};

/** Reads "name=value&name=value", percent-encoded (WHATWG URL, 5.1). The password is compared and forgotten. */
struct http_form http_form_read(struct span parameters);

/** The same of the texts of a JSON object (RFC 8259), wherever in it they stand. */
struct http_form http_form_read_json(struct span text);

#endif
