/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/start.h"

#define NOBODY 65534

/* A child that says with its exit status which line of it did not hold. */
#define HOLDS(claim)                            \
	do {                                    \
		if (!(claim))                   \
			_exit(__LINE__ % 256);  \
	} while (0)

static int
end_of(void (*act)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
keeps_what_it_knows(void)
{
	static const int keep[] = { 5, 70 };

	for (int fd = 3; fd < 100; fd++)
		HOLDS(dup2(STDERR_FILENO, fd) == fd);
	HOLDS(daemon_start("x", keep, ROWS(keep)) == ERR_OK);
	for (int fd = 0; fd < 100; fd++)
		HOLDS(is_open(fd) == (fd < 3 || fd == 5 || fd == 70));
}

static void
keeps_neighbours(void)
{
	static const int keep[] = { 3, 4 };

	for (int fd = 3; fd < 8; fd++)
		HOLDS(dup2(STDERR_FILENO, fd) == fd);
	HOLDS(daemon_start("x", keep, ROWS(keep)) == ERR_OK);
	for (int fd = 3; fd < 8; fd++)
		HOLDS(is_open(fd) == (fd < 5));
}

static void
opens_the_standard_ones(void)
{
	close(0);
	close(2);
	HOLDS(daemon_start("x", NULL, 0) == ERR_OK);
	HOLDS(is_open(0) && is_open(1) && is_open(2) && !is_open(3));
}

static void
is_private(void)
{
	struct rlimit core;

	umask(0);
	prctl(PR_SET_DUMPABLE, 1);
	HOLDS(daemon_start("x", NULL, 0) == ERR_OK);
	HOLDS(umask(0) == 0077);
	HOLDS(prctl(PR_GET_DUMPABLE) == 0);
	HOLDS(getrlimit(RLIMIT_CORE, &core) == 0);
	HOLDS(core.rlim_cur == 0 && core.rlim_max == 0);
}

static void
stops_when_it_looks(void)
{
	sigset_t none;

	HOLDS(daemon_start("x", NULL, 0) == ERR_OK);
	raise(SIGTERM);
	HOLDS(!daemon_stopping());
	sigemptyset(&none);
	HOLDS(sigsuspend(&none) == -1);
	HOLDS(daemon_stopping());
}

static void
stops_on_interrupt(void)
{
	sigset_t none;

	HOLDS(daemon_start("x", NULL, 0) == ERR_OK);
	raise(SIGINT);
	HOLDS(!daemon_stopping());
	sigemptyset(&none);
	HOLDS(sigsuspend(&none) == -1);
	HOLDS(daemon_stopping());
}

static void
forgets_inherited_signals(void)
{
	struct sigaction now;
	sigset_t all;

	signal(SIGCHLD, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	HOLDS(daemon_start("x", NULL, 0) == ERR_OK);
	HOLDS(sigaction(SIGCHLD, NULL, &now) == 0);
	HOLDS(now.sa_handler == SIG_DFL);
	HOLDS(sigprocmask(SIG_BLOCK, NULL, &all) == 0);
	HOLDS(sigismember(&all, SIGTERM) && !sigismember(&all, SIGHUP));
	raise(SIGPIPE);
}

/* What is said of a row that this machine cannot show. */
#define SKIPPED 77

/* An ordinary user with this limit, or the hard one if that is less. */
static void
limit_to(__rlimit_resource_t what, rlim_t most)
{
	struct rlimit limit;

	HOLDS(getrlimit(what, &limit) == 0);
	if (most < limit.rlim_max)
		limit.rlim_max = most;
	limit.rlim_cur = limit.rlim_max;
	HOLDS(setrlimit(what, &limit) == 0);
	if (geteuid() != 0)
		return;
	HOLDS(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) ==
	    0 && setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

static void
refuses_a_small_limit(void)
{
	limit_to(RLIMIT_MEMLOCK, 65536);
	HOLDS(daemon_lock_memory(65536) == ERR_STATE);
}

/* Enough for what is mapped, and not for what is to come. */
static void
refuses_no_headroom(void)
{
	limit_to(RLIMIT_MEMLOCK, 256 << 20);
	HOLDS(daemon_lock_memory(512 << 20) == ERR_STATE);
}

static void
locks_all_memory(void)
{
	unsigned char in_core = 0;
	void *page;

	limit_to(RLIMIT_MEMLOCK, 256 << 20);
	if (daemon_lock_memory(1 << 20) != ERR_OK)
		_exit(SKIPPED);
	/* What is mapped from now on is there at once: it is locked. */
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	HOLDS(page != MAP_FAILED && mincore(page, 4096, &in_core) == 0);
	HOLDS((in_core & 1) != 0);
}

static void
raises_the_limit(void)
{
	struct rlimit now;

	HOLDS(getrlimit(RLIMIT_MEMLOCK, &now) == 0);
	now.rlim_cur = 65536;
	HOLDS(setrlimit(RLIMIT_MEMLOCK, &now) == 0);
	if (daemon_lock_memory(1 << 20) != ERR_OK)
		_exit(SKIPPED);
	HOLDS(getrlimit(RLIMIT_MEMLOCK, &now) == 0);
	HOLDS(now.rlim_cur > 1 << 20);
}

/* valgrind answers for the limit of descriptors itself. */
static void
skip_in_valgrind(void)
{
	const char *loaded = getenv("LD_PRELOAD");

	if (loaded != NULL && strstr(loaded, "vgpreload") != NULL)
		_exit(SKIPPED);
}

static void
refuses_few_files(void)
{
	skip_in_valgrind();
	limit_to(RLIMIT_NOFILE, 99);
	HOLDS(daemon_want_files(100) == ERR_STATE);
	HOLDS(daemon_want_files(99) == ERR_OK);
}

static void
raises_the_files(void)
{
	struct rlimit now;

	skip_in_valgrind();
	limit_to(RLIMIT_NOFILE, 100);
	HOLDS(getrlimit(RLIMIT_NOFILE, &now) == 0);
	now.rlim_cur = 10;
	HOLDS(setrlimit(RLIMIT_NOFILE, &now) == 0);
	HOLDS(daemon_want_files(100) == ERR_OK);
	HOLDS(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur >= 100);
}

static const struct row {
	const char	*name;
	void		(*act)(void);
} rows[] = {
	{ "it keeps the descriptors that it knows", keeps_what_it_knows },
	{ "it keeps neighbours", keeps_neighbours },
	{ "0, 1 and 2 are always open", opens_the_standard_ones },
	{ "its files and memory are private", is_private },
	{ "SIGTERM waits until it looks", stops_when_it_looks },
	{ "SIGINT waits until it looks", stops_on_interrupt },
	{ "inherited signals are forgotten", forgets_inherited_signals },
	{ "too small a limit is refused", refuses_a_small_limit },
	{ "a limit without headroom is refused", refuses_no_headroom },
	{ "all memory is locked", locks_all_memory },
	{ "the limit is raised where it may be", raises_the_limit },
	{ "too few descriptors are refused", refuses_few_files },
	{ "as many are had as may be", raises_the_files },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	int status = end_of(row->act);

	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(status, 0);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
