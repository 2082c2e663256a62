/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_OTP_H
#define CRYPTO_OTP_H

/*
 * One-time codes: HOTP (RFC 4226), and with a counter of time steps TOTP
 * (RFC 6238).
 *
 * Knows base and HMAC.  Does not know the time, nor which codes are spent.
 */

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "crypto/hash.h"

#define OTP_DIGITS_MIN 6
#define OTP_DIGITS_MAX 8
#define OTP_TEXT (OTP_DIGITS_MAX + 1)

/* The code of a counter, in digits and a NUL; LIMIT unless digits is 6, 7 or
 * 8.  Whoever holds it wipes it. */
enum err hotp(enum hash_alg alg, struct span key, uint64_t counter,
    unsigned digits, char out[static OTP_TEXT]);

#endif
