/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <sys/stat.h>

#include "store/journal_int.h"
#include "tests/place.h"
#include "tests/unit/unit.h"

static void
test_what_was_committed_is_read_again(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, "old-a old-b one two six ");
	assert_err(place_commit(p, "ten"), ERR_OK);
	assert_err(journal_rewrite(p->j, &place_new), ERR_OK);
	assert_err(place_commit(p, "after"), ERR_OK);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, "new after ");
	assert_int_equal(p->report.frames, 4);
}

static void
test_another_key_takes_the_old_ones_place(void **state)
{
	static const uint8_t other[32] = { 7 };
	struct place *p = *state;
	const struct span before = p->setup.key;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	assert_err(place_reopen(p), ERR_OK);
	assert_err(journal_rekey(p->j, SPAN(other), &place_new), ERR_OK);
	assert_err(place_commit(p, "after"), ERR_OK);
	place_expect(p, ERR_AUTH, JOURNAL_DAMAGED, "");
	p->setup.key = SPAN(other);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, "new after ");
	p->setup.key = before;
}

static enum err
give_nothing(void *self, struct journal *j)
{
	(void)self;
	(void)j;
	return ERR_LIMIT;
}

static void
test_a_key_that_was_not_taken_leaves_the_old_one(void **state)
{
	static const uint8_t other[32] = { 7 };
	const struct journal_source none = { give_nothing, NULL };
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	assert_err(place_reopen(p), ERR_OK);
	assert_err(journal_rekey(p->j, SPAN(other), &none), ERR_LIMIT);
	assert_err(place_commit(p, "after"), ERR_OK);
	place_expect(p, ERR_OK, JOURNAL_CLEAN,
	    "old-a old-b one two six after ");
}

static void
test_nothing_can_be_read_in_the_file(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len = place_make(p, buf, ends);

	assert_null(memmem(buf, len, "old-a", 5));
	assert_null(memmem(buf, len, "one", 3));
	assert_null(memmem(buf, len, place_appliance, 4));
}

static void
test_every_frame_has_its_own_nonce(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	for (int i = 1; i < PLACE_COMMITS; i++)
		assert_memory_not_equal(buf + ends[0] + SEAL_HEAD_LEN,
		    buf + ends[i] + SEAL_HEAD_LEN, 24);
}

/* What a cut leaves is gone with the next commit, and not before. */
static void
test_a_cut_journal_goes_on(void **state)
{
	struct place *p = *state;
	const struct journal_sink sink = { place_take, p };
	uint8_t buf[PLACE_CAP], now[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len = place_make(p, buf, ends);

	place_save(p, buf, len - 1);
	place_expect(p, ERR_OK, JOURNAL_CUT, "old-a old-b one two ");
	assert_int_equal(place_load(p, now), len - 1);
	assert_memory_equal(now, buf, len - 1);
	assert_err(place_commit(p, "x"), ERR_OK);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, "old-a old-b one two x ");
	place_save(p, buf, len - 1);
	place_expect(p, ERR_OK, JOURNAL_CUT, NULL);
	memset(p->said, 0, sizeof(p->said));
	assert_err(journal_replay(p->j, &sink), ERR_OK);
	assert_string_equal(p->said, "old-a old-b one two ");
	assert_err(journal_rewrite(p->j, &place_new), ERR_OK);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, "new ");
}

static void
test_none_is_not_an_empty_one(void **state)
{
	struct place *p = *state;

	place_expect(p, ERR_NOT_FOUND, JOURNAL_ABSENT, "");
}

static void
test_a_second_is_not_created(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP], now[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len = place_make(p, buf, ends);

	assert_err(journal_create(&p->setup, &place_new, &p->j), ERR_STATE);
	assert_int_equal(place_load(p, now), len);
	assert_memory_equal(now, buf, len);
}

static void
test_two_do_not_share_a_directory(void **state)
{
	struct place *p = *state, other;
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, NULL);
	other = *p;
	other.j = NULL;
	place_expect(&other, ERR_BUSY, JOURNAL_LOCKED, "");
	assert_err(journal_create(&p->setup, &place_new, &other.j), ERR_BUSY);
	assert_err(place_commit(p, "still"), ERR_OK);
}

