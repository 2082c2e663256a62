/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCE_KEYS_H
#define ENFORCE_KEYS_H

/*
 * The keys that cryptod signs with, as the root key has published them in
 * key_metadata.  A set exists only when it was verified; its keys are good
 * for what their use and times say, and no longer than the set is fresh.
 *
 * Knows cose and the messages.  Does not know how metadata is fetched or
 * kept, nor what the time is.
 */

#include <stdint.h>

#include "base/span.h"
#include "cose/key.h"
#include "wire/reasons.h"

/* How far two clocks may be apart, in seconds. */
#define ENFORCE_SKEW	30

#define KEYSET_MAX	16

struct known_key {
	uint8_t		kid[COSE_KID_LEN];
	struct cose_key	key;
	enum wire_use	use;
	enum wire_phase	phase;
	uint64_t	not_before, sign_until, not_after;
};

struct keyset {
	struct wire_text	issuer;
	uint64_t		version;
	uint64_t		next_update;
	uint64_t		policy_floor;
	uint64_t		revocation_version;
	size_t			count;
	struct known_key	keys[KEYSET_MAX];
};

/* Take a key_metadata object: signed by root, of this issuer, at least of
 * version floor, fresh at now.  *out changes only with REASON_none. */
enum reason enforce_keys_load(struct span object, const struct cose_key *root,
    struct span issuer, uint64_t floor, uint64_t now, struct keyset *out);

/* True while the set is before its next update, give or take the skew. */
bool enforce_keys_fresh(const struct keyset *set, uint64_t now);

/* The key of that kid, borrowed; NULL if there is none. */
const struct known_key *enforce_keys_find(const struct keyset *set,
    struct span kid);

/* False for a COSE_Sign1 by a key that the set does not have, or when the set
 * is not fresh any more: then it is worth fetching another one, once. */
bool enforce_keys_know(const struct keyset *set, struct span signature,
    uint64_t now);

/* Whether signature, a detached COSE_Sign1 with the context aad, is over
 * payload and made now by a key of this use: keys.stale or
 * answer.signature if not. */
enum reason enforce_answer(const struct keyset *set, enum wire_use use,
    const char *aad, struct span payload, struct span signature,
    uint64_t now);

#endif
