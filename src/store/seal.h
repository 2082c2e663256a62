/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

/*
 * One sealed frame, and the chain that frames stand in:
 *
 *	length (u32, big-endian) | check 16 | nonce 24 | ciphertext | tag 16
 *
 * length counts the ciphertext; check is its HMAC-SHA-256, cut to 16 bytes.
 * The ciphertext is XChaCha20-Poly1305 under a fresh random nonce, with the
 * associated data [format, journal id, index, previous tag] (deterministic
 * CBOR): a frame opens in its own place and nowhere else.  Both keys are
 * HKDF-SHA-256 of the store key.
 *
 * Knows base, wire/item.h and crypto.  Does not know files or what is in a
 * frame.
 */

#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"
#include "crypto/drbg.h"

#define SEAL_FORMAT 1
#define SEAL_ID_LEN 16
#define SEAL_TAG_LEN 16
#define SEAL_HEAD_LEN 20
#define SEAL_OVER 60			/* what a frame adds to its plaintext */
#define SEAL_PLAIN_MAX (1024 * 1024)

/* Where the next frame stands; a plain value. */
struct chain {
	uint8_t		id[SEAL_ID_LEN];
	uint64_t	index;
	uint8_t		previous[SEAL_TAG_LEN];
};

/* The two keys of a store key, owned by the caller. */
enum err seal_keys(struct span store_key, struct secret **out);

/* Begin a chain under a fresh id. */
enum err seal_begin(struct drbg *d, struct chain *c);

/* Seal plain, 1 to SEAL_PLAIN_MAX bytes, as the frame that comes next;
 * frame has room for SEAL_OVER more.  The chain does not move. */
enum err seal_frame(const struct secret *keys, const struct chain *c,
    struct drbg *d, struct span plain, uint8_t *frame);

/* The length that a head of SEAL_HEAD_LEN bytes states; AUTH unless it is one
 * that seal_frame made under these keys. */
enum err seal_length(const struct secret *keys, const uint8_t *head,
    size_t *len);

/* Open a whole frame into len - SEAL_OVER bytes of plain; AUTH unless it is
 * the one that comes next. */
enum err seal_open(const struct secret *keys, const struct chain *c,
    struct span frame, uint8_t *plain);

/* This frame is the last of the chain now. */
void seal_advance(struct chain *c, struct span frame);

#endif
