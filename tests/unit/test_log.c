/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <unistd.h>

#include "base/log.h"

/* What act() writes to stderr. */
static size_t
caught(void (*act)(void), char *out, size_t cap)
{
	int pipes[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(pipes), 0);
	assert_int_not_equal(dup2(pipes[1], STDERR_FILENO), -1);
	act();
	assert_int_not_equal(dup2(saved, STDERR_FILENO), -1);
	n = read(pipes[0], out, cap - 1);
	close(pipes[0]);
	close(pipes[1]);
	close(saved);
	assert_true(n > 0);
	out[n] = '\0';
	return (size_t)n;
}

static void
say_controls(void)
{
	log_name("testd");
	log_line("peer %s", "a\nb\x1b[0m\xc3\xa9");
}

static void
say_too_much(void)
{
	char text[2 * LOG_MAX];

	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_line("%s", text);
}

static void
say_errno(void)
{
	errno = ENOENT;
	assert_err(log_errno("open %s", "/x"), ERR_HARDWARE);
}

static void
test_a_peer_cannot_forge_a_line(void **state)
{
	char line[2 * LOG_MAX];

	(void)state;
	caught(say_controls, line, sizeof(line));
	assert_string_equal(line,
	    "testd: peer a\\x0ab\\x1b[0m\\xc3\\xa9\n");
}

static void
test_a_line_is_bounded_and_ends(void **state)
{
	char line[2 * LOG_MAX];
	size_t n;

	(void)state;
	n = caught(say_too_much, line, sizeof(line));
	assert_true(n <= LOG_MAX);
	assert_ptr_equal(strchr(line, '\n'), line + n - 1);
}

static void
test_errno_is_said_in_words(void **state)
{
	char line[2 * LOG_MAX];

	(void)state;
	caught(say_errno, line, sizeof(line));
	assert_string_equal(line,
	    "testd: open /x: No such file or directory\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_peer_cannot_forge_a_line),
		cmocka_unit_test(test_a_line_is_bounded_and_ends),
		cmocka_unit_test(test_errno_is_said_in_words),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
