/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "audit/entry.h"
#include "audit/keys.h"
#include "base/own.h"
#include "tests/faults.h"
#include "tests/ledger.h"

#define ENTRIES 4

static const struct span nothing = { NULL, 0 };

static void
expect_segment(struct ledger *l, const uint8_t *want, size_t len)
{
	uint8_t buf[LEDGER_CAP];

	assert_int_equal(ledger_load(l, buf), len);
	assert_memory_equal(buf, want, len);
}

static void
test_entries_are_written_as_they_are_committed(void **state)
{
	struct ledger *l = *state;
	struct audit_verdict v;

	ledger_write(l, 2, nothing);
	ledger_write(l, 1, nothing);
	assert_int_equal(segments_last(l->segments), 3);
	assert_err(ledger_verify(l, nothing, &v), ERR_OK);
	assert_int_equal(v.entries, 3);
}

/* What a crash takes from a segment is put back from the journal. */
static void
test_every_truncation_is_made_good(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[LEDGER_CAP];
	size_t len;

	ledger_write(l, ENTRIES, nothing);
	len = ledger_load(l, buf);
	for (size_t n = 0; n < len; n += every(1)) {
		ledger_save(l, buf, n);
		assert_err(ledger_reopen(l), ERR_OK);
		expect_segment(l, buf, len);
	}
	assert_int_equal(unlinkat(l->dir, "00000000000000000001.seg", 0), 0);
	assert_err(ledger_reopen(l), ERR_OK);
	expect_segment(l, buf, len);
}

/* Any other change is made good too, or told; it is never built on. */
static void
test_every_flipped_byte_is_made_good_or_told(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[LEDGER_CAP];
	size_t len, told = 0;

	ledger_write(l, 2, nothing);
	len = ledger_load(l, buf);
	for (size_t i = 0; i < len; i += every(1)) {
		enum err e;

		buf[i] ^= 1;
		ledger_save(l, buf, len);
		buf[i] ^= 1;
		e = ledger_reopen(l);
		told += e == ERR_AUTH;
		if (e == ERR_OK)
			expect_segment(l, buf, len);
		else
			assert_err(e, ERR_AUTH);
	}
	assert_true(told > 0 && told < len);
}

static void
test_zeros_behind_the_end_are_cut(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[LEDGER_CAP] = { 0 };
	size_t len;

	ledger_write(l, ENTRIES, nothing);
	len = ledger_load(l, buf);
	memset(buf + len, 0, 4000);
	ledger_save(l, buf, len + 4000);
	assert_err(ledger_reopen(l), ERR_OK);
	assert_int_equal(segments_last(l->segments), ENTRIES);
	ledger_write(l, 1, nothing);
	assert_true(ledger_load(l, buf) < len + 4000);
	len = ledger_load(l, buf);
	assert_err(ledger_reopen(l), ERR_OK);
	expect_segment(l, buf, len);
}

/* A snapshot waits for them: that they are synced must be true. */
static void
test_a_failed_sync_is_told(void **state)
{
	struct ledger *l = *state;
	uint64_t synced = 0;

	ledger_write(l, 1, nothing);
	fault_on("fdatasync", EIO);
	assert_err(segments_sync(l->segments, &synced), ERR_HARDWARE);
	fault_on("fsync", EIO);
	assert_err(segments_sync(l->segments, &synced), ERR_HARDWARE);
	assert_int_equal(synced, 0);
	fault_on(NULL, 0);
	assert_err(segments_sync(l->segments, &synced), ERR_OK);
	assert_int_equal(synced, 1);
}

/* Whoever made the last one may have been killed before it was synced. */
static void
test_a_name_found_at_the_start_is_synced_too(void **state)
{
	struct ledger *l = *state;
	uint64_t synced = 0;

	ledger_write(l, 1, nothing);
	assert_err(segments_sync(l->segments, &synced), ERR_OK);
	fault_on("fsync", EIO);
	assert_err(segments_sync(l->segments, &synced), ERR_OK);
	assert_err(ledger_reopen(l), ERR_OK);
	assert_err(segments_sync(l->segments, &synced), ERR_HARDWARE);
}

static void
test_what_the_journal_has_dropped_is_told(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[LEDGER_CAP];
	uint64_t synced;
	size_t len;

	ledger_write(l, ENTRIES, nothing);
	len = ledger_load(l, buf);
	assert_err(segments_sync(l->segments, &synced), ERR_OK);
	assert_int_equal(synced, ENTRIES);
	assert_err(store_snapshot(l->store, synced), ERR_OK);
	assert_err(ledger_reopen(l), ERR_OK);
	ledger_save(l, buf, len - 1);
	assert_err(ledger_reopen(l), ERR_AUTH);
	expect_segment(l, buf, len - 1);
}

