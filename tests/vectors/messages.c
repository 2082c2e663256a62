/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/vectors/protocol.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "cose/encrypt.h"
#include "crypto/hash.h"
#include "enforce/verify.h"
#include "link/frame.h"
#include "tests/careless.h"
#include "wire/wire.h"

/* The frames among the known answers: messages and what they carry. */

struct aad
aad_of(const char *name)
{
	struct aad aad;

	(void)!snprintf(aad.at, sizeof(aad.at), "anchorhold/1 %s", name);
	return aad;
}

bool
same_signature(struct tally *t, const struct pair *p,
    enum sign1_profile profile, const char *aad, struct span payload,
    struct span want)
{
	struct bytes out OWNED(bytes_drop) = bytes_new(want.len + 64);
	struct secret *seed OWNED(secret_drop) = NULL;
	struct signer s;
	size_t len = 0;

	if (!p->has_private || p->key.kind != COSE_ED25519)
		return true;
	return worked(t, "seed", secret_copy(SPAN(p->private), &seed)) &&
	    worked(t, "signer", signer_ed25519(seed, &s)) &&
	    worked(t, "sign", cose_sign(&s, profile, aad, payload, out.at,
	    out.len, &len)) && same(t, "the signature",
	    (struct span){ out.at, len }, want);
}

/* A detached signature by the key that its kid names. */
static bool
detached_as_told(struct tally *t, struct span sig, const char *name,
    struct span payload)
{
	struct aad aad = aad_of(name);
	const struct pair *p;
	struct sign1 s;

	if (!worked(t, "parse", cose_sign1_parse(sig, SIGN1_DETACHED, &s)))
		return false;
	p = learnt_pair(s.kid);
	if (p == NULL) {
		failed(t, "signed by a key that no case has");
		return false;
	}
	return worked(t, "verify", cose_check_detached(sig, &p->key, aad.at,
	    payload)) && same_signature(t, p, SIGN1_DETACHED, aad.at,
	    payload, sig);
}

/* The signature in one field of a message, over the rest of it. */
static bool
field_as_told(struct tally *t, const struct msg *m, const char *field,
    struct span sig)
{
	static uint8_t rest[WIRE_MAX];
	size_t len = 0;

	return worked(t, "encode", wire_encode_body(m, field, rest,
	    sizeof(rest), &len)) && detached_as_told(t, sig,
	    wire_name(m->type), (struct span){ rest, len });
}

/* Whoever proves holds the key that is named as cnf. */
static bool
proof_as_told(struct tally *t, const struct msg *m, const char *field,
    struct span proof, struct span cnf)
{
	struct cose_key key;
	uint8_t kid[COSE_KID_LEN];
	struct sign1 s;

	return worked(t, "cnf", cose_key_decode(cnf, &key)) &&
	    worked(t, "kid", cose_key_kid(&key, kid)) &&
	    worked(t, "parse", cose_sign1_parse(proof, SIGN1_DETACHED, &s)) &&
	    same(t, "the kid", s.kid, SPAN(kid)) &&
	    field_as_told(t, m, field, proof);
}

bool
token_as_told(struct tally *t, struct span token, struct cwt *c)
{
	const struct pair *p;
	struct sign1 s;

	if (!worked(t, "token", token_parse(token, &s, c)))
		return false;
	p = learnt_pair(s.kid);
	if (p == NULL) {
		failed(t, "a token by a key that no case has");
		return false;
	}
	return worked(t, "verify", cose_sign1_verify(&s, &p->key,
	    (struct span){ 0 }, (struct span){ 0 })) &&
	    same_signature(t, p, SIGN1_TOKEN, "", s.payload, token);
}

/* What only some messages have. */
static bool
totp_req_as_told(struct tally *t, const struct msg *m)
{
	const struct msg_totp_validate_req *q = &m->totp_validate_req;

	return !q->has_cnf_proof || proof_as_told(t, m, "cnf_proof",
	    WIRE_SPAN(q->cnf_proof), WIRE_SPAN(q->cnf));
}

static bool
issue_req_as_told(struct tally *t, const struct msg *m)
{
	const struct msg_token_issue_req *q = &m->token_issue_req;

	return !q->has_cnf_proof || proof_as_told(t, m, "cnf_proof",
	    WIRE_SPAN(q->cnf_proof), WIRE_SPAN(q->cnf));
}

bool
wrapped_as_told(struct tally *t, struct span wrapped, struct span id,
    const uint8_t request[static 32], struct span want)
{
	const struct pair *p;

	for (size_t i = 0; (p = learnt_pair_at(i)) != NULL; i++) {
		struct cose_pair to OWNED(cose_pair_drop) = { .priv = NULL };
		struct secret *private OWNED(secret_drop) = NULL;
		struct secret *got OWNED(secret_drop) = NULL;

		if (p->key.kind == COSE_ED25519 ||
		    secret_copy(SPAN(p->private), &private) != ERR_OK ||
		    cose_pair_of(p->key.kind, &private, &to) != ERR_OK ||
		    id.len != COSE_REQUEST_ID_LEN || cose_unwrap(&to, wrapped,
		    request, (const char *)id.at, &got) != ERR_OK)
			continue;
		return want.len == 0 || same(t, "the secret",
		    secret_span(got), want);
	}
	failed(t, "no key of any case opens the secret");
	return false;
}

