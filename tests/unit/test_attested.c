/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "cose/sign1.h"
#include "enforce/attested.h"

/* An attestation for web's key, signed by a token key; each row alters what is
 * said, who says it, or when it is looked at. */

#define NOW	UINT64_C(1700000000)
#define SET(field, text) \
	assert_err(WIRE_SET_TEXT((field), span_text(text)), ERR_OK)

static struct secret *seeds[2];
static struct signer token, other;

static struct scene {
	struct msg		m;
	struct keyset		set;
	struct attested		about;
	const struct signer	*by;
	const char		*aad;
	uint64_t		now;
	bool			enveloped;
	size_t			less;		/* bytes */
} x;

static void
fill(void)
{
	struct msg_attestation *a = &x.m.attestation;

	x = (struct scene){ .m.type = MSG_attestation, .by = &token,
		.aad = "anchorhold/1 attestation", .now = NOW };
	SET(a->request_id, "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c11");
	SET(a->subject_vm, "web");
	SET(a->action, "ssh:host");
	assert_err(WIRE_SET_BYTES(a->nonce, span_text("sixteen bytes or")),
	    ERR_OK);
	assert_err(cose_key_encode(&other.key, a->subject_pubkey.at,
	    &a->subject_pubkey.len), ERR_OK);
	a->issued_at = NOW - 50;
	a->expires_at = NOW + 50;
	x.set.next_update = NOW + 10;
	x.set.count = 1;
	x.set.keys[0] = (struct known_key){
		.key = token.key, .use = WIRE_use_token,
		.phase = WIRE_phase_current, .not_before = NOW - 100,
		.sign_until = NOW + 100, .not_after = NOW + 200,
	};
	memcpy(x.set.keys[0].kid, token.kid, COSE_KID_LEN);
}

#define KEY x.set.keys[0]
#define A x.m.attestation

static void nothing(void) { }
static void enveloped(void) { x.enveloped = true; }
static void of_web(void) { x.about.vm_id = span_text("web"); }
static void of_db(void) { x.about.vm_id = span_text("db"); }
static void for_hosts(void) { x.about.action = span_text("ssh:host"); }
static void for_users(void) { x.about.action = span_text("ssh:user"); }
static void my_nonce(void) { x.about.nonce = span_text("sixteen bytes or"); }
static void no_nonce(void) { x.about.nonce = span_text("sixteen bytes o"); }
static void previous(void) { KEY.phase = WIRE_phase_previous; }
static void revoked(void) { KEY.phase = WIRE_phase_revoked; }
static void of_audit(void) { KEY.use = WIRE_use_audit; }
static void unknown(void) { KEY.kid[0] ^= 1; }
static void nobody(void) { x.set.count = 0; }
static void by_itself(void) { x.by = &other; }
static void under_token(void) { x.aad = "anchorhold/1 token_issue_resp"; }
static void a_request(void) { x.m.type = MSG_challenge_resp; }
static void cut(void) { x.less = 1; }
static void stale(void) { x.set.next_update = NOW - 30; }
static void too_soon(void) { KEY.not_before = A.issued_at + 1; }
static void signs_first(void) { KEY.not_before = A.issued_at; }
static void too_late(void) { KEY.sign_until = A.issued_at; }
static void outlives(void) { KEY.not_after = A.expires_at - 1; }
static void ends_with(void) { KEY.not_after = A.expires_at; }
static void early(void) { x.now = A.issued_at - 31; }
static void just_not_early(void) { x.now = A.issued_at - 30; }

static void
long_over(void)
{
	x.now = A.expires_at + 30;
	x.set.next_update = x.now;
}

static void
just_over(void)
{
	x.now = A.expires_at + 29;
	x.set.next_update = x.now;
}

/* After the signature. */
static void other_key(void) { A.subject_pubkey.at[20] ^= 1; }
static void other_action(void) { A.action.at[0] = 'x'; }
static void other_end(void) { A.expires_at++; }
static void bent(void) { A.signature.at[A.signature.len - 1] ^= 1; }
static void unsigned_(void) { A.signature.len = 1; }

