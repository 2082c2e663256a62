/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <poll.h>

#include "base/own.h"
#include "tests/rig.h"
#include "tests/said.h"
#include "tpm/aside.h"
#include "tpm/tpm_int.h"

static enum err
unseal_twice(struct rig *r)
{
	TRY(rig_unseal(r));
	return rig_unseal(r);
}

static void
work(void *self)
{
	struct rig *r = self;

	r->e = unseal_twice(r);
	r->works++;
}

/* Between any two commands the caller does what it likes, but not with this
 * TPM, which is left as it was. */
static void
test_the_caller_goes_on(void **state)
{
	struct rig *r = *state;
	struct pollfd p = { .events = POLLIN };
	unsigned free_moments = 0;
	int left_ms;

	faulty_set(&r->faulty, FAULT_NONE, 0, 0);
	assert_err(tpm_aside(r->t, work, r), ERR_OK);
	while (tpm_aside_waits(r->t, &p.fd, &left_ms)) {
		char said[256];
		uint8_t byte;

		free_moments++;
		assert_int_equal(r->works, 0);
		assert_true(left_ms > 0);
		said_begin();
		enum err e = tpm_random(r->t, &byte, 1);
		said_end(said, sizeof(said));
		assert_err(e, ERR_BUSY);
		assert_err(tpm_aside(r->t, work, r), ERR_BUSY);
		assert_int_equal(poll(&p, 1, -1), 1);
		tpm_aside_go_on(r->t);
	}
	assert_int_equal(r->works, 1);
	assert_err(r->e, ERR_OK);
	assert_int_equal(free_moments, r->faulty.count);
	rig_assert_well(r);
	/* And once more. */
	assert_err(tpm_aside(r->t, work, r), ERR_OK);
	tpm_aside_finish(r->t);
	assert_int_equal(r->works, 2);
	assert_err(r->e, ERR_OK);
}

static void
test_a_stopped_one_keeps_nobody(void **state)
{
	struct rig *r = *state;
	int fd, left_ms;

	swtpm_halt(&r->machine);
	assert_err(tpm_aside(r->t, work, r), ERR_OK);
	for (int i = 0; i < 100; i++) {
		assert_true(tpm_aside_waits(r->t, &fd, &left_ms));
		tpm_aside_go_on(r->t);
	}
	assert_int_equal(r->works, 0);
	swtpm_go(&r->machine);
	tpm_aside_finish(r->t);
	assert_int_equal(r->works, 1);
	assert_err(r->e, ERR_OK);
	rig_assert_well(r);
}

static void
assert_late(struct rig *r, char said[static 1024])
{
	said_begin();
	enum err e = tpm_aside(r->t, work, r);
	tpm_aside_finish(r->t);
	said_end(said, 1024);
	assert_err(e, ERR_OK);
	assert_err(r->e, ERR_HARDWARE);
	assert_int_equal(tpm_trouble(r->t), TPM_LATE);
}

static void
test_its_limit_holds(void **state)
{
	struct rig *r = *state;
	char said[1024];

	swtpm_halt(&r->machine);
	r->faulty.limit_ms = SHORT_MS;
	assert_late(r, said);
	assert_non_null(strstr(said, "no answer in time"));
	swtpm_go(&r->machine);
	rig_assert_well(r);
}

/* Each command is put off and done at last; all of them are too much. */
static void
test_all_of_it_has_a_limit(void **state)
{
	struct rig *r = *state;
	char said[1024];

	tpm_limit(r->t, 1);
	r->faulty.limit_ms = 10000;
	r->faulty.code = TPM2_RC_RETRY;
	faulty_set(&r->faulty, FAULT_REFUSED, 1, 4);
	assert_late(r, said);
	tpm_limit(r->t, 10000);
	rig_assert_well(r);
}

/* Put off, it waits without its caller as well. */
static void
test_put_off(void **state)
{
	struct rig *r = *state;
	unsigned without = 0;
	int fd, left_ms;

	r->faulty.code = TPM2_RC_RETRY;
	faulty_set(&r->faulty, FAULT_REFUSED, 1, 3);
	assert_err(tpm_aside(r->t, work, r), ERR_OK);
	while (tpm_aside_waits(r->t, &fd, &left_ms)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		without += fd == -1;
		(void)!poll(&p, 1, left_ms);
		tpm_aside_go_on(r->t);
	}
	assert_true(without >= 3);
	assert_err(r->e, ERR_OK);
}

static void
halt_in_time(void *arg, struct exchange *x)
{
	struct rig *r = arg;

	(void)x;
	if (r->faulty.count == r->halt_at)
		swtpm_halt(&r->machine);
}

/* Wherever it is: the work ends, and then there is nothing left of it. */
static void
test_abandoned_anywhere(void **state)
{
	struct rig *r = *state;
	unsigned last;

	faulty_set(&r->faulty, FAULT_NONE, 0, 0);
	assert_err(unseal_twice(r), ERR_OK);
	last = r->faulty.count;
	r->faulty.before = halt_in_time;
	r->faulty.arg = r;
	for (r->halt_at = 1; r->halt_at <= last; r->halt_at += 3) {
		struct pollfd p = { .events = POLLIN };
		char said[4096];
		int left_ms;

		faulty_set(&r->faulty, FAULT_NONE, 0, 0);
		r->works = 0;
		assert_err(tpm_aside(r->t, work, r), ERR_OK);
		while (r->faulty.count < r->halt_at &&
		    tpm_aside_waits(r->t, &p.fd, &left_ms)) {
			assert_int_equal(poll(&p, 1, -1), 1);
			tpm_aside_go_on(r->t);
		}
		assert_int_equal(r->works, 0);
		said_begin();
		tpm_aside_abandon(r->t);
		said_end(said, sizeof(said));
		assert_int_equal(r->works, 1);
		swtpm_go(&r->machine);
		rig_assert_well(r);
	}
	/* tpm_drop does the same. */
	swtpm_halt(&r->machine);
	assert_err(tpm_aside(r->t, work, r), ERR_OK);
	r->works = 0;
	tpm_drop(&r->t);
	assert_int_equal(r->works, 1);
	swtpm_go(&r->machine);
}

