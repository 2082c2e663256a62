/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <tss2/tss2_mu.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "tpm/custody_int.h"

/* Policies as TPM 2.0, part 3, 23 computes them. */

const char *
tpm_policy_ref(enum tpm_policy which)
{
	static const char *const refs[TPM_POLICIES] = {
		[TPM_POLICY_UNSEAL] = "anchorhold/1 unseal",
		[TPM_POLICY_USE] = "anchorhold/1 use",
		[TPM_POLICY_RAISE] = "anchorhold/1 raise",
	};

	return refs[which];
}

/* In the public area of K nothing is free but its coordinates. */
void
k_area(const struct tpm_point *k, TPM2B_PUBLIC *out)
{
	TPMS_ECC_POINT *point = &out->publicArea.unique.ecc;

	*out = signing_key;
	out->publicArea.objectAttributes = TPMA_OBJECT_SIGN_ENCRYPT;
	point->x.size = point->y.size = 32;
	memcpy(point->x.buffer, k->x, 32);
	memcpy(point->y.buffer, k->y, 32);
}

enum err
tpm_k_name(const struct tpm_point *k, struct tpm_name *out)
{
	TPM2B_PUBLIC area;
	uint8_t at[256];
	size_t len = 0;

	k_area(k, &area);
	if (Tss2_MU_TPMT_PUBLIC_Marshal(&area.publicArea, at, sizeof(at),
	    &len) != TSS2_RC_SUCCESS)
		return log_err(ERR_INTERNAL, "TPM: a key without a Name");
	return name_of_area(at, len, out);
}

/* policyDigest = SHA-256(policyDigest || rest) */
static enum err
extend(uint8_t digest[static 32], struct span rest)
{
	const struct span parts[] = { { digest, 32 }, rest };
	uint8_t next[32];

	TRY(sha256(parts, 2, next));
	memcpy(digest, next, sizeof(next));
	return ERR_OK;
}

enum err
tpm_policy_of(const struct tpm_point *k, enum tpm_policy which, bool auth,
    uint8_t out[static 32])
{
	static const uint8_t auth_value[4] = { 0, 0, 0x01, 0x6b };
	uint8_t authorize[4 + 34] = { 0, 0, 0x01, 0x6a };
	struct tpm_name name;

	TRY(tpm_k_name(k, &name));
	memcpy(authorize + 4, name.at, sizeof(name.at));
	memset(out, 0, 32);
	TRY(extend(out, SPAN(authorize)));
	TRY(extend(out, span_text(tpm_policy_ref(which))));
	return auth ? extend(out, SPAN(auth_value)) : ERR_OK;
}

enum err
tpm_approved(const struct tpm_approval *a, uint8_t out[static 32])
{
	const struct span parts[] = {
		SPAN(a->digest), span_text(tpm_policy_ref(a->policy)),
	};

	return sha256(parts, 2, out);
}
