/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "tests/trial.h"

#define SPOIL(name, how)                        \
	static void                             \
	name(struct trial *x)                   \
	{                                       \
		how;                            \
	}

SPOIL(nothing,		(void)x)
SPOIL(shape,		x->tail = 1)
SPOIL(stale_keys,	x->keys.next_update = TRIAL_NOW - 30)
SPOIL(no_key,		x->keys.count = 0)
SPOIL(withdrawn,	x->keys.keys[0].phase = WIRE_phase_revoked)
SPOIL(use,		x->keys.keys[0].use = WIRE_use_audit)
SPOIL(window,		x->keys.keys[0].sign_until = 0)
SPOIL(signature,	x->flip = 1)
SPOIL(issued_by,	x->keys.issuer.at[0] = 'C')
SPOIL(audience,		x->v.me = span_text("ivm_pd"))
SPOIL(early,		x->c.nbf = TRIAL_NOW + 31)
SPOIL(future,		x->c.iat = TRIAL_NOW + 31)
SPOIL(expired,		x->c.exp = TRIAL_NOW - 30)
SPOIL(policy,		x->keys.policy_floor = 4)
SPOIL(revoked,		x->found = REASON_token_revoked)
SPOIL(subject,		x->found = REASON_token_subject)
SPOIL(stale_list,	x->revocations.next_update = TRIAL_NOW - 30)
SPOIL(old_list,		x->revocations.version = 8)
SPOIL(presenter,	x->no_proof = 1)
SPOIL(proof,		x->other_proof = 1)
SPOIL(scope,		x->s.operation = span_text("net:close"))
SPOIL(other_arguments,	x->s.arguments.len = 3)
SPOIL(spent,		x->spent = ERR_STATE)
SPOIL(full,		x->spent = ERR_LIMIT)
SPOIL(disk,		x->spent = ERR_HARDWARE)

/* In the protocol's order. */
static const struct row {
	const char	*name;
	void		(*spoil)(struct trial *x);
	enum reason	 want;
} order[] = {
	{ "token.shape",	shape,		REASON_token_shape },
	{ "keys.stale",		stale_keys,	REASON_keys_stale },
	{ "token.key",		no_key,		REASON_token_key },
	{ "token.withdrawn",	withdrawn,	REASON_token_withdrawn },
	{ "token.use",		use,		REASON_token_use },
	{ "token.window",	window,		REASON_token_window },
	{ "token.signature",	signature,	REASON_token_signature },
	{ "token.issuer",	issued_by,	REASON_token_issuer },
	{ "token.audience",	audience,	REASON_token_audience },
	{ "token.early",	early,		REASON_token_early },
	{ "token.future",	future,		REASON_token_future },
	{ "token.expired",	expired,	REASON_token_expired },
	{ "token.policy",	policy,		REASON_token_policy },
	{ "token.revoked",	revoked,	REASON_token_revoked },
	{ "token.subject",	subject,	REASON_token_subject },
	{ "revocation.stale",	stale_list,	REASON_revocation_stale },
	{ "revocation.old",	old_list,	REASON_revocation_old },
	{ "token.presenter",	presenter,	REASON_token_presenter },
	{ "token.proof",	proof,		REASON_token_proof },
	{ "token.scope",	scope,		REASON_token_scope },
	{ "token.arguments",	other_arguments, REASON_token_arguments },
	{ "token.spent",	spent,		REASON_token_spent },
	{ "limit.table",	full,		REASON_limit_table },
	{ "state.commit",	disk,		REASON_state_commit },
};

/* Whatever is refused before, nothing is spent for. */
static const struct row *const first_spent = &order[ROWS(order) - 3];

/* Refused for its reason, whatever else is wrong behind it. */
static void
test_order(void **state)
{
	const struct row *row = *state;

	assert_string_equal(reason_code(row->want), row->name);
	for (size_t i = (size_t)(row - order); i < ROWS(order); i++) {
		static struct trial x;
		struct cwt out = { .pol = 77 };

		trial_set(&x);
		order[i].spoil(&x);
		row->spoil(&x);
		assert_string_equal(reason_code(trial_play(&x, &out)),
		    row->name);
		assert_int_equal(out.pol, 77);
		assert_int_equal(x.counts[row->want], 1);
		assert_int_equal(x.spendings, row >= first_spent);
	}
}

