/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"
#include "base/secret.h"
#include "daemon/sandbox.h"

#define NOBODY 65534

/* What a child does behind the door; anything but 0 is its exit status. */

static int listener = -1, granted = -1;
static char dir[] = "/tmp/test_sandbox.XXXXXX";

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

/* A box in which only Landlock, capabilities and no_new_privs are left. */

static int
do_read_granted(void)
{
	return openat(granted, "file", O_RDONLY) >= 0 ? 0 : 1;
}

static int
do_write_granted(void)
{
	return openat(granted, "new", O_CREAT | O_WRONLY | O_TRUNC, 0600) >= 0
	    && unlinkat(granted, "new", 0) == 0 ? 0 : 1;
}

static int
do_rename_granted(void)
{
	return renameat(granted, "file", granted, "other") == 0 &&
	    renameat(granted, "other", granted, "file") == 0 ? 0 : 1;
}

static int
do_make_link(void)
{
	return symlinkat("/etc", granted, "link") == 0 ? 0 : 1;
}

static int
do_list_granted(void)
{
	return openat(granted, ".", O_RDONLY | O_DIRECTORY) >= 0 ? 0 : 1;
}

static int
do_read_file(void)
{
	return openat(granted, "file", O_RDONLY) >= 0 ? 0 : 1;
}

/* With the grant it is only the capability that is missing. */
static int
do_make_node(void)
{
	return mknodat(granted, "node", S_IFBLK | 0600, 0) == -1 &&
	    errno == EPERM ? 0 : 1;
}

static int
do_leave_granted(void)
{
	return openat(granted, "../../etc/passwd", O_RDONLY) >= 0 ? 0 : 1;
}

static int
do_open_tmp(void)
{
	return open("/tmp", O_RDONLY | O_DIRECTORY) >= 0 ? 0 : 1;
}

static int
do_become_root(void)
{
	return setresuid(0, 0, 0) == 0 && chown(dir, 1, 1) == 0 ? 0 : 1;
}

static int
do_ask_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1;
}

static int
do_read_capabilities(void)
{
	static const char *const empty[] = { "CapInh:", "CapPrm:", "CapEff:",
	    "CapAmb:" };
	char status[4096], want[64];
	int fd OWNED(fd_drop) = openat(granted, "status", O_RDONLY);
	ssize_t n = pread(fd, status, sizeof(status) - 1, 0);

	if (n <= 0)
		return 2;
	status[n] = '\0';
	for (size_t i = 0; i < ROWS(empty); i++) {
		snprintf(want, sizeof(want), "%s\t%016x\n", empty[i], 0);
		if (strstr(status, want) == NULL)
			return 3;
	}
	return 0;
}

static int
do_bind_tcp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	const struct sockaddr any = { .sa_family = AF_INET };

	return fd >= 0 && bind(fd, &any, sizeof(any)) == 0 ? 0 : 1;
}

static const struct allow files[] = {
	ALLOW(openat,            "these rows try Landlock"),
	ALLOW(unlink,            "these rows try Landlock"),
	ALLOW(unlinkat,          "these rows try Landlock"),
	ALLOW(mknodat,           "these rows try Landlock"),
	ALLOW(renameat,          "these rows try Landlock"),
	ALLOW(renameat2,         "these rows try Landlock"),
	ALLOW(symlinkat,         "these rows try Landlock"),
	ALLOW(pread64,           "these rows try Landlock"),
	ALLOW(prctl,             "these rows look at the rest"),
	ALLOW(setresuid,         "these rows look at the rest"),
	ALLOW(chown,             "these rows look at the rest"),
	ALLOW(fchownat,          "these rows look at the rest"),
	ALLOW(socket,            "these rows look at the rest"),
	ALLOW(bind,              "these rows look at the rest"),
};

