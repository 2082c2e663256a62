/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cryptod/rotate.h"

#define T0	UINT64_C(1800000000)
#define HOUR	3600
#define LIFE	300		/* of a token */

/* ---- what is due: one use, its rows, and a moment ---- */

/* phase, not_before, sign_until, and announced or -1; after T0. */
struct made {
	enum wire_phase	phase;
	int		not_before, sign_until, announced;
};

#define CUR(from, until, said) { WIRE_phase_current, from, until, said }
#define NEXT(from, until, said) { WIRE_phase_next, from, until, said }

static const struct due {
	const char		*name;
	struct made		 keys[2];
	int			 now;
	enum rotate_step	 want;
	bool			 late;
} dues[] = {
	{ "a young key", { CUR(0, 2 * HOUR, 0) }, 0, ROTATE_NONE, false },
	{ "not yet time for the next", { CUR(0, 2 * HOUR, 0) }, HOUR - 1053, ROTATE_NONE, false },
	{ "time for the next", { CUR(0, 2 * HOUR, 0) }, HOUR - 1052, ROTATE_ANNOUNCE, false },
	{ "a key that is to last for long", { CUR(0, 9000 * HOUR, 0) }, HOUR - 1052, ROTATE_ANNOUNCE, false },
	{ "a key that ends before its time", { CUR(0, HOUR / 2 + 1052, 0) }, HOUR / 2 - 1052, ROTATE_ANNOUNCE, false },
	{ "and a second sooner", { CUR(0, HOUR / 2 + 1052, 0) }, HOUR / 2 - 1053, ROTATE_NONE, false },
	{ "no next one long after its time", { CUR(0, 2 * HOUR, 0) }, HOUR + 601, ROTATE_ANNOUNCE, true },
	{ "and not so long", { CUR(0, 2 * HOUR, 0) }, HOUR + 600, ROTATE_ANNOUNCE, false },
	{ "a next one that nobody knows", { CUR(0, 2 * HOUR, 0), NEXT(960, 3 * HOUR, -1) }, 600, ROTATE_NONE, false },
	{ "for longer than signing takes", { CUR(0, 2 * HOUR, 0), NEXT(960, 3 * HOUR, -1) }, 601, ROTATE_NONE, true },
	{ "a next one that not everybody knows", { CUR(0, 2 * HOUR, 0), NEXT(960, 3 * HOUR, 10) }, 1031, ROTATE_NONE, false },
	{ "a next one that everybody knows", { CUR(0, 2 * HOUR, 0), NEXT(960, 3 * HOUR, 10) }, 1032, ROTATE_SWITCH, false },
	{ "whose time has not begun", { CUR(0, 2 * HOUR, 0), NEXT(2000, 3 * HOUR, 10) }, 1999, ROTATE_NONE, false },
	{ "whose time has ended", { CUR(0, 9 * HOUR, 0), NEXT(960, 3 * HOUR, 10) }, 3 * HOUR, ROTATE_NONE, false },
	{ "the last second of a key", { CUR(0, 2 * HOUR, 0) }, 2 * HOUR - 1, ROTATE_ANNOUNCE, true },
	{ "the end of a key", { CUR(0, 2 * HOUR, 0) }, 2 * HOUR, ROTATE_REPLACE, true },
	{ "with a next one that nobody knows", { CUR(0, 2 * HOUR, 0), NEXT(960, 3 * HOUR, -1) }, 2 * HOUR, ROTATE_REPLACE, true },
	{ "a key whose time has not begun", { CUR(10, 2 * HOUR, 0) }, 9, ROTATE_REPLACE, false },
	{ "no key at all", { { 0 } }, 0, ROTATE_REPLACE, true },
};

static void
add_row(struct state *s, const struct made *k, enum wire_use use, uint8_t id)
{
	struct msg m = { .type = MSG_key, .key = {
		.use = use, .state = k->phase, .kid = { 16, { id } },
		.not_before = T0 + (uint64_t)k->not_before,
		.sign_until = T0 + (uint64_t)k->sign_until,
		.not_after = T0 + (uint64_t)k->sign_until + LIFE,
		.has_announced = k->announced >= 0, .seed = { .len = 32 },
	} };

	if (m.key.has_announced)
		m.key.announced = T0 + (uint64_t)k->announced;
	assert_err(state_apply(s, &m), ERR_OK);
}

static void
test_due(void **state)
{
	const struct due *row = *state;
	struct state *s OWNED(state_drop) = NULL;
	struct rotate r = { .every = HOUR, .now = T0 + (uint64_t)row->now };

	assert_err(state_new(&s), ERR_OK);
	for (uint8_t i = 0; i < 2 && row->keys[i].phase != 0; i++)
		add_row(s, &row->keys[i], WIRE_use_token, i);
	r.state = s;
	assert_int_equal(rotate_step(&r, WIRE_use_token), row->want);
	assert_int_equal(rotate_late(&r, WIRE_use_token), row->late);
}

