#include "sinks/barred.h"

#include <errno.h>
#include <stdlib.h>

#include "base/phrase.h"

const char *barred_hint(int err)
{
	if (err != EPERM && !((err == ETIMEDOUT || err == BARRED_NAME) && getenv("INVOCATION_ID")))
		return NULL;
	return phrase(
	    "does the service let it through? The packaged unit reaches only addresses that IPAddressAllow= names, "
	    "and a name only with its name server among them. Run: systemctl edit sekishod, write [Service] and "
	    "IPAddressAllow=ADDRESS, and restart it");
}
