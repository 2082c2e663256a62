/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "enforce/verify.h"
#include "tests/vigil.h"

/* What a standing keeps, asks and tells, beside the lines of test_standing. */

#define t vigil
#define MIN UINT64_C(60000)

static void
go(uint64_t ms)
{
	t.now.boot_ms += ms;
	t.now.wall += ms / 1000;
}

/* It wants this now; a question is asked. */
static void
wants(enum standing_wish wish)
{
	assert_int_equal(standing_turn(&t.s, t.now), wish);
	if (wish != STANDING_WAIT)
		assert_err(standing_request(&t.s, wish, vigil_drbg, t.now,
		    &t.request), ERR_OK);
}

static void
prove(void)
{
	wants(STANDING_ASK);
	vigil_quote(5);
	wants(STANDING_WAIT);
}

static void
stands(enum reason now, enum reason why)
{
	wants(STANDING_WAIT);
	assert_string_equal(reason_code(standing_now(&t.s, t.now)),
	    reason_code(now));
	assert_string_equal(reason_code(t.s.why), reason_code(why));
}

static void
shows(uint64_t version)
{
	struct msg m = { .type = MSG_key_metadata_resp };

	assert_int_equal(t.request.type, MSG_key_metadata_req);
	m.key_metadata_resp.object = vigil_metadata(version, t.object);
	vigil_tell(&m);
}

static void
other_values(void)
{
	quoter_select(&t.q, ATTEST_SHA256, 0x8081, 0xa5);
	vigil_quote(5);
	quoter_select(&t.q, ATTEST_SHA256, 0x8081, 0x5a);
}

static void
test_questions_that_prove_nothing_come_ever_later(void **state)
{
	static const uint64_t waits[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };

	(void)state;
	vigil_begin(true);
	for (size_t i = 0; i < ROWS(waits); i++) {
		wants(STANDING_ASK);
		other_values();
		stands(REASON_peer_unproven, REASON_quote_pcr);
		assert_int_equal(standing_due(&t.s) - t.now.boot_ms,
		    1000 * waits[i]);
		go(1000 * waits[i]);
	}
	assert_int_equal(t.s.refusals, ROWS(waits));
	for (unsigned i = 0; i < 300; i++)
		standing_lost(&t.s, REASON_answer_late, t.now);
	assert_int_equal(standing_due(&t.s) - t.now.boot_ms, MIN);
}

static void
test_what_is_remembered_is_remembered_first(void **state)
{
	(void)state;
	vigil_begin(true);
	prove();
	assert_int_equal(t.keeps, 1);
	assert_true(t.kept.version == 5);
	assert_true(t.kept.tpm.tpm.seen);
	assert_int_equal(t.kept.tpm.tpm.reset_count, t.q.reset_count);
	assert_true(t.kept.tpm.tpm.clock_ms == t.q.clock_ms);
	/* Another run of it does not take what is older. */
	standing_begin(&t.s, t.now);
	wants(STANDING_ASK);
	t.q.clock_ms -= 5;
	vigil_quote(5);
	stands(REASON_peer_unproven, REASON_quote_clock);
	assert_int_equal(t.keeps, 1);
}

static void
test_each_question_has_a_nonce_of_its_own(void **state)
{
	struct wire_nonce first;

	(void)state;
	vigil_begin(true);
	prove();
	first = t.request.evidence_req.nonce;
	assert_int_equal(first.len, 32);
	go(14 * MIN);
	wants(STANDING_ASK);
	assert_memory_not_equal(first.at, t.request.evidence_req.nonce.at, 32);
}

