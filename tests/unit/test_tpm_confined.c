/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "tests/swtpm.h"
#include "tpm/confine.h"
#include "tpm/tpm.h"

/* What the porter and its bearer have left; what a reconnect needs of it,
 * test_tpm_stop says, which is linked with the same. */

struct bench {
	struct swtpm	 machine;
	struct tpm	*t;
	pid_t		 porter, bearer;
};

/* The child of a process, but one. */
static pid_t
child(pid_t of, pid_t but)
{
	char path[64];
	int pid, found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", of, of);
	f = fopen(path, "r");
	if (f == NULL)
		skip();
	while (fscanf(f, "%d", &pid) == 1)
		if (pid != but)
			found = pid;
	fclose(f);
	assert_true(found > 0);
	return found;
}

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct tpm_info info;

	*state = b;
	return b == NULL || swtpm_new(&b->machine) != ERR_OK ||
	    tpm_open(b->machine.tcti, &b->t) != ERR_OK ||
	    tpm_info(b->t, &info) != ERR_OK;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	tpm_drop(&b->t);
	swtpm_drop(&b->machine);
	free(b);
	return 0;
}

/* What /proc says after a word at the beginning of a line. */
static void
assert_line(pid_t pid, const char *file, const char *word, const char *want)
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, word, strlen(word)) == 0)
			break;
	assert_int_equal(ferror(f) | feof(f), 0);
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	assert_string_equal(line + strlen(word) +
	    strspn(line + strlen(word), " \t"), want);
}

static void
assert_confined(pid_t pid, const char *filters)
{
	static const char *const sets[] = { "CapInh:", "CapPrm:", "CapEff:",
	    "CapAmb:", "CapBnd:" };

	/* Who is not root cannot empty the bounding set. */
	for (size_t i = 0; i < ROWS(sets) - (geteuid() != 0); i++)
		assert_line(pid, "status", sets[i], "0000000000000000");
	assert_line(pid, "status", "NoNewPrivs:", "1");
	assert_line(pid, "status", "Seccomp:", "2");
	assert_line(pid, "status", "Seccomp_filters:", filters);
	assert_line(pid, "limits", "Max core file size",
	    "0                    0                    bytes     ");
}

static void
test_both_have_nothing_left(void **state)
{
	struct bench *b = *state;

	b->porter = child(getpid(), b->machine.pid);
	b->bearer = child(b->porter, 0);
	assert_confined(b->porter, "1");
	assert_confined(b->bearer, "2");
}

/* The bearer that comes after one that failed is confined as well. */
static void
test_so_has_the_next_one(void **state)
{
	struct bench *b = *state;
	struct tpm_info info;

	b->porter = child(getpid(), b->machine.pid);
	b->bearer = child(b->porter, 0);
	swtpm_kill(&b->machine);
	assert_err(tpm_info(b->t, &info), ERR_HARDWARE);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	assert_err(tpm_info(b->t, &info), ERR_OK);
	assert_int_equal(child(getpid(), b->machine.pid), b->porter);
	assert_int_not_equal(child(b->porter, 0), b->bearer);
	assert_confined(child(b->porter, 0), "2");
}

/* ---- what they may ask for ---- */

static int
do_open(void)
{
	return open("/dev/null", O_RDONLY);
}

static int
do_exec(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static int
do_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static int
do_connect(void)
{
	const struct sockaddr sa = { .sa_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* There is nothing of that name, which is another errno. */
	return fd == -1 || (connect(fd, &sa, sizeof(sa)) == -1 &&
	    errno == EPERM) ? -1 : 0;
}

static int
do_network(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
do_kill(void)
{
	return kill(getppid(), SIGTERM);
}

static int
do_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static int
do_dump(void)
{
	return prctl(PR_GET_DUMPABLE) == 0 ? 0 : -1;
}

static int
do_malloc(void)
{
	void *large = malloc(1 << 20);

	free(large);
	return large != NULL ? 0 : -1;
}

enum outcome { DONE, REFUSED, KILLED };

static const struct row {
	const char	*name;
	int		 (*act)(void);
	enum outcome	 porter, device, socket;
} rows[] = {
	{ "open a file",     do_open,    DONE,    KILLED,  KILLED },
	{ "run a program",   do_exec,    REFUSED, KILLED,  KILLED },
	{ "fork",            do_fork,    DONE,    KILLED,  KILLED },
	{ "a Unix socket",   do_connect, DONE,    KILLED,  DONE   },
	{ "the network",     do_network, REFUSED, KILLED,  KILLED },
	{ "SIGTERM",         do_kill,    REFUSED, KILLED,  KILLED },
	{ "map code",        do_code,    DONE,    KILLED,  KILLED },
	{ "not dumpable",    do_dump,    DONE,    KILLED,  KILLED },
	{ "malloc",          do_malloc,  DONE,    DONE,    DONE   },
};

static enum outcome
try(int (*act)(void), const char *tcti)
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (confine_porter() != ERR_OK ||
		    (tcti != NULL && confine_bearer(tcti) != ERR_OK))
			_exit(99);
		_exit(act() == -1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	assert_true(WEXITSTATUS(status) <= 1);
	return WEXITSTATUS(status) == 0 ? DONE : REFUSED;
}

static void
test_call(void **state)
{
	const struct row *row = *state;

	assert_int_equal(try(row->act, NULL), row->porter);
	assert_int_equal(try(row->act, "device:/dev/tpm0"), row->device);
	assert_int_equal(try(row->act, "swtpm:path=/x"), row->socket);
}

#define BENCH(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_both_have_nothing_left),
		BENCH(test_so_has_the_next_one),
	};
	struct CMUnitTest calls[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		calls[i] = ROW_TEST(rows[i].name, test_call, &rows[i]);
	return cmocka_run_group_tests_name("tpm confined", tests, NULL, NULL) +
	    cmocka_run_group_tests_name("calls", calls, NULL, NULL);
}