/* What the journal no longer has cannot be made good: it is told, and left
 * as it is. */
static void
test_nothing_behind_a_snapshot_goes_unnoticed(void **state)
{
	struct ledger *l = *state;
	uint8_t buf[LEDGER_CAP];
	uint64_t synced;
	size_t len;

	ledger_write(l, 2, nothing);
	len = ledger_load(l, buf);
	assert_err(segments_sync(l->segments, &synced), ERR_OK);
	assert_err(store_snapshot(l->store, synced), ERR_OK);
	assert_err(ledger_reopen(l), ERR_OK);
	for (size_t i = 0; i < len; i += every(1)) {
		buf[i] ^= (uint8_t)(1 << i % 8);
		ledger_save(l, buf, len);
		assert_err(ledger_reopen(l), ERR_AUTH);
		expect_segment(l, buf, len);
		buf[i] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t n = 0; n < len; n += every(1)) {
		ledger_save(l, buf, n);
		assert_err(ledger_reopen(l), ERR_AUTH);
		expect_segment(l, buf, n);
	}
	print_message("segment: every %zu of %zu bytes flipped, and cut "
	    "there\n", every(1), len);
}

static size_t
load_journal(struct ledger *l, uint8_t buf[static PLACE_CAP * 4])
{
	int fd OWNED(fd_drop) = openat(l->place->dir, "journal", O_RDONLY);
	const ssize_t n = read(fd, buf, PLACE_CAP * 4);

	assert_true(n > 0 && n < PLACE_CAP * 4);
	return (size_t)n;
}

static void
test_segments_ahead_of_the_state_are_told(void **state)
{
	struct ledger *l = *state;
	uint8_t journal[PLACE_CAP * 4], buf[LEDGER_CAP];
	size_t n, segment;

	ledger_write(l, 1, nothing);
	n = load_journal(l, journal);
	ledger_write(l, 1, nothing);
	segment = ledger_load(l, buf);
	place_save(l->place, journal, n);
	assert_err(ledger_reopen(l), ERR_STATE);
	expect_segment(l, buf, segment);
}

/* The segments go on by so many entries, the journal by others. */
static void
part_ways(struct ledger *l, unsigned segments, unsigned journal)
{
	uint8_t was[PLACE_CAP * 4], buf[LEDGER_CAP];
	size_t n, len;

	ledger_write(l, 1, nothing);
	n = load_journal(l, was);
	ledger_write(l, segments, nothing);
	len = ledger_load(l, buf);
	place_save(l->place, was, n);
	assert_int_equal(unlinkat(l->dir, "00000000000000000001.seg", 0), 0);
	assert_err(ledger_reopen(l), ERR_OK);
	ledger_write(l, journal, nothing);
	ledger_save(l, buf, len);
	assert_err(ledger_reopen(l), ERR_AUTH);
	expect_segment(l, buf, len);
}

/* More entries, and not the same ones. */
static void
test_longer_segments_of_another_life_are_told(void **state)
{
	part_ways(*state, 3, 2);
}

/* The same number of entries, and not the same ones. */
static void
test_segments_of_another_life_are_told(void **state)
{
	part_ways(*state, 1, 1);
}

/* A full disk for the segments is no reason to refuse: they follow later. */
static void
test_a_failed_append_is_made_up_for(void **state)
{
	struct ledger *l = *state;
	uint8_t before[LEDGER_CAP], buf[LEDGER_CAP];
	const struct span body = span_text("x");
	size_t len;

	ledger_write(l, 2, nothing);
	len = ledger_load(l, before);
	store_on_entry(l->store, NULL, NULL);
	ledger_write(l, 1, nothing);
	assert_err(store_entries(l->store, 4, NULL, NULL), ERR_OK);
	fault_on("pwrite", ENOSPC);
	assert_err(segments_follow(l->segments, l->store, l->state),
	    ERR_LIMIT);
	fault_on(NULL, 0);
	assert_int_equal(ledger_load(l, buf), len);
	assert_memory_equal(buf, before, len);
	segments_take(l->segments, 4, body);
	assert_int_equal(segments_last(l->segments), 2);
	assert_err(segments_follow(l->segments, l->store, l->state), ERR_OK);
	assert_int_equal(segments_last(l->segments), 3);
}

