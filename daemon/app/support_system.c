/* The machine in a support bundle: versions, processors, memory, interfaces with their rings and offloads, log lines.
 */
#include <errno.h>
#include <jansson.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <openssl/crypto.h>
#include <pcap/pcap.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>
#ifdef SEKISHO_HAVE_SYSTEMD
#include <systemd/sd-journal.h>
#endif

#include "app/late/archive.h"
#include "app/late/mhd.h"
#include "app/support.h"
#include "base/when.h"

void support_print(struct json *out, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		json_put(out, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

/* ---- machine */

/* Lines of a file of the kernel's; of those with a name before a colon, only these (NULL: all). */
static void put_lines(struct json *out, const char *path, const char *const *wanted)
{
	FILE *f = fopen(path, "re");
	char line[512];

	support_print(out, "\n[%s]\n", path);
	while (f && fgets(line, sizeof(line), f)) {
		bool take = !wanted;
		for (const char *const *w = wanted; w && *w && !take; w++)
			take = strncmp(line, *w, strlen(*w)) == 0;
		if (take)
			json_put(out, line, strlen(line));
	}
	if (f)
		fclose(f);
	else
		support_print(out, "%s\n", strerror(errno));
}

static void put_processors(struct json *out)
{
	static const char *const keys[] = {"model name", "Model", "CPU part", "cpu MHz", NULL};
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[512];
	bool taken[4] = {false};

	support_print(out, "processors: %ld of %ld\n", sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_NPROCESSORS_CONF));
	while (f && fgets(line, sizeof(line), f)) {
		for (unsigned i = 0; keys[i]; i++) {
			if (!taken[i] && strncmp(line, keys[i], strlen(keys[i])) == 0) {
				json_put(out, line, strlen(line));
				taken[i] = true;
			}
		}
	}
	if (f)
		fclose(f);
}

void support_system(const struct support *s, struct json *out)
{
	static const char *const of_os[] = {"PRETTY_NAME", "VERSION_ID", "ID=", NULL};
	static const char *const of_memory[] = {"MemTotal", "MemFree", "MemAvailable", "Swap", "Dirty", NULL};
	char when[WHEN_TEXT_MAX];
	struct complaint none;
	struct utsname u;

	support_print(out, "sekisho %s\nwritten %s\nmarks: %s\n", SEKISHO_VERSION, when_format(when_now_ns(), when),
		      s->salt_kept ? "the same in the next bundle of this box" : "of this bundle alone");
	support_print(out, "%s\nsqlite %s\njansson %s\n%s\nlibmicrohttpd %s\n%s\n", pcap_lib_version(),
		      sqlite3_libversion(), JANSSON_VERSION, OpenSSL_version(OPENSSL_VERSION),
		      late_mhd(&none) == 0 ? mhd->get_version() : none.text, archives->version_string());
	if (uname(&u) == 0) /* not its name */
		support_print(out, "kernel: %s %s %s %s\n", u.sysname, u.release, u.version, u.machine);
	support_print(out, "page size: %ld\n", sysconf(_SC_PAGESIZE));
	put_processors(out);
	put_lines(out, "/etc/os-release", of_os);
	put_lines(out, "/proc/meminfo", of_memory);
	put_lines(out, "/proc/loadavg", NULL);
	put_lines(out, "/proc/uptime", NULL);
	put_lines(out, "/sys/devices/system/clocksource/clocksource0/current_clocksource", NULL);
	put_lines(out, "/sys/kernel/security/lsm", NULL);
}

/* ---- interfaces. No addresses. */

static bool ask_driver(int fd, const char *name, void *request)
{
	struct ifreq ifr = {0};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_data = request;
	return ioctl(fd, SIOCETHTOOL, &ifr) == 0;
}

static void put_offload(int fd, const char *name, const char *what, uint32_t cmd, struct json *out)
{
	struct ethtool_value v = {.cmd = cmd};

	if (ask_driver(fd, name, &v))
		support_print(out, " %s %s", what, v.data ? "on" : "off");
}

static void put_driver(int fd, const char *name, struct json *out)
{
	struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
	struct ethtool_ringparam ring = {.cmd = ETHTOOL_GRINGPARAM};
	struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};

	if (ask_driver(fd, name, &driver))
		support_print(out, "  driver %.32s %.32s firmware %.32s\n", driver.driver, driver.version,
			      driver.fw_version);
	if (ask_driver(fd, name, &ring))
		support_print(out, "  ring received %u of %u, sent %u of %u\n", ring.rx_pending, ring.rx_max_pending,
			      ring.tx_pending, ring.tx_max_pending);
	support_print(out, "  offload");
	put_offload(fd, name, "rx-checksum", ETHTOOL_GRXCSUM, out);
	put_offload(fd, name, "tso", ETHTOOL_GTSO, out);
	put_offload(fd, name, "gso", ETHTOOL_GGSO, out);
	put_offload(fd, name, "gro", ETHTOOL_GGRO, out);
	if (ask_driver(fd, name, &flags))
		support_print(out, " lro %s rx-vlan %s", flags.data & ETH_FLAG_LRO ? "on" : "off",
			      flags.data & ETH_FLAG_RXVLAN ? "on" : "off");
	support_print(out, "\n");
}

