/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <poll.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/faulty.h"
#include "tests/said.h"
#include "tests/swtpm.h"
#include "tpm/aside.h"
#include "tpm/tpm_int.h"

enum { SHORT_MS = 60 };

static const struct tpm_pcr_select boot = { TPM_SHA256, 0x0000ff };

/* A TPM with something sealed in it, and a work that unseals it twice. */
struct bench {
	struct swtpm	 machine;
	struct faulty	 faulty;
	struct tpm	*t;
	struct tpm_name	 srk;
	struct secret	*plain;
	struct tpm_blob	 sealed;
	unsigned	 works;		/* that ended */
	enum err	 e;		/* how the last one did */
	unsigned	 halt_at;
};

static int
set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct carrier c = { 0 };

	*state = b;
	return b == NULL || swtpm_new(&b->machine) != ERR_OK ||
	    faulty_open(&b->faulty, b->machine.tcti, &c) != ERR_OK ||
	    tpm_open_over(&c, &b->t) != ERR_OK ||
	    tpm_srk_create(b->t, &b->srk) != ERR_OK ||
	    secret_copy(span_text("a store key"), &b->plain) != ERR_OK ||
	    tpm_seal(b->t, boot, b->plain, &b->sealed) != ERR_OK;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	secret_drop(&b->plain);
	tpm_drop(&b->t);
	swtpm_drop(&b->machine);
	free(b);
	return 0;
}

static enum err
unseal(struct bench *b)
{
	struct secret *back OWNED(secret_drop) = NULL;

	TRY(tpm_unseal(b->t, boot, &b->sealed, &back));
	return span_equal(secret_span(back), secret_span(b->plain)) ? ERR_OK :
	    ERR_INTERNAL;
}

static enum err
unseal_twice(struct bench *b)
{
	TRY(unseal(b));
	return unseal(b);
}

static void
work(void *self)
{
	struct bench *b = self;

	b->e = unseal_twice(b);
	b->works++;
}

static void
assert_well(struct bench *b)
{
	struct tpm_info info = { .objects = 99 };

	b->faulty.limit_ms = 0;
	assert_err(unseal(b), ERR_OK);
	assert_err(tpm_info(b->t, &info), ERR_OK);
	assert_int_equal(info.objects, 0);
	assert_int_equal(info.sessions, 0);
}

/* Between any two commands the caller does what it likes, but not with this
 * TPM, which is left as it was. */
static void
test_the_caller_goes_on(void **state)
{
	struct bench *b = *state;
	struct pollfd p = { .events = POLLIN };
	unsigned free_moments = 0;
	int left_ms;

	faulty_set(&b->faulty, FAULT_NONE, 0, 0);
	assert_err(tpm_aside(b->t, work, b), ERR_OK);
	while (tpm_aside_waits(b->t, &p.fd, &left_ms)) {
		char said[256];
		uint8_t byte;

		free_moments++;
		assert_int_equal(b->works, 0);
		assert_true(left_ms > 0);
		said_begin();
		enum err e = tpm_random(b->t, &byte, 1);
		said_end(said, sizeof(said));
		assert_err(e, ERR_BUSY);
		assert_err(tpm_aside(b->t, work, b), ERR_BUSY);
		assert_int_equal(poll(&p, 1, -1), 1);
		tpm_aside_go_on(b->t);
	}
	assert_int_equal(b->works, 1);
	assert_err(b->e, ERR_OK);
	assert_int_equal(free_moments, b->faulty.count);
	assert_well(b);
	/* And once more. */
	assert_err(tpm_aside(b->t, work, b), ERR_OK);
	tpm_aside_finish(b->t);
	assert_int_equal(b->works, 2);
	assert_err(b->e, ERR_OK);
}

static void
test_a_stopped_one_keeps_nobody(void **state)
{
	struct bench *b = *state;
	int fd, left_ms;

	swtpm_halt(&b->machine);
	assert_err(tpm_aside(b->t, work, b), ERR_OK);
	for (int i = 0; i < 100; i++) {
		assert_true(tpm_aside_waits(b->t, &fd, &left_ms));
		tpm_aside_go_on(b->t);
	}
	assert_int_equal(b->works, 0);
	swtpm_go(&b->machine);
	tpm_aside_finish(b->t);
	assert_int_equal(b->works, 1);
	assert_err(b->e, ERR_OK);
	assert_well(b);
}

