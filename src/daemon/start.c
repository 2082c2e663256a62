/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"

static volatile sig_atomic_t stopping;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

int
daemon_stopping(void)
{
	return stopping;
}

/* Whoever opens a file later must not be given 0, 1 or 2. */
static enum err
open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd == -1)
			return log_errno("open /dev/null");
	} while (fd <= STDERR_FILENO);
	close(fd);
	return ERR_OK;
}

static enum err
close_others(const int *keep, size_t nkeep)
{
	unsigned from = STDERR_FILENO + 1;

	for (size_t i = 0; i < nkeep; i++) {
		unsigned fd = (unsigned)keep[i];

		if (fd > from && close_range(from, fd - 1, 0) == -1)
			return log_errno("close_range");
		if (fd >= from)
			from = fd + 1;
	}
	if (close_range(from, ~0u, 0) == -1)
		return log_errno("close_range");
	return ERR_OK;
}

/* What was inherited may ignore or block anything. */
static enum err
set_signals(void)
{
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	const struct sigaction stop = { .sa_handler = on_stop };
	sigset_t hold;

	for (int sig = 1; sig < SIGRTMIN; sig++)
		if (sigaction(sig, &plain, NULL) == -1 && errno != EINVAL)
			return log_errno("signal %d", sig);
	sigemptyset(&hold);
	sigaddset(&hold, SIGTERM);
	sigaddset(&hold, SIGINT);
	if (sigprocmask(SIG_SETMASK, &hold, NULL) == -1 ||
	    sigaction(SIGTERM, &stop, NULL) == -1 ||
	    sigaction(SIGINT, &stop, NULL) == -1 ||
	    sigaction(SIGPIPE, &ignore, NULL) == -1 ||
	    sigaction(SIGXFSZ, &ignore, NULL) == -1)
		return log_errno("set up signals");
	return ERR_OK;
}

/* The loader takes it from nowhere but the environment. */
enum err
daemon_bind(char **argv)
{
	static const char name[] = "LD_BIND_NOW";
	const char *bound = getenv(name);
	char self[PATH_MAX];
	ssize_t n;

	if (bound != NULL && bound[0] != '\0')
		return ERR_OK;
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n == -1)
		return log_errno("/proc/self/exe");
	self[n] = '\0';
	if (setenv(name, "1", 1) == 0)
		execv(self, argv);
	return log_errno("begin again as %s", self);
}

static enum err
hide_memory(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0) == -1)
		return log_errno("forbid cores");
	return ERR_OK;
}

enum err
daemon_start(const char *name, const int *keep, size_t nkeep)
{
	log_name(name);
	TRY(hide_memory());
	umask(0077);
	TRY(open_standard());
	/* The clock of the tests is inherited, mapped and closed again. */
	TRY(clock_start());
	TRY(close_others(keep, nkeep));
	return set_signals();
}

enum err
daemon_mapped(size_t *bytes)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;
	int n = f != NULL ? fscanf(f, "%lu", &pages) : 0;

	if (f != NULL)
		fclose(f);
	if (n != 1)
		return log_err(ERR_HARDWARE, "/proc/self/statm: not readable");
	*bytes = pages * (size_t)sysconf(_SC_PAGESIZE);
	return ERR_OK;
}

/* As much as is wanted, or all that we may have. */
static enum err
raise_limit(__rlimit_resource_t what, const char *name, rlim_t want,
    struct rlimit *have)
{
	struct rlimit more;

	if (getrlimit(what, have) == -1)
		return log_errno("%s", name);
	more = (struct rlimit){ want, have->rlim_max };
	if (more.rlim_max < want)
		more.rlim_max = want;
	if (have->rlim_cur < want && setrlimit(what, &more) == 0)
		*have = more;
	return ERR_OK;
}

enum err
daemon_want_files(size_t want)
{
	struct rlimit limit;

	TRY(raise_limit(RLIMIT_NOFILE, "RLIMIT_NOFILE", want, &limit));
	if (limit.rlim_cur < want)
		return log_err(ERR_STATE, "RLIMIT_NOFILE is %llu and %zu are "
		    "needed, or a peer could take them all: raise it "
		    "(LimitNOFILE=)", (unsigned long long)limit.rlim_cur,
		    want);
	return ERR_OK;
}

enum err
daemon_lock_memory(size_t headroom)
{
	struct rlimit limit;
	size_t bytes = 0;

	/* Which is what mlockall() is going to lock. */
	TRY(daemon_mapped(&bytes));
	TRY(raise_limit(RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK", bytes + headroom,
	    &limit));
	if (limit.rlim_cur < bytes + headroom)
		return log_err(ERR_STATE, "RLIMIT_MEMLOCK is %llu KiB and "
		    "%zu KiB are needed: raise it (LimitMEMLOCK=) or set "
		    "lock_memory = secrets",
		    (unsigned long long)limit.rlim_cur / 1024,
		    (bytes + headroom) / 1024);
	if (mlockall(MCL_CURRENT | MCL_FUTURE) == -1)
		return log_errno("lock all memory");
	return ERR_OK;
}
