/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "link/unix.h"

#define NOBODY 65534

/* A fresh directory for each test, and the socket's place in it. */
struct place {
	char	dir[64];
	char	path[96];
};

static int
make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	snprintf(p->dir, sizeof(p->dir), "/tmp/test_unix.XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	snprintf(p->path, sizeof(p->path), "%s/s", p->dir);
	*state = p;
	return 0;
}

static int
remove_place(void **state)
{
	struct place *p = *state;

	unlink(p->path);
	rmdir(p->path);
	rmdir(p->dir);
	free(p);
	return 0;
}

static void
test_bytes_go_both_ways(void **state)
{
	const struct place *p = *state;
	struct link client OWNED(link_drop) = { 0 };
	struct link server OWNED(link_drop) = { 0 };
	int fd OWNED(fd_drop) = -1;
	uint8_t buf[8];
	size_t n = 0;

	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd), ERR_OK);
	assert_err(unix_accept(fd, geteuid(), &server), ERR_BUSY);
	assert_err(unix_connect(p->path, geteuid(), 1, &client), ERR_OK);
	assert_err(unix_accept(fd, geteuid(), &server), ERR_OK);

	assert_err(link_receive(&server, buf, sizeof(buf), &n), ERR_BUSY);
	assert_err(link_send(&client, (const uint8_t *)"ping", 4, &n), ERR_OK);
	assert_int_equal(n, 4);
	assert_err(link_receive(&server, buf, sizeof(buf), &n), ERR_OK);
	assert_int_equal(n, 4);
	assert_memory_equal(buf, "ping", 4);

	link_drop(&server);
	assert_err(link_receive(&client, buf, sizeof(buf), &n), ERR_NOT_FOUND);
	assert_err(link_send(&client, buf, 1, &n), ERR_HARDWARE);
}

static void
test_a_full_link_is_busy(void **state)
{
	static const uint8_t zeros[65536];
	const struct place *p = *state;
	struct link client OWNED(link_drop) = { 0 };
	int fd OWNED(fd_drop) = -1;
	enum err e = ERR_OK;
	size_t n;

	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd), ERR_OK);
	assert_err(unix_connect(p->path, geteuid(), 1, &client), ERR_OK);
	for (size_t i = 0; e == ERR_OK && i < 1000; i++)
		e = link_send(&client, zeros, sizeof(zeros), &n);
	assert_err(e, ERR_BUSY);
}

static void
test_a_full_queue_is_busy(void **state)
{
	const struct place *p = *state;
	struct link clients[1000] = { 0 };
	int fd OWNED(fd_drop) = -1, second OWNED(fd_drop) = -1;
	enum err e = ERR_OK;
	size_t n = 0;

	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd), ERR_OK);
	while (e == ERR_OK && n < ROWS(clients))
		e = unix_connect(p->path, geteuid(), 1, &clients[n++]);
	assert_err(e, ERR_BUSY);
	/* A server that is too busy to take us is still a server. */
	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &second), ERR_STATE);
	while (n > 0)
		link_drop(&clients[--n]);
}

static void
test_a_dead_servers_socket_is_replaced(void **state)
{
	const struct place *p = *state;
	struct link client OWNED(link_drop) = { 0 };
	int fd OWNED(fd_drop) = -1;

	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd), ERR_OK);
	fd_drop(&fd);
	assert_err(unix_connect(p->path, geteuid(), 1, &client),
	    ERR_NOT_FOUND);
	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd), ERR_OK);
	assert_err(unix_connect(p->path, geteuid(), 1, &client), ERR_OK);
}

static void
test_a_living_servers_socket_is_not(void **state)
{
	const struct place *p = *state;
	int first OWNED(fd_drop) = -1, second OWNED(fd_drop) = -1;

	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &first), ERR_OK);
	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &second), ERR_STATE);
	assert_int_equal(access(p->path, F_OK), 0);
}

static void
test_nothing_but_a_socket_is_removed(void **state)
{
	const struct place *p = *state;
	int fd OWNED(fd_drop) = -1;
	int file OWNED(fd_drop) = open(p->path, O_CREAT | O_WRONLY, 0600);

	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd), ERR_DENIED);
	assert_int_equal(access(p->path, F_OK), 0);
}

static void
test_a_link_to_a_socket_is_not_removed(void **state)
{
	const struct place *p = *state;
	int fd OWNED(fd_drop) = -1;

	assert_int_equal(symlink("/nowhere/at/all", p->path), 0);
	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd), ERR_DENIED);
	assert_int_equal(unlink(p->path), 0);
}

static void
test_the_socket_is_private_or_its_groups(void **state)
{
	const struct place *p = *state;
	int fd OWNED(fd_drop) = -1;
	struct stat st;

	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd), ERR_OK);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fd_drop(&fd);
	assert_err(unix_listen(p->path, getegid(), &fd), ERR_OK);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(st.st_gid, getegid());
}

