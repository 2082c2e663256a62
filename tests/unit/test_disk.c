/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "store/file.h"
#include "tests/faults.h"
#include "tests/place.h"
#include "tests/unit/unit.h"

static void
test_a_read_error_is_not_a_torn_frame(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	fault_on("pread", EIO);
	place_expect(p, ERR_HARDWARE, JOURNAL_UNREAD, "");
}

static void
test_odd_files_are_not_opened(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	assert_int_equal(fchmodat(p->dir, "journal", 0666, 0), 0);
	place_expect(p, ERR_HARDWARE, JOURNAL_UNREAD, "");
	unlinkat(p->dir, "journal", 0);
	assert_int_equal(symlinkat("lock", p->dir, "journal"), 0);
	place_expect(p, ERR_HARDWARE, JOURNAL_UNREAD, "");
	unlinkat(p->dir, "journal", 0);
	assert_int_equal(mkfifoat(p->dir, "journal", 0600), 0);
	place_expect(p, ERR_HARDWARE, JOURNAL_UNREAD, "");
}

/* A commit that fails leaves the file as it was, and the next one goes. */
static void
test_a_failed_write_is_taken_back(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP], now[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len = place_make(p, buf, ends);

	place_expect(p, ERR_OK, JOURNAL_CLEAN, NULL);
	fault_on("pwrite", ENOSPC);
	assert_err(place_commit(p, "lost"), ERR_LIMIT);
	fault_on("pwrite", EIO);
	assert_err(place_commit(p, "lost"), ERR_HARDWARE);
	fault_on(NULL, 0);
	assert_int_equal(place_load(p, now), len);
	assert_memory_equal(now, buf, len);
	assert_err(place_commit(p, "kept"), ERR_OK);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, "old-a old-b one two six kept ");
}

static void
test_a_file_size_limit_is_a_full_disk(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP], now[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len = place_make(p, buf, ends);
	struct rlimit was, small;

	place_expect(p, ERR_OK, JOURNAL_CLEAN, NULL);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = (struct rlimit){ len + 10, was.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_err(place_commit(p, "lost"), ERR_LIMIT);
	assert_err(journal_rewrite(p->j, &place_new), ERR_OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	place_save(p, buf, len);
	assert_int_equal(place_load(p, now), len);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, "old-a old-b one two six ");
}

/* In a child: a small file system of its own over the place, and a journal in
 * it.  FAULT_STATUS when there can be none, 0 when there is. */
static int
mount_small_disk(struct place *p)
{
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("none", p->path, "tmpfs", 0, "size=32k") == -1)
		return FAULT_STATUS;
	p->setup.dir = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	drbg_drop(&p->drbg);
	if (drbg_from_system(span_text("child"), span_text(""),
	    &p->setup.drbg) != ERR_OK ||
	    journal_create(&p->setup, &place_old, &p->j) != ERR_OK)
		return 1;
	return 0;
}

/* 0 when all went as it should. */
static int
fill_a_small_disk(struct place *p)
{
	uint64_t commits, snapshot, before;
	const int status = mount_small_disk(p);
	enum err e = ERR_OK;

	if (status != 0)
		return status;
	memset(journal_page(p->j), 'x', 3000);
	while (e == ERR_OK) {
		journal_sizes(p->j, &before, &snapshot);
		e = journal_append(p->j, 0, 3000);
	}
	journal_sizes(p->j, &commits, &snapshot);
	if (e != ERR_LIMIT || commits != before || commits == 0)
		return 2;
	return journal_append(p->j, 0, 1) == ERR_OK ? 0 : 3;
}

static int
open_a_read_only_disk(struct place *p)
{
	const struct journal_sink sink = { place_take, p };
	const int status = mount_small_disk(p);

	if (status != 0)
		return status;
	journal_drop(&p->j);
	if (mount("none", p->path, "none", MS_REMOUNT | MS_RDONLY,
	    NULL) == -1)
		return FAULT_STATUS;
	return journal_open(&p->setup, &sink, &p->j, &p->report) ==
	    ERR_HARDWARE && p->report.fate == JOURNAL_UNREAD ? 0 : 1;
}

