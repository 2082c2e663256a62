/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_BANK_H
#define ATTEST_BANK_H

/*
 * Banks of PCRs by their TPM_ALG_ID (TCG Algorithm Registry, table 3): how
 * long their digests are, what they are called, and which of them can be
 * computed here.
 *
 * Knows crypto.  Does not know quotes or logs.
 */

#include <stddef.h>
#include <stdint.h>

#include "crypto/hash.h"

#define BANK_SHA1	0x0004
#define BANK_SHA256	0x000b
#define BANK_SHA384	0x000c
#define BANK_SHA512	0x000d

#define BANK_PCRS	24

/* Bytes of a digest; 0 for an algorithm that is no hash we know of. */
size_t bank_len(uint16_t alg);

/* "sha256"; NULL for an algorithm that is no hash we know of. */
const char *bank_name(uint16_t alg);

/* The bank of that name; NOT_FOUND if there is none. */
enum err bank_find(struct span name, uint16_t *alg);

/* What computes it; NOT_FOUND for SM3, SHA-3 and what is not known. */
enum err bank_hash(uint16_t alg, enum hash_alg *out);

#endif
