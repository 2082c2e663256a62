/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/own.h"
#include "cryptod/cryptod.h"
#include "daemon/sandbox.h"
#include "xen/box.h"

static const struct allow calls[] = {
	ALLOW(poll,		"wait for the TPM's carrier"),
	ALLOW(rt_sigprocmask,	"change to the stack of its work and back"),
	ALLOW(clock_nanosleep,	"when the TPM says that it is busy"),
	ALLOW(getpid,		"is this process the one that began it"),
	ALLOW(shutdown,		"let the carrier go"),
	ALLOW(wait4,		"until it has gone"),
	ALLOW(pread64,		"read the journal anew after a failed write"),
	ALLOW(pwrite64,		"append to the journal"),
	ALLOW(ftruncate,	"take back what could not be written"),
	ALLOW(fdatasync,	"make a commit durable"),
	ALLOW(fsync,		"make a new file durable"),
	ALLOW(flock,		"the journal, when the TPM opens it late"),
	ALLOW(getdents64,	"which segments there are, likewise"),
	ALLOW_WITHOUT(fcntl, 1, ~UINT64_C(3), "F_GETFL, F_SETFD, the same"),
	ALLOW(openat,		"a new segment, snapshot, checkpoint"),
	ALLOW(renameat,		"put it in its place"),
	ALLOW(unlinkat,		"and what a crash left out of it"),
	ALLOW(fstat,		"how long a file is"),
	ALLOW(newfstatat,	"the same, as glibc asks"),
	ALLOW(geteuid,		"is a file there ours"),
};

#define N(table) (sizeof(table) / sizeof((table)[0]))

enum err
cryptod_lock_door(struct cryptod *d)
{
	struct allow all[N(calls) + VCHAN_CALLS_MAX];
	struct grant grants[2] = {
		{ d->dir, GRANT_READ | GRANT_WRITE, "the state directory" },
	};
	struct sandbox box = { .allow = all, .grants = grants, .ngrants = 1 };
	int devices OWNED(fd_drop) = -1;

	for (size_t i = 0; i < N(calls); i++)
		all[box.nallow++] = calls[i];
	for (size_t i = 0; i < vchan_ncalls && d->doors.nvchans > 0; i++)
		all[box.nallow++] = vchan_calls[i];
	if (d->doors.nvchans > 0) {
		TRY(vchan_grant(&grants[box.ngrants++]));
		devices = grants[1].dir;
	}
	return sandbox_enter(&box, &d->sandboxed);
}
