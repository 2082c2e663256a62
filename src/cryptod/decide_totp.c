/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/decide_int.h"

#include "cryptod/code.h"

/*
 * Who is not there costs what a wrong code costs: a code of this secret is
 * computed for each step and never taken.
 */
static const uint8_t nobody[20];

/* Whose code this is said to be. */
struct claimant {
	const struct device	*device;	/* NULL: nobody's */
	struct span		 bucket;	/* empty: nobody's */
	enum reason		 unknown;	/* what is not known of them */
};

static enum reason
check_release(const struct msg_totp_validate_req *q)
{
	if (!q->has_release)
		return REASON_none;
	if (!q->has_ephemeral_pubkey || !q->has_requested_scope)
		return REASON_request_shape;
	for (size_t i = 0; i < q->requested_scope.count; i++)
		if (strcmp(q->requested_scope.at[i].at, q->release.at) == 0)
			return REASON_none;
	return REASON_request_shape;
}

static enum reason
check_wrap(const struct msg_totp_validate_req *q, struct cose_key *out)
{
	if (!q->has_ephemeral_pubkey)
		return REASON_none;
	if (cose_key_decode(WIRE_SPAN(q->ephemeral_pubkey), out) != ERR_OK ||
	    out->kind == COSE_ED25519)
		return REASON_request_key;
	return REASON_none;
}

/* All that can be said without looking at who it is. */
static enum err
check_form(const struct view *v, const struct msg *request,
    struct effects *out)
{
	const struct msg_totp_validate_req *q = &request->totp_validate_req;
	const struct holder holder = {
		.key = q->has_cnf ? &q->cnf : NULL,
		.proof = q->has_cnf_proof ? &q->cnf_proof : NULL,
	};

	TRY(holder_check(request, &holder, &out->permit.cnf, &out->reason));
	if (out->reason != REASON_none)
		return ERR_OK;
	out->permit.has_cnf = q->has_cnf;
	TRY(evidence_check(v, &(struct shown){
		.evidence = evidence_of(request),
		.key = q->has_cnf ? &out->permit.cnf : NULL,
		.request_id = &q->request_id,
	    }, out));
	if (out->reason != REASON_none)
		return ERR_OK;
	if ((q->has_totp_code_next && (q->has_requested_scope ||
	    q->has_release)) || (q->has_requested_scope && !q->has_cnf))
		out->reason = REASON_request_shape;
	else if ((out->reason = check_release(q)) == REASON_none)
		out->reason = check_wrap(q, &out->wrap_to);
	return ERR_OK;
}

/* An operator whose codes are not taken on this channel is nobody here. */
static struct claimant
find_claimant(const struct view *v, const struct msg_totp_validate_req *q)
{
	const struct span id = WIRE_SPAN(q->operator_id);
	const struct msg_operator *o = state_operator(v->state, id);
	const struct device *d = state_device(v->state, id,
	    WIRE_SPAN(q->device_id));

	if (o == NULL || !o->enabled || state_rule(v->state,
	    WIRE_rule_channel, id, v->vm_id) == NULL)
		return (struct claimant){ .unknown = REASON_totp_operator };
	if (d == NULL)
		return (struct claimant){ .unknown = REASON_totp_device };
	return (struct claimant){ d, id, REASON_none };
}

/* The count of this channel and claimant, as it is before the verdict. */
static enum err
check_throttle(const struct view *v, const struct claimant *who,
    struct effects *out)
{
	const struct msg_failures *own = state_failures(v->state, v->vm_id,
	    who->bucket);

	if (own != NULL)
		out->failures = *own;
	TRY(WIRE_SET_TEXT(out->failures.channel, v->vm_id));
	TRY(WIRE_SET_TEXT(out->failures.operator, who->bucket));
	out->reason = throttle_check(v->state, v->vm_id, who->bucket,
	    &v->policy->throttle, v->now, &out->retry_after);
	return ERR_OK;
}

static enum hash_alg
hash_of(enum wire_hash h)
{
	return h == WIRE_hash_sha512 ? HASH_SHA512 :
	    h == WIRE_hash_sha256 ? HASH_SHA256 : HASH_SHA1;
}

static enum err
find_code(const struct view *v, const struct device *d,
    const struct msg_totp_validate_req *q, struct code_found *found)
{
	const struct code_key key = {
		.alg = d != NULL ? hash_of(d->row.alg) : HASH_SHA1,
		.digits = d != NULL ? (unsigned)d->row.digits : 6,
		.secret = d != NULL ? secret_span(d->secret) : SPAN(nobody),
	};
	const uint64_t step = v->now / (d != NULL ? d->row.step : 30);
	const uint64_t ahead = d != NULL ? d->row.offset : STATE_OFFSET_BIAS;
	struct code_window in;

	if (q->has_totp_code_next) {
		in = code_window(step, RESYNC_STEPS);
		return code_find_pair(&key, in, WIRE_SPAN(q->totp_code),
		    WIRE_SPAN(q->totp_code_next), found);
	}
	in = code_window(step + ahead - STATE_OFFSET_BIAS,
	    (unsigned)v->policy->window);
	return code_find(&key, in, WIRE_SPAN(q->totp_code), found);
}

/* A pair spends both of its steps, so the first one must be unspent too. */
static int
is_spent(const struct device *d, const struct msg_totp_validate_req *q,
    uint64_t step)
{
	return step <= d->row.floor ||
	    (q->has_totp_code_next && step - 1 <= d->row.floor);
}

