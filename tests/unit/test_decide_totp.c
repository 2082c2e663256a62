/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cose/sign1.h"
#include "crypto/otp.h"
#include "tests/clerk.h"

#define STEP (CLERK_NOW / 30)

static struct secret *holder;
static bool unproven;			/* leave the proof as it is */

#define SET(field, text) \
	assert_err(WIRE_SET_TEXT((field), span_text(text)), ERR_OK)

static void
set_code(struct wire_digits *to, uint64_t step)
{
	char code[OTP_TEXT];

	assert_err(hotp(HASH_SHA1, SPAN(clerk_seed), step, 6, code), ERR_OK);
	SET(*to, code);
}

static void
set_key(struct wire_key *to, enum cose_kind kind)
{
	struct signer s;
	struct cose_key key;

	assert_err(signer_ed25519(holder, &s), ERR_OK);
	key = s.key;
	key.kind = kind;		/* any 32 bytes are an X25519 key */
	assert_err(cose_key_encode(&key, to->at, &to->len), ERR_OK);
}

static void
fill_request(struct msg *m)
{
	struct msg_totp_validate_req *q = &m->totp_validate_req;

	*m = (struct msg){ .type = MSG_totp_validate_req };
	SET(q->request_id, "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c11");
	SET(q->operator_id, "alice");
	SET(q->device_id, "phone");
	q->client_nonce.len = 16;
	q->timestamp.seconds = CLERK_NOW;
	set_code(&q->totp_code, STEP);
	q->has_requested_scope = q->has_audience = q->has_release = true;
	q->requested_scope.count = q->audience.count = 1;
	SET(q->requested_scope.at[0], "luks:root");
	SET(q->audience.at[0], "unlocker");
	SET(q->release, "luks:root");
	q->has_cnf = q->has_cnf_proof = q->has_ephemeral_pubkey = true;
	set_key(&q->cnf, COSE_ED25519);
	set_key(&q->ephemeral_pubkey, COSE_X25519);
}

static void
prove(struct msg *m)
{
	struct wire_sig *sig = &m->totp_validate_req.cnf_proof;
	struct signer s;
	uint8_t body[8192];
	size_t len = 0;

	assert_err(signer_ed25519(holder, &s), ERR_OK);
	assert_err(wire_encode_body(m, "cnf_proof", body, sizeof(body), &len),
	    ERR_OK);
	assert_err(cose_sign_detached(&s, "anchorhold/1 totp_validate_req",
	    (struct span){ body, len }, sig->at, sizeof(sig->at), &sig->len),
	    ERR_OK);
}

static int
set_up(void **state)
{
	unproven = false;
	if (clerk_begin(state) != 0 || secret_copy(
	    span_text("the seed of the holder of a key!"), &holder) != ERR_OK)
		return -1;
	fill_request(&clerk.request);
	return 0;
}

static int
tear_down(void **state)
{
	secret_drop(&holder);
	return clerk_end(state);
}

#define Q clerk.request.totp_validate_req

static void nothing(void) { }
static void late(void) { Q.timestamp.seconds = CLERK_NOW - 31; }
static void early(void) { Q.timestamp.seconds = CLERK_NOW + 31; }
static void just(void) { Q.timestamp.seconds = CLERK_NOW - 30; }
static void wrong(void) { set_code(&Q.totp_code, STEP + 100); }
static void nobody(void) { SET(Q.operator_id, "mallory"); }
static void gadget(void) { SET(Q.device_id, "tablet"); }
static void disabled(void) { SET(Q.operator_id, "carol"); }
static void before(void) { set_code(&Q.totp_code, STEP - 1); }
static void too_old(void) { set_code(&Q.totp_code, STEP - 2); }
static void after(void) { set_code(&Q.totp_code, STEP + 1); }
static void too_new(void) { set_code(&Q.totp_code, STEP + 2); }
static void no_cnf(void) { Q.has_cnf = Q.has_cnf_proof = false; }
static void no_proof(void) { Q.has_cnf_proof = false; }
static void no_wrap(void) { Q.has_ephemeral_pubkey = false; }
static void no_scope(void) { Q.has_requested_scope = false; }
static void cnf_wrong(void) { set_key(&Q.cnf, COSE_X25519); }
static void wrap_wrong(void) { set_key(&Q.ephemeral_pubkey, COSE_ED25519); }
static void other_release(void) { SET(Q.release, "luks:home"); }
static void on_web(void) { clerk.view.vm_id = span_text("web"); }

static void
unsigned_proof(void)
{
	prove(&clerk.request);
	Q.client_nonce.at[0] ^= 1;
	unproven = true;
}

static void
with_resync(void)
{
	Q.has_totp_code_next = true;
	set_code(&Q.totp_code_next, STEP + 1);
}

static void
scope_twice(void)
{
	Q.requested_scope.count = 2;
	SET(Q.requested_scope.at[1], "luks:root");
}