static void
run_in_child(struct place *p, int (*act)(struct place *p))
{
	int status = 0;
	const pid_t pid = fork();

	if (pid == 0)
		_exit(act(p));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == FAULT_STATUS)
		skip();		/* no right to mount */
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_a_full_disk_takes_no_half_frame(void **state)
{
	run_in_child(*state, fill_a_small_disk);
}

static void
test_a_read_only_disk_is_told(void **state)
{
	run_in_child(*state, open_a_read_only_disk);
}

static void
test_a_failed_sync_is_the_end(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, NULL);
	fault_on("fdatasync", EIO);
	assert_err(place_commit(p, "who knows"), ERR_INTERNAL);
	fault_on(NULL, 0);
	assert_true(journal_is_dead(p->j));
	assert_err(place_commit(p, "no"), ERR_INTERNAL);
	assert_err(journal_rewrite(p->j, &place_new), ERR_INTERNAL);
}

static void
test_a_write_that_stays_is_the_end(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, NULL);
	fault_on("pwrite", EIO);
	fault_at(2, EIO);		/* the ftruncate behind it */
	assert_err(place_commit(p, "half"), ERR_INTERNAL);
	assert_true(journal_is_dead(p->j));
}

static void
test_a_directory_that_cannot_be_synced_is_the_end(void **state)
{
	struct place *p = *state;

	assert_err(journal_create(&p->setup, &place_old, &p->j), ERR_OK);
	fault_on("fsync", EIO);
	assert_err(journal_rewrite(p->j, &place_new), ERR_INTERNAL);
	assert_true(journal_is_dead(p->j));
}

/* A snapshot, and a commit behind it, in a child that ends at call n. */
static int
rewrite_until(struct place *p, unsigned n)
{
	const struct journal_sink sink = { place_take, p };

	p->setup.drbg = NULL;
	memset(p->said, 0, sizeof(p->said));
	if (drbg_from_system(span_text("child"), span_text(""),
	    &p->setup.drbg) != ERR_OK ||
	    journal_open(&p->setup, &sink, &p->j, &p->report) != ERR_OK)
		return 1;
	fault_at(n, 0);
	if (journal_rewrite(p->j, &place_new) != ERR_OK ||
	    place_commit(p, "more") != ERR_OK)
		return 2;
	return 0;
}

/* Killed at any call, there is the old state or the new one. */
static void
test_a_killed_snapshot_leaves_old_or_new(void **state)
{
	struct place *p = *state;
	unsigned old = 0, new = 0, more = 0;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len = place_make(p, buf, ends);
	int status = FAULT_STATUS << 8;

	for (unsigned n = 1; WEXITSTATUS(status) == FAULT_STATUS; n++) {
		pid_t pid;

		place_save(p, buf, len);
		pid = fork();
		if (pid == 0)
			_exit(rewrite_until(p, n));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_err(place_reopen(p), ERR_OK);
		old += strcmp(p->said, "old-a old-b one two six ") == 0;
		new += strcmp(p->said, "new ") == 0;
		more += strcmp(p->said, "new more ") == 0;
		assert_int_equal(old + new + more, n);
		journal_drop(&p->j);
	}
	assert_int_equal(status, 0);
	/* Eight calls before the name changes; the frame stays once written. */
	assert_true(old >= 8 && new == 2 && more == 2);
}

/* Any call that fails leaves a journal that works, or one that is dead. */
static void
test_a_failed_snapshot_leaves_old_or_new(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len = place_make(p, buf, ends);
	enum err e = ERR_INTERNAL;

	for (unsigned n = 1; e != ERR_OK; n++) {
		place_save(p, buf, len);
		place_expect(p, ERR_OK, JOURNAL_CLEAN, NULL);
		fault_at(n, EIO);
		e = journal_rewrite(p->j, &place_new);
		if (fault_calls() < n)
			break;
		fault_at(0, 0);
		if (journal_is_dead(p->j)) {
			place_expect(p, ERR_OK, JOURNAL_CLEAN, "new ");
			continue;
		}
		assert_err(e, ERR_HARDWARE);
		assert_err(place_commit(p, "on"), ERR_OK);
		place_expect(p, ERR_OK, JOURNAL_CLEAN,
		    "old-a old-b one two six on ");
	}
	assert_err(e, ERR_OK);
}

