/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/apart.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"

const struct allow apart_calls[APART_CALLS] = {
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

enum err
apart_hold(int fd)
{
	const unsigned at = (unsigned)fd;

	return (at == 0 || close_range(0, at - 1, 0) == 0) &&
	    close_range(at + 1, ~0u, 0) == 0 ? ERR_OK : ERR_HARDWARE;
}

enum err
apart_bound(const struct apart *most)
{
	const struct {
		__rlimit_resource_t	what;
		rlim_t			most;
	} limits[] = {
		{ RLIMIT_AS, most->mapped + most->memory },
		{ RLIMIT_CPU, most->cpu_s },
		{ RLIMIT_NOFILE, 0 },
		{ RLIMIT_NPROC, 0 },
		{ RLIMIT_FSIZE, 0 },
		{ RLIMIT_CORE, 0 },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (setrlimit(limits[i].what, &(struct rlimit){
		    limits[i].most, limits[i].most }) == -1)
			return log_errno("limit who reads something foreign");
	return ERR_OK;
}
