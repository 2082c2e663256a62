/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/desk.h"
#include "tests/seat.h"
#include "unlocker/exits.h"

/* At a terminal: what is said goes there too. */
static int
sit(void *self, int said)
{
	(void)self;
	(void)said;
	dup2(STDIN_FILENO, STDERR_FILENO);
	desk_exec(NULL);
	return 126;
}

static void
test_at_a_terminal(void **state)
{
	struct seat s;
	struct fake f;

	(void)state;
	desk_serve(&f, LIE_none, 5);
	seat_take(&s, sit, NULL);
	seat_sees(&s, "Code for alice from phone: ");
	assert_non_null(strstr(s.shown, "appraise = off"));
	assert_non_null(strstr(s.shown, desk_facts.uuid));
	assert_false(seat_echoes(&s));
	seat_forget(&s);
	seat_types(&s, "654321\n");
	seat_sees(&s, "totp.refused");
	seat_sees(&s, "Code for alice from phone: ");
	seat_types(&s, FAKE_CODE "\n");
	seat_sees(&s, "its key slot opens");
	assert_int_equal(seat_ends(&s), ENDS_ok);
	seat_sees_all(&s);
	assert_null(strstr(s.shown, FAKE_CODE));
	assert_as_before(&s);
	seat_leave(&s);
	fake_stop(&f);
}

/* So many wrong codes, and nobody is asked any more. */
static void
ask_until(enum lie lie, int times, enum ends want)
{
	struct seat s;
	struct fake f;

	desk_serve(&f, lie, 5);
	seat_take(&s, sit, NULL);
	for (int i = 0; i < times; i++) {
		seat_sees(&s, "from phone: ");
		seat_forget(&s);
		seat_types(&s, "654321\n");
	}
	assert_int_equal(seat_ends(&s), want);
	assert_as_before(&s);
	seat_leave(&s);
	fake_stop(&f);
}

static void
test_there_is_no_use_in_asking_on(void **state)
{
	(void)state;
	ask_until(LIE_none, 3, ENDS_refused);
	ask_until(SAYS_replay, 3, ENDS_replay);
	ask_until(SAYS_closed, 1, ENDS_limited);
	ask_until(LIE_signer, 1, ENDS_server);
}

/* The sandbox lets it put the terminal right, stop, and die of a signal. */
static void
test_no_way_out_leaves_the_terminal_quiet(void **state)
{
	static const struct {
		enum lie	 lie;
		const char	*after;		/* the code */
		const char	*key;
		int		 want;
	} ways[] = {
		{ LIE_none, NULL, "\x03", 128 + SIGINT },
		{ LIE_none, NULL, "\x1c", 128 + SIGQUIT },
		{ LIE_none, NULL, "\x04", ENDS_no_code },
		{ SAYS_limited, "taken in 42 s", "\x03", 128 + SIGINT },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(ways); i++) {
		struct seat s;
		struct fake f;

		desk_serve(&f, ways[i].lie, 5);
		seat_take(&s, sit, NULL);
		seat_sees(&s, "from phone: ");
		seat_types(&s, "12\x1a");
		seat_stops(&s);
		assert_as_before(&s);
		seat_forget(&s);
		seat_goes_on(&s);
		seat_sees(&s, "from phone: ");
		if (ways[i].after != NULL) {
			seat_types(&s, FAKE_CODE "\n");
			seat_sees(&s, ways[i].after);
		}
		assert_false(seat_echoes(&s));
		seat_types(&s, ways[i].key);
		assert_int_equal(seat_ends(&s), ways[i].want);
		assert_as_before(&s);
		seat_leave(&s);
		fake_stop(&f);
	}
}

#define FRESH(f) cmocka_unit_test_setup(f, desk_forget)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(test_at_a_terminal),
		FRESH(test_there_is_no_use_in_asking_on),
		FRESH(test_no_way_out_leaves_the_terminal_quiet),
	};

	if (!volume_can()) {
		fprintf(stderr, "skipped: no cryptsetup program here\n");
		return 77;
	}
	alarm(SEAT_PATIENCE);
	return cmocka_run_group_tests_name("asking", tests, desk_make,
	    volume_folder_drop);
}
