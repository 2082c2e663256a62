/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cose/sign1.h"
#include "tests/clerk.h"

/*
 * An attest_req of web, decided.  A row alters the request before its proof is
 * made, or what is there besides; or spoils what was proven.
 */

#define A clerk.request.attest_req
#define SET(field, text) \
	assert_err(WIRE_SET_TEXT((field), span_text(text)), ERR_OK)

static struct secret *seed;
static struct signer subject;
static struct policy policy;
static struct msg_key token_key;
static const char *aad;

static void
fill(void)
{
	size_t len = 0;

	aad = "anchorhold/1 attest_req";
	policy = *clerk.view.policy;
	clerk.view.policy = &policy;
	clerk.view.vm_id = span_text("web");
	clerk.request = (struct msg){ .type = MSG_attest_req };
	SET(A.request_id, "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c11");
	SET(A.subject_vm, "web");
	SET(A.action, "ssh:host");
	A.lifetime = 200;
	A.nonce.len = 16;
	A.timestamp.seconds = CLERK_NOW;
	assert_err(cose_key_encode(&subject.key, A.subject_pubkey.at, &len),
	    ERR_OK);
	A.subject_pubkey.len = len;
	clerk_rule(WIRE_rule_vouch, "web", "ssh:*", 0);
	token_key = (struct msg_key){
		.use = WIRE_use_token, .state = WIRE_phase_current,
		.not_before = CLERK_NOW - 1, .sign_until = CLERK_NOW + 10,
		.not_after = CLERK_NOW + 310,
	};
	token_key.kid.len = COSE_KID_LEN;
	token_key.seed.len = 32;
}

/* What the row has left of it. */
static void
prove(void)
{
	struct msg m = { .type = MSG_key, .key = token_key };
	uint8_t body[8192];
	size_t len = 0;

	if (token_key.kid.len > 0)
		clerk_apply(&m);
	assert_err(wire_encode_body(&clerk.request, "pubkey_proof", body,
	    sizeof(body), &len), ERR_OK);
	assert_err(cose_sign_detached(&subject, aad,
	    (struct span){ body, len }, A.pubkey_proof.at,
	    sizeof(A.pubkey_proof.at), &len), ERR_OK);
	A.pubkey_proof.len = len;
}

static void nothing(void) { }
static void a_second(void) { A.lifetime = 1; }
static void longest(void) { A.lifetime = 300; }
static void configured(void) { policy.token_lifetime = 100; }
static void key_ends(void) { token_key.not_after = CLERK_NOW + 50; }
static void key_ended(void) { token_key.sign_until = CLERK_NOW; }
static void no_key(void) { token_key.kid.len = 0; }
static void other_vm(void) { SET(A.subject_vm, "unlocker"); }
static void late(void) { A.timestamp.seconds = CLERK_NOW - 31; }
static void early(void) { A.timestamp.seconds = CLERK_NOW + 31; }
static void not_named(void) { SET(A.action, "api:host"); }
static void no_scope(void) { SET(A.action, "ssh:a host"); }
static void a_star(void) { SET(A.action, "ssh:*"); }
static void no_line(void) { clerk.state->nrules--; }

static void
shortened(void)
{
	clerk_rule(WIRE_rule_vouch, "*", "ssh:host", 40);
}

static void
anothers_line(void)
{
	clerk.state->nrules--;
	clerk_rule(WIRE_rule_vouch, "unlocker", "ssh:*", 0);
	clerk_rule(WIRE_rule_vm, "web", "ssh:*", 0);
}

static void
required(void)
{
	clerk_rule(WIRE_rule_attest, "web", "ssh:host", 0);
}

static void
repeated(void)
{
	struct msg m = { .type = MSG_seen };

	SET(m.seen.peer, "web");
	m.seen.request_id = A.request_id;
	m.seen.nonce.len = 17;
	m.seen.until = CLERK_NOW + 1;
	clerk_apply(&m);
}

static void
nonce_again(void)
{
	struct msg m = { .type = MSG_seen };

	SET(m.seen.peer, "web");
	SET(m.seen.request_id, "7a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c11");
	m.seen.nonce = A.nonce;
	m.seen.until = CLERK_NOW + 1;
	clerk_apply(&m);
}

/* What cannot sign, and what is no key. */
static void
to_wrap(void)
{
	const struct cose_key key = { .kind = COSE_X25519, .x = { 9 } };
	size_t len = 0;

	assert_err(cose_key_encode(&key, A.subject_pubkey.at, &len), ERR_OK);
	A.subject_pubkey.len = len;
}

static void broken(void) { A.subject_pubkey.len--; }
static void for_tokens(void) { aad = "anchorhold/1 token_issue_req"; }
static void
no_evidence(void)
{
	A.has_attestation = true;
	A.attestation = span_text("nonsense");
}

