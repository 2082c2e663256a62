/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "tests/court.h"

/* Step 6, what is remembered, and that no step can hide. */

CHANGE(after_reset, s->q.reset_count = 4)
CHANGE(before_reset, s->q.reset_count = 2)
CHANGE(before_restart, s->q.restart_count = 0)
CHANGE(clock_back, s->q.clock_ms = 3999)
CHANGE(clock_still, s->q.clock_ms = 4000)

static void
reset_clock_back(struct court *s)
{
	after_reset(s);
	s->q.clock_ms = 7;
	s->q.restart_count = 0;
}

CHANGE(not_safe, s->q.safe = 0)

static void
not_safe_again(struct court *s)
{
	s->q.safe = 0;
	s->last.unsafe = true;
}

static void
safe_after_it_was_not(struct court *s)
{
	s->last.unsafe = true;
}

static void
not_safe_after_reset(struct court *s)
{
	not_safe_again(s);
	after_reset(s);
}

CHANGE(low_firmware, s->q.firmware = 0x10001)
CHANGE(high_firmware, s->q.firmware = 0x20000)
/* Whatever is left of what an act has wiped out. */
static void
first_time(struct court *s)
{
	s->last = (struct appraised){ false, 9999, 3, 9, true, false, 0 };
	s->q.safe = 0;
}

static void
strict_and_reset(struct court *s)
{
	after_reset(s);
	s->r.strict_reset = true;
}

static void
strict_and_no_reset(struct court *s)
{
	s->r.strict_reset = true;
}

static void
strict_and_first(struct court *s)
{
	first_time(s);
	after_reset(s);
	s->r.strict_reset = true;
}

/* By the officers; the TPM is at its third reset. */
static void
back_and_accepted(struct court *s)
{
	s->last = (struct appraised){ true, 9999, 5, 9, true, true, 3 };
	s->q.safe = 0;
}

static void
back_and_another_accepted(struct court *s)
{
	back_and_accepted(s);
	s->last.accept = 4;
	s->q.safe = 1;
}

static void
strict_and_accepted(struct court *s)
{
	strict_and_reset(s);
	s->last.accepted = true;
	s->last.accept = 4;
}

static void
strict_and_reset_again(struct court *s)
{
	strict_and_accepted(s);
	s->q.reset_count = 5;
}

/* ---- after it was made ---- */

CHANGE(another_ak, s->r.ak_name[33] ^= 1)
CHANGE(no_sets, s->r.nsets = 0)
CHANGE(no_reference, s->c.reference = NULL)
CHANGE(flip_signature, s->q.sig_at[20] ^= 1)
CHANGE(flip_value, s->e.values[40] ^= 1)
CHANGE(another_challenge, s->c.challenge = SPAN(court_other))

static const struct court_row good = { .name = "all is well" };

