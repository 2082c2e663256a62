/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cryptod/epoch.h"

#define DAY UINT64_C(86400)
#define ROUTINE (EPOCH_START | EPOCH_TICK)

/* 27 a day, 20 of them for codes: a tick every six hours and three starts
 * have the rest. */
static const struct epoch_policy usual = { true, 27, 21600 };
static const struct epoch_policy timed = { false, 27, 21600 };
static const struct epoch_policy small = { true, 7, 21600 };

/* ---- what steps ---- */

static const struct row {
	const char		*name;
	const struct epoch_policy *policy;
	struct msg_steps	 had;	/* day, loose, total, trips, routine */
	unsigned		 causes;
	uint64_t		 day;
	bool			 steps;
	struct msg_steps	 out;
} rows[] = {
	{ "the first start of all", &usual, { 0, false, 0, 0, 0 },
	    EPOCH_START, 9, true, { 9, false, 1, 0, 1 } },
	{ "nothing that happened does not step", &usual,
	    { 9, false, 1, 0, 1 }, 0, 9, false, { 9, false, 1, 0, 1 } },
	{ "a code", &usual, { 9, false, 1, 0, 1 }, EPOCH_CODE, 9, true,
	    { 9, false, 2, 0, 1 } },
	{ "the last but one that codes can have", &usual,
	    { 9, false, 19, 0, 1 }, EPOCH_CODE, 9, true,
	    { 9, false, 20, 0, 1 } },
	{ "the last that codes can have says so", &usual,
	    { 9, false, 20, 0, 1 }, EPOCH_CODE, 9, true,
	    { 9, true, 21, 0, 1 } },
	{ "then codes go without", &usual, { 9, true, 21, 0, 1 }, EPOCH_CODE,
	    9, false, { 9, true, 21, 0, 1 } },
	{ "not before a frame has said so", &usual, { 9, false, 40, 0, 1 },
	    EPOCH_CODE, 9, true, { 9, true, 41, 0, 1 } },
	{ "a start steps all the same", &usual, { 9, true, 27, 0, 7 },
	    EPOCH_START, 9, true, { 9, true, 28, 0, 8 } },
	{ "so does a tick", &usual, { 9, true, 27, 0, 7 }, EPOCH_TICK, 9, true,
	    { 9, true, 28, 0, 8 } },
	{ "so does a change", &usual, { 9, true, 27, 0, 7 }, EPOCH_CHANGE, 9,
	    true, { 9, true, 28, 0, 7 } },
	{ "a change is not taken from starts", &usual, { 9, false, 20, 0, 0 },
	    EPOCH_CHANGE, 9, true, { 9, true, 21, 0, 0 } },
	{ "starts that came have left their place", &usual,
	    { 9, false, 25, 0, 7 }, EPOCH_CODE, 9, true,
	    { 9, false, 26, 0, 7 } },
	{ "more starts than seven take from codes", &usual,
	    { 9, false, 25, 0, 9 }, EPOCH_START, 9, true,
	    { 9, false, 26, 0, 10 } },
	{ "until there is none", &usual, { 9, false, 26, 0, 10 }, EPOCH_START,
	    9, true, { 9, true, 27, 0, 11 } },
	{ "a new day has a budget of its own", &usual, { 9, true, 27, 5, 7 },
	    EPOCH_CODE, 10, true, { 10, false, 1, 0, 0 } },
	{ "a clock that goes back has none", &usual, { 9, true, 27, 0, 7 },
	    EPOCH_CODE, 8, false, { 9, true, 27, 0, 7 } },
	{ "which may leave codes none again", &timed, { 9, true, 27, 0, 7 },
	    EPOCH_CODE, 10, false, { 10, true, 0, 0, 0 } },
	{ "a limit", &usual, { 9, false, 1, 0, 1 }, EPOCH_TRIP, 9, true,
	    { 9, false, 2, 1, 1 } },
	{ "the fifth limit", &usual, { 9, false, 5, 4, 1 }, EPOCH_TRIP, 9,
	    true, { 9, false, 6, 5, 1 } },
	{ "a sixth limit does not", &usual, { 9, false, 6, 5, 1 }, EPOCH_TRIP,
	    9, false, { 9, false, 6, 5, 1 } },
	{ "a limit beside a code is no limit", &usual, { 9, false, 6, 5, 1 },
	    EPOCH_TRIP | EPOCH_CODE, 9, true, { 9, false, 7, 5, 1 } },
	{ "a limit has no more than codes", &usual, { 9, true, 21, 0, 1 },
	    EPOCH_TRIP, 9, false, { 9, true, 21, 0, 1 } },
	{ "without strict a start says that codes go without", &timed,
	    { 9, false, 1, 0, 1 }, EPOCH_START, 9, true,
	    { 9, true, 2, 0, 2 } },
	{ "and so they do", &timed, { 9, true, 2, 0, 2 }, EPOCH_CODE, 9,
	    false, { 9, true, 2, 0, 2 } },
	{ "and limits do not", &timed, { 9, true, 2, 0, 2 }, EPOCH_TRIP, 9,
	    true, { 9, true, 3, 1, 2 } },
	{ "a budget that leaves codes none", &small, { 9, false, 0, 0, 0 },
	    EPOCH_START, 9, true, { 9, true, 1, 0, 1 } },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct msg_steps out;

	assert_int_equal(epoch_steps(row->policy, &row->had, row->causes,
	    row->day * DAY + 5, &out), row->steps);
	assert_int_equal(out.day, row->out.day);
	assert_int_equal(out.loose, row->out.loose);
	assert_int_equal(out.total, row->out.total);
	assert_int_equal(out.trips, row->out.trips);
	assert_int_equal(out.routine, row->out.routine);
}

