#include "app/mirror.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/registry.h"
#include "app/words.h"
#include "base/when.h"
#include "net/capture.h"
#include "net/worker.h"

enum {
	BATCH = 256,
	POLL_MS = 200,
	ETHERNET_MOST = 1600, /* bytes of a frame with tags; jumbo frames are seldom where plants are watched */
	FLOWS_ENOUGH = 3,     /* conversations that say something about all */
	FRAMES_ENOUGH = 20,   /* frames that do */
	ONE_SIDED_ALL = 90,   /* percent: the mirror shows one direction */
	ONE_SIDED_SOME = 20,  /* ... for some ports */
	DOUBLED_SOME = 5,
	OTHERS_LEAST = 5, /* percent of frames between others: less is no mirror */
};
static const double lost_some = 0.1 /* percent */, gaps_some = 1.0;

/* What a plant is about; the rest every office has too. */
static const char *const of_plants[] = {"modbus", "opcua",   "s7comm",       "enip",        "enip_io", "bacnet",
					"dnp3",   "iec104",  "profinet_dcp", "profinet_io", "ads",     "slmp",
					"fins",   "hart_ip", "goose",        "mms",         "codesys", "ethercat"};

/* ---- looking */

struct look {
	struct mirror_seen *seen;
	struct worker *worker;
	struct mac own;
	bool has_own;
};

static void note_frame(struct look *l, const struct frame_in *f)
{
	struct mirror_seen *s = l->seen;
	struct cursor c = cur_of(f->bytes);
	struct mac dest, src;

	s->frames++;
	s->merged += f->wire_len > ETHERNET_MOST;
	if (f->linktype != DLT_EN10MB)
		return;
	const uint8_t *macs = cur_take(&c, sizeof(dest.b) + sizeof(src.b));
	uint16_t type = cur_u16be(&c);
	if (!macs || !cur_ok(&c))
		return;
	memcpy(dest.b, macs, sizeof(dest.b));
	memcpy(src.b, macs + sizeof(dest.b), sizeof(src.b));
	bool tagged = type == 0x8100 || type == 0x88a8 || type == 0x9100;
	uint16_t vlan = tagged ? cur_u16be(&c) & 0xfff : 0;
	if (tagged && cur_ok(&c))
		s->vlans[vlan / 64] |= UINT64_C(1) << vlan % 64;
	s->untagged += !tagged;
	if (l->has_own && (mac_eq(&dest, &l->own) || mac_eq(&src, &l->own)))
		s->own++;
	else if (dest.b[0] & 1)
		s->group++;
}

static void frame(void *ctx, const struct frame_in *f)
{
	struct look *l = ctx;

	note_frame(l, f);
	worker_frame(l->worker, f);
}

static void note_protocol(struct mirror_seen *s, const char *app_proto)
{
	size_t i = 0, k = 0;

	while (app_proto && i < sizeof(of_plants) / sizeof(of_plants[0]) && strcmp(of_plants[i], app_proto) != 0)
		i++;
	if (!app_proto || i == sizeof(of_plants) / sizeof(of_plants[0]))
		return;
	while (k < s->n_protocols && strcmp(s->protocols[k], app_proto) != 0)
		k++;
	if (k == s->n_protocols && k < MIRROR_PROTOCOLS_MAX)
		s->protocols[s->n_protocols++] = of_plants[i];
}

static uint64_t number_of(const struct event *ev, enum flow_field field)
{
	const struct event_value *v = event_get(ev, &flow_field[field]);

	return v ? v->u : 0;
}

static void take(void *ctx, struct event *ev)
{
	struct mirror_seen *s = ctx;

	note_protocol(s, ev->at.app_proto ? ev->at.app_proto : ev->table->object);
	if (ev->table != &flow_table_fields || ev->at.ip_proto != IPPROTO_TCP)
		return;
	s->segments += number_of(ev, FLOW_PKTS_TS) + number_of(ev, FLOW_PKTS_TC);
	if (!number_of(ev, FLOW_PAYLOAD_TS) && !number_of(ev, FLOW_PAYLOAD_TC))
		return;
	s->flows++;
	s->one_sided += ev->at.one_sided;
}

static bool own_mac(const char *iface, struct mac *mac)
{
	struct ifaddrs *all;
	bool found = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (const struct ifaddrs *i = all; i && !found; i = i->ifa_next) {
		const struct sockaddr_ll *ll = (const void *)i->ifa_addr;
		found = ll && ll->sll_family == AF_PACKET && ll->sll_halen == sizeof(mac->b) &&
			strcmp(i->ifa_name, iface) == 0;
		if (found)
			memcpy(mac->b, ll->sll_addr, sizeof(mac->b));
	}
	freeifaddrs(all);
	return found;
}

