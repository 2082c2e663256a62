/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_CFB_H
#define CRYPTO_CFB_H

/*
 * AES-128 in CFB mode (SP 800-38A, 6.3), as TPMs use it.  It hides and does
 * not authenticate: whoever uses it puts an HMAC around it.
 *
 * Knows base.  Does not know what is hidden.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define CFB_KEY_LEN 16
#define CFB_IV_LEN 16
#define CFB_TEXT_MAX 4096

/* Encrypt in.len bytes, LIMIT for more than CFB_TEXT_MAX; out may be in. */
enum err aes128cfb_encrypt(const uint8_t key[static CFB_KEY_LEN],
    const uint8_t iv[static CFB_IV_LEN], struct span in, uint8_t *out);

#endif
