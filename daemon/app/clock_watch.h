/*
 * The machine's clock: is it set while the daemon runs, and does a time server keep it?
 *
 * A clock that nobody keeps drifts by a second or two a day, and the times of alerts with it. Whether one is kept, the
 * kernel knows (adjtimex(2): STA_UNSYNC, which it also sets by itself some hours after the last word of a time server).
 * The shipped unit does not let the daemon ask (ProtectClock=); then the file goes by which systemd-timesyncd says that
 * it has heard from a server. With neither nothing is known, and nothing said.
 *
 * A plant may have no time server at all: that is no news. What is told is one that was there and is no more.
 */
#ifndef SEKISHO_APP_CLOCK_WATCH_H
#define SEKISHO_APP_CLOCK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

enum clock_keeping { CLOCK_UNKNOWN, CLOCK_FREE, CLOCK_KEPT };

struct clock_watch {
	int64_t wall_ns, steady_ns; /* both clocks, as looked at last */
	enum clock_keeping keeping;
	bool was_kept;            /* since the start */
	int64_t free_ns, told_ns; /* monotonic: since when nobody keeps it, when that was told last; 0: not */
};

/** What looking at it showed. */
struct clock_news {
	double step_s; /* it was set by so much; 0: it was not */
	double lost_s; /* no time server keeps it any more, for so long; 0: nothing to be told, or told within the
			  minute */
};

/** To be called once a second. @wall_ns, @steady_ns: the wall clock and the monotonic one, now. */
struct clock_news clock_look(struct clock_watch *w, int64_t wall_ns, int64_t steady_ns, enum clock_keeping keeping);

/** Does a time server keep the machine's clock? Asks the system. */
enum clock_keeping clock_keeping(int64_t wall_ns);

/** By what adjtimex(2) returned and struct timex.status. */
enum clock_keeping clock_by_kernel(int state, int status);

/** By the time of the file that systemd-timesyncd touches at each word of a server. */
enum clock_keeping clock_by_file(const char *path, int64_t wall_ns);

/** "clock_kept", and where it is lost "clock_lost_s", into the open object. @steady_ns: now. */
void clock_members(const struct clock_watch *w, int64_t steady_ns, struct json *out);

#endif
