/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unlocker/request.h"

#include <string.h>

#include "crypto/uuid.h"

#define SEED_LEN	32
#define NONCE_LEN	32
#define BODY_MAX	8192

/* The key that the token is bound to. */
static enum err
make_cnf(struct request *r, struct drbg *drbg)
{
	const struct span none = { NULL, 0 };

	TRY(secret_new(SEED_LEN, &r->seed));
	TRY(drbg_generate(drbg, none, secret_expose(r->seed), SEED_LEN));
	return signer_ed25519(r->seed, &r->signer);
}

static enum err
put_keys(struct request *r)
{
	struct msg_totp_validate_req *q = &r->msg.totp_validate_req;

	q->has_cnf = q->has_ephemeral_pubkey = true;
	TRY(cose_key_encode(&r->signer.key, q->cnf.at, &q->cnf.len));
	return cose_key_encode(&r->pair.key, q->ephemeral_pubkey.at,
	    &q->ephemeral_pubkey.len);
}

static enum err
put_names(struct msg_totp_validate_req *q, const struct asking *who)
{
	const struct span release = span_text(who->release);

	q->has_release = q->has_audience = q->has_requested_scope = true;
	q->audience.count = q->requested_scope.count = 1;
	TRY(WIRE_SET_TEXT(q->operator_id, span_text(who->operator)));
	TRY(WIRE_SET_TEXT(q->device_id, span_text(who->device)));
	TRY(WIRE_SET_TEXT(q->release, release));
	TRY(WIRE_SET_TEXT(q->requested_scope.at[0], release));
	return WIRE_SET_TEXT(q->audience.at[0], span_text(who->vm_id));
}

/* What is this request's only. */
static enum err
put_marks(struct msg_totp_validate_req *q, struct drbg *drbg, uint64_t now)
{
	const struct span none = { NULL, 0 };

	q->timestamp = (struct wire_time){ .seconds = now };
	TRY(uuid_make(drbg, q->request_id.at));
	q->request_id.len = UUID_TEXT - 1;
	TRY(drbg_generate(drbg, none, q->client_nonce.at, NONCE_LEN));
	q->client_nonce.len = NONCE_LEN;
	return ERR_OK;
}

/* Last: it is over all the rest. */
static enum err
prove(struct request *r)
{
	struct msg_totp_validate_req *q = &r->msg.totp_validate_req;
	uint8_t body[BODY_MAX];
	size_t len;
	enum err e = wire_encode_body(&r->msg, "cnf_proof", body,
	    sizeof(body), &len);

	if (e == ERR_OK)
		e = cose_sign_detached(&r->signer,
		    "anchorhold/1 totp_validate_req",
		    (struct span){ body, len }, q->cnf_proof.at,
		    sizeof(q->cnf_proof.at), &q->cnf_proof.len);
	explicit_bzero(body, sizeof(body));	/* the code is in it */
	q->has_cnf_proof = e == ERR_OK;
	return e;
}

enum err
request_make(struct request *r, const struct asking *who,
    const struct secret *code, struct drbg *drbg, uint64_t now)
{
	struct msg_totp_validate_req *q = &r->msg.totp_validate_req;

	*r = (struct request){ .msg.type = MSG_totp_validate_req };
	TRY(make_cnf(r, drbg));
	TRY(cose_pair_make(COSE_X25519, drbg, &r->pair));
	TRY(put_keys(r));
	TRY(put_names(q, who));
	TRY(put_marks(q, drbg, now));
	TRY(WIRE_SET_TEXT(q->totp_code, secret_span(code)));
	return prove(r);
}

void
request_drop(struct request *r)
{
	wire_wipe(&r->msg);
	secret_drop(&r->seed);
	cose_pair_drop(&r->pair);
}
