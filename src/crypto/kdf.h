/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_KDF_H
#define CRYPTO_KDF_H

/*
 * The key derivations that TPMs use: KDFa, which is SP 800-108 in counter
 * mode over HMAC, and KDFe, which is the concatenation KDF of SP 800-56A
 * (TPM 2.0 Part 1, 11.4.10).  HKDF, for everything else, is in hash.h.
 *
 * bits says how much is made; out has room for (bits + 7) / 8 bytes, and
 * where bits is no multiple of 8 the highest bits of the first are zero.  A
 * label's NUL is part of what is hashed.
 *
 * Knows base and the hashes.  Does not know what is derived.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "crypto/hash.h"

#define KDF_BITS_MAX 8192

/* From a key; LIMIT for no bits or more than KDF_BITS_MAX. */
enum err kdfa(enum hash_alg alg, struct span key, const char *label,
    struct span u, struct span v, size_t bits, uint8_t *out);

/* From the x coordinate z that two keys agreed on; u and v are those of the
 * one-time key and of the static one. */
enum err kdfe(enum hash_alg alg, struct span z, const char *label,
    struct span u, struct span v, size_t bits, uint8_t *out);

#endif
