/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_AK_H
#define TPM_AK_H

/*
 * The attestation key, and what it says of the objects of a ceremony.
 *
 * It is a child of the EK, which is derived anew for each use (TCG's ECC P-256
 * template), so that the endorsement hierarchy shows clock and firmware in
 * clear.  It signs only what the TPM itself has made (restricted), under its
 * authValue; with that it can also activate a credential, and nothing else of
 * what an administrator may.  noDA: three crashes would lock it out.
 *
 * Needs the empty authorisation of the endorsement hierarchy.  Errors as in
 * tpm/custody.h.
 */

#include "tpm/custody.h"

/* What was certified. */
enum tpm_kind {
	TPM_KIND_STORE,		/* of tpm_store_seal */
	TPM_KIND_ATTENDED,	/* the same, attended */
	TPM_KIND_KEY,		/* of tpm_key_create */
};

struct tpm_certificate {
	size_t	len;
	uint8_t	attest[256];	/* TPMS_ATTEST */
	uint8_t	sig[64];	/* over its SHA-256 */
};

/* auth is 1 to TPM_AUTH_MAX bytes, or NULL for none. */
enum err tpm_ak_create(struct tpm *t, const struct secret *auth,
    struct tpm_blob *out, uint8_t x[static 32], uint8_t y[static 32]);

/* The AK says that this TPM made the object, which it loads; nonce comes back
 * in what it says.  MALFORMED when made is another object's. */
enum err tpm_certify(struct tpm *t, const struct tpm_point *k,
    const struct tpm_blob *ak, const struct secret *auth, enum tpm_kind kind,
    const struct tpm_blob *blob, const struct tpm_creation *made,
    const uint8_t nonce[static 32], struct tpm_certificate *out);

/* ---- computed without a TPM ---- */

/* The Name of the public part of a blob. */
enum err tpm_name_of(const struct tpm_blob *blob, struct tpm_name *out);

/* AUTH unless it is the word of an AK of ours, over this nonce, that its TPM
 * made this object, and that is of its kind under K: attributes, algorithms
 * and policy.  Whose AK it is has to be known. */
enum err tpm_certified(const struct tpm_certificate *c,
    const struct tpm_blob *ak, const struct tpm_point *k, enum tpm_kind kind,
    const struct tpm_blob *blob, const uint8_t nonce[static 32]);

#endif
