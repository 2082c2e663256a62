/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/log.h"
#include "tpm/tpm_int.h"

/* What the attributes are for: see tpm/seal.c; and it signs what it is given
 * with one scheme. */
static const TPM2B_PUBLIC root = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM |
		    TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
		    TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_NODA |
		    TPMA_OBJECT_SIGN_ENCRYPT,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = {
				.scheme = TPM2_ALG_ECDSA,
				.details.ecdsa.hashAlg = TPM2_ALG_SHA256,
			},
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
	},
};

/* The order of P-256 (FIPS 186-4, D.1.2.3), and half of it. */
static const uint8_t order[32] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
	0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};
static const uint8_t half_order[32] = {
	0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00,
	0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42,
	0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
};

static void
create_clear(TPM2B_SENSITIVE_CREATE *s)
{
	explicit_bzero(s, sizeof(*s));
}

static void
auth_clear(TPM2B_AUTH *auth)
{
	explicit_bzero(auth, sizeof(*auth));
}

static enum err
auth_of(const struct secret *from, TPM2B_AUTH *out)
{
	if (secret_len(from) > TPM_AUTH_MAX)
		return log_err(ERR_LIMIT, "TPM: an authorisation of more than "
		    "%d bytes", TPM_AUTH_MAX);
	out->size = (uint16_t)secret_len(from);
	memcpy(out->buffer, secret_span(from).at, out->size);
	return ERR_OK;
}

/* A TPM may leave leading zeros out. */
static enum err
put_number(const TPM2B_ECC_PARAMETER *n, uint8_t out[static 32])
{
	if (n->size > 32)
		return log_err(ERR_HARDWARE, "TPM: a number of more than "
		    "32 bytes for P-256");
	memset(out, 0, 32);
	memcpy(out + 32 - n->size, n->buffer, n->size);
	return ERR_OK;
}

enum err
tpm_root_create(struct tpm *t, struct tpm_pcr_select select,
    const struct secret *auth, struct tpm_blob *out, uint8_t x[static 32],
    uint8_t y[static 32])
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	TPM2B_SENSITIVE_CREATE sensitive OWNED(create_clear) = { 0 };
	const struct policy policy = { .pcrs = select, .auth = true };
	TPM2B_PUBLIC area = root, made = { .size = 0 };

	TRY(auth_of(auth, &sensitive.sensitive.userAuth));
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	/* As in tpm_seal. */
	TRY(pcr_read(t, &hmac, select, NULL));
	TRY(policy_digest(&hmac, &policy, &area.publicArea.authPolicy));
	TRY(object_create(&hmac, &area, &sensitive, out, &made));
	TRY(put_number(&made.publicArea.unique.ecc.x, x));
	return put_number(&made.publicArea.unique.ecc.y, y);
}

/* (r, s) and (r, n - s) verify alike; the lower s is the one that is sent. */
static void
lower(uint8_t s[static 32])
{
	unsigned borrow = 0;

	if (memcmp(s, half_order, 32) <= 0)
		return;
	for (int i = 31; i >= 0; i--) {
		unsigned d = 256u + order[i] - s[i] - borrow;

		s[i] = (uint8_t)d;
		borrow = d < 256;
	}
}

static enum err
put_signature(const TPMT_SIGNATURE *from, uint8_t sig[static 64])
{
	const TPMS_SIGNATURE_ECDSA *pair = &from->signature.ecdsa;

	if (from->sigAlg != TPM2_ALG_ECDSA)
		return log_err(ERR_HARDWARE, "TPM: sign: not the scheme that "
		    "was asked for");
	TRY(put_number(&pair->signatureR, sig));
	TRY(put_number(&pair->signatureS, sig + 32));
	lower(sig + 32);
	return ERR_OK;
}

static enum err
sign(const struct held *key, const struct held *hmac, const struct policy *p,
    const TPM2B_DIGEST *digest, TPMT_SIGNATURE **out)
{
	struct tpm *t = key->t;
	struct held session OWNED(held_drop) = HELD(t);
	const TPMT_SIG_SCHEME its_own = { .scheme = TPM2_ALG_NULL };
	const TPMT_TK_HASHCHECK none = {
		.tag = TPM2_ST_HASHCHECK,
		.hierarchy = TPM2_RH_NULL,
	};
	TSS2_RC rc = TPM2_RC_PCR_CHANGED;

	TRY(policy_session(&session));
	TRY(session_use(&session, TPMA_SESSION_DECRYPT));
	for (int i = 0; i < PCR_TRIES && rc == TPM2_RC_PCR_CHANGED; i++) {
		TRY(policy_satisfy(&session, hmac, p));
		rc = Esys_Sign(t->esys, key->tr, session.tr, ESYS_TR_NONE,
		    ESYS_TR_NONE, digest, &its_own, &none, out);
	}
	return tpm_check(t, rc, "sign");
}

enum err
tpm_root_sign(struct tpm *t, struct tpm_pcr_select select,
    const struct tpm_blob *blob, const struct secret *auth,
    const uint8_t digest[static 32], uint8_t sig[static 64])
{
	struct tpm *used OWNED(tpm_scrub) = t;
	struct held hmac OWNED(held_drop) = HELD(t);
	struct held key OWNED(held_drop) = HELD(t);
	TPMT_SIGNATURE *made OWNED(signature_drop) = NULL;
	TPM2B_AUTH value OWNED(auth_clear) = { 0 };
	const struct policy policy = { .pcrs = select, .auth = true };
	TPM2B_DIGEST what = { .size = 32 };
	enum err e;

	TRY(auth_of(auth, &value));
	memcpy(what.buffer, digest, 32);
	TRY(tpm_ready_pinned(t));
	TRY(session_hmac(&hmac));
	TRY(object_load(&hmac, blob, &root, &key));
	TRY(tpm_check(t, Esys_TR_SetAuth(t->esys, key.tr, &value),
	    "take an authorisation"));
	e = sign(&key, &hmac, &policy, &what, &made);
	/* Over ESYS's own copy. */
	explicit_bzero(&value, sizeof(value));
	value.size = TPM_AUTH_MAX;
	TRY(tpm_check(t, Esys_TR_SetAuth(t->esys, key.tr, &value),
	    "forget an authorisation"));
	TRY(e);
	return put_signature(made, sig);
}
