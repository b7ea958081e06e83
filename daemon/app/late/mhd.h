/*
 * libmicrohttpd, for those who answer by HTTP: mhd->run() is MHD_run(). Its constants and types come with its header.
 */
#ifndef SEKISHO_APP_LATE_MHD_H
#define SEKISHO_APP_LATE_MHD_H

#include <microhttpd.h>

#include "base/log.h"

#define MHD_CALLS(CALL)                                                                                                \
	CALL(add_connection)                                                                                           \
	CALL(add_response_header)                                                                                      \
	CALL(create_response_from_buffer)                                                                              \
	CALL(create_response_from_callback)                                                                            \
	CALL(destroy_response)                                                                                         \
	CALL(get_daemon_info)                                                                                          \
	CALL(get_timeout)                                                                                              \
	CALL(get_version)                                                                                              \
	CALL(lookup_connection_value)                                                                                  \
	CALL(queue_response)                                                                                           \
	CALL(resume_connection)                                                                                        \
	CALL(run)                                                                                                      \
	CALL(start_daemon)                                                                                             \
	CALL(stop_daemon)                                                                                              \
	CALL(suspend_connection)

struct mhd_calls {
#define CALL(name) __typeof__(MHD_##name) *name;
	MHD_CALLS(CALL)
#undef CALL
};

/** NULL before late_mhd(). */
extern const struct mhd_calls *mhd;

/** Loads it, if it is not there yet: before other threads begin, and before the sandbox. @return 0; -ENOPKG with @c
 * filled. */
int late_mhd(struct complaint *c);

#endif
