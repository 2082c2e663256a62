/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_OAEP_H
#define CRYPTO_OAEP_H

/*
 * RSAES-OAEP, the half that encrypts (RFC 8017, 7.1.1): to the key of a TPM,
 * which is the only one that opens it.
 *
 * Knows base and the hashes.  Does not know whose key it is.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "crypto/hash.h"
#include "crypto/rsa.h"

/* out, of modulus.len bytes, gets msg, which may have modulus.len - 2 - twice
 * the hash's length; label goes in whole.  salt is random and used once, of
 * the hash's length.  LIMIT for a key that is none and for a message that is
 * too long. */
enum err rsa_oaep_encrypt(const struct rsa_public *key, enum hash_alg alg,
    struct span label, struct span msg, const uint8_t *salt, uint8_t *out);

#endif