static void
make_file(struct ledger *l, const char *name)
{
	const int fd = openat(l->dir, name, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static void
test_an_empty_last_segment_goes_on(void **state)
{
	struct ledger *l = *state;
	struct audit_verdict v;

	ledger_write(l, 2, nothing);
	make_file(l, "00000000000000000003.seg");
	assert_err(ledger_reopen(l), ERR_OK);
	ledger_write(l, 1, nothing);
	assert_err(ledger_reopen(l), ERR_OK);
	assert_err(ledger_verify(l, nothing, &v), ERR_OK);
	assert_int_equal(v.entries, 3);
}

static void
test_an_empty_segment_after_a_gap_is_told(void **state)
{
	struct ledger *l = *state;

	ledger_write(l, 2, nothing);
	make_file(l, "00000000000000000004.seg");
	assert_err(ledger_reopen(l), ERR_AUTH);
}

static void
test_names_that_are_no_segments_are_left_alone(void **state)
{
	struct ledger *l = *state;

	ledger_write(l, 2, nothing);
	make_file(l, "00000000000000000000.seg");
	make_file(l, "0000000000000000000x.seg");
	make_file(l, "99999999999999999999.seg");
	make_file(l, "00000000000000000009.bak");
	make_file(l, "9.seg");
	assert_err(ledger_reopen(l), ERR_OK);
	assert_int_equal(segments_last(l->segments), 2);
}

/* Large entries fill a segment; the next file is named by its first. */
static void
test_segments_are_bounded(void **state)
{
	struct ledger *l = *state;
	static uint8_t value[4000];
	uint8_t map[4096];
	struct writer w = writer_of(map, sizeof(map));
	struct audit_verdict v;
	uint64_t first;

	assert_err(item_put_map(&w, 1), ERR_OK);
	assert_err(item_put_key(&w, "fill"), ERR_OK);
	assert_err(item_put_bytes(&w, SPAN(value)), ERR_OK);
	for (size_t i = 0; i < 6; i++)
		ledger_write(l, 200, (struct span){ map,
		    (size_t)(w.at - map) });
	assert_err(segment_next(l->dir, 2, &first), ERR_OK);
	assert_true(first > 800 && first < 1100);
	assert_err(ledger_reopen(l), ERR_OK);
	assert_err(ledger_verify(l, nothing, &v), ERR_OK);
	assert_int_equal(v.entries, 1200);
	assert_int_equal(unlinkat(l->dir, "00000000000000000001.seg", 0), 0);
	assert_err(ledger_verify(l, nothing, &v), ERR_AUTH);
	assert_int_equal(v.flaw, REASON_audit_missing);
	assert_int_equal(v.sequence, 1);
}

static void
test_the_first_keys_and_the_latest_are_kept(void **state)
{
	struct ledger *l = *state;
	uint8_t a[4096], b[4096], file[8192];
	struct span first, last;
	ssize_t n;
	int fd;

	first = ledger_metadata(l, &l->root, "test", 1, a, sizeof(a));
	for (uint64_t version = 2; version < 5; version++) {
		last = ledger_metadata(l, &l->root, "test", version, b,
		    sizeof(b));
		assert_err(audit_keys_save(l->dir, &l->root.key, last),
		    ERR_OK);
	}
	fd = openat(l->dir, "keys.cbor", O_RDONLY);
	n = read(fd, file, sizeof(file));
	close(fd);
	assert_int_equal(n, first.len + last.len);
	assert_memory_equal(file, first.at, first.len);
	assert_memory_equal(file + first.len, last.at, last.len);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, ledger_begin, ledger_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_entries_are_written_as_they_are_committed),
		TEST(test_every_truncation_is_made_good),
		TEST(test_every_flipped_byte_is_made_good_or_told),
		TEST(test_zeros_behind_the_end_are_cut),
		TEST(test_a_failed_sync_is_told),
		TEST(test_a_name_found_at_the_start_is_synced_too),
		TEST(test_what_the_journal_has_dropped_is_told),
		TEST(test_nothing_behind_a_snapshot_goes_unnoticed),
		TEST(test_segments_ahead_of_the_state_are_told),
		TEST(test_longer_segments_of_another_life_are_told),
		TEST(test_segments_of_another_life_are_told),
		TEST(test_a_failed_append_is_made_up_for),
		TEST(test_an_empty_last_segment_goes_on),
		TEST(test_an_empty_segment_after_a_gap_is_told),
		TEST(test_names_that_are_no_segments_are_left_alone),
		TEST(test_segments_are_bounded),
		TEST(test_the_first_keys_and_the_latest_are_kept),
	};

	return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