static void
scope_not_mine(void)
{
	Q.requested_scope.count = 2;
	SET(Q.requested_scope.at[1], "net:eth0");
}

static void
scope_not_the_operators(void)
{
	Q.requested_scope.count = 2;
	SET(Q.requested_scope.at[1], "ivm:open");
}

static void
audience_not_mine(void)
{
	SET(Q.audience.at[0], "web");
}

static void
audience_twice(void)
{
	Q.audience.count = 2;
	SET(Q.audience.at[1], "unlocker");
}

static void
audience_many(void)
{
	Q.audience.count = 2;
	SET(Q.audience.at[1], "web");
}

static void
unknown_secret(void)
{
	clerk_rule(WIRE_rule_release, "unlocker", "luks:home", 0);
	SET(Q.release, "luks:home");
	SET(Q.requested_scope.at[0], "luks:home");
}

static void
not_released(void)
{
	SET(Q.release, "luks:home");
	SET(Q.requested_scope.at[0], "luks:home");
}

static void
put_floor(uint64_t step, const char *channel)
{
	struct msg m = { .type = MSG_floor };

	m.floor.floor = step;
	m.floor.offset = STATE_OFFSET_BIAS;
	m.floor.has_restart = m.floor.restart = channel == NULL;
	if ((m.floor.has_floor_channel = channel != NULL))
		SET(m.floor.floor_channel, channel);
	SET(m.floor.device_id, "phone");
	SET(m.floor.operator_id, "alice");
	clerk_apply(&m);
}

static void spent_here(void) { put_floor(STEP, "unlocker"); }
static void spent_there(void) { put_floor(STEP, "console2"); }
static void spent_later(void) { put_floor(STEP + 1, "unlocker"); }
static void spent_before(void) { put_floor(STEP - 1, "unlocker"); }
static void held(void) { put_floor(STEP + 1, NULL); }
static void held_wrong(void) { held(), wrong(); }
static void held_before(void) { put_floor(STEP - 1, NULL), before(); }

static void
was_seen(void)
{
	struct msg m = { .type = MSG_seen };

	SET(m.seen.peer, "unlocker");
	m.seen.request_id = Q.request_id;
	m.seen.nonce.len = 16;
	m.seen.nonce.at[0] = 9;
	m.seen.until = CLERK_NOW;
	clerk_apply(&m);
}

static void
nonce_was_seen(void)
{
	was_seen();
	SET(Q.request_id, "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c12");
	Q.client_nonce.at[0] = 9;
}

static void
was_seen_elsewhere(void)
{
	struct msg m = { .type = MSG_seen };

	SET(m.seen.peer, "web");
	m.seen.request_id = Q.request_id;
	m.seen.nonce = Q.client_nonce;
	m.seen.until = CLERK_NOW;
	clerk_apply(&m);
}

