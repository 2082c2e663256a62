/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/cage.h"

/* What a child does behind the door; anything but 0 is its exit status. */

static int listener = -1;

static int
do_nothing(void)
{
	return 0;
}

static int
do_write(void)
{
	return write(STDOUT_FILENO, "", 0) == 0 ? 0 : 1;
}

static int
do_secret(void)
{
	struct secret *s OWNED(secret_drop) = NULL;

	return secret_new(32, &s) == ERR_OK ? 0 : 1;
}

static int
do_malloc(void)
{
	char *small = malloc(100), *large = malloc(1 << 20);
	char *larger = realloc(large, 1 << 22);
	int ok = small != NULL && larger != NULL;

	free(small);
	free(larger);
	return ok ? 0 : 1;
}

static int
do_wait(void)
{
	const struct timespec none = { 0, 0 };

	return ppoll(NULL, 0, &none, NULL) == 0 ? 0 : 1;
}

static int
do_accept(void)
{
	return accept4(listener, NULL, NULL, SOCK_NONBLOCK) == -1 ? 0 : 1;
}

static int
do_peercred(void)
{
	struct ucred c;
	socklen_t len = sizeof(c);

	return getsockopt(listener, SOL_SOCKET, SO_PEERCRED, &c, &len);
}

static int
do_other_option(void)
{
	int type;
	socklen_t len = sizeof(type);

	return getsockopt(listener, SOL_SOCKET, SO_TYPE, &type, &len);
}

static int
do_own_row(void)
{
	return getppid() > 0 ? 0 : 1;
}

static int
do_only_row(void)
{
	return fcntl(0, F_GETFD) >= -1 ? 0 : 1;
}

static int
do_not_only_row(void)
{
	return fcntl(0, F_GETFL) >= -1 ? 0 : 1;
}

static int
do_open(void)
{
	return open("/dev/null", O_RDONLY) >= 0 ? 0 : 1;
}

static int
do_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return 1;
}

static int
do_fork(void)
{
	return fork() >= 0 ? 0 : 1;
}

static int
do_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}

static int
do_connect(void)
{
	struct sockaddr sa = { .sa_family = AF_UNIX };

	return connect(listener, &sa, sizeof(sa)) == -1 ? 0 : 1;
}

static int
do_kill(void)
{
	return kill(getppid(), 0);
}

static int
do_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1;
}

static int
do_map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? 0 : 1;
}

static int
do_protect_code(void)
{
	static char page[8192] __attribute__((aligned(4096)));

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static int
do_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1);
}

static int
do_unlock(void)
{
	return munlockall();
}

static int
do_ioctl(void)
{
	return ioctl(0, FIONREAD, NULL) >= -1 ? 0 : 1;
}

static int
do_old_calls(void)
{
	/* The 32-bit gate: another table of calls. */
#ifdef __x86_64__
	__asm__ volatile("int $0x80" : : "a"(20) : "memory");
#else
	raise(SIGSYS);
#endif
	return 0;
}

static const struct allow own[] = {
	ALLOW(getppid,        "an example row"),
	ALLOW(accept4,        "which is everyone's already"),
	ALLOW(getppid,        "and once more"),
	ALLOW_ONLY(fcntl, 1, F_GETFD, "an example with a value"),
};

static const struct sandbox strict = {
	.allow = own, .nallow = ROWS(own),
};

static const struct allow few[] = {
	ALLOW(write,             "an example"),
	ALLOW(exit_group,        "the end"),
};
static const struct sandbox bare = {
	.allow = few, .nallow = ROWS(few), .bare = true,
};

