/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_UUID_H
#define CRYPTO_UUID_H

/*
 * UUIDs of version 4 (RFC 9562, 5.4), as 16 bytes and as 36 characters of
 * lower-case text.
 *
 * Knows base and the DRBG.  Does not know what they name.
 */

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "crypto/drbg.h"

#define UUID_LEN 16
#define UUID_TEXT 37

/* Draw one, as text and its NUL. */
enum err uuid_make(struct drbg *d, char out[static UUID_TEXT]);

/* Text of bytes; MALFORMED unless they are a UUIDv4. */
enum err uuid_from_bytes(const uint8_t in[static UUID_LEN],
    char out[static UUID_TEXT]);

/* Bytes of text; MALFORMED unless it is a UUIDv4 in lower case. */
enum err uuid_to_bytes(struct span text, uint8_t out[static UUID_LEN]);

#endif
