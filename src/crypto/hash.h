/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

/*
 * Digests, and what is made of them: HMAC (RFC 2104) and HKDF (RFC 5869).
 *
 * A message is given as the pieces it lies in, so that nobody has to copy
 * them together.  Each call stands alone: no context outlives it, and what it
 * kept of a key is wiped before it returns.
 *
 * Like everything in this room, these answer STATE once the self-test has
 * failed (crypto/selftest.h).
 *
 * Knows base.  Does not know what is hashed.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define SHA256_LEN 32
#define HASH_LEN_MAX 64
#define HKDF_SHA256_MAX (255 * SHA256_LEN)

/* SHA-1 is here for HOTP and for what old TPMs measured, the longer ones for
 * what other TPMs and clients make. */
enum hash_alg { HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512 };

/* 20, 32, 48 or 64. */
size_t hash_len(enum hash_alg alg);

/* The digest of n parts, one after another: hash_len(alg) bytes. */
enum err hash_parts(enum hash_alg alg, const struct span *parts, size_t n,
    uint8_t *out);

/* The same with SHA-256. */
enum err sha256(const struct span *parts, size_t n,
    uint8_t out[static SHA256_LEN]);

/* The tag of n parts, hash_len(alg) bytes.  A key may have any length. */
enum err hmac(enum hash_alg alg, struct span key, const struct span *parts,
    size_t n, uint8_t *out);

/* Extract and expand; LIMIT for more than 255 times hash_len(alg). */
enum err hkdf(enum hash_alg alg, struct span salt, struct span ikm,
    struct span info, uint8_t *out, size_t len);

/* The same with SHA-256, and HKDF_SHA256_MAX. */
enum err hkdf_sha256(struct span salt, struct span ikm, struct span info,
    uint8_t *out, size_t len);

#endif
