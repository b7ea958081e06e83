#include "app/alert_hooks.h"

#include <stdint.h>
#include <stdio.h>

#include "alert/requests.h"
#include "ledger/audit.h"

/* "alert.ack" of "alert:<id>", "incident.close" of "incident:<id>"; of a mute by pattern "mute". */
static int put_down(void *ctx, const struct request *r, const char *details)
{
	char verb[32], object[48];
	struct complaint c;
	struct audit_entry e = {
	    .who = r->who, .login = r->login, .verb = verb, .object = object, .reason = r->reason, .details = details};

	const char *kind = r->incident ? "incident" : "alert";
	snprintf(verb, sizeof(verb), "%s.%s", kind, request_verb_name(r->verb));
	if (r->verb == REQUEST_UNMUTE || !r->target[0])
		snprintf(object, sizeof(object), "mute%s%s", r->target[0] ? ":" : "", r->target);
	else
		snprintf(object, sizeof(object), "%s:%s", kind, r->target);
	int err = audit_write(ctx, &e, &c);
	if (err)
		log_error("audit: cannot be written: %s", c.text);
	return err;
}

struct alerts_hooks alert_hooks(const char *state_dir)
{
	return (struct alerts_hooks){put_down, (void *)(uintptr_t)state_dir};
}
