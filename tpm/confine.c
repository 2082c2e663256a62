/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpm/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"

/* A call, and what the bits of one argument must be; no bits, any argument. */
struct row {
	int		 syscall;
	unsigned	 arg;
	uint64_t	 bits, value;
	const char	*why;
};

#define ALLOW(call, why) { SCMP_SYS(call), 0, 0, 0, why }
#define ALLOW_IF(call, arg, bits, value, why) \
	{ SCMP_SYS(call), arg, bits, value, why }
#define ROWS(table) (table), sizeof(table) / sizeof((table)[0])

/* All that fork() asks for; no namespace, no thread. */
#define FORK (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | 0xff)

static const struct row carrying[] = {
	ALLOW(recvfrom,        "the next command"),
	ALLOW(sendto,          "its answer"),
	ALLOW(setitimer,       "its limit"),
	ALLOW(read,            "the TPM's answer"),
	ALLOW(write,           "the command for the TPM"),
	ALLOW(poll,            "until it is there"),
	ALLOW(ppoll,           "the same"),
	ALLOW(close,           "a connection that is done with"),
	ALLOW(brk,             "malloc"),
	ALLOW(munmap,          "free"),
	ALLOW_IF(mmap, 2, PROT_EXEC, 0, "malloc"),
	ALLOW(restart_syscall, "go on after a stop"),
	ALLOW(exit_group,      "end"),
};

/* swtpm's TCTI connects anew for each command. */
static const struct row by_socket[] = {
	ALLOW_IF(socket, 0, UINT32_MAX, AF_UNIX, "a connection to swtpm"),
	ALLOW(connect,         "the same"),
};

/* The porter's own, and what a bearer needs to become one. */
static const struct row starting[] = {
	ALLOW(pipe2,           "see a bearer end"),
	ALLOW_IF(clone, 0, ~(uint64_t)FORK, 0, "fork a bearer"),
	ALLOW(set_robust_list, "the same"),
	ALLOW_IF(kill, 1, UINT32_MAX, SIGKILL, "end it"),
	ALLOW(wait4,           "until it has gone"),
	ALLOW(getpid,          "is the porter still there"),
	ALLOW(getppid,         "the same"),
	ALLOW(openat,          "the TCTI's library; the device"),
	ALLOW(pread64,         "the library's headers"),
	ALLOW(fstat,           "how long it is"),
	ALLOW(newfstatat,      "the same; where it might be"),
	ALLOW(mmap,            "its code"),
	ALLOW(mprotect,        "its relocations, read-only"),
	ALLOW(prctl,           "the bearer's own confinement"),
	ALLOW(seccomp,         "the same"),
};

static void
filter_drop(scmp_filter_ctx *f)
{
	if (*f != NULL)
		seccomp_release(*f);
	*f = NULL;
}

static enum err
add(scmp_filter_ctx f, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct scmp_arg_cmp compare = {
			.arg = rows[i].arg,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = rows[i].bits,
			.datum_b = rows[i].value,
		};
		int rc = seccomp_rule_add_array(f, SCMP_ACT_ALLOW,
		    rows[i].syscall, rows[i].bits != 0, &compare);

		if (rc != 0)
			return log_err(ERR_HARDWARE, "TPM: seccomp: %s: %s",
			    rows[i].why, strerrordesc_np(-rc));
	}
	return ERR_OK;
}

static enum err
load(scmp_filter_ctx f)
{
	int rc = seccomp_load(f);

	if (rc != 0)
		return log_err(ERR_HARDWARE, "TPM: seccomp: load: %s",
		    strerrordesc_np(-rc));
	return ERR_OK;
}

/* The bounding set can be emptied only by those who have something left; for
 * others no_new_privs makes it one of nothing. */
static enum err
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[2] = { { 0 } };

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap) == -1)
			break;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 ||
	    syscall(SYS_capset, &head, none) == -1)
		return log_errno("TPM: give capabilities up");
	return ERR_OK;
}

static enum err
drop_privileges(void)
{
	const struct rlimit no_core = { 0, 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0) == -1 ||
	    setrlimit(RLIMIT_CORE, &no_core) == -1)
		return log_errno("TPM: give privileges up");
	return drop_capabilities();
}

enum err
confine_porter(void)
{
	scmp_filter_ctx f OWNED(filter_drop) =
	    seccomp_init(SCMP_ACT_ERRNO(EPERM));

	TRY(drop_privileges());
	if (f == NULL)
		return log_err(ERR_HARDWARE, "TPM: seccomp: no filter");
	TRY(add(f, ROWS(starting)));
	TRY(add(f, ROWS(by_socket)));
	TRY(add(f, ROWS(carrying)));
	return load(f);
}

enum err
confine_bearer(const char *tcti)
{
	const bool device = strncmp(tcti, "device", 6) == 0;
	scmp_filter_ctx f OWNED(filter_drop) =
	    seccomp_init(SCMP_ACT_KILL_PROCESS);

	if (f == NULL)
		return log_err(ERR_HARDWARE, "TPM: seccomp: no filter");
	if (!device)
		TRY(add(f, ROWS(by_socket)));
	TRY(add(f, ROWS(carrying)));
	return load(f);
}
