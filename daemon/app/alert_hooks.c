#include "app/alert_hooks.h"

#include <stdint.h>
#include <stdio.h>

#include "alert/requests.h"
#include "ledger/audit.h"

/* "alert.ack" of "alert:<id>", "incident.close" of "incident:<id>"; of a mute by pattern "mute". What is done in a
 * drill is told apart: "drill.ack" of "alert:<id>", "drill.start" of "drill:D3". */
static int put_down(void *ctx, const struct request *r, const char *details)
{
	char verb[32], object[48];
	struct complaint c;
	struct audit_entry e = {
	    .who = r->who, .login = r->login, .verb = verb, .object = object, .reason = r->reason, .details = details};

	const char *kind = r->incident ? "incident" : "alert";
	snprintf(verb, sizeof(verb), "%s.%s", r->drill[0] ? "drill" : kind, request_verb_name(r->verb));
	if (r->verb >= REQUEST_OF_ALERTS)
		snprintf(object, sizeof(object), "drill:%s", r->drill);
	else if (r->verb == REQUEST_UNMUTE || !r->target[0])
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
	return (struct alerts_hooks){.audit = put_down, .ctx = (void *)(uintptr_t)state_dir};
}
