#include "app/alert_hooks.h"

#include <stdint.h>
#include <stdio.h>

#include "alert/requests.h"
#include "ledger/audit.h"
#include "ledger/ledger.h"

/* "alert.ack" of "alert:<id>", "incident.close" of "incident:<id>"; of a mute by pattern "mute". What is done in a
 * drill is told apart: "drill.ack" of "alert:<id>", "drill.start" of "drill:D3". */
static int put_down(void *ctx, const struct request *r, const char *details)
{
	const struct alert_trail *trail = ctx;
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
	if (trail->ledger)
		(void)ledger_let_write(trail->ledger); /* logged there; the next line finds out what became of it */
	int err = audit_write(trail->state_dir, &e, &c);
	if (err)
		log_error("audit: cannot be written: %s", c.text);
	return err;
}

struct alerts_hooks alert_hooks(const struct alert_trail *trail)
{
	return (struct alerts_hooks){.audit = put_down, .ctx = (void *)(uintptr_t)trail};
}
