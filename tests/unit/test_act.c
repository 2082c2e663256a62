/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "crypto/hash.h"
#include "cryptod/effects.h"
#include "store/find.h"
#include "tests/council.h"

#define Q council.request.admin_req
#define A council.act.act
#define SET(field, text) \
	assert_err(WIRE_SET_TEXT((field), span_text(text)), ERR_OK)

static void
test_without_officers_nothing_is_an_act(void **state)
{
	(void)state;
	state_clear(council.state);
	council_fill_state();
	council.napprovers = 0;
	council_seal();
	council_refuses(REASON_act_officers);
}

static void
test_each_bit_of_act_and_approvals_counts(void **state)
{
	struct effects fx;

	(void)state;
	council_seal();
	for (size_t i = 0; i < 8 * Q.act.len; i++) {
		council.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		council_decide(&fx);
		assert_int_not_equal(fx.reason, REASON_none);
		assert_int_equal(fx.deed.kind, DEED_NONE);
		council.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < 8 * Q.approvals.at[1].len; i++) {
		Q.approvals.at[1].at[i / 8] ^= (uint8_t)(1 << i % 8);
		council_refuses(REASON_act_signature);
		Q.approvals.at[1].at[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	council_decide(&fx);
	assert_int_equal(fx.reason, REASON_none);
}

static void
test_quorums_of_1_to_16(void **state)
{
	struct effects fx;

	for (size_t quorum = 1; quorum <= 16; quorum++) {
		council_leave(state);
		assert_int_equal(council_of(16, quorum), 0);
		for (size_t i = 0; i < quorum; i++)
			council.approvers[i] = 15 - i;
		council.napprovers = quorum;
		council_seal();
		council_decide(&fx);
		assert_int_equal(fx.reason, REASON_none);
		assert_int_equal(fx.act.approvals, quorum);
		council.napprovers = quorum - 1;
		council_seal();
		council_refuses(REASON_act_quorum);
	}
}

/* ---- what becomes of it ---- */

static enum err
take_record(void *self, const struct msg *m)
{
	(void)self;
	return state_apply(council.state, m);
}

static void
carry_out(void)
{
	const struct record_sink sink = { take_record, NULL };
	struct effects fx;

	council_seal();
	council_decide(&fx);
	assert_int_equal(fx.reason, REASON_none);
	assert_err(effects_records(&council.view, &council.request, &fx, &sink),
	    ERR_OK);
	/* And never again. */
	SET(Q.request_id, "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c13");
	Q.nonce.at[0] = 1;
	council_refuses(REASON_act_spent);
}

static void
command(const char *name)
{
	SET(A.command, name);
	map_begin(&council.arguments);
}

static void
test_an_opened_channel_has_no_failures(void **state)
{
	(void)state;
	carry_out();
	assert_int_equal(council.state->nfailures, 0);
}

static void
test_an_acl_takes_the_place_of_the_one_before(void **state)
{
	const struct span text = span_text("operator alice luks:root\n"
	    "vm web web:*\n");
	const struct state *s = council.state;
	uint8_t digest[SHA256_LEN];

	(void)state;
	assert_err(sha256(&text, 1, digest), ERR_OK);
	command("acl-set");
	map_put_bytes(&council.arguments, "sha256", SPAN(digest));
	map_put_uint(&council.arguments, "policy_floor", 8);
	Q.has_attachment = true;
	Q.attachment = text;
	carry_out();
	assert_int_equal(s->nrules, 2);
	assert_null(state_rule(s, WIRE_rule_vm, span_text("old"),
	    span_text("web:a")));
	assert_non_null(state_rule(s, WIRE_rule_operator, span_text("alice"),
	    span_text("luks:root")));
	assert_int_equal(s->appliance.policy_version, 8);
	assert_int_equal(s->appliance.policy_floor, 8);
}

static void
test_an_operator_is_disabled(void **state)
{
	(void)state;
	command("operator-set");
	map_put_text(&council.arguments, "operator", span_text("alice"));
	map_put_bool(&council.arguments, "enabled", false);
	carry_out();
	assert_false(state_operator(council.state,
	    span_text("alice"))->enabled);
}

static void
test_a_domain_gets_another_tpm(void **state)
{
	static const uint8_t ak[34] = { 0x00, 0x0b, 7 }, ek[32] = { 8 };
	const struct msg_vm *vm;
	struct msg m = { .type = MSG_vm };

	(void)state;
	SET(m.vm.by, "ceremony");
	SET(m.vm.vm_id, "web");
	m.vm.ak_name.len = 34;
	m.vm.ek.len = 32;
	council_apply(&m);
	command("vm-replace");
	map_put_text(&council.arguments, "vm", span_text("web"));
	map_put_bytes(&council.arguments, "ak", SPAN(ak));
	map_put_bytes(&council.arguments, "ek", SPAN(ek));
	carry_out();
	vm = state_vm(council.state, span_text("web"));
	assert_true(span_equal(WIRE_SPAN(vm->ak_name), SPAN(ak)));
	assert_true(span_equal(WIRE_SPAN(vm->ek), SPAN(ek)));
	assert_true(span_equal(WIRE_SPAN(vm->by), span_text("officers")));
	assert_int_equal(vm->since, COUNCIL_NOW);
	assert_int_equal(council.state->nvms, 1);
}

static void
test_a_tpm_goes_on_at_a_reset(void **state)
{
	const struct msg_vm *vm;
	struct msg m = { .type = MSG_vm };

	(void)state;
	SET(m.vm.by, "ceremony");
	SET(m.vm.vm_id, "web");
	m.vm.ak_name.len = 34;
	m.vm.ek.len = 32;
	m.vm.has_reset = true;
	m.vm.reset = 9;
	council_apply(&m);
	command("vm-accept");
	map_put_text(&council.arguments, "vm", span_text("web"));
	map_put_uint(&council.arguments, "reset", 7);
	carry_out();
	vm = state_vm(council.state, span_text("web"));
	assert_true(vm->has_accept);
	assert_int_equal(vm->accept, 7);
	assert_int_equal(vm->reset, 9);
}

static void
test_an_accepted_rollback_ends_older_acts(void **state)
{
	(void)state;
	command("accept-rollback");
	A.epoch = COUNCIL_COUNTER;
	council.view.recovery = REASON_state_rolled_back;
	carry_out();
	assert_int_equal(council.state->acts.acts_from, COUNCIL_COUNTER + 1);
	council.view.recovery = REASON_none;
	council_fill_act();
	A.epoch = COUNCIL_COUNTER;
	council.view.counter++;
	SET(A.act_id, "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c14");
	SET(Q.request_id, "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c14");
	Q.nonce.at[0] = 2;
	council_seal();
	council_refuses(REASON_act_epoch);
}

static void
test_the_log_says_who_approved(void **state)
{
	struct event_room room;
	struct audit_event event;
	struct map_entry e;
	struct effects fx;
	struct item name;

	(void)state;
	council_seal();
	council_decide(&fx);
	assert_err(effects_event(&council.view, &council.request, &fx,
	    (const uint8_t[16]){ 0 }, &room, &event), ERR_OK);
	assert_true(span_equal(event.actor, span_text("officers")));
	assert_true(span_equal(event.target, span_text("open-channel")));
	assert_true(span_equal(event.result, span_text("ok")));
	assert_err(map_find(event.metadata, "officers", &e), ERR_OK);
	assert_int_equal(e.value.n, 2);
	assert_err(item_next(&e.items, &name), ERR_OK);
	assert_memory_equal(name.data, "officer0", 8);
	assert_err(item_next(&e.items, &name), ERR_OK);
	assert_memory_equal(name.data, "officer2", 8);
	assert_err(map_find(event.metadata, "act_id", &e), ERR_OK);
	assert_err(map_find(event.metadata, "arguments", &e), ERR_OK);
}

static void
test_words_are_those_of_the_digest(void **state)
{
	char words[ACT_WORDS];

	(void)state;
	/* SHA-256 of "abc" begins ba7816bf8f01cfea. */
	assert_err(act_words(span_text("abc"), words), ERR_OK);
	assert_string_equal(words, "ronum dipuz musad suzop");
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, council_meet, council_leave)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_without_officers_nothing_is_an_act),
		TEST(test_each_bit_of_act_and_approvals_counts),
		TEST(test_quorums_of_1_to_16),
		TEST(test_an_opened_channel_has_no_failures),
		TEST(test_an_acl_takes_the_place_of_the_one_before),
		TEST(test_an_operator_is_disabled),
		TEST(test_a_domain_gets_another_tpm),
		TEST(test_a_tpm_goes_on_at_a_reset),
		TEST(test_an_accepted_rollback_ends_older_acts),
		TEST(test_the_log_says_who_approved),
		TEST(test_words_are_those_of_the_digest),
	};

	return cmocka_run_group_tests_name("act", tests, NULL, NULL);
}
