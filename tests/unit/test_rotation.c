/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Keys come and go (cryptod/rotate.h) while tokens are signed and shown. */

#include "tests/unit/unit.h"

#include "tests/world.h"

static void
test_no_token_fails_while_keys_come_and_go(void **state)
{
	struct world *w = *state;
	unsigned changes = 0;

	for (int h = 0; h < 5; h++) {
		uint8_t kid = state_key_of(w->l->state, WIRE_use_token,
		    WIRE_phase_current)->row.kid.at[0];

		world_live_for(w, HOUR);
		changes += kid != state_key_of(w->l->state, WIRE_use_token,
		    WIRE_phase_current)->row.kid.at[0];
	}
	assert_true(changes >= 4);
	assert_int_equal(w->refused, 0);
	/* Nobody ever met a key that had not been announced to him. */
	assert_int_equal(w->refetched, 0);
	assert_int_equal(w->most, 4);
	assert_true(w->signed_ > 300 && w->checked > 1500);
	world_live_for(w, 400);
	assert_int_equal(world_count(w, WIRE_phase_previous), 0);
	world_assert_sound(w);
}

/* Kept short where a TPM that is away leaves all metadata stale. */
static void
test_a_late_TPM_leaves_the_old_key_in_place(void **state)
{
	struct world *w = *state;
	const uint8_t kid = w->l->state->keys[1].row.kid.at[0];

	world_live_for(w, HOUR - 1200);
	w->deaf = true;
	world_live_for(w, 1200);
	assert_int_equal(world_count(w, WIRE_phase_next), 2);
	assert_true(rotate_late(&w->r, WIRE_use_token));
	assert_int_equal(world_signer(w)->row.kid.at[0], kid);
	w->deaf = false;
	world_live_for(w, 1000);
	assert_int_equal(world_signer(w)->row.kid.at[0], kid);
	world_live_for(w, 120);
	assert_int_not_equal(world_signer(w)->row.kid.at[0], kid);
	assert_int_equal(w->refused, 0);
	assert_int_equal(w->refetched, 0);
	world_assert_sound(w);
}

static void
reopen(struct world *w, uint64_t later)
{
	assert_err(ledger_reopen(w->l), ERR_OK);
	w->r.now += later;
	world_start(w);
}

/* It may stop at any moment, for a second or for days. */
static void
test_a_start_goes_on_where_it_was(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 24; i++) {
		world_live_for(w, 180 + 17 * i);
		reopen(w, i % 8 == 7 ? 30 * HOUR : i);
		assert_non_null(world_signer(w));
	}
	assert_true(w->signed_ > 100);
	world_assert_sound(w);
}

/* Past its sign_until and without a TPM nobody is answered. */
static void
test_a_new_key_signs_nothing_before_it_was_shown(void **state)
{
	struct world *w = *state;

	w->deaf = true;
	world_live_for(w, 2 * HOUR + 60);
	assert_null(world_signer(w));
	assert_int_equal(world_count(w, WIRE_phase_current), 2);
	assert_int_not_equal(w->refused, 0);
	w->deaf = false;
	world_publish(w);
	assert_non_null(world_signer(w));
	world_live_for(w, HOUR);
	world_assert_sound(w);
}

/* Whoever has the seed of a key that signs no more. */
static void
test_a_previous_key_signs_nothing_younger(void **state)
{
	struct world *w = *state;
	struct guard *v = &w->guards[0];
	struct token t, first;
	struct signer thief;

	assert_err(signer_ed25519(w->l->seeds[2], &thief), ERR_OK);
	while (world_count(w, WIRE_phase_previous) == 0) {
		world_sign(&thief, w->r.now, &first);
		world_live(w, 10);
	}
	world_fetch(w, v);
	world_sign(&thief, w->r.now + 1, &t);
	assert_string_equal(reason_code(world_show(w, v, &t)), "token.window");
	assert_string_equal(reason_code(world_show(w, v, &first)), "none");
	world_live_for(w, 420);
	world_fetch(w, v);
	assert_string_equal(reason_code(world_show(w, v, &t)), "token.key");
	assert_int_equal(world_count(w, WIRE_phase_previous), 0);
}

/* As far as a clock may waver and still be acted on. */
static void
test_a_clock_that_is_set_back_spoils_nothing(void **state)
{
	struct world *w = *state;
	const struct key *k;
	struct wire_kid kid;

	while (world_count(w, WIRE_phase_next) == 0)
		world_live(w, 10);
	w->r.now += 1022 + 30;
	world_publish(w);
	w->ntokens = 0;
	world_issue(w);
	world_commit(w);
	w->r.now -= 30;
	assert_err(rotate_due(&w->r), ERR_OK);
	world_commit(w);
	assert_int_equal(world_count(w, WIRE_phase_previous), 2);
	world_publish(w);
	w->r.now += 31;
	world_fetch(w, &w->guards[0]);
	assert_string_equal(reason_code(world_show(w, &w->guards[0],
	    &w->tokens[0])), "none");

	k = state_key_of(w->l->state, WIRE_use_token, WIRE_phase_current);
	kid = k->row.kid;
	assert_err(rotate_revoke(&w->r, WIRE_SPAN(kid)), ERR_OK);
	world_commit(w);
	world_publish(w);
	w->r.now -= 30;
	assert_non_null(world_signer(w));
}

