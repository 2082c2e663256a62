/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "enforce/explain.h"

#define NOW	UINT64_C(1700000060)
#define ISSUED	UINT64_C(1700000000)
#define ENDS	UINT64_C(1700000120)
#define AAD	"anchorhold/1 test"

/* A verifier, a token that it accepts, and how either may be spoiled. */
struct scene {
	struct keyset		keys;
	struct revocations	revocations;
	struct verifier		v;
	struct cwt		c;
	struct showing		s;
	enum reason		found;		/* what the list says */
	enum err		spent;		/* what spending says */
	unsigned		spendings;
	uint64_t		until;
	uint64_t		counts[REASONS];
	int			no_proof, other_proof, flip, tail;
	uint8_t			token[TOKEN_MAX + 1];
	uint8_t			proof[COSE_DETACHED_MAX];
};

static const uint8_t jti[16] = {
	1, 2, 3, 4, 5, 6, 0x47, 8, 0x89, 10, 11, 12, 13, 14, 15, 16
};
static const uint8_t nonce[16] = { 7 };
static const uint8_t arguments[] = { 0xa1, 0x61, 0x61, 0x01 };

/* SHA-256 of the arguments. */
static const uint8_t arg[32] = {
	0xeb, 0x98, 0x9b, 0x4a, 0x62, 0x0f, 0xd2, 0x59,
	0xae, 0x02, 0x18, 0x1b, 0xda, 0xb4, 0xfc, 0x3e,
	0xb6, 0xdc, 0x6b, 0x45, 0xeb, 0x73, 0x22, 0x99,
	0x9b, 0xb1, 0x41, 0x6b, 0xce, 0x31, 0x89, 0x26,
};

static struct secret *seeds[2];
static struct signer issuer, holder;

static int
start(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 2; i++) {
		if (secret_new(32, &seeds[i]) != ERR_OK)
			return -1;
		memset(secret_expose(seeds[i]), i + 1, 32);
	}
	return signer_ed25519(seeds[0], &issuer) == ERR_OK &&
	    signer_ed25519(seeds[1], &holder) == ERR_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	secret_drop(&seeds[0]);
	secret_drop(&seeds[1]);
	return 0;
}

static enum reason
find(void *self, const struct cwt *c)
{
	const struct scene *x = self;

	assert_true(span_equal(c->jti, SPAN(jti)));
	return x->found;
}

static enum err
spend(void *self, const uint8_t id[static 16], struct span operation,
    uint64_t until)
{
	struct scene *x = self;

	assert_memory_equal(id, jti, 16);
	assert_true(span_equal(operation, x->s.operation));
	x->spendings++;
	x->until = until;
	return x->spent;
}

static void
set(struct scene *x)
{
	*x = (struct scene){
		.keys = {
			.version = 5, .next_update = NOW + 600,
			.policy_floor = 3, .revocation_version = 9,
			.count = 1,
			.keys[0] = {
				.key = issuer.key, .use = WIRE_use_token,
				.phase = WIRE_phase_current,
				.not_before = ISSUED - 3600,
				.sign_until = ISSUED + 3600,
				.not_after = ENDS + 7200,
			},
		},
		.revocations = { 9, NOW + 600, find },
		.c = {
			.has = CWT_BIT(CWT_CNF) | CWT_BIT(CWT_ARG) |
			    CWT_BIT(CWT_NBF),
			.iss = span_text("cryptod"),
			.sub = span_text("op:alice"),
			.auds = 1, .aud = { span_text("netfw_pd") },
			.exp = ENDS, .nbf = ISSUED, .iat = ISSUED, .pol = 3,
			.jti = SPAN(jti), .cnf = holder.key,
			.scope = span_text("net:open net:read"),
			.nonce = SPAN(nonce), .arg = SPAN(arg),
		},
		.s = {
			.operation = span_text("net:open"),
			.arguments = SPAN(arguments),
			.vm_id = span_text("policy"),
			.proof_aad = AAD, .proven = span_text("the request"),
		},
	};
	memcpy(x->keys.keys[0].kid, issuer.kid, COSE_KID_LEN);
	assert_err(WIRE_SET_TEXT(x->keys.issuer, span_text("cryptod")),
	    ERR_OK);
	x->v = (struct verifier){
		.me = span_text("netfw_pd"), .keys = &x->keys,
		.revocations = &x->revocations, .spend = spend,
		.self = x, .counts = x->counts,
	};
}

/* Sign what the scene says and show it. */
static enum reason
play(struct scene *x, struct cwt *out)
{
	size_t len;

	assert_err(token_sign(&issuer, &x->c, x->token, &len), ERR_OK);
	if (x->flip)
		x->token[len - 1] ^= 1;
	x->s.token = (struct span){ x->token, len + (size_t)x->tail };
	if (!x->no_proof) {
		assert_err(cose_sign_detached(&holder, x->other_proof ?
		    "anchorhold/1 other" : AAD, x->s.proven, x->proof,
		    sizeof(x->proof), &len), ERR_OK);
		x->s.proof = (struct span){ x->proof, len };
	}
	return enforce_token(&x->v, &x->s, NOW, out);
}

