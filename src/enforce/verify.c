/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforce/verify.h"

#include "crypto/hash.h"
#include "enforce/explain.h"

/* One token being looked at. */
struct look {
	const struct verifier	*v;
	const struct showing	*s;
	uint64_t		 now;
	struct sign1		 signed_by;
	struct cwt		 c;
	const struct known_key	*key;
};

static uint64_t
later(uint64_t t, uint64_t by)
{
	return t > UINT64_MAX - by ? UINT64_MAX : t + by;
}

/* An algorithm that is none of ours is said by the next step. */
static enum reason
check_shape(struct look *l)
{
	enum err e = token_parse(l->s->token, &l->signed_by, &l->c);

	return e == ERR_OK ? REASON_none :
	    e == ERR_NOT_FOUND ? REASON_token_key : REASON_token_shape;
}

static enum reason
check_key(struct look *l)
{
	enum cose_kind kind = l->signed_by.alg == COSE_ES256 ? COSE_P256 :
	    COSE_ED25519;

	if (!enforce_keys_fresh(l->v->keys, l->now))
		return REASON_keys_stale;
	l->key = enforce_keys_find(l->v->keys, l->signed_by.kid);
	if (l->key == NULL || l->key->key.kind != kind)
		return REASON_token_key;
	if (l->key->phase == WIRE_phase_revoked)
		return REASON_token_withdrawn;
	if (l->key->use != WIRE_use_token)
		return REASON_token_use;
	return REASON_none;
}

static enum reason
check_window(struct look *l)
{
	if (l->c.iat < l->key->not_before || l->c.iat >= l->key->sign_until ||
	    l->c.exp > l->key->not_after)
		return REASON_token_window;
	return REASON_none;
}

static enum reason
check_signature(struct look *l)
{
	const struct span none = { NULL, 0 };

	return cose_sign1_verify(&l->signed_by, &l->key->key, none, none) ==
	    ERR_OK ? REASON_none : REASON_token_signature;
}

static enum reason
check_issuer(struct look *l)
{
	return span_equal(l->c.iss, WIRE_SPAN(l->v->keys->issuer)) ?
	    REASON_none : REASON_token_issuer;
}

static enum reason
check_audience(struct look *l)
{
	for (size_t i = 0; i < l->c.auds; i++)
		if (span_equal(l->c.aud[i], l->v->me))
			return REASON_none;
	return REASON_token_audience;
}

static enum reason
check_time(struct look *l)
{
	switch (cwt_time(&l->c, l->now, ENFORCE_SKEW)) {
	case CWT_TIMELY:
		return REASON_none;
	case CWT_NOT_YET:
		return REASON_token_early;
	case CWT_FROM_LATER:
		return REASON_token_future;
	case CWT_EXPIRED:
		return REASON_token_expired;
	}
	return REASON_internal_fault;
}

static enum reason
check_policy(struct look *l)
{
	return l->c.pol >= l->v->keys->policy_floor ? REASON_none :
	    REASON_token_policy;
}

/* What is on the list counts even where the list itself is too old. */
static enum reason
check_revocation(struct look *l)
{
	const struct revocations *r = l->v->revocations;
	enum reason found = r->find(l->v->self, &l->c);

	if (found != REASON_none)
		return found;
	if (l->now >= later(r->next_update, ENFORCE_SKEW))
		return REASON_revocation_stale;
	if (r->version < l->v->keys->revocation_version)
		return REASON_revocation_old;
	return REASON_none;
}

/* Whoever holds the key in cnf; without one, the subject's own domain. */
static enum reason
check_presenter(struct look *l)
{
	const struct span sub = l->c.sub;

	if (cwt_has(&l->c, CWT_CNF)) {
		if (l->s->proof.len == 0)
			return REASON_token_presenter;
		return cose_check_detached(l->s->proof, &l->c.cnf,
		    l->s->proof_aad, l->s->proven) == ERR_OK ? REASON_none :
		    REASON_token_proof;
	}
	if (memcmp(sub.at, "vm:", 3) != 0 ||
	    !span_equal((struct span){ sub.at + 3, sub.len - 3 },
	    l->s->vm_id))
		return REASON_token_presenter;
	return REASON_none;
}

static enum reason
check_scope(struct look *l)
{
	struct span rest = l->c.scope, scope;

	while (scope_next(&rest, &scope))
		if (span_equal(scope, l->s->operation))
			return REASON_none;
	return REASON_token_scope;
}

