/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/secret.h"

/* AddressSanitizer answers mlock() itself and locks nothing. */
static void
needs_real_mlock(void)
{
	const char *sanitizers = getenv("SANITIZERS");

	if (sanitizers != NULL && strcmp(sanitizers, "yes") == 0)
		skip();
}

static void
test_a_new_secret_is_zero(void **state)
{
	struct secret *s OWNED(secret_drop) = NULL;

	(void)state;
	assert_err(secret_new(33, &s), ERR_OK);
	assert_int_equal(secret_len(s), 33);
	for (size_t i = 0; i < 33; i++)
		assert_int_equal(secret_expose(s)[i], 0);
}

static void
test_lengths_are_bounded(void **state)
{
	struct secret *s OWNED(secret_drop) = NULL;

	(void)state;
	assert_err(secret_new(0, &s), ERR_LIMIT);
	assert_err(secret_new(SECRET_MAX + 1, &s), ERR_LIMIT);
	assert_null(s);
	assert_err(secret_new(SECRET_MAX, &s), ERR_OK);
}

static void
test_equal_looks_at_every_byte(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	assert_true(secret_equal(a, b, sizeof(a)));
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] = 0x80;
		assert_false(secret_equal(a, b, sizeof(a)));
		b[i] = 0;
	}
}

static void
test_shorter_keeps_the_front(void **state)
{
	struct secret *s OWNED(secret_drop) = NULL;

	(void)state;
	assert_err(secret_copy(span_text("front and back"), &s), ERR_OK);
	assert_err(secret_shorten(&s, 15), ERR_LIMIT);
	assert_err(secret_shorten(&s, 5), ERR_OK);
	assert_true(span_equal(secret_span(s), span_text("front")));
}

/* Which signal ends a child that does act(s); 0 when none does. */
static int
signal_of(void (*act)(struct secret *), struct secret *s)
{
	const struct rlimit none = { 0, 0 };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, SIG_DFL);
		act(s);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
touch_after(struct secret *s)
{
	((volatile uint8_t *)secret_expose(s))[secret_len(s)] = 1;
}

static void
touch_before(struct secret *s)
{
	/* The slack of a one-page body is at most a page. */
	((volatile uint8_t *)secret_expose(s))[-4096] = 1;
}

static void
die_unless_zero(struct secret *s)
{
	if (secret_expose(s)[0] != 0)
		raise(SIGABRT);
}

static void
test_both_fences_fault(void **state)
{
	struct secret *s OWNED(secret_drop) = NULL;

	(void)state;
	assert_err(secret_new(32, &s), ERR_OK);
	assert_int_equal(signal_of(touch_after, s), SIGSEGV);
	assert_int_equal(signal_of(touch_before, s), SIGSEGV);
}

static void
test_a_child_sees_zeros(void **state)
{
	struct secret *s OWNED(secret_drop) = NULL;

	(void)state;
	assert_err(secret_new(32, &s), ERR_OK);
	memset(secret_expose(s), 0xa5, 32);
	assert_int_equal(signal_of(die_unless_zero, s), 0);
}

/* The kernel's own flags for the page: locked, no dump, wiped on fork. */
static void
test_the_page_is_locked_and_not_dumped(void **state)
{
	struct secret *s OWNED(secret_drop) = NULL;
	unsigned long from, to, at;
	char line[512];
	int inside = 0, seen = 0;
	FILE *maps;

	(void)state;
	needs_real_mlock();
	assert_err(secret_new(32, &s), ERR_OK);
	at = (unsigned long)(uintptr_t)secret_expose(s);
	maps = fopen("/proc/self/smaps", "r");
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from <= at && at < to;
		if (inside && strncmp(line, "VmFlags:", 8) == 0) {
			assert_non_null(strstr(line, " lo"));
			assert_non_null(strstr(line, " dd"));
			assert_non_null(strstr(line, " wf"));
			seen = 1;
		}
	}
	fclose(maps);
	assert_true(seen);
}

/* No memory may be locked: no secret, instead of one that can be swapped. */
static void
test_memory_that_cannot_be_locked_is_refused(void **state)
{
	const struct rlimit none = { 0, 0 };
	struct secret *s OWNED(secret_drop) = NULL;
	int status = 0;
	pid_t pid;

	(void)state;
	needs_real_mlock();
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_MEMLOCK, &none);
		if (geteuid() == 0 && seteuid(65534) == -1)
			_exit(2);
		_exit(secret_new(32, &s) == ERR_LIMIT ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_new_secret_is_zero),
		cmocka_unit_test(test_lengths_are_bounded),
		cmocka_unit_test(test_equal_looks_at_every_byte),
		cmocka_unit_test(test_shorter_keeps_the_front),
		cmocka_unit_test(test_both_fences_fault),
		cmocka_unit_test(test_a_child_sees_zeros),
		cmocka_unit_test(test_the_page_is_locked_and_not_dumped),
		cmocka_unit_test(test_memory_that_cannot_be_locked_is_refused),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
