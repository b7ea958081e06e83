#include "app/vitals.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "app/loss.h"
#include "base/heap.h"
#include "base/when.h"

#define SAMPLE_NS  (LOSS_SPAN_NS / (VITALS_SAMPLES - 4))
#define FAILING_NS (30 * NS_PER_S) /* writing is tried again within a few seconds: later than that it works */

void vitals_init(struct vitals *v, struct pipeline *p, const char *state_dir)
{
	*v = (struct vitals){.pipeline = p, .state_dir = state_dir, .started_ns = when_now_ns()};
}

void vitals_add_source(struct vitals *v, const struct capture *capture)
{
	if (v->n_sources == CONFIG_LIST_MAX)
		return;
	v->sources[v->n_sources].capture = capture;
	v->sources[v->n_sources++].frame_ns = when_monotonic_ns();
}

static void look_at_sources(struct vitals *v, int64_t now_ns)
{
	for (unsigned i = 0; i < v->n_sources; i++) {
		uint64_t frames = pipeline_count_source(v->pipeline, i).frames;
		if (frames != v->sources[i].frames)
			v->sources[i].frame_ns = now_ns;
		v->sources[i].frames = frames;
	}
}

/* Of frames that came and holes that did not, one of these being a frame at least. */
static void look_at_wire(struct vitals *v, const struct pipeline_counters *n, int64_t now_ns)
{
	unsigned i = 0, newest = (v->n_samples + VITALS_SAMPLES - 1) % VITALS_SAMPLES, then = newest;

	for (; i < v->n_samples && i < VITALS_SAMPLES; i++) {
		then = (v->n_samples - 1 - i) % VITALS_SAMPLES;
		if (now_ns - v->samples[then].at_ns >= LOSS_SPAN_NS)
			break;
	}
	uint64_t frames = n->frames, unseen = n->unseen;
	if (v->n_samples > 0) {
		frames -= v->samples[then].frames;
		unseen -= v->samples[then].unseen;
	}
	v->unseen_pct_5m = frames + unseen > 0 ? 100.0 * (double)unseen / (double)(frames + unseen) : 0;
	if (v->n_samples > 0 && now_ns - v->samples[newest].at_ns < SAMPLE_NS)
		return;
	unsigned at = v->n_samples++ % VITALS_SAMPLES;
	v->samples[at].at_ns = now_ns;
	v->samples[at].frames = n->frames;
	v->samples[at].unseen = n->unseen;
}

void vitals_look(struct vitals *v)
{
	struct pipeline_counters n = pipeline_count(v->pipeline);
	uint64_t errors = n.ledger.write_errors + n.alerts.commit_errors;
	int64_t now = when_monotonic_ns();

	look_at_sources(v, now);
	look_at_wire(v, &n, now);
	if (errors != v->errors)
		v->error_ns = now;
	v->errors = errors;
}

static void source_members(const struct vitals *v, struct json *out)
{
	static const char *const links[] = {
	    [CAPTURE_LINK_UP] = "up", [CAPTURE_LINK_DOWN] = "down", [CAPTURE_LINK_GONE] = "gone"};
	int64_t now = when_monotonic_ns();

	json_key(out, "captures");
	json_array_begin(out);
	for (unsigned i = 0; i < v->n_sources; i++) {
		struct source_counters n = pipeline_count_source(v->pipeline, i);
		const struct capture *capture = v->sources[i].capture;
		bool live = capture_is_live(capture);
		json_object_begin(out);
		json_kv_str(out, "name", capture_name(capture));
		json_kv_bool(out, "live", live);
		json_kv_u64(out, "frames", n.frames);
		json_kv_u64(out, "bytes", n.bytes);
		json_kv_u64(out, "kernel_dropped", n.kernel_dropped);
		json_kv_u64(out, "queue_dropped", n.road_dropped);
		if (live)
			json_kv_str(out, "link", links[capture_link(capture)]);
		if (live)
			json_kv_u64(out, "silent_s", (uint64_t)((now - v->sources[i].frame_ns) / NS_PER_S));
		json_object_end(out);
	}
	json_array_end(out);
}

/* proc(5): statm, fd. What cannot be read is left out. */
static void process_members(struct json *out)
{
	unsigned long long pages = 0;
	struct rusage used;
	uint64_t heap;
	unsigned n = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%*u %llu", &pages) == 1)
		json_kv_u64(out, "memory_bytes", (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE));
	if (f)
		fclose(f);
	if (heap_in_use(&heap))
		json_kv_u64(out, "heap_bytes", heap);
	if (getrusage(RUSAGE_SELF, &used) == 0) {
		json_key(out, "cpu_s");
		json_f64(out, (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
				  (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
	}
	DIR *dir = opendir("/proc/self/fd");
	for (const struct dirent *e; dir && (e = readdir(dir));)
		n += e->d_name[0] != '.';
	if (dir) {
		closedir(dir);
		json_kv_u64(out, "open_files", n > 0 ? n - 1 : 0); /* without the one that looked */
	}
}

void vitals_members(const struct vitals *v, struct json *out)
{
	struct statvfs disk;

	source_members(v, out);
	json_kv_bool(out, "stopped", v->stopped);
	if (v->state_lost)
		json_kv_str(out, "state_lost", v->state_lost);
	json_kv_u64(out, "started_s", (uint64_t)(v->started_ns / NS_PER_S));
	json_key(out, "unseen_pct_5m");
	json_f64(out, v->unseen_pct_5m);
	json_kv_bool(out, "database_failing", v->error_ns && when_monotonic_ns() - v->error_ns < FAILING_NS);
	if (statvfs(v->state_dir, &disk) == 0) {
		json_kv_u64(out, "state_free_bytes", (uint64_t)disk.f_bavail * disk.f_frsize);
		json_kv_u64(out, "state_size_bytes", (uint64_t)disk.f_blocks * disk.f_frsize);
	}
	clock_members(&v->clock, when_monotonic_ns(), out);
	json_kv_u64(out, "memory_ceiling_bytes", pipeline_ceiling_bytes(v->pipeline));
	process_members(out);
}
