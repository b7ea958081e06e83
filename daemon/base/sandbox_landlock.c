/* Landlock by its three system calls; what Debian 12's headers lack is written down here (landlock(7), ABI 1 to 6). */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sandbox_own.h"

#define FS_EXECUTE    (UINT64_C(1) << 0)
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE  (UINT64_C(1) << 2)
#define FS_READ_DIR   (UINT64_C(1) << 3)
#define FS_REFER      (UINT64_C(1) << 13) /* ABI 2 */
#define FS_TRUNCATE   (UINT64_C(1) << 14) /* ABI 3 */
#define FS_OF_ABI_1   ((UINT64_C(1) << 13) - 1)
#define NET_TCP       (UINT64_C(3)) /* ABI 4: bind, connect */
#define SCOPED        (UINT64_C(3)) /* ABI 6: abstract sockets, signals */

#define OF_A_FILE (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct path_attr {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

enum { RULE_PATH_BENEATH = 1, CREATE_RULESET_VERSION = 1 };

static long ruleset_create(const struct ruleset_attr *attr, size_t size, uint32_t flags)
{
	return syscall(__NR_landlock_create_ruleset, attr, size, flags);
}

static int add_path(int ruleset, const struct sandbox_path *p, uint64_t handled)
{
	struct stat st;
	struct path_attr rule = {.parent_fd = open(p->path, O_PATH | O_CLOEXEC)};
	int err = 0;

	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -errno;
	rule.allowed = handled & (p->writes ? ~FS_EXECUTE : FS_READ_FILE | FS_READ_DIR | FS_EXECUTE);
	if (fstat(rule.parent_fd, &st) < 0)
		err = -errno;
	else if (!S_ISDIR(st.st_mode))
		rule.allowed &= OF_A_FILE;
	if (!err && syscall(__NR_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0)
		err = -errno;
	close(rule.parent_fd);
	return err;
}

int landlock_keep_to(const struct sandbox_path *paths, size_t n, bool alone)
{
	long abi = ruleset_create(NULL, 0, CREATE_RULESET_VERSION);
	struct ruleset_attr attr = {.fs = FS_OF_ABI_1};
	size_t size = sizeof(attr.fs);

	if (abi < 1)
		return -errno;
	attr.fs |= abi >= 2 ? FS_REFER : 0;
	attr.fs |= abi >= 3 ? FS_TRUNCATE : 0;
	if (alone && abi >= 4) {
		attr.net = NET_TCP;
		size = 2 * sizeof(uint64_t);
	}
	if (alone && abi >= 6) {
		attr.scoped = SCOPED;
		size = sizeof(attr);
	}
	int ruleset = (int)ruleset_create(&attr, size, 0);
	int err = ruleset < 0 ? -errno : 0;
	for (size_t i = 0; i < n && !err; i++)
		err = add_path(ruleset, &paths[i], attr.fs);
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		err = -errno;
	if (!err && syscall(__NR_landlock_restrict_self, ruleset, 0) < 0)
		err = -errno;
	if (ruleset >= 0)
		close(ruleset);
	return err;
}
