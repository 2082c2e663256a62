/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/decide_int.h"

#include "cose/cwt.h"

static void
shorten(uint64_t *lifetime, uint64_t to)
{
	if (to < *lifetime)
		*lifetime = to;
}

/* A '*' in a rule is for what a scope may consist of, not for any bytes. */
static enum reason
check_acl(const struct view *v, struct span action, bool attested,
    uint64_t *lifetime)
{
	const struct msg_rule *r = scope_valid(action) ? state_rule(v->state,
	    WIRE_rule_vouch, v->vm_id, action) : NULL;

	if (r == NULL)
		return REASON_acl_action;
	if (r->has_lifetime)
		shorten(lifetime, r->lifetime);
	return attested || state_rule(v->state, WIRE_rule_attest, v->vm_id,
	    action) == NULL ? REASON_none : REASON_acl_attestation;
}

/* What was asked for, at most, and no longer than any key that may sign it
 * is good for. */
static enum reason
grant(const struct view *v, const struct msg_attest_req *q, struct permit *p)
{
	const struct key *key = state_signer(v->state, WIRE_use_token, v->now);
	uint64_t lifetime = q->lifetime;
	enum reason r = check_acl(v, WIRE_SPAN(q->action), p->has_att,
	    &lifetime);

	if (r != REASON_none)
		return r;
	if (key == NULL)
		return REASON_keys_pending;
	shorten(&lifetime, v->policy->token_lifetime);
	shorten(&lifetime, key->row.not_after - v->now);
	p->iat = v->now;
	p->exp = v->now + lifetime;
	return REASON_none;
}

static enum reason
check_asker(const struct view *v, const struct msg_attest_req *q)
{
	if (!span_equal(WIRE_SPAN(q->subject_vm), v->vm_id))
		return REASON_request_vm;
	return fresh_check(v, &q->request_id, &q->nonce, &q->timestamp);
}

enum err
decide_attest(const struct view *v, const struct msg *request,
    struct effects *out)
{
	const struct msg_attest_req *q = &request->attest_req;
	const struct holder holder = { &q->subject_pubkey, &q->pubkey_proof };

	*out = (struct effects){ 0 };
	out->reason = check_asker(v, q);
	if (out->reason == REASON_none) {
		out->seen = true;
		TRY(holder_check(request, &holder, &out->permit.cnf,
		    &out->reason));
		out->permit.has_cnf = out->reason == REASON_none;
	}
	if (out->reason == REASON_none)
		TRY(evidence_check(v, &(struct shown){
			.evidence = evidence_of(request),
			.key = &out->permit.cnf,
			.request_id = &q->request_id,
		    }, out));
	if (out->reason == REASON_none)
		out->reason = grant(v, q, &out->permit);
	out->told = out->reason;
	out->vouches = out->reason == REASON_none;
	return ERR_OK;
}