SPOIL(just_not_stale,	x->keys.next_update = TRIAL_NOW - 29)
SPOIL(from_its_start,	x->keys.keys[0].not_before = TRIAL_ISSUED)
SPOIL(before_its_start,	x->keys.keys[0].not_before = TRIAL_ISSUED + 1)
SPOIL(until_its_end,	x->keys.keys[0].sign_until = TRIAL_ISSUED + 1)
SPOIL(at_its_end,	x->keys.keys[0].sign_until = TRIAL_ISSUED)
SPOIL(ends_with_it,	x->keys.keys[0].not_after = TRIAL_ENDS)
SPOIL(ends_after_it,	x->keys.keys[0].not_after = TRIAL_ENDS - 1)
SPOIL(announced,	x->keys.keys[0].phase = WIRE_phase_next)
SPOIL(replaced,		x->keys.keys[0].phase = WIRE_phase_previous)
SPOIL(other_curve,	x->keys.keys[0].key.kind = COSE_P256)
SPOIL(second_of_two,	x->c.aud[1] = span_text("netfw_pd");
			x->c.aud[0] = span_text("ivm_pd");
			x->c.scope = span_text("log:read");
			x->s.operation = span_text("log:read");
			x->c.auds = 2)
SPOIL(begins_like_me,	x->c.aud[0] = span_text("netfw_pd2"))
SPOIL(skew_before_nbf,	x->c.nbf = TRIAL_NOW + 30)
SPOIL(skew_before_iat,	x->c.iat = TRIAL_NOW + 30)
SPOIL(skew_past_exp,	x->c.exp = TRIAL_NOW - 29)
SPOIL(newer_policy,	x->c.pol = 4)
SPOIL(list_not_stale,	x->revocations.next_update = TRIAL_NOW - 29)
SPOIL(newer_list,	x->revocations.version = 10)
SPOIL(second_scope,	x->s.operation = span_text("net:read"))
SPOIL(part_of_a_scope,	x->s.operation = span_text("net:ope"))
SPOIL(two_scopes,	x->s.operation = span_text("net:open net:read"))
SPOIL(other_proven,	x->s.proof_aad = "anchorhold/1 other")
SPOIL(no_arg,		x->c.has &= ~CWT_BIT(CWT_ARG);
			x->s.arguments.len = 0)
SPOIL(own_channel,	x->c.sub = span_text("vm:policy");
			x->c.has = CWT_BIT(CWT_ARG); x->no_proof = 1)
SPOIL(other_channel,	own_channel(x); x->s.vm_id = span_text("polic"))
SPOIL(no_channel,	own_channel(x); x->s.vm_id = span_text(""))
SPOIL(vm_with_a_key,	own_channel(x); x->no_proof = 0;
			x->c.has |= CWT_BIT(CWT_CNF))
SPOIL(vm_and_no_proof,	own_channel(x); x->c.has |= CWT_BIT(CWT_CNF))
SPOIL(key_elsewhere,	vm_with_a_key(x); x->s.vm_id = span_text("b"))

static const struct row edges[] = {
	{ "a good one", nothing, REASON_none },
	{ "keys within the skew of stale", just_not_stale, REASON_none },
	{ "issued when its key begins", from_its_start, REASON_none },
	{ "issued before its key", before_its_start, REASON_token_window },
	{ "issued before its key signs no more", until_its_end, REASON_none },
	{ "issued as its key signs no more", at_its_end, REASON_token_window },
	{ "ends with its key", ends_with_it, REASON_none },
	{ "ends after its key", ends_after_it, REASON_token_window },
	{ "a key that was only announced", announced, REASON_none },
	{ "a key that was replaced", replaced, REASON_none },
	{ "a key of another algorithm", other_curve, REASON_token_key },
	{ "the second audience", second_of_two, REASON_none },
	{ "an audience that begins alike", begins_like_me,
	    REASON_token_audience },
	{ "the skew before nbf", skew_before_nbf, REASON_none },
	{ "the skew before iat", skew_before_iat, REASON_none },
	{ "within the skew of exp", skew_past_exp, REASON_none },
	{ "a newer policy", newer_policy, REASON_none },
	{ "a list within the skew of stale", list_not_stale, REASON_none },
	{ "a newer list", newer_list, REASON_none },
	{ "the second scope", second_scope, REASON_none },
	{ "part of a scope", part_of_a_scope, REASON_token_scope },
	{ "two scopes at once", two_scopes, REASON_token_scope },
	{ "a proof of another context", other_proven, REASON_token_proof },
	{ "no arg, any arguments", no_arg, REASON_none },
	{ "a domain on its channel", own_channel, REASON_none },
	{ "a domain on another channel", other_channel,
	    REASON_token_presenter },
	{ "a domain on no channel", no_channel, REASON_token_presenter },
	{ "a domain that proves its key", vm_with_a_key, REASON_none },
	{ "a domain with a key and no proof", vm_and_no_proof,
	    REASON_token_presenter },
	{ "a key proven on another channel", key_elsewhere, REASON_none },
};

