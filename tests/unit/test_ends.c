/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "daemon/ends.h"

#define MINUTE UINT64_C(60000)
#define NEVER UINT64_MAX

/* When it ends, and how long it then waits. */
static const struct row {
	const char	*name;
	uint64_t	 most, within, backoff;
	struct {
		uint64_t	at, wait;
	} ends[6];
	size_t		 n;
} rows[] = {
	{ "three are too many for two", 2, 10 * MINUTE, 1000,
	    { { 0, 1000 }, { 5000, 2000 }, { 9000, NEVER } }, 3 },
	{ "the wait doubles up to a minute", 100, 10 * MINUTE, 20000,
	    { { 0, 20000 }, { 1, 40000 }, { 2, 60000 }, { 3, 60000 } }, 4 },
	{ "none at all", 0, MINUTE, 0, { { 7, NEVER } }, 1 },
	{ "without a wait", 2, MINUTE, 0,
	    { { 0, 0 }, { 0, 0 }, { 0, NEVER } }, 3 },
	{ "what is long ago is forgotten", 2, MINUTE, 1000,
	    { { 0, 1000 }, { 1, 2000 }, { MINUTE, 2000 },
	    { MINUTE + 1, 2000 }, { MINUTE + 2, NEVER } }, 5 },
	{ "a moment before that it is not", 1, MINUTE, 1000,
	    { { 5, 1000 }, { MINUTE + 4, NEVER }, { MINUTE + 5, 1000 } }, 3 },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct ends e = { 0 };

	for (size_t i = 0; i < row->n; i++) {
		uint64_t wait = NEVER;
		const bool again = ends_add(&e, row->most, row->within,
		    row->backoff, row->ends[i].at, &wait);

		assert_int_equal(again, row->ends[i].wait != NEVER);
		assert_int_equal(wait, row->ends[i].wait);
	}
}

static void
test_the_table_has_an_end(void **state)
{
	struct ends e = { 0 };
	uint64_t wait;

	(void)state;
	for (size_t i = 0; i < ENDS_MAX; i++)
		assert_true(ends_add(&e, NEVER, MINUTE, 1, 0, &wait));
	assert_int_equal(wait, ENDS_WAIT_MAX);
	assert_false(ends_add(&e, NEVER, MINUTE, 1, 0, &wait));
}

int
main(void)
{
	struct CMUnitTest tests[1 + ROWS(rows)] = {
		cmocka_unit_test(test_the_table_has_an_end),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[1 + i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = test_row, .initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
