/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "base/own.h"
#include "store/find.h"
#include "tests/records.h"

#define NOW 86400000		/* of its steps of 30 s: */
#define STEP (NOW / 30)	/* the device is 10 behind, and 10 are its window */

/* What officers say of the clock, after such a script; the floor then. */
static const struct row {
	const char	*name;
	const char	*script;
	uint64_t	 floor;
} rows[] = {
	{ "a step that was accepted",
	    "floor al ph 9000000", 9000000 },
	{ "one that a start has set",
	    "floor al ph 100; floor al ph 9000000 restart", STEP },
	{ "two that starts have set", "floor al ph 100; "
	    "floor al ph 8000000 restart; floor al ph 9000000 restart",
	    STEP },
	{ "after one that was accepted later than now",
	    "floor al ph 8000000; floor al ph 9000000 restart", 8000000 },
	{ "before one that was accepted",
	    "floor al ph 8000000 restart; floor al ph 9000000", 9000000 },
	{ "between two of them", "floor al ph 7000000; "
	    "floor al ph 8000000 restart; floor al ph 8500000; "
	    "floor al ph 9000000 restart", 8500000 },
	{ "of now", "floor al ph 100; floor al ph 2879999 restart", 2879999 },
};

static enum err
add_to_state(void *self, const struct msg *m)
{
	return state_apply(self, m);
}

static uint64_t
floor_of(const struct state *s)
{
	return state_device(s, span_text("al"), span_text("ph"))->row.floor;
}

/* And the same out of a snapshot before or after it. */
static void
test_floor(void **state)
{
	const struct row *row = *state;
	struct state *s OWNED(state_drop) = NULL;
	struct state *copy OWNED(state_drop) = NULL;
	struct state *later OWNED(state_drop) = NULL;

	assert_err(state_new(&s), ERR_OK);
	assert_err(state_new(&copy), ERR_OK);
	assert_err(state_new(&later), ERR_OK);
	assert_err(records_run(s, "operator al; device al ph 30 6 50"),
	    ERR_OK);
	assert_err(records_run(s, row->script), ERR_OK);
	assert_err(state_dump(s, add_to_state, copy), ERR_OK);
	assert_err(records_run(s, "mark clock 86400000"), ERR_OK);
	assert_int_equal(floor_of(s), row->floor);
	assert_err(records_run(copy, "mark clock 86400000"), ERR_OK);
	assert_int_equal(floor_of(copy), row->floor);
	/* What comes behind it is not lowered by a snapshot. */
	assert_err(records_run(s, "floor al ph 9999999 restart"), ERR_OK);
	assert_err(state_dump(s, add_to_state, later), ERR_OK);
	assert_int_equal(floor_of(later), 9999999);
}

/* Failures of a later time count as of now, and nobody waits for it. */
static void
test_failures_are_of_now(void **state)
{
	struct state *s OWNED(state_drop) = NULL;
	struct msg m = { .type = MSG_failures };
	const struct msg_failures *f = &m.failures;

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	assert_err(WIRE_SET_TEXT(m.failures.channel, span_text("vm1")), ERR_OK);
	failures_add(&m.failures, 10 * (uint64_t)NOW);
	failures_add(&m.failures, NOW - 1);
	failures_add(&m.failures, NOW);
	failures_add(&m.failures, NOW + 1);
	m.failures.wait_until = 10 * (uint64_t)NOW;
	m.failures.level = 3;
	assert_err(state_apply(s, &m), ERR_OK);
	assert_err(records_run(s, "mark clock 86400000"), ERR_OK);
	f = state_failures(s, span_text("vm1"), span_text(""));
	assert_non_null(f);
	assert_int_equal(failures_at(f, 0), NOW);
	assert_int_equal(failures_at(f, 1), NOW - 1);
	assert_int_equal(failures_at(f, 2), NOW);
	assert_int_equal(failures_at(f, 3), NOW);
	assert_int_equal(f->wait_until, NOW);
	assert_int_equal(f->level, 3);
	assert_int_equal(f->total, 4);
	assert_err(records_run(s, "mark clock 86400100"), ERR_OK);
	assert_int_equal(f->wait_until, NOW);
}

static void
test_a_day_that_is_not_yet_is_this_one(void **state)
{
	struct state *s OWNED(state_drop) = NULL;

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	assert_err(records_run(s, "steps 5000 7; mark clock 86400000"),
	    ERR_OK);
	assert_int_equal(s->steps.day, 1000);
	assert_int_equal(s->steps.total, 7);
	assert_err(records_run(s, "steps 1001 1; mark clock 172800000"),
	    ERR_OK);
	assert_int_equal(s->steps.day, 1001);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failures_are_of_now),
		cmocka_unit_test(test_a_day_that_is_not_yet_is_this_one),
	};
	struct CMUnitTest floors[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		floors[i] = ROW_TEST(rows[i].name, test_floor, &rows[i]);
	return cmocka_run_group_tests_name("a clock set", tests, NULL, NULL) +
	    cmocka_run_group_tests_name("floors", floors, NULL, NULL);
}