#define SPOIL(name, how)                        \
	static void                             \
	name(struct scene *x)                   \
	{                                       \
		how;                            \
	}

SPOIL(nothing,		(void)x)
SPOIL(shape,		x->tail = 1)
SPOIL(stale_keys,	x->keys.next_update = NOW - 30)
SPOIL(no_key,		x->keys.count = 0)
SPOIL(withdrawn,	x->keys.keys[0].phase = WIRE_phase_revoked)
SPOIL(use,		x->keys.keys[0].use = WIRE_use_audit)
SPOIL(window,		x->keys.keys[0].sign_until = 0)
SPOIL(signature,	x->flip = 1)
SPOIL(issued_by,	x->keys.issuer.at[0] = 'C')
SPOIL(audience,		x->v.me = span_text("ivm_pd"))
SPOIL(early,		x->c.nbf = NOW + 31)
SPOIL(future,		x->c.iat = NOW + 31)
SPOIL(expired,		x->c.exp = NOW - 30)
SPOIL(policy,		x->keys.policy_floor = 4)
SPOIL(revoked,		x->found = REASON_token_revoked)
SPOIL(subject,		x->found = REASON_token_subject)
SPOIL(stale_list,	x->revocations.next_update = NOW - 30)
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
	void		(*spoil)(struct scene *x);
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
		static struct scene x;
		struct cwt out = { .pol = 77 };

		set(&x);
		order[i].spoil(&x);
		row->spoil(&x);
		assert_string_equal(reason_code(play(&x, &out)), row->name);
		assert_int_equal(out.pol, 77);
		assert_int_equal(x.counts[row->want], 1);
		assert_int_equal(x.spendings, row >= first_spent);
	}
}

SPOIL(just_not_stale,	x->keys.next_update = NOW - 29)
SPOIL(from_its_start,	x->keys.keys[0].not_before = ISSUED)
SPOIL(before_its_start,	x->keys.keys[0].not_before = ISSUED + 1)
SPOIL(until_its_end,	x->keys.keys[0].sign_until = ISSUED + 1)
SPOIL(at_its_end,	x->keys.keys[0].sign_until = ISSUED)
SPOIL(ends_with_it,	x->keys.keys[0].not_after = ENDS)
SPOIL(ends_after_it,	x->keys.keys[0].not_after = ENDS - 1)
SPOIL(announced,	x->keys.keys[0].phase = WIRE_phase_next)
SPOIL(replaced,		x->keys.keys[0].phase = WIRE_phase_previous)
SPOIL(other_curve,	x->keys.keys[0].key.kind = COSE_P256)
SPOIL(second_of_two,	x->c.aud[1] = span_text("netfw_pd");
			x->c.aud[0] = span_text("ivm_pd");
			x->c.scope = span_text("log:read");
			x->s.operation = span_text("log:read");
			x->c.auds = 2)
SPOIL(begins_like_me,	x->c.aud[0] = span_text("netfw_pd2"))
SPOIL(skew_before_nbf,	x->c.nbf = NOW + 30)
SPOIL(skew_before_iat,	x->c.iat = NOW + 30)
SPOIL(skew_past_exp,	x->c.exp = NOW - 29)
SPOIL(newer_policy,	x->c.pol = 4)
SPOIL(list_not_stale,	x->revocations.next_update = NOW - 29)
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
	static struct scene x;
	struct cwt out = { .pol = 77 };

	set(&x);
	row->spoil(&x);
	assert_string_equal(reason_code(play(&x, &out)),
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
	static struct scene x;
	struct cwt out;

	(void)state;
	set(&x);
	assert_string_equal(reason_code(play(&x, &out)), "none");
	assert_int_equal(x.token[8], 0x27);
	x.token[8] = 0x32;
	assert_string_equal(reason_code(enforce_token(&x.v, &x.s, NOW, &out)),
	    "token.key");
	x.token[8] = 0x26;
	assert_string_equal(reason_code(enforce_token(&x.v, &x.s, NOW, &out)),
	    "token.key");
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
	struct signer software = issuer, tpm = { .sign = answer };
	uint8_t bytes[COSE_KEY_MAX];
	struct cose_key key;
	static struct scene x;
	struct cwt out;

	(void)state;
	assert_err(cose_key_decode((struct span){ bytes,
	    unhex(es256_key, bytes, sizeof(bytes)) }, &key), ERR_OK);
	assert_err(signer_name(&tpm, &key), ERR_OK);
	issuer = tpm;
	set(&x);
	assert_string_equal(reason_code(play(&x, &out)), "none");
	signature(&x);
	assert_string_equal(reason_code(play(&x, &out)), "token.signature");
	issuer = software;
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
	static struct scene x;
	struct memory m = { .n = 0 };
	struct cwt out;

	(void)state;
	set(&x);
	x.v.spend = remember;
	x.v.self = &m;
	x.revocations.find = never;
	assert_string_equal(reason_code(play(&x, &out)), "none");
	assert_string_equal(reason_code(play(&x, &out)), "token.spent");
	second_scope(&x);
	assert_string_equal(reason_code(play(&x, &out)), "none");
	assert_string_equal(reason_code(play(&x, &out)), "token.spent");
}

