/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_ECDSA_H
#define CRYPTO_ECDSA_H

/*
 * ECDSA over P-256 (FIPS 186-4, 6.4).  Appliances verify; those that sign
 * with such a key do so inside a TPM, but for the officers' key K, which
 * signs on a machine that has nothing else to do.
 *
 * A signature is r || s, 32 bytes each, the first one highest.
 *
 * Knows base.  Does not know what was digested.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define P256_LEN 32
#define P256_SIG_LEN 64

/* AUTH unless sig is the signature of digest by the key x, y.  High and low
 * s are both accepted; a point off the curve and an r or s outside 1 to
 * n - 1 are not. */
enum err p256_verify(const uint8_t x[static P256_LEN],
    const uint8_t y[static P256_LEN], const uint8_t digest[static P256_LEN],
    const uint8_t sig[static P256_SIG_LEN]);

/* Sign, with a low s.  wolfSSL does not promise that its P-256 takes the same
 * time for every key: for programs that nobody else can time.  MALFORMED for a
 * key outside 1 to n - 1; a wrong signature is INTERNAL and not given away. */
enum err p256_sign(const uint8_t priv[static P256_LEN],
    const uint8_t digest[static P256_LEN], uint8_t sig[static P256_SIG_LEN]);

/* Replace s by n - s if that is the smaller one; MALFORMED, and sig as it
 * was, for an s outside 1 to n - 1. */
enum err p256_low_s(uint8_t sig[static P256_SIG_LEN]);

#endif