static void
test_soon_before_the_metadata_are_stale(void **state)
{
	static const struct {
		uint64_t fresh_s, ask_s;
	} cases[] = {
		{ 3600, 14 * 60 }, { 900, 840 }, { 600, 540 }, { 121, 61 },
		{ 120, 60 }, { 60, 60 }, { 1, 60 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		vigil_begin(true);
		t.fresh_s = cases[i].fresh_s;
		prove();
		assert_int_equal(t.s.ask_ms - t.now.boot_ms,
		    1000 * cases[i].ask_s);
	}
}

static uint64_t
due_in(void)
{
	return standing_due(&t.s) - t.now.boot_ms;
}

static void
test_when_it_wants_its_turn(void **state)
{
	(void)state;
	vigil_begin(true);
	assert_int_equal(due_in(), 0);
	wants(STANDING_ASK);
	assert_int_equal(due_in(), STANDING_ANSWER_MS);
	vigil_quote(5);
	assert_int_equal(due_in(), STANDING_LOOK_MS);
	go(14 * MIN + 50000);
	wants(STANDING_ASK);
	assert_int_equal(due_in(), 10000);	/* then it is not good */
	go(10000);
	wants(STANDING_WAIT);
	assert_int_equal(due_in(), 20000);
}

/* Metadata alone are enough, and status says so. */
static void
test_appraise_off(void **state)
{
	(void)state;
	vigil_begin(false);
	assert_int_equal(standing_now(&t.s, t.now), REASON_keys_stale);
	wants(STANDING_ASK);
	shows(5);
	stands(REASON_none, REASON_none);
	go(MIN);
	wants(STANDING_LOOK);
	shows(6);
	wants(STANDING_ASK);
	shows(6);
	stands(REASON_none, REASON_none);
	go(14 * MIN);
	wants(STANDING_ASK);
	shows(2);
	stands(REASON_keys_stale, REASON_keys_old);
	assert_false(t.kept.tpm.tpm.seen);
}

static struct map_entry
look_up(const char *key)
{
	static uint8_t room[MAP_BYTES];
	struct map_maker maker;
	struct map_entry e = { 0 };
	struct span map;

	map_begin(&maker);
	standing_put(&t.s, t.now, &maker);
	assert_err(map_end(&maker, room, sizeof(room), &map), ERR_OK);
	if (map_find(map, key, &e) != ERR_OK)
		e = (struct map_entry){ 0 };
	return e;
}

static void
assert_word(const char *key, const char *want)
{
	const struct map_entry e = look_up(key);

	assert_true(span_equal((struct span){ e.value.data, e.value.n },
	    span_text(want)));
}

static void
test_status_says_how_it_stands(void **state)
{
	(void)state;
	vigil_begin(true);
	wants(STANDING_ASK);
	assert_word("appraise", "on");
	assert_word("proof_reason", "peer.unproven");
	assert_int_equal(look_up("proven").value.n, 0);
	vigil_quote(5);
	go(5000);
	assert_int_equal(look_up("proven").value.n, 1);
	assert_int_equal(look_up("standing_s").value.n, 5);
	assert_int_equal(look_up("proof_left_s").value.n, 895);
	assert_int_equal(look_up("metadata_version").value.n, 5);
	assert_int_equal(look_up("proofs").value.n, 1);
	assert_null(look_up("proof_reason").key.at);
	t.s.keys.next_update = t.now.wall + 20;
	assert_int_equal(look_up("proof_left_s").value.n, 50);
	t.s.keys.next_update -= 50;
	assert_word("proof_reason", "keys.stale");
	assert_int_equal(look_up("proven").value.n, 0);
	t.s.keys.next_update += 3600;
	go(14 * MIN);
	wants(STANDING_ASK);
	t.q.reset_count++;
	vigil_quote(5);
	assert_int_equal(look_up("tpm_resets").value.n, 1);
	assert_int_equal(look_up("standing_s").value.n, 0);
	go(20 * MIN);
	assert_int_equal(look_up("proven").value.n, 0);
	assert_null(look_up("proof_left_s").key.at);
	wants(STANDING_ASK);
	go(7000);
	assert_int_equal(look_up("standing_s").value.n, 7);
	other_values();
	assert_int_equal(look_up("proofs_refused").value.n, 1);
}

static void
test_status_says_that_nothing_is_appraised(void **state)
{
	(void)state;
	vigil_begin(false);
	assert_word("appraise", "off");
	wants(STANDING_ASK);
	shows(5);
	assert_int_equal(look_up("proven").value.n, 0);
	assert_int_equal(look_up("metadata_version").value.n, 5);
}

/* Whatever the token is. */
static void
test_no_token_is_good_without(void **state)
{
	static uint64_t counts[REASONS];
	struct verifier v = { .keys = &t.s.keys, .counts = counts };
	const struct showing s = { .token = { 0 } };
	struct cwt c;

	(void)state;
	vigil_begin(true);
	v.closed = standing_now(&t.s, t.now);
	assert_int_equal(enforce_token(&v, &s, VIGIL_WALL, &c),
	    REASON_peer_unproven);
	assert_int_equal(counts[REASON_peer_unproven], 1);
	v.closed = REASON_none;
	assert_int_equal(enforce_token(&v, &s, VIGIL_WALL, &c),
	    REASON_token_shape);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_questions_that_prove_nothing_come_ever_later),
		cmocka_unit_test(test_what_is_remembered_is_remembered_first),
		cmocka_unit_test(test_each_question_has_a_nonce_of_its_own),
		cmocka_unit_test(test_soon_before_the_metadata_are_stale),
		cmocka_unit_test(test_when_it_wants_its_turn),
		cmocka_unit_test(test_appraise_off),
		cmocka_unit_test(test_status_says_how_it_stands),
		cmocka_unit_test(test_status_says_that_nothing_is_appraised),
		cmocka_unit_test(test_no_token_is_good_without),
	};

	return cmocka_run_group_tests_name("stood", tests, vigil_start,
	    vigil_stop);
}