static void
test_a_key_may_be_made_early(void **state)
{
	const struct key *next;
	struct world *w = *state;

	assert_err(rotate_early(&w->r, WIRE_use_token), ERR_OK);
	assert_err(rotate_early(&w->r, WIRE_use_token), ERR_OK);
	world_commit(w);
	world_publish(w);
	assert_int_equal(world_count(w, WIRE_phase_next), 1);
	next = state_key_of(w->l->state, WIRE_use_token, WIRE_phase_next);
	assert_int_equal(next->row.not_before, w->r.now + 960);
	assert_int_equal(next->row.sign_until, w->r.now + 960 + 2 * HOUR);
	assert_int_equal(next->row.not_after, next->row.sign_until + LIFE);
	world_live_for(w, 960);
	assert_int_equal(world_count(w, WIRE_phase_previous), 0);
	world_live_for(w, 120);
	assert_int_equal(world_count(w, WIRE_phase_previous), 1);
	assert_int_equal(w->refused + w->refetched, 0);
	world_assert_sound(w);
}

/* Which key is withdrawn, and what is left of each phase. */
static const struct revocation {
	const char	*name;
	enum wire_use	 use;
	enum wire_phase	 which;
	unsigned	 next, current, previous, revoked;
} revocations[] = {
	{ "the token key and the next one", WIRE_use_token, WIRE_phase_current, 1, 2, 0, 2 },
	{ "the audit key and the next one", WIRE_use_audit, WIRE_phase_current, 1, 2, 0, 2 },
	{ "the next token key alone", WIRE_use_token, WIRE_phase_next, 1, 2, 0, 1 },
	{ "the next audit key alone", WIRE_use_audit, WIRE_phase_next, 1, 2, 0, 1 },
};

static void
test_revocation(void **state)
{
	const struct revocation *row = *state;
	struct world *w;
	struct wire_kid kid;
	struct token t;
	struct signer thief;

	world_begin((void **)&w);
	world_live_for(w, HOUR - 1000);
	assert_int_equal(world_count(w, WIRE_phase_next), 2);
	kid = state_key_of(w->l->state, row->use, row->which)->row.kid;
	assert_err(rotate_revoke(&w->r, WIRE_SPAN(kid)), ERR_OK);
	assert_err(rotate_revoke(&w->r, WIRE_SPAN(kid)), ERR_NOT_FOUND);
	world_commit(w);
	assert_int_equal(world_count(w, WIRE_phase_next), row->next);
	assert_int_equal(world_count(w, WIRE_phase_current), row->current);
	assert_int_equal(world_count(w, WIRE_phase_revoked), row->revoked);
	assert_int_equal(world_signer(w) == NULL,
	    row->use == WIRE_use_token && row->which == WIRE_phase_current);
	world_publish(w);
	world_fetch(w, &w->guards[0]);
	assert_non_null(world_signer(w));
	assert_err(signer_ed25519(w->l->seeds[2], &thief), ERR_OK);
	world_sign(&thief, w->r.now - 10, &t);
	assert_string_equal(reason_code(world_show(w, &w->guards[0], &t)),
	    row->revoked == 2 && row->use == WIRE_use_token ?
	    "token.withdrawn" : "none");
	world_live_for(w, HOUR);
	assert_int_equal(world_count(w, WIRE_phase_revoked), 0);
	world_assert_sound(w);
	world_end((void **)&w);
}

static void
test_a_previous_key_can_be_withdrawn(void **state)
{
	struct world *w = *state;
	struct token t;
	struct signer thief;
	struct span kid;

	assert_err(signer_ed25519(w->l->seeds[2], &thief), ERR_OK);
	kid = SPAN(thief.kid);
	while (state_key(w->l->state, kid)->row.state != WIRE_phase_previous) {
		world_sign(&thief, w->r.now, &t);
		world_live(w, 10);
	}
	assert_err(rotate_revoke(&w->r, kid), ERR_OK);
	world_commit(w);
	world_publish(w);
	world_fetch(w, &w->guards[0]);
	assert_string_equal(reason_code(world_show(w, &w->guards[0], &t)),
	    "token.withdrawn");
	assert_non_null(world_signer(w));
}

/* There are never more than can be published. */
static void
test_keys_have_a_bound(void **state)
{
	struct world *w = *state;
	enum err e = ERR_OK;
	unsigned n = 0;

	for (; e == ERR_OK; n++) {
		const struct wire_kid kid = state_key_of(w->l->state,
		    WIRE_use_token, WIRE_phase_current)->row.kid;
		const size_t mark = store_mark(w->l->store);

		e = rotate_revoke(&w->r, WIRE_SPAN(kid));
		if (e != ERR_OK)
			assert_err(store_undo(w->l->store, mark), ERR_OK);
		world_commit(w);
		world_publish(w);
	}
	assert_err(e, ERR_LIMIT);
	assert_int_equal(w->l->state->nkeys, STATE_KEYS);
	assert_int_equal(n, STATE_KEYS - 2 + 1);
	world_live_for(w, 420);
	assert_int_equal(world_count(w, WIRE_phase_revoked), 0);
	world_assert_sound(w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest alone[] = {
		TEST(test_no_token_fails_while_keys_come_and_go),
		TEST(test_a_late_TPM_leaves_the_old_key_in_place),
		TEST(test_a_start_goes_on_where_it_was),
		TEST(test_a_new_key_signs_nothing_before_it_was_shown),
		TEST(test_a_previous_key_signs_nothing_younger),
		TEST(test_a_clock_that_is_set_back_spoils_nothing),
		TEST(test_a_key_may_be_made_early),
		TEST(test_a_previous_key_can_be_withdrawn),
		TEST(test_keys_have_a_bound),
	};
	struct CMUnitTest rows[ROWS(revocations)];
	size_t n = 0;

	for (size_t i = 0; i < ROWS(revocations); i++)
		rows[n++] = ROW_TEST(revocations[i].name, test_revocation,
		    &revocations[i]);
	return cmocka_run_group_tests_name("rotation", alone, NULL, NULL) +
	    cmocka_run_group_tests_name("revocations", rows, NULL, NULL);
}