static const uint8_t mark[16] = "a mark on stack";
static uintptr_t place;

/* Whoever has the stack later finds nothing on it. */
static void
leave_a_mark(void *self)
{
	volatile uint8_t at[sizeof(mark)];

	(void)self;
	for (size_t i = 0; i < sizeof(mark); i++)
		at[i] = mark[i];
	place = (uintptr_t)at;
}

static void
test_its_stack_is_wiped(void **state)
{
	static const uint8_t zeros[sizeof(mark)];
	struct rig *r = *state;

	assert_err(tpm_aside(r->t, leave_a_mark, r), ERR_OK);
	assert_memory_equal((const uint8_t *)place, zeros, sizeof(zeros));
}

/* ---- the life of the TPM ---- */

static void
test_a_reset_is_another_life(void **state)
{
	struct rig *r = *state;
	struct tpm_life was, is;

	assert_err(tpm_life(r->t, &was), ERR_OK);
	assert_err(tpm_life(r->t, &is), ERR_OK);
	assert_true(tpm_life_goes_on(&was, &is));
	assert_true(is.safe && is.clock_ms >= was.clock_ms);
	swtpm_kill(&r->machine);
	assert_err(swtpm_start(&r->machine), ERR_OK);
	assert_err(tpm_life(r->t, &is), ERR_OK);
	assert_false(tpm_life_goes_on(&was, &is));
}

static const struct row {
	const char	*name;
	struct tpm_life	 is;
	bool		 goes_on;
} rows[] = {
	{ "the same life",	{ 3, 2, 101, 51, true },	true },
	{ "reset",		{ 4, 2, 101, 51, true },	false },
	{ "restarted",		{ 3, 3, 101, 51, true },	false },
	{ "put back",		{ 3, 2, 99, 51, true },	false },
	{ "a lower Clock",	{ 3, 2, 101, 49, true },	false },
	{ "fewer resets",	{ 2, 2, 101, 51, true },	false },
};

static void
test_life(void **state)
{
	static const struct tpm_life was = { 3, 2, 100, 50, true };
	const struct row *row = *state;

	assert_int_equal(tpm_life_goes_on(&was, &row->is), row->goes_on);
}

static void
test_what_the_trouble_is(void **state)
{
	struct rig *r = *state;
	struct tpm_life life;
	enum tpm_trouble seen = TPM_WELL;

	assert_err(tpm_life(r->t, &life), ERR_OK);
	assert_int_equal(tpm_trouble(r->t), TPM_WELL);
	r->faulty.code = TPM2_RC_FAILURE;
	faulty_set(&r->faulty, FAULT_REFUSED, 1, 1);
	assert_err(tpm_life(r->t, &life), ERR_HARDWARE);
	assert_int_equal(tpm_trouble(r->t), TPM_ERRS);
	faulty_set(&r->faulty, FAULT_NONE, 0, 0);
	swtpm_kill(&r->machine);
	/* The first may find a connection that has just broken. */
	for (int i = 0; i < 2; i++) {
		assert_err(tpm_life(r->t, &life), ERR_HARDWARE);
		seen = tpm_trouble(r->t);
	}
	assert_int_equal(seen, TPM_GONE);
	assert_err(swtpm_start(&r->machine), ERR_OK);
	assert_err(tpm_life(r->t, &life), ERR_OK);
	assert_int_equal(tpm_trouble(r->t), TPM_WELL);
}

/* Without a TPM it can be made; what it is asked fails until there is one. */
static void
test_reached_before_it_is_there(void **state)
{
	struct rig *r = *state;
	struct tpm *t OWNED(tpm_drop) = NULL;
	struct tpm_life life;

	swtpm_kill(&r->machine);
	assert_err(tpm_reach(r->machine.tcti, &t), ERR_OK);
	for (int i = 0; i < 3; i++)
		assert_err(tpm_life(t, &life), ERR_HARDWARE);
	assert_int_equal(tpm_trouble(t), TPM_GONE);
	assert_err(swtpm_start(&r->machine), ERR_OK);
	assert_err(tpm_life(t, &life), ERR_OK);
	assert_err(tpm_srk_pin(t, &r->c.srk), ERR_OK);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		RIG(test_the_caller_goes_on),
		RIG(test_a_stopped_one_keeps_nobody),
		RIG(test_its_limit_holds),
		RIG(test_all_of_it_has_a_limit),
		RIG(test_put_off),
		RIG(test_abandoned_anywhere),
		RIG(test_its_stack_is_wiped),
		RIG(test_a_reset_is_another_life),
		RIG(test_what_the_trouble_is),
		RIG(test_reached_before_it_is_there),
	};
	struct CMUnitTest lives[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		lives[i] = ROW_TEST(rows[i].name, test_life, &rows[i]);
	return cmocka_run_group_tests_name("aside", tests, NULL, NULL) +
	    cmocka_run_group_tests_name("lives", lives, NULL, NULL);
}