/*
 * After an unclean start nobody knows whether the step was spent.  The seconds
 * until this device shows one that was not; 0 where it was spent all right.
 */
static uint64_t
held_for(const struct view *v, const struct device *d,
    const struct msg_totp_validate_req *q, uint64_t step)
{
	const struct msg_device *row = &d->row;
	const uint64_t ahead = q->has_totp_code_next ?
	    step + STATE_OFFSET_BIAS - v->now / row->step : row->offset;
	const uint64_t until = (row->floor + 1 + STATE_OFFSET_BIAS - ahead) *
	    row->step;

	return row->has_restart && row->restart && until > v->now ?
	    until - v->now : 0;
}

static void
judge_spent(const struct view *v, const struct device *d,
    const struct msg_totp_validate_req *q, uint64_t step, struct effects *out)
{
	const bool here = span_equal(WIRE_SPAN(d->row.floor_channel),
	    v->vm_id);

	out->retry_after = held_for(v, d, q, step);
	if (out->retry_after > 0)
		out->reason = REASON_totp_restart;
	else
		out->reason = step == d->row.floor && here ?
		    REASON_totp_replayed : REASON_totp_spent;
}

/* A success forgets them. */
static void
clear_failures(struct msg_failures *f, bool *counts)
{
	*counts = f->total > 0;
	f->times.len = 0;
	f->level = f->total = f->wait_until = 0;
}

static void
judge_code(const struct view *v, const struct claimant *who,
    const struct msg_totp_validate_req *q, const struct code_found *found,
    struct effects *out)
{
	const struct device *d = who->device;

	if (d == NULL || !found->found) {
		out->reason = d == NULL ? who->unknown : REASON_totp_wrong;
		return;
	}
	if (is_spent(d, q, found->step)) {
		judge_spent(v, d, q, found->step, out);
		return;
	}
	out->spends = true;
	out->spend = (struct spend){
		.operator_id = q->operator_id,
		.device_id = q->device_id,
		.step = found->step,
		.ahead = q->has_totp_code_next ? found->step +
		    STATE_OFFSET_BIAS - v->now / d->row.step : d->row.offset,
	};
	clear_failures(&out->failures, &out->counts);
}

/*
 * Right or wrong, spent or not: one count, one answer for what is not.  That
 * a code is held is told to those alone who have a right one: to all others
 * it would say who exists, and what device they have.
 */
static enum err
check_code(const struct view *v, const struct msg_totp_validate_req *q,
    const struct claimant *who, struct effects *out)
{
	struct code_found found;

	TRY(find_code(v, who->device, q, &found));
	judge_code(v, who, q, &found, out);
	if (out->reason == REASON_none || out->reason == REASON_totp_restart)
		return ERR_OK;
	out->counts = true;
	throttle_fail(&out->failures, &v->policy->throttle, v->now);
	out->told = out->reason == REASON_totp_replayed ?
	    REASON_totp_replayed : REASON_totp_refused;
	return ERR_OK;
}

static enum reason
check_secret(const struct view *v, struct span name)
{
	if (state_rule(v->state, WIRE_rule_release, v->vm_id, name) == NULL)
		return REASON_acl_release;
	return state_volume(v->state, name) != NULL ? REASON_none :
	    REASON_secret_unknown;
}

static void
check_permit(const struct view *v, const struct msg_totp_validate_req *q,
    struct effects *out)
{
	const struct ask ask = {
		.operator_id = WIRE_SPAN(q->operator_id),
		.scopes = &q->requested_scope,
		.audience = q->has_audience ? &q->audience : NULL,
		.nonce = &q->client_nonce,
		.arg = q->has_arg ? &q->arg : NULL,
	};

	if (!q->has_requested_scope)
		return;
	out->reason = permit_check(v, &ask, &out->permit);
	if (out->reason == REASON_none && q->has_release)
		out->reason = check_secret(v, WIRE_SPAN(q->release));
	if (out->reason != REASON_none)
		return;
	out->grants = true;
	out->releases = q->has_release;
	out->release = q->release;
}

static enum err
decide(const struct view *v, const struct msg *request, struct effects *out)
{
	const struct msg_totp_validate_req *q = &request->totp_validate_req;
	struct claimant who;

	out->reason = fresh_check(v, &q->request_id, &q->client_nonce,
	    &q->timestamp);
	if (out->reason != REASON_none)
		return ERR_OK;
	out->seen = true;
	if (!state_rule_any(v->state, WIRE_rule_channel, v->vm_id)) {
		out->reason = REASON_acl_channel;
		return ERR_OK;
	}
	TRY(check_form(v, request, out));
	if (out->reason != REASON_none)
		return ERR_OK;
	who = find_claimant(v, q);
	TRY(check_throttle(v, &who, out));
	if (out->reason != REASON_none)
		return ERR_OK;
	TRY(check_code(v, q, &who, out));
	if (out->reason == REASON_none)
		check_permit(v, q, out);
	return ERR_OK;
}

enum err
decide_totp(const struct view *v, const struct msg *request,
    struct effects *out)
{
	*out = (struct effects){ 0 };
	TRY(decide(v, request, out));
	if (out->told == REASON_none)
		out->told = out->reason;
	return ERR_OK;
}