/* When a key is destroyed: beside young ones, one whose sign_until is T0. */
static const struct fate {
	const char	*name;
	struct made	 key;
	int		 now;
	bool		 over;
} fates[] = {
	{ "what a key signed may still be good", { WIRE_phase_previous, -100, 0, 0 }, LIFE + 90, false },
	{ "what a key signed is good no more", { WIRE_phase_previous, -100, 0, 0 }, LIFE + 91, true },
	{ "a key that nobody was shown", { WIRE_phase_previous, -100, 0, -1 }, 9000, false },
	{ "a key withdrawn of late", { WIRE_phase_revoked, -100, 0, 0 }, LIFE + 90, false },
	{ "a key withdrawn", { WIRE_phase_revoked, -100, 0, 0 }, LIFE + 91, true },
	{ "a next key in its last second", NEXT(-100, 0, 0), -1, false },
	{ "a next key that came too late", NEXT(-100, 0, 0), 0, true },
	{ "a next key for soon", NEXT(9000, 9999, 0), 9000 - 2104, false },
	{ "a next key of another time", NEXT(9000, 9999, 0), 9000 - 2105, true },
};

static void
test_fate(void **state)
{
	static const struct made young = CUR(-100, 90000, 0);
	const struct fate *row = *state;
	struct state *s OWNED(state_drop) = NULL;
	struct rotate r = { .every = 80000,
	    .now = T0 + (uint64_t)(int64_t)row->now };

	assert_err(state_new(&s), ERR_OK);
	add_row(s, &young, WIRE_use_token, 1);
	add_row(s, &young, WIRE_use_audit, 2);
	add_row(s, &row->key, WIRE_use_audit, 3);
	r.state = s;
	assert_int_equal(rotate_is_due(&r), row->over);
}

/* ---- where the token key is to be ---- */

static enum err
no_tpm(void *self, const struct secret *auth, struct msg_key *row,
    struct cose_key *public)
{
	(void)self, (void)auth, (void)row, (void)public;
	return ERR_HARDWARE;
}

static enum err
no_record(void *self, const struct msg *record)
{
	(void)self, (void)record;
	fail_msg("something was put");
	return ERR_OK;
}

static void
test_another_custody_is_due_at_once(void **state)
{
	struct state *s OWNED(state_drop) = NULL;
	struct rotate r = { .every = HOUR, .now = T0 };
	const struct made young = CUR(0, 2 * HOUR, 0);

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	add_row(s, &young, WIRE_use_token, 1);
	add_row(s, &young, WIRE_use_audit, 2);
	r.state = s;
	assert_int_equal(rotate_step(&r, WIRE_use_token), ROTATE_NONE);
	r.make_in_tpm = no_tpm;
	assert_int_equal(rotate_step(&r, WIRE_use_token), ROTATE_ANNOUNCE);
	assert_int_equal(rotate_step(&r, WIRE_use_audit), ROTATE_NONE);
	s->keys[0].row.has_priv = true;
	assert_int_equal(rotate_step(&r, WIRE_use_token), ROTATE_NONE);
	r.make_in_tpm = NULL;
	assert_int_equal(rotate_step(&r, WIRE_use_token), ROTATE_ANNOUNCE);
}

/* The key that there is signs on. */
static void
test_a_TPM_that_makes_none_changes_nothing(void **state)
{
	struct state *s OWNED(state_drop) = NULL;
	struct drbg *drbg OWNED(drbg_drop) = NULL;
	struct rotate r = { .every = HOUR, .now = T0, .put = no_record,
	    .make_in_tpm = no_tpm };
	const struct made young = CUR(0, 2 * HOUR, 0);

	(void)state;
	assert_err(state_new(&s), ERR_OK);
	assert_err(drbg_from_system(span_text("test"), span_text("seed"),
	    &drbg), ERR_OK);
	add_row(s, &young, WIRE_use_token, 1);
	add_row(s, &young, WIRE_use_audit, 2);
	r.state = s;
	r.drbg = drbg;
	assert_err(rotate_due(&r), ERR_OK);
}

int
main(void)
{
	struct CMUnitTest rows[ROWS(dues) + ROWS(fates) + 2] = {
		cmocka_unit_test(test_another_custody_is_due_at_once),
		cmocka_unit_test(test_a_TPM_that_makes_none_changes_nothing),
	};
	size_t n = 2;

	for (size_t i = 0; i < ROWS(dues); i++)
		rows[n++] = ROW_TEST(dues[i].name, test_due, &dues[i]);
	for (size_t i = 0; i < ROWS(fates); i++)
		rows[n++] = ROW_TEST(fates[i].name, test_fate, &fates[i]);
	return cmocka_run_group_tests_name("rotate", rows, NULL, NULL);
}
