/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/own.h"
#include "cryptod/times.h"
#include "tests/records.h"

/* ---- at a start ---- */

#define DAY 86400
#define HOUR_MS 3600000

/*
 * What was stored is a commit at wall 1,000,000 with the Clock at
 * 500,000,000 in the TPM's life 7.  A row moves what is now from there: the
 * wall clock in seconds, the Clock in ms, and the resets.
 */
#define WALL 1000000
#define CLOCK 500000000
#define RESETS 7

static const struct row {
	const char	*name;
	int64_t		 wall, clock;
	int64_t		 resets;
	bool		 unsafe;
	uint64_t	 since_ms;
	enum reason	 want;
} rows[] = {
	{ "nothing has passed", 0, 0, 0, 0, 0, REASON_none },
	{ "the same has passed", 3600, HOUR_MS, 0, 0, 0, REASON_none },

	{ "a second back", -1, 0, 0, 0, 0, REASON_clock_back },
	{ "in 1970", -WALL, 0, 0, 0, 0, REASON_clock_back },
	{ "back, and the TPM went on", -1, DAY * 1000, 0, 0, 0,
	    REASON_clock_back },
	{ "back after a reset", -1, 0, 1, 0, 0, REASON_clock_back },
	{ "back, and safe is no", -1, 0, 1, 1, 0, REASON_clock_back },

	/* 30 s that both may be apart are 35.294 of a Clock 15 % too fast. */
	{ "stood still for 30 s", 0, 30000, 0, 0, 0, REASON_none },
	{ "and for as long as it may", 0, 36400, 0, 0, 0, REASON_none },
	{ "and for longer", 0, 36500, 0, 0, 0, REASON_clock_behind },
	{ "and for a day", 0, DAY * 1000, 0, 0, 0, REASON_clock_behind },
	{ "and for a day that it is ahead by", DAY, DAY * 1000, 0, 0, 0,
	    REASON_none },
	/* 85 % of an hour are 3060 s, less 30. */
	{ "slow by as much as it may be", 3030, HOUR_MS, 0, 0, 0,
	    REASON_none },
	{ "and by a second more", 3029, HOUR_MS, 0, 0, 0,
	    REASON_clock_behind },
	{ "the same after a reset", 3030, HOUR_MS, 1, 0, 0, REASON_none },
	{ "and with a second more", 3029, HOUR_MS, 1, 0, 0,
	    REASON_clock_behind },
	/* What the TPM lost with its power it cannot tell. */
	{ "and when safe is no", 3029, HOUR_MS, 1, 1, 0, REASON_none },
	{ "safe is no, in the same life", 3029, HOUR_MS, 0, 1, 0,
	    REASON_clock_behind },
	{ "ahead by years", 10 * 365 * (int64_t)DAY, 0, 0, 0, 0,
	    REASON_none },
	{ "ahead by years, and the TPM's too", 10 * 365 * (int64_t)DAY,
	    10 * 365 * (int64_t)DAY * 1000, 9, 0, 0, REASON_none },
	{ "a Clock that stood still", DAY, 0, 0, 0, 0, REASON_none },
	{ "a Clock at its end", DAY, INT64_MAX - CLOCK, 0, 0, 0,
	    REASON_clock_behind },

	{ "a Clock that is lower", 0, -1, 0, 0, 0, REASON_clock_tpm },
	{ "at zero", DAY, -CLOCK, 0, 0, 0, REASON_clock_tpm },
	{ "lower, in the same life, safe or not", DAY, -1, 0, 1, 0,
	    REASON_clock_tpm },
	{ "lower after a reset that lost nothing", DAY, -1, 1, 0, 0,
	    REASON_clock_tpm },
	{ "lower after one that did", DAY, -1, 1, 1, 0, REASON_none },
	{ "and with the wall clock back", -1, -1, 1, 1, 0,
	    REASON_clock_back },
	{ "fewer resets", DAY, HOUR_MS, -1, 0, 0, REASON_clock_tpm },
	{ "fewer resets, and safe is no", DAY, HOUR_MS, -1, 1, 0,
	    REASON_clock_tpm },
	{ "no resets", DAY, HOUR_MS, -RESETS, 0, 0, REASON_clock_tpm },
	{ "put back, and the wall clock as well", -1, -1, -1, 0, 0,
	    REASON_clock_tpm },

	/* It was looked at some time ago. */
	{ "both went on since", 3600, 0, 0, 0, HOUR_MS, REASON_none },
	{ "what went on since counts", 3029, 0, 0, 0, HOUR_MS,
	    REASON_clock_behind },
	{ "but not for the TPM", DAY, -1, 0, 0, HOUR_MS, REASON_clock_tpm },
};

static void
begin(struct state **s)
{
	assert_err(state_new(s), ERR_OK);
	assert_err(records_run(*s, "mark commit 1000000 500000000 7"),
	    ERR_OK);
}

static void
assert_reason(enum reason got, enum reason want)
{
	assert_string_equal(reason_code(got), reason_code(want));
}

static void
test_start(void **state)
{
	const struct row *row = *state;
	struct state *s OWNED(state_drop) = NULL;
	const struct times now = {
		.wall = (uint64_t)(WALL + row->wall),
		.tpm = {
			.clock_ms = (uint64_t)(CLOCK + row->clock),
			.resets = (uint32_t)(RESETS + row->resets),
			.safe = !row->unsafe,
		},
		.since_ms = row->since_ms,
	};

	begin(&s);
	assert_reason(times_start(s, &now), row->want);
}

