/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_BATCH_H
#define CRYPTO_BATCH_H

/*
 * Ed25519 signatures of one key, verified together.
 *
 * Whoever signs verifies what he signed before he gives it away: a fault in
 * the arithmetic would betray the key.  One by one that costs three times
 * what signing does; together, for many, a third of it.  Instead of
 * S_i B = R_i + h_i A for each, the sum of all, each times a number z_i of 16
 * bits that its own hash gives, has to hold.  One wrong signature is always
 * found, and several that were disturbed cancel each other out once in 2^16
 * tries that nobody can see the outcome of.
 *
 * This is for our own signatures alone: who may choose R and S finds sums
 * that hold.  What others signed goes to ed25519_verify().
 *
 * Knows base and hashes; all it sees is public.
 */

#include "base/err.h"
#include "base/span.h"
#include "crypto/ed25519.h"

struct batch;

/* The first ones are verified by themselves, by wolfSSL: a sum costs as much
 * as three of these. */
#define BATCH_ALONE 2

/* An empty one for signatures of pub, owned by the caller; AUTH for a key
 * that is none. */
enum err batch_new(const uint8_t pub[static ED25519_LEN], struct batch **out);

/* Release; *b may be NULL. */
void batch_drop(struct batch **b);

/* The key that it is for. */
const uint8_t *batch_key(const struct batch *b);

/* Sign msg with pub's seed, and add it: the signature may not leave before
 * batch_check().  INTERNAL if it is already known to be wrong. */
enum err batch_sign(struct batch *b, const uint8_t seed[static ED25519_LEN],
    struct span msg, uint8_t sig[static ED25519_SIG_LEN]);

/* Add a signature of msg.  AUTH if it cannot be one. */
enum err batch_add(struct batch *b, struct span msg,
    const uint8_t sig[static ED25519_SIG_LEN]);

/* AUTH unless all that were added since the last time are pub's. */
enum err batch_check(struct batch *b);

#endif