static const struct row {
	const char	*name;
	void		(*alter)(void);
	void		(*spoil)(void);
	enum reason	 want;
} rows[] = {
	{ "as it came",		nothing, nothing,	REASON_none },
	{ "in its envelope",	enveloped, nothing,	REASON_none },
	{ "web's",		of_web, nothing,	REASON_none },
	{ "not another's",	of_db, nothing,		REASON_attest_subject },
	{ "for hosts",		for_hosts, nothing,	REASON_none },
	{ "not for users",	for_users, nothing,	REASON_attest_subject },
	{ "with that nonce",	my_nonce, nothing,	REASON_none },
	{ "and no other",	no_nonce, nothing,	REASON_attest_subject },
	{ "by the previous key", previous, nothing,	REASON_none },
	{ "by a revoked one",	revoked, nothing,	REASON_attest_signature },
	{ "by an audit key",	of_audit, nothing,	REASON_attest_signature },
	{ "by an unknown one",	unknown, nothing,	REASON_attest_signature },
	{ "by nobody's",	nobody, nothing,	REASON_attest_signature },
	{ "by the subject",	by_itself, nothing,	REASON_attest_signature },
	{ "of another message",	under_token, nothing,	REASON_attest_signature },
	{ "another key",	nothing, other_key,	REASON_attest_signature },
	{ "another action",	nothing, other_action,	REASON_attest_signature },
	{ "another end",	nothing, other_end,	REASON_attest_signature },
	{ "another signature",	nothing, bent,		REASON_attest_signature },
	{ "no signature",	nothing, unsigned_,	REASON_attest_signature },
	{ "another message",	a_request, nothing,	REASON_attest_shape },
	{ "cut short",		cut, nothing,		REASON_attest_shape },
	{ "stale keys",		stale, nothing,		REASON_keys_stale },
	{ "before its key",	too_soon, nothing,	REASON_attest_window },
	{ "at its key's start",	signs_first, nothing,	REASON_none },
	{ "behind its key",	too_late, nothing,	REASON_attest_window },
	{ "outliving its key",	outlives, nothing,	REASON_attest_window },
	{ "as long as its key",	ends_with, nothing,	REASON_none },
	{ "from later",		early, nothing,		REASON_attest_future },
	{ "from just later",	just_not_early, nothing, REASON_none },
	{ "over",		long_over, nothing,	REASON_attest_expired },
	{ "just over",		just_over, nothing,	REASON_none },
};

static void
sign(void)
{
	uint8_t body[8192];
	size_t len = 0;

	assert_err(wire_encode_body(&x.m, "signature", body, sizeof(body),
	    &len), ERR_OK);
	assert_err(cose_sign_detached(x.by, x.aad, (struct span){ body, len },
	    A.signature.at, sizeof(A.signature.at), &A.signature.len),
	    ERR_OK);
}

/* As it is shown. */
static struct span
put(uint8_t buf[static 8192])
{
	struct span out = { buf, 0 };

	if (x.m.type != MSG_attestation) {
		x.m = (struct msg){ .type = MSG_challenge_resp };
		SET(x.m.challenge_resp.request_id,
		    "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c11");
		x.m.challenge_resp.challenge.len = 32;
		x.enveloped = true;
	}
	assert_err(x.enveloped ? wire_encode(&x.m, buf, 8192, &out.len) :
	    wire_encode_object(&x.m, buf, 8192, &out.len), ERR_OK);
	out.len -= x.less;
	return out;
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct msg out = { .type = MSG_NONE };
	uint8_t buf[8192];
	enum reason why;

	fill();
	row->alter();
	if (x.m.type == MSG_attestation)
		sign();
	row->spoil();
	why = enforce_attestation(&x.set, put(buf), &x.about, x.now, &out);
	assert_string_equal(reason_code(why), reason_code(row->want));
	assert_int_equal(out.type, why == REASON_attest_shape ? MSG_NONE :
	    MSG_attestation);
}

static int
start(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 2; i++) {
		if (secret_new(32, &seeds[i]) != ERR_OK)
			return -1;
		memset(secret_expose(seeds[i]), i + 1, 32);
	}
	return signer_ed25519(seeds[0], &token) == ERR_OK &&
	    signer_ed25519(seeds[1], &other) == ERR_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	secret_drop(&seeds[0]);
	secret_drop(&seeds[1]);
	return 0;
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("attested", tests, start, stop);
}
