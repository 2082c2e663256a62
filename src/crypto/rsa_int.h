/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_RSA_INT_H
#define CRYPTO_RSA_INT_H

/* What schemes of RSA are made of.  Private to crypto/. */

#include "crypto/rsa.h"

/* in to the power of the exponent (RFC 8017, 5.1.1 and 5.2.2), both of
 * modulus.len bytes.  LIMIT for a key that is none, AUTH for a number that is
 * not below the modulus. */
enum err rsa_raise(const struct rsa_public *key, const uint8_t *in,
    uint8_t *out);

/* MGF1 (RFC 8017, B.2.1), over what lies there. */
enum err rsa_mask(enum hash_alg alg, struct span seed, uint8_t *over,
    size_t len);

#endif
