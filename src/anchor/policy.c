/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anchor/policy.h"

#include <string.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "tpm/nv.h"

/* TPM 2.0, part 2, 6.5.2 and 6.9. */
enum {
	CC_NV_INCREMENT = 0x134, CC_POLICY_NV = 0x149,
	CC_POLICY_COMMAND_CODE = 0x16c, CC_POLICY_PCR = 0x17f,
	CC_POLICY_NV_WRITTEN = 0x18f, EO_EQ = 0, EO_UNSIGNED_LE = 9,
	CAP_LAST = 15
};

/* policyDigest = SHA-256(policyDigest || commandCode || first || second) */
static enum err
extend(uint8_t digest[static 32], unsigned code, struct span first,
    struct span second)
{
	const uint8_t cc[4] = { 0, 0, (uint8_t)(code >> 8), (uint8_t)code };
	const struct span parts[] = {
		{ digest, 32 }, SPAN(cc), first, second,
	};
	uint8_t next[32];

	TRY(sha256(parts, 4, next));
	memcpy(digest, next, sizeof(next));
	return ERR_OK;
}

static enum err
values_digest(const struct approval *a, uint32_t mask,
    uint8_t out[static 32])
{
	struct span parts[TPM_PCRS];
	size_t n = 0;

	for (unsigned i = 0; i < TPM_PCRS; i++)
		if ((mask >> i & 1) != 0)
			parts[n++] = SPAN(a->value[i]);
	return sha256(parts, n, out);
}

/* With the TPML_PCR_SELECTION: count, bank, three bytes of bits. */
static enum err
pcrs(const struct approval *a, uint8_t digest[static 32])
{
	const bool capped = a->a.policy == TPM_POLICY_UNSEAL && a->a.cap != 0;
	const uint32_t mask = a->a.pcrs.mask |
	    (capped ? UINT32_C(1) << a->a.cap : 0);
	const uint8_t selection[] = {
		0, 0, 0, 1, (uint8_t)(a->a.pcrs.bank >> 8),
		(uint8_t)a->a.pcrs.bank, 3, (uint8_t)mask,
		(uint8_t)(mask >> 8), (uint8_t)(mask >> 16),
	};
	uint8_t values[32];

	TRY(values_digest(a, mask, values));
	return extend(digest, CC_POLICY_PCR, SPAN(selection), SPAN(values));
}

/* args = SHA-256(operandB || offset || operation), then the index's Name. */
static enum err
version(const struct tpm_point *k, const struct approval *a,
    uint8_t digest[static 32])
{
	uint8_t operand[12] = { 0 }, args[32];
	const struct span whole = SPAN(operand);
	struct tpm_name index;

	for (int i = 0; i < 8; i++)
		operand[i] = (uint8_t)(a->a.version >> (56 - 8 * i));
	operand[11] = a->a.policy == TPM_POLICY_RAISE ? EO_EQ :
	    EO_UNSIGNED_LE;
	TRY(sha256(&whole, 1, args));
	TRY(tpm_version_name(k, &index));
	return extend(digest, CC_POLICY_NV, SPAN(args),
	    (struct span){ index.at, index.len });
}

static enum err
raise_policy(const struct tpm_point *k, const struct approval *a,
    uint8_t digest[static 32])
{
	static const uint8_t increment[] = { 0, 0, CC_NV_INCREMENT >> 8,
	    CC_NV_INCREMENT & 0xff }, no[] = { 0 };
	const struct span none = { 0 };

	if (a->a.version == 0)
		TRY(extend(digest, CC_POLICY_NV_WRITTEN, SPAN(no), none));
	else
		TRY(version(k, a, digest));
	return extend(digest, CC_POLICY_COMMAND_CODE, SPAN(increment), none);
}

static enum err
check_pcrs(const struct tpm_approval *a)
{
	if (a->pcrs.bank != TPM_SHA256 || a->pcrs.mask == 0 ||
	    a->pcrs.mask >> TPM_PCRS != 0)
		return log_err(ERR_MALFORMED, "an approval wants PCRs 0x%x of "
		    "bank 0x%04x: it takes some of 0 to 23, of SHA-256",
		    a->pcrs.mask, a->pcrs.bank);
	if (a->cap > CAP_LAST || (a->pcrs.mask >> a->cap & 1) != 0)
		return a->cap == 0 ? ERR_OK : log_err(ERR_MALFORMED,
		    "PCR %u cannot be the cap: it is one of the boot PCRs, or "
		    "above 15 and can be reset", a->cap);
	return ERR_OK;
}

enum err
policy_compute(const struct tpm_point *k, struct approval *a)
{
	uint8_t digest[32] = { 0 };

	if (a->a.policy == TPM_POLICY_RAISE) {
		TRY(raise_policy(k, a, digest));
	} else {
		TRY(check_pcrs(&a->a));
		TRY(pcrs(a, digest));
		TRY(version(k, a, digest));
	}
	memcpy(a->a.digest, digest, sizeof(digest));
	return ERR_OK;
}
