/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_QUOTER_H
#define TESTS_QUOTER_H

/*
 * A TPM that signs whatever it is told: public areas, quotes and evidence of
 * an attestation key on P-256, each field of them as the test wants it.
 */

#include "attest/evidence.h"
#include "crypto/ecdsa.h"

struct quoter {
	uint8_t			key[P256_LEN];	/* the private one */
	/* TPMT_PUBLIC */
	uint32_t		attributes;
	uint16_t		scheme, hash, symmetric;
	/* TPMS_ATTEST */
	uint32_t		magic;
	uint16_t		type;
	struct span		extra;
	uint64_t		clock_ms, firmware;
	uint32_t		reset_count, restart_count;
	uint8_t			safe;
	size_t			banks;
	struct quote_bank	bank[QUOTE_BANKS + 1];
	struct span		digest;		/* empty: that of the values */
	/* TPMT_SIGNATURE */
	uint16_t		sig_scheme, sig_hash;
	/* Evidence; the PCRs are those of the first bank. */
	const char		*vm_id;
	struct span		bound, event_log;
	uint8_t			values[QUOTE_VALUES_MAX];
	size_t			values_len;
	/* Where it was put. */
	uint8_t			public_at[256], attest_at[512], sig_at[128];
	uint8_t			digest_at[32];
};

/* An AK as it should be, its first quote over PCRs 0, 7 and 15. */
void quoter_begin(struct quoter *q);

/* Other PCRs of SHA-256, each of them value's 32 times. */
void quoter_select(struct quoter *q, uint16_t alg, uint32_t mask,
    uint8_t value);

/* Each made anew, borrowed until it is made again. */
struct span quoter_public(struct quoter *q);
struct span quoter_attest(struct quoter *q);
struct span quoter_sign(struct quoter *q, struct span attest);
void quoter_evidence(struct quoter *q, struct evidence *out);

#endif