static const struct court_row rows[] = {
#define R(why) REASON_##why
	{ "forgotten: resetCount", before_reset, NULL,
	    "PP PPP P PP --P PFPP", R(quote_clock) },
	{ "forgotten: restartCount", before_restart, NULL,
	    "PP PPP P PP --P PFPP", R(quote_clock) },
	{ "forgotten: Clock", clock_back, NULL,
	    "PP PPP P PP --P PFPP", R(quote_clock) },
	{ "forgotten: safe", not_safe_again, NULL,
	    "PP PPP P PP --P PPFP", R(quote_unsafe) },
	{ "forgotten: firmware", low_firmware, NULL,
	    "PP PPP P PP --P PPPF", R(quote_firmware) },
	{ "after a reset", after_reset, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "after a reset, Clock back", reset_clock_back, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "after a reset, strict", strict_and_reset, NULL,
	    "PP PPP P PP --P FPPP", R(quote_reset) },
	{ "strict, not reset", strict_and_no_reset, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "strict, never seen", strict_and_first, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "never seen", first_time, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "the same Clock", clock_still, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "not safe, once", not_safe, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "safe after it was not", safe_after_it_was_not, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "not safe, once for each reset", not_safe_after_reset, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "put back, and accepted", back_and_accepted, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "put back to another reset", back_and_another_accepted, NULL,
	    "PP PPP P PP --P PFPP", R(quote_clock) },
	{ "after a reset, strict and accepted", strict_and_accepted, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
	{ "after one more reset, strict", strict_and_reset_again, NULL,
	    "PP PPP P PP --P FPPP", R(quote_reset) },
	{ "firmware above the floor", high_firmware, NULL,
	    "PP PPP P PP --P PPPP", R(none) },
#undef R
};

static void
test_nothing_done_is_not_good(void **state)
{
	const struct appraisal none = { .why = REASON_none };

	(void)state;
	assert_false(appraisal_good(&none));
	assert_int_equal(appraisal_reason(&none), REASON_quote_undone);
}

/* Of a good vector, each step in each other way. */
static void
test_no_step_can_hide(void **state)
{
	struct court s;
	struct appraisal a, b;

	(void)state;
	court_play(&s, &good, &a);
	assert_true(appraisal_good(&a));
	for (unsigned i = 0; i < APPRAISE_STEPS; i++) {
		b = a;
		b.step[i] = APPRAISE_NOT_DONE;
		assert_int_equal(appraisal_good(&b), !appraise_step_must(i));
		b.step[i] = APPRAISE_PASSED;
		assert_true(appraisal_good(&b));
		for (uint32_t mark = APPRAISE_FAILED; mark < 40; mark++) {
			memcpy(&b.step[i], &mark, sizeof(b.step[i]));
			assert_false(appraisal_good(&b));
			assert_int_not_equal(appraisal_reason(&b),
			    REASON_none);
		}
	}
}

/* The steps that must be, and their order, as the design has them. */
static void
test_steps(void **state)
{
	static const char *const names[] = { "ak", "attributes", "magic",
		"type", "nonce", "signature", "selection", "digest",
		"replay", "rules", "values", "reset", "clock", "safe",
		"firmware" };

	(void)state;
	assert_int_equal(APPRAISE_STEPS, ROWS(names));
	for (unsigned i = 0; i < APPRAISE_STEPS; i++) {
		assert_string_equal(appraise_step_name(i), names[i]);
		assert_int_equal(appraise_step_must(i),
		    i != APPRAISE_replay && i != APPRAISE_rules);
		assert_true(strlen(appraise_step_text(i)) > 0);
	}
	assert_string_equal(appraise_mark_name(APPRAISE_PASSED), "passed");
	assert_string_equal(appraise_mark_name(APPRAISE_FAILED), "failed");
	assert_string_equal(appraise_mark_name(APPRAISE_NOT_DONE),
	    "not done");
}

/* A reset voids what is cached, whatever else is wrong; but only an authentic
 * quote says that there was one. */
static void
test_a_reset_voids(void **state)
{
	static const struct {
		void	(*before)(struct court *s);
		void	(*after)(struct court *s);
		bool	 reset;
	} resets[] = {
		{ NULL, NULL, false },
		{ first_time, NULL, false },
		{ before_reset, NULL, false },
		{ after_reset, NULL, true },
		{ strict_and_reset, NULL, true },
		{ after_reset, no_sets, true },
		{ after_reset, flip_value, true },
		{ after_reset, flip_signature, false },
		{ after_reset, another_ak, false },
		{ after_reset, another_challenge, false },
		{ after_reset, no_reference, false },
	};
	struct court s;
	struct appraisal a;

	(void)state;
	for (size_t i = 0; i < ROWS(resets); i++) {
		court_play(&s, &(struct court_row){ .before = resets[i].before,
		    .after = resets[i].after }, &a);
		assert_int_equal(a.reset, resets[i].reset);
	}
}

/* What is remembered of one is what the next is held against. */
static void
test_memory(void **state)
{
	static const struct {
		uint32_t	reset, restart;
		uint64_t	clock_ms;
		uint8_t		safe;
		enum reason	why;
	} seen[] = {
		{ 7, 2, 1000, 0, REASON_none },
		{ 7, 2, 1001, 0, REASON_quote_unsafe },
		{ 7, 2, 1002, 1, REASON_none },
		{ 7, 2, 1003, 0, REASON_quote_unsafe },
		{ 7, 2, 1001, 1, REASON_quote_clock },
		{ 7, 3, 1002, 1, REASON_none },
		{ 7, 2, 1009, 1, REASON_quote_clock },
		{ 6, 9, 9999, 1, REASON_quote_clock },
		{ 8, 0, 5, 0, REASON_none },
		{ 8, 0, 6, 0, REASON_quote_unsafe },
		{ 9, 0, 6, 1, REASON_none },
		{ 9, 0, 7, 0, REASON_none },
		{ 9, 0, 8, 0, REASON_quote_unsafe },
		{ 9, 0, 5, 1, REASON_quote_clock },
		{ 0xffffffff, 0, 0, 1, REASON_none },
		{ 0, 0, 1, 1, REASON_quote_clock },
	};
	struct appraised last = { };
	struct court s;
	struct appraisal a;

	(void)state;
	for (size_t i = 0; i < ROWS(seen); i++) {
		court_begin(&s);
		s.q.reset_count = seen[i].reset;
		s.q.restart_count = seen[i].restart;
		s.q.clock_ms = seen[i].clock_ms;
		s.q.safe = seen[i].safe;
		s.last = last;
		court_refer(&s);
		quoter_evidence(&s.q, &s.e);
		appraise(&s.c, &a);
		assert_string_equal(reason_code(appraisal_reason(&a)),
		    reason_code(seen[i].why));
		if (!appraisal_good(&a))
			continue;
		assert_true(a.next.seen);
		assert_true(a.next.clock_ms == seen[i].clock_ms);
		assert_int_equal(a.next.reset_count, seen[i].reset);
		assert_int_equal(a.next.restart_count, seen[i].restart);
		last = a.next;
	}
}

int
main(void)
{
	const struct CMUnitTest whole[] = {
		cmocka_unit_test(test_nothing_done_is_not_good),
		cmocka_unit_test(test_no_step_can_hide),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_a_reset_voids),
		cmocka_unit_test(test_memory),
	};
	struct CMUnitTest tests[ROWS(whole) + ROWS(rows)];

	memcpy(tests, whole, sizeof(whole));
	for (size_t i = 0; i < ROWS(rows); i++)
		tests[ROWS(whole) + i] = ROW_TEST(rows[i].name, court_test,
		    &rows[i]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