static void
test_its_limit_holds(void **state)
{
	struct bench *b = *state;
	char said[1024];

	swtpm_halt(&b->machine);
	b->faulty.limit_ms = SHORT_MS;
	said_begin();
	enum err e = tpm_aside(b->t, work, b);
	tpm_aside_finish(b->t);
	said_end(said, sizeof(said));
	assert_err(e, ERR_OK);
	assert_err(b->e, ERR_HARDWARE);
	assert_int_equal(tpm_trouble(b->t), TPM_LATE);
	assert_non_null(strstr(said, "no answer in time"));
	swtpm_go(&b->machine);
	assert_well(b);
}

/* Each command is put off and done at last; all of them are too much. */
static void
test_all_of_it_has_a_limit(void **state)
{
	struct bench *b = *state;
	char said[1024];

	tpm_limit(b->t, 1);
	b->faulty.limit_ms = 10000;
	b->faulty.code = TPM2_RC_RETRY;
	faulty_set(&b->faulty, FAULT_REFUSED, 1, 4);
	said_begin();
	enum err e = tpm_aside(b->t, work, b);
	tpm_aside_finish(b->t);
	said_end(said, sizeof(said));
	assert_err(e, ERR_OK);
	assert_err(b->e, ERR_HARDWARE);
	assert_int_equal(tpm_trouble(b->t), TPM_LATE);
	tpm_limit(b->t, 10000);
	assert_well(b);
}

/* Put off, it waits without its caller as well. */
static void
test_put_off(void **state)
{
	struct bench *b = *state;
	unsigned without = 0;
	int fd, left_ms;

	b->faulty.code = TPM2_RC_RETRY;
	faulty_set(&b->faulty, FAULT_REFUSED, 1, 3);
	assert_err(tpm_aside(b->t, work, b), ERR_OK);
	while (tpm_aside_waits(b->t, &fd, &left_ms)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		without += fd == -1;
		(void)!poll(&p, 1, left_ms);
		tpm_aside_go_on(b->t);
	}
	assert_true(without >= 3);
	assert_err(b->e, ERR_OK);
}

static void
halt_in_time(void *arg, struct exchange *x)
{
	struct bench *b = arg;

	(void)x;
	if (b->faulty.count == b->halt_at)
		swtpm_halt(&b->machine);
}

/* Wherever it is: the work ends, and then there is nothing left of it. */
static void
test_abandoned_anywhere(void **state)
{
	struct bench *b = *state;
	unsigned last;

	faulty_set(&b->faulty, FAULT_NONE, 0, 0);
	assert_err(unseal_twice(b), ERR_OK);
	last = b->faulty.count;
	b->faulty.before = halt_in_time;
	b->faulty.arg = b;
	for (b->halt_at = 1; b->halt_at <= last; b->halt_at += 3) {
		struct pollfd p = { .events = POLLIN };
		char said[4096];
		int left_ms;

		faulty_set(&b->faulty, FAULT_NONE, 0, 0);
		b->works = 0;
		assert_err(tpm_aside(b->t, work, b), ERR_OK);
		while (b->faulty.count < b->halt_at &&
		    tpm_aside_waits(b->t, &p.fd, &left_ms)) {
			assert_int_equal(poll(&p, 1, -1), 1);
			tpm_aside_go_on(b->t);
		}
		assert_int_equal(b->works, 0);
		said_begin();
		tpm_aside_abandon(b->t);
		said_end(said, sizeof(said));
		assert_int_equal(b->works, 1);
		swtpm_go(&b->machine);
		assert_well(b);
	}
	/* tpm_drop does the same. */
	swtpm_halt(&b->machine);
	assert_err(tpm_aside(b->t, work, b), ERR_OK);
	b->works = 0;
	tpm_drop(&b->t);
	assert_int_equal(b->works, 1);
	swtpm_go(&b->machine);
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
	struct bench *b = *state;

	assert_err(tpm_aside(b->t, leave_a_mark, b), ERR_OK);
	assert_memory_equal((const uint8_t *)place, zeros, sizeof(zeros));
}