static struct grant can_write[] = {
	{ -1, GRANT_READ | GRANT_WRITE, "an example" },
};
static struct grant can_read[] = { { -1, GRANT_READ, "an example" } };
static struct grant can_list[] = { { -1, GRANT_LIST, "an example" } };
static struct grant can_make[] = { { -1, GRANT_NODE, "an example" } };

static const struct sandbox writing = {
	.allow = files, .nallow = ROWS(files),
	.grants = can_write, .ngrants = 1,
};
static const struct sandbox reading = {
	.allow = files, .nallow = ROWS(files),
	.grants = can_read, .ngrants = 1,
};
static const struct sandbox listing = {
	.allow = files, .nallow = ROWS(files),
	.grants = can_list, .ngrants = 1,
};
static const struct sandbox making = {
	.allow = files, .nallow = ROWS(files),
	.grants = can_make, .ngrants = 1,
};
static const struct sandbox nowhere = {
	.allow = files, .nallow = ROWS(files),
};

static const struct allow few[] = {
	ALLOW(write,             "an example"),
	ALLOW(exit_group,        "the end"),
};
static const struct sandbox bare = {
	.allow = few, .nallow = ROWS(few), .bare = true,
};

static const struct row {
	const char		*name;
	const struct sandbox	*box;
	int			(*act)(void);
	int			 signal, status;	/* how it ends */
	const char		*granted;		/* "." is the test's */
} rows[] = {
	{ "nothing is allowed", &strict, do_nothing, 0, 0, "." },
	{ "write is allowed", &strict, do_write, 0, 0, "." },
	{ "a secret is allowed", &strict, do_secret, 0, 0, "." },
	{ "malloc is allowed", &strict, do_malloc, 0, 0, "." },
	{ "waiting is allowed", &strict, do_wait, 0, 0, "." },
	{ "accept is allowed", &strict, do_accept, 0, 0, "." },
	{ "who a peer is, is allowed", &strict, do_peercred, 0, 0, "." },
	{ "another option kills", &strict, do_other_option, SIGSYS, 0, "." },
	{ "an own row is allowed", &strict, do_own_row, 0, 0, "." },
	{ "a value of a row is allowed", &strict, do_only_row, 0, 0, "." },
	{ "another value kills", &strict, do_not_only_row, SIGSYS, 0, "." },
	{ "a bare box has its rows", &bare, do_write, 0, 0, "." },
	{ "and not everybody's", &bare, do_secret, SIGSYS, 0, "." },
	{ "open kills", &strict, do_open, SIGSYS, 0, "." },
	{ "exec kills", &strict, do_exec, SIGSYS, 0, "." },
	{ "fork kills", &strict, do_fork, SIGSYS, 0, "." },
	{ "socket kills", &strict, do_socket, SIGSYS, 0, "." },
	{ "connect kills", &strict, do_connect, SIGSYS, 0, "." },
	{ "kill kills", &strict, do_kill, SIGSYS, 0, "." },
	{ "ptrace kills", &strict, do_ptrace, SIGSYS, 0, "." },
	{ "mapping code kills", &strict, do_map_code, SIGSYS, 0, "." },
	{ "making code kills", &strict, do_protect_code, SIGSYS, 0, "." },
	{ "becoming dumpable kills", &strict, do_dumpable, SIGSYS, 0, "." },
	{ "unlocking kills", &strict, do_unlock, SIGSYS, 0, "." },
	{ "ioctl kills", &strict, do_ioctl, SIGSYS, 0, "." },
	{ "the 32-bit gate kills", &strict, do_old_calls, SIGSYS, 0, "." },
	{ "a grant to read reads", &reading, do_read_granted, 0, 0, "." },
	{ "it does not write", &reading, do_write_granted, 0, 1, "." },
	{ "it does not rename", &reading, do_rename_granted, 0, 1, "." },
	{ "a grant to write writes", &writing, do_write_granted, 0, 0, "." },
	{ "it renames", &writing, do_rename_granted, 0, 0, "." },
	{ "it makes no links", &writing, do_make_link, 0, 1, "." },
	{ "it makes no nodes", &writing, do_make_node, 0, 1, "." },
	{ "a grant to list lists", &listing, do_list_granted, 0, 0, "." },
	{ "it does not read", &listing, do_read_file, 0, 1, "." },
	{ "a grant of nodes makes nodes", &making, do_make_node, 0, 0, "." },
	{ "it makes no files", &making, do_write_granted, 0, 1, "." },
	{ "it goes nowhere else", &writing, do_leave_granted, 0, 1, "." },
	{ "no grant opens nothing", &nowhere, do_open_tmp, 0, 1, "." },
	{ "root without capabilities", &nowhere, do_become_root, 0, 1, "." },
	{ "no new privileges", &nowhere, do_ask_privileges, 0, 0, "." },
	{ "no capability is left", &reading, do_read_capabilities, 0, 0,
	    "/proc/self" },
	{ "no TCP port is bound", &nowhere, do_bind_tcp, 0, 1, "." },
};

