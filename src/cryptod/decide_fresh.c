/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cryptod/decide_int.h"

#include <stdio.h>

#include "cose/sign1.h"

/* With evidence; wire/ allows no more. */
#define REQUEST_BODY_MAX 204800

/* What cannot be told counts as seen. */
static bool
unseen(const struct view *v, enum seen_kind kind, struct span value)
{
	uint8_t digest[SEEN_DIGEST];

	return seen_digest(kind, v->vm_id, value, digest) == ERR_OK &&
	    !seen_find(&v->state->seen, digest, v->now);
}

enum reason
fresh_check(const struct view *v, const struct wire_uuid *id,
    const struct wire_nonce *nonce, const struct wire_time *timestamp)
{
	const uint64_t t = timestamp->seconds;
	const uint64_t apart = t > v->now ? t - v->now : v->now - t;

	/* In recovery nobody knows what time it is. */
	if (apart > v->policy->freshness && v->recovery == REASON_none)
		return REASON_request_stale;
	if (!unseen(v, SEEN_REQUEST, WIRE_SPAN(*id)))
		return REASON_request_repeated;
	if (!unseen(v, SEEN_NONCE, WIRE_SPAN(*nonce)))
		return REASON_request_nonce;
	return state_seen_room(v->state) > 0 ? REASON_none :
	    REASON_limit_table;
}

/* The proof is over the body without it, under the message's name. */
static enum err
check_proof(const struct msg *request, struct span proof,
    const struct cose_key *key)
{
	static const char prefix[] = "anchorhold/1 ";
	const char *field = request->type == MSG_attest_req ? "pubkey_proof" :
	    "cnf_proof";
	uint8_t body[REQUEST_BODY_MAX];
	char aad[sizeof(prefix) + 32];
	enum err e;
	size_t len = 0;

	snprintf(aad, sizeof(aad), "%s%s", prefix, wire_name(request->type));
	e = wire_encode_body(request, field, body, sizeof(body), &len);
	if (e == ERR_OK)
		e = cose_check_detached(proof, key, aad,
		    (struct span){ body, len });
	explicit_bzero(body, len);	/* it holds a code */
	return e;
}

enum err
holder_check(const struct msg *request, const struct holder *h,
    struct cose_key *out, enum reason *reason)
{
	*reason = REASON_none;
	if (h->key == NULL) {
		if (h->proof != NULL)
			*reason = REASON_request_proof;
		return ERR_OK;
	}
	if (cose_key_decode(WIRE_SPAN(*h->key), out) != ERR_OK ||
	    out->kind == COSE_X25519) {
		*reason = REASON_request_key;
		return ERR_OK;
	}
	if (h->proof == NULL) {
		*reason = REASON_request_proof;
		return ERR_OK;
	}
	switch (check_proof(request, WIRE_SPAN(*h->proof), out)) {
	case ERR_OK:
		return ERR_OK;
	case ERR_AUTH:
	case ERR_MALFORMED:
	case ERR_NOT_FOUND:
		*reason = REASON_request_proof;
		return ERR_OK;
	case ERR_DENIED:
	case ERR_STATE:
	case ERR_LIMIT:
	case ERR_BUSY:
	case ERR_HARDWARE:
	case ERR_INTERNAL:
		break;
	}
	return ERR_INTERNAL;
}
