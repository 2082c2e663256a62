/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/confined.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/log.h"
#include "daemon/sandbox.h"

/* All that fork() asks for; no namespace, no thread (linux/sched.h). */
#define CHILD_SETTID	UINT64_C(0x01000000)
#define CHILD_CLEARTID	UINT64_C(0x00200000)
#define FORK		(CHILD_SETTID | CHILD_CLEARTID | 0xff)

static const struct allow reading[] = {
	ALLOW(write,		"the answer"),
	ALLOW(exit_group,	"end"),
	ALLOW(brk,		"malloc in the libraries"),
	ALLOW_WITHOUT(mmap, 2, PROT_EXEC, "the same"),
	ALLOW(munmap,		"free"),
	ALLOW(mremap,		"realloc; it cannot make pages executable"),
	ALLOW(madvise,		"free"),
	ALLOW(futex,		"locks inside the libraries"),
	ALLOW(clock_gettime,	"the time, where the vDSO falls back"),
	ALLOW(restart_syscall,	"go on after a stop"),
};

/* The zygote's own, and what a child needs to become one. */
static const struct allow forking[] = {
	ALLOW(recvfrom,		"an order"),
	ALLOW(sendto,		"its reply"),
	ALLOW(poll,		"wait for orders and answers"),
	ALLOW(read,		"a child's answer"),
	ALLOW(pipe2,		"for a child's answer"),
	ALLOW_WITHOUT(clone, 0, ~FORK, "fork a child"),
	ALLOW(set_robust_list,	"the same"),
	ALLOW_ONLY(kill, 1, SIGKILL, "end it"),
	ALLOW(wait4,		"until it has gone"),
	ALLOW(getpid,		"is the zygote still there"),
	ALLOW(getppid,		"the same"),
	ALLOW(close,		"a pipe that is done with"),
	ALLOW(close_range,	"what is none of a child's business"),
	ALLOW(prctl,		"the child's own confinement"),
	ALLOW(prlimit64,	"the same"),
	ALLOW(seccomp,		"the same"),
};

#define N(table) (sizeof(table) / sizeof((table)[0]))

enum err
confined_zygote(void)
{
	struct allow rows[N(reading) + N(forking)];
	const struct sandbox box = { .allow = rows, .nallow = N(rows),
	    .bare = true };
	bool whole;

	memcpy(rows, reading, sizeof(reading));
	memcpy(rows + N(reading), forking, sizeof(forking));
	return sandbox_enter(&box, &whole);
}

enum err
confined_child(const struct appraiser_setup *setup, size_t mapped)
{
	const struct {
		__rlimit_resource_t	what;
		rlim_t			most;
	} limits[] = {
		{ RLIMIT_AS, mapped + setup->child_memory },
		{ RLIMIT_CPU, setup->child_cpu_s },
		{ RLIMIT_NOFILE, 0 },
		{ RLIMIT_NPROC, 0 },
		{ RLIMIT_FSIZE, 0 },
		{ RLIMIT_CORE, 0 },
	};

	for (size_t i = 0; i < N(limits); i++)
		if (setrlimit(limits[i].what, &(struct rlimit){
		    limits[i].most, limits[i].most }) == -1)
			return log_errno("limit what reads for an appraisal");
	return sandbox_narrow(reading, N(reading));
}
