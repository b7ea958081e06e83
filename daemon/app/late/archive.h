/*
 * libarchive, for those who pack: archives->write_new() is archive_write_new(). Its constants and types come with its
 * headers.
 */
#ifndef SEKISHO_APP_LATE_ARCHIVE_H
#define SEKISHO_APP_LATE_ARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "base/log.h"

#define ARCHIVE_CALLS(CALL)                                                                                            \
	CALL(entry_free, archive_entry_free)                                                                           \
	CALL(entry_new, archive_entry_new)                                                                             \
	CALL(entry_set_filetype, archive_entry_set_filetype)                                                           \
	CALL(entry_set_mtime, archive_entry_set_mtime)                                                                 \
	CALL(entry_set_pathname, archive_entry_set_pathname)                                                           \
	CALL(entry_set_perm, archive_entry_set_perm)                                                                   \
	CALL(entry_set_size, archive_entry_set_size)                                                                   \
	CALL(error, archive_errno)                                                                                     \
	CALL(version_string, archive_version_string)                                                                   \
	CALL(write_add_filter_gzip, archive_write_add_filter_gzip)                                                     \
	CALL(write_close, archive_write_close)                                                                         \
	CALL(write_data, archive_write_data)                                                                           \
	CALL(write_free, archive_write_free)                                                                           \
	CALL(write_header, archive_write_header)                                                                       \
	CALL(write_new, archive_write_new)                                                                             \
	CALL(write_open_fd, archive_write_open_fd)                                                                     \
	CALL(write_set_format_pax_restricted, archive_write_set_format_pax_restricted)

struct archive_calls {
#define CALL(name, function) __typeof__(function) *name;
	ARCHIVE_CALLS(CALL)
#undef CALL
};

/** NULL before late_archives(). */
extern const struct archive_calls *archives;

/** Loads it, if it is not there yet. @return 0; -ENOPKG with @c filled. */
int late_archives(struct complaint *c);

#endif
