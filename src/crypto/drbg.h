/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CRYPTO_DRBG_H
#define CRYPTO_DRBG_H

/*
 * Random bytes: HMAC_DRBG with SHA-256 (SP 800-90A Rev. 1, 10.1.2), at 256
 * bits of strength.
 *
 * Its state lies in a struct secret.  In a forked child that is zero, and the
 * child is told STATE instead of bytes that anyone could know.
 *
 * Knows base, HMAC and getrandom(2).  Does not know the TPM: what that gives
 * comes in as entropy.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/own.h"
#include "base/span.h"

#define DRBG_REQUEST_MAX 65536
#define DRBG_INPUT_MAX 65536
#define DRBG_RESEED_AFTER 65536
#define DRBG_DRAW_MAX 64

struct drbg;

/* One that knows what it is told and nothing else: the same inputs give the
 * same bytes.  LIMIT for an input over DRBG_INPUT_MAX. */
enum err drbg_new(struct span entropy, struct span nonce,
    struct span personalization, struct drbg **out);

/* One seeded by the kernel and by extra, which may be empty.  It seeds itself
 * anew every DRBG_RESEED_AFTER requests, so the sandbox allows getrandom. */
enum err drbg_from_system(struct span personalization, struct span extra,
    struct drbg **out);

/* Wipe and release; *d may be NULL. */
void drbg_drop(struct drbg **d);

/* Mix in fresh entropy. */
enum err drbg_reseed(struct drbg *d, struct span entropy,
    struct span additional);

/* The same for at most DRBG_DRAW_MAX bytes of what is not secret, identifiers
 * and nonces: they are generated many at once and kept for the next ones. */
enum err drbg_draw(struct drbg *d, uint8_t *out, size_t len);

/* Fill out.  LIMIT for more than DRBG_REQUEST_MAX bytes, STATE when one of
 * drbg_new() was not reseeded for DRBG_RESEED_AFTER requests. */
enum err drbg_generate(struct drbg *d, struct span additional, uint8_t *out,
    size_t len);

#endif