/* After the proof. */
static void other_action(void) { SET(A.action, "ssh:user"); }
static void longer(void) { A.lifetime++; }
static void other_nonce(void) { A.nonce.at[3] ^= 1; }
static void bent(void) { A.pubkey_proof.at[A.pubkey_proof.len - 1] ^= 1; }
static void cut(void) { A.pubkey_proof.len--; }

/* A key that the domain has seen and does not hold. */
static void
anothers_key(void)
{
	struct secret *other OWNED(secret_drop) = NULL;
	struct signer s;
	size_t len = 0;

	assert_err(secret_copy(span_text("the seed of what others hold: 32"),
	    &other), ERR_OK);
	assert_err(signer_ed25519(other, &s), ERR_OK);
	assert_err(cose_key_encode(&s.key, A.subject_pubkey.at, &len), ERR_OK);
	A.subject_pubkey.len = len;
}

static const struct row {
	const char	*name;
	void		(*alter)(void);
	void		(*spoil)(void);
	enum reason	 want;
	uint64_t	 lifetime;	/* 0: its id and nonce are unspent */
} rows[] = {
	{ "what is asked for",	nothing, nothing,	REASON_none,	200 },
	{ "for a second",	a_second, nothing,	REASON_none,	1 },
	{ "for the longest",	longest, nothing,	REASON_none,	300 },
	{ "configured shorter",	configured, nothing,	REASON_none,	100 },
	{ "a rule's lifetime",	shortened, nothing,	REASON_none,	40 },
	{ "as long as the key",	key_ends, nothing,	REASON_none,	50 },
	{ "no key that signs",	no_key, nothing,	REASON_keys_pending, 1 },
	{ "a key at its end",	key_ended, nothing,	REASON_keys_pending, 1 },
	{ "another domain",	other_vm, nothing,	REASON_request_vm, 0 },
	{ "late",		late, nothing,		REASON_request_stale, 0 },
	{ "early",		early, nothing,		REASON_request_stale, 0 },
	{ "repeated",		repeated, nothing,	REASON_request_repeated, 0 },
	{ "a nonce again",	nonce_again, nothing,	REASON_request_nonce, 0 },
	{ "a key to wrap with",	to_wrap, nothing,	REASON_request_key, 1 },
	{ "no key",		broken, nothing,	REASON_request_key, 1 },
	{ "another's key",	nothing, anothers_key,	REASON_request_proof, 1 },
	{ "named and not held",	anothers_key, nothing,	REASON_request_proof, 1 },
	{ "another message's proof", for_tokens, nothing, REASON_request_proof, 1 },
	{ "another action",	nothing, other_action,	REASON_request_proof, 1 },
	{ "another lifetime",	nothing, longer,	REASON_request_proof, 1 },
	{ "another nonce",	nothing, other_nonce,	REASON_request_proof, 1 },
	{ "another signature",	nothing, bent,		REASON_request_proof, 1 },
	{ "no signature",	nothing, cut,		REASON_request_proof, 1 },
	{ "no evidence",	no_evidence, nothing,	REASON_evidence_shape, 1 },
	{ "evidence required",	required, nothing,	REASON_acl_attestation, 1 },
	{ "an action of no line", not_named, nothing,	REASON_acl_action, 1 },
	{ "no line at all",	no_line, nothing,	REASON_acl_action, 1 },
	{ "lines for others",	anothers_line, nothing,	REASON_acl_action, 1 },
	{ "more than a word",	no_scope, nothing,	REASON_acl_action, 1 },
	{ "a line's own star",	a_star, nothing,	REASON_acl_action, 1 },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct effects fx;

	fill();
	row->alter();
	prove();
	row->spoil();
	assert_err(decide_attest(&clerk.view, &clerk.request, &fx), ERR_OK);
	assert_string_equal(reason_code(fx.reason), reason_code(row->want));
	assert_int_equal(fx.told, fx.reason);
	assert_int_equal(fx.vouches, row->want == REASON_none);
	assert_int_equal(fx.seen, row->lifetime > 0);
	assert_false(fx.grants);
	if (!fx.vouches)
		return;
	assert_int_equal(fx.permit.iat, CLERK_NOW);
	assert_int_equal(fx.permit.exp - fx.permit.iat, row->lifetime);
	assert_true(cose_key_equal(&fx.permit.cnf, &subject.key));
}

static int
begin(void **state)
{
	return secret_copy(span_text("the seed of a domain's key: 32 b"),
	    &seed) == ERR_OK && signer_ed25519(seed, &subject) == ERR_OK ?
	    clerk_begin(state) : -1;
}

static int
end(void **state)
{
	secret_drop(&seed);
	return clerk_end(state);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++) {
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
		tests[i].setup_func = begin;
		tests[i].teardown_func = end;
	}
	return cmocka_run_group_tests_name("decide attest", tests, NULL, NULL);
}
