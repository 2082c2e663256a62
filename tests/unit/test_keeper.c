/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cryptod/keeper.h"
#include "cryptod/options.h"

/* A keeper of its own for each case, and the time that it is told. */
static struct moment *now;
static pid_t keeper;
static int fd;

static int
share_clock(void **state)
{
	const int page = memfd_create("clock", 0);
	char number[16];

	(void)state;
	if (page == -1 || ftruncate(page, sizeof(*now)) != 0)
		return -1;
	now = mmap(NULL, sizeof(*now), PROT_READ | PROT_WRITE, MAP_SHARED,
	    page, 0);
	snprintf(number, sizeof(number), "%d", page);
	setenv("ANCHORHOLD_TEST_CLOCK", number, 1);
	return now != MAP_FAILED && clock_start() == ERR_OK ? 0 : -1;
}

static int
set_up(void **state)
{
	int pair[2];

	(void)state;
	*now = (struct moment){ 1, 1000 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1)
		return -1;
	keeper = fork();
	if (keeper == 0) {
		alarm(60);
		close(pair[1]);
		keeper_run(pair[0]);
	}
	close(pair[0]);
	fd = pair[1];
	signal(SIGPIPE, SIG_IGN);
	return keeper > 0 ? 0 : -1;
}

/* How it ends, once nobody is there any more. */
static int
end(void)
{
	int status = -1;

	if (fd != -1)
		close(fd);
	fd = -1;
	if (keeper != 0)
		assert_int_equal(waitpid(keeper, &status, 0), keeper);
	keeper = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int
tear_down(void **state)
{
	(void)state;
	if (keeper != 0)
		(void)end();
	return 0;
}

static struct secret *
some(uint8_t first)
{
	struct secret *s = NULL;

	assert_err(secret_new(KEEPER_LEN, &s), ERR_OK);
	for (size_t i = 0; i < KEEPER_LEN; i++)
		secret_expose(s)[i] = (uint8_t)(first + i);
	return s;
}

static void
give(uint8_t first)
{
	struct secret *s OWNED(secret_drop) = some(first);

	assert_err(keeper_give(fd, s), ERR_OK);
}

static void
is_there(uint8_t first)
{
	struct secret *want OWNED(secret_drop) = some(first);
	struct secret *s OWNED(secret_drop) = NULL;

	assert_err(keeper_ask(fd, &s), ERR_OK);
	assert_int_equal(secret_len(s), KEEPER_LEN);
	assert_memory_equal(secret_expose(s), secret_expose(want),
	    KEEPER_LEN);
}

static void
is_not_there(enum err want)
{
	struct secret *s OWNED(secret_drop) = NULL;

	assert_err(keeper_ask(fd, &s), want);
	assert_null(s);
}

static void
test_it_gives_what_it_was_given(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * KEEPER_TIMES; i++)
		is_not_there(ERR_NOT_FOUND);	/* that counts for nothing */
	give(1);
	is_there(1);
	give(2);
	is_there(2);
	assert_int_equal(end(), EXIT_STOPPED);
}

static void
test_so_often_and_no_oftener(void **state)
{
	(void)state;
	give(1);
	for (int i = 0; i < KEEPER_TIMES; i++)
		is_there(1);
	is_not_there(ERR_HARDWARE);
	assert_int_equal(end(), EXIT_CAP);
}

static void
test_what_was_long_ago_does_not_count(void **state)
{
	(void)state;
	give(1);
	for (int i = 0; i < 3 * KEEPER_TIMES; i++) {
		is_there(1);
		now->boot_ms += KEEPER_WITHIN_MS / KEEPER_TIMES;
	}
	now->boot_ms -= 1;
	is_not_there(ERR_HARDWARE);
	assert_int_equal(end(), EXIT_CAP);
}

/* Who asked before has not lived to take the answer. */
static void
test_answers_to_others_are_not_taken(void **state)
{
	(void)state;
	assert_int_equal(write(fd, "dead", KEEPER_TAG), KEEPER_TAG);
	give(1);
	is_there(1);
	assert_int_equal(write(fd, "died", KEEPER_TAG), KEEPER_TAG);
	give(2);
	is_there(2);
}

static void
test_nonsense_ends_it(void **state)
{
	static const size_t sizes[] = {
		1, KEEPER_TAG - 1, KEEPER_TAG + 1, KEEPER_TAG + KEEPER_LEN - 1,
	};
	static const uint8_t bytes[KEEPER_TAG + KEEPER_LEN];

	for (size_t i = 0; i < ROWS(sizes); i++) {
		if (i > 0)
			assert_int_equal(set_up(state), 0);
		give(1);
		assert_int_equal(write(fd, bytes, sizes[i]), sizes[i]);
		is_not_there(ERR_HARDWARE);
		assert_int_equal(end(), EXIT_CAP);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_it_gives_what_it_was_given),
		CASE(test_so_often_and_no_oftener),
		CASE(test_what_was_long_ago_does_not_count),
		CASE(test_answers_to_others_are_not_taken),
		CASE(test_nonsense_ends_it),
	};

	return cmocka_run_group_tests(tests, share_clock, NULL);
}
