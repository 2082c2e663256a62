/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cryptod/throttle.h"

#define T0 UINT64_C(1800000000)

static const struct throttle_limits *const limits =
    &(const struct throttle_limits){
	.burst = 5, .window = 300, .first_wait = 30, .longest_wait = 3600,
	.give_up = 100, .global_burst = 20, .global_window = 600,
};
static struct state *table;

static int
set_up(void **state)
{
	(void)state;
	return state_new(&table) == ERR_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	state_drop(&table);
	return 0;
}

/* n failures more on a channel, for alice. */
static void
fail_times(const char *channel, int n, uint64_t at)
{
	const struct msg_failures *f = state_failures(table,
	    span_text(channel), span_text("alice"));
	struct msg m = { .type = MSG_failures };

	if (f != NULL)
		m.failures = *f;
	assert_err(WIRE_SET_TEXT(m.failures.channel, span_text(channel)),
	    ERR_OK);
	assert_err(WIRE_SET_TEXT(m.failures.operator, span_text("alice")),
	    ERR_OK);
	while (n-- > 0)
		throttle_fail(&m.failures, limits, at);
	assert_err(state_apply(table, &m), ERR_OK);
}

/* The verdict, and what it is told to wait. */
static uint64_t
waits(const char *channel, uint64_t now, enum reason want)
{
	uint64_t retry = 7;

	assert_string_equal(reason_code(throttle_check(table,
	    span_text(channel), span_text("alice"), limits, now, &retry)),
	    reason_code(want));
	return retry;
}

static void
test_a_channel_without_failures_is_free(void **state)
{
	(void)state;
	assert_int_equal(waits("a", T0, REASON_none), 0);
}

static void
test_the_fifth_failure_waits_and_the_fourth_does_not(void **state)
{
	(void)state;
	fail_times("a", 4, T0);
	waits("a", T0, REASON_none);
	fail_times("a", 1, T0);
	assert_int_equal(waits("a", T0, REASON_limit_operator), 30);
	assert_int_equal(waits("a", T0 + 29, REASON_limit_operator), 1);
	waits("a", T0 + 30, REASON_none);
	waits("b", T0, REASON_none);
}

static void
test_failures_outside_the_window_do_not_count(void **state)
{
	(void)state;
	fail_times("a", 4, T0);
	fail_times("a", 1, T0 + 300);
	waits("a", T0 + 300, REASON_none);
	fail_times("a", 3, T0 + 300);
	waits("a", T0 + 300, REASON_none);
	fail_times("a", 1, T0 + 300);
	waits("a", T0 + 300, REASON_limit_operator);
}

static void
test_each_wait_is_twice_the_one_before(void **state)
{
	uint64_t now = T0;

	(void)state;
	fail_times("a", 4, now);
	for (uint64_t want = 30; want <= 120; want *= 2) {
		fail_times("a", 1, now);
		assert_int_equal(waits("a", now, REASON_limit_operator),
		    want);
		now += want;
	}
}

static void
test_no_wait_is_longer_than_an_hour(void **state)
{
	(void)state;
	fail_times("a", 60, T0);
	assert_int_equal(waits("a", T0, REASON_limit_operator), 3600);
}

static void
test_a_hundred_failures_need_an_act(void **state)
{
	(void)state;
	fail_times("a", 99, T0);
	waits("a", T0, REASON_limit_operator);
	fail_times("a", 1, T0);
	assert_int_equal(waits("a", T0 + 1000000, REASON_limit_channel), 0);
	waits("b", T0, REASON_none);
}

/* Four failures on each of five channels trip no channel's own limit. */
static void
test_the_global_cap_stops_only_channels_that_failed(void **state)
{
	static const char *const channels[] = { "a", "b", "c", "d", "e" };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		fail_times(channels[i], i == 4 ? 3 : 4, T0 + 100 * i);
	waits("e", T0 + 400, REASON_none);
	fail_times("e", 1, T0 + 400);
	/* The four of the first channel leave after 200 s more. */
	assert_int_equal(waits("e", T0 + 400, REASON_limit_global), 200);
	assert_int_equal(waits("a", T0 + 400, REASON_limit_global), 200);
	waits("calm", T0 + 400, REASON_none);
	waits("e", T0 + 600, REASON_none);
}

/* Whose own failures leave first is free first, and the order of the channels
 * makes no difference. */
static void
test_the_global_wait_ends_for_each_channel_by_itself(void **state)
{
	(void)state;
	fail_times("a", 4, T0);
	for (const char *c = "b\0c\0d\0e\0f\0"; *c != '\0'; c += 2)
		fail_times(c, 4, T0 + 500);
	fail_times("z", 1, T0 + 1);
	assert_int_equal(waits("a", T0 + 500, REASON_limit_global), 100);
	assert_int_equal(waits("b", T0 + 500, REASON_limit_global), 600);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_channel_without_failures_is_free),
		TEST(test_the_fifth_failure_waits_and_the_fourth_does_not),
		TEST(test_failures_outside_the_window_do_not_count),
		TEST(test_each_wait_is_twice_the_one_before),
		TEST(test_no_wait_is_longer_than_an_hour),
		TEST(test_a_hundred_failures_need_an_act),
		TEST(test_the_global_cap_stops_only_channels_that_failed),
		TEST(test_the_global_wait_ends_for_each_channel_by_itself),
	};

	return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
