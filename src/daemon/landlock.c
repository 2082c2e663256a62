/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"

/*
 * The kernel's interface has grown since the oldest header that we build
 * with: what came later is said here, and asked for where the kernel's
 * version (its "ABI") has it.
 */
#define FS_TRUNCATE	(UINT64_C(1) << 14)	/* 3 */
#define FS_IOCTL_DEV	(UINT64_C(1) << 15)	/* 5 */
#define NET_TCP		UINT64_C(3)		/* 4: bind and connect */
#define SCOPED		UINT64_C(3)		/* 6: abstract sockets,
						 * signals */

struct ruleset {
	uint64_t	fs;
	uint64_t	net;
	uint64_t	scoped;
};

#define READING	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITING	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	LANDLOCK_ACCESS_FS_REMOVE_FILE | FS_TRUNCATE)
#define DEVICES	(LANDLOCK_ACCESS_FS_READ_FILE | \
	LANDLOCK_ACCESS_FS_WRITE_FILE | FS_IOCTL_DEV)

#define NODES	(LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE)

/* What can be granted for a file that is no directory. */
#define FILES	(DEVICES | FS_TRUNCATE)

static uint64_t
rights_of(const struct grant *g)
{
	uint64_t all = ((g->rights & GRANT_READ) != 0 ? READING : 0) |
	    ((g->rights & GRANT_WRITE) != 0 ? WRITING : 0) |
	    ((g->rights & GRANT_DEVICE) != 0 ? DEVICES : 0) |
	    ((g->rights & GRANT_NODE) != 0 ? NODES : 0) |
	    ((g->rights & GRANT_LIST) != 0 ? LANDLOCK_ACCESS_FS_READ_DIR : 0);
	struct stat st;

	return fstat(g->dir, &st) == 0 && !S_ISDIR(st.st_mode) ?
	    all & FILES : all;
}

/* Everything that this kernel can refuse is refused. */
static size_t
refuse_all(long abi, struct ruleset *out)
{
	*out = (struct ruleset){
		.fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	if (abi >= 2)
		out->fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		out->fs |= FS_TRUNCATE;
	if (abi >= 5)
		out->fs |= FS_IOCTL_DEV;
	if (abi >= 4)
		out->net = NET_TCP;
	if (abi >= 6)
		out->scoped = SCOPED;
	return abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

static enum err
add(int ruleset, uint64_t handled, const struct grant *g)
{
	const struct landlock_path_beneath_attr rule = {
		.allowed_access = rights_of(g) & handled,
		.parent_fd = g->dir,
	};

	if (syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == -1)
		return log_errno("Landlock: %s", g->why);
	return ERR_OK;
}

enum err
landlock_enter(const struct grant *grants, size_t n)
{
	int fd OWNED(fd_drop) = -1;
	struct ruleset all;
	size_t size;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	if (abi == -1 && (errno == ENOSYS || errno == EOPNOTSUPP))
		return ERR_NOT_FOUND;
	if (abi == -1)
		return log_errno("Landlock");
	size = refuse_all(abi, &all);
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (fd == -1)
		return log_errno("Landlock");
	for (size_t i = 0; i < n; i++)
		TRY(add(fd, all.fs, &grants[i]));
	if (syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		return log_errno("Landlock");
	return ERR_OK;
}