static bool
totp_resp_as_told(struct tally *t, const struct msg *m)
{
	const struct msg_totp_validate_resp *a = &m->totp_validate_resp;
	struct span id = WIRE_SPAN(a->request_id);
	struct bytes secret OWNED(bytes_drop) = learnt_secret(id);
	uint8_t request[32];
	struct cwt c;

	if (learnt_request(id, request) && !same(t, "the request",
	    WIRE_SPAN(a->request), SPAN(request)))
		return false;
	if (a->has_capability_token &&
	    !token_as_told(t, a->capability_token, &c))
		return false;
	return !a->has_ephemeral_key || wrapped_as_told(t,
	    WIRE_SPAN(a->ephemeral_key), id, a->request.at, span_of(secret));
}

static bool
issue_resp_as_told(struct tally *t, const struct msg *m)
{
	const struct msg_token_issue_resp *a = &m->token_issue_resp;
	uint8_t request[32];
	struct cwt c;

	if (learnt_request(WIRE_SPAN(a->request_id), request) && !same(t,
	    "the request", WIRE_SPAN(a->request), SPAN(request)))
		return false;
	return !a->has_token || token_as_told(t, a->token, &c);
}

/* The keys that some case has published for this issuer. */
static bool
find_keys(struct span issuer, uint64_t now, struct keyset *keys)
{
	struct span object;
	const struct pair *root;
	struct sign1 s;

	for (size_t i = 0; (object = learnt_object_at(i)).len > 0; i++)
		if (cose_sign1_parse(object, SIGN1_EMBEDDED, &s) == ERR_OK &&
		    (root = learnt_pair(s.kid)) != NULL &&
		    enforce_keys_load(object, &root->key, issuer, 0, now,
		    keys) == REASON_none)
			return true;
	return false;
}

/* What the verifier of that name says at the time of the request; nothing is
 * revoked and nothing was spent. */
static enum reason
verdict(const struct msg *m, const struct cwt *claims)
{
	const struct msg_enforce_req *q = &m->enforce_req;
	uint64_t now = q->timestamp.seconds;
	uint64_t counts[REASONS] = { 0 };
	struct keyset keys;
	const struct revocations list = { UINT64_MAX, UINT64_MAX,
	    careless_find };
	const struct verifier v = {
		.me = WIRE_SPAN(q->audience),
		.keys = &keys,
		.revocations = &list,
		.spend = careless_spend,
		.counts = counts,
	};
	struct cwt c;

	if (!find_keys(claims->iss, now, &keys))
		return REASON_token_key;
	return enforce_request(&v, m, (struct span){ 0 }, now, &c);
}

/* A good token and a good proof, shown to the verifier that audience names,
 * who is one of those that the token is for, or not. */
static bool
enforce_as_told(struct tally *t, const struct msg *m, bool refuse)
{
	const struct msg_enforce_req *q = &m->enforce_req;
	uint8_t cnf[COSE_KEY_MAX];
	size_t len = 0;
	struct cwt c;
	enum reason why;

	if (!token_as_told(t, q->token, &c))
		return false;
	if (q->has_proof && (!worked(t, "cnf", cose_key_encode(&c.cnf, cnf,
	    &len)) || !proof_as_told(t, m, "proof", WIRE_SPAN(q->proof),
	    (struct span){ cnf, len })))
		return false;
	why = verdict(m, &c);
	if (why != (refuse ? REASON_token_audience : REASON_none)) {
		failed(t, "the verdict is %s", reason_code(why));
		return false;
	}
	return true;
}

static bool
message_as_told(struct tally *t, struct msg *m, const json_t *c)
{
	const struct wire_sig *sig = wire_signature(m);

	if (sig != NULL && !field_as_told(t, m, "signature", WIRE_SPAN(*sig)))
		return false;
	switch ((unsigned)m->type) {
	case MSG_totp_validate_req:
		return totp_req_as_told(t, m);
	case MSG_token_issue_req:
		return issue_req_as_told(t, m);
	case MSG_totp_validate_resp:
		return totp_resp_as_told(t, m);
	case MSG_token_issue_resp:
		return issue_resp_as_told(t, m);
	case MSG_enforce_req:
		return enforce_as_told(t, m,
		    strstr(text_of(c, "name"), "refused") != NULL);
	default:
		return true;
	}
}

static bool
body_as_told(struct tally *t, struct span envelope, const json_t *c)
{
	struct bytes want OWNED(bytes_drop) = hex_of(c, "body");
	struct bytes want_hash OWNED(bytes_drop) = hex_of(c, "request_hash");
	struct span body;
	uint8_t hash[32];

	return worked(t, "body", wire_body(envelope, &body)) &&
	    worked(t, "hash", sha256(&body, 1, hash)) &&
	    (want.len == 0 || same(t, "the body", body, span_of(want))) &&
	    (want_hash.len == 0 || same(t, "the request's hash", SPAN(hash),
	    span_of(want_hash)));
}

void
run_frame(struct tally *t, const json_t *c)
{
	struct bytes frame OWNED(bytes_drop) = hex_of(c, "frame");
	struct bytes out OWNED(bytes_drop) = bytes_new(frame.len + FRAME_HEAD);
	struct span envelope;
	size_t whole = 0, len = 0;
	struct msg m;

	if (!worked(t, "frame", frame_parse(span_of(frame), FRAME_MAX,
	    &envelope, &whole)) ||
	    !worked(t, "decode", wire_decode(envelope, &m)) ||
	    !worked(t, "encode", wire_encode(&m, out.at + FRAME_HEAD,
	    out.len - FRAME_HEAD, &len)))
		return;
	frame_head(len, out.at);
	if (same(t, "the frame", (struct span){ out.at, FRAME_HEAD + len },
	    span_of(frame)) && body_as_told(t, envelope, c) &&
	    message_as_told(t, &m, c))
		passed(t);
}
