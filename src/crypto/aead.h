/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

/*
 * Authenticated encryption: AES-256-GCM (SP 800-38D), which COSE asks for,
 * and XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), which seals the
 * journal.
 *
 * A sealed text is the ciphertext followed by its 16-byte tag: seal writes
 * in.len + AEAD_TAG_LEN bytes, open in.len - AEAD_TAG_LEN.  out is either
 * in.at itself or does not overlap it.  A text that does not open leaves
 * zeros in out.
 *
 * AES is made of tables in Debian's wolfSSL, its time tells of the key to
 * whoever shares the cache: use it for keys that are used once.
 *
 * Knows base.  Does not know where a nonce comes from, nor whether it was
 * used before.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define AEAD_KEY_LEN 32
#define AEAD_TAG_LEN 16
#define AEAD_TEXT_MAX (1U << 30)
#define AES256GCM_IV_LEN 12
#define XCHACHA_NONCE_LEN 24

/* LIMIT over AEAD_TEXT_MAX bytes of text or additional data. */
enum err aes256gcm_seal(const uint8_t key[static AEAD_KEY_LEN],
    const uint8_t iv[static AES256GCM_IV_LEN], struct span aad,
    struct span in, uint8_t *out);

/* AUTH unless exactly this was sealed. */
enum err aes256gcm_open(const uint8_t key[static AEAD_KEY_LEN],
    const uint8_t iv[static AES256GCM_IV_LEN], struct span aad,
    struct span in, uint8_t *out);

/* The same with a nonce that is long enough to be drawn at random. */
enum err xchacha_seal(const uint8_t key[static AEAD_KEY_LEN],
    const uint8_t nonce[static XCHACHA_NONCE_LEN], struct span aad,
    struct span in, uint8_t *out);

enum err xchacha_open(const uint8_t key[static AEAD_KEY_LEN],
    const uint8_t nonce[static XCHACHA_NONCE_LEN], struct span aad,
    struct span in, uint8_t *out);

#endif
