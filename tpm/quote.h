/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TPM_QUOTE_H
#define TPM_QUOTE_H

/*
 * What the TPM says of its PCRs, clock and firmware, signed by an AK of its
 * own (tpm/ak.h), over 32 bytes that make it the answer to one question.
 *
 * The AK is loaded for each quote and flushed; a quote takes about a dozen
 * commands.  It is a function like any other in tpm/, so it is bounded
 * likewise, and done beside the turns of a loop as a tpm_work (tpm/aside.h):
 * in cryptod as a job of cryptod/side.h.
 *
 * What is handed out is the TPM's own, byte for byte: of an ECDSA signature s
 * may be the high one, and r and s may lack leading zeros.
 */

#include "tpm/tpm.h"

struct tpm_quote {
	struct tpm_pcrs	pcrs;		/* what it says, in full */
	size_t		attest_len, sig_len;
	uint8_t		attest[256];	/* TPMS_ATTEST */
	uint8_t		sig[128];	/* TPMT_SIGNATURE, over its SHA-256 */
};

/* auth is the AK's, NULL for none.  The values in out are those that were
 * quoted: the digest is compared, and all of it done again when a PCR moved
 * meanwhile; BUSY when they keep moving.  NOT_FOUND when the TPM has not all of
 * these PCRs in this bank; AUTH for a wrong auth and for another TPM's AK. */
enum err tpm_quote(struct tpm *t, const struct tpm_blob *ak,
    const struct secret *auth, struct tpm_pcr_select select,
    const uint8_t qualifying[static 32], struct tpm_quote *out);

#endif
