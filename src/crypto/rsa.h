/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_RSA_H
#define CRYPTO_RSA_H

/*
 * RSA signatures that others make, RSASSA-PKCS1-v1_5 and RSASSA-PSS
 * (RFC 8017, 8.1 and 8.2): this appliance only verifies.
 *
 * A modulus is big-endian, odd, of RSA_LEN_MIN to RSA_LEN_MAX bytes, the
 * highest bit of the first one set; an exponent is odd and at least 3.
 * Digests are SHA-256 and longer: SHA-1 is LIMIT, whatever was signed.
 *
 * Knows base and the hashes.  Does not know what was digested.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "crypto/hash.h"

#define RSA_LEN_MIN 256
#define RSA_LEN_MAX 512
#define RSA_SALT_ANY SIZE_MAX

struct rsa_public {
	struct span	modulus;
	uint32_t	exponent;
};

/* AUTH unless sig is the key's over a digest of hash_len(alg) bytes; LIMIT
 * for a key or a hash that is not verified with. */
enum err rsa_v15_verify(const struct rsa_public *key, enum hash_alg alg,
    const uint8_t *digest, struct span sig);

/* The same, MGF1 being of that hash too; TPMs salt with what fits or with the
 * length of a digest, so theirs is RSA_SALT_ANY. */
enum err rsa_pss_verify(const struct rsa_public *key, enum hash_alg alg,
    const uint8_t *digest, size_t salt_len, struct span sig);

#endif
