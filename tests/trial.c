/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/trial.h"

#include "tests/unit/unit.h"

#define AAD	"anchorhold/1 test"

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
struct signer trial_issuer, trial_holder;

int
trial_begin(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 2; i++) {
		if (secret_new(32, &seeds[i]) != ERR_OK)
			return -1;
		memset(secret_expose(seeds[i]), i + 1, 32);
	}
	return signer_ed25519(seeds[0], &trial_issuer) == ERR_OK &&
	    signer_ed25519(seeds[1], &trial_holder) == ERR_OK ? 0 : -1;
}

int
trial_end(void **state)
{
	(void)state;
	secret_drop(&seeds[0]);
	secret_drop(&seeds[1]);
	return 0;
}

static enum reason
find(void *self, const struct cwt *c)
{
	const struct trial *x = self;

	assert_true(span_equal(c->jti, SPAN(jti)));
	return x->found;
}

static enum err
spend(void *self, const uint8_t id[static 16], struct span operation,
    uint64_t until)
{
	struct trial *x = self;

	assert_memory_equal(id, jti, 16);
	assert_true(span_equal(operation, x->s.operation));
	x->spendings++;
	x->until = until;
	return x->spent;
}

void
trial_set(struct trial *x)
{
	*x = (struct trial){
		.keys = {
			.version = 5, .next_update = TRIAL_NOW + 600,
			.policy_floor = 3, .revocation_version = 9,
			.count = 1,
			.keys[0] = {
				.key = trial_issuer.key, .use = WIRE_use_token,
				.phase = WIRE_phase_current,
				.not_before = TRIAL_ISSUED - 3600,
				.sign_until = TRIAL_ISSUED + 3600,
				.not_after = TRIAL_ENDS + 7200,
			},
		},
		.revocations = { 9, TRIAL_NOW + 600, find },
		.c = {
			.has = CWT_BIT(CWT_CNF) | CWT_BIT(CWT_ARG) |
			    CWT_BIT(CWT_NBF),
			.iss = span_text("cryptod"),
			.sub = span_text("op:alice"),
			.auds = 1, .aud = { span_text("netfw_pd") },
			.exp = TRIAL_ENDS, .nbf = TRIAL_ISSUED,
			.iat = TRIAL_ISSUED, .pol = 3,
			.jti = SPAN(jti), .cnf = trial_holder.key,
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
	memcpy(x->keys.keys[0].kid, trial_issuer.kid, COSE_KID_LEN);
	assert_err(WIRE_SET_TEXT(x->keys.issuer, span_text("cryptod")),
	    ERR_OK);
	x->v = (struct verifier){
		.me = span_text("netfw_pd"), .keys = &x->keys,
		.revocations = &x->revocations, .spend = spend,
		.self = x, .counts = x->counts,
	};
}

enum reason
trial_play(struct trial *x, struct cwt *out)
{
	size_t len;

	assert_err(token_sign(&trial_issuer, &x->c, x->token, &len), ERR_OK);
	if (x->flip)
		x->token[len - 1] ^= 1;
	x->s.token = (struct span){ x->token, len + (size_t)x->tail };
	if (!x->no_proof) {
		assert_err(cose_sign_detached(&trial_holder, x->other_proof ?
		    "anchorhold/1 other" : AAD, x->s.proven, x->proof,
		    sizeof(x->proof), &len), ERR_OK);
		x->s.proof = (struct span){ x->proof, len };
	}
	return enforce_token(&x->v, &x->s, TRIAL_NOW, out);
}