static void read_for(struct look *l, struct capture *cap, int seconds)
{
	struct pollfd pfd = {.fd = capture_fd(cap), .events = POLLIN};
	int64_t end_ns = when_monotonic_ns() + (int64_t)seconds * NS_PER_S;
	bool live = capture_is_live(cap);

	while (!live || when_monotonic_ns() < end_ns) {
		int n = capture_read(cap, BATCH, frame, l);
		if (n == CAPTURE_END)
			break;
		if (n == CAPTURE_AGAIN)
			poll(&pfd, 1, POLL_MS);
	}
}

int mirror_look(struct mirror_seen *s, const char *source, int seconds, struct complaint *c)
{
	struct capture_options o = {0};
	struct look l = {.seen = s};
	struct capture *cap;
	bool is_iface = strcmp(source, "-") != 0 && !strchr(source, '/') && access(source, F_OK) != 0;

	*s = (struct mirror_seen){.seconds = seconds};
	int err = is_iface ? capture_open_live(&cap, source, &o, c) : capture_open_file(&cap, source, &o, c);
	if (err)
		return err;
	l.has_own = is_iface && own_mac(source, &l.own);
	l.worker = worker_new(&(struct worker_options){.flows_max = 65536,
						       .flow_records = true,
						       .suppress_duplicates = true,
						       .dissectors = dissectors,
						       .next = {take, s}});
	if (!l.worker) {
		complain(c, source, 0, 0, "short of memory");
		err = -ENOMEM;
	} else {
		worker_source(l.worker, is_iface ? source : NULL, is_iface ? NULL : source);
		read_for(&l, cap, seconds);
		worker_finish(l.worker);
		struct worker_counters n = worker_count(l.worker);
		s->duplicates = n.duplicates;
		s->gaps = n.tcp_gaps;
		s->kernel_dropped = capture_count(cap).kernel_dropped;
		worker_free(l.worker);
		command_tell_trouble(cap);
	}
	capture_close(cap);
	return err;
}

/* ---- judging */

static double percent(uint64_t part, uint64_t of)
{
	return of > 0 ? 100.0 * (double)part / (double)of : 0;
}

enum mirror_verdict mirror_verdict(enum mirror_what what)
{
	static const enum mirror_verdict verdicts[MIRROR_FINDINGS] = {
	    [MIRROR_LITTLE] = MIRROR_NOTE,         [MIRROR_SILENT] = MIRROR_TROUBLE,
	    [MIRROR_NO_MIRROR] = MIRROR_TROUBLE,   [MIRROR_ONE_WAY] = MIRROR_TROUBLE,
	    [MIRROR_PARTLY] = MIRROR_NOTE,         [MIRROR_BOTH_WAYS] = MIRROR_WELL,
	    [MIRROR_KERNEL_LOSS] = MIRROR_TROUBLE, [MIRROR_LOSS] = MIRROR_TROUBLE,
	    [MIRROR_NO_LOSS] = MIRROR_WELL,        [MIRROR_DOUBLED] = MIRROR_NOTE,
	    [MIRROR_MERGED] = MIRROR_NOTE,         [MIRROR_TAGGED] = MIRROR_WELL,
	    [MIRROR_UNTAGGED] = MIRROR_NOTE,       [MIRROR_PLANT] = MIRROR_WELL,
	    [MIRROR_NO_PLANT] = MIRROR_NOTE,
	};

	return verdicts[what];
}

static bool has_tags(const struct mirror_seen *s)
{
	uint64_t any = 0;

	for (size_t i = 0; i < MIRROR_VLANS / 64; i++)
		any |= s->vlans[i];
	return any != 0;
}

static size_t judge_directions(const struct mirror_seen *s, struct mirror_finding *out)
{
	double one_sided = percent(s->one_sided, s->flows);

	if (s->flows < FLOWS_ENOUGH) {
		*out = (struct mirror_finding){MIRROR_LITTLE, 0};
		return 1;
	}
	*out = (struct mirror_finding){one_sided >= ONE_SIDED_ALL    ? MIRROR_ONE_WAY
				       : one_sided >= ONE_SIDED_SOME ? MIRROR_PARTLY
								     : MIRROR_BOTH_WAYS,
				       one_sided};
	return 1;
}

static size_t judge_loss(const struct mirror_seen *s, struct mirror_finding *out)
{
	double dropped = percent(s->kernel_dropped, s->frames + s->kernel_dropped),
	       gaps = percent(s->gaps, s->segments + s->gaps);
	size_t n = 0;

	if (dropped >= lost_some)
		out[n++] = (struct mirror_finding){MIRROR_KERNEL_LOSS, dropped};
	if (gaps >= gaps_some)
		out[n++] = (struct mirror_finding){MIRROR_LOSS, gaps};
	if (n == 0)
		out[n++] = (struct mirror_finding){MIRROR_NO_LOSS, gaps};
	return n;
}

