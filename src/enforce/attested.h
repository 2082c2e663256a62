/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCE_ATTESTED_H
#define ENFORCE_ATTESTED_H

/*
 * Whether a key is a domain's for some action, on cryptod's word: a message
 * `attestation` that somebody was shown.
 *
 * The first check that fails is the reason: the set is fresh, a token key of
 * it that is not revoked signed, which was to sign then and is good until the
 * end, and it is now, give or take the skew, between both.  That the domain
 * still holds the key is for whoever is shown it to find out, with a challenge
 * of his own.
 *
 * Knows the key set.  Does not know links, or what an action is.
 */

#include "enforce/keys.h"

/* What it has to be about; what is empty is not asked. */
struct attested {
	struct span	vm_id, action, nonce;
};

/* in is an `attestation`, in its envelope or the body alone; *out has it
 * unless the reason is attest.shape. */
enum reason enforce_attestation(const struct keyset *set, struct span in,
    const struct attested *about, uint64_t now, struct msg *out);

#endif
