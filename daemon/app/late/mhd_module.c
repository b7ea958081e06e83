/* mhd.so: brings libmicrohttpd along. */
#include "app/late/mhd.h"

const char late_version[] = SEKISHO_VERSION;

const struct mhd_calls late_calls = {
#define CALL(name) .name = MHD_##name,
    MHD_CALLS(CALL)
#undef CALL
};
