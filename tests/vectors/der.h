/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_DER_H
#define TESTS_VECTORS_DER_H

/*
 * As much DER as the vectors have around what our rooms take: a signature of
 * two numbers, a P-256 key in a certificate.  Test code: the appliance reads
 * no DER beside its keys.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* r || s of a SEQUENCE of two INTEGERs, each positive, in its shortest form
 * and below 2^256; false for anything else. */
bool	der_signature(struct span der, uint8_t out[static 64]);

/* The uncompressed point of the first P-256 SubjectPublicKeyInfo in der. */
bool	der_p256(struct span der, struct span *x, struct span *y);

/* The first modulus of 2,048 to 4,096 bits in der, and its exponent. */
bool	der_rsa(struct span der, struct span *n, uint32_t *e);

#endif
