/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENFORCE_PROOF_H
#define ENFORCE_PROOF_H

/*
 * Whether cryptod has proven what it runs: its evidence over our nonce, held
 * against the reference for it in the trust file, and bound to the key
 * metadata that came with it.  Metadata from elsewhere are not proven by it.
 *
 * A TPM that lost its power without warning is not sure of its Clock until it
 * has written it down again, 2^22 ms later at most (TPM 2.0 part 1, Clock).
 * cryptod's clients are appraised once in that time.  A verifier asks cryptod
 * again and again, so what it accepts is that start of the TPM: the first word
 * after a reset may be `safe = no`, and so may those that follow it within
 * 2^22 ms of the TPM's own Clock, in the same reset and restart.  Any other
 * `safe = no` is refused, also one after a `safe = yes` of the same reset,
 * which no honest TPM says.
 *
 * Knows attest and trust files.  Does not know links, or where what was seen
 * is kept: see enforce/memory.h.
 */

#include "attest/appraise.h"

#define PROOF_UNSURE_MS (UINT64_C(1) << 22)

/* What a verifier remembers of cryptod's TPM; all zero: nothing. */
struct proof_seen {
	struct appraised	tpm;
	uint64_t		unsure_ms;	/* struct appraise_case */
};

struct proof {
	struct appraisal	appraisal;
	struct proof_seen	next;	/* to remember, when it is good */
	bool			apart;	/* metadata were published between
					 * quote and answer: ask once more */
};

/* answer is an evidence_resp.  REASON_none: its object may be taken for
 * cryptod's key metadata, if the root key signed it. */
enum reason enforce_proof(const struct wire_long *references,
    struct span nonce, const struct msg_evidence_resp *answer,
    const struct proof_seen *seen, struct proof *out);

#endif
