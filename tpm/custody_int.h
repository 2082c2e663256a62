/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_CUSTODY_INT_H
#define TPM_CUSTODY_INT_H

/* What the files behind custody.h, nv.h and ak.h share; private to tpm/. */

#include "tpm/ak.h"
#include "tpm/ek.h"
#include "tpm/tpm_int.h"

/* ---- values of ours as ESYS wants them ---- */

/* LIMIT for more than TPM_AUTH_MAX bytes. */
enum err auth_of(const struct secret *from, TPM2B_AUTH *out);

/* Made for OWNED. */
void auth_clear(TPM2B_AUTH *auth);
void create_clear(TPM2B_SENSITIVE_CREATE *s);

/* For commands under the object's authorisation (NULL: none) until it is taken
 * back, over ESYS's own copy. */
enum err auth_lend(const struct held *object, const struct secret *auth);
enum err auth_take_back(const struct held *object);

/* 32 bytes out of one that may lack leading zeros. */
enum err ecc_number(const TPM2B_ECC_PARAMETER *n, uint8_t out[static 32]);

/* r || s with the lower s. */
enum err ecdsa_sig(const TPMT_SIGNATURE *from, uint8_t sig[static 64]);

/* 00 0b and the SHA-256 of what was marshalled. */
enum err name_bytes(const uint8_t *area, size_t len, struct tpm_name *out);

/* ---- public areas ---- */

extern const TPM2B_PUBLIC signing_key;

void area_of_k(const struct tpm_point *k, TPM2B_PUBLIC *out);
enum err area_of_kind(const struct tpm_point *k, enum tpm_kind kind,
    TPM2B_PUBLIC *out);
enum err area_of_ak(TPM2B_PUBLIC *out);
enum err policy_of_ak(uint8_t out[static 32]);

/* MALFORMED for what is none. */
enum err area_of_bytes(struct span from, TPM2B_PUBLIC *out);
enum err area_of_blob(const struct tpm_blob *b, TPM2B_PUBLIC *out);
enum err name_of_area(const TPM2B_PUBLIC *area, struct tpm_name *out);

/* It is want, but for what makes each object unique. */
bool area_fits(const TPM2B_PUBLIC *area, const TPM2B_PUBLIC *want);

/* ---- the EK and its AK ---- */

/* area may be NULL. */
enum err ek_derive(const struct held *hmac, enum tpm_ek which,
    struct held *ek, TPM2B_PUBLIC *area);

/* A session that is good for one command with the EK. */
enum err ek_session(const struct held *hmac, struct held *session);

/* Under the EK of ECC; ak_find derives it. */
enum err ak_load(const struct held *hmac, const struct held *ek,
    const struct tpm_blob *blob, struct held *ak);
enum err ak_find(const struct held *hmac, const struct tpm_blob *blob,
    struct held *ak);

/* ---- NV indexes ---- */

/* As ESYS computes its Name; NOT_FOUND without one. */
enum err index_look(struct held *index, TPM2_HANDLE at);

/* Forget what ESYS knows of an index or a persistent object, which the TPM
 * keeps; made for OWNED. */
void known_drop(struct held *known);

/* The version index, written; STATE unless it is K's. */
enum err version_find(const struct tpm_point *k, struct held *out);

/* ---- approvals ---- */

/* What satisfies a session: an approval that the TPM found to be K's. */
struct permit {
	const struct tpm_approval *a;
	bool			 auth;		/* PolicyAuthValue as well */
	struct held		 version;	/* raise: the caller's, and
						 * empty for a first write */
	struct tpm_name		 k;
	TPMT_TK_VERIFIED	 ticket;
};

/* Made for OWNED. */
void permit_drop(struct permit *p);

/* MALFORMED unless a is of that kind. */
enum err permit_take(const struct held *hmac, const struct tpm_point *k,
    enum tpm_policy kind, const struct tpm_approval *a, struct permit *out);

/* Satisfy a policy session; again, when it was and could not be used. */
enum err permit_satisfy(const struct held *session, const struct held *hmac,
    const struct permit *p, bool again);

#endif
