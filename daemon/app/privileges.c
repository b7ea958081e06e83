#include "app/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>

int privileges_drop(void)
{
	/* the bounding set can be emptied only by who holds CAP_SETPCAP; without it, it cannot be used either */
	capng_select_t what =
	    capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS;

	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(what) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -EPERM;
	return 0;
}
