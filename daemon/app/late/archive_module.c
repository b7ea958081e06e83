/* archive.so: brings libarchive along. */
#include "app/late/archive.h"

const char late_version[] = SEKISHO_VERSION;

const struct archive_calls late_calls = {
#define CALL(name, function) .name = function,
    ARCHIVE_CALLS(CALL)
#undef CALL
};
