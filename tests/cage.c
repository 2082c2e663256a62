/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/cage.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"

#define NOBODY 65534

char cage_dir[] = "/tmp/test_sandbox.XXXXXX";
int cage_granted = -1;

static void
be_nobody(void)
{
	if (setgroups(0, NULL) == -1 ||
	    setresgid(NOBODY, NOBODY, NOBODY) == -1 ||
	    setresuid(NOBODY, NOBODY, NOBODY) == -1)
		_exit(100);
}

static void
child(const struct cage_run *run)
{
	const struct caged *row = run->row;
	const struct rlimit no_core = { 0, 0 };
	struct grant grant = { -1, row->rights, "an example" };
	struct sandbox box = *row->box;
	bool whole = false;

	setrlimit(RLIMIT_CORE, &no_core);
	if (run->as_nobody)
		be_nobody();
	cage_granted = open(row->below != NULL ? row->below : cage_dir,
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	grant.dir = cage_granted;
	if (row->rights != 0) {
		box.grants = &grant;
		box.ngrants = 1;
	}
	if (cage_granted == -1 || sandbox_enter(&box, &whole) != ERR_OK)
		_exit(101);
	_exit(whole ? row->act() : 102);
}

static void
test_run(void **state)
{
	const struct cage_run *run = *state;
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

/* Everybody may use it: without capabilities root is like everybody. */
int
cage_begin(void **state)
{
	int top OWNED(fd_drop) = -1;
	int file OWNED(fd_drop) = -1;

	(void)state;
	if (mkdtemp(cage_dir) == NULL)
		return -1;
	top = open(cage_dir, O_RDONLY | O_DIRECTORY);
	file = openat(top, "file", O_CREAT | O_WRONLY, 0600);
	return fchmod(top, 0777) == -1 || fchmod(file, 0666) == -1 ||
	    (geteuid() == 0 && fchown(top, NOBODY, NOBODY) == -1);
}

int
cage_end(void **state)
{
	int top OWNED(fd_drop) = open(cage_dir, O_PATH | O_DIRECTORY);

	(void)state;
	unlinkat(top, "file", 0);
	unlinkat(top, "link", 0);
	return rmdir(cage_dir);
}

void
cage_fill(const struct caged *rows, size_t n, struct cage_run *runs,
    struct CMUnitTest *tests)
{
	for (size_t i = 0; i < 2 * n; i++) {
		const struct caged *row = &rows[i / 2];

		runs[i] = (struct cage_run){ row, i % 2 == 1, "" };
		snprintf(runs[i].name, sizeof(runs[i].name), "%s%s", row->name,
		    i % 2 == 1 ? " (as nobody)" : "");
		tests[i] = ROW_TEST(runs[i].name, test_run, &runs[i]);
	}
}
