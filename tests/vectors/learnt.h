/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_LEARNT_H
#define TESTS_VECTORS_LEARNT_H

/* What the cases of one topic tell of each other, whatever their order: keys,
 * requests that are answered, secrets that are wrapped. */

#include "cose/key.h"
#include "tests/vectors/vectors.h"

struct pair {
	bool		has_private;
	uint8_t		private[32];
	bool		has_key;
	struct cose_key	key;
};

/* The public half of pair->private, of the kind that pair->key is. */
enum err pair_public(const struct pair *pair, struct cose_key *key);

/* The pair of a kid; NULL if no case has it. */
const struct pair *learnt_pair(struct span kid);

/* All of them, one after another; NULL after the last. */
const struct pair *learnt_pair_at(size_t i);

/* The hash of the request with this id; false if no case has it. */
bool	learnt_request(struct span id, uint8_t hash[static 32]);

/* The secret that the answer to this request wraps; empty if none. */
struct bytes learnt_secret(struct span id);

/* The published objects, one after another; empty after the last. */
struct span learnt_object_at(size_t i);

#endif
