/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_ED25519_H
#define CRYPTO_ED25519_H

/*
 * Ed25519 signatures (RFC 8032, 5.1), the pure kind.
 *
 * The private key is its 32-byte seed; the caller keeps it in a struct
 * secret.  Verification is strict: a public key of small order or in a
 * second encoding, and an S that is not below the group's order, are refused
 * before any arithmetic, and R is compared byte by byte.
 *
 * Knows base.  Does not know whose key it is.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define ED25519_LEN 32
#define ED25519_SIG_LEN 64

/* The public key of a seed. */
enum err ed25519_public(const uint8_t seed[static ED25519_LEN],
    uint8_t pub[static ED25519_LEN]);

/* Sign.  The signature is verified before it is given away, so that a fault
 * or a pub that is not the seed's own (either would betray the key) is
 * INTERNAL and nothing else. */
enum err ed25519_sign(const uint8_t seed[static ED25519_LEN],
    const uint8_t pub[static ED25519_LEN], struct span msg,
    uint8_t sig[static ED25519_SIG_LEN]);

/* AUTH unless sig is pub's signature of msg. */
enum err ed25519_verify(const uint8_t pub[static ED25519_LEN],
    struct span msg, const uint8_t sig[static ED25519_SIG_LEN]);

/* AUTH for a key that ed25519_verify() would refuse whatever it signed. */
enum err ed25519_check(const uint8_t pub[static ED25519_LEN]);

#endif
