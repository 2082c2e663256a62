/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "base/own.h"
#include "base/secret.h"
#include "tests/plug.h"
#include "tests/said.h"
#include "tpm/tpm_int.h"

static enum err
act_on(const struct act *a)
{
	struct outcome out;

	return plug_act(a, &out);
}

static void
prepare(const struct act *a)
{
	plug_reset_for(a);
	assert_err(plug_before(a), ERR_OK);
}

static const struct act *
named(const char *name)
{
	size_t i = 0;

	while (strcmp(acts[i].name, name) != 0)
		assert_true(++i < nacts);
	return &acts[i];
}

static enum err
act_named(const char *name)
{
	return act_on(named(name));
}

static const struct {
	enum fault	fault;
	uint32_t	code;
} faults[] = {
	{ FAULT_UNSENT,		0 },
	{ FAULT_UNHEARD,	0 },
	{ FAULT_SHORT,		0 },
	{ FAULT_REFUSED,	0x101 },	/* TPM_RC_FAILURE */
	{ FAULT_REFUSED,	0x920 },	/* TPM_RC_NV_RATE */
};

/* Nothing is loaded, and what has to be done again works. */
static void
assert_clean(const struct act *a)
{
	faulty_set(&plug.hand, FAULT_NONE, 0, 0);
	plug_assert_clean();
	prepare(a);
	assert_err(act_on(a), ERR_OK);
}

static void
fail_one(const struct act *a, unsigned n, size_t i)
{
	char said[4096];
	enum err e;

	prepare(a);
	plug.hand.code = faults[i].code;
	faulty_set(&plug.hand, faults[i].fault, n, 1);
	said_begin();
	e = act_on(a);
	said_end(said, sizeof(said));
	/* Put off once is not refused. */
	if (faults[i].code == 0x920)
		assert_err(e, ERR_OK);
	else
		assert_non_null(strstr(said, "TPM (test): "));
	assert_clean(a);
}

/*
 * Every command of the operation fails once, in one of the ways, in each of
 * them in tests/long.  The operation says so, unless it was over and only gave
 * something back; the next one works, and nothing is left in the TPM.
 */
static void
test_every_command_fails_once(void **state)
{
	const bool all = getenv("ANCHORHOLD_LONG") != NULL;
	const struct act *a = *state;
	unsigned last;

	/* What an approval is worth is asked the first time only. */
	assert_clean(a);
	assert_clean(a);
	last = plug.hand.count;
	for (unsigned n = 1; n <= last; n++)
		for (size_t i = 0; i < ROWS(faults); i++)
			if (all || (n + (size_t)(a - acts)) % ROWS(faults) == i)
				fail_one(a, n, i);
}

/* The TPM puts a command off for a while, then does it. */
static void
test_put_off(void **state)
{
	static const uint32_t codes[] = { 0x922, 0x908, 0x90a, 0x920 };

	(void)state;
	for (size_t i = 0; i < ROWS(codes); i++) {
		plug.hand.code = codes[i];
		faulty_set(&plug.hand, FAULT_REFUSED, 3, 3);
		assert_err(act_named("store_unseal"), ERR_OK);
	}
}

enum { NV_INCREMENT = 0x134, PCR_EXTEND = 0x182, SIGN = 0x15d, UNSEAL = 0x15e };

/* What the TPM says to a command of an act, and how often. */
static const struct row {
	const char	*name, *act;
	uint32_t	 command, code;
	unsigned	 times;
	enum err	 want;
} rows[] = {
#define FOR_GOOD 1000
	{ "NV_RATE, then a step", "epoch_step", NV_INCREMENT, 0x920, 3,
	  ERR_OK },
	{ "NV_RATE for good", "epoch_step", NV_INCREMENT, 0x920, FOR_GOOD,
	  ERR_BUSY },
	{ "RETRY for good", "epoch_step", NV_INCREMENT, 0x922, FOR_GOOD,
	  ERR_BUSY },
	{ "NV_UNAVAILABLE", "epoch_step", NV_INCREMENT, 0x923, 1, ERR_BUSY },
	{ "NV_LOCKED", "epoch_step", NV_INCREMENT, 0x148, 1, ERR_STATE },
	{ "LOCKOUT of a step", "epoch_step", NV_INCREMENT, 0x921, 1,
	  ERR_BUSY },
	{ "LOCKOUT of an unsealing", "store_unseal", UNSEAL, 0x921, 1,
	  ERR_BUSY },
	{ "PCR_CHANGED, then a step", "epoch_step", NV_INCREMENT, 0x128, 4,
	  ERR_OK },
	{ "PCR_CHANGED of a step", "epoch_step", NV_INCREMENT, 0x128,
	  FOR_GOOD, ERR_BUSY },
	{ "PCR_CHANGED of a signature", "key_sign", SIGN, 0x128, FOR_GOOD,
	  ERR_BUSY },
	{ "PCR_CHANGED of an unsealing", "store_unseal", UNSEAL, 0x128,
	  FOR_GOOD, ERR_BUSY },
	{ "TESTING, then a cap", "cap", PCR_EXTEND, 0x90a, 3, ERR_OK },
	{ "FAILURE of a cap", "cap", PCR_EXTEND, 0x101, 1, ERR_HARDWARE },
};

struct refusal {
	const struct row *row;
	unsigned	  said;
};

/* In the TPM's place: it never saw the command. */
static bool
refuse(void *arg, struct exchange *x)
{
	struct refusal *r = arg;

	return faulty_command(x) == r->row->command &&
	    r->said++ < r->row->times;
}

