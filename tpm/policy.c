/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

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

enum err
tpm_k_name(const struct tpm_point *k, struct tpm_name *out)
{
	TPM2B_PUBLIC area;

	area_of_k(k, &area);
	return name_of_area(&area, out);
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

/* TPM_CC_PolicyAuthValue */
static const uint8_t auth_value[4] = { 0, 0, 0x01, 0x6b };

enum err
tpm_policy_of(const struct tpm_point *k, enum tpm_policy which, bool auth,
    uint8_t out[static 32])
{
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

/* PolicyCommandCode(ActivateCredential), PolicyAuthValue */
enum err
policy_of_ak(uint8_t out[static 32])
{
	static const uint8_t activate[8] = {
		0, 0, 0x01, 0x6c, 0, 0, 0x01, 0x47,
	};

	memset(out, 0, 32);
	TRY(extend(out, SPAN(activate)));
	return extend(out, SPAN(auth_value));
}
