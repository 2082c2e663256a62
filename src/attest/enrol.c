/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/enrol.h"

#include "attest/credential.h"
#include "base/own.h"
#include "base/secret.h"
#include "crypto/hash.h"

/* What is drawn for a challenge; nobody has it afterwards but that TPM. */
struct draw {
	struct credential_random	random;
	struct credential		credential;
	uint8_t				secret[ENROL_SECRET];
};

static void
draw_drop(struct draw *d)
{
	explicit_bzero(d, sizeof(*d));
}

enum err
enrol_ak(const struct attest_public *ak)
{
	return attest_is_ak(ak) && ak->type == ATTEST_ECC &&
	    ak->scheme == ATTEST_ECDSA && ak->hash == ATTEST_SHA256 ?
	    ERR_OK : ERR_DENIED;
}

enum err
enrol_proof(const uint8_t secret[static ENROL_SECRET], struct span vm_id,
    const uint8_t name[static ATTEST_NAME_LEN], const uint8_t ek[static 32],
    uint8_t out[static ENROL_PROOF])
{
	static const uint8_t end[1];
	const struct span parts[] = {
		span_text("anchorhold/1 enrol"), vm_id, SPAN(end),
		{ name, ATTEST_NAME_LEN }, { ek, 32 },
	};

	return hmac(HASH_SHA256, (struct span){ secret, ENROL_SECRET }, parts,
	    5, out);
}

enum err
enrol_request_read(struct span bytes, struct enrol_request *out)
{
	struct msg m;

	TRY(wire_decode_object(MSG_vm_request, bytes, &m));
	TRY(attest_public_read(m.vm_request.ek, &out->ek));
	TRY(attest_public_read(m.vm_request.ak, &out->ak));
	TRY(sha256(&m.vm_request.ek, 1, out->ek_digest));
	out->vm_id = m.vm_request.vm_id;
	out->certificate = m.vm_request.certificate;
	TRY(credential_ek(&out->ek));
	return enrol_ak(&out->ak);
}

static enum err
write_challenge(const struct enrol_request *r, const struct credential *c,
    struct enrol_challenge *out)
{
	struct msg m = { .type = MSG_vm_challenge };
	struct msg_vm_challenge *to = &m.vm_challenge;

	to->version = 1;
	to->vm_id = r->vm_id;
	TRY(WIRE_SET_BYTES(to->ek, SPAN(r->ek_digest)));
	TRY(WIRE_SET_BYTES(to->ak_name, SPAN(r->ak.name)));
	TRY(WIRE_SET_BYTES(to->id_object,
	    ((struct span){ c->id_object, c->id_len })));
	TRY(WIRE_SET_BYTES(to->enc_secret,
	    ((struct span){ c->seed, c->seed_len })));
	return wire_encode_object(&m, out->bytes, sizeof(out->bytes),
	    &out->len);
}

enum err
enrol_challenge_make(const struct enrol_request *r, struct drbg *d,
    struct enrol_challenge *out)
{
	struct draw draw OWNED(draw_drop) = { };
	uint8_t proof[ENROL_PROOF];

	TRY(credential_draw(d, &draw.random));
	TRY(drbg_generate(d, (struct span){ 0 }, draw.secret,
	    sizeof(draw.secret)));
	TRY(credential_make(&r->ek, r->ak.name, SPAN(draw.secret),
	    &draw.random, &draw.credential));
	TRY(enrol_proof(draw.secret, WIRE_SPAN(r->vm_id), r->ak.name,
	    r->ek_digest, proof));
	TRY(sha256(&SPAN(proof), 1, out->want));
	return write_challenge(r, &draw.credential, out);
}

enum err
enrol_check(struct span bytes, struct span vm_id,
    const uint8_t want[static 32])
{
	uint8_t is[SHA256_LEN];
	struct span proof;
	struct msg m;

	TRY(wire_decode_object(MSG_vm_proof, bytes, &m));
	proof = WIRE_SPAN(m.vm_proof.proof);
	TRY(sha256(&proof, 1, is));
	return span_equal(WIRE_SPAN(m.vm_proof.vm_id), vm_id) &&
	    secret_equal(is, want, sizeof(is)) ? ERR_OK : ERR_AUTH;
}
