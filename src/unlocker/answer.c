/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/hash.h"
#include "enforce/verify.h"
#include "unlocker/request.h"

#define BODY_MAX 8192

void
answer_drop(struct answer *a)
{
	secret_drop(&a->passphrase);
}

static enum reason
check_signature(const struct keyset *keys, const struct msg *m, uint64_t now)
{
	uint8_t body[BODY_MAX];
	size_t len;

	if (wire_encode_body(m, "signature", body, sizeof(body), &len) !=
	    ERR_OK)
		return REASON_answer_signature;
	return enforce_answer(keys, WIRE_use_token,
	    "anchorhold/1 totp_validate_resp", (struct span){ body, len },
	    WIRE_SPAN(m->totp_validate_resp.signature), now);
}

static enum reason
check_request(const struct request *r, const struct msg_totp_validate_resp *p,
    const uint8_t hash[static SHA256_LEN])
{
	const struct msg_totp_validate_req *q = &r->msg.totp_validate_req;

	return span_equal(WIRE_SPAN(p->request_id),
	    WIRE_SPAN(q->request_id)) && memcmp(p->request.at, hash,
	    SHA256_LEN) == 0 ? REASON_none : REASON_answer_request;
}

/* It was signed this moment: nothing can have been revoked, nor spent. */
static enum reason
find_nothing(void *self, const struct cwt *c)
{
	(void)self;
	(void)c;
	return REASON_none;
}

static enum err
spend_nowhere(void *self, const uint8_t jti[static 16], struct span operation,
    uint64_t until)
{
	(void)self;
	(void)jti;
	(void)operation;
	(void)until;
	return ERR_OK;
}

/* Whose token it is, beyond what every verifier asks; our proof has shown
 * that it is bound to our key. */
static bool
is_mine(const struct cwt *c, const struct request *r, const char *operator)
{
	const struct msg_totp_validate_req *q = &r->msg.totp_validate_req;
	struct span sub = span_text(operator);

	return c->sub.len == 3 + sub.len &&
	    memcmp(c->sub.at, "op:", 3) == 0 &&
	    memcmp(c->sub.at + 3, sub.at, sub.len) == 0 &&
	    span_equal(c->nonce, WIRE_SPAN(q->client_nonce));
}

/* The token must open the door that it is for: ours, with our own proof. */
static enum reason
check_token(const struct request *r, const struct asking *who,
    const struct keyset *keys, struct span token, struct span hash,
    uint64_t now)
{
	static const char aad[] = "anchorhold/1 unlock";
	const struct revocations list = {
		.version = keys->revocation_version,
		.next_update = keys->next_update,
		.find = find_nothing,
	};
	uint64_t counts[REASONS] = { 0 };
	const struct verifier v = {
		.me = span_text(who->vm_id), .keys = keys,
		.revocations = &list, .spend = spend_nowhere,
		.counts = counts,
	};
	uint8_t proof[COSE_DETACHED_MAX];
	struct showing s = {
		.token = token, .operation = span_text(who->release),
		.proof = { proof, 0 }, .proof_aad = aad, .proven = hash,
	};
	struct cwt c;
	enum reason why;

	if (cose_sign_detached(&r->signer, aad, hash, proof, sizeof(proof),
	    &s.proof.len) != ERR_OK)
		return REASON_crypto_selftest;
	why = enforce_token(&v, &s, now, &c);
	if (why != REASON_none)
		return why;
	return is_mine(&c, r, who->operator) ? REASON_none :
	    REASON_answer_request;
}

/* What an answer of "ok" must bring. */
static enum reason
take_gifts(const struct request *r, const struct asking *who,
    const struct keyset *keys, const struct msg_totp_validate_resp *p,
    const uint8_t hash[static SHA256_LEN], uint64_t now, struct answer *out)
{
	enum reason why;

	if (!p->has_capability_token || !p->has_ephemeral_key)
		return REASON_answer_incomplete;
	why = check_token(r, who, keys, p->capability_token,
	    (struct span){ hash, SHA256_LEN }, now);
	if (why != REASON_none)
		return why;
	if (cose_unwrap(&r->pair, WIRE_SPAN(p->ephemeral_key), hash,
	    r->msg.totp_validate_req.request_id.at, &out->passphrase) !=
	    ERR_OK)
		return REASON_answer_wrapped;
	out->token = p->capability_token;
	return REASON_none;
}

enum reason
answer_check(const struct request *r, const struct asking *who,
    const uint8_t hash[static 32], const struct keyset *keys,
    const struct msg *m, uint64_t now, struct answer *out)
{
	const struct msg_totp_validate_resp *p = &m->totp_validate_resp;
	struct answer a OWNED(answer_drop) = { .result = p->result };
	enum reason why;

	why = check_signature(keys, m, now);
	if (why == REASON_none)
		why = check_request(r, p, hash);
	if (why == REASON_none && p->result == WIRE_totp_ok)
		why = take_gifts(r, who, keys, p, hash, now, &a);
	if (why != REASON_none)
		return why;
	/* A code that is unknown here is told as no reason. */
	if (p->has_reason && reason_find(WIRE_SPAN(p->reason),
	    &a.reason) != ERR_OK)
		a.reason = REASON_none;
	if (p->has_retry_after)
		a.retry_after = p->retry_after;
	*out = GIVE(a, (struct answer){ 0 });
	return REASON_none;
}
