/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_ECDH_H
#define CRYPTO_ECDH_H

/*
 * Diffie-Hellman: X25519 (RFC 7748, 5) and, for clients that have nothing
 * else, P-256 (SP 800-56A).
 *
 * A shared secret is raw: it goes through a KDF before it is a key.  Numbers
 * of P-256 are 32 bytes, the first one highest.
 *
 * wolfSSL does not promise that its P-256 takes the same time for every
 * private key: use one for one agreement, then wipe it.
 *
 * Knows base and the DRBG.  Does not know whom it agrees with.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/drbg.h"

#define ECDH_LEN 32

/* The public key of any 32 bytes. */
enum err x25519_public(const uint8_t priv[static ECDH_LEN],
    uint8_t pub[static ECDH_LEN]);

/* AUTH for a peer of small order: the shared secret would be zero. */
enum err x25519_shared(const uint8_t priv[static ECDH_LEN],
    const uint8_t peer[static ECDH_LEN], uint8_t out[static ECDH_LEN]);

/* Draw a private key, 1 to n - 1. */
enum err p256_make(struct drbg *d, uint8_t priv[static ECDH_LEN]);

/* The public point of a private key; MALFORMED unless that is 1 to n - 1. */
enum err p256_public(const uint8_t priv[static ECDH_LEN],
    uint8_t x[static ECDH_LEN], uint8_t y[static ECDH_LEN]);

/* The shared x coordinate; AUTH for a peer that is not on the curve. */
enum err p256_shared(const uint8_t priv[static ECDH_LEN],
    const uint8_t x[static ECDH_LEN], const uint8_t y[static ECDH_LEN],
    uint8_t out[static ECDH_LEN]);

/* AUTH unless both are below p and y^2 = x^3 - 3x + b. */
enum err p256_on_curve(const uint8_t x[static ECDH_LEN],
    const uint8_t y[static ECDH_LEN]);

#endif