static void
test_edge(void **state)
{
	const struct row *row = *state;
	static struct trial x;
	struct cwt out = { .pol = 77 };

	trial_set(&x);
	row->spoil(&x);
	assert_string_equal(reason_code(trial_play(&x, &out)),
	    reason_code(row->want));
	assert_int_equal(x.counts[row->want], 1);
	if (row->want != REASON_none)
		return;
	assert_int_equal(out.exp, x.c.exp);
	assert_int_equal(x.spendings, 1);
	assert_int_equal(x.until, x.c.exp + 30);
}

/* RFC 9864's name of the algorithm is no name for it here. */
static void
test_an_algorithm_of_no_key_is_unknown(void **state)
{
	static struct trial x;
	struct cwt out;

	(void)state;
	trial_set(&x);
	assert_string_equal(reason_code(trial_play(&x, &out)), "none");
	assert_int_equal(x.token[8], 0x27);
	x.token[8] = 0x32;
	assert_string_equal(reason_code(enforce_token(&x.v, &x.s, TRIAL_NOW,
	    &out)), "token.key");
	x.token[8] = 0x26;
	assert_string_equal(reason_code(enforce_token(&x.v, &x.s, TRIAL_NOW,
	    &out)), "token.key");
}

/* A key in a TPM (custody = tpm), the private half of which is SHA-256 of
 * "es256"; it has signed the scene's token, outside this tree. */
static const char es256_key[] = "a4010220012158"
    "20cd005348b0fe4d0ee0619d18f128850da9f5ba459bfe81a7bb2cdf4d145e3888"
    "225820"
    "e760436bf4b9b7700fa77bc5746a5eeb1269192f502aa2ef36e322a35c18c547";
static const char es256_signature[] =
    "d5a4b7372e4e64c5de1de99eb43c1cd324acb7df7553f0687249aa02d56fffe2"
    "0bc2689b7dbf904f504cad4b6adc634c47cc946aeb2875862a26012231e6c163";

static enum err
answer(const struct signer *s, struct span tbs,
    uint8_t sig[static COSE_SIGNATURE_LEN])
{
	(void)s;
	(void)tbs;
	unhex(es256_signature, sig, COSE_SIGNATURE_LEN);
	return ERR_OK;
}

static void
test_a_key_may_live_in_a_tpm(void **state)
{
	struct signer software = trial_issuer, tpm = { .sign = answer };
	uint8_t bytes[COSE_KEY_MAX];
	struct cose_key key;
	static struct trial x;
	struct cwt out;

	(void)state;
	assert_err(cose_key_decode((struct span){ bytes,
	    unhex(es256_key, bytes, sizeof(bytes)) }, &key), ERR_OK);
	assert_err(signer_name(&tpm, &key), ERR_OK);
	trial_issuer = tpm;
	trial_set(&x);
	assert_string_equal(reason_code(trial_play(&x, &out)), "none");
	signature(&x);
	assert_string_equal(reason_code(trial_play(&x, &out)),
	    "token.signature");
	trial_issuer = software;
}

/* A daemon's memory of what was spent, of two. */
struct memory {
	struct {
		uint8_t	jti[16];
		char	operation[65];
	}	at[2];
	size_t	n;
};

static enum err
remember(void *self, const uint8_t id[static 16], struct span operation,
    uint64_t until)
{
	struct memory *m = self;

	(void)until;
	for (size_t i = 0; i < m->n; i++)
		if (memcmp(m->at[i].jti, id, 16) == 0 && span_equal(
		    span_text(m->at[i].operation), operation))
			return ERR_STATE;
	if (m->n == 2)
		return ERR_LIMIT;
	memcpy(m->at[m->n].jti, id, 16);
	memcpy(m->at[m->n++].operation, operation.at, operation.len);
	return ERR_OK;
}

