/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_FIELD_H
#define CRYPTO_FIELD_H

/*
 * Numbers modulo 2^255 - 19, for crypto/batch.c alone, which looks at what is
 * public: nothing here takes the same time for all numbers.
 *
 * Five limbs of 51 bits, each a little more after a sum; results may be among
 * the arguments.
 *
 * Knows base.  Does not know any point.
 */

#include <stdbool.h>
#include <stdint.h>

struct fe {
	uint64_t	v[5];
};

/* The top bit is left out, and what is not below the modulus is reduced. */
void fe_read(struct fe *out, const uint8_t in[static 32]);
void fe_write(const struct fe *a, uint8_t out[static 32]);

void fe_add(struct fe *out, const struct fe *a, const struct fe *b);
void fe_sub(struct fe *out, const struct fe *a, const struct fe *b);
void fe_mul(struct fe *out, const struct fe *a, const struct fe *b);

/* a squared n times. */
void fe_square(struct fe *out, const struct fe *a, int n);

/* a to the power of 2^252 - 3: what a square root is made of. */
void fe_root(struct fe *out, const struct fe *a);

bool fe_equal(const struct fe *a, const struct fe *b);

#endif
