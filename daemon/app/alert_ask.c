#include "app/alert_ask.h"

#include <time.h>

#include "alert/outbox.h"
#include "app/alert_hooks.h"
#include "base/when.h"

enum { ANSWER_MS = 10000, LOOK_MS = 20 };

/* Where no daemon has the store, it is carried out here. @return 0, also where another process does it; -errno where it
 * cannot be. */
static int serve_here(const char *state, const struct config *cfg)
{
	struct sensor_info sensor = {cfg->sensor.name, cfg->sensor.site, SEKISHO_VERSION};
	struct alerts_hooks hooks = alert_hooks(&(struct alert_trail){.state_dir = state});
	struct complaint c;
	struct alerts *a;

	if (alerts_open(&a, state, &sensor, &c) < 0)
		return 0;
	alerts_set_incidents(a, (uint32_t)cfg->incidents.window_minutes, cfg->incidents.tell);
	int err = alerts_serve(a, &hooks, 0);
	alerts_close(a);
	return err < 0 ? err : 0;
}

static enum request_result wait_for(struct requests *q, int64_t no, const char *state, const struct config *cfg)
{
	struct timespec look = {.tv_nsec = LOOK_MS * NS_PER_MS};
	enum request_result result = REQUEST_WAITS;

	for (int ms = 0; ms <= ANSWER_MS && result == REQUEST_WAITS; ms += LOOK_MS) {
		/* a daemon that stops meanwhile leaves the store to us */
		int err = ms % 1000 == 0 ? serve_here(state, cfg) : 0;
		result = requests_result(q, no);
		if (result == REQUEST_WAITS && err < 0)
			return REQUEST_FAILED;
		if (result == REQUEST_WAITS)
			nanosleep(&look, NULL);
	}
	return result;
}

int alert_ask(struct requests *q, struct request *r, const char *state, const struct config *cfg,
	      enum request_result *result)
{
	int err = requests_add(q, r);

	if (err)
		return err;
	*result = wait_for(q, r->no, state, cfg);
	if ((*result == REQUEST_WAITS || *result == REQUEST_FAILED) && !requests_withdraw(q, r->no)) {
		enum request_result now = requests_result(q, r->no);
		*result = now == REQUEST_WAITS ? *result : now;
	}
	return 0;
}
