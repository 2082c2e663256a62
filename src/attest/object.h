/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ATTEST_OBJECT_H
#define ATTEST_OBJECT_H

/*
 * A TPM's public area, read without a TPM: TPM2B_PUBLIC and TPMT_PUBLIC of
 * TPM 2.0 Library, Part 2, 12.2, for keys of RSA and of P-256 with SHA-256 as
 * their nameAlg.  Sizes are fixed, nothing is allocated, and bytes that are
 * left over are refused.
 *
 * Knows base and crypto.  Does not know which key is good for what.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define ATTEST_NAME_LEN 34	/* 00 0b, SHA-256 of the TPMT_PUBLIC */

/* TPM_ALG_ID. */
enum attest_alg {
	ATTEST_RSA = 0x0001, ATTEST_SHA1 = 0x0004, ATTEST_AES = 0x0006,
	ATTEST_SHA256 = 0x000b, ATTEST_SHA384 = 0x000c,
	ATTEST_SHA512 = 0x000d, ATTEST_NULL = 0x0010,
	ATTEST_RSASSA = 0x0014, ATTEST_RSAPSS = 0x0016,
	ATTEST_ECDSA = 0x0018, ATTEST_ECC = 0x0023, ATTEST_CFB = 0x0043,
};

/* TPMA_OBJECT. */
enum attest_attribute {
	ATTEST_FIXED_TPM = 1u << 1, ATTEST_FIXED_PARENT = 1u << 4,
	ATTEST_ORIGIN = 1u << 5,	/* sensitiveDataOrigin */
	ATTEST_USER_AUTH = 1u << 6, ATTEST_ADMIN_POLICY = 1u << 7,
	ATTEST_NO_DA = 1u << 10, ATTEST_RESTRICTED = 1u << 16,
	ATTEST_DECRYPT = 1u << 17, ATTEST_SIGN = 1u << 18,
};

struct attest_public {
	uint16_t	type;		/* ATTEST_RSA or ATTEST_ECC */
	uint32_t	attributes;
	struct span	policy;		/* 0, 20, 32, 48 or 64 bytes */
	/* Of a storage key ATTEST_AES, its bits and ATTEST_CFB; else NULL. */
	uint16_t	symmetric, symmetric_bits, symmetric_mode;
	uint16_t	scheme;		/* ATTEST_NULL: any */
	uint16_t	hash;		/* of the scheme; 0 with ATTEST_NULL */
	uint16_t	bits;		/* 256, or those of the modulus */
	uint32_t	exponent;	/* RSA; never 0 */
	struct span	modulus;	/* RSA; bits / 8 bytes */
	uint8_t		x[32], y[32];	/* ECC; filled up from the left */
	uint8_t		name[ATTEST_NAME_LEN];
};

/* Read a TPM2B_PUBLIC, or the TPMT_PUBLIC without its two bytes of size;
 * spans of out point into in.  MALFORMED; LIMIT for an algorithm, a curve or
 * a size that is not read here. */
enum err attest_public_read(struct span in, struct attest_public *out);
enum err attest_area_read(struct span area, struct attest_public *out);

/* Can this key's word about its TPM be taken?  It was made there and never
 * leaves it, and signs, in one way, what its TPM says and nothing else. */
bool attest_is_ak(const struct attest_public *key);

/* The Name that a TPM2B_PUBLIC has, whatever kind of object it is: nameAlg
 * has to be SHA-256, else LIMIT. */
enum err attest_name(struct span in, uint8_t out[static ATTEST_NAME_LEN]);

/* Whether it has the form of such a Name; of which key nobody can tell. */
bool attest_is_name(struct span name);

/* Bytes of a digest of this algorithm; 0 if it is none. */
size_t attest_digest_len(uint16_t alg);

#endif