static void
test_what_is_left_is_told(void **state)
{
	const struct msg_steps had = { 9, false, 5, 0, 2 };

	(void)state;
	assert_int_equal(epoch_left(&usual, &had, 9 * DAY), 17);
	assert_int_equal(epoch_left(&usual, &had, 10 * DAY), 20);
	assert_int_equal(epoch_left(&small, &had, 9 * DAY), 0);
}

/* Whatever happens in whatever order: no code lacks a step in an epoch that
 * does not say that it may, and a day has no more than its budget but for
 * what may go beyond it. */
static void
test_no_code_goes_without_unless_the_epoch_says_so(void **state)
{
	static const unsigned causes[] = { EPOCH_CODE, EPOCH_CODE, EPOCH_CODE,
	    EPOCH_TRIP, EPOCH_TRIP | EPOCH_CODE, EPOCH_START, EPOCH_TICK,
	    EPOCH_CHANGE };
	struct msg_steps had = { 0 }, out;
	uint64_t wall = 20000 * DAY, day = 0, spent = 0;
	uint32_t dice = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		unsigned c;

		dice = dice * 1103515245 + 12345;
		c = causes[dice >> 16 & 7];
		wall += dice >> 20 & 2047;
		if (wall / DAY != day)
			spent = 0;
		day = wall / DAY;
		if (!epoch_steps(&usual, &had, c, wall, &out)) {
			assert_true(had.loose || (c & EPOCH_CODE) == 0);
			continue;
		}
		had = out;
		if ((c & (ROUTINE | EPOCH_CHANGE)) == 0)
			assert_true(++spent <= usual.budget - 4);
	}
}

/* ---- what a start finds ---- */