static const struct row {
	const char	*name;
	void		(*alter)(void);
	enum reason	 reason, told;
	bool		 spends, fails;
} rows[] = {
#define ROW(what, alter, reason, told, spends, fails) \
	{ what, alter, REASON_##reason, REASON_##told, spends, fails },
	ROW("all is well", nothing, none, none, true, false)
	ROW("30 s old", just, none, none, true, false)
	ROW("31 s old", late, request_stale, request_stale, false, false)
	ROW("31 s early", early, request_stale, request_stale, false, false)
	ROW("id seen", was_seen, request_repeated, request_repeated, false,
	    false)
	ROW("nonce seen", nonce_was_seen, request_nonce, request_nonce, false,
	    false)
	ROW("seen on another channel", was_seen_elsewhere, none, none, true,
	    false)
	ROW("wrong code", wrong, totp_wrong, totp_refused, false, true)
	ROW("unknown operator", nobody, totp_operator, totp_refused, false,
	    true)
	ROW("unknown device", gadget, totp_device, totp_refused, false, true)
	ROW("disabled operator", disabled, totp_operator, totp_refused, false,
	    true)
	ROW("one step old", before, none, none, true, false)
	ROW("two steps old", too_old, totp_wrong, totp_refused, false, true)
	ROW("one step new", after, none, none, true, false)
	ROW("two steps new", too_new, totp_wrong, totp_refused, false, true)
	ROW("spent on this channel", spent_here, totp_replayed,
	    totp_replayed, false, true)
	ROW("spent on another channel", spent_there, totp_spent,
	    totp_refused, false, true)
	ROW("a later one was spent", spent_later, totp_spent, totp_refused,
	    false, true)
	ROW("an earlier one was spent", spent_before, none, none, true, false)
	ROW("no codes from this channel", on_web, acl_channel, acl_channel,
	    false, false)
	ROW("held after an unclean start", held, totp_restart, totp_restart,
	    false, false)
	ROW("a wrong one is not told that", held_wrong, totp_wrong,
	    totp_refused, false, true)
	ROW("held no more, and not good", held_before, totp_spent,
	    totp_refused, false, true)
	ROW("a token without cnf", no_cnf, request_shape, request_shape,
	    false, false)
	ROW("cnf without a proof", no_proof, request_proof, request_proof,
	    false, false)
	ROW("a proof of something else", unsigned_proof, request_proof,
	    request_proof, false, false)
	ROW("cnf that cannot sign", cnf_wrong, request_key, request_key,
	    false, false)
	ROW("a release without a key", no_wrap, request_shape, request_shape,
	    false, false)
	ROW("a release without a scope", no_scope, request_shape,
	    request_shape, false, false)
	ROW("a release of another name", other_release, request_shape,
	    request_shape, false, false)
	ROW("a key that cannot agree", wrap_wrong, request_key, request_key,
	    false, false)
	ROW("a resync with a token", with_resync, request_shape,
	    request_shape, false, false)
	ROW("a scope twice", scope_twice, request_scope, request_scope, true,
	    false)
	ROW("one scope too many", scope_not_mine, acl_scope, acl_scope, true,
	    false)
	ROW("one scope not the operator's", scope_not_the_operators,
	    acl_scope, acl_scope, true, false)
	ROW("another audience", audience_not_mine, acl_audience, acl_audience,
	    true, false)
	ROW("an audience twice", audience_twice, request_scope,
	    request_scope, true, false)
	ROW("luks for two", audience_many, request_scope, request_scope, true,
	    false)
	ROW("a secret that is not released", not_released, acl_release,
	    acl_release, true, false)
	ROW("a secret that is not there", unknown_secret, secret_unknown,
	    secret_unknown, true, false)
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct effects fx;

	row->alter();
	if (Q.has_cnf_proof && !unproven)
		prove(&clerk.request);
	assert_err(decide_totp(&clerk.view, &clerk.request, &fx), ERR_OK);
	assert_string_equal(reason_code(fx.reason), reason_code(row->reason));
	assert_string_equal(reason_code(fx.told), reason_code(row->told));
	assert_int_equal(fx.spends, row->spends);
	assert_int_equal(fx.counts, row->fails);
	assert_int_equal(fx.grants, row->reason == REASON_none);
	assert_int_equal(fx.releases, row->reason == REASON_none);
	if (fx.grants) {
		assert_string_equal(fx.permit.sub, "op:alice");
		assert_int_equal(fx.permit.exp - fx.permit.iat, 60);
	}
}

static void
test_a_success_forgets_the_failures_of_its_channel(void **state)
{
	struct msg m = { .type = MSG_failures };
	struct effects fx;

	(void)state;
	SET(m.failures.channel, "unlocker");
	SET(m.failures.operator, "alice");
	throttle_fail(&m.failures, &clerk.view.policy->throttle,
	    CLERK_NOW - 1);
	clerk_apply(&m);
	prove(&clerk.request);
	assert_err(decide_totp(&clerk.view, &clerk.request, &fx), ERR_OK);
	assert_true(fx.counts && fx.grants);
	assert_int_equal(fx.failures.total, 0);
	assert_int_equal(fx.failures.times.len, 0);
}

static void
test_a_resync_spends_both_codes_and_moves_the_device(void **state)
{
	struct effects fx;

	(void)state;
	Q.has_requested_scope = Q.has_audience = Q.has_release = false;
	Q.has_cnf = Q.has_cnf_proof = Q.has_ephemeral_pubkey = false;
	Q.has_totp_code_next = true;
	set_code(&Q.totp_code, STEP + 5);
	set_code(&Q.totp_code_next, STEP + 6);
	assert_err(decide_totp(&clerk.view, &clerk.request, &fx), ERR_OK);
	assert_int_equal(fx.reason, REASON_none);
	assert_true(fx.spends && !fx.grants);
	assert_int_equal(fx.spend.step, STEP + 6);
	assert_int_equal(fx.spend.ahead, STATE_OFFSET_BIAS + 6);

	/* The first of a pair must be unspent too. */
	put_floor(STEP + 5, "unlocker");
	assert_err(decide_totp(&clerk.view, &clerk.request, &fx), ERR_OK);
	assert_int_equal(fx.reason, REASON_totp_spent);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 2] = {
		TEST(test_a_success_forgets_the_failures_of_its_channel),
		TEST(test_a_resync_spends_both_codes_and_moves_the_device),
	};
	struct CMUnitTest *t = tests + 2;

	for (size_t i = 0; i < ROWS(rows); i++)
		*t++ = ROW_TEST(rows[i].name, test_row, &rows[i]);
	for (t = tests; t < tests + ROWS(tests); t++) {
		t->setup_func = set_up;
		t->teardown_func = tear_down;
	}
	return cmocka_run_group_tests_name("decide totp", tests, NULL, NULL);
}
