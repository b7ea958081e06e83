#include "app/clock_watch.h"

#include <sys/stat.h>
#include <sys/timex.h>

#include "base/when.h"

#define LOST_NS  (600 * NS_PER_S) /* a service that is restarted needs some minutes */
#define AGAIN_NS (60 * NS_PER_S)
#define OLD_NS   (3 * 3600 * NS_PER_S) /* systemd-timesyncd asks every 34 minutes at least */

static const char timesyncd_file[] = "/run/systemd/timesync/synchronized";

enum clock_keeping clock_by_kernel(int state, int status)
{
	if (state < 0)
		return CLOCK_UNKNOWN;
	return state == TIME_ERROR || (status & STA_UNSYNC) ? CLOCK_FREE : CLOCK_KEPT;
}

enum clock_keeping clock_by_file(const char *path, int64_t wall_ns)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return CLOCK_UNKNOWN;
	return wall_ns - (int64_t)st.st_mtim.tv_sec * NS_PER_S < OLD_NS ? CLOCK_KEPT : CLOCK_FREE;
}

enum clock_keeping clock_keeping(int64_t wall_ns)
{
	struct timex t = {.modes = 0};
	int state = adjtimex(&t);

	return state >= 0 ? clock_by_kernel(state, t.status) : clock_by_file(timesyncd_file, wall_ns);
}

static double look_at_keeper(struct clock_watch *w, int64_t steady_ns)
{
	if (w->keeping == CLOCK_KEPT) {
		w->was_kept = true;
		w->free_ns = w->told_ns = 0;
	}
	if (w->keeping != CLOCK_FREE || !w->was_kept)
		return 0;
	if (w->free_ns == 0)
		w->free_ns = steady_ns;
	if (steady_ns - w->free_ns < LOST_NS || (w->told_ns && steady_ns - w->told_ns < AGAIN_NS))
		return 0;
	w->told_ns = steady_ns;
	return (double)(steady_ns - w->free_ns) / (double)NS_PER_S;
}

struct clock_news clock_look(struct clock_watch *w, int64_t wall_ns, int64_t steady_ns, enum clock_keeping keeping)
{
	const double least_s = 1;
	struct clock_news news = {0};

	if (w->wall_ns)
		news.step_s = (double)((wall_ns - w->wall_ns) - (steady_ns - w->steady_ns)) / (double)NS_PER_S;
	if (news.step_s <= least_s && news.step_s >= -least_s)
		news.step_s = 0;
	w->wall_ns = wall_ns;
	w->steady_ns = steady_ns;
	w->keeping = keeping;
	news.lost_s = look_at_keeper(w, steady_ns);
	return news;
}

void clock_members(const struct clock_watch *w, int64_t steady_ns, struct json *out)
{
	if (w->keeping != CLOCK_UNKNOWN)
		json_kv_bool(out, "clock_kept", w->keeping == CLOCK_KEPT);
	if (w->told_ns)
		json_kv_u64(out, "clock_lost_s", (uint64_t)((steady_ns - w->free_ns) / NS_PER_S));
}