static uint64_t
epoch(void)
{
	struct secret *auth OWNED(secret_drop) = NULL;
	uint64_t now;

	assert_err(scene_auth(&auth), ERR_OK);
	assert_err(tpm_srk_pin(plug.t, &plug.scene.srk), ERR_OK);
	assert_err(tpm_epoch_read(plug.t, &plug.scene.officers.k, auth, &now),
	    ERR_OK);
	return now;
}

/* It ends after a bounded number of tries, with the word for it, and what was
 * not said to be done was not. */
static void
test_row(void **state)
{
	const struct row *row = *state;
	struct refusal r = { .row = row };
	const uint64_t was = epoch();
	enum err e;

	prepare(named(row->act));
	faulty_set(&plug.hand, FAULT_NONE, 0, 0);
	plug.hand.code = row->code;
	plug.hand.refuse = refuse;
	plug.hand.arg = &r;
	e = act_named(row->act);
	plug.hand.refuse = NULL;
	assert_err(e, row->want);
	assert_true(r.said >= 1 && r.said <= 50);
	assert_true(plug.hand.count <= 120);
	assert_int_equal(epoch() - was, strcmp(row->act, "epoch_step") == 0 &&
	    e == ERR_OK);
}

struct mover {
	uint32_t	before;
	unsigned	left;
};

/* Another PCR than those of the policy, so that it stays as good as it was. */
static void
move_a_pcr(void *arg, struct exchange *x)
{
	struct mover *m = arg;

	if (faulty_command(x) != m->before || m->left == 0)
		return;
	m->left--;
	assert_err(swtpm_extend(&plug.machine, 12), ERR_OK);
}

static void
test_pcrs_that_move_are_looked_at_again(void **state)
{
	static const struct { const char *act; uint32_t command; } moved[] = {
		{ "store_unseal", UNSEAL }, { "key_sign", SIGN },
		{ "epoch_step", NV_INCREMENT },
	};
	struct mover m;

	(void)state;
	plug.hand.before = move_a_pcr;
	plug.hand.arg = &m;
	for (size_t i = 0; i < ROWS(moved); i++) {
		m = (struct mover){ moved[i].command, 4 };
		assert_err(act_named(moved[i].act), ERR_OK);
		assert_int_equal(m.left, 0);
		m.left = FOR_GOOD;
		assert_err(act_named(moved[i].act), ERR_BUSY);
		assert_int_equal(m.left, FOR_GOOD - 5);
	}
	plug.hand.before = NULL;
}

static unsigned reset_at;

static void
reset_in_time(void *arg, struct exchange *x)
{
	(void)arg;
	(void)x;
	if (plug.hand.count != reset_at)
		return;
	swtpm_kill(&plug.machine);
	assert_err(swtpm_start(&plug.machine), ERR_OK);
}

/* Before each command in turn, or every third: nothing is done twice, what
 * was said to be done is, and the next one is as if nothing had been. */
static void
test_a_reset_under_our_feet(void **state)
{
	static const char *const names[] = {
		"store_unseal", "key_sign", "epoch_step" };
	const unsigned step = getenv("ANCHORHOLD_LONG") != NULL ? 1 : 3;

	(void)state;
	faulty_set(&plug.hand, FAULT_NONE, 0, 0);
	for (size_t i = 0; i < ROWS(names); i++) {
		assert_err(act_named(names[i]), ERR_OK);
		assert_err(act_named(names[i]), ERR_OK);
		for (unsigned n = 2, last = plug.hand.count; n <= last;
		    n += step) {
			const uint64_t was = epoch();
			const bool steps = i == 2;

			reset_at = n;
			plug.hand.before = reset_in_time;
			enum err e = act_named(names[i]);
			plug.hand.before = NULL;
			const uint64_t by = epoch() - was;
			assert_true(by <= steps);
			assert_true(e != ERR_OK || by == steps);
			/* Sessions there are from the third to the last three,
			 * which give them back. */
			assert_true(n < 3 || n + 3 > last || e != ERR_OK);
			assert_err(act_named(names[i]), ERR_OK);
		}
	}
}

/* The public area of another key, in answer to ReadPublic, with the pinned
 * Name beside it: who computes the Name is not taken in. */
static void
lie_about_the_srk(void *arg, struct exchange *x)
{
	(void)arg;
	if (faulty_command(x) == 0x173 && x->len > 60)
		x->response[10 + 2 + 50] ^= 1;
}

static void
test_the_name_is_computed_here(void **state)
{
	(void)state;
	faulty_set(&plug.hand, FAULT_NONE, 0, 0);
	plug.hand.after = lie_about_the_srk;
	assert_err(tpm_srk_pin(plug.t, &plug.scene.srk), ERR_AUTH);
	plug.hand.after = NULL;
	assert_err(tpm_random(plug.t, (uint8_t[1]){ 0 }, 1), ERR_STATE);
	assert_err(tpm_srk_pin(plug.t, &plug.scene.srk), ERR_OK);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 4] = {
		cmocka_unit_test(test_put_off),
		cmocka_unit_test(test_pcrs_that_move_are_looked_at_again),
		cmocka_unit_test(test_a_reset_under_our_feet),
		cmocka_unit_test(test_the_name_is_computed_here),
	};
	int failed = plug_run("tpm faults", test_every_command_fails_once);

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[4 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return failed + cmocka_run_group_tests_name("what the TPM says",
	    tests, plug_in, plug_out);
}
