/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/own.h"
#include "cose/cwt.h"
#include "enforce/verify.h"
#include "tests/fuzz/cwt_scene.h"
#include "tests/fuzz/fuzz.h"

static struct secret *seeds[2];
static struct signer issuer, holder;

/* The claims of good tokens, and what became of those that were shown. */
static struct reach claims[CWT_CLAIMS] = {
	[CWT_ISS] = { "iss", 0 }, [CWT_SUB] = { "sub", 0 },
	[CWT_AUD] = { "aud", 0 }, [CWT_EXP] = { "exp", 0 },
	[CWT_NBF] = { "nbf", 0 }, [CWT_IAT] = { "iat", 0 },
	[CWT_JTI] = { "jti", 0 }, [CWT_CNF] = { "cnf", 0 },
	[CWT_SCOPE] = { "scope", 0 }, [CWT_NONCE] = { "nonce", 0 },
	[CWT_ARG] = { "arg", 0 }, [CWT_ATT] = { "att", 0 },
	[CWT_POL] = { "pol", 0 },
};
static struct reach doors[] = { { "foreign-claims", 0 }, { "token", 0 } };
static struct reach outcomes[REASONS] = {
	[REASON_none] = { "accepted", 0 },
};

static const enum reason expected[] = {
	REASON_token_shape, REASON_keys_stale, REASON_token_key,
	REASON_token_use, REASON_token_window, REASON_token_signature,
	REASON_token_issuer, REASON_token_audience, REASON_token_early,
	REASON_token_future, REASON_token_expired, REASON_token_policy,
	REASON_token_revoked, REASON_token_presenter, REASON_token_proof,
	REASON_token_scope, REASON_token_arguments, REASON_token_spent,
};

static void
make_signer(size_t i, uint8_t byte, struct signer *out)
{
	must(secret_new(32, &seeds[i]) == ERR_OK, "secret");
	memset(secret_expose(seeds[i]), byte, 32);
	must(signer_ed25519(seeds[i], out) == ERR_OK, "signer");
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	make_signer(0, SCENE_ISSUER, &issuer);
	make_signer(1, SCENE_HOLDER, &holder);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		outcomes[expected[i]].name = reason_code(expected[i]);
	reach("claim", claims, CWT_CLAIMS);
	reach("door", doors, 2);
	reach("outcome", outcomes, REASONS);
	return 0;
}

/* What the strict reader takes the writer gives back; the lenient one takes
 * it too, and reads the same. */
static void
check_claims(struct span in)
{
	static uint8_t out[65536];
	struct cwt c, lenient;
	struct span rest, scope;
	size_t n;

	if (cwt_decode_foreign(in, &lenient) == ERR_OK)
		doors[0].times++;
	if (cwt_decode(in, &c) != ERR_OK)
		return;
	must(cwt_encode(&c, out, sizeof(out), &n) == ERR_OK, "encode");
	must(span_equal(in, (struct span){ out, n }), "other claims");
	must(cwt_decode_foreign(in, &lenient) == ERR_OK, "not leniently");
	must(lenient.has == c.has && lenient.exp == c.exp &&
	    span_equal(lenient.scope, c.scope), "read otherwise");
	rest = c.scope;
	while (scope_next(&rest, &scope))
		must(scope_valid(scope), "a scope");
	for (unsigned i = 0; i < CWT_CLAIMS; i++)
		claims[i].times += cwt_has(&c, i);
}

static void
check_token(struct span in)
{
	struct sign1 s;
	struct cwt c;

	if (token_parse(in, &s, &c) != ERR_OK)
		return;
	must(s.payload.at > in.at && s.payload.at + s.payload.len <
	    in.at + in.len, "a payload outside");
	must(in.len > 2 && in.at[0] == 0xd8 && in.at[1] == 61 &&
	    in.at[2] == 0xd2, "other tags");
	must(!s.detached && (s.alg == COSE_EDDSA || s.alg == COSE_ES256),
	    "another algorithm");
	check_claims(s.payload);
	doors[1].times++;
}

static enum reason
find(void *self, const struct cwt *c)
{
	(void)c;
	return *(uint8_t *)self & SCENE_REVOKED ? REASON_token_revoked :
	    REASON_none;
}

static enum err
spend(void *self, const uint8_t jti[static 16], struct span operation,
    uint64_t until)
{
	(void)jti;
	must(span_equal(operation, span_text(SCENE_OPERATION)), "what for");
	must(until > SCENE_NOW, "spent in the past");
	return *(uint8_t *)self & SCENE_SPENT ? ERR_STATE : ERR_OK;
}