/* A payload that the state refuses stops the start. */
static enum err
refuse(void *self, struct span payload)
{
	(void)self;
	return payload.at[0] == 't' ? ERR_STATE : ERR_OK;
}

static void
test_a_refused_payload_stops_the_start(void **state)
{
	struct place *p = *state;
	const struct journal_sink sink = { refuse, NULL };
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1];

	place_make(p, buf, ends);
	assert_err(journal_open(&p->setup, &sink, &p->j, &p->report),
	    ERR_STATE);
	assert_int_equal(p->report.fate, JOURNAL_REFUSED);
}

static void
test_an_epoch_moves_by_one_at_most(void **state)
{
	struct place *p = *state;

	assert_err(journal_create(&p->setup, &place_old, &p->j), ERR_OK);
	place_fill(p->j, "a");
	assert_err(journal_append(p->j, 2, 1), ERR_INTERNAL);
	assert_err(journal_append(p->j, 1, 1), ERR_OK);
	assert_err(journal_append(p->j, 0, 1), ERR_INTERNAL);
	assert_err(journal_rewrite(p->j, &place_new), ERR_OK);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, "new ");
	assert_int_equal(journal_epoch(p->j), 1);
}

static void
test_an_acceptance_may_have_any_epoch(void **state)
{
	struct place *p = *state;

	p->setup.epoch = 7;
	assert_err(journal_create(&p->setup, &place_old, &p->j), ERR_OK);
	assert_int_equal(journal_epoch(p->j), 7);
	assert_err(journal_accept(p->j, 12, place_fill(p->j, "far")), ERR_OK);
	assert_err(journal_accept(p->j, 3, place_fill(p->j, "back")), ERR_OK);
	assert_err(journal_append(p->j, 4, place_fill(p->j, "on")), ERR_OK);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, "old-a old-b far back on ");
	assert_int_equal(journal_epoch(p->j), 4);
}

/* Which only a fault of ours can write. */
static void
test_a_commit_of_another_epoch_is_damage(void **state)
{
	struct place *p = *state;

	assert_err(journal_create(&p->setup, &place_old, &p->j), ERR_OK);
	assert_err(place_commit(p, "one"), ERR_OK);
	p->j->epoch = 5;
	assert_err(journal_append(p->j, 5, place_fill(p->j, "two")), ERR_OK);
	place_expect(p, ERR_AUTH, JOURNAL_DAMAGED, "old-a old-b one ");
}

static void
test_payloads_are_bounded(void **state)
{
	struct place *p = *state;

	assert_err(journal_create(&p->setup, &place_old, &p->j), ERR_OK);
	assert_err(journal_append(p->j, 0, JOURNAL_PAYLOAD_MAX + 1),
	    ERR_LIMIT);
	assert_err(journal_put(p->j, 1), ERR_INTERNAL);
	memset(journal_page(p->j), 'x', JOURNAL_PAYLOAD_MAX);
	assert_err(journal_append(p->j, 0, JOURNAL_PAYLOAD_MAX), ERR_OK);
}

static void
test_it_can_be_read_again_while_open(void **state)
{
	struct place *p = *state;
	const struct journal_sink sink = { place_take, p };
	uint8_t buf[PLACE_CAP];
	size_t ends[PLACE_COMMITS + 1], len = place_make(p, buf, ends);

	place_expect(p, ERR_OK, JOURNAL_CLEAN, NULL);
	assert_err(place_commit(p, "ten"), ERR_OK);
	memset(p->said, 0, sizeof(p->said));
	place_fill(p->j, "a batch");
	assert_err(journal_replay(p->j, &sink), ERR_OK);
	assert_string_equal(p->said, "old-a old-b one two six ten ");
	assert_memory_equal(journal_page(p->j), "a batch", 7);
	place_save(p, buf, len);
	assert_err(journal_replay(p->j, &sink), ERR_INTERNAL);
	assert_true(journal_is_dead(p->j));
}

