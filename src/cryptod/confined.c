/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/confined.h"

#include <signal.h>

#include "daemon/apart.h"

/* All that fork() asks for; no namespace, no thread (linux/sched.h). */
#define CHILD_SETTID	UINT64_C(0x01000000)
#define CHILD_CLEARTID	UINT64_C(0x00200000)
#define FORK		(CHILD_SETTID | CHILD_CLEARTID | 0xff)

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
	struct allow rows[APART_CALLS + N(forking)];
	const struct sandbox box = { .allow = rows, .nallow = N(rows),
	    .bare = true };
	bool whole;

	memcpy(rows, apart_calls, sizeof(apart_calls));
	memcpy(rows + APART_CALLS, forking, sizeof(forking));
	return sandbox_enter(&box, &whole);
}

enum err
confined_child(const struct appraiser_setup *setup, size_t mapped)
{
	TRY(apart_bound(&(struct apart){ mapped, setup->child_memory,
	    setup->child_cpu_s }));
	return sandbox_narrow(apart_calls, APART_CALLS);
}