static void
make_keys(uint8_t flags, struct keyset *k)
{
	*k = (struct keyset){
		.next_update = flags & SCENE_STALE ? 0 : SCENE_NOW + 600,
		.policy_floor = 3,
		.count = 1,
		.keys[0] = {
			.key = issuer.key,
			.use = flags & SCENE_AUDIT_KEY ? WIRE_use_audit :
			    WIRE_use_token,
			.phase = WIRE_phase_current,
			.not_before = SCENE_ISSUED - 3600,
			.sign_until = SCENE_ISSUED + 3600,
			.not_after = SCENE_ENDS + 7200,
		},
	};
	memcpy(k->keys[0].kid, flags & SCENE_OTHER_KEY ? holder.kid :
	    issuer.kid, COSE_KID_LEN);
	must(WIRE_SET_TEXT(k->issuer, span_text("cryptod")) == ERR_OK,
	    "issuer");
}

static bool
among(struct span wanted, const struct span *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_equal(all[i], wanted))
			return true;
	return false;
}

static bool
covers(struct span rest, struct span operation)
{
	struct span scope;

	while (scope_next(&rest, &scope))
		if (span_equal(scope, operation))
			return true;
	return false;
}

/* Each property of a token that was taken, looked at once more. */
static void
check_taken(const struct cwt *c, uint8_t flags)
{
	static const uint8_t arg[32] = SCENE_ARG;

	must((flags & ~(SCENE_PROOF | SCENE_OTHER_PROOF)) == 0, "the state");
	must(span_equal(c->iss, span_text("cryptod")), "iss");
	must(among(span_text(SCENE_ME), c->aud, c->auds), "aud");
	must(c->exp + 30 > SCENE_NOW && c->iat <= SCENE_NOW + 30 &&
	    (!cwt_has(c, CWT_NBF) || c->nbf <= SCENE_NOW + 30), "time");
	must(c->pol >= 3, "pol");
	must(covers(c->scope, span_text(SCENE_OPERATION)), "scope");
	must(!cwt_has(c, CWT_ARG) || span_equal(c->arg, SPAN(arg)), "arg");
	if (cwt_has(c, CWT_CNF))
		must(cose_key_equal(&c->cnf, &holder.key) &&
		    (flags & SCENE_PROOF) && !(flags & SCENE_OTHER_PROOF),
		    "cnf");
	else
		must(span_equal(c->sub, span_text("vm:" SCENE_VM)), "sub");
}

/* Claims under a good signature, before a verifier. */
static void
check_shown(uint8_t flags, struct span payload)
{
	static uint8_t token[65536 + 128];
	uint8_t proof[COSE_DETACHED_MAX];
	const struct revocations revocations = { 0, UINT64_MAX, find };
	uint64_t counts[REASONS] = { 0 };
	struct keyset keys;
	struct verifier v = {
		.me = span_text(SCENE_ME), .keys = &keys,
		.revocations = &revocations, .spend = spend, .self = &flags,
		.counts = counts,
	};
	struct showing s = {
		.operation = span_text(SCENE_OPERATION),
		.arguments = span_text("\xa0"),
		.vm_id = span_text(SCENE_VM),
		.proof_aad = SCENE_AAD, .proven = span_text(SCENE_PROVEN),
	};
	struct cwt c;
	enum reason r;

	if (cose_sign(&issuer, SIGN1_TOKEN, "", payload, token, sizeof(token),
	    &s.token.len) != ERR_OK)
		return;
	token[s.token.len - 1] ^= flags & SCENE_FLIP ? 1 : 0;
	s.token.at = token;
	must(cose_sign_detached(&holder, flags & SCENE_OTHER_PROOF ? "other" :
	    SCENE_AAD, s.proven, proof, sizeof(proof), &s.proof.len) ==
	    ERR_OK, "a proof");
	s.proof.at = proof;
	if (!(flags & SCENE_PROOF))
		s.proof = (struct span){ 0 };
	make_keys(flags, &keys);
	r = enforce_token(&v, &s, SCENE_NOW, &c);
	must(counts[r] == 1, "not counted");
	must(outcomes[r].name != NULL, reason_code(r));
	outcomes[r].times++;
	if (r == REASON_none)
		check_taken(&c, flags);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	if (len < 2 || len > 65536)
		return 0;
	if (in[0] == 'c')
		check_claims((struct span){ in + 1, len - 1 });
	else if (in[0] == 't')
		check_token((struct span){ in + 1, len - 1 });
	else
		check_shown(in[1], (struct span){ in + 2, len - 2 });
	return 0;
}