static const struct caged rows[] = {
	{ "nothing is allowed", &strict, do_nothing, 0, 0, 0, NULL },
	{ "write is allowed", &strict, do_write, 0, 0, 0, NULL },
	{ "a secret is allowed", &strict, do_secret, 0, 0, 0, NULL },
	{ "malloc is allowed", &strict, do_malloc, 0, 0, 0, NULL },
	{ "waiting is allowed", &strict, do_wait, 0, 0, 0, NULL },
	{ "accept is allowed", &strict, do_accept, 0, 0, 0, NULL },
	{ "who a peer is, is allowed", &strict, do_peercred, 0, 0, 0, NULL },
	{ "another option kills", &strict, do_other_option, SIGSYS, 0, 0,
	    NULL },
	{ "an own row is allowed", &strict, do_own_row, 0, 0, 0, NULL },
	{ "a value of a row is allowed", &strict, do_only_row, 0, 0, 0, NULL },
	{ "another value kills", &strict, do_not_only_row, SIGSYS, 0, 0, NULL },
	{ "a bare box has its rows", &bare, do_write, 0, 0, 0, NULL },
	{ "and not everybody's", &bare, do_secret, SIGSYS, 0, 0, NULL },
	{ "open kills", &strict, do_open, SIGSYS, 0, 0, NULL },
	{ "exec kills", &strict, do_exec, SIGSYS, 0, 0, NULL },
	{ "fork kills", &strict, do_fork, SIGSYS, 0, 0, NULL },
	{ "socket kills", &strict, do_socket, SIGSYS, 0, 0, NULL },
	{ "connect kills", &strict, do_connect, SIGSYS, 0, 0, NULL },
	{ "kill kills", &strict, do_kill, SIGSYS, 0, 0, NULL },
	{ "ptrace kills", &strict, do_ptrace, SIGSYS, 0, 0, NULL },
	{ "mapping code kills", &strict, do_map_code, SIGSYS, 0, 0, NULL },
	{ "making code kills", &strict, do_protect_code, SIGSYS, 0, 0, NULL },
	{ "becoming dumpable kills", &strict, do_dumpable, SIGSYS, 0, 0, NULL },
	{ "unlocking kills", &strict, do_unlock, SIGSYS, 0, 0, NULL },
	{ "ioctl kills", &strict, do_ioctl, SIGSYS, 0, 0, NULL },
	{ "the 32-bit gate kills", &strict, do_old_calls, SIGSYS, 0, 0, NULL },
};

/* A kernel without Landlock, played by a filter around ours. */
static void
child_without_landlock(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	bool whole = true;

	if (f == NULL || seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS),
	    SCMP_SYS(landlock_create_ruleset), 0) != 0 ||
	    seccomp_load(f) != 0)
		_exit(100);
	if (sandbox_enter(&strict, &whole) != ERR_OK || whole)
		_exit(101);
	do_open();
	_exit(0);
}

/* One that refuses it for another reason is not to be trusted. */
static void
child_with_a_failing_landlock(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	bool whole = true;

	if (f == NULL || seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOMEM),
	    SCMP_SYS(landlock_restrict_self), 0) != 0 ||
	    seccomp_load(f) != 0)
		_exit(100);
	_exit(sandbox_enter(&strict, &whole) == ERR_HARDWARE ? 0 : 101);
}

static int
end_of(void (*act)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		act();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static void
test_without_landlock_the_rest_holds(void **state)
{
	(void)state;
	assert_int_equal(end_of(child_without_landlock), SIGSYS);
}

static void
test_a_failing_landlock_is_refused(void **state)
{
	(void)state;
	assert_int_equal(end_of(child_with_a_failing_landlock), 0);
}

static int
set_up(void **state)
{
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	return listener == -1 || cage_begin(state) != 0;
}

int
main(void)
{
	static struct cage_run runs[2 * ROWS(rows)];
	struct CMUnitTest tests[2 * ROWS(rows) + 2] = {
		cmocka_unit_test(test_without_landlock_the_rest_holds),
		cmocka_unit_test(test_a_failing_landlock_is_refused),
	};

	cage_fill(rows, ROWS(rows), runs, tests + 2);
	return cmocka_run_group_tests_name("sandbox", tests, set_up, cage_end);
}