static enum reason
never(void *self, const struct cwt *c)
{
	(void)self;
	(void)c;
	return REASON_none;
}

static void
test_a_token_is_good_once_for_each_of_its_scopes(void **state)
{
	static struct trial x;
	struct memory m = { .n = 0 };
	struct cwt out;

	(void)state;
	trial_set(&x);
	x.v.spend = remember;
	x.v.self = &m;
	x.revocations.find = never;
	assert_string_equal(reason_code(trial_play(&x, &out)), "none");
	assert_string_equal(reason_code(trial_play(&x, &out)), "token.spent");
	second_scope(&x);
	assert_string_equal(reason_code(trial_play(&x, &out)), "none");
	assert_string_equal(reason_code(trial_play(&x, &out)), "token.spent");
}

/* An enforce_req for the scene's token, with a proof by its trial_holder. */
static void
ask(struct trial *x, struct msg *m)
{
	struct msg_enforce_req *q = &m->enforce_req;
	uint8_t body[1024];
	struct span what = { body, 0 };
	size_t len;

	assert_err(token_sign(&trial_issuer, &x->c, x->token, &len), ERR_OK);
	*m = (struct msg){ .type = MSG_enforce_req };
	q->token = (struct span){ x->token, len };
	q->arguments = x->s.arguments;
	q->timestamp = (struct wire_time){ TRIAL_NOW, true };
	assert_err(WIRE_SET_BYTES(q->nonce, x->c.nonce), ERR_OK);
	assert_err(WIRE_SET_TEXT(q->audience, x->v.me), ERR_OK);
	assert_err(WIRE_SET_TEXT(q->operation, x->s.operation), ERR_OK);
	assert_err(WIRE_SET_TEXT(q->request_id,
	    span_text("7d3cbe2e-8a54-4a9b-bb0b-6c6c1ad40a34")), ERR_OK);
	assert_err(wire_encode_body(m, "proof", body, sizeof(body),
	    &what.len), ERR_OK);
	q->has_proof = true;
	assert_err(cose_sign_detached(&trial_holder, "anchorhold/1 enforce_req",
	    what, q->proof.at, sizeof(q->proof.at), &q->proof.len), ERR_OK);
}

static void
assert_request(struct trial *x, const struct msg *m, const char *vm_id,
    const char *want)
{
	struct cwt out;

	assert_string_equal(reason_code(enforce_request(&x->v, m,
	    span_text(vm_id), TRIAL_NOW, &out)), want);
}

static void
test_a_request_is_enforced_as_it_was_proven(void **state)
{
	static struct trial x;
	static struct msg m;

	(void)state;
	trial_set(&x);
	ask(&x, &m);
	assert_request(&x, &m, "policy", "none");
	m.enforce_req.nonce.at[0] ^= 1;
	assert_request(&x, &m, "policy", "token.proof");
	m.enforce_req.has_proof = false;
	assert_request(&x, &m, "policy", "token.presenter");
	m.enforce_req.audience.at[0] = 'N';
	assert_request(&x, &m, "policy", "request.audience");
	m.type = MSG_status_req;
	assert_request(&x, &m, "policy", "internal.fault");

	own_channel(&x);
	ask(&x, &m);
	assert_request(&x, &m, "policy", "none");
	assert_request(&x, &m, "netvm", "token.presenter");
	m.enforce_req.arguments.len--;
	assert_request(&x, &m, "policy", "message.malformed");
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(order) + ROWS(edges) + 4] = {
		cmocka_unit_test(test_an_algorithm_of_no_key_is_unknown),
		cmocka_unit_test(test_a_key_may_live_in_a_tpm),
		cmocka_unit_test(
		    test_a_token_is_good_once_for_each_of_its_scopes),
		cmocka_unit_test(test_a_request_is_enforced_as_it_was_proven),
	};
	size_t n = 4;

	for (size_t i = 0; i < ROWS(order); i++)
		tests[n++] = ROW_TEST(order[i].name, test_order, &order[i]);
	for (size_t i = 0; i < ROWS(edges); i++)
		tests[n++] = ROW_TEST(edges[i].name, test_edge, &edges[i]);
	return cmocka_run_group_tests_name("verify", tests,
	    trial_begin, trial_end);
}