static enum reason
check_arguments(struct look *l)
{
	uint8_t digest[SHA256_LEN];

	if (!cwt_has(&l->c, CWT_ARG))
		return REASON_none;
	if (sha256(&l->s->arguments, 1, digest) != ERR_OK)
		return REASON_crypto_selftest;
	return span_equal(SPAN(digest), l->c.arg) ? REASON_none :
	    REASON_token_arguments;
}

static enum reason
spend(struct look *l)
{
	switch (l->v->spend(l->v->self, l->c.jti.at, l->s->operation,
	    later(l->c.exp, ENFORCE_SKEW))) {
	case ERR_OK:
		return REASON_none;
	case ERR_STATE:
		return REASON_token_spent;
	case ERR_LIMIT:
		return REASON_limit_table;
	case ERR_MALFORMED:
	case ERR_DENIED:
	case ERR_AUTH:
	case ERR_NOT_FOUND:
	case ERR_BUSY:
	case ERR_HARDWARE:
	case ERR_INTERNAL:
		break;
	}
	return REASON_state_commit;
}

/* What a check needs besides the token and the keys. */
enum needs { NOTHING, OPERATION, ARGUMENTS, ITS_PLACE };

/* The protocol's order; what decides is the first that fails. */
static const struct step {
	const char	*name;
	enum reason	(*check)(struct look *l);
	enum needs	 needs;
} steps[] = {
	{ "shape",	check_shape,		NOTHING },
	{ "key",	check_key,		NOTHING },
	{ "window",	check_window,		NOTHING },
	{ "signature",	check_signature,	NOTHING },
	{ "issuer",	check_issuer,		NOTHING },
	{ "audience",	check_audience,		NOTHING },
	{ "time",	check_time,		NOTHING },
	{ "policy",	check_policy,		NOTHING },
	{ "revocation",	check_revocation,	ITS_PLACE },
	{ "presenter",	check_presenter,	ITS_PLACE },
	{ "scope",	check_scope,		OPERATION },
	{ "arguments",	check_arguments,	ARGUMENTS },
	{ "spent",	spend,			ITS_PLACE },
};

#define NSTEPS (sizeof(steps) / sizeof(steps[0]))

static enum reason
count(const struct verifier *v, enum reason r)
{
	v->counts[r]++;
	return r;
}

enum reason
enforce_token(const struct verifier *v, const struct showing *s, uint64_t now,
    struct cwt *out)
{
	struct look l = { .v = v, .s = s, .now = now };
	enum reason r = v->closed;

	for (size_t i = 0; i < NSTEPS && r == REASON_none; i++)
		r = steps[i].check(&l);
	if (r == REASON_none)
		*out = l.c;
	return count(v, r);
}

static bool
left_out(const struct step *step, const struct look *l)
{
	return step->needs == ITS_PLACE ||
	    (step->needs == OPERATION && l->s->operation.len == 0) ||
	    (step->needs == ARGUMENTS && l->s->arguments.at == NULL &&
	    cwt_has(&l->c, CWT_ARG));
}

enum reason
enforce_explain(const struct keyset *keys, struct span me,
    const struct showing *s, uint64_t now, explain_listener *tell, void *self)
{
	const struct verifier v = { .me = me, .keys = keys };
	struct look l = { .v = &v, .s = s, .now = now };
	enum reason r = REASON_none;

	for (size_t i = 0; i < NSTEPS && r == REASON_none; i++) {
		if (left_out(&steps[i], &l)) {
			tell(self, steps[i].name, CHECK_LEFT_OUT, r);
			continue;
		}
		r = steps[i].check(&l);
		tell(self, steps[i].name, r == REASON_none ? CHECK_PASSED :
		    CHECK_FAILED, r);
	}
	return r;
}

enum reason
enforce_request(const struct verifier *v, const struct msg *m,
    struct span vm_id, uint64_t now, struct cwt *out)
{
	const struct msg_enforce_req *q = &m->enforce_req;
	uint8_t body[16384];
	struct showing s = {
		.token = q->token, .operation = WIRE_SPAN(q->operation),
		.arguments = q->arguments, .vm_id = vm_id,
		.proof_aad = "anchorhold/1 enforce_req",
		.proven = { body, 0 },
	};

	if (m->type != MSG_enforce_req)
		return count(v, REASON_internal_fault);
	if (!span_equal(WIRE_SPAN(q->audience), v->me))
		return count(v, REASON_request_audience);
	if (q->has_proof)
		s.proof = WIRE_SPAN(q->proof);
	if (wire_encode_body(m, "proof", body, sizeof(body),
	    &s.proven.len) != ERR_OK)
		return count(v, REASON_message_malformed);
	return enforce_token(v, &s, now, out);
}
