/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Whether a command was decided by the officers: an act that is for this
 * appliance and still good, and approvals over its very bytes by as many
 * different officers as it takes.
 */

#include "cryptod/decide_int.h"

#include "cose/act.h"
#include "crypto/hash.h"
#include "wire/map.h"

/* Decoded, it is about this very request. */
static enum reason
check_shape(const struct msg_admin_req *q, struct msg *act)
{
	if (wire_decode_object(MSG_act, q->act, act) != ERR_OK ||
	    !span_equal(WIRE_SPAN(act->act.command),
	    WIRE_SPAN(q->command)) ||
	    !span_equal(act->act.arguments, q->arguments))
		return REASON_act_shape;
	return REASON_none;
}

static enum err
check_appliance(const struct view *v, const struct msg_act *a,
    enum reason *reason)
{
	const struct span key = WIRE_SPAN(v->state->appliance.root_key);
	uint8_t thumbprint[SHA256_LEN];

	TRY(sha256(&key, 1, thumbprint));
	if (!span_equal(SPAN(thumbprint), WIRE_SPAN(a->appliance)))
		*reason = REASON_act_appliance;
	return ERR_OK;
}

/* In recovery time is unknown, and an old copy of the state may not know what
 * was spent: there it is this very epoch or none. */
static enum reason
check_good(const struct view *v, const struct msg_act *a)
{
	const bool recovery = v->recovery != REASON_none;

	/* Counted back, an epoch to come is older than any. */
	if (recovery ? a->epoch != v->counter :
	    v->counter - a->epoch > STATE_ACT_EPOCHS ||
	    a->epoch < v->state->acts.acts_from)
		return REASON_act_epoch;
	if (state_act_spent(v->state, WIRE_SPAN(a->act_id)))
		return REASON_act_spent;
	if (!recovery && v->now >= a->expires_at)
		return REASON_act_expired;
	return REASON_none;
}

/* What is attached is named by its hash, or neither is there. */
static enum err
check_attachment(const struct msg_admin_req *q, enum reason *reason)
{
	uint8_t digest[SHA256_LEN];
	struct map_entry e;
	const bool named = map_find(q->arguments, "sha256", &e) == ERR_OK;

	if (named != q->has_attachment)
		*reason = REASON_act_attachment;
	if (!named || !q->has_attachment)
		return ERR_OK;
	TRY(sha256(&q->attachment, 1, digest));
	if (e.value.kind != ITEM_BYTES || !span_equal(SPAN(digest),
	    (struct span){ e.value.data, e.value.n }))
		*reason = REASON_act_attachment;
	return ERR_OK;
}

static enum err
check_approvals(const struct view *v, const struct msg_admin_req *q,
    struct act_seen *seen, enum reason *reason)
{
	const struct state *s = v->state;
	struct wire_key keys[STATE_OFFICERS];
	enum err e;

	for (size_t i = 0; i < s->nofficers; i++)
		keys[i] = s->officers[i].key;
	e = act_approvers(q->act, q->approvals.at, q->has_approvals ?
	    q->approvals.count : 0, keys, s->nofficers, &seen->officers);
	if (e == ERR_INTERNAL || e == ERR_STATE || e == ERR_LIMIT)
		return e;
	for (uint16_t left = seen->officers; left != 0; left &=
	    (uint16_t)(left - 1))
		seen->approvals++;
	if (e != ERR_OK)
		*reason = REASON_act_signature;
	else if (seen->approvals < s->acts.quorum)
		*reason = REASON_act_quorum;
	return ERR_OK;
}

static enum err
take_act(const struct msg_admin_req *q, const struct msg_act *a,
    struct act_seen *out)
{
	out->decoded = true;
	out->act_id = a->act_id;
	out->epoch = a->epoch;
	return sha256(&q->act, 1, out->digest);
}

/* In the order of what it costs. */
static enum err
check_act(const struct view *v, const struct msg_admin_req *q,
    struct effects *out)
{
	struct msg act;

	if (!v->state->has_acts)
		out->reason = REASON_act_officers;
	else if (!q->has_act)
		out->reason = REASON_act_missing;
	else
		out->reason = check_shape(q, &act);
	if (out->reason != REASON_none)
		return ERR_OK;
	TRY(take_act(q, &act.act, &out->act));
	TRY(check_appliance(v, &act.act, &out->reason));
	if (out->reason == REASON_none)
		out->reason = check_good(v, &act.act);
	if (out->reason == REASON_none)
		TRY(check_attachment(q, &out->reason));
	if (out->reason == REASON_none)
		TRY(check_approvals(v, q, &out->act, &out->reason));
	return ERR_OK;
}

enum err
decide_act(const struct view *v, const struct msg *request,
    struct effects *out)
{
	const struct msg_admin_req *q = &request->admin_req;

	*out = (struct effects){ 0 };
	out->reason = fresh_check(v, &q->request_id, &q->nonce,
	    &q->timestamp);
	out->seen = out->reason == REASON_none;
	out->act.command = deed_name(WIRE_SPAN(q->command));
	if (out->seen && out->act.command == NULL)
		out->reason = REASON_admin_command;
	if (out->reason == REASON_none)
		TRY(check_act(v, q, out));
	if (out->reason == REASON_none)
		out->reason = deed_decide(v, q, &out->deed, &out->act.line);
	if (out->reason != REASON_none)
		out->deed = (struct deed){ .kind = DEED_NONE };
	out->told = out->reason;
	return ERR_OK;
}