/* An enforce_req for the scene's token, with a proof by its holder. */
static void
ask(struct scene *x, struct msg *m)
{
	struct msg_enforce_req *q = &m->enforce_req;
	uint8_t body[1024];
	struct span what = { body, 0 };
	size_t len;

	assert_err(token_sign(&issuer, &x->c, x->token, &len), ERR_OK);
	*m = (struct msg){ .type = MSG_enforce_req };
	q->token = (struct span){ x->token, len };
	q->arguments = SPAN(arguments);
	q->timestamp = (struct wire_time){ NOW, true };
	assert_err(WIRE_SET_BYTES(q->nonce, SPAN(nonce)), ERR_OK);
	assert_err(WIRE_SET_TEXT(q->audience, x->v.me), ERR_OK);
	assert_err(WIRE_SET_TEXT(q->operation, x->s.operation), ERR_OK);
	assert_err(WIRE_SET_TEXT(q->request_id,
	    span_text("7d3cbe2e-8a54-4a9b-bb0b-6c6c1ad40a34")), ERR_OK);
	assert_err(wire_encode_body(m, "proof", body, sizeof(body),
	    &what.len), ERR_OK);
	q->has_proof = true;
	assert_err(cose_sign_detached(&holder, "anchorhold/1 enforce_req",
	    what, q->proof.at, sizeof(q->proof.at), &q->proof.len), ERR_OK);
}

static void
assert_request(struct scene *x, const struct msg *m, const char *vm_id,
    const char *want)
{
	struct cwt out;

	assert_string_equal(reason_code(enforce_request(&x->v, m,
	    span_text(vm_id), NOW, &out)), want);
}

static void
test_a_request_is_enforced_as_it_was_proven(void **state)
{
	static struct scene x;
	static struct msg m;

	(void)state;
	set(&x);
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

/* What enforce_explain() said: a letter for each check. */
struct heard {
	char		 checks[32];
	size_t		 n;
	const char	*last;
	enum reason	 why;
};

static void
hear(void *self, const char *check, enum explained how, enum reason why)
{
	struct heard *h = self;

	h->checks[h->n++] = "+x-"[how];
	h->last = check;
	h->why = why;
}

static void
assert_explained(struct scene *x, const char *checks, const char *last,
    enum reason why)
{
	struct heard h = { .n = 0 };
	struct cwt c;

	(void)play(x, &c);
	assert_int_equal(enforce_explain(&x->keys, x->v.me, &x->s, NOW, hear,
	    &h), why);
	assert_string_equal(h.checks, checks);
	assert_string_equal(h.last, last);
	assert_int_equal(h.why, why);
}

static void
test_checks_are_explained_up_to_the_first_that_fails(void **state)
{
	struct scene x;

	(void)state;
	set(&x);
	assert_explained(&x, "++++++++--++-", "spent", REASON_none);
	x.s.operation.len = 0;
	x.s.arguments = (struct span){ NULL, 0 };
	assert_explained(&x, "++++++++-----", "spent", REASON_none);
	set(&x);
	other_arguments(&x);
	assert_explained(&x, "++++++++--+x", "arguments",
	    REASON_token_arguments);
	scope(&x);
	assert_explained(&x, "++++++++--x", "scope", REASON_token_scope);
	policy(&x);
	assert_explained(&x, "+++++++x", "policy", REASON_token_policy);
	expired(&x);
	assert_explained(&x, "++++++x", "time", REASON_token_expired);
	audience(&x);
	assert_explained(&x, "+++++x", "audience", REASON_token_audience);
	issued_by(&x);
	assert_explained(&x, "++++x", "issuer", REASON_token_issuer);
	signature(&x);
	assert_explained(&x, "+++x", "signature", REASON_token_signature);
	window(&x);
	assert_explained(&x, "++x", "window", REASON_token_window);
	use(&x);
	assert_explained(&x, "+x", "key", REASON_token_use);
	shape(&x);
	assert_explained(&x, "x", "shape", REASON_token_shape);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(order) + ROWS(edges) + 5] = {
		cmocka_unit_test(test_an_algorithm_of_no_key_is_unknown),
		cmocka_unit_test(test_a_key_may_live_in_a_tpm),
		cmocka_unit_test(
		    test_a_token_is_good_once_for_each_of_its_scopes),
		cmocka_unit_test(test_a_request_is_enforced_as_it_was_proven),
		cmocka_unit_test(
		    test_checks_are_explained_up_to_the_first_that_fails),
	};
	size_t n = 5;

	for (size_t i = 0; i < ROWS(order); i++)
		tests[n++] = ROW_TEST(order[i].name, test_order, &order[i]);
	for (size_t i = 0; i < ROWS(edges); i++)
		tests[n++] = ROW_TEST(edges[i].name, test_edge, &edges[i]);
	return cmocka_run_group_tests_name("verify", tests, start, stop);
}
