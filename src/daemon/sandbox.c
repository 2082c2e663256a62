/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/sandbox.h"

#include <cap-ng.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/own.h"
#include "daemon/landlock.h"

static const struct allow everyone[] = {
	ALLOW(read,            "take bytes; a pipe's, a terminal's"),
	ALLOW(write,           "one line to stderr"),
	ALLOW(recvfrom,        "take a peer's bytes"),
	ALLOW(sendto,          "send a peer its bytes, without SIGPIPE"),
	ALLOW(ppoll,           "wait"),
	ALLOW(accept4,         "a new peer on a listening socket"),
	ALLOW_ONLY(getsockopt, 2, SO_PEERCRED, "who that peer is"),
	ALLOW(close,           "drop a peer"),
	ALLOW(clock_gettime,   "the time, where the vDSO falls back"),
	ALLOW(getrandom,       "seeds and nonces; glibc's own"),
	ALLOW(rt_sigreturn,    "come back from SIGTERM"),
	ALLOW(restart_syscall, "go on after a stop"),
	ALLOW(exit_group,      "end"),
	ALLOW(futex,           "locks inside the libraries"),
	ALLOW(brk,             "malloc in the libraries"),
	ALLOW(munmap,          "secret_drop, free"),
	ALLOW_WITHOUT(mmap, 2, PROT_EXEC,     "secret_new, malloc"),
	ALLOW_WITHOUT(mprotect, 2, PROT_EXEC, "the fences of a secret"),
	ALLOW(mremap,          "realloc; it cannot make pages executable"),
	ALLOW(mlock,           "secret_new"),
	ALLOW(madvise,         "secret_new, free"),
};

static void
filter_drop(scmp_filter_ctx *f)
{
	if (*f != NULL)
		seccomp_release(*f);
	*f = NULL;
}

static enum err
add(scmp_filter_ctx f, const struct allow *row)
{
	const struct scmp_arg_cmp compare = {
		.arg = row->arg,
		.op = row->how == ALLOW_VALUE ? SCMP_CMP_EQ :
		    SCMP_CMP_MASKED_EQ,
		.datum_a = row->value,		/* the mask of the latter */
		.datum_b = 0,
	};
	int rc = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, row->syscall,
	    row->how == ALLOW_ALWAYS ? 0 : 1, &compare);

	if (rc != 0)
		return log_err(ERR_HARDWARE, "seccomp: %s: %s", row->why,
		    strerrordesc_np(-rc));
	return ERR_OK;
}

static enum err
add_all(scmp_filter_ctx f, const struct allow *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		TRY(add(f, &rows[i]));
	return ERR_OK;
}

static enum err
filter_calls(const struct sandbox *box)
{
	scmp_filter_ctx f OWNED(filter_drop) =
	    seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc;

	if (f == NULL || seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS) != 0)
		return log_err(ERR_HARDWARE, "seccomp: no filter");
	if (!box->bare)
		TRY(add_all(f, everyone,
		    sizeof(everyone) / sizeof(everyone[0])));
	TRY(add_all(f, box->allow, box->nallow));
	rc = seccomp_load(f);
	if (rc != 0)
		return log_err(ERR_HARDWARE, "seccomp: load: %s",
		    strerrordesc_np(-rc));
	return ERR_OK;
}

/* The bounding set can be emptied only by those who have something left. */
static enum err
drop_capabilities(const struct sandbox *box)
{
	capng_get_caps_process();
	const bool bounds = capng_have_capability(CAPNG_EFFECTIVE,
	    CAP_SETPCAP);

	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < box->ncapabilities; i++)
		if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE |
		    CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
		    (unsigned)box->capabilities[i]) != 0)
			return log_err(ERR_INTERNAL, "capability %d",
			    box->capabilities[i]);
	if (bounds && capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return log_err(ERR_HARDWARE,
		    "the capabilities' bounding set cannot be reduced");
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1)
		return log_err(ERR_HARDWARE,
		    "capabilities cannot be given up, or not had");
	return ERR_OK;
}

enum err
sandbox_enter(const struct sandbox *box, bool *whole)
{
	enum err e;

	TRY(drop_capabilities(box));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return log_errno("no_new_privs");
	e = landlock_enter(box->grants, box->ngrants);
	*whole = e != ERR_NOT_FOUND;
	if (e == ERR_NOT_FOUND)
		log_line("Landlock is not there: this kernel does not hide "
		    "files");
	else if (e != ERR_OK)
		return e;
	return filter_calls(box);
}

enum err
sandbox_narrow(const struct allow *rows, size_t n)
{
	return filter_calls(&(struct sandbox){ .allow = rows, .nallow = n,
	    .bare = true });
}
