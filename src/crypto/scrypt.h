/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_SCRYPT_H
#define CRYPTO_SCRYPT_H

/*
 * scrypt (RFC 7914): a key out of a passphrase, at a price for whoever
 * guesses.
 *
 * It takes 128 * block << cost bytes of memory while it runs, which are wiped
 * but not locked: use it where there is no swap, never in a daemon.
 *
 * Knows base.  Does not know what the key is for.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define SCRYPT_COST_MAX 20

struct scrypt_price {
	unsigned	cost;		/* log2 of N, 1 to SCRYPT_COST_MAX */
	unsigned	block;		/* r, 1 to 8 */
	unsigned	lanes;		/* p, 1 to 16 */
};

/* Fill out with len bytes, at most 64.  LIMIT for another price, or when
 * there is no memory. */
enum err scrypt(struct span passphrase, struct span salt,
    const struct scrypt_price *price, uint8_t *out, size_t len);

#endif