/* A journal of format 1 with an epoch step, as it must be read for good. */
static const char golden[] =
    "616e63686f72686f6c64206a726e6c018118e7c523c8e53bf8fe55334391f2f3"
    "0000002939f891e8946cfdd682171e67e6a8cad7d66ef059d4e6b567b76609ea"
    "9960c522fb07b71176b8f5465f12f308de673fa4bfcde67fb34d460ba721958b"
    "cdc41d67e2d732ee8b82c945bec8f3a9bcfb19418f4d6e45a82fd283fa7999c8"
    "60984648d40000000ef711680bcd4def576396e6554c02d6fab783cf413969cb"
    "05dac60271a680a855b263f68c5823504a01da0c157e9c84ece1590405e7183d"
    "7d3845005413466b764e9bed0a52200000000ef711680bcd4def576396e6554c"
    "02d6fab4daec5d54fc00f40a21c13e8ee1d934d7921469ff83ddc749ea82724b"
    "5c8f21a6c3b36f5c1fd862cc1fe40d73d35b95905462850aa800000009b2cf83"
    "1dfc0182320f585947181bfb8a66f039e40bfdce22ec2b6d2a8316abfb2abb4c"
    "9c839e4791fbf9288aa0b2b042ae5b231710e1b766aadc818e2c93b4def90000"
    "000c5c90bc67ca5d26b64fd00e62e1b61ed830e99c3b7664131024277f10f7da"
    "f5fb7bb44bba336532e5fb332db32e3f1d23ed4a900f8fcaa88b5cc3f73c24ab"
    "9fa3129ca9420000000d863fc9751f6bb3f9101eb39654156e39c2c88a2baaac"
    "895f8957d54aa9d1e476c5ac44295c791b36fcbc5e0c5ed298f637d3e51afba3"
    "36d6d6de996bb9379b00cc2e186d28";

static void
golden_drbg(struct place *p)
{
	static const uint8_t entropy[48] = { 'g', 'o', 'l', 'd' };

	drbg_drop(&p->drbg);
	assert_err(drbg_new(SPAN(entropy), SPAN(entropy), span_text(""),
	    &p->drbg), ERR_OK);
	p->setup.drbg = p->drbg;
}

static void
test_the_format_is_what_it_was(void **state)
{
	struct place *p = *state;
	uint8_t buf[PLACE_CAP], want[PLACE_CAP];
	const size_t len = unhex(golden, want, sizeof(want));

	golden_drbg(p);
	assert_err(journal_create(&p->setup, &place_old, &p->j), ERR_OK);
	assert_err(place_commit(p, "one"), ERR_OK);
	assert_err(journal_append(p->j, 1, place_fill(p->j, "step")), ERR_OK);
	assert_int_equal(place_load(p, buf), len);
	assert_memory_equal(buf, want, len);
	place_save(p, want, len);
	place_expect(p, ERR_OK, JOURNAL_CLEAN, "old-a old-b one step ");
	assert_int_equal(journal_epoch(p->j), 1);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, place_begin, place_end)

int
main(void)
{
	const struct CMUnitTest alone[] = {
		TEST(test_what_was_committed_is_read_again),
		TEST(test_another_key_takes_the_old_ones_place),
		TEST(test_a_key_that_was_not_taken_leaves_the_old_one),
		TEST(test_nothing_can_be_read_in_the_file),
		TEST(test_every_frame_has_its_own_nonce),
		TEST(test_a_cut_journal_goes_on),
		TEST(test_none_is_not_an_empty_one),
		TEST(test_a_second_is_not_created),
		TEST(test_two_do_not_share_a_directory),
		TEST(test_a_refused_payload_stops_the_start),
		TEST(test_an_epoch_moves_by_one_at_most),
		TEST(test_an_acceptance_may_have_any_epoch),
		TEST(test_a_commit_of_another_epoch_is_damage),
		TEST(test_payloads_are_bounded),
		TEST(test_it_can_be_read_again_while_open),
		TEST(test_the_format_is_what_it_was),
	};

	return cmocka_run_group_tests_name("journal", alone, NULL, NULL);
}