static void
test_a_directory_that_others_may_use_is_refused(void **state)
{
	static const mode_t modes[] = { 0720, 0701, 0702, 0704, 0777 };
	const struct place *p = *state;
	struct link client OWNED(link_drop) = { 0 };
	int fd OWNED(fd_drop) = -1;

	for (size_t i = 0; i < ROWS(modes); i++) {
		assert_int_equal(chmod(p->dir, modes[i]), 0);
		assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd),
		    ERR_DENIED);
	}
	assert_int_equal(chmod(p->dir, 0750), 0);
	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd), ERR_OK);
	assert_int_equal(chmod(p->dir, 0770), 0);
	assert_err(unix_connect(p->path, geteuid(), 1, &client), ERR_AUTH);
	assert_int_equal(chmod(p->dir, 0750), 0);
	assert_err(unix_connect(p->path, geteuid(), 1, &client), ERR_OK);
}

static void
test_somebody_elses_directory_is_refused(void **state)
{
	const struct place *p = *state;
	struct link client OWNED(link_drop) = { 0 };
	int fd OWNED(fd_drop) = -1;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(p->dir, NOBODY, NOBODY), 0);
	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd), ERR_DENIED);
	assert_err(unix_connect(p->path, 0, 1, &client), ERR_AUTH);
}

static void
test_a_server_of_another_uid_is_refused(void **state)
{
	const struct place *p = *state;
	struct link client OWNED(link_drop) = { 0 };
	int fd OWNED(fd_drop) = -1;

	if (geteuid() != 0)
		skip();
	/* root's directory is good for every server. */
	assert_err(unix_listen(p->path, UNIX_NO_GROUP, &fd), ERR_OK);
	assert_err(unix_connect(p->path, NOBODY, 1, &client), ERR_AUTH);
	assert_null(client.ops);
	assert_err(unix_connect(p->path, 0, 1, &client), ERR_OK);
}

static void
become_nobody(void)
{
	if (setgroups(0, NULL) == -1 || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY) == -1)
		_exit(2);
}

static void
test_a_client_is_known_by_its_uid(void **state)
{
	const struct place *p = *state;
	struct link server OWNED(link_drop) = { 0 };
	int fd OWNED(fd_drop) = -1;
	int status = -1;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(p->dir, 0710), 0);
	assert_int_equal(chown(p->dir, 0, NOBODY), 0);
	assert_err(unix_listen(p->path, NOBODY, &fd), ERR_OK);
	pid = fork();
	if (pid == 0) {
		struct link a = { 0 }, b = { 0 };

		become_nobody();
		_exit(unix_connect(p->path, 0, 1, &a) == ERR_OK &&
		    unix_connect(p->path, 0, 1, &b) == ERR_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_err(unix_accept(fd, 0, &server), ERR_AUTH);
	assert_null(server.ops);
	assert_err(unix_accept(fd, NOBODY, &server), ERR_OK);
}

static void
test_paths_are_bounded(void **state)
{
	struct link client OWNED(link_drop) = { 0 };
	int fd OWNED(fd_drop) = -1;
	char path[UNIX_PATH_MAX + 2];

	(void)state;
	memset(path, 'x', sizeof(path));
	path[UNIX_PATH_MAX + 1] = '\0';
	assert_err(unix_listen(path, UNIX_NO_GROUP, &fd), ERR_LIMIT);
	assert_err(unix_connect(path, geteuid(), 1, &client), ERR_LIMIT);
	assert_err(unix_listen("", UNIX_NO_GROUP, &fd), ERR_LIMIT);
	assert_err(unix_connect("/nowhere/s", geteuid(), 1, &client),
	    ERR_NOT_FOUND);
}

#define PLACE_TEST(f) cmocka_unit_test_setup_teardown(f, make_place, \
	remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_bytes_go_both_ways),
		PLACE_TEST(test_a_full_link_is_busy),
		PLACE_TEST(test_a_full_queue_is_busy),
		PLACE_TEST(test_a_dead_servers_socket_is_replaced),
		PLACE_TEST(test_a_living_servers_socket_is_not),
		PLACE_TEST(test_nothing_but_a_socket_is_removed),
		PLACE_TEST(test_a_link_to_a_socket_is_not_removed),
		PLACE_TEST(test_the_socket_is_private_or_its_groups),
		PLACE_TEST(test_a_directory_that_others_may_use_is_refused),
		PLACE_TEST(test_somebody_elses_directory_is_refused),
		PLACE_TEST(test_a_server_of_another_uid_is_refused),
		PLACE_TEST(test_a_client_is_known_by_its_uid),
		cmocka_unit_test(test_paths_are_bounded),
	};

	return cmocka_run_group_tests_name("unix", tests, NULL, NULL);
}
