/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/answer.h"

#include <stdio.h>

#include "cose/encrypt.h"

#define BODY_MAX 8192

static enum err
draft_totp(const struct msg_totp_validate_req *q, const struct effects *fx,
    struct msg *out)
{
	struct msg_totp_validate_resp *a = &out->totp_validate_resp;

	*out = (struct msg){ .type = MSG_totp_validate_resp };
	a->request_id = q->request_id;
	a->result = reason_totp(fx->told);
	if (fx->retry_after > 0) {
		a->has_retry_after = true;
		a->retry_after = fx->retry_after;
	}
	if (fx->grants) {
		a->has_expires_at = true;
		a->expires_at = fx->permit.exp;
	}
	if (fx->told == REASON_none)
		return ERR_OK;
	a->has_reason = true;
	return WIRE_SET_TEXT(a->reason, span_text(reason_code(fx->told)));
}

static enum err
draft_token(const struct msg_token_issue_req *q, const struct effects *fx,
    struct msg *out)
{
	struct msg_token_issue_resp *a = &out->token_issue_resp;

	*out = (struct msg){ .type = MSG_token_issue_resp };
	a->request_id = q->request_id;
	a->result = reason_token(fx->told);
	if (fx->grants) {
		a->has_expires_at = true;
		a->expires_at = fx->permit.exp;
	}
	if (fx->told == REASON_none)
		return ERR_OK;
	a->has_reason = true;
	return WIRE_SET_TEXT(a->reason, span_text(reason_code(fx->told)));
}

static enum err
draft_admin(const struct msg_admin_req *q, const struct effects *fx,
    struct msg *out)
{
	struct msg_admin_resp *a = &out->admin_resp;

	*out = (struct msg){ .type = MSG_admin_resp };
	a->request_id = q->request_id;
	a->result = reason_outcome(fx->told);
	if (fx->told == REASON_none)
		return ERR_OK;
	a->has_reason = true;
	return WIRE_SET_TEXT(a->reason, span_text(reason_code(fx->told)));
}

static enum err
draft_attest(const struct msg_attest_req *q, const struct effects *fx,
    struct msg *out)
{
	struct msg_attestation *a = &out->attestation;

	*out = (struct msg){ .type = MSG_attestation };
	a->request_id = q->request_id;
	a->subject_vm = q->subject_vm;
	a->subject_pubkey = q->subject_pubkey;
	a->action = q->action;
	a->nonce = q->nonce;
	a->issued_at = fx->permit.iat;
	a->expires_at = fx->permit.exp;
	return ERR_OK;
}

static const struct wire_uuid *
request_id(const struct msg *request)
{
	if (request->type == MSG_admin_req)
		return &request->admin_req.request_id;
	if (request->type == MSG_attest_req)
		return &request->attest_req.request_id;
	return request->type == MSG_totp_validate_req ?
	    &request->totp_validate_req.request_id :
	    &request->token_issue_req.request_id;
}

enum err
answer_draft(const struct msg *request, const struct effects *fx,
    struct msg *out)
{
	if (reason_error(fx->told) != WIRE_code_none) {
		reason_refuse(fx->told, request_id(request), out);
		out->error.has_retry_after = fx->retry_after > 0;
		out->error.retry_after = fx->retry_after;
		return ERR_OK;
	}
	if (request->type == MSG_totp_validate_req)
		return draft_totp(&request->totp_validate_req, fx, out);
	if (request->type == MSG_admin_req)
		return draft_admin(&request->admin_req, fx, out);
	/* token_issue_resp has no such result, attestation none at all. */
	if (reason_totp(fx->told) == WIRE_totp_replay ||
	    (request->type == MSG_attest_req && fx->told != REASON_none)) {
		reason_refuse(fx->told, request_id(request), out);
		return ERR_OK;
	}
	if (request->type == MSG_attest_req)
		return draft_attest(&request->attest_req, fx, out);
	return draft_token(&request->token_issue_req, fx, out);
}

static struct span
join_scopes(const struct wire_scopes *s, char out[static CWT_SCOPE_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (i > 0)
			out[len++] = ' ';
		memcpy(out + len, s->at[i].at, s->at[i].len);
		len += s->at[i].len;
	}
	return (struct span){ (const uint8_t *)out, len };
}

static enum err
make_token(const struct finisher *f, const struct owed *o, struct span *out)
{
	const struct permit *p = &o->permit;
	char scopes[CWT_SCOPE_MAX];
	struct cwt c = {
		.has = (p->has_cnf ? CWT_BIT(CWT_CNF) : 0) |
		    (p->has_arg ? CWT_BIT(CWT_ARG) : 0) |
		    (p->has_att ? CWT_BIT(CWT_ATT) : 0),
		.iss = span_text(f->issuer),
		.sub = span_text(p->sub),
		.jti = SPAN(o->jti),
		.scope = join_scopes(&p->scopes, scopes),
		.nonce = WIRE_SPAN(p->nonce),
		.arg = WIRE_SPAN(p->arg),
		.auds = p->audience.count,
		.iat = p->iat,
		.exp = p->exp,
		.pol = o->policy_version,
		.cnf = p->cnf,
		.att = { SPAN(p->ak), p->iat, p->reset },
	};

	for (size_t i = 0; i < p->audience.count; i++)
		c.aud[i] = WIRE_SPAN(p->audience.at[i]);
	out->at = f->token;
	return token_sign(f->signer, &c, f->token, &out->len);
}

static enum err
wrap_secret(const struct finisher *f, const struct owed *o,
    const uint8_t request[static 32], struct msg_totp_validate_resp *a)
{
	const struct volume *secret = state_volume(f->state,
	    WIRE_SPAN(o->release));

	if (secret == NULL)
		return ERR_INTERNAL;
	a->has_ephemeral_key = true;
	return cose_wrap(&o->wrap_to, secret_span(secret->value), request,
	    a->request_id.at, f->drbg, a->ephemeral_key.at,
	    sizeof(a->ephemeral_key.at), &a->ephemeral_key.len);
}

static enum err
sign_body(const struct signer *s, struct msg *m)
{
	static const char prefix[] = "anchorhold/1 ";
	struct wire_sig *sig = wire_signature(m);
	uint8_t body[BODY_MAX];
	char aad[sizeof(prefix) + 32];
	size_t len = 0;

	snprintf(aad, sizeof(aad), "%s%s", prefix, wire_name(m->type));
	TRY(wire_encode_body(m, "signature", body, sizeof(body), &len));
	return cose_sign_detached(s, aad, (struct span){ body, len },
	    sig->at, sizeof(sig->at), &sig->len);
}

enum err
answer_finish(const struct finisher *f, const struct owed *o,
    const uint8_t request[static 32], struct msg *out)
{
	struct wire_digest *hash = wire_request_hash(out);
	struct span token = { 0 };

	if (wire_signature(out) == NULL)
		return ERR_OK;		/* one that is not signed */
	if (hash != NULL) {
		hash->len = sizeof(hash->at);
		memcpy(hash->at, request, sizeof(hash->at));
	}
	if (o->token)
		TRY(make_token(f, o, &token));
	if (out->type == MSG_totp_validate_resp) {
		out->totp_validate_resp.has_capability_token = o->token;
		out->totp_validate_resp.capability_token = token;
		if (o->secret)
			TRY(wrap_secret(f, o, request,
			    &out->totp_validate_resp));
	} else if (out->type == MSG_token_issue_resp) {
		out->token_issue_resp.has_token = o->token;
		out->token_issue_resp.token = token;
	}
	return sign_body(f->signer, out);
}