size_t mirror_judge(const struct mirror_seen *s, struct mirror_finding out[static MIRROR_FINDINGS])
{
	size_t n = 0;
	uint64_t others = s->frames - s->group - s->own;

	if (s->frames == 0) {
		out[n++] = (struct mirror_finding){MIRROR_SILENT, 0};
		return n;
	}
	if (s->frames >= FRAMES_ENOUGH && percent(others, s->frames) < OTHERS_LEAST) {
		out[n++] = (struct mirror_finding){MIRROR_NO_MIRROR, percent(others, s->frames)};
		return n;
	}
	n += judge_directions(s, out + n);
	n += judge_loss(s, out + n);
	if (percent(s->duplicates, s->frames) >= DOUBLED_SOME)
		out[n++] = (struct mirror_finding){MIRROR_DOUBLED, percent(s->duplicates, s->frames)};
	if (s->merged > 0)
		out[n++] = (struct mirror_finding){MIRROR_MERGED, percent(s->merged, s->frames)};
	out[n++] = (struct mirror_finding){has_tags(s) ? MIRROR_TAGGED : MIRROR_UNTAGGED, 0};
	out[n++] = (struct mirror_finding){s->n_protocols > 0 ? MIRROR_PLANT : MIRROR_NO_PLANT, 0};
	return n;
}

/* ---- telling */

/* "10, 20, untagged"; what does not fit is left out behind "...". */
static const char *vlans_of(const struct mirror_seen *s, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned v = 0; v < MIRROR_VLANS; v++) {
		if (!(s->vlans[v / 64] >> v % 64 & 1))
			continue;
		if (len + 8 >= size) {
			snprintf(buf + len, size - len, " ...");
			return buf;
		}
		len += (size_t)snprintf(buf + len, size - len, "%s%u", len ? ", " : "", v);
	}
	if (s->untagged > 0)
		snprintf(buf + len, size - len, "%s%s", len ? ", " : "", say(W_MIRROR_WITHOUT_TAG));
	return buf;
}

static const char *protocols_of(const struct mirror_seen *s, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < s->n_protocols && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : "", s->protocols[i]);
	return buf;
}

static void tell(const struct mirror_seen *s, const struct mirror_finding *f, const char *source, FILE *out)
{
	char list[256];

	switch (f->what) {
	case MIRROR_SILENT:
		fprintf(out, say(W_MIRROR_SILENT), s->seconds);
		break;
	case MIRROR_NO_MIRROR:
		fprintf(out, say(W_MIRROR_NO_MIRROR), (unsigned long long)s->frames);
		break;
	case MIRROR_LITTLE:
		fprintf(out, say(W_MIRROR_LITTLE), (unsigned long long)s->frames, (unsigned long long)s->flows);
		break;
	case MIRROR_ONE_WAY:
		fprintf(out, say(W_MIRROR_ONE_WAY), f->value);
		break;
	case MIRROR_PARTLY:
		fprintf(out, say(W_MIRROR_PARTLY), f->value);
		break;
	case MIRROR_BOTH_WAYS:
		fprintf(out, say(W_MIRROR_BOTH_WAYS), (unsigned long long)s->flows);
		break;
	case MIRROR_KERNEL_LOSS:
		fprintf(out, say(W_MIRROR_KERNEL_LOSS), f->value);
		break;
	case MIRROR_LOSS:
		fprintf(out, say(W_MIRROR_LOSS), f->value);
		break;
	case MIRROR_NO_LOSS:
		fprintf(out, say(W_MIRROR_NO_LOSS), (unsigned long long)s->frames);
		break;
	case MIRROR_DOUBLED:
		fprintf(out, say(W_MIRROR_DOUBLED), f->value);
		break;
	case MIRROR_MERGED:
		fprintf(out, say(W_MIRROR_MERGED), f->value, if_nametoindex(source) ? source : say(W_MIRROR_INTERFACE));
		break;
	case MIRROR_TAGGED:
		fprintf(out, say(W_MIRROR_TAGGED), vlans_of(s, list, sizeof(list)));
		break;
	case MIRROR_UNTAGGED:
		fputs(say(W_MIRROR_UNTAGGED), out);
		break;
	case MIRROR_PLANT:
		fprintf(out, say(W_MIRROR_PLANT), protocols_of(s, list, sizeof(list)));
		break;
	default:
		fputs(say(W_MIRROR_NO_PLANT), out);
		break;
	}
}

bool mirror_tell(const struct mirror_seen *s, const char *source, FILE *out)
{
	static const enum word marks[] = {W_MIRROR_MARK_WELL, W_MIRROR_MARK_NOTE, W_MIRROR_MARK_TROUBLE};
	struct mirror_finding findings[MIRROR_FINDINGS];
	size_t n = mirror_judge(s, findings);
	bool well = true, enough = true;

	for (size_t i = 0; i < n; i++) {
		enum mirror_verdict v = mirror_verdict(findings[i].what);
		fputs(say(marks[v]), out);
		tell(s, &findings[i], source, out);
		well &= v != MIRROR_TROUBLE;
		enough &= findings[i].what != MIRROR_LITTLE;
	}
	fputs(say(!well ? W_MIRROR_BAD : enough ? W_MIRROR_GOOD : W_MIRROR_UNSURE), out);
	return well;
}
