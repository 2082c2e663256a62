/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_CUSTODY_H
#define TPM_CUSTODY_H

/*
 * Objects that only this TPM opens, in a state that the officers approved.
 *
 * The officers' key K (P-256) signs approvals of three kinds, told apart by
 * policyRef.  An object names K and the kind, never a PCR: a new kernel takes
 * a new approval, not a new key.
 *
 *	kind	policyRef		what an approval approves
 *	unseal	anchorhold/1 unseal	PCRs and the cap PCR at zero, version
 *					counter <= V
 *	use	anchorhold/1 use	PCRs, version counter <= V
 *	raise	anchorhold/1 raise	a step of the version counter (tpm/nv.h)
 *
 * A session is satisfied for one command and flushed; none is kept, since
 * raising the version does not stop one that is satisfied already.
 *
 * Errors beside those of tpm/tpm.h: DENIED when the approval is not for these
 * PCRs or not for this version any more; AUTH for a signature that is not K's,
 * a wrong authorisation or what is another TPM's; MALFORMED for an approval of
 * another kind; STATE when the version index is not there, never written or
 * not K's.
 */

#include <stdbool.h>

#include "tpm/tpm.h"

struct tpm_point {		/* the officers' public key */
	uint8_t	x[32], y[32];
};

enum tpm_policy { TPM_POLICY_UNSEAL, TPM_POLICY_USE, TPM_POLICY_RAISE };
#define TPM_POLICIES 3

struct tpm_approval {
	enum tpm_policy		policy;
	struct tpm_pcr_select	pcrs;		/* not for raise */
	unsigned		cap;		/* unseal: its PCR; 0: none */
	uint64_t		version;	/* V; raise: from it, 0 first */
	uint8_t			digest[32];	/* approvedPolicy */
	uint8_t			sig[64];	/* see tpm_approved */
};

/* What says that the TPM made an object, for tpm_certify (tpm/ak.h), until
 * the TPM is cleared. */
struct tpm_creation {
	uint8_t	hash[32];
	size_t	len;
	uint8_t	proof[64];
};

/* ---- computed without a TPM ---- */

/* "anchorhold/1 unseal"; static. */
const char *tpm_policy_ref(enum tpm_policy which);

/* The Name of K as the TPM loads it. */
enum err tpm_k_name(const struct tpm_point *k, struct tpm_name *out);

/* authPolicy of what K governs: PolicyAuthorize, and PolicyAuthValue behind
 * it for auth. */
enum err tpm_policy_of(const struct tpm_point *k, enum tpm_policy which,
    bool auth, uint8_t out[static 32]);

/* What K signs with ECDSA: SHA-256(digest || policyRef). */
enum err tpm_approved(const struct tpm_approval *a, uint8_t out[static 32]);

/* ---- the store object: unseal ---- */

/* Seal 1 to TPM_SEAL_MAX bytes; with attended, a secret of 1 to TPM_AUTH_MAX
 * bytes, it takes that as well.  made may be NULL. */
enum err tpm_store_seal(struct tpm *t, const struct tpm_point *k,
    const struct secret *plain, const struct secret *attended,
    struct tpm_blob *out, struct tpm_creation *made);

enum err tpm_store_unseal(struct tpm *t, const struct tpm_point *k,
    const struct tpm_approval *a, const struct secret *attended,
    const struct tpm_blob *blob, struct secret **out);

/* ---- signing keys: use ---- */

/* An ECDSA P-256 key; auth is 1 to TPM_AUTH_MAX bytes.  made may be NULL. */
enum err tpm_key_create(struct tpm *t, const struct tpm_point *k,
    const struct secret *auth, struct tpm_blob *out,
    uint8_t x[static 32], uint8_t y[static 32], struct tpm_creation *made);

/* r || s, lower s, for the caller to verify. */
enum err tpm_key_sign(struct tpm *t, const struct tpm_point *k,
    const struct tpm_approval *a, const struct tpm_blob *blob,
    const struct secret *auth, const uint8_t digest[static 32],
    uint8_t sig[static 64]);

/* ---- the cap: SHA-256 bank, PCR 1 to 15; others can be reset ---- */

/* Extend a PCR that is zero with SHA-256("anchorhold/1 capped") and read it
 * back, all in a salted session.  Capped before is OK; STATE for a PCR with
 * another value, which it keeps. */
enum err tpm_cap(struct tpm *t, unsigned pcr);
enum err tpm_capped(struct tpm *t, unsigned pcr, bool *out);

#endif