static const struct found {
	const char	*name;
	uint64_t	 epoch, counter;
	enum epoch_fate	 fate;
} founds[] = {
	{ "the same", 7, 7, EPOCH_SAME },
	{ "a step that is owed", 8, 7, EPOCH_OWED },
	{ "an older state", 6, 7, EPOCH_OTHER },
	{ "a much older state", 0, 7, EPOCH_OTHER },
	{ "two steps ahead", 9, 7, EPOCH_OTHER },
	{ "another TPM's", 900, 7, EPOCH_OTHER },
	{ "no counter wraps", 0, UINT64_MAX, EPOCH_OTHER },
	{ "nor an epoch", UINT64_MAX, 0, EPOCH_OTHER },
};

static void
test_found(void **state)
{
	const struct found *row = *state;

	assert_int_equal(epoch_judge(row->epoch, row->counter), row->fate);
}

/* ---- following ---- */

struct tpm_counter {
	uint64_t	 at;
	unsigned	 reads, steps;
	const char	*faults;	/* a letter for each call */
};

/* f: it fails; l: it is done, and the answer is lost. */
static char
next_fault(struct tpm_counter *t)
{
	return *t->faults != '\0' ? *t->faults++ : '.';
}

static enum err
read_it(void *self, uint64_t *now)
{
	struct tpm_counter *t = self;

	if (next_fault(t) != '.')
		return ERR_BUSY;
	t->reads++;
	*now = t->at;
	return ERR_OK;
}

static enum err
step_it(void *self, uint64_t *now)
{
	struct tpm_counter *t = self;
	const char fault = next_fault(t);

	if (fault == 'f')
		return ERR_BUSY;
	t->steps++;
	*now = ++t->at;
	return fault == 'l' ? ERR_BUSY : ERR_OK;
}

/* It begins at 6; an epoch of 7 is to be followed to. */
static const struct follow {
	const char	*name;
	uint64_t	 at;
	const char	*faults;
	unsigned	 calls;		/* how often it is called */
	enum err	 want;		/* the last time */
	unsigned	 reads, steps;
} follows[] = {
	{ "one step", 6, "", 1, ERR_OK, 0, 1 },
	{ "it was not done", 6, "f", 2, ERR_OK, 1, 1 },
	{ "it was done, and the answer was lost", 6, "l", 2, ERR_OK, 1, 1 },
	{ "it was not done, and cannot be asked", 6, "fl", 2, ERR_BUSY, 0, 0 },
	{ "it was lost, and cannot be asked", 6, "lf.", 3, ERR_OK, 1, 1 },
	{ "not done three times", 6, "f.f.f", 4, ERR_OK, 3, 1 },
	{ "another copy has stepped it", 7, "", 1, ERR_STATE, 0, 1 },
	{ "another has gone on after a lost answer", 7, "l", 2, ERR_STATE, 1,
	    1 },
	{ "it went back", 5, "f", 2, ERR_STATE, 1, 0 },
};

static void
test_follow(void **state)
{
	const struct follow *row = *state;
	struct tpm_counter t = { .at = row->at, .faults = row->faults };
	const struct epoch_counter c = { read_it, step_it, &t };
	enum err e = ERR_OK;
	bool tried = false;

	for (unsigned i = 0; i < row->calls; i++)
		e = epoch_follow(&c, 7, &tried);
	assert_err(e, row->want);
	assert_int_equal(t.reads, row->reads);
	assert_int_equal(t.steps, row->steps);
}

int
main(void)
{
	struct CMUnitTest tests[2 + ROWS(rows) + ROWS(founds) +
	    ROWS(follows)] = {
		cmocka_unit_test(test_what_is_left_is_told),
		cmocka_unit_test(
		    test_no_code_goes_without_unless_the_epoch_says_so),
	};
	size_t n = 2;

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[n++] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < ROWS(founds); i++)
		tests[n++] = ROW_TEST(founds[i].name, test_found, &founds[i]);
	for (size_t i = 0; i < ROWS(follows); i++)
		tests[n++] = ROW_TEST(follows[i].name, test_follow,
		    &follows[i]);
	return cmocka_run_group_tests_name("epoch", tests, NULL, NULL);
}
