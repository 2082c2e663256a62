/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_BASE32_H
#define CRYPTO_BASE32_H

/*
 * Base32 (RFC 4648, 6), the form in which authenticators take a secret: upper
 * case, without padding.
 *
 * No table is indexed by what is encoded, so the cache learns nothing of it.
 *
 * Knows base.  Does not know what the bytes are.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* Room for the text of len bytes and its NUL. */
#define BASE32_TEXT(len) (((len) * 8 + 4) / 5 + 1)

/* The text and its NUL; LIMIT unless cap is at least BASE32_TEXT(in.len). */
enum err base32_encode(struct span in, char *out, size_t cap);

/* The bytes of a text in either case, with correct padding or none.
 * MALFORMED for any other character, for a length that no bytes have, and
 * for bits left over that are not zero; LIMIT when cap is too small. */
enum err base32_decode(struct span text, uint8_t *out, size_t cap,
    size_t *len);

#endif