static void put_attribute(const char *name, const char *attribute, struct json *out)
{
	char path[128], text[128];

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, attribute);
	FILE *f = fopen(path, "re");
	if (f && fgets(text, sizeof(text), f)) {
		text[strcspn(text, "\n")] = '\0';
		support_print(out, " %s %s", strrchr(attribute, '/') ? strrchr(attribute, '/') + 1 : attribute, text);
	}
	if (f)
		fclose(f);
}

void support_interfaces(const struct support *s, struct json *out)
{
	static const char *const state[] = {"operstate", "carrier", "speed",           "duplex", "mtu",
					    "flags",     "type",    "carrier_changes", NULL};
	static const char *const counts[] = {"statistics/rx_packets",       "statistics/rx_bytes",
					     "statistics/rx_dropped",       "statistics/rx_missed_errors",
					     "statistics/rx_fifo_errors",   "statistics/rx_errors",
					     "statistics/rx_length_errors", "statistics/rx_crc_errors",
					     "statistics/tx_packets",       NULL};
	struct if_nameindex *list = if_nameindex();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)s;
	for (const struct if_nameindex *i = list; i && i->if_index; i++) {
		support_print(out, "%s\n ", i->if_name);
		for (const char *const *a = state; *a; a++)
			put_attribute(i->if_name, *a, out);
		support_print(out, "\n ");
		for (const char *const *a = counts; *a; a++)
			put_attribute(i->if_name, *a, out);
		support_print(out, "\n");
		if (fd >= 0)
			put_driver(fd, i->if_name, out);
	}
	if (fd >= 0)
		close(fd);
	if (list)
		if_freenameindex(list);
}

/* ---- log lines */

static void log_of_file(const struct support *s, struct json *out)
{
	char *lines[SUPPORT_LOG_LINES] = {NULL}, *line = NULL;
	FILE *f = fopen(s->log_file, "re");
	size_t room = 0, n = 0;

	if (!f)
		support_print(out, "the log file cannot be read: %s\n", strerror(errno));
	while (f && getline(&line, &room, f) >= 0) {
		free(lines[n % SUPPORT_LOG_LINES]);
		lines[n++ % SUPPORT_LOG_LINES] = line;
		line = NULL;
		room = 0;
	}
	free(line);
	if (f)
		fclose(f);
	for (size_t i = 0; i < SUPPORT_LOG_LINES; i++) {
		char **l = &lines[(n + i) % SUPPORT_LOG_LINES];
		if (*l)
			mask_line(s->mask, *l, out);
		free(*l);
	}
}

#ifdef SEKISHO_HAVE_SYSTEMD
static void put_entry(const struct support *s, sd_journal *j, struct json *out)
{
	static const char *const fields[] = {"PRIORITY", "MESSAGE"};
	char when[WHEN_TEXT_MAX], text[2048];
	const void *data;
	uint64_t us;
	size_t len;

	if (sd_journal_get_realtime_usec(j, &us) >= 0)
		support_print(out, "%s", when_format((int64_t)us * 1000, when));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (sd_journal_get_data(j, fields[i], &data, &len) < 0)
			continue;
		size_t name = strlen(fields[i]) + 1;
		snprintf(text, sizeof(text), " %.*s", (int)(len - name), (const char *)data + name);
		mask_line(s->mask, text, out);
	}
	support_print(out, "\n");
}

static void log_of_journal(const struct support *s, struct json *out)
{
	sd_journal *j = NULL;
	int err = sd_journal_open(&j, SD_JOURNAL_LOCAL_ONLY);

	if (err >= 0)
		err = sd_journal_add_match(j, "SYSLOG_IDENTIFIER=sekishod", 0);
	if (err >= 0)
		err = sd_journal_seek_tail(j);
	if (err >= 0)
		err = sd_journal_previous_skip(j, SUPPORT_LOG_LINES);
	for (unsigned i = 0; err > 0 && i < SUPPORT_LOG_LINES; i++) {
		put_entry(s, j, out);
		err = sd_journal_next(j);
	}
	if (err < 0)
		support_print(out, "the journal cannot be read: %s\n", strerror(-err));
	if (j)
		sd_journal_close(j);
}
#else
static void log_of_journal(const struct support *s, struct json *out)
{
	(void)s;
	support_print(out, "this program cannot read a journal; name a file with --log\n");
}
#endif

void support_log(const struct support *s, struct json *out)
{
	size_t before = out->len;

	if (s->log_file)
		log_of_file(s, out);
	else
		log_of_journal(s, out);
	if (out->len == before)
		support_print(out, "no lines of sekishod are there\n");
}
