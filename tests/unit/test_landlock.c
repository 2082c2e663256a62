/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"

/* A box in which only Landlock, capabilities and no_new_privs are left. */

static int
do_read_granted(void)
{
	return openat(cage_granted, "file", O_RDONLY) >= 0 ? 0 : 1;
}

static int
do_write_granted(void)
{
	return openat(cage_granted, "new", O_CREAT | O_WRONLY | O_TRUNC,
	    0600) >= 0 && unlinkat(cage_granted, "new", 0) == 0 ? 0 : 1;
}

static int
do_rename_granted(void)
{
	return renameat(cage_granted, "file", cage_granted, "other") == 0 &&
	    renameat(cage_granted, "other", cage_granted, "file") == 0 ? 0 : 1;
}

static int
do_make_link(void)
{
	return symlinkat("/etc", cage_granted, "link") == 0 ? 0 : 1;
}

static int
do_list_granted(void)
{
	return openat(cage_granted, ".", O_RDONLY | O_DIRECTORY) >= 0 ? 0 : 1;
}

static int
do_read_file(void)
{
	return openat(cage_granted, "file", O_RDONLY) >= 0 ? 0 : 1;
}

/* With the grant it is only the capability that is missing. */
static int
do_make_node(void)
{
	return mknodat(cage_granted, "node", S_IFBLK | 0600, 0) == -1 &&
	    errno == EPERM ? 0 : 1;
}

static int
do_leave_granted(void)
{
	return openat(cage_granted, "../../etc/passwd", O_RDONLY) >= 0 ? 0 : 1;
}

static int
do_open_tmp(void)
{
	return open("/tmp", O_RDONLY | O_DIRECTORY) >= 0 ? 0 : 1;
}

static int
do_become_root(void)
{
	return setresuid(0, 0, 0) == 0 && chown(cage_dir, 1, 1) == 0 ? 0 : 1;
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
	int fd OWNED(fd_drop) = openat(cage_granted, "status", O_RDONLY);
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

static const struct sandbox box = { .allow = files, .nallow = ROWS(files) };

static const struct caged rows[] = {
	{ "a grant to read reads", &box, do_read_granted, 0, 0, GRANT_READ, NULL },
	{ "it does not write", &box, do_write_granted, 0, 1, GRANT_READ, NULL },
	{ "it does not rename", &box, do_rename_granted, 0, 1, GRANT_READ, NULL },
	{ "a grant to write writes", &box, do_write_granted, 0, 0, GRANT_READ | GRANT_WRITE, NULL },
	{ "it renames", &box, do_rename_granted, 0, 0, GRANT_READ | GRANT_WRITE, NULL },
	{ "it makes no links", &box, do_make_link, 0, 1, GRANT_READ | GRANT_WRITE, NULL },
	{ "it makes no nodes", &box, do_make_node, 0, 1, GRANT_READ | GRANT_WRITE, NULL },
	{ "a grant to list lists", &box, do_list_granted, 0, 0, GRANT_LIST, NULL },
	{ "it does not read", &box, do_read_file, 0, 1, GRANT_LIST, NULL },
	{ "a grant of nodes makes nodes", &box, do_make_node, 0, 0, GRANT_NODE, NULL },
	{ "it makes no files", &box, do_write_granted, 0, 1, GRANT_NODE, NULL },
	{ "it goes nowhere else", &box, do_leave_granted, 0, 1, GRANT_READ | GRANT_WRITE, NULL },
	{ "no grant opens nothing", &box, do_open_tmp, 0, 1, 0, NULL },
	{ "root without capabilities", &box, do_become_root, 0, 1, 0, NULL },
	{ "no new privileges", &box, do_ask_privileges, 0, 0, 0, NULL },
	{ "no capability is left", &box, do_read_capabilities, 0, 0, GRANT_READ, "/proc/self" },
	{ "no TCP port is bound", &box, do_bind_tcp, 0, 1, 0, NULL },
};

int
main(void)
{
	static struct cage_run runs[2 * ROWS(rows)];
	struct CMUnitTest tests[2 * ROWS(rows)];

	cage_fill(rows, ROWS(rows), runs, tests);
	return cmocka_run_group_tests_name("landlock", tests, cage_begin,
	    cage_end);
}
