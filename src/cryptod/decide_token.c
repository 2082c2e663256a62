/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/decide_int.h"

static enum reason
check_asker(const struct view *v, const struct msg_token_issue_req *q)
{
	if (!span_equal(WIRE_SPAN(q->vm_id), v->vm_id))
		return REASON_request_vm;
	return fresh_check(v, &q->request_id, &q->nonce, &q->timestamp);
}

enum err
decide_token(const struct view *v, const struct msg *request,
    struct effects *out)
{
	const struct msg_token_issue_req *q = &request->token_issue_req;
	const struct holder holder = {
		.key = q->has_cnf ? &q->cnf : NULL,
		.proof = q->has_cnf_proof ? &q->cnf_proof : NULL,
	};
	const struct ask ask = {
		.scopes = &q->requested_scope,
		.audience = q->has_audience ? &q->audience : NULL,
		.nonce = &q->nonce,
		.arg = q->has_arg ? &q->arg : NULL,
	};

	*out = (struct effects){ 0 };
	out->reason = check_asker(v, q);
	if (out->reason == REASON_none) {
		out->seen = true;
		TRY(holder_check(request, &holder, &out->permit.cnf,
		    &out->reason));
	}
	if (out->reason == REASON_none)
		TRY(evidence_check(v, &(struct shown){
			.evidence = evidence_of(request),
			.key = q->has_cnf ? &out->permit.cnf : NULL,
			.request_id = &q->request_id,
		    }, out));
	if (out->reason == REASON_none)
		out->reason = permit_check(v, &ask, &out->permit);
	out->told = out->reason;
	out->grants = out->reason == REASON_none;
	out->permit.has_cnf = q->has_cnf;
	return ERR_OK;
}