/* ---- the life of the TPM ---- */

static void
test_a_reset_is_another_life(void **state)
{
	struct bench *b = *state;
	struct tpm_life was, is;

	assert_err(tpm_life(b->t, &was), ERR_OK);
	assert_err(tpm_life(b->t, &is), ERR_OK);
	assert_true(tpm_life_goes_on(&was, &is));
	assert_true(is.safe && is.clock_ms >= was.clock_ms);
	swtpm_kill(&b->machine);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	assert_err(tpm_life(b->t, &is), ERR_OK);
	assert_false(tpm_life_goes_on(&was, &is));
}

static const struct row {
	const char	*name;
	struct tpm_life	 is;
	bool		 goes_on;
} rows[] = {
	{ "the same life",	{ 3, 2, 101, 0, true },	true },
	{ "reset",		{ 4, 2, 101, 0, true },	false },
	{ "restarted",		{ 3, 3, 101, 0, true },	false },
	{ "put back",		{ 3, 2, 99, 0, true },	false },
	{ "fewer resets",	{ 2, 2, 101, 0, true },	false },
};

static void
test_life(void **state)
{
	static const struct tpm_life was = { 3, 2, 100, 0, true };
	const struct row *row = *state;

	assert_int_equal(tpm_life_goes_on(&was, &row->is), row->goes_on);
}

static void
test_what_the_trouble_is(void **state)
{
	struct bench *b = *state;
	struct tpm_life life;
	enum tpm_trouble seen = TPM_WELL;

	assert_err(tpm_life(b->t, &life), ERR_OK);
	assert_int_equal(tpm_trouble(b->t), TPM_WELL);
	b->faulty.code = TPM2_RC_FAILURE;
	faulty_set(&b->faulty, FAULT_REFUSED, 1, 1);
	assert_err(tpm_life(b->t, &life), ERR_HARDWARE);
	assert_int_equal(tpm_trouble(b->t), TPM_ERRS);
	faulty_set(&b->faulty, FAULT_NONE, 0, 0);
	swtpm_kill(&b->machine);
	/* The first may find a connection that has just broken. */
	for (int i = 0; i < 2; i++) {
		assert_err(tpm_life(b->t, &life), ERR_HARDWARE);
		seen = tpm_trouble(b->t);
	}
	assert_int_equal(seen, TPM_GONE);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	assert_err(tpm_life(b->t, &life), ERR_OK);
	assert_int_equal(tpm_trouble(b->t), TPM_WELL);
}

/* Without a TPM it can be made; what it is asked fails until there is one. */
static void
test_reached_before_it_is_there(void **state)
{
	struct bench *b = *state;
	struct tpm *t OWNED(tpm_drop) = NULL;
	struct tpm_life life;

	swtpm_kill(&b->machine);
	assert_err(tpm_reach(b->machine.tcti, &t), ERR_OK);
	for (int i = 0; i < 3; i++)
		assert_err(tpm_life(t, &life), ERR_HARDWARE);
	assert_int_equal(tpm_trouble(t), TPM_GONE);
	assert_err(swtpm_start(&b->machine), ERR_OK);
	assert_err(tpm_life(t, &life), ERR_OK);
	assert_err(tpm_srk_pin(t, &b->srk), ERR_OK);
}

#define BENCH(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_the_caller_goes_on),
		BENCH(test_a_stopped_one_keeps_nobody),
		BENCH(test_its_limit_holds),
		BENCH(test_all_of_it_has_a_limit),
		BENCH(test_put_off),
		BENCH(test_abandoned_anywhere),
		BENCH(test_its_stack_is_wiped),
		BENCH(test_a_reset_is_another_life),
		BENCH(test_what_the_trouble_is),
		BENCH(test_reached_before_it_is_there),
	};
	struct CMUnitTest lives[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		lives[i] = ROW_TEST(rows[i].name, test_life, &rows[i]);
	return cmocka_run_group_tests_name("aside", tests, NULL, NULL) +
	    cmocka_run_group_tests_name("lives", lives, NULL, NULL);
}
