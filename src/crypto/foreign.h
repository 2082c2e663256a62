/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_FOREIGN_H
#define CRYPTO_FOREIGN_H

/*
 * What others make COSE objects with and we never do: AES-GCM with shorter
 * keys, AES-CCM (RFC 3610), AES key wrap (RFC 3394), points of P-256 without
 * their y, ECDSA with other hashes and curves, and RSASSA-PSS.
 *
 * For the conformance vectors.  It lies in libforeign.a, beside this room's
 * library, which no program that is installed is linked with: tests/tree/
 * foreign looks.  Keys are plain spans, for they are published ones.
 *
 * Knows base.  Does not know what an object is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "crypto/hash.h"

/*
 * Open what a key of 16, 24 or 32 bytes sealed.  in is the ciphertext and
 * its tag behind it, of tag_len bytes; out gets in.len - tag_len.  AUTH
 * unless it was sealed so, LIMIT for sizes that the mode does not have: GCM
 * takes any nonce and tags of 12 to 16 bytes, CCM nonces of 7 to 13 and even
 * tags of 4 to 16.
 */
enum err foreign_gcm_open(struct span key, struct span nonce, struct span aad,
    struct span in, size_t tag_len, uint8_t *out);
enum err foreign_ccm_open(struct span key, struct span nonce, struct span aad,
    struct span in, size_t tag_len, uint8_t *out);

/* Unwrap 24 to 4,096 bytes, of which 8 fewer are left: AUTH, LIMIT as above. */
enum err foreign_unwrap(struct span kek, struct span in, uint8_t *out);

/* The y of a point of P-256, by its lowest bit; AUTH if there is none. */
enum err foreign_point(const uint8_t x[static 32], bool odd,
    uint8_t y[static 32]);

/* AUTH unless sig, r || s, is over msg; coordinates of 32, 48 or 66 bytes say
 * which of P-256, P-384 and P-521 it is, others are LIMIT. */
enum err foreign_ecdsa_verify(struct span x, struct span y,
    enum hash_alg hash, struct span msg, struct span sig);

/* The same by RSA, with MGF1 of that hash and a salt of its length. */
enum err foreign_pss_verify(struct span n, struct span e, enum hash_alg hash,
    struct span msg, struct span sig);

#endif