static const struct span parts[] = { { (const uint8_t *)"new", 3 },
	{ (const uint8_t *)" one", 4 } };

/* What the file says; "" if there is none. */
static const char *
read_small(struct place *p, const char *name)
{
	static char text[16];
	int fd OWNED(fd_drop) = openat(p->dir, name, O_RDONLY | O_NOFOLLOW);

	memset(text, 0, sizeof(text));
	if (fd != -1)
		assert_true(read(fd, text, sizeof(text) - 1) > 0);
	return text;
}

/* Any call that fails leaves one of the two, and no part of the new one. */
static void
test_a_failed_replacement_leaves_old_or_new(void **state)
{
	struct place *p = *state;
	const struct span old = span_text("old");
	enum err e = ERR_HARDWARE;
	unsigned n = 0, renamed = 0;

	for (; e != ERR_OK; n++) {
		fault_on(NULL, 0);
		assert_err(file_replace(p->dir, "small", &old, 1), ERR_OK);
		fault_at(n + 1, ENOSPC);
		e = file_replace(p->dir, "small", parts, 2);
		fault_at(0, 0);
		renamed += strcmp(read_small(p, "small"), "new one") == 0;
		assert_true(renamed > 0 ||
		    strcmp(read_small(p, "small"), "old") == 0);
		assert_string_equal(read_small(p, "small.new"), "");
	}
	/* unlink, two writes, sync, rename; the directory's sync; nothing. */
	assert_int_equal(n, 7);
	assert_int_equal(renamed, 2);
	unlinkat(p->dir, "small", 0);
}

/* Whatever lies where the new one is written is put away, not followed. */
/* Else a power cut could leave a part of the new frame before the end of what
 * was cut off, and that is no torn frame. */
static void
test_a_cut_is_durable_before_more_is_written(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len = place_make(p, buf, ends);

	place_save(p, buf, len - 5);
	place_expect(p, ERR_OK, JOURNAL_CUT, "old-a old-b one two ");
	fault_at(2, EIO);
	assert_err(place_commit(p, "lost"), ERR_INTERNAL);
	assert_int_equal(fault_calls(), 2);
	assert_true(journal_is_dead(p->j));
	place_save(p, buf, len);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, NULL);
	fault_at(1, ENOSPC);
	assert_err(place_commit(p, "lost"), ERR_LIMIT);
	/* The write, the cut, its sync. */
	assert_int_equal(fault_calls(), 3);
	fault_at(0, 0);
	assert_err(place_commit(p, "kept"), ERR_OK);
}

static void
test_a_leftover_is_not_written_through(void **state)
{
	struct place *p = *state;
	const struct span old = span_text("old");

	assert_err(file_replace(p->dir, "other", &old, 1), ERR_OK);
	assert_int_equal(symlinkat("other", p->dir, "small.new"), 0);
	assert_int_equal(symlinkat("other", p->dir, "small"), 0);
	assert_err(file_replace(p->dir, "small", parts, 2), ERR_OK);
	assert_string_equal(read_small(p, "small"), "new one");
	assert_string_equal(read_small(p, "other"), "old");
	unlinkat(p->dir, "small", 0);
	unlinkat(p->dir, "other", 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, place_begin, place_end)

int
main(void)
{
	const struct CMUnitTest alone[] = {
		TEST(test_a_read_error_is_not_a_torn_frame),
		TEST(test_odd_files_are_not_opened),
		TEST(test_a_failed_write_is_taken_back),
		TEST(test_a_file_size_limit_is_a_full_disk),
		TEST(test_a_full_disk_takes_no_half_frame),
		TEST(test_a_read_only_disk_is_told),
		TEST(test_a_failed_sync_is_the_end),
		TEST(test_a_write_that_stays_is_the_end),
		TEST(test_a_directory_that_cannot_be_synced_is_the_end),
		TEST(test_a_killed_snapshot_leaves_old_or_new),
		TEST(test_a_failed_snapshot_leaves_old_or_new),
		TEST(test_a_failed_replacement_leaves_old_or_new),
		TEST(test_a_cut_is_durable_before_more_is_written),
		TEST(test_a_leftover_is_not_written_through),
	};

	return cmocka_run_group_tests_name("disk", alone, NULL, NULL);
}
