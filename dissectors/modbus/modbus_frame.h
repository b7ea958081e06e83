/*
 * Where Modbus frames end in a stream.
 *
 * What is believed depends on what is known of the stream: in step, a header is; at the start, a doubtful header is
 * when the next one or the end of the bytes confirms it; after a gap only a PDU that is right in every byte. Bytes in
 * between good frames that are none come out as a frame shorter than any real one, so that they can be told.
 */
#ifndef SEKISHO_MODBUS_MODBUS_FRAME_H
#define SEKISHO_MODBUS_MODBUS_FRAME_H

#include "event/dissector.h"
#include "modbus/modbus_log.h"

/** struct dissector.frame; @state is a struct modbus_state. */
struct frame modbus_frame_end(const void *state, enum dir dir, struct span avail);

/** Which framing the first whole frame of a flow has. */
enum modbus_framing modbus_frame_framing(enum dir dir, struct span bytes);

/** Is what was delivered the beginning of bytes that are no frame? */
bool modbus_frame_is_junk(const struct modbus_state *s, struct span bytes);

#endif
