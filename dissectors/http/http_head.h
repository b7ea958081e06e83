/*
 * The head of a message: start line and headers (RFC 9112, 2 to 6), read into spans that borrow from the packet.
 *
 *   method SP target SP version CRLF            version SP status SP reason CRLF
 *   *( name ":" blanks value blanks CRLF )      the same
 *   CRLF                                        CRLF
 *
 * Read as liberally as the servers that attackers count on; every liberty taken is a flaw.
 */
#ifndef SEKISHO_HTTP_HTTP_HEAD_H
#define SEKISHO_HTTP_HTTP_HEAD_H

#include <stdbool.h>

#include "base/cursor.h"
#include "event/endpoint.h"
#include "http/http_field.h"
#include "http/http_flaws.h"

/** Texts of a message, in the order in which they are kept. */
enum http_text {
	HTTP_TEXT_METHOD,
	HTTP_TEXT_URL,
	HTTP_TEXT_URL_TAIL,
	HTTP_TEXT_PROTOCOL,
	HTTP_TEXT_HOST,
	HTTP_TEXT_USER_AGENT,
	HTTP_TEXT_REFER,
	HTTP_TEXT_TYPE,
	HTTP_TEXT_XFF,
	HTTP_TEXT_UPGRADE,
	HTTP_TEXT_SOAP_ACTION,
	HTTP_TEXT_SCHEME,
	HTTP_TEXT_USER,
	HTTP_TEXT_DOMAIN,
	HTTP_TEXT_WORKSTATION,
	HTTP_TEXT_SERVER,
	HTTP_TEXT_LOCATION,
	HTTP_TEXT_CHALLENGE,
	HTTP_TEXT_REALM,
	HTTP_TEXT_FILE,
	HTTP_TEXTS,
};

enum http_version { HTTP_VERSION_NONE, HTTP_VERSION_10, HTTP_VERSION_11, HTTP_VERSION_OTHER };

enum http_default { HTTP_DEFAULT_NA, HTTP_DEFAULT_NO, HTTP_DEFAULT_YES };

enum { HTTP_NAME_MAX = 256 }; /* bytes of a user, domain or computer name that had to be decoded */

struct http_head {
	struct span text[HTTP_TEXTS];
	uint64_t length; /* Content-Length, where has_length */
	uint32_t flaws;
	uint16_t status;
	uint16_t port; /* of the Host header; 0: it has none */
	uint8_t version;
	uint8_t credential; /* enum http_default */
	uint8_t charset;    /* enum http_charset of the declared type */
	bool has_length, chunked, has_te, has_host, encoded, expects_continue, multipart, form, command;
	struct span logon; /* the token of Authorization or WWW-Authenticate: NTLM or Negotiate, in base64 */
	char user[HTTP_NAME_MAX], domain[HTTP_NAME_MAX], workstation[HTTP_NAME_MAX]; /* what texts borrow from */
};

/** What a request does to the server, from its method: CLASS_NONE where there is no method. */
enum function_class http_method_class(struct span method);

/** A method that is registered or known in the field; case counts (RFC 9110, 9.1). */
bool http_is_method(struct span token);

/** Does the line look like a request line, a status line, a header? Its end is not part of it. */
bool http_is_request_line(struct span line);
bool http_is_status_line(struct span line);
bool http_is_header_line(struct span line);

/** Has the request line a version? Without one it is a request of HTTP/0.9, which has no headers. */
bool http_has_version(struct span request_line);

/** Bytes up to the end of the blank line that ends a head; 0: not in sight. */
size_t http_head_len(struct span bytes);

/** Do bytes end with the blank line that ends a head? Where they do, they have a head, or more than one. */
bool http_ends_head(struct span bytes);

/** Reads a whole head; @h need not be initialised. */
void http_read_request(struct span bytes, struct http_head *h);
void http_read_response(struct span bytes, struct http_head *h);

/** Headers, also those that follow a request line without version, into what the start line gave. */
void http_read_headers(struct span bytes, struct http_head *h);

/** Has a head a NUL? Where it has none, no line need be searched for one. */
static inline bool http_has_nul(struct span head)
{
	return http_find(head, 0) != HTTP_NOT_FOUND;
}

/** The next line off *@rest, its end left out; what of its end is odd becomes a flaw. @nul: the head has one. */
struct span http_take_line(struct span *rest, bool nul, uint32_t *flaws);

#endif
