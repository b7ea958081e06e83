/*
 * How the protocols of this folder speak: the beginning of a record, whom it is about, texts without their padding.
 *
 * Everything borrows from the packet or lives in its arena.
 */
#ifndef SEKISHO_DISCOVERY_SAY_H
#define SEKISHO_DISCOVERY_SAY_H

#include "discovery/discovery.h"

/** Begins a record of @by. Values are to be pushed in the order of discovery_fields.def. */
struct event *say_begin(struct emitter *out, enum discovery_by by);

/** The address of whoever sent this: the client's in requests, the server's in responses. */
const struct ip_addr *say_speaker(const struct emitter *out, enum dir dir);

/** Pushes the MAC of the frame, where there is one that belongs to one card. For protocols that no router passes on. */
void say_frame_mac(struct event *ev);

/** Pushes @a unless it says nothing (unspecified) or names many. */
void say_ip(struct emitter *out, struct event *ev, const struct field_def *f, const struct ip_addr *a);

/** Pushes @s unless it is empty. */
void say_span(struct event *ev, const struct field_def *f, struct span s);

/** Pushes a number, written as text by @format, which is printf's and has one unsigned argument. */
void say_number(struct emitter *out, struct event *ev, const struct field_def *f, const char *format, unsigned number);

/** @s without blanks in front, and blanks, line ends and NULs at its end. */
struct span say_trim(struct span s);

/** The text in a field of fixed length: what stands before the first NUL, without blanks around it. */
struct span say_text(struct span field);

/** What stands in @s before the first of @stop; all of it where there is none. */
struct span say_until(struct span s, const char *stop);

/** What follows the first @word of @s; empty where there is none. */
struct span say_after(struct span s, const char *word);

/** Does @s begin with @word, whatever the case of its letters? */
bool say_begins(struct span s, const char *word);

#endif
