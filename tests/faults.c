/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/faults.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	unsigned	 at;
	unsigned	 calls;
	int		 error;
	const char	*on;
	int		 on_error;
} plan;

void
fault_at(unsigned n, int error)
{
	plan.at = n;
	plan.error = error;
	plan.calls = 0;
}

void
fault_on(const char *call, int error)
{
	plan.on = call;
	plan.on_error = error;
}

unsigned
fault_calls(void)
{
	return plan.calls;
}

static int
fails_by_name(const char *call)
{
	if (plan.on == NULL || strcmp(plan.on, call) != 0)
		return 0;
	errno = plan.on_error;
	return 1;
}

static int
fails(const char *call)
{
	if (++plan.calls != plan.at)
		return fails_by_name(call);
	if (plan.error == 0)
		_exit(FAULT_STATUS);
	errno = plan.error;
	return 1;
}

ssize_t
pread(int fd, void *buf, size_t len, off_t at)
{
	return fails_by_name("pread") ? -1 :
	    syscall(SYS_pread64, fd, buf, len, at);
}

ssize_t
pwrite(int fd, const void *buf, size_t len, off_t at)
{
	const int turn = plan.calls + 1 == plan.at ||
	    (plan.on != NULL && strcmp(plan.on, "pwrite") == 0);

	if (turn && len > 1)
		(void)!syscall(SYS_pwrite64, fd, buf, len / 2, at);
	return fails("pwrite") ? -1 : syscall(SYS_pwrite64, fd, buf, len, at);
}

int
ftruncate(int fd, off_t len)
{
	return fails("ftruncate") ? -1 : (int)syscall(SYS_ftruncate, fd, len);
}

int
fdatasync(int fd)
{
	(void)fd;
	return fails("fdatasync") ? -1 : 0;
}

int
fsync(int fd)
{
	(void)fd;
	return fails("fsync") ? -1 : 0;
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return fails("renameat") ? -1 :
	    (int)syscall(SYS_renameat, from_dir, from, to_dir, to);
}

int
unlinkat(int dir, const char *name, int flags)
{
	return fails("unlinkat") ? -1 :
	    (int)syscall(SYS_unlinkat, dir, name, flags);
}
