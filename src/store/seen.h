/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SEEN_H
#define STORE_SEEN_H

/*
 * What came once and is not to come again: the digests of (peer, request_id)
 * and (peer, nonce), each until its time is over.
 *
 * A ring in the order of arrival, found through a table of chains; it has a
 * fixed size and never drops what is still to be remembered.
 *
 * Knows base and crypto.  Does not know requests.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/* Two for each request: 16 channels at 50 a second, for two minutes. */
#define SEEN_MAX 262144
#define SEEN_DIGEST 16

enum seen_kind { SEEN_REQUEST = 'r', SEEN_NONCE = 'n' };

struct seen {
	uint32_t	first;		/* the oldest of n, in the ring */
	uint32_t	n;
	uint32_t	heads[SEEN_MAX];	/* 1 + slot, or 0 */
	struct seen_slot {
		uint64_t	until;
		uint8_t		digest[SEEN_DIGEST];
		uint32_t	next;		/* 1 + slot, or 0 */
	}		slots[SEEN_MAX];
};

/* The first bytes of SHA-256(kind || peer || 00 || value). */
enum err seen_digest(enum seen_kind kind, struct span peer, struct span value,
    uint8_t out[static SEEN_DIGEST]);

/* True if it is there, and its time is not over at now. */
bool seen_find(const struct seen *s, const uint8_t digest[static SEEN_DIGEST],
    uint64_t now);

/* Forget, from the oldest on, what was over before now. */
void seen_expire(struct seen *s, uint64_t now);

/* LIMIT when the ring is full. */
enum err seen_add(struct seen *s, const uint8_t digest[static SEEN_DIGEST],
    uint64_t until);

/* The i-th oldest; NULL after the last. */
const struct seen_slot *seen_at(const struct seen *s, uint32_t i);

#endif
