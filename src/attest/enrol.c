/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/enrol.h"

#include "crypto/hash.h"

enum err
enrol_ak(const struct attest_public *ak)
{
	const uint32_t is = ATTEST_FIXED_TPM | ATTEST_FIXED_PARENT |
	    ATTEST_ORIGIN | ATTEST_RESTRICTED | ATTEST_SIGN;

	if ((ak->attributes & (is | ATTEST_DECRYPT)) != is ||
	    ak->type != ATTEST_ECC || ak->scheme != ATTEST_ECDSA ||
	    ak->hash != ATTEST_SHA256)
		return ERR_DENIED;
	return ERR_OK;
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
