/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/decide_int.h"

#include "attest/evidence.h"
#include "crypto/hash.h"

struct span
evidence_of(const struct msg *request)
{
	const struct msg_totp_validate_req *t = &request->totp_validate_req;
	const struct msg_token_issue_req *i = &request->token_issue_req;
	const struct msg_attest_req *a = &request->attest_req;

	if (request->type == MSG_totp_validate_req && t->has_attestation_chain)
		return t->attestation_chain.at[0];
	if (request->type == MSG_token_issue_req && i->has_attestation)
		return i->attestation;
	if (request->type == MSG_attest_req && a->has_attestation)
		return a->attestation;
	return (struct span){ 0 };
}

/* The thumbprint of the holder's key, and the request. */
static enum err
bind(const struct shown *s, uint8_t room[static EVIDENCE_BOUND_MAX],
    struct span *bound)
{
	uint8_t thumb[SHA256_LEN];
	struct span cnf = { 0 };

	if (s->key != NULL) {
		TRY(cose_key_thumbprint(s->key, thumb));
		cnf = SPAN(thumb);
	}
	return evidence_bind_request(cnf, s->request_id->at, room, bound);
}

/* False when it is for another TPM than the one that is enrolled. */
static bool
find_reference(const struct view *v, const struct msg_vm *vm,
    struct reference *room, struct appraise_case *c)
{
	if (vm == NULL)
		return false;
	if (v->references == NULL ||
	    references_find(v->references, v->vm_id, room) != ERR_OK)
		return true;
	c->reference = room;
	return span_equal(SPAN(room->ak_name), WIRE_SPAN(vm->ak_name));
}

static struct appraised
last_of(const struct msg_vm *vm)
{
	return (struct appraised){ .seen = vm->has_reset,
		.clock_ms = vm->clock, .reset_count = (uint32_t)vm->reset,
		.restart_count = (uint32_t)vm->restart,
		.unsafe = vm->unsafe, .accepted = vm->has_accept,
		.accept = (uint32_t)vm->accept };
}

/* Who answers no open challenge is told so, unless it is no quote at all. */
static enum reason
judge(const struct appraise_case *c, const struct appraisal *a)
{
	if (c->challenge.len > 0 || a->step[APPRAISE_ak] != APPRAISE_PASSED ||
	    a->step[APPRAISE_type] != APPRAISE_PASSED)
		return appraisal_reason(a);
	return span_equal(c->bound, c->evidence->bound) ?
	    REASON_quote_challenge : REASON_quote_bound;
}

static enum err
take(const struct msg_vm *vm, const struct appraisal *a,
    struct effects *out)
{
	const struct span name = WIRE_SPAN(vm->ak_name);

	out->appraised = a->next;
	out->permit.has_att = true;
	return sha256(&name, 1, out->permit.ak);
}

/* Until it has been read nothing was proven. */
static void
want_log(const struct appraise_case *c, struct appraiser_wanted *out)
{
	const struct evidence *e = c->evidence;

	out->log = e->event_log;
	out->rules = c->reference->rules;
	out->alg = e->alg;
	out->len = reference_by_log(c->reference, (struct span){ e->values,
	    e->values_len }, out->values, &out->mask).len;
}

/* Whoever was to read the log was lost over it, or before. */
static bool
is_lost(const struct view *v)
{
	return v->read != NULL && v->read->reason != REASON_none;
}

enum err
evidence_check(const struct view *v, const struct shown *s,
    struct effects *out)
{
	const struct msg_vm *vm = state_vm(v->state, v->vm_id);
	uint8_t room[EVIDENCE_BOUND_MAX];
	struct reference reference;
	struct appraised last;
	struct evidence e;
	struct appraise_case c = { .evidence = &e, .vm_id = v->vm_id,
		.challenge = v->challenge, .last = &last,
		.log = v->read != NULL ? &v->read->log : NULL };
	struct appraisal a;

	if (s->evidence.len == 0)
		return ERR_OK;
	out->reason = REASON_evidence_shape;
	if (evidence_read(s->evidence, &e) != ERR_OK)
		return ERR_OK;
	out->reason = REASON_quote_ak;
	if (!find_reference(v, vm, &reference, &c))
		return ERR_OK;
	TRY(bind(s, room, &c.bound));
	last = last_of(vm);
	appraise(&c, &a);
	out->reason = judge(&c, &a);
	out->permit.reset = a.quote.reset_count;
	out->waits = appraisal_wants_log(&c, &a);
	if (out->waits)
		want_log(&c, &out->log);
	if (is_lost(v) && out->reason == REASON_quote_undone)
		out->reason = v->read->reason;
	return out->reason == REASON_none ? take(vm, &a, out) : ERR_OK;
}
