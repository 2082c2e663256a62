/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_ECDSA_H
#define CRYPTO_ECDSA_H

/*
 * ECDSA over P-256 (FIPS 186-4, 6.4), the verifying half: whoever signs with
 * such a key does so inside a TPM.
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

/* Replace s by n - s if that is the smaller one; MALFORMED, and sig as it
 * was, for an s outside 1 to n - 1. */
enum err p256_low_s(uint8_t sig[static P256_SIG_LEN]);

#endif