/* A state that knows nothing of the TPM, as that of a ceremony. */
static void
test_what_was_not_stored_is_not_asked_for(void **state)
{
	struct state *s OWNED(state_drop) = NULL;
	struct times now = { .wall = 999 };

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	assert_err(records_run(s, "mark stop 1000"), ERR_OK);
	assert_reason(times_start(s, &now), REASON_clock_back);
	now.wall = 1000;
	now.tpm.clock_ms = UINT64_MAX;
	assert_reason(times_start(s, &now), REASON_none);
	assert_err(records_run(s, "mark commit 1000 5 5"), ERR_OK);
	assert_reason(times_start(s, &now), REASON_clock_tpm);
	now.tpm.resets = 5;
	assert_reason(times_start(s, &now), REASON_clock_behind);
}

/* Each with the other of its moment, wherever the last wall time is from. */
static void
test_the_clock_is_held_against_its_own_wall_time(void **state)
{
	struct state *s OWNED(state_drop) = NULL;
	struct times now = {
		.wall = WALL + 5000,
		.tpm = { .clock_ms = CLOCK + HOUR_MS, .resets = RESETS },
	};

	(void)state;
	begin(&s);
	assert_err(records_run(s, "mark commit 1005000"), ERR_OK);
	assert_reason(times_start(s, &now), REASON_none);
	now.tpm.clock_ms = CLOCK + 3 * HOUR_MS;
	assert_reason(times_start(s, &now), REASON_clock_behind);
	assert_err(records_run(s, "mark commit 1005000 510790000 9"), ERR_OK);
	assert_reason(times_start(s, &now), REASON_clock_tpm);
	now.tpm.resets = 9;
	assert_reason(times_start(s, &now), REASON_none);
	/* Officers say that it is right, and nothing older counts. */
	assert_err(records_run(s, "mark clock 900"), ERR_OK);
	now.wall = 899;
	assert_reason(times_start(s, &now), REASON_clock_back);
	now.wall = 900;
	assert_reason(times_start(s, &now), REASON_none);
	now.tpm = (struct tpm_life){ 0 };
	assert_reason(times_start(s, &now), REASON_none);
	assert_err(records_run(s, "mark clock 900 1000 3"), ERR_OK);
	assert_reason(times_start(s, &now), REASON_clock_tpm);
}

/* ---- while it runs ---- */

static const struct step {
	const char	*name;
	int64_t		 wall, boot_ms;
	enum reason	 want;
} steps[] = {
	{ "as it began", 0, 0, REASON_none },
	{ "both went on", 5000, 5000000, REASON_none },
	{ "asleep for a year", 365 * DAY, INT64_C(365) * DAY * 1000,
	    REASON_none },
	{ "30 s ahead", 30, 0, REASON_none },
	{ "31 s ahead", 31, 0, REASON_none },
	{ "32 s ahead", 32, 0, REASON_clock_jumped },
	{ "31 s ahead, and a bit", 31, -1, REASON_clock_jumped },
	{ "31 s behind", -31, 0, REASON_none },
	{ "and a bit", -31, 1, REASON_clock_jumped },
	{ "32 s behind", -32, 0, REASON_clock_jumped },
	{ "stood still for 31 s", 0, 31000, REASON_none },
	{ "and for longer", 0, 31001, REASON_clock_jumped },
	{ "years ahead", INT64_C(3650) * DAY, 0, REASON_clock_jumped },
	{ "years behind", -WALL, 0, REASON_clock_jumped },
	{ "the time since boot went back", 0, -1, REASON_clock_jumped },
	{ "both went back", -5, -5000, REASON_clock_jumped },
	{ "at the end of all seconds", INT64_MAX - WALL, 0,
	    REASON_clock_jumped },
};

static void
test_step(void **state)
{
	const struct step *step = *state;
	const struct moment began = { WALL, 7000 };
	const struct moment now = {
		(uint64_t)(WALL + step->wall),
		(uint64_t)(7000 + step->boot_ms),
	};

	assert_reason(times_run(began, now), step->want);
}

/* Seconds that are as many ms as these, when that is counted in 64 bits. */
static void
test_no_product_wraps(void **state)
{
	const struct moment began = { 384, 0 };
	const struct moment now = { (UINT64_MAX / 1000) + 385, 616 };

	(void)state;
	assert_true(now.wall * 1000 < 1000000);
	assert_reason(times_run(began, now), REASON_clock_jumped);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_not_stored_is_not_asked_for),
		cmocka_unit_test(
		    test_the_clock_is_held_against_its_own_wall_time),
		cmocka_unit_test(test_no_product_wraps),
	};
	struct CMUnitTest starts[ROWS(rows)], runs[ROWS(steps)];

	for (size_t i = 0; i < ROWS(rows); i++)
		starts[i] = ROW_TEST(rows[i].name, test_start, &rows[i]);
	for (size_t i = 0; i < ROWS(steps); i++)
		runs[i] = ROW_TEST(steps[i].name, test_step, &steps[i]);
	return cmocka_run_group_tests_name("times", tests, NULL, NULL) +
	    cmocka_run_group_tests_name("a start", starts, NULL, NULL) +
	    cmocka_run_group_tests_name("a run", runs, NULL, NULL);
}
