/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "enforce/memory.h"

static char dir[] = "/tmp/memory.XXXXXX";

static const struct memory whole = {
	.version = UINT64_MAX, .trust = 7,
	.tpm = { .tpm = { .seen = true, .clock_ms = UINT64_MAX - 1,
	    .reset_count = UINT32_MAX, .restart_count = UINT32_MAX - 1 },
	    .unsure_ms = UINT64_MAX - 2 },
};

static void
assert_same(const struct memory *a, const struct memory *b)
{
	assert_true(a->version == b->version && a->trust == b->trust);
	assert_int_equal(a->tpm.tpm.seen, b->tpm.tpm.seen);
	assert_true(a->tpm.tpm.clock_ms == b->tpm.tpm.clock_ms);
	assert_int_equal(a->tpm.tpm.reset_count, b->tpm.tpm.reset_count);
	assert_int_equal(a->tpm.tpm.restart_count, b->tpm.tpm.restart_count);
	assert_true(a->tpm.unsure_ms == b->tpm.unsure_ms);
}

static void
test_what_is_remembered_comes_back(void **state)
{
	const struct memory none = { .trust = 7 };
	struct memory m;
	int fd;

	(void)state;
	assert_err(memory_open(dir, &fd), ERR_OK);
	assert_err(memory_read(fd, 7, &m), ERR_OK);
	assert_same(&m, &none);
	assert_err(memory_write(fd, &whole), ERR_OK);
	close(fd);
	assert_err(memory_open(dir, &fd), ERR_OK);
	assert_err(memory_read(fd, 7, &m), ERR_OK);
	assert_same(&m, &whole);
	assert_err(memory_write(fd, &none), ERR_OK);
	assert_err(memory_read(fd, 7, &m), ERR_OK);
	assert_same(&m, &none);
	close(fd);
}

/* The version of the key metadata stays. */
static void
test_a_newer_trust_file_begins_anew(void **state)
{
	const struct memory anew = { .trust = 8, .version = UINT64_MAX };
	struct memory m;
	int fd;

	(void)state;
	assert_err(memory_open(dir, &fd), ERR_OK);
	assert_err(memory_write(fd, &whole), ERR_OK);
	assert_err(memory_read(fd, 8, &m), ERR_OK);
	assert_same(&m, &anew);
	close(fd);
}

static void
test_an_older_trust_file_is_refused(void **state)
{
	struct memory m;
	int fd;

	(void)state;
	assert_err(memory_open(dir, &fd), ERR_OK);
	assert_err(memory_write(fd, &whole), ERR_OK);
	assert_err(memory_read(fd, 6, &m), ERR_DENIED);
	assert_false(m.tpm.tpm.seen);
	assert_err(memory_read(fd, 7, &m), ERR_OK);
	assert_same(&m, &whole);
	close(fd);
}

static void
assert_modes(const char *path, mode_t good)
{
	const mode_t bad[] = { S_IWGRP, S_IWOTH };
	int fd;

	for (size_t i = 0; i < ROWS(bad); i++) {
		assert_int_equal(chmod(path, good | bad[i]), 0);
		assert_err(memory_open(dir, &fd), ERR_DENIED);
	}
	assert_int_equal(chmod(path, good), 0);
	assert_err(memory_open(dir, &fd), ERR_OK);
	close(fd);
}

static void
test_what_others_may_write_is_refused(void **state)
{
	int fd;

	(void)state;
	assert_modes(dir, 0755);
	assert_int_equal(chdir(dir), 0);
	assert_modes("cryptod-seen", 0600);
	assert_int_equal(link("cryptod-seen", "other"), 0);
	assert_err(memory_open(dir, &fd), ERR_DENIED);
	assert_int_equal(rename("cryptod-seen", "third"), 0);
	assert_int_equal(unlink("other"), 0);
	assert_int_equal(mkfifo("cryptod-seen", 0600), 0);
	assert_err(memory_open(dir, &fd), ERR_DENIED);
	assert_int_equal(rename("third", "cryptod-seen"), 0);
}