/* As root each row runs twice: once more as an ordinary user. */
struct run {
	const struct row	*row;
	int			 as_nobody;
	char			 name[64];
};

static void
be_nobody(void)
{
	if (setgroups(0, NULL) == -1 ||
	    setresgid(NOBODY, NOBODY, NOBODY) == -1 ||
	    setresuid(NOBODY, NOBODY, NOBODY) == -1)
		_exit(100);
}

static void
child(const struct run *run)
{
	const struct rlimit no_core = { 0, 0 };
	bool whole = false;

	setrlimit(RLIMIT_CORE, &no_core);
	if (run->as_nobody)
		be_nobody();
	granted = open(run->row->granted[0] == '.' ? dir : run->row->granted,
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	can_read[0].dir = can_write[0].dir = granted;
	can_list[0].dir = can_make[0].dir = granted;
	if (granted == -1 || sandbox_enter(run->row->box, &whole) != ERR_OK)
		_exit(101);
	_exit(whole ? run->row->act() : 102);
}

static void
test_row(void **state)
{
	const struct run *run = *state;
	int status = -1;
	pid_t pid;

	if (run->as_nobody && geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0)
		child(run);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	    run->row->signal);
	assert_true(WIFSIGNALED(status) ||
	    WEXITSTATUS(status) == run->row->status);
}

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

/* Everybody may use it: without capabilities root is like everybody. */
static int
make_place(void **state)
{
	int top OWNED(fd_drop) = -1;
	int file OWNED(fd_drop) = -1;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	top = open(dir, O_RDONLY | O_DIRECTORY);
	file = openat(top, "file", O_CREAT | O_WRONLY, 0600);
	if (fchmod(top, 0777) == -1 || fchmod(file, 0666) == -1 ||
	    (geteuid() == 0 && fchown(top, NOBODY, NOBODY) == -1))
		return -1;
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	return listener == -1 ? -1 : 0;
}

static int
remove_place(void **state)
{
	int top OWNED(fd_drop) = open(dir, O_PATH | O_DIRECTORY);

	(void)state;
	unlinkat(top, "file", 0);
	unlinkat(top, "link", 0);
	return rmdir(dir);
}

int
main(void)
{
	static struct run runs[2 * ROWS(rows)];
	struct CMUnitTest tests[2 * ROWS(rows) + 2] = {
		cmocka_unit_test(test_without_landlock_the_rest_holds),
		cmocka_unit_test(test_a_failing_landlock_is_refused),
	};

	for (size_t i = 0; i < ROWS(runs); i++) {
		const struct row *row = &rows[i / 2];

		runs[i] = (struct run){ row, i % 2 == 1, "" };
		snprintf(runs[i].name, sizeof(runs[i].name), "%s%s", row->name,
		    i % 2 == 1 ? " (as nobody)" : "");
		tests[2 + i] = ROW_TEST(runs[i].name, test_row, &runs[i]);
	}
	return cmocka_run_group_tests_name("sandbox", tests, make_place,
	    remove_place);
}
