/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_QUOTE_H
#define ATTEST_QUOTE_H

/*
 * What a TPM says of its PCRs: TPMS_ATTEST with TPMS_QUOTE_INFO, and the
 * TPMT_SIGNATURE over it (TPM 2.0 Library, Part 2, 10.12 and 11.3).
 *
 * All of it is fixed in size and big-endian; bytes that are left over are
 * refused.  Reading says what stands there; whether to believe it is for
 * attest/appraise.h.
 *
 * Knows base, crypto and attest/object.h.  Does not know any policy.
 */

#include "attest/object.h"

#define QUOTE_MAGIC 0xff544347u	/* TPM_GENERATED_VALUE */
#define QUOTE_TYPE 0x8018	/* TPM_ST_ATTEST_QUOTE */
#define QUOTE_PCRS 24
#define QUOTE_BANKS 8
#define QUOTE_VALUES_MAX (QUOTE_PCRS * 64)

struct quote_bank {
	uint16_t	alg;	/* TPM_ALG_ID */
	uint32_t	mask;	/* bit n is PCR n */
};

struct quote {
	struct span		signer;		/* qualified Name, as told */
	struct span		extra;		/* qualifyingData */
	uint64_t		clock_ms;
	uint32_t		reset_count, restart_count;
	bool			safe;
	uint64_t		firmware;
	size_t			banks;
	struct quote_bank	bank[QUOTE_BANKS];
	struct span		digest;		/* of the selected PCRs */
};

/* Read a TPMS_ATTEST; spans of out point into it.  AUTH when it does not
 * begin as what a TPM made, NOT_FOUND when it is no quote but something else
 * that a TPM says, else MALFORMED. */
enum err quote_read(struct span attest, struct quote *out);

/* AUTH unless sig, a TPMT_SIGNATURE, is ak's over attest: ECDSA on P-256,
 * RSASSA or RSAPSS of 2048 bits and more, with SHA-256.  DENIED for SHA-1,
 * whether or not it verifies; LIMIT for any other scheme, hash or key, or
 * one that is not the key's; MALFORMED for bytes that are none. */
enum err quote_signed(const struct attest_public *ak, struct span attest,
    struct span sig);

/* The parts of a TPMT_SIGNATURE; spans point into it. */
struct quote_signature {
	uint16_t	scheme, hash;
	struct span	r, s;	/* of RSA one number, r */
};

/* MALFORMED; LIMIT when the scheme is none of those above. */
enum err quote_signature_read(struct span sig, struct quote_signature *out);

/* AUTH unless the digest is what SHA-256 makes of the PCRs' values: those of
 * each bank in the order of the selection, ascending within.  Never OK for a
 * quote of nothing. */
enum err quote_covers(const struct quote *q, struct span values);

#endif
