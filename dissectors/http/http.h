/*
 * HTTP/1: the words of its records.
 *
 * One record a transaction (events.md, `http`), from HTTP/0.9 to HTTP/1.1. Sources: RFC 9110 (semantics), RFC 9112
 * (messages), RFC 7616 and 7617 (Digest, Basic), RFC 6266 (Content-Disposition). Over UDP (SSDP) each datagram is a
 * message of its own.
 */
#ifndef SEKISHO_HTTP_HTTP_H
#define SEKISHO_HTTP_HTTP_H

#include "event/dissector.h"
#include "event/field.h"

#define FIELD(id, name, type, names, flags, spec, doc) id,
enum http_field_id {
#include "http/http_fields.def"
	HTTP_FIELDS
};
#undef FIELD

extern const struct field_def http_field[];
extern const struct field_table http_table;
extern const struct dissector http_dissector;

enum {
	HTTP_HEAD_USUAL = 8 * 1024, /* most servers refuse a longer head */
	HTTP_HEAD_MAX = 32 * 1024,  /* longest head that is read in full */
	HTTP_HEADERS_MAX = 256,     /* headers of one message that are looked at */
	HTTP_CHUNK_LINE_MAX = 4096, /* chunk size and its extensions */
	HTTP_TRAILERS_MAX = 256,    /* lines after the last chunk */
	HTTP_SCAN_MAX = 16 * 1024,  /* of a body, looked at for a title */
};

#endif