/* Only root can make such a file. */
static void
test_what_is_somebody_elses_is_refused(void **state)
{
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(chown("cryptod-seen", 1, 1), 0);
	assert_err(memory_open(dir, &fd), ERR_DENIED);
	assert_int_equal(chown("cryptod-seen", 0, 0), 0);
	assert_int_equal(chown(dir, 1, 1), 0);
	assert_err(memory_open(dir, &fd), ERR_DENIED);
	assert_int_equal(chown(dir, 0, 0), 0);
}

static void
test_nobody_else_reads_or_writes_it(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	assert_err(memory_open(dir, &fd), ERR_OK);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	close(fd);
	assert_err(memory_open("/nonexistent/dir", &fd), ERR_HARDWARE);
}

static void
test_what_is_not_there(void **state)
{
	struct memory m;
	int fd;

	(void)state;
	assert_err(memory_read(-1, 7, &m), ERR_HARDWARE);
	assert_err(memory_write(-1, &whole), ERR_HARDWARE);
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(rename("cryptod-seen", "other"), 0);
	assert_int_equal(symlink("other", "cryptod-seen"), 0);
	assert_err(memory_open(dir, &fd), ERR_HARDWARE);
	assert_int_equal(unlink("cryptod-seen"), 0);
	assert_int_equal(rename("other", "cryptod-seen"), 0);
}

#define ZERO "00000000000000000000"

/* Seven numbers, of which the fourth is the Clock. */
#define OF(seen, resets, unsure) ZERO " " ZERO " " seen " " ZERO " " resets \
    " " ZERO " " unsure "\n"

static const struct row {
	const char	*name, *text;
	enum err	 want;
} rows[] = {
	{ "zeros",		OF(ZERO, ZERO, ZERO), ERR_OK },
	{ "nothing",		"", ERR_OK },
	{ "cut short",		ZERO " " ZERO, ERR_MALFORMED },
	{ "one byte more",	OF(ZERO, ZERO, ZERO) "\n", ERR_MALFORMED },
	{ "no newline",		OF(ZERO, ZERO, ZERO "0"), ERR_MALFORMED },
	{ "a number too large",	OF(ZERO, ZERO, "18446744073709551616"),
	    ERR_MALFORMED },
	{ "more resets than 32 bits", OF(ZERO, "00000000004294967296", ZERO),
	    ERR_MALFORMED },
	{ "seen twice",		OF("00000000000000000002", ZERO, ZERO),
	    ERR_MALFORMED },
	{ "a letter",		OF("0000000000000000000x", ZERO, ZERO),
	    ERR_MALFORMED },
	{ "a sign",		OF("+0000000000000000001", ZERO, ZERO),
	    ERR_MALFORMED },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct memory m;
	int fd;

	assert_err(memory_open(dir, &fd), ERR_OK);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, row->text, strlen(row->text), 0),
	    (ssize_t)strlen(row->text));
	assert_err(memory_read(fd, 0, &m), row->want);
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
}

static int
begin(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

static int
end(void **state)
{
	(void)state;
	return chdir(dir) | unlink("cryptod-seen") | rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests_whole[] = {
		cmocka_unit_test(test_what_is_remembered_comes_back),
		cmocka_unit_test(test_a_newer_trust_file_begins_anew),
		cmocka_unit_test(test_an_older_trust_file_is_refused),
		cmocka_unit_test(test_what_others_may_write_is_refused),
		cmocka_unit_test(test_what_is_somebody_elses_is_refused),
		cmocka_unit_test(test_nobody_else_reads_or_writes_it),
		cmocka_unit_test(test_what_is_not_there),
	};
	struct CMUnitTest tests[ROWS(tests_whole) + ROWS(rows)];

	memcpy(tests, tests_whole, sizeof(tests_whole));
	for (size_t i = 0; i < ROWS(rows); i++)
		tests[ROWS(tests_whole) + i] = ROW_TEST(rows[i].name,
		    test_row, &rows[i]);
	return cmocka_run_group_tests_name("memory", tests, begin, end);
}
